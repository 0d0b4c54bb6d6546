/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut-vfs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define SECTOR 512

/* A write that is not synced yet; @bytes NULL: the file was cut to @offset. */
typedef struct
{
  gint64   offset;
  GBytes  *bytes;
  gboolean lost;                /* a sync of it failed: it will never be on the disk */
} Change;

typedef struct
{
  char       *path;
  guint       n_open;
  gboolean    exists;           /* on the disk */
  GByteArray *durable;
  GPtrArray  *changes;
} Node;

typedef struct
{
  sqlite3_file  base;
  Node         *node;           /* NULL: a temporary file */
  sqlite3_file *real;           /* lies behind this */
} CutFile;

static GMutex mutex;
static sqlite3_vfs *below;
static GHashTable *nodes;       /* path → Node */
static gboolean dead;
static guint armed, count, fail_from, fail_n;
static int fail_code;
static int last_errno;
static gboolean fail_reads;

static void
change_free (gpointer data)
{
  Change *self = data;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static void
node_free (gpointer data)
{
  Node *self = data;

  g_free (self->path);
  g_byte_array_unref (self->durable);
  g_ptr_array_unref (self->changes);
  g_free (self);
}

/* --- what a disk does --- */

static void
put_bytes (GByteArray   *file,
           gint64        offset,
           const guint8 *bytes,
           gsize         size)
{
  guint before = file->len;

  if (offset + (gint64) size > file->len)
    {
      g_byte_array_set_size (file, (guint) (offset + (gint64) size));
      if (offset > before)
        memset (file->data + before, 0, (gsize) offset - before);
    }
  memcpy (file->data + offset, bytes, size);
}

static void
apply_change (GByteArray   *file,
              const Change *change)
{
  gsize size;
  const guint8 *bytes = change->bytes ? g_bytes_get_data (change->bytes, &size) : NULL;

  if (bytes != NULL)
    put_bytes (file, change->offset, bytes, size);
  else if (change->offset < file->len)
    g_byte_array_set_size (file, (guint) change->offset);
}

/* Any of its sectors, each by chance. */
static void
apply_torn (GByteArray   *file,
            const Change *change,
            GRand        *random)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (change->bytes, &size);

  for (gsize at = 0; at < size;)
    {
      gsize length = MIN (size - at, SECTOR - (gsize) (change->offset + (gint64) at) % SECTOR);

      if (g_rand_boolean (random))
        put_bytes (file, change->offset + (gint64) at, bytes + at, length);
      at += length;
    }
}

static void
sync_node (Node *node)
{
  for (guint i = 0; i < node->changes->len; i++)
    if (!((Change *) node->changes->pdata[i])->lost)
      apply_change (node->durable, node->changes->pdata[i]);
  g_ptr_array_set_size (node->changes, 0);
  node->exists = TRUE;
}

static void
lose_node (Node *node)
{
  for (guint i = 0; i < node->changes->len; i++)
    ((Change *) node->changes->pdata[i])->lost = TRUE;
}

static void
add_change (Node         *node,
            gint64        offset,
            const guint8 *bytes,
            gsize         size)
{
  Change *change = g_new0 (Change, 1);

  change->offset = offset;
  change->bytes = bytes ? g_bytes_new (bytes, size) : NULL;
  g_ptr_array_add (node->changes, change);
}

/* One operation more. 0: it is done; else errno. @cut: the power fails in it. */
static int
operate (gboolean *cut)
{
  *cut = FALSE;
  if (dead)
    return EIO;
  count++;
  if (armed != 0 && count >= armed)
    {
      dead = *cut = TRUE;
      return EIO;
    }
  if (fail_n > 0 && count >= fail_from && (fail_n == G_MAXUINT || count < fail_from + fail_n))
    return fail_code;
  return 0;
}

static int
failed (int code,
        int sqlite_code)
{
  last_errno = code;
  return code == ENOSPC && sqlite_code == SQLITE_IOERR_WRITE ? SQLITE_FULL : sqlite_code;
}

/* --- files --- */

static int
cut_close (sqlite3_file *file)
{
  CutFile *self = (CutFile *) file;
  int code = self->real->pMethods->xClose (self->real);

  g_mutex_lock (&mutex);
  if (self->node != NULL)
    self->node->n_open--;
  g_mutex_unlock (&mutex);
  return code;
}

static int
cut_read (sqlite3_file *file,
          void         *buffer,
          int           size,
          sqlite3_int64 offset)
{
  CutFile *self = (CutFile *) file;

  if (dead || fail_reads)
    return failed (EIO, SQLITE_IOERR_READ);
  return self->real->pMethods->xRead (self->real, buffer, size, offset);
}

static int
cut_write (sqlite3_file *file,
           const void   *buffer,
           int           size,
           sqlite3_int64 offset)
{
  CutFile *self = (CutFile *) file;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  gboolean cut;
  int code;

  if (self->node == NULL)
    return self->real->pMethods->xWrite (self->real, buffer, size, offset);
  code = operate (&cut);
  if (code == 0 || cut)
    add_change (self->node, offset, buffer, (gsize) size);
  return code != 0 ? failed (code, SQLITE_IOERR_WRITE) : self->real->pMethods->xWrite (self->real, buffer, size, offset);
}

static int
cut_truncate (sqlite3_file *file,
              sqlite3_int64 size)
{
  CutFile *self = (CutFile *) file;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  gboolean cut;
  int code;

  if (self->node == NULL)
    return self->real->pMethods->xTruncate (self->real, size);
  code = operate (&cut);
  if (code == 0 || cut)
    add_change (self->node, size, NULL, 0);
  return code != 0 ? failed (code, SQLITE_IOERR_TRUNCATE) : self->real->pMethods->xTruncate (self->real, size);
}

/* The real file is not synced: this disk is all in memory. */
static int
cut_sync (sqlite3_file *file,
          int           flags)
{
  CutFile *self = (CutFile *) file;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  gboolean cut;
  int code;

  if (self->node == NULL)
    return SQLITE_OK;
  code = operate (&cut);
  if (code == 0)
    sync_node (self->node);
  else if (!cut)
    lose_node (self->node);
  return code == 0 ? SQLITE_OK : failed (code, SQLITE_IOERR_FSYNC);
}

static int
cut_file_size (sqlite3_file  *file,
               sqlite3_int64 *size)
{
  CutFile *self = (CutFile *) file;

  return self->real->pMethods->xFileSize (self->real, size);
}

static int
cut_lock (sqlite3_file *file,
          int           level)
{
  return ((CutFile *) file)->real->pMethods->xLock (((CutFile *) file)->real, level);
}

static int
cut_unlock (sqlite3_file *file,
            int           level)
{
  return ((CutFile *) file)->real->pMethods->xUnlock (((CutFile *) file)->real, level);
}

static int
cut_check_lock (sqlite3_file *file,
                int          *out)
{
  return ((CutFile *) file)->real->pMethods->xCheckReservedLock (((CutFile *) file)->real, out);
}

static int
cut_control (sqlite3_file *file,
             int           op,
             void         *argument)
{
  if (op == SQLITE_FCNTL_LAST_ERRNO && last_errno != 0)
    {
      *(int *) argument = last_errno;
      return SQLITE_OK;
    }
  return ((CutFile *) file)->real->pMethods->xFileControl (((CutFile *) file)->real, op, argument);
}

static int
cut_sector_size (sqlite3_file *file)
{
  return SECTOR;
}

static int
cut_characteristics (sqlite3_file *file)
{
  return ((CutFile *) file)->real->pMethods->xDeviceCharacteristics (((CutFile *) file)->real);
}

static int
cut_shm_map (sqlite3_file   *file,
             int             region,
             int             size,
             int             extend,
             void volatile **out)
{
  return ((CutFile *) file)->real->pMethods->xShmMap (((CutFile *) file)->real, region, size, extend, out);
}

static int
cut_shm_lock (sqlite3_file *file,
              int           offset,
              int           n,
              int           flags)
{
  return ((CutFile *) file)->real->pMethods->xShmLock (((CutFile *) file)->real, offset, n, flags);
}

static void
cut_shm_barrier (sqlite3_file *file)
{
  ((CutFile *) file)->real->pMethods->xShmBarrier (((CutFile *) file)->real);
}

static int
cut_shm_unmap (sqlite3_file *file,
               int           remove)
{
  return ((CutFile *) file)->real->pMethods->xShmUnmap (((CutFile *) file)->real, remove);
}

static const sqlite3_io_methods methods = {
  2, cut_close, cut_read, cut_write, cut_truncate, cut_sync, cut_file_size, cut_lock, cut_unlock, cut_check_lock, cut_control, cut_sector_size,
  cut_characteristics, cut_shm_map, cut_shm_lock, cut_shm_barrier, cut_shm_unmap,
};

/* --- the VFS --- */

/* A file that nobody has open is as the disk has it, whoever wrote it. */
static Node *
find_node (const char *path)
{
  Node *node = g_hash_table_lookup (nodes, path);
  g_autofree char *text = NULL;
  gsize size = 0;

  if (node != NULL && node->n_open++ > 0)
    return node;
  if (node == NULL)
    {
      node = g_new0 (Node, 1);
      node->path = g_strdup (path);
      node->durable = g_byte_array_new ();
      node->changes = g_ptr_array_new_with_free_func (change_free);
      node->n_open = 1;
      g_hash_table_insert (nodes, node->path, node);
    }
  g_ptr_array_set_size (node->changes, 0);
  g_byte_array_set_size (node->durable, 0);
  node->exists = g_file_get_contents (path, &text, &size, NULL);
  if (size > 0)
    g_byte_array_append (node->durable, (const guint8 *) text, (guint) size);
  return node;
}

static int
cut_open (sqlite3_vfs  *vfs,
          const char   *name,
          sqlite3_file *file,
          int           flags,
          int          *out_flags)
{
  CutFile *self = (CutFile *) file;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  int code;

  memset (self, 0, (gsize) vfs->szOsFile);
  self->real = (sqlite3_file *) (self + 1);
  if (name != NULL)
    self->node = find_node (name);
  code = below->xOpen (below, name, self->real, flags, out_flags);
  if (code == SQLITE_OK)
    self->base.pMethods = &methods;
  else if (self->node != NULL)
    self->node->n_open--;
  return code;
}

/* Of entries of folders nothing is forgotten: a file that was removed stays removed. */
static int
cut_delete (sqlite3_vfs *vfs,
            const char  *name,
            int          sync)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  Node *node = g_hash_table_lookup (nodes, name);

  if (dead)
    return SQLITE_IOERR_DELETE;
  if (node != NULL && node->n_open == 0)
    g_hash_table_remove (nodes, name);
  return below->xDelete (below, name, sync);
}

static int
cut_access (sqlite3_vfs *vfs,
            const char  *name,
            int          flags,
            int         *out)
{
  return below->xAccess (below, name, flags, out);
}

static int
cut_full_pathname (sqlite3_vfs *vfs,
                   const char  *name,
                   int          size,
                   char        *out)
{
  return below->xFullPathname (below, name, size, out);
}

static int
cut_last_error (sqlite3_vfs *vfs,
                int          size,
                char        *out)
{
  return last_errno != 0 ? last_errno : below->xGetLastError (below, size, out);
}

void
cut_vfs_install (void)
{
  static sqlite3_vfs vfs;

  sqlite3_initialize ();
  below = sqlite3_vfs_find (NULL);
  nodes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, node_free);
  vfs = *below;
  vfs.zName = "cut";
  vfs.pNext = NULL;
  vfs.szOsFile = (int) sizeof (CutFile) + below->szOsFile;
  vfs.xOpen = cut_open;
  vfs.xDelete = cut_delete;
  vfs.xAccess = cut_access;
  vfs.xFullPathname = cut_full_pathname;
  vfs.xGetLastError = cut_last_error;
  g_assert_cmpint (sqlite3_vfs_register (&vfs, 1), ==, SQLITE_OK);
}

/* --- control --- */

void
cut_vfs_arm (guint n)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  armed = n;
  count = 0;
}

gboolean
cut_vfs_is_dead (void)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  return dead;
}

guint
cut_vfs_count (void)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  return count;
}

static void
restart_node (Node  *node,
              GRand *random)
{
  g_assert_cmpuint (node->n_open, ==, 0);
  /* The entry of a new file that was never synced may be there or not. */
  if (!node->exists && g_rand_boolean (random))
    {
      g_unlink (node->path);
      return;
    }
  for (guint i = 0; i < node->changes->len; i++)
    {
      Change *change = node->changes->pdata[i];
      double chance = g_rand_double (random);

      if (change->lost || chance < 0.35)
        continue;
      if (chance < 0.75 || change->bytes == NULL)
        apply_change (node->durable, change);
      else
        apply_torn (node->durable, change, random);
    }
  g_assert_true (g_file_set_contents (node->path, (const char *) node->durable->data, node->durable->len, NULL));
}

void
cut_vfs_restart (GRand *random)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);
  GHashTableIter iter;
  gpointer node;

  g_hash_table_iter_init (&iter, nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    restart_node (node, random);
  g_hash_table_remove_all (nodes);
  dead = FALSE;
  armed = count = 0;
  fail_n = 0;
  fail_reads = FALSE;
  last_errno = 0;
}

void
cut_vfs_fail (guint first,
              guint n,
              int   code)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  fail_from = first;
  fail_n = n;
  fail_code = code;
  count = 0;
  last_errno = 0;
}

void
cut_vfs_fail_reads (gboolean fail)
{
  fail_reads = fail;
}

void
cut_vfs_forget (void)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  g_hash_table_remove_all (nodes);
  dead = FALSE;
  armed = count = 0;
  fail_n = 0;
  fail_reads = FALSE;
  last_errno = 0;
}
