/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-mail.h"

#include <gio/gio.h>
#include <string.h>

#include "leyden-json.h"

/* Recognises built-in messages in a prompt. White space is collapsed on both sides; a rolling hash over 48 bytes finds the places where a
 * message may begin, and the whole text confirms. */

#define WINDOW 48
/* Odd, so that no byte of the window is lost modulo 2^64. */
#define BASE G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)

typedef struct
{
  LeydenSimulationMail mail;
  gsize                length;          /* of the collapsed body */
  guint64              hash;            /* of its first WINDOW bytes */
  int                  next;            /* of the same hash, −1: none */
} Entry;

struct _LeydenSimulationMails
{
  GArray     *entries;                  /* (element-type Entry) */
  GHashTable *by_hash;                  /* guint64 → 1 + index of the first */
};

static void
entry_clear (gpointer data)
{
  Entry *self = data;

  g_free (self->mail.id);
  g_free (self->mail.body);
  g_free (self->mail.subject);
}

void
leyden_simulation_mails_free (LeydenSimulationMails *self)
{
  g_array_unref (self->entries);
  g_hash_table_unref (self->by_hash);
  g_free (self);
}

/* Polynomial in BASE modulo 2^64, highest power first. */
static guint64
hash_window (const char *text)
{
  guint64 hash = 0;

  for (guint i = 0; i < WINDOW; i++)
    hash = hash * BASE + (guint8) text[i];
  return hash;
}

/* @text with runs of white space as one space and none at the ends; @places (nullable) takes for each of its bytes the byte of @text. */
static GString *
collapse (const char *text,
          gsize       length,
          GArray     *places)
{
  GString *out = g_string_sized_new (length);
  const char *end = text + length;
  gboolean space = FALSE;

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gsize before = out->len;

      if (g_unichar_isspace (c) || c == 0)
        {
          space = out->len > 0;
          continue;
        }
      if (space)
        g_string_append_c (out, ' ');
      space = FALSE;
      g_string_append_unichar (out, c);
      for (; places != NULL && before < out->len; before++)
        {
          guint32 place = (guint32) (p - text);
          g_array_append_val (places, place);
        }
    }
  return out;
}

static gboolean
add_row (LeydenSimulationMails *self,
         const char            *line)
{
  g_autoptr(LeydenValue) row = leyden_json_parse (line, -1, NULL, NULL);
  const char *id = leyden_value_get_member_string (row, "data_id", NULL);
  const char *label = leyden_value_get_member_string (row, "label", NULL);
  const char *body = leyden_value_get_member_string (row, "body", NULL);
  const char *subject = leyden_value_get_member_string (row, "subject", "");
  Entry entry = { 0 };
  guint index = self->entries->len;
  gpointer first;

  if (id == NULL || label == NULL || body == NULL)
    return FALSE;
  entry.mail.body = g_string_free (collapse (body, strlen (body), NULL), FALSE);
  entry.length = strlen (entry.mail.body);
  if (entry.length < WINDOW)
    {
      g_free (entry.mail.body);
      return TRUE;
    }
  entry.mail.id = g_strdup (id);
  entry.mail.subject = g_string_free (collapse (subject, strlen (subject), NULL), FALSE);
  entry.mail.is_spam = g_str_equal (label, "spam");
  entry.hash = hash_window (entry.mail.body);
  first = g_hash_table_lookup (self->by_hash, &entry.hash);
  entry.next = GPOINTER_TO_INT (first) - 1;
  g_array_append_val (self->entries, entry);
  g_hash_table_insert (self->by_hash, g_memdup2 (&entry.hash, sizeof entry.hash), GINT_TO_POINTER ((int) index + 1));
  return TRUE;
}

LeydenSimulationMails *
leyden_simulation_mails_new (const char *rows,
                             gsize       length)
{
  g_autoptr(LeydenSimulationMails) self = g_new0 (LeydenSimulationMails, 1);
  g_autofree char *text = g_strndup (rows, length);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->by_hash = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (gsize i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0' && !add_row (self, lines[i]))
      return NULL;
  return g_steal_pointer (&self);
}

const LeydenSimulationMails *
leyden_simulation_mails_get (void)
{
  static gsize once;
  static LeydenSimulationMails *mails;

  if (g_once_init_enter (&once))
    {
      g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/mail.jsonl", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

      mails = leyden_simulation_mails_new (bytes != NULL ? g_bytes_get_data (bytes, NULL) : "", bytes != NULL ? g_bytes_get_size (bytes) : 0);
      if (mails == NULL)
        g_error ("samples/mail.jsonl is broken");
      g_once_init_leave (&once, 1);
    }
  return mails;
}

guint
leyden_simulation_mails_get_n (const LeydenSimulationMails *self)
{
  return self->entries->len;
}

/* The longest message that stands at @text, or NULL. */
static const Entry *
confirm (const LeydenSimulationMails *self,
         guint64                      hash,
         const char                  *text,
         gsize                        left)
{
  int index = GPOINTER_TO_INT (g_hash_table_lookup (self->by_hash, &hash)) - 1;
  const Entry *best = NULL;

  while (index >= 0)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, index);

      if (entry->length <= left && (best == NULL || entry->length > best->length) &&
          memcmp (entry->mail.body, text, entry->length) == 0)
        best = entry;
      index = entry->next;
    }
  return best;
}

static guint64
highest_power (void)
{
  guint64 power = 1;

  for (guint i = 1; i < WINDOW; i++)
    power *= BASE;
  return power;
}

GArray *
leyden_simulation_mails_find (const LeydenSimulationMails *self,
                              const char                  *text,
                              gsize                        length)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (LeydenSimulationPlace));
  g_autoptr(GArray) places = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr(GString) flat = NULL;
  guint64 power = highest_power (), hash;

  if (self->entries->len == 0 || length < WINDOW || length > G_MAXUINT32)
    return found;
  flat = collapse (text, length, places);
  if (flat->len < WINDOW)
    return found;
  hash = hash_window (flat->str);
  for (gsize at = 0; at + WINDOW <= flat->len;)
    {
      const Entry *entry = confirm (self, hash, flat->str + at, flat->len - at);

      if (entry != NULL)
        {
          gsize last = g_array_index (places, guint32, at + entry->length - 1);
          LeydenSimulationPlace place = { &entry->mail, g_array_index (places, guint32, at),
                                          (gsize) (g_utf8_next_char (text + last) - text) };

          g_array_append_val (found, place);
          at += entry->length;
          if (at + WINDOW <= flat->len)
            hash = hash_window (flat->str + at);
          continue;
        }
      if (at + WINDOW < flat->len)
        hash = (hash - (guint8) flat->str[at] * power) * BASE + (guint8) flat->str[at + WINDOW];
      at++;
    }
  return found;
}
