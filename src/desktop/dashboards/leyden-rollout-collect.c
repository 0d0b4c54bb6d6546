/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-collect.h"

#include <glib/gi18n-lib.h>

#include "leyden-dataset-append.h"
#include "leyden-flow.h"
#include "leyden-text.h"
#include "leyden-try-state.h"

/*  file ──► for each rollout: its state ──► its flow, when it is of another run ──► a line of the file  */

typedef struct
{
  LeydenSession *session;
  GPtrArray     *ids;
  GFile         *file;
  gboolean       create;                /* with the first line */
  guint          index;                 /* of the rollout under way */
  guint          n_added;
  LeydenValue   *state;                 /* of it; nullable */
  char          *run;                   /* whose flow that is; nullable */
  LeydenFlow    *flow;                  /* nullable */
} Collect;

static void collect_next (GTask *task);

static void
collect_free (gpointer data)
{
  Collect *self = data;

  g_object_unref (self->session);
  g_ptr_array_unref (self->ids);
  g_clear_object (&self->file);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_object (&self->flow);
  g_free (self->run);
  g_free (self);
}

static void
request (GTask               *task,
         const char          *form,
         const char          *id,
         GAsyncReadyCallback  callback)
{
  Collect *self = g_task_get_task_data (task);
  g_autofree char *escaped = leyden_backend_escape (id), *path = NULL;
  g_auto(GStrv) parts = g_strsplit (form, "{}", 2);

  path = g_strconcat (parts[0], escaped, parts[1], NULL);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, g_task_get_cancellable (task), callback, task);
}

static void
finish (GTask *task)
{
  Collect *self = g_task_get_task_data (task);
  g_autofree char *name = g_file_get_basename (self->file), *shown = leyden_text_path (name);

  /* Translators: number of rows, name of a file. */
  g_task_return_pointer (task, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u row was added to %s", "%u rows were added to %s", self->n_added),
                                                self->n_added, shown), g_free);
  g_object_unref (task);
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  GTask *task = data;
  Collect *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_dataset_append_finish (result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  self->create = FALSE;
  self->n_added++;
  self->index++;
  collect_next (task);
}

static void
add_row (GTask *task)
{
  Collect *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) input = self->flow != NULL ? leyden_try_state_make_input (self->state, self->flow) : NULL;
  g_autoptr(LeydenValue) row = leyden_dataset_append_make_row (self->flow, input, leyden_value_get_member (self->state, "result"));

  if (leyden_value_get_size (input) > 0)
    {
      leyden_dataset_append_async (self->file, row, self->create, g_task_get_cancellable (task), added_cb, task);
      return;
    }
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s",
                           _("Nothing is known of what went into this rollout: it has no flow, or ended before its input was read"));
  g_object_unref (task);
}

static void
flow_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  GTask *task = data;
  Collect *self = g_task_get_task_data (task);
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, NULL);

  g_clear_object (&self->flow);
  self->flow = bytes != NULL ? leyden_flow_parse (bytes, NULL, NULL) : NULL;
  add_row (task);
}

static void
row_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  GTask *task = data;
  Collect *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) row = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *run = leyden_value_get_member_string (row, "run", "");
  g_autofree char *escaped = leyden_backend_escape (run);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/flow", escaped);

  if (row == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (g_strcmp0 (run, self->run) == 0)
    add_row (task);
  else
    {
      g_free (self->run);
      self->run = g_strdup (run);
      leyden_backend_fetch_async (LEYDEN_BACKEND (object), path, g_task_get_cancellable (task), flow_cb, task);
    }
}

static void
state_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  GTask *task = data;
  Collect *self = g_task_get_task_data (task);
  GError *error = NULL;
  LeydenValue *state = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  g_clear_pointer (&self->state, leyden_value_unref);
  self->state = state;
  if (state != NULL)
    request (task, "/leyden/v1/rollouts/{}", self->ids->pdata[self->index], row_cb);
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

static void
collect_next (GTask *task)
{
  Collect *self = g_task_get_task_data (task);

  if (self->index == self->ids->len)
    finish (task);
  else
    request (task, "/leyden/v1/rollouts/{}/state", self->ids->pdata[self->index], state_cb);
}

static void
chosen_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Collect *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->file = leyden_dataset_append_choose_finish (result, &error);
  if (self->file != NULL)
    collect_next (task);
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

static GTask *
collect_new (LeydenSession       *session,
             GPtrArray           *ids,
             gboolean             create,
             GCancellable        *cancellable,
             GAsyncReadyCallback  callback,
             gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Collect *self = g_new0 (Collect, 1);

  self->session = g_object_ref (session);
  self->ids = g_ptr_array_ref (ids);
  self->create = create;
  g_task_set_source_tag (task, collect_new);
  g_task_set_task_data (task, self, collect_free);
  return task;
}

void
leyden_rollout_collect_async (GtkWidget           *parent,
                              LeydenSession       *session,
                              GPtrArray           *ids,
                              gboolean             create,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  leyden_dataset_append_choose_async (parent, create, chosen_cb, collect_new (session, ids, create, cancellable, callback, data));
}

void
leyden_rollout_collect_into_async (GFile               *file,
                                   LeydenSession       *session,
                                   GPtrArray           *ids,
                                   gboolean             create,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  GTask *task = collect_new (session, ids, create, cancellable, callback, data);

  ((Collect *) g_task_get_task_data (task))->file = g_object_ref (file);
  collect_next (task);
}

char *
leyden_rollout_collect_finish (GAsyncResult *result,
                               GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
