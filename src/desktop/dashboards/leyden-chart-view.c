/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-view-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chart-legend.h"
#include "leyden-chart-table.h"

/* What the menu's "Smooth" asks for. */
#define SMOOTHING 0.9

G_DEFINE_FINAL_TYPE (LeydenChartView, leyden_chart_view, GTK_TYPE_WIDGET)

enum
{
  PROP_LOGARITHMIC = 1,
  PROP_SMOOTH,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static gboolean
is_table (LeydenChartView *self)
{
  return self->chart != NULL && leyden_chart_get_kind (self->chart) == LEYDEN_CHART_KIND_TABLE;
}

static gboolean
is_line (LeydenChartView *self)
{
  return self->chart != NULL && leyden_chart_get_kind (self->chart) == LEYDEN_CHART_KIND_LINE;
}

/* --- what is shown --- */

static void
row_activated_cb (LeydenChartView *self,
                  guint            row)
{
  g_signal_emit_by_name (self, "row-activated", row);
}

/* A table is many widgets, and most charts are none. */
static void
need_table (LeydenChartView *self)
{
  if (self->table != NULL)
    return;
  self->table = leyden_chart_table_new ();
  gtk_widget_set_vexpand (self->table, TRUE);
  gtk_widget_insert_after (self->table, GTK_WIDGET (self), self->area);
  g_signal_connect_swapped (self->table, "row-activated", G_CALLBACK (row_activated_cb), self);
}

static void
update (LeydenChartView *self)
{
  g_autofree char *notes = self->chart != NULL ? leyden_chart_describe_notes (self->chart) : NULL;
  gboolean table = is_table (self);

  if (table)
    need_table (self);
  if (self->table != NULL)
    {
      leyden_chart_table_set_chart (LEYDEN_CHART_TABLE (self->table), table ? self->chart : NULL);
      gtk_widget_set_visible (self->table, table);
    }
  gtk_widget_set_visible (self->area, !table);
  gtk_label_set_text (GTK_LABEL (self->notes), notes != NULL ? notes : "");
  gtk_widget_set_visible (self->notes, notes != NULL && *notes != '\0');
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "chart.smooth", is_line (self));
}

static void
changed_cb (LeydenChart     *chart,
            double           x,
            LeydenChartView *self)
{
  if (x == -INFINITY)
    {
      update (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOGARITHMIC]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SMOOTH]);
    }
}

/* --- menu --- */

static void
popover_closed_cb (LeydenChartView *self)
{
  /* The action of a row runs after the menu is closed. */
  gtk_widget_grab_focus (self->area);
}

static GMenu *
make_menu (LeydenChartView *self)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) view = g_menu_new ();
  g_autoptr(GMenu) copy = g_menu_new ();
  g_autoptr(GMenu) export = g_menu_new ();

  g_menu_append (view, _("Show All"), "chart.reset");
  g_menu_append (view, _("Logarithmic Scale"), "chart.logarithmic");
  if (is_line (self))
    g_menu_append (view, _("Smooth"), "chart.smooth");
  g_menu_append (copy, _("Copy Picture and Data"), "chart.copy");
  g_menu_append (copy, _("Copy Data"), "chart.copy-data");
  g_menu_append (export, _("Export as PNG…"), "chart.export('png')");
  g_menu_append (export, _("Export as SVG…"), "chart.export('svg')");
  g_menu_append (export, _("Export as PDF…"), "chart.export('pdf')");
  g_menu_append (export, _("Export Data as CSV…"), "chart.export('csv')");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (view));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (copy));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (export));
  return menu;
}

static void
menu_cb (LeydenChartView *self,
         double           x,
         double           y)
{
  g_autoptr(GMenu) menu = make_menu (self);
  GdkRectangle place = { (int) x, (int) y, 1, 1 };

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &place);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (popover_closed_cb), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
reset_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  leyden_chart_area_reset (LEYDEN_CHART_AREA (LEYDEN_CHART_VIEW (widget)->area));
}

static void
point_activated_cb (LeydenChartView *self,
                    guint            series,
                    guint            index)
{
  g_signal_emit_by_name (self, "point-activated", series, index);
}

/* --- class --- */

static void
leyden_chart_view_get_property (GObject    *object,
                                guint       id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  LeydenChartView *self = LEYDEN_CHART_VIEW (object);
  gboolean log_x = FALSE, log_y = FALSE;

  switch (id)
    {
    case PROP_LOGARITHMIC:
      if (self->chart != NULL)
        leyden_chart_get_log (self->chart, &log_x, &log_y);
      g_value_set_boolean (value, log_y);
      break;
    case PROP_SMOOTH:
      g_value_set_boolean (value, self->chart != NULL && leyden_chart_get_smoothing (self->chart) > 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
leyden_chart_view_set_property (GObject      *object,
                                guint         id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  LeydenChartView *self = LEYDEN_CHART_VIEW (object);
  gboolean log_x, log_y;

  switch (id)
    {
    case PROP_LOGARITHMIC:
      if (self->chart == NULL)
        return;
      leyden_chart_get_log (self->chart, &log_x, &log_y);
      leyden_chart_set_log (self->chart, log_x, g_value_get_boolean (value));
      break;
    case PROP_SMOOTH:
      if (self->chart != NULL)
        leyden_chart_set_smoothing (self->chart, g_value_get_boolean (value) ? SMOOTHING : 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
leyden_chart_view_grab_focus (GtkWidget *widget)
{
  LeydenChartView *self = LEYDEN_CHART_VIEW (widget);

  return gtk_widget_grab_focus (is_table (self) ? self->table : self->area);
}

static void
leyden_chart_view_dispose (GObject *object)
{
  LeydenChartView *self = LEYDEN_CHART_VIEW (object);

  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_clear_object (&self->chart);
  g_clear_object (&self->link);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_pointer (&self->area, gtk_widget_unparent);
  g_clear_pointer (&self->table, gtk_widget_unparent);
  g_clear_pointer (&self->legend, gtk_widget_unparent);
  g_clear_pointer (&self->notes, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_chart_view_parent_class)->dispose (object);
}

static void
leyden_chart_view_class_init (LeydenChartViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_chart_view_dispose;
  object_class->get_property = leyden_chart_view_get_property;
  object_class->set_property = leyden_chart_view_set_property;
  widget_class->grab_focus = leyden_chart_view_grab_focus;
  properties[PROP_LOGARITHMIC] = g_param_spec_boolean ("logarithmic", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SMOOTH] = g_param_spec_boolean ("smooth", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_signal_new ("point-activated", LEYDEN_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
  g_signal_new ("row-activated", LEYDEN_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  g_signal_new ("message", LEYDEN_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_signal_new ("problem", LEYDEN_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "chartview");
  gtk_widget_class_install_action (widget_class, "chart.reset", NULL, reset_action);
  gtk_widget_class_install_property_action (widget_class, "chart.logarithmic", "logarithmic");
  gtk_widget_class_install_property_action (widget_class, "chart.smooth", "smooth");
  leyden_chart_view_class_add_export (widget_class);
}

static void
leyden_chart_view_init (LeydenChartView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_orientable_set_orientation (GTK_ORIENTABLE (gtk_widget_get_layout_manager (widget)), GTK_ORIENTATION_VERTICAL);
  self->area = leyden_chart_area_new ();
  self->legend = leyden_chart_legend_new ();
  self->notes = gtk_label_new (NULL);
  gtk_widget_set_vexpand (self->area, TRUE);
  gtk_label_set_wrap (GTK_LABEL (self->notes), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->notes), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->notes), 0);
  gtk_widget_add_css_class (self->notes, "caption");
  gtk_widget_add_css_class (self->notes, "dim-label");
  gtk_widget_set_visible (self->notes, FALSE);
  gtk_widget_set_parent (self->area, widget);
  gtk_widget_set_parent (self->legend, widget);
  gtk_widget_set_parent (self->notes, widget);
  g_signal_connect_swapped (self->area, "menu", G_CALLBACK (menu_cb), self);
  g_signal_connect_swapped (self->area, "point-activated", G_CALLBACK (point_activated_cb), self);
}

GtkWidget *
leyden_chart_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_CHART_VIEW, NULL);
}

void
leyden_chart_view_set_chart (LeydenChartView *self,
                             LeydenChart     *chart)
{
  g_return_if_fail (LEYDEN_IS_CHART_VIEW (self) && (chart == NULL || LEYDEN_IS_CHART (chart)));

  if (chart == self->chart)
    return;
  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_set_object (&self->chart, chart);
  if (chart != NULL)
    g_signal_connect (chart, "changed", G_CALLBACK (changed_cb), self);
  leyden_chart_area_set_chart (LEYDEN_CHART_AREA (self->area), chart);
  leyden_chart_legend_set_chart (LEYDEN_CHART_LEGEND (self->legend), chart);
  update (self);
}

LeydenChart *
leyden_chart_view_get_chart (LeydenChartView *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART_VIEW (self), NULL);

  return self->chart;
}

void
leyden_chart_view_set_link (LeydenChartView *self,
                            LeydenChartLink *link)
{
  g_return_if_fail (LEYDEN_IS_CHART_VIEW (self));

  g_set_object (&self->link, link);
  leyden_chart_area_set_link (LEYDEN_CHART_AREA (self->area), link);
}

gboolean
leyden_chart_view_dismantle (LeydenChartView *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART_VIEW (self), FALSE);

  return self->table != NULL && leyden_chart_table_dismantle (LEYDEN_CHART_TABLE (self->table));
}

LeydenChartArea *
leyden_chart_view_get_area (LeydenChartView *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART_VIEW (self), NULL);

  return LEYDEN_CHART_AREA (self->area);
}
