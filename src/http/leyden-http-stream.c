/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-server-private.h"

#include <string.h>

/* What a proxied download waits for before it goes on. */
#define LOW_WATER ((gsize) 256 * 1024)

struct _LeydenHttpStream
{
  gatomicrefcount refs;
  LeydenHttpCore *core;
  gboolean events;                      /* text/event-stream: gets heartbeats */
  LeydenHttpConnection *connection;     /* server thread only; NULL before the answer began and after its end */

  GMutex lock;                          /* below */
  guint n_users;
  GQueue waiting;                       /* (element-type GBytes) */
  gsize offset;                         /* into the first */
  gsize n_pending;
  gboolean closed;                      /* by the user: ends when all is out */
  gboolean cut;
  gboolean told;                        /* the closed callback was, or need not be, called */
  gboolean waking;                      /* a letter to the server thread is on its way */
  gboolean draining;                    /* the drained callback is owed */
  gboolean between_events;              /* all that was queued ends with an empty line */
  void (*closed_cb) (LeydenHttpStream *stream, gpointer data);
  gpointer closed_data;
  void (*drained_cb) (LeydenHttpStream *stream, gpointer data);
  gpointer drained_data;
};

LeydenHttpStream *
leyden_http_stream_new (LeydenHttpCore *core,
                        gboolean        events)
{
  LeydenHttpStream *self = g_new0 (LeydenHttpStream, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_queue_init (&self->waiting);
  self->core = leyden_http_core_ref (core);
  self->events = events;
  self->n_users = 1;
  self->between_events = TRUE;
  return self;
}

void
leyden_http_stream_hold (LeydenHttpStream *self)
{
  g_atomic_ref_count_inc (&self->refs);
}

void
leyden_http_stream_release (LeydenHttpStream *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_mutex_clear (&self->lock);
  leyden_http_core_unref (self->core);
  g_free (self);
}

LeydenHttpStream *
leyden_http_stream_ref (LeydenHttpStream *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_mutex_lock (&self->lock);
  self->n_users++;
  g_mutex_unlock (&self->lock);
  leyden_http_stream_hold (self);
  return self;
}

void
leyden_http_stream_unref (LeydenHttpStream *self)
{
  gboolean last;

  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->lock);
  last = --self->n_users == 0;
  g_mutex_unlock (&self->lock);
  if (last)
    leyden_http_stream_close (self);
  leyden_http_stream_release (self);
}

/* Letters to the handlers' context carry a user's reference, so that the callback may do what it likes with the stream. */
static void
tell_closed_cb (gpointer letter)
{
  LeydenHttpStream *self = letter;
  void (*callback) (LeydenHttpStream *stream, gpointer data);
  gpointer data;

  g_mutex_lock (&self->lock);
  callback = self->told ? NULL : self->closed_cb;
  data = self->closed_data;
  self->told |= callback != NULL;
  g_mutex_unlock (&self->lock);
  if (callback != NULL)
    callback (self, data);
}

static void
tell_drained_cb (gpointer letter)
{
  LeydenHttpStream *self = letter;
  void (*callback) (LeydenHttpStream *stream, gpointer data);
  gpointer data;

  g_mutex_lock (&self->lock);
  callback = self->cut ? NULL : self->drained_cb;
  data = self->drained_data;
  g_mutex_unlock (&self->lock);
  if (callback != NULL)
    callback (self, data);
}

/* With the lock held; the caller posts when this says so. */
static gboolean
wants_telling_locked (LeydenHttpStream *self)
{
  if (self->told || self->closed_cb == NULL || self->n_users == 0)
    return FALSE;
  self->n_users++;
  leyden_http_stream_hold (self);
  return TRUE;
}

static void
post_closed (LeydenHttpStream *self)
{
  leyden_http_mailbox_post (self->core->to_handlers, tell_closed_cb,
                            (LeydenHttpLetterFunc) leyden_http_stream_unref, self);
}

static void
woken_cb (gpointer letter)
{
  LeydenHttpStream *self = letter;

  g_mutex_lock (&self->lock);
  self->waking = FALSE;
  g_mutex_unlock (&self->lock);
  if (self->connection != NULL)
    leyden_http_connection_wake (self->connection);
}

/* With the lock held: takes a reference when a letter is to be posted. */
static gboolean
wants_waking_locked (LeydenHttpStream *self)
{
  if (self->waking)
    return FALSE;
  self->waking = TRUE;
  leyden_http_stream_hold (self);
  return TRUE;
}

static void
post_wake (LeydenHttpStream *self)
{
  leyden_http_mailbox_post (self->core->to_server, woken_cb,
                            (LeydenHttpLetterFunc) leyden_http_stream_release, self);
}

static void
drop_waiting_locked (LeydenHttpStream *self)
{
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  self->n_pending = 0;
  self->offset = 0;
}

void
leyden_http_stream_cut (LeydenHttpStream *self)
{
  gboolean tell = FALSE;

  g_mutex_lock (&self->lock);
  if (!self->cut)
    {
      self->cut = TRUE;
      drop_waiting_locked (self);
      tell = !self->closed && wants_telling_locked (self);
    }
  g_mutex_unlock (&self->lock);
  if (tell)
    post_closed (self);
}

void
leyden_http_stream_wind_up (LeydenHttpStream *self)
{
  gboolean tell = FALSE;

  g_mutex_lock (&self->lock);
  if (!self->closed && !self->cut)
    {
      self->closed = TRUE;
      tell = wants_telling_locked (self);
    }
  g_mutex_unlock (&self->lock);
  if (tell)
    post_closed (self);
}

void
leyden_http_stream_attach (LeydenHttpStream     *self,
                           LeydenHttpConnection *connection)
{
  self->connection = connection;
}

gboolean
leyden_http_stream_is_attached (LeydenHttpStream *self)
{
  return self->connection != NULL;
}

gboolean
leyden_http_stream_has_events (LeydenHttpStream *self)
{
  return self->events;
}

static gsize
copy_locked (LeydenHttpStream *self,
             char             *buffer,
             gsize             max)
{
  gsize n = 0;
  GBytes *first;

  while (n < max && (first = g_queue_peek_head (&self->waiting)) != NULL)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (first, &length);
      gsize part = MIN (max - n, length - self->offset);

      memcpy (buffer + n, bytes + self->offset, part);
      n += part;
      self->offset += part;
      if (self->offset == length)
        {
          g_bytes_unref (g_queue_pop_head (&self->waiting));
          self->offset = 0;
        }
    }
  self->n_pending -= n;
  return n;
}

gssize
leyden_http_stream_read (LeydenHttpStream *self,
                         char             *buffer,
                         gsize             max)
{
  gssize result;
  gboolean drained;

  g_mutex_lock (&self->lock);
  if (self->cut)
    result = LEYDEN_HTTP_STREAM_CUT;
  else if (self->n_pending > 0)
    result = (gssize) copy_locked (self, buffer, max);
  else
    result = self->closed ? LEYDEN_HTTP_STREAM_END : LEYDEN_HTTP_STREAM_WAIT;
  drained = self->draining && self->n_pending < LOW_WATER && self->n_users > 0;
  if (drained)
    {
      self->draining = FALSE;
      self->n_users++;
      leyden_http_stream_hold (self);
    }
  g_mutex_unlock (&self->lock);
  if (drained)
    leyden_http_mailbox_post (self->core->to_handlers, tell_drained_cb,
                              (LeydenHttpLetterFunc) leyden_http_stream_unref, self);
  return result;
}

/* Whether the event that ends with @bytes is complete; @was says so of what went before. */
static gboolean
ends_event (const char *bytes,
            gsize       length,
            gboolean    was)
{
  if (length == 0)
    return was;
  return length >= 2 && bytes[length - 1] == '\n' && bytes[length - 2] == '\n';
}

gboolean
leyden_http_stream_beat (LeydenHttpStream *self)
{
  static const char comment[] = ": keep-alive\n\n";
  gboolean beats;

  g_mutex_lock (&self->lock);
  beats = self->events && !self->closed && !self->cut && self->n_pending == 0 && self->between_events;
  if (beats)
    {
      g_queue_push_tail (&self->waiting, g_bytes_new_static (comment, strlen (comment)));
      self->n_pending += strlen (comment);
    }
  g_mutex_unlock (&self->lock);
  return beats;
}

gboolean
leyden_http_stream_write (LeydenHttpStream *self,
                          GBytes           *bytes)
{
  gsize length;
  const char *data;
  gboolean wake = FALSE, tell = FALSE, written = FALSE;

  g_return_val_if_fail (self != NULL && bytes != NULL, FALSE);

  data = g_bytes_get_data (bytes, &length);
  g_mutex_lock (&self->lock);
  if (!self->closed && !self->cut)
    {
      /* One message may be larger than the bound, but then nothing may wait before it. */
      written = self->n_pending == 0 || self->n_pending + length <= LEYDEN_HTTP_STREAM_MAX_PENDING;
      if (written && length > 0)
        {
          g_queue_push_tail (&self->waiting, g_bytes_ref (bytes));
          self->n_pending += length;
          self->draining |= self->n_pending >= LOW_WATER && self->drained_cb != NULL;
          self->between_events = ends_event (data, length, self->between_events);
        }
      else if (!written)
        {
          self->cut = TRUE;
          drop_waiting_locked (self);
          tell = wants_telling_locked (self);
        }
      wake = wants_waking_locked (self);
    }
  g_mutex_unlock (&self->lock);
  if (wake)
    post_wake (self);
  if (tell)
    post_closed (self);
  return written;
}

static void
append_field (GString    *text,
              const char *name,
              const char *value)
{
  if (value == NULL)
    return;
  g_string_append_printf (text, "%s: ", name);
  /* A field is one line, and an id with a NUL is ignored by readers. */
  for (const char *p = value; *p != '\0'; p++)
    g_string_append_c (text, *p == '\n' || *p == '\r' ? ' ' : *p);
  g_string_append_c (text, '\n');
}

/* Each line of @data, whatever its kind of break, is a field of its own. */
static void
append_data (GString    *text,
             const char *data,
             gsize       length)
{
  const char *end = data + length;

  while (TRUE)
    {
      const char *stop = data;

      while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
      g_string_append (text, "data: ");
      g_string_append_len (text, data, stop - data);
      g_string_append_c (text, '\n');
      if (stop == end)
        return;
      data = stop + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
    }
}

gboolean
leyden_http_stream_write_event (LeydenHttpStream *self,
                                const char       *id,
                                const char       *event,
                                const char       *data,
                                gssize            length)
{
  g_autoptr(GBytes) bytes = NULL;
  GString *text;

  g_return_val_if_fail (self != NULL && data != NULL, FALSE);

  if (length < 0)
    length = (gssize) strlen (data);
  text = g_string_sized_new ((gsize) length + 64);
  append_field (text, "id", id);
  append_field (text, "event", event);
  append_data (text, data, (gsize) length);
  g_string_append_c (text, '\n');
  bytes = g_string_free_to_bytes (text);
  return leyden_http_stream_write (self, bytes);
}

gsize
leyden_http_stream_get_pending (LeydenHttpStream *self)
{
  gsize n_pending;

  g_return_val_if_fail (self != NULL, 0);

  g_mutex_lock (&self->lock);
  n_pending = self->n_pending;
  g_mutex_unlock (&self->lock);
  return n_pending;
}

void
leyden_http_stream_close (LeydenHttpStream *self)
{
  gboolean wake = FALSE;

  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->lock);
  if (!self->closed && !self->cut)
    wake = wants_waking_locked (self);
  self->closed = TRUE;
  self->told = TRUE;
  g_mutex_unlock (&self->lock);
  if (wake)
    post_wake (self);
}

void
leyden_http_stream_set_closed_cb (LeydenHttpStream *self,
                                  void            (*callback) (LeydenHttpStream *stream, gpointer data),
                                  gpointer          data)
{
  gboolean tell;

  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->lock);
  self->closed_cb = callback;
  self->closed_data = data;
  /* Not too late for a client that left before there was anybody to tell. */
  tell = (self->cut || self->closed) && wants_telling_locked (self);
  g_mutex_unlock (&self->lock);
  if (tell)
    post_closed (self);
}

void
leyden_http_stream_set_drained_cb (LeydenHttpStream *self,
                                   void            (*callback) (LeydenHttpStream *stream, gpointer data),
                                   gpointer          data)
{
  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->lock);
  self->drained_cb = callback;
  self->drained_data = data;
  g_mutex_unlock (&self->lock);
}
