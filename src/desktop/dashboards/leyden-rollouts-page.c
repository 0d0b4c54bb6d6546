/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollouts-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-rollout-columns.h"
#include "leyden-rollouts-private.h"
#include "leyden-safe-text.h"

/* What comes close together is one question, and a question that takes its time is asked the more seldom. */
#define REFRESH_MS 1000
#define REFRESH_SHARE 20

G_DEFINE_FINAL_TYPE (LeydenRolloutsPage, leyden_rollouts_page, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SHOWING_LIST,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_TRY_REQUESTED,
  SIGNAL_DELETED,
  SIGNAL_SAID,
  SIGNAL_RETRIED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/*
 *  filter or sort ──► question ──► snapshot (how many, the first page) ──► the model asks for pages of it
 *                                     ▲            │
 *             "rollouts" events ──► refresh ───────┘ what changed since: positions, merged into the model
 */

static void ask_list (LeydenRolloutsPage *self);
static void schedule_refresh (LeydenRolloutsPage *self);

/* --- what is said --- */

void
leyden_rollouts_page_say (LeydenRolloutsPage *self,
                          const char         *text)
{
  g_signal_emit (self, signals[SIGNAL_SAID], 0, text);
}

void
leyden_rollouts_page_tell_retried (LeydenRolloutsPage *self,
                                   const char         *rollout)
{
  g_signal_emit (self, signals[SIGNAL_RETRIED], 0, rollout);
}

void
leyden_rollouts_page_ask_try (LeydenRolloutsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_TRY_REQUESTED], 0);
}

void
leyden_rollouts_page_tell_deleted (LeydenRolloutsPage *self,
                                   gint64              deletion,
                                   guint               n)
{
  g_signal_emit (self, signals[SIGNAL_DELETED], 0, deletion, n);
}

static gboolean
is_filtered (LeydenRolloutsPage *self)
{
  return leyden_value_get_size (self->query) > 0;
}

static void
update_status (LeydenRolloutsPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  const char *error = leyden_rollout_model_get_error (self->model);
  g_autofree char *text = NULL;

  if (self->asking_list && self->anew)
    text = g_strdup (_("Searching…"));
  else if (self->refused)
    text = g_strdup (_("Not searched: the filter has an error"));
  else if (is_filtered (self))
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout found", "%'u rollouts found", n), n);
  else
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout", "%'u rollouts", n), n);
  leyden_label_set_safe_text (GTK_LABEL (self->status), error != NULL ? error : text, 300);
  gtk_widget_set_visible (self->retry, error != NULL);
}

static void
show_state (LeydenRolloutsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);
  const GError *error = leyden_backend_get_error (backend);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  const char *child = "table";

  if (n == 0 && state == LEYDEN_BACKEND_FAILED)
    {
      child = "failed";
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), child)), _("No Backend"),
                                   error != NULL ? error->message : NULL);
    }
  else if (n == 0 && (state == LEYDEN_BACKEND_CONNECTING || state == LEYDEN_BACKEND_RECONNECTING))
    child = "connecting";
  else if (n == 0 && !self->asking_list)
    child = is_filtered (self) ? "none" : "empty";
  /* Of a question that is no good nothing is known, not that nothing was found. */
  if (!self->refused || n > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), child);
  update_status (self);
}

/* --- questions --- */

typedef struct
{
  LeydenRolloutsPage *page;
  guint               generation;       /* of the question */
  guint               request;          /* of the model; 0: for the whole list */
  gint64              begun_us;
} Asked;

static Asked *
asked_new (LeydenRolloutsPage *self,
           guint               request)
{
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked) { g_object_ref (self), self->generation, request, g_get_monotonic_time () };
  return asked;
}

static void
asked_free (Asked *asked)
{
  g_object_unref (asked->page);
  g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
add_filter (LeydenRolloutsPage *self,
            LeydenValueBuilder *b)
{
  LeydenValue *filter = leyden_value_get_member (self->query, "filter");

  if (filter == NULL && self->run == NULL)
    return;
  leyden_value_builder_key (b, "filter");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (filter); i++)
    leyden_value_builder_add (b, leyden_value_get_item (filter, i));
  if (self->run != NULL)
    {
      leyden_value_builder_begin_list (b);
      leyden_value_builder_add_string (b, "run");
      leyden_value_builder_add_string (b, "=");
      leyden_value_builder_add_string (b, self->run);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

/* What the list is, as the backend is asked for it. @b stands in the object. */
static void
add_question (LeydenRolloutsPage *self,
              LeydenValueBuilder *b)
{
  gboolean descending;
  const char *sort = leyden_rollout_table_get_sort (self->table, &descending);

  leyden_value_builder_key (b, "sort");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_string (b, sort);
  leyden_value_builder_add_string (b, descending ? "desc" : "asc");
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  add_filter (self, b);
  for (guint i = 0; i < 2; i++)
    {
      const char *name = i == 0 ? "where" : "text";
      const char *text = leyden_value_get_member_string (self->query, name, NULL);

      if (text != NULL)
        leyden_value_builder_set_string (b, name, text);
    }
  if (self->snapshot != NULL && !self->anew)
    leyden_value_builder_set_string (b, "snapshot", self->snapshot);
}

LeydenValue *
leyden_rollouts_page_dup_question (LeydenRolloutsPage *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  add_question (self, &b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
send (LeydenRolloutsPage *self,
      guint               offset,
      guint               limit,
      Asked              *asked,
      GAsyncReadyCallback callback)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  add_question (self, &b);
  /* A page is one of the list that is shown, whatever was asked for since. */
  if (asked->request != 0 && self->anew && self->snapshot != NULL)
    leyden_value_builder_set_string (&b, "snapshot", self->snapshot);
  leyden_value_builder_set_int (&b, "offset", offset);
  leyden_value_builder_set_int (&b, "limit", limit);
  if (asked->request == 0)
    leyden_value_builder_set_boolean (&b, "count", TRUE);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/rollouts/query", body, self->cancellable, callback, asked);
}

/* Another snapshot than the one that was asked for is another list. */
static void
take_snapshot (LeydenRolloutsPage *self,
               LeydenValue        *answer)
{
  const char *snapshot = leyden_value_get_member_string (answer, "snapshot", NULL);
  gint64 n = leyden_value_get_member_int (answer, "n", 0);
  LeydenValue *rows = leyden_value_get_member (answer, "rows"), *changes = leyden_value_get_member (answer, "changes");
  g_autoptr(GtkBitset) selection = leyden_rollout_table_get_selection (self->table);
  /* What is selected stays in sight. */
  gboolean at_top = self->anew || (leyden_rollout_table_is_at_top (self->table) && gtk_bitset_is_empty (selection));

  if (self->anew || changes == NULL || !leyden_rollout_model_change (self->model, changes)
      || g_list_model_get_n_items (G_LIST_MODEL (self->model)) != (guint) MAX (n, 0))
    leyden_rollout_model_reset (self->model, (guint) CLAMP (n, 0, G_MAXINT32 - 1), rows);
  if (at_top)
    leyden_rollout_table_scroll_to_top (self->table);
  self->anew = FALSE;
  g_free (self->snapshot);
  self->snapshot = g_strdup (snapshot);
}

static void
list_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Asked) asked = data;
  LeydenRolloutsPage *self = asked->page;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->outer == NULL || asked->generation != self->generation)
    return;
  self->asking_list = FALSE;
  self->took_us = g_get_monotonic_time () - asked->begun_us;
  leyden_rollout_filter_set_error (self->filter, error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? error->message : NULL);
  self->refused = self->anew && g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_INVALID);
  /* A question that is no good, or not finished yet, leaves on the screen what was there. */
  if (answer != NULL)
    take_snapshot (self, answer);
  if (self->again)
    schedule_refresh (self);
  show_state (self);
}

/* The snapshot that there is stays on the screen meanwhile. */
static void
ask_list (LeydenRolloutsPage *self)
{
  if (leyden_backend_get_state (leyden_session_get_backend (self->session)) != LEYDEN_BACKEND_CONNECTED)
    return;
  g_clear_handle_id (&self->refresh, g_source_remove);
  self->again = FALSE;
  self->asking_list = TRUE;
  send (self, 0, self->anew ? LEYDEN_ROLLOUT_MODEL_PAGE : 0, asked_new (self, 0), list_received_cb);
  update_status (self);
}

static void
page_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Asked) asked = data;
  LeydenRolloutsPage *self = asked->page;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *snapshot = leyden_value_get_member_string (answer, "snapshot", NULL);

  if (self->outer == NULL)
    return;
  /* The backend had to make the list anew: it keeps only what is used. */
  if (answer != NULL && g_strcmp0 (snapshot, self->snapshot) != 0)
    {
      self->anew = TRUE;
      leyden_rollouts_page_refresh (self);
    }
  else
    leyden_rollout_model_answer (self->model, asked->request, leyden_value_get_member (answer, "rows"), error);
}

static void
ask_page_cb (LeydenRolloutModel *model,
             guint               request,
             guint               offset,
             guint               limit,
             gpointer            data)
{
  LeydenRolloutsPage *self = data;

  send (self, offset, limit, asked_new (self, request), page_received_cb);
}

/* Another list. What is shown meanwhile is read on from the one before. */
static void
ask_anew (LeydenRolloutsPage *self)
{
  self->generation++;
  self->anew = TRUE;
  /* What is under way answers nobody any more; this one may have to wait for a connection. */
  self->asking_list = FALSE;
  leyden_rollout_table_unselect (self->table);
  ask_list (self);
}

static void
sorted_cb (LeydenRolloutsPage *self)
{
  leyden_rollouts_page_update_view (self);
  ask_anew (self);
}

static void
filter_changed_cb (LeydenRolloutsPage *self)
{
  g_autoptr(LeydenValue) query = leyden_rollout_filter_dup_query (self->filter);

  if (leyden_value_equal (query, self->query))
    return;
  g_clear_pointer (&self->query, leyden_value_unref);
  self->query = g_steal_pointer (&query);
  ask_anew (self);
}

/* --- live --- */

static gboolean
refresh_cb (gpointer data)
{
  LeydenRolloutsPage *self = data;

  self->refresh = 0;
  leyden_rollouts_page_refresh (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is asked for while nobody looks. */
static void
schedule_refresh (LeydenRolloutsPage *self)
{
  self->again = TRUE;
  if (self->refresh != 0 || self->asking_list || !gtk_widget_get_mapped (self->stack))
    return;
  self->refresh = g_timeout_add ((guint) MAX (REFRESH_MS, self->took_us * REFRESH_SHARE / 1000), refresh_cb, self);
}

void
leyden_rollouts_page_refresh (LeydenRolloutsPage *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self));

  if (self->asking_list)
    self->again = TRUE;
  else
    ask_list (self);
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  if (g_str_equal (event, "rollouts"))
    schedule_refresh (user_data);
}

static void
connected_cb (LeydenRolloutsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  show_state (self);
  if (leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  leyden_rollouts_page_refresh (self);
  if (self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
}

static void
list_mapped_cb (LeydenRolloutsPage *self)
{
  if (self->again)
    schedule_refresh (self);
}

/* --- the page of one --- */

static void
close_page (LeydenRolloutsPage *self)
{
  if (self->page != NULL)
    leyden_rollout_page_set_rollout (self->page, NULL);
}

static void
ensure_page (LeydenRolloutsPage *self)
{
  if (self->page != NULL)
    return;
  self->page = LEYDEN_ROLLOUT_PAGE (leyden_rollout_page_new (self->session));
  gtk_widget_set_vexpand (GTK_WIDGET (self->page), TRUE);
  gtk_box_append (GTK_BOX (gtk_stack_get_child_by_name (GTK_STACK (self->outer), "page")), GTK_WIDGET (self->page));
}

void
leyden_rollouts_page_show (LeydenRolloutsPage *self,
                           const char         *rollout)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self));

  if (rollout != NULL)
    {
      ensure_page (self);
      leyden_rollout_page_set_rollout (self->page, rollout);
    }
  else
    close_page (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), rollout != NULL ? "page" : "list");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.back", rollout != NULL);
  if (rollout == NULL)
    leyden_rollout_table_focus (self->table);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWING_LIST]);
}

gboolean
leyden_rollouts_page_is_list (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), TRUE);
  return g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "page") != 0;
}

static void
activated_cb (LeydenRolloutsPage *self,
              LeydenRolloutEntry *entry)
{
  leyden_rollouts_page_show (self, leyden_rollout_entry_get_rollout (entry));
}

static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_rollouts_page_show (LEYDEN_ROLLOUTS_PAGE (widget), NULL);
}

static void
search_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  if (leyden_rollouts_page_is_list (LEYDEN_ROLLOUTS_PAGE (widget)))
    leyden_rollout_filter_focus (LEYDEN_ROLLOUTS_PAGE (widget)->filter);
}

/* --- from outside --- */

void
leyden_rollouts_page_set_run (LeydenRolloutsPage *self,
                              const char         *run)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self));

  if (g_strcmp0 (self->run, run) == 0)
    return;
  g_free (self->run);
  self->run = g_strdup (run);
  ask_anew (self);
}

void
leyden_rollouts_page_add_toast (LeydenRolloutsPage *self,
                                AdwToast           *toast)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self));
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
leyden_rollouts_page_filter (LeydenRolloutsPage *self,
                             LeydenValue        *query)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self));

  leyden_rollouts_page_show (self, NULL);
  leyden_rollout_filter_set_query (self->filter, query);
}

LeydenRolloutTable *
leyden_rollouts_page_get_table (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), NULL);
  return self->table;
}

LeydenRolloutModel *
leyden_rollouts_page_get_model (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), NULL);
  return self->model;
}

LeydenRolloutFilter *
leyden_rollouts_page_get_filter (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), NULL);
  return self->filter;
}

LeydenRolloutPage *
leyden_rollouts_page_get_page (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), NULL);
  return self->page;
}

const char *
leyden_rollouts_page_get_status (LeydenRolloutsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUTS_PAGE (self), NULL);
  return gtk_label_get_text (GTK_LABEL (self->status));
}

/* --- life --- */

static void
leyden_rollouts_page_get_property (GObject    *object,
                                   guint       property_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_SHOWING_LIST:
      g_value_set_boolean (value, leyden_rollouts_page_is_list (LEYDEN_ROLLOUTS_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
leyden_rollouts_page_dispose (GObject *object)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh, g_source_remove);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  if (self->model != NULL)
    {
      leyden_rollout_model_close (self->model);
      g_signal_handlers_disconnect_by_data (self->model, self);
    }
  close_page (self);
  self->page = NULL;
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  g_clear_object (&self->chooser);
  g_clear_object (&self->view_actions);
  g_clear_object (&self->model);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_rollouts_page_parent_class)->dispose (object);
}

static void
leyden_rollouts_page_finalize (GObject *object)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (object);

  g_clear_pointer (&self->query, leyden_value_unref);
  g_free (self->snapshot);
  g_free (self->run);
  G_OBJECT_CLASS (leyden_rollouts_page_parent_class)->finalize (object);
}

/* Whoever looks at rollouts needs the backend that keeps them. */
static void
leyden_rollouts_page_map (GtkWidget *widget)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_rollouts_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  connected_cb (self);
}

static void
leyden_rollouts_page_class_init (LeydenRolloutsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_rollouts_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_rollouts_page_finalize;
  G_OBJECT_CLASS (klass)->get_property = leyden_rollouts_page_get_property;
  widget_class->map = leyden_rollouts_page_map;
  properties[PROP_SHOWING_LIST] = g_param_spec_boolean ("showing-list", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_TRY_REQUESTED] = g_signal_new ("try-requested", LEYDEN_TYPE_ROLLOUTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_DELETED] =
    g_signal_new ("deleted", LEYDEN_TYPE_ROLLOUTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_UINT);
  signals[SIGNAL_SAID] = g_signal_new ("said", LEYDEN_TYPE_ROLLOUTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_RETRIED] = g_signal_new ("retried", LEYDEN_TYPE_ROLLOUTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "rollouts.back", NULL, back_action);
  gtk_widget_class_install_action (widget_class, "rollouts.search", NULL, search_action);
  leyden_rollouts_page_install_actions (widget_class);
  leyden_rollouts_page_install_export (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "rollouts.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "rollouts.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "rollouts.search", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "rollouts.delete", NULL);
}

static void
retry_cb (LeydenRolloutsPage *self)
{
  leyden_rollout_model_retry (self->model);
}

static GtkWidget *
create_status_line (LeydenRolloutsPage *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);

  self->status = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->status), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->status, TRUE);
  gtk_widget_add_css_class (self->status, "dim-label");
  gtk_widget_add_css_class (self->status, "caption");
  self->retry = gtk_button_new_with_label (_("Try Again"));
  gtk_widget_add_css_class (self->retry, "flat");
  g_signal_connect_object (self->retry, "clicked", G_CALLBACK (retry_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (line), self->status);
  gtk_box_append (GTK_BOX (line), self->retry);
  return line;
}

static GtkWidget *
create_list_side (LeydenRolloutsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *top = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->filter = LEYDEN_ROLLOUT_FILTER (leyden_rollout_filter_new ());
  gtk_widget_add_css_class (top, "rolloutbar");
  gtk_box_append (GTK_BOX (top), GTK_WIDGET (self->filter));
  gtk_box_append (GTK_BOX (top), create_status_line (self));
  gtk_box_append (GTK_BOX (box), top);
  self->toasts = ADW_TOAST_OVERLAY (adw_toast_overlay_new ());
  adw_toast_overlay_set_child (self->toasts, leyden_rollouts_page_create_stack (self));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->toasts));
  gtk_box_append (GTK_BOX (box), leyden_rollouts_page_create_selection_bar (self));
  leyden_rollouts_page_add_view_tools (self);
  leyden_rollouts_page_add_export_tool (self);
  g_signal_connect_object (self->filter, "changed", G_CALLBACK (filter_changed_cb), self, G_CONNECT_SWAPPED);
  return box;
}

static void
leyden_rollouts_page_init (LeydenRolloutsPage *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  self->query = leyden_value_builder_end_value (&b);
  self->anew = TRUE;
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->model = leyden_rollout_model_new (ask_page_cb, self);
  self->table = LEYDEN_ROLLOUT_TABLE (leyden_rollout_table_new (self->model));
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), create_list_side (self), "list");
  gtk_stack_add_named (GTK_STACK (self->outer), leyden_rollouts_page_create_page_side (), "page");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.back", FALSE);
  g_signal_connect_object (self->model, "state", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "sort-changed", G_CALLBACK (sorted_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack, "map", G_CALLBACK (list_mapped_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (connected_cb), self, G_CONNECT_SWAPPED);
  leyden_rollouts_page_update_selection (self);
  show_state (self);
}

GtkWidget *
leyden_rollouts_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_ROLLOUTS_PAGE, NULL);
}
