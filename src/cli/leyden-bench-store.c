/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-bench.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "leyden-engine.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-raw.h"

/* Rollouts that write at once, each one event after another: what fills a group commit. */
#define WRITERS 256
#define EVENTS_PER_ROLLOUT 20
#define REPETITIONS 5
#define PAGE 1000

typedef struct
{
  LeydenStore *store;
  LeydenValue *payload;
  GPtrArray   *rollouts;                /* ids */
  guint        next;                    /* rollout to begin next */
  guint        n_rollouts;
  guint        n_open;
  GError      *error;
} Writing;

typedef struct
{
  Writing *writing;
  char    *rollout;
  guint    sequence;
} Writer;

static void writer_write (Writer *writer);

static void
writer_begin (Writing *writing)
{
  Writer *writer;

  if (writing->next >= writing->n_rollouts || writing->error != NULL)
    return;
  writing->next++;
  writing->n_open++;
  writer = g_new0 (Writer, 1);
  writer->writing = writing;
  writer->rollout = leyden_id_new_uuid7 ();
  g_ptr_array_add (writing->rollouts, g_strdup (writer->rollout));
  writer_write (writer);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Writer *writer = data;
  Writing *writing = writer->writing;

  leyden_store_append_finish (LEYDEN_STORE (object), result, writing->error == NULL ? &writing->error : NULL);
  if (writing->error == NULL && writer->sequence < EVENTS_PER_ROLLOUT)
    {
      writer_write (writer);
      return;
    }
  g_free (writer->rollout);
  g_free (writer);
  writing->n_open--;
  writer_begin (writing);
}

static void
writer_write (Writer *writer)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);

  writer->sequence++;
  g_ptr_array_add (records, leyden_record_new (writer->rollout, "0", writer->sequence, leyden_time_now_ns (), "bench",
                                               writer->sequence == 1 ? "rollout.started" : "output.line", "", writer->writing->payload));
  leyden_store_append_async (writer->writing->store, records, NULL, written_cb, writer);
}

static void
add_rate (LeydenBench *bench,
          const char  *case_name,
          guint        events,
          double       begin_s,
          double       begin_ms)
{
  leyden_bench_add (bench, case_name, "events_per_s", "1/s", events / (leyden_bench_now_s () - begin_s));
  leyden_bench_add (bench, case_name, "cpu_us", "µs", (leyden_bench_cpu_ms () - begin_ms) * 1000 / events);
}

static gboolean
measure_append (LeydenBench *bench,
                Writing     *writing,
                guint        events,
                GError     **error)
{
  double begin_s = leyden_bench_now_s (), begin_ms = leyden_bench_cpu_ms ();

  writing->next = 0;
  writing->n_rollouts = MAX (events / EVENTS_PER_ROLLOUT, 1);
  g_ptr_array_set_size (writing->rollouts, 0);
  for (guint i = 0; i < WRITERS; i++)
    writer_begin (writing);
  while (writing->n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  if (writing->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&writing->error));
      return FALSE;
    }
  add_rate (bench, "append", writing->n_rollouts * EVENTS_PER_ROLLOUT, begin_s, begin_ms);
  return TRUE;
}

/* ---- SQLite alone, in turn with it: the same disk in the same minute ---- */

static gboolean
measure_raw (LeydenBench *bench,
             const char  *folder,
             guint        rows,
             GError     **error)
{
  g_autofree char *path = g_build_filename (folder, "raw.db", NULL);
  double begin_s = leyden_bench_now_s (), begin_ms = leyden_bench_cpu_ms ();

  if (!leyden_raw_insert (path, rows, error))
    return FALSE;
  add_rate (bench, "raw-sqlite", rows, begin_s, begin_ms);
  return TRUE;
}

static gboolean
measure_read (LeydenBench *bench,
              LeydenStore *store,
              guint64     *from,
              GError     **error)
{
  double begin_s = leyden_bench_now_s (), begin_ms = leyden_bench_cpu_ms ();
  guint64 after = *from;
  guint events = 0, n;

  do
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GPtrArray) records = NULL;

      leyden_store_read_run_async (store, NULL, after, PAGE, NULL, leyden_cli_result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      records = leyden_store_read_run_finish (store, result, error);
      if (records == NULL)
        return FALSE;
      n = records->len;
      events += n;
      if (n > 0)
        after = ((LeydenRecord *)g_ptr_array_index (records, n - 1))->position;
    }
  while (n == PAGE);
  *from = after;
  add_rate (bench, "read", MAX (events, 1), begin_s, begin_ms);
  return TRUE;
}

static gboolean
measure_fold (LeydenBench *bench,
              Writing     *writing,
              GError     **error)
{
  double begin_s = leyden_bench_now_s (), begin_ms = leyden_bench_cpu_ms ();

  for (guint i = 0; i < writing->rollouts->len; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(LeydenValue) state = NULL;

      leyden_store_fold_async (writing->store, g_ptr_array_index (writing->rollouts, i), 0, leyden_rollout_reducer (), NULL,
                               leyden_cli_result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      state = leyden_store_fold_finish (writing->store, result, error);
      if (state == NULL)
        return FALSE;
    }
  add_rate (bench, "fold", writing->rollouts->len * EVENTS_PER_ROLLOUT, begin_s, begin_ms);
  return TRUE;
}

/* About 1 KB, as an event of an agent has. */
static LeydenValue *
make_payload (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GString) text = g_string_new (NULL);

  while (text->len < 900)
    g_string_append_printf (text, "line %" G_GSIZE_FORMAT " of an answer; ", text->len);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "text", text->str);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_remove (path) != 0)
        remove_folder (path);
    }
  g_rmdir (folder);
}

static gboolean
measure_all (LeydenBench *bench,
             LeydenStore *store,
             const char  *folder,
             GError     **error)
{
  guint events = leyden_bench_get_size (bench, 20000);
  g_autoptr(LeydenValue) payload = make_payload ();
  g_autoptr(GPtrArray) rollouts = g_ptr_array_new_with_free_func (g_free);
  Writing writing = { .store = store, .payload = payload, .rollouts = rollouts };
  guint64 from = 0;

  for (guint i = 0; i < REPETITIONS; i++)
    if (!measure_raw (bench, folder, events, error) || !measure_append (bench, &writing, events, error)
        || !measure_read (bench, store, &from, error) || !measure_fold (bench, &writing, error))
      return FALSE;
  return TRUE;
}

/* Every event synced before it counts, as in a backend. */
int
leyden_bench_store (LeydenBench *bench)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("leyden-bench-XXXXXX", &error);
  g_autofree char *path = folder ? g_build_filename (folder, "leyden.db", NULL) : NULL;
  g_autoptr(LeydenSqliteStore) store = NULL;
  int status = LEYDEN_EXIT_OK;

  if (folder == NULL)
    {
      leyden_cli_say ("%s", error->message);
      return LEYDEN_EXIT_FILE;
    }
  store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_DEFAULT, &status);
  if (store != NULL && !measure_all (bench, LEYDEN_STORE (store), folder, &error))
    status = leyden_cli_fail (error);
  if (store != NULL)
    leyden_sqlite_store_close (store);
  remove_folder (folder);
  return status;
}
