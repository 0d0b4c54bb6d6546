/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the table of test vectors: test-vectors FILE.tsv. One TAP line a row; exit 0 when all pass. */
#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "leyden-bandit.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-random.h"
#include "leyden-stats-evaluation.h"
#include "leyden-stats-intervals.h"
#include "leyden-stats-sequential.h"
#include "leyden-stats-tests.h"
#include "leyden-stats.h"
#include "leyden-value.h"

typedef struct
{
  double *x;
  gsize   n;
} Numbers;

static void
numbers_clear (Numbers *numbers)
{
  g_free (numbers->x);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Numbers, numbers_clear)

/* JSON has no words for them; here they travel as these texts. */
static const struct
{
  const char *text;
  double      value;
} words[] = {
  { "NaN", NAN }, { "nan", NAN }, { "Infinity", INFINITY }, { "inf", INFINITY }, { "-Infinity", -INFINITY }, { "-inf", -INFINITY },
};

/* TRUE for a number or the word of one. */
static gboolean
get_number (LeydenValue *value,
            double      *out)
{
  const char *text = leyden_value_get_string (value, NULL);

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (text, words[i].text))
      {
        *out = words[i].value;
        return TRUE;
      }
  return leyden_value_get_double (value, out);
}

static double
number_at (LeydenValue *list,
           guint        i)
{
  double value = NAN;

  get_number (leyden_value_get_item (list, i), &value);
  return value;
}

static Numbers
numbers_of (LeydenValue *list)
{
  Numbers numbers = { g_new0 (double, leyden_value_get_size (list) + 1), leyden_value_get_size (list) };

  for (guint i = 0; i < numbers.n; i++)
    numbers.x[i] = number_at (list, i);
  return numbers;
}

static Numbers
numbers (LeydenValue *in,
         const char  *key)
{
  return numbers_of (leyden_value_get_member (in, key));
}

static double
number (LeydenValue *in,
        const char  *key)
{
  double value = NAN;

  get_number (leyden_value_get_member (in, key), &value);
  return value;
}

/* Also beyond 2^63, and as text, as u64 values are written. A negative one wraps, as a seed does. */
static guint64
count (LeydenValue *in,
       const char  *key)
{
  LeydenValue *value = leyden_value_get_member (in, key);
  const char *text = leyden_value_get_string (value, NULL);
  gint64 number_value;

  if (leyden_value_get_int (value, &number_value))
    return (guint64) number_value;
  if (text == NULL)
    text = leyden_value_get_number_text (value);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static LeydenValue *
single (double value)
{
  if (isnan (value))
    return leyden_value_new_null ();
  if (isinf (value))
    return leyden_value_new_string (value > 0 ? "Infinity" : "-Infinity", -1);
  return leyden_value_new_double (value);
}

static LeydenValue *
list_of (const double *x,
         gsize         n)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  for (gsize i = 0; i < n; i++)
    leyden_value_builder_take (&builder, single (x[i]));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

#define LIST(...) list_of ((double[]) { __VA_ARGS__ }, G_N_ELEMENTS (((double[]) { __VA_ARGS__ })))

/* The many that give one number. */
#define SCALAR(name, result) \
  static LeydenValue * \
  name (LeydenValue *in) \
  { \
    return single (result); \
  }

SCALAR (run_ibeta, leyden_stats_ibeta (number (in, "a"), number (in, "b"), number (in, "x")))
SCALAR (run_ibeta_inv, leyden_stats_ibeta_inv (number (in, "a"), number (in, "b"), number (in, "p")))
SCALAR (run_normal_quantile, leyden_stats_normal_quantile (number (in, "p")))
SCALAR (run_t_quantile, leyden_stats_t_quantile (number (in, "p"), number (in, "df")))
SCALAR (run_t_two_sided_p, leyden_stats_t_two_sided_p (number (in, "t"), number (in, "df")))
SCALAR (run_cohen_h, leyden_stats_cohen_h (number (in, "p1"), number (in, "p2")))
SCALAR (run_n_paired_mean, leyden_stats_n_paired_mean (number (in, "delta"), number (in, "sd"), number (in,
        "alpha"), number (in, "power")))
SCALAR (run_n_two_means, leyden_stats_n_two_means (number (in, "delta"), number (in, "sd"), number (in,
        "alpha"), number (in, "power")))
SCALAR (run_n_two_proportions, leyden_stats_n_two_proportions (number (in, "p1"), number (in, "p2"),
        number (in, "alpha"), number (in, "power")))
SCALAR (run_n_mcnemar, leyden_stats_n_mcnemar (number (in, "p10"), number (in, "p01"), number (in, "alpha"),
        number (in, "power")))
SCALAR (run_mde, leyden_stats_detectable (number (in, "p1"), number (in, "n"), number (in, "alpha"),
        number (in, "power")))
SCALAR (run_msprt, leyden_stats_msprt (number (in, "n"), number (in, "mean"), number (in, "var"), number (in,
        "tau2"), number (in, "theta0")))
SCALAR (run_rho2, leyden_stats_rho2_tightest_at (number (in, "n"), number (in, "alpha")))
SCALAR (run_beta_log, leyden_stats_beta_binomial_log (number (in, "s"), number (in, "n"), number (in, "p0"),
        number (in, "a"), number (in, "b")))
SCALAR (run_ucb1, leyden_bandit_ucb1 (number (in, "successes"), number (in, "n"), number (in, "t")))
SCALAR (run_kl_ucb, leyden_bandit_kl_ucb (number (in, "successes"), number (in, "n"), number (in, "t")))
SCALAR (run_binomial, leyden_stats_binomial (count (in, "k"), count (in, "n"), number (in, "p")))
SCALAR (run_fisher, leyden_stats_fisher (count (in, "a"), count (in, "b"), count (in, "c"), count (in, "d")))
SCALAR (run_pass_at_k, leyden_stats_pass_at_k ((guint) count (in, "n"), (guint) count (in, "c"),
        (guint) count (in, "k")))
SCALAR (run_pass_hat_k, leyden_stats_pass_hat_k ((guint) count (in, "n"), (guint) count (in, "c"),
        (guint) count (in, "k")))

static LeydenValue *
run_xoshiro (LeydenValue *in)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRandom random;

  leyden_random_init (&random, count (in, "seed"));
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, leyden_random_u64 (&random));
      leyden_value_builder_add_string (&builder, text);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
run_u01 (LeydenValue *in)
{
  LeydenRandom random;
  double x[3];

  leyden_random_init (&random, count (in, "seed"));
  for (guint i = 0; i < 3; i++)
    x[i] = leyden_random_u01 (&random);
  return list_of (x, 3);
}

static LeydenValue *
run_below (LeydenValue *in)
{
  LeydenRandom random;
  double x[8];

  leyden_random_init (&random, count (in, "seed"));
  for (guint i = 0; i < 8; i++)
    x[i] = (double) leyden_random_below (&random, count (in, "n"));
  return list_of (x, 8);
}

static LeydenValue *
run_fnv (LeydenValue *in)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (in, "utf8"), &length);
  g_autofree char *hash = g_strdup_printf ("%" G_GUINT64_FORMAT, leyden_fnv1a64 (text, length));

  return leyden_value_new_string (hash, -1);
}

static LeydenValue *
run_t_ci (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "x");
  LeydenInterval interval;

  if (!leyden_stats_t_interval (x.x, x.n, number (in, "conf"), &interval))
    interval.low = interval.high = NAN;
  return LIST (interval.estimate, interval.low, interval.high);
}

static LeydenValue *
run_proportion (LeydenValue *in,
                void       (*function) (guint64, guint64, double, LeydenInterval *))
{
  LeydenInterval interval;

  function (count (in, "k"), count (in, "n"), number (in, "conf"), &interval);
  return LIST (interval.low, interval.high);
}

static LeydenValue *
run_wilson (LeydenValue *in)
{
  return run_proportion (in, leyden_stats_wilson);
}

static LeydenValue *
run_wilson_cc (LeydenValue *in)
{
  return run_proportion (in, leyden_stats_wilson_corrected);
}

static LeydenValue *
run_clopper (LeydenValue *in)
{
  return run_proportion (in, leyden_stats_clopper_pearson);
}

static LeydenValue *
run_newcombe (LeydenValue *in)
{
  LeydenInterval interval;

  leyden_stats_newcombe (count (in, "k1"), count (in, "n1"), count (in, "k2"), count (in, "n2"), number (in, "conf"), &interval);
  return LIST (interval.estimate, interval.low, interval.high);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static LeydenValue *
run_quantile (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "x");

  qsort (x.x, x.n, sizeof *x.x, compare_doubles);
  return single (leyden_stats_quantile (x.x, x.n, number (in, "p")));
}

static LeydenValue *
run_bootstrap (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "x");
  LeydenInterval interval;

  leyden_stats_bootstrap (x.x, x.n, (guint) count (in, "B"), count (in, "seed"), number (in, "conf"), &interval);
  return LIST (interval.low, interval.high);
}

static LeydenValue *
run_bca (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "x");
  LeydenInterval interval;
  double z0;
  double a;

  leyden_stats_bootstrap_bca (x.x, x.n, (guint) count (in, "B"), count (in, "seed"), number (in, "conf"), &z0, &a, &interval);
  return LIST (z0, a, interval.low, interval.high);
}

static LeydenValue *
run_welch (LeydenValue *in)
{
  g_auto(Numbers) a = numbers (in, "a");
  g_auto(Numbers) b = numbers (in, "b");
  LeydenTest test = leyden_stats_welch (a.x, a.n, b.x, b.n);

  return LIST (test.statistic, test.df, test.p);
}

static LeydenValue *
run_paired_t (LeydenValue *in)
{
  g_auto(Numbers) a = numbers (in, "a");
  g_auto(Numbers) b = numbers (in, "b");
  LeydenTest test = leyden_stats_paired_t (a.x, b.x, a.n);

  return LIST (test.statistic, test.df, test.p);
}

static LeydenValue *
run_sign_flip (LeydenValue *in)
{
  g_auto(Numbers) d = numbers (in, "d");

  return single (leyden_stats_sign_flip (d.x, d.n));
}

static LeydenValue *
run_mcnemar (LeydenValue *in)
{
  double mid_p;
  double p = leyden_stats_mcnemar (count (in, "b"), count (in, "c"), &mid_p);

  return LIST (p, mid_p);
}

static LeydenValue *
run_two_prop (LeydenValue *in)
{
  LeydenTest test = leyden_stats_two_proportions (count (in, "k1"), count (in, "n1"), count (in, "k2"), count (in, "n2"));

  return LIST (test.statistic, test.p);
}

static LeydenValue *
run_wilcoxon (LeydenValue *in)
{
  g_auto(Numbers) d = numbers (in, "d");
  LeydenTest test = leyden_stats_wilcoxon (d.x, d.n);

  return LIST (test.statistic, test.p);
}

static LeydenValue *
run_mann_whitney (LeydenValue *in)
{
  g_auto(Numbers) a = numbers (in, "a");
  g_auto(Numbers) b = numbers (in, "b");
  LeydenTest test = leyden_stats_mann_whitney (a.x, a.n, b.x, b.n);

  return LIST (test.statistic, test.p);
}

static LeydenValue *
run_family (LeydenValue *in,
            void       (*function) (const double *, gsize, double *))
{
  g_auto(Numbers) p = numbers (in, "p");

  function (p.x, p.n, p.x);
  return list_of (p.x, p.n);
}

static LeydenValue *
run_holm (LeydenValue *in)
{
  return run_family (in, leyden_stats_holm);
}

static LeydenValue *
run_hochberg (LeydenValue *in)
{
  return run_family (in, leyden_stats_benjamini_hochberg);
}

static LeydenValue *
run_yekutieli (LeydenValue *in)
{
  return run_family (in, leyden_stats_benjamini_yekutieli);
}

static LeydenValue *
run_msprt_interval (LeydenValue *in)
{
  LeydenInterval interval;

  leyden_stats_msprt_interval (number (in, "n"), number (in, "mean"), number (in, "var"), number (in, "tau2"), number (in, "alpha"), &interval);
  return LIST (interval.low, interval.high);
}

static LeydenValue *
run_asymptotic (LeydenValue *in)
{
  LeydenInterval interval;

  leyden_stats_asymptotic_cs (number (in, "n"), number (in, "mean"), number (in, "sd"), number (in, "rho2"), number (in, "alpha"), &interval);
  return LIST (interval.low, interval.high);
}

static LeydenValue *
run_beta_cs (LeydenValue *in)
{
  LeydenInterval interval;

  leyden_stats_beta_binomial_cs (count (in, "s"), count (in, "n"), number (in, "alpha"), number (in, "a"), number (in, "b"), &interval);
  return LIST (interval.low, interval.high);
}

static LeydenValue *
run_bernstein (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "x");
  LeydenInterval interval;
  LeydenInterval running;

  leyden_stats_empirical_bernstein (x.x, x.n, number (in, "alpha"), number (in, "c"), &interval, &running);
  return LIST (interval.estimate, interval.low, interval.high, running.low, running.high);
}

static LeydenValue *
run_sprt (LeydenValue *in)
{
  double lower;
  double upper;
  double llr = leyden_stats_sprt (count (in, "k"), count (in, "n"), number (in, "p0"), number (in, "p1"), number (in, "alpha"), number (in, "beta"), &lower, &upper);

  return LIST (llr, lower, upper);
}

static LeydenValue *
run_hedges (LeydenValue *in)
{
  g_auto(Numbers) a = numbers (in, "a");
  g_auto(Numbers) b = numbers (in, "b");
  double g;
  double d = leyden_stats_cohen_d (a.x, a.n, b.x, b.n, &g);

  return LIST (d, g);
}

/* A square table, row by row. */
static Numbers
table (LeydenValue *rows)
{
  guint n = leyden_value_get_size (rows);
  Numbers all = { g_new0 (double, (gsize) n * n + 1), n };

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      all.x[i * n + j] = number_at (leyden_value_get_item (rows, i), j);
  return all;
}

static LeydenValue *
run_kappa (LeydenValue *in)
{
  g_auto(Numbers) m = table (leyden_value_get_member (in, "m"));
  double po;
  double pe;
  double kappa = leyden_stats_cohen_kappa (m.x, (guint) m.n, &po, &pe);

  return LIST (po, pe, kappa);
}

static LeydenValue *
run_brier (LeydenValue *in)
{
  g_auto(Numbers) p = numbers (in, "p");
  g_auto(Numbers) y = numbers (in, "y");

  return LIST (leyden_stats_brier (p.x, y.x, p.n), leyden_stats_ece10 (p.x, y.x, p.n));
}

static LeydenValue *
run_off_policy (LeydenValue *in)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *list = leyden_value_get_member (in, "rows_r_logged_target_q_v");
  guint n = leyden_value_get_size (list);
  g_autofree LeydenOffPolicyRow *rows = g_new (LeydenOffPolicyRow, n);
  LeydenOffPolicy out;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *row = leyden_value_get_item (list, i);

      rows[i] = (LeydenOffPolicyRow) { number_at (row, 0), number_at (row, 1), number_at (row, 2), number_at (row, 3), number_at (row, 4) };
    }
  leyden_stats_off_policy (rows, n, number (in, "clip"), &out);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_double (&builder, "ips", out.ips);
  leyden_value_builder_set_double (&builder, "ips_se", out.ips_se);
  leyden_value_builder_set_double (&builder, "snips", out.snips);
  leyden_value_builder_set_double (&builder, "snips_se", out.snips_se);
  leyden_value_builder_set_double (&builder, "clipped", out.clipped);
  leyden_value_builder_set_double (&builder, "dm", out.dm);
  leyden_value_builder_set_double (&builder, "dr", out.dr);
  leyden_value_builder_set_double (&builder, "dr_se", out.dr_se);
  leyden_value_builder_set_double (&builder, "ess", out.ess);
  leyden_value_builder_set_double (&builder, "w_mean", out.w_mean);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
run_elo (LeydenValue *in)
{
  double ra = number (in, "ra");
  double rb = number (in, "rb");
  double expected = leyden_stats_elo_update (&ra, &rb, number (in, "score_a"), number (in, "k"));

  return LIST (expected, ra, rb);
}

static LeydenValue *
run_bradley_terry (LeydenValue *in)
{
  g_auto(Numbers) wins = table (leyden_value_get_member (in, "wins"));
  g_autofree double *ratings = g_new (double, wins.n);

  leyden_stats_bradley_terry (wins.x, (guint) wins.n, ratings, NULL);
  return list_of (ratings, wins.n);
}

static LeydenValue *
run_thompson (LeydenValue *in)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *list = leyden_value_get_member (in, "arms_success_n");
  guint n = leyden_value_get_size (list);
  g_autofree LeydenArm *arms = g_new (LeydenArm, n);
  g_autofree double *theta = g_new (double, n);
  LeydenRandom random;
  guint pick;

  for (guint i = 0; i < n; i++)
    arms[i] = (LeydenArm) { number_at (leyden_value_get_item (list, i), 0), number_at (leyden_value_get_item (list, i), 1) };
  leyden_random_init (&random, count (in, "seed"));
  pick = leyden_bandit_thompson (arms, NULL, n, number (in, "a"), number (in, "b"), &random, theta);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_take (&builder, "theta", list_of (theta, n));
  leyden_value_builder_set_int (&builder, "pick", pick);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
rounds_value (GArray *rounds)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < rounds->len; i++)
    {
      const LeydenHalvingRound *round = &g_array_index (rounds, LeydenHalvingRound, i);

      leyden_value_builder_take (&builder, LIST (round->n_arms, round->n_items));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
run_halving (LeydenValue *in)
{
  g_autoptr(GArray) rounds = leyden_bandit_halving_schedule ((guint) count (in, "K"), (guint) count (in, "T"));

  return rounds_value (rounds);
}

static LeydenValue *
run_hyperband (LeydenValue *in)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) brackets = leyden_bandit_hyperband ((guint) count (in, "R"), (guint) count (in, "eta"));

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < brackets->len; i++)
    leyden_value_builder_take (&builder, rounds_value (g_ptr_array_index (brackets, i)));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
run_advantage (LeydenValue *in)
{
  g_auto(Numbers) r = numbers (in, "r");

  leyden_policy_advantages (r.x, r.n, leyden_value_get_member_boolean (in, "norm", TRUE), number (in, "eps"), r.x);
  return list_of (r.x, r.n);
}

static LeydenValue *
run_softmax (LeydenValue *in)
{
  g_auto(Numbers) x = numbers (in, "logits");

  leyden_policy_softmax (x.x, x.n, x.x);
  return list_of (x.x, x.n);
}

static LeydenValue *
run_router (LeydenValue *in)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(Numbers) logits = numbers (in, "logits");
  g_auto(Numbers) reference = numbers (in, "ref");
  g_auto(Numbers) advantages = numbers (in, "adv");
  g_auto(Numbers) chosen = numbers (in, "choices");
  g_autofree guint *choices = g_new (guint, chosen.n);
  g_autofree double *gradient = g_new (double, logits.n);
  LeydenPolicyStep step = { number (in, "lr"), number (in, "kl"), number (in, "ent") };

  for (guint i = 0; i < chosen.n; i++)
    choices[i] = (guint) chosen.x[i];
  leyden_policy_step (logits.x, reference.x, logits.n, choices, advantages.x, advantages.n, &step, gradient);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_take (&builder, "grad", list_of (gradient, logits.n));
  leyden_value_builder_set_take (&builder, "logits", list_of (logits.x, logits.n));
  leyden_policy_softmax (logits.x, logits.n, gradient);
  leyden_value_builder_set_take (&builder, "probs", list_of (gradient, logits.n));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static const struct
{
  const char   *name;
  LeydenValue *(*run) (LeydenValue *in);
} functions[] = {
  { "ibeta", run_ibeta }, { "ibeta_inv", run_ibeta_inv }, { "normal_quantile", run_normal_quantile },
  { "t_quantile", run_t_quantile }, { "t_two_sided_p", run_t_two_sided_p }, { "xoshiro_u64_first3", run_xoshiro },
  { "u01_first3", run_u01 }, { "below_first8", run_below }, { "fnv1a64", run_fnv }, { "t_ci", run_t_ci },
  { "wilson", run_wilson }, { "wilson_cc", run_wilson_cc }, { "clopper_pearson", run_clopper },
  { "newcombe_diff", run_newcombe }, { "quantile7", run_quantile }, { "bootstrap_percentile", run_bootstrap },
  { "bootstrap_bca", run_bca }, { "welch_t", run_welch }, { "paired_t", run_paired_t }, { "sign_flip_exact", run_sign_flip },
  { "mcnemar", run_mcnemar }, { "binom_two_sided", run_binomial }, { "two_prop_z", run_two_prop },
  { "fisher_two_sided", run_fisher }, { "wilcoxon_exact", run_wilcoxon }, { "mann_whitney_cc", run_mann_whitney },
  { "holm", run_holm }, { "benjamini_hochberg", run_hochberg }, { "benjamini_yekutieli", run_yekutieli },
  { "n_two_proportions", run_n_two_proportions }, { "n_two_means", run_n_two_means }, { "n_paired_mean", run_n_paired_mean },
  { "n_mcnemar_pairs", run_n_mcnemar }, { "mde_two_proportions", run_mde }, { "msprt_likelihood_ratio", run_msprt },
  { "msprt_interval", run_msprt_interval }, { "asymptotic_cs", run_asymptotic }, { "rho2_tightest_at", run_rho2 },
  { "beta_binomial_log_martingale", run_beta_log }, { "beta_binomial_cs", run_beta_cs },
  { "empirical_bernstein_cs", run_bernstein }, { "sprt_bernoulli", run_sprt }, { "hedges_g", run_hedges },
  { "cohen_h", run_cohen_h }, { "cohen_kappa", run_kappa }, { "brier_ece10", run_brier }, { "estimates", run_off_policy },
  { "pass_at_k", run_pass_at_k }, { "pass_hat_k", run_pass_hat_k }, { "elo_update", run_elo },
  { "bradley_terry", run_bradley_terry }, { "ucb1", run_ucb1 }, { "kl_ucb", run_kl_ucb },
  { "thompson_beta_inverse_cdf", run_thompson }, { "sequential_halving_schedule", run_halving },
  { "hyperband_brackets", run_hyperband }, { "group_advantage", run_advantage }, { "softmax", run_softmax },
  { "router_step", run_router },
};

/* null or a word: what cannot stand as a number. */
static gboolean
is_no_number (LeydenValue *value)
{
  double number_value;

  return leyden_value_is_null (value) || (leyden_value_get_string (value, NULL) != NULL && get_number (value, &number_value));
}

/* @tolerance is relative to the larger of 1 and the value; 0 is exact. */
static gboolean
close_enough (LeydenValue *found,
              LeydenValue *expected,
              double       tolerance)
{
  double x = NAN;
  double y = NAN;

  if (get_number (found, &x) && get_number (expected, &y) && isfinite (x) && isfinite (y))
    return fabs (x - y) <= tolerance * MAX (1, fabs (y));
  if (!isfinite (x) && !isfinite (y) && is_no_number (found) && is_no_number (expected))
    return leyden_value_is_null (expected) || (isnan (x) ? isnan (y) : x == y);
  if (leyden_value_get_kind (found) != leyden_value_get_kind (expected)
      || leyden_value_get_size (found) != leyden_value_get_size (expected))
    return FALSE;
  if (leyden_value_get_size (found) == 0)
    return leyden_value_equal (found, expected);
  for (guint i = 0; i < leyden_value_get_size (expected); i++)
    {
      const char *key = leyden_value_get_key (expected, i);
      LeydenValue *item = key != NULL ? leyden_value_get_member (found, key) : leyden_value_get_item (found, i);

      if (!close_enough (item, leyden_value_get_item (expected, i), tolerance))
        return FALSE;
    }
  return TRUE;
}

/* The words NaN, Infinity and -Infinity, which some writers put where JSON has nothing, become texts. */
static LeydenValue *
parse_cell (const char *cell)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(GRegex) regex = g_regex_new ("(\"(?:[^\"\\\\]|\\\\.)*\")|(NaN|-?Infinity)", 0, 0, NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GMatchInfo) match = NULL;
  int at = 0;

  for (g_regex_match (regex, cell, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *word = g_match_info_fetch (match, 2);
      int start;
      int end;

      g_match_info_fetch_pos (match, 0, &start, &end);
      g_string_append_len (text, cell + at, start - at);
      if (word != NULL && *word != '\0')
        g_string_append_printf (text, "\"%s\"", word);
      else
        g_string_append_len (text, cell + start, end - start);
      at = end;
    }
  g_string_append (text, cell + at);
  return leyden_json_parse (text->str, (gssize) text->len, &limits, NULL);
}

/* id, family, function, input, expected, tolerance */
static gboolean
run_row (char  **cells,
         guint   number_of_row)
{
  g_autoptr(LeydenValue) in = parse_cell (cells[3]);
  g_autoptr(LeydenValue) expected = parse_cell (cells[4]);
  g_autoptr(LeydenValue) found = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (functions) && in != NULL && expected != NULL; i++)
    if (g_str_equal (functions[i].name, cells[2]))
      {
        found = functions[i].run (in);
        break;
      }
  if (found != NULL && close_enough (found, expected, g_ascii_strtod (cells[5], NULL)))
    {
      g_print ("ok %u %s %s\n", number_of_row, cells[0], cells[2]);
      return TRUE;
    }
  text = found != NULL                  ? leyden_json_write (found, LEYDEN_JSON_COMPACT)
         : in == NULL || expected == NULL ? g_strdup ("no JSON in the row")
                                          : g_strdup ("no such function");
  g_print ("not ok %u %s %s\n# found %s\n# expected %s\n", number_of_row, cells[0], cells[2], text, cells[4]);
  return FALSE;
}

static char *
strip_line_end (char *line)
{
  gsize length = strlen (line);

  if (length > 0 && line[length - 1] == '\r')
    line[length - 1] = '\0';
  return line;
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *contents = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) lines = NULL;
  guint n_rows = 0;
  gboolean good = TRUE;

  if (argc != 2)
    {
      g_printerr ("Usage: test-vectors FILE.tsv\n");
      return 2;
    }
  if (!g_file_get_contents (argv[1], &contents, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 3;
    }
  lines = g_strsplit (g_str_has_prefix (contents, "\xEF\xBB\xBF") ? contents + 3 : contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) cells = g_strsplit (strip_line_end (lines[i]), "\t", -1);

      if (*lines[i] == '\0' || *lines[i] == '#' || g_str_has_prefix (lines[i], "id\t"))
        continue;
      n_rows++;
      if (g_strv_length (cells) == 6)
        {
          good = run_row (cells, n_rows) && good;
          continue;
        }
      g_print ("not ok %u line %u has not six cells\n", n_rows, i + 1);
      good = FALSE;
    }
  g_print ("1..%u\n", n_rows);
  return good && n_rows > 0 ? 0 : 1;
}
