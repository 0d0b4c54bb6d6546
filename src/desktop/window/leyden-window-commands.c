/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-session.h"

/* The lines of the table of actions, as this window can do them. */

static const char *
check_document (LeydenWindow *self,
                guint         flags)
{
  if (self->tab->document == NULL || !leyden_window_is_built (self))
    return flags & LEYDEN_ACTION_DOCUMENT ? _("Open or begin a flow first") : NULL;
  if (flags & LEYDEN_ACTION_WRITABLE && leyden_document_get_read_only_reason (self->tab->document) != NULL)
    return leyden_document_get_read_only_reason (self->tab->document);
  if (flags & LEYDEN_ACTION_INSIDE && leyden_tab_get_depth (self->tab) == 0)
    return _("The whole flow is shown already");
  return NULL;
}

static gboolean is_enabled (LeydenWindow *self, const char *name);

/* What is taken back depends on what is shown: the flow, a dashboard, rollouts. */
static const char *
check_step (LeydenWindow *self,
            guint         flags)
{
  if (is_enabled (self, flags & LEYDEN_ACTION_UNDO ? "win.undo" : "win.redo"))
    return NULL;
  return flags & LEYDEN_ACTION_UNDO ? _("There is nothing to take back") : _("Nothing was taken back");
}

static const char *
check_selection (LeydenWindow *self,
                 guint         flags)
{
  LeydenCanvasNode *node;

  if (self->tab->document == NULL || !leyden_window_is_built (self))
    return NULL;
  node = leyden_canvas_get_current_node (self->tab->canvas);
  if (flags & LEYDEN_ACTION_SELECTION && node == NULL && leyden_selection_get_size (self->tab->selection) == 0)
    return _("Select something first");
  if (flags & LEYDEN_ACTION_NODE && node == NULL)
    return _("Select one node first");
  if (flags & LEYDEN_ACTION_CONTAINER && (node == NULL || node->type == NULL || node->type->container == NULL))
    return _("Select one container first");
  return NULL;
}

static gboolean
is_enabled (LeydenWindow *self,
            const char   *name)
{
  GActionGroup *group = NULL;
  const char *plain = strchr (name, '.') + 1;

  if (g_str_has_prefix (name, "win."))
    group = G_ACTION_GROUP (self);
  else if (g_str_has_prefix (name, "app."))
    group = G_ACTION_GROUP (gtk_window_get_application (GTK_WINDOW (self)));
  return group == NULL || (g_action_group_has_action (group, plain) && g_action_group_get_action_enabled (group, plain));
}

char *
leyden_window_dup_unavailable (LeydenWindow       *self,
                               const LeydenAction *action)
{
  g_autofree char *name = NULL;
  const char *reason;

  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  g_return_val_if_fail (action != NULL && action->action != NULL, NULL);

  leyden_action_parse (action, &name, NULL);
  if (action->flags & (LEYDEN_ACTION_UNDO | LEYDEN_ACTION_REDO))
    return g_strdup (check_step (self, action->flags));
  reason = check_document (self, action->flags);
  if (reason == NULL)
    reason = check_selection (self, action->flags);
  if (reason == NULL && action->flags & LEYDEN_ACTION_BACKEND && leyden_session_is_read_only (leyden_session_get_default ()))
    reason = _("This backend may only be looked at");
  if (reason == NULL && !is_enabled (self, name))
    reason = _("Not possible now");
  return g_strdup (reason);
}

void
leyden_window_do_action (LeydenWindow       *self,
                         const LeydenAction *action)
{
  g_autofree char *name = NULL;
  g_autoptr(GVariant) target = NULL;
  GtkWidget *widget = GTK_WIDGET (self);

  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (action != NULL && action->action != NULL);

  leyden_action_parse (action, &name, &target);
  if (g_str_has_prefix (name, "canvas."))
    {
      g_return_if_fail (leyden_window_is_built (self));
      adw_view_stack_set_visible_child_name (self->views, "design");
      widget = GTK_WIDGET (self->tab->canvas);
    }
  if (!gtk_widget_activate_action_variant (widget, name, target))
    g_warning ("%s is no action of the window", name);
}
