/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is said to be a dashboard: any bytes. What is taken has places that fit the grid, a time, and queries that are objects. */
#include <stdint.h>

#include "leyden-dashboard.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
use_panel (LeydenValue *panel,
           LeydenValue *variables,
           gint64       from,
           gint64       to)
{
  LeydenValue *queries = leyden_value_get_member (panel, "queries");

  for (guint i = 0; i < leyden_value_get_size (queries); i++)
    {
      g_autoptr(LeydenValue) query = leyden_dashboard_make_query (leyden_value_get_item (queries, i), variables, from, to, "UTC");

      g_assert_cmpint (leyden_value_get_kind (query), ==, LEYDEN_VALUE_OBJECT);
      g_assert_nonnull (leyden_value_get_member (query, "from"));
    }
}

static void
use (LeydenValue *document)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  LeydenValue *time = leyden_value_get_member (document, "time");
  g_autoptr(LeydenValue) variables = leyden_dashboard_get_variables (document);
  g_autofree LeydenGridCell *cells = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(GError) error = NULL;
  gint64 from = 0, to = 1;
  gsize n;

  cells = leyden_dashboard_get_cells (document, &n);
  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < i; k++)
      g_assert_false (leyden_grid_overlaps (&cells[i], &cells[k]));
  again = leyden_dashboard_with_cells (document, cells, n);
  leyden_dashboard_check (again, &error);
  g_assert_no_error (error);
  if (time != NULL)
    g_assert_true (leyden_dashboard_resolve_time (time, leyden_value_get_member_string (document, "zone", NULL), G_GINT64_CONSTANT (1750000000000000000), &from, &to));
  for (guint i = 0; i < n; i++)
    use_panel (leyden_value_get_item (panels, i), variables, from, to);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(LeydenValue) document = leyden_json_parse ((const char *) data, (gssize) size, NULL, NULL);
  g_autoptr(GError) error = NULL;

  if (document == NULL)
    return 0;
  if (leyden_dashboard_check (document, &error))
    use (document);
  else
    g_assert_nonnull (error);
  return 0;
}
