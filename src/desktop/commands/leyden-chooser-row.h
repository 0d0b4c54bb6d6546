/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenChoice: one thing that can be chosen.
 *
 * @id: what leyden_chooser's callback gets
 * @title: what it is
 * @detail: (nullable): where it belongs
 * @key: (nullable): its shortcut, for people
 * @reason: (nullable): why it cannot be chosen
 */
typedef struct
{
  char *id;
  char *title;
  char *detail;
  char *key;
  char *reason;
} LeydenChoice;

LeydenChoice *leyden_choice_new  (const char *id, const char *title, const char *detail, const char *key, const char *reason);
void          leyden_choice_free (LeydenChoice *self);

/* A row of a chooser: title, below it the detail or the reason, the key. Its action "choice.take" takes it, as a click does. */
#define LEYDEN_TYPE_CHOOSER_ROW (leyden_chooser_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChooserRow, leyden_chooser_row, LEYDEN, CHOOSER_ROW, GtkListBoxRow)

GtkWidget          *leyden_chooser_row_new        (LeydenChoice *choice);        /* (transfer full) */
const LeydenChoice *leyden_chooser_row_get_choice (LeydenChooserRow *self);
/* "Undo, Ctrl+Z, There is nothing to take back": what a screen reader says when it is chosen. (transfer full) */
char               *leyden_chooser_row_dup_spoken (LeydenChooserRow *self);

G_END_DECLS
