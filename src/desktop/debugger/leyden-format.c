/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-steps-view.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-text.h"

static const struct
{
  const char *state;
  const char *icon;
  const char *title;
} states[] = {
  { "pending", "content-loading-symbolic", N_("Not started") },
  { "queued", "content-loading-symbolic", N_("Queued") },
  { "running", "media-playback-start-symbolic", N_("Running") },
  { "waiting", "alarm-symbolic", N_("Waiting") },
  { "paused", "media-playback-pause-symbolic", N_("Paused") },
  { "succeeded", "emblem-ok-symbolic", N_("Succeeded") },
  { "wrong", "dialog-warning-symbolic", N_("Not right") },
  { "failed", "dialog-error-symbolic", N_("Failed") },
  { "skipped", "media-skip-forward-symbolic", N_("Skipped") },
  { "cancelled", "process-stop-symbolic", N_("Cancelled") },
  { "interrupted", "process-stop-symbolic", N_("Interrupted") },
};

const char *
leyden_state_icon (const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (states[i].state, state) == 0)
      return states[i].icon;
  return "dialog-question-symbolic";
}

const char *
leyden_state_title (const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (states[i].state, state) == 0)
      return _(states[i].title);
  return state != NULL ? state : "";
}

char *
leyden_format_value (LeydenValue *value,
                     guint        max_chars)
{
  g_autofree char *json = NULL;
  const char *text;
  gsize length;

  text = leyden_value_get_string (value, &length);
  if (text == NULL)
    {
      json = g_strchomp (leyden_json_write (value, LEYDEN_JSON_PRETTY));
      text = json;
      length = strlen (json);
    }
  if (length == 0)
    return g_strdup (_("(empty text)"));
  return leyden_text_display (text, (gssize) length, max_chars, TRUE);
}

char *
leyden_format_duration (double milliseconds)
{
  double seconds = milliseconds / 1000;
  double minutes;

  if (!isfinite (milliseconds) || milliseconds < 0)
    return g_strdup ("–");
  if (milliseconds < 0.95)
    return g_strdup (_("< 1 ms"));
  if (milliseconds < 999.5)
    return g_strdup_printf (_("%.0f ms"), milliseconds);
  if (seconds < 59.95)
    return g_strdup_printf (_("%.1f s"), seconds);
  minutes = floor (round (seconds) / 60);
  if (minutes < 60)
    return g_strdup_printf (_("%d min %d s"), (int) minutes, (int) (round (seconds) - minutes * 60));
  return g_strdup_printf (_("%.0f h %d min"), floor (minutes / 60), (int) fmod (minutes, 60));
}

char *
leyden_format_cost (double   cost,
                    gboolean simulated)
{
  if (!isfinite (cost) || fabs (cost) >= 1e9)
    return g_strdup ("–");
  if (simulated)
    return g_strdup_printf (cost > 0 && cost < 0.1 ? _("%.4f simulated credits") : _("%.2f simulated credits"), cost);
  return g_strdup_printf (cost > 0 && cost < 0.1 ? _("$%.4f") : _("$%.2f"), cost);
}
