/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-store-backup.h"
#include "leyden-text.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* A date and a time, with a zone or in local time; seconds and the T may be left out. */
static gboolean
parse_time (const char *text,
            gint64     *ns)
{
  g_autofree char *clean = g_strdup (text);
  g_autoptr(GTimeZone) local = g_time_zone_new_local ();
  g_autoptr(GDateTime) time = NULL;
  gint64 seconds;

  if (strlen (clean) > 11 && clean[10] == ' ')
    clean[10] = 'T';
  if (strlen (clean) == strlen ("2026-01-31"))
    {
      g_autofree char *day = g_steal_pointer (&clean);
      clean = g_strconcat (day, "T00:00:00", NULL);
    }
  else if (strlen (clean) == strlen ("2026-01-31T12:00"))
    {
      g_autofree char *minute = g_steal_pointer (&clean);
      clean = g_strconcat (minute, ":00", NULL);
    }
  time = g_date_time_new_from_iso8601 (clean, local);
  if (time == NULL)
    return FALSE;
  seconds = g_date_time_to_unix (time);
  /* Nanoseconds end in 2262; what is later is later than everything. */
  if (seconds >= G_MAXINT64 / NS_PER_S)
    *ns = G_MAXINT64;
  else
    *ns = MAX (seconds, 0) * NS_PER_S + g_date_time_get_microsecond (time) * G_GINT64_CONSTANT (1000);
  return TRUE;
}

static gboolean
parse_until (const char           *text,
             LeydenRestoreOptions *out)
{
  if (text == NULL)
    out->point = LEYDEN_RESTORE_AS_IT_IS;
  else if (strcmp (text, "latest") == 0)
    out->point = LEYDEN_RESTORE_LATEST;
  else if (g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &out->value, NULL))
    out->point = LEYDEN_RESTORE_POSITION;
  else if (parse_time (text, &out->value))
    out->point = LEYDEN_RESTORE_TIME;
  else
    return FALSE;
  return TRUE;
}

static int
report (LeydenArguments *arguments,
        LeydenValue     *answer)
{
  LeydenValue *problems = leyden_value_get_member (answer, "problems");
  const char *notice = leyden_value_get_member_string (answer, "notice", NULL);
  gint64 ns = leyden_value_get_member_int (answer, "time", 0);
  gint64 n_cut = leyden_value_get_member_int (answer, "records_cut", 0);
  gboolean sound = leyden_value_get_member_boolean (answer, "sound", FALSE);
  g_autofree char *name = leyden_text_path (leyden_value_get_member_string (answer, "database", "?"));
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local (ns / NS_PER_S);
  g_autofree char *shown = ns <= 0 ? NULL : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");

  for (guint i = 0; i < leyden_value_get_size (problems) && i < 20; i++)
    leyden_cli_say ("%s", leyden_value_get_string (leyden_value_get_item (problems, i), NULL));
  if (notice != NULL)
    leyden_cli_say ("%s", notice);
  if (leyden_arguments_has (arguments, "json"))
    {
      leyden_cli_print_value (answer);
      return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
    }
  if (shown != NULL)
    leyden_cli_print (_("%s: as of %s, position %" PRId64 " (%" PRId64 " commits after the backup)\n"), name, shown,
                      leyden_value_get_member_int (answer, "position", 0), leyden_value_get_member_int (answer, "commits", 0));
  else
    leyden_cli_print (_("%s: as the backup is\n"), name);
  if (n_cut > 0)
    leyden_cli_print (_("Of the last commit, %" PRId64 " records after that position were left out\n"), n_cut);
  leyden_cli_print ("%s\n", sound ? _("Opened and checked: sound") : _("Opened and checked: NOT sound"));
  return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

static int
run_salvage (LeydenArguments *arguments)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backup_salvage (leyden_arguments_get_operand (arguments, 0), leyden_arguments_get_operand (arguments, 1), NULL,
                                                         &error);
  g_autofree char *name = NULL;
  gboolean sound;

  if (answer == NULL)
    return leyden_cli_fail (error);
  sound = leyden_value_get_member_boolean (answer, "sound", FALSE);
  if (leyden_arguments_has (arguments, "json"))
    {
      leyden_cli_print_value (answer);
      return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
    }
  name = leyden_text_path (leyden_value_get_member_string (answer, "database", "?"));
  leyden_cli_print (_("%s: %" PRId64 " runs, %" PRId64 " rollouts, %" PRId64 " records could be read; %" PRId64
                      " records behind gaps were left out\n"), name, leyden_value_get_member_int (answer, "runs", 0),
                    leyden_value_get_member_int (answer, "rollouts", 0), leyden_value_get_member_int (answer, "records", 0),
                    leyden_value_get_member_int (answer, "records_cut", 0));
  leyden_cli_print ("%s\n", sound ? _("Opened and checked: sound") : _("Opened and checked: NOT sound"));
  return sound ? LEYDEN_EXIT_OK : LEYDEN_EXIT_FAILED;
}

static int
run (LeydenArguments *arguments)
{
  const char *until = leyden_arguments_get_text (arguments, "until", NULL);
  LeydenRestoreOptions options = {
    .backup = leyden_arguments_get_operand (arguments, 0),
    .out = leyden_arguments_get_operand (arguments, 1),
    .archive = leyden_arguments_get_text (arguments, "archive", NULL),
  };
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;

  if (leyden_arguments_has (arguments, "salvage"))
    return until != NULL ? leyden_arguments_refuse (arguments, _("--salvage and --until exclude each other")) : run_salvage (arguments);
  if (!parse_until (until, &options))
    return leyden_arguments_refuse (arguments, _("--until must be a position, a time like 2026-01-31T12:00:00Z, or “latest”"));
  answer = leyden_backup_restore (&options, NULL, &error);
  return answer == NULL ? leyden_cli_fail (error) : report (arguments, answer);
}

static const LeydenOption options_table[] = {
  { "until", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "TIME|POSITION|latest", N_ ("How far to go with what was archived after it (as the backup is)") },
  { "archive", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FOLDER", N_ ("Where that lies (as the backup says)") },
  { "salvage", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("BACKUP is a damaged database: save all that can be read of it") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_restore = {
  "restore", "BACKUP OUT", 2, 2, options_table, N_ ("Make a new database of a backup, as it is or as it was at a later moment"),
  N_ ("OUT must not exist. A position is that of the last record (“leydenctl replay --json” and the events show them); a time is local "
      "unless it has a zone. What is restored is checked whole."),
  run,
};
