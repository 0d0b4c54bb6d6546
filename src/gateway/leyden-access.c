/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-gateway-private.h"
#include "leyden-id.h"
#include "leyden-rollout-key.h"
#include "leyden-text.h"

struct _LeydenAccess
{
  char            *owner_key;
  LeydenPrincipal *owner;
  guint8           secret[LEYDEN_ROLLOUT_SECRET_SIZE];
  gboolean         has_secret;
  GMutex           mutex;               /* of what changes while the server runs */
};

/* ---- Roles and principals ---- */

static const char * const role_names[] = {
  [LEYDEN_ROLE_DEFAULT] = "none",
  [LEYDEN_ROLE_ROLLOUT] = "rollout",
  [LEYDEN_ROLE_VIEWER] = "viewer",
  [LEYDEN_ROLE_AUTHOR] = "author",
  [LEYDEN_ROLE_OPERATOR] = "operator",
  [LEYDEN_ROLE_ADMIN] = "admin",
};

const char *
leyden_gateway_role_to_string (LeydenGatewayRole role)
{
  g_return_val_if_fail ((guint) role < G_N_ELEMENTS (role_names), "none");

  return role_names[role];
}

LeydenGatewayRole
leyden_gateway_role_from_string (const char *text)
{
  for (guint role = LEYDEN_ROLE_VIEWER; role <= LEYDEN_ROLE_ADMIN; role++)
    if (g_strcmp0 (text, role_names[role]) == 0)
      return role;
  return LEYDEN_ROLE_DEFAULT;
}

LeydenPrincipal *
leyden_principal_new (const char        *name,
                      LeydenGatewayRole  role)
{
  LeydenPrincipal *self = g_atomic_rc_box_new0 (LeydenPrincipal);

  self->name = g_strdup (name);
  self->role = role;
  return self;
}

static void
principal_clear (gpointer data)
{
  LeydenPrincipal *self = data;

  g_free (self->name);
  g_free (self->rollout);
  g_free (self->attempt);
}

void
leyden_principal_unref (gpointer principal)
{
  g_atomic_rc_box_release_full (principal, principal_clear);
}

const LeydenPrincipal *
leyden_gateway_get_principal (LeydenHttpExchange *exchange)
{
  static const LeydenPrincipal nobody = { (char *) "", LEYDEN_ROLE_DEFAULT, NULL, NULL };
  const LeydenPrincipal *principal = leyden_http_exchange_get_principal (exchange);

  return principal != NULL ? principal : &nobody;
}

/* ---- The keys ---- */

LeydenAccess *
leyden_access_new (const char *owner_key)
{
  LeydenAccess *self = g_atomic_rc_box_new0 (LeydenAccess);

  g_mutex_init (&self->mutex);
  self->owner_key = g_strdup (owner_key);
  self->owner = leyden_principal_new ("owner", LEYDEN_ROLE_ADMIN);
  return self;
}

LeydenAccess *
leyden_access_ref (LeydenAccess *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
access_clear (gpointer data)
{
  LeydenAccess *self = data;

  explicit_bzero (self->owner_key, strlen (self->owner_key));
  g_free (self->owner_key);
  leyden_principal_unref (self->owner);
  explicit_bzero (self->secret, sizeof self->secret);
  g_mutex_clear (&self->mutex);
}

void
leyden_access_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, access_clear);
}

/* ---- Rollout keys ---- */

static gboolean
make_secret_file (const char *path,
                  guint8     *secret)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = getrandom (secret, LEYDEN_ROLLOUT_SECRET_SIZE, 0) == LEYDEN_ROLLOUT_SECRET_SIZE
       && write (fd, secret, LEYDEN_ROLLOUT_SECRET_SIZE) == LEYDEN_ROLLOUT_SECRET_SIZE && fsync (fd) == 0;
  ok = close (fd) == 0 && ok;
  if (!ok)
    g_unlink (path);
  return ok;
}

static gboolean
read_secret_file (const char *path,
                  guint8     *secret)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  struct stat status;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && status.st_size == LEYDEN_ROLLOUT_SECRET_SIZE
       && read (fd, secret, LEYDEN_ROLLOUT_SECRET_SIZE) == LEYDEN_ROLLOUT_SECRET_SIZE;
  /* Whoever restored it may have forgotten. */
  if (ok && (status.st_mode & 077) != 0)
    ok = fchmod (fd, 0600) == 0;
  if (!ok && errno == 0)
    errno = EINVAL;
  close (fd);
  return ok;
}

gboolean
leyden_access_load_secret (LeydenAccess  *self,
                           const char    *path,
                           GError       **error)
{
  gboolean there = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autofree char *shown = leyden_text_path (path);
  int code;

  errno = 0;
  self->has_secret = there ? read_secret_file (path, self->secret) : make_secret_file (path, self->secret);
  code = errno;
  if (!self->has_secret)
    g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE,
                 there ? _("The file %s, which holds what rollout keys are made with, is not as it should be (%s). Remove it to make all "
                           "rollout keys invalid and begin anew")
                       : _("The file %s, for what rollout keys are made with, cannot be written: %s"),
                 shown, g_strerror (code != 0 ? code : EINVAL));
  return self->has_secret;
}

char *
leyden_access_make_rollout_key (LeydenAccess *self,
                                const char   *rollout,
                                const char   *attempt,
                                gint64        expires_ns)
{
  g_return_val_if_fail (self->has_secret, NULL);

  return leyden_rollout_key_make (self->secret, rollout, attempt, expires_ns);
}

static LeydenPrincipal *
find_rollout_key (LeydenAccess *self,
                  const char   *key,
                  gint64        now_ns)
{
  g_autofree char *rollout = NULL;
  g_autofree char *attempt = NULL;
  LeydenPrincipal *principal;

  if (!self->has_secret || !leyden_rollout_key_read (self->secret, key, now_ns, &rollout, &attempt))
    return NULL;
  principal = leyden_principal_new ("rollout", LEYDEN_ROLE_ROLLOUT);
  principal->rollout = g_steal_pointer (&rollout);
  principal->attempt = g_steal_pointer (&attempt);
  return principal;
}

LeydenPrincipal *
leyden_access_find (LeydenAccess *self,
                    const char   *key,
                    gint64        now_ns)
{
  if (leyden_secure_equal (self->owner_key, key))
    return g_atomic_rc_box_acquire (self->owner);
  if (g_str_has_prefix (key, LEYDEN_ROLLOUT_KEY_PREFIX))
    return find_rollout_key (self, key, now_ns);
  return NULL;
}

/* ---- What a request may ---- */

static const char *
get_either (LeydenHttpExchange *exchange,
            const char         *name,
            const char         *other)
{
  const char *value = leyden_http_exchange_get_param (exchange, name);

  return value != NULL ? value : leyden_http_exchange_get_param (exchange, other);
}

static gboolean
may (const LeydenPrincipal *principal,
     const LeydenRoute     *route,
     LeydenHttpExchange    *exchange)
{
  const char *attempt;

  if (principal->role != LEYDEN_ROLE_ROLLOUT)
    return principal->role >= leyden_route_get_role (route);
  if ((route->access & LEYDEN_ACCESS_ROLLOUT_KEY) == 0
      || g_strcmp0 (get_either (exchange, "rollout", "rollout_id"), principal->rollout) != 0)
    return FALSE;
  attempt = get_either (exchange, "attempt", "attempt_id");
  return attempt == NULL || strcmp (attempt, principal->attempt) == 0;
}

static void
explain (LeydenHttpExchange    *exchange,
         const LeydenPrincipal *principal,
         const LeydenRoute     *route)
{
  g_autofree char *text = NULL;

  if (principal->role == LEYDEN_ROLE_ROLLOUT)
    text = g_strdup ("This key is for the events and the model calls of one attempt of one rollout");
  else
    text = g_strdup_printf ("This needs the role %s; the key has the role %s", leyden_gateway_role_to_string (leyden_route_get_role (route)),
                            leyden_gateway_role_to_string (principal->role));
  leyden_http_exchange_set_refusal (exchange, 0, text);
}

LeydenHttpAccess
leyden_access_authorize (LeydenHttpExchange *exchange,
                         const char * const *keys,
                         gpointer            data)
{
  LeydenAccess *self = data;
  const LeydenRoute *route = leyden_gateway_get_route (exchange);
  LeydenHttpAccess access = LEYDEN_HTTP_ACCESS_UNKNOWN;
  gint64 now_ns = leyden_time_now_ns ();

  for (guint i = 0; keys[i] != NULL && access != LEYDEN_HTTP_ACCESS_GRANTED; i++)
    {
      LeydenPrincipal *principal = leyden_access_find (self, keys[i], now_ns);

      if (principal == NULL)
        continue;
      /* Who has a key is told the truth of paths that nothing serves. */
      access = route == NULL || may (principal, route, exchange) ? LEYDEN_HTTP_ACCESS_GRANTED : LEYDEN_HTTP_ACCESS_FORBIDDEN;
      if (access == LEYDEN_HTTP_ACCESS_FORBIDDEN)
        explain (exchange, principal, route);
      leyden_http_exchange_set_principal (exchange, principal, leyden_principal_unref);
    }
  return access;
}
