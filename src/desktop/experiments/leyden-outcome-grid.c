/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-outcome-grid.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-rollout-item.h"
#include "leyden-split-box.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

#define MAX_ROWS 20000

typedef enum
{
  SHOW_DIFFERENT,
  SHOW_WON,
  SHOW_LOST,
  SHOW_ALL,
} Show;

/* One side of the comparison of a row. */
typedef struct
{
  GtkWidget *card;
  GtkWidget *title;
  GtkWidget *reward;
  GtkWidget *answer;
  GtkWidget *open;
  char      *rollout;           /* nullable */
} Side;

struct _LeydenOutcomeGrid
{
  GtkWidget           parent_instance;

  LeydenSession      *session;
  GCancellable       *cancellable;
  LeydenValue        *snapshot;         /* nullable */
  GStrv               ids;              /* of the candidates in the drop-downs */
  char               *wanted[2];        /* ids that are compared; nullable */
  char               *asked;            /* path of the last request: not asked twice */
  gboolean            updating;
  GtkWidget          *box;
  GtkWidget          *choice[2];
  GtkWidget          *split;
  GtkWidget          *show;
  GtkWidget          *counts;
  GtkWidget          *empty;
  GtkWidget          *sides_box;        /* list and detail */
  GtkWidget          *list;
  GListStore         *store;            /* LeydenRolloutItem: a row of the grid each */
  GtkFilter          *filter;
  GtkFilterListModel *filtered;
  GtkSingleSelection *selection;
  GtkWidget          *detail;
  GtkWidget          *detail_title;
  Side                side[2];
};

G_DEFINE_FINAL_TYPE (LeydenOutcomeGrid, leyden_outcome_grid, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ROLLOUT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char * const splits[] = { "test", "validation", "train" };

static const struct
{
  const char *outcome;
  const char *title;
  const char *icon;
  const char *style;
} outcomes[] = {
  { "won", N_("Won"), "go-up-symbolic", "succeeded" },
  { "lost", N_("Lost"), "go-down-symbolic", "failed" },
  { "changed", N_("Changed"), "view-refresh-symbolic", "wrong" },
  { "same", N_("Same"), "list-remove-symbolic", "" },
};

static guint
find_outcome (LeydenValue *row)
{
  const char *name = leyden_value_get_member_string (row, "outcome", "same");

  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    if (g_str_equal (outcomes[i].outcome, name))
      return i;
  return G_N_ELEMENTS (outcomes) - 1;
}

static char *
format_reward (LeydenValue *side)
{
  double reward = leyden_value_get_member_double (side, "reward", NAN);

  return isfinite (reward) && fabs (reward) <= 1e9 ? g_strdup_printf ("%.2f", reward) : g_strdup ("–");
}

/* --- the rows --- */

static gboolean
filter_cb (gpointer item,
           gpointer data)
{
  LeydenOutcomeGrid *self = data;
  const char *outcome = outcomes[find_outcome (leyden_rollout_item_get_row (item))].outcome;

  switch ((Show) gtk_drop_down_get_selected (GTK_DROP_DOWN (self->show)))
    {
    case SHOW_WON:
      return g_str_equal (outcome, "won");
    case SHOW_LOST:
      return g_str_equal (outcome, "lost");
    case SHOW_ALL:
      return TRUE;
    case SHOW_DIFFERENT:
    default:
      return !g_str_equal (outcome, "same");
    }
}

static void
setup_row_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *name = gtk_label_new (NULL), *outcome = gtk_label_new (NULL), *rewards = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_xalign (GTK_LABEL (outcome), 0);
  gtk_label_set_width_chars (GTK_LABEL (outcome), 8);
  gtk_widget_add_css_class (rewards, "numeric");
  gtk_widget_add_css_class (rewards, "dim-label");
  gtk_box_append (GTK_BOX (row), gtk_image_new ());
  gtk_box_append (GTK_BOX (row), outcome);
  gtk_box_append (GTK_BOX (row), name);
  gtk_box_append (GTK_BOX (row), rewards);
  gtk_list_item_set_child (item, row);
}

static void
bind_row_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *list_item)
{
  LeydenValue *row = leyden_rollout_item_get_row (gtk_list_item_get_item (list_item));
  GtkWidget *icon = gtk_widget_get_first_child (gtk_list_item_get_child (list_item));
  GtkWidget *outcome = gtk_widget_get_next_sibling (icon), *name = gtk_widget_get_next_sibling (outcome);
  GtkWidget *rewards = gtk_widget_get_next_sibling (name);
  guint index = find_outcome (row);
  g_autofree char *shown = leyden_text_display (leyden_value_get_member_string (row, "item", ""), -1, 60, FALSE);
  g_autofree char *before = format_reward (leyden_value_get_member (row, "a"));
  g_autofree char *after = format_reward (leyden_value_get_member (row, "b"));
  /* Kept from left to right: numbers alone take the direction of what is around them, but the arrow does not turn. */
  g_autofree char *both = g_strdup_printf ("\u2066%s → %s\u2069", before, after);

  gtk_image_set_from_icon_name (GTK_IMAGE (icon), outcomes[index].icon);
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", outcomes[index].style, NULL });
  gtk_label_set_text (GTK_LABEL (outcome), _(outcomes[index].title));
  gtk_label_set_text (GTK_LABEL (name), shown);
  gtk_label_set_text (GTK_LABEL (rewards), both);
}

/* --- both answers --- */

static char *
title_of (LeydenOutcomeGrid *self,
          const char        *id)
{
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (self->snapshot);

  for (guint i = 0; i < nodes->len; i++)
    if (g_strcmp0 (g_array_index (nodes, LeydenCandidateNode, i).id, id) == 0)
      return leyden_candidate_node_title (&g_array_index (nodes, LeydenCandidateNode, i));
  return g_strdup ("");
}

/* The one value of an output with one field, else the whole. */
static LeydenValue *
unwrap (LeydenValue *answer)
{
  return leyden_value_get_kind (answer) == LEYDEN_VALUE_OBJECT && leyden_value_get_size (answer) == 1 ? leyden_value_get_item (answer, 0) : answer;
}

static void
fill_side (LeydenOutcomeGrid *self,
           guint              which,
           LeydenValue       *value)
{
  Side *side = &self->side[which];
  g_autofree char *title = title_of (self, self->wanted[which]);
  g_autofree char *reward = format_reward (value);
  g_autofree char *reward_text = g_strdup_printf (_("Reward %s"), reward);
  LeydenValue *answer = unwrap (leyden_value_get_member (value, "answer"));
  g_autofree char *text = answer != NULL && !leyden_value_is_null (answer) ? leyden_format_value (answer, 4000) : NULL;
  const char *error = leyden_value_get_member_string (value, "error", NULL);
  g_autofree char *open = g_strdup_printf (_("Open the rollout: %s"), title);

  g_free (side->rollout);
  side->rollout = g_strdup (leyden_value_get_member_string (value, "rollout", NULL));
  gtk_label_set_text (GTK_LABEL (side->title), title);
  gtk_label_set_text (GTK_LABEL (side->reward), reward_text);
  gtk_label_set_text (GTK_LABEL (side->answer), text != NULL ? text : "");
  if (text == NULL)
    leyden_part_set_text (side->answer, error != NULL ? error : _("No answer"), 1000);
  gtk_widget_set_sensitive (side->open, side->rollout != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (side->open), GTK_ACCESSIBLE_PROPERTY_LABEL, open, -1);
}

static void
update_detail (LeydenOutcomeGrid *self)
{
  LeydenRolloutItem *item = gtk_single_selection_get_selected_item (self->selection);
  LeydenValue *row = item != NULL ? leyden_rollout_item_get_row (item) : NULL;
  g_autofree char *title = NULL;

  gtk_widget_set_visible (self->detail, row != NULL);
  if (row == NULL)
    return;
  title = leyden_text_display (leyden_value_get_member_string (row, "item", ""), -1, 120, FALSE);
  gtk_label_set_text (GTK_LABEL (self->detail_title), title);
  fill_side (self, 0, leyden_value_get_member (row, "a"));
  fill_side (self, 1, leyden_value_get_member (row, "b"));
}

static void
update_list (LeydenOutcomeGrid *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->store));
  guint n_shown = g_list_model_get_n_items (G_LIST_MODEL (self->filtered));

  gtk_widget_set_visible (self->sides_box, n_shown > 0);
  gtk_widget_set_visible (self->empty, n_shown == 0);
  gtk_label_set_text (GTK_LABEL (self->empty), n == 0 ? _("No row has been answered by both yet.") : _("No row is like that."));
  update_detail (self);
}

static void
update_counts (LeydenOutcomeGrid *self)
{
  guint counts[G_N_ELEMENTS (outcomes)] = { 0 };
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->store));
  g_autofree char *text = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (G_LIST_MODEL (self->store), i);

      counts[find_outcome (leyden_rollout_item_get_row (item))]++;
    }
  text = g_strdup_printf (_("%u won, %u lost, %u changed, %u the same"), counts[0], counts[1], counts[2], counts[3]);
  gtk_label_set_text (GTK_LABEL (self->counts), text);
  gtk_widget_set_visible (self->counts, n > 0);
}

void
leyden_outcome_grid_set_answer (LeydenOutcomeGrid *self,
                                LeydenValue       *answer)
{
  LeydenValue *rows = leyden_value_get_member (answer, "items");
  guint n = leyden_value_get_kind (rows) == LEYDEN_VALUE_LIST ? MIN (leyden_value_get_size (rows), MAX_ROWS) : 0;
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_if_fail (LEYDEN_IS_OUTCOME_GRID (self));

  for (guint i = 0; i < n; i++)
    if (leyden_value_get_kind (leyden_value_get_item (rows, i)) == LEYDEN_VALUE_OBJECT)
      g_ptr_array_add (items, leyden_rollout_item_new (leyden_value_get_item (rows, i)));
  g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)), items->pdata, items->len);
  update_counts (self);
  update_list (self);
}

/* --- asking --- */

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenOutcomeGrid) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->box == NULL)
    return;
  leyden_outcome_grid_set_answer (self, answer);
  if (answer == NULL)
    {
      g_clear_pointer (&self->asked, g_free);
      leyden_part_set_text (self->empty, error->message, 400);
    }
}

static void
ask (LeydenOutcomeGrid *self)
{
  const char *id = leyden_value_get_member_string (self->snapshot, "experiment", NULL);
  const char *split = splits[MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (self->split)), G_N_ELEMENTS (splits) - 1)];
  g_autofree char *escaped = NULL, *a = NULL, *b = NULL, *path = NULL, *key = NULL;

  if (id == NULL || self->wanted[0] == NULL || self->wanted[1] == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  escaped = leyden_backend_escape (id);
  a = leyden_backend_escape (self->wanted[0]);
  b = leyden_backend_escape (self->wanted[1]);
  path = g_strdup_printf ("/leyden/v1/experiments/%s/grid?a=%s&b=%s&split=%s", escaped, a, b, split);
  /* While it runs more rows are answered with every call. */
  key = g_strdup_printf ("%s %" G_GINT64_FORMAT " %s", path,
                         leyden_value_get_member_int (leyden_value_get_member (self->snapshot, "spent"), "task_calls", 0) / 20,
                         leyden_value_get_member_string (self->snapshot, "state", ""));
  if (g_strcmp0 (key, self->asked) == 0)
    return;
  g_free (self->asked);
  self->asked = g_steal_pointer (&key);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, answered_cb,
                                g_object_ref (self));
}

/* --- choosing --- */

static void
chosen_cb (LeydenOutcomeGrid *self)
{
  guint n = self->ids != NULL ? g_strv_length (self->ids) : 0;

  if (self->updating)
    return;
  for (guint i = 0; i < 2; i++)
    {
      guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->choice[i]));

      if (selected < n)
        {
          g_free (self->wanted[i]);
          self->wanted[i] = g_strdup (self->ids[selected]);
        }
    }
  ask (self);
}

static void
select_wanted (LeydenOutcomeGrid *self)
{
  self->updating = TRUE;
  for (guint i = 0; i < 2; i++)
    for (guint j = 0; self->ids != NULL && self->ids[j] != NULL; j++)
      if (g_strcmp0 (self->ids[j], self->wanted[i]) == 0)
        gtk_drop_down_set_selected (GTK_DROP_DOWN (self->choice[i]), j);
  self->updating = FALSE;
}

static void
fill_choices (LeydenOutcomeGrid *self)
{
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (self->snapshot);
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();
  g_auto(GStrv) list = NULL;
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < nodes->len; i++)
    {
      const LeydenCandidateNode *node = &g_array_index (nodes, LeydenCandidateNode, i);
      g_autofree char *title = leyden_candidate_node_title (node);
      g_autofree char *best = node->is_best ? g_strdup_printf (_("%s (best)"), title) : NULL;

      g_strv_builder_add (ids, node->id);
      gtk_string_list_append (titles, best != NULL ? best : title);
    }
  list = g_strv_builder_end (ids);
  if (self->ids != NULL && g_strv_equal ((const char * const *) self->ids, (const char * const *) list))
    return;
  g_strfreev (self->ids);
  self->ids = g_steal_pointer (&list);
  self->updating = TRUE;
  for (guint i = 0; i < 2; i++)
    gtk_drop_down_set_model (GTK_DROP_DOWN (self->choice[i]), G_LIST_MODEL (titles));
  self->updating = FALSE;
}

/* Nothing chosen, or gone: the flow as it was against the best. */
static void
choose_defaults (LeydenOutcomeGrid *self)
{
  static const char * const keys[] = { "baseline", "best" };

  for (guint i = 0; i < 2; i++)
    if (leyden_experiment_find_candidate (self->snapshot, self->wanted[i]) == NULL)
      {
        g_free (self->wanted[i]);
        self->wanted[i] = g_strdup (leyden_value_get_member_string (self->snapshot, keys[i], NULL));
      }
}

void
leyden_outcome_grid_set_snapshot (LeydenOutcomeGrid *self,
                                  LeydenValue       *snapshot)
{
  g_return_if_fail (LEYDEN_IS_OUTCOME_GRID (self));

  if (snapshot == NULL ||
      g_strcmp0 (leyden_value_get_member_string (snapshot, "experiment", NULL), leyden_value_get_member_string (self->snapshot, "experiment", NULL)) != 0)
    {
      g_clear_pointer (&self->wanted[0], g_free);
      g_clear_pointer (&self->wanted[1], g_free);
      g_clear_pointer (&self->asked, g_free);
      leyden_outcome_grid_set_answer (self, NULL);
    }
  if (snapshot != NULL)
    leyden_value_ref (snapshot);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  self->snapshot = snapshot;
  fill_choices (self);
  choose_defaults (self);
  select_wanted (self);
  ask (self);
}

void
leyden_outcome_grid_compare (LeydenOutcomeGrid *self,
                             const char        *candidate)
{
  g_return_if_fail (LEYDEN_IS_OUTCOME_GRID (self));

  g_free (self->wanted[0]);
  self->wanted[0] = g_strdup (leyden_value_get_member_string (self->snapshot, "baseline", NULL));
  g_free (self->wanted[1]);
  self->wanted[1] = g_strdup (candidate);
  /* Only the two that go into the verdict were asked about the test rows. */
  if (g_strcmp0 (candidate, leyden_value_get_member_string (self->snapshot, "best", NULL)) != 0)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->split), 1);
  select_wanted (self);
  ask (self);
}

static void
show_selected_cb (LeydenOutcomeGrid *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_list (self);
}

static void
open_cb (LeydenOutcomeGrid *self,
         GtkWidget         *button)
{
  const char *rollout = self->side[button == self->side[0].open ? 0 : 1].rollout;

  if (rollout != NULL)
    g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, rollout);
}

/* --- class --- */

static void
leyden_outcome_grid_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_outcome_grid_parent_class)->map (widget);
  ask (LEYDEN_OUTCOME_GRID (widget));
}

static void
leyden_outcome_grid_dispose (GObject *object)
{
  LeydenOutcomeGrid *self = LEYDEN_OUTCOME_GRID (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  g_clear_pointer (&self->ids, g_strfreev);
  g_clear_pointer (&self->asked, g_free);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&self->wanted[i], g_free);
      g_clear_pointer (&self->side[i].rollout, g_free);
    }
  G_OBJECT_CLASS (leyden_outcome_grid_parent_class)->dispose (object);
}

static void
leyden_outcome_grid_finalize (GObject *object)
{
  LeydenOutcomeGrid *self = LEYDEN_OUTCOME_GRID (object);

  g_clear_object (&self->selection);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (leyden_outcome_grid_parent_class)->finalize (object);
}

static void
leyden_outcome_grid_class_init (LeydenOutcomeGridClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_outcome_grid_dispose;
  object_class->finalize = leyden_outcome_grid_finalize;
  widget_class->map = leyden_outcome_grid_map;
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_OUTCOME_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_dropdown (LeydenOutcomeGrid  *self,
              const char * const *titles,
              const char         *label,
              GCallback           callback)
{
  GtkWidget *dropdown = titles != NULL ? gtk_drop_down_new_from_strings (titles) : gtk_drop_down_new (NULL, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (dropdown), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_set_tooltip_text (dropdown, label);
  g_signal_connect_object (dropdown, "notify::selected", callback, self, G_CONNECT_SWAPPED);
  return dropdown;
}

static GtkWidget *
create_choices (LeydenOutcomeGrid *self)
{
  const char * const split_titles[] = { _("Test rows"), _("Validation rows"), _("Training rows"), NULL };
  const char * const show_titles[] = { _("What differs"), _("Won"), _("Lost"), _("All"), NULL };
  GtkWidget *box = leyden_wrap_box_new ();

  self->choice[0] = new_dropdown (self, NULL, _("Compare"), G_CALLBACK (chosen_cb));
  self->choice[1] = new_dropdown (self, NULL, _("With"), G_CALLBACK (chosen_cb));
  self->split = new_dropdown (self, split_titles, _("On these rows"), G_CALLBACK (ask));
  self->show = new_dropdown (self, show_titles, _("Which rows to list"), G_CALLBACK (show_selected_cb));
  gtk_widget_set_parent (self->choice[0], box);
  gtk_widget_set_parent (self->choice[1], box);
  gtk_widget_set_parent (self->split, box);
  gtk_widget_set_parent (self->show, box);
  return box;
}

static GtkWidget *
create_side (LeydenOutcomeGrid *self,
             guint              which)
{
  Side *side = &self->side[which];
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  side->card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  side->title = leyden_part_label (NULL, "caption-heading");
  side->reward = leyden_part_label (NULL, "numeric");
  side->answer = leyden_part_label (NULL, "answer");
  gtk_label_set_selectable (GTK_LABEL (side->answer), TRUE);
  side->open = gtk_button_new_with_label (_("Open the Rollout"));
  gtk_widget_set_halign (side->open, GTK_ALIGN_START);
  gtk_widget_set_size_request (side->card, 180, -1);
  gtk_widget_set_valign (side->card, GTK_ALIGN_START);
  g_signal_connect_object (side->open, "clicked", G_CALLBACK (open_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (line), side->reward);
  gtk_box_append (GTK_BOX (side->card), side->title);
  gtk_box_append (GTK_BOX (side->card), line);
  gtk_box_append (GTK_BOX (side->card), side->answer);
  gtk_box_append (GTK_BOX (side->card), side->open);
  return side->card;
}

static GtkWidget *
create_detail (LeydenOutcomeGrid *self)
{
  GtkWidget *both = leyden_wrap_box_new ();

  self->detail = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  self->detail_title = leyden_part_label (NULL, "heading");
  gtk_widget_set_parent (create_side (self, 0), both);
  gtk_widget_set_parent (create_side (self, 1), both);
  gtk_box_append (GTK_BOX (self->detail), self->detail_title);
  gtk_box_append (GTK_BOX (self->detail), both);
  return self->detail;
}

static GtkWidget *
create_list (LeydenOutcomeGrid *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_row_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row_cb), NULL);
  self->store = g_list_store_new (LEYDEN_TYPE_ROLLOUT_ITEM);
  self->filter = GTK_FILTER (gtk_custom_filter_new (filter_cb, self, NULL));
  self->filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->store)), g_object_ref (self->filter));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->filtered)));
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "rollouts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Rows"), -1);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (update_detail), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 360);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  return scroller;
}

static void
leyden_outcome_grid_init (LeydenOutcomeGrid *self)
{
  GtkWidget *choices, *list, *detail;

  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  choices = create_choices (self);
  self->counts = leyden_part_label (NULL, "numeric");
  self->empty = leyden_part_label (NULL, "dim-label");
  list = create_list (self);
  detail = create_detail (self);
  self->sides_box = leyden_split_box_new (list, detail, 340, 720);
  gtk_box_append (GTK_BOX (self->box), choices);
  gtk_box_append (GTK_BOX (self->box), self->counts);
  gtk_box_append (GTK_BOX (self->box), self->empty);
  gtk_box_append (GTK_BOX (self->box), self->sides_box);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  update_counts (self);
  update_list (self);
}

GtkWidget *
leyden_outcome_grid_new (LeydenSession *session)
{
  LeydenOutcomeGrid *self;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session), NULL);
  self = g_object_new (LEYDEN_TYPE_OUTCOME_GRID, NULL);
  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
