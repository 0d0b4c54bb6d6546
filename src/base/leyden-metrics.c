/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-metrics.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

#define MAX_SERIES 2000
/* Between the values of a key; no label value has it. */
#define SEPARATOR '\x1f'

const double leyden_metric_seconds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 0 };

typedef struct
{
  double   value;                       /* HISTOGRAM: the sum */
  guint64  count;
  guint64 *buckets;                     /* not cumulative */
} Series;

typedef struct
{
  const LeydenMetricRow *row;
  guint                  n_labels;
  guint                  n_buckets;
  GHashTable            *series;        /* values with separators → Series */
} Family;

struct _LeydenMetrics
{
  GMutex  lock;
  Family *families;
  guint   n_families;
};

static void
series_free (gpointer data)
{
  Series *self = data;

  g_free (self->buckets);
  g_free (self);
}

static Series *
add_series (Family     *family,
            const char *key)
{
  Series *series = g_new0 (Series, 1);

  series->buckets = family->n_buckets == 0 ? NULL : g_new0 (guint64, family->n_buckets);
  g_hash_table_insert (family->series, g_strdup (key), series);
  return series;
}

LeydenMetrics *
leyden_metrics_new (const LeydenMetricRow *rows,
                    guint                  n_rows)
{
  LeydenMetrics *self = g_new0 (LeydenMetrics, 1);

  g_mutex_init (&self->lock);
  self->families = g_new0 (Family, n_rows);
  self->n_families = n_rows;
  for (guint i = 0; i < n_rows; i++)
    {
      Family *family = &self->families[i];

      family->row = &rows[i];
      family->series = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, series_free);
      while (rows[i].labels[family->n_labels] != NULL)
        family->n_labels++;
      while (rows[i].buckets != NULL && rows[i].buckets[family->n_buckets] > 0)
        family->n_buckets++;
      if (family->n_labels == 0)
        add_series (family, "");
    }
  return self;
}

void
leyden_metrics_free (LeydenMetrics *self)
{
  for (guint i = 0; i < self->n_families; i++)
    g_hash_table_unref (self->families[i].series);
  g_free (self->families);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- Counting ---- */

/* The key of the label values that follow. */
static void
collect_key (const Family *family,
             GString      *key,
             va_list       values)
{
  for (guint i = 0; i < family->n_labels; i++)
    {
      const char *value = va_arg (values, const char *);

      g_assert (value != NULL);
      if (i > 0)
        g_string_append_c (key, SEPARATOR);
      g_string_append (key, value);
    }
  g_assert (va_arg (values, const char *) == NULL);
}

static Series *
find_series (Family     *family,
             const char *key)
{
  Series *series = g_hash_table_lookup (family->series, key);
  g_autoptr(GString) other = NULL;

  if (series != NULL)
    return series;
  if (g_hash_table_size (family->series) < MAX_SERIES)
    return add_series (family, key);
  other = g_string_new ("other");
  for (guint i = 1; i < family->n_labels; i++)
    g_string_append_printf (other, "%cother", SEPARATOR);
  series = g_hash_table_lookup (family->series, other->str);
  return series != NULL ? series : add_series (family, other->str);
}

#define WITH_SERIES(self, index, last, series, BODY)                            \
  G_STMT_START {                                                                \
    g_autoptr(GString) key_ = g_string_sized_new (64);                          \
    Family *family_ = &(self)->families[index];                                 \
    Series *series;                                                             \
    va_list values_;                                                            \
    va_start (values_, last);                                                   \
    collect_key (family_, key_, values_);                                       \
    va_end (values_);                                                           \
    g_mutex_lock (&(self)->lock);                                               \
    series = find_series (family_, key_->str);                                  \
    BODY;                                                                       \
    g_mutex_unlock (&(self)->lock);                                             \
  } G_STMT_END

void
leyden_metrics_add (LeydenMetrics *self,
                    guint          row,
                    double         delta,
                    ...)
{
  g_return_if_fail (self != NULL && row < self->n_families);

  WITH_SERIES (self, row, delta, series, series->value += delta);
}

void
leyden_metrics_set (LeydenMetrics *self,
                    guint          row,
                    double         value,
                    ...)
{
  g_return_if_fail (self != NULL && row < self->n_families && self->families[row].row->kind == LEYDEN_METRIC_GAUGE);

  WITH_SERIES (self, row, value, series, series->value = value);
}

static void
observe (const Family *family,
         Series       *series,
         double        value)
{
  series->value += value;
  series->count++;
  for (guint i = 0; i < family->n_buckets; i++)
    if (value <= family->row->buckets[i])
      {
        series->buckets[i]++;
        return;
      }
}

void
leyden_metrics_observe (LeydenMetrics *self,
                        guint          row,
                        double         value,
                        ...)
{
  g_return_if_fail (self != NULL && row < self->n_families && self->families[row].row->kind == LEYDEN_METRIC_HISTOGRAM);

  /* One that is not a number would spoil the sum for good. */
  if (!isfinite (value))
    return;
  WITH_SERIES (self, row, value, series, observe (family_, series, value));
}

double
leyden_metrics_get (LeydenMetrics *self,
                    guint          row,
                    ...)
{
  g_autoptr(GString) key = g_string_new (NULL);
  Series *series;
  double value;
  va_list values;

  g_return_val_if_fail (self != NULL && row < self->n_families, 0);

  va_start (values, row);
  collect_key (&self->families[row], key, values);
  va_end (values);
  g_mutex_lock (&self->lock);
  series = g_hash_table_lookup (self->families[row].series, key->str);
  value = series == NULL ? 0 : series->value;
  g_mutex_unlock (&self->lock);
  return value;
}

/* ---- Writing ---- */

/* Source of the escapes: Prometheus, “Exposition formats”. */
static void
append_escaped (GString    *out,
                const char *text,
                gboolean    quoted)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p != '\0'; p++)
    {
      if (*p == '\\')
        g_string_append (out, "\\\\");
      else if (*p == '\n')
        g_string_append (out, "\\n");
      else if (*p == '"' && quoted)
        g_string_append (out, "\\\"");
      else
        g_string_append_c (out, *p);
    }
}

static void
append_number (GString *out,
               double   value)
{
  char buffer[32];

  if (isnan (value))
    g_string_append (out, "NaN");
  else if (isinf (value))
    g_string_append (out, value > 0 ? "+Inf" : "-Inf");
  else
    g_string_append (out, leyden_json_format_double (buffer, value));
}

/* name{label="value",…,le="bound"} */
static void
append_series (GString      *out,
               const Family *family,
               const char   *suffix,
               const char   *key,
               const double *bound)
{
  char separator[] = { SEPARATOR, '\0' };
  g_auto(GStrv) values = g_strsplit (key, separator, -1);
  guint n = 0;

  g_string_append_printf (out, "%s%s", family->row->name, suffix);
  for (; n < family->n_labels; n++)
    {
      g_string_append_printf (out, "%s%s=\"", n == 0 ? "{" : ",", family->row->labels[n]);
      append_escaped (out, values[n], TRUE);
      g_string_append_c (out, '"');
    }
  if (bound != NULL)
    {
      g_string_append_printf (out, "%sle=\"", n++ == 0 ? "{" : ",");
      append_number (out, *bound);
      g_string_append_c (out, '"');
    }
  g_string_append (out, n > 0 ? "} " : " ");
}

static void
append_histogram (GString      *out,
                  const Family *family,
                  const char   *key,
                  const Series *series)
{
  const double infinity = INFINITY;
  guint64 below = 0;

  for (guint i = 0; i < family->n_buckets; i++)
    {
      below += series->buckets[i];
      append_series (out, family, "_bucket", key, &family->row->buckets[i]);
      g_string_append_printf (out, "%" G_GUINT64_FORMAT "\n", below);
    }
  append_series (out, family, "_bucket", key, &infinity);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT "\n", series->count);
  append_series (out, family, "_sum", key, NULL);
  append_number (out, series->value);
  g_string_append_c (out, '\n');
  append_series (out, family, "_count", key, NULL);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT "\n", series->count);
}

static void
append_family (GString      *out,
               const Family *family)
{
  static const char * const kinds[] = { "counter", "gauge", "histogram" };
  g_autoptr(GList) keys = g_list_sort (g_hash_table_get_keys (family->series), (GCompareFunc)strcmp);

  if (keys == NULL)
    return;
  g_string_append_printf (out, "# HELP %s ", family->row->name);
  append_escaped (out, family->row->help, FALSE);
  g_string_append_printf (out, "\n# TYPE %s %s\n", family->row->name, kinds[family->row->kind]);
  for (GList *l = keys; l != NULL; l = l->next)
    {
      const Series *series = g_hash_table_lookup (family->series, l->data);

      if (family->row->kind == LEYDEN_METRIC_HISTOGRAM)
        {
          append_histogram (out, family, l->data, series);
          continue;
        }
      append_series (out, family, "", l->data, NULL);
      append_number (out, series->value);
      g_string_append_c (out, '\n');
    }
}

char *
leyden_metrics_write (LeydenMetrics *self)
{
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (self != NULL, NULL);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->n_families; i++)
    append_family (out, &self->families[i]);
  g_mutex_unlock (&self->lock);
  return g_string_free (out, FALSE);
}

static void
each_of_family (const Family     *family,
                LeydenMetricsEach each,
                gpointer          data)
{
  const char separator[] = { SEPARATOR, '\0' };
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, family->series);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_auto(GStrv) values = g_strsplit (key, separator, -1);
      const Series *series = value;
      gboolean histogram = family->row->kind == LEYDEN_METRIC_HISTOGRAM;

      each (family->row, histogram ? "_sum" : "", (const char * const *)values, series->value, data);
      if (histogram)
        each (family->row, "_count", (const char * const *)values, (double)series->count, data);
    }
}

void
leyden_metrics_each (LeydenMetrics    *self,
                     LeydenMetricsEach each,
                     gpointer          data)
{
  g_return_if_fail (self != NULL && each != NULL);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->n_families; i++)
    each_of_family (&self->families[i], each, data);
  g_mutex_unlock (&self->lock);
}
