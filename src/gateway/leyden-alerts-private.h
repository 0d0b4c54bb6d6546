/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-alert-log.h"
#include "leyden-alerts.h"

G_BEGIN_DECLS

/* A rule and how it stands. */
typedef struct
{
  LeydenAlertRule   *rule;
  LeydenAlertStatus *status;
  guint64            revision;          /* counts on when somebody changes either */
} LeydenAlertEntry;

struct _LeydenAlerts
{
  GObject              parent_instance;

  LeydenSqliteStore   *store;
  LeydenWebhooks      *webhooks;
  LeydenClock          clock;
  gpointer             clock_data;
  LeydenAlertsChanged  changed;         /* nullable */
  LeydenAlertsReady    ready;           /* nullable */
  gpointer             owner;           /* of both */
  gint64               loaded_ns;
  GHashTable          *entries;         /* id → LeydenAlertEntry */
  guint64              revision;
  GSource             *every;
  GSource             *soon;
  gint64               rest_until_us;
  GCancellable        *cancellable;
  gboolean             busy;            /* asking, or writing: one thing after the other */
  GQueue               waiting;         /* GTask of what comes next */
  gboolean             stopped;
};

/* One thing after the other: each job is a task whose data says what to do. */
typedef void (*LeydenAlertsRun) (LeydenAlerts *self, GTask *task);
typedef struct
{
  LeydenAlertsRun     run;
  char               *id;
  char               *actor;
  char               *note;
  LeydenAlertRule    *rule;             /* PUT */
  GPtrArray          *changes;          /* LeydenAlertChange, while they are written */
  gboolean            forgets;          /* and the rule's history with them */
  GPtrArray          *questions;        /* while rules are evaluated */
  guint               at;               /* of them, the one that is asked */
  gint64              now_ns;
  gint64              began_us;
} LeydenAlertsJob;

/* leyden-alerts.c */
/* What it is about is the caller's to add before leyden_alerts_run_next(). (transfer none) */
LeydenAlertsJob   *leyden_alerts_push_job     (LeydenAlerts *self, LeydenAlertsRun run, gpointer tag, GAsyncReadyCallback callback, gpointer data);
void               leyden_alerts_run_next     (LeydenAlerts *self);
/* Takes @task and @error (nullable). */
void               leyden_alerts_end_job      (GTask *task, GError *error);
LeydenAlertChange *leyden_alerts_new_change   (LeydenAlerts *self, const LeydenAlertRule *rule, const LeydenAlertStatus *status, gboolean entered,
                                               const char *news);
void               leyden_alerts_tell_changed (LeydenAlerts *self, const char *id, const char *news);
/* Takes @task, whose job holds the changes, and ends it. */
void               leyden_alerts_write_job    (LeydenAlerts *self, GTask *task);
/* leyden-alerts-evaluate.c */
void               leyden_alerts_start_clock  (LeydenAlerts *self);

G_END_DECLS
