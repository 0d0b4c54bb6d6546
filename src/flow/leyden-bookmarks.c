/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-bookmarks.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include "leyden-flow-private.h"
#include "leyden-flow-structure-private.h"
#include "leyden-text.h"

#define KEY "bookmarks"

void
leyden_bookmark_free (LeydenBookmark *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->scope);
  g_free (self->id);
  g_free (self);
}

/* --- reading --- */

/* NULL: no list of texts. An absent one is empty. */
static char **
read_scope (LeydenValue *list)
{
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();

  if (list != NULL && leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *id = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (id == NULL)
        return NULL;
      g_strv_builder_add (ids, id);
    }
  return g_strv_builder_end (ids);
}

static gboolean
read_view (LeydenBookmark *self,
           LeydenValue    *view)
{
  const double limit = (double) LEYDEN_FLOW_MAX_COORDINATE;

  if (leyden_value_get_kind (view) != LEYDEN_VALUE_OBJECT)
    return FALSE;
  self->kind = LEYDEN_ELEMENT_FLOW;
  self->x = CLAMP (leyden_value_get_member_double (view, "x", 0), -limit, limit);
  self->y = CLAMP (leyden_value_get_member_double (view, "y", 0), -limit, limit);
  self->zoom = leyden_value_get_member_double (view, "zoom", 1);
  self->id = g_strdup ("");
  return self->zoom > 0;
}

/* What others wrote there and we cannot read is kept and not shown. */
static LeydenBookmark *
read_bookmark (guint        number,
               LeydenValue *value)
{
  g_autoptr(LeydenBookmark) self = g_new0 (LeydenBookmark, 1);
  const char *id = leyden_value_get_member_string (value, "id", NULL);

  self->number = number;
  self->scope = read_scope (leyden_value_get_member (value, "scope"));
  if (self->scope == NULL)
    return NULL;
  if (id == NULL)
    return read_view (self, leyden_value_get_member (value, "view")) ? g_steal_pointer (&self) : NULL;
  self->id = g_strdup (id);
  if (!leyden_element_kind_from_string (leyden_value_get_member_string (value, "kind", "node"), &self->kind)
      || self->kind == LEYDEN_ELEMENT_FLOW || self->kind == LEYDEN_ELEMENT_EDGE)
    return NULL;
  return g_steal_pointer (&self);
}

LeydenBookmark *
leyden_bookmarks_get (LeydenFlow *flow,
                      guint       number)
{
  char key[12];
  LeydenValue *value;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (number >= 1 && number <= LEYDEN_N_BOOKMARKS, NULL);

  g_snprintf (key, sizeof key, "%u", number);
  value = leyden_value_get_member (leyden_flow_get_property_value (flow, KEY), key);
  return leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT ? read_bookmark (number, value) : NULL;
}

GPtrArray *
leyden_bookmarks_list (LeydenFlow *flow)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_bookmark_free);

  for (guint i = 1; i <= LEYDEN_N_BOOKMARKS; i++)
    {
      LeydenBookmark *bookmark = leyden_bookmarks_get (flow, i);

      if (bookmark != NULL)
        g_ptr_array_add (list, bookmark);
    }
  return list;
}

/* --- edits --- */

static LeydenValue *
bookmark_to_value (const LeydenBookmark *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "scope");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; self->scope != NULL && self->scope[i] != NULL; i++)
    leyden_value_builder_add_string (&b, self->scope[i]);
  leyden_value_builder_end (&b);
  if (self->kind != LEYDEN_ELEMENT_FLOW)
    {
      leyden_value_builder_set_string (&b, "kind", leyden_element_kind_to_string (self->kind));
      leyden_value_builder_set_string (&b, "id", self->id);
    }
  else
    {
      leyden_value_builder_key (&b, "view");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_double (&b, "x", round (self->x));
      leyden_value_builder_set_double (&b, "y", round (self->y));
      leyden_value_builder_set_double (&b, "zoom", round (self->zoom * 100) / 100);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* What stands in the place of an object there cannot take a member. */
static gboolean
has_object (LeydenFlow *flow)
{
  LeydenValue *all = leyden_flow_get_property_value (flow, KEY);

  return all == NULL || leyden_value_get_kind (all) == LEYDEN_VALUE_OBJECT;
}

LeydenEdit *
leyden_bookmarks_set (LeydenFlow           *flow,
                      const LeydenBookmark *bookmark)
{
  g_autofree char *label = NULL;
  char key[12];
  g_autoptr(LeydenValue) value = NULL;
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (bookmark != NULL && bookmark->number >= 1 && bookmark->number <= LEYDEN_N_BOOKMARKS, NULL);

  label = g_strdup_printf (_("Set Bookmark %u"), bookmark->number);
  edit = leyden_edit_new (label);
  g_snprintf (key, sizeof key, "%u", bookmark->number);
  value = bookmark_to_value (bookmark);
  if (!has_object (flow))
    leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { KEY, NULL }, NULL);
  leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { KEY, key, NULL }, value);
  return edit;
}

LeydenEdit *
leyden_bookmarks_remove (LeydenFlow *flow,
                         guint       number)
{
  g_autofree char *label = g_strdup_printf (_("Remove Bookmark %u"), number);
  LeydenEdit *edit = leyden_edit_new (label);
  LeydenValue *all = leyden_flow_get_property_value (flow, KEY);
  char key[12];

  g_snprintf (key, sizeof key, "%u", number);
  /* With the last the whole goes, so that the file is as before the first. */
  if (leyden_value_get_size (all) == 1 && leyden_value_get_member (all, key) != NULL)
    leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { KEY, NULL }, NULL);
  else if (leyden_value_get_kind (all) == LEYDEN_VALUE_OBJECT)
    leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { KEY, key, NULL }, NULL);
  return edit;
}

/* --- where it is --- */

static gboolean
has (LeydenFlow           *flow,
     const LeydenBookmark *self)
{
  return self->kind == LEYDEN_ELEMENT_FLOW || leyden_flow_get_element (flow, self->kind, self->id) != NULL;
}

static LeydenFlow *
find_anywhere (LeydenFlow           *flow,
               const LeydenBookmark *self)
{
  g_autoptr(GPtrArray) nodes = NULL;

  if (has (flow, self))
    return flow;
  nodes = leyden_flow_list_nodes (flow);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (g_ptr_array_index (nodes, i)));
      LeydenFlow *found = body != NULL ? find_anywhere (body, self) : NULL;

      if (found != NULL)
        return found;
    }
  return NULL;
}

gboolean
leyden_bookmark_find (const LeydenBookmark   *self,
                      LeydenFlow             *flow,
                      char                 ***scope)
{
  LeydenFlow *found;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), FALSE);

  found = leyden_flow_find_body (flow, (const char * const *) self->scope);
  if (found != NULL && !has (found, self))
    found = NULL;
  if (found == NULL && self->kind != LEYDEN_ELEMENT_FLOW)
    found = find_anywhere (flow, self);
  if (found == NULL)
    return FALSE;
  *scope = leyden_flow_dup_scope (found);
  return TRUE;
}

static char *
dup_element_title (const LeydenBookmark *self,
                   LeydenFlow           *flow,
                   LeydenNodeTypes      *types)
{
  if (self->kind == LEYDEN_ELEMENT_NODE)
    return leyden_structure_dup_title (types, leyden_flow_get_node (flow, self->id));
  if (self->kind == LEYDEN_ELEMENT_FRAME)
    return leyden_text_display (leyden_frame_get_title (leyden_flow_get_frame (flow, self->id)), -1, 60, FALSE);
  return leyden_text_display (leyden_note_get_text (leyden_flow_get_note (flow, self->id)), -1, 40, FALSE);
}

char *
leyden_bookmark_dup_title (const LeydenBookmark *self,
                           LeydenFlow           *flow,
                           LeydenNodeTypes      *types)
{
  g_auto(GStrv) scope = NULL;
  g_autoptr(GString) title = NULL;
  g_autofree char *last = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);

  if (!leyden_bookmark_find (self, flow, &scope))
    return g_strdup (_("No longer there"));
  title = g_string_new (NULL);
  for (guint i = 0; scope[i] != NULL; i++)
    {
      g_autofree char *container = leyden_structure_dup_title (types, leyden_flow_get_node (flow, scope[i]));

      g_string_append_printf (title, "%s%s", i > 0 ? " › " : "", container);
      flow = leyden_flow_get_body (flow, scope[i]);
    }
  if (self->kind == LEYDEN_ELEMENT_FLOW)
    {
      /* Translators: a container or the whole flow, and how large it is shown. */
      last = g_strdup_printf (_("%s, %.0f %%"), title->len > 0 ? title->str : _("Whole flow"), self->zoom * 100);
      return g_steal_pointer (&last);
    }
  last = dup_element_title (self, flow, types);
  g_string_append_printf (title, "%s%s", title->len > 0 ? " › " : "", last);
  return g_string_free (g_steal_pointer (&title), FALSE);
}
