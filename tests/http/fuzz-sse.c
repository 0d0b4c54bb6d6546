/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same bytes in one piece, byte by byte and in odd pieces give the same events, errors and flags. */
#include <stdint.h>

#include "leyden-http-client.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
note_cb (const char *event,
         const char *text,
         gsize       length,
         const char *id,
         gpointer    data)
{
  GString *log = data;

  g_assert_true (text[length] == '\0');
  g_assert_true (g_utf8_validate (event, -1, NULL) && g_utf8_validate (id, -1, NULL));
  g_string_append_printf (log, "%s\n%s\n%" G_GSIZE_FORMAT "\n", event, id, length);
  g_string_append_len (log, text, (gssize) length);
  return TRUE;
}

static char *
run (const char *bytes,
     gsize       size,
     gsize       piece)
{
  GString *log = g_string_new (NULL);
  g_autoptr(LeydenSseParser) parser = leyden_sse_parser_new (200, note_cb, log);
  gboolean goes_on = TRUE;

  for (gsize at = 0; at < size && goes_on; at += piece)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *copy = g_memdup2 (bytes + at, MIN (piece, size - at));      /* a heap block: no over-read unseen */

      goes_on = leyden_sse_parser_push (parser, copy, MIN (piece, size - at), &error);
      g_assert_true (goes_on == (error == NULL));
    }
  g_string_append_printf (log, "%d %d %u", goes_on, leyden_sse_parser_saw_invalid_utf8 (parser),
                          leyden_sse_parser_get_retry_ms (parser));
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
