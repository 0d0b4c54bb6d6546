/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-span-text.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-debug-path.h"
#include "leyden-steps-view.h"

const char *
leyden_span_kind_title (LeydenSpanKind kind)
{
  static const char * const titles[LEYDEN_N_SPAN_KINDS] = {
    [LEYDEN_SPAN_NODE] = N_("Node"),
    [LEYDEN_SPAN_TURN] = N_("Turn of an agent"),
    [LEYDEN_SPAN_MODEL] = N_("Model call"),
    [LEYDEN_SPAN_TOOL] = N_("Tool call"),
    [LEYDEN_SPAN_RATE_LIMIT] = N_("Waits for the rate limit"),
    [LEYDEN_SPAN_RETRY] = N_("Waits to try again"),
    [LEYDEN_SPAN_HUMAN] = N_("Waits for a person"),
    [LEYDEN_SPAN_QUEUE] = N_("Waits in a queue"),
    [LEYDEN_SPAN_PAUSE] = N_("Paused"),
    [LEYDEN_SPAN_WAIT] = N_("Waits"),
  };

  g_return_val_if_fail (kind < LEYDEN_N_SPAN_KINDS, "");
  return _(titles[kind]);
}

static char *
dup_pauses (const LeydenSpanRow *row)
{
  if (row->n_waits < 2)
    return g_strdup (_("Paused"));
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Paused %u time", "Paused %u times", row->n_waits), row->n_waits);
}

char *
leyden_span_row_title (const LeydenSpanRow *row,
                           LeydenFlow              *flow)
{
  if (row->kind == LEYDEN_SPAN_MODEL)
    return g_strdup (_("Model call"));
  if (row->kind == LEYDEN_SPAN_PAUSE)
    return dup_pauses (row);
  return leyden_debug_path_dup_name (flow, row->path);
}

double
leyden_span_row_ms (const LeydenSpanRow *row,
                        gint64                   now_ns)
{
  gint64 end = row->end_ns != 0 ? row->end_ns : MAX (now_ns, row->start_ns);

  if (row->kind == LEYDEN_SPAN_PAUSE && row->n_waits > 0)
    return leyden_span_row_wait_ms (row, end);
  return MAX ((double) (end - row->start_ns) / 1e6 - row->paused_ms, 0);
}

static void
append (GString    *text,
        const char *part)
{
  /* Translators: between the parts of a list of facts that is read out. */
  g_string_append (text, _(", "));
  g_string_append (text, part);
}

static void
append_times (GString                 *text,
              const LeydenSpanRow *row,
              gint64                   now_ns)
{
  double wait_ms = leyden_span_row_wait_ms (row, now_ns);
  g_autofree char *duration = leyden_format_duration (leyden_span_row_ms (row, now_ns));
  g_autofree char *waited = leyden_format_duration (wait_ms);
  g_autofree char *self = leyden_format_duration (row->self_ms);
  g_autofree char *paused = leyden_format_duration (row->paused_ms);
  /* Translators: beside the time that something took; the rollout was paused for so long meanwhile. */
  g_autofree char *paused_text = g_strdup_printf (_("paused %s"), paused);
  g_autofree char *waited_text = g_strdup_printf (_("waited %s"), waited);
  g_autofree char *self_text = g_strdup_printf (_("%s by itself"), self);

  append (text, duration);
  if (row->end_ns == 0)
    append (text, _("goes on"));
  if (row->paused_ms > 0)
    append (text, paused_text);
  if (wait_ms > 0 && row->kind != LEYDEN_SPAN_PAUSE)
    append (text, waited_text);
  if (isfinite (row->self_ms) && row->kind != LEYDEN_SPAN_PAUSE)
    append (text, self_text);
}

char *
leyden_span_row_describe (const LeydenSpanRow *row,
                              LeydenFlow              *flow,
                              gint64                   now_ns,
                              gboolean                 simulated)
{
  g_autofree char *title = leyden_debug_path_dup_title (flow, row->path);
  g_autoptr(GString) text = g_string_new (NULL);

  if (row->kind == LEYDEN_SPAN_PAUSE)
    {
      g_autofree char *pauses = dup_pauses (row);

      g_string_append (text, pauses);
    }
  else
    /* Translators: kind of what happened ("Model call"), title of the node. */
    g_string_append_printf (text, _("%s: %s"), leyden_span_kind_title (row->kind), title);
  if (*row->state != '\0' && row->kind != LEYDEN_SPAN_PAUSE)
    append (text, leyden_state_title (row->state));
  append_times (text, row, now_ns);
  if (row->critical)
    append (text, _("on the critical path"));
  if (row->cost > 0)
    {
      g_autofree char *cost = leyden_format_cost (row->cost, simulated);

      append (text, cost);
    }
  if (row->tokens > 0)
    {
      g_autofree char *tokens = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'d token", "%'d tokens", (gulong) row->tokens), (int) MIN (row->tokens, G_MAXINT));

      append (text, tokens);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
leyden_span_tree_describe_stop (LeydenSpanTree *tree,
                               guint64         sequence,
                               LeydenFlow     *flow)
{
  guint index;
  LeydenStop stop = leyden_span_tree_get_stop (tree, sequence, &index);
  const LeydenSpanRow *row = stop != LEYDEN_STOP_NONE ? leyden_span_tree_get_row (tree, index) : NULL;
  g_autofree char *place = NULL;
  g_autofree char *title = NULL;

  if (row == NULL)
    return NULL;
  if (row->kind == LEYDEN_SPAN_PAUSE)
    return g_strdup (stop == LEYDEN_STOP_WAITS ? _("Rollout paused") : _("Rollout goes on"));
  place = leyden_debug_path_dup_title (flow, row->path);
  /* Translators: kind of what happened ("Model call"), title of the node. */
  title = row->kind == LEYDEN_SPAN_NODE ? g_strdup (place) : g_strdup_printf (_("%s: %s"), leyden_span_kind_title (row->kind), place);
  switch (stop)
    {
    case LEYDEN_STOP_STARTED:
      return g_strdup_printf (_("%s started"), title);
    case LEYDEN_STOP_ENDED:
      return g_strdup_printf (_("%s ended"), title);
    case LEYDEN_STOP_WAITS:
      return g_strdup_printf (_("%s waits"), title);
    case LEYDEN_STOP_GOES_ON:
      return g_strdup_printf (_("%s goes on"), title);
    case LEYDEN_STOP_NONE:
    default:
      return NULL;
    }
}

char *
leyden_span_tree_describe_position (LeydenSpanTree *tree,
                                   guint64         sequence,
                                   guint64         last,
                                   LeydenFlow     *flow)
{
  g_autofree char *what = tree != NULL ? leyden_span_tree_describe_stop (tree, sequence, flow) : NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_printf (text, _("Record %'" PRIu64 " of %'" PRIu64), sequence, last);
  if (what != NULL)
    append (text, what);
  if (tree != NULL && leyden_span_tree_get_start_ns (tree) > 0)
    {
      g_autofree char *time = leyden_format_duration ((double) (leyden_span_tree_get_time (tree, sequence) - leyden_span_tree_get_start_ns (tree)) / 1e6);

      append (text, time);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
