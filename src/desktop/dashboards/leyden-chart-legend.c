/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-legend.h"

#include <glib/gi18n-lib.h>

#include "leyden-chart-look.h"
#include "leyden-chart-plot.h"

#define MOST_NAMED 16
#define SWATCH_WIDTH 20

struct _LeydenChartLegend
{
  GtkWidget    parent_instance;

  LeydenChart *chart;
  GtkWidget   *box;
  GtkWidget   *rest;            /* "and 9 984 more" */
  GPtrArray   *names;           /* of the series that have a button, to see whether others came */
  gboolean     updating;
};

G_DEFINE_FINAL_TYPE (LeydenChartLegend, leyden_chart_legend, GTK_TYPE_WIDGET)

/* --- a swatch --- */

#define LEYDEN_TYPE_CHART_SWATCH (leyden_chart_swatch_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartSwatch, leyden_chart_swatch, LEYDEN, CHART_SWATCH, GtkWidget)

struct _LeydenChartSwatch
{
  GtkWidget       parent_instance;

  LeydenChartKind kind;
  guint           series;
};

G_DEFINE_FINAL_TYPE (LeydenChartSwatch, leyden_chart_swatch, GTK_TYPE_WIDGET)

static void
leyden_chart_swatch_snapshot (GtkWidget   *widget,
                              GtkSnapshot *snapshot)
{
  LeydenChartSwatch *self = LEYDEN_CHART_SWATCH (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  LeydenChartStyle style;
  g_autofree char *font = NULL;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  leyden_chart_look_load (widget, &style, &font);
  leyden_chart_draw_swatch (cr, &style, self->kind, self->series, 0, 0, width, height);
  cairo_destroy (cr);
}

static void
leyden_chart_swatch_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? SWATCH_WIDTH : 14;
}

static void
leyden_chart_swatch_class_init (LeydenChartSwatchClass *klass)
{
  GTK_WIDGET_CLASS (klass)->snapshot = leyden_chart_swatch_snapshot;
  GTK_WIDGET_CLASS (klass)->measure = leyden_chart_swatch_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_chart_swatch_init (LeydenChartSwatch *self)
{
}

/* --- the legend --- */

static void
toggled_cb (GtkToggleButton   *button,
            LeydenChartLegend *self)
{
  guint series = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "series"));

  if (!self->updating && series < leyden_chart_get_n_series (self->chart))
    leyden_chart_set_hidden (self->chart, series, !gtk_toggle_button_get_active (button));
}

static GtkWidget *
make_button (LeydenChartLegend *self,
             guint              series)
{
  GtkWidget *button = gtk_toggle_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  LeydenChartSwatch *swatch = g_object_new (LEYDEN_TYPE_CHART_SWATCH, "valign", GTK_ALIGN_CENTER, NULL);
  const char *title = leyden_chart_get_series_title (self->chart, series);
  GtkWidget *label = gtk_label_new (title);

  swatch->kind = leyden_chart_get_kind (self->chart);
  swatch->series = series;
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_label_set_width_chars (GTK_LABEL (label), MIN (3, (int) g_utf8_strlen (title, -1)));
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (swatch));
  gtk_box_append (GTK_BOX (box), label);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "chartlegend");
  gtk_widget_set_tooltip_text (button, title);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), !leyden_chart_get_hidden (self->chart, series));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _("Shows and hides this series"), -1);
  g_object_set_data (G_OBJECT (button), "series", GUINT_TO_POINTER (series));
  g_signal_connect (button, "toggled", G_CALLBACK (toggled_cb), self);
  return button;
}

static gboolean
has_legend (LeydenChart *chart)
{
  switch (leyden_chart_get_kind (chart))
    {
    case LEYDEN_CHART_KIND_LINE:
    case LEYDEN_CHART_KIND_AREA:
    case LEYDEN_CHART_KIND_BAR:
    case LEYDEN_CHART_KIND_HISTOGRAM:
    case LEYDEN_CHART_KIND_SCATTER:
      return leyden_chart_get_n_series (chart) > 1;
    case LEYDEN_CHART_KIND_HEAT:
    case LEYDEN_CHART_KIND_SPARKLINE:
    case LEYDEN_CHART_KIND_WATERFALL:
    case LEYDEN_CHART_KIND_TABLE:
    case LEYDEN_CHART_KIND_VALUE:
    default:
      return FALSE;
    }
}

static GtkWidget *
get_button (GtkWidget *child)
{
  return gtk_flow_box_child_get_child (GTK_FLOW_BOX_CHILD (child));
}

/* Where the same series have buttons, only their states are taken: a focus stays where it is. */
static gboolean
is_same (LeydenChartLegend *self,
         guint              n)
{
  GtkWidget *first = gtk_widget_get_first_child (self->box);

  if (self->names->len != n || first == NULL
      || LEYDEN_CHART_SWATCH (gtk_widget_get_first_child (gtk_button_get_child (GTK_BUTTON (get_button (first)))))->kind != leyden_chart_get_kind (self->chart))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (strcmp (self->names->pdata[i], leyden_chart_get_series_title (self->chart, i)) != 0)
      return FALSE;
  return TRUE;
}

static void
build (LeydenChartLegend *self,
       guint              n)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_flow_box_remove (GTK_FLOW_BOX (self->box), child);
  g_ptr_array_set_size (self->names, 0);
  for (guint i = 0; i < n; i++)
    {
      GtkWidget *holder = gtk_flow_box_child_new ();

      /* The button is the stop of the keyboard, not the place that it stands in. */
      gtk_widget_set_focusable (holder, FALSE);
      gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (holder), make_button (self, i));
      gtk_flow_box_append (GTK_FLOW_BOX (self->box), holder);
      g_ptr_array_add (self->names, g_strdup (leyden_chart_get_series_title (self->chart, i)));
    }
}

static void
update (LeydenChartLegend *self)
{
  gboolean shown = self->chart != NULL && has_legend (self->chart);
  guint all = shown ? leyden_chart_get_n_series (self->chart) : 0, n = MIN (all, MOST_NAMED);
  g_autofree char *rest = NULL;

  if (!shown || !is_same (self, n))
    build (self, n);
  self->updating = TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (self->box); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      guint series = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (get_button (child)), "series"));

      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (get_button (child)), !leyden_chart_get_hidden (self->chart, series));
    }
  self->updating = FALSE;
  rest = g_strdup_printf (ngettext ("and %u more", "and %u more", all - n), all - n);
  gtk_label_set_text (GTK_LABEL (self->rest), rest);
  gtk_widget_set_visible (self->rest, all > n);
  gtk_widget_set_visible (GTK_WIDGET (self), shown);
}

static void
leyden_chart_legend_dispose (GObject *object)
{
  LeydenChartLegend *self = LEYDEN_CHART_LEGEND (object);
  GtkWidget *child;

  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_clear_object (&self->chart);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (leyden_chart_legend_parent_class)->dispose (object);
}

static void
leyden_chart_legend_class_init (LeydenChartLegendClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_chart_legend_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
leyden_chart_legend_init (LeydenChartLegend *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))), GTK_ORIENTATION_VERTICAL);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->box = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (self->box), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (self->box), MOST_NAMED);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (self->box), 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->rest = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->rest), 0);
  gtk_widget_add_css_class (self->rest, "caption");
  gtk_widget_add_css_class (self->rest, "dim-label");
  gtk_widget_set_parent (self->rest, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Legend"), -1);
}

GtkWidget *
leyden_chart_legend_new (void)
{
  return g_object_new (LEYDEN_TYPE_CHART_LEGEND, NULL);
}

static void
changed_cb (LeydenChart       *chart,
            double             x,
            LeydenChartLegend *self)
{
  /* New points at the end bring no new series. */
  if (x == -INFINITY || leyden_chart_get_n_series (chart) != self->names->len)
    update (self);
}

void
leyden_chart_legend_set_chart (LeydenChartLegend *self,
                               LeydenChart       *chart)
{
  g_return_if_fail (LEYDEN_IS_CHART_LEGEND (self) && (chart == NULL || LEYDEN_IS_CHART (chart)));

  if (chart == self->chart)
    return;
  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_set_object (&self->chart, chart);
  if (chart != NULL)
    g_signal_connect (chart, "changed", G_CALLBACK (changed_cb), self);
  update (self);
}
