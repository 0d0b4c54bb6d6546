/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-simulation-mail.h"
#include "leyden-simulation-private.h"
#include "leyden-word-problem.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_SIMULATION_TEXT,
  LEYDEN_SIMULATION_JSON_OBJECT,
  LEYDEN_SIMULATION_JSON_SCHEMA,
} LeydenSimulationFormat;

/* A chat-completions request, checked. Borrows from the request value, which must outlive it. */
typedef struct
{
  const LeydenSimulationModel *model;
  LeydenValue                 *messages;
  guint                        n_choices;
  double                       temperature;
  guint64                      seed;            /* the world's */
  guint64                      sample;
  const char                  *stop[4];
  guint                        n_stop;
  guint                        max_tokens;      /* 0: no limit */
  const char                  *calculator;      /* name of an offered calculator tool, nullable */
  const char                  *calculator_argument;
  gboolean                     tool_required;
  LeydenSimulationFormat       format;
  LeydenValue                 *schema;
  gboolean                     logprobs;
  guint                        top_logprobs;
  gboolean                     return_token_ids;
  LeydenValue                 *tools;           /* nullable */
  double                       kappa;           /* of the judge */
} LeydenSimulationRequest;

gboolean leyden_simulation_request_read (LeydenSimulationRequest *self,
                                         LeydenValue             *request,
                                         guint64                  world_seed,
                                         guint64                  ordinal,
                                         GError                 **error);
/* Text of a message's content: a string, or its text parts joined. (transfer full) */
char    *leyden_simulation_message_text (LeydenValue             *message);

/* The problem that a request is about, and what surrounds it. */
typedef struct
{
  const char        *family;            /* NULL: not simulated */
  LeydenWordProblem *problem;           /* "arith" */
  const LeydenSimulationMail *mail;     /* "mail" */
  char              *item;
  LeydenSimulationReading reading;      /* "calc" only when a result came back */
  gboolean           wants_call;        /* answer with a call of the calculator */
  gboolean           has_result;
  double             result;            /* what the calculator gave */
  guint              shots;
  char              *instructions;      /* the text that was read, folded */
} LeydenSimulationTask;

void     leyden_simulation_task_read    (LeydenSimulationTask          *self,
                                         const LeydenSimulationRequest *request);
void     leyden_simulation_task_clear   (LeydenSimulationTask          *self);
/* "user", "assistant", "tool", "system" (a developer is one). */
const char *leyden_simulation_role_of   (LeydenValue                   *message);
/* The last number of a text. */
gboolean leyden_simulation_last_number  (const char                    *text,
                                         double                        *value);
/* The message that asks about a built-in mail, when there is one. */
gboolean leyden_simulation_mail_read    (LeydenSimulationTask          *self,
                                         const LeydenSimulationRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenSimulationTask, leyden_simulation_task_clear)

/* One choice of an answer. */
typedef struct
{
  char                   *content;      /* nullable */
  char                   *call_name;    /* nullable */
  char                   *call_arguments;
  const char             *cause;        /* of a wrong answer, static; NULL when right */
  gssize                  decisive;     /* first byte of the deciding field in content, −1: none */
  LeydenSimulationQuality quality;
  LeydenValue            *note;         /* object: what critic and judge tell of themselves in x_leyden; NULL: not simulated, or of a problem */
} LeydenSimulationAnswer;

void     leyden_simulation_answer_make  (LeydenSimulationAnswer        *self,
                                         const LeydenSimulationRequest *request,
                                         const LeydenSimulationTask    *task,
                                         guint64                        sample);
void     leyden_simulation_answer_clear (LeydenSimulationAnswer        *self);
/* Words an answer about a mail; @cause NULL: right, or bad luck. */
void     leyden_simulation_mail_word    (LeydenSimulationAnswer        *self,
                                         const LeydenSimulationRequest *request,
                                         const LeydenSimulationTask    *task,
                                         const char                    *cause);
/* Answer requests of the optimisers and of grading evaluators; FALSE when it is none. */
gboolean leyden_simulation_critic_make  (LeydenSimulationAnswer        *self,
                                         const LeydenSimulationRequest *request,
                                         guint64                        sample);
gboolean leyden_simulation_judge_make   (LeydenSimulationAnswer        *self,
                                         const LeydenSimulationRequest *request,
                                         guint64                        sample);
/* {"work"?, "answer"} or what the request's schema asks for. (transfer full) */
char    *leyden_simulation_make_json    (const LeydenSimulationRequest *request,
                                         const char                    *work,
                                         LeydenValue                   *value);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenSimulationAnswer, leyden_simulation_answer_clear)

/* The answer as JSON: @value is the member that holds the number (a string or a number). (transfer full) */
LeydenValue *leyden_simulation_fill_schema (LeydenValue *schema,
                                            LeydenValue *value,
                                            const char  *work);

/* Tokens: bytes are 0 to 255, then these. */
typedef enum
{
  LEYDEN_SIMULATION_TOKEN_START = 256,
  LEYDEN_SIMULATION_TOKEN_END,
  LEYDEN_SIMULATION_TOKEN_SYSTEM,
  LEYDEN_SIMULATION_TOKEN_USER,
  LEYDEN_SIMULATION_TOKEN_ASSISTANT,
  LEYDEN_SIMULATION_TOKEN_TOOL,
  LEYDEN_SIMULATION_TOKEN_CALL,
  LEYDEN_SIMULATION_TOKEN_EOS,
} LeydenSimulationToken;

/* (element-type guint16) (transfer full) */
GArray  *leyden_simulation_prompt_tokens (const LeydenSimulationRequest *request);
GArray  *leyden_simulation_answer_tokens (const LeydenSimulationAnswer *answer,
                                          gboolean                      cut);
LeydenValue *leyden_simulation_tokens_to_value (GArray *tokens);
/* The "logprobs" object of a choice, one entry a token. */
LeydenValue *leyden_simulation_logprobs  (const LeydenSimulationRequest *request,
                                          const LeydenSimulationAnswer  *answer,
                                          const char                    *family,
                                          const char                    *item,
                                          guint64                        sample,
                                          GArray                        *tokens);

G_END_DECLS
