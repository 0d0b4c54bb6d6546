/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The keys of one open object; more than eight are found by a seeded hash: crafted keys stay as fast as others. */
typedef struct
{
  guint64 hash;                 /* while there are few: the first bytes */
  gsize   source;               /* where it stood in the text that is read */
  guint32 offset;               /* into LeydenKeyStack.text */
  guint32 length;
} LeydenKey;

typedef struct
{
  guint32  first_key;
  guint32  first_text;
  guint32 *slots;               /* kept for the next object at this depth */
  guint32  slot_bits;
  guint32  used_bits;           /* 0: few keys, searched one after the other */
} LeydenKeyFrame;

/* Keys of all open objects, innermost last. */
typedef struct
{
  LeydenKey *keys;
  guint32    n_keys;
  guint32    n_keys_allocated;
  char      *text;
  guint32    n_text;
  guint32    n_text_allocated;
} LeydenKeyStack;

void    leyden_key_frame_begin  (LeydenKeyFrame *frame, LeydenKeyStack *stack);
/* Position of the key within the frame when it is there, else -1 after adding it. */
gint64  leyden_key_frame_add    (LeydenKeyFrame *frame, LeydenKeyStack *stack,
                                 const char *text, gsize length, gsize source);
void    leyden_key_frame_end    (LeydenKeyFrame *frame, LeydenKeyStack *stack);
void    leyden_key_frame_clear  (LeydenKeyFrame *frame);
void    leyden_key_stack_clear  (LeydenKeyStack *stack);

G_END_DECLS
