/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-key-set.h"
#include "leyden-value-private.h"

#include <math.h>

#define NO_POSITION G_MAXUINT32

typedef struct
{
  LeydenKeyFrame keys;
  guint32        first_value;
  guint32        replaces;      /* position of the value that the next one replaces */
  guint16        depth;
  gboolean       is_object;
  gboolean       has_key;
} Frame;

struct _LeydenAssembly
{
  LeydenValue  **values;
  guint32        n_values;
  guint32        n_values_allocated;
  LeydenKeyStack keys;
  Frame         *frames;
  guint          n_frames;
  guint          n_frames_allocated;
};

LeydenAssembly *
leyden_assembly_new (void)
{
  return g_new0 (LeydenAssembly, 1);
}

void
leyden_assembly_reset (LeydenAssembly *self)
{
  for (guint32 i = 0; i < self->n_values; i++)
    leyden_value_unref (self->values[i]);
  self->n_values = 0;
  self->n_frames = 0;
  self->keys.n_keys = 0;
  self->keys.n_text = 0;
}

void
leyden_assembly_free (LeydenAssembly *self)
{
  leyden_assembly_reset (self);
  for (guint i = 0; i < self->n_frames_allocated; i++)
    leyden_key_frame_clear (&self->frames[i].keys);
  leyden_key_stack_clear (&self->keys);
  g_free (self->frames);
  g_free (self->values);
  g_free (self);
}

guint
leyden_assembly_depth (LeydenAssembly *self)
{
  return self->n_frames;
}

void
leyden_assembly_begin (LeydenAssembly *self,
                       gboolean        is_object)
{
  Frame *frame;

  if (self->n_frames == self->n_frames_allocated)
    {
      guint n = MAX (4, self->n_frames_allocated * 2);

      self->frames = g_renew (Frame, self->frames, n);
      memset (self->frames + self->n_frames_allocated, 0, sizeof (Frame) * (n - self->n_frames_allocated));
      self->n_frames_allocated = n;
    }
  frame = &self->frames[self->n_frames++];
  frame->first_value = self->n_values;
  frame->replaces = NO_POSITION;
  frame->is_object = is_object;
  frame->has_key = FALSE;
  frame->depth = 0;
  leyden_key_frame_begin (&frame->keys, &self->keys);
}

gboolean
leyden_assembly_key (LeydenAssembly *self,
                     const char     *text,
                     gsize           length,
                     gsize           source,
                     gsize          *first_source)
{
  Frame *frame;
  gint64 found;

  g_return_val_if_fail (self->n_frames > 0, TRUE);
  frame = &self->frames[self->n_frames - 1];
  g_return_val_if_fail (frame->is_object && !frame->has_key, TRUE);

  frame->has_key = TRUE;
  found = leyden_key_frame_add (&frame->keys, &self->keys, text, length, source);
  if (found < 0)
    return TRUE;
  frame->replaces = (guint32) found;
  if (first_source != NULL)
    *first_source = self->keys.keys[frame->keys.first_key + found].source;
  return FALSE;
}

static void
push_value (LeydenAssembly *self,
            LeydenValue    *value)
{
  if (self->n_values == self->n_values_allocated)
    {
      self->n_values_allocated = MAX (16, self->n_values_allocated * 2);
      self->values = g_renew (LeydenValue *, self->values, self->n_values_allocated);
    }
  self->values[self->n_values++] = value;
}

void
leyden_assembly_take (LeydenAssembly *self,
                      LeydenValue    *value)
{
  Frame *frame = self->n_frames > 0 ? &self->frames[self->n_frames - 1] : NULL;

  if (frame == NULL)
    {
      if (self->n_values != 0)
        {
          g_critical ("a second value outside a list or object");
          leyden_value_unref (value);
          return;
        }
      push_value (self, value);
      return;
    }

  if (frame->is_object && !frame->has_key)
    {
      g_critical ("a value without a key in an object");
      leyden_value_unref (value);
      return;
    }
  frame->has_key = FALSE;
  frame->depth = MAX (frame->depth, value->depth);
  if (frame->replaces != NO_POSITION)
    {
      LeydenValue **place = &self->values[frame->first_value + frame->replaces];

      leyden_value_unref (*place);
      *place = value;
      frame->replaces = NO_POSITION;
    }
  else
    {
      push_value (self, value);
    }
}

static guint32
index_bits_for (guint32 size)
{
  return size <= LEYDEN_VALUE_MAX_LINEAR ? 0 : g_bit_storage (size) + 1;
}

static void
fill_index (LeydenValue     *object,
            const LeydenKey *keys)
{
  guint32 *offsets = leyden_value_key_offsets (object);
  guint16 *narrow = (guint16 *) (offsets + object->size + 1);
  guint32 *wide = offsets + object->size + 1;
  gboolean is_narrow = object->size < 65535;
  guint32 mask = (1u << object->index_bits) - 1;

  memset (narrow, 0, leyden_value_index_bytes (object->size, object->index_bits));
  for (guint32 i = 0; i < object->size; i++)
    {
      guint32 slot = (guint32) keys[i].hash & mask;

      while (is_narrow ? narrow[slot] != 0 : wide[slot] != 0)
        slot = (slot + 1) & mask;
      if (is_narrow)
        narrow[slot] = (guint16) (i + 1);
      else
        wide[slot] = i + 1;
    }
}

static LeydenValue *
new_object (LeydenValue          **values,
            guint32                size,
            guint16                depth,
            const LeydenKeyStack  *stack,
            const LeydenKeyFrame  *frame)
{
  static LeydenValue empty_object = { 1, LEYDEN_VALUE_OBJECT, LEYDEN_VALUE_FLAG_STATIC, 1, 0, 0 };
  const LeydenKey *keys = stack->keys + frame->first_key;
  guint32 text_length = stack->n_text - frame->first_text;
  guint32 bits = index_bits_for (size);
  LeydenValue *self;
  guint32 *offsets;

  if (size == 0)
    return &empty_object;

  self = g_malloc (sizeof (LeydenValue) + sizeof (LeydenValue *) * size + sizeof (guint32) * ((gsize) size + 1)
                   + leyden_value_index_bytes (size, bits) + text_length);
  *self = (LeydenValue) { .ref_count = 1, .kind = LEYDEN_VALUE_OBJECT, .depth = (guint16) (depth + 1),
                          .size = size, .index_bits = bits };
  memcpy (leyden_value_items (self), values, sizeof (LeydenValue *) * size);
  offsets = leyden_value_key_offsets (self);
  for (guint32 i = 0; i < size; i++)
    offsets[i] = keys[i].offset - frame->first_text;
  offsets[size] = text_length;
  if (bits != 0)
    fill_index (self, keys);
  memcpy (leyden_value_key_text (self), stack->text + frame->first_text, text_length);
  return self;
}

void
leyden_assembly_end (LeydenAssembly *self)
{
  Frame *frame;
  LeydenValue *value;
  guint32 size;

  g_return_if_fail (self->n_frames > 0);
  frame = &self->frames[self->n_frames - 1];
  g_return_if_fail (!frame->has_key);

  size = self->n_values - frame->first_value;
  if (frame->is_object)
    value = new_object (self->values + frame->first_value, size, frame->depth, &self->keys, &frame->keys);
  else
    value = leyden_value_new_list_take (self->values + frame->first_value, size);
  self->n_values = frame->first_value;
  leyden_key_frame_end (&frame->keys, &self->keys);
  self->n_frames--;

  if (value->depth > LEYDEN_VALUE_MAX_DEPTH)
    {
      g_critical ("a value deeper than %d is replaced by null", LEYDEN_VALUE_MAX_DEPTH);
      leyden_value_unref (value);
      value = leyden_value_new_null ();
    }
  leyden_assembly_take (self, value);
}

LeydenValue *
leyden_assembly_finish (LeydenAssembly *self)
{
  g_return_val_if_fail (self->n_frames == 0 && self->n_values == 1, leyden_value_new_null ());

  self->n_values = 0;
  return self->values[0];
}

/* Builders are short-lived and many: a thread keeps one assembly with its memory for the next of them. */
static GPrivate spare_assembly = G_PRIVATE_INIT ((GDestroyNotify) leyden_assembly_free);

static LeydenAssembly *
assembly_of (LeydenValueBuilder *self)
{
  if (self->x[0] == NULL)
    {
      self->x[0] = g_private_get (&spare_assembly);
      if (self->x[0] != NULL)
        g_private_set (&spare_assembly, NULL);
      else
        self->x[0] = leyden_assembly_new ();
    }
  return self->x[0];
}

void
leyden_value_builder_clear (LeydenValueBuilder *self)
{
  LeydenAssembly *assembly = g_steal_pointer (&self->x[0]);

  if (assembly == NULL)
    return;
  leyden_assembly_reset (assembly);
  if (g_private_get (&spare_assembly) == NULL && assembly->n_values_allocated <= 4096)
    g_private_set (&spare_assembly, assembly);
  else
    leyden_assembly_free (assembly);
}

void
leyden_value_builder_begin_object (LeydenValueBuilder *self)
{
  leyden_assembly_begin (assembly_of (self), TRUE);
}

void
leyden_value_builder_begin_list (LeydenValueBuilder *self)
{
  leyden_assembly_begin (assembly_of (self), FALSE);
}

void
leyden_value_builder_end (LeydenValueBuilder *self)
{
  leyden_assembly_end (assembly_of (self));
}

void
leyden_value_builder_key_length (LeydenValueBuilder *self,
                                 const char         *key,
                                 gsize               length)
{
  g_return_if_fail (key != NULL);

  leyden_assembly_key (assembly_of (self), key, length, 0, NULL);
}

void
leyden_value_builder_key (LeydenValueBuilder *self,
                          const char         *key)
{
  g_return_if_fail (key != NULL);

  leyden_value_builder_key_length (self, key, strlen (key));
}

void
leyden_value_builder_take (LeydenValueBuilder *self,
                           LeydenValue        *value)
{
  leyden_assembly_take (assembly_of (self), value != NULL ? value : leyden_value_new_null ());
}

void
leyden_value_builder_add (LeydenValueBuilder *self,
                          LeydenValue        *value)
{
  leyden_value_builder_take (self, value != NULL ? leyden_value_ref (value) : NULL);
}

void
leyden_value_builder_add_string (LeydenValueBuilder *self,
                                 const char         *text)
{
  leyden_value_builder_take (self, text != NULL ? leyden_value_new_string (text, -1) : NULL);
}

void
leyden_value_builder_add_int (LeydenValueBuilder *self,
                              gint64              value)
{
  leyden_value_builder_take (self, leyden_value_new_int (value));
}

void
leyden_value_builder_add_double (LeydenValueBuilder *self,
                                 double              value)
{
  leyden_value_builder_take (self, isfinite (value) ? leyden_value_new_double (value) : NULL);
}

void
leyden_value_builder_add_boolean (LeydenValueBuilder *self,
                                  gboolean            value)
{
  leyden_value_builder_take (self, leyden_value_new_boolean (value));
}

void
leyden_value_builder_set (LeydenValueBuilder *self,
                          const char         *key,
                          LeydenValue        *value)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_add (self, value);
}

void
leyden_value_builder_set_take (LeydenValueBuilder *self,
                               const char         *key,
                               LeydenValue        *value)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_take (self, value);
}

void
leyden_value_builder_set_string (LeydenValueBuilder *self,
                                 const char         *key,
                                 const char         *text)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_add_string (self, text);
}

void
leyden_value_builder_set_int (LeydenValueBuilder *self,
                              const char         *key,
                              gint64              value)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_add_int (self, value);
}

void
leyden_value_builder_set_double (LeydenValueBuilder *self,
                                 const char         *key,
                                 double              value)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_add_double (self, value);
}

void
leyden_value_builder_set_boolean (LeydenValueBuilder *self,
                                  const char         *key,
                                  gboolean            value)
{
  leyden_value_builder_key (self, key);
  leyden_value_builder_add_boolean (self, value);
}

LeydenValue *
leyden_value_builder_end_value (LeydenValueBuilder *self)
{
  LeydenValue *value = leyden_assembly_finish (assembly_of (self));

  leyden_value_builder_clear (self);
  return value;
}

LeydenValue *
leyden_value_with_member (const LeydenValue *object,
                          const char        *key,
                          LeydenValue       *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gsize key_length;

  g_return_val_if_fail (object == NULL || object->kind == LEYDEN_VALUE_OBJECT || object->kind == LEYDEN_VALUE_NULL,
                        leyden_value_new_null ());
  g_return_val_if_fail (key != NULL, leyden_value_ref (object));

  key_length = strlen (key);
  leyden_value_builder_begin_object (&builder);
  for (guint32 i = 0; i < leyden_value_get_size (object); i++)
    {
      gsize length;
      const char *name = leyden_value_key_at (object, i, &length);

      if (value == NULL && length == key_length && memcmp (name, key, length) == 0)
        continue;
      leyden_value_builder_key_length (&builder, name, length);
      leyden_value_builder_add (&builder, leyden_value_items (object)[i]);
    }
  if (value != NULL)
    leyden_value_builder_set (&builder, key, value);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_value_with_item (const LeydenValue *list,
                        guint              index,
                        LeydenValue       *value)
{
  g_autofree LeydenValue **items = NULL;
  guint size = leyden_value_get_size (list);
  guint n = 0;

  g_return_val_if_fail (list == NULL || list->kind == LEYDEN_VALUE_LIST, leyden_value_new_null ());
  g_return_val_if_fail (index < size || (index == size && value != NULL), leyden_value_new_null ());

  items = g_new (LeydenValue *, (gsize) size + 1);
  for (guint i = 0; i < MAX (size, index + 1); i++)
    {
      if (i != index)
        items[n++] = leyden_value_ref (leyden_value_items (list)[i]);
      else if (value != NULL)
        items[n++] = leyden_value_ref (value);
    }
  return leyden_value_new_list_take (items, n);
}
