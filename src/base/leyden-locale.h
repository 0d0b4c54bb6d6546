/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes the language and the formats of the environment, once, before anything else. Translations are those that are installed; LEYDEN_LOCALE_DIR
 * names another folder, for a program that runs where it was built. */
void leyden_locale_init (void);

G_END_DECLS
