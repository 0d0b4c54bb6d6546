/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "config.h"
#include "desktop-events.h"

#include <gdk/x11/gdkx.h>

#define GLIDE_STEPS 12
#define STEP_S "0.012"          /* between two places of a glide: about one frame */

/* Where the pointer is, as far as this process moved it: a window of X and a point in it. */
static gulong pointer_window;
static graphene_point_t pointer;

gboolean
desktop_events_available (void)
{
  g_autofree char *program = g_find_program_in_path ("xdotool");
  GdkDisplay *display = gdk_display_get_default ();

  return program != NULL && display != NULL && G_TYPE_CHECK_INSTANCE_TYPE (display, gdk_x11_display_get_type ());
}

static gboolean
quit_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
spin (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, quit_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

void
desktop_events_settle (void)
{
  /* Two frames, and what they brought about. */
  spin (40);
  for (guint i = 0; i < 100 && g_main_context_pending (NULL); i++)
    g_main_context_iteration (NULL, FALSE);
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autofree char *output = NULL;
  g_autofree char *complaint = NULL;
  g_autoptr(GError) error = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (object), result, &output, &complaint, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (G_SUBPROCESS (object)))
    g_error ("xdotool: %s", complaint);
  *(gboolean *) data = TRUE;
}

/* The words of one command line, or of several behind one another. */
static void
run (GPtrArray *words)
{
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  gboolean over = FALSE;

  g_ptr_array_insert (words, 0, g_strdup ("xdotool"));
  g_ptr_array_add (words, NULL);
  process = g_subprocess_newv ((const char * const *) words->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, ended_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  desktop_events_settle ();
}

static GPtrArray *
begin (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static void G_GNUC_PRINTF (2, 3)
add (GPtrArray  *words,
     const char *format,
     ...)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) parts = NULL;
  va_list list;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  parts = g_strsplit (text, " ", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (parts[i]));
}

/* The window of X that shows a point of a widget, and where in it that is. */
static gulong
locate (GtkWidget        *widget,
        double            x,
        double            y,
        graphene_point_t *at)
{
  GtkNative *native = gtk_widget_get_native (widget);
  double dx, dy;

  g_assert_nonnull (native);
  g_assert_true (gtk_widget_get_mapped (widget));
  g_assert_true (gtk_widget_compute_point (widget, GTK_WIDGET (native), &GRAPHENE_POINT_INIT ((float) x, (float) y), at));
  gtk_native_get_surface_transform (native, &dx, &dy);
  at->x = (float) (int) (at->x + dx);
  at->y = (float) (int) (at->y + dy);
  return gdk_x11_surface_get_xid (gtk_native_get_surface (native));
}

static void
add_move (GPtrArray        *words,
          gulong            window,
          graphene_point_t  at)
{
  add (words, "mousemove --window %lu -- %d %d", window, (int) at.x, (int) at.y);
  pointer_window = window;
  pointer = at;
}

/* Between two windows there is no way to step; the last steps are made in the new one. */
static void
add_glide (GPtrArray *words,
           GtkWidget *widget,
           double     x,
           double     y)
{
  graphene_point_t to;
  gulong window = locate (widget, x, y, &to);
  graphene_point_t from = window == pointer_window ? pointer : GRAPHENE_POINT_INIT (to.x - 24, to.y - 24);

  for (int i = 1; i <= GLIDE_STEPS; i++)
    {
      graphene_point_t at;

      graphene_point_interpolate (&from, &to, (double) i / GLIDE_STEPS, &at);
      add_move (words, window, at);
      add (words, "sleep " STEP_S);
    }
  /* A second event at the goal: what the last step moved is looked at again. */
  add_move (words, window, GRAPHENE_POINT_INIT (to.x + 1, to.y));
  add (words, "sleep " STEP_S);
  add_move (words, window, to);
}

static void
add_modifiers (GPtrArray  *words,
               const char *command,
               const char *modifiers)
{
  g_auto(GStrv) names = modifiers != NULL ? g_strsplit (modifiers, "+", -1) : NULL;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    add (words, "%s %s", command, names[i]);
}

void
desktop_events_focus (GtkWindow *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  g_autoptr(GPtrArray) words = begin ();

  add (words, "windowraise %lu windowfocus %lu", gdk_x11_surface_get_xid (surface), gdk_x11_surface_get_xid (surface));
  run (words);
  desktop_events_wait_until (gtk_window_is_active (window));
}

void
desktop_events_place (GtkWindow *window,
                      int        x,
                      int        y)
{
  g_autoptr(GPtrArray) words = begin ();

  add (words, "windowmove %lu %d %d", gdk_x11_surface_get_xid (gtk_native_get_surface (GTK_NATIVE (window))), x, y);
  run (words);
}

void
desktop_events_move (GtkWidget *widget,
                     double     x,
                     double     y)
{
  g_autoptr(GPtrArray) words = begin ();
  graphene_point_t at;
  gulong window = locate (widget, x, y, &at);

  add_move (words, window, at);
  run (words);
}

void
desktop_events_glide (GtkWidget *widget,
                      double     x,
                      double     y)
{
  g_autoptr(GPtrArray) words = begin ();

  add_glide (words, widget, x, y);
  run (words);
}

void
desktop_events_press (guint       button,
                      const char *modifiers)
{
  g_autoptr(GPtrArray) words = begin ();

  add_modifiers (words, "keydown", modifiers);
  add (words, "mousedown %u", button);
  run (words);
}

void
desktop_events_release (guint       button,
                        const char *modifiers)
{
  g_autoptr(GPtrArray) words = begin ();

  add (words, "mouseup %u", button);
  add_modifiers (words, "keyup", modifiers);
  run (words);
}

void
desktop_events_click (GtkWidget  *widget,
                      double      x,
                      double      y,
                      guint       button,
                      guint       times,
                      const char *modifiers)
{
  g_autoptr(GPtrArray) words = begin ();
  graphene_point_t at;
  gulong window = locate (widget, x, y, &at);

  add_move (words, window, at);
  add (words, "sleep " STEP_S);
  add_modifiers (words, "keydown", modifiers);
  add (words, "click --repeat %u --delay 60 %u", times, button);
  add_modifiers (words, "keyup", modifiers);
  run (words);
}

void
desktop_events_drag (GtkWidget  *from,
                     double      from_x,
                     double      from_y,
                     GtkWidget  *to,
                     double      to_x,
                     double      to_y,
                     guint       button,
                     const char *modifiers)
{
  desktop_events_move (from, from_x, from_y);
  desktop_events_press (button, modifiers);
  desktop_events_glide (to, to_x, to_y);
  desktop_events_release (button, modifiers);
}

void
desktop_events_scroll (GtkWidget  *widget,
                       double      x,
                       double      y,
                       int         turns,
                       const char *modifiers)
{
  desktop_events_click (widget, x, y, turns < 0 ? 4 : 5, (guint) ABS (turns), modifiers);
}

void
desktop_events_key (const char *name,
                    ...)
{
  g_autoptr(GPtrArray) words = begin ();
  va_list list;

  va_start (list, name);
  for (; name != NULL; name = va_arg (list, const char *))
    add (words, "key %s sleep " STEP_S, name);
  va_end (list);
  run (words);
}

void
desktop_events_key_down (const char *name)
{
  g_autoptr(GPtrArray) words = begin ();

  add (words, "keydown %s", name);
  run (words);
}

void
desktop_events_key_up (const char *name)
{
  g_autoptr(GPtrArray) words = begin ();

  add (words, "keyup %s", name);
  run (words);
}

void
desktop_events_type (const char *text)
{
  g_autoptr(GPtrArray) words = begin ();

  add (words, "type --delay 12 --");
  g_ptr_array_add (words, g_strdup (text));
  run (words);
}

static const char *
get_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));
  if (GTK_IS_BUTTON (widget))
    return gtk_button_get_label (GTK_BUTTON (widget));
  if (GTK_IS_EDITABLE (widget))
    return gtk_editable_get_text (GTK_EDITABLE (widget));
  return NULL;
}

GtkWidget *
desktop_events_find (GtkWidget  *root,
                     GType       type,
                     const char *text)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type) && (text == NULL || g_strcmp0 (get_text (root), text) == 0))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = desktop_events_find (child, type, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}
