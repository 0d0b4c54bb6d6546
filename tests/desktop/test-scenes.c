/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include "leyden-scenes.h"

/* They wait more than they work, so that parts run side by side. */
#define N_PARTS 4
/* Until a window has become narrow. */
#define FOLD_MS 700

static void
check_scene (const LeydenScene *scene)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autofree char *nameless = NULL;
  g_autofree char *wide = NULL;

  g_test_message ("%s", scene->name);
  scene->prepare (window);
  desktop_test_spin (scene->settle_ms);
  nameless = desktop_test_find_nameless (GTK_WIDGET (window));
  g_assert_cmpstr (nameless, ==, "");

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  desktop_test_spin (FOLD_MS);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  wide = desktop_test_find_wide (GTK_WIDGET (window), 360);
  g_assert_cmpstr (wide, ==, "");
  desktop_test_close (window);
}

/* Every scene of a part once: all of it has a name, and then it fits a telephone. */
static void
test_part (gconstpointer part)
{
  guint n;
  const LeydenScene *scenes = leyden_scenes_list (&n);

  for (guint i = GPOINTER_TO_UINT (part); i < n; i += N_PARTS)
    check_scene (&scenes[i]);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  for (guint i = 0; i < N_PARTS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/scenes/part-%u", i + 1);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_part);
    }
  return desktop_test_run ();
}
