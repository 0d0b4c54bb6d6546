/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a journal, as it is and with its sums put right (else nothing gets past them), replayed. */
#include <stdint.h>
#include <string.h>
#include "leyden-id.h"
#include "leyden-journal-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
replay (const char *text,
        gsize       length)
{
  static const char snapshot[] = "{\"leyden\":1,\"id\":\"f\",\"nodes\":[{\"id\":\"a\",\"type\":\"t\"},{\"id\":\"b\",\"type\":\"t\"}]}";
  g_autoptr(LeydenJournalContents) contents = g_new0 (LeydenJournalContents, 1);
  g_autoptr(LeydenReplay) result = NULL;
  g_autoptr(GError) error = NULL;

  contents->fd = -1;
  contents->path = g_strdup ("fuzz");
  if (!leyden_journal_parse (contents, text, length, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  g_assert_cmpuint (contents->good_length, <=, length);
  contents->snapshot = g_bytes_new_static (snapshot, sizeof snapshot - 1);
  result = leyden_journal_replay (contents, NULL, NULL);
  g_assert_nonnull (result->flow);
  leyden_journal_get_home (contents);
  leyden_journal_find_saved (contents, "x");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GString) fixed = g_string_new (NULL);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  replay ((const char *) data, size);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *json = strlen (lines[i]) > 17 ? lines[i] + 17 : lines[i];

      g_string_append_printf (fixed, "%016" G_GINT64_MODIFIER "x %s\n", leyden_fnv1a64 (json, strlen (json)), json);
    }
  replay (fixed->str, fixed->len);
  return 0;
}
