/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <graphene.h>
#include "leyden-node-types.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_FLOW_ERROR_SYNTAX,     /* not JSON, or too deep, duplicate key …; line and column in the message */
  LEYDEN_FLOW_ERROR_FORMAT,     /* JSON, but no flow; pointer and line in the message */
  LEYDEN_FLOW_ERROR_VERSION,    /* made by a newer Leyden (only where reading it is refused) */
  LEYDEN_FLOW_ERROR_LIMIT,      /* more than 100 000 nodes, or 64 MiB */
  LEYDEN_FLOW_ERROR_FILE,       /* not a regular file, no permission, disk full … */
  LEYDEN_FLOW_ERROR_CHANGED,    /* replaced on disk meanwhile */
  LEYDEN_FLOW_ERROR_READ_ONLY,
  LEYDEN_FLOW_ERROR_EDIT,       /* an edit that does not fit the flow */
} LeydenFlowError;
#define LEYDEN_FLOW_ERROR (leyden_flow_error_quark ())
GQuark leyden_flow_error_quark (void);

/* Elements are immutable boxed values over a LeydenValue (unknown keys kept); an edit replaces the element. Reference-counted. */
typedef struct _LeydenEdge LeydenEdge;
typedef struct _LeydenFrame LeydenFrame;
typedef struct _LeydenNote LeydenNote;

LeydenNode            *leyden_node_ref            (LeydenNode *self);
void                   leyden_node_unref          (LeydenNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenNode, leyden_node_unref)
const char            *leyden_node_get_id         (LeydenNode *self);
const char            *leyden_node_get_type_name  (LeydenNode *self);
const char            *leyden_node_get_title      (LeydenNode *self);          /* "" when it has none */
graphene_point_t       leyden_node_get_position   (LeydenNode *self);          /* clamped to ±1e6 */
LeydenValue           *leyden_node_get_parameters (LeydenNode *self);          /* object, never NULL */
LeydenValue           *leyden_node_get_parameter  (LeydenNode *self, const char *name);   /* own value or NULL */
/* The node's mark on a parameter: its name, or {"name", "domain": values that training may try, "locked"}; NULL: not marked. */
LeydenValue           *leyden_node_get_trainable  (LeydenNode *self, const char *parameter);
/* The parameter that an entry of "trainable" names; NULL when it names none. */
const char            *leyden_trainable_get_name  (LeydenValue *entry);
/* Whether training may change it: marked and not locked. */
gboolean               leyden_node_is_trainable   (LeydenNode *self, const char *parameter);
guint                  leyden_node_get_retry_max  (LeydenNode *self);          /* 0: no retry */
/* The node's `flow` {nodes, edges, …}, the body of a container; NULL without one. */
LeydenValue           *leyden_node_get_body       (LeydenNode *self);
/* The `input` and `output` nodes of the body, by id: its interface. (element-type LeydenNode) (transfer none) (nullable) */
GPtrArray             *leyden_node_get_body_ends  (LeydenNode *self);
LeydenValue           *leyden_node_get_value      (LeydenNode *self);          /* as in the file */

LeydenEdge            *leyden_edge_ref            (LeydenEdge *self);
void                   leyden_edge_unref          (LeydenEdge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenEdge, leyden_edge_unref)
const char            *leyden_edge_get_id         (LeydenEdge *self);
const char            *leyden_edge_get_source     (LeydenEdge *self);
const char            *leyden_edge_get_source_port (LeydenEdge *self);
const char            *leyden_edge_get_target     (LeydenEdge *self);
const char            *leyden_edge_get_target_port (LeydenEdge *self);
LeydenValue           *leyden_edge_get_value      (LeydenEdge *self);

LeydenFrame           *leyden_frame_ref           (LeydenFrame *self);
void                   leyden_frame_unref         (LeydenFrame *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFrame, leyden_frame_unref)
const char            *leyden_frame_get_id        (LeydenFrame *self);
const char            *leyden_frame_get_title     (LeydenFrame *self);
graphene_rect_t        leyden_frame_get_bounds    (LeydenFrame *self);
const char            *leyden_frame_get_color     (LeydenFrame *self);         /* "blue", … or NULL */
LeydenValue           *leyden_frame_get_value     (LeydenFrame *self);

LeydenNote            *leyden_note_ref            (LeydenNote *self);
void                   leyden_note_unref          (LeydenNote *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenNote, leyden_note_unref)
const char            *leyden_note_get_id         (LeydenNote *self);
const char            *leyden_note_get_text       (LeydenNote *self);
graphene_rect_t        leyden_note_get_bounds     (LeydenNote *self);
const char            *leyden_note_get_color      (LeydenNote *self);
LeydenValue           *leyden_note_get_value      (LeydenNote *self);

/**
 * LeydenFlow: the graph in memory. File form (data/schema/flow.json), keys in this order:
 * leyden 1, id, title, description, datasets [{name, sha256, hint, mapping}], view {x, y, zoom},
 * nodes [{id, type, title, position {x, y}, parameters {}, trainable [name | {name, domain, locked}], retry {max, on},
 *         mode "disabled" | "bypassed", flow {view, nodes, edges, frames, notes} (the body of a container)}],
 * edges [{id, source, source_port, target, target_port, points [{x, y}]}],
 * frames [{id, title, position, size {width, height}, color}], notes [{id, text, position, size, color}], then unknown ones.
 *
 * Signal "changed" (LeydenEdit *edit): after an edit was applied; what it names has its new value.
 *
 * The body of a container is a flow of its own, with the same functions: see leyden_flow_get_body(). An edit of a body is an edit of
 * the whole flow whose changes have a scope (leyden_edit_set_scope()). Afterwards "changed" is emitted by the body with what changed
 * in it, and by each flow around it with a change of the container's `flow`.
 */
#define LEYDEN_TYPE_FLOW (leyden_flow_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFlow, leyden_flow, LEYDEN, FLOW, GObject)

LeydenFlow            *leyden_flow_new            (void);                      /* empty, with a new id */
/* Reads a file's text. Structural faults that do not stop reading (two nodes with one id, an edge to nowhere, a
 * cycle, unknown types) are kept in the flow and found by leyden_flow_check(). @name is for messages. */
LeydenFlow            *leyden_flow_parse          (GBytes *bytes, const char *name, GError **error);
/* From a value that was read with the strict policy. */
LeydenFlow            *leyden_flow_from_value     (LeydenValue *value, GError **error);
LeydenValue           *leyden_flow_to_value       (LeydenFlow *self);          /* (transfer full), canonical order */
/* The canonical file. (transfer full) */
GBytes                *leyden_flow_serialize      (LeydenFlow *self);
/* SHA-256 of the part that runs (nodes, edges, without titles, positions, frames, notes, view), 64 hex digits: two
 * flows that do the same have the same. */
char                  *leyden_flow_hash           (LeydenFlow *self);

const char            *leyden_flow_get_id         (LeydenFlow *self);
const char            *leyden_flow_get_title      (LeydenFlow *self);
#define LEYDEN_FLOW_FORMAT 1            /* format version that this program writes; a file of a later one is read only */
gint64                 leyden_flow_get_version    (LeydenFlow *self);          /* format version of the file */
LeydenValue           *leyden_flow_get_property_value (LeydenFlow *self, const char *key);   /* top-level key, nullable */
guint                  leyden_flow_get_n_nodes    (LeydenFlow *self);
guint                  leyden_flow_get_n_edges    (LeydenFlow *self);
LeydenNode            *leyden_flow_get_node       (LeydenFlow *self, const char *id);        /* (transfer none) */
/* The first node of a type in the order of ids; NULL when there is none. (transfer none), O(nodes) */
LeydenNode            *leyden_flow_find_node      (LeydenFlow *self, const char *type);
LeydenEdge            *leyden_flow_get_edge       (LeydenFlow *self, const char *id);
LeydenFrame           *leyden_flow_get_frame      (LeydenFlow *self, const char *id);
LeydenNote            *leyden_flow_get_note       (LeydenFlow *self, const char *id);
/* (transfer container), sorted by id in byte order. */
GPtrArray             *leyden_flow_list_nodes     (LeydenFlow *self);
GPtrArray             *leyden_flow_list_edges     (LeydenFlow *self);
GPtrArray             *leyden_flow_list_frames    (LeydenFlow *self);
GPtrArray             *leyden_flow_list_notes     (LeydenFlow *self);
/* Edges at a node, O(degree); @port NULL: all. (transfer container) */
GPtrArray             *leyden_flow_list_edges_in  (LeydenFlow *self, const char *node, const char *port);
GPtrArray             *leyden_flow_list_edges_out (LeydenFlow *self, const char *node, const char *port);
/* Whether a node is only called: what leaves it are wires of its output @tools_port alone, and at least one. */
gboolean               leyden_flow_is_only_called (LeydenFlow *self, const char *node, const char *tools_port);
/* An unused id of 8 characters (leyden_id_new_node). */
char                  *leyden_flow_new_element_id (LeydenFlow *self);
/* Seeds the ids that are made, for tests. */
void                   leyden_flow_set_id_seed    (LeydenFlow *self, guint32 seed);

/* Containers may be nested this deep; more is an error of the flow. */
#define LEYDEN_FLOW_MAX_DEPTH 16
/* The body of a container, NULL when the node has none. The same object until the node goes or its `flow` is changed as a whole;
 * then that object is an orphan (leyden_flow_is_orphan()) that can still be read. (transfer none) */
LeydenFlow            *leyden_flow_get_body       (LeydenFlow *self, const char *node);
/* The body at the end of a list of containers, outermost first; @self for an empty one. (transfer none) (nullable) */
LeydenFlow            *leyden_flow_find_body      (LeydenFlow *self, const char * const *scope);
/* The flow that the container of this body stands in; NULL for a whole flow and an orphan. (transfer none) */
LeydenFlow            *leyden_flow_get_parent     (LeydenFlow *self);
/* Id of the container whose body this is (the last one, for an orphan); NULL for a whole flow. */
const char            *leyden_flow_get_container  (LeydenFlow *self);
gboolean               leyden_flow_is_orphan      (LeydenFlow *self);
LeydenFlow            *leyden_flow_get_root       (LeydenFlow *self);          /* (transfer none) */
/* Ids of the containers from the whole flow down to this body; empty for a whole flow. (transfer full) */
char                 **leyden_flow_dup_scope      (LeydenFlow *self);
/* The path of a node in a flow with bodies, "solve/check": scope and id. (transfer full) */
char                  *leyden_flow_join_path      (const char * const *scope, const char *id);
/* The same of a path as a rollout has it, "solve[3]/check": without the numbers of the rounds. (transfer full) */
char                  *leyden_node_path_collapse  (const char *path);
/* The node at such a path and the scope that it stands in (out, transfer full, nullable). Ids are any text: what fits first is
 * taken. (transfer none) (nullable) */
LeydenNode            *leyden_flow_find_path      (LeydenFlow *self, const char *path, char ***scope);
/* Nodes of the flow and of all its bodies. O(nodes) */
guint                  leyden_flow_count_nodes    (LeydenFlow *self);
/* A body with an `input` and an `output` node, wired or not: what a new container begins with. @fields: list of FIELDS for the
 * input, @results for the output. The ids of the two are their types, each time. (transfer full) */
LeydenValue           *leyden_flow_new_body       (LeydenValue *fields, LeydenValue *results);

/* Order and cycles. Ranks are the longest path from a source over fired edges (tools wires do not count). */
typedef struct _LeydenFlowOrder LeydenFlowOrder;
LeydenFlowOrder       *leyden_flow_order_new      (LeydenFlow *self, LeydenNodeTypes *types);
void                   leyden_flow_order_free     (LeydenFlowOrder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFlowOrder, leyden_flow_order_free)
/* Nodes in (rank, id) order; on a cycle those of it are missing. (transfer none) */
GPtrArray             *leyden_flow_order_get_nodes (LeydenFlowOrder *self);
int                    leyden_flow_order_get_rank (LeydenFlowOrder *self, const char *node);   /* −1: on or behind a cycle */
/* Ids of one cycle in order, NULL-terminated, or NULL. (transfer none) */
const char * const    *leyden_flow_order_get_cycle (LeydenFlowOrder *self);

G_END_DECLS
