/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How far a quantile of a sketch may be from the exact one, relative to it. */
#define LEYDEN_SKETCH_ERROR 0.01

/**
 * LeydenSketch:
 *
 * What is kept of many numbers so that their quantiles can be told: a histogram whose buckets grow by a factor, so that every
 * number is known to within %LEYDEN_SKETCH_ERROR of itself, whatever its size and sign. Sketches add up: the sum of those of
 * two hours is that of both. Not for several threads at once.
 *
 * As bytes: version (1), then for each bucket, lowest first: the distance of its key from that of the one before as a zigzag
 * varint, and its count as a varint.
 *
 * Source: Masson, Rim, Lee, "DDSketch" (VLDB 2019), with the logarithmic mapping and without its limit of buckets: all doubles
 * together have 71 000.
 */
typedef struct _LeydenSketch LeydenSketch;

LeydenSketch *leyden_sketch_new        (void);
LeydenSketch *leyden_sketch_from_bytes (gconstpointer data, gsize length, GError **error);
void          leyden_sketch_free       (LeydenSketch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSketch, leyden_sketch_free)

/* @value must be finite. */
void          leyden_sketch_add        (LeydenSketch *self, double value, guint64 count);
void          leyden_sketch_merge      (LeydenSketch *self, const LeydenSketch *other);
gboolean      leyden_sketch_add_bytes  (LeydenSketch *self, gconstpointer data, gsize length, GError **error);
guint64       leyden_sketch_get_count  (const LeydenSketch *self);
double        leyden_sketch_quantile   (const LeydenSketch *self, double p);
/* How many numbers are at most @value, as well as the sketch can tell. */
guint64       leyden_sketch_count_below (const LeydenSketch *self, double value);
void          leyden_sketch_to_bytes   (const LeydenSketch *self, GByteArray *out);

G_END_DECLS
