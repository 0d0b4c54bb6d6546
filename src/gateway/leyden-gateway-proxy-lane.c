/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include "leyden-http-wire.h"
#include "leyden-model.h"

/* Whole answers of plain http come over the wire in the main loop. The others, streams and TLS, run in a few threads, each with a loop and a client of its own. A loop looks at all its connections at every turn, and
 * libsoup at all its messages at every end, so that the work of a call grows with the number of calls beside it: a thousand in one loop
 * took 2.3 ms each. So a lane that has enough gets no more while another may be opened. */
#define LANE_CALLS 48
#define MAX_LANES 24
/* Connections of one lane to one server. */
#define MAX_PER_SERVER 4096

typedef struct
{
  GThread          *thread;
  GMainContext     *context;
  GMainLoop        *loop;
  LeydenHttpClient *http;               /* of the thread */
  guint             n_calls;            /* main thread */
} Lane;

struct _LeydenProxyLanes
{
  GMainContext   *context;              /* of the answers */
  GPtrArray      *lanes;
  LeydenHttpWire *wire;
  GCancellable   *stopped;              /* of requests without one of their own */
};

/* One request on its way through a lane. */
typedef struct
{
  LeydenProxyLanes  *lanes;
  Lane              *lane;
  LeydenHttpRequest *request;
  GCancellable      *cancellable;
  LeydenSseCallback  event_cb;
  LeydenProxySent    sent_cb;
  gpointer           data;
  GBytes            *bytes;
  GError            *error;
} Errand;

static gboolean
guard_cb (const char    *host,
          guint16        port,
          GInetAddress  *address,
          gpointer       data,
          GError       **error)
{
  if (leyden_endpoint_allows_address (address))
    return TRUE;
  g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS, "%s stands for an address that no model server has", host);
  return FALSE;
}

static gpointer
lane_thread (gpointer data)
{
  Lane *self = data;

  g_main_context_push_thread_default (self->context);
  self->http = leyden_http_client_new ();
  /* The proxy's own tries are the rule: no breaker. */
  leyden_http_client_set_limits (self->http, MAX_PER_SERVER, 0, 0);
  leyden_http_client_set_guard (self->http, guard_cb, NULL, NULL);
  g_main_loop_run (self->loop);
  g_clear_object (&self->http);
  /* What the client left to be done, such as closing its connections. */
  while (g_main_context_iteration (self->context, FALSE));
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static Lane *
lane_new (void)
{
  Lane *self = g_new0 (Lane, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("proxy-lane", lane_thread, self);
  return self;
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
lane_free (gpointer data)
{
  Lane *self = data;
  g_autoptr(GSource) source = g_idle_source_new ();

  /* In its loop, so that it is not lost when that has not begun. */
  g_source_set_callback (source, quit_cb, self->loop, NULL);
  g_source_attach (source, self->context);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

LeydenProxyLanes *
leyden_proxy_lanes_new (void)
{
  LeydenProxyLanes *self = g_new0 (LeydenProxyLanes, 1);

  self->context = g_main_context_ref_thread_default ();
  self->lanes = g_ptr_array_new_with_free_func (lane_free);
  self->stopped = g_cancellable_new ();
  self->wire = leyden_http_wire_new (MAX_PER_SERVER, guard_cb, NULL);
  return self;
}

void
leyden_proxy_lanes_free (LeydenProxyLanes *self)
{
  leyden_http_wire_free (self->wire);
  g_object_unref (self->stopped);
  g_ptr_array_unref (self->lanes);
  g_main_context_unref (self->context);
  g_free (self);
}

void
leyden_proxy_lanes_cancel (LeydenProxyLanes *self)
{
  g_cancellable_cancel (self->stopped);
  leyden_http_wire_cancel (self->wire);
}

/* The first that has room, so that few calls share connections; else the emptiest. */
static Lane *
choose_lane (LeydenProxyLanes *self)
{
  Lane *best = NULL;

  for (guint i = 0; i < self->lanes->len; i++)
    {
      Lane *lane = g_ptr_array_index (self->lanes, i);

      if (lane->n_calls < LANE_CALLS)
        return lane;
      if (best == NULL || lane->n_calls < best->n_calls)
        best = lane;
    }
  if (self->lanes->len == MAX_LANES)
    return best;
  best = lane_new ();
  g_ptr_array_add (self->lanes, best);
  return best;
}

/* ---- There and back ---- */

static gboolean
back_cb (gpointer data)
{
  Errand *self = data;

  self->lane->n_calls--;
  self->sent_cb (self->bytes, self->error, self->data);
  return G_SOURCE_REMOVE;
}

static void
errand_free (gpointer data)
{
  Errand *self = data;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_error (&self->error);
  g_object_unref (self->request);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
done_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Errand *self = user_data;
  g_autoptr(GSource) source = g_idle_source_new ();

  if (self->event_cb != NULL)
    leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, &self->bytes, &self->error);
  else
    self->bytes = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &self->error);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, back_cb, self, errand_free);
  g_source_attach (source, self->lanes->context);
}

static gboolean
go_cb (gpointer data)
{
  Errand *self = data;

  if (self->event_cb != NULL)
    leyden_http_client_stream_async (self->lane->http, self->request, self->event_cb, self->data, self->cancellable, done_cb, self);
  else
    leyden_http_client_send_async (self->lane->http, self->request, self->cancellable, done_cb, self);
  return G_SOURCE_REMOVE;
}

void
leyden_proxy_lanes_send (LeydenProxyLanes  *self,
                         const char        *uri,
                         LeydenHttpRequest *request,
                         GCancellable      *cancellable,
                         LeydenSseCallback  event_cb,
                         LeydenProxySent    sent_cb,
                         gpointer           data)
{
  g_autoptr(GSource) source = NULL;
  Errand *errand;

  if (event_cb == NULL && leyden_http_wire_takes (uri))
    {
      leyden_http_wire_send (self->wire, request, cancellable, sent_cb, data);
      return;
    }
  source = g_idle_source_new ();
  errand = g_new0 (Errand, 1);
  errand->lanes = self;
  errand->lane = choose_lane (self);
  errand->request = g_object_ref (request);
  errand->cancellable = g_object_ref (cancellable != NULL ? cancellable : self->stopped);
  errand->event_cb = event_cb;
  errand->sent_cb = sent_cb;
  errand->data = data;
  errand->lane->n_calls++;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, go_cb, errand, NULL);
  g_source_attach (source, errand->lane->context);
}
