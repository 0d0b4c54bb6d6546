/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-critic.h"

#include <string.h>

/* How the simulated critic changes a prompt: mostly it adds what helps, at times what does not, and now and then it does harm. */

#define HELPS 0.65
#define USELESS 0.90
#define LOSES_PLACEHOLDER 0.03

static double
draw (guint64     seed,
      const char *what,
      const char *key,
      guint64     sample)
{
  g_autofree char *n = g_strdup_printf ("%" G_GUINT64_FORMAT, sample);

  return leyden_simulation_uniform (seed, "critic", what, key, n, NULL);
}

static const char *
pick (LeydenValue *list,
      double       u)
{
  guint n = leyden_value_get_size (list);

  return leyden_value_get_string (leyden_value_get_item (list, MIN ((guint) (u * n), n - 1)), NULL);
}

static LeydenValue *
get_advice (const char *family,
            const char *feature)
{
  LeydenValue *critic = leyden_value_get_member (leyden_simulation_get_phrases (), "critic");

  return leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (critic, family), feature), "advice");
}

/* After the text; apart from it when the text ends with what is filled in. */
static char *
add_sentence (const char *text,
              const char *sentence)
{
  g_autofree char *kept = g_strchomp (g_strdup (text));
  gsize length = strlen (kept);

  if (length == 0)
    return g_strdup (sentence);
  if (g_str_has_suffix (kept, "}}"))
    return g_strconcat (kept, "\n\n", sentence, NULL);
  return g_strconcat (kept, strchr (".!?:", kept[length - 1]) != NULL ? " " : "\n", sentence, NULL);
}

/* The sentences of @text that carry a feature and nothing that is filled in: pairs of first byte and end. */
static GArray *
find_useful_sentences (const char                   *text,
                       const LeydenSimulationFamily *family)
{
  GArray *found = g_array_new (FALSE, FALSE, 2 * sizeof (gsize));
  gsize length = strlen (text), start = 0;

  for (gsize i = 0; i <= length; i++)
    {
      gboolean ends = i == length || text[i] == '\n' || (strchr (".!?", text[i]) != NULL && (i + 1 == length || g_ascii_isspace (text[i + 1])));
      gsize span[2] = { start, MIN (i + 1, length) };
      g_autofree char *folded = NULL;
      gboolean useful = FALSE;

      if (!ends)
        continue;
      folded = leyden_simulation_fold (text + start, span[1] - start);
      for (guint j = 0; j < LEYDEN_SIMULATION_N_FEATURES; j++)
        useful = useful || leyden_simulation_mentions (family->name, family->features[j].name, folded);
      if (useful && strstr (folded, "{{") == NULL)
        g_array_append_val (found, span);
      start = i + 1;
    }
  return found;
}

static char *
remove_sentence (const char                   *text,
                 const LeydenSimulationFamily *family,
                 double                        u)
{
  g_autoptr(GArray) spans = find_useful_sentences (text, family);
  g_autoptr(GString) out = NULL;
  const gsize *span;

  if (spans->len == 0)
    return NULL;
  span = (const gsize *) (gconstpointer) (spans->data + MIN ((guint) (u * spans->len), spans->len - 1) * 2 * sizeof (gsize));
  out = g_string_new_len (text, (gssize) span[0]);
  g_string_append (out, text + span[1]);
  return g_strstrip (g_string_free (g_steal_pointer (&out), FALSE));
}

/* The first "{{ … }}" at or after @from; its end in *@end. */
static const char *
find_placeholder (const char  *from,
                  const char **end)
{
  const char *start = strstr (from, "{{");
  const char *close = start != NULL ? strstr (start, "}}") : NULL;

  *end = close != NULL ? close + 2 : NULL;
  return close != NULL ? start : NULL;
}

static void
lose_placeholder (LeydenSimulationEdit *self)
{
  const char *end, *start = find_placeholder (self->text, &end);
  char *text;

  if (start == NULL)
    return;
  text = g_strdup_printf ("%.*s%s", (int) (start - self->text), self->text, end);
  g_free (self->text);
  self->text = text;
  self->lost_placeholder = TRUE;
}

void
leyden_simulation_edit_make (LeydenSimulationEdit           *self,
                             const LeydenSimulationFindings *findings,
                             const char                     *text,
                             guint64                         seed,
                             const char                     *key,
                             guint64                         sample)
{
  double u = draw (seed, "edit", key, sample), which = draw (seed, "which", key, sample);
  const char *cause = leyden_simulation_findings_top (findings);

  *self = (LeydenSimulationEdit) { .move = "none" };
  if (u < HELPS && cause != NULL)
    {
      self->text = add_sentence (text, pick (get_advice (findings->family->name, cause), which));
      self->move = "phrase";
    }
  else if (u < USELESS)
    {
      self->text = add_sentence (text, pick (leyden_value_get_member (leyden_simulation_get_phrases (), "useless"), which));
      self->move = "useless";
    }
  else if ((self->text = remove_sentence (text, findings->family, which)) != NULL)
    self->move = "removed";
  else
    self->text = g_strdup (text);
  if (draw (seed, "placeholder", key, sample) < LOSES_PLACEHOLDER)
    lose_placeholder (self);
}

/* "{{ a.b }}" is of the name "a". */
static char *
name_of (const char *start,
         const char *end)
{
  g_autofree char *inner = g_strstrip (g_strndup (start + 2, (gsize) (end - start) - 4));

  return g_strndup (inner, strcspn (inner, ".[ "));
}

static GHashTable *
list_names (const char *text)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *end = text, *start;

  while ((start = find_placeholder (end, &end)) != NULL)
    g_hash_table_add (names, name_of (start, end));
  return names;
}

char *
leyden_simulation_edit_repair (const char *text,
                               const char *placeholders)
{
  g_autoptr(GHashTable) wanted = list_names (placeholders);
  g_autoptr(GHashTable) present = list_names (text);
  GString *out = g_string_new (NULL);
  const char *at = text, *end = text, *start;

  while ((start = find_placeholder (end, &end)) != NULL)
    {
      g_autofree char *name = name_of (start, end);

      g_string_append_len (out, at, (g_hash_table_contains (wanted, name) ? end : start) - at);
      at = end;
    }
  g_string_append (out, at);

  end = placeholders;
  while ((start = find_placeholder (end, &end)) != NULL)
    {
      g_autofree char *name = name_of (start, end);

      if (g_hash_table_add (present, g_strdup (name)))
        g_string_append_printf (out, "%s%.*s", out->len > 0 ? "\n\n" : "", (int) (end - start), start);
    }
  return g_string_free (out, FALSE);
}

void
leyden_simulation_edit_clear (LeydenSimulationEdit *self)
{
  g_clear_pointer (&self->text, g_free);
}
