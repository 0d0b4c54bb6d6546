/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-secrets-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#ifdef HAVE_LIBSECRET
#include <libsecret/secret.h>
#endif

#include "leyden-json.h"
#include "leyden-text.h"

#define MIN_REDACTED 4
#define MIN_REMEMBERED 32

struct _LeydenSecrets
{
  GObject     parent_instance;

  GMutex      mutex;            /* for all below: redact is called from any thread */
  GHashTable *session;          /* name -> LeydenSecret */
  GHashTable *file;             /* name -> LeydenSecret */
  GHashTable *declared;         /* name -> GStrv of origins */
  GHashTable *known;            /* set of values that must not show */
  GPtrArray *needles;           /* how they may stand in a text, the longest first; NULL: to be made */
  gboolean    use_keyring;
  LeydenMask *mask;
};

typedef struct
{
  char *name;
  char *origin;                 /* normalised */
} Lookup;

G_DEFINE_QUARK (leyden-secrets-error-quark, leyden_secrets_error)
G_DEFINE_FINAL_TYPE (LeydenSecrets, leyden_secrets, G_TYPE_OBJECT)

static void
lookup_free (Lookup *lookup)
{
  g_free (lookup->name);
  g_free (lookup->origin);
  g_free (lookup);
}

static void
wipe_cb (gpointer value)
{
  leyden_secret_wipe (value);
}

static void
leyden_secrets_finalize (GObject *object)
{
  LeydenSecrets *self = LEYDEN_SECRETS (object);

  leyden_mask_unref (self->mask);
  g_hash_table_unref (self->session);
  g_hash_table_unref (self->file);
  g_hash_table_unref (self->declared);
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->needles, g_ptr_array_unref);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (leyden_secrets_parent_class)->finalize (object);
}

static void
leyden_secrets_class_init (LeydenSecretsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_secrets_finalize;
}

static void
leyden_secrets_init (LeydenSecrets *self)
{
  self->mask = leyden_mask_new_default ();
  g_mutex_init (&self->mutex);
  self->session = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_secret_free);
  self->file = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_secret_free);
  self->declared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, wipe_cb, NULL);
}

LeydenSecrets *
leyden_secrets_new (void)
{
  return g_object_new (LEYDEN_TYPE_SECRETS, NULL);
}

void
leyden_secrets_set_use_keyring (LeydenSecrets *self,
                                gboolean       use)
{
  g_return_if_fail (LEYDEN_IS_SECRETS (self));

  self->use_keyring = use;
}

/* With the mutex held. */
static void
remember (LeydenSecrets *self,
          const char    *value)
{
  if (strlen (value) >= MIN_REDACTED && !g_hash_table_contains (self->known, value))
    g_hash_table_add (self->known, g_strdup (value));
  g_clear_pointer (&self->needles, g_ptr_array_unref);
}

gboolean
leyden_secrets_load_file (LeydenSecrets  *self,
                          const char     *path,
                          GError        **error)
{
  GHashTable *secrets;
  GHashTableIter iter;
  gpointer secret;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self) && path != NULL, FALSE);

  secrets = leyden_secrets_read_file (path, error);
  if (secrets == NULL)
    return FALSE;

  g_mutex_lock (&self->mutex);
  g_hash_table_unref (self->file);
  self->file = secrets;
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, NULL, &secret))
    remember (self, ((LeydenSecret *) secret)->value);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

void
leyden_secrets_declare_origins (LeydenSecrets      *self,
                                const char         *name,
                                const char * const *origins)
{
  g_return_if_fail (LEYDEN_IS_SECRETS (self) && name != NULL);

  g_mutex_lock (&self->mutex);
  g_hash_table_insert (self->declared, g_strdup (name), leyden_secret_normalize (origins));
  g_mutex_unlock (&self->mutex);
}

void
leyden_secrets_set_session (LeydenSecrets      *self,
                            const char         *name,
                            const char         *value,
                            const char * const *origins)
{
  g_return_if_fail (LEYDEN_IS_SECRETS (self) && name != NULL);
  g_return_if_fail (value == NULL || (origins != NULL && origins[0] != NULL));

  g_mutex_lock (&self->mutex);
  if (value != NULL)
    {
      g_hash_table_insert (self->session, g_strdup (name), leyden_secret_new (value, origins));
      remember (self, value);
    }
  else
    {
      g_hash_table_remove (self->session, name);
    }
  g_mutex_unlock (&self->mutex);
}

/* Ends the task: the value, if it may go to the origin. With the mutex held. */
static void
return_secret (LeydenSecrets      *self,
               GTask              *task,
               const LeydenSecret *secret)
{
  const Lookup *lookup = g_task_get_task_data (task);
  const char * const *origins = (const char * const *) secret->origins;
  g_autofree char *shown = leyden_text_escape (lookup->name, -1, 60);
  g_autofree char *joined = NULL;

  if (origins == NULL)
    origins = g_hash_table_lookup (self->declared, lookup->name);
  if (origins != NULL && g_strv_contains (origins, lookup->origin))
    {
      remember (self, secret->value);
      g_task_return_pointer (task, g_strdup (secret->value), wipe_cb);
      return;
    }
  joined = origins != NULL && origins[0] != NULL ? g_strjoinv (", ", (char **) origins) : g_strdup (_("nowhere"));
  g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN,
                           _("the secret “%s” may not be sent to %s; it may go to: %s"), shown, lookup->origin, joined);
}

/* LEYDEN_KEY_<NAME>: upper case, “_” for what is no ASCII letter or digit. */
static char *
variable_name (const char *name)
{
  GString *variable = g_string_new ("LEYDEN_KEY_");

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    g_string_append_c (variable, g_ascii_isalnum (*p) ? g_ascii_toupper (*p) : '_');
  return g_string_free (variable, FALSE);
}

/* What comes behind the key ring: the environment, then the file. @keyring_error says why it was of no use. */
static void
lookup_rest (LeydenSecrets *self,
             GTask         *task,
             const GError  *keyring_error)
{
  const Lookup *lookup = g_task_get_task_data (task);
  g_autofree char *variable = variable_name (lookup->name);
  g_autofree char *shown = leyden_text_escape (lookup->name, -1, 60);
  const char *value = g_getenv (variable);
  const LeydenSecret *secret;

  g_mutex_lock (&self->mutex);
  secret = g_hash_table_lookup (self->file, lookup->name);
  if (value != NULL && *value != '\0')
    {
      g_autoptr(LeydenSecret) plain = leyden_secret_new (value, NULL);

      return_secret (self, task, plain);
    }
  else if (secret != NULL)
    {
      return_secret (self, task, secret);
    }
  else if (keyring_error != NULL)
    {
      g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE,
                               _("the secret “%s” could not be read from the key ring: %s"), shown, keyring_error->message);
    }
  else
    {
      g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND,
                               _("there is no secret “%s”; add it in the preferences, as %s in the environment or in a secrets file"),
                               shown, variable);
    }
  g_mutex_unlock (&self->mutex);
}

#ifdef HAVE_LIBSECRET
static const SecretSchema schema = {
  .name = "io.github.leyden.Leyden.Secret",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = { { "name", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

static void
keyring_lookup_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenSecrets *self = g_task_get_source_object (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenSecret) secret = NULL;
  char *json = secret_password_lookup_finish (result, &error);

  if (json != NULL)
    secret = leyden_secret_from_json (json);
  secret_password_free (json);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (secret == NULL || secret->origins == NULL)
    {
      lookup_rest (self, task, error);
      return;
    }
  g_mutex_lock (&self->mutex);
  return_secret (self, task, secret);
  g_mutex_unlock (&self->mutex);
}
#endif

void
leyden_secrets_lookup_async (LeydenSecrets       *self,
                             const char          *name,
                             const char          *origin,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  Lookup *lookup;
  const LeydenSecret *secret;

  g_return_if_fail (LEYDEN_IS_SECRETS (self) && name != NULL && origin != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_secrets_lookup_async);
  lookup = g_new0 (Lookup, 1);
  lookup->name = g_strdup (name);
  lookup->origin = leyden_secrets_origin_of (origin);
  g_task_set_task_data (task, lookup, (GDestroyNotify) lookup_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (lookup->origin == NULL)
    {
      g_autofree char *shown = leyden_text_escape (origin, -1, 100);

      g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN,
                               _("a secret is sent to http and https addresses only, not to “%s”"), shown);
      return;
    }

  g_mutex_lock (&self->mutex);
  secret = g_hash_table_lookup (self->session, name);
  if (secret != NULL)
    return_secret (self, task, secret);
  g_mutex_unlock (&self->mutex);
  if (secret != NULL)
    return;
#ifdef HAVE_LIBSECRET
  if (self->use_keyring)
    {
      secret_password_lookup (&schema, cancellable, keyring_lookup_cb, g_steal_pointer (&task), "name", name, NULL);
      return;
    }
#endif
  lookup_rest (self, task, NULL);
}

char *
leyden_secrets_lookup_finish (LeydenSecrets  *self,
                              GAsyncResult   *result,
                              GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

#ifdef HAVE_LIBSECRET
static void
return_stored (GTask    *task,
               gboolean  done,
               GError   *error)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE,
                             _("the key ring could not be used: %s"), error->message);
}

static void
keyring_store_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  gboolean done = secret_password_store_finish (result, &error);

  return_stored (task, done, error);
}

/* FALSE without an error says that there was nothing to forget. */
static void
keyring_clear_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  secret_password_clear_finish (result, &error);
  return_stored (task, error == NULL, error);
}

static void
store_in_keyring (GTask              *task,
                  const char         *name,
                  const char         *value,
                  const char * const *origins)
{
  g_auto(GStrv) normal = leyden_secret_normalize (origins);
  g_autofree char *label = g_strdup_printf (_("Leyden: %s"), name);
  char *json;

  if (value == NULL)
    {
      secret_password_clear (&schema, g_task_get_cancellable (task), keyring_clear_cb, g_object_ref (task),
                             "name", name, NULL);
      return;
    }
  json = leyden_secret_to_json (value, (const char * const *) normal);
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, json, g_task_get_cancellable (task),
                         keyring_store_cb, g_object_ref (task), "name", name, NULL);
  leyden_secret_wipe (json);
}
#endif

void
leyden_secrets_store_async (LeydenSecrets       *self,
                            const char          *name,
                            const char          *value,
                            const char * const  *origins,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (LEYDEN_IS_SECRETS (self) && name != NULL);
  g_return_if_fail (value == NULL || (origins != NULL && origins[0] != NULL));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_secrets_store_async);
  if (value != NULL)
    {
      g_mutex_lock (&self->mutex);
      remember (self, value);
      g_mutex_unlock (&self->mutex);
    }
#ifdef HAVE_LIBSECRET
  if (self->use_keyring)
    {
      store_in_keyring (task, name, value, origins);
      return;
    }
#endif
  g_task_return_new_error (task, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE,
                           _("there is no key ring here; the key can be kept for this session only"));
}

gboolean
leyden_secrets_store_finish (LeydenSecrets  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static int
compare_longest_first (gconstpointer a,
                       gconstpointer b)
{
  gsize x = strlen (*(const char * const *) a);
  gsize y = strlen (*(const char * const *) b);

  return (x < y) - (x > y);
}

static void
add_needles (GPtrArray  *needles,
             const char *value)
{
  g_autoptr(GString) json = g_string_new (NULL);

  leyden_json_write_string (json, value, -1);
  g_ptr_array_add (needles, g_strdup (value));
  if (json->len != strlen (value) + 2)
    g_ptr_array_add (needles, g_strndup (json->str + 1, json->len - 2));
  explicit_bzero (json->str, json->len);
}

static void
replace_all (GString    *text,
             const char *needle)
{
  static const char mask[] = "••••";
  gsize length = strlen (needle);
  gsize at = 0;
  const char *found;

  /* The text may hold NULs, so that strstr would stop early. */
  while ((found = memmem (text->str + at, text->len - at, needle, length)) != NULL)
    {
      at = (gsize) (found - text->str);
      g_string_erase (text, (gssize) at, (gssize) length);
      g_string_insert (text, (gssize) at, mask);
      at += sizeof mask - 1;
    }
}

void
leyden_secrets_set_mask (LeydenSecrets *self,
                         LeydenMask    *mask)
{
  LeydenMask *before;

  g_return_if_fail (LEYDEN_IS_SECRETS (self) && mask != NULL);

  g_mutex_lock (&self->mutex);
  before = self->mask;
  self->mask = leyden_mask_ref (mask);
  g_mutex_unlock (&self->mutex);
  leyden_mask_unref (before);
}

LeydenMask *
leyden_secrets_dup_mask (LeydenSecrets *self)
{
  g_autoptr(GMutexLocker) locker = NULL;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self), NULL);

  locker = g_mutex_locker_new (&self->mutex);
  return leyden_mask_ref (self->mask);
}

void
leyden_secrets_remember (LeydenSecrets *self,
                         const char    *value)
{
  g_autoptr(GMutexLocker) locker = NULL;

  g_return_if_fail (LEYDEN_IS_SECRETS (self) && value != NULL);

  locker = g_mutex_locker_new (&self->mutex);
  if (strlen (value) >= MIN_REMEMBERED && !g_hash_table_contains (self->known, value))
    g_hash_table_add (self->known, g_strdup (value));
  g_clear_pointer (&self->needles, g_ptr_array_unref);
}

/* With the mutex held. (transfer none) */
static GPtrArray *
get_needles (LeydenSecrets *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->needles != NULL)
    return self->needles;
  self->needles = g_ptr_array_new_with_free_func (wipe_cb);
  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    add_needles (self->needles, value);
  g_ptr_array_sort (self->needles, compare_longest_first);
  return self->needles;
}

/* With the mutex held. */
static gboolean
has_known (LeydenSecrets *self,
           const char    *text,
           gsize          length)
{
  GPtrArray *needles = get_needles (self);

  for (guint i = 0; i < needles->len; i++)
    if (memmem (text, length, g_ptr_array_index (needles, i), strlen (g_ptr_array_index (needles, i))) != NULL)
      return TRUE;
  return FALSE;
}

char *
leyden_secrets_redact_known_changed (LeydenSecrets *self,
                                     const char    *text,
                                     gssize         length)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  gboolean found;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self) && text != NULL, NULL);

  g_mutex_lock (&self->mutex);
  found = has_known (self, text, n);
  g_mutex_unlock (&self->mutex);
  return found ? leyden_secrets_redact_known (self, text, (gssize) n) : NULL;
}

char *
leyden_secrets_redact_changed (LeydenSecrets *self,
                               const char    *text,
                               gssize         length)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr(LeydenMask) mask = NULL;
  gboolean found;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self) && text != NULL, NULL);

  g_mutex_lock (&self->mutex);
  found = has_known (self, text, n);
  mask = leyden_mask_ref (self->mask);
  g_mutex_unlock (&self->mutex);
  return found ? leyden_secrets_redact (self, text, (gssize) n) : leyden_mask_apply (mask, text, (gssize) n, LEYDEN_MASK_STORED);
}

char *
leyden_secrets_redact (LeydenSecrets *self,
                       const char    *text,
                       gssize         length)
{
  g_autoptr(LeydenMask) mask = NULL;
  char *known, *masked;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self) && text != NULL, NULL);

  known = leyden_secrets_redact_known (self, text, length);
  mask = leyden_secrets_dup_mask (self);
  masked = leyden_mask_apply (mask, known, -1, LEYDEN_MASK_STORED);
  if (masked == NULL)
    return known;
  g_free (known);
  return masked;
}

char *
leyden_secrets_redact_known (LeydenSecrets *self,
                       const char    *text,
                       gssize         length)
{
  g_autoptr(GPtrArray) needles = NULL;
  GString *out;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (self) && text != NULL, NULL);

  g_mutex_lock (&self->mutex);
  needles = g_ptr_array_ref (get_needles (self));
  g_mutex_unlock (&self->mutex);

  out = g_string_new_len (text, length < 0 ? (gssize) strlen (text) : length);
  for (guint i = 0; i < needles->len; i++)
    replace_all (out, g_ptr_array_index (needles, i));
  return g_string_free (out, FALSE);
}
