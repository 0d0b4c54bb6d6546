/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-edit.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-edit-private.h"
#include "leyden-flow-private.h"
#include "leyden-text.h"

/* Applying an edit: one change after the other; when one does not fit, those before it are taken back. */

static gboolean
fault (GError           **error,
       LeydenEditChange  *change,
       const char        *message)
{
  g_autofree char *id = leyden_text_escape (change->id, -1, 80);
  g_autofree char *joined = g_strjoinv ("/", change->path);
  g_autofree char *path = leyden_text_escape (joined, -1, 120);

  /* Translators: kind and id of an element, path inside it, what is wrong. */
  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("the edit does not fit: %s “%s” %s: %s"),
               leyden_element_kind_to_string (change->change.kind), id, path, message);
  return FALSE;
}

/* A member put in at a place of its own, so that undo restores the order of keys. */
static LeydenValue *
insert_member (LeydenValue *object,
               const char  *key,
               LeydenValue *value,
               guint        index)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (object);

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i <= n; i++)
    {
      if (i == MIN (index, n))
        leyden_value_builder_set (&builder, key, value);
      if (i < n)
        leyden_value_builder_set (&builder, leyden_value_get_key (object, i), leyden_value_get_item (object, i));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* @replace: the item at @index goes; @value nullable. */
static LeydenValue *
splice_item (LeydenValue *list,
             guint        index,
             gboolean     replace,
             LeydenValue *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (list);

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i <= n; i++)
    {
      if (i == index && value != NULL)
        leyden_value_builder_add (&builder, value);
      if (i < n && !(i == index && replace))
        leyden_value_builder_add (&builder, leyden_value_get_item (list, i));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static guint
find_key (LeydenValue *object,
          const char  *key)
{
  guint i = 0;

  while (!g_str_equal (leyden_value_get_key (object, i), key))
    i++;
  return i;
}

static gboolean
parse_index (const char *text,
             guint       limit,
             guint      *out)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, limit, &number, NULL) || (text[0] == '0' && text[1] != '\0'))
    return FALSE;
  *out = (guint) number;
  return TRUE;
}

/* The containers on the way to the last part of the path, outermost first (borrowed). Where one is missing the path is cut
 * there and the value wrapped instead: its inverse then removes all that was made. */
static GPtrArray *
walk (LeydenEditChange  *change,
      LeydenValue       *root,
      GError           **error)
{
  g_autoptr(GPtrArray) containers = g_ptr_array_new ();
  LeydenValue *at = root;
  guint length = g_strv_length (change->path);

  for (guint i = 0; i < length; i++)
    {
      LeydenValueKind kind = leyden_value_get_kind (at);
      LeydenValue *next = NULL;
      guint index;

      g_ptr_array_add (containers, at);
      if (kind == LEYDEN_VALUE_OBJECT)
        next = leyden_value_get_member (at, change->path[i]);
      else if (kind == LEYDEN_VALUE_LIST && parse_index (change->path[i], leyden_value_get_size (at), &index))
        next = leyden_value_get_item (at, index);
      else
        {
          fault (error, change, _("there is no such place"));
          return NULL;
        }
      if (i + 1 == length)
        break;
      if (next == NULL)
        {
          if (kind != LEYDEN_VALUE_OBJECT)
            {
              fault (error, change, _("there is no such place"));
              return NULL;
            }
          if (change->change.after == NULL)
            {
              /* To remove what is not there changes nothing. */
              leyden_edit_change_take_before (change, NULL);
              change->index = -1;
              g_ptr_array_set_size (containers, 0);
              break;
            }
          for (guint k = length - 1; k > i; k--)
            {
              g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

              leyden_value_builder_begin_object (&builder);
              leyden_value_builder_set (&builder, change->path[k], change->change.after);
              leyden_value_builder_end (&builder);
              leyden_edit_change_take_after (change, leyden_value_builder_end_value (&builder));
              g_clear_pointer (&change->path[k], g_free);
            }
          break;
        }
      at = next;
    }
  return g_steal_pointer (&containers);
}

static LeydenValue *
change_object (LeydenEditChange *change,
               LeydenValue      *object,
               const char       *key)
{
  LeydenValue *old = leyden_value_get_member (object, key);

  leyden_edit_change_take_before (change, old != NULL ? leyden_value_ref (old) : NULL);
  if (change->change.after == NULL)
    change->index = old != NULL ? (int) find_key (object, key) : -1;
  else if (old == NULL && change->index >= 0)
    return insert_member (object, key, change->change.after, (guint) change->index);
  return leyden_value_with_member (object, key, change->change.after);
}

static LeydenValue *
change_list (LeydenEditChange  *change,
             LeydenValue       *list,
             const char        *part,
             GError           **error)
{
  guint n = leyden_value_get_size (list);
  LeydenValue *old;
  guint index;
  gboolean put_in;

  if (!parse_index (part, n, &index) || (index == n && change->change.after == NULL))
    {
      fault (error, change, _("there is no such item"));
      return NULL;
    }
  old = leyden_value_get_item (list, index);
  put_in = change->change.after != NULL && change->index >= 0;
  leyden_edit_change_take_before (change, old != NULL && !put_in ? leyden_value_ref (old) : NULL);
  if (change->change.after == NULL)
    change->index = (int) index;
  return splice_item (list, index, !put_in, change->change.after);
}

/* The value with the change in it. Fills "before". (transfer full) */
static LeydenValue *
change_value (LeydenEditChange  *change,
              LeydenValue       *root,
              GError           **error)
{
  g_autoptr(GPtrArray) containers = walk (change, root, error);
  LeydenValue *container;
  LeydenValue *result;
  guint last;

  if (containers == NULL)
    return NULL;
  if (containers->len == 0)
    return leyden_value_ref (root);
  last = containers->len - 1;
  container = g_ptr_array_index (containers, last);
  if (leyden_value_get_kind (container) == LEYDEN_VALUE_OBJECT)
    result = change_object (change, container, change->path[last]);
  else
    result = change_list (change, container, change->path[last], error);
  for (guint i = last; result != NULL && i > 0; i--)
    {
      LeydenValue *inner = result;
      guint index;

      container = g_ptr_array_index (containers, i - 1);
      if (leyden_value_get_kind (container) == LEYDEN_VALUE_OBJECT)
        result = leyden_value_with_member (container, change->path[i - 1], inner);
      else
        result = parse_index (change->path[i - 1], leyden_value_get_size (container), &index)
                   ? leyden_value_with_item (container, index, inner)
                   : NULL;
      leyden_value_unref (inner);
    }
  return result;
}

/* A key differs from the id only where a file had that id twice. */
static gboolean
key_fits (const char *key,
          const char *id)
{
  gsize length = strlen (id);

  if (!g_str_has_prefix (key, id))
    return FALSE;
  return key[length] == '\0' || (key[length] == '\n' && key[length + 1 + strspn (key + length + 1, "0123456789")] == '\0');
}

/* Counting all is dear: only where a container brings nodes along. */
static gboolean
adds_too_many (LeydenFlow    *flow,
               LeydenElement *old,
               LeydenValue   *value)
{
  LeydenValue *body = leyden_value_get_member (value, "flow");
  LeydenValue *before = old != NULL ? leyden_value_get_member (old->value, "flow") : NULL;

  return body != NULL && body != before && leyden_value_get_kind (body) == LEYDEN_VALUE_OBJECT
         && leyden_flow_count_nodes (leyden_flow_get_root (flow)) - leyden_body_count_nodes (before)
                + leyden_body_count_nodes (body) > LEYDEN_FLOW_MAX_NODES;
}

static gboolean
put_value (LeydenFlow        *flow,
           LeydenEditChange  *change,
           LeydenValue       *value,
           GError           **error)
{
  LeydenElementKind kind = change->change.kind;
  LeydenElement *old = leyden_flow_get_element (flow, kind, change->id);
  LeydenElement *element;
  g_autofree char *pointer = NULL;
  g_autoptr(GError) local = NULL;

  if (value == NULL)
    {
      leyden_flow_put_element (flow, kind, change->id, NULL);
      return TRUE;
    }
  if (kind == LEYDEN_ELEMENT_NODE && old == NULL && leyden_flow_get_n_nodes (flow) >= LEYDEN_FLOW_MAX_NODES)
    return fault (error, change, _("a flow may have 100 000 nodes"));
  if (kind == LEYDEN_ELEMENT_NODE && adds_too_many (flow, old, value))
    return fault (error, change, _("a flow may have 100 000 nodes, those in containers included"));
  element = leyden_element_new (kind, value, change->id, &pointer, &local);
  if (element == NULL)
    return fault (error, change, local->message);
  if (!key_fits (change->id, leyden_value_get_member_string (element->value, "id", "")))
    {
      leyden_element_unref (element);
      return fault (error, change, _("the id of an element cannot change"));
    }
  leyden_flow_put_element (flow, kind, change->id, element);
  leyden_element_unref (element);
  return TRUE;
}

static gboolean
apply_to_element (LeydenFlow        *flow,
                  LeydenEditChange  *change,
                  GError           **error)
{
  LeydenElement *old = leyden_flow_get_element (flow, change->change.kind, change->id);
  g_autoptr(LeydenValue) value = NULL;

  if (*change->path == NULL)
    {
      leyden_edit_change_take_before (change, old != NULL ? leyden_value_ref (old->value) : NULL);
      return put_value (flow, change, change->change.after, error);
    }
  if (old == NULL)
    return fault (error, change, _("it does not exist"));
  value = change_value (change, old->value, error);
  return value != NULL && put_value (flow, change, value, error);
}

/* Of a body only the view has a form; what else stands there is kept. */
static gboolean
check_properties (LeydenFlow   *flow,
                  LeydenValue  *value,
                  char        **pointer,
                  GError      **error)
{
  return leyden_flow_is_body (flow) ? leyden_body_check (value, pointer, error)
                                    : leyden_flow_check_properties (value, pointer, error);
}

static gboolean
apply_to_flow (LeydenFlow        *flow,
               LeydenEditChange  *change,
               GError           **error)
{
  static const char * const fixed[] = { "leyden", "id", "nodes", "edges", "frames", "notes", NULL };
  g_autofree char *pointer = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) canonical = NULL;
  g_autoptr(GError) local = NULL;

  if (*change->path == NULL || g_strv_contains (fixed, *change->path))
    return fault (error, change, _("this part of a flow cannot be set as a property"));
  value = change_value (change, leyden_flow_get_properties (flow), error);
  if (value == NULL)
    return FALSE;
  if (!check_properties (flow, value, &pointer, &local))
    return fault (error, change, local->message);
  canonical = leyden_flow_canonical_properties (value);
  leyden_flow_take_properties (flow, g_steal_pointer (&canonical));
  return TRUE;
}

/* Where the changes go: the body of the last one, whose container does not know of it yet. */
typedef struct
{
  LeydenFlow *flow;             /* the whole */
  LeydenFlow *body;             /* nullable, a reference */
} LeydenTarget;

static void
target_settle (LeydenTarget *self)
{
  if (self->body != NULL)
    leyden_flow_sync_up (self->body);
  g_clear_object (&self->body);
}

static gboolean
apply_change (LeydenTarget      *target,
              LeydenEditChange  *change,
              GError           **error)
{
  LeydenFlow *flow;

  if (*change->change.scope == NULL)
    {
      target_settle (target);
      flow = target->flow;
    }
  else
    {
      flow = leyden_flow_find_body (target->flow, change->change.scope);
      if (flow == NULL)
        return fault (error, change, _("the container that it is in does not exist"));
      if (flow != target->body)
        {
          target_settle (target);
          /* Settled may be a container around it. */
          flow = leyden_flow_find_body (target->flow, change->change.scope);
          target->body = g_object_ref (flow);
        }
    }
  if (change->change.kind == LEYDEN_ELEMENT_FLOW)
    return apply_to_flow (flow, change, error);
  return apply_to_element (flow, change, error);
}

/* What was applied is undone by the same means; it cannot fail, because it was so a moment ago. */
static void
take_back (LeydenTarget *target,
           GPtrArray    *changes,
           guint         n)
{
  for (guint i = n; i > 0; i--)
    {
      LeydenEditChange *change = g_ptr_array_index (changes, i - 1);
      LeydenEditChange back = { .change = change->change, .id = change->id, .path = change->path };
      gboolean done;

      back.index = change->change.after == NULL ? change->index : -1;
      back.change.after = change->change.before != NULL ? leyden_value_ref (change->change.before) : NULL;
      back.change.before = NULL;
      done = apply_change (target, &back, NULL);
      g_assert (done);
      g_clear_pointer (&back.change.after, leyden_value_unref);
      g_clear_pointer (&back.change.before, leyden_value_unref);
    }
}

gboolean
leyden_flow_apply_quietly (LeydenFlow  *flow,
                           LeydenEdit  *edit,
                           GError     **error)
{
  LeydenTarget target = { .flow = flow };
  GPtrArray *changes;

  if (leyden_flow_get_version (flow) > LEYDEN_FLOW_FORMAT)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY,
                           _("this flow was made by a newer Leyden and cannot be changed here"));
      return FALSE;
    }
  changes = leyden_edit_get_changes (edit);
  for (guint i = 0; i < changes->len; i++)
    if (!apply_change (&target, g_ptr_array_index (changes, i), error))
      {
        take_back (&target, changes, i);
        target_settle (&target);
        return FALSE;
      }
  target_settle (&target);
  leyden_edit_set_applied (edit);
  return TRUE;
}

gboolean
leyden_flow_apply (LeydenFlow  *flow,
                   LeydenEdit  *edit,
                   GError     **error)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), FALSE);
  g_return_val_if_fail (edit != NULL, FALSE);

  if (!leyden_flow_apply_quietly (flow, edit, error))
    return FALSE;
  leyden_flow_emit_changed (flow, edit);
  return TRUE;
}
