/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Commits as images of the pages that they changed, for restoring to a point in time: how they stand in SQLite's write-ahead log, and how
 * they are kept in an archive.
 *
 * The log (sqlite.org/fileformat2.html, section 4): 32 bytes of header (magic, version, page size, counter, two salts, two checksums), then
 * frames of 24 bytes (page number, pages of the database after the commit or 0, the salts, two checksums) and a page. The checksums run on
 * from frame to frame, so what a power cut tore or an earlier round left is told apart.
 *
 * A file of an archive, little endian:
 *
 *   bytes      what
 *   8          "LEYDENFR"
 *   4          version, 1
 *   4          page size
 *   32         id of the database, hexadecimal
 *   per commit:
 *     4        "CMIT"
 *     4        number of frames
 *     4        pages of the database afterwards
 *     4        0
 *     8        number of the commit (`n_commits` of the table `store` after it)
 *     8        its time, ns since the epoch (`committed_ns`)
 *     8        the last position after it
 *     frames:  4 bytes page number, the page; after an odd number of frames 4 bytes 0
 *     8        two sums as in the log, over all of the commit that stands before
 */

#define LEYDEN_FRAMES_MAX_PAGE    65536
#define LEYDEN_FRAMES_HEADER_SIZE 48
#define LEYDEN_COMMIT_HEADER_SIZE 40

/* What the one row of the table `store` says. */
typedef struct
{
  char    id[33];
  guint64 number;               /* of the commit */
  gint64  time_ns;
  guint64 position;
} LeydenStamp;

/* @page: the leaf that is the whole table. FALSE: it is not. */
gboolean leyden_stamp_read (const guint8 *page, gsize size, LeydenStamp *out);

typedef struct
{
  LeydenStamp   stamp;          /* the commit's own; of one that did not stamp itself, the one before */
  guint32       page_size;
  guint32       n_pages;        /* of the database afterwards */
  guint32       n_frames;
  const guint8 *frames;         /* n_frames of 4 bytes page number (little endian) and a page */
} LeydenCommit;

/* FALSE with @error ends the reading. */
typedef gboolean (*LeydenCommitEach) (const LeydenCommit *commit, gpointer data, GError **error);

/* --- the log --- */

/* How far a log was read. Zero: from the start. */
typedef struct
{
  guint32     salts[2];
  guint32     sums[2];
  guint64     n_frames;         /* read and committed */
  LeydenStamp stamp;            /* of the last commit */
} LeydenLogCursor;

/* Fills @buffer whole; FALSE: there is not so much, or it cannot be read. */
typedef gboolean (*LeydenLogRead) (guint8 *buffer, gsize size, gint64 offset, gpointer data);

/**
 * leyden_log_read:
 * @cursor: where the last reading ended; moved behind each commit that @each took. A log that begins anew is read from its start
 * @stamp_page: number of the page that is the table `store`
 *
 * Gives every whole commit behind @cursor, in order. What is not whole ends the reading without an error, as it does for SQLite.
 *
 * Returns: %FALSE with @error when @each said so
 */
gboolean leyden_log_read (LeydenLogCursor *cursor, LeydenLogRead read, gpointer read_data, guint32 stamp_page, LeydenCommitEach each,
                          gpointer data, GError **error);

/* --- files of an archive --- */

void     leyden_frames_write_header (GByteArray *out, guint32 page_size, const char *id);
void     leyden_frames_write_commit (GByteArray *out, const LeydenCommit *commit);
/* All commits of a file's bytes. Errors: LEYDEN_STORE_ERROR_CORRUPT, or what @each says. */
gboolean leyden_frames_read         (const guint8 *bytes, gsize size, LeydenCommitEach each, gpointer data, GError **error);

G_END_DECLS
