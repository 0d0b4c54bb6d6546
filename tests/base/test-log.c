/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leyden-json.h"
#include "leyden-log.h"

/* All that the program's lines may hold, as the field reference of the Elastic Common Schema 8.11 names and types it. */
static const struct { const char *name; LeydenValueKind kind; } ecs_fields[] = {
  { "@timestamp", LEYDEN_VALUE_STRING }, { "log.level", LEYDEN_VALUE_STRING }, { "message", LEYDEN_VALUE_STRING },
  { "ecs.version", LEYDEN_VALUE_STRING }, { "service.name", LEYDEN_VALUE_STRING }, { "service.version", LEYDEN_VALUE_STRING },
  { "process.pid", LEYDEN_VALUE_NUMBER }, { "log.logger", LEYDEN_VALUE_STRING }, { "event.dataset", LEYDEN_VALUE_STRING },
  { "event.duration", LEYDEN_VALUE_NUMBER }, { "http.request.method", LEYDEN_VALUE_STRING },
};

static LeydenValue *
make_line (const char  *message,
           LeydenValue *fields,
           const char **text)
{
  g_autofree char *line = leyden_log_make_line (G_LOG_LEVEL_WARNING, "leyden-test", message, fields, G_GINT64_CONSTANT (1764000000123456));
  g_autoptr(GError) error = NULL;
  LeydenValue *value;

  g_assert_true (g_str_has_suffix (line, "}\n"));
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  if (text != NULL)
    *text = g_intern_string (line);
  value = leyden_json_parse (line, -1, NULL, &error);
  g_assert_no_error (error);
  return value;
}

static void
test_line (void)
{
  g_autoptr(LeydenValue) fields = leyden_json_parse ("{\"event.dataset\":\"leyden.access\",\"event.duration\":1200,\"http.request.method\":\"GET\"}",
                                                     -1, NULL, NULL);
  g_autoptr(LeydenValue) line = make_line ("all\nwell \x01\xff", fields, NULL);

  g_assert_cmpstr (leyden_value_get_key (line, 0), ==, "@timestamp");
  g_assert_cmpstr (leyden_value_get_key (line, 1), ==, "log.level");
  g_assert_cmpstr (leyden_value_get_key (line, 2), ==, "message");
  g_assert_cmpstr (leyden_value_get_member_string (line, "@timestamp", ""), ==, "2025-11-24T16:00:00.123Z");
  g_assert_cmpstr (leyden_value_get_member_string (line, "log.level", ""), ==, "warn");
  g_assert_cmpstr (leyden_value_get_member_string (line, "log.logger", ""), ==, "leyden-test");
  g_assert_cmpstr (leyden_value_get_member_string (line, "message", ""), ==, "all\nwell \x01\xef\xbf\xbd");
  g_assert_cmpstr (leyden_value_get_member_string (line, "event.dataset", ""), ==, "leyden.access");
  g_assert_cmpint (leyden_value_get_member_int (line, "event.duration", 0), ==, 1200);
  for (guint i = 0; i < leyden_value_get_size (line); i++)
    {
      gboolean known = FALSE;

      for (guint j = 0; j < G_N_ELEMENTS (ecs_fields); j++)
        known = known || (strcmp (ecs_fields[j].name, leyden_value_get_key (line, i)) == 0
                          && ecs_fields[j].kind == leyden_value_get_kind (leyden_value_get_item (line, i)));
      if (!known)
        g_error ("%s is no field of the schema", leyden_value_get_key (line, i));
    }
}

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  g_autoptr(GString) out = g_string_new (text);

  return g_string_replace (out, data, "####", 0) > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static void
test_secrets (void)
{
  g_autoptr(LeydenValue) fields = leyden_json_parse ("{\"url.path\":\"/a/open sesame/b\"}", -1, NULL, NULL);
  g_autoptr(LeydenValue) line = NULL;
  const char *text;

  leyden_log_set_redact (redact_cb, g_strdup ("open sesame"), g_free);
  line = make_line ("key open sesame, and sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD", fields, &text);
  g_assert_null (strstr (text, "open sesame"));
  g_assert_null (strstr (text, "sk-abcdefghijklmnop"));
  g_assert_nonnull (strstr (text, "/a/####/b"));
  leyden_log_set_redact (NULL, NULL, NULL);
}

/* What GLib's own functions say is a line, too; what would have been dropped stays dropped. */
static void
test_writer (void)
{
  if (g_test_subprocess ())
    {
      leyden_log_set_format (LEYDEN_LOG_JSON);
      g_log ("some-domain", G_LOG_LEVEL_MESSAGE, "said by “%s”", "GLib");
      g_log ("some-domain", G_LOG_LEVEL_DEBUG, "whispered");
      leyden_log_event (G_LOG_LEVEL_CRITICAL, NULL, "said by us", NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*\"log.level\":\"info\",\"message\":\"said by “GLib”\"*\"log.logger\":\"some-domain\"*");
  g_test_trap_assert_stderr ("*\"log.level\":\"error\",\"message\":\"said by us\"*");
  g_test_trap_assert_stderr_unmatched ("*whispered*");
}

static char *
talk_cb (const char *text,
         gssize      length,
         gpointer    data)
{
  g_message ("the redactor has something to say");
  /* It may even go while it is asked. */
  leyden_log_set_redact (NULL, NULL, NULL);
  return g_strdup ("####");
}

/* What the redactor says itself while it is asked is a line like any other. */
static void
test_redactor_talks (void)
{
  if (g_test_subprocess ())
    {
      leyden_log_set_format (LEYDEN_LOG_JSON);
      leyden_log_set_redact (talk_cb, NULL, NULL);
      leyden_log_event (G_LOG_LEVEL_CRITICAL, NULL, "open sesame", NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*\"message\":\"the redactor has something to say\"*\"message\":\"####\"*");
  g_test_trap_assert_stderr_unmatched ("*open sesame*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/line", test_line);
  g_test_add_func ("/log/secrets", test_secrets);
  g_test_add_func ("/log/writer", test_writer);
  g_test_add_func ("/log/redactor-talks", test_redactor_talks);
  return g_test_run ();
}
