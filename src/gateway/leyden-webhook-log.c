/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens, from the log and the rows of runs and experiments into the outbox. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-webhooks-private.h"

#include "leyden-events.h"

#define PAGE 500
/* Runs that began or ended are looked for so long after somebody said so: what is said may not be on disk yet. */
#define LOOK_MS 200
/* How far the log was looked at without anything of interest in it is written after so many records. */
#define NOTE_RECORDS 20000

/* ---- Adding ---- */

typedef struct
{
  LeydenTarget  *target;
  LeydenWebhook *hook;          /* as it is now: it may be changed meanwhile */
  char          *source;
  GPtrArray     *events;        /* LeydenLoggedEvent */
  guint64        from;          /* where the log was before them */
  guint64        position;
  gint64         now_ns;
  gint64         n_added;
  gboolean       page;          /* of a target that catches up: the next one follows */
  gboolean       last;          /* page */
} Adding;

static void
adding_free (gpointer data)
{
  Adding *self = data;

  leyden_target_unref (self->target);
  leyden_webhook_free (self->hook);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self->source);
  g_free (self);
}

static Adding *
adding_new (LeydenTarget *target)
{
  Adding *self = g_new0 (Adding, 1);

  self->target = leyden_target_ref (target);
  self->hook = leyden_webhook_copy (target->hook);
  self->from = target->position;
  self->source = g_strdup (target->owner->source);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_logged_event_free);
  self->now_ns = leyden_webhooks_get_now (target->owner);
  return self;
}

static gboolean
add_logged (sqlite3   *db,
            gpointer   data,
            GError   **error)
{
  Adding *self = data;

  return leyden_events_add_logged (db, self->hook, self->events, self->position, self->source, self->now_ns, &self->n_added, error);
}

/* A short page and nothing newer: from here on the store tells. */
static void
end_page (LeydenTarget *target,
          gboolean      last)
{
  if (last && target->newest <= target->position)
    target->catching = FALSE;
  else
    leyden_target_catch_up (target);
}

/* With the next commit, or within the minute, it is read from the log again. What got through twice has the same id. */
static void
fall_back (Adding *adding)
{
  LeydenTarget *target = adding->target;

  target->n_waiting -= adding->events->len;
  target->position = MIN (target->position, adding->from);
  target->noted = MIN (target->noted, target->position);
  target->catching = TRUE;
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Adding *adding = leyden_sqlite_store_change_get_data (result);
  LeydenTarget *target = adding->target;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  target->reading = adding->page ? FALSE : target->reading;
  if (target->owner == NULL)
    return;
  if (!ok)
    {
      g_message ("Events for webhook “%s” cannot be kept: %s", target->hook->name, error->message);
      fall_back (adding);
      return;
    }
  target->noted = MAX (target->noted, adding->position);
  target->n_waiting += adding->n_added - adding->events->len;
  if (adding->page)
    end_page (target, adding->last);
  leyden_target_pump (target);
}

/* Takes @adding. */
static void
add (Adding *adding)
{
  LeydenTarget *target = adding->target;

  /* Counted before it is on disk: the bound holds for what is under way, too. */
  target->n_waiting += adding->events->len;
  leyden_sqlite_store_change_async (target->owner->store, "outbox", add_logged, adding, adding_free, added_cb, NULL);
}

void
leyden_target_note (LeydenTarget *self)
{
  Adding *adding;

  if (self->owner == NULL || self->noted >= self->position || !leyden_events_wants_log (self->hook))
    return;
  adding = adding_new (self);
  adding->from = self->noted;
  adding->position = self->position;
  self->noted = self->position;
  add (adding);
}

/* @record is behind what was looked at. Adds it to @events when it is wanted. */
static void
look_at (LeydenTarget *self,
         LeydenRecord *record,
         GPtrArray    *events)
{
  LeydenLoggedEvent *event = leyden_logged_event_new (record);

  self->position = record->position;
  if (event != NULL && leyden_webhook_wants (self->hook, event->event, event->state))
    g_ptr_array_add (events, event);
  else if (event != NULL)
    leyden_logged_event_free (event);
}

/* ---- Catching up ---- */

static void
page_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(LeydenTarget) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);
  Adding *adding;

  self->reading = FALSE;
  if (self->owner == NULL)
    return;
  if (records == NULL)
    {
      g_message ("Events for webhook “%s” cannot be read: %s", self->hook->name, error->message);
      return;
    }
  adding = adding_new (self);
  adding->page = TRUE;
  adding->last = records->len < PAGE;
  for (guint i = 0; i < records->len; i++)
    look_at (self, g_ptr_array_index (records, i), adding->events);
  adding->position = self->position;
  if (adding->events->len == 0)
    {
      gboolean last = adding->last;

      adding_free (adding);
      if (self->position - self->noted >= NOTE_RECORDS)
        leyden_target_note (self);
      end_page (self, last);
      return;
    }
  self->reading = TRUE;
  add (adding);
}

void
leyden_target_catch_up (LeydenTarget *self)
{
  self->catching = TRUE;
  if (self->owner == NULL || self->owner->stopped || self->reading || self->n_waiting + PAGE > self->owner->max_waiting)
    return;
  self->reading = TRUE;
  leyden_store_read_run_async (LEYDEN_STORE (self->owner->store), NULL, self->position, PAGE, self->owner->cancellable, page_read_cb,
                               leyden_target_ref (self));
}

/* ---- What is committed ---- */

static void
follow (LeydenTarget *self,
        GPtrArray    *records)
{
  LeydenRecord *last = g_ptr_array_index (records, records->len - 1);
  Adding *adding;

  self->newest = MAX (self->newest, last->position);
  if (self->catching)
    {
      /* Unless it is under way it could not be read, or not be kept. */
      leyden_target_catch_up (self);
      return;
    }
  if (self->n_waiting + (gint64) records->len > self->owner->max_waiting)
    {
      leyden_target_catch_up (self);
      return;
    }
  adding = adding_new (self);
  for (guint i = 0; i < records->len; i++)
    if (((LeydenRecord *) g_ptr_array_index (records, i))->position > self->position)
      look_at (self, g_ptr_array_index (records, i), adding->events);
  adding->position = self->position;
  if (adding->events->len > 0)
    {
      add (adding);
      return;
    }
  adding_free (adding);
  if (self->position - self->noted >= NOTE_RECORDS)
    leyden_target_note (self);
}

static void
committed_cb (LeydenStore    *store,
              GPtrArray      *records,
              LeydenWebhooks *self)
{
  g_autoptr(GPtrArray) targets = NULL;
  GHashTableIter iter;
  gpointer value;

  if (records->len == 0)
    return;
  targets = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_target_unref);
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (leyden_events_wants_log (((LeydenTarget *) value)->hook))
      g_ptr_array_add (targets, leyden_target_ref (value));
  for (guint i = 0; i < targets->len; i++)
    follow (g_ptr_array_index (targets, i), records);
}

/* Without anybody who wants to know, runs cost nothing more. */
void
leyden_webhooks_listen (LeydenWebhooks *self)
{
  gboolean wanted = FALSE;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->targets);
  while (!self->stopped && g_hash_table_iter_next (&iter, NULL, &value))
    wanted = wanted || leyden_events_wants_log (((LeydenTarget *) value)->hook);
  if (wanted && self->committed == 0)
    self->committed = g_signal_connect (self->store, "committed", G_CALLBACK (committed_cb), self);
  else if (!wanted && self->committed != 0)
    g_clear_signal_handler (&self->committed, self->store);
}

/* ---- Runs and experiments ---- */

typedef struct
{
  GPtrArray *addings;           /* one a webhook */
} Look;

static void
look_free (gpointer data)
{
  Look *self = data;

  g_ptr_array_unref (self->addings);
  g_free (self);
}

static gboolean
look_for_ends (sqlite3   *db,
               gpointer   data,
               GError   **error)
{
  Look *self = data;

  for (guint i = 0; i < self->addings->len; i++)
    {
      Adding *adding = g_ptr_array_index (self->addings, i);

      if (!leyden_events_add_ends (db, adding->hook, adding->source, adding->now_ns, &adding->n_added, error))
        return FALSE;
    }
  return TRUE;
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(LeydenWebhooks) self = user_data;
  Look *look = leyden_sqlite_store_change_get_data (result);
  g_autoptr(GError) error = NULL;

  self->looking = FALSE;
  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    g_message ("Runs that ended cannot be looked for: %s", error->message);
  for (guint i = 0; error == NULL && i < look->addings->len; i++)
    {
      Adding *adding = g_ptr_array_index (look->addings, i);

      adding->target->n_waiting += adding->n_added;
      leyden_target_pump (adding->target);
    }
  if (self->look_again)
    leyden_webhooks_poke (self);
}

void
leyden_webhooks_look_now (LeydenWebhooks *self)
{
  GHashTableIter iter;
  gpointer value;
  Look *look;

  if (self->stopped)
    return;
  self->look_again = self->looking;
  if (self->looking)
    return;
  look = g_new0 (Look, 1);
  look->addings = g_ptr_array_new_with_free_func (adding_free);
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (leyden_events_wants_ends (((LeydenTarget *) value)->hook))
      g_ptr_array_add (look->addings, adding_new (value));
  if (look->addings->len == 0)
    {
      look_free (look);
      return;
    }
  self->looking = TRUE;
  leyden_sqlite_store_change_async (self->store, "outbox", look_for_ends, look, look_free, looked_cb, g_object_ref (self));
}

static gboolean
look_cb (gpointer data)
{
  LeydenWebhooks *self = data;

  g_clear_pointer (&self->look, g_source_unref);
  leyden_webhooks_look_now (self);
  return G_SOURCE_REMOVE;
}

void
leyden_webhooks_poke (LeydenWebhooks *self)
{
  g_return_if_fail (LEYDEN_IS_WEBHOOKS (self));

  if (self->stopped || self->look != NULL || g_hash_table_size (self->targets) == 0)
    return;
  self->look = g_timeout_source_new (LOOK_MS);
  g_source_set_callback (self->look, look_cb, self, NULL);
  g_source_attach (self->look, g_main_context_get_thread_default ());
}
