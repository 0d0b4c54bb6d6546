/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Prompt templates: {{ name }} and {{ name.path[0] }}, no code. Text that is no placeholder stays as it is. */
typedef struct _LeydenTemplate LeydenTemplate;

typedef enum
{
  LEYDEN_TEMPLATE_ERROR_SYNTAX,         /* "{{" without "}}", or not a name; offset in the message */
  LEYDEN_TEMPLATE_ERROR_UNKNOWN,        /* a variable that is not given */
  LEYDEN_TEMPLATE_ERROR_BUDGET,         /* the result would be over 16 MiB */
} LeydenTemplateError;
#define LEYDEN_TEMPLATE_ERROR (leyden_template_error_quark ())
GQuark leyden_template_error_quark (void);

LeydenTemplate     *leyden_template_new       (const char *text, GError **error);
void                leyden_template_free      (LeydenTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenTemplate, leyden_template_free)
/* Names of the variables (first path parts), sorted, once each. (transfer none) */
const char * const *leyden_template_get_names (LeydenTemplate *self);
/* @variables: object. Strings as they are, numbers as text, objects and lists as canonical compact JSON, null empty.
 * What a value holds is never read as template again. */
char               *leyden_template_render    (LeydenTemplate *self, LeydenValue *variables, GError **error);

/* The same where the text has rules of its own (an address, JSON): @encode appends @value as it must stand there. */
typedef void (*LeydenTemplateEncode) (GString *out, LeydenValue *value);
char               *leyden_template_render_encoded (LeydenTemplate *self, LeydenValue *variables, LeydenTemplateEncode encode,
                                                    GError **error);
/* A placeholder in a text that may be half written, for an editor. */
typedef struct
{
  gsize  start;         /* bytes in the text: of "{{" */
  gsize  end;           /* behind "}}"; where it is not closed: the end of its line, or the next "{{" */
  char  *name;          /* NULL when it is no placeholder; then @problem says why */
  char  *path;          /* what follows the name, "" for none */
  char  *problem;       /* translated */
} LeydenTemplateSpan;
void                leyden_template_span_free (LeydenTemplateSpan *self);
/* Every place of @text (UTF-8) that begins a placeholder, in order. Unlike leyden_template_new() it does not stop at the first that is
 * none; it stops after the first thousand. (element-type LeydenTemplateSpan) (transfer full) */
GPtrArray          *leyden_template_scan      (const char *text);

/* Whether the text begins with a placeholder. */
gboolean            leyden_template_begins_with_variable (LeydenTemplate *self);

G_END_DECLS
