/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-structure.h"

/* Groups: the selection into a container, and a container taken apart. */

static char **
list_selected (LeydenCanvas *self)
{
  static const LeydenElementKind kinds[] = { LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE };
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto(GStrv) some = leyden_selection_list (self->selection, kinds[i]);

      g_strv_builder_addv (ids, (const char **) some);
    }
  return g_strv_builder_end (ids);
}

/* The node that has the focus, when nothing is selected. */
static void
select_focus (LeydenCanvas *self)
{
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);

  if (leyden_selection_get_size (self->selection) == 0 && node != NULL)
    leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, node->id);
}

static void
collapse_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_auto(GStrv) ids = NULL;
  g_autofree char *group = NULL;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  select_focus (self);
  ids = list_selected (self);
  edit = leyden_flow_collapse (leyden_canvas_model_get_flow (self->model), self->types, (const char * const *) ids, &group, &error);
  if (edit == NULL)
    {
      leyden_canvas_fail (self, error);
      return;
    }
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return;
  leyden_canvas_show_element (self, LEYDEN_ELEMENT_NODE, group);
  leyden_canvas_say (self, _("Collapsed into a group"));
}

static void
select_made (LeydenCanvas  *self,
             char         **ids)
{
  LeydenCanvasNode *first = NULL;

  leyden_selection_freeze (self->selection);
  leyden_selection_clear (self->selection);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, ids[i]);

      if (node != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_NODE, ids[i]);
      if (node != NULL && (first == NULL || node->item.bounds.origin.x < first->item.bounds.origin.x))
        first = node;
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      if (leyden_canvas_model_get_box (self->model, LEYDEN_ELEMENT_FRAME, ids[i]) != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_FRAME, ids[i]);
      if (leyden_canvas_model_get_box (self->model, LEYDEN_ELEMENT_NOTE, ids[i]) != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_NOTE, ids[i]);
    }
  leyden_selection_thaw (self->selection);
  if (first != NULL)
    leyden_canvas_focus_node (self, first);
}

/* What is not as before is said where it is seen. */
static void
tell_notes (LeydenCanvas *self,
            GPtrArray    *notes)
{
  g_autoptr(GString) text = NULL;

  if (notes == NULL)
    {
      leyden_canvas_say (self, _("Expanded"));
      return;
    }
  text = g_string_new (NULL);
  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " · " : "", (const char *) g_ptr_array_index (notes, i));
  g_signal_emit_by_name (self, "message", text->str);
}

static void
expand_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GPtrArray) notes = NULL;
  g_auto(GStrv) ids = NULL;
  LeydenElementKind kind;
  const char *id;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  select_focus (self);
  if (!leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_NODE)
    id = "";
  edit = leyden_flow_expand (leyden_canvas_model_get_flow (self->model), self->types, id, &ids, &notes, &error);
  if (edit == NULL)
    {
      leyden_canvas_fail (self, error);
      return;
    }
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return;
  select_made (self, ids);
  tell_notes (self, notes);
}

void
leyden_canvas_class_add_group (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.collapse", NULL, collapse_action);
  gtk_widget_class_install_action (klass, "canvas.expand", NULL, expand_action);
}
