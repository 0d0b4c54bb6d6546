/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-retry.h"

#include <libsoup/soup.h>
#include <string.h>

guint
leyden_http_retry_backoff_ms (guint  attempt,
                              double uniform)
{
  guint shift = MIN (attempt > 0 ? attempt - 1 : 0, 16);
  double ceiling = MIN ((double) LEYDEN_HTTP_RETRY_CAP_MS, (double) LEYDEN_HTTP_RETRY_BASE_MS * (double) (1u << shift));

  return (guint) (CLAMP (uniform, 0.0, 1.0) * ceiling);
}

static gboolean
parse_seconds (const char *text,
               guint       max_s,
               guint      *delay_s)
{
  gsize n_digits = strspn (text, "0123456789");

  if (n_digits == 0 || text[n_digits] != '\0')
    return FALSE;
  /* More digits than the cap has are the cap, whatever they say. */
  *delay_s = n_digits > 9 ? max_s : MIN ((guint) g_ascii_strtoull (text, NULL, 10), max_s);
  return TRUE;
}

gboolean
leyden_http_retry_parse_after_s (const char *value,
                                 gint64      now_s,
                                 guint       max_s,
                                 guint      *delay_s)
{
  g_autofree char *text = g_strstrip (g_strdup (value));
  g_autoptr(GDateTime) date = NULL;
  gint64 wait_s;

  if (parse_seconds (text, max_s, delay_s))
    return TRUE;
  if (!g_ascii_isalpha (text[0]))
    return FALSE;
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return FALSE;
  wait_s = g_date_time_to_unix (date) - now_s;
  if (wait_s < 0)
    return FALSE;
  *delay_s = (guint) MIN (wait_s, max_s);
  return TRUE;
}

gboolean
leyden_http_retry_parse_after (const char *value,
                               gint64      now_s,
                               guint      *delay_ms)
{
  guint delay_s;

  if (!leyden_http_retry_parse_after_s (value, now_s, LEYDEN_HTTP_RETRY_CAP_MS / 1000, &delay_s))
    return FALSE;
  *delay_ms = delay_s * 1000;
  return TRUE;
}

guint
leyden_http_retry_delay_ms (guint       attempt,
                            double      uniform,
                            const char *after,
                            gint64      now_s)
{
  guint backoff_ms = leyden_http_retry_backoff_ms (attempt, uniform);
  guint asked_ms;

  if (after != NULL && leyden_http_retry_parse_after (after, now_s, &asked_ms))
    return MAX (backoff_ms, asked_ms);
  return backoff_ms;
}

gboolean
leyden_http_retry_wants_status (guint status)
{
  switch (status)
    {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
    case 529:   /* "overloaded" of several model providers */
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
leyden_http_breaker_enter (LeydenHttpBreaker *self,
                           gint64             now_us,
                           guint             *wait_ms)
{
  *wait_ms = 0;
  if (self->open_until_us == 0)
    return TRUE;
  if (now_us < self->open_until_us)
    *wait_ms = (guint) ((self->open_until_us - now_us + 999) / 1000);
  else if (self->on_trial)
    *wait_ms = self->open_ms;
  else
    self->on_trial = TRUE;
  return *wait_ms == 0;
}

void
leyden_http_breaker_report (LeydenHttpBreaker *self,
                            gint64             now_us,
                            gboolean           success)
{
  gboolean trial = self->on_trial;

  if (success)
    {
      self->n_failures = 0;
      self->open_until_us = 0;
      self->on_trial = FALSE;
      return;
    }
  self->n_failures++;
  /* Calls that were under way when it opened do not prolong it. */
  if (self->limit == 0 || self->n_failures < self->limit || (self->open_until_us != 0 && !trial))
    return;
  self->on_trial = FALSE;
  self->open_until_us = now_us + (gint64) self->open_ms * 1000;
}

void
leyden_http_breaker_withdraw (LeydenHttpBreaker *self)
{
  self->on_trial = FALSE;
}
