/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of a backend: made, shown, rotated and taken back, through the backend that owns the database, or in the database itself. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "leyden-gateway.h"
#include "leyden-id.h"
#include "leyden-key.h"
#include "leyden-run-job.h"
#include "leyden-store-audit.h"
#include "leyden-text.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define DAY_S 86400
#define MAX_S (G_GINT64_CONSTANT (86400) * 366 * 100)

/* Where the keys are. One of the two is set. */
typedef struct
{
  LeydenArguments   *arguments;
  LeydenOwner       *owner;
  LeydenSqliteStore *store;
  int                output;            /* file descriptor of --output; -1: none */
  gboolean           written;           /* the key is in it */
} Job;

/* A file that got no key is taken away again. */
static void
job_clear (Job *job)
{
  if (job->output >= 0)
    close (job->output);
  if (job->output >= 0 && !job->written)
    g_unlink (leyden_arguments_get_text (job->arguments, "output", NULL));
  if (job->store != NULL)
    leyden_sqlite_store_close (job->store);
  g_clear_object (&job->store);
  g_clear_pointer (&job->owner, leyden_owner_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
job_open (Job *job,
          int *status)
{
  const char *given = leyden_arguments_get_text (job->arguments, "database", NULL);
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (given == NULL ? fallback : given, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s: there is no such database; --database names the backend's"), name);
      *status = LEYDEN_EXIT_FILE;
      return FALSE;
    }
  job->owner = leyden_owner_find (path);
  if (job->owner == NULL)
    job->store = leyden_cli_open_store (path, LEYDEN_STORE_OPEN_DEFAULT, status);
  return job->owner != NULL || job->store != NULL;
}

static void
spin (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- In the database itself ---- */

static LeydenValue *
load_documents (Job     *job,
                GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_documents_async (LEYDEN_STORE (job->store), LEYDEN_KEY_KIND, NULL, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_store_list_documents_finish (LEYDEN_STORE (job->store), result, error);
}

/* The same line that the backend would write, before the deed. */
static gboolean
audit (Job         *job,
       const char  *action,
       const char  *name,
       GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) line = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "time", leyden_time_now_ns ());
  leyden_value_builder_set_string (&b, "actor", "leydenctl");
  leyden_value_builder_set_string (&b, "action", action);
  leyden_value_builder_set_string (&b, "object", name);
  leyden_value_builder_end (&b);
  line = leyden_value_builder_end_value (&b);
  leyden_sqlite_store_add_audit_async (job->store, line, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_sqlite_store_add_audit_finish (job->store, result, error);
}

static gboolean
put (Job          *job,
     const char   *action,
     const char   *name,
     LeydenKey    *key,
     GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) value = key != NULL ? leyden_key_to_value (key) : NULL;

  if (!audit (job, action, name, error))
    return FALSE;
  leyden_store_put_document_async (LEYDEN_STORE (job->store), LEYDEN_KEY_KIND, name, value, leyden_cli_result_cb, &result);
  spin (&result);
  return leyden_store_put_document_finish (LEYDEN_STORE (job->store), result, error);
}

static LeydenValue *
describe_with (LeydenKey  *key,
               const char *text)
{
  g_autoptr(LeydenValue) shown = leyden_key_describe (key, 0, leyden_time_now_ns ());
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", text);
  for (guint i = 0; i < leyden_value_get_size (shown); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (shown, i), leyden_value_get_item (shown, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenKey *
find (Job         *job,
      const char  *name,
      GError     **error)
{
  g_autoptr(LeydenValue) documents = load_documents (job, error);
  LeydenValue *value = leyden_value_get_member (documents, name);
  g_autofree char *shown = leyden_text_escape (name, -1, 80);

  if (value != NULL)
    return leyden_key_from_value (name, value, error);
  if (documents != NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no key “%s”"), shown);
  return NULL;
}

static LeydenValue *
make_here (Job          *job,
           LeydenValue  *request,
           GError      **error)
{
  gint64 now_ns = leyden_time_now_ns ();
  g_autoptr(LeydenKey) key = leyden_key_from_request (request, "leydenctl", now_ns, error);
  g_autoptr(LeydenValue) documents = key != NULL ? load_documents (job, error) : NULL;
  g_autofree char *text = NULL;

  if (documents == NULL)
    return NULL;
  if (leyden_value_get_member (documents, key->name) != NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("There is a key “%s”; rotate it, or revoke it first"), key->name);
      return NULL;
    }
  text = leyden_key_rotate (key, 0, now_ns);
  return put (job, "key.made", key->name, key, error) ? describe_with (key, text) : NULL;
}

static LeydenValue *
rotate_here (Job         *job,
             const char  *name,
             gint64       overlap_s,
             GError     **error)
{
  g_autoptr(LeydenKey) key = find (job, name, error);
  g_autofree char *text = NULL;

  if (key == NULL)
    return NULL;
  text = leyden_key_rotate (key, overlap_s, leyden_time_now_ns ());
  return put (job, "key.rotated", name, key, error) ? describe_with (key, text) : NULL;
}

static LeydenValue *
list_here (Job     *job,
           GError **error)
{
  g_autoptr(LeydenValue) documents = load_documents (job, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (documents == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      g_autoptr(GError) local_error = NULL;
      g_autoptr(LeydenKey) key = leyden_key_from_value (leyden_value_get_key (documents, i), leyden_value_get_item (documents, i), &local_error);

      if (key != NULL)
        leyden_value_builder_take (&b, leyden_key_describe (key, 0, leyden_time_now_ns ()));
      else
        leyden_cli_say ("%s: %s", leyden_value_get_key (documents, i), local_error->message);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- What is asked for ---- */

/* "3600", "90m", "12h", "30d": seconds. FALSE after a refusal; absent: @out stays. */
static gboolean
read_duration (LeydenArguments *arguments,
               const char      *name,
               gint64           minimum,
               gint64          *out,
               int             *status)
{
  const char *text = leyden_arguments_get_text (arguments, name, NULL);
  g_autofree char *digits = g_strdup (text);
  gsize length = text != NULL ? strlen (text) : 0;
  gint64 factor = 1, number;

  if (text == NULL)
    return TRUE;
  if (length > 1 && strchr ("smhd", text[length - 1]) != NULL)
    {
      factor = text[length - 1] == 'd' ? DAY_S : text[length - 1] == 'h' ? 3600 : text[length - 1] == 'm' ? 60 : 1;
      digits[length - 1] = '\0';
    }
  if (g_ascii_string_to_signed (digits, 10, 0, MAX_S / factor, &number, NULL) && number * factor >= minimum)
    {
      *out = number * factor;
      return TRUE;
    }
  *status = leyden_arguments_refuse (arguments, _("--%s must be a time like 3600, 90m, 12h or 30d"), name);
  return FALSE;
}

static gboolean
add_rate (LeydenArguments    *arguments,
          LeydenValueBuilder *b,
          int                *status)
{
  const char *text = leyden_arguments_get_text (arguments, "rate-limit", NULL);
  g_auto(GStrv) parts = text != NULL ? g_strsplit (text, "/", 3) : NULL;
  guint64 requests, seconds;

  if (text == NULL)
    return TRUE;
  if (g_strv_length (parts) != 2 || !g_ascii_string_to_unsigned (parts[0], 10, 1, 1000000000, &requests, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 1, DAY_S, &seconds, NULL))
    {
      *status = leyden_arguments_refuse (arguments, _("--rate-limit must be REQUESTS/SECONDS, for example 600/60"));
      return FALSE;
    }
  leyden_value_builder_key (b, "rate_limit");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "requests", (gint64) requests);
  leyden_value_builder_set_int (b, "seconds", (gint64) seconds);
  leyden_value_builder_end (b);
  return TRUE;
}

static LeydenValue *
make_request (LeydenArguments *arguments,
              const char      *name,
              int             *status)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *role = leyden_arguments_get_text (arguments, "role", NULL);
  gint64 expires_s = 0;

  if (leyden_gateway_role_from_string (role) == LEYDEN_ROLE_DEFAULT)
    {
      *status = leyden_arguments_refuse (arguments, _("--role must be viewer, author, operator or admin"));
      return NULL;
    }
  if (!read_duration (arguments, "expires", 1, &expires_s, status))
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_set_string (&b, "role", role);
  if (expires_s > 0)
    leyden_value_builder_set_int (&b, "expires_s", expires_s);
  if (!add_rate (arguments, &b, status))
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Showing ---- */

static char *
format_time (gint64 ns)
{
  g_autoptr(GDateTime) time = ns > 0 ? g_date_time_new_from_unix_local (ns / NS_PER_S) : NULL;

  return time == NULL ? g_strdup ("–") : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

static void
print_key (LeydenValue *key)
{
  g_autofree char *created = format_time (leyden_value_get_member_int (key, "created", 0));
  g_autofree char *expires = format_time (leyden_value_get_member_int (key, "expires", 0));
  g_autofree char *used = format_time (leyden_value_get_member_int (key, "last_used", 0));
  guint n = leyden_value_get_size (leyden_value_get_member (key, "secrets"));

  leyden_cli_print ("%-24s %-9s %-8s  %-19s  %-19s  %-19s  %s\n", leyden_value_get_member_string (key, "name", ""),
                    leyden_value_get_member_string (key, "role", ""),
                    strcmp (leyden_value_get_member_string (key, "state", ""), "good") == 0 ? _("good") : _("expired"), created, expires, used,
                    n > 1 ? _("rotated: the one before is still good") : "");
}

static int
print_list (Job         *job,
            LeydenValue *list)
{
  gboolean json = leyden_arguments_has (job->arguments, "json");

  if (!json && leyden_value_get_size (list) > 0)
    leyden_cli_print ("%-24s %-9s %-8s  %-19s  %-19s  %-19s\n", _("NAME"), _("ROLE"), _("STATE"), _("MADE"), _("EXPIRES"), _("LAST USED"));
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (json)
      leyden_cli_print_value (leyden_value_get_item (list, i));
    else
      print_key (leyden_value_get_item (list, i));
  if (!json && leyden_value_get_size (list) == 0)
    leyden_cli_say (_("there are no named keys; the backend’s own key is always there"));
  return LEYDEN_EXIT_OK;
}

/* Before the key is made: one that can be written nowhere would be lost. A file that nobody else may read. */
static gboolean
open_output (Job *job,
             int *status)
{
  const char *path = leyden_arguments_get_text (job->arguments, "output", NULL);
  g_autofree char *name = path != NULL ? leyden_text_path (path) : NULL;

  if (path == NULL || leyden_arguments_has (job->arguments, "json"))
    return TRUE;
  job->output = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (job->output >= 0)
    return TRUE;
  leyden_cli_say (_("%s cannot be written: %s"), name, g_strerror (errno));
  *status = LEYDEN_EXIT_FILE;
  return FALSE;
}

/* All of it, on the disk. */
static gboolean
write_output (int         fd,
              const char *text)
{
  gsize length = strlen (text);

  for (gsize done = 0; done < length;)
    {
      gssize n = write (fd, text + done, length - done);

      if (n < 0 && errno != EINTR)
        return FALSE;
      done += (gsize) MAX (n, 0);
    }
  return fsync (fd) == 0;
}

/* The key goes to the file, or alone to standard output. */
static int
hand_out (Job         *job,
          LeydenValue *made)
{
  const char *path = leyden_arguments_get_text (job->arguments, "output", NULL);
  const char *key = leyden_value_get_member_string (made, "key", "");
  g_autofree char *line = g_strconcat (key, "\n", NULL);

  if (leyden_arguments_has (job->arguments, "json"))
    {
      leyden_cli_print_value (made);
      return LEYDEN_EXIT_OK;
    }
  if (path == NULL)
    {
      leyden_cli_say (_("this is shown once; the backend keeps only what it needs to know it again"));
      leyden_cli_print ("%s\n", key);
      return LEYDEN_EXIT_OK;
    }
  job->written = write_output (job->output, line);
  if (!job->written)
    {
      int problem = errno;
      g_autofree char *name = leyden_text_path (path);

      leyden_cli_say (_("%s cannot be written: %s. The key was made: rotate or revoke it"), name, g_strerror (problem));
      return LEYDEN_EXIT_FILE;
    }
  return LEYDEN_EXIT_OK;
}

/* ---- The command ---- */

static int
do_list (Job *job)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  LeydenValue *list;

  answer = job->owner != NULL ? leyden_owner_get (job->owner, "/leyden/v1/keys", &error) : list_here (job, &error);
  list = job->owner != NULL ? leyden_value_get_member (answer, "keys") : answer;
  return answer != NULL ? print_list (job, list) : leyden_cli_fail (error);
}

static int
do_make (Job        *job,
         const char *name)
{
  int status = LEYDEN_EXIT_OK;
  g_autoptr(LeydenValue) request = make_request (job->arguments, name, &status);
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(GError) error = NULL;

  if (request == NULL || !job_open (job, &status) || !open_output (job, &status))
    return status;
  made = job->owner != NULL ? leyden_owner_send (job->owner, "POST", "/leyden/v1/keys", request, &error) : make_here (job, request, &error);
  return made != NULL ? hand_out (job, made) : leyden_cli_fail (error);
}

static int
do_rotate (Job        *job,
           const char *name)
{
  g_autofree char *id = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/keys/%s/rotate", id);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) request = NULL;
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(GError) error = NULL;
  int status = LEYDEN_EXIT_OK;
  gint64 overlap_s = DAY_S;

  if (!read_duration (job->arguments, "overlap", 0, &overlap_s, &status) || !job_open (job, &status) || !open_output (job, &status))
    return status;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "overlap_s", overlap_s);
  leyden_value_builder_end (&b);
  request = leyden_value_builder_end_value (&b);
  made = job->owner != NULL ? leyden_owner_send (job->owner, "POST", path, request, &error) : rotate_here (job, name, overlap_s, &error);
  return made != NULL ? hand_out (job, made) : leyden_cli_fail (error);
}

static int
do_revoke (Job        *job,
           const char *name)
{
  g_autofree char *id = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/keys/%s", id);
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenKey) key = NULL;
  g_autoptr(GError) error = NULL;
  int status = LEYDEN_EXIT_OK;
  gboolean ok;

  if (!job_open (job, &status))
    return status;
  if (job->owner != NULL)
    ok = (answer = leyden_owner_send (job->owner, "DELETE", path, NULL, &error)) != NULL;
  else
    ok = (key = find (job, name, &error)) != NULL && put (job, "key.revoked", name, NULL, &error);
  if (!ok)
    return leyden_cli_fail (error);
  leyden_cli_say (_("the key is good no longer"));
  return LEYDEN_EXIT_OK;
}

static int
run (LeydenArguments *arguments)
{
  g_auto(Job) job = { arguments, NULL, NULL, -1, FALSE };
  const char *what = leyden_arguments_get_operand (arguments, 0);
  const char *name = leyden_arguments_get_operand (arguments, 1);
  int status = LEYDEN_EXIT_OK;

  if (strcmp (what, "list") == 0 && name == NULL)
    return job_open (&job, &status) ? do_list (&job) : status;
  if (strcmp (what, "make") == 0 && name != NULL)
    return do_make (&job, name);
  if (strcmp (what, "rotate") == 0 && name != NULL)
    return do_rotate (&job, name);
  if (strcmp (what, "revoke") == 0 && name != NULL)
    return do_revoke (&job, name);
  return leyden_arguments_refuse (arguments, _("say “list”, “make NAME”, “rotate NAME” or “revoke NAME”"));
}

static const LeydenOption options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database of the backend (the user's own)") },
  { "role", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "ROLE", N_ ("What a new key may: viewer, author, operator or admin") },
  { "expires", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "TIME", N_ ("How long a new key is good: 3600, 90m, 12h, 30d (for ever)") },
  { "rate-limit", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "REQUESTS/SECONDS", N_ ("What a new key may ask for in so long (as the server's)") },
  { "overlap", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "TIME", N_ ("How long the key before a rotation stays good (1d)") },
  { "output", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Write the key to a new file of mode 0600, as --key-file takes it") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON for each key") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_keys = {
  "keys", "list|make NAME|rotate NAME|revoke NAME", 1, 2, options, N_ ("Make, show and take back keys of the backend"),
  N_ ("A key has a role: a viewer reads, an author runs and trains, an operator sets up endpoints and the proxy, an admin makes keys and reads "
      "the audit log. A running backend is asked and knows at once; else the database is changed itself. A key is shown once."),
  run,
};
