/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-mode-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-mode.h"
#include "leyden-text.h"

struct _LeydenModeRow
{
  GtkWidget       parent_instance;

  LeydenDocument *document;
  char           *id;
  GtkWidget      *box;
  GtkWidget      *choice;       /* GtkDropDown in the order of LeydenNodeMode */
  GtkWidget      *effect;       /* label: what that means here */
  gboolean        updating;
};

G_DEFINE_FINAL_TYPE (LeydenModeRow, leyden_mode_row, GTK_TYPE_WIDGET)

static char *
describe_effect (LeydenModeRow  *self,
                 LeydenNodeMode  mode)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  g_autofree char *output = NULL;
  g_autofree char *shown = NULL;

  if (mode == LEYDEN_NODE_MODE_DISABLED)
    return g_strdup (_("It is skipped when the flow runs, and so is what needs its result."));
  if (mode == LEYDEN_NODE_MODE_ON)
    return NULL;
  if (leyden_node_can_bypass (flow, types, self->id, &output))
    return g_strdup (_("It does nothing itself: what comes in goes on to what is behind it."));
  if (output == NULL)
    return g_strdup (_("It has no output that something could pass to. Disable it instead."));
  shown = leyden_text_display (output, -1, 60, FALSE);
  return g_strdup_printf (_("Nothing that is connected to it can pass to its output “%s”. Disable it instead."), shown);
}

static void
selected_cb (LeydenModeRow *self)
{
  LeydenNodeMode mode = (LeydenNodeMode) gtk_drop_down_get_selected (GTK_DROP_DOWN (self->choice));
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit;

  if (self->updating)
    return;
  edit = leyden_edit_new (mode == LEYDEN_NODE_MODE_DISABLED ? _("Disable Node")
                          : mode == LEYDEN_NODE_MODE_BYPASSED ? _("Bypass Node") : _("Enable Node"));
  leyden_edit_set_mode (edit, self->id, mode);
  if (!leyden_document_edit (self->document, edit, &error))
    {
      g_autofree char *shown = leyden_text_display (error->message, -1, 300, TRUE);

      leyden_mode_row_refresh (self);
      gtk_label_set_text (GTK_LABEL (self->effect), shown);
      gtk_widget_set_visible (self->effect, TRUE);
    }
}

void
leyden_mode_row_refresh (LeydenModeRow *self)
{
  LeydenNode *node;
  LeydenNodeMode mode;
  g_autofree char *effect = NULL;

  g_return_if_fail (LEYDEN_IS_MODE_ROW (self));

  node = leyden_flow_get_node (leyden_document_get_flow (self->document), self->id);
  if (node == NULL)
    return;
  mode = leyden_node_get_mode (node);
  self->updating = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->choice), (guint) mode);
  self->updating = FALSE;
  effect = describe_effect (self, mode);
  gtk_label_set_text (GTK_LABEL (self->effect), effect != NULL ? effect : "");
  gtk_widget_set_visible (self->effect, effect != NULL);
}

static void
leyden_mode_row_dispose (GObject *object)
{
  LeydenModeRow *self = LEYDEN_MODE_ROW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->id, g_free);
  g_clear_object (&self->document);
  G_OBJECT_CLASS (leyden_mode_row_parent_class)->dispose (object);
}

static void
leyden_mode_row_class_init (LeydenModeRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_mode_row_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_mode_row_init (LeydenModeRow *self)
{
  const char *modes[] = { _("Runs"), _("Disabled"), _("Bypassed"), NULL };

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->choice = gtk_drop_down_new_from_strings (modes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->choice), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Whether the node runs"), -1);
  gtk_widget_set_tooltip_text (self->choice, _("Whether the node runs, is disabled (Shift+D) or bypassed (Ctrl+B)"));
  self->effect = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->effect), 0);
  gtk_label_set_wrap (GTK_LABEL (self->effect), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->effect), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->effect, "dim-label");
  gtk_box_append (GTK_BOX (self->box), self->choice);
  gtk_box_append (GTK_BOX (self->box), self->effect);
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_mode_row_new (LeydenDocument *document,
                     const char     *id)
{
  LeydenModeRow *self;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_MODE_ROW, NULL);
  self->document = g_object_ref (document);
  self->id = g_strdup (id);
  leyden_mode_row_refresh (self);
  return GTK_WIDGET (self);
}
