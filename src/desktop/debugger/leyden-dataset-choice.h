/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"
#include "leyden-session.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_DATASET_NONE,
  LEYDEN_DATASET_LOADING,
  LEYDEN_DATASET_READY,
  LEYDEN_DATASET_FAILED,
  LEYDEN_DATASET_MISSING,       /* the flow names one that is not on this computer */
} LeydenDatasetState;

/**
 * LeydenDatasetChoice: the data set that a flow is run over: a file that is copied to the backend, what the backend says of it, and which
 * column feeds which field. It is remembered in the flow ("datasets").
 *
 * Signal "changed" ().
 */
#define LEYDEN_TYPE_DATASET_CHOICE (leyden_dataset_choice_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDatasetChoice, leyden_dataset_choice, LEYDEN, DATASET_CHOICE, GObject)

LeydenDatasetChoice *leyden_dataset_choice_new          (LeydenSession       *session);
/* Takes up what the document remembers: a sample is loaded, another is looked up in the backend. NULL: none. */
void                 leyden_dataset_choice_set_document (LeydenDatasetChoice *self,
                                                         LeydenDocument      *document);
/* The user chose a file: it is uploaded and remembered in the flow. */
void                 leyden_dataset_choice_set_file     (LeydenDatasetChoice *self,
                                                         GFile               *file);
LeydenDatasetState   leyden_dataset_choice_get_state    (LeydenDatasetChoice *self);
const char          *leyden_dataset_choice_get_name     (LeydenDatasetChoice *self);   /* nullable */
/* What went wrong or is missing, translated; nullable. */
const char          *leyden_dataset_choice_get_message  (LeydenDatasetChoice *self);
/* GET /leyden/v1/datasets/…: columns, splits, first rows; NULL unless ready. */
LeydenValue         *leyden_dataset_choice_get_info     (LeydenDatasetChoice *self);
/* Object field → column. Never NULL, may be empty. */
LeydenValue         *leyden_dataset_choice_get_mapping  (LeydenDatasetChoice *self);
/* @column NULL: the field gets nothing. Remembered in the flow, undoable. */
void                 leyden_dataset_choice_map          (LeydenDatasetChoice *self,
                                                         const char          *field,
                                                         const char          *column);
/* Fields of the flow's `input` node as a list; JSON null when there is none. */
LeydenValue         *leyden_dataset_choice_get_fields   (LeydenDatasetChoice *self);
/* The "dataset" of POST /leyden/v1/runs. @split NULL: all rows. (transfer full) */
LeydenValue         *leyden_dataset_choice_to_request   (LeydenDatasetChoice *self,
                                                         const char          *split);

G_END_DECLS
