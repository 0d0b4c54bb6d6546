/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-document.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "leyden-document-private.h"
#include "leyden-flow-private.h"
#include "leyden-id.h"
#include "leyden-text.h"

/* Opening, and coming back after a crash. The thread reads, parses and replays; the document is made in the caller's thread. */

#define MAX_KEYS 9

typedef struct
{
  char                  *state_folder;  /* nullable */
  char                  *key;           /* of the journal to recover; NULL: open the file */
  GFile                 *file;          /* nullable */

  GBytes                *bytes;
  LeydenFileStamp        stamp;
  LeydenFlow            *flow;          /* of the file; NULL when it was not read */
  LeydenJournalContents *contents;      /* a journal that fits, else NULL */
  LeydenReplay          *replay;
  guint64                saved;
  gboolean               unrecorded;    /* the journal does not know yet that the file is the state `saved` */
  gboolean               copy;          /* a recovered copy: other id, no file */
  char                  *note;          /* what of the journal was lost; NULL: nothing */
} LeydenLoad;

static void
load_free (LeydenLoad *self)
{
  g_free (self->state_folder);
  g_free (self->key);
  g_clear_object (&self->file);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_object (&self->flow);
  leyden_journal_contents_free (self->contents);
  leyden_replay_free (self->replay);
  g_free (self->note);
  g_free (self);
}

static gpointer
sum_in_thread (gpointer data)
{
  LeydenLoad *self = data;

  leyden_file_sum (&self->stamp, self->bytes);
  return NULL;
}

/* The sum takes a fifth as long as the parsing, and goes beside it. */
static gboolean
read_file (LeydenLoad  *self,
           GError     **error)
{
  g_autofree char *name = g_file_get_basename (self->file);
  g_autofree char *shown = leyden_text_path (name);
  GThread *sum;

  self->bytes = leyden_file_read (self->file, LEYDEN_FLOW_MAX_BYTES, &self->stamp, error);
  if (self->bytes == NULL)
    return FALSE;
  sum = g_thread_try_new ("leyden-sum", sum_in_thread, self, NULL);
  self->flow = leyden_flow_parse (self->bytes, shown, error);
  if (sum != NULL)
    g_thread_join (sum);
  else
    sum_in_thread (self);
  return self->flow != NULL;
}

static void
rename_with (const char *path,
             const char *suffix,
             const char *name)
{
  g_autofree char *from = g_strconcat (path, suffix, NULL);
  g_autofree char *to = g_strconcat (name, suffix, NULL);

  if (rename (from, to) != 0 && errno != ENOENT)
    g_debug ("%s: %s", from, g_strerror (errno));
}

/* A journal of another state of the file is kept under another name and offered as a copy. */
static void
set_aside (LeydenJournalContents *contents)
{
  g_autofree char *name = g_strdup_printf ("%s-copy-%" G_GINT64_FORMAT, contents->path, leyden_time_now_ns () / 1000);
  g_autoptr(LeydenReplay) history = leyden_journal_replay (contents, NULL, NULL);

  if (history->n_unsaved == 0)
    {
      leyden_journal_remove (contents);
      return;
    }
  rename_with (contents->path, ".autosave", name);
  rename_with (contents->path, ".autosave.new", name);
  rename_with (contents->path, "", name);
}

static gboolean
file_exists (const char *uri)
{
  g_autoptr(GFile) file = uri != NULL ? g_file_new_for_uri (uri) : NULL;
  const char *path = file != NULL ? g_file_peek_path (file) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Whether the journal goes with the file. One that went with a file elsewhere, which is still there, is none of ours. */
static gboolean
is_of_file (LeydenLoad            *self,
            LeydenJournalContents *contents)
{
  const char *home = leyden_journal_get_home (contents);
  g_autofree char *uri = g_file_get_uri (self->file);

  if (!g_str_equal (contents->header.id, leyden_flow_get_id (self->flow)))
    return FALSE;
  return home == NULL || g_str_equal (home, uri) || !file_exists (home);
}

/* TRUE: the search is over. */
static gboolean
try_journal (LeydenLoad *self,
             const char *folder,
             const char *key)
{
  g_autoptr(LeydenJournalContents) contents = leyden_journal_read (folder, key, NULL);
  guint64 saved;

  if (contents == NULL || !is_of_file (self, contents))
    return FALSE;
  saved = leyden_journal_find_saved (contents, self->stamp.sha256);
  if (saved == LEYDEN_NO_STATE)
    {
      saved = leyden_journal_find_written (contents, self->stamp.sha256);
      self->unrecorded = saved != LEYDEN_NO_STATE;
    }
  if (saved == LEYDEN_NO_STATE)
    {
      set_aside (contents);
      return FALSE;
    }
  self->saved = saved;
  self->contents = g_steal_pointer (&contents);
  return TRUE;
}

static void
find_journal (LeydenLoad *self)
{
  g_autofree char *folder = leyden_journal_folder (self->state_folder);
  g_autofree char *key = leyden_journal_key (leyden_flow_get_id (self->flow));

  if (leyden_flow_get_version (self->flow) > LEYDEN_FLOW_FORMAT)
    return;
  for (guint i = 1; i <= MAX_KEYS; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (key) : g_strdup_printf ("%s-%u", key, i);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS) && try_journal (self, folder, name))
        return;
    }
}

static void
link_with (const char *path,
           const char *suffix,
           const char *name)
{
  g_autofree char *from = g_strconcat (path, suffix, NULL);
  g_autofree char *to = g_strconcat (name, suffix, NULL);

  unlink (to);
  if (link (from, to) != 0 && errno != ENOENT)
    g_debug ("%s: %s", to, g_strerror (errno));
}

static char *
dup_broken_name (LeydenJournalContents *contents)
{
  return g_strconcat (contents->path, ".broken", NULL);
}

/* What cannot be replayed to its end is kept, with what it starts from, for whoever wants to look. */
static void
keep_damaged (LeydenLoad *self)
{
  g_autofree char *name = dup_broken_name (self->contents);
  g_autofree char *shown = leyden_text_path (name);

  link_with (self->contents->path, "", name);
  link_with (self->contents->path, ".autosave", name);
  self->note = g_strdup_printf (_("Only a part of the unsaved changes of the last session could be read back. The damaged journal is "
                                  "kept as %s."),
                                shown);
}

/* A journal of which nothing can be read back is not offered again at each start. */
static void
give_up_journal (LeydenLoad *self)
{
  g_autofree char *name = dup_broken_name (self->contents);
  g_autofree char *shown = leyden_text_path (name);

  rename_with (self->contents->path, ".autosave", name);
  rename_with (self->contents->path, "", name);
  self->note = g_strdup_printf (_("The unsaved changes of the last session could not be read back: their beginning is missing or "
                                  "damaged. The journal is kept as %s."),
                                shown);
}

static gboolean
is_whole (LeydenLoad *self)
{
  return self->replay->complete && !self->contents->damaged;
}

static void
replay (LeydenLoad *self)
{
  self->replay = leyden_journal_replay (self->contents, self->flow, self->flow != NULL ? self->stamp.sha256 : NULL);
  if (self->replay->flow != NULL)
    {
      if (!is_whole (self))
        keep_damaged (self);
      return;
    }
  give_up_journal (self);
  self->saved = 0;
  g_clear_pointer (&self->replay, leyden_replay_free);
  g_clear_pointer (&self->contents, leyden_journal_contents_free);
}

static void
load_in_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  LeydenLoad *self = task_data;
  GError *error = NULL;

  if (!read_file (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->saved = 0;
  find_journal (self);
  if (self->contents != NULL)
    replay (self);
  g_task_return_boolean (task, TRUE);
}

/* The file that the journal names, when it is as the journal knows it. */
static void
read_home (LeydenLoad *self)
{
  const char *home = leyden_journal_get_home (self->contents);

  if (home == NULL)
    {
      self->saved = self->contents->header.saved;
      return;
    }
  self->file = g_file_new_for_uri (home);
  if (read_file (self, NULL))
    {
      self->saved = leyden_journal_find_saved (self->contents, self->stamp.sha256);
      if (self->saved != LEYDEN_NO_STATE && g_str_equal (leyden_flow_get_id (self->flow), self->contents->header.id))
        return;
      self->copy = TRUE;
    }
  /* Gone, broken or other: what is recovered stands by itself. */
  self->saved = LEYDEN_NO_STATE;
  g_clear_object (&self->file);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

/* A file that cannot be read now may be there the next time, and be the beginning. */
static void
return_nothing (LeydenLoad *self,
                GTask      *task)
{
  const char *home = leyden_journal_get_home (self->contents);

  if (home == NULL || file_exists (home))
    {
      give_up_journal (self);
      g_task_return_new_error (task, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE, "%s", self->note);
    }
  else
    g_task_return_new_error (task, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE,
                             _("The unsaved changes of the last session need the file %s to begin from, which is not there."), home);
}

static void
recover_in_thread (GTask        *task,
                   gpointer      source,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  LeydenLoad *self = task_data;
  g_autofree char *folder = leyden_journal_folder (self->state_folder);
  GError *error = NULL;

  self->contents = leyden_journal_read (folder, self->key, &error);
  if (self->contents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  read_home (self);
  self->replay = leyden_journal_replay (self->contents, self->flow, self->flow != NULL ? self->stamp.sha256 : NULL);
  if (self->replay->flow == NULL)
    {
      return_nothing (self, task);
      return;
    }
  if (!is_whole (self))
    keep_damaged (self);
  g_task_return_boolean (task, TRUE);
}

static LeydenDocument *
make_document (LeydenLoad *load)
{
  LeydenHistory *history = load->replay != NULL ? g_steal_pointer (&load->replay->history) : leyden_history_new ();
  LeydenFlow *flow = load->replay != NULL ? g_steal_pointer (&load->replay->flow) : g_steal_pointer (&load->flow);
  LeydenDocument *self;

  if (load->copy)
    {
      g_autofree char *id = leyden_id_new_uuid7 ();

      leyden_flow_set_id (flow, id);
    }
  self = leyden_document_create (load->state_folder, flow, history);
  self->saved = load->saved;
  self->stamp = load->stamp;
  g_set_object (&self->file, load->file);
  if (load->bytes != NULL && !load->copy)
    self->bytes = g_bytes_ref (load->bytes);
  self->recovery_note = g_strdup (load->note);
  self->recovered = load->replay != NULL && leyden_document_is_modified (self);
  if (load->replay == NULL)
    leyden_document_start_journal (self, NULL);
  else if (load->copy || !is_whole (load))
    /* What was not followed to its end is not continued: the new one starts from what came back, and only then the old one goes. */
    leyden_document_start_journal (self, load->contents->path);
  else
    leyden_document_take_journal (self, leyden_journal_resume (load->contents));
  if (load->unrecorded)
    leyden_document_record_saved (self);
  leyden_document_update (self);
  return self;
}

static LeydenLoad *
load_new (const char *state_folder,
          GFile      *file,
          const char *key)
{
  LeydenLoad *self = g_new0 (LeydenLoad, 1);

  self->state_folder = g_strdup (state_folder);
  self->key = g_strdup (key);
  self->file = file != NULL ? g_object_ref (file) : NULL;
  return self;
}

void
leyden_document_load_async (const char          *state_folder,
                            GFile               *file,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_document_load_async);
  g_task_set_task_data (task, load_new (state_folder, file, NULL), (GDestroyNotify) load_free);
  g_task_run_in_thread (task, load_in_thread);
}

LeydenDocument *
leyden_document_load_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return make_document (g_task_get_task_data (G_TASK (result)));
}

void
leyden_document_recover_async (const char          *state_folder,
                               const char          *id,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (id != NULL);

  task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_document_recover_async);
  if (strchr (id, '/') != NULL || *id == '.' || *id == '\0')
    {
      g_task_return_new_error (task, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE, _("There is no such autosaved state."));
      return;
    }
  g_task_set_task_data (task, load_new (state_folder, NULL, id), (GDestroyNotify) load_free);
  g_task_run_in_thread (task, recover_in_thread);
}

LeydenDocument *
leyden_document_recover_finish (GAsyncResult  *result,
                                GError       **error)
{
  return leyden_document_load_finish (result, error);
}

static const char *
find_title (LeydenJournalContents *contents)
{
  for (guint i = contents->records->len; i > 0; i--)
    {
      LeydenValue *edit = leyden_value_get_member (g_ptr_array_index (contents->records, i - 1), "edit");
      LeydenValue *changes = leyden_value_get_member (edit, "changes");

      for (guint k = leyden_value_get_size (changes); k > 0; k--)
        {
          LeydenValue *change = leyden_value_get_item (changes, k - 1);
          const char *after = leyden_value_get_member_string (change, "after", NULL);

          if (after != NULL && g_str_equal (leyden_value_get_member_string (change, "kind", ""), "flow")
              && g_strcmp0 (leyden_value_get_string (leyden_value_lookup_pointer (change, "/path/0"), NULL), "title") == 0)
            return after;
        }
    }
  return contents->header.title;
}

static gint64
find_time (LeydenJournalContents *contents)
{
  for (guint i = contents->records->len; i > 0; i--)
    {
      LeydenValue *edit = leyden_value_get_member (g_ptr_array_index (contents->records, i - 1), "edit");

      if (edit != NULL)
        return leyden_value_get_member_int (edit, "time", 0);
    }
  return 0;
}

static LeydenJournalInfo *
make_info (const char *folder,
           const char *key)
{
  g_autoptr(LeydenJournalContents) contents = leyden_journal_peek (folder, key, NULL);
  g_autoptr(LeydenReplay) history = NULL;
  LeydenJournalInfo *info;

  if (contents == NULL)
    return NULL;
  /* Only the history is followed: no flow is read for a list. */
  history = leyden_journal_replay (contents, NULL, NULL);
  if (history->n_unsaved == 0)
    return NULL;
  info = g_new0 (LeydenJournalInfo, 1);
  info->id = g_strdup (key);
  info->title = g_strdup (find_title (contents));
  info->uri = g_strdup (leyden_journal_get_home (contents));
  info->time_ns = find_time (contents);
  info->n_edits = history->n_unsaved;
  return info;
}

static gint
compare_infos (gconstpointer a,
               gconstpointer b)
{
  const LeydenJournalInfo *first = *(LeydenJournalInfo * const *) a;
  const LeydenJournalInfo *second = *(LeydenJournalInfo * const *) b;

  if (first->time_ns != second->time_ns)
    return first->time_ns > second->time_ns ? -1 : 1;
  return strcmp (first->id, second->id);
}

static void
list_in_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  g_autofree char *folder = leyden_journal_folder (task_data);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_journal_info_free);
  const char *name;

  leyden_journal_prune (folder);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      LeydenJournalInfo *info = strchr (name, '.') == NULL && !leyden_journal_is_closed (path) ? make_info (folder, name) : NULL;

      if (info != NULL)
        g_ptr_array_add (list, info);
    }
  g_ptr_array_sort (list, compare_infos);
  g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
}

void
leyden_journal_list_async (const char          *state_folder,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, leyden_journal_list_async);
  g_task_set_task_data (task, g_strdup (state_folder), g_free);
  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
leyden_journal_list_finish (GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
