/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-columns.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "leyden-settings.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

#define KEY "rollout-columns"
#define WIDTHS_KEY "rollout-column-widths"
#define MIN_WIDTH 24
#define MAX_WIDTH 2000
#define MAX_CHARS 120

static const LeydenRolloutColumn columns[] = {
  { "state", N_("State"), 125, FALSE, TRUE },
  { "item", N_("Item"), 105, FALSE, TRUE },
  { "flow", N_("Flow"), 140, FALSE, TRUE },
  { "reward", N_("Reward"), 75, TRUE, TRUE },
  { "latency_ms", N_("Duration"), 90, TRUE, TRUE },
  { "tokens", N_("Tokens"), 75, TRUE, TRUE },
  { "cost", N_("Cost"), 100, TRUE, TRUE },
  { "model", N_("Model"), 130, FALSE, TRUE },
  { "started", N_("Started"), 150, TRUE, TRUE },
  { "error", N_("Error"), 130, FALSE, TRUE },
  { "created", N_("Created"), 150, TRUE, FALSE },
  { "finished", N_("Finished"), 150, TRUE, FALSE },
  { "version", N_("Version of the Flow"), 110, FALSE, FALSE },
  { "dataset_name", N_("Data Set"), 130, FALSE, FALSE },
  { "item_index", N_("Row"), 70, TRUE, FALSE },
  { "split", N_("Split"), 90, FALSE, FALSE },
  { "queued_ms", N_("In the Queue"), 100, TRUE, FALSE },
  { "wait_ms", N_("Waited"), 100, TRUE, FALSE },
  { "tokens_in", N_("Tokens In"), 90, TRUE, FALSE },
  { "tokens_out", N_("Tokens Out"), 90, TRUE, FALSE },
  { "model_calls", N_("Model Calls"), 100, TRUE, FALSE },
  { "tool_calls", N_("Tool Calls"), 100, TRUE, FALSE },
  { "retries", N_("Retries"), 80, TRUE, FALSE },
  { "cache_hits", N_("Cache Hits"), 90, TRUE, FALSE },
  { "error_kind", N_("Kind of Error"), 130, FALSE, FALSE },
  { "error_node", N_("Node of the Error"), 130, FALSE, FALSE },
  { "executor", N_("Executed By"), 130, FALSE, FALSE },
  { "purpose", N_("Purpose"), 110, FALSE, FALSE },
  { "step", N_("Training Step"), 90, TRUE, FALSE },
  { "run", N_("Run"), 150, FALSE, FALSE },
  { "rollout", N_("Rollout"), 150, FALSE, FALSE },
};

const LeydenRolloutColumn *
leyden_rollout_columns_get (guint *n_columns)
{
  *n_columns = G_N_ELEMENTS (columns);
  return columns;
}

const LeydenRolloutColumn *
leyden_rollout_column_find (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (g_strcmp0 (columns[i].id, id) == 0)
      return &columns[i];
  return NULL;
}

const char *
leyden_rollout_column_title (const LeydenRolloutColumn *column)
{
  return _(column->title);
}

/* --- words --- */

static const struct
{
  const char *name;
  const char *title;
} words[] = {
  { "leyden", N_("Leyden") },
  { "agl", N_("Agent Lightning") },
  { "otlp", N_("Traced program") },
  { "run", N_("Run") },
  { "try", N_("Try") },
  { "experiment", N_("Experiment") },
  { "attached", N_("Attached agent") },
  { "trainer", N_("Trainer") },
};

static const char *
find_word (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].name, name) == 0)
      return _(words[i].title);
  return name != NULL ? name : "";
}

const char *
leyden_rollout_executor_title (const char *executor)
{
  return find_word (executor);
}

static char *
format_text (LeydenValue *row,
             const char  *member)
{
  const char *text = leyden_value_get_member_string (row, member, NULL);

  return text != NULL ? leyden_text_display (text, -1, MAX_CHARS, FALSE) : g_strdup ("");
}

/* Hashes are told apart by their first figures. */
static char *
format_hash (LeydenValue *row,
             const char  *member)
{
  const char *text = leyden_value_get_member_string (row, member, NULL);

  return text != NULL ? leyden_text_display (text, -1, 8, FALSE) : g_strdup ("");
}

static char *
format_time (LeydenValue *row,
             const char  *member)
{
  gint64 ns = leyden_value_get_member_int (row, member, 0);
  g_autoptr(GDateTime) time = ns > 0 ? g_date_time_new_from_unix_local (ns / G_GINT64_CONSTANT (1000000000)) : NULL;

  return time != NULL ? g_date_time_format (time, "%x %X") : g_strdup ("");
}

static char *
format_duration (LeydenValue *row,
                 const char  *member)
{
  double ms = leyden_value_get_member_double (row, member, NAN);

  return isfinite (ms) ? leyden_format_duration (ms) : g_strdup ("");
}

static char *
format_count (LeydenValue *row,
              const char  *member)
{
  LeydenValue *value = leyden_value_get_member (row, member);
  gint64 n;

  return leyden_value_get_int (value, &n) ? g_strdup_printf ("%'" PRId64, n) : g_strdup ("");
}

static char *
format_reward (LeydenValue *row)
{
  double reward = leyden_value_get_member_double (row, "reward", NAN);

  if (!isfinite (reward))
    return leyden_value_get_member_int (row, "invalid_rewards", 0) > 0 ? g_strdup (_("not a number")) : g_strdup ("");
  return fabs (reward) < 1e6 ? g_strdup_printf ("%.3f", reward) : g_strdup_printf ("%.3g", reward);
}

static char *
format_tokens (LeydenValue *row)
{
  return g_strdup_printf ("%'" PRId64, leyden_value_get_member_int (row, "tokens_in", 0) + leyden_value_get_member_int (row, "tokens_out", 0));
}

static char *
format_item (LeydenValue *row)
{
  const char *item = leyden_value_get_member_string (row, "item", NULL);

  return item != NULL && *item != '\0' ? format_text (row, "item") : format_text (row, "rollout");
}

static char *
format_flow (LeydenValue *row)
{
  const char *title = leyden_value_get_member_string (row, "flow_title", NULL);

  return title != NULL && *title != '\0' ? format_text (row, "flow_title") : g_strdup (find_word (leyden_value_get_member_string (row, "executor", NULL)));
}

/* In few words: the column is narrow. */
static char *
format_cost (LeydenValue *row)
{
  double cost = leyden_value_get_member_double (row, "cost", 0);

  /* Nothing was asked yet: whether it will be money is not known. */
  if (cost == 0 && leyden_value_get_member_int (row, "tokens_in", 0) + leyden_value_get_member_int (row, "tokens_out", 0) == 0)
    return g_strdup ("");
  if (!leyden_value_get_member_boolean (row, "simulated", FALSE) || fabs (cost) >= 1e6)
    return leyden_format_cost (cost, FALSE);
  /* Translators: a cost in credits of the simulation, which are no money. */
  return g_strdup_printf (_("%.4f sim."), cost);
}

static char *
format_member (const char  *id,
               LeydenValue *row)
{
  if (g_str_equal (id, "state"))
    return leyden_text_display (leyden_state_title (leyden_value_get_member_string (row, "state", "")), -1, 40, FALSE);
  if (g_str_equal (id, "item"))
    return format_item (row);
  if (g_str_equal (id, "flow"))
    return format_flow (row);
  if (g_str_equal (id, "reward"))
    return format_reward (row);
  if (g_str_equal (id, "tokens"))
    return format_tokens (row);
  if (g_str_equal (id, "cost"))
    return format_cost (row);
  if (g_str_equal (id, "created"))
    return format_time (row, "created_ns");
  if (g_str_equal (id, "started"))
    return format_time (row, "started_ns");
  if (g_str_equal (id, "finished"))
    return format_time (row, "finished_ns");
  if (g_str_has_suffix (id, "_ms"))
    return format_duration (row, id);
  if (g_str_equal (id, "version"))
    return format_hash (row, "version");
  if (g_str_equal (id, "executor") || g_str_equal (id, "purpose"))
    return leyden_text_display (find_word (leyden_value_get_member_string (row, id, NULL)), -1, 40, FALSE);
  if (leyden_rollout_column_find (id)->number)
    return format_count (row, id);
  return format_text (row, id);
}

char *
leyden_rollout_column_format (const LeydenRolloutColumn *column,
                              LeydenValue               *row)
{
  g_return_val_if_fail (column != NULL, NULL);

  if (row == NULL || leyden_value_get_kind (row) != LEYDEN_VALUE_OBJECT)
    return g_strdup (column != columns ? "" : row == NULL ? "…" : "–");
  return format_member (column->id, row);
}

static void
append_part (GString     *text,
             const char  *separator,
             const char  *id,
             LeydenValue *row)
{
  g_autofree char *part = format_member (id, row);

  if (*part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, separator);
  g_string_append (text, part);
}

char *
leyden_rollout_card_title (LeydenValue *row)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (leyden_value_get_kind (row) != LEYDEN_VALUE_OBJECT)
    return g_strdup ("…");
  append_part (text, " · ", "item", row);
  append_part (text, " · ", "flow", row);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_rollout_card_details (LeydenValue *row)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *reward = NULL, *duration = NULL;

  if (leyden_value_get_kind (row) != LEYDEN_VALUE_OBJECT)
    return g_strdup ("");
  append_part (text, " · ", "state", row);
  reward = format_reward (row);
  if (*reward != '\0')
    g_string_append_printf (text, _(" · reward %s"), reward);
  duration = format_duration (row, "latency_ms");
  if (*duration != '\0')
    {
      g_auto(GStrv) parts = g_strsplit (duration, " ", -1);
      g_autofree char *together = g_strjoinv ("\u00a0", parts);

      g_string_append_printf (text, " · %s", together);
    }
  append_part (text, " · ", "started", row);
  append_part (text, " · ", "error", row);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_rollout_describe (LeydenValue *row)
{
  g_autofree char *title = leyden_rollout_card_title (row), *details = leyden_rollout_card_details (row);

  /* Translators: a row of a table, read out: what it is, and how it went. */
  return *details != '\0' ? g_strdup_printf (_("%s, %s"), title, details) : g_strdup (_("A row that is not known yet"));
}

/* --- the choice --- */

static gboolean
has_id (GPtrArray  *ids,
        const char *id)
{
  return g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL);
}

char **
leyden_rollout_columns_load (void)
{
  g_auto(GStrv) chosen = g_settings_get_strv (leyden_settings_get_default (), KEY);
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();

  for (guint i = 0; chosen[i] != NULL; i++)
    if (leyden_rollout_column_find (chosen[i]) != NULL && !has_id (ids, chosen[i]))
      g_ptr_array_add (ids, g_strdup (chosen[i]));
  if (ids->len == 0)
    for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
      if (columns[i].shown)
        g_ptr_array_add (ids, g_strdup (columns[i].id));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

void
leyden_rollout_columns_save (const char * const *ids)
{
  g_settings_set_strv (leyden_settings_get_default (), KEY, ids);
}

static GVariantDict *
load_widths (void)
{
  g_autoptr(GVariant) widths = g_settings_get_value (leyden_settings_get_default (), WIDTHS_KEY);

  return g_variant_dict_new (widths);
}

int
leyden_rollout_column_load_width (const LeydenRolloutColumn *column)
{
  g_autoptr(GVariantDict) widths = load_widths ();
  int width;

  g_return_val_if_fail (column != NULL, MIN_WIDTH);
  return g_variant_dict_lookup (widths, column->id, "i", &width) ? CLAMP (width, MIN_WIDTH, MAX_WIDTH) : column->width;
}

void
leyden_rollout_column_save_width (const LeydenRolloutColumn *column,
                                  int                        width)
{
  g_autoptr(GVariantDict) widths = load_widths ();

  g_return_if_fail (column != NULL);
  g_variant_dict_insert (widths, column->id, "i", CLAMP (width, MIN_WIDTH, MAX_WIDTH));
  g_settings_set_value (leyden_settings_get_default (), WIDTHS_KEY, g_variant_dict_end (widths));
}
