/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled into every test that starts GTK. */
#include "config.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

/* GLib lets go of its first table of quarks when that is full (GTK's types fill it). It is made before any constructor of ours, so
 * only a pre-initialiser can tell the leak checker, and a constructor end it. */
static void
ignore_leaks (void)
{
  __lsan_disable ();
}

__attribute__ ((section (".preinit_array"), used)) static void (*const ignore_leaks_early) (void) = ignore_leaks;

__attribute__ ((constructor)) static void
watch_leaks (void)
{
  __lsan_enable ();
}
#endif
