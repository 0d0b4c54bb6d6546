/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readers of archived commits, of the write-ahead log, and of the row that stamps them. The bytes are taken as each; a file's sums are made right
 * for its first commit, so that what stands behind them is reached. */
#include "leyden-frames.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef struct
{
  const guint8 *bytes;
  gsize         size;
} Input;

static gboolean
read_input (guint8  *buffer,
            gsize    size,
            gint64   offset,
            gpointer data)
{
  Input *input = data;

  if (offset < 0 || (guint64) offset > input->size || size > input->size - (gsize) offset)
    return FALSE;
  memcpy (buffer, input->bytes + offset, size);
  return TRUE;
}

/* Every byte that a commit says it has is touched. */
static gboolean
touch (const LeydenCommit *commit,
       gpointer            data,
       GError            **error)
{
  guint *sum = data;

  for (gsize i = 0; i < (gsize) commit->n_frames * (4 + commit->page_size); i++)
    *sum += commit->frames[i];
  return TRUE;
}

static void
put_sums (guint8 *bytes,
          gsize   size)
{
  guint32 n_frames, page_size, sums[2] = { 0, 0 };
  guint64 length;

  if (size < LEYDEN_FRAMES_HEADER_SIZE + LEYDEN_COMMIT_HEADER_SIZE + 8)
    return;
  memcpy (&page_size, bytes + 12, 4);
  memcpy (&n_frames, bytes + LEYDEN_FRAMES_HEADER_SIZE + 4, 4);
  length = (guint64) n_frames * (4 + page_size) + (n_frames % 2 != 0 ? 4 : 0) + LEYDEN_COMMIT_HEADER_SIZE;
  if (length > size - LEYDEN_FRAMES_HEADER_SIZE - 8)
    return;
  for (gsize i = 0; i + 8 <= length; i += 8)
    {
      guint32 words[2];

      memcpy (words, bytes + LEYDEN_FRAMES_HEADER_SIZE + i, 8);
      sums[0] += GUINT32_FROM_LE (words[0]) + sums[1];
      sums[1] += GUINT32_FROM_LE (words[1]) + sums[0];
    }
  memcpy (bytes + LEYDEN_FRAMES_HEADER_SIZE + length, sums, 8);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  Input input = { data, size };
  LeydenLogCursor cursor = { { 0 } };
  LeydenStamp stamp;
  guint sum = 0;
  g_autoptr(GError) error = NULL;
  gboolean ok;

  ok = leyden_frames_read (data, size, touch, &sum, &error);
  g_assert_true (ok == (error == NULL));
  g_clear_error (&error);
  put_sums (copy, size);
  ok = leyden_frames_read (copy, size, touch, &sum, &error);
  g_assert_true (ok == (error == NULL));
  g_assert_true (leyden_log_read (&cursor, read_input, &input, 2, touch, &sum, NULL));
  leyden_stamp_read (data, size, &stamp);
  return 0;
}
