/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/* A change with what only this folder knows. @index (−1: none): where a removed member or item stood, so that its return by
 * undo puts it there and not at the end; in a list it also tells "put in" from "replace". */
typedef struct
{
  LeydenChange   change;
  char          *id;
  char         **path;
  char         **scope;
  int            index;
} LeydenEditChange;

void        leyden_edit_change_free        (LeydenEditChange *self);
void        leyden_edit_change_take_path   (LeydenEditChange *self, char **path);
void        leyden_edit_change_take_before (LeydenEditChange *self, LeydenValue *before);
void        leyden_edit_change_take_after  (LeydenEditChange *self, LeydenValue *after);

GPtrArray  *leyden_edit_get_changes        (LeydenEdit *self);
const char *leyden_edit_get_merge_key      (LeydenEdit *self);
gint64      leyden_edit_get_time           (LeydenEdit *self);
gboolean    leyden_edit_is_applied         (LeydenEdit *self);
void        leyden_edit_set_applied        (LeydenEdit *self);

/* Change @index of @edit once more, to be applied again. */
void        leyden_edit_add_copy           (LeydenEdit *self, LeydenEdit *edit, guint index);
/* The same as it was applied, without its scope, for those who are told. */
void        leyden_edit_add_applied        (LeydenEdit *self, LeydenEdit *edit, guint index);

G_END_DECLS
