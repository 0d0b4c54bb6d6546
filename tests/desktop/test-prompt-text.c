/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-json.h"
#include "leyden-prompt-colors.h"
#include "leyden-prompt-text.h"
#include "leyden-template.h"
#include "leyden-token-estimate.h"
#include "leyden-typing.h"

/* What the editor of prompts knows, without a display. */

#define FLOW                                                                                                                          \
  "{\"leyden\": 1, \"id\": \"x\", \"nodes\": ["                                                                                       \
  "{\"id\": \"start\", \"type\": \"input\", \"title\": \"Order\", \"parameters\": {\"fields\": [{\"name\": \"order\", \"type\": \"object\"},"      \
  " {\"name\": \"language\", \"type\": \"text\"}]}},"                                                                                 \
  "{\"id\": \"ask\", \"type\": \"prompt\", \"parameters\": {\"template\": \"{{ order.items[0].name }} {{ languag }} {{ tone }}\"}},"  \
  "{\"id\": \"answer\", \"type\": \"chat\", \"title\": \"Answer\"},"                                                                  \
  "{\"id\": \"call\", \"type\": \"http\", \"parameters\": {\"inputs\": [{\"name\": \"place\", \"type\": \"text\"}],"                   \
  " \"url\": \"https://example.org/{{ plac }}/{{ other }}\"}}],"                                                                      \
  "\"edges\": [{\"id\": \"e1\", \"source\": \"start\", \"source_port\": \"order\", \"target\": \"ask\", \"target_port\": \"order\"},"  \
  "{\"id\": \"e2\", \"source\": \"ask\", \"source_port\": \"text\", \"target\": \"answer\", \"target_port\": \"prompt\"}]}"
#define STATE                                                                                                                         \
  "{\"state\": \"succeeded\", \"nodes\": {\"start\": {\"state\": \"succeeded\", \"outputs\": {\"order\":"                             \
  " {\"items\": [{\"name\": \"Tea\", \"price\": 3}], \"a key\": 1}, \"language\": \"French\"}}}}"

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenFlow *
read_flow (const char *json)
{
  g_autoptr(GBytes) bytes = g_bytes_new (json, strlen (json));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenEditorContext *
make_context (const char *node,
              const char *state)
{
  g_autoptr(LeydenFlow) flow = read_flow (FLOW);
  g_autoptr(LeydenValue) value = state != NULL ? parse (state) : NULL;

  return leyden_editor_context_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), node, value);
}

/* --- the context --- */

static void
test_context (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ("ask", STATE);
  g_autoptr(LeydenEditorContext) before = make_context ("ask", NULL);
  const LeydenEditorOffer *offer = g_ptr_array_index (context->offers, 0);
  LeydenValue *order = leyden_editor_context_get_value (context, "order");

  g_assert_cmpuint (g_strv_length (context->names), ==, 3);
  g_assert_true (leyden_editor_context_has_name (context, "order"));
  g_assert_true (g_hash_table_contains (context->wired, "order"));
  g_assert_false (g_hash_table_contains (context->wired, "tone"));
  g_assert_cmpint (leyden_value_get_member_int (order, "a key", 0), ==, 1);
  g_assert_null (leyden_editor_context_get_value (context, "tone"));
  g_assert_null (before->values);
  g_assert_cmpstr (context->inputs_parameter, ==, "template");
  /* What comes after the node would close a circle. */
  g_assert_cmpstr (offer->title, ==, "Order");
  for (guint i = 0; i < context->offers->len; i++)
    {
      offer = g_ptr_array_index (context->offers, i);
      g_assert_cmpstr (offer->node, !=, "answer");
      g_assert_cmpstr (offer->port, !=, "error");
    }
}

/* In a container it is the round that began last whose values count. */
static void
test_rounds (void)
{
  g_autoptr(LeydenFlow) flow = read_flow ("{\"leyden\": 1, \"id\": \"x\", \"nodes\": [{\"id\": \"each\", \"type\": \"map\", \"flow\": {\"nodes\": ["
                                          "{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": [{\"name\": \"item\", \"type\": \"any\"}]}},"
                                          "{\"id\": \"p\", \"type\": \"prompt\", \"parameters\": {\"template\": \"{{ item }}\"}}],"
                                          "\"edges\": [{\"id\": \"e\", \"source\": \"in\", \"source_port\": \"item\", \"target\": \"p\","
                                          " \"target_port\": \"item\"}]}}], \"edges\": []}");
  g_autoptr(LeydenValue) state = parse ("{\"nodes\": {\"each[0]/in\": {\"started\": 1, \"outputs\": {\"item\": \"first\"}},"
                                        "\"each[2]/in\": {\"started\": 5, \"outputs\": {\"item\": \"last\"}},"
                                        "\"each[1]/in\": {\"started\": 3, \"outputs\": {\"item\": \"middle\"}},"
                                        "\"in\": {\"started\": 9, \"outputs\": {\"item\": \"elsewhere\"}}}}");
  g_autoptr(LeydenEditorContext) context =
    leyden_editor_context_new (leyden_flow_get_body (flow, "each"), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), "p", state);

  g_assert_cmpstr (leyden_value_get_string (leyden_editor_context_get_value (context, "item"), NULL), ==, "last");
}

static void
test_nearest (void)
{
  static const char * const names[] = { "question", "answer", "answers", "a", NULL };

  g_assert_cmpstr (leyden_editor_context_nearest (names, "quesiton"), ==, "question");
  g_assert_cmpstr (leyden_editor_context_nearest (names, "Answer"), ==, "answer");
  g_assert_cmpstr (leyden_editor_context_nearest (names, "answer"), ==, "answers");
  g_assert_null (leyden_editor_context_nearest (names, "completely"));
  g_assert_null (leyden_editor_context_nearest (names, ""));
  g_assert_null (leyden_editor_context_nearest (NULL, "a"));
}

/* --- colours --- */

static void
assert_spans (const char *text,
              const char *wanted)
{
  static const char letters[] = "VB#*`>-";
  g_autoptr(GArray) spans = leyden_prompt_text_scan (text, TRUE);
  g_autofree char *have = g_strnfill ((gsize) g_utf8_strlen (text, -1), ' ');

  for (guint i = 0; i < spans->len; i++)
    {
      const LeydenPromptSpan *span = &g_array_index (spans, LeydenPromptSpan, i);

      g_assert_cmpuint (span->start, <, span->end);
      memset (have + span->start, letters[span->kind], span->end - span->start);
    }
  g_assert_cmpstr (have, ==, wanted);
}

static void
test_spans (void)
{
  assert_spans ("", "");
  assert_spans ("plain", "     ");
  assert_spans ("# é {{ a }}", "####VVVVVVV");
  assert_spans ("#no **b** `c`", "    ***** ```");
  assert_spans ("- x\n 12. y\n> q", "-    ---   >>>");
  assert_spans ("```\n# c\n```\n# h", "``` ``` ``` ###");
  assert_spans ("a {{ 1 }} {{ b.c[0] }}", "  BBBBBBB VVVVVVVVVVVV");
  assert_spans ("{{ a {{ b }}\n{{ c", "BBBBBVVVVVVV BBBB");
  assert_spans ("** ** *` {{", "         BB");
}

/* Text and its colour on the backgrounds that libadwaita gives a view; WCAG 2.1, 1.4.3 and 1.4.6. */
static double
luminance (const char *color)
{
  double sum = 0;
  static const double weights[] = { 0.2126, 0.7152, 0.0722 };

  for (guint i = 0; i < 3; i++)
    {
      char digits[3] = { color[1 + 2 * i], color[2 + 2 * i], '\0' };
      double channel = (double) strtol (digits, NULL, 16) / 255;

      sum += weights[i] * (channel <= 0.04045 ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4));
    }
  return sum;
}

static double
contrast (const char *a,
          const char *b)
{
  double x = luminance (a), y = luminance (b);

  return (MAX (x, y) + 0.05) / (MIN (x, y) + 0.05);
}

static void
test_contrast (void)
{
  for (guint i = 0; i < LEYDEN_PROMPT_N_KINDS; i++)
    {
      g_assert_cmpfloat (contrast (leyden_prompt_color (i, FALSE, FALSE), "#ffffff"), >=, 4.5);
      g_assert_cmpfloat (contrast (leyden_prompt_color (i, TRUE, FALSE), "#1e1e1e"), >=, 4.5);
      g_assert_cmpfloat (contrast (leyden_prompt_color (i, FALSE, TRUE), "#ffffff"), >=, 7);
      g_assert_cmpfloat (contrast (leyden_prompt_color (i, TRUE, TRUE), "#1e1e1e"), >=, 7);
    }
}

/* --- what is wrong, and its repair --- */

static const LeydenPromptProblem *
find_problem (GPtrArray  *problems,
              const char *name)
{
  for (guint i = 0; i < problems->len; i++)
    if (g_strcmp0 (((LeydenPromptProblem *) g_ptr_array_index (problems, i))->name, name) == 0)
      return g_ptr_array_index (problems, i);
  return NULL;
}

static void
test_check_wires (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ("ask", STATE);
  g_autoptr(GPtrArray) problems =
    leyden_prompt_text_check ("{{ order.itms[0].name }} {{ order.items[0].name }} {{ language }} {{ ordr }} {{ tone }} {{ 1 }}", context, TRUE);
  const LeydenPromptProblem *problem = find_problem (problems, "order");

  g_assert_cmpuint (problems->len, ==, 5);
  g_assert_cmpstr (problem->replacement, ==, "{{ order.items[0].name }}");
  g_assert_false (problem->error);
  problem = find_problem (problems, "language");
  g_assert_cmpint (problem->repair, ==, LEYDEN_PROMPT_REPAIR_CONNECT);
  g_assert_cmpstr (problem->offer->node, ==, "start");
  g_assert_nonnull (strstr (problem->label, "Order"));
  problem = find_problem (problems, "ordr");
  g_assert_cmpint (problem->repair, ==, LEYDEN_PROMPT_REPAIR_REPLACE);
  g_assert_cmpstr (problem->replacement, ==, "{{ order }}");
  problem = find_problem (problems, "tone");
  g_assert_cmpint (problem->repair, ==, LEYDEN_PROMPT_REPAIR_NONE);
  problem = find_problem (problems, NULL);
  g_assert_true (problem->error);
}

static void
test_check_inputs (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ("call", NULL);
  g_autoptr(GPtrArray) problems = leyden_prompt_text_check ("https://example.org/{{ plac }}/{{ other }}/{{ place }}", context, FALSE);
  const LeydenPromptProblem *problem = find_problem (problems, "plac");

  g_assert_cmpuint (problems->len, ==, 2);
  g_assert_true (problem->error);
  g_assert_cmpuint (problem->start, ==, 20);
  g_assert_cmpuint (problem->end, ==, 30);
  g_assert_cmpstr (problem->replacement, ==, "{{ place }}");
  problem = find_problem (problems, "other");
  g_assert_cmpint (problem->repair, ==, LEYDEN_PROMPT_REPAIR_INPUT);
}

/* Keys in quotes, and paths into what is no object. */
static void
test_check_paths (void)
{
  static const struct
  {
    const char *text;
    guint       n;
  } cases[] = {
    { "{{ order.\"a key\" }}", 0 }, { "{{ order.\"b.key\" }}", 1 }, { "{{ order.items[#-1].price }}", 0 },
    { "{{ order.items[1] }}", 1 }, { "{{ order.items[0].price.more }}", 1 }, { "{{ order }}", 0 },
  };
  g_autoptr(LeydenEditorContext) context = make_context ("ask", STATE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) problems = leyden_prompt_text_check (cases[i].text, context, TRUE);

      g_assert_cmpuint (problems->len, ==, cases[i].n);
    }
}

/* --- completion --- */

/* @text with "|" for the cursor becomes @wanted when the proposal called @label is taken; NULL: nothing is proposed. */
static void
assert_completed (LeydenEditorContext *context,
                  const char          *text,
                  gboolean             asked,
                  const char          *label,
                  const char          *wanted)
{
  const char *bar = strchr (text, '|');
  guint cursor = (guint) g_utf8_pointer_to_offset (text, bar);
  g_autofree char *before = g_strndup (text, (gsize) (bar - text));
  g_autofree char *whole = g_strconcat (before, bar + 1, NULL);
  guint start = 0;
  g_autoptr(GPtrArray) proposals = leyden_prompt_text_complete (whole, cursor, asked, TRUE, context, &start);

  if (label == NULL)
    {
      g_assert_null (proposals);
      return;
    }
  g_assert_nonnull (proposals);
  for (guint i = 0; i < proposals->len; i++)
    {
      const LeydenProposal *proposal = g_ptr_array_index (proposals, i);
      g_autofree char *kept = NULL;
      g_autofree char *result = NULL;

      if (!g_str_equal (proposal->label, label))
        continue;
      kept = g_utf8_substring (whole, 0, start);
      result = g_strconcat (kept, proposal->insert, bar + 1, NULL);
      g_assert_cmpstr (result, ==, wanted);
      return;
    }
  g_test_message ("“%s” is not proposed for “%s”", label, text);
  g_test_fail ();
}

static void
test_complete (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ("ask", STATE);
  g_autoptr(LeydenEditorContext) unknown = make_context ("ask", NULL);

  assert_completed (context, "Écris {{|", FALSE, "order", "Écris {{ order }}");
  assert_completed (context, "{{ or|", FALSE, "order", "{{ order }}");
  assert_completed (context, "{{ or|}} b", FALSE, "order", "{{ order }} b");
  assert_completed (context, "{{or| }} b", FALSE, "order", "{{ order }} b");
  assert_completed (context, "{{ O|", FALSE, "order.items", "{{ order.items }}");
  assert_completed (context, "{{ order.i|", FALSE, "order.items", "{{ order.items }}");
  assert_completed (context, "{{ order.a|", FALSE, "order.\"a key\"", "{{ order.\"a key\" }}");
  assert_completed (context, "{{ order.items[|", FALSE, "order.items[0]", "{{ order.items[0] }}");
  assert_completed (context, "{{ order.items[0].|", FALSE, "order.items[0].price", "{{ order.items[0].price }}");
  assert_completed (context, "x |y", TRUE, "order", "x {{ order }}y");
  /* An output of another node, which is wired with it. */
  assert_completed (context, "{{ lang|", FALSE, "language", "{{ language }}");
  assert_completed (context, "x |", FALSE, NULL, NULL);
  assert_completed (context, "{{ order }} |", FALSE, NULL, NULL);
  assert_completed (context, "{{ nothing|", FALSE, NULL, NULL);
  assert_completed (context, "{{ order.zzz|", FALSE, NULL, NULL);
  assert_completed (context, "{{ a\n|", FALSE, NULL, NULL);
  assert_completed (unknown, "{{ order.|", FALSE, NULL, NULL);
  assert_completed (NULL, "{{|", FALSE, NULL, NULL);
}

/* --- the text with values --- */

static void
test_render (void)
{
  g_autoptr(LeydenEditorContext) context = make_context ("ask", STATE);
  g_autofree char *text = leyden_prompt_text_render ("Sell {{ order.items[0].name }} at {{order.items[0].price}}, {{ tone }}{{ x", context->values);
  g_autofree char *object = leyden_prompt_text_render ("{{ order.items }}", context->values);

  g_assert_cmpstr (text, ==, "Sell Tea at 3, {{ tone }}{{ x");
  g_assert_cmpstr (object, ==, "[{\"name\":\"Tea\",\"price\":3}]");
}

static void
test_tokens (void)
{
  g_autofree char *long_text = g_strnfill (4000, 'a');

  g_assert_cmpuint (leyden_token_estimate (""), ==, 0);
  g_assert_cmpuint (leyden_token_estimate ("a"), ==, 1);
  g_assert_cmpuint (leyden_token_estimate (long_text), ==, 1000);
  g_assert_cmpuint (leyden_token_estimate ("東京"), ==, 2);
  g_assert_cmpuint (leyden_token_estimate ("Привет"), ==, 3);
}

/* --- places of a text that is half written --- */

static void
test_scan (void)
{
  g_autoptr(GPtrArray) spans = leyden_template_scan ("a {{ b }} {{ {{ c.d }} {{ e\n}} {{f");
  static const struct
  {
    gsize       start, end;
    const char *name, *path;
  } wanted[] = {
    { 2, 9, "b", "" }, { 10, 13, NULL, NULL }, { 13, 22, "c", ".d" }, { 23, 30, "e", "" }, { 31, 34, NULL, NULL },
  };

  g_assert_cmpuint (spans->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < spans->len; i++)
    {
      const LeydenTemplateSpan *span = g_ptr_array_index (spans, i);

      g_assert_cmpuint (span->start, ==, wanted[i].start);
      g_assert_cmpuint (span->end, ==, wanted[i].end);
      g_assert_cmpstr (span->name, ==, wanted[i].name);
      g_assert_cmpstr (span->path, ==, wanted[i].path);
      g_assert_true ((span->name == NULL) == (span->problem != NULL));
    }
}

/* A text of nothing but braces: bounded. */
static void
test_scan_hostile (void)
{
  g_autofree char *braces = g_strnfill (256 * 1024, '{');
  g_autoptr(GPtrArray) spans = leyden_template_scan (braces);
  g_autoptr(GArray) colors = leyden_prompt_text_scan (braces, TRUE);

  g_assert_cmpuint (spans->len, <=, 1000);
  g_assert_cmpuint (colors->len, <=, 1000);
}

/* --- steps of undo --- */

static void
test_typing (void)
{
  static const struct
  {
    const char *field, *before, *after;
    gboolean    same;
  } cases[] = {
    { "a", "", "H", FALSE }, { "a", "H", "Hi", TRUE }, { "a", "Hi", "Hi ", TRUE },
    { "a", "Hi ", "Hi", FALSE }, { "a", "Hi", "H", TRUE },                      /* backspace */
    { "a", "H", "Ha", FALSE }, { "a", "Ha", "Haa", TRUE },
    { "a", "Haa", "xHaa", FALSE },                                              /* elsewhere */
    { "a", "xHaa", "xyHaa", TRUE },
    { "a", "xyHaa", "xy\nHaa", TRUE }, { "a", "xy\nHaa", "xy\nzHaa", FALSE },   /* a new paragraph */
    { "b", "", "q", FALSE }, { "a", "xy\nzHaa", "xy\nzzHaa", FALSE },           /* another field */
    { "a", "xy\nzzHaa", "replaced", FALSE },
    { "a", "replaced", "eplaced", FALSE }, { "a", "eplaced", "placed", TRUE },  /* Delete */
    { "a", NULL, "x", FALSE }, { "a", "x", "xx", FALSE },
  };
  LeydenTyping typing = { 0 };
  guint last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint step = leyden_typing_step (&typing, cases[i].field, cases[i].before, cases[i].after);

      if ((step == last) != cases[i].same)
        g_error ("case %u", i);
      last = step;
    }
  leyden_typing_clear (&typing);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt-text/context", test_context);
  g_test_add_func ("/prompt-text/context/rounds", test_rounds);
  g_test_add_func ("/prompt-text/nearest", test_nearest);
  g_test_add_func ("/prompt-text/spans", test_spans);
  g_test_add_func ("/prompt-text/contrast", test_contrast);
  g_test_add_func ("/prompt-text/check/wires", test_check_wires);
  g_test_add_func ("/prompt-text/check/inputs", test_check_inputs);
  g_test_add_func ("/prompt-text/check/paths", test_check_paths);
  g_test_add_func ("/prompt-text/complete", test_complete);
  g_test_add_func ("/prompt-text/render", test_render);
  g_test_add_func ("/prompt-text/tokens", test_tokens);
  g_test_add_func ("/prompt-text/scan", test_scan);
  g_test_add_func ("/prompt-text/scan/hostile", test_scan_hostile);
  g_test_add_func ("/prompt-text/typing", test_typing);
  return g_test_run ();
}
