/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-form.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-dataset-card.h"
#include "leyden-editor-context.h"
#include "leyden-end-title.h"
#include "leyden-fields-editor.h"
#include "leyden-flow-slots.h"
#include "leyden-mode-row.h"
#include "leyden-node-help.h"
#include "leyden-parameter-row.h"
#include "leyden-node-run-row.h"
#include "leyden-text.h"
#include "leyden-typing.h"

#define MAX_TITLE 4096

struct _LeydenNodeForm
{
  GtkWidget       parent_instance;

  LeydenDocument *document;
  char           *id;
  GtkWidget      *box;
  GtkWidget      *title;        /* entry */
  GtkWidget      *problem;      /* label: why an edit was refused */
  GtkWidget      *mode;         /* LeydenModeRow */
  GtkWidget      *run;          /* LeydenNodeRunRow */
  GtkWidget      *wires;        /* box of labels */
  GPtrArray      *rows;         /* LeydenParameterRow, borrowed */
  LeydenValue    *state;        /* of the rollout that is shown; nullable */
  LeydenTyping    typing;
  gboolean        updating;
};

G_DEFINE_FINAL_TYPE (LeydenNodeForm, leyden_node_form, GTK_TYPE_WIDGET)

static void refresh (LeydenNodeForm *self);

static LeydenNode *
get_node (LeydenNodeForm *self)
{
  return leyden_flow_get_node (leyden_document_get_flow (self->document), self->id);
}

static void
apply (LeydenNodeForm *self,
       LeydenEdit     *edit)
{
  g_autoptr(GError) error = NULL;

  self->updating = TRUE;
  leyden_document_edit (self->document, edit, &error);
  self->updating = FALSE;
  gtk_widget_set_visible (self->problem, error != NULL);
  if (error != NULL)
    {
      g_autofree char *shown = leyden_text_display (error->message, -1, 300, TRUE);

      gtk_label_set_text (GTK_LABEL (self->problem), shown);
      /* Back to what the flow says. */
      refresh (self);
    }
}

/* Name of a row of fields or weights. */
static const char *
name_at (LeydenValue *rows,
         guint        index)
{
  return leyden_value_get_kind (rows) == LEYDEN_VALUE_OBJECT
           ? leyden_value_get_key (rows, index)
           : leyden_value_get_member_string (leyden_value_get_item (rows, index), "name", "");
}

static gboolean
is_named (LeydenValue *rows,
          const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (name_at (rows, i), name) == 0)
      return TRUE;
  return FALSE;
}

/* The wires of one side of a port go over to its new name. */
static void
move_wires (LeydenEdit *edit,
            GPtrArray  *edges,
            const char *key,
            const char *name)
{
  const char * const path[] = { key, NULL };
  g_autoptr(LeydenValue) value = leyden_value_new_string (name, -1);

  for (guint i = 0; i < edges->len; i++)
    leyden_edit_add (edit, LEYDEN_ELEMENT_EDGE, leyden_edge_get_id (g_ptr_array_index (edges, i)), path, value);
}

/* A port that is renamed keeps its wires: nobody wants to connect again after correcting a name. */
static void
follow_renamed_ports (LeydenNodeForm        *self,
                      LeydenEdit            *edit,
                      const LeydenParameter *parameter,
                      LeydenValue           *after)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  LeydenValue *before = leyden_node_types_get_parameter (types, get_node (self), parameter->name);
  g_autoptr(GPtrArray) inputs = NULL;
  guint n = leyden_value_get_size (after);

  if ((parameter->kind != LEYDEN_PARAMETER_FIELDS && parameter->kind != LEYDEN_PARAMETER_WEIGHTS &&
       parameter->kind != LEYDEN_PARAMETER_CASES) ||
      leyden_value_get_kind (before) != leyden_value_get_kind (after) || leyden_value_get_size (before) != n)
    return;
  inputs = leyden_node_types_dup_inputs (types, get_node (self));
  for (guint i = 0; i < n; i++)
    {
      const char *old = name_at (before, i), *name = name_at (after, i);
      g_autoptr(GPtrArray) edges = NULL;

      if (g_strcmp0 (old, name) == 0 || is_named (before, name) || is_named (after, old))
        continue;
      if (leyden_ports_find (inputs, old) != NULL)
        {
          edges = leyden_flow_list_edges_in (flow, self->id, old);
          move_wires (edit, edges, "target_port", name);
        }
      else
        {
          edges = leyden_flow_list_edges_out (flow, self->id, old);
          move_wires (edit, edges, "source_port", name);
        }
    }
}

static void
parameter_edited_cb (LeydenParameterRow *row,
                     LeydenValue        *value,
                     gpointer            data)
{
  LeydenNodeForm *self = data;
  const LeydenParameter *parameter = leyden_parameter_row_get_parameter (row);
  g_autofree char *label = g_strdup_printf (_("Change %s"), parameter->title);
  LeydenValue *before = leyden_node_types_get_parameter (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), get_node (self),
                                                         parameter->name);
  guint step = leyden_typing_step (&self->typing, parameter->name, leyden_value_get_string (before, NULL),
                                   leyden_value_get_string (value, NULL));
  /* What is no text joins as long as there is no pause: a number that is turned up and down. */
  g_autofree char *key = leyden_value_get_string (value, NULL) != NULL
                           ? g_strdup_printf ("parameter:%s:%s:%u", self->id, parameter->name, step)
                           : g_strdup_printf ("parameter:%s:%s", self->id, parameter->name);
  LeydenEdit *edit = leyden_edit_new (label);

  leyden_edit_set_merge_key (edit, key);
  leyden_edit_set_parameter (edit, self->id, parameter->name, value);
  follow_renamed_ports (self, edit, parameter, value);
  apply (self, edit);
}

/* An editor found out what an input lacks: a wire. */
static void
connect_input_cb (LeydenNodeForm *self,
                  const char     *input,
                  const char     *source,
                  const char     *output)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, get_node (self));
  g_autoptr(GPtrArray) taken = leyden_flow_list_edges_in (flow, self->id, input);
  g_autofree char *edge = NULL;
  LeydenEdit *edit;

  /* The flow may have changed since that was offered. */
  if (taken->len > 0 || leyden_flow_get_node (flow, source) == NULL || leyden_ports_find (inputs, input) == NULL)
    return;
  edge = leyden_flow_new_element_id (flow);
  edit = leyden_edit_new (_("Connect"));
  leyden_edit_add_edge (edit, edge, source, output, self->id, input);
  apply (self, edit);
  refresh (self);
}

/* Or a field that makes it. */
static void
add_input_cb (LeydenNodeForm *self,
              const char     *input)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *node = get_node (self);
  const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  const LeydenParameter *parameter = type != NULL && type->inputs_parameter != NULL
                                       ? leyden_node_type_find_parameter (type, type->inputs_parameter) : NULL;
  LeydenValue *fields;
  g_autoptr(LeydenValue) field = NULL;
  g_autoptr(LeydenValue) list = NULL;
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenEdit *edit;

  if (parameter == NULL || parameter->kind != LEYDEN_PARAMETER_FIELDS)
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", input);
  leyden_value_builder_set_string (&builder, "type", "any");
  leyden_value_builder_end (&builder);
  field = leyden_value_builder_end_value (&builder);
  fields = leyden_node_types_get_parameter (types, node, parameter->name);
  list = leyden_value_with_item (fields, leyden_value_get_size (fields), field);
  edit = leyden_edit_new (_("Add Input"));
  leyden_edit_set_parameter (edit, self->id, parameter->name, list);
  apply (self, edit);
  refresh (self);
}

static void
mark_changed_cb (LeydenParameterRow *row,
                 LeydenValue        *mark,
                 gpointer            data)
{
  static const char * const path[] = { "trainable", NULL };
  LeydenNodeForm *self = data;
  const char *name = leyden_parameter_row_get_parameter (row)->name;
  LeydenNode *node = get_node (self);
  gboolean was_marked = leyden_node_get_trainable (node, name) != NULL;
  g_autoptr(LeydenValue) list = leyden_flow_make_marks (node, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), name, mark);
  g_autofree char *key = g_strdup_printf ("mark:%s:%s", self->id, name);
  LeydenEdit *edit = leyden_edit_new (mark == NULL ? _("Make Fixed") : was_marked ? _("Change What Training Tries") : _("Make Trainable"));

  /* Typing values is one step back. */
  if (was_marked && mark != NULL)
    leyden_edit_set_merge_key (edit, key);
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, self->id, path, list);
  apply (self, edit);
  leyden_parameter_row_set_mark (row, leyden_node_get_trainable (get_node (self), name));
}

static void
title_changed_cb (LeydenNodeForm *self)
{
  g_autofree char *key = NULL;
  LeydenEdit *edit;

  if (self->updating)
    return;
  key = g_strdup_printf ("title:%s", self->id);
  edit = leyden_edit_new (_("Rename Node"));
  leyden_edit_set_merge_key (edit, key);
  leyden_edit_set_title (edit, self->id, gtk_editable_get_text (GTK_EDITABLE (self->title)));
  apply (self, edit);
}

/* A title beyond every measure is shown cut, and then it cannot be edited here: the entry lays it out whole. */
static void
show_title (LeydenNodeForm *self,
            const char     *title)
{
  gboolean too_long = strlen (title) > MAX_TITLE;
  g_autofree char *cut = too_long ? leyden_text_display (title, -1, 200, FALSE) : NULL;
  const char *text = too_long ? cut : title;

  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->title)), text))
    gtk_editable_set_text (GTK_EDITABLE (self->title), text);
  gtk_editable_set_editable (GTK_EDITABLE (self->title), !too_long);
}

static void
append_wire (LeydenNodeForm *self,
             LeydenEdge     *edge,
             gboolean        incoming)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  const char *other_id = incoming ? leyden_edge_get_source (edge) : leyden_edge_get_target (edge);
  g_autofree char *other = leyden_end_dup_node_title (flow, other_id);
  const char *title = other != NULL ? other : _("a missing node");
  g_autofree char *own = leyden_end_dup_port_title (flow, self->id, !incoming,
                                                    incoming ? leyden_edge_get_target_port (edge) : leyden_edge_get_source_port (edge));
  g_autofree char *theirs = leyden_end_dup_port_title (flow, other_id, incoming,
                                                       incoming ? leyden_edge_get_source_port (edge) : leyden_edge_get_target_port (edge));
  /* Translators: a connection of a node: own port, other node, its port. */
  g_autofree char *text = incoming ? g_strdup_printf (_("%s ← %s · %s"), own, title, theirs)
                                   : g_strdup_printf (_("%s → %s · %s"), own, title, theirs);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (label, text);
  gtk_box_append (GTK_BOX (self->wires), label);
}

static void
fill_wires (LeydenNodeForm *self)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (flow, self->id, NULL);
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (flow, self->id, NULL);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->wires)) != NULL)
    gtk_box_remove (GTK_BOX (self->wires), child);
  for (guint i = 0; i < in->len; i++)
    append_wire (self, g_ptr_array_index (in, i), TRUE);
  for (guint i = 0; i < out->len; i++)
    append_wire (self, g_ptr_array_index (out, i), FALSE);
  if (in->len + out->len == 0)
    {
      GtkWidget *none = gtk_label_new (_("Not connected"));

      gtk_label_set_xalign (GTK_LABEL (none), 0);
      gtk_widget_add_css_class (none, "dim-label");
      gtk_box_append (GTK_BOX (self->wires), none);
    }
}

static gboolean
is_visible (LeydenNodeForm        *self,
            LeydenNode            *node,
            const LeydenParameter *parameter)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenValue *other;

  if (parameter->visible_parameter == NULL)
    return TRUE;
  other = leyden_node_types_get_parameter (types, node, parameter->visible_parameter);
  for (guint i = 0; i < leyden_value_get_size (parameter->visible_values); i++)
    if (leyden_value_equal (leyden_value_get_item (parameter->visible_values, i), other))
      return TRUE;
  return FALSE;
}

/* Shows what the flow says; editors that show it already keep their cursor. */
static void
refresh (LeydenNodeForm *self)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *node = get_node (self);
  gboolean was_updating = self->updating;
  g_autoptr(LeydenEditorContext) context = NULL;

  if (node == NULL)
    return;
  self->updating = TRUE;
  show_title (self, leyden_node_get_title (node));
  leyden_mode_row_refresh (LEYDEN_MODE_ROW (self->mode));
  leyden_node_run_row_refresh (LEYDEN_NODE_RUN_ROW (self->run), self->state);
  context = leyden_editor_context_new (leyden_document_get_flow (self->document), types, self->id, self->state);
  for (guint i = 0; i < self->rows->len; i++)
    {
      LeydenParameterRow *row = g_ptr_array_index (self->rows, i);
      const LeydenParameter *parameter = leyden_parameter_row_get_parameter (row);

      leyden_parameter_row_set_context (row, context);
      leyden_parameter_row_set_value (row, leyden_node_types_get_parameter (types, node, parameter->name));
      leyden_parameter_row_set_mark (row, leyden_node_get_trainable (node, parameter->name));
      gtk_widget_set_visible (GTK_WIDGET (row), is_visible (self, node, parameter));
    }
  fill_wires (self);
  self->updating = was_updating;
}

static void
flow_changed_cb (LeydenNodeForm *self,
                 LeydenEdit     *edit)
{
  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      LeydenElementKind kind = leyden_edit_get_change (edit, i)->kind;

      /* Edges and the titles of neighbours stand in the list of connections. */
      if (kind == LEYDEN_ELEMENT_EDGE || kind == LEYDEN_ELEMENT_NODE)
        {
          refresh (self);
          return;
        }
    }
}

static void
leyden_node_form_dispose (GObject *object)
{
  LeydenNodeForm *self = LEYDEN_NODE_FORM (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->state, leyden_value_unref);
  leyden_typing_clear (&self->typing);
  g_clear_object (&self->document);
  G_OBJECT_CLASS (leyden_node_form_parent_class)->dispose (object);
}

static void
leyden_node_form_class_init (LeydenNodeFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_node_form_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_node_form_init (LeydenNodeForm *self)
{
  self->rows = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

static GtkWidget *
new_text (const char *text,
          const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, style);
  return label;
}

static void
append_header (LeydenNodeForm       *self,
               LeydenNode           *node,
               const LeydenNodeType *type)
{
  GtkWidget *header = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *kind = leyden_text_display (type != NULL ? type->title : leyden_node_get_type_name (node), -1, 60, FALSE);

  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name (type != NULL ? type->icon : "dialog-question-symbolic"));
  gtk_box_append (GTK_BOX (line), new_text (kind, "heading"));
  gtk_box_append (GTK_BOX (header), line);
  gtk_box_append (GTK_BOX (header), new_text (type != NULL ? type->description
                                                           : _("This kind of node is not installed. It is kept as it is and cannot run."),
                                              "dim-label"));
  self->title = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->title), type != NULL ? type->title : _("Title"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->title), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Title of the node"), -1);
  show_title (self, leyden_node_get_title (node));
  g_signal_connect_object (self->title, "changed", G_CALLBACK (title_changed_cb), self, G_CONNECT_SWAPPED);
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->title), FALSE);
  self->problem = new_text ("", "error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_box_append (GTK_BOX (header), self->title);
  gtk_box_append (GTK_BOX (header), self->problem);
  self->mode = leyden_mode_row_new (self->document, self->id);
  gtk_box_append (GTK_BOX (header), self->mode);
  self->run = leyden_node_run_row_new (self->document, self->id);
  gtk_box_append (GTK_BOX (header), self->run);
  if (type != NULL && type->container != NULL)
    {
      GtkWidget *open = gtk_button_new_with_label (_("Open"));

      gtk_widget_set_tooltip_text (open, _("Show the flow inside"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (open), "win.open-body");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (open), "s", self->id);
      gtk_box_append (GTK_BOX (header), open);
    }
  gtk_box_append (GTK_BOX (self->box), header);
}

static void
append_parameters (LeydenNodeForm       *self,
                   const LeydenNodeType *type)
{
  GtkWidget *plain = gtk_box_new (GTK_ORIENTATION_VERTICAL, 14);
  GtkWidget *advanced = gtk_box_new (GTK_ORIENTATION_VERTICAL, 14);
  GtkWidget *expander = gtk_expander_new (_("More"));

  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);
      GtkWidget *row = leyden_parameter_row_new (parameter);
      GtkWidget *editor = leyden_parameter_row_get_editor (LEYDEN_PARAMETER_ROW (row));

      if (LEYDEN_IS_FIELDS_EDITOR (editor))
        leyden_fields_editor_set_roles (LEYDEN_FIELDS_EDITOR (editor), g_str_equal (type->type, "input"));
      g_signal_connect_object (row, "edited", G_CALLBACK (parameter_edited_cb), self, 0);
      g_signal_connect_object (row, "mark-changed", G_CALLBACK (mark_changed_cb), self, 0);
      g_signal_connect_object (row, "connect-input", G_CALLBACK (connect_input_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (row, "add-input", G_CALLBACK (add_input_cb), self, G_CONNECT_SWAPPED);
      g_ptr_array_add (self->rows, row);
      gtk_box_append (GTK_BOX (parameter->advanced ? advanced : plain), row);
    }
  gtk_box_append (GTK_BOX (self->box), plain);
  if (gtk_widget_get_first_child (advanced) != NULL)
    {
      gtk_widget_set_margin_top (advanced, 12);
      gtk_expander_set_child (GTK_EXPANDER (expander), advanced);
      gtk_box_append (GTK_BOX (self->box), expander);
    }
  else
    {
      g_object_ref_sink (advanced);
      g_object_unref (advanced);
      g_object_ref_sink (expander);
      g_object_unref (expander);
    }
}

GtkWidget *
leyden_node_form_new (LeydenDocument *document,
                      const char     *node_id)
{
  LeydenNodeForm *self;
  const LeydenNodeType *type;
  LeydenNode *node;
  GtkWidget *connections;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);
  node = leyden_flow_get_node (leyden_document_get_flow (document), node_id);
  g_return_val_if_fail (node != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_NODE_FORM, NULL);
  self->document = g_object_ref (document);
  self->id = g_strdup (node_id);
  self->updating = TRUE;
  type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), leyden_node_get_type_name (node));
  append_header (self, node, type);
  if (type != NULL)
    append_parameters (self, type);
  connections = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_box_append (GTK_BOX (connections), new_text (_("Connections"), "caption-heading"));
  self->wires = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_box_append (GTK_BOX (connections), self->wires);
  gtk_box_append (GTK_BOX (self->box), connections);
  if (type != NULL && g_str_equal (type->type, "input"))
    {
      GtkWidget *card = leyden_dataset_card_new (document);

      if (card != NULL)
        gtk_box_append (GTK_BOX (self->box), card);
    }
  if (type != NULL)
    gtk_box_append (GTK_BOX (self->box), leyden_node_help_new (type));
  self->updating = FALSE;
  refresh (self);
  gtk_widget_set_sensitive (self->box, leyden_document_get_read_only_reason (document) == NULL);
  g_signal_connect_object (leyden_document_get_flow (document), "changed", G_CALLBACK (flow_changed_cb), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

const char *
leyden_node_form_get_id (LeydenNodeForm *self)
{
  g_return_val_if_fail (LEYDEN_IS_NODE_FORM (self), NULL);
  return self->id;
}

void
leyden_node_form_set_state (LeydenNodeForm *self,
                            LeydenValue    *state)
{
  g_return_if_fail (LEYDEN_IS_NODE_FORM (self));
  if (state != NULL)
    leyden_value_ref (state);
  g_clear_pointer (&self->state, leyden_value_unref);
  self->state = state;
  refresh (self);
}

GtkWidget *
leyden_node_form_open_row (LeydenNodeForm *self,
                           const char     *parameter)
{
  g_return_val_if_fail (LEYDEN_IS_NODE_FORM (self), NULL);
  g_return_val_if_fail (parameter != NULL, NULL);

  for (guint i = 0; i < self->rows->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (self->rows, i);
      GtkWidget *expander = gtk_widget_get_ancestor (row, GTK_TYPE_EXPANDER);

      if (!g_str_equal (leyden_parameter_row_get_parameter (LEYDEN_PARAMETER_ROW (row))->name, parameter))
        continue;
      if (expander != NULL)
        gtk_expander_set_expanded (GTK_EXPANDER (expander), TRUE);
      return row;
    }
  return NULL;
}
