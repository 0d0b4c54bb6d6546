/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

/**
 * LeydenRowsEditor: a value that is a list of small forms, with buttons to add and remove one. Subclasses say how a row looks.
 */
#define LEYDEN_TYPE_ROWS_EDITOR (leyden_rows_editor_get_type ())
G_DECLARE_DERIVABLE_TYPE (LeydenRowsEditor, leyden_rows_editor, LEYDEN, ROWS_EDITOR, GtkWidget)

struct _LeydenRowsEditorClass
{
  GtkWidgetClass parent_class;

  /* A widget for one row that shows @row and calls leyden_rows_editor_changed() when it is edited. */
  GtkWidget   *(*build_row) (LeydenRowsEditor *self, LeydenValue *row);
  /* Shows another value in the widget of a row, so that the focus stays where it is. */
  void         (*update_row) (LeydenRowsEditor *self, GtkWidget *row, LeydenValue *value);
  /* (transfer full): what the row's widget says. */
  LeydenValue *(*read_row)  (LeydenRowsEditor *self, GtkWidget *row);
  /* (transfer full): a new row beside the @rows that are there. */
  LeydenValue *(*make_row)  (LeydenRowsEditor *self, LeydenValue *rows);
  /* Rows of a value and back; the default takes the value as the list itself. (transfer full) */
  LeydenValue *(*to_rows)   (LeydenRowsEditor *self, LeydenValue *value);
  LeydenValue *(*from_rows) (LeydenRowsEditor *self, LeydenValue *rows);
  /* Optional: what is known of the node, for a row; @context (nullable). */
  void         (*set_row_context) (LeydenRowsEditor *self, GtkWidget *row, LeydenEditorContext *context);
  /* (transfer full) (nullable): why the rows are no value yet. */
  char        *(*check_rows) (LeydenValue *rows);
};

/* Translated. @remove_label names the button of one row for a screen reader. */
void leyden_rows_editor_set_labels (LeydenRowsEditor *self, const char *add_label, const char *remove_label);
void leyden_rows_editor_changed    (LeydenRowsEditor *self);
/* @base, or @base with a number, such that no row has that "name". (transfer full) */
char *leyden_rows_editor_make_name (LeydenValue *rows, const char *base);

G_END_DECLS
