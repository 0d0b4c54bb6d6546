/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-versions.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-diff.h"

/* Saves that wait for the backend; the oldest is let go of beyond this. */
#define MAX_WAITING 32

struct _LeydenVersions
{
  GObject   parent_instance;

  GQueue    waiting;            /* Keeping, in order of the saves; the first is under way while @busy */
  gboolean  busy;
};

G_DEFINE_FINAL_TYPE (LeydenVersions, leyden_versions, G_TYPE_OBJECT)

enum
{
  KEPT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
leyden_versions_class_init (LeydenVersionsClass *klass)
{
  signals[KEPT] = g_signal_new ("kept", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
leyden_versions_init (LeydenVersions *self)
{
  g_queue_init (&self->waiting);
}

LeydenVersions *
leyden_versions_get_default (void)
{
  static LeydenVersions *versions;

  if (versions == NULL)
    versions = g_object_new (LEYDEN_TYPE_VERSIONS, NULL);
  return versions;
}

const char *
leyden_versions_get_obstacle (LeydenBackend *backend)
{
  if (!leyden_backend_is_local (backend))
    return _("Versions are kept by the backend of this computer. The window is connected to another one.");
  if (leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return _("Versions are kept by the backend of this computer, which is not connected.");
  return NULL;
}

char *
leyden_versions_dup_path (const char *flow_id)
{
  g_autofree char *escaped = leyden_backend_escape (flow_id);

  return g_strdup_printf ("/leyden/v1/flows/%s/versions", escaped);
}

/* --- one more --- */

typedef struct
{
  LeydenVersions *versions;
  LeydenBackend  *backend;
  GBytes         *before;               /* nullable: the first one */
  GBytes         *after;
  char           *id;
  char           *title;
  char           *summary;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *keeping = data;

  g_object_unref (keeping->versions);
  g_object_unref (keeping->backend);
  g_clear_pointer (&keeping->before, g_bytes_unref);
  g_bytes_unref (keeping->after);
  g_free (keeping->id);
  g_free (keeping->title);
  g_free (keeping->summary);
  g_free (keeping);
}

static void hand_in (LeydenVersions *self);

/* The file is saved; when this fails only the list lacks this state, and says what it has. */
static void
end_first (LeydenVersions *self,
           const GError   *error)
{
  g_autofree char *id = NULL;
  Keeping *keeping = g_queue_pop_head (&self->waiting);

  self->busy = FALSE;
  if (error != NULL)
    g_message ("A version of “%s” was not kept: %s", keeping->title, error->message);
  else
    id = g_strdup (keeping->id);
  keeping_free (keeping);
  if (id != NULL)
    g_signal_emit (self, signals[KEPT], 0, id);
  hand_in (self);
}

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenVersions) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  end_first (self, error);
}

static LeydenValue *
make_body (const Keeping *keeping,
           const char    *sha256)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", sha256);
  leyden_value_builder_set_string (&b, "title", keeping->title);
  leyden_value_builder_set_string (&b, "summary", keeping->summary);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
uploaded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenVersions) self = data;
  Keeping *keeping = g_queue_peek_head (&self->waiting);
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = leyden_backend_upload_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = leyden_versions_dup_path (keeping->id);

  if (sha256 == NULL)
    {
      end_first (self, error);
      return;
    }
  body = make_body (keeping, sha256);
  leyden_backend_request_async (keeping->backend, "POST", path, body, NULL, kept_cb, g_object_ref (self));
}

/* One after the other, so that versions stand in the order of the saves. */
static void
hand_in (LeydenVersions *self)
{
  Keeping *keeping = g_queue_peek_head (&self->waiting);

  if (self->busy || keeping == NULL || leyden_backend_get_state (keeping->backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  self->busy = TRUE;
  leyden_backend_upload_bytes_async (keeping->backend, keeping->after, NULL, uploaded_cb, g_object_ref (self));
}

static void
add_waiting (LeydenVersions *self,
             Keeping        *keeping)
{
  g_queue_push_tail (&self->waiting, keeping);
  /* The first one may be under way. */
  if (g_queue_get_length (&self->waiting) > MAX_WAITING)
    keeping_free (g_queue_pop_nth (&self->waiting, self->busy ? 1 : 0));
  /* Once for each backend: saving starts none, but it may come. */
  g_signal_handlers_disconnect_by_func (keeping->backend, hand_in, self);
  g_signal_connect_object (keeping->backend, "notify::state", G_CALLBACK (hand_in), self, G_CONNECT_SWAPPED);
  hand_in (self);
}

static void
summarize_in_thread (GTask        *task,
                     gpointer      source,
                     gpointer      task_data,
                     GCancellable *cancellable)
{
  Keeping *keeping = task_data;
  g_autoptr(LeydenFlow) before = keeping->before != NULL ? leyden_flow_parse (keeping->before, "before", NULL) : NULL;
  g_autoptr(LeydenFlow) after = leyden_flow_parse (keeping->after, "after", NULL);

  if (before != NULL && after != NULL)
    keeping->summary = leyden_flow_summarize (before, after, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  else
    keeping->summary = g_strdup (_("First version"));
  g_task_return_boolean (task, TRUE);
}

static void
summarized_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  Keeping *keeping = g_task_get_task_data (G_TASK (result));
  Keeping *ready = g_new0 (Keeping, 1);

  ready->versions = g_object_ref (keeping->versions);
  ready->backend = g_object_ref (keeping->backend);
  ready->after = g_bytes_ref (keeping->after);
  ready->id = g_strdup (keeping->id);
  ready->title = g_strdup (keeping->title);
  ready->summary = g_strdup (keeping->summary);
  add_waiting (keeping->versions, ready);
}

void
leyden_versions_keep (LeydenVersions *self,
                      LeydenBackend  *backend,
                      LeydenDocument *document)
{
  g_autoptr(GTask) task = NULL;
  Keeping *keeping;

  g_return_if_fail (LEYDEN_IS_VERSIONS (self));
  g_return_if_fail (LEYDEN_IS_DOCUMENT (document));

  if (!leyden_backend_is_local (backend))
    return;
  keeping = g_new0 (Keeping, 1);
  keeping->versions = g_object_ref (self);
  keeping->backend = g_object_ref (backend);
  leyden_document_dup_saved (document, &keeping->before, &keeping->after);
  keeping->id = g_strdup (leyden_flow_get_id (leyden_document_get_flow (document)));
  keeping->title = leyden_document_dup_title (document);
  task = g_task_new (NULL, NULL, summarized_cb, NULL);
  g_task_set_source_tag (task, leyden_versions_keep);
  g_task_set_task_data (task, keeping, keeping_free);
  g_task_run_in_thread (task, summarize_in_thread);
}
