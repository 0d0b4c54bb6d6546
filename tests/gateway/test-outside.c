/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an evaluation depends on beyond flow and data set: addresses of servers, and the programs and scripts of this machine. */
#include <glib/gstdio.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-experiment-job.h"
#include "leyden-json.h"

static LeydenFlow *
make_flow (const char *kind,
           const char *parameters)
{
  g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"f\", \"title\": \"F\", \"nodes\": [{\"id\": \"n\", \"type\": \"%s\", "
                                           "\"parameters\": %s}], \"edges\": []}", kind, parameters);
  g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_from_value (value, &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenModels *
make_models (const char *base_uri,
             const char *secret)
{
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  LeydenModels *models = leyden_models_new (secrets);
  g_autofree char *text = g_strdup_printf ("{\"name\": \"mine\", \"title\": \"Mine\", \"base_uri\": \"%s\", \"wire\": \"openai\", \"secret\": \"%s\"}",
                                           base_uri, secret);
  g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, NULL, NULL);
  g_autoptr(LeydenEndpoint) endpoint = NULL;
  g_autoptr(GError) error = NULL;

  leyden_secrets_set_use_keyring (secrets, FALSE);
  endpoint = leyden_endpoint_from_value (value, &error);
  g_assert_no_error (error);
  g_assert_true (leyden_models_set_endpoint (models, endpoint, &error));
  return models;
}

static char *
hash_of (LeydenFlow   *flow,
         LeydenModels *models,
         const char   *model)
{
  g_autoptr(LeydenValue) value = model != NULL ? leyden_json_parse (model, -1, NULL, NULL) : NULL;

  return leyden_experiment_hash_outside (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), models, value);
}

static void
test_endpoints (void)
{
  static const char mine[] = "{\"endpoint\": \"mine\", \"model\": \"m\"}";
  g_autoptr(LeydenModels) one = make_models ("http://127.0.0.1:4001/v1", "a");
  g_autoptr(LeydenModels) two = make_models ("http://127.0.0.1:4002/v1", "a");
  g_autoptr(LeydenModels) key = make_models ("http://127.0.0.1:4001/v1", "b");
  g_autoptr(LeydenFlow) simulated = make_flow ("chat", "{\"model\": {\"endpoint\": \"simulated\", \"model\": \"leyden-sim-small\"}}");
  g_autoptr(LeydenFlow) named = make_flow ("chat", "{\"model\": {\"endpoint\": \"mine\", \"model\": \"m\"}}");
  g_autofree char *nothing = hash_of (simulated, one, NULL);
  g_autofree char *a = hash_of (named, one, NULL);
  g_autofree char *b = hash_of (named, two, NULL);
  g_autofree char *c = hash_of (named, key, NULL);
  g_autofree char *run = hash_of (simulated, one, mine);
  g_autofree char *other = hash_of (simulated, two, mine);

  g_assert_null (nothing);
  g_assert_nonnull (a);
  g_assert_cmpstr (a, !=, b);
  g_assert_cmpstr (a, ==, c);
  g_assert_nonnull (run);
  g_assert_cmpstr (run, !=, other);
}

static void
write_program (const char *path,
               const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
}

static void
test_programs (void)
{
  g_autoptr(LeydenModels) models = make_models ("http://127.0.0.1:4001/v1", "a");
  g_autofree char *folder = g_dir_make_tmp ("leyden-outside-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "tool", NULL);
  g_autofree char *parameters = g_strdup_printf ("{\"program\": \"%s\"}", program);
  g_autoptr(LeydenFlow) flow = make_flow ("command", parameters);
  g_autofree char *gone = hash_of (flow, models, NULL);
  g_autofree char *first = NULL;
  g_autofree char *again = NULL;
  g_autofree char *second = NULL;

  g_assert_null (gone);
  write_program (program, "#!/bin/sh\necho 1\n");
  first = hash_of (flow, models, NULL);
  again = hash_of (flow, models, NULL);
  write_program (program, "#!/bin/sh\necho two\n");
  second = hash_of (flow, models, NULL);
  g_assert_nonnull (first);
  g_assert_cmpstr (first, ==, again);
  g_assert_cmpstr (first, !=, second);
  g_unlink (program);
  g_rmdir (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outside/endpoints", test_endpoints);
  g_test_add_func ("/outside/programs", test_programs);
  return g_test_run ();
}
