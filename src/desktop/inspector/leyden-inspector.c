/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-inspector.h"

#include <glib/gi18n-lib.h>

struct _LeydenInspector
{
  GtkWidget        parent_instance;

  LeydenDocument  *document;
  LeydenSelection *selection;
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
      if (g_set_object (&self->document, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_SELECTION:
      if (g_set_object (&self->selection, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_inspector_dispose (GObject *object)
{
  LeydenInspector *self = LEYDEN_INSPECTOR (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->document);
  g_clear_object (&self->selection);
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
    g_param_spec_object ("document", NULL, NULL, G_TYPE_OBJECT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SELECTION] =
    g_param_spec_object ("selection", NULL, NULL, LEYDEN_TYPE_SELECTION,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_inspector_init (LeydenInspector *self)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "edit-find-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _("Nothing Selected"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _("Select a node to see what it does."));
  gtk_widget_add_css_class (page, "compact");
  gtk_widget_set_parent (page, GTK_WIDGET (self));
}

GtkWidget *
leyden_inspector_new (void)
{
  return g_object_new (LEYDEN_TYPE_INSPECTOR, NULL);
}
