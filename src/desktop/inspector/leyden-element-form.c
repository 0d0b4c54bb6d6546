/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-element-form.h"

#include <glib/gi18n-lib.h>

#include "leyden-end-title.h"
#include "leyden-text.h"
#include "leyden-text-editor.h"

struct _LeydenElementForm
{
  GtkWidget          parent_instance;

  LeydenDocument    *document;
  LeydenElementKind  kind;
  char              *id;
  GtkWidget         *box;
  GtkWidget         *facts;             /* label, nullable */
  GtkWidget         *problem;           /* label: why an edit was refused */
  GPtrArray         *editors;           /* borrowed; each holds its property as data "property" */
};

G_DEFINE_FINAL_TYPE (LeydenElementForm, leyden_element_form, GTK_TYPE_WIDGET)

static void refresh (LeydenElementForm *self);

static LeydenValue *
get_property (LeydenElementForm *self,
              const char        *property)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);

  if (self->kind == LEYDEN_ELEMENT_FLOW)
    return leyden_flow_get_property_value (flow, property);
  if (self->kind == LEYDEN_ELEMENT_FRAME && leyden_flow_get_frame (flow, self->id) != NULL)
    return leyden_value_get_member (leyden_frame_get_value (leyden_flow_get_frame (flow, self->id)), property);
  if (self->kind == LEYDEN_ELEMENT_NOTE && leyden_flow_get_note (flow, self->id) != NULL)
    return leyden_value_get_member (leyden_note_get_value (leyden_flow_get_note (flow, self->id)), property);
  return NULL;
}

static void
edited_cb (GtkWidget   *editor,
           LeydenValue *value,
           gpointer     data)
{
  LeydenElementForm *self = data;
  const char *property = g_object_get_data (G_OBJECT (editor), "property");
  const char * const path[] = { property, NULL };
  g_autofree char *key = g_strdup_printf ("%d:%s:%s", self->kind, self->id, property);
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = leyden_edit_new (g_object_get_data (G_OBJECT (editor), "label"));
  const char *text = leyden_value_get_string (value, NULL);

  leyden_edit_set_merge_key (edit, key);
  leyden_edit_add (edit, self->kind, self->id, path, g_strcmp0 (text, "") == 0 ? NULL : value);
  leyden_document_edit (self->document, edit, &error);
  gtk_widget_set_visible (self->problem, error != NULL);
  if (error != NULL)
    {
      g_autofree char *shown = leyden_text_display (error->message, -1, 300, TRUE);

      gtk_label_set_text (GTK_LABEL (self->problem), shown);
      refresh (self);
    }
}

static char *
describe_end (LeydenFlow *flow,
              const char *id,
              gboolean    output,
              const char *port)
{
  g_autofree char *title = leyden_end_dup_node_title (flow, id);
  g_autofree char *port_title = leyden_end_dup_port_title (flow, id, output, port);
  g_autofree char *shown = title == NULL ? leyden_text_display (id, -1, 60, FALSE) : NULL;

  return g_strdup_printf ("%s · %s", title != NULL ? title : shown, port_title);
}

static char *
describe (LeydenElementForm *self)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  LeydenEdge *edge;

  if (self->kind == LEYDEN_ELEMENT_FLOW)
    {
      g_autofree char *nodes = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u node", "%u nodes", leyden_flow_get_n_nodes (flow)),
                                                leyden_flow_get_n_nodes (flow));
      g_autofree char *edges =
        g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u connection", "%u connections", leyden_flow_get_n_edges (flow)),
                         leyden_flow_get_n_edges (flow));

      return g_strdup_printf ("%s, %s", nodes, edges);
    }
  edge = self->kind == LEYDEN_ELEMENT_EDGE ? leyden_flow_get_edge (flow, self->id) : NULL;
  if (edge != NULL)
    {
      g_autofree char *source = describe_end (flow, leyden_edge_get_source (edge), TRUE, leyden_edge_get_source_port (edge));
      g_autofree char *target = describe_end (flow, leyden_edge_get_target (edge), FALSE, leyden_edge_get_target_port (edge));

      return g_strdup_printf (_("From %s\nTo %s"), source, target);
    }
  return NULL;
}

static void
refresh (LeydenElementForm *self)
{
  for (guint i = 0; i < self->editors->len; i++)
    {
      GtkWidget *editor = g_ptr_array_index (self->editors, i);

      leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (editor),
                                     get_property (self, g_object_get_data (G_OBJECT (editor), "property")));
    }
  if (self->facts != NULL)
    {
      g_autofree char *text = describe (self);

      gtk_label_set_text (GTK_LABEL (self->facts), text != NULL ? text : "");
    }
}

static void
append_text (LeydenElementForm   *self,
             LeydenParameterKind  kind,
             const char          *property,
             const char          *title,
             const char          *label)
{
  GtkWidget *group = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *caption = gtk_label_new (title);
  GtkWidget *editor = leyden_text_editor_new (kind);

  gtk_label_set_xalign (GTK_LABEL (caption), 0);
  gtk_widget_add_css_class (caption, "caption-heading");
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (editor), title);
  g_object_set_data_full (G_OBJECT (editor), "property", g_strdup (property), g_free);
  g_object_set_data_full (G_OBJECT (editor), "label", g_strdup (label), g_free);
  g_signal_connect_object (editor, "edited", G_CALLBACK (edited_cb), self, 0);
  g_ptr_array_add (self->editors, editor);
  gtk_box_append (GTK_BOX (group), caption);
  gtk_box_append (GTK_BOX (group), editor);
  gtk_box_append (GTK_BOX (self->box), group);
}

static void
append_heading (LeydenElementForm *self,
                const char        *icon,
                const char        *text)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "heading");
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name (icon));
  gtk_box_append (GTK_BOX (line), label);
  gtk_box_append (GTK_BOX (self->box), line);
}

static void
append_facts (LeydenElementForm *self)
{
  self->facts = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->facts), 0);
  gtk_label_set_wrap (GTK_LABEL (self->facts), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->facts), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->facts, "dim-label");
  gtk_box_append (GTK_BOX (self->box), self->facts);
}

static void
leyden_element_form_dispose (GObject *object)
{
  LeydenElementForm *self = LEYDEN_ELEMENT_FORM (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->editors, g_ptr_array_unref);
  g_clear_pointer (&self->id, g_free);
  g_clear_object (&self->document);
  G_OBJECT_CLASS (leyden_element_form_parent_class)->dispose (object);
}

static void
leyden_element_form_class_init (LeydenElementFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_element_form_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_element_form_init (LeydenElementForm *self)
{
  self->editors = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 14);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

/* The title of what is inside a container is the container's, and stands with its other settings. */
static void
append_inside (LeydenElementForm *self)
{
  GtkWidget *label = gtk_label_new (_("What comes in and goes out are the fields of its Input and its Output. Escape leads back."));

  append_heading (self, "view-grid-symbolic", _("Inside the Container"));
  append_facts (self);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (self->box), label);
}

static void
fill (LeydenElementForm *self)
{
  switch (self->kind)
    {
    case LEYDEN_ELEMENT_FLOW:
      if (leyden_document_get_root (self->document) != self->document)
        {
          append_inside (self);
          break;
        }
      append_heading (self, "view-grid-symbolic", _("Flow"));
      append_facts (self);
      append_text (self, LEYDEN_PARAMETER_TEXT, "title", _("Title"), _("Rename Flow"));
      append_text (self, LEYDEN_PARAMETER_MULTILINE, "description", _("Description"), _("Describe Flow"));
      break;
    case LEYDEN_ELEMENT_EDGE:
      append_heading (self, "insert-link-symbolic", _("Connection"));
      append_facts (self);
      break;
    case LEYDEN_ELEMENT_FRAME:
      append_heading (self, "view-fullscreen-symbolic", _("Frame"));
      append_text (self, LEYDEN_PARAMETER_TEXT, "title", _("Title"), _("Rename Frame"));
      break;
    case LEYDEN_ELEMENT_NOTE:
      append_heading (self, "text-editor-symbolic", _("Note"));
      append_text (self, LEYDEN_PARAMETER_MULTILINE, "text", _("Text"), _("Edit Note"));
      break;
    case LEYDEN_ELEMENT_NODE:
    default:
      g_return_if_reached ();
    }
}

GtkWidget *
leyden_element_form_new (LeydenDocument    *document,
                         LeydenElementKind  kind,
                         const char        *id)
{
  LeydenElementForm *self;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);
  g_return_val_if_fail (kind != LEYDEN_ELEMENT_NODE, NULL);

  self = g_object_new (LEYDEN_TYPE_ELEMENT_FORM, NULL);
  self->document = g_object_ref (document);
  self->kind = kind;
  self->id = g_strdup (id);
  fill (self);
  self->problem = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_widget_add_css_class (self->problem, "error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->problem);
  refresh (self);
  gtk_widget_set_sensitive (self->box, leyden_document_get_read_only_reason (document) == NULL);
  g_signal_connect_object (leyden_document_get_flow (document), "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
