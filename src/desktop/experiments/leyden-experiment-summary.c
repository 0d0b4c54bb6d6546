/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-summary.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-report-dialog.h"
#include "leyden-text.h"

struct _LeydenExperimentSummary
{
  GtkWidget             parent_instance;

  LeydenExperimentView *view;
  gboolean              will_be_simulated;
  GtkWidget            *box;
  GtkWidget            *progress;       /* text */
  GtkWidget            *bar;
  GtkWidget            *pause;
  GtkWidget            *resume;
  GtkWidget            *stop;
  GtkWidget            *report;
  GtkWidget            *simulated;
  GtkWidget            *message;        /* what failed */
  GtkWidget            *card;
  GtkWidget            *verdict;
  GtkWidget            *explanation;
  GtkWidget            *note;
  GtkWidget            *use;
  GtkWidget            *show;
};

G_DEFINE_FINAL_TYPE (LeydenExperimentSummary, leyden_experiment_summary, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_USE_VERSION,
  SIGNAL_SHOW_EXPERIMENT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_class (GtkWidget  *widget,
           const char *name,
           gboolean    on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

/* While it runs there is no verdict: only what validation says, and that it says no more. */
static char *
describe_so_far (LeydenValue *snapshot)
{
  LeydenValue *best = leyden_experiment_find_candidate (snapshot, leyden_value_get_member_string (snapshot, "best", NULL));
  LeydenValue *baseline = leyden_experiment_find_candidate (snapshot, leyden_value_get_member_string (snapshot, "baseline", NULL));
  double now = leyden_value_get_member_double (best, "mean", NAN), before = leyden_value_get_member_double (baseline, "mean", NAN);

  if (!isfinite (now) || !isfinite (before) || fabs (now) > 1e9 || fabs (before) > 1e9)
    return g_strdup (_("The flow as it is gets its score first."));
  if (!leyden_experiment_has_better (snapshot))
    return g_strdup_printf (_("Nothing better than %.2f on the validation rows so far."), before);
  return g_strdup_printf (_("%.2f on the validation rows so far; the flow as it was has %.2f."), now, before);
}

static char *
describe_note (LeydenValue *snapshot)
{
  GString *text = g_string_new (NULL);

  if (leyden_experiment_is_active (snapshot))
    g_string_append (text, _("The verdict comes at the end, from test rows that training never sees."));
  else if (leyden_value_get_kind (leyden_value_get_member (snapshot, "verdict")) == LEYDEN_VALUE_OBJECT &&
           leyden_value_get_member_boolean (snapshot, "simulated", FALSE))
    g_string_append (text, _("The built-in simulation answered, not a language model: this says how training works, not how good a model is."));
  else if (leyden_value_get_kind (leyden_value_get_member (snapshot, "verdict")) == LEYDEN_VALUE_OBJECT &&
           !leyden_value_get_member_boolean (snapshot, "reproducible", TRUE))
    g_string_append (text, _("The choices of the training can be repeated; the model’s answers cannot."));
  return g_string_free (text, FALSE);
}

static void
update_verdict (LeydenExperimentSummary *self,
                LeydenValue             *snapshot)
{
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  gboolean significant = leyden_value_get_member_boolean (verdict, "significant", FALSE);
  gboolean better = significant && leyden_value_get_member_double (verdict, "difference", 0) > 0;
  gboolean active = leyden_experiment_is_active (snapshot);
  gboolean brief = active && gtk_widget_get_visible (self->show);
  const char *error = leyden_value_get_member_string (snapshot, "error", NULL);
  g_autofree char *heading = leyden_experiment_describe_verdict (snapshot);
  g_autofree char *explanation = heading != NULL ? leyden_experiment_explain_verdict (snapshot)
                                 : active || leyden_experiment_has_better (snapshot) ? describe_so_far (snapshot) : NULL;
  g_autofree char *note = describe_note (snapshot);

  if (heading == NULL)
    heading = g_strdup (active ? _("No verdict yet") : _("No verdict"));
  gtk_label_set_text (GTK_LABEL (self->verdict), heading);
  gtk_label_set_text (GTK_LABEL (self->explanation), explanation != NULL ? explanation : "");
  gtk_widget_set_visible (self->explanation, explanation != NULL && *explanation != '\0');
  gtk_label_set_text (GTK_LABEL (self->note), note);
  /* In the low panel the rising curve is worth more than words about what is not known yet. */
  gtk_widget_set_visible (self->verdict, !brief);
  gtk_widget_set_visible (self->note, *note != '\0' && !brief);
  set_class (self->card, "card", !brief);
  set_class (self->card, "verdict", !brief);
  set_class (self->card, "better", better);
  set_class (self->card, "worse", significant && !better);
  set_class (self->use, "suggested-action", better);
  gtk_widget_set_visible (self->use, leyden_experiment_has_better (snapshot) && !brief);
  leyden_part_set_text (self->message, error, 400);
}

static void
update (LeydenExperimentSummary *self)
{
  LeydenValue *snapshot = self->view != NULL ? leyden_experiment_view_get_snapshot (self->view) : NULL;
  const char *state = leyden_value_get_member_string (snapshot, "state", "");
  gboolean active = snapshot != NULL && leyden_experiment_is_active (snapshot);
  g_autofree char *progress = NULL;

  gtk_widget_set_visible (self->box, snapshot != NULL);
  if (snapshot == NULL)
    return;
  progress = leyden_experiment_describe_progress (snapshot);
  gtk_label_set_text (GTK_LABEL (self->progress), progress);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), leyden_experiment_get_fraction (snapshot));
  gtk_widget_set_visible (self->bar, active);
  gtk_widget_set_visible (self->pause, g_str_equal (state, "running"));
  gtk_widget_set_visible (self->resume, g_str_equal (state, "paused"));
  gtk_widget_set_visible (self->stop, active);
  gtk_widget_set_visible (self->simulated, leyden_value_get_member_boolean (snapshot, "simulated", FALSE) || (active && self->will_be_simulated));
  update_verdict (self, snapshot);
}

static void
pause_cb (LeydenExperimentSummary *self)
{
  if (self->view != NULL)
    leyden_experiment_view_pause (self->view);
}

static void
resume_cb (LeydenExperimentSummary *self)
{
  if (self->view != NULL)
    leyden_experiment_view_resume (self->view);
}

static void
stop_cb (LeydenExperimentSummary *self)
{
  if (self->view != NULL)
    leyden_experiment_view_stop (self->view);
}

static void
report_cb (LeydenExperimentSummary *self)
{
  LeydenValue *snapshot = self->view != NULL ? leyden_experiment_view_get_snapshot (self->view) : NULL;
  const char *experiment = leyden_value_get_member_string (snapshot, "experiment", NULL);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (experiment != NULL && GTK_IS_WINDOW (root))
    leyden_report_dialog_present (GTK_WINDOW (root), NULL, experiment, leyden_value_get_member_string (snapshot, "title", _("Experiment")), NULL, NULL, NULL);
}

static void
use_cb (LeydenExperimentSummary *self)
{
  g_signal_emit (self, signals[SIGNAL_USE_VERSION], 0);
}

static void
show_cb (LeydenExperimentSummary *self)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_EXPERIMENT], 0);
}

static void
failed_cb (LeydenExperimentSummary *self,
           const char              *message)
{
  leyden_part_set_text (self->message, message, 400);
  gtk_widget_set_visible (self->box, TRUE);
}

static void
leyden_experiment_summary_dispose (GObject *object)
{
  LeydenExperimentSummary *self = LEYDEN_EXPERIMENT_SUMMARY (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_experiment_summary_parent_class)->dispose (object);
}

static void
leyden_experiment_summary_class_init (LeydenExperimentSummaryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_experiment_summary_dispose;
  signals[SIGNAL_USE_VERSION] =
    g_signal_new ("use-version", LEYDEN_TYPE_EXPERIMENT_SUMMARY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SHOW_EXPERIMENT] =
    g_signal_new ("show-experiment", LEYDEN_TYPE_EXPERIMENT_SUMMARY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_icon_button (LeydenExperimentSummary *self,
                 const char              *icon,
                 const char              *label,
                 GCallback                callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
new_text_button (LeydenExperimentSummary *self,
                 const char              *text,
                 GCallback                callback)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_line (LeydenExperimentSummary *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->progress = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (self->progress, "numeric");
  gtk_widget_set_hexpand (self->progress, TRUE);
  self->simulated = leyden_part_chip (_("Simulated"), NULL);
  gtk_widget_set_tooltip_text (self->simulated, _("The built-in simulation answered, not a language model."));
  self->pause = new_icon_button (self, "media-playback-pause-symbolic", _("Pause training"), G_CALLBACK (pause_cb));
  self->resume = new_icon_button (self, "media-playback-start-symbolic", _("Resume training"), G_CALLBACK (resume_cb));
  self->stop = new_icon_button (self, "media-playback-stop-symbolic", _("Stop training"), G_CALLBACK (stop_cb));
  self->report = new_icon_button (self, "x-office-document-symbolic", _("Report of this experiment"), G_CALLBACK (report_cb));
  gtk_box_append (GTK_BOX (line), self->progress);
  gtk_box_append (GTK_BOX (line), self->simulated);
  gtk_box_append (GTK_BOX (line), self->pause);
  gtk_box_append (GTK_BOX (line), self->resume);
  gtk_box_append (GTK_BOX (line), self->stop);
  gtk_box_append (GTK_BOX (line), self->report);
  return line;
}

static GtkWidget *
create_card (LeydenExperimentSummary *self)
{
  self->card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->verdict = leyden_part_label (NULL, "title-2");
  self->explanation = leyden_part_label (NULL, NULL);
  self->note = leyden_part_label (NULL, "dim-label");
  self->use = new_text_button (self, _("Use This Version"), G_CALLBACK (use_cb));
  gtk_widget_set_tooltip_text (self->use, _("Write the best candidate into the flow; it can be undone"));
  self->show = new_text_button (self, _("Show the Experiment"), G_CALLBACK (show_cb));
  gtk_widget_add_css_class (self->card, "card");
  gtk_widget_add_css_class (self->card, "verdict");
  gtk_box_append (GTK_BOX (self->card), self->verdict);
  gtk_box_append (GTK_BOX (self->card), self->explanation);
  gtk_box_append (GTK_BOX (self->card), self->note);
  gtk_box_append (GTK_BOX (self->card), leyden_part_buttons (self->use, self->show, NULL));
  return self->card;
}

static void
leyden_experiment_summary_init (LeydenExperimentSummary *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  self->bar = gtk_progress_bar_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Calls spent"), -1);
  self->message = leyden_part_label (NULL, "error");
  gtk_widget_set_visible (self->message, FALSE);
  gtk_box_append (GTK_BOX (self->box), create_line (self));
  gtk_box_append (GTK_BOX (self->box), self->bar);
  gtk_box_append (GTK_BOX (self->box), self->message);
  gtk_box_append (GTK_BOX (self->box), create_card (self));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  update (self);
}

GtkWidget *
leyden_experiment_summary_new (gboolean with_link)
{
  LeydenExperimentSummary *self = g_object_new (LEYDEN_TYPE_EXPERIMENT_SUMMARY, NULL);

  gtk_widget_set_visible (self->show, with_link);
  return GTK_WIDGET (self);
}

void
leyden_experiment_summary_set_view (LeydenExperimentSummary *self,
                                    LeydenExperimentView    *view)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_SUMMARY (self));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  gtk_widget_set_visible (self->message, FALSE);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::snapshot", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

void
leyden_experiment_summary_set_simulated (LeydenExperimentSummary *self,
                                         gboolean                 simulated)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_SUMMARY (self));

  self->will_be_simulated = simulated;
  update (self);
}
