/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-prompt-text.h"

G_BEGIN_DECLS

/* Foreground of a kind of text, "#rrggbb", on the background of views of libadwaita in that scheme: at least 4.5 to 1 (WCAG 2.1 AA; there is a
 * test), 7 to 1 in high contrast. */
const char *leyden_prompt_color (LeydenPromptKind kind, gboolean dark, gboolean high_contrast);

G_END_DECLS
