/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden"

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "leyden-application.h"
#include "leyden-settings.h"

int
main (int    argc,
      char **argv)
{
  g_autoptr(LeydenApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("leyden");

  leyden_settings_apply_renderer ();
  application = leyden_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
