/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-versions.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-diff.h"

struct _LeydenVersions
{
  GObject parent_instance;
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

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  Keeping *keeping = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  /* The file is saved; only the list lacks this state, and says what it has. */
  if (answer == NULL)
    g_message ("A version of “%s” was not kept: %s", keeping->title, error->message);
  else
    g_signal_emit (keeping->versions, signals[KEPT], 0, keeping->id);
  g_task_return_boolean (task, TRUE);
}

static LeydenValue *
make_body (Keeping    *keeping,
           const char *sha256)
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
  g_autoptr(GTask) task = data;
  Keeping *keeping = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = leyden_backend_upload_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = leyden_versions_dup_path (keeping->id);

  if (sha256 == NULL)
    {
      g_message ("A version of “%s” was not kept: %s", keeping->title, error->message);
      g_task_return_boolean (task, FALSE);
      return;
    }
  body = make_body (keeping, sha256);
  leyden_backend_request_async (keeping->backend, "POST", path, body, NULL, kept_cb, g_steal_pointer (&task));
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
  GTask *task = G_TASK (result);
  Keeping *keeping = g_task_get_task_data (task);
  GTask *next = g_task_new (NULL, NULL, NULL, NULL);
  Keeping *copy = g_new0 (Keeping, 1);

  copy->versions = g_object_ref (keeping->versions);
  copy->backend = g_object_ref (keeping->backend);
  copy->after = g_bytes_ref (keeping->after);
  copy->id = g_strdup (keeping->id);
  copy->title = g_strdup (keeping->title);
  copy->summary = g_strdup (keeping->summary);
  g_task_set_source_tag (next, summarized_cb);
  g_task_set_task_data (next, copy, keeping_free);
  leyden_backend_upload_bytes_async (copy->backend, copy->after, NULL, uploaded_cb, next);
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

  if (leyden_versions_get_obstacle (backend) != NULL)
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
