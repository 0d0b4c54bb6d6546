/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-catalog.h"

/* Into the body of a container and back. Canvas, outline and inspector show a view of the document whose flow is the body; the tab
 * keeps the document itself. */

/* --- what is shown --- */

static char *
dup_title (LeydenFlow *flow,
           const char *id)
{
  LeydenNode *node = leyden_flow_get_node (flow, id);
  const LeydenNodeType *type;

  if (node == NULL)
    return g_strdup (id);
  if (*leyden_node_get_title (node) != '\0')
    return g_strdup (leyden_node_get_title (node));
  type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), leyden_node_get_type_name (node));
  return g_strdup (type != NULL ? type->title : leyden_node_get_type_name (node));
}

static void
show_path (LeydenTab *self)
{
  g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func (g_free);
  LeydenFlow *flow = leyden_document_get_flow (self->document);

  g_ptr_array_add (titles, leyden_document_dup_title (self->document));
  for (guint i = 0; self->scope[i] != NULL && flow != NULL; i++)
    {
      g_ptr_array_add (titles, dup_title (flow, self->scope[i]));
      flow = leyden_flow_get_body (flow, self->scope[i]);
    }
  g_ptr_array_add (titles, NULL);
  leyden_breadcrumb_set_path (self->editor->breadcrumb, (const char * const *) titles->pdata);
}

static LeydenNodeOrigin
parse_origin (const char *name)
{
  return g_str_equal (name, "kept") ? LEYDEN_NODE_ORIGIN_KEPT
         : g_str_equal (name, "earlier") ? LEYDEN_NODE_ORIGIN_EARLIER
         : g_str_equal (name, "pinned") ? LEYDEN_NODE_ORIGIN_PINNED : LEYDEN_NODE_ORIGIN_RAN;
}

static void
apply_statuses (LeydenTab *self)
{
  g_autofree char *prefix = leyden_flow_join_path ((const char * const *) self->scope, "");
  gsize length = strlen (prefix);

  leyden_canvas_clear_statuses (self->canvas);
  for (guint i = 0; i < leyden_value_get_size (self->statuses); i++)
    {
      const char *path = leyden_value_get_key (self->statuses, i);
      LeydenValue *status = leyden_value_get_item (self->statuses, i);

      if (!g_str_has_prefix (path, prefix))
        continue;
      leyden_canvas_set_node_status (self->canvas, path + length,
                                     leyden_window_parse_state (leyden_value_get_member_string (status, "state", "")),
                                     (guint64) MAX (leyden_value_get_member_int (status, "count", 0), 0),
                                     leyden_value_get_member_double (status, "mean_ms", -1));
      leyden_canvas_set_node_origin (self->canvas, path + length, parse_origin (leyden_value_get_member_string (status, "origin", "")));
    }
  leyden_tab_update_marks (self);
}

/* Takes @scope. */
static void
show_body (LeydenTab  *self,
           char      **scope)
{
  g_autoptr(LeydenDocument) view = scope[0] != NULL ? leyden_document_open_body (self->document, (const char * const *) scope)
                                                    : g_object_ref (self->document);

  g_assert (view != NULL);
  leyden_selection_clear (self->selection);
  g_strfreev (self->scope);
  self->scope = scope;
  g_set_object (&self->shown, view);
  g_object_set (self->canvas, "document", view, NULL);
  g_object_set (self->inspector, "document", view, NULL);
  if (self->problems != NULL)
    leyden_canvas_set_problems (self->canvas, leyden_problems_panel_get_list (self->problems));
  apply_statuses (self);
  leyden_outline_reload (self->outline);
  show_path (self);
  leyden_window_update_tab (self->window, self);
  if (leyden_tab_is_shown (self))
    leyden_window_update_actions (self->window);
}

/* --- into it, and back --- */

/* As far as there are bodies; (transfer full). */
static char **
dup_existing (LeydenTab          *self,
              const char * const *scope)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  LeydenFlow *flow = leyden_document_get_flow (self->document);

  for (guint i = 0; scope != NULL && scope[i] != NULL; i++)
    {
      flow = leyden_flow_get_body (flow, scope[i]);
      if (flow == NULL)
        break;
      g_strv_builder_add (builder, scope[i]);
    }
  return g_strv_builder_end (builder);
}

void
leyden_tab_show_scope (LeydenTab          *self,
                       const char * const *scope)
{
  g_auto(GStrv) existing = NULL;

  g_return_if_fail (LEYDEN_IS_TAB (self));
  if (self->document == NULL)
    return;
  existing = dup_existing (self, scope);
  if (self->shown == NULL || !g_strv_equal ((const char * const *) existing, (const char * const *) self->scope)
      || leyden_flow_is_orphan (leyden_document_get_flow (self->shown)))
    show_body (self, g_steal_pointer (&existing));
}

void
leyden_tab_open_body (LeydenTab  *self,
                      const char *id)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) scope = NULL;
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  if (self->document == NULL || leyden_flow_get_body (leyden_document_get_flow (self->shown), id) == NULL)
    return;
  title = dup_title (leyden_document_get_flow (self->shown), id);
  g_strv_builder_addv (builder, (const char **) self->scope);
  g_strv_builder_add (builder, id);
  scope = g_strv_builder_end (builder);
  leyden_tab_show_scope (self, (const char * const *) scope);
  leyden_canvas_take_focus (self->canvas);
  text = g_strdup_printf (_("Inside %s"), title);
  leyden_canvas_announce (self->canvas, text);
}

/* @depth levels stay; what one comes out of is selected. */
void
leyden_tab_leave_body (LeydenTab *self,
                       guint      depth)
{
  g_auto(GStrv) scope = NULL;
  g_autofree char *left = NULL;

  if (self->document == NULL || depth >= g_strv_length (self->scope))
    return;
  scope = g_strdupv (self->scope);
  left = g_strdup (scope[depth]);
  g_clear_pointer (&scope[depth], g_free);
  for (guint i = depth + 1; self->scope[i] != NULL; i++)
    g_clear_pointer (&scope[i], g_free);
  leyden_tab_show_scope (self, (const char * const *) scope);
  leyden_canvas_show_element (self->canvas, LEYDEN_ELEMENT_NODE, left);
}

guint
leyden_tab_get_depth (LeydenTab *self)
{
  return self->scope != NULL ? g_strv_length (self->scope) : 0;
}

/* The container may be gone, or another one stand in its place: as much of the way as there is. */
void
leyden_tab_check_body (LeydenTab *self)
{
  if (leyden_tab_get_depth (self) == 0)
    return;
  if (leyden_flow_is_orphan (leyden_document_get_flow (self->shown)))
    leyden_tab_show_scope (self, (const char * const *) self->scope);
  else
    show_path (self);
}

/* --- from other places --- */

void
leyden_tab_take_statuses (LeydenTab   *self,
                          LeydenValue *statuses)
{
  g_clear_pointer (&self->statuses, leyden_value_unref);
  self->statuses = statuses != NULL ? leyden_value_ref (statuses) : NULL;
  apply_statuses (self);
}

void
leyden_tab_show_element (LeydenTab          *self,
                         const char * const *scope,
                         LeydenElementKind   kind,
                         const char         *id)
{
  leyden_tab_set_panel_alone (self, FALSE);
  leyden_tab_show_scope (self, scope);
  if (kind != LEYDEN_ELEMENT_FLOW)
    leyden_canvas_show_element (self->canvas, kind, id);
}

void
leyden_tab_show_node_path (LeydenTab  *self,
                           const char *path)
{
  g_autofree char *collapsed = leyden_node_path_collapse (path);
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = self->document != NULL
                       ? leyden_flow_find_path (leyden_document_get_flow (self->document), collapsed, &scope) : NULL;

  if (node != NULL)
    leyden_tab_show_element (self, (const char * const *) scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node));
}

void
leyden_tab_look_at (LeydenTab  *self,
                    const char *path)
{
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = self->document != NULL ? leyden_flow_find_path (leyden_document_get_flow (self->document), path, &scope) : NULL;

  if (node == NULL)
    return;
  leyden_tab_show_scope (self, (const char * const *) scope);
  leyden_canvas_reveal_node (self->canvas, leyden_node_get_id (node));
}
