/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-approvals.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define FORMAT 1
#define MAX_SIZE (4 * 1024 * 1024)
#define MIN_PREFIX 8

struct _LeydenApprovals
{
  GObject      parent_instance;

  char        *path;
  struct stat  seen;            /* of the file that was read; all zero: none */
  GHashTable  *entries;         /* hash → LeydenValue */
  GPtrArray   *order;           /* the same entries, as read */
  GHashTable  *session;         /* hashes */
  GError      *error;
  gboolean     allow_unsandboxed;
};

G_DEFINE_QUARK (leyden-approval-error-quark, leyden_approval_error)
G_DEFINE_FINAL_TYPE (LeydenApprovals, leyden_approvals, G_TYPE_OBJECT)

static void
leyden_approvals_finalize (GObject *object)
{
  LeydenApprovals *self = LEYDEN_APPROVALS (object);

  g_free (self->path);
  g_hash_table_unref (self->entries);
  g_ptr_array_unref (self->order);
  g_hash_table_unref (self->session);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (leyden_approvals_parent_class)->finalize (object);
}

static void
leyden_approvals_class_init (LeydenApprovalsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_approvals_finalize;
}

static void
leyden_approvals_init (LeydenApprovals *self)
{
  self->entries = g_hash_table_new (g_str_hash, g_str_equal);
  self->order = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->session = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LeydenApprovals *
leyden_approvals_new (const char *path)
{
  LeydenApprovals *self = g_object_new (LEYDEN_TYPE_APPROVALS, NULL);

  self->path = path != NULL ? g_strdup (path) : g_build_filename (g_get_user_state_dir (), "leyden", "approved.json", NULL);
  return self;
}

const char *
leyden_approvals_get_path (LeydenApprovals *self)
{
  return self->path;
}

/* ---- Reading ---- */

static gboolean G_GNUC_PRINTF (3, 4)
fail (LeydenApprovals  *self,
      GError          **error,
      const char       *format,
      ...)
{
  g_autofree char *shown = leyden_text_path (self->path);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_FILE, _("approvals in %s: %s"), shown, message);
  return FALSE;
}

/* On the open file, not on its name: another user must not be able to approve. */
static gboolean
check_file (LeydenApprovals    *self,
            const struct stat  *info,
            GError            **error)
{
  if (!S_ISREG (info->st_mode))
    return fail (self, error, _("not a regular file"));
  if (info->st_uid != geteuid ())
    return fail (self, error, _("it belongs to another user"));
  if ((info->st_mode & 0177) != 0)
    return fail (self, error, _("others may read or write it (mode %04o); look at it, then type: chmod 600 FILE"),
                 (guint) info->st_mode & 07777);
  if (info->st_size > MAX_SIZE)
    return fail (self, error, _("larger than 4 MiB"));
  return TRUE;
}

static GBytes *
read_all (LeydenApprovals  *self,
          int               fd,
          gsize             size,
          GError          **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();

  g_byte_array_set_size (out, (guint) size);
  for (gsize n = 0; n < size;)
    {
      gssize got = read (fd, out->data + n, size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          fail (self, error, "%s", got < 0 ? g_strerror (errno) : _("it changed while it was read"));
          return NULL;
        }
      n += (gsize) got;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static void
take_entry (LeydenApprovals *self,
            LeydenValue     *entry)
{
  LeydenValue *what = leyden_value_get_member (entry, "what");
  const char *hash = leyden_value_get_member_string (entry, "hash", NULL);
  g_autofree char *true_hash = NULL;

  if (leyden_value_get_kind (what) != LEYDEN_VALUE_OBJECT || hash == NULL)
    return;
  true_hash = leyden_json_hash (what);
  if (!g_str_equal (true_hash, hash) || g_hash_table_contains (self->entries, hash))
    return;
  g_ptr_array_add (self->order, leyden_value_ref (entry));
  g_hash_table_insert (self->entries, (gpointer) leyden_value_get_member_string (entry, "hash", NULL), entry);
}

static gboolean
parse (LeydenApprovals  *self,
       GBytes           *bytes,
       GError          **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(LeydenValue) root = leyden_json_parse_bytes (bytes, NULL, &reason);
  LeydenValue *list = leyden_value_get_member (root, "approved");
  gint64 format = leyden_value_get_member_int (root, "leyden_approvals", 0);

  if (root == NULL)
    return fail (self, error, "%s", reason->message);
  if (format > FORMAT)
    return fail (self, error, _("made by a newer Leyden"));
  if (format != FORMAT || leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return fail (self, error, _("not a file of approvals"));
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    take_entry (self, leyden_value_get_item (list, i));
  return TRUE;
}

static void
forget (LeydenApprovals *self)
{
  g_hash_table_remove_all (self->entries);
  g_ptr_array_set_size (self->order, 0);
  g_clear_error (&self->error);
  memset (&self->seen, 0, sizeof self->seen);
}

static void
load (LeydenApprovals *self)
{
  g_autoptr(GBytes) bytes = NULL;
  int fd;

  forget (self);
  fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return;
  if (fd < 0)
    {
      fail (self, &self->error, "%s", errno == ELOOP ? _("it is a link") : g_strerror (errno));
      return;
    }
  if (fstat (fd, &self->seen) != 0)
    fail (self, &self->error, "%s", g_strerror (errno));
  else if (check_file (self, &self->seen, &self->error))
    bytes = read_all (self, fd, (gsize) self->seen.st_size, &self->error);
  if (bytes != NULL)
    parse (self, bytes, &self->error);
  close (fd);
}

static gboolean
is_same (const struct stat *a,
         const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode
         && a->st_uid == b->st_uid && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
         && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
refresh (LeydenApprovals *self)
{
  struct stat now;

  memset (&now, 0, sizeof now);
  if (lstat (self->path, &now) != 0)
    memset (&now, 0, sizeof now);
  if (self->error != NULL || !is_same (&now, &self->seen))
    load (self);
}

gboolean
leyden_approvals_has (LeydenApprovals *self,
                      const char      *hash)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self) && hash != NULL, FALSE);

  if (g_hash_table_contains (self->session, hash))
    return TRUE;
  refresh (self);
  return g_hash_table_contains (self->entries, hash);
}

gboolean
leyden_approvals_has_unsandboxed (LeydenApprovals *self,
                                  const char      *hash)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self) && hash != NULL, FALSE);

  refresh (self);
  return leyden_value_get_member_boolean (g_hash_table_lookup (self->entries, hash), "unsandboxed", FALSE);
}

LeydenValue *
leyden_approvals_describe_address (const char *host,
                                   guint16     port)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *lower = g_ascii_strdown (host, -1);
  g_autofree char *address = g_strdup_printf (strchr (lower, ':') != NULL ? "[%s]:%u" : "%s:%u", lower, port);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", "address");
  leyden_value_builder_set_string (&b, "address", address);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

gboolean
leyden_approvals_has_address (LeydenApprovals *self,
                              const char      *host,
                              guint16          port)
{
  g_autoptr(LeydenValue) what = leyden_approvals_describe_address (host, port);
  g_autofree char *hash = leyden_json_hash (what);

  return leyden_approvals_has (self, hash);
}

const GError *
leyden_approvals_get_error (LeydenApprovals *self)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self), NULL);

  return self->error;
}

LeydenValue *
leyden_approvals_list (LeydenApprovals  *self,
                       GError          **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self), NULL);

  refresh (self);
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return NULL;
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->order->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (self->order, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Writing ---- */

/* Two programs that approve at the same time must not lose an approval, nor bring a revoked one back. */
static int
lock (LeydenApprovals  *self,
      GError          **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *name = g_strconcat (self->path, ".lock", NULL);
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      fail (self, error, _("its folder cannot be made: %s"), g_strerror (errno));
      return -1;
    }
  fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (fd < 0 || flock (fd, LOCK_EX) != 0)
    {
      fail (self, error, _("cannot be locked: %s"), g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

static gboolean
save (LeydenApprovals  *self,
      GError          **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) root = NULL;
  g_autoptr(GError) reason = NULL;
  g_autofree char *text = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "leyden_approvals", FORMAT);
  leyden_value_builder_key (&b, "approved");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->order->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (self->order, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  root = leyden_value_builder_end_value (&b);
  text = leyden_json_write (root, LEYDEN_JSON_PRETTY);
  if (!g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &reason))
    return fail (self, error, "%s", reason->message);
  load (self);
  return TRUE;
}

/* Locked and read anew; -1 with @error. */
static int
begin (LeydenApprovals  *self,
       GError          **error)
{
  int fd = lock (self, error);

  if (fd < 0)
    return -1;
  load (self);
  if (self->error == NULL)
    return fd;
  g_propagate_error (error, g_error_copy (self->error));
  close (fd);
  return -1;
}

static gboolean
drop (LeydenApprovals *self,
      const char      *prefix,
      guint           *n_dropped)
{
  guint n = 0;

  for (guint i = self->order->len; i-- > 0;)
    {
      const char *hash = leyden_value_get_member_string (g_ptr_array_index (self->order, i), "hash", "");

      if (!g_str_has_prefix (hash, prefix))
        continue;
      g_hash_table_remove (self->entries, hash);
      g_ptr_array_remove_index (self->order, i);
      n++;
    }
  if (n_dropped != NULL)
    *n_dropped = n;
  return n > 0;
}

gboolean
leyden_approvals_grant (LeydenApprovals  *self,
                        LeydenValue      *what,
                        const char       *title,
                        gboolean          unsandboxed,
                        GError          **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *hash = NULL;
  gboolean saved;
  int fd;

  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self), FALSE);
  g_return_val_if_fail (leyden_value_get_kind (what) == LEYDEN_VALUE_OBJECT, FALSE);

  hash = leyden_json_hash (what);
  fd = begin (self, error);
  if (fd < 0)
    return FALSE;
  drop (self, hash, NULL);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "hash", hash);
  leyden_value_builder_set (&b, "what", what);
  leyden_value_builder_set_string (&b, "title", title);
  leyden_value_builder_set_boolean (&b, "unsandboxed", unsandboxed);
  leyden_value_builder_set_int (&b, "approved_ns", g_get_real_time () * 1000);
  leyden_value_builder_end (&b);
  g_ptr_array_add (self->order, leyden_value_builder_end_value (&b));
  saved = save (self, error);
  close (fd);
  return saved;
}

gboolean
leyden_approvals_revoke (LeydenApprovals  *self,
                         const char       *prefix,
                         guint            *n_revoked,
                         GError          **error)
{
  gboolean saved;
  int fd;

  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self) && prefix != NULL && n_revoked != NULL, FALSE);

  *n_revoked = 0;
  if (strlen (prefix) < MIN_PREFIX || strspn (prefix, "0123456789abcdef") != strlen (prefix))
    return fail (self, error, _("a hash, or its first %d digits or more, is needed"), MIN_PREFIX);
  fd = begin (self, error);
  if (fd < 0)
    return FALSE;
  saved = !drop (self, prefix, n_revoked) || save (self, error);
  close (fd);
  return saved;
}

void
leyden_approvals_grant_session (LeydenApprovals *self,
                                const char      *hash)
{
  g_return_if_fail (LEYDEN_IS_APPROVALS (self) && hash != NULL);

  g_hash_table_add (self->session, g_strdup (hash));
}

void
leyden_approvals_set_allow_unsandboxed (LeydenApprovals *self,
                                        gboolean         allow)
{
  g_return_if_fail (LEYDEN_IS_APPROVALS (self));

  self->allow_unsandboxed = allow;
}

gboolean
leyden_approvals_get_allow_unsandboxed (LeydenApprovals *self)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVALS (self), FALSE);

  return self->allow_unsandboxed;
}
