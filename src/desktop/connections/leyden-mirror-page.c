/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-mirror-page.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-mirror-text.h"
#include "leyden-mirror-view.h"
#include "leyden-rollout-item.h"
#include "leyden-run-view.h"
#include "leyden-safe-text.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

/* Rows that are made at first, and with each press of "Show More". */
#define STEP 100
#define MAX_SHOWN 20000
#define MAX_RECORDS 1000

struct _LeydenMirrorPage
{
  GtkWidget           parent_instance;

  LeydenSession      *session;
  LeydenMirrorView   *view;
  LeydenRunView      *run;              /* NULL until the mirror is known */
  GCancellable       *cancellable;
  GtkWidget          *stack;
  GtkWidget          *state_row;
  GtkWidget          *state_dot;
  GtkWidget          *poll_button;
  GtkWidget          *proxy_row;
  GtkWidget          *proxy_button;
  GtkWidget          *missed_row;
  GtkWidget          *status;           /* group of the rows above */
  AdwPreferencesGroup *models;
  GPtrArray          *model_rows;       /* borrowed */
  AdwPreferencesGroup *rollouts;
  GtkWidget          *list;
  GtkWidget          *counts;
  GtkWidget          *none;             /* "no rollouts yet" */
  GtkSliceListModel  *slice;
  GtkWidget          *more_button;

  LeydenSubscription *subscription;     /* of the rollout that is shown */
  GtkWidget          *rollout_title;
  GtkWidget          *debug_button;
  GtkWidget          *switcher;         /* of the two ways to look at it */
  GtkWidget          *ways;             /* GtkStack: "events", "training" */
  GtkWidget          *training;         /* AdwBin */
  GtkWidget          *records;
  guint               n_records;
};

G_DEFINE_FINAL_TYPE (LeydenMirrorPage, leyden_mirror_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_FAILED,
  SIGNAL_ROLLOUT_SHOWN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_row (GtkWidget  *row,
         const char *title,
         const char *subtitle)
{
  g_autofree char *above = title != NULL ? leyden_text_display (title, -1, 120, FALSE) : NULL;
  g_autofree char *below = leyden_text_display (subtitle, -1, 1000, TRUE);

  if (above != NULL)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), above);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), *subtitle != '\0' ? below : "");
}

static GtkWidget *
new_row (const char *title)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  return row;
}

/* ---- What the mirror says ---- */

static const char *
style_of (const char *state)
{
  if (g_str_equal (state, "connected"))
    return "connected";
  return g_str_equal (state, "connecting") || g_str_equal (state, "waiting") ? "connecting" : "failed";
}

static void
show_models (LeydenMirrorPage *self,
             LeydenValue      *mirror)
{
  LeydenValue *models = leyden_value_get_member (mirror, "models");

  for (guint i = 0; i < self->model_rows->len; i++)
    adw_preferences_group_remove (self->models, self->model_rows->pdata[i]);
  g_ptr_array_set_size (self->model_rows, 0);
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    {
      LeydenValue *model = leyden_value_get_item (models, i);
      g_autofree char *text = leyden_mirror_describe_model (model);
      GtkWidget *row = new_row ("");

      set_row (row, leyden_value_get_member_string (model, "model", ""), text);
      adw_preferences_group_add (self->models, row);
      g_ptr_array_add (self->model_rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->models), self->model_rows->len > 0);
}

static void run_received_cb (GObject *object, GAsyncResult *result, gpointer data);

static void
ask_run (LeydenMirrorPage *self,
         LeydenValue      *mirror)
{
  const char *run = leyden_value_get_member_string (mirror, "run", NULL);
  g_autofree char *path = run == NULL ? NULL : g_strdup_printf ("/leyden/v1/runs/%s", run);

  if (path == NULL || self->run != NULL || self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, run_received_cb,
                                g_object_ref (self));
}

static void
mirror_changed_cb (LeydenMirrorPage *self)
{
  LeydenValue *mirror = leyden_mirror_view_get_mirror (self->view);
  const char *state = leyden_mirror_view_get_state (self->view);
  LeydenValue *proxy = leyden_value_get_member (mirror, "proxy");
  gboolean paused = leyden_value_get_member_boolean (proxy, "paused", FALSE);
  gboolean read_only = leyden_session_is_read_only (self->session);
  g_autofree char *stands = leyden_mirror_describe_state (mirror);
  g_autofree char *proxied = leyden_mirror_describe_proxy (mirror);
  g_autofree char *missed = leyden_mirror_describe_missed (mirror);
  g_autofree char *counts = leyden_mirror_describe_counts (mirror);

  gtk_widget_set_css_classes (self->state_dot, (const char *[]) { "connectiondot", style_of (state), NULL });
  set_row (self->state_row, leyden_value_get_member_string (mirror, "name", _("Agent Lightning server")), stands);
  gtk_widget_set_visible (self->poll_button, mirror != NULL && leyden_value_get_member_string (mirror, "error", NULL) != NULL);
  set_row (self->proxy_row, NULL, proxied);
  gtk_button_set_label (GTK_BUTTON (self->proxy_button), paused ? _("Resume") : _("Pause"));
  gtk_widget_set_sensitive (self->proxy_button, g_str_equal (state, "connected") && !leyden_value_is_null (proxy) && !read_only);
  set_row (self->missed_row, NULL, missed);
  gtk_label_set_text (GTK_LABEL (self->counts), mirror != NULL ? counts : "");
  show_models (self, mirror);
  ask_run (self, mirror);
}

/* ---- Through it ---- */

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenMirrorPage) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_mirror_view_ask_finish (LEYDEN_MIRROR_VIEW (object), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
  if (self->view != NULL)
    mirror_changed_cb (self);
}

static void
poll_clicked_cb (LeydenMirrorPage *self)
{
  leyden_mirror_view_ask_async (self->view, "poll", NULL, asked_cb, g_object_ref (self));
}

static void
proxy_clicked_cb (LeydenMirrorPage *self)
{
  LeydenValue *proxy = leyden_value_get_member (leyden_mirror_view_get_mirror (self->view), "proxy");
  gboolean paused = leyden_value_get_member_boolean (proxy, "paused", FALSE);

  gtk_widget_set_sensitive (self->proxy_button, FALSE);
  leyden_mirror_view_ask_async (self->view, paused ? "resume" : "pause", NULL, asked_cb, g_object_ref (self));
}

/* ---- Its rollouts ---- */

static char *
describe_rollout (LeydenValue *row)
{
  double reward = leyden_value_get_member_double (row, "reward", NAN);
  g_autofree char *duration = leyden_format_duration (leyden_value_get_member_double (row, "latency_ms", NAN));
  const char *error = leyden_value_get_member_string (row, "error", NULL);
  GString *text = g_string_new (leyden_state_title (leyden_value_get_member_string (row, "state", "")));

  if (isfinite (reward))
    g_string_append_printf (text, _(" · reward %.3f"), reward);
  if (leyden_value_get_member_int (row, "finished_ns", 0) != 0)
    g_string_append_printf (text, " · %s", duration);
  if (error != NULL)
    g_string_append_printf (text, " · %s", error);
  return g_string_free (text, FALSE);
}

static GtkWidget *
create_rollout_row (gpointer item,
                    gpointer data)
{
  LeydenValue *value = leyden_rollout_item_get_row (item);
  const char *state = leyden_value_get_member_string (value, "state", "");
  g_autofree char *text = describe_rollout (value);
  GtkWidget *row = new_row ("");
  GtkWidget *icon = gtk_image_new_from_icon_name (leyden_state_icon (state));

  set_row (row, leyden_value_get_member_string (value, "item", ""), text);
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "row", leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
  return row;
}

static int
newest_first (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  gint64 left = leyden_rollout_item_get_index ((LeydenRolloutItem *) a), right = leyden_rollout_item_get_index ((LeydenRolloutItem *) b);

  return left > right ? -1 : left < right;
}

static void
update_more (LeydenMirrorPage *self)
{
  GListModel *all = gtk_slice_list_model_get_model (self->slice);
  guint n = all == NULL ? 0 : g_list_model_get_n_items (all);

  gtk_widget_set_visible (self->none, n == 0);
  gtk_widget_set_visible (self->list, n > 0);
  gtk_widget_set_visible (self->more_button, n > gtk_slice_list_model_get_size (self->slice)
                                               && gtk_slice_list_model_get_size (self->slice) < MAX_SHOWN);
}

static void
more_clicked_cb (LeydenMirrorPage *self)
{
  gtk_slice_list_model_set_size (self->slice, gtk_slice_list_model_get_size (self->slice) + STEP);
  update_more (self);
}

static void
take_run (LeydenMirrorPage *self,
          LeydenValue      *run)
{
  g_autoptr(GtkSortListModel) sorted = NULL;

  self->run = leyden_run_view_new (self->session, run, FALSE);
  sorted = gtk_sort_list_model_new (g_object_ref (leyden_run_view_get_rollouts (self->run)),
                                    GTK_SORTER (gtk_custom_sorter_new (newest_first, NULL, NULL)));
  gtk_slice_list_model_set_model (self->slice, G_LIST_MODEL (sorted));
  g_signal_connect_object (sorted, "items-changed", G_CALLBACK (update_more), self, G_CONNECT_SWAPPED);
  update_more (self);
}

static void
run_received_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(LeydenMirrorPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) run = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->view == NULL)
    return;
  g_clear_object (&self->cancellable);
  if (run == NULL)
    {
      g_debug ("Run of the mirror: %s", error->message);
      return;
    }
  take_run (self, run);
}

/* ---- One rollout ---- */

static void
add_record (LeydenMirrorPage *self,
            LeydenValue      *record)
{
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *label = gtk_label_new (NULL);
  LeydenValue *payload = leyden_value_get_member (record, "payload");
  g_autofree char *subtitle = NULL;
  g_autofree char *title = leyden_mirror_describe_record (record, &subtitle);
  g_autofree char *above = leyden_text_display (title, -1, 120, FALSE);
  g_autofree char *below = *subtitle != '\0' ? leyden_text_display (subtitle, -1, 300, FALSE) : g_strdup ("");
  g_autofree char *text = leyden_format_value (payload, 20000);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), above);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), below);
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_set_margin_start (label, 12);
  gtk_widget_set_margin_end (label, 12);
  gtk_widget_set_margin_top (label, 9);
  gtk_widget_set_margin_bottom (label, 9);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), label);
  gtk_list_box_append (GTK_LIST_BOX (self->records), row);
}

static void
record_cb (LeydenSubscription *subscription,
           const char         *event,
           LeydenValue        *data,
           const char         *id,
           gpointer            user_data)
{
  LeydenMirrorPage *self = user_data;

  if (g_str_equal (event, "record") && self->n_records++ < MAX_RECORDS)
    add_record (self, data);
}

static void
leave_rollout (LeydenMirrorPage *self)
{
  GtkWidget *child;

  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  self->n_records = 0;
  while ((child = gtk_widget_get_first_child (self->records)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->records), child);
}

void
leyden_mirror_page_show (LeydenMirrorPage *self,
                         const char       *rollout,
                         const char       *title)
{
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_MIRROR_PAGE (self) && rollout != NULL);

  escaped = leyden_backend_escape (rollout);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", escaped);
  leave_rollout (self);
  leyden_label_set_safe_text (GTK_LABEL (self->rollout_title), title, 100);
  self->subscription = leyden_backend_subscribe (leyden_session_get_backend (self->session), path, 0, record_cb, self, NULL);
  if (self->run != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->debug_button), "(ss)", leyden_run_view_get_id (self->run), rollout);
  gtk_widget_set_visible (self->debug_button, self->run != NULL);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rollout");
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_SHOWN], 0, rollout);
}

void
leyden_mirror_page_set_training (LeydenMirrorPage *self,
                                 GtkWidget        *training)
{
  g_return_if_fail (LEYDEN_IS_MIRROR_PAGE (self) && GTK_IS_WIDGET (training));

  adw_bin_set_child (ADW_BIN (self->training), training);
  gtk_widget_set_visible (self->switcher, TRUE);
}

void
leyden_mirror_page_show_longest (LeydenMirrorPage *self)
{
  GListModel *rollouts;
  g_autoptr(LeydenValue) row = NULL;

  g_return_if_fail (LEYDEN_IS_MIRROR_PAGE (self));

  rollouts = self->run == NULL ? NULL : leyden_run_view_get_rollouts (self->run);
  for (guint i = 0; rollouts != NULL && i < g_list_model_get_n_items (rollouts); i++)
    {
      g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (rollouts, i);
      LeydenValue *each = leyden_rollout_item_get_row (item);

      if (row != NULL && leyden_value_get_member_int (each, "last_sequence", 0) <= leyden_value_get_member_int (row, "last_sequence", 0))
        continue;
      g_clear_pointer (&row, leyden_value_unref);
      row = leyden_value_ref (each);
    }
  if (row != NULL)
    leyden_mirror_page_show (self, leyden_value_get_member_string (row, "rollout", ""), leyden_value_get_member_string (row, "item", ""));
}

static void
rollout_activated_cb (LeydenMirrorPage *self,
                      GtkListBoxRow    *row)
{
  LeydenValue *value = g_object_get_data (G_OBJECT (row), "row");

  leyden_mirror_page_show (self, leyden_value_get_member_string (value, "rollout", ""), leyden_value_get_member_string (value, "item", ""));
}

static void
back_clicked_cb (LeydenMirrorPage *self)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "overview");
  leave_rollout (self);
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_SHOWN], 0, NULL);
}

/* ---- Class ---- */

static void
leyden_mirror_page_dispose (GObject *object)
{
  LeydenMirrorPage *self = LEYDEN_MIRROR_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  if (self->run != NULL)
    leyden_run_view_close (self->run);
  g_clear_object (&self->run);
  if (self->view != NULL)
    leyden_mirror_view_close (self->view);
  g_clear_object (&self->view);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->model_rows, g_ptr_array_unref);
  g_clear_object (&self->slice);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_mirror_page_parent_class)->dispose (object);
}

static void
leyden_mirror_page_class_init (LeydenMirrorPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_mirror_page_dispose;
  signals[SIGNAL_FAILED] = g_signal_new ("failed", LEYDEN_TYPE_MIRROR_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SIGNAL_ROLLOUT_SHOWN] =
    g_signal_new ("rollout-shown", LEYDEN_TYPE_MIRROR_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_suffix_button (LeydenMirrorPage *self,
                   GtkWidget        *row,
                   const char       *label,
                   GCallback         clicked)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", clicked, self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return button;
}

static AdwPreferencesGroup *
create_status (LeydenMirrorPage *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->state_row = new_row ("");
  self->state_dot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_valign (self->state_dot, GTK_ALIGN_CENTER);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self->state_row), self->state_dot);
  self->poll_button = new_suffix_button (self, self->state_row, _("Try Again"), G_CALLBACK (poll_clicked_cb));
  self->proxy_row = new_row (_("Model proxy"));
  self->proxy_button = new_suffix_button (self, self->proxy_row, _("Pause"), G_CALLBACK (proxy_clicked_cb));
  self->missed_row = new_row (_("What was missed"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->state_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->proxy_row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->missed_row);
  return ADW_PREFERENCES_GROUP (group);
}

static GtkWidget *
new_list (const char *label)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_widget_set_valign (list, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return list;
}

static void
create_rollouts (LeydenMirrorPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->rollouts = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (self->rollouts, _("Rollouts"));
  self->slice = gtk_slice_list_model_new (NULL, 0, STEP);
  self->list = new_list (_("Rollouts"));
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), G_LIST_MODEL (self->slice), create_rollout_row, NULL, NULL);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (rollout_activated_cb), self, G_CONNECT_SWAPPED);
  self->counts = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->counts), 0);
  gtk_label_set_wrap (GTK_LABEL (self->counts), TRUE);
  gtk_widget_add_css_class (self->counts, "dim-label");
  self->none = gtk_label_new (_("None has started since this server is followed."));
  gtk_label_set_wrap (GTK_LABEL (self->none), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->none), 0);
  gtk_widget_add_css_class (self->none, "dim-label");
  self->more_button = gtk_button_new_with_label (_("Show More"));
  gtk_widget_set_halign (self->more_button, GTK_ALIGN_CENTER);
  g_signal_connect_object (self->more_button, "clicked", G_CALLBACK (more_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->counts);
  gtk_box_append (GTK_BOX (box), self->none);
  gtk_box_append (GTK_BOX (box), self->list);
  gtk_box_append (GTK_BOX (box), self->more_button);
  adw_preferences_group_add (self->rollouts, box);
  update_more (self);
}

static GtkWidget *
new_scroller (GtkWidget *content)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();

  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), content);
  gtk_widget_set_margin_top (content, 18);
  gtk_widget_set_margin_bottom (content, 18);
  gtk_widget_set_margin_start (content, 12);
  gtk_widget_set_margin_end (content, 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GtkWidget *
create_overview (LeydenMirrorPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);

  self->status = GTK_WIDGET (create_status (self));
  gtk_box_append (GTK_BOX (box), self->status);
  self->models = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (self->models, _("Models"));
  adw_preferences_group_set_description (self->models, _("Those that answered calls; the server has no list of them."));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->models));
  create_rollouts (self);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->rollouts));
  return new_scroller (box);
}

static GtkWidget *
create_back (LeydenMirrorPage *self)
{
  GtkWidget *back = gtk_button_new_from_icon_name ("go-previous-symbolic");

  gtk_widget_set_tooltip_text (back, _("Back to all rollouts"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to all rollouts"), -1);
  gtk_widget_add_css_class (back, "flat");
  g_signal_connect_object (back, "clicked", G_CALLBACK (back_clicked_cb), self, G_CONNECT_SWAPPED);
  return back;
}

/* Only in a window that has a debugger. */
static GtkWidget *
create_debug (LeydenMirrorPage *self)
{
  self->debug_button = gtk_button_new_with_label (_("Debug"));
  gtk_widget_set_tooltip_text (self->debug_button, _("Look at it with the debugger"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->debug_button), "win.debug-rollout");
  return self->debug_button;
}

static GtkWidget *
create_rollout (LeydenMirrorPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->rollout_title = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->rollout_title), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (self->rollout_title), 0);
  gtk_widget_set_hexpand (self->rollout_title, TRUE);
  gtk_widget_add_css_class (self->rollout_title, "heading");
  self->records = new_list (_("Events"));
  gtk_widget_set_valign (self->records, GTK_ALIGN_START);
  self->training = adw_bin_new ();
  self->ways = gtk_stack_new ();
  gtk_stack_add_titled (GTK_STACK (self->ways), new_scroller (self->records), "events", _("Events"));
  gtk_stack_add_titled (GTK_STACK (self->ways), self->training, "training", _("Training"));
  gtk_widget_set_vexpand (self->ways, TRUE);
  self->switcher = gtk_stack_switcher_new ();
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (self->switcher), GTK_STACK (self->ways));
  gtk_widget_set_visible (self->switcher, FALSE);
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), create_back (self));
  gtk_box_append (GTK_BOX (bar), self->rollout_title);
  gtk_box_append (GTK_BOX (bar), create_debug (self));
  gtk_box_append (GTK_BOX (bar), self->switcher);
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), self->ways);
  return box;
}

static void
leyden_mirror_page_init (LeydenMirrorPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->model_rows = g_ptr_array_new ();
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), create_overview (self), "overview");
  gtk_stack_add_named (GTK_STACK (self->stack), create_rollout (self), "rollout");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
}

GtkWidget *
leyden_mirror_page_new (const char *mirror)
{
  LeydenMirrorPage *self;

  g_return_val_if_fail (mirror != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_MIRROR_PAGE, NULL);
  self->view = leyden_mirror_view_new (self->session, mirror);
  g_signal_connect_object (self->view, "notify::mirror", G_CALLBACK (mirror_changed_cb), self, G_CONNECT_SWAPPED);
  mirror_changed_cb (self);
  return GTK_WIDGET (self);
}

GtkWidget *
leyden_mirror_page_new_for_run (LeydenValue *run)
{
  LeydenMirrorPage *self;

  g_return_val_if_fail (run != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_MIRROR_PAGE, NULL);
  gtk_widget_set_visible (self->status, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->models), FALSE);
  gtk_widget_set_visible (self->counts, FALSE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  take_run (self, run);
  return GTK_WIDGET (self);
}
