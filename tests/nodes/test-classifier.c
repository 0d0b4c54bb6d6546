/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-nodes"

#include <math.h>
#include <string.h>

#include "engine-helpers.h"
#include "leyden-classifier.h"
#include "leyden-edit.h"
#include "leyden-json.h"
#include "leyden-models.h"

#define SAMPLES "/io/github/leyden/Leyden/samples/"

static LeydenClassifierSettings
default_settings (void)
{
  return (LeydenClassifierSettings) {
    .features = LEYDEN_CLASSIFIER_WORDS, .read_title = TRUE, .read_text = TRUE, .ignore_case = TRUE,
    .bits = 12, .smoothing = 1, .l2 = 1e-4, .epochs = 30, .seed = 42,
  };
}

/* ---- The model by itself ---- */

static const LeydenClassifierSample small_set[] = {
  { NULL, "good fine", 0 }, { NULL, "good nice", 0 }, { NULL, "bad", 1 },
};

/* Worked by hand: four words (good fine nice bad), P(0) = 3/5, P(1) = 2/5; P(good | 0) = (2+1)/(4+4), P(good | 1) = (0+1)/(1+4), and an
 * unknown word says nothing. */
static void
test_bayes (void)
{
  LeydenClassifierSettings settings = default_settings ();
  g_autoptr(LeydenClassifier) model = NULL;
  double p[2];

  settings.bayes = TRUE;
  model = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);
  g_assert_cmpuint (leyden_classifier_get_n_used (model), ==, 4);
  leyden_classifier_predict (model, NULL, "Good unheard", p);
  g_assert_cmpfloat_with_epsilon (p[0], 0.6 * 3 / 8 / (0.6 * 3 / 8 + 0.4 / 5), 1e-12);
  g_assert_cmpfloat_with_epsilon (p[0] + p[1], 1, 1e-12);
  leyden_classifier_predict (model, NULL, "", p);
  g_assert_cmpfloat_with_epsilon (p[0], 0.6, 1e-12);
}

/* Strong decay keeps the weights small and the answer careful; with little decay it is sure. It is right either way. */
static void
test_logistic (void)
{
  LeydenClassifierSettings settings = default_settings ();
  double weak[2], strong[2];

  settings.l2 = 0.1;
  {
    g_autoptr(LeydenClassifier) model = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);

    leyden_classifier_predict (model, NULL, "bad", weak);
  }
  settings.l2 = 1e-6;
  {
    g_autoptr(LeydenClassifier) model = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);

    leyden_classifier_predict (model, NULL, "bad", strong);
  }
  g_assert_cmpfloat (weak[1], >, 0.5);
  g_assert_cmpfloat (strong[1], >, weak[1]);
  g_assert_cmpfloat (strong[1], >, 0.9);
}

static void
test_same_weights (void)
{
  for (guint bayes = 0; bayes < 2; bayes++)
    {
      LeydenClassifierSettings settings = default_settings ();
      g_autoptr(LeydenClassifier) a = NULL, b = NULL, other = NULL;
      double p[2], q[2], r[2];

      settings.bayes = bayes;
      settings.features = LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS | LEYDEN_CLASSIFIER_CHARACTERS;
      a = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);
      b = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);
      settings.seed = 7;
      other = leyden_classifier_train (&settings, small_set, 3, 2, NULL, NULL);
      leyden_classifier_predict (a, NULL, "good and bad", p);
      leyden_classifier_predict (b, NULL, "good and bad", q);
      leyden_classifier_predict (other, NULL, "good and bad", r);
      g_assert_cmpmem (p, sizeof p, q, sizeof q);
      g_assert_true ((p[0] == r[0]) == bayes);
    }
}

/* What is read: only the parts and kinds that are asked for. */
static void
test_features (void)
{
  static const LeydenClassifierSample samples[] = { { "one two", "three four", 0 }, { "One", "THREE", 0 } };
  static const struct
  {
    guint    features;
    gboolean title, text, fold;
    guint    n_used;
  } cases[] = {
    { LEYDEN_CLASSIFIER_WORDS, TRUE, TRUE, TRUE, 4 },
    { LEYDEN_CLASSIFIER_WORDS, TRUE, FALSE, TRUE, 2 },
    { LEYDEN_CLASSIFIER_WORDS, FALSE, TRUE, FALSE, 3 },
    { LEYDEN_CLASSIFIER_PAIRS, TRUE, TRUE, TRUE, 2 },
    { LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS, TRUE, TRUE, TRUE, 6 },
    /* "one two": 5 of three and 4 of four characters, and "One" has nothing new. */
    { LEYDEN_CLASSIFIER_CHARACTERS, TRUE, FALSE, TRUE, 9 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenClassifierSettings settings = default_settings ();
      g_autoptr(LeydenClassifier) model = NULL;

      settings.bits = 20;
      settings.features = cases[i].features;
      settings.read_title = cases[i].title;
      settings.read_text = cases[i].text;
      settings.ignore_case = cases[i].fold;
      model = leyden_classifier_train (&settings, samples, 2, 1, NULL, NULL);
      g_assert_cmpuint (leyden_classifier_get_n_used (model), ==, cases[i].n_used);
    }
}

static void
test_hostile_texts (void)
{
  g_autofree char *long_text = g_strnfill (1000000, 'a');
  const char *texts[] = { "", "\xff\xfe broken", "\xc0\xaf", "\xe2\x80\xae", "!!!!", "\n\t \r", long_text, NULL };

  for (guint bayes = 0; bayes < 2; bayes++)
    {
      LeydenClassifierSettings settings = default_settings ();
      LeydenClassifierSample samples[G_N_ELEMENTS (texts)];
      g_autoptr(LeydenClassifier) model = NULL;

      settings.bayes = bayes;
      settings.features = LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS | LEYDEN_CLASSIFIER_CHARACTERS;
      for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        samples[i] = (LeydenClassifierSample) { texts[i], texts[G_N_ELEMENTS (texts) - 1 - i], i % 3 };
      model = leyden_classifier_train (&settings, samples, G_N_ELEMENTS (samples), 3, NULL, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        {
          double p[3];

          leyden_classifier_predict (model, NULL, texts[i], p);
          g_assert_true (isfinite (p[0]) && isfinite (p[1]) && isfinite (p[2]));
          g_assert_cmpfloat_with_epsilon (p[0] + p[1] + p[2], 1, 1e-9);
        }
      leyden_classifier_free (g_steal_pointer (&model));
      model = leyden_classifier_train (&settings, samples, 0, 3, NULL, NULL);
      {
        double p[3];

        leyden_classifier_predict (model, "any", "thing", p);
        g_assert_cmpfloat_with_epsilon (p[0], 1.0 / 3, 1e-12);
      }
    }
}

/* ---- The node ---- */

#define FLOW(parameters)                                                                                                            \
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"subject\", \"type\": \"text\"}, {\"name\": \"body\", \"type\": \"text\"}," \
  " {\"name\": \"label\", \"type\": \"text\", \"role\": \"expected\"}]},"                                                            \
  " \"cl\": {\"type\": \"classifier\"" parameters "}},"                                                                               \
  " \"edges\": [\"in.subject > cl.title\", \"in.body > cl.text\"]}"

static LeydenValue *
outputs_of (Watch *watch)
{
  g_autoptr(LeydenValue) fold = watch_fold (watch);
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (fold, "nodes"), "cl");
  LeydenValue *error = leyden_value_get_member (node, "error");

  if (error != NULL)
    g_test_message ("%s", leyden_value_get_member_string (error, "message", ""));
  return leyden_value_ref (leyden_value_get_member (node, error != NULL ? "error" : "outputs"));
}

static LeydenValue *
classify (LeydenEngine *engine,
          LeydenPlan   *plan,
          const char   *input)
{
  g_autoptr(Watch) watch = run_once (engine, plan, input);

  return outputs_of (watch);
}

static void
test_examples (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (
    ", \"source\": \"examples\", \"examples\": [{\"input\": \"good day\", \"output\": \"yes\"}, {\"input\": {\"title\": \"x\", \"text\": \"bad day\"}, \"output\": "
    "{\"label\": \"no\", \"confidence\": 1}}, {\"input\": \"{\\\"body\\\": \\\"bad night\\\"}\", \"output\": \" no \"}, {\"input\": \"no label\", \"output\": \"\"}]"));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) good = classify (engine, plan, "{\"body\": \"good\"}");
  g_autoptr(LeydenValue) bad = classify (engine, plan, "{\"subject\": \"hm\", \"body\": \"a bad one\"}");
  LeydenValue *probabilities = leyden_value_get_member (bad, "probabilities");

  g_assert_cmpstr (leyden_value_get_member_string (good, "label", NULL), ==, "yes");
  g_assert_cmpstr (leyden_value_get_member_string (bad, "label", NULL), ==, "no");
  g_assert_cmpuint (leyden_value_get_size (probabilities), ==, 2);
  g_assert_cmpfloat (leyden_value_get_member_double (bad, "confidence", 0), ==, leyden_value_get_member_double (probabilities, "no", 1));
  g_assert_cmpstr (leyden_value_get_member_string (good, "model", NULL), ==, leyden_value_get_member_string (bad, "model", ""));
}

/* A careful label needs its threshold, also against a likelier one. */
static void
test_threshold (void)
{
  static const struct
  {
    const char *threshold;
    const char *label;
  } cases[] = { { "0", "spam" }, { "0.99", "ham" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (FLOW (", \"source\": \"examples\", \"method\": \"bayes\", \"positive\": \"spam\", \"threshold\": %s, \"examples\": "
                                                     "[{\"input\": \"a b\", \"output\": \"ham\"}, {\"input\": \"c d\", \"output\": \"spam\"}]"),
                                               cases[i].threshold);
      g_autoptr(LeydenPlan) plan = test_plan (text);
      g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
      g_autoptr(LeydenValue) out = classify (engine, plan, "{\"body\": \"c\"}");

      g_assert_cmpstr (leyden_value_get_member_string (out, "label", NULL), ==, cases[i].label);
    }
}

static void
test_refusals (void)
{
  static const struct
  {
    const char *flow;
    const char *message;
  } cases[] = {
    { FLOW (""), "nothing to learn from" },
    { FLOW (", \"source\": \"examples\""), "nothing to learn from" },
    { FLOW (", \"source\": \"examples\", \"examples\": [{\"input\": \"\", \"output\": \"\"}]"), "nothing to learn from" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenPlan) plan = test_plan (cases[i].flow);
      g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
      g_autoptr(LeydenValue) error = classify (engine, plan, "{\"body\": \"text\"}");

      g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""), cases[i].message));
    }
}

/* More labels than a classifier has: an identifier was taken for the label. */
static void
test_many_labels (void)
{
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) error = NULL;
  LeydenRunItem items[101];

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autofree char *row = g_strdup_printf ("{\"body\": \"text %u\", \"label\": \"id-%u\"}", i, i);

      items[i] = (LeydenRunItem) { "x", "train", i, test_json (row) };
    }
  leyden_plan_learn_from_items (plan, items, G_N_ELEMENTS (items));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    leyden_value_unref (items[i].input);
  error = classify (engine, plan, "{\"body\": \"text\"}");
  g_assert_nonnull (strstr (leyden_value_get_member_string (error, "message", ""), "“label”"));
}

/* Labels by coin toss over texts that are all different: who has seen a row knows it, who has not guesses. */
static GPtrArray *
make_coins (guint       n,
            const char *split)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) &i, sizeof i);
      g_autofree char *row = g_strdup_printf ("{\"body\": \"w%u %s%u\", \"label\": \"%s\"}", i, split, i, digest[0] < '8' ? "heads" : "tails");

      g_ptr_array_add (rows, test_json (row));
    }
  return rows;
}

static double
accuracy (LeydenEngine *engine,
          LeydenPlan   *plan,
          GPtrArray    *rows)
{
  guint right = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);
      g_autofree char *input = leyden_json_write (row, LEYDEN_JSON_COMPACT);
      g_autoptr(LeydenValue) out = classify (engine, plan, input);

      right += g_strcmp0 (leyden_value_get_member_string (out, "label", NULL), leyden_value_get_member_string (row, "label", NULL)) == 0;
    }
  return (double) right / rows->len;
}

/* A row that is learned from is answered without it: coins stay coins, in a large set and in a small one. */
static void
test_unseen (void)
{
  static const guint sizes[] = { 200, 40 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr(LeydenPlan) plan = test_plan (FLOW (", \"method\": \"bayes\""));
      g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
      g_autoptr(GPtrArray) rows = make_coins (sizes[i], "t");
      g_autofree LeydenRunItem *items = g_new0 (LeydenRunItem, rows->len);
      double share;

      for (guint j = 0; j < rows->len; j++)
        items[j] = (LeydenRunItem) { "x", "train", j, g_ptr_array_index (rows, j) };
      leyden_plan_learn_from_items (plan, items, rows->len);
      share = accuracy (engine, plan, rows);
      g_test_message ("%u coins: %g right", sizes[i], share);
      g_assert_cmpfloat (share, <, 0.7);
    }
}

/* Only the split "train" is learned from: with heads in train and tails elsewhere there is no label "tails". */
static void
test_only_train (void)
{
  static const char * const splits[] = { "train", "validation", "test", NULL };
  g_autoptr(LeydenPlan) plan = test_plan (FLOW (""));
  g_autoptr(LeydenPlan) plain = test_plan ("{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"t\", \"type\": \"text\"}]}}, \"edges\": []}");
  g_autoptr(LeydenEngine) engine = test_engine (NULL, NULL);
  g_autoptr(LeydenValue) out = NULL;
  LeydenRunItem items[4];

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autofree char *row = g_strdup_printf ("{\"body\": \"text of %u\", \"label\": \"%s\"}", i, i == 0 ? "seen" : "unseen");

      items[i] = (LeydenRunItem) { "x", splits[i], i, test_json (row) };
    }
  leyden_plan_learn_from_items (plan, items, G_N_ELEMENTS (items));
  leyden_plan_learn_from_items (plain, items, G_N_ELEMENTS (items));
  g_assert_null (leyden_plan_get_training_rows (plain));
  g_assert_cmpuint (leyden_value_get_size (leyden_plan_get_training_rows (plan)), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    leyden_value_unref (items[i].input);
  out = classify (engine, plan, "{\"body\": \"text of 1\"}");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (out, "probabilities")), ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (out, "label", NULL), ==, "seen");
}

/* ---- The sample ---- */

static LeydenPlan *
load_sample (const char *name)
{
  g_autofree char *path = g_strconcat (SAMPLES, name, NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GBytes) written = NULL;
  g_autoptr(GError) error = NULL;
  LeydenPlan *plan;

  g_assert_nonnull (bytes);
  flow = leyden_flow_parse (bytes, name, &error);
  g_assert_no_error (error);
  written = leyden_flow_serialize (flow);
  g_assert_cmpmem (g_bytes_get_data (written, NULL), g_bytes_get_size (written), g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  plan = leyden_plan_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), &error);
  g_assert_no_error (error);
  return plan;
}

static GPtrArray *
load_mail (void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  g_autoptr(GBytes) bytes = g_resources_lookup_data (SAMPLES "mail.jsonl", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      g_ptr_array_add (rows, test_json (lines[i]));
  return rows;
}

static void
set_flag (LeydenRun *run,
          gboolean  *flag)
{
  *flag = TRUE;
}

/* Mean reward over the test rows of a run over all of them; nothing simulated. */
static double
run_mail (LeydenPlan  *plan,
          guint        concurrency,
          char       **rows_text)
{
  g_autoptr(LeydenEngine) engine = leyden_engine_new (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), NULL);
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenModels) models = leyden_models_new (secrets);
  g_autoptr(GPtrArray) rows = load_mail ();
  g_autofree LeydenRunItem *items = g_new0 (LeydenRunItem, rows->len);
  LeydenRunSpec spec = { .plan = plan, .seed = 7, .concurrency = concurrency };
  g_autoptr(LeydenRun) run = NULL;
  g_autoptr(LeydenValue) summary = NULL;
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean done = FALSE;
  double sum = 0;
  guint n = 0;

  leyden_nodes_register (engine, models, LEYDEN_MODEL_TRANSPORT (models));
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);

      items[i] = (LeydenRunItem) { leyden_value_get_member_string (row, "data_id", NULL), leyden_value_get_member_string (row, "split", NULL), i, row };
    }
  run = leyden_engine_start_run (engine, &spec, items, rows->len);
  g_signal_connect (run, "finished", G_CALLBACK (set_flag), &done);
  wait_for (&done);
  summary = leyden_run_summarize (run);
  g_assert_false (leyden_value_get_member_boolean (summary, "simulated", TRUE));
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenRolloutRow *row = leyden_run_get_row (run, i);

      g_assert_cmpstr (row->state, ==, "succeeded");
      g_string_append_printf (text, "%s %g\n", row->item, row->reward);
      if (g_str_equal (row->split, "test"))
        {
          sum += row->reward;
          n++;
        }
    }
  *rows_text = g_string_free (g_steal_pointer (&text), FALSE);
  return sum / n;
}

static LeydenPlan *
plan_with_source (const char *source)
{
  g_autoptr(LeydenPlan) sample = load_sample ("mail-triage.leyden");
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GBytes) bytes = leyden_flow_serialize (leyden_plan_get_flow (sample));
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("source");
  g_autoptr(LeydenValue) value = leyden_value_new_string (source, -1);
  g_autoptr(GError) error = NULL;
  LeydenPlan *plan;

  flow = leyden_flow_parse (bytes, "sample", &error);
  g_assert_no_error (error);
  leyden_edit_set_parameter (edit, "sortmail", "source", value);
  g_assert_true (leyden_flow_apply (flow, edit, &error));
  plan = leyden_plan_new (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), &error);
  g_assert_no_error (error);
  return plan;
}

/* Four examples know little; the train rows of the data set teach it, for real, and the same at any concurrency. */
static void
test_mail (void)
{
  g_autoptr(LeydenPlan) few = load_sample ("mail-triage.leyden");
  g_autoptr(LeydenPlan) one = plan_with_source ("dataset");
  g_autoptr(LeydenPlan) many = plan_with_source ("dataset");
  g_autofree char *rows_few = NULL;
  g_autofree char *rows_one = NULL;
  g_autofree char *rows_many = NULL;
  double start = run_mail (few, 8, &rows_few);
  double learned = run_mail (one, 1, &rows_one);

  run_mail (many, 64, &rows_many);
  g_test_message ("right on test: %g with four examples, %g after learning", start, learned);
  g_assert_cmpfloat (start, <, 0.75);
  g_assert_cmpfloat (learned, >, 0.9);
  g_assert_cmpstr (rows_one, ==, rows_many);
}

static void
test_mail_prompt (void)
{
  g_autoptr(LeydenPlan) plan = load_sample ("mail-triage-prompt.leyden");

  g_assert_nonnull (plan);
}

/* The rows as their script promises: 400, half of them spam, the splits fixed, nothing that looks like an address or a host. */
static void
test_mail_rows (void)
{
  g_autoptr(GPtrArray) rows = load_mail ();
  g_autoptr(GRegex) personal = g_regex_new ("[\\w.+-]+@[\\w-]+\\.\\w|https?://(?!\\[host\\])|\\bwww\\.|\\b\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\b|"
                                            "\\(\\d{3}\\) ?\\d{3}-?\\d{4}|\\b\\d{3}-\\d{3}-\\d{4}\\b", G_REGEX_OPTIMIZE, 0, NULL);
  guint spam = 0, hard = 0, test = 0, train = 0;

  g_assert_cmpuint (rows->len, ==, 400);
  for (guint i = 0; i < rows->len; i++)
    {
      LeydenValue *row = g_ptr_array_index (rows, i);
      const char *body = leyden_value_get_member_string (row, "body", NULL);
      const char *split = leyden_value_get_member_string (row, "split", "");

      g_assert_nonnull (body);
      g_assert_cmpint (g_utf8_strlen (body, -1), <=, 2000);
      g_assert_false (g_regex_match (personal, body, 0, NULL));
      g_assert_false (g_regex_match (personal, leyden_value_get_member_string (row, "subject", ""), 0, NULL));
      spam += g_str_equal (leyden_value_get_member_string (row, "label", ""), "spam");
      hard += g_str_equal (leyden_value_get_member_string (row, "group", ""), "hard");
      train += g_str_equal (split, "train");
      test += g_str_equal (split, "test");
    }
  g_assert_cmpuint (spam, ==, 200);
  g_assert_cmpuint (hard, ==, 50);
  g_assert_cmpuint (train, ==, 200);
  g_assert_cmpuint (test, ==, 120);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/classifier/bayes", test_bayes);
  g_test_add_func ("/classifier/logistic", test_logistic);
  g_test_add_func ("/classifier/same-weights", test_same_weights);
  g_test_add_func ("/classifier/features", test_features);
  g_test_add_func ("/classifier/hostile-texts", test_hostile_texts);
  g_test_add_func ("/classifier/node/examples", test_examples);
  g_test_add_func ("/classifier/node/threshold", test_threshold);
  g_test_add_func ("/classifier/node/refusals", test_refusals);
  g_test_add_func ("/classifier/node/many-labels", test_many_labels);
  g_test_add_func ("/classifier/node/unseen", test_unseen);
  g_test_add_func ("/classifier/node/only-train", test_only_train);
  g_test_add_func ("/classifier/mail/learns", test_mail);
  g_test_add_func ("/classifier/mail/prompt", test_mail_prompt);
  g_test_add_func ("/classifier/mail/rows", test_mail_rows);
  return g_test_run ();
}
