/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* SQL that is put together, with the values of its parameters: what comes from outside never becomes part of the text. Parts of it are
 * written by us; values stand as “?” in the order in which they were added. */
typedef struct
{
  GString   *text;
  GPtrArray *values;            /* LeydenValue */
} LeydenSqlText;

LeydenSqlText *leyden_sql_text_new       (const char          *text);
void           leyden_sql_text_free      (LeydenSqlText       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSqlText, leyden_sql_text_free)
void           leyden_sql_text_add       (LeydenSqlText       *self,
                                          const char          *text);
void           leyden_sql_text_printf    (LeydenSqlText       *self,
                                          const char          *format,
                                          ...) G_GNUC_PRINTF (2, 3);
/* A parameter: null, boolean (1 or 0), number or text; lists and objects as their JSON. */
void           leyden_sql_text_add_value (LeydenSqlText       *self,
                                          LeydenValue         *value);
void           leyden_sql_text_add_int   (LeydenSqlText       *self,
                                          gint64               value);
/* The text and the values of another one. */
void           leyden_sql_text_append    (LeydenSqlText       *self,
                                          const LeydenSqlText *other);
/* A statement with its values bound, which @self must outlive. (transfer full) (nullable). Errors: %G_IO_ERROR_FAILED with SQLite's words. */
sqlite3_stmt  *leyden_sql_text_prepare   (LeydenSqlText       *self,
                                          sqlite3             *db,
                                          GError             **error);
/* Sets @error to what the connection says of its last call: %G_IO_ERROR_CANCELLED when it was interrupted. Always %FALSE. */
gboolean       leyden_sql_text_fail      (sqlite3             *db,
                                          GError             **error);

typedef sqlite3_stmt LeydenStatement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenStatement, sqlite3_finalize)

G_END_DECLS
