/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sqlite-open.h"

G_BEGIN_DECLS

/* A few connections for reading, opened when first needed. A thread takes one, uses it, gives it back. */
typedef struct _LeydenReaders LeydenReaders;

#define LEYDEN_READERS_MAX 4

/* @file must outlive it. */
LeydenReaders *leyden_readers_new     (LeydenSqliteFile *file);
/* Waits for a free one. NULL with @error after the end. */
LeydenSql     *leyden_readers_acquire (LeydenReaders *self, GError **error);
void           leyden_readers_release (LeydenReaders *self, LeydenSql *sql);
/* Interrupts what is being read, waits until all are given back, closes them. */
void           leyden_readers_end     (LeydenReaders *self);
void           leyden_readers_free    (LeydenReaders *self);

G_END_DECLS
