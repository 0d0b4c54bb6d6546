/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-doctor.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "leyden-cli-config.h"
#include "leyden-gateway.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-models.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

#define MAX_CONFIG (1024 * 1024)
/* A key that ends this soon is told of. */
#define SOON_NS ((gint64)7 * 24 * 3600 * 1000000000)

/* ---- Settings ---- */

const char *
leyden_doctor_get_setting (LeydenDoctor *self,
                           const char   *option)
{
  for (guint i = 0; self->settings != NULL && i < self->settings->len; i++)
    {
      LeydenConfigValue *value = g_ptr_array_index (self->settings, i);

      if (strcmp (value->option->name, option) == 0)
        return value->values[0];
    }
  return NULL;
}

static GPtrArray *
read_config (const char  *path,
             GError     **error)
{
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);
  g_autoptr(GBytes) bytes = leyden_cli_read_file (path, MAX_CONFIG, error);

  if (bytes == NULL)
    return NULL;
  return leyden_config_parse (leyden_serve_settings, leyden_command_serve.options, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                              name, folder, error);
}

void
leyden_doctor_check_settings (LeydenDoctor *self,
                              const char   *config)
{
  g_auto(GStrv) environ = g_get_environ ();
  g_autoptr(GPtrArray) inner = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_outer;

  self->settings = leyden_config_read_environ (leyden_serve_settings, leyden_command_serve.options, (const char * const *)environ,
                                               LEYDEN_SERVE_PREFIX, &error);
  n_outer = self->settings == NULL ? 0 : self->settings->len;
  if (error == NULL && config != NULL)
    inner = read_config (config, &error);
  if (error != NULL)
    {
      leyden_doctor_report (self, "settings", _("Settings"), FALSE, error->message);
      return;
    }
  if (config == NULL && n_outer == 0)
    return;
  text = g_strdup_printf (_("%u in the environment, %u in the file"), n_outer, inner == NULL ? 0 : inner->len);
  if (inner != NULL)
    g_ptr_array_extend_and_steal (self->settings, g_steal_pointer (&inner));
  leyden_doctor_report (self, "settings", _("Settings"), TRUE, text);
}

/* ---- Lock ---- */

void
leyden_doctor_check_lock (LeydenDoctor *self,
                          const char   *database)
{
  g_autofree char *owner = leyden_sqlite_store_find_owner (database);
  g_autoptr(LeydenOwner) live = owner == NULL ? NULL : leyden_owner_find (database);
  g_autofree char *name = owner == NULL ? NULL : leyden_text_path (owner);
  g_autofree char *text = NULL;

  if (owner == NULL)
    text = g_strdup (_("nobody holds the database"));
  else if (live == NULL)
    text = g_strdup_printf (_("a process holds the database and does not answer by %s"), name);
  else
    text = g_strdup_printf (_("process %" PRId64 " holds the database and answers at %s"), leyden_owner_get_pid (live), leyden_owner_get_uri (live));
  leyden_doctor_report (self, "lock", _("Lock"), owner == NULL || live != NULL, text);
}

/* ---- Keys ---- */

static void
complain (GString    *text,
          gboolean   *well,
          const char *message)
{
  g_string_append_printf (text, "%s%s", text->len == 0 ? "" : "; ", message);
  *well = FALSE;
}

static void
check_key_file (LeydenDoctor *self,
                GString      *text,
                gboolean     *well)
{
  const char *path = leyden_doctor_get_setting (self, "key-file");
  g_autofree char *warning = NULL;
  g_autofree char *key = NULL;
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    return;
  key = leyden_gateway_read_key_file (path, &warning, &error);
  if (key == NULL)
    complain (text, well, error->message);
  else if (warning != NULL)
    complain (text, well, warning);
  else
    g_string_append (text, _("the key file is as it should be"));
  if (key != NULL)
    memset (key, 0, strlen (key));
}

static void
check_secrets_file (LeydenDoctor *self,
                    GString      *text,
                    gboolean     *well)
{
  const char *path = leyden_doctor_get_setting (self, "secrets-file");
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    return;
  if (!leyden_secrets_load_file (secrets, path, &error))
    complain (text, well, error->message);
  else
    g_string_append_printf (text, "%s%s", text->len == 0 ? "" : "; ", _("the secrets file can be read"));
}

/* The secret beside the database signs the keys of agents. */
static void
check_database_secret (const char *database,
                       GString    *text,
                       gboolean   *well)
{
  g_autofree char *path = g_strconcat (database, ".secret", NULL);
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *message = NULL;
  GStatBuf status;

  if (g_stat (path, &status) != 0 || (status.st_mode & 077) == 0)
    return;
  message = g_strdup_printf (_("others may read %s (mode %04o); make it 0600"), name, status.st_mode & 07777);
  complain (text, well, message);
}

/* When the last of a key's secrets ends; 0: never. */
static gint64
find_end (LeydenValue *key)
{
  LeydenValue *secrets = leyden_value_get_member (key, "secrets");
  gint64 end_ns = 0;

  for (guint i = 0; i < leyden_value_get_size (secrets); i++)
    {
      gint64 until_ns = leyden_value_get_member_int (leyden_value_get_item (secrets, i), "until", 0);

      if (until_ns == 0)
        return 0;
      end_ns = MAX (end_ns, until_ns);
    }
  return end_ns;
}

static void
check_named_keys (LeydenOwner *owner,
                  GString     *text,
                  gboolean    *well)
{
  g_autoptr(LeydenValue) answer = leyden_owner_get (owner, "/leyden/v1/keys", NULL);
  LeydenValue *keys = leyden_value_get_member (answer, "keys");
  gint64 now_ns = leyden_time_now_ns ();
  guint n = leyden_value_get_size (keys), n_over = 0, n_soon = 0;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *key = leyden_value_get_item (keys, i);
      gboolean over = strcmp (leyden_value_get_member_string (key, "state", ""), "expired") == 0;
      gint64 end_ns = find_end (key);

      n_over += over;
      n_soon += !over && end_ns > 0 && end_ns - now_ns < SOON_NS;
    }
  if (answer == NULL)
    return;
  g_string_append_printf (text, ngettext ("%s%u named key", "%s%u named keys", n), text->len == 0 ? "" : "; ", n);
  if (n_over > 0)
    g_string_append_printf (text, ngettext (", %u of them has ended", ", %u of them have ended", n_over), n_over);
  if (n_soon > 0)
    g_string_append_printf (text, ngettext (", %u ends within a week", ", %u end within a week", n_soon), n_soon);
}

void
leyden_doctor_check_keys (LeydenDoctor *self,
                          const char   *database,
                          LeydenOwner  *owner)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean well = TRUE;

  check_key_file (self, text, &well);
  check_secrets_file (self, text, &well);
  check_database_secret (database, text, &well);
  if (owner != NULL)
    check_named_keys (owner, text, &well);
  leyden_doctor_report (self, "keys", _("Keys"), well, text->len > 0 ? text->str : _("none but the one that a backend makes at its start"));
}

/* ---- Backups ---- */

static char *
format_time (gint64 time_ns)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local (time_ns / 1000000000);

  return time == NULL ? g_strdup ("–") : g_date_time_format (time, "%Y-%m-%d %H:%M");
}

/* The newest of documents by their time. */
static LeydenValue *
find_last (LeydenValue *documents)
{
  LeydenValue *last = NULL;

  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      LeydenValue *each = leyden_value_get_item (documents, i);

      if (last == NULL || leyden_value_get_member_int (each, "started", 0) > leyden_value_get_member_int (last, "started", 0))
        last = each;
    }
  return last;
}

void
leyden_doctor_report_backups (LeydenDoctor *self,
                              LeydenValue  *found,
                              LeydenValue  *documents)
{
  LeydenValue *last = found != NULL ? leyden_value_get_member (found, "last") : find_last (documents);
  LeydenValue *manifest = leyden_value_get_member (last, "manifest");
  LeydenValue *drill = leyden_value_get_member (last, "drill");
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *time = NULL;
  gint64 finished;
  gboolean well = TRUE;

  if (leyden_value_is_null (last))
    {
      leyden_doctor_report (self, "backups", _("Backups"), TRUE, _("none yet: leydenctl backup, or serve --backup-every"));
      return;
    }
  finished = leyden_value_get_member_int (last, "finished", 0);
  time = format_time (finished != 0 ? finished : leyden_value_get_member_int (last, "started", 0));
  g_string_append_printf (text, _("the last one of %s in %s"), time, leyden_value_get_member_string (last, "path", "?"));
  if (leyden_value_get_member_string (last, "error", NULL) != NULL)
    {
      g_string_append_printf (text, _("; it failed: %s"), leyden_value_get_member_string (last, "error", ""));
      well = FALSE;
    }
  else if (!leyden_value_is_null (manifest) && !leyden_value_get_member_boolean (leyden_value_get_member (manifest, "check"), "sound", TRUE))
    {
      g_string_append (text, _("; it is damaged"));
      well = FALSE;
    }
  if (!leyden_value_is_null (drill) && !leyden_value_get_member_boolean (drill, "passed", TRUE))
    {
      g_string_append_printf (text, _("; restoring failed: %s"), leyden_value_get_member_string (drill, "problem", "?"));
      well = FALSE;
    }
  else if (!leyden_value_is_null (drill))
    g_string_append (text, _("; restoring was tried and works"));
  leyden_doctor_report (self, "backups", _("Backups"), well, text->str);
}

/* ---- Model endpoints ---- */

static void
ask_one (LeydenDoctor *self,
         LeydenModels *models,
         const char   *name)
{
  g_autofree char *key = g_strconcat ("endpoint_", name, NULL);
  g_autofree char *title = g_strdup_printf (_("Endpoint %s"), name);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  guint n;

  leyden_models_list_models_async (models, name, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  list = leyden_models_list_models_finish (models, result, &error);
  if (list == NULL)
    {
      leyden_doctor_report (self, key, title, FALSE, error->message);
      return;
    }
  n = leyden_value_get_size (list);
  text = g_strdup_printf (ngettext ("answers, and has %u model", "answers, and has %u models", n), n);
  leyden_doctor_report (self, key, title, TRUE, text);
}

void
leyden_doctor_ask_models (LeydenDoctor *self,
                          LeydenValue  *endpoints)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenModels) models = leyden_models_new (secrets);
  const char *file = leyden_doctor_get_setting (self, "secrets-file");

  leyden_secrets_set_use_keyring (secrets, g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL);
  if (file != NULL)
    leyden_secrets_load_file (secrets, file, NULL);
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    {
      g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (leyden_value_get_item (endpoints, i), NULL);

      if (endpoint != NULL && endpoint->base_uri != NULL && leyden_models_set_endpoint (models, endpoint, NULL))
        ask_one (self, models, endpoint->name);
    }
}
