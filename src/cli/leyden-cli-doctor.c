/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-doctor.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>

#include "leyden-gateway.h"
#include "leyden-http-server.h"
#include "leyden-json.h"
#include "leyden-models.h"
#include "leyden-rendezvous.h"
#include "leyden-sandbox.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

void
leyden_doctor_report (LeydenDoctor *self,
                      const char   *key,
                      const char   *title,
                      gboolean      well,
                      const char   *text)
{
  g_autofree char *shown = leyden_text_escape (text, -1, 500);
  glong width = g_utf8_strlen (title, -1);

  self->ill = self->ill || !well;
  if (!self->json)
    {
      leyden_cli_print ("%s %s%*s%s\n", well ? "✓" : "✗", title, (int)MAX (18 - width, 1), "", shown);
      return;
    }
  leyden_value_builder_key (&self->b, key);
  leyden_value_builder_begin_object (&self->b);
  leyden_value_builder_set_boolean (&self->b, "ok", well);
  leyden_value_builder_set_string (&self->b, "text", text);
  leyden_value_builder_end (&self->b);
}

static void
check_versions (LeydenDoctor *self)
{
  g_autofree char *text = g_strdup_printf ("leydenctl %s, libmicrohttpd %s, SQLite %s, GLib %u.%u.%u", PACKAGE_VERSION,
                                           leyden_http_server_get_library (), leyden_sqlite_store_get_library (), glib_major_version,
                                           glib_minor_version, glib_micro_version);

  leyden_doctor_report (self, "versions", _("Versions"), TRUE, text);
}

static void
check_rendezvous (LeydenDoctor *self)
{
  g_autofree char *folder = leyden_rendezvous_folder ();
  g_autofree char *path = leyden_rendezvous_path (folder, NULL);
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(LeydenRendezvous) there = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  there = leyden_rendezvous_read (path, &error);
  if (error != NULL)
    leyden_doctor_report (self, "rendezvous", _("Rendezvous file"), FALSE, error->message);
  else if (there == NULL)
    {
      text = g_strdup_printf (_("no backend runs (%s is not there)"), name);
      leyden_doctor_report (self, "rendezvous", _("Rendezvous file"), TRUE, text);
    }
  else if (!leyden_rendezvous_is_alive (there))
    {
      text = g_strdup_printf (_("%s names process %" PRId64 ", which is gone; the next start replaces it"), name, there->pid);
      leyden_doctor_report (self, "rendezvous", _("Rendezvous file"), TRUE, text);
    }
  else
    {
      text = g_strdup_printf (_("process %" PRId64 " at %s port %u, version %s, database %s"), there->pid, there->address,
                              there->port, there->version, there->database);
      leyden_doctor_report (self, "rendezvous", _("Rendezvous file"), TRUE, text);
    }
}

static char *
describe_inspection (LeydenValue *found)
{
  GString *text = g_string_new (NULL);
  LeydenValue *problems = leyden_value_get_member (found, "problems");

  g_string_append_printf (text, _("%" PRId64 " records, %" PRId64 " blobs, %.1f MiB"),
                          leyden_value_get_member_int (found, "records", 0), leyden_value_get_member_int (found, "blobs", 0),
                          (double)leyden_value_get_member_int (found, "size", 0) / (1024 * 1024));
  for (guint i = 0; i < leyden_value_get_size (problems) && i < 5; i++)
    {
      LeydenValue *problem = leyden_value_get_item (problems, i);
      const char *message = leyden_value_get_string (problem, NULL);

      g_string_append_printf (text, "; %s", message == NULL ? leyden_value_get_member_string (problem, "message", "?") : message);
    }
  return g_string_free (text, FALSE);
}

static void
report_database (LeydenDoctor *self,
                 const char  *path,
                 LeydenValue *found)
{
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *words = describe_inspection (found);
  g_autofree char *text = g_strdup_printf ("%s: %s", name, words);

  leyden_doctor_report (self, "database", _("Database"), leyden_value_get_member_boolean (found, "sound", FALSE), text);
}

static void
report_endpoints (LeydenDoctor *self,
                  LeydenValue *endpoints)
{
  g_autoptr(GString) text = g_string_new (NULL);
  guint n = leyden_value_get_size (endpoints);

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *endpoint = leyden_value_get_item (endpoints, i);

      g_string_append_printf (text, "%s%s (%s)", i == 0 ? "" : ", ", leyden_value_get_member_string (endpoint, "name", "?"),
                              leyden_value_get_member_string (endpoint, "base_uri", _("built in")));
    }
  leyden_doctor_report (self, "endpoints", _("Endpoints"), TRUE, n == 0 ? _("only the simulated model") : text->str);
}

static LeydenValue *
inspect (LeydenSqliteStore  *store,
         GError            **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_sqlite_store_inspect_async (store, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_sqlite_store_inspect_finish (store, result, error);
}

static LeydenValue *
list_documents (LeydenSqliteStore *store,
                const char        *kind)
{
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_list_documents_async (LEYDEN_STORE (store), kind, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_store_list_documents_finish (LEYDEN_STORE (store), result, NULL);
}

static void
check_with_owner (LeydenDoctor *self,
                  LeydenOwner  *owner,
                  const char   *path,
                  gboolean      online)
{
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) endpoints = NULL;
  g_autoptr(LeydenValue) backups = NULL;
  g_autoptr(GError) error = NULL;

  found = leyden_owner_get (owner, "/leyden/v1/database", &error);
  if (found == NULL)
    {
      leyden_doctor_report (self, "database", _("Database"), FALSE, error->message);
      return;
    }
  report_database (self, path, found);
  endpoints = leyden_owner_get (owner, "/leyden/v1/endpoints", NULL);
  report_endpoints (self, leyden_value_get_member (endpoints, "endpoints"));
  if (online)
    leyden_doctor_ask_models (self, leyden_value_get_member (endpoints, "endpoints"));
  backups = leyden_owner_get (owner, "/leyden/v1/backups", NULL);
  leyden_doctor_report_backups (self, backups, NULL);
}

static void
check_file (LeydenDoctor *self,
            const char   *path,
            gboolean      online)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) backups = NULL;
  g_autoptr(LeydenSqliteStore) store = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) endpoints = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_open_async (path, LEYDEN_STORE_OPEN_READ_ONLY, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  store = leyden_sqlite_store_open_finish (result, &error);
  if (store != NULL)
    found = inspect (store, &error);
  if (found == NULL)
    leyden_doctor_report (self, "database", _("Database"), FALSE, error->message);
  else
    {
      report_database (self, path, found);
      endpoints = list_documents (store, "endpoint");
      report_endpoints (self, endpoints);
      if (online)
        leyden_doctor_ask_models (self, endpoints);
      backups = list_documents (store, "backup");
      leyden_doctor_report_backups (self, NULL, backups);
    }
  if (store != NULL)
    leyden_sqlite_store_close (store);
}

/* When the database was last written, by the clock of then; 0: never. */
static gint64
find_last_write (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  GStatBuf file = { 0 }, log_file = { 0 };
  gint64 last = 0;

  if (g_stat (path, &file) == 0)
    last = file.st_mtime;
  if (g_stat (log, &log_file) == 0)
    last = MAX (last, log_file.st_mtime);
  return last * 1000000000;
}

/* @path: absolute. @named: the person named it. */
static void
check_database (LeydenDoctor *self,
                const char   *path,
                gboolean      named,
                gboolean      online)
{
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *text = g_strdup_printf (_("%s is not there yet"), name);
  g_autoptr(LeydenOwner) owner = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      /* The user's own comes with the first run; one that was named should be there. */
      leyden_doctor_report (self, "database", _("Database"), !named, text);
      return;
    }
  owner = leyden_owner_find (path);
  if (owner != NULL)
    check_with_owner (self, owner, path, online);
  else
    check_file (self, path, online);
  leyden_doctor_check_lock (self, path);
}

/* All that a backend of this database needs. */
static void
check_backend (LeydenDoctor    *self,
               LeydenArguments *arguments)
{
  const char *asked = leyden_arguments_get_text (arguments, "database", leyden_doctor_get_setting (self, "database"));
  g_autofree char *fallback = leyden_gateway_default_database ();
  g_autofree char *path = g_canonicalize_filename (asked == NULL ? fallback : asked, NULL);
  g_autoptr(LeydenOwner) owner = leyden_owner_find (path);

  check_database (self, path, asked != NULL, leyden_arguments_has (arguments, "online"));
  leyden_doctor_check_disk (self, path);
  leyden_doctor_check_port (self, path);
  leyden_doctor_check_keys (self, path, owner);
  leyden_doctor_check_clock (self, find_last_write (path));
}

static void
check_keyring (LeydenDoctor *self)
{
#ifdef HAVE_LIBSECRET
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *value = NULL;

  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") == NULL)
    {
      leyden_doctor_report (self, "keyring", _("Key ring"), TRUE, _("no session bus; keys come from LEYDEN_KEY_<NAME> or --secrets-file"));
      return;
    }
  leyden_secrets_set_use_keyring (secrets, TRUE);
  leyden_secrets_lookup_async (secrets, "leyden-doctor", "https://localhost:443", NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  value = leyden_secrets_lookup_finish (secrets, result, &error);
  if (value == NULL && g_error_matches (error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE))
    leyden_doctor_report (self, "keyring", _("Key ring"), TRUE, error->message);
  else
    leyden_doctor_report (self, "keyring", _("Key ring"), TRUE, _("answers"));
#else
  leyden_doctor_report (self, "keyring", _("Key ring"), TRUE, _("not built in; keys come from LEYDEN_KEY_<NAME> or --secrets-file"));
#endif
}

static void
check_sandbox (LeydenDoctor *self)
{
  const char *reason = NULL;
  const char *name = leyden_sandbox_to_string (leyden_sandbox_find (&reason));
  g_autofree char *text = name != NULL ? g_strdup_printf (_("commands run in %s"), name)
                                       : g_strdup_printf (_("none, so commands run only with --allow-unsandboxed: %s"), reason);

  leyden_doctor_report (self, "sandbox", _("Sandbox"), TRUE, text);
}

/* Whether a trainer could learn from what an endpoint answers. Its key, when it needs one, comes as that of an endpoint named "preflight". */
static void
check_endpoint (LeydenDoctor *self,
                const char *uri,
                const char *model)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenModels) models = leyden_models_new (secrets);
  const char *key = g_getenv ("LEYDEN_KEY_PREFLIGHT");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) description = NULL;
  g_autoptr(LeydenEndpoint) endpoint = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "preflight");
  leyden_value_builder_set_string (&b, "base_uri", uri);
  leyden_value_builder_set_string (&b, "wire", "openai");
  leyden_value_builder_end (&b);
  description = leyden_value_builder_end_value (&b);
  endpoint = leyden_endpoint_from_value (description, &error);
  if (endpoint == NULL)
    {
      leyden_doctor_report (self, "endpoint", _("Training"), FALSE, error->message);
      return;
    }
  leyden_models_preflight_async (models, endpoint, model, key, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  found = leyden_models_preflight_finish (models, result, NULL);
  text = g_strdup_printf ("%s: %s", uri, leyden_value_get_member_string (found, "detail", ""));
  leyden_doctor_report (self, "endpoint", _("Training"),
          leyden_value_get_member_boolean (found, "token_ids", FALSE) && leyden_value_get_member_boolean (found, "prompt_token_ids", FALSE), text);
  if (self->json)
    leyden_value_builder_set (&self->b, "preflight", found);
}

static int
run (LeydenArguments *arguments)
{
  LeydenDoctor self = { .json = leyden_arguments_has (arguments, "json"), .b = LEYDEN_VALUE_BUILDER_INIT };

  leyden_value_builder_begin_object (&self.b);
  check_versions (&self);
  check_rendezvous (&self);
  leyden_doctor_check_settings (&self, leyden_arguments_get_text (arguments, "config", NULL));
  check_backend (&self, arguments);
  check_keyring (&self);
  check_sandbox (&self);
  leyden_doctor_check_gpu (&self);
  if (leyden_arguments_has (arguments, "endpoint"))
    check_endpoint (&self, leyden_arguments_get_text (arguments, "endpoint", NULL), leyden_arguments_get_text (arguments, "model", NULL));
  leyden_value_builder_set_boolean (&self.b, "ok", !self.ill);
  leyden_value_builder_end (&self.b);
  if (self.json)
    {
      g_autoptr(LeydenValue) value = leyden_value_builder_end_value (&self.b);

      leyden_cli_print_value (value);
    }
  leyden_value_builder_clear (&self.b);
  g_clear_pointer (&self.settings, g_ptr_array_unref);
  return self.ill ? LEYDEN_EXIT_FAILED : LEYDEN_EXIT_OK;
}

static const LeydenOption options[] = {
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "config", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Settings of the backend, to be looked at too") },
  { "online", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Ask every endpoint for its models") },
  { "endpoint", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "URL", N_ ("Ask this endpoint whether it returns what a trainer needs") },
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model that --endpoint is asked for") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One JSON object") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_doctor = {
  "doctor", "", 0, 0, options, N_ ("Look at all that a backend needs: database, lock, disk, port, keys, clock, backups, sandbox, models"),
  N_ ("Nothing is called out to but by --online and --endpoint, and nothing is changed. Status 1 when something is wrong."), run,
};
