/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"

/* What the table of rollouts asks of the window: to say what was done, and to undo it. */

/* A message that can take something back stays longer than others. */
#define UNDO_S 10

gboolean
leyden_window_shows_runs (LeydenWindow *self)
{
  return g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "runs") == 0;
}

LeydenRunsPlace *
leyden_window_get_runs_place (LeydenWindow *self)
{
  GtkWidget *place = adw_bin_get_child (self->runs_bin);

  return place != NULL && leyden_window_shows_runs (self) ? LEYDEN_RUNS_PLACE (place) : NULL;
}

/* Above what can be done with rows, where they are shown. Takes @toast. */
static void
tell (LeydenWindow *self,
      AdwToast     *toast,
      const char   *text)
{
  LeydenRunsPlace *place = leyden_window_get_runs_place (self);

  if (place == NULL || !leyden_runs_place_add_toast (place, toast))
    adw_toast_overlay_add_toast (self->toasts, toast);
  leyden_announce (GTK_WIDGET (self), text);
}

static void
said_cb (LeydenWindow *self,
         const char   *text)
{
  if (!self->dismantling)
    tell (self, leyden_toast_new_safe (text), text);
}

static void
retried_cb (LeydenWindow *self,
            const char   *rollout)
{
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout was started again", "%u rollouts were started again", 1), 1);
  AdwToast *toast;

  if (self->dismantling)
    return;
  toast = leyden_toast_new_safe (text);
  adw_toast_set_button_label (toast, _("_Show"));
  adw_toast_set_action_name (toast, "win.show-rollout");
  adw_toast_set_action_target (toast, "s", rollout);
  tell (self, toast, text);
}

/* --- deletions of this window, the last one last --- */

typedef struct
{
  gint64    id;
  guint     n;
  AdwToast *toast;                      /* nullable */
} Deletion;

static void
deletion_clear (gpointer data)
{
  g_clear_object (&((Deletion *) data)->toast);
}

static void
keep_deletion (LeydenWindow *self,
               gint64        id,
               guint         n,
               AdwToast     *toast)
{
  Deletion deletion = { id, n, toast != NULL ? g_object_ref (toast) : NULL };

  if (self->deletions == NULL)
    {
      self->deletions = g_array_new (FALSE, FALSE, sizeof (Deletion));
      g_array_set_clear_func (self->deletions, deletion_clear);
    }
  g_array_append_val (self->deletions, deletion);
  leyden_window_update_actions (self);
}

/* How many they were; 0: it is not known any more. */
static guint
forget_deletion (LeydenWindow *self,
                 gint64        id)
{
  for (guint i = 0; self->deletions != NULL && i < self->deletions->len; i++)
    {
      Deletion *deletion = &g_array_index (self->deletions, Deletion, i);
      guint n = deletion->n;

      if (deletion->id != id)
        continue;
      if (deletion->toast != NULL)
        adw_toast_dismiss (deletion->toast);
      g_array_remove_index (self->deletions, i);
      leyden_window_update_actions (self);
      return n;
    }
  return 0;
}

static char *
dup_deleted_text (guint n)
{
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout was deleted", "%'u rollouts were deleted", n), n);
}

char *
leyden_window_dup_deletion_label (LeydenWindow *self)
{
  if (self->deletions == NULL || self->deletions->len == 0)
    return NULL;
  return dup_deleted_text (g_array_index (self->deletions, Deletion, self->deletions->len - 1).n);
}

static void
deleted_cb (LeydenWindow *self,
            gint64        deletion,
            guint         n)
{
  g_autofree char *text = dup_deleted_text (n);
  AdwToast *toast;

  if (self->dismantling)
    return;
  if (n == 0)
    {
      said_cb (self, _("Nothing was deleted: what still runs is stopped first"));
      return;
    }
  toast = leyden_toast_new_safe (text);
  adw_toast_set_button_label (toast, _("_Undo"));
  adw_toast_set_action_name (toast, "win.restore-rollouts");
  adw_toast_set_action_target (toast, "x", deletion);
  adw_toast_set_timeout (toast, UNDO_S);
  keep_deletion (self, deletion, n, toast);
  tell (self, toast, text);
}

typedef struct
{
  LeydenWindow *window;
  gint64        deletion;
  guint         n;
} Restoring;

static void
restored_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Restoring *self = data;
  g_autoptr(LeydenWindow) window = self->window;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  guint n = (guint) leyden_value_get_member_int (answer, "n", 0);
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u rollout is there again", "%'u rollouts are there again", n), n);

  /* It can be tried again as long as something is left of it. */
  if (answer == NULL && self->n > 0 && !window->dismantling && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    keep_deletion (window, self->deletion, self->n, NULL);
  said_cb (window, answer != NULL ? text : error->message);
  g_free (self);
}

static void
restore (LeydenWindow *window,
         gint64        deletion)
{
  Restoring *self = g_new (Restoring, 1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  *self = (Restoring) { g_object_ref (window), deletion, forget_deletion (window, deletion) };
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "deletion", deletion);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "POST", "/leyden/v1/rollouts/restore", body, NULL,
                                restored_cb, self);
}

static void
restore_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  restore (data, g_variant_get_int64 (parameter));
}

void
leyden_window_undo_deletion (LeydenWindow *self)
{
  if (self->deletions != NULL && self->deletions->len > 0)
    restore (self, g_array_index (self->deletions, Deletion, self->deletions->len - 1).id);
}

/* --- what leads there, and away --- */

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
  g_signal_connect_object (page, "retried", G_CALLBACK (retried_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "deleted", G_CALLBACK (deleted_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "try-requested", G_CALLBACK (try_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_window_connect_rollouts (LeydenWindow    *self,
                                LeydenRunsPlace *place)
{
  /* What another backend deleted is nothing to this one. */
  if (self->deletions != NULL)
    {
      g_clear_pointer (&self->deletions, g_array_unref);
      leyden_window_update_actions (self);
    }
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

static void
show_one_action (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       data)
{
  LeydenWindow *self = data;

  leyden_window_build (self);
  if (adw_bin_get_child (self->runs_bin) == NULL)
    return;
  adw_view_stack_set_visible_child_name (self->views, "runs");
  leyden_runs_place_show_rollouts (leyden_window_get_runs_place (self), g_variant_get_string (parameter, NULL));
}

void
leyden_window_add_rollouts (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "restore-rollouts", .activate = restore_action, .parameter_type = "x" },
    { .name = "show-rollouts", .activate = show_action },
    { .name = "show-rollout", .activate = show_one_action, .parameter_type = "s" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
