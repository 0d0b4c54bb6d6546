/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A template that is accepted renders once all its names are given, and its result holds no more than they do. */
#include <gio/gio.h>
#include <stdint.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-template.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Places stand in order and within the text, and all of them are good where the whole is. */
static void
check_scan (const char     *text,
            LeydenTemplate *template)
{
  g_autoptr(GPtrArray) spans = leyden_template_scan (text);
  gsize last = 0;

  for (guint i = 0; i < spans->len; i++)
    {
      const LeydenTemplateSpan *span = g_ptr_array_index (spans, i);

      g_assert_cmpuint (span->start, >=, last);
      g_assert_cmpuint (span->end, >, span->start);
      g_assert_cmpuint (span->end, <=, strlen (text));
      g_assert_true ((span->name == NULL) == (span->problem != NULL));
      g_assert_true (template == NULL || span->name != NULL);
      last = span->end;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenTemplate) template = leyden_template_new (text, &error);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) variables = NULL;
  g_autofree char *result = NULL;

  if (g_utf8_validate (text, -1, NULL))
    check_scan (text, template);
  g_assert_true ((template == NULL) == (error != NULL));
  if (template == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  leyden_value_builder_begin_object (&builder);
  for (const char * const *name = leyden_template_get_names (template); *name != NULL; name++)
    leyden_value_builder_set_string (&builder, *name, "{{ x }}");
  leyden_value_builder_end (&builder);
  variables = leyden_value_builder_end_value (&builder);
  result = leyden_template_render (template, variables, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (result), <=, strlen (text) * 2);
  return 0;
}
