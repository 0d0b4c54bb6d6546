/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-record-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

static const struct
{
  const char *type;
  const char *title;
} types[] = {
  { "rollout.started", N_("Rollout started") },
  { "rollout.paused", N_("Rollout paused") },
  { "rollout.resumed", N_("Rollout goes on") },
  { "rollout.finished", N_("Rollout ended") },
  { "node.started", N_("Node started") },
  { "node.finished", N_("Node finished") },
  { "node.failed", N_("Node failed") },
  { "node.skipped", N_("Node skipped") },
  { "node.retried", N_("Node tries again") },
  { "node.cancelled", N_("Node cancelled") },
  { "node.waiting", N_("Node waits") },
  { "model.request", N_("Model asked") },
  { "model.response", N_("Model answered") },
  { "tool.called", N_("Tool called") },
  { "tool.returned", N_("Tool returned") },
  { "cache.hit", N_("Answer from the cache") },
  { "cache.missed", N_("Not in the cache") },
  { "breakpoint.hit", N_("Breakpoint hit") },
  { "value.edited", N_("Value changed") },
  { "parameter.edited", N_("Parameter changed") },
  { "decision.made", N_("Decision made") },
  { "output.line", N_("Line of output") },
  { "merge.dropped", N_("Merge left out") },
  { "reward", N_("Reward") },
  { "agl.event", N_("Event of an agent") },
};

static const struct
{
  const char *prefix;
  const char *title;
} groups[] = {
  { "", N_("All events") },
  { "node.", N_("Nodes") },
  { "model.", N_("Models") },
  { "tool.", N_("Tools") },
  { "cache.", N_("Cache") },
  { "rollout.", N_("Rollout") },
  { "breakpoint.", N_("Breakpoints") },
  { "value.", N_("Changed values") },
  { "output.", N_("Output") },
  { "reward", N_("Rewards") },
  { "agl.", N_("External agents") },
};

char *
leyden_record_type_title (const char *type)
{
  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i].type, type))
      return g_strdup (_(types[i].title));
  return leyden_text_display (type, -1, 60, FALSE);
}

guint
leyden_record_get_n_groups (void)
{
  return G_N_ELEMENTS (groups);
}

const char *
leyden_record_group_title (guint group)
{
  g_return_val_if_fail (group < G_N_ELEMENTS (groups), "");
  return _(groups[group].title);
}

const char *
leyden_record_group_prefix (guint group)
{
  g_return_val_if_fail (group < G_N_ELEMENTS (groups), "");
  return groups[group].prefix;
}

/* --- what it says --- */

/* Text of a message, else the names of the tools that it calls. */
static LeydenValue *
get_words (LeydenValue *message)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");

  if (leyden_value_get_kind (content) == LEYDEN_VALUE_STRING && *leyden_value_get_string (content, NULL) != '\0')
    return content;
  return leyden_value_get_size (calls) > 0 ? leyden_value_get_member (leyden_value_get_item (calls, 0), "function") : content;
}

static LeydenValue *
get_last_message (LeydenValue *request)
{
  LeydenValue *body = leyden_value_get_member (request, "body");
  LeydenValue *messages = leyden_value_get_member (body != NULL ? body : request, "messages");
  guint n = leyden_value_get_kind (messages) == LEYDEN_VALUE_LIST ? leyden_value_get_size (messages) : 0;

  return n > 0 ? get_words (leyden_value_get_item (messages, n - 1)) : request;
}

/* The one value of an object with one member, else the whole. */
static LeydenValue *
unwrap (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT && leyden_value_get_size (value) == 1 ? leyden_value_get_item (value, 0) : value;
}

static LeydenValue *
get_error (LeydenValue *payload)
{
  LeydenValue *error = leyden_value_get_member (payload, "error");
  LeydenValue *message = leyden_value_get_member (error, "message");

  return message != NULL ? message : error;
}

static LeydenValue *
get_answer (LeydenValue *payload,
            const char  *words)
{
  LeydenValue *answer = leyden_value_get_member (payload, "answer");
  LeydenValue *part = leyden_value_get_member (answer, words);

  if (part == NULL)
    return answer != NULL ? answer : payload;
  return g_str_equal (words, "message") ? get_words (part) : part;
}

/* The part of the payload that says most. */
static LeydenValue *
get_telling (const char  *type,
             LeydenValue *payload)
{
  static const struct { const char *type; const char *member; } members[] = {
    { "rollout.finished", "state" }, { "rollout.paused", "reason" }, { "rollout.resumed", "command" }, { "node.finished", "outputs" },
    { "node.waiting", "reason" }, { "output.line", "text" }, { "reward", "value" }, { "value.edited", "value" }, { "parameter.edited", "value" },
    { "agl.event", "data" },
  };

  /* Hashes, and where inputs come from: the details have them. */
  if (g_str_equal (type, "rollout.started") || g_str_equal (type, "node.started"))
    return NULL;
  if (get_error (payload) != NULL && !leyden_value_is_null (get_error (payload)))
    return get_error (payload);
  if (g_str_equal (type, "model.request"))
    return get_last_message (leyden_value_get_member (payload, "request"));
  if (g_str_equal (type, "model.response"))
    return get_answer (payload, "message");
  if (g_str_equal (type, "tool.called"))
    return unwrap (leyden_value_get_member (payload, "request"));
  if (g_str_equal (type, "tool.returned"))
    return get_answer (payload, "content");
  if (g_str_equal (type, "value.edited") && leyden_value_get_member (payload, "arguments") != NULL)
    return leyden_value_get_member (payload, "arguments");
  if (g_str_equal (type, "value.edited") && leyden_value_get_member (payload, "request") != NULL)
    return get_last_message (leyden_value_get_member (payload, "request"));
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (g_str_equal (type, members[i].type))
      {
        LeydenValue *value = leyden_value_get_member (payload, members[i].member);

        return value != NULL ? unwrap (value) : payload;
      }
  return payload;
}

char *
leyden_record_summarize (LeydenValue *record,
                         guint        max_chars)
{
  LeydenValue *payload = leyden_value_get_member (record, "payload");
  LeydenValue *value = get_telling (leyden_value_get_member_string (record, "type", ""), payload);
  g_autofree char *json = NULL;
  const char *text;
  gsize length = 0;

  if (value == NULL || leyden_value_is_null (value) || (leyden_value_get_kind (value) >= LEYDEN_VALUE_LIST && leyden_value_get_size (value) == 0))
    return g_strdup ("");
  text = leyden_value_get_string (value, &length);
  if (text == NULL)
    {
      json = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      text = json;
      length = strlen (json);
    }
  /* Blanks have no name. */
  if (strspn (text, " \t\r\n") == length)
    return g_strdup ("");
  return leyden_text_display (text, (gssize) length, max_chars, FALSE);
}
