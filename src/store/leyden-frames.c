/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-frames.h"

#include "leyden-store.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define MAGIC           "LEYDENFR"
#define COMMIT_MAGIC    "CMIT"
#define VERSION         1
#define LOG_HEADER_SIZE 32
#define FRAME_SIZE      24
#define LOG_MAGIC       0x377f0682
#define LOG_VERSION     3007000
#define ID_LENGTH       32
#define LEAF            0x0d
/* Columns of `store`: one, id, created_ns, last_position, n_commits, committed_ns. */
#define N_COLUMNS       6

static guint32
get_be32 (const guint8 *bytes)
{
  guint32 value;

  memcpy (&value, bytes, 4);
  return GUINT32_FROM_BE (value);
}

static guint32
get_le32 (const guint8 *bytes)
{
  guint32 value;

  memcpy (&value, bytes, 4);
  return GUINT32_FROM_LE (value);
}

static guint64
get_le64 (const guint8 *bytes)
{
  guint64 value;

  memcpy (&value, bytes, 8);
  return GUINT64_FROM_LE (value);
}

static void
put_le32 (GByteArray *out,
          guint32     value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, 4);
}

static void
put_le64 (GByteArray *out,
          guint64     value)
{
  value = GUINT64_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, 8);
}

/* The log's sums (fileformat2, 4.2): over pairs of 32-bit words. @size is a multiple of 8. */
static void
add_sums (const guint8 *bytes,
          gsize         size,
          gboolean      big_endian,
          guint32       sums[2])
{
  guint32 a = sums[0];
  guint32 b = sums[1];

  for (gsize i = 0; i + 8 <= size; i += 8)
    {
      a += (big_endian ? get_be32 (bytes + i) : get_le32 (bytes + i)) + b;
      b += (big_endian ? get_be32 (bytes + i + 4) : get_le32 (bytes + i + 4)) + a;
    }
  sums[0] = a;
  sums[1] = b;
}

static gboolean
is_page_size (guint32 size)
{
  return size >= 512 && size <= LEYDEN_FRAMES_MAX_PAGE && (size & (size - 1)) == 0;
}

/* --- the row --- */

typedef struct
{
  const guint8 *at;
  const guint8 *end;
} Cursor;

/* SQLite's: big endian, 7 bits a byte, 8 in the ninth. */
static gboolean
get_varint (Cursor  *cursor,
            guint64 *out)
{
  guint64 value = 0;

  for (guint i = 0; i < 9; i++)
    {
      guint8 byte;

      if (cursor->at == cursor->end)
        return FALSE;
      byte = *cursor->at++;
      if (i == 8)
        {
          *out = value << 8 | byte;
          return TRUE;
        }
      value = value << 7 | (byte & 0x7f);
      if (byte < 0x80)
        break;
    }
  *out = value;
  return TRUE;
}

static gsize
column_size (guint64 type)
{
  static const guint8 sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

  return type < G_N_ELEMENTS (sizes) ? sizes[type] : (gsize) (type - 12) / 2;
}

static gint64
column_int (guint64       type,
            const guint8 *bytes)
{
  gint64 value;

  if (type == 9)
    return 1;
  if (type == 0 || type > 6)
    return 0;
  value = (gint8) bytes[0];
  for (gsize i = 1; i < column_size (type); i++)
    value = (gint64) ((guint64) value << 8 | bytes[i]);
  return value;
}

/* The record's columns: @types and where each stands; FALSE: it does not fit. @n_columns: how many there are. */
static gboolean
split_record (Cursor         record,
              guint64        types[N_COLUMNS],
              const guint8  *places[N_COLUMNS],
              guint         *n_columns)
{
  Cursor head = record;
  const guint8 *body;
  guint64 head_size;

  *n_columns = 0;
  if (!get_varint (&head, &head_size) || head_size > (guint64) (record.end - record.at))
    return FALSE;
  body = record.at + head_size;
  head.end = body;
  while (head.at < head.end && *n_columns < N_COLUMNS)
    {
      guint64 type;

      if (!get_varint (&head, &type) || type > G_MAXUINT32 || column_size (type) > (gsize) (record.end - body))
        return FALSE;
      types[*n_columns] = type;
      places[*n_columns] = body;
      body += column_size (type);
      *n_columns += 1;
    }
  return TRUE;
}

gboolean
leyden_stamp_read (const guint8 *page,
                   gsize         size,
                   LeydenStamp  *out)
{
  guint64 types[N_COLUMNS] = { 0 };
  const guint8 *places[N_COLUMNS] = { NULL };
  guint64 length, rowid;
  guint offset, n_columns;
  Cursor cell;

  /* One cell: the header of 8 bytes and its pointer. */
  if (size < 512 || page[0] != LEAF || page[3] != 0 || page[4] != 1)
    return FALSE;
  offset = (guint) page[8] << 8 | page[9];
  if (offset < 10 || offset >= size)
    return FALSE;
  cell = (Cursor) { page + offset, page + size };
  if (!get_varint (&cell, &length) || !get_varint (&cell, &rowid) || length > (guint64) (cell.end - cell.at))
    return FALSE;
  cell.end = cell.at + length;
  if (!split_record (cell, types, places, &n_columns) || n_columns < 4 || types[1] != 13 + 2 * ID_LENGTH)
    return FALSE;
  *out = (LeydenStamp) { .position = (guint64) column_int (types[3], places[3]) };
  memcpy (out->id, places[1], ID_LENGTH);
  if (n_columns == N_COLUMNS)
    {
      out->number = (guint64) column_int (types[4], places[4]);
      out->time_ns = column_int (types[5], places[5]);
    }
  return TRUE;
}

/* --- the log --- */

typedef struct
{
  LeydenLogCursor  *cursor;
  guint32           stamp_page;
  guint32           page_size;
  gboolean          big_endian;
  GByteArray       *frames;     /* of the commit that is being read */
  guint32           n_frames;
  LeydenStamp       stamp;
} LogReader;

/* Whether there is a log; sets the cursor to its start when it is not the one that was read before. */
static gboolean
read_log_header (LogReader    *self,
                 LeydenLogRead read,
                 gpointer      data)
{
  LeydenLogCursor *cursor = self->cursor;
  guint8 header[LOG_HEADER_SIZE];
  guint32 sums[2] = { 0, 0 };
  guint32 salts[2];

  if (!read (header, sizeof header, 0, data) || (get_be32 (header) & ~1u) != LOG_MAGIC || get_be32 (header + 4) != LOG_VERSION)
    return FALSE;
  self->big_endian = (get_be32 (header) & 1) != 0;
  self->page_size = get_be32 (header + 8);
  add_sums (header, 24, self->big_endian, sums);
  if (!is_page_size (self->page_size) || sums[0] != get_be32 (header + 24) || sums[1] != get_be32 (header + 28))
    return FALSE;
  salts[0] = get_be32 (header + 16);
  salts[1] = get_be32 (header + 20);
  if (cursor->n_frames > 0 && cursor->salts[0] == salts[0] && cursor->salts[1] == salts[1])
    return TRUE;
  cursor->n_frames = 0;
  memcpy (cursor->salts, salts, sizeof salts);
  memcpy (cursor->sums, sums, sizeof sums);
  return TRUE;
}

/* The frame at @index when it belongs to the log, with its sums in @sums. @frame: 24 bytes and a page. */
static gboolean
read_frame (LogReader    *self,
            LeydenLogRead read,
            gpointer      data,
            guint64       index,
            guint8       *frame,
            guint32       sums[2])
{
  gint64 offset = LOG_HEADER_SIZE + (gint64) index * (FRAME_SIZE + self->page_size);

  if (!read (frame, FRAME_SIZE + self->page_size, offset, data) || get_be32 (frame) == 0
      || get_be32 (frame + 8) != self->cursor->salts[0] || get_be32 (frame + 12) != self->cursor->salts[1])
    return FALSE;
  add_sums (frame, 8, self->big_endian, sums);
  add_sums (frame + FRAME_SIZE, self->page_size, self->big_endian, sums);
  return get_be32 (frame + 16) == sums[0] && get_be32 (frame + 20) == sums[1];
}

static void
add_frame (LogReader    *self,
           const guint8 *frame)
{
  guint32 page = get_be32 (frame);

  put_le32 (self->frames, page);
  g_byte_array_append (self->frames, frame + FRAME_SIZE, self->page_size);
  self->n_frames++;
  if (page == self->stamp_page)
    leyden_stamp_read (frame + FRAME_SIZE, self->page_size, &self->stamp);
}

static gboolean
end_commit (LogReader       *self,
            guint32          n_pages,
            LeydenCommitEach each,
            gpointer         data,
            GError         **error)
{
  LeydenCommit commit = { self->stamp, self->page_size, n_pages, self->n_frames, self->frames->data };

  if (!each (&commit, data, error))
    return FALSE;
  self->cursor->stamp = self->stamp;
  g_byte_array_set_size (self->frames, 0);
  self->n_frames = 0;
  return TRUE;
}

gboolean
leyden_log_read (LeydenLogCursor *cursor,
                 LeydenLogRead    read,
                 gpointer         read_data,
                 guint32          stamp_page,
                 LeydenCommitEach each,
                 gpointer         data,
                 GError         **error)
{
  g_autoptr(GByteArray) frames = g_byte_array_new ();
  g_autofree guint8 *frame = NULL;
  LogReader self = { cursor, stamp_page, 0, FALSE, frames, 0, cursor->stamp };
  guint32 sums[2];

  if (!read_log_header (&self, read, read_data))
    return TRUE;
  frame = g_malloc (FRAME_SIZE + self.page_size);
  memcpy (sums, cursor->sums, sizeof sums);
  for (guint64 i = cursor->n_frames; read_frame (&self, read, read_data, i, frame, sums); i++)
    {
      add_frame (&self, frame);
      if (get_be32 (frame + 4) == 0)
        continue;
      if (!end_commit (&self, get_be32 (frame + 4), each, data, error))
        return FALSE;
      cursor->n_frames = i + 1;
      memcpy (cursor->sums, sums, sizeof sums);
    }
  return TRUE;
}

/* --- files of an archive --- */

void
leyden_frames_write_header (GByteArray *out,
                            guint32     page_size,
                            const char *id)
{
  g_assert (strlen (id) == ID_LENGTH);

  g_byte_array_append (out, (const guint8 *) MAGIC, 8);
  put_le32 (out, VERSION);
  put_le32 (out, page_size);
  g_byte_array_append (out, (const guint8 *) id, ID_LENGTH);
}

void
leyden_frames_write_commit (GByteArray         *out,
                            const LeydenCommit *commit)
{
  guint start = out->len;
  guint32 sums[2] = { 0, 0 };

  g_byte_array_append (out, (const guint8 *) COMMIT_MAGIC, 4);
  put_le32 (out, commit->n_frames);
  put_le32 (out, commit->n_pages);
  put_le32 (out, 0);
  put_le64 (out, commit->stamp.number);
  put_le64 (out, (guint64) commit->stamp.time_ns);
  put_le64 (out, commit->stamp.position);
  g_byte_array_append (out, commit->frames, commit->n_frames * (4 + commit->page_size));
  /* To a multiple of 8, as the sums need it. */
  if (commit->n_frames % 2 != 0)
    put_le32 (out, 0);
  add_sums (out->data + start, out->len - start, FALSE, sums);
  put_le32 (out, sums[0]);
  put_le32 (out, sums[1]);
}

static gboolean
damaged (const char *what,
         gsize       offset,
         GError    **error)
{
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("Archived frames are damaged at byte %zu: %s"), offset,
               what);
  return FALSE;
}

/* One commit at @bytes; @used: how long it is. */
static gboolean
read_commit (const guint8 *bytes,
             gsize         size,
             gsize         offset,
             LeydenCommit *commit,
             gsize        *used,
             GError      **error)
{
  guint32 sums[2] = { 0, 0 };
  guint64 length;

  if (size < LEYDEN_COMMIT_HEADER_SIZE || memcmp (bytes, COMMIT_MAGIC, 4) != 0)
    return damaged (_("no commit begins there"), offset, error);
  commit->n_frames = get_le32 (bytes + 4);
  commit->n_pages = get_le32 (bytes + 8);
  length = (guint64) commit->n_frames * (4 + commit->page_size) + (commit->n_frames % 2 != 0 ? 4 : 0);
  if (commit->n_frames == 0 || commit->n_pages == 0 || length + 8 > size - LEYDEN_COMMIT_HEADER_SIZE)
    return damaged (_("the commit is cut off"), offset, error);
  length += LEYDEN_COMMIT_HEADER_SIZE;
  add_sums (bytes, length, FALSE, sums);
  if (get_le32 (bytes + length) != sums[0] || get_le32 (bytes + length + 4) != sums[1])
    return damaged (_("the sums are wrong"), offset, error);
  commit->stamp.number = get_le64 (bytes + 16);
  commit->stamp.time_ns = (gint64) get_le64 (bytes + 24);
  commit->stamp.position = get_le64 (bytes + 32);
  commit->frames = bytes + LEYDEN_COMMIT_HEADER_SIZE;
  *used = length + 8;
  return TRUE;
}

gboolean
leyden_frames_read (const guint8    *bytes,
                    gsize            size,
                    LeydenCommitEach each,
                    gpointer         data,
                    GError         **error)
{
  LeydenCommit commit = { 0 };
  gsize at = LEYDEN_FRAMES_HEADER_SIZE;

  if (size < LEYDEN_FRAMES_HEADER_SIZE || memcmp (bytes, MAGIC, 8) != 0)
    return damaged (_("not a file of frames"), 0, error);
  if (get_le32 (bytes + 8) != VERSION)
    return damaged (_("made by a newer Leyden"), 8, error);
  commit.page_size = get_le32 (bytes + 12);
  if (!is_page_size (commit.page_size))
    return damaged (_("an impossible size of pages"), 12, error);
  memcpy (commit.stamp.id, bytes + 16, ID_LENGTH);
  while (at < size)
    {
      gsize used;

      if (!read_commit (bytes + at, size - at, at, &commit, &used, error) || !each (&commit, data, error))
        return FALSE;
      at += used;
    }
  return TRUE;
}
