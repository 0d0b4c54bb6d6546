/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one place where text from outside becomes safe to show. */

/* One line for a terminal or message: control characters, escapes and bidirectional overrides made visible, invalid
 * UTF-8 as U+FFFD, at most @max_chars characters with an ellipsis (0: 500). */
char *leyden_text_escape      (const char *text, gssize length, guint max_chars);
/* For a label: as above, but new lines stay when @multiline; isolated (U+2068…U+2069) where it has bidirectional
 * controls; combining marks bounded to 8 in a row; empty or invisible gives "(unnamed)" translated. */
char *leyden_text_display     (const char *text, gssize length, guint max_chars, gboolean multiline);
/* Pango markup with everything escaped, over leyden_text_display: for the widgets that insist on markup. */
char *leyden_text_to_markup   (const char *text, gssize length, guint max_chars);
/* Replaces things that look like keys (sk-…, ghp_…, AKIA…, Bearer …) by "••••" + last 4. NULL when nothing was. */
char *leyden_text_mask_secrets (const char *text, gssize length);
gboolean leyden_text_looks_secret (const char *text);
/* A file name for a message: display name, escaped. */
char *leyden_text_path        (const char *path);

G_END_DECLS
