/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include <string.h>

#include "engine-helpers.h"
#include "leyden-find.h"

/* Find and replace in a flow: where it looks, what it leaves alone, one edit for all. */

static const char flow_text[] =
  "{\"leyden\": 1, \"id\": \"findtest\", \"title\": \"Answer things\", \"nodes\": ["
  "{\"id\": \"answer22\", \"type\": \"chat\", \"title\": \"Answer\", \"position\": {\"x\": 300, \"y\": 0},"
  " \"parameters\": {\"system\": \"Answer in one word.\\nAn answer, not answers: answer_it ANSWER\", \"model\": {\"endpoint\": \"local\", \"model\": \"answerer-7b\"}},"
  " \"trainable\": [{\"name\": \"system\", \"locked\": true}]},"
  "{\"id\": \"inputinp\", \"type\": \"input\", \"position\": {\"x\": 0, \"y\": 0}, \"parameters\": {\"fields\": ["
  "{\"name\": \"answer\", \"type\": \"text\", \"title\": \"The answer\"}]}},"
  "{\"id\": \"groupgrp\", \"type\": \"subflow\", \"title\": \"Zürich\", \"position\": {\"x\": 600, \"y\": 0}, \"flow\": {\"nodes\": ["
  "{\"id\": \"prompt22\", \"type\": \"prompt\", \"parameters\": {\"template\": \"{{ q }} answer aaa\", \"key\": \"sk-answerABCDEFGHIJKLMNOPQRSTUVWX0123\"}},"
  "{\"id\": \"evaluate\", \"type\": \"evaluator\", \"parameters\": {\"method\": \"exact\", \"weird\": [\"x\", {\"deep\": \"an answer there\"}]}},"
  "{\"id\": \"httphttp\", \"type\": \"http\", \"parameters\": {\"url\": \"https://answer.example\", \"secret\": {\"secret\": \"answerkey\"}}}], \"edges\": []}}],"
  " \"edges\": [], \"frames\": [{\"id\": \"f\", \"title\": \"answer frame\", \"position\": {\"x\": 0, \"y\": 0}, \"size\": {\"width\": 10, \"height\": 10}}],"
  " \"notes\": [{\"id\": \"n\", \"text\": \"Naïve answer – über\", \"position\": {\"x\": 0, \"y\": 0}, \"size\": {\"width\": 10, \"height\": 10}}]}";

static LeydenFlow *
read_flow (const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow = leyden_flow_parse (bytes, "test", &error);

  g_assert_no_error (error);
  return flow;
}

static LeydenFindResults *
look (LeydenFlow      *flow,
      const char      *text,
      LeydenFindFlags  flags,
      LeydenFind     **out)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFind) find = leyden_find_new (text, flags, &error);
  g_autoptr(LeydenValue) value = leyden_flow_to_value (flow);
  LeydenFindResults *results;

  g_assert_no_error (error);
  results = leyden_find_run (find, value, NULL, &error);
  g_assert_no_error (error);
  if (out != NULL)
    *out = g_steal_pointer (&find);
  return results;
}

/* "where · field · excerpt with [the match] · why it stays", a line each. */
static char *
describe (LeydenFlow        *flow,
          LeydenFindResults *results)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < results->matches->len; i++)
    {
      LeydenFindMatch *match = &g_array_index (results->matches, LeydenFindMatch, i);
      gsize start, end;
      g_autofree char *where = leyden_find_dup_where (match->place, flow, test_types ());
      g_autofree char *field = leyden_find_dup_field (match->place, flow, test_types ());
      g_autofree char *excerpt = leyden_find_dup_excerpt (match, &start, &end);
      const char *keep = leyden_find_keep_to_string (leyden_find_get_keep (match->place, flow, test_types ()));

      g_string_append_printf (text, "%s · %s · %.*s[%.*s]%s%s%s\n", where, field, (int) start, excerpt, (int) (end - start), excerpt + start,
                              excerpt + end, keep != NULL ? " · " : "", keep != NULL ? keep : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_everywhere (void)
{
  g_autoptr(LeydenFlow) flow = read_flow (flow_text);
  g_autoptr(LeydenFindResults) results = look (flow, "answer", 0, NULL);
  g_autofree char *text = describe (flow, results);

  g_assert_false (results->more);
  g_assert_cmpstr (text, ==,
    "Flow · Title · [Answer] things\n"
    "Input · Fields · [answer] · Names that wires hang on stay as they are\n"
    "Input · Fields · The [answer]\n"
    "Answer · Title · [Answer]\n"
    "Answer · Id · [answer]22 · Ids stay as they are\n"
    "Answer · Instructions · [Answer] in one word. · Locked settings stay as they are\n"
    "Answer · Instructions · An [answer], not answers: answer_it ANSWER · Locked settings stay as they are\n"
    "Answer · Instructions · An answer, not [answer]s: answer_it ANSWER · Locked settings stay as they are\n"
    "Answer · Instructions · An answer, not answers: [answer]_it ANSWER · Locked settings stay as they are\n"
    "Answer · Instructions · …nswer, not answers: answer_it [ANSWER] · Locked settings stay as they are\n"
    "Answer · Model · [answer]er-7b\n"
    "answer frame · Title · [answer] frame\n"
    "Note · Text · Naïve [answer] – über\n"
    "Zürich › Evaluator · weird · an [answer] there\n"
    "Zürich › HTTP request · Address · https://[answer].example\n"
    "Zürich › HTTP request · Secret · [answer]key · Keys stay as they are\n"
    "Zürich › Prompt · Text · {{ q }} [answer] aaa\n"
    "Zürich › Prompt · key · []••••0123 · Keys stay as they are\n");
}

static guint
count (const char      *pattern,
       LeydenFindFlags  flags)
{
  g_autoptr(LeydenFlow) flow = read_flow (flow_text);
  g_autoptr(LeydenFindResults) results = look (flow, pattern, flags, NULL);

  return results->matches->len;
}

static void
test_flags (void)
{
  g_assert_cmpuint (count ("ANSWER", LEYDEN_FIND_CASE), ==, 1);
  g_assert_cmpuint (count ("answer", LEYDEN_FIND_CASE | LEYDEN_FIND_WORDS), ==, 8);
  g_assert_cmpuint (count ("ÜBER", 0), ==, 1);
  g_assert_cmpuint (count ("zür", LEYDEN_FIND_WORDS), ==, 0);
  g_assert_cmpuint (count ("zürich", LEYDEN_FIND_WORDS), ==, 1);
  g_assert_cmpuint (count ("a.swer", 0), ==, 0);
  g_assert_cmpuint (count ("^an.*ANSWER$", LEYDEN_FIND_REGEX | LEYDEN_FIND_CASE), ==, 0);
  g_assert_cmpuint (count ("^An a.*ANSWER$", LEYDEN_FIND_REGEX | LEYDEN_FIND_CASE), ==, 1);
  g_assert_cmpuint (count ("aaa|aa", LEYDEN_FIND_REGEX), ==, 1);
  /* Nothing of no length. */
  g_assert_cmpuint (count ("q*", LEYDEN_FIND_REGEX | LEYDEN_FIND_CASE), ==, 1);
  g_assert_cmpuint (count ("nowhere", 0), ==, 0);
}

static void
test_patterns (void)
{
  static const char * const wrong[] = { "(", "a)", "a)(b", "[", "*", "(?<n>a)(?<n>b)", "\\", "(?P<" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_find_new (wrong[i], LEYDEN_FIND_REGEX | LEYDEN_FIND_WORDS, &error));
      g_assert_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN);
      g_assert_true (g_str_has_prefix (error->message, "This is no regular expression: "));
    }
  {
    g_autofree char *much = g_strnfill (20000, 'a');
    g_autoptr(GError) error = NULL;

    g_assert_null (leyden_find_new (much, 0, &error));
    g_assert_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN);
  }
}

/* Patterns that would run for years end at once, with the reason; so does one whose search is cancelled. */
static void
test_run_away (void)
{
  static const char * const patterns[] = { "(a+)+$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$" };
  g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"runaway1\", \"nodes\": [], \"edges\": [], \"notes\": [{\"id\": \"n\","
                                           " \"text\": \"%s\", \"position\": {\"x\": 0, \"y\": 0}, \"size\": {\"width\": 9, \"height\": 9}}]}",
                                           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
  g_autoptr(LeydenFlow) flow = read_flow (text);
  g_autoptr(LeydenValue) value = leyden_flow_to_value (flow);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LeydenFind) plain = leyden_find_new ("a", 0, NULL);
  g_autoptr(GError) cancelled = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenFind) find = leyden_find_new (patterns[i], LEYDEN_FIND_REGEX | LEYDEN_FIND_CASE, &error);
      gint64 start = g_get_monotonic_time ();

      g_assert_no_error (error);
      g_assert_null (leyden_find_run (find, value, NULL, &error));
      g_assert_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_LIMIT);
      g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
    }
  g_cancellable_cancel (cancellable);
  g_assert_null (leyden_find_run (plain, value, cancellable, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static char *
dup_bytes (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
test_replace_all (void)
{
  g_autoptr(LeydenFlow) flow = read_flow (flow_text);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(LeydenFind) find = NULL;
  g_autoptr(LeydenFindResults) results = NULL;
  g_autoptr(LeydenFindResults) left = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) back = NULL;
  g_autoptr(GError) error = NULL;
  guint replaced, kept;

  /* The canonical form is what an edit goes back to. */
  {
    g_autoptr(LeydenEdit) touch = leyden_edit_new ("Touch");

    leyden_edit_set_title (touch, "inputinp", "x");
    g_assert_true (leyden_flow_apply (flow, touch, NULL));
  }
  before = dup_bytes (flow);
  results = look (flow, "answer", 0, &find);
  edit = leyden_find_replace (find, flow, test_types (), results, 0, results->matches->len, "reply", &replaced, &kept, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (replaced, ==, 9);
  g_assert_cmpuint (kept, ==, 9);
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  g_assert_no_error (error);
  after = dup_bytes (flow);
  g_assert_nonnull (strstr (after, "\"an reply there\""));
  g_assert_nonnull (strstr (after, "\"replyer-7b\""));
  g_assert_nonnull (strstr (after, "\"Naïve reply – über\""));
  g_assert_nonnull (strstr (after, "\"reply things\""));
  g_assert_nonnull (strstr (after, "\"answerkey\""));
  left = look (flow, "answer", 0, NULL);
  g_assert_cmpuint (left->matches->len, ==, 9);
  back = leyden_edit_invert (edit);
  g_assert_true (leyden_flow_apply (flow, back, NULL));
  {
    g_autofree char *undone = dup_bytes (flow);

    g_assert_cmpstr (undone, ==, before);
  }
}

/* One of several in one text; groups; a title that becomes empty goes; what changed since stays. */
static void
test_replace_some (void)
{
  g_autoptr(LeydenFlow) flow = read_flow (flow_text);
  g_autoptr(LeydenFind) find = NULL;
  g_autoptr(LeydenFindResults) results = look (flow, "(?<first>a)(a)", LEYDEN_FIND_REGEX, &find);
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(LeydenEdit) none = NULL;
  g_autoptr(GError) error = NULL;
  LeydenFlow *body = leyden_flow_get_body (flow, "groupgrp");
  guint replaced, kept;

  g_assert_cmpuint (results->matches->len, ==, 1);
  g_assert_null (leyden_find_replace (find, flow, test_types (), results, 0, 1, "\\g<", NULL, NULL, &error));
  g_assert_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN);
  g_clear_error (&error);
  edit = leyden_find_replace (find, flow, test_types (), results, 0, 1, "<\\2-\\g<first>>", &replaced, &kept, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (replaced, ==, 1);
  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  g_assert_cmpstr (leyden_value_get_string (leyden_node_get_parameter (leyden_flow_get_node (body, "prompt22"), "template"), NULL), ==,
                   "{{ q }} answer <a-a>a");
  none = leyden_find_replace (find, flow, test_types (), results, 0, 1, "b", &replaced, &kept, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (replaced, ==, 0);
  g_assert_cmpuint (kept, ==, 1);
  g_assert_cmpuint (leyden_edit_get_n_changes (none), ==, 0);
}

static void
test_replace_title (void)
{
  g_autoptr(LeydenFlow) flow = read_flow (flow_text);
  g_autoptr(LeydenFind) find = NULL;
  g_autoptr(LeydenFindResults) results = look (flow, "zürich", 0, &find);
  g_autoptr(LeydenEdit) edit = leyden_find_replace (find, flow, test_types (), results, 0, 1, "", NULL, NULL, NULL);

  g_assert_true (leyden_flow_apply (flow, edit, NULL));
  g_assert_null (leyden_value_get_member (leyden_node_get_value (leyden_flow_get_node (flow, "groupgrp")), "title"));
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* Ten thousand nodes: the main loop hands over references and goes on. */
static void
test_large (void)
{
  g_autoptr(GString) text = g_string_new ("{\"leyden\": 1, \"id\": \"largeflow\", \"nodes\": [");
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(LeydenFind) find = leyden_find_new ("needle (\\d+)", LEYDEN_FIND_REGEX, NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenFindResults) results = NULL;
  g_autoptr(GError) error = NULL;
  gint64 start, handed;

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s{\"id\": \"n%07u\", \"type\": \"prompt\", \"title\": \"Prompt %u\", \"position\": {\"x\": %u, \"y\": 0}, \"parameters\":"
                            " {\"template\": \"Some text of a usual length in which a needle %u may lie, or not.\"}}", i > 0 ? ", " : "", i, i, i, i);
  g_string_append (text, "], \"edges\": []}");
  flow = read_flow (text->str);
  start = g_get_monotonic_time ();
  leyden_find_async (find, flow, NULL, found_cb, &result);
  handed = g_get_monotonic_time () - start;
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  results = leyden_find_finish (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (results->matches->len, ==, 10000);
  g_test_message ("handed over in %.1f ms, found in %.1f ms", (double) handed / 1000, (double) (g_get_monotonic_time () - start) / 1000);
}

/* More than anyone reads is not looked for. */
static void
test_many (void)
{
  g_autofree char *dots = g_strnfill (LEYDEN_FIND_MAX_MATCHES + 50, '.');
  g_autofree char *text = g_strdup_printf ("{\"leyden\": 1, \"id\": \"manydots1\", \"nodes\": [], \"edges\": [], \"notes\": [{\"id\": \"n\","
                                           " \"text\": \"%s\", \"position\": {\"x\": 0, \"y\": 0}, \"size\": {\"width\": 9, \"height\": 9}}]}", dots);
  g_autoptr(LeydenFlow) flow = read_flow (text);
  g_autoptr(LeydenFindResults) results = look (flow, ".", 0, NULL);

  g_assert_true (results->more);
  g_assert_cmpuint (results->matches->len, ==, LEYDEN_FIND_MAX_MATCHES);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/find/everywhere", test_everywhere);
  g_test_add_func ("/find/flags", test_flags);
  g_test_add_func ("/find/patterns", test_patterns);
  g_test_add_func ("/find/run-away", test_run_away);
  g_test_add_func ("/find/large", test_large);
  g_test_add_func ("/find/many", test_many);
  g_test_add_func ("/find/replace/all", test_replace_all);
  g_test_add_func ("/find/replace/some", test_replace_some);
  g_test_add_func ("/find/replace/title", test_replace_title);
  return g_test_run ();
}
