/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-fork.h"
#include "leyden-plan-private.h"

G_BEGIN_DECLS

/* What the log says of a node path, up to the end of what may be copied. */
typedef struct
{
  guint64      first;           /* its first record */
  const char  *edge;            /* that a merge took; borrowed from the record */
  LeydenValue *outputs;         /* borrowed; NULL: it has not succeeded */
  guint64      ended;           /* record of its end; 0: it has not ended */
  gboolean     skipped;
  gboolean     retried;
  gboolean     remembers;
} LeydenForkNode;

/* One scope of the rollout: the whole flow, or a round. */
typedef struct
{
  LeydenPlan *plan;             /* of the new flow */
  guint8     *drops;            /* by node: all its records */
  guint8     *reopens;          /* by container: its end */
  gboolean    changes_outputs;
} LeydenForkScope;

typedef struct
{
  const LeydenForkSpec *spec;
  guint                 begin;          /* of the last attempt, in the records */
  guint                 end;            /* behind the last that may be copied */
  GHashTable           *nodes;          /* path → LeydenForkNode */
  GHashTable           *rounds;         /* path of a container → GArray of guint: rounds that it had, ascending */
  GHashTable           *answered;       /* set of keys of calls */
  GHashTable           *edits;          /* "path\nport" → LeydenValue: what is to stand there, of the port's type */
  GHashTable           *stood;          /* "path\nport" → LeydenValue: what somebody had put there; borrowed */
  LeydenValue          *set;            /* leyden_fork_list_settings() */
  GHashTable           *settings;       /* "path/parameter" (of the flow) → LeydenValue: what somebody had set; borrowed */
  GHashTable           *changed;        /* LeydenPlan of the new flow → guint8 by node */
  GHashTable           *scopes;         /* path → LeydenForkScope; what is not there is dropped */
  guint64               forgotten;      /* what was remembered from here on counts no more */
} LeydenFork;

/* What is known of a node of the scope with @path; NULL: nothing. */
LeydenForkNode *leyden_fork_find_node  (LeydenFork *self, const char *path, const char *id);
/* The wire of which a merge took, or was about to take, the value; NONE when nothing had come. */
guint           leyden_fork_find_taken (LeydenFork *self, LeydenPlan *plan, const char *path, guint merge);
/* Whether a value came by a wire. */
gboolean        leyden_fork_has_come   (LeydenFork *self, LeydenPlan *plan, const char *path, guint wire);
/* Decides what is dropped: fills @scopes. */
void leyden_fork_decide (LeydenFork *self);

G_END_DECLS
