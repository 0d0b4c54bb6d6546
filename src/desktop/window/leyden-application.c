/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-application.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-alert-button.h"
#include "leyden-bench.h"
#include "leyden-desktop.h"
#include "leyden-open-files.h"
#include "leyden-preferences.h"
#include "leyden-screenshots.h"
#include "leyden-session.h"
#include "leyden-settings.h"
#include "leyden-stall-monitor.h"
#include "leyden-theme.h"
#include "leyden-window.h"

#define MAX_FILES 20            /* windows opened at once */
#define MAX_RECOVERED 8
#define FILES_MS 300            /* what is open is written down so long after it changed */
#define SHUTDOWN_S 3           /* how long the end waits for the backend's answer */

struct _LeydenApplication
{
  AdwApplication parent_instance;

  char          *screenshots;           /* folder, with --screenshots */
  char          *bench;                 /* with --bench */
  int            bench_nodes;
  LeydenTheme   *theme;
  gboolean       journals_read;
  LeydenOpenFiles *open_files;          /* NULL for a program that only draws or measures, and in tests */
  guint          files_id;
  char         **restored;              /* URIs that a killed program had open; nullable */
};

G_DEFINE_FINAL_TYPE (LeydenApplication, leyden_application, ADW_TYPE_APPLICATION)

/* --- windows --- */

static LeydenWindow *
get_window (LeydenApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  while (window != NULL && !LEYDEN_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  return window != NULL ? LEYDEN_WINDOW (window) : leyden_window_new (self);
}

/* Only looks; nothing is shown. (nullable) */
static LeydenWindow *
find_window_of (LeydenApplication *self,
                GFile             *file)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (LEYDEN_IS_WINDOW (l->data) && leyden_window_has_file (l->data, file))
      return l->data;
  return NULL;
}

void
leyden_application_open_file (LeydenApplication *self,
                              GFile             *file)
{
  LeydenWindow *window;

  g_return_if_fail (LEYDEN_IS_APPLICATION (self));
  g_return_if_fail (G_IS_FILE (file));

  window = find_window_of (self, file);
  if (window == NULL)
    {
      window = get_window (self);
      gtk_window_present (GTK_WINDOW (window));
      leyden_window_open_file (window, file);
    }
  else
    {
      leyden_window_show_file (window, file);
      gtk_window_present (GTK_WINDOW (window));
    }
}

/* --- what is open --- */

static gboolean
files_cb (gpointer data)
{
  LeydenApplication *self = data;
  g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);

  self->files_id = 0;
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (LEYDEN_IS_WINDOW (l->data))
      leyden_window_list_files (l->data, uris);
  g_ptr_array_add (uris, NULL);
  leyden_open_files_set (self->open_files, (const char * const *) uris->pdata);
  return G_SOURCE_REMOVE;
}

void
leyden_application_files_changed (LeydenApplication *self)
{
  g_return_if_fail (LEYDEN_IS_APPLICATION (self));
  if (self->open_files != NULL && self->files_id == 0)
    self->files_id = g_timeout_add (FILES_MS, files_cb, self);
}

/* --- what the last session left --- */

static void
journals_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenApplication) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) journals = leyden_journal_list_finish (result, &error);

  g_application_release (G_APPLICATION (self));
  if (journals == NULL)
    {
      g_warning ("The journals could not be read: %s", error->message);
      return;
    }
  for (guint i = 0; i < MIN (journals->len, MAX_RECOVERED); i++)
    {
      const LeydenJournalInfo *info = g_ptr_array_index (journals, i);
      g_autoptr(GFile) file = info->uri != NULL ? g_file_new_for_uri (info->uri) : NULL;
      LeydenWindow *window = get_window (self);

      /* One that was named on the command line, or was open, comes back with its file. */
      if (self->restored != NULL && info->uri != NULL && g_strv_contains ((const char * const *) self->restored, info->uri))
        continue;
      if (file != NULL && find_window_of (self, file) != NULL)
        continue;
      gtk_window_present (GTK_WINDOW (window));
      leyden_window_recover (window, info->id);
    }
}

/* Files that are gone or elsewhere meanwhile are not missed aloud. */
static void
restore_files (LeydenApplication *self)
{
  for (guint i = 0; self->restored[i] != NULL; i++)
    {
      g_autoptr(GFile) file = g_file_new_for_uri (self->restored[i]);
      LeydenWindow *window;

      if (find_window_of (self, file) != NULL)
        continue;
      window = get_window (self);
      gtk_window_present (GTK_WINDOW (window));
      leyden_window_restore_file (window, file);
    }
}

static void
taken_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  LeydenApplication *self = LEYDEN_APPLICATION (object);

  self->restored = g_task_propagate_pointer (G_TASK (result), NULL);
  restore_files (self);
  leyden_journal_list_async (NULL, NULL, journals_cb, g_object_ref (self));
}

static void
take_in_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  g_task_return_pointer (task, leyden_open_files_take (NULL), (GDestroyNotify) g_strfreev);
}

/* Held until the journals are read. */
static void
read_journals (LeydenApplication *self)
{
  g_autoptr(GTask) task = NULL;

  if (self->journals_read)
    return;
  self->journals_read = TRUE;
  self->open_files = leyden_open_files_new (NULL);
  g_application_hold (G_APPLICATION (self));
  task = g_task_new (self, NULL, taken_cb, NULL);
  g_task_set_source_tag (task, read_journals);
  g_task_run_in_thread (task, take_in_thread);
}

/* --- application --- */

static void
leyden_application_activate (GApplication *application)
{
  LeydenApplication *self = LEYDEN_APPLICATION (application);

  if (self->screenshots != NULL)
    leyden_screenshots_run (self, self->screenshots);
  else if (self->bench != NULL)
    leyden_bench_run (self, self->bench, (guint) CLAMP (self->bench_nodes, 1, 5000000));
  else
    {
      gtk_window_present (GTK_WINDOW (get_window (self)));
      read_journals (self);
    }
}

static void
leyden_application_open (GApplication  *application,
                         GFile        **files,
                         int            n_files,
                         const char    *hint)
{
  LeydenApplication *self = LEYDEN_APPLICATION (application);

  for (int i = 0; i < MIN (n_files, MAX_FILES); i++)
    leyden_application_open_file (self, files[i]);
  if (n_files > MAX_FILES)
    leyden_window_toast (get_window (self), _("Too many files at once; the first twenty were opened"));
  read_journals (self);
}

/* --- the end --- */

static void
shut_down_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenApplication) self = data;
  g_autoptr(GError) error = NULL;

  /* A refusal means that runs go on, and that is as it should be. */
  if (!leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, &error))
    g_debug ("The backend goes on: %s", error->message);
  g_application_release (G_APPLICATION (self));
}

static gboolean
give_up_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* A backend that a window started (it has an idle exit) is asked to end with the last window, if nothing runs. */
static void
leyden_application_window_removed (GtkApplication *application,
                                   GtkWindow      *window)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());
  g_autoptr(GCancellable) cancellable = NULL;

  GTK_APPLICATION_CLASS (leyden_application_parent_class)->window_removed (application, window);
  leyden_application_files_changed (LEYDEN_APPLICATION (application));
  if (gtk_application_get_windows (application) != NULL || !LEYDEN_IS_WINDOW (window)
      || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED || !leyden_backend_is_local (backend)
      || leyden_value_get_member_int (leyden_backend_get_info (backend), "idle_exit_s", 0) <= 0)
    return;
  cancellable = g_cancellable_new ();
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, SHUTDOWN_S, give_up_cb, g_object_ref (cancellable), g_object_unref);
  g_application_hold (G_APPLICATION (application));
  leyden_backend_shutdown_async (backend, TRUE, cancellable, shut_down_cb, g_object_ref (application));
}

static void
apply_style (GSettings  *settings,
             const char *key,
             gpointer    data)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[g_settings_get_enum (settings, "style")]);
}

static void
quit_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));

  /* Each asks for what is not saved. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
  g_list_free (windows);
}

static void
new_window_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  gtk_window_present (GTK_WINDOW (leyden_window_new (data)));
}

static void
about_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       data)
{
  adw_show_about_window (gtk_application_get_active_window (data),
                         "application-name", _("Leyden"),
                         "application-icon", APPLICATION_ID,
                         "version", PACKAGE_VERSION,
                         "developer-name", _("The Leyden developers"),
                         "comments", _("Draw agents as flows, try them, run them over data and train them."),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         NULL);
}

static void
help_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  g_autoptr(GtkBuilder) builder = gtk_builder_new_from_resource (LEYDEN_RESOURCES "leyden-help.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "help"));

  gtk_window_set_transient_for (window, gtk_application_get_active_window (data));
  gtk_window_present (window);
}

static void
preferences_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  gtk_window_present (GTK_WINDOW (leyden_preferences_new (gtk_application_get_active_window (data))));
}

/* From the card "the simulation only knows the samples". */
static void
find_models_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  LeydenPreferences *preferences = leyden_preferences_new (gtk_application_get_active_window (data));

  gtk_window_present (GTK_WINDOW (preferences));
  leyden_preferences_find_models (preferences);
}

static void
add_endpoint_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenPreferences *preferences = leyden_preferences_new (gtk_application_get_active_window (data));

  gtk_window_present (GTK_WINDOW (preferences));
  leyden_preferences_add_endpoint (preferences);
}

static void
connections_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       data)
{
  LeydenPreferences *preferences = leyden_preferences_new (gtk_application_get_active_window (data));

  leyden_preferences_show_connections (preferences);
  gtk_window_present (GTK_WINDOW (preferences));
}

/* From the editor of a panel. */
static void
sources_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  LeydenPreferences *preferences = leyden_preferences_new (gtk_application_get_active_window (data));

  leyden_preferences_show_sources (preferences);
  gtk_window_present (GTK_WINDOW (preferences));
}

/* From a notification. */
static void
show_experiment_action (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       data)
{
  GtkWindow *window = gtk_application_get_active_window (data);
  const char *experiment = g_variant_get_string (parameter, NULL);

  if (window == NULL || !LEYDEN_IS_WINDOW (window))
    window = GTK_WINDOW (leyden_window_new (data));
  gtk_window_present (window);
  if (*experiment != '\0')
    leyden_window_show_experiment (LEYDEN_WINDOW (window), experiment);
}

/* From a notification, too. */
static void
show_alert_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  GtkWindow *window = gtk_application_get_active_window (data);

  if (window == NULL || !LEYDEN_IS_WINDOW (window))
    window = GTK_WINDOW (leyden_window_new (data));
  gtk_window_present (window);
  leyden_window_show_alerts (LEYDEN_WINDOW (window), g_variant_get_string (parameter, NULL));
}

static void
news_cb (LeydenApplication *self,
         LeydenValue       *alert)
{
  leyden_alert_notify (G_APPLICATION (self), alert);
}

static const GActionEntry entries[] = {
  { .name = "quit", .activate = quit_action },
  { .name = "new-window", .activate = new_window_action },
  { .name = "preferences", .activate = preferences_action },
  { .name = "find-models", .activate = find_models_action },
  { .name = "add-endpoint", .activate = add_endpoint_action },
  { .name = "connections", .activate = connections_action },
  { .name = "sources", .activate = sources_action },
  { .name = "show-experiment", .activate = show_experiment_action, .parameter_type = "s" },
  { .name = "show-alert", .activate = show_alert_action, .parameter_type = "s" },
  { .name = "about", .activate = about_action },
  { .name = "help", .activate = help_action },
};

/* On standard error too: it may be said before there is a window. */
static void
theme_problem_cb (LeydenTheme       *theme,
                  const char        *text,
                  LeydenApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  g_printerr ("leyden: %s\n", text);
  if (window != NULL && LEYDEN_IS_WINDOW (window))
    leyden_window_toast (LEYDEN_WINDOW (window), text);
}

static void
leyden_application_startup (GApplication *application)
{
  LeydenApplication *self = LEYDEN_APPLICATION (application);
  GSettings *settings = leyden_settings_get_default ();

  G_APPLICATION_CLASS (leyden_application_parent_class)->startup (application);
  g_signal_connect_object (leyden_alert_watch_get_default (), "news", G_CALLBACK (news_cb), self, G_CONNECT_SWAPPED);
  leyden_stall_monitor_start ();
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries), application);
  leyden_actions_add_accels (GTK_APPLICATION (application));
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), "/io/github/leyden/Leyden/icons");
  gtk_window_set_default_icon_name (APPLICATION_ID);
  g_signal_connect_object (settings, "changed::style", G_CALLBACK (apply_style), application, 0);
  apply_style (settings, "style", NULL);
  /* Pictures and figures are of our own colours. */
  if (self->screenshots != NULL || self->bench != NULL)
    return;
  self->theme = leyden_theme_new (NULL);
  g_signal_connect_object (self->theme, "problem", G_CALLBACK (theme_problem_cb), application, 0);
  leyden_theme_start (self->theme);
}

/* A normal end leaves nothing to bring back. */
static void
leyden_application_shutdown (GApplication *application)
{
  LeydenApplication *self = LEYDEN_APPLICATION (application);

  g_clear_handle_id (&self->files_id, g_source_remove);
  g_clear_pointer (&self->open_files, leyden_open_files_free);
  G_APPLICATION_CLASS (leyden_application_parent_class)->shutdown (application);
}

static int
leyden_application_handle_local_options (GApplication *application,
                                         GVariantDict *options)
{
  LeydenApplication *self = LEYDEN_APPLICATION (application);
  gboolean version = FALSE, new_instance = FALSE;

  if (g_variant_dict_lookup (options, "version", "b", &version) && version)
    {
      g_print ("leyden %s\n", PACKAGE_VERSION);
      return 0;
    }
  g_variant_dict_lookup (options, "screenshots", "^ay", &self->screenshots);
  g_variant_dict_lookup (options, "bench", "s", &self->bench);
  self->bench_nodes = 10000;
  g_variant_dict_lookup (options, "nodes", "i", &self->bench_nodes);
  if (self->bench != NULL && !leyden_bench_is_known (self->bench))
    {
      g_printerr ("leyden: unknown bench “%s”\n", self->bench);
      return 2;
    }
  if ((g_variant_dict_lookup (options, "new-instance", "b", &new_instance) && new_instance)
      || self->screenshots != NULL || self->bench != NULL)
    g_application_set_flags (application, g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
  return -1;
}

static void
leyden_application_finalize (GObject *object)
{
  LeydenApplication *self = LEYDEN_APPLICATION (object);

  g_free (self->screenshots);
  g_free (self->bench);
  g_clear_object (&self->theme);
  g_strfreev (self->restored);
  G_OBJECT_CLASS (leyden_application_parent_class)->finalize (object);
}

static void
leyden_application_class_init (LeydenApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_application_finalize;
  GTK_APPLICATION_CLASS (klass)->window_removed = leyden_application_window_removed;
  application_class->startup = leyden_application_startup;
  application_class->shutdown = leyden_application_shutdown;
  application_class->activate = leyden_application_activate;
  application_class->open = leyden_application_open;
  application_class->handle_local_options = leyden_application_handle_local_options;
}

static void
leyden_application_init (LeydenApplication *self)
{
  static const GOptionEntry options[] = {
    { "version", 'v', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, NULL, N_("Print the version and exit"), NULL },
    { "new-instance", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL, N_("Do not use a running program"), NULL },
    { "screenshots", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, NULL, N_("Write pictures of every view"), N_("FOLDER") },
    { "bench", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, NULL, N_("Measure and print JSON"), N_("NAME") },
    { "nodes", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, NULL, N_("Size of the flow that is measured"), N_("N") },
    { NULL }
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

LeydenApplication *
leyden_application_new (void)
{
  return g_object_new (LEYDEN_TYPE_APPLICATION,
                       "application-id", APPLICATION_ID,
                       "resource-base-path", "/io/github/leyden/Leyden",
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       NULL);
}
