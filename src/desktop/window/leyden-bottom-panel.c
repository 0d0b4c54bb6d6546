/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bottom-panel.h"

#include "leyden-desktop.h"

#define NATURAL_WIDTH 700

struct _LeydenBottomPanel
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkStack  *stack;
};

G_DEFINE_FINAL_TYPE (LeydenBottomPanel, leyden_bottom_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_PAGE,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
visible_page_cb (LeydenBottomPanel *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAGE]);
}

static void
leyden_bottom_panel_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  LeydenBottomPanel *self = LEYDEN_BOTTOM_PANEL (object);

  switch (prop_id)
    {
    case PROP_PAGE:
      g_value_set_string (value, leyden_bottom_panel_get_page (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_bottom_panel_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  LeydenBottomPanel *self = LEYDEN_BOTTOM_PANEL (object);

  switch (prop_id)
    {
    case PROP_PAGE:
      leyden_bottom_panel_set_page (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_bottom_panel_dispose (GObject *object)
{
  LeydenBottomPanel *self = LEYDEN_BOTTOM_PANEL (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_bottom_panel_parent_class)->dispose (object);
}

/* What is written in it shall move neither the library nor the inspector, which make room for what is between them. */
static void
leyden_bottom_panel_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  gtk_widget_measure (LEYDEN_BOTTOM_PANEL (widget)->box, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = CLAMP (*natural, *minimum, MAX (*minimum, NATURAL_WIDTH));
}

static void
leyden_bottom_panel_size_allocate (GtkWidget *widget,
                                   int        width,
                                   int        height,
                                   int        baseline)
{
  gtk_widget_size_allocate (LEYDEN_BOTTOM_PANEL (widget)->box, &(GtkAllocation) { 0, 0, width, height }, baseline);
}

static void
leyden_bottom_panel_class_init (LeydenBottomPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_bottom_panel_get_property;
  object_class->set_property = leyden_bottom_panel_set_property;
  object_class->dispose = leyden_bottom_panel_dispose;
  widget_class->measure = leyden_bottom_panel_measure;
  widget_class->size_allocate = leyden_bottom_panel_size_allocate;
  properties[PROP_PAGE] =
    g_param_spec_string ("page", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-bottom-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenBottomPanel, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenBottomPanel, stack);
  gtk_widget_class_bind_template_callback (widget_class, visible_page_cb);
  gtk_widget_class_set_css_name (widget_class, "bottompanel");
}

static void
leyden_bottom_panel_init (LeydenBottomPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_bottom_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_BOTTOM_PANEL, NULL);
}

void
leyden_bottom_panel_add (LeydenBottomPanel *self,
                         const char        *name,
                         const char        *title,
                         GtkWidget         *page)
{
  g_return_if_fail (LEYDEN_IS_BOTTOM_PANEL (self));
  g_return_if_fail (name != NULL && title != NULL && GTK_IS_WIDGET (page));
  gtk_stack_add_titled (self->stack, page, name, title);
}

void
leyden_bottom_panel_remove (LeydenBottomPanel *self,
                            const char        *name)
{
  GtkWidget *page;

  g_return_if_fail (LEYDEN_IS_BOTTOM_PANEL (self));

  page = gtk_stack_get_child_by_name (self->stack, name);
  if (page != NULL)
    gtk_stack_remove (self->stack, page);
}

GtkWidget *
leyden_bottom_panel_get_child (LeydenBottomPanel *self,
                               const char        *name)
{
  g_return_val_if_fail (LEYDEN_IS_BOTTOM_PANEL (self), NULL);
  return gtk_stack_get_child_by_name (self->stack, name);
}

const char *
leyden_bottom_panel_get_page (LeydenBottomPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOTTOM_PANEL (self), NULL);
  return gtk_stack_get_visible_child_name (self->stack);
}

void
leyden_bottom_panel_set_page (LeydenBottomPanel *self,
                              const char        *name)
{
  g_return_if_fail (LEYDEN_IS_BOTTOM_PANEL (self));

  if (name != NULL && gtk_stack_get_child_by_name (self->stack, name) != NULL)
    gtk_stack_set_visible_child_name (self->stack, name);
}

void
leyden_bottom_panel_set_badge (LeydenBottomPanel *self,
                               const char        *name,
                               guint              n)
{
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_BOTTOM_PANEL (self));

  child = gtk_stack_get_child_by_name (self->stack, name);
  if (child != NULL)
    gtk_stack_page_set_needs_attention (gtk_stack_get_page (self->stack, child), n > 0);
}
