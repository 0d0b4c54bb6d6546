/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A database, a backup of it, and what is restored from that. */
#pragma once

#include "store-helpers.h"

#include "leyden-store-backup.h"

G_BEGIN_DECLS

typedef struct
{
  char              *folder;
  char              *path;
  char              *backup;
  char              *out;
  LeydenSqliteStore *sqlite;
  LeydenStore       *store;
} Fixture;

void         fixture_set_up       (Fixture *fixture, gconstpointer data);
void         fixture_tear_down    (Fixture *fixture, gconstpointer data);
void         fixture_open         (Fixture *fixture);
void         fixture_close        (Fixture *fixture);
void         fixture_append       (Fixture *fixture, const char *rollout, guint64 first, guint64 last);
/* One record whose payload is a blob. */
void         fixture_append_large (Fixture *fixture, const char *rollout, guint64 sequence, char letter);
/* A sound one. (transfer full) */
LeydenValue *fixture_back_up      (Fixture *fixture);
LeydenValue *fixture_back_up_like (Fixture *fixture, const char *path, const char *like, GError **error);
LeydenValue *fixture_restore      (Fixture *fixture, LeydenRestorePoint point, gint64 value, GError **error);
void         fixture_remove_out   (Fixture *fixture);
/* What a program that is killed had written: records 11 to 30 of "a", of which nothing is in the archive. Ends the process. */
void         fixture_run_child    (const char *path) G_GNUC_NORETURN;

/* @data: GAsyncResult **. */
void         take_result_cb       (GObject *object, GAsyncResult *result, gpointer data);
/* All that @path holds, in order. (transfer full) */
GPtrArray   *read_all             (const char *path);
gint64       query                (const char *path, const char *text);
void         assert_first         (GPtrArray *all, GPtrArray *found, guint n);

G_END_DECLS
