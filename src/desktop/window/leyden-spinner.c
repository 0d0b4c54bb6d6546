/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "leyden-spinner.h"

#include <glib/gi18n-lib.h>

#define ACTIVE_KEY "leyden-spinner-active"
#define FOLLOWED_KEY "leyden-spinner-followed"

static void
update (GtkSpinner *spinner)
{
  gboolean active = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (spinner), ACTIVE_KEY));

  gtk_spinner_set_spinning (spinner, active && gtk_widget_get_mapped (GTK_WIDGET (spinner)));
}

void
leyden_spinner_set_active (GtkSpinner *spinner,
                           gboolean    active)
{
  g_return_if_fail (GTK_IS_SPINNER (spinner));

  if (g_object_get_data (G_OBJECT (spinner), FOLLOWED_KEY) == NULL)
    {
      g_object_set_data (G_OBJECT (spinner), FOLLOWED_KEY, spinner);
      g_signal_connect_after (spinner, "map", G_CALLBACK (update), NULL);
      g_signal_connect_after (spinner, "unmap", G_CALLBACK (update), NULL);
    }
  g_object_set_data (G_OBJECT (spinner), ACTIVE_KEY, GINT_TO_POINTER (active));
  update (spinner);
}

GtkWidget *
leyden_spinner_new_connecting (void)
{
  GtkWidget *spinner = gtk_spinner_new ();

  leyden_spinner_set_active (GTK_SPINNER (spinner), TRUE);
  gtk_widget_set_size_request (spinner, 32, 32);
  gtk_widget_set_halign (spinner, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (spinner, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spinner), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Connecting to the backend"), -1);
  return spinner;
}
