/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-json.h"
#include "leyden-model.h"

static LeydenEndpoint *
read_endpoint (const char  *uri,
               GError     **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "local");
  leyden_value_builder_set_string (&b, "base_uri", uri);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_endpoint_from_value (value, error);
}

static const struct { const char *uri; const char *kept; } good[] = {
  { "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1" },
  { "http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1" },
  { "http://localhost/v1//", "http://localhost/v1" },
  { "http://[::1]:8080/v1", "http://[::1]:8080/v1" },
  { "http://192.168.1.20:8000/v1", "http://192.168.1.20:8000/v1" },
  { "http://10.0.0.1", "http://10.0.0.1" },
  { "HTTPS://api.example.com/v1", "https://api.example.com/v1" },
  { "https://münchen.example/v1", "https://xn--mnchen-3ya.example/v1" },
  { "https://\xd0\xb0pple.example/v1", "https://xn--pple-43d.example/v1" },
  { "http://4chan.example/v1", "http://4chan.example/v1" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenEndpoint) endpoint = read_endpoint (good[i].uri, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (endpoint->base_uri, ==, good[i].kept);
      g_assert_cmpstr (endpoint->wire, ==, "openai");
      g_assert_cmpstr (endpoint->title, ==, "local");
      g_assert_false (endpoint->simulated);
    }
}

static const char * const bad_a34[] = {
  "file:///etc/passwd", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]:22/", "http://2130706433/", "http://user:pw@host/",
  "http://host/\r\nX: y", "http://ho\nst/", "http://user@host/", "http://169.254.0.1:80/v1", "http://[fe80::1]/", "http://[fe80::1%25eth0]/",
  "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]/", "http://0x7f000001/", "http://0x7f.1/",
  "http://0177.0.0.1/", "http://127.1/", "http://169.254.169.254./", "http://2852039166/", "http://0.0.0.0:80/", "http://[::]/",
  "http://224.0.0.1/", "http://[ff02::1]/", "http://169%2e254%2e169%2e254/", "http://1６９.254.169.254/", "http://１６９．２５４．１６９．２５４/",
  "gopher://host/", "ftp://host/", "ws://host/", "http:///v1", "http://", "http://host\\@evil/", "http://host:0/", "http://host:99999/",
  "http://host/?key=1", "http://host/#x",
};
static const char * const bad_g03[] = {
  "javascript:alert(1)", "file:x", "", "http://user:password@host/v1", "http://a b/", " http://host/", "http://host/ v1", "host:8080/v1", "//host/v1",
};

static void
check_refused (const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEndpoint) endpoint = read_endpoint (uri, &error);

  g_test_message ("%s → %s", uri, error != NULL ? error->message : endpoint->base_uri);
  g_assert_null (endpoint);
  g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
  g_assert_null (strstr (error->message, "password@"));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_a34 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_a34); i++)
    check_refused (bad_a34[i]);
}

static void
test_g03 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_g03); i++)
    check_refused (bad_g03[i]);
}

static const struct { const char *json; const char *message; } bad_values[] = {
  { "[]", "object" },
  { "{\"base_uri\":\"http://h/\"}", "name" },
  { "{\"name\":\"Upper\",\"base_uri\":\"http://h/\"}", "name" },
  { "{\"name\":\"../x\",\"base_uri\":\"http://h/\"}", "name" },
  { "{\"name\":\"simulated\",\"base_uri\":\"http://h/\"}", "built-in" },
  { "{\"name\":\"a\"}", "base_uri" },
  { "{\"name\":\"a\",\"base_uri\":7}", "base_uri" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"wire\":\"smoke\"}", "wire" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"secret\":\"sk-abcdefghijklmnopqrstuvwxyz0123456789\"}", "secret" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"secret\":\"a/b\"}", "secret" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"concurrency\":-1}", "concurrency" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"concurrency\":1.5}", "concurrency" },
  { "{\"name\":\"a\",\"base_uri\":\"http://h/\",\"timeout_s\":3601}", "timeout_s" },
};

static void
test_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_values); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenValue) value = leyden_json_parse (bad_values[i].json, -1, NULL, NULL);
      g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (value, &error);

      g_test_message ("%s", bad_values[i].json);
      g_assert_null (endpoint);
      g_assert_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT);
      g_assert_nonnull (strstr (error->message, bad_values[i].message));
    }
}

static void
test_round_trip (void)
{
  const char *text = "{\"name\":\"work\",\"title\":\"At work\",\"base_uri\":\"https://models.example/v1\",\"wire\":\"openai\",\"secret\":\"work\","
                     "\"default_model\":\"m\",\"concurrency\":4,\"timeout_s\":60,\"simulated\":false}";
  g_autoptr(LeydenValue) value = leyden_json_parse (text, -1, NULL, NULL);
  g_autoptr(LeydenEndpoint) endpoint = leyden_endpoint_from_value (value, NULL);
  g_autoptr(LeydenEndpoint) copy = leyden_endpoint_copy (endpoint);
  g_autoptr(LeydenValue) written = leyden_endpoint_to_value (copy);

  g_assert_true (leyden_value_equal (written, value));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/good", test_good);
  g_test_add_func ("/endpoint/values", test_values);
  g_test_add_func ("/endpoint/round-trip", test_round_trip);
  g_test_add_func ("/hostile/A34", test_a34);
  g_test_add_func ("/hostile/G03", test_g03);
  return g_test_run ();
}
