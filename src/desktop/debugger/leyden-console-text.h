/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-console-log.h"
#include "leyden-flow.h"

G_BEGIN_DECLS

/* Strength of a node's name against that of what it wrote. */
#define LEYDEN_CONSOLE_NAME_STRENGTH 0.75f

/* LeydenConsoleText: the lines of a console's log in a text buffer, one a line with the title of its node in front, safe to show. */
typedef struct _LeydenConsoleText LeydenConsoleText;

/* @log lives longer. */
LeydenConsoleText *leyden_console_text_new         (GtkTextBuffer *buffer, LeydenConsoleLog *log);
void               leyden_console_text_free        (LeydenConsoleText *self);
/* Gives the titles; nullable. */
void               leyden_console_text_set_flow    (LeydenConsoleText *self, LeydenFlow *flow);
/* Only nodes whose path begins with @node, and lines that hold @text. TRUE: it is another one, and the text is empty now. */
gboolean           leyden_console_text_set_filter  (LeydenConsoleText *self, const char *node, const char *text);
/* Only what was written up to that record; 0: all. TRUE as above. */
gboolean           leyden_console_text_set_until   (LeydenConsoleText *self, guint64 until);
/* A line that is new, or longer; where it belongs, if it passes the filter. */
void               leyden_console_text_show        (LeydenConsoleText *self, const LeydenConsoleLine *line);
/* Lines that the log has no more. */
void               leyden_console_text_drop        (LeydenConsoleText *self);
void               leyden_console_text_clear       (LeydenConsoleText *self);
guint              leyden_console_text_get_n_lines (LeydenConsoleText *self);
/* Of the style of @widget. */
void               leyden_console_text_load_colors (LeydenConsoleText *self, GtkWidget *widget);

G_END_DECLS
