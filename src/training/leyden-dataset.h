/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_DATASET_ERROR_ROW,             /* row number (from 1) and place in the message */
  LEYDEN_DATASET_ERROR_ENCODING,        /* not UTF-8; offers windows-1252 for CSV */
  LEYDEN_DATASET_ERROR_EMPTY,
  LEYDEN_DATASET_ERROR_LIMIT,           /* a line over 16 MiB */
  LEYDEN_DATASET_ERROR_FILE,
} LeydenDatasetError;
#define LEYDEN_DATASET_ERROR (leyden_dataset_error_quark ())
GQuark leyden_dataset_error_quark (void);

typedef enum
{
  LEYDEN_DATASET_JSONL,
  LEYDEN_DATASET_CSV,
} LeydenDatasetFormat;

/* A data set: rows are objects. Held as values; a million rows is the aim of a later reader by cursor. */
#define LEYDEN_TYPE_DATASET (leyden_dataset_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDataset, leyden_dataset, LEYDEN, DATASET, GObject)

/* Reads a file in a thread, line by line. @format by the suffix of @name when −1. @encoding NULL: UTF-8. @skip_bad: rows that fail are left
 * out and listed by get_errors. @max_rows 0: all (a preview gives a number). */
void           leyden_dataset_load_async      (const char *path, const char *name, int format, const char *encoding, gboolean skip_bad,
                                               guint max_rows, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* The same with news of the progress, at most ten times a second, in the context of the caller. */
typedef void (*LeydenDatasetProgress) (guint64 n_bytes, guint64 n_total, gpointer data);
void           leyden_dataset_load_with_progress_async (const char *path, const char *name, int format, const char *encoding,
                                               gboolean skip_bad, guint max_rows, LeydenDatasetProgress progress, gpointer progress_data,
                                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenDataset *leyden_dataset_load_finish     (GAsyncResult *result, GError **error);
LeydenDataset *leyden_dataset_parse           (GBytes *bytes, LeydenDatasetFormat format, const char *encoding, gboolean skip_bad, GError **error);
guint          leyden_dataset_get_n_rows      (LeydenDataset *self);
LeydenValue   *leyden_dataset_get_row         (LeydenDataset *self, guint index);     /* (transfer none) object */
/* Columns in order of first appearance with their kinds: list of {"name", "type", "n", "example"}. */
LeydenValue   *leyden_dataset_get_columns     (LeydenDataset *self);
/* Rows left out: list of {"row", "message"}. */
LeydenValue   *leyden_dataset_get_errors      (LeydenDataset *self);
/* Of the file. NULL when only its first rows were asked for. */
const char    *leyden_dataset_get_sha256      (LeydenDataset *self);
/* data_id as text, else the index from 0. (transfer full) */
char          *leyden_dataset_dup_item        (LeydenDataset *self, guint index);
/* "train", "validation" or "test": the row's split field, else by hash (design §4). Static. */
const char    *leyden_dataset_get_split       (LeydenDataset *self, guint index);
/* Which column feeds which field of an `input` node, guessed by name and type: object field → column. */
LeydenValue   *leyden_dataset_guess_mapping   (LeydenDataset *self, LeydenValue *fields);
/* A row as input object of the flow. @mapping NULL: same names. */
LeydenValue   *leyden_dataset_map_row         (LeydenDataset *self, guint index, LeydenValue *mapping);

G_END_DECLS
