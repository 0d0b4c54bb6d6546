/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-reflection-private.h"

#include <string.h>

#include "leyden-flow.h"
#include "leyden-json.h"

/* A case is to be seen whole as a rule, and not to fill the window of the model that reads it. */
#define LONGEST 6000

char *
leyden_trace_cut (const char *text)
{
  const char *end;

  if (text == NULL)
    return NULL;
  if (strlen (text) <= LONGEST)
    return g_strdup (text);
  end = g_utf8_find_prev_char (text, text + LONGEST + 1);
  return g_strdup_printf ("%.*s […]", (int) (end - text), text);
}

static char *
cut_take (char *text)
{
  g_autofree char *whole = text;

  return leyden_trace_cut (whole);
}

static char *
word_value (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  return text != NULL ? leyden_trace_cut (text) : cut_take (leyden_json_write (value, LEYDEN_JSON_COMPACT));
}

char *
leyden_trace_word_input (LeydenValue *input)
{
  guint n = leyden_value_get_size (input);
  GString *out;

  if (leyden_value_get_kind (input) != LEYDEN_VALUE_OBJECT)
    return word_value (input);
  if (n == 1)
    return word_value (leyden_value_get_item (input, 0));
  out = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = word_value (leyden_value_get_item (input, i));

      g_string_append_printf (out, "%s%s: %s", i > 0 ? "\n" : "", leyden_value_get_key (input, i), text);
    }
  return g_string_free (out, FALSE);
}

/* Nodes in the order of their ids, which is the same in every run; times are not. */
static LeydenValue *
get_messages (LeydenValue *state,
              guint        index)
{
  LeydenValue *outputs = leyden_value_get_member (leyden_value_get_item (leyden_value_get_member (state, "nodes"), index), "outputs");
  LeydenValue *messages = leyden_value_get_member (outputs, "messages");

  return leyden_value_get_kind (messages) == LEYDEN_VALUE_LIST && leyden_value_get_member_string (outputs, "text", NULL) != NULL ? messages : NULL;
}

static void
append_calls (GString     *out,
              LeydenValue *calls)
{
  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (calls, i), "function");

      g_string_append_printf (out, "calls %s %s\n", leyden_value_get_member_string (function, "name", "?"),
                              leyden_value_get_member_string (function, "arguments", ""));
    }
}

/* All but the last, which is the output. */
static void
append_conversation (GString     *out,
                     LeydenValue *messages)
{
  guint n = leyden_value_get_size (messages);

  for (guint i = 0; i + 1 < n; i++)
    {
      LeydenValue *message = leyden_value_get_item (messages, i);
      const char *role = leyden_value_get_member_string (message, "role", "");
      const char *content = leyden_value_get_member_string (message, "content", NULL);

      if (g_str_equal (role, "assistant"))
        {
          if (content != NULL && *content != '\0')
            g_string_append_printf (out, "says: %s\n", content);
          append_calls (out, leyden_value_get_member (message, "tool_calls"));
        }
      else if (g_str_equal (role, "tool"))
        g_string_append_printf (out, "gets: %s\n", content != NULL ? content : "");
    }
}

char *
leyden_trace_word_work (LeydenValue *state)
{
  GString *out = g_string_new (NULL);
  const char *error = leyden_value_get_string (leyden_value_lookup_pointer (state, "/error/message"), NULL);

  for (guint i = 0; i < leyden_value_get_size (leyden_value_get_member (state, "nodes")); i++)
    append_conversation (out, get_messages (state, i));
  if (error != NULL)
    g_string_append_printf (out, "fails: %s\n", error);
  if (out->len == 0)
    return g_string_free (out, TRUE);
  return cut_take (g_string_free (out, FALSE));
}

/* Whether @path, which has rounds where it is inside a container, is of the node @node. */
static gboolean
is_of_node (const char *path,
            const char *node)
{
  g_autofree char *plain = leyden_node_path_collapse (path);

  return g_str_equal (plain, node);
}

/* What models said last: of @node, or of all (NULL). NULL: none. */
static char *
word_texts (LeydenValue *state,
            const char  *node)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autoptr(GString) all = g_string_new (NULL);
  const char *only = NULL;
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      const char *path = leyden_value_get_key (nodes, i);

      if (get_messages (state, i) == NULL || (node != NULL && !is_of_node (path, node)))
        continue;
      only = leyden_value_get_string (leyden_value_lookup_pointer (leyden_value_get_item (nodes, i), "/outputs/text"), NULL);
      g_string_append_printf (all, "%s%s: %s", n++ > 0 ? "\n" : "", path, only);
    }
  return leyden_trace_cut (n == 1 ? only : n > 1 ? all->str : NULL);
}

char *
leyden_trace_word_output (LeydenValue *state,
                          const char  *node,
                          LeydenValue *result)
{
  char *text = word_texts (state, node);

  if (text == NULL)
    text = word_texts (state, NULL);
  return text != NULL ? text : word_value (result);
}

char *
leyden_trace_word_tools (LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *tools = leyden_value_lookup_pointer (leyden_value_get_item (nodes, i), "/calls/0/request/tools");
      GString *out;

      if (leyden_value_get_size (tools) == 0)
        continue;
      out = g_string_new (NULL);
      for (guint j = 0; j < leyden_value_get_size (tools); j++)
        {
          const char *name = leyden_value_get_string (leyden_value_lookup_pointer (leyden_value_get_item (tools, j), "/function/name"), NULL);

          if (name != NULL)
            g_string_append_printf (out, "%s%s", out->len > 0 ? "\n" : "", name);
        }
      return g_string_free (out, FALSE);
    }
  return NULL;
}
