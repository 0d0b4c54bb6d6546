/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-editor-context.h"

G_BEGIN_DECLS

/* What an editor of prompts shows of a text; no widget. Places are in characters. */

typedef enum
{
  LEYDEN_PROMPT_VARIABLE,       /* {{ name.path }} */
  LEYDEN_PROMPT_BROKEN,         /* {{ that is no placeholder */
  LEYDEN_PROMPT_HEADING,        /* # … */
  LEYDEN_PROMPT_STRONG,         /* **…** */
  LEYDEN_PROMPT_CODE,           /* `…` and lines between ``` */
  LEYDEN_PROMPT_QUOTE,          /* > … */
  LEYDEN_PROMPT_LIST,           /* the mark of a list: - * 1. */
  LEYDEN_PROMPT_N_KINDS
} LeydenPromptKind;

typedef struct
{
  guint            start;
  guint            end;
  LeydenPromptKind kind;
} LeydenPromptSpan;

/* Colours of @text; @variables: whether it is a template at all. (element-type LeydenPromptSpan) (transfer full) */
GArray *leyden_prompt_text_scan     (const char          *text,
                                     gboolean             variables);

/* What can be done about a problem. */
typedef enum
{
  LEYDEN_PROMPT_REPAIR_NONE,
  LEYDEN_PROMPT_REPAIR_REPLACE, /* the text from start to end becomes @replacement */
  LEYDEN_PROMPT_REPAIR_CONNECT, /* wire @offer to the input @name */
  LEYDEN_PROMPT_REPAIR_INPUT,   /* add an input @name */
} LeydenPromptRepair;

typedef struct
{
  guint                    start;
  guint                    end;
  gboolean                 error;       /* it cannot run like this; else: it will give nothing here */
  char                    *name;        /* of the variable, nullable */
  char                    *message;     /* translated */
  LeydenPromptRepair       repair;
  char                    *label;       /* of the repair, translated; nullable */
  char                    *replacement;
  const LeydenEditorOffer *offer;       /* borrowed from the context */
} LeydenPromptProblem;

/* @makes_inputs: a name that the text uses becomes an input by itself; the one thing that can be missing is its wire. At most 20 problems,
 * one a name. (element-type LeydenPromptProblem) (transfer full) */
GPtrArray *leyden_prompt_text_check    (const char          *text,
                                        LeydenEditorContext *context,
                                        gboolean             makes_inputs);

/* A line in the list of completions. */
typedef struct
{
  char                    *label;
  char                    *detail;      /* translated, nullable */
  char                    *insert;      /* replaces the text from @start of the list to the cursor */
  char                    *node;        /* whose output is to be connected with it; nullable */
  char                    *port;        /* that output, and the name of the input */
} LeydenProposal;

void       leyden_proposal_free        (LeydenProposal      *self);

/* What could stand at @cursor (in characters). @start (out): where what was typed of it begins. @asked: by key, not by typing: then names are
 * offered outside of braces, too. NULL: nothing. (element-type LeydenProposal) (transfer full) */
GPtrArray *leyden_prompt_text_complete (const char          *text,
                                        guint                cursor,
                                        gboolean             asked,
                                        gboolean             makes_inputs,
                                        LeydenEditorContext *context,
                                        guint               *start);

/* The text with the last values in place of the names; names without a value stay. @values as in the context. (transfer full) */
char      *leyden_prompt_text_render   (const char          *text,
                                        LeydenValue         *values);

G_END_DECLS
