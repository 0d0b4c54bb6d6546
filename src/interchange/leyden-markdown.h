/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pango/pango.h>

G_BEGIN_DECLS

/*
 * The part of Markdown that notes understand: headings, **bold**, *italic*, `code`, fenced code, lists, quotes, rules, [links](https://…)
 * and bare addresses. Line ends stay. The result is plain text with attributes: there is no markup anywhere that something could break
 * out of. Nothing is loaded; what is no http or https address is no link and stands there as it was written.
 */
typedef struct
{
  guint start;                  /* bytes of the text */
  guint end;
  char *uri;
} LeydenMarkdownLink;

typedef struct
{
  char          *text;
  PangoAttrList *attributes;
  GArray        *links;         /* LeydenMarkdownLink, in order */
} LeydenMarkdown;

/* Of a text from outside, at most @max_chars of it: cleaned by leyden_text_display() first. In O(length²) at worst. */
LeydenMarkdown *leyden_markdown_new       (const char *source, guint max_chars);
void            leyden_markdown_free      (LeydenMarkdown *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMarkdown, leyden_markdown_free)
/* The address at a byte of the text; NULL when there is none. */
const char     *leyden_markdown_find_link (const LeydenMarkdown *self, guint index);
/* Whether it may be opened: http or https with a host, nothing in it that is no part of an address. */
gboolean        leyden_markdown_is_safe_uri (const char *uri);

G_END_DECLS
