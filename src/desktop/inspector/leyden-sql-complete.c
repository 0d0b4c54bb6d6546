/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-sql-complete.h"

#include <gio/gio.h>
#include <string.h>

#include "leyden-condition.h"
#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define FUNCTIONS_RESOURCE "/io/github/leyden/Leyden/expression-functions.json"
#define MAX_PROPOSALS 50

/* Read once; a part of the program. */
static LeydenValue *
get_functions (void)
{
  static LeydenValue *functions;

  if (g_once_init_enter (&functions))
    {
      g_autoptr(GBytes) bytes = g_resources_lookup_data (FUNCTIONS_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      g_autoptr(LeydenValue) document = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;
      LeydenValue *list = leyden_value_get_member (document, "functions");

      g_once_init_leave (&functions, list != NULL ? leyden_value_ref (list) : leyden_value_new_null ());
    }
  return functions;
}

static gboolean
begins_with (const char *name,
             const char *typed)
{
  g_autofree char *left = g_utf8_casefold (name, -1);
  g_autofree char *right = g_utf8_casefold (typed, -1);

  return g_str_has_prefix (left, right);
}

static void
propose (GPtrArray  *proposals,
         const char *label,
         const char *detail,
         const char *insert)
{
  LeydenProposal *proposal;

  if (proposals->len >= MAX_PROPOSALS)
    return;
  proposal = g_new0 (LeydenProposal, 1);
  proposal->label = leyden_text_display (label, -1, 60, FALSE);
  proposal->detail = detail != NULL ? leyden_text_display (detail, -1, 60, FALSE) : NULL;
  proposal->insert = g_strdup (insert);
  g_ptr_array_add (proposals, proposal);
}

static void
propose_names (GPtrArray           *proposals,
               LeydenEditorContext *context,
               const char          *typed)
{
  for (guint i = 0; context->names[i] != NULL; i++)
    {
      g_autoptr(LeydenCondition) quoted = NULL;
      g_autofree char *sql = NULL;

      if (!begins_with (context->names[i], typed))
        continue;
      /* With the quotes that the name needs. */
      quoted = leyden_condition_new_rule (context->names[i], LEYDEN_CONDITION_TRUE, NULL);
      sql = leyden_condition_write (quoted);
      propose (proposals, context->names[i], leyden_port_type_get_title (leyden_editor_context_get_type (context, context->names[i])), sql);
    }
}

static void
propose_functions (GPtrArray  *proposals,
                   const char *typed)
{
  LeydenValue *functions = get_functions ();

  for (guint i = 0; i < leyden_value_get_size (functions); i++)
    {
      LeydenValue *function = leyden_value_get_item (functions, i);
      const char *name = leyden_value_get_member_string (function, "name", "");
      g_autofree char *call = NULL;

      if (!g_ascii_isalpha (*name) || !begins_with (name, typed))
        continue;
      call = g_strconcat (name, "(", NULL);
      propose (proposals, name, leyden_value_get_member_string (function, "description", NULL), call);
    }
}

/* The place of “'$” in `name ->> '$.pa|`, and the name; NULL elsewhere. */
static const char *
find_path (const char  *text,
           const char  *at,
           char       **name)
{
  g_autofree char *line = g_strndup (text, (gsize) (at - text));
  const char *quote = strrchr (line, '\'');
  const char *end, *begin;

  if (quote == NULL || quote[1] != '$')
    return NULL;
  for (end = quote; end > line && g_ascii_isspace (end[-1]);)
    end--;
  if (end - line < 2 || end[-1] != '>')
    return NULL;
  while (end > line && (end[-1] == '>' || end[-1] == '-' || g_ascii_isspace (end[-1])))
    end--;
  for (begin = end; begin > line && (g_ascii_isalnum (begin[-1]) || begin[-1] == '_' || (guchar) begin[-1] >= 0x80);)
    begin--;
  if (begin == end)
    return NULL;
  *name = g_strndup (begin, (gsize) (end - begin));
  return text + (quote - line);
}

static void
propose_members (GPtrArray           *proposals,
                 LeydenEditorContext *context,
                 const char          *name,
                 const char          *path)
{
  LeydenValue *value = leyden_editor_context_get_value (context, name);
  const char *dot = strrchr (path, '.');
  const char *part = dot != NULL ? dot + 1 : "";
  g_autofree char *base = dot != NULL ? g_strndup (path, (gsize) (dot - path)) : g_strdup (path);
  g_autoptr(LeydenValue) parent = value != NULL ? leyden_json_path_extract (value, base, NULL) : NULL;

  for (guint i = 0; leyden_value_get_kind (parent) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (parent); i++)
    {
      const char *key = leyden_value_get_key (parent, i);
      g_autofree char *insert = NULL;

      if (strpbrk (key, "\"'.[]") != NULL || !begins_with (key, part))
        continue;
      insert = g_strdup_printf ("'%s.%s'", base, key);
      propose (proposals, key, leyden_value_kind_to_string (leyden_value_get_kind (leyden_value_get_item (parent, i))), insert);
    }
}

GPtrArray *
leyden_sql_complete (const char          *text,
                     guint                cursor,
                     gboolean             asked,
                     LeydenEditorContext *context,
                     guint               *start)
{
  const char *at = g_utf8_offset_to_pointer (text, cursor);
  const char *word = at;
  g_autofree char *name = NULL;
  g_autofree char *typed = NULL;
  g_autoptr(GPtrArray) proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_free);
  const char *quote;

  g_return_val_if_fail (start != NULL, NULL);

  if (context == NULL)
    return NULL;
  quote = find_path (text, at, &name);
  if (quote != NULL)
    {
      typed = g_strndup (quote + 1, (gsize) (at - quote - 1));
      propose_members (proposals, context, name, typed);
      *start = (guint) g_utf8_pointer_to_offset (text, quote);
      return proposals->len > 0 && *at != '\'' ? g_steal_pointer (&proposals) : NULL;
    }
  while (word > text && (g_ascii_isalnum (word[-1]) || word[-1] == '_' || (guchar) word[-1] >= 0x80))
    word--;
  typed = g_strndup (word, (gsize) (at - word));
  /* One letter could be anything, and a number is none. */
  if ((!asked && strlen (typed) < 2) || g_ascii_isdigit (*typed))
    return NULL;
  *start = (guint) g_utf8_pointer_to_offset (text, word);
  propose_names (proposals, context, typed);
  propose_functions (proposals, typed);
  /* What is there already needs no list. */
  if (proposals->len == 0 || (!asked && proposals->len == 1 && g_str_equal (((LeydenProposal *) g_ptr_array_index (proposals, 0))->insert, typed)))
    return NULL;
  return g_steal_pointer (&proposals);
}
