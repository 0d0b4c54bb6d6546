/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

static const struct { const char *state; const char *title; const char *icon; } states[] = {
  { "ok", N_("OK"), "emblem-ok-symbolic" },
  { "pending", N_("Pending"), "content-loading-symbolic" },
  { "firing", N_("Firing"), "dialog-warning-symbolic" },
  { "acknowledged", N_("Acknowledged"), "emblem-default-symbolic" },
  { "resolved", N_("Resolved"), "emblem-ok-symbolic" },
};

const char *
leyden_alert_state_title (const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (state, states[i].state) == 0)
      return _(states[i].title);
  return _("OK");
}

const char *
leyden_alert_state_icon (const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (state, states[i].state) == 0)
      return states[i].icon;
  return "emblem-ok-symbolic";
}

const char *
leyden_alert_state_style (const char *state,
                          const char *severity)
{
  if (g_strcmp0 (state, "firing") == 0)
    return g_strcmp0 (severity, "critical") == 0 ? "error" : g_strcmp0 (severity, "info") == 0 ? "accent" : "warning";
  if (g_strcmp0 (state, "acknowledged") == 0 || g_strcmp0 (state, "pending") == 0)
    return "warning";
  return g_strcmp0 (state, "resolved") == 0 ? "success" : "dim-label";
}

const char *
leyden_alert_severity_title (const char *severity)
{
  if (g_strcmp0 (severity, "critical") == 0)
    return _("Critical");
  return g_strcmp0 (severity, "info") == 0 ? _("Info") : _("Warning");
}

char *
leyden_alert_format_value (double      value,
                           const char *unit)
{
  if (!isfinite (value))
    return g_strdup ("–");
  if (g_strcmp0 (unit, "ratio") == 0)
    return g_strdup_printf (_("%.4g %%"), value * 100);
  if (g_strcmp0 (unit, "ms") == 0 && fabs (value) >= 1000)
    return g_strdup_printf (_("%.4g s"), value / 1000);
  if (g_strcmp0 (unit, "ms") == 0)
    return g_strdup_printf (_("%.4g ms"), value);
  return g_strdup_printf ("%.6g", value);
}

char *
leyden_alert_format_span (gint64 seconds)
{
  gint64 days = seconds / 86400, hours = seconds / 3600, minutes = seconds / 60;

  if (seconds >= 86400 && seconds % 86400 == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%d day", "%d days", (gulong) days), (int) days);
  if (seconds >= 3600 && seconds % 3600 == 0)
    return g_strdup_printf (_("%d h"), (int) hours);
  if (seconds >= 3600)
    return g_strdup_printf (_("%d h %d min"), (int) hours, (int) (minutes % 60));
  if (seconds >= 60 && seconds % 60 == 0)
    return g_strdup_printf (_("%d min"), (int) minutes);
  return g_strdup_printf (_("%d s"), (int) seconds);
}

char *
leyden_alert_format_time (gint64 time_ns)
{
  g_autoptr(GDateTime) time = time_ns > 0 ? g_date_time_new_from_unix_local (time_ns / NS_PER_S) : NULL;
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();

  if (time == NULL)
    return g_strdup ("–");
  if (g_date_time_get_year (time) == g_date_time_get_year (now) && g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (now))
    return g_date_time_format (time, "%X");
  return g_date_time_format (time, "%x %X");
}

/* ---- Rules ---- */

const char *
leyden_alert_get_unit (const char *kind,
                       const char *aggregation,
                       const char *unit)
{
  /* Against another number of the same metric: its own unit says nothing. */
  if (g_strcmp0 (kind, "change") == 0 || g_strcmp0 (kind, "budget") == 0 || g_strcmp0 (aggregation, "share") == 0)
    return "ratio";
  return g_strcmp0 (aggregation, "count") == 0 || g_strcmp0 (aggregation, "rate") == 0 ? "" : unit;
}

static const char *
get_unit (LeydenValue *rule,
          const char  *unit)
{
  return leyden_alert_get_unit (leyden_value_get_member_string (rule, "kind", NULL),
                                leyden_value_get_member_string (leyden_value_get_member (rule, "query"), "aggregation", NULL), unit);
}

/* What was measured, to as many digits as one can use; a threshold is said as it was given. */
static char *
format_reading (double      value,
                const char *unit)
{
  if (isfinite (value) && *unit == '\0' && fabs (value) < 1000)
    return g_strdup_printf ("%.*g", fabs (value) < 1 ? 3 : 4, value);
  return leyden_alert_format_value (value, unit);
}

static char *
describe_thresholds (LeydenValue *rule,
                     const char  *unit)
{
  double above = leyden_value_get_member_double (rule, "above", NAN), below = leyden_value_get_member_double (rule, "below", NAN);
  g_autofree char *high = leyden_alert_format_value (above, unit);
  g_autofree char *low = leyden_alert_format_value (below, unit);

  if (!isnan (above) && !isnan (below))
    return g_strdup_printf (_("above %s or below %s"), high, low);
  return isnan (above) ? g_strdup_printf (_("below %s"), low) : g_strdup_printf (_("above %s"), high);
}

static char *
describe_condition (LeydenValue *rule,
                    const char  *title,
                    const char  *unit,
                    const char  *window)
{
  const char *kind = leyden_value_get_member_string (rule, "kind", "threshold");
  g_autofree char *thresholds = describe_thresholds (rule, get_unit (rule, unit));

  if (g_str_equal (kind, "absence"))
    return g_strdup_printf (_("Nothing of “%s” for %s"), title, window);
  if (g_str_equal (kind, "budget"))
    return leyden_value_get_member_boolean (rule, "forecast", FALSE) ? g_strdup_printf (_("Forecast of the month %s of the budget"), thresholds)
                                                                    : g_strdup_printf (_("Used of the month's budget: %s"), thresholds);
  if (g_str_equal (kind, "change"))
    return g_strdup_printf (_("Change of “%s” %s against the %s before"), title, thresholds, window);
  return g_strdup_printf (_("%s %s over %s"), title, thresholds, window);
}

char *
leyden_alert_describe_rule (LeydenValue *rule,
                            const char  *title,
                            const char  *unit)
{
  g_autofree char *window = leyden_alert_format_span (leyden_value_get_member_int (rule, "over_s", 300));
  gint64 for_s = leyden_value_get_member_int (rule, "for_s", 0);
  g_autofree char *held = leyden_alert_format_span (for_s);
  g_autofree char *condition = describe_condition (rule, title, unit, window);

  return for_s > 0 ? g_strdup_printf (_("%s, for %s"), condition, held) : g_steal_pointer (&condition);
}

char *
leyden_alert_describe_status (LeydenValue *rule,
                              const char  *unit)
{
  LeydenValue *status = leyden_value_get_member (rule, "status");
  const char *state = leyden_value_get_member_string (status, "state", "ok");
  const char *label = leyden_value_get_member_string (status, "label", NULL);
  const char *actor = leyden_value_get_member_string (status, "actor", NULL);
  const char *problem = leyden_value_get_member_string (status, "problem", NULL);
  double value = leyden_value_get_member_double (status, "value", NAN);
  g_autofree char *since = leyden_alert_format_time (leyden_value_get_member_int (status, "since", 0));
  g_autofree char *number = format_reading (value, get_unit (rule, unit));
  g_autoptr(GString) text = g_string_new (NULL);

  if (!leyden_value_get_member_boolean (rule, "enabled", TRUE))
    return g_strdup (_("Switched off"));
  if (g_str_equal (state, "ok"))
    g_string_append (text, _("OK"));
  else
    g_string_append_printf (text, _("%s since %s"), leyden_alert_state_title (state), since);
  if (!isnan (value))
    g_string_append_printf (text, " · %s", number);
  if (label != NULL)
    g_string_append_printf (text, " · %s", label);
  if (actor != NULL && g_str_equal (state, "acknowledged"))
    g_string_append_printf (text, _(" · by %s"), actor);
  if (leyden_value_get_member_boolean (status, "quiet", FALSE))
    g_string_append_printf (text, " · %s", _("quiet hours"));
  if (problem != NULL)
    g_string_append_printf (text, " · %s", problem);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_alert_describe_preview (LeydenValue *preview,
                               guint        days)
{
  LeydenValue *fired = leyden_value_get_member (preview, "fired");
  guint n = leyden_value_get_size (fired);
  const char *unit = leyden_value_get_member_string (preview, "unit", "");
  const char *problem = leyden_value_get_member_string (preview, "problem", NULL);
  g_autofree char *now = format_reading (leyden_value_get_member_double (preview, "value", NAN), unit);
  g_autofree char *past = NULL;

  if (problem != NULL)
    return g_strdup (problem);
  if (n == 0)
    past = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "It would not have fired in the past day.", "It would not have fired in the past %u days.", days), days);
  else
    {
      g_autofree char *last = leyden_alert_format_time (leyden_value_get_member_int (leyden_value_get_item (fired, n - 1), "from", 0));

      past = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "It would have fired %u time, last at %s.", "It would have fired %u times, last at %s.", n), n, last);
    }
  return leyden_value_get_member_boolean (preview, "breach", FALSE) ? g_strdup_printf (_("Now: %s, beyond the threshold. %s"), now, past)
                                                                   : g_strdup_printf (_("Now: %s. %s"), now, past);
}

char *
leyden_alert_describe_entry (LeydenValue *entry,
                             LeydenValue *rule,
                             const char  *unit)
{
  g_autofree char *time = leyden_alert_format_time (leyden_value_get_member_int (entry, "time", 0));
  double value = leyden_value_get_member_double (entry, "value", NAN);
  const char *actor = leyden_value_get_member_string (entry, "actor", NULL);
  const char *note = leyden_value_get_member_string (entry, "note", NULL);
  g_autoptr(GString) text = g_string_new (leyden_alert_state_title (leyden_value_get_member_string (entry, "state", "ok")));

  g_string_append_printf (text, " · %s", time);
  if (!isnan (value))
    {
      g_autofree char *number = format_reading (value, get_unit (rule, unit));

      g_string_append_printf (text, " · %s", number);
    }
  if (actor != NULL)
    g_string_append_printf (text, _(" · by %s"), actor);
  if (note != NULL && *note != '\0')
    g_string_append_printf (text, " · %s", note);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- Webhooks ---- */

static const struct { const char *event; const char *title; } events[] = {
  { "run.started", N_("A run begins") },
  { "run.finished", N_("A run has ended") },
  { "run.succeeded", N_("A run succeeded") },
  { "run.failed", N_("A run failed") },
  { "run.cancelled", N_("A run was cancelled") },
  { "rollout.started", N_("A rollout begins") },
  { "rollout.finished", N_("A rollout has ended") },
  { "rollout.succeeded", N_("A rollout succeeded") },
  { "rollout.failed", N_("A rollout failed") },
  { "rollout.cancelled", N_("A rollout was cancelled") },
  { "rollout.reward", N_("A rollout got a reward") },
  { "rollout.waiting", N_("A rollout waits for a person") },
  { "experiment.started", N_("A training begins") },
  { "experiment.finished", N_("A training has ended") },
  { "experiment.failed", N_("A training failed") },
  { "alert.firing", N_("An alert fires") },
  { "alert.acknowledged", N_("An alert was acknowledged") },
  { "alert.resolved", N_("An alert is over") },
  { "run.*", N_("Everything about runs") },
  { "rollout.*", N_("Everything about rollouts") },
  { "experiment.*", N_("Everything about trainings") },
  { "alert.*", N_("Everything about alerts") },
  { "*", N_("Everything") },
  { "test", N_("Test") },
};

char *
leyden_webhook_describe_event (const char *event)
{
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    if (g_strcmp0 (event, events[i].event) == 0)
      return g_strdup (_(events[i].title));
  return g_strdup (event);
}

char *
leyden_webhook_describe_counts (LeydenValue *hook)
{
  return g_strdup_printf (_("Delivered %d, waiting %d, failed %d"), (int) leyden_value_get_member_int (hook, "delivered", 0),
                          (int) leyden_value_get_member_int (hook, "waiting", 0), (int) leyden_value_get_member_int (hook, "failed", 0));
}

char *
leyden_webhook_describe_problem (LeydenValue *hook)
{
  const char *reason = leyden_value_get_member_string (hook, "reason", NULL);
  const char *error = leyden_value_get_member_string (hook, "last_error", NULL);
  gint64 next_ns = leyden_value_get_member_int (hook, "next", 0), paused_ns = leyden_value_get_member_int (hook, "paused_until", 0);
  g_autofree char *next = leyden_alert_format_time (MAX (next_ns, paused_ns));

  if (!leyden_value_get_member_boolean (hook, "enabled", TRUE))
    return reason != NULL ? g_strdup_printf (_("Switched off: %s"), reason) : g_strdup (_("Switched off"));
  if (error == NULL)
    return NULL;
  return next_ns > 0 ? g_strdup_printf (_("%s. Next try: %s"), error, next) : g_strdup (error);
}

char *
leyden_webhook_describe_delivery (LeydenValue *delivery)
{
  const char *state = leyden_value_get_member_string (delivery, "state", "");
  int tries = (int) leyden_value_get_member_int (delivery, "tries", 0);
  gboolean waiting = g_strcmp0 (state, "waiting") == 0;
  g_autofree char *time = leyden_alert_format_time (leyden_value_get_member_int (delivery, waiting ? "due" : "finished", 0));
  g_autofree char *tried = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%d try", "%d tries", (gulong) tries), tries);

  if (waiting)
    return tries == 0 ? g_strdup (_("Waiting")) : g_strdup_printf (_("Waiting, next try: %s · %s"), time, tried);
  if (g_strcmp0 (state, "delivered") == 0)
    return g_strdup_printf (_("Delivered at %s · %s"), time, tried);
  return g_strdup_printf (_("Failed at %s · %s"), time, tried);
}
