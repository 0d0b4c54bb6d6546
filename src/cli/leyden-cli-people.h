/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli.h"
#include "leyden-engine.h"

G_BEGIN_DECLS

/* Questions of a run to people, on the command line: answered by --answer NODE=JSON, asked for on a terminal, else told. */
typedef struct _LeydenCliPeople LeydenCliPeople;

#define LEYDEN_CLI_ANSWER_OPTION \
  { "answer", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "NODE=JSON", N_ ("What a person would answer the node that asks") }

/* NULL with *@status when an --answer is not NODE=JSON. @quiet: standard output is for programs, a terminal is not asked. */
LeydenCliPeople *leyden_cli_people_new     (LeydenArguments *arguments, gboolean quiet, int *status);
void             leyden_cli_people_watch   (LeydenCliPeople *self, LeydenRun *run);
/* Whether nothing goes on but what waits for an answer that nobody will give here. */
gboolean         leyden_cli_people_is_stuck (LeydenCliPeople *self);
/* Names the answers that nothing asked for: most often a wrong id. */
void             leyden_cli_people_warn_unused (LeydenCliPeople *self);
void             leyden_cli_people_free    (LeydenCliPeople *self);

G_END_DECLS
