/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "config.h"
#include "mock-backend.h"

#include <libsoup/soup.h>
#include <unistd.h>

#include "desktop-helpers.h"
#include "leyden-json.h"
#include "leyden-rendezvous.h"
#include "leyden-session.h"

static struct
{
  SoupServer       *server;
  LeydenRendezvous  rendezvous;
  char             *path;
  LeydenValue      *snapshot;
  LeydenValue      *grid;
  GBytes           *flow;
  LeydenValue      *posted;
  char             *told;
  char             *grid_query;
  guint             n_grids;
  guint             refuse;
  char             *detail;
  GHashTable       *answers;            /* "GET /path?query", or without query → JSON, with its status in front */
  GPtrArray        *requests;           /* "METHOD path?query body" */
  GPtrArray        *streams;            /* of the experiment: SoupServerMessage */
  GPtrArray        *quiet;              /* others that stay open */
} mock;

static void
answer (SoupServerMessage *message,
        guint              status,
        const char        *json)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, json, strlen (json));
}

static void
answer_value (SoupServerMessage *message,
              LeydenValue       *value)
{
  g_autofree char *json = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  answer (message, 200, json);
}

/* --- streams --- */

static void
send_event (SoupServerMessage *message,
            LeydenValue       *data)
{
  g_autofree char *json = leyden_json_write (data, LEYDEN_JSON_COMPACT);
  g_autofree char *event = g_strdup_printf ("event: snapshot\ndata: %s\n\n", json);

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, event, strlen (event));
  soup_server_message_unpause (message);
}

static void
stream_finished_cb (SoupServerMessage *message,
                    GPtrArray         *streams)
{
  g_ptr_array_remove (streams, message);
}

static void
begin_stream (SoupServerMessage *message,
              GPtrArray         *streams)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), "text/event-stream", NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, ": hello\n\n", 9);
  g_signal_connect (message, "finished", G_CALLBACK (stream_finished_cb), streams);
  g_ptr_array_add (streams, g_object_ref (message));
}

static gboolean
wants_stream (SoupServerMessage *message)
{
  return g_strcmp0 (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Accept"), "text/event-stream") == 0;
}

/* --- answers that the test gave --- */

static void
note_request (SoupServerMessage *message,
              const char        *target)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  const char *method = soup_server_message_get_method (message);

  g_ptr_array_add (mock.requests, body->length > 0 ? g_strdup_printf ("%s %s %.*s", method, target, (int) body->length, body->data)
                                                   : g_strdup_printf ("%s %s", method, target));
}

static gboolean
answer_given (SoupServerMessage *message,
              const char        *path)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autofree char *target = query != NULL ? g_strdup_printf ("%s?%s", path, query) : g_strdup (path);
  g_autofree char *whole = g_strdup_printf ("%s %s", soup_server_message_get_method (message), target);
  g_autofree char *plain = g_strdup_printf ("%s %s", soup_server_message_get_method (message), path);
  g_autofree char *any = g_strdup_printf ("%.*s/*", (int) (strrchr (plain, '/') - plain), plain);
  const char *given = g_hash_table_lookup (mock.answers, whole);

  note_request (message, target);
  if (given == NULL)
    given = g_hash_table_lookup (mock.answers, plain);
  if (given == NULL)
    given = g_hash_table_lookup (mock.answers, any);
  if (given == NULL)
    return FALSE;
  if (wants_stream (message))
    begin_stream (message, mock.quiet);
  else
    answer (message, (guint) g_ascii_strtoull (given, NULL, 10), strchr (given, ' ') + 1);
  return TRUE;
}

/* --- routes --- */

static void
get_info (SoupServerMessage *message)
{
  g_autofree char *json = g_strdup_printf ("{\"version\":\"%s\",\"api\":1,\"pid\":%d,\"started\":%" G_GINT64_FORMAT ",\"database\":\"%s\",\"resumed_runs\":[]}",
                                           PACKAGE_VERSION, (int) getpid (), mock.rendezvous.started_ns, mock.rendezvous.database);

  answer (message, 200, json);
}

static void
get_list (SoupServerMessage *message)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_key (&builder, "experiments");
  leyden_value_builder_begin_list (&builder);
  if (mock.snapshot != NULL)
    leyden_value_builder_add (&builder, mock.snapshot);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  answer_value (message, value);
}

static void
post_experiment (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autofree char *json = NULL;

  g_clear_pointer (&mock.posted, leyden_value_unref);
  mock.posted = leyden_json_parse (body->data, (gssize) body->length, NULL, NULL);
  if (mock.refuse != 0)
    {
      json = g_strdup_printf ("{\"detail\": \"%s\"}", mock.detail);
      answer (message, mock.refuse, json);
      mock.refuse = 0;
      return;
    }
  json = g_strdup_printf ("{\"experiment\": \"%s\"}", leyden_value_get_member_string (mock.snapshot, "experiment", "none"));
  answer (message, 201, json);
}

static void
tell (SoupServerMessage *message,
      const char        *what)
{
  const char *state = g_str_equal (what, "pause") ? "paused" : g_str_equal (what, "resume") ? "running" : "stopped";
  g_autoptr(LeydenValue) value = leyden_value_new_string (state, -1);
  g_autoptr(LeydenValue) snapshot = leyden_value_with_member (mock.snapshot, "state", value);

  g_free (mock.told);
  mock.told = g_strdup (what);
  answer (message, 200, "{}");
  mock_backend_set_snapshot (snapshot, TRUE);
}

/* @rest: behind /leyden/v1/experiments. */
static void
experiments (SoupServerMessage *message,
             const char        *rest,
             const char        *query)
{
  gboolean post = g_str_equal (soup_server_message_get_method (message), "POST");
  const char *last = strrchr (rest, '/');

  if (*rest == '\0' && post)
    post_experiment (message);
  else if (*rest == '\0')
    get_list (message);
  else if (mock.snapshot == NULL)
    answer (message, 404, "{\"detail\": \"There is no such experiment\"}");
  else if (post)
    tell (message, last + 1);
  else if (g_str_has_suffix (rest, "/events"))
    begin_stream (message, mock.streams);
  else if (g_str_has_suffix (rest, "/grid"))
    {
      g_free (mock.grid_query);
      mock.grid_query = g_strdup (query);
      mock.n_grids++;
      answer_value (message, mock.grid);
    }
  else
    answer_value (message, mock.snapshot);
}

#define DATASET "{\"n_rows\":300,\"splits\":{\"train\":178,\"validation\":60,\"test\":62},\"columns\":[{\"name\":\"question\",\"type\":\"text\"}," \
                "{\"name\":\"answer\",\"type\":\"number\"},{\"name\":\"data_id\",\"type\":\"text\"}],\"rows\":[]}"

static void
blobs (SoupServerMessage *message)
{
  gsize length = 0;
  const void *data = mock.flow != NULL ? g_bytes_get_data (mock.flow, &length) : NULL;

  if (g_str_equal (soup_server_message_get_method (message), "GET") && data == NULL)
    answer (message, 404, "{\"detail\": \"There is no such blob\"}");
  else if (g_str_equal (soup_server_message_get_method (message), "GET"))
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_COPY, data, length);
    }
  else
    answer (message, 200, "{}");
}

static const char *
query_text (GHashTable *query)
{
  static char *text;
  GHashTableIter iter;
  gpointer key, value;
  g_autoptr(GString) string = g_string_new (NULL);

  if (query == NULL)
    return "";
  g_hash_table_iter_init (&iter, query);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (string, "%s=%s ", (char *) key, (char *) value);
  g_free (text);
  text = g_string_free (g_steal_pointer (&string), FALSE);
  return text;
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           data)
{
  if (answer_given (message, path))
    return;
  if (g_str_equal (path, "/leyden/v1/info"))
    get_info (message);
  else if (g_str_equal (path, "/leyden/v1/events"))
    begin_stream (message, mock.quiet);
  else if (g_str_has_prefix (path, "/leyden/v1/experiments"))
    experiments (message, path + strlen ("/leyden/v1/experiments"), query_text (query));
  else if (g_str_has_prefix (path, "/leyden/v1/blobs/"))
    blobs (message);
  else if (g_str_has_suffix (path, "/mapping"))
    answer (message, 200, "{\"mapping\": {\"question\": \"question\", \"answer\": \"answer\", \"data_id\": \"data_id\"}}");
  else if (g_str_has_prefix (path, "/leyden/v1/datasets/"))
    answer (message, 200, DATASET);
  else if (g_str_equal (path, "/leyden/v1/endpoints"))
    answer (message, 200, "{\"endpoints\": [{\"name\": \"simulated\", \"simulated\": true}], \"default\": {\"endpoint\": \"simulated\", \"model\": \"medium\"}}");
  else if (g_str_has_suffix (path, "/simulated/request"))
    answer (message, 200, "{\"wire\": \"openai\", \"uri\": null, \"headers\": {\"Content-Type\": \"application/json\"}, \"body\": {\"messages\": []}, "
                          "\"key\": {\"header\": \"Authorization\", \"prefix\": \"Bearer \", \"variable\": \"OPENAI_API_KEY\"}}");
  else if (g_str_has_suffix (path, "/models"))
    answer (message, 200, "{\"models\": [{\"id\": \"small\"}, {\"id\": \"medium\"}, {\"id\": \"large\"}]}");
  else if (g_str_equal (path, "/leyden/v1/runs"))
    answer (message, 200, "{\"runs\": []}");
  else
    answer (message, 404, "{\"detail\": \"no such thing\"}");
}

void
mock_backend_start (void)
{
  g_autofree char *folder = leyden_rendezvous_folder ();
  LeydenSession *session = leyden_session_get_default ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GUri) uri = NULL;
  GSList *uris;

  mock.answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  mock.requests = g_ptr_array_new_with_free_func (g_free);
  mock.streams = g_ptr_array_new_with_free_func (g_object_unref);
  mock.quiet = g_ptr_array_new_with_free_func (g_object_unref);
  mock.server = soup_server_new (NULL, NULL);
  soup_server_add_handler (mock.server, NULL, request_cb, NULL, NULL);
  g_assert_true (soup_server_listen_local (mock.server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (mock.server);
  uri = g_uri_ref (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  mock.rendezvous = (LeydenRendezvous) { .address = (char *) "127.0.0.1", .port = (guint16) g_uri_get_port (uri), .key = (char *) "0123456789abcdef0123456789abcdef",
    .pid = getpid (), .started_ns = g_get_real_time () * 1000, .database = (char *) "/nowhere/leyden.db", .version = (char *) PACKAGE_VERSION };
  mock.path = leyden_rendezvous_path (folder, NULL);
  g_assert_true (leyden_rendezvous_write (&mock.rendezvous, mock.path, &error));
  leyden_session_start (session);
  test_wait_until (leyden_backend_get_state (leyden_session_get_backend (session)) == LEYDEN_BACKEND_CONNECTED);
}

void
mock_backend_stop (void)
{
  leyden_backend_close (leyden_session_get_backend (leyden_session_get_default ()));
  test_settle ();
  leyden_rendezvous_remove (&mock.rendezvous, mock.path);
  soup_server_disconnect (mock.server);
  test_settle ();
  g_clear_object (&mock.server);
  g_clear_pointer (&mock.answers, g_hash_table_unref);
  g_clear_pointer (&mock.requests, g_ptr_array_unref);
  g_clear_pointer (&mock.streams, g_ptr_array_unref);
  g_clear_pointer (&mock.quiet, g_ptr_array_unref);
  g_clear_pointer (&mock.path, g_free);
  g_clear_pointer (&mock.snapshot, leyden_value_unref);
  g_clear_pointer (&mock.grid, leyden_value_unref);
  g_clear_pointer (&mock.posted, leyden_value_unref);
  g_clear_pointer (&mock.flow, g_bytes_unref);
  g_clear_pointer (&mock.told, g_free);
  g_clear_pointer (&mock.grid_query, g_free);
  g_clear_pointer (&mock.detail, g_free);
}

void
mock_backend_set_snapshot (LeydenValue *snapshot,
                           gboolean     whole)
{
  g_autoptr(LeydenValue) changed = test_value ("{\"changed\": true}");

  if (snapshot != NULL)
    leyden_value_ref (snapshot);
  g_clear_pointer (&mock.snapshot, leyden_value_unref);
  mock.snapshot = snapshot;
  for (guint i = 0; snapshot != NULL && i < mock.streams->len; i++)
    send_event (g_ptr_array_index (mock.streams, i), whole ? snapshot : changed);
}

void
mock_backend_set_grid (LeydenValue *grid)
{
  g_clear_pointer (&mock.grid, leyden_value_unref);
  mock.grid = leyden_value_ref (grid);
}

void
mock_backend_set_flow (GBytes *flow)
{
  g_clear_pointer (&mock.flow, g_bytes_unref);
  mock.flow = g_bytes_ref (flow);
}

void
mock_backend_refuse (guint       status,
                     const char *detail)
{
  mock.refuse = status;
  g_free (mock.detail);
  mock.detail = g_strdup (detail);
}

LeydenValue *
mock_backend_get_posted (void)
{
  return mock.posted;
}

const char *
mock_backend_get_told (void)
{
  return mock.told;
}

const char *
mock_backend_get_grid_query (void)
{
  return mock.grid_query;
}

guint
mock_backend_get_n_grids (void)
{
  return mock.n_grids;
}

void
mock_backend_answer (const char *request,
                     guint       status,
                     const char *json)
{
  g_hash_table_insert (mock.answers, g_strdup (request), g_strdup_printf ("%u %s", status, json));
}

void
mock_backend_send (const char *path,
                   const char *event,
                   const char *id,
                   const char *json)
{
  g_autofree char *text = id != NULL ? g_strdup_printf ("event: %s\nid: %s\ndata: %s\n\n", event, id, json)
                                     : g_strdup_printf ("event: %s\ndata: %s\n\n", event, json);

  for (guint i = 0; i < mock.quiet->len; i++)
    {
      SoupServerMessage *message = g_ptr_array_index (mock.quiet, i);

      if (!g_str_equal (g_uri_get_path (soup_server_message_get_uri (message)), path))
        continue;
      soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, text, strlen (text));
      soup_server_message_unpause (message);
    }
}

guint
mock_backend_count (const char *start)
{
  guint n = 0;

  for (guint i = 0; i < mock.requests->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (mock.requests, i), start);
  return n;
}

const char *
mock_backend_last (const char *start)
{
  for (guint i = mock.requests->len; i > 0; i--)
    if (g_str_has_prefix (g_ptr_array_index (mock.requests, i - 1), start))
      return g_ptr_array_index (mock.requests, i - 1);
  return NULL;
}
