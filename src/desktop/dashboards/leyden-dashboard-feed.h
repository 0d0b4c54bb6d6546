/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboard.h"
#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenDashboardFeed: what the panels of a dashboard show. It asks all their queries in one request, and again when the facts move or the time
 * of the dashboard's refresh has come; never twice at once, and not at all while nobody looks. An answer to a question that is no longer asked
 * is dropped.
 *
 * Signal: "answered" (): there are new answers, or none where there were some, or why there are none.
 */
#define LEYDEN_TYPE_DASHBOARD_FEED (leyden_dashboard_feed_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDashboardFeed, leyden_dashboard_feed, LEYDEN, DASHBOARD_FEED, GObject)

LeydenDashboardFeed *leyden_dashboard_feed_new           (LeydenSession       *session);
/* What is asked, and for which time and values: all of it at once, and asked at once when it is another one. @document: checked;
 * @variables: name → text; @time as in a document. */
void                 leyden_dashboard_feed_set           (LeydenDashboardFeed *self,
                                                          LeydenValue         *document,
                                                          LeydenValue         *variables,
                                                          LeydenValue         *time,
                                                          const char          *zone);
/* In seconds, or LEYDEN_DASHBOARD_LIVE or …_NEVER. */
void                 leyden_dashboard_feed_set_refresh   (LeydenDashboardFeed *self,
                                                          int                  refresh_s);
/* Whether somebody looks. */
void                 leyden_dashboard_feed_set_seen      (LeydenDashboardFeed *self,
                                                          gboolean             seen);
/* Asks now, whatever is known. */
void                 leyden_dashboard_feed_refresh       (LeydenDashboardFeed *self);
/* The answer for a panel: that of its query, or those of all its queries in one. {"error": text} when all failed; NULL: none yet.
 * (transfer none) (nullable) */
LeydenValue         *leyden_dashboard_feed_get_result    (LeydenDashboardFeed *self,
                                                          const char          *panel);
/* Why nothing could be asked; NULL: it could. (transfer none) */
const GError        *leyden_dashboard_feed_get_error     (LeydenDashboardFeed *self);
gboolean             leyden_dashboard_feed_is_asking     (LeydenDashboardFeed *self);
/* There are answers, and none of them holds a number that is not 0; tables do not count. */
gboolean             leyden_dashboard_feed_is_empty      (LeydenDashboardFeed *self);
/* "all", "some" or "none" of what is shown is from the simulated model. */
const char          *leyden_dashboard_feed_get_simulated (LeydenDashboardFeed *self);
/* The time that was asked for last, in ns; the zone by name. */
void                 leyden_dashboard_feed_get_time      (LeydenDashboardFeed *self,
                                                          gint64              *from_ns,
                                                          gint64              *to_ns);
const char          *leyden_dashboard_feed_get_zone      (LeydenDashboardFeed *self);
/* In which money is counted, "USD". */
const char          *leyden_dashboard_feed_get_currency  (LeydenDashboardFeed *self);
/* Requests that were sent. */
guint                leyden_dashboard_feed_get_n_asked   (LeydenDashboardFeed *self);

G_END_DECLS
