/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-editor-context.h"
#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * LeydenValueEditor: a widget that shows and changes one parameter's value. One implementation per kind of parameter.
 *
 * Signal "edited" (LeydenValue *value): the user changed it; also while typing. A text that is no value yet (half a JSON) is not
 * emitted: it goes to "invalid" (const char *message) instead, NULL when it is right again.
 * Signal "expand" (): the user wants a larger one, leyden_value_editor_new_large_for().
 * Signals "connect-input" (const char *input, const char *node, const char *output) and "add-input" (const char *input): repairs that change
 * more than the value.
 */
#define LEYDEN_TYPE_VALUE_EDITOR (leyden_value_editor_get_type ())
G_DECLARE_INTERFACE (LeydenValueEditor, leyden_value_editor, LEYDEN, VALUE_EDITOR, GtkWidget)

struct _LeydenValueEditorInterface
{
  GTypeInterface parent_iface;

  void (*set_value)   (LeydenValueEditor *self, LeydenValue *value);
  /* Optional: @context (nullable, kept by reference) is what is known of the node now. */
  void (*set_context) (LeydenValueEditor *self, LeydenEditorContext *context);
};

/* Shows @value (NULL: null) without emitting "edited"; what is already shown keeps its cursor. */
void       leyden_value_editor_set_value    (LeydenValueEditor *self, LeydenValue *value);
/* Tells what is known of the node. @context (nullable) */
void       leyden_value_editor_set_context  (LeydenValueEditor *self, LeydenEditorContext *context);
/* For implementations. @value (transfer none) */
void       leyden_value_editor_emit_edited  (LeydenValueEditor *self, LeydenValue *value);
void       leyden_value_editor_emit_invalid (LeydenValueEditor *self, const char *message);

/* The editor for a parameter, with its accessible name. (transfer floating) */
GtkWidget *leyden_value_editor_new_for      (const LeydenParameter *parameter);
/* The same in a window of its own; NULL where there is none. (transfer floating) */
GtkWidget *leyden_value_editor_new_large_for (const LeydenParameter *parameter);
void       leyden_value_editor_emit_expand  (LeydenValueEditor *self);
void       leyden_value_editor_emit_connect (LeydenValueEditor *self, const char *input, const char *node, const char *output);
void       leyden_value_editor_emit_add_input (LeydenValueEditor *self, const char *input);
/* NULL when @value suits the parameter, else a translated sentence that says what is wrong. @names (nullable): the inputs that an
 * expression may read. (transfer full) */
char      *leyden_value_editor_check        (const LeydenParameter *parameter, LeydenValue *value, const char * const *names);
/* Fields and weights make ports: each row of the list has a "name" of its own. NULL, or what is wrong. (transfer full) */
char      *leyden_value_editor_check_names  (LeydenValue *list);
/* The wheel moves the inspector, not the number that happens to be under the pointer. */
void       leyden_value_editor_ignore_scrolling (GtkWidget *widget);

G_END_DECLS
