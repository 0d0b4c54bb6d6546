/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden"

#include "config.h"

#include "leyden-application.h"
#include "leyden-locale.h"
#include "leyden-settings.h"

int
main (int    argc,
      char **argv)
{
  g_autoptr(LeydenApplication) application = NULL;

  leyden_locale_init ();
  g_set_prgname ("leyden");

  leyden_settings_apply_renderer ();
  application = leyden_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
