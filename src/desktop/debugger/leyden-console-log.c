/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-console-log.h"

#include <string.h>

/* Bytes of a line; text views are slow with longer ones. */
#define MAX_LINE 2000

struct _LeydenConsoleLog
{
  GQueue      lines;                    /* LeydenConsoleLine, by id without gaps */
  GPtrArray  *ring;                     /* the same, at id modulo its size */
  guint       max_lines;
  guint64     next_id;
  guint64     n_dropped;
  guint64     sequence;                 /* of what is added */
  GHashTable *open;                     /* node → line that goes on, borrowed */
  GQueue      changed;                  /* ids, ascending but for lines that grew */
};

static void
line_free (gpointer data)
{
  LeydenConsoleLine *line = data;

  g_free (line->node);
  g_string_free (line->text, TRUE);
  g_free (line);
}

LeydenConsoleLog *
leyden_console_log_new (guint max_lines)
{
  LeydenConsoleLog *self;

  g_return_val_if_fail (max_lines > 0, NULL);

  self = g_new0 (LeydenConsoleLog, 1);
  self->max_lines = max_lines;
  self->ring = g_ptr_array_new ();
  g_ptr_array_set_size (self->ring, (int) max_lines);
  self->open = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
leyden_console_log_clear (LeydenConsoleLog *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_remove_all (self->open);
  g_queue_clear_full (&self->changed, g_free);
  g_queue_clear_full (&self->lines, line_free);
  self->n_dropped = 0;
  self->sequence = 0;
}

void
leyden_console_log_free (LeydenConsoleLog *self)
{
  leyden_console_log_clear (self);
  g_hash_table_unref (self->open);
  g_ptr_array_unref (self->ring);
  g_free (self);
}

/* --- lines --- */

static void
drop_first (LeydenConsoleLog *self)
{
  LeydenConsoleLine *line = g_queue_pop_head (&self->lines);

  if (g_hash_table_lookup (self->open, line->node) == line)
    g_hash_table_remove (self->open, line->node);
  line_free (line);
  self->n_dropped++;
}

static void
note_change (LeydenConsoleLog  *self,
             LeydenConsoleLine *line)
{
  guint64 *id;

  if (line->changed)
    return;
  line->changed = TRUE;
  id = g_new (guint64, 1);
  *id = line->id;
  g_queue_push_tail (&self->changed, id);
}

static LeydenConsoleLine *
begin_line (LeydenConsoleLog  *self,
            const char        *node,
            LeydenConsoleKind  kind)
{
  LeydenConsoleLine *line = g_new0 (LeydenConsoleLine, 1);

  if (g_queue_get_length (&self->lines) >= self->max_lines)
    drop_first (self);
  line->id = self->next_id++;
  line->node = g_strdup (node);
  line->kind = kind;
  line->text = g_string_new (NULL);
  line->sequence = self->sequence;
  line->open = TRUE;
  g_queue_push_tail (&self->lines, line);
  g_ptr_array_index (self->ring, line->id % self->max_lines) = line;
  g_hash_table_insert (self->open, line->node, line);
  note_change (self, line);
  return line;
}

static void
close_line (LeydenConsoleLog  *self,
            LeydenConsoleLine *line)
{
  line->open = FALSE;
  g_hash_table_remove (self->open, line->node);
}

void
leyden_console_log_set_sequence (LeydenConsoleLog *self,
                                 guint64           sequence)
{
  g_return_if_fail (self != NULL);
  self->sequence = sequence;
}

void
leyden_console_log_end_line (LeydenConsoleLog *self,
                             const char       *node)
{
  LeydenConsoleLine *line;

  g_return_if_fail (self != NULL && node != NULL);

  line = g_hash_table_lookup (self->open, node);
  if (line != NULL)
    close_line (self, line);
}

/* How much of it the line takes: not half a character. */
static gsize
fit (const LeydenConsoleLine *line,
     const char              *text,
     gsize                    length)
{
  gsize room = MAX_LINE - MIN (line->text->len, MAX_LINE), n = room;

  if (length <= room)
    return length;
  while (n > 0 && ((guchar) text[n] & 0xC0) == 0x80)
    n--;
  /* What is no text at all is cut anywhere. */
  return n > 0 || line->text->len > 0 ? n : room;
}

void
leyden_console_log_add (LeydenConsoleLog  *self,
                        const char        *node,
                        LeydenConsoleKind  kind,
                        const char        *text,
                        gssize             length)
{
  const char *end;

  g_return_if_fail (self != NULL && node != NULL && text != NULL);

  end = text + (length < 0 ? strlen (text) : (gsize) length);
  while (text < end)
    {
      LeydenConsoleLine *line = g_hash_table_lookup (self->open, node);
      const char *newline = memchr (text, '\n', (gsize) (end - text));
      gsize wanted = (gsize) ((newline != NULL ? newline : end) - text), n;

      if (line != NULL && line->kind != kind)
        {
          close_line (self, line);
          line = NULL;
        }
      if (line == NULL)
        line = begin_line (self, node, kind);
      n = fit (line, text, wanted);
      g_string_append_len (line->text, text, (gssize) n);
      note_change (self, line);
      text += n;
      if (n < wanted)
        close_line (self, line);
      else if (newline != NULL)
        {
          close_line (self, line);
          text++;
        }
    }
}

/* --- asking --- */

guint
leyden_console_log_get_n_lines (LeydenConsoleLog *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return g_queue_get_length (&self->lines);
}

guint64
leyden_console_log_get_n_dropped (LeydenConsoleLog *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->n_dropped;
}

guint64
leyden_console_log_get_first_id (LeydenConsoleLog *self)
{
  const LeydenConsoleLine *first;

  g_return_val_if_fail (self != NULL, 0);

  first = g_queue_peek_head (&self->lines);
  return first != NULL ? first->id : G_MAXUINT64;
}

const LeydenConsoleLine *
leyden_console_log_get_line (LeydenConsoleLog *self,
                             guint             index)
{
  g_return_val_if_fail (self != NULL && index < g_queue_get_length (&self->lines), NULL);
  return g_ptr_array_index (self->ring, (leyden_console_log_get_first_id (self) + index) % self->max_lines);
}

const LeydenConsoleLine *
leyden_console_log_take_changed (LeydenConsoleLog *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  while (!g_queue_is_empty (&self->changed))
    {
      g_autofree guint64 *id = g_queue_pop_head (&self->changed);

      if (*id >= leyden_console_log_get_first_id (self) && !g_queue_is_empty (&self->lines))
        {
          LeydenConsoleLine *line = g_ptr_array_index (self->ring, *id % self->max_lines);

          line->changed = FALSE;
          return line;
        }
    }
  return NULL;
}
