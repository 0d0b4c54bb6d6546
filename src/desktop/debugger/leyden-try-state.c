/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-state.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-node-origin.h"
#include "leyden-steps-view.h"

const char *
leyden_try_state_get_name (LeydenValue *state)
{
  return leyden_value_get_member_string (state, "state", "running");
}

gboolean
leyden_try_state_is_final (LeydenValue *state)
{
  const char *name = leyden_try_state_get_name (state);

  return g_str_equal (name, "succeeded") || g_str_equal (name, "failed") || g_str_equal (name, "cancelled");
}

gboolean
leyden_try_state_is_one_node (LeydenValue *state)
{
  LeydenValue *part = leyden_value_get_member (state, "part");

  return g_strcmp0 (leyden_value_get_member_string (part, "mode", NULL), "node") == 0;
}

gboolean
leyden_try_state_is_unknown (LeydenValue *state)
{
  return g_strcmp0 (leyden_value_get_member_string (state, "error_kind", NULL), "not_simulated") == 0;
}

const char *
leyden_try_state_get_error (LeydenValue *state)
{
  LeydenValue *error = leyden_value_get_member (state, "error");

  return leyden_value_get_kind (error) == LEYDEN_VALUE_OBJECT ? leyden_value_get_member_string (error, "message", NULL)
                                                              : leyden_value_get_string (error, NULL);
}

char *
leyden_try_state_format (LeydenValue *state)
{
  LeydenValue *usage = leyden_value_get_member (state, "usage");
  gint64 tokens = leyden_value_get_member_int (usage, "tokens_in", 0) + leyden_value_get_member_int (usage, "tokens_out", 0);
  double latency = leyden_value_get_member_double (state, "latency_ms", NAN);
  double reward = leyden_value_get_member_double (state, "reward", NAN);
  g_autofree char *origin = leyden_node_origin_summarize (state);
  g_autoptr(GString) text = g_string_new (leyden_state_title (leyden_try_state_get_name (state)));

  if (isfinite (latency))
    {
      g_autofree char *duration = leyden_format_duration (latency);

      g_string_append_printf (text, " · %s", duration);
    }
  if (tokens > 0)
    {
      g_string_append (text, " · ");
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "%'d token", "%'d tokens", (gulong) tokens), (int) tokens);
    }
  if (origin != NULL)
    g_string_append_printf (text, " · %s", origin);
  if (isfinite (reward))
    {
      g_string_append (text, " · ");
      g_string_append_printf (text, _("reward %.2f"), reward);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
leyden_try_state_has_value (LeydenValue *result)
{
  for (guint i = 0; leyden_value_get_kind (result) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (result); i++)
    if (!leyden_value_is_null (leyden_value_get_item (result, i)))
      return TRUE;
  return FALSE;
}

const char *
leyden_try_state_get_last_words (LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  const char *words = NULL;
  gint64 newest = 0;

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *calls = leyden_value_get_member (leyden_value_get_item (nodes, i), "calls");

      for (guint j = 0; j < leyden_value_get_size (calls); j++)
        {
          LeydenValue *call = leyden_value_get_item (calls, j);
          LeydenValue *message = leyden_value_get_member (leyden_value_get_member (call, "answer"), "message");
          const char *content = leyden_value_get_member_string (message, "content", NULL);
          gint64 finished = leyden_value_get_member_int (call, "finished", 0);

          if (content == NULL || finished < newest)
            continue;
          words = content;
          newest = finished;
        }
    }
  return words;
}

/* All rounds of one node of the flow. */
typedef struct
{
  const char *state;
  gint64      count;
  gint64      n_ended;
  double      sum_ms;
  const char *origin;           /* of the round that was told last; NULL: it ran */
} Badge;

/* What runs counts before what has failed, and so on: the state of a node of which several rounds are told. */
static guint
rank_of_state (const char *state)
{
  static const char * const ranks[] = { "pending", "skipped", "cancelled", "succeeded", "failed", "waiting", "running" };

  for (guint i = 0; i < G_N_ELEMENTS (ranks); i++)
    if (g_str_equal (ranks[i], state))
      return i + 1;
  return 0;
}

static void
add_to_badge (GHashTable  *badges,
              const char  *path,
              LeydenValue *node)
{
  g_autofree char *place = leyden_node_path_collapse (path);
  const char *state = leyden_value_get_member_string (node, "state", "");
  gint64 started = leyden_value_get_member_int (node, "started", 0);
  gint64 finished = leyden_value_get_member_int (node, "finished", 0);
  Badge *badge = g_hash_table_lookup (badges, place);

  if (badge == NULL)
    {
      badge = g_new0 (Badge, 1);
      g_hash_table_insert (badges, g_steal_pointer (&place), badge);
    }
  badge->count++;
  badge->origin = leyden_node_origin_get_name (node);
  if (badge->state == NULL || rank_of_state (state) > rank_of_state (badge->state))
    badge->state = state;
  if (started > 0 && finished >= started)
    {
      badge->n_ended++;
      badge->sum_ms += (double) (finished - started) / 1e6;
    }
}

/* A summary counts the rounds that it does not list: {"running": 2, "succeeded": 41}, all rounds of that place. */
static void
count_rounds (GHashTable  *badges,
              const char  *place,
              LeydenValue *counts)
{
  Badge *badge = g_hash_table_lookup (badges, place);

  if (badge == NULL)
    {
      badge = g_new0 (Badge, 1);
      g_hash_table_insert (badges, g_strdup (place), badge);
    }
  badge->count = 0;
  for (guint i = 0; leyden_value_get_kind (counts) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (counts); i++)
    {
      const char *state = leyden_value_get_key (counts, i);

      badge->count += leyden_value_get_member_int (counts, state, 0);
      if (badge->state == NULL || rank_of_state (state) > rank_of_state (badge->state))
        badge->state = state;
    }
}

LeydenValue *
leyden_try_state_make_statuses (LeydenValue *state)
{
  g_autoptr(GHashTable) badges = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *nodes = leyden_value_get_member (state, "nodes"), *rounds = leyden_value_get_member (state, "rounds");
  GHashTableIter iter;
  gpointer path, value;

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    if (strchr (leyden_value_get_key (nodes, i), '#') == NULL)
      add_to_badge (badges, leyden_value_get_key (nodes, i), leyden_value_get_item (nodes, i));
  for (guint i = 0; leyden_value_get_kind (rounds) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (rounds); i++)
    if (strchr (leyden_value_get_key (rounds, i), '#') == NULL)
      count_rounds (badges, leyden_value_get_key (rounds, i), leyden_value_get_item (rounds, i));
  leyden_value_builder_begin_object (&builder);
  g_hash_table_iter_init (&iter, badges);
  while (g_hash_table_iter_next (&iter, &path, &value))
    {
      const Badge *badge = value;

      leyden_value_builder_key (&builder, path);
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "state", badge->state);
      leyden_value_builder_set_int (&builder, "count", badge->count);
      if (badge->origin != NULL)
        leyden_value_builder_set_string (&builder, "origin", badge->origin);
      if (badge->n_ended > 0)
        leyden_value_builder_set_double (&builder, "mean_ms", badge->sum_ms / (double) badge->n_ended);
      leyden_value_builder_end (&builder);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_try_state_make_input (LeydenValue *state,
                             LeydenFlow  *flow)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  LeydenValue *states = leyden_value_get_member (state, "nodes");

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenValue *outputs = leyden_value_get_member (leyden_value_get_member (states, leyden_node_get_id (node)), "outputs");

      if (!g_str_equal (leyden_node_get_type_name (node), "input") || leyden_value_get_kind (outputs) != LEYDEN_VALUE_OBJECT)
        continue;
      for (guint j = 0; j < leyden_value_get_size (outputs); j++)
        leyden_value_builder_set (&builder, leyden_value_get_key (outputs, j), leyden_value_get_item (outputs, j));
      break;
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}
