/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as values, and the body of a segment: round trip, every cut and every changed bit. */
#include "store-helpers.h"

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-segment.h"

#include <string.h>

static GByteArray *
make_body (guint n)
{
  g_autoptr(LeydenSegmentWriter) writer = leyden_segment_writer_new ();

  for (guint i = 1; i <= n; i++)
    {
      g_autoptr(LeydenRecord) record = make_record ("a", i);
      g_autofree char *payload = leyden_json_write (record->payload, LEYDEN_JSON_COMPACT);

      leyden_segment_writer_add (writer, record, payload, strlen (payload), NULL);
    }
  g_assert_cmpuint (leyden_segment_writer_get_count (writer), ==, n);
  return leyden_segment_writer_end (writer);
}

static void
test_round_trip (void)
{
  g_autoptr(GByteArray) body = make_body (100);
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_segment_read (body->data, body->len, "a", 1, 1001, 100, 10, 20, NULL, NULL, records, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, ==, 20);
  for (guint i = 0; i < 20; i++)
    {
      LeydenRecord *record = records->pdata[i];
      g_autoptr(LeydenRecord) expected = make_record ("a", 11 + i);

      g_assert_cmpuint (record->sequence, ==, 11 + i);
      g_assert_cmpuint (record->position, ==, 1011 + i);
      g_assert_cmpint (record->time_ns, ==, expected->time_ns);
      g_assert_cmpstr (record->node, ==, expected->node);
      g_assert_true (leyden_value_equal (record->payload, expected->payload));
    }
}

/* Times of all sizes and directions, and a writer used again. */
static void
test_times (void)
{
  static const gint64 times[] = { 0, -1, G_MAXINT64, G_MININT64, 1, 1700000000000000000, 5 };
  g_autoptr(LeydenSegmentWriter) writer = leyden_segment_writer_new ();

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr(GByteArray) body = NULL;
      g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

      for (guint i = 0; i < G_N_ELEMENTS (times); i++)
        {
          g_autoptr(LeydenRecord) record = leyden_record_new ("a", "0", i + 1, times[i], "x", "reward", "", NULL);
          leyden_segment_writer_add (writer, record, "{}", 2, NULL);
        }
      body = leyden_segment_writer_end (writer);
      g_assert_true (leyden_segment_read (body->data, body->len, "a", 1, 1, G_N_ELEMENTS (times), 0, 0, NULL, NULL, records, NULL));
      for (guint i = 0; i < G_N_ELEMENTS (times); i++)
        g_assert_cmpint (((LeydenRecord *) records->pdata[i])->time_ns, ==, times[i]);
    }
}

static gboolean
reads (const guint8 *body,
       gsize         size,
       guint64       n)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_segment_read (body, size, "a", 1, 1, n, 0, 0, NULL, NULL, records, &error);

  if (!ok)
    g_assert_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT);
  g_assert_cmpuint (records->len, ==, ok ? n : 0);
  return ok;
}

static void
test_damaged (void)
{
  g_autoptr(GByteArray) body = make_body (5);

  g_assert_true (reads (body->data, body->len, 5));
  for (gsize size = 0; size < body->len; size++)
    g_assert_false (reads (body->data, size, 5));
  for (gsize bit = 0; bit < body->len * 8; bit++)
    {
      body->data[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (reads (body->data, body->len, 5));
      body->data[bit / 8] ^= (guint8) (1 << bit % 8);
    }
  g_assert_false (reads (body->data, body->len, 0));
  g_assert_false (reads (body->data, body->len, 4));
  g_assert_false (reads (body->data, body->len, 6));
  g_assert_false (reads (body->data, body->len, G_MAXUINT64));
}

/* Bodies that lie, with the right checksum. */
static void
test_lies (void)
{
  static const struct { const char *bytes; gsize size; guint64 n; } cases[] = {
    { "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, 1 },                          /* 2⁶⁴−1 texts */
    { "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11, 1 },                          /* a varint too large */
    { "\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, 1 },                      /* a text of 2⁶⁴−1 bytes */
    { "\x01\x01\x01\xff\0\0\0\0\0\0\x02{}", 13, 1 },                                    /* not UTF-8 */
    { "\x01\x01\x01\0\0\0\0\0\0\0\x02{}", 13, 1 },                                      /* NUL in a text */
    { "\x01\x01\x01 \0\0\0\0\0\0\x02{}", 13, 1 },                                       /* a type that is none */
    { "\x01\x01\x01r\x02\0\0\0\0\0\x02{}", 13, 1 },                                     /* an unknown flag */
    { "\x01\x01\x01r\0\0\0\x01\0\0\x02{}", 13, 1 },                                     /* an index too large */
    { "\x01\x01\x01r\0\0\0\0\0\0\x03{}", 13, 1 },                                       /* a payload too long */
    { "\x01\x01\x01r\0\0\0\0\0\0\x02{}x", 14, 1 },                                      /* left over */
    { "\x01\x01\x01r\0\0\0\0\0\0\x02[]", 13, 1 },                                       /* no object */
    { "\x01\x01\x01r\0\0\0\0\0\0\x02{{", 13, 1 },                                       /* no JSON */
    { "\x02\x01\x01r\0\0\0\0\0\0\x02{}", 13, 1 },                                       /* another version */
    { "\x01\x01\x01r\0\0\0\0\0\0\x02{}", 13, 1 << 20 },
  };
  static const char good[] = "\x01\x01\x01r\0\0\0\0\0\0\x02{}";

  for (guint i = 0; i <= G_N_ELEMENTS (cases); i++)
    {
      gboolean is_good = i == G_N_ELEMENTS (cases);
      g_autoptr(GByteArray) body = g_byte_array_new ();
      guint64 checksum;

      g_byte_array_append (body, (const guint8 *) (is_good ? good : cases[i].bytes), is_good ? 13 : (guint) cases[i].size);
      checksum = GUINT64_TO_LE (leyden_fnv1a64 (body->data, body->len));
      g_byte_array_append (body, (const guint8 *) &checksum, 8);
      g_test_message ("case %u", i);
      g_assert_true (reads (body->data, body->len, is_good ? 1 : cases[i].n) == is_good);
    }
}

static void
test_record_value (void)
{
  static const char * const bad[] = {
    "[]", "null", "{}",
    "{\"rollout\":\"\",\"attempt\":\"0\",\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":0,\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":0,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1.5,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1,\"time\":-1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"a type\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":[]}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\"}",
    "{\"rollout\":\"r\",\"attempt\":\"0\",\"sequence\":1,\"position\":-1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
    "{\"rollout\":\"r\\u0000\",\"attempt\":\"0\",\"sequence\":1,\"time\":1,\"actor\":\"a\",\"type\":\"t\",\"node\":\"\",\"payload\":{}}",
  };
  const LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenRecord) record = make_record ("a", 7);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenRecord) again = NULL;
  g_autoptr(LeydenValue) value_again = NULL;
  g_autoptr(GError) error = NULL;

  record->position = 12;
  value = leyden_record_to_value (record);
  again = leyden_record_from_value (value, &error);
  g_assert_no_error (error);
  value_again = leyden_record_to_value (again);
  g_assert_true (leyden_value_equal (value, value_again));
  g_assert_cmpuint (again->position, ==, 12);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) bad_value = leyden_json_parse (bad[i], -1, &wire, &error);

      g_assert_no_error (error);
      g_assert_null (leyden_record_from_value (bad_value, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_clear_error (&error);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segment/round-trip", test_round_trip);
  g_test_add_func ("/segment/times", test_times);
  g_test_add_func ("/segment/damaged", test_damaged);
  g_test_add_func ("/segment/lies", test_lies);
  g_test_add_func ("/record/value", test_record_value);
  return g_test_run ();
}
