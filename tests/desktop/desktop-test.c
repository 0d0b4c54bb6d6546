/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <glib/gstdio.h>

static LeydenApplication *application;
static char *home;

void
desktop_test_init (int    *argc,
                   char ***argv)
{
  static const char * const names[] = { "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME" };

  home = g_dir_make_tmp ("leyden-test-XXXXXX", NULL);
  g_assert_nonnull (home);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (home, names[i], NULL);

      g_mkdir_with_parents (path, 0700);
      g_setenv (names[i], path, TRUE);
    }
  gtk_test_init (argc, argv, NULL);
}

LeydenApplication *
desktop_test_application (void)
{
  if (application == NULL)
    {
      g_autoptr(GError) error = NULL;

      application = leyden_application_new ();
      g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
      g_application_register (G_APPLICATION (application), NULL, &error);
      g_assert_no_error (error);
      g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-cursor-blink", FALSE, NULL);
    }
  return application;
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

void
desktop_test_spin (guint ms)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (ms, quit_cb, loop);
  g_main_loop_run (loop);
}

void
desktop_test_wait (DesktopTestDone done,
                   gpointer        data)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (!done (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      desktop_test_spin (10);
    }
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

void
desktop_test_close (LeydenWindow *window)
{
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  leyden_window_close_now (window);
  desktop_test_wait (is_gone, &watched);
}

LeydenWindow *
desktop_test_window (int width,
                     int height)
{
  LeydenWindow *window = leyden_window_new (desktop_test_application ());

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_spin (50);
  return window;
}

GtkEventController *
desktop_test_controller (GtkWidget *widget,
                         GType      type,
                         guint      button)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (!G_TYPE_CHECK_INSTANCE_TYPE (controller, type))
        continue;
      if (GTK_IS_GESTURE_SINGLE (controller) && gtk_gesture_single_get_button (GTK_GESTURE_SINGLE (controller)) != button)
        continue;
      return controller;
    }
  g_assert_not_reached ();
}

/* Capture from the top, then the class bindings and controllers from the widget upwards, as GTK does. */
gboolean
desktop_test_key (GtkWidget       *widget,
                  guint            keyval,
                  GdkModifierType  state)
{
  for (GtkWidget *w = widget; w != NULL; w = gtk_widget_get_parent (w))
    {
      g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (w);

      for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
        {
          g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);
          gboolean handled = FALSE;

          if (GTK_IS_EVENT_CONTROLLER_KEY (controller)
              && gtk_event_controller_get_propagation_phase (controller) == GTK_PHASE_CAPTURE)
            g_signal_emit_by_name (controller, "key-pressed", keyval, 0, state, &handled);
          if (handled)
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
has_label_inside (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (has_label_inside (child))
      return TRUE;
  return FALSE;
}

static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
         || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY)
         || gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_PLACEHOLDER);
}

/* Parts of GTK's own compound widgets take their name from the whole. */
static gboolean
is_part (GtkWidget *widget)
{
  for (GtkWidget *w = gtk_widget_get_parent (widget); w != NULL; w = gtk_widget_get_parent (w))
    {
      if (GTK_IS_EDITABLE (w) || GTK_IS_DROP_DOWN (w) || GTK_IS_MENU_BUTTON (w) || GTK_IS_WINDOW_CONTROLS (w)
          || GTK_IS_SPIN_BUTTON (w) || GTK_IS_FLOW_BOX_CHILD (w))
        return TRUE;
    }
  return FALSE;
}

static void
find_nameless (GtkWidget *widget,
               GString   *found)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (gtk_widget_get_focusable (widget) && !is_part (widget) && !has_name (widget) && !has_label_inside (widget)
      && !GTK_IS_SCROLLED_WINDOW (widget) && !GTK_IS_STACK (widget))
    {
      g_autoptr(GString) path = g_string_new (NULL);

      for (GtkWidget *w = widget; w != NULL; w = gtk_widget_get_parent (w))
        g_string_append_printf (path, "%s ", G_OBJECT_TYPE_NAME (w));
      g_string_append_printf (found, "%s\n", path->str);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    find_nameless (child, found);
}

char *
desktop_test_find_nameless (GtkWidget *widget)
{
  GString *found = g_string_new (NULL);

  find_nameless (widget, found);
  return g_string_free (found, FALSE);
}

/* On purpose, and without a bar. */
static gboolean
scrolls_sideways (GtkWidget *widget)
{
  GtkPolicyType policy = GTK_POLICY_NEVER;

  if (GTK_IS_SCROLLED_WINDOW (widget))
    gtk_scrolled_window_get_policy (GTK_SCROLLED_WINDOW (widget), &policy, NULL);
  return policy == GTK_POLICY_EXTERNAL;
}

static void
find_wide (GtkWidget *widget,
           int        width,
           int        depth,
           GString   *found)
{
  int minimum;

  /* A squeezer shows one of its children. */
  if (!gtk_widget_get_visible (widget) || !gtk_widget_get_child_visible (widget) || GTK_IS_POPOVER (widget))
    return;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum > width)
    g_string_append_printf (found, "%*s%s %s: %d\n", depth, "", G_OBJECT_TYPE_NAME (widget),
                            GTK_IS_BUILDABLE (widget) && gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)) != NULL
                              ? gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)) : "", minimum);
  /* Tabs that are too many scroll. */
  if (ADW_IS_TAB_BAR (widget) || scrolls_sideways (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    find_wide (child, width, depth + 1, found);
}

char *
desktop_test_find_wide (GtkWidget *widget,
                        int        width)
{
  GString *found = g_string_new (NULL);

  find_wide (widget, width, 0, found);
  return g_string_free (found, FALSE);
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

int
desktop_test_run (void)
{
  int status = g_test_run ();

  if (application != NULL)
    g_application_quit (G_APPLICATION (application));
  desktop_test_spin (50);
  g_clear_object (&application);
  remove_tree (home);
  g_free (home);
  return status;
}
