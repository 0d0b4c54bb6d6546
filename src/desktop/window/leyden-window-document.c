/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-recent.h"
#include "leyden-safe-text.h"
#include "leyden-samples.h"

#define SUFFIX ".leyden"

static void
set_busy (LeydenWindow *self,
          gboolean      busy)
{
  self->busy = busy;
  leyden_window_update_actions (self);
}

/* A window for one more document: this one when nothing is in it. */
static LeydenWindow *
get_window_for_next (LeydenWindow *self)
{
  LeydenWindow *window;

  if (leyden_window_is_pristine (self))
    return self;
  window = leyden_window_new (LEYDEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

void
leyden_window_new_document (LeydenWindow *self)
{
  g_autoptr(LeydenDocument) document = leyden_document_new (NULL);
  LeydenWindow *window = get_window_for_next (self);

  leyden_window_set_document (window, document);
}

void
leyden_window_open_sample (LeydenWindow *self,
                           const char   *name)
{
  const LeydenSample *sample;
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;

  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  sample = leyden_samples_find (name);
  if (sample == NULL)
    return;
  document = leyden_document_new_from_bytes (NULL, sample->bytes, sample->name, TRUE, &error);
  if (document == NULL)
    leyden_window_show_error (self, _("The Sample Could Not Be Opened"), error);
  else
    leyden_window_set_document (get_window_for_next (self), document);
}

/* --- opening --- */

void
leyden_window_drop_pending (LeydenWindow *self)
{
  if (self->pending != NULL)
    leyden_document_close (self->pending, FALSE);
  g_clear_object (&self->pending);
}

void
leyden_window_take_pending (LeydenWindow *self)
{
  g_autoptr(LeydenDocument) document = g_steal_pointer (&self->pending);

  if (document == NULL)
    return;
  set_busy (self, FALSE);
  leyden_window_set_document (self, document);
}

void
leyden_window_give_document (LeydenWindow   *self,
                             LeydenDocument *document)
{
  if (leyden_window_is_built (self) || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      leyden_window_set_document (self, document);
      return;
    }
  leyden_window_drop_pending (self);
  self->pending = g_object_ref (document);
  set_busy (self, TRUE);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDocument) document = leyden_document_load_finish (result, &error);

  set_busy (self, FALSE);
  if (document == NULL)
    {
      leyden_window_show_error (self, _("The File Could Not Be Opened"), error);
      return;
    }
  leyden_recent_add (leyden_document_get_file (document));
  leyden_window_give_document (self, document);
}

void
leyden_window_open_file (LeydenWindow *self,
                         GFile        *file)
{
  LeydenWindow *window;

  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  if (!g_file_is_native (file))
    {
      leyden_window_toast (self, _("Only files on this computer can be opened; nothing was fetched"));
      return;
    }
  window = get_window_for_next (self);
  set_busy (window, TRUE);
  leyden_document_load_async (NULL, file, NULL, loaded_cb, g_object_ref (window));
}

static void
recovered_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDocument) document = leyden_document_recover_finish (result, &error);

  set_busy (self, FALSE);
  if (document == NULL)
    leyden_window_show_error (self, _("A Flow of the Last Session Could Not Be Recovered"), error);
  else
    leyden_window_give_document (self, document);
}

void
leyden_window_recover (LeydenWindow *self,
                       const char   *id)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  set_busy (self, TRUE);
  leyden_document_recover_async (NULL, id, NULL, recovered_cb, g_object_ref (self));
}

/* --- choosing a file --- */

static void
add_filters (GtkFileChooser *chooser)
{
  g_autoptr(GtkFileFilter) flows = gtk_file_filter_new ();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

  gtk_file_filter_set_name (flows, _("Leyden flows"));
  gtk_file_filter_add_suffix (flows, "leyden");
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, flows);
  gtk_file_chooser_add_filter (chooser, all);
}

static void
open_response_cb (GtkNativeDialog *dialog,
                  int              response,
                  LeydenWindow    *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL)
    leyden_application_open_file (LEYDEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), file);
  g_clear_object (&self->chooser);
}

/* Whoever made it shows it, after a file was set: set later, that would cut off the folder that is being read. */
static GtkFileChooser *
make_chooser (LeydenWindow         *self,
              GtkFileChooserAction  action,
              const char           *title,
              const char           *accept,
              GCallback             response)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  add_filters (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", response, self);
  return GTK_FILE_CHOOSER (self->chooser);
}

void
leyden_window_choose_file (LeydenWindow *self)
{
  make_chooser (self, GTK_FILE_CHOOSER_ACTION_OPEN, _("Open a Flow"), _("_Open"), G_CALLBACK (open_response_cb));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- saving --- */

typedef struct
{
  LeydenWindow *window;
  GFile        *file;                   /* NULL: where it came from */
  gboolean      close_after;
} Save;

static void start_save (LeydenWindow *self, GFile *file, gboolean overwrite, gboolean close_after);

static void
save_free (Save *save)
{
  g_object_unref (save->window);
  g_clear_object (&save->file);
  g_free (save);
}

static void
save_failed_response_cb (AdwMessageDialog *dialog,
                         const char       *response,
                         Save             *save)
{
  if (g_str_equal (response, "overwrite"))
    start_save (save->window, save->file, TRUE, save->close_after);
  else if (g_str_equal (response, "save-as"))
    leyden_window_save_as (save->window, save->close_after);
  save_free (save);
}

/* The document stays as it is, modified; what can be done is offered. */
static void
ask_after_failure (Save         *save,
                   const GError *error)
{
  gboolean changed = g_error_matches (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_CHANGED);
  GtkWidget *widget = leyden_message_dialog_new_safe (GTK_WINDOW (save->window),
                                                      changed ? _("The File Was Changed by Another Program") : _("The File Could Not Be Saved"),
                                                      changed ? _("Saving replaces what is there now. With another name both are kept.")
                                                              : error->message);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  adw_message_dialog_add_response (dialog, "cancel", _("_Cancel"));
  if (changed)
    {
      adw_message_dialog_add_response (dialog, "overwrite", _("_Replace"));
      adw_message_dialog_set_response_appearance (dialog, "overwrite", ADW_RESPONSE_DESTRUCTIVE);
    }
  adw_message_dialog_add_response (dialog, "save-as", _("Save _As…"));
  adw_message_dialog_set_response_appearance (dialog, "save-as", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save-as");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (save_failed_response_cb), save);
  gtk_window_present (GTK_WINDOW (widget));
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Save *save = data;
  LeydenWindow *self = save->window;
  LeydenDocument *document = LEYDEN_DOCUMENT (object);
  g_autoptr(GError) error = NULL;

  set_busy (self, FALSE);
  if (!leyden_document_save_finish (document, result, &error))
    {
      ask_after_failure (save, error);
      return;
    }
  leyden_recent_add (leyden_document_get_file (document));
  if (save->close_after && !leyden_document_is_modified (document))
    {
      self->closing = TRUE;
      gtk_window_close (GTK_WINDOW (self));
    }
  else
    leyden_window_toast (self, _("Saved"));
  save_free (save);
}

static void
start_save (LeydenWindow *self,
            GFile        *file,
            gboolean      overwrite,
            gboolean      close_after)
{
  Save *save = g_new0 (Save, 1);

  save->window = g_object_ref (self);
  save->file = file != NULL ? g_object_ref (file) : NULL;
  save->close_after = close_after;
  set_busy (self, TRUE);
  leyden_document_save_async (self->document, file, overwrite, NULL, saved_cb, save);
}

void
leyden_window_save (LeydenWindow *self,
                    gboolean      close_after)
{
  if (self->document == NULL || self->busy)
    return;
  if (leyden_document_get_file (self->document) == NULL)
    leyden_window_save_as (self, close_after);
  else
    start_save (self, NULL, FALSE, close_after);
}

static void
save_response_cb (GtkNativeDialog *dialog,
                  int              response,
                  LeydenWindow    *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  gboolean close_after = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "close-after"));

  /* The dialog has asked whether to replace a file. */
  if (file != NULL && self->document != NULL)
    start_save (self, file, TRUE, close_after);
  g_clear_object (&self->chooser);
}

void
leyden_window_save_as (LeydenWindow *self,
                       gboolean      close_after)
{
  GFile *file = self->document != NULL ? leyden_document_get_file (self->document) : NULL;
  GtkFileChooser *chooser;

  if (self->document == NULL || self->busy)
    return;
  chooser = make_chooser (self, GTK_FILE_CHOOSER_ACTION_SAVE, _("Save the Flow"), _("_Save"), G_CALLBACK (save_response_cb));
  g_object_set_data (G_OBJECT (self->chooser), "close-after", GINT_TO_POINTER (close_after));
  if (file != NULL)
    gtk_file_chooser_set_file (chooser, file, NULL);
  else
    {
      g_autofree char *title = leyden_document_dup_title (self->document);
      g_autofree char *name = g_strconcat (g_strdelimit (title, "/\\:\n", '-'), SUFFIX, NULL);

      gtk_file_chooser_set_current_name (chooser, name);
    }
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- closing --- */

static gboolean
close_cb (gpointer data)
{
  gtk_window_close (data);
  return G_SOURCE_REMOVE;
}

static void
close_response_cb (AdwMessageDialog *dialog,
                   const char       *response,
                   LeydenWindow     *self)
{
  if (g_str_equal (response, "save"))
    leyden_window_save (self, TRUE);
  else if (g_str_equal (response, "discard"))
    {
      leyden_document_close (self->document, TRUE);
      self->closing = TRUE;
      /* The dialog is not done with itself yet, and goes with its parent. */
      g_idle_add_full (G_PRIORITY_DEFAULT, close_cb, g_object_ref (self), g_object_unref);
    }
}

gboolean
leyden_window_ask_close (LeydenWindow *self)
{
  g_autofree char *title = NULL;
  g_autofree char *heading = NULL;
  GtkWidget *widget;
  AdwMessageDialog *dialog;

  if (self->document == NULL || !leyden_document_is_modified (self->document))
    return TRUE;
  title = leyden_document_dup_title (self->document);
  heading = g_strdup_printf (_("Save Changes to “%s”?"), title);
  widget = leyden_message_dialog_new_safe (GTK_WINDOW (self), heading, _("Changes that are not saved will be lost for good."));
  dialog = ADW_MESSAGE_DIALOG (widget);
  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "discard", _("_Discard"), "save", _("_Save"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (close_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (widget));
  return FALSE;
}
