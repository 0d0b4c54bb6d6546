/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"

#define REPETITIONS 5
/* The idle case takes a minute by itself. */
#define TIMEOUT_S 150

char *
leyden_bench_find_window (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self == NULL ? NULL : g_path_get_dirname (self);
  g_autofree char *path = folder == NULL ? NULL : g_build_filename (folder, "leyden", NULL);

  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&path);
  if (g_file_test (BIN_DIR "/leyden", G_FILE_TEST_IS_EXECUTABLE))
    return g_strdup (BIN_DIR "/leyden");
  leyden_cli_say (_("the program leyden was found neither beside this one nor in %s"), BIN_DIR);
  return NULL;
}

gboolean
leyden_bench_has_display (void)
{
  if (g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL)
    return TRUE;
  leyden_cli_say (_("there is no display; run it under xvfb-run"));
  return FALSE;
}

static gboolean
too_long_cb (gpointer data)
{
  g_subprocess_force_exit (G_SUBPROCESS (data));
  return G_SOURCE_REMOVE;
}

LeydenValue *
leyden_bench_run_window (const char         *window,
                         const char * const *arguments)
{
  g_autoptr(GPtrArray) command = g_ptr_array_new ();
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  LeydenValue *value = NULL;
  guint timeout;

  g_ptr_array_add (command, (gpointer)window);
  g_ptr_array_add (command, (gpointer)"--bench");
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (command, (gpointer)arguments[i]);
  g_ptr_array_add (command, NULL);
  process = g_subprocess_newv ((const char * const *)command->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (process == NULL)
    {
      leyden_cli_say ("%s", error->message);
      return NULL;
    }
  timeout = g_timeout_add_seconds (TIMEOUT_S, too_long_cb, process);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (g_main_context_find_source_by_id (NULL, timeout) != NULL)
    g_source_remove (timeout);
  if (g_subprocess_communicate_utf8_finish (process, result, &output, NULL, &error) && output != NULL)
    value = leyden_json_parse (g_strstrip (output), -1, NULL, NULL);
  if (value == NULL)
    leyden_cli_say (_("%s: the window gave no figures"), arguments[0]);
  return value;
}

static void
add (LeydenBench *bench,
     const char  *case_name,
     LeydenValue *figures,
     const char  *key,
     const char  *metric,
     const char  *unit)
{
  double value;

  if (leyden_value_get_double (leyden_value_get_member (figures, key), &value))
    leyden_bench_add (bench, case_name, metric, unit, value);
}

static gboolean
measure (LeydenBench *bench,
         const char  *window,
         const char  *case_name)
{
  g_autoptr(LeydenValue) figures = leyden_bench_run_window (window, (const char *[]) { case_name, NULL });

  if (figures == NULL)
    return FALSE;
  add (bench, case_name, figures, "ms", "ms", "ms");
  add (bench, case_name, figures, "cpu_ms", "cpu_ms", "ms");
  add (bench, case_name, figures, "pss_mib", "pss_mib", "MiB");
  return TRUE;
}

int
leyden_bench_desktop (LeydenBench *bench)
{
  g_autofree char *window = leyden_bench_find_window ();

  if (window == NULL)
    return LEYDEN_EXIT_FILE;
  if (!leyden_bench_has_display ())
    return LEYDEN_EXIT_FAILED;
  /* In turn, so that a disturbance meets both. */
  for (guint i = 0; i < leyden_bench_get_size (bench, REPETITIONS); i++)
    if (!measure (bench, window, "first-window") || !measure (bench, window, "smallest-adw-window"))
      return LEYDEN_EXIT_FAILED;
  return measure (bench, window, "idle-60s") ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}
