/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-screenshots.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "leyden-scenes.h"
#include "leyden-settings.h"

#define VARIABLE "LEYDEN_SCREENSHOT_VARIANT"
/* LEYDEN_SCREENSHOT_SCENE names one scene, to look at one thing only. */
#define ONLY_VARIABLE "LEYDEN_SCREENSHOT_SCENE"

typedef struct
{
  const char *name;
  int         width;
  int         height;
  gboolean    dark;
  gboolean    high_contrast;
  gboolean    right_to_left;
  gboolean    long_text;
  double      text_scale;
} Variant;

static const Variant variants[] = {
  { "light", 1280, 800, FALSE, FALSE, FALSE, FALSE, 1 },
  { "dark", 1280, 800, TRUE, FALSE, FALSE, FALSE, 1 },
  { "contrast", 1280, 800, FALSE, TRUE, FALSE, FALSE, 1 },
  { "narrow", 360, 640, FALSE, FALSE, FALSE, FALSE, 1 },
  { "rtl", 1280, 800, FALSE, FALSE, TRUE, FALSE, 1 },
  { "long", 1280, 800, FALSE, FALSE, FALSE, TRUE, 1 },
  { "large", 1280, 800, FALSE, FALSE, FALSE, FALSE, 2 },
};

#define MAX_TRIES 20

/* --- the picture --- */

gboolean
leyden_screenshots_save (GtkWidget   *widget,
                         const char  *path,
                         GError     **error)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));
  GskRenderNode *node;
  g_autoptr(GdkTexture) texture = NULL;

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "nothing was drawn");
      return FALSE;
    }
  texture = gsk_renderer_render_texture (renderer, node, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  gsk_render_node_unref (node);
  if (!gdk_texture_save_to_png (texture, path))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s could not be written", path);
      return FALSE;
    }
  return TRUE;
}

/* --- a long language --- */

/* As long as German or Finnish would make it, with letters that a wrong encoding would spoil. */
static char *
lengthen (const char *text)
{
  GString *longer = g_string_new ("⟦");
  glong length = g_utf8_strlen (text, -1);

  g_string_append (longer, text);
  for (glong i = 0; i < MAX (length * 2 / 5, 3); i++)
    g_string_append (longer, (i % 6) == 5 ? " " : "ö");
  g_string_append (longer, "⟧");
  return g_string_free (longer, FALSE);
}

static void
lengthen_labels (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
    {
      g_autofree char *text = lengthen (gtk_label_get_text (GTK_LABEL (widget)));

      gtk_label_set_text (GTK_LABEL (widget), text);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_EDITABLE (child))
      lengthen_labels (child);
}

/* --- one process: all scenes of one variant --- */

typedef struct
{
  LeydenApplication *application;
  char              *folder;
  const Variant     *variant;
  guint              scene;
  gboolean           prepared;
  guint              tries;             /* of the scene: a busy machine draws late */
  gboolean           failed;
  LeydenWindow      *window;
} Shoot;

static gboolean next_scene (gpointer data);

/* A dialog over @window, or NULL. */
static GtkWindow *
find_dialog (LeydenWindow *window)
{
  g_autoptr(GList) toplevels = gtk_window_list_toplevels ();

  for (GList *l = toplevels; l != NULL; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (window) && gtk_widget_get_visible (l->data))
      return l->data;
  return NULL;
}

static gboolean
take (gpointer data)
{
  Shoot *shoot = data;
  guint n;
  const LeydenScene *scene = &leyden_scenes_list (&n)[shoot->scene];
  g_autofree char *name = g_strdup_printf ("%s-%s.png", scene->name, shoot->variant->name);
  g_autofree char *path = g_build_filename (shoot->folder, name, NULL);
  GtkWindow *dialog = find_dialog (shoot->window);
  GtkWidget *shown = dialog != NULL ? GTK_WIDGET (dialog) : GTK_WIDGET (shoot->window);
  g_autoptr(GError) error = NULL;

  if (scene->pick != NULL)
    shown = scene->pick (shoot->window);
  if (shown == NULL)
    {
      g_printerr ("leyden: %s: it did not appear\n", name);
      shoot->failed = TRUE;
      shown = GTK_WIDGET (shoot->window);
    }
  if (!shoot->prepared)
    {
      if (shoot->variant->long_text)
        lengthen_labels (shown);
      /* On a telephone dialogs fill the screen. */
      if (dialog != NULL && gtk_widget_get_width (shown) > shoot->variant->width)
        gtk_window_set_default_size (dialog, shoot->variant->width, shoot->variant->height);
      shoot->prepared = TRUE;
      g_timeout_add (600, take, shoot);
      return G_SOURCE_REMOVE;
    }
  if (!leyden_screenshots_save (shown, path, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) && shoot->tries++ < MAX_TRIES)
        {
          g_timeout_add (600, take, shoot);
          return G_SOURCE_REMOVE;
        }
      g_printerr ("leyden: %s: %s\n", name, error->message);
      shoot->failed = TRUE;
    }
  if (dialog != NULL)
    gtk_window_destroy (dialog);
  leyden_window_close_now (shoot->window);
  shoot->window = NULL;
  shoot->scene++;
  shoot->tries = 0;
  g_idle_add (next_scene, shoot);
  return G_SOURCE_REMOVE;
}

static gboolean
prepare (gpointer data)
{
  Shoot *shoot = data;
  guint n;
  const LeydenScene *scene = &leyden_scenes_list (&n)[shoot->scene];

  scene->prepare (shoot->window);
  g_timeout_add (scene->settle_ms, take, shoot);
  return G_SOURCE_REMOVE;
}

static gboolean
next_scene (gpointer data)
{
  Shoot *shoot = data;
  const char *only = g_getenv (ONLY_VARIABLE);
  guint n;
  const LeydenScene *scenes = leyden_scenes_list (&n);

  while (shoot->scene < n && only != NULL && !g_str_equal (only, scenes[shoot->scene].name))
    shoot->scene++;
  if (shoot->scene == n)
    {
      if (shoot->failed)
        exit (1);
      g_application_release (G_APPLICATION (shoot->application));
      g_free (shoot->folder);
      g_free (shoot);
      return G_SOURCE_REMOVE;
    }
  shoot->prepared = FALSE;
  g_settings_reset (leyden_settings_get_default (), "panel-visible");
  g_settings_reset (leyden_settings_get_default (), "show-map");
  shoot->window = leyden_window_new (shoot->application);
  gtk_window_set_default_size (GTK_WINDOW (shoot->window), shoot->variant->width, shoot->variant->height);
  gtk_window_present (GTK_WINDOW (shoot->window));
  g_timeout_add (300, prepare, shoot);
  return G_SOURCE_REMOVE;
}

static void
run_variant (LeydenApplication *application,
             const char        *folder,
             const Variant     *variant)
{
  Shoot *shoot = g_new0 (Shoot, 1);

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-cursor-blink", FALSE,
                "gtk-font-name", "Cantarell 11", "gtk-xft-dpi", (int) (96 * 1024 * variant->text_scale), NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      variant->dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  if (variant->right_to_left)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  shoot->application = application;
  shoot->folder = g_strdup (folder);
  shoot->variant = variant;
  g_application_hold (G_APPLICATION (application));
  g_idle_add (next_scene, shoot);
}

/* --- the parent: one process after the other, each with a backend and data of its own, so that no picture shows what another left --- */

typedef struct
{
  LeydenApplication *application;
  char              *folder;
  char              *home;              /* state and data of the children */
  guint              variant;
  gboolean           failed;
} Series;

static void next_variant (Series *series);

static void
variant_done_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  Series *series = data;
  g_autoptr(GError) error = NULL;

  if (!g_subprocess_wait_check_finish (G_SUBPROCESS (object), result, &error))
    {
      g_printerr ("leyden: %s: %s\n", variants[series->variant].name, error->message);
      series->failed = TRUE;
    }
  series->variant++;
  next_variant (series);
}

static void
set_home (GSubprocessLauncher *launcher,
          Series              *series)
{
  static const char * const names[] = { "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (series->home, variants[series->variant].name, names[i], NULL);

      g_mkdir_with_parents (path, 0700);
      g_subprocess_launcher_setenv (launcher, names[i], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "GSETTINGS_BACKEND", "memory", TRUE);
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
next_variant (Series *series)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  const Variant *variant = &variants[series->variant];

  if (series->variant == G_N_ELEMENTS (variants))
    {
      remove_tree (series->home);
      if (series->failed)
        exit (1);
      g_application_release (G_APPLICATION (series->application));
      g_free (series->folder);
      g_free (series->home);
      g_free (series);
      return;
    }
  set_home (launcher, series);
  g_subprocess_launcher_setenv (launcher, VARIABLE, variant->name, TRUE);
  g_subprocess_launcher_setenv (launcher, "ADW_DEBUG_HIGH_CONTRAST", variant->high_contrast ? "1" : "0", TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, program, "--screenshots", series->folder, NULL);
  if (process == NULL)
    g_error ("%s", error->message);
  g_subprocess_wait_check_async (process, NULL, variant_done_cb, series);
}

void
leyden_screenshots_run (LeydenApplication *application,
                        const char        *folder)
{
  const char *name = g_getenv (VARIABLE);
  Series *series;

  if (g_mkdir_with_parents (folder, 0755) != 0)
    {
      g_printerr ("leyden: %s: %s\n", folder, g_strerror (errno));
      exit (3);
    }
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (variants); i++)
    if (g_str_equal (name, variants[i].name))
      {
        run_variant (application, folder, &variants[i]);
        return;
      }
  series = g_new0 (Series, 1);
  series->application = application;
  series->folder = g_strdup (folder);
  series->home = g_dir_make_tmp ("leyden-screenshots-XXXXXX", NULL);
  g_application_hold (G_APPLICATION (application));
  next_variant (series);
}
