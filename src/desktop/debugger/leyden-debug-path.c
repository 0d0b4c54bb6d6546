/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-debug-path.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-text.h"

/* One part between slashes: id, round "[3]" and turn "#2", both of which may be missing. */
typedef struct
{
  char *id;
  char *round;          /* "3"; nullable */
  char *turn;           /* "2"; nullable */
} Part;

static void
part_clear (Part *part)
{
  g_free (part->id);
  g_free (part->round);
  g_free (part->turn);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Part, part_clear)

static Part
part_parse (const char *text)
{
  Part part = { .id = g_strdup (text) };
  char *hash = strrchr (part.id, '#');
  char *bracket;
  gsize length;

  if (hash != NULL)
    {
      part.turn = g_strdup (hash + 1);
      *hash = '\0';
    }
  length = strlen (part.id);
  bracket = length > 0 && part.id[length - 1] == ']' ? strrchr (part.id, '[') : NULL;
  if (bracket != NULL)
    {
      part.round = g_strndup (bracket + 1, strlen (bracket + 1) - 1);
      *bracket = '\0';
    }
  return part;
}

/* Goes through the parts, told with the path in the flow of the node that each is. */
typedef void (*PartFunc) (const Part *part, const char *place, gpointer data);

static void
walk (const char *path,
      PartFunc    func,
      gpointer    data)
{
  g_auto(GStrv) texts = g_strsplit (path, "/", -1);
  g_autoptr(GString) scope = g_string_new (NULL);
  gboolean in_turn = FALSE;

  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_auto(Part) part = part_parse (texts[i]);
      g_autofree char *place = g_strconcat (scope->str, part.id, NULL);

      func (&part, place, data);
      /* Tools of an agent stand beside it. */
      if (part.turn != NULL)
        in_turn = TRUE;
      else if (!in_turn)
        g_string_append_printf (scope, "%s/", part.id);
    }
}

/* --- titles --- */

static char *
dup_node_title (LeydenNode *node,
                const char *id)
{
  const LeydenNodeType *type;
  const char *title = id;

  if (node != NULL && *leyden_node_get_title (node) != '\0')
    title = leyden_node_get_title (node);
  else if (node != NULL)
    {
      type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), leyden_node_get_type_name (node));
      title = type != NULL ? type->title : id;
    }
  return leyden_text_display (title, -1, 60, FALSE);
}

typedef struct
{
  LeydenFlow *flow;
  GPtrArray  *titles;
} Titles;

static void
add_title (const Part *part,
           const char *place,
           gpointer    data)
{
  Titles *titles = data;
  LeydenNode *node = titles->flow != NULL ? leyden_flow_find_path (titles->flow, place, NULL) : NULL;
  g_autofree char *title = dup_node_title (node, part->id);

  if (part->round != NULL && g_ascii_isdigit (*part->round))
    g_ptr_array_add (titles->titles, g_strdup_printf (_("%s (%u)"), title, (guint) g_ascii_strtoull (part->round, NULL, 10) + 1));
  else if (part->round != NULL)
    /* Translators: a node of all rounds of a loop or map. */
    g_ptr_array_add (titles->titles, g_strdup_printf (_("%s (every round)"), title));
  else
    g_ptr_array_add (titles->titles, g_steal_pointer (&title));
  if (part->turn != NULL)
    {
      g_autofree char *number = leyden_text_display (part->turn, -1, 20, FALSE);

      g_ptr_array_add (titles->titles, g_strdup_printf (_("Turn %s"), number));
    }
}

static GPtrArray *
list_titles (LeydenFlow *flow,
             const char *path)
{
  Titles titles = { flow, g_ptr_array_new_with_free_func (g_free) };

  walk (path, add_title, &titles);
  /* A path from outside may be empty. */
  if (titles.titles->len == 0)
    g_ptr_array_add (titles.titles, leyden_text_display ("", -1, 0, FALSE));
  return titles.titles;
}

char *
leyden_debug_path_dup_title (LeydenFlow *flow,
                             const char *path)
{
  g_autoptr(GPtrArray) titles = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  titles = list_titles (flow, path);
  g_ptr_array_add (titles, NULL);
  return g_strjoinv (" › ", (char **) titles->pdata);
}

char *
leyden_debug_path_dup_name (LeydenFlow *flow,
                            const char *path)
{
  g_autoptr(GPtrArray) titles = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  titles = list_titles (flow, path);
  return g_strdup (g_ptr_array_index (titles, titles->len - 1));
}

/* --- places --- */

GStrv
leyden_debug_path_list_outer (const char *path)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (path != NULL, NULL);

  for (gsize length = strlen (path); length > 0; length--)
    if (path[length] == '\0' || path[length] == '/' || path[length] == '#')
      {
        g_autofree char *outer = g_strndup (path, length);

        g_strv_builder_add (builder, outer);
      }
  return g_strv_builder_end (builder);
}

static void
take_place (const Part *part,
            const char *place,
            gpointer    data)
{
  char **last = data;

  g_free (*last);
  *last = g_strdup (place);
}

char *
leyden_debug_path_dup_place (const char *path)
{
  char *place = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  walk (path, take_place, &place);
  return place;
}

LeydenNode *
leyden_debug_path_find_node (LeydenFlow *flow,
                             const char *path)
{
  g_autofree char *place = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  if (flow == NULL)
    return NULL;
  place = leyden_debug_path_dup_place (path);
  return place != NULL ? leyden_flow_find_path (flow, place, NULL) : NULL;
}
