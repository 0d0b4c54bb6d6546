/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-compare.h"

#include <string.h>

#include "leyden-rollout-state-private.h"
#include "leyden-shorten.h"

#define MAX_VALUE 8192
#define MAX_TEXT  4096

/* One of the two. */
typedef struct
{
  GPtrArray          *records;
  guint               begin;            /* of the last attempt */
  LeydenRolloutState *state;
  GHashTable         *places;           /* what a record says something of → LeydenRecord, the last */
  GPtrArray          *paths;            /* of nodes, in the order of their begin; borrowed */
} Side;

/* What can differ: the start, the calls and the end of a node, the input. NULL: nothing that counts. */
static char *
make_place (LeydenRecord *record)
{
  gint64 ordinal = leyden_value_get_member_int (record->payload, "ordinal", 0), try = leyden_value_get_member_int (record->payload, "try", 1);

  if (leyden_record_is (record, "rollout.started"))
    return g_strdup ("rollout");
  if (leyden_record_is (record, "node.started"))
    return g_strdup_printf ("started %s", record->node);
  /* What a call was changed to stands in the call. */
  if (leyden_record_is (record, "value.edited") && leyden_value_get_member (record->payload, "port") == NULL)
    return NULL;
  if (leyden_record_is (record, "value.edited"))
    return g_strdup_printf ("edited %s %s", record->node, leyden_value_get_member_string (record->payload, "port", ""));
  if (leyden_record_is (record, "node.finished") || leyden_record_is (record, "node.failed") || leyden_record_is (record, "node.skipped") || leyden_record_is (record, "node.cancelled"))
    return g_strdup_printf ("ended %s", record->node);
  if (leyden_record_is (record, "model.request") || leyden_record_is (record, "tool.called") || leyden_record_is (record, "model.response") || leyden_record_is (record, "tool.returned"))
    return g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", record->type, ordinal, try, record->node);
  return NULL;
}

static void
side_init (Side      *self,
           GPtrArray *records)
{
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  *self = (Side) { .records = records };
  self->state = leyden_rollout_state_init ();
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->paths = g_ptr_array_new ();
  for (guint i = 0; i < records->len; i++)
    if (leyden_record_is (g_ptr_array_index (records, i), "rollout.started"))
      self->begin = i;
  for (guint i = self->begin; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);
      char *place = make_place (record);

      leyden_rollout_state_apply (self->state, record);
      if (place != NULL)
        g_hash_table_replace (self->places, place, record);
      if (*record->node != '\0' && g_hash_table_contains (self->state->nodes, record->node) && g_hash_table_add (known, record->node))
        g_ptr_array_add (self->paths, record->node);
    }
}

static void
side_clear (Side *self)
{
  leyden_rollout_state_free (self->state);
  g_hash_table_unref (self->places);
  g_ptr_array_unref (self->paths);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static LeydenNodeFold *
find_node (Side       *self,
           const char *path)
{
  return g_hash_table_lookup (self->state->nodes, path);
}

/* The first place */

static gboolean
has_same_member (LeydenRecord *a,
                 LeydenRecord *b,
                 const char   *member)
{
  return leyden_value_equal (leyden_value_get_member (a->payload, member), leyden_value_get_member (b->payload, member));
}

/* Of an answer the words count, and what was asked for; not what it cost and how long it took. */
static gboolean
has_same_answer (LeydenRecord *a,
                 LeydenRecord *b)
{
  LeydenValue *x = leyden_value_get_member (a->payload, "answer"), *y = leyden_value_get_member (b->payload, "answer");
  LeydenValue *message = leyden_value_get_member (x, "message"), *other = leyden_value_get_member (y, "message");

  if ((x == NULL) != (y == NULL))
    return FALSE;
  return message != NULL || other != NULL ? leyden_value_equal (message, other) : leyden_value_equal (x, y);
}

/* NULL: the same. */
static const char *
find_difference (LeydenRecord *a,
                 LeydenRecord *b)
{
  if (leyden_record_is (a, "rollout.started"))
    return has_same_member (a, b, "input") ? NULL : "input";
  if (leyden_record_is (a, "node.started"))
    return has_same_member (a, b, "inputs") && has_same_member (a, b, "edge") && has_same_member (a, b, "typed") ? NULL : "input";
  if (g_str_has_prefix (a->type, "node."))
    {
      if (a->type != b->type)
        return "state";
      if (leyden_record_is (a, "node.finished"))
        return has_same_member (a, b, "outputs") ? NULL : "outputs";
      return leyden_record_is (a, "node.failed") && !has_same_member (a, b, "error") ? "state" : NULL;
    }
  if (leyden_record_is (a, "model.request") || leyden_record_is (a, "tool.called"))
    return has_same_member (a, b, "hash") && has_same_member (a, b, "request") ? NULL : "call";
  return has_same_answer (a, b) ? NULL : "call";
}

static LeydenValue *
make_divergence (const char   *path,
                 const char   *what,
                 LeydenRecord *a,
                 LeydenRecord *b)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRecord * const both[] = { a, b };
  static const char * const names[] = { "sequence_a", "sequence_b" };

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "path", path);
  leyden_value_builder_set_string (&builder, "what", what);
  for (guint i = 0; i < 2; i++)
    {
      leyden_value_builder_key (&builder, names[i]);
      if (both[i] != NULL)
        leyden_value_builder_add_int (&builder, (gint64) both[i]->sequence);
      else
        leyden_value_builder_add (&builder, NULL);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* What stands on the port that somebody changed in @self: the record that says so, and @value. NULL: nothing does. */
static LeydenRecord *
find_standing (Side          *self,
               LeydenRecord  *edited,
               LeydenValue  **value)
{
  g_autofree char *place = make_place (edited);
  g_autofree char *end = g_strdup_printf ("ended %s", edited->node);
  LeydenRecord *record = g_hash_table_lookup (self->places, place);

  if (record != NULL)
    {
      *value = leyden_value_get_member (record->payload, "value");
      return record;
    }
  record = g_hash_table_lookup (self->places, end);
  *value = record != NULL ? leyden_value_get_member (leyden_value_get_member (record->payload, "outputs"),
                                                     leyden_value_get_member_string (edited->payload, "port", ""))
                          : NULL;
  return record;
}

/* NULL: the same. @there: the record of @other. */
static const char *
find_edit_difference (Side          *other,
                      LeydenRecord  *edited,
                      LeydenRecord **there)
{
  LeydenValue *value = NULL;

  *there = find_standing (other, edited, &value);
  if (*there == NULL)
    return "missing";
  return leyden_value_equal (value, leyden_value_get_member (edited->payload, "value")) ? NULL : "outputs";
}

/* NULL: @other says the same at the place of @record. @there: the record that stands there. */
static const char *
look (Side          *other,
      LeydenRecord  *record,
      const char    *place,
      LeydenRecord **there)
{
  if (leyden_record_is (record, "value.edited"))
    return find_edit_difference (other, record, there);
  *there = g_hash_table_lookup (other->places, place);
  return *there == NULL ? "missing" : find_difference (record, *there);
}

/* The first that @other has in another way, or not at all. */
static LeydenValue *
find_first (Side *self,
            Side *other)
{
  for (guint i = self->begin; i < self->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (self->records, i), *there = NULL;
      g_autofree char *place = make_place (record);
      const char *what;

      /* The last word on it counts: a try that failed is no difference by itself. */
      if (place == NULL || g_hash_table_lookup (self->places, place) != record)
        continue;
      what = look (other, record, place, &there);
      if (what != NULL)
        return make_divergence (record->node, what, record, there);
    }
  return NULL;
}

/* The first that only @self has. */
static LeydenValue *
find_more (Side *self,
           Side *other)
{
  for (guint i = self->begin; i < self->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (self->records, i);
      g_autofree char *place = !leyden_record_is (record, "value.edited") ? make_place (record) : NULL;

      if (place != NULL && g_hash_table_lookup (self->places, place) == record && g_hash_table_lookup (other->places, place) == NULL)
        return make_divergence (record->node, "missing", NULL, record);
    }
  return NULL;
}

/* A value that somebody changed in @self before it came to @sequence (0: whenever): it is what the rest comes from. */
static LeydenValue *
find_edit (Side  *self,
           Side  *other,
           gint64 sequence)
{
  for (guint i = self->begin; i < self->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (self->records, i), *there = NULL;
      g_autofree char *place = leyden_record_is (record, "value.edited") ? make_place (record) : NULL;
      const char *what;

      if (sequence != 0 && record->sequence >= (guint64) sequence)
        break;
      if (place == NULL || g_hash_table_lookup (self->places, place) != record)
        continue;
      what = find_edit_difference (other, record, &there);
      if (what != NULL)
        return make_divergence (record->node, what, there, record);
    }
  return NULL;
}

static LeydenValue *
find_divergence (Side *a,
                 Side *b)
{
  LeydenValue *first = find_first (a, b);
  LeydenValue *edit = find_edit (b, a, leyden_value_get_member_int (first, "sequence_b", 0));

  if (edit == NULL)
    return first != NULL ? first : find_more (b, a);
  g_clear_pointer (&first, leyden_value_unref);
  return edit;
}

/* Nodes */

static void
write_figures (LeydenValueBuilder *b,
               const char         *key,
               LeydenNodeFold     *node)
{
  gint64 tokens = 0;
  double cost = 0;

  leyden_value_builder_key (b, key);
  if (node == NULL)
    {
      leyden_value_builder_add (b, NULL);
      return;
    }
  for (guint i = 0; i < node->calls->len; i++)
    {
      LeydenCallState *call = g_ptr_array_index (node->calls, i);
      LeydenValue *usage = leyden_value_get_member (call->answer, "usage");

      /* What a fork has from another was spent there. */
      if (call->from != NULL)
        continue;
      tokens += CLAMP (leyden_value_get_member_int (usage, "prompt_tokens", 0), 0, G_MAXINT32)
                + CLAMP (leyden_value_get_member_int (usage, "completion_tokens", 0), 0, G_MAXINT32);
      cost += CLAMP (leyden_value_get_member_double (call->answer, "cost", 0), 0, 1e9);
    }
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "state", leyden_node_fold_get_state (node));
  leyden_value_builder_key (b, "ms");
  if (node->started_ns != 0 && node->finished_ns >= node->started_ns)
    leyden_value_builder_add_double (b, (double) (node->finished_ns - node->started_ns) / 1e6);
  else
    leyden_value_builder_add (b, NULL);
  leyden_value_builder_set_double (b, "cost", cost);
  leyden_value_builder_set_int (b, "tokens", tokens);
  leyden_value_builder_end (b);
}

static void
write_port (LeydenValueBuilder *b,
            const char         *port,
            LeydenValue        *x,
            LeydenValue        *y)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "port", port);
  leyden_value_builder_set_boolean (b, "same", x != NULL && y != NULL && leyden_value_equal (x, y));
  if (x != NULL)
    leyden_value_builder_set_take (b, "a", leyden_value_shorten (x, MAX_VALUE, MAX_TEXT));
  if (y != NULL)
    leyden_value_builder_set_take (b, "b", leyden_value_shorten (y, MAX_VALUE, MAX_TEXT));
  leyden_value_builder_end (b);
}

static void
write_ports (LeydenValueBuilder *b,
             LeydenNodeFold     *a,
             LeydenNodeFold     *other)
{
  LeydenValue *x = a != NULL ? a->outputs : NULL, *y = other != NULL ? other->outputs : NULL;

  leyden_value_builder_key (b, "ports");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (x); i++)
    write_port (b, leyden_value_get_key (x, i), leyden_value_get_item (x, i), leyden_value_get_member (y, leyden_value_get_key (x, i)));
  for (guint i = 0; i < leyden_value_get_size (y); i++)
    if (leyden_value_get_member (x, leyden_value_get_key (y, i)) == NULL)
      write_port (b, leyden_value_get_key (y, i), NULL, leyden_value_get_item (y, i));
  leyden_value_builder_end (b);
}

static gboolean
has_same_calls (LeydenNodeFold *a,
                LeydenNodeFold *b)
{
  if (a->calls->len != b->calls->len)
    return FALSE;
  for (guint i = 0; i < a->calls->len; i++)
    {
      LeydenCallState *x = g_ptr_array_index (a->calls, i), *y = g_ptr_array_index (b->calls, i);
      LeydenValue *message = leyden_value_get_member (x->answer, "message"), *other = leyden_value_get_member (y->answer, "message");

      if (!leyden_value_equal (x->request, y->request) || !leyden_value_equal (message, other) || !leyden_value_equal (x->error, y->error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_node (LeydenNodeFold *a,
              LeydenNodeFold *b)
{
  return a != NULL && b != NULL && strcmp (leyden_node_fold_get_state (a), leyden_node_fold_get_state (b)) == 0
         && leyden_value_equal (a->outputs, b->outputs) && leyden_value_equal (a->error, b->error) && leyden_value_equal (a->inputs, b->inputs)
         && g_strcmp0 (a->edge, b->edge) == 0 && has_same_calls (a, b);
}

static void
write_node (LeydenValueBuilder *b,
            const char         *path,
            LeydenNodeFold     *x,
            LeydenNodeFold     *y)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "path", path);
  write_figures (b, "a", x);
  write_figures (b, "b", y);
  leyden_value_builder_set_boolean (b, "same", is_same_node (x, y));
  write_ports (b, x, y);
  leyden_value_builder_end (b);
}

/* All paths: those of @a, then those that only @b has. */
static GPtrArray *
list_paths (Side *a,
            Side *b)
{
  GPtrArray *paths = g_ptr_array_new ();

  for (guint i = 0; i < a->paths->len; i++)
    g_ptr_array_add (paths, g_ptr_array_index (a->paths, i));
  for (guint i = 0; i < b->paths->len; i++)
    if (find_node (a, g_ptr_array_index (b->paths, i)) == NULL)
      g_ptr_array_add (paths, g_ptr_array_index (b->paths, i));
  return paths;
}

static void
write_nodes (LeydenValueBuilder *builder,
             Side               *a,
             Side               *b,
             guint               limit)
{
  g_autoptr(GPtrArray) paths = list_paths (a, b);
  guint n_different = 0, n_shown = 0, n_same_left;

  for (guint i = 0; i < paths->len; i++)
    n_different += !is_same_node (find_node (a, g_ptr_array_index (paths, i)), find_node (b, g_ptr_array_index (paths, i)));
  n_same_left = limit - MIN (limit, n_different);
  leyden_value_builder_key (builder, "nodes");
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; i < paths->len && n_shown < limit; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      gboolean same = is_same_node (find_node (a, path), find_node (b, path));

      if (same && n_same_left == 0)
        continue;
      n_same_left -= same;
      n_shown++;
      write_node (builder, path, find_node (a, path), find_node (b, path));
    }
  leyden_value_builder_end (builder);
  leyden_value_builder_set_int (builder, "n_nodes", paths->len);
  leyden_value_builder_set_int (builder, "n_different", n_different);
  leyden_value_builder_set_boolean (builder, "truncated", n_shown < paths->len);
}

LeydenValue *
leyden_compare_logs (GPtrArray *a,
                     GPtrArray *b,
                     guint      limit)
{
  g_auto(Side) x = { 0 };
  g_auto(Side) y = { 0 };
  g_autoptr(LeydenValue) divergence = NULL;
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  side_init (&x, a);
  side_init (&y, b);
  divergence = find_divergence (&x, &y);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "divergence", divergence);
  write_nodes (&builder, &x, &y, limit);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}
