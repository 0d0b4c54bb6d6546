/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-simulation.h"

G_BEGIN_DECLS

#define LEYDEN_SIMULATION_FINGERPRINT "leyden-sim/1"
#define LEYDEN_SIMULATION_N_FEATURES 5

/* One row of the quality table. */
typedef struct
{
  const char *name;
  double      base;
  double      shots;
  struct
  {
    const char *name;
    double      weight;
  } features[LEYDEN_SIMULATION_N_FEATURES];
} LeydenSimulationFamily;

const LeydenSimulationFamily *leyden_simulation_find_family (const char *name);
double                        leyden_simulation_weight      (const LeydenSimulationFamily *family,
                                                             const char                   *feature);
/* u(labels): labels end with NULL. In [1e-12, 1 − 1e-12]. */
double                        leyden_simulation_uniform     (guint64                       seed,
                                                             ...) G_GNUC_NULL_TERMINATED;
/* 16 hex digits over features and junk. */
char                         *leyden_simulation_signature   (const char * const           *features,
                                                             guint                         junk);
/* Probability that an item succeeds at temperature 0. */
double                        leyden_simulation_logistic    (double                        eta);

/* What a model of the simulation is for. */
typedef enum
{
  LEYDEN_SIMULATION_ANSWERS,    /* the problems of the samples */
  LEYDEN_SIMULATION_CRITIC,     /* requests of the optimisers */
  LEYDEN_SIMULATION_JUDGE,      /* requests of a grading evaluator */
} LeydenSimulationPurpose;

/* A model of the simulation. */
typedef struct
{
  const char *id;
  LeydenSimulationPurpose purpose;
  double      ability;
  double      base_ms;
  double      prefill_per_s;
  double      decode_per_s;
  double      input_price;      /* sim credits for a million tokens */
  double      output_price;
} LeydenSimulationModel;

const LeydenSimulationModel  *leyden_simulation_find_model  (const char                   *id);

/* data/simulation/phrases.json. (transfer none) */
LeydenValue                  *leyden_simulation_get_phrases (void);
/* Whether one of the phrases of a feature stands in @folded (leyden_simulation_fold()). */
gboolean                      leyden_simulation_mentions    (const char                   *family,
                                                             const char                   *feature,
                                                             const char                   *folded);
/* Collapsed and case-folded. */
char                         *leyden_simulation_fold        (const char                   *text,
                                                             gsize                         length);

/* What the simulation reads in the text of a prompt. Features are sorted. */
typedef struct
{
  GPtrArray *features;          /* static names, without the terminating NULL */
  guint      junk;
} LeydenSimulationReading;

void                          leyden_simulation_read_prompt (const char                   *family,
                                                             const char                   *text,
                                                             gsize                         length,
                                                             LeydenSimulationReading      *out);
void                          leyden_simulation_reading_clear (LeydenSimulationReading    *self);
gboolean                      leyden_simulation_reading_has (const LeydenSimulationReading *self,
                                                             const char                   *feature);
/* "a-0001" for the text of a built-in problem, else 16 hex digits of its collapsed text. */
char                         *leyden_simulation_item_id     (const char                   *problem,
                                                             gsize                         length);
/* Runs of white space as one space, none at the ends. */
char                         *leyden_simulation_collapse    (const char                   *text,
                                                             gsize                         length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenSimulationReading, leyden_simulation_reading_clear)

G_END_DECLS
