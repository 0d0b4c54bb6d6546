/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-mode.h"

/* Switching nodes off and on: disabled ones are skipped, bypassed ones pass on what comes in. */

static GPtrArray *
list_selected (LeydenCanvas *self)
{
  GPtrArray *nodes = g_ptr_array_new ();
  LeydenCanvasNode *focus = leyden_canvas_get_focus_node (self, NULL, NULL);
  g_auto(GStrv) ids = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);

  for (guint i = 0; ids[i] != NULL; i++)
    {
      LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, ids[i]);

      if (node != NULL)
        g_ptr_array_add (nodes, node);
    }
  if (nodes->len == 0 && focus != NULL)
    g_ptr_array_add (nodes, focus);
  return nodes;
}

/* Why a node cannot be bypassed; NULL when it can. */
static char *
dup_refusal (LeydenCanvas     *self,
             LeydenCanvasNode *node)
{
  g_autofree char *output = NULL;
  g_autofree char *title = NULL;

  if (leyden_node_can_bypass (leyden_canvas_model_get_flow (self->model), self->types, node->id, &output))
    return NULL;
  title = leyden_canvas_node_dup_title (node);
  if (output == NULL)
    return g_strdup_printf (_("“%s” cannot be bypassed: it has no output that something could pass to. Disable it instead."), title);
  return g_strdup_printf (_("“%s” cannot be bypassed: nothing that is connected to it can pass to its output “%s”. Disable it instead."),
                          title, output);
}

static void
leave_out_refused (LeydenCanvas *self,
                   GPtrArray    *nodes)
{
  g_autofree char *first = NULL;
  guint n = 0;

  for (guint i = nodes->len; i > 0; i--)
    {
      g_autofree char *reason = dup_refusal (self, g_ptr_array_index (nodes, i - 1));

      if (reason == NULL)
        continue;
      n++;
      g_free (first);
      first = g_steal_pointer (&reason);
      g_ptr_array_remove_index (nodes, i - 1);
    }
  if (n == 1)
    g_signal_emit_by_name (self, "message", first);
  else if (n > 1)
    {
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u node cannot be bypassed", "%u nodes cannot be bypassed", n), n);

      g_signal_emit_by_name (self, "message", text);
    }
}

static char *
make_label (GPtrArray      *nodes,
            LeydenNodeMode  mode)
{
  g_autofree char *title = NULL;

  if (nodes->len == 1)
    {
      title = leyden_canvas_node_dup_title (g_ptr_array_index (nodes, 0));
      return g_strdup_printf (mode == LEYDEN_NODE_MODE_DISABLED ? _("Disable %s")
                              : mode == LEYDEN_NODE_MODE_BYPASSED ? _("Bypass %s") : _("Enable %s"), title);
    }
  return g_strdup_printf (mode == LEYDEN_NODE_MODE_DISABLED
                            ? g_dngettext (GETTEXT_PACKAGE, "Disable %u Node", "Disable %u Nodes", nodes->len)
                          : mode == LEYDEN_NODE_MODE_BYPASSED
                            ? g_dngettext (GETTEXT_PACKAGE, "Bypass %u Node", "Bypass %u Nodes", nodes->len)
                            : g_dngettext (GETTEXT_PACKAGE, "Enable %u Node", "Enable %u Nodes", nodes->len),
                          nodes->len);
}

static void
announce (LeydenCanvas   *self,
          LeydenNodeMode  mode)
{
  leyden_canvas_say (self, mode == LEYDEN_NODE_MODE_DISABLED ? _("Disabled")
                           : mode == LEYDEN_NODE_MODE_BYPASSED ? _("Bypassed") : _("Enabled"));
}

gboolean
leyden_canvas_selection_has_mode (LeydenCanvas   *self,
                                  LeydenNodeMode  mode)
{
  g_autoptr(GPtrArray) nodes = self->model != NULL ? list_selected (self) : g_ptr_array_new ();

  for (guint i = 0; i < nodes->len; i++)
    if (leyden_node_get_mode (((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->node) != mode)
      return FALSE;
  return nodes->len > 0;
}

/* All of them on again when all have the mode already. */
static void
toggle_mode (LeydenCanvas   *self,
             LeydenNodeMode  mode)
{
  g_autoptr(GPtrArray) nodes = NULL;
  g_autofree char *label = NULL;
  LeydenEdit *edit;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  if (leyden_canvas_selection_has_mode (self, mode))
    mode = LEYDEN_NODE_MODE_ON;
  nodes = list_selected (self);
  if (mode == LEYDEN_NODE_MODE_BYPASSED)
    leave_out_refused (self, nodes);
  if (nodes->len == 0)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  label = make_label (nodes, mode);
  edit = leyden_edit_new (label);
  for (guint i = 0; i < nodes->len; i++)
    leyden_edit_set_mode (edit, ((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->id, mode);
  if (leyden_canvas_apply (self, edit))
    announce (self, mode);
}

static void
disable_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  toggle_mode (LEYDEN_CANVAS (widget), LEYDEN_NODE_MODE_DISABLED);
}

static void
bypass_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  toggle_mode (LEYDEN_CANVAS (widget), LEYDEN_NODE_MODE_BYPASSED);
}

void
leyden_canvas_append_modes (LeydenCanvas *self,
                            GMenu        *menu)
{
  g_auto(GStrv) nodes = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);

  if (nodes[0] == NULL)
    return;
  g_menu_append (menu, leyden_canvas_selection_has_mode (self, LEYDEN_NODE_MODE_DISABLED) ? _("Enable") : _("Disable"), "canvas.disable");
  g_menu_append (menu, leyden_canvas_selection_has_mode (self, LEYDEN_NODE_MODE_BYPASSED) ? _("Do Not Bypass") : _("Bypass"), "canvas.bypass");
}

void
leyden_canvas_class_add_mode (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.disable", NULL, disable_action);
  gtk_widget_class_install_action (klass, "canvas.bypass", NULL, bypass_action);
}
