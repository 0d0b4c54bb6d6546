/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of a note: whatever stands in it, what is shown is text, and what can be opened is an address. */
#include <stdint.h>
#include <string.h>

#include "leyden-markdown.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
check_range (PangoAttribute *attribute,
             gpointer        data)
{
  const LeydenMarkdown *markdown = data;

  g_assert_cmpuint (attribute->start_index, <, attribute->end_index);
  g_assert_cmpuint (attribute->end_index, <=, strlen (markdown->text));
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *source = g_strndup ((const char *) data, size);
  g_autoptr(LeydenMarkdown) markdown = leyden_markdown_new (source, 4000);
  g_autoptr(PangoAttrList) none = NULL;

  g_assert_true (g_utf8_validate (markdown->text, -1, NULL));
  none = pango_attr_list_filter (markdown->attributes, check_range, markdown);
  g_assert_null (none);
  for (guint i = 0; i < markdown->links->len; i++)
    {
      const LeydenMarkdownLink *link = &g_array_index (markdown->links, LeydenMarkdownLink, i);

      g_assert_cmpuint (link->start, <, link->end);
      g_assert_cmpuint (link->end, <=, strlen (markdown->text));
      g_assert_true (leyden_markdown_is_safe_uri (link->uri));
      g_assert_cmpstr (leyden_markdown_find_link (markdown, link->start), ==, link->uri);
    }
  return 0;
}
