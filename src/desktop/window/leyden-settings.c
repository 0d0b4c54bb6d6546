/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-settings.h"

#define SCHEMA_ID "io.github.leyden.Leyden"

/* build/data for build/src/leyden; NULL for an installed program. */
static char *
find_build_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = NULL;

  for (guint up = 0; program != NULL && up < 3; up++)
    {
      g_autofree char *parent = g_path_get_dirname (folder != NULL ? folder : program);
      g_autofree char *data = g_build_filename (parent, "data", NULL);
      g_autofree char *compiled = g_build_filename (data, "gschemas.compiled", NULL);

      if (g_file_test (compiled, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&data);
      g_free (folder);
      folder = g_steal_pointer (&parent);
    }
  return NULL;
}

static GSettingsSchema *
lookup_schema (void)
{
  g_autoptr(GSettingsSchemaSource) source = NULL;
  g_autofree char *folder = find_build_folder ();
  GSettingsSchemaSource *fallback = g_settings_schema_source_get_default ();

  if (folder != NULL)
    source = g_settings_schema_source_new_from_directory (folder, fallback, FALSE, NULL);
  if (source != NULL)
    return g_settings_schema_source_lookup (source, SCHEMA_ID, TRUE);
  return fallback != NULL ? g_settings_schema_source_lookup (fallback, SCHEMA_ID, TRUE) : NULL;
}

GSettings *
leyden_settings_get_default (void)
{
  static GSettings *settings;

  if (settings == NULL)
    {
      g_autoptr(GSettingsSchema) schema = lookup_schema ();

      if (schema == NULL)
        {
          g_printerr ("leyden: the settings schema " SCHEMA_ID " is not installed; install the program as a whole or run it "
                      "from its build folder\n");
          exit (3);
        }
      settings = g_settings_new_full (schema, NULL, NULL);
    }
  return settings;
}

void
leyden_settings_apply_renderer (void)
{
  if (g_getenv ("GSK_RENDERER") == NULL
      && g_settings_get_boolean (leyden_settings_get_default (), "software-rendering"))
    g_setenv ("GSK_RENDERER", "cairo", TRUE);
}
