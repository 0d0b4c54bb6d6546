/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-dashboard-result.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"

/* --- joining --- */

static gboolean
has_number (LeydenValue *list,
            gboolean     not_zero)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      double number;

      if (leyden_value_get_double (leyden_value_get_item (list, i), &number) && (number < 0 || number > 0 || !not_zero))
        return TRUE;
    }
  return FALSE;
}

static const char *
get_error (LeydenValue *result)
{
  return leyden_value_get_member_string (result, "error", NULL);
}

static LeydenValue *
find_first (LeydenValue *results)
{
  for (guint i = 0; i < leyden_value_get_size (results); i++)
    if (get_error (leyden_value_get_item (results, i)) == NULL)
      return leyden_value_get_item (results, i);
  return leyden_value_get_item (results, 0);
}

static gboolean
is_previous (LeydenValue *series)
{
  return strcmp (leyden_value_get_member_string (leyden_value_get_member (series, "labels"), "period", ""), "previous") == 0;
}

/* What tells a series from those of the other queries. */
static char *
make_base (LeydenValue *query,
           LeydenValue *result,
           LeydenValue *series,
           gboolean     alone)
{
  const char *given = leyden_value_get_member_string (query, "name", NULL);
  const char *aggregation = leyden_value_get_member_string (query, "aggregation", NULL);
  const char *title = leyden_value_get_member_string (result, "title", "");
  const char *name = leyden_value_get_member_string (series, "name", "");
  /* Groups stand along the axis, the first split of other shapes is told by the series. */
  guint along = strcmp (leyden_value_get_member_string (query, "shape", ""), "groups") == 0 ? 1 : 0;
  gboolean split = leyden_value_get_size (leyden_value_get_member (query, "split")) > along;

  if (given != NULL)
    return split ? g_strdup_printf ("%s: %s", given, name) : g_strdup (given);
  if (alone || *title == '\0')
    return g_strdup (*name != '\0' ? name : title);
  if (split)
    return g_strdup_printf ("%s: %s", title, name);
  return aggregation != NULL ? g_strdup_printf ("%s (%s)", title, aggregation) : g_strdup (title);
}

/* In a legend no two have the same name: with @used, those of before. */
static char *
make_name (LeydenValue *query,
           LeydenValue *result,
           LeydenValue *series,
           gboolean     alone,
           GHashTable  *used)
{
  g_autofree char *base = make_base (query, result, series, alone);
  const char *own = leyden_value_get_member_string (series, "name", "");
  char *name = is_previous (series) && (*own == '\0' || !g_str_has_suffix (base, own)) ? g_strdup_printf (_("%s, before"), base) : g_strdup (base);
  g_autofree char *first = g_strdup (name);

  for (guint i = 2; *name != '\0' && g_hash_table_contains (used, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s (%u)", first, i);
    }
  g_hash_table_add (used, g_strdup (name));
  return name;
}

/* Takes @name. */
static LeydenValue *
with_name (LeydenValue *series,
           char        *name)
{
  g_autofree char *owned = name;
  g_autoptr(LeydenValue) text = leyden_value_new_string (owned, -1);

  return leyden_value_with_member (series, "name", text);
}

/* There was nothing to compare with. */
static gboolean
is_vain (LeydenValue *series)
{
  return is_previous (series) && !has_number (leyden_value_get_member (series, "y"), FALSE);
}

static void
add_series (LeydenValueBuilder *b,
            LeydenValue        *query,
            LeydenValue        *result,
            gboolean            alone,
            GHashTable         *used)
{
  LeydenValue *list = leyden_value_get_member (result, "series");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *series = leyden_value_get_item (list, i);

      if (is_vain (series))
        continue;
      leyden_value_builder_take (b, with_name (series, make_name (query, result, series, alone, used)));
    }
}

/* Money that is credits of the simulation, where that of another answer is real: the two have no axis in common. */
static gboolean
is_other_money (LeydenValue *result,
                LeydenValue *results)
{
  if (g_strcmp0 (leyden_value_get_member_string (result, "unit", NULL), "currency") != 0
      || g_strcmp0 (leyden_value_get_member_string (result, "simulated", NULL), "all") != 0)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      LeydenValue *other = leyden_value_get_item (results, i);

      if (g_strcmp0 (leyden_value_get_member_string (other, "unit", NULL), "currency") == 0
          && g_strcmp0 (leyden_value_get_member_string (other, "simulated", NULL), "none") == 0 && !leyden_dashboard_result_is_blank (other))
        return TRUE;
    }
  return FALSE;
}

/* What has no number says nothing about the others. */
static const char *
join_simulated (LeydenValue *results)
{
  guint all = 0, none = 0, n = 0;

  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      LeydenValue *result = leyden_value_get_item (results, i);
      const char *simulated = leyden_value_get_member_string (result, "simulated", NULL);

      if (leyden_dashboard_result_is_empty (result) || is_other_money (result, results))
        continue;
      n += simulated != NULL;
      all += g_strcmp0 (simulated, "all") == 0;
      none += g_strcmp0 (simulated, "none") == 0;
    }
  return none == n ? "none" : all == n ? "all" : "some";
}

static void
add_warnings (LeydenValueBuilder *b,
              LeydenValue        *results)
{
  leyden_value_builder_key (b, "warnings");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      LeydenValue *result = leyden_value_get_item (results, i);
      LeydenValue *warnings = leyden_value_get_member (result, "warnings");

      if (get_error (result) != NULL)
        leyden_value_builder_add_string (b, get_error (result));
      if (is_other_money (result, results))
        {
          /* Translators: %s is a metric, as "Value" */
          g_autofree char *text = g_strdup_printf (_("%s is in credits of the simulation and is left out."), leyden_value_get_member_string (result, "title", ""));

          leyden_value_builder_add_string (b, text);
        }
      for (guint k = 0; k < leyden_value_get_size (warnings); k++)
        leyden_value_builder_add (b, leyden_value_get_item (warnings, k));
    }
  leyden_value_builder_end (b);
}

/* What is not exact, not all or left out in any of them is so in all of them. */
static void
add_cares (LeydenValueBuilder *b,
           LeydenValue        *results)
{
  gboolean exact = TRUE, truncated = FALSE;
  gint64 invalid = 0;

  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      LeydenValue *result = leyden_value_get_item (results, i);

      exact = exact && leyden_value_get_member_boolean (result, "exact", TRUE);
      truncated = truncated || leyden_value_get_member_boolean (result, "truncated", FALSE);
      invalid += CLAMP (leyden_value_get_member_int (result, "invalid", 0), 0, G_MAXINT32);
    }
  leyden_value_builder_set_boolean (b, "exact", exact);
  leyden_value_builder_set_boolean (b, "truncated", truncated);
  leyden_value_builder_set_int (b, "invalid", invalid);
}

LeydenValue *
leyden_dashboard_result_join (LeydenValue *queries,
                              LeydenValue *results)
{
  LeydenValue *first = find_first (results);
  g_autoptr(GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (results);

  if (first == NULL || get_error (first) != NULL || leyden_value_get_member (first, "rows") != NULL)
    return first != NULL ? leyden_value_ref (first) : leyden_value_new_null ();
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (first); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (first, i), leyden_value_get_item (first, i));
  leyden_value_builder_key (&b, "series");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    if (!is_other_money (leyden_value_get_item (results, i), results))
      add_series (&b, leyden_value_get_item (queries, i), leyden_value_get_item (results, i), n == 1, used);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "simulated", join_simulated (results));
  add_warnings (&b, results);
  add_cares (&b, results);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- looking into one --- */

static gboolean
is_without (LeydenValue *result,
            gboolean     not_zero)
{
  LeydenValue *series = leyden_value_get_member (result, "series");

  if (leyden_value_get_size (leyden_value_get_member (result, "rows")) > 0)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (series); i++)
    if (has_number (leyden_value_get_member (leyden_value_get_item (series, i), "y"), not_zero))
      return FALSE;
  return TRUE;
}

gboolean
leyden_dashboard_result_is_empty (LeydenValue *result)
{
  return is_without (result, FALSE);
}

gboolean
leyden_dashboard_result_is_blank (LeydenValue *result)
{
  return is_without (result, TRUE);
}

const char *
leyden_dashboard_result_name_unit (LeydenValue *result,
                                   const char  *unit)
{
  if (strcmp (unit, "reward") == 0)
    return "";
  if (strcmp (unit, "currency") != 0)
    return unit;
  if (strcmp (leyden_value_get_member_string (result, "simulated", "none"), "all") == 0)
    return "credits";
  return leyden_value_get_member_string (result, "currency", "USD");
}

/* --- as a table --- */

static void
add_column (LeydenValueBuilder *b,
            const char         *name,
            const char         *type,
            const char         *unit)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set_string (b, "title", name);
  leyden_value_builder_set_string (b, "type", type);
  if (unit != NULL)
    leyden_value_builder_set_string (b, "unit", unit);
  leyden_value_builder_end (b);
}

static int
compare_x (gconstpointer a,
           gconstpointer b)
{
  const LeydenValue *p = *(LeydenValue * const *) a, *q = *(LeydenValue * const *) b;
  double m, n;

  if (!leyden_value_get_double (p, &m) || !leyden_value_get_double (q, &n))
    return 0;
  return m < n ? -1 : m > n;
}

/* All x of all series, each once; numbers in their order, words in that of their coming. */
static GPtrArray *
collect_x (LeydenValue *series)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < leyden_value_get_size (series); i++)
    {
      LeydenValue *x = leyden_value_get_member (leyden_value_get_item (series, i), "x");

      for (guint k = 0; k < leyden_value_get_size (x); k++)
        if (g_hash_table_add (seen, leyden_json_write (leyden_value_get_item (x, k), LEYDEN_JSON_COMPACT)))
          g_ptr_array_add (all, leyden_value_get_item (x, k));
    }
  g_ptr_array_sort (all, compare_x);
  return all;
}

/* (transfer full): x as text → y */
static GHashTable *
index_series (LeydenValue *series)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  LeydenValue *x = leyden_value_get_member (series, "x");
  LeydenValue *y = leyden_value_get_member (series, "y");

  for (guint i = 0; i < leyden_value_get_size (x); i++)
    g_hash_table_insert (index, leyden_json_write (leyden_value_get_item (x, i), LEYDEN_JSON_COMPACT), leyden_value_get_item (y, i));
  return index;
}

static void
add_rows (LeydenValueBuilder *b,
          LeydenValue        *series)
{
  g_autoptr(GPtrArray) all = collect_x (series);
  g_autoptr(GPtrArray) indices = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);

  for (guint i = 0; i < leyden_value_get_size (series); i++)
    g_ptr_array_add (indices, index_series (leyden_value_get_item (series, i)));
  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *key = leyden_json_write (g_ptr_array_index (all, i), LEYDEN_JSON_COMPACT);

      leyden_value_builder_begin_list (b);
      leyden_value_builder_add (b, g_ptr_array_index (all, i));
      for (guint k = 0; k < indices->len; k++)
        leyden_value_builder_add (b, g_hash_table_lookup (g_ptr_array_index (indices, k), key));
      leyden_value_builder_end (b);
    }
}

LeydenValue *
leyden_dashboard_result_tabulate (LeydenValue *result)
{
  LeydenValue *series = leyden_value_get_member (result, "series");
  const char *shape = leyden_value_get_member_string (result, "shape", "");
  gboolean time = g_strv_contains ((const char * const []) { "time", "heat", "points", "value", NULL }, shape);
  static const char * const kept[] = { "simulated", "warnings", "exact", "truncated", "invalid" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_member (result, "rows") != NULL)
    return leyden_value_ref (result);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "shape", "table");
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (leyden_value_get_member (result, kept[i]) != NULL)
      leyden_value_builder_set (&b, kept[i], leyden_value_get_member (result, kept[i]));
  leyden_value_builder_key (&b, "columns");
  leyden_value_builder_begin_list (&b);
  add_column (&b, time ? _("Time") : strcmp (shape, "step") == 0 ? _("Step") : strcmp (shape, "groups") == 0 ? _("Group") : _("Value"),
              time ? "time" : strcmp (shape, "groups") == 0 ? "text" : "number", NULL);
  for (guint i = 0; i < leyden_value_get_size (series); i++)
    add_column (&b, leyden_value_get_member_string (leyden_value_get_item (series, i), "name", ""), "number",
                leyden_dashboard_result_name_unit (result, leyden_value_get_member_string (result, "unit", "")));
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "rows");
  leyden_value_builder_begin_list (&b);
  add_rows (&b, series);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
