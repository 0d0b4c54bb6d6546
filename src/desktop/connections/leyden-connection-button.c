/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-connection-button.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenConnectionButton
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GtkWidget     *button;
  GtkWidget     *popover;
  GtkWidget     *dot;
  GtkWidget     *label;
  GtkWidget     *title;
  GtkWidget     *message;
  GtkWidget     *facts;
  GtkWidget     *database;
  GtkWidget     *address;
  GtkWidget     *version;
  GtkWidget     *connect_button;
  GtkWidget     *restart_button;
  gboolean       restarting;
  char          *problem;               /* why a restart was refused, nullable */
};

G_DEFINE_FINAL_TYPE (LeydenConnectionButton, leyden_connection_button, GTK_TYPE_WIDGET)

typedef struct
{
  const char *style;
  const char *word;             /* in the header bar */
  const char *title;
  const char *message;
} Look;

static const Look looks[] = {
  [LEYDEN_BACKEND_OFFLINE] = { "offline", N_("Local"), N_("Not Started"),
                               N_("The backend runs flows and keeps their results. It starts by itself when it is needed.") },
  [LEYDEN_BACKEND_CONNECTING] = { "connecting", N_("Connecting…"), N_("Connecting"), N_("The backend is being looked for or started.") },
  [LEYDEN_BACKEND_CONNECTED] = { "connected", N_("Local"), N_("Connected"), N_("The backend runs flows and keeps their results.") },
  [LEYDEN_BACKEND_RECONNECTING] = { "connecting", N_("Reconnecting…"), N_("Reconnecting"),
                                    N_("The connection was lost and is being made again. Runs go on.") },
  [LEYDEN_BACKEND_FAILED] = { "failed", N_("No backend"), N_("No Backend"), N_("The backend could not be started.") },
};

static void
set_text (GtkWidget  *label,
          const char *text,
          guint       max_chars)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, max_chars, TRUE) : g_strdup ("–");

  gtk_label_set_text (GTK_LABEL (label), shown);
}

static void
update_facts (LeydenConnectionButton *self,
              gboolean                connected)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenValue *info = leyden_backend_get_info (backend);

  gtk_widget_set_visible (self->facts, connected && info != NULL);
  set_text (self->database, leyden_value_get_member_string (info, "database", NULL), 300);
  set_text (self->address, leyden_backend_get_base_uri (backend), 100);
  set_text (self->version, leyden_value_get_member_string (info, "version", NULL), 40);
}

static void
update (LeydenConnectionButton *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);
  const GError *error = leyden_backend_get_error (backend);
  const Look *look = &looks[state];
  gboolean connected = state == LEYDEN_BACKEND_CONNECTED;
  gboolean failed = state == LEYDEN_BACKEND_FAILED;
  g_autofree char *spoken = g_strdup_printf (_("Backend: %s"), _(look->title));

  gtk_widget_set_css_classes (self->dot, (const char *[]) { "connectiondot", look->style, NULL });
  gtk_label_set_text (GTK_LABEL (self->label), _(look->word));
  gtk_label_set_text (GTK_LABEL (self->title), _(look->title));
  set_text (self->message, self->problem != NULL ? self->problem : failed && error != NULL ? error->message : _(look->message), 600);
  if (failed || self->problem != NULL)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
  update_facts (self, connected);
  gtk_button_set_label (GTK_BUTTON (self->connect_button), failed ? _("Try Again") : _("Start Now"));
  gtk_widget_set_visible (self->connect_button, failed || (state == LEYDEN_BACKEND_OFFLINE && !self->restarting));
  gtk_widget_set_visible (self->restart_button, connected && leyden_backend_is_local (backend));
  gtk_widget_set_sensitive (self->restart_button, !self->restarting);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_set_tooltip_text (self->button, spoken);
}

static void
connect_clicked_cb (LeydenConnectionButton *self)
{
  g_clear_pointer (&self->problem, g_free);
  leyden_session_start (self->session);
  update (self);
}

static void
shut_down_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenConnectionButton) self = data;
  g_autoptr(GError) error = NULL;

  self->restarting = FALSE;
  if (self->session == NULL)
    return;
  if (leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, &error))
    leyden_session_restart (self->session);
  else
    self->problem = g_strdup (error->message);
  update (self);
}

/* Runs that are not done go on in the next one. */
static void
restart_clicked_cb (LeydenConnectionButton *self)
{
  g_clear_pointer (&self->problem, g_free);
  self->restarting = TRUE;
  leyden_backend_shutdown_async (leyden_session_get_backend (self->session), FALSE, NULL, shut_down_cb, g_object_ref (self));
  update (self);
}

static void
leyden_connection_button_dispose (GObject *object)
{
  LeydenConnectionButton *self = LEYDEN_CONNECTION_BUTTON (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  g_clear_pointer (&self->problem, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_connection_button_parent_class)->dispose (object);
}

static void
leyden_connection_button_class_init (LeydenConnectionButtonClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_connection_button_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-connection-button.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, popover);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, dot);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, label);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, title);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, facts);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, database);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, address);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, version);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, connect_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, restart_button);
  gtk_widget_class_bind_template_callback (widget_class, connect_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, restart_clicked_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_connection_button_init (LeydenConnectionButton *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (self->session), "restarted", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
leyden_connection_button_new (void)
{
  return g_object_new (LEYDEN_TYPE_CONNECTION_BUTTON, NULL);
}
