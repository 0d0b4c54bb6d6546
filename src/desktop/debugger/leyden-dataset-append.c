/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dataset-append.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* Data of the flow: where its rows go. */
#define FILE_KEY "leyden-dataset-file"

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
  LeydenNode *node = leyden_flow_find_node (flow, "input");
  LeydenValue *fields = NULL;

  if (node != NULL)
    fields = leyden_node_types_get_parameter (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), node, "fields");
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);

      if (g_strcmp0 (leyden_value_get_member_string (field, "role", ""), "expected") == 0)
        return leyden_value_get_member_string (field, "name", NULL);
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

static gboolean
is_json_lines (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *lower = name != NULL ? g_ascii_strdown (name, -1) : NULL;

  return lower != NULL && (g_str_has_suffix (lower, ".jsonl") || g_str_has_suffix (lower, ".ndjson"));
}

GFile *
leyden_dataset_append_get_file (LeydenFlow *flow)
{
  return flow != NULL ? g_object_get_data (G_OBJECT (flow), FILE_KEY) : NULL;
}

void
leyden_dataset_append_set_file (LeydenFlow *flow,
                                GFile      *file)
{
  g_return_if_fail (LEYDEN_IS_FLOW (flow));

  if (file != NULL && is_json_lines (file))
    g_object_set_data_full (G_OBJECT (flow), FILE_KEY, g_object_ref (file), g_object_unref);
  else
    g_object_set_data (G_OBJECT (flow), FILE_KEY, NULL);
}

/* --- one line more --- */

typedef struct
{
  GFile    *file;
  char     *line;
  gboolean  create;
} Append;

static void
append_free (gpointer data)
{
  Append *append = data;

  g_clear_object (&append->file);
  g_free (append->line);
  g_free (append);
}

/* What stands in front of the new row: nothing, or the end of a last line that has none, so that its row stays a row. NULL: this is no JSON
 * Lines file, and nothing of ours belongs into it. */
static const char *
find_separator (GFile   *file,
                GError **error)
{
  g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *name = NULL;
  g_autofree char *shown = NULL;
  char first = '{', last = '\n';
  gssize n;

  if (stream == NULL)
    return NULL;
  n = g_input_stream_read (G_INPUT_STREAM (stream), &first, 1, NULL, error);
  if (n < 0)
    return NULL;
  if (n == 0)
    return "";
  if (first == '{')
    {
      if (!g_seekable_seek (G_SEEKABLE (stream), -1, G_SEEK_END, NULL, error) ||
          g_input_stream_read (G_INPUT_STREAM (stream), &last, 1, NULL, error) < 0)
        return NULL;
      return last == '\n' ? "" : "\n";
    }
  name = g_file_get_basename (file);
  shown = leyden_text_path (name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _("%s does not hold JSON Lines (one object a line); nothing was added"), shown);
  return NULL;
}

static void
append_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Append *append = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileOutputStream) stream = NULL;
  const char *separator = append->create ? "" : find_separator (append->file, &error);
  g_autofree char *text = separator != NULL ? g_strconcat (separator, append->line, "\n", NULL) : NULL;

  if (append->create)
    stream = g_file_replace (append->file, NULL, FALSE, G_FILE_CREATE_NONE, cancellable, &error);
  else if (separator != NULL)
    stream = g_file_append_to (append->file, G_FILE_CREATE_NONE, cancellable, &error);
  if (stream == NULL || !g_output_stream_write_all (G_OUTPUT_STREAM (stream), text, strlen (text), NULL, cancellable, &error) ||
      !g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

void
leyden_dataset_append_async (GFile               *file,
                             LeydenValue         *row,
                             gboolean             create,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  Append *append;

  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (row != NULL);

  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_dataset_append_async);
  append = g_new0 (Append, 1);
  append->file = g_object_ref (file);
  append->line = leyden_json_write (row, LEYDEN_JSON_COMPACT);
  append->create = create;
  g_task_set_task_data (task, append, append_free);
  g_task_run_in_thread (task, append_thread);
}

gboolean
leyden_dataset_append_finish (GAsyncResult *result,
                              GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- which file --- */

static void
response_cb (GtkNativeDialog *dialog,
             int              response,
             gpointer         data)
{
  g_autoptr(GTask) task = data;

  if (response == GTK_RESPONSE_ACCEPT)
    g_task_return_pointer (task, gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)), g_object_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  g_object_unref (dialog);
}

void
leyden_dataset_append_choose_async (GtkWidget           *parent,
                                    gboolean             create,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  GtkFileChooserNative *dialog;
  GtkFileFilter *filter;
  GTask *task;

  g_return_if_fail (GTK_IS_WIDGET (parent));

  task = g_task_new (parent, NULL, callback, data);
  g_task_set_source_tag (task, leyden_dataset_append_choose_async);
  dialog = gtk_file_chooser_native_new (create ? _("New Data Set") : _("Add the Row to a Data Set"),
                                        GTK_WINDOW (gtk_widget_get_root (parent)),
                                        create ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_OPEN,
                                        create ? _("_Create") : _("_Add"), _("_Cancel"));
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _("Data sets (JSON Lines)"));
  gtk_file_filter_add_suffix (filter, "jsonl");
  gtk_file_filter_add_suffix (filter, "ndjson");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  g_object_unref (filter);
  if (create)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), _("rows.jsonl"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), task);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

GFile *
leyden_dataset_append_choose_finish (GAsyncResult *result,
                                     GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
