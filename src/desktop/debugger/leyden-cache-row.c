/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-cache-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

struct _LeydenCacheRow
{
  GtkWidget      parent_instance;

  LeydenSession *session;
  GCancellable  *cancellable;
  GtkWidget     *box;
  GtkWidget     *check;
  GtkWidget     *figures;
  GtkWidget     *clear;
};

G_DEFINE_FINAL_TYPE (LeydenCacheRow, leyden_cache_row, GTK_TYPE_WIDGET)

static char *
format_figures (LeydenValue *figures)
{
  LeydenValue *stored = leyden_value_get_member (figures, "stored");
  LeydenValue *place = leyden_value_get_kind (stored) == LEYDEN_VALUE_OBJECT ? stored : leyden_value_get_member (figures, "memory");
  gint64 entries = leyden_value_get_member_int (place, "entries", 0);
  gint64 hits = leyden_value_get_member_int (figures, "hits", 0);
  gint64 misses = leyden_value_get_member_int (figures, "misses", 0);
  gint64 invalidations = leyden_value_get_member_int (figures, "invalidations", 0);
  g_autofree char *size = g_format_size ((guint64) MAX (0, leyden_value_get_member_int (place, "bytes", 0)));
  g_autofree char *kept = NULL;

  if (entries == 0 && hits + misses == 0)
    return g_strdup (_("Nothing is kept yet"));
  kept = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'d result kept (%s)", "%'d results kept (%s)", (gulong) entries), (int) entries, size);
  /* Translators: “12 results kept (34 kB) · 5 reused, 7 run, 3 of them because something had changed” */
  return g_strdup_printf (_("%s · %d reused, %d run, %d of them because something had changed"), kept, (int) hits, (int) misses, (int) invalidations);
}

void
leyden_cache_row_set_figures (LeydenCacheRow *self,
                              LeydenValue    *figures)
{
  LeydenValue *stored = leyden_value_get_member (figures, "stored");
  LeydenValue *memory = leyden_value_get_member (figures, "memory");
  g_autofree char *text = figures != NULL ? format_figures (figures) : NULL;

  g_return_if_fail (LEYDEN_IS_CACHE_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->figures), text != NULL ? text : "");
  gtk_widget_set_visible (self->figures, text != NULL);
  gtk_widget_set_visible (self->clear, leyden_value_get_member_int (stored, "entries", 0) + leyden_value_get_member_int (memory, "entries", 0) > 0);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenCacheRow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) figures = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (figures != NULL)
    {
      leyden_cache_row_set_figures (self, figures);
      return;
    }
  /* A backend that is not there, or an older one: the switch alone stays. */
  leyden_cache_row_set_figures (self, NULL);
  if (!g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    {
      g_autofree char *shown = leyden_text_display (error->message, -1, 200, FALSE);

      gtk_label_set_text (GTK_LABEL (self->figures), shown);
      gtk_widget_set_visible (self->figures, TRUE);
    }
}

static void
ask (LeydenCacheRow *self,
     const char     *method)
{
  leyden_backend_request_async (leyden_session_get_backend (self->session), method, "/leyden/v1/cache", NULL, self->cancellable, answered_cb,
                                g_object_ref (self));
}

void
leyden_cache_row_refresh (LeydenCacheRow *self)
{
  g_return_if_fail (LEYDEN_IS_CACHE_ROW (self));
  ask (self, "GET");
}

static void
clear_cb (LeydenCacheRow *self)
{
  ask (self, "DELETE");
}

const char *
leyden_cache_row_get_mode (LeydenCacheRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_CACHE_ROW (self), NULL);
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (self->check)) ? "use" : "refresh";
}

void
leyden_cache_row_set_reuse (LeydenCacheRow *self,
                            gboolean        reuse)
{
  g_return_if_fail (LEYDEN_IS_CACHE_ROW (self));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->check), reuse);
}

static void
leyden_cache_row_dispose (GObject *object)
{
  LeydenCacheRow *self = LEYDEN_CACHE_ROW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_cache_row_parent_class)->dispose (object);
}

static void
leyden_cache_row_finalize (GObject *object)
{
  g_clear_object (&LEYDEN_CACHE_ROW (object)->cancellable);
  G_OBJECT_CLASS (leyden_cache_row_parent_class)->finalize (object);
}

static void
leyden_cache_row_class_init (LeydenCacheRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_cache_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_cache_row_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_cache_row_init (LeydenCacheRow *self)
{
  GtkWidget *label = gtk_label_new (_("Reuse results of nodes for which nothing changed"));

  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->check = gtk_check_button_new ();
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->check), TRUE);
  gtk_check_button_set_child (GTK_CHECK_BUTTON (self->check), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Reuse results of nodes for which nothing changed"), -1);
  self->figures = gtk_label_new ("");
  gtk_label_set_wrap (GTK_LABEL (self->figures), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->figures), 0);
  gtk_widget_add_css_class (self->figures, "dim-label");
  gtk_widget_add_css_class (self->figures, "caption");
  gtk_widget_set_visible (self->figures, FALSE);
  self->clear = gtk_button_new_with_label (_("Forget Kept Results"));
  gtk_widget_set_halign (self->clear, GTK_ALIGN_START);
  gtk_widget_set_visible (self->clear, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->check);
  gtk_box_append (GTK_BOX (self->box), self->figures);
  gtk_box_append (GTK_BOX (self->box), self->clear);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->clear, "clicked", G_CALLBACK (clear_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_cache_row_new (LeydenSession *session)
{
  LeydenCacheRow *self = g_object_new (LEYDEN_TYPE_CACHE_ROW, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
