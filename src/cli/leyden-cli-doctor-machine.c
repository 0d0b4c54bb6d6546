/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-doctor.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "leyden-cli-config.h"
#include "leyden-id.h"
#include "leyden-rendezvous.h"
#include "leyden-text.h"

#define MIN_FREE_MIB 64
/* A clock may be this far behind the newest record before that is odd. */
#define SLACK_NS ((gint64)60 * 1000000000)

/* ---- Disk ---- */

/* Source: statfs(2). Locks and shared memory of SQLite's log do not work there, or only for one machine. */
static const struct { unsigned long magic; const char *name; gboolean network; } file_systems[] = {
  { 0x6969, "NFS", TRUE },
  { 0xFF534D42, "CIFS", TRUE },
  { 0xFE534D42, "SMB2", TRUE },
  { 0x517B, "SMB", TRUE },
  { 0x01021997, "9P", TRUE },
  { 0x65735546, "FUSE", FALSE },
  { 0x01021994, "tmpfs", FALSE },
  { 0x858458F6, "ramfs", FALSE },
};

/* The nearest folder that is there. */
static char *
existing_folder (const char *path)
{
  char *folder = g_path_get_dirname (path);

  while (!g_file_test (folder, G_FILE_TEST_IS_DIR) && strcmp (folder, "/") != 0 && strcmp (folder, ".") != 0)
    {
      g_autofree char *below = folder;

      folder = g_path_get_dirname (below);
    }
  return folder;
}

static const char *
describe_file_system (unsigned long  magic,
                      gboolean      *network)
{
  *network = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (file_systems); i++)
    if (file_systems[i].magic == magic)
      {
        *network = file_systems[i].network;
        return file_systems[i].name;
      }
  return NULL;
}

void
leyden_doctor_check_disk (LeydenDoctor *self,
                          const char   *database)
{
  g_autofree char *folder = existing_folder (database);
  g_autofree char *name = leyden_text_path (folder);
  g_autoptr(GString) text = g_string_new (NULL);
  const char *setting = leyden_doctor_get_setting (self, "min-free");
  guint64 wanted = setting == NULL ? MIN_FREE_MIB : g_ascii_strtoull (setting, NULL, 10);
  struct statvfs space;
  struct statfs kind = { 0 };
  gboolean network, well;
  const char *system;
  guint64 free_mib;

  if (statvfs (folder, &space) != 0)
    {
      g_string_printf (text, "%s: %s", name, g_strerror (errno));
      leyden_doctor_report (self, "disk", _("Disk"), FALSE, text->str);
      return;
    }
  statfs (folder, &kind);
  free_mib = (guint64)space.f_bavail * space.f_frsize / (1024 * 1024);
  system = describe_file_system ((unsigned long)kind.f_type & 0xFFFFFFFFUL, &network);
  g_string_printf (text, _("%s: %" PRIu64 " MiB free"), name, free_mib);
  well = free_mib >= wanted && !network && access (folder, W_OK) == 0 && (space.f_flag & ST_RDONLY) == 0;
  if (free_mib < wanted)
    g_string_append_printf (text, _("; less than the %" PRIu64 " that a backend wants to be ready"), wanted);
  if ((space.f_flag & ST_RDONLY) != 0)
    g_string_append (text, _("; the file system is read-only"));
  else if (access (folder, W_OK) != 0)
    g_string_append (text, _("; you may not write there"));
  if (space.f_files > 0 && space.f_favail == 0)
    {
      g_string_append (text, _("; no file can be made any more (no inodes)"));
      well = FALSE;
    }
  if (network)
    g_string_append_printf (text, _("; %s is a network file system, on which a database can be damaged"), system);
  else if (system != NULL)
    g_string_append_printf (text, " (%s)", system);
  leyden_doctor_report (self, "disk", _("Disk"), well, text->str);
}

/* ---- Port ---- */

/* 0, or the errno of an attempt to listen there. */
static int
try_to_listen (const char *address,
               guint16     port)
{
  g_autoptr(GSocketAddress) where = g_inet_socket_address_new_from_string (address, port);
  g_autoptr(GSocket) probe = NULL;
  g_autoptr(GError) error = NULL;

  probe = where == NULL ? NULL : g_socket_new (g_socket_address_get_family (where), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  if (probe == NULL)
    return EAFNOSUPPORT;
  if (g_socket_bind (probe, where, TRUE, &error) && g_socket_listen (probe, &error))
    return 0;
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE)        ? EADDRINUSE
         : g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) ? EACCES
                                                                             : EADDRNOTAVAIL;
}

/* With TLS the rendezvous file names the plain listener beside the one of the settings. */
static gboolean
is_ours (const char *database,
         guint16     port,
         gboolean    tls)
{
  g_autofree char *folder = leyden_rendezvous_folder ();
  g_autofree char *path = leyden_rendezvous_path (folder, database);
  g_autoptr(LeydenRendezvous) there = leyden_rendezvous_read (path, NULL);

  return there != NULL && leyden_rendezvous_is_alive (there) && (tls || there->port == port);
}

void
leyden_doctor_check_port (LeydenDoctor *self,
                          const char   *database)
{
  const char *listen = leyden_doctor_get_setting (self, "listen");
  g_autofree char *address = NULL;
  g_autofree char *text = NULL;
  guint16 port = 0;
  int code;

  if (listen == NULL)
    address = g_strdup ("127.0.0.1");
  else if (!leyden_cli_parse_listen (listen, &address, &port))
    {
      g_autofree char *shown = leyden_text_escape (listen, -1, 80);

      text = g_strdup_printf (_("“%s” is not ADDRESS:PORT"), shown);
      leyden_doctor_report (self, "port", _("Port"), FALSE, text);
      return;
    }
  code = try_to_listen (address, port);
  if (code == EADDRINUSE && is_ours (database, port, leyden_doctor_get_setting (self, "tls-cert") != NULL))
    {
      text = g_strdup_printf (_("%s port %u is the running backend's"), address, port);
      code = 0;
    }
  else if (code != 0)
    text = g_strdup_printf (_("%s port %u: %s"), address, port, g_strerror (code));
  else if (port == 0)
    text = g_strdup_printf (_("%s: the backend takes one that is free"), address);
  else
    text = g_strdup_printf (_("%s port %u is free"), address, port);
  leyden_doctor_report (self, "port", _("Port"), code == 0, text);
}

/* ---- Clock ---- */

void
leyden_doctor_check_clock (LeydenDoctor *self,
                           gint64        last_ns)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d %H:%M:%S UTC");
  struct timex state = { 0 };
  g_autofree char *text = NULL;
  gint64 behind_ns = last_ns - leyden_time_now_ns ();
  const char *sync;

  if (behind_ns > SLACK_NS)
    {
      text = g_strdup_printf (_("%s, which is %.0f s before the newest entry of the database: the clock was set back, or was wrong then"), time,
                              (double)behind_ns / 1e9);
      leyden_doctor_report (self, "clock", _("Clock"), FALSE, text);
      return;
    }
  /* Reads only. */
  sync = adjtimex (&state) >= 0 && (state.status & STA_UNSYNC) == 0 ? _("kept right over the network")
                                                                    : _("nothing says that it is kept right over the network");
  text = g_strdup_printf ("%s, %s", time, sync);
  leyden_doctor_report (self, "clock", _("Clock"), TRUE, text);
}

/* ---- Graphics processors ---- */

static const char *
vendor_of (const char *card)
{
  static const struct { const char *id; const char *name; } vendors[] = {
    { "0x10de", "NVIDIA" }, { "0x1002", "AMD" }, { "0x8086", "Intel" },
  };
  g_autofree char *path = g_build_filename ("/sys/class/drm", card, "device", "vendor", NULL);
  g_autofree char *id = NULL;

  if (!g_file_get_contents (path, &id, NULL, NULL))
    return NULL;
  g_strchomp (id);
  for (guint i = 0; i < G_N_ELEMENTS (vendors); i++)
    if (strcmp (vendors[i].id, id) == 0)
      return vendors[i].name;
  return _("another maker");
}

/* card0, not card0-HDMI-A-1. */
static gboolean
is_card (const char *name)
{
  return g_str_has_prefix (name, "card") && name[4] != '\0' && strspn (name + 4, "0123456789") == strlen (name + 4);
}

void
leyden_doctor_check_gpu (LeydenDoctor *self)
{
  g_autoptr(GDir) folder = g_dir_open ("/sys/class/drm", 0, NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      const char *vendor = is_card (name) ? vendor_of (name) : NULL;

      if (vendor != NULL)
        g_string_append_printf (text, "%s%s (%s)", text->len == 0 ? "" : ", ", name, vendor);
    }
  if (g_file_test ("/dev/nvidia0", G_FILE_TEST_EXISTS))
    g_string_append_printf (text, "%s%s", text->len == 0 ? "" : "; ", _("CUDA's device is there"));
  if (g_file_test ("/dev/kfd", G_FILE_TEST_EXISTS))
    g_string_append_printf (text, "%s%s", text->len == 0 ? "" : "; ", _("ROCm's device is there"));
  /* Leyden itself computes nothing on one; servers of models do. */
  leyden_doctor_report (self, "gpu", _("Graphics"), TRUE, text->len > 0 ? text->str : _("no graphics processor; models answer elsewhere, or slowly"));
}
