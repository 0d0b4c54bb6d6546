/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-deadlines.h"

void
leyden_http_deadlines_init (LeydenHttpDeadlines *self,
                            guint                interval_ms)
{
  g_queue_init (&self->waiting);
  self->interval_us = (gint64) interval_ms * 1000;
}

void
leyden_http_deadline_start (LeydenHttpDeadline  *self,
                            LeydenHttpDeadlines *list,
                            gint64               now_us,
                            gpointer             owner)
{
  leyden_http_deadline_stop (self);
  if (list->interval_us == 0)
    return;
  self->at_us = now_us + list->interval_us;
  self->list = list;
  self->link.data = owner;
  g_queue_push_tail_link (&list->waiting, &self->link);
}

void
leyden_http_deadline_stop (LeydenHttpDeadline *self)
{
  if (self->list == NULL)
    return;
  g_queue_unlink (&self->list->waiting, &self->link);
  self->list = NULL;
}

gpointer
leyden_http_deadlines_pop_expired (LeydenHttpDeadlines *self,
                                   gint64               now_us)
{
  GList *first = g_queue_peek_head_link (&self->waiting);
  LeydenHttpDeadline *deadline;

  if (first == NULL)
    return NULL;
  deadline = (LeydenHttpDeadline *) (void *) ((char *) first - G_STRUCT_OFFSET (LeydenHttpDeadline, link));
  if (deadline->at_us > now_us)
    return NULL;
  leyden_http_deadline_stop (deadline);
  return first->data;
}

gint64
leyden_http_deadlines_get_next (LeydenHttpDeadlines *self)
{
  GList *first = g_queue_peek_head_link (&self->waiting);

  if (first == NULL)
    return -1;
  return ((LeydenHttpDeadline *) (void *) ((char *) first - G_STRUCT_OFFSET (LeydenHttpDeadline, link)))->at_us;
}
