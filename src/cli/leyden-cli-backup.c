/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-gateway.h"
#include "leyden-store-backup.h"
#include "leyden-text.h"

/* How often the owner is asked whether it is done. */
#define ASK_MS 150

static char *
format_time (gint64 ns)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local (ns / G_GINT64_CONSTANT (1000000000));

  return time == NULL ? g_strdup ("–") : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

static int
report (LeydenArguments *arguments,
        const char      *out,
        LeydenValue     *manifest)
{
  LeydenValue *check = leyden_value_get_member (manifest, "check");
  LeydenValue *counts = leyden_value_get_member (manifest, "counts");
  LeydenValue *problems = leyden_value_get_member (check, "problems");
  gboolean sound = leyden_value_get_member_boolean (check, "sound", FALSE);
  g_autofree char *name = leyden_text_path (out);
  g_autofree char *time = format_time (leyden_value_get_member_int (manifest, "committed", 0));
  g_autofree char *size = g_format_size ((guint64) leyden_value_get_member_int (manifest, "size", 0)
                                         + (guint64) leyden_value_get_member_int (manifest, "blobs_size", 0));
  const char *archive = leyden_value_get_member_string (manifest, "archive", NULL);

  for (guint i = 0; i < leyden_value_get_size (problems) && i < 20; i++)
    leyden_cli_say ("%s", leyden_value_get_string (leyden_value_get_item (problems, i), NULL));
  if (leyden_arguments_has (arguments, "json"))
    {
      leyden_cli_print_value (manifest);
      return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
    }
  leyden_cli_print (_("%s: %s as of %s, position %" PRId64 "\n"), name, size, time, leyden_value_get_member_int (manifest, "position", 0));
  leyden_cli_print (_("Opened and checked: %" PRId64 " runs, %" PRId64 " rollouts, %" PRId64 " records, %" PRId64 " blobs; %s\n"),
                    leyden_value_get_member_int (counts, "runs", 0), leyden_value_get_member_int (counts, "rollouts", 0),
                    leyden_value_get_member_int (counts, "records", 0), leyden_value_get_member_int (manifest, "blobs", 0),
                    sound ? _("sound") : _("NOT sound: what is damaged in the database is so in the copy"));
  if (archive != NULL)
    {
      g_autofree char *shown = leyden_text_path (archive);
      leyden_cli_print (_("Changes after it are archived in %s\n"), shown);
    }
  else
    leyden_cli_print ("%s\n", _("Changes after it are not archived: it can only be restored as it is"));
  return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

/* ---- Through the owner ---- */

static LeydenValue *
make_order (LeydenArguments *arguments,
            LeydenOwner     *owner,
            const char      *out)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "path", out);
  if (leyden_arguments_has (arguments, "archive"))
    {
      g_autofree char *archive = g_canonicalize_filename (leyden_arguments_get_text (arguments, "archive", ""), NULL);
      leyden_value_builder_set_string (&b, "archive", archive);
    }
  leyden_value_builder_set_string (&b, "approval_key", leyden_owner_get_approval_key (owner));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
pause_ms (guint ms)
{
  g_autoptr(GSource) source = g_timeout_source_new (ms);
  gboolean done = FALSE;

  g_source_set_callback (source, (GSourceFunc) (void (*) (void)) g_main_context_wakeup, NULL, NULL);
  g_source_attach (source, NULL);
  for (gint64 end = g_get_monotonic_time () + ms * 1000; !done && leyden_cli_get_signal () == 0; done = g_get_monotonic_time () >= end)
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

static int
back_up_by_owner (LeydenArguments *arguments,
                  LeydenOwner     *owner,
                  const char      *out)
{
  g_autoptr(LeydenValue) order = make_order (arguments, owner, out);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) job = leyden_owner_send (owner, "POST", "/leyden/v1/backups", order, &error);

  while (job != NULL && strcmp (leyden_value_get_member_string (job, "state", ""), "running") == 0)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/backups/", leyden_value_get_member_string (job, "backup", ""), NULL);

      pause_ms (ASK_MS);
      /* The owner goes on with it. */
      if (leyden_cli_get_signal () != 0)
        return 128 + leyden_cli_get_signal ();
      leyden_value_unref (job);
      job = leyden_owner_get (owner, path, &error);
    }
  if (job == NULL)
    return leyden_cli_fail (error);
  if (strcmp (leyden_value_get_member_string (job, "state", ""), "failed") == 0)
    {
      leyden_cli_say ("%s", leyden_value_get_member_string (job, "error", "?"));
      return LEYDEN_EXIT_FILE;
    }
  return report (arguments, out, leyden_value_get_member (job, "manifest"));
}

/* ---- Directly ---- */

/* With the lock; else beside whoever holds it or on a disk that cannot be written, where nothing can be archived. */
static LeydenSqliteStore *
open_database (const char  *path,
               GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) second = NULL;
  g_autoptr(GError) local = NULL;
  LeydenSqliteStore *store;

  leyden_sqlite_store_open_async (path, LEYDEN_STORE_OPEN_DEFAULT, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  store = leyden_sqlite_store_open_finish (result, &local);
  if (store != NULL
      || !(g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_LOCKED)
           || g_error_matches (local, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_READ_ONLY)))
    {
      if (store == NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return store;
    }
  leyden_sqlite_store_open_async (path, LEYDEN_STORE_OPEN_READ_ONLY, NULL, leyden_cli_result_cb, &second);
  while (second == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_sqlite_store_open_finish (second, error);
}

static int
back_up_file (LeydenArguments *arguments,
              const char      *database,
              const char      *out)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenSqliteStore) store = open_database (database, &error);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) manifest = NULL;
  LeydenBackupOptions options = { out, leyden_arguments_get_text (arguments, "archive", NULL), NULL };

  if (store == NULL)
    return leyden_cli_fail (error);
  leyden_sqlite_store_back_up_async (store, &options, leyden_cli_result_cb, &result);
  if (leyden_cli_wait (&result) == NULL)
    {
      leyden_sqlite_store_close (store);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      return 128 + leyden_cli_get_signal ();
    }
  manifest = leyden_sqlite_store_back_up_finish (store, result, &error);
  leyden_sqlite_store_close (store);
  return manifest == NULL ? leyden_cli_fail (error) : report (arguments, out, manifest);
}

static int
run (LeydenArguments *arguments)
{
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *database = g_canonicalize_filename (leyden_arguments_get_text (arguments, "database", fallback), NULL);
  g_autofree char *out = g_canonicalize_filename (leyden_arguments_get_operand (arguments, 0), NULL);
  g_autoptr(LeydenOwner) owner = NULL;

  if (!g_file_test (database, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = leyden_text_path (database);

      leyden_cli_say (_("%s: there is no such database"), name);
      return LEYDEN_EXIT_FILE;
    }
  leyden_cli_catch_signals ();
  owner = leyden_owner_find (database);
  return owner != NULL ? back_up_by_owner (arguments, owner, out) : back_up_file (arguments, database, out);
}

static const LeydenOption options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "archive", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FOLDER", N_ ("Where changes are archived from here on (FILE-archive)") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("The manifest, as one line of JSON") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_backup = {
  "backup", "OUT", 1, 1, options, N_ ("Copy a database while it is used, open the copy and check all of it"),
  N_ ("Makes OUT, OUT-blobs and OUT.json, none of which may exist. A database that a backend owns is copied by that backend. "
      "From the first backup on every commit is archived, so that “leydenctl restore --until” can go to any of them. "
      "Status 1 when the copy is there but not sound."),
  run,
};
