/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-experiment-data.h"
#include "leyden-flow-slots.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-train-panel.h"
#include "leyden-try-panel.h"

/* What training and the page of experiments ask of the window: to use a version, to open a rollout, to say that it is over. */

static void
show_rollout (LeydenWindow *self,
              const char   *rollout)
{
  leyden_window_show_panel (self, "try");
  leyden_try_panel_show_rollout (LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->tab->panel, "try")), rollout);
  leyden_tab_debug (self->tab, rollout);
}

/* The open flow with a candidate's values. (transfer full) */
static LeydenEdit *
make_edit (LeydenWindow  *self,
           LeydenValue   *snapshot,
           const char    *candidate,
           char        ***missing)
{
  LeydenValue *slots = leyden_value_get_member (leyden_experiment_find_candidate (snapshot, candidate), "slots");

  return leyden_slots_to_edit (leyden_document_get_flow (self->tab->document), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), slots,
                               _("Use Trained Version"), missing);
}

/* Whether the flow that was trained is open; its tab is shown then. */
static gboolean
is_open (LeydenWindow *self,
         LeydenValue  *snapshot)
{
  const char *flow_id = leyden_value_get_member_string (snapshot, "flow_id", NULL);
  g_autoptr(LeydenEdit) edit = NULL;
  g_auto(GStrv) missing = NULL;

  if (self->tab->document == NULL)
    return FALSE;
  if (flow_id != NULL)
    return leyden_window_show_flow_id (self, flow_id);
  edit = make_edit (self, snapshot, leyden_value_get_member_string (snapshot, "baseline", NULL), &missing);
  return missing == NULL;
}

/* --- using a version --- */

static void
toast_with_undo (LeydenWindow *self,
                 const char   *text)
{
  AdwToast *toast = leyden_toast_new_safe (text);

  adw_toast_set_button_label (toast, _("_Undo"));
  adw_toast_set_action_name (toast, "win.undo");
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
adopt (LeydenWindow *self,
       LeydenValue  *snapshot,
       const char   *candidate)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) missing = NULL;
  LeydenEdit *edit = make_edit (self, snapshot, candidate, &missing);

  if (leyden_edit_get_n_changes (edit) == 0)
    {
      leyden_edit_unref (edit);
      leyden_window_toast (self, missing != NULL ? _("The flow no longer has the nodes that were trained") : _("The flow has these values already"));
      return;
    }
  if (!leyden_document_edit (self->tab->document, edit, &error))
    {
      leyden_window_toast (self, error->message);
      return;
    }
  adw_view_stack_set_visible_child_name (self->views, "design");
  toast_with_undo (self, missing != NULL ? _("The trained version is in the flow, but for nodes that are gone") : _("The trained version is in the flow"));
}

/* --- another flow: as it was trained --- */

typedef struct
{
  LeydenWindow *window;
  LeydenValue  *snapshot;
  char         *candidate;              /* to use; nullable */
  char         *rollout;                /* to show; nullable */
} Opening;

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  leyden_value_unref (opening->snapshot);
  g_free (opening->candidate);
  g_free (opening->rollout);
  g_free (opening);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static void
shown_cb (LeydenWindow *self,
          gpointer      data)
{
  Opening *opening = data;

  if (opening->candidate != NULL)
    adopt (self, opening->snapshot, opening->candidate);
  if (opening->rollout != NULL)
    show_rollout (self, opening->rollout);
}

static void
flow_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Opening) opening = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenWindow *window = opening->window;

  if (window->dismantling)
    return;
  if (bytes != NULL
      && leyden_window_show_flow (window, bytes, leyden_value_get_member_string (opening->snapshot, "title", ""), shown_cb, opening,
                                  (GDestroyNotify) opening_free, &error))
    opening = NULL;
  else
    leyden_window_show_error (window, _("The Flow of This Experiment Cannot Be Shown"), error);
}

static void
open_flow (LeydenWindow *self,
           LeydenValue  *snapshot,
           const char   *candidate,
           const char   *rollout)
{
  g_autofree char *sha256 = leyden_backend_escape (leyden_value_get_member_string (snapshot, "flow", ""));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/blobs/%s", sha256);
  Opening *opening = g_new0 (Opening, 1);

  opening->window = g_object_ref (self);
  opening->snapshot = leyden_value_ref (snapshot);
  opening->candidate = g_strdup (candidate);
  opening->rollout = g_strdup (rollout);
  leyden_backend_fetch_async (leyden_session_get_backend (leyden_session_get_default ()), path, NULL, flow_received_cb, opening);
}

static void
use_version_cb (LeydenWindow *self,
                LeydenValue  *snapshot,
                const char   *candidate)
{
  if (is_open (self, snapshot))
    adopt (self, snapshot, candidate);
  else
    open_flow (self, snapshot, candidate, NULL);
}

static void
rollout_activated_cb (LeydenWindow *self,
                      LeydenValue  *snapshot,
                      const char   *rollout)
{
  if (is_open (self, snapshot))
    show_rollout (self, rollout);
  else
    open_flow (self, snapshot, NULL, rollout);
}

/* --- going there --- */

void
leyden_window_show_experiment (LeydenWindow *self,
                               const char   *experiment)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (experiment != NULL && *experiment != '\0');

  if (self->dismantling)
    return;
  leyden_window_build (self);
  adw_view_stack_set_visible_child_name (self->views, "experiments");
  leyden_experiments_page_show (self->experiments_page, experiment);
}

/* The page that leads here is empty: there may be no flow yet. */
static void
train_requested_cb (LeydenWindow *self)
{
  if (self->tab->document == NULL)
    leyden_window_open_sample (self, "calculator-agent");
  leyden_window_show_panel (self, "train");
}

/* --- the end --- */

static char *
describe_end (LeydenValue *snapshot)
{
  g_autofree char *verdict = leyden_experiment_describe_verdict (snapshot);

  if (g_strcmp0 (leyden_value_get_member_string (snapshot, "state", NULL), "failed") == 0)
    return g_strdup (_("Training failed"));
  return verdict != NULL ? g_strdup_printf (_("Training is over: %s"), verdict) : g_strdup (_("Training is over"));
}

/* Some servers of notifications read markup in the body; the title is always plain. */
static void
notify_end (LeydenWindow *self,
            LeydenValue  *snapshot,
            const char   *text)
{
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  const char *experiment = leyden_value_get_member_string (snapshot, "experiment", NULL);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (snapshot, "title", ""), -1, 80, FALSE);
  g_autofree char *body = leyden_text_to_markup (text, -1, 300);
  g_autoptr(GNotification) notification = NULL;

  if (application == NULL || experiment == NULL || *experiment == '\0')
    return;
  notification = g_notification_new (title);
  g_notification_set_body (notification, strpbrk (text, "<&") != NULL ? body : text);
  g_notification_set_default_action_and_target (notification, "app.show-experiment", "s", experiment);
  g_application_send_notification (application, experiment, notification);
}

static void
ended_cb (LeydenTab   *tab,
          LeydenValue *snapshot)
{
  LeydenWindow *self = tab->window;
  g_autofree char *text = describe_end (snapshot);
  GtkWidget *train = leyden_bottom_panel_get_child (tab->panel, "train");

  /* Who looks at the panel or at the page sees the verdict; a toast would only cover it. */
  if (gtk_window_is_active (GTK_WINDOW (self)) && (gtk_widget_get_mapped (train) || gtk_widget_get_mapped (GTK_WIDGET (self->experiments_page))))
    return;
  if (gtk_window_is_active (GTK_WINDOW (self)))
    leyden_window_toast (self, text);
  else
    notify_end (self, snapshot, text);
}

static void
show_experiment_cb (LeydenTab  *tab,
                    const char *experiment)
{
  leyden_window_show_experiment (tab->window, experiment);
}

static void
tab_use_version_cb (LeydenTab   *tab,
                    LeydenValue *snapshot,
                    const char  *candidate)
{
  use_version_cb (tab->window, snapshot, candidate);
}

void
leyden_tab_connect_training (LeydenTab *self)
{
  GtkWidget *train = leyden_bottom_panel_get_child (self->panel, "train");

  g_signal_connect_object (train, "show-node", G_CALLBACK (leyden_tab_show_node_path), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (train, "show-experiment", G_CALLBACK (show_experiment_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (train, "use-version", G_CALLBACK (tab_use_version_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (train, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_window_connect_experiments (LeydenWindow *self)
{
  g_signal_connect_object (self->experiments_page, "use-version", G_CALLBACK (use_version_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->experiments_page, "rollout-activated", G_CALLBACK (rollout_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->experiments_page, "train-requested", G_CALLBACK (train_requested_cb), self, G_CONNECT_SWAPPED);
}
