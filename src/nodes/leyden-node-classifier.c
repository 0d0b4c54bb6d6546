/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-classifier.h"
#include "leyden-json.h"
#include "leyden-memo.h"
#include "leyden-node-private.h"
#include "leyden-text.h"

/*
 * What is learned from: the examples of the node, or the training rows of the plan (the split "train" and nothing else: the engine gives no
 * other rows). A row is read where the flow reads it: the field of the `input` node that is wired to the port.
 *
 * A text is never classified by weights that have seen it. Where the text stands in the set, the model that answers was learned
 * without it: without all samples of its fold (five folds by hash) in a large set, without the equal samples in a small one. So a reward on
 * train rows is an honest one too.
 */

#define N_FOLDS 5
/* Up to here only equal samples are left out. */
#define SMALL_SET 50
#define NO_FOLD 0
#define MAX_SETS 8
#define MAX_MODELS 32

#define LEYDEN_TYPE_NODE_CLASSIFIER (leyden_node_classifier_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeClassifier, leyden_node_classifier, LEYDEN, NODE_CLASSIFIER, GObject)

/* Both memos are by content: they change no answer. */
struct _LeydenNodeClassifier
{
  GObject     parent_instance;

  LeydenMemo *sets;
  LeydenMemo *models;
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeClassifier, leyden_node_classifier, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

typedef struct
{
  char    *title;
  char    *text;
  guint    label;
  guint64  hash;
} Sample;

/* Immutable after making. */
typedef struct
{
  GArray     *samples;          /* Sample */
  GPtrArray  *labels;           /* char *, sorted */
  GHashTable *hashes;           /* those of the samples */
} Set;

static void
sample_clear (gpointer data)
{
  Sample *sample = data;

  g_free (sample->title);
  g_free (sample->text);
}

static void
set_free (gpointer data)
{
  Set *set = data;

  g_array_unref (set->samples);
  g_ptr_array_unref (set->labels);
  g_hash_table_unref (set->hashes);
  g_free (set);
}

/* FNV-1a-64 of the text, or of the title where there is no text: an example may lack the title that the row has. Two texts with one
 * hash are left out together, which harms nobody. */
static guint64
hash_texts (const char *title,
            const char *text)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (const char *at = text != NULL && *text != '\0' ? text : title; at != NULL && *at != '\0'; at++)
    hash = (hash ^ (guchar) *at) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash;
}

/* ---- The set ---- */

/* What a thread needs to make it. */
typedef struct
{
  LeydenValue *rows;            /* training rows, or examples */
  gboolean     are_examples;
  char        *title_field;
  char        *text_field;
  char        *label_field;
} SetJob;

static void
set_job_free (gpointer data)
{
  SetJob *job = data;

  leyden_value_unref (job->rows);
  g_free (job->title_field);
  g_free (job->text_field);
  g_free (job->label_field);
  g_free (job);
}

static char *
dup_member (LeydenValue *object,
            const char  *name)
{
  LeydenValue *value = name != NULL ? leyden_value_get_member (object, name) : NULL;

  return leyden_value_is_null (value) ? NULL : leyden_node_text_of (value);
}

/* The input of an example is the text, or an object with title and text, named as the inputs are or as the fields that are wired to
 * them; also as JSON text, for it may have been typed into a field or come from an optimiser. */
static void
read_example_input (const SetJob *job,
                    LeydenValue  *input,
                    Sample       *sample)
{
  const char *text = leyden_value_get_string (input, NULL);
  g_autoptr(LeydenValue) parsed = text != NULL && *text == '{' ? leyden_json_parse (text, -1, NULL, NULL) : NULL;
  LeydenValue *object = parsed != NULL ? parsed : input;

  sample->title = dup_member (object, "title");
  if (sample->title == NULL)
    sample->title = dup_member (object, job->title_field);
  sample->text = dup_member (object, "text");
  if (sample->text == NULL)
    sample->text = dup_member (object, job->text_field);
  if (sample->title == NULL && sample->text == NULL && !leyden_value_is_null (input))
    sample->text = leyden_node_text_of (input);
}

/* The output is the label, or an object that has it as the node's own outputs do. */
static char *
read_example_label (LeydenValue *output)
{
  char *label = dup_member (output, "label");

  if (label == NULL && !leyden_value_is_null (output) && leyden_value_get_kind (output) != LEYDEN_VALUE_OBJECT)
    label = leyden_node_text_of (output);
  return label;
}

static char *
read_sample (const SetJob *job,
             LeydenValue  *row,
             Sample       *sample)
{
  if (job->are_examples)
    {
      read_example_input (job, leyden_value_get_member (row, "input"), sample);
      return read_example_label (leyden_value_get_member (row, "output"));
    }
  sample->title = dup_member (row, job->title_field);
  sample->text = dup_member (row, job->text_field);
  return dup_member (row, job->label_field);
}

static int
compare_labels (gconstpointer a,
                gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

static guint
find_label (GPtrArray  *labels,
            const char *label)
{
  for (guint i = 0; i < labels->len; i++)
    if (g_str_equal (g_ptr_array_index (labels, i), label))
      return i;
  return labels->len;
}

static gpointer
make_set (gpointer   data,
          GError   **error)
{
  const SetJob *job = data;
  Set *set = g_new0 (Set, 1);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);       /* label of each sample */

  set->samples = g_array_new (FALSE, TRUE, sizeof (Sample));
  g_array_set_clear_func (set->samples, sample_clear);
  set->labels = g_ptr_array_new_with_free_func (g_free);
  set->hashes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < leyden_value_get_size (job->rows); i++)
    {
      Sample sample = { NULL, };
      g_autofree char *label = read_sample (job, leyden_value_get_item (job->rows, i), &sample);

      if (label != NULL)
        g_strstrip (label);
      if (label == NULL || *label == '\0' || (sample.title == NULL && sample.text == NULL))
        {
          sample_clear (&sample);
          continue;
        }
      sample.hash = hash_texts (sample.title, sample.text);
      g_hash_table_add (set->hashes, g_memdup2 (&sample.hash, sizeof sample.hash));
      g_array_append_val (set->samples, sample);
      if (find_label (set->labels, label) == set->labels->len && set->labels->len <= LEYDEN_CLASSIFIER_MAX_LABELS)
        g_ptr_array_add (set->labels, g_strdup (label));
      g_ptr_array_add (names, g_steal_pointer (&label));
    }
  if (set->labels->len > LEYDEN_CLASSIFIER_MAX_LABELS)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("There are more than %d different labels to learn; is “%s” the field with the label?"),
                           LEYDEN_CLASSIFIER_MAX_LABELS, job->are_examples ? "output" : job->label_field);
  else if (set->samples->len == 0)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("There is nothing to learn from: no example has both a text and a label"));
  if (set->samples->len == 0 || set->labels->len > LEYDEN_CLASSIFIER_MAX_LABELS)
    {
      set_free (set);
      return NULL;
    }
  g_ptr_array_sort (set->labels, compare_labels);
  for (guint i = 0; i < set->samples->len; i++)
    g_array_index (set->samples, Sample, i).label = find_label (set->labels, g_ptr_array_index (names, i));
  return set;
}

/* ---- The model ---- */

typedef struct
{
  LeydenMemoItem           *set;
  LeydenClassifierSettings  settings;
  guint                     fold;       /* from 1; NO_FOLD: whole set */
  guint64                   hash;       /* of the samples to leave out in a small set */
} ModelJob;

static void
model_job_free (gpointer data)
{
  ModelJob *job = data;

  leyden_memo_item_unref (job->set);
  g_free (job);
}

static gboolean
is_left_out (const ModelJob *job,
             const Sample   *sample,
             gboolean        small)
{
  if (job->fold == NO_FOLD)
    return FALSE;
  return small ? sample->hash == job->hash : sample->hash % N_FOLDS + 1 == job->fold;
}

static gpointer
make_model (gpointer   data,
            GError   **error)
{
  const ModelJob *job = data;
  const Set *set = job->set->value;
  g_autofree LeydenClassifierSample *samples = g_new (LeydenClassifierSample, set->samples->len);
  guint n = 0;

  for (guint i = 0; i < set->samples->len; i++)
    {
      const Sample *sample = &g_array_index (set->samples, Sample, i);

      if (!is_left_out (job, sample, set->samples->len <= SMALL_SET))
        samples[n++] = (LeydenClassifierSample) { sample->title, sample->text, sample->label };
    }
  return leyden_classifier_train (&job->settings, samples, n, set->labels->len, NULL, error);
}

static guint
read_features (const char *name)
{
  static const struct
  {
    const char *name;
    guint       features;
  } table[] = {
    { "words", LEYDEN_CLASSIFIER_WORDS },
    { "pairs", LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS },
    { "characters", LEYDEN_CLASSIFIER_CHARACTERS },
    { "all", LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS | LEYDEN_CLASSIFIER_CHARACTERS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].name, name))
      return table[i].features;
  return LEYDEN_CLASSIFIER_WORDS;
}

/* Slots come from outside: what does not fit is brought into the range. */
static LeydenClassifierSettings
read_settings (LeydenNodeContext *context)
{
  const char *read = leyden_node_context_get_parameter_string (context, "read");

  return (LeydenClassifierSettings) {
    .bayes = g_str_equal (leyden_node_context_get_parameter_string (context, "method"), "bayes"),
    .features = read_features (leyden_node_context_get_parameter_string (context, "features")),
    .read_title = !g_str_equal (read, "text"),
    .read_text = !g_str_equal (read, "title"),
    .ignore_case = leyden_node_context_get_parameter_boolean (context, "ignore_case"),
    .bits = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "bits"), 8, 20),
    .smoothing = CLAMP (leyden_node_context_get_parameter_double (context, "smoothing"), 1e-6, 100),
    .l2 = CLAMP (leyden_node_context_get_parameter_double (context, "l2"), 1e-8, 0.1),
    .epochs = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "epochs"), 1, 1000),
    .seed = (guint64) CLAMP (leyden_node_context_get_parameter_double (context, "seed"), 0, 9e15),
  };
}

/* Name of the weights by what they come from: first 16 hex digits of SHA-256. */
static char *
name_model (const LeydenClassifierSettings *settings,
            const char                     *set_key,
            guint                           fold,
            guint64                         hash)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *digest = NULL;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_int (&b, LEYDEN_CLASSIFIER_VERSION);
  leyden_value_builder_add_boolean (&b, settings->bayes);
  leyden_value_builder_add_int (&b, settings->features);
  leyden_value_builder_add_boolean (&b, settings->read_title);
  leyden_value_builder_add_boolean (&b, settings->read_text);
  leyden_value_builder_add_boolean (&b, settings->ignore_case);
  leyden_value_builder_add_int (&b, settings->bits);
  if (settings->bayes)
    leyden_value_builder_add_double (&b, settings->smoothing);
  else
    {
      leyden_value_builder_add_double (&b, settings->l2);
      leyden_value_builder_add_int (&b, settings->epochs);
      leyden_value_builder_add_int (&b, (gint64) settings->seed);
    }
  leyden_value_builder_add_string (&b, set_key);
  leyden_value_builder_add_int (&b, fold);
  leyden_value_builder_add_int (&b, (gint64) hash);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  digest = leyden_json_hash (value);
  return g_strndup (digest, 16);
}

/* ---- One execution ---- */

typedef struct
{
  LeydenNodeClassifier     *self;
  LeydenNodeContext        *context;
  char                     *title;
  char                     *text;
  char                     *set_key;
  LeydenMemoItem           *set;
  LeydenClassifierSettings  settings;
  guint                     fold;
  guint64                   hash;
  char                     *model_key;
} Execution;

static void
execution_free (gpointer data)
{
  Execution *execution = data;

  g_clear_pointer (&execution->set, leyden_memo_item_unref);
  g_free (execution->title);
  g_free (execution->text);
  g_free (execution->set_key);
  g_free (execution->model_key);
  g_free (execution);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Execution, execution_free)

static gboolean
learns_from_examples (LeydenNodeContext *context)
{
  return g_str_equal (leyden_node_context_get_parameter_string (context, "source"), "examples");
}

static const char *
get_label_field (LeydenNodeContext *context)
{
  const char *field = leyden_node_context_get_parameter_string (context, "label_field");

  return *field != '\0' ? field : leyden_node_context_get_expected_field (context);
}

/* Everything that can be wrong with the way it is wired; examples need nothing. */
static gboolean
check_rows (LeydenNodeContext  *context,
            GError            **error)
{
  if (leyden_node_context_get_training_rows (context) == NULL)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("There is nothing to learn from: run the flow over a data set with rows of the split “train”, or let the "
                             "classifier learn from examples"));
  else if (get_label_field (context) == NULL)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("Which field is the label? Name it, or give a field of the input the role “expected”"));
  else if (leyden_node_context_get_input_field (context, "title") == NULL && leyden_node_context_get_input_field (context, "text") == NULL)
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("To learn from a data set, wire the text straight from the input: only there the train rows have it too"));
  else
    return TRUE;
  return FALSE;
}

/* The set's name: the rows, and the fields that are read of them. */
static char *
name_set (LeydenNodeContext *context)
{
  const char *title = leyden_node_context_get_input_field (context, "title");
  const char *text = leyden_node_context_get_input_field (context, "text");
  g_autofree char *hash = NULL;

  if (learns_from_examples (context))
    hash = leyden_json_hash (leyden_node_context_get_parameter (context, "examples"));
  return g_strdup_printf ("%s %s\x1f%s\x1f%s", hash != NULL ? hash : leyden_node_context_get_training_hash (context),
                          title != NULL ? title : "", text != NULL ? text : "", hash != NULL ? "" : get_label_field (context));
}

static SetJob *
new_set_job (LeydenNodeContext *context)
{
  SetJob *job = g_new0 (SetJob, 1);

  job->are_examples = learns_from_examples (context);
  job->rows = leyden_value_ref (job->are_examples ? leyden_node_context_get_parameter (context, "examples")
                                                  : leyden_node_context_get_training_rows (context));
  job->title_field = g_strdup (leyden_node_context_get_input_field (context, "title"));
  job->text_field = g_strdup (leyden_node_context_get_input_field (context, "text"));
  job->label_field = g_strdup (get_label_field (context));
  return job;
}

static char *
dup_input (LeydenNodeContext *context,
           const char        *port)
{
  LeydenValue *value = leyden_node_context_get_input (context, port);

  return leyden_value_is_null (value) ? NULL : leyden_node_text_of (value);
}

static Execution *
execution_new (LeydenNodeClassifier  *self,
               LeydenNodeContext     *context,
               GError               **error)
{
  Execution *execution;

  if (leyden_node_context_get_input (context, "title") == NULL && leyden_node_context_get_input (context, "text") == NULL)
    {
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_SKIPPED, "Neither title nor text arrived");
      return NULL;
    }
  if (!learns_from_examples (context) && !check_rows (context, error))
    return NULL;
  execution = g_new0 (Execution, 1);
  execution->self = self;
  execution->context = context;
  execution->title = dup_input (context, "title");
  execution->text = dup_input (context, "text");
  execution->set_key = name_set (context);
  execution->settings = read_settings (context);
  return execution;
}

/* Which model may answer: one that has not seen the text. */
static void
choose_model (Execution *execution)
{
  const Set *set = execution->set->value;
  guint64 hash = hash_texts (execution->title, execution->text);

  if (g_hash_table_contains (set->hashes, &hash))
    {
      gboolean small = set->samples->len <= SMALL_SET;

      execution->fold = (guint) (hash % N_FOLDS) + 1;
      execution->hash = small ? hash : 0;
    }
  execution->model_key = name_model (&execution->settings, execution->set_key, execution->fold, execution->hash);
}

static gboolean
find_set (Execution *execution)
{
  if (execution->set == NULL)
    execution->set = leyden_memo_lookup (execution->self->sets, execution->set_key);
  if (execution->set == NULL)
    return FALSE;
  choose_model (execution);
  return TRUE;
}

/* The label that is asked about has to reach the threshold; without one the likeliest wins, the first of equals. */
static guint
decide (Execution *execution,
        double    *probabilities)
{
  GPtrArray *labels = ((const Set *) execution->set->value)->labels;
  guint positive = find_label (labels, leyden_node_context_get_parameter_string (execution->context, "positive"));
  guint best = labels->len;

  if (positive < labels->len
      && probabilities[positive] >= leyden_node_context_get_parameter_double (execution->context, "threshold"))
    return positive;
  for (guint i = 0; i < labels->len; i++)
    if (i != positive && (best == labels->len || probabilities[i] > probabilities[best]))
      best = i;
  return best < labels->len ? best : 0;
}

static LeydenValue *
make_outputs (Execution              *execution,
              const LeydenClassifier *model)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GPtrArray *labels = ((const Set *) execution->set->value)->labels;
  g_autofree double *probabilities = g_new (double, labels->len);
  guint label;

  leyden_classifier_predict (model, execution->title, execution->text, probabilities);
  label = decide (execution, probabilities);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "label", g_ptr_array_index (labels, label));
  leyden_value_builder_set_double (&b, "confidence", probabilities[label]);
  leyden_value_builder_key (&b, "probabilities");
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < labels->len; i++)
    leyden_value_builder_set_double (&b, g_ptr_array_index (labels, i), probabilities[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "model", execution->model_key);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenNodeClassifier *self = LEYDEN_NODE_CLASSIFIER (executor);
  g_autoptr(Execution) execution = execution_new (self, context, error);
  g_autoptr(LeydenMemoItem) model = NULL;

  if (execution == NULL)
    return NULL;
  if (find_set (execution))
    model = leyden_memo_lookup (self->models, execution->model_key);
  if (model != NULL)
    return make_outputs (execution, model->value);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "It has to learn first");
  return NULL;
}

static void
learned_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  Execution *execution = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenMemoItem) model = leyden_memo_get_finish (LEYDEN_MEMO (object), result, &error);

  if (model != NULL)
    g_task_return_pointer (task, make_outputs (execution, model->value), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
learn (GTask *task)
{
  Execution *execution = g_task_get_task_data (task);
  ModelJob *job = g_new (ModelJob, 1);

  choose_model (execution);
  *job = (ModelJob) { leyden_memo_item_ref (execution->set), execution->settings, execution->fold, execution->hash };
  leyden_memo_get_async (execution->self->models, execution->model_key, make_model, job, model_job_free, learned_cb, task);
}

static void
set_made_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  GTask *task = data;
  Execution *execution = g_task_get_task_data (task);
  GError *error = NULL;

  execution->set = leyden_memo_get_finish (LEYDEN_MEMO (object), result, &error);
  if (execution->set != NULL)
    {
      learn (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* The first that asks learns, in a thread; the others wait for the same weights. */
static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  LeydenNodeClassifier *self = LEYDEN_NODE_CLASSIFIER (executor);
  GTask *task = g_task_new (executor, NULL, callback, data);
  GError *error = NULL;
  Execution *execution = execution_new (self, context, &error);

  if (execution == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, execution, execution_free);
  leyden_memo_get_async (self->sets, execution->set_key, make_set, new_set_job (context), set_job_free, set_made_cb, task);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}

static void
leyden_node_classifier_finalize (GObject *object)
{
  LeydenNodeClassifier *self = LEYDEN_NODE_CLASSIFIER (object);

  g_clear_object (&self->sets);
  g_clear_object (&self->models);

  G_OBJECT_CLASS (leyden_node_classifier_parent_class)->finalize (object);
}

static void
leyden_node_classifier_class_init (LeydenNodeClassifierClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_classifier_finalize;
}

static void
leyden_node_classifier_init (LeydenNodeClassifier *self)
{
  self->sets = leyden_memo_new (MAX_SETS, set_free);
  self->models = leyden_memo_new (MAX_MODELS, (GDestroyNotify) leyden_classifier_free);
}

LeydenNodeExecutor *
leyden_node_classifier_new (void)
{
  return g_object_new (LEYDEN_TYPE_NODE_CLASSIFIER, NULL);
}
