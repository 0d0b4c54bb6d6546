/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-recent.h"

#include "leyden-settings.h"

#define MAX_RECENT 20
#define MAX_URI 4096            /* bytes; longer ones are not remembered */

static void
put (const char *first,
     const char *without)
{
  GSettings *settings = leyden_settings_get_default ();
  g_auto(GStrv) old = g_settings_get_strv (settings, "recent-files");
  g_autoptr(GPtrArray) list = g_ptr_array_new ();

  if (first != NULL)
    g_ptr_array_add (list, (gpointer) first);
  for (guint i = 0; old[i] != NULL && list->len < MAX_RECENT; i++)
    if (g_strcmp0 (old[i], without) != 0)
      g_ptr_array_add (list, old[i]);
  g_ptr_array_add (list, NULL);
  g_settings_set_strv (settings, "recent-files", (const char * const *) list->pdata);
}

void
leyden_recent_add (GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);

  if (strlen (uri) <= MAX_URI)
    put (uri, uri);
}

void
leyden_recent_remove (const char *uri)
{
  put (NULL, uri);
}

char **
leyden_recent_list (void)
{
  GStrv list = g_settings_get_strv (leyden_settings_get_default (), "recent-files");

  /* Written by hand it may be longer. */
  for (guint i = 0; list[i] != NULL; i++)
    if (i >= MAX_RECENT)
      {
        for (guint j = i; list[j] != NULL; j++)
          g_free (list[j]);
        list[i] = NULL;
        break;
      }
  return list;
}

void
leyden_recent_clear (void)
{
  g_settings_reset (leyden_settings_get_default (), "recent-files");
}
