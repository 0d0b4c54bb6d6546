/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-run-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-pins.h"
#include "leyden-node-origin.h"

struct _LeydenNodeRunRow
{
  GtkWidget       parent_instance;

  LeydenDocument *document;
  char           *id;
  GtkWidget      *box;
  GtkWidget      *pin;
  GtkWidget      *note;         /* label: pinned, or why it ran */
};

G_DEFINE_FINAL_TYPE (LeydenNodeRunRow, leyden_node_run_row, GTK_TYPE_WIDGET)

static void
add_button (LeydenNodeRunRow *self,
            GtkWidget    *buttons,
            const char   *icon,
            const char   *what,
            const char   *text)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.node");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "(ss)", what, self->id);
  gtk_box_append (GTK_BOX (buttons), button);
  if (g_str_equal (what, "pin"))
    self->pin = button;
}

void
leyden_node_run_row_refresh (LeydenNodeRunRow *self,
                        LeydenValue  *state)
{
  LeydenFlow *flow;
  LeydenNode *node;
  g_auto(GStrv) scope = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  LeydenValue *own;
  gboolean pinned;

  g_return_if_fail (LEYDEN_IS_NODE_RUN_ROW (self));

  flow = leyden_document_get_flow (self->document);
  node = leyden_flow_get_node (flow, self->id);
  if (node == NULL)
    return;
  scope = leyden_flow_dup_scope (flow);
  path = leyden_flow_join_path ((const char * const *) scope, self->id);
  own = leyden_node_origin_find (state, path);
  pinned = leyden_node_get_pin (node) != NULL;
  gtk_widget_set_tooltip_text (self->pin, pinned ? _("Unpin the output (P)") : _("Pin the output: the node does not run, and gives what it gave last (P)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pin), GTK_ACCESSIBLE_PROPERTY_LABEL, pinned ? _("Unpin the output") : _("Pin the output"), -1);
  if (pinned)
    gtk_widget_add_css_class (self->pin, "suggested-action");
  else
    gtk_widget_remove_css_class (self->pin, "suggested-action");
  if (pinned)
    text = g_strdup (_("Its output is pinned: it does not run, and gives the values that are kept with it."));
  else if (leyden_value_get_member (own, "cache") != NULL || leyden_value_get_member (own, "from") != NULL)
    text = leyden_node_origin_explain (own, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), node);
  gtk_label_set_text (GTK_LABEL (self->note), text != NULL ? text : "");
  gtk_widget_set_visible (self->note, text != NULL);
}

static void
leyden_node_run_row_dispose (GObject *object)
{
  LeydenNodeRunRow *self = LEYDEN_NODE_RUN_ROW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->id, g_free);
  g_clear_object (&self->document);
  G_OBJECT_CLASS (leyden_node_run_row_parent_class)->dispose (object);
}

static void
leyden_node_run_row_class_init (LeydenNodeRunRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_node_run_row_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_node_run_row_init (LeydenNodeRunRow *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_node_run_row_new (LeydenDocument *document,
                    const char     *id)
{
  LeydenNodeRunRow *self;
  GtkWidget *buttons;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_NODE_RUN_ROW, NULL);
  self->document = g_object_ref (document);
  self->id = g_strdup (id);
  buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  add_button (self, buttons, "media-playback-start-symbolic", "run", _("Run this node with its last inputs (R)"));
  add_button (self, buttons, "media-seek-forward-symbolic", "from", _("Run from here (Shift+F5)"));
  add_button (self, buttons, "view-pin-symbolic", "pin", _("Pin the output"));
  add_button (self, buttons, "help-about-symbolic", "why", _("Why did it run again? (Y)"));
  self->note = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->note), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_box_append (GTK_BOX (self->box), buttons);
  gtk_box_append (GTK_BOX (self->box), self->note);
  leyden_node_run_row_refresh (self, NULL);
  return GTK_WIDGET (self);
}
