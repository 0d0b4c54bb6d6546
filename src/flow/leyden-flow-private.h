/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-edit.h"
#include "leyden-flow-mode.h"

G_BEGIN_DECLS

#define LEYDEN_FLOW_MAX_NODES 100000
#define LEYDEN_FLOW_MAX_BYTES (64u * 1024 * 1024)
/* Coordinates beyond this are shown at it: float keeps a sixteenth of a unit up to here. */
#define LEYDEN_FLOW_MAX_COORDINATE 1e6f

/* The head that nodes, edges, frames and notes share. Immutable. */
typedef struct
{
  gatomicrefcount    ref_count;
  LeydenElementKind  kind;
  LeydenValue       *value;
  char              *alias;     /* key of an element whose id was taken when it was read, else NULL */
  const char        *id;        /* unique key within its kind: the alias, else the id in the value */
} LeydenElement;

struct _LeydenNode
{
  LeydenElement     element;
  const char       *type;
  const char       *title;
  LeydenValue      *parameters;
  GPtrArray        *ends;       /* input and output nodes of the body; NULL without a body */
  graphene_point_t  position;
  LeydenNodeMode    mode;
};

struct _LeydenEdge
{
  LeydenElement  element;
  const char    *source;
  const char    *source_port;
  const char    *target;
  const char    *target_port;
  graphene_point_t *points;     /* that it is led through; NULL: none */
  guint          n_points;
};

struct _LeydenFrame
{
  LeydenElement    element;
  const char      *title;
  const char      *color;
  graphene_rect_t  bounds;
};

struct _LeydenNote
{
  LeydenElement    element;
  const char      *text;
  const char      *color;
  graphene_rect_t  bounds;
};

/* The points of an edge's value (transfer full); FALSE when `points` is none of that, and none then. */
gboolean       leyden_edge_read_points (LeydenValue *value, graphene_point_t **points, guint *n_points);
/* Its points with their keys in order. (transfer full) */
LeydenValue   *leyden_edge_canonical_points (LeydenValue *edge);

/* Makes an element of @value, its keys put into canonical order. @key NULL: the id in the value; else an alias of it. On a fault
 * @pointer (nullable) gets where it is inside the element (transfer full). */
LeydenElement *leyden_element_new    (LeydenElementKind kind, LeydenValue *value, const char *key, char **pointer,
                                      GError **error);
/* Whether it can be an element of @kind. */
gboolean       leyden_element_check  (LeydenElementKind kind, LeydenValue *value, char **pointer, GError **error);
/* Its keys and numbers in canonical order and form. (transfer full) */
LeydenValue   *leyden_element_canonical (LeydenElementKind kind, LeydenValue *value);
LeydenElement *leyden_element_ref    (LeydenElement *self);
void           leyden_element_unref  (LeydenElement *self);
const char    *leyden_element_kind_to_string   (LeydenElementKind kind);       /* "node" */
gboolean       leyden_element_kind_from_string (const char *name, LeydenElementKind *out);

/* Elements of one kind: by id, and sorted by id in byte order. */
typedef struct
{
  GHashTable *by_id;            /* borrowed id → borrowed element */
  GPtrArray  *sorted;           /* owns */
} LeydenElementSet;

/* Canonical form of any value: numbers shortest. The same value when it is so already. (transfer full) */
LeydenValue   *leyden_flow_canonical_value  (LeydenValue *value);
/* @keys first and in this order, the others behind as they are. (transfer full) */
LeydenValue   *leyden_flow_order_keys       (LeydenValue *object, const char * const *keys);
extern const char * const leyden_flow_keys[];
LeydenValue   *leyden_flow_canonical_properties (LeydenValue *properties);

/* For edits: replaces (@element given), adds, or removes (NULL) what has the key. Keeps adjacency and order. */
void           leyden_flow_put_element      (LeydenFlow *self, LeydenElementKind kind, const char *id,
                                             LeydenElement *element);
LeydenElement *leyden_flow_get_element      (LeydenFlow *self, LeydenElementKind kind, const char *id);
LeydenValue   *leyden_flow_get_properties   (LeydenFlow *self);
void           leyden_flow_take_properties  (LeydenFlow *self, LeydenValue *properties);
gboolean       leyden_flow_check_properties (LeydenValue *properties, char **pointer, GError **error);
/* Of a whole flow: tells each body that @edit changed what did, and then this flow. */
void           leyden_flow_emit_changed     (LeydenFlow *self, LeydenEdit *edit);
/* "changed" of this very flow. */
void           leyden_flow_emit_own_changed (LeydenFlow *self, LeydenEdit *edit);
/* As leyden_flow_apply() without the signal; the caller sends it when the edit is safe. */
gboolean       leyden_flow_apply_quietly    (LeydenFlow *self, LeydenEdit *edit, GError **error);
/* Before anything else uses it. */
void           leyden_flow_set_id           (LeydenFlow *self, const char *id);
/* Ids that stand twice in the file: keys of the second and later ones. (transfer container) */
GPtrArray     *leyden_flow_list_duplicates  (LeydenFlow *self, LeydenElementKind kind);
guint          leyden_flow_get_n_duplicates (LeydenFlow *self);
/* FALSE for a file whose format key was not its first, until an edit. */
gboolean       leyden_flow_is_format_key_first (LeydenFlow *self);

/* leyden-flow-body.c. The body of a container as a value. */
extern const char * const leyden_flow_body_keys[];
gboolean       leyden_body_check            (LeydenValue *body, char **pointer, GError **error);
LeydenValue   *leyden_body_canonical        (LeydenValue *body);
guint          leyden_body_count_nodes      (LeydenValue *body);
GPtrArray     *leyden_body_list_ends        (LeydenValue *body);
/* Writes a body that was changed into its container, and so on up. */
void           leyden_flow_sync_up          (LeydenFlow *self);
/* A node of @self has a new value, or is gone: a body that is not in it becomes an orphan. */
void           leyden_flow_check_body       (LeydenFlow *self, const char *node, LeydenValue *body);
GHashTable    *leyden_flow_get_bodies       (LeydenFlow *self);     /* node id → LeydenFlow, owned; NULL before the first */
void           leyden_flow_take_body        (LeydenFlow *self, const char *node, LeydenFlow *body);
LeydenValue   *leyden_flow_get_synced       (LeydenFlow *self);
void           leyden_flow_set_synced       (LeydenFlow *self, LeydenValue *body);
void           leyden_flow_set_parent       (LeydenFlow *self, LeydenFlow *parent, const char *container);
gboolean       leyden_flow_is_body          (LeydenFlow *self);
gboolean       leyden_flow_read_elements    (LeydenFlow *self, LeydenValue *value, char **pointer, GError **error);

/* "nodes" for a node; NULL for the flow. */
const char    *leyden_element_kind_get_list (LeydenElementKind kind);

G_END_DECLS
