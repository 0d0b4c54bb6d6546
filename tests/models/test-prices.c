/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calls cost: the shipped table, the user's over it, and what is not known. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "models-fixture.h"

static char *folder;

static char *
make_path (const char *name)
{
  return g_build_filename (folder, name, "prices.json", NULL);
}

static void
write_file (const char *path,
            const char *text)
{
  g_autofree char *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static double
cost_of (LeydenPrices *prices,
         const char   *uri,
         const char   *model)
{
  const char *currency = NULL;
  double cost;

  if (!leyden_prices_find_cost (prices, uri, model, 1000000, 100000, &cost, &currency))
    return -1;
  g_assert_cmpstr (currency, ==, "USD");
  return cost;
}

#define OPENAI "https://api.openai.com/v1"

static void
test_shipped (void)
{
  g_autofree char *path = make_path ("none");
  g_autoptr(LeydenPrices) prices = leyden_prices_new (path);
  g_autoptr(LeydenValue) list = leyden_prices_list (prices);

  g_assert_cmpuint (leyden_value_get_size (list), >, 5);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);

      g_assert_cmpuint (strlen (leyden_value_get_member_string (entry, "date", "")), ==, 10);
      g_assert_cmpuint (strlen (leyden_value_get_member_string (entry, "source", "")), >, 5);
      g_assert_cmpstr (leyden_value_get_member_string (entry, "from", ""), ==, "shipped");
    }
  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1"), 2.8, 1e-9);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1-2025-04-14"), 2.8, 1e-9);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1-mini"), 0.56, 1e-9);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, "https://API.Anthropic.com/v1", "claude-sonnet-4-5-20250929"), 4.5, 1e-9);
  /* Another server's model of that name, another model, a name that only begins so: not known. */
  g_assert_cmpfloat (cost_of (prices, "http://127.0.0.1:8080/v1", "gpt-4.1"), ==, -1);
  g_assert_cmpfloat (cost_of (prices, OPENAI, "gpt-9"), ==, -1);
  g_assert_cmpfloat (cost_of (prices, OPENAI, "gpt-4.1-nano"), ==, -1);
  g_assert_cmpfloat (cost_of (prices, OPENAI, "gpt-4.1-2025-4-14"), ==, -1);
}

static void
test_user (void)
{
  g_autofree char *path = make_path ("user");
  g_autoptr(LeydenPrices) prices = leyden_prices_new (path);
  g_autoptr(LeydenValue) models = leyden_json_parse ("[{\"host\": \"api.openai.com\", \"model\": \"gpt-4.1\", \"input\": 10, \"output\": 0, \"currency\": \"USD\"},"
                                                     " {\"host\": \"*\", \"model\": \"mine\", \"input\": 0, \"output\": 1, \"currency\": \"USD\"}]", -1, NULL, NULL);
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1"), 2.8, 1e-9);
  leyden_prices_set_user (prices, models, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1"), 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, "http://127.0.0.1:8080/v1", "mine"), 0.1, 1e-9);
  list = leyden_prices_list (prices);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (list, 0), "from", ""), ==, "user");
  for (guint i = 2; i < leyden_value_get_size (list); i++)
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (list, i), "model", ""), !=, "gpt-4.1");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1"), 2.8, 1e-9);
}

/* G01: a broken file costs the user's entries, never the shipped ones, and says why. */
static void
test_broken (void)
{
  static const char * const bad[] = {
    "", "[]", "{", "{\"leyden_prices\": 2, \"models\": []}", "{\"leyden_prices\": 1}", "{\"leyden_prices\": 1, \"models\": [{}]}",
    "{\"leyden_prices\": 1, \"models\": [{\"host\": \"h\", \"model\": \"m\", \"input\": -1, \"output\": 1, \"currency\": \"USD\"}]}",
    "{\"leyden_prices\": 1, \"models\": [{\"host\": \"h\", \"model\": \"m\", \"input\": 1e999, \"output\": 1, \"currency\": \"USD\"}]}",
    "{\"leyden_prices\": 1, \"models\": [{\"host\": \"h\", \"model\": \"m\", \"input\": \"1\", \"output\": 1, \"currency\": \"USD\"}]}",
    "{\"leyden_prices\": 1, \"models\": [{\"host\": \"h\", \"model\": \"\", \"input\": 1, \"output\": 1, \"currency\": \"USD\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *name = g_strdup_printf ("bad-%zu", i);
      g_autofree char *path = make_path (name);
      g_autoptr(LeydenPrices) prices = leyden_prices_new (path);

      g_test_message ("%s", bad[i]);
      write_file (path, bad[i]);
      g_assert_cmpfloat_with_epsilon (cost_of (prices, OPENAI, "gpt-4.1"), 2.8, 1e-9);
      g_assert_nonnull (leyden_prices_get_error (prices));
    }
}

static void
test_refused (void)
{
  g_autofree char *path = make_path ("refused");
  g_autoptr(LeydenPrices) prices = leyden_prices_new (path);
  g_autoptr(LeydenValue) models = leyden_json_parse ("[{\"host\": \"h\", \"model\": \"m\", \"input\": 1}]", -1, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (leyden_prices_set_user (prices, models, &error));
  g_assert_error (error, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_INVALID);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

#define ANSWER "{\"model\":\"m\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]," \
               "\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":2000}}"

/* In the answer of a call: a cost where it is known, none where it is not. */
static void
test_call (Fixture       *f,
           gconstpointer  data)
{
  g_autoptr(LeydenValue) models = leyden_json_parse ("[{\"host\": \"127.0.0.1\", \"model\": \"m\", \"input\": 3, \"output\": 4, \"currency\": \"EUR\"}]", -1, NULL, NULL);
  g_auto(Probe) unknown = { 0 };
  g_auto(Probe) known = { 0 };
  g_autoptr(GError) error = NULL;

  misbehaving_server_add_answer (f->server, "/v1/chat/completions", 200, JSON, ANSWER);
  probe_init (&unknown, "local", FALSE);
  probe_run (f, &unknown);
  g_assert_no_error (unknown.error);
  g_assert_null (leyden_value_get_member (unknown.answer, "cost"));
  g_assert_null (leyden_value_get_member (unknown.answer, "currency"));
  leyden_prices_set_user (leyden_models_get_prices (f->models), models, &error);
  g_assert_no_error (error);
  probe_init (&known, "local", FALSE);
  probe_run (f, &known);
  g_assert_no_error (known.error);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (known.answer, "cost", 0), 0.011, 1e-12);
  g_assert_cmpstr (text_at (known.answer, "/currency"), ==, "EUR");
}

int
main (int    argc,
      char **argv)
{
  int status;

  folder = g_dir_make_tmp ("leyden-prices-XXXXXX", NULL);
  /* The models of a fixture read the user's own table. */
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prices/shipped", test_shipped);
  g_test_add_func ("/prices/user", test_user);
  g_test_add_func ("/hostile/G01", test_broken);
  g_test_add_func ("/prices/refused", test_refused);
  ADD ("/prices/call", test_call);
  status = g_test_run ();
  g_free (folder);
  return status;
}
