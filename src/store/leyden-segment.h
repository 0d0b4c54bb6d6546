/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-record.h"

G_BEGIN_DECLS

/* The body of a segment: consecutive records of one rollout.
 *
 *   bytes      what
 *   1          version, 1
 *   varint     number of texts, then each: varint length, bytes (UTF-8, no NUL). Attempts, actors, types, node paths, each once
 *   per record:
 *     1        flags: bit 0 = the payload is a blob
 *     varint   index of the attempt in the texts; then of the actor, of the type, of the node
 *     varint   time in ns since the record before (the first: since the epoch), zigzag
 *     varint   length of the payload, then the payload as compact JSON; or, as a blob, the 32 bytes of its SHA-256
 *   8          FNV-1a-64 of all that stands before, little endian
 *
 * A varint has 7 bits a byte, the lowest first, bit 7 set on all but the last; at most 10 bytes. The number of records, the
 * first sequence and position and the rollout are columns of the row. Payloads above LEYDEN_SEGMENT_SPILL bytes go to blobs. */

#define LEYDEN_SEGMENT_SPILL      (64 * 1024)
#define LEYDEN_SEGMENT_MAX_BODY   (64 * 1024 * 1024)
#define LEYDEN_SEGMENT_MAX_COUNT  (1 << 20)

typedef struct _LeydenSegmentWriter LeydenSegmentWriter;

LeydenSegmentWriter *leyden_segment_writer_new      (void);
void                 leyden_segment_writer_free     (LeydenSegmentWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSegmentWriter, leyden_segment_writer_free)
/* @payload: compact JSON; or @digest (32 bytes) of the blob that holds it. */
void                 leyden_segment_writer_add      (LeydenSegmentWriter *self, LeydenRecord *record, const char *payload,
                                                     gsize length, const guint8 *digest);
gsize                leyden_segment_writer_get_size (LeydenSegmentWriter *self);
guint                leyden_segment_writer_get_count (LeydenSegmentWriter *self);
/* (transfer full): the body; the writer is empty again. */
GByteArray          *leyden_segment_writer_end      (LeydenSegmentWriter *self);

/* Fetches a blob (hexadecimal SHA-256) whole, digest verified. */
typedef GBytes *(*LeydenSegmentBlob) (const char *sha256, gpointer data, GError **error);

/**
 * leyden_segment_read:
 * @rollout: the rollout whose records these are
 * @sequence: sequence of the first
 * @position: position of the first
 * @n_records: how many there must be
 * @skip: how many at the front are not wanted; their payloads are not parsed
 * @max: at most so many are returned after them; 0: all
 * @blob: (nullable): how payloads in blobs are got
 * @records: (element-type LeydenRecord): where they are appended; untouched on error
 *
 * Errors: %LEYDEN_STORE_ERROR_CORRUPT, or what @blob returns.
 *
 * Returns: %TRUE on success
 */
gboolean             leyden_segment_read            (const guint8 *body, gsize size, const char *rollout, guint64 sequence,
                                                     guint64 position, guint64 n_records, guint64 skip, guint max,
                                                     LeydenSegmentBlob blob, gpointer data, GPtrArray *records, GError **error);

/* Calls @each with the hexadecimal digest of every payload that is in a blob. Errors as above. */
gboolean             leyden_segment_each_blob       (const guint8 *body, gsize size, guint64 n_records,
                                                     void (*each) (const char *sha256, gpointer data), gpointer data, GError **error);
/* (transfer full): the body of its first @keep records, at least one. Errors as above. */
GByteArray          *leyden_segment_cut             (const guint8 *body, gsize size, guint64 n_records, guint64 keep, GError **error);

/* Payloads are ours, but may hold what came by the wire: integers of any size, U+0000 in texts. */
LeydenValue         *leyden_segment_parse_json      (const char *text, gsize length, GError **error);

G_END_DECLS
