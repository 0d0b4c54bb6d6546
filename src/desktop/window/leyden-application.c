/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-application.h"

#include "leyden-window.h"

struct _LeydenApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (LeydenApplication, leyden_application, ADW_TYPE_APPLICATION)

static void
leyden_application_activate (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (window == NULL)
    window = GTK_WINDOW (leyden_window_new (LEYDEN_APPLICATION (application)));
  gtk_window_present (window);
}

static void
leyden_application_class_init (LeydenApplicationClass *klass)
{
  G_APPLICATION_CLASS (klass)->activate = leyden_application_activate;
}

static void
leyden_application_init (LeydenApplication *self)
{
}

LeydenApplication *
leyden_application_new (void)
{
  return g_object_new (LEYDEN_TYPE_APPLICATION,
                       "application-id", APPLICATION_ID,
                       "resource-base-path", "/io/github/leyden/Leyden",
                       NULL);
}
