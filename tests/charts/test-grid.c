/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places of panels: up, apart, within the grid, whatever is done to them. */
#include "leyden-grid.h"

#include "leyden-random.h"

static void
assert_cells (const LeydenGridCell *cells,
              const char           *expected)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_auto(GStrv) parts = g_strsplit (expected, " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    g_string_append_printf (text, "%s%d,%d,%dx%d", i > 0 ? " " : "", cells[i].x, cells[i].y, cells[i].w, cells[i].h);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
assert_sound (const LeydenGridCell *cells,
              gsize                 n)
{
  for (gsize i = 0; i < n; i++)
    {
      gboolean rests = cells[i].y == 0;

      g_assert_cmpint (cells[i].x, >=, 0);
      g_assert_cmpint (cells[i].x + cells[i].w, <=, LEYDEN_GRID_COLUMNS);
      for (gsize k = 0; k < n; k++)
        {
          g_assert_true (k == i || !leyden_grid_overlaps (&cells[i], &cells[k]));
          rests |= cells[k].y + cells[k].h == cells[i].y && cells[k].x < cells[i].x + cells[i].w && cells[i].x < cells[k].x + cells[k].w;
        }
      g_assert_true (rests);
    }
}

static void
test_compact (void)
{
  LeydenGridCell cells[] = { { 0, 7, 6, 4 }, { 4, 3, 6, 2 }, { 11, 0, 4, 2 }, { -3, 40, 20, 99 } };

  leyden_grid_compact (cells, 4);
  assert_cells (cells, "0,4,6x4 4,2,6x2 8,0,4x2 0,8,12x24");
  assert_sound (cells, 4);
  g_assert_cmpint (leyden_grid_get_height (cells, 4), ==, 32);
  leyden_grid_compact (NULL, 0);
  g_assert_cmpint (leyden_grid_get_height (NULL, 0), ==, 0);
}

/* Two columns of two: what is pressed, and what stands where then. */
static void
test_step (void)
{
  LeydenGridCell cells[] = { { 0, 0, 6, 4 }, { 6, 0, 6, 4 }, { 0, 4, 6, 3 }, { 6, 4, 6, 3 } };

  g_assert_false (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_UP));
  g_assert_false (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_LEFT));
  g_assert_true (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_DOWN));
  assert_cells (cells, "0,3,6x4 6,0,6x4 0,0,6x3 6,4,6x3");
  g_assert_false (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_DOWN));
  g_assert_true (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_UP));
  assert_cells (cells, "0,0,6x4 6,0,6x4 0,4,6x3 6,4,6x3");
  /* Aside it takes the place of what is there, which goes down. */
  g_assert_true (leyden_grid_step (cells, 4, 0, LEYDEN_GRID_RIGHT));
  assert_sound (cells, 4);
  g_assert_cmpint (cells[0].x, ==, 1);
  g_assert_cmpint (cells[0].y, ==, 0);
}

static void
test_move (void)
{
  LeydenGridCell cells[] = { { 0, 0, 4, 2 }, { 0, 2, 4, 2 }, { 0, 4, 4, 2 } };

  /* Down: not before its lower edge is past the middle of the next. */
  leyden_grid_move (cells, 3, 0, 0, 1);
  assert_cells (cells, "0,0,4x2 0,2,4x2 0,4,4x2");
  leyden_grid_move (cells, 3, 0, 0, 2);
  assert_cells (cells, "0,2,4x2 0,0,4x2 0,4,4x2");
  leyden_grid_move (cells, 3, 2, 8, 0);
  assert_cells (cells, "0,2,4x2 0,0,4x2 8,0,4x2");
  leyden_grid_move (cells, 3, 2, 99, -5);
  assert_cells (cells, "0,2,4x2 0,0,4x2 8,0,4x2");
}

static void
test_resize (void)
{
  LeydenGridCell cells[] = { { 0, 0, 4, 2 }, { 4, 0, 4, 2 }, { 8, 0, 4, 2 } };

  leyden_grid_resize (cells, 3, 0, 6, 3);
  assert_cells (cells, "0,0,6x3 4,3,4x2 8,0,4x2");
  leyden_grid_resize (cells, 3, 2, 99, 0);
  assert_cells (cells, "0,0,6x3 4,3,4x2 8,0,4x1");
}

static void
test_find_place (void)
{
  const LeydenGridCell cells[] = { { 0, 0, 6, 4 }, { 9, 0, 3, 4 } };
  LeydenGridCell narrow = { 0, 0, 3, 2 }, wide = { 0, 0, 8, 2 };

  leyden_grid_find_place (cells, 2, &narrow);
  g_assert_cmpint (narrow.x, ==, 6);
  g_assert_cmpint (narrow.y, ==, 0);
  leyden_grid_find_place (cells, 2, &wide);
  g_assert_cmpint (wide.x, ==, 0);
  g_assert_cmpint (wide.y, ==, 4);
}

static void
test_reflow (void)
{
  const LeydenGridCell cells[] = { { 0, 0, 4, 2 }, { 4, 0, 4, 2 }, { 8, 0, 4, 2 }, { 0, 2, 8, 4 }, { 8, 2, 4, 4 } };
  LeydenGridCell out[5];

  leyden_grid_reflow (cells, 5, 1, out);
  assert_cells (out, "0,0,1x2 0,2,1x2 0,4,1x2 0,6,1x4 0,10,1x4");
  /* What is alone in its row takes all of it. */
  leyden_grid_reflow (cells, 5, 2, out);
  assert_cells (out, "0,0,1x2 1,0,1x2 0,2,2x2 0,4,2x4 0,8,2x4");
}

/* Thousands of moves of any kind. */
static void
test_random (void)
{
  LeydenRandom random;
  LeydenGridCell cells[12];

  leyden_random_init (&random, 7);
  for (gsize i = 0; i < G_N_ELEMENTS (cells); i++)
    cells[i] = (LeydenGridCell) { (int) leyden_random_below (&random, 12), (int) leyden_random_below (&random, 30), 1 + (int) leyden_random_below (&random, 12),
                                  1 + (int) leyden_random_below (&random, 6) };
  leyden_grid_compact (cells, G_N_ELEMENTS (cells));
  for (guint i = 0; i < 5000; i++)
    {
      gsize at = leyden_random_below (&random, G_N_ELEMENTS (cells));
      int a = (int) leyden_random_below (&random, 16) - 2, b = (int) leyden_random_below (&random, 40) - 2;

      if (i % 3 == 0)
        leyden_grid_move (cells, G_N_ELEMENTS (cells), at, a, b);
      else if (i % 3 == 1)
        leyden_grid_resize (cells, G_N_ELEMENTS (cells), at, a, b / 4);
      else
        leyden_grid_step (cells, G_N_ELEMENTS (cells), at, (LeydenGridStep) (i / 3 % 4));
      assert_sound (cells, G_N_ELEMENTS (cells));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grid/compact", test_compact);
  g_test_add_func ("/grid/step", test_step);
  g_test_add_func ("/grid/move", test_move);
  g_test_add_func ("/grid/resize", test_resize);
  g_test_add_func ("/grid/find-place", test_find_place);
  g_test_add_func ("/grid/reflow", test_reflow);
  g_test_add_func ("/grid/random", test_random);
  return g_test_run ();
}
