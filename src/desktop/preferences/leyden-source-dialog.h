/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenSourceDialog: adds or changes a source of figures (help/sources.md) and its key. The key goes to the key ring, and to the local backend
 * for this session.
 *
 * Signal "saved" (const char *notice): it was; @notice (nullable) is what the person should know, translated.
 */
#define LEYDEN_TYPE_SOURCE_DIALOG (leyden_source_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSourceDialog, leyden_source_dialog, LEYDEN, SOURCE_DIALOG, AdwWindow)

/* @source NULL: a new one. */
GtkWidget *leyden_source_dialog_new  (GtkWindow *parent, LeydenValue *source);
/* As its button: asks the server for its version. */
void       leyden_source_dialog_test (LeydenSourceDialog *self);

G_END_DECLS
