/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-held-call.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-debug-text.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"
#include "leyden-value-pane.h"

#define MAX_SHOWN 200
#define PANE_WIDTH 420
#define PANE_HEIGHT 260

struct _LeydenHeldCall
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  LeydenValue       *held;              /* that is shown; nullable */
  GtkWidget         *box;
  GtkWidget         *label;
  GtkWidget         *pane;
};

G_DEFINE_FINAL_TYPE (LeydenHeldCall, leyden_held_call, GTK_TYPE_WIDGET)

/* --- words --- */

LeydenValue *
leyden_held_call_find (LeydenRolloutView *view)
{
  LeydenValue *held;

  g_return_val_if_fail (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view), NULL);

  if (view == NULL || !leyden_rollout_view_is_live (view) || !leyden_rollout_view_is_paused (view))
    return NULL;
  held = leyden_value_get_member (leyden_rollout_view_get_debug (view), "held");
  return leyden_value_get_kind (held) == LEYDEN_VALUE_OBJECT ? held : NULL;
}

const char *
leyden_held_call_get_what (LeydenValue *held)
{
  return leyden_value_get_member (held, "request") != NULL ? "request" : "arguments";
}

static char *
describe_request (LeydenValue *held)
{
  LeydenValue *request = leyden_value_get_member (held, "request"), *messages = leyden_value_get_member (request, "messages");
  g_autofree char *model = leyden_text_display (leyden_value_get_member_string (request, "model", ""), -1, 60, FALSE);
  guint n = leyden_value_get_size (messages);

  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "The model “%s” waits to be asked: %u message", "The model “%s” waits to be asked: %u messages", n),
                          model, n);
}

char *
leyden_held_call_describe (LeydenValue *held,
                           guint        max_chars)
{
  g_autofree char *name = NULL;
  g_autofree char *arguments = NULL;

  if (leyden_value_get_member (held, "request") != NULL)
    return describe_request (held);
  name = leyden_text_display (leyden_value_get_member_string (held, "name", ""), -1, 60, FALSE);
  arguments = leyden_debug_dup_preview (leyden_value_get_member (held, "arguments"), max_chars);
  return leyden_value_get_member_boolean (held, "edited", FALSE) ? g_strdup_printf (_("“%s” waits to be called with what you changed: %s"), name, arguments)
                                                                : g_strdup_printf (_("“%s” waits to be called with %s"), name, arguments);
}

/* --- showing --- */

static void
update (LeydenHeldCall *self)
{
  LeydenValue *held = leyden_held_call_find (self->view);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self), held != NULL);
  if (held == self->held)
    return;
  g_clear_pointer (&self->held, leyden_value_unref);
  if (held == NULL)
    {
      leyden_value_pane_set_value (LEYDEN_VALUE_PANE (self->pane), "", NULL);
      return;
    }
  self->held = leyden_value_ref (held);
  text = leyden_held_call_describe (held, MAX_SHOWN);
  gtk_label_set_text (GTK_LABEL (self->label), text);
  leyden_tooltip_set_text (self->label, text);
  leyden_value_pane_set_value (LEYDEN_VALUE_PANE (self->pane), leyden_value_get_member (held, "request") != NULL ? _("Request") : _("Arguments"),
                               leyden_value_get_member (held, leyden_held_call_get_what (held)));
}

void
leyden_held_call_set_view (LeydenHeldCall    *self,
                           LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_HELD_CALL (self));

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::debug", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::position", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

/* --- class --- */

static void
leyden_held_call_dispose (GObject *object)
{
  LeydenHeldCall *self = LEYDEN_HELD_CALL (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_clear_pointer (&self->held, leyden_value_unref);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_held_call_parent_class)->dispose (object);
}

static void
leyden_held_call_class_init (LeydenHeldCallClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_held_call_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "heldcall");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *
create_show_button (LeydenHeldCall *self)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new ();

  self->pane = leyden_value_pane_new ();
  gtk_widget_set_size_request (self->pane, PANE_WIDTH, PANE_HEIGHT);
  gtk_popover_set_child (GTK_POPOVER (popover), self->pane);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("Show"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Show what the call asks for"), -1);
  return button;
}

static GtkWidget *
create_edit_button (void)
{
  const LeydenAction *action = leyden_actions_find ("win.debug-edit-call");
  g_autofree char *key = leyden_action_dup_key_label (action);
  g_autofree char *tooltip = key != NULL ? g_strdup_printf ("%s (%s)", _(action->title), key) : g_strdup (_(action->title));
  GtkWidget *button = gtk_button_new_with_label (_("Edit…"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.debug-edit-call");
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _(action->title), -1);
  return button;
}

static void
leyden_held_call_init (LeydenHeldCall *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->label, TRUE);
  gtk_box_append (GTK_BOX (self->box), gtk_image_new_from_icon_name ("media-playback-pause-symbolic"));
  gtk_box_append (GTK_BOX (self->box), self->label);
  gtk_box_append (GTK_BOX (self->box), create_show_button (self));
  gtk_box_append (GTK_BOX (self->box), create_edit_button ());
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("The call that waits"), -1);
}

GtkWidget *
leyden_held_call_new (void)
{
  return g_object_new (LEYDEN_TYPE_HELD_CALL, NULL);
}
