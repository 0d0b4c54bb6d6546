/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-recent.h"
#include "leyden-safe-text.h"
#include "leyden-samples.h"
#include "leyden-session.h"
#include "leyden-versions.h"

#define SUFFIX ".leyden"

void
leyden_window_new_document (LeydenWindow *self)
{
  g_autoptr(LeydenDocument) document = leyden_document_new (NULL);

  leyden_window_add_document (self, document, TRUE);
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
    leyden_window_add_document (self, document, TRUE);
}

/* --- opening --- */

static void
close_document (gpointer document)
{
  leyden_document_close (document, FALSE);
  g_object_unref (document);
}

void
leyden_window_drop_pending (LeydenWindow *self)
{
  g_clear_handle_id (&self->next_id, g_source_remove);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_clear_object (&self->next_tab);
}

/* The first one is shown, the others wait behind it. */
void
leyden_window_take_pending (LeydenWindow *self)
{
  g_autoptr(GPtrArray) pending = g_steal_pointer (&self->pending);

  if (pending == NULL)
    return;
  for (guint i = 0; i < pending->len; i++)
    leyden_window_add_document (self, g_ptr_array_index (pending, i), i == 0);
  g_ptr_array_set_free_func (pending, g_object_unref);
  g_clear_object (&self->next_tab);
}

/* A page takes as long to build as several frames: it is shown when it is whole. */
static gboolean
build_next_cb (gpointer data)
{
  LeydenWindow *self = data;

  if (!leyden_tab_is_pristine (self->tab))
    {
      if (self->next_tab == NULL)
        self->next_tab = g_object_ref_sink (leyden_tab_new (self));
      if (leyden_tab_build_one (self->next_tab))
        return G_SOURCE_CONTINUE;
    }
  self->next_id = 0;
  leyden_window_take_pending (self);
  return G_SOURCE_REMOVE;
}

void
leyden_window_take_pending_later (LeydenWindow *self)
{
  if (self->pending != NULL && self->next_id == 0 && !self->dismantling)
    self->next_id = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, build_next_cb, self, NULL);
}

/* What is not shown, or goes to a page that is there, needs none. */
static gboolean
needs_page (LeydenWindow *self,
            gboolean      show)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || self->dismantling)
    return FALSE;
  return !leyden_window_is_built (self) || self->pending != NULL || (show && !leyden_tab_is_pristine (self->tab));
}

void
leyden_window_give_document (LeydenWindow   *self,
                             LeydenDocument *document,
                             gboolean        show)
{
  if (!needs_page (self, show))
    {
      leyden_window_add_document (self, document, show);
      return;
    }
  if (self->pending == NULL)
    self->pending = g_ptr_array_new_with_free_func (close_document);
  g_ptr_array_add (self->pending, g_object_ref (document));
  if (leyden_window_is_built (self))
    leyden_window_take_pending_later (self);
}

static void
take_loaded (LeydenWindow   *self,
             LeydenDocument *document,
             const char     *heading,
             const GError   *error,
             gboolean        show)
{
  GFile *file = document != NULL ? leyden_document_get_file (document) : NULL;

  self->n_loading--;
  if (document == NULL && (self->dismantling || !show))
    return;
  if (document == NULL)
    leyden_window_show_error (self, heading, error);
  else if (file != NULL && leyden_window_show_file (self, file))
    /* Asked for twice. */
    leyden_document_close (document, FALSE);
  else
    leyden_window_give_document (self, document, show);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDocument) document = leyden_document_load_finish (result, &error);

  if (document != NULL)
    leyden_recent_add (leyden_document_get_file (document));
  take_loaded (self, document, _("The File Could Not Be Opened"), error, TRUE);
}

static void
restored_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(LeydenDocument) document = leyden_document_load_finish (result, NULL);

  take_loaded (self, document, NULL, NULL, FALSE);
}

void
leyden_window_restore_file (LeydenWindow *self,
                            GFile        *file)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  self->n_loading++;
  leyden_document_load_async (NULL, file, NULL, restored_cb, g_object_ref (self));
}

void
leyden_window_open_file (LeydenWindow *self,
                         GFile        *file)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  if (!g_file_is_native (file))
    {
      leyden_window_toast (self, _("Only files on this computer can be opened; nothing was fetched"));
      return;
    }
  self->n_loading++;
  leyden_document_load_async (NULL, file, NULL, loaded_cb, g_object_ref (self));
}

static void
recovered_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDocument) document = leyden_document_recover_finish (result, &error);

  take_loaded (self, document, _("A Flow of the Last Session Could Not Be Recovered"), error, TRUE);
}

void
leyden_window_recover (LeydenWindow *self,
                       const char   *id)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  self->n_loading++;
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
  LeydenTab    *tab;
  GFile        *file;                   /* NULL: where it came from */
  LeydenClose   after;
} Save;

static void start_save (LeydenTab *tab, GFile *file, gboolean overwrite, LeydenClose after);

static void
save_free (Save *save)
{
  g_object_unref (save->window);
  g_object_unref (save->tab);
  g_clear_object (&save->file);
  g_free (save);
}

static void
stay_open (LeydenWindow *self,
           LeydenTab    *tab,
           LeydenClose   after)
{
  leyden_window_unsettle (self);
  if (after == LEYDEN_CLOSE_TAB)
    leyden_window_finish_close_tab (self, tab, FALSE);
}

static void
save_failed_response_cb (AdwMessageDialog *dialog,
                         const char       *response,
                         Save             *save)
{
  if (g_str_equal (response, "overwrite"))
    start_save (save->tab, save->file, TRUE, save->after);
  else if (g_str_equal (response, "save-as"))
    leyden_window_save_as (save->window, save->tab, save->after);
  else
    stay_open (save->window, save->tab, save->after);
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

/* What was asked when the tab or window was closed is settled. */
static void
go_on_closing (LeydenWindow *self,
               LeydenTab    *tab,
               LeydenClose   after)
{
  if (after == LEYDEN_CLOSE_WINDOW)
    gtk_window_close (GTK_WINDOW (self));
  else if (!leyden_window_ask_runs (self, tab))
    leyden_window_finish_close_tab (self, tab, TRUE);
}

static void
set_saving (LeydenTab *tab,
            gboolean   saving)
{
  tab->saving = saving;
  if (saving)
    g_set_object (&tab->saver, tab->window);
  /* The window may have been closed since. */
  if (tab->window->tab != NULL && !tab->window->dismantling)
    leyden_window_update_actions (tab->window);
}

/* A tab that went to another window is told about, and closed, there. The window that is to be closed stays the one. */
static void
follow_tab (Save *save)
{
  if (save->after != LEYDEN_CLOSE_WINDOW && save->tab->window->tab != NULL)
    g_set_object (&save->window, save->tab->window);
  g_clear_object (&save->tab->saver);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Save *save = data;
  LeydenDocument *document = LEYDEN_DOCUMENT (object);
  g_autoptr(GError) error = NULL;

  set_saving (save->tab, FALSE);
  follow_tab (save);
  if (!leyden_document_save_finish (document, result, &error))
    {
      ask_after_failure (save, error);
      return;
    }
  leyden_recent_add (leyden_document_get_file (document));
  leyden_versions_keep (leyden_versions_get_default (), leyden_session_get_backend (leyden_session_get_default ()), document);
  if (save->after != LEYDEN_CLOSE_NOTHING && !leyden_document_is_modified (document))
    go_on_closing (save->window, save->tab, save->after);
  else
    {
      stay_open (save->window, save->tab, save->after);
      leyden_window_toast (save->window, _("Saved"));
    }
  save_free (save);
}

static void
start_save (LeydenTab   *tab,
            GFile       *file,
            gboolean     overwrite,
            LeydenClose  after)
{
  Save *save = g_new0 (Save, 1);

  save->window = g_object_ref (tab->window);
  save->tab = g_object_ref (tab);
  save->file = file != NULL ? g_object_ref (file) : NULL;
  save->after = after;
  set_saving (tab, TRUE);
  leyden_document_save_async (tab->document, file, overwrite, NULL, saved_cb, save);
}

static void
finish_typing (LeydenTab *tab)
{
  if (tab->canvas != NULL)
    leyden_canvas_finish_typing (tab->canvas);
}

void
leyden_window_save (LeydenWindow *self,
                    LeydenTab    *tab,
                    LeydenClose   after)
{
  finish_typing (tab);
  if (tab->document == NULL || tab->saving)
    stay_open (self, tab, after);
  else if (leyden_document_get_file (tab->document) == NULL)
    leyden_window_save_as (self, tab, after);
  else
    start_save (tab, NULL, FALSE, after);
}

typedef struct
{
  LeydenTab   *tab;
  LeydenClose  after;
} Choice;

static void
choice_free (gpointer data)
{
  Choice *choice = data;

  g_object_unref (choice->tab);
  g_free (choice);
}

static void
save_response_cb (GtkNativeDialog *dialog,
                  int              response,
                  LeydenWindow    *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  Choice *choice = g_object_get_data (G_OBJECT (dialog), "choice");

  /* The dialog has asked whether to replace a file. */
  if (file != NULL && choice->tab->document != NULL)
    start_save (choice->tab, file, TRUE, choice->after);
  else
    stay_open (self, choice->tab, choice->after);
  g_clear_object (&self->chooser);
}

void
leyden_window_save_as (LeydenWindow *self,
                       LeydenTab    *tab,
                       LeydenClose   after)
{
  GFile *file = tab->document != NULL ? leyden_document_get_file (tab->document) : NULL;
  GtkFileChooser *chooser;
  Choice *choice;

  finish_typing (tab);
  if (tab->document == NULL || tab->saving)
    {
      stay_open (self, tab, after);
      return;
    }
  chooser = make_chooser (self, GTK_FILE_CHOOSER_ACTION_SAVE, _("Save the Flow"), _("_Save"), G_CALLBACK (save_response_cb));
  choice = g_new0 (Choice, 1);
  choice->tab = g_object_ref (tab);
  choice->after = after;
  g_object_set_data_full (G_OBJECT (self->chooser), "choice", choice, choice_free);
  if (file != NULL)
    gtk_file_chooser_set_file (chooser, file, NULL);
  else
    {
      g_autofree char *title = leyden_document_dup_title (tab->document);
      g_autofree char *name = g_strconcat (g_strdelimit (title, "/\\:\n", '-'), SUFFIX, NULL);

      gtk_file_chooser_set_current_name (chooser, name);
    }
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- closing --- */

void
leyden_window_unsettle (LeydenWindow *self)
{
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);

      tab->settled = tab->discard = FALSE;
    }
}

/* A question that was asked when @tab, or the window with it, was closed. */
typedef struct
{
  LeydenWindow *window;
  LeydenTab    *tab;
  LeydenClose   after;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->window);
  g_object_unref (question->tab);
  g_free (question);
}

static gboolean
discarded_cb (gpointer data)
{
  Question *question = data;

  go_on_closing (question->window, question->tab, question->after);
  return G_SOURCE_REMOVE;
}

static void
close_response_cb (AdwMessageDialog *dialog,
                   const char       *response,
                   Question         *question)
{
  if (g_str_equal (response, "save"))
    leyden_window_save (question->window, question->tab, question->after);
  else if (g_str_equal (response, "discard"))
    {
      Question *copy = g_memdup2 (question, sizeof *question);

      g_object_ref (copy->window);
      g_object_ref (copy->tab);
      question->tab->settled = question->tab->discard = TRUE;
      /* The dialog is not done with itself yet, and goes with its parent. */
      g_idle_add_full (G_PRIORITY_DEFAULT, discarded_cb, copy, question_free);
    }
  else
    stay_open (question->window, question->tab, question->after);
}

gboolean
leyden_window_ask_close_tab (LeydenWindow *self,
                             LeydenTab    *tab,
                             LeydenClose   after)
{
  g_autofree char *title = NULL;
  g_autofree char *heading = NULL;
  Question *question;
  GtkWidget *widget;
  AdwMessageDialog *dialog;

  finish_typing (tab);
  if (tab->settled || tab->document == NULL || !leyden_document_is_modified (tab->document))
    return TRUE;
  title = leyden_document_dup_title (tab->document);
  heading = g_strdup_printf (_("Save Changes to “%s”?"), title);
  widget = leyden_message_dialog_new_safe (GTK_WINDOW (self), heading, _("Changes that are not saved will be lost for good."));
  dialog = ADW_MESSAGE_DIALOG (widget);
  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "discard", _("_Discard"), "save", _("_Save"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  question = g_new0 (Question, 1);
  question->window = g_object_ref (self);
  question->tab = g_object_ref (tab);
  question->after = after;
  g_signal_connect_data (dialog, "response", G_CALLBACK (close_response_cb), question, (GClosureNotify) (void (*) (void)) question_free, 0);
  gtk_window_present (GTK_WINDOW (widget));
  return FALSE;
}

/* One question after the other, each over the flow that it is about. */
gboolean
leyden_window_ask_close (LeydenWindow *self)
{
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);

      if (leyden_window_ask_close_tab (self, tab, LEYDEN_CLOSE_WINDOW))
        continue;
      leyden_window_show_tab (self, tab);
      return FALSE;
    }
  return TRUE;
}
