/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>
#include <string.h>

#include "leyden-dataset-reader.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A file in one piece and a byte at a time reads the same; every row is an object with a split and an item. */
static inline void
fuzz_rows (const uint8_t       *data,
           size_t               size,
           LeydenDatasetFormat  format,
           const char          *encoding)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) piece_error = NULL;
  g_autoptr(LeydenDataset) whole = leyden_dataset_parse (bytes, format, encoding, size % 2 == 0, &error);
  g_autoptr(LeydenDatasetReader) reader = leyden_dataset_reader_new (format, encoding, size % 2 == 0, 0, NULL);
  g_autoptr(LeydenDataset) pieces = NULL;
  gboolean good = TRUE;

  for (size_t i = 0; good && i < size; i++)
    good = leyden_dataset_reader_push (reader, (const char *) data + i, 1, &piece_error);
  if (good)
    pieces = leyden_dataset_reader_finish (reader, NULL, &piece_error);

  g_assert_true ((whole != NULL) != (error != NULL));
  g_assert_true ((whole != NULL) == (pieces != NULL));
  if (whole == NULL)
    {
      g_assert_cmpstr (error->message, ==, piece_error->message);
      g_assert_null (strpbrk (error->message, "\n\r\x1b"));
      return;
    }
  g_assert_cmpuint (leyden_dataset_get_n_rows (whole), ==, leyden_dataset_get_n_rows (pieces));
  g_assert_true (leyden_value_equal (leyden_dataset_get_errors (whole), leyden_dataset_get_errors (pieces)));
  for (guint i = 0; i < leyden_dataset_get_n_rows (whole); i++)
    {
      g_autofree char *item = leyden_dataset_dup_item (whole, i);

      g_assert_cmpint (leyden_value_get_kind (leyden_dataset_get_row (whole, i)), ==, LEYDEN_VALUE_OBJECT);
      g_assert_true (leyden_value_equal (leyden_dataset_get_row (whole, i), leyden_dataset_get_row (pieces, i)));
      g_assert_nonnull (leyden_dataset_get_split (whole, i));
    }
}
