/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-grid.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * A dashboard: what is asked, and where the answers stand. A JSON document of this form (help “Dashboards of your own” describes it for people):
 *
 *   {"leyden-dashboard": 1, "id", "title", "description", "time": {"range": "24h"} | {"from": ns, "to": ns}, "zone": "Europe/Berlin" ("": the
 *    reader's), "refresh_s": 0 (when something happens), −1 (never by itself) or seconds,
 *    "variables": [{"name", "title", "dimension", "value"}],
 *    "panels": [{"id", "title", "kind", "x", "y", "w", "h", "queries": [query], "options": {}}]}
 *
 * Panels of the kind "text" have options.text and no queries. Keys that are not known are kept. The queries are those of POST
 * /leyden/v1/insights/query; a filter whose value is "$name" takes the value of that variable, and is left out while that is "".
 */
#define LEYDEN_DASHBOARD_FORMAT 1
#define LEYDEN_DASHBOARD_MAX_BYTES (256 * 1024)
#define LEYDEN_DASHBOARD_MAX_PANELS 60
#define LEYDEN_DASHBOARD_MAX_QUERIES 8
#define LEYDEN_DASHBOARD_MAX_VARIABLES 12
#define LEYDEN_DASHBOARD_MAX_FILTERS 20
#define LEYDEN_DASHBOARD_MAX_SQL 20000
#define LEYDEN_DASHBOARD_MAX_TITLE 200
#define LEYDEN_DASHBOARD_MAX_TEXT 4000
#define LEYDEN_DASHBOARD_NEVER (-1)
#define LEYDEN_DASHBOARD_LIVE 0

/**
 * LeydenDashboardError:
 * @LEYDEN_DASHBOARD_ERROR_INVALID: not a dashboard; the message names the place ("panels[2].w") and what belongs there
 * @LEYDEN_DASHBOARD_ERROR_NEWER: of a newer format
 */
typedef enum
{
  LEYDEN_DASHBOARD_ERROR_INVALID,
  LEYDEN_DASHBOARD_ERROR_NEWER,
} LeydenDashboardError;
#define LEYDEN_DASHBOARD_ERROR (leyden_dashboard_error_quark ())
GQuark leyden_dashboard_error_quark (void);

/* Whether it is one, in every part that is named above. */
gboolean     leyden_dashboard_check         (const LeydenValue *document, GError **error);
/* One panel, as it stands in the list; @place begins the message. */
gboolean     leyden_dashboard_check_panel   (const LeydenValue *panel, const char *place, GError **error);
/* Letters, digits, "-" and "_", 1 to 64 of them. */
gboolean     leyden_dashboard_is_id         (const char *text);
/* "line", "area", …, "text"; NULL-terminated. */
const char * const *leyden_dashboard_get_kinds (void);

/* A time: "range" of a document, or "from" and "to". Ranges: "15m", "6h", "7d", "2w" (days and weeks are those of the calendar of @zone, also
 * when the clocks change between them), "today", "yesterday", "week" (from Monday), "month", "year", "all" (from 0). @zone: nullable, "": of this
 * machine. FALSE: none of these. */
gboolean     leyden_dashboard_resolve_time  (const LeydenValue *time, const char *zone, gint64 now_ns, gint64 *from_ns, gint64 *to_ns);
gboolean     leyden_dashboard_is_range      (const char *range);
/* A time zone of the name, or of this machine; NULL: there is none of that name. (transfer full) */
GTimeZone   *leyden_dashboard_find_zone     (const char *zone);

/* A query as it is sent: with the values of variables (object name → text), time and zone. What the query says of these itself stays. (transfer full) */
LeydenValue *leyden_dashboard_make_query    (const LeydenValue *query, const LeydenValue *variables, gint64 from_ns, gint64 to_ns,
                                             const char *zone);
/* Name → value of all variables of a document. (transfer full) */
LeydenValue *leyden_dashboard_get_variables (const LeydenValue *document);

/* The places of all panels. (transfer full): as many as there are panels; g_free() */
LeydenGridCell *leyden_dashboard_get_cells  (const LeydenValue *document, gsize *n);
/* The document with these places; @n as many as there are panels. (transfer full) */
LeydenValue *leyden_dashboard_with_cells    (const LeydenValue *document, const LeydenGridCell *cells, gsize n);
/* Index of a panel; −1: none of that id. */
int          leyden_dashboard_find_panel    (const LeydenValue *document, const char *id);

G_END_DECLS
