/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-stats-sequential.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* Verdicts: what two candidates that answered the same items say about each other. Pure functions of arrays, any thread.
 *
 * One rule of decision: @low…@high is the set of differences that no test in use refutes at the level, and @p the largest of
 * these tests' p values. So "significant" (@p below the level), "the interval leaves out 0" and a sentence with figures are one
 * and the same, in every method, and where two tests disagree the more careful one speaks:
 *
 *  - mcnemar-exact, one sample an item and every reward 0 or 1: exact McNemar. The interval reaches from the nearer of Tango's
 *    score interval (1998) and of the exact interval of the discordant share (Clopper and Pearson; it leaves out 0 exactly when
 *    McNemar rejects) to the farther.
 *  - sign-flip-exact, other rewards and at most 16 items: all 2^n flips of sign; the interval is the inversion of that test.
 *  - paired-t-bca, more items: the wider of Student's and the bias-corrected bootstrap interval. Where at most 16 items
 *    differ at all, the exact test of these must agree too, for Student's test errs with many zeros.
 *  - cluster-bootstrap: the same with several samples an item. An item's samples stay together (its mean counts once).
 *  - same: a candidate with itself; the difference is 0.
 */

typedef enum
{
  LEYDEN_VERDICT_ERROR_MIXED,           /* one side simulated, the other real: never pooled, never compared */
  LEYDEN_VERDICT_ERROR_EMPTY,           /* no item */
} LeydenVerdictError;
#define LEYDEN_VERDICT_ERROR (leyden_verdict_error_quark ())
GQuark leyden_verdict_error_quark (void);

/* Sample i is the answer of both candidates to the same item and sample number. Zero-initialise, then fill. */
typedef struct
{
  const double *baseline;               /* rewards; not finite: the rollout failed and counts as @failure_reward */
  const double *candidate;              /* the same pointer as @baseline: the candidate is the baseline */
  const guint  *items;                  /* item of a sample, any numbers; NULL: one sample an item */
  gsize         n_samples;
  double        failure_reward;
  gboolean      baseline_simulated;
  gboolean      candidate_simulated;
  guint         baseline_errors;        /* samples without an answer for want of a model (after all retries); above a tenth */
  guint         candidate_errors;       /* of the samples the verdict is withheld */
  const char   *split;                  /* "test", …; NULL: not named in the sentence */
  guint64       seed;                   /* of the bootstrap */
  double        alpha;                  /* 0: 0.05 */
} LeydenVerdictData;

typedef struct
{
  double      difference;               /* candidate − baseline, mean over items */
  double      low;                      /* NaN: unbounded (too few items, and rewards outside of 0…1) */
  double      high;
  double      p;                        /* two-sided; in a family adjusted by Holm */
  double      p_alone;                  /* not adjusted */
  guint       n;                        /* items */
  gsize       n_samples;
  double      baseline_mean;
  double      candidate_mean;
  guint       won;                      /* items where the candidate's mean is above, below, or equal to the baseline's */
  guint       lost;
  guint       tied;
  guint       family;                   /* candidates compared with the baseline at once; 1: no correction */
  double      confidence;               /* of the interval: 1 − alpha, or of its step of Holm's procedure */
  gboolean    significant;
  gboolean    withheld;                 /* not enough answers */
  gboolean    simulated;
  const char *method;                   /* static; see above */
  char       *sentence;                 /* "+0.12 [0.05, 0.19], paired, n = 72 test items", "no difference shown" */
} LeydenVerdict;

void           leyden_verdict_free     (LeydenVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenVerdict, leyden_verdict_free)

LeydenVerdict *leyden_verdict_compare  (const LeydenVerdictData *data, GError **error);
/* @n candidates, each against the same baseline: Holm over the family at the level of the first. Each interval has the level of
 * its step (at least 95 %), so that it leaves out 0 exactly when Holm rejects. (element-type LeydenVerdict) */
GPtrArray     *leyden_verdict_compare_family (const LeydenVerdictData *data, guint n, GError **error);
/* {"difference", "low", "high", "n", "p", "sentence", "method", "baseline_mean", "best_mean", "significant", "withheld",
 * "simulated", "won", "lost", "tied", "confidence", "family"}; (transfer full) */
LeydenValue   *leyden_verdict_to_value (const LeydenVerdict *self);

/* Before the start: the smallest improvement that @n_items would show with probability @power (0: 0.8) at @alpha (0: 0.05)
 * divided by @family. @baseline_mean NaN: 0.5. @sd_difference: of the paired differences where it is known, NaN: that of
 * independent answers of 0 or 1, the widest case. {"detectable": number or null, "n", "sentence"}; (transfer full) */
LeydenValue   *leyden_verdict_plan     (guint n_items, const char *split, double baseline_mean, double sd_difference,
                                        guint family, double alpha, double power);

/* While running. A sequence may be looked at after every item and stopped at any look; it is wrong at some look with
 * probability alpha at most. Fields are private. */
typedef struct
{
  gboolean   binary;
  gboolean   broken;
  double     alpha;
  guint64    n, won, lost;
  double     largest;                   /* ln of the largest martingale */
  LeydenInterval share;                 /* running: discordant pairs that the candidate won */
  LeydenInterval discordant;            /* running: pairs that are discordant */
  LeydenBernstein bernstein;
} LeydenPairSequence;

/* @binary: every reward will be 0 or 1 (the beta-binomial sequence on discordant pairs); else rewards in 0…1 (empirical
 * Bernstein of the differences). The choice must not look at the rewards that follow; one that does not fit breaks the
 * sequence, which then claims nothing. In a comparison of k candidates take alpha / k. */
void     leyden_pair_sequence_init (LeydenPairSequence *self, gboolean binary, double alpha);
/* A reward that is not finite counts as 0. */
void     leyden_pair_sequence_add  (LeydenPairSequence *self, double baseline, double candidate);
/* Interval of candidate − baseline; 0 is outside exactly when the anytime p value is below alpha. @p nullable. */
void     leyden_pair_sequence_get  (const LeydenPairSequence *self, LeydenInterval *out, double *p);

typedef struct
{
  gboolean   binary;
  gboolean   fractions;                 /* some reward was neither 0 nor 1 */
  gboolean   broken;
  double     alpha;                     /* of the beta-binomial sequence */
  guint64    n, hits;
  LeydenBernstein bernstein;
} LeydenMeanSequence;

/* The same for the mean reward of one candidate. */
void     leyden_mean_sequence_init (LeydenMeanSequence *self, gboolean binary, double alpha);
/* Where it is not known what the rewards will be: both sequences at half the level, so that either may be shown. It is the narrower one, of
 * zeros and ones, as long as there is nothing else. */
void     leyden_mean_sequence_init_open (LeydenMeanSequence *self, double alpha);
void     leyden_mean_sequence_add  (LeydenMeanSequence *self, double reward);
void     leyden_mean_sequence_get  (const LeydenMeanSequence *self, LeydenInterval *out);
/* Whether all (that are finite) are 0 or 1. */
gboolean leyden_rewards_are_binary (const double *rewards, gsize n);

G_END_DECLS
