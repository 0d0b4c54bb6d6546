/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * LeydenSlotError:
 * @LEYDEN_SLOT_ERROR_EMPTY: a prompt without text
 * @LEYDEN_SLOT_ERROR_PLACEHOLDERS: its set of {{ name }} differs from that of the first value; one repair may be asked for
 * @LEYDEN_SLOT_ERROR_TOO_LONG: more than the allowed tokens
 * @LEYDEN_SLOT_ERROR_DOMAIN: not one of the values that the slot may have, or of the wrong kind
 * @LEYDEN_SLOT_ERROR_LOCKED: the slot is locked
 */
typedef enum
{
  LEYDEN_SLOT_ERROR_EMPTY,
  LEYDEN_SLOT_ERROR_PLACEHOLDERS,
  LEYDEN_SLOT_ERROR_TOO_LONG,
  LEYDEN_SLOT_ERROR_DOMAIN,
  LEYDEN_SLOT_ERROR_LOCKED,
} LeydenSlotError;
#define LEYDEN_SLOT_ERROR (leyden_slot_error_quark ())
GQuark leyden_slot_error_quark (void);

typedef enum
{
  LEYDEN_SLOT_PROMPT,
  LEYDEN_SLOT_EXAMPLES,         /* list of {"input", "output"} */
  LEYDEN_SLOT_MODEL,
  LEYDEN_SLOT_TEMPERATURE,
  LEYDEN_SLOT_NUMBER,
  LEYDEN_SLOT_ENUM,
  LEYDEN_SLOT_BOOL,
  LEYDEN_SLOT_TOOL_SET,
} LeydenSlotKind;
const char *leyden_slot_kind_to_string (LeydenSlotKind kind);           /* "tool_set" */

/* One thing of a flow that training may change. Plain; the experiment owns them. */
typedef struct
{
  char           *id;           /* "node/parameter", in a body "container/node/parameter": the key in LeydenRolloutSpec.slots and in a candidate */
  char           *node;         /* its path: id, in a body "container/node" */
  char           *parameter;
  char           *title;        /* "Solver: Instructions", translated, for people */
  LeydenSlotKind  kind;
  LeydenValue    *value;        /* the first one: what stands in the flow */
  LeydenValue    *domain;       /* list of the values that it may have; NULL: any that suits the kind (prompts, examples) */
  char          **placeholders; /* PROMPT: names in {{ }} of the first value, sorted, NULL-terminated, may be empty; else NULL */
  gboolean        is_template;  /* PROMPT: {{ }} has a meaning in it; else the text is taken as it is */
  gboolean        locked;       /* marked, but must stay as it is */
} LeydenSlot;
void        leyden_slot_free       (LeydenSlot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSlot, leyden_slot_free)

/* The slots of a flow in (node id, order of the type's parameters): (element-type LeydenSlot) (transfer full). @models nullable. */
GPtrArray  *leyden_slots_from_flow (LeydenFlow *flow, LeydenNodeTypes *types, LeydenValue *models);
/* Endpoints whose models @models should have: those of model slots that say nothing about what may be tried. Sorted, each once;
 * not the simulation. (transfer full) */
char      **leyden_slots_list_endpoints (LeydenFlow *flow, LeydenNodeTypes *types);
LeydenSlot *leyden_slots_find      (GPtrArray *slots, const char *id);
/* The guard of every proposed value: LEYDEN_SLOT_ERROR with the reason. @max_tokens 0: 4096; a token is counted as 4 bytes. */
gboolean    leyden_slot_check      (const LeydenSlot *self, LeydenValue *value, guint max_tokens, GError **error);

G_END_DECLS
