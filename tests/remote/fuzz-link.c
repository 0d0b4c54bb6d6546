/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leyden-connection-link.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is accepted is an address of one line without a key in it, and reads back from its link as what it is. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenConnectionLink) link = leyden_connection_link_parse (text, &error);
  g_autoptr(LeydenConnectionLink) again = NULL;
  g_autofree char *formatted = NULL;

  g_assert_true ((link == NULL) == (error != NULL));
  if (link == NULL)
    return 0;
  g_assert_true (g_str_has_prefix (link->uri, "https://") || g_str_has_prefix (link->uri, "http://"));
  g_assert_null (strpbrk (link->uri, "\r\n\t @?#"));
  g_assert_false (g_str_has_suffix (link->uri, "/"));
  g_assert_true (link->key == NULL || strpbrk (link->key, "\r\n\t ") == NULL);
  g_assert_true (link->fingerprint == NULL || strspn (link->fingerprint, "0123456789abcdef") == 64);
  formatted = leyden_connection_link_format (link);
  again = leyden_connection_link_parse (formatted, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->uri, ==, link->uri);
  g_assert_cmpstr (again->key, ==, link->key);
  g_assert_cmpstr (again->fingerprint, ==, link->fingerprint);
  return 0;
}
