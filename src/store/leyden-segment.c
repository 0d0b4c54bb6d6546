/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-segment.h"

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-record-private.h"
#include "leyden-store.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define VERSION       1
#define FLAG_BLOB     (1 << 0)
#define CHECKSUM_SIZE 8
#define DIGEST_SIZE   32

struct _LeydenSegmentWriter
{
  GByteArray *texts;            /* varint length + bytes of each */
  GByteArray *records;
  GHashTable *indices;          /* text (owned) → index + 1 */
  gint64      last_time_ns;
  guint       count;
};

LeydenSegmentWriter *
leyden_segment_writer_new (void)
{
  LeydenSegmentWriter *self = g_new0 (LeydenSegmentWriter, 1);

  self->texts = g_byte_array_new ();
  self->records = g_byte_array_new ();
  self->indices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
leyden_segment_writer_free (LeydenSegmentWriter *self)
{
  g_byte_array_unref (self->texts);
  g_byte_array_unref (self->records);
  g_hash_table_unref (self->indices);
  g_free (self);
}

static void
put_varint (GByteArray *out,
            guint64     value)
{
  guint8 bytes[10];
  guint n = 0;

  do
    {
      bytes[n++] = (guint8) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
      value >>= 7;
    }
  while (value != 0);
  g_byte_array_append (out, bytes, n);
}

static void
put_text (LeydenSegmentWriter *self,
          const char          *text)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (self->indices, text));

  if (index == 0)
    {
      gsize length = strlen (text);

      index = g_hash_table_size (self->indices) + 1;
      g_hash_table_insert (self->indices, g_strdup (text), GUINT_TO_POINTER (index));
      put_varint (self->texts, length);
      g_byte_array_append (self->texts, (const guint8 *) text, (guint) length);
    }
  put_varint (self->records, index - 1);
}

void
leyden_segment_writer_add (LeydenSegmentWriter *self,
                           LeydenRecord        *record,
                           const char          *payload,
                           gsize                length,
                           const guint8        *digest)
{
  guint8 flags = digest ? FLAG_BLOB : 0;
  guint64 delta = (guint64) record->time_ns - (guint64) self->last_time_ns;

  g_byte_array_append (self->records, &flags, 1);
  put_text (self, record->attempt);
  put_text (self, record->actor);
  put_text (self, record->type);
  put_text (self, record->node);
  put_varint (self->records, (delta << 1) ^ (0 - (delta >> 63)));
  self->last_time_ns = record->time_ns;
  if (digest != NULL)
    {
      g_byte_array_append (self->records, digest, DIGEST_SIZE);
    }
  else
    {
      put_varint (self->records, length);
      g_byte_array_append (self->records, (const guint8 *) payload, (guint) length);
    }
  self->count++;
}

gsize
leyden_segment_writer_get_size (LeydenSegmentWriter *self)
{
  return self->texts->len + self->records->len;
}

guint
leyden_segment_writer_get_count (LeydenSegmentWriter *self)
{
  return self->count;
}

GByteArray *
leyden_segment_writer_end (LeydenSegmentWriter *self)
{
  GByteArray *body = g_byte_array_sized_new (self->texts->len + self->records->len + 24);
  guint8 version = VERSION;
  guint64 checksum;

  g_byte_array_append (body, &version, 1);
  put_varint (body, g_hash_table_size (self->indices));
  g_byte_array_append (body, self->texts->data, self->texts->len);
  g_byte_array_append (body, self->records->data, self->records->len);
  checksum = GUINT64_TO_LE (leyden_fnv1a64 (body->data, body->len));
  g_byte_array_append (body, (const guint8 *) &checksum, CHECKSUM_SIZE);

  g_byte_array_set_size (self->texts, 0);
  g_byte_array_set_size (self->records, 0);
  g_hash_table_remove_all (self->indices);
  self->last_time_ns = 0;
  self->count = 0;
  return body;
}

/* --- reading --- */

typedef struct
{
  const guint8 *at;
  const guint8 *end;
} Cursor;

static gboolean
get_varint (Cursor  *cursor,
            guint64 *out)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte;

      if (cursor->at == cursor->end)
        return FALSE;
      byte = *cursor->at++;
      if (shift == 63 && byte > 1)
        return FALSE;
      value |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *out = value;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
get_bytes (Cursor        *cursor,
           guint64        size,
           const guint8 **out)
{
  if (size > (guint64) (cursor->end - cursor->at))
    return FALSE;
  *out = cursor->at;
  cursor->at += size;
  return TRUE;
}

static GPtrArray *
get_texts (Cursor *cursor)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint64 n_texts;

  if (!get_varint (cursor, &n_texts) || n_texts > (guint64) (cursor->end - cursor->at))
    return NULL;
  for (guint64 i = 0; i < n_texts; i++)
    {
      const guint8 *bytes;
      guint64 length;

      if (!get_varint (cursor, &length) || !get_bytes (cursor, length, &bytes)
          || !g_utf8_validate_len ((const char *) bytes, length, NULL))
        return NULL;
      g_ptr_array_add (texts, g_strndup ((const char *) bytes, length));
    }
  return g_steal_pointer (&texts);
}

static const char *
get_text (Cursor    *cursor,
          GPtrArray *texts)
{
  guint64 index;

  return get_varint (cursor, &index) && index < texts->len ? g_ptr_array_index (texts, index) : NULL;
}

/* One record's fields, still without its payload. */
typedef struct
{
  const char   *attempt;
  const char   *actor;
  const char   *type;
  const char   *node;
  gint64        time_ns;
  gboolean      is_blob;
  const guint8 *payload;
  guint64       length;
} Fields;

static gboolean
get_fields (Cursor    *cursor,
            GPtrArray *texts,
            gint64     time_before_ns,
            Fields    *out)
{
  const guint8 *flags;
  guint64 delta;

  if (!get_bytes (cursor, 1, &flags) || (*flags & ~FLAG_BLOB) != 0)
    return FALSE;
  if (!(out->attempt = get_text (cursor, texts)) || !(out->actor = get_text (cursor, texts))
      || !(out->type = get_text (cursor, texts)) || !(out->node = get_text (cursor, texts)))
    return FALSE;
  if (!leyden_record_type_is_valid (out->type, strlen (out->type)) || !get_varint (cursor, &delta))
    return FALSE;
  out->time_ns = (gint64) ((guint64) time_before_ns + ((delta >> 1) ^ (0 - (delta & 1))));
  out->is_blob = (*flags & FLAG_BLOB) != 0;
  out->length = DIGEST_SIZE;
  return (out->is_blob || get_varint (cursor, &out->length)) && get_bytes (cursor, out->length, &out->payload);
}

LeydenValue *
leyden_segment_parse_json (const char *text,
                           gsize       length,
                           GError    **error)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 1000, .max_keys = 1 << 24, .max_bytes = G_MAXINT32 };
  g_autoptr(GError) local = NULL;
  LeydenValue *value = leyden_json_parse (text, (gssize) length, &limits, &local);

  if (value == NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("Stored JSON is damaged: %s"), local->message);
  return value;
}

static void
format_digest (const guint8 *digest,
               char          hex[DIGEST_SIZE * 2 + 1])
{
  for (guint i = 0; i < DIGEST_SIZE; i++)
    g_snprintf (hex + 2 * i, 3, "%02x", digest[i]);
}

static LeydenValue *
fetch_payload (const Fields      *fields,
               LeydenSegmentBlob  blob,
               gpointer           data,
               GError           **error)
{
  char hex[DIGEST_SIZE * 2 + 1];
  g_autoptr(GBytes) bytes = NULL;

  if (!fields->is_blob)
    return leyden_segment_parse_json ((const char *) fields->payload, fields->length, error);
  format_digest (fields->payload, hex);
  if (blob == NULL)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("The blob %s is missing"), hex);
      return NULL;
    }
  bytes = blob (hex, data, error);
  if (bytes == NULL)
    return NULL;
  return leyden_segment_parse_json (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

static gboolean
damaged (const char *rollout,
         guint64     sequence,
         const char *what,
         GError    **error)
{
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT,
               _("The log of rollout %s is damaged at record %" PRIu64 ": %s"), rollout, sequence, what);
  return FALSE;
}

static gboolean
checksum_is_right (const guint8 *body,
                   gsize         size)
{
  guint64 checksum;

  memcpy (&checksum, body + size - CHECKSUM_SIZE, CHECKSUM_SIZE);
  return GUINT64_FROM_LE (checksum) == leyden_fnv1a64 (body, size - CHECKSUM_SIZE);
}

/* Checks what stands before the records and sets @cursor to the first. (transfer full) (nullable): the texts. */
static GPtrArray *
begin_records (const guint8 *body,
               gsize         size,
               const char   *rollout,
               guint64       sequence,
               guint64       n_records,
               Cursor       *cursor,
               GError      **error)
{
  GPtrArray *texts = NULL;

  if (size < 2 + CHECKSUM_SIZE || body[0] != VERSION)
    damaged (rollout, sequence, _("an unknown form"), error);
  else if (sequence == 0 || n_records == 0 || n_records > LEYDEN_SEGMENT_MAX_COUNT)
    damaged (rollout, sequence, _("an impossible number of records"), error);
  else if (!checksum_is_right (body, size))
    damaged (rollout, sequence, _("the checksum is wrong"), error);
  else
    {
      *cursor = (Cursor) { body + 1, body + size - CHECKSUM_SIZE };
      texts = get_texts (cursor);
      if (texts == NULL)
        damaged (rollout, sequence, _("the table of texts is broken"), error);
    }
  return texts;
}

gboolean
leyden_segment_read (const guint8      *body,
                     gsize              size,
                     const char        *rollout,
                     guint64            sequence,
                     guint64            position,
                     guint64            n_records,
                     guint64            skip,
                     guint              max,
                     LeydenSegmentBlob  blob,
                     gpointer           data,
                     GPtrArray         *records,
                     GError           **error)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GPtrArray) texts = NULL;
  gint64 time_ns = 0;
  Cursor cursor;

  texts = begin_records (body, size, rollout, sequence, n_records, &cursor, error);
  if (texts == NULL)
    return FALSE;
  for (guint64 i = 0; i < n_records; i++)
    {
      g_autoptr(LeydenValue) payload = NULL;
      LeydenRecord *record;
      Fields fields;

      if (!get_fields (&cursor, texts, time_ns, &fields))
        return damaged (rollout, sequence + i, _("the record is broken"), error);
      time_ns = fields.time_ns;
      if (i < skip || (max != 0 && found->len == max))
        continue;
      payload = fetch_payload (&fields, blob, data, error);
      if (payload == NULL)
        return FALSE;
      if (leyden_value_get_kind (payload) != LEYDEN_VALUE_OBJECT)
        return damaged (rollout, sequence + i, _("the payload is no object"), error);
      record = leyden_record_new (rollout, fields.attempt, sequence + i, time_ns, fields.actor, fields.type, fields.node, payload);
      record->position = position + i;
      g_ptr_array_add (found, record);
    }
  if (cursor.at != cursor.end)
    return damaged (rollout, sequence + n_records - 1, _("bytes are left over"), error);
  g_ptr_array_extend_and_steal (records, g_steal_pointer (&found));
  return TRUE;
}

gboolean
leyden_segment_each_blob (const guint8 *body,
                          gsize         size,
                          guint64       n_records,
                          void        (*each) (const char *sha256, gpointer data),
                          gpointer      data,
                          GError      **error)
{
  g_autoptr(GPtrArray) texts = NULL;
  Cursor cursor;

  texts = begin_records (body, size, "?", 1, n_records, &cursor, error);
  for (guint64 i = 0; texts != NULL && i < n_records; i++)
    {
      char hex[DIGEST_SIZE * 2 + 1];
      Fields fields;

      if (!get_fields (&cursor, texts, 0, &fields))
        return damaged ("?", i + 1, _("the record is broken"), error);
      if (!fields.is_blob)
        continue;
      format_digest (fields.payload, hex);
      each (hex, data);
    }
  return texts != NULL;
}

GByteArray *
leyden_segment_cut (const guint8 *body,
                    gsize         size,
                    guint64       n_records,
                    guint64       keep,
                    GError      **error)
{
  g_autoptr(GPtrArray) texts = NULL;
  GByteArray *out;
  guint64 checksum;
  Cursor cursor;

  g_assert (keep > 0);

  texts = begin_records (body, size, "?", 1, n_records, &cursor, error);
  if (texts == NULL)
    return NULL;
  for (guint64 i = 0; i < MIN (keep, n_records); i++)
    {
      Fields fields;

      if (get_fields (&cursor, texts, 0, &fields))
        continue;
      damaged ("?", i + 1, _("the record is broken"), error);
      return NULL;
    }
  /* Texts that only later records have do no harm. */
  out = g_byte_array_sized_new ((guint) (cursor.at - body) + CHECKSUM_SIZE);
  g_byte_array_append (out, body, (guint) (cursor.at - body));
  checksum = GUINT64_TO_LE (leyden_fnv1a64 (out->data, out->len));
  g_byte_array_append (out, (const guint8 *) &checksum, CHECKSUM_SIZE);
  return out;
}
