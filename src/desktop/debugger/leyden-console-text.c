/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-console-text.h"

#include <string.h>

#include "leyden-debug-path.h"
#include "leyden-text.h"
#include "leyden-theme.h"

/* Characters of a line; the log cuts them by bytes before. */
#define MAX_SHOWN 2100

struct _LeydenConsoleText
{
  GtkTextBuffer    *buffer;
  LeydenConsoleLog *log;                /* borrowed */
  LeydenFlow       *flow;               /* nullable */
  GArray           *shown;              /* guint64: id of each line of the text, ascending */
  char             *node;
  char             *needle;             /* folded */
  guint64           until;              /* lines of records behind it are not shown; 0: all are */
  GtkTextTag       *name_tag;
  GtkTextTag       *error_tag;
};

/* Number of lines of the text whose id is below @id. */
static guint
find_shown (LeydenConsoleText *self,
            guint64        id)
{
  guint low = 0, high = self->shown->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->shown, guint64, middle) < id)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gboolean
passes (LeydenConsoleText       *self,
        const LeydenConsoleLine *line)
{
  g_autofree char *valid = NULL, *folded = NULL;

  if (!g_str_has_prefix (line->node, self->node) || (self->until != 0 && line->sequence > self->until))
    return FALSE;
  if (*self->needle == '\0')
    return TRUE;
  valid = g_utf8_make_valid (line->text->str, (gssize) line->text->len);
  folded = g_utf8_casefold (valid, -1);
  return strstr (folded, self->needle) != NULL;
}

/* Blank lines stay blank. */
static char *
dup_shown_text (const LeydenConsoleLine *line)
{
  if (strspn (line->text->str, " \t\r") == line->text->len)
    return g_strdup ("");
  return leyden_text_display (line->text->str, (gssize) line->text->len, MAX_SHOWN, FALSE);
}

static void
insert_line (LeydenConsoleText       *self,
             GtkTextIter             *at,
             const LeydenConsoleLine *line)
{
  g_autofree char *name = leyden_debug_path_dup_title (self->flow, line->node);
  g_autofree char *text = dup_shown_text (line);

  gtk_text_buffer_insert_with_tags (self->buffer, at, name, -1, self->name_tag, NULL);
  gtk_text_buffer_insert_with_tags (self->buffer, at, "  ", -1, self->name_tag, NULL);
  if (line->kind == LEYDEN_CONSOLE_ERROR)
    gtk_text_buffer_insert_with_tags (self->buffer, at, text, -1, self->error_tag, NULL);
  else
    gtk_text_buffer_insert (self->buffer, at, text, -1);
}

/* A line that is longer now. */
static void
replace_line (LeydenConsoleText       *self,
              guint                    number,
              const LeydenConsoleLine *line)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_line (self->buffer, &start, (int) number);
  end = start;
  if (!gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);
  gtk_text_buffer_delete (self->buffer, &start, &end);
  insert_line (self, &start, line);
}

/* Mostly at the end; in between when a line grew and holds now what is searched for. */
static void
add_line (LeydenConsoleText       *self,
          guint                    number,
          const LeydenConsoleLine *line)
{
  GtkTextIter at;

  if (number < self->shown->len)
    {
      gtk_text_buffer_get_iter_at_line (self->buffer, &at, (int) number);
      gtk_text_buffer_insert (self->buffer, &at, "\n", 1);
      gtk_text_buffer_get_iter_at_line (self->buffer, &at, (int) number);
    }
  else
    {
      gtk_text_buffer_get_end_iter (self->buffer, &at);
      if (self->shown->len > 0)
        gtk_text_buffer_insert (self->buffer, &at, "\n", 1);
    }
  insert_line (self, &at, line);
  g_array_insert_val (self->shown, number, line->id);
}

void
leyden_console_text_drop (LeydenConsoleText *self)
{
  guint n = find_shown (self, leyden_console_log_get_first_id (self->log));
  GtkTextIter start, end;

  if (n == 0)
    return;
  gtk_text_buffer_get_start_iter (self->buffer, &start);
  if (n == self->shown->len)
    gtk_text_buffer_get_end_iter (self->buffer, &end);
  else
    gtk_text_buffer_get_iter_at_line (self->buffer, &end, (int) n);
  gtk_text_buffer_delete (self->buffer, &start, &end);
  g_array_remove_range (self->shown, 0, n);
}

void
leyden_console_text_show (LeydenConsoleText       *self,
                          const LeydenConsoleLine *line)
{
  guint number = find_shown (self, line->id);

  if (number < self->shown->len && g_array_index (self->shown, guint64, number) == line->id)
    replace_line (self, number, line);
  else if (passes (self, line))
    add_line (self, number, line);
}

void
leyden_console_text_clear (LeydenConsoleText *self)
{
  gtk_text_buffer_set_text (self->buffer, "", 0);
  g_array_set_size (self->shown, 0);
}

gboolean
leyden_console_text_set_filter (LeydenConsoleText *self,
                                const char        *node,
                                const char        *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  if (g_str_equal (node, self->node) && g_str_equal (folded, self->needle))
    return FALSE;
  g_free (self->node);
  self->node = g_strdup (node);
  g_free (self->needle);
  self->needle = g_steal_pointer (&folded);
  leyden_console_text_clear (self);
  return TRUE;
}

gboolean
leyden_console_text_set_until (LeydenConsoleText *self,
                               guint64            until)
{
  if (self->until == until)
    return FALSE;
  self->until = until;
  leyden_console_text_clear (self);
  return TRUE;
}

void
leyden_console_text_set_flow (LeydenConsoleText *self,
                              LeydenFlow        *flow)
{
  g_set_object (&self->flow, flow);
}

guint
leyden_console_text_get_n_lines (LeydenConsoleText *self)
{
  return self->shown->len;
}

void
leyden_console_text_load_colors (LeydenConsoleText *self,
                                 GtkWidget         *widget)
{
  GdkRGBA foreground, error;

  leyden_theme_look_up_color (widget, NULL, &foreground);
  leyden_theme_look_up_color (widget, "error_color", &error);
  foreground.alpha *= LEYDEN_CONSOLE_NAME_STRENGTH;
  g_object_set (self->name_tag, "foreground-rgba", &foreground, NULL);
  g_object_set (self->error_tag, "foreground-rgba", &error, NULL);
}

LeydenConsoleText *
leyden_console_text_new (GtkTextBuffer    *buffer,
                         LeydenConsoleLog *log)
{
  LeydenConsoleText *self = g_new0 (LeydenConsoleText, 1);

  self->buffer = g_object_ref (buffer);
  self->log = log;
  self->shown = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->node = g_strdup ("");
  self->needle = g_strdup ("");
  self->name_tag = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  self->error_tag = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  return self;
}

void
leyden_console_text_free (LeydenConsoleText *self)
{
  g_clear_object (&self->flow);
  g_object_unref (self->buffer);
  g_array_unref (self->shown);
  g_free (self->node);
  g_free (self->needle);
  g_free (self);
}
