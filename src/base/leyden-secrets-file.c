/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-secrets-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_FILE_SIZE (1 << 20)

void
leyden_secret_wipe (char *value)
{
  if (value == NULL)
    return;
  explicit_bzero (value, strlen (value));
  g_free (value);
}

LeydenSecret *
leyden_secret_new (const char         *value,
                   const char * const *origins)
{
  LeydenSecret *self = g_new0 (LeydenSecret, 1);

  self->value = g_strdup (value);
  self->origins = origins != NULL ? leyden_secret_normalize (origins) : NULL;
  return self;
}

void
leyden_secret_free (LeydenSecret *self)
{
  if (self == NULL)
    return;
  leyden_secret_wipe (self->value);
  g_strfreev (self->origins);
  g_free (self);
}

char *
leyden_secrets_origin_of (const char *uri)
{
  g_autoptr(GUri) parsed = NULL;
  g_autofree char *scheme = NULL;
  g_autofree char *ascii = NULL;
  g_autofree char *host = NULL;
  int port;

  if (uri == NULL)
    return NULL;
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  if (parsed == NULL || g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0')
    return NULL;
  scheme = g_ascii_strdown (g_uri_get_scheme (parsed), -1);
  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    return NULL;

  ascii = g_hostname_to_ascii (g_uri_get_host (parsed));
  if (ascii == NULL || ascii[strspn (ascii, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:")] != '\0')
    return NULL;
  host = g_ascii_strdown (ascii, -1);
  port = g_uri_get_port (parsed);
  if (port <= 0)
    port = g_str_equal (scheme, "http") ? 80 : 443;
  return g_strdup_printf (strchr (host, ':') != NULL ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port);
}

GStrv
leyden_secret_normalize (const char * const *origins)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; origins != NULL && origins[i] != NULL; i++)
    {
      g_autofree char *origin = leyden_secrets_origin_of (origins[i]);

      if (origin != NULL)
        g_strv_builder_add (builder, origin);
    }
  return g_strv_builder_end (builder);
}

char *
leyden_secret_to_json (const char         *value,
                       const char * const *origins)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) entry = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "value", value);
  leyden_value_builder_key (&builder, "origins");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; origins != NULL && origins[i] != NULL; i++)
    leyden_value_builder_add_string (&builder, origins[i]);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  entry = leyden_value_builder_end_value (&builder);
  return leyden_json_write (entry, LEYDEN_JSON_COMPACT);
}

/* A text, or an object with "value" and, perhaps, "origins". NULL when it is neither. */
static LeydenSecret *
secret_of_value (LeydenValue *entry)
{
  g_autoptr(GPtrArray) origins = g_ptr_array_new ();
  LeydenValue *list = leyden_value_get_member (entry, "origins");
  const char *value = leyden_value_get_string (entry, NULL);

  if (value != NULL)
    return leyden_secret_new (value, NULL);
  value = leyden_value_get_member_string (entry, "value", NULL);
  if (value == NULL || (list != NULL && leyden_value_get_kind (list) != LEYDEN_VALUE_LIST))
    return NULL;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *origin = leyden_value_get_string (leyden_value_get_item (list, i), NULL);
      g_autofree char *normal = leyden_secrets_origin_of (origin);

      if (normal == NULL)
        return NULL;
      g_ptr_array_add (origins, (gpointer) origin);
    }
  g_ptr_array_add (origins, NULL);
  return leyden_secret_new (value, list != NULL ? (const char * const *) origins->pdata : NULL);
}

LeydenSecret *
leyden_secret_from_json (const char *text)
{
  g_autoptr(LeydenValue) entry = leyden_json_parse (text, -1, NULL, NULL);

  return secret_of_value (entry);
}

static gboolean G_GNUC_PRINTF (3, 4)
fail (GError     **error,
      const char  *path,
      const char  *format,
      ...)
{
  g_autofree char *shown = leyden_text_path (path);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_FILE, _("secrets file %s: %s"), shown, message);
  return FALSE;
}

/* Others must not be able to read or replace it; the check is on the open file, not on its name. */
static gboolean
check_file (int           fd,
            const char   *path,
            struct stat  *info,
            GError      **error)
{
  if (fstat (fd, info) != 0)
    return fail (error, path, "%s", g_strerror (errno));
  if (!S_ISREG (info->st_mode))
    return fail (error, path, _("not a regular file"));
  if (info->st_uid != geteuid ())
    return fail (error, path, _("it belongs to another user"));
  if ((info->st_mode & 0177) != 0)
    return fail (error, path, _("others could read it (mode %04o); type: chmod 600 FILE"), (guint) info->st_mode & 07777);
  if (info->st_size > MAX_FILE_SIZE)
    return fail (error, path, _("larger than 1 MiB"));
  return TRUE;
}

static char *
read_all (int          fd,
          gsize        size,
          const char  *path,
          GError     **error)
{
  char *contents = g_malloc0 (size + 1);
  gsize n = 0;

  while (n < size)
    {
      gssize got = read (fd, contents + n, size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          fail (error, path, "%s", g_strerror (errno));
          leyden_secret_wipe (contents);
          return NULL;
        }
      if (got == 0)
        break;
      n += (gsize) got;
    }
  return contents;
}

static GHashTable *
parse_file (const char  *contents,
            const char  *path,
            GError     **error)
{
  g_autoptr(GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_secret_free);
  g_autoptr(GError) local_error = NULL;
  g_autoptr(LeydenValue) data = leyden_json_parse (contents, -1, NULL, &local_error);

  if (data == NULL)
    {
      fail (error, path, "%s", local_error->message);
      return NULL;
    }
  if (leyden_value_get_kind (data) != LEYDEN_VALUE_OBJECT)
    {
      fail (error, path, _("expected an object of names and values"));
      return NULL;
    }
  for (guint i = 0; i < leyden_value_get_size (data); i++)
    {
      const char *name = leyden_value_get_key (data, i);
      LeydenSecret *secret = secret_of_value (leyden_value_get_item (data, i));

      if (secret == NULL)
        {
          g_autofree char *shown = leyden_text_escape (name, -1, 60);

          fail (error, path, _("“%s” is neither a text nor {\"value\": …, \"origins\": [\"https://…\"]}"), shown);
          return NULL;
        }
      g_hash_table_insert (secrets, g_strdup (name), secret);
    }
  return g_steal_pointer (&secrets);
}

GHashTable *
leyden_secrets_read_file (const char  *path,
                          GError     **error)
{
  /* Not blocking: a FIFO would hold us up. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat info;
  GHashTable *secrets = NULL;
  char *contents;

  if (fd < 0)
    {
      fail (error, path, "%s", g_strerror (errno));
      return NULL;
    }
  if (check_file (fd, path, &info, error))
    {
      contents = read_all (fd, (gsize) info.st_size, path, error);
      if (contents != NULL)
        secrets = parse_file (contents, path, error);
      leyden_secret_wipe (contents);
    }
  close (fd);
  return secrets;
}
