/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-gateway.h"
#include "leyden-node-cache.h"
#include "leyden-text.h"

/* `leydenctl cache`: what is kept of evaluations of nodes. The owner of the database is asked where there is one. */

static LeydenValue *
ask_store (LeydenSqliteStore  *store,
           gboolean            clear,
           GError            **error)
{
  g_autoptr(LeydenNodeCache) cache = leyden_node_cache_new (LEYDEN_STORE (store), 0, LEYDEN_NODE_CACHE_STORED);
  g_autoptr(GAsyncResult) cleared = NULL;
  g_autoptr(GAsyncResult) counted = NULL;

  if (clear)
    {
      leyden_node_cache_clear_async (cache, NULL, leyden_cli_result_cb, &cleared);
      leyden_cli_wait (&cleared);
      if (!leyden_node_cache_clear_finish (cache, cleared, error))
        return NULL;
    }
  leyden_node_cache_count_async (cache, leyden_cli_result_cb, &counted);
  leyden_cli_wait (&counted);
  return leyden_node_cache_count_finish (cache, counted, error);
}

static LeydenValue *
ask (const char *path,
     gboolean    clear,
     int        *status)
{
  g_autoptr(LeydenOwner) owner = leyden_owner_find (path);
  g_autoptr(GError) error = NULL;
  LeydenValue *figures = NULL;

  if (owner != NULL)
    figures = leyden_owner_send (owner, clear ? "DELETE" : "GET", "/leyden/v1/cache", NULL, &error);
  else
    {
      g_autoptr(LeydenSqliteStore) store = leyden_cli_open_store (path, clear ? LEYDEN_STORE_OPEN_DEFAULT : LEYDEN_STORE_OPEN_READ_ONLY, status);

      if (store == NULL)
        return NULL;
      figures = ask_store (store, clear, &error);
      leyden_sqlite_store_close (store);
    }
  if (figures == NULL)
    *status = leyden_cli_fail (error);
  return figures;
}

static void
print_figures (LeydenValue *figures)
{
  LeydenValue *stored = leyden_value_get_member (figures, "stored");
  g_autofree char *bytes = g_format_size ((guint64) MAX (0, leyden_value_get_member_int (stored, "bytes", 0)));
  g_autofree char *limit = g_format_size ((guint64) MAX (0, leyden_value_get_member_int (stored, "limit", 0)));

  leyden_cli_print (_("%" PRId64 " results kept, %s of at most %s\n"), leyden_value_get_member_int (stored, "entries", 0), bytes, limit);
}

static int
run (LeydenArguments *arguments)
{
  const char *given = leyden_arguments_get_text (arguments, "database", NULL);
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (given == NULL ? fallback : given, NULL);
  g_autoptr(LeydenValue) figures = NULL;
  int status = LEYDEN_EXIT_OK;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s: there is no such database; --database names the backend's"), name);
      return LEYDEN_EXIT_FILE;
    }
  figures = ask (path, leyden_arguments_has (arguments, "clear"), &status);
  if (figures == NULL)
    return status;
  if (leyden_arguments_has (arguments, "json"))
    leyden_cli_print_value (figures);
  else
    print_figures (figures);
  return LEYDEN_EXIT_OK;
}

static const LeydenOption options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "clear", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Forget all that is kept") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_cache = {
  "cache", "", 0, 0, options, N_ ("Show or forget what is kept of results of nodes"),
  N_ ("Tries and runs of one node reuse what a node gave when nothing that it depends on has changed. Runs over data sets, training and "
      "evaluation never do."),
  run,
};
