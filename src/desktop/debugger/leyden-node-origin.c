/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-origin.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

const char *
leyden_node_origin_get_name (LeydenValue *state)
{
  LeydenValue *from = leyden_value_get_member (state, "from");

  if (leyden_value_get_member_boolean (from, "pin", FALSE))
    return "pinned";
  if (leyden_value_get_kind (from) == LEYDEN_VALUE_OBJECT)
    return "earlier";
  return leyden_value_get_member_boolean (leyden_value_get_member (state, "cache"), "hit", FALSE) ? "kept" : NULL;
}

/* Why it is never kept. */
static const char *
get_refusal (const char *name)
{
  static const struct { const char *name, *text; } refusals[] = {
    { "effects", N_("It has an effect that must not be left out, so it runs each time.") },
    { "outside", N_("It asks something outside of the flow, which may answer otherwise each time.") },
    { "policy", N_("It is trained by the cluster, which wants every call.") },
    { "tool", N_("It may use tools that act, or ask something outside of the flow.") },
    { "memory", N_("It uses what the rollout remembers.") },
    { "reward", N_("It gives a reward, which counts for each run.") },
    { "edited", N_("Somebody changed what it asked while it was debugged.") },
    { "not-simulated", N_("The simulated model had no answer, which is not worth keeping.") },
    { "too-large", N_("Its result was too large to be kept.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (g_strcmp0 (refusals[i].name, name) == 0)
      return g_dgettext (GETTEXT_PACKAGE, refusals[i].text);
  return _("Its result cannot be kept.");
}

static const char *
get_parameter_title (const LeydenNodeType *type,
                     const char           *name)
{
  const LeydenParameter *parameter = type != NULL ? leyden_node_type_find_parameter (type, name) : NULL;

  return parameter != NULL ? parameter->title : name;
}

static char *
dup_input_title (LeydenNodeTypes *types,
                 LeydenNode      *node,
                 const char      *name)
{
  g_autoptr(GPtrArray) inputs = node != NULL ? leyden_node_types_dup_inputs (types, node) : NULL;
  LeydenPort *port = inputs != NULL ? leyden_ports_find (inputs, name) : NULL;

  return leyden_text_display (port != NULL ? port->title : name, -1, 60, FALSE);
}

static char *
explain_reason (LeydenValue     *reason,
                LeydenNodeTypes *types,
                LeydenNode      *node)
{
  static const struct { const char *part, *text; } texts[] = {
    { "kind", N_("Its kind was updated.") },
    { "model", N_("Its model, or where that answers, changed.") },
    { "seed", N_("The seed changed.") },
    { "tools", N_("A tool that it may use changed.") },
    { "training", N_("What it learned from changed.") },
    { "first", N_("It had not run before.") },
    { "evicted", N_("Its kept result had made room for newer ones.") },
    { "cleared", N_("The kept results had been cleared.") },
    { "refresh", N_("Kept results were not to be used.") },
  };
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (types, leyden_node_get_type_name (node)) : NULL;
  const char *part = leyden_value_get_member_string (reason, "part", "");
  const char *name = leyden_value_get_member_string (reason, "name", NULL);

  if (g_str_equal (part, "parameter") && name != NULL)
    {
      g_autofree char *title = leyden_text_display (get_parameter_title (type, name), -1, 60, FALSE);

      return g_strdup_printf (_("The setting “%s” changed."), title);
    }
  if (g_str_equal (part, "input"))
    {
      g_autofree char *title = dup_input_title (types, node, name != NULL ? name : "");

      return name != NULL ? g_strdup_printf (_("The input “%s” changed."), title) : g_strdup (_("The input of the flow changed."));
    }
  if (g_str_equal (part, "not-kept"))
    return g_strdup (get_refusal (name));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i].part, part))
      return g_strdup (g_dgettext (GETTEXT_PACKAGE, texts[i].text));
  return NULL;
}

static char *
format_time (gint64 time_ns)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local (time_ns / G_GINT64_CONSTANT (1000000000));

  return time != NULL ? g_date_time_format (time, "%c") : g_strdup ("");
}

static char *
explain_hit (LeydenValue *cache)
{
  g_autofree char *time = format_time (leyden_value_get_member_int (cache, "time", 0));
  gint64 tokens = leyden_value_get_member_int (cache, "tokens", 0);
  GString *text = g_string_new (NULL);

  /* Translators: date and time. */
  g_string_printf (text, _("It did not run: all that it depends on is as it was on %s, so the result of then was reused."), time);
  if (tokens > 0)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "That saved %'d token.", "That saved %'d tokens.", (gulong) tokens), (int) tokens);
    }
  return g_string_free (text, FALSE);
}

static char *
explain_run (LeydenValue     *why,
             LeydenNodeTypes *types,
             LeydenNode      *node)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (why); i++)
    {
      g_autofree char *line = explain_reason (leyden_value_get_item (why, i), types, node);

      if (line != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
    }
  return g_string_free (text, FALSE);
}

char *
leyden_node_origin_explain (LeydenValue     *state,
                            LeydenNodeTypes *types,
                            LeydenNode      *node)
{
  LeydenValue *cache = leyden_value_get_member (state, "cache");
  const char *origin = leyden_node_origin_get_name (state);

  if (state == NULL)
    return g_strdup (_("It did not run in what is shown."));
  if (g_strcmp0 (origin, "pinned") == 0)
    return g_strdup (_("It did not run: its output is pinned. Unpin it, and it runs."));
  if (g_strcmp0 (origin, "earlier") == 0)
    return g_strdup (_("It did not run: only a part of the flow did, and this value was taken from an earlier run."));
  if (origin != NULL)
    return explain_hit (cache);
  if (leyden_value_get_size (leyden_value_get_member (cache, "why")) > 0)
    return explain_run (leyden_value_get_member (cache, "why"), types, node);
  if (g_strcmp0 (leyden_value_get_member_string (state, "state", NULL), "skipped") == 0)
    return g_strdup (_("It was skipped: something that it needs did not come."));
  return g_strdup (_("It runs each time: it takes no longer than to look for a kept result, or none were to be used."));
}

LeydenValue *
leyden_node_origin_find (LeydenValue *rollout,
                         const char  *path)
{
  LeydenValue *nodes = leyden_value_get_member (rollout, "nodes");
  LeydenValue *found = leyden_value_get_member (nodes, path);
  const char *slash = strrchr (path, '/');
  gint64 latest = G_MININT64;

  for (guint i = 0; slash != NULL && found == NULL && i < leyden_value_get_size (nodes); i++)
    if (g_str_has_suffix (leyden_value_get_key (nodes, i), slash))
      latest = G_MININT64 + 1;
  if (found != NULL || latest == G_MININT64)
    return found;
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      gint64 started = leyden_value_get_member_int (node, "started", leyden_value_get_member_int (node, "finished", 0));
      g_autofree char *collapsed = leyden_node_path_collapse (leyden_value_get_key (nodes, i));

      if (!g_str_equal (collapsed, path) || started < latest)
        continue;
      latest = started;
      found = node;
    }
  return found;
}

char *
leyden_node_origin_summarize (LeydenValue *rollout)
{
  LeydenValue *nodes = leyden_value_get_member (rollout, "nodes");
  guint n_kept = 0, n_earlier = 0;
  GString *text;

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      const char *origin = leyden_node_origin_get_name (leyden_value_get_item (nodes, i));

      n_kept += g_strcmp0 (origin, "kept") == 0;
      n_earlier += g_strcmp0 (origin, "earlier") == 0;
    }
  if (n_kept + n_earlier == 0)
    return NULL;
  text = g_string_new (NULL);
  if (n_kept > 0)
    g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "%u reused", "%u reused", n_kept), n_kept);
  if (n_earlier > 0)
    {
      g_string_append (text, n_kept > 0 ? " · " : "");
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "%u from an earlier run", "%u from an earlier run", n_earlier), n_earlier);
    }
  return g_string_free (text, FALSE);
}
