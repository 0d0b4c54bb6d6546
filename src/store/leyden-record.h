/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* One record of the log (design §5). Immutable but for @position, which the store sets at commit. Reference-counted, any thread. */
typedef struct
{
  char        *rollout;
  char        *attempt;         /* "0" */
  guint64      sequence;        /* from 1, gap-free within the rollout */
  guint64      position;        /* global commit order, from 1; 0 before the commit */
  gint64       time_ns;         /* since the epoch */
  char        *actor;           /* "engine", "user", a key's name */
  const char  *type;            /* interned: "node.started" */
  char        *node;            /* node path, "" for the rollout itself */
  LeydenValue *payload;         /* object, never NULL */
} LeydenRecord;

LeydenRecord *leyden_record_new        (const char *rollout, const char *attempt, guint64 sequence, gint64 time_ns,
                                        const char *actor, const char *type, const char *node, LeydenValue *payload);
LeydenRecord *leyden_record_ref        (LeydenRecord *self);
void          leyden_record_unref      (LeydenRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRecord, leyden_record_unref)
/* {"rollout", "attempt", "sequence", "position", "time" (ns), "actor", "type", "node", "payload"} */
LeydenValue  *leyden_record_to_value   (LeydenRecord *self);
LeydenRecord *leyden_record_from_value (LeydenValue *value, GError **error);

/* Whether it says @type: "node.finished". */
static inline gboolean
leyden_record_is (const LeydenRecord *self,
                  const char         *type)
{
  return strcmp (self->type, type) == 0;
}

G_END_DECLS
