/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts that somebody deleted: they are out of sight at once, and can be had back until retention removes them. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-id.h"
#include "leyden-rollout-snapshots.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

/* Of one request; of one transaction of the writer, which does nothing else meanwhile. */
#define MAX_ROLLOUTS 100000
#define CHUNK 1000

/* What still runs is stopped first; what its trainer has removed will not run any more. */
#define ENDED "(o.state IN ('succeeded', 'failed', 'cancelled')" \
              " OR EXISTS (SELECT 1 FROM agl_rollouts a WHERE a.log = o.rollout AND a.hidden = 1))"

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  GArray             *ids;              /* gint64: rollouts.id; nullable */
  GPtrArray          *names;            /* ids as people know them; nullable */
  gboolean            one;              /* 404 and 409 where nothing was to be done */
  gboolean            restore;
  gint64              deletion;         /* its time, which names it */
  guint               at;               /* of the chunk under way */
  guint               n_chunk;          /* what it changed */
  guint               n_unknown;        /* of it */
  guint               n;
  guint               n_skipped;
} Deletion;

static void
deletion_free (gpointer data)
{
  Deletion *self = data;

  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  leyden_http_exchange_unref (self->exchange);
  g_object_unref (self->self);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Deletion, deletion_free)

static Deletion *
deletion_new (LeydenGateway      *gateway,
              LeydenHttpExchange *exchange)
{
  Deletion *self = g_new0 (Deletion, 1);

  self->self = g_object_ref (gateway);
  self->exchange = leyden_http_exchange_ref (exchange);
  self->deletion = leyden_time_now_ns ();
  return self;
}

static guint
get_n (const Deletion *self)
{
  return self->ids != NULL ? self->ids->len : self->names->len;
}

/* ---- In the writer's thread ---- */

static gboolean
find_id (Deletion      *self,
         sqlite3_stmt  *find,
         guint          i,
         gint64        *id,
         GError       **error)
{
  gboolean found;

  if (self->ids != NULL)
    {
      *id = g_array_index (self->ids, gint64, i);
      return TRUE;
    }
  sqlite3_bind_text (find, 1, self->names->pdata[i], -1, SQLITE_STATIC);
  found = leyden_sqlite_next (find, error);
  *id = found ? sqlite3_column_int64 (find, 0) : 0;
  sqlite3_reset (find);
  return found;
}

/* FALSE with @error unset: it is not there. */
static gboolean
change_one (Deletion      *self,
            sqlite3       *db,
            sqlite3_stmt  *mark,
            sqlite3_stmt  *facts,
            gint64         id,
            GError       **error)
{
  sqlite3_bind_int64 (mark, 1, id);
  sqlite3_bind_int64 (facts, 1, id);
  if (!self->restore)
    {
      sqlite3_bind_int64 (mark, 2, self->deletion);
      sqlite3_bind_int64 (facts, 2, self->deletion);
    }
  if (!leyden_sqlite_finish (mark, error))
    return FALSE;
  if (sqlite3_changes (db) == 0)
    return TRUE;
  self->n_chunk++;
  return leyden_sqlite_finish (facts, error);
}

static gboolean
change_chunk (sqlite3   *db,
              gpointer   data,
              GError   **error)
{
  Deletion *self = data;
  guint end = MIN (self->at + CHUNK, get_n (self));
  g_autoptr(LeydenStatement) find = leyden_sqlite_prepare (db, "SELECT id FROM rollouts WHERE rollout = ?1", error);
  g_autoptr(LeydenStatement) mark = NULL;
  g_autoptr(LeydenStatement) facts = NULL;

  self->n_chunk = self->n_unknown = 0;
  mark = leyden_sqlite_prepare (db, self->restore ? "DELETE FROM deleted_rollouts WHERE rollout = ?1"
                                                  : "INSERT OR IGNORE INTO deleted_rollouts (rollout, deleted_ns) SELECT o.id, ?2 FROM rollouts o WHERE o.id = ?1 AND " ENDED,
                                error);
  facts = leyden_sqlite_prepare (db, self->restore ? "UPDATE rollout_facts SET deleted_ns = 0, changed = (SELECT revision FROM facts_cursor) WHERE rollout = ?1"
                                                   : "UPDATE rollout_facts SET deleted_ns = ?2, changed = (SELECT revision FROM facts_cursor) WHERE rollout = ?1",
                                 error);
  if (find == NULL || mark == NULL || facts == NULL || !leyden_sqlite_exec (db, "UPDATE facts_cursor SET revision = revision + 1", error))
    return FALSE;
  for (guint i = self->at; i < end; i++)
    {
      GError *local = NULL;
      gint64 id;

      if (!find_id (self, find, i, &id, &local))
        self->n_unknown += local == NULL ? 1 : 0;
      else
        change_one (self, db, mark, facts, id, &local);
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- Chunk after chunk ---- */

static void
respond (Deletion *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (self->self->hub != NULL)
    leyden_event_hub_rollouts_changed (self->self->hub);
  if (self->one && self->n == 0)
    {
      leyden_http_exchange_respond_error (self->exchange, self->n_unknown > 0 ? 404 : 409, "%s",
                                          self->n_unknown > 0 ? _("There is no such rollout")
                                          : self->restore     ? _("This rollout is not deleted")
                                                              : _("This rollout is deleted already, or has not ended: stop it first"));
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "n", self->n);
  leyden_value_builder_set_int (&b, "skipped", self->n_skipped);
  if (!self->restore)
    leyden_value_builder_set_int (&b, "deletion", self->deletion);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (self->exchange, 200, leyden_value_builder_end_value (&b));
}

static void change_next (Deletion *self);

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Deletion) self = data;
  g_autoptr(GError) error = NULL;
  guint end = MIN (self->at + CHUNK, get_n (self));

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (self->exchange, error);
      return;
    }
  self->n += self->n_chunk;
  self->n_skipped += end - self->at - self->n_chunk;
  self->at = end;
  if (end < get_n (self) && self->self->store != NULL)
    change_next (g_steal_pointer (&self));
  else
    respond (self);
}

static void
change_next (Deletion *self)
{
  leyden_sqlite_store_change_async (self->self->store, "delete", change_chunk, self, NULL, changed_cb, self);
}

/* ---- What is meant ---- */

/* Ranges [from, number] of a list that the client sees. FALSE: they do not fit. */
static gboolean
add_ranges (Deletion    *self,
            LeydenValue *ranges,
            GArray      *list)
{
  for (guint i = 0; i < leyden_value_get_size (ranges); i++)
    {
      LeydenValue *range = leyden_value_get_item (ranges, i);
      gint64 from, n;

      if (!leyden_value_get_int (leyden_value_get_item (range, 0), &from) || !leyden_value_get_int (leyden_value_get_item (range, 1), &n)
          || from < 0 || n < 0 || from > list->len || n > list->len - from)
        return FALSE;
      if (self->ids->len + n > MAX_ROLLOUTS)
        n = MAX_ROLLOUTS + 1 - self->ids->len;
      g_array_append_vals (self->ids, &g_array_index (list, gint64, from), (guint) n);
    }
  return TRUE;
}

static gboolean
add_names (Deletion    *self,
           LeydenValue *list)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *name = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (name == NULL)
        return FALSE;
      g_ptr_array_add (self->names, g_strdup (name));
    }
  return leyden_value_get_kind (list) == LEYDEN_VALUE_LIST;
}

/* FALSE: the request is answered. */
static gboolean
read_rollouts (Deletion    *self,
               LeydenValue *body)
{
  const char *id = leyden_value_get_member_string (body, "snapshot", NULL);
  LeydenRolloutSnapshot *snapshot = leyden_rollout_snapshots_find (self->self->rollout_snapshots, id);
  gboolean fits;

  if (id != NULL && snapshot == NULL)
    {
      leyden_http_exchange_respond_error (self->exchange, 409, "%s", _("The list has changed since: choose once more"));
      return FALSE;
    }
  if (id != NULL)
    self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  else
    self->names = g_ptr_array_new_with_free_func (g_free);
  fits = id != NULL ? add_ranges (self, leyden_value_get_member (body, "ranges"), snapshot->ids) : add_names (self, leyden_value_get_member (body, "rollouts"));
  if (!fits)
    leyden_http_exchange_respond_error (self->exchange, 422, "%s", _("Which rollouts are meant is said by “rollouts”, or by “snapshot” and “ranges”"));
  else if (get_n (self) > MAX_ROLLOUTS)
    leyden_http_exchange_respond_error (self->exchange, 413, _("%d rollouts at most are deleted at once"), MAX_ROLLOUTS);
  return fits && get_n (self) <= MAX_ROLLOUTS;
}

void
leyden_gateway_delete_rollouts (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(Deletion) deletion = NULL;

  if (body == NULL)
    return;
  deletion = deletion_new (self, exchange);
  if (read_rollouts (deletion, body))
    change_next (g_steal_pointer (&deletion));
}

static void
change_this (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             gboolean            restore)
{
  Deletion *deletion = deletion_new (self, exchange);

  deletion->one = TRUE;
  deletion->restore = restore;
  deletion->names = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (deletion->names, g_strdup (leyden_http_exchange_get_param (exchange, "rollout")));
  change_next (deletion);
}

void
leyden_gateway_delete_rollout (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  change_this (self, exchange, FALSE);
}

void
leyden_gateway_restore_rollout (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  change_this (self, exchange, TRUE);
}

/* ---- All of one deletion ---- */

static gpointer
find_deleted (sqlite3       *db,
              gpointer       data,
              GCancellable  *cancellable,
              GError       **error)
{
  Deletion *self = data;
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, "SELECT rollout FROM main.deleted_rollouts WHERE deleted_ns = ?1", error);
  GError *local = NULL;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, self->deletion);
  while (leyden_sqlite_next (statement, &local))
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  if (local == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, local);
  return NULL;
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Deletion) self = data;
  g_autoptr(GError) error = NULL;

  self->ids = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (self->ids == NULL)
    leyden_gateway_respond_gerror (self->exchange, error);
  else if (self->ids->len == 0 || self->self->store == NULL)
    leyden_http_exchange_respond_error (self->exchange, 404, "%s", _("Nothing is left of this deletion"));
  else
    change_next (g_steal_pointer (&self));
}

void
leyden_gateway_restore_rollouts (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  Deletion *deletion;

  if (body == NULL)
    return;
  deletion = deletion_new (self, exchange);
  deletion->restore = TRUE;
  deletion->deletion = leyden_value_get_member_int (body, "deletion", 0);
  leyden_sqlite_store_select_async (self->store, find_deleted, deletion, NULL, (GDestroyNotify) g_array_unref, 10000, NULL, found_cb, deletion);
}
