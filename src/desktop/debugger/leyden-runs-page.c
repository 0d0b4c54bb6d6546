/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-runs-page.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-run-progress.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

struct _LeydenRunsPage
{
  GtkWidget           parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;
  GtkWidget          *stack;
  GtkWidget          *list;
  GHashTable         *rows;             /* run → row, borrowed */
  GtkWidget          *choose;           /* toggle: two are to be chosen */
  GtkWidget          *chosen_note;
};

G_DEFINE_FINAL_TYPE (LeydenRunsPage, leyden_runs_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_RUN_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static char *
describe_run (LeydenValue *run)
{
  LeydenValue *mean = leyden_value_get_member (leyden_value_get_member (run, "summary"), "mean_reward");
  LeydenValue *dataset = leyden_value_get_member (run, "dataset");
  const char *name = leyden_value_get_member_string (dataset, "name", NULL);
  double estimate = leyden_value_get_member_double (mean, "estimate", NAN);
  g_autofree char *progress = leyden_run_progress_describe (run);
  g_autoptr(GDateTime) created = g_date_time_new_from_unix_local (leyden_value_get_member_int (run, "created", 0) / 1000000000);
  g_autofree char *when = created != NULL ? g_date_time_format (created, "%x %H:%M") : g_strdup ("");
  g_autoptr(GString) text = g_string_new (progress);

  if (isfinite (estimate))
    g_string_append_printf (text, _(" · reward %.3f"), estimate);
  if (name != NULL)
    {
      g_autofree char *shown = leyden_text_display (name, -1, 60, FALSE);

      g_string_append_printf (text, " · %s", shown);
    }
  g_string_append_printf (text, " · %s", when);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What ran: a flow, or only a part of it. */
static char *
describe_subject (LeydenValue *run)
{
  const char *purpose = leyden_value_get_member_string (run, "purpose", "");
  LeydenValue *part = leyden_value_get_member (run, "part");
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (run, "title", ""), -1, 80, FALSE);

  if (leyden_value_get_kind (part) == LEYDEN_VALUE_OBJECT)
    {
      const char *name = leyden_value_get_member_string (part, "title", leyden_value_get_member_string (part, "node", ""));
      g_autofree char *node = leyden_text_display (name, -1, 60, FALSE);
      gboolean from = g_str_equal (leyden_value_get_member_string (part, "mode", "node"), "from");

      /* Translators: a run of one node: title of the flow, title of the node; then one from a node on */
      return from ? g_strdup_printf (_("%s (from %s on)"), title, node) : g_strdup_printf (_("%s (part: %s)"), title, node);
    }
  if (g_str_equal (purpose, "try"))
    return g_strdup_printf (_("%s (tried)"), title);
  if (g_str_equal (purpose, "mirror"))
    return g_strdup_printf (_("%s (Agent Lightning server)"), title);
  if (g_str_equal (purpose, "otlp"))
    return g_strdup_printf (_("%s (traces)"), title);
  return g_steal_pointer (&title);
}

/* --- two of them, to be compared --- */

static gboolean
is_chosen (GtkWidget *row)
{
  return gtk_check_button_get_active (g_object_get_data (G_OBJECT (row), "check"));
}

/* The ids of those that are chosen, in the order of the list; borrowed. */
static GPtrArray *
list_chosen (LeydenRunsPage *self)
{
  GPtrArray *chosen = g_ptr_array_new ();

  for (GtkWidget *row = gtk_widget_get_first_child (self->list); row != NULL; row = gtk_widget_get_next_sibling (row))
    if (is_chosen (row))
      g_ptr_array_add (chosen, (gpointer) leyden_value_get_member_string (g_object_get_data (G_OBJECT (row), "run"), "run", ""));
  return chosen;
}

static void
update_chosen (LeydenRunsPage *self)
{
  g_autoptr(GPtrArray) chosen = list_chosen (self);
  gboolean choosing = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->choose));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "runs.compare", choosing && chosen->len == 2);
  gtk_label_set_text (GTK_LABEL (self->chosen_note), !choosing ? "" : chosen->len == 2 ? _("Two runs are chosen.") : _("Choose two runs."));
}

static void
add_check (LeydenRunsPage *self,
           GtkWidget      *row)
{
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Compare this run"), -1);
  g_object_bind_property (self->choose, "active", check, "visible", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (check, "toggled", G_CALLBACK (update_chosen), self, G_CONNECT_SWAPPED);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  g_object_set_data (G_OBJECT (row), "check", check);
}

/* The older one is what the newer one is compared with. */
static void
compare_action (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autoptr(GPtrArray) chosen = list_chosen (LEYDEN_RUNS_PAGE (widget));

  if (chosen->len == 2)
    gtk_widget_activate_action (widget, "win.compare-runs", "(ss)", g_ptr_array_index (chosen, 1), g_ptr_array_index (chosen, 0));
}

static void
choose_cb (LeydenRunsPage *self)
{
  for (GtkWidget *row = gtk_widget_get_first_child (self->list); row != NULL; row = gtk_widget_get_next_sibling (row))
    gtk_check_button_set_active (g_object_get_data (G_OBJECT (row), "check"), FALSE);
  update_chosen (self);
}

static GtkWidget *
create_compare_bar (LeydenRunsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9), *button = gtk_button_new_with_label (_("Compare"));

  self->choose = gtk_toggle_button_new_with_label (_("Compare Two Runs"));
  self->chosen_note = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->chosen_note), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->chosen_note), 0);
  gtk_widget_set_hexpand (self->chosen_note, TRUE);
  gtk_widget_add_css_class (self->chosen_note, "dim-label");
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "runs.compare");
  g_object_bind_property (self->choose, "active", button, "visible", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->choose, "toggled", G_CALLBACK (choose_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_margin_top (bar, 18);
  gtk_widget_set_margin_start (bar, 12);
  gtk_widget_set_margin_end (bar, 12);
  gtk_box_append (GTK_BOX (bar), self->choose);
  gtk_box_append (GTK_BOX (bar), self->chosen_note);
  gtk_box_append (GTK_BOX (bar), button);
  return bar;
}

static GtkWidget *
new_row (LeydenRunsPage *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *chip = gtk_label_new (_("Simulated"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_add_css_class (chip, "chip");
  gtk_widget_set_valign (chip, GTK_ALIGN_CENTER);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), chip);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "chip", chip);
  add_check (self, row);
  return row;
}

static void
set_row (GtkWidget   *row,
         LeydenValue *run)
{
  const char *state = leyden_value_get_member_string (run, "state", "");
  g_autofree char *heading = describe_subject (run);
  g_autofree char *description = describe_run (run);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon");

  g_object_set_data_full (G_OBJECT (row), "run", leyden_value_ref (run), (GDestroyNotify) leyden_value_unref);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), heading);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), description);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (row), "chip"), leyden_value_get_member_boolean (run, "simulated", FALSE));
}

static void
put_run (LeydenRunsPage *self,
         LeydenValue    *run,
         gboolean        newest)
{
  const char *id = leyden_value_get_member_string (run, "run", NULL);
  GtkWidget *row = id != NULL ? g_hash_table_lookup (self->rows, id) : NULL;

  if (id == NULL)
    return;
  if (row == NULL)
    {
      row = new_row (self);
      g_hash_table_insert (self->rows, g_strdup (id), row);
      gtk_list_box_insert (GTK_LIST_BOX (self->list), row, newest ? 0 : -1);
    }
  set_row (row, run);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  if (g_str_equal (event, "run"))
    put_run (user_data, data, TRUE);
}

static void
runs_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenRunsPage) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *runs = leyden_value_get_member (answer, "runs");

  if (self->rows == NULL)
    return;
  for (guint i = 0; i < leyden_value_get_size (runs); i++)
    put_run (self, leyden_value_get_item (runs, i), FALSE);
}

static void
show_state (LeydenRunsPage     *self,
            LeydenBackendState  state)
{
  const GError *error = leyden_backend_get_error (leyden_session_get_backend (self->session));

  if (g_hash_table_size (self->rows) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  else if (state == LEYDEN_BACKEND_FAILED)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Backend"),
                                   error != NULL ? error->message : NULL);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
    }
  else if (state == LEYDEN_BACKEND_CONNECTING || state == LEYDEN_BACKEND_RECONNECTING)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "connecting");
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static void
connected_cb (LeydenRunsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  show_state (self, leyden_backend_get_state (backend));
  if (leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  leyden_backend_request_async (backend, "GET", "/leyden/v1/runs?limit=100", NULL, self->cancellable, runs_received_cb,
                                g_object_ref (self));
  if (self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
}

static void
row_activated_cb (LeydenRunsPage *self,
                  GtkListBoxRow  *row)
{
  GtkCheckButton *check = g_object_get_data (G_OBJECT (row), "check");

  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->choose)))
    gtk_check_button_set_active (check, !gtk_check_button_get_active (check));
  else
    g_signal_emit (self, signals[SIGNAL_RUN_ACTIVATED], 0, g_object_get_data (G_OBJECT (row), "run"));
}

static void
leyden_runs_page_dispose (GObject *object)
{
  LeydenRunsPage *self = LEYDEN_RUNS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_runs_page_parent_class)->dispose (object);
}

/* Whoever looks at the runs needs the backend that keeps them. */
static void
leyden_runs_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_runs_page_parent_class)->map (widget);
  leyden_session_start (LEYDEN_RUNS_PAGE (widget)->session);
}

static void
retry_cb (LeydenRunsPage *self)
{
  leyden_session_start (self->session);
}

static void
leyden_runs_page_class_init (LeydenRunsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_runs_page_dispose;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "runs.compare", NULL, compare_action);
  GTK_WIDGET_CLASS (klass)->map = leyden_runs_page_map;
  signals[SIGNAL_RUN_ACTIVATED] =
    g_signal_new ("run-activated", LEYDEN_TYPE_RUNS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  LEYDEN_TYPE_VALUE);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_list (LeydenRunsPage *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_valign (self->list, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->list, 18);
  gtk_widget_set_margin_bottom (self->list, 18);
  gtk_widget_set_margin_start (self->list, 12);
  gtk_widget_set_margin_end (self->list, 12);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Runs"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  gtk_box_append (GTK_BOX (box), create_compare_bar (self));
  gtk_box_append (GTK_BOX (box), self->list);
  update_chosen (self);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GtkWidget *
create_failed (LeydenRunsPage *self)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = gtk_button_new_with_label (_("Try Again"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "dialog-error-symbolic");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  g_signal_connect_object (button, "clicked", G_CALLBACK (retry_cb), self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

static void
leyden_runs_page_init (LeydenRunsPage *self)
{
  GtkWidget *empty = adw_status_page_new ();

  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "view-list-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("No Runs Yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty), _("Try a flow or run it over a data set: every run is kept and listed here."));
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), create_list (self), "list");
  gtk_stack_add_named (GTK_STACK (self->stack), leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (GTK_STACK (self->stack), create_failed (self), "failed");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  connected_cb (self);
}

GtkWidget *
leyden_runs_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_RUNS_PAGE, NULL);
}
