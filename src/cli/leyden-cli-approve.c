/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-permission.h"
#include "leyden-text.h"

#define MAX_FLOW (64 * 1024 * 1024)
/* What is approved is shown to its end: behind a cut anything could stand. */
#define WHOLE G_MAXUINT

typedef struct
{
  LeydenArguments *arguments;
  LeydenApprovals *approvals;
  gboolean         json;
} Job;

/* ---- Showing ---- */

static void
print_row (const char *name,
           const char *text)
{
  g_autofree char *shown = leyden_text_escape (text, -1, WHOLE);

  leyden_cli_print ("  %-12s %s\n", name, shown);
}

/* Whole and line by line: who approves a script must be able to read it. */
static void
print_script (const char *script)
{
  g_auto(GStrv) lines = g_strsplit (script, "\n", -1);
  guint n = g_strv_length (lines);

  if (n > 0 && *lines[n - 1] == '\0')
    n--;
  leyden_cli_print ("  %s\n", _("Script"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *shown = leyden_text_escape (lines[i], -1, WHOLE);

      leyden_cli_print ("    | %s\n", shown);
    }
}

static void
print_command (LeydenValue *what)
{
  LeydenValue *arguments = leyden_value_get_member (what, "arguments");
  LeydenValue *environment = leyden_value_get_member (what, "environment");
  const char *script = leyden_value_get_member_string (what, "script", NULL);

  print_row (_("Program"), leyden_value_get_member_string (what, "program", ""));
  for (guint i = 0; i < leyden_value_get_size (arguments); i++)
    print_row (i == 0 ? _("Arguments") : "", leyden_value_get_string (leyden_value_get_item (arguments, i), NULL));
  for (guint i = 0; i < leyden_value_get_size (environment); i++)
    print_row (i == 0 ? _("Environment") : "", leyden_value_get_string (leyden_value_get_item (environment, i), NULL));
  print_row (_("Network"), leyden_value_get_member_boolean (what, "network", FALSE) ? _("yes") : _("no"));
  if (script != NULL)
    print_script (script);
}

static void
print_what (const char  *title,
            LeydenValue *what,
            const char  *hash)
{
  g_autofree char *shown = leyden_text_display (title != NULL ? title : "", -1, 80, FALSE);

  leyden_cli_print ("%s (%s)\n", shown, leyden_value_get_member_string (what, "kind", ""));
  if (leyden_value_get_member_string (what, "address", NULL) != NULL)
    print_row (_("Address"), leyden_value_get_member_string (what, "address", ""));
  else
    print_command (what);
  print_row (_("Hash"), hash);
}

static void
print_sandbox (void)
{
  const char *reason = NULL;
  const char *name = leyden_sandbox_to_string (leyden_sandbox_find (&reason));
  g_autofree char *text = name == NULL ? g_strdup_printf (_("none: %s"), reason) : NULL;

  print_row (_("Sandbox"), name != NULL ? name : text);
}

/* ---- Flows ---- */

static GPtrArray *
load_permissions (Job *job,
                  int *status)
{
  const char *path = leyden_arguments_get_operand (job->arguments, 0);
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GError) error = NULL;

  bytes = leyden_cli_read_file (path, MAX_FLOW, &error);
  if (bytes != NULL)
    flow = leyden_flow_parse (bytes, name, &error);
  if (flow != NULL)
    return leyden_permissions_of_flow (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  *status = leyden_cli_fail (error);
  return NULL;
}

static int
list_flow (Job       *job,
           GPtrArray *permissions)
{
  for (guint i = 0; i < permissions->len; i++)
    {
      LeydenPermission *permission = g_ptr_array_index (permissions, i);
      gboolean approved = leyden_approvals_has (job->approvals, permission->hash);

      if (job->json)
        {
          g_autoptr(LeydenValue) value = leyden_permission_to_value (permission, job->approvals);

          leyden_cli_print_value (value);
          continue;
        }
      print_what (permission->title, permission->what, permission->hash);
      if (permission->program != NULL)
        print_sandbox ();
      print_row (_("Approved"), approved ? _("yes") : _("no"));
    }
  if (permissions->len == 0 && !job->json)
    leyden_cli_say (_("this flow runs no program of this machine and names no private address"));
  return LEYDEN_EXIT_OK;
}

/* Only a terminal can be asked; without one the command itself is the answer. */
static gboolean
ask (Job *job)
{
  char answer[16];

  if (leyden_arguments_has (job->arguments, "yes") || !isatty (STDIN_FILENO) || !isatty (STDERR_FILENO))
    return TRUE;
  leyden_cli_flush ();
  fputs (_("Approve this on this machine? [y/N] "), stderr);
  if (fgets (answer, sizeof answer, stdin) == NULL)
    return FALSE;
  return *answer == 'y' || *answer == 'Y';
}

static int
approve_flow (Job       *job,
              GPtrArray *permissions)
{
  gboolean unsandboxed = leyden_arguments_has (job->arguments, "allow-unsandboxed");
  guint n_left = 0;

  for (guint i = 0; i < permissions->len; i++)
    {
      LeydenPermission *permission = g_ptr_array_index (permissions, i);
      g_autoptr(GError) error = NULL;

      if (!job->json)
        print_what (permission->title, permission->what, permission->hash);
      if (!job->json && permission->program != NULL)
        print_sandbox ();
      if (!ask (job))
        n_left++;
      else if (!leyden_approvals_grant (job->approvals, permission->what, permission->title, unsandboxed, &error))
        return leyden_cli_fail (error);
      else if (!job->json)
        print_row (_("Approved"), _("yes"));
      if (job->json)
        {
          g_autoptr(LeydenValue) value = leyden_permission_to_value (permission, job->approvals);

          leyden_cli_print_value (value);
        }
    }
  if (permissions->len == 0)
    leyden_cli_say (_("this flow runs no program of this machine and names no private address"));
  return n_left > 0 ? LEYDEN_EXIT_POLICY : LEYDEN_EXIT_OK;
}

static int
take_back (Job        *job,
           const char *hash,
           guint      *n)
{
  g_autoptr(GError) error = NULL;

  if (leyden_approvals_revoke (job->approvals, hash, n, &error))
    return LEYDEN_EXIT_OK;
  return leyden_cli_fail (error);
}

static int
revoke_flow (Job       *job,
             GPtrArray *permissions)
{
  guint n_all = 0;

  for (guint i = 0; i < permissions->len; i++)
    {
      guint n = 0;
      int status = take_back (job, ((LeydenPermission *) g_ptr_array_index (permissions, i))->hash, &n);

      if (status != LEYDEN_EXIT_OK)
        return status;
      n_all += n;
    }
  leyden_cli_say (ngettext ("%u approval was taken back", "%u approvals were taken back", n_all), n_all);
  return LEYDEN_EXIT_OK;
}

/* ---- The machine ---- */

static int
list_machine (Job *job)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) list = leyden_approvals_list (job->approvals, &error);

  if (list == NULL)
    return leyden_cli_fail (error);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);

      if (job->json)
        {
          leyden_cli_print_value (entry);
          continue;
        }
      print_what (leyden_value_get_member_string (entry, "title", ""), leyden_value_get_member (entry, "what"),
                  leyden_value_get_member_string (entry, "hash", ""));
      if (leyden_value_get_member_boolean (entry, "unsandboxed", FALSE))
        print_row (_("Sandbox"), _("also without one"));
    }
  if (leyden_value_get_size (list) == 0 && !job->json)
    leyden_cli_say (_("nothing is approved on this machine"));
  return LEYDEN_EXIT_OK;
}

static int
revoke_hash (Job        *job,
             const char *hash)
{
  guint n = 0;
  int status = take_back (job, hash, &n);

  if (status != LEYDEN_EXIT_OK)
    return status;
  if (n == 0)
    {
      leyden_cli_say (_("no approval has the hash %s"), hash);
      return LEYDEN_EXIT_FAILED;
    }
  leyden_cli_say (ngettext ("%u approval was taken back", "%u approvals were taken back", n), n);
  return LEYDEN_EXIT_OK;
}

static int
approve_address (Job        *job,
                 const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GNetworkAddress) address = NULL;
  g_autoptr(LeydenValue) what = NULL;
  guint16 port = 0;

  if (strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") == strlen (text))
    address = G_NETWORK_ADDRESS (g_network_address_parse (text, 0, NULL));
  port = address != NULL ? g_network_address_get_port (address) : 0;
  if (port == 0)
    return leyden_arguments_refuse (job->arguments, _("--address must be HOST:PORT, for example 127.0.0.1:8080"));
  what = leyden_approvals_describe_address (g_network_address_get_hostname (address), port);
  if (!leyden_approvals_grant (job->approvals, what, text, FALSE, &error))
    return leyden_cli_fail (error);
  if (!job->json)
    print_row (_("Approved"), leyden_value_get_member_string (what, "address", ""));
  return LEYDEN_EXIT_OK;
}

static gboolean
is_hash (const char *text)
{
  return strlen (text) >= 8 && strspn (text, "0123456789abcdef") == strlen (text) && !g_file_test (text, G_FILE_TEST_EXISTS);
}

static int
run_job (Job *job)
{
  const char *operand = leyden_arguments_get_operand (job->arguments, 0);
  const char *address = leyden_arguments_get_text (job->arguments, "address", NULL);
  gboolean wants_list = leyden_arguments_has (job->arguments, "list");
  gboolean wants_revoke = leyden_arguments_has (job->arguments, "revoke");
  g_autoptr(GPtrArray) permissions = NULL;
  int status = LEYDEN_EXIT_OK;

  if (wants_list && wants_revoke)
    return leyden_arguments_refuse (job->arguments, _("--list and --revoke exclude each other"));
  if (address != NULL)
    return operand == NULL && !wants_list && !wants_revoke
             ? approve_address (job, address) : leyden_arguments_refuse (job->arguments, _("--address stands alone"));
  if (operand == NULL)
    return wants_list ? list_machine (job) : leyden_arguments_refuse (job->arguments, _("a flow is missing"));
  if (wants_revoke && is_hash (operand))
    return revoke_hash (job, operand);
  permissions = load_permissions (job, &status);
  if (permissions == NULL)
    return status;
  if (wants_list)
    return list_flow (job, permissions);
  return wants_revoke ? revoke_flow (job, permissions) : approve_flow (job, permissions);
}

static int
run (LeydenArguments *arguments)
{
  g_autoptr(LeydenApprovals) approvals = leyden_approvals_new (NULL);
  Job job = { arguments, approvals, leyden_arguments_has (arguments, "json") };

  return run_job (&job);
}

static const LeydenOption options[] = {
  { "list", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Only show: what the flow asks for, or without a flow what is approved") },
  { "revoke", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Take back what the flow asks for, or the approval with this hash") },
  { "address", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "HOST:PORT", N_ ("Let flows reach this private address") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Also where there is no sandbox") },
  { "yes", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Do not ask on a terminal") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON for each") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_approve = {
  "approve", "[FLOW|HASH]", 0, 1, options, N_ ("Let the commands of a flow run on this machine, or take that back"),
  N_ ("Shows every command of the flow with its program, arguments and script, and every private address that it names, and approves them. An "
      "approval is for exactly this: a changed script, argument or program needs a new one. They are kept in $XDG_STATE_HOME/leyden/approved.json."),
  run,
};
