/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts as files: out of a database, and into one. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-gateway.h"
#include "leyden-json.h"
#include "leyden-rollout-file.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

static char *
find_database (LeydenArguments *arguments,
               int             *status)
{
  const char *given = leyden_arguments_get_text (arguments, "database", NULL);
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (given == NULL ? fallback : given, NULL);
  g_autofree char *name = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  name = leyden_text_path (path);
  leyden_cli_say (_("%s: there is no such database"), name);
  *status = LEYDEN_EXIT_FILE;
  return NULL;
}

/* ---- Out ---- */

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

static gboolean
export_store (LeydenSqliteStore  *store,
              const char         *rollout,
              const char         *out,
              GError            **error)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(GAsyncResult) result = NULL;

  leyden_rollout_export_async (LEYDEN_STORE (store), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), rollout, out, redact_cb, secrets, leyden_cli_result_cb, &result);
  leyden_cli_wait (&result);
  return leyden_rollout_export_finish (result, error);
}

static gboolean
export_owner (LeydenOwner  *owner,
              const char   *rollout,
              const char   *out,
              GError      **error)
{
  g_autofree char *id = g_uri_escape_string (rollout, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/export", id);
  g_autoptr(LeydenValue) value = leyden_owner_get (owner, path, error);
  g_autoptr(GBytes) bytes = value != NULL ? leyden_json_write_bytes (value, LEYDEN_JSON_COMPACT) : NULL;

  return bytes != NULL && g_file_set_contents_full (out, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                                    G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static int
run_export (LeydenArguments *arguments)
{
  const char *rollout = leyden_arguments_get_operand (arguments, 0), *out = leyden_arguments_get_operand (arguments, 1);
  int status = LEYDEN_EXIT_OK;
  g_autofree char *path = NULL;
  g_autoptr(LeydenOwner) owner = NULL;
  g_autoptr(LeydenSqliteStore) store = NULL;
  g_autoptr(GError) error = NULL;
  gboolean done;

  if (!g_utf8_validate (rollout, -1, NULL) || *rollout == '\0')
    return leyden_arguments_refuse (arguments, _("ROLLOUT must be the id of a rollout (“leydenctl runs” and “run --json” name them)"));
  path = find_database (arguments, &status);
  if (path == NULL)
    return status;
  owner = leyden_owner_find (path);
  if (owner == NULL && (store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_READ_ONLY, &status)) == NULL)
    return status;
  done = owner != NULL ? export_owner (owner, rollout, out, &error) : export_store (store, rollout, out, &error);
  if (store != NULL)
    leyden_sqlite_store_close (store);
  return done ? LEYDEN_EXIT_OK : leyden_cli_fail (error);
}

static const LeydenOption export_options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_export = {
  "export", "ROLLOUT OUT", 2, 2, export_options, N_ ("Write a rollout to a file that can be looked at elsewhere"),
  N_ ("The file holds the flow, the input and every record; known secrets are left out. “leydenctl import” reads it."), run_export,
};

/* ---- In ---- */

static gboolean
import_store (LeydenSqliteStore  *store,
              const char         *file,
              char              **run,
              char              **rollout,
              GError            **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_rollout_import_async (LEYDEN_STORE (store), file, leyden_cli_result_cb, &result);
  leyden_cli_wait (&result);
  return leyden_rollout_import_finish (result, run, rollout, error);
}

static gboolean
import_owner (LeydenOwner  *owner,
              const char   *file,
              char        **run,
              char        **rollout,
              GError      **error)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .refuse_surrogates = TRUE };
  g_autoptr(GBytes) bytes = leyden_cli_read_file (file, LEYDEN_ROLLOUT_FILE_MAX, error);
  g_autoptr(LeydenValue) body = bytes != NULL ? leyden_json_parse_bytes (bytes, &limits, error) : NULL;
  g_autoptr(LeydenValue) answer = body != NULL ? leyden_owner_send (owner, "POST", "/leyden/v1/rollouts/import", body, error) : NULL;

  if (answer == NULL)
    return FALSE;
  *run = g_strdup (leyden_value_get_member_string (answer, "run", ""));
  *rollout = g_strdup (leyden_value_get_member_string (answer, "rollout", ""));
  return TRUE;
}

static int
run_import (LeydenArguments *arguments)
{
  const char *file = leyden_arguments_get_operand (arguments, 0);
  int status = LEYDEN_EXIT_OK;
  g_autofree char *path = find_database (arguments, &status);
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenOwner) owner = NULL;
  g_autoptr(LeydenSqliteStore) store = NULL;
  g_autoptr(GError) error = NULL;
  gboolean done;

  if (path == NULL)
    return status;
  owner = leyden_owner_find (path);
  if (owner == NULL && (store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_DEFAULT, &status)) == NULL)
    return status;
  done = owner != NULL ? import_owner (owner, file, &run, &rollout, &error) : import_store (store, file, &run, &rollout, &error);
  if (store != NULL)
    leyden_sqlite_store_close (store);
  if (!done)
    return leyden_cli_fail (error);
  leyden_cli_print ("%s\n", rollout);
  return LEYDEN_EXIT_OK;
}

const LeydenCommand leyden_command_import = {
  "import", "FILE", 1, 1, export_options, N_ ("Read a rollout that was exported; nothing is run"),
  N_ ("The id under which it can be looked at goes to standard output: its own, or a new one where that is taken."), run_import,
};
