/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value-editor.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_EXPRESSION_INLINE,             /* with a button for a larger one */
  LEYDEN_EXPRESSION_PART,               /* of another editor: without */
  LEYDEN_EXPRESSION_LARGE,              /* fills a window of its own */
} LeydenExpressionSize;

/* An SQL expression: coloured, with completion of inputs, their members and functions, and what it gives for the last values. A condition can
 * be put together from rows of field, operator and value as well, and is shown so as long as rows can say it. */
#define LEYDEN_TYPE_EXPRESSION_EDITOR (leyden_expression_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExpressionEditor, leyden_expression_editor, LEYDEN, EXPRESSION_EDITOR, GtkWidget)

GtkWidget *leyden_expression_editor_new      (gboolean                condition,
                                              LeydenExpressionSize    size);
/* As rows or as SQL; rows only where they can say it. */
void       leyden_expression_editor_set_rows (LeydenExpressionEditor *self,
                                              gboolean                rows);

G_END_DECLS
