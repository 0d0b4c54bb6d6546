/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"
#include "leyden-window.h"

G_BEGIN_DECLS

/* For the tests that need a display: an application of their own with folders of its own. */
void                desktop_test_init        (int *argc, char ***argv);
LeydenApplication  *desktop_test_application (void);
/* Runs the main loop for a while. */
void                desktop_test_spin        (guint ms);
/* Until @done says TRUE, at most a minute (a machine that is busy is slow); fails the test after that. */
typedef gboolean  (*DesktopTestDone)         (gpointer data);
void                desktop_test_wait        (DesktopTestDone done, gpointer data);
LeydenWindow       *desktop_test_window      (int width, int height);
/* Closes it without a question and waits until it is gone. */
void                desktop_test_close       (LeydenWindow *window);
/* Controllers of a widget by type; fails when there is none. (transfer none) */
GtkEventController *desktop_test_controller  (GtkWidget *widget, GType type, guint button);
/* Presses a key as the focused widget would get it. */
gboolean            desktop_test_key         (GtkWidget *widget, guint keyval, GdkModifierType state);
/* Every focusable widget under @widget that has no name of its own, one a line; "" when all have. (transfer full) */
char               *desktop_test_find_nameless (GtkWidget *widget);
/* Every mapped widget under @widget that needs more than @width, innermost last, one a line. (transfer full) */
char               *desktop_test_find_wide   (GtkWidget *widget, int width);
int                 desktop_test_run         (void);

G_END_DECLS
