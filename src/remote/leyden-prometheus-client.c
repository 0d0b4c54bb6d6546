/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-prometheus-client.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-remote-ask.h"
#include "leyden-remote-private.h"
#include "leyden-text.h"

#define MAX_AT_ONCE 6
#define MAX_WARNINGS 10
#define MAX_WARNING 300
/* The server gives up a query after this. */
#define SERVER_TIMEOUT "10s"
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* ---- Answers ---- */

static void
series_free (gpointer data)
{
  LeydenPrometheusSeries *self = data;

  leyden_value_unref (self->labels);
  g_array_unref (self->points);
  g_free (self);
}

void
leyden_prometheus_answer_free (gpointer data)
{
  LeydenPrometheusAnswer *self = data;

  g_free (self->type);
  g_ptr_array_unref (self->series);
  g_strfreev (self->warnings);
  g_free (self);
}

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The answer is not that of a Prometheus server"));
  return FALSE;
}

static LeydenRemoteError
code_of (guint status)
{
  static const struct { guint status; LeydenRemoteError code; } codes[] = {
    { 400, LEYDEN_REMOTE_ERROR_INVALID }, { 401, LEYDEN_REMOTE_ERROR_AUTH }, { 403, LEYDEN_REMOTE_ERROR_POLICY },
    { 404, LEYDEN_REMOTE_ERROR_NOT_FOUND }, { 422, LEYDEN_REMOTE_ERROR_INVALID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].status == status)
      return codes[i].code;
  return LEYDEN_REMOTE_ERROR_UNAVAILABLE;
}

/* "data" of the envelope; NULL with @error. @envelope: holds it. */
static LeydenValue *
open_envelope (GBytes       *body,
               guint         status,
               LeydenValue **envelope,
               GError      **error)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  const char *text;
  LeydenValue *data;

  *envelope = leyden_json_parse_bytes (body, &limits, NULL);
  text = leyden_value_get_member_string (*envelope, "error", NULL);
  if (text != NULL)
    {
      g_autofree char *line = leyden_text_escape (text, -1, 500);

      g_set_error_literal (error, LEYDEN_REMOTE_ERROR, code_of (status >= 400 ? status : 422), line);
      return NULL;
    }
  if (!leyden_remote_check_status (status, NULL, error))
    return NULL;
  data = leyden_value_get_member (*envelope, "data");
  if (data == NULL || strcmp (leyden_value_get_member_string (*envelope, "status", ""), "success") != 0)
    {
      refuse (error);
      return NULL;
    }
  return data;
}

static gboolean
read_number (LeydenValue *value,
             double      *out)
{
  const char *text = leyden_value_get_string (value, NULL);
  char *end = NULL;

  if (text == NULL)
    return leyden_value_get_double (value, out);
  *out = g_ascii_strtod (text, &end);
  return end != text && *end == '\0';
}

/* [1435781451.781, "1"] */
static gboolean
read_sample (GArray      *points,
             LeydenValue *sample)
{
  LeydenPrometheusPoint point;
  double seconds;

  if (leyden_value_get_kind (sample) != LEYDEN_VALUE_LIST || !read_number (leyden_value_get_item (sample, 0), &seconds)
      || !isfinite (seconds) || fabs (seconds) > 9e9 || !read_number (leyden_value_get_item (sample, 1), &point.value))
    return FALSE;
  /* Milliseconds are all that it keeps. */
  point.time_ns = (gint64)llround (seconds * 1000) * 1000000;
  g_array_append_val (points, point);
  return TRUE;
}

static LeydenPrometheusSeries *
add_series (LeydenPrometheusAnswer *answer,
            LeydenValue            *labels)
{
  LeydenPrometheusSeries *series = g_new0 (LeydenPrometheusSeries, 1);

  series->labels = labels != NULL ? leyden_value_ref (labels) : leyden_json_parse ("{}", -1, NULL, NULL);
  series->points = g_array_new (FALSE, FALSE, sizeof (LeydenPrometheusPoint));
  g_ptr_array_add (answer->series, series);
  return series;
}

/* One element of a vector or a matrix; series of histograms alone ("histograms") have no points here. */
static gboolean
read_series (LeydenPrometheusAnswer *answer,
             LeydenValue            *value)
{
  LeydenValue *labels = leyden_value_get_member (value, "metric");
  LeydenValue *sample = leyden_value_get_member (value, "value"), *samples = leyden_value_get_member (value, "values");
  LeydenPrometheusSeries *series;

  if (leyden_value_get_kind (labels) != LEYDEN_VALUE_OBJECT || (samples != NULL && leyden_value_get_kind (samples) != LEYDEN_VALUE_LIST))
    return FALSE;
  series = add_series (answer, labels);
  if (sample != NULL && !read_sample (series->points, sample))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (samples); i++)
    if (!read_sample (series->points, leyden_value_get_item (samples, i)))
      return FALSE;
  return TRUE;
}

static gboolean
read_result (LeydenPrometheusAnswer *answer,
             LeydenValue            *result)
{
  if (strcmp (answer->type, "string") == 0)
    return leyden_value_get_kind (result) == LEYDEN_VALUE_LIST;
  if (strcmp (answer->type, "scalar") == 0)
    return read_sample (add_series (answer, NULL)->points, result);
  if (leyden_value_get_kind (result) != LEYDEN_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (result); i++)
    if (!read_series (answer, leyden_value_get_item (result, i)))
      return FALSE;
  return TRUE;
}

static void
read_warnings (GPtrArray   *warnings,
               LeydenValue *list)
{
  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list) && warnings->len < MAX_WARNINGS; i++)
    {
      const char *text = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (text != NULL)
        g_ptr_array_add (warnings, leyden_text_escape (text, -1, MAX_WARNING));
    }
}

LeydenPrometheusAnswer *
leyden_prometheus_answer_parse (GBytes  *body,
                                guint    status,
                                GError **error)
{
  g_autoptr(LeydenValue) envelope = NULL;
  LeydenValue *data = open_envelope (body, status, &envelope, error);
  g_autoptr(LeydenPrometheusAnswer) answer = NULL;
  GPtrArray *warnings;

  if (data == NULL)
    return NULL;
  answer = g_new0 (LeydenPrometheusAnswer, 1);
  answer->type = g_strdup (leyden_value_get_member_string (data, "resultType", ""));
  answer->series = g_ptr_array_new_with_free_func (series_free);
  warnings = g_ptr_array_new ();
  read_warnings (warnings, leyden_value_get_member (envelope, "warnings"));
  read_warnings (warnings, leyden_value_get_member (envelope, "infos"));
  g_ptr_array_add (warnings, NULL);
  answer->warnings = (char **)g_ptr_array_free (warnings, FALSE);
  if (!read_result (answer, leyden_value_get_member (data, "result")))
    {
      refuse (error);
      return NULL;
    }
  return g_steal_pointer (&answer);
}

gint64
leyden_prometheus_get_step (gint64 from_ns,
                            gint64 to_ns,
                            gint64 n_points)
{
  /* Both ends are points. */
  gint64 n = CLAMP (n_points, 1, LEYDEN_PROMETHEUS_MAX_POINTS - 1);
  gint64 range_s = to_ns > from_ns ? (to_ns - from_ns) / NS_PER_S + 1 : 1;

  return MAX ((range_s + n - 1) / n, 1);
}

/* ---- The client ---- */

struct _LeydenPrometheusClient
{
  GObject           parent_instance;

  LeydenHttpClient *http;
  char             *base_uri;
  char             *authorization;
};

G_DEFINE_FINAL_TYPE (LeydenPrometheusClient, leyden_prometheus_client, G_TYPE_OBJECT)

static void
leyden_prometheus_client_finalize (GObject *object)
{
  LeydenPrometheusClient *self = LEYDEN_PROMETHEUS_CLIENT (object);

  g_clear_object (&self->http);
  g_free (self->base_uri);
  g_free (self->authorization);
  G_OBJECT_CLASS (leyden_prometheus_client_parent_class)->finalize (object);
}

static void
leyden_prometheus_client_class_init (LeydenPrometheusClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_prometheus_client_finalize;
}

static void
leyden_prometheus_client_init (LeydenPrometheusClient *self)
{
  self->http = leyden_remote_client_new (MAX_AT_ONCE);
}

LeydenPrometheusClient *
leyden_prometheus_client_new (const char *base_uri,
                              const char *authorization)
{
  LeydenPrometheusClient *self;

  g_return_val_if_fail (base_uri != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_PROMETHEUS_CLIENT, NULL);
  self->base_uri = g_strdup (base_uri);
  self->authorization = g_strdup (authorization);
  return self;
}

/* ---- Questions ---- */

static gpointer
read_answer (GBytes  *body,
             guint    status,
             GError **error)
{
  return leyden_prometheus_answer_parse (body, status, error);
}

static void
append_time (GString    *form,
             const char *name,
             gint64      time_ns)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ".%03d", time_ns / NS_PER_S, (int)(time_ns % NS_PER_S / 1000000));

  leyden_remote_append_field (form, name, text);
}

/* As a form, for a query may be longer than an address may be. Takes @form. */
static void
post_form (LeydenPrometheusClient *self,
           const char             *path,
           GString                *form,
           GCancellable           *cancellable,
           GAsyncReadyCallback     callback,
           gpointer                data)
{
  g_autofree char *uri = g_strconcat (self->base_uri, path, NULL);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("POST", uri);
  g_autoptr(GBytes) body = g_string_free_to_bytes (form);

  leyden_http_request_set_body (request, "application/x-www-form-urlencoded", body);
  leyden_remote_ask_async (G_OBJECT (self), self->http, request, self->authorization, read_answer, leyden_prometheus_answer_free, cancellable, callback,
                           data);
}

void
leyden_prometheus_client_query_async (LeydenPrometheusClient *self,
                                      const char             *promql,
                                      gint64                  time_ns,
                                      GCancellable           *cancellable,
                                      GAsyncReadyCallback     callback,
                                      gpointer                data)
{
  GString *form;

  g_return_if_fail (LEYDEN_IS_PROMETHEUS_CLIENT (self));
  g_return_if_fail (promql != NULL && time_ns >= 0);

  form = g_string_new (NULL);
  leyden_remote_append_field (form, "query", promql);
  append_time (form, "time", time_ns);
  leyden_remote_append_field (form, "timeout", SERVER_TIMEOUT);
  post_form (self, "/api/v1/query", form, cancellable, callback, data);
}

void
leyden_prometheus_client_query_range_async (LeydenPrometheusClient *self,
                                            const char             *promql,
                                            gint64                  from_ns,
                                            gint64                  to_ns,
                                            gint64                  step_s,
                                            GCancellable           *cancellable,
                                            GAsyncReadyCallback     callback,
                                            gpointer                data)
{
  g_autofree char *step = NULL;
  GString *form;

  g_return_if_fail (LEYDEN_IS_PROMETHEUS_CLIENT (self));
  g_return_if_fail (promql != NULL && from_ns >= 0 && to_ns >= from_ns && step_s > 0);

  form = g_string_new (NULL);
  step = g_strdup_printf ("%" G_GINT64_FORMAT, step_s);
  leyden_remote_append_field (form, "query", promql);
  append_time (form, "start", from_ns);
  append_time (form, "end", to_ns);
  leyden_remote_append_field (form, "step", step);
  leyden_remote_append_field (form, "timeout", SERVER_TIMEOUT);
  post_form (self, "/api/v1/query_range", form, cancellable, callback, data);
}

LeydenPrometheusAnswer *
leyden_prometheus_client_query_finish (LeydenPrometheusClient  *self,
                                       GAsyncResult            *result,
                                       GError                 **error)
{
  return leyden_remote_ask_finish (G_OBJECT (self), result, error);
}

static gpointer
read_labels (GBytes  *body,
             guint    status,
             GError **error)
{
  g_autoptr(LeydenValue) envelope = NULL;
  LeydenValue *data = open_envelope (body, status, &envelope, error);

  if (data == NULL)
    return NULL;
  if (leyden_value_get_kind (data) == LEYDEN_VALUE_LIST)
    return leyden_value_ref (data);
  refuse (error);
  return NULL;
}

static gpointer
read_version (GBytes  *body,
              guint    status,
              GError **error)
{
  g_autoptr(LeydenValue) envelope = NULL;
  LeydenValue *data = open_envelope (body, status, &envelope, error);
  LeydenValue *version = leyden_value_get_member (data, "version");

  if (data == NULL)
    return NULL;
  if (leyden_value_get_kind (version) == LEYDEN_VALUE_STRING)
    return leyden_value_ref (version);
  refuse (error);
  return NULL;
}

static void
get (LeydenPrometheusClient *self,
     const char             *path,
     LeydenRemoteReader      read,
     GCancellable           *cancellable,
     GAsyncReadyCallback     callback,
     gpointer                data)
{
  g_autofree char *uri = g_strconcat (self->base_uri, path, NULL);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);

  leyden_remote_ask_async (G_OBJECT (self), self->http, request, self->authorization, read, (GDestroyNotify)leyden_value_unref, cancellable, callback, data);
}

void
leyden_prometheus_client_list_labels_async (LeydenPrometheusClient *self,
                                            const char             *label,
                                            GCancellable           *cancellable,
                                            GAsyncReadyCallback     callback,
                                            gpointer                data)
{
  g_autofree char *escaped = label != NULL ? g_uri_escape_string (label, NULL, FALSE) : NULL;
  g_autofree char *path = label != NULL ? g_strdup_printf ("/api/v1/label/%s/values", escaped) : g_strdup ("/api/v1/labels");

  g_return_if_fail (LEYDEN_IS_PROMETHEUS_CLIENT (self));
  get (self, path, read_labels, cancellable, callback, data);
}

LeydenValue *
leyden_prometheus_client_list_labels_finish (LeydenPrometheusClient  *self,
                                             GAsyncResult            *result,
                                             GError                 **error)
{
  return leyden_remote_ask_finish (G_OBJECT (self), result, error);
}

void
leyden_prometheus_client_get_version_async (LeydenPrometheusClient *self,
                                            GCancellable           *cancellable,
                                            GAsyncReadyCallback     callback,
                                            gpointer                data)
{
  g_return_if_fail (LEYDEN_IS_PROMETHEUS_CLIENT (self));
  get (self, "/api/v1/status/buildinfo", read_version, cancellable, callback, data);
}

LeydenValue *
leyden_prometheus_client_get_version_finish (LeydenPrometheusClient  *self,
                                             GAsyncResult            *result,
                                             GError                 **error)
{
  return leyden_remote_ask_finish (G_OBJECT (self), result, error);
}
