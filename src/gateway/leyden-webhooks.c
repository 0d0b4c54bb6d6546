/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-webhooks-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-events.h"
#include "leyden-http-policy.h"
#include "leyden-id.h"
#include "leyden-text.h"

/* Old deliveries are removed, and runs that nobody spoke of are looked for. */
#define UPKEEP_S 60
#define PRUNE_EVERY 60
/* What is due so soon keeps the backend up. */
#define SOON_NS (300 * NS_PER_S)
#define CLIENT_LIFE_US (60 * G_USEC_PER_SEC)

G_DEFINE_FINAL_TYPE (LeydenWebhooks, leyden_webhooks, G_TYPE_OBJECT)

/* ---- Targets ---- */

LeydenTarget *
leyden_target_ref (LeydenTarget *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
leyden_target_unref (LeydenTarget *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  leyden_target_disarm (self);
  leyden_webhook_free (self->hook);
  g_hash_table_unref (self->flying);
  g_hash_table_unref (self->subjects);
  g_free (self);
}

/* It does nothing any more; who still holds it sees that. */
static void
target_drop (gpointer data)
{
  LeydenTarget *self = data;

  leyden_target_disarm (self);
  self->owner = NULL;
  leyden_target_unref (self);
}

LeydenTarget *
leyden_target_new (LeydenWebhooks           *owner,
                   LeydenWebhook            *hook,
                   const LeydenWebhookState *state)
{
  LeydenTarget *self = g_new0 (LeydenTarget, 1);

  g_atomic_ref_count_init (&self->refs);
  self->owner = owner;
  self->hook = hook;
  self->flying = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->position = self->noted = state->position;
  self->n_waiting = state->n_waiting;
  self->n_failures = state->n_failures;
  self->paused_ns = state->paused_ns;
  self->next_ns = state->next_ns;
  return self;
}

void
leyden_target_begin (LeydenTarget *self)
{
  leyden_webhooks_listen (self->owner);
  if (leyden_events_wants_log (self->hook))
    leyden_target_catch_up (self);
  leyden_target_pump (self);
}

/* ---- Loading ---- */

typedef struct
{
  GPtrArray *hooks;             /* LeydenWebhook */
  GPtrArray *states;            /* LeydenWebhookState, the same order */
  gint64     now_ns;
  char      *id;                /* of the database */
} Load;

static void
load_free (gpointer data)
{
  Load *self = data;

  g_ptr_array_unref (self->hooks);
  g_ptr_array_unref (self->states);
  g_free (self->id);
  g_free (self);
}

static gboolean
read_id (sqlite3_stmt *statement,
         gpointer      data,
         GError      **error)
{
  Load *self = data;

  g_free (self->id);
  self->id = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  return TRUE;
}

static gboolean
load_states (sqlite3   *db,
             gpointer   data,
             GError   **error)
{
  Load *self = data;

  g_ptr_array_set_size (self->states, 0);
  for (guint i = 0; i < self->hooks->len; i++)
    {
      const LeydenWebhook *hook = g_ptr_array_index (self->hooks, i);
      LeydenWebhookState *state;

      if (!leyden_outbox_begin (db, hook->name, self->now_ns, error))
        return FALSE;
      state = leyden_outbox_get_state (db, hook->name, error);
      if (state == NULL)
        return FALSE;
      g_ptr_array_add (self->states, state);
    }
  return leyden_sqlite_run (db, "SELECT id FROM store", read_id, self, error, "") && leyden_outbox_prune (db, self->now_ns, error);
}

static gboolean
prune (sqlite3   *db,
       gpointer   data,
       GError   **error)
{
  return leyden_outbox_prune (db, *(gint64 *) data, error);
}

/* Those whose log could not be read, or whose events could not be kept. */
static void
catch_up_all (LeydenWebhooks *self)
{
  g_autoptr(GPtrArray) names = leyden_webhooks_list (self);

  for (guint i = 0; i < names->len; i++)
    {
      LeydenTarget *target = g_hash_table_lookup (self->targets, g_ptr_array_index (names, i));

      if (target->catching)
        leyden_target_catch_up (target);
    }
}

static gboolean
upkeep_cb (gpointer data)
{
  LeydenWebhooks *self = data;

  leyden_webhooks_look_now (self);
  catch_up_all (self);
  if (self->n_upkeep++ % PRUNE_EVERY == PRUNE_EVERY - 1)
    {
      gint64 now_ns = leyden_webhooks_get_now (self);

      leyden_sqlite_store_change_async (self->store, "outbox", prune, g_memdup2 (&now_ns, sizeof now_ns), g_free, NULL, NULL);
    }
  return G_SOURCE_CONTINUE;
}

static void
states_loaded_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenWebhooks *self = g_task_get_source_object (task);
  Load *load = leyden_sqlite_store_change_get_data (result);
  GError *error = NULL;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->source = g_strconcat ("urn:leyden:", load->id, NULL);
  for (guint i = 0; i < load->hooks->len; i++)
    {
      LeydenTarget *target = leyden_target_new (self, leyden_webhook_copy (g_ptr_array_index (load->hooks, i)), g_ptr_array_index (load->states, i));

      g_hash_table_insert (self->targets, target->hook->name, target);
    }
  for (guint i = 0; i < load->hooks->len; i++)
    leyden_target_begin (g_hash_table_lookup (self->targets, ((LeydenWebhook *) g_ptr_array_index (load->hooks, i))->name));
  leyden_webhooks_look_now (self);
  self->upkeep = g_timeout_source_new_seconds (UPKEEP_S);
  g_source_set_callback (self->upkeep, upkeep_cb, self, NULL);
  g_source_attach (self->upkeep, g_main_context_get_thread_default ());
  g_task_return_boolean (task, TRUE);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenWebhooks *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  Load *load;

  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  load = g_new0 (Load, 1);
  load->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_webhook_free);
  load->states = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_webhook_state_free);
  load->now_ns = leyden_webhooks_get_now (self);
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      g_autoptr(GError) local = NULL;
      LeydenWebhook *hook = leyden_webhook_from_value (leyden_value_get_key (documents, i), leyden_value_get_item (documents, i), TRUE, &local);

      if (hook != NULL)
        g_ptr_array_add (load->hooks, hook);
      else
        g_warning ("Webhook “%s” is left out: %s", leyden_value_get_key (documents, i), local->message);
    }
  leyden_sqlite_store_change_async (self->store, "outbox", load_states, load, load_free, states_loaded_cb, g_steal_pointer (&task));
}

void
leyden_webhooks_load_async (LeydenWebhooks      *self,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  GTask *task;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, leyden_webhooks_load_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), LEYDEN_WEBHOOKS_KIND, NULL, listed_cb, task);
}

gboolean
leyden_webhooks_load_finish (LeydenWebhooks  *self,
                             GAsyncResult    *result,
                             GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Small things ---- */

const LeydenWebhook *
leyden_webhooks_get (LeydenWebhooks *self,
                     const char     *name)
{
  LeydenTarget *target;

  g_return_val_if_fail (LEYDEN_IS_WEBHOOKS (self) && name != NULL, NULL);

  target = g_hash_table_lookup (self->targets, name);
  return target == NULL ? NULL : target->hook;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

GPtrArray *
leyden_webhooks_list (LeydenWebhooks *self)
{
  GPtrArray *names;
  GHashTableIter iter;
  gpointer key;

  g_return_val_if_fail (LEYDEN_IS_WEBHOOKS (self), NULL);

  names = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (names, key);
  g_ptr_array_sort (names, compare_names);
  return names;
}

typedef struct
{
  char   *name;
  gint64  n;
} Count;

static void
count_free (gpointer data)
{
  g_free (((Count *) data)->name);
  g_free (data);
}

/* Counts anew what waits: others wrote it. */
static gboolean
count (sqlite3   *db,
       gpointer   data,
       GError   **error)
{
  Count *self = data;

  return leyden_outbox_count_waiting (db, self->name, &self->n, error);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(LeydenTarget) target = user_data;
  Count *counted = leyden_sqlite_store_change_get_data (result);

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, NULL) || target->owner == NULL)
    return;
  /* What is being added at this moment is counted when it is there. */
  target->n_waiting = MAX (target->n_waiting, counted->n);
  target->paused_ns = MIN (target->paused_ns, leyden_webhooks_get_now (target->owner));
  leyden_target_pump (target);
}

void
leyden_webhooks_added (LeydenWebhooks *self,
                       const char     *name)
{
  LeydenTarget *target;
  Count *counting;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self) && name != NULL);

  target = g_hash_table_lookup (self->targets, name);
  if (target == NULL)
    return;
  counting = g_new0 (Count, 1);
  counting->name = g_strdup (name);
  leyden_sqlite_store_change_async (self->store, "outbox", count, counting, count_free, counted_cb, leyden_target_ref (target));
}

void
leyden_webhooks_set_gone (LeydenWebhooks     *self,
                          LeydenWebhooksGone  func,
                          gpointer            data)
{
  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  self->gone = func;
  self->gone_data = data;
}

const char *
leyden_webhooks_get_source (LeydenWebhooks *self)
{
  g_return_val_if_fail (LEYDEN_IS_WEBHOOKS (self), NULL);

  return self->source;
}

gint64
leyden_webhooks_get_now (LeydenWebhooks *self)
{
  return self->clock != NULL ? self->clock (self->clock_data) : leyden_time_now_ns ();
}

void
leyden_webhooks_set_clock (LeydenWebhooks *self,
                           LeydenClock     clock,
                           gpointer        data)
{
  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  self->clock = clock;
  self->clock_data = data;
}

void
leyden_webhooks_set_max_waiting (LeydenWebhooks *self,
                                 guint           max_waiting)
{
  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  self->max_waiting = max_waiting;
}

void
leyden_webhooks_pump (LeydenWebhooks *self)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    leyden_target_pump (value);
}

gboolean
leyden_webhooks_is_busy (LeydenWebhooks *self)
{
  gint64 soon_ns = leyden_webhooks_get_now (self) + SOON_NS;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenTarget *target = value;

      if (target->hook->enabled && target->n_waiting > 0 && MAX (target->next_ns, target->paused_ns) <= soon_ns)
        return TRUE;
    }
  return FALSE;
}

/* ---- Life ---- */

static gboolean
guard_cb (const char    *host,
          guint16        port,
          GInetAddress  *address,
          gpointer       data,
          GError       **error)
{
  LeydenAddressReach reach = leyden_address_get_reach (address);
  gboolean private_too = GPOINTER_TO_INT (data);
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;

  if (reach == LEYDEN_ADDRESS_PUBLIC || (reach == LEYDEN_ADDRESS_PRIVATE && private_too))
    return TRUE;
  text = g_inet_address_to_string (address);
  shown = leyden_text_escape (host, -1, 100);
  g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS,
               reach == LEYDEN_ADDRESS_PRIVATE ? _("%s stands for %s, an address of this machine or of a private network, which this webhook may not use")
                                               : _("%s stands for %s, a link-local or reserved address: nothing is ever sent there"), shown, text);
  return FALSE;
}

static LeydenHttpClient *
new_client (gboolean private_too)
{
  LeydenHttpClient *http = leyden_http_client_new ();

  leyden_http_client_set_limits (http, 64, 0, 0);
  leyden_http_client_set_guard (http, guard_cb, GINT_TO_POINTER (private_too), NULL);
  return http;
}

void
leyden_webhooks_renew_clients (LeydenWebhooks *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->http != NULL && now_us - self->clients_us < CLIENT_LIFE_US)
    return;
  self->clients_us = now_us;
  /* Calls that are under way hold the old ones. */
  g_clear_object (&self->http);
  g_clear_object (&self->private_http);
  self->http = new_client (FALSE);
  self->private_http = new_client (TRUE);
}

LeydenWebhooks *
leyden_webhooks_new (LeydenSqliteStore *store,
                     const guint8      *secret)
{
  LeydenWebhooks *self;

  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (store) && secret != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_WEBHOOKS, NULL);
  self->store = g_object_ref (store);
  memcpy (self->secret, secret, sizeof self->secret);
  return self;
}

void
leyden_webhooks_stop (LeydenWebhooks *self)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  if (self->stopped)
    return;
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    leyden_target_note (value);
  self->stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  leyden_webhooks_listen (self);
  g_hash_table_remove_all (self->targets);
  if (self->look != NULL)
    g_source_destroy (self->look);
  g_clear_pointer (&self->look, g_source_unref);
  if (self->upkeep != NULL)
    g_source_destroy (self->upkeep);
  g_clear_pointer (&self->upkeep, g_source_unref);
}

static void
leyden_webhooks_dispose (GObject *object)
{
  LeydenWebhooks *self = LEYDEN_WEBHOOKS (object);

  if (self->store != NULL)
    leyden_webhooks_stop (self);
  g_clear_object (&self->http);
  g_clear_object (&self->private_http);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (leyden_webhooks_parent_class)->dispose (object);
}

static void
leyden_webhooks_finalize (GObject *object)
{
  LeydenWebhooks *self = LEYDEN_WEBHOOKS (object);

  explicit_bzero (self->secret, sizeof self->secret);
  g_hash_table_unref (self->targets);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->results);
  g_free (self->source);
  G_OBJECT_CLASS (leyden_webhooks_parent_class)->finalize (object);
}

static void
leyden_webhooks_class_init (LeydenWebhooksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_webhooks_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_webhooks_finalize;
}

static void
leyden_webhooks_init (LeydenWebhooks *self)
{
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, target_drop);
  self->max_waiting = LEYDEN_OUTBOX_MAX_WAITING;
  self->cancellable = g_cancellable_new ();
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_delivery_result_free);
}
