/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-view-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-announce.h"
#include "leyden-button.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

G_DEFINE_FINAL_TYPE (LeydenDashboardView, leyden_dashboard_view, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* --- answers --- */

static void
show_result (LeydenDashboardView *self,
             LeydenBoardPanel    *panel)
{
  gint64 from, to;

  leyden_dashboard_feed_get_time (self->feed, &from, &to);
  leyden_board_panel_set_result (panel, leyden_dashboard_feed_get_result (self->feed, leyden_board_panel_get_id (panel)),
                                 leyden_dashboard_feed_get_zone (self->feed), leyden_dashboard_feed_get_currency (self->feed), from, to);
}

/* What is seen comes first. */
static guint
find_next (LeydenDashboardView *self)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (self->grid, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t seen = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (scroller), (float) gtk_widget_get_height (scroller));

  for (guint i = 0; i < self->unfilled->len; i++)
    {
      graphene_rect_t bounds;

      if (gtk_widget_compute_bounds (g_ptr_array_index (self->unfilled, i), scroller, &bounds) && graphene_rect_intersection (&bounds, &seen, NULL))
        return i;
    }
  return 0;
}

static gboolean
fill_cb (gpointer data)
{
  LeydenDashboardView *self = data;
  g_autoptr(LeydenBoardPanel) panel = g_ptr_array_steal_index (self->unfilled, find_next (self));

  show_result (self, panel);
  if (self->unfilled->len > 0)
    return G_SOURCE_CONTINUE;
  self->filling = 0;
  return G_SOURCE_REMOVE;
}

/* One panel in a turn of the main loop, after what wants to be drawn: to make and fill all at once would hold up the window. */
static void
show_results (LeydenDashboardView *self)
{
  LeydenBoardGrid *grid = LEYDEN_BOARD_GRID (self->grid);

  g_ptr_array_set_size (self->unfilled, 0);
  if (self->full_panel != NULL)
    show_result (self, LEYDEN_BOARD_PANEL (self->full_panel));
  else
    for (guint i = 0; i < leyden_board_grid_get_n_panels (grid); i++)
      g_ptr_array_add (self->unfilled, g_object_ref (leyden_board_grid_get_panel (grid, i)));
  if (self->unfilled->len == 0)
    g_clear_handle_id (&self->filling, g_source_remove);
  else if (self->filling == 0)
    self->filling = g_idle_add (fill_cb, self);
}

/* Above the panels: why nothing can be asked; or that there is nothing, and what would change that. */
static void
show_banner (LeydenDashboardView *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  const GError *error = leyden_dashboard_feed_get_error (self->feed);
  gboolean connected = leyden_backend_get_state (backend) == LEYDEN_BACKEND_CONNECTED;
  gboolean empty = connected && error == NULL && leyden_dashboard_feed_is_empty (self->feed);

  if (leyden_backend_get_state (backend) == LEYDEN_BACKEND_FAILED)
    error = leyden_backend_get_error (backend);
  if (error != NULL)
    leyden_label_set_safe_text (GTK_LABEL (self->banner_text), error->message, 300);
  else if (empty)
    gtk_label_set_text (GTK_LABEL (self->banner_text), _("Nothing has run in this time. Run a flow and come back: what it did is shown here while it goes on."));
  gtk_widget_set_visible (self->banner_run, empty && !leyden_session_is_read_only (self->session));
  gtk_widget_set_visible (self->banner_all, empty && g_strcmp0 (leyden_value_get_member_string (self->time, "range", NULL), "all") != 0);
  gtk_widget_set_visible (self->banner, error != NULL || empty);
}

static void
answered_cb (LeydenDashboardView *self)
{
  const char *simulated = leyden_dashboard_feed_get_simulated (self->feed);

  show_results (self);
  show_banner (self);
  gtk_widget_set_visible (self->simulated, strcmp (simulated, "none") != 0 && !self->editing);
  gtk_label_set_text (GTK_LABEL (self->simulated), strcmp (simulated, "all") == 0 ? _("Simulated") : _("Partly simulated"));
}

/* --- the document --- */

static void
ask (LeydenDashboardView *self)
{
  g_autoptr(LeydenValue) values = leyden_variables_bar_get_values (LEYDEN_VARIABLES_BAR (self->variables));

  leyden_dashboard_feed_set (self->feed, leyden_dashboard_history_get (self->history), values, self->time, self->zone);
}

void
leyden_dashboard_view_update_bars (LeydenDashboardView *self)
{
  gboolean writable = !leyden_session_is_read_only (self->session);
  LeydenValue *document = self->history != NULL ? leyden_dashboard_history_get (self->history) : NULL;
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (document, "title", ""), -1, 80, FALSE);

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_widget_set_visible (self->edit_button, writable);
  leyden_button_set_mnemonic (GTK_BUTTON (self->edit_button), self->editing ? _("_Done") : _("_Edit"));
  gtk_widget_set_tooltip_text (self->edit_button, self->editing ? _("Stop editing the dashboard")
                                                  : self->ready ? _("Edit a copy of this dashboard") : _("Move, change and add panels"));
  gtk_widget_set_visible (self->add_button, self->editing);
  gtk_widget_set_visible (self->undo_button, self->editing);
  gtk_widget_set_visible (self->redo_button, self->editing);
  gtk_widget_set_visible (self->saved, self->editing);
  gtk_widget_set_visible (self->simulated, strcmp (leyden_dashboard_feed_get_simulated (self->feed), "none") != 0 && !self->editing);
  gtk_label_set_text (GTK_LABEL (self->saved), leyden_dashboard_view_is_saved (self) ? _("Saved") : _("Saving…"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboard.undo", leyden_dashboard_view_get_undo_label (self) != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboard.redo", leyden_dashboard_view_get_redo_label (self) != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboard.settings", writable);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboard.duplicate", writable);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboard.remove", writable && !self->ready);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
}

/* One that is alone on the page, and was removed, is gone there too. */
static void
update_full (LeydenDashboardView *self)
{
  LeydenValue *panel;

  if (self->full_panel == NULL)
    return;
  panel = leyden_dashboard_get_panel (leyden_dashboard_history_get (self->history), leyden_board_panel_get_id (LEYDEN_BOARD_PANEL (self->full_panel)));
  if (panel != NULL)
    leyden_board_panel_set_panel (LEYDEN_BOARD_PANEL (self->full_panel), panel);
  else
    leyden_dashboard_view_go_back (self);
}

void
leyden_dashboard_view_update (LeydenDashboardView *self)
{
  LeydenValue *document = leyden_dashboard_history_get (self->history);
  LeydenValue *panels = leyden_value_get_member (document, "panels");

  leyden_board_grid_set_document (LEYDEN_BOARD_GRID (self->grid), document);
  leyden_variables_bar_set (LEYDEN_VARIABLES_BAR (self->variables), leyden_value_get_member (document, "variables"));
  update_full (self);
  if (self->full_panel == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), leyden_value_get_size (panels) > 0 ? "board" : "none");
  ask (self);
  show_results (self);
  leyden_dashboard_view_update_bars (self);
}

void
leyden_dashboard_view_toast (LeydenDashboardView *self,
                             const char          *text)
{
  leyden_say (GTK_WIDGET (self), text);
}

static void
take_time (LeydenDashboardView *self,
           LeydenValue         *document)
{
  LeydenValue *time = leyden_value_get_member (document, "time");

  g_clear_pointer (&self->time, leyden_value_unref);
  g_clear_pointer (&self->zone, g_free);
  if (time != NULL)
    self->time = leyden_value_ref (time);
  else
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "range", "24h");
      leyden_value_builder_end (&b);
      self->time = leyden_value_builder_end_value (&b);
    }
  self->zone = g_strdup (leyden_value_get_member_string (document, "zone", ""));
  leyden_time_range_button_set (LEYDEN_TIME_RANGE_BUTTON (self->time_button), self->time, self->zone);
}

static void
forget (LeydenDashboardView *self)
{
  leyden_dashboard_view_leave (self);
  leyden_dashboard_view_set_editing (self, FALSE);
  leyden_dashboard_view_go_back (self);
  g_clear_pointer (&self->history, leyden_dashboard_history_free);
  g_clear_pointer (&self->id, g_free);
}

void
leyden_dashboard_view_show (LeydenDashboardView *self,
                            LeydenValue         *answer)
{
  LeydenValue *given = leyden_value_get_member (answer, "dashboard");
  gboolean ready = leyden_value_get_member_boolean (answer, "ready", FALSE);
  g_autoptr(LeydenValue) document = ready ? leyden_dashboard_translate (given) : leyden_value_ref (given);

  g_return_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self));

  forget (self);
  self->id = g_strdup (leyden_value_get_member_string (answer, "id", ""));
  self->ready = ready;
  self->revision = leyden_value_get_member_int (answer, "revision", 0);
  self->history = leyden_dashboard_history_new (document);
  self->refresh_s = (int) leyden_value_get_member_int (document, "refresh_s", LEYDEN_DASHBOARD_LIVE);
  leyden_dashboard_feed_set_refresh (self->feed, self->refresh_s);
  take_time (self, document);
  leyden_board_grid_set_writable (LEYDEN_BOARD_GRID (self->grid), !leyden_session_is_read_only (self->session));
  gtk_widget_set_visible (self->banner, FALSE);
  leyden_dashboard_view_update (self);
}

void
leyden_dashboard_view_clear (LeydenDashboardView *self)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self));

  forget (self);
}

/* --- what the person chooses --- */

void
leyden_dashboard_view_choose (LeydenDashboardView *self,
                              const char          *variable,
                              const char          *value,
                              const char          *title)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self));

  if (self->history != NULL && leyden_variables_bar_choose (LEYDEN_VARIABLES_BAR (self->variables), variable, value, title))
    ask (self);
}

/* --- class --- */

static void
variables_cb (LeydenDashboardView *self)
{
  if (self->history != NULL)
    ask (self);
}

static void
time_cb (LeydenDashboardView *self)
{
  LeydenTimeRangeButton *button = LEYDEN_TIME_RANGE_BUTTON (self->time_button);

  g_clear_pointer (&self->time, leyden_value_unref);
  g_free (self->zone);
  self->time = leyden_value_ref (leyden_time_range_button_get_time (button));
  self->zone = g_strdup (leyden_time_range_button_get_zone (button));
  if (self->history != NULL)
    ask (self);
}

static void
act_cb (LeydenDashboardView *self,
        LeydenBoardPanel    *panel,
        const char          *what)
{
  g_autofree char *id = g_strdup (leyden_board_panel_get_id (panel));

  leyden_dashboard_view_act (self, id, what);
}

static void
rollout_cb (LeydenDashboardView *self,
            const char          *run,
            const char          *rollout)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.debug-rollout", "(ss)", run, rollout);
}

static void
run_cb (LeydenDashboardView *self)
{
  g_signal_emit_by_name (self, "run-requested");
}

static void
all_times_cb (LeydenDashboardView *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) time = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "range", "all");
  leyden_value_builder_end (&b);
  time = leyden_value_builder_end_value (&b);
  leyden_time_range_button_set (LEYDEN_TIME_RANGE_BUTTON (self->time_button), time, self->zone);
  time_cb (self);
}

static void
state_cb (LeydenDashboardView *self)
{
  if (self->history == NULL)
    return;
  show_banner (self);
  leyden_board_grid_set_writable (LEYDEN_BOARD_GRID (self->grid), !leyden_session_is_read_only (self->session));
  leyden_dashboard_view_update_bars (self);
  if (leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED)
    leyden_dashboard_view_flush (self);
}

static void
leyden_dashboard_view_get_property (GObject    *object,
                                    guint       prop_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (object);

  if (prop_id == PROP_CAN_UNDO)
    g_value_set_boolean (value, leyden_dashboard_view_get_undo_label (self) != NULL);
  else if (prop_id == PROP_CAN_REDO)
    g_value_set_boolean (value, leyden_dashboard_view_get_redo_label (self) != NULL);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_dashboard_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_dashboard_view_parent_class)->map (widget);
  leyden_dashboard_feed_set_seen (LEYDEN_DASHBOARD_VIEW (widget)->feed, TRUE);
}

static void
leyden_dashboard_view_unmap (GtkWidget *widget)
{
  leyden_dashboard_feed_set_seen (LEYDEN_DASHBOARD_VIEW (widget)->feed, FALSE);
  leyden_dashboard_view_flush (LEYDEN_DASHBOARD_VIEW (widget));
  GTK_WIDGET_CLASS (leyden_dashboard_view_parent_class)->unmap (widget);
}

static void
leyden_dashboard_view_dispose (GObject *object)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (object);

  if (self->box != NULL)
    leyden_dashboard_view_leave (self);
  g_clear_handle_id (&self->filling, g_source_remove);
  g_ptr_array_set_size (self->unfilled, 0);
  g_clear_object (&self->chooser);
  self->full_panel = NULL;
  g_clear_pointer (&self->box, gtk_widget_unparent);
  if (self->feed != NULL)
    g_signal_handlers_disconnect_by_data (self->feed, self);
  g_clear_object (&self->feed);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_dashboard_view_parent_class)->dispose (object);
}

static void
leyden_dashboard_view_finalize (GObject *object)
{
  LeydenDashboardView *self = LEYDEN_DASHBOARD_VIEW (object);

  g_ptr_array_unref (self->unfilled);
  g_clear_pointer (&self->history, leyden_dashboard_history_free);
  g_clear_pointer (&self->time, leyden_value_unref);
  g_free (self->zone);
  g_free (self->id);
  G_OBJECT_CLASS (leyden_dashboard_view_parent_class)->finalize (object);
}

static void
leyden_dashboard_view_class_init (LeydenDashboardViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_dashboard_view_get_property;
  object_class->dispose = leyden_dashboard_view_dispose;
  object_class->finalize = leyden_dashboard_view_finalize;
  widget_class->map = leyden_dashboard_view_map;
  widget_class->unmap = leyden_dashboard_view_unmap;
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_signal_new ("copy-requested", LEYDEN_TYPE_DASHBOARD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, LEYDEN_TYPE_VALUE, G_TYPE_STRING,
                G_TYPE_STRING);
  g_signal_new ("remove-requested", LEYDEN_TYPE_DASHBOARD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("run-requested", LEYDEN_TYPE_DASHBOARD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("show-requested", LEYDEN_TYPE_DASHBOARD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_signal_new ("listed-changed", LEYDEN_TYPE_DASHBOARD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  leyden_dashboard_view_add_actions (widget_class);
}

static void
leyden_dashboard_view_init (LeydenDashboardView *self)
{
  self->unfilled = g_ptr_array_new_with_free_func (g_object_unref);
}

GtkWidget *
leyden_dashboard_view_new (LeydenSession *session)
{
  LeydenDashboardView *self = g_object_new (LEYDEN_TYPE_DASHBOARD_VIEW, NULL);

  self->session = g_object_ref (session);
  self->feed = leyden_dashboard_feed_new (session);
  leyden_dashboard_view_build (self);
  g_signal_connect_object (self->feed, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variables, "changed", G_CALLBACK (variables_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->time_button, "changed", G_CALLBACK (time_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "act", G_CALLBACK (act_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "rollout-activated", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "arranged", G_CALLBACK (leyden_dashboard_view_arranged_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->banner_run, "clicked", G_CALLBACK (run_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->banner_all, "clicked", G_CALLBACK (all_times_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::read-only", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

LeydenValue *
leyden_dashboard_view_get_document (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), NULL);
  return self->history != NULL ? leyden_dashboard_history_get (self->history) : NULL;
}

gboolean
leyden_dashboard_view_is_ready (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), FALSE);
  return self->ready;
}

gint64
leyden_dashboard_view_get_revision (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), 0);
  return self->revision;
}

void
leyden_dashboard_view_set_editing (LeydenDashboardView *self,
                                   gboolean             editing)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self));

  if (self->editing == editing)
    return;
  if (editing)
    leyden_dashboard_view_go_back (self);
  self->editing = editing;
  leyden_board_grid_set_editing (LEYDEN_BOARD_GRID (self->grid), editing);
  leyden_dashboard_view_update_bars (self);
  leyden_announce (GTK_WIDGET (self), editing ? _("Editing: Tab goes from panel to panel, arrows move, Shift and arrows resize") : _("No longer editing"));
  if (!editing)
    leyden_dashboard_view_flush (self);
}

gboolean
leyden_dashboard_view_get_editing (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), FALSE);
  return self->editing;
}

const char *
leyden_dashboard_view_get_undo_label (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), NULL);
  return self->history != NULL ? leyden_dashboard_history_get_undo_label (self->history) : NULL;
}

const char *
leyden_dashboard_view_get_redo_label (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), NULL);
  return self->history != NULL ? leyden_dashboard_history_get_redo_label (self->history) : NULL;
}

gboolean
leyden_dashboard_view_go_back (LeydenDashboardView *self)
{
  LeydenBoardPanel *panel;

  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), FALSE);

  if (self->full_panel == NULL)
    return FALSE;
  panel = leyden_board_grid_find_panel (LEYDEN_BOARD_GRID (self->grid), leyden_board_panel_get_id (LEYDEN_BOARD_PANEL (self->full_panel)));
  self->full_panel = NULL;
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "board");
  adw_bin_set_child (ADW_BIN (self->full_bin), NULL);
  show_results (self);
  if (panel != NULL)
    gtk_widget_child_focus (GTK_WIDGET (panel), GTK_DIR_TAB_FORWARD);
  return TRUE;
}

LeydenBoardGrid *
leyden_dashboard_view_get_grid (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), NULL);
  return LEYDEN_BOARD_GRID (self->grid);
}

LeydenDashboardFeed *
leyden_dashboard_view_get_feed (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), NULL);
  return self->feed;
}

gboolean
leyden_dashboard_view_is_saved (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), TRUE);
  return self->saving == NULL && !self->unsaved;
}
