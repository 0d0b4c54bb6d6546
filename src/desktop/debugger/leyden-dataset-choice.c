/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dataset-choice.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-dataset-append.h"
#include "leyden-text.h"

#define SAMPLES "/io/github/leyden/Leyden/samples/"

struct _LeydenDatasetChoice
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenDocument     *document;
  GCancellable       *cancellable;      /* of the loading under way */
  LeydenDatasetState  state;
  char               *name;
  char               *sha256;
  char               *message;
  LeydenValue        *info;
  LeydenValue        *mapping;
  gboolean            remember;         /* the user chose it: write it into the flow */
  GFile              *file;             /* where it came from in this session, nullable */
  GFileMonitor       *monitor;          /* of that file */
};

G_DEFINE_FINAL_TYPE (LeydenDatasetChoice, leyden_dataset_choice, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenValue *
new_empty_object (void)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
set_state (LeydenDatasetChoice *self,
           LeydenDatasetState   state,
           const char          *message)
{
  self->state = state;
  g_free (self->message);
  self->message = g_strdup (message);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static const char *
format_of (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return g_str_has_suffix (lower, ".csv") ? "csv" : "jsonl";
}

LeydenValue *
leyden_dataset_choice_get_fields (LeydenDatasetChoice *self)
{
  LeydenNode *node;

  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);

  node = self->document != NULL ? leyden_flow_find_node (leyden_document_get_flow (self->document), "input") : NULL;
  if (node == NULL)
    return NULL;
  return leyden_node_types_get_parameter (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), node, "fields");
}

/* Writes the choice into the flow, as the first of its data sets. (transfer full) (nullable): why that could not be. */
static char *
remember (LeydenDatasetChoice *self,
          const char          *label)
{
  static const char * const path[] = { "datasets", NULL };
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit;

  if (self->document == NULL || leyden_document_get_read_only_reason (self->document) != NULL)
    return NULL;
  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", self->name);
  leyden_value_builder_set_string (&builder, "sha256", self->sha256);
  leyden_value_builder_set_string (&builder, "hint", self->name);
  leyden_value_builder_set (&builder, "mapping", self->mapping);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  list = leyden_value_builder_end_value (&builder);
  if (leyden_value_equal (list, leyden_flow_get_property_value (leyden_document_get_flow (self->document), "datasets")))
    return NULL;
  edit = leyden_edit_new (label);
  leyden_edit_set_merge_key (edit, "datasets");
  leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", path, list);
  if (leyden_document_edit (self->document, edit, &error))
    return NULL;
  return g_strdup_printf (_("The flow does not remember this data set: %s"), error->message);
}

static void
set_ready (LeydenDatasetChoice *self)
{
  g_autofree char *problem = self->remember ? remember (self, _("Choose Data Set")) : NULL;

  set_state (self, LEYDEN_DATASET_READY, problem);
}

static void
mapping_received_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      data)
{
  g_autoptr(LeydenDatasetChoice) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *mapping = leyden_value_get_member (answer, "mapping");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (leyden_value_get_kind (mapping) == LEYDEN_VALUE_OBJECT)
    {
      leyden_value_unref (self->mapping);
      self->mapping = leyden_value_ref (mapping);
    }
  set_ready (self);
}

static void
request_mapping (LeydenDatasetChoice *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *path = g_strdup_printf ("/leyden/v1/datasets/%s/mapping", self->sha256);
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "fields", leyden_dataset_choice_get_fields (self));
  leyden_value_builder_set_string (&builder, "name", self->name);
  leyden_value_builder_set_string (&builder, "format", format_of (self->name));
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, self->cancellable,
                                mapping_received_cb, g_object_ref (self));
}

static void
info_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenDatasetChoice) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
        {
          g_autofree char *shown = leyden_text_display (self->name, -1, 80, FALSE);
          g_autofree char *message = g_strdup_printf (_("This flow uses “%s”, which is not on this computer. Choose the file."), shown);

          set_state (self, LEYDEN_DATASET_MISSING, message);
        }
      else
        set_state (self, LEYDEN_DATASET_FAILED, error->message);
      return;
    }
  g_clear_pointer (&self->info, leyden_value_unref);
  self->info = g_steal_pointer (&answer);
  if (leyden_value_get_size (self->mapping) > 0)
    set_ready (self);
  else
    request_mapping (self);
}

static void
request_info (LeydenDatasetChoice *self)
{
  g_autofree char *name = leyden_backend_escape (self->name);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/datasets/%s?name=%s&format=%s&limit=20", self->sha256, name,
                                           format_of (self->name));

  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable,
                                info_received_cb, g_object_ref (self));
}

static void
uploaded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenDatasetChoice) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = leyden_backend_upload_finish (LEYDEN_BACKEND (object), result, &error);

  if (sha256 == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        set_state (self, LEYDEN_DATASET_FAILED, error->message);
      return;
    }
  g_free (self->sha256);
  self->sha256 = g_steal_pointer (&sha256);
  request_info (self);
}

static void
forget_file (LeydenDatasetChoice *self)
{
  if (self->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->monitor, self);
      g_file_monitor_cancel (self->monitor);
    }
  g_clear_object (&self->monitor);
  g_clear_object (&self->file);
}

static void
begin (LeydenDatasetChoice *self,
       const char          *name)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_free (self->name);
  self->name = g_strdup (name);
  g_clear_pointer (&self->sha256, g_free);
  g_clear_pointer (&self->info, leyden_value_unref);
  g_clear_pointer (&self->mapping, leyden_value_unref);
  self->mapping = new_empty_object ();
  self->remember = FALSE;
}

/* A data set that comes with Leyden; only plain names are looked up among the resources. */
static GBytes *
find_sample (const char *hint)
{
  g_autofree char *path = NULL;

  if (hint == NULL || strchr (hint, '/') != NULL)
    return NULL;
  path = g_strconcat (SAMPLES, hint, NULL);
  return g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static void
load_remembered (LeydenDatasetChoice *self,
                 LeydenValue         *remembered)
{
  const char *name = leyden_value_get_member_string (remembered, "name", NULL);
  const char *hint = leyden_value_get_member_string (remembered, "hint", name);
  const char *sha256 = leyden_value_get_member_string (remembered, "sha256", NULL);
  LeydenValue *mapping = leyden_value_get_member (remembered, "mapping");
  g_autoptr(GBytes) sample = find_sample (hint);

  begin (self, name != NULL ? name : hint != NULL ? hint : "data.jsonl");
  if (leyden_value_get_kind (mapping) == LEYDEN_VALUE_OBJECT)
    {
      leyden_value_unref (self->mapping);
      self->mapping = leyden_value_ref (mapping);
    }
  if (sample != NULL)
    {
      set_state (self, LEYDEN_DATASET_LOADING, NULL);
      leyden_session_start (self->session);
      leyden_backend_upload_bytes_async (leyden_session_get_backend (self->session), sample, self->cancellable, uploaded_cb,
                                         g_object_ref (self));
    }
  else if (sha256 != NULL)
    {
      self->sha256 = g_strdup (sha256);
      set_state (self, LEYDEN_DATASET_LOADING, NULL);
      request_info (self);
    }
  else
    set_state (self, LEYDEN_DATASET_NONE, NULL);
}

void
leyden_dataset_choice_set_document (LeydenDatasetChoice *self,
                                    LeydenDocument      *document)
{
  LeydenValue *datasets;

  g_return_if_fail (LEYDEN_IS_DATASET_CHOICE (self));

  if (!g_set_object (&self->document, document))
    return;
  forget_file (self);
  datasets = document != NULL ? leyden_flow_get_property_value (leyden_document_get_flow (document), "datasets") : NULL;
  if (leyden_value_get_kind (datasets) == LEYDEN_VALUE_LIST && leyden_value_get_size (datasets) > 0)
    {
      load_remembered (self, leyden_value_get_item (datasets, 0));
      return;
    }
  begin (self, NULL);
  set_state (self, LEYDEN_DATASET_NONE, NULL);
}

static void
load_file (LeydenDatasetChoice *self)
{
  g_autofree char *basename = g_file_get_basename (self->file);
  g_autofree char *name = basename != NULL ? g_utf8_make_valid (basename, -1) : g_strdup ("data.jsonl");

  begin (self, name);
  self->remember = TRUE;
  set_state (self, LEYDEN_DATASET_LOADING, NULL);
  leyden_session_start (self->session);
  leyden_backend_upload_file_async (leyden_session_get_backend (self->session), self->file, self->cancellable, uploaded_cb,
                                    g_object_ref (self));
}

/* Somebody wrote into it: Leyden itself (a row from Try), or an editor. */
static void
file_changed_cb (LeydenDatasetChoice *self,
                 GFile               *file,
                 GFile               *other,
                 GFileMonitorEvent    event)
{
  g_autoptr(LeydenValue) mapping = NULL;

  if (event != G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT)
    return;
  mapping = leyden_value_ref (self->mapping);
  load_file (self);
  leyden_value_unref (self->mapping);
  self->mapping = g_steal_pointer (&mapping);
}

void
leyden_dataset_choice_set_file (LeydenDatasetChoice *self,
                                GFile               *file)
{
  g_return_if_fail (LEYDEN_IS_DATASET_CHOICE (self));
  g_return_if_fail (G_IS_FILE (file));

  forget_file (self);
  self->file = g_object_ref (file);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (file_changed_cb), self, G_CONNECT_SWAPPED);
  if (self->document != NULL)
    leyden_dataset_append_set_file (leyden_document_get_flow (self->document), file);
  load_file (self);
}

LeydenDatasetState
leyden_dataset_choice_get_state (LeydenDatasetChoice *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), LEYDEN_DATASET_NONE);
  return self->state;
}

const char *
leyden_dataset_choice_get_name (LeydenDatasetChoice *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);
  return self->name;
}

const char *
leyden_dataset_choice_get_message (LeydenDatasetChoice *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);
  return self->message;
}

LeydenValue *
leyden_dataset_choice_get_info (LeydenDatasetChoice *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);
  return self->info;
}

LeydenValue *
leyden_dataset_choice_get_mapping (LeydenDatasetChoice *self)
{
  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);
  return self->mapping;
}

void
leyden_dataset_choice_map (LeydenDatasetChoice *self,
                           const char          *field,
                           const char          *column)
{
  g_autoptr(LeydenValue) value = column != NULL ? leyden_value_new_string (column, -1) : NULL;
  g_autofree char *problem = NULL;
  LeydenValue *mapping;

  g_return_if_fail (LEYDEN_IS_DATASET_CHOICE (self));
  g_return_if_fail (field != NULL);

  mapping = leyden_value_with_member (self->mapping, field, value);
  leyden_value_unref (self->mapping);
  self->mapping = mapping;
  problem = remember (self, _("Map Column"));
  set_state (self, self->state, problem);
}

LeydenValue *
leyden_dataset_choice_to_request (LeydenDatasetChoice *self,
                                  const char          *split)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_DATASET_CHOICE (self), NULL);
  g_return_val_if_fail (self->state == LEYDEN_DATASET_READY, NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "sha256", self->sha256);
  leyden_value_builder_set_string (&builder, "name", self->name);
  leyden_value_builder_set_string (&builder, "format", format_of (self->name));
  leyden_value_builder_set (&builder, "mapping", self->mapping);
  if (split != NULL)
    leyden_value_builder_set_string (&builder, "split", split);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_dataset_choice_dispose (GObject *object)
{
  LeydenDatasetChoice *self = LEYDEN_DATASET_CHOICE (object);

  g_cancellable_cancel (self->cancellable);
  forget_file (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_object (&self->document);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->sha256, g_free);
  g_clear_pointer (&self->message, g_free);
  g_clear_pointer (&self->info, leyden_value_unref);
  g_clear_pointer (&self->mapping, leyden_value_unref);
  G_OBJECT_CLASS (leyden_dataset_choice_parent_class)->dispose (object);
}

static void
leyden_dataset_choice_class_init (LeydenDatasetChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_dataset_choice_dispose;
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", LEYDEN_TYPE_DATASET_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_dataset_choice_init (LeydenDatasetChoice *self)
{
  self->cancellable = g_cancellable_new ();
  self->mapping = new_empty_object ();
}

LeydenDatasetChoice *
leyden_dataset_choice_new (LeydenSession *session)
{
  LeydenDatasetChoice *self;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session), NULL);
  self = g_object_new (LEYDEN_TYPE_DATASET_CHOICE, NULL);
  self->session = g_object_ref (session);
  return self;
}
