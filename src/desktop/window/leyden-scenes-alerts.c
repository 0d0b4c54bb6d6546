/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-alert-editor.h"
#include "leyden-alert-watch.h"
#include "leyden-json.h"
#include "leyden-window-private.h"

/* Alert rules, one of which fires because nothing was run yet, and the editor of one. */

typedef struct
{
  const char *path;
  const char *body;
} Request;

static const Request requests[] = {
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
  gboolean      editor;
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

static void
play_next (Play *play)
{
  const Request *request;
  g_autoptr(LeydenValue) body = NULL;

  if (play->window->dismantling || play->next == G_N_ELEMENTS (requests))
    {
      if (!play->window->dismantling)
        leyden_window_show_alerts (play->window, NULL);
      if (play->editor)
        g_timeout_add_full (G_PRIORITY_DEFAULT, 800, open_cb, g_object_ref (play->window), g_object_unref);
      play_free (play);
      return;
    }
  request = &requests[play->next++];
  body = leyden_json_parse (request->body, -1, NULL, NULL);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "PUT", request->path, body, NULL, answered_cb, play);
}

static void
play (LeydenWindow *window,
      gboolean      editor)
{
  Play *self = g_new0 (Play, 1);

  self->window = g_object_ref (window);
  self->editor = editor;
  leyden_window_build (window);
  leyden_session_start (leyden_session_get_default ());
  play_next (self);
}

void
leyden_scene_alerts (LeydenWindow *window)
{
  play (window, FALSE);
}

void
leyden_scene_alert_editor (LeydenWindow *window)
{
  play (window, TRUE);
}
