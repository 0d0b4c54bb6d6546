/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-announce.h"

#define KEY "leyden-announcer"
#define DELAY_MS 200
#define MAX_TEXTS 3             /* of one announcement; a person would not listen to more */

typedef struct
{
  GtkLabel  *label;             /* weak: it goes before the window does, when somebody still holds that */
  GPtrArray *texts;             /* waiting, oldest first */
  guint      timeout_id;
  gboolean   odd;
} Announcer;

static void
announcer_free (gpointer data)
{
  Announcer *self = data;

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_weak_pointer (&self->label);
  g_ptr_array_unref (self->texts);
  g_free (self);
}

static gboolean
speak_cb (gpointer data)
{
  Announcer *self = data;
  g_autofree char *joined = NULL;
  g_autofree char *text = NULL;

  self->timeout_id = 0;
  if (self->label == NULL)
    return G_SOURCE_REMOVE;
  g_ptr_array_add (self->texts, NULL);
  joined = g_strjoinv ("; ", (char **) self->texts->pdata);
  g_ptr_array_set_size (self->texts, 0);
  /* The same once more is a change too. */
  self->odd = !self->odd;
  text = g_strconcat (joined, self->odd ? "" : " ", NULL);
  gtk_label_set_text (self->label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->label), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  return G_SOURCE_REMOVE;
}

void
leyden_announce_by (GtkWindow *window,
                    GtkLabel  *label)
{
  Announcer *self;

  g_return_if_fail (GTK_IS_WINDOW (window));
  g_return_if_fail (GTK_IS_LABEL (label));

  self = g_new0 (Announcer, 1);
  g_set_weak_pointer (&self->label, label);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  g_object_set_data_full (G_OBJECT (window), KEY, self, announcer_free);
}

gboolean
leyden_announce (GtkWidget  *widget,
                 const char *text)
{
  GtkRoot *root;
  Announcer *self;

  g_return_val_if_fail (GTK_IS_WIDGET (widget), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  root = gtk_widget_get_root (widget);
  self = root != NULL ? g_object_get_data (G_OBJECT (root), KEY) : NULL;
  if (self == NULL || gtk_widget_in_destruction (GTK_WIDGET (root)))
    return FALSE;
  for (guint i = 0; i < self->texts->len; i++)
    if (g_str_equal (g_ptr_array_index (self->texts, i), text))
      {
        g_ptr_array_remove_index (self->texts, i);
        break;
      }
  if (self->texts->len == MAX_TEXTS)
    g_ptr_array_remove_index (self->texts, 0);
  g_ptr_array_add (self->texts, g_strdup (text));
  if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (DELAY_MS, speak_cb, self);
  return TRUE;
}
