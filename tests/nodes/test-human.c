/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-id.h"
#include "leyden-json.h"

/* Questions to people: they wait, also over a crash at any record, and take one answer that fits. */

#define FLOW(parameters)                                                                                                            \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"text\", \"type\": \"text\"}]},"                                 \
  " \"h\": {\"type\": \"human\", \"question\": \"Send {{ text }}?\", \"fields\": [{\"name\": \"ok\", \"type\": \"boolean\", \"required\": true},"   \
  " {\"name\": \"note\", \"type\": \"text\", \"default\": \"none\"}]" parameters "},"                                                   \
  " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"ok\", \"type\": \"any\"}, {\"name\": \"note\", \"type\": \"any\"}, {\"name\": \"by\", \"type\": \"any\"}]}}," \
  " \"edges\": [\"in.text > h.text\", \"h.ok > o.ok\", \"h.note > o.note\", \"h.by > o.by\"]}"

static Watch *
start (LeydenEngine *engine,
       LeydenPlan   *plan,
       const char   *rollout,
       gboolean      people,
       guint         deadline_s)
{
  g_autoptr(LeydenValue) input = test_json ("{\"text\": \"the letter\"}");
  LeydenRolloutSpec spec = { .plan = plan, .input = input, .seed = 42, .rollout = rollout, .ask_people = people, .deadline_s = deadline_s };

  return watch_new (leyden_engine_start_rollout (engine, &spec));
}

static gboolean
stop_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pass_time (guint ms)
{
  gboolean done = FALSE;

  g_timeout_add (ms, stop_cb, &done);
  wait_for (&done);
}

static void
wait_for_question (Watch *watch)
{
  while (leyden_rollout_get_n_questions (watch->rollout) == 0 || watch_find (watch, "node.waiting", "h") == NULL)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
  gboolean done;
  gboolean failed;
} Answered;

static void
answered_cb (LeydenRollout *rollout,
             const GError  *error,
             gpointer       data)
{
  Answered *answered = data;

  answered->done = TRUE;
  answered->failed = error != NULL;
}

static gboolean
answer (Watch       *watch,
        const char  *node,
        const char  *text,
        GError     **error)
{
  g_autoptr(LeydenValue) value = test_json (text);
  Answered answered = { FALSE, FALSE };

  if (!leyden_rollout_answer (watch->rollout, node, value, "user", answered_cb, &answered, error))
    return FALSE;
  wait_for (&answered.done);
  g_assert_false (answered.failed);
  return TRUE;
}

static void
check_result (Watch      *watch,
              const char *expected)
{
  g_autofree char *result = leyden_json_write (leyden_rollout_get_result (watch->rollout), LEYDEN_JSON_CANONICAL);

  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "succeeded");
  g_assert_cmpstr (result, ==, expected);
}

static void
test_answer (void)
{
  static const struct
  {
    const char *node;
    const char *answer;
    const char *message;
  } wrong[] = {
    { "x", "{\"ok\": true}", "No question" }, { "", "{\"ok\": true}", "No question" }, { "h", "null", "must be an object" },
    { "h", "[]", "must be an object" }, { "h", "{}", "“ok” is required" }, { "h", "{\"ok\": null}", "“ok” is required" },
    { "h", "{\"ok\": 7}", "“ok”" }, { "h", "{\"ok\": true, \"__proto__\": 1}", "no field “__proto__”" },
  };
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, NULL, TRUE, 0);
  g_autoptr(LeydenValue) fold = NULL;
  g_autofree char *state = NULL;
  LeydenValue *question;

  wait_for_question (watch);
  question = leyden_value_get_member (watch_find (watch, "node.waiting", "h")->payload, "question");
  g_assert_cmpstr (leyden_value_get_member_string (question, "text", NULL), ==, "Send the letter?");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (question, "fields")), ==, 2);
  fold = watch_fold (watch);
  state = node_state (fold, "h");
  g_assert_cmpstr (state, ==, "waiting");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (answer (watch, wrong[i].node, wrong[i].answer, &error));
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, wrong[i].message));
      g_assert_cmpuint (leyden_rollout_get_n_questions (watch->rollout), ==, 1);
    }
  g_assert_true (answer (watch, "h", "{\"ok\": \"true\"}", NULL));
  g_assert_false (answer (watch, "h", "{\"ok\": false}", NULL));
  watch_wait (watch);
  check_result (watch, "{\"by\":\"user\",\"note\":\"none\",\"ok\":true}");
  g_assert_cmpstr (watch_find (watch, "decision.made", "h")->actor, ==, "user");
}

/* A form of one field takes its bare value. */
static void
test_bare (void)
{
  g_autoptr(LeydenPlan) plan = test_plan ("{\"nodes\": {\"h\": {\"type\": \"human\", \"question\": \"How many?\", \"fields\": [{\"name\": \"n\", \"type\": \"number\"}]},"
                                          " \"o\": {\"type\": \"output\", \"fields\": [{\"name\": \"n\", \"type\": \"any\"}]}}, \"edges\": [\"h.n > o.n\"]}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, NULL, TRUE, 0);

  wait_for_question (watch);
  g_assert_true (answer (watch, "h", "7", NULL));
  watch_wait (watch);
  check_result (watch, "{\"n\":7}");
}

/* Where nobody is asked: the set answer, or a failure that says so. */
static void
test_nobody (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenPlan) with_default = test_plan (FLOW (", \"on_timeout\": \"default\", \"default\": {\"ok\": false, \"note\": \"nobody\"}"));
  g_autoptr(LeydenPlan) bad_default = test_plan (FLOW (", \"on_timeout\": \"default\", \"default\": {\"other\": 1}"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) failed = start (engine, plan, NULL, FALSE, 0);
  g_autoptr(Watch) taken = start (engine, with_default, NULL, FALSE, 0);
  g_autoptr(Watch) bad = start (engine, bad_default, NULL, FALSE, 0);

  watch_wait (failed);
  g_assert_cmpstr (leyden_rollout_get_state (failed->rollout), ==, "failed");
  g_assert_nonnull (strstr (leyden_rollout_get_row (failed->rollout)->error, "nobody can be asked"));
  watch_wait (taken);
  check_result (taken, "{\"by\":\"engine\",\"note\":\"nobody\",\"ok\":false}");
  watch_wait (bad);
  g_assert_nonnull (strstr (leyden_rollout_get_row (bad->rollout)->error, "no field “other”"));
}

static void
test_timeout (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (", \"timeout_s\": 1, \"on_timeout\": \"default\", \"default\": {\"ok\": false}"));
  g_autoptr(LeydenPlan) strict = test_plan (FLOW (", \"timeout_s\": 1"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) taken = start (engine, plan, NULL, TRUE, 0);
  g_autoptr(Watch) failed = start (engine, strict, NULL, TRUE, 0);

  watch_wait (taken);
  check_result (taken, "{\"by\":\"engine\",\"note\":\"none\",\"ok\":false}");
  g_assert_true (leyden_value_get_member_boolean (watch_find (taken, "decision.made", "h")->payload, "timed_out", FALSE));
  watch_wait (failed);
  g_assert_nonnull (strstr (leyden_rollout_get_row (failed->rollout)->error, "in time"));
}

/* The rollout's own deadline stands still while it waits for people, and goes on after. */
static void
test_deadline (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, NULL, TRUE, 1);

  wait_for_question (watch);
  pass_time (1500);
  g_assert_false (leyden_rollout_is_finished (watch->rollout));
  g_assert_true (answer (watch, "h", "{\"ok\": true}", NULL));
  watch_wait (watch);
  check_result (watch, "{\"by\":\"user\",\"note\":\"none\",\"ok\":true}");
}

static void
test_cancel (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(Watch) watch = start (engine, plan, NULL, TRUE, 0);

  wait_for_question (watch);
  leyden_rollout_cancel (watch->rollout, "enough");
  watch_wait (watch);
  g_assert_cmpstr (leyden_rollout_get_state (watch->rollout), ==, "cancelled");
  g_assert_false (answer (watch, "h", "{\"ok\": true}", NULL));
}

/* A crash after any record: it asks again, or knows the answer; the end is the same. */
static void
test_resume (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  LeydenStore *store = test_store ();

  {
    g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
    g_autoptr(Watch) whole = start (engine, plan, "whole", TRUE, 0);
    guint n_asked = 0;

    wait_for_question (whole);
    g_assert_true (answer (whole, "h", "{\"ok\": true, \"note\": \"first\"}", NULL));
    watch_wait (whole);
    for (guint n = 1; n <= whole->records->len; n++)
      {
        g_autofree char *rollout = g_strdup_printf ("cut-%u", n);
        g_autoptr(Watch) watch = NULL;
        gboolean known = FALSE;

        for (guint i = 0; i < n; i++)
          known |= g_str_equal (((LeydenRecord *) g_ptr_array_index (whole->records, i))->type, "decision.made");
        test_put_prefix (store, whole->records, n, rollout);
        watch = start (engine, plan, rollout, TRUE, 0);
        if (!known)
          {
            wait_for_question (watch);
            g_assert_true (answer (watch, "h", "{\"ok\": true, \"note\": \"first\"}", NULL));
            n_asked++;
          }
        watch_wait (watch);
        check_result (watch, "{\"by\":\"user\",\"note\":\"first\",\"ok\":true}");
      }
    g_assert_cmpuint (n_asked, >=, 3);
    g_assert_cmpuint (n_asked, <, whole->records->len);
  }
  test_store_done (store);
}

/* The limit counts from the first question: after a restart behind its end nobody is asked again. */
static void
test_resume_late (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (", \"timeout_s\": 1, \"on_timeout\": \"default\", \"default\": {\"ok\": false}"));
  LeydenStore *store = test_store ();

  {
    g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
    g_autoptr(Watch) first = start (engine, plan, "first", TRUE, 0);
    g_autoptr(Watch) second = NULL;
    gint64 deadline_ns;
    guint n = 0;

    wait_for_question (first);
    deadline_ns = leyden_value_get_member_int (watch_find (first, "node.waiting", "h")->payload, "deadline_ns", 0);
    while (!g_str_equal (((LeydenRecord *) g_ptr_array_index (first->records, n))->type, "node.waiting"))
      n++;
    watch_wait (first);
    /* The timer counts another clock than the log: it may run a little ahead of the wall's. */
    g_assert_cmpint (leyden_time_now_ns (), >=, deadline_ns - 100 * G_TIME_SPAN_MILLISECOND * 1000);
    test_put_prefix (store, first->records, n + 1, "second");
    second = start (engine, plan, "second", TRUE, 0);
    watch_wait (second);
    check_result (second, "{\"by\":\"engine\",\"note\":\"none\",\"ok\":false}");
    g_assert_cmpint (leyden_value_get_member_int (watch_find (second, "node.waiting", "h")->payload, "deadline_ns", 0), ==, deadline_ns);
  }
  test_store_done (store);
}

static void
command (Watch              *watch,
         LeydenDebugCommand  what)
{
  g_autoptr(GError) error = NULL;

  leyden_rollout_debug_command (watch->rollout, what, NULL, "tester", NULL, NULL, &error);
  g_assert_no_error (error);
}

/* Its own time stands still while a debugger holds the rollout, also over a restart; then it goes on. */
static void
test_paused (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (", \"timeout_s\": 1, \"on_timeout\": \"default\", \"default\": {\"ok\": false}"));
  LeydenStore *store = test_store ();

  {
    g_autoptr(LeydenEngine) engine = test_engine (store, NULL);
    g_autoptr(Watch) watch = start (engine, plan, "paused", TRUE, 0);
    g_autoptr(Watch) again = NULL;
    gint64 first, second;
    guint n;

    wait_for_question (watch);
    first = leyden_value_get_member_int (watch_find (watch, "node.waiting", "h")->payload, "deadline_ns", 0);
    command (watch, LEYDEN_DEBUG_PAUSE);
    pass_time (1600);
    g_assert_cmpuint (leyden_rollout_get_n_questions (watch->rollout), ==, 1);
    g_assert_cmpuint (watch_count (watch, "node.waiting", "h"), ==, 1);
    n = watch->records->len;
    g_assert_cmpstr (((LeydenRecord *) g_ptr_array_index (watch->records, n - 1))->type, ==, "rollout.paused");
    /* The process ended in the pause, and its time was over long ago. */
    test_put_prefix (store, watch->records, n, "again");
    again = start (engine, plan, "again", TRUE, 0);
    while (leyden_rollout_get_n_questions (again->rollout) == 0)
      g_main_context_iteration (NULL, TRUE);
    pass_time (300);
    g_assert_cmpuint (leyden_rollout_get_n_questions (again->rollout), ==, 1);
    command (again, LEYDEN_DEBUG_CONTINUE);
    g_assert_true (answer (again, "h", "{\"ok\": true}", NULL));
    watch_wait (again);
    check_result (again, "{\"by\":\"user\",\"note\":\"none\",\"ok\":true}");
    /* It is told again with its new end, and ends then. */
    command (watch, LEYDEN_DEBUG_CONTINUE);
    watch_wait (watch);
    check_result (watch, "{\"by\":\"engine\",\"note\":\"none\",\"ok\":false}");
    g_assert_cmpuint (watch_count (watch, "node.waiting", "h"), ==, 2);
    for (n = watch->records->len; !g_str_equal (((LeydenRecord *) g_ptr_array_index (watch->records, n - 1))->type, "node.waiting");)
      n--;
    second = leyden_value_get_member_int (((LeydenRecord *) g_ptr_array_index (watch->records, n - 1))->payload, "deadline_ns", 0);
    g_assert_cmpint (second - first, >=, (gint64) 1500 * 1000 * 1000);
  }
  test_store_done (store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/human/answer", test_answer);
  g_test_add_func ("/human/bare", test_bare);
  g_test_add_func ("/human/nobody", test_nobody);
  g_test_add_func ("/human/paused", test_paused);
  g_test_add_func ("/human/timeout", test_timeout);
  g_test_add_func ("/human/deadline", test_deadline);
  g_test_add_func ("/human/cancel", test_cancel);
  g_test_add_func ("/human/resume", test_resume);
  g_test_add_func ("/human/resume-late", test_resume_late);
  return g_test_run ();
}
