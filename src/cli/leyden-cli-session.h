/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-approvals.h"
#include "leyden-cli.h"
#include "leyden-engine.h"
#include "leyden-models.h"
#include "leyden-run-job.h"
#include "leyden-secrets.h"

G_BEGIN_DECLS

/* What `run`, `train` and `evaluate` share: a flow over the models that --model names, in the database that --database names. They
 * say what is wrong themselves and put the exit status where @status points. */
typedef struct
{
  LeydenArguments   *arguments;         /* borrowed */
  LeydenSqliteStore *store;
  LeydenSecrets     *secrets;
  LeydenModels      *models;
  LeydenApprovals   *approvals;         /* of this machine, and those of --approve */
  LeydenEngine      *engine;
  char              *endpoint;          /* what the model is */
  char              *model_name;
} LeydenCliSession;

/* Read and found without errors; NULL otherwise. (transfer full) */
LeydenFlow *leyden_cli_load_flow        (const char *path, int *status);
/* Opens the store, takes the keys, finds the model, makes the engine. @session->arguments must be set. */
gboolean    leyden_cli_session_open     (LeydenCliSession *session, int *status);
/* Closes the store: nothing that runs may be used any more. */
void        leyden_cli_session_clear    (LeydenCliSession *session);
/* Puts the flow into the store; its digest. Errors: LEYDEN_APPROVAL_ERROR when it would do something here that is not approved. (transfer full) */
char       *leyden_cli_session_put_flow (LeydenCliSession *session, LeydenFlow *flow, GError **error);
/* --map FIELD=COLUMN, as often as wanted: for every command with a data set, beside LEYDEN_CLI_MAP_OPTION in its table. */
gboolean    leyden_cli_check_map           (LeydenArguments *arguments, int *status);
#define LEYDEN_CLI_MAP_OPTION \
  { "map", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "FIELD=COLUMN", N_ ("The column of the data set that feeds that input (guessed by name)") }
/* Puts the flow into the store and begins the definition of a run: "title", "purpose", "flow", "flow_id", "flow_hash". FALSE: nothing was begun. */
gboolean    leyden_cli_session_begin_definition (LeydenCliSession *session, LeydenFlow *flow, LeydenValueBuilder *b, GError **error);
/* Members of it: "dataset" (whose digest is @sha256, of @split, NULL for all), "model", and "seed", "concurrency", "pace" of the options. */
void        leyden_cli_session_add_dataset (LeydenCliSession *session, LeydenFlow *flow, LeydenValueBuilder *b, const char *sha256,
                                            const char *split);
void        leyden_cli_session_add_options (LeydenCliSession *session, LeydenValueBuilder *b);
/* An equal run that is in the database, to be continued or shown again: its id in *@run, NULL when there is none or --fresh is given. FALSE: it
 * could not be asked for. */
gboolean    leyden_cli_session_find_run (LeydenCliSession *session, const char *key, char **run, int *status);
/* leyden-cli-part.c: tells of pinned nodes, by name. What @measures is refused, with the status for policy; --ignore-pins takes them out of @flow. */
gboolean    leyden_cli_check_pins          (LeydenArguments *arguments, LeydenFlow *flow, gboolean measures, int *status);
#define LEYDEN_CLI_PINS_OPTION \
  { "ignore-pins", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Run nodes whose output is pinned as if it were not") }
/* --node and --from. */
gboolean    leyden_cli_check_part          (LeydenArguments *arguments, int *status);
/* Members "part" and "cache" of a definition. @inputs: typed for the node, may be empty. */
gboolean    leyden_cli_session_add_part    (LeydenCliSession *session, LeydenFlow *flow, LeydenValueBuilder *b, LeydenValue *inputs,
                                            GError **error);
/* The definition made ready to run. (transfer full) (nullable) */
LeydenRunJob *leyden_cli_session_prepare (LeydenCliSession *session, LeydenValue *definition, int *status);
/* "train", "validation" or "test" for what --split may say; NULL for anything else. */
const char *leyden_cli_canonical_split  (const char *split);
/* Turns the main loop until *@result is there. */
void        leyden_cli_spin             (GAsyncResult **result);

G_END_DECLS
