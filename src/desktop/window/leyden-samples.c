/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-samples.h"

#include "leyden-json.h"

#define FOLDER "/io/github/leyden/Leyden/samples/"
#define SUFFIX ".leyden"

static void
sample_free (LeydenSample *sample)
{
  g_free (sample->name);
  g_free (sample->title);
  g_free (sample->description);
  g_bytes_unref (sample->bytes);
  g_free (sample);
}

/* The flow itself keeps the language it is written in. */
static const char *
translate (const char *text)
{
  return *text != '\0' ? g_dgettext (GETTEXT_PACKAGE, text) : text;
}

static LeydenSample *
load (const char *file)
{
  g_autofree char *path = g_strconcat (FOLDER, file, NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenValue) value = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;
  LeydenSample *sample;

  if (value == NULL)
    return NULL;
  sample = g_new0 (LeydenSample, 1);
  sample->name = g_strndup (file, strlen (file) - strlen (SUFFIX));
  sample->title = g_strdup (translate (leyden_value_get_member_string (value, "title", sample->name)));
  sample->description = g_strdup (translate (leyden_value_get_member_string (value, "description", "")));
  sample->bytes = g_steal_pointer (&bytes);
  return sample;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  return g_utf8_collate ((*(LeydenSample * const *) a)->title, (*(LeydenSample * const *) b)->title);
}

GPtrArray *
leyden_samples_list (void)
{
  static GPtrArray *samples;
  g_auto(GStrv) files = NULL;

  if (samples != NULL)
    return samples;
  samples = g_ptr_array_new_with_free_func ((GDestroyNotify) sample_free);
  files = g_resources_enumerate_children (FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      LeydenSample *sample = g_str_has_suffix (files[i], SUFFIX) ? load (files[i]) : NULL;

      if (sample != NULL)
        g_ptr_array_add (samples, sample);
    }
  g_ptr_array_sort (samples, compare);
  return samples;
}

const LeydenSample *
leyden_samples_find (const char *name)
{
  GPtrArray *samples = leyden_samples_list ();

  for (guint i = 0; i < samples->len; i++)
    {
      const LeydenSample *sample = g_ptr_array_index (samples, i);

      if (g_str_equal (sample->name, name))
        return sample;
    }
  return NULL;
}
