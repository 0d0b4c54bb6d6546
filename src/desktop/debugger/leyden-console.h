/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-console-log.h"
#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenConsole: what models write, as it streams, and lines of commands, each node in lines of its own. It follows the end until somebody scrolls up.
 */
#define LEYDEN_TYPE_CONSOLE (leyden_console_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConsole, leyden_console, LEYDEN, CONSOLE, GtkWidget)

GtkWidget *leyden_console_new           (void);
/* NULL: none. */
void       leyden_console_set_view      (LeydenConsole *self, LeydenRolloutView *view);
/* Text as it comes; @node a path. Shown a moment later. */
void       leyden_console_add           (LeydenConsole *self, const char *node, LeydenConsoleKind kind, const char *text);
/* A record of the log: lines of output, and answers of models that did not stream. */
void       leyden_console_add_record    (LeydenConsole *self, LeydenValue *record);
/* Only nodes whose path begins with @node ("" for all) and lines that hold @text (""). */
void       leyden_console_set_filter    (LeydenConsole *self, const char *node, const char *text);
gboolean   leyden_console_is_following  (LeydenConsole *self);
void       leyden_console_set_following (LeydenConsole *self, gboolean following);
/* What is in the text view. (transfer full) */
char      *leyden_console_dup_shown     (LeydenConsole *self);

G_END_DECLS
