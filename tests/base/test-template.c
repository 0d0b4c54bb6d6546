/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-template.h"

static char *
render (const char  *text,
        const char  *variables,
        GError     **error)
{
  g_autoptr(LeydenTemplate) template = leyden_template_new (text, error);
  g_autoptr(LeydenValue) value = leyden_json_parse (variables, -1, NULL, NULL);

  g_assert_nonnull (value);
  return template != NULL ? leyden_template_render (template, value, error) : NULL;
}

static void
test_render (void)
{
  static const struct { const char *text; const char *variables; const char *expected; } cases[] = {
    { "", "{}", "" },
    { "plain } text {", "{}", "plain } text {" },
    { "Hi {{ name }}!", "{\"name\":\"Ada\"}", "Hi Ada!" },
    { "{{name}}{{name}}", "{\"name\":\"a\"}", "aa" },
    { "{{ n }} {{ f }} {{ t }} [{{ z }}]", "{\"n\":1.50,\"f\":false,\"t\":true,\"z\":null}", "1.50 false true []" },
    { "{{ o }}", "{\"o\":{\"b\":1.0,\"a\":[1,\"x\"]}}", "{\"a\":[1,\"x\"],\"b\":1}" },
    { "{{ o.b.c }} {{ o.l[0] }} {{ o.l[#-1] }} {{ o.\"a key\" }}",
      "{\"o\":{\"b\":{\"c\":\"deep\"},\"l\":[1,2,3],\"a key\":\"quoted\"}}", "deep 1 3 quoted" },
    { "[{{ o.none }}]", "{\"o\":{}}", "[]" },
    { "{{ größe }}", "{\"größe\":\"ja\"}", "ja" },
    /* What a value holds is text, never template (W39). */
    { "{{ a }}", "{\"a\":\"{{ a }} {{ b }}\",\"b\":\"x\"}", "{{ a }} {{ b }}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *text = render (cases[i].text, cases[i].variables, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_syntax (void)
{
  static const struct { const char *text; const char *part; } cases[] = {
    { "ab {{ name", "character 4" }, { "{{ }}", "not the name" }, { "{{ 1a }}", "not the name" },
    { "{{ a + b }}", "not the name" }, { "{{ a.b( }}", NULL }, { "{{ a[ }}", "JSON path" }, { "{{ a. }}", "JSON path" },
    { "{{ a[x] }}", "JSON path" }, { "é {{ a b }}", "character 3" }, { "{{{ a }}", "not the name" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenTemplate) template = leyden_template_new (cases[i].text, &error);

      if (cases[i].part == NULL)
        continue;
      g_assert_null (template);
      g_assert_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_SYNTAX);
      g_assert_nonnull (strstr (error->message, cases[i].part));
    }
}

static void
test_names (void)
{
  g_autoptr(LeydenTemplate) template = leyden_template_new ("{{ b.x }} {{ a }} {{ b }} {{ c[0] }}", NULL);
  g_autofree char *joined = g_strjoinv (",", (char **) leyden_template_get_names (template));

  g_assert_cmpstr (joined, ==, "a,b,c");
}

static void
test_no_environment (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = render ("${HOME} {% include \"/etc/passwd\" %}", "{}", &error);
  g_autofree char *unknown = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "${HOME} {% include \"/etc/passwd\" %}");
  unknown = render ("{{ env.HOME }}", "{}", &error);
  g_assert_null (unknown);
  g_assert_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_UNKNOWN);
}

static void
test_laughs (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *large = g_strnfill (1 << 20, 'x');
  g_autofree char *json = g_strdup_printf ("{\"a\":\"%s\"}", large);
  g_autoptr(GError) error = NULL;
  g_autofree char *fits = NULL;
  g_autofree char *result = NULL;

  for (guint i = 0; i < 16; i++)
    g_string_append (text, "{{ a }}");
  fits = render (text->str, json, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (fits), ==, 16 << 20);
  g_string_append (text, "!");
  result = render (text->str, json, &error);
  g_assert_null (result);
  g_assert_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_BUDGET);
}

static void
test_nul (void)
{
  LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) value = leyden_json_parse ("{\"a\":\"x\\u0000y\"}", -1, &wire, NULL);
  g_autoptr(LeydenTemplate) template = leyden_template_new ("{{ a }}", NULL);
  g_autofree char *text = leyden_template_render (template, value, NULL);

  g_assert_cmpstr (text, ==, "x\xEF\xBF\xBDy");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/template/render", test_render);
  g_test_add_func ("/template/syntax", test_syntax);
  g_test_add_func ("/template/names", test_names);
  g_test_add_func ("/template/nul", test_nul);
  g_test_add_func ("/hostile/W38", test_no_environment);
  g_test_add_func ("/hostile/W39", test_laughs);
  return g_test_run ();
}
