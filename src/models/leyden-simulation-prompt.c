/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-private.h"

#include <gio/gio.h>

#include "leyden-id.h"
#include "leyden-json.h"

/* Reads the wording of a prompt: which features stand in it, and what in it only distracts. */

#define FREE_TOKENS 600
#define TOKENS_EACH_JUNK 400
#define SHORTEST_SENTENCE 12

static LeydenValue *
load_json_resource (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  LeydenValue *value = NULL;

  if (bytes != NULL)
    value = leyden_json_parse_bytes (bytes, NULL, &error);
  if (value == NULL)
    g_error ("%s is broken: %s", path, error->message);
  return value;
}

LeydenValue *
leyden_simulation_get_phrases (void)
{
  static gsize once;
  static LeydenValue *phrases;

  if (g_once_init_enter (&once))
    {
      phrases = load_json_resource ("/io/github/leyden/Leyden/simulation/phrases.json");
      g_once_init_leave (&once, 1);
    }
  return phrases;
}

char *
leyden_simulation_collapse (const char *text,
                            gsize       length)
{
  GString *out = g_string_sized_new (length);
  const char *end = text + length;
  gboolean space = FALSE;

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isspace (c) || c == 0)
        space = out->len > 0;
      else
        {
          if (space)
            g_string_append_c (out, ' ');
          space = FALSE;
          g_string_append_unichar (out, c);
        }
    }
  return g_string_free (out, FALSE);
}

char *
leyden_simulation_fold (const char *text,
                        gsize       length)
{
  g_autofree char *collapsed = leyden_simulation_collapse (text, length);

  return g_utf8_casefold (collapsed, -1);
}

static gboolean
holds_one_of (const char  *folded,
              LeydenValue *list)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (strstr (folded, leyden_value_get_string (leyden_value_get_item (list, i), NULL)) != NULL)
      return TRUE;
  return FALSE;
}

gboolean
leyden_simulation_mentions (const char *family,
                            const char *feature,
                            const char *folded)
{
  LeydenValue *features = leyden_value_get_member (leyden_value_get_member (leyden_simulation_get_phrases (), "features"), family);

  return holds_one_of (folded, leyden_value_get_member (features, feature));
}

static guint
count_contradictions (const char *folded)
{
  LeydenValue *pairs = leyden_value_get_member (leyden_simulation_get_phrases (), "contradictions");
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (pairs); i++)
    {
      LeydenValue *pair = leyden_value_get_item (pairs, i);

      if (holds_one_of (folded, leyden_value_get_item (pair, 0)) && holds_one_of (folded, leyden_value_get_item (pair, 1)))
        n++;
    }
  return n;
}

/* A sentence ends at . ! ? before white space, and at the end of a line. */
static guint
count_bad_sentences (const char *text,
                     gsize       length)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  LeydenValue *vague = leyden_value_get_member (leyden_simulation_get_phrases (), "vague");
  gsize start = 0;
  guint n = 0;

  for (gsize i = 0; i <= length; i++)
    {
      gboolean ends = i == length || text[i] == '\n' ||
                      (strchr (".!?", text[i]) != NULL && text[i] != '\0' &&
                       (i + 1 == length || g_ascii_isspace (text[i + 1])));
      g_autofree char *sentence = NULL;

      if (!ends)
        continue;
      sentence = leyden_simulation_fold (text + start, i - start);
      start = i + 1;
      if (holds_one_of (sentence, vague))
        n++;
      if (strlen (sentence) >= SHORTEST_SENTENCE && !g_hash_table_add (seen, g_steal_pointer (&sentence)))
        n++;
    }
  return n;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/**
 * leyden_simulation_read_prompt:
 * @family: a family of the quality table
 * @text: UTF-8: the instructions, without the text of the item
 * @length: bytes of @text
 * @out: (out caller-allocates): what stands in it; clear with leyden_simulation_reading_clear()
 *
 * Junk counts one for each pair of instructions that contradict each other, each sentence with a vague appeal,
 * each sentence that repeats an earlier one, and each 400 tokens (bytes) above 600.
 */
void
leyden_simulation_read_prompt (const char              *family,
                               const char              *text,
                               gsize                    length,
                               LeydenSimulationReading *out)
{
  LeydenValue *features = leyden_value_get_member (leyden_value_get_member (leyden_simulation_get_phrases (), "features"), family);
  g_autofree char *folded = leyden_simulation_fold (text, length);

  out->features = g_ptr_array_new ();
  for (guint i = 0; i < leyden_value_get_size (features); i++)
    if (holds_one_of (folded, leyden_value_get_item (features, i)))
      g_ptr_array_add (out->features, (gpointer) leyden_value_get_key (features, i));
  g_ptr_array_sort (out->features, compare_names);

  out->junk = count_contradictions (folded) + count_bad_sentences (text, length);
  if (length > FREE_TOKENS)
    out->junk += (guint) ((length - FREE_TOKENS) / TOKENS_EACH_JUNK);
}

void
leyden_simulation_reading_clear (LeydenSimulationReading *self)
{
  g_clear_pointer (&self->features, g_ptr_array_unref);
}

gboolean
leyden_simulation_reading_has (const LeydenSimulationReading *self,
                               const char                    *feature)
{
  for (guint i = 0; i < self->features->len; i++)
    if (g_str_equal (g_ptr_array_index (self->features, i), feature))
      return TRUE;
  return FALSE;
}

/* Collapsed text of every built-in problem → its data_id. */
static GHashTable *
load_known_items (void)
{
  GHashTable *items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/arithmetic.jsonl",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  g_auto(GStrv) lines = NULL;

  if (bytes == NULL)
    g_error ("%s", error->message);
  lines = g_strsplit (g_bytes_get_data (bytes, NULL), "\n", -1);
  for (gsize i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      g_autoptr(LeydenValue) row = leyden_json_parse (lines[i], -1, NULL, &error);
      const char *question = row != NULL ? leyden_value_get_member_string (row, "question", NULL) : NULL;

      if (question == NULL)
        g_error ("samples/arithmetic.jsonl is broken in row %" G_GSIZE_FORMAT, i + 1);
      g_hash_table_insert (items, leyden_simulation_collapse (question, strlen (question)),
                           g_strdup (leyden_value_get_member_string (row, "data_id", NULL)));
    }
  return items;
}

char *
leyden_simulation_item_id (const char *problem,
                           gsize       length)
{
  static gsize once;
  static GHashTable *items;
  g_autofree char *collapsed = leyden_simulation_collapse (problem, length);
  const char *known;

  if (g_once_init_enter (&once))
    {
      items = load_known_items ();
      g_once_init_leave (&once, 1);
    }
  known = g_hash_table_lookup (items, collapsed);
  if (known != NULL)
    return g_strdup (known);
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (collapsed, strlen (collapsed)));
}
