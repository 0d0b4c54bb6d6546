/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Endpoints and their models, and the one that is simulated. */
#include "models-fixture.h"

static void
test_unknown_endpoint (Fixture       *f,
                       gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "nowhere\x1b", FALSE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_assert_null (strchr (probe.error->message, '\x1b'));
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_models_list_models_finish (LEYDEN_MODELS (object), result, &probe->error);
  probe->done = TRUE;
}

static void
test_list_models (Fixture       *f,
                  gconstpointer  data)
{
  static const struct { const char *endpoint; const char *body; const char *first; } lists[] = {
    { "local", "{\"object\":\"list\",\"data\":[{\"id\":\"a\",\"x\":1},{\"id\":7},{\"id\":\"b\"}]}", "a" },
    { "local", "{\"models\":[{\"name\":\"llama\"}]}", "llama" },
    { "local", "[{\"id\":\"z\"}]", "z" },
    { "local", "<html>", NULL },
    { "simulated", NULL, "leyden-sim-small" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i].body != NULL)
      misbehaving_server_add_answer (f->server, "/v1/models", 200, JSON, lists[i].body);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, lists[i].endpoint, FALSE);
      leyden_models_list_models_async (f->models, lists[i].endpoint, NULL, listed_cb, &probe);
      probe_wait (&probe);
      if (lists[i].first == NULL)
        g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL);
      else
        {
          g_assert_no_error (probe.error);
          g_assert_cmpstr (text_at (probe.answer, "/0/id"), ==, lists[i].first);
        }
    }
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_models_probe_finish (LEYDEN_MODELS (object), result, &probe->error);
  probe->done = TRUE;
}

/* One port with models, one with something else, one that hangs, one where nothing listens. */
static void
test_probe (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr(MisbehavingServer) other = misbehaving_server_new ();
  g_autoptr(MisbehavingServer) hanging = misbehaving_server_new ();
  guint16 ports[] = { 9, misbehaving_server_get_port (other), misbehaving_server_get_port (hanging), misbehaving_server_get_port (f->server), 0 };
  g_auto(Probe) probe = { 0 };
  g_autoptr(LeydenEndpoint) endpoint = NULL;

  misbehaving_server_add_answer (f->server, "/v1/models", 200, JSON, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
  misbehaving_server_add_answer (other, "/v1/models", 200, "Content-Type: text/html\r\n", "<h1>A camera</h1>");
  misbehaving_server_add_raw (hanging, "/v1/models", "", 0, 0, 0, MISBEHAVE_HANG);
  leyden_models_set_probe_ports (f->models, ports);
  probe_init (&probe, "local", FALSE);
  leyden_models_probe_async (f->models, NULL, probed_cb, &probe);
  probe_wait (&probe);
  g_assert_no_error (probe.error);
  g_assert_cmpuint (leyden_value_get_size (probe.answer), ==, 1);
  g_assert_cmpstr (text_at (probe.answer, "/0/models/1"), ==, "b");
  endpoint = leyden_endpoint_from_value (leyden_value_lookup_pointer (probe.answer, "/0/endpoint"), &probe.error);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (endpoint->default_model, ==, "a");
}

static void
test_registry (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr(GPtrArray) names = NULL;
  LeydenEndpoint simulated = { .name = (char *) "simulated", .base_uri = (char *) "http://h/", .wire = (char *) "openai" };
  g_autoptr(GError) error = NULL;

  models_set_endpoint (f, "another", "http://h/v1", NULL, 0);
  names = leyden_models_list_endpoints (f->models);
  g_assert_cmpuint (names->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (names, 0), ==, "simulated");
  g_assert_cmpstr (g_ptr_array_index (names, 1), ==, "another");
  g_assert_false (leyden_models_set_endpoint (f->models, &simulated, &error));
  g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_assert_false (leyden_models_remove_endpoint (f->models, "simulated"));
  g_assert_cmpstr (leyden_models_get_default_endpoint (f->models), ==, "simulated");
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "leyden-sim-medium");
  leyden_models_set_default (f->models, "another", NULL);
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "m-default");
  leyden_models_set_default (f->models, "another", "other");
  g_assert_cmpstr (leyden_models_get_default_model (f->models), ==, "other");
  g_assert_true (leyden_models_remove_endpoint (f->models, "another"));
  g_assert_cmpstr (leyden_models_get_default_endpoint (f->models), ==, "simulated");
}

#define PROBLEM "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Step by step. Write the last line with the number: What is 25% of 80?\"}]}"

static void
set_problem (Probe *probe)
{
  g_clear_pointer (&probe->body, leyden_value_unref);
  probe->body = leyden_json_parse (PROBLEM, -1, NULL, NULL);
  probe->call.body = probe->body;
}

/* The same answer at any pace; only how it arrives differs. */
static void
test_simulated (Fixture       *f,
                gconstpointer  data)
{
  static const double scales[] = { 0.0, 0.005 };
  g_autoptr(LeydenValue) first = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      g_auto(Probe) probe = { 0 };

      probe_init (&probe, NULL, TRUE);
      set_problem (&probe);
      probe.call.time_scale = scales[i];
      probe_start (f, &probe);
      g_assert_false (probe.done);
      probe_wait (&probe);
      g_assert_no_error (probe.error);
      g_assert_true (leyden_value_get_member_boolean (probe.answer, "simulated", FALSE));
      g_assert_cmpstr (text_at (probe.answer, "/endpoint"), ==, "simulated");
      g_assert_cmpstr (text_at (probe.answer, "/model"), ==, "leyden-sim-medium");
      g_assert_cmpstr (text_at (probe.answer, "/currency"), ==, "sim credits");
      g_assert_cmpfloat (leyden_value_get_member_double (probe.answer, "latency_ms", 0), >, 100);
      g_assert_cmpstr (probe.deltas->str, ==, text_at (probe.answer, "/message/content"));
      if (i == 0)
        first = leyden_value_ref (probe.answer);
      else
        {
          g_assert_true (leyden_value_equal (first, probe.answer));
          g_assert_cmpuint (probe.n_deltas, >, 2);
        }
    }
}

static void
test_simulated_free (Fixture       *f,
                     gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "simulated", FALSE);
  probe_run (f, &probe);
  g_assert_no_error (probe.error);
  g_assert_cmpstr (text_at (probe.answer, "/error_kind"), ==, "not_simulated");
  g_assert_cmpuint (probe.n_deltas, ==, 0);
}

static void
test_simulated_error (Fixture       *f,
                      gconstpointer  data)
{
  g_auto(Probe) probe = { 0 };

  probe_init (&probe, "simulated", FALSE);
  g_clear_pointer (&probe.body, leyden_value_unref);
  probe.body = leyden_json_parse ("{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", -1, NULL, NULL);
  probe.call.body = probe.body;
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST);
}

static void
test_simulated_cancel (Fixture       *f,
                       gconstpointer  data)
{
  Probe probes[40];

  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      probe_init (&probes[i], "simulated", TRUE);
      set_problem (&probes[i]);
      probes[i].call.time_scale = i == 0 ? 0.0 : 1000.0;
      probe_start (f, &probes[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      g_cancellable_cancel (probes[i].cancellable);
      probe_wait (&probes[i]);
      g_assert_error (probes[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (probes[i].n_deltas, ==, 0);
      probe_clear (&probes[i]);
    }
}

/* A resolver that knows one name, which stands for a link-local address. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver
{
  GResolver parent_instance;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
test_resolver_lookup_async (GResolver           *resolver,
                            const char          *name,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, callback, data);

  g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string ("169.254.169.254")), NULL);
}

static GList *
test_resolver_lookup_finish (GResolver     *resolver,
                             GAsyncResult  *result,
                             GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = test_resolver_lookup_async;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = test_resolver_lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_a34_by_name (Fixture       *f,
                  gconstpointer  data)
{
  g_autoptr(GResolver) before = g_resolver_get_default ();
  g_autoptr(GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_auto(Probe) probe = { 0 };
  g_auto(Probe) list = { 0 };

  g_resolver_set_default (resolver);
  models_set_endpoint (f, "metadata", "http://metadata.example/v1", NULL, 0);
  probe_init (&probe, "metadata", FALSE);
  probe_run (f, &probe);
  g_assert_error (probe.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  probe_init (&list, "metadata", FALSE);
  leyden_models_list_models_async (f->models, "metadata", NULL, listed_cb, &list);
  probe_wait (&list);
  g_assert_error (list.error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_resolver_set_default (before);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/models/unknown-endpoint", test_unknown_endpoint);
  ADD ("/models/list-models", test_list_models);
  ADD ("/models/probe", test_probe);
  ADD ("/models/registry", test_registry);
  ADD ("/models/simulated", test_simulated);
  ADD ("/models/simulated-free", test_simulated_free);
  ADD ("/models/simulated-error", test_simulated_error);
  ADD ("/models/simulated-cancel", test_simulated_cancel);
  ADD ("/hostile/A34-by-name", test_a34_by_name);
  return g_test_run ();
}
