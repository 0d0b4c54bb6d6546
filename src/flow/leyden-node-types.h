/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <graphene.h>
#include "leyden-port-type.h"

G_BEGIN_DECLS

/* What a template or field list makes beyond this is an error and not drawn (a node with 10 000 ports helps nobody). */
#define LEYDEN_MAX_PORTS 256

typedef struct _LeydenNode LeydenNode;          /* leyden-flow.h */

/* A port of a node as drawn and checked. Plain data, owned by the array that holds it. */
typedef struct
{
  char           *name;         /* unique in its direction */
  char           *title;        /* translated */
  char           *description;  /* translated, nullable */
  LeydenPortType  type;
  gboolean        required;     /* inputs */
  gboolean        multiple;     /* inputs: takes more than one wire (merge, tools) */
  gboolean        is_error;     /* outputs: the `error` port */
  LeydenValue    *fallback;     /* default of an optional input, nullable */
  char           *alive_parameter; /* outputs: gives something only while that parameter has one of alive_values; nullable */
  LeydenValue    *alive_values; /* list */
} LeydenPort;

typedef enum
{
  LEYDEN_PARAMETER_TEXT,        /* one line */
  LEYDEN_PARAMETER_MULTILINE,
  LEYDEN_PARAMETER_TEMPLATE,    /* prompt template, multi-line */
  LEYDEN_PARAMETER_INTEGER,
  LEYDEN_PARAMETER_NUMBER,
  LEYDEN_PARAMETER_BOOLEAN,
  LEYDEN_PARAMETER_ENUM,
  LEYDEN_PARAMETER_MODEL,       /* {"endpoint": name, "model": name}; null: the run's model */
  LEYDEN_PARAMETER_EXPRESSION,  /* SQL expression */
  LEYDEN_PARAMETER_REGEX,
  LEYDEN_PARAMETER_JSON_PATH,
  LEYDEN_PARAMETER_JSON,        /* any JSON */
  LEYDEN_PARAMETER_SCHEMA,      /* JSON Schema or null */
  LEYDEN_PARAMETER_FIELDS,      /* list of {name, type, title?, required?, role?, default?}: makes ports */
  LEYDEN_PARAMETER_EXAMPLES,    /* list of {input, output} */
  LEYDEN_PARAMETER_WEIGHTS,     /* object: input name to weight */
  LEYDEN_PARAMETER_SECRET,      /* {"secret": name} or null */
  LEYDEN_PARAMETER_CASES,       /* list of {name, title?, condition | value}: makes outputs */
} LeydenParameterKind;

typedef struct
{
  char                *name;
  char                *title;           /* translated */
  char                *help;            /* translated, nullable */
  char                *unit;            /* "s", "tokens"; nullable */
  char                *language;        /* for the editor: of MULTILINE "python", of EXPRESSION "condition"; nullable */
  LeydenParameterKind  kind;
  LeydenValue         *fallback;        /* default value, never NULL (JSON null counts) */
  double               minimum;         /* −INFINITY when open; also for the length of text: max only */
  double               maximum;
  double               step;            /* 0: none */
  gboolean             required;        /* must not be null or empty */
  gboolean             advanced;        /* folded away in the inspector */
  char               **choices;         /* ENUM: values, NULL-terminated */
  char               **choice_titles;   /* ENUM: translated, same length */
  char                *slot;            /* kind of slot when it may be trainable: prompt, examples, model, temperature, …; nullable */
  char                *visible_parameter; /* shown only when that parameter equals one of visible_values; nullable */
  LeydenValue         *visible_values;  /* list */
} LeydenParameter;

typedef enum
{
  LEYDEN_EFFECTS_NONE,          /* pure: may run again at any time */
  LEYDEN_EFFECTS_REPEATABLE,    /* costs something, harms nothing (a model call) */
  LEYDEN_EFFECTS_ONCE,          /* must not run twice by itself */
} LeydenEffects;

/* Of a kind whose nodes hold a flow. Its ports come from the body's `input` and `output` nodes: each field of the one is an input, each
 * of the other an output. */
typedef struct
{
  char        *item_parameter;  /* names the field that gets one item at a time; its input takes the list. NULL: none does */
  char        *index_parameter; /* names the field that gets the number of the round, from 0; it has no input. NULL: none does */
  gboolean     gives_lists;     /* each output gives the list of what the rounds gave */
  LeydenValue *fields;          /* of the input node that a new one begins with: FIELDS */
  LeydenValue *results;         /* of its output node */
} LeydenContainer;

/* What a kind of node is. Immutable after loading; lives as long as its catalogue. */
typedef struct
{
  char          *type;          /* "chat" */
  char          *title;         /* translated, "Model call" */
  char          *description;   /* translated, one sentence */
  char          *documentation; /* translated, paragraphs; nullable */
  char          *category;      /* "flow", "models", "tools", "data", "evaluation" */
  char          *icon;          /* symbolic icon name */
  char         **keywords;      /* for the search; translated */
  LeydenEffects  effects;
  GPtrArray     *inputs;        /* LeydenPort: the fixed ones */
  GPtrArray     *outputs;
  GPtrArray     *parameters;    /* LeydenParameter */
  char          *inputs_parameter; /* the parameter that makes inputs; nullable */
  GPtrArray     *input_groups;  /* GStrv: of each, at least one input must be wired; nullable */
  gboolean       is_tool;       /* has a `tools` output: is called, never fires */
  gboolean       calls_model;
  gboolean       outside;       /* what it gives may change by itself, or be changed by it: evaluations of it are not kept */
  gboolean       learns;        /* reads the train rows of the data set that is run over */
  LeydenContainer *container;   /* NULL: its nodes have no body */
  double         width, height; /* natural size on the canvas; the height grows with ports */
} LeydenNodeType;

const LeydenParameter *leyden_node_type_find_parameter (const LeydenNodeType *self, const char *name);
void                   leyden_port_free                (LeydenPort *port);
LeydenPort            *leyden_port_copy                (const LeydenPort *port);
void                   leyden_parameter_free           (LeydenParameter *parameter);
const char            *leyden_parameter_kind_to_string (LeydenParameterKind kind);       /* "multiline" */
gboolean               leyden_parameter_kind_from_string (const char *name, LeydenParameterKind *out);
void                   leyden_container_free           (LeydenContainer *self);
/* A port by name in an array of them. (transfer none) (nullable) */
LeydenPort            *leyden_ports_find               (GPtrArray *ports, const char *name);

/* The interface through which the flow asks about node types; implemented by LeydenCatalog. */
#define LEYDEN_TYPE_NODE_TYPES (leyden_node_types_get_type ())
G_DECLARE_INTERFACE (LeydenNodeTypes, leyden_node_types, LEYDEN, NODE_TYPES, GObject)

struct _LeydenNodeTypesInterface
{
  GTypeInterface parent_iface;

  const LeydenNodeType *(*lookup)     (LeydenNodeTypes *self, const char *type);
  /* (transfer full) (element-type LeydenPort): ports of this very node, the ones that its parameters make included. For an
   * unknown type: an empty array. */
  GPtrArray            *(*dup_inputs)  (LeydenNodeTypes *self, LeydenNode *node);
  GPtrArray            *(*dup_outputs) (LeydenNodeTypes *self, LeydenNode *node);
};

/* NULL for a type that is not installed. */
const LeydenNodeType *leyden_node_types_lookup      (LeydenNodeTypes *self, const char *type);
GPtrArray            *leyden_node_types_dup_inputs  (LeydenNodeTypes *self, LeydenNode *node);
GPtrArray            *leyden_node_types_dup_outputs (LeydenNodeTypes *self, LeydenNode *node);
/* A parameter's value: the node's own, else the default of its type. (transfer none) */
LeydenValue          *leyden_node_types_get_parameter (LeydenNodeTypes *self, LeydenNode *node, const char *name);
/* Its text, "" for anything else. */
const char           *leyden_node_types_get_text    (LeydenNodeTypes *self, LeydenNode *node, const char *name);
/* Whether a parameter counts with the values that the node has: an evaluator asks a model only as a judge. */
gboolean              leyden_node_types_is_in_use   (LeydenNodeTypes *self, LeydenNode *node, const LeydenParameter *parameter);
/* Size on the canvas: natural width and the height that its ports need. */
graphene_size_t       leyden_node_types_measure     (LeydenNodeTypes *self, LeydenNode *node);
/* The same for whoever has its type (nullable) and knows how many ports it has. */
graphene_size_t       leyden_node_type_measure      (const LeydenNodeType *type, guint n_inputs, guint n_outputs);
#define LEYDEN_NODE_HEADER 44.0         /* its title bar; ports come below, a row each */
#define LEYDEN_NODE_PORT_ROW 24.0
/* Where a port stands, from the top of a node of that height. Ports beyond what fits share the last place. */
double                leyden_node_types_get_port_y  (guint port, double height);

G_END_DECLS
