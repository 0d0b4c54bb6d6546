/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

#include "leyden-flow.h"
#include "leyden-json.h"
#include "leyden-random.h"

#define REPETITIONS 9
#define MIB (1024 * 1024)

static const char * const words[] = { "Größe", "prompt", "\"quoted\"", "Antwort", "数える", "tab\tnewline\n", "router", "évaluer", "λ", "plain" };

static void
append_node (GString      *out,
             LeydenRandom *random,
             guint         index,
             guint         rows)
{
  g_autofree char *title = g_strdup_printf ("%s %u", words[leyden_random_below (random, G_N_ELEMENTS (words))], index);
  g_autofree char *expression = g_strdup_printf ("value + %u -- %s", index, words[leyden_random_below (random, G_N_ELEMENTS (words))]);

  g_string_append_printf (out, "%s{\"id\":\"n%07u\",\"type\":\"transform\",\"title\":", index == 0 ? "" : ",", index);
  leyden_json_write_string (out, title, -1);
  g_string_append_printf (out, ",\"position\":{\"x\":%u,\"y\":%u},\"parameters\":{\"inputs\":[{\"name\":\"value\",\"type\":\"any\"},"
                               "{\"name\":\"second\",\"type\":\"any\"}],\"type\":\"any\",\"expression\":",
                          index / rows * 240, index % rows * 120);
  leyden_json_write_string (out, expression, -1);
  g_string_append (out, "}}");
}

/* From any node to a later one, each input at most once: a flow, not only a graph. */
static void
append_edges (GString      *out,
              LeydenRandom *random,
              guint         n)
{
  guint made = 0;

  for (guint target = 1; target < n; target++)
    {
      guint wanted = target % 2 == 0 ? 2 : 1;

      for (guint port = 0; port < wanted; port++)
        {
          g_string_append_printf (out, "%s{\"id\":\"e%07u\",\"source\":\"n%07u\",\"source_port\":\"result\",\"target\":\"n%07u\","
                                     "\"target_port\":\"%s\"}",
                                made == 0 ? "" : ",", made, (guint)leyden_random_below (random, target), target,
                                port == 0 ? "value" : "second");
          made++;
        }
    }
}

GBytes *
leyden_bench_make_flow (guint n)
{
  GString *out = g_string_new ("{\"leyden\":1,\"id\":\"bench\",\"title\":\"Benchmark\",\"nodes\":[");
  guint rows = 1;
  LeydenRandom random;

  leyden_random_init (&random, 42);
  while (rows * rows < n)
    rows++;
  for (guint i = 0; i < n; i++)
    append_node (out, &random, i, rows);
  g_string_append (out, "],\"edges\":[");
  append_edges (out, &random, n);
  g_string_append (out, "]}");
  return g_string_free_to_bytes (out);
}

static gboolean
fail (const char *what,
      GError     *error)
{
  leyden_cli_say ("%s: %s", what, error == NULL ? "?" : error->message);
  g_clear_error (&error);
  return FALSE;
}

/* Reading the file, parsing and building the document. */
static gboolean
measure_load (LeydenBench *bench,
              const char  *case_name,
              const char  *path)
{
  for (guint i = 0; i < REPETITIONS; i++)
    {
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(LeydenFlow) flow = NULL;
      GError *error = NULL;
      double begin = leyden_bench_cpu_ms ();

      bytes = leyden_cli_read_file (path, 64 * MIB, &error);
      flow = bytes == NULL ? NULL : leyden_flow_parse (bytes, "bench", &error);
      if (flow == NULL)
        return fail (case_name, error);
      leyden_bench_add (bench, case_name, "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
    }
  return TRUE;
}

/* Making the canonical file and writing it as a save does. */
static gboolean
measure_save (LeydenBench *bench,
              const char  *case_name,
              GBytes      *file,
              const char  *path)
{
  GError *error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (file, "bench", &error);

  if (flow == NULL)
    return fail (case_name, error);
  for (guint i = 0; i < REPETITIONS; i++)
    {
      g_autoptr(GBytes) bytes = NULL;
      double begin = leyden_bench_cpu_ms ();
      gsize length;
      const char *text;

      bytes = leyden_flow_serialize (flow);
      text = g_bytes_get_data (bytes, &length);
      if (!g_file_set_contents_full (path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                     &error))
        return fail (case_name, error);
      leyden_bench_add (bench, case_name, "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
    }
  return TRUE;
}

static gboolean
parse_ours (GBytes *text)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_STRICT };
  g_autoptr(LeydenValue) value = leyden_json_parse_bytes (text, &limits, NULL);

  return value != NULL;
}

static gboolean
parse_json_glib (GBytes *text)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  gsize length;
  const char *data = g_bytes_get_data (text, &length);

  return json_parser_load_from_data (parser, data, (gssize)length, NULL);
}

/* Both in turn, so that a disturbance meets both. */
static gboolean
measure_parse (LeydenBench *bench)
{
  guint n = 100;
  g_autoptr(GBytes) text = leyden_bench_make_flow (n);

  while (g_bytes_get_size (text) < MIB)
    {
      g_bytes_unref (text);
      n += 100;
      text = leyden_bench_make_flow (n);
    }
  for (guint i = 0; i < 3 * REPETITIONS; i++)
    {
      double begin = leyden_bench_cpu_ms ();

      if (!parse_ours (text))
        return fail ("parse-1mb", NULL);
      leyden_bench_add (bench, "parse-1mb", "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
      begin = leyden_bench_cpu_ms ();
      if (!parse_json_glib (text))
        return fail ("parse-1mb-json-glib", NULL);
      leyden_bench_add (bench, "parse-1mb-json-glib", "cpu_ms", "ms", leyden_bench_cpu_ms () - begin);
    }
  return TRUE;
}

int
leyden_bench_file (LeydenBench *bench)
{
  guint n = leyden_bench_get_size (bench, 10000);
  g_autoptr(GBytes) file = leyden_bench_make_flow (n);
  g_autofree char *load = g_strdup_printf ("load-%u", n);
  g_autofree char *save = g_strdup_printf ("save-%u", n);
  g_autofree char *path = NULL;
  GError *error = NULL;
  gboolean done;
  gsize length;
  const char *text = g_bytes_get_data (file, &length);
  int fd = g_file_open_tmp ("leyden-bench-XXXXXX.leyden", &path, &error);

  if (fd < 0 || !g_file_set_contents (path, text, (gssize)length, &error))
    {
      int status = leyden_cli_fail (error);

      g_clear_error (&error);
      if (fd >= 0)
        close (fd);
      return status;
    }
  close (fd);
  /* The parsers first: a heap that ten thousand nodes have passed through slows both, and unevenly. */
  done = measure_parse (bench) && measure_load (bench, load, path) && measure_save (bench, save, file, path);
  g_unlink (path);
  return done ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}
