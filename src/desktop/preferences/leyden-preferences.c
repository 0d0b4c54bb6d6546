/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-preferences.h"

#include "leyden-connections-page.h"
#include "leyden-desktop.h"
#include "leyden-models-page.h"
#include "leyden-prices-page.h"
#include "leyden-settings.h"
#include "leyden-sources-page.h"

struct _LeydenPreferences
{
  AdwPreferencesWindow  parent_instance;

  LeydenModelsPage     *models;
  LeydenConnectionsPage *connections;
  LeydenSourcesPage    *sources;
  GtkDropDown          *style;
  GtkSwitch            *software;
  GtkSwitch            *grid;
  GtkSwitch            *snap;
  GtkSwitch            *forks;
  GtkSpinButton        *port;
  GtkDropDown          *keep;
};

G_DEFINE_FINAL_TYPE (LeydenPreferences, leyden_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* Drop-downs stand for settings whose values have names. */
static const char * const styles[] = { "system", "light", "dark", NULL };
static const char * const keeps[] = { "ask", "keep", "stop", NULL };

static gboolean
nick_to_index (GValue   *value,
               GVariant *variant,
               gpointer  data)
{
  const char * const *nicks = data;
  const char *nick = g_variant_get_string (variant, NULL);

  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], nick))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
index_to_nick (const GValue       *value,
               const GVariantType *type,
               gpointer            data)
{
  const char * const *nicks = data;
  guint index = g_value_get_uint (value);

  return index < g_strv_length ((char **) nicks) ? g_variant_new_string (nicks[index]) : NULL;
}

static void
leyden_preferences_class_init (LeydenPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (LEYDEN_TYPE_CONNECTIONS_PAGE);
  g_type_ensure (LEYDEN_TYPE_MODELS_PAGE);
  g_type_ensure (LEYDEN_TYPE_PRICES_PAGE);
  g_type_ensure (LEYDEN_TYPE_SOURCES_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, models);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, connections);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, sources);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, style);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, software);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, grid);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, snap);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, forks);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, port);
  gtk_widget_class_bind_template_child (widget_class, LeydenPreferences, keep);
}

static void
leyden_preferences_init (LeydenPreferences *self)
{
  GSettings *settings = leyden_settings_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_settings_bind_with_mapping (settings, "style", self->style, "selected", G_SETTINGS_BIND_DEFAULT, nick_to_index, index_to_nick,
                                (gpointer) styles, NULL);
  g_settings_bind_with_mapping (settings, "keep-running", self->keep, "selected", G_SETTINGS_BIND_DEFAULT, nick_to_index,
                                index_to_nick, (gpointer) keeps, NULL);
  g_settings_bind (settings, "software-rendering", self->software, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "show-grid", self->grid, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "snap-to-grid", self->snap, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "compare-forks", self->forks, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "backend-port", gtk_spin_button_get_adjustment (self->port), "value", G_SETTINGS_BIND_DEFAULT);
}

LeydenPreferences *
leyden_preferences_new (GtkWindow *parent)
{
  return g_object_new (LEYDEN_TYPE_PREFERENCES, "transient-for", parent, "modal", parent != NULL, NULL);
}

void
leyden_preferences_find_models (LeydenPreferences *self)
{
  g_return_if_fail (LEYDEN_IS_PREFERENCES (self));
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->models));
  leyden_models_page_find (self->models);
}

void
leyden_preferences_show_connections (LeydenPreferences *self)
{
  g_return_if_fail (LEYDEN_IS_PREFERENCES (self));
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->connections));
}

void
leyden_preferences_show_sources (LeydenPreferences *self)
{
  g_return_if_fail (LEYDEN_IS_PREFERENCES (self));
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->sources));
}

void
leyden_preferences_add_endpoint (LeydenPreferences *self)
{
  g_return_if_fail (LEYDEN_IS_PREFERENCES (self));
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->models));
  leyden_models_page_add (self->models);
}
