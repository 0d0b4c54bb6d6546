/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-migrations.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* For tests. */
void     leyden_sqlite_store_set_migrations   (LeydenMigrations *migrations);        /* of the next openings; NULL: the real ones */
guint    leyden_sqlite_store_get_n_commits    (LeydenSqliteStore *self);
/* The database may grow by so many pages; −1: as it likes. Only while nothing is being written. */
void     leyden_sqlite_store_limit_pages      (LeydenSqliteStore *self, gint64 n_pages);

G_END_DECLS
