/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-palette.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-chooser.h"
#include "leyden-fuzzy.h"
#include "leyden-settings.h"

#define MAX_RECENT 8

/* A line of the table, as it answers to a query. */
typedef struct
{
  const LeydenAction *action;
  guint               score;
  guint               age;              /* 1 for the one used last, more for older ones */
} Hit;

static guint
get_age (char       **recent,
         const char  *action)
{
  for (guint i = 0; recent[i] != NULL; i++)
    if (g_str_equal (recent[i], action))
      return i + 1;
  return G_MAXUINT;
}

static int
compare_hits (gconstpointer a,
              gconstpointer b)
{
  const Hit *one = a, *two = b;

  if (one->score != two->score)
    return one->score > two->score ? -1 : 1;
  if (one->age != two->age)
    return one->age < two->age ? -1 : 1;
  return one->action < two->action ? -1 : one->action > two->action;
}

static guint
get_score (const LeydenAction *action,
           const char         *query)
{
  g_autofree char *title = leyden_fuzzy_fold (_(action->title));
  g_autofree char *keywords = action->keywords != NULL ? leyden_fuzzy_fold (_(action->keywords)) : NULL;

  return leyden_fuzzy_score (query, title, keywords);
}

static gboolean
is_command (const LeydenAction *action)
{
  return action->action != NULL && (action->flags & (LEYDEN_ACTION_KEY_ONLY | LEYDEN_ACTION_NO_PALETTE)) == 0
         && !g_str_equal (action->action, "win.command-palette");
}

static GPtrArray *
list_commands (const char *query,
               gpointer    data)
{
  g_auto(GStrv) recent = g_settings_get_strv (leyden_settings_get_default (), "recent-commands");
  g_autoptr(GArray) hits = g_array_new (FALSE, FALSE, sizeof (Hit));
  GPtrArray *choices = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_choice_free);
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  for (guint i = 0; i < n; i++)
    {
      Hit hit = { &actions[i], is_command (&actions[i]) ? get_score (&actions[i], query) : 0, 0 };

      if (hit.score == 0)
        continue;
      hit.age = get_age (recent, actions[i].action);
      g_array_append_val (hits, hit);
    }
  g_array_sort (hits, compare_hits);
  for (guint i = 0; i < hits->len; i++)
    {
      const LeydenAction *action = g_array_index (hits, Hit, i).action;
      g_autofree char *key = leyden_action_dup_key_label (action);
      g_autofree char *reason = leyden_window_dup_unavailable (data, action);

      g_ptr_array_add (choices, leyden_choice_new (action->action, _(action->title), leyden_action_section_title (action->section), key,
                                                   reason));
    }
  return choices;
}

static void
remember (const char *action)
{
  GSettings *settings = leyden_settings_get_default ();
  g_auto(GStrv) before = g_settings_get_strv (settings, "recent-commands");
  g_autoptr(GPtrArray) recent = g_ptr_array_new ();

  g_ptr_array_add (recent, (char *) action);
  for (guint i = 0; before[i] != NULL && recent->len < MAX_RECENT; i++)
    if (!g_str_equal (before[i], action))
      g_ptr_array_add (recent, before[i]);
  g_ptr_array_add (recent, NULL);
  g_settings_set_strv (settings, "recent-commands", (const char * const *) recent->pdata);
}

static void
take_command (const char *id,
              gpointer    data)
{
  remember (id);
  leyden_window_do_action (data, leyden_actions_find (id));
}

GtkWidget *
leyden_palette_new (LeydenWindow *window)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (window), NULL);

  return leyden_chooser_new (GTK_WINDOW (window), _("Command Palette"), _("Search for a command"), list_commands, take_command,
                             g_object_ref (window), g_object_unref);
}
