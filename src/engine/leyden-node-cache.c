/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-node-cache.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"

/* What is known of nodes is kept for so many, in memory. */
#define MAX_LAST 20000

/* A value in memory; the queue has the one used last at its head. */
typedef struct
{
  char        *key;
  char        *flow;
  LeydenValue *value;
  gsize        size;
  GList        link;
} Item;

typedef struct
{
  LeydenValue *value;           /* {"key", "parts", "reason"?} */
  char        *flow;
  gboolean     cleared;
} Last;

struct _LeydenNodeCache
{
  GObject      parent_instance;

  LeydenStore *store;
  gsize        memory_limit;
  gint64       stored_limit;
  GHashTable  *items;           /* key → Item */
  GQueue       by_use;
  gsize        n_bytes;
  GHashTable  *last;            /* flow, node → Last */
  gint64       since_ns;
  guint64      n_hits;
  guint64      n_misses;
  guint64      n_invalidations;
  GSource     *changed_source;
};

G_DEFINE_FINAL_TYPE (LeydenNodeCache, leyden_node_cache, G_TYPE_OBJECT)

static guint changed_signal;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->key);
  g_free (item->flow);
  leyden_value_unref (item->value);
  g_free (item);
}

static void
last_free (gpointer data)
{
  Last *last = data;

  leyden_value_unref (last->value);
  g_free (last->flow);
  g_free (last);
}

static char *
dup_place (const char *flow,
           const char *node)
{
  return g_strconcat (flow, "\x1f", node, NULL);
}

/* Telling */

static gboolean
emit_changed (gpointer data)
{
  LeydenNodeCache *self = data;

  g_clear_pointer (&self->changed_source, g_source_unref);
  g_signal_emit (self, changed_signal, 0);
  return G_SOURCE_REMOVE;
}

static void
changed (LeydenNodeCache *self)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();

  if (self->changed_source != NULL)
    return;
  self->changed_source = g_idle_source_new ();
  g_source_set_callback (self->changed_source, emit_changed, self, NULL);
  g_source_attach (self->changed_source, context);
}

/* Memory */

static void
drop_item (LeydenNodeCache *self,
           Item            *item)
{
  self->n_bytes -= item->size;
  g_queue_unlink (&self->by_use, &item->link);
  g_hash_table_remove (self->items, item->key);
}

static LeydenValue *
find_item (LeydenNodeCache *self,
           const char      *key)
{
  Item *item = g_hash_table_lookup (self->items, key);

  if (item == NULL)
    return NULL;
  g_queue_unlink (&self->by_use, &item->link);
  g_queue_push_head_link (&self->by_use, &item->link);
  return leyden_value_ref (item->value);
}

static void
remember (LeydenNodeCache *self,
          const char      *key,
          const char      *flow,
          LeydenValue     *value,
          gsize            size)
{
  Item *item = g_hash_table_lookup (self->items, key);

  if (item != NULL)
    drop_item (self, item);
  if (size > self->memory_limit)
    return;
  item = g_new0 (Item, 1);
  item->key = g_strdup (key);
  item->flow = g_strdup (flow);
  item->value = leyden_value_ref (value);
  item->size = size;
  item->link.data = item;
  g_hash_table_insert (self->items, item->key, item);
  g_queue_push_head_link (&self->by_use, &item->link);
  self->n_bytes += size;
  while (self->n_bytes > self->memory_limit)
    drop_item (self, g_queue_peek_tail (&self->by_use));
}

static void
remember_last (LeydenNodeCache *self,
               const char      *flow,
               const char      *node,
               LeydenValue     *value)
{
  Last *last = g_new0 (Last, 1);

  /* Few ever come here; what is forgotten stands in the store. */
  if (g_hash_table_size (self->last) >= MAX_LAST)
    g_hash_table_remove_all (self->last);
  last->value = leyden_value_ref (value);
  last->flow = g_strdup (flow);
  g_hash_table_replace (self->last, dup_place (flow, node), last);
}

/* Why */

static void
add_reason (LeydenValueBuilder *b,
            const char         *part,
            const char         *name)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "part", part);
  if (name != NULL)
    leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_end (b);
}

static guint
add_changed_members (LeydenValueBuilder *b,
                     const char         *part,
                     LeydenValue        *before,
                     LeydenValue        *after)
{
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (after); i++)
    {
      const char *name = leyden_value_get_key (after, i);

      if (leyden_value_equal (leyden_value_get_item (after, i), leyden_value_get_member (before, name)))
        continue;
      add_reason (b, part, name);
      n++;
    }
  for (guint i = 0; i < leyden_value_get_size (before); i++)
    if (leyden_value_get_member (after, leyden_value_get_key (before, i)) == NULL)
      {
        add_reason (b, part, leyden_value_get_key (before, i));
        n++;
      }
  return n;
}

static guint
add_changes (LeydenValueBuilder *b,
             LeydenValue        *before,
             LeydenValue        *after)
{
  static const struct { const char *member, *part; } single[] = {
    { "kind", "kind" }, { "version", "kind" }, { "model", "model" }, { "seed", "seed" }, { "sample", "seed" },
    { "tools", "tools" }, { "row", "input" }, { "training", "training" },
  };
  guint n = add_changed_members (b, "parameter", leyden_value_get_member (before, "parameters"), leyden_value_get_member (after, "parameters"));

  n += add_changed_members (b, "input", leyden_value_get_member (before, "inputs"), leyden_value_get_member (after, "inputs"));
  for (guint i = 0; i < G_N_ELEMENTS (single); i++)
    if (!leyden_value_equal (leyden_value_get_member (before, single[i].member), leyden_value_get_member (after, single[i].member)))
      {
        add_reason (b, single[i].part, NULL);
        n++;
      }
  return n;
}

LeydenValue *
leyden_node_cache_explain (const char  *key,
                           LeydenValue *parts,
                           LeydenValue *last,
                           gboolean     was_cleared)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *reason = leyden_value_get_member_string (last, "reason", NULL);

  leyden_value_builder_begin_list (&b);
  if (last == NULL)
    add_reason (&b, "first", NULL);
  else if (strcmp (leyden_value_get_member_string (last, "key", ""), key) != 0)
    {
      if (add_changes (&b, leyden_value_get_member (last, "parts"), parts) == 0)
        add_reason (&b, "first", NULL);
    }
  else if (reason != NULL)
    add_reason (&b, "not-kept", reason);
  else
    add_reason (&b, was_cleared ? "cleared" : "evicted", NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
is_invalidation (LeydenValue *why)
{
  static const char * const others[] = { "first", "evicted", "cleared", "not-kept", "refresh", NULL };
  const char *part = leyden_value_get_member_string (leyden_value_get_item (why, 0), "part", "first");

  return !g_strv_contains (others, part);
}

/* Looking up */

typedef struct
{
  char        *key;
  char        *flow;
  char        *node;
  LeydenValue *parts;
  gboolean     refresh;
  LeydenValue *why;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->key);
  g_free (question->flow);
  g_free (question->node);
  leyden_value_unref (question->parts);
  g_clear_pointer (&question->why, leyden_value_unref);
  g_free (question);
}

static void
answer_miss (GTask       *task,
             LeydenValue *last,
             gboolean     was_cleared)
{
  LeydenNodeCache *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  if (question->refresh)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_list (&b);
      add_reason (&b, "refresh", NULL);
      leyden_value_builder_end (&b);
      question->why = leyden_value_builder_end_value (&b);
    }
  else
    question->why = leyden_node_cache_explain (question->key, question->parts, last, was_cleared);
  self->n_misses++;
  if (is_invalidation (question->why))
    self->n_invalidations++;
  changed (self);
  g_task_return_pointer (task, NULL, NULL);
}

static void
answer_hit (GTask       *task,
            LeydenValue *value)
{
  LeydenNodeCache *self = g_task_get_source_object (task);

  self->n_hits++;
  changed (self);
  g_task_return_pointer (task, leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
}

/* What the node depended on is the same now as then, whoever of several nodes made the value. */
static void
note_use (LeydenNodeCache *self,
          Question        *question,
          gboolean         from_store)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *place = dup_place (question->flow, question->node);
  Last *known = g_hash_table_lookup (self->last, place);
  g_autoptr(LeydenValue) last = NULL;
  LeydenCacheChange *change;

  if (!from_store && known != NULL && strcmp (leyden_value_get_member_string (known->value, "key", ""), question->key) == 0)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", question->key);
  leyden_value_builder_set (&b, "parts", question->parts);
  leyden_value_builder_end (&b);
  last = leyden_value_builder_end_value (&b);
  remember_last (self, question->flow, question->node, last);
  if (self->store == NULL || self->stored_limit <= 0)
    return;
  change = g_new0 (LeydenCacheChange, 1);
  change->key = g_strdup (question->key);
  change->flow = g_strdup (question->flow);
  change->node = g_strdup (question->node);
  change->last = g_steal_pointer (&last);
  change->time_ns = leyden_time_now_ns ();
  leyden_store_change_cache_async (self->store, change, NULL, NULL);
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeCache *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = leyden_store_get_cached_finish (LEYDEN_STORE (object), result, &error);
  g_autofree char *place = dup_place (question->flow, question->node);
  Last *last = g_hash_table_lookup (self->last, place);
  LeydenValue *value = leyden_value_get_member (found, "value");

  if (found == NULL)
    g_debug ("What is kept of “%s” cannot be read: %s", question->node, error->message);
  if (!question->refresh && leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    {
      g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

      remember (self, question->key, question->flow, value, strlen (text));
      note_use (self, question, TRUE);
      answer_hit (task, value);
    }
  else if (last != NULL)        /* newer than what is on disk */
    answer_miss (task, last->value, last->cleared);
  else
    answer_miss (task, leyden_value_get_member (found, "last"), leyden_value_get_member_boolean (found, "cleared", FALSE));
}

void
leyden_node_cache_look_up_async (LeydenNodeCache     *self,
                                 const char          *key,
                                 const char          *flow,
                                 const char          *node,
                                 LeydenValue         *parts,
                                 gboolean             refresh,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, data);
  Question *question = g_new0 (Question, 1);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *place = dup_place (flow, node);
  Last *last;

  g_return_if_fail (LEYDEN_IS_NODE_CACHE (self));

  *question = (Question) { g_strdup (key), g_strdup (flow), g_strdup (node), leyden_value_ref (parts), refresh, NULL };
  g_task_set_source_tag (task, leyden_node_cache_look_up_async);
  g_task_set_task_data (task, question, question_free);
  value = refresh ? NULL : find_item (self, key);
  if (value != NULL)
    {
      note_use (self, question, FALSE);
      answer_hit (task, value);
    }
  else if (self->store != NULL && self->stored_limit > 0 && !refresh)
    leyden_store_get_cached_async (self->store, key, flow, node, NULL, stored_cb, g_steal_pointer (&task));
  else
    {
      last = g_hash_table_lookup (self->last, place);
      answer_miss (task, last != NULL ? last->value : NULL, last != NULL && last->cleared);
    }
}

LeydenValue *
leyden_node_cache_look_up_finish (LeydenNodeCache  *self,
                                  GAsyncResult     *result,
                                  LeydenValue     **why)
{
  Question *question;
  LeydenValue *value;

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_cache_look_up_async), NULL);

  question = g_task_get_task_data (G_TASK (result));
  value = g_task_propagate_pointer (G_TASK (result), NULL);
  *why = value == NULL ? g_steal_pointer (&question->why) : NULL;
  return value;
}

/* Keeping */

static LeydenValue *
new_last (const char  *key,
          LeydenValue *parts,
          const char  *reason)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", key);
  leyden_value_builder_set (&b, "parts", parts);
  if (reason != NULL)
    leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_node_cache_put (LeydenNodeCache *self,
                       const char      *key,
                       const char      *flow,
                       const char      *node,
                       LeydenValue     *parts,
                       LeydenValue     *value,
                       const char      *reason)
{
  g_autoptr(LeydenValue) last = NULL;
  g_autofree char *text = NULL;
  LeydenCacheChange *change;

  g_return_if_fail (LEYDEN_IS_NODE_CACHE (self));

  if (value != NULL)
    {
      text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      if (strlen (text) > LEYDEN_CACHE_MAX_VALUE)
        {
          value = NULL;
          reason = "too-large";
        }
    }
  last = new_last (key, parts, value == NULL ? reason : NULL);
  remember_last (self, flow, node, last);
  if (value != NULL)
    remember (self, key, flow, value, strlen (text));
  changed (self);
  if (self->store == NULL || self->stored_limit <= 0)
    return;
  change = g_new0 (LeydenCacheChange, 1);
  change->key = value != NULL ? g_strdup (key) : NULL;
  change->flow = g_strdup (flow);
  change->node = g_strdup (node);
  change->value = value != NULL ? leyden_value_ref (value) : NULL;
  change->last = g_steal_pointer (&last);
  change->time_ns = leyden_time_now_ns ();
  change->limit = self->stored_limit;
  /* What could not be written is made again. */
  leyden_store_change_cache_async (self->store, change, NULL, NULL);
}

/* Clearing */

static void
clear_memory (LeydenNodeCache *self,
              const char      *flow)
{
  GHashTableIter iter;
  gpointer data;

  for (GList *l = self->by_use.head; l != NULL;)
    {
      Item *item = l->data;

      l = l->next;
      if (flow == NULL || strcmp (item->flow, flow) == 0)
        drop_item (self, item);
    }
  g_hash_table_iter_init (&iter, self->last);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    if (flow == NULL || strcmp (((Last *) data)->flow, flow) == 0)
      ((Last *) data)->cleared = TRUE;
}

static void
cleared_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;

  if (leyden_store_change_cache_finish (LEYDEN_STORE (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
leyden_node_cache_clear_async (LeydenNodeCache     *self,
                               const char          *flow,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, data);
  LeydenCacheChange *change;

  g_return_if_fail (LEYDEN_IS_NODE_CACHE (self));

  g_task_set_source_tag (task, leyden_node_cache_clear_async);
  clear_memory (self, flow);
  changed (self);
  if (self->store == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  change = g_new0 (LeydenCacheChange, 1);
  change->clear = TRUE;
  change->flow = g_strdup (flow);
  leyden_store_change_cache_async (self->store, change, cleared_cb, g_steal_pointer (&task));
}

gboolean
leyden_node_cache_clear_finish (LeydenNodeCache  *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_cache_clear_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Figures */

static void
write_size (LeydenValueBuilder *b,
            const char         *key,
            gint64              entries,
            gint64              bytes,
            gint64              limit)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "entries", entries);
  leyden_value_builder_set_int (b, "bytes", bytes);
  leyden_value_builder_set_int (b, "limit", limit);
  leyden_value_builder_end (b);
}

static LeydenValue *
make_figures (LeydenNodeCache *self,
              LeydenValue     *stored)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "hits", (gint64) self->n_hits);
  leyden_value_builder_set_int (&b, "misses", (gint64) self->n_misses);
  leyden_value_builder_set_int (&b, "invalidations", (gint64) self->n_invalidations);
  leyden_value_builder_set_int (&b, "since", self->since_ns);
  write_size (&b, "memory", g_hash_table_size (self->items), (gint64) self->n_bytes, (gint64) self->memory_limit);
  if (stored != NULL)
    write_size (&b, "stored", leyden_value_get_member_int (stored, "entries", 0), leyden_value_get_member_int (stored, "bytes", 0),
                self->stored_limit);
  else
    leyden_value_builder_set (&b, "stored", NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) stored = leyden_store_count_cache_finish (LEYDEN_STORE (object), result, &error);

  if (stored != NULL)
    g_task_return_pointer (task, make_figures (g_task_get_source_object (task), stored), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_node_cache_count_async (LeydenNodeCache     *self,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, data);

  g_return_if_fail (LEYDEN_IS_NODE_CACHE (self));

  g_task_set_source_tag (task, leyden_node_cache_count_async);
  if (self->store == NULL || self->stored_limit <= 0)
    g_task_return_pointer (task, make_figures (self, NULL), (GDestroyNotify) leyden_value_unref);
  else
    leyden_store_count_cache_async (self->store, NULL, counted_cb, g_steal_pointer (&task));
}

LeydenValue *
leyden_node_cache_count_finish (LeydenNodeCache  *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_cache_count_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_node_cache_dispose (GObject *object)
{
  LeydenNodeCache *self = LEYDEN_NODE_CACHE (object);

  if (self->changed_source != NULL)
    g_source_destroy (self->changed_source);
  g_clear_pointer (&self->changed_source, g_source_unref);
  g_clear_pointer (&self->items, g_hash_table_unref);
  g_clear_pointer (&self->last, g_hash_table_unref);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (leyden_node_cache_parent_class)->dispose (object);
}

static void
leyden_node_cache_class_init (LeydenNodeCacheClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_node_cache_dispose;

  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_node_cache_init (LeydenNodeCache *self)
{
  self->items = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, item_free);
  self->last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, last_free);
  self->since_ns = leyden_time_now_ns ();
}

LeydenNodeCache *
leyden_node_cache_new (LeydenStore *store,
                       gsize        memory_limit,
                       gint64       stored_limit)
{
  LeydenNodeCache *self = g_object_new (LEYDEN_TYPE_NODE_CACHE, NULL);

  self->store = store != NULL ? g_object_ref (store) : NULL;
  self->memory_limit = memory_limit;
  self->stored_limit = stored_limit;
  return self;
}
