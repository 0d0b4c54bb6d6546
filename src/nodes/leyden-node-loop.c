/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-expression.h"

LEYDEN_DEFINE_NODE (LeydenNodeLoop, leyden_node_loop)

typedef enum
{
  LOOP_BEGINS,                  /* a round: the next step */
  LOOP_RUNS,                    /* a round is under way */
  LOOP_ASKS,                    /* the condition is to be asked */
  LOOP_WAITS,                   /* for the condition, in a thread */
  LOOP_ENDS,                    /* the condition does not hold any more */
  LOOP_FAILED,
} LoopPhase;

/* One execution. Counted, because a thread may come back to it late. */
typedef struct
{
  LoopPhase    phase;
  guint        index;           /* of the round */
  guint        max;
  LeydenValue *input;           /* of the next or present round, without its number */
  LeydenValue *result;          /* of the last one */
  LeydenValue *error;
  const char  *index_field;     /* borrowed from the context */
} Loop;

static void
loop_clear (gpointer data)
{
  Loop *self = data;

  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->result, leyden_value_unref);
  g_clear_pointer (&self->error, leyden_value_unref);
}

static void
loop_unref (gpointer data)
{
  g_rc_box_release_full (data, loop_clear);
}

static gpointer
begin_rounds (LeydenNodeExecutor  *executor,
              LeydenNodeContext   *context,
              guint               *n_slots,
              GError             **error)
{
  Loop *self = g_rc_box_new0 (Loop);

  self->max = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "max_iterations"), 1, 100000);
  self->input = leyden_value_ref (leyden_node_context_get_inputs (context));
  self->index_field = leyden_node_context_get_parameter_string (context, "index");
  return self;
}

/* The condition */

static gboolean
has_port (GPtrArray  *ports,
          const char *name)
{
  LeydenPort *port = leyden_ports_find (ports, name);

  return port != NULL && !port->is_error;
}

/* What the condition may name: inputs, what the round gave, the number of the round. */
static char **
list_names (Loop              *self,
            LeydenNodeContext *context)
{
  GPtrArray *inputs = leyden_node_context_get_input_ports (context);
  GPtrArray *outputs = leyden_node_context_get_outputs (context);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < inputs->len; i++)
    g_strv_builder_add (names, ((LeydenPort *) g_ptr_array_index (inputs, i))->name);
  for (guint i = 0; i < outputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (outputs, i);

      if (!port->is_error && !has_port (inputs, port->name))
        g_strv_builder_add (names, port->name);
    }
  if (*self->index_field != '\0' && !has_port (inputs, self->index_field) && !has_port (outputs, self->index_field))
    g_strv_builder_add (names, self->index_field);
  return g_strv_builder_end (names);
}

/* @base with the members of @more, of which @keep (nullable) has to know the name. */
static LeydenValue *
overlay (LeydenValue *base,
         LeydenValue *more,
         GPtrArray   *keep)
{
  LeydenValue *row = leyden_value_ref (base);

  for (guint i = 0; i < leyden_value_get_size (more); i++)
    {
      const char *key = leyden_value_get_key (more, i);
      LeydenValue *changed;

      if (keep != NULL && leyden_ports_find (keep, key) == NULL)
        continue;
      changed = leyden_value_with_member (row, key, leyden_value_get_item (more, i));
      leyden_value_unref (row);
      row = changed;
    }
  return row;
}

static LeydenValue *
with_index (Loop        *self,
            LeydenValue *row)
{
  g_autoptr(LeydenValue) number = leyden_value_new_int (self->index);

  if (*self->index_field == '\0' || leyden_value_get_member (row, self->index_field) != NULL)
    return leyden_value_ref (row);
  return leyden_value_with_member (row, self->index_field, number);
}

static void
take_answer (Loop              *self,
             LeydenNodeContext *context,
             LeydenValue       *again,
             const GError      *error)
{
  if (again != NULL)
    self->phase = leyden_value_get_boolean (again) ? LOOP_BEGINS : LOOP_ENDS;
  else
    {
      self->phase = LOOP_FAILED;
      self->error = leyden_node_context_describe_error (context, error);
    }
}

typedef struct
{
  LeydenNodeContext *context;
  Loop              *loop;
} Question;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Question *question = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) again = leyden_node_expression_finish (result, &error);

  take_answer (question->loop, question->context, again, error);
  leyden_node_context_go_on (question->context);
  loop_unref (question->loop);
  leyden_node_context_unref (question->context);
  g_free (question);
}

static void
ask_in_thread (LeydenNodeExecutor *executor,
               LeydenNodeContext  *context,
               Loop               *self,
               LeydenValue        *row)
{
  g_auto(GStrv) names = list_names (self, context);
  Question *question = g_new (Question, 1);

  *question = (Question) { leyden_node_context_ref (context), g_rc_box_acquire (self) };
  self->phase = LOOP_WAITS;
  leyden_node_context_wait (context);
  leyden_node_expression_evaluate_async (leyden_node_context_get_parameter_string (context, "condition"),
                                         (const char * const *) names, LEYDEN_EXPRESSION_BOOLEAN, row, executor, answered_cb,
                                         question);
}

static LeydenExpression *
get_condition (LeydenNodeContext  *context,
               Loop               *self,
               GError            **error)
{
  LeydenExpression *expression = leyden_node_context_get_prepared (context);

  if (expression == NULL)
    {
      g_auto(GStrv) names = list_names (self, context);

      expression = leyden_expression_new (leyden_node_context_get_parameter_string (context, "condition"),
                                          (const char * const *) names, LEYDEN_EXPRESSION_BOOLEAN, error);
      if (expression != NULL)
        leyden_node_context_set_prepared (context, expression, (GDestroyNotify) leyden_expression_free);
    }
  return expression;
}

static void
ask (LeydenNodeExecutor *executor,
     LeydenNodeContext  *context,
     Loop               *self)
{
  g_autoptr(LeydenValue) given = overlay (self->input, self->result, NULL);
  g_autoptr(LeydenValue) row = with_index (self, given);
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(GError) error = NULL;
  LeydenExpression *condition = get_condition (context, self, &error);

  if (condition != NULL)
    again = leyden_node_expression_evaluate_quickly (condition, row, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    ask_in_thread (executor, context, self, row);
  else
    take_answer (self, context, again, error);
}

/* Rounds */

/* Outputs go to the inputs of the same name; an output that gave nothing leaves the input as it was. */
static void
turn_over (Loop              *self,
           LeydenNodeContext *context)
{
  LeydenValue *input = overlay (self->input, self->result, leyden_node_context_get_input_ports (context));

  leyden_value_unref (self->input);
  self->input = input;
  g_clear_pointer (&self->result, leyden_value_unref);
  self->index++;
}

/* The condition still holds after the last round that may be. */
static LeydenBodyStep
end_at_limit (Loop              *self,
              LeydenNodeContext *context,
              LeydenBodyNext    *next)
{
  g_autoptr(GError) error = NULL;

  if (!g_str_equal (leyden_node_context_get_parameter_string (context, "on_limit"), "fail"))
    {
      next->outputs = leyden_node_round_outputs (context, self->result);
      return LEYDEN_BODY_DONE;
    }
  error = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE,
                       ngettext ("The condition still holds after %u round", "The condition still holds after %u rounds", self->max),
                       self->max);
  next->error = leyden_node_context_describe_error (context, error);
  return LEYDEN_BODY_FAILED;
}

static LeydenBodyStep
start_round (Loop              *self,
             LeydenNodeContext *context,
             LeydenBodyNext    *next)
{
  if (self->result != NULL && self->index + 1 >= self->max)
    return end_at_limit (self, context, next);
  if (self->result != NULL)
    turn_over (self, context);
  self->phase = LOOP_RUNS;
  next->index = self->index;
  next->input = with_index (self, self->input);
  return LEYDEN_BODY_START;
}

static LeydenBodyStep
next_round (LeydenNodeExecutor *executor,
            LeydenNodeContext  *context,
            gpointer            state,
            LeydenBodyNext     *next)
{
  Loop *self = state;

  if (self->phase == LOOP_ASKS)
    ask (executor, context, self);
  switch (self->phase)
    {
    case LOOP_BEGINS:
      return start_round (self, context, next);
    case LOOP_ENDS:
      next->outputs = leyden_node_round_outputs (context, self->result);
      return LEYDEN_BODY_DONE;
    case LOOP_FAILED:
      next->error = g_steal_pointer (&self->error);
      return LEYDEN_BODY_FAILED;
    case LOOP_RUNS:
    case LOOP_ASKS:
    case LOOP_WAITS:
    default:
      return LEYDEN_BODY_WAIT;
    }
}

static void
round_ended (LeydenNodeExecutor *executor,
             LeydenNodeContext  *context,
             gpointer            state,
             guint               index,
             LeydenValue        *result,
             LeydenValue        *error)
{
  Loop *self = state;

  if (result != NULL)
    {
      self->result = leyden_value_ref (result);
      self->phase = LOOP_ASKS;
    }
  else
    {
      /* Translators: number of a round, from 1. */
      g_autofree char *where = g_strdup_printf (_("Round %u"), index + 1);

      self->error = leyden_node_error_inside (where, error);
      self->phase = LOOP_FAILED;
    }
}

static void
leyden_node_loop_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->begin_rounds = begin_rounds;
  iface->next_round = next_round;
  iface->round_ended = round_ended;
  iface->end_rounds = loop_unref;
}
