/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backend under load, as a process of its own over a durable database; beside it, when asked for, another server of the same API. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-bench-load.h"
#include "leyden-bench-server.h"

/* The proxy's model by default, here and there. */
#define MODEL "Qwen/Qwen2.5-7B-Instruct"
#define REPETITIONS 3
#define SECONDS 1.0
#define ROWS 50000
/* Rollouts that a case posts to. */
#define TARGETS 1000
#define FILL_BATCH 500
#define FILL_CONNECTIONS 8
#define CALLS 1000
#define PAGE 100
/* What the memory is measured with: so many a rollout. */
#define MEMORY_EVENTS 20
/* How long the model thinks in `proxy-held`. */
#define HELD_MS 500

typedef struct
{
  LeydenBench         *bench;
  GPtrArray           *servers;         /* LeydenBenchServer: ours first */
  LeydenBenchUpstream *upstream;
  LeydenBenchUpstream *slow_upstream;
  guint                rows;            /* of the longest list */
  GString             *text;            /* 900 bytes */
} Bench;

typedef struct _Case Case;
typedef gboolean (*CaseFunc) (Bench *self, LeydenBenchServer *server, const Case *which, guint repetition);
struct _Case
{
  const char *name;                     /* with "/N" behind it when n is not 0 */
  guint       n;
  guint       repetitions;
  CaseFunc    run;
};

/* What the requests of one load are made of. */
typedef struct
{
  Bench             *bench;
  LeydenBenchServer *server;
  const char        *prefix;            /* of the rollouts' ids */
  const char        *path;
  guint              n;                 /* rollouts a request, or events a rollout */
  guint64            from;
  GString           *body;
} Made;

static char *
case_name (LeydenBenchServer *server,
           const Case        *which)
{
  if (which->n == 0)
    return g_strconcat (server->prefix, which->name, NULL);
  return g_strdup_printf ("%s%s/%u", server->prefix, which->name, which->n);
}

static void
write_rollouts (GString    *out,
                const char *prefix,
                guint64     first,
                guint       n)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      g_string_append_printf (out, "{\"rollout_id\":\"%s-%" G_GUINT64_FORMAT "\",\"input\":{\"data_id\":\"%" G_GUINT64_FORMAT
                                   "\",\"question\":\"What is the sum of all whole numbers from 1 to %" G_GUINT64_FORMAT "?\"},"
                                   "\"config\":{\"timeout_seconds\":600,\"local\":{\"agent_class\":\"demo:Agent\",\"env_map\":"
                                   "{\"QUESTION\":\"input.question\"}}}}",
                              prefix, first + i, first + i, first + i);
    }
  g_string_append_c (out, ']');
}

static void
write_request (GString    *out,
               const Made *made,
               const char *method,
               const char *path)
{
  leyden_load_write (out, made->server->port, made->server->key, method, path, made->body->str, made->body->len);
}

static void
make_create (GString *out,
             guint    connection,
             guint64  n,
             gpointer data)
{
  Made *made = data;

  g_string_truncate (made->body, 0);
  write_rollouts (made->body, made->prefix, made->from + n * made->n, made->n);
  write_request (out, made, "POST", "/api/rollouts");
}

static void
make_event (GString *out,
            guint    connection,
            guint64  n,
            gpointer data)
{
  Made *made = data;
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s-%u/attempt/0/events", made->prefix, (guint)(n % made->n));

  g_string_printf (made->body, "{\"event_type\":\"agent_output\",\"data\":{\"step\":%" G_GUINT64_FORMAT ",\"text\":\"%s\"}}", n,
                   made->bench->text->str);
  write_request (out, made, "POST", path);
}

static void
make_failed (GString *out,
             guint    connection,
             guint64  n,
             gpointer data)
{
  Made *made = data;
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s-%" G_GUINT64_FORMAT, made->prefix, made->from + n);

  g_string_assign (made->body, "{\"status\":{\"state\":\"failed\",\"error_message\":\"bench\"}}");
  write_request (out, made, "PATCH", path);
}

static void
make_get (GString *out,
          guint    connection,
          guint64  n,
          gpointer data)
{
  Made *made = data;

  leyden_load_write (out, made->server->port, made->server->key, "GET", made->path, NULL, 0);
}

static void
make_proxy (GString *out,
            guint    connection,
            guint64  n,
            gpointer data)
{
  Made *made = data;
  g_autofree char *path = g_strdup_printf ("/proxy/rollout/%s-%u/attempt/0/mode/train/openai/v1/chat/completions", made->prefix,
                                           (guint)(n % TARGETS));

  g_string_printf (made->body, "{\"model\":\"auto\",\"messages\":[{\"role\":\"system\",\"content\":\"Answer in one word.\"},"
                               "{\"role\":\"user\",\"content\":\"Question %" G_GUINT64_FORMAT ": what is two plus two?\"}],"
                               "\"max_tokens\":256}", n);
  write_request (out, made, "POST", path);
}

static void
make_call (GString *out,
           guint    connection,
           guint64  n,
           gpointer data)
{
  Made *made = data;
  g_autofree char *path = g_strdup_printf ("/api/rollouts/%s-0/attempt/0/events", made->prefix);

  g_string_assign (made->body, "{\"event_type\":\"model_request\",\"data\":{\"response\":{\"prompt_token_ids\":[");
  for (guint i = 0; i < 20; i++)
    g_string_append_printf (made->body, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", 1000 + n + i);
  g_string_append (made->body, "],\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"four\"},\"token_ids\":"
                               "[1,2,3,4,5,6,7,8,9,10],\"logprobs\":{\"content\":[");
  for (guint i = 0; i < 10; i++)
    g_string_append_printf (made->body, "%s{\"token\":\"t\",\"logprob\":-0.%u}", i > 0 ? "," : "", 25 + i);
  g_string_append (made->body, "]}}]},\"server\":{\"model\":\"m\",\"endpoint\":\"http://127.0.0.1:1/v1\",\"version\":1},"
                               "\"http_status\":200,\"status\":\"ok\"}}");
  write_request (out, made, "POST", path);
}

/* Runs a load of requests that have to succeed; FALSE after a message. */
static gboolean
run_load (const LeydenLoad *load,
          const char       *name,
          LeydenLoadResult *result)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_load_run (load, result, &error))
    {
      leyden_cli_say ("%s: %s", name, error->message);
      return FALSE;
    }
  if (result->n_refused > 0)
    leyden_cli_say (_("%s: %" PRIu64 " of %" PRIu64 " requests were refused, the first with status %u"), name,
                    result->n_refused, result->n_answers, result->refused_status);
  if (result->n_broken > 0)
    leyden_cli_say (_("%s: %" PRIu64 " requests got no answer"), name, result->n_broken);
  return result->n_answers > result->n_refused;
}

static gboolean
prepare (Bench             *self,
         LeydenBenchServer *server,
         LeydenLoadMake     make,
         Made              *made,
         guint              n_connections,
         guint64            n_requests)
{
  LeydenLoad load = { .port = server->port, .n_connections = n_connections, .n_requests = n_requests, .make = make, .data = made };
  LeydenLoadResult result;

  return n_requests == 0 || (run_load (&load, "prepare", &result) && result.n_refused == 0 && result.n_broken == 0);
}

static gboolean
measure (Bench             *self,
         LeydenBenchServer *server,
         const Case        *which,
         LeydenLoad        *load,
         Made              *made)
{
  g_autofree char *name = case_name (server, which);
  double before_us = leyden_bench_server_cpu_us (server);
  LeydenLoadResult result;

  load->port = server->port;
  load->data = made;
  if (load->seconds == 0 && load->n_requests == 0)
    load->seconds = leyden_bench_get_seconds (self->bench, SECONDS);
  if (!run_load (load, name, &result))
    return FALSE;
  leyden_bench_add (self->bench, name, "requests_per_s", "1/s", (double)result.n_answers / result.seconds);
  leyden_bench_add (self->bench, name, "p50_ms", "ms", result.p50_ms);
  leyden_bench_add (self->bench, name, "p99_ms", "ms", result.p99_ms);
  if (server->pid == 0)
    return TRUE;
  leyden_bench_add (self->bench, name, "cpu_us", "µs", (leyden_bench_server_cpu_us (server) - before_us) / (double)result.n_answers);
  leyden_bench_add (self->bench, name, "rss_mib", "MiB", leyden_bench_server_rss_mib (server));
  return TRUE;
}

/* ---- Cases ---- */

static gboolean
create_targets (Bench             *self,
                LeydenBenchServer *server,
                Made              *made,
                guint              repetition)
{
  Made create = *made;

  create.n = FILL_BATCH;
  return repetition > 0 || prepare (self, server, make_create, &create, 1, TARGETS / FILL_BATCH);
}

static gboolean
post_event (Bench             *self,
            LeydenBenchServer *server,
            const Case        *which,
            guint              repetition)
{
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "event", NULL, TARGETS, 0, body };
  LeydenLoad load = { .n_connections = which->n, .make = make_event };

  return create_targets (self, server, &made, repetition) && measure (self, server, which, &load, &made);
}

static gboolean
create (Bench             *self,
        LeydenBenchServer *server,
        const Case        *which,
        guint              repetition)
{
  static guint64 next;
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "create", NULL, g_str_equal (which->name, "create-100") ? 100 : 1, next, body };
  LeydenLoad load = { .n_connections = which->n, .make = make_create };

  /* No id twice, whatever was made. */
  next += (guint64)1 << 32;
  return measure (self, server, which, &load, &made);
}

/* @which->n rollouts: half of them queuing, half ended. Never fewer than before, so that cases come in order of size. */
static gboolean
fill (Bench             *self,
      LeydenBenchServer *server,
      const Case        *which,
      guint              repetition)
{
  static guint filled[2];
  guint *done = &filled[server->process == NULL];
  guint batch = MIN (FILL_BATCH, which->n);
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "list", NULL, batch, *done, body };
  Made half = { self, server, "list", NULL, 1, *done, body };
  guint n = which->n > *done ? which->n - *done : 0;

  if (!prepare (self, server, make_create, &made, FILL_CONNECTIONS, n / batch)
      || !prepare (self, server, make_failed, &half, FILL_CONNECTIONS * 8, n / 2))
    return FALSE;
  *done += n;
  return TRUE;
}

static gboolean
list (Bench             *self,
      LeydenBenchServer *server,
      const Case        *which,
      guint              repetition)
{
  Made made = { self, server, NULL, "/api/rollouts?state_in=queuing&limit=500", 0, 0, NULL };
  LeydenLoad load = { .n_connections = 1, .make = make_get };

  return fill (self, server, which, repetition) && measure (self, server, which, &load, &made);
}

static gboolean
terminal (Bench             *self,
          LeydenBenchServer *server,
          const Case        *which,
          guint              repetition)
{
  g_autofree char *path = g_strdup_printf ("/api/rollouts/terminal?after=%u&limit=%d", which->n / 2 - PAGE, PAGE);
  Made made = { self, server, NULL, path, 0, 0, NULL };
  LeydenLoad load = { .n_connections = 1, .make = make_get };

  return fill (self, server, which, repetition) && measure (self, server, which, &load, &made);
}

static gboolean
triplets (Bench             *self,
          LeydenBenchServer *server,
          const Case        *which,
          guint              repetition)
{
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "calls", "/api/rollouts/calls-0/events?format=triplet", 1, 0, body };
  LeydenLoad load = { .n_connections = 1, .make = make_get };

  if (repetition == 0
      && (!prepare (self, server, make_create, &made, 1, 1) || !prepare (self, server, make_call, &made, 16, CALLS)))
    return FALSE;
  return measure (self, server, which, &load, &made);
}

static gboolean
put_model (LeydenBenchServer   *server,
           LeydenBenchUpstream *upstream)
{
  g_autofree char *body = g_strdup_printf ("[{\"model\":\"%s\",\"endpoint\":\"http://127.0.0.1:%u/v1\",\"version\":1}]",
                                           MODEL, leyden_bench_upstream_get_port (upstream));
  g_autoptr(GString) forget = g_string_new (NULL);
  g_autoptr(GString) put = g_string_new (NULL);

  leyden_load_write (forget, server->port, server->key, "DELETE", "/api/models", NULL, 0);
  leyden_load_write (put, server->port, server->key, "POST", "/api/models", body, strlen (body));
  return leyden_load_ask (server->port, forget, NULL) == 200 && leyden_load_ask (server->port, put, NULL) == 201;
}

static gboolean
proxy (Bench             *self,
       LeydenBenchServer *server,
       const Case        *which,
       guint              repetition)
{
  gboolean held = g_str_equal (which->name, "proxy-held");
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "call", NULL, 0, 0, body };
  LeydenLoad load = { .n_connections = which->n, .make = make_proxy };

  if (!create_targets (self, server, &made, repetition) || !put_model (server, held ? self->slow_upstream : self->upstream))
    return FALSE;
  return measure (self, server, which, &load, &made);
}

/* Events of 16 connections while others are only open, or send their requests byte by byte. */
static gboolean
beside_others (Bench             *self,
             LeydenBenchServer *server,
             const Case        *which,
             guint              repetition)
{
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "event", NULL, TARGETS, 0, body };
  LeydenLoad load = { .n_connections = which->n, .n_running = 16, .make = make_event };

  if (g_str_equal (which->name, "beside-slow"))
    load.n_slow = which->n - load.n_running;
  return create_targets (self, server, &made, repetition) && measure (self, server, which, &load, &made);
}

static gboolean
memory (Bench             *self,
        LeydenBenchServer *server,
        const Case        *which,
        guint              repetition)
{
  g_autoptr(GString) body = g_string_new (NULL);
  Made made = { self, server, "memory", NULL, FILL_BATCH, 0, body };
  Made events = { self, server, "memory", NULL, which->n, 0, body };
  LeydenLoad load = { .n_connections = 64, .n_requests = (guint64)which->n * MEMORY_EVENTS, .make = make_event };

  return prepare (self, server, make_create, &made, 1, which->n / FILL_BATCH) && measure (self, server, which, &load, &events);
}

/* The longest list comes last: what was made stays. */
static const Case cases[] = {
  { "post-event", 1, REPETITIONS, post_event },
  { "post-event", 16, REPETITIONS, post_event },
  { "post-event", 128, REPETITIONS, post_event },
  { "post-event", 256, REPETITIONS, post_event },
  { "post-event", 512, REPETITIONS, post_event },
  { "post-event", 1000, REPETITIONS, post_event },
  { "beside-idle", 16, REPETITIONS, beside_others },
  { "beside-idle", 10000, REPETITIONS, beside_others },
  { "beside-slow", 1000, REPETITIONS, beside_others },
  { "create-1", 1, REPETITIONS, create },
  { "create-1", 16, REPETITIONS, create },
  { "create-1", 256, REPETITIONS, create },
  { "create-1", 1000, REPETITIONS, create },
  { "proxy", 1, REPETITIONS, proxy },
  { "proxy", 16, REPETITIONS, proxy },
  { "proxy", 256, REPETITIONS, proxy },
  { "proxy", 1000, REPETITIONS, proxy },
  { "proxy-held", 1000, 1, proxy },
  { "triplets-1000", 0, REPETITIONS, triplets },
  { "list", 1000, REPETITIONS, list },
  { "terminal", 1000, REPETITIONS, terminal },
  { "list", 50000, REPETITIONS, list },
  { "terminal", 50000, REPETITIONS, terminal },
  { "list", 1000000, REPETITIONS, list },
  { "terminal", 1000000, REPETITIONS, terminal },
  { "create-100", 1, REPETITIONS, create },
  { "create-100", 16, REPETITIONS, create },
  { "create-100", 256, REPETITIONS, create },
  { "create-100", 1000, REPETITIONS, create },
  { "memory", 1000, 1, memory },
  { "memory", 10000, 1, memory },
};

/* Whether it was asked for: --case is its name with or without "/N", and --size the longest list. */
static gboolean
is_wanted (Bench      *self,
           const Case *which)
{
  const char * const *names = leyden_bench_get_cases (self->bench);
  LeydenBenchServer plain = { .prefix = "" };
  g_autofree char *name = case_name (&plain, which);

  if ((which->run == list || which->run == terminal) && which->n > self->rows)
    return FALSE;
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (g_str_equal (name, names[i]) || g_str_equal (which->name, names[i]))
      return TRUE;
  return names == NULL || names[0] == NULL;
}

static gboolean
has_wanted (Bench *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (is_wanted (self, &cases[i]))
      return TRUE;
  return FALSE;
}

static gboolean
run_cases (Bench *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (!is_wanted (self, &cases[i]))
        continue;
      /* In turn, so that a disturbance meets both. */
      for (guint r = 0; r < cases[i].repetitions; r++)
        for (guint s = 0; s < self->servers->len; s++)
          if (!cases[i].run (self, g_ptr_array_index (self->servers, s), &cases[i], r))
            {
              leyden_cli_say (_("%s: the case could not be measured"), cases[i].name);
              return FALSE;
            }
    }
  return TRUE;
}

static gboolean
start_servers (Bench   *self,
               GError **error)
{
  const char *beside = leyden_bench_get_text (self->bench, "beside");
  LeydenBenchServer *server = leyden_bench_server_start (error);

  if (server == NULL)
    return FALSE;
  g_ptr_array_add (self->servers, server);
  if (beside == NULL)
    return TRUE;
  server = leyden_bench_server_beside (beside, leyden_bench_get_integer (self->bench, "beside-pid"), g_getenv ("LEYDEN_BENCH_BESIDE_KEY"));
  if (server == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("--beside must be http://127.0.0.1:PORT"));
      return FALSE;
    }
  g_ptr_array_add (self->servers, server);
  return TRUE;
}

int
leyden_bench_gateway (LeydenBench *bench)
{
  g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_bench_server_free);
  g_autoptr(LeydenBenchUpstream) upstream = NULL;
  g_autoptr(LeydenBenchUpstream) slow_upstream = NULL;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  Bench self = { bench, servers, NULL, NULL, leyden_bench_get_size (bench, ROWS), text };

  if (!has_wanted (&self))
    {
      leyden_cli_say (_("there is no case of that name"));
      return LEYDEN_EXIT_USAGE;
    }
  while (text->len < 900)
    g_string_append_printf (text, "line %" G_GSIZE_FORMAT " of an answer; ", text->len);
  upstream = leyden_bench_upstream_start (0, &error);
  slow_upstream = upstream == NULL ? NULL : leyden_bench_upstream_start (HELD_MS, &error);
  if (slow_upstream == NULL || !start_servers (&self, &error))
    return leyden_cli_fail (error);
  self.upstream = upstream;
  self.slow_upstream = slow_upstream;
  return run_cases (&self) ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}
