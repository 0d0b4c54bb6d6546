/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-document.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-document-private.h"
#include "leyden-edit-private.h"
#include "leyden-flow-private.h"
#include "leyden-id.h"

enum
{
  PROP_0,
  PROP_FLOW,
  PROP_FILE,
  PROP_TITLE,
  PROP_MODIFIED,
  PROP_READ_ONLY,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  PROP_UNDO_LABEL,
  PROP_REDO_LABEL,
  PROP_RECOVERED,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  JOURNAL_FAILED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (LeydenDocument, leyden_document, G_TYPE_OBJECT)

static void
update_read_only (LeydenDocument *self)
{
  g_clear_pointer (&self->read_only_reason, g_free);
  if (self->root != NULL && self->root->read_only_reason != NULL)
    {
      self->read_only_reason = g_strdup (self->root->read_only_reason);
      return;
    }
  if (leyden_flow_get_version (self->flow) > LEYDEN_FLOW_FORMAT)
    self->read_only_reason = g_strdup (_("Made by a newer Leyden. It can be looked at, but not changed."));
  else if (leyden_flow_get_n_duplicates (self->flow) > 0)
    self->read_only_reason = g_strdup (_("Two parts have the same id. Repair this first, in the list of problems."));
}

static const char *
get_undo_label (LeydenDocument *self)
{
  LeydenStep *step = leyden_history_peek_undo (leyden_document_get_root (self)->history);

  return step != NULL ? leyden_step_get_label (step) : NULL;
}

static const char *
get_redo_label (LeydenDocument *self)
{
  LeydenStep *step = leyden_history_peek_redo (leyden_document_get_root (self)->history);

  return step != NULL ? leyden_step_get_label (step) : NULL;
}

static void
show_boolean (LeydenDocument *self,
              gboolean       *shown,
              gboolean        value,
              int             property)
{
  if (*shown == value)
    return;
  *shown = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
show_text (LeydenDocument  *self,
           char           **shown,
           const char      *value,
           int              property)
{
  if (g_strcmp0 (*shown, value) == 0)
    return;
  g_free (*shown);
  *shown = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

/* Compares all that shows with what was notified last. */
void
leyden_document_update (LeydenDocument *self)
{
  g_autofree char *title = leyden_document_dup_title (self);

  update_read_only (self);
  g_object_freeze_notify (G_OBJECT (self));
  show_boolean (self, &self->shown.modified, leyden_document_is_modified (self), PROP_MODIFIED);
  show_boolean (self, &self->shown.read_only, self->read_only_reason != NULL, PROP_READ_ONLY);
  show_boolean (self, &self->shown.can_undo, leyden_document_can_undo (self), PROP_CAN_UNDO);
  show_boolean (self, &self->shown.can_redo, leyden_document_can_redo (self), PROP_CAN_REDO);
  show_text (self, &self->shown.title, title, PROP_TITLE);
  show_text (self, &self->shown.undo_label, get_undo_label (self), PROP_UNDO_LABEL);
  show_text (self, &self->shown.redo_label, get_redo_label (self), PROP_REDO_LABEL);
  g_object_thaw_notify (G_OBJECT (self));
}

void
leyden_document_report_journal (LeydenDocument *self,
                                GError         *error)
{
  if (self->journal_failed)
    return;
  self->journal_failed = TRUE;
  g_signal_emit (self, signals[JOURNAL_FAILED], 0, error);
}

typedef struct
{
  GWeakRef  document;
  GError   *error;
} LeydenReport;

static gboolean
report_cb (gpointer data)
{
  LeydenReport *report = data;
  g_autoptr(LeydenDocument) document = g_weak_ref_get (&report->document);

  if (document != NULL)
    leyden_document_report_journal (document, report->error);
  return G_SOURCE_REMOVE;
}

static void
report_free (gpointer data)
{
  LeydenReport *report = data;

  g_weak_ref_clear (&report->document);
  g_error_free (report->error);
  g_free (report);
}

/* In the thread that syncs. The document outlives its journal. */
static void
sync_failed_cb (GError   *error,
                gpointer  data)
{
  LeydenDocument *self = data;
  LeydenReport *report = g_new0 (LeydenReport, 1);

  g_weak_ref_init (&report->document, self);
  report->error = g_error_copy (error);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, report_cb, report, report_free);
}

void
leyden_document_take_journal (LeydenDocument *self,
                              LeydenJournal  *journal)
{
  g_assert (self->journal == NULL);
  self->journal = journal;
  leyden_journal_set_failed_func (journal, sync_failed_cb, self);
}

static void
fill_header (LeydenDocument      *self,
             LeydenJournalHeader *header)
{
  header->id = g_strdup (leyden_flow_get_id (self->flow));
  header->title = leyden_document_dup_title (self);
  header->uri = self->file != NULL ? g_file_get_uri (self->file) : NULL;
  header->file_sha256 = g_strdup (self->file != NULL ? self->stamp.sha256 : "");
  header->bottom = self->history->bottom;
  header->saved = self->saved;
  header->state = leyden_history_get_state (self->history);
}

static void
clear_header (LeydenJournalHeader *header)
{
  g_free (header->id);
  g_free (header->title);
  g_free (header->uri);
  g_free (header->file_sha256);
}

void
leyden_document_start_journal (LeydenDocument *self,
                               const char     *replaced)
{
  LeydenJournalHeader header;
  g_autoptr(GBytes) base = leyden_document_dup_content (self);

  if (leyden_flow_get_version (self->flow) > LEYDEN_FLOW_FORMAT)
    return;
  fill_header (self, &header);
  leyden_document_take_journal (self, leyden_journal_new (self->state_folder, &header, base, self->history, replaced));
  clear_header (&header);
}

void
leyden_document_write_record (LeydenDocument *self,
                              LeydenValue    *record)
{
  g_autoptr(GError) error = NULL;

  if (self->journal == NULL)
    return;
  if (!leyden_journal_write (self->journal, record, &error))
    leyden_document_report_journal (self, error);
}

void
leyden_document_compact_if_wanted (LeydenDocument *self)
{
  LeydenJournalHeader header;
  g_autoptr(GBytes) snapshot = NULL;

  if (self->journal == NULL || !leyden_journal_wants_compaction (self->journal))
    return;
  fill_header (self, &header);
  snapshot = leyden_document_dup_content (self);
  leyden_journal_compact (self->journal, &header, snapshot, self->history);
  clear_header (&header);
}

GBytes *
leyden_document_dup_content (LeydenDocument *self)
{
  if (self->bytes != NULL && leyden_history_get_state (self->history) == self->saved)
    return g_bytes_ref (self->bytes);
  return leyden_flow_serialize (self->flow);
}

static void
leyden_document_get_property (GObject    *object,
                              guint       id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  LeydenDocument *self = LEYDEN_DOCUMENT (object);

  switch (id)
    {
    case PROP_FLOW:
      g_value_set_object (value, self->flow);
      break;
    case PROP_FILE:
      g_value_set_object (value, leyden_document_get_file (self));
      break;
    case PROP_TITLE:
      g_value_take_string (value, leyden_document_dup_title (self));
      break;
    case PROP_MODIFIED:
      g_value_set_boolean (value, leyden_document_is_modified (self));
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, leyden_document_get_read_only_reason (self) != NULL);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, leyden_document_can_undo (self));
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, leyden_document_can_redo (self));
      break;
    case PROP_UNDO_LABEL:
      g_value_set_string (value, get_undo_label (self));
      break;
    case PROP_REDO_LABEL:
      g_value_set_string (value, get_redo_label (self));
      break;
    case PROP_RECOVERED:
      g_value_set_boolean (value, leyden_document_get_root (self)->recovered);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
leyden_document_dispose (GObject *object)
{
  leyden_document_close (LEYDEN_DOCUMENT (object), FALSE);

  G_OBJECT_CLASS (leyden_document_parent_class)->dispose (object);
}

static void
leyden_document_finalize (GObject *object)
{
  LeydenDocument *self = LEYDEN_DOCUMENT (object);

  g_clear_object (&self->root);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->history, leyden_history_free);
  g_clear_object (&self->file);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->bytes_before, g_bytes_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->state_folder);
  g_free (self->read_only_reason);
  g_free (self->recovery_note);
  g_free (self->shown.title);
  g_free (self->shown.undo_label);
  g_free (self->shown.redo_label);

  G_OBJECT_CLASS (leyden_document_parent_class)->finalize (object);
}

static void
leyden_document_class_init (LeydenDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = leyden_document_get_property;
  object_class->dispose = leyden_document_dispose;
  object_class->finalize = leyden_document_finalize;

  properties[PROP_FLOW] = g_param_spec_object ("flow", NULL, NULL, LEYDEN_TYPE_FLOW, flags);
  properties[PROP_FILE] = g_param_spec_object ("file", NULL, NULL, G_TYPE_FILE, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_MODIFIED] = g_param_spec_boolean ("modified", NULL, NULL, FALSE, flags);
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  properties[PROP_UNDO_LABEL] = g_param_spec_string ("undo-label", NULL, NULL, NULL, flags);
  properties[PROP_REDO_LABEL] = g_param_spec_string ("redo-label", NULL, NULL, NULL, flags);
  properties[PROP_RECOVERED] = g_param_spec_boolean ("recovered", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[JOURNAL_FAILED] = g_signal_new ("journal-failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
leyden_document_init (LeydenDocument *self)
{
  self->saved = 0;
}

LeydenDocument *
leyden_document_create (const char    *state_folder,
                        LeydenFlow    *flow,
                        LeydenHistory *history)
{
  LeydenDocument *self = g_object_new (LEYDEN_TYPE_DOCUMENT, NULL);

  self->state_folder = g_strdup (state_folder);
  self->flow = flow;
  self->history = history;
  self->context = g_main_context_ref_thread_default ();
  return self;
}

LeydenDocument *
leyden_document_new (const char *state_folder)
{
  LeydenDocument *self = leyden_document_create (state_folder, leyden_flow_new (), leyden_history_new ());

  leyden_document_start_journal (self, NULL);
  leyden_document_update (self);
  return self;
}

LeydenDocument *
leyden_document_new_from_bytes (const char  *state_folder,
                                GBytes      *bytes,
                                const char  *name,
                                gboolean     new_id,
                                GError     **error)
{
  LeydenFlow *flow;
  LeydenDocument *self;

  g_return_val_if_fail (bytes != NULL, NULL);

  flow = leyden_flow_parse (bytes, name, error);
  if (flow == NULL)
    return NULL;
  if (new_id)
    {
      g_autofree char *id = leyden_id_new_uuid7 ();

      leyden_flow_set_id (flow, id);
    }
  self = leyden_document_create (state_folder, flow, leyden_history_new ());
  if (!new_id)
    self->bytes = g_bytes_ref (bytes);
  leyden_document_start_journal (self, NULL);
  leyden_document_update (self);
  return self;
}

static void
root_notify_cb (GObject        *root,
                GParamSpec     *pspec,
                LeydenDocument *self)
{
  if (pspec != properties[PROP_FLOW])
    g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

LeydenDocument *
leyden_document_open_body (LeydenDocument     *self,
                           const char * const *scope)
{
  LeydenDocument *root;
  LeydenDocument *view;
  LeydenFlow *body;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  g_return_val_if_fail (scope != NULL && *scope != NULL, NULL);

  root = leyden_document_get_root (self);
  body = leyden_flow_find_body (root->flow, scope);
  if (body == NULL)
    return NULL;
  view = g_object_new (LEYDEN_TYPE_DOCUMENT, NULL);
  view->root = g_object_ref (root);
  view->flow = g_object_ref (body);
  g_signal_connect_object (root, "notify", G_CALLBACK (root_notify_cb), view, 0);
  return view;
}

LeydenDocument *
leyden_document_get_root (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  return self->root != NULL ? self->root : self;
}

LeydenFlow *
leyden_document_get_flow (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  return self->flow;
}

GFile *
leyden_document_get_file (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  return leyden_document_get_root (self)->file;
}

char *
leyden_document_dup_title (LeydenDocument *self)
{
  const char *title;
  char *name;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);

  self = leyden_document_get_root (self);
  title = leyden_flow_get_title (self->flow);
  if (*title != '\0')
    return g_strdup (title);
  if (self->file == NULL)
    return g_strdup (_("Untitled"));
  {
    g_autofree char *base = g_file_get_basename (self->file);

    name = g_filename_display_name (base);
  }
  if (g_str_has_suffix (name, ".leyden") && !g_str_equal (name, ".leyden"))
    name[strlen (name) - strlen (".leyden")] = '\0';
  return name;
}

gboolean
leyden_document_is_modified (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  self = leyden_document_get_root (self);
  return leyden_history_get_state (self->history) != self->saved;
}

const char *
leyden_document_get_read_only_reason (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  if (self->root != NULL)
    update_read_only (self);
  return self->read_only_reason;
}

const char *
leyden_document_get_recovery_note (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  return leyden_document_get_root (self)->recovery_note;
}

/* Repairs of doubled ids are what a document with such may get; nothing else. */
static gboolean
is_repair (LeydenDocument *self,
           LeydenEdit     *edit)
{
  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      LeydenFlow *flow = leyden_flow_find_body (self->flow, change->scope);
      LeydenElement *element;

      if (flow == NULL || change->kind == LEYDEN_ELEMENT_FLOW || change->after != NULL || *change->path != NULL)
        continue;
      element = leyden_flow_get_element (flow, change->kind, change->id);
      if (element != NULL && element->alias != NULL)
        return TRUE;
    }
  return FALSE;
}

/* A body with doubled ids takes repairs only; the rest of the flow is not concerned. */
static gboolean
is_in_doubled (LeydenDocument *self,
               LeydenEdit     *edit)
{
  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      LeydenFlow *body = *change->scope != NULL ? leyden_flow_find_body (self->flow, change->scope) : NULL;

      if (body != NULL && leyden_flow_get_n_duplicates (body) > 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_writable (LeydenDocument  *self,
                LeydenEdit      *edit,
                GError         **error)
{
  if (self->read_only_reason == NULL && is_in_doubled (self, edit) && !is_repair (self, edit))
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY,
                           _("Two parts have the same id. Repair this first, in the list of problems."));
      return FALSE;
    }
  if (self->read_only_reason == NULL)
    return TRUE;
  if (leyden_flow_get_version (self->flow) <= LEYDEN_FLOW_FORMAT && is_repair (self, edit))
    return TRUE;
  g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_READ_ONLY, self->read_only_reason);
  return FALSE;
}

/* The order is the promise: first it is in the journal, then it shows. */
gboolean
leyden_document_edit (LeydenDocument  *self,
                      LeydenEdit      *edit,
                      GError         **error)
{
  g_autoptr(LeydenEdit) owned = edit;
  g_autoptr(LeydenValue) record = NULL;
  gboolean join;
  guint64 state;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  g_return_val_if_fail (edit != NULL, FALSE);

  if (self->root != NULL)
    {
      g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);

      if (leyden_flow_is_orphan (self->flow))
        {
          g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("The container that this was in is gone."));
          return FALSE;
        }
      leyden_edit_set_scope (edit, (const char * const *) scope);
      return leyden_document_edit (self->root, g_steal_pointer (&owned), error);
    }
  if (!check_writable (self, edit, error) || !leyden_flow_apply_quietly (self->flow, edit, error))
    return FALSE;
  join = leyden_history_joins (self->history, edit, self->saved);
  state = self->history->last_state + 1;
  record = leyden_journal_edit_record ("edit", edit, state, join);
  leyden_document_write_record (self, record);
  leyden_history_push (self->history, edit, join, state);
  leyden_flow_emit_changed (self->flow, edit);
  leyden_document_update (self);
  leyden_document_compact_if_wanted (self);
  return TRUE;
}

gboolean
leyden_document_can_undo (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  return leyden_document_get_root (self)->history->past->len > 0;
}

gboolean
leyden_document_can_redo (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  return leyden_document_get_root (self)->history->future->len > 0;
}

static gboolean
nothing_to_do (GError **error)
{
  g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("There is nothing to undo or redo."));
  return FALSE;
}

gboolean
leyden_document_undo (LeydenDocument  *self,
                      GError         **error)
{
  LeydenStep *step;
  g_autoptr(LeydenEdit) inverse = NULL;
  g_autoptr(LeydenValue) record = NULL;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);

  self = leyden_document_get_root (self);
  step = leyden_history_peek_undo (self->history);
  if (step == NULL)
    return nothing_to_do (error);
  inverse = leyden_step_invert (step);
  if (!leyden_flow_apply_quietly (self->flow, inverse, error))
    return FALSE;
  record = leyden_journal_plain_record ("undo");
  leyden_document_write_record (self, record);
  leyden_history_undo (self->history);
  leyden_flow_emit_changed (self->flow, inverse);
  leyden_document_update (self);
  leyden_document_compact_if_wanted (self);
  return TRUE;
}

gboolean
leyden_document_redo (LeydenDocument  *self,
                      GError         **error)
{
  LeydenStep *step;
  g_autoptr(LeydenEdit) forward = NULL;
  g_autoptr(LeydenValue) record = NULL;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);

  self = leyden_document_get_root (self);
  step = leyden_history_peek_redo (self->history);
  if (step == NULL)
    return nothing_to_do (error);
  forward = leyden_step_repeat (step);
  if (!leyden_flow_apply_quietly (self->flow, forward, error))
    return FALSE;
  record = leyden_journal_plain_record ("redo");
  leyden_document_write_record (self, record);
  leyden_history_redo (self->history);
  leyden_flow_emit_changed (self->flow, forward);
  leyden_document_update (self);
  leyden_document_compact_if_wanted (self);
  return TRUE;
}

void
leyden_document_close (LeydenDocument *self,
                       gboolean        discard)
{
  gboolean modified;
  gboolean stays;

  g_return_if_fail (LEYDEN_IS_DOCUMENT (self));

  if (self->root != NULL || self->journal == NULL)
    return;
  modified = leyden_document_is_modified (self);
  /* What can be undone can still be undone when the file is opened again. */
  stays = !modified && self->file != NULL && (self->history->past->len > 0 || self->history->future->len > 0);
  if (stays && !discard)
    {
      g_autoptr(LeydenValue) record = leyden_journal_plain_record ("closed");

      leyden_document_write_record (self, record);
    }
  leyden_journal_close (g_steal_pointer (&self->journal), !discard && (modified || stays));
}
