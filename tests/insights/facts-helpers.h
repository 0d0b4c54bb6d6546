/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-value.h"

/* A database in memory with the tables of every migration. */
sqlite3     *facts_db_new   (void);
/* Fails the test when the statement does. */
void         facts_exec     (sqlite3 *db, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The id of a text, which is made where it is not there. */
gint64       facts_name     (sqlite3 *db, const char *name);
/* A row of rollout_facts with defaults for what @columns (“reward = 1, state = 'failed'”) does not say; rollouts has it as “r<id>”. */
void         facts_rollout  (sqlite3 *db, gint64 id, const char *columns);
/* JSON in single quotes for double ones. (transfer full) */
LeydenValue *facts_json     (const char *format, ...) G_GNUC_PRINTF (1, 2);
