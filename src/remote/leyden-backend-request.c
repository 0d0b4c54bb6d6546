/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

/* How long a request waits for a connection that is being made or repaired. */
#define WAIT_MS 15000
/* Times a request that may be repeated goes out in all. */
#define MAX_TRIES 4
#define REQUEST_TIMEOUT_MS 60000
#define UPLOAD_TIMEOUT_MS (3600 * 1000)
/* More than any call of a model may take. */
#define CALL_TIMEOUT_MS (3700 * 1000)

/* One request until it is answered: sent, or in self->waiting. Its task's data. */
typedef struct
{
  char              *method;
  char              *path;
  LeydenValue       *body;
  GFile             *file;              /* upload */
  GBytes            *bytes;             /* upload */
  gboolean           repeatable;
  guint              timeout_ms;
  guint              tries;
  guint              generation;
  guint              target;
  guint              status;
  LeydenHttpRequest *request;
  GSource           *timeout;           /* while it waits */
} Call;

static void
call_stop_waiting (Call *call)
{
  if (call->timeout != NULL)
    g_source_destroy (call->timeout);
  g_clear_pointer (&call->timeout, g_source_unref);
}

static void
call_free (Call *call)
{
  call_stop_waiting (call);
  g_free (call->method);
  g_free (call->path);
  g_clear_pointer (&call->body, leyden_value_unref);
  g_clear_object (&call->file);
  g_clear_pointer (&call->bytes, g_bytes_unref);
  g_clear_object (&call->request);
  g_free (call);
}

static void call_send (GTask *task);

static void
fail_unavailable (GTask        *task,
                  const GError *cause)
{
  if (cause != NULL && cause->domain == LEYDEN_REMOTE_ERROR)
    g_task_return_error (task, g_error_copy (cause));
  else
    g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE, _("The backend does not answer: %s"),
                             cause == NULL ? _("there is no connection") : cause->message);
}

static gboolean
wait_over_cb (gpointer data)
{
  GTask *task = data;
  LeydenBackend *self = g_task_get_source_object (task);

  if (g_queue_remove (&self->waiting, task))
    {
      g_autoptr(GTask) owned = task;

      fail_unavailable (owned, self->error);
    }
  return G_SOURCE_REMOVE;
}

/* Parks the call until there is a connection; takes @task. */
static void
call_wait (GTask *task)
{
  LeydenBackend *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  call_stop_waiting (call);
  call->timeout = g_timeout_source_new (WAIT_MS);
  g_source_set_callback (call->timeout, wait_over_cb, task, NULL);
  g_source_attach (call->timeout, g_task_get_context (task));
  g_queue_push_tail (&self->waiting, task);
}

/* Sends when connected, waits when a connection is being made; takes @task. */
static void
call_begin (GTask *task)
{
  LeydenBackend *self = g_task_get_source_object (task);

  switch (self->state)
    {
    case LEYDEN_BACKEND_CONNECTED:
      call_send (task);
      break;
    case LEYDEN_BACKEND_CONNECTING:
    case LEYDEN_BACKEND_RECONNECTING:
      call_wait (task);
      break;
    case LEYDEN_BACKEND_OFFLINE:
    case LEYDEN_BACKEND_FAILED:
    default:
      fail_unavailable (task, self->error);
      g_object_unref (task);
    }
}

void
leyden_backend_flush_waiting (LeydenBackend *self,
                              const GError  *error)
{
  GQueue waiting = self->waiting;
  GTask *task;

  g_queue_init (&self->waiting);
  while ((task = g_queue_pop_head (&waiting)) != NULL)
    {
      call_stop_waiting (g_task_get_task_data (task));
      if (error == NULL)
        {
          call_begin (task);
          continue;
        }
      fail_unavailable (task, error);
      g_object_unref (task);
    }
}

/* A break of the connection, as opposed to an answer or a wish of the caller. */
static gboolean
is_break (const GError *error)
{
  return g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_CONNECT)
         || g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_BROKEN);
}

static void
call_broke (GTask        *task,
            const GError *error)
{
  LeydenBackend *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  leyden_backend_broken (self, call->generation);
  if (!call->repeatable || call->tries >= MAX_TRIES || g_task_return_error_if_cancelled (task))
    {
      if (!g_task_get_completed (task) && !g_cancellable_is_cancelled (g_task_get_cancellable (task)))
        fail_unavailable (task, error);
      g_object_unref (task);
      return;
    }
  /* Whether the backend still lives is known in a moment; both outcomes flush what waits. */
  if (self->state == LEYDEN_BACKEND_CONNECTED || self->state == LEYDEN_BACKEND_RECONNECTING)
    call_wait (task);
  else
    call_begin (task);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);
  LeydenBackend *self = g_task_get_source_object (task);
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(GError) error = NULL;

  answer = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  if (call->target != self->target)
    {
      g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE, _("The connection to the backend was closed"));
      g_object_unref (task);
      return;
    }
  if (answer == NULL && is_break (error))
    {
      call_broke (task, error);
      return;
    }

  call->status = leyden_http_request_get_status (call->request);
  if (answer == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (answer == NULL)
    fail_unavailable (task, error);
  else if (leyden_remote_check_status (call->status, answer, &error))
    g_task_return_pointer (task, g_steal_pointer (&answer), (GDestroyNotify)g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  g_object_unref (task);
}

static void
call_send (GTask *task)
{
  LeydenBackend *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  g_autofree char *uri = leyden_backend_make_uri (self, call->path);

  call->tries++;
  call->target = self->target;
  call->generation = self->generation;
  g_clear_object (&call->request);
  call->request = leyden_http_request_new (call->method, uri);
  leyden_backend_prepare (self, call->request);
  leyden_http_request_set_timeout (call->request, call->timeout_ms);
  leyden_http_request_set_max_body (call->request, 256 * 1024 * 1024);
  if (call->body != NULL)
    leyden_http_request_set_json (call->request, call->body);
  if (call->bytes != NULL)
    leyden_http_request_set_body (call->request, "application/octet-stream", call->bytes);
  if (call->file != NULL)
    leyden_http_request_set_body_file (call->request, "application/octet-stream", call->file);
  if (call->bytes != NULL || call->file != NULL)
    leyden_http_request_set_timeout (call->request, UPLOAD_TIMEOUT_MS);
  leyden_http_client_send_async (leyden_backend_get_http (self), call->request, g_task_get_cancellable (task), sent_cb, task);
}

/* ---- JSON requests and bytes ---- */

static Call *
call_new (const char  *method,
          const char  *path,
          LeydenValue *body)
{
  Call *call = g_new0 (Call, 1);

  call->method = g_strdup (method);
  call->path = g_strdup (path);
  call->body = body == NULL ? NULL : leyden_value_ref (body);
  call->timeout_ms = REQUEST_TIMEOUT_MS;
  call->repeatable = strcmp (method, "POST") != 0 || leyden_value_get_member_string (body, "client_id", NULL) != NULL;
  return call;
}

static GTask *
call_task (LeydenBackend       *self,
           Call                *call,
           gpointer             tag,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, (GDestroyNotify)call_free);
  return task;
}

void
leyden_backend_request_async (LeydenBackend       *self,
                              const char          *method,
                              const char          *path,
                              LeydenValue         *body,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_return_if_fail (method != NULL && path != NULL && path[0] == '/');

  call_begin (call_task (self, call_new (method, path, body), leyden_backend_request_async, cancellable, callback, data));
}

void
leyden_backend_send_call_async (LeydenBackend       *self,
                                LeydenValue         *body,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  Call *call;

  g_return_if_fail (LEYDEN_IS_BACKEND (self) && body != NULL);

  call = call_new ("POST", "/leyden/v1/calls", body);
  call->timeout_ms = CALL_TIMEOUT_MS;
  call_begin (call_task (self, call, leyden_backend_send_call_async, cancellable, callback, data));
}

void
leyden_backend_import_rollout_async (LeydenBackend       *self,
                                     GFile               *file,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             data)
{
  Call *call;

  g_return_if_fail (LEYDEN_IS_BACKEND (self) && G_IS_FILE (file));

  call = call_new ("POST", "/leyden/v1/rollouts/import", NULL);
  call->file = g_object_ref (file);
  call_begin (call_task (self, call, leyden_backend_import_rollout_async, cancellable, callback, data));
}

LeydenValue *
leyden_backend_request_finish (LeydenBackend  *self,
                               GAsyncResult   *result,
                               GError        **error)
{
  g_autoptr(GBytes) answer = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  answer = g_task_propagate_pointer (G_TASK (result), error);
  return answer == NULL ? NULL : leyden_remote_parse (answer, error);
}

/* From the file of this very process: another backend's key is not tried. */
static char *
find_approval_key (LeydenBackend *self)
{
  LeydenValue *info = leyden_backend_get_info (self);
  const char *database = leyden_value_get_member_string (info, "database", NULL);
  g_autofree char *own_folder = leyden_rendezvous_folder ();
  g_autofree char *path = NULL;
  g_autoptr(LeydenRendezvous) there = NULL;

  if (!leyden_backend_is_local (self) || database == NULL)
    return NULL;
  path = leyden_rendezvous_path (self->folder != NULL ? self->folder : own_folder, database);
  there = leyden_rendezvous_read (path, NULL);
  if (there == NULL || there->pid != leyden_value_get_member_int (info, "pid", 0)
      || there->started_ns != leyden_value_get_member_int (info, "started", 0))
    return NULL;
  return g_steal_pointer (&there->approval_key);
}

static LeydenValue *
make_approval (LeydenValue *permission,
               gboolean     unsandboxed,
               const char  *key)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "what", leyden_value_get_member (permission, "what"));
  leyden_value_builder_set (&b, "title", leyden_value_get_member (permission, "title"));
  leyden_value_builder_set_boolean (&b, "unsandboxed", unsandboxed);
  leyden_value_builder_set_string (&b, "approval_key", key);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_backend_approve_async (LeydenBackend       *self,
                              LeydenValue         *permission,
                              gboolean             unsandboxed,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autofree char *key = NULL;
  g_autofree char *part = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) body = NULL;

  g_return_if_fail (LEYDEN_IS_BACKEND (self) && permission != NULL);

  key = find_approval_key (self);
  if (key == NULL)
    {
      g_task_report_new_error (self, callback, data, leyden_backend_approve_async, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY,
                               _("Only the machine that runs it can approve it: type “leydenctl approve FLOW” there"));
      return;
    }
  part = leyden_backend_escape (leyden_value_get_member_string (permission, "hash", ""));
  path = g_strconcat ("/leyden/v1/approvals/", part, NULL);
  body = make_approval (permission, unsandboxed, key);
  leyden_backend_request_async (self, "PUT", path, body, cancellable, callback, data);
}

void
leyden_backend_fetch_async (LeydenBackend       *self,
                            const char          *path,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_return_if_fail (path != NULL && path[0] == '/');

  call_begin (call_task (self, call_new ("GET", path, NULL), leyden_backend_fetch_async, cancellable, callback, data));
}

GBytes *
leyden_backend_fetch_finish (LeydenBackend  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

char *
leyden_backend_escape (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);
  return g_uri_escape_string (text, NULL, FALSE);
}

/* ---- Uploads: digest in a thread, HEAD, PUT ---- */

typedef struct
{
  GFile  *file;
  GBytes *bytes;
  char   *sha256;
} Upload;

static void
upload_free (Upload *upload)
{
  g_clear_object (&upload->file);
  g_clear_pointer (&upload->bytes, g_bytes_unref);
  g_free (upload->sha256);
  g_free (upload);
}

static char *
hash_file (GFile         *file,
           GCancellable  *cancellable,
           GError       **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GFileInputStream) input = NULL;
  g_autoptr(GFileInfo) info = NULL;
  g_autofree guchar *buffer = g_malloc (256 * 1024);
  gssize n;

  /* Opening a pipe would block for ever. */
  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, cancellable, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_autofree char *name = g_file_get_parse_name (file);
      g_autofree char *shown = leyden_text_path (name);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _("%s is not a regular file"), shown);
      return NULL;
    }

  input = g_file_read (file, cancellable, error);
  if (input == NULL)
    return NULL;
  while ((n = g_input_stream_read (G_INPUT_STREAM (input), buffer, 256 * 1024, cancellable, error)) > 0)
    g_checksum_update (checksum, buffer, n);
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (checksum));
}

static void
hash_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Upload *upload = task_data;
  GError *error = NULL;
  char *sha256;

  if (upload->bytes != NULL)
    sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, upload->bytes);
  else
    sha256 = hash_file (upload->file, cancellable, &error);

  if (sha256 != NULL)
    g_task_return_pointer (task, sha256, g_free);
  else
    g_task_return_error (task, error);
}

static void
uploaded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) answer = NULL;
  GError *error = NULL;
  Upload *upload = g_task_get_task_data (task);

  answer = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);
  if (answer != NULL)
    g_task_return_pointer (task, g_strdup (upload->sha256), g_free);
  else
    g_task_return_error (task, error);
}

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(GError) error = NULL;
  LeydenBackend *self = LEYDEN_BACKEND (object);
  Upload *upload = g_task_get_task_data (task);
  Call *call;
  g_autofree char *path = NULL;

  answer = leyden_backend_fetch_finish (self, result, &error);
  if (answer != NULL)
    {
      g_task_return_pointer (task, g_strdup (upload->sha256), g_free);
      return;
    }
  if (!g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  path = g_strconcat ("/leyden/v1/blobs/", upload->sha256, NULL);
  call = call_new ("PUT", path, NULL);
  g_set_object (&call->file, upload->file);
  call->bytes = upload->bytes == NULL ? NULL : g_bytes_ref (upload->bytes);
  call_begin (call_task (self, call, asked_cb, g_task_get_cancellable (task), uploaded_cb, g_object_ref (task)));
}

static void
hashed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  Upload *upload = g_task_get_task_data (task);
  g_autofree char *path = NULL;

  upload->sha256 = g_task_propagate_pointer (G_TASK (result), &error);
  if (upload->sha256 == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  path = g_strconcat ("/leyden/v1/blobs/", upload->sha256, NULL);
  call_begin (call_task (LEYDEN_BACKEND (object), call_new ("HEAD", path, NULL), hashed_cb, g_task_get_cancellable (task),
                         asked_cb, g_object_ref (task)));
}

static void
upload_begin (LeydenBackend       *self,
              GFile               *file,
              GBytes              *bytes,
              GCancellable        *cancellable,
              GAsyncReadyCallback  callback,
              gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  g_autoptr(GTask) hash = NULL;
  Upload *upload = g_new0 (Upload, 1);
  Upload *for_thread = g_new0 (Upload, 1);

  g_set_object (&upload->file, file);
  g_set_object (&for_thread->file, file);
  upload->bytes = bytes == NULL ? NULL : g_bytes_ref (bytes);
  for_thread->bytes = bytes == NULL ? NULL : g_bytes_ref (bytes);
  g_task_set_source_tag (task, leyden_backend_upload_file_async);
  g_task_set_task_data (task, upload, (GDestroyNotify)upload_free);

  hash = g_task_new (self, cancellable, hashed_cb, task);
  g_task_set_source_tag (hash, upload_begin);
  g_task_set_task_data (hash, for_thread, (GDestroyNotify)upload_free);
  g_task_run_in_thread (hash, hash_thread);
}

void
leyden_backend_upload_file_async (LeydenBackend       *self,
                                  GFile               *file,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_return_if_fail (G_IS_FILE (file));
  upload_begin (self, file, NULL, cancellable, callback, data);
}

void
leyden_backend_upload_bytes_async (LeydenBackend       *self,
                                   GBytes              *bytes,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_return_if_fail (bytes != NULL);
  upload_begin (self, NULL, bytes, cancellable, callback, data);
}

char *
leyden_backend_upload_finish (LeydenBackend  *self,
                              GAsyncResult   *result,
                              GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Shutdown ---- */

static void
shut_down_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) answer = NULL;
  GError *error = NULL;

  answer = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  leyden_backend_close (LEYDEN_BACKEND (object));
  g_task_return_boolean (task, TRUE);
}

void
leyden_backend_shutdown_async (LeydenBackend       *self,
                               gboolean             if_idle,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  GTask *task;

  g_return_if_fail (LEYDEN_IS_BACKEND (self));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_backend_shutdown_async);
  if (!self->local)
    {
      g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY, _("A remote backend is not ours to end"));
      g_object_unref (task);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "if_idle", if_idle);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  call_begin (call_task (self, call_new ("POST", "/leyden/v1/shutdown", body), leyden_backend_shutdown_async, cancellable,
                         shut_down_cb, task));
}

gboolean
leyden_backend_shutdown_finish (LeydenBackend  *self,
                                GAsyncResult   *result,
                                GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
