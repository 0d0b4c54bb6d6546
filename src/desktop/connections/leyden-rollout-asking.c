/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-view-private.h"

#include "leyden-rollout-fetch.h"
#include "leyden-rollout-parts.h"

/* A state of so many records may be large: while one moves through them, or they come, the values are left out until it rests for a moment. */
#define LARGE 2000
/* One of so many is never asked for whole: only the values of the nodes of the flow, and of the round that is looked at. */
#define HUGE_LOG 10000
#define REST_MS 250

/* At most one of them is under way. */
typedef enum
{
  ASK_ROW,
  ASK_WHOLE,
  ASK_SUMMARY,
  ASK_PLACE,                    /* the record of the position */
  ASK_VALUES,                   /* of the next of the scopes */
} Asking;

static gboolean rest_cb (gpointer data);
static void ask (LeydenRolloutView *self, Asking what);

/* A long one is never asked for whole, nor one that could not be had so. */
static gboolean
is_large (LeydenRolloutView *self)
{
  return self->last > (self->too_large ? 0 : LARGE);
}

static gboolean
is_huge (LeydenRolloutView *self)
{
  return self->too_large || self->last > HUGE_LOG;
}

static void
rest_later (LeydenRolloutView *self)
{
  if (self->rest_source == 0)
    self->rest_source = g_timeout_add (REST_MS, rest_cb, self);
}

/* While one moves on, what was passed is still shown: better late than nothing. */
static gboolean
is_late (LeydenRolloutView *self,
         guint64            position)
{
  return (position == 0) != (self->position == 0);
}

static void
take_whole (LeydenRolloutView *self,
            LeydenValue       *answer,
            guint64            position)
{
  LeydenValue *state = position == 0 ? leyden_value_get_member (answer, "state") : answer;

  if (position == 0)
    {
      leyden_rollout_view_take_row (self, answer);
      leyden_rollout_view_take_last (self, (guint64) MAX (leyden_value_get_member_int (state, "sequence", 0), 0));
    }
  if (!is_late (self, position) || (position == 0 && self->shown == 0))
    leyden_rollout_view_take_state (self, state, position, FALSE);
}

static void
take_summary (LeydenRolloutView *self,
              LeydenValue       *answer,
              guint64            position)
{
  g_autoptr(LeydenValue) state = NULL;

  leyden_rollout_view_take_last (self, (guint64) MAX (leyden_value_get_member_int (answer, "last", 0), 0));
  if (is_late (self, position))
    return;
  g_clear_pointer (&self->told, leyden_value_unref);
  self->told = leyden_value_ref (answer);
  /* What has not gone on keeps the values that are known of it. */
  state = leyden_rollout_fill_in (answer, self->parts, TRUE);
  leyden_rollout_view_take_state (self, state, position, TRUE);
  if (position == self->position)
    rest_later (self);
}

/* Of one place after the other; then all is put together. */
static void
take_values (LeydenRolloutView *self,
             LeydenValue       *answer,
             guint64            position)
{
  LeydenValue *nodes = leyden_value_get_member (answer, "nodes");
  g_autoptr(LeydenValue) state = NULL;

  if (position != self->position || self->told == NULL)
    return;
  if (self->next_scope == 0)
    g_ptr_array_set_size (self->parts, 0);
  if (nodes != NULL)
    g_ptr_array_add (self->parts, leyden_value_ref (nodes));
  if (self->scopes[++self->next_scope] != NULL)
    {
      ask (self, ASK_VALUES);
      return;
    }
  g_clear_pointer (&self->scopes, g_strfreev);
  state = leyden_rollout_fill_in (self->told, self->parts, FALSE);
  leyden_rollout_view_take_state (self, state, position, FALSE);
}

/* Of the round that @path is in, and of those around it. */
static void
begin_values (LeydenRolloutView *self,
              const char        *path)
{
  g_strfreev (self->scopes);
  self->scopes = leyden_rollout_list_scopes (path);
  self->next_scope = 0;
  g_free (self->scope);
  self->scope = g_strdup (self->scopes[g_strv_length (self->scopes) - 1]);
  self->stale_scope = FALSE;
  ask (self, ASK_VALUES);
}

/* The round that the record of the position belongs to is the one that is looked at. */
static void
take_place (LeydenRolloutView *self,
            LeydenValue       *answer,
            guint64            position)
{
  LeydenValue *record = leyden_value_get_item (leyden_value_get_member (answer, "records"), 0);

  if (position == self->position)
    begin_values (self, self->picked != NULL ? self->picked : leyden_value_get_member_string (record, "node", NULL));
}

typedef struct
{
  LeydenRolloutView *view;
  guint64            position;
  Asking             what;
} Asked;

static void
asked_free (Asked *asked)
{
  g_object_unref (asked->view);
  g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
take_answer (LeydenRolloutView *self,
             const Asked       *asked,
             LeydenValue       *answer)
{
  switch (asked->what)
    {
    case ASK_ROW:
      leyden_rollout_view_take_row (self, answer);
      self->stale_state = TRUE;
      break;
    case ASK_WHOLE:
      take_whole (self, answer, asked->position);
      break;
    case ASK_SUMMARY:
      take_summary (self, answer, asked->position);
      break;
    case ASK_PLACE:
      take_place (self, answer, asked->position);
      break;
    case ASK_VALUES:
    default:
      take_values (self, answer, asked->position);
    }
}

/* Few records may be large too: what came, but could not be read whole, is asked for in parts from then on. */
static gboolean
is_too_large (const Asked  *asked,
              const GError *error)
{
  LeydenRolloutView *self = asked->view;

  return asked->what == ASK_WHOLE && !self->too_large && error->domain != LEYDEN_REMOTE_ERROR && error->domain != G_IO_ERROR
         && leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED;
}

/* Values that cannot be had are not waited for any more. */
static void
give_up (LeydenRolloutView *self,
         const Asked       *asked,
         const GError      *error)
{
  if (asked->what == ASK_VALUES)
    g_clear_pointer (&self->scope, g_free);
  if (asked->position == self->position && self->shown == self->position && self->summary)
    leyden_rollout_view_take_state (self, self->state, self->position, FALSE);
  leyden_rollout_view_fail (self, error);
}

static void
state_received_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_rollout_fetch_finish (result, &error);
  LeydenRolloutView *self = asked->view;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asking_state = FALSE;
  leyden_rollout_view_end_wait (self);
  if (answer != NULL)
    take_answer (self, asked, answer);
  else if (is_too_large (asked, error))
    self->too_large = self->stale_state = TRUE;
  else
    give_up (self, asked, error);
  if (self->stale_state && !self->asking_state)
    leyden_rollout_view_ask_state (self);
}

static char *
dup_tail (LeydenRolloutView *self,
          Asking             what)
{
  g_autofree char *until = self->position != 0 ? g_strdup_printf ("until=%" G_GUINT64_FORMAT, self->position) : g_strdup ("");
  const char *and = self->position != 0 ? "&" : "";
  g_autofree char *scope = NULL;

  switch (what)
    {
    case ASK_ROW:
      return g_strdup ("?state=false");
    case ASK_WHOLE:
      return self->position == 0 ? g_strdup ("") : g_strdup_printf ("/state?%s", until);
    case ASK_SUMMARY:
      return g_strdup_printf ("/state?%s%ssummary=true", until, and);
    case ASK_PLACE:
      return g_strdup_printf ("/records?after=%" G_GUINT64_FORMAT "&limit=1", leyden_rollout_view_get_until (self) - 1);
    case ASK_VALUES:
    default:
      scope = g_uri_escape_string (self->scopes[self->next_scope], NULL, FALSE);
      return g_strdup_printf ("/state?%s%snodes=%s", until, and, scope);
    }
}

static void
ask (LeydenRolloutView *self,
     Asking             what)
{
  Asked *asked = g_new0 (Asked, 1);
  g_autofree char *tail = dup_tail (self, what);

  self->asking_state = TRUE;
  self->stale_state = FALSE;
  asked->view = g_object_ref (self);
  asked->position = self->position;
  asked->what = what;
  if (is_huge (self) && what != ASK_ROW && what != ASK_PLACE)
    leyden_rollout_view_begin_wait (self);
  leyden_rollout_fetch_async (self, tail, self->cancellable, state_received_cb, asked);
}

/* What was asked for a position that was left is given up between two answers: the latest wish wins. */
void
leyden_rollout_view_ask_state (LeydenRolloutView *self)
{
  if (self->asking_state)
    self->stale_state = TRUE;
  else if (self->row == NULL || self->stale_row)
    ask (self, ASK_ROW);
  else
    ask (self, is_large (self) ? ASK_SUMMARY : ASK_WHOLE);
}

/* The position rests, so the values follow. */
static void
ask_values (LeydenRolloutView *self)
{
  const char *node = leyden_value_get_member_string (self->debug, "node", NULL);

  if (self->asking_state)
    {
      rest_later (self);
      return;
    }
  if (!is_huge (self))
    ask (self, ASK_WHOLE);
  else if (self->picked != NULL || (self->position == 0 && node != NULL))
    begin_values (self, self->picked != NULL ? self->picked : node);
  else
    ask (self, ASK_PLACE);
}

static gboolean
rest_cb (gpointer data)
{
  LeydenRolloutView *self = data;

  self->rest_source = 0;
  if (self->shown != self->position)
    leyden_rollout_view_ask_state (self);
  else if (self->summary || self->stale_scope)
    ask_values (self);
  return G_SOURCE_REMOVE;
}

void
leyden_rollout_view_pick_round (LeydenRolloutView *self,
                                const char        *scope)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self) && scope != NULL);

  if (!is_huge (self) || g_strcmp0 (self->stale_scope ? self->picked : self->scope, scope) == 0)
    return;
  g_free (self->picked);
  self->picked = g_strdup (scope);
  self->stale_scope = TRUE;
  rest_later (self);
}

const char *
leyden_rollout_view_get_round (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return is_huge (self) ? self->scope : NULL;
}
