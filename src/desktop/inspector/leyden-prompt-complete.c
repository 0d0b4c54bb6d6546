/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prompt-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-text.h"

/* What could stand where the cursor is: names of inputs, outputs of other nodes that can be connected, members of the last values. */

#define MAX_PROPOSALS 50

typedef struct
{
  GPtrArray           *proposals;
  LeydenEditorContext *context;
  const char          *typed;           /* what stands between the braces so far */
  const char          *before;          /* goes before what is inserted, "{{ " or " " */
  const char          *after;           /* and behind it, " }}" or "" */
} Completion;

void
leyden_proposal_free (LeydenProposal *self)
{
  g_free (self->label);
  g_free (self->detail);
  g_free (self->insert);
  g_free (self->node);
  g_free (self->port);
  g_free (self);
}

static gboolean
begins_with (const char *name,
             const char *typed)
{
  g_autofree char *left = g_utf8_casefold (name, -1);
  g_autofree char *right = g_utf8_casefold (typed, -1);

  return g_str_has_prefix (left, right);
}

/* The beginning of a value in one line. */
static char *
describe_value (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  if (value == NULL)
    return NULL;
  if (text != NULL)
    {
      g_autofree char *shown = *text != '\0' ? leyden_text_display (text, -1, 40, FALSE) : NULL;

      return shown != NULL ? g_strdup_printf (_("“%s”"), shown) : g_strdup (_("empty text"));
    }
  if (leyden_value_get_number_text (value) != NULL)
    return leyden_text_display (leyden_value_get_number_text (value), -1, 30, FALSE);
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_LIST:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "list of %u", "list of %u", leyden_value_get_size (value)),
                              leyden_value_get_size (value));
    case LEYDEN_VALUE_OBJECT:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "object with %u field", "object with %u fields", leyden_value_get_size (value)),
                              leyden_value_get_size (value));
    case LEYDEN_VALUE_BOOLEAN:
      return g_strdup (leyden_value_get_boolean (value) ? "true" : "false");
    default:
      return g_strdup ("null");
    }
}

static void
propose (Completion              *self,
         const char              *name,
         char                    *detail,
         const LeydenEditorOffer *offer)
{
  LeydenProposal *proposal;

  if (self->proposals->len >= MAX_PROPOSALS)
    {
      g_free (detail);
      return;
    }
  proposal = g_new0 (LeydenProposal, 1);
  proposal->label = leyden_text_display (name, -1, 60, FALSE);
  proposal->detail = detail;
  proposal->insert = g_strconcat (self->before, name, self->after, NULL);
  if (offer != NULL)
    {
      proposal->node = g_strdup (offer->node);
      proposal->port = g_strdup (offer->port);
    }
  g_ptr_array_add (self->proposals, proposal);
}

static gboolean
is_plain_key (const char *key)
{
  if (*key == '\0' || g_utf8_strlen (key, -1) > 60)
    return FALSE;
  for (const char *p = key; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isalnum (g_utf8_get_char (p)) && *p != '_' && *p != '-')
      return FALSE;
  return TRUE;
}

/* Members of @value that begin with what was typed behind @base. */
static void
propose_members (Completion  *self,
                 const char  *base,
                 LeydenValue *value,
                 const char  *part)
{
  guint size = leyden_value_get_size (value);

  for (guint i = 0; leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT && i < size; i++)
    {
      const char *key = leyden_value_get_key (value, i);
      g_autofree char *path = is_plain_key (key) ? g_strconcat (base, ".", key, NULL) : g_strdup_printf ("%s.\"%s\"", base, key);

      if (strpbrk (key, "\"{}\n") != NULL || !begins_with (key, part))
        continue;
      propose (self, path, describe_value (leyden_value_get_item (value, i)), NULL);
    }
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST && size > 0 && *part == '\0')
    {
      g_autofree char *first = g_strconcat (base, "[0]", NULL);
      g_autofree char *last = g_strconcat (base, "[#-1]", NULL);

      propose (self, first, describe_value (leyden_value_get_item (value, 0)), NULL);
      if (size > 1)
        propose (self, last, describe_value (leyden_value_get_item (value, size - 1)), NULL);
    }
}

static void
propose_names (Completion *self,
               gboolean    makes_inputs)
{
  LeydenEditorContext *context = self->context;
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; context->names[i] != NULL; i++)
    {
      const char *name = context->names[i];
      LeydenValue *value = leyden_editor_context_get_value (context, name);

      /* What is being typed has made an input of its own. */
      if (!begins_with (name, self->typed) ||
          (makes_inputs && !g_hash_table_contains (context->wired, name) && g_str_equal (name, self->typed)))
        continue;
      g_hash_table_add (seen, (gpointer) name);
      propose (self, name, value != NULL ? describe_value (value) : g_strdup (_("input")), NULL);
      if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
        propose_members (self, name, value, "");
    }
  for (guint i = 0; makes_inputs && i < context->offers->len; i++)
    {
      const LeydenEditorOffer *offer = g_ptr_array_index (context->offers, i);
      g_autofree char *title = leyden_text_display (offer->title, -1, 40, FALSE);

      if (!begins_with (offer->port, self->typed) || !g_hash_table_add (seen, offer->port))
        continue;
      propose (self, offer->port, g_strdup_printf (_("connects “%s”"), title), offer);
    }
}

/* "name.path.par" into the value at "name.path", that text, and "par". */
static void
propose_path (Completion *self)
{
  g_autofree char *name = g_strndup (self->typed, strcspn (self->typed, ".["));
  LeydenValue *value = leyden_editor_context_get_value (self->context, name);
  const char *path = self->typed + strlen (name);
  const char *dot = strrchr (path, '.');
  const char *bracket = strrchr (path, '[');
  const char *part = dot > bracket ? dot : bracket;
  g_autofree char *base = g_strndup (self->typed, (gsize) (part - self->typed));
  g_autofree char *full = g_strdup_printf ("$%s", base + strlen (name));
  g_autoptr(LeydenValue) parent = value != NULL ? leyden_json_path_extract (value, full, NULL) : NULL;

  if (parent != NULL)
    propose_members (self, base, parent, part + 1);
}

/* The braces before @cursor that are open there; NULL outside. */
static const char *
find_open (const char *text,
           const char *cursor)
{
  for (const char *p = cursor; p - text >= 2 && p[-1] != '\n'; p--)
    {
      if (p[-1] == '}' && p[-2] == '}')
        return NULL;
      if (p[-1] == '{' && p[-2] == '{')
        return p;
    }
  return NULL;
}

GPtrArray *
leyden_prompt_text_complete (const char          *text,
                             guint                cursor,
                             gboolean             asked,
                             gboolean             makes_inputs,
                             LeydenEditorContext *context,
                             guint               *start)
{
  const char *at = g_utf8_offset_to_pointer (text, cursor);
  const char *open = find_open (text, at);
  gboolean closed = g_str_has_prefix (at + strspn (at, " "), "}}");
  g_autofree char *typed = open != NULL ? g_strndup (open, (gsize) (at - open)) : g_strdup ("");
  Completion self = { .context = context, .typed = g_strchug (typed), .before = open != NULL ? " " : "{{ ", .after = " }}" };
  g_autoptr(GPtrArray) proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_free);

  g_return_val_if_fail (start != NULL, NULL);

  if (context == NULL || (open == NULL && !asked))
    return NULL;
  /* What closes it stands there already. */
  if (open != NULL && closed)
    self.after = *at == ' ' ? "" : " ";
  self.proposals = proposals;
  *start = open != NULL ? (guint) g_utf8_pointer_to_offset (text, open) : cursor;
  if (strpbrk (typed, ".[") != NULL)
    propose_path (&self);
  else
    propose_names (&self, makes_inputs);
  return proposals->len > 0 ? g_steal_pointer (&proposals) : NULL;
}
