/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

/* Who answers there:
 *
 *   GET /leyden/v1/info ── 2xx with "api" ──────────────► Leyden          (asked once more for the latency)
 *          │ 401, 403 ──► GET /openapi.json names it? ──► Leyden, key
 *          │ else
 *          ▼
 *   GET /proxy/state ───── 2xx with "paused" ───────────► agl-server      (GET /openapi.json for the version)
 *          │ 401 ───────► GET /openapi.json names it? ──► agl-server, key
 *          ▼ else: neither
 */
#include "leyden-connection-probe.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-remote-private.h"
#include "leyden-text.h"

#define TIMEOUT_MS 10000
#define MAX_ANSWER ((gsize)4 * 1024 * 1024)
#define SHOWN_CHARS 120

typedef struct
{
  LeydenConnectionLink *link;
  LeydenHttpClient     *http;
  LeydenHttpRequest    *request;
  LeydenProbe          *probe;
  gint64                sent_us;
  guint                 first_status;
} Work;

void
leyden_probe_free (LeydenProbe *self)
{
  g_free (self->version);
  g_free (self->role);
  g_free (self->key_name);
  g_free (self->reason);
  g_clear_pointer (&self->certificate, leyden_value_unref);
  g_free (self);
}

static void
work_free (Work *work)
{
  leyden_connection_link_free (work->link);
  g_clear_object (&work->http);
  g_clear_object (&work->request);
  g_clear_pointer (&work->probe, leyden_probe_free);
  g_free (work);
}

static void
done (GTask              *task,
      LeydenProbeOutcome  outcome,
      char               *reason)
{
  Work *work = g_task_get_task_data (task);

  work->probe->outcome = outcome;
  work->probe->reason = reason;
  g_task_return_pointer (task, g_steal_pointer (&work->probe), (GDestroyNotify)leyden_probe_free);
  g_object_unref (task);
}

/* Takes @task. */
static void
ask (GTask               *task,
     const char          *path,
     gboolean             with_key,
     GAsyncReadyCallback  callback)
{
  Work *work = g_task_get_task_data (task);
  g_autofree char *uri = g_strconcat (work->link->uri, path, NULL);

  g_clear_object (&work->request);
  work->request = leyden_http_request_new ("GET", uri);
  if (with_key && work->link->key != NULL)
    leyden_http_request_set_bearer (work->request, work->link->key);
  leyden_http_request_set_pin (work->request, work->link->fingerprint);
  leyden_http_request_set_timeout (work->request, TIMEOUT_MS);
  leyden_http_request_set_max_body (work->request, MAX_ANSWER);
  leyden_http_request_set_follow (work->request, FALSE);
  work->sent_us = g_get_monotonic_time ();
  leyden_http_client_send_async (work->http, work->request, g_task_get_cancellable (task), callback, task);
}

/* What went wrong on the way. */
static void
fail (GTask        *task,
      const GError *error)
{
  Work *work = g_task_get_task_data (task);

  work->probe->certificate = leyden_http_request_dup_certificate (work->request);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_error_copy (error));
      g_object_unref (task);
      return;
    }
  if (g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS) && work->probe->certificate != NULL)
    done (task, LEYDEN_PROBE_UNTRUSTED,
          work->link->fingerprint == NULL ? g_strdup (error->message)
                                          : g_strdup_printf (_("The certificate is not the one that was trusted. %s"), error->message));
  else
    done (task, LEYDEN_PROBE_UNREACHABLE, g_strdup (error->message));
}

/* NULL after the end of @task. */
static GBytes *
take_answer (GTask        *task,
             GObject      *client,
             GAsyncResult *result)
{
  Work *work = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  GBytes *body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (client), result, &error);
  gint64 now_us = g_get_monotonic_time ();
  double latency_ms = (double)(now_us - work->sent_us) / 1000;
  gint64 unix_s;

  if (body == NULL)
    {
      fail (task, error);
      return NULL;
    }
  /* The first one pays for the connection. */
  if (isnan (work->probe->latency_ms) || latency_ms < work->probe->latency_ms)
    work->probe->latency_ms = latency_ms;
  if (leyden_http_request_get_date (work->request, &unix_s))
    {
      work->probe->has_skew = TRUE;
      work->probe->skew_ms = unix_s * 1000 + 500 - (g_get_real_time () / 1000 - (gint64)latency_ms / 2);
    }
  if (work->probe->certificate == NULL)
    work->probe->certificate = leyden_http_request_dup_certificate (work->request);
  return body;
}

static char *
describe_stranger (Work   *work,
                   GBytes *body)
{
  g_autofree char *text = leyden_text_escape (g_bytes_get_data (body, NULL), (gssize)MIN (g_bytes_get_size (body), 1000), SHOWN_CHARS);
  const char *server = leyden_http_request_get_response_header (work->request, "Server");
  g_autofree char *who = server != NULL ? leyden_text_escape (server, -1, 60) : NULL;
  guint status = leyden_http_request_get_status (work->request);

  if (who != NULL)
    return g_strdup_printf (_("“%s” answers there with status %u: %s"), who, status, text);
  return g_strdup_printf (_("What answers there says, with status %u: %s"), status, text);
}

static char *
no_key_reason (Work *work)
{
  return g_strdup (work->link->key != NULL ? _("The server refuses this key") : _("The server wants a key"));
}

static void
described_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  GTask *task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr(GBytes) body = take_answer (task, object, result);
  g_autoptr(LeydenValue) value = NULL;
  LeydenValue *paths;

  if (body == NULL)
    return;
  value = leyden_remote_parse (body, NULL);
  paths = leyden_value_get_member (value, "paths");
  work->probe->version = g_strdup (leyden_value_get_member_string (leyden_value_get_member (value, "info"), "version", NULL));
  if (leyden_value_get_member (paths, "/leyden/v1/info") != NULL)
    work->probe->kind = LEYDEN_SERVER_LEYDEN;
  else if (leyden_value_get_member (paths, "/api/rollouts/terminal") != NULL)
    work->probe->kind = LEYDEN_SERVER_AGL;
  if (work->first_status < 300)
    done (task, LEYDEN_PROBE_GOOD, NULL);
  else if (work->probe->kind != LEYDEN_SERVER_UNKNOWN)
    done (task, LEYDEN_PROBE_KEY, no_key_reason (work));
  else
    done (task, LEYDEN_PROBE_NEITHER, describe_stranger (work, body));
}

static void
proxy_asked_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  GTask *task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr(GBytes) body = take_answer (task, object, result);
  g_autoptr(LeydenValue) value = NULL;
  guint status;

  if (body == NULL)
    return;
  status = leyden_http_request_get_status (work->request);
  work->first_status = status;
  value = leyden_remote_parse (body, NULL);
  if (status == 200 && leyden_value_get_kind (leyden_value_get_member (value, "paused")) == LEYDEN_VALUE_BOOLEAN)
    {
      work->probe->kind = LEYDEN_SERVER_AGL;
      ask (task, "/openapi.json", FALSE, described_cb);
    }
  else if (status == 401 || status == 403)
    ask (task, "/openapi.json", FALSE, described_cb);
  else
    done (task, LEYDEN_PROBE_NEITHER, describe_stranger (work, body));
}

static void
asked_again_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  GTask *task = data;
  g_autoptr(GBytes) body = take_answer (task, object, result);

  if (body != NULL)
    done (task, LEYDEN_PROBE_GOOD, NULL);
}

static void
is_leyden (GTask       *task,
           LeydenValue *info)
{
  Work *work = g_task_get_task_data (task);
  gint64 api = leyden_value_get_member_int (info, "api", 0);

  work->probe->kind = LEYDEN_SERVER_LEYDEN;
  work->probe->version = g_strdup (leyden_value_get_member_string (info, "version", NULL));
  work->probe->role = g_strdup (leyden_value_get_member_string (info, "role", NULL));
  work->probe->key_name = g_strdup (leyden_value_get_member_string (info, "key_name", NULL));
  if (api == 1)
    ask (task, "/leyden/v1/info", TRUE, asked_again_cb);
  else
    done (task, LEYDEN_PROBE_VERSION,
          g_strdup_printf (_("It speaks version %d of the Leyden API, and this program version 1"), (int)CLAMP (api, -1, G_MAXINT)));
}

static void
info_asked_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  GTask *task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr(GBytes) body = take_answer (task, object, result);
  g_autoptr(LeydenValue) info = NULL;
  guint status;

  if (body == NULL)
    return;
  status = leyden_http_request_get_status (work->request);
  work->first_status = status;
  info = leyden_remote_parse (body, NULL);
  if (status == 200 && leyden_value_get_kind (leyden_value_get_member (info, "api")) == LEYDEN_VALUE_NUMBER)
    is_leyden (task, info);
  else if (status == 401 || status == 403)
    ask (task, "/openapi.json", FALSE, described_cb);
  else
    ask (task, "/proxy/state", TRUE, proxy_asked_cb);
}

void
leyden_connection_probe_async (const LeydenConnectionLink *link,
                               GCancellable               *cancellable,
                               GAsyncReadyCallback         callback,
                               gpointer                    data)
{
  GTask *task;
  Work *work;

  g_return_if_fail (link != NULL && link->uri != NULL);

  task = g_task_new (NULL, cancellable, callback, data);
  work = g_new0 (Work, 1);
  work->link = leyden_connection_link_new (link->uri, link->key, link->fingerprint);
  work->http = leyden_http_client_new ();
  work->probe = g_new0 (LeydenProbe, 1);
  work->probe->latency_ms = NAN;
  g_task_set_source_tag (task, leyden_connection_probe_async);
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  ask (task, "/leyden/v1/info", TRUE, info_asked_cb);
}

LeydenProbe *
leyden_connection_probe_finish (GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_connection_probe_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
