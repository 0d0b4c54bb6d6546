/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens while a backend is not whole yet. */
#include "leyden-gateway-private.h"
#include "store-helpers.h"

/* Facts are followed before there are listeners: what is behind when the backend starts must not wait for them. */
static void
test_facts_before_hub (void)
{
  LeydenGateway *gateway = g_object_new (LEYDEN_TYPE_GATEWAY, NULL);
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "start.db", NULL);
  g_autoptr(GError) error = NULL;

  gateway->store = store_open (path, LEYDEN_STORE_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
  leyden_gateway_start_facts (gateway);
  gateway->facts_failed = TRUE;
  g_assert_null (gateway->hub);
  g_signal_emit_by_name (gateway->facts, "advanced", (guint64)7);
  g_assert_false (gateway->facts_failed);
  leyden_gateway_stop_facts (gateway);
  leyden_sqlite_store_close (gateway->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&gateway->store);
  g_object_unref (gateway);
  remove_tree (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/start/facts-before-hub", test_facts_before_hub);
  return g_test_run ();
}
