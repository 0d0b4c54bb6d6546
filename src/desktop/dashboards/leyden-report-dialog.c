/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-report-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chart-format.h"
#include "leyden-dashboard.h"
#include "leyden-desktop.h"
#include "leyden-experiment-parts.h"
#include "leyden-id.h"
#include "leyden-session.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

#define REPORTS "/leyden/v1/reports"
#define SCHEDULES "/leyden/v1/schedules"

struct _LeydenReportDialog
{
  AdwWindow     parent_instance;

  LeydenSession *session;
  GCancellable *cancellable;
  char         *dashboard;      /* one of these two */
  char         *experiment;
  char         *title;
  LeydenValue  *time;           /* nullable */
  char         *zone;           /* name of it */
  LeydenValue  *variables;      /* nullable */

  GtkWidget    *subject;
  GtkWidget    *message;
  AdwComboRow  *format;
  AdwComboRow  *every;
  GtkWidget    *at;
  AdwActionRow *zone_row;
  GtkWidget    *list;
  GtkSpinner   *spinner;
  GtkWidget    *make_button;
  GtkWidget    *schedule_button;
};

G_DEFINE_FINAL_TYPE (LeydenReportDialog, leyden_report_dialog, ADW_TYPE_WINDOW)

static LeydenBackend *
get_backend (LeydenReportDialog *self)
{
  return leyden_session_get_backend (self->session);
}

/* @failed: it is not as wanted. */
static void
tell (LeydenReportDialog *self,
      const char         *text,
      gboolean            failed)
{
  g_autofree char *shown = leyden_text_display (text, -1, 300, FALSE);

  gtk_label_set_text (GTK_LABEL (self->message), shown);
  gtk_widget_set_visible (self->message, TRUE);
  if (failed)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
}

/* An answer that comes now comes to nobody. */
static gboolean
is_closed (LeydenReportDialog *self)
{
  return self->cancellable == NULL || g_cancellable_is_cancelled (self->cancellable);
}

static void
set_busy (LeydenReportDialog *self,
          gboolean            busy)
{
  leyden_spinner_set_active (self->spinner, busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "report.make", !busy);
}

/* --- what is asked for --- */

static const char *
get_format (LeydenReportDialog *self)
{
  return adw_combo_row_get_selected (self->format) == 1 ? "html" : "pdf";
}

static void
add_subject (LeydenReportDialog *self,
             LeydenValueBuilder *b,
             const char         *format)
{
  leyden_value_builder_set_string (b, self->dashboard != NULL ? "dashboard" : "experiment", self->dashboard != NULL ? self->dashboard : self->experiment);
  leyden_value_builder_set_string (b, "format", format);
  leyden_value_builder_set_string (b, "zone", self->zone);
  if (self->variables != NULL)
    leyden_value_builder_set (b, "variables", self->variables);
}

/* --- one now: made, fetched, written --- */

typedef struct
{
  LeydenReportDialog *dialog;
  GFile              *file;
} Save;

static void
save_free (Save *save)
{
  g_object_unref (save->dialog);
  g_object_unref (save->file);
  g_free (save);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Save, save_free)

static void
fail (LeydenReportDialog *self,
      const GError       *error)
{
  if (is_closed (self))
    return;
  tell (self, error->message, TRUE);
  set_busy (self, FALSE);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Save) save = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (save->file);
  g_autofree char *shown = leyden_text_display (name, -1, 80, FALSE);
  g_autofree char *text = NULL;

  if (!g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    {
      fail (save->dialog, error);
      return;
    }
  if (is_closed (save->dialog))
    return;
  text = g_strdup_printf (_("The report was written to %s"), shown);
  tell (save->dialog, text, FALSE);
  set_busy (save->dialog, FALSE);
}

static void
fetched_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Save) save = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (bytes == NULL)
    {
      fail (save->dialog, error);
      return;
    }
  if (is_closed (save->dialog))
    return;
  g_file_replace_contents_bytes_async (save->file, bytes, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, save->dialog->cancellable, written_cb, save);
  g_steal_pointer (&save);
}

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Save) save = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) row = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (row == NULL)
    {
      fail (save->dialog, error);
      return;
    }
  if (is_closed (save->dialog))
    return;
  id = leyden_backend_escape (leyden_value_get_member_string (row, "report", ""));
  path = g_strconcat (REPORTS "/", id, NULL);
  leyden_backend_fetch_async (LEYDEN_BACKEND (object), path, save->dialog->cancellable, fetched_cb, save);
  g_steal_pointer (&save);
}

void
leyden_report_dialog_save (LeydenReportDialog *self,
                           GFile              *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *lower = g_ascii_strdown (name, -1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  Save *save;

  g_return_if_fail (LEYDEN_IS_REPORT_DIALOG (self) && G_IS_FILE (file));

  leyden_value_builder_begin_object (&b);
  add_subject (self, &b, g_str_has_suffix (lower, ".html") || g_str_has_suffix (lower, ".htm") ? "html" : g_str_has_suffix (lower, ".pdf") ? "pdf" : get_format (self));
  if (self->time != NULL)
    leyden_value_builder_set (&b, "time", self->time);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  save = g_new0 (Save, 1);
  save->dialog = g_object_ref (self);
  save->file = g_object_ref (file);
  set_busy (self, TRUE);
  tell (self, _("The report is being made…"), FALSE);
  leyden_backend_request_async (get_backend (self), "POST", REPORTS, body, self->cancellable, made_cb, save);
}

static void
response_cb (GtkFileChooserNative *chooser,
             int                   response,
             LeydenReportDialog   *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  if (file != NULL)
    leyden_report_dialog_save (self, file);
  g_object_unref (chooser);
}

static void
make_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenReportDialog *self = LEYDEN_REPORT_DIALOG (widget);
  g_autofree char *title = g_strdelimit (g_strdup (self->title), "/\\", '-');
  g_autofree char *proposed = g_strdup_printf ("%s.%s", title, get_format (self));
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("Save the Report"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), proposed);
  g_signal_connect_object (chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- by the clock --- */

static void list_schedules (LeydenReportDialog *self);

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenReportDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (is_closed (self))
    return;
  if (answer == NULL)
    tell (self, error->message, TRUE);
  else
    {
      gtk_widget_set_visible (self->message, FALSE);
      list_schedules (self);
    }
}

static void
schedule_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  static const char * const every[] = { "day", "week", "month" };
  LeydenReportDialog *self = LEYDEN_REPORT_DIALOG (widget);
  g_autofree char *id = leyden_id_new_node (NULL);
  g_autofree char *path = g_strconcat (SCHEDULES "/", id, NULL);
  g_autofree char *at = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->at))));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  add_subject (self, &b, get_format (self));
  leyden_value_builder_set_string (&b, "title", self->title);
  /* Of a stretch that is fixed the next report would say the same. */
  if (leyden_value_get_member (self->time, "range") != NULL)
    leyden_value_builder_set (&b, "time", self->time);
  leyden_value_builder_set_string (&b, "every", every[MIN (adw_combo_row_get_selected (self->every), 2)]);
  leyden_value_builder_set_string (&b, "at", at);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (get_backend (self), "PUT", path, body, NULL, changed_cb, g_object_ref (self));
}

static void
remove_cb (GtkButton          *button,
           LeydenReportDialog *self)
{
  g_autofree char *id = leyden_backend_escape (g_object_get_data (G_OBJECT (button), "schedule"));
  g_autofree char *path = g_strconcat (SCHEDULES "/", id, NULL);

  leyden_backend_request_async (get_backend (self), "DELETE", path, NULL, NULL, changed_cb, g_object_ref (self));
}

static char *
describe_times (LeydenValue *schedule)
{
  const char *every = leyden_value_get_member_string (schedule, "every", "");
  g_autofree char *at = leyden_text_display (leyden_value_get_member_string (schedule, "at", ""), -1, 10, FALSE);

  if (strcmp (every, "week") == 0)
    return g_strdup_printf (_("Every week at %s"), at);
  if (strcmp (every, "month") == 0)
    return g_strdup_printf (_("Every month at %s"), at);
  return g_strdup_printf (_("Every day at %s"), at);
}

static char *
describe_next (LeydenValue *row)
{
  const char *error = leyden_value_get_member_string (row, "error", NULL);
  gint64 next = leyden_value_get_member_int (row, "next", 0);
  const char *name = leyden_value_get_member_string (leyden_value_get_member (row, "schedule"), "zone", "UTC");
  g_autoptr(GTimeZone) zone = leyden_dashboard_find_zone (name);
  g_autofree char *time = NULL, *shown_zone = leyden_text_display (name, -1, 60, FALSE);

  if (error != NULL)
    {
      g_autofree char *shown = leyden_text_display (error, -1, 200, FALSE);

      return g_strdup_printf (_("The last time: %s"), shown);
    }
  if (next <= 0)
    return g_strdup (_("Switched off"));
  if (zone == NULL)
    zone = g_time_zone_new_utc ();
  time = leyden_chart_format_time ((double) next, zone, 60e9);
  /* Translators: a time, and the name of the time zone that it is of. */
  return g_strdup_printf (_("Next: %s · %s"), time, shown_zone);
}

static void
add_row (LeydenReportDialog *self,
         LeydenValue        *row)
{
  g_autofree char *title = describe_times (leyden_value_get_member (row, "schedule"));
  g_autofree char *subtitle = describe_next (row);
  g_autofree char *name = g_strdup_printf (_("Remove “%s”"), title);
  GtkWidget *widget = adw_action_row_new (), *button = gtk_button_new_from_icon_name ("user-trash-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (widget), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (widget), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (widget), subtitle);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (button), "schedule", g_strdup (leyden_value_get_member_string (row, "id", "")), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (widget), button);
  gtk_list_box_append (GTK_LIST_BOX (self->list), widget);
}

/* Those of the same subject. */
static gboolean
is_mine (LeydenReportDialog *self,
         LeydenValue        *schedule)
{
  return g_strcmp0 (leyden_value_get_member_string (schedule, "dashboard", NULL), self->dashboard) == 0
         && g_strcmp0 (leyden_value_get_member_string (schedule, "experiment", NULL), self->experiment) == 0;
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenReportDialog) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *rows = leyden_value_get_member (answer, "schedules");
  GtkWidget *child;
  guint n = 0;

  if (is_closed (self))
    return;
  if (answer == NULL)
    {
      tell (self, error->message, TRUE);
      return;
    }
  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (is_mine (self, leyden_value_get_member (leyden_value_get_item (rows, i), "schedule")))
      {
        add_row (self, leyden_value_get_item (rows, i));
        n++;
      }
  gtk_widget_set_visible (self->list, n > 0);
}

static void
list_schedules (LeydenReportDialog *self)
{
  leyden_backend_request_async (get_backend (self), "GET", SCHEDULES, NULL, self->cancellable, listed_cb, g_object_ref (self));
}

/* --- class --- */

static void
leyden_report_dialog_dispose (GObject *object)
{
  LeydenReportDialog *self = LEYDEN_REPORT_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->dashboard, g_free);
  g_clear_pointer (&self->experiment, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->zone, g_free);
  g_clear_pointer (&self->time, leyden_value_unref);
  g_clear_pointer (&self->variables, leyden_value_unref);
  G_OBJECT_CLASS (leyden_report_dialog_parent_class)->dispose (object);
}

/* Closed: answers on their way hold the object, so this is before its end. */
static void
leyden_report_dialog_unrealize (GtkWidget *widget)
{
  g_cancellable_cancel (LEYDEN_REPORT_DIALOG (widget)->cancellable);
  GTK_WIDGET_CLASS (leyden_report_dialog_parent_class)->unrealize (widget);
}

static void
leyden_report_dialog_class_init (LeydenReportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_report_dialog_dispose;
  widget_class->unrealize = leyden_report_dialog_unrealize;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-report-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, subject);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, message);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, format);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, every);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, at);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, zone_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, make_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenReportDialog, schedule_button);
  gtk_widget_class_install_action (widget_class, "report.make", NULL, make_action);
  gtk_widget_class_install_action (widget_class, "report.schedule", NULL, schedule_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_report_dialog_init (LeydenReportDialog *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->session = g_object_ref (leyden_session_get_default ());
}

GtkWindow *
leyden_report_dialog_present (GtkWindow   *parent,
                              const char  *dashboard,
                              const char  *experiment,
                              const char  *title,
                              LeydenValue *time,
                              const char  *zone,
                              LeydenValue *variables)
{
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);
  LeydenReportDialog *self;

  g_return_val_if_fail ((dashboard == NULL) != (experiment == NULL) && title != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_REPORT_DIALOG, "transient-for", parent, NULL);
  self->dashboard = g_strdup (dashboard);
  self->experiment = g_strdup (experiment);
  self->title = leyden_text_display (title, -1, 80, FALSE);
  self->time = time != NULL ? leyden_value_ref (time) : NULL;
  self->variables = variables != NULL ? leyden_value_ref (variables) : NULL;
  self->zone = g_strdup (found != NULL ? g_time_zone_get_identifier (found) : "UTC");
  gtk_label_set_text (GTK_LABEL (self->subject), self->title);
  adw_action_row_set_subtitle (self->zone_row, self->zone);
  list_schedules (self);
  gtk_window_present (GTK_WINDOW (self));
  return GTK_WINDOW (self);
}
