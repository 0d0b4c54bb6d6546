/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* A container deeper than this cannot be built, so that recursion over a value is bounded. */
#define LEYDEN_VALUE_MAX_DEPTH 1000
/* Objects of more members carry a hash index. */
#define LEYDEN_VALUE_MAX_LINEAR 8

#define LEYDEN_VALUE_FLAG_STATIC 1

/* One allocation a node. Behind the head stands:
 *   string, number   the text and a NUL
 *   list             LeydenValue *items[size]
 *   object           LeydenValue *values[size]; guint32 key_offsets[size + 1];
 *                    index of 2^index_bits slots of 16 bits (32 where size ≥ 65535), each 0 or 1 + position;
 *                    the keys, each with a NUL. Key i begins at key_offsets[i] and has
 *                    key_offsets[i + 1] − key_offsets[i] − 1 bytes. */
struct _LeydenValue
{
  int     ref_count;
  guint8  kind;
  guint8  flags;
  guint16 depth;
  guint32 size;
  guint32 index_bits;
};

static inline char *
leyden_value_text (const LeydenValue *self)
{
  return (char *) (self + 1);
}

static inline LeydenValue **
leyden_value_items (const LeydenValue *self)
{
  return (LeydenValue **) (self + 1);
}

static inline guint32 *
leyden_value_key_offsets (const LeydenValue *self)
{
  return (guint32 *) (leyden_value_items (self) + self->size);
}

static inline gsize
leyden_value_index_bytes (guint32 size,
                          guint32 index_bits)
{
  if (index_bits == 0)
    return 0;
  return ((gsize) 1 << index_bits) * (size < 65535 ? sizeof (guint16) : sizeof (guint32));
}

static inline char *
leyden_value_key_text (const LeydenValue *self)
{
  return (char *) (leyden_value_key_offsets (self) + self->size + 1)
         + leyden_value_index_bytes (self->size, self->index_bits);
}

static inline const char *
leyden_value_key_at (const LeydenValue *self,
                     guint32            i,
                     gsize             *length)
{
  const guint32 *offsets = leyden_value_key_offsets (self);

  *length = offsets[i + 1] - offsets[i] - 1;
  return leyden_value_key_text (self) + offsets[i];
}

guint64      leyden_key_hash             (const char *text, gsize length);
LeydenValue *leyden_value_new_text       (LeydenValueKind kind, const char *text, gsize length);
LeydenValue *leyden_value_new_list_take  (LeydenValue **items, guint32 size);
/* As get_member, for a key that may hold U+0000; -1 when absent. */
gssize       leyden_value_find_key       (const LeydenValue *self, const char *key, gsize length);
/* The shared node of a small integer, or NULL. */
LeydenValue *leyden_value_small_int      (gint64 value);
/* Reads a JSON number text in the C locale. */
double       leyden_number_to_double     (const char *text);
/* Whether @text is a JSON number; @is_integer: no fraction and no exponent. */
gboolean     leyden_number_check         (const char *text, gsize length, gboolean *is_integer);

/* Stack of lists and objects being built; shared by the builder and the JSON reader. */
typedef struct _LeydenAssembly LeydenAssembly;

LeydenAssembly *leyden_assembly_new    (void);
void            leyden_assembly_free   (LeydenAssembly *self);
void            leyden_assembly_reset  (LeydenAssembly *self);
void            leyden_assembly_begin  (LeydenAssembly *self, gboolean is_object);
/* FALSE when the key stands in this object already: the next value replaces, and @first_source is where it stood. */
gboolean        leyden_assembly_key    (LeydenAssembly *self, const char *text, gsize length, gsize source,
                                        gsize *first_source);
void            leyden_assembly_take   (LeydenAssembly *self, LeydenValue *value);
void            leyden_assembly_end    (LeydenAssembly *self);
guint           leyden_assembly_depth  (LeydenAssembly *self);
LeydenValue    *leyden_assembly_finish (LeydenAssembly *self);

G_END_DECLS
