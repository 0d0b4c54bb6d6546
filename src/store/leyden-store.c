/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface: thin dispatchers over the virtual functions. */
#define G_LOG_DOMAIN "leyden-store"

#include "leyden-store.h"

G_DEFINE_QUARK (leyden-store-error-quark, leyden_store_error)
G_DEFINE_INTERFACE (LeydenStore, leyden_store, G_TYPE_OBJECT)

static void
leyden_store_default_init (LeydenStoreInterface *iface)
{
  g_signal_new ("committed", G_TYPE_FROM_INTERFACE (iface), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
}

void
leyden_store_append_async (LeydenStore            *self,
                           GPtrArray              *records,
                           const LeydenRolloutRow *row,
                           GAsyncReadyCallback     callback,
                           gpointer                data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (records != NULL || row != NULL);

  LEYDEN_STORE_GET_IFACE (self)->append_async (self, records, row, callback, data);
}

gboolean
leyden_store_append_finish (LeydenStore   *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->append_finish (self, result, error);
}

void
leyden_store_put_run_async (LeydenStore         *self,
                            const LeydenRunRow  *run,
                            GPtrArray           *rows,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (run != NULL);

  LEYDEN_STORE_GET_IFACE (self)->put_run_async (self, run, rows, callback, data);
}

gboolean
leyden_store_put_run_finish (LeydenStore   *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->put_run_finish (self, result, error);
}

void
leyden_store_read_rollout_async (LeydenStore         *self,
                                 const char          *rollout,
                                 guint64              after_sequence,
                                 guint                limit,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (rollout != NULL);

  LEYDEN_STORE_GET_IFACE (self)->read_rollout_async (self, rollout, after_sequence, limit, cancellable, callback, data);
}

GPtrArray *
leyden_store_read_rollout_finish (LeydenStore   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->read_rollout_finish (self, result, error);
}

void
leyden_store_scan_rollout_async (LeydenStore         *self,
                                 const char          *rollout,
                                 guint64              after_sequence,
                                 LeydenStoreScan      func,
                                 gpointer             func_data,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (rollout != NULL && func != NULL);

  LEYDEN_STORE_GET_IFACE (self)->scan_rollout_async (self, rollout, after_sequence, func, func_data, cancellable, callback, data);
}

gboolean
leyden_store_scan_rollout_finish (LeydenStore   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->scan_rollout_finish (self, result, error);
}

void
leyden_store_read_run_async (LeydenStore         *self,
                             const char          *run,
                             guint64              after_position,
                             guint                limit,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->read_run_async (self, run, after_position, limit, cancellable, callback, data);
}

GPtrArray *
leyden_store_read_run_finish (LeydenStore   *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->read_run_finish (self, result, error);
}

void
leyden_store_fold_async (LeydenStore         *self,
                         const char          *rollout,
                         guint64              until_sequence,
                         const LeydenReducer *reducer,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (rollout != NULL);
  g_return_if_fail (reducer != NULL);

  LEYDEN_STORE_GET_IFACE (self)->fold_async (self, rollout, until_sequence, reducer, cancellable, callback, data);
}

LeydenValue *
leyden_store_fold_finish (LeydenStore   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->fold_finish (self, result, error);
}

void
leyden_store_list_runs_async (LeydenStore         *self,
                              const char          *key,
                              guint                limit,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->list_runs_async (self, key, limit, cancellable, callback, data);
}

GPtrArray *
leyden_store_list_runs_finish (LeydenStore   *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->list_runs_finish (self, result, error);
}

void
leyden_store_get_run_async (LeydenStore         *self,
                            const char          *run,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (run != NULL);

  LEYDEN_STORE_GET_IFACE (self)->get_run_async (self, run, cancellable, callback, data);
}

LeydenRunRow *
leyden_store_get_run_finish (LeydenStore   *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->get_run_finish (self, result, error);
}

void
leyden_store_list_rollouts_async (LeydenStore         *self,
                                  const char          *run,
                                  const char          *state,
                                  gint64               after_index,
                                  guint                limit,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));

  LEYDEN_STORE_GET_IFACE (self)->list_rollouts_async (self, run, state, after_index, limit, cancellable, callback, data);
}

GPtrArray *
leyden_store_list_rollouts_finish (LeydenStore   *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->list_rollouts_finish (self, result, error);
}

void
leyden_store_get_rollout_async (LeydenStore         *self,
                                const char          *rollout,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (rollout != NULL);

  LEYDEN_STORE_GET_IFACE (self)->get_rollout_async (self, rollout, cancellable, callback, data);
}

LeydenRolloutRow *
leyden_store_get_rollout_finish (LeydenStore   *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->get_rollout_finish (self, result, error);
}

void
leyden_store_put_blob_async (LeydenStore         *self,
                             GBytes              *bytes,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (bytes != NULL);

  LEYDEN_STORE_GET_IFACE (self)->put_blob_async (self, bytes, callback, data);
}

char *
leyden_store_put_blob_finish (LeydenStore   *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->put_blob_finish (self, result, error);
}

void
leyden_store_adopt_blob_async (LeydenStore         *self,
                               const char          *path,
                               const char          *sha256,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (path != NULL);
  g_return_if_fail (sha256 != NULL);

  LEYDEN_STORE_GET_IFACE (self)->adopt_blob_async (self, path, sha256, callback, data);
}

gboolean
leyden_store_adopt_blob_finish (LeydenStore   *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->adopt_blob_finish (self, result, error);
}

void
leyden_store_open_blob_async (LeydenStore         *self,
                              const char          *sha256,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (sha256 != NULL);

  LEYDEN_STORE_GET_IFACE (self)->open_blob_async (self, sha256, cancellable, callback, data);
}

char *
leyden_store_open_blob_finish (LeydenStore   *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->open_blob_finish (self, result, error);
}

void
leyden_store_put_document_async (LeydenStore         *self,
                                 const char          *kind,
                                 const char          *name,
                                 LeydenValue         *value,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (kind != NULL);
  g_return_if_fail (name != NULL);

  LEYDEN_STORE_GET_IFACE (self)->put_document_async (self, kind, name, value, callback, data);
}

gboolean
leyden_store_put_document_finish (LeydenStore   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), FALSE);

  return LEYDEN_STORE_GET_IFACE (self)->put_document_finish (self, result, error);
}

void
leyden_store_list_documents_async (LeydenStore         *self,
                                   const char          *kind,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (kind != NULL);

  LEYDEN_STORE_GET_IFACE (self)->list_documents_async (self, kind, cancellable, callback, data);
}

LeydenValue *
leyden_store_list_documents_finish (LeydenStore   *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->list_documents_finish (self, result, error);
}

void
leyden_store_get_document_async (LeydenStore         *self,
                                 const char          *kind,
                                 const char          *name,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_STORE (self));
  g_return_if_fail (kind != NULL && name != NULL);

  LEYDEN_STORE_GET_IFACE (self)->get_document_async (self, kind, name, cancellable, callback, data);
}

LeydenValue *
leyden_store_get_document_finish (LeydenStore   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (LEYDEN_IS_STORE (self), NULL);

  return LEYDEN_STORE_GET_IFACE (self)->get_document_finish (self, result, error);
}
