/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-large-window.h"

#include <glib/gi18n-lib.h>

/* What is typed here is edited there. */
static gboolean
history_cb (GtkWidget *window,
            GVariant  *arguments,
            gpointer   data)
{
  GtkWindow *behind = gtk_window_get_transient_for (GTK_WINDOW (window));

  return behind != NULL && gtk_widget_activate_action (GTK_WIDGET (behind), data, NULL);
}

static void
add_shortcut (GtkShortcutController *controller,
              const char            *trigger,
              const char            *action)
{
  GtkShortcutAction *call = action != NULL ? gtk_callback_action_new (history_cb, (gpointer) action, NULL)
                                           : gtk_named_action_new ("window.close");

  gtk_shortcut_controller_add_shortcut (controller, gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger), call));
}

static void
add_shortcuts (GtkWidget *window)
{
  GtkShortcutController *controller = GTK_SHORTCUT_CONTROLLER (gtk_shortcut_controller_new ());

  add_shortcut (controller, "<Control>z", "win.undo");
  add_shortcut (controller, "<Control><Shift>z", "win.redo");
  add_shortcut (controller, "<Control>y", "win.redo");
  add_shortcut (controller, "Escape", NULL);
  gtk_widget_add_controller (window, GTK_EVENT_CONTROLLER (controller));
}

GtkWidget *
leyden_large_window_new (GtkWidget   *beside,
                         const char  *title,
                         GtkWidget   *editor,
                         GtkWidget  **message)
{
  GtkRoot *root = gtk_widget_get_root (beside);
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *header = adw_header_bar_new ();

  g_return_val_if_fail (message != NULL, NULL);

  *message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (*message), 0);
  gtk_label_set_wrap (GTK_LABEL (*message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (*message), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (*message, "error");
  gtk_widget_add_css_class (*message, "caption");
  gtk_widget_set_visible (*message, FALSE);

  gtk_widget_set_margin_start (content, 12);
  gtk_widget_set_margin_end (content, 12);
  gtk_widget_set_margin_top (content, 6);
  gtk_widget_set_margin_bottom (content, 12);
  gtk_widget_set_vexpand (editor, TRUE);
  gtk_box_append (GTK_BOX (content), editor);
  gtk_box_append (GTK_BOX (content), *message);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), adw_window_title_new (title, NULL));
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), content);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_default_size (GTK_WINDOW (window), 720, 560);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  if (GTK_IS_WINDOW (root))
    {
      gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (root));
      gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
      gtk_widget_set_direction (window, gtk_widget_get_direction (beside));
    }
  adw_window_set_content (ADW_WINDOW (window), box);
  add_shortcuts (window);
  return window;
}
