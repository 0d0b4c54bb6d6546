/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-diff.h"

#include <glib/gi18n-lib.h>
#include "leyden-flow-private.h"

/* What differs between two flows: as an edit, and in words. */

typedef LeydenValue *(*GetValue) (gpointer element);
typedef const char *(*GetId) (gpointer element);

static const struct
{
  GPtrArray *(*list) (LeydenFlow *flow);
  GetId        id;
  GetValue     value;
} elements[] = {
  [LEYDEN_ELEMENT_NODE] = { leyden_flow_list_nodes, (GetId) (void (*) (void)) leyden_node_get_id, (GetValue) (void (*) (void)) leyden_node_get_value },
  [LEYDEN_ELEMENT_EDGE] = { leyden_flow_list_edges, (GetId) (void (*) (void)) leyden_edge_get_id, (GetValue) (void (*) (void)) leyden_edge_get_value },
  [LEYDEN_ELEMENT_FRAME] = { leyden_flow_list_frames, (GetId) (void (*) (void)) leyden_frame_get_id, (GetValue) (void (*) (void)) leyden_frame_get_value },
  [LEYDEN_ELEMENT_NOTE] = { leyden_flow_list_notes, (GetId) (void (*) (void)) leyden_note_get_id, (GetValue) (void (*) (void)) leyden_note_get_value },
};

/* Id → value. The strings belong to the flow. */
static GHashTable *
collect (LeydenFlow        *flow,
         LeydenElementKind  kind)
{
  g_autoptr(GPtrArray) list = elements[kind].list (flow);
  GHashTable *values = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < list->len; i++)
    {
      gpointer element = g_ptr_array_index (list, i);

      g_hash_table_insert (values, (char *) elements[kind].id (element), elements[kind].value (element));
    }
  return values;
}

/* --- as an edit --- */

static void
diff_kind (LeydenEdit        *edit,
           LeydenFlow        *from,
           LeydenFlow        *to,
           LeydenElementKind  kind,
           gboolean           removals)
{
  g_autoptr(GHashTable) before = collect (from, kind);
  g_autoptr(GHashTable) after = collect (to, kind);
  g_autoptr(GPtrArray) list = elements[kind].list (removals ? from : to);

  for (guint i = 0; i < list->len; i++)
    {
      const char *id = elements[kind].id (g_ptr_array_index (list, i));
      LeydenValue *old = g_hash_table_lookup (before, id);
      LeydenValue *value = g_hash_table_lookup (after, id);

      if (removals && value == NULL)
        leyden_edit_add (edit, kind, id, NULL, NULL);
      else if (!removals && (old == NULL || !leyden_value_equal (old, value)))
        leyden_edit_add (edit, kind, id, NULL, value);
    }
}

static void
diff_properties (LeydenEdit *edit,
                 LeydenFlow *from,
                 LeydenFlow *to)
{
  static const char * const own[] = { "leyden", "id", "nodes", "edges", "frames", "notes", NULL };
  LeydenValue *before = leyden_flow_get_properties (from);
  LeydenValue *after = leyden_flow_get_properties (to);

  for (guint i = 0; i < leyden_value_get_size (before); i++)
    {
      const char *key = leyden_value_get_key (before, i);

      if (!g_strv_contains (own, key) && leyden_value_get_member (after, key) == NULL)
        leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { key, NULL }, NULL);
    }
  for (guint i = 0; i < leyden_value_get_size (after); i++)
    {
      const char *key = leyden_value_get_key (after, i);
      LeydenValue *value = leyden_value_get_item (after, i);
      LeydenValue *old = leyden_value_get_member (before, key);

      if (!g_strv_contains (own, key) && (old == NULL || !leyden_value_equal (old, value)))
        leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { key, NULL }, value);
    }
}

LeydenEdit *
leyden_flow_diff (LeydenFlow *from,
                  LeydenFlow *to,
                  const char *label)
{
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (from), NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (to), NULL);

  edit = leyden_edit_new (label);
  /* Wires go before their nodes and come after them. */
  for (int kind = LEYDEN_ELEMENT_NOTE; kind > LEYDEN_ELEMENT_FLOW; kind--)
    diff_kind (edit, from, to, (LeydenElementKind) kind, TRUE);
  for (int kind = LEYDEN_ELEMENT_NODE; kind <= LEYDEN_ELEMENT_NOTE; kind++)
    diff_kind (edit, from, to, (LeydenElementKind) kind, FALSE);
  diff_properties (edit, from, to);
  return edit;
}

/* --- in words --- */

typedef struct
{
  LeydenNodeTypes *types;               /* nullable */
  guint            added[LEYDEN_ELEMENT_NOTE + 1];
  guint            removed[LEYDEN_ELEMENT_NOTE + 1];
  guint            changed[LEYDEN_ELEMENT_NOTE + 1];
  guint            n_moved;
  char            *named;               /* the one change of a node, in words; NULL once there are more */
} LeydenSummary;

static const char *
title_of (LeydenSummary *self,
          LeydenNode    *node)
{
  const LeydenNodeType *type;

  if (*leyden_node_get_title (node) != '\0')
    return leyden_node_get_title (node);
  type = self->types != NULL ? leyden_node_types_lookup (self->types, leyden_node_get_type_name (node)) : NULL;
  return type != NULL ? type->title : leyden_node_get_type_name (node);
}

static gboolean
is_same (LeydenValue *a,
         LeydenValue *b)
{
  return a == b || (a != NULL && b != NULL && leyden_value_equal (a, b));
}

/* The one parameter that differs, NULL for none or several. */
static const char *
find_parameter (LeydenNode *before,
                LeydenNode *after,
                guint      *n)
{
  LeydenValue *both[2] = { leyden_node_get_parameters (before), leyden_node_get_parameters (after) };
  const char *name = NULL;

  *n = 0;
  for (guint side = 0; side < 2; side++)
    for (guint i = 0; i < leyden_value_get_size (both[side]); i++)
      {
        const char *key = leyden_value_get_key (both[side], i);
        LeydenValue *other = leyden_value_get_member (both[1 - side], key);

        if ((side == 1 && other != NULL) || is_same (leyden_value_get_item (both[side], i), other))
          continue;
        name = key;
        (*n)++;
      }
  return *n == 1 ? name : NULL;
}

static char *
describe_node (LeydenSummary *self,
               LeydenNode    *before,
               LeydenNode    *after)
{
  const LeydenNodeType *type = self->types != NULL ? leyden_node_types_lookup (self->types, leyden_node_get_type_name (after)) : NULL;
  const LeydenParameter *parameter;
  const char *name;
  guint n;

  name = find_parameter (before, after, &n);
  parameter = name != NULL && type != NULL ? leyden_node_type_find_parameter (type, name) : NULL;
  if (name != NULL)
    /* Translators: a parameter and the title of its node, "Prompt of Classify changed" */
    return g_strdup_printf (_("%s of %s changed"), parameter != NULL ? parameter->title : name, title_of (self, after));
  if (n == 0 && !g_str_equal (leyden_node_get_title (before), leyden_node_get_title (after)))
    return g_strdup_printf (_("%s renamed to %s"), title_of (self, before), title_of (self, after));
  return g_strdup_printf (_("%s changed"), title_of (self, after));
}

static gboolean
is_moved_only (LeydenValue *before,
               LeydenValue *after)
{
  g_autoptr(LeydenValue) placed = leyden_value_with_member (before, "position", leyden_value_get_member (after, "position"));

  return leyden_value_get_member (after, "position") != NULL && leyden_value_equal (placed, after);
}

static void summarize (LeydenSummary *self, LeydenFlow *from, LeydenFlow *to);

static gboolean
is_same_but_body (LeydenValue *before,
                  LeydenValue *after)
{
  g_autoptr(LeydenValue) a = leyden_value_with_member (before, "flow", NULL);
  g_autoptr(LeydenValue) b = leyden_value_with_member (after, "flow", NULL);

  return leyden_value_equal (a, b);
}

static void
add_changed_node (LeydenSummary *self,
                  LeydenFlow    *from,
                  LeydenFlow    *to,
                  const char    *id)
{
  LeydenNode *before = leyden_flow_get_node (from, id);
  LeydenNode *after = leyden_flow_get_node (to, id);
  LeydenFlow *body = leyden_flow_get_body (from, id);
  LeydenFlow *new_body = leyden_flow_get_body (to, id);

  if (body != NULL && new_body != NULL)
    summarize (self, body, new_body);
  if (body != NULL && new_body != NULL && is_same_but_body (leyden_node_get_value (before), leyden_node_get_value (after)))
    return;
  if (is_moved_only (leyden_node_get_value (before), leyden_node_get_value (after)))
    {
      self->n_moved++;
      return;
    }
  g_clear_pointer (&self->named, g_free);
  if (self->changed[LEYDEN_ELEMENT_NODE]++ == 0)
    self->named = describe_node (self, before, after);
}

static void
summarize (LeydenSummary *self,
           LeydenFlow    *from,
           LeydenFlow    *to)
{
  for (int kind = LEYDEN_ELEMENT_NODE; kind <= LEYDEN_ELEMENT_NOTE; kind++)
    {
      g_autoptr(GHashTable) before = collect (from, (LeydenElementKind) kind);
      g_autoptr(GHashTable) after = collect (to, (LeydenElementKind) kind);
      GHashTableIter iter;
      gpointer id, value;

      g_hash_table_iter_init (&iter, before);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        self->removed[kind] += !g_hash_table_contains (after, id);
      g_hash_table_iter_init (&iter, after);
      while (g_hash_table_iter_next (&iter, &id, &value))
        {
          LeydenValue *old = g_hash_table_lookup (before, id);

          if (old == NULL)
            self->added[kind]++;
          else if (leyden_value_equal (old, value))
            continue;
          else if (kind == LEYDEN_ELEMENT_NODE)
            add_changed_node (self, from, to, id);
          else
            self->changed[kind]++;
        }
    }
}

static void G_GNUC_PRINTF (2, 3)
append_part (GString    *text,
             const char *format,
             ...)
{
  va_list arguments;

  if (text->len > 0)
    g_string_append (text, ", ");
  va_start (arguments, format);
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);
}

char *
leyden_flow_summarize (LeydenFlow      *from,
                       LeydenFlow      *to,
                       LeydenNodeTypes *types)
{
  LeydenSummary self = { .types = types };
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(LeydenEdit) properties = NULL;
  g_autofree char *named = NULL;
  guint n_boxes;

  g_return_val_if_fail (LEYDEN_IS_FLOW (from), NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (to), NULL);

  summarize (&self, from, to);
  named = self.named;
  if (self.added[LEYDEN_ELEMENT_NODE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u node added", "%u nodes added", self.added[LEYDEN_ELEMENT_NODE]), self.added[LEYDEN_ELEMENT_NODE]);
  if (self.removed[LEYDEN_ELEMENT_NODE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u node removed", "%u nodes removed", self.removed[LEYDEN_ELEMENT_NODE]), self.removed[LEYDEN_ELEMENT_NODE]);
  if (named != NULL)
    append_part (text, "%s", named);
  else if (self.changed[LEYDEN_ELEMENT_NODE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u node changed", "%u nodes changed", self.changed[LEYDEN_ELEMENT_NODE]), self.changed[LEYDEN_ELEMENT_NODE]);
  if (self.added[LEYDEN_ELEMENT_EDGE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u wire added", "%u wires added", self.added[LEYDEN_ELEMENT_EDGE]), self.added[LEYDEN_ELEMENT_EDGE]);
  if (self.removed[LEYDEN_ELEMENT_EDGE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u wire removed", "%u wires removed", self.removed[LEYDEN_ELEMENT_EDGE]), self.removed[LEYDEN_ELEMENT_EDGE]);
  if (self.changed[LEYDEN_ELEMENT_EDGE] > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u wire changed", "%u wires changed", self.changed[LEYDEN_ELEMENT_EDGE]), self.changed[LEYDEN_ELEMENT_EDGE]);
  n_boxes = self.added[LEYDEN_ELEMENT_FRAME] + self.removed[LEYDEN_ELEMENT_FRAME] + self.changed[LEYDEN_ELEMENT_FRAME];
  if (n_boxes > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u frame changed", "%u frames changed", n_boxes), n_boxes);
  n_boxes = self.added[LEYDEN_ELEMENT_NOTE] + self.removed[LEYDEN_ELEMENT_NOTE] + self.changed[LEYDEN_ELEMENT_NOTE];
  if (n_boxes > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u note changed", "%u notes changed", n_boxes), n_boxes);
  if (text->len == 0 && self.n_moved > 0)
    append_part (text, g_dngettext (GETTEXT_PACKAGE, "%u node moved", "%u nodes moved", self.n_moved), self.n_moved);
  properties = leyden_edit_new (NULL);
  diff_properties (properties, from, to);
  if (text->len == 0 && leyden_edit_get_n_changes (properties) > 0)
    append_part (text, "%s", _("Properties of the flow changed"));
  if (text->len == 0)
    append_part (text, "%s", _("No changes"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}
