/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same bytes in one piece, byte by byte and in odd pieces give the same answer or the same fault. */
#include <stdint.h>

#include "leyden-http-answer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char *
run (const char *bytes,
     gsize       size,
     gsize       piece)
{
  g_autoptr(LeydenHttpAnswerReader) reader = leyden_http_answer_reader_new (500);
  LeydenHttpAnswerState state = LEYDEN_HTTP_ANSWER_MORE;
  GString *log = g_string_new (NULL);
  g_autoptr(GBytes) body = NULL;
  GPtrArray *fields;
  gsize taken = 0;

  for (gsize at = 0; at < size && state == LEYDEN_HTTP_ANSWER_MORE; at += piece)
    {
      g_autofree char *copy = g_memdup2 (bytes + at, MIN (piece, size - at));      /* a heap block: no over-read unseen */
      gsize used;

      state = leyden_http_answer_reader_push (reader, copy, MIN (piece, size - at), &used);
      g_assert_cmpuint (used, <=, MIN (piece, size - at));
      taken += used;
    }
  if (state == LEYDEN_HTTP_ANSWER_MORE)
    state = leyden_http_answer_reader_end (reader);
  if (state != LEYDEN_HTTP_ANSWER_DONE)
    {
      g_string_append_printf (log, "fault %d", state);
      return g_string_free (log, FALSE);
    }
  body = leyden_http_answer_reader_take_body (reader);
  g_assert_cmpuint (g_bytes_get_size (body), <=, 500);
  g_string_append_printf (log, "%u %" G_GSIZE_FORMAT " %d ", leyden_http_answer_reader_get_status (reader), taken,
                          leyden_http_answer_reader_keeps_alive (reader));
  fields = leyden_http_answer_reader_get_fields (reader);
  for (guint i = 0; i < fields->len; i++)
    g_string_append_printf (log, "%s\n", (const char *) fields->pdata[i]);
  g_string_append_len (log, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  return g_string_free (log, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *whole = run ((const char *) data, size, MAX (size, 1));
  g_autofree char *bytes = run ((const char *) data, size, 1);
  g_autofree char *odd = run ((const char *) data, size, 7);

  g_assert_cmpstr (whole, ==, bytes);
  g_assert_cmpstr (whole, ==, odd);
  return 0;
}
