/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-coroutine.h"

struct _LeydenCoroutine
{
  char       *name;
  void      (*run) (gpointer data);
  gpointer    data;
  GThread    *thread;           /* NULL before the first resume */
  GMutex      mutex;
  GCond       cond;
  gboolean    inside;           /* whose turn it is */
  gboolean    ended;
};

LeydenCoroutine *
leyden_coroutine_new (const char *name,
                      void      (*run) (gpointer data),
                      gpointer    data)
{
  LeydenCoroutine *self = g_new0 (LeydenCoroutine, 1);

  self->name = g_strdup (name);
  self->run = run;
  self->data = data;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

void
leyden_coroutine_free (LeydenCoroutine *self)
{
  if (self == NULL)
    return;
  g_assert (self->thread == NULL || self->ended);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->name);
  g_free (self);
}

static void
wait_for_turn (LeydenCoroutine *self,
               gboolean         inside)
{
  while (self->inside != inside)
    g_cond_wait (&self->cond, &self->mutex);
}

static void
give_turn (LeydenCoroutine *self,
           gboolean         inside)
{
  self->inside = inside;
  g_cond_broadcast (&self->cond);
}

static gpointer
thread_main (gpointer data)
{
  LeydenCoroutine *self = data;

  g_mutex_lock (&self->mutex);
  wait_for_turn (self, TRUE);
  g_mutex_unlock (&self->mutex);
  self->run (self->data);
  g_mutex_lock (&self->mutex);
  self->ended = TRUE;
  give_turn (self, FALSE);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

void
leyden_coroutine_resume (LeydenCoroutine *self)
{
  g_return_if_fail (!self->ended);

  if (self->thread == NULL)
    self->thread = g_thread_new (self->name, thread_main, self);
  g_mutex_lock (&self->mutex);
  give_turn (self, TRUE);
  wait_for_turn (self, FALSE);
  g_mutex_unlock (&self->mutex);
}

void
leyden_coroutine_yield (LeydenCoroutine *self)
{
  g_return_if_fail (g_thread_self () == self->thread);

  g_mutex_lock (&self->mutex);
  give_turn (self, FALSE);
  wait_for_turn (self, TRUE);
  g_mutex_unlock (&self->mutex);
}

gboolean
leyden_coroutine_has_ended (LeydenCoroutine *self)
{
  return self->ended;
}
