/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-breakpoint-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-announce.h"
#include "leyden-breakpoints.h"
#include "leyden-debug-path.h"
#include "leyden-dialog-fit.h"
#include "leyden-expression.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

struct _LeydenBreakpointDialog
{
  AdwWindow    parent_instance;

  LeydenValue *value;                   /* as it came */
  LeydenFlow  *flow;                    /* nullable */
  GtkWidget   *when;                    /* NULL where only one is possible */
  GtkWidget   *condition;
  GtkWidget   *verdict;
  GtkWidget   *names;
  GtkWidget   *hits;
  GtkWidget   *once;
  GtkWidget   *done_button;
};

G_DEFINE_FINAL_TYPE (LeydenBreakpointDialog, leyden_breakpoint_dialog, ADW_TYPE_WINDOW)

static guint done_signal;

/* At a node, and of the rollout as a whole; the order of the drop-down. */
static const char * const at_node[] = { "before", "after", "failure", NULL };
static const char * const of_rollout[] = { "reward", "failure", NULL };
/* What is written there at first, and means nothing of a failure. */
#define REWARD_CONDITION "reward = 0"

/* NULL: there is no choice. */
static const char * const *
get_whens (LeydenValue *value)
{
  const char *when = leyden_value_get_member_string (value, "when", "before");
  const char * const *whens = *leyden_value_get_member_string (value, "node", "") != '\0' ? at_node : of_rollout;

  return g_strv_contains (whens, when) ? whens : NULL;
}

static LeydenValue *
with_string (LeydenValue *object,
             const char  *key,
             const char  *text)
{
  g_autoptr(LeydenValue) value = text != NULL && *text != '\0' ? leyden_value_new_string (text, -1) : NULL;

  return leyden_value_with_member (object, key, value);
}

/* As the widgets say. (transfer full) */
static LeydenValue *
make_value (LeydenBreakpointDialog *self)
{
  g_autoptr(LeydenValue) when = NULL;
  g_autoptr(LeydenValue) condition = NULL;
  g_autoptr(LeydenValue) counted = NULL;
  g_autoptr(LeydenValue) hits = leyden_value_new_int (gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->hits)));
  g_autoptr(LeydenValue) once = leyden_value_new_boolean (gtk_check_button_get_active (GTK_CHECK_BUTTON (self->once)));
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->condition))));

  when = self->when != NULL ? with_string (self->value, "when", get_whens (self->value)[gtk_drop_down_get_selected (GTK_DROP_DOWN (self->when))])
                            : leyden_value_ref (self->value);
  condition = with_string (when, "condition", text);
  counted = leyden_value_with_member (condition, "hits", hits);
  return leyden_value_with_member (counted, "once", once);
}

static void
show_names (LeydenBreakpointDialog *self,
            char                  **names)
{
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autofree char *shown = leyden_text_display (joined, -1, 300, FALSE);
  g_autofree char *text = g_strdup_printf (_("May read: %s"), shown);

  gtk_label_set_text (GTK_LABEL (self->names), text);
}

static void
check (LeydenBreakpointDialog *self)
{
  g_autoptr(LeydenValue) value = make_value (self);
  g_auto(GStrv) names = leyden_breakpoint_list_names (value, self->flow);
  const char *condition = leyden_value_get_member_string (value, "condition", "");
  g_autoptr(LeydenExpression) expression = NULL;
  g_autoptr(GError) error = NULL;

  show_names (self, names);
  if (*condition != '\0')
    expression = leyden_expression_new (condition, (const char * const *) names, LEYDEN_EXPRESSION_ANY, &error);
  if (error != NULL)
    leyden_label_set_safe_text (GTK_LABEL (self->verdict), error->message, 300);
  else
    gtk_label_set_text (GTK_LABEL (self->verdict), *condition != '\0' ? _("This condition can be checked") : _("Without a condition it pauses each time"));
  if (error != NULL)
    gtk_widget_add_css_class (self->verdict, "error");
  else
    gtk_widget_remove_css_class (self->verdict, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->condition), GTK_ACCESSIBLE_STATE_INVALID,
                               error != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_widget_set_sensitive (self->done_button, error == NULL);
}

static void
done_cb (LeydenBreakpointDialog *self)
{
  g_autoptr(LeydenValue) value = make_value (self);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  g_autofree char *what = NULL;
  g_autofree char *text = NULL;

  if (!gtk_widget_get_sensitive (self->done_button))
    return;
  what = leyden_breakpoint_describe (value, self->flow);
  text = g_strdup_printf (_("Breakpoint set: %s"), what);
  if (parent != NULL)
    leyden_announce (GTK_WIDGET (parent), text);
  g_signal_emit (self, done_signal, 0, value);
  gtk_window_close (GTK_WINDOW (self));
}

/* --- class --- */

static void
leyden_breakpoint_dialog_finalize (GObject *object)
{
  LeydenBreakpointDialog *self = LEYDEN_BREAKPOINT_DIALOG (object);

  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_object (&self->flow);
  G_OBJECT_CLASS (leyden_breakpoint_dialog_parent_class)->finalize (object);
}

static void
leyden_breakpoint_dialog_class_init (LeydenBreakpointDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_breakpoint_dialog_finalize;
  done_signal = g_signal_new ("done", LEYDEN_TYPE_BREAKPOINT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_breakpoint_dialog_init (LeydenBreakpointDialog *self)
{
}

static GtkWidget *
add_row (GtkWidget  *box,
         const char *title,
         GtkWidget  *widget)
{
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), widget);
  return widget;
}

static GtkWidget *
add_note (GtkWidget *box)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
when_cb (LeydenBreakpointDialog *self)
{
  gboolean reward = g_strcmp0 (get_whens (self->value)[gtk_drop_down_get_selected (GTK_DROP_DOWN (self->when))], "reward") == 0;
  const char *condition = gtk_editable_get_text (GTK_EDITABLE (self->condition));

  if (reward && *condition == '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->condition), REWARD_CONDITION);
  else if (!reward && g_str_equal (condition, REWARD_CONDITION))
    gtk_editable_set_text (GTK_EDITABLE (self->condition), "");
  check (self);
}

static void
fill_when (LeydenBreakpointDialog *self)
{
  const char *when = leyden_value_get_member_string (self->value, "when", "before");

  for (guint i = 0; get_whens (self->value)[i] != NULL; i++)
    if (g_str_equal (when, get_whens (self->value)[i]))
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->when), i);
  g_signal_connect_object (self->when, "notify::selected", G_CALLBACK (when_cb), self, G_CONNECT_SWAPPED);
}

static GtkWidget *
create_content (LeydenBreakpointDialog *self)
{
  const char * const of_node[] = { _("Before it starts"), _("After it has ended"), _("When it fails"), NULL };
  const char * const of_all[] = { _("When a reward is given"), _("When anything fails"), NULL };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_widget_add_css_class (box, "calldetails");
  if (get_whens (self->value) != NULL)
    self->when = add_row (box, _("Pause"), gtk_drop_down_new_from_strings (get_whens (self->value) == at_node ? of_node : of_all));
  self->condition = add_row (box, _("Only If (SQL)"), gtk_entry_new ());
  gtk_editable_set_text (GTK_EDITABLE (self->condition), leyden_value_get_member_string (self->value, "condition", ""));
  g_signal_connect_object (self->condition, "changed", G_CALLBACK (check), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->condition, "activate", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  self->verdict = add_note (box);
  self->names = add_note (box);
  gtk_widget_add_css_class (self->names, "dim-label");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->condition), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, self->verdict, self->names, NULL, -1);
  self->hits = add_row (box, _("From the Nth Time"), gtk_spin_button_new_with_range (1, 1000000, 1));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->hits), (double) MAX (leyden_value_get_member_int (self->value, "hits", 1), 1));
  gtk_widget_set_halign (self->hits, GTK_ALIGN_START);
  self->once = gtk_check_button_new_with_label (_("Only the first rollout of a run"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->once), leyden_value_get_member_boolean (self->value, "once", FALSE));
  gtk_box_append (GTK_BOX (box), self->once);
  if (self->when != NULL)
    fill_when (self);
  return box;
}

static char *
dup_title (LeydenBreakpointDialog *self)
{
  const char *node = leyden_value_get_member_string (self->value, "node", "");
  g_autofree char *title = *node != '\0' ? leyden_debug_path_dup_title (self->flow, node) : NULL;

  return title != NULL ? g_strdup_printf (_("Breakpoint at “%s”"), title) : g_strdup (_("Breakpoint"));
}

GtkWidget *
leyden_breakpoint_dialog_new (GtkWindow   *parent,
                              LeydenValue *value,
                              LeydenFlow  *flow)
{
  LeydenBreakpointDialog *self = g_object_new (LEYDEN_TYPE_BREAKPOINT_DIALOG, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_label (_("Cancel"));
  GtkWidget *scroll = gtk_scrolled_window_new ();
  g_autofree char *title = NULL;

  leyden_dialog_fit (GTK_WINDOW (self), parent, 400, -1);
  self->value = leyden_value_ref (value);
  self->flow = flow != NULL ? g_object_ref (flow) : NULL;
  self->done_button = gtk_button_new_with_label (_("Set"));
  gtk_widget_add_css_class (self->done_button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->done_button);
  g_signal_connect_object (self->done_button, "clicked", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroll), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroll), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), create_content (self));
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), scroll);
  adw_window_set_content (ADW_WINDOW (self), box);
  title = dup_title (self);
  gtk_window_set_title (GTK_WINDOW (self), title);
  check (self);
  gtk_widget_grab_focus (self->condition);
  return GTK_WIDGET (self);
}
