/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-agent-text.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-steps-view.h"
#include "leyden-text.h"

static gboolean
is_ended (LeydenValue *training)
{
  const char *state = leyden_value_get_member_string (training, "state", "");

  return g_str_equal (state, "succeeded") || g_str_equal (state, "failed") || g_str_equal (state, "cancelled");
}

static gint64
count_tokens (LeydenValue *training)
{
  LeydenValue *sequences = leyden_value_get_member (training, "sequences");
  gint64 n = 0;

  for (guint i = 0; i < leyden_value_get_size (sequences); i++)
    n += leyden_value_get_member_int (leyden_value_get_item (sequences, i), "trained_tokens", 0);
  return n;
}

static char *
describe_trained (LeydenValue *training,
                  gint64       n_trained,
                  guint        n_calls)
{
  guint n_sequences = leyden_value_get_size (leyden_value_get_member (training, "sequences"));
  gint64 n_tokens = count_tokens (training);
  g_autofree char *calls = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " of %u call", "%" PRId64 " of %u calls", n_calls),
                                            n_trained, n_calls);
  g_autofree char *tokens = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " token", "%" PRId64 " tokens",
                                                          (gulong) n_tokens), n_tokens);
  g_autofree char *sequences = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u sequence", "%u sequences", n_sequences), n_sequences);

  /* Translators: “2 of 3 calls”, “48 tokens”, “1 sequence”. */
  return g_strdup_printf (_("A trainer learns from %s: %s in %s."), calls, tokens, sequences);
}

char *
leyden_agent_describe_verdict (LeydenValue *training,
                               gboolean    *good)
{
  guint n_calls = leyden_value_get_size (leyden_value_get_member (training, "calls"));
  gint64 n_trained = leyden_value_get_member_int (training, "n_trained", 0);
  LeydenValue *group = leyden_value_get_member (training, "group");
  gint64 size = leyden_value_get_member_int (group, "size", 1);
  double deviation = leyden_value_get_member_double (group, "deviation", NAN);
  g_autofree char *trained = NULL;

  *good = FALSE;
  if (n_calls == 0)
    return g_strdup (is_ended (training) ? _("The agent asked no model: there is nothing to train.") : _("Waiting for the first call…"));
  if (!leyden_value_get_member_boolean (training, "is_train", TRUE))
    return g_strdup (_("This rollout is for validation: a trainer reads its reward and trains none of it."));
  if (n_trained == 0)
    return g_strdup (_("A trainer learns nothing from this rollout: none of its calls can be trained."));
  trained = describe_trained (training, n_trained, n_calls);
  if (!leyden_value_get_member_boolean (leyden_value_get_member (training, "reward"), "given", FALSE) && !is_ended (training))
    return g_strdup_printf (_("%s No reward has come yet."), trained);
  if (size > 1 && leyden_value_get_member_boolean (group, "final", FALSE) && deviation == 0)
    return g_strdup_printf (_("%s But all rewards of its group are equal, so none of them counts more than another."), trained);
  *good = TRUE;
  return g_steal_pointer (&trained);
}

static const char *
explain_drop (const char *why)
{
  if (g_str_equal (why, "error"))
    return _("Dropped: the model answered with an error");
  if (g_str_equal (why, "no-token-ids"))
    return _("Dropped: the endpoint returned no token ids");
  if (g_str_equal (why, "bad-token-ids"))
    return _("Dropped: what it returned as token ids is no list of numbers");
  return _("Dropped");
}

static char *
describe_dropped (LeydenValue *call,
                  const char  *why)
{
  const char *problem = leyden_value_get_member_string (call, "problem", NULL);
  gint64 status = leyden_value_get_member_int (call, "http_status", 0);

  if (g_str_equal (why, "duplicate"))
    return g_strdup_printf (_("Dropped: call %" PRId64 " has the same prompt, and of those the last is kept"),
                            leyden_value_get_member_int (call, "kept", 0) + 1);
  if (g_str_equal (why, "error") && problem != NULL && status > 0)
    return g_strdup_printf (_("%s %" PRId64 ": %s"), explain_drop (why), status, problem);
  if (g_str_equal (why, "error") && status > 0)
    return g_strdup_printf (_("%s %" PRId64), explain_drop (why), status);
  return g_strdup (explain_drop (why));
}

static void
append_log_probs (GString     *text,
                  LeydenValue *call)
{
  const char *kind = leyden_value_get_member_string (call, "log_probs", "ok");

  if (g_str_equal (kind, "missing"))
    g_string_append (text, _(", without log-probabilities"));
  else if (g_str_equal (kind, "length-mismatch"))
    g_string_append_printf (text, _(", without its log-probabilities: there are %" PRId64 " of them"),
                            leyden_value_get_member_int (call, "n_log_probs", 0));
}

char *
leyden_agent_describe_call (LeydenValue *call)
{
  const char *why = leyden_value_get_member_string (call, "why", NULL);
  gint64 n = leyden_value_get_member_int (call, "response_tokens", 0);
  gint64 matched = leyden_value_get_member_int (call, "matched", -1);
  gint64 sequence = leyden_value_get_member_int (call, "sequence_index", -1);
  g_autoptr(GString) text = NULL;

  if (why != NULL)
    return describe_dropped (call, why);
  text = g_string_new (NULL);
  g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "Trained: %" PRId64 " token", "Trained: %" PRId64 " tokens", (gulong) n), n);
  append_log_probs (text, call);
  if (sequence >= 0)
    g_string_append_printf (text, _(" · sequence %" PRId64), sequence + 1);
  if (matched == 0)
    g_string_append (text, _(", a new one, since its prompt begins differently"));
  else if (matched > 0)
    g_string_append_printf (text, _(", a new one, since its prompt goes on differently after %" PRId64 " tokens"), matched);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_agent_format_advantage (LeydenValue *training)
{
  double advantage = leyden_value_get_member_double (leyden_value_get_member (training, "group"), "advantage", NAN);

  return isfinite (advantage) && fabs (advantage) < 1e9 ? g_strdup_printf ("\u200e%+.2f", advantage) : g_strdup ("–");
}

char *
leyden_agent_describe_group (LeydenValue *training)
{
  LeydenValue *group = leyden_value_get_member (training, "group");
  gint64 size = leyden_value_get_member_int (group, "size", 1);
  gint64 ended = leyden_value_get_member_int (group, "ended", 0);
  double mean = leyden_value_get_member_double (group, "mean", NAN);
  double deviation = leyden_value_get_member_double (group, "deviation", NAN);

  if (g_strcmp0 (leyden_value_get_member_string (training, "executor", NULL), "mirror") == 0)
    return g_strdup (_("Which rollouts of the other server form its group is known to its trainer only, and so is its advantage."));
  if (size <= 1)
    return g_strdup (_("It is alone in its group: its advantage is its reward. A trainer makes several rollouts of a sample and compares them."));
  if (!isfinite (mean) || !isfinite (deviation))
    return g_strdup_printf (_("None of the %" PRId64 " rollouts of its group has ended yet."), size);
  if (ended < size)
    return g_strdup_printf (_("%" PRId64 " of %" PRId64 " rollouts of its group have ended, so advantages may still change. Mean reward %.2f, standard deviation %.2f."),
                            ended, size, mean, deviation);
  return g_strdup_printf (_("Compared with the %" PRId64 " rollouts of its group: mean reward %.2f, standard deviation %.2f."), size, mean, deviation);
}

char *
leyden_agent_format_reward (LeydenValue *training)
{
  LeydenValue *reward = leyden_value_get_member (training, "reward");
  double value = leyden_value_get_member_double (reward, "value", NAN);
  gboolean given = leyden_value_get_member_boolean (reward, "given", FALSE);

  if (!isfinite (value) || fabs (value) >= 1e9 || (!given && !is_ended (training)))
    return g_strdup ("–");
  /* Translators: a reward that was not given, and what it counts as. */
  return given ? g_strdup_printf ("%.2f", value) : g_strdup_printf (_("none, counts %.0f"), value);
}

char *
leyden_agent_describe_row (LeydenValue *row)
{
  const char *state = leyden_value_get_member_string (row, "state", "");
  double reward = leyden_value_get_member_double (row, "reward", NAN);
  gboolean waits = g_str_equal (state, "queued") && leyden_value_get_member_boolean (row, "attached", FALSE);
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_local (leyden_value_get_member_int (row, "created", 0) / 1000000000);
  const char *rollout = leyden_value_get_member_string (row, "rollout", "");
  /* Several may be of one item. */
  g_autofree char *name = g_strcmp0 (rollout, leyden_value_get_member_string (row, "item", NULL)) != 0 ? leyden_text_display (rollout, -1, 14, FALSE) : NULL;
  g_autoptr(GString) text = g_string_new (waits ? _("Waiting for the first call…") : leyden_state_title (state));

  if (isfinite (reward) && fabs (reward) < 1e9)
    g_string_append_printf (text, _(" · reward %.3f"), reward);
  if (!leyden_value_get_member_boolean (row, "is_train", TRUE))
    g_string_append (text, _(" · validation"));
  if (when != NULL)
    {
      g_autofree char *time = g_date_time_format (when, "%x %H:%M");

      g_string_append_printf (text, " · %s", time != NULL ? time : "");
    }
  if (name != NULL)
    g_string_append_printf (text, " · %s", name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
