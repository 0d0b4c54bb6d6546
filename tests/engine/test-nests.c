/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-json.h"

/* Nests of containers made by chance: they give the same whatever runs at once, and whatever a crash cut off. */

#define N_NESTS 60
#define N_CUTS 6
#define MAX_DEPTH 3


typedef struct
{
  GRand   *random;
  guint    concurrency;
  guint    n_ids;
  GString *nodes;
  GString *edges;
} Nest;

static char *make_body (Nest *outer, guint depth, const char *field, const char *result);

static char *
add_node (Nest       *self,
          const char *format,
          ...) G_GNUC_PRINTF (2, 3);

/* @format: what stands behind the id. (transfer full): the id */
static char *
add_node (Nest       *self,
          const char *format,
          ...)
{
  char *id = g_strdup_printf ("n%u", self->n_ids++);
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_string_append_printf (self->nodes, ", \"%s\": %s", id, text);
  return id;
}

static void
add_edge (Nest       *self,
          const char *from,
          const char *to)
{
  g_string_append_printf (self->edges, "%s\"%s > %s\"", self->edges->len > 0 ? ", " : "", from, to);
}

static char *
add_transform (Nest       *self,
               const char *from,
               const char *type,
               const char *expression)
{
  g_autofree char *id = add_node (self, "{\"type\": \"transform\", \"inputs\": [{\"name\": \"value\", \"type\": \"any\"}], \"@type\": \"%s\","
                                        " \"expression\": \"%s\"}", type, expression);
  g_autofree char *to = g_strconcat (id, ".value", NULL);

  add_edge (self, from, to);
  return g_strconcat (id, ".result", NULL);
}

static char *
add_probe (Nest       *self,
           const char *from)
{
  g_autofree char *id = add_node (self, "{\"type\": \"probe\", \"does\": \"%s\", \"ms\": %d}",
                                  g_rand_boolean (self->random) ? "async" : "block", g_rand_int_range (self->random, 0, 4));
  g_autofree char *to = g_strconcat (id, ".a", NULL);

  add_edge (self, from, to);
  return g_strconcat (id, ".x", NULL);
}

/* One way or the other, and together again. */
static char *
add_branch (Nest       *self,
            const char *from)
{
  g_autofree char *id = add_node (self, "{\"type\": \"if\", \"condition\": \"value %% %d = 0\"}", g_rand_int_range (self->random, 2, 4));
  g_autofree char *to = g_strconcat (id, ".value", NULL);
  g_autofree char *yes = g_strconcat (id, ".then", NULL);
  g_autofree char *no = g_strconcat (id, ".else", NULL);
  g_autofree char *left = add_transform (self, yes, "number", "value + 11");
  g_autofree char *right = add_probe (self, no);
  g_autofree char *merge = add_node (self, "{\"type\": \"merge\"}");
  g_autofree char *in = g_strconcat (merge, ".values", NULL);

  add_edge (self, from, to);
  add_edge (self, left, in);
  add_edge (self, right, in);
  return g_strconcat (merge, ".value", NULL);
}

static char *
add_map (Nest       *self,
         const char *from,
         guint       depth)
{
  static const char * const on_error[] = { "fail", "null", "skip", "null" };
  g_autofree char *list = add_transform (self, from, "json", "json_array(value, value + 1, value + 2, value + 3)");
  g_autofree char *body = make_body (self, depth, "item", "result");
  g_autofree char *id = add_node (self, "{\"type\": \"map\", \"concurrency\": %u, \"on_item_error\": \"%s\", \"flow\": %s}", self->concurrency,
                                  on_error[g_rand_int_range (self->random, 0, 4)], body);
  g_autofree char *to = g_strconcat (id, ".item", NULL);
  g_autofree char *result = g_strconcat (id, ".result", NULL);

  add_edge (self, list, to);
  return add_transform (self, result, "number", "(coalesce(json_extract(value, '$[0]'), 5) + 3 * coalesce(json_extract(value, '$[2]'), 7)"
                                                " + json_array_length(value)) % 1000");
}

static char *
add_loop (Nest       *self,
          const char *from,
          guint       depth)
{
  g_autofree char *body = make_body (self, depth, "value", "value");
  g_autofree char *id = add_node (self, "{\"type\": \"loop\", \"condition\": \"value %% %d <> 0\", \"max_iterations\": 3, \"flow\": %s}",
                                  g_rand_int_range (self->random, 2, 5), body);
  g_autofree char *to = g_strconcat (id, ".value", NULL);

  add_edge (self, from, to);
  return g_strconcat (id, ".value", NULL);
}

static char *
add_subflow (Nest       *self,
             const char *from,
             guint       depth)
{
  g_autofree char *body = make_body (self, depth, "value", "result");
  g_autofree char *id = add_node (self, "{\"type\": \"subflow\", \"flow\": %s}", body);
  g_autofree char *to = g_strconcat (id, ".value", NULL);

  add_edge (self, from, to);
  return g_strconcat (id, ".result", NULL);
}

static char *
add_step (Nest       *self,
          const char *from,
          guint       depth)
{
  int kind = g_rand_int_range (self->random, 0, depth < MAX_DEPTH ? 8 : 4);

  switch (kind)
    {
    case 0:
      return add_probe (self, from);
    case 1:
      return add_branch (self, from);
    case 2:
      /* Fails for some. */
      return add_transform (self, from, "number", "CASE WHEN value % 7 = 3 THEN json_extract('x', '$') ELSE value + 1 END");
    case 4:
    case 5:
      return add_map (self, from, depth + 1);
    case 6:
      return add_loop (self, from, depth + 1);
    case 7:
      return add_subflow (self, from, depth + 1);
    default:
      return add_transform (self, from, "number", "(value * 3 + 1) % 1000");
    }
}

/* A chain of one to three steps between an Input and an Output. */
static char *
make_body (Nest       *outer,
           guint       depth,
           const char *field,
           const char *result)
{
  Nest self = { .random = outer->random, .concurrency = outer->concurrency };
  g_autoptr(GString) nodes = g_string_new (NULL);
  g_autoptr(GString) edges = g_string_new (NULL);
  g_autofree char *at = g_strconcat ("i.", field, NULL);
  g_autofree char *end = g_strconcat ("o.", result, NULL);
  guint n = (guint) g_rand_int_range (outer->random, 1, 4);

  self.nodes = nodes;
  self.edges = edges;
  for (guint i = 0; i < n; i++)
    {
      char *next = add_step (&self, at, depth);

      g_free (at);
      at = next;
    }
  add_edge (&self, at, end);
  return g_strdup_printf ("{\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [{\"name\": \"%s\", \"type\": \"number\"}]},"
                          " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"%s\", \"type\": \"any\"}]}%s}, \"edges\": [%s]}",
                          field, result, nodes->str, edges->str);
}

static char *
make_nest (guint seed,
           guint concurrency)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  Nest self = { .random = random, .concurrency = concurrency };

  return make_body (&self, 0, "value", "result");
}

static char *
describe (Watch *watch)
{
  const LeydenRolloutRow *row = leyden_rollout_get_row (watch->rollout);
  g_autofree char *result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);

  return g_strdup_printf ("%s %s %s %s", row->state, row->error != NULL ? row->error : "", row->error_node != NULL ? row->error_node : "",
                          result);
}

static void
test_concurrency (void)
{
  static const guint concurrencies[] = { 1, 2, 7 };
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  guint n_containers = 0, n_succeeded = 0;

  for (guint seed = 0; seed < N_NESTS; seed++)
    {
      g_autofree char *expected = NULL;

      for (guint i = 0; i < G_N_ELEMENTS (concurrencies); i++)
        {
          g_autofree char *flow = make_nest (seed, concurrencies[i]);
          g_autoptr(LeydenPlan) plan = test_plan (flow);
          g_autoptr(Watch) watch = run_once (engine, plan, "{\"value\": 4}");
          g_autofree char *actual = describe (watch);

          n_containers += strstr (flow, "\"flow\"") != NULL;
          n_succeeded += g_str_has_prefix (actual, "succeeded");
          if (expected == NULL)
            expected = g_strdup (actual);
          g_test_message ("nest %u: %s", seed, actual);
          g_assert_cmpstr (actual, ==, expected);
        }
    }
  /* The chance is not such that nothing is tried. */
  g_assert_cmpuint (n_containers, >, N_NESTS);
  g_assert_cmpuint (n_succeeded, >, N_NESTS);
}

/* Every node outcome but the order of the log: path, state, outputs, error. */
static LeydenValue *
essence (LeydenValue *fold)
{
  static const char * const members[] = { "state", "outputs", "error", "inputs", "edge" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *nodes = leyden_value_get_member (fold, "nodes");

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      leyden_value_builder_key (&b, leyden_value_get_key (nodes, i));
      leyden_value_builder_begin_object (&b);
      for (guint j = 0; j < G_N_ELEMENTS (members); j++)
        leyden_value_builder_set (&b, members[j], leyden_value_get_member (leyden_value_get_item (nodes, i), members[j]));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef struct
{
  gboolean     done;
  LeydenValue *state;
} Folded;

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Folded *folded = data;

  folded->state = leyden_store_fold_finish (LEYDEN_STORE (object), result, NULL);
  folded->done = TRUE;
}

static LeydenValue *
fold_stored (LeydenStore *store,
             const char  *rollout)
{
  Folded folded = { FALSE, NULL };

  leyden_store_fold_async (store, rollout, 0, leyden_rollout_reducer (), NULL, folded_cb, &folded);
  wait_for (&folded.done);
  g_assert_nonnull (folded.state);
  return folded.state;
}

static Watch *
start (LeydenEngine *engine,
       LeydenPlan   *plan,
       const char   *rollout)
{
  g_autoptr(LeydenValue) input = test_json ("{\"value\": 4}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .rollout = rollout, .item = "one" };
  Watch *watch = watch_new (leyden_engine_start_rollout (engine, &spec));

  watch_wait (watch);
  return watch;
}

/* What had ended in the part that was kept is not run again. */
static void
check_not_again (GPtrArray *kept,
                 guint      n,
                 Watch     *resumed)
{
  g_autoptr(GHashTable) ended = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < n; i++)
    {
      LeydenRecord *record = g_ptr_array_index (kept, i);

      if (g_str_equal (record->type, "node.finished"))
        g_hash_table_add (ended, record->node);
    }
  for (guint i = 0; i < resumed->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (resumed->records, i);

      if (g_str_equal (record->type, "node.started") && g_hash_table_contains (ended, record->node))
        g_error ("“%s” ran again", record->node);
    }
}

static void
test_cuts (void)
{
  LeydenStore *store = test_store ();
  g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
  g_autoptr(GRand) random = g_rand_new_with_seed (7);

  for (guint seed = 0; seed < N_NESTS / 3; seed++)
    {
      g_autofree char *flow = make_nest (seed, 3);
      g_autoptr(LeydenPlan) plan = test_plan (flow);
      g_autofree char *name = g_strdup_printf ("whole-%u", seed);
      g_autoptr(Watch) whole = start (engine, plan, name);
      g_autofree char *expected = describe (whole);
      g_autoptr(LeydenValue) fold = fold_stored (store, name);
      g_autoptr(LeydenValue) nodes = essence (fold);
      gboolean succeeded = g_str_has_prefix (expected, "succeeded");

      for (guint i = 0; i < N_CUTS; i++)
        {
          guint n = (guint) g_rand_int_range (random, 1, (gint32) whole->records->len + 1);
          g_autofree char *rollout = g_strdup_printf ("cut-%u-%u", seed, i);
          g_autoptr(Watch) watch = NULL;
          g_autofree char *actual = NULL;
          g_autoptr(LeydenValue) again = NULL;
          g_autoptr(LeydenValue) same = NULL;

          g_test_message ("nest %u cut after %u of %u", seed, n, whole->records->len);
          test_put_prefix (store, whole->records, n, rollout);
          watch = start (engine, plan, rollout);
          actual = describe (watch);
          g_assert_cmpstr (actual, ==, expected);
          check_not_again (whole->records, n, watch);
          again = fold_stored (store, rollout);
          same = essence (again);
          /* Of one that failed it is chance what else had begun. */
          if (succeeded)
            g_assert_true (leyden_value_equal (nodes, same));
        }
    }
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nests/concurrency", test_concurrency);
  g_test_add_func ("/nests/cuts", test_cuts);
  return g_test_run ();
}
