/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-debug-path.h"
#include "leyden-debug-text.h"
#include "leyden-fork-dialog.h"
#include "leyden-id.h"
#include "leyden-run-panel.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"

/* Another rollout from a point of this one, and what it changed taken over into the flow. */

typedef struct
{
  LeydenTab   *tab;
  char        *rollout;                 /* that is forked */
  char        *run;                     /* of it; nullable */
  LeydenValue *edit;
  GtkWidget   *dialog;                  /* that asked for it; NULL: it was closed */
} Forking;

static void
forking_free (Forking *forking)
{
  g_object_unref (forking->tab);
  if (forking->dialog != NULL)
    g_object_remove_weak_pointer (G_OBJECT (forking->dialog), (gpointer *) &forking->dialog);
  g_free (forking->rollout);
  g_free (forking->run);
  leyden_value_unref (forking->edit);
  g_free (forking);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Forking, forking_free)

static LeydenValue *
describe_fork (Forking    *forking,
               const char *rollout)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "rollout", rollout);
  leyden_value_builder_set_string (&builder, "of", forking->rollout);
  leyden_value_builder_set_string (&builder, "run", forking->run);
  leyden_value_builder_set (&builder, "edit", forking->edit);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* In the banner rather than in a toast: it stays until it is used. */
static void
offer (LeydenTab   *self,
       LeydenValue *edit)
{
  gboolean parameter = leyden_value_get_member_string (edit, "parameter", NULL) != NULL;

  if (parameter && leyden_document_get_read_only_reason (self->document) == NULL)
    leyden_tab_set_notice (self, LEYDEN_NOTICE_FORK, _("This is the fork. When it is better, take the change into the flow and try it on all rows."),
                           _("Try on All"), "win.debug-try-all");
  else
    leyden_tab_set_notice (self, LEYDEN_NOTICE_FORK, _("This is the fork. It can be compared with the rollout that it began in."), _("Compare"),
                           "win.debug-compare");
}

/* What was typed stays where it was typed, as long as that is open. */
static void
refused (Forking    *forking,
         const char *why)
{
  if (forking->dialog != NULL)
    leyden_fork_dialog_end (LEYDEN_FORK_DIALOG (forking->dialog), why);
  else
    leyden_window_toast (forking->tab->window, why);
}

static void
forked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Forking) forking = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenTab *self = forking->tab;
  const char *rollout = leyden_value_get_member_string (answer, "rollout", NULL);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->leaving || self->window->dismantling || self->document == NULL)
    return;
  if (rollout == NULL)
    {
      refused (forking, error != NULL ? error->message : _("The backend did not name the fork"));
      return;
    }
  if (forking->dialog != NULL)
    leyden_fork_dialog_end (LEYDEN_FORK_DIALOG (forking->dialog), NULL);
  g_clear_pointer (&self->fork, leyden_value_unref);
  self->fork = describe_fork (forking, rollout);
  leyden_tab_debug (self, rollout);
  offer (self, forking->edit);
  leyden_window_update_debug (self->window);
  leyden_announce (GTK_WIDGET (self->window), _("Forked; the fork is shown"));
  if (g_settings_get_boolean (self->window->settings, "compare-forks"))
    leyden_window_compare_following (self->window, forking->rollout, leyden_tab_get_debug_view (self));
}

static void
fork_done_cb (LeydenForkDialog *dialog,
              LeydenValue      *edit,
              gboolean          paused,
              LeydenTab        *self)
{
  LeydenRolloutView *view = leyden_fork_dialog_get_view (dialog);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *client_id = leyden_id_new_uuid7 ();
  g_autoptr(LeydenValue) body = NULL;
  Forking *forking;

  if (!leyden_tab_check_debug_view (self, view))
    {
      leyden_fork_dialog_end (dialog, NULL);
      return;
    }
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_int (&builder, "until", (gint64) leyden_fork_dialog_get_until (dialog));
  leyden_value_builder_key (&builder, "edits");
  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_add (&builder, edit);
  leyden_value_builder_end (&builder);
  leyden_value_builder_set_boolean (&builder, "paused", paused);
  leyden_value_builder_set_string (&builder, "client_id", client_id);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  forking = g_new0 (Forking, 1);
  forking->tab = g_object_ref (self);
  forking->rollout = g_strdup (leyden_rollout_view_get_rollout (view));
  forking->run = g_strdup (leyden_rollout_view_get_run (view));
  forking->edit = leyden_value_ref (edit);
  forking->dialog = GTK_WIDGET (dialog);
  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &forking->dialog);
  leyden_rollout_view_request (view, "POST", "/fork", body, forked_cb, forking);
}

static void
fork_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenTab *self = LEYDEN_WINDOW (data)->tab;
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
  LeydenCanvasNode *node = self->canvas != NULL ? leyden_canvas_get_current_node (self->canvas) : NULL;
  g_autofree char *path = NULL;
  GtkWidget *dialog;

  if (view == NULL || leyden_rollout_view_get_flow (view) == NULL)
    return;
  path = node != NULL ? leyden_flow_join_path ((const char * const *) self->scope, node->id) : leyden_debug_dup_current (view);
  dialog = leyden_fork_dialog_new (GTK_WINDOW (self->window), view, path);
  g_signal_connect_object (dialog, "done", G_CALLBACK (fork_done_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- compare, try on all --- */

static void
compare_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  LeydenTab *self = LEYDEN_WINDOW (data)->tab;

  if (self->fork == NULL)
    return;
  g_action_group_activate_action (G_ACTION_GROUP (self->window), "compare-rollouts",
                                  g_variant_new ("(ss)", leyden_value_get_member_string (self->fork, "of", ""),
                                                 leyden_value_get_member_string (self->fork, "rollout", "")));
}

/* The change of the fork as an edit of the flow, if the node is still there. */
static gboolean
take_over (LeydenTab   *self,
           LeydenValue *change,
           GError     **error)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);
  g_autofree char *place = leyden_debug_path_dup_place (leyden_value_get_member_string (change, "node", ""));
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = leyden_flow_find_path (flow, place, &scope);
  g_autoptr(LeydenEdit) edit = NULL;

  if (node == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("The flow no longer has that node"));
      return FALSE;
    }
  edit = leyden_edit_new (_("Change of a Fork"));
  leyden_edit_set_scope (edit, (const char * const *) scope);
  leyden_edit_set_parameter (edit, leyden_node_get_id (node), leyden_value_get_member_string (change, "parameter", ""),
                             leyden_value_get_member (change, "value"));
  return leyden_document_edit (self->document, g_steal_pointer (&edit), error);
}

static LeydenFlow *
copy_flow (LeydenFlow *flow)
{
  g_autoptr(LeydenValue) value = leyden_flow_to_value (flow);

  return leyden_flow_from_value (value, NULL);
}

static void
try_all_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  LeydenWindow *window = data;
  LeydenTab *self = window->tab;
  LeydenRunPanel *panel;
  g_autoptr(LeydenFlow) before = NULL;
  g_autoptr(GError) error = NULL;

  if (self->fork == NULL || self->document == NULL)
    return;
  panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (self->panel, "run"));
  before = copy_flow (leyden_document_get_flow (self->document));
  if (!take_over (self, leyden_value_get_member (self->fork, "edit"), &error))
    {
      leyden_window_toast (window, error->message);
      return;
    }
  leyden_window_show_panel (window, "run");
  leyden_tab_set_notice (self, LEYDEN_NOTICE_FORK, NULL, NULL, NULL);
  if (!leyden_run_panel_prove (panel, before))
    leyden_window_toast (window, _("The change is in the flow. A run is under way: try it on all rows when that has ended."));
}

void
leyden_window_add_fork (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "debug-fork", .activate = fork_action },
    { .name = "debug-compare", .activate = compare_action },
    { .name = "debug-try-all", .activate = try_all_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
