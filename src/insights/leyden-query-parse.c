/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON to a question. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

static const char * const shapes[] = { "time", "step", "histogram", "groups", "heat", "value", "points", "table", NULL };
static const char * const bands[] = { "none", "ci", "quantiles", NULL };
static const char * const orders[] = { "-value", "value", "name", NULL };
static const char * const intervals[] = { "auto", "hour", "day", "week", "month", NULL };

const char *
leyden_shape_get_name (LeydenShape shape)
{
  return shapes[shape];
}

void
leyden_query_free (LeydenQuery *self)
{
  if (self == NULL)
    return;
  g_free (self->point);
  for (guint i = 0; i < LEYDEN_QUERY_MAX_SPLIT; i++)
    g_free (self->split_names[i]);
  g_clear_pointer (&self->filter, leyden_filter_free);
  g_clear_pointer (&self->rules, leyden_value_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError    **error,
        const char *format,
        ...)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shown = leyden_text_escape (text, -1, 200);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, shown);
  return FALSE;
}

/* A member that is a text, or absent or null: NULL. */
static gboolean
get_text (LeydenValue  *value,
          const char   *key,
          const char  **out,
          GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  *out = leyden_value_get_string (member, NULL);
  return *out != NULL || leyden_value_is_null (member) || refuse (error, _("“%s” is a text"), key);
}

static gboolean
get_choice (LeydenValue        *value,
            const char         *key,
            const char * const *choices,
            guint              *out,
            GError            **error)
{
  const char *text;

  if (!get_text (value, key, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  for (guint i = 0; choices[i] != NULL; i++)
    if (g_str_equal (choices[i], text))
      {
        *out = i;
        return TRUE;
      }
  return refuse (error, _("“%s” cannot be “%s”"), key, text);
}

static gboolean
get_int (LeydenValue *value,
         const char  *key,
         gint64       minimum,
         gint64       maximum,
         gint64      *out,
         GError     **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  g_autofree char *range = NULL;

  if (leyden_value_is_null (member))
    return TRUE;
  if (leyden_value_get_int (member, out) && *out >= minimum && *out <= maximum)
    return TRUE;
  range = g_strdup_printf ("%" G_GINT64_FORMAT "…%" G_GINT64_FORMAT, minimum, maximum);
  return refuse (error, _("“%s” is an integer within %s"), key, range);
}

static gboolean
get_guint (LeydenValue *value,
           const char  *key,
           guint        maximum,
           guint       *out,
           GError     **error)
{
  gint64 number = *out;
  gboolean ok = get_int (value, key, 1, maximum, &number, error);

  *out = (guint)number;
  return ok;
}

static gboolean
parse_metric (LeydenQuery *self,
              LeydenValue *value,
              GError     **error)
{
  static const LeydenMeasure points = { "point", "", "", "", LEYDEN_MEASURE_POINTS, 0, NULL, NULL, NULL, NULL, LEYDEN_AGGREGATION_MEAN };
  const char *name, *aggregation;

  if (!get_text (value, "metric", &name, error) || !get_text (value, "aggregation", &aggregation, error))
    return FALSE;
  if (name == NULL)
    return refuse (error, _("a question names a “metric”"));
  if (g_str_has_prefix (name, "point:"))
    {
      self->point = g_strdup (name + strlen ("point:"));
      self->measure = &points;
    }
  else
    {
      self->measure = leyden_measure_find (name);
    }
  if (self->measure == NULL)
    return refuse (error, _("there is no metric “%s”"), name);
  self->aggregation = self->measure->aggregation;
  if (aggregation != NULL && !leyden_aggregation_parse (aggregation, &self->aggregation))
    return refuse (error, _("there is no aggregation “%s”"), aggregation);
  if (!leyden_measure_takes (self->measure, self->aggregation))
    return refuse (error, _("“%s” has no “%s”"), name, aggregation);
  return TRUE;
}

static gboolean
parse_split (LeydenQuery *self,
             LeydenValue *value,
             GError     **error)
{
  LeydenValue *list = leyden_value_get_member (value, "split");

  if (leyden_value_is_null (list) && self->measure->kind == LEYDEN_MEASURE_PHASES)
    self->split_names[self->n_split++] = g_strdup ("phase");
  if (leyden_value_is_null (list))
    return TRUE;
  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST || leyden_value_get_size (list) > LEYDEN_QUERY_MAX_SPLIT)
    return refuse (error, _("“split” is a list of at most %d dimensions"), LEYDEN_QUERY_MAX_SPLIT);
  self->split_given = TRUE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *name = leyden_value_get_string (leyden_value_get_item (list, i), NULL);
      const LeydenDimension *dimension = name != NULL ? leyden_dimension_find (name, self->measure->facts) : NULL;
      gboolean is_phase = self->measure->kind == LEYDEN_MEASURE_PHASES && g_strcmp0 (name, "phase") == 0;
      gboolean is_label = self->measure->kind == LEYDEN_MEASURE_POINTS && name != NULL;

      if (!is_phase && !is_label && (dimension == NULL || !dimension->split))
        return refuse (error, _("“%s” cannot be split by “%s”"), self->measure->name, name != NULL ? name : "?");
      self->split[self->n_split] = is_phase || is_label ? NULL : dimension;
      self->split_names[self->n_split++] = g_strdup (is_label && g_str_has_prefix (name, "label:") ? name + strlen ("label:") : name);
    }
  return TRUE;
}

static gboolean
parse_interval (LeydenQuery *self,
                LeydenValue *value,
                GError     **error)
{
  static const struct { LeydenIntervalKind kind; gint64 seconds; } meaning[] = {
    { LEYDEN_INTERVAL_AUTO, 0 }, { LEYDEN_INTERVAL_SECONDS, 3600 }, { LEYDEN_INTERVAL_DAY, 0 }, { LEYDEN_INTERVAL_WEEK, 0 },
    { LEYDEN_INTERVAL_MONTH, 0 },
  };
  guint choice = 0;

  if (leyden_value_get_kind (leyden_value_get_member (value, "interval")) == LEYDEN_VALUE_NUMBER)
    {
      self->interval = LEYDEN_INTERVAL_SECONDS;
      return get_int (value, "interval", 1, LEYDEN_TIME_MAX / LEYDEN_NS_PER_S, &self->seconds, error);
    }
  if (!get_choice (value, "interval", intervals, &choice, error))
    return FALSE;
  self->interval = meaning[choice].kind;
  self->seconds = meaning[choice].seconds;
  return TRUE;
}

static gboolean
parse_time (LeydenQuery *self,
            LeydenValue *value,
            GError     **error)
{
  const char *zone;

  if (!get_text (value, "zone", &zone, error))
    return FALSE;
  self->zone = leyden_time_zone_new (zone, error);
  if (self->zone == NULL)
    return FALSE;
  self->to = MIN (self->now, LEYDEN_TIME_MAX);
  if (!get_int (value, "to", 1, LEYDEN_TIME_MAX, &self->to, error))
    return FALSE;
  self->from = MAX (self->to - 86400 * LEYDEN_NS_PER_S, 0);
  if (!get_int (value, "from", 0, LEYDEN_TIME_MAX, &self->from, error))
    return FALSE;
  self->asked_from = self->from;
  if (self->from >= self->to)
    return refuse (error, _("“from” must be before “to”, both ns since 1970"));
  return parse_interval (self, value, error);
}

static gboolean
parse_compare (LeydenQuery *self,
               LeydenValue *value,
               GError     **error)
{
  static const char * const choices[] = { "none", "previous", NULL };
  guint choice = 0;

  if (!get_choice (value, "compare", choices, &choice, error))
    return FALSE;
  self->compare = choice == 1;
  return TRUE;
}

/* What does not go together. */
static gboolean
check_shape (LeydenQuery *self,
             GError     **error)
{
  gboolean by_time = self->shape == LEYDEN_SHAPE_TIME || self->shape == LEYDEN_SHAPE_VALUE;
  LeydenMeasureKind kind = self->measure->kind;

  if (self->shape == LEYDEN_SHAPE_GROUPS && self->n_split == 0 && kind != LEYDEN_MEASURE_DRIFT && kind != LEYDEN_MEASURE_POINTS)
    return refuse (error, _("“groups” needs a “split”"));
  if ((kind == LEYDEN_MEASURE_SPANS || kind == LEYDEN_MEASURE_BUDGET) && !by_time)
    return refuse (error, _("“%s” comes by time or as one value only"), self->measure->name);
  if (kind == LEYDEN_MEASURE_BUDGET && (self->n_split > 1 || (self->n_split == 1 && g_strcmp0 (self->split_names[0], "flow") != 0)))
    return refuse (error, _("“%s” cannot be split by “%s”"), self->measure->name, self->split_names[self->n_split - 1]);
  if (kind == LEYDEN_MEASURE_DRIFT && self->shape != LEYDEN_SHAPE_TABLE && self->shape != LEYDEN_SHAPE_GROUPS && self->shape != LEYDEN_SHAPE_VALUE)
    return refuse (error, _("“%s” comes as table, groups or value only"), self->measure->name);
  if (kind == LEYDEN_MEASURE_POINTS && self->filter != NULL && leyden_filter_get_facts (self->filter) != 0)
    return refuse (error, _("points are filtered by their labels"));
  return TRUE;
}

/* Rules over labels of points: [name, "=" | "!=", text]. */
static gboolean
check_labels (LeydenValue *rules,
              GError     **error)
{
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    {
      LeydenValue *rule = leyden_value_get_item (rules, i);
      const char *op = leyden_value_get_string (leyden_value_get_item (rule, 1), NULL);

      if (leyden_value_get_kind (rule) != LEYDEN_VALUE_LIST || leyden_value_get_size (rule) != 3
          || leyden_value_get_string (leyden_value_get_item (rule, 0), NULL) == NULL
          || leyden_value_get_string (leyden_value_get_item (rule, 2), NULL) == NULL
          || (g_strcmp0 (op, "=") != 0 && g_strcmp0 (op, "!=") != 0))
        return refuse (error, _("points are filtered by rules [label, \"=\" or \"!=\", text]"));
    }
  return (leyden_value_is_null (rules) || (leyden_value_get_kind (rules) == LEYDEN_VALUE_LIST && leyden_value_get_size (rules) <= LEYDEN_FILTER_MAX_RULES))
         || refuse (error, _("a filter has at most %d rules"), LEYDEN_FILTER_MAX_RULES);
}

static gboolean
parse_filter (LeydenQuery *self,
              LeydenValue *value,
              GError     **error)
{
  LeydenValue *rules = leyden_value_get_member (value, "filter");
  const char *where;

  if (!get_text (value, "where", &where, error))
    return FALSE;
  self->rules = rules != NULL ? leyden_value_ref (rules) : NULL;
  if (self->measure->kind == LEYDEN_MEASURE_POINTS)
    return check_labels (rules, error) && (where == NULL || *where == '\0' || refuse (error, _("points are filtered by their labels")));
  self->filter = leyden_filter_parse_for (self->measure->facts, rules, where, error);
  return self->filter != NULL;
}

LeydenQuery *
leyden_query_parse (LeydenValue *value,
                    gint64       now_ns,
                    GError     **error)
{
  g_autoptr(LeydenQuery) self = g_new0 (LeydenQuery, 1);
  guint shape = LEYDEN_SHAPE_TIME, band = LEYDEN_BAND_NONE, order = LEYDEN_ORDER_VALUE_DOWN;

  self->now = now_ns;
  self->buckets = 300;
  self->bins = 40;
  self->limit = 20;
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      refuse (error, _("a question is an object"));
      return NULL;
    }
  if (!parse_metric (self, value, error) || !get_choice (value, "shape", shapes, &shape, error)
      || !get_choice (value, "band", bands, &band, error) || !get_choice (value, "order", orders, &order, error)
      || !parse_split (self, value, error) || !parse_time (self, value, error) || !parse_compare (self, value, error)
      || !parse_filter (self, value, error) || !get_guint (value, "buckets", 2000, &self->buckets, error)
      || !get_guint (value, "bins", 500, &self->bins, error)
      || !get_guint (value, "limit", shape == LEYDEN_SHAPE_POINTS ? 100000 : LEYDEN_QUERY_MAX_LIMIT, &self->limit, error))
    return NULL;
  if (shape == LEYDEN_SHAPE_POINTS && leyden_value_is_null (leyden_value_get_member (value, "limit")))
    self->limit = 2000;
  self->shape = shape;
  self->band = band;
  self->order = order;
  return check_shape (self, error) ? g_steal_pointer (&self) : NULL;
}
