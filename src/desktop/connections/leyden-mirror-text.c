/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-mirror-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-steps-view.h"

#define GOOD_SHARE 0.0005

static const char *
get_text (LeydenValue *value,
          const char  *key)
{
  return leyden_value_get_member_string (value, key, NULL);
}

/* For people: what is more than fits here is no count. */
static guint
get_count (LeydenValue *value,
           const char  *key)
{
  return (guint) CLAMP (leyden_value_get_member_int (value, key, 0), 0, G_MAXINT);
}

char *
leyden_mirror_describe_state (LeydenValue *mirror)
{
  const char *state = leyden_value_get_member_string (mirror, "state", "connecting");
  const char *error = get_text (mirror, "error");
  double latency_ms = leyden_value_get_member_double (mirror, "latency_ms", NAN);
  g_autofree char *interval = leyden_format_duration (get_count (mirror, "interval_ms"));
  g_autofree char *latency = isfinite (latency_ms) ? leyden_format_duration (latency_ms) : NULL;

  if (error != NULL)
    return g_strdup (error);
  if (!g_str_equal (state, "connected"))
    return g_strdup (_("Connecting…"));
  if (latency == NULL)
    return g_strdup_printf (_("Connected. Asked every %s."), interval);
  return g_strdup_printf (_("Connected. Asked every %s; it answers in %s."), interval, latency);
}

char *
leyden_mirror_describe_proxy (LeydenValue *mirror)
{
  LeydenValue *proxy = leyden_value_get_member (mirror, "proxy");
  guint inflight = get_count (proxy, "inflight");
  const char *reason = get_text (proxy, "reason");
  g_autofree char *calls = NULL;

  if (leyden_value_is_null (proxy))
    return g_strdup (_("Not known yet"));
  calls = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u call under way", "%u calls under way", inflight),
                           inflight);
  if (!leyden_value_get_member_boolean (proxy, "paused", FALSE))
    return g_strdup_printf (_("Running, %s"), calls);
  if (reason != NULL && *reason != '\0')
    return g_strdup_printf (_("Paused (%s), %s"), reason, calls);
  return g_strdup_printf (_("Paused, %s"), calls);
}

static void
add_line (GString *text,
          char    *line)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
  g_free (line);
}

char *
leyden_mirror_describe_missed (LeydenValue *mirror)
{
  LeydenValue *missed = leyden_value_get_member (mirror, "missed");
  double share = leyden_value_get_member_double (missed, "share", 0);
  GString *text = g_string_new (NULL);
  guint n;

  if (share >= GOOD_SHARE)
    add_line (text, g_strdup_printf (_("At least %.1f %% of the rollouts were not seen to their end."), share * 100));
  if ((n = get_count (missed, "rollouts")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "At least %u rollout began and ended between two questions and was deleted.",
                                                  "At least %u rollouts began and ended between two questions and were deleted.", n), n));
  if ((n = get_count (missed, "unfinished")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout was removed before its end was read.",
                                                  "%u rollouts were removed before their end was read.", n), n));
  if ((n = get_count (missed, "attempts")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Events of %u earlier attempt are no longer shown by the server.",
                                                  "Events of %u earlier attempts are no longer shown by the server.", n), n));
  if ((n = get_count (missed, "restarts")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "The server began anew %u time and had forgotten its rollouts.",
                                                  "The server began anew %u times and had forgotten its rollouts.", n), n));
  if ((n = get_count (missed, "before")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout was deleted before this began.",
                                                  "%u rollouts were deleted before this began.", n), n));
  if ((n = get_count (missed, "unreadable")) > 0)
    add_line (text, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout could not be read.",
                                                  "%u rollouts could not be read.", n), n));
  if (leyden_value_get_member_boolean (missed, "beyond_limit", FALSE))
    add_line (text, g_strdup (_("There are more unfinished rollouts than are looked at in one question; the oldest come first.")));
  if (text->len == 0)
    g_string_append (text, _("Nothing that is known."));
  return g_string_free (text, FALSE);
}

char *
leyden_mirror_describe_counts (LeydenValue *mirror)
{
  LeydenValue *rollouts = leyden_value_get_member (mirror, "rollouts");

  return g_strdup_printf (_("%u queued, %u running, %u ended"), get_count (rollouts, "queued"),
                          get_count (rollouts, "running"), get_count (rollouts, "ended"));
}

char *
leyden_mirror_describe_model (LeydenValue *model)
{
  guint n = get_count (model, "calls");
  g_autofree char *calls = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u call",
                                                  "%u calls", n), n);

  return g_strdup_printf (_("%s, version %u, %s"), leyden_value_get_member_string (model, "endpoint", ""),
                          get_count (model, "version"), calls);
}

/* ---- Records ---- */

static char *
describe_call (LeydenValue  *data,
               char        **subtitle)
{
  LeydenValue *usage = leyden_value_get_member (data, "usage");
  const char *model = leyden_value_get_member_string (leyden_value_get_member (data, "server"), "model", leyden_value_get_member_string (data, "model", "?"));
  const char *status = leyden_value_get_member_string (data, "status", "");
  g_autofree char *latency = leyden_format_duration (leyden_value_get_member_double (data, "latency_ms", NAN));

  if (g_str_equal (status, "error"))
    *subtitle = g_strdup_printf (_("%s, refused with status %u"), model, get_count (data, "http_status"));
  else
    *subtitle = g_strdup_printf (_("%s, %u tokens in, %u out, %s"), model, get_count (usage, "prompt_tokens"),
                                 get_count (usage, "completion_tokens"), latency);
  return g_strdup (_("Model call"));
}

static char *
describe_event (LeydenValue  *payload,
                char        **subtitle)
{
  LeydenValue *data = leyden_value_get_member (payload, "data");
  const char *type = leyden_value_get_member_string (payload, "event_type", "");
  double reward;

  if (g_str_equal (type, "model_request"))
    return describe_call (data, subtitle);
  if (g_str_equal (type, "reward") && leyden_value_get_double (leyden_value_get_member (data, "value"), &reward))
    {
      *subtitle = g_strdup_printf ("%g", reward);
      return g_strdup (_("Reward"));
    }
  *subtitle = g_strdup (_("Event of the agent"));
  return g_strdup (*type != '\0' ? type : _("(no type)"));
}

char *
leyden_mirror_describe_record (LeydenValue  *record,
                               char        **subtitle)
{
  const char *type = leyden_value_get_member_string (record, "type", "");
  LeydenValue *payload = leyden_value_get_member (record, "payload");

  if (g_str_equal (type, "agl.event"))
    return describe_event (payload, subtitle);
  if (g_str_equal (type, "rollout.started"))
    {
      *subtitle = g_strdup (_("With this input"));
      return g_strdup (_("Started"));
    }
  if (g_str_equal (type, "rollout.finished"))
    {
      const char *error = leyden_value_get_member_string (leyden_value_get_member (payload, "error"), "message", NULL);

      *subtitle = g_strdup (error != NULL ? error : "");
      return g_strdup (leyden_state_title (leyden_value_get_member_string (payload, "state", "")));
    }
  *subtitle = g_strdup ("");
  return g_strdup (type);
}
