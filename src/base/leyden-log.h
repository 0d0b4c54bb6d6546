/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What a program says on standard error, for people or for machines. As JSON a line is one object with the names of the Elastic Common
 * Schema, their dots in the keys: "@timestamp", "log.level", "message", "ecs.version", then what else there is. Any thread. */
typedef enum
{
  LEYDEN_LOG_TEXT,
  LEYDEN_LOG_JSON,
} LeydenLogFormat;

/* Replaces secrets in a text. (transfer full) (nullable): unchanged */
typedef char *(*LeydenLogRedact) (const char *text, gssize length, gpointer data);

/* From here on, once in a program: JSON takes over what GLib's g_message() and its like say, too. */
void            leyden_log_set_format (LeydenLogFormat format);
LeydenLogFormat leyden_log_get_format (void);
/* Asked for every text that goes out as JSON; NULL: nobody any more. What looks like a key is masked in any case. */
void            leyden_log_set_redact (LeydenLogRedact redact, gpointer data, GDestroyNotify destroy);
/* One line. @fields (nullable): an object of ECS names; @domain (nullable): who says it. As text only the message is written. */
void            leyden_log_event      (GLogLevelFlags level, const char *domain, const char *message, LeydenValue *fields);
/* The line that leyden_log_event() writes as JSON, with its end. (transfer full) */
char           *leyden_log_make_line  (GLogLevelFlags level, const char *domain, const char *message, LeydenValue *fields, gint64 now_us);

G_END_DECLS
