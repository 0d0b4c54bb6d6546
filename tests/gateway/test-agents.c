/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents' rollouts over our own API: the list, the trainer's view of one, and agents that are attached. */
#include "agl-helpers.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "leyden-json.h"

#define R "/api/rollouts"
#define L "/leyden/v1/rollouts"

static LeydenValue *
get_training (Agl        *fixture,
              const char *rollout)
{
  g_autofree char *path = g_strdup_printf (L "/%s/training", rollout);
  guint status;
  LeydenValue *view = server_ask (fixture->server, "GET", path, NULL, &status);

  g_assert_cmpint (status, ==, 200);
  return view;
}

static double
advantage_of (LeydenValue *view)
{
  return leyden_value_get_member_double (leyden_value_get_member (view, "group"), "advantage", NAN);
}

/* Rollouts of one request with the same input are a group; those of another one, and other inputs, are not. */
static void
test_group (Agl           *fixture,
            gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":{\"q\":1},\"rollout_id\":\"a0\"},{\"input\":{\"q\":1},\"rollout_id\":\"a1\"},{\"input\":{\"q\":2},\"rollout_id\":\"b0\"},"
      "{\"input\":{\"q\":1},\"rollout_id\":\"v0\",\"is_train\":false}]", 201, NULL },
    { "POST", R, "[{\"input\":{\"q\":1},\"rollout_id\":\"later\"}]", 201, NULL },
    { "POST", R "/a0/attempt/0/events", "{\"event_type\":\"model_request\",\"data\":{\"response\":{\"prompt_token_ids\":[1],\"choices\":[{\"token_ids\":[2]}]},"
      "\"http_status\":200,\"status\":\"ok\"}}", 200, NULL },
    { "POST", R "/a0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":1.0}}", 200, NULL },
    { "POST", R "/a1/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.0}}", 200, NULL },
    { "PATCH", R "/a0", "{\"status\":{\"state\":\"running\"}}", 200, NULL },
    { "PATCH", R "/a0", "{\"status\":{\"state\":\"succeeded\"}}", 200, NULL },
    { "PATCH", R "/a1", "{\"status\":{\"state\":\"running\"}}", 200, NULL },
    { "PATCH", R "/a1", "{\"status\":{\"state\":\"succeeded\"}}", 200, NULL },
    { "POST", R "/b0/attempt/0/events", "{\"event_type\":\"reward\",\"data\":{\"value\":0.5}}", 200, NULL },
    /* The trainer is done with it; here it stays. */
    { "DELETE", R "/a0", NULL, 204, NULL },
    { "GET", R "/a0", NULL, 404, NULL },
  };
  g_autoptr(LeydenValue) a0 = NULL;
  g_autoptr(LeydenValue) a1 = NULL;
  g_autoptr(LeydenValue) b0 = NULL;
  g_autoptr(LeydenValue) v0 = NULL;
  g_autoptr(LeydenValue) later = NULL;

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  agl_restart (fixture, SIGKILL);
  a0 = get_training (fixture, "a0");
  a1 = get_training (fixture, "a1");
  b0 = get_training (fixture, "b0");
  v0 = get_training (fixture, "v0");
  later = get_training (fixture, "later");
  g_assert_true (leyden_value_get_member_boolean (a0, "removed", FALSE));
  g_assert_true (leyden_value_get_member_boolean (a0, "is_train", FALSE));
  g_assert_cmpint (leyden_value_get_member_int (a0, "n_trained", 0), ==, 1);
  g_assert_cmpfloat_with_epsilon (advantage_of (a0), 0.5 / (sqrt (0.5) + 1e-6), 1e-9);
  g_assert_cmpfloat_with_epsilon (advantage_of (a1), -0.5 / (sqrt (0.5) + 1e-6), 1e-9);
  g_assert_cmpfloat (advantage_of (b0), ==, 0.5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (v0, "group"), "size", 0), ==, 1);
  g_assert_false (leyden_value_get_member_boolean (v0, "is_train", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (later, "group"), "size", 0), ==, 1);
}

static char *
list_names (Agl        *fixture,
            const char *query,
            gint64     *next)
{
  g_autofree char *path = g_strconcat (L, query, NULL);
  guint status;
  g_autoptr(LeydenValue) list = server_ask (fixture->server, "GET", path, NULL, &status);
  LeydenValue *rollouts = leyden_value_get_member (list, "rollouts");
  g_autoptr(GString) names = g_string_new (NULL);

  g_assert_cmpint (status, ==, 200);
  for (guint i = 0; i < leyden_value_get_size (rollouts); i++)
    {
      LeydenValue *row = leyden_value_get_item (rollouts, i);

      g_string_append_printf (names, "%s%s ", leyden_value_get_member_string (row, "rollout", ""),
                              leyden_value_get_member_boolean (row, "removed", FALSE) ? "-" : "");
    }
  *next = leyden_value_get_member_int (list, "next_before", 0);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
test_list (Agl           *fixture,
           gconstpointer  data)
{
  static const AglCase cases[] = {
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"one\"},{\"input\":1,\"rollout_id\":\"two\"},{\"input\":1,\"rollout_id\":\"three\"}]", 201, NULL },
    { "DELETE", R "/two", NULL, 204, NULL },
  };
  g_autofree char *empty = NULL;
  g_autofree char *all = NULL;
  g_autofree char *first = NULL;
  g_autofree char *rest = NULL;
  g_autofree char *query = NULL;
  gint64 next;

  empty = list_names (fixture, "", &next);
  g_assert_cmpstr (empty, ==, "");
  agl_run (fixture, cases, G_N_ELEMENTS (cases));
  all = list_names (fixture, "", &next);
  g_assert_cmpstr (all, ==, "three two- one ");
  g_assert_cmpint (next, ==, 0);
  first = list_names (fixture, "?limit=2", &next);
  g_assert_cmpstr (first, ==, "three two- ");
  query = g_strdup_printf ("?limit=2&before=%" G_GINT64_FORMAT, next);
  rest = list_names (fixture, query, &next);
  g_assert_cmpstr (rest, ==, "one ");
  g_assert_cmpint (next, ==, 0);
}

static void
test_unknown (Agl           *fixture,
              gconstpointer  data)
{
  static const AglCase cases[] = {
    { "GET", L "/none/training", NULL, 404, NULL },
    { "GET", L "/none/training/calls/0", NULL, 404, NULL },
    { "POST", R, "[{\"input\":1,\"rollout_id\":\"r\"}]", 201, NULL },
    { "GET", L "/r/training/calls/0", NULL, 404, NULL },
    { "GET", L "/r/training/calls/-1", NULL, 404, NULL },
    { "GET", L "/r/training/calls/x", NULL, 404, NULL },
    { "GET", L "?limit=0", NULL, 422, NULL },
    { "GET", L "?before=x", NULL, 422, NULL },
  };

  agl_run (fixture, cases, G_N_ELEMENTS (cases));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gateway/agents/group", Agl, NULL, agl_set_up, test_group, agl_tear_down);
  g_test_add ("/gateway/agents/list", Agl, NULL, agl_set_up, test_list, agl_tear_down);
  g_test_add ("/gateway/agents/unknown", Agl, NULL, agl_set_up, test_unknown, agl_tear_down);
  return g_test_run ();
}
