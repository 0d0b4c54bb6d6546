/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-catalog.h"
#include "leyden-code-editor.h"
#include "leyden-dataset-card.h"
#include "leyden-model-list.h"
#include "leyden-node-help.h"
#include "leyden-value-editor.h"

/* Parts of the inspector, one by one. */

static void
expand (GtkWidget *root)
{
  gtk_expander_set_expanded (GTK_EXPANDER (test_find (root, GTK_TYPE_EXPANDER, 0)), TRUE);
}

/* The documentation of every kind opens and says what the descriptor says. */
static void
test_help (void)
{
  g_autoptr(GPtrArray) types = leyden_catalog_list (leyden_catalog_get_default ());

  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = g_ptr_array_index (types, i);
      GtkWidget *scroller = gtk_scrolled_window_new ();
      GtkWidget *window;

      gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
      gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), leyden_node_help_new (type));
      window = test_window (scroller, 320, 600);
      g_assert_false (test_shows (scroller, type->documentation));
      expand (scroller);
      g_assert_true (test_shows (scroller, type->documentation));
      if (g_str_equal (type->type, "chat"))
        test_picture (window, "node-help");
      gtk_window_destroy (GTK_WINDOW (window));
    }
}

static LeydenValue *
make_endpoint (gboolean simulated)
{
  return test_value (simulated ? "{\"name\": \"simulated\", \"simulated\": true}"
                               : "{\"name\": \"openai\", \"base_uri\": \"https://api.openai.com/v1\"}");
}

static void
test_model_facts (void)
{
  g_autoptr(LeydenValue) endpoint = make_endpoint (FALSE);
  g_autoptr(LeydenValue) simulated = make_endpoint (TRUE);
  g_autoptr(LeydenValue) prices = test_value ("[{\"host\": \"api.openai.com\", \"model\": \"m\", \"input\": 0.25, \"output\": 2, \"currency\": \"USD\"}]");
  g_autoptr(LeydenValue) known = test_value ("{\"id\": \"m\", \"context_length\": 128000}");
  g_autoptr(LeydenValue) unknown = test_value ("{\"id\": \"n\"}");
  g_autofree char *all = leyden_model_describe (endpoint, known, prices);
  g_autofree char *none = leyden_model_describe (endpoint, unknown, prices);
  g_autofree char *nothing = leyden_model_describe (NULL, NULL, NULL);
  g_autofree char *marked = leyden_model_describe (simulated, unknown, NULL);

  g_assert_cmpstr (all, ==, "0.25 in, 2 out USD a million tokens · reads 128000 tokens");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpstr (marked, ==, "Simulated");
}

static void
chosen_cb (GtkWidget   *list,
           const char  *model,
           char       **chosen)
{
  g_free (*chosen);
  *chosen = g_strdup (model);
}

static void
test_model_list (void)
{
  g_autoptr(LeydenValue) endpoint = make_endpoint (FALSE);
  g_autoptr(LeydenValue) models = test_value ("[{\"id\": \"small\"}, {\"id\": \"<b>large</b>\"}, {\"noid\": 1}]");
  GtkWidget *list = leyden_model_list_new ();
  GtkWidget *window = test_window (list, 320, 300);
  g_autofree char *chosen = NULL;
  GtkWidget *search = test_find (list, GTK_TYPE_SEARCH_ENTRY, 0);

  g_signal_connect (list, "chosen", G_CALLBACK (chosen_cb), &chosen);
  g_assert_true (test_shows (list, "No models known"));
  leyden_model_list_set (LEYDEN_MODEL_LIST (list), endpoint, models, NULL);
  g_assert_true (test_shows (list, "<b>large</b>"));
  gtk_editable_set_text (GTK_EDITABLE (search), "LARGE");
  g_signal_emit_by_name (search, "search-changed");
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpstr (chosen, ==, "<b>large</b>");
  test_assert_reachable (list);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What a script has is told by line; it has no way to run here but its button. */
static void
test_code (void)
{
  GtkWidget *editor = leyden_code_editor_new ("python", FALSE);
  GtkWidget *window = test_window (editor, 320, 400);
  g_autoptr(LeydenValue) script = test_value ("\"result = inputs[\\\"value\\\"\\n\"");
  g_autoptr(LeydenValue) good = test_value ("\"result = 1\\n\"");

  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (editor), script);
  g_assert_true (test_shows (editor, "Line 1: “[” is not closed."));
  g_assert_true (test_shows (editor, "Python checks the rest when it runs."));
  /* Without a node there is nothing to run. */
  g_assert_null (test_find_button (editor, "Run"));
  test_picture (window, "python-editor");
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (editor), good);
  g_assert_false (test_shows (editor, "is not closed"));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_dataset (void)
{
  LeydenDocument *document = test_sample ();
  GtkWidget *card = leyden_dataset_card_new (document);
  GtkWidget *window = test_window (card, 320, 500);
  g_autoptr(LeydenValue) mapping = test_value ("{\"question\": \"Frage\"}");
  g_autoptr(LeydenValue) info = test_value ("{\"n_rows\": 3, \"splits\": {\"train\": 2, \"validation\": 1, \"test\": 0},"
                                            " \"columns\": [{\"name\": \"Frage\", \"type\": \"text\"}, {\"name\": \"note\", \"type\": \"any\"}],"
                                            " \"rows\": [{\"Frage\": \"What?\", \"note\": 1}]}");

  g_assert_true (test_shows (card, "Data set:"));
  expand (card);
  leyden_dataset_card_set_info (LEYDEN_DATASET_CARD (card), info, mapping);
  g_assert_true (test_shows (card, "3 rows: 2 train, 1 validation, 0 test"));
  g_assert_true (test_shows (card, "Frage (text) → question"));
  g_assert_true (test_shows (card, "note (any), not used"));
  test_picture (window, "dataset-card");
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
  leyden_document_close (document, TRUE);
  g_object_unref (document);
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/inspector-parts/help", test_help);
  g_test_add_func ("/inspector-parts/model-facts", test_model_facts);
  g_test_add_func ("/inspector-parts/model-list", test_model_list);
  g_test_add_func ("/inspector-parts/code", test_code);
  g_test_add_func ("/inspector-parts/dataset", test_dataset);
  return g_test_run ();
}
