/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-align.h"

#include <math.h>

gboolean
leyden_align_from_string (const char  *name,
                          LeydenAlign *out)
{
  static const char * const names[] = { "left", "center", "right", "top", "middle", "bottom" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (names[i], name) == 0)
      {
        *out = (LeydenAlign) i;
        return TRUE;
      }
  return FALSE;
}

void
leyden_align_boxes (graphene_rect_t *boxes,
                    guint            n_boxes,
                    LeydenAlign      align)
{
  graphene_rect_t all;

  if (n_boxes == 0)
    return;
  all = boxes[0];
  for (guint i = 1; i < n_boxes; i++)
    graphene_rect_union (&all, &boxes[i], &all);
  for (guint i = 0; i < n_boxes; i++)
    {
      graphene_rect_t *box = &boxes[i];
      float right = all.origin.x + all.size.width - box->size.width, bottom = all.origin.y + all.size.height - box->size.height;

      switch (align)
        {
        case LEYDEN_ALIGN_LEFT:
          box->origin.x = all.origin.x;
          break;
        case LEYDEN_ALIGN_CENTER:
          box->origin.x = roundf ((all.origin.x + right) / 2);
          break;
        case LEYDEN_ALIGN_RIGHT:
          box->origin.x = right;
          break;
        case LEYDEN_ALIGN_TOP:
          box->origin.y = all.origin.y;
          break;
        case LEYDEN_ALIGN_MIDDLE:
          box->origin.y = roundf ((all.origin.y + bottom) / 2);
          break;
        case LEYDEN_ALIGN_BOTTOM:
        default:
          box->origin.y = bottom;
          break;
        }
    }
}

typedef struct
{
  const graphene_rect_t *boxes;
  gboolean               vertical;
} Sorting;

static float
get_start (const graphene_rect_t *box,
           gboolean               vertical)
{
  return vertical ? box->origin.y : box->origin.x;
}

static float
get_length (const graphene_rect_t *box,
            gboolean               vertical)
{
  return vertical ? box->size.height : box->size.width;
}

static int
compare_boxes (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  const Sorting *sorting = data;
  guint one = *(const guint *) a, two = *(const guint *) b;
  float x = get_start (&sorting->boxes[one], sorting->vertical), y = get_start (&sorting->boxes[two], sorting->vertical);

  if (x != y)
    return x < y ? -1 : 1;
  return one < two ? -1 : one > two;
}

void
leyden_align_distribute (graphene_rect_t *boxes,
                         guint            n_boxes,
                         gboolean         vertical,
                         float            min_gap)
{
  g_autofree guint *order = g_new (guint, n_boxes + 1);
  Sorting sorting = { boxes, vertical };
  float end = -INFINITY, filled = 0, at, gap;

  if (n_boxes < 3)
    return;
  for (guint i = 0; i < n_boxes; i++)
    {
      order[i] = i;
      filled += get_length (&boxes[i], vertical);
      end = MAX (end, get_start (&boxes[i], vertical) + get_length (&boxes[i], vertical));
    }
  g_qsort_with_data (order, (int) n_boxes, sizeof (guint), compare_boxes, &sorting);
  at = get_start (&boxes[order[0]], vertical);
  gap = MAX ((end - at - filled) / (float) (n_boxes - 1), min_gap);
  for (guint i = 0; i < n_boxes; i++)
    {
      graphene_rect_t *box = &boxes[order[i]];

      if (vertical)
        box->origin.y = roundf (at);
      else
        box->origin.x = roundf (at);
      at += get_length (box, vertical) + gap;
    }
}
