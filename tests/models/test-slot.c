/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../../src/models/leyden-models-private.h"

static void
count_cb (gpointer data)
{
  (*(guint *) data)++;
}

/* How many of @n calls start at once at an endpoint, and that all of them come to their turn. */
static guint
count_started (gboolean simulated,
               guint    concurrency,
               guint    n)
{
  g_autofree LeydenModelTicket *tickets = g_new0 (LeydenModelTicket, n);
  LeydenEndpoint *endpoint = g_new0 (LeydenEndpoint, 1);
  g_autoptr(LeydenModelSlot) slot = NULL;
  guint started = 0, at_once;

  endpoint->name = g_strdup ("x");
  endpoint->simulated = simulated;
  endpoint->concurrency = concurrency;
  slot = leyden_model_slot_new (endpoint);
  for (guint i = 0; i < n; i++)
    leyden_model_ticket_enter (&tickets[i], slot, count_cb, &started);
  at_once = started;
  for (guint i = 0; i < n; i++)
    leyden_model_ticket_leave (&tickets[i]);
  g_assert_cmpuint (started, ==, n);
  return at_once;
}

/* A call waits in the queue, where its deadline does not run, and not for a connection. */
static void
test_connections (void)
{
  g_assert_cmpuint (count_started (FALSE, 3, 2000), ==, 3);
  g_assert_cmpuint (count_started (FALSE, 0, 2000), ==, 8);
  g_assert_cmpuint (count_started (FALSE, 1024, 2000), ==, LEYDEN_MODEL_MAX_CONNECTIONS);
  g_assert_cmpuint (count_started (TRUE, 1024, 2000), ==, 1024);
}

/* A thousand simulated agents run at once, at any pace. */
static void
test_simulated (void)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenModels) models = leyden_models_new (secrets);

  g_assert_cmpuint (leyden_models_get_endpoint (models, "simulated")->concurrency, >=, 1000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slot/connections", test_connections);
  g_test_add_func ("/slot/simulated", test_simulated);
  return g_test_run ();
}
