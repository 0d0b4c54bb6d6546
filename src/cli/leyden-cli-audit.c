/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-gateway.h"
#include "leyden-json.h"
#include "leyden-store-audit.h"
#include "leyden-text.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define PAGE 1000
/* Problems of records that are named; more are counted. */
#define MAX_PROBLEMS 20

/* Where the log is read: by the owner of the database, or from the file. One of the two is set. */
typedef struct
{
  LeydenOwner       *owner;
  LeydenSqliteStore *store;
} Source;

static void
source_clear (Source *source)
{
  if (source->store != NULL)
    leyden_sqlite_store_close (source->store);
  g_clear_object (&source->store);
  g_clear_pointer (&source->owner, leyden_owner_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static gboolean
source_open (Source     *source,
             const char *given,
             int        *status)
{
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (given == NULL ? fallback : given, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s: there is no such database; --database names the backend's"), name);
      *status = LEYDEN_EXIT_FILE;
      return FALSE;
    }
  source->owner = leyden_owner_find (path);
  if (source->owner == NULL)
    source->store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_READ_ONLY, status);
  return source->owner != NULL || source->store != NULL;
}

static void
spin (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- Checking ---- */

static LeydenValue *
get_verdict (Source      *source,
             guint64      n,
             const char  *head,
             GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (source->owner != NULL)
    {
      g_autofree char *path = n > 0 ? g_strdup_printf ("/leyden/v1/audit/verify?line=%" G_GUINT64_FORMAT "&head=%s", n, head)
                                    : g_strdup ("/leyden/v1/audit/verify");

      return leyden_owner_get (source->owner, path, error);
    }
  leyden_sqlite_store_verify_audit_async (source->store, n, head, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_sqlite_store_verify_audit_finish (source->store, result, error);
}

/* The log of rollouts: every record there, in its order, once. */
static LeydenValue *
get_inspection (Source  *source,
                GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (source->owner != NULL)
    return leyden_owner_get (source->owner, "/leyden/v1/database", error);
  leyden_sqlite_store_inspect_async (source->store, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_sqlite_store_inspect_finish (source->store, result, error);
}

static void
print_json (LeydenValue *verdict,
            LeydenValue *inspection)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "audit", verdict);
  leyden_value_builder_key (&b, "records");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "records", leyden_value_get_member_int (inspection, "records", 0));
  leyden_value_builder_set_boolean (&b, "sound", leyden_value_get_member_boolean (inspection, "sound", FALSE));
  leyden_value_builder_set (&b, "problems", leyden_value_get_member (inspection, "problems"));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

static void
print_words (LeydenValue *verdict,
             LeydenValue *inspection)
{
  LeydenValue *problems = leyden_value_get_member (inspection, "problems");
  guint n = leyden_value_get_size (problems);

  if (leyden_value_get_member_boolean (verdict, "sound", FALSE))
    leyden_cli_print (_("Audit log: sound, %" PRId64 " lines\nHead to note elsewhere: %" PRId64 ":%s\n"),
                      leyden_value_get_member_int (verdict, "lines", 0), leyden_value_get_member_int (verdict, "lines", 0),
                      leyden_value_get_member_string (verdict, "head", ""));
  else
    leyden_cli_print (_("Audit log: NOT sound: %s; the lines before it are\n"), leyden_value_get_member_string (verdict, "problem", ""));
  if (leyden_value_get_member_boolean (inspection, "sound", FALSE))
    leyden_cli_print (_("Records of rollouts: sound, %" PRId64 " records without a gap\n"), leyden_value_get_member_int (inspection, "records", 0));
  for (guint i = 0; i < n && i < MAX_PROBLEMS; i++)
    {
      g_autofree char *shown = leyden_text_escape (leyden_value_get_string (leyden_value_get_item (problems, i), NULL), -1, 0);

      leyden_cli_print (_("Records of rollouts: NOT sound: %s\n"), shown);
    }
  if (n > MAX_PROBLEMS)
    leyden_cli_print (ngettext ("… and %u more\n", "… and %u more\n", n - MAX_PROBLEMS), n - MAX_PROBLEMS);
}

/* "N:HASH" of an earlier check. */
static gboolean
parse_head (const char  *text,
            guint64     *n,
            const char **head)
{
  g_auto(GStrv) parts = NULL;

  if (text == NULL)
    return TRUE;
  parts = g_strsplit (text, ":", 2);
  *head = strchr (text, ':') != NULL ? strchr (text, ':') + 1 : "";
  return g_strv_length (parts) == 2 && g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT64, n, NULL) && strlen (*head) == 64
         && strspn (*head, "0123456789abcdef") == 64;
}

static int
do_verify (LeydenArguments *arguments)
{
  g_auto(Source) source = { NULL, NULL };
  g_autoptr(LeydenValue) verdict = NULL;
  g_autoptr(LeydenValue) inspection = NULL;
  g_autoptr(GError) error = NULL;
  const char *head = NULL;
  guint64 n = 0;
  int status = LEYDEN_EXIT_OK;

  if (!parse_head (leyden_arguments_get_text (arguments, "head", NULL), &n, &head))
    return leyden_arguments_refuse (arguments, _("--head must be NUMBER:HASH, as an earlier “audit verify” said it"));
  if (!source_open (&source, leyden_arguments_get_text (arguments, "database", NULL), &status))
    return status;
  verdict = get_verdict (&source, n, head, &error);
  if (verdict != NULL)
    inspection = get_inspection (&source, &error);
  if (inspection == NULL)
    return leyden_cli_fail (error);
  if (leyden_arguments_has (arguments, "json"))
    print_json (verdict, inspection);
  else
    print_words (verdict, inspection);
  return leyden_value_get_member_boolean (verdict, "sound", FALSE) && leyden_value_get_member_boolean (inspection, "sound", FALSE)
           ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

/* ---- Showing ---- */

static LeydenValue *
get_page (Source      *source,
          guint64      after,
          GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (source->owner != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/leyden/v1/audit?limit=%d&after=%" G_GUINT64_FORMAT, PAGE, after);
      g_autoptr(LeydenValue) answer = leyden_owner_get (source->owner, path, error);
      LeydenValue *lines = leyden_value_get_member (answer, "lines");

      return lines != NULL ? leyden_value_ref (lines) : NULL;
    }
  leyden_sqlite_store_list_audit_async (source->store, after, PAGE, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_sqlite_store_list_audit_finish (source->store, result, error);
}

static void
print_line (LeydenValue *line)
{
  gint64 ns = leyden_value_get_member_int (line, "time", 0);
  g_autoptr(GDateTime) time = ns > 0 ? g_date_time_new_from_unix_local (ns / NS_PER_S) : NULL;
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("–");
  g_autofree char *actor = leyden_text_escape (leyden_value_get_member_string (line, "actor", ""), -1, 64);
  g_autofree char *action = leyden_text_escape (leyden_value_get_member_string (line, "action", ""), -1, 120);
  g_autofree char *object = leyden_text_escape (leyden_value_get_member_string (line, "object", ""), -1, 200);
  LeydenValue *detail = leyden_value_get_member (line, "detail");
  g_autofree char *json = detail != NULL ? leyden_json_write (detail, LEYDEN_JSON_COMPACT) : g_strdup ("");
  g_autofree char *shown = leyden_text_escape (json, -1, 300);

  leyden_cli_print ("%6" G_GINT64_FORMAT "  %s  %-16s %s %s %s\n", leyden_value_get_member_int (line, "n", 0), when, actor, action, object, shown);
}

static int
do_list (LeydenArguments *arguments)
{
  g_auto(Source) source = { NULL, NULL };
  gboolean json = leyden_arguments_has (arguments, "json");
  guint64 after = (guint64) leyden_arguments_get_integer (arguments, "after", 0);
  int status = LEYDEN_EXIT_OK;

  if (!source_open (&source, leyden_arguments_get_text (arguments, "database", NULL), &status))
    return status;
  for (;;)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) page = get_page (&source, after, &error);
      guint n = leyden_value_get_size (page);

      if (page == NULL)
        return leyden_cli_fail (error);
      for (guint i = 0; i < n; i++)
        if (json)
          leyden_cli_print_value (leyden_value_get_item (page, i));
        else
          print_line (leyden_value_get_item (page, i));
      if (n < PAGE || !leyden_cli_flush ())
        return LEYDEN_EXIT_OK;
      after = (guint64) leyden_value_get_member_int (leyden_value_get_item (page, n - 1), "n", G_MAXINT64);
    }
}

static int
run (LeydenArguments *arguments)
{
  const char *what = leyden_arguments_get_operand (arguments, 0);

  if (strcmp (what, "verify") == 0)
    return do_verify (arguments);
  if (strcmp (what, "list") == 0)
    return do_list (arguments);
  return leyden_arguments_refuse (arguments, _("say “verify” or “list”"));
}

static const LeydenOption options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "head", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NUMBER:HASH", N_ ("What an earlier check said: shows lines cut off or a log written anew") },
  { "after", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "NUMBER", N_ ("List only the lines after this one") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("JSON, one line for each") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_audit = {
  "audit", "verify|list", 1, 1, options, N_ ("Check or show what was done to a backend, and by whom"),
  N_ ("“verify” checks that no line of the audit log was changed, removed or put in between, and that no record of a rollout is missing; "
      "the first bad one is named, with status 1."),
  run,
};
