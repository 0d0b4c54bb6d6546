/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-connection-button.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-connection-dialog.h"
#include "leyden-desktop.h"
#include "leyden-mirror-view.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-window.h"

struct _LeydenConnectionButton
{
  GtkWidget         parent_instance;

  LeydenSession    *session;
  LeydenMirrorView *mirror;             /* of an agl-server; nullable */
  GtkWidget        *button;
  GtkWidget        *popover;
  GtkWidget        *dot;
  GtkWidget        *label;
  GtkWidget        *lock;
  GtkWidget        *title;
  GtkWidget        *message;
  GtkWidget        *list;
  GtkWidget        *manage_button;
  GtkWidget        *facts;
  GtkWidget        *database;
  GtkWidget        *address;
  GtkWidget        *version;
  GtkWidget        *connect_button;
  GtkWidget        *edit_button;
  GtkWidget        *restart_button;
  guint             tick_source;        /* while the time to the next try is shown */
  gboolean          restarting;
  char             *problem;            /* why a restart was refused, nullable */
};

G_DEFINE_FINAL_TYPE (LeydenConnectionButton, leyden_connection_button, GTK_TYPE_WIDGET)

typedef struct
{
  const char *style;
  const char *title;
  const char *message;          /* of the local one */
  const char *remote;           /* of another */
} Look;

static const Look looks[] = {
  [LEYDEN_BACKEND_OFFLINE] = { "offline", N_("Not Started"),
                               N_("The backend runs flows and keeps their results. It starts by itself when it is needed."),
                               N_("There is no connection yet.") },
  [LEYDEN_BACKEND_CONNECTING] = { "connecting", N_("Connecting"), N_("The backend is being looked for or started."),
                                  N_("The backend is being asked for.") },
  [LEYDEN_BACKEND_CONNECTED] = { "connected", N_("Connected"), N_("The backend runs flows and keeps their results."),
                                 N_("Flows run there, and results are kept there.") },
  [LEYDEN_BACKEND_RECONNECTING] = { "connecting", N_("Reconnecting"),
                                    N_("The connection was lost and is being made again. Runs go on."),
                                    N_("The connection was lost and is being made again. Runs go on.") },
  [LEYDEN_BACKEND_FAILED] = { "failed", N_("No Backend"), N_("The backend could not be started."), N_("The backend does not answer.") },
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
  LeydenConnection *connection = leyden_session_get_connection (self->session);

  gtk_widget_set_visible (self->facts, connected && info != NULL);
  set_text (self->database, leyden_value_get_member_string (info, "database", NULL), 300);
  set_text (self->address, connection != NULL ? leyden_connection_get_uri (connection) : leyden_backend_get_base_uri (backend), 300);
  set_text (self->version, leyden_value_get_member_string (info, "version", NULL), 40);
}

/* ---- What is said ---- */

/* What the dot, the title and the text say together. */
typedef struct
{
  const char *style;
  const char *title;
  char       *message;
  gboolean    bad;
  gboolean    may_connect;      /* a button tries (again) */
} Said;

static char *
describe_retry (const char *reason,
                guint       seconds)
{
  g_autofree char *when = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Next try in %u second.",
                                                        "Next try in %u seconds.", seconds), seconds);

  return g_strdup_printf ("%s\n%s", reason, when);
}

static guint
seconds_until (gint64 then_us,
               gint64 now_us)
{
  return (guint) CLAMP ((then_us - now_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1, 3600);
}

static void
say_mirror (LeydenConnectionButton *self,
            Said                   *said)
{
  static const struct { const char *state, *style, *title; } states[] = {
    { "connecting", "connecting", N_("Connecting") },
    { "connected", "connected", N_("Connected") },
    { "waiting", "connecting", N_("Reconnecting") },
    { "open", "failed", N_("Not Reachable") },
    { "refused", "failed", N_("Key Not Accepted") },
    { "untrusted", "failed", N_("Certificate Not Trusted") },
  };
  LeydenValue *mirror = leyden_mirror_view_get_mirror (self->mirror);
  const char *state = leyden_mirror_view_get_state (self->mirror);
  const char *error = leyden_value_get_member_string (mirror, "error", NULL);
  gint64 next_ns = leyden_value_get_member_int (mirror, "next_poll", 0);

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (states[i].state, state))
      {
        said->style = states[i].style;
        said->title = _(states[i].title);
      }
  said->bad = g_str_equal (said->style, "failed");
  said->may_connect = error != NULL;
  g_free (said->message);
  if (error == NULL)
    said->message = g_strdup (_("The backend of this computer follows this Agent Lightning server: see Runs. Flows run on this computer."));
  else if (next_ns != 0)
    said->message = describe_retry (error, seconds_until (next_ns / 1000, g_get_real_time ()));
  else
    said->message = g_strdup (error);
}

static void
say_remote_failure (LeydenConnectionButton *self,
                    Said                   *said)
{
  const GError *error = leyden_session_get_error (self->session);
  gint64 next_us = leyden_session_get_next_try_us (self->session);

  said->style = "failed";
  said->bad = TRUE;
  said->may_connect = TRUE;
  said->title = _("Not Connected");
  if (error == NULL)
    return;
  g_free (said->message);
  said->message = next_us != 0 ? describe_retry (error->message, seconds_until (next_us, g_get_monotonic_time ())) : g_strdup (error->message);
}

static void
say (LeydenConnectionButton *self,
     Said                   *said)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);
  const GError *error = leyden_session_get_error (self->session);
  gboolean local = leyden_backend_is_local (backend);
  const Look *look = &looks[state];

  said->style = look->style;
  said->title = _(look->title);
  said->message = g_strdup (_(local ? look->message : look->remote));
  said->may_connect = state == LEYDEN_BACKEND_FAILED || (state == LEYDEN_BACKEND_OFFLINE && !self->restarting);
  said->bad = state == LEYDEN_BACKEND_FAILED;
  if (self->problem != NULL)
    {
      g_free (said->message);
      said->message = g_strdup (self->problem);
      said->bad = TRUE;
    }
  else if (!local && (state == LEYDEN_BACKEND_FAILED || (state == LEYDEN_BACKEND_OFFLINE && error != NULL)))
    say_remote_failure (self, said);
  else if (state == LEYDEN_BACKEND_FAILED && error != NULL)
    {
      g_free (said->message);
      said->message = g_strdup (error->message);
    }
  else if (state == LEYDEN_BACKEND_CONNECTED && leyden_session_is_read_only (self->session))
    {
      g_free (said->message);
      said->message = g_strdup (_("Read-only: your key may look at runs and results, but start and change nothing."));
    }
  else if (state == LEYDEN_BACKEND_CONNECTED && self->mirror != NULL)
    say_mirror (self, said);
}

static const char *
get_word (LeydenConnectionButton *self,
          LeydenBackendState      state)
{
  LeydenConnection *connection = leyden_session_get_connection (self->session);

  if (connection != NULL)
    return leyden_connection_get_name (connection);
  switch (state)
    {
    case LEYDEN_BACKEND_CONNECTING:
      return _("Connecting…");
    case LEYDEN_BACKEND_RECONNECTING:
      return _("Reconnecting…");
    case LEYDEN_BACKEND_FAILED:
      return _("No backend");
    case LEYDEN_BACKEND_OFFLINE:
    case LEYDEN_BACKEND_CONNECTED:
    default:
      return _("Local");
    }
}

static void update (LeydenConnectionButton *self);

static gboolean
tick_cb (gpointer data)
{
  update (data);
  return G_SOURCE_CONTINUE;
}

/* The seconds go down while somebody looks. */
static void
keep_ticking (LeydenConnectionButton *self,
              gboolean                wanted)
{
  wanted = wanted && gtk_widget_get_visible (self->popover);
  if (wanted && self->tick_source == 0)
    self->tick_source = g_timeout_add_seconds (1, tick_cb, self);
  else if (!wanted)
    g_clear_handle_id (&self->tick_source, g_source_remove);
}

static void
update_buttons (LeydenConnectionButton *self,
                const Said             *said,
                LeydenBackendState      state)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  gboolean local = leyden_backend_is_local (backend);
  LeydenConnection *connection = leyden_session_get_connection (self->session);

  gtk_button_set_label (GTK_BUTTON (self->connect_button), state == LEYDEN_BACKEND_OFFLINE && local ? _("Start Now") : _("Try Again"));
  gtk_widget_set_visible (self->connect_button, said->may_connect);
  gtk_widget_set_visible (self->edit_button, said->bad && connection != NULL);
  gtk_widget_set_visible (self->restart_button, state == LEYDEN_BACKEND_CONNECTED && local);
  gtk_widget_set_sensitive (self->restart_button, !self->restarting);
}

static void
update (LeydenConnectionButton *self)
{
  LeydenBackendState state = leyden_backend_get_state (leyden_session_get_backend (self->session));
  const char *word = get_word (self, state);
  gboolean read_only = leyden_session_is_read_only (self->session);
  g_autofree char *name = leyden_text_display (word, -1, 20, FALSE);
  g_autofree char *full = leyden_text_display (word, -1, 100, FALSE);
  g_autofree char *spoken = NULL;
  Said said = { NULL, };

  say (self, &said);
  if (read_only)
    spoken = g_strdup_printf (_("Backend: %s, %s, read-only"), full, said.title);
  else
    spoken = g_strdup_printf (_("Backend: %s, %s"), full, said.title);
  gtk_widget_set_css_classes (self->dot, (const char *[]) { "connectiondot", said.style, NULL });
  gtk_label_set_text (GTK_LABEL (self->label), name);
  gtk_widget_set_visible (self->lock, read_only);
  gtk_label_set_text (GTK_LABEL (self->title), said.title);
  set_text (self->message, said.message, 600);
  if (said.bad)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
  update_facts (self, state == LEYDEN_BACKEND_CONNECTED);
  update_buttons (self, &said, state);
  if (g_strcmp0 (gtk_widget_get_tooltip_text (self->button), spoken) != 0)
    leyden_announce (self->button, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_set_tooltip_text (self->button, spoken);
  keep_ticking (self, said.may_connect && state != LEYDEN_BACKEND_OFFLINE);
  g_free (said.message);
}

/* ---- The list ---- */

static GtkWidget *
new_row (LeydenConnection *connection,
         gboolean          current)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_image_new_from_icon_name ("object-select-symbolic");
  g_autofree char *title = connection == NULL ? g_strdup (_("This Computer")) : leyden_text_display (leyden_connection_get_name (connection), -1, 60, FALSE);
  g_autofree char *subtitle = connection == NULL ? NULL : leyden_text_display (leyden_connection_get_uri (connection), -1, 80, FALSE);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_opacity (check, current ? 1 : 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), check);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_SELECTED, current, -1);
  if (connection != NULL)
    g_object_set_data_full (G_OBJECT (row), "connection", g_object_ref (connection), g_object_unref);
  return row;
}

static void
fill_list (LeydenConnectionButton *self)
{
  GListModel *connections = G_LIST_MODEL (leyden_connections_get_default ());
  LeydenConnection *current = leyden_session_get_connection (self->session);
  guint n = g_list_model_get_n_items (connections);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  gtk_list_box_append (GTK_LIST_BOX (self->list), new_row (NULL, current == NULL));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenConnection) each = g_list_model_get_item (connections, i);

      gtk_list_box_append (GTK_LIST_BOX (self->list),
                           new_row (each, current != NULL && g_strcmp0 (leyden_connection_get_id (each), leyden_connection_get_id (current)) == 0));
    }
  gtk_widget_set_visible (self->manage_button, n > 0);
}

static void
row_activated_cb (LeydenConnectionButton *self,
                  GtkListBoxRow          *row)
{
  g_clear_pointer (&self->problem, g_free);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
  leyden_session_switch (self->session, g_object_get_data (G_OBJECT (row), "connection"));
}

static void
mirror_changed_cb (LeydenConnectionButton *self)
{
  update (self);
}

static void
connection_changed_cb (LeydenConnectionButton *self)
{
  const char *mirror = leyden_session_get_mirror (self->session);

  if (self->mirror != NULL)
    leyden_mirror_view_close (self->mirror);
  g_clear_object (&self->mirror);
  if (mirror != NULL)
    {
      self->mirror = leyden_mirror_view_new (self->session, mirror);
      g_signal_connect_object (self->mirror, "notify::mirror", G_CALLBACK (mirror_changed_cb), self, G_CONNECT_SWAPPED);
    }
  fill_list (self);
  update (self);
}

/* ---- Buttons ---- */

static void
polled_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_mirror_view_ask_finish (LEYDEN_MIRROR_VIEW (object), result, &error))
    g_debug ("Mirror: %s", error->message);
}

static void
connect_clicked_cb (LeydenConnectionButton *self)
{
  g_clear_pointer (&self->problem, g_free);
  if (self->mirror != NULL && leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED)
    leyden_mirror_view_ask_async (self->mirror, "poll", NULL, polled_cb, NULL);
  else
    leyden_session_start (self->session);
  update (self);
}

static void
saved_cb (LeydenConnectionButton *self,
          LeydenConnection       *connection,
          const char             *notice)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  g_clear_pointer (&self->problem, g_free);
  leyden_session_reconnect (self->session, connection);
  if (notice != NULL && LEYDEN_IS_WINDOW (root))
    leyden_window_toast (LEYDEN_WINDOW (root), notice);
}

static void
open_dialog (LeydenConnectionButton *self,
             LeydenConnection       *connection)
{
  GtkWidget *dialog = leyden_connection_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), connection);

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_connect_object (dialog, "saved", G_CALLBACK (saved_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
add_clicked_cb (LeydenConnectionButton *self)
{
  open_dialog (self, NULL);
}

static void
edit_clicked_cb (LeydenConnectionButton *self)
{
  LeydenConnection *connection = leyden_session_get_connection (self->session);

  if (connection != NULL)
    open_dialog (self, connection);
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

/* ---- Class ---- */

static void
leyden_connection_button_dispose (GObject *object)
{
  LeydenConnectionButton *self = LEYDEN_CONNECTION_BUTTON (object);

  g_clear_handle_id (&self->tick_source, g_source_remove);
  if (self->mirror != NULL)
    leyden_mirror_view_close (self->mirror);
  g_clear_object (&self->mirror);
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
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, lock);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, title);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, manage_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, facts);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, database);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, address);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, version);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, connect_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, edit_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionButton, restart_button);
  gtk_widget_class_bind_template_callback (widget_class, connect_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, restart_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, edit_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_connection_button_init (LeydenConnectionButton *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (self->session), "restarted", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::connection", G_CALLBACK (connection_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_connections_get_default (), "items-changed", G_CALLBACK (fill_list), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "notify::visible", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  connection_changed_cb (self);
}

GtkWidget *
leyden_connection_button_new (void)
{
  return g_object_new (LEYDEN_TYPE_CONNECTION_BUTTON, NULL);
}

void
leyden_connection_button_open (LeydenConnectionButton *self)
{
  g_return_if_fail (LEYDEN_IS_CONNECTION_BUTTON (self));
  gtk_menu_button_popup (GTK_MENU_BUTTON (self->button));
}
