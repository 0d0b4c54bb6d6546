/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules, from JSON and back. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-alert.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-buckets.h"
#include "leyden-query.h"
#include "leyden-webhook.h"

#define MAX_TITLE 200
#define MAX_WEBHOOKS 32
#define MIN_OVER_S 10
#define MAX_OVER_S (92 * 86400)
#define MAX_FOR_S (30 * 86400)
#define MAX_MIN_N 1000000000
/* One failure of one is no rate. */
#define ERROR_RATE_MIN_N 5

G_DEFINE_QUARK (leyden-alert-error-quark, leyden_alert_error)

static const char * const kind_names[LEYDEN_ALERT_N_KINDS] = { "threshold", "change", "absence", "budget", "error-rate" };
static const char * const severities[] = { "info", "warning", "critical", NULL };
static const char * const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

const char *
leyden_alert_kind_to_string (LeydenAlertKind kind)
{
  g_return_val_if_fail ((guint) kind < LEYDEN_ALERT_N_KINDS, "threshold");

  return kind_names[kind];
}

static void
quiet_clear (LeydenQuiet *self)
{
  g_free (self->zone_name);
  g_clear_pointer (&self->zone, g_time_zone_unref);
}

void
leyden_alert_rule_free (LeydenAlertRule *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  g_clear_pointer (&self->query, leyden_value_unref);
  quiet_clear (&self->quiet);
  g_free (self->severity);
  g_strfreev (self->webhooks);
  g_free (self);
}

LeydenAlertRule *
leyden_alert_rule_copy (const LeydenAlertRule *self)
{
  LeydenAlertRule *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->title = g_strdup (self->title);
  copy->query = leyden_value_ref (self->query);
  copy->quiet.zone_name = g_strdup (self->quiet.zone_name);
  copy->quiet.zone = self->quiet.zone == NULL ? NULL : g_time_zone_ref (self->quiet.zone);
  copy->severity = g_strdup (self->severity);
  copy->webhooks = g_strdupv (self->webhooks);
  return copy;
}

/* ---- Reading ---- */

static gboolean
fail (GError     **error,
      const char  *format,
      ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError     **error,
      const char  *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, LEYDEN_ALERT_ERROR, LEYDEN_ALERT_ERROR_INVALID, message);
  return FALSE;
}

static gboolean
read_flag (LeydenValue  *value,
           const char   *key,
           gboolean     *out,
           GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  if (leyden_value_is_null (member))
    return TRUE;
  if (leyden_value_get_kind (member) != LEYDEN_VALUE_BOOLEAN)
    return fail (error, _("“%s” must be true or false"), key);
  *out = leyden_value_get_boolean (member);
  return TRUE;
}

static gboolean
read_count (LeydenValue  *value,
            const char   *key,
            gint64        min,
            gint64        max,
            gint64       *out,
            GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  if (leyden_value_is_null (member))
    return TRUE;
  if (!leyden_value_get_int (member, out) || *out < min || *out > max)
    return fail (error, _("“%s” must be a whole number from %d to %d"), key, (int) min, (int) max);
  return TRUE;
}

static gboolean
read_number (LeydenValue  *value,
             const char   *key,
             double       *out,
             GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  *out = NAN;
  if (leyden_value_is_null (member))
    return TRUE;
  if (!leyden_value_get_double (member, out) || !isfinite (*out))
    return fail (error, _("“%s” must be a number"), key);
  return TRUE;
}

/* "22:30" as minutes; −1: not a time of day. */
static int
read_minutes (LeydenValue *value)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);
  int hour, minute;

  if (text == NULL || length != 5 || text[2] != ':' || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3])
      || !g_ascii_isdigit (text[4]))
    return -1;
  hour = (text[0] - '0') * 10 + text[1] - '0';
  minute = (text[3] - '0') * 10 + text[4] - '0';
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static int
find_name (const char * const *names,
           const char         *name)
{
  for (int i = 0; name != NULL && names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

static gboolean
read_days (LeydenQuiet  *self,
           LeydenValue  *list,
           GError      **error)
{
  self->days = 0x7f;
  if (leyden_value_is_null (list))
    return TRUE;
  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST || leyden_value_get_size (list) == 0)
    return fail (error, _("“days” of “quiet” must be a list of mon, tue, wed, thu, fri, sat, sun"));
  self->days = 0;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      int day = find_name (day_names, leyden_value_get_string (leyden_value_get_item (list, i), NULL));

      if (day < 0)
        return fail (error, _("“days” of “quiet” must be a list of mon, tue, wed, thu, fri, sat, sun"));
      self->days |= 1u << day;
    }
  return TRUE;
}

static gboolean
read_quiet (LeydenQuiet  *self,
            LeydenValue  *value,
            GError      **error)
{
  const char *zone = leyden_value_get_member_string (value, "zone", "UTC");

  if (leyden_value_is_null (value))
    return TRUE;
  self->from = read_minutes (leyden_value_get_member (value, "from"));
  self->to = read_minutes (leyden_value_get_member (value, "to"));
  if (self->from < 0 || self->to < 0)
    return fail (error, _("“quiet” must have “from” and “to”, times of day like 22:30"));
  self->zone = leyden_time_zone_new (zone, error);
  if (self->zone == NULL)
    {
      g_clear_error (error);
      return fail (error, _("“zone” of “quiet” must be a time zone like Europe/Berlin"));
    }
  self->zone_name = g_strdup (zone);
  self->set = TRUE;
  return read_days (self, leyden_value_get_member (value, "days"), error);
}

static gboolean
read_webhooks (LeydenAlertRule  *self,
               LeydenValue      *list,
               GError          **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (!leyden_value_is_null (list) && (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST || leyden_value_get_size (list) > MAX_WEBHOOKS))
    return fail (error, _("“webhooks” must be a list of names"));
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *name = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (!leyden_webhook_is_name (name))
        return fail (error, _("“webhooks” must be a list of names"));
      g_strv_builder_add (builder, name);
    }
  self->webhooks = g_strv_builder_end (builder);
  return TRUE;
}

/* The window is ours, and one value is wanted. */
static gboolean
read_query (LeydenAlertRule  *self,
            LeydenValue      *query,
            GError          **error)
{
  static const char * const ours[] = { "shape", "from", "to", "compare", "band", "interval", "buckets", "bins" };
  g_autoptr(LeydenValue) plain = NULL;
  g_autoptr(GError) local = NULL;

  if (leyden_value_get_kind (query) != LEYDEN_VALUE_OBJECT)
    return fail (error, _("“query” must be an object with a “metric”"));
  if (leyden_value_get_member (query, "live") != NULL || leyden_value_get_member (query, "source") != NULL)
    return fail (error, _("“query” must ask for a metric of this backend"));
  plain = leyden_value_ref (query);
  for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
    if (leyden_value_get_member (plain, ours[i]) != NULL)
      {
        LeydenValue *without = leyden_value_with_member (plain, ours[i], NULL);

        leyden_value_unref (plain);
        plain = without;
      }
  {
    g_autoptr(LeydenValue) shape = leyden_value_new_string ("value", -1);
    g_autoptr(LeydenValue) asked = leyden_value_get_member (plain, "sql") != NULL ? leyden_value_ref (plain)
                                                                                 : leyden_value_with_member (plain, "shape", shape);

    if (!leyden_query_check (asked, &local))
      return fail (error, _("“query”: %s"), local->message);
  }
  self->query = g_steal_pointer (&plain);
  return TRUE;
}

static gboolean
read_thresholds (LeydenAlertRule  *self,
                 LeydenValue      *value,
                 GError          **error)
{
  if (!read_number (value, "above", &self->above, error) || !read_number (value, "below", &self->below, error)
      || !read_number (value, "clear", &self->clear, error))
    return FALSE;
  if (self->kind == LEYDEN_ALERT_ABSENCE)
    return TRUE;
  if (isnan (self->above) && isnan (self->below))
    return fail (error, _("A rule needs “above” or “below”"));
  if (!isnan (self->above) && !isnan (self->below))
    {
      if (self->below >= self->above)
        return fail (error, _("“below” must be less than “above”"));
      if (!isnan (self->clear) && (self->clear < 0 || self->clear > (self->above - self->below) / 2))
        return fail (error, _("“clear” must be how far inside both thresholds the value has to be"));
      return TRUE;
    }
  if (!isnan (self->clear) && (self->clear > self->above || self->clear < self->below))
    return fail (error, _("“clear” must be on the good side of the threshold"));
  return TRUE;
}

static gboolean
read_kind (LeydenAlertRule  *self,
           LeydenValue      *value,
           GError          **error)
{
  const char *name = leyden_value_get_member_string (value, "kind", "threshold");

  for (guint i = 0; i < LEYDEN_ALERT_N_KINDS; i++)
    if (strcmp (kind_names[i], name) == 0)
      {
        self->kind = i;
        self->min_n = self->kind == LEYDEN_ALERT_ERROR_RATE ? ERROR_RATE_MIN_N : 0;
        return TRUE;
      }
  return fail (error, _("“kind” must be one of threshold, change, absence, budget, error-rate"));
}

static gboolean
read_texts (LeydenAlertRule  *self,
            LeydenValue      *value,
            GError          **error)
{
  gsize length = 0;
  const char *title = leyden_value_get_string (leyden_value_get_member (value, "title"), &length);
  const char *severity = leyden_value_get_member_string (value, "severity", "warning");

  if (title == NULL || length == 0 || length > MAX_TITLE || strlen (title) != length || strpbrk (title, "\r\n") != NULL)
    return fail (error, _("“title” must be one line of text"));
  if (find_name (severities, severity) < 0)
    return fail (error, _("“severity” must be info, warning or critical"));
  self->title = g_strdup (title);
  self->severity = g_strdup (severity);
  return TRUE;
}

LeydenAlertRule *
leyden_alert_rule_from_value (const char   *id,
                              LeydenValue  *value,
                              GError      **error)
{
  g_autoptr(LeydenAlertRule) self = g_new0 (LeydenAlertRule, 1);

  g_return_val_if_fail (id != NULL && value != NULL, NULL);

  self->id = g_strdup (id);
  self->enabled = TRUE;
  self->desktop = TRUE;
  self->over_s = 300;
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      fail (error, _("A rule is an object"));
      return NULL;
    }
  if (!leyden_webhook_is_name (id))
    {
      fail (error, _("The id of a rule has 1 to 64 small letters, digits, “-”, “_” or “.”"));
      return NULL;
    }
  if (read_texts (self, value, error) && read_kind (self, value, error) && read_flag (value, "enabled", &self->enabled, error)
      && read_flag (value, "desktop", &self->desktop, error) && read_flag (value, "forecast", &self->forecast, error)
      && read_count (value, "over_s", MIN_OVER_S, MAX_OVER_S, &self->over_s, error) && read_count (value, "for_s", 0, MAX_FOR_S, &self->for_s, error)
      && read_count (value, "min_n", 0, MAX_MIN_N, &self->min_n, error) && read_thresholds (self, value, error)
      && read_quiet (&self->quiet, leyden_value_get_member (value, "quiet"), error)
      && read_webhooks (self, leyden_value_get_member (value, "webhooks"), error)
      && read_query (self, leyden_value_get_member (value, "query"), error))
    return g_steal_pointer (&self);
  return NULL;
}

/* ---- Writing ---- */

static void
set_number (LeydenValueBuilder *b,
            const char         *key,
            double              value)
{
  if (!isnan (value))
    leyden_value_builder_set_double (b, key, value);
}

static void
write_quiet (LeydenValueBuilder *b,
             const LeydenQuiet  *quiet)
{
  g_autofree char *from = g_strdup_printf ("%02d:%02d", quiet->from / 60, quiet->from % 60);
  g_autofree char *to = g_strdup_printf ("%02d:%02d", quiet->to / 60, quiet->to % 60);

  leyden_value_builder_key (b, "quiet");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "from", from);
  leyden_value_builder_set_string (b, "to", to);
  leyden_value_builder_set_string (b, "zone", quiet->zone_name);
  if (quiet->days != 0x7f)
    {
      leyden_value_builder_key (b, "days");
      leyden_value_builder_begin_list (b);
      for (guint i = 0; i < 7; i++)
        if ((quiet->days & 1u << i) != 0)
          leyden_value_builder_add_string (b, day_names[i]);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_alert_rule_to_value (const LeydenAlertRule *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", self->id);
  leyden_value_builder_set_string (&b, "title", self->title);
  leyden_value_builder_set_boolean (&b, "enabled", self->enabled);
  leyden_value_builder_set_string (&b, "kind", kind_names[self->kind]);
  leyden_value_builder_set (&b, "query", self->query);
  leyden_value_builder_set_int (&b, "over_s", self->over_s);
  set_number (&b, "above", self->above);
  set_number (&b, "below", self->below);
  set_number (&b, "clear", self->clear);
  leyden_value_builder_set_int (&b, "for_s", self->for_s);
  if (self->min_n > 0)
    leyden_value_builder_set_int (&b, "min_n", self->min_n);
  if (self->forecast)
    leyden_value_builder_set_boolean (&b, "forecast", TRUE);
  if (self->quiet.set)
    write_quiet (&b, &self->quiet);
  leyden_value_builder_set_string (&b, "severity", self->severity);
  leyden_value_builder_set_boolean (&b, "desktop", self->desktop);
  leyden_value_builder_key (&b, "webhooks");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; self->webhooks[i] != NULL; i++)
    leyden_value_builder_add_string (&b, self->webhooks[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
