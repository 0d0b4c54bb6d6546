/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-connection-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-desktop.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

/* Clocks that differ less are in step: what is known of the other one is whole seconds. */
#define SKEW_MS 2000

struct _LeydenConnectionDialog
{
  AdwWindow             parent_instance;

  LeydenConnection     *connection;     /* what is changed, nullable */
  LeydenConnection     *saving;
  LeydenProbe          *probe;          /* of what is typed now, nullable */
  GCancellable         *cancellable;    /* of the test */
  char                 *pin;            /* fingerprint that is trusted, nullable */
  gboolean              wanted;         /* "Add" was pressed before the test was done */
  gboolean              filling;        /* the entries are being set from a link */

  GtkEditable          *uri;
  GtkEditable          *key;
  GtkEditable          *name;
  GtkWidget            *scroller;
  GtkWidget            *message;
  GtkWidget            *exposed;
  GtkWidget            *save_button;
  GtkWidget            *test_button;
  GtkWidget            *spinner;
  GtkWidget            *verdict;
  GtkWidget            *verdict_row;
  GtkWidget            *verdict_icon;
  GtkWidget            *role_row;
  GtkWidget            *latency_row;
  GtkWidget            *clock_row;
  GtkWidget            *certificate;
  GtkWidget            *subject_row;
  GtkWidget            *until_row;
  GtkWidget            *fingerprint;
  GtkSwitch            *trust;
};

G_DEFINE_FINAL_TYPE (LeydenConnectionDialog, leyden_connection_dialog, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_SAVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_message (LeydenConnectionDialog *self,
             const char             *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static void
set_row (GtkWidget  *row,
         const char *title,
         const char *subtitle)
{
  g_autofree char *above = title != NULL ? leyden_text_display (title, -1, 200, FALSE) : NULL;
  g_autofree char *below = subtitle != NULL ? leyden_text_display (subtitle, -1, 500, FALSE) : NULL;

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  if (above != NULL)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), above);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), below != NULL ? below : "");
}

/* ---- The verdict ---- */

static const struct
{
  const char *icon;
  const char *style;
  const char *title;
} looks[] = {
  [LEYDEN_PROBE_GOOD] = { "emblem-ok-symbolic", "success", NULL },
  [LEYDEN_PROBE_KEY] = { "dialog-password-symbolic", "error", N_("The key is not accepted") },
  [LEYDEN_PROBE_UNTRUSTED] = { "channel-insecure-symbolic", "warning", N_("The certificate is not trusted here") },
  [LEYDEN_PROBE_NEITHER] = { "dialog-error-symbolic", "error", N_("Neither a Leyden backend nor an Agent Lightning server") },
  [LEYDEN_PROBE_VERSION] = { "dialog-error-symbolic", "error", N_("A Leyden backend of another version") },
  [LEYDEN_PROBE_UNREACHABLE] = { "network-offline-symbolic", "error", N_("Nothing answers there") },
};

/* (transfer full): what a good one is. */
static char *
describe_server (const LeydenProbe *probe)
{
  const char *version = probe->version != NULL ? probe->version : "?";

  if (probe->kind == LEYDEN_SERVER_AGL)
    return g_strdup_printf (_("Version %s. The backend of this computer asks it every two seconds and keeps what it says."), version);
  return g_strdup_printf (_("Version %s"), version);
}

static const char *
describe_role (const char *role)
{
  static const struct { const char *role, *text; } roles[] = {
    { "viewer", N_("Viewer: it may look, not change anything") },
    { "author", N_("Author: it may run and train flows") },
    { "operator", N_("Operator: it may also change models and connections") },
    { "admin", N_("Administrator: it may do everything") },
  };

  for (gsize i = 0; role != NULL && i < G_N_ELEMENTS (roles); i++)
    if (g_str_equal (role, roles[i].role))
      return _(roles[i].text);
  return role;
}

static char *
describe_clock (gint64 skew_ms)
{
  guint seconds = (guint) MIN ((ABS (skew_ms) + 500) / 1000, G_MAXINT);

  if (ABS (skew_ms) < SKEW_MS)
    return g_strdup (_("In step with this computer’s"));
  if (skew_ms > 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u second ahead of this computer’s",
                                         "%u seconds ahead of this computer’s", seconds), seconds);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u second behind this computer’s",
                                       "%u seconds behind this computer’s", seconds), seconds);
}

/* What is to be decided is on the screen, and not below it. */
static gboolean
scroll_down_cb (gpointer data)
{
  LeydenConnectionDialog *self = data;
  GtkAdjustment *adjustment;

  if (self->scroller == NULL || !gtk_widget_get_mapped (self->scroller))
    return G_SOURCE_REMOVE;
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return G_SOURCE_REMOVE;
}

static void
show_certificate (LeydenConnectionDialog *self)
{
  LeydenValue *certificate = self->probe != NULL ? self->probe->certificate : NULL;
  const char *fingerprint = leyden_value_get_member_string (certificate, "fingerprint", NULL);
  gboolean pinned = fingerprint != NULL && g_strcmp0 (self->pin, fingerprint) == 0;
  gboolean visible = fingerprint != NULL && (pinned || self->probe->outcome == LEYDEN_PROBE_UNTRUSTED);
  g_autofree char *shown = NULL;
  g_autofree char *until = NULL;
  g_autoptr(GDateTime) date = NULL;

  gtk_widget_set_visible (self->certificate, visible);
  if (!visible)
    return;
  shown = leyden_fingerprint_format (fingerprint);
  date = g_date_time_new_from_iso8601 (leyden_value_get_member_string (certificate, "not_after", ""), NULL);
  until = date != NULL ? g_date_time_format (date, "%x") : g_strdup ("–");
  set_row (self->subject_row, NULL, leyden_value_get_member_string (certificate, "subject", "–"));
  set_row (self->until_row, NULL, until);
  gtk_label_set_text (GTK_LABEL (self->fingerprint), shown);
  self->filling = TRUE;
  gtk_switch_set_active (self->trust, pinned);
  self->filling = FALSE;
  if (!pinned)
    g_timeout_add_full (G_PRIORITY_DEFAULT, 100, scroll_down_cb, g_object_ref (self), g_object_unref);
}

static void
show_facts (LeydenConnectionDialog *self,
            const LeydenProbe      *probe)
{
  gboolean good = probe != NULL && probe->outcome == LEYDEN_PROBE_GOOD;
  g_autofree char *role = NULL;
  g_autofree char *latency = NULL;
  g_autofree char *clock = NULL;

  gtk_widget_set_visible (self->role_row, good && probe->role != NULL);
  gtk_widget_set_visible (self->latency_row, good && isfinite (probe->latency_ms));
  gtk_widget_set_visible (self->clock_row, good && probe->has_skew);
  if (!good)
    return;
  if (probe->role != NULL && probe->key_name != NULL)
    role = g_strdup_printf (_("“%s”. %s"), probe->key_name, describe_role (probe->role));
  else if (probe->role != NULL)
    role = g_strdup (describe_role (probe->role));
  latency = isfinite (probe->latency_ms) ? g_strdup_printf (_("%.0f ms"), MAX (probe->latency_ms, 1)) : NULL;
  clock = describe_clock (probe->skew_ms);
  set_row (self->role_row, NULL, role);
  set_row (self->latency_row, NULL, latency);
  set_row (self->clock_row, NULL, clock);
}

static void
show_verdict (LeydenConnectionDialog *self)
{
  const LeydenProbe *probe = self->probe;
  const char *title;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->verdict, probe != NULL);
  show_facts (self, probe);
  show_certificate (self);
  if (probe == NULL)
    return;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->verdict_icon), looks[probe->outcome].icon);
  gtk_widget_set_css_classes (self->verdict_icon, (const char *[]) { looks[probe->outcome].style, NULL });
  if (probe->outcome != LEYDEN_PROBE_GOOD)
    title = _(looks[probe->outcome].title);
  else
    title = probe->kind == LEYDEN_SERVER_AGL ? _("An Agent Lightning server") : _("A Leyden backend");
  text = probe->outcome == LEYDEN_PROBE_GOOD ? describe_server (probe) : g_strdup (probe->reason);
  set_row (self->verdict_row, title, text);
}

static void
update (LeydenConnectionDialog *self)
{
  gboolean testing = self->cancellable != NULL;
  gboolean empty = *gtk_editable_get_text (self->uri) == '\0';

  gtk_widget_set_visible (self->spinner, testing);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), testing);
  gtk_widget_set_sensitive (self->test_button, !testing && !empty);
  gtk_widget_set_sensitive (self->save_button, !empty && self->saving == NULL && !self->wanted);
}

/* ---- Testing ---- */

static void save (LeydenConnectionDialog *self);

static void
stop_test (LeydenConnectionDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* What the entries say; NULL after a message. */
static LeydenConnectionLink *
read_link (LeydenConnectionDialog *self)
{
  g_autoptr(GError) error = NULL;
  LeydenConnectionLink *link = leyden_connection_link_parse (gtk_editable_get_text (self->uri), &error);
  const char *key = gtk_editable_get_text (self->key);

  if (link == NULL)
    {
      set_message (self, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->uri));
      return NULL;
    }
  set_message (self, NULL);
  g_free (link->key);
  link->key = *key != '\0' ? g_strdup (key) : NULL;
  g_free (link->fingerprint);
  link->fingerprint = g_strdup (self->pin);
  return link;
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenConnectionDialog) self = data;
  g_autoptr(GError) error = NULL;
  LeydenProbe *probe = leyden_connection_probe_finish (result, &error);
  gboolean wanted = self->wanted;

  /* Something else was typed meanwhile. */
  if (probe == NULL)
    return;
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->probe, leyden_probe_free);
  self->probe = probe;
  self->wanted = FALSE;
  show_verdict (self);
  update (self);
  if (wanted && (probe->outcome == LEYDEN_PROBE_GOOD || self->connection != NULL))
    save (self);
}

static void
begin_probe (LeydenConnectionDialog     *self,
             const LeydenConnectionLink *link)
{
  stop_test (self);
  g_clear_pointer (&self->probe, leyden_probe_free);
  self->cancellable = g_cancellable_new ();
  show_verdict (self);
  update (self);
  leyden_connection_probe_async (link, self->cancellable, probed_cb, g_object_ref (self));
}

static void
stored_key_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenConnectionDialog) self = data;
  g_autoptr(LeydenConnectionLink) link = NULL;
  g_autofree char *key = leyden_connections_get_key_finish (LEYDEN_CONNECTIONS (object), result, NULL);

  if (gtk_widget_in_destruction (GTK_WIDGET (self)))
    return;
  link = read_link (self);
  if (link == NULL)
    return;
  /* Without one that can be found the server says what is wrong. */
  if (link->key == NULL && key != NULL && *key != '\0')
    link->key = g_steal_pointer (&key);
  begin_probe (self, link);
}

void
leyden_connection_dialog_test (LeydenConnectionDialog *self)
{
  g_autoptr(LeydenConnectionLink) link = NULL;

  g_return_if_fail (LEYDEN_IS_CONNECTION_DIALOG (self));

  link = read_link (self);
  if (link == NULL)
    {
      self->wanted = FALSE;
      update (self);
      return;
    }
  /* An empty entry stands for the key that is kept, which is only ever sent to where it belongs. */
  if (link->key == NULL && self->connection != NULL && leyden_connection_has_key (self->connection)
      && g_strcmp0 (link->uri, leyden_connection_get_uri (self->connection)) == 0)
    leyden_connections_get_key_async (leyden_connections_get_default (), self->connection, NULL, stored_key_cb, g_object_ref (self));
  else
    begin_probe (self, link);
}

static void
test_clicked_cb (LeydenConnectionDialog *self)
{
  leyden_connection_dialog_test (self);
}

/* ---- Typing ---- */

static void
forget_verdict (LeydenConnectionDialog *self)
{
  stop_test (self);
  self->wanted = FALSE;
  g_clear_pointer (&self->probe, leyden_probe_free);
  set_message (self, NULL);
  show_verdict (self);
  update (self);
}

static void
changed_cb (LeydenConnectionDialog *self)
{
  if (!self->filling)
    forget_verdict (self);
}

/* A link, or an address with a key in it, goes into the entries where each part belongs. */
static void
take_link (LeydenConnectionDialog     *self,
           const LeydenConnectionLink *link)
{
  self->filling = TRUE;
  gtk_editable_set_text (self->uri, link->uri);
  gtk_editable_set_position (self->uri, -1);
  if (link->key != NULL)
    gtk_editable_set_text (self->key, link->key);
  if (link->name != NULL && *gtk_editable_get_text (self->name) == '\0')
    gtk_editable_set_text (self->name, link->name);
  if (link->fingerprint != NULL)
    {
      g_free (self->pin);
      self->pin = g_strdup (link->fingerprint);
    }
  self->filling = FALSE;
}

static void
uri_changed_cb (LeydenConnectionDialog *self)
{
  const char *text = gtk_editable_get_text (self->uri);
  g_autoptr(LeydenConnectionLink) link = NULL;

  if (self->filling)
    return;
  g_clear_pointer (&self->pin, g_free);
  link = leyden_connection_link_parse (text, NULL);
  if (link != NULL && (g_str_has_prefix (text, "leyden://") || link->key != NULL) && (link->key != NULL || link->name != NULL || link->fingerprint != NULL))
    take_link (self, link);
  gtk_widget_set_visible (self->exposed, link != NULL && leyden_connection_is_exposed (link->uri));
  forget_verdict (self);
}

/* The certificate that was just shown, and no other. */
static void
trust_changed_cb (LeydenConnectionDialog *self)
{
  const char *shown = self->probe == NULL ? NULL : leyden_value_get_member_string (self->probe->certificate, "fingerprint", NULL);

  if (self->filling || shown == NULL)
    return;
  g_free (self->pin);
  self->pin = gtk_switch_get_active (self->trust) ? g_strdup (shown) : NULL;
  leyden_connection_dialog_test (self);
}

/* ---- Saving ---- */

static void
finish (LeydenConnectionDialog *self,
        const char             *notice)
{
  leyden_connections_put (leyden_connections_get_default (), self->saving);
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, self->saving, notice);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
key_stored_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenConnectionDialog) self = data;
  g_autoptr(GError) error = NULL;
  gboolean kept = leyden_connections_store_key_finish (LEYDEN_CONNECTIONS (object), result, &error);

  finish (self, kept ? NULL : _("There is no key ring to keep the key in: it is held for this session only."));
}

static char *
choose_name (LeydenConnectionDialog     *self,
             const LeydenConnectionLink *link)
{
  g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));
  const char *host = strstr (link->uri, "://") + strlen ("://");

  return *typed != '\0' ? g_utf8_substring (typed, 0, MIN (g_utf8_strlen (typed, -1), 100)) : g_strdup (host);
}

static void
save (LeydenConnectionDialog *self)
{
  g_autoptr(LeydenConnectionLink) link = read_link (self);
  g_autofree char *name = NULL;
  const char *key = gtk_editable_get_text (self->key);
  gboolean known = self->probe != NULL && self->probe->kind != LEYDEN_SERVER_UNKNOWN;
  gboolean mirrored = known ? self->probe->kind == LEYDEN_SERVER_AGL
                            : self->connection != NULL && leyden_connection_is_mirrored (self->connection);
  gboolean same = self->connection != NULL && link != NULL && g_strcmp0 (link->uri, leyden_connection_get_uri (self->connection)) == 0;
  gboolean kept = same && leyden_connection_has_key (self->connection);

  if (link == NULL)
    return;
  name = choose_name (self, link);
  /* A mirror of another address is another mirror. */
  self->saving = leyden_connection_new (self->connection != NULL && (same || !mirrored) ? leyden_connection_get_id (self->connection) : NULL, name,
                                        link->uri, mirrored, *key != '\0' || kept, self->pin);
  if (self->connection != NULL && !same && mirrored)
    leyden_connections_remove (leyden_connections_get_default (), leyden_connection_get_id (self->connection));
  update (self);
  if (*key == '\0')
    finish (self, NULL);
  else
    leyden_connections_store_key_async (leyden_connections_get_default (), self->saving, key, key_stored_cb, g_object_ref (self));
}

static void
save_clicked_cb (LeydenConnectionDialog *self)
{
  if (self->probe != NULL && self->probe->outcome == LEYDEN_PROBE_GOOD)
    {
      save (self);
      return;
    }
  self->wanted = TRUE;
  if (self->cancellable == NULL)
    leyden_connection_dialog_test (self);
  update (self);
}

/* ---- Class ---- */

static void
leyden_connection_dialog_dispose (GObject *object)
{
  LeydenConnectionDialog *self = LEYDEN_CONNECTION_DIALOG (object);

  stop_test (self);
  g_clear_object (&self->connection);
  g_clear_object (&self->saving);
  g_clear_pointer (&self->probe, leyden_probe_free);
  g_clear_pointer (&self->pin, g_free);
  G_OBJECT_CLASS (leyden_connection_dialog_parent_class)->dispose (object);
}

static void
leyden_connection_dialog_class_init (LeydenConnectionDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_connection_dialog_dispose;
  signals[SIGNAL_SAVED] = g_signal_new ("saved", LEYDEN_TYPE_CONNECTION_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        LEYDEN_TYPE_CONNECTION, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-connection-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, uri);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, key);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, name);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, scroller);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, exposed);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, save_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, test_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, verdict);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, verdict_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, verdict_icon);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, role_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, latency_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, clock_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, certificate);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, subject_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, until_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, LeydenConnectionDialog, trust);
  gtk_widget_class_bind_template_callback (widget_class, save_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, test_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, uri_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, trust_changed_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_connection_dialog_init (LeydenConnectionDialog *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_window_set_default_widget (GTK_WINDOW (self), self->save_button);
  update (self);
}

GtkWidget *
leyden_connection_dialog_new (GtkWindow        *parent,
                              LeydenConnection *connection)
{
  LeydenConnectionDialog *self = g_object_new (LEYDEN_TYPE_CONNECTION_DIALOG, "transient-for", parent, NULL);

  if (connection == NULL)
    return GTK_WIDGET (self);
  self->connection = g_object_ref (connection);
  gtk_window_set_title (GTK_WINDOW (self), _("Edit Connection"));
  gtk_button_set_label (GTK_BUTTON (self->save_button), _("Save"));
  gtk_editable_set_text (self->uri, leyden_connection_get_uri (connection));
  gtk_editable_set_text (self->name, leyden_connection_get_name (connection));
  if (leyden_connection_has_key (connection))
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->key), _("Another key"));
  self->pin = g_strdup (leyden_connection_get_fingerprint (connection));
  update (self);
  return GTK_WIDGET (self);
}

void
leyden_connection_dialog_set_text (LeydenConnectionDialog *self,
                                   const char             *address,
                                   const char             *key)
{
  g_return_if_fail (LEYDEN_IS_CONNECTION_DIALOG (self));

  gtk_editable_set_text (self->uri, address);
  if (key != NULL)
    gtk_editable_set_text (self->key, key);
}

void
leyden_connection_dialog_take_probe (LeydenConnectionDialog *self,
                                     LeydenProbe            *probe)
{
  g_return_if_fail (LEYDEN_IS_CONNECTION_DIALOG (self));

  stop_test (self);
  g_clear_pointer (&self->probe, leyden_probe_free);
  self->probe = probe;
  show_verdict (self);
  update (self);
}

const LeydenProbe *
leyden_connection_dialog_get_probe (LeydenConnectionDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONNECTION_DIALOG (self), NULL);
  return self->probe;
}
