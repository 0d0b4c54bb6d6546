/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-attempts.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-experiment-parts.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

/* More are not told apart by who reads them. */
#define MAX_ATTEMPTS 50

/* A record that is known. */
typedef struct
{
  guint64  sequence;
  gint64   time_ns;
  char    *attempt;
} Place;

typedef struct
{
  Place first;
  Place last;
} Attempt;

/*
 * ask (first) ──► ask (last) ──► one attempt: show
 *                     └──► halve: between @low, of the attempt that is looked at, and @high, of a later one
 *                            ├─ not beside each other ──► ask (middle) ──► halve
 *                            └─ beside each other: the next attempt begins at @high ──► halve, or show
 */
struct _LeydenRolloutAttempts
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  char              *known;             /* what the list is of: the newest attempt, and the state */
  guint              search;            /* the one whose answers count */
  GArray            *attempts;          /* Attempt */
  Place              low;
  Place              high;
  Place              last;
  GtkWidget         *box;
  GtkWidget         *list;
};

G_DEFINE_FINAL_TYPE (LeydenRolloutAttempts, leyden_rollout_attempts, GTK_TYPE_WIDGET)

static void
place_set (Place       *self,
           const Place *other)
{
  char *attempt = other != NULL ? g_strdup (other->attempt) : NULL;

  g_free (self->attempt);
  *self = other != NULL ? *other : (Place) { 0 };
  self->attempt = attempt;
}

static void
attempt_clear (gpointer data)
{
  Attempt *self = data;

  g_free (self->first.attempt);
  g_free (self->last.attempt);
}

static Attempt *
get_newest (LeydenRolloutAttempts *self)
{
  return &g_array_index (self->attempts, Attempt, self->attempts->len - 1);
}

/* --- the list --- */

static char *
format_title (const char *attempt)
{
  char *end;
  guint64 n = g_ascii_strtoull (attempt, &end, 10);
  g_autofree char *shown = NULL;

  /* Ours are counted from 0, those of others are any text. */
  if (*attempt != '\0' && *end == '\0' && n < 100000)
    return g_strdup_printf (_("Attempt %u"), (guint) n + 1);
  shown = leyden_text_display (attempt, -1, 40, FALSE);
  return g_strdup_printf (_("Attempt “%s”"), shown);
}

/* The last that came in it; NAN: none. */
static double
find_reward (LeydenRolloutAttempts *self,
             const char            *attempt)
{
  LeydenValue *rewards = leyden_value_get_member (leyden_rollout_view_get_state (self->view), "rewards");

  for (guint i = leyden_value_get_size (rewards); i-- > 0;)
    {
      LeydenValue *reward = leyden_value_get_item (rewards, i);

      if (g_str_equal (leyden_value_get_member_string (reward, "attempt", "0"), attempt))
        return leyden_value_get_member_double (reward, "value", NAN);
    }
  return NAN;
}

static char *
format_details (LeydenRolloutAttempts *self,
                const Attempt         *attempt)
{
  g_autoptr(GDateTime) begin = g_date_time_new_from_unix_local (attempt->first.time_ns / G_GINT64_CONSTANT (1000000000));
  g_autofree char *time = begin != NULL ? g_date_time_format (begin, "%x %X") : g_strdup ("–");
  g_autofree char *duration = leyden_format_duration (MAX (attempt->last.time_ns - attempt->first.time_ns, 0) / 1e6);
  double reward = find_reward (self, attempt->first.attempt);
  GString *text = g_string_new (NULL);

  /* Translators: when an attempt began, how long it took, and from which to which record of the log it is. */
  g_string_printf (text, _("%s · %s · records %u to %u"), time, duration, (guint) MIN (attempt->first.sequence, G_MAXUINT),
                   (guint) MIN (attempt->last.sequence, G_MAXUINT));
  if (isfinite (reward))
    {
      g_autofree char *number = g_strdup_printf ("%.3f", reward);

      g_string_append_printf (text, _(" · reward %s"), number);
    }
  return g_string_free (text, FALSE);
}

static void
show (LeydenRolloutAttempts *self)
{
  const char *state = leyden_value_get_member_string (leyden_rollout_view_get_state (self->view), "state", "");
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < self->attempts->len; i++)
    {
      const Attempt *attempt = &g_array_index (self->attempts, Attempt, i);
      gboolean newest = i + 1 == self->attempts->len;
      g_autofree char *title = format_title (attempt->first.attempt), *details = format_details (self, attempt);
      GtkWidget *row = adw_action_row_new (), *end = gtk_label_new (newest ? leyden_state_title (state) : _("Taken over"));

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), details);
      gtk_widget_add_css_class (end, "dim-label");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), end);
      gtk_list_box_append (GTK_LIST_BOX (self->list), row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self), self->attempts->len > 1);
}

/* --- finding them --- */

typedef struct
{
  LeydenRolloutAttempts *self;
  guint                  search;
  guint64                sequence;
} Asked;

static void halve (LeydenRolloutAttempts *self);
static void ask   (LeydenRolloutAttempts *self, guint64 sequence);

static void
begin_attempt (LeydenRolloutAttempts *self,
               const Place           *first)
{
  Attempt attempt = { { 0 }, { 0 } };

  place_set (&attempt.first, first);
  place_set (&attempt.last, first);
  g_array_append_val (self->attempts, attempt);
  place_set (&self->low, first);
}

static void
end_search (LeydenRolloutAttempts *self)
{
  place_set (&get_newest (self)->last, &self->last);
  show (self);
}

static void
halve (LeydenRolloutAttempts *self)
{
  if (self->high.sequence > self->low.sequence + 1)
    {
      ask (self, self->low.sequence + (self->high.sequence - self->low.sequence) / 2);
      return;
    }
  place_set (&get_newest (self)->last, &self->low);
  begin_attempt (self, &self->high);
  if (g_str_equal (self->high.attempt, self->last.attempt) || self->attempts->len >= MAX_ATTEMPTS)
    {
      end_search (self);
      return;
    }
  place_set (&self->high, &self->last);
  halve (self);
}

static void
take (LeydenRolloutAttempts *self,
      const Place           *place)
{
  if (self->attempts->len == 0)
    {
      begin_attempt (self, place);
      ask (self, MAX (leyden_rollout_view_get_last (self->view), 1));
      return;
    }
  if (self->last.attempt == NULL)
    {
      place_set (&self->last, place);
      place_set (&self->high, place);
      if (g_str_equal (place->attempt, self->low.attempt))
        end_search (self);
      else
        halve (self);
      return;
    }
  place_set (g_str_equal (place->attempt, self->low.attempt) ? &self->low : &self->high, place);
  halve (self);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Asked *asked = data;
  g_autoptr(LeydenRolloutAttempts) self = asked->self;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *record = leyden_value_get_item (leyden_value_get_member (answer, "records"), 0);
  Place place = { asked->sequence, leyden_value_get_member_int (record, "time", 0), (char *) leyden_value_get_member_string (record, "attempt", "0") };

  if (asked->search != self->search || self->view == NULL)
    return;
  /* Without an answer it is looked for again when something has changed. */
  if (record == NULL)
    g_clear_pointer (&self->known, g_free);
  else
    take (self, &place);
}

static void
ask (LeydenRolloutAttempts *self,
     guint64                sequence)
{
  g_autofree char *tail = g_strdup_printf ("/records?after=%" PRIu64 "&limit=1", sequence - 1);
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked) { g_object_ref (self), self->search, sequence };
  leyden_rollout_view_request (self->view, "GET", tail, NULL, received_cb, asked);
}

static void
forget (LeydenRolloutAttempts *self)
{
  self->search++;
  g_array_set_size (self->attempts, 0);
  place_set (&self->low, NULL);
  place_set (&self->high, NULL);
  place_set (&self->last, NULL);
}

/* The first has nothing before it. */
static void
state_cb (LeydenRolloutAttempts *self)
{
  LeydenValue *state = leyden_rollout_view_get_state (self->view);
  const char *attempt = leyden_value_get_member_string (state, "attempt", "0");
  g_autofree char *known = g_strconcat (attempt, "\n", leyden_value_get_member_string (state, "state", ""), NULL);

  if (g_str_equal (attempt, "0") || leyden_rollout_view_get_last (self->view) == 0 || g_strcmp0 (known, self->known) == 0)
    return;
  g_free (self->known);
  self->known = g_steal_pointer (&known);
  forget (self);
  ask (self, 1);
}

void
leyden_rollout_attempts_set_view (LeydenRolloutAttempts *self,
                                  LeydenRolloutView     *view)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_ATTEMPTS (self) && (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view)));

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  g_clear_pointer (&self->known, g_free);
  forget (self);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  if (view == NULL)
    return;
  g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  state_cb (self);
}

/* --- class --- */

static void
leyden_rollout_attempts_dispose (GObject *object)
{
  LeydenRolloutAttempts *self = LEYDEN_ROLLOUT_ATTEMPTS (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_clear_pointer (&self->known, g_free);
  forget (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_rollout_attempts_parent_class)->dispose (object);
}

static void
leyden_rollout_attempts_finalize (GObject *object)
{
  g_array_unref (LEYDEN_ROLLOUT_ATTEMPTS (object)->attempts);
  G_OBJECT_CLASS (leyden_rollout_attempts_parent_class)->finalize (object);
}

static void
leyden_rollout_attempts_class_init (LeydenRolloutAttemptsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_rollout_attempts_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_rollout_attempts_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_rollout_attempts_init (LeydenRolloutAttempts *self)
{
  self->attempts = g_array_new (FALSE, FALSE, sizeof (Attempt));
  g_array_set_clear_func (self->attempts, attempt_clear);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Attempts"), -1);
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("Attempts"), "heading"));
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
leyden_rollout_attempts_new (void)
{
  return g_object_new (LEYDEN_TYPE_ROLLOUT_ATTEMPTS, NULL);
}
