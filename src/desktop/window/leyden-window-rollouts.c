/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"

/* What the table of rollouts asks of the window: to say what was done, and to undo it. */

LeydenRunsPlace *
leyden_window_get_runs_place (LeydenWindow *self)
{
  GtkWidget *place = adw_bin_get_child (self->runs_bin);

  if (place == NULL || g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "runs") != 0)
    return NULL;
  return LEYDEN_RUNS_PLACE (place);
}

static void
said_cb (LeydenWindow *self,
         const char   *text)
{
  if (!self->dismantling)
    leyden_window_toast (self, text);
}

static void
deleted_cb (LeydenWindow *self,
            gint64        deletion,
            guint         n)
{
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout was deleted", "%'u rollouts were deleted", n), n);
  AdwToast *toast;

  if (self->dismantling)
    return;
  if (n == 0)
    {
      leyden_window_toast (self, _("Nothing was deleted: what still runs is stopped first"));
      return;
    }
  toast = leyden_toast_new_safe (text);
  adw_toast_set_button_label (toast, _("_Undo"));
  adw_toast_set_action_name (toast, "win.restore-rollouts");
  adw_toast_set_action_target (toast, "x", deletion);
  adw_toast_overlay_add_toast (self->toasts, toast);
  leyden_announce (GTK_WIDGET (self), text);
}

static void
restored_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  guint n = (guint) leyden_value_get_member_int (answer, "n", 0);
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout is there again", "%'u rollouts are there again", n), n);

  if (!self->dismantling)
    leyden_window_toast (self, answer != NULL ? text : error->message);
}

static void
restore_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "deletion", g_variant_get_int64 (parameter));
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "POST", "/leyden/v1/rollouts/restore", body, NULL,
                                restored_cb, g_object_ref (data));
}

static void
try_cb (LeydenWindow *self)
{
  adw_view_stack_set_visible_child_name (self->views, "design");
  leyden_window_show_panel (self, "try");
}

static void
made_cb (LeydenWindow       *self,
         LeydenRolloutsPage *page)
{
  g_signal_connect_object (page, "said", G_CALLBACK (said_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "deleted", G_CALLBACK (deleted_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "try-requested", G_CALLBACK (try_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_window_connect_rollouts (LeydenWindow    *self,
                                LeydenRunsPlace *place)
{
  g_signal_connect_object (place, "rollouts-made", G_CALLBACK (made_cb), self, G_CONNECT_SWAPPED);
}

static void
show_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenWindow *self = data;

  leyden_window_build (self);
  if (self->runs_place == NULL)
    return;
  adw_view_stack_set_visible_child_name (self->views, "runs");
  leyden_runs_place_show_rollouts (self->runs_place, NULL);
}

void
leyden_window_add_rollouts (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "restore-rollouts", .activate = restore_action, .parameter_type = "x" },
    { .name = "show-rollouts", .activate = show_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
