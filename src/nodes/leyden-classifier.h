/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A small text classifier that is learned on this machine: hashed features, then logistic regression or naive Bayes. Pure: the
 * same samples and settings give the same weights. */

#define LEYDEN_CLASSIFIER_MAX_LABELS 100

typedef enum
{
  LEYDEN_CLASSIFIER_WORDS      = 1 << 0,
  LEYDEN_CLASSIFIER_PAIRS      = 1 << 1,        /* of words that follow each other */
  LEYDEN_CLASSIFIER_CHARACTERS = 1 << 2,        /* runs of three and four characters */
} LeydenClassifierFeatures;

typedef struct
{
  gboolean bayes;               /* else logistic regression */
  guint    features;            /* LeydenClassifierFeatures */
  gboolean read_title;
  gboolean read_text;
  gboolean ignore_case;
  guint    bits;                /* the table of weights has 2^bits places: 8…20 */
  double   smoothing;           /* Bayes: α, above 0 */
  double   l2;                  /* logistic: λ, above 0 */
  guint    epochs;              /* logistic */
  guint64  seed;                /* order of the samples in an epoch */
} LeydenClassifierSettings;

/* Borrowed texts; title and text may be NULL. */
typedef struct
{
  const char *title;
  const char *text;
  guint       label;            /* index into the labels */
} LeydenClassifierSample;

typedef struct _LeydenClassifier LeydenClassifier;

LeydenClassifier *leyden_classifier_train      (const LeydenClassifierSettings *settings, const LeydenClassifierSample *samples, guint n_samples,
                                                guint n_labels, GCancellable *cancellable, GError **error);
void              leyden_classifier_free       (LeydenClassifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenClassifier, leyden_classifier_free)
/* @probabilities: (out caller-allocates): one for each label, sum 1. */
void              leyden_classifier_predict    (const LeydenClassifier *self, const char *title, const char *text, double *probabilities);
/* Places of the table that training has touched. */
guint             leyden_classifier_get_n_used (const LeydenClassifier *self);
/* What changes the weights of equal settings and samples; part of every model's name. */
#define LEYDEN_CLASSIFIER_VERSION 1

G_END_DECLS
