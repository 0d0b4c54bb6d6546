/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-library.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-library-row.h"

struct _LeydenLibrary
{
  GtkWidget       parent_instance;

  GtkWidget      *box;
  GtkSearchEntry *entry;
  GtkListBox     *list;
  GtkStack       *stack;
  GHashTable     *ranks;                /* LeydenNodeType → place from 1; NULL: no search */
};

G_DEFINE_FINAL_TYPE (LeydenLibrary, leyden_library, GTK_TYPE_WIDGET)

enum
{
  INSERT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static guint
get_rank (LeydenLibrary *self,
          GtkListBoxRow *row)
{
  const LeydenNodeType *type = leyden_library_row_get_node_type (LEYDEN_LIBRARY_ROW (row));

  return self->ranks != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (self->ranks, type))
                             : GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "place"));
}

static gboolean
filter_cb (GtkListBoxRow *row,
           gpointer       data)
{
  return get_rank (data, row) > 0;
}

static int
sort_cb (GtkListBoxRow *a,
         GtkListBoxRow *b,
         gpointer       data)
{
  return (int) get_rank (data, a) - (int) get_rank (data, b);
}

static void
header_cb (GtkListBoxRow *row,
           GtkListBoxRow *before,
           gpointer       data)
{
  LeydenLibrary *self = data;
  const LeydenNodeType *type = leyden_library_row_get_node_type (LEYDEN_LIBRARY_ROW (row));
  const LeydenNodeType *last = before != NULL ? leyden_library_row_get_node_type (LEYDEN_LIBRARY_ROW (before)) : NULL;
  GtkWidget *label;

  if (self->ranks != NULL || (last != NULL && g_str_equal (last->category, type->category)))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = gtk_label_new (leyden_catalog_get_category_title (type->category));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "libraryheading");
  gtk_list_box_row_set_header (row, label);
}

static GtkListBoxRow *
get_first_row (LeydenLibrary *self)
{
  for (int i = 0;; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, i);

      if (row == NULL || gtk_widget_get_child_visible (GTK_WIDGET (row)))
        return row;
    }
}

static void
search_changed_cb (LeydenLibrary *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));

  g_clear_pointer (&self->ranks, g_hash_table_unref);
  if (*text != '\0')
    {
      g_autoptr(GPtrArray) found = leyden_catalog_search (leyden_catalog_get_default (), text);

      self->ranks = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < found->len; i++)
        g_hash_table_insert (self->ranks, g_ptr_array_index (found, i), GUINT_TO_POINTER (i + 1));
    }
  gtk_list_box_invalidate_filter (self->list);
  gtk_list_box_invalidate_sort (self->list);
  gtk_list_box_invalidate_headers (self->list);
  gtk_stack_set_visible_child_name (self->stack, self->ranks != NULL && g_hash_table_size (self->ranks) == 0 ? "empty" : "list");
}

static void
row_activated_cb (LeydenLibrary *self,
                  GtkListBoxRow *row)
{
  g_signal_emit (self, signals[INSERT], 0, leyden_library_row_get_node_type (LEYDEN_LIBRARY_ROW (row))->type);
}

static void
entry_activate_cb (LeydenLibrary *self)
{
  GtkListBoxRow *row = get_first_row (self);

  if (row != NULL)
    row_activated_cb (self, row);
}

static void
next_match_cb (LeydenLibrary *self)
{
  GtkListBoxRow *row = get_first_row (self);

  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

static gboolean
entry_key_cb (LeydenLibrary   *self,
              guint            keyval,
              guint            keycode,
              GdkModifierType  state)
{
  if (keyval != GDK_KEY_Down)
    return FALSE;
  next_match_cb (self);
  return TRUE;
}

static void
stop_search_cb (LeydenLibrary *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
}

static void
fill (LeydenLibrary *self)
{
  g_autoptr(GPtrArray) types = leyden_catalog_list (leyden_catalog_get_default ());

  for (guint i = 0; i < types->len; i++)
    {
      GtkWidget *row = leyden_library_row_new (g_ptr_array_index (types, i));

      g_object_set_data (G_OBJECT (row), "place", GUINT_TO_POINTER (i + 1));
      gtk_list_box_append (self->list, row);
    }
}

/* Rows are made when the library is first seen: a window starts without a flow, and so without it. */
static void
leyden_library_map (GtkWidget *widget)
{
  LeydenLibrary *self = LEYDEN_LIBRARY (widget);

  if (gtk_list_box_get_row_at_index (self->list, 0) == NULL)
    fill (self);
  GTK_WIDGET_CLASS (leyden_library_parent_class)->map (widget);
}

static void
leyden_library_dispose (GObject *object)
{
  LeydenLibrary *self = LEYDEN_LIBRARY (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->ranks, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_library_parent_class)->dispose (object);
}

static void
leyden_library_class_init (LeydenLibraryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_library_dispose;
  widget_class->map = leyden_library_map;
  signals[INSERT] = g_signal_new ("insert", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-library.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenLibrary, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibrary, entry);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibrary, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenLibrary, stack);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_match_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "flowlibrary");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static void
leyden_library_init (LeydenLibrary *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (self->list, filter_cb, self, NULL);
  gtk_list_box_set_sort_func (self->list, sort_cb, self, NULL);
  gtk_list_box_set_header_func (self->list, header_cb, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Node types"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search the library"), -1);
}

GtkWidget *
leyden_library_new (void)
{
  return g_object_new (LEYDEN_TYPE_LIBRARY, NULL);
}

void
leyden_library_focus_search (LeydenLibrary *self)
{
  g_return_if_fail (LEYDEN_IS_LIBRARY (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

void
leyden_library_search (LeydenLibrary *self,
                       const char    *text)
{
  g_return_if_fail (LEYDEN_IS_LIBRARY (self));
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  search_changed_cb (self);
}
