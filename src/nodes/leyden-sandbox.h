/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What keeps a command away from the rest of the machine. */
typedef enum
{
  LEYDEN_SANDBOX_NONE,
  LEYDEN_SANDBOX_BUBBLEWRAP,
  LEYDEN_SANDBOX_FLATPAK,       /* the portal, from inside Flatpak */
} LeydenSandbox;

/* Which one works here; tried once. @reason (out) (nullable) (transfer none): why there is none, translated. LEYDEN_SANDBOX=none in the
 * environment does without. Any thread. */
LeydenSandbox leyden_sandbox_find      (const char **reason);
const char   *leyden_sandbox_to_string (LeydenSandbox self);    /* "bubblewrap"; NULL for none */
/* The folders in which a program without a path is looked for; also the command's PATH. */
const char   *leyden_sandbox_get_path  (void);
/* The command line that runs @command (absolute program first) inside @self. No network unless @network, read-only system, a private /tmp and no
 * home, a session of its own, ends with its parent. No value of a variable is on it: everybody may read command lines. (transfer full) */
GStrv         leyden_sandbox_make_argv (LeydenSandbox self, const char * const *command, gboolean network);
/* What to start that command line with, so that the command gets @environment ("NAME=value") and nothing else: bubblewrap passes its own on, and
 * flatpak-spawn (1.0.5 or newer) reads it from descriptor 3. @third (out) (transfer full) (nullable): what has to be there. (transfer full) */
GStrv         leyden_sandbox_make_environment (LeydenSandbox self, const char * const *environment, GBytes **third);

G_END_DECLS
