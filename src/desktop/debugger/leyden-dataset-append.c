/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dataset-append.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-text.h"

static LeydenValue *
expected_value (LeydenValue *result)
{
  if (leyden_value_get_kind (result) != LEYDEN_VALUE_OBJECT)
    return result;
  return leyden_value_get_size (result) == 1 ? leyden_value_get_item (result, 0) : result;
}

static const char *
find_expected_field (LeydenFlow *flow)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenValue *fields;

      if (!g_str_equal (leyden_node_get_type_name (node), "input"))
        continue;
      fields = leyden_node_types_get_parameter (types, node, "fields");
      for (guint j = 0; j < leyden_value_get_size (fields); j++)
        {
          LeydenValue *field = leyden_value_get_item (fields, j);

          if (g_strcmp0 (leyden_value_get_member_string (field, "role", ""), "expected") == 0)
            return leyden_value_get_member_string (field, "name", NULL);
        }
    }
  return NULL;
}

LeydenValue *
leyden_dataset_append_make_row (LeydenFlow  *flow,
                                LeydenValue *input,
                                LeydenValue *result)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *expected = flow != NULL ? find_expected_field (flow) : NULL;
  gboolean object = leyden_value_get_kind (input) == LEYDEN_VALUE_OBJECT;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; object && i < leyden_value_get_size (input); i++)
    leyden_value_builder_set (&builder, leyden_value_get_key (input, i), leyden_value_get_item (input, i));
  if (expected != NULL && leyden_value_get_member (input, expected) == NULL && result != NULL)
    leyden_value_builder_set (&builder, expected, expected_value (result));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

typedef struct
{
  GFile *file;
  char  *line;
} Append;

static void
append_free (gpointer data)
{
  Append *append = data;

  g_clear_object (&append->file);
  g_free (append->line);
  g_free (append);
}

/* A file that does not end with a new line gets one first, so that its last row stays a row. */
static gboolean
needs_newline (GFile *file)
{
  g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, NULL);
  char last;

  return stream != NULL && g_seekable_seek (G_SEEKABLE (stream), -1, G_SEEK_END, NULL, NULL) &&
         g_input_stream_read (G_INPUT_STREAM (stream), &last, 1, NULL, NULL) == 1 && last != '\n';
}

static void
append_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Append *append = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strconcat (needs_newline (append->file) ? "\n" : "", append->line, "\n", NULL);
  g_autoptr(GFileOutputStream) stream = g_file_append_to (append->file, G_FILE_CREATE_PRIVATE, cancellable, &error);

  if (stream == NULL || !g_output_stream_write_all (G_OUTPUT_STREAM (stream), text, strlen (text), NULL, cancellable, &error) ||
      !g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_task_return_pointer (task, g_file_get_basename (append->file), g_free);
}

static void
response_cb (GtkNativeDialog *dialog,
             int              response,
             gpointer         data)
{
  g_autoptr(GTask) task = data;
  Append *append = g_task_get_task_data (task);

  if (response != GTK_RESPONSE_ACCEPT)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  else
    {
      append->file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_task_run_in_thread (task, append_thread);
    }
  g_object_unref (dialog);
}

void
leyden_dataset_append_async (GtkWidget           *parent,
                             LeydenValue         *row,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  GtkFileChooserNative *dialog;
  GtkFileFilter *filter;
  Append *append;
  GTask *task;

  g_return_if_fail (GTK_IS_WIDGET (parent));
  g_return_if_fail (row != NULL);

  task = g_task_new (parent, NULL, callback, data);
  g_task_set_source_tag (task, leyden_dataset_append_async);
  append = g_new0 (Append, 1);
  append->line = leyden_json_write (row, LEYDEN_JSON_COMPACT);
  g_task_set_task_data (task, append, append_free);

  dialog = gtk_file_chooser_native_new (_("Add the Row to a Data Set"), GTK_WINDOW (gtk_widget_get_root (parent)),
                                        GTK_FILE_CHOOSER_ACTION_SAVE, _("_Add"), _("_Cancel"));
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _("Data sets (JSON Lines)"));
  gtk_file_filter_add_pattern (filter, "*.jsonl");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  g_object_unref (filter);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), "rows.jsonl");
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), task);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

char *
leyden_dataset_append_finish (GAsyncResult *result,
                              GError      **error)
{
  g_autofree char *name = g_task_propagate_pointer (G_TASK (result), error);

  return name != NULL ? leyden_text_path (name) : NULL;
}
