/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-alert-editor.h"
#include "leyden-alert-watch.h"
#include "leyden-alerts-page.h"
#include "leyden-json.h"
#include "leyden-report-dialog.h"
#include "leyden-source-dialog.h"
#include "leyden-window-private.h"

/* Alert rules, one of which fires because nothing was run yet, and the editor of one; webhooks; reports; a source of other figures. */

typedef struct
{
  const char *path;
  const char *body;
} Request;

static const Request requests[] = {
  { "/leyden/v1/schedules/mine", "{\"dashboard\": \"ready-training\", \"format\": \"pdf\", \"title\": \"Training\", \"zone\": \"Europe/Berlin\", \"every\": \"week\", "
                                 "\"at\": \"07:30\"}" },
  { "/leyden/v1/webhooks/operations", "{\"uri\": \"https://example.com/hooks/leyden\", \"events\": [\"run.failed\", \"alert.*\"], \"enabled\": false}" },
  { "/leyden/v1/alerts/failures", "{\"title\": \"Many failures\", \"kind\": \"error-rate\", \"query\": {\"metric\": \"failed\"}, \"over_s\": 3600, \"above\": 0.5, "
                                  "\"clear\": 0.3, \"for_s\": 300, \"severity\": \"critical\", \"desktop\": false, \"webhooks\": [\"operations\"]}" },
  { "/leyden/v1/alerts/budget", "{\"title\": \"Budget of the month\", \"kind\": \"budget\", \"forecast\": true, \"query\": {\"metric\": \"budget-used\"}, \"above\": 1, "
                                "\"desktop\": false}" },
  { "/leyden/v1/alerts/idle", "{\"title\": \"Nothing runs\", \"below\": 1, \"over_s\": 3600, \"severity\": \"info\", \"desktop\": false, "
                              "\"query\": {\"metric\": \"ended\"}}" },
};

typedef struct
{
  LeydenWindow *window;
  guint         next;
  GSourceFunc   then;                   /* with the window; nullable */
} Play;

static void play_next (Play *play);

static void
play_free (Play *play)
{
  g_object_unref (play->window);
  g_free (play);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (error != NULL)
    g_printerr ("leyden: %s\n", error->message);
  play_next (data);
}

static gboolean
open_cb (gpointer data)
{
  LeydenWindow *window = data;
  LeydenValue *alert = leyden_alert_watch_find (leyden_alert_watch_get_default (), "failures");

  if (!window->dismantling && alert != NULL)
    gtk_window_present (GTK_WINDOW (leyden_alert_editor_new (GTK_WINDOW (window), alert)));
  return G_SOURCE_REMOVE;
}

static GtkWidget *
find (GtkWidget *widget,
      GType      type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (widget), type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static gboolean
webhook_cb (gpointer data)
{
  LeydenWindow *window = data;
  GtkWidget *page = window->dismantling ? NULL : find (GTK_WIDGET (window->dashboards_page), LEYDEN_TYPE_ALERTS_PAGE);

  if (page != NULL)
    leyden_alerts_page_show_webhook (LEYDEN_ALERTS_PAGE (page), "operations");
  return G_SOURCE_REMOVE;
}

static gboolean
webhook_editor_cb (gpointer data)
{
  LeydenWindow *window = data;
  GtkWidget *page = window->dismantling ? NULL : find (GTK_WIDGET (window->dashboards_page), LEYDEN_TYPE_ALERTS_PAGE);

  if (page != NULL)
    leyden_alerts_page_add_webhook (LEYDEN_ALERTS_PAGE (page));
  return G_SOURCE_REMOVE;
}

static gboolean
report_cb (gpointer data)
{
  LeydenWindow *window = data;

  if (!window->dismantling)
    leyden_report_dialog_present (GTK_WINDOW (window), "ready-training", NULL, "Training", NULL, "Europe/Berlin", NULL);
  return G_SOURCE_REMOVE;
}

static void
play_next (Play *play)
{
  const Request *request;
  g_autoptr(LeydenValue) body = NULL;

  if (play->window->dismantling || play->next == G_N_ELEMENTS (requests))
    {
      if (!play->window->dismantling)
        leyden_window_show_alerts (play->window, NULL);
      if (play->then != NULL)
        g_timeout_add_full (G_PRIORITY_DEFAULT, 800, play->then, g_object_ref (play->window), g_object_unref);
      play_free (play);
      return;
    }
  request = &requests[play->next++];
  body = leyden_json_parse (request->body, -1, NULL, NULL);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "PUT", request->path, body, NULL, answered_cb, play);
}

static void
play (LeydenWindow *window,
      GSourceFunc   then)
{
  Play *self = g_new0 (Play, 1);

  self->window = g_object_ref (window);
  self->then = then;
  leyden_window_build (window);
  leyden_window_open_sample (window, "calculator-agent");
  leyden_session_start (leyden_session_get_default ());
  play_next (self);
}

void
leyden_scene_alerts (LeydenWindow *window)
{
  play (window, NULL);
}

void
leyden_scene_alert_editor (LeydenWindow *window)
{
  play (window, open_cb);
}

void
leyden_scene_webhook (LeydenWindow *window)
{
  play (window, webhook_cb);
}

void
leyden_scene_webhook_editor (LeydenWindow *window)
{
  play (window, webhook_editor_cb);
}

/* With a schedule, as the backend keeps it. */
void
leyden_scene_report (LeydenWindow *window)
{
  play (window, report_cb);
}

void
leyden_scene_source (LeydenWindow *window)
{
  gtk_window_present (GTK_WINDOW (leyden_source_dialog_new (GTK_WINDOW (window), NULL)));
}
