/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trainer makes of a rollout, from logs made by hand. */
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-trainer-view.h"

typedef struct
{
  LeydenRolloutRow *row;
  LeydenAglLog      log;
} Fixture;

static LeydenRolloutRow *
new_row (const char *rollout,
         const char *state,
         double      reward)
{
  LeydenRolloutRow *row = leyden_rollout_row_new ();

  row->rollout = g_strdup (rollout);
  g_free (row->executor);
  row->executor = g_strdup ("agl");
  g_free (row->split);
  row->split = g_strdup ("train");
  g_free (row->state);
  row->state = g_strdup (state);
  row->reward = reward;
  return row;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->row = new_row ("r", "running", NAN);
  fixture->log.row = fixture->row;
  fixture->log.attempt = g_strdup ("0");
  fixture->log.records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  fixture->log.group = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_rollout_row_free);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  leyden_rollout_row_free (fixture->row);
  g_ptr_array_unref (fixture->log.records);
  g_ptr_array_unref (fixture->log.group);
  g_free (fixture->log.attempt);
}

static void
post (Fixture    *fixture,
      const char *type,
      const char *data)
{
  g_autofree char *text = g_strdup_printf ("{\"event_type\":\"%s\",\"data\":%s}", type, data);
  g_autoptr(LeydenValue) payload = leyden_json_parse (text, -1, NULL, NULL);
  guint64 sequence = fixture->log.records->len + 1;

  g_assert_nonnull (payload);
  g_ptr_array_add (fixture->log.records, leyden_record_new ("r", "0", sequence, (gint64)sequence * 1000, "agl", "agl.event", "", payload));
}

/* @probs NULL: none. */
static void
post_call (Fixture    *fixture,
           const char *prompt,
           const char *response,
           const char *probs)
{
  g_autofree char *logprobs = probs != NULL ? g_strdup_printf (",\"logprobs\":{\"token_logprobs\":%s}", probs) : g_strdup ("");
  g_autofree char *data = g_strdup_printf ("{\"response\":{\"prompt_token_ids\":%s,\"choices\":[{\"token_ids\":%s%s}]},\"status\":\"ok\",\"http_status\":200}",
                                           prompt, response, logprobs);

  post (fixture, "model_request", data);
}

/* "call:+" or "call:why" for each. */
static char *
verdicts (LeydenValue *view)
{
  LeydenValue *calls = leyden_value_get_member (view, "calls");
  g_autoptr(GString) out = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      const char *why = leyden_value_get_member_string (call, "why", NULL);

      g_assert_cmpint (leyden_value_get_member_boolean (call, "trained", FALSE), ==, why == NULL);
      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", why != NULL ? why : "+");
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* "[0,1][2]": the calls of each. */
static char *
sequences (LeydenValue *view)
{
  LeydenValue *list = leyden_value_get_member (view, "sequences");
  g_autoptr(GString) out = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *calls = leyden_json_write (leyden_value_get_member (leyden_value_get_item (list, i), "calls"), LEYDEN_JSON_COMPACT);

      g_string_append (out, calls);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static LeydenValue *
get_call (LeydenValue *view,
          guint        i)
{
  return leyden_value_get_item (leyden_value_get_member (view, "calls"), i);
}

static void
assert_verdicts (Fixture    *fixture,
                 const char *expected)
{
  g_autoptr(LeydenValue) view = leyden_trainer_view_make (&fixture->log);
  g_autofree char *found = verdicts (view);

  g_assert_cmpstr (found, ==, expected);
}

/* Each reason why a call is dropped. */
static void
test_dropped (Fixture       *fixture,
              gconstpointer  data)
{
  post_call (fixture, "[1]", "[2]", "[-0.5]");
  post (fixture, "model_request", "{\"response\":{\"prompt_token_ids\":[2],\"choices\":[{\"token_ids\":[3]}]},\"status\":\"error\"}");
  post (fixture, "model_request", "{\"response\":{\"prompt_token_ids\":[3],\"choices\":[{\"token_ids\":[3]}]},\"http_status\":400}");
  post (fixture, "model_request", "{\"response\":{\"choices\":[{\"message\":{\"content\":\"no ids\"}}]},\"status\":\"ok\",\"http_status\":200}");
  post_call (fixture, "[4]", "null", NULL);
  post_call (fixture, "[5]", "\"text\"", NULL);
  post_call (fixture, "[6]", "[1.5]", NULL);
  post_call (fixture, "\"p\"", "[1]", NULL);
  post (fixture, "model_request", "{}");
  assert_verdicts (fixture, "+ error error no-token-ids no-token-ids bad-token-ids bad-token-ids bad-token-ids no-token-ids");
}

/* Of several calls with one prompt the last stays, also when that is dropped itself. */
static void
test_duplicates (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenValue) view = NULL;

  post_call (fixture, "[1,2]", "[10]", NULL);
  post_call (fixture, "[3]", "[20]", NULL);
  post_call (fixture, "[1,2.0]", "[30]", NULL);
  post_call (fixture, "[3]", "[]", NULL);
  view = leyden_trainer_view_make (&fixture->log);
  assert_verdicts (fixture, "duplicate duplicate + no-token-ids");
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 0), "kept", -1), ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 1), "kept", -1), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (view, "n_trained", -1), ==, 1);
}

/* A call without log-probabilities, or with too few, is trained all the same; its log-probabilities are not used. */
static void
test_log_probs (Fixture       *fixture,
                gconstpointer  data)
{
  static const char * const expected[] = { "ok", "length-mismatch", "missing", "missing" };
  g_autoptr(LeydenValue) view = NULL;

  post_call (fixture, "[1]", "[7,8]", "[-0.5,-0.25]");
  post_call (fixture, "[2]", "[7,8]", "[-0.5]");
  post_call (fixture, "[3]", "[7,8]", NULL);
  post_call (fixture, "[4]", "[7,8]", "[-0.5,null]");
  view = leyden_trainer_view_make (&fixture->log);
  assert_verdicts (fixture, "+ + + +");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (leyden_value_get_member_string (get_call (view, i), "log_probs", ""), ==, expected[i]);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 1), "n_log_probs", 0), ==, 1);
}

/* Sequences are merged by exact prefix; where a prompt differs, it says from which token on. */
static void
test_sequences (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenValue) view = NULL;
  g_autofree char *found = NULL;
  LeydenValue *first;

  post_call (fixture, "[1,2]", "[3]", NULL);
  post_call (fixture, "[1,2,3,4]", "[5,6]", NULL);
  /* One that is dropped does not break the sequence. */
  post (fixture, "model_request", "{\"response\":{\"choices\":[]},\"http_status\":500}");
  post_call (fixture, "[1,2,3,4,5,6]", "[7]", NULL);
  /* Differs at the fifth: another tokenisation of what the model had said. */
  post_call (fixture, "[1,2,3,4,9,6,7,8]", "[5]", NULL);
  /* Shorter than what there is. */
  post_call (fixture, "[1,2,3]", "[5]", NULL);
  view = leyden_trainer_view_make (&fixture->log);
  found = sequences (view);
  g_assert_cmpstr (found, ==, "[0,1,3][4][5]");
  g_assert_null (leyden_value_get_member (view, "cut"));
  first = leyden_value_get_item (leyden_value_get_member (view, "sequences"), 0);
  g_assert_cmpint (leyden_value_get_member_int (first, "tokens", 0), ==, 7);
  g_assert_cmpint (leyden_value_get_member_int (first, "trained_tokens", 0), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 0), "matched", -1), ==, -1);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 4), "matched", -1), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 5), "matched", -1), ==, 3);
  g_assert_cmpint (leyden_value_get_member_int (get_call (view, 3), "sequence_index", -1), ==, 0);
}

/* Of a log that is longer than is looked at it says so. */
static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr(LeydenValue) view = NULL;

  post_call (fixture, "[1,2]", "[3]", NULL);
  fixture->log.cut = TRUE;
  view = leyden_trainer_view_make (&fixture->log);
  g_assert_true (leyden_value_get_member_boolean (view, "cut", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (view, "n_trained", 0), ==, 1);
}

/* The last reward event counts, and only when its value is a number. */
static void
test_reward (Fixture       *fixture,
             gconstpointer  data)
{
  static const struct { const char *value; double expected; gboolean given; } cases[] = {
    { "0.25", 0.25, TRUE }, { "1", 1, TRUE }, { "true", 0, FALSE }, { "\"1\"", 0, FALSE }, { "null", 0, FALSE }, { "-2e1", -20, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *event = g_strdup_printf ("{\"value\":%s,\"source\":\"test\"}", cases[i].value);
      g_autoptr(LeydenValue) view = NULL;
      LeydenValue *reward;

      post (fixture, "reward", event);
      view = leyden_trainer_view_make (&fixture->log);
      reward = leyden_value_get_member (view, "reward");
      g_assert_cmpfloat (leyden_value_get_member_double (reward, "value", NAN), ==, cases[i].expected);
      g_assert_cmpint (leyden_value_get_member_boolean (reward, "given", !cases[i].given), ==, cases[i].given);
      g_assert_cmpint (leyden_value_get_member_int (reward, "n_events", 0), ==, (gint64)i + 1);
      g_assert_cmpstr (leyden_value_get_member_string (reward, "source", ""), ==, "test");
    }
}

/* Values from the table of the reference, groups of which one is alone, all are equal. */
static void
test_advantages (void)
{
  static const struct { guint n; double rewards[4], expected[4]; } cases[] = {
    { 4, { 1, 0, 0, 1 }, { 0.8660239037870368, -0.8660239037870368, -0.8660239037870368, 0.8660239037870368 } },
    { 3, { 0.2, 0.9, 0.5 }, { -0.949155293057492, 1.0440708223632413, -0.09491552930574919 } },
    { 2, { 0.5, 0.5 }, { 0, 0 } },
    /* Here the trainer differs from the optimiser of our own. */
    { 1, { 0.7 }, { 0.7 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double found[4], mean, deviation;

      leyden_trainer_advantages (cases[i].rewards, cases[i].n, found, &mean, &deviation);
      for (guint j = 0; j < cases[i].n; j++)
        g_assert_cmpfloat_with_epsilon (found[j], cases[i].expected[j], 1e-9);
    }
}

/* One that ended without a reward counts 0; one that is under way does not count yet. */
static void
test_group (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) view = NULL;
  LeydenValue *group, *members;

  post (fixture, "reward", "{\"value\":1}");
  g_ptr_array_add (fixture->log.group, new_row ("a", "failed", NAN));
  g_ptr_array_add (fixture->log.group, leyden_rollout_row_copy (fixture->row));
  g_ptr_array_add (fixture->log.group, new_row ("b", "running", 0.5));
  g_ptr_array_add (fixture->log.group, new_row ("c", "succeeded", 0.5));
  view = leyden_trainer_view_make (&fixture->log);
  group = leyden_value_get_member (view, "group");
  members = leyden_value_get_member (group, "members");
  g_assert_cmpint (leyden_value_get_member_int (group, "size", 0), ==, 4);
  g_assert_cmpint (leyden_value_get_member_int (group, "ended", 0), ==, 3);
  g_assert_false (leyden_value_get_member_boolean (group, "final", TRUE));
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (group, "mean", NAN), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (group, "deviation", NAN), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (group, "advantage", NAN), 0.5 / (0.5 + 1e-6), 1e-12);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (leyden_value_get_item (members, 0), "advantage", NAN), -0.5 / (0.5 + 1e-6), 1e-12);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (leyden_value_get_item (members, 2), "advantage")));
}

/* Before it has a reward, or an end, it has no advantage. */
static void
test_alone (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr(LeydenValue) before = leyden_trainer_view_make (&fixture->log);
  g_autoptr(LeydenValue) after = NULL;
  LeydenValue *group = leyden_value_get_member (before, "group");

  g_assert_false (leyden_value_get_member_boolean (group, "known", TRUE));
  g_assert_true (leyden_value_is_null (leyden_value_get_member (group, "advantage")));
  post (fixture, "reward", "{\"value\":0.75}");
  after = leyden_trainer_view_make (&fixture->log);
  group = leyden_value_get_member (after, "group");
  g_assert_cmpfloat (leyden_value_get_member_double (group, "advantage", NAN), ==, 0.75);
}

static void
test_tokens (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(LeydenValue) call = NULL;
  g_autoptr(LeydenValue) rest = NULL;
  g_autoptr(LeydenValue) none = NULL;
  g_autofree char *tokens = NULL;
  g_autofree char *messages = NULL;

  post (fixture, "model_request",
        "{\"request\":{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"2+2?\"}]}]},"
        "\"response\":{\"prompt_token_ids\":[1,2],\"choices\":[{\"message\":{\"content\":\"is 4\"},\"token_ids\":[7,8,9],"
        "\"logprobs\":{\"content\":[{\"token\":\"is\",\"logprob\":-0.5},{\"token\":\" 4\",\"logprob\":-0.25},{\"token\":\"\",\"logprob\":0}]}}]},\"http_status\":200}");
  call = leyden_trainer_view_make_call (&fixture->log, 0, 0, 2);
  tokens = leyden_json_write (leyden_value_get_member (call, "tokens"), LEYDEN_JSON_COMPACT);
  messages = leyden_json_write (leyden_value_get_member (call, "messages"), LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (tokens, ==, "[{\"id\":7,\"text\":\"is\",\"log_prob\":-0.5},{\"id\":8,\"text\":\" 4\",\"log_prob\":-0.25}]");
  g_assert_cmpstr (messages, ==, "[{\"role\":\"system\",\"text\":\"Be brief\"},{\"role\":\"user\",\"text\":\"2+2?\"}]");
  g_assert_cmpstr (leyden_value_get_member_string (call, "answer", ""), ==, "is 4");
  g_assert_cmpint (leyden_value_get_member_int (call, "response_tokens", 0), ==, 3);
  rest = leyden_trainer_view_make_call (&fixture->log, 0, 5, 2);
  g_assert_cmpint (leyden_value_get_size (leyden_value_get_member (rest, "tokens")), ==, 0);
  none = leyden_trainer_view_make_call (&fixture->log, 1, 0, 2);
  g_assert_null (none);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/trainer-view/dropped", Fixture, NULL, set_up, test_dropped, tear_down);
  g_test_add ("/gateway/trainer-view/duplicates", Fixture, NULL, set_up, test_duplicates, tear_down);
  g_test_add ("/gateway/trainer-view/log-probs", Fixture, NULL, set_up, test_log_probs, tear_down);
  g_test_add ("/gateway/trainer-view/sequences", Fixture, NULL, set_up, test_sequences, tear_down);
  g_test_add ("/gateway/trainer-view/cut", Fixture, NULL, set_up, test_cut, tear_down);
  g_test_add ("/gateway/trainer-view/reward", Fixture, NULL, set_up, test_reward, tear_down);
  g_test_add_func ("/gateway/trainer-view/advantages", test_advantages);
  g_test_add ("/gateway/trainer-view/group", Fixture, NULL, set_up, test_group, tear_down);
  g_test_add ("/gateway/trainer-view/alone", Fixture, NULL, set_up, test_alone, tear_down);
  g_test_add ("/gateway/trainer-view/tokens", Fixture, NULL, set_up, test_tokens, tear_down);
  return g_test_run ();
}
