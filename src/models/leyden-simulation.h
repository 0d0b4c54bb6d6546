/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* The simulated model (help/simulated-model.md says the rule to users). Pure functions of their arguments, any thread. */
typedef enum
{
  LEYDEN_SIMULATION_ERROR_REQUEST,      /* 400 in the OpenAI error form */
  LEYDEN_SIMULATION_ERROR_MODEL,        /* 404 model_not_found */
} LeydenSimulationError;
#define LEYDEN_SIMULATION_ERROR (leyden_simulation_error_quark ())
GQuark leyden_simulation_error_quark (void);

typedef struct
{
  double   eta;
  double   margin;
  gboolean correct;
} LeydenSimulationQuality;

/* The quality rule itself. @features: sorted names, NULL-terminated. @ability: −0.8, 0, +0.8. */
gboolean     leyden_simulation_quality  (guint64 seed, const char *family, const char *item, const char * const *features,
                                         guint junk, double temperature, guint64 n, guint shots, double ability,
                                         LeydenSimulationQuality *out);
/* Answers a chat-completions request: the whole chat.completion object (with x_leyden {"simulated", "latency_ms", …}). @ordinal stands
 * in for an absent "seed". */
LeydenValue *leyden_simulation_complete (LeydenValue *request, guint64 world_seed, guint64 ordinal, GError **error);
/* The same for POST /completions: "prompt" (text, or a list with one text) in place of messages; a text_completion object. */
LeydenValue *leyden_simulation_complete_text (LeydenValue *request, guint64 world_seed, guint64 ordinal, GError **error);
/* The pieces in which an answer streams, as chat.completion.chunk objects, each with the milliseconds to wait before it at time scale 1
 * ((element-type LeydenSimulationChunk)). */
typedef struct
{
  double       wait_ms;
  LeydenValue *chunk;
} LeydenSimulationChunk;
GPtrArray   *leyden_simulation_stream   (LeydenValue *completion, gboolean include_usage);
LeydenValue *leyden_simulation_list_models (void);
/* Value of an arithmetic word problem as the simulation reads it; FALSE when its text does not parse. */
gboolean     leyden_simulation_solve    (const char *problem, double *value);

G_END_DECLS
