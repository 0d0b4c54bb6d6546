/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

G_BEGIN_DECLS

/* The audit log (data/migrations/004-audit.sql): lines in order of their commit, each chained to the one before by its hash, so that one that
 * was changed, removed or put in between is found. What was cut off at its end only shows against a head that was noted elsewhere. */

/* @line: an object; the store puts "n" before its members and replaces known secrets. Written before all that is asked for later. */
void         leyden_sqlite_store_add_audit_async     (LeydenSqliteStore *self, LeydenValue *line, GAsyncReadyCallback callback, gpointer data);
gboolean     leyden_sqlite_store_add_audit_finish    (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* Lines after number @after, at most @limit (0: all), each with its "hash": a list. */
void         leyden_sqlite_store_list_audit_async    (LeydenSqliteStore *self, guint64 after, guint limit, GCancellable *cancellable,
                                                      GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_sqlite_store_list_audit_finish   (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* Checks the chain: {"lines", "head": hash of the last ("" when there is none), "sound"} and, when it is not sound, "line" (number of the
 * first bad one) and "problem". With @head_n above 0 the line of that number must have the hash @head. */
void         leyden_sqlite_store_verify_audit_async  (LeydenSqliteStore *self, guint64 head_n, const char *head, GCancellable *cancellable,
                                                      GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_sqlite_store_verify_audit_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
