/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoder of segments. The first byte says how many records; the rest is the body without its checksum, which is made right here
 * (a wrong one would end every attempt at once), and once more as it is. */
#include "leyden-id.h"
#include "leyden-segment.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
decode (const guint8 *body,
        gsize         size,
        guint64       n_records,
        guint64       skip)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_segment_read (body, size, "rollout", 1, 1, n_records, skip, 0, NULL, NULL, records, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (ok ? records->len == n_records - MIN (skip, n_records) : records->len == 0);
}

static void
decode_ok (const guint8 *body,
           gsize         size,
           guint64       n_records)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  g_assert_true (leyden_segment_read (body, size, "rollout", 1, 1, n_records, 0, 0, NULL, NULL, records, NULL));
  g_assert_cmpuint (records->len, ==, n_records);
}

static void
count_blob (const char *sha256,
            gpointer    data)
{
  g_assert_cmpuint (strlen (sha256), ==, 64);
  *(guint *) data += 1;
}

/* What a cut leaves is a body like any other. */
static void
take_apart (const guint8 *body,
            gsize         size,
            guint64       n_records)
{
  g_autoptr(GByteArray) half = NULL;
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  guint n_blobs = 0;

  leyden_segment_each_blob (body, size, n_records, count_blob, &n_blobs, NULL);
  g_assert_cmpuint (n_blobs, <=, n_records);
  half = leyden_segment_cut (body, size, n_records, (n_records + 1) / 2 + (n_records == 0), NULL);
  if (half != NULL && n_blobs == 0 && leyden_segment_read (body, size, "rollout", 1, 1, n_records, 0, 0, NULL, NULL, records, NULL))
    decode_ok (half->data, half->len, (n_records + 1) / 2);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GByteArray) body = g_byte_array_new ();
  guint64 checksum;

  if (size == 0)
    return 0;
  g_byte_array_append (body, data + 1, (guint) size - 1);
  decode (body->data, body->len, data[0], 0);
  checksum = GUINT64_TO_LE (leyden_fnv1a64 (body->data, body->len));
  g_byte_array_append (body, (const guint8 *) &checksum, sizeof checksum);
  decode (body->data, body->len, data[0], 0);
  decode (body->data, body->len, data[0], 1);
  take_apart (body->data, body->len, data[0]);
  return 0;
}
