/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-rollout-cache-private.h"
#include "leyden-rollout-debug-private.h"
#include "leyden-shorten.h"

/*
 * What a call that waits at the gate asks for: shown, and changed. The node goes on to believe that it asked what it asked, as a model is told
 * what its tools gave and not what they were really asked; the log has both. A resume makes the same call again, knows it by the hash of what the
 * node asked, and asks what somebody put in its place.
 */

/* Nobody edits more by hand; the log has the whole of it once it was called. */
#define MAX_SHOWN (256 * 1024)

/* "arguments" of a call to a tool of the flow; "request" of one to a model; NULL: a call that cannot be changed. */
static const char *
get_what (LeydenNodeCall *call)
{
  if (call->kind == LEYDEN_CALL_MODEL)
    return leyden_value_get_kind (leyden_value_get_member (call->request, "body")) == LEYDEN_VALUE_OBJECT ? "request" : NULL;
  /* Not those of nodes that are calls themselves: what they do was approved as it stands. */
  if (call->kind == LEYDEN_CALL_TOOL && leyden_value_get_kind (leyden_value_get_member (call->request, "arguments")) == LEYDEN_VALUE_OBJECT
      && leyden_value_get_member (call->request, "name") != NULL)
    return "arguments";
  return NULL;
}

static const char *
get_member (const char *what)
{
  return strcmp (what, "request") == 0 ? "body" : "arguments";
}

/* The next at @path (NULL: at any), of those that wait; @ordinal below 0: whichever. */
static LeydenNodeCall *
find_held (LeydenRollout *self,
           const char    *path,
           gint64         ordinal)
{
  LeydenNodeCall *first = NULL;

  for (guint i = 0; self->debugger != NULL && i < self->debugger->gated->len; i++)
    {
      LeydenNodeCall *call = g_task_get_task_data (g_ptr_array_index (self->debugger->gated, i));

      if ((path != NULL && strcmp (path, call->path) != 0) || (ordinal >= 0 && (gint64) call->ordinal != ordinal))
        continue;
      if (leyden_rollout_debug_is_focus (self, call))
        return call;
      if (first == NULL)
        first = call;
    }
  return first;
}

/* Showing */

static void
add_content (LeydenValueBuilder *b,
             const char         *what,
             LeydenValue        *content)
{
  g_autofree char *json = leyden_json_write (content, LEYDEN_JSON_COMPACT);
  g_autoptr(LeydenValue) shown = NULL;
  gsize length = strlen (json);

  if (length > MAX_SHOWN)
    {
      shown = leyden_value_shorten (content, MAX_SHOWN, MAX_SHOWN / 16);
      leyden_value_builder_set_boolean (b, "truncated", TRUE);
      leyden_value_builder_set_int (b, "bytes", (gint64) length);
    }
  leyden_value_builder_set (b, what, shown != NULL ? shown : content);
}

LeydenValue *
leyden_rollout_describe_held (LeydenRollout *self)
{
  LeydenNodeCall *call = leyden_rollout_is_paused (self) ? find_held (self, NULL, -1) : NULL;
  const char *what = call != NULL ? get_what (call) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (what == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "path", call->path);
  leyden_value_builder_set_string (&b, "kind", call->kind == LEYDEN_CALL_MODEL ? "model" : "tool");
  leyden_value_builder_set_int (&b, "ordinal", call->ordinal);
  leyden_value_builder_set_boolean (&b, "edited", call->asked_hash != NULL);
  leyden_value_builder_set (&b, call->kind == LEYDEN_CALL_MODEL ? "endpoint" : "name",
                            leyden_value_get_member (call->request, call->kind == LEYDEN_CALL_MODEL ? "endpoint" : "name"));
  add_content (&b, what, leyden_value_get_member (call->request, get_member (what)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Changing */

static void
set_content (LeydenNodeCall *call,
             const char     *what,
             LeydenValue    *content)
{
  LeydenRollout *rollout = call->context->rollout;
  LeydenValue *changed = leyden_value_with_member (call->request, get_member (what), content);

  if (call->asked_hash == NULL)
    call->asked_hash = leyden_json_hash (call->request);
  leyden_value_unref (call->request);
  call->request = changed;
  g_free (call->hash);
  call->hash = rollout->recording || rollout->memo != NULL ? leyden_json_hash (changed) : NULL;
  /* What the node gives does not come from its inputs alone. */
  leyden_rollout_cache_refuse (call->context, "edited");
}

static gboolean
check_content (const char   *what,
               LeydenValue  *content,
               GError      **error)
{
  LeydenValue *messages = leyden_value_get_member (content, "messages");

  if (leyden_value_get_kind (content) != LEYDEN_VALUE_OBJECT)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("\"%s\" must be an object"), what);
  if (strcmp (what, "request") == 0 && (leyden_value_get_kind (messages) != LEYDEN_VALUE_LIST || leyden_value_get_size (messages) == 0))
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_INVALID_ARGUMENT, _("\"request\" must have a list of \"messages\""));
  return TRUE;
}

static LeydenValue *
describe_edit (LeydenNodeCall *call,
               const char     *what,
               LeydenValue    *content)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *hash = call->asked_hash == NULL ? leyden_json_hash (call->request) : NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "call", call->kind == LEYDEN_CALL_MODEL ? "model" : "tool");
  leyden_value_builder_set_int (&b, "ordinal", call->ordinal);
  if (call->context->call_try > 1)
    leyden_value_builder_set_int (&b, "try", call->context->call_try);
  leyden_value_builder_set_string (&b, "hash", hash != NULL ? hash : call->asked_hash);
  leyden_value_builder_set (&b, what, content);
  leyden_value_builder_set (&b, "before", leyden_value_get_member (call->request, get_member (what)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/**
 * leyden_rollout_edit_call:
 * @self: a paused rollout
 * @path: of a call that waits to be let go, as "agent#2/calculator"
 * @ordinal: which of those at @path, as the description of the debugger tells it; below 0: that which goes first
 * @what: "arguments" of a tool, "request" of a model
 * @value: that it gets: an object; of a model with "messages"
 * @actor: who changes it, for the log
 * @func: (nullable): called once, when the record of it is on disk, or with the error of the store
 * @data: for @func
 * @error: return location, or %NULL
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT for a value that does not fit; %G_IO_ERROR_BUSY when no such call waits, or it cannot be changed.
 * @func is not called after an error.
 *
 * Returns: the sequence of the record; 0 on error
 */
guint64
leyden_rollout_edit_call (LeydenRollout          *self,
                          const char             *path,
                          gint64                  ordinal,
                          const char             *what,
                          LeydenValue            *value,
                          const char             *actor,
                          LeydenRolloutAnswered   func,
                          gpointer                data,
                          GError                **error)
{
  LeydenNodeCall *call;
  LeydenValue *record;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), 0);
  g_return_val_if_fail (path != NULL && what != NULL, 0);

  if (!leyden_rollout_edit_check_paused (self, error))
    return 0;
  call = find_held (self, path, ordinal);
  if (call == NULL)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("No call of “%s” waits to be let go"), path);
  if (g_strcmp0 (get_what (call), what) != 0)
    return leyden_rollout_edit_refuse (error, G_IO_ERROR_BUSY, _("What “%s” asks for cannot be changed so"), path);
  if (!check_content (what, value, error))
    return 0;
  record = describe_edit (call, what, value);
  set_content (call, what, value);
  leyden_rollout_log_as (self, actor, "value.edited", path, record);
  return leyden_rollout_edit_written (self, func, data);
}

/* Taking up */

static LeydenCallKind
get_kind (LeydenValue *payload)
{
  return strcmp (leyden_value_get_member_string (payload, "call", ""), "model") == 0 ? LEYDEN_CALL_MODEL : LEYDEN_CALL_TOOL;
}

void
leyden_rollout_read_edited_call (LeydenRollout *self,
                                 LeydenRecord  *record)
{
  const char *hash = leyden_value_get_member_string (record->payload, "hash", NULL);

  if (hash == NULL || leyden_value_get_member (record->payload, "call") == NULL)
    return;
  if (self->edited_calls == NULL)
    self->edited_calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  g_hash_table_replace (self->edited_calls,
                        leyden_node_call_key (record->node, get_kind (record->payload),
                                              (guint) leyden_value_get_member_int (record->payload, "try", 1),
                                              (guint) leyden_value_get_member_int (record->payload, "ordinal", 0), hash),
                        leyden_value_ref (record->payload));
}

void
leyden_rollout_take_edited_call (LeydenNodeCall *call)
{
  LeydenRollout *rollout = call->context->rollout;
  const char *what = rollout->edited_calls != NULL ? get_what (call) : NULL;
  g_autofree char *key = NULL;
  LeydenValue *content;

  if (what == NULL)
    return;
  key = leyden_node_call_key (call->path, call->kind, call->context->call_try, call->ordinal, call->hash);
  content = leyden_value_get_member (g_hash_table_lookup (rollout->edited_calls, key), what);
  if (content != NULL)
    set_content (call, what, content);
}
