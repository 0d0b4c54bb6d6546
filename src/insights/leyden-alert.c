/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The states of rules. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-alert.h"

#include <math.h>
#include <string.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

static const char * const state_names[LEYDEN_ALERT_N_STATES] = { "ok", "pending", "firing", "acknowledged", "resolved" };

const char *
leyden_alert_state_to_string (LeydenAlertState state)
{
  g_return_val_if_fail ((guint) state < LEYDEN_ALERT_N_STATES, "ok");

  return state_names[state];
}

LeydenAlertState
leyden_alert_state_from_string (const char *text)
{
  for (guint i = 0; i < LEYDEN_ALERT_N_STATES; i++)
    if (g_strcmp0 (text, state_names[i]) == 0)
      return i;
  return LEYDEN_ALERT_OK;
}

void
leyden_alert_reading_clear (LeydenAlertReading *self)
{
  g_clear_pointer (&self->label, g_free);
  g_clear_pointer (&self->problem, g_free);
}

LeydenAlertStatus *
leyden_alert_status_new (gint64 now_ns)
{
  LeydenAlertStatus *self = g_new0 (LeydenAlertStatus, 1);

  self->since_ns = now_ns;
  self->value = NAN;
  return self;
}

LeydenAlertStatus *
leyden_alert_status_copy (const LeydenAlertStatus *self)
{
  LeydenAlertStatus *copy = g_memdup2 (self, sizeof *self);

  copy->label = g_strdup (self->label);
  copy->problem = g_strdup (self->problem);
  copy->actor = g_strdup (self->actor);
  return copy;
}

void
leyden_alert_status_free (LeydenAlertStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->label);
  g_free (self->problem);
  g_free (self->actor);
  g_free (self);
}

/* ---- Quiet hours ---- */

gboolean
leyden_alert_is_quiet (const LeydenAlertRule *self,
                       gint64                 now_ns)
{
  const LeydenQuiet *quiet;
  g_autoptr(GDateTime) utc = NULL;
  g_autoptr(GDateTime) local = NULL;
  guint today, yesterday;
  int minute;

  g_return_val_if_fail (self != NULL, FALSE);

  quiet = &self->quiet;
  if (!quiet->set)
    return FALSE;
  utc = g_date_time_new_from_unix_utc (now_ns / NS_PER_S);
  local = utc == NULL ? NULL : g_date_time_to_timezone (utc, quiet->zone);
  if (local == NULL)
    return FALSE;
  minute = g_date_time_get_hour (local) * 60 + g_date_time_get_minute (local);
  today = 1u << (g_date_time_get_day_of_week (local) - 1);
  yesterday = 1u << ((g_date_time_get_day_of_week (local) + 5) % 7);
  if (quiet->from < quiet->to)
    return (quiet->days & today) != 0 && minute >= quiet->from && minute < quiet->to;
  /* Over midnight; the same time twice is a whole day. */
  return ((quiet->days & today) != 0 && minute >= quiet->from) || ((quiet->days & yesterday) != 0 && minute < quiet->to);
}

/* ---- Steps ---- */

static gboolean
has_value (const LeydenAlertRule    *rule,
           const LeydenAlertReading *reading)
{
  if (reading->problem != NULL)
    return FALSE;
  if (rule->kind == LEYDEN_ALERT_ABSENCE)
    return TRUE;
  return isfinite (reading->value) && reading->n >= rule->min_n;
}

gboolean
leyden_alert_is_breach (const LeydenAlertRule    *rule,
                        const LeydenAlertReading *reading)
{
  g_return_val_if_fail (rule != NULL && reading != NULL, FALSE);

  if (!has_value (rule, reading))
    return FALSE;
  if (rule->kind == LEYDEN_ALERT_ABSENCE)
    return reading->n == 0;
  return reading->value > rule->above || reading->value < rule->below;
}

/* Whether what fires is over. With two thresholds `clear` is how far inside both. */
static gboolean
is_clear (const LeydenAlertRule    *rule,
          const LeydenAlertReading *reading)
{
  if (!has_value (rule, reading) || leyden_alert_is_breach (rule, reading))
    return FALSE;
  if (rule->kind == LEYDEN_ALERT_ABSENCE || isnan (rule->clear))
    return TRUE;
  if (!isnan (rule->above) && !isnan (rule->below))
    return reading->value <= rule->above - rule->clear && reading->value >= rule->below + rule->clear;
  return isnan (rule->below) ? reading->value <= rule->clear : reading->value >= rule->clear;
}

static void
enter (LeydenAlertStatus *self,
       LeydenAlertState   state,
       gint64             now_ns)
{
  self->state = state;
  self->since_ns = now_ns;
  if (state != LEYDEN_ALERT_FIRING)
    return;
  self->episode++;
  self->told = FALSE;
  g_clear_pointer (&self->actor, g_free);
}

static LeydenAlertState
find_next (const LeydenAlertStatus  *self,
           const LeydenAlertRule    *rule,
           const LeydenAlertReading *reading,
           gint64                    now_ns)
{
  gboolean breach = leyden_alert_is_breach (rule, reading);

  switch (self->state)
    {
    case LEYDEN_ALERT_FIRING:
    case LEYDEN_ALERT_ACKNOWLEDGED:
      return is_clear (rule, reading) ? LEYDEN_ALERT_RESOLVED : self->state;
    case LEYDEN_ALERT_PENDING:
      if (!breach)
        return LEYDEN_ALERT_OK;
      /* A clock that was set back begins the wait anew. */
      return now_ns - self->since_ns >= rule->for_s * NS_PER_S ? LEYDEN_ALERT_FIRING : LEYDEN_ALERT_PENDING;
    case LEYDEN_ALERT_RESOLVED:
      if (!breach)
        return now_ns - self->since_ns >= LEYDEN_ALERT_RESOLVED_S * NS_PER_S ? LEYDEN_ALERT_OK : LEYDEN_ALERT_RESOLVED;
      G_GNUC_FALLTHROUGH;
    case LEYDEN_ALERT_OK:
    default:
      if (!breach)
        return LEYDEN_ALERT_OK;
      return rule->for_s > 0 ? LEYDEN_ALERT_PENDING : LEYDEN_ALERT_FIRING;
    }
}

gboolean
leyden_alert_step (LeydenAlertStatus        *self,
                   const LeydenAlertRule    *rule,
                   const LeydenAlertReading *reading,
                   gint64                    now_ns)
{
  LeydenAlertState next;

  g_return_val_if_fail (self != NULL && rule != NULL && reading != NULL, FALSE);

  next = find_next (self, rule, reading, now_ns);
  self->evaluated_ns = now_ns;
  self->value = reading->value;
  g_free (self->label);
  self->label = g_strdup (reading->label);
  g_free (self->problem);
  self->problem = g_strdup (reading->problem);
  if (next == self->state)
    return FALSE;
  enter (self, next, now_ns);
  return TRUE;
}

gboolean
leyden_alert_acknowledge (LeydenAlertStatus *self,
                          const char        *actor,
                          gint64             now_ns)
{
  g_return_val_if_fail (self != NULL && actor != NULL, FALSE);

  if (self->state != LEYDEN_ALERT_FIRING)
    return FALSE;
  enter (self, LEYDEN_ALERT_ACKNOWLEDGED, now_ns);
  self->actor = g_strdup (actor);
  /* Whoever knows need not be told any more. */
  return TRUE;
}

gboolean
leyden_alert_end (LeydenAlertStatus *self,
                  gint64             now_ns)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->state == LEYDEN_ALERT_FIRING || self->state == LEYDEN_ALERT_ACKNOWLEDGED)
    enter (self, LEYDEN_ALERT_RESOLVED, now_ns);
  else if (self->state == LEYDEN_ALERT_PENDING)
    enter (self, LEYDEN_ALERT_OK, now_ns);
  else
    return FALSE;
  return TRUE;
}

const char *
leyden_alert_take_news (LeydenAlertStatus     *self,
                        const LeydenAlertRule *rule,
                        gint64                 now_ns)
{
  gboolean over = self->state != LEYDEN_ALERT_FIRING && self->state != LEYDEN_ALERT_ACKNOWLEDGED;

  if (leyden_alert_is_quiet (rule, now_ns))
    return NULL;
  if (self->state == LEYDEN_ALERT_FIRING && !self->told)
    {
      self->told = TRUE;
      return "firing";
    }
  if (over && self->told)
    {
      self->told = FALSE;
      return "resolved";
    }
  return NULL;
}
