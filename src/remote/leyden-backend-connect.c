/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"

#include <glib/gi18n-lib.h>
#include <signal.h>

#include "leyden-text.h"

/*
 * States:
 *
 *   OFFLINE ──connect──► CONNECTING ──found, started or reached──► CONNECTED
 *      ▲                     │ refused                               │ lost
 *      │                     ▼                                       ▼
 *    close ◄────────────── FAILED ◄──refused, failed starts── RECONNECTING ──found, started or reached──► CONNECTED
 *
 * One attempt (leyden_backend_attempt): rendezvous file → /leyden/v1/info; where that fails and the backend is local: launch → info.
 */
#define BACKOFF_MAX_MS 5000
/* Who waits for a first connection is told sooner; another try is for a window that was quicker and is still starting. */
#define MAX_FAILED_FIRST 3
#define MAX_FAILED_STARTS 6
#define PROBE_TIMEOUT_MS 10000
/* A backend says every 15 s that it is still there; of one that is far away silence is all that a cut cable makes. */
#define SILENCE_MS 35000

static void schedule_attempt (LeydenBackend *self);

void
leyden_backend_set_state (LeydenBackend      *self,
                          LeydenBackendState  state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify (G_OBJECT (self), "state");
}

void
leyden_backend_finish_connects (LeydenBackend *self,
                                const GError  *error)
{
  GTask *task;

  while ((task = g_queue_pop_head (&self->connects)) != NULL)
    {
      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

void
leyden_backend_stop_presence (LeydenBackend *self)
{
  if (self->presence != NULL)
    g_cancellable_cancel (self->presence);
  g_clear_object (&self->presence);
}

/* Given up: nothing is tried again until connect_async. */
static void
fail (LeydenBackend *self,
      const GError  *error)
{
  g_autoptr(LeydenBackend) keep = g_object_ref (self);
  g_autoptr(GError) copy = g_error_copy (error);

  g_clear_error (&self->error);
  self->error = g_error_copy (copy);
  leyden_backend_set_state (self, LEYDEN_BACKEND_FAILED);
  leyden_backend_finish_connects (self, copy);
  leyden_backend_flush_waiting (self, copy);
}

/* ---- Presence: one quiet stream that says that we are here, and whose end says that the backend is gone. ---- */

typedef struct
{
  GWeakRef backend;
  guint    generation;
} Presence;

static gboolean
presence_event_cb (const char *event,
                   const char *data,
                   gsize       length,
                   const char *id,
                   gpointer    user_data)
{
  return TRUE;
}

static void
presence_ended_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Presence *presence = user_data;
  g_autoptr(LeydenBackend) self = g_weak_ref_get (&presence->backend);
  g_autoptr(GError) error = NULL;

  leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, NULL, &error);
  if (self != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leyden_backend_broken (self, presence->generation);
  g_weak_ref_clear (&presence->backend);
  g_free (presence);
}

static void
start_presence (LeydenBackend *self)
{
  g_autofree char *uri = leyden_backend_make_uri (self, "/leyden/v1/events?presence=1");
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new ("GET", uri);
  Presence *presence = g_new0 (Presence, 1);

  leyden_backend_stop_presence (self);
  self->presence = g_cancellable_new ();
  g_weak_ref_init (&presence->backend, self);
  presence->generation = self->generation;
  leyden_backend_prepare (self, request);
  if (!self->local)
    leyden_http_request_set_timeout (request, SILENCE_MS);
  leyden_http_client_stream_async (leyden_backend_get_http (self), request, presence_event_cb, NULL, self->presence, presence_ended_cb, presence);
}

/* ---- Connected ---- */

static char *
make_identity (LeydenValue *info)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, leyden_value_get_member_int (info, "pid", 0),
                          leyden_value_get_member_int (info, "started", 0));
}

static void
connected (LeydenBackend *self,
           LeydenValue   *info)
{
  g_autoptr(LeydenBackend) keep = g_object_ref (self);
  g_autofree char *identity = make_identity (info);
  g_autoptr(GPtrArray) subscriptions = NULL;
  gboolean restarted = self->identity != NULL && g_strcmp0 (self->identity, identity) != 0;

  g_clear_pointer (&self->info, leyden_value_unref);
  self->info = leyden_value_ref (info);
  g_free (self->identity);
  self->identity = g_steal_pointer (&identity);
  g_clear_error (&self->error);
  self->generation++;
  self->backoff_ms = LEYDEN_BACKEND_BACKOFF_MS;
  self->failed_starts = 0;

  start_presence (self);
  leyden_backend_set_state (self, LEYDEN_BACKEND_CONNECTED);
  leyden_backend_finish_connects (self, NULL);
  leyden_backend_flush_waiting (self, NULL);
  /* Callbacks may take subscriptions away. */
  subscriptions = g_ptr_array_copy (self->subscriptions, (GCopyFunc)(GCallback)g_object_ref, NULL);
  g_ptr_array_set_free_func (subscriptions, g_object_unref);
  for (guint i = 0; i < subscriptions->len; i++)
    leyden_subscription_connected (g_ptr_array_index (subscriptions, i));
  if (restarted)
    g_signal_emit_by_name (self, "restarted", info);
}

/* ---- One attempt ---- */

typedef struct
{
  LeydenBackend     *self;
  LeydenHttpRequest *request;
  GCancellable      *life;
  gboolean           may_start;         /* the address came from a rendezvous file: when it is dead, start one */
} Probe;

static void
probe_free (Probe *probe)
{
  g_object_unref (probe->self);
  g_object_unref (probe->request);
  g_object_unref (probe->life);
  g_free (probe);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Probe, probe_free)

/* The one that answered last has not ended, and holds the database until then: no start beside it can succeed. */
static gboolean
is_ending (LeydenBackend *self)
{
  gint64 pid = leyden_value_get_member_int (self->info, "pid", 0);

  if (self->child != NULL)
    return TRUE;
  /* A sandbox has process numbers of its own. */
  return self->local && pid > 0 && g_getenv ("FLATPAK_ID") == NULL && kill ((pid_t)pid, 0) == 0;
}

static void
attempt_failed (LeydenBackend *self,
                const GError  *failure)
{
  g_autoptr(GError) error = g_error_matches (failure, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS)
                              ? g_error_new_literal (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CERTIFICATE, failure->message)
                              : g_error_copy (failure);
  guint max = self->state == LEYDEN_BACKEND_CONNECTING ? MAX_FAILED_FIRST : MAX_FAILED_STARTS;

  self->attempting = FALSE;
  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START) && !is_ending (self))
    self->failed_starts++;
  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH)
      || g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_VERSION)
      || g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CERTIFICATE)
      || g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY) || self->failed_starts >= max)
    {
      fail (self, error);
      return;
    }

  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  /* The one who asked for a first connection is told; trying goes on only for connections that were there. */
  if (self->state == LEYDEN_BACKEND_CONNECTING && !self->local)
    fail (self, error);
  else
    schedule_attempt (self);
}

static void
launched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data);

static void
start_one (LeydenBackend *self)
{
  leyden_backend_launch_async (self, self->life, launched_cb, g_object_ref (self->life));
}

static void
shutdown_old_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(Probe) probe = user_data;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GError) error = NULL;
  LeydenBackend *self = probe->self;
  guint status;

  body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, NULL);
  if (g_cancellable_is_cancelled (probe->life))
    return;
  status = leyden_http_request_get_status (probe->request);
  if (body != NULL && status == 202)
    {
      self->attempting = FALSE;
      schedule_attempt (self);
      return;
    }
  error = g_error_new (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_VERSION,
                       _("A backend of version %s has runs under way, and this is version %s; end its runs, then try again"),
                       self->error == NULL ? "?" : self->error->message, PACKAGE_VERSION);
  attempt_failed (self, error);
}

/* A local backend of another version that has nothing to do makes room; its runs are ours to continue. */
static void
replace_old (LeydenBackend *self,
             const char    *version)
{
  g_autofree char *uri = leyden_backend_make_uri (self, "/leyden/v1/shutdown");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  Probe *probe = g_new0 (Probe, 1);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "if_idle", TRUE);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);

  g_clear_error (&self->error);
  self->error = g_error_new_literal (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_VERSION, version);
  probe->self = g_object_ref (self);
  probe->life = g_object_ref (self->life);
  probe->request = leyden_http_request_new ("POST", uri);
  leyden_http_request_set_json (probe->request, body);
  leyden_http_request_set_timeout (probe->request, PROBE_TIMEOUT_MS);
  leyden_backend_prepare (self, probe->request);
  leyden_http_client_send_async (leyden_backend_get_http (self), probe->request, self->life, shutdown_old_cb, probe);
}

static void
check_info (LeydenBackend *self,
            LeydenValue   *info)
{
  g_autofree char *version = leyden_text_escape (leyden_value_get_member_string (info, "version", "?"), -1, 40);

  if (self->local && g_strcmp0 (version, PACKAGE_VERSION) != 0)
    {
      replace_old (self, version);
      return;
    }
  if (leyden_value_get_member_int (info, "api", 0) != 1)
    {
      g_autoptr(GError) error = g_error_new (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_VERSION,
                                             _("The backend (version %s) does not speak version 1 of the Leyden API"), version);

      attempt_failed (self, error);
      return;
    }
  self->attempting = FALSE;
  connected (self, info);
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Probe) probe = user_data;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(GError) error = NULL;
  LeydenBackend *self = probe->self;

  body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  if (g_cancellable_is_cancelled (probe->life))
    return;
  if (body != NULL && leyden_remote_check_status (leyden_http_request_get_status (probe->request), body, &error))
    info = leyden_remote_parse (body, &error);

  if (info != NULL)
    check_info (self, info);
  else if (probe->may_start)
    start_one (self);
  else
    attempt_failed (self, error);
}

/* Asks who answers at base_uri. */
static void
probe_begin (LeydenBackend *self,
             gboolean       may_start)
{
  g_autofree char *uri = leyden_backend_make_uri (self, "/leyden/v1/info");
  Probe *probe = g_new0 (Probe, 1);

  probe->self = g_object_ref (self);
  probe->life = g_object_ref (self->life);
  probe->may_start = may_start;
  probe->request = leyden_http_request_new ("GET", uri);
  leyden_http_request_set_timeout (probe->request, PROBE_TIMEOUT_MS);
  leyden_backend_prepare (self, probe->request);
  leyden_http_client_send_async (leyden_backend_get_http (self), probe->request, self->life, probed_cb, probe);
}

static void
set_address (LeydenBackend          *self,
             const LeydenRendezvous *there)
{
  gboolean v6 = strchr (there->address, ':') != NULL;

  g_free (self->base_uri);
  g_free (self->key);
  self->base_uri = g_strdup_printf ("http://%s%s%s:%u", v6 ? "[" : "", there->address, v6 ? "]" : "", there->port);
  self->key = g_strdup (there->key);
}

static void
child_ended_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  GWeakRef *ref = user_data;
  g_autoptr(LeydenBackend) self = g_weak_ref_get (ref);

  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  if (self != NULL && self->child == G_SUBPROCESS (object))
    {
      gboolean ours = self->child_pid == leyden_value_get_member_int (self->info, "pid", 0);

      g_clear_object (&self->child);
      if (ours)
        leyden_backend_broken (self, self->generation);
    }
  g_weak_ref_clear (ref);
  g_free (ref);
}

static void
launched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  LeydenBackend *self = LEYDEN_BACKEND (object);
  g_autoptr(GCancellable) life = data;
  g_autoptr(LeydenRendezvous) there = NULL;
  g_autoptr(GSubprocess) child = NULL;
  g_autoptr(GError) error = NULL;
  GWeakRef *ref;

  there = leyden_backend_launch_finish (self, result, &child, &error);
  if (g_cancellable_is_cancelled (life))
    return;
  if (there == NULL)
    {
      /* Another window may have been quicker: the next attempt finds its backend. */
      attempt_failed (self, error);
      return;
    }

  self->failed_starts = 0;
  g_set_object (&self->child, child);
  self->child_pid = there->pid;
  ref = g_new0 (GWeakRef, 1);
  g_weak_ref_init (ref, self);
  g_subprocess_wait_async (child, NULL, child_ended_cb, ref);
  set_address (self, there);
  probe_begin (self, FALSE);
}

typedef struct
{
  LeydenBackend *self;
  GCancellable  *life;
} Finding;

static void
finding_free (Finding *finding)
{
  g_object_unref (finding->self);
  g_object_unref (finding->life);
  g_free (finding);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Finding, finding_free)

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(Finding) finding = user_data;
  g_autoptr(LeydenRendezvous) there = leyden_rendezvous_find_finish (result);

  if (g_cancellable_is_cancelled (finding->life))
    return;
  if (there == NULL)
    {
      start_one (finding->self);
      return;
    }
  set_address (finding->self, there);
  probe_begin (finding->self, TRUE);
}

/* A network that comes or goes says more, and sooner, than any silence. */
static void
network_changed_cb (LeydenBackend *self)
{
  if (self->local)
    return;
  leyden_backend_broken (self, self->generation);
  if (self->state != LEYDEN_BACKEND_RECONNECTING || self->retry_source == 0)
    return;
  leyden_backend_clear_retry (self);
  self->backoff_ms = LEYDEN_BACKEND_BACKOFF_MS;
  leyden_backend_attempt (self);
}

/* Its signals come in the main context. */
static void
watch_network (LeydenBackend *self)
{
  if (self->watching || g_main_context_get_thread_default () != NULL)
    return;
  self->watching = TRUE;
  g_signal_connect_object (g_network_monitor_get_default (), "network-changed", G_CALLBACK (network_changed_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_backend_attempt (LeydenBackend *self)
{
  Finding *finding;

  if (self->attempting)
    return;
  self->attempting = TRUE;
  if (!self->local)
    {
      watch_network (self);
      probe_begin (self, FALSE);
      return;
    }

  finding = g_new0 (Finding, 1);
  finding->self = g_object_ref (self);
  finding->life = g_object_ref (self->life);
  leyden_rendezvous_find_async (self->folder, self->database, self->life, found_cb, finding);
}

static gboolean
retry_cb (gpointer data)
{
  LeydenBackend *self = data;

  self->retry_source = 0;
  leyden_backend_attempt (self);
  return G_SOURCE_REMOVE;
}

/* Waits between half and all of the backoff, then tries; each time twice as long. */
static void
schedule_attempt (LeydenBackend *self)
{
  guint ms = self->backoff_ms / 2 + (guint)g_random_int_range (0, (gint32)(self->backoff_ms / 2) + 1);
  g_autoptr(GSource) source = NULL;

  if (self->retry_source != 0)
    return;
  self->backoff_ms = MIN (self->backoff_ms * 2, BACKOFF_MAX_MS);
  source = g_timeout_source_new (ms);
  g_source_set_callback (source, retry_cb, self, NULL);
  self->retry_source = g_source_attach (source, g_main_context_get_thread_default ());
}

void
leyden_backend_clear_retry (LeydenBackend *self)
{
  GSource *source;

  if (self->retry_source == 0)
    return;
  source = g_main_context_find_source_by_id (g_main_context_get_thread_default (), self->retry_source);
  if (source != NULL)
    g_source_destroy (source);
  self->retry_source = 0;
}

/* ---- Loss ---- */

static void
lost (LeydenBackend *self,
      const GError  *error)
{
  g_autoptr(LeydenBackend) keep = g_object_ref (self);

  leyden_backend_stop_presence (self);
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->backoff_ms = LEYDEN_BACKEND_BACKOFF_MS;
  leyden_backend_set_state (self, LEYDEN_BACKEND_RECONNECTING);
  g_signal_emit_by_name (self, "lost", self->error);
  if (self->state == LEYDEN_BACKEND_RECONNECTING)
    leyden_backend_attempt (self);
}

static void
checked_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Probe) probe = user_data;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(LeydenValue) info = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *identity = NULL;
  LeydenBackend *self = probe->self;

  self->checking = FALSE;
  body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  if (g_cancellable_is_cancelled (probe->life) || self->state != LEYDEN_BACKEND_CONNECTED)
    return;
  if (body != NULL && leyden_remote_check_status (leyden_http_request_get_status (probe->request), body, &error))
    info = leyden_remote_parse (body, &error);
  if (info != NULL)
    identity = make_identity (info);

  /* Still the same process: only that one stream broke. */
  if (info != NULL && g_strcmp0 (identity, self->identity) == 0)
    connected (self, info);
  else if (info != NULL)
    check_info (self, info);
  else
    lost (self, error);
}

void
leyden_backend_broken (LeydenBackend *self,
                       guint          generation)
{
  g_autofree char *uri = NULL;
  Probe *probe;

  if (generation != self->generation || self->state != LEYDEN_BACKEND_CONNECTED || self->checking)
    return;

  self->checking = TRUE;
  uri = leyden_backend_make_uri (self, "/leyden/v1/info");
  probe = g_new0 (Probe, 1);
  probe->self = g_object_ref (self);
  probe->life = g_object_ref (self->life);
  probe->request = leyden_http_request_new ("GET", uri);
  leyden_http_request_set_timeout (probe->request, PROBE_TIMEOUT_MS);
  leyden_backend_prepare (self, probe->request);
  leyden_http_client_send_async (leyden_backend_get_http (self), probe->request, self->life, checked_cb, probe);
}
