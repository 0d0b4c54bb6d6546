/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webhooks are made, changed, given new secrets, and removed. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-webhooks-private.h"

#include <string.h>

#include "leyden-id.h"

typedef struct
{
  LeydenWebhook      *hook;
  LeydenWebhookState *state;
  gint64              now_ns;
  char               *secret;           /* of one that is new; nullable */
} Put;

static void
put_free (gpointer data)
{
  Put *self = data;

  leyden_webhook_free (self->hook);
  leyden_webhook_state_free (self->state);
  g_free (self->secret);
  g_free (self);
}

static gboolean
begin_one (sqlite3   *db,
           gpointer   data,
           GError   **error)
{
  Put *self = data;

  g_clear_pointer (&self->state, leyden_webhook_state_free);
  if (!leyden_outbox_begin (db, self->hook->name, self->now_ns, error))
    return FALSE;
  self->state = leyden_outbox_get_state (db, self->hook->name, error);
  return self->state != NULL;
}

static void
apply (LeydenWebhooks *self,
       Put            *put)
{
  LeydenTarget *target = g_hash_table_lookup (self->targets, put->hook->name);

  if (target == NULL)
    {
      target = leyden_target_new (self, leyden_webhook_copy (put->hook), put->state);
      g_hash_table_insert (self->targets, target->hook->name, target);
    }
  else
    {
      LeydenWebhook *before = target->hook;

      target->hook = leyden_webhook_copy (put->hook);
      /* The key of the table is the name in the hook. */
      g_hash_table_steal (self->targets, before->name);
      g_hash_table_insert (self->targets, target->hook->name, target);
      target->shaken = target->shaken && strcmp (before->uri, target->hook->uri) == 0;
      /* Whoever changed it wants to see whether it works now. */
      target->paused_ns = 0;
      leyden_webhook_free (before);
    }
  leyden_target_begin (target);
}

static void
put_begun_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenWebhooks *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!self->stopped)
    apply (self, g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

static void
put_stored_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenWebhooks *self = g_task_get_source_object (task);
  Put *put = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  leyden_sqlite_store_change_async (self->store, "outbox", begin_one, put, NULL, put_begun_cb, g_steal_pointer (&task));
}

/* A new secret; the one before stays good until @old_until_ns. */
static char *
renew (LeydenWebhooks *self,
       LeydenWebhook  *hook,
       gint64          old_until_ns)
{
  guint8 key[LEYDEN_WEBHOOK_KEY_SIZE];
  char *shown;

  g_free (hook->old_nonce);
  hook->old_nonce = g_steal_pointer (&hook->nonce);
  hook->old_until_ns = old_until_ns;
  hook->nonce = leyden_random_key ();
  leyden_webhooks_derive (self, hook->name, hook->nonce, key);
  shown = leyden_webhook_show_key (key, sizeof key);
  explicit_bzero (key, sizeof key);
  return shown;
}

void
leyden_webhooks_put_async (LeydenWebhooks       *self,
                           const LeydenWebhook  *hook,
                           gboolean              rotate,
                           guint                 overlap_s,
                           GAsyncReadyCallback   callback,
                           gpointer              data)
{
  const LeydenWebhook *before;
  g_autoptr(LeydenValue) value = NULL;
  GTask *task;
  Put *put;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self) && hook != NULL);

  before = leyden_webhooks_get (self, hook->name);
  put = g_new0 (Put, 1);
  put->hook = leyden_webhook_copy (hook);
  put->now_ns = leyden_webhooks_get_now (self);
  if (before != NULL)
    {
      put->hook->created_ns = before->created_ns;
      g_free (put->hook->nonce);
      g_free (put->hook->old_nonce);
      put->hook->nonce = g_strdup (before->nonce);
      put->hook->old_nonce = g_strdup (before->old_nonce);
      put->hook->old_until_ns = before->old_until_ns;
    }
  else
    put->hook->created_ns = put->now_ns;
  if (before == NULL || rotate)
    put->secret = renew (self, put->hook, before == NULL ? 0 : put->now_ns + overlap_s * NS_PER_S);
  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, leyden_webhooks_put_async);
  g_task_set_task_data (task, put, put_free);
  value = leyden_webhook_to_value (put->hook, TRUE);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), LEYDEN_WEBHOOKS_KIND, put->hook->name, value, put_stored_cb, task);
}

gboolean
leyden_webhooks_put_finish (LeydenWebhooks  *self,
                            GAsyncResult    *result,
                            char           **secret,
                            GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (secret != NULL)
    *secret = g_steal_pointer (&((Put *) g_task_get_task_data (G_TASK (result)))->secret);
  return TRUE;
}

void
leyden_webhooks_store (LeydenWebhooks      *self,
                       const LeydenWebhook *hook)
{
  g_autoptr(LeydenValue) value = leyden_webhook_to_value (hook, TRUE);

  leyden_store_put_document_async (LEYDEN_STORE (self->store), LEYDEN_WEBHOOKS_KIND, hook->name, value, NULL, NULL);
}

typedef struct
{
  char   *name;
  gint64  now_ns;
} Remove;

static void
remove_free (gpointer data)
{
  g_free (((Remove *) data)->name);
  g_free (data);
}

static gboolean
end_one (sqlite3   *db,
         gpointer   data,
         GError   **error)
{
  Remove *self = data;

  return leyden_outbox_end (db, self->name, self->now_ns, error);
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenWebhooks *self = g_task_get_source_object (task);
  Remove *ending = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_hash_table_remove (self->targets, ending->name);
  leyden_webhooks_listen (self);
  leyden_sqlite_store_change_async (self->store, "outbox", end_one, ending, NULL, ended_cb, g_steal_pointer (&task));
}

void
leyden_webhooks_remove_async (LeydenWebhooks      *self,
                              const char          *name,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  Remove *ending;
  GTask *task;

  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self) && name != NULL);

  ending = g_new0 (Remove, 1);
  ending->name = g_strdup (name);
  ending->now_ns = leyden_webhooks_get_now (self);
  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, leyden_webhooks_remove_async);
  g_task_set_task_data (task, ending, remove_free);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), LEYDEN_WEBHOOKS_KIND, name, NULL, removed_cb, task);
}

gboolean
leyden_webhooks_remove_finish (LeydenWebhooks  *self,
                               GAsyncResult    *result,
                               GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
