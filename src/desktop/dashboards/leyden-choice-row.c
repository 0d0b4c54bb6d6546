/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-choice-row.h"

#include "leyden-text.h"

#define KEYS "leyden-choice-keys"

static GPtrArray *
get_keys (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), KEYS);
}

static GtkStringList *
get_titles (GtkWidget *row)
{
  return GTK_STRING_LIST (adw_combo_row_get_model (ADW_COMBO_ROW (row)));
}

GtkWidget *
leyden_choice_row_new (const char *title)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (titles));
  g_object_set_data_full (G_OBJECT (row), KEYS, g_ptr_array_new_with_free_func (g_free), (GDestroyNotify) g_ptr_array_unref);
  return row;
}

void
leyden_choice_row_clear (GtkWidget *row)
{
  GtkStringList *titles = get_titles (row);

  g_ptr_array_set_size (get_keys (row), 0);
  gtk_string_list_splice (titles, 0, g_list_model_get_n_items (G_LIST_MODEL (titles)), NULL);
}

void
leyden_choice_row_add (GtkWidget  *row,
                       const char *key,
                       const char *title)
{
  g_autofree char *shown = leyden_text_display (title, -1, 60, FALSE);

  g_ptr_array_add (get_keys (row), g_strdup (key));
  gtk_string_list_append (get_titles (row), shown);
}

void
leyden_choice_row_select (GtkWidget  *row,
                          const char *key)
{
  GPtrArray *keys = get_keys (row);
  guint index;

  if (!g_ptr_array_find_with_equal_func (keys, key, g_str_equal, &index))
    {
      index = keys->len;
      leyden_choice_row_add (row, key, key);
    }
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), index);
}

const char *
leyden_choice_row_get_key (GtkWidget *row)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (row));
  GPtrArray *keys = get_keys (row);

  return selected < keys->len ? g_ptr_array_index (keys, selected) : "";
}
