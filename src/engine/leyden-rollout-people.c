/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-id.h"
#include "leyden-node-call-private.h"
#include "leyden-rollout-debug-private.h"

/*
 * Questions to people.
 *
 *  ask ─► answered before a resume? ─yes─► that answer
 *   │no
 *   ├─ nobody may be asked (the spec says so)? ─► the fallback, or failure
 *   ▼
 *  log node.waiting {"reason": "human", …} ─► leyden_rollout_answer() ─► log decision.made ─► answer
 *                                         └─► the time is over ─► log decision.made by "engine" ─► the fallback, or failure
 *
 * The limit counts from the first time the question was asked, also over restarts: its end stands in the record. The rollout's own
 * deadline stands still meanwhile. While a debugger holds the rollout, the limit stands still too, and the question is told again with its new end.
 */

/* Among the kinds of calls, for the memo. */
#define KIND_QUESTION 2

typedef struct
{
  GTask             *task;
  LeydenNodeContext *context;
  char              *path;
  LeydenValue       *fallback;          /* nullable */
  LeydenAskCheck     check;
  LeydenValue       *question;
  gint64             deadline_ns;       /* 0: none */
  gint64             left_ns;           /* of it, while the rollout is paused */
  GSource           *timeout;           /* nullable */
} Question;

static void
disarm (Question *self)
{
  if (self->timeout == NULL)
    return;
  g_source_destroy (self->timeout);
  g_clear_pointer (&self->timeout, g_source_unref);
}

static void
question_free (Question *self)
{
  disarm (self);
  leyden_value_unref (self->question);
  g_clear_pointer (&self->fallback, leyden_value_unref);
  g_clear_object (&self->task);
  leyden_node_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

static char *
make_key (const char *path,
          guint       try)
{
  return leyden_node_call_key (path, KIND_QUESTION, try, 0, NULL);
}

/* ---- The log, after a resume ---- */

void
leyden_rollout_read_question (LeydenRollout *self,
                              LeydenRecord  *record)
{
  guint try = (guint) leyden_value_get_member_int (record->payload, "try", 1);
  gint64 deadline_ns = leyden_value_get_member_int (record->payload, "deadline_ns", 0);
  g_autofree char *key = make_key (record->node, try);

  if (g_str_equal (record->type, "decision.made"))
    {
      if (leyden_value_get_member (record->payload, "answer") != NULL)
        g_hash_table_replace (self->memo, g_steal_pointer (&key), leyden_value_ref (record->payload));
      return;
    }
  if (deadline_ns <= 0 || g_strcmp0 (leyden_value_get_member_string (record->payload, "reason", NULL), "human") != 0)
    return;
  if (self->asked == NULL)
    self->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (self->asked, g_steal_pointer (&key), g_memdup2 (&deadline_ns, sizeof deadline_ns));
}

/* ---- The rollout's deadline ---- */

static void
count_question (LeydenRollout *self)
{
  self->n_questions++;
  leyden_rollout_stop_clock (self);
}

static void
uncount_question (LeydenRollout *self)
{
  self->n_questions--;
  leyden_rollout_start_clock (self);
}

/* ---- Asking ---- */

static void
log_waiting (LeydenNodeContext *context,
             LeydenValue       *question,
             gint64             deadline_ns)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "reason", "human");
  if (context->call_try > 1)
    leyden_value_builder_set_int (&b, "try", context->call_try);
  if (deadline_ns > 0)
    leyden_value_builder_set_int (&b, "deadline_ns", deadline_ns);
  leyden_value_builder_set (&b, "question", question);
  leyden_value_builder_end (&b);
  leyden_rollout_log_as (context->rollout, "engine", "node.waiting", context->path, leyden_value_builder_end_value (&b));
}

/* What the node gets, and what is logged. */
static LeydenValue *
make_decision (LeydenNodeContext *context,
               LeydenValue       *answer,
               const char        *actor,
               gboolean           timed_out)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "answer", answer);
  leyden_value_builder_set_string (&b, "by", actor);
  if (timed_out)
    leyden_value_builder_set_boolean (&b, "timed_out", TRUE);
  if (context->call_try > 1)
    leyden_value_builder_set_int (&b, "try", context->call_try);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Logs the answer and hands it to the node. */
static void
decide (LeydenNodeContext *context,
        GTask             *task,
        LeydenValue       *answer,
        const char        *actor,
        gboolean           timed_out)
{
  LeydenRollout *rollout = context->rollout;
  LeydenValue *decision = make_decision (context, answer, actor, timed_out);

  leyden_rollout_log_as (rollout, actor, "decision.made", context->path, leyden_value_ref (decision));
  leyden_engine_schedule (rollout->engine, rollout);
  g_task_return_pointer (task, decision, (GDestroyNotify) leyden_value_unref);
}

static void
give_up (LeydenNodeContext *context,
         GTask             *task,
         LeydenValue       *fallback,
         gboolean           nobody)
{
  if (fallback != NULL)
    decide (context, task, fallback, "engine", TRUE);
  else
    g_task_return_new_error (task, LEYDEN_ENGINE_ERROR, nobody ? LEYDEN_ENGINE_ERROR_UNSAFE : LEYDEN_ENGINE_ERROR_DEADLINE,
                             nobody ? _("“%s” asks a person, and nobody can be asked here") : _("Nobody answered “%s” in time"),
                             context->plan_node->id);
}

static Question *
steal_question (LeydenRollout *self,
                const char    *path)
{
  gpointer question = NULL;

  if (self->questions == NULL || !g_hash_table_steal_extended (self->questions, path, NULL, &question))
    return NULL;
  uncount_question (self);
  ((Question *) question)->context->asks = FALSE;
  return question;
}

static gboolean
timed_out_cb (gpointer data)
{
  Question *question = data;
  LeydenRollout *rollout = question->context->rollout;

  question = steal_question (rollout, question->path);
  give_up (question->context, question->task, question->fallback, FALSE);
  question_free (question);
  return G_SOURCE_REMOVE;
}

static gint64
find_deadline (LeydenNodeContext *context,
               guint              timeout_s)
{
  g_autofree char *key = make_key (context->path, context->call_try);
  gint64 *asked = context->rollout->asked != NULL ? g_hash_table_lookup (context->rollout->asked, key) : NULL;

  if (asked != NULL)
    return *asked;
  return timeout_s > 0 ? leyden_time_now_ns () + (gint64) timeout_s * 1000000000 : 0;
}

static gboolean
was_asked (LeydenNodeContext *context)
{
  g_autofree char *key = make_key (context->path, context->call_try);

  return context->rollout->asked != NULL && g_hash_table_contains (context->rollout->asked, key);
}

static void
arm (Question *self)
{
  gint64 left_ms = (MAX (0, self->deadline_ns - leyden_time_now_ns ()) + 999999) / 1000000;

  if (self->deadline_ns <= 0)
    return;
  self->timeout = g_timeout_source_new ((guint) MIN (left_ms, G_MAXUINT));
  g_source_set_callback (self->timeout, timed_out_cb, self, NULL);
  g_source_attach (self->timeout, leyden_engine_get_context (self->context->rollout->engine));
}

static void
hold (Question *self,
      gint64    since_ns)
{
  disarm (self);
  self->left_ns = MAX (0, self->deadline_ns - since_ns);
}

void
leyden_rollout_hold_questions (LeydenRollout *self)
{
  GHashTableIter iter;
  gpointer question;

  if (self->questions == NULL)
    return;
  g_hash_table_iter_init (&iter, self->questions);
  while (g_hash_table_iter_next (&iter, NULL, &question))
    hold (question, leyden_time_now_ns ());
}

void
leyden_rollout_release_questions (LeydenRollout *self)
{
  g_autoptr(GList) questions = self->questions != NULL ? g_hash_table_get_values (self->questions) : NULL;

  for (GList *l = questions; l != NULL; l = l->next)
    {
      Question *question = l->data;

      if (question->deadline_ns <= 0)
        continue;
      question->deadline_ns = leyden_time_now_ns () + question->left_ns;
      arm (question);
      log_waiting (question->context, question->question, question->deadline_ns);
    }
}

static void
wait_for_people (LeydenNodeContext *context,
                 GTask             *task,
                 LeydenValue       *question,
                 guint              timeout_s,
                 LeydenValue       *fallback,
                 LeydenAskCheck     check)
{
  LeydenRollout *rollout = context->rollout;
  gint64 deadline_ns = find_deadline (context, timeout_s);
  Question *self = g_new0 (Question, 1);

  self->task = g_object_ref (task);
  self->context = leyden_node_context_ref (context);
  self->path = g_strdup (context->path);
  self->fallback = fallback != NULL ? leyden_value_ref (fallback) : NULL;
  self->check = check;
  self->question = leyden_value_ref (question);
  self->deadline_ns = deadline_ns;
  if (leyden_rollout_is_paused (rollout))
    hold (self, was_asked (context) ? rollout->debugger->paused_ns : leyden_time_now_ns ());
  else
    arm (self);
  if (rollout->questions == NULL)
    rollout->questions = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (rollout->questions, self->path, self);
  context->asks = TRUE;
  count_question (rollout);
  log_waiting (context, question, deadline_ns);
  leyden_engine_schedule (rollout->engine, rollout);
}

void
leyden_node_context_ask_async (LeydenNodeContext   *self,
                               LeydenValue         *question,
                               guint                timeout_s,
                               LeydenValue         *fallback,
                               LeydenAskCheck       check,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  LeydenRollout *rollout = self->rollout;
  g_autofree char *key = make_key (self->path, self->call_try);
  LeydenValue *recorded = rollout->memo != NULL ? g_hash_table_lookup (rollout->memo, key) : NULL;

  g_return_if_fail (self->ref_count > 0);

  g_task_set_source_tag (task, leyden_node_context_ask_async);
  if (self->detached || rollout->ended)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The rollout has ended");
  else if (recorded != NULL)
    g_task_return_pointer (task, leyden_value_ref (recorded), (GDestroyNotify) leyden_value_unref);
  else if (!rollout->ask_people)
    give_up (self, task, fallback, TRUE);
  else
    wait_for_people (self, task, question, timeout_s, fallback, check);
}

LeydenValue *
leyden_node_context_ask_finish (LeydenNodeContext  *self,
                                GAsyncResult       *result,
                                GError            **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_context_ask_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Answering ---- */

typedef struct
{
  LeydenRolloutAnswered func;
  gpointer              data;
} Answered;

static void
answer_synced_cb (LeydenRollout *self,
                  gpointer       data)
{
  g_autofree Answered *answered = data;

  answered->func (self, self->store_error, answered->data);
}

/**
 * leyden_rollout_answer:
 * @self: the rollout
 * @node: path that a node.waiting record with reason "human" named
 * @answer: what the person says; the node says whether it fits
 * @actor: who answered, for the log
 * @func: called once, when the answer is on disk, or with the error of the store
 * @data: for @func
 * @error: return location, or %NULL
 *
 * Errors: %G_IO_ERROR_NOT_FOUND when nothing waits there, also when it was answered already; else the node's reason why the answer does not
 * fit: it goes on waiting then. @func is not called after an error.
 *
 * Returns: %TRUE when the answer was taken
 */
gboolean
leyden_rollout_answer (LeydenRollout          *self,
                       const char             *node,
                       LeydenValue            *answer,
                       const char             *actor,
                       LeydenRolloutAnswered   func,
                       gpointer                data,
                       GError                **error)
{
  Question *question;
  g_autoptr(LeydenValue) checked = NULL;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), FALSE);

  question = !self->ended && self->questions != NULL ? g_hash_table_lookup (self->questions, node) : NULL;
  if (question == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("No question waits for an answer there"));
      return FALSE;
    }
  checked = question->check (question->context, answer, error);
  if (checked == NULL)
    return FALSE;
  question = steal_question (self, node);
  decide (question->context, question->task, checked, actor, FALSE);
  question_free (question);
  if (func != NULL)
    {
      Answered *answered = g_new (Answered, 1);

      *answered = (Answered) { func, data };
      leyden_rollout_when_synced (self, answer_synced_cb, answered);
    }
  return TRUE;
}

guint
leyden_rollout_get_n_questions (LeydenRollout *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), 0);

  return self->ended ? 0 : self->n_questions;
}

/* ---- The end ---- */

void
leyden_rollout_drop_questions (LeydenRollout *self,
                               const char    *prefix)
{
  g_autoptr(GPtrArray) dropped = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer path, question;

  if (self->questions == NULL)
    return;
  g_hash_table_iter_init (&iter, self->questions);
  while (g_hash_table_iter_next (&iter, &path, &question))
    if (g_str_has_prefix (path, prefix))
      {
        g_ptr_array_add (dropped, question);
        g_hash_table_iter_remove (&iter);
      }
  for (guint i = 0; i < dropped->len; i++)
    {
      Question *one = g_ptr_array_index (dropped, i);

      uncount_question (self);
      g_task_return_new_error (one->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The rollout has ended");
      question_free (one);
    }
}
