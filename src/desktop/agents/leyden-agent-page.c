/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-agent-page.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-agent-text.h"
#include "leyden-call-row.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

/* Events that come close together are one question. */
#define REFRESH_MS 250
#define MAX_CALLS 500
#define MAX_MEMBERS 64

struct _LeydenAgentPage
{
  GtkWidget           parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;      /* of this rollout */
  char               *rollout;          /* nullable */
  LeydenValue        *training;         /* nullable */
  guint               refresh;
  gboolean            asking;
  gboolean            again;            /* something came while it was asked */

  GtkWidget          *scroller;
  GtkWidget          *failure;
  GtkWidget          *content;
  GtkWidget          *icon;
  GtkWidget          *title;
  GtkWidget          *subtitle;
  GtkWidget          *simulated;        /* chips */
  GtkWidget          *validation;
  GtkWidget          *removed;
  GtkWidget          *lines;
  GtkWidget          *stop;
  GtkWidget          *verdict;
  GtkWidget          *reward;
  GtkWidget          *advantage;
  GtkWidget          *trained;
  GtkWidget          *sequences;
  GtkWidget          *reason;
  GtkWidget          *cut;
  GtkWidget          *calls;            /* list */
  GtkWidget          *no_calls;
  GtkWidget          *more;
  GPtrArray          *rows;             /* LeydenCallRow by call, borrowed */
  GtkWidget          *group_text;
  GtkWidget          *group;            /* list */
  LeydenValue        *shown_group;      /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenAgentPage, leyden_agent_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ROLLOUT_ACTIVATED,
  SIGNAL_LINES_REQUESTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void ask (LeydenAgentPage *self);

/* --- the calls --- */

static void
update_calls (LeydenAgentPage *self)
{
  LeydenValue *calls = leyden_value_get_member (self->training, "calls");
  guint n = MIN (leyden_value_get_size (calls), MAX_CALLS);
  guint n_all = leyden_value_get_size (calls);

  /* Calls only come; what is open stays open. */
  for (guint i = 0; i < n; i++)
    {
      if (i == self->rows->len)
        {
          GtkWidget *row = leyden_call_row_new (self->session, self->rollout);

          g_ptr_array_add (self->rows, row);
          gtk_list_box_append (GTK_LIST_BOX (self->calls), row);
        }
      leyden_call_row_set (LEYDEN_CALL_ROW (self->rows->pdata[i]), leyden_value_get_item (calls, i));
    }
  gtk_widget_set_visible (self->calls, n > 0);
  gtk_widget_set_visible (self->no_calls, n == 0);
  gtk_widget_set_visible (self->more, n_all > n);
  if (n_all > n)
    {
      g_autofree char *text = g_strdup_printf (_("The first %u of %u calls are shown."), n, n_all);

      gtk_label_set_text (GTK_LABEL (self->more), text);
    }
}

/* --- the group --- */

static void
append_member (LeydenAgentPage *self,
               LeydenValue     *member)
{
  const char *rollout = leyden_value_get_member_string (member, "rollout", "");
  const char *state = leyden_value_get_member_string (member, "state", "");
  double reward = leyden_value_get_member_double (member, "reward", NAN);
  double advantage = leyden_value_get_member_double (member, "advantage", NAN);
  gboolean own = g_strcmp0 (rollout, self->rollout) == 0;
  g_autofree char *title = leyden_text_display (rollout, -1, 60, FALSE);
  g_autofree char *told = isfinite (reward) ? g_strdup_printf (_("%s · reward %.3f"), leyden_state_title (state), reward)
                                            : g_strdup (leyden_state_title (state));
  g_autofree char *number = isfinite (advantage) && fabs (advantage) < 1e9 ? g_strdup_printf ("\u200e%+.2f", advantage) : g_strdup ("–");
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (leyden_state_icon (state)), *label = gtk_label_new (number);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), told);
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_state_title (state), -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  if (own)
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), leyden_part_chip (_("This one"), "accent"));
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_set_tooltip_text (label, _("Advantage"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _("Advantage"), -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), !own);
  g_object_set_data_full (G_OBJECT (row), "rollout", g_strdup (rollout), g_free);
  gtk_list_box_append (GTK_LIST_BOX (self->group), row);
}

static void
update_group (LeydenAgentPage *self)
{
  LeydenValue *group = leyden_value_get_member (self->training, "group");
  LeydenValue *members = leyden_value_get_member (group, "members");
  guint n = MIN (leyden_value_get_size (members), MAX_MEMBERS);
  g_autofree char *text = leyden_agent_describe_group (self->training);
  GtkWidget *child;

  gtk_label_set_text (GTK_LABEL (self->group_text), text);
  gtk_widget_set_visible (self->group, n > 1);
  if (leyden_value_equal (self->shown_group, group) && self->shown_group != NULL)
    return;
  g_clear_pointer (&self->shown_group, leyden_value_unref);
  self->shown_group = group != NULL ? leyden_value_ref (group) : NULL;
  while ((child = gtk_widget_get_first_child (self->group)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->group), child);
  for (guint i = 0; i < n; i++)
    append_member (self, leyden_value_get_item (members, i));
}

static void
member_activated_cb (LeydenAgentPage *self,
                     GtkListBoxRow   *row)
{
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, g_object_get_data (G_OBJECT (row), "rollout"));
}

/* --- the heading --- */

static gboolean
is_ended (const char *state)
{
  return g_str_equal (state, "succeeded") || g_str_equal (state, "failed") || g_str_equal (state, "cancelled");
}

static void
update_heading (LeydenAgentPage *self)
{
  const char *state = leyden_value_get_member_string (self->training, "state", "");
  const char *error = leyden_value_get_member_string (self->training, "error", NULL);
  const char *item = leyden_value_get_member_string (self->training, "item", NULL);
  gboolean attached = leyden_value_get_member_boolean (self->training, "attached", FALSE);
  gboolean train = leyden_value_get_member_boolean (self->training, "is_train", TRUE);
  gboolean writable = !leyden_session_is_read_only (self->session);
  g_autofree char *title = leyden_text_display (item != NULL && *item != '\0' ? item : self->rollout, -1, 80, FALSE);
  g_autofree char *why = error != NULL ? leyden_text_display (error, -1, 200, FALSE) : NULL;
  g_autofree char *told = why != NULL ? g_strdup_printf ("%s: %s", leyden_state_title (state), why) : g_strdup (leyden_state_title (state));

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), told);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (self->icon, (const char *[]) { "state", state, NULL });
  gtk_widget_set_visible (self->simulated, leyden_value_get_member_boolean (self->training, "simulated", FALSE));
  gtk_widget_set_visible (self->validation, !train);
  gtk_widget_set_visible (self->removed, leyden_value_get_member_boolean (self->training, "removed", FALSE));
  gtk_widget_set_visible (self->lines, writable && attached && g_str_equal (state, "queued"));
  gtk_widget_set_visible (self->stop, writable && attached && !is_ended (state));
}

static void
update_tiles (LeydenAgentPage *self)
{
  LeydenValue *reward = leyden_value_get_member (self->training, "reward");
  const char *reason = leyden_value_get_member_string (reward, "reason", leyden_value_get_member_string (reward, "source", NULL));
  g_autofree char *value = leyden_agent_format_reward (self->training);
  g_autofree char *advantage = leyden_agent_format_advantage (self->training);
  g_autofree char *trained = g_strdup_printf (_("%" PRId64 " of %u"), leyden_value_get_member_int (self->training, "n_trained", 0),
                                              leyden_value_get_size (leyden_value_get_member (self->training, "calls")));
  g_autofree char *sequences = g_strdup_printf ("%u", leyden_value_get_size (leyden_value_get_member (self->training, "sequences")));
  g_autofree char *shown = reason != NULL ? leyden_text_display (reason, -1, 300, FALSE) : NULL;
  g_autofree char *told = shown != NULL ? g_strdup_printf (_("About the reward: %s"), shown) : NULL;

  gtk_label_set_text (GTK_LABEL (self->reward), value);
  gtk_label_set_text (GTK_LABEL (self->advantage), advantage);
  gtk_label_set_text (GTK_LABEL (self->trained), trained);
  gtk_label_set_text (GTK_LABEL (self->sequences), sequences);
  gtk_label_set_text (GTK_LABEL (self->reason), told != NULL ? told : "");
  gtk_widget_set_visible (self->reason, told != NULL);
}

static void
update (LeydenAgentPage *self)
{
  g_autofree char *verdict = NULL;
  gboolean good = FALSE;

  gtk_widget_set_visible (self->content, self->training != NULL);
  if (self->training == NULL)
    return;
  gtk_widget_set_visible (self->failure, FALSE);
  update_heading (self);
  verdict = leyden_agent_describe_verdict (self->training, &good);
  gtk_label_set_text (GTK_LABEL (self->verdict), verdict);
  gtk_widget_remove_css_class (gtk_widget_get_parent (self->verdict), good ? "worse" : "better");
  if (leyden_value_get_size (leyden_value_get_member (self->training, "calls")) > 0)
    gtk_widget_add_css_class (gtk_widget_get_parent (self->verdict), good ? "better" : "worse");
  update_tiles (self);
  gtk_widget_set_visible (self->cut, leyden_value_get_member_boolean (self->training, "cut", FALSE));
  update_calls (self);
  update_group (self);
}

/* --- following it --- */

static gboolean
refresh_cb (gpointer data)
{
  LeydenAgentPage *self = data;

  self->refresh = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenAgentPage *self = user_data;

  if (g_str_equal (event, "record") && self->refresh == 0)
    self->refresh = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

static void
follow (LeydenAgentPage *self)
{
  g_autofree char *rollout = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/events", rollout);
  gint64 position = leyden_value_get_member_int (self->training, "position", 0);

  self->subscription = leyden_backend_subscribe (leyden_session_get_backend (self->session), path, (guint64) MAX (position, 0), event_cb, self, NULL);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenAgentPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  /* Of another rollout, or the page is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asking = FALSE;
  if (self->scroller == NULL || self->rollout == NULL)
    return;
  if (answer == NULL)
    {
      if (self->training == NULL)
        leyden_part_set_text (self->failure, error->message, 400);
      return;
    }
  if (g_strcmp0 (leyden_value_get_member_string (answer, "rollout", NULL), self->rollout) != 0)
    return;
  g_clear_pointer (&self->training, leyden_value_unref);
  self->training = g_steal_pointer (&answer);
  update (self);
  if (self->subscription == NULL)
    follow (self);
  if (self->again)
    ask (self);
}

static void
ask (LeydenAgentPage *self)
{
  g_autofree char *rollout = NULL;
  g_autofree char *path = NULL;

  if (self->rollout == NULL)
    return;
  self->again = self->asking;
  if (self->asking)
    return;
  self->asking = TRUE;
  rollout = leyden_backend_escape (self->rollout);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/training", rollout);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, received_cb, g_object_ref (self));
}

static void
stopped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenAgentPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->scroller == NULL)
    return;
  gtk_widget_set_sensitive (self->stop, TRUE);
  ask (self);
}

static void
stop_cb (LeydenAgentPage *self)
{
  g_autofree char *rollout = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/attach/%s", rollout);

  gtk_widget_set_sensitive (self->stop, FALSE);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "DELETE", path, NULL, self->cancellable, stopped_cb, g_object_ref (self));
}

static void
lines_cb (LeydenAgentPage *self)
{
  g_signal_emit (self, signals[SIGNAL_LINES_REQUESTED], 0, self->rollout);
}

static void
leave (LeydenAgentPage *self)
{
  GtkWidget *child;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->refresh, g_source_remove);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  g_clear_pointer (&self->rollout, g_free);
  g_clear_pointer (&self->training, leyden_value_unref);
  g_clear_pointer (&self->shown_group, leyden_value_unref);
  self->asking = self->again = FALSE;
  g_ptr_array_set_size (self->rows, 0);
  while (self->calls != NULL && (child = gtk_widget_get_first_child (self->calls)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->calls), child);
}

void
leyden_agent_page_set_rollout (LeydenAgentPage *self,
                               const char      *rollout)
{
  g_autofree char *wanted = g_strdup (rollout);

  g_return_if_fail (LEYDEN_IS_AGENT_PAGE (self));

  if (g_strcmp0 (self->rollout, wanted) == 0)
    return;
  leave (self);
  gtk_widget_set_visible (self->failure, FALSE);
  gtk_widget_set_sensitive (self->stop, TRUE);
  self->cancellable = g_cancellable_new ();
  self->rollout = g_steal_pointer (&wanted);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
  update (self);
  ask (self);
}

const char *
leyden_agent_page_get_rollout (LeydenAgentPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGENT_PAGE (self), NULL);

  return self->rollout;
}

LeydenValue *
leyden_agent_page_get_training (LeydenAgentPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGENT_PAGE (self), NULL);

  return self->training;
}

void
leyden_agent_page_open_call (LeydenAgentPage *self,
                             guint            call)
{
  g_return_if_fail (LEYDEN_IS_AGENT_PAGE (self));

  if (call < self->rows->len)
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self->rows->pdata[call]), TRUE);
}

/* --- life --- */

static void
leyden_agent_page_dispose (GObject *object)
{
  LeydenAgentPage *self = LEYDEN_AGENT_PAGE (object);

  self->calls = NULL;
  leave (self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_agent_page_parent_class)->dispose (object);
}

static void
leyden_agent_page_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_AGENT_PAGE (object)->rows);
  G_OBJECT_CLASS (leyden_agent_page_parent_class)->finalize (object);
}

static void
leyden_agent_page_class_init (LeydenAgentPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_agent_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_agent_page_finalize;
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_AGENT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_LINES_REQUESTED] =
    g_signal_new ("lines-requested", LEYDEN_TYPE_AGENT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_heading (LeydenAgentPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *chips = leyden_wrap_box_new ();

  self->icon = gtk_image_new ();
  self->title = leyden_part_label (NULL, "title-3");
  self->subtitle = leyden_part_label (NULL, "dim-label");
  self->simulated = leyden_part_chip (_("Simulated"), NULL);
  self->validation = leyden_part_chip (_("Validation"), "accent");
  self->removed = leyden_part_chip (_("Removed by the trainer"), "accent");
  self->lines = gtk_button_new_with_label (_("Lines…"));
  self->stop = gtk_button_new_with_label (_("Stop"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, _("State"), -1);
  gtk_widget_set_valign (self->icon, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->icon, 6);
  gtk_widget_set_valign (self->lines, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->lines, _("Show the lines for the terminal once more"));
  gtk_widget_set_valign (self->stop, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->stop, _("End the rollout without waiting for a reward"));
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (chips), FALSE);
  gtk_widget_set_parent (self->simulated, chips);
  gtk_widget_set_parent (self->validation, chips);
  gtk_widget_set_parent (self->removed, chips);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->subtitle);
  gtk_box_append (GTK_BOX (texts), chips);
  gtk_box_append (GTK_BOX (box), self->icon);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_box_append (GTK_BOX (box), self->lines);
  gtk_box_append (GTK_BOX (box), self->stop);
  g_signal_connect_object (self->lines, "clicked", G_CALLBACK (lines_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stop, "clicked", G_CALLBACK (stop_cb), self, G_CONNECT_SWAPPED);
  return box;
}

static GtkWidget *
create_verdict (LeydenAgentPage *self)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->verdict = leyden_part_label (NULL, NULL);
  self->reason = leyden_part_label (NULL, "dim-label");
  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "verdict");
  gtk_box_append (GTK_BOX (card), self->verdict);
  gtk_box_append (GTK_BOX (card), self->reason);
  return card;
}

static GtkWidget *
create_tiles (LeydenAgentPage *self)
{
  GtkWidget *box = leyden_wrap_box_new ();

  gtk_widget_set_parent (leyden_part_tile (_("Reward"), &self->reward), box);
  gtk_widget_set_parent (leyden_part_tile (_("Advantage"), &self->advantage), box);
  gtk_widget_set_parent (leyden_part_tile (_("Trained Calls"), &self->trained), box);
  gtk_widget_set_parent (leyden_part_tile (_("Sequences"), &self->sequences), box);
  return box;
}

static GtkWidget *
create_list (const char *name)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return list;
}

static void
create_content (LeydenAgentPage *self)
{
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  self->calls = create_list (_("Calls"));
  self->cut = leyden_part_label (_("The log is long: calls, sequences and reward are those of its last part only. A trainer sees all."), "warning");
  self->no_calls = leyden_part_label (_("No call yet."), "dim-label");
  self->more = leyden_part_label (NULL, "dim-label");
  self->group = create_list (_("Group"));
  self->group_text = leyden_part_label (NULL, "dim-label");
  g_signal_connect_object (self->group, "row-activated", G_CALLBACK (member_activated_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->content), create_heading (self));
  gtk_box_append (GTK_BOX (self->content), create_verdict (self));
  gtk_box_append (GTK_BOX (self->content), create_tiles (self));
  gtk_box_append (GTK_BOX (self->content), leyden_part_label (_("What the Trainer Will See"), "heading"));
  gtk_box_append (GTK_BOX (self->content), self->cut);
  gtk_box_append (GTK_BOX (self->content), self->calls);
  gtk_box_append (GTK_BOX (self->content), self->no_calls);
  gtk_box_append (GTK_BOX (self->content), self->more);
  gtk_box_append (GTK_BOX (self->content), leyden_part_label (_("Group"), "heading"));
  gtk_box_append (GTK_BOX (self->content), self->group_text);
  gtk_box_append (GTK_BOX (self->content), self->group);
}

static void
leyden_agent_page_init (LeydenAgentPage *self)
{
  GtkWidget *clamp = adw_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->session = g_object_ref (leyden_session_get_default ());
  self->rows = g_ptr_array_new ();
  self->failure = leyden_part_label (NULL, "error");
  create_content (self);
  gtk_widget_add_css_class (box, "experiment");
  gtk_box_append (GTK_BOX (box), self->failure);
  gtk_box_append (GTK_BOX (box), self->content);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), clamp);
  gtk_widget_set_vexpand (self->scroller, TRUE);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_widget_set_visible (self->failure, FALSE);
  gtk_widget_set_visible (self->content, FALSE);
}

GtkWidget *
leyden_agent_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_AGENT_PAGE, NULL);
}
