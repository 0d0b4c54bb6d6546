/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The program's settings, one object for the process (transfer none). The schema is looked for beside a program that runs
 * from its build folder, then where schemas are installed; without any the program cannot run and says so. */
GSettings *leyden_settings_get_default    (void);
/* Before GTK starts: chooses software drawing when the settings ask for it and the environment says nothing. */
void       leyden_settings_apply_renderer (void);

G_END_DECLS
