/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "leyden-text.h"

/* GOption takes the last of two equal options and any unknown text in silence; scripts are better served by a refusal. */
struct _LeydenArguments
{
  const LeydenCommand *command;
  GHashTable          *values;          /* option name → GPtrArray of text; empty: off, and said so */
  GHashTable          *origins;         /* option name → where it comes from, when not from the command line */
  GPtrArray           *operands;
};

/* Options that would put a secret where everybody sees it. Never in a table, never quoted back. */
static const char * const secret_options[] = { "key", "api-key", "apikey", "token", "password", "secret", "bearer", NULL };

static void
arguments_free (LeydenArguments *self)
{
  g_hash_table_unref (self->values);
  g_hash_table_unref (self->origins);
  g_ptr_array_unref (self->operands);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenArguments, arguments_free)

static void
write_usage (const LeydenCommand *command,
             GString             *out)
{
  g_string_append_printf (out, "%s leydenctl %s", _("Usage:"), command->name);
  if (*command->operands != '\0')
    g_string_append_printf (out, " %s", command->operands);
  for (const LeydenOption *option = command->options; option->name != NULL; option++)
    g_string_append_printf (out, " [--%s%s%s]%s", option->name, option->value == NULL ? "" : " ",
                            option->value == NULL ? "" : option->value, option->repeated ? "…" : "");
  g_string_append_c (out, '\n');
}

void
leyden_command_write_help (const LeydenCommand *command,
                           GString             *out)
{
  write_usage (command, out);
  g_string_append_printf (out, "\n%s\n", _(command->help));
  if (command->options->name != NULL)
    g_string_append_printf (out, "\n%s\n", _("Options:"));
  for (const LeydenOption *option = command->options; option->name != NULL; option++)
    {
      g_autofree char *name = g_strdup_printf ("--%s %s", option->name, option->value == NULL ? "" : option->value);

      g_string_append_printf (out, "  %-26s %s\n", name, _(option->help));
    }
  if (command->more != NULL)
    g_string_append_printf (out, "\n%s\n", _(command->more));
}

/* Where the options that a message names come from; FALSE: from the command line. */
static gboolean
say_origins (LeydenArguments *self,
             const char      *message)
{
  gboolean said = FALSE;
  GHashTableIter iter;
  gpointer name, origin;

  g_hash_table_iter_init (&iter, self->origins);
  while (g_hash_table_iter_next (&iter, &name, &origin))
    {
      g_autofree char *option = g_strconcat ("--", name, " ", NULL);

      if (strstr (message, option) == NULL)
        continue;
      leyden_cli_say (_("--%s comes from %s"), (const char *)name, (const char *)origin);
      said = TRUE;
    }
  return said;
}

int
leyden_arguments_refuse (LeydenArguments *self,
                         const char      *format,
                         ...)
{
  g_autoptr(GString) usage = g_string_new (NULL);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  write_usage (self->command, usage);
  leyden_cli_say ("%s: %s", self->command->name, message);
  if (!say_origins (self, message))
    fputs (usage->str, stderr);
  return LEYDEN_EXIT_USAGE;
}

static const LeydenOption *
find_option (const LeydenCommand *command,
             const char          *name,
             gsize                length)
{
  for (const LeydenOption *option = command->options; option->name != NULL; option++)
    if (strlen (option->name) == length && strncmp (option->name, name, length) == 0)
      return option;
  return NULL;
}

static gboolean
is_secret_option (const char *name,
                  gsize       length)
{
  for (guint i = 0; secret_options[i] != NULL; i++)
    if (strlen (secret_options[i]) == length && strncmp (secret_options[i], name, length) == 0)
      return TRUE;
  return FALSE;
}

gboolean
leyden_option_is_secret (const char *name)
{
  const char *word = strrchr (name, '-');

  return is_secret_option (name, strlen (name)) || (word != NULL && is_secret_option (word + 1, strlen (word + 1)));
}

char *
leyden_option_check (const LeydenOption *option,
                     const char         *name,
                     const char         *value)
{
  g_autofree char *shown = leyden_text_escape (value, -1, 80);
  gint64 number;

  switch (option->kind)
    {
    case LEYDEN_OPTION_INTEGER:
      if (g_ascii_string_to_signed (value, 10, option->minimum, option->maximum, &number, NULL))
        return NULL;
      return g_strdup_printf (_("%s must be a whole number from %" PRId64 " to %" PRId64 ", not “%s”"), name,
                              option->minimum, option->maximum, shown);
    case LEYDEN_OPTION_TEXT:
      return g_utf8_validate (value, -1, NULL) ? NULL : g_strdup_printf (_("%s must be UTF-8, not “%s”"), name, shown);
    case LEYDEN_OPTION_FILE:
      return *value != '\0' ? NULL : g_strdup_printf (_("%s must not be empty"), name);
    case LEYDEN_OPTION_FLAG:
    default:
      return NULL;
    }
}

static gboolean
check_value (LeydenArguments    *self,
             const LeydenOption *option,
             const char         *value)
{
  g_autofree char *name = g_strconcat ("--", option->name, NULL);
  g_autofree char *wrong = leyden_option_check (option, name, value);

  if (wrong != NULL)
    leyden_arguments_refuse (self, "%s", wrong);
  return wrong == NULL;
}

/* One "--name", "--name=value" or "--name value" at argv[*at]; FALSE after a refusal. */
static gboolean
take_option (LeydenArguments  *self,
             int               argc,
             char            **argv,
             int              *at)
{
  const char *name = argv[*at] + 2;
  const char *equals = strchr (name, '=');
  gsize length = equals == NULL ? strlen (name) : (gsize)(equals - name);
  const LeydenOption *option = find_option (self->command, name, length);
  const char *value = equals == NULL ? NULL : equals + 1;
  GPtrArray *values;

  if (option == NULL)
    {
      g_autofree char *shown = leyden_text_escape (name, (gssize)length, 80);

      if (is_secret_option (name, length))
        leyden_arguments_refuse (self, _("--%s: a key on a command line is seen by everybody on this machine; use --key-file, "
                                         "--secrets-file or LEYDEN_KEY_<NAME>"), shown);
      else
        leyden_arguments_refuse (self, _("unknown option --%s"), shown);
      return FALSE;
    }
  values = g_hash_table_lookup (self->values, option->name);
  if (values != NULL && !option->repeated)
    {
      leyden_arguments_refuse (self, _("--%s is given twice"), option->name);
      return FALSE;
    }
  if (option->kind == LEYDEN_OPTION_FLAG && value != NULL)
    {
      leyden_arguments_refuse (self, _("--%s takes no value"), option->name);
      return FALSE;
    }
  if (option->kind != LEYDEN_OPTION_FLAG && value == NULL)
    {
      if (*at + 1 >= argc)
        {
          leyden_arguments_refuse (self, _("--%s needs a value"), option->name);
          return FALSE;
        }
      *at += 1;
      value = argv[*at];
    }
  if (!check_value (self, option, value))
    return FALSE;
  if (values == NULL)
    {
      values = g_ptr_array_new ();
      g_hash_table_insert (self->values, (char *)option->name, values);
    }
  g_ptr_array_add (values, (char *)(value == NULL ? "" : value));
  return TRUE;
}

static gboolean
wants_help (int    argc,
            char **argv)
{
  for (int i = 0; i < argc && strcmp (argv[i], "--") != 0; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse (LeydenArguments  *self,
       int               argc,
       char            **argv)
{
  gboolean options = TRUE;

  for (int i = 0; i < argc; i++)
    {
      if (options && strcmp (argv[i], "--") == 0)
        options = FALSE;
      else if (options && g_str_has_prefix (argv[i], "--"))
        {
          if (!take_option (self, argc, argv, &i))
            return FALSE;
        }
      else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
        {
          g_autofree char *shown = leyden_text_escape (argv[i], -1, 80);

          leyden_arguments_refuse (self, _("unknown option %s (a file of that name is written ./%s or behind --)"), shown, shown);
          return FALSE;
        }
      else
        g_ptr_array_add (self->operands, argv[i]);
    }
  if (self->operands->len < self->command->min_operands)
    {
      leyden_arguments_refuse (self, _("%s is missing"), self->command->operands);
      return FALSE;
    }
  if (self->operands->len > self->command->max_operands)
    {
      g_autofree char *shown = leyden_text_escape (g_ptr_array_index (self->operands, self->command->max_operands), -1, 80);

      leyden_arguments_refuse (self, _("“%s” is one argument too many"), shown);
      return FALSE;
    }
  return TRUE;
}

int
leyden_command_run (const LeydenCommand  *command,
                    int                   argc,
                    char                **argv)
{
  g_autoptr(LeydenArguments) self = g_new0 (LeydenArguments, 1);

  self->command = command;
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->operands = g_ptr_array_new ();
  if (wants_help (argc, argv))
    {
      g_autoptr(GString) help = g_string_new (NULL);

      leyden_command_write_help (command, help);
      leyden_cli_print ("%s", help->str);
      return LEYDEN_EXIT_OK;
    }
  return parse (self, argc, argv) ? command->run (self) : LEYDEN_EXIT_USAGE;
}

const char *
leyden_arguments_get_operand (LeydenArguments *self,
                              guint            index)
{
  return index < self->operands->len ? g_ptr_array_index (self->operands, index) : NULL;
}

guint
leyden_arguments_get_n_operands (LeydenArguments *self)
{
  return self->operands->len;
}

gboolean
leyden_arguments_has (LeydenArguments *self,
                      const char      *option)
{
  GPtrArray *values = g_hash_table_lookup (self->values, option);

  return values != NULL && values->len > 0;
}

const LeydenOption *
leyden_arguments_get_options (LeydenArguments *self)
{
  return self->command->options;
}

void
leyden_arguments_supply (LeydenArguments    *self,
                         const LeydenOption *option,
                         const char * const *values,
                         const char         *origin)
{
  GPtrArray *kept;

  if (g_hash_table_contains (self->values, option->name))
    return;
  kept = g_ptr_array_new ();
  for (guint i = 0; values[i] != NULL; i++)
    g_ptr_array_add (kept, (char *)g_intern_string (values[i]));
  g_hash_table_insert (self->values, (char *)option->name, kept);
  g_hash_table_insert (self->origins, (char *)option->name, g_strdup (origin));
}

const char *
leyden_arguments_get_text (LeydenArguments *self,
                           const char      *option,
                           const char      *fallback)
{
  GPtrArray *values = g_hash_table_lookup (self->values, option);

  return values == NULL || values->len == 0 ? fallback : g_ptr_array_index (values, 0);
}

const char * const *
leyden_arguments_get_texts (LeydenArguments *self,
                            const char      *option)
{
  static const char * const none[] = { NULL };
  GPtrArray *values = g_hash_table_lookup (self->values, option);

  if (values == NULL || values->len == 0)
    return none;
  if (g_ptr_array_index (values, values->len - 1) != NULL)
    g_ptr_array_add (values, NULL);
  return (const char * const *)values->pdata;
}

gint64
leyden_arguments_get_integer (LeydenArguments *self,
                              const char      *option,
                              gint64           fallback)
{
  const char *text = leyden_arguments_get_text (self, option, NULL);

  return text == NULL ? fallback : g_ascii_strtoll (text, NULL, 10);
}
