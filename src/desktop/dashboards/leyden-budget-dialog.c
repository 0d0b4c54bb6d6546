/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-budget-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

#define BUDGETS "/leyden/v1/insights/budgets"
#define MAX_FLOWS 100
#define MAX_AMOUNT 1e12

/* What is known of a flow, and its two entries. */
typedef struct
{
  char      *id;
  GtkWidget *budget;
  GtkWidget *value;
} Flow;

struct _LeydenBudgetDialog
{
  AdwWindow      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;
  LeydenValue   *budgets;               /* as they came; NULL: not yet */
  GPtrArray     *flows;                 /* Flow */
  GtkWidget     *keep;
  GtkWidget     *currency;
  GtkWidget     *month;
  GtkWidget     *group;                 /* of the flows */
  GtkWidget     *verdict;
};

G_DEFINE_FINAL_TYPE (LeydenBudgetDialog, leyden_budget_dialog, ADW_TYPE_WINDOW)

static guint kept_signal;

static void
flow_free (gpointer data)
{
  g_free (((Flow *) data)->id);
  g_free (data);
}

/* --- amounts --- */

gboolean
leyden_budget_parse (const char *text,
                     double     *amount)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  char *end;

  *amount = NAN;
  if (*trimmed == '\0')
    return TRUE;
  g_strdelimit (trimmed, ",", '.');
  if (!g_ascii_isdigit (*trimmed) && *trimmed != '.')
    return FALSE;
  *amount = g_ascii_strtod (trimmed, &end);
  return *end == '\0' && isfinite (*amount) && *amount <= MAX_AMOUNT;
}

static void
set_amount (GtkWidget *entry,
            double     amount)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (amount))
    gtk_editable_set_text (GTK_EDITABLE (entry), g_ascii_formatd (text, sizeof text, "%.10g", amount));
}

/* FALSE: what stands there is no amount, which is said. */
static gboolean
read_amount (LeydenBudgetDialog *self,
             GtkWidget          *entry,
             double             *amount)
{
  if (leyden_budget_parse (gtk_editable_get_text (GTK_EDITABLE (entry)), amount))
    {
      gtk_widget_remove_css_class (entry, "error");
      return TRUE;
    }
  gtk_widget_add_css_class (entry, "error");
  gtk_widget_grab_focus (entry);
  gtk_label_set_text (GTK_LABEL (self->verdict), _("An amount is a number like 12.50, without a sign. Nothing means: none."));
  gtk_widget_set_visible (self->verdict, TRUE);
  return FALSE;
}

/* --- keeping --- */

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenBudgetDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_set_sensitive (self->keep, TRUE);
  if (answer == NULL)
    {
      leyden_label_set_safe_text (GTK_LABEL (self->verdict), error->message, 300);
      gtk_widget_set_visible (self->verdict, TRUE);
      return;
    }
  g_signal_emit (self, kept_signal, 0);
  gtk_window_close (GTK_WINDOW (self));
}

static gboolean
add_flows (LeydenBudgetDialog *self,
           LeydenValueBuilder *b,
           const char         *key,
           gboolean            value)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < self->flows->len; i++)
    {
      Flow *flow = g_ptr_array_index (self->flows, i);
      double amount;

      if (!read_amount (self, value ? flow->value : flow->budget, &amount))
        return FALSE;
      if (isfinite (amount))
        leyden_value_builder_set_double (b, flow->id, amount);
    }
  leyden_value_builder_end (b);
  return TRUE;
}

void
leyden_budget_dialog_keep (LeydenBudgetDialog *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  double month;

  g_return_if_fail (LEYDEN_IS_BUDGET_DIALOG (self));

  gtk_widget_set_visible (self->verdict, FALSE);
  if (!read_amount (self, self->month, &month))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "currency", gtk_editable_get_text (GTK_EDITABLE (self->currency)));
  leyden_value_builder_set_double (&b, "month", month);
  if (!add_flows (self, &b, "flows", FALSE) || !add_flows (self, &b, "value_per_success", TRUE))
    return;
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  gtk_widget_set_sensitive (self->keep, FALSE);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", BUDGETS, body, self->cancellable, kept_cb, g_object_ref (self));
}

/* --- what there is --- */

static GtkWidget *
new_amount (const char *title)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_entry_row_set_input_purpose (ADW_ENTRY_ROW (row), GTK_INPUT_PURPOSE_NUMBER);
  return row;
}

static void
add_flow (LeydenBudgetDialog *self,
          const char         *id,
          const char         *title)
{
  GtkWidget *row = adw_expander_row_new ();
  Flow *flow = g_new0 (Flow, 1);
  g_autofree char *shown = leyden_text_display (title, -1, 60, FALSE);

  flow->id = g_strdup (id);
  flow->budget = new_amount (_("Budget of a Month"));
  flow->value = new_amount (_("Value of a Success"));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), flow->budget);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), flow->value);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), self->flows->len == 0);
  set_amount (flow->budget, leyden_value_get_member_double (leyden_value_get_member (self->budgets, "flows"), id, NAN));
  set_amount (flow->value, leyden_value_get_member_double (leyden_value_get_member (self->budgets, "value_per_success"), id, NAN));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), row);
  g_ptr_array_add (self->flows, flow);
}

static gboolean
has_flow (LeydenBudgetDialog *self,
          const char         *id)
{
  for (guint i = 0; i < self->flows->len; i++)
    if (strcmp (((Flow *) g_ptr_array_index (self->flows, i))->id, id) == 0)
      return TRUE;
  return FALSE;
}

/* Flows that have run, and then those that only have an amount. */
static void
flows_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  static const char * const known[] = { "flows", "value_per_success" };
  g_autoptr(LeydenBudgetDialog) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *series = leyden_value_lookup_pointer (answer, "/results/0/series/0");
  LeydenValue *titles = leyden_value_get_member (series, "x");
  LeydenValue *keys = leyden_value_get_member (series, "keys");

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  for (guint i = 0; i < leyden_value_get_size (titles); i++)
    {
      const char *title = leyden_value_get_string (leyden_value_get_item (titles, i), NULL);
      const char *id = leyden_value_get_string (leyden_value_get_item (keys, i), NULL);

      if (title != NULL && *title != '\0')
        add_flow (self, id != NULL ? id : title, title);
    }
  for (guint k = 0; k < G_N_ELEMENTS (known); k++)
    {
      LeydenValue *amounts = leyden_value_get_member (self->budgets, known[k]);

      for (guint i = 0; i < leyden_value_get_size (amounts); i++)
        if (!has_flow (self, leyden_value_get_key (amounts, i)))
          add_flow (self, leyden_value_get_key (amounts, i), leyden_value_get_key (amounts, i));
    }
  if (self->flows->len == 0)
    adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->group), _("Flows stand here as soon as one has run."));
  gtk_widget_set_sensitive (self->keep, !leyden_session_is_read_only (self->session));
}

static LeydenValue *
make_flows_query (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "queries");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "metric", "started");
  leyden_value_builder_set_string (&b, "aggregation", "count");
  leyden_value_builder_set_string (&b, "shape", "groups");
  leyden_value_builder_key (&b, "split");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, "flow");
  leyden_value_builder_end (&b);
  leyden_value_builder_set_int (&b, "limit", MAX_FLOWS);
  leyden_value_builder_set_int (&b, "from", 0);
  leyden_value_builder_set_int (&b, "to", g_get_real_time () * 1000);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
budgets_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenBudgetDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenValue) query = make_flows_query ();

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || g_cancellable_is_cancelled (self->cancellable))
    return;
  if (answer == NULL)
    {
      leyden_label_set_safe_text (GTK_LABEL (self->verdict), error->message, 300);
      gtk_widget_set_visible (self->verdict, TRUE);
      return;
    }
  self->budgets = g_steal_pointer (&answer);
  gtk_editable_set_text (GTK_EDITABLE (self->currency), leyden_value_get_member_string (self->budgets, "currency", "USD"));
  set_amount (self->month, leyden_value_get_member_double (self->budgets, "month", NAN));
  leyden_backend_request_async (LEYDEN_BACKEND (object), "POST", "/leyden/v1/insights/query", query, self->cancellable, flows_cb, g_object_ref (self));
}

/* --- class --- */

static void
leyden_budget_dialog_dispose (GObject *object)
{
  g_cancellable_cancel (LEYDEN_BUDGET_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (leyden_budget_dialog_parent_class)->dispose (object);
}

static void
leyden_budget_dialog_finalize (GObject *object)
{
  LeydenBudgetDialog *self = LEYDEN_BUDGET_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->budgets, leyden_value_unref);
  g_ptr_array_unref (self->flows);
  G_OBJECT_CLASS (leyden_budget_dialog_parent_class)->finalize (object);
}

static void
leyden_budget_dialog_class_init (LeydenBudgetDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_budget_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_budget_dialog_finalize;
  kept_signal = g_signal_new ("kept", LEYDEN_TYPE_BUDGET_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
create_header (LeydenBudgetDialog *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = leyden_button_new_with_mnemonic (_("_Cancel"));

  self->keep = leyden_button_new_with_mnemonic (_("_Apply"));
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  gtk_widget_add_css_class (self->keep, "suggested-action");
  gtk_widget_set_sensitive (self->keep, FALSE);
  g_signal_connect_object (self->keep, "clicked", G_CALLBACK (leyden_budget_dialog_keep), self, G_CONNECT_SWAPPED);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->keep);
  return header;
}

static void
leyden_budget_dialog_init (LeydenBudgetDialog *self)
{
  GtkWidget *outer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *group = adw_preferences_group_new ();

  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->cancellable = g_cancellable_new ();
  self->flows = g_ptr_array_new_with_free_func (flow_free);
  self->verdict = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->verdict), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->verdict), 0);
  gtk_widget_add_css_class (self->verdict, "error");
  gtk_widget_set_visible (self->verdict, FALSE);
  self->currency = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->currency), _("Currency"));
  self->month = new_amount (_("Budget of a Month, for Everything"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group), _("The dashboard of cost shows how much of it is used, and what the month will have cost at its end."));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->currency);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->month);
  self->group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), _("Flows"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->group), _("What a success is worth, set against its cost, is the return on investment."));
  gtk_widget_add_css_class (box, "paneleditor");
  gtk_box_append (GTK_BOX (box), self->verdict);
  gtk_box_append (GTK_BOX (box), group);
  gtk_box_append (GTK_BOX (box), self->group);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (outer), create_header (self));
  gtk_box_append (GTK_BOX (outer), scroller);
  adw_window_set_content (ADW_WINDOW (self), outer);
  gtk_window_set_title (GTK_WINDOW (self), _("Budget and Value"));
  gtk_window_set_default_size (GTK_WINDOW (self), 520, 600);
}

GtkWidget *
leyden_budget_dialog_new (GtkWindow     *parent,
                          LeydenSession *session)
{
  LeydenBudgetDialog *self = g_object_new (LEYDEN_TYPE_BUDGET_DIALOG, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE, NULL);

  self->session = g_object_ref (session);
  leyden_backend_request_async (leyden_session_get_backend (session), "GET", BUDGETS, NULL, self->cancellable, budgets_cb, g_object_ref (self));
  return GTK_WIDGET (self);
}
