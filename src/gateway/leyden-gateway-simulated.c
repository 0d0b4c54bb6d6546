/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-json.h"
#include "leyden-simulation.h"

/* The simulated model on OpenAI's wire. Errors have that wire's form, as clients of it expect. */

static void
respond_openai_error (LeydenHttpExchange *exchange,
                      guint               status,
                      const char         *code,
                      const char         *message)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "error");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "message", message);
  leyden_value_builder_set_string (&b, "type", "invalid_request_error");
  leyden_value_builder_set (&b, "param", NULL);
  leyden_value_builder_set_string (&b, "code", code);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_http_exchange_add_header (exchange, "X-Leyden-Simulated", "1");
  leyden_gateway_respond_take (exchange, status, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_simulated_models (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  leyden_http_exchange_add_header (exchange, "X-Leyden-Simulated", "1");
  leyden_gateway_respond_take (exchange, 200, leyden_simulation_list_models ());
}

/* ---- Answers at real pace ---- */

typedef struct
{
  LeydenHttpExchange *exchange;         /* plain answer */
  LeydenHttpStream   *stream;           /* or pieces */
  LeydenValue        *completion;
  GPtrArray          *chunks;
  guint               next;
  double              scale;
  GSource            *source;
} Playback;

static void
playback_free (Playback *playback)
{
  if (playback->source != NULL)
    g_source_destroy (playback->source);
  g_clear_pointer (&playback->source, g_source_unref);
  g_clear_pointer (&playback->exchange, leyden_http_exchange_unref);
  g_clear_pointer (&playback->stream, leyden_http_stream_unref);
  g_clear_pointer (&playback->completion, leyden_value_unref);
  g_clear_pointer (&playback->chunks, g_ptr_array_unref);
  g_free (playback);
}

static void play_next (Playback *playback);

static gboolean
due_cb (gpointer data)
{
  Playback *playback = data;

  g_clear_pointer (&playback->source, g_source_unref);
  play_next (playback);
  return G_SOURCE_REMOVE;
}

static void
wait_then_play (Playback *playback,
                double    ms)
{
  playback->source = g_timeout_source_new ((guint)CLAMP (ms * playback->scale, 0, 600000));
  g_source_set_callback (playback->source, due_cb, playback, NULL);
  g_source_attach (playback->source, g_main_context_get_thread_default ());
}

static void
send_chunk (Playback    *playback,
            LeydenValue *chunk)
{
  g_autofree char *text = leyden_json_write (chunk, LEYDEN_JSON_COMPACT);

  leyden_http_stream_write_event (playback->stream, NULL, NULL, text, -1);
}

/* Sends what is due; frees at the end. A client that leaves before ends it through stream_closed_cb. */
static void
play_next (Playback *playback)
{
  if (playback->stream == NULL)
    {
      leyden_http_exchange_respond_json (playback->exchange, 200, playback->completion);
      playback_free (playback);
      return;
    }
  while (playback->next < playback->chunks->len)
    {
      LeydenSimulationChunk *chunk = g_ptr_array_index (playback->chunks, playback->next);

      playback->next++;
      send_chunk (playback, chunk->chunk);
      if (playback->next < playback->chunks->len && playback->scale > 0)
        {
          LeydenSimulationChunk *following = g_ptr_array_index (playback->chunks, playback->next);

          wait_then_play (playback, following->wait_ms);
          return;
        }
    }
  leyden_http_stream_write_event (playback->stream, NULL, NULL, "[DONE]", -1);
  leyden_http_stream_close (playback->stream);
  playback_free (playback);
}

static void
stream_closed_cb (LeydenHttpStream *stream,
                  gpointer          data)
{
  playback_free (data);
}

static double
latency_of (LeydenValue *completion)
{
  return leyden_value_get_member_double (leyden_value_get_member (completion, "x_leyden"), "latency_ms", 0);
}

static void
play (LeydenHttpExchange *exchange,
      LeydenValue        *request,
      LeydenValue        *completion,
      double              scale)
{
  Playback *playback = g_new0 (Playback, 1);
  LeydenValue *options = leyden_value_get_member (request, "stream_options");

  playback->completion = leyden_value_ref (completion);
  playback->scale = scale;
  leyden_http_exchange_add_header (exchange, "X-Leyden-Simulated", "1");
  if (!leyden_value_get_member_boolean (request, "stream", FALSE))
    {
      playback->exchange = leyden_http_exchange_ref (exchange);
      if (scale > 0)
        wait_then_play (playback, latency_of (completion));
      else
        play_next (playback);
      return;
    }
  playback->chunks = leyden_simulation_stream (completion, leyden_value_get_member_boolean (options, "include_usage", FALSE));
  playback->stream = leyden_http_exchange_respond_stream (exchange, 200, "text/event-stream");
  leyden_http_stream_set_closed_cb (playback->stream, stream_closed_cb, playback);
  if (scale > 0 && playback->chunks->len > 0)
    wait_then_play (playback, ((LeydenSimulationChunk *)g_ptr_array_index (playback->chunks, 0))->wait_ms);
  else
    play_next (playback);
}

/* ---- The request ---- */

/* x_leyden.seed, else the header, else 42. */
static gboolean
read_seed (LeydenHttpExchange *exchange,
           LeydenValue        *request,
           guint64            *seed)
{
  const char *header = leyden_http_exchange_get_header (exchange, "X-Leyden-Seed");
  LeydenValue *given = leyden_value_get_member (leyden_value_get_member (request, "x_leyden"), "seed");
  gint64 number;

  *seed = 42;
  if (!leyden_value_is_null (given))
    {
      if (!leyden_value_get_int (given, &number) || number < 0)
        return FALSE;
      *seed = (guint64)number;
      return TRUE;
    }
  return header == NULL || g_ascii_string_to_unsigned (header, 10, 0, G_MAXUINT64, seed, NULL);
}

void
leyden_gateway_simulated_chat (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) request = NULL;
  g_autoptr(LeydenValue) completion = NULL;
  g_autoptr(GError) error = NULL;
  const char *pace;
  guint64 seed;

  request = leyden_json_parse_bytes (leyden_http_exchange_get_body (exchange), &limits, &error);
  if (request == NULL || leyden_value_get_kind (request) != LEYDEN_VALUE_OBJECT)
    {
      respond_openai_error (exchange, 400, "invalid_json", error == NULL ? "The body must be a JSON object" : error->message);
      return;
    }
  if (!read_seed (exchange, request, &seed))
    {
      respond_openai_error (exchange, 400, "invalid_seed", "x_leyden.seed (or X-Leyden-Seed) must be an integer from 0");
      return;
    }
  completion = leyden_simulation_complete (request, seed, 0, &error);
  if (completion == NULL)
    {
      gboolean unknown = g_error_matches (error, LEYDEN_SIMULATION_ERROR, LEYDEN_SIMULATION_ERROR_MODEL);

      respond_openai_error (exchange, unknown ? 404 : 400, unknown ? "model_not_found" : "invalid_request", error->message);
      return;
    }
  pace = leyden_value_get_member_string (leyden_value_get_member (request, "x_leyden"), "pace", "fast");
  play (exchange, request, completion, strcmp (pace, "real") == 0 ? 1 : 0);
}
