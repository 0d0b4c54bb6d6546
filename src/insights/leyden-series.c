/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows belong together, and what stands beside their numbers. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

typedef struct
{
  guint32 group;
  double  weight;
} Weight;

void
leyden_series_free (LeydenSeries *self)
{
  if (self == NULL)
    return;
  g_free (self->of);
  g_ptr_array_unref (self->labels);
  g_ptr_array_unref (self->names);
  g_free (self);
}

static void
take_name (LeydenSeries *self,
           char         *name,
           LeydenValue  *labels)
{
  g_ptr_array_add (self->names, name);
  g_ptr_array_add (self->labels, labels);
  self->n++;
}

static LeydenValue *
empty_labels (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_columns_dup_labels (LeydenColumns     *columns,
                           sqlite3           *db,
                           const LeydenQuery *query,
                           guint              first_key,
                           guint              row,
                           char             **out)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GString) name = g_string_new (NULL);

  leyden_value_builder_begin_object (&b);
  for (guint k = first_key; k < query->n_split; k++)
    {
      g_autofree char *title = NULL;
      LeydenValue *value = leyden_keys_dup_value (columns->keys[k], columns->key[k][row], query->split[k], db, &title);

      leyden_value_builder_set_take (&b, query->split_names[k], value);
      g_string_append_printf (name, "%s%s", name->len > 0 ? " / " : "", title);
    }
  leyden_value_builder_end (&b);
  *out = g_string_free (g_steal_pointer (&name), FALSE);
  return leyden_value_builder_end_value (&b);
}

static int
compare_weights (gconstpointer a,
                 gconstpointer b)
{
  const Weight *x = a, *y = b;

  if (x->weight != y->weight)
    return x->weight < y->weight ? 1 : -1;
  return (x->group > y->group) - (x->group < y->group);
}

GArray *
leyden_columns_group (LeydenColumns *columns,
                      guint          first_key,
                      guint          n_keys,
                      guint32       *of)
{
  GArray *firsts = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(GHashTable) found = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < columns->n; i++)
    {
      gint64 both = columns->key[first_key][i];
      guint32 group;

      if (n_keys > 1)
        both |= (gint64)columns->key[first_key + 1][i] << 32;
      group = i > 0 && n_keys == 1 && columns->key[first_key][i] == columns->key[first_key][i - 1]
              ? of[i - 1] + 1 : GPOINTER_TO_UINT (g_hash_table_lookup (found, &both));
      if (group == 0)
        {
          g_array_append_val (firsts, i);
          group = firsts->len;
          g_hash_table_insert (found, g_memdup2 (&both, sizeof both), GUINT_TO_POINTER (group));
        }
      of[i] = group - 1;
    }
  return firsts;
}

/* The heaviest @limit groups are series, in that order; the rest is one more. */
static void
choose (LeydenSeries      *self,
        sqlite3           *db,
        const LeydenQuery *query,
        LeydenColumns     *columns,
        guint              first_key,
        guint              limit,
        GArray            *firsts)
{
  gboolean by_sum = query->aggregation == LEYDEN_AGGREGATION_SUM || query->aggregation == LEYDEN_AGGREGATION_RATE;
  g_autoptr(GArray) weights = g_array_sized_new (FALSE, TRUE, sizeof (Weight), firsts->len);
  g_autofree guint32 *series = g_new (guint32, firsts->len);

  g_array_set_size (weights, firsts->len);
  for (guint g = 0; g < firsts->len; g++)
    g_array_index (weights, Weight, g).group = g;
  for (guint i = 0; i < columns->n; i++)
    g_array_index (weights, Weight, self->of[i]).weight += by_sum ? columns->value[i] : 1;
  g_array_sort (weights, compare_weights);
  for (guint w = 0; w < weights->len; w++)
    {
      guint32 group = g_array_index (weights, Weight, w).group;

      series[group] = MIN (w, limit);
      if (w < limit)
        {
          char *name;
          LeydenValue *labels = leyden_columns_dup_labels (columns, db, query, first_key, g_array_index (firsts, guint, group), &name);

          take_name (self, name, labels);
        }
    }
  if (weights->len > limit)
    {
      take_name (self, g_strdup (_("Other")), empty_labels ());
      self->has_other = TRUE;
    }
  for (guint i = 0; i < columns->n; i++)
    self->of[i] = series[self->of[i]];
}

LeydenSeries *
leyden_series_new (sqlite3           *db,
                   const LeydenQuery *query,
                   LeydenColumns     *columns,
                   guint              first_key,
                   guint              limit)
{
  LeydenSeries *self = g_new0 (LeydenSeries, 1);

  self->of = g_new0 (guint32, MAX (columns->n, 1));
  self->labels = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  self->names = g_ptr_array_new_with_free_func (g_free);
  if (query->n_split <= first_key)
    {
      take_name (self, g_strdup (query->point != NULL ? query->point : _(query->measure->title)), empty_labels ());
    }
  else
    {
      g_autoptr(GArray) firsts = leyden_columns_group (columns, first_key, query->n_split - first_key, self->of);

      choose (self, db, query, columns, first_key, limit, firsts);
    }
  return self;
}

/* ---- Notes ---- */

void
leyden_notes_init (LeydenNotes *self)
{
  *self = (LeydenNotes) { .exact = TRUE, .warnings = g_ptr_array_new_with_free_func (g_free) };
}

void
leyden_notes_clear (LeydenNotes *self)
{
  g_ptr_array_unref (self->warnings);
}

void
leyden_notes_warn (LeydenNotes *self,
                   const char  *text)
{
  for (guint i = 0; i < self->warnings->len; i++)
    if (g_str_equal (self->warnings->pdata[i], text))
      return;
  g_ptr_array_add (self->warnings, g_strdup (text));
}

void
leyden_notes_take (LeydenNotes         *self,
                   const LeydenColumns *columns)
{
  self->n_points += columns->n;
  self->n_invalid += columns->n_invalid;
  self->n_simulated += columns->n_simulated;
  self->n_free += columns->n_free;
}

void
leyden_notes_write (LeydenNotes        *self,
                    LeydenValueBuilder *b)
{
  leyden_value_builder_set_boolean (b, "exact", self->exact);
  leyden_value_builder_set_int (b, "n_points", (gint64)self->n_points);
  leyden_value_builder_set_int (b, "invalid", (gint64)self->n_invalid);
  leyden_value_builder_set_boolean (b, "truncated", self->truncated);
  leyden_value_builder_set_string (b, "simulated", self->n_simulated == 0 ? "none" : self->n_simulated + self->n_free == self->n_points ? "all" : "some");
  leyden_value_builder_key (b, "warnings");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->warnings->len; i++)
    leyden_value_builder_add_string (b, self->warnings->pdata[i]);
  leyden_value_builder_end (b);
}

const char *
leyden_query_get_unit (const LeydenQuery *self)
{
  switch ((int)self->aggregation)
    {
    case LEYDEN_AGGREGATION_COUNT: return "";
    case LEYDEN_AGGREGATION_SHARE: return "ratio";
    case LEYDEN_AGGREGATION_RATE: return *self->measure->unit == '\0' ? "1/s" : g_str_equal (self->measure->unit, "tokens") ? "tokens/s" : "";
    default: return self->measure->unit;
    }
}

LeydenMoney
leyden_query_get_money (const LeydenQuery *self)
{
  const LeydenMeasure *measure = self->measure;

  if (g_str_equal (measure->unit, "currency"))
    return LEYDEN_MONEY_VALUES;
  /* A return is a ratio of two amounts. */
  return measure->kind == LEYDEN_MEASURE_RATIO && measure->value == NULL ? LEYDEN_MONEY_RETURNS : LEYDEN_MONEY_NONE;
}

void
leyden_answer_begin (LeydenValueBuilder *b,
                     const LeydenQuery  *query,
                     const char         *list)
{
  gboolean counts = query->shape == LEYDEN_SHAPE_HISTOGRAM || (query->shape == LEYDEN_SHAPE_HEAT && query->n_split == 0);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "shape", leyden_shape_get_name (query->shape));
  leyden_value_builder_set_string (b, "title", query->point != NULL ? query->point : _(query->measure->title));
  leyden_value_builder_set_string (b, "unit", counts ? "" : leyden_query_get_unit (query));
  if (counts)
    leyden_value_builder_set_string (b, "value_unit", query->measure->unit);
  leyden_value_builder_key (b, list);
  leyden_value_builder_begin_list (b);
}
