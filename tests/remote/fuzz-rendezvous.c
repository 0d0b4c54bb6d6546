/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "leyden-rendezvous.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is accepted names a numeric address, a port and a key that fits into a header. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRendezvous) there = leyden_rendezvous_parse ((const char *)data, size, &error);

  g_assert_true ((there == NULL) == (error != NULL));
  if (there != NULL)
    {
      g_assert_true (g_hostname_is_ip_address (there->address));
      g_assert_cmpint (there->port, >, 0);
      g_assert_null (strpbrk (there->key, "\r\n"));
      g_assert_cmpint (there->pid, >, 0);
    }
  return 0;
}
