/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-flow.h"
#include "leyden-http-client.h"
#include "leyden-json.h"
#include "leyden-rendezvous.h"
#include "leyden-backend.h"
#include "leyden-text.h"

static int signal_number;
static void (*signal_callback) (gpointer data);
static gpointer signal_data;

/* ---- Files ---- */

static gboolean
fail (GError     **error,
      int          code,
      const char  *path,
      const char  *what)
{
  g_autofree char *name = leyden_text_path (path);

  g_set_error (error, LEYDEN_FLOW_ERROR, code, "%s: %s", name, what);
  return FALSE;
}

static GBytes *
read_to_end (int          fd,
             const char  *path,
             gsize        max,
             GError     **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *buffer = g_malloc (64 * 1024);
  gssize n;

  for (;;)
    {
      n = read (fd, buffer, 64 * 1024);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          fail (error, LEYDEN_FLOW_ERROR_FILE, path, g_strerror (errno));
          return NULL;
        }
      if (n == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
      if (bytes->len + (gsize)n > max)
        {
          g_autofree char *what = g_strdup_printf (_("more than %zu MiB"), max / (1024 * 1024));

          fail (error, LEYDEN_FLOW_ERROR_LIMIT, path, what);
          return NULL;
        }
      g_byte_array_append (bytes, buffer, (guint)n);
    }
}

static gboolean
check_regular (int          fd,
               const char  *path,
               gsize        max,
               GError     **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return fail (error, LEYDEN_FLOW_ERROR_FILE, path, g_strerror (errno));
  if (!S_ISREG (status.st_mode))
    return fail (error, LEYDEN_FLOW_ERROR_FILE, path, _("not a regular file"));
  if ((guint64)status.st_size > max)
    {
      g_autofree char *what = g_strdup_printf (_("%" PRId64 " bytes are more than the %zu MiB that are read"),
                                               (gint64)status.st_size, max / (1024 * 1024));

      return fail (error, LEYDEN_FLOW_ERROR_LIMIT, path, what);
    }
  return TRUE;
}

GBytes *
leyden_cli_read_file (const char  *path,
                      gsize        max,
                      GError     **error)
{
  GBytes *bytes = NULL;
  int fd;

  if (strcmp (path, "-") == 0)
    {
      if (!isatty (STDIN_FILENO))
        return read_to_end (STDIN_FILENO, _("standard input"), max, error);
      fail (error, LEYDEN_FLOW_ERROR_FILE, "-", _("standard input is a terminal; name a file"));
      return NULL;
    }
  /* Without O_NONBLOCK opening a pipe would wait for a writer. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      /* Sockets and absent devices. */
      fail (error, LEYDEN_FLOW_ERROR_FILE, path, errno == ENXIO || errno == ENODEV ? _("not a regular file") : g_strerror (errno));
      return NULL;
    }
  if (check_regular (fd, path, max, error))
    bytes = read_to_end (fd, path, max, error);
  close (fd);
  return bytes;
}

/* ---- Waiting and signals ---- */

void
leyden_cli_result_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

GAsyncResult *
leyden_cli_wait (GAsyncResult **result)
{
  while (*result == NULL && signal_number == 0)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static gboolean
signal_cb (gpointer data)
{
  /* The second one is quick: what was acknowledged is on disk already. A server ends with 0 on any (design §7). */
  if (signal_number != 0)
    _exit (signal_callback != NULL ? LEYDEN_EXIT_OK : 128 + signal_number);
  signal_number = GPOINTER_TO_INT (data);
  if (signal_callback != NULL)
    signal_callback (signal_data);
  return G_SOURCE_CONTINUE;
}

void
leyden_cli_catch_signals (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_unix_signal_add_full (G_PRIORITY_HIGH, numbers[i], signal_cb, GINT_TO_POINTER (numbers[i]), NULL);
}

int
leyden_cli_get_signal (void)
{
  return signal_number;
}

void
leyden_cli_on_signal (void (*callback) (gpointer data),
                      gpointer data)
{
  signal_callback = callback;
  signal_data = data;
}

/* ---- Databases ---- */

LeydenSqliteStore *
leyden_cli_open_store (const char           *path,
                       LeydenStoreOpenFlags  flags,
                       int                  *status)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LeydenSqliteStore *store;

  leyden_sqlite_store_open_async (path, flags, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  store = leyden_sqlite_store_open_finish (result, &error);
  if (store == NULL)
    *status = leyden_cli_fail (error);
  return store;
}

/* ---- The owner of a database ---- */

struct _LeydenOwner
{
  LeydenRendezvous *there;
  LeydenHttpClient *http;
  char             *uri;
};

void
leyden_owner_free (LeydenOwner *self)
{
  if (self == NULL)
    return;
  leyden_rendezvous_free (self->there);
  g_clear_object (&self->http);
  g_free (self->uri);
  g_free (self);
}

LeydenOwner *
leyden_owner_find (const char *database)
{
  g_autofree char *file = leyden_sqlite_store_find_owner (database);
  LeydenRendezvous *there = NULL;
  LeydenOwner *self;
  gboolean v6;

  if (file != NULL && g_path_is_absolute (file))
    there = leyden_rendezvous_read (file, NULL);
  if (there == NULL || !leyden_rendezvous_is_alive (there))
    {
      leyden_rendezvous_free (there);
      return NULL;
    }
  self = g_new0 (LeydenOwner, 1);
  self->there = there;
  self->http = leyden_http_client_new ();
  v6 = strchr (there->address, ':') != NULL;
  self->uri = g_strdup_printf ("http://%s%s%s:%u", v6 ? "[" : "", there->address, v6 ? "]" : "", there->port);
  return self;
}

gint64
leyden_owner_get_pid (LeydenOwner *self)
{
  return self->there->pid;
}

const char *
leyden_owner_get_uri (LeydenOwner *self)
{
  return self->uri;
}

static void
set_refusal (GError     **error,
             guint        status,
             LeydenValue *answer)
{
  const char *detail = leyden_value_get_member_string (answer, "detail", NULL);

  if (detail != NULL)
    g_set_error_literal (error, LEYDEN_REMOTE_ERROR,
                         status == 404 ? LEYDEN_REMOTE_ERROR_NOT_FOUND : status == 409 ? LEYDEN_REMOTE_ERROR_CONFLICT
                         : status == 422 ? LEYDEN_REMOTE_ERROR_INVALID : LEYDEN_REMOTE_ERROR_UNAVAILABLE, detail);
  else
    g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE, _("The backend answered with status %u"), status);
}

const char *
leyden_owner_get_approval_key (LeydenOwner *self)
{
  return self->there->approval_key;
}

LeydenValue *
leyden_owner_get (LeydenOwner  *self,
                  const char   *path,
                  GError      **error)
{
  return leyden_owner_send (self, "GET", path, NULL, error);
}

LeydenValue *
leyden_owner_send (LeydenOwner  *self,
                   const char   *method,
                   const char   *path,
                   LeydenValue  *sent,
                   GError      **error)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new (method, uri);
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_STRICT, .max_keys = 200000 };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  leyden_http_request_set_bearer (request, self->there->key);
  leyden_http_request_set_max_body (request, 1024 * 1024 * 1024);
  if (sent != NULL)
    leyden_http_request_set_json (request, sent);
  leyden_http_client_send_async (self->http, request, NULL, leyden_cli_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  body = leyden_http_client_send_finish (self->http, result, error);
  if (body == NULL)
    return NULL;
  status = leyden_http_request_get_status (request);
  if (status < 300 && g_bytes_get_size (body) == 0)
    return leyden_value_new_null ();
  answer = leyden_json_parse_bytes (body, &limits, status < 300 ? error : NULL);
  if (status < 300)
    return g_steal_pointer (&answer);
  set_refusal (error, status, answer);
  return NULL;
}
