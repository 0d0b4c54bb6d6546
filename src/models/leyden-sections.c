/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-sections.h"

#include <string.h>

#include "leyden-id.h"

#define MARK_LENGTH 8
#define NAME_LENGTH 40
/* Each unclosed opening costs a search to the end. */
#define MAX_UNCLOSED 64

static gboolean
is_name_char (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c) || c == '-';
}

static void
ensure_arrays (LeydenSections *self)
{
  if (self->names != NULL)
    return;
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->texts = g_ptr_array_new_with_free_func (g_free);
}

void
leyden_sections_add_take (LeydenSections *self,
                          const char     *name,
                          char           *text)
{
  g_return_if_fail (self != NULL && name != NULL && is_name_char (name[0]) && strlen (name) <= NAME_LENGTH);

  if (text == NULL)
    return;
  ensure_arrays (self);
  g_ptr_array_add (self->names, g_strdup (name));
  g_ptr_array_add (self->texts, text);
}

void
leyden_sections_add (LeydenSections *self,
                     const char     *name,
                     const char     *text)
{
  leyden_sections_add_take (self, name, g_strdup (text));
}

static gboolean
stands_in_a_text (const LeydenSections *self,
                  const char           *mark)
{
  for (guint i = 0; i < self->texts->len; i++)
    if (strstr (g_ptr_array_index (self->texts, i), mark) != NULL)
      return TRUE;
  return FALSE;
}

/* A hash of the texts, and of a number that is raised until the digits stand in none of them. */
static void
choose_mark (const LeydenSections *self,
             char                  mark[MARK_LENGTH + 1])
{
  g_autoptr(GString) all = g_string_new (NULL);
  gsize length;

  for (guint i = 0; i < self->texts->len; i++)
    {
      g_string_append (all, g_ptr_array_index (self->texts, i));
      g_string_append_c (all, '\x1f');
    }
  length = all->len;
  for (guint attempt = 0;; attempt++)
    {
      g_string_truncate (all, length);
      g_string_append_printf (all, "%u", attempt);
      g_snprintf (mark, MARK_LENGTH + 1, "%08x", (guint32) (leyden_fnv1a64 (all->str, all->len) >> 32));
      if (!stands_in_a_text (self, mark))
        return;
    }
}

void
leyden_sections_write (const LeydenSections *self,
                       GString              *out)
{
  char mark[MARK_LENGTH + 1];

  g_return_if_fail (self != NULL && out != NULL);

  if (self->names == NULL)
    return;
  choose_mark (self, mark);
  for (guint i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);

      g_string_append_printf (out, "%s<%s %s>\n%s\n</%s %s>\n", i > 0 ? "\n" : "", name, mark,
                              (const char *) g_ptr_array_index (self->texts, i), name, mark);
    }
}

/* Reads "<name 01234567>" and its line end: where the text begins, or NULL. An empty @mark takes the digits. */
static const char *
read_opening (const char *line,
              char        name[NAME_LENGTH + 1],
              char        mark[MARK_LENGTH + 1])
{
  const char *p = line + 1;
  gsize length = 0;

  if (*line != '<')
    return NULL;
  while (is_name_char (p[length]) && length < NAME_LENGTH)
    length++;
  if (length == 0 || p[length] != ' ')
    return NULL;
  memcpy (name, p, length);
  name[length] = '\0';
  p += length + 1;
  for (guint i = 0; i < MARK_LENGTH; i++)
    if (!g_ascii_isxdigit (p[i]))
      return NULL;
  if (p[MARK_LENGTH] != '>' || p[MARK_LENGTH + 1] != '\n' || (mark[0] != '\0' && strncmp (p, mark, MARK_LENGTH) != 0))
    return NULL;
  memcpy (mark, p, MARK_LENGTH);
  return p + MARK_LENGTH + 2;
}

gboolean
leyden_sections_read (LeydenSections *self,
                      const char     *prompt)
{
  char mark[MARK_LENGTH + 1] = "", name[NAME_LENGTH + 1];
  const char *line = prompt;
  guint n_unclosed = 0;

  g_return_val_if_fail (self != NULL && prompt != NULL, FALSE);

  *self = (LeydenSections) LEYDEN_SECTIONS_INIT;
  while (line != NULL && *line != '\0' && n_unclosed < MAX_UNCLOSED)
    {
      const char *text = read_opening (line, name, mark), *end = NULL, *next = strchr (line, '\n');

      if (text != NULL)
        {
          g_autofree char *closing = g_strdup_printf ("\n</%s %s>", name, mark);

          /* The line end before the text may be the one that the closing line begins with: an empty text. */
          end = strstr (text - 1, closing);
          if (end != NULL)
            {
              leyden_sections_add_take (self, name, end < text ? g_strdup ("") : g_strndup (text, (gsize) (end - text)));
              next = strchr (end + 1, '\n');
            }
          n_unclosed += end == NULL;
        }
      line = next != NULL ? next + 1 : NULL;
    }
  return self->names != NULL;
}

const char *
leyden_sections_get (const LeydenSections *self,
                     const char           *name)
{
  for (guint i = 0; self->names != NULL && i < self->names->len; i++)
    if (g_str_equal (g_ptr_array_index (self->names, i), name))
      return g_ptr_array_index (self->texts, i);
  return NULL;
}

void
leyden_sections_clear (LeydenSections *self)
{
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
}
