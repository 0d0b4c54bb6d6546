/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-panel.h"

#include <glib/gi18n-lib.h>

struct _LeydenTryPanel
{
  GtkWidget        parent_instance;

  LeydenDocument  *document;
};

G_DEFINE_FINAL_TYPE (LeydenTryPanel, leyden_try_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
leyden_try_panel_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  LeydenTryPanel *self = LEYDEN_TRY_PANEL (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, self->document);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_try_panel_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  LeydenTryPanel *self = LEYDEN_TRY_PANEL (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      if (g_set_object (&self->document, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_try_panel_dispose (GObject *object)
{
  LeydenTryPanel *self = LEYDEN_TRY_PANEL (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->document);
  G_OBJECT_CLASS (leyden_try_panel_parent_class)->dispose (object);
}

static void
leyden_try_panel_class_init (LeydenTryPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_try_panel_get_property;
  object_class->set_property = leyden_try_panel_set_property;
  object_class->dispose = leyden_try_panel_dispose;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, G_TYPE_OBJECT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_try_panel_init (LeydenTryPanel *self)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "media-playback-start-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _("Try"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _("Open a flow to try it."));
  gtk_widget_add_css_class (page, "compact");
  gtk_widget_set_parent (page, GTK_WIDGET (self));
}

GtkWidget *
leyden_try_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_TRY_PANEL, NULL);
}
