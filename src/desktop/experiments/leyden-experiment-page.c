/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-page.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-button.h"
#include "leyden-candidate-view.h"
#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-experiment-summary.h"
#include "leyden-lineage-view.h"
#include "leyden-outcome-grid.h"
#include "leyden-reward-curve.h"
#include "leyden-split-box.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

#define MAX_TABLE_ROWS 200
#define MAX_REJECTED 100

struct _LeydenExperimentPage
{
  GtkWidget                parent_instance;

  LeydenSession           *session;
  LeydenExperimentView    *view;        /* nullable */
  LeydenValue             *shown_curve; /* in the table */
  guint                    n_rejected;
  GtkWidget               *scroller;
  GtkWidget               *title;
  GtkWidget               *subtitle;
  GtkWidget               *failure;
  LeydenExperimentSummary *summary;
  GtkWidget               *planned;
  GtkWidget               *content;     /* all that needs a snapshot */
  GtkWidget               *calls;
  GtkWidget               *optimizer_calls;
  GtkWidget               *tokens;
  GtkWidget               *cost;
  GtkWidget               *time;
  LeydenRewardCurve       *curve;
  GtkWidget               *table;       /* grid */
  LeydenLineageView       *lineage;
  LeydenCandidateView     *candidate_view;
  GtkWidget               *rejected;    /* disclosure */
  GtkWidget               *rejected_box;
  LeydenOutcomeGrid       *grid;
};

G_DEFINE_FINAL_TYPE (LeydenExperimentPage, leyden_experiment_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_USE_VERSION,
  SIGNAL_ROLLOUT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenValue *
get_snapshot (LeydenExperimentPage *self)
{
  return self->view != NULL ? leyden_experiment_view_get_snapshot (self->view) : NULL;
}

/* --- heading --- */

static char *
describe (LeydenValue *snapshot)
{
  const char *dataset = leyden_value_get_member_string (leyden_value_get_member (snapshot, "dataset"), "name", NULL);
  LeydenValue *splits = leyden_value_get_member (snapshot, "splits");
  gint64 created = leyden_value_get_member_int (snapshot, "created_ns", 0);
  g_autoptr(GDateTime) when = created > 0 ? g_date_time_new_from_unix_local (created / 1000000000) : NULL;
  g_autofree char *method = leyden_text_display (leyden_method_title (leyden_value_get_member_string (snapshot, "optimizer", NULL)), -1, 60, FALSE);
  g_autoptr(GString) text = g_string_new (method);

  if (dataset != NULL)
    {
      g_autofree char *shown = leyden_text_display (dataset, -1, 60, FALSE);

      g_string_append_printf (text, " · %s", shown);
    }
  if (leyden_value_get_kind (splits) == LEYDEN_VALUE_OBJECT)
    {
      g_autofree char *rows = g_strdup_printf (_("%'" PRId64 " rows to learn from, %'" PRId64 " to choose by, %'" PRId64 " to judge by"),
                                               leyden_value_get_member_int (splits, "train", 0), leyden_value_get_member_int (splits, "validation", 0),
                                               leyden_value_get_member_int (splits, "test", 0));

      g_string_append_printf (text, " · %s", rows);
    }
  if (when != NULL)
    {
      g_autofree char *time = g_date_time_format (when, "%x %H:%M");

      g_string_append_printf (text, " · %s", time != NULL ? time : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
set_count (GtkWidget   *label,
           LeydenValue *spent,
           const char  *key)
{
  g_autofree char *text = g_strdup_printf ("%'" G_GINT64_FORMAT, leyden_value_get_member_int (spent, key, 0));

  gtk_label_set_text (GTK_LABEL (label), text);
}

static void
update_tiles (LeydenExperimentPage *self,
              LeydenValue          *snapshot)
{
  LeydenValue *spent = leyden_value_get_member (snapshot, "spent");
  double cost = leyden_value_get_member_double (spent, "cost", NAN);
  gint64 cached = leyden_value_get_member_int (spent, "cached", 0);
  g_autofree char *calls = cached > 0 ? g_strdup_printf (_("%'" PRId64 " and %'" PRId64 " remembered"),
                                                         leyden_value_get_member_int (spent, "task_calls", 0), cached)
                                      : g_strdup_printf ("%'" G_GINT64_FORMAT, leyden_value_get_member_int (spent, "task_calls", 0));
  g_autofree char *price = leyden_format_cost (cost, leyden_value_get_member_boolean (snapshot, "simulated", FALSE));
  g_autofree char *time = leyden_format_duration (leyden_value_get_member_double (spent, "wall_ms", NAN));

  gtk_label_set_text (GTK_LABEL (self->calls), calls);
  set_count (self->optimizer_calls, spent, "optimizer_calls");
  set_count (self->tokens, spent, "tokens");
  gtk_label_set_text (GTK_LABEL (self->cost), price);
  gtk_label_set_text (GTK_LABEL (self->time), time);
}

/* --- the curve as a table --- */

static void
attach (GtkWidget  *grid,
        const char *text,
        int         column,
        int         row)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0 : 1);
  gtk_widget_add_css_class (label, row == 0 ? "caption-heading" : "numeric");
  gtk_grid_attach (GTK_GRID (grid), label, column, row, 1, 1);
}

static void
update_table (LeydenExperimentPage *self,
              LeydenValue          *snapshot)
{
  LeydenValue *curve = leyden_value_get_member (snapshot, "curve");
  g_autoptr(GArray) points = NULL;
  GtkWidget *child;
  guint first;

  if (leyden_value_equal (self->shown_curve, curve) && gtk_widget_get_first_child (self->table) != NULL)
    return;
  g_clear_pointer (&self->shown_curve, leyden_value_unref);
  self->shown_curve = curve != NULL ? leyden_value_ref (curve) : NULL;
  while ((child = gtk_widget_get_first_child (self->table)) != NULL)
    gtk_grid_remove (GTK_GRID (self->table), child);
  points = leyden_experiment_list_points (snapshot);
  first = points->len > MAX_TABLE_ROWS ? points->len - MAX_TABLE_ROWS : 0;
  attach (self->table, _("Calls"), 0, 0);
  attach (self->table, _("Best"), 1, 0);
  /* xgettext: no-c-format */
  attach (self->table, _("95 % interval"), 2, 0);
  for (guint i = first; i < points->len; i++)
    {
      const LeydenCurvePoint *point = &g_array_index (points, LeydenCurvePoint, i);
      g_autofree char *calls = g_strdup_printf ("%'" G_GINT64_FORMAT, point->calls);
      g_autofree char *best = g_strdup_printf ("%.3f", point->best);
      g_autofree char *interval = isnan (point->low) ? g_strdup ("–") : g_strdup_printf (_("%.3f to %.3f"), point->low, point->high);
      int row = (int) (i - first) + 1;

      attach (self->table, calls, 0, row);
      attach (self->table, best, 1, row);
      attach (self->table, interval, 2, row);
    }
}

/* --- what was turned down --- */

static const char *
get_verdict_title (const char *verdict)
{
  if (g_strcmp0 (verdict, "duplicate") == 0)
    return _("Proposed before");
  if (g_strcmp0 (verdict, "invalid") == 0)
    return _("Not valid");
  return _("Not better");
}

static void
append_rejected (LeydenExperimentPage *self,
                 LeydenValue          *snapshot,
                 LeydenValue          *proposal)
{
  const char *slot = leyden_value_get_member_string (proposal, "slot", NULL);
  const char *title = leyden_value_get_member_string (leyden_experiment_find_slot (snapshot, slot), "title", slot);
  const char *critique = leyden_value_get_member_string (proposal, "critique", NULL);
  const char *why = leyden_value_get_member_string (proposal, "why", NULL);
  g_autofree char *shown = title != NULL ? leyden_text_display (title, -1, 80, FALSE) : NULL;
  g_autofree char *heading = shown != NULL ? g_strdup_printf ("%s · %s", get_verdict_title (leyden_value_get_member_string (proposal, "verdict", NULL)), shown)
                                           : g_strdup (get_verdict_title (leyden_value_get_member_string (proposal, "verdict", NULL)));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *reason = leyden_part_label (NULL, "dim-label"), *text = leyden_part_label (NULL, NULL);

  leyden_part_set_text (reason, why, 600);
  leyden_part_set_text (text, critique, 2000);
  gtk_box_append (GTK_BOX (box), leyden_part_label (heading, "caption-heading"));
  gtk_box_append (GTK_BOX (box), reason);
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (self->rejected_box), box);
}

static gboolean
is_rejected (LeydenValue *proposal)
{
  const char *verdict = leyden_value_get_member_string (proposal, "verdict", NULL);

  return verdict != NULL && !g_str_equal (verdict, "accepted");
}

static void
update_rejected (LeydenExperimentPage *self,
                 LeydenValue          *snapshot)
{
  LeydenValue *proposals = leyden_value_get_member (snapshot, "proposals");
  guint n = leyden_value_get_kind (proposals) == LEYDEN_VALUE_LIST ? leyden_value_get_size (proposals) : 0;
  g_autofree char *title = NULL;
  guint n_rejected = 0, n_shown = 0;
  GtkWidget *child;

  for (guint i = 0; i < n; i++)
    n_rejected += is_rejected (leyden_value_get_item (proposals, i)) ? 1 : 0;
  gtk_widget_set_visible (self->rejected, n_rejected > 0);
  title = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u proposal was turned down", "%u proposals were turned down", n_rejected), n_rejected);
  leyden_part_disclosure_set_title (self->rejected, title);
  if (n_rejected == self->n_rejected)
    return;
  self->n_rejected = n_rejected;
  while ((child = gtk_widget_get_first_child (self->rejected_box)) != NULL)
    gtk_box_remove (GTK_BOX (self->rejected_box), child);
  for (guint i = n; i-- > 0 && n_shown < MAX_REJECTED;)
    if (is_rejected (leyden_value_get_item (proposals, i)))
      {
        append_rejected (self, snapshot, leyden_value_get_item (proposals, i));
        n_shown++;
      }
}

/* --- all of it --- */

static void
update_candidate (LeydenExperimentPage *self)
{
  leyden_candidate_view_set (self->candidate_view, get_snapshot (self), leyden_lineage_view_get_selected (self->lineage));
}

static void
update (LeydenExperimentPage *self)
{
  LeydenValue *snapshot = get_snapshot (self);
  LeydenValue *planned = leyden_value_get_member (snapshot, "planned");
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (snapshot, "title", ""), -1, 120, FALSE);
  g_autofree char *subtitle = snapshot != NULL ? describe (snapshot) : NULL;
  double detectable = leyden_value_get_member_double (planned, "detectable", NAN);

  gtk_widget_set_visible (self->content, snapshot != NULL);
  if (snapshot == NULL)
    return;
  gtk_widget_set_visible (self->failure, FALSE);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), subtitle);
  gtk_widget_set_visible (self->planned, isfinite (detectable) && fabs (detectable) < 1e9);
  if (isfinite (detectable) && fabs (detectable) < 1e9)
    {
      g_autofree char *text = g_strdup_printf (_("Planned: a difference from %.2f on can be shown with these test rows, four times in five."), detectable);

      gtk_label_set_text (GTK_LABEL (self->planned), text);
    }
  update_tiles (self, snapshot);
  leyden_reward_curve_set_snapshot (self->curve, snapshot);
  update_table (self, snapshot);
  leyden_lineage_view_set_snapshot (self->lineage, snapshot);
  update_candidate (self);
  update_rejected (self, snapshot);
  leyden_outcome_grid_set_snapshot (self->grid, snapshot);
}

static void
failed_cb (LeydenExperimentPage *self,
           const char           *message)
{
  if (get_snapshot (self) == NULL)
    leyden_part_set_text (self->failure, *message != '\0' ? message : _("This experiment cannot be read."), 400);
}

static void
emit_use (LeydenExperimentPage *self,
          const char           *candidate)
{
  LeydenValue *snapshot = get_snapshot (self);

  if (snapshot != NULL && candidate != NULL)
    g_signal_emit (self, signals[SIGNAL_USE_VERSION], 0, snapshot, candidate);
}

static void
use_version_cb (LeydenExperimentPage *self)
{
  emit_use (self, leyden_value_get_member_string (get_snapshot (self), "best", NULL));
}

static void
use_candidate_cb (LeydenExperimentPage *self,
                  const char           *candidate)
{
  emit_use (self, candidate);
}

static void
compare_cb (LeydenExperimentPage *self,
            const char           *candidate)
{
  leyden_outcome_grid_compare (self->grid, candidate);
  gtk_widget_child_focus (GTK_WIDGET (self->grid), GTK_DIR_TAB_FORWARD);
}

static void
rollout_cb (LeydenExperimentPage *self,
            const char           *rollout)
{
  LeydenValue *snapshot = get_snapshot (self);

  if (snapshot != NULL)
    g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, snapshot, rollout);
}

/* The ready dashboard of training, for this experiment alone. */
static void
dashboard_cb (LeydenExperimentPage *self)
{
  LeydenValue *snapshot = get_snapshot (self);

  if (self->view != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-dashboard", "(ssss)", "ready-training", "experiment", leyden_experiment_view_get_id (self->view),
                                leyden_value_get_member_string (snapshot, "title", ""));
}

static void
leyden_experiment_page_dispose (GObject *object)
{
  LeydenExperimentPage *self = LEYDEN_EXPERIMENT_PAGE (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->shown_curve, leyden_value_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_experiment_page_parent_class)->dispose (object);
}

static void
leyden_experiment_page_class_init (LeydenExperimentPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_experiment_page_dispose;
  signals[SIGNAL_USE_VERSION] =
    g_signal_new ("use-version", LEYDEN_TYPE_EXPERIMENT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE, G_TYPE_STRING);
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_EXPERIMENT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE,
                  G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_tiles (LeydenExperimentPage *self)
{
  GtkWidget *box = leyden_wrap_box_new ();

  gtk_widget_set_parent (leyden_part_tile (_("Task calls"), &self->calls), box);
  gtk_widget_set_parent (leyden_part_tile (_("Optimiser’s calls"), &self->optimizer_calls), box);
  gtk_widget_set_parent (leyden_part_tile (_("Tokens"), &self->tokens), box);
  gtk_widget_set_parent (leyden_part_tile (_("Cost"), &self->cost), box);
  gtk_widget_set_parent (leyden_part_tile (_("Time"), &self->time), box);
  return box;
}

static GtkWidget *
new_section (const char *title,
             GtkWidget  *child)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_box_append (GTK_BOX (box), leyden_part_label (title, "title-4"));
  gtk_box_append (GTK_BOX (box), child);
  return box;
}

static GtkWidget *
create_curve (LeydenExperimentPage *self)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->curve = LEYDEN_REWARD_CURVE (leyden_reward_curve_new ());
  self->table = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->table), 18);
  gtk_grid_set_row_spacing (GTK_GRID (self->table), 3);
  gtk_widget_set_margin_top (self->table, 6);
  gtk_widget_set_halign (self->table, GTK_ALIGN_START);
  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "notice");
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (self->curve));
  gtk_box_append (GTK_BOX (card), leyden_part_label (_("Best mean reward on the validation rows by task calls, with an interval that may be looked at at any time. Dashed: the flow as it was."), "caption"));
  gtk_box_append (GTK_BOX (card), leyden_part_disclosure (_("As a table"), self->table));
  return new_section (_("Best so far"), card);
}

static GtkWidget *
create_candidates (LeydenExperimentPage *self)
{
  GtkWidget *left = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  self->lineage = LEYDEN_LINEAGE_VIEW (leyden_lineage_view_new ());
  self->candidate_view = LEYDEN_CANDIDATE_VIEW (leyden_candidate_view_new ());
  self->rejected_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_widget_set_margin_top (self->rejected_box, 6);
  self->rejected = leyden_part_disclosure (NULL, self->rejected_box);
  g_signal_connect_object (self->lineage, "candidate-selected", G_CALLBACK (update_candidate), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->candidate_view, "use-candidate", G_CALLBACK (use_candidate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->candidate_view, "compare-candidate", G_CALLBACK (compare_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (left), GTK_WIDGET (self->lineage));
  gtk_box_append (GTK_BOX (left), self->rejected);
  return new_section (_("Candidates"), leyden_split_box_new (left, GTK_WIDGET (self->candidate_view), 320, 720));
}

static void
fill_content (LeydenExperimentPage *self)
{
  GtkWidget *dashboard = leyden_button_new_with_mnemonic (_("Show in a _Dashboard"));

  gtk_widget_set_tooltip_text (dashboard, _("Reward, tokens and time of this training, step by step"));
  g_signal_connect_object (dashboard, "clicked", G_CALLBACK (dashboard_cb), self, G_CONNECT_SWAPPED);
  self->title = leyden_part_label (NULL, "title-2");
  self->subtitle = leyden_part_label (NULL, "dim-label");
  self->summary = LEYDEN_EXPERIMENT_SUMMARY (leyden_experiment_summary_new (FALSE));
  self->planned = leyden_part_label (NULL, "caption");
  self->grid = LEYDEN_OUTCOME_GRID (leyden_outcome_grid_new (self->session));
  g_signal_connect_object (self->summary, "use-version", G_CALLBACK (use_version_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "rollout-activated", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->content), self->title);
  gtk_box_append (GTK_BOX (self->content), self->subtitle);
  gtk_box_append (GTK_BOX (self->content), GTK_WIDGET (self->summary));
  gtk_box_append (GTK_BOX (self->content), self->planned);
  gtk_box_append (GTK_BOX (self->content), create_tiles (self));
  gtk_box_append (GTK_BOX (self->content), leyden_part_buttons (dashboard, NULL));
  gtk_box_append (GTK_BOX (self->content), create_curve (self));
  gtk_box_append (GTK_BOX (self->content), create_candidates (self));
  gtk_box_append (GTK_BOX (self->content), new_section (_("Row by row"), GTK_WIDGET (self->grid)));
}

static void
leyden_experiment_page_init (LeydenExperimentPage *self)
{
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->session = g_object_ref (leyden_session_get_default ());
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->failure = leyden_part_label (NULL, "error");
  gtk_widget_set_visible (self->failure, FALSE);
  fill_content (self);
  gtk_box_append (GTK_BOX (box), self->failure);
  gtk_box_append (GTK_BOX (box), self->content);
  gtk_widget_add_css_class (box, "experiment");
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 1100);
  adw_clamp_set_tightening_threshold (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), clamp);
  /* Lists in it that scroll by themselves get what they want, up to their own limits. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (self->scroller))), GTK_SCROLL_NATURAL);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  update (self);
}

GtkWidget *
leyden_experiment_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_EXPERIMENT_PAGE, NULL);
}

void
leyden_experiment_page_set_view (LeydenExperimentPage *self,
                                 LeydenExperimentView *view)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_PAGE (self));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  self->n_rejected = 0;
  gtk_widget_set_visible (self->failure, FALSE);
  leyden_experiment_summary_set_view (self->summary, view);
  leyden_lineage_view_set_snapshot (self->lineage, NULL);
  leyden_outcome_grid_set_snapshot (self->grid, NULL);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::snapshot", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

LeydenExperimentView *
leyden_experiment_page_get_view (LeydenExperimentPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT_PAGE (self), NULL);
  return self->view;
}
