/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-check.h"
#include "leyden-flow-private.h"

G_BEGIN_DECLS

/* A node during checking. */
typedef struct
{
  LeydenNode           *node;
  const LeydenNodeType *type;           /* NULL: not installed */
  GPtrArray            *inputs;
  GPtrArray            *outputs;
  char                 *name;           /* for messages: title, else the type's */
  guint                 index;          /* in the canonical file */
  gboolean              used;           /* its result reaches an end of the flow */
} LeydenCheckNode;

typedef struct _LeydenChecker LeydenChecker;
struct _LeydenChecker
{
  LeydenFlow      *flow;
  LeydenNodeTypes *types;
  GPtrArray       *problems;
  GPtrArray       *nodes;               /* LeydenCheckNode, sorted by id */
  GHashTable      *by_id;               /* borrowed id → borrowed LeydenCheckNode */
  guint            n_types_missing;

  /* Of a body. */
  char           **scope;               /* empty for the whole flow */
  const char      *where;               /* titles of the containers around, for messages; NULL: none */
  const char      *prefix;              /* pointer to the body, "" for the whole flow */
};

/* Adds a finding; @pointer (transfer full); returns it for a repair to be put on. */
LeydenProblem *leyden_checker_add         (LeydenChecker *self, LeydenSeverity severity, const char *code,
                                           LeydenElementKind kind, const char *id, const char *port, char *pointer,
                                           const char *format, ...) G_GNUC_PRINTF (8, 9);
/* @edit (transfer full). */
void           leyden_problem_set_repair  (LeydenProblem *self, LeydenEdit *edit);
/* An id that nothing has, the same each time for the same @seed: checking changes nothing, not even a generator. */
char          *leyden_checker_new_id      (LeydenChecker *self, const char *seed);
/* Title of a port, escaped; its name when there is none. */
char          *leyden_checker_dup_port_name (GPtrArray *ports, const char *port);
/* A key as part of a JSON pointer (RFC 6901). */
char          *leyden_checker_dup_pointer_part (const char *key);

/* All of one flow or body, and of the bodies in it. */
void           leyden_checker_run         (LeydenChecker *self);
/* What disabled and bypassed nodes mean for the others. */
void           leyden_check_modes         (LeydenChecker *self);
void           leyden_check_mode          (LeydenChecker *self, LeydenCheckNode *node);
void           leyden_check_container     (LeydenChecker *self, LeydenCheckNode *node);
void           leyden_check_edges         (LeydenChecker *self);
void           leyden_check_parameters    (LeydenChecker *self, LeydenCheckNode *node);
/* Of everything, known or not. */
void           leyden_check_secrets       (LeydenChecker *self);

G_END_DECLS
