/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"

G_BEGIN_DECLS

/**
 * LeydenFindError:
 * @LEYDEN_FIND_ERROR_PATTERN: no regular expression; the message says what is wrong and where
 * @LEYDEN_FIND_ERROR_LIMIT: the regular expression runs away on a text of the flow
 */
typedef enum
{
  LEYDEN_FIND_ERROR_PATTERN,
  LEYDEN_FIND_ERROR_LIMIT,
} LeydenFindError;
#define LEYDEN_FIND_ERROR (leyden_find_error_quark ())
GQuark leyden_find_error_quark (void);

typedef enum
{
  LEYDEN_FIND_CASE  = 1 << 0,           /* upper and lower case differ */
  LEYDEN_FIND_WORDS = 1 << 1,           /* whole words */
  LEYDEN_FIND_REGEX = 1 << 2,           /* the text is a regular expression */
} LeydenFindFlags;

/* More matches than this are not looked for. */
#define LEYDEN_FIND_MAX_MATCHES 100000

/* What is looked for. Immutable, reference-counted, any thread. */
typedef struct _LeydenFind LeydenFind;
/* @text must not be empty. NULL with PATTERN. */
LeydenFind *leyden_find_new   (const char *text, LeydenFindFlags flags, GError **error);
LeydenFind *leyden_find_ref   (LeydenFind *self);
void        leyden_find_unref (LeydenFind *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFind, leyden_find_unref)

/* A text of the flow in which something was found: a title, an id, the text of a note, a text somewhere in a parameter. */
typedef struct
{
  char             **scope;             /* containers, outermost first */
  LeydenElementKind  kind;              /* FLOW: the title or description of the whole */
  char              *id;                /* "" for FLOW */
  char             **path;              /* in the element */
  LeydenValue       *text;              /* a string */
} LeydenFindPlace;

typedef struct
{
  LeydenFindPlace *place;
  gsize            start;               /* bytes */
  gsize            end;
} LeydenFindMatch;

/* In order: a flow before what is in its containers, its nodes from left to right, then frames and notes. Immutable. */
typedef struct
{
  GPtrArray *places;                    /* LeydenFindPlace */
  GArray    *matches;                   /* LeydenFindMatch */
  gboolean   more;                      /* LEYDEN_FIND_MAX_MATCHES was reached */
} LeydenFindResults;
void        leyden_find_results_free  (LeydenFindResults *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFindResults, leyden_find_results_free)

/* Why a match is not replaced. */
typedef enum
{
  LEYDEN_FIND_KEEP_NOT,                 /* it is */
  LEYDEN_FIND_KEEP_ID,                  /* wires and logs name a node by it */
  LEYDEN_FIND_KEEP_SECRET,              /* a key, or what looks like one */
  LEYDEN_FIND_KEEP_LOCKED,              /* the setting is locked */
  LEYDEN_FIND_KEEP_NAME,                /* a port's name or one of a fixed choice: wires hang on it */
} LeydenFindKeep;

/**
 * leyden_find_run:
 * @flow: value of a whole flow, leyden_flow_to_value()
 * @cancellable: (nullable): looked at between two texts
 * @error: return location, or %NULL
 *
 * Looks in titles, ids, all texts of parameters, notes and titles of frames, in all bodies. Nothing of no length is found. Any thread.
 *
 * Errors: %LEYDEN_FIND_ERROR_LIMIT, %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (nullable)
 */
LeydenFindResults *leyden_find_run      (LeydenFind           *self,
                                         LeydenValue          *flow,
                                         GCancellable         *cancellable,
                                         GError              **error);
/* The same in a thread, of the flow as it is now. @flow: a whole flow. */
void               leyden_find_async    (LeydenFind           *self,
                                         LeydenFlow           *flow,
                                         GCancellable         *cancellable,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
LeydenFindResults *leyden_find_finish   (GAsyncResult         *result,
                                         GError              **error);

/* Whether a match there would be replaced. */
LeydenFindKeep     leyden_find_get_keep (const LeydenFindPlace *place, LeydenFlow *flow, LeydenNodeTypes *types);
/* Where it is, for a person: "Group › Solver". (transfer full) */
char              *leyden_find_dup_where (const LeydenFindPlace *place, LeydenFlow *flow, LeydenNodeTypes *types);
/* What it is there: "Title", "Instructions". (transfer full) */
char              *leyden_find_dup_field (const LeydenFindPlace *place, LeydenFlow *flow, LeydenNodeTypes *types);
/* The line around a match, safe to show; keys are masked. @start and @end (out): the match in it, in bytes. (transfer full) */
char              *leyden_find_dup_excerpt (const LeydenFindMatch *match, gsize *start, gsize *end);
/* Why it stays; NULL for KEEP_NOT. (transfer none) */
const char        *leyden_find_keep_to_string (LeydenFindKeep keep);

/**
 * leyden_find_replace:
 * @flow: a whole flow
 * @results: what was found
 * @first: index of the first match to replace
 * @n: how many matches
 * @replacement: the new text; with %LEYDEN_FIND_REGEX \1 or \g<name> stand for what a group matched, \0 for all
 * @n_kept: (out) (optional): matches that were left as they are: secrets, locked settings, ids, names of ports, and texts that changed
 *   since
 * @n_replaced: (out) (optional)
 * @error: return location, or %NULL
 *
 * Errors: %LEYDEN_FIND_ERROR_PATTERN when the replacement names a group that is not there.
 *
 * Returns: (transfer full) (nullable): one edit, without changes when nothing was replaced
 */
LeydenEdit        *leyden_find_replace  (LeydenFind              *self,
                                         LeydenFlow              *flow,
                                         LeydenNodeTypes         *types,
                                         const LeydenFindResults *results,
                                         guint                    first,
                                         guint                    n,
                                         const char              *replacement,
                                         guint                   *n_replaced,
                                         guint                   *n_kept,
                                         GError                 **error);

G_END_DECLS
