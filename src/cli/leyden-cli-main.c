/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-http-server.h"
#include "leyden-locale.h"
#include "leyden-text.h"

static const LeydenCommand * const commands[] = {
  &leyden_command_run_flow, &leyden_command_train, &leyden_command_evaluate, &leyden_command_validate, &leyden_command_layout, &leyden_command_serve, &leyden_command_worker, &leyden_command_replay, &leyden_command_runs, &leyden_command_export, &leyden_command_import,
  &leyden_command_backup, &leyden_command_restore, &leyden_command_keys, &leyden_command_audit, &leyden_command_approve, &leyden_command_cache, &leyden_command_report, &leyden_command_doctor, &leyden_command_bench,
};

/* A database opened on a missing descriptor 2 would take our messages. Standard output that was closed stays unwritable, so that
 * a result that goes nowhere is a failure. */
static void
guard_descriptors (void)
{
  static const int modes[] = { O_RDONLY, O_RDONLY, O_WRONLY };

  for (int fd = 0; fd <= 2; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
      {
        int opened = open ("/dev/null", modes[fd]);

        if (opened >= 0 && opened != fd)
          {
            dup2 (opened, fd);
            close (opened);
          }
      }
}

static void
write_help (GString *out)
{
  g_string_append (out, _("Usage: leydenctl COMMAND [OPTIONS] …\n\nLeyden without its window.\n\nCommands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (out, "  %-10s %s\n", commands[i]->name, _(commands[i]->help));
  g_string_append (out, _("\n“leydenctl COMMAND --help” says more about one, “leydenctl --version” names versions.\n"
                          "Exit status: 0 done, 1 invalid input or failed work, 2 wrong usage, 3 file or disk, 4 network or backend, "
                          "5 refused by policy.\n"));
}

static void
print_version (void)
{
  leyden_cli_print ("leydenctl %s\nlibmicrohttpd %s\nSQLite %s\nGLib %u.%u.%u\n", PACKAGE_VERSION, leyden_http_server_get_library (),
                    leyden_sqlite_store_get_library (), glib_major_version, glib_minor_version, glib_micro_version);
}

static int
refuse_usage (const char *format,
              const char *text)
{
  g_autofree char *shown = text == NULL ? NULL : leyden_text_escape (text, -1, 80);
  g_autofree char *message = text == NULL ? g_strdup (format) : g_strdup_printf ("%s: %s", format, shown);

  leyden_cli_say ("%s", message);
  fprintf (stderr, "%s\n", _("Usage: leydenctl COMMAND [OPTIONS] …   (“leydenctl --help” lists the commands)"));
  return LEYDEN_EXIT_USAGE;
}

static int
dispatch (int    argc,
          char **argv)
{
  if (argc < 2)
    return refuse_usage (_("a command is missing"), NULL);
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    {
      g_autoptr(GString) help = g_string_new (NULL);

      write_help (help);
      leyden_cli_print ("%s", help->str);
      return LEYDEN_EXIT_OK;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      print_version ();
      return LEYDEN_EXIT_OK;
    }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i]->name) == 0)
      return leyden_command_run (commands[i], argc - 2, argv + 2);
  return refuse_usage (argv[1][0] == '-' ? _("unknown option") : _("unknown command"), argv[1]);
}

int
leyden_cli_main (int    argc,
                 char **argv)
{
  guard_descriptors ();
  /* Whatever we write is ours alone, and a reader that leaves is an error of write(), not our end. */
  umask (077);
  signal (SIGPIPE, SIG_IGN);
  leyden_locale_init ();
  /* Figures look the same everywhere. */
  setlocale (LC_NUMERIC, "C");
  g_set_prgname ("leydenctl");
  return leyden_cli_finish (dispatch (argc, argv));
}
