/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-find.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-find-private.h"
#include "leyden-flow-private.h"
#include "leyden-flow-structure-private.h"
#include "leyden-text.h"

/* What is said of a match, and the edit that replaces it. */

#define EXCERPT_BEFORE 30
#define EXCERPT_AFTER 80

static LeydenNode *
get_node (const LeydenFindPlace *place,
          LeydenFlow            *flow)
{
  LeydenFlow *body = place->kind == LEYDEN_ELEMENT_NODE ? leyden_flow_find_body (flow, (const char * const *) place->scope) : NULL;

  return body != NULL ? leyden_flow_get_node (body, place->id) : NULL;
}

static gboolean
is_parameter (const LeydenFindPlace *place)
{
  return place->kind == LEYDEN_ELEMENT_NODE && g_strcmp0 (place->path[0], "parameters") == 0 && place->path[1] != NULL;
}

static const LeydenParameter *
get_parameter (const LeydenFindPlace *place,
               LeydenNode            *node,
               LeydenNodeTypes       *types)
{
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (types, node->type) : NULL;

  return type != NULL ? leyden_node_type_find_parameter (type, place->path[1]) : NULL;
}

static const char *
get_last (char **path)
{
  return path[g_strv_length (path) - 1];
}

/* --- what stays --- */

/* Texts that others name: a port by its field, one of a fixed choice. */
static gboolean
is_name (const LeydenFindPlace *place,
         const LeydenParameter *parameter)
{
  static const char * const names[] = { "name", "type", "role", NULL };
  static const char * const texts[] = { "title", "description", NULL };
  const char *last = get_last (place->path);

  switch (parameter->kind)
    {
    case LEYDEN_PARAMETER_ENUM:
      return TRUE;
    case LEYDEN_PARAMETER_FIELDS:
    case LEYDEN_PARAMETER_CASES:
      return g_strv_contains (names, last);
    case LEYDEN_PARAMETER_SCHEMA:
      return !g_strv_contains (texts, last);
    case LEYDEN_PARAMETER_TEXT:
    case LEYDEN_PARAMETER_MULTILINE:
    case LEYDEN_PARAMETER_TEMPLATE:
    case LEYDEN_PARAMETER_INTEGER:
    case LEYDEN_PARAMETER_NUMBER:
    case LEYDEN_PARAMETER_BOOLEAN:
    case LEYDEN_PARAMETER_MODEL:
    case LEYDEN_PARAMETER_EXPRESSION:
    case LEYDEN_PARAMETER_REGEX:
    case LEYDEN_PARAMETER_JSON_PATH:
    case LEYDEN_PARAMETER_JSON:
    case LEYDEN_PARAMETER_EXAMPLES:
    case LEYDEN_PARAMETER_WEIGHTS:
    case LEYDEN_PARAMETER_SECRET:
    default:
      return FALSE;
    }
}

LeydenFindKeep
leyden_find_get_keep (const LeydenFindPlace *place,
                      LeydenFlow            *flow,
                      LeydenNodeTypes       *types)
{
  LeydenNode *node;
  const LeydenParameter *parameter;
  LeydenValue *mark;

  g_return_val_if_fail (place != NULL, LEYDEN_FIND_KEEP_NOT);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), LEYDEN_FIND_KEEP_NOT);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), LEYDEN_FIND_KEEP_NOT);

  if (place->kind == LEYDEN_ELEMENT_NODE && g_str_equal (place->path[0], "id"))
    return LEYDEN_FIND_KEEP_ID;
  if (leyden_text_looks_secret (leyden_value_get_string (place->text, NULL)))
    return LEYDEN_FIND_KEEP_SECRET;
  if (!is_parameter (place))
    return LEYDEN_FIND_KEEP_NOT;
  if (g_str_equal (get_last (place->path), "secret"))
    return LEYDEN_FIND_KEEP_SECRET;
  node = get_node (place, flow);
  mark = node != NULL ? leyden_node_get_trainable (node, place->path[1]) : NULL;
  if (mark != NULL && leyden_value_get_member_boolean (mark, "locked", FALSE))
    return LEYDEN_FIND_KEEP_LOCKED;
  parameter = get_parameter (place, node, types);
  if (parameter == NULL)
    return LEYDEN_FIND_KEEP_NOT;
  if (parameter->kind == LEYDEN_PARAMETER_SECRET)
    return LEYDEN_FIND_KEEP_SECRET;
  return is_name (place, parameter) ? LEYDEN_FIND_KEEP_NAME : LEYDEN_FIND_KEEP_NOT;
}

const char *
leyden_find_keep_to_string (LeydenFindKeep keep)
{
  switch (keep)
    {
    case LEYDEN_FIND_KEEP_ID:
      return _("Ids stay as they are");
    case LEYDEN_FIND_KEEP_SECRET:
      return _("Keys stay as they are");
    case LEYDEN_FIND_KEEP_LOCKED:
      return _("Locked settings stay as they are");
    case LEYDEN_FIND_KEEP_NAME:
      return _("Names that wires hang on stay as they are");
    case LEYDEN_FIND_KEEP_NOT:
    default:
      return NULL;
    }
}

/* --- what is said of it --- */

static char *
dup_node_title (LeydenFlow      *flow,
                LeydenNodeTypes *types,
                const char      *id)
{
  LeydenNode *node = leyden_flow_get_node (flow, id);

  return node != NULL ? leyden_structure_dup_title (types, node) : leyden_text_display (id, -1, 60, FALSE);
}

static char *
dup_element (const LeydenFindPlace *place,
             LeydenFlow            *flow,
             LeydenNodeTypes       *types)
{
  LeydenFrame *frame;

  switch (place->kind)
    {
    case LEYDEN_ELEMENT_NODE:
      return dup_node_title (flow, types, place->id);
    case LEYDEN_ELEMENT_FRAME:
      frame = leyden_flow_get_frame (flow, place->id);
      return leyden_text_display (frame != NULL ? frame->title : place->id, -1, 60, FALSE);
    case LEYDEN_ELEMENT_NOTE:
      return g_strdup (_("Note"));
    case LEYDEN_ELEMENT_FLOW:
    case LEYDEN_ELEMENT_EDGE:
    default:
      return g_strdup (_("Flow"));
    }
}

char *
leyden_find_dup_where (const LeydenFindPlace *place,
                       LeydenFlow            *flow,
                       LeydenNodeTypes       *types)
{
  g_autoptr(GString) where = NULL;
  g_autofree char *element = NULL;

  g_return_val_if_fail (place != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  where = g_string_new (NULL);
  for (guint i = 0; place->scope[i] != NULL && flow != NULL; i++)
    {
      g_autofree char *title = dup_node_title (flow, types, place->scope[i]);

      g_string_append_printf (where, "%s › ", title);
      flow = leyden_flow_get_body (flow, place->scope[i]);
    }
  element = flow != NULL ? dup_element (place, flow, types) : g_strdup (place->id);
  g_string_append (where, element);
  return g_string_free (g_steal_pointer (&where), FALSE);
}

char *
leyden_find_dup_field (const LeydenFindPlace *place,
                       LeydenFlow            *flow,
                       LeydenNodeTypes       *types)
{
  const LeydenParameter *parameter;

  g_return_val_if_fail (place != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  if (is_parameter (place))
    {
      parameter = get_parameter (place, get_node (place, flow), types);
      return leyden_text_display (parameter != NULL ? parameter->title : place->path[1], -1, 60, FALSE);
    }
  if (g_str_equal (place->path[0], "id"))
    return g_strdup (_("Id"));
  if (g_str_equal (place->path[0], "text"))
    return g_strdup (_("Text"));
  if (g_str_equal (place->path[0], "description"))
    return g_strdup (_("Description"));
  return g_strdup (_("Title"));
}

/* Up to so many characters back, not over the beginning of the line. */
static const char *
go_back (const char *text,
         const char *from,
         guint       n)
{
  while (n > 0 && from > text && from[-1] != '\n')
    {
      from = g_utf8_prev_char (from);
      n--;
    }
  return from;
}

static const char *
go_on (const char *from,
       const char *end,
       guint       n)
{
  while (n > 0 && from < end && *from != '\n')
    {
      from = g_utf8_next_char (from);
      n--;
    }
  return from;
}

char *
leyden_find_dup_excerpt (const LeydenFindMatch *match,
                         gsize                 *start,
                         gsize                 *end)
{
  gsize length;
  const char *text;
  const char *from, *to, *stop;
  const char *cut = "";
  g_autofree char *before = NULL;
  g_autofree char *found = NULL;
  g_autofree char *after = NULL;
  g_autofree char *masked = NULL;

  g_return_val_if_fail (match != NULL, NULL);

  text = leyden_value_get_string (match->place->text, &length);
  masked = leyden_text_mask_secrets (text, (gssize) length);
  if (masked != NULL)
    {
      *start = *end = 0;
      return leyden_text_escape (masked, -1, EXCERPT_BEFORE + EXCERPT_AFTER);
    }
  from = go_back (text, text + match->start, EXCERPT_BEFORE);
  stop = go_on (text + match->start, text + match->end, EXCERPT_AFTER);
  to = stop == text + match->end ? go_on (stop, text + length, EXCERPT_AFTER) : stop;
  before = from < text + match->start ? leyden_text_escape (from, text + match->start - from, 0) : g_strdup ("");
  found = leyden_text_escape (text + match->start, stop - (text + match->start), 0);
  after = to > stop ? leyden_text_escape (stop, to - stop, 0) : g_strdup ("");
  if (from > text && from[-1] != '\n')
    cut = "…";
  *start = strlen (cut) + strlen (before);
  *end = *start + strlen (found);
  return g_strconcat (cut, before, found, after, to < text + length && *to != '\n' ? "…" : "", NULL);
}

/* --- replacing --- */

/* What stands there now; NULL when it is gone. */
static LeydenValue *
get_current (const LeydenFindPlace *place,
             LeydenFlow            *flow)
{
  LeydenFlow *body = leyden_flow_find_body (flow, (const char * const *) place->scope);
  LeydenElement *element;
  LeydenValue *value;
  guint i = 0;

  if (body == NULL)
    return NULL;
  if (place->kind == LEYDEN_ELEMENT_FLOW)
    return leyden_flow_get_property_value (body, place->path[0]);
  element = leyden_flow_get_element (body, place->kind, place->id);
  value = element != NULL ? element->value : NULL;
  for (; value != NULL && place->path[i] != NULL; i++)
    if (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST)
      value = leyden_value_get_item (value, (guint) g_ascii_strtoull (place->path[i], NULL, 10));
    else
      value = leyden_value_get_member (value, place->path[i]);
  return value;
}

static gboolean
is_as_found (const LeydenFindPlace *place,
             LeydenFlow            *flow)
{
  LeydenValue *now = get_current (place, flow);

  return now != NULL && leyden_value_equal (now, place->text);
}

/* The text of a match's replacement: as it is, or with what the groups matched. */
static gboolean
append_replacement (LeydenFind             *self,
                    GString                *result,
                    const LeydenFindMatch  *match,
                    const char             *replacement,
                    GError                **error)
{
  g_autoptr(GMatchInfo) info = NULL;
  g_autofree char *expanded = NULL;
  g_autoptr(GError) local = NULL;
  gsize length;
  const char *text = leyden_value_get_string (match->place->text, &length);

  if (!(self->flags & LEYDEN_FIND_REGEX))
    {
      g_string_append (result, replacement);
      return TRUE;
    }
  if (!g_regex_match_full (self->regex, text, (gssize) length, (int) match->start, G_REGEX_MATCH_NOTEMPTY | G_REGEX_MATCH_ANCHORED, &info, NULL))
    {
      leyden_find_set_limit_error (error);
      return FALSE;
    }
  expanded = g_match_info_expand_references (info, replacement, &local);
  if (local != NULL)
    {
      g_set_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN, _("The replacement cannot be used: %s"), local->message);
      return FALSE;
    }
  g_string_append (result, expanded != NULL ? expanded : "");
  return TRUE;
}

/* The place's text with its matches from @first on, up to @end, replaced. Gives the index behind the last of this place. */
static guint
replace_place (LeydenFind               *self,
               LeydenEdit               *edit,
               const LeydenFindResults  *results,
               guint                     first,
               guint                     end,
               const char               *replacement,
               GError                  **error)
{
  LeydenFindPlace *place = g_array_index (results->matches, LeydenFindMatch, first).place;
  gsize length;
  const char *text = leyden_value_get_string (place->text, &length);
  g_autoptr(GString) result = g_string_new (NULL);
  g_autoptr(LeydenValue) value = NULL;
  gsize at = 0;
  guint i;

  for (i = first; i < end && g_array_index (results->matches, LeydenFindMatch, i).place == place; i++)
    {
      const LeydenFindMatch *match = &g_array_index (results->matches, LeydenFindMatch, i);

      g_string_append_len (result, text + at, (gssize) (match->start - at));
      if (!append_replacement (self, result, match, replacement, error))
        return i;
      at = match->end;
    }
  g_string_append_len (result, text + at, (gssize) (length - at));
  value = leyden_value_new_string (result->str, (gssize) result->len);
  /* A node without a title has that of its kind. */
  leyden_edit_add_in (edit, (const char * const *) place->scope, place->kind, place->id, (const char * const *) place->path,
                      result->len == 0 && place->kind == LEYDEN_ELEMENT_NODE && g_str_equal (place->path[0], "title") ? NULL : value);
  return i;
}

static guint
skip_place (const LeydenFindResults *results,
            guint                    first,
            guint                    end)
{
  LeydenFindPlace *place = g_array_index (results->matches, LeydenFindMatch, first).place;

  while (first < end && g_array_index (results->matches, LeydenFindMatch, first).place == place)
    first++;
  return first;
}

LeydenEdit *
leyden_find_replace (LeydenFind               *self,
                     LeydenFlow               *flow,
                     LeydenNodeTypes          *types,
                     const LeydenFindResults  *results,
                     guint                     first,
                     guint                     n,
                     const char               *replacement,
                     guint                    *n_replaced,
                     guint                    *n_kept,
                     GError                  **error)
{
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GError) local = NULL;
  guint end;
  guint replaced = 0;
  guint kept = 0;

  g_return_val_if_fail (self != NULL && results != NULL && replacement != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  g_return_val_if_fail (first <= results->matches->len && n <= results->matches->len - first, NULL);

  edit = leyden_edit_new (n == 1 ? _("Replace") : _("Replace All"));
  end = first + n;
  for (guint i = first; i < end && local == NULL;)
    {
      LeydenFindPlace *place = g_array_index (results->matches, LeydenFindMatch, i).place;
      gboolean may = leyden_find_get_keep (place, flow, types) == LEYDEN_FIND_KEEP_NOT && is_as_found (place, flow);
      guint next = may ? replace_place (self, edit, results, i, end, replacement, &local) : skip_place (results, i, end);

      if (may)
        replaced += next - i;
      else
        kept += next - i;
      i = next;
    }
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (n_replaced != NULL)
    *n_replaced = replaced;
  if (n_kept != NULL)
    *n_kept = kept;
  return g_steal_pointer (&edit);
}
