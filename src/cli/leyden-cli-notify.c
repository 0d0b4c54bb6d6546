/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address;
static socklen_t address_length;        /* 0: nobody wants to know */
static gint64 watchdog_us;              /* 0: nobody watches */

/* A path, or "@name" in the abstract namespace; anything else is for other systems. */
static gboolean
read_address (const char *text)
{
  gsize length = text == NULL ? 0 : strlen (text);

  if (length < 2 || (text[0] != '/' && text[0] != '@') || length >= sizeof address.sun_path)
    return FALSE;
  address.sun_family = AF_UNIX;
  memcpy (address.sun_path, text, length + 1);
  address_length = (socklen_t)(offsetof (struct sockaddr_un, sun_path) + length + 1);
  if (text[0] == '@')
    {
      address.sun_path[0] = '\0';
      address_length--;
    }
  return TRUE;
}

static gint64
read_watchdog (void)
{
  const char *interval = g_getenv ("WATCHDOG_USEC");
  const char *pid = g_getenv ("WATCHDOG_PID");
  gint64 us = 0, wanted = 0;

  if (interval == NULL || !g_ascii_string_to_signed (interval, 10, 1000, G_MAXINT64, &us, NULL))
    return 0;
  if (pid != NULL && (!g_ascii_string_to_signed (pid, 10, 1, G_MAXINT64, &wanted, NULL) || wanted != (gint64)getpid ()))
    return 0;
  return us;
}

void
leyden_notify_begin (void)
{
  if (!read_address (g_getenv ("NOTIFY_SOCKET")))
    address_length = 0;
  watchdog_us = address_length > 0 ? read_watchdog () : 0;
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
}

void
leyden_notify_send (const char *message)
{
  int fd;

  if (address_length == 0)
    return;
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  /* Whoever asked and does not listen is not waited for. */
  if (fd < 0 || sendto (fd, message, strlen (message), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, address_length) < 0)
    g_message ("The service manager cannot be told “%s”: %s", message, g_strerror (errno));
  if (fd >= 0)
    close (fd);
}

static gboolean
watchdog_cb (gpointer data)
{
  leyden_notify_send ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

void
leyden_notify_start_watchdog (void)
{
  if (watchdog_us > 0)
    g_timeout_add ((guint)MIN (watchdog_us / 2000, G_MAXINT), watchdog_cb, NULL);
}
