/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_CATALOG_ERROR_SYNTAX,          /* not JSON */
  LEYDEN_CATALOG_ERROR_DESCRIPTOR,      /* JSON, but no descriptor; the JSON pointer is in the message */
  LEYDEN_CATALOG_ERROR_EXISTS,          /* a type of that name is there already */
} LeydenCatalogError;
#define LEYDEN_CATALOG_ERROR (leyden_catalog_error_quark ())
GQuark leyden_catalog_error_quark (void);

/* Ports that a parameter makes. */
typedef enum
{
  LEYDEN_PORTS_FIXED,
  LEYDEN_PORTS_TEMPLATE,        /* one for each variable */
  LEYDEN_PORTS_FIELDS,          /* one for each field */
  LEYDEN_PORTS_WEIGHTS,         /* one for each member, of type reward */
  LEYDEN_PORTS_CASES,           /* one for each case */
} LeydenPortsKind;

typedef struct
{
  LeydenPortsKind  kind;
  char            *parameter;
} LeydenPortsFrom;

/* A descriptor (data/schema/descriptor.json) in memory. */
typedef struct
{
  LeydenNodeType   type;        /* first: the public face */
  LeydenPortsFrom  inputs_from;
  LeydenPortsFrom  outputs_from;
  LeydenValue     *value;       /* as read, untranslated */
} LeydenDescriptor;

LeydenDescriptor *leyden_descriptor_parse    (GBytes *bytes, const char *name, GError **error);
void              leyden_descriptor_free     (LeydenDescriptor *self);
/* Fixed ports, then the ones that the node's parameters make; at most LEYDEN_MAX_PORTS. (transfer full) */
GPtrArray        *leyden_descriptor_dup_ports (LeydenDescriptor *self, LeydenNode *node, gboolean outputs);
/* The same of a container: @inside are the ports of each `input` (@outputs: each `output`) node of its body, in the order of their
 * ids, (element-type GPtrArray of LeydenPort). (transfer full) */
GPtrArray        *leyden_descriptor_dup_container_ports (LeydenDescriptor *self, LeydenNode *node, gboolean outputs, GPtrArray *inside);

G_END_DECLS
