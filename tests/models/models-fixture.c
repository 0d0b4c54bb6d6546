/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models-fixture.h"

void
models_set_endpoint (Fixture    *f,
                     const char *name,
                     const char *base_uri,
                     const char *secret,
                     guint       concurrency)
{
  LeydenEndpoint endpoint = { .name = (char *) name, .title = (char *) "The server", .base_uri = (char *) base_uri, .wire = (char *) "openai",
                              .secret = (char *) secret, .default_model = (char *) "m-default", .concurrency = concurrency };
  g_autoptr(GError) error = NULL;

  leyden_models_set_endpoint (f->models, &endpoint, &error);
  g_assert_no_error (error);
}

void
models_set_up (Fixture       *f,
               gconstpointer  data)
{
  g_autofree char *uri = NULL;

  f->server = misbehaving_server_new ();
  f->secrets = leyden_secrets_new ();
  f->models = leyden_models_new (f->secrets);
  leyden_models_set_pause_percent (f->models, 1);
  uri = misbehaving_server_dup_uri (f->server, "/v1/");
  models_set_endpoint (f, "local", uri, NULL, 0);
}

void
models_tear_down (Fixture       *f,
                  gconstpointer  data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (f->models);
  g_assert_finalize_object (f->secrets);
  misbehaving_server_free (f->server);
}

static void
delta_cb (const char *text,
          gpointer    data)
{
  Probe *probe = data;

  g_assert_false (probe->done);
  g_string_append (probe->deltas, text);
  probe->n_deltas++;
}

static void
waiting_cb (const char *reason,
            guint       ms,
            gpointer    data)
{
  Probe *probe = data;

  g_ptr_array_add (probe->waits, g_strdup (reason));
  probe->longest_ms = MAX (probe->longest_ms, ms);
}

void
probe_init (Probe      *probe,
            const char *endpoint,
            gboolean    stream)
{
  *probe = (Probe) { 0 };
  probe->body = leyden_json_parse ("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":9}", -1, NULL, NULL);
  probe->deltas = g_string_new (NULL);
  probe->waits = g_ptr_array_new_with_free_func (g_free);
  probe->cancellable = g_cancellable_new ();
  probe->call = (LeydenModelCall) { .endpoint = endpoint, .body = probe->body, .world_seed = 42, .stream = stream, .timeout_s = 20,
                                    .delta = delta_cb, .waiting = waiting_cb, .data = probe };
}

void
probe_clear (Probe *probe)
{
  g_clear_pointer (&probe->body, leyden_value_unref);
  g_string_free (probe->deltas, TRUE);
  g_ptr_array_unref (probe->waits);
  g_object_unref (probe->cancellable);
  g_clear_pointer (&probe->answer, leyden_value_unref);
  g_clear_error (&probe->error);
}

static void
done_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Probe *probe = data;

  probe->answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &probe->error);
  probe->done = TRUE;
}

void
probe_start (Fixture *f,
             Probe   *probe)
{
  leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (f->models), &probe->call, probe->cancellable, done_cb, probe);
}

void
probe_wait (Probe *probe)
{
  while (!probe->done)
    g_main_context_iteration (NULL, TRUE);
}

void
probe_run (Fixture *f,
           Probe   *probe)
{
  probe_start (f, probe);
  probe_wait (probe);
}

const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}
