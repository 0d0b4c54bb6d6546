/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-result-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-dataset-append.h"
#include "leyden-text.h"
#include "leyden-try-state.h"

/* The rollout as a row of a data set. */

void
leyden_try_result_update_row_button (LeydenTryResult *self)
{
  GFile *file = leyden_dataset_append_get_file (self->flow);
  g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;
  g_autofree char *shown = name != NULL ? leyden_text_path (name) : NULL;
  g_autofree char *label = shown != NULL ? g_strdup_printf (_("Add to %s"), shown) : g_strdup (_("Add as Data-Set Row"));

  adw_split_button_set_label (ADW_SPLIT_BUTTON (self->add_row), label);
}

static void
row_added_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenTryResult) self = data;
  g_autoptr(GError) error = NULL;

  gtk_widget_set_sensitive (self->add_row, TRUE);
  if (leyden_dataset_append_finish (result, &error))
    {
      g_autofree char *name = g_file_get_basename (self->row_file);
      g_autofree char *shown = leyden_text_path (name);
      g_autofree char *text = g_strdup_printf (_("Added to %s as its last row."), shown);

      if (self->flow != NULL)
        leyden_dataset_append_set_file (self->flow, self->row_file);
      leyden_try_result_update_row_button (self);
      leyden_try_result_set_note (self, text);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leyden_try_result_set_note (self, error->message);
}

static void
add_row (LeydenTryResult *self,
         GFile           *file,
         gboolean         create)
{
  g_autoptr(LeydenValue) input = self->input != NULL ? leyden_value_ref (self->input) : leyden_try_state_make_input (self->state, self->flow);
  g_autoptr(LeydenValue) row = leyden_dataset_append_make_row (self->flow, input, leyden_value_get_member (self->state, "result"));

  g_set_object (&self->row_file, file);
  gtk_widget_set_sensitive (self->add_row, FALSE);
  leyden_dataset_append_async (file, row, create, NULL, row_added_cb, g_object_ref (self));
}

static void
new_file_chosen_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GFile) file = leyden_dataset_append_choose_finish (result, NULL);

  if (file != NULL)
    add_row (LEYDEN_TRY_RESULT (object), file, TRUE);
}

static void
file_chosen_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(GFile) file = leyden_dataset_append_choose_finish (result, NULL);

  if (file != NULL)
    add_row (LEYDEN_TRY_RESULT (object), file, FALSE);
}

static void
row_new_file_action (GtkWidget  *widget,
                     const char *action,
                     GVariant   *parameter)
{
  leyden_dataset_append_choose_async (widget, TRUE, new_file_chosen_cb, NULL);
}

static void
row_existing_file_action (GtkWidget  *widget,
                          const char *action,
                          GVariant   *parameter)
{
  leyden_dataset_append_choose_async (widget, FALSE, file_chosen_cb, NULL);
}

static void
add_row_clicked_cb (LeydenTryResult *self)
{
  GFile *file = leyden_dataset_append_get_file (self->flow);

  if (file != NULL)
    add_row (self, file, FALSE);
  else
    adw_split_button_popup (ADW_SPLIT_BUTTON (self->add_row));
}

void
leyden_try_result_install_row (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, add_row_clicked_cb);
  gtk_widget_class_install_action (widget_class, "row.new-file", NULL, row_new_file_action);
  gtk_widget_class_install_action (widget_class, "row.existing-file", NULL, row_existing_file_action);
}
