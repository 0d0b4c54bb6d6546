/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heads, one field a line: what the guard lets through has one Host, one length, and no bytes that it could not have. */
#include <stdint.h>
#include <string.h>

#include "leyden-http-guard.h"
#include "leyden-http-retry.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef struct
{
  LeydenHttpField fields[LEYDEN_HTTP_MAX_FIELDS + 1];
  GPtrArray *texts;
  guint n;
} Fields;

static void
split (const char *bytes,
       gsize       size,
       Fields     *fields)
{
  const char *end = bytes + size;

  while (bytes < end && fields->n < LEYDEN_HTTP_MAX_FIELDS + 1)
    {
      const char *stop = memchr (bytes, '\n', (gsize) (end - bytes));
      const char *colon;
      gsize name_length;
      char *text;

      stop = stop != NULL ? stop : end;
      text = g_malloc ((gsize) (stop - bytes) + 2);
      memcpy (text, bytes, (gsize) (stop - bytes));
      text[stop - bytes] = text[stop - bytes + 1] = '\0';
      g_ptr_array_add (fields->texts, text);
      colon = memchr (text, ':', (gsize) (stop - bytes));
      name_length = colon != NULL ? (gsize) (colon - text) : (gsize) (stop - bytes);
      fields->fields[fields->n++] = (LeydenHttpField) {
        text, name_length, text + name_length + 1,
        colon != NULL ? (gsize) (stop - bytes) - name_length - 1 : 0,
      };
      text[name_length] = '\0';
      bytes = stop + (stop < end);
    }
}

static guint
count_named (const Fields *fields,
             const char   *name)
{
  guint n = 0;

  for (guint i = 0; i < fields->n; i++)
    n += g_ascii_strcasecmp (fields->fields[i].name, name) == 0;
  return n;
}

static void
check_accepted (const Fields          *fields,
                const LeydenHttpFacts *facts)
{
  g_autoptr(GHashTable) hosts = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_add (hosts, (gpointer) "localhost");
  g_hash_table_add (hosts, (gpointer) "[::1]");
  g_assert_cmpuint (count_named (fields, "host"), ==, 1);
  g_assert_cmpuint (count_named (fields, "content-length") + count_named (fields, "transfer-encoding"), <=, 1);
  g_assert_cmpuint (facts->content_length, <, G_GUINT64_CONSTANT (1000000000000));
  for (guint i = 0; i < fields->n; i++)
    {
      for (gsize j = 0; j < fields->fields[i].value_length; j++)
        g_assert_true ((guchar) fields->fields[i].value[j] >= 0x20 || fields->fields[i].value[j] == '\t');
    }
  if (leyden_http_guard_allows_host (facts->host, hosts))
    g_assert_true (g_ascii_strncasecmp (facts->host, "localhost", 9) == 0 || g_str_has_prefix (facts->host, "[::1]"));
  leyden_http_guard_is_foreign (facts);
  leyden_http_guard_is_json (facts->content_type);
  leyden_http_guard_bearer (facts->authorization);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Fields fields = { .texts = g_ptr_array_new_with_free_func (g_free) };
  LeydenHttpHead head = { "GET", "HTTP/1.1", fields.fields, 0 };
  LeydenHttpFacts facts;
  const char *detail;
  guint status;

  split ((const char *) data, size, &fields);
  head.n_fields = fields.n;
  status = leyden_http_guard_check_head (&head, &facts, &detail);
  if (status == 0)
    check_accepted (&fields, &facts);
  else
    g_assert_true (status >= 400 && detail != NULL);
  for (guint i = 0; i < fields.n; i++)
    {
      guint delay_ms = 0;

      /* The client's reading of a server's Retry-After. */
      leyden_http_retry_parse_after (fields.fields[i].value, 1767225600, &delay_ms);
      g_assert_cmpuint (delay_ms, <=, LEYDEN_HTTP_RETRY_CAP_MS);
    }
  g_ptr_array_unref (fields.texts);
  return 0;
}
