/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

/* Rollouts that ended, on their way to a collector (OTLP over HTTP, JSON).
 *
 *   add ──► queue ──► run and rollout ──► records ──► spans ──► batch ──► POST ──► taken, refused
 *            │ full: dropped                                      ▲   │ 429, 502, 503, 504, no connection
 *                                                                 └───┘ pause
 *
 * One rollout is read at a time and one batch is on its way at a time; what waits is ids only. Everything that does not arrive is
 * counted. The statuses that are tried again are those of the OTLP specification, “OTLP/HTTP Response”. */
#include "leyden-gateway-ops.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "leyden-http-client.h"
#include "leyden-http-retry.h"
#include "leyden-json.h"
#include "leyden-text.h"
#include "leyden-trace-spans.h"

#define MAX_QUEUE 10000
/* A batch goes out when it has this many spans, or nothing is left to be read. */
#define BATCH_SPANS 512
/* After a rollout ended others may: they go together. */
#define GATHER_MS 500
/* Of a longer log the first ones go out. */
#define MAX_RECORDS 20000
#define MAX_TRIES 8
#define TIMEOUT_MS 10000
#define MAX_ANSWER (1024 * 1024)
#define MAX_HEADERS 65536

struct _LeydenTraceExport
{
  LeydenOps         *ops;               /* borrowed */
  LeydenHttpClient  *http;
  char              *uri;
  char             **headers;           /* name, value, … */
  char              *service;
  GCancellable      *stopped;

  GQueue             queue;             /* ids */
  GHashTable        *queued;            /* set of those */
  GSource           *pause;
  GPtrArray         *spans;             /* LeydenValue: of the batch that grows or is on its way */
  guint              n_rollouts;        /* in it */
  GBytes            *body;              /* of the batch on its way; NULL: it grows */
  LeydenHttpRequest *request;
  guint              n_tries;
  gboolean           reading;
  gboolean           sending;

  LeydenRolloutRow  *row;               /* of the rollout that is read */
  char              *run;               /* whose definition is known */
  LeydenValue       *definition;        /* nullable */
};

static void go_on (LeydenTraceExport *self);

/* ---- The batch goes out ---- */

static void
stop_pause (LeydenTraceExport *self)
{
  if (self->pause != NULL)
    g_source_destroy (self->pause);
  g_clear_pointer (&self->pause, g_source_unref);
}

static void
start_pause (LeydenTraceExport *self,
             guint              delay_ms,
             GSourceFunc        callback)
{
  stop_pause (self);
  self->pause = g_timeout_source_new (delay_ms);
  g_source_set_callback (self->pause, callback, self, NULL);
  g_source_attach (self->pause, g_main_context_get_thread_default ());
}

/* The batch is over; @taken of its spans arrived. */
static void
batch_ended (LeydenTraceExport *self,
             guint              taken,
             const char        *outcome)
{
  LeydenMetrics *figures = self->ops->figures;

  leyden_metrics_add (figures, LEYDEN_FIGURE_TRACE_SPANS, taken, "exported", NULL);
  leyden_metrics_add (figures, LEYDEN_FIGURE_TRACE_SPANS, self->spans->len - taken, outcome, NULL);
  leyden_metrics_add (figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, self->n_rollouts, taken > 0 || self->spans->len == 0 ? "exported" : outcome, NULL);
  g_ptr_array_set_size (self->spans, 0);
  self->n_rollouts = 0;
  self->n_tries = 0;
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->request);
  go_on (self);
}

/* {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "…"}} */
static guint
count_rejected (LeydenTraceExport *self,
                GBytes            *answer)
{
  g_autoptr(LeydenValue) value = leyden_json_parse_bytes (answer, NULL, NULL);
  LeydenValue *partial = leyden_value_get_member (value, "partialSuccess");
  LeydenValue *rejected = leyden_value_get_member (partial, "rejectedSpans");
  const char *text = leyden_value_get_string (rejected, NULL);
  g_autofree char *why = leyden_text_escape (leyden_value_get_member_string (partial, "errorMessage", ""), -1, 200);
  gint64 n = 0;

  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXUINT, &n, NULL))
    leyden_value_get_int (rejected, &n);
  n = CLAMP (n, 0, (gint64)self->spans->len);
  if (n > 0 || *why != '\0')
    g_message ("The collector refused %" G_GINT64_FORMAT " of %u spans: %s", n, self->spans->len, why);
  return (guint)n;
}

static gboolean send_cb (gpointer data);

static gboolean
is_passing (guint status)
{
  return status == 429 || status == 502 || status == 503 || status == 504;
}

static void
try_later (LeydenTraceExport *self)
{
  const char *after = leyden_http_request_get_status (self->request) == 0 ? NULL : leyden_http_request_get_response_header (self->request, "Retry-After");

  start_pause (self, leyden_http_retry_delay_ms (self->n_tries, g_random_double (), after, g_get_real_time () / G_USEC_PER_SEC), send_cb);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  LeydenTraceExport *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) answer = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  guint status;

  self->sending = FALSE;
  if (g_cancellable_is_cancelled (self->stopped))
    return;
  status = answer == NULL ? 0 : leyden_http_request_get_status (self->request);
  if (status >= 200 && status < 300)
    {
      batch_ended (self, self->spans->len - count_rejected (self, answer), "refused");
      return;
    }
  if ((answer == NULL || is_passing (status)) && self->n_tries < MAX_TRIES)
    {
      try_later (self);
      return;
    }
  if (answer == NULL)
    g_message ("%u spans did not reach the collector: %s", self->spans->len, error->message);
  else
    g_message ("The collector answered with %u; %u spans are lost", status, self->spans->len);
  batch_ended (self, 0, status == 0 || is_passing (status) ? "lost" : "refused");
}

static gboolean
send_cb (gpointer data)
{
  LeydenTraceExport *self = data;

  stop_pause (self);
  self->n_tries++;
  g_clear_object (&self->request);
  self->request = leyden_http_request_new ("POST", self->uri);
  leyden_http_request_set_body (self->request, "application/json", self->body);
  leyden_http_request_set_timeout (self->request, TIMEOUT_MS);
  leyden_http_request_set_max_body (self->request, MAX_ANSWER);
  leyden_http_request_set_follow (self->request, FALSE);
  for (guint i = 0; self->headers != NULL && self->headers[i] != NULL; i += 2)
    leyden_http_request_set_secret_header (self->request, self->headers[i], self->headers[i + 1]);
  self->sending = TRUE;
  leyden_http_client_send_async (self->http, self->request, self->stopped, sent_cb, self);
  return G_SOURCE_REMOVE;
}

static void
send_batch (LeydenTraceExport *self)
{
  g_autoptr(LeydenValue) body = leyden_trace_make_body (self->spans, self->service);

  self->body = leyden_json_write_bytes (body, LEYDEN_JSON_COMPACT);
  send_cb (self);
}

/* ---- A rollout is read ---- */

/* What cannot be read is passed over. */
static void
read_ended (LeydenTraceExport *self,
            const GError      *error)
{
  if (error != NULL)
    {
      g_message ("A rollout cannot be exported: %s", error->message);
      leyden_metrics_add (self->ops->figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, 1, "unreadable", NULL);
    }
  else
    self->n_rollouts++;
  g_clear_pointer (&self->row, leyden_rollout_row_free);
  go_on (self);
}

/* The spans are of the records that were read; what became of them is counted besides. */
static void
note_cut (LeydenTraceExport *self)
{
  g_autofree char *shown = leyden_text_escape (self->row->rollout, -1, 200);

  g_message ("Of rollout %s only the first %d records are exported", shown, MAX_RECORDS);
  leyden_metrics_add (self->ops->figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, 1, "cut", NULL);
}

/* TRUE: this was the last step, for the program ends. */
static gboolean
has_stopped (LeydenTraceExport *self)
{
  self->reading = FALSE;
  return g_cancellable_is_cancelled (self->stopped);
}

static void
records_read_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  LeydenTraceExport *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(GPtrArray) spans = NULL;
  LeydenTraceSubject subject = { 0 };

  if (has_stopped (self))
    return;
  if (records != NULL)
    {
      if (records->len > MAX_RECORDS)
        {
          g_ptr_array_set_size (records, MAX_RECORDS);
          note_cut (self);
        }
      subject.rollout = self->row->rollout;
      subject.run = self->row->run;
      subject.item = self->row->item;
      subject.split = self->row->split;
      subject.title = leyden_value_get_member_string (self->definition, "title", NULL);
      subject.traceparent = leyden_value_get_member_string (self->definition, "traceparent", NULL);
      spans = leyden_trace_make_spans (&subject, records);
      g_ptr_array_extend_and_steal (self->spans, g_steal_pointer (&spans));
    }
  read_ended (self, error);
}

static void
read_records (LeydenTraceExport *self)
{
  self->reading = TRUE;
  leyden_store_read_rollout_async (LEYDEN_STORE (self->ops->gateway->store), self->row->rollout, 0, MAX_RECORDS + 1, NULL, records_read_cb, self);
}

static void
run_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  LeydenTraceExport *self = user_data;
  g_autoptr(LeydenRunRow) run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, NULL);

  if (has_stopped (self))
    return;
  /* Without it only a title is missing. */
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_free (self->run);
  self->run = g_strdup (self->row->run);
  self->definition = run == NULL ? NULL : leyden_value_ref (run->definition);
  read_records (self);
}

static void
row_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  LeydenTraceExport *self = user_data;
  g_autoptr(GError) error = NULL;

  self->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (has_stopped (self))
    return;
  if (self->row == NULL)
    read_ended (self, error);
  else if (g_strcmp0 (self->row->run, self->run) == 0)
    read_records (self);
  else if (self->row->run == NULL)
    {
      g_clear_pointer (&self->definition, leyden_value_unref);
      g_clear_pointer (&self->run, g_free);
      read_records (self);
    }
  else
    {
      self->reading = TRUE;
      leyden_store_get_run_async (LEYDEN_STORE (object), self->row->run, NULL, run_read_cb, self);
    }
}

static void
read_next (LeydenTraceExport *self)
{
  g_autofree char *rollout = g_queue_pop_head (&self->queue);

  g_hash_table_remove (self->queued, rollout);
  self->reading = TRUE;
  leyden_store_get_rollout_async (LEYDEN_STORE (self->ops->gateway->store), rollout, NULL, row_read_cb, self);
}

/* ---- What is next ---- */

static gboolean
gathered_cb (gpointer data)
{
  LeydenTraceExport *self = data;

  stop_pause (self);
  if (self->queue.length > 0)
    read_next (self);
  return G_SOURCE_REMOVE;
}

static gboolean
is_busy (LeydenTraceExport *self)
{
  return self->reading || self->sending || self->body != NULL || self->pause != NULL;
}

static void
go_on (LeydenTraceExport *self)
{
  leyden_metrics_set (self->ops->figures, LEYDEN_FIGURE_TRACE_QUEUE, self->queue.length, NULL);
  if (is_busy (self))
    return;
  if (self->spans->len >= BATCH_SPANS || (self->queue.length == 0 && self->n_rollouts > 0))
    send_batch (self);
  else if (self->queue.length > 0)
    read_next (self);
}

void
leyden_trace_export_add (LeydenTraceExport *self,
                         const char        *rollout)
{
  char *id;

  if (g_hash_table_contains (self->queued, rollout))
    return;
  if (self->queue.length >= MAX_QUEUE)
    {
      leyden_metrics_add (self->ops->figures, LEYDEN_FIGURE_TRACE_ROLLOUTS, 1, "dropped", NULL);
      return;
    }
  id = g_strdup (rollout);
  g_queue_push_tail (&self->queue, id);
  g_hash_table_add (self->queued, id);
  leyden_metrics_set (self->ops->figures, LEYDEN_FIGURE_TRACE_QUEUE, self->queue.length, NULL);
  if (!is_busy (self))
    start_pause (self, GATHER_MS, gathered_cb);
}

/* ---- Life ---- */

char **
leyden_trace_export_read_headers (const char  *path,
                                  GError     **error)
{
  g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;
  GStatBuf status;

  if (g_stat (path, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > MAX_HEADERS || !g_file_get_contents (path, &text, NULL, NULL))
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("The file of headers %s is not a small readable file"), name);
      return NULL;
    }
  if ((status.st_mode & 077) != 0)
    g_message (_("Others may read the file of headers %s (mode %04o); make it 0600"), name, status.st_mode & 07777);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *colon = strchr (g_strstrip (lines[i]), ':');

      if (*lines[i] == '\0' || *lines[i] == '#')
        continue;
      if (colon == NULL || colon == lines[i])
        {
          /* Never the line itself: it is a secret. */
          g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("Line %u of %s is not “Name: value”"), i + 1, name);
          return NULL;
        }
      g_ptr_array_add (headers, g_strstrip (g_strndup (lines[i], (gsize)(colon - lines[i]))));
      g_ptr_array_add (headers, g_strstrip (g_strdup (colon + 1)));
    }
  g_ptr_array_add (headers, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&headers), FALSE);
}

LeydenTraceExport *
leyden_trace_export_new (LeydenOps  *ops,
                         const char *endpoint,
                         char      **headers,
                         const char *service)
{
  LeydenTraceExport *self = g_new0 (LeydenTraceExport, 1);
  g_autofree char *base = g_strdup (endpoint);

  while (g_str_has_suffix (base, "/"))
    base[strlen (base) - 1] = '\0';
  self->ops = ops;
  self->uri = g_str_has_suffix (base, "/v1/traces") ? g_strdup (base) : g_strconcat (base, "/v1/traces", NULL);
  self->headers = headers;
  self->service = g_strdup (service != NULL ? service : "leyden");
  self->http = leyden_http_client_new ();
  /* The pauses are ours. */
  leyden_http_client_set_limits (self->http, 1, 0, 0);
  self->stopped = g_cancellable_new ();
  self->spans = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  self->queued = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->queue);
  return self;
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
turn_until (LeydenTraceExport *self,
            gboolean         (*done) (LeydenTraceExport *self),
            guint              limit_ms)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr(GSource) wake = g_timeout_source_new (20);
  gint64 until_us = g_get_monotonic_time () + (gint64)limit_ms * 1000;

  g_source_set_callback (wake, wake_cb, NULL, NULL);
  g_source_attach (wake, context);
  while (!done (self) && g_get_monotonic_time () < until_us)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (wake);
}

static gboolean
is_empty (LeydenTraceExport *self)
{
  return !is_busy (self) && self->queue.length == 0 && self->n_rollouts == 0;
}

void
leyden_trace_export_flush (LeydenTraceExport *self,
                           guint              limit_ms)
{
  /* What gathers does not wait any longer; a collector that refused is still left in peace. */
  if (self->pause != NULL && self->body == NULL)
    gathered_cb (self);
  turn_until (self, is_empty, limit_ms);
}

static gboolean
is_still (LeydenTraceExport *self)
{
  return !self->reading && !self->sending;
}

void
leyden_trace_export_free (LeydenTraceExport *self)
{
  guint n_left = self->queue.length + self->n_rollouts;

  g_cancellable_cancel (self->stopped);
  stop_pause (self);
  /* Those that were asked call back; the disk and the cancellable see to it that they do. */
  while (!is_still (self))
    turn_until (self, is_still, 1000);
  if (n_left > 0)
    g_message ("%u rollouts were not exported before the end", n_left);
  g_queue_clear_full (&self->queue, g_free);
  g_hash_table_unref (self->queued);
  g_ptr_array_unref (self->spans);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->request);
  g_clear_pointer (&self->row, leyden_rollout_row_free);
  g_clear_pointer (&self->definition, leyden_value_unref);
  g_free (self->run);
  g_object_unref (self->http);
  g_object_unref (self->stopped);
  g_strfreev (self->headers);
  g_free (self->uri);
  g_free (self->service);
  g_free (self);
}
