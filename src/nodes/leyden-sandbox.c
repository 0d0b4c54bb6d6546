/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-sandbox.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PATH "/usr/local/bin:/usr/bin:/bin:/app/bin"
#define TMP_SIZE "268435456"

/* Folders of the system that programs need; what is a link here is a link there. Nothing of /home, /root, /run, /var, /srv. */
static const char * const system_folders[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", NULL };
/* Single files of /etc: loader, names and certificates, but no accounts and no configuration of services. */
static const char * const system_files[] = { "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", NULL };
static const char * const network_files[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/pki",
                                              "/etc/ca-certificates", NULL };

typedef struct
{
  LeydenSandbox  kind;
  char          *program;
  char          *reason;
} Found;

const char *
leyden_sandbox_get_path (void)
{
  return PATH;
}

const char *
leyden_sandbox_to_string (LeydenSandbox self)
{
  switch (self)
    {
    case LEYDEN_SANDBOX_BUBBLEWRAP:
      return "bubblewrap";
    case LEYDEN_SANDBOX_FLATPAK:
      return "flatpak";
    case LEYDEN_SANDBOX_NONE:
    default:
      return NULL;
    }
}

static void
add (GPtrArray  *argv,
     const char *word)
{
  g_ptr_array_add (argv, g_strdup (word));
}

static void
add_words (GPtrArray          *argv,
           const char * const *words)
{
  for (guint i = 0; words[i] != NULL; i++)
    add (argv, words[i]);
}

static void
add_folder (GPtrArray  *argv,
            const char *path)
{
  g_autofree char *target = g_file_read_link (path, NULL);

  if (target != NULL)
    add_words (argv, (const char * const[]) { "--symlink", target, path, NULL });
  else if (g_file_test (path, G_FILE_TEST_EXISTS))
    add_words (argv, (const char * const[]) { "--ro-bind", path, path, NULL });
}

static void
add_files (GPtrArray          *argv,
           const char * const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    add_words (argv, (const char * const[]) { "--ro-bind-try", paths[i], paths[i], NULL });
}

static gboolean
is_in_system (const char *program)
{
  for (guint i = 0; system_folders[i] != NULL; i++)
    if (g_str_has_prefix (program, system_folders[i]) && program[strlen (system_folders[i])] == '/')
      return TRUE;
  return FALSE;
}

static void
add_bubblewrap (GPtrArray          *argv,
                const char         *bubblewrap,
                const char         *program,
                gboolean            network)
{
  add (argv, bubblewrap);
  add_words (argv, (const char * const[]) { "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname",
                                            "sandbox", NULL });
  if (network)
    add (argv, "--share-net");
  for (guint i = 0; system_folders[i] != NULL; i++)
    add_folder (argv, system_folders[i]);
  add_files (argv, system_files);
  if (network)
    add_files (argv, network_files);
  add_words (argv, (const char * const[]) { "--proc", "/proc", "--dev", "/dev", "--size", TMP_SIZE, "--tmpfs", "/tmp", NULL });
  if (!is_in_system (program))
    add_words (argv, (const char * const[]) { "--ro-bind", program, program, NULL });
  add_words (argv, (const char * const[]) { "--remount-ro", "/", "--chdir", "/tmp", NULL });
  add (argv, "--");
}

static void
add_portal (GPtrArray          *argv,
            const char         *spawn,
            gboolean            network)
{
  add (argv, spawn);
  add_words (argv, (const char * const[]) { "--sandbox", "--watch-bus", "--clear-env", "--directory=/tmp", "--env-fd=3", NULL });
  if (!network)
    add (argv, "--no-network");
  add (argv, "--");
}

/* Finding a program is not enough: kernels and containers may refuse the namespaces. */
static gboolean
try_bubblewrap (const char  *program,
                char       **reason)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autofree char *said = NULL;
  g_autofree char *first = NULL;
  int status;

  add_bubblewrap (argv, program, "/usr/bin/true", FALSE);
  add (argv, "/usr/bin/true");
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_sync ("/", (char **) argv->pdata, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status, &error))
    {
      *reason = g_strdup (error->message);
      return FALSE;
    }
  if (g_spawn_check_wait_status (status, NULL))
    return TRUE;
  first = g_utf8_make_valid (said, (gssize) strcspn (said, "\n"));
  *reason = g_strdup_printf (_("bubblewrap does not work here: %s"), first);
  return FALSE;
}

static char *
find_program (const char *name)
{
  g_auto(GStrv) folders = g_strsplit (PATH ":/usr/libexec/flatpak-xdg-utils", ":", -1);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folders[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static gpointer
find_once (gpointer data)
{
  Found *found = g_new0 (Found, 1);
  gboolean in_flatpak = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);

  if (g_strcmp0 (g_getenv ("LEYDEN_SANDBOX"), "none") == 0)
    {
      found->reason = g_strdup (_("LEYDEN_SANDBOX=none switches it off"));
      return found;
    }
  found->program = find_program (in_flatpak ? "flatpak-spawn" : "bwrap");
  if (found->program == NULL)
    found->reason = g_strdup (in_flatpak ? _("flatpak-spawn is not installed") : _("bubblewrap (bwrap) is not installed"));
  else if (in_flatpak)
    found->kind = LEYDEN_SANDBOX_FLATPAK;
  else if (try_bubblewrap (found->program, &found->reason))
    found->kind = LEYDEN_SANDBOX_BUBBLEWRAP;
  return found;
}

static const Found *
find (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, find_once, NULL);
}

LeydenSandbox
leyden_sandbox_find (const char **reason)
{
  const Found *found = find ();

  if (reason != NULL)
    *reason = found->reason;
  return found->kind;
}

GStrv
leyden_sandbox_make_argv (LeydenSandbox       self,
                          const char * const *command,
                          gboolean            network)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  const Found *found = find ();

  g_return_val_if_fail (command != NULL && command[0] != NULL, NULL);

  if (self == LEYDEN_SANDBOX_BUBBLEWRAP)
    add_bubblewrap (argv, found->program, command[0], network);
  else if (self == LEYDEN_SANDBOX_FLATPAK)
    add_portal (argv, found->kind == LEYDEN_SANDBOX_FLATPAK ? found->program : "flatpak-spawn", network);
  add_words (argv, command);
  g_ptr_array_add (argv, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

GStrv
leyden_sandbox_make_environment (LeydenSandbox        self,
                                 const char * const  *environment,
                                 GBytes             **third)
{
  /* All that flatpak-spawn needs for itself: the way to the portal. */
  static const char * const own[] = { "PATH", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", NULL };
  g_autoptr(GStrvBuilder) outer = g_strv_builder_new ();
  g_autoptr(GByteArray) bytes = g_byte_array_new ();

  g_return_val_if_fail (environment != NULL && third != NULL, NULL);

  *third = NULL;
  if (self != LEYDEN_SANDBOX_FLATPAK)
    return g_strdupv ((char **) environment);
  for (guint i = 0; own[i] != NULL; i++)
    {
      g_autofree char *variable = g_getenv (own[i]) != NULL ? g_strconcat (own[i], "=", g_getenv (own[i]), NULL) : NULL;

      if (variable != NULL)
        g_strv_builder_add (outer, variable);
    }
  for (guint i = 0; environment[i] != NULL; i++)
    g_byte_array_append (bytes, (const guint8 *) environment[i], (guint) strlen (environment[i]) + 1);
  *third = g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  return g_strv_builder_end (outer);
}
