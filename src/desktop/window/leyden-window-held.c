/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-held-call.h"
#include "leyden-values-dialog.h"

/* win.debug-edit-call: what the call that waits is to ask for. */

typedef struct
{
  LeydenTab         *tab;       /* a reference */
  LeydenRolloutView *view;      /* whose call it is */
  char              *path;
  gint64             ordinal;
  const char        *what;
} Editing;

static void
editing_free (gpointer  data,
              GClosure *closure)
{
  Editing *editing = data;

  g_object_unref (editing->tab);
  g_object_unref (editing->view);
  g_free (editing->path);
  g_free (editing);
}

static void
typed_cb (LeydenValuesDialog *dialog,
          LeydenValue        *values,
          Editing            *editing)
{
  LeydenValue *value = leyden_value_get_member (values, editing->what);

  if (value == NULL || !leyden_tab_check_debug_view (editing->tab, editing->view))
    return;
  if (!leyden_rollout_view_edit_call (editing->view, editing->path, editing->ordinal, editing->what, value))
    leyden_window_toast (editing->tab->window, _("A command is on its way: nothing was changed"));
}

static GPtrArray *
list_field (const char *what)
{
  GPtrArray *ports = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);
  LeydenPort *port = g_new0 (LeydenPort, 1);

  port->name = g_strdup (what);
  port->title = g_strdup (g_str_equal (what, "request") ? _("Request") : _("Arguments"));
  port->type = LEYDEN_PORT_OBJECT;
  g_ptr_array_add (ports, port);
  return ports;
}

static void
edit_call_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  LeydenWindow *self = data;
  LeydenRolloutView *view = leyden_tab_get_debug_view (self->tab);
  LeydenValue *held = leyden_held_call_find (view);
  const char *what = held != NULL ? leyden_held_call_get_what (held) : NULL;
  g_autoptr(GPtrArray) ports = NULL;
  LeydenValuesDialog *dialog;
  Editing *editing;

  if (held == NULL)
    return;
  if (leyden_value_get_member_boolean (held, "truncated", FALSE))
    {
      leyden_window_toast (self, _("What the call asks for is too large to be changed here"));
      return;
    }
  ports = list_field (what);
  dialog = leyden_values_dialog_new (GTK_WINDOW (self), _("Edit the Call That Waits"),
                                     g_str_equal (what, "request") ? _("The model is asked this instead. The node goes on as if it had asked what it asked; the log tells both.")
                                                                   : _("The tool gets this instead. The model goes on as if it had called with what it called with; the log tells both."),
                                     _("Change"), ports, held);
  editing = g_new0 (Editing, 1);
  editing->tab = g_object_ref (self->tab);
  editing->view = g_object_ref (view);
  editing->path = g_strdup (leyden_value_get_member_string (held, "path", ""));
  editing->ordinal = leyden_value_get_member_int (held, "ordinal", 0);
  editing->what = what;
  g_signal_connect_data (dialog, "done", G_CALLBACK (typed_cb), editing, editing_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
leyden_window_update_held (LeydenWindow *self)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (self->tab);
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "debug-edit-call");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), leyden_held_call_find (view) != NULL && !leyden_rollout_view_is_busy (view));
}

void
leyden_window_add_held (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "debug-edit-call", .activate = edit_call_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
