/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * leyden_python_check:
 * @script: UTF-8
 * @line: (out): of the problem, from 1
 *
 * What can be said of a Python script without Python: brackets and texts that have no end, and indentation, by the rules of the language's
 * own tokenizer (The Python Language Reference, 2.1.8). Nothing is run. What it accepts may still be wrong: Python says that when it runs.
 * O(length), any thread.
 *
 * Returns: (transfer full) (nullable): translated, with the line; %NULL: nothing was found
 */
char *leyden_python_check (const char *script,
                           guint      *line);

G_END_DECLS
