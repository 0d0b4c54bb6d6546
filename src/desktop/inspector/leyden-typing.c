/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-typing.h"

#include <string.h>

static gsize
common_start (const char *a,
              const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  return n;
}

static gsize
common_end (const char *a,
            const char *b,
            gsize       start)
{
  gsize a_length = strlen (a), b_length = strlen (b);
  gsize limit = MIN (a_length, b_length) - start;
  gsize n = 0;

  while (n < limit && a[a_length - 1 - n] == b[b_length - 1 - n])
    n++;
  return n;
}

/* Whether the keystroke is where the last one was. "aa" to "a" may have lost either: every place between counts. */
static gboolean
is_contiguous (const LeydenTyping *self,
               gboolean            deleting,
               gsize               start,
               gsize               removed,
               gsize               slack)
{
  if (deleting != self->deleting)
    return FALSE;
  if (!deleting)
    return self->place + slack >= start && self->place <= start;
  /* Backspace ends where the last one began, Delete begins there. */
  return self->place <= start + removed && self->place + slack >= start;
}

guint
leyden_typing_step (LeydenTyping *self,
                    const char   *field,
                    const char   *before,
                    const char   *after)
{
  gsize start, end, removed, added;
  gboolean deleting;

  if (before == NULL || after == NULL)
    {
      leyden_typing_clear (self);
      return ++self->serial;
    }
  start = common_start (before, after);
  end = common_end (before, after, start);
  removed = strlen (before) - start - end;
  added = strlen (after) - start - end;
  deleting = added == 0;
  if (g_strcmp0 (self->field, field) != 0 || self->ended || (removed > 0 && added > 0)
      || !is_contiguous (self, deleting, start, removed, deleting ? removed : added))
    self->serial++;
  g_free (self->field);
  self->field = g_strdup (field);
  self->deleting = deleting;
  self->place = deleting ? start : start + added;
  self->ended = memchr (after + start, '\n', added) != NULL;
  return self->serial;
}

void
leyden_typing_clear (LeydenTyping *self)
{
  g_clear_pointer (&self->field, g_free);
  self->ended = FALSE;
}
