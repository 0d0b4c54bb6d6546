/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-lock.h"
#include "leyden-migrations.h"
#include "leyden-sql.h"

G_BEGIN_DECLS

/* A database that was found sound (or made), locked and of the latest version. */
typedef struct
{
  char       *path;             /* absolute, links followed */
  char       *blobs;            /* folder of the blobs */
  char       *temporary;        /* folder to remove at the end, nullable */
  char       *uri;              /* how readers open it */
  LeydenLock *lock;             /* NULL: read-only */
  LeydenSql  *writer;           /* NULL: read-only */
  char       *notice;           /* what the user should know (degraded, older state); nullable */
} LeydenSqliteFile;

/* Blocks: from a thread. @path NULL: a temporary one. @migrations: the real ones, or a test's. */
LeydenSqliteFile *leyden_sqlite_file_open  (const char *path, LeydenStoreOpenFlags flags, LeydenMigrations *migrations, GError **error);
/* Other connections first: this closes the writer, frees the lock, removes a temporary database. May be called again. */
void              leyden_sqlite_file_end   (LeydenSqliteFile *self);
void              leyden_sqlite_file_close (LeydenSqliteFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSqliteFile, leyden_sqlite_file_close)
/* One more sentence. */
void              leyden_sqlite_file_add_notice (LeydenSqliteFile *self, const char *text);
/* How a connection for reading is opened. */
LeydenSql        *leyden_sqlite_file_open_reader (LeydenSqliteFile *self, GError **error);

G_END_DECLS
