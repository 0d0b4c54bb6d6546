/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-connection-button.h"
#include "leyden-connection-dialog.h"
#include "leyden-json.h"
#include "leyden-mirror-page.h"
#include "leyden-preferences.h"
#include "leyden-rendezvous.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/* Pictures of connections. The backend of the pictures stands for the others: it speaks Agent Lightning's API too. */

#define FINGERPRINT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OFFICE "office"
#define CLUSTER "cluster"

static void
add_connections (void)
{
  LeydenConnections *connections = leyden_connections_get_default ();
  g_autoptr(LeydenConnection) office = leyden_connection_new (OFFICE, "Office workstation", "https://leyden.office.example:8443", FALSE, FALSE, NULL);
  g_autoptr(LeydenConnection) cluster = leyden_connection_new (CLUSTER, "Training cluster", "http://agl.cluster.example:8080", TRUE, FALSE, NULL);

  leyden_connections_put (connections, office);
  leyden_connections_put (connections, cluster);
}

static GtkWidget *
find_widget (GtkWidget *widget,
             GType      type)
{
  GtkWidget *found = NULL;

  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_widget (child, type);
  return found;
}

GtkWidget *
leyden_scene_pick_menu (LeydenWindow *window)
{
  GtkWidget *button = find_widget (GTK_WIDGET (window), LEYDEN_TYPE_CONNECTION_BUTTON);
  GtkWidget *popover = button == NULL ? NULL : find_widget (button, GTK_TYPE_POPOVER);

  return popover != NULL && gtk_widget_get_mapped (popover) ? popover : NULL;
}

GtkWidget *
leyden_scene_pick_dialog (LeydenWindow *window)
{
  g_autoptr(GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l != NULL; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (window) && gtk_widget_get_mapped (l->data))
      return l->data;
  return NULL;
}

/* ---- The menu ---- */

static gboolean
open_menu_cb (gpointer data)
{
  GtkWidget *button = find_widget (data, LEYDEN_TYPE_CONNECTION_BUTTON);

  if (button != NULL)
    leyden_connection_button_open (LEYDEN_CONNECTION_BUTTON (button));
  return G_SOURCE_REMOVE;
}

static void
open_menu_later (LeydenWindow *window,
                 guint         ms)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, ms, open_menu_cb, g_object_ref (window), g_object_unref);
}

void
leyden_scene_connections_menu (LeydenWindow *window)
{
  add_connections ();
  leyden_session_switch (leyden_session_get_default (), NULL);
  open_menu_later (window, 1000);
}

void
leyden_scene_unreachable (LeydenWindow *window)
{
  g_autoptr(LeydenConnection) office = leyden_connection_new (OFFICE, "Office workstation", "https://127.0.0.1:1", FALSE, FALSE, NULL);

  add_connections ();
  leyden_connections_put (leyden_connections_get_default (), office);
  leyden_session_switch (leyden_session_get_default (), office);
  open_menu_later (window, 1000);
}

void
leyden_scene_connections (LeydenWindow *window)
{
  LeydenPreferences *preferences = leyden_preferences_new (GTK_WINDOW (window));

  add_connections ();
  leyden_preferences_show_connections (preferences);
  if (gtk_widget_get_width (GTK_WIDGET (window)) < 640)
    gtk_window_set_default_size (GTK_WINDOW (preferences), 360, 560);
  gtk_window_present (GTK_WINDOW (preferences));
}

/* ---- The dialog ---- */

static LeydenRendezvous *
find_backend (void)
{
  g_autofree char *folder = leyden_rendezvous_folder ();
  g_autofree char *path = leyden_rendezvous_path (folder, NULL);

  return leyden_rendezvous_read (path, NULL);
}

static LeydenConnectionDialog *
open_dialog (LeydenWindow *window)
{
  GtkWidget *dialog = leyden_connection_dialog_new (GTK_WINDOW (window), NULL);

  if (gtk_widget_get_width (GTK_WIDGET (window)) < 640)
    gtk_window_set_default_size (GTK_WINDOW (dialog), 360, 600);
  gtk_window_present (GTK_WINDOW (dialog));
  return LEYDEN_CONNECTION_DIALOG (dialog);
}

static gboolean
test_local_cb (gpointer data)
{
  g_autoptr(LeydenRendezvous) there = find_backend ();
  g_autofree char *uri = there == NULL ? NULL : g_strdup_printf ("http://%s:%u", there->address, there->port);

  if (uri == NULL)
    return G_SOURCE_CONTINUE;
  leyden_connection_dialog_set_text (data, uri, there->key);
  leyden_connection_dialog_test (data);
  return G_SOURCE_REMOVE;
}

void
leyden_scene_add_connection (LeydenWindow *window)
{
  LeydenConnectionDialog *dialog = open_dialog (window);

  leyden_session_switch (leyden_session_get_default (), NULL);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 100, test_local_cb, g_object_ref (dialog), g_object_unref);
}

void
leyden_scene_certificate (LeydenWindow *window)
{
  LeydenConnectionDialog *dialog = open_dialog (window);
  LeydenProbe *probe = g_new0 (LeydenProbe, 1);

  leyden_connection_dialog_set_text (dialog, "https://leyden.office.example:8443", "a-key-of-an-example");
  probe->outcome = LEYDEN_PROBE_UNTRUSTED;
  probe->reason = g_strdup ("The certificate of leyden.office.example port 8443 was refused: it is not signed by an authority known here");
  probe->certificate = leyden_json_parse ("{\"fingerprint\":\"" FINGERPRINT "\",\"subject\":\"CN=leyden.office.example\",\"issuer\":\"CN=Office\","
                                          "\"not_before\":\"2026-01-01T00:00:00Z\",\"not_after\":\"2028-01-01T00:00:00Z\",\"trusted\":false,"
                                          "\"problem\":\"it is not signed by an authority known here\"}", -1, NULL, NULL);
  leyden_connection_dialog_take_probe (dialog, probe);
}

/* ---- An agl-server ---- */

static const struct { const char *method, *path, *body; } requests[] = {
  { "POST", "/api/rollouts",
    "[{\"rollout_id\":\"step-7-sample-0\",\"input\":{\"question\":\"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"}},"
    "{\"rollout_id\":\"step-7-sample-1\",\"input\":{\"question\":\"What is 12 % of 250?\"}},"
    "{\"rollout_id\":\"step-7-sample-2\",\"input\":{\"question\":\"2 + 2?\"}},{\"rollout_id\":\"step-7-sample-3\",\"input\":{\"question\":\"7 × 8?\"}},"
    "{\"rollout_id\":\"step-7-sample-4\",\"input\":{\"question\":\"√2 < 3⁄2?\"}}]" },
  { "PATCH", "/api/rollouts/step-7-sample-0", "{\"status\":{\"state\":\"running\"}}" },
  { "PATCH", "/api/rollouts/step-7-sample-1", "{\"status\":{\"state\":\"running\"}}" },
  { "PATCH", "/api/rollouts/step-7-sample-2", "{\"status\":{\"state\":\"running\"}}" },
  { "PATCH", "/api/rollouts/step-7-sample-3", "{\"status\":{\"state\":\"running\"}}" },
  { "POST", "/api/rollouts/step-7-sample-0/attempt/0/events",
    "{\"event_type\":\"model_request\",\"data\":{\"model\":\"qwen2.5-7b\",\"request\":{\"messages\":[{\"role\":\"user\",\"content\":\"Ravi and Jonas share $250 "
    "in the ratio 4 to 6. How much does Jonas get?\"}]},\"response\":{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"### ANSWER: 150 ###\"}}]},"
    "\"server\":{\"model\":\"qwen2.5-7b\",\"endpoint\":\"http://gpu-1:8000/v1\",\"version\":7},\"usage\":{\"prompt_tokens\":118,\"completion_tokens\":64},"
    "\"latency_ms\":840,\"http_status\":200,\"status\":\"ok\"}}" },
  { "POST", "/api/rollouts/step-7-sample-0/attempt/0/events", "{\"event_type\":\"tool_call\",\"data\":{\"name\":\"calculator\",\"input\":\"250 * 6 / 10\",\"output\":\"150\"}}" },
  { "POST", "/api/rollouts/step-7-sample-0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":1}}" },
  { "PATCH", "/api/rollouts/step-7-sample-0", "{\"status\":{\"state\":\"succeeded\"}}" },
  { "PATCH", "/api/rollouts/step-7-sample-1", "{\"status\":{\"state\":\"failed\",\"error_message\":\"subprocess exited with code 1\"}}" },
  { "POST", "/api/rollouts/step-7-sample-3/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.25}}" },
  { "PATCH", "/api/rollouts/step-7-sample-3", "{\"status\":{\"state\":\"succeeded\"}}" },
};

typedef struct
{
  LeydenWindow *window;
  guint         next;
  gboolean      rollout;        /* one of them is opened */
} Filling;

static void fill_next (Filling *filling);

static void
filled_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  fill_next (data);
}

static gboolean
show_rollout_cb (gpointer data)
{
  LeydenWindow *window = data;
  GtkWidget *page = find_widget (GTK_WIDGET (window), LEYDEN_TYPE_MIRROR_PAGE);

  if (page != NULL && gtk_widget_get_visible (GTK_WIDGET (window)))
    leyden_mirror_page_show_longest (LEYDEN_MIRROR_PAGE (page));
  return G_SOURCE_REMOVE;
}

static void
followed_key_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(LeydenConnection) connection = data;

  /* There is no key ring here: it is held in memory. */
  leyden_connections_store_key_finish (LEYDEN_CONNECTIONS (object), result, NULL);
  leyden_connections_put (leyden_connections_get_default (), connection);
  leyden_session_reconnect (leyden_session_get_default (), connection);
}

static void
follow (Filling *filling)
{
  g_autoptr(LeydenRendezvous) there = find_backend ();
  g_autofree char *uri = there == NULL ? NULL : g_strdup_printf ("http://%s:%u", there->address, there->port);
  LeydenConnection *connection = uri == NULL ? NULL : leyden_connection_new (CLUSTER, "Training cluster", uri, TRUE, TRUE, NULL);

  if (connection != NULL)
    leyden_connections_store_key_async (leyden_connections_get_default (), connection, there->key, followed_key_cb, connection);
  if (filling->rollout)
    g_timeout_add_full (G_PRIORITY_DEFAULT, 3000, show_rollout_cb, g_object_ref (filling->window), g_object_unref);
  g_object_unref (filling->window);
  g_free (filling);
}

static void
fill_next (Filling *filling)
{
  g_autoptr(LeydenValue) body = NULL;

  if (filling->next == G_N_ELEMENTS (requests))
    {
      follow (filling);
      return;
    }
  body = leyden_json_parse (requests[filling->next].body, -1, NULL, NULL);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), requests[filling->next].method,
                                requests[filling->next].path, body, NULL, filled_cb, filling);
  filling->next++;
}

static void
begin_mirror (LeydenWindow *window,
              gboolean      rollout)
{
  Filling *filling = g_new0 (Filling, 1);

  filling->window = g_object_ref (window);
  filling->rollout = rollout;
  leyden_session_switch (leyden_session_get_default (), NULL);
  fill_next (filling);
}

void
leyden_scene_mirror (LeydenWindow *window)
{
  begin_mirror (window, FALSE);
}

void
leyden_scene_mirror_rollout (LeydenWindow *window)
{
  begin_mirror (window, TRUE);
}
