/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-classifier.h"

#include <math.h>
#include <string.h>

#include "leyden-random.h"

/*
 * Features. Words are runs of letters and digits; ! ? $ % £ and € are words of their own. A feature is hashed with FNV-1a-64 over
 * a byte for where it stands (t title, b text), a byte for its kind (w word, p pair, c characters) and its UTF-8 bytes; its place in the
 * table is the hash, its upper half folded onto the lower, modulo 2^bits. Its value is 1 + ln (times it occurs); a vector is scaled to
 * length 1. (Weinberger et al., “Feature hashing for large scale multitask learning”, 2009, without the sign.)
 *
 * Logistic regression. P(c | x) = exp (b_c + w_c·x) ÷ Σ exp (…); minimises mean −ln P + λ/2 |w|² by stochastic gradient descent, one sample
 * a step, the order of each epoch shuffled from the seed, step η_t = η0 ÷ (1 + η0 λ t) with η0 = 2. (Bottou, “Stochastic gradient descent
 * tricks”, 2012; w is kept as scale · v, so that the decay of a step costs one multiplication.) The bias is not regularised.
 *
 * Naive Bayes, multinomial over what is present (binary): P(place | c) = (n_c,place + α) ÷ (Σ n_c + α D), D the number of places seen; P(c) =
 * (n_c + 1) ÷ (n + L). Places never seen in training say nothing. (McCallum & Nigam 1998; Jurafsky & Martin, chapter 4.) Its probabilities are
 * known to be too sure of themselves; its order is good.
 */

#define FIRST_STEP 2.0
#define MIN_SCALE 1e-6
/* Longer texts are read up to here. */
#define MAX_TEXT 200000
#define GRAM_SHORT 3
#define GRAM_LONG 4

typedef struct
{
  guint32 place;
  float   value;
} Feature;

struct _LeydenClassifier
{
  LeydenClassifierSettings  settings;
  guint                     n_labels;
  guint                     mask;
  double                   *bias;       /* [n_labels] */
  double                   *weights;    /* [n_labels × (mask + 1)], row-major */
  guint                     n_used;
};

static guint64
hash_bytes (guint64     hash,
            const char *bytes,
            gsize       length)
{
  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guchar) bytes[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash;
}

static guint64
hash_begin (char where,
            char kind)
{
  char head[2] = { where, kind };

  return hash_bytes (G_GUINT64_CONSTANT (0xcbf29ce484222325), head, 2);
}

/* Collects places, once for each occurrence. */
typedef struct
{
  const LeydenClassifier *self;
  char                    where;
  GArray                 *places;       /* guint32 */
} Reader;

static void
add_feature (Reader  *reader,
             guint64  hash)
{
  guint32 place = (guint32) (hash ^ (hash >> 32)) & reader->self->mask;

  g_array_append_val (reader->places, place);
}

static gboolean
is_sign (gunichar c)
{
  return c == '!' || c == '?' || c == '$' || c == '%' || c == 0xa3 || c == 0x20ac;
}

/* The next word at or after @at: its start, with its end in @end; NULL at the end of the text. */
static const char *
next_word (const char  *at,
           const char **end)
{
  while (*at != '\0')
    {
      gunichar c = g_utf8_get_char (at);
      const char *after = g_utf8_next_char (at);

      if (is_sign (c))
        {
          *end = after;
          return at;
        }
      if (g_unichar_isalnum (c))
        {
          while (*after != '\0' && g_unichar_isalnum (g_utf8_get_char (after)))
            after = g_utf8_next_char (after);
          *end = after;
          return at;
        }
      at = after;
    }
  return NULL;
}

static void
read_words (Reader     *reader,
            const char *text)
{
  guint features = reader->self->settings.features;
  const char *last = NULL, *last_end = NULL;
  const char *end = text;
  const char *word;

  while ((word = next_word (end, &end)) != NULL)
    {
      if (features & LEYDEN_CLASSIFIER_WORDS)
        add_feature (reader, hash_bytes (hash_begin (reader->where, 'w'), word, end - word));
      if ((features & LEYDEN_CLASSIFIER_PAIRS) && last != NULL)
        {
          guint64 hash = hash_bytes (hash_begin (reader->where, 'p'), last, last_end - last);

          add_feature (reader, hash_bytes (hash_bytes (hash, "\x1f", 1), word, end - word));
        }
      last = word;
      last_end = end;
    }
}

/* Runs of characters of the text with its white space collapsed. */
static void
read_characters (Reader     *reader,
                 const char *text)
{
  g_autoptr(GString) flat = g_string_new (NULL);
  g_autoptr(GArray) starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  gboolean space = FALSE;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      gsize start = flat->len;

      if (g_unichar_isspace (c))
        {
          if (space)
            continue;
          c = ' ';
        }
      space = c == ' ';
      g_string_append_unichar (flat, c);
      g_array_append_val (starts, start);
    }
  for (guint n = GRAM_SHORT; n <= GRAM_LONG; n++)
    for (guint i = 0; i + n <= starts->len; i++)
      {
        gsize start = g_array_index (starts, gsize, i);
        gsize end = i + n < starts->len ? g_array_index (starts, gsize, i + n) : flat->len;

        add_feature (reader, hash_bytes (hash_begin (reader->where, 'c'), flat->str + start, end - start));
      }
}

static void
read_part (const LeydenClassifier *self,
           char                    where,
           const char             *text,
           GArray                 *places)
{
  Reader reader = { self, where, places };
  g_autofree char *valid = NULL;
  g_autofree char *folded = NULL;

  if (text == NULL)
    return;
  valid = g_utf8_make_valid (text, (gssize) MIN (strlen (text), MAX_TEXT));
  if (self->settings.ignore_case)
    folded = g_utf8_casefold (valid, -1);
  text = folded != NULL ? folded : valid;
  if (self->settings.features & (LEYDEN_CLASSIFIER_WORDS | LEYDEN_CLASSIFIER_PAIRS))
    read_words (&reader, text);
  if (self->settings.features & LEYDEN_CLASSIFIER_CHARACTERS)
    read_characters (&reader, text);
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return x < y ? -1 : x > y;
}

/* Features in the order of their places, of length 1; an empty array for an empty text. */
static GArray *
read_features (const LeydenClassifier *self,
               const char             *title,
               const char             *text)
{
  g_autoptr(GArray) places = g_array_new (FALSE, FALSE, sizeof (guint32));
  GArray *features = g_array_new (FALSE, FALSE, sizeof (Feature));
  double square = 0;

  if (self->settings.read_title)
    read_part (self, 't', title, places);
  if (self->settings.read_text)
    read_part (self, 'b', text, places);
  g_array_sort (places, compare_places);
  for (guint i = 0, n = 1; i < places->len; i += n, n = 1)
    {
      guint32 place = g_array_index (places, guint32, i);
      Feature feature;

      while (i + n < places->len && g_array_index (places, guint32, i + n) == place)
        n++;
      feature = (Feature) { place, (float) (1 + log (n)) };
      square += (double) feature.value * feature.value;
      g_array_append_val (features, feature);
    }
  for (guint i = 0; i < features->len; i++)
    g_array_index (features, Feature, i).value /= (float) sqrt (square);
  return features;
}

/* From scores to probabilities, in place. */
static void
softmax (double *scores,
         guint   n)
{
  double top = scores[0], sum = 0;

  for (guint i = 1; i < n; i++)
    top = MAX (top, scores[i]);
  for (guint i = 0; i < n; i++)
    sum += scores[i] = exp (scores[i] - top);
  for (guint i = 0; i < n; i++)
    scores[i] /= sum;
}

static void
score (const LeydenClassifier *self,
       const GArray           *features,
       double                  scale,
       double                 *scores)
{
  for (guint c = 0; c < self->n_labels; c++)
    {
      const double *row = self->weights + (gsize) c * (self->mask + 1);
      double sum = 0;

      for (guint i = 0; i < features->len; i++)
        {
          const Feature *feature = &g_array_index (features, Feature, i);

          sum += row[feature->place] * (self->settings.bayes ? 1 : feature->value);
        }
      scores[c] = self->bias[c] + scale * sum;
    }
}

static void
rescale (LeydenClassifier *self,
         double           *scale)
{
  gsize n = (gsize) self->n_labels * (self->mask + 1);

  for (gsize i = 0; i < n; i++)
    self->weights[i] *= *scale;
  *scale = 1;
}

static void
step (LeydenClassifier *self,
      const GArray     *features,
      guint             label,
      double            rate,
      double           *scale,
      double           *scores)
{
  score (self, features, *scale, scores);
  softmax (scores, self->n_labels);
  *scale *= 1 - rate * self->settings.l2;
  if (*scale < MIN_SCALE)
    rescale (self, scale);
  for (guint c = 0; c < self->n_labels; c++)
    {
      double gradient = scores[c] - (c == label ? 1 : 0);
      double *row = self->weights + (gsize) c * (self->mask + 1);

      self->bias[c] -= rate * gradient;
      for (guint i = 0; i < features->len; i++)
        {
          const Feature *feature = &g_array_index (features, Feature, i);

          row[feature->place] -= rate * gradient * feature->value / *scale;
        }
    }
}

/* Fisher-Yates, from the generator of this epoch. */
static void
shuffle (guint   *order,
         guint    n,
         guint64  seed,
         guint    epoch)
{
  char number[16];
  const char *labels[] = { "classifier", number, NULL };
  LeydenRandom random;

  g_snprintf (number, sizeof number, "%u", epoch);
  leyden_random_substream (&random, seed, labels);
  for (guint i = n; i > 1; i--)
    {
      guint j = (guint) leyden_random_below (&random, i);
      guint kept = order[i - 1];

      order[i - 1] = order[j];
      order[j] = kept;
    }
}

static gboolean
train_logistic (LeydenClassifier              *self,
                GPtrArray                     *features,
                const LeydenClassifierSample  *samples,
                GCancellable                  *cancellable,
                GError                       **error)
{
  g_autofree guint *order = g_new (guint, features->len + 1);
  g_autofree double *scores = g_new (double, self->n_labels);
  double scale = 1;
  guint64 t = 0;

  for (guint i = 0; i < features->len; i++)
    order[i] = i;
  for (guint epoch = 0; epoch < self->settings.epochs; epoch++)
    {
      shuffle (order, features->len, self->settings.seed, epoch);
      for (guint i = 0; i < features->len; i++, t++)
        {
          double rate = FIRST_STEP / (1 + FIRST_STEP * self->settings.l2 * (double) t);

          step (self, g_ptr_array_index (features, order[i]), samples[order[i]].label, rate, &scale, scores);
        }
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  rescale (self, &scale);
  return TRUE;
}

static void
train_bayes (LeydenClassifier             *self,
             GPtrArray                    *features,
             const LeydenClassifierSample *samples)
{
  gsize width = self->mask + 1;
  g_autofree double *totals = g_new0 (double, self->n_labels);
  g_autofree guint *n_samples = g_new0 (guint, self->n_labels);
  g_autofree guint8 *seen = g_new0 (guint8, width);

  for (guint i = 0; i < features->len; i++)
    {
      const GArray *list = g_ptr_array_index (features, i);
      guint label = samples[i].label;

      n_samples[label]++;
      totals[label] += list->len;
      for (guint j = 0; j < list->len; j++)
        {
          guint32 place = g_array_index (list, Feature, j).place;

          self->weights[label * width + place] += 1;
          seen[place] = 1;
        }
    }
  for (guint c = 0; c < self->n_labels; c++)
    {
      double alpha = self->settings.smoothing;
      double all = log (totals[c] + alpha * self->n_used);

      self->bias[c] = log ((n_samples[c] + 1.0) / (features->len + self->n_labels));
      for (gsize place = 0; place < width; place++)
        self->weights[c * width + place] = seen[place] ? log (self->weights[c * width + place] + alpha) - all : 0;
    }
}

static guint
count_used (const LeydenClassifier *self,
            GPtrArray              *features)
{
  g_autofree guint8 *seen = g_new0 (guint8, self->mask + 1);
  guint n = 0;

  for (guint i = 0; i < features->len; i++)
    {
      const GArray *list = g_ptr_array_index (features, i);

      for (guint j = 0; j < list->len; j++)
        {
          guint32 place = g_array_index (list, Feature, j).place;

          n += !seen[place];
          seen[place] = 1;
        }
    }
  return n;
}

/**
 * leyden_classifier_train:
 * @settings: copied
 * @samples: (array length=n_samples): what is learned from
 * @n_samples: may be 0: then every label is as likely as every other
 * @n_labels: 1 to %LEYDEN_CLASSIFIER_MAX_LABELS
 * @cancellable: (nullable): looked at once an epoch
 * @error: return location, or %NULL
 *
 * Time O(epochs · features of all samples · n_labels), memory 8 · n_labels · 2^bits bytes. Any thread. Formulas and their sources stand at the
 * top of the file.
 *
 * Errors: %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the model, or %NULL with @error
 */
LeydenClassifier *
leyden_classifier_train (const LeydenClassifierSettings  *settings,
                         const LeydenClassifierSample    *samples,
                         guint                            n_samples,
                         guint                            n_labels,
                         GCancellable                    *cancellable,
                         GError                         **error)
{
  g_autoptr(LeydenClassifier) self = NULL;
  g_autoptr(GPtrArray) features = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  g_return_val_if_fail (settings->bits >= 8 && settings->bits <= 20, NULL);
  g_return_val_if_fail (settings->smoothing > 0 && settings->l2 > 0 && settings->l2 * FIRST_STEP < 1, NULL);
  g_return_val_if_fail (n_labels >= 1 && n_labels <= LEYDEN_CLASSIFIER_MAX_LABELS, NULL);

  self = g_new0 (LeydenClassifier, 1);
  self->settings = *settings;
  self->n_labels = n_labels;
  self->mask = (1u << settings->bits) - 1;
  self->bias = g_new0 (double, n_labels);
  self->weights = g_new0 (double, (gsize) n_labels * (self->mask + 1));
  for (guint i = 0; i < n_samples; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      g_ptr_array_add (features, read_features (self, samples[i].title, samples[i].text));
    }
  self->n_used = count_used (self, features);
  if (settings->bayes)
    train_bayes (self, features, samples);
  else if (!train_logistic (self, features, samples, cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
leyden_classifier_free (LeydenClassifier *self)
{
  if (self == NULL)
    return;
  g_free (self->bias);
  g_free (self->weights);
  g_free (self);
}

void
leyden_classifier_predict (const LeydenClassifier *self,
                           const char             *title,
                           const char             *text,
                           double                 *probabilities)
{
  g_autoptr(GArray) features = read_features (self, title, text);

  score (self, features, 1, probabilities);
  softmax (probabilities, self->n_labels);
}

guint
leyden_classifier_get_n_used (const LeydenClassifier *self)
{
  return self->n_used;
}
