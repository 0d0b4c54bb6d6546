/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-debug-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-breakpoints.h"
#include "leyden-debug-path.h"
#include "leyden-json.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-try-state.h"

/* Nothing larger is decoded for a look at it. */
#define MAX_MEDIA (32 * 1024 * 1024)

/* --- where it stands --- */

static char *
dup_deepest (LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  const char *deepest = NULL;
  gint64 newest = -1;

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      const char *name = leyden_value_get_member_string (node, "state", "");
      gint64 started = leyden_value_get_member_int (node, "started", 0);

      if ((g_str_equal (name, "running") || g_str_equal (name, "waiting")) && started >= newest)
        {
          newest = started;
          deepest = leyden_value_get_key (nodes, i);
        }
    }
  return g_strdup (deepest);
}

char *
leyden_debug_dup_current (LeydenRolloutView *view)
{
  LeydenValue *debug;
  const char *node;

  if (view == NULL)
    return NULL;
  debug = leyden_rollout_view_get_debug (view);
  if (!leyden_rollout_view_is_live (view) || !leyden_rollout_view_is_paused (view))
    return dup_deepest (leyden_rollout_view_get_state (view));
  node = leyden_value_get_member_string (debug, "node", NULL);
  if (node == NULL)
    node = leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (debug, "ready"), 0), NULL);
  return g_strdup (node);
}

static void
append_error (GString     *text,
              LeydenValue *error)
{
  const char *message = leyden_value_get_kind (error) == LEYDEN_VALUE_OBJECT ? leyden_value_get_member_string (error, "message", NULL)
                                                                             : leyden_value_get_string (error, NULL);
  g_autofree char *shown = message != NULL ? leyden_text_display (message, -1, 200, FALSE) : NULL;

  if (shown != NULL)
    g_string_append_printf (text, ": %s", shown);
}

/* Why it takes no commands. */
static void
append_why_not (GString     *text,
                LeydenValue *debug)
{
  const char *why = leyden_value_get_member_string (debug, "why_not", "");
  g_autofree char *shown = leyden_text_display (why, -1, 300, FALSE);

  if (*why != '\0')
    g_string_append_printf (text, " · %s", shown);
}

static char *
describe_pause (LeydenRolloutView *view)
{
  LeydenValue *debug = leyden_rollout_view_get_debug (view);
  LeydenFlow *flow = leyden_rollout_view_get_flow (view);
  LeydenValue *breakpoint = leyden_value_get_member (debug, "breakpoint");
  const char *reason = leyden_value_get_member_string (debug, "reason", "");
  g_autofree char *current = leyden_debug_dup_current (view);
  g_autofree char *title = current != NULL ? leyden_debug_path_dup_title (flow, current) : NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  if (title == NULL)
    g_string_append (text, _("Paused"));
  else
    g_string_append_printf (text, _("Paused at “%s”"), title);
  if (g_str_equal (reason, "step"))
    g_string_append_printf (text, " · %s", _("after a step"));
  else if (g_str_equal (reason, "pause"))
    g_string_append_printf (text, " · %s", _("as you asked"));
  else if (g_str_equal (reason, "start"))
    g_string_append_printf (text, " · %s", _("before anything started"));
  else if (g_str_equal (reason, "failure"))
    g_string_append_printf (text, " · %s", _("it failed"));
  if (leyden_value_get_kind (breakpoint) == LEYDEN_VALUE_OBJECT)
    {
      g_autoptr(LeydenValue) node = current != NULL ? leyden_value_new_string (current, -1) : NULL;
      /* It names no node where it was found by where the rollout stands. */
      g_autoptr(LeydenValue) whole = leyden_value_get_member (breakpoint, "node") == NULL && node != NULL
                                       ? leyden_value_with_member (breakpoint, "node", node) : leyden_value_ref (breakpoint);
      g_autofree char *shown = leyden_breakpoint_describe (whole, flow);

      g_string_append_printf (text, " · %s", shown);
    }
  if (g_str_equal (reason, "condition"))
    g_string_append_printf (text, " · %s", _("the condition could not be checked"));
  append_error (text, leyden_value_get_member (debug, "error"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_running (LeydenRolloutView *view)
{
  g_autofree char *current = leyden_debug_dup_current (view);
  g_autofree char *title = current != NULL ? leyden_debug_path_dup_title (leyden_rollout_view_get_flow (view), current) : NULL;

  return title != NULL ? g_strdup_printf (_("Running: %s"), title) : g_strdup (_("Running"));
}

char *
leyden_debug_describe (LeydenRolloutView *view)
{
  LeydenValue *state;
  const char *why;

  if (view == NULL)
    return g_strdup (_("No rollout is looked at. Debug one with the button in Try, or open one from a run."));
  state = leyden_rollout_view_get_state (view);
  if (leyden_rollout_view_get_progress (view) >= 0)
    return g_strdup_printf (_("Reading a long log: %u %%"), (guint) (leyden_rollout_view_get_progress (view) * 100));
  if (state == NULL)
    return g_strdup (_("Loading…"));
  if (!leyden_rollout_view_is_live (view))
    return g_strdup_printf (_("Record %u of %u: what was so then"), (guint) leyden_rollout_view_get_position (view),
                            (guint) leyden_rollout_view_get_last (view));
  if (leyden_try_state_is_final (state))
    {
      g_autofree char *text = leyden_try_state_format (state);
      g_autoptr(GString) whole = g_string_new (text);

      append_error (whole, leyden_value_get_member (state, "error"));
      append_why_not (whole, leyden_rollout_view_get_debug (view));
      return g_string_free (g_steal_pointer (&whole), FALSE);
    }
  if (leyden_rollout_view_is_paused (view))
    return describe_pause (view);
  why = leyden_value_get_member_string (leyden_rollout_view_get_debug (view), "why_not", NULL);
  if (why != NULL && *why != '\0')
    return leyden_text_display (why, -1, 300, FALSE);
  return describe_running (view);
}

/* --- values --- */

static gboolean
is_media (const char *text,
          const char *kind)
{
  return text != NULL && g_str_has_prefix (text, "data:") && g_str_has_prefix (text + 5, kind);
}

char *
leyden_debug_dup_type (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  guint n = leyden_value_get_size (value);

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_STRING:
      return g_strdup (is_media (text, "image/") ? _("image") : is_media (text, "audio/") ? _("audio") : is_media (text, "video/") ? _("video")
                       : _("text"));
    case LEYDEN_VALUE_NUMBER:
      return g_strdup (_("number"));
    case LEYDEN_VALUE_BOOLEAN:
      return g_strdup (_("boolean"));
    case LEYDEN_VALUE_LIST:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "list of %u", "list of %u", n), n);
    case LEYDEN_VALUE_OBJECT:
      return g_strdup (_("object"));
    case LEYDEN_VALUE_NULL:
    default:
      return g_strdup (_("nothing"));
    }
}

/* Compact JSON that ends when there is enough of it. */
static void
append_json (GString     *text,
             LeydenValue *value,
             gsize        enough)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  gboolean is_object = kind == LEYDEN_VALUE_OBJECT;
  gsize length;
  const char *string = leyden_value_get_string (value, &length);

  if (kind == LEYDEN_VALUE_STRING && length > enough)
    {
      g_string_append_c (text, '"');
      g_string_append_len (text, string, (gssize) enough);
      return;
    }
  if (kind != LEYDEN_VALUE_OBJECT && kind != LEYDEN_VALUE_LIST)
    {
      g_autofree char *json = leyden_json_write (value, LEYDEN_JSON_COMPACT);

      g_string_append (text, json);
      return;
    }
  g_string_append_c (text, is_object ? '{' : '[');
  for (guint i = 0; i < leyden_value_get_size (value) && text->len < enough; i++)
    {
      if (i > 0)
        g_string_append (text, ", ");
      if (is_object)
        g_string_append_printf (text, "%.200s: ", leyden_value_get_key (value, i));
      append_json (text, leyden_value_get_item (value, i), enough);
    }
  g_string_append_c (text, is_object ? '}' : ']');
}

char *
leyden_debug_dup_preview (LeydenValue *value,
                          guint        max_chars)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  g_autoptr(GString) json = NULL;

  if (leyden_value_is_null (value))
    return g_strdup (_("nothing"));
  if (text != NULL && length == 0)
    return g_strdup (_("(empty text)"));
  if (is_media (text, "image/") || is_media (text, "audio/") || is_media (text, "video/"))
    {
      g_autofree char *type = g_strndup (text + 5, strcspn (text + 5, ";,"));
      g_autofree char *shown = leyden_text_display (type, -1, 40, FALSE);
      g_autofree char *size = g_format_size (length / 4 * 3);

      return g_strdup_printf ("%s, %s", shown, size);
    }
  /* What is cut off is at most four bytes a character; an ending in the middle of one is mended by display. */
  if (text != NULL)
    return leyden_text_display (text, (gssize) MIN (length, (gsize) max_chars * 4 + 4), max_chars, FALSE);
  json = g_string_new (NULL);
  append_json (json, value, (gsize) max_chars * 4);
  return leyden_text_display (json->str, (gssize) json->len, max_chars, FALSE);
}

GBytes *
leyden_debug_decode (LeydenValue *value,
                     const char  *kind)
{
  gsize length, size;
  const char *text = leyden_value_get_string (value, &length);
  const char *comma;
  guchar *data;

  g_return_val_if_fail (kind != NULL, NULL);

  if (!is_media (text, kind) || length > MAX_MEDIA)
    return NULL;
  comma = strchr (text, ',');
  if (comma == NULL || comma - text < 7 || strncmp (comma - 7, ";base64", 7) != 0)
    return NULL;
  data = g_base64_decode (comma + 1, &size);
  return g_bytes_new_take (data, size);
}
