/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollouts-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Rows of one request: some megabytes at most are held. */
#define CHUNK 10000

/*  file ──► rows of the snapshot, a chunk ──► written ──► the next, while there are more ──► said  */

typedef struct
{
  LeydenRolloutsPage *page;
  GFile              *file;
  GFileOutputStream  *stream;           /* nullable */
  char               *format;
  char               *question;         /* as part of an address */
  guint               offset;
  guint               n;
} Export;

static void ask_chunk (Export *self);

static void
export_free (Export *self)
{
  g_object_unref (self->page);
  g_object_unref (self->file);
  g_clear_object (&self->stream);
  g_free (self->format);
  g_free (self->question);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

/* What is closed so never takes the place of the file that was there. */
static void
abandon (GFileOutputStream *stream)
{
  g_autoptr(GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  g_output_stream_close_async (G_OUTPUT_STREAM (stream), G_PRIORITY_DEFAULT, cancelled, NULL, NULL);
}

/* Takes @self. */
static void
export_end (Export       *self,
            const GError *error)
{
  g_autoptr(Export) export = self;
  g_autofree char *name = g_file_get_basename (self->file), *shown = leyden_text_path (name);
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u row was written to %s", "%'u rows were written to %s", self->n), self->n, shown);

  if (error != NULL && self->stream != NULL && !g_output_stream_is_closed (G_OUTPUT_STREAM (self->stream)))
    abandon (self->stream);
  if (self->page->outer != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leyden_rollouts_page_say (self->page, error != NULL ? error->message : text);
}

static void
closed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GError) error = NULL;

  g_output_stream_close_finish (G_OUTPUT_STREAM (object), result, &error);
  export_end (data, error);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, &error))
    export_end (self, error);
  else if (self->offset < self->n)
    ask_chunk (self);
  else
    g_output_stream_close_async (G_OUTPUT_STREAM (object), G_PRIORITY_DEFAULT, self->page->cancellable, closed_cb, self);
}

static void
chunk_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;
  GBytes *bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (bytes == NULL)
    {
      export_end (self, error);
      return;
    }
  self->offset += CHUNK;
  /* It is held until it is written. */
  g_object_set_data_full (G_OBJECT (self->stream), "chunk", bytes, (GDestroyNotify) g_bytes_unref);
  g_output_stream_write_all_async (G_OUTPUT_STREAM (self->stream), g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), G_PRIORITY_DEFAULT,
                                   self->page->cancellable, written_cb, self);
}

static void
ask_chunk (Export *self)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/export?format=%s&offset=%u&limit=%u&query=%s", self->format, self->offset, CHUNK,
                                           self->question);

  leyden_backend_fetch_async (leyden_session_get_backend (self->page->session), path, self->page->cancellable, chunk_cb, self);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Export *self = data;
  g_autoptr(GError) error = NULL;

  self->stream = g_file_replace_finish (G_FILE (object), result, &error);
  if (self->stream != NULL)
    ask_chunk (self);
  else
    export_end (self, error);
}

void
leyden_rollouts_page_export (LeydenRolloutsPage *page,
                             GFile              *file,
                             const char         *format)
{
  Export *self = g_new0 (Export, 1);
  g_autoptr(LeydenValue) question = leyden_rollouts_page_dup_question (page);
  g_autofree char *text = leyden_json_write (question, LEYDEN_JSON_COMPACT);

  self->page = g_object_ref (page);
  self->file = g_object_ref (file);
  self->format = g_strdup (format);
  self->question = leyden_backend_escape (text);
  self->n = g_list_model_get_n_items (G_LIST_MODEL (page->model));
  g_file_replace_async (file, NULL, FALSE, G_FILE_CREATE_PRIVATE, G_PRIORITY_DEFAULT, page->cancellable, opened_cb, self);
}

static void
chosen_cb (GtkNativeDialog    *dialog,
           int                 response,
           LeydenRolloutsPage *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL)
    leyden_rollouts_page_export (self, file, g_object_get_data (G_OBJECT (dialog), "format"));
  g_clear_object (&self->chooser);
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  const char *format = g_variant_get_string (parameter, NULL);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Export Rollouts"), GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), g_str_equal (format, "csv") ? _("rollouts.csv") : _("rollouts.jsonl"));
  g_object_set_data_full (G_OBJECT (self->chooser), "format", g_strdup (format), g_free);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
leyden_rollouts_page_install_export (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "rollouts.export", "s", export_action);
}

void
leyden_rollouts_page_add_export_tool (LeydenRolloutsPage *self)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr(GMenu) menu = g_menu_new ();

  g_menu_append (menu, _("As CSV…"), "rollouts.export::csv");
  g_menu_append (menu, _("As JSON Lines…"), "rollouts.export::jsonl");
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("Export"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  leyden_rollout_filter_add_tool (self->filter, button);
}
