/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

#define LEYDEN_MIGRATIONS_RESOURCES "/io/github/leyden/Leyden/migrations"

/* Numbered SQL files NNN-what.sql, from 001 without a gap; number N makes user_version N. Immutable. */
typedef struct _LeydenMigrations LeydenMigrations;

LeydenMigrations *leyden_migrations_load         (GError **error);
LeydenMigrations *leyden_migrations_new          (const char * const *texts);     /* for tests: version 1, 2, … */
void              leyden_migrations_free         (LeydenMigrations *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMigrations, leyden_migrations_free)
guint             leyden_migrations_get_latest   (LeydenMigrations *self);
/* Forward from @version, each in one transaction with its user_version. */
gboolean          leyden_migrations_run          (LeydenMigrations *self, LeydenSql *sql, guint version, GError **error);
/* Whether the schema is exactly that of @version: CORRUPT names what is missing, different or too much. */
gboolean          leyden_migrations_check_schema (LeydenMigrations *self, LeydenSql *sql, guint version, GError **error);
/* A verified copy of the database beside it, "PATH.version-N.backup", in place before anything is changed. */
gboolean          leyden_migrations_back_up      (LeydenSql *sql, const char *path, guint version, GError **error);

/* Called at each stage ("backup", "verify", "backed-up", "migrate", "commit", "migrated"): tests die there. */
typedef void (*LeydenMigrationsHook) (const char *stage);
void              leyden_migrations_set_hook     (LeydenMigrationsHook hook);

G_END_DECLS
