/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"
#include "leyden-openai-wire.h"

G_BEGIN_DECLS

/* How a kind of server is spoken to. Static. */
typedef struct
{
  const char         *name;             /* as an endpoint names it */
  const char         *path;             /* behind the endpoint's address */
  const char         *key_header;       /* that the key stands in */
  const char         *key_prefix;       /* before the key */
  const char         *key_variable;     /* by which other programs know the key */
  const char         *version_header;   /* nullable */
  const char         *version;          /* its value */
  LeydenValue        *(*make_body)        (const LeydenModelCall *call, const char *model, LeydenOpenaiQuirks quirks, gboolean simulated);
  LeydenOpenaiQuirks  (*find_quirk)       (LeydenValue *sent, GBytes *refusal);         /* nullable */
  LeydenValue        *(*parse_answer)     (GBytes *bytes, GError **error);
  void                (*set_error)        (GError **error, guint status, GBytes *body);
  gpointer            (*assembler_new)    (void);
  void                (*assembler_free)   (gpointer self);
  gboolean            (*assembler_push)   (gpointer self, const char *data, gsize length, const char **delta, GError **error);
  gboolean            (*assembler_is_done) (gpointer self);
  void                (*assembler_mark_invalid_utf8) (gpointer self);
  LeydenValue        *(*assembler_finish) (gpointer self, GError **error);
} LeydenModelWire;

/* NULL for a name that is none. */
const LeydenModelWire *leyden_model_wire_find (const char *name);
/* Headers besides those of every call; @key nullable. */
void leyden_model_wire_add_headers (const LeydenModelWire *self, LeydenHttpRequest *request, const char *key);

G_END_DECLS
