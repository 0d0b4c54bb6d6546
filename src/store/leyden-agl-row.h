/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql.h"

G_BEGIN_DECLS

/* A row of agl_rollouts. Texts named _json are JSON, NULL for null. */
typedef struct
{
  gint64      id;
  char       *rollout;
  char       *log;
  gboolean    listed;
  const char *state;            /* static */
  char       *k8s_job_name_json;
  char       *last_attempt_id_json;
  char       *error_message_json;
  gint64      version;
  gint64      created_ns;
  gint64      updated_ns;
  gboolean    is_train;
  char       *data_id_json;
  gboolean    hidden;
  char       *body;             /* nullable: not asked for */
} LeydenAglRow;
void          leyden_agl_row_free (LeydenAglRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglRow, leyden_agl_row_free)
/* Columns as in leyden-sql.c; NULL when it is damaged. */
LeydenAglRow *leyden_agl_row_read (sqlite3_stmt *statement, gboolean with_body);
/* The attempt whose events are shown: "0" unless a text that is not empty stands in last_attempt_id. (transfer full) */
char         *leyden_agl_row_find_attempt (const LeydenAglRow *self);

/* What an id of the API means: a rollout of Agent Lightning's (@row), one of ours (@ours, and @row when it has foreign events), or
 * nothing (both NULL). */
typedef struct
{
  LeydenAglRow     *row;
  LeydenRolloutRow *ours;
} LeydenAglTarget;
void     leyden_agl_target_clear (LeydenAglTarget *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenAglTarget, leyden_agl_target_clear)
/* FALSE with @error. */
gboolean leyden_agl_target_find  (LeydenSql *sql, const char *rollout, LeydenAglTarget *out, GError **error);

/* "queuing", "running", "succeeded", "failed", or NULL. */
const char *leyden_agl_state_intern (const char *state);
/* What the state of a rollout of ours is called there. */
const char *leyden_agl_state_of_ours (const char *state);
/* The Rollout object; the row needs its body. */
void     leyden_agl_row_write    (GString *out, const LeydenAglRow *row);
void     leyden_agl_write_ours   (GString *out, const LeydenRolloutRow *row, LeydenValue *input);
/* Unix seconds as the original prints them. */
void     leyden_agl_write_time   (GString *out, gint64 time_ns);

G_END_DECLS
