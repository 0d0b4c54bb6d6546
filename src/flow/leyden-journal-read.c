/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-journal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "leyden-edit-private.h"
#include "leyden-file-private.h"
#include "leyden-flow-private.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define JOURNAL_FORMAT 1
#define MAX_JOURNAL_BYTES (512u << 20)
#define SUM_LENGTH 16
#define LOCK_TRIES 10
#define LOCK_WAIT_US 5000

void
leyden_journal_append_line (GString     *out,
                            LeydenValue *record)
{
  g_autofree char *json = leyden_json_write (record, LEYDEN_JSON_COMPACT);
  gsize length = strlen (json);

  g_string_append_printf (out, "%016" G_GINT64_MODIFIER "x ", leyden_fnv1a64 (json, length));
  g_string_append_len (out, json, (gssize) length);
  g_string_append_c (out, '\n');
}

static void
set_state (LeydenValueBuilder *builder,
           const char         *key,
           guint64             state)
{
  leyden_value_builder_set_int (builder, key, state == G_MAXUINT64 ? -1 : (gint64) state);
}

static guint64
get_state (LeydenValue *value,
           const char  *key)
{
  gint64 state = leyden_value_get_member_int (value, key, -1);

  return state < 0 ? G_MAXUINT64 : (guint64) state;
}

LeydenValue *
leyden_journal_header_to_value (const LeydenJournalHeader *header,
                                const char                *snapshot_sha256)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_int (&builder, "leyden_journal", JOURNAL_FORMAT);
  leyden_value_builder_set_string (&builder, "id", header->id);
  leyden_value_builder_set_string (&builder, "title", header->title);
  leyden_value_builder_set_string (&builder, "uri", header->uri);
  leyden_value_builder_set_string (&builder, "file", header->file_sha256);
  leyden_value_builder_set_string (&builder, "snapshot", snapshot_sha256);
  set_state (&builder, "bottom", header->bottom);
  set_state (&builder, "saved", header->saved);
  set_state (&builder, "state", header->state);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_journal_edit_record (const char *kind,
                            LeydenEdit *edit,
                            guint64     state,
                            gboolean    join)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_take (&builder, kind, leyden_edit_to_value (edit));
  set_state (&builder, "state", state);
  if (join)
    leyden_value_builder_set_boolean (&builder, "join", TRUE);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_journal_saved_record (const char *sha256,
                             guint64     state,
                             const char *uri)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "saved", sha256);
  set_state (&builder, "state", state);
  leyden_value_builder_set_string (&builder, "uri", uri);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_journal_plain_record (const char *kind)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_boolean (&builder, kind, TRUE);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static gboolean
fault (GError     **error,
       const char  *path,
       const char  *message)
{
  g_autofree char *shown = leyden_text_path (path);

  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FILE, "%s: %s", shown, message);
  return FALSE;
}

void
leyden_journal_contents_free (LeydenJournalContents *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->header.id);
  g_free (self->header.title);
  g_free (self->header.uri);
  g_free (self->header.file_sha256);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_free (self->snapshot_sha256);
  g_clear_pointer (&self->snapshot, g_bytes_unref);
  g_free (self);
}

/* NULL for a line that does not check. */
static LeydenValue *
parse_line (const char *line,
            gsize       length)
{
  /* Inside an edit an element lies a little deeper than in its file. */
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_STRICT, .max_depth = 300 };
  char sum[SUM_LENGTH + 2];

  if (length <= SUM_LENGTH + 1 || line[SUM_LENGTH] != ' ')
    return NULL;
  g_snprintf (sum, sizeof sum, "%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (line + SUM_LENGTH + 1, length - SUM_LENGTH - 1));
  if (memcmp (sum, line, SUM_LENGTH) != 0)
    return NULL;
  return leyden_json_parse (line + SUM_LENGTH + 1, (gssize) (length - SUM_LENGTH - 1), &limits, NULL);
}

static gboolean
read_header (LeydenJournalHeader *header,
             LeydenValue         *value)
{
  const char *id = leyden_value_get_member_string (value, "id", NULL);

  if (leyden_value_get_member_int (value, "leyden_journal", 0) != JOURNAL_FORMAT || id == NULL)
    return FALSE;
  header->id = g_strdup (id);
  header->title = g_strdup (leyden_value_get_member_string (value, "title", ""));
  header->uri = g_strdup (leyden_value_get_member_string (value, "uri", NULL));
  header->file_sha256 = g_strdup (leyden_value_get_member_string (value, "file", ""));
  header->bottom = get_state (value, "bottom");
  header->saved = get_state (value, "saved");
  header->state = get_state (value, "state");
  return header->bottom != G_MAXUINT64 && header->state != G_MAXUINT64;
}

gboolean
leyden_journal_parse (LeydenJournalContents  *contents,
                      const char             *text,
                      gsize                   length,
                      GError                **error)
{
  gsize at = 0;

  contents->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  while (at < length)
    {
      const char *end = memchr (text + at, '\n', length - at);
      g_autoptr(LeydenValue) value = end != NULL ? parse_line (text + at, (gsize) (end - text) - at) : NULL;

      if (value == NULL)
        {
          /* A crash cuts the last line. What has lines behind it was damaged in another way. */
          contents->damaged = end != NULL && (gsize) (end - text) + 1 < length;
          break;
        }
      if (contents->header.id == NULL && !read_header (&contents->header, value))
        return fault (error, contents->path, _("not a journal that this version reads"));
      if (at > 0)
        g_ptr_array_add (contents->records, g_steal_pointer (&value));
      at = (gsize) (end - text) + 1;
      contents->good_length = at;
    }
  if (contents->header.id == NULL)
    return fault (error, contents->path, _("the journal is damaged at its start"));
  return TRUE;
}

/* The snapshot that the journal names, under its name or the one that it has during a compaction. */
static GBytes *
find_snapshot (const char *path,
               const char *sha256)
{
  static const char * const suffixes[] = { ".autosave", ".autosave.new" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (path, suffixes[i], NULL);
      g_autoptr(GFile) file = g_file_new_for_path (name);
      LeydenFileStamp stamp = { 0 };
      g_autoptr(GBytes) bytes = leyden_file_read (file, LEYDEN_FLOW_MAX_BYTES, &stamp, NULL);

      if (bytes == NULL)
        continue;
      leyden_file_sum (&stamp, bytes);
      if (g_strcmp0 (stamp.sha256, sha256) == 0)
        return g_steal_pointer (&bytes);
    }
  return NULL;
}

GBytes *
leyden_journal_get_snapshot (LeydenJournalContents *contents)
{
  if (contents->snapshot == NULL && contents->snapshot_sha256 != NULL && *contents->snapshot_sha256 != '\0')
    contents->snapshot = find_snapshot (contents->path, contents->snapshot_sha256);
  return contents->snapshot;
}

static char *
read_text (int    fd,
           gsize *length)
{
  struct stat info;
  char *text;
  gsize got = 0;

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > (off_t) MAX_JOURNAL_BYTES)
    return NULL;
  text = g_malloc ((gsize) info.st_size + 1);
  while (got < (gsize) info.st_size)
    {
      gssize n = pread (fd, text + got, (gsize) info.st_size - got, (off_t) got);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      got += (gsize) n;
    }
  text[got] = '\0';
  *length = got;
  return text;
}

/* The sum of the snapshot stands in the header line only. */
static char *
dup_snapshot_sum (const char *text,
                  gsize       length)
{
  const char *end = memchr (text, '\n', length);
  g_autoptr(LeydenValue) header = end != NULL ? parse_line (text, (gsize) (end - text)) : NULL;

  return g_strdup (leyden_value_get_member_string (header, "snapshot", ""));
}

/* Another window may only be looking whether the journal is in use; that takes no time. */
static gboolean
lock_patiently (int fd)
{
  for (guint i = 0; i < LOCK_TRIES; i++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
      if (errno != EWOULDBLOCK)
        return FALSE;
      g_usleep (LOCK_WAIT_US);
    }
  return FALSE;
}

/* Between open and lock its owner may have removed the journal, or put a compacted one in its place. */
static gboolean
is_still_there (int         fd,
                const char *path)
{
  struct stat opened;
  struct stat there;

  return fstat (fd, &opened) == 0 && lstat (path, &there) == 0 && opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

/* −1 with an error. */
static int
open_locked (const char  *path,
             GError     **error)
{
  int fd = open (path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0)
    {
      fault (error, path, g_strerror (errno));
      return -1;
    }
  if (lock_patiently (fd) && is_still_there (fd, path))
    return fd;
  close (fd);
  fault (error, path, _("in use by another window"));
  return -1;
}

static LeydenJournalContents *
read_journal (const char  *folder,
              const char  *key,
              gboolean     keep_lock,
              GError     **error)
{
  g_autoptr(LeydenJournalContents) self = g_new0 (LeydenJournalContents, 1);
  g_autofree char *text = NULL;
  gsize length = 0;

  self->path = g_build_filename (folder, key, NULL);
  self->fd = open_locked (self->path, error);
  if (self->fd < 0)
    return NULL;
  if (!keep_lock)
    flock (self->fd, LOCK_UN);
  text = read_text (self->fd, &length);
  if (text == NULL)
    {
      fault (error, self->path, _("not a journal"));
      return NULL;
    }
  if (!leyden_journal_parse (self, text, length, error))
    return NULL;
  if (!keep_lock)
    return g_steal_pointer (&self);
  self->snapshot_sha256 = dup_snapshot_sum (text, length);
  return g_steal_pointer (&self);
}

LeydenJournalContents *
leyden_journal_read (const char  *folder,
                     const char  *key,
                     GError     **error)
{
  return read_journal (folder, key, TRUE, error);
}

LeydenJournalContents *
leyden_journal_peek (const char  *folder,
                     const char  *key,
                     GError     **error)
{
  return read_journal (folder, key, FALSE, error);
}

void
leyden_journal_remove (LeydenJournalContents *contents)
{
  g_autofree char *snapshot = g_strconcat (contents->path, ".autosave", NULL);

  unlink (snapshot);
  unlink (contents->path);
  close (contents->fd);
  contents->fd = -1;
}

const char *
leyden_journal_get_home (LeydenJournalContents *contents)
{
  for (guint i = contents->records->len; i > 0; i--)
    {
      LeydenValue *record = g_ptr_array_index (contents->records, i - 1);

      if (leyden_value_get_member (record, "saved") != NULL)
        return leyden_value_get_member_string (record, "uri", NULL);
    }
  return contents->header.uri;
}

guint64
leyden_journal_find_saved (LeydenJournalContents *contents,
                           const char            *sha256)
{
  for (guint i = contents->records->len; i > 0; i--)
    {
      LeydenValue *record = g_ptr_array_index (contents->records, i - 1);

      if (g_strcmp0 (leyden_value_get_member_string (record, "saved", NULL), sha256) == 0)
        return get_state (record, "state");
    }
  return *sha256 != '\0' && g_str_equal (contents->header.file_sha256, sha256) ? contents->header.saved : G_MAXUINT64;
}

void
leyden_journal_info_free (LeydenJournalInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  g_free (self->uri);
  g_free (self);
}
