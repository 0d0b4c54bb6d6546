/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-edit.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include "leyden-edit-private.h"
#include "leyden-flow-private.h"
#include "leyden-id.h"

#define MAX_CHANGES 1000000

struct _LeydenEdit
{
  gatomicrefcount  ref_count;
  char            *label;
  char            *actor;
  char            *merge_key;   /* nullable */
  gint64           time_ns;
  gboolean         applied;
  char           **scope;       /* of changes that are added; NULL: none */
  GPtrArray       *changes;     /* LeydenEditChange */
};

G_DEFINE_BOXED_TYPE (LeydenEdit, leyden_edit, leyden_edit_ref, leyden_edit_unref)

void
leyden_edit_change_free (LeydenEditChange *self)
{
  g_free (self->id);
  g_strfreev (self->path);
  g_strfreev (self->scope);
  g_clear_pointer (&self->change.before, leyden_value_unref);
  g_clear_pointer (&self->change.after, leyden_value_unref);
  g_free (self);
}

static void
change_set_scope (LeydenEditChange   *self,
                  const char * const *scope)
{
  static const char * const none[] = { NULL };
  char **copy = scope != NULL && *scope != NULL ? g_strdupv ((char **) scope) : NULL;

  g_strfreev (self->scope);
  self->scope = copy;
  self->change.scope = copy != NULL ? (const char * const *) copy : none;
}

void
leyden_edit_change_take_path (LeydenEditChange  *self,
                              char             **path)
{
  g_strfreev (self->path);
  self->path = path;
  self->change.path = (const char * const *) path;
}

void
leyden_edit_change_take_before (LeydenEditChange *self,
                                LeydenValue      *before)
{
  g_clear_pointer (&self->change.before, leyden_value_unref);
  self->change.before = before;
}

void
leyden_edit_change_take_after (LeydenEditChange *self,
                               LeydenValue      *after)
{
  g_clear_pointer (&self->change.after, leyden_value_unref);
  self->change.after = after;
}

static LeydenEditChange *
change_new (LeydenElementKind   kind,
            const char         *id,
            const char * const *path,
            LeydenValue        *after)
{
  static const char * const empty[] = { NULL };
  LeydenEditChange *self = g_new0 (LeydenEditChange, 1);

  self->change.kind = kind;
  self->id = g_strdup (id);
  self->change.id = self->id;
  self->index = -1;
  change_set_scope (self, NULL);
  self->change.after = after != NULL ? leyden_value_ref (after) : NULL;
  leyden_edit_change_take_path (self, g_strdupv ((char **) (path != NULL ? path : empty)));
  return self;
}

LeydenEdit *
leyden_edit_new (const char *label)
{
  LeydenEdit *self = g_new0 (LeydenEdit, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->label = g_strdup (label != NULL ? label : "");
  self->actor = g_strdup ("user");
  self->time_ns = leyden_time_now_ns ();
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_edit_change_free);
  return self;
}

LeydenEdit *
leyden_edit_ref (LeydenEdit *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
leyden_edit_unref (LeydenEdit *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->label);
  g_free (self->actor);
  g_free (self->merge_key);
  g_strfreev (self->scope);
  g_ptr_array_unref (self->changes);
  g_free (self);
}

void
leyden_edit_set_actor (LeydenEdit *self,
                       const char *actor)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (actor != NULL);
  g_free (self->actor);
  self->actor = g_strdup (actor);
}

void
leyden_edit_set_merge_key (LeydenEdit *self,
                           const char *key)
{
  g_return_if_fail (self != NULL);
  g_free (self->merge_key);
  self->merge_key = g_strdup (key);
}

const char *
leyden_edit_get_merge_key (LeydenEdit *self)
{
  return self->merge_key;
}

gint64
leyden_edit_get_time (LeydenEdit *self)
{
  return self->time_ns;
}

gboolean
leyden_edit_is_applied (LeydenEdit *self)
{
  return self->applied;
}

void
leyden_edit_set_applied (LeydenEdit *self)
{
  self->applied = TRUE;
}

GPtrArray *
leyden_edit_get_changes (LeydenEdit *self)
{
  return self->changes;
}

void
leyden_edit_add (LeydenEdit         *self,
                 LeydenElementKind   kind,
                 const char         *id,
                 const char * const *path,
                 LeydenValue        *after)
{
  LeydenEditChange *change;

  g_return_if_fail (self != NULL);
  g_return_if_fail (!self->applied);
  g_return_if_fail (id != NULL);

  change = change_new (kind, id, path, after);
  change_set_scope (change, (const char * const *) self->scope);
  g_ptr_array_add (self->changes, change);
}

void
leyden_edit_add_in (LeydenEdit         *self,
                    const char * const *scope,
                    LeydenElementKind   kind,
                    const char         *id,
                    const char * const *path,
                    LeydenValue        *after)
{
  g_return_if_fail (self != NULL);

  leyden_edit_add (self, kind, id, path, after);
  change_set_scope (g_ptr_array_index (self->changes, self->changes->len - 1), scope);
}

void
leyden_edit_set_scope (LeydenEdit         *self,
                       const char * const *scope)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (!self->applied);

  g_strfreev (self->scope);
  self->scope = g_strdupv ((char **) scope);
  for (guint i = 0; i < self->changes->len; i++)
    change_set_scope (g_ptr_array_index (self->changes, i), scope);
}

/* Coordinates from pointers carry noise; a hundredth of a unit is below what anyone sees and keeps files readable. */
static double
round_coordinate (float value)
{
  return isfinite (value) ? round ((double) value * 100) / 100 : 0;
}

void
leyden_edit_add_node (LeydenEdit  *self,
                      const char  *id,
                      const char  *type,
                      const char  *title,
                      float        x,
                      float        y,
                      LeydenValue *parameters)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  g_return_if_fail (id != NULL);
  g_return_if_fail (type != NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "id", id);
  leyden_value_builder_set_string (&builder, "type", type);
  if (title != NULL && *title != '\0')
    leyden_value_builder_set_string (&builder, "title", title);
  leyden_value_builder_key (&builder, "position");
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_double (&builder, "x", round_coordinate (x));
  leyden_value_builder_set_double (&builder, "y", round_coordinate (y));
  leyden_value_builder_end (&builder);
  if (parameters != NULL)
    leyden_value_builder_set (&builder, "parameters", parameters);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, NULL, value);
}

void
leyden_edit_remove_node (LeydenEdit *self,
                         LeydenFlow *flow,
                         const char *id)
{
  g_autoptr(GPtrArray) in = NULL;
  g_autoptr(GPtrArray) out = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (LEYDEN_IS_FLOW (flow));
  g_return_if_fail (id != NULL);

  in = leyden_flow_list_edges_in (flow, id, NULL);
  out = leyden_flow_list_edges_out (flow, id, NULL);
  for (guint i = 0; i < in->len; i++)
    leyden_edit_remove_edge (self, leyden_edge_get_id (g_ptr_array_index (in, i)));
  for (guint i = 0; i < out->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (out, i);

      /* An edge from a node to itself is among the incoming ones. */
      if (!g_str_equal (leyden_edge_get_target (edge), id))
        leyden_edit_remove_edge (self, leyden_edge_get_id (edge));
    }
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, NULL, NULL);
}

void
leyden_edit_move_node (LeydenEdit *self,
                       const char *id,
                       float       x,
                       float       y)
{
  g_autoptr(LeydenValue) left = leyden_value_new_double (round_coordinate (x));
  g_autoptr(LeydenValue) top = leyden_value_new_double (round_coordinate (y));

  /* One by one, so that what else a position holds stays. */
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "position", "x", NULL }, left);
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "position", "y", NULL }, top);
}

void
leyden_edit_set_parameter (LeydenEdit  *self,
                           const char  *id,
                           const char  *name,
                           LeydenValue *value)
{
  g_return_if_fail (name != NULL);
  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "parameters", name, NULL }, value);
}

void
leyden_edit_set_title (LeydenEdit *self,
                       const char *id,
                       const char *title)
{
  g_autoptr(LeydenValue) value = title != NULL && *title != '\0' ? leyden_value_new_string (title, -1) : NULL;

  leyden_edit_add (self, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "title", NULL }, value);
}

void
leyden_edit_add_edge (LeydenEdit *self,
                      const char *id,
                      const char *source,
                      const char *source_port,
                      const char *target,
                      const char *target_port)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  g_return_if_fail (id != NULL && source != NULL && source_port != NULL && target != NULL && target_port != NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "id", id);
  leyden_value_builder_set_string (&builder, "source", source);
  leyden_value_builder_set_string (&builder, "source_port", source_port);
  leyden_value_builder_set_string (&builder, "target", target);
  leyden_value_builder_set_string (&builder, "target_port", target_port);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  leyden_edit_add (self, LEYDEN_ELEMENT_EDGE, id, NULL, value);
}

void
leyden_edit_remove_edge (LeydenEdit *self,
                         const char *id)
{
  leyden_edit_add (self, LEYDEN_ELEMENT_EDGE, id, NULL, NULL);
}

const char *
leyden_edit_get_label (LeydenEdit *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->label;
}

const char *
leyden_edit_get_actor (LeydenEdit *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->actor;
}

guint
leyden_edit_get_n_changes (LeydenEdit *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->changes->len;
}

const LeydenChange *
leyden_edit_get_change (LeydenEdit *self,
                        guint       index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->changes->len, NULL);
  return &((LeydenEditChange *) g_ptr_array_index (self->changes, index))->change;
}

LeydenEdit *
leyden_edit_invert (LeydenEdit *self)
{
  LeydenEdit *inverse;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (self->applied, NULL);

  inverse = leyden_edit_new (self->label);
  leyden_edit_set_actor (inverse, self->actor);
  for (guint i = self->changes->len; i > 0; i--)
    {
      LeydenEditChange *change = g_ptr_array_index (self->changes, i - 1);
      LeydenEditChange *back = change_new (change->change.kind, change->id, change->change.path, change->change.before);

      change_set_scope (back, change->change.scope);
      back->index = change->change.after == NULL ? change->index : -1;
      g_ptr_array_add (inverse->changes, back);
    }
  return inverse;
}

void
leyden_edit_add_copy (LeydenEdit *self,
                      LeydenEdit *edit,
                      guint       index)
{
  LeydenEditChange *change = g_ptr_array_index (edit->changes, index);
  LeydenEditChange *copy = change_new (change->change.kind, change->id, change->change.path, change->change.after);

  /* "Put in" of a list stays one; what a removal remembers is found again. */
  copy->index = change->change.after != NULL ? change->index : -1;
  change_set_scope (copy, change->change.scope);
  g_ptr_array_add (self->changes, copy);
}

void
leyden_edit_add_applied (LeydenEdit *self,
                         LeydenEdit *edit,
                         guint       index)
{
  LeydenEditChange *change = g_ptr_array_index (edit->changes, index);
  LeydenEditChange *copy = change_new (change->change.kind, change->id, change->change.path, change->change.after);

  copy->index = change->index;
  if (change->change.before != NULL)
    leyden_edit_change_take_before (copy, leyden_value_ref (change->change.before));
  g_ptr_array_add (self->changes, copy);
}

static void
set_texts (LeydenValueBuilder *builder,
           const char         *key,
           char              **texts)
{
  leyden_value_builder_key (builder, key);
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; texts[i] != NULL; i++)
    leyden_value_builder_add_string (builder, texts[i]);
  leyden_value_builder_end (builder);
}

static void
change_to_value (LeydenEditChange   *self,
                 LeydenValueBuilder *builder)
{
  leyden_value_builder_begin_object (builder);
  leyden_value_builder_set_string (builder, "kind", leyden_element_kind_to_string (self->change.kind));
  leyden_value_builder_set_string (builder, "id", self->id);
  if (self->scope != NULL)
    set_texts (builder, "scope", self->scope);
  set_texts (builder, "path", self->path);
  if (self->index >= 0)
    leyden_value_builder_set_int (builder, "index", self->index);
  if (self->change.before != NULL)
    leyden_value_builder_set (builder, "before", self->change.before);
  if (self->change.after != NULL)
    leyden_value_builder_set (builder, "after", self->change.after);
  leyden_value_builder_end (builder);
}

LeydenValue *
leyden_edit_to_value (LeydenEdit *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "label", self->label);
  leyden_value_builder_set_string (&builder, "actor", self->actor);
  leyden_value_builder_set_int (&builder, "time", self->time_ns);
  if (self->merge_key != NULL)
    leyden_value_builder_set_string (&builder, "merge", self->merge_key);
  leyden_value_builder_key (&builder, "changes");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < self->changes->len; i++)
    change_to_value (g_ptr_array_index (self->changes, i), &builder);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static gboolean
fault (GError     **error,
       guint        index,
       const char  *message)
{
  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("/changes/%u: %s"), index, message);
  return FALSE;
}

/* (transfer full); NULL for what is no list of texts. */
static char **
read_texts (LeydenValue *list)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (list != NULL && leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *part = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (part == NULL)
        return NULL;
      g_strv_builder_add (builder, part);
    }
  return g_strv_builder_end (builder);
}

static gboolean
read_place (LeydenEditChange  *change,
            LeydenValue       *value,
            guint              index,
            GError           **error)
{
  char **path = read_texts (leyden_value_get_member (value, "path"));
  g_auto(GStrv) scope = read_texts (leyden_value_get_member (value, "scope"));

  if (path != NULL)
    leyden_edit_change_take_path (change, path);
  if (path == NULL)
    return fault (error, index, _("“path” must be a list of texts"));
  if (scope == NULL)
    return fault (error, index, _("“scope” must be a list of texts"));
  change_set_scope (change, (const char * const *) scope);
  return TRUE;
}

static gboolean
read_change (LeydenEdit   *self,
             LeydenValue  *value,
             guint         index,
             GError      **error)
{
  const char *id = leyden_value_get_member_string (value, "id", NULL);
  LeydenValue *before = leyden_value_get_member (value, "before");
  LeydenElementKind kind;
  LeydenEditChange *change;

  if (!leyden_element_kind_from_string (leyden_value_get_member_string (value, "kind", NULL), &kind))
    return fault (error, index, _("“kind” must be flow, node, edge, frame or note"));
  if (id == NULL || (*id == '\0') != (kind == LEYDEN_ELEMENT_FLOW))
    return fault (error, index, _("“id” must name the element, and be empty for the flow itself"));

  change = change_new (kind, id, NULL, leyden_value_get_member (value, "after"));
  g_ptr_array_add (self->changes, change);
  if (before != NULL)
    leyden_edit_change_take_before (change, leyden_value_ref (before));
  change->index = (int) CLAMP (leyden_value_get_member_int (value, "index", -1), -1, G_MAXINT);
  return read_place (change, value, index, error);
}

LeydenEdit *
leyden_edit_from_value (LeydenValue  *value,
                        GError      **error)
{
  LeydenValue *changes = leyden_value_get_member (value, "changes");
  guint n = leyden_value_get_size (changes);
  g_autoptr(LeydenEdit) self = NULL;

  if (leyden_value_get_kind (changes) != LEYDEN_VALUE_LIST || n > MAX_CHANGES)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("an edit must have a list “changes”"));
      return NULL;
    }
  self = leyden_edit_new (leyden_value_get_member_string (value, "label", ""));
  leyden_edit_set_actor (self, leyden_value_get_member_string (value, "actor", "user"));
  leyden_edit_set_merge_key (self, leyden_value_get_member_string (value, "merge", NULL));
  self->time_ns = leyden_value_get_member_int (value, "time", self->time_ns);
  for (guint i = 0; i < n; i++)
    if (!read_change (self, leyden_value_get_item (changes, i), i, error))
      return NULL;
  return g_steal_pointer (&self);
}
