/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dataset-preview.h"

#include "leyden-steps-view.h"

/* More columns than a person compares at a glance. */
#define MAX_COLUMNS 12

struct _LeydenDatasetPreview
{
  GtkWidget    parent_instance;

  GtkWidget   *scroller;
  GtkWidget   *view;
  LeydenValue *info;
};

G_DEFINE_FINAL_TYPE (LeydenDatasetPreview, leyden_dataset_preview, GTK_TYPE_WIDGET)

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 60);
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         gpointer                  data)
{
  LeydenDatasetPreview *self = data;
  const char *column = g_object_get_data (G_OBJECT (factory), "column");
  LeydenValue *row =
    leyden_value_get_item (leyden_value_get_member (self->info, "rows"), gtk_list_item_get_position (item));
  LeydenValue *value = leyden_value_get_member (row, column);
  g_autofree char *text = value != NULL ? leyden_format_value (value, 200) : g_strdup ("");

  g_strdelimit (text, "\n", ' ');
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
append_column (LeydenDatasetPreview *self,
               const char           *name,
               gboolean              wide)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr(LeydenValue) value = leyden_value_new_string (name, -1);
  g_autofree char *title = leyden_format_value (value, 40);
  GtkColumnViewColumn *column;

  g_object_set_data_full (G_OBJECT (factory), "column", g_strdup (name), g_free);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, wide);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), column);
  g_object_unref (column);
}

/* The column with the longest example takes the room that is left. */
static guint
find_widest (LeydenValue *columns)
{
  guint widest = 0;
  gsize longest = 0;

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    {
      gsize length = 0;

      leyden_value_get_string (leyden_value_get_member (leyden_value_get_item (columns, i), "example"), &length);
      if (length > longest)
        {
          longest = length;
          widest = i;
        }
    }
  return widest;
}

void
leyden_dataset_preview_set_info (LeydenDatasetPreview *self,
                                 LeydenValue          *info)
{
  LeydenValue *columns = leyden_value_get_member (info, "columns");
  guint n_rows = leyden_value_get_size (leyden_value_get_member (info, "rows"));
  g_autoptr(GtkStringList) rows = gtk_string_list_new (NULL);
  GListModel *old;

  g_return_if_fail (LEYDEN_IS_DATASET_PREVIEW (self));

  if (info == self->info)
    return;
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), NULL);
  old = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));
  while (g_list_model_get_n_items (old) > 0)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (old, 0);

      gtk_column_view_remove_column (GTK_COLUMN_VIEW (self->view), column);
    }
  g_clear_pointer (&self->info, leyden_value_unref);
  if (info == NULL)
    return;
  self->info = leyden_value_ref (info);
  for (guint i = 0; i < leyden_value_get_size (columns) && i < MAX_COLUMNS; i++)
    append_column (self, leyden_value_get_member_string (leyden_value_get_item (columns, i), "name", ""), i == find_widest (columns));
  for (guint i = 0; i < n_rows; i++)
    gtk_string_list_append (rows, "");
  {
    g_autoptr(GtkNoSelection) model = gtk_no_selection_new (G_LIST_MODEL (g_steal_pointer (&rows)));

    gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (model));
  }
}

static void
leyden_dataset_preview_dispose (GObject *object)
{
  LeydenDatasetPreview *self = LEYDEN_DATASET_PREVIEW (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->info, leyden_value_unref);
  G_OBJECT_CLASS (leyden_dataset_preview_parent_class)->dispose (object);
}

static void
leyden_dataset_preview_class_init (LeydenDatasetPreviewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_dataset_preview_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_dataset_preview_init (LeydenDatasetPreview *self)
{
  self->view = gtk_column_view_new (NULL);
  gtk_widget_add_css_class (self->view, "data-table");
  /* Only to look at: Tab would stop at every row of it. */
  gtk_widget_set_can_focus (self->view, FALSE);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (self->scroller), 120);
  gtk_scrolled_window_set_has_frame (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

GtkWidget *
leyden_dataset_preview_new (void)
{
  return g_object_new (LEYDEN_TYPE_DATASET_PREVIEW, NULL);
}
