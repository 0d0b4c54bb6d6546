/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows to categories, tables and single points. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-shapes.h"

/* A group among others, with what it is ordered by. */
typedef struct
{
  guint    group;
  double   value;               /* NaN: none */
  guint64  n;
  char    *name;                /* where the order is that of names */
  gboolean is_int;
  gint64   integer;
} Place;

static void
clear_place (gpointer data)
{
  g_free (((Place *)data)->name);
}

static int
compare_values (const Place *a,
                const Place *b)
{
  if (isnan (a->value) || isnan (b->value))
    return isnan (a->value) - isnan (b->value);
  if (a->value != b->value)
    return a->value < b->value ? -1 : 1;
  if (a->n != b->n)
    return a->n > b->n ? -1 : 1;
  return (a->group > b->group) - (a->group < b->group);
}

static int
compare_up (gconstpointer a,
            gconstpointer b)
{
  return compare_values (a, b);
}

/* Without a value last, here too; equal ones with more rows first. */
static int
compare_down (gconstpointer a,
              gconstpointer b)
{
  const Place *x = a, *y = b;

  if (isnan (x->value) || isnan (y->value) || x->value == y->value)
    return compare_values (x, y);
  return x->value > y->value ? -1 : 1;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  const Place *x = a, *y = b;

  if (x->is_int && y->is_int)
    return (x->integer > y->integer) - (x->integer < y->integer);
  return g_utf8_collate (x->name, y->name);
}

/* Groups in the order of the question. @of: of each row; @firsts: a row of each. */
static GArray *
order_groups (sqlite3           *db,
              const LeydenQuery *query,
              LeydenColumns     *columns,
              const guint32     *of,
              GArray            *firsts,
              guint              n_keys)
{
  static int (* const compare[]) (gconstpointer, gconstpointer) = { compare_down, compare_up, compare_names };
  GArray *places = g_array_new (FALSE, TRUE, sizeof (Place));
  g_autoptr(LeydenGrid) grid = leyden_grid_new (1, MAX (firsts->len, 1));
  LeydenCellParts parts = leyden_query_get_parts (query);
  LeydenCell *cells = leyden_grid_get (grid, 0, 0);
  double seconds = (double)(query->to - query->from) / (double)LEYDEN_NS_PER_S;

  g_array_set_clear_func (places, clear_place);
  for (guint i = 0; i < columns->n; i++)
    leyden_cell_add (&cells[of[i]], columns->time[i], columns->value[i], columns->divisor != NULL ? columns->divisor[i] : 0, parts);
  for (guint g = 0; g < firsts->len; g++)
    {
      Place place = { .group = g, .n = cells[g].n };
      guint first = g_array_index (firsts, guint, g);

      place.value = leyden_cell_get (&cells[g], query->measure->kind, query->aggregation, seconds, 1);
      if (query->order == LEYDEN_ORDER_NAME)
        {
          LeydenQuery named = *query;

          named.n_split = n_keys;
          leyden_value_unref (leyden_columns_dup_labels (columns, db, &named, 0, first, &place.name));
          place.is_int = n_keys == 1 && (query->split[0] == NULL || query->split[0]->table == NULL)
                         && leyden_keys_get_int (columns->keys[0], columns->key[0][first], &place.integer);
        }
      g_array_append_val (places, place);
    }
  g_array_sort (places, compare[query->order]);
  return places;
}

/* Sums that the rest belongs to. */
static gboolean
is_additive (const LeydenQuery *query)
{
  switch ((int)query->aggregation)
    {
    case LEYDEN_AGGREGATION_COUNT: case LEYDEN_AGGREGATION_SUM: case LEYDEN_AGGREGATION_RATE:
      return TRUE;
    case LEYDEN_AGGREGATION_SHARE:
      return query->measure->kind != LEYDEN_MEASURE_FLAGS;
    default:
      return FALSE;
    }
}

/* The first split is x, the second one the series. */
LeydenPlot *
leyden_plot_groups (sqlite3           *db,
                    const LeydenQuery *query,
                    LeydenColumns     *columns,
                    LeydenNotes       *notes)
{
  g_autofree guint32 *of = g_new (guint32, MAX (columns->n, 1));
  g_autoptr(GArray) firsts = leyden_columns_group (columns, 0, 1, of);
  g_autoptr(GArray) places = order_groups (db, query, columns, of, firsts, 1);
  guint n_shown = MIN (places->len, query->limit);
  gboolean with_other = places->len > n_shown && is_additive (query) && query->order == LEYDEN_ORDER_VALUE_DOWN;
  g_autofree guint *x_of = g_new (guint, MAX (firsts->len, 1));
  LeydenPlot *self = leyden_plot_new (query, leyden_series_new (db, query, columns, 1, query->limit), n_shown + with_other);

  self->total_of_all = TRUE;
  self->x_keys = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  self->seconds = g_new (double, n_shown + 1);
  for (guint i = 0; i < n_shown + with_other; i++)
    self->seconds[i] = (double)(MIN (query->to, MAX (query->now, query->from)) - query->from) / (double)LEYDEN_NS_PER_S;
  for (guint p = 0; p < places->len; p++)
    {
      guint group = g_array_index (places, Place, p).group;
      guint first = g_array_index (firsts, guint, group);
      g_autofree char *title = NULL;

      x_of[group] = p < n_shown ? p : with_other ? n_shown : G_MAXUINT;
      if (p >= n_shown)
        continue;
      g_ptr_array_add (self->x_keys, leyden_keys_dup_value (columns->keys[0], columns->key[0][first], query->split[0], db, &title));
      g_ptr_array_add (self->x, leyden_value_new_string (title, -1));
    }
  if (with_other)
    {
      g_ptr_array_add (self->x_keys, leyden_value_new_null ());
      g_ptr_array_add (self->x, leyden_value_new_string (_("Other"), -1));
    }
  notes->truncated = notes->truncated || places->len > n_shown;
  for (guint i = 0; i < columns->n; i++)
    if (x_of[of[i]] != G_MAXUINT)
      leyden_plot_add (self, columns, i, self->series->of[i], x_of[of[i]]);
  return self;
}

/* ---- Tables ---- */

typedef struct
{
  const char       *name;
  const char       *title;
  LeydenAggregation aggregation;
} TableColumn;

static const TableColumn of_values[] = {
  { "n", N_("Number"), LEYDEN_AGGREGATION_COUNT }, { "mean", N_("Mean"), LEYDEN_AGGREGATION_MEAN },
  { "std", N_("Standard deviation"), LEYDEN_AGGREGATION_STD }, { "min", N_("Least"), LEYDEN_AGGREGATION_MIN },
  { "p50", N_("Median"), LEYDEN_AGGREGATION_P50 }, { "p90", N_("90 %"), LEYDEN_AGGREGATION_P90 },
  { "p99", N_("99 %"), LEYDEN_AGGREGATION_P99 }, { "max", N_("Greatest"), LEYDEN_AGGREGATION_MAX },
  { "sum", N_("Sum"), LEYDEN_AGGREGATION_SUM }, { NULL }
};
static const TableColumn of_flags[] = {
  { "n", N_("Number"), LEYDEN_AGGREGATION_COUNT }, { "sum", N_("Of them"), LEYDEN_AGGREGATION_SUM },
  { "share", N_("Share"), LEYDEN_AGGREGATION_SHARE }, { NULL }
};
static const TableColumn of_events[] = {
  { "n", N_("Number"), LEYDEN_AGGREGATION_COUNT }, { "share", N_("Share"), LEYDEN_AGGREGATION_SHARE }, { NULL }
};
static const TableColumn of_ratios[] = {
  { "n", N_("Number"), LEYDEN_AGGREGATION_COUNT }, { "value", N_("Value"), LEYDEN_AGGREGATION_MEAN }, { NULL }
};

static const TableColumn *
get_table_columns (LeydenMeasureKind kind)
{
  switch ((int)kind)
    {
    case LEYDEN_MEASURE_FLAGS: return of_flags;
    case LEYDEN_MEASURE_EVENTS: return of_events;
    case LEYDEN_MEASURE_RATIO: return of_ratios;
    default: return of_values;
    }
}

void
leyden_table_add_column (LeydenValueBuilder *b,
                         const char         *name,
                         const char         *title,
                         const char         *type,
                         const char         *unit)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set_string (b, "title", title);
  leyden_value_builder_set_string (b, "type", type);
  if (unit != NULL)
    leyden_value_builder_set_string (b, "unit", unit);
  leyden_value_builder_end (b);
}

static void
add_table_columns (LeydenValueBuilder *b,
                   const LeydenQuery  *query)
{
  for (guint k = 0; k < query->n_split; k++)
    leyden_table_add_column (b, query->split_names[k], query->split[k] != NULL ? _(query->split[k]->title) : query->split_names[k], "text", NULL);
  for (const TableColumn *column = get_table_columns (query->measure->kind); column->name != NULL; column++)
    leyden_table_add_column (b, column->name, _(column->title), "number",
                             column->aggregation == LEYDEN_AGGREGATION_COUNT ? "" : column->aggregation == LEYDEN_AGGREGATION_SHARE ? "ratio"
                                                                                  : query->measure->unit);
}

LeydenValue *
leyden_query_shape_table (sqlite3           *db,
                          const LeydenQuery *query,
                          LeydenColumns     *columns)
{
  g_autofree guint32 *of = g_new0 (guint32, MAX (columns->n, 1));
  g_autoptr(GArray) firsts = query->n_split > 0 ? leyden_columns_group (columns, 0, query->n_split, of) : g_array_new (FALSE, TRUE, sizeof (guint));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GArray) places = NULL;
  g_autoptr(LeydenGrid) grid = NULL;
  LeydenCell *cells;
  LeydenNotes notes;
  double total = 0;

  if (query->n_split == 0)
    g_array_set_size (firsts, 1);
  places = order_groups (db, query, columns, of, firsts, query->n_split);
  grid = leyden_grid_new (1, MAX (firsts->len, 1));
  cells = leyden_grid_get (grid, 0, 0);
  for (guint i = 0; i < columns->n; i++)
    {
      leyden_cell_add (&cells[of[i]], columns->time[i], columns->value[i], columns->divisor != NULL ? columns->divisor[i] : 0, LEYDEN_CELL_VALUES | LEYDEN_CELL_SPREAD);
      total += columns->value[i];
    }
  leyden_answer_begin (&b, query, "columns");
  add_table_columns (&b, query);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "rows");
  leyden_value_builder_begin_list (&b);
  for (guint p = 0; p < MIN (places->len, query->limit); p++)
    {
      guint group = g_array_index (places, Place, p).group;

      leyden_value_builder_begin_list (&b);
      for (guint k = 0; k < query->n_split; k++)
        {
          g_autofree char *title = NULL;
          guint first = g_array_index (firsts, guint, group);

          leyden_value_unref (leyden_keys_dup_value (columns->keys[k], columns->key[k][first], query->split[k], db, &title));
          leyden_value_builder_add_string (&b, title);
        }
      for (const TableColumn *column = get_table_columns (query->measure->kind); column->name != NULL; column++)
        leyden_value_builder_add_double (&b, leyden_cell_get (&cells[group], query->measure->kind, column->aggregation, 0, total));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  notes.truncated = places->len > query->limit;
  leyden_notes_write (&notes, &b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Points ---- */

typedef struct
{
  gint64 time;
  double value;
} Point;

static int
compare_points (gconstpointer a,
                gconstpointer b)
{
  const Point *x = a, *y = b;

  return (x->time > y->time) - (x->time < y->time);
}

/* Of points that follow one another the least and the greatest of every piece, so that no peak is lost. */
static void
thin_out (GArray *points,
          guint   limit)
{
  guint n_pieces = MAX (limit / 2, 1);
  guint length = points->len;
  guint kept = 0;

  for (guint p = 0; p < n_pieces; p++)
    {
      guint begin = (guint)((guint64)p * length / n_pieces), end = (guint)((guint64)(p + 1) * length / n_pieces);
      guint least = begin, greatest = begin;
      Point first, second;

      if (begin == end)
        continue;
      for (guint i = begin; i < end; i++)
        {
          if (g_array_index (points, Point, i).value < g_array_index (points, Point, least).value)
            least = i;
          if (g_array_index (points, Point, i).value > g_array_index (points, Point, greatest).value)
            greatest = i;
        }
      first = g_array_index (points, Point, MIN (least, greatest));
      second = g_array_index (points, Point, MAX (least, greatest));
      g_array_index (points, Point, kept++) = first;
      if (least != greatest && kept < end)
        g_array_index (points, Point, kept++) = second;
    }
  g_array_set_size (points, kept);
}

static void
write_points (LeydenValueBuilder *b,
              LeydenSeries       *series,
              guint               s,
              GArray             *points)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", series->names->pdata[s]);
  leyden_value_builder_set (b, "labels", series->labels->pdata[s]);
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < points->len; i++)
    leyden_value_builder_add_int (b, g_array_index (points, Point, i).time);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < points->len; i++)
    leyden_value_builder_add_double (b, g_array_index (points, Point, i).value);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_query_shape_points (sqlite3           *db,
                           const LeydenQuery *query,
                           LeydenColumns     *columns)
{
  guint limit = MIN (query->limit, LEYDEN_QUERY_MAX_LIMIT);
  g_autoptr(LeydenSeries) series = leyden_series_new (db, query, columns, 0, limit);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenNotes notes;

  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  leyden_answer_begin (&b, query, "series");
  for (guint s = 0; s < series->n; s++)
    {
      g_autoptr(GArray) points = g_array_new (FALSE, FALSE, sizeof (Point));

      for (guint i = 0; i < columns->n; i++)
        if (series->of[i] == s)
          g_array_append_vals (points, &(Point) { columns->time[i], columns->value[i] }, 1);
      g_array_sort (points, compare_points);
      if (points->len > query->limit)
        {
          thin_out (points, query->limit);
          notes.truncated = TRUE;
        }
      write_points (&b, series, s, points);
    }
  leyden_value_builder_end (&b);
  leyden_notes_write (&notes, &b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
