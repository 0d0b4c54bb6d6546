/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process that appends is killed at some moment: every record that it was told is stored is there afterwards. */
#include "store-helpers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_ROLLOUTS 16
#define N_ROUNDS   12

/* --- the child: appends to all rollouts at once for ever, and prints "rollout sequence position" of what is acknowledged --- */

typedef struct
{
  LeydenStore *store;
  char        *rollout;
  guint64      next;
  guint        step;
  GPtrArray   *records;
} Stream;

static void append_more (Stream *stream);

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Stream *stream = data;
  g_autoptr(GString) line = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    g_error ("%s", error->message);
  for (guint i = 0; i < stream->records->len; i++)
    {
      LeydenRecord *record = stream->records->pdata[i];
      g_string_append_printf (line, "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", record->rollout, record->sequence, record->position);
    }
  if (write (STDOUT_FILENO, line->str, line->len) != (gssize) line->len)
    _exit (1);
  append_more (stream);
}

static void
append_more (Stream *stream)
{
  guint n = 1 + stream->step++ % 5;

  g_clear_pointer (&stream->records, g_ptr_array_unref);
  stream->records = make_records (stream->rollout, stream->next, stream->next + n - 1);
  if (stream->step % 97 == 0)
    {
      g_autofree char *text = g_strnfill (100000, 'b');
      g_autoptr(LeydenValue) payload = make_payload ((gint64) stream->next, text);

      g_ptr_array_set_size (stream->records, 0);
      g_ptr_array_add (stream->records, make_record_with (stream->rollout, stream->next, payload));
      n = 1;
    }
  stream->next += n;
  leyden_store_append_async (stream->store, stream->records, NULL, appended_cb, stream);
}

G_NORETURN static void
run_child (const char *path)
{
  g_autoptr(GError) error = NULL;
  LeydenStore *store = LEYDEN_STORE (store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error));

  if (store == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < N_ROLLOUTS; i++)
    {
      Stream *stream = g_new0 (Stream, 1);
      g_autoptr(LeydenRolloutRow) row = NULL;

      stream->store = store;
      stream->rollout = g_strdup_printf ("rollout-%u", i);
      row = store_get_rollout (store, stream->rollout, NULL);
      stream->next = row ? row->last_sequence + 1 : 1;
      append_more (stream);
    }
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

/* --- the parent --- */

/* rollout/sequence → position, of all that any child was told. */
static GHashTable *acknowledged;

static void
note_lines (GString *text)
{
  char *line = text->str;
  char *end;

  while ((end = strchr (line, '\n')) != NULL)
    {
      g_auto(GStrv) words = NULL;

      *end = '\0';
      words = g_strsplit (line, " ", 3);
      g_assert_cmpuint (g_strv_length (words), ==, 3);
      g_hash_table_insert (acknowledged, g_strdup_printf ("%s/%s", words[0], words[1]), g_strdup (words[2]));
      line = end + 1;
    }
  g_string_erase (text, 0, line - text->str);
}

static void
run_and_kill (const char *path,
              GRand      *random)
{
  const char *argv[] = { "/proc/self/exe", "--append", path, NULL };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  gint64 life_us = g_rand_int_range (random, 1000, 150000);
  gint64 start;
  char buffer[4096];
  gssize n;
  GPid pid;
  int out;
  int status;

  argv[0] = self;
  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  /* The life counts from its first word, so that every round commits something. */
  n = read (out, buffer, sizeof buffer);
  g_assert_cmpint (n, >, 0);
  g_string_append_len (text, buffer, n);
  start = g_get_monotonic_time ();
  while (g_get_monotonic_time () - start < life_us && (n = read (out, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  /* What it wrote before is still in the pipe. */
  while ((n = read (out, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
    g_string_append_len (text, buffer, MAX (n, 0));
  close (out);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  note_lines (text);
}

static void
check_store (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GHashTable) next = g_hash_table_new (g_str_hash, g_str_equal);
  LeydenSqliteStore *store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  guint n_found = 0;

  g_assert_no_error (error);
  records = store_read_run (LEYDEN_STORE (store), NULL, 0, 0, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      g_autofree char *key = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, record->rollout, record->sequence);
      const char *position = g_hash_table_lookup (acknowledged, key);

      g_assert_cmpuint (record->position, ==, i + 1);
      g_assert_cmpuint (record->sequence, ==, 1 + GPOINTER_TO_UINT (g_hash_table_lookup (next, record->rollout)));
      g_hash_table_insert (next, record->rollout, GUINT_TO_POINTER (record->sequence));
      g_assert_cmpint (leyden_value_get_member_int (record->payload, "n", 0), ==, (gint64) record->sequence);
      if (position == NULL)
        continue;
      g_assert_cmpuint (g_ascii_strtoull (position, NULL, 10), ==, record->position);
      n_found++;
    }
  g_assert_cmpuint (n_found, ==, g_hash_table_size (acknowledged));
  found = store_inspect (store, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_value_get_member_boolean (found, "sound", FALSE));
  store_finish (LEYDEN_STORE (store));
}

static void
test_kill (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "leyden.db", NULL);
  g_autoptr(GRand) random = g_rand_new_with_seed (g_test_rand_int ());

  acknowledged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      run_and_kill (path, random);
      /* Sometimes the next child finds what the killed one left, as it is. */
      if (i % 3 != 1)
        check_store (path);
    }
  check_store (path);
  g_test_message ("%u records acknowledged", g_hash_table_size (acknowledged));
  g_clear_pointer (&acknowledged, g_hash_table_unref);
  remove_tree (folder);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--append"))
    run_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/kill", test_kill);
  return g_test_run ();
}
