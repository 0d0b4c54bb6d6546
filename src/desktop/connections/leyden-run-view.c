/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-run-view.h"

#include "leyden-rollout-item.h"

#define PAGE 500
/* Rows that arrive one by one are shown together this often; more than a few change the list at once. */
#define FLUSH_MS 100
#define FEW_ROWS 8

struct _LeydenRunView
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenValue        *run;
  GListStore         *rollouts;
  GHashTable         *pending;          /* index → newest row that is not in the list yet */
  guint               flush_source;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;
};

G_DEFINE_FINAL_TYPE (LeydenRunView, leyden_run_view, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_RUN,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_RECORD,
  SIGNAL_DELTA,
  SIGNAL_DEBUG,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
take_run (LeydenRunView *self,
          LeydenValue   *run)
{
  g_clear_pointer (&self->run, leyden_value_unref);
  self->run = run;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
}

static int
compare_index (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  gint64 left = leyden_rollout_item_get_index (*(LeydenRolloutItem * const *) a);
  gint64 right = leyden_rollout_item_get_index (*(LeydenRolloutItem * const *) b);

  return left < right ? -1 : left > right;
}

/* Position of the rollout with that index in the list, or where it belongs. */
static guint
find_index (LeydenRunView *self,
            gint64         index,
            gboolean      *found)
{
  guint low = 0, high = g_list_model_get_n_items (G_LIST_MODEL (self->rollouts));

  *found = FALSE;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (G_LIST_MODEL (self->rollouts), middle);
      gint64 here = leyden_rollout_item_get_index (item);

      if (here == index)
        {
          *found = TRUE;
          return middle;
        }
      if (here < index)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gboolean
is_older (LeydenValue *row,
          LeydenValue *than)
{
  return leyden_value_get_member_int (row, "last_sequence", 0) < leyden_value_get_member_int (than, "last_sequence", 0);
}

/* Whether the row says something that the list does not say yet. */
static gboolean
is_news (LeydenRunView *self,
         LeydenValue   *row)
{
  gboolean found;
  guint position = find_index (self, leyden_value_get_member_int (row, "index", 0), &found);
  g_autoptr(LeydenRolloutItem) item = NULL;

  if (!found)
    return TRUE;
  item = g_list_model_get_item (G_LIST_MODEL (self->rollouts), position);
  return !is_older (row, leyden_rollout_item_get_row (item)) && !leyden_value_equal (row, leyden_rollout_item_get_row (item));
}

static void
put_row (LeydenRunView *self,
         LeydenValue   *row)
{
  gboolean found;
  guint position = find_index (self, leyden_value_get_member_int (row, "index", 0), &found);
  g_autoptr(LeydenRolloutItem) item = NULL;

  if (found)
    {
      item = g_list_model_get_item (G_LIST_MODEL (self->rollouts), position);
      leyden_rollout_item_set_row (item, row);
      /* Filters and sorters look again. */
      g_list_model_items_changed (G_LIST_MODEL (self->rollouts), position, 1, 1);
    }
  else
    {
      item = leyden_rollout_item_new (row);
      g_list_store_insert (self->rollouts, position, item);
    }
}

/* Changes the list once for many rows: each change makes views lay out their rows again. */
static void
replace_list (LeydenRunView *self,
              GPtrArray     *rows)
{
  guint n_old = g_list_model_get_n_items (G_LIST_MODEL (self->rollouts));
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_old; i++)
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (self->rollouts), i));
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);
      gboolean found;
      guint position = find_index (self, leyden_value_get_member_int (row, "index", 0), &found);

      if (found)
        leyden_rollout_item_set_row (g_ptr_array_index (items, position), row);
      else
        g_ptr_array_add (items, leyden_rollout_item_new (row));
    }
  g_ptr_array_sort_with_data (items, compare_index, NULL);
  g_list_store_splice (self->rollouts, 0, n_old, items->pdata, items->len);
}

/* @rows (transfer none): of LeydenValue, each index once. */
static void
apply_rows (LeydenRunView *self,
            GPtrArray     *rows)
{
  g_autoptr(GPtrArray) news = g_ptr_array_new ();

  for (guint i = 0; i < rows->len; i++)
    if (is_news (self, g_ptr_array_index (rows, i)))
      g_ptr_array_add (news, g_ptr_array_index (rows, i));
  if (news->len > FEW_ROWS)
    replace_list (self, news);
  else
    for (guint i = 0; i < news->len; i++)
      put_row (self, g_ptr_array_index (news, i));
}

static gboolean
flush_cb (gpointer data)
{
  LeydenRunView *self = data;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  GHashTableIter iter;
  gpointer row;

  self->flush_source = 0;
  g_hash_table_iter_init (&iter, self->pending);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_ptr_array_add (rows, leyden_value_ref (row));
  g_hash_table_remove_all (self->pending);
  apply_rows (self, rows);
  return G_SOURCE_REMOVE;
}

static void
add_pending (LeydenRunView *self,
             LeydenValue   *row)
{
  gpointer index = GINT_TO_POINTER ((int) leyden_value_get_member_int (row, "index", 0));
  LeydenValue *other = g_hash_table_lookup (self->pending, index);

  if (other == NULL || !is_older (row, other))
    g_hash_table_insert (self->pending, index, leyden_value_ref (row));
  if (self->flush_source == 0)
    self->flush_source = g_timeout_add (FLUSH_MS, flush_cb, self);
}

static void request_rollouts (LeydenRunView *self, gint64 after);

static void
rollouts_received_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      data)
{
  g_autoptr(LeydenRunView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(GPtrArray) rows = NULL;
  LeydenValue *list = leyden_value_get_member (answer, "rollouts");
  guint n = leyden_value_get_size (list);

  if (answer == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_debug ("Rollouts: %s", error->message);
      return;
    }
  rows = g_ptr_array_new ();
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), "state", ""), "queued") != 0)
      g_ptr_array_add (rows, leyden_value_get_item (list, i));
  apply_rows (self, rows);
  if (n >= PAGE)
    request_rollouts (self, leyden_value_get_member_int (answer, "next_after", G_MAXINT64));
}

static void
request_rollouts (LeydenRunView *self,
                  gint64         after)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?after=%" G_GINT64_FORMAT "&limit=%d",
                                           leyden_run_view_get_id (self), after, PAGE);

  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable,
                                rollouts_received_cb, g_object_ref (self));
}

static void
run_received_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(LeydenRunView) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (answer != NULL && leyden_value_get_member (answer, "run") != NULL)
    take_run (self, g_steal_pointer (&answer));
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenRunView *self = user_data;

  if (g_str_equal (event, "summary"))
    take_run (self, leyden_value_with_member (self->run, "summary", data));
  else if (g_str_equal (event, "run"))
    take_run (self, leyden_value_ref (data));
  else if (g_str_equal (event, "rollout"))
    add_pending (self, data);
  else if (g_str_equal (event, "record"))
    g_signal_emit (self, signals[SIGNAL_RECORD], 0, data);
  else if (g_str_equal (event, "debug"))
    g_signal_emit (self, signals[SIGNAL_DEBUG], 0, data);
  else if (g_str_equal (event, "delta"))
    g_signal_emit (self, signals[SIGNAL_DELTA], 0, leyden_value_get_member_string (data, "rollout", ""),
                   leyden_value_get_member_string (data, "node", ""), leyden_value_get_member_string (data, "text", ""));
}

static void
subscription_ended_cb (LeydenRunView *self)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s", leyden_run_view_get_id (self));

  request_rollouts (self, -1);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable,
                                run_received_cb, g_object_ref (self));
}

/* A stream without records cannot go on where it was: what became of the rollouts meanwhile is asked for. */
static void
backend_state_cb (LeydenRunView *self)
{
  if (self->subscription != NULL && !leyden_subscription_is_ended (self->subscription) &&
      leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED)
    request_rollouts (self, -1);
}

static void
leyden_run_view_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  if (prop_id == PROP_RUN)
    g_value_set_boxed (value, LEYDEN_RUN_VIEW (object)->run);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_run_view_dispose (GObject *object)
{
  LeydenRunView *self = LEYDEN_RUN_VIEW (object);

  leyden_run_view_close (self);
  g_clear_pointer (&self->run, leyden_value_unref);
  g_clear_object (&self->rollouts);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_run_view_parent_class)->dispose (object);
}

static void
leyden_run_view_finalize (GObject *object)
{
  g_clear_object (&LEYDEN_RUN_VIEW (object)->cancellable);
  g_clear_pointer (&LEYDEN_RUN_VIEW (object)->pending, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_run_view_parent_class)->finalize (object);
}

static void
leyden_run_view_class_init (LeydenRunViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_run_view_get_property;
  object_class->dispose = leyden_run_view_dispose;
  object_class->finalize = leyden_run_view_finalize;
  properties[PROP_RUN] = g_param_spec_boxed ("run", NULL, NULL, LEYDEN_TYPE_VALUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_RECORD] =
    g_signal_new ("record", LEYDEN_TYPE_RUN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_DELTA] =
    g_signal_new ("delta", LEYDEN_TYPE_RUN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING,
                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_DEBUG] =
    g_signal_new ("debug", LEYDEN_TYPE_RUN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_ENDED] =
    g_signal_new ("ended", LEYDEN_TYPE_RUN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_run_view_init (LeydenRunView *self)
{
  self->rollouts = g_list_store_new (LEYDEN_TYPE_ROLLOUT_ITEM);
  self->pending = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) leyden_value_unref);
  self->cancellable = g_cancellable_new ();
}

LeydenRunView *
leyden_run_view_new (LeydenSession *session,
                     LeydenValue   *run,
                     gboolean       steps)
{
  LeydenRunView *self;
  g_autofree char *path = NULL;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session), NULL);
  g_return_val_if_fail (leyden_value_get_member_string (run, "run", NULL) != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_RUN_VIEW, NULL);
  self->session = g_object_ref (session);
  self->run = leyden_value_ref (run);
  request_rollouts (self, -1);
  path = g_strdup_printf ("/leyden/v1/runs/%s/events?%s", leyden_run_view_get_id (self), steps ? "deltas=1" : "records=0");
  self->subscription = leyden_backend_subscribe (leyden_session_get_backend (session), path, 0, event_cb, self, NULL);
  g_signal_connect_object (self->subscription, "ended", G_CALLBACK (subscription_ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (backend_state_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

const char *
leyden_run_view_get_id (LeydenRunView *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_VIEW (self), NULL);
  return leyden_value_get_member_string (self->run, "run", "");
}

LeydenValue *
leyden_run_view_get_run (LeydenRunView *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_VIEW (self), NULL);
  return self->run;
}

LeydenValue *
leyden_run_view_get_summary (LeydenRunView *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_VIEW (self), NULL);
  return leyden_value_get_member (self->run, "summary");
}

const char *
leyden_run_view_get_state (LeydenRunView *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_VIEW (self), NULL);
  return leyden_value_get_member_string (self->run, "state", "");
}

gboolean
leyden_run_view_is_active (LeydenRunView *self)
{
  const char *state = leyden_run_view_get_state (self);

  return g_strcmp0 (state, "running") == 0 || g_strcmp0 (state, "paused") == 0;
}

GListModel *
leyden_run_view_get_rollouts (LeydenRunView *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_VIEW (self), NULL);
  return G_LIST_MODEL (self->rollouts);
}

static void
cancelled_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenRunView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    g_message ("The run was not cancelled: %s", error->message);
}

void
leyden_run_view_cancel (LeydenRunView *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_RUN_VIEW (self));

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  path = g_strdup_printf ("/leyden/v1/runs/%s/cancel", leyden_run_view_get_id (self));
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, NULL, cancelled_cb,
                                g_object_ref (self));
}

void
leyden_run_view_close (LeydenRunView *self)
{
  g_return_if_fail (LEYDEN_IS_RUN_VIEW (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->flush_source, g_source_remove);
  if (self->subscription != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->subscription, self);
      g_signal_handlers_disconnect_by_data (leyden_session_get_backend (self->session), self);
      leyden_subscription_cancel (self->subscription);
    }
  g_clear_object (&self->subscription);
}
