/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-theme.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-text.h"

#define MAX_SIZE (1024 * 1024)
#define MAX_TOLD 5              /* problems of one reading */
#define SETTLE_MS 150           /* editors write a file in several steps */

struct _LeydenTheme
{
  GObject         parent_instance;

  char           *path;
  GtkCssProvider *provider;
  GFileMonitor   *monitor;
  GCancellable   *cancellable;          /* of the reading that goes on */
  guint           reload_id;
  guint           n_problems;           /* of this reading */
};

G_DEFINE_FINAL_TYPE (LeydenTheme, leyden_theme, G_TYPE_OBJECT)

static guint problem_signal;

static void
tell (LeydenTheme *self,
      const char  *text)
{
  if (self->n_problems++ < MAX_TOLD)
    g_signal_emit (self, problem_signal, 0, text);
}

static void
parsing_error_cb (GtkCssProvider *provider,
                  GtkCssSection  *section,
                  const GError   *error,
                  LeydenTheme    *self)
{
  const GtkCssLocation *start = gtk_css_section_get_start_location (section);
  g_autofree char *name = g_filename_display_name (self->path);
  g_autofree char *message = leyden_text_display (error->message, -1, 200, FALSE);
  g_autofree char *text = NULL;

  /* What will be gone one day still works today. */
  if (g_error_matches (error, GTK_CSS_PARSER_WARNING, GTK_CSS_PARSER_WARNING_DEPRECATED))
    return;
  text = g_strdup_printf (_("%s, line %zu: %s"), name, start->lines + 1, message);
  tell (self, text);
}

/* --- reading --- */

/* Takes @problem (nullable). Nothing to read is no problem: then there is no theme. */
static void
take (LeydenTheme *self,
      const char  *css,
      char        *problem)
{
  g_autofree char *text = problem;

  g_clear_object (&self->cancellable);
  if (text != NULL)
    tell (self, text);
  gtk_css_provider_load_from_data (self->provider, css != NULL && text == NULL ? css : "", -1);
}

static char *
dup_problem (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? NULL : g_strdup (error->message);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenTheme) self = data;
  g_autofree char *name = g_filename_display_name (self->path);
  g_autoptr(GError) error = NULL;
  g_autofree char *css = NULL;
  gsize length = 0;

  if (!g_file_load_contents_finish (G_FILE (object), result, &css, &length, NULL, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        take (self, NULL, dup_problem (error));
    }
  else
    take (self, css, g_utf8_validate (css, (gssize) length, NULL) ? NULL : g_strdup_printf (_("%s is not text in UTF-8 and was not read"), name));
}

static void
info_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenTheme) self = data;
  g_autofree char *name = g_filename_display_name (self->path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInfo) info = g_file_query_info_finish (G_FILE (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (info == NULL)
    take (self, NULL, dup_problem (error));
  else if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    take (self, NULL, g_strdup_printf (_("%s is not a file"), name));
  else if (g_file_info_get_size (info) > MAX_SIZE)
    take (self, NULL, g_strdup_printf (_("%s is larger than 1 MiB and was not read"), name));
  else
    g_file_load_contents_async (G_FILE (object), self->cancellable, loaded_cb, g_object_ref (self));
}

/* Off the main loop: the file may lie far away. What was being read is given up. */
static void
load (LeydenTheme *self)
{
  g_autoptr(GFile) file = g_file_new_for_path (self->path);

  self->n_problems = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, self->cancellable, info_cb, g_object_ref (self));
}

static void
reload_cb (gpointer data)
{
  LeydenTheme *self = data;

  self->reload_id = 0;
  load (self);
}

static void
changed_cb (LeydenTheme *self)
{
  g_clear_handle_id (&self->reload_id, g_source_remove);
  self->reload_id = g_timeout_add_once (SETTLE_MS, reload_cb, self);
}

void
leyden_theme_start (LeydenTheme *self)
{
  g_autoptr(GFile) file = NULL;
  g_autoptr(GError) error = NULL;

  g_return_if_fail (LEYDEN_IS_THEME (self));
  g_return_if_fail (self->monitor == NULL);

  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (self->provider), GTK_STYLE_PROVIDER_PRIORITY_USER);
  load (self);
  file = g_file_new_for_path (self->path);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor == NULL)
    tell (self, error->message);
  else
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}

static void
leyden_theme_finalize (GObject *object)
{
  LeydenTheme *self = LEYDEN_THEME (object);

  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->reload_id, g_source_remove);
  if (self->monitor != NULL)
    {
      g_file_monitor_cancel (self->monitor);
      g_object_unref (self->monitor);
      gtk_style_context_remove_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (self->provider));
    }
  g_object_unref (self->provider);
  g_free (self->path);
  G_OBJECT_CLASS (leyden_theme_parent_class)->finalize (object);
}

static void
leyden_theme_class_init (LeydenThemeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_theme_finalize;
  problem_signal = g_signal_new ("problem", LEYDEN_TYPE_THEME, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
leyden_theme_init (LeydenTheme *self)
{
  self->provider = gtk_css_provider_new ();
  g_signal_connect (self->provider, "parsing-error", G_CALLBACK (parsing_error_cb), self);
}

LeydenTheme *
leyden_theme_new (const char *path)
{
  LeydenTheme *self = g_object_new (LEYDEN_TYPE_THEME, NULL);

  self->path = path != NULL ? g_strdup (path) : g_build_filename (g_get_user_config_dir (), "leyden", "theme.css", NULL);
  return self;
}

/* The getters of GtkStyleContext are the floor's only way to a named colour; they are deprecated later. */
gboolean
leyden_theme_look_up_color (GtkWidget  *widget,
                            const char *name,
                            GdkRGBA    *color)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);

  if (name != NULL && gtk_style_context_lookup_color (context, name, color))
    return TRUE;
  gtk_style_context_get_color (context, color);
  return FALSE;
}
