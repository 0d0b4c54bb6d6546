/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-mailbox.h"

typedef struct
{
  LeydenHttpLetterFunc deliver;
  LeydenHttpLetterFunc discard;
  gpointer letter;
} Letter;

struct _LeydenHttpMailbox
{
  GMutex lock;
  GQueue letters;
  gboolean closed;
  GSource *source;
  guint max_batch;
  void (*after) (gpointer data);
  gpointer data;
};

static void
letter_discard (Letter *letter)
{
  if (letter->discard != NULL)
    letter->discard (letter->letter);
  g_free (letter);
}

static Letter *
take_letter (LeydenHttpMailbox *self)
{
  Letter *letter;

  g_mutex_lock (&self->lock);
  letter = g_queue_pop_head (&self->letters);
  g_mutex_unlock (&self->lock);
  return letter;
}

static gboolean
deliver_cb (gpointer user_data)
{
  LeydenHttpMailbox *self = user_data;
  guint n_left = self->max_batch != 0 ? self->max_batch : G_MAXUINT;
  g_autoptr(GSource) source = g_source_ref (self->source);
  Letter *letter = NULL;

  /* Disarmed before the letters are taken: a post in between arms it again. */
  g_source_set_ready_time (source, -1);
  while (n_left-- > 0 && !g_source_is_destroyed (source) && (letter = take_letter (self)) != NULL)
    {
      letter->deliver (letter->letter);
      letter_discard (letter);
    }
  if (g_source_is_destroyed (source))
    return G_SOURCE_REMOVE;
  if (letter != NULL)
    g_source_set_ready_time (source, 0);
  if (self->after != NULL)
    self->after (self->data);
  return G_SOURCE_CONTINUE;
}

static gboolean
mailbox_dispatch (GSource     *source,
                  GSourceFunc  callback,
                  gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs mailbox_funcs = { NULL, NULL, mailbox_dispatch, NULL, NULL, NULL };

LeydenHttpMailbox *
leyden_http_mailbox_new (GMainContext *context,
                         guint         max_batch,
                         gboolean      may_recurse,
                         void        (*after) (gpointer data),
                         gpointer      data)
{
  LeydenHttpMailbox *self = g_new0 (LeydenHttpMailbox, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->letters);
  self->max_batch = max_batch;
  self->after = after;
  self->data = data;
  self->source = g_source_new (&mailbox_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "[leyden] http mailbox");
  /* A handler may turn its own loop. Elsewhere a source that blocks itself saves a wake-up each time it is disarmed. */
  g_source_set_can_recurse (self->source, may_recurse);
  g_source_set_callback (self->source, deliver_cb, self, NULL);
  g_source_attach (self->source, context);
  return self;
}

gboolean
leyden_http_mailbox_post (LeydenHttpMailbox    *self,
                          LeydenHttpLetterFunc  deliver,
                          LeydenHttpLetterFunc  discard,
                          gpointer              data)
{
  Letter *letter = g_new (Letter, 1);
  gboolean closed, first;

  *letter = (Letter) { deliver, discard, data };
  g_mutex_lock (&self->lock);
  closed = self->closed;
  first = g_queue_is_empty (&self->letters);
  if (!closed)
    {
      g_queue_push_tail (&self->letters, letter);
      /* Under the lock, so that close() cannot destroy the source in between. */
      if (first)
        g_source_set_ready_time (self->source, 0);
    }
  g_mutex_unlock (&self->lock);
  if (closed)
    letter_discard (letter);
  return !closed;
}

void
leyden_http_mailbox_flush (LeydenHttpMailbox *self)
{
  Letter *letter;

  while ((letter = take_letter (self)) != NULL)
    {
      letter->deliver (letter->letter);
      letter_discard (letter);
    }
}

void
leyden_http_mailbox_close (LeydenHttpMailbox *self)
{
  GQueue left = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  if (!self->closed)
    g_source_destroy (self->source);
  self->closed = TRUE;
  left = self->letters;
  g_queue_init (&self->letters);
  g_mutex_unlock (&self->lock);
  g_queue_clear_full (&left, (GDestroyNotify) letter_discard);
}

void
leyden_http_mailbox_free (LeydenHttpMailbox *self)
{
  leyden_http_mailbox_close (self);
  g_source_unref (self->source);
  g_mutex_clear (&self->lock);
  g_free (self);
}
