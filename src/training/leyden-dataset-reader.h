/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dataset.h"

G_BEGIN_DECLS

/* Reads the bytes of a data set in any pieces. One thread at a time. */
typedef struct _LeydenDatasetReader LeydenDatasetReader;

/* NULL with @error for an encoding that is not known. */
LeydenDatasetReader *leyden_dataset_reader_new    (LeydenDatasetFormat   format,
                                                   const char           *encoding,
                                                   gboolean              skip_bad,
                                                   guint                 max_rows,
                                                   GError              **error);
void                 leyden_dataset_reader_free   (LeydenDatasetReader  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenDatasetReader, leyden_dataset_reader_free)
gboolean             leyden_dataset_reader_push   (LeydenDatasetReader  *self,
                                                   const char           *bytes,
                                                   gsize                 length,
                                                   GError              **error);
/* TRUE when there are as many rows as were asked for. */
gboolean             leyden_dataset_reader_is_full (LeydenDatasetReader *self);
/* @sha256: of all bytes, nullable when not all were read. (transfer full) */
LeydenDataset       *leyden_dataset_reader_finish (LeydenDatasetReader  *self,
                                                   const char           *sha256,
                                                   GError              **error);

/* Takes the rows; in leyden-dataset.c. */
LeydenDataset       *leyden_dataset_new           (GPtrArray            *rows,
                                                   LeydenValue          *errors,
                                                   const char           *sha256);

G_END_DECLS
