/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-dashboard.h"
#include "leyden-gateway.h"
#include "leyden-report.h"
#include "leyden-text.h"

/* `leydenctl report`: has the backend make a report, and lists those that there are. */

#define REPORTS "/leyden/v1/reports"

static LeydenValue *
make_request (LeydenArguments *arguments)
{
  const char *dashboard = leyden_arguments_get_operand (arguments, 0), *range = leyden_arguments_get_text (arguments, "range", NULL);
  const char *zone = leyden_arguments_get_text (arguments, "zone", NULL), *title = leyden_arguments_get_text (arguments, "title", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (dashboard != NULL)
    leyden_value_builder_set_string (&b, "dashboard", dashboard);
  if (leyden_arguments_has (arguments, "experiment"))
    leyden_value_builder_set_string (&b, "experiment", leyden_arguments_get_text (arguments, "experiment", ""));
  leyden_value_builder_set_string (&b, "format", leyden_arguments_get_text (arguments, "format", "pdf"));
  if (zone != NULL)
    leyden_value_builder_set_string (&b, "zone", zone);
  if (title != NULL)
    leyden_value_builder_set_string (&b, "title", title);
  if (range != NULL)
    {
      leyden_value_builder_key (&b, "time");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "range", range);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Where the backend put it: it is on this machine. */
static char *
find_file (LeydenOwner *owner,
           LeydenValue *row,
           GError     **error)
{
  g_autoptr(LeydenValue) list = leyden_owner_get (owner, REPORTS, error);
  const char *folder = leyden_value_get_member_string (list, "folder", NULL), *file = leyden_value_get_member_string (row, "file", NULL);
  g_autofree char *name = file != NULL ? g_path_get_basename (file) : NULL;

  return folder != NULL && name != NULL ? g_build_filename (folder, name, NULL) : NULL;
}

static int
make (LeydenArguments *arguments,
      LeydenOwner     *owner)
{
  const char *output = leyden_arguments_get_text (arguments, "output", NULL);
  g_autoptr(LeydenValue) request = make_request (arguments);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) row = leyden_owner_send (owner, "POST", REPORTS, request, &error);
  g_autofree char *path = row != NULL ? find_file (owner, row, &error) : NULL;
  g_autofree char *name = NULL;

  if (path == NULL)
    return error != NULL ? leyden_cli_fail (error) : LEYDEN_EXIT_NETWORK;
  if (output != NULL)
    {
      g_autoptr(GFile) from = g_file_new_for_path (path);
      g_autoptr(GFile) to = g_file_new_for_commandline_arg (output);

      if (!g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error))
        {
          leyden_cli_fail (error);
          return LEYDEN_EXIT_FILE;
        }
    }
  name = leyden_text_path (output != NULL ? output : path);
  if (leyden_arguments_has (arguments, "json"))
    leyden_cli_print_value (row);
  else
    leyden_cli_print ("%s\n", name);
  return LEYDEN_EXIT_OK;
}

static int
list (LeydenArguments *arguments,
      LeydenOwner     *owner)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_owner_get (owner, REPORTS, &error);
  LeydenValue *rows = leyden_value_get_member (answer, "reports");

  if (answer == NULL)
    return leyden_cli_fail (error);
  if (leyden_arguments_has (arguments, "json"))
    {
      leyden_cli_print_value (answer);
      return LEYDEN_EXIT_OK;
    }
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    {
      LeydenValue *row = leyden_value_get_item (rows, i);
      g_autofree char *title = leyden_text_escape (leyden_value_get_member_string (row, "title", ""), -1, 60);
      g_autofree char *file = leyden_text_escape (leyden_value_get_member_string (row, "file", ""), -1, 100);
      g_autofree char *size = g_format_size ((guint64) MAX (0, leyden_value_get_member_int (row, "size", 0)));

      leyden_cli_print ("%s  %s  %s\n", file, size, title);
    }
  return LEYDEN_EXIT_OK;
}

/* What the backend would refuse in the words of its JSON. LEYDEN_EXIT_OK, else what the command ends with. */
static int
check (LeydenArguments *arguments)
{
  const char *range = leyden_arguments_get_text (arguments, "range", NULL);
  const char *zone = leyden_arguments_get_text (arguments, "zone", NULL);
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);
  LeydenReportFormat format;

  if (leyden_arguments_get_n_operands (arguments) > 0 && leyden_arguments_has (arguments, "experiment"))
    return leyden_arguments_refuse (arguments, _("name a dashboard or an experiment, not both"));
  if (range != NULL && !leyden_dashboard_is_range (range))
    return leyden_arguments_refuse (arguments, _("--range must be a number and m, h, d or w (for example 24h or 7d), or today, yesterday, week, month, year or all"));
  if (found == NULL)
    return leyden_arguments_refuse (arguments, _("--zone: there is no time zone of that name; one is called, for example, Europe/Berlin"));
  if (!leyden_report_format_from_name (leyden_arguments_get_text (arguments, "format", "pdf"), &format))
    return leyden_arguments_refuse (arguments, _("--format must be pdf or html"));
  return LEYDEN_EXIT_OK;
}

static int
run (LeydenArguments *arguments)
{
  const char *given = leyden_arguments_get_text (arguments, "database", NULL);
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (given == NULL ? fallback : given, NULL);
  g_autoptr(LeydenOwner) owner = NULL;
  int status = check (arguments);

  if (status != LEYDEN_EXIT_OK)
    return status;
  owner = leyden_owner_find (path);
  if (owner == NULL)
    {
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s: no backend serves this database; start one with “leydenctl serve --database”"), name);
      return LEYDEN_EXIT_NETWORK;
    }
  if (leyden_arguments_get_n_operands (arguments) == 0 && !leyden_arguments_has (arguments, "experiment"))
    return list (arguments, owner);
  return make (arguments, owner);
}

static const LeydenOption options[] = {
  { "experiment", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "ID", N_ ("Of an experiment instead of a dashboard") },
  { "format", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "FORMAT", N_ ("pdf (without it) or html") },
  { "output", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("A copy of it there; the backend keeps its own") },
  { "range", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "RANGE", N_ ("24h, 7d, week, month … instead of the dashboard's time") },
  { "zone", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "ZONE", N_ ("Time zone, such as Europe/Berlin") },
  { "title", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "TEXT", N_ ("Title instead of the dashboard's") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own) whose backend makes it") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_report = {
  "report", "[DASHBOARD]", 0, 1, options, N_ ("Make a report of a dashboard or an experiment, or list reports"),
  N_ ("The backend of the database makes it and keeps it beside the database; ready dashboards are called ready-training, ready-operations, "
      "ready-cost, ready-quality and ready-machine. Prints where it is. Without a dashboard and an experiment it lists what there is."),
  run,
};
