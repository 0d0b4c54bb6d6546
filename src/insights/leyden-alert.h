/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* A rule about a metric, and how it stands (help/alerts.md). Pure functions of what they are given: the clock is the caller's.
 *
 *          breach, for_s = 0
 *        ┌───────────────────────────────────────┐
 *        │ breach            breach for for_s    ▼     acknowledge
 *   ok ──┴──────► pending ───────────────────► firing ────────────► acknowledged
 *   ▲ ▲              │ no breach                 │ clear                │ clear
 *   │ └──────────────┘                           ▼                      ▼
 *   └───────────── an hour, or another breach ─ resolved ◄──────────────┘
 *
 * breach: beyond the threshold. clear: on the good side of `clear` (hysteresis). Between both what fires goes on, and what is pending is no
 * breach. Without a value nothing fires anew and nothing is resolved. Each way into firing is an episode, numbered from 1.
 * leyden_alert_step() makes every step but that of the acknowledging person. */

#define LEYDEN_ALERT_ERROR (leyden_alert_error_quark ())
GQuark leyden_alert_error_quark (void);
typedef enum
{
  LEYDEN_ALERT_ERROR_INVALID,           /* a field is not as it must be; the message names it */
} LeydenAlertError;

typedef enum
{
  LEYDEN_ALERT_THRESHOLD,               /* the value of the window */
  LEYDEN_ALERT_CHANGE,                  /* its change against the window before, as a part of that: 0.5 is half as much again */
  LEYDEN_ALERT_ABSENCE,                 /* nothing in the window */
  LEYDEN_ALERT_BUDGET,                  /* what part of the month's budget is used, or will be */
  LEYDEN_ALERT_ERROR_RATE,              /* a share of failures, of enough of them */
  LEYDEN_ALERT_N_KINDS,
} LeydenAlertKind;

/* Every day, or on some, from a time of day to another, which may be that of the next day. */
typedef struct
{
  gboolean   set;
  int        from, to;                  /* minutes of the day */
  char      *zone_name;
  GTimeZone *zone;
  guint      days;                      /* on which it begins: bit 0 is Monday; 0x7f: all */
} LeydenQuiet;

typedef struct
{
  char            *id;                  /* 1 to 64 of a-z 0-9 - _ */
  char            *title;
  gboolean         enabled;
  LeydenAlertKind  kind;
  LeydenValue     *query;               /* object, as of leyden-query.h; shape and span are ours */
  gint64           over_s;              /* window */
  double           above, below;        /* NaN: not set */
  double           clear;               /* NaN: the threshold itself */
  gint64           for_s;
  gint64           min_n;               /* fewer in the window are no value */
  gboolean         forecast;            /* of a budget: of the month's end */
  LeydenQuiet      quiet;
  char            *severity;            /* "info", "warning", "critical" */
  gboolean         desktop;
  char           **webhooks;
} LeydenAlertRule;

/* @id: as in the path. Errors: LEYDEN_ALERT_ERROR. */
LeydenAlertRule *leyden_alert_rule_from_value (const char *id, LeydenValue *value, GError **error);
LeydenValue     *leyden_alert_rule_to_value   (const LeydenAlertRule *self);
LeydenAlertRule *leyden_alert_rule_copy       (const LeydenAlertRule *self);
void             leyden_alert_rule_free       (LeydenAlertRule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAlertRule, leyden_alert_rule_free)
const char      *leyden_alert_kind_to_string  (LeydenAlertKind kind);
/* Whether people are left alone at @now_ns. The clock of the wall counts: an hour that comes twice is quiet twice. */
gboolean         leyden_alert_is_quiet        (const LeydenAlertRule *self, gint64 now_ns);

typedef enum
{
  LEYDEN_ALERT_OK,
  LEYDEN_ALERT_PENDING,
  LEYDEN_ALERT_FIRING,
  LEYDEN_ALERT_ACKNOWLEDGED,
  LEYDEN_ALERT_RESOLVED,
  LEYDEN_ALERT_N_STATES,
} LeydenAlertState;
const char      *leyden_alert_state_to_string   (LeydenAlertState state);
LeydenAlertState leyden_alert_state_from_string (const char *text);     /* OK for what is unknown */

/* How long something that is over is shown as such. */
#define LEYDEN_ALERT_RESOLVED_S 3600

/* What a rule's question gave. */
typedef struct
{
  double  value;                        /* NaN: none */
  gint64  n;                            /* rows that it is of */
  char   *label;                        /* of which part, when it was split; nullable */
  char   *problem;                      /* why there is none; nullable */
} LeydenAlertReading;
void leyden_alert_reading_clear (LeydenAlertReading *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenAlertReading, leyden_alert_reading_clear)

typedef struct
{
  LeydenAlertState state;
  gint64           since_ns;            /* in this state */
  gint64           episode;             /* 0: never fired */
  gint64           evaluated_ns;        /* 0: not yet */
  double           value;
  char            *label;               /* nullable */
  char            *problem;             /* nullable */
  char            *actor;               /* who acknowledged; nullable */
  gboolean         told;                /* of the episode; its end is told then, too */
} LeydenAlertStatus;

LeydenAlertStatus *leyden_alert_status_new  (gint64 now_ns);
LeydenAlertStatus *leyden_alert_status_copy (const LeydenAlertStatus *self);
void               leyden_alert_status_free (LeydenAlertStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAlertStatus, leyden_alert_status_free)

/* Whether @reading is beyond the threshold. */
gboolean leyden_alert_is_breach    (const LeydenAlertRule *rule, const LeydenAlertReading *reading);
/* One evaluation. TRUE: the state changed. */
gboolean leyden_alert_step         (LeydenAlertStatus *self, const LeydenAlertRule *rule, const LeydenAlertReading *reading, gint64 now_ns);
/* What firing alone allows. */
gboolean leyden_alert_acknowledge  (LeydenAlertStatus *self, const char *actor, gint64 now_ns);
/* Its rule is switched off or goes: what fires is over. TRUE: the state changed. */
gboolean leyden_alert_end          (LeydenAlertStatus *self, gint64 now_ns);
/* "firing" or "resolved" when that is to be told now, which @self then holds as done; else NULL. */
const char *leyden_alert_take_news (LeydenAlertStatus *self, const LeydenAlertRule *rule, gint64 now_ns);

G_END_DECLS
