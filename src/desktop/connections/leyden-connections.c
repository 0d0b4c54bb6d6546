/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-connections.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-secrets.h"
#include "leyden-settings.h"

#define KEY "connections"
#define MAX_CONNECTIONS 100

/* ---- One ---- */

struct _LeydenConnection
{
  GObject   parent_instance;

  char     *id;
  char     *name;
  char     *uri;
  char     *fingerprint;
  gboolean  mirrored;
  gboolean  has_key;
};

G_DEFINE_FINAL_TYPE (LeydenConnection, leyden_connection, G_TYPE_OBJECT)

static void
leyden_connection_finalize (GObject *object)
{
  LeydenConnection *self = LEYDEN_CONNECTION (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->uri);
  g_free (self->fingerprint);
  G_OBJECT_CLASS (leyden_connection_parent_class)->finalize (object);
}

static void
leyden_connection_class_init (LeydenConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_connection_finalize;
}

static void
leyden_connection_init (LeydenConnection *self)
{
}

LeydenConnection *
leyden_connection_new (const char *id,
                       const char *name,
                       const char *uri,
                       gboolean    mirrored,
                       gboolean    has_key,
                       const char *fingerprint)
{
  LeydenConnection *self;

  g_return_val_if_fail (name != NULL && uri != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_CONNECTION, NULL);
  self->id = id != NULL ? g_strdup (id) : leyden_id_new_uuid7 ();
  self->name = g_strdup (*name != '\0' ? name : uri);
  self->uri = g_strdup (uri);
  self->mirrored = mirrored;
  self->has_key = has_key;
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

const char *
leyden_connection_get_id (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), NULL);
  return self->id;
}

const char *
leyden_connection_get_name (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), NULL);
  return self->name;
}

const char *
leyden_connection_get_uri (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), NULL);
  return self->uri;
}

gboolean
leyden_connection_is_mirrored (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), FALSE);
  return self->mirrored;
}

gboolean
leyden_connection_has_key (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), FALSE);
  return self->has_key;
}

const char *
leyden_connection_get_fingerprint (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), NULL);
  return self->fingerprint;
}

char *
leyden_connection_dup_secret (LeydenConnection *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION (self), NULL);
  return g_strconcat ("connection-", self->id, NULL);
}

/* ---- All ---- */

struct _LeydenConnections
{
  GObject        parent_instance;

  GPtrArray     *items;
  GSettings     *settings;
  LeydenSecrets *secrets;
  GHashTable    *unkept;                /* (element-type utf8): secrets that the key ring did not take; in memory only */
  gboolean       writing;
};

enum { SIGNAL_KEY_LEFT, N_SIGNALS };
static guint signals[N_SIGNALS];

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_CONNECTION;
}

static guint
get_n_items (GListModel *model)
{
  return LEYDEN_CONNECTIONS (model)->items->len;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  LeydenConnections *self = LEYDEN_CONNECTIONS (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenConnections, leyden_connections, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static gboolean
is_id (const char *id)
{
  gsize length = id == NULL ? 0 : strlen (id);

  return length > 0 && length <= 40 && strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* NULL: settings that another program spoiled. */
static LeydenConnection *
read_one (GVariant *dictionary)
{
  const char *id = NULL, *name = NULL, *uri = NULL, *kind = NULL, *key = NULL, *fingerprint = NULL;
  g_autoptr(LeydenConnectionLink) link = NULL;
  g_autofree char *normal = NULL;

  g_variant_lookup (dictionary, "id", "&s", &id);
  g_variant_lookup (dictionary, "name", "&s", &name);
  g_variant_lookup (dictionary, "uri", "&s", &uri);
  g_variant_lookup (dictionary, "kind", "&s", &kind);
  g_variant_lookup (dictionary, "key", "&s", &key);
  g_variant_lookup (dictionary, "fingerprint", "&s", &fingerprint);
  link = uri == NULL ? NULL : leyden_connection_link_parse (uri, NULL);
  if (!is_id (id) || link == NULL)
    return NULL;
  normal = fingerprint == NULL ? NULL : leyden_fingerprint_normalize (fingerprint);
  return leyden_connection_new (id, name != NULL ? name : "", link->uri, g_strcmp0 (kind, "agl") == 0, g_strcmp0 (key, "key-ring") == 0, normal);
}

static void
load (LeydenConnections *self)
{
  g_autoptr(GVariant) list = g_settings_get_value (self->settings, KEY);
  guint n_old = self->items->len;

  g_ptr_array_set_size (self->items, 0);
  for (gsize i = 0; i < g_variant_n_children (list) && i < MAX_CONNECTIONS; i++)
    {
      g_autoptr(GVariant) dictionary = g_variant_get_child_value (list, i);
      g_autoptr(LeydenConnection) connection = read_one (dictionary);

      if (connection != NULL && leyden_connections_find (self, connection->id) == NULL)
        g_ptr_array_add (self->items, g_steal_pointer (&connection));
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_old, self->items->len);
}

static void
changed_elsewhere_cb (LeydenConnections *self)
{
  if (!self->writing)
    load (self);
}

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{ss}", key, text);
}

static void
save (LeydenConnections *self)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; i < self->items->len; i++)
    {
      LeydenConnection *each = self->items->pdata[i];

      g_variant_builder_open (&list, G_VARIANT_TYPE ("a{ss}"));
      add_text (&list, "id", each->id);
      add_text (&list, "name", each->name);
      add_text (&list, "uri", each->uri);
      add_text (&list, "kind", each->mirrored ? "agl" : "leyden");
      add_text (&list, "key", each->has_key ? "key-ring" : NULL);
      add_text (&list, "fingerprint", each->fingerprint);
      g_variant_builder_close (&list);
    }
  self->writing = TRUE;
  g_settings_set_value (self->settings, KEY, g_variant_builder_end (&list));
  self->writing = FALSE;
}

static void
leyden_connections_dispose (GObject *object)
{
  LeydenConnections *self = LEYDEN_CONNECTIONS (object);

  g_clear_object (&self->secrets);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->unkept, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_connections_parent_class)->dispose (object);
}

static void
leyden_connections_class_init (LeydenConnectionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_connections_dispose;

  signals[SIGNAL_KEY_LEFT] = g_signal_new ("key-left", LEYDEN_TYPE_CONNECTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                           LEYDEN_TYPE_CONNECTION, G_TYPE_ERROR);
}

static void
leyden_connections_init (LeydenConnections *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->unkept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->settings = leyden_settings_get_default ();
  self->secrets = leyden_secrets_new ();
  leyden_secrets_set_use_keyring (self->secrets, TRUE);
  g_signal_connect_object (self->settings, "changed::" KEY, G_CALLBACK (changed_elsewhere_cb), self, G_CONNECT_SWAPPED);
  load (self);
}

LeydenConnections *
leyden_connections_get_default (void)
{
  static LeydenConnections *instance;

  if (instance == NULL)
    {
      instance = g_object_new (LEYDEN_TYPE_CONNECTIONS, NULL);
      g_object_add_weak_pointer (G_OBJECT (instance), (gpointer *) &instance);
    }
  return instance;
}

static gboolean
find_index (LeydenConnections *self,
            const char        *id,
            guint             *index)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_strcmp0 (((LeydenConnection *) self->items->pdata[i])->id, id) == 0)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

LeydenConnection *
leyden_connections_find (LeydenConnections *self,
                         const char        *id)
{
  guint index;

  g_return_val_if_fail (LEYDEN_IS_CONNECTIONS (self), NULL);
  return find_index (self, id, &index) ? self->items->pdata[index] : NULL;
}

void
leyden_connections_put (LeydenConnections *self,
                        LeydenConnection  *connection)
{
  guint index = 0;
  gboolean there;

  g_return_if_fail (LEYDEN_IS_CONNECTIONS (self) && LEYDEN_IS_CONNECTION (connection));

  there = find_index (self, connection->id, &index);
  if (there)
    {
      g_object_unref (self->items->pdata[index]);
      self->items->pdata[index] = g_object_ref (connection);
    }
  else
    {
      index = self->items->len;
      g_ptr_array_add (self->items, g_object_ref (connection));
    }
  save (self);
  g_list_model_items_changed (G_LIST_MODEL (self), index, there ? 1 : 0, 1);
}

/* The connection is gone in any case: nothing sends the key any more. */
static void
forgotten_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GTask) task = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_secrets_store_finish (LEYDEN_SECRETS (object), result, &error))
    g_signal_emit (g_task_get_source_object (task), signals[SIGNAL_KEY_LEFT], 0, g_task_get_task_data (task), error);
  g_task_return_boolean (task, error == NULL);
}

static void
forget_key (LeydenConnections *self,
            LeydenConnection  *connection)
{
  g_autofree char *secret = leyden_connection_dup_secret (connection);
  GTask *task;

  leyden_secrets_set_session (self->secrets, secret, NULL, NULL);
  if (!connection->has_key || g_hash_table_remove (self->unkept, secret))
    return;
  task = g_task_new (self, NULL, NULL, NULL);
  g_task_set_source_tag (task, forget_key);
  g_task_set_task_data (task, g_object_ref (connection), g_object_unref);
  leyden_secrets_store_async (self->secrets, secret, NULL, NULL, NULL, forgotten_cb, task);
}

void
leyden_connections_remove (LeydenConnections *self,
                           const char        *id)
{
  g_autoptr(LeydenConnection) connection = NULL;
  guint index;

  g_return_if_fail (LEYDEN_IS_CONNECTIONS (self));

  if (!find_index (self, id, &index))
    return;
  connection = g_object_ref (self->items->pdata[index]);
  g_ptr_array_remove_index (self->items, index);
  save (self);
  forget_key (self, connection);
  g_list_model_items_changed (G_LIST_MODEL (self), index, 1, 0);
}

/* ---- Keys ---- */

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenConnections *self = g_task_get_source_object (task);
  const char *secret = g_task_get_task_data (task);
  GError *error = NULL;

  if (leyden_secrets_store_finish (LEYDEN_SECRETS (object), result, &error))
    {
      g_hash_table_remove (self->unkept, secret);
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_hash_table_add (self->unkept, g_strdup (secret));
  g_task_return_error (task, error);
}

void
leyden_connections_store_key_async (LeydenConnections   *self,
                                    LeydenConnection    *connection,
                                    const char          *key,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  g_autofree char *secret = leyden_connection_dup_secret (connection);
  g_autofree char *origin = leyden_secrets_origin_of (connection->uri);
  const char *origins[] = { origin, NULL };
  GTask *task = g_task_new (self, NULL, callback, data);

  g_return_if_fail (LEYDEN_IS_CONNECTIONS (self) && key != NULL);

  g_task_set_source_tag (task, leyden_connections_store_key_async);
  g_task_set_task_data (task, g_strdup (secret), g_free);
  leyden_secrets_set_session (self->secrets, secret, key, origins);
  leyden_secrets_store_async (self->secrets, secret, key, origins, NULL, stored_cb, task);
}

gboolean
leyden_connections_store_key_finish (LeydenConnections  *self,
                                     GAsyncResult       *result,
                                     GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key != NULL)
    g_task_return_pointer (task, key, g_free);
  else
    g_task_return_error (task, error);
}

void
leyden_connections_get_key_async (LeydenConnections   *self,
                                  LeydenConnection    *connection,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, data);
  g_autofree char *secret = NULL;
  g_autofree char *origin = NULL;

  g_return_if_fail (LEYDEN_IS_CONNECTIONS (self) && LEYDEN_IS_CONNECTION (connection));

  g_task_set_source_tag (task, leyden_connections_get_key_async);
  if (!connection->has_key)
    {
      g_task_return_pointer (task, g_strdup (""), g_free);
      return;
    }
  secret = leyden_connection_dup_secret (connection);
  origin = leyden_secrets_origin_of (connection->uri);
  leyden_secrets_lookup_async (self->secrets, secret, origin, cancellable, found_cb, g_steal_pointer (&task));
}

char *
leyden_connections_get_key_finish (LeydenConnections  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
