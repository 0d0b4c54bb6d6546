/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hash of a line of the audit log: SHA-256 of @before, "\n", @line in hexadecimal. @before: hash of the line before, "" for the first.
 * (transfer full) */
char *leyden_audit_chain (const char *before, const char *line);

G_END_DECLS
