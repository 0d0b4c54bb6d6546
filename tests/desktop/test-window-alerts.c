/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-events.h"
#include "desktop-test.h"

#include <string.h>

#include <glib/gstdio.h>

#include "leyden-alert-button.h"
#include "leyden-alert-view.h"
#include "leyden-alerts-page.h"
#include "leyden-bottom-panel.h"
#include "leyden-connection-button.h"
#include "leyden-json.h"
#include "leyden-run-panel.h"
#include "leyden-screenshots.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/* The whole window with a backend of its own: a run sets an alert off; the mark in the header leads to it by a real pointer, and real keys
 * acknowledge it. */

static LeydenRunPanel *
get_run_panel (LeydenWindow *window)
{
  return LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run"));
}

static gboolean
can_start (gpointer window)
{
  return leyden_run_panel_can_start (get_run_panel (window));
}

typedef struct
{
  gboolean     done;
  LeydenValue *answer;
} Asked;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Asked *asked = data;
  g_autoptr(GError) error = NULL;

  asked->answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_assert_no_error (error);
  asked->done = TRUE;
}

static gboolean
is_done (gpointer data)
{
  return ((Asked *) data)->done;
}

static void
put_rule (void)
{
  g_autoptr(LeydenValue) rule = leyden_json_parse ("{\"title\":\"Rollouts end\",\"above\":1,\"over_s\":3600,\"severity\":\"critical\",\"query\":{\"metric\":\"ended\"}}",
                                                   -1, NULL, NULL);
  Asked asked = { FALSE, NULL };

  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "PUT", "/leyden/v1/alerts/ended", rule, NULL, answered_cb, &asked);
  desktop_test_wait (is_done, &asked);
  leyden_value_unref (asked.answer);
}

static gboolean
fires (gpointer data)
{
  return leyden_alert_watch_get_n_firing (leyden_alert_watch_get_default ()) == 1;
}

static gboolean
is_quiet (gpointer data)
{
  return leyden_alert_watch_get_n_firing (leyden_alert_watch_get_default ()) == 0;
}

static GtkWidget *
find (GtkWidget *root,
      GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
shows_view (gpointer window)
{
  GtkWidget *page = find (window, LEYDEN_TYPE_ALERTS_PAGE);

  return page != NULL && gtk_widget_get_mapped (page) && LEYDEN_IS_ALERT_VIEW (leyden_alerts_page_get_view (LEYDEN_ALERTS_PAGE (page)));
}

static gboolean
shows_list (gpointer window)
{
  GtkWidget *page = find (window, LEYDEN_TYPE_ALERTS_PAGE);

  return page != NULL && gtk_widget_get_mapped (page) && leyden_alerts_page_is_list (LEYDEN_ALERTS_PAGE (page));
}

static gboolean
shows_dashboards (gpointer window)
{
  GtkWidget *page = find (window, LEYDEN_TYPE_ALERTS_PAGE);

  return page == NULL || !gtk_widget_get_mapped (page);
}

/* ---- The desktop's server of notifications, as far as it is asked ---- */

static const char server_xml[] =
  "<node><interface name='org.freedesktop.Notifications'>"
  "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
  "<arg type='u' direction='out'/></method>"
  "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
  "<signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>"
  "</interface></node>";

static struct
{
  GDBusConnection *connection;
  char            *title;
  char            *body;
  guint            n;
} told;

static void
method_cb (GDBusConnection       *connection,
           const char            *sender,
           const char            *path,
           const char            *interface,
           const char            *method,
           GVariant              *parameters,
           GDBusMethodInvocation *invocation,
           gpointer               data)
{
  if (!g_str_equal (method, "Notify"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_clear_pointer (&told.title, g_free);
  g_clear_pointer (&told.body, g_free);
  g_variant_get_child (parameters, 3, "s", &told.title);
  g_variant_get_child (parameters, 4, "s", &told.body);
  told.n++;
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", 7));
}

static gboolean
is_named (gpointer data)
{
  return *(gboolean *) data;
}

static void
named_cb (GDBusConnection *connection,
          const char      *name,
          gpointer         data)
{
  *(gboolean *) data = TRUE;
}

static void
serve_notifications (void)
{
  static const GDBusInterfaceVTable table = { .method_call = method_cb };
  g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (server_xml, NULL);
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  gboolean named = FALSE;

  told.connection = g_dbus_connection_new_for_address_sync (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                            NULL, NULL, NULL);
  g_assert_nonnull (told.connection);
  g_assert_cmpuint (g_dbus_connection_register_object (told.connection, "/org/freedesktop/Notifications", node->interfaces[0], &table, NULL, NULL, NULL), >, 0);
  g_bus_own_name_on_connection (told.connection, "org.freedesktop.Notifications", G_BUS_NAME_OWNER_FLAGS_NONE, named_cb, NULL, &named, NULL);
  desktop_test_wait (is_named, &named);
}

static gboolean
was_told (gpointer data)
{
  return told.n >= GPOINTER_TO_UINT (data);
}

static void
picture (LeydenWindow *window,
         const char   *name)
{
  const char *folder = g_getenv ("LEYDEN_TEST_PICTURES");
  g_autofree char *path = folder != NULL ? g_strdup_printf ("%s/%s.png", folder, name) : NULL;
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    return;
  desktop_test_spin (900);
  leyden_screenshots_save (GTK_WIDGET (window), path, &error);
  g_assert_no_error (error);
}

/* The mark squeezes nothing: labels are shown, and whole. */
static void
assert_whole (GtkWidget *root)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root))
    {
      g_test_message ("%s", gtk_label_get_text (GTK_LABEL (root)));
      g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (root))));
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    assert_whole (child);
}

static gboolean
is_laid_out (gpointer widget)
{
  return gtk_widget_get_width (widget) > 0;
}

static gboolean
shows_label (GtkWidget  *root,
             const char *text)
{
  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (root)), text) == 0)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_child_visible (child) && shows_label (child, text))
      return TRUE;
  return FALSE;
}

static void
test_fires (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *mark = find (GTK_WIDGET (window), LEYDEN_TYPE_ALERT_BUTTON);
  GtkWidget *note;

  if (!desktop_events_available ())
    return;
  serve_notifications ();
  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_show_panel (window, "run");
  desktop_test_wait (can_start, window);
  put_rule ();
  g_assert_false (gtk_widget_get_visible (mark));
  leyden_run_panel_start (get_run_panel (window));
  desktop_test_wait (fires, window);
  g_assert_true (gtk_widget_get_visible (mark));
  desktop_test_wait (is_laid_out, mark);
  picture (window, "window-alert-design");
  assert_whole (GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "switcher_bin")));
  assert_whole (find (GTK_WIDGET (window), LEYDEN_TYPE_CONNECTION_BUTTON));
  g_assert_true (shows_label (GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "train_button")), "Train"));
  /* The notification, and what a click on it does. */
  desktop_test_wait (was_told, GUINT_TO_POINTER (1));
  g_assert_cmpstr (told.title, ==, "Rollouts end");
  g_assert_true (g_str_has_prefix (told.body, "Firing since"));
  g_dbus_connection_emit_signal (told.connection, NULL, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked",
                                 g_variant_new ("(us)", 7, "default"), NULL);
  desktop_test_wait (shows_view, window);
  leyden_window_show_dashboard (window, "", NULL, NULL, NULL);
  desktop_test_wait (shows_dashboards, window);
  desktop_events_focus (GTK_WINDOW (window));
  desktop_events_settle ();
  desktop_events_click (mark, gtk_widget_get_width (mark) / 2.0, gtk_widget_get_height (mark) / 2.0, 1, 1, NULL);
  desktop_test_wait (shows_view, window);
  picture (window, "window-alert-1280");
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)), find (GTK_WIDGET (window), LEYDEN_TYPE_ALERTS_PAGE)));
  assert_whole (find (GTK_WIDGET (window), LEYDEN_TYPE_CONNECTION_BUTTON));
  g_assert_true (shows_label (GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (window), LEYDEN_TYPE_WINDOW, "train_button")), "Train"));
  /* A note, and Return. */
  note = find (find (GTK_WIDGET (window), LEYDEN_TYPE_ALERT_VIEW), GTK_TYPE_ENTRY);
  gtk_widget_grab_focus (note);
  desktop_events_settle ();
  desktop_events_type ("seen");
  desktop_events_key ("Return", NULL);
  desktop_test_wait (is_quiet, window);
  g_assert_false (gtk_widget_get_visible (mark));
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_member (leyden_alert_watch_find (leyden_alert_watch_get_default (), "ended"), "status"),
                                                   "state", ""), ==, "acknowledged");
  /* Back to the rules, and to the dashboards. */
  desktop_events_key ("Escape", NULL);
  desktop_test_wait (shows_list, window);
  picture (window, "window-alerts-1280");
  desktop_events_key ("Escape", NULL);
  desktop_test_wait (shows_dashboards, window);
  picture (window, "window-dashboards-1280");
  desktop_test_close (window);
}

/* On a narrow screen nothing sticks out, and everything has a name. */
static void
test_narrow (void)
{
  LeydenWindow *window = desktop_test_window (360, 740);
  g_autofree char *wide = NULL;
  g_autofree char *nameless = NULL;

  leyden_window_show_alerts (window, NULL);
  desktop_test_wait (shows_list, window);
  desktop_test_spin (300);
  wide = desktop_test_find_wide (find (GTK_WIDGET (window), LEYDEN_TYPE_ALERTS_PAGE), 360);
  g_assert_cmpstr (wide, ==, "");
  nameless = desktop_test_find_nameless (find (GTK_WIDGET (window), LEYDEN_TYPE_ALERTS_PAGE));
  g_assert_cmpstr (nameless, ==, "");
  picture (window, "window-alerts-360");
  leyden_window_show_alerts (window, "ended");
  desktop_test_wait (shows_view, window);
  picture (window, "window-alert-360");
  desktop_test_close (window);
}

/* --- at the end --- */

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  ((Asked *) data)->done = TRUE;
  leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, NULL);
}

static void
test_end (void)
{
  Asked asked = { FALSE, NULL };

  leyden_session_start (leyden_session_get_default ());
  leyden_backend_shutdown_async (leyden_session_get_backend (leyden_session_get_default ()), FALSE, NULL, ended_cb, &asked);
  desktop_test_wait (is_done, &asked);
}

int
main (int    argc,
      char **argv)
{
  const char *program = g_getenv ("LEYDENCTL");
  LeydenBackend *backend;
  g_autofree char *folder = g_dir_make_tmp ("leyden-alert-XXXXXX", NULL);
  int status;

  desktop_test_init (&argc, &argv);
  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP leydenctl was not built\n");
      return 0;
    }
  backend = leyden_session_get_backend (leyden_session_get_default ());
  leyden_backend_set_program (backend, program);
  leyden_backend_set_folder (backend, folder);
  g_setenv ("LEYDEN_RENDEZVOUS_FOLDER", folder, TRUE);
  g_test_add_func ("/window-alerts/fires", test_fires);
  g_test_add_func ("/window-alerts/narrow", test_narrow);
  g_test_add_func ("/window-alerts/end", test_end);
  status = desktop_test_run ();
  g_rmdir (folder);
  return status;
}
