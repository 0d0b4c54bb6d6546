/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

/* From a request's head to its handler, and from the answer to libmicrohttpd. Server thread only. */
#include "leyden-http-server-private.h"

#include <errno.h>
#include <string.h>

/* Every whole one of these that arrived gives the body its time anew: large uploads may be slow, but not still. */
#define BODY_RENEWAL ((guint64) 1024 * 1024)
#define STREAM_BLOCK ((size_t) 32 * 1024)

typedef struct
{
  LeydenHttpField fields[LEYDEN_HTTP_MAX_FIELDS + 1];
  guint n_fields;
} Fields;

static enum MHD_Result
collect_field_cb (void              *data,
                  enum MHD_ValueKind kind,
                  const char        *name,
                  size_t             name_length,
                  const char        *value,
                  size_t             value_length)
{
  Fields *fields = data;

  fields->fields[fields->n_fields++] = (LeydenHttpField) { name, name_length, value != NULL ? value : "", value_length };
  return fields->n_fields < G_N_ELEMENTS (fields->fields) ? MHD_YES : MHD_NO;
}

static void
prepare (LeydenHttpConnection *self,
         guint                 status,
         gboolean              close,
         const char           *detail)
{
  LeydenHttpAnswer *answer = &self->exchange->answer;

  if (answer->headers == NULL)
    answer->headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (answer->headers, g_strdup ("Content-Type"));
  g_ptr_array_add (answer->headers, g_strdup ("application/json"));
  answer->body = leyden_http_error_body (detail);
  answer->status = status;
  answer->close = close;
}

/* Answers at once, before a handler knows of the request. */
static enum MHD_Result
refuse (LeydenHttpConnection *self,
        guint                 status,
        gboolean              close,
        const char           *detail)
{
  prepare (self, status, close, detail);
  return leyden_http_connection_answer (self);
}

static void
add_refusal_header (LeydenHttpConnection *self,
                    const char           *name,
                    const char           *value)
{
  LeydenHttpAnswer *answer = &self->exchange->answer;

  if (answer->headers == NULL)
    answer->headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (answer->headers, g_strdup (name));
  g_ptr_array_add (answer->headers, g_strdup (value));
}

/* On Agent Lightning's routes the first of several headers counts and either kind suffices; on ours they must agree. */
static gboolean
keys_contradict (const LeydenHttpFacts *facts,
                 const char            *path)
{
  const char *bearer = leyden_http_guard_bearer (facts->authorization);

  if (!g_str_has_prefix (path, "/leyden/"))
    return FALSE;
  if (facts->n_authorization > 1 || facts->n_api_key > 1)
    return TRUE;
  return facts->api_key != NULL && facts->authorization != NULL && g_strcmp0 (bearer, facts->api_key) != 0;
}

static LeydenHttpAccess
find_access (LeydenHttpConnection  *self,
             const LeydenHttpFacts *facts)
{
  LeydenHttpCore *core = leyden_http_connection_get_core (self);
  const char *bearer = leyden_http_guard_bearer (facts->authorization);
  const char *keys[3] = { NULL, NULL, NULL };
  guint n = 0;

  if (core->authorize == NULL)
    return LEYDEN_HTTP_ACCESS_GRANTED;
  if (bearer != NULL)
    keys[n++] = bearer;
  if (facts->api_key != NULL && g_strcmp0 (bearer, facts->api_key) != 0)
    keys[n++] = facts->api_key;
  return core->authorize (self->exchange, keys, core->authorize_data);
}

void
leyden_http_connection_prepare_unknown (LeydenHttpConnection *self)
{
  add_refusal_header (self, "WWW-Authenticate", "Bearer");
  prepare (self, 401, FALSE, "Invalid or missing API key");
}

static enum MHD_Result
refuse_key (LeydenHttpConnection  *self,
            const LeydenHttpFacts *facts)
{
  gboolean presented = facts->authorization != NULL || facts->api_key != NULL;
  gboolean slowed = presented && self->exchange->delay_ms > 0;

  if (slowed && !facts->has_body && leyden_http_daemon_hold (self->daemon, self->exchange))
    {
      leyden_http_connection_stop_clock (self);
      self->exchange->phase = LEYDEN_HTTP_PHASE_HANDLING;
      leyden_http_connection_park (self);
      return MHD_YES;
    }
  if (slowed || (presented && !leyden_http_connection_spend_refusal (self)))
    {
      add_refusal_header (self, "Retry-After", "1");
      return refuse (self, 429, TRUE, "Too many wrong keys");
    }
  leyden_http_connection_prepare_unknown (self);
  self->exchange->answer.close = facts->has_body;
  return leyden_http_connection_answer (self);
}

/* The answer to anything but GRANTED. */
static enum MHD_Result
refuse_access (LeydenHttpConnection  *self,
               const LeydenHttpFacts *facts,
               LeydenHttpAccess       access)
{
  LeydenHttpExchange *exchange = self->exchange;
  g_autofree char *seconds = NULL;

  if (access == LEYDEN_HTTP_ACCESS_FORBIDDEN)
    return refuse (self, 403, facts->has_body, exchange->refusal != NULL ? exchange->refusal : "This key may not do that");
  if (access == LEYDEN_HTTP_ACCESS_UNKNOWN)
    return refuse_key (self, facts);
  seconds = g_strdup_printf ("%u", MAX (exchange->retry_after_s, 1));
  add_refusal_header (self, "Retry-After", seconds);
  return refuse (self, 429, facts->has_body, exchange->refusal != NULL ? exchange->refusal : "Too many requests");
}

static gboolean
is_form (const char *content_type)
{
  static const char * const simple[] = { "text/plain", "multipart/form-data", "application/x-www-form-urlencoded" };

  for (gsize i = 0; content_type != NULL && i < G_N_ELEMENTS (simple); i++)
    {
      if (g_ascii_strncasecmp (content_type, simple[i], strlen (simple[i])) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Where Agent Lightning's manners count. */
static gboolean
is_agl_path (const char *path)
{
  static const char * const prefixes[] = { "/api/", "/proxy/", "/healthz/", "/openapi.json/" };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (path, prefixes[i]))
      return TRUE;
  return g_str_equal (path, "/api");
}

/* (transfer full): the raw path without the slashes at its end. */
static char *
strip_slashes (const char *path)
{
  gsize length = strlen (path);

  while (length > 1 && path[length - 1] == '/')
    length--;
  return g_strndup (path, length);
}

/* Whether a path that nothing serves would be served without the slash at its end. */
static gboolean
is_slash_too_many (LeydenHttpConnection *self,
                   const char           *method)
{
  LeydenHttpExchange *exchange = self->exchange;
  GPtrArray *segments = exchange->target->segments;
  g_auto(GStrv) parts = g_strsplit (exchange->raw_target, "?", 2);
  g_autoptr(LeydenHttpTarget) target = NULL;
  g_autofree char *path = NULL;
  g_autofree char *allow = NULL;
  LeydenHttpMatch match;
  const char *detail;
  guint status;
  gboolean known;

  if (segments->len < 2 || *(const char *) segments->pdata[segments->len - 1] != '\0'
      || g_str_has_prefix (exchange->target->path, "/proxy/rollout/"))
    return FALSE;
  path = strip_slashes (parts[0]);
  target = leyden_http_target_parse (path, &status, &detail);
  if (target == NULL)
    return FALSE;
  known = leyden_http_router_match (exchange->core->router, method, target, &match, &allow) || allow != NULL;
  leyden_http_match_clear (&match);
  return known;
}

/* 307 to the same target without the slash at the end of its path. */
static enum MHD_Result
redirect (LeydenHttpConnection  *self,
          const LeydenHttpFacts *facts)
{
  LeydenHttpExchange *exchange = self->exchange;
  g_auto(GStrv) parts = g_strsplit (exchange->raw_target, "?", 2);
  g_autofree char *path = strip_slashes (parts[0]);
  g_autofree char *location = NULL;

  location = g_strconcat (exchange->core->certificate_pem != NULL ? "https://" : "http://", facts->host, path, parts[1] != NULL ? "?" : "", parts[1], NULL);
  add_refusal_header (self, "Location", location);
  exchange->answer.status = 307;
  exchange->answer.close = facts->has_body;
  return leyden_http_connection_answer (self);
}

static enum MHD_Result
refuse_route (LeydenHttpConnection  *self,
              const LeydenHttpFacts *facts,
              const char            *method,
              const char            *allow)
{
  if (allow == NULL && is_agl_path (self->exchange->target->path) && is_slash_too_many (self, method))
    return redirect (self, facts);
  if (allow == NULL)
    return refuse (self, 404, facts->has_body, "Not Found");
  add_refusal_header (self, "Allow", allow);
  return refuse (self, 405, facts->has_body, "Method Not Allowed");
}

/* 0, or the status that refuses the announced body. */
static guint
check_body (const LeydenHttpRoute *route,
            const LeydenHttpFacts *facts,
            const char           **detail)
{
  gboolean any_type = (route->flags & (LEYDEN_HTTP_ROUTE_FORMS_OK | LEYDEN_HTTP_ROUTE_SPOOL)) != 0;

  if (!facts->has_body)
    return 0;
  *detail = "The body is larger than this route takes";
  if (facts->content_length > route->max_body || route->max_body == 0)
    return 413;
  *detail = "An encoded body is not taken: send it as it is";
  if ((route->flags & LEYDEN_HTTP_ROUTE_ENCODED) == 0 && facts->content_encoding != NULL
      && g_ascii_strcasecmp (facts->content_encoding, "identity") != 0)
    return 415;
  *detail = "The body must be application/json in UTF-8";
  if ((route->flags & LEYDEN_HTTP_ROUTE_JSON) != 0 && !leyden_http_guard_is_json (facts->content_type))
    return 415;
  *detail = "This route takes no form and no plain text";
  if (!any_type && is_form (facts->content_type))
    return 415;
  return 0;
}

static void
keep_fields (LeydenHttpExchange *exchange,
             const Fields       *fields)
{
  exchange->fields = g_ptr_array_new_full (fields->n_fields * 2, g_free);
  for (guint i = 0; i < fields->n_fields; i++)
    {
      g_ptr_array_add (exchange->fields, g_strndup (fields->fields[i].name, fields->fields[i].name_length));
      g_ptr_array_add (exchange->fields, g_utf8_make_valid (fields->fields[i].value, (gssize) fields->fields[i].value_length));
    }
}

static guint
status_of_disk (const GError *error)
{
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? 507 : 500;
}

static enum MHD_Result
expect_body (LeydenHttpConnection  *self,
             const LeydenHttpFacts *facts)
{
  LeydenHttpExchange *exchange = self->exchange;
  g_autoptr(GError) error = NULL;

  if ((exchange->match.route->flags & LEYDEN_HTTP_ROUTE_SPOOL) != 0)
    {
      exchange->spool = leyden_http_spool_new (exchange->core->spool_folder, &error);
      if (exchange->spool == NULL)
        return refuse (self, status_of_disk (error), facts->has_body, error->message);
    }
  exchange->phase = LEYDEN_HTTP_PHASE_BODY;
  if (facts->has_body)
    leyden_http_connection_start_body (self);
  return MHD_YES;
}

/* The guard in its order: framing, target, host, origin, load, key, route, body. */
static enum MHD_Result
begin_request (LeydenHttpConnection *self,
               const char           *method,
               const char           *version)
{
  LeydenHttpExchange *exchange = self->exchange;
  LeydenHttpCore *core = exchange->core;
  Fields fields = { .n_fields = 0 };
  LeydenHttpHead head = { method, version, fields.fields, 0 };
  LeydenHttpFacts facts;
  const char *detail = NULL;
  g_autofree char *allow = NULL;
  LeydenHttpAccess access = LEYDEN_HTTP_ACCESS_GRANTED;
  gboolean found, open;
  guint status;

  MHD_get_connection_values_n (self->mhd, MHD_HEADER_KIND, collect_field_cb, &fields);
  head.n_fields = fields.n_fields;
  status = leyden_http_guard_check_head (&head, &facts, &detail);
  if (status != 0)
    return refuse (self, status, TRUE, detail);
  exchange->target = leyden_http_target_parse (exchange->raw_target, &status, &detail);
  if (exchange->target == NULL)
    return refuse (self, status, TRUE, detail);
  exchange->method = g_strdup (method);
  if (!leyden_http_guard_allows_host (facts.host, core->hosts))
    return refuse (self, 421, TRUE, "This server does not answer for that Host");
  if (leyden_http_guard_is_foreign (&facts))
    return refuse (self, 403, facts.has_body, "Pages of other origins may not use this server");
  if ((guint) g_atomic_int_get (&core->n_connections) > core->max_connections || leyden_http_connection_is_stopping (self))
    {
      add_refusal_header (self, "Retry-After", "1");
      return refuse (self, 503, TRUE, "The server has no room for another connection");
    }
  if (keys_contradict (&facts, exchange->target->path))
    return refuse (self, 400, facts.has_body, "The request presents more than one key");

  found = leyden_http_router_match (core->router, method, exchange->target, &exchange->match, &allow);
  open = found && (exchange->match.route->flags & LEYDEN_HTTP_ROUTE_OPEN) != 0;
  if (!found && is_agl_path (exchange->target->path))
    return refuse_route (self, &facts, method, allow);
  if (!open)
    access = find_access (self, &facts);
  if (access != LEYDEN_HTTP_ACCESS_GRANTED)
    return refuse_access (self, &facts, access);
  if (!found)
    return refuse_route (self, &facts, method, allow);
  status = check_body (exchange->match.route, &facts, &detail);
  if (status != 0)
    return refuse (self, status, TRUE, detail);
  keep_fields (exchange, &fields);
  return expect_body (self, &facts);
}

static enum MHD_Result
break_off (LeydenHttpConnection *self,
           guint                 status,
           const char           *detail)
{
  leyden_http_connection_refuse_raw (self, status, detail);
  return MHD_NO;
}

static gboolean
charge (LeydenHttpExchange *exchange,
        gsize               length)
{
  gsize before = (gsize) g_atomic_pointer_add (&exchange->core->body_bytes, (gssize) length);

  exchange->body_charge += length;
  return before + length <= LEYDEN_HTTP_BODY_BUDGET;
}

static enum MHD_Result
take_body (LeydenHttpConnection *self,
           const char           *bytes,
           gsize                 length)
{
  LeydenHttpExchange *exchange = self->exchange;
  guint64 before = exchange->received;
  g_autoptr(GError) error = NULL;

  exchange->received += length;
  if (exchange->received > exchange->match.route->max_body)
    return break_off (self, 413, "The body is larger than this route takes");
  if (before / BODY_RENEWAL != exchange->received / BODY_RENEWAL)
    leyden_http_connection_start_body (self);
  if (exchange->spool != NULL)
    {
      if (!leyden_http_spool_write (exchange->spool, bytes, length, &error))
        return break_off (self, status_of_disk (error), error->message);
      return MHD_YES;
    }
  if (!charge (exchange, length))
    return break_off (self, 503, "Too many bodies are arriving at once");
  if (exchange->arriving == NULL)
    exchange->arriving = g_byte_array_new ();
  g_byte_array_append (exchange->arriving, (const guint8 *) bytes, (guint) length);
  return MHD_YES;
}

static enum MHD_Result
complete_request (LeydenHttpConnection *self)
{
  LeydenHttpExchange *exchange = self->exchange;
  g_autoptr(GError) error = NULL;

  leyden_http_connection_stop_clock (self);
  if (exchange->spool != NULL && !leyden_http_spool_finish (exchange->spool, &error))
    return refuse (self, status_of_disk (error), TRUE, error->message);
  if (exchange->arriving != NULL)
    exchange->body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->arriving));
  else
    exchange->body = g_bytes_new_static ("", 0);
  if (leyden_http_connection_is_stopping (self))
    {
      add_refusal_header (self, "Retry-After", "1");
      return refuse (self, 503, TRUE, "The server is stopping");
    }

  exchange->phase = LEYDEN_HTTP_PHASE_HANDLING;
  leyden_http_connection_park (self);
  leyden_http_exchange_dispatch (exchange);
  return MHD_YES;
}

enum MHD_Result
leyden_http_intake_cb (void                  *data,
                       struct MHD_Connection *mhd,
                       const char            *url,
                       const char            *method,
                       const char            *version,
                       const char            *upload,
                       size_t                *upload_size,
                       void                 **request)
{
  LeydenHttpExchange *exchange = *request;
  LeydenHttpConnection *self = exchange->connection;
  gsize length = *upload_size;

  switch (exchange->phase)
    {
    case LEYDEN_HTTP_PHASE_HEAD:
      return begin_request (self, method, version);
    case LEYDEN_HTTP_PHASE_BODY:
      if (length == 0)
        return complete_request (self);
      *upload_size = 0;
      return take_body (self, upload, length);
    case LEYDEN_HTTP_PHASE_HANDLING:
      if (leyden_http_exchange_is_answered (exchange))
        return leyden_http_connection_answer (self);
      if (leyden_http_connection_is_stopped (self))
        return MHD_NO;
      leyden_http_connection_park (self);
      return MHD_YES;
    case LEYDEN_HTTP_PHASE_ANSWERING:
      *upload_size = 0;         /* the rest of a body that was refused */
      return MHD_YES;
    default:
      g_assert_not_reached ();
    }
}

static ssize_t
read_stream_cb (void    *data,
                uint64_t position,
                char    *buffer,
                size_t   max)
{
  LeydenHttpConnection *self = data;
  gssize n = leyden_http_stream_read (self->exchange->answer.stream, buffer, max);

  if (n == LEYDEN_HTTP_STREAM_END)
    return MHD_CONTENT_READER_END_OF_STREAM;
  if (n == LEYDEN_HTTP_STREAM_CUT)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  if (n == LEYDEN_HTTP_STREAM_WAIT)
    leyden_http_connection_suspend (self);
  return n;
}

static struct MHD_Response *
make_response (LeydenHttpConnection *self,
               LeydenHttpAnswer     *answer)
{
  gsize length = 0;
  gconstpointer bytes = "";
  struct MHD_Response *response;

  if (answer->stream != NULL)
    {
      leyden_http_stream_attach (answer->stream, self);
      if (leyden_http_connection_is_stopping (self))
        leyden_http_stream_wind_up (answer->stream);
      leyden_http_connection_begin_stream (self);
      return MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream_cb, self, NULL);
    }
  if (answer->fd >= 0 && answer->fd_length > 0)
    {
      response = MHD_create_response_from_fd64 (answer->fd_length, answer->fd);
      if (response != NULL)
        answer->fd = -1;
      return response;
    }
  if (answer->body == NULL)
    return MHD_create_response_from_buffer (0, NULL, MHD_RESPMEM_PERSISTENT);
  bytes = g_bytes_get_data (answer->body, &length);
  return MHD_create_response_from_buffer_with_free_callback_cls (length, (void *) bytes,
                                                                 (MHD_ContentReaderFreeCallback) g_bytes_unref,
                                                                 g_bytes_ref (answer->body));
}

static gboolean
has_header (const LeydenHttpAnswer *answer,
            const char             *name)
{
  for (guint i = 0; answer->headers != NULL && i + 1 < answer->headers->len; i += 2)
    {
      if (g_ascii_strcasecmp (answer->headers->pdata[i], name) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
add_headers (struct MHD_Response    *response,
             const LeydenHttpAnswer *answer)
{
  for (guint i = 0; answer->headers != NULL && i + 1 < answer->headers->len; i += 2)
    MHD_add_response_header (response, answer->headers->pdata[i], answer->headers->pdata[i + 1]);
  MHD_add_response_header (response, "X-Content-Type-Options", "nosniff");
  if (!has_header (answer, "Cache-Control"))
    MHD_add_response_header (response, "Cache-Control", "no-store");
  if (answer->close)
    MHD_add_response_header (response, "Connection", "close");
}

enum MHD_Result
leyden_http_connection_answer (LeydenHttpConnection *self)
{
  LeydenHttpExchange *exchange = self->exchange;
  LeydenHttpAnswer *answer = &exchange->answer;
  struct MHD_Response *response;
  enum MHD_Result result;

  leyden_http_connection_stop_clock (self);
  self->line_seen = FALSE;
  exchange->phase = LEYDEN_HTTP_PHASE_ANSWERING;
  answer->close |= leyden_http_connection_is_stopping (self);
  response = make_response (self, answer);
  if (response == NULL)
    return MHD_NO;
  add_headers (response, answer);
  if (exchange->core->observer != NULL)
    exchange->core->observer (exchange, answer->status, g_get_monotonic_time () - exchange->started_us, exchange->core->observer_data);
  result = MHD_queue_response (self->mhd, answer->status, response);
  MHD_destroy_response (response);
  return result;
}
