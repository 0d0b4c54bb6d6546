/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-inspector.h"

#include <glib/gi18n-lib.h>

#include "leyden-element-form.h"
#include "leyden-node-form.h"
#include "leyden-parameter-row.h"
#include "leyden-safe-text.h"

struct _LeydenInspector
{
  GtkWidget        parent_instance;

  LeydenDocument  *document;
  LeydenSelection *selection;
  GtkWidget       *scroller;
  AdwBin          *bin;
  GtkWidget       *form;
  LeydenValue     *state;               /* nullable */
  char            *shown;               /* what the form shows: "kind:id", or "" */
};

G_DEFINE_FINAL_TYPE (LeydenInspector, leyden_inspector, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_SELECTION,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static GtkWidget *
new_status (const char *icon,
            const char *title,
            const char *description)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  leyden_status_page_set_safe (ADW_STATUS_PAGE (page), title, description);
  gtk_widget_add_css_class (page, "compact");
  return page;
}

static GtkWidget *
new_several (guint n)
{
  g_autofree char *title = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u Selected", "%u Selected", n), n);
  GtkWidget *page = new_status ("edit-select-all-symbolic", title, _("Move, copy or delete them together."));
  GtkWidget *button = gtk_button_new_with_label (_("Delete"));

  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (button), "win.canvas::delete");
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

static gboolean
exists (LeydenFlow        *flow,
        LeydenElementKind  kind,
        const char        *id)
{
  switch (kind)
    {
    case LEYDEN_ELEMENT_NODE:
      return leyden_flow_get_node (flow, id) != NULL;
    case LEYDEN_ELEMENT_EDGE:
      return leyden_flow_get_edge (flow, id) != NULL;
    case LEYDEN_ELEMENT_FRAME:
      return leyden_flow_get_frame (flow, id) != NULL;
    case LEYDEN_ELEMENT_NOTE:
      return leyden_flow_get_note (flow, id) != NULL;
    case LEYDEN_ELEMENT_FLOW:
    default:
      return TRUE;
    }
}

static void
show_form (LeydenInspector *self,
           GtkWidget       *form,
           gboolean         framed)
{
  self->form = form;
  gtk_widget_set_vexpand (form, !framed);
  if (framed)
    {
      gtk_widget_set_margin_top (form, 12);
      gtk_widget_set_margin_bottom (form, 18);
      gtk_widget_set_margin_start (form, 12);
      gtk_widget_set_margin_end (form, 12);
    }
  adw_bin_set_child (self->bin, form);
}

static void
update (LeydenInspector *self)
{
  LeydenFlow *flow = self->document != NULL ? leyden_document_get_flow (self->document) : NULL;
  LeydenElementKind kind = LEYDEN_ELEMENT_FLOW;
  const char *id = "";
  guint n = self->selection != NULL ? leyden_selection_get_size (self->selection) : 0;
  g_autofree char *wanted = NULL;

  if (n == 1 && (!leyden_selection_get_single (self->selection, &kind, &id) || flow == NULL || !exists (flow, kind, id)))
    {
      kind = LEYDEN_ELEMENT_FLOW;
      id = "";
    }
  wanted = n > 1 ? g_strdup_printf ("several:%u", n) : g_strdup_printf ("%d:%s", kind, id);
  if (g_strcmp0 (wanted, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_steal_pointer (&wanted);

  if (flow == NULL)
    show_form (self, new_status ("edit-find-symbolic", _("Nothing Selected"), _("Open a flow to see what its nodes do.")), FALSE);
  else if (n > 1)
    show_form (self, new_several (n), FALSE);
  else if (kind == LEYDEN_ELEMENT_NODE)
    {
      show_form (self, leyden_node_form_new (self->document, id), TRUE);
      if (self->state != NULL)
        leyden_node_form_set_state (LEYDEN_NODE_FORM (self->form), self->state);
    }
  else
    show_form (self, leyden_element_form_new (self->document, kind, id), TRUE);
}

/* The selected element may be gone, or be there again after an undo. */
static void
flow_changed_cb (LeydenInspector *self)
{
  LeydenElementKind kind;
  const char *id;

  if (self->selection == NULL || !leyden_selection_get_single (self->selection, &kind, &id))
    return;
  update (self);
}

static void
set_document (LeydenInspector *self,
              LeydenDocument  *document)
{
  if (self->document == document)
    return;
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_func (leyden_document_get_flow (self->document), flow_changed_cb, self);
  g_set_object (&self->document, document);
  if (document != NULL)
    g_signal_connect_object (leyden_document_get_flow (document), "changed", G_CALLBACK (flow_changed_cb), self,
                             G_CONNECT_SWAPPED);
  g_clear_pointer (&self->shown, g_free);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
set_selection (LeydenInspector *self,
               LeydenSelection *selection)
{
  if (self->selection == selection)
    return;
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_func (self->selection, update, self);
  g_set_object (&self->selection, selection);
  if (selection != NULL)
    g_signal_connect_object (selection, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTION]);
}

static void
leyden_inspector_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  LeydenInspector *self = LEYDEN_INSPECTOR (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, self->document);
      break;
    case PROP_SELECTION:
      g_value_set_object (value, self->selection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_inspector_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  LeydenInspector *self = LEYDEN_INSPECTOR (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      set_document (self, g_value_get_object (value));
      break;
    case PROP_SELECTION:
      set_selection (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_inspector_dispose (GObject *object)
{
  LeydenInspector *self = LEYDEN_INSPECTOR (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->document);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_pointer (&self->shown, g_free);
  G_OBJECT_CLASS (leyden_inspector_parent_class)->dispose (object);
}

static void
leyden_inspector_class_init (LeydenInspectorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_inspector_get_property;
  object_class->set_property = leyden_inspector_set_property;
  object_class->dispose = leyden_inspector_dispose;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SELECTION] =
    g_param_spec_object ("selection", NULL, NULL, LEYDEN_TYPE_SELECTION,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static void
leyden_inspector_init (LeydenInspector *self)
{
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  self->bin = ADW_BIN (adw_bin_new ());
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->bin));
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Inspector"), -1);
  update (self);
}

GtkWidget *
leyden_inspector_new (void)
{
  return g_object_new (LEYDEN_TYPE_INSPECTOR, NULL);
}

void
leyden_inspector_set_state (LeydenInspector *self,
                            LeydenValue     *state)
{
  g_return_if_fail (LEYDEN_IS_INSPECTOR (self));

  if (self->state == state)
    return;
  if (state != NULL)
    leyden_value_ref (state);
  g_clear_pointer (&self->state, leyden_value_unref);
  self->state = state;
  if (LEYDEN_IS_NODE_FORM (self->form))
    leyden_node_form_set_state (LEYDEN_NODE_FORM (self->form), state);
}

typedef struct
{
  LeydenInspector *inspector;
  gboolean         focus;
} Showing;

static void
showing_free (gpointer data)
{
  Showing *self = data;

  g_object_unref (self->inspector);
  g_free (self);
}

/* A form that was just made has no places before the next frame, and takes no focus while the inspector comes into view. */
static gboolean
show_row_cb (GtkWidget     *row,
             GdkFrameClock *clock,
             gpointer       data)
{
  Showing *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->inspector->scroller));
  graphene_rect_t bounds;

  if (!gtk_widget_get_mapped (row) || gtk_widget_get_height (row) == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_compute_bounds (row, GTK_WIDGET (self->inspector->bin), &bounds))
    gtk_adjustment_clamp_page (adjustment, (double) bounds.origin.y, (double) (bounds.origin.y + bounds.size.height));
  if (self->focus && !gtk_widget_grab_focus (leyden_parameter_row_get_editor (LEYDEN_PARAMETER_ROW (row))))
    gtk_widget_child_focus (row, GTK_DIR_TAB_FORWARD);
  return G_SOURCE_REMOVE;
}

gboolean
leyden_inspector_show_parameter (LeydenInspector *self,
                                 const char      *parameter,
                                 gboolean         focus)
{
  GtkWidget *row;
  Showing *showing;

  g_return_val_if_fail (LEYDEN_IS_INSPECTOR (self), FALSE);
  g_return_val_if_fail (parameter != NULL, FALSE);

  row = LEYDEN_IS_NODE_FORM (self->form) ? leyden_node_form_open_row (LEYDEN_NODE_FORM (self->form), parameter) : NULL;
  if (row == NULL || !gtk_widget_get_visible (row))
    return FALSE;
  showing = g_new0 (Showing, 1);
  showing->inspector = g_object_ref (self);
  showing->focus = focus;
  gtk_widget_add_tick_callback (row, show_row_cb, showing, showing_free);
  return TRUE;
}
