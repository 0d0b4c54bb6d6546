/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_CONSOLE_MODEL,
  LEYDEN_CONSOLE_OUTPUT,
  LEYDEN_CONSOLE_ERROR,
} LeydenConsoleKind;

typedef struct
{
  guint64            id;                /* grows from line to line */
  char              *node;              /* path */
  LeydenConsoleKind  kind;
  GString           *text;              /* as it came, without the end of the line */
  gboolean           open;              /* more may follow */
  guint64            sequence;          /* of the record that it began with, or after; 0: it is not known */
  gboolean           changed;           /* since leyden_console_log_take_changed() */
} LeydenConsoleLine;

/**
 * LeydenConsoleLog: the newest lines that models and commands wrote, each node in lines of its own however they come between each other. What is longer
 * than a line may be goes on in the next.
 */
typedef struct _LeydenConsoleLog LeydenConsoleLog;

/* @max_lines: how many are kept; older ones are dropped and counted. */
LeydenConsoleLog        *leyden_console_log_new          (guint max_lines);
void                     leyden_console_log_free         (LeydenConsoleLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenConsoleLog, leyden_console_log_free)

void                     leyden_console_log_clear        (LeydenConsoleLog *self);
/* Text as it comes, with ends of lines or without. @length -1: up to the NUL. */
void                     leyden_console_log_add          (LeydenConsoleLog *self, const char *node, LeydenConsoleKind kind, const char *text, gssize length);
/* Which record it is about that is added from now on. */
void                     leyden_console_log_set_sequence (LeydenConsoleLog *self, guint64 sequence);
/* Nothing more comes of that line: an answer has ended. */
void                     leyden_console_log_end_line     (LeydenConsoleLog *self, const char *node);
guint                    leyden_console_log_get_n_lines  (LeydenConsoleLog *self);
guint64                  leyden_console_log_get_n_dropped (LeydenConsoleLog *self);
/* By place, from the oldest. */
const LeydenConsoleLine *leyden_console_log_get_line     (LeydenConsoleLog *self, guint index);
/* Id of the oldest line that is kept; G_MAXUINT64: there is none. */
guint64                  leyden_console_log_get_first_id (LeydenConsoleLog *self);
/* The oldest line that is new or longer since it was last given; NULL: none. */
const LeydenConsoleLine *leyden_console_log_take_changed (LeydenConsoleLog *self);

G_END_DECLS
