/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-text.h"

#include <glib/gi18n-lib.h>

#include "leyden-canvas-private.h"
#include "leyden-node-mode.h"

/* What a node says, and how large. Letters of 9 pixels are read; at each of these scales those of a title have at least so many. */
#define TITLES_SCALE 0.667
#define BIG_SCALE 0.5

LeydenNodeDetail
leyden_node_detail_at (double scale)
{
  return scale >= TITLES_SCALE ? LEYDEN_NODE_DETAIL_FULL : scale >= BIG_SCALE ? LEYDEN_NODE_DETAIL_TITLE : LEYDEN_NODE_DETAIL_BIG;
}

double
leyden_node_detail_get_title_size (LeydenNodeDetail detail)
{
  switch (detail)
    {
    case LEYDEN_NODE_DETAIL_BIG:
      return 26;
    case LEYDEN_NODE_DETAIL_TITLE:
      return 18;
    case LEYDEN_NODE_DETAIL_FULL:
    default:
      return 13.5;
    }
}

static char *
format_duration (double ms)
{
  if (ms < 1)
    return g_strdup (_("<1 ms"));
  if (ms < 1000)
    return g_strdup_printf (_("%.0f ms"), ms);
  return g_strdup_printf (_("%.1f s"), ms / 1000);
}

const char *
leyden_node_state_get_title (LeydenNodeState state)
{
  switch (state)
    {
    case LEYDEN_NODE_STATE_WAITING:
      return _("waiting");
    case LEYDEN_NODE_STATE_RUNNING:
      return _("running");
    case LEYDEN_NODE_STATE_SUCCEEDED:
      return _("done");
    case LEYDEN_NODE_STATE_FAILED:
      return _("failed");
    case LEYDEN_NODE_STATE_SKIPPED:
      return _("skipped");
    case LEYDEN_NODE_STATE_NONE:
    default:
      return NULL;
    }
}

char *
leyden_node_dup_badge (LeydenCanvasNode *node)
{
  static const char * const signs[] = { "", "…", "▶", "✓", "✕", "–" };
  GString *text;

  if (node->state == LEYDEN_NODE_STATE_NONE)
    return NULL;
  text = g_string_new (signs[node->state]);
  if (node->count > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, node->count);
  if (leyden_canvas_node_get_origin_title (node) != NULL)
    g_string_append_printf (text, " · %s", leyden_canvas_node_get_origin_title (node));
  else if (node->mean_ms >= 0)
    {
      g_autofree char *duration = format_duration (node->mean_ms);

      g_string_append_printf (text, " · %s", duration);
    }
  return g_string_free (text, FALSE);
}

char *
leyden_node_dup_subtitle (LeydenCanvasNode *node)
{
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *type = leyden_canvas_node_dup_type_title (node);

  if (leyden_node_mode_get_title (leyden_node_get_mode (node->node)) != NULL)
    return g_strdup (leyden_node_mode_get_title (leyden_node_get_mode (node->node)));
  if (leyden_canvas_node_get_pin_title (node) != NULL)
    return g_strdup (leyden_canvas_node_get_pin_title (node));
  if (leyden_canvas_node_is_policy (node))
    return g_strdup (_("Trained by the cluster"));
  if (node->type == NULL)
    return g_strdup (_("Not installed"));
  return g_str_equal (title, type) ? NULL : g_steal_pointer (&type);
}
