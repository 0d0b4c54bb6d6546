/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-catalog.h"

G_BEGIN_DECLS

/* What can be put on the canvas: node types by the words that a person types, and only those that go together with a wire where there
 * is one. Without GTK. */

/* How a new node goes together with a wire. In the order of preference. */
typedef enum
{
  LEYDEN_INSERT_EXACT,                  /* the same type of port */
  LEYDEN_INSERT_SILENT,                 /* the engine converts without loss, or takes anything */
  LEYDEN_INSERT_CONVERTS,               /* with another node between */
} LeydenInsertFit;

/* Where the wire begins that a new node shall continue. */
typedef struct
{
  LeydenPortType  type;
  gboolean        from_output;          /* FALSE: it begins at an input, and the new node shall feed it */
  /* The far end, when the new node goes into a wire that is there: what it gives must fit too. */
  gboolean        has_far;
  LeydenPortType  far;                  /* of the input at the far end */
} LeydenInsertWire;

typedef struct
{
  const LeydenNodeType *type;
  /* With a wire: */
  char                 *port;           /* name of the new node's port that takes it; NULL without a wire */
  char                 *port_title;
  guint                 port_index;
  LeydenPortType        port_type;
  char                 *far_port;       /* its output to the far end; NULL when there is none */
  LeydenInsertFit       fit;
  const char           *converter;      /* CONVERTS: type of the node between */
} LeydenInsertChoice;

typedef struct _LeydenInsertChoices LeydenInsertChoices;

/* @wire (nullable): what the new node shall go together with. */
LeydenInsertChoices *leyden_insert_choices_new    (LeydenCatalog *catalog, const LeydenInsertWire *wire);
void                 leyden_insert_choices_free   (LeydenInsertChoices *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenInsertChoices, leyden_insert_choices_free)
/* For a node that is there already: another of its kind is no choice. */
void                 leyden_insert_choices_leave_out (LeydenInsertChoices *self, const char *type);
/* Best first; "" lists all. (transfer container) (element-type LeydenInsertChoice) */
GPtrArray           *leyden_insert_choices_search (LeydenInsertChoices *self, const char *text);

/* The fitting choice of one type: what a node of that type does when it is dropped on the wire. NULL: it does not fit. (transfer none) */
const LeydenInsertChoice *leyden_insert_choices_find (LeydenInsertChoices *self, const char *type);

G_END_DECLS
