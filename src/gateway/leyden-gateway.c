/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"
#include "leyden-alerts.h"
#include "leyden-gateway-backups.h"
#include "leyden-reports.h"
#include "leyden-gateway-ops.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-gateway-attach.h"
#include "leyden-histories.h"
#include "leyden-otlp-receiver.h"
#include "leyden-sources.h"
#include "leyden-http-client.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-nodes.h"
#include "leyden-policy-transport.h"
#include "leyden-text.h"
#include "leyden-webhooks.h"

/* Answers under way get this long at the end. */
#define GRACE_MS 300
/* A backend that a rendezvous file names is asked whether it lives; on loopback that is quick or never. */
#define PROBE_MS 3000
/* A rollout that ends every worker ends itself at last. */
#define LEASE_ATTEMPTS 3
/* A cluster that moves here keeps its key, Agent Lightning's own tests too; one that can be guessed is warned of. */
#define KEY_MIN 8
#define KEY_GOOD 16
#define KEY_MAX 512

G_DEFINE_FINAL_TYPE (LeydenGateway, leyden_gateway, G_TYPE_OBJECT)

enum
{
  SIGNAL_ENDED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

char *
leyden_gateway_default_database (void)
{
  return g_build_filename (g_get_user_data_dir (), "leyden", "leyden.db", NULL);
}

char *
leyden_gateway_read_key_file (const char  *path,
                              char       **warning,
                              GError     **error)
{
  g_autofree char *text = NULL;
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(GError) local_error = NULL;
  struct stat status;
  gsize length = 0;

  if (g_stat (path, &status) != 0)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("The key file %s cannot be read: %s"), name, g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (status.st_mode) || status.st_size > 64 * 1024)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("The key file %s is not a small regular file"), name);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, &local_error))
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("The key file %s cannot be read: %s"), name,
                   g_strerror (errno));
      return NULL;
    }
  if ((status.st_mode & 077) != 0 && warning != NULL)
    *warning = g_strdup_printf (_("Others may read the key file %s (mode %04o); make it 0600"), name, status.st_mode & 07777);

  text[strcspn (text, "\r\n")] = '\0';
  length = strlen (text);
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      length = 0;
  if (length >= KEY_MIN && length < KEY_GOOD && warning != NULL && *warning == NULL)
    *warning = g_strdup_printf (_("The key in %s is short; %d characters at random cannot be guessed"), name, KEY_GOOD);
  if (length >= KEY_MIN && length <= KEY_MAX)
    return g_steal_pointer (&text);
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE,
               _("The first line of the key file %s must be a key of %d to %d visible ASCII characters"), name, KEY_MIN, KEY_MAX);
  return NULL;
}

/* ---- Starting: store → endpoints → proxy → keys → last end → server → rendezvous → runs ---- */

typedef struct
{
  LeydenGateway *gateway;
  guint16        port;
  guint16        last_port;             /* with this database, when none is asked for; 0: none yet */
  char         **hosts;
  char          *key_file;
  char          *secrets_file;
  gboolean       relaxed;
  LeydenRateLimit rate;
  LeydenRateLimit address_rate;
  LeydenHttpClient  *http;              /* asks the other backend */
  LeydenHttpRequest *request;
  LeydenRendezvous  *other;
} Start;

static void
start_free (Start *start)
{
  g_clear_object (&start->gateway);
  g_clear_object (&start->http);
  g_clear_object (&start->request);
  g_clear_pointer (&start->other, leyden_rendezvous_free);
  g_strfreev (start->hosts);
  g_free (start->key_file);
  g_free (start->secrets_file);
  g_free (start);
}

static void
start_failed (GTask  *task,
              GError *error)
{
  Start *start = g_task_get_task_data (task);

  leyden_gateway_stop (start->gateway);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
make_engine (LeydenGateway *self)
{
  g_autoptr(LeydenPolicyTransport) transport = leyden_policy_transport_new (self->models, self->proxy);

  self->engine = leyden_engine_new (LEYDEN_NODE_TYPES (self->catalog), LEYDEN_STORE (self->store));
  leyden_nodes_register (self->engine, self->models, LEYDEN_MODEL_TRANSPORT (transport));
  self->approvals = leyden_approvals_new (NULL);
  leyden_nodes_register_outside (self->engine, self->secrets, self->approvals);
  leyden_gateway_make_cache (self);
  self->hub = leyden_event_hub_new (self);
  self->histories = leyden_histories_new (LEYDEN_STORE (self->store));
  self->otlp = leyden_otlp_receiver_new (self);
}

static void
experiments_recovered_cb (GObject      *object,
                          GAsyncResult *result,
                          gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_gateway_recover_experiments_finish (LEYDEN_GATEWAY (object), result, &error))
    {
      start_failed (task, error);
      return;
    }
  leyden_gateway_start_mirrors (start->gateway);
  leyden_gateway_start_leases (start->gateway);
  leyden_backups_start (start->gateway->backups);
  leyden_reports_start (start->gateway->reports);
  leyden_retention_clock_start (start->gateway->retention);
  leyden_gateway_touch (start->gateway);
  g_task_return_pointer (task, g_object_ref (start->gateway), g_object_unref);
  g_object_unref (task);
}

static void
recovered_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (leyden_gateway_recover_finish (LEYDEN_GATEWAY (object), result, &error))
    leyden_gateway_recover_experiments_async (LEYDEN_GATEWAY (object), experiments_recovered_cb, task);
  else
    start_failed (task, error);
}

static gboolean
write_rendezvous (LeydenGateway  *self,
                  const char     *path,
                  GError        **error)
{
  if (!leyden_rendezvous_write (self->rendezvous, path, error))
    return FALSE;
  g_ptr_array_add (self->rendezvous_paths, g_strdup (path));
  return TRUE;
}

/* @taken: the file that windows look at belongs to another backend, which lives. */
static void
announce (GTask    *task,
          gboolean  taken)
{
  Start *start = g_task_get_task_data (task);
  LeydenGateway *self = start->gateway;
  g_autofree char *own = leyden_rendezvous_path (self->rendezvous_folder, self->database);
  g_autofree char *common = leyden_rendezvous_path (self->rendezvous_folder, NULL);
  GError *error = NULL;

  self->rendezvous = g_new0 (LeydenRendezvous, 1);
  self->rendezvous->address = g_strdup (self->local_server != NULL ? "127.0.0.1" : self->address);
  self->rendezvous->port = leyden_http_server_get_port (self->local_server != NULL ? self->local_server : self->server);
  self->rendezvous->key = g_strdup (self->key);
  self->rendezvous->approval_key = g_strdup (self->approval_key);
  self->rendezvous->pid = (gint64)getpid ();
  self->rendezvous->started_ns = self->started_ns;
  self->rendezvous->database = g_strdup (self->database);
  self->rendezvous->version = g_strdup (PACKAGE_VERSION);
  if (!write_rendezvous (self, own, &error) || (!taken && !write_rendezvous (self, common, &error)))
    {
      start_failed (task, error);
      return;
    }
  leyden_sqlite_store_set_owner (self->store, own);
  leyden_gateway_start_audit (self);
  leyden_gateway_recover_async (self, recovered_cb, task);
}

static void
other_asked_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  g_autoptr(GBytes) body = NULL;
  g_autoptr(LeydenValue) info = NULL;
  gboolean alive;

  body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, NULL);
  if (body != NULL && leyden_http_request_get_status (start->request) == 200)
    info = leyden_json_parse_bytes (body, NULL, NULL);
  alive = info != NULL && leyden_value_get_member_int (info, "pid", 0) == start->other->pid
          && leyden_value_get_member_int (info, "started", 0) == start->other->started_ns;
  announce (task, alive);
}

/* A rendezvous file is never taken from a backend that answers. */
static void
look_for_other (GTask *task)
{
  Start *start = g_task_get_task_data (task);
  g_autofree char *path = leyden_rendezvous_path (start->gateway->rendezvous_folder, NULL);
  g_autofree char *uri = NULL;

  start->other = leyden_rendezvous_read (path, NULL);
  if (start->other == NULL || !leyden_rendezvous_is_alive (start->other))
    {
      announce (task, FALSE);
      return;
    }
  uri = g_strdup_printf (strchr (start->other->address, ':') == NULL ? "http://%s:%u/leyden/v1/info" : "http://[%s]:%u/leyden/v1/info",
                         start->other->address, start->other->port);
  start->http = leyden_http_client_new ();
  start->request = leyden_http_request_new ("GET", uri);
  leyden_http_request_set_bearer (start->request, start->other->key);
  leyden_http_request_set_timeout (start->request, PROBE_MS);
  leyden_http_client_send_async (start->http, start->request, NULL, other_asked_cb, task);
}

static void
marked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error) || !leyden_gateway_open_doors (start->gateway, start->port, start->last_port, (const char * const *) start->hosts, &error))
    {
      start_failed (task, error);
      return;
    }
  if (start->port == 0)
    leyden_gateway_keep_port (start->gateway, start->last_port);
  look_for_other (task);
}

static LeydenValue *
make_mark (gboolean clean)
{
  return leyden_json_parse (clean ? "{\"clean\":true}" : "{\"clean\":false}", -1, NULL, NULL);
}

static void
last_end_read_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  g_autoptr(LeydenValue) documents = NULL;
  g_autoptr(LeydenValue) mark = make_mark (FALSE);
  LeydenValue *last;
  GError *error = NULL;

  documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (documents == NULL)
    {
      start_failed (task, error);
      return;
    }
  last = leyden_value_get_member (documents, "last");
  start->last_port = (guint16)CLAMP (leyden_value_get_member_int (leyden_value_get_member (documents, "port"), "port", 0), 0, G_MAXUINT16);
  start->gateway->recovered = last != NULL && !leyden_value_get_member_boolean (last, "clean", FALSE);
  leyden_store_put_document_async (LEYDEN_STORE (object), "backend", "last", mark, marked_cb, task);
}

static void
alerts_loaded_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (leyden_alerts_load_finish (LEYDEN_ALERTS (object), result, &error))
    leyden_store_list_documents_async (LEYDEN_STORE (start->gateway->store), "backend", NULL, last_end_read_cb, task);
  else
    start_failed (task, error);
}

static void
webhooks_loaded_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (leyden_webhooks_load_finish (LEYDEN_WEBHOOKS (object), result, &error))
    leyden_alerts_load_async (start->gateway->alerts, alerts_loaded_cb, task);
  else
    start_failed (task, error);
}

static void
sources_loaded_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (leyden_gateway_load_sources_finish (LEYDEN_GATEWAY (object), result, &error))
    leyden_webhooks_load_async (LEYDEN_GATEWAY (object)->webhooks, webhooks_loaded_cb, task);
  else
    start_failed (task, error);
}

static void
mirrors_loaded_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (leyden_gateway_load_mirrors_finish (LEYDEN_GATEWAY (object), result, &error))
    leyden_gateway_load_sources_async (LEYDEN_GATEWAY (object), sources_loaded_cb, task);
  else
    start_failed (task, error);
}

static void
attached_loaded_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  GTask *task = user_data;
  LeydenGateway *self = LEYDEN_GATEWAY (object);
  GError *error = NULL;

  if (leyden_gateway_load_attached_finish (self, result, &error))
    leyden_gateway_load_mirrors_async (self, mirrors_loaded_cb, task);
  else
    start_failed (task, error);
}

static void
keys_loaded_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  GTask *task = user_data;
  LeydenGateway *self = LEYDEN_GATEWAY (object);
  GError *error = NULL;

  if (leyden_gateway_load_keys_finish (self, result, &error))
    leyden_gateway_load_attached_async (self, attached_loaded_cb, task);
  else
    start_failed (task, error);
}

static void
proxy_loaded_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  LeydenGateway *self = start->gateway;
  GError *error = NULL;

  if (!leyden_proxy_load_finish (self->proxy, result, &error))
    {
      start_failed (task, error);
      return;
    }
  leyden_gateway_load_keys_async (self, keys_loaded_cb, task);
}

static void
endpoints_loaded_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  LeydenGateway *self = start->gateway;
  GError *error = NULL;

  if (!leyden_gateway_load_endpoints_finish (self, result, &error))
    {
      start_failed (task, error);
      return;
    }
  make_engine (self);
  leyden_proxy_load_async (self->proxy, proxy_loaded_cb, task);
}

static gboolean
make_folder (const char  *path,
             GError     **error)
{
  g_autofree char *name = NULL;
  int code;

  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  code = errno;
  name = leyden_text_path (path);
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("The folder %s cannot be made: %s"), name,
               g_strerror (code));
  return FALSE;
}

/* Bodies on their way to a blob lie beside the blobs, so that they move by rename. Left-overs of a crash go. */
static gboolean
make_spool (LeydenGateway  *self,
            GError        **error)
{
  g_autoptr(GDir) folder = NULL;
  const char *name;

  self->spool = g_strconcat (self->database, ".spool", NULL);
  if (!make_folder (self->spool, error))
    return FALSE;
  folder = g_dir_open (self->spool, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->spool, name, NULL);

      g_unlink (path);
    }
  return TRUE;
}

static void
store_opened_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  LeydenGateway *self = start->gateway;
  GError *error = NULL;

  self->store = leyden_sqlite_store_open_finish (result, &error);
  /* The lock is ours now: nobody else uses the spool. */
  if (self->store == NULL || !make_spool (self, &error) || !leyden_gateway_load_key_secret (self, &error))
    {
      start_failed (task, error);
      return;
    }
  leyden_ops_begin (self->ops);
  leyden_gateway_make_webhooks (self);
  leyden_gateway_make_alerts (self);
  leyden_gateway_start_masking (self);
  leyden_gateway_start_facts (self);
  leyden_gateway_load_endpoints_async (self, endpoints_loaded_cb, task);
}

static gboolean
prepare (LeydenGateway  *self,
         Start          *start,
         GError        **error)
{
  g_autofree char *folder = g_path_get_dirname (self->database);
  g_autofree char *warning = NULL;

  if (!make_folder (folder, error))
    return FALSE;
  self->key = start->key_file == NULL ? leyden_random_key () : leyden_gateway_read_key_file (start->key_file, &warning, error);
  if (warning != NULL)
    g_message ("%s", warning);
  if (self->key == NULL)
    return FALSE;
  self->approval_key = leyden_random_key ();
  self->access = leyden_access_new (self->key);
  leyden_limits_set_rates (leyden_access_get_limits (self->access), start->rate, start->address_rate);
  return start->secrets_file == NULL || leyden_secrets_load_file (self->secrets, start->secrets_file, error);
}

void
leyden_gateway_start_async (const LeydenGatewayOptions *options,
                            GCancellable               *cancellable,
                            GAsyncReadyCallback         callback,
                            gpointer                    data)
{
  g_autofree char *default_database = leyden_gateway_default_database ();
  LeydenGateway *self;
  Start *start;
  GTask *task;
  GError *error = NULL;

  g_return_if_fail (options != NULL);

  self = g_object_new (LEYDEN_TYPE_GATEWAY, NULL);
  self->address = g_strdup (options->address == NULL ? "127.0.0.1" : options->address);
  self->database = g_canonicalize_filename (options->database == NULL ? default_database : options->database, NULL);
  self->rendezvous_folder = options->rendezvous_folder == NULL ? leyden_rendezvous_folder () : g_strdup (options->rendezvous_folder);
  self->idle_exit_s = options->idle_exit_s;
  self->rerun_unsafe = options->rerun_unsafe;
  self->lease_requeue = options->lease_requeue;
  self->lease_attempts = options->lease_attempts == 0 ? LEASE_ATTEMPTS : options->lease_attempts;
  self->proxy = leyden_proxy_new (self, options);
  self->ops = leyden_ops_new (self, options);
  self->backups = leyden_backups_new (self, options);
  self->reports = leyden_reports_new (self);
  self->retention = leyden_retention_clock_new (self, options);
  leyden_secrets_set_use_keyring (self->secrets, options->use_keyring);

  start = g_new0 (Start, 1);
  start->gateway = self;
  start->port = options->port;
  start->rate = (LeydenRateLimit) { options->rate_requests, options->rate_seconds };
  start->address_rate = (LeydenRateLimit) { options->address_rate_requests, options->address_rate_seconds };
  start->hosts = g_strdupv ((char **)options->hosts);
  start->key_file = g_strdup (options->key_file);
  start->secrets_file = g_strdup (options->secrets_file);
  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_gateway_start_async);
  g_task_set_task_data (task, start, (GDestroyNotify)start_free);

  if (!leyden_ops_prepare (self->ops, options, &error) || !leyden_gateway_prepare_doors (self, options, &error)
      || (options->mask_rules != NULL && !leyden_gateway_read_mask_file (self, options->mask_rules, &error))
      || !prepare (self, start, &error))
    {
      start_failed (task, error);
      return;
    }
  leyden_sqlite_store_open_async (self->database, options->relaxed ? LEYDEN_STORE_OPEN_RELAXED : LEYDEN_STORE_OPEN_DEFAULT,
                                  cancellable, store_opened_cb, task);
}

LeydenGateway *
leyden_gateway_start_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_gateway_start_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Ending ---- */

static void
mark_clean (LeydenGateway *self)
{
  g_autoptr(LeydenValue) mark = make_mark (TRUE);

  /* Closing the store commits what waits. */
  leyden_store_put_document_async (LEYDEN_STORE (self->store), "backend", "last", mark, NULL, NULL);
}

void
leyden_gateway_stop (LeydenGateway *self)
{
  gboolean announced;

  g_return_if_fail (LEYDEN_IS_GATEWAY (self));

  self->stopping = TRUE;
  if (self->idle != NULL)
    g_source_destroy (self->idle);
  g_clear_pointer (&self->idle, g_source_unref);
  leyden_gateway_stop_leases (self);
  if (self->hub != NULL)
    leyden_event_hub_close (self->hub);
  leyden_gateway_abandon_runs (self);
  leyden_gateway_stop_mirrors (self);
  g_clear_pointer (&self->otlp, leyden_otlp_receiver_free);
  leyden_gateway_suspend_experiments (self);
  if (self->proxy != NULL)
    leyden_proxy_stop (self->proxy);
  leyden_gateway_stop_facts (self);
  if (self->ops != NULL)
    leyden_ops_end (self->ops);
  if (self->backups != NULL)
    leyden_backups_stop (self->backups);
  if (self->reports != NULL)
    leyden_reports_stop (self->reports);
  if (self->retention != NULL)
    leyden_retention_clock_stop (self->retention);
  if (self->server != NULL)
    leyden_http_server_stop (self->server, GRACE_MS);
  if (self->local_server != NULL)
    leyden_http_server_stop (self->local_server, GRACE_MS);
  g_clear_object (&self->server);
  g_clear_object (&self->local_server);
  g_clear_pointer (&self->hub, leyden_event_hub_free);
  g_clear_pointer (&self->histories, leyden_histories_free);
  leyden_gateway_free_attached (self);
  if (self->alerts != NULL)
    leyden_alerts_stop (self->alerts);
  g_clear_object (&self->alerts);
  if (self->webhooks != NULL)
    leyden_webhooks_stop (self->webhooks);
  g_clear_object (&self->webhooks);

  announced = self->rendezvous_paths->len > 0;
  for (guint i = 0; i < self->rendezvous_paths->len; i++)
    leyden_rendezvous_remove (self->rendezvous, g_ptr_array_index (self->rendezvous_paths, i));
  g_ptr_array_set_size (self->rendezvous_paths, 0);
  g_clear_object (&self->engine);
  if (self->store != NULL)
    {
      leyden_gateway_stop_audit (self, announced);
      if (announced)
        mark_clean (self);
      leyden_sqlite_store_close (self->store);
      /* Only who holds the lock may take the folder away. */
      if (self->spool != NULL)
        g_rmdir (self->spool);
    }
  g_clear_object (&self->store);
}

/* ---- Class ---- */

static void
leyden_gateway_dispose (GObject *object)
{
  LeydenGateway *self = LEYDEN_GATEWAY (object);

  leyden_gateway_stop (self);
  g_clear_pointer (&self->proxy, leyden_proxy_unref);
  g_clear_pointer (&self->ops, leyden_ops_free);
  g_clear_pointer (&self->backups, leyden_backups_free);
  g_clear_pointer (&self->reports, leyden_reports_free);
  g_clear_pointer (&self->retention, leyden_retention_clock_free);
  g_clear_object (&self->models);
  g_clear_object (&self->approvals);
  g_clear_object (&self->secrets);
  g_clear_object (&self->catalog);
  G_OBJECT_CLASS (leyden_gateway_parent_class)->dispose (object);
}

static void
leyden_gateway_finalize (GObject *object)
{
  LeydenGateway *self = LEYDEN_GATEWAY (object);

  g_clear_pointer (&self->active, g_hash_table_unref);
  g_clear_pointer (&self->mirrors, g_hash_table_unref);
  g_clear_pointer (&self->sources, g_hash_table_unref);
  g_clear_pointer (&self->creating, g_hash_table_unref);
  g_clear_pointer (&self->experiments, g_hash_table_unref);
  g_clear_pointer (&self->ended_experiments, g_hash_table_unref);
  g_clear_pointer (&self->creating_experiments, g_hash_table_unref);
  g_clear_pointer (&self->resumed_experiments, g_ptr_array_unref);
  g_clear_pointer (&self->resumed, g_ptr_array_unref);
  g_clear_pointer (&self->datasets, g_hash_table_unref);
  g_queue_clear_full (&self->dataset_order, g_free);
  g_clear_pointer (&self->clients, g_hash_table_unref);
  g_clear_pointer (&self->changing_dashboards, g_hash_table_unref);
  g_clear_pointer (&self->rollout_snapshots, leyden_rollout_snapshots_free);
  g_clear_pointer (&self->routes, g_ptr_array_unref);
  g_clear_pointer (&self->rendezvous_paths, g_ptr_array_unref);
  g_clear_pointer (&self->rendezvous, leyden_rendezvous_free);
  g_clear_pointer (&self->components, g_bytes_unref);
  g_clear_pointer (&self->openapi, g_bytes_unref);
  g_free (self->address);
  g_free (self->database);
  g_free (self->key);
  g_free (self->approval_key);
  g_clear_pointer (&self->audit_context, g_main_context_unref);
  g_free (self->tls_cert);
  g_clear_pointer (&self->tls_key, g_free);
  g_free (self->client_ca);
  g_clear_pointer (&self->access, leyden_access_unref);
  g_free (self->spool);
  g_free (self->rendezvous_folder);
  G_OBJECT_CLASS (leyden_gateway_parent_class)->finalize (object);
}

static void
leyden_gateway_class_init (LeydenGatewayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_gateway_dispose;
  object_class->finalize = leyden_gateway_finalize;
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_gateway_init (LeydenGateway *self)
{
  self->started_ns = leyden_time_now_ns ();
  self->catalog = g_object_ref (leyden_catalog_get_default ());
  self->secrets = leyden_secrets_new ();
  self->models = leyden_models_new (self->secrets);
  self->active = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)leyden_active_run_free);
  leyden_gateway_init_mirrors (self);
  leyden_gateway_init_sources (self);
  self->creating = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  self->experiments = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)leyden_active_experiment_free);
  self->ended_experiments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->creating_experiments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  self->resumed_experiments = g_ptr_array_new_with_free_func (g_free);
  self->resumed = g_ptr_array_new_with_free_func (g_free);
  self->rendezvous_paths = g_ptr_array_new_with_free_func (g_free);
  self->datasets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->clients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->changing_dashboards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->rollout_snapshots = leyden_rollout_snapshots_new ();
  g_queue_init (&self->dataset_order);
}

guint16
leyden_gateway_get_port (LeydenGateway *self)
{
  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self), 0);
  return self->server == NULL ? 0 : leyden_http_server_get_port (self->server);
}

const char *
leyden_gateway_get_key (LeydenGateway *self)
{
  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self), NULL);
  return self->key;
}

guint
leyden_gateway_get_n_active_runs (LeydenGateway *self)
{
  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self), 0);
  return g_hash_table_size (self->active);
}
