/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_PORT_ANY,
  LEYDEN_PORT_TEXT,
  LEYDEN_PORT_NUMBER,
  LEYDEN_PORT_BOOLEAN,
  LEYDEN_PORT_OBJECT,
  LEYDEN_PORT_LIST,
  LEYDEN_PORT_MESSAGES,
  LEYDEN_PORT_IMAGE,
  LEYDEN_PORT_AUDIO,
  LEYDEN_PORT_VIDEO,
  LEYDEN_PORT_FILE,
  LEYDEN_PORT_TOOLS,
  LEYDEN_PORT_REWARD,
  LEYDEN_N_PORT_TYPES,
} LeydenPortType;

typedef enum
{
  LEYDEN_CONVERSION_SAME,
  LEYDEN_CONVERSION_SILENT,     /* loses nothing: done by the engine */
  LEYDEN_CONVERSION_OFFERED,    /* a node can do it; the message names it */
  LEYDEN_CONVERSION_REFUSED,
} LeydenConversion;

/**
 * LeydenPortError:
 * @LEYDEN_PORT_ERROR_TYPE: the value does not fit the type; the message says what was expected and what came
 */
typedef enum
{
  LEYDEN_PORT_ERROR_TYPE,
} LeydenPortError;
#define LEYDEN_PORT_ERROR (leyden_port_error_quark ())
GQuark            leyden_port_error_quark      (void);

const char       *leyden_port_type_to_string   (LeydenPortType  type);          /* "text" */
gboolean          leyden_port_type_from_string (const char     *name,
                                                LeydenPortType *out);
const char       *leyden_port_type_get_title   (LeydenPortType  type);          /* translated */
/* @reason (out, nullable, transfer full): translated, for OFFERED and REFUSED. @node_type (out, nullable): the type of the node
 * that converts, for OFFERED. */
LeydenConversion  leyden_port_type_convert     (LeydenPortType  from,
                                                LeydenPortType  to,
                                                char          **reason,
                                                const char    **node_type);
/* Converts a value silently as the engine does at a wire; NULL with LEYDEN_PORT_ERROR when it does not fit. A null passes through
 * every type: it says that there is no value. Nothing is guessed: text that looks like a number is no number. (transfer full) */
LeydenValue      *leyden_port_type_coerce      (LeydenPortType  to,
                                                LeydenValue    *value,
                                                GError        **error);

G_END_DECLS
