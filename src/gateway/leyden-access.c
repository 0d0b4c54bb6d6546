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

#include "leyden-blobs.h"
#include "leyden-gateway-private.h"
#include "leyden-id.h"
#include "leyden-rollout-key.h"
#include "leyden-text.h"

#define RANDOM_KEY_LENGTH 43

/* A named key and who it is. */
typedef struct
{
  LeydenKey       *key;
  LeydenPrincipal *principal;
  gint64           last_used_ns;
} Holder;

struct _LeydenAccess
{
  char            *owner_key;
  LeydenPrincipal *owner;
  gboolean         owner_is_chosen;     /* short enough to be a person's choice */
  guint8           secret[LEYDEN_ROLLOUT_SECRET_SIZE];
  gboolean         has_secret;
  LeydenLimits    *limits;

  GMutex           mutex;               /* of what follows */
  GHashTable      *holders;             /* name → Holder */
  GHashTable      *by_digest;           /* digest → Holder (borrowed) */
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

static void
holder_free (gpointer data)
{
  Holder *holder = data;

  leyden_key_free (holder->key);
  leyden_principal_unref (holder->principal);
  g_free (holder);
}

LeydenAccess *
leyden_access_new (const char *owner_key)
{
  LeydenAccess *self = g_atomic_rc_box_new0 (LeydenAccess);

  g_mutex_init (&self->mutex);
  self->holders = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, holder_free);
  self->by_digest = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->limits = leyden_limits_new ();
  self->owner_key = g_strdup (owner_key);
  self->owner_is_chosen = strlen (owner_key) < RANDOM_KEY_LENGTH;
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
  g_hash_table_unref (self->by_digest);
  g_hash_table_unref (self->holders);
  leyden_limits_unref (self->limits);
  g_mutex_clear (&self->mutex);
}

void
leyden_access_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, access_clear);
}

LeydenLimits *
leyden_access_get_limits (LeydenAccess *self)
{
  return self->limits;
}

/* ---- Named keys ---- */

static gboolean
is_of_holder (gpointer digest,
              gpointer holder,
              gpointer data)
{
  return holder == data;
}

/* With the mutex. */
static gboolean
remove_holder (LeydenAccess *self,
               const char   *name)
{
  Holder *holder = g_hash_table_lookup (self->holders, name);

  if (holder == NULL)
    return FALSE;
  g_hash_table_foreach_remove (self->by_digest, is_of_holder, holder);
  return g_hash_table_remove (self->holders, name);
}

void
leyden_access_put_key (LeydenAccess *self,
                       LeydenKey    *key)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Holder *before = g_hash_table_lookup (self->holders, key->name);
  Holder *holder = g_new0 (Holder, 1);

  holder->key = key;
  holder->last_used_ns = before != NULL ? before->last_used_ns : 0;
  holder->principal = leyden_principal_new (key->name, key->role);
  holder->principal->limit = key->limit;
  holder->principal->window_s = key->window_s;
  remove_holder (self, key->name);
  g_hash_table_insert (self->holders, key->name, holder);
  for (guint i = 0; i < key->secrets->len; i++)
    g_hash_table_insert (self->by_digest, g_strdup (g_array_index (key->secrets, LeydenKeySecret, i).sha256), holder);
}

gboolean
leyden_access_remove_key (LeydenAccess *self,
                          const char   *name)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return remove_holder (self, name);
}

gboolean
leyden_access_has_key (LeydenAccess *self,
                       const char   *name)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return g_hash_table_contains (self->holders, name);
}

LeydenKey *
leyden_access_dup_key (LeydenAccess *self,
                       const char   *name)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Holder *holder = g_hash_table_lookup (self->holders, name);
  g_autoptr(LeydenValue) value = holder != NULL ? leyden_key_to_value (holder->key) : NULL;

  return value != NULL ? leyden_key_from_value (name, value, NULL) : NULL;
}

LeydenValue *
leyden_access_list_keys (LeydenAccess *self,
                         gint64        now_ns)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr(GList) names = g_list_sort (g_hash_table_get_keys (self->holders), (GCompareFunc) strcmp);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (GList *link = names; link != NULL; link = link->next)
    {
      Holder *holder = g_hash_table_lookup (self->holders, link->data);

      leyden_value_builder_take (&b, leyden_key_describe (holder->key, holder->last_used_ns, now_ns));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenPrincipal *
find_named_key (LeydenAccess *self,
                const char   *text,
                gint64        now_ns)
{
  /* The digest of a guess says nothing about the digest that it is compared with, so that a hash table may look for it. */
  g_autofree char *digest = leyden_key_digest (text);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Holder *holder = g_hash_table_lookup (self->by_digest, digest);

  for (guint i = 0; holder != NULL && i < holder->key->secrets->len; i++)
    {
      const LeydenKeySecret *secret = &g_array_index (holder->key->secrets, LeydenKeySecret, i);
      gint64 end_ns = leyden_key_get_end (holder->key, secret);

      if (strcmp (secret->sha256, digest) != 0 || (end_ns != 0 && now_ns >= end_ns))
        continue;
      holder->last_used_ns = now_ns;
      return g_atomic_rc_box_acquire (holder->principal);
    }
  return NULL;
}

/* ---- Rollout keys ---- */

/* Whole or not at all: who has the database's lock is alone here. On disk with its name before the first key is made: a power cut would make
 * another one, and all keys that were handed out invalid. */
static gboolean
make_secret_file (const char *path,
                  guint8     *secret)
{
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean ok;
  int fd;

  g_unlink (temporary);
  fd = g_open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  ok = getrandom (secret, LEYDEN_ROLLOUT_SECRET_SIZE, 0) == LEYDEN_ROLLOUT_SECRET_SIZE
       && write (fd, secret, LEYDEN_ROLLOUT_SECRET_SIZE) == LEYDEN_ROLLOUT_SECRET_SIZE && fsync (fd) == 0;
  ok = close (fd) == 0 && ok && g_rename (temporary, path) == 0;
  if (!ok)
    g_unlink (temporary);
  ok = ok && leyden_blobs_sync_folder (folder, NULL);
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

void
leyden_access_derive (LeydenAccess *self,
                      const char   *purpose,
                      guint8       *key)
{
  g_autoptr(GHmac) hmac = NULL;
  gsize n = 32;

  g_return_if_fail (self->has_secret && purpose != NULL);

  hmac = g_hmac_new (G_CHECKSUM_SHA256, self->secret, LEYDEN_ROLLOUT_SECRET_SIZE);
  g_hmac_update (hmac, (const guchar *) purpose, -1);
  g_hmac_get_digest (hmac, key, &n);
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

/* A key that a person chose may be guessed; ours, of 43 random characters, may not. */
static gboolean
is_owner (LeydenAccess       *self,
          LeydenHttpExchange *exchange,
          const char         *key)
{
  if (self->owner_is_chosen && leyden_limits_is_suspect (self->limits, exchange))
    return FALSE;
  if (!leyden_secure_equal (self->owner_key, key))
    return FALSE;
  if (self->owner_is_chosen)
    leyden_limits_note_known (self->limits, exchange);
  return TRUE;
}

/* Whose key it is; NULL: nobody's. (transfer full) */
static LeydenPrincipal *
find_principal (LeydenAccess       *self,
                LeydenHttpExchange *exchange,
                const char         *key,
                gint64              now_ns)
{
  if (is_owner (self, exchange, key))
    return g_atomic_rc_box_acquire (self->owner);
  if (g_str_has_prefix (key, LEYDEN_ROLLOUT_KEY_PREFIX))
    return find_rollout_key (self, key, now_ns);
  return g_str_has_prefix (key, LEYDEN_KEY_PREFIX) ? find_named_key (self, key, now_ns) : NULL;
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
      LeydenPrincipal *principal = find_principal (self, exchange, keys[i], now_ns);

      if (principal == NULL)
        continue;
      /* Who has a key is told the truth of paths that nothing serves. */
      access = route == NULL || may (principal, route, exchange) ? LEYDEN_HTTP_ACCESS_GRANTED : LEYDEN_HTTP_ACCESS_FORBIDDEN;
      if (access == LEYDEN_HTTP_ACCESS_FORBIDDEN)
        explain (exchange, principal, route);
      leyden_http_exchange_set_principal (exchange, principal, leyden_principal_unref);
    }
  if (access == LEYDEN_HTTP_ACCESS_GRANTED)
    return leyden_limits_check (self->limits, exchange);
  if (access == LEYDEN_HTTP_ACCESS_FORBIDDEN)
    leyden_limits_note_forbidden (self->limits, exchange);
  else if (keys[0] != NULL)
    leyden_limits_note_unknown (self->limits, exchange);
  return access;
}
