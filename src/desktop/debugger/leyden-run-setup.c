/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-run-setup.h"

#include <glib/gi18n-lib.h>

#include "leyden-spinner.h"
#include "leyden-text.h"

static const char * const splits[] = { NULL, "train", "validation", "test" };

struct _LeydenRunSetup
{
  GtkWidget            parent_instance;

  LeydenDatasetChoice *choice;
  GtkWidget           *box;
  GtkWidget           *name;
  GtkWidget           *spinner;
  GtkWidget           *message;
  GtkWidget           *details;         /* rows and mapping; hidden until ready */
  GtkWidget           *rows;            /* drop-down of splits */
  GtkWidget           *parts;           /* for training, which takes all rows: how they are used */
  GtkWidget           *columns;         /* caption of the mapping */
  GtkWidget           *mapping;         /* grid */
  LeydenValue         *shown_info;
  LeydenValue         *shown_fields;
  gboolean             updating;
};

G_DEFINE_FINAL_TYPE (LeydenRunSetup, leyden_run_setup, GTK_TYPE_WIDGET)

static void
file_chosen_cb (GtkNativeDialog *dialog,
                int              response,
                gpointer         data)
{
  g_autoptr(LeydenRunSetup) self = data;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      leyden_dataset_choice_set_file (self->choice, file);
    }
  g_object_unref (dialog);
}

static void
choose_clicked_cb (LeydenRunSetup *self)
{
  GtkFileChooserNative *dialog =
    gtk_file_chooser_native_new (_("Choose a Data Set"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                 GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), _("_Cancel"));
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _("Data sets (JSON Lines, CSV)"));
  gtk_file_filter_add_suffix (filter, "jsonl");
  gtk_file_filter_add_suffix (filter, "ndjson");
  gtk_file_filter_add_suffix (filter, "csv");
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (file_chosen_cb), g_object_ref (self));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static gboolean
drop_cb (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         gpointer       data)
{
  LeydenRunSetup *self = data;
  GSList *files = gdk_file_list_get_files (g_value_get_boxed (value));
  gboolean taken = files != NULL;

  /* A folder or a broken link is refused by the upload, off the main loop, with a message. */
  if (taken)
    leyden_dataset_choice_set_file (self->choice, files->data);
  g_slist_free (files);
  return taken;
}

static void
column_selected_cb (GtkDropDown *dropdown,
                    GParamSpec  *pspec,
                    gpointer     data)
{
  LeydenRunSetup *self = data;
  guint selected = gtk_drop_down_get_selected (dropdown);
  LeydenValue *columns = leyden_value_get_member (leyden_dataset_choice_get_info (self->choice), "columns");

  if (self->updating)
    return;
  leyden_dataset_choice_map (self->choice, g_object_get_data (G_OBJECT (dropdown), "field"),
                             selected == 0 ? NULL
                                           : leyden_value_get_member_string (leyden_value_get_item (columns, selected - 1), "name",
                                                                             NULL));
}

static GtkWidget *
new_column_dropdown (LeydenRunSetup *self,
                     const char     *field)
{
  LeydenValue *columns = leyden_value_get_member (leyden_dataset_choice_get_info (self->choice), "columns");
  const char *mapped = leyden_value_get_member_string (leyden_dataset_choice_get_mapping (self->choice), field, NULL);
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;
  GtkWidget *dropdown;

  gtk_string_list_append (titles, _("Nothing"));
  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    {
      const char *name = leyden_value_get_member_string (leyden_value_get_item (columns, i), "name", "");
      g_autofree char *shown = leyden_text_display (name, -1, 40, FALSE);

      gtk_string_list_append (titles, shown);
      if (g_strcmp0 (name, mapped) == 0)
        selected = i + 1;
    }
  dropdown = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (dropdown), selected);
  gtk_widget_set_hexpand (dropdown, TRUE);
  g_object_set_data_full (G_OBJECT (dropdown), "field", g_strdup (field), g_free);
  g_signal_connect_object (dropdown, "notify::selected", G_CALLBACK (column_selected_cb), self, 0);
  return dropdown;
}

static void
fill_mapping (LeydenRunSetup *self,
              LeydenValue    *fields)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->mapping)) != NULL)
    gtk_grid_remove (GTK_GRID (self->mapping), child);
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      g_autofree char *shown = leyden_text_display (leyden_value_get_member_string (field, "title", name), -1, 40, FALSE);
      g_autofree char *spoken = g_strdup_printf (_("Column for %s"), shown);
      GtkWidget *label = gtk_label_new (shown);
      GtkWidget *dropdown = new_column_dropdown (self, name);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_accessible_update_property (GTK_ACCESSIBLE (dropdown), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
      gtk_grid_attach (GTK_GRID (self->mapping), label, 0, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (self->mapping), dropdown, 1, (int) i, 1, 1);
    }
}

static char *
split_title (LeydenValue *info,
             guint        index)
{
  int n = (int) (index == 0 ? leyden_value_get_member_int (info, "n_rows", 0)
                            : leyden_value_get_member_int (leyden_value_get_member (info, "splits"), splits[index], 0));

  switch (index)
    {
    case 0:
      return g_strdup_printf (_("All rows (%d)"), n);
    case 1:
      return g_strdup_printf (_("Train (%d)"), n);
    case 2:
      return g_strdup_printf (_("Validation (%d)"), n);
    default:
      return g_strdup_printf (_("Test (%d)"), n);
    }
}

static void
fill_parts (LeydenRunSetup *self,
            LeydenValue    *info)
{
  LeydenValue *counts = leyden_value_get_member (info, "splits");
  g_autofree char *text = g_strdup_printf (_("%d to learn from, %d to choose by, %d to judge by"),
                                           (int) leyden_value_get_member_int (counts, "train", 0),
                                           (int) leyden_value_get_member_int (counts, "validation", 0),
                                           (int) leyden_value_get_member_int (counts, "test", 0));

  gtk_label_set_text (GTK_LABEL (self->parts), text);
}

static void
fill_rows (LeydenRunSetup *self,
           LeydenValue    *info)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->rows));
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (splits); i++)
    {
      g_autofree char *title = split_title (info, i);

      gtk_string_list_append (titles, title);
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->rows), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->rows), selected < G_N_ELEMENTS (splits) ? selected : 0);
}

static gboolean
take_value (LeydenValue **slot,
            LeydenValue  *value)
{
  if (*slot != NULL && value != NULL && leyden_value_equal (*slot, value))
    return FALSE;
  g_clear_pointer (slot, leyden_value_unref);
  *slot = value != NULL ? leyden_value_ref (value) : NULL;
  return TRUE;
}

static void
update (LeydenRunSetup *self)
{
  LeydenDatasetState state = leyden_dataset_choice_get_state (self->choice);
  const char *name = leyden_dataset_choice_get_name (self->choice);
  const char *message = leyden_dataset_choice_get_message (self->choice);
  LeydenValue *info = leyden_dataset_choice_get_info (self->choice);
  LeydenValue *fields = leyden_dataset_choice_get_fields (self->choice);
  g_autofree char *shown_name = name != NULL ? leyden_text_display (name, -1, 60, FALSE) : NULL;
  g_autofree char *shown_message = message != NULL ? leyden_text_display (message, -1, 400, TRUE) : NULL;
  gboolean new_info, new_fields;

  self->updating = TRUE;
  gtk_label_set_text (GTK_LABEL (self->name), shown_name != NULL ? shown_name : _("No data set"));
  gtk_label_set_text (GTK_LABEL (self->message),
                      shown_message != NULL             ? shown_message
                      : state == LEYDEN_DATASET_NONE ? _("Choose a JSON Lines or CSV file, or drop one here.")
                                                     : "");
  gtk_widget_set_visible (self->message, shown_message != NULL || state == LEYDEN_DATASET_NONE);
  if (state == LEYDEN_DATASET_FAILED)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
  gtk_widget_set_visible (self->spinner, state == LEYDEN_DATASET_LOADING);
  leyden_spinner_set_active (GTK_SPINNER (self->spinner), state == LEYDEN_DATASET_LOADING);
  gtk_widget_set_visible (self->details, state == LEYDEN_DATASET_READY);
  if (state == LEYDEN_DATASET_READY)
    {
      new_info = take_value (&self->shown_info, info);
      new_fields = take_value (&self->shown_fields, fields);
      if (new_info)
        {
          fill_rows (self, info);
          fill_parts (self, info);
        }
      if (new_info || new_fields)
        fill_mapping (self, fields);
    }
  self->updating = FALSE;
}

static void
leyden_run_setup_dispose (GObject *object)
{
  LeydenRunSetup *self = LEYDEN_RUN_SETUP (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->shown_info, leyden_value_unref);
  g_clear_pointer (&self->shown_fields, leyden_value_unref);
  g_clear_object (&self->choice);
  G_OBJECT_CLASS (leyden_run_setup_parent_class)->dispose (object);
}

static void
leyden_run_setup_class_init (LeydenRunSetupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_run_setup_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_caption (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption-heading");
  return label;
}

static GtkWidget *
create_header (LeydenRunSetup *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = gtk_button_new_with_label (_("Choose…"));

  self->name = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (self->name, TRUE);
  self->spinner = gtk_spinner_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spinner), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Reading"), -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (choose_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (line), self->name);
  gtk_box_append (GTK_BOX (line), self->spinner);
  gtk_box_append (GTK_BOX (line), button);
  return line;
}

static void
leyden_run_setup_init (LeydenRunSetup *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->message, "caption");
  self->details = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->rows = gtk_drop_down_new (NULL, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->rows), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Rows"), -1);
  self->parts = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->parts), 0);
  gtk_label_set_wrap (GTK_LABEL (self->parts), TRUE);
  gtk_widget_set_visible (self->parts, FALSE);
  self->mapping = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (self->mapping), 6);
  gtk_grid_set_column_spacing (GTK_GRID (self->mapping), 9);

  gtk_box_append (GTK_BOX (self->box), new_caption (_("Data set")));
  gtk_box_append (GTK_BOX (self->box), create_header (self));
  gtk_box_append (GTK_BOX (self->box), self->message);
  gtk_box_append (GTK_BOX (self->details), new_caption (_("Rows")));
  gtk_box_append (GTK_BOX (self->details), self->rows);
  gtk_box_append (GTK_BOX (self->details), self->parts);
  self->columns = new_caption (_("Columns"));
  gtk_box_append (GTK_BOX (self->details), self->columns);
  gtk_box_append (GTK_BOX (self->details), self->mapping);
  gtk_box_append (GTK_BOX (self->box), self->details);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));

  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

GtkWidget *
leyden_run_setup_new (LeydenDatasetChoice *choice)
{
  LeydenRunSetup *self;

  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (choice), NULL);

  self = g_object_new (LEYDEN_TYPE_RUN_SETUP, NULL);
  self->choice = g_object_ref (choice);
  g_signal_connect_object (choice, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

GtkWidget *
leyden_run_setup_new_for_training (LeydenDatasetChoice *choice)
{
  GtkWidget *widget = leyden_run_setup_new (choice);

  g_return_val_if_fail (widget != NULL, NULL);
  gtk_widget_set_visible (LEYDEN_RUN_SETUP (widget)->rows, FALSE);
  gtk_widget_set_visible (LEYDEN_RUN_SETUP (widget)->columns, FALSE);
  gtk_widget_set_visible (LEYDEN_RUN_SETUP (widget)->mapping, FALSE);
  gtk_widget_set_visible (LEYDEN_RUN_SETUP (widget)->parts, TRUE);
  return widget;
}

const char *
leyden_run_setup_get_split (LeydenRunSetup *self)
{
  guint selected;

  g_return_val_if_fail (LEYDEN_IS_RUN_SETUP (self), NULL);
  selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->rows));
  return selected < G_N_ELEMENTS (splits) ? splits[selected] : NULL;
}

gint64
leyden_run_setup_get_n_rows (LeydenRunSetup *self)
{
  LeydenValue *info;
  const char *split;

  g_return_val_if_fail (LEYDEN_IS_RUN_SETUP (self), -1);
  info = leyden_dataset_choice_get_info (self->choice);
  split = leyden_run_setup_get_split (self);
  if (info == NULL)
    return -1;
  return split == NULL ? leyden_value_get_member_int (info, "n_rows", -1)
                       : leyden_value_get_member_int (leyden_value_get_member (info, "splits"), split, -1);
}
