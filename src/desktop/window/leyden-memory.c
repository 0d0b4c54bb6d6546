/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-memory.h"

#include <glib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define DELAY_MS 1000           /* what a flow sets off when it is opened, is over */

static guint trim_id;

static gboolean
trim_cb (gpointer data)
{
  trim_id = 0;
#ifdef __GLIBC__
  /* A large flow is read by a thread, whose arena would keep a fifth of the program's memory for nobody. */
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

void
leyden_memory_trim_later (void)
{
  g_clear_handle_id (&trim_id, g_source_remove);
  trim_id = g_timeout_add_full (G_PRIORITY_LOW, DELAY_MS, trim_cb, NULL, NULL);
}
