/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chooser.h"
#include "leyden-compare-view.h"
#include "leyden-debug-panel.h"
#include "leyden-fuzzy.h"
#include "leyden-rollout-peers.h"
#include "leyden-session.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

/* Ways to a comparison: win.compare-rollouts (both), win.compare-with (one: the other is chosen), win.compare-runs (the item is chosen), win.compare (the one in
 * the debugger). */

#define MAX_CHOICES 100

typedef struct
{
  LeydenWindow *window;
  char         *rollout;                /* NULL: pairs of two runs */
  LeydenValue  *list;
} Choosing;

static void
choosing_free (gpointer data)
{
  Choosing *self = data;

  g_object_unref (self->window);
  g_free (self->rollout);
  g_clear_pointer (&self->list, leyden_value_unref);
  g_free (self);
}

static void
compare (LeydenWindow *self,
         const char   *a,
         const char   *b)
{
  LeydenFlow *flow = self->tab != NULL && self->tab->document != NULL ? leyden_document_get_flow (self->tab->document) : NULL;

  gtk_window_present (GTK_WINDOW (leyden_compare_window_new (GTK_WINDOW (self), leyden_session_get_default (), a, b, flow)));
}

void
leyden_window_compare_following (LeydenWindow      *self,
                                 const char        *a,
                                 LeydenRolloutView *view)
{
  LeydenFlow *flow = self->tab != NULL && self->tab->document != NULL ? leyden_document_get_flow (self->tab->document) : NULL;

  if (view != NULL)
    gtk_window_present (GTK_WINDOW (leyden_compare_window_new_following (GTK_WINDOW (self), a, view, flow)));
}

/* --- choosing --- */

/* "Succeeded, reward 1.00, 26/11/26 10:12" */
static char *
describe_row (LeydenValue *row)
{
  double reward = leyden_value_get_member_double (row, "reward", NAN);
  gint64 started = leyden_value_get_member_int (row, "started_ns", 0);
  g_autoptr(GDateTime) time = started > 0 ? g_date_time_new_from_unix_local (started / 1000000000) : NULL;
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%x %X") : g_strdup ("");
  const char *state = leyden_state_title (leyden_value_get_member_string (row, "state", ""));

  if (isfinite (reward))
    /* Translators: state of a rollout, its reward, when it began. */
    return g_strdup_printf (_("%s · reward %.3f · %s"), state, reward, when);
  return g_strdup_printf ("%s · %s", state, when);
}

static LeydenChoice *
make_choice (Choosing *self,
             guint     index)
{
  LeydenValue *entry = leyden_value_get_item (self->list, index);
  g_autofree char *id = g_strdup_printf ("%u", index);
  g_autofree char *title = NULL;
  g_autofree char *detail = NULL;

  if (self->rollout == NULL)
    {
      g_autofree char *a = describe_row (leyden_value_get_member (entry, "a"));
      g_autofree char *b = describe_row (leyden_value_get_member (entry, "b"));

      title = leyden_text_display (leyden_value_get_member_string (entry, "item", ""), -1, 60, FALSE);
      detail = g_strdup_printf ("%s ⟶ %s", a, b);
    }
  else
    {
      title = leyden_text_display (leyden_value_get_member_string (leyden_value_get_member (entry, "run"), "title", ""), -1, 60, FALSE);
      detail = describe_row (leyden_value_get_member (entry, "rollout"));
    }
  return leyden_choice_new (id, title, detail, NULL, NULL);
}

static GPtrArray *
list_choices (const char *query,
              gpointer    data)
{
  Choosing *self = data;
  GPtrArray *choices = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_choice_free);

  for (guint i = 0; i < leyden_value_get_size (self->list) && choices->len < MAX_CHOICES; i++)
    {
      LeydenChoice *choice = make_choice (self, i);
      g_autofree char *text = g_strconcat (choice->title, " ", choice->detail, NULL);
      g_autofree char *folded = leyden_fuzzy_fold (text);

      if (*query == '\0' || leyden_fuzzy_score (query, folded, NULL) > 0)
        g_ptr_array_add (choices, choice);
      else
        leyden_choice_free (choice);
    }
  return choices;
}

static void
take_choice (const char *id,
             gpointer    data)
{
  Choosing *self = data;
  LeydenValue *entry = leyden_value_get_item (self->list, (guint) g_ascii_strtoull (id, NULL, 10));
  LeydenValue *a = leyden_value_get_member (entry, "a"), *b = leyden_value_get_member (entry, self->rollout == NULL ? "b" : "rollout");

  if (!self->window->dismantling)
    compare (self->window, self->rollout == NULL ? leyden_value_get_member_string (a, "rollout", "") : self->rollout, leyden_value_get_member_string (b, "rollout", ""));
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Choosing *self = data;
  g_autoptr(GError) error = NULL;
  LeydenWindow *window = self->window;

  self->list = leyden_rollout_peers_finish (result, &error);
  if (window->dismantling)
    choosing_free (self);
  else if (self->list == NULL)
    {
      leyden_window_toast (window, error->message);
      choosing_free (self);
    }
  else if (leyden_value_get_size (self->list) == 0)
    {
      leyden_window_toast (window, self->rollout != NULL ? _("There is no other rollout of this item") : _("These runs have no item in common"));
      choosing_free (self);
    }
  else if (leyden_value_get_size (self->list) == 1)
    {
      take_choice ("0", self);
      choosing_free (self);
    }
  else
    gtk_window_present (GTK_WINDOW (leyden_chooser_new (GTK_WINDOW (window), self->rollout != NULL ? _("Compare With") : _("Compare Which Item"),
                                                        self->rollout != NULL ? _("Search for a rollout") : _("Search for an item"),
                                                        list_choices, take_choice, self, choosing_free)));
}

static Choosing *
choosing_new (LeydenWindow *window,
              const char   *rollout)
{
  Choosing *self = g_new0 (Choosing, 1);

  self->window = g_object_ref (window);
  self->rollout = g_strdup (rollout);
  return self;
}

/* --- actions --- */

static void
compare_with (LeydenWindow *self,
              const char   *rollout)
{
  leyden_rollout_peers_async (leyden_session_get_default (), rollout, NULL, found_cb, choosing_new (self, rollout));
}

static void
compare_rollouts_action (GSimpleAction *action,
                         GVariant      *parameter,
                         gpointer       data)
{
  const char *a, *b;

  g_variant_get (parameter, "(&s&s)", &a, &b);
  compare (data, a, b);
}

static void
compare_runs_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  const char *a, *b;

  g_variant_get (parameter, "(&s&s)", &a, &b);
  leyden_rollout_pairs_async (leyden_session_get_default (), a, b, NULL, found_cb, choosing_new (data, NULL));
}

static void
compare_with_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  compare_with (data, g_variant_get_string (parameter, NULL));
}

static void
compare_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  LeydenWindow *self = data;
  GtkWidget *panel = self->tab != NULL && self->tab->panel != NULL ? leyden_bottom_panel_get_child (self->tab->panel, "debug") : NULL;
  LeydenRolloutView *view = panel != NULL ? leyden_debug_panel_get_view (LEYDEN_DEBUG_PANEL (panel)) : NULL;
  LeydenValue *fork = view != NULL ? leyden_value_get_member (leyden_rollout_view_get_state (view), "fork") : NULL;
  const char *origin = leyden_value_get_member_string (fork, "rollout", NULL);

  /* There is no doubt what a fork is to be compared with. */
  if (origin != NULL)
    compare (self, origin, leyden_rollout_view_get_rollout (view));
  else if (view != NULL)
    compare_with (self, leyden_rollout_view_get_rollout (view));
  else
    leyden_window_toast (self, _("Look at a rollout in the debugger first"));
}

void
leyden_window_add_compare (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "compare", .activate = compare_action },
    { .name = "compare-with", .activate = compare_with_action, .parameter_type = "s" },
    { .name = "compare-rollouts", .activate = compare_rollouts_action, .parameter_type = "(ss)" },
    { .name = "compare-runs", .activate = compare_runs_action, .parameter_type = "(ss)" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
