/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

#define MAX_FILE (1024 * 1024)

static void
config_value_free (LeydenConfigValue *self)
{
  g_strfreev (self->values);
  g_free (self->origin);
  g_free (self);
}

static const LeydenOption *
option_of (const LeydenSetting *setting,
           const LeydenOption  *options)
{
  for (const LeydenOption *option = options; option->name != NULL; option++)
    if (strcmp (option->name, setting->option) == 0)
      return option;
  g_assert_not_reached ();
}

static const LeydenSetting *
find_setting (const LeydenSetting *settings,
              const char          *section,
              const char          *key)
{
  for (const LeydenSetting *setting = settings; setting->section != NULL; setting++)
    if (strcmp (setting->section, section) == 0 && (key == NULL || strcmp (setting->key, key) == 0))
      return setting;
  return NULL;
}

/* "listen, database, …": what might have been meant. Without @section: the sections. (transfer full) */
static char *
list_names (const LeydenSetting *settings,
            const char          *section)
{
  g_autoptr(GString) names = g_string_new (NULL);

  for (const LeydenSetting *setting = settings; setting->section != NULL; setting++)
    {
      const char *name = section == NULL ? setting->section : setting->key;

      if (section == NULL ? find_setting (settings, setting->section, NULL) != setting : strcmp (setting->section, section) != 0)
        continue;
      g_string_append_printf (names, "%s%s", names->len == 0 ? "" : ", ", name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
set_error (GError      **error,
           const char   *where,
           const char   *format,
           ...) G_GNUC_PRINTF (3, 4);

static void
set_error (GError      **error,
           const char   *where,
           const char   *format,
           ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "%s: %s", where, text);
}

/* ---- Values ---- */

/* Paths in a file are those beside it. */
static void
resolve_path (char       **value,
              const char  *folder)
{
  g_autofree char *given = *value;

  *value = g_canonicalize_filename (given, folder);
}

/* @name: how the setting is called in a message. Takes @values; NULL after a refusal. */
static LeydenConfigValue *
make_value (const LeydenOption  *option,
            const char          *name,
            const char          *where,
            const char          *folder,
            char               **values,
            GError             **error)
{
  LeydenConfigValue *self = g_new0 (LeydenConfigValue, 1);

  self->option = option;
  self->values = values;
  self->origin = g_strdup (where);
  if (option->kind == LEYDEN_OPTION_FLAG)
    {
      gboolean on = g_strcmp0 (values[0], "true") == 0;

      if (!on && g_strcmp0 (values[0], "false") != 0)
        {
          set_error (error, where, _("%s must be true or false"), name);
          config_value_free (self);
          return NULL;
        }
      /* As on a command line: it is there, or it is not. */
      if (on)
        self->values[0][0] = '\0';
      else
        g_clear_pointer (&self->values[0], g_free);
      return self;
    }
  for (guint i = 0; values[i] != NULL; i++)
    {
      g_autofree char *wrong = leyden_option_check (option, name, values[i]);

      if (wrong != NULL)
        {
          set_error (error, where, "%s", wrong);
          config_value_free (self);
          return NULL;
        }
      if (option->kind == LEYDEN_OPTION_FILE && folder != NULL)
        resolve_path (&values[i], folder);
    }
  return self;
}

/* ---- The file ---- */

typedef struct
{
  const LeydenSetting *settings;
  const LeydenOption  *options;
  const char          *name;
  const char          *folder;
  GKeyFile            *file;
  GHashTable          *seen;            /* (element-type LeydenSetting) */
  GPtrArray           *values;
  char                *section;         /* nullable */
} Reading;

static gboolean
take_section (Reading     *self,
              char        *line,
              const char  *where,
              GError     **error)
{
  gsize length = strlen (line);
  g_autofree char *shown = NULL;
  g_autofree char *known = NULL;

  if (line[length - 1] != ']')
    {
      set_error (error, where, _("a section is written [name]"));
      return FALSE;
    }
  g_free (self->section);
  self->section = g_strndup (line + 1, length - 2);
  if (find_setting (self->settings, self->section, NULL) != NULL)
    return TRUE;
  shown = leyden_text_escape (self->section, -1, 80);
  known = list_names (self->settings, NULL);
  set_error (error, where, _("there is no section [%s]; the sections are %s"), shown, known);
  return FALSE;
}

/* Refuses a key that is not in the table. */
static void
refuse_key (Reading     *self,
            const char  *key,
            const char  *where,
            GError     **error)
{
  g_autofree char *shown = leyden_text_escape (key, -1, 80);
  g_autofree char *known = list_names (self->settings, self->section);

  if (leyden_option_is_secret (key))
    set_error (error, where, _("%s: secrets do not belong in this file, which others may read; use key-file or secrets-file"), shown);
  else
    set_error (error, where, _("[%s] has no setting %s; it has %s"), self->section, shown, known);
}

static char **
read_values (Reading              *self,
             const LeydenSetting  *setting,
             const LeydenOption   *option,
             const char           *where,
             GError              **error)
{
  g_autoptr(GError) local_error = NULL;
  char **values = NULL;
  char *text;

  if (option->repeated)
    values = g_key_file_get_string_list (self->file, setting->section, setting->key, NULL, &local_error);
  else
    {
      text = g_key_file_get_string (self->file, setting->section, setting->key, &local_error);
      if (text != NULL)
        {
          values = g_new0 (char *, 2);
          values[0] = g_strchomp (text);
        }
    }
  if (local_error == NULL)
    return values;
  /* What it could not read it gives all the same. */
  g_strfreev (values);
  set_error (error, where, _("the value of %s cannot be read: %s"), setting->key, local_error->message);
  return NULL;
}

static gboolean
take_pair (Reading     *self,
           char        *line,
           const char  *where,
           GError     **error)
{
  char *equals = strchr (line, '=');
  const LeydenSetting *setting;
  const LeydenOption *option;
  LeydenConfigValue *value;
  char **values;

  if (equals == NULL)
    {
      set_error (error, where, _("a line is a comment (#), a [section] or “key = value”"));
      return FALSE;
    }
  *equals = '\0';
  g_strstrip (line);
  if (self->section == NULL)
    {
      set_error (error, where, _("a setting stands below a [section]"));
      return FALSE;
    }
  setting = find_setting (self->settings, self->section, line);
  if (setting == NULL)
    {
      refuse_key (self, line, where, error);
      return FALSE;
    }
  if (!g_hash_table_add (self->seen, (gpointer)setting))
    {
      set_error (error, where, _("%s is set twice"), setting->key);
      return FALSE;
    }
  option = option_of (setting, self->options);
  values = read_values (self, setting, option, where, error);
  if (values == NULL)
    return FALSE;
  value = make_value (option, setting->key, where, self->folder, values, error);
  if (value != NULL)
    g_ptr_array_add (self->values, value);
  return value != NULL;
}

static gboolean
take_line (Reading     *self,
           const char  *line,
           gsize        length,
           guint        number,
           GError     **error)
{
  g_autofree char *where = g_strdup_printf ("%s:%u", self->name, number);
  g_autofree char *text = g_strndup (line, length);

  if (strlen (text) != length || !g_utf8_validate (text, -1, NULL))
    {
      set_error (error, where, _("this is not UTF-8 text"));
      return FALSE;
    }
  g_strstrip (text);
  if (*text == '\0' || *text == '#')
    return TRUE;
  return *text == '[' ? take_section (self, text, where, error) : take_pair (self, text, where, error);
}

/* GKeyFile knows no line numbers, takes the last of two equal keys and any name: the lines are looked at here, the values are its. */
static gboolean
take_lines (Reading     *self,
            const char  *text,
            gsize        length,
            GError     **error)
{
  const char *end = text + length;
  guint number = 0;

  while (text < end)
    {
      const char *next = memchr (text, '\n', (gsize)(end - text));
      const char *stop = next == NULL ? end : next;

      if (!take_line (self, text, (gsize)(stop - text), ++number, error))
        return FALSE;
      text = stop + 1;
    }
  return TRUE;
}

GPtrArray *
leyden_config_parse (const LeydenSetting  *settings,
                     const LeydenOption   *options,
                     const char           *text,
                     gsize                 length,
                     const char           *name,
                     const char           *folder,
                     GError              **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify)config_value_free);
  g_autoptr(GError) local_error = NULL;
  Reading reading = { settings, options, name, folder, file, seen, values, NULL };
  gboolean loaded, well;

  /* Its own complaint only counts when ours, which know the line, find nothing. */
  loaded = g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &local_error)
           || g_error_matches (local_error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND);
  well = take_lines (&reading, text, length, error);
  g_free (reading.section);
  if (well && !loaded)
    set_error (error, name, "%s", local_error->message);
  return well && loaded ? g_steal_pointer (&values) : NULL;
}

/* ---- The environment ---- */

char *
leyden_config_variable (const LeydenSetting *setting,
                        const char          *prefix)
{
  g_autofree char *name = g_strconcat (prefix, setting->section, "_", setting->key, NULL);
  char *upper = g_ascii_strup (name, -1);

  return g_strdelimit (upper, "-", '_');
}

static const LeydenSetting *
find_variable (const LeydenSetting *settings,
               const char          *prefix,
               const char          *variable)
{
  for (const LeydenSetting *setting = settings; setting->section != NULL; setting++)
    {
      g_autofree char *name = leyden_config_variable (setting, prefix);

      if (strcmp (name, variable) == 0)
        return setting;
    }
  return NULL;
}

static LeydenConfigValue *
read_variable (const LeydenSetting  *setting,
               const LeydenOption   *options,
               const char           *variable,
               const char           *text,
               GError              **error)
{
  const LeydenOption *option = option_of (setting, options);
  char **values = NULL;

  if (option->repeated)
    {
      /* "a;b;" is a list of two, as in a file. */
      g_autofree char *list = g_str_has_suffix (text, ";") ? g_strndup (text, strlen (text) - 1) : g_strdup (text);

      values = g_strsplit (list, ";", -1);
    }
  else
    {
      values = g_new0 (char *, 2);
      values[0] = g_strdup (text);
    }
  return make_value (option, setting->key, variable, NULL, values, error);
}

GPtrArray *
leyden_config_read_environ (const LeydenSetting  *settings,
                            const LeydenOption   *options,
                            const char * const   *environ,
                            const char           *prefix,
                            GError              **error)
{
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify)config_value_free);

  for (guint i = 0; environ != NULL && environ[i] != NULL; i++)
    {
      const char *equals = strchr (environ[i], '=');
      g_autofree char *variable = equals == NULL ? NULL : g_strndup (environ[i], (gsize)(equals - environ[i]));
      const LeydenSetting *setting;
      LeydenConfigValue *value;

      if (variable == NULL || !g_str_has_prefix (variable, prefix))
        continue;
      setting = find_variable (settings, prefix, variable);
      if (setting == NULL)
        {
          g_autofree char *shown = leyden_text_escape (variable, -1, 80);

          /* What is meant to be set and is not would be found out too late. */
          set_error (error, shown, _("there is no such setting"));
          return NULL;
        }
      value = read_variable (setting, options, variable, equals + 1, error);
      if (value == NULL)
        return NULL;
      g_ptr_array_add (values, value);
    }
  return g_steal_pointer (&values);
}

/* ---- Both ---- */

static void
supply (LeydenArguments *arguments,
        GPtrArray       *values)
{
  for (guint i = 0; i < values->len; i++)
    {
      LeydenConfigValue *value = g_ptr_array_index (values, i);

      leyden_arguments_supply (arguments, value->option, (const char * const *)value->values, value->origin);
    }
}

int
leyden_config_complete (LeydenArguments     *arguments,
                        const LeydenSetting *settings,
                        const char          *prefix)
{
  const LeydenOption *options = leyden_arguments_get_options (arguments);
  const char *path = leyden_arguments_get_text (arguments, "config", NULL);
  g_auto(GStrv) environ = g_get_environ ();
  g_autoptr(GPtrArray) outer = NULL;
  g_autoptr(GPtrArray) inner = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *name = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *folder = NULL;
  g_autoptr(GError) error = NULL;

  outer = leyden_config_read_environ (settings, options, (const char * const *)environ, prefix, &error);
  if (outer != NULL && path != NULL)
    {
      bytes = leyden_cli_read_file (path, MAX_FILE, &error);
      if (bytes == NULL)
        return leyden_cli_fail (error);
      name = leyden_text_path (path);
      absolute = g_canonicalize_filename (path, NULL);
      folder = g_path_get_dirname (absolute);
      inner = leyden_config_parse (settings, options, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), name, folder, &error);
    }
  if (error != NULL)
    {
      leyden_cli_say ("%s", error->message);
      return LEYDEN_EXIT_USAGE;
    }
  supply (arguments, outer);
  if (inner != NULL)
    supply (arguments, inner);
  return LEYDEN_EXIT_OK;
}
