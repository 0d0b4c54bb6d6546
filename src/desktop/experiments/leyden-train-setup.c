/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-train-setup.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-catalog.h"
#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-flow-slots.h"
#include "leyden-run-setup.h"
#include "leyden-stats.h"

#define DEFAULT_BUDGET 600
#define MAX_BUDGET 1000000
/* Calls of the optimiser's model, of the budget, unless told otherwise. */
#define OPTIMIZER_SHARE 4
/* Longer lists are counted. */
#define MAX_SHOWN_SLOTS 40

struct _LeydenTrainSetup
{
  GtkWidget            parent_instance;

  LeydenDatasetChoice *choice;
  LeydenFlow          *flow;            /* nullable */
  LeydenValue         *run;             /* nullable */
  gboolean             simulated;
  GtkWidget           *box;
  GtkWidget           *method;
  GtkWidget           *explanation;
  GtkWidget           *budget;
  GtkWidget           *cost;
  GtkWidget           *slots;           /* box */
  GtkWidget           *hint;            /* nothing to change */
  GtkWidget           *hint_text;
  GtkWidget           *mark;
  GtkWidget           *planned;
  guint                n_usable;        /* slots that the method changes */
};

G_DEFINE_FINAL_TYPE (LeydenTrainSetup, leyden_train_setup, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_SHOW_NODE,
  SIGNAL_MARK_REQUESTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

const char *
leyden_train_setup_get_method (LeydenTrainSetup *self)
{
  guint selected;

  g_return_val_if_fail (LEYDEN_IS_TRAIN_SETUP (self), NULL);
  selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->method));
  return leyden_method_list ()[selected != GTK_INVALID_LIST_POSITION ? selected : 0];
}

guint
leyden_train_setup_get_budget (LeydenTrainSetup *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRAIN_SETUP (self), 0);
  return (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->budget));
}

/* --- what may change --- */

static void
slot_clicked_cb (LeydenTrainSetup *self,
                 GtkWidget        *button)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, g_object_get_data (G_OBJECT (button), "node"));
}

static GtkWidget *
new_slot_row (LeydenTrainSetup     *self,
              const LeydenFlowSlot *slot,
              gboolean              changed)
{
  GtkWidget *button = gtk_button_new (), *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (slot->title);
  const char *why = slot->locked ? _("Locked: it stays as it is") : changed ? _("Training may change it") : _("This method does not change it");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (line), gtk_image_new_from_icon_name (slot->locked ? "changes-prevent-symbolic" : changed ? "leyden-train-symbolic" : "list-remove-symbolic"));
  gtk_box_append (GTK_BOX (line), label);
  if (!changed)
    gtk_widget_add_css_class (line, "dim-label");
  gtk_button_set_child (GTK_BUTTON (button), line);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "slotrow");
  gtk_widget_set_tooltip_text (button, why);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, slot->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, why, -1);
  g_object_set_data_full (G_OBJECT (button), "node", g_strdup (slot->path), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (slot_clicked_cb), self, G_CONNECT_SWAPPED);
  return button;
}

static void
update_hint (LeydenTrainSetup *self,
             guint             n_marked)
{
  g_autoptr(GPtrArray) unmarked = self->flow != NULL ? leyden_flow_list_unmarked_slots (self->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ())) : NULL;
  gboolean can_mark = FALSE;

  for (guint i = 0; unmarked != NULL && i < unmarked->len; i++)
    {
      const LeydenFlowSlot *slot = g_ptr_array_index (unmarked, i);

      can_mark = can_mark || leyden_method_changes (leyden_train_setup_get_method (self), slot->parameter->slot);
    }
  gtk_widget_set_visible (self->hint, self->flow != NULL && self->n_usable == 0);
  gtk_label_set_text (GTK_LABEL (self->hint_text),
                      n_marked > 0 ? _("This method changes nothing of what is marked. Choose another one, or mark more in the inspector.")
                      : unmarked != NULL && unmarked->len > 0
                        ? _("Nothing is marked as trainable. Mark in the inspector what training may change: prompts, examples, models, numbers, choices.")
                        : _("This flow has nothing that could be trained: no prompt, no model call, no agent."));
  gtk_widget_set_visible (self->mark, can_mark);
}

static void
update_slots (LeydenTrainSetup *self)
{
  g_autoptr(GPtrArray) slots = self->flow != NULL ? leyden_flow_list_slots (self->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ())) : g_ptr_array_new ();
  const char *method = leyden_train_setup_get_method (self);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->slots)) != NULL)
    gtk_box_remove (GTK_BOX (self->slots), child);
  self->n_usable = 0;
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenFlowSlot *slot = g_ptr_array_index (slots, i);
      gboolean changed = !slot->locked && leyden_method_changes (method, slot->parameter->slot);

      self->n_usable += changed ? 1 : 0;
      if (i < MAX_SHOWN_SLOTS)
        gtk_box_append (GTK_BOX (self->slots), new_slot_row (self, slot, changed));
    }
  if (slots->len > MAX_SHOWN_SLOTS)
    {
      g_autofree char *more = g_strdup_printf (_("and %u more"), slots->len - MAX_SHOWN_SLOTS);

      gtk_box_append (GTK_BOX (self->slots), leyden_part_label (more, "dim-label"));
    }
  update_hint (self, slots->len);
}

/* --- what it costs, and what it can show --- */

static char *
describe_price (LeydenTrainSetup *self)
{
  LeydenValue *summary = leyden_value_get_member (self->run, "summary");
  double cost = leyden_value_get_member_double (summary, "cost", NAN);
  gint64 done = leyden_value_get_member_int (summary, "done", 0);
  guint budget = leyden_train_setup_get_budget (self);

  if (self->simulated)
    return g_strdup (_("Simulated: it costs nothing."));
  if (!isfinite (cost) || cost < 0 || done <= 0)
    return g_strdup (_("Run the flow once to see here what a row costs."));
  if (cost == 0)
    return g_strdup (_("The last run cost nothing."));
  return g_strdup_printf (_("About $%.2f, as the last run cost $%.4f a row."), cost / (double) done * budget, cost / (double) done);
}

static void
update_cost (LeydenTrainSetup *self)
{
  guint budget = leyden_train_setup_get_budget (self);
  gboolean asks = leyden_method_changes (leyden_train_setup_get_method (self), "prompt");
  g_autofree char *price = describe_price (self);
  g_autofree char *calls = asks ? g_strdup_printf (_("At most %'u rollouts of one row, and %'u calls of the optimiser’s model."), budget, budget / OPTIMIZER_SHARE)
                                : g_strdup_printf (_("At most %'u rollouts of one row."), budget);
  g_autofree char *text = g_strdup_printf ("%s %s", calls, price);

  gtk_label_set_text (GTK_LABEL (self->cost), text);
}

double
leyden_train_setup_detectable (gint64 n,
                               double mean)
{
  double p = isfinite (mean) ? CLAMP (mean, 0, 1) : 0.5;

  if (n < 1)
    return NAN;
  /* Pairs of independent answers: the widest case. A mean at the edge says little about what a better flow scatters. */
  p = CLAMP (p, 0.1, 0.9);
  return (leyden_stats_normal_quantile (0.975) + leyden_stats_normal_quantile (0.8)) * sqrt (2 * p * (1 - p) / (double) n);
}

static void
update_planned (LeydenTrainSetup *self)
{
  LeydenValue *splits = leyden_value_get_member (leyden_dataset_choice_get_info (self->choice), "splits");
  LeydenValue *reward = leyden_value_get_member (leyden_value_get_member (self->run, "summary"), "mean_reward");
  gint64 n = leyden_value_get_member_int (splits, "test", 0);
  double detectable = leyden_train_setup_detectable (n, leyden_value_get_member_double (reward, "estimate", NAN));
  g_autofree char *text = NULL;

  if (leyden_dataset_choice_get_state (self->choice) != LEYDEN_DATASET_READY)
    text = g_strdup ("");
  else if (leyden_value_get_member_int (splits, "train", 0) < 1 || leyden_value_get_member_int (splits, "validation", 0) < 1 || n < 1)
    text = g_strdup (_("Training needs rows of all three kinds: to learn from, to choose by, and to judge by. This data set is too small."));
  else if (detectable < 1)
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "With %'" PRId64 " test row an improvement from about %.2f on can be shown.",
                                         "With %'" PRId64 " test rows an improvement from about %.2f on can be shown.", (gulong) n), n, detectable);
  else
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "With %'" PRId64 " test row no improvement can be shown; it takes more rows.",
                                         "With %'" PRId64 " test rows no improvement can be shown; it takes more rows.", (gulong) n), n);
  gtk_label_set_text (GTK_LABEL (self->planned), text);
  gtk_widget_set_visible (self->planned, *text != '\0');
}

gboolean
leyden_train_setup_is_ready (LeydenTrainSetup *self)
{
  LeydenValue *splits;

  g_return_val_if_fail (LEYDEN_IS_TRAIN_SETUP (self), FALSE);

  if (leyden_dataset_choice_get_state (self->choice) != LEYDEN_DATASET_READY || self->n_usable == 0)
    return FALSE;
  splits = leyden_value_get_member (leyden_dataset_choice_get_info (self->choice), "splits");
  return leyden_value_get_member_int (splits, "train", 0) > 0 && leyden_value_get_member_int (splits, "validation", 0) > 0 &&
         leyden_value_get_member_int (splits, "test", 0) > 0;
}

static void
update (LeydenTrainSetup *self)
{
  gtk_label_set_text (GTK_LABEL (self->explanation), leyden_method_explanation (leyden_train_setup_get_method (self)));
  update_slots (self);
  update_cost (self);
  update_planned (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
choice_changed_cb (LeydenTrainSetup *self)
{
  update_planned (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
mark_cb (LeydenTrainSetup *self)
{
  g_signal_emit (self, signals[SIGNAL_MARK_REQUESTED], 0);
}

static void
leyden_train_setup_dispose (GObject *object)
{
  LeydenTrainSetup *self = LEYDEN_TRAIN_SETUP (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->choice);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->run, leyden_value_unref);
  G_OBJECT_CLASS (leyden_train_setup_parent_class)->dispose (object);
}

static void
leyden_train_setup_class_init (LeydenTrainSetupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_train_setup_dispose;
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", LEYDEN_TYPE_TRAIN_SETUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_TRAIN_SETUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_MARK_REQUESTED] =
    g_signal_new ("mark-requested", LEYDEN_TYPE_TRAIN_SETUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
append_method (LeydenTrainSetup *self)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  for (const char * const *name = leyden_method_list (); *name != NULL; name++)
    gtk_string_list_append (titles, leyden_method_title (*name));
  self->method = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  self->explanation = leyden_part_label (NULL, "caption");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->method), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Method"), -1);
  g_signal_connect_object (self->method, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("Method"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->box), self->method);
  gtk_box_append (GTK_BOX (self->box), self->explanation);
}

static void
append_budget (LeydenTrainSetup *self)
{
  self->budget = gtk_spin_button_new_with_range (1, MAX_BUDGET, 50);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->budget), DEFAULT_BUDGET);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->budget), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Budget in task calls"), -1);
  g_signal_connect_object (self->budget, "value-changed", G_CALLBACK (update_cost), self, G_CONNECT_SWAPPED);
  self->cost = leyden_part_label (NULL, "caption");
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("Budget (task calls)"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->box), self->budget);
  gtk_box_append (GTK_BOX (self->box), self->cost);
}

static void
append_slots (LeydenTrainSetup *self)
{
  self->slots = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->hint = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->hint_text = leyden_part_label (NULL, NULL);
  self->mark = gtk_button_new_with_label (_("Mark Them"));
  gtk_widget_set_tooltip_text (self->mark, _("Mark all prompts, examples, models and temperatures; it can be undone"));
  gtk_widget_set_halign (self->mark, GTK_ALIGN_START);
  g_signal_connect_object (self->mark, "clicked", G_CALLBACK (mark_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (self->hint, "card");
  gtk_widget_add_css_class (self->hint, "notice");
  gtk_box_append (GTK_BOX (self->hint), self->hint_text);
  gtk_box_append (GTK_BOX (self->hint), self->mark);
  gtk_box_append (GTK_BOX (self->box), leyden_part_label (_("What may change"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->box), self->slots);
  gtk_box_append (GTK_BOX (self->box), self->hint);
}

static void
leyden_train_setup_init (LeydenTrainSetup *self)
{
  self->simulated = TRUE;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_train_setup_new (LeydenDatasetChoice *choice)
{
  LeydenTrainSetup *self;

  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (choice), NULL);

  self = g_object_new (LEYDEN_TYPE_TRAIN_SETUP, NULL);
  self->choice = g_object_ref (choice);
  gtk_box_append (GTK_BOX (self->box), leyden_run_setup_new_for_training (choice));
  self->planned = leyden_part_label (NULL, "caption");
  gtk_box_append (GTK_BOX (self->box), self->planned);
  append_method (self);
  append_slots (self);
  append_budget (self);
  g_signal_connect_object (choice, "changed", G_CALLBACK (choice_changed_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

static void
flow_changed_cb (LeydenTrainSetup *self,
                 LeydenEdit       *edit)
{
  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    if (leyden_edit_get_change (edit, i)->kind == LEYDEN_ELEMENT_NODE)
      {
        update (self);
        return;
      }
}

static gboolean
changes_something (GPtrArray  *slots,
                   const char *method)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenFlowSlot *slot = g_ptr_array_index (slots, i);

      if (!slot->locked && leyden_method_changes (method, slot->parameter->slot))
        return TRUE;
    }
  return FALSE;
}

/* A flow opens with a method that has something to do in it, where there is one. */
static void
choose_method (LeydenTrainSetup *self)
{
  g_autoptr(GPtrArray) slots = leyden_flow_list_slots (self->flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));

  if (changes_something (slots, leyden_train_setup_get_method (self)))
    return;
  for (const char * const *name = leyden_method_list (); *name != NULL; name++)
    if (changes_something (slots, *name))
      {
        leyden_train_setup_set_method (self, *name);
        return;
      }
}

void
leyden_train_setup_set_flow (LeydenTrainSetup *self,
                             LeydenFlow       *flow)
{
  g_return_if_fail (LEYDEN_IS_TRAIN_SETUP (self));

  if (self->flow == flow)
    return;
  if (self->flow != NULL)
    g_signal_handlers_disconnect_by_func (self->flow, flow_changed_cb, self);
  g_set_object (&self->flow, flow);
  if (flow != NULL)
    {
      g_signal_connect_object (flow, "changed", G_CALLBACK (flow_changed_cb), self, G_CONNECT_SWAPPED);
      choose_method (self);
    }
  update (self);
}

void
leyden_train_setup_set_run (LeydenTrainSetup *self,
                            LeydenValue      *run,
                            gboolean          simulated)
{
  g_return_if_fail (LEYDEN_IS_TRAIN_SETUP (self));

  if (run != NULL)
    leyden_value_ref (run);
  g_clear_pointer (&self->run, leyden_value_unref);
  self->run = run;
  self->simulated = simulated;
  update_cost (self);
  update_planned (self);
}

void
leyden_train_setup_set_method (LeydenTrainSetup *self,
                               const char       *method)
{
  g_return_if_fail (LEYDEN_IS_TRAIN_SETUP (self));

  for (guint i = 0; leyden_method_list ()[i] != NULL; i++)
    if (g_strcmp0 (leyden_method_list ()[i], method) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->method), i);
}

void
leyden_train_setup_set_budget (LeydenTrainSetup *self,
                               guint             budget)
{
  g_return_if_fail (LEYDEN_IS_TRAIN_SETUP (self));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->budget), budget);
}
