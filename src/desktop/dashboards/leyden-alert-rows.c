/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-rows.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-button.h"
#include "leyden-experiment-parts.h"

GtkWidget *
leyden_form_switch (const char *title,
                    const char *subtitle,
                    gboolean    active,
                    GtkWidget **toggle)
{
  GtkWidget *row = adw_action_row_new ();

  *toggle = gtk_switch_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (*toggle, GTK_ALIGN_CENTER);
  gtk_switch_set_active (GTK_SWITCH (*toggle), active);
  gtk_accessible_update_property (GTK_ACCESSIBLE (*toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), *toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), *toggle);
  return row;
}

void
leyden_form_set_choices (GtkWidget          *row,
                         const char * const *names,
                         guint               selected)
{
  g_autoptr(GtkStringList) list = gtk_string_list_new (names);

  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), selected);
}

GtkWidget *
leyden_form_choice (const char         *title,
                    const char * const *names,
                    guint               selected)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  leyden_form_set_choices (row, names, selected);
  return row;
}

GtkWidget *
leyden_form_entry (const char *title,
                   const char *text)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text != NULL ? text : "");
  return row;
}

gboolean
leyden_form_get_number (GtkWidget *entry,
                        double    *number)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  char *end = NULL;

  *number = NAN;
  if (*text == '\0')
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  if (*end != '\0')
    *number = strtod (text, &end);
  if (*end == '\0' && isfinite (*number))
    return TRUE;
  *number = NAN;
  return FALSE;
}

void
leyden_form_set_number (GtkWidget *entry,
                        double     number)
{
  g_autofree char *text = isnan (number) ? g_strdup ("") : g_strdup_printf ("%.10g", number);

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

void
leyden_form_set_suffix (GtkWidget  *entry,
                        const char *suffix)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (entry), "suffix");
  GtkEditable *text = gtk_editable_get_delegate (GTK_EDITABLE (entry));

  if (label == NULL)
    {
      label = gtk_label_new (NULL);
      gtk_widget_add_css_class (label, "dim-label");
      adw_entry_row_add_suffix (ADW_ENTRY_ROW (entry), label);
      g_object_set_data (G_OBJECT (entry), "suffix", label);
    }
  gtk_label_set_text (GTK_LABEL (label), suffix != NULL ? suffix : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, gtk_label_get_text (GTK_LABEL (label)), -1);
}

void
leyden_form_set_problem (GtkWidget  *message,
                         const char *text)
{
  gtk_widget_remove_css_class (message, "dim-label");
  gtk_widget_add_css_class (message, "error");
  leyden_part_set_text (message, text, 400);
}

void
leyden_form_set_missing (GtkWidget  *message,
                         GtkWidget  *save_button,
                         gboolean    missing,
                         const char *text)
{
  leyden_form_set_problem (message, missing ? text : NULL);
  if (missing)
    {
      gtk_widget_remove_css_class (message, "error");
      gtk_widget_add_css_class (message, "dim-label");
    }
  gtk_widget_set_sensitive (save_button, !missing);
  gtk_widget_set_tooltip_text (save_button, missing ? text : NULL);
}

static void
cancel_cb (GtkWindow *window)
{
  gtk_window_close (window);
}

void
leyden_form_build (AdwWindow   *window,
                   GtkWidget   *child,
                   const char  *save,
                   GtkWidget  **cancel_button,
                   GtkWidget  **save_button,
                   GtkWidget  **message)
{
  GtkWidget *outer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *header = adw_header_bar_new (), *scroller = gtk_scrolled_window_new (), *clamp = adw_clamp_new ();

  *cancel_button = leyden_button_new_with_mnemonic (_("_Cancel"));
  *save_button = leyden_button_new_with_mnemonic (save);
  *message = leyden_part_label ("", "error");
  gtk_widget_add_css_class (*save_button, "suggested-action");
  gtk_widget_set_visible (*message, FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), *cancel_button);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), *save_button);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), *message);
  gtk_box_append (GTK_BOX (box), child);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (outer), header);
  gtk_box_append (GTK_BOX (outer), scroller);
  adw_window_set_content (window, outer);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  leyden_part_outlive_parent (GTK_WINDOW (window));
  gtk_widget_set_size_request (GTK_WIDGET (window), 340, -1);
  g_signal_connect_object (*cancel_button, "clicked", G_CALLBACK (cancel_cb), window, G_CONNECT_SWAPPED);
}

/* ---- Lists of what happened ---- */

static gint64
get_id (LeydenValue *entry)
{
  return leyden_value_get_member_int (entry, "id", 0);
}

static LeydenValue *
get_entry (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "entry");
}

static GtkWidget *
new_entry_row (LeydenValue       *entry,
               LeydenFormMakeRow  make,
               gpointer           data)
{
  GtkWidget *row = make (entry, data);

  g_object_set_data_full (G_OBJECT (row), "entry", leyden_value_ref (entry), (GDestroyNotify) leyden_value_unref);
  return row;
}

void
leyden_form_append_entries (GtkWidget         *list,
                            LeydenValue       *entries,
                            LeydenFormMakeRow  make,
                            gpointer           data)
{
  for (guint i = 0; i < leyden_value_get_size (entries); i++)
    gtk_list_box_append (GTK_LIST_BOX (list), new_entry_row (leyden_value_get_item (entries, i), make, data));
}

static gboolean
holds (LeydenValue *entries,
       LeydenValue *entry)
{
  for (guint i = 0; i < leyden_value_get_size (entries); i++)
    if (leyden_value_equal (leyden_value_get_item (entries, i), entry))
      return TRUE;
  return FALSE;
}

gboolean
leyden_form_renew_entries (GtkWidget         *list,
                           LeydenValue       *entries,
                           gint64             before,
                           LeydenFormMakeRow  make,
                           gpointer           data)
{
  guint n = leyden_value_get_size (entries);
  gint64 last = n > 0 ? get_id (leyden_value_get_item (entries, n - 1)) : 0;
  GtkWidget *row = gtk_widget_get_first_child (list);
  gboolean stay = before > 0 && row != NULL && get_id (get_entry (row)) >= last;

  while (row != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (row);

      if (get_id (get_entry (row)) < last ? !stay : !holds (entries, get_entry (row)))
        gtk_list_box_remove (GTK_LIST_BOX (list), row);
      row = next;
    }
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *entry = leyden_value_get_item (entries, i);
      GtkListBoxRow *there = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) i);

      if (there == NULL || get_id (get_entry (GTK_WIDGET (there))) != get_id (entry))
        gtk_list_box_insert (GTK_LIST_BOX (list), new_entry_row (entry, make, data), (int) i);
    }
  return gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) n) != NULL;
}
