/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-console-private.h"

/* Whether it stays at the newest line. */

#define AT_END 4.0

void
leyden_console_scroll_to_end (LeydenConsole *self)
{
  GtkTextIter end;

  gtk_text_buffer_get_end_iter (self->buffer, &end);
  gtk_text_buffer_move_mark_by_name (self->buffer, "end", &end);
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self->text), gtk_text_buffer_get_mark (self->buffer, "end"));
}

void
leyden_console_set_following (LeydenConsole *self,
                              gboolean       following)
{
  g_return_if_fail (LEYDEN_IS_CONSOLE (self));

  if (self->following == following)
    return;
  self->following = following;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), following);
  if (following)
    leyden_console_scroll_to_end (self);
}

gboolean
leyden_console_is_following (LeydenConsole *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONSOLE (self), FALSE);
  return self->following;
}

/* Who scrolls up reads; who comes to the end again wants what is new. The text view itself only moves down, or up when the lines above went. */
static void
scrolled_cb (LeydenConsole *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double value = gtk_adjustment_get_value (adjustment);
  gboolean up = value < self->seen - 1;

  self->seen = value;
  if (self->updating)
    return;
  if (value + gtk_adjustment_get_page_size (adjustment) >= gtk_adjustment_get_upper (adjustment) - AT_END)
    leyden_console_set_following (self, TRUE);
  else if (up)
    leyden_console_set_following (self, FALSE);
}

/* While lines come all the time, the wheel and keys say it. */
static gboolean
wheel_cb (LeydenConsole *self,
          double         dx,
          double         dy)
{
  if (dy < 0)
    leyden_console_set_following (self, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
key_cb (LeydenConsole   *self,
        guint            key,
        guint            code,
        GdkModifierType  state)
{
  if (key == GDK_KEY_Up || key == GDK_KEY_KP_Up || key == GDK_KEY_Page_Up || key == GDK_KEY_KP_Page_Up || key == GDK_KEY_Home || key == GDK_KEY_KP_Home)
    leyden_console_set_following (self, FALSE);
  else if ((key == GDK_KEY_End || key == GDK_KEY_KP_End) && (state & GDK_CONTROL_MASK) != 0)
    leyden_console_set_following (self, TRUE);
  return GDK_EVENT_PROPAGATE;
}

static void
bar_pressed_cb (LeydenConsole *self)
{
  leyden_console_set_following (self, FALSE);
}

static void
follow_cb (LeydenConsole *self)
{
  leyden_console_set_following (self, gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->follow)));
}

void
leyden_console_watch_scrolling (LeydenConsole *self)
{
  GtkEventController *wheel = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL), *key = gtk_event_controller_key_new ();
  GtkGesture *press = gtk_gesture_click_new ();

  gtk_event_controller_set_propagation_phase (wheel, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (press), GTK_PHASE_CAPTURE);
  g_signal_connect_object (self->follow, "toggled", G_CALLBACK (follow_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wheel, "scroll", G_CALLBACK (wheel_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (key, "key-pressed", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (press, "pressed", G_CALLBACK (bar_pressed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->scroller, wheel);
  gtk_widget_add_controller (self->text, key);
  gtk_widget_add_controller (gtk_scrolled_window_get_vscrollbar (GTK_SCROLLED_WINDOW (self->scroller)), GTK_EVENT_CONTROLLER (press));
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
}
