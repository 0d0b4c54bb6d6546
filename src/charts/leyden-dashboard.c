/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-dashboard.h"

#include <string.h>

G_DEFINE_QUARK (leyden-dashboard-error-quark, leyden_dashboard_error)

static const char * const kinds[] = {
  "line", "area", "bar", "histogram", "scatter", "heat", "sparkline", "waterfall", "table", "value", "text", NULL,
};
static const char * const aggregations[] = {
  "count", "sum", "mean", "min", "max", "std", "p50", "p90", "p95", "p99", "rate", "share", "last", NULL,
};
static const char * const shapes[] = { "time", "step", "histogram", "groups", "heat", "value", "points", "table", NULL };
static const char * const live_tables[] = { "workers", "mirrors", "endpoints", "queues", "storage", NULL };

const char * const *
leyden_dashboard_get_kinds (void)
{
  return kinds;
}

/* --- checking --- */

G_GNUC_PRINTF (3, 4) static gboolean
refuse (GError     **error,
        const char  *place,
        const char  *format,
        ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LEYDEN_DASHBOARD_ERROR, LEYDEN_DASHBOARD_ERROR_INVALID, "%s: %s", place, text);
  return FALSE;
}

static char *
join (const char *place,
      const char *key)
{
  return *place == '\0' ? g_strdup (key) : g_strconcat (place, ".", key, NULL);
}

static gboolean
check_object (const LeydenValue *value,
              const char        *place,
              GError           **error)
{
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  return refuse (error, place, "must be an object, not %s", leyden_value_kind_to_string (leyden_value_get_kind (value)));
}

/* A text that may be missing; @maximum in bytes. */
static gboolean
check_text (const LeydenValue *object,
            const char        *place,
            const char        *key,
            gsize              maximum,
            GError           **error)
{
  LeydenValue *value = leyden_value_get_member (object, key);
  g_autofree char *here = join (place, key);
  gsize length = 0;
  const char *text;

  if (value == NULL)
    return TRUE;
  text = leyden_value_get_string (value, &length);
  if (text == NULL || strlen (text) != length)
    return refuse (error, here, "must be a text, not %s", leyden_value_kind_to_string (leyden_value_get_kind (value)));
  if (length > maximum)
    return refuse (error, here, "has %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are allowed, so shorten it", length, maximum);
  return TRUE;
}

static gboolean
check_int (const LeydenValue *object,
           const char        *place,
           const char        *key,
           gint64             minimum,
           gint64             maximum,
           GError           **error)
{
  LeydenValue *value = leyden_value_get_member (object, key);
  g_autofree char *here = join (place, key);
  gint64 number;

  if (value == NULL)
    return refuse (error, here, "is missing; it must be an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, minimum, maximum);
  if (!leyden_value_get_int (value, &number) || number < minimum || number > maximum)
    return refuse (error, here, "must be an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, minimum, maximum);
  return TRUE;
}

/* One of @choices; may be missing unless @required. */
static gboolean
check_choice (const LeydenValue  *object,
              const char         *place,
              const char         *key,
              const char * const *choices,
              gboolean            required,
              GError            **error)
{
  LeydenValue *value = leyden_value_get_member (object, key);
  const char *text = leyden_value_get_string (value, NULL);
  g_autofree char *here = NULL;
  g_autofree char *list = NULL;

  if ((value == NULL && !required) || (text != NULL && g_strv_contains (choices, text)))
    return TRUE;
  here = join (place, key);
  list = g_strjoinv (", ", (char **) choices);
  return refuse (error, here, "must be one of %s", list);
}

/* A list of at most @maximum; may be missing. Its length in @n. */
static gboolean
check_list (const LeydenValue *object,
            const char        *place,
            const char        *key,
            guint              maximum,
            guint             *n,
            GError           **error)
{
  LeydenValue *value = leyden_value_get_member (object, key);
  g_autofree char *here = join (place, key);

  *n = 0;
  if (value == NULL)
    return TRUE;
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST)
    return refuse (error, here, "must be a list, not %s", leyden_value_kind_to_string (leyden_value_get_kind (value)));
  *n = leyden_value_get_size (value);
  if (*n > maximum)
    return refuse (error, here, "has %u entries; at most %u are allowed, so remove some", *n, maximum);
  return TRUE;
}

gboolean
leyden_dashboard_is_id (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  if (length == 0 || length > 64)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
      return FALSE;
  return TRUE;
}

/* @seen: set of ids before it. */
static gboolean
check_id (const LeydenValue *object,
          const char        *place,
          const char        *key,
          GHashTable        *seen,
          GError           **error)
{
  const char *id = leyden_value_get_member_string (object, key, NULL);
  g_autofree char *here = join (place, key);

  if (!leyden_dashboard_is_id (id))
    return refuse (error, here, "must be 1 to 64 letters, digits, '-' or '_'");
  if (seen != NULL && !g_hash_table_add (seen, (gpointer) id))
    return refuse (error, here, "\"%s\" stands twice; each needs one of its own", id);
  return TRUE;
}

/* [dimension, operator, value] */
static gboolean
check_filter (const LeydenValue *row,
              const char        *place,
              GError           **error)
{
  LeydenValue *value = leyden_value_get_item (row, 2);

  if (leyden_value_get_kind (row) != LEYDEN_VALUE_LIST || leyden_value_get_size (row) != 3
      || leyden_value_get_kind (leyden_value_get_item (row, 0)) != LEYDEN_VALUE_STRING
      || leyden_value_get_kind (leyden_value_get_item (row, 1)) != LEYDEN_VALUE_STRING)
    return refuse (error, place, "must be [dimension, operator, value], like [\"state\", \"=\", \"failed\"]");
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    return refuse (error, place, "the value must be a text, a number or a list of these");
  return TRUE;
}

static gboolean
check_source (const LeydenValue *query,
              const char        *place,
              GError           **error)
{
  static const char * const sources[] = { "metric", "sql", "live", "source" };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    n += leyden_value_get_member (query, sources[i]) != NULL;
  if (n != 1)
    return refuse (error, place, "must have exactly one of \"metric\", \"sql\", \"live\" and \"source\"");
  return check_text (query, place, "metric", LEYDEN_DASHBOARD_MAX_TITLE, error) && check_text (query, place, "sql", LEYDEN_DASHBOARD_MAX_SQL, error)
         && check_text (query, place, "source", LEYDEN_DASHBOARD_MAX_TITLE, error)
         && check_choice (query, place, "live", live_tables, FALSE, error);
}

static gboolean
check_query (const LeydenValue *query,
             const char        *place,
             GError           **error)
{
  LeydenValue *split = leyden_value_get_member (query, "split");
  LeydenValue *filter = leyden_value_get_member (query, "filter");
  guint n_split, n_filter;

  if (!check_object (query, place, error) || !check_source (query, place, error)
      || !check_choice (query, place, "aggregation", aggregations, FALSE, error) || !check_choice (query, place, "shape", shapes, FALSE, error)
      || !check_text (query, place, "where", LEYDEN_DASHBOARD_MAX_SQL, error) || !check_list (query, place, "split", 2, &n_split, error)
      || !check_list (query, place, "filter", LEYDEN_DASHBOARD_MAX_FILTERS, &n_filter, error))
    return FALSE;
  for (guint i = 0; i < n_split; i++)
    if (leyden_value_get_kind (leyden_value_get_item (split, i)) != LEYDEN_VALUE_STRING)
      {
        g_autofree char *here = g_strdup_printf ("%s.split[%u]", place, i);

        return refuse (error, here, "must be the name of a dimension");
      }
  for (guint i = 0; i < n_filter; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s.filter[%u]", place, i);

      if (!check_filter (leyden_value_get_item (filter, i), here, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_place (const LeydenValue *panel,
             const char        *place,
             GError           **error)
{
  g_autofree char *here = join (place, "w");

  if (!check_int (panel, place, "x", 0, LEYDEN_GRID_COLUMNS - 1, error) || !check_int (panel, place, "y", 0, LEYDEN_GRID_MAX_ROWS, error)
      || !check_int (panel, place, "w", 1, LEYDEN_GRID_COLUMNS, error) || !check_int (panel, place, "h", 1, LEYDEN_GRID_MAX_HEIGHT, error))
    return FALSE;
  if (leyden_value_get_member_int (panel, "x", 0) + leyden_value_get_member_int (panel, "w", 0) > LEYDEN_GRID_COLUMNS)
    return refuse (error, here, "reaches over the %d columns of the grid; x and w together may be %d", LEYDEN_GRID_COLUMNS, LEYDEN_GRID_COLUMNS);
  return TRUE;
}

gboolean
leyden_dashboard_check_panel (const LeydenValue *panel,
                              const char        *place,
                              GError           **error)
{
  LeydenValue *options = leyden_value_get_member (panel, "options");
  LeydenValue *queries = leyden_value_get_member (panel, "queries");
  g_autofree char *options_place = join (place, "options");
  g_autofree char *queries_place = join (place, "queries");
  gboolean text;
  guint n;

  if (!check_object (panel, place, error) || !check_id (panel, place, "id", NULL, error)
      || !check_text (panel, place, "title", LEYDEN_DASHBOARD_MAX_TITLE, error) || !check_choice (panel, place, "kind", kinds, TRUE, error)
      || !check_place (panel, place, error) || (options != NULL && !check_object (options, options_place, error))
      || !check_text (options, options_place, "text", LEYDEN_DASHBOARD_MAX_TEXT, error)
      || !check_list (panel, place, "queries", LEYDEN_DASHBOARD_MAX_QUERIES, &n, error))
    return FALSE;
  text = strcmp (leyden_value_get_member_string (panel, "kind", ""), "text") == 0;
  if (n == 0 && !text)
    return refuse (error, queries_place, "a panel of the kind \"%s\" needs at least one query", leyden_value_get_member_string (panel, "kind", ""));
  if (n > 0 && text)
    return refuse (error, queries_place, "a panel of the kind \"text\" has none; its text is options.text");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s[%u]", queries_place, i);

      if (!check_query (leyden_value_get_item (queries, i), here, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_panels (const LeydenValue *document,
              GError           **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  guint n;

  if (leyden_value_get_kind (panels) != LEYDEN_VALUE_LIST)
    return refuse (error, "panels", "must be a list; it may be empty");
  if (!check_list (document, "", "panels", LEYDEN_DASHBOARD_MAX_PANELS, &n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("panels[%u]", i);

      if (!leyden_dashboard_check_panel (leyden_value_get_item (panels, i), here, error)
          || !check_id (leyden_value_get_item (panels, i), here, "id", seen, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_variables (const LeydenValue *document,
                 GError           **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  LeydenValue *variables = leyden_value_get_member (document, "variables");
  guint n;

  if (!check_list (document, "", "variables", LEYDEN_DASHBOARD_MAX_VARIABLES, &n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *variable = leyden_value_get_item (variables, i);
      g_autofree char *here = g_strdup_printf ("variables[%u]", i);

      if (!check_object (variable, here, error) || !check_id (variable, here, "name", seen, error)
          || !check_text (variable, here, "title", LEYDEN_DASHBOARD_MAX_TITLE, error)
          || !check_text (variable, here, "dimension", LEYDEN_DASHBOARD_MAX_TITLE, error)
          || !check_text (variable, here, "value", LEYDEN_DASHBOARD_MAX_TITLE, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_time (const LeydenValue *document,
            GError           **error)
{
  LeydenValue *time = leyden_value_get_member (document, "time");
  const char *zone = leyden_value_get_member_string (document, "zone", NULL);
  g_autoptr(GTimeZone) found = NULL;
  gint64 from, to;

  if (!check_text (document, "", "zone", 64, error))
    return FALSE;
  found = leyden_dashboard_find_zone (zone);
  if (found == NULL)
    return refuse (error, "zone", "is none that is known here; take a name like \"Europe/Berlin\", or \"\" for the reader's own");
  if (time == NULL)
    return TRUE;
  if (!leyden_dashboard_resolve_time (time, NULL, 0, &from, &to))
    return refuse (error, "time", "must be {\"range\": \"24h\"} (also \"15m\", \"7d\", \"today\", \"month\", \"all\") or {\"from\": ns, \"to\": ns} with from below to");
  return TRUE;
}

gboolean
leyden_dashboard_check (const LeydenValue *document,
                        GError           **error)
{
  gint64 format;

  if (!check_object (document, "dashboard", error))
    return FALSE;
  if (!leyden_value_get_int (leyden_value_get_member (document, "leyden-dashboard"), &format) || format < 1)
    return refuse (error, "leyden-dashboard", "must be %d: this is no dashboard of Leyden", LEYDEN_DASHBOARD_FORMAT);
  if (format > LEYDEN_DASHBOARD_FORMAT)
    {
      g_set_error (error, LEYDEN_DASHBOARD_ERROR, LEYDEN_DASHBOARD_ERROR_NEWER,
                   "leyden-dashboard: format %" G_GINT64_FORMAT " is of a newer Leyden; this one reads %d, so update it", format,
                   LEYDEN_DASHBOARD_FORMAT);
      return FALSE;
    }
  return check_id (document, "", "id", NULL, error) && check_text (document, "", "title", LEYDEN_DASHBOARD_MAX_TITLE, error)
         && check_text (document, "", "description", LEYDEN_DASHBOARD_MAX_TEXT, error) && check_time (document, error)
         && (leyden_value_get_member (document, "refresh_s") == NULL
             || check_int (document, "", "refresh_s", LEYDEN_DASHBOARD_NEVER, 86400, error))
         && check_variables (document, error) && check_panels (document, error);
}

/* --- queries --- */

LeydenValue *
leyden_dashboard_get_variables (const LeydenValue *document)
{
  LeydenValue *variables = leyden_value_get_member (document, "variables");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (variables); i++)
    {
      LeydenValue *variable = leyden_value_get_item (variables, i);
      const char *name = leyden_value_get_member_string (variable, "name", NULL);

      if (name != NULL)
        leyden_value_builder_set_string (&b, name, leyden_value_get_member_string (variable, "value", ""));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The value of "$name"; NULL when it names none. */
static const char *
lookup (const LeydenValue *variables,
        const char        *text)
{
  return text != NULL && *text == '$' ? leyden_value_get_member_string (variables, text + 1, NULL) : NULL;
}

static void
add_filters (LeydenValueBuilder *b,
             const LeydenValue  *filter,
             const LeydenValue  *variables)
{
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (filter); i++)
    {
      LeydenValue *row = leyden_value_get_item (filter, i);
      const char *value = lookup (variables, leyden_value_get_string (leyden_value_get_item (row, 2), NULL));

      if (value != NULL && *value == '\0')
        continue;
      leyden_value_builder_begin_list (b);
      leyden_value_builder_add (b, leyden_value_get_item (row, 0));
      leyden_value_builder_add (b, leyden_value_get_item (row, 1));
      if (value != NULL)
        leyden_value_builder_add_string (b, value);
      else
        leyden_value_builder_add (b, leyden_value_get_item (row, 2));
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static gsize
name_length (const char *text)
{
  gsize n = 0;

  while (g_ascii_isalnum (text[n]) || text[n] == '_')
    n++;
  return n;
}

static void
append_literal (GString    *out,
                const char *value)
{
  if (*value == '\0')
    {
      g_string_append (out, "NULL");
      return;
    }
  g_string_append_c (out, '\'');
  for (const char *p = value; *p != '\0'; p++)
    g_string_append_printf (out, *p == '\'' ? "''" : "%c", *p);
  g_string_append_c (out, '\'');
}

/* $name outside of quotes becomes the text of its value, or NULL where it is "". */
static char *
fill_sql (const char        *sql,
          const LeydenValue *variables)
{
  g_autoptr(GString) out = g_string_new (NULL);
  char quote = '\0';

  for (const char *p = sql; *p != '\0'; p++)
    {
      gsize length = *p == '$' && quote == '\0' ? name_length (p + 1) : 0;
      g_autofree char *name = g_strndup (p, length > 0 ? length + 1 : 0);
      const char *value = lookup (variables, name);

      if (value != NULL)
        {
          append_literal (out, value);
          p += length;
          continue;
        }
      if (quote == '\0' && (*p == '\'' || *p == '"' || *p == '`'))
        quote = *p;
      else if (*p == quote)
        quote = '\0';
      g_string_append_c (out, *p);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
add_member (LeydenValueBuilder *b,
            const char         *key,
            LeydenValue        *value,
            const LeydenValue  *variables)
{
  const char *text = leyden_value_get_string (value, NULL);

  leyden_value_builder_key (b, key);
  if (strcmp (key, "filter") == 0)
    add_filters (b, value, variables);
  else if (text != NULL && (strcmp (key, "sql") == 0 || strcmp (key, "where") == 0))
    {
      g_autofree char *sql = fill_sql (text, variables);

      leyden_value_builder_add_string (b, sql);
    }
  else
    leyden_value_builder_add (b, value);
}

LeydenValue *
leyden_dashboard_make_query (const LeydenValue *query,
                             const LeydenValue *variables,
                             gint64             from_ns,
                             gint64             to_ns,
                             const char        *zone)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (query); i++)
    add_member (&b, leyden_value_get_key (query, i), leyden_value_get_item (query, i), variables);
  if (leyden_value_get_member (query, "from") == NULL)
    leyden_value_builder_set_int (&b, "from", from_ns);
  if (leyden_value_get_member (query, "to") == NULL)
    leyden_value_builder_set_int (&b, "to", to_ns);
  if (leyden_value_get_member (query, "zone") == NULL)
    leyden_value_builder_set_string (&b, "zone", zone);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* --- places --- */

LeydenGridCell *
leyden_dashboard_get_cells (const LeydenValue *document,
                            gsize             *n)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  LeydenGridCell *cells;

  *n = leyden_value_get_size (panels);
  cells = g_new0 (LeydenGridCell, MAX (*n, 1));
  for (guint i = 0; i < *n; i++)
    {
      LeydenValue *panel = leyden_value_get_item (panels, i);

      cells[i].x = (int) CLAMP (leyden_value_get_member_int (panel, "x", 0), 0, LEYDEN_GRID_COLUMNS);
      cells[i].y = (int) CLAMP (leyden_value_get_member_int (panel, "y", 0), 0, LEYDEN_GRID_MAX_ROWS);
      cells[i].w = (int) CLAMP (leyden_value_get_member_int (panel, "w", 4), 1, LEYDEN_GRID_COLUMNS);
      cells[i].h = (int) CLAMP (leyden_value_get_member_int (panel, "h", 4), 1, LEYDEN_GRID_MAX_HEIGHT);
    }
  leyden_grid_compact (cells, *n);
  return cells;
}

static LeydenValue *
with_int (LeydenValue *object,
          const char  *key,
          int          number)
{
  g_autoptr(LeydenValue) owned = object;
  g_autoptr(LeydenValue) value = leyden_value_new_int (number);

  return leyden_value_with_member (owned, key, value);
}

LeydenValue *
leyden_dashboard_with_cells (const LeydenValue    *document,
                             const LeydenGridCell *cells,
                             gsize                 n)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;

  g_return_val_if_fail (n == leyden_value_get_size (panels), NULL);

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *panel = with_int (leyden_value_ref (leyden_value_get_item (panels, i)), "x", cells[i].x);

      panel = with_int (panel, "y", cells[i].y);
      panel = with_int (panel, "w", cells[i].w);
      leyden_value_builder_take (&b, with_int (panel, "h", cells[i].h));
    }
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  return leyden_value_with_member (document, "panels", list);
}

int
leyden_dashboard_find_panel (const LeydenValue *document,
                             const char        *id)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");

  for (guint i = 0; i < leyden_value_get_size (panels); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (panels, i), "id", NULL), id) == 0)
      return (int) i;
  return -1;
}
