/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A million rollouts as a list model, without a display: which pages are asked for, what is kept, and what changes of the list do to it. */
#include "config.h"

#include "leyden-json.h"
#include "leyden-rollout-columns.h"
#include "leyden-rollout-model.h"

#define MANY 1000000

typedef struct
{
  LeydenRolloutModel *model;
  guint               request;          /* the last one; 0: none is under way */
  guint               offset;
  guint               limit;
  guint               n_requests;
  GArray             *changes;          /* position, removed, added of "items-changed" */
} Fixture;

static void
ask_cb (LeydenRolloutModel *model,
        guint               request,
        guint               offset,
        guint               limit,
        gpointer            data)
{
  Fixture *fixture = data;

  fixture->request = request;
  fixture->offset = offset;
  fixture->limit = limit;
  fixture->n_requests++;
}

static void
changed_cb (GListModel *model,
            guint       position,
            guint       removed,
            guint       added,
            Fixture    *fixture)
{
  guint change[] = { position, removed, added };

  g_array_append_vals (fixture->changes, change, 3);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->model = leyden_rollout_model_new (ask_cb, fixture);
  fixture->changes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_signal_connect (fixture->model, "items-changed", G_CALLBACK (changed_cb), fixture);
  leyden_rollout_model_reset (fixture->model, MANY, NULL);
  g_array_set_size (fixture->changes, 0);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  leyden_rollout_model_close (fixture->model);
  g_assert_finalize_object (fixture->model);
  g_array_unref (fixture->changes);
}

static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Rows "r<base + i>". */
static LeydenValue *
make_rows (guint base,
           guint n)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", base + i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "rollout", id);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Answers what is under way, and what follows. */
static void
answer_all (Fixture *fixture,
            guint    shift)
{
  turn ();
  while (fixture->request != 0)
    {
      g_autoptr(LeydenValue) rows = make_rows (fixture->offset + shift, fixture->limit);
      guint request = fixture->request;

      fixture->request = 0;
      leyden_rollout_model_answer (fixture->model, request, rows, NULL);
      turn ();
    }
}

/* What a list widget does: it holds some two hundred around a place. */
static GPtrArray *
look_at (Fixture *fixture,
         guint    place)
{
  GPtrArray *held = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 205 && place + i < g_list_model_get_n_items (G_LIST_MODEL (fixture->model)); i++)
    g_ptr_array_add (held, g_list_model_get_item (G_LIST_MODEL (fixture->model), place + i));
  return held;
}

static const char *
get_id (GPtrArray *held,
        guint      i)
{
  return leyden_rollout_entry_get_rollout (held->pdata[i]);
}

static void
test_jumps (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(GPtrArray) held = NULL;

  /* A scrollbar that is dragged: nothing is answered meanwhile, so one request is under way and no more. */
  for (guint i = 0; i < 500; i++)
    {
      g_clear_pointer (&held, g_ptr_array_unref);
      held = look_at (fixture, i * 1999);
      turn ();
    }
  g_assert_cmpuint (fixture->n_requests, ==, 1);
  answer_all (fixture, 0);
  /* Of all the places only the last one was asked for, and all of it is known. */
  g_assert_cmpuint (fixture->n_requests, <=, 5);
  for (guint i = 0; i < held->len; i++)
    {
      g_autofree char *expected = g_strdup_printf ("r%u", 499 * 1999 + i);

      g_assert_cmpstr (get_id (held, i), ==, expected);
    }
}

static void
test_bounded (Fixture      *fixture,
              gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr(GPtrArray) held = look_at (fixture, i * 3001);

      answer_all (fixture, 0);
      g_assert_nonnull (get_id (held, 0));
    }
  g_assert_cmpuint (leyden_rollout_model_get_n_kept (fixture->model), <=, 4000);
}

static void
test_same_item (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(LeydenRolloutEntry) one = g_list_model_get_item (G_LIST_MODEL (fixture->model), 999999);
  g_autoptr(LeydenRolloutEntry) other = g_list_model_get_item (G_LIST_MODEL (fixture->model), 999999);

  g_assert_true (one == other);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (fixture->model), MANY));
  answer_all (fixture, 0);
  g_assert_cmpstr (leyden_rollout_entry_get_rollout (one), ==, "r999999");
}

/* New rows come at the start: what is looked at moves, keeps its item, and is asked for again, as it may say something else now. */
static void
test_change (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(GPtrArray) held = look_at (fixture, 500000);
  g_autoptr(LeydenValue) changes = leyden_json_parse ("[[0, 0, 3], [500010, 2, 0], [999000, 0, 1]]", -1, NULL, NULL);
  static const guint expected[] = { 0, 0, 3, 500010, 2, 0, 999000, 0, 1 };
  gpointer kept = held->pdata[20];
  g_autoptr(LeydenRolloutEntry) moved = NULL;

  answer_all (fixture, 0);
  g_assert_true (leyden_rollout_model_change (fixture->model, changes));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, MANY + 2);
  g_assert_cmpmem (fixture->changes->data, fixture->changes->len * sizeof (guint), expected, sizeof expected);
  /* Three rows more before it, two less. */
  moved = g_list_model_get_item (G_LIST_MODEL (fixture->model), 500021);
  g_assert_true ((gpointer) moved == kept);
  g_assert_cmpstr (leyden_rollout_entry_get_rollout (moved), ==, "r500020");
  answer_all (fixture, 7);
  g_assert_cmpstr (leyden_rollout_entry_get_rollout (moved), ==, "r500028");
  g_assert_cmpuint (leyden_rollout_model_get_n_kept (fixture->model), <=, 400);
}

static void
test_wrong_changes (Fixture      *fixture,
                    gconstpointer data)
{
  static const char * const cases[] = { "{}", "[[0, 0]]", "[[-1, 0, 1]]", "[[1000001, 0, 1]]", "[[999999, 2, 0]]", "[[5, 0, 1], [3, 0, 1]]", "[[0, 0, 2147483647]]",
                                        "[[\"0\", 0, 1]]" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) changes = leyden_json_parse (cases[i], -1, NULL, NULL);

      g_test_message ("%s", cases[i]);
      g_assert_false (leyden_rollout_model_change (fixture->model, changes));
    }
  g_assert_cmpuint (fixture->changes->len, ==, 0);
}

static void
test_failure (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr(GPtrArray) held = look_at (fixture, 100);
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "The backend is gone");
  guint request;

  turn ();
  request = fixture->request;
  fixture->request = 0;
  leyden_rollout_model_answer (fixture->model, request, NULL, error);
  turn ();
  g_assert_cmpstr (leyden_rollout_model_get_error (fixture->model), ==, "The backend is gone");
  g_assert_cmpuint (fixture->request, ==, 0);
  leyden_rollout_model_retry (fixture->model);
  answer_all (fixture, 0);
  g_assert_null (leyden_rollout_model_get_error (fixture->model));
  g_assert_cmpstr (get_id (held, 0), ==, "r100");
}

/* An answer for a list that is another by now says nothing. */
static void
test_late_answer (Fixture      *fixture,
                  gconstpointer data)
{
  g_autoptr(GPtrArray) held = look_at (fixture, 0);
  g_autoptr(LeydenValue) rows = make_rows (0, 100), first = make_rows (7000, 2);
  g_autoptr(LeydenRolloutEntry) entry = NULL;
  guint request;

  turn ();
  request = fixture->request;
  leyden_rollout_model_reset (fixture->model, 2, first);
  leyden_rollout_model_answer (fixture->model, request, rows, NULL);
  g_assert_null (get_id (held, 0));
  entry = g_list_model_get_item (G_LIST_MODEL (fixture->model), 0);
  g_assert_cmpstr (leyden_rollout_entry_get_rollout (entry), ==, "r7000");
}

/* --- words --- */

static void
test_words (void)
{
  g_autoptr(LeydenValue) row = leyden_json_parse ("{\"rollout\": \"r1\", \"item\": \"a\\u202eb\", \"state\": \"failed\", \"reward\": 0.25, \"latency_ms\": 1500, \"tokens_in\": 1200, "
                                                  "\"tokens_out\": 34, \"cost\": 0.5, \"simulated\": false, \"error\": \"<b>no</b>\\nroute\", \"flow_title\": \"Flow\", \"executor\": \"leyden\"}",
                                                  -1, NULL, NULL);
  static const struct { const char *id, *expected; } cases[] = {
    { "state", "Failed" }, { "reward", "0.250" }, { "latency_ms", "1.5 s" }, { "tokens", "1234" }, { "cost", "$0.50" }, { "started", "" }, { "model", "" },
    { "executor", "Leyden" }, { "flow", "Flow" }, { "step", "" },
  };
  guint n;
  const LeydenRolloutColumn *columns = leyden_rollout_columns_get (&n);
  g_autofree char *error = leyden_rollout_column_format (leyden_rollout_column_find ("error"), row);
  g_autofree char *item = leyden_rollout_column_format (leyden_rollout_column_find ("item"), row);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = leyden_rollout_column_format (leyden_rollout_column_find (cases[i].id), row);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
  /* One line, and nothing in it turns what stands around. */
  g_assert_null (strchr (error, '\n'));
  g_assert_nonnull (strstr (error, "<b>no</b>"));
  g_assert_null (strstr (item, "\xe2\x80\xae"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *unknown = leyden_rollout_column_format (&columns[i], NULL);
      g_autofree char *known = leyden_rollout_column_format (&columns[i], row);

      g_assert_true (g_utf8_validate (known, -1, NULL));
      g_assert_cmpstr (unknown, ==, i == 0 ? "…" : "");
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/rollout-model/jumps", test_jumps);
  ADD ("/rollout-model/bounded", test_bounded);
  ADD ("/rollout-model/same-item", test_same_item);
  ADD ("/rollout-model/change", test_change);
  ADD ("/rollout-model/wrong-changes", test_wrong_changes);
  ADD ("/rollout-model/failure", test_failure);
  ADD ("/rollout-model/late-answer", test_late_answer);
  g_test_add_func ("/rollout-model/words", test_words);
  return g_test_run ();
}
