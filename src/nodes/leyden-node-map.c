/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-private.h"

LEYDEN_DEFINE_NODE (LeydenNodeMap, leyden_node_map)

typedef enum
{
  ON_ERROR_FAIL,
  ON_ERROR_NULL,
  ON_ERROR_SKIP,
} OnError;

/* One execution. Which item failed first hangs on the pace; so of those that failed the first in the list counts, the ones before it
 * come to their end, and what is behind it is given up. */
typedef struct
{
  LeydenValue  *items;
  LeydenValue **results;        /* by item; NULL: failed, or not there yet */
  guint         n_items;
  guint         next;           /* item to start next */
  guint         n_open;         /* rounds under way before `failed` */
  OnError       on_error;
  guint         failed;         /* lowest item that failed; n_items: none */
  LeydenValue  *error;
  const char   *item_field;     /* borrowed from the context */
  const char   *index_field;
  guint         n_slots;
} Map;

static OnError
read_on_error (LeydenNodeContext *context)
{
  const char *word = leyden_node_context_get_parameter_string (context, "on_item_error");

  if (g_str_equal (word, "null"))
    return ON_ERROR_NULL;
  return g_str_equal (word, "skip") ? ON_ERROR_SKIP : ON_ERROR_FAIL;
}

static gpointer
begin_rounds (LeydenNodeExecutor  *executor,
              LeydenNodeContext   *context,
              guint               *n_slots,
              GError             **error)
{
  const char *field = leyden_node_context_get_parameter_string (context, "item");
  LeydenValue *items = leyden_node_context_get_input (context, field);
  Map *self;

  if (leyden_value_get_kind (items) != LEYDEN_VALUE_LIST)
    {
      leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The input “%s” is no list"), field);
      return NULL;
    }
  self = g_new0 (Map, 1);
  self->items = leyden_value_ref (items);
  self->n_items = self->failed = leyden_value_get_size (items);
  self->results = g_new0 (LeydenValue *, self->n_items + 1);
  self->on_error = read_on_error (context);
  self->item_field = field;
  self->index_field = leyden_node_context_get_parameter_string (context, "index");
  self->n_slots = *n_slots = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "concurrency"), 1, 1000);
  return self;
}

/* The item, its position, and all that goes to every round. */
static LeydenValue *
make_input (Map               *self,
            LeydenNodeContext *context,
            guint              index)
{
  LeydenValue *inputs = leyden_node_context_get_inputs (context);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (*self->index_field != '\0')
    leyden_value_builder_set_int (&b, self->index_field, index);
  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    if (!g_str_equal (leyden_value_get_key (inputs, i), self->item_field))
      leyden_value_builder_set (&b, leyden_value_get_key (inputs, i), leyden_value_get_item (inputs, i));
  leyden_value_builder_set (&b, self->item_field, leyden_value_get_item (self->items, index));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
add_list (LeydenValueBuilder *b,
          Map                *self,
          const char         *name)
{
  leyden_value_builder_key (b, name);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->n_items; i++)
    if (self->results[i] != NULL || self->on_error != ON_ERROR_SKIP)
      leyden_value_builder_add (b, leyden_value_get_member (self->results[i], name));
  leyden_value_builder_end (b);
}

static LeydenValue *
make_outputs (Map               *self,
              LeydenNodeContext *context)
{
  GPtrArray *ports = leyden_node_context_get_outputs (context);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      if (!port->is_error)
        add_list (&b, self, port->name);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
describe_failure (Map *self)
{
  /* Translators: number of an item, from 1, and how many there are. */
  g_autofree char *where = g_strdup_printf (_("Item %u of %u"), self->failed + 1, self->n_items);

  return leyden_node_error_inside (where, self->error);
}

static LeydenBodyStep
next_round (LeydenNodeExecutor *executor,
            LeydenNodeContext  *context,
            gpointer            state,
            LeydenBodyNext     *next)
{
  Map *self = state;

  if (self->failed < self->n_items || self->next == self->n_items)
    {
      if (self->n_open > 0)
        return LEYDEN_BODY_WAIT;
      if (self->failed < self->n_items)
        {
          next->error = describe_failure (self);
          return LEYDEN_BODY_FAILED;
        }
      next->outputs = make_outputs (self, context);
      return LEYDEN_BODY_DONE;
    }
  if (self->n_open >= self->n_slots)
    return LEYDEN_BODY_WAIT;
  next->index = self->next++;
  next->input = make_input (self, context, next->index);
  self->n_open++;
  return LEYDEN_BODY_START;
}

static void
round_ended (LeydenNodeExecutor *executor,
             LeydenNodeContext  *context,
             gpointer            state,
             guint               index,
             LeydenValue        *result,
             LeydenValue        *error)
{
  Map *self = state;

  self->n_open--;
  if (result != NULL)
    self->results[index] = leyden_value_ref (result);
  else if (self->on_error == ON_ERROR_FAIL && index < self->failed)
    {
      self->failed = index;
      g_clear_pointer (&self->error, leyden_value_unref);
      self->error = leyden_value_ref (error);
      self->n_open -= leyden_node_context_cancel_rounds (context, index + 1);
    }
}

static void
end_rounds (gpointer state)
{
  Map *self = state;

  for (guint i = 0; i < self->n_items; i++)
    g_clear_pointer (&self->results[i], leyden_value_unref);
  g_free (self->results);
  g_clear_pointer (&self->error, leyden_value_unref);
  leyden_value_unref (self->items);
  g_free (self);
}

static void
leyden_node_map_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->begin_rounds = begin_rounds;
  iface->next_round = next_round;
  iface->round_ended = round_ended;
  iface->end_rounds = end_rounds;
}
