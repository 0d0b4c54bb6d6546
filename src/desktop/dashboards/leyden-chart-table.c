/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-table.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chart-cell.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"

/* Rows that are made anew in one turn of the main loop: GTK makes all cells of each at once, also of those that are not seen. */
#define ROWS_A_TURN 8

/* --- a row --- */

#define LEYDEN_TYPE_CHART_ROW (leyden_chart_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChartRow, leyden_chart_row, LEYDEN, CHART_ROW, GObject)

struct _LeydenChartRow
{
  GObject      parent_instance;

  LeydenValue *cells;
  guint        index;
};

G_DEFINE_FINAL_TYPE (LeydenChartRow, leyden_chart_row, G_TYPE_OBJECT)

static void
leyden_chart_row_finalize (GObject *object)
{
  g_clear_pointer (&LEYDEN_CHART_ROW (object)->cells, leyden_value_unref);
  G_OBJECT_CLASS (leyden_chart_row_parent_class)->finalize (object);
}

static void
leyden_chart_row_class_init (LeydenChartRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_chart_row_finalize;
}

static void
leyden_chart_row_init (LeydenChartRow *self)
{
}

/* --- the table --- */

struct _LeydenChartTable
{
  GtkWidget    parent_instance;

  LeydenChart *chart;
  LeydenValue *columns;         /* for which the view has columns */
  GTimeZone   *zone;            /* in which they tell times */
  GtkWidget   *scroller;
  GtkWidget   *view;
  GListStore  *rows;
  guint        n_current;       /* of these, the first: they are as the chart has them */
  guint        turn;            /* makes the others so; 0: all are */
};

G_DEFINE_FINAL_TYPE (LeydenChartTable, leyden_chart_table, GTK_TYPE_WIDGET)

static guint row_activated_signal;

typedef struct
{
  LeydenValue *column;
  guint        index;
  GTimeZone   *zone;
} Column;

static void
column_free (gpointer  data,
             GClosure *closure)
{
  Column *self = data;

  leyden_value_unref (self->column);
  g_time_zone_unref (self->zone);
  g_free (self);
}

static Column *
column_new (LeydenChart *chart,
            guint        index)
{
  Column *self = g_new0 (Column, 1);

  self->column = leyden_value_ref (leyden_value_get_item (leyden_chart_get_columns (chart), index));
  self->index = index;
  self->zone = g_time_zone_ref (leyden_chart_get_zone (chart));
  return self;
}

static gboolean
is_number (LeydenValue *column)
{
  const char *type = leyden_value_get_member_string (column, "type", "");

  return g_str_equal (type, "number") || g_str_equal (type, "integer") || g_str_equal (type, "real");
}

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item,
          Column                   *column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), is_number (column->column) ? 1 : 0);
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         Column                   *column)
{
  LeydenChartRow *row = gtk_list_item_get_item (item);
  g_autofree char *text = leyden_chart_cell_to_text (leyden_value_get_item (row->cells, column->index), column->column, column->zone);

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
  leyden_tooltip_set_text (gtk_list_item_get_child (item), text);
}

/* Numbers by value, then texts, nothing last; equal ones as they came. */
static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  const Column *column = data;
  LeydenChartRow *first = (gpointer) a, *second = (gpointer) b;
  LeydenValue *x = leyden_value_get_item (first->cells, column->index), *y = leyden_value_get_item (second->cells, column->index);
  gboolean no_x = leyden_value_is_null (x), no_y = leyden_value_is_null (y);
  double p, q;
  gboolean number_x = leyden_value_get_double (x, &p), number_y = leyden_value_get_double (y, &q);

  if (no_x || no_y)
    return no_x == no_y ? (int) first->index - (int) second->index : no_x ? 1 : -1;
  if (number_x && number_y && p != q)
    return p < q ? -1 : 1;
  if (number_x != number_y)
    return number_x ? -1 : 1;
  if (!number_x)
    {
      g_autofree char *s = leyden_chart_cell_to_text (x, column->column, column->zone);
      g_autofree char *t = leyden_chart_cell_to_text (y, column->column, column->zone);
      int order = g_utf8_collate (s, t);

      if (order != 0)
        return order;
    }
  return (int) first->index - (int) second->index;
}

static void
free_sort_column (gpointer data)
{
  column_free (data, NULL);
}

static void
add_column (LeydenChartTable *self,
            guint             index)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  LeydenValue *value = leyden_value_get_item (self->columns, index);
  g_autofree char *title = leyden_chart_column_title (value);
  GtkColumnViewColumn *column;
  g_autoptr(GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_rows, column_new (self->chart, index), free_sort_column));

  g_signal_connect_data (factory, "setup", G_CALLBACK (setup_cb), column_new (self->chart, index), column_free, 0);
  g_signal_connect_data (factory, "bind", G_CALLBACK (bind_cb), column_new (self->chart, index), column_free, 0);
  column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, !is_number (value));
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), column);
  g_object_unref (column);
}

static void
build_columns (LeydenChartTable *self)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));

  while (g_list_model_get_n_items (columns) > 0)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);

      gtk_column_view_remove_column (GTK_COLUMN_VIEW (self->view), column);
    }
  for (guint i = 0; i < leyden_value_get_size (self->columns); i++)
    add_column (self, i);
}

/* TRUE: it was another one. */
static gboolean
set_row (LeydenChartTable *self,
         guint             index,
         LeydenValue      *cells)
{
  g_autoptr(LeydenChartRow) before = g_list_model_get_item (G_LIST_MODEL (self->rows), index);
  g_autoptr(LeydenChartRow) row = NULL;

  if (before != NULL && leyden_value_equal (before->cells, cells))
    return FALSE;
  row = g_object_new (LEYDEN_TYPE_CHART_ROW, NULL);
  row->cells = leyden_value_ref (cells);
  row->index = index;
  g_list_store_splice (self->rows, index, before != NULL ? 1 : 0, (gpointer *) &row, 1);
  return TRUE;
}

/* TRUE: there are more to make. */
static gboolean
set_some (LeydenChartTable *self)
{
  LeydenValue *rows = self->chart != NULL ? leyden_chart_get_rows (self->chart) : NULL;
  guint n = leyden_value_get_size (rows), have = g_list_model_get_n_items (G_LIST_MODEL (self->rows)), made = 0;

  if (have > n)
    g_list_store_splice (self->rows, n, have - n, NULL, 0);
  for (; self->n_current < n && made < ROWS_A_TURN; self->n_current++)
    made += set_row (self, self->n_current, leyden_value_get_item (rows, self->n_current));
  return self->n_current < n;
}

static gboolean
turn_cb (gpointer data)
{
  LeydenChartTable *self = data;

  if (set_some (self))
    return G_SOURCE_CONTINUE;
  self->turn = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
is_same_zone (LeydenChartTable *self)
{
  return self->zone != NULL && strcmp (g_time_zone_get_identifier (self->zone), g_time_zone_get_identifier (leyden_chart_get_zone (self->chart))) == 0;
}

static void
update (LeydenChartTable *self)
{
  LeydenValue *columns = self->chart != NULL ? leyden_chart_get_columns (self->chart) : NULL;

  /* The same columns keep their widths and their sorting. */
  if (columns == NULL || self->columns == NULL || !leyden_value_equal (columns, self->columns) || !is_same_zone (self))
    {
      g_clear_pointer (&self->columns, leyden_value_unref);
      g_clear_pointer (&self->zone, g_time_zone_unref);
      self->columns = columns != NULL ? leyden_value_ref (columns) : NULL;
      self->zone = self->chart != NULL ? g_time_zone_ref (leyden_chart_get_zone (self->chart)) : NULL;
      g_list_store_remove_all (self->rows);
      build_columns (self);
    }
  self->n_current = 0;
  if (set_some (self) && self->turn == 0)
    self->turn = g_idle_add (turn_cb, self);
}

/* Where the answer has it now: rows that are still to be made are those of the answer before. G_MAXUINT: it is gone. */
static guint
find_row (LeydenChartTable     *self,
          const LeydenChartRow *row)
{
  LeydenValue *rows = self->chart != NULL ? leyden_chart_get_rows (self->chart) : NULL;

  if (row->index < leyden_value_get_size (rows) && leyden_value_equal (leyden_value_get_item (rows, row->index), row->cells))
    return row->index;
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (leyden_value_equal (leyden_value_get_item (rows, i), row->cells))
      return i;
  return G_MAXUINT;
}

static void
activate_cb (GtkColumnView    *view,
             guint             position,
             LeydenChartTable *self)
{
  g_autoptr(LeydenChartRow) row = g_list_model_get_item (G_LIST_MODEL (gtk_column_view_get_model (view)), position);
  guint index = row != NULL ? find_row (self, row) : G_MAXUINT;

  if (index != G_MAXUINT)
    g_signal_emit (self, row_activated_signal, 0, index);
}

static void
leyden_chart_table_dispose (GObject *object)
{
  LeydenChartTable *self = LEYDEN_CHART_TABLE (object);

  g_clear_handle_id (&self->turn, g_source_remove);
  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_clear_object (&self->chart);
  g_clear_pointer (&self->columns, leyden_value_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_clear_object (&self->rows);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_chart_table_parent_class)->dispose (object);
}

static void
leyden_chart_table_class_init (LeydenChartTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_chart_table_dispose;
  row_activated_signal = g_signal_new ("row-activated", LEYDEN_TYPE_CHART_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_chart_table_init (LeydenChartTable *self)
{
  GtkSortListModel *sorted;

  self->rows = g_list_store_new (LEYDEN_TYPE_CHART_ROW);
  self->view = gtk_column_view_new (NULL);
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->rows)), g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view))));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (sorted))));
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (self->view), TRUE);
  gtk_widget_add_css_class (self->view, "data-table");
  g_signal_connect (self->view, "activate", G_CALLBACK (activate_cb), self);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->view);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

GtkWidget *
leyden_chart_table_new (void)
{
  return g_object_new (LEYDEN_TYPE_CHART_TABLE, NULL);
}

static void
changed_cb (LeydenChart      *chart,
            double            x,
            LeydenChartTable *self)
{
  update (self);
}

gboolean
leyden_chart_table_dismantle (LeydenChartTable *self)
{
  guint n;

  g_return_val_if_fail (LEYDEN_IS_CHART_TABLE (self), FALSE);

  g_clear_handle_id (&self->turn, g_source_remove);
  n = g_list_model_get_n_items (G_LIST_MODEL (self->rows));
  g_list_store_splice (self->rows, n - MIN (n, ROWS_A_TURN), MIN (n, ROWS_A_TURN), NULL, 0);
  return n > ROWS_A_TURN;
}

void
leyden_chart_table_set_chart (LeydenChartTable *self,
                              LeydenChart      *chart)
{
  g_return_if_fail (LEYDEN_IS_CHART_TABLE (self) && (chart == NULL || LEYDEN_IS_CHART (chart)));

  if (chart == self->chart)
    return;
  if (self->chart != NULL)
    g_signal_handlers_disconnect_by_data (self->chart, self);
  g_set_object (&self->chart, chart);
  if (chart != NULL)
    {
      g_autofree char *words = leyden_chart_describe (chart);

      g_signal_connect (chart, "changed", G_CALLBACK (changed_cb), self);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      *leyden_chart_get_title (chart) != '\0' ? leyden_chart_get_title (chart) : _("Table"),
                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
    }
  update (self);
}
