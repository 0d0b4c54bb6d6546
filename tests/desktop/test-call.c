/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read of a call of a rollout's state, and what is made of it; no display. */
#include <math.h>
#include <string.h>

#include "leyden-call.h"
#include "leyden-call-item.h"
#include "leyden-json.h"

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

/* --- curl --- */

/* What a shell makes of @text: its arguments, or what it reads from standard input last, each ended by NUL. */
static GPtrArray *
run_shell (const char *text)
{
  g_autofree char *script = g_strdup_printf ("curl() { printf '%%s\\0' \"$@\"; for a in \"$@\"; do if [ \"$a\" = @- ]; then cat; printf '\\0'; fi; done; }\n%s\n", text);
  g_autoptr(GSubprocess) shell = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "sh", "-s", NULL);
  g_autoptr(GSubprocess) check = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE, NULL, "sh", "-n", "-s", NULL);
  g_autoptr(GBytes) input = g_bytes_new (script, strlen (script));
  g_autoptr(GBytes) output = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);
  const char *p, *end;
  gsize length;

  g_assert_true (g_subprocess_communicate (check, input, NULL, NULL, NULL, &error));
  g_assert_true (g_subprocess_get_successful (check));
  g_assert_true (g_subprocess_communicate (shell, input, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (shell));
  p = g_bytes_get_data (output, &length);
  for (end = p + length; p < end; p += strlen (p) + 1)
    g_ptr_array_add (arguments, g_strdup (p));
  return arguments;
}

static const char *
find_after (GPtrArray  *arguments,
            const char *option)
{
  for (guint i = 0; i + 1 < arguments->len; i++)
    if (g_str_equal (g_ptr_array_index (arguments, i), option))
      return g_ptr_array_index (arguments, i + 1);
  return NULL;
}

static LeydenValue *
make_body (const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", text);
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "user");
  leyden_value_builder_set_string (&b, "content", text);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static const char * const hostile[] = {
  "plain", "it's", "'; touch /tmp/leyden-was-here; '", "$(id) `id` ${HOME} $OPENAI_API_KEY", "\"double\" \\ back\\\\slash", "a\nb\n\nLEYDEN_REQUEST_END\nc",
  "!! !1 *?[a] ~ #x & | ; < > ( ) { }", "\xe2\x80\xae" "evil\xe2\x80\xac \xe2\x81\xa6x\xe2\x81\xa9 \xe2\x80\x8b", "\x1b[31mred\x1b]0;title\x07", "@/etc/passwd", "--data-raw", "-",
  "tab\tand \x7f and \xc2\x9b" "31m", "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7", "''''", "'\\''", "\r\n", "%s%n\\0",
};

/* The shell gives curl exactly what was sent, whatever it holds, and runs nothing of it. The key is not there. */
static void
test_curl (void)
{
  g_setenv ("OPENAI_API_KEY", "from-the-environment", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr(LeydenValue) body = make_body (hostile[i]);
      g_autofree char *text = leyden_call_make_curl ("http://127.0.0.1:11434/v1", body);
      g_autoptr(GPtrArray) arguments = run_shell (text);
      g_autoptr(LeydenValue) sent = NULL;

      g_test_message ("%s", text);
      g_assert_cmpstr (g_ptr_array_index (arguments, 0), ==, "http://127.0.0.1:11434/v1/chat/completions");
      g_assert_nonnull (find_after (arguments, "--data-raw"));
      sent = parse (find_after (arguments, "--data-raw"));
      g_assert_true (leyden_value_equal (sent, body));
      g_assert_cmpstr (g_ptr_array_index (arguments, 4), ==, "Authorization: Bearer from-the-environment");
      g_assert_null (strstr (text, "from-the-environment"));
      /* What is seen is what is run. */
      g_assert_null (strchr (text, '\x1b'));
      g_assert_null (strstr (text, "\xe2\x80\xae"));
      g_assert_null (strstr (text, "\xc2\x9b"));
      g_assert_null (strchr (text, '\x7f'));
    }
  g_assert_false (g_file_test ("/tmp/leyden-was-here", G_FILE_TEST_EXISTS));
}

/* The address too. */
static void
test_curl_address (void)
{
  g_autoptr(LeydenValue) body = make_body ("x");
  g_autofree char *text = leyden_call_make_curl ("http://a'$(id)\" b/v1", body);
  g_autoptr(GPtrArray) arguments = run_shell (text);

  g_assert_cmpstr (g_ptr_array_index (arguments, 0), ==, "http://a'$(id)\" b/v1/chat/completions");
  /* One that is not known is not made up. */
  g_free (g_steal_pointer (&text));
  text = leyden_call_make_curl (NULL, body);
  g_assert_true (g_str_has_prefix (text, "curl \"$BASE_URL/chat/completions\" "));
}

/* More than one argument may hold goes in by standard input; the text cannot end it. */
static void
test_curl_long (void)
{
  g_autoptr(GString) long_text = g_string_new ("it's $HOME\nLEYDEN_REQUEST_END\n");
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GPtrArray) arguments = NULL;
  g_autoptr(LeydenValue) sent = NULL;

  for (guint i = 0; i < 30000; i++)
    g_string_append (long_text, "line of text ");
  body = make_body (long_text->str);
  text = leyden_call_make_curl ("http://127.0.0.1:1/v1", body);
  arguments = run_shell (text);
  g_assert_cmpstr (find_after (arguments, "--data-binary"), ==, "@-");
  sent = parse (find_after (arguments, "@-"));
  g_assert_true (leyden_value_equal (sent, body));
}

#define WIRE(uri, header, value, key, prefix, variable) \
  "{\"uri\": \"" uri "\", \"headers\": {\"Content-Type\": \"application/json\", \"" header "\": \"" value "\"}, " \
  "\"key\": {\"header\": \"" key "\", \"prefix\": \"" prefix "\", \"variable\": \"" variable "\"}, \"body\": {\"max_tokens\": 9, \"system\": \"it's $(id)\"}}"
#define MESSAGES "https://api.anthropic.com/v1/messages"

/* As the server takes it: its address, its headers, its body; the key by its own name. */
static void
test_curl_wire (void)
{
  g_autoptr(LeydenValue) request = parse (WIRE (MESSAGES, "anthropic-version", "2023-06-01", "x-api-key", "", "ANTHROPIC_API_KEY"));
  g_autofree char *text = leyden_call_make_wire_curl (request, NULL);
  g_autoptr(GPtrArray) arguments = NULL;
  g_autoptr(LeydenValue) sent = NULL;

  g_setenv ("ANTHROPIC_API_KEY", "from-the-environment", TRUE);
  g_assert_cmpstr (leyden_call_get_key_variable (request), ==, "ANTHROPIC_API_KEY");
  g_assert_null (strstr (text, "from-the-environment"));
  arguments = run_shell (text);
  g_assert_cmpstr (g_ptr_array_index (arguments, 0), ==, MESSAGES);
  g_assert_cmpstr (g_ptr_array_index (arguments, 2), ==, "Content-Type: application/json");
  g_assert_cmpstr (g_ptr_array_index (arguments, 4), ==, "anthropic-version: 2023-06-01");
  g_assert_cmpstr (g_ptr_array_index (arguments, 6), ==, "x-api-key: from-the-environment");
  sent = parse (find_after (arguments, "--data-raw"));
  g_assert_true (leyden_value_equal (sent, leyden_value_get_member (request, "body")));
}

/* A backend elsewhere may say anything: no option of curl, no file, no command, no other variable is made of it. */
static void
test_curl_wire_hostile (void)
{
  static const char * const cases[] = {
    WIRE ("-o/etc/passwd", "a", "b", "k", "", "X_API_KEY"), WIRE ("file:///etc/passwd", "a", "b", "k", "", "X_API_KEY"),
    WIRE ("http://h/\u202e", "a", "b", "k", "", "X_API_KEY"), WIRE ("http://h/ x", "a", "b", "k", "", "X_API_KEY"),
    WIRE (MESSAGES, "@/etc/passwd", "b", "k", "", "X_API_KEY"), WIRE (MESSAGES, "a", "'; id; '", "k", "", "X_API_KEY"),
    WIRE (MESSAGES, "a", "b", "k$(id)", "", "X_API_KEY"), WIRE (MESSAGES, "a", "b", "k", "$(id)", "X_API_KEY"),
    WIRE (MESSAGES, "a", "b", "k", "", "HOME"), WIRE (MESSAGES, "a", "b", "k", "", "(id)_API_KEY"), WIRE (MESSAGES, "a", "\\n", "k", "", "X_API_KEY"),
    "{\"uri\": \"" MESSAGES "\", \"body\": {}}", "{\"uri\": 7}", "[]", "null",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) request = parse (cases[i]);
      g_autofree char *text = leyden_call_make_wire_curl (request, NULL);

      g_assert_cmpstr (text, ==, NULL);
    }
}

/* --- reading --- */

static void
test_numbers (void)
{
  g_autoptr(LeydenValue) call = parse ("{\"kind\":\"model\",\"request\":{\"endpoint\":\"mine\",\"body\":{\"model\":\"asked\",\"messages\":[{}]}},"
                                       "\"answer\":{\"model\":\"answered\",\"latency_ms\":12.5,\"first_token_ms\":3,\"usage\":{\"prompt_tokens\":4}},"
                                       "\"started\":1000000,\"finished\":9000000}");
  g_autoptr(LeydenValue) measured = parse ("{\"answer\":{},\"started\":1000000,\"finished\":9000000}");
  g_autoptr(LeydenValue) tool = parse ("{\"kind\":\"tool\",\"request\":{\"name\":\"calc\",\"messages\":[]},\"error\":{\"message\":\"no\"}}");
  g_autoptr(LeydenValue) odd = parse ("{\"kind\":7,\"request\":[],\"answer\":{\"latency_ms\":-1,\"usage\":[]},\"started\":9,\"finished\":1}");

  g_assert_cmpstr (leyden_call_get_model (call), ==, "answered");
  g_assert_cmpfloat (leyden_call_get_latency_ms (call), ==, 12.5);
  g_assert_cmpfloat (leyden_call_get_first_token_ms (call), ==, 3);
  g_assert_cmpint (leyden_call_get_tokens (call, "prompt_tokens"), ==, 4);
  g_assert_cmpint (leyden_call_get_tokens (call, "completion_tokens"), ==, -1);
  g_assert_cmpuint (leyden_value_get_size (leyden_call_get_messages (call)), ==, 1);
  g_assert_cmpfloat (leyden_call_get_latency_ms (measured), ==, 8);
  g_assert_cmpstr (leyden_call_get_state (tool), ==, "failed");
  g_assert_cmpstr (leyden_call_get_error (tool), ==, "no");
  g_assert_cmpstr (leyden_call_get_model (tool), ==, "calc");
  g_assert_null (leyden_call_get_body (tool));
  g_assert_true (isnan (leyden_call_get_latency_ms (odd)));
  g_assert_null (leyden_call_get_body (odd));
  g_assert_cmpstr (leyden_call_get_state (NULL), ==, "running");
  g_assert_cmpstr (leyden_call_get_model (NULL), ==, "");
}

static void
test_tokens (void)
{
  g_autoptr(LeydenValue) answer = parse ("{\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-1},{\"token\":\"b\",\"logprob\":\"x\"},7,{\"token\":\"c\",\"logprob\":0}]}}");
  g_autoptr(LeydenValue) broken = parse ("{\"logprobs\":{\"content\":{\"a\":1}}}");
  guint total = 9;
  g_autoptr(LeydenValue) middle = leyden_call_make_tokens (answer, 1, 2, &total);

  g_assert_cmpuint (total, ==, 4);
  g_assert_cmpuint (leyden_value_get_size (middle), ==, 2);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (middle, 0), "text", NULL), ==, "b");
  g_assert_null (leyden_value_get_member (leyden_value_get_item (middle, 0), "log_prob"));
  g_assert_null (leyden_call_make_tokens (broken, 0, 10, &total));
  g_assert_cmpuint (total, ==, 0);
}

static void
test_rows (void)
{
  static const struct { const char *call, *row; } cases[] = {
    { "{\"kind\":\"model\",\"request\":{\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"2+2\"}]}},\"answer\":{\"message\":{\"content\":\"4\"}}}",
      "{\"messages\":[{\"role\":\"user\",\"content\":\"2+2\"}],\"answer\":\"4\"}" },
    { "{\"kind\":\"model\",\"request\":{\"body\":{\"messages\":[]}},\"answer\":{\"message\":{\"content\":null,\"tool_calls\":[{}]}}}",
      "{\"messages\":[],\"answer\":{\"content\":null,\"tool_calls\":[{}]}}" },
    { "{\"kind\":\"tool\",\"request\":{\"name\":\"c\"},\"answer\":{\"content\":1}}", "{\"request\":{\"name\":\"c\"},\"answer\":{\"content\":1}}" },
    { "{}", "{\"messages\":null,\"answer\":\"\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) call = parse (cases[i].call);
      g_autoptr(LeydenValue) row = leyden_call_make_row (call);
      g_autofree char *text = leyden_json_write (row, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (text, ==, cases[i].row);
    }
}

/* --- the list --- */

#define CALL(ordinal, try, started) "{\"kind\":\"model\",\"ordinal\":" ordinal ",\"try\":" try ",\"started\":" started "}"

/* Calls in the order in which they began; tries of one call are one item; what stays keeps its item. */
static void
test_items (void)
{
  g_autoptr(GListStore) store = g_list_store_new (LEYDEN_TYPE_CALL_ITEM);
  g_autoptr(LeydenValue) early = parse ("{\"nodes\":{\"b\":{\"calls\":[" CALL ("0", "1", "5") "]},\"a#1\":{\"calls\":[" CALL ("0", "1", "3") "]}}}");
  g_autoptr(LeydenValue) late = parse ("{\"nodes\":{\"b\":{\"calls\":[" CALL ("0", "2", "7") "," CALL ("0", "1", "5") "," CALL ("1", "1", "9") "]},"
                                       "\"a#1\":{\"calls\":[" CALL ("0", "1", "3") "]},\"odd\":7,\"odder\":{\"calls\":{\"a\":1}},\"oddest\":{\"calls\":[1]}}}");
  g_autoptr(LeydenCallItem) first = NULL, second = NULL, same = NULL;

  leyden_call_items_update (store, early);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 2);
  first = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_assert_cmpstr (leyden_call_item_get_path (first), ==, "a#1");
  second = g_list_model_get_item (G_LIST_MODEL (store), 1);
  leyden_call_items_update (store, late);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 3);
  same = g_list_model_get_item (G_LIST_MODEL (store), 1);
  g_assert_true (same == second);
  g_assert_cmpuint (leyden_call_item_get_tries (same)->len, ==, 2);
  g_assert_cmpint (leyden_value_get_member_int (leyden_call_item_get_call (same), "try", 0), ==, 2);
  g_assert_cmpint (leyden_call_items_find (G_LIST_MODEL (store), "a"), ==, 0);
  g_assert_cmpint (leyden_call_items_find (G_LIST_MODEL (store), "b"), ==, 2);
  g_assert_cmpint (leyden_call_items_find (G_LIST_MODEL (store), "c"), ==, -1);
  leyden_call_items_update (store, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call/curl", test_curl);
  g_test_add_func ("/call/curl-address", test_curl_address);
  g_test_add_func ("/call/curl-long", test_curl_long);
  g_test_add_func ("/call/curl-wire", test_curl_wire);
  g_test_add_func ("/call/curl-wire-hostile", test_curl_wire_hostile);
  g_test_add_func ("/call/numbers", test_numbers);
  g_test_add_func ("/call/tokens", test_tokens);
  g_test_add_func ("/call/rows", test_rows);
  g_test_add_func ("/call/items", test_items);
  return g_test_run ();
}
