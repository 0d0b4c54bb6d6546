/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of the audit log, in the writer's thread. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-audit-chain.h"
#include "leyden-json.h"
#include "leyden-redact.h"

static gboolean
get_head (LeydenBatch *self,
          gint64      *n,
          char       **hash,
          GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_GET_AUDIT_HEAD, error);
  int code;

  if (statement == NULL)
    return FALSE;
  code = sqlite3_step (statement);
  *n = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  *hash = g_strdup (code == SQLITE_ROW ? (const char *) sqlite3_column_text (statement, 1) : "");
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

static char *
write_line (LeydenBatch *self,
            gint64       n,
            LeydenValue *members)
{
  g_autoptr(LeydenValue) redacted = leyden_redact_value (members, self->redact_settings, self->redact_data);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) line = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "n", n);
  for (guint i = 0; i < leyden_value_get_size (redacted); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (redacted, i), leyden_value_get_item (redacted, i));
  leyden_value_builder_end (&b);
  line = leyden_value_builder_end_value (&b);
  return leyden_json_write (line, LEYDEN_JSON_COMPACT);
}

gboolean
leyden_batch_add_audit (LeydenBatch   *self,
                        LeydenRequest *request,
                        GError       **error)
{
  g_autofree char *before = NULL;
  g_autofree char *line = NULL;
  g_autofree char *hash = NULL;
  sqlite3_stmt *statement;
  gint64 n;

  if (!get_head (self, &n, &before, error))
    return FALSE;
  line = write_line (self, n + 1, request->value);
  hash = leyden_audit_chain (before, line);
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_INSERT_AUDIT, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, n + 1);
  leyden_sql_bind_text (statement, 2, line);
  leyden_sql_bind_text (statement, 3, hash);
  return leyden_sql_run (self->sql, statement, error);
}
