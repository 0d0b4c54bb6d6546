/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-rollout-cache-private.h"
#include "leyden-rollout-debug-private.h"

/*
 *  start ─► changed by somebody before the resume? ─yes─► that is asked instead
 *    │
 *    ├─ answered before the resume? ─yes─► answer from the log
 *    │no
 *    ├─ once, and asked before the resume without an answer? ─► rerun, fail, or wait for a decision
 *    ▼
 *  (a debugger holds it) ─► log the request ─► once: wait for the sync ─► perform ─► (hold it back) ─► log the answer ─► answer
 *
 * Simulated models that do not really wait answer in any order. What happens first may decide (a merge, a failure that ends the
 * rollout), and must not hang on the pace or the load: their answers are held back, and handed out by their modelled times.
 */

static void
call_free (gpointer data)
{
  LeydenNodeCall *call = data;

  if (call->destroy != NULL)
    call->destroy (call->user_data);
  leyden_value_unref (call->request);
  g_clear_pointer (&call->answer, leyden_value_unref);
  leyden_node_context_unref (call->context);
  g_free (call->path);
  g_free (call->hash);
  g_free (call->asked_hash);
  g_free (call);
}

/* @hash NULL: the key under which a call is in doubt, whatever it asked. */
char *
leyden_node_call_key (const char     *path,
                      LeydenCallKind  kind,
                      guint           try,
                      guint           ordinal,
                      const char     *hash)
{
  return g_strdup_printf ("%s\x1f%u\x1f%u\x1f%u\x1f%s", path, kind, try, ordinal, hash != NULL ? hash : "");
}

static LeydenValue *
find_recorded (LeydenNodeCall *call)
{
  LeydenRollout *rollout = call->context->rollout;
  g_autofree char *key = NULL;

  if (rollout->memo == NULL)
    return NULL;
  key = leyden_node_call_key (call->path, call->kind, call->context->call_try, call->ordinal, call->hash);
  return g_hash_table_lookup (rollout->memo, key);
}

static gboolean
is_in_doubt (LeydenNodeCall *call)
{
  LeydenRollout *rollout = call->context->rollout;
  g_autofree char *key = NULL;

  if (rollout->doubt == NULL || call->effects != LEYDEN_EFFECTS_ONCE)
    return FALSE;
  key = leyden_node_call_key (call->path, call->kind, call->context->call_try, call->ordinal, NULL);
  return g_hash_table_contains (rollout->doubt, key);
}

/* The key of the call as members; then @name and @value, and @capture (nullable): what a trainer reads of it. */
static void
log_call (LeydenNodeCall *call,
          const char     *type,
          const char     *name,
          LeydenValue    *value,
          LeydenValue    *capture)
{
  LeydenRollout *rollout = call->context->rollout;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (rollout->recording)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_int (&b, "ordinal", call->ordinal);
      if (call->context->call_try > 1)
        leyden_value_builder_set_int (&b, "try", call->context->call_try);
      leyden_value_builder_set_string (&b, "hash", call->hash);
      leyden_value_builder_set (&b, name, value);
      if (capture != NULL)
        leyden_value_builder_set (&b, "capture", capture);
      leyden_value_builder_end (&b);
      leyden_rollout_log (rollout, type, call->path, leyden_value_builder_end_value (&b));
    }
  else
    rollout->sequence++;
  leyden_engine_schedule (rollout->engine, rollout);
}

static void
return_ended (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The rollout has ended");
}

/* @answer without its capture, which stands beside it in the log: states and resumes have no use for it. The probabilities of the tokens stand in there
 * as well. (transfer full) */
static LeydenValue *
strip_capture (LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_member (answer, "capture") == NULL)
    return leyden_value_ref (answer);
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (answer); i++)
    {
      const char *key = leyden_value_get_key (answer, i);

      if (strcmp (key, "capture") != 0 && strcmp (key, "logprobs") != 0)
        leyden_value_builder_set (&b, key, leyden_value_get_item (answer, i));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answer_arrived (LeydenNodeCall *call,
                LeydenValue    *answer)
{
  LeydenValue *usage = leyden_value_get_member (answer, "usage");
  double latency = leyden_value_get_member_double (answer, "latency_ms", 0);
  gboolean model = call->kind == LEYDEN_CALL_MODEL;
  g_autoptr(LeydenValue) bare = model ? strip_capture (answer) : leyden_value_ref (answer);

  log_call (call, model ? "model.response" : "tool.returned", "answer", bare, model ? leyden_value_get_member (answer, "capture") : NULL);
  if (call->kind != LEYDEN_CALL_MODEL)
    return;
  if (latency > 0 && latency < 1e9)
    call->context->latency_ms += latency;
  call->context->tokens += CLAMP (leyden_value_get_member_int (usage, "prompt_tokens", 0), 0, G_MAXINT32)
                           + CLAMP (leyden_value_get_member_int (usage, "completion_tokens", 0), 0, G_MAXINT32);
  call->context->cost += CLAMP (leyden_value_get_member_double (answer, "cost", 0), 0, 1e9);
  if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
    call->context->simulated = TRUE;
  if (leyden_value_get_member (answer, "error_kind") != NULL)
    leyden_rollout_cache_refuse (call->context, "not-simulated");
  leyden_rollout_count_usage (call->context->rollout, answer, FALSE);
}

static void
give (GTask       *task,
      LeydenValue *answer)
{
  LeydenNodeCall *call = g_task_get_task_data (task);

  if (call->kind != LEYDEN_CALL_KEPT)
    {
      answer_arrived (call, answer);
      if (leyden_rollout_is_debugged (call->context->rollout))
        leyden_rollout_debug_answered (call->context->rollout, task, answer);
    }
  if (call->context->rollout->ended)
    return_ended (task);
  else
    g_task_return_pointer (task, leyden_value_ref (answer), (GDestroyNotify) leyden_value_unref);
}

static gboolean
is_to_be_held (LeydenRollout *rollout,
               LeydenValue   *answer)
{
  return rollout->time_scale <= 0 && leyden_value_get_member_boolean (answer, "simulated", FALSE);
}

/* Takes both. */
static void
hold (GTask       *task,
      LeydenValue *answer)
{
  LeydenNodeCall *call = g_task_get_task_data (task);
  LeydenRollout *rollout = call->context->rollout;

  call->due_ms = (double) call->context->scope->clocks[call->context->node] + call->context->latency_ms
                 + MAX (0, leyden_value_get_member_double (answer, "latency_ms", 0));
  call->answer = answer;
  call->context->n_held++;
  if (rollout->held == NULL)
    rollout->held = g_ptr_array_new ();
  g_ptr_array_add (rollout->held, task);
  leyden_engine_schedule (rollout->engine, rollout);
}

/* Whether everything that is under way waits for a held answer, so that none can come before the earliest of them. */
static gboolean
is_quiet (LeydenRollout *self)
{
  for (LeydenNodeContext *context = self->running; context != NULL; context = context->next)
    /* A container does nothing itself but wait for its rounds, except between wait and go_on. People take their time, with questions and
     * with a debugger. */
    if ((context->n_held == 0 && context->bodies == NULL && !context->asks && context->n_gated == 0) || context->n_performing > 0)
      return FALSE;
  return TRUE;
}

static gboolean
comes_before (GTask *a,
              GTask *b)
{
  LeydenNodeCall *x = g_task_get_task_data (a), *y = g_task_get_task_data (b);

  if (x->due_ms != y->due_ms)
    return x->due_ms < y->due_ms;
  if (x->context->scope != y->context->scope)
    return strcmp (x->context->scope->path, y->context->scope->path) < 0;
  return x->context->node != y->context->node ? x->context->node < y->context->node : x->ordinal < y->ordinal;
}

gboolean
leyden_rollout_release_held (LeydenRollout *self)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  LeydenNodeCall *call;
  guint first = 0;

  if (self->held == NULL || self->held->len == 0 || !is_quiet (self))
    return FALSE;
  for (guint i = 1; i < self->held->len; i++)
    if (comes_before (g_ptr_array_index (self->held, i), g_ptr_array_index (self->held, first)))
      first = i;
  task = g_ptr_array_remove_index_fast (self->held, first);
  call = g_task_get_task_data (task);
  call->context->n_held--;
  answer = g_steal_pointer (&call->answer);
  give (task, answer);
  return TRUE;
}

void
leyden_rollout_drop_held_of (LeydenRollout *self,
                             LeydenScope   *scope)
{
  leyden_rollout_debug_drop_calls (self, scope);
  for (guint i = self->held != NULL ? self->held->len : 0; i > 0; i--)
    {
      GTask *task = g_ptr_array_index (self->held, i - 1);
      LeydenNodeCall *call = g_task_get_task_data (task);

      if (call->context->scope != scope)
        continue;
      g_ptr_array_remove_index_fast (self->held, i - 1);
      call->context->n_held--;
      return_ended (task);
      g_object_unref (task);
    }
}

void
leyden_rollout_drop_held (LeydenRollout *self)
{
  while (self->held != NULL && self->held->len > 0)
    {
      g_autoptr(GTask) task = g_ptr_array_remove_index_fast (self->held, self->held->len - 1);
      LeydenNodeCall *call = g_task_get_task_data (task);

      call->context->n_held--;
      return_ended (task);
    }
}

void
leyden_node_call_hand_out (LeydenNodeContext   *context,
                           LeydenValue         *answer,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  LeydenNodeCall *call = g_new0 (LeydenNodeCall, 1);

  *call = (LeydenNodeCall) {
    .context = leyden_node_context_ref (context), .kind = LEYDEN_CALL_KEPT, .request = leyden_value_new_null (), .path = g_strdup (context->path),
  };
  g_task_set_source_tag (task, leyden_node_call_hand_out);
  g_task_set_task_data (task, call, call_free);
  if (is_to_be_held (context->rollout, answer))
    hold (task, leyden_value_ref (answer));
  else
    {
      give (task, answer);
      g_object_unref (task);
    }
}

static void
performed_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeCall *call = g_task_get_task_data (task);
  LeydenRollout *rollout = call->context->rollout;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = call->finish (result, &error, call->user_data);

  call->context->n_performing--;
  if (call->context->detached || rollout->ended)
    {
      return_ended (task);
      return;
    }
  if (answer == NULL)
    {
      g_autoptr(LeydenValue) described = leyden_rollout_describe_error (error, call->path);

      log_call (call, call->kind == LEYDEN_CALL_MODEL ? "model.response" : "tool.returned", "error", described,
                leyden_node_error_get_capture (error));
      if (leyden_rollout_is_debugged (rollout))
        leyden_rollout_debug_answered (rollout, task, NULL);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (is_to_be_held (rollout, answer))
    hold (g_steal_pointer (&task), g_steal_pointer (&answer));
  else
    give (task, answer);
}

static void
perform (GTask *task)
{
  LeydenNodeCall *call = g_task_get_task_data (task);

  call->context->n_performing++;
  call->perform (call->context, call->request, leyden_scope_get_cancellable (call->context->scope),
                 performed_cb, task, call->user_data);
}

static void
synced_cb (LeydenRollout *rollout,
           gpointer       data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeCall *call = g_task_get_task_data (task);

  if (call->context->detached || rollout->ended)
    return_ended (task);
  else
    perform (g_steal_pointer (&task));
}

void
leyden_node_call_drop (GTask *task)
{
  return_ended (task);
  g_object_unref (task);
}

void
leyden_node_call_go (GTask *task)
{
  LeydenNodeCall *call = g_task_get_task_data (task);

  if (call->context->detached || call->context->rollout->ended)
    {
      leyden_node_call_drop (task);
      return;
    }
  log_call (call, call->kind == LEYDEN_CALL_MODEL ? "model.request" : "tool.called", "request", call->request, NULL);
  if (call->effects == LEYDEN_EFFECTS_ONCE)
    leyden_rollout_when_synced (call->context->rollout, synced_cb, task);
  else
    perform (task);
}

static void
request (GTask *task)
{
  LeydenRollout *rollout = ((LeydenNodeCall *) g_task_get_task_data (task))->context->rollout;

  if (!leyden_rollout_is_debugged (rollout) || !leyden_rollout_debug_gate (rollout, task))
    leyden_node_call_go (task);
}

static void
decided_cb (LeydenRollout *rollout,
            gboolean       rerun,
            gpointer       data)
{
  GTask *task = g_object_ref (data);
  LeydenNodeCall *call = g_task_get_task_data (task);

  if (rerun)
    {
      request (task);
      return;
    }
  g_task_return_new_error (task, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_UNSAFE,
                           _("“%s” may have taken effect already and must not run twice"), call->path);
  g_object_unref (task);
}

void
leyden_node_call_start (LeydenNodeContext   *context,
                        LeydenCallKind       kind,
                        LeydenEffects        effects,
                        LeydenValue         *call_request,
                        char                *path,
                        guint                ordinal,
                        LeydenCallPerform    perform_func,
                        LeydenCallFinish     finish_func,
                        gpointer             user_data,
                        GDestroyNotify       destroy,
                        GAsyncReadyCallback  callback,
                        gpointer             data)
{
  LeydenRollout *rollout = context->rollout;
  GTask *task = g_task_new (NULL, NULL, callback, data);
  LeydenNodeCall *call = g_new0 (LeydenNodeCall, 1);
  LeydenValue *recorded;

  *call = (LeydenNodeCall) {
    .context = leyden_node_context_ref (context), .kind = kind, .effects = effects, .request = call_request,
    .perform = perform_func, .finish = finish_func, .user_data = user_data, .destroy = destroy,
    .path = path, .ordinal = ordinal,
  };
  g_task_set_source_tag (task, leyden_node_call_start);
  g_task_set_task_data (task, call, call_free);
  if (rollout->recording || rollout->memo != NULL)
    call->hash = leyden_json_hash (call->request);
  leyden_rollout_take_edited_call (call);

  if (effects == LEYDEN_EFFECTS_ONCE)
    leyden_rollout_cache_refuse (context, "effects");
  recorded = find_recorded (call);
  if (context->detached || rollout->ended)
    {
      return_ended (task);
      g_object_unref (task);
    }
  else if (recorded != NULL)
    {
      if (kind == LEYDEN_CALL_MODEL)
        context->latency_ms += MAX (0, leyden_value_get_member_double (recorded, "latency_ms", 0));
      g_task_return_pointer (task, leyden_value_ref (recorded), (GDestroyNotify) leyden_value_unref);
      g_object_unref (task);
    }
  else if (is_in_doubt (call) && !rollout->rerun_unsafe)
    leyden_rollout_ask (rollout, call->path, decided_cb, task, g_object_unref);
  else
    request (task);
}

/**
 * leyden_node_context_call_async:
 * @self: the context of an asynchronous node
 * @kind: how it is logged
 * @effects: %LEYDEN_EFFECTS_ONCE waits until the request is on disk, and is never performed again by itself
 * @request: object; its canonical hash is part of the call's key
 * @perform: starts the call; gives its result to the callback that it is handed
 * @finish: takes the result: an object, or %NULL with an error
 * @user_data: for both; must live until the call has answered
 * @callback: called once
 * @data: for @callback
 *
 * Errors of leyden_node_context_call_finish(): those of @finish; %G_IO_ERROR_CANCELLED when the rollout has ended;
 * %LEYDEN_ENGINE_ERROR_UNSAFE for an effect in doubt.
 */
void
leyden_node_context_call_async (LeydenNodeContext   *self,
                                LeydenCallKind       kind,
                                LeydenEffects        effects,
                                LeydenValue         *call_request,
                                LeydenCallPerform    perform_func,
                                LeydenCallFinish     finish_func,
                                gpointer             user_data,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  g_return_if_fail (self != NULL && self->ref_count > 0);

  leyden_node_call_start (self, kind, effects, leyden_value_ref (call_request), g_strdup (self->path), self->n_calls++,
                          perform_func, finish_func, user_data, NULL, callback, data);
}

LeydenValue *
leyden_node_context_call_finish (LeydenNodeContext  *self,
                                 GAsyncResult       *result,
                                 GError            **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_call_start), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
