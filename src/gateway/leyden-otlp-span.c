/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp.h"

#include <string.h>

/* A body is unpacked in pieces of this many bytes. */
#define PIECE (256 * 1024)

LeydenOtlpSpan *
leyden_otlp_span_new (void)
{
  return g_new0 (LeydenOtlpSpan, 1);
}

void
leyden_otlp_span_free (gpointer data)
{
  LeydenOtlpSpan *self = data;

  g_free (self->name);
  g_free (self->message);
  g_clear_pointer (&self->attributes, leyden_value_unref);
  g_clear_pointer (&self->events, leyden_value_unref);
  g_clear_pointer (&self->links, leyden_value_unref);
  g_clear_pointer (&self->scope, leyden_value_unref);
  g_clear_pointer (&self->resource, leyden_value_unref);
  g_free (self);
}

LeydenOtlpBatch *
leyden_otlp_batch_new (void)
{
  LeydenOtlpBatch *self = g_new0 (LeydenOtlpBatch, 1);

  self->spans = g_ptr_array_new_with_free_func (leyden_otlp_span_free);
  return self;
}

void
leyden_otlp_batch_free (gpointer data)
{
  LeydenOtlpBatch *self = data;

  g_ptr_array_unref (self->spans);
  g_free (self->reason);
  g_free (self);
}

void
leyden_otlp_batch_reject (LeydenOtlpBatch *self,
                          const char      *reason)
{
  self->n_rejected++;
  if (self->reason == NULL)
    self->reason = g_strdup (reason);
}

static LeydenValue *
new_empty_object (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static const char *
find_fault (const LeydenOtlpBatch *self,
            const LeydenOtlpSpan  *span,
            guint64                start,
            guint64                end)
{
  if (*span->trace_id == '\0')
    return "A trace id is not 16 bytes, or all of them are zero";
  if (*span->span_id == '\0')
    return "A span id is not 8 bytes, or all of them are zero";
  if (start == 0 || start > G_MAXINT64 || end > G_MAXINT64)
    return "A span has no start, or a time that no clock shows";
  if (self->spans->len >= LEYDEN_OTLP_MAX_SPANS)
    return "The request has too many spans";
  return NULL;
}

void
leyden_otlp_batch_add (LeydenOtlpBatch *self,
                       LeydenOtlpSpan  *span,
                       guint64          start,
                       guint64          end)
{
  const char *fault = find_fault (self, span, start, end);

  if (fault != NULL)
    {
      leyden_otlp_batch_reject (self, fault);
      leyden_otlp_span_free (span);
      return;
    }
  span->start_ns = (gint64)start;
  /* Clocks that were set meanwhile, and ends that nobody wrote. */
  span->end_ns = (gint64)MAX (start, end);
  /* Nothing is its own parent. */
  if (strcmp (span->parent_id, span->span_id) == 0)
    *span->parent_id = '\0';
  if (span->name == NULL)
    span->name = g_strdup ("");
  if (span->attributes == NULL)
    span->attributes = new_empty_object ();
  if (span->resource == NULL)
    span->resource = new_empty_object ();
  g_ptr_array_add (self->spans, span);
}

gboolean
leyden_otlp_write_id (char         *out,
                      const guint8 *bytes,
                      gsize         size,
                      gsize         length)
{
  static const char digits[] = "0123456789abcdef";
  guint8 any = 0;

  *out = '\0';
  if (size != length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    any |= bytes[i];
  if (any == 0)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      out[2 * i] = digits[bytes[i] >> 4];
      out[2 * i + 1] = digits[bytes[i] & 15];
    }
  out[2 * length] = '\0';
  return TRUE;
}

gboolean
leyden_otlp_copy_id (char       *out,
                     const char *text,
                     gsize       length)
{
  *out = '\0';
  if (text == NULL || strlen (text) != 2 * length || strspn (text, "0123456789abcdefABCDEF") != 2 * length
      || strspn (text, "0") == 2 * length)
    return FALSE;
  for (gsize i = 0; i < 2 * length; i++)
    out[i] = g_ascii_tolower (text[i]);
  out[2 * length] = '\0';
  return TRUE;
}

LeydenValue *
leyden_otlp_make_event (const char  *name,
                        guint64      time,
                        LeydenValue *attributes)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_set_int (&b, "time", (gint64)MIN (time, (guint64)G_MAXINT64));
  leyden_value_builder_set (&b, "attributes", attributes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_otlp_make_link (const char *trace_id,
                       const char *span_id)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "trace", trace_id);
  leyden_value_builder_set_string (&b, "span", span_id);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

GBytes *
leyden_otlp_unzip (GBytes  *body,
                   GError **error)
{
  g_autoptr(GInputStream) packed = g_memory_input_stream_new_from_bytes (body);
  g_autoptr(GZlibDecompressor) unzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream) stream = g_converter_input_stream_new (packed, G_CONVERTER (unzip));
  g_autoptr(GByteArray) plain = g_byte_array_new ();
  gssize n;

  do
    {
      guint before = plain->len;

      g_byte_array_set_size (plain, before + PIECE);
      n = g_input_stream_read (stream, plain->data + before, PIECE, NULL, error);
      g_byte_array_set_size (plain, before + (guint)MAX (n, 0));
      if (plain->len > LEYDEN_OTLP_MAX_BODY)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "The body has more than %u MiB when it is unpacked",
                       (guint)(LEYDEN_OTLP_MAX_BODY / 1024 / 1024));
          return NULL;
        }
    }
  while (n > 0);
  if (n < 0)
    {
      g_prefix_error (error, "The body is not gzip: ");
      return NULL;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&plain));
}
