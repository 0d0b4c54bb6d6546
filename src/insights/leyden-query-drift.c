/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a version of a flow changed. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-shapes.h"
#include "leyden-stats-tests.h"
#include "leyden-stats.h"

/* Rewards of a version. */
typedef struct
{
  guint32 flow, version;        /* keys */
  guint   row;                  /* a row of it */
  gint64  first;                /* its earliest reward, ns */
  GArray *values;
} Version;

/* One beside the version before. */
typedef struct
{
  const Version *version;
  const Version *before;
  double         difference, low, high, p;      /* NaN where there are too few */
} Drift;

static void
free_version (gpointer data)
{
  Version *self = data;

  g_array_unref (self->values);
  g_free (self);
}

static int
compare_versions (gconstpointer a,
                  gconstpointer b)
{
  const Version *x = *(const Version * const *)a, *y = *(const Version * const *)b;

  if (x->flow != y->flow)
    return x->flow < y->flow ? -1 : 1;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return (x->version > y->version) - (x->version < y->version);
}

static GPtrArray *
list_versions (LeydenColumns *columns)
{
  g_autofree guint32 *of = g_new (guint32, MAX (columns->n, 1));
  g_autoptr(GArray) firsts = leyden_columns_group (columns, 0, 2, of);
  GPtrArray *versions = g_ptr_array_new_with_free_func (free_version);

  for (guint g = 0; g < firsts->len; g++)
    {
      Version *version = g_new0 (Version, 1);

      version->row = g_array_index (firsts, guint, g);
      version->flow = columns->key[0][version->row];
      version->version = columns->key[1][version->row];
      version->first = G_MAXINT64;
      version->values = g_array_new (FALSE, FALSE, sizeof (double));
      g_ptr_array_add (versions, version);
    }
  for (guint i = 0; i < columns->n; i++)
    {
      Version *version = versions->pdata[of[i]];

      version->first = MIN (version->first, columns->time[i]);
      g_array_append_val (version->values, columns->value[i]);
    }
  g_ptr_array_sort (versions, compare_versions);
  return versions;
}

static const double *
values_of (const Version *version)
{
  return (const double *)(gpointer)version->values->data;
}

static double
mean_of (const Version *version)
{
  return leyden_stats_mean (values_of (version), version->values->len);
}

static void
measure (Drift *drift)
{
  guint n_a = drift->version->values->len, n_b = drift->before->values->len;
  LeydenTest welch;
  double sd_a, sd_b, half;

  drift->difference = mean_of (drift->version) - mean_of (drift->before);
  drift->low = drift->high = drift->p = NAN;
  if (n_a < 2 || n_b < 2)
    return;
  drift->p = leyden_stats_mann_whitney (values_of (drift->version), n_a, values_of (drift->before), n_b).p;
  welch = leyden_stats_welch (values_of (drift->version), n_a, values_of (drift->before), n_b);
  sd_a = leyden_stats_sd (values_of (drift->version), n_a);
  sd_b = leyden_stats_sd (values_of (drift->before), n_b);
  half = sd_a == 0 && sd_b == 0 ? 0 : leyden_stats_t_quantile (0.975, welch.df) * sqrt (sd_a * sd_a / n_a + sd_b * sd_b / n_b);
  drift->low = drift->difference - half;
  drift->high = drift->difference + half;
}

static GArray *
find_drifts (GPtrArray *versions)
{
  GArray *drifts = g_array_new (FALSE, TRUE, sizeof (Drift));

  for (guint v = 1; v < versions->len; v++)
    {
      Drift drift = { .version = versions->pdata[v], .before = versions->pdata[v - 1] };

      if (drift.version->flow != drift.before->flow)
        continue;
      measure (&drift);
      g_array_append_val (drifts, drift);
    }
  return drifts;
}

static char *
dup_title (LeydenColumns *columns,
           sqlite3       *db,
           guint          key,
           guint          row)
{
  const LeydenDimension *dimension = leyden_dimension_find (key == 0 ? "flow" : "version", LEYDEN_FACTS_ROLLOUTS);
  char *title;

  leyden_value_unref (leyden_keys_dup_value (columns->keys[key], columns->key[key][row], dimension, db, &title));
  return title;
}

static void
add_row (LeydenValueBuilder *b,
         sqlite3            *db,
         LeydenColumns      *columns,
         const Drift        *drift)
{
  g_autofree char *flow = dup_title (columns, db, 0, drift->version->row);
  g_autofree char *version = dup_title (columns, db, 1, drift->version->row);
  g_autofree char *before = dup_title (columns, db, 1, drift->before->row);

  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_string (b, flow);
  leyden_value_builder_add_string (b, version);
  leyden_value_builder_add_string (b, before);
  leyden_value_builder_add_int (b, drift->version->first);
  leyden_value_builder_add_int (b, drift->version->values->len);
  leyden_value_builder_add_int (b, drift->before->values->len);
  leyden_value_builder_add_double (b, mean_of (drift->version));
  leyden_value_builder_add_double (b, mean_of (drift->before));
  leyden_value_builder_add_double (b, drift->difference);
  leyden_value_builder_add_double (b, drift->low);
  leyden_value_builder_add_double (b, drift->high);
  leyden_value_builder_add_double (b, drift->p);
  leyden_value_builder_end (b);
}

static void
write_table (LeydenValueBuilder *b,
             sqlite3            *db,
             LeydenColumns      *columns,
             GArray             *drifts,
             guint               limit)
{
  static const struct { const char *name, *title, *type, *unit; } heads[] = {
    { "flow", N_("Flow"), "text", NULL }, { "version", N_("Version"), "text", NULL }, { "before", N_("Version before"), "text", NULL },
    { "since", N_("Since"), "time", "ns" }, { "n", N_("Rewards"), "number", "" }, { "n_before", N_("Rewards before"), "number", "" },
    { "mean", N_("Mean"), "number", "reward" }, { "mean_before", N_("Mean before"), "number", "reward" },
    { "difference", N_("Difference"), "number", "reward" }, { "low", N_("At least (95 %)"), "number", "reward" },
    { "high", N_("At most (95 %)"), "number", "reward" }, { "p", N_("p value"), "number", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    leyden_table_add_column (b, heads[i].name, _(heads[i].title), heads[i].type, heads[i].unit);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "rows");
  leyden_value_builder_begin_list (b);
  /* The newest first. */
  for (guint i = drifts->len; i > 0 && drifts->len - i < limit; i--)
    add_row (b, db, columns, &g_array_index (drifts, Drift, i - 1));
  leyden_value_builder_end (b);
}

typedef enum { WRITE_X, WRITE_Y, WRITE_LOW, WRITE_HIGH, WRITE_N } Part;

static void
write_part (LeydenValueBuilder *b,
            sqlite3            *db,
            LeydenColumns      *columns,
            GArray             *drifts,
            guint               begin,
            gboolean            as_time,
            Part                part)
{
  static const char * const names[] = { "x", "y", "low", "high", "n" };

  leyden_value_builder_key (b, names[part]);
  leyden_value_builder_begin_list (b);
  /* One value is one value, also where there is none. */
  if (as_time && drifts->len == 0)
    leyden_value_builder_add (b, NULL);
  for (guint i = begin; i < drifts->len; i++)
    {
      const Drift *drift = &g_array_index (drifts, Drift, i);
      g_autofree char *flow = NULL;
      g_autofree char *version = NULL;
      g_autofree char *title = NULL;

      switch (part)
        {
        case WRITE_Y: leyden_value_builder_add_double (b, drift->difference); break;
        case WRITE_LOW: leyden_value_builder_add_double (b, drift->low); break;
        case WRITE_HIGH: leyden_value_builder_add_double (b, drift->high); break;
        case WRITE_N: leyden_value_builder_add_int (b, drift->version->values->len); break;
        case WRITE_X:
        default:
          flow = dup_title (columns, db, 0, drift->version->row);
          version = dup_title (columns, db, 1, drift->version->row);
          title = g_strdup_printf ("%s · %s", flow, version);
          if (as_time)
            leyden_value_builder_add_int (b, drift->version->first);
          else
            leyden_value_builder_add_string (b, title);
          break;
        }
    }
  leyden_value_builder_end (b);
}

static int
compare_drifts (gconstpointer a,
                gconstpointer b)
{
  const Drift *x = a, *y = b;

  return (x->version->first > y->version->first) - (x->version->first < y->version->first);
}

LeydenValue *
leyden_query_run_drift (sqlite3      *db,
                        LeydenQuery  *query,
                        GError      **error)
{
  LeydenRead read = { .from = query->from, .to = query->to, .keys = { "r.flow", "r.version" }, .n_keys = 2 };
  g_autoptr(LeydenColumns) columns = leyden_columns_read (db, query, &read, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) versions = NULL;
  g_autoptr(GArray) drifts = NULL;
  gboolean is_table = query->shape == LEYDEN_SHAPE_TABLE;
  guint begin;
  LeydenNotes notes;

  if (columns == NULL)
    return NULL;
  versions = list_versions (columns);
  drifts = find_drifts (versions);
  g_array_sort (drifts, compare_drifts);
  begin = drifts->len > query->limit ? drifts->len - query->limit : 0;
  if (query->shape == LEYDEN_SHAPE_VALUE && drifts->len > 0)
    begin = drifts->len - 1;
  leyden_answer_begin (&b, query, is_table ? "columns" : "series");
  if (is_table)
    {
      write_table (&b, db, columns, drifts, query->limit);
    }
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", _(query->measure->title));
      leyden_value_builder_key (&b, "labels");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      for (Part part = WRITE_X; part <= WRITE_N; part++)
        write_part (&b, db, columns, drifts, begin, query->shape == LEYDEN_SHAPE_VALUE, part);
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  notes.truncated = drifts->len > query->limit;
  leyden_notes_write (&notes, &b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
