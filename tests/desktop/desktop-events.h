/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A real pointer and a real keyboard, for tests of gestures from end to end: what is done here goes through the X server, as what a
 * person does (xdotool, XTEST). Places are those of widgets, in their own coordinates; what is shown where is looked up when it is needed.
 * The main loop runs meanwhile. One display has one pointer: each such test has a display of its own (display.sh).
 *
 * Modifiers are names as xdotool knows them, joined by "+" ("alt", "ctrl+shift"), NULL for none. */

/* FALSE: there is no X display or no xdotool; the test says so by g_test_skip() and returns. */
gboolean desktop_events_available (void);

/* Takes away what would cover a window and gives it the keys. Call it once the window is shown. */
void     desktop_events_focus     (GtkWindow *window);
/* Puts a window at a place of the screen: a second one beside the first. */
void     desktop_events_place     (GtkWindow *window, int x, int y);

/* The pointer jumps to a point of a widget. */
void     desktop_events_move      (GtkWidget *widget, double x, double y);
/* It goes there in many small steps from where it is, as a drag needs. */
void     desktop_events_glide     (GtkWidget *widget, double x, double y);
void     desktop_events_press     (guint button, const char *modifiers);
void     desktop_events_release   (guint button, const char *modifiers);
/* @times presses at one place, close enough to be a double click. */
void     desktop_events_click     (GtkWidget *widget, double x, double y, guint button, guint times, const char *modifiers);
/* Press at one point, glide to the other, release there. */
void     desktop_events_drag      (GtkWidget *from, double from_x, double from_y, GtkWidget *to, double to_x, double to_y, guint button,
                                   const char *modifiers);
/* Turns of the wheel; negative: up. */
void     desktop_events_scroll    (GtkWidget *widget, double x, double y, int turns, const char *modifiers);
/* Keys, one after the other: "ctrl+z", "Return"; the list ends with NULL. */
void     desktop_events_key       (const char *name, ...) G_GNUC_NULL_TERMINATED;
void     desktop_events_key_down  (const char *name);
void     desktop_events_key_up    (const char *name);
void     desktop_events_type      (const char *text);

/* Runs the main loop until it has nothing to do and the next frames are drawn. */
void     desktop_events_settle    (void);
/* Runs the main loop until @condition; fails the test after 20 s. */
#define desktop_events_wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                                        \
    {                                                                                                                                 \
      gint64 events_end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;                                                          \
      while (!(condition) && g_get_monotonic_time () < events_end)                                                                    \
        desktop_events_settle ();                                                                                                     \
      g_assert_true (condition);                                                                                                      \
    }                                                                                                                                 \
  G_STMT_END

/* The first mapped widget of a type under @root (popovers included), whose label, title or text is @text (NULL: any); NULL: none. */
GtkWidget *desktop_events_find    (GtkWidget *root, GType type, const char *text);

G_END_DECLS
