/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine-helpers.h"
#include "leyden-dataset.h"
#include "leyden-experiment-private.h"
#include "leyden-models.h"

G_BEGIN_DECLS

/* What the tests of experiments share: the sample over the simulation, and experiments run to their end. Results are (transfer full). */

typedef struct
{
  LeydenStore          *store;
  LeydenModels         *models;
  LeydenEngine         *engine;
  LeydenModelTransport *transport;
  LeydenPlan           *plan;
  GArray               *items;          /* LeydenRunItem */
  LeydenValue          *definition;
} Fixture;

LeydenPlan *test_plan_of (LeydenValue *flow_value);
void test_set_up (Fixture *fixture, gconstpointer data);
void test_tear_down (Fixture *fixture, gconstpointer data);
LeydenExperimentSpec test_make_spec (Fixture *fixture, const char *optimizer);
LeydenExperiment *test_make (Fixture *fixture, const LeydenExperimentSpec *spec);
void test_finish (LeydenExperiment *experiment);
char *test_comparable (LeydenExperiment *experiment);
void test_assert_same (const char *a, const char *b);
char *test_train_once (Fixture *fixture, const char *optimizer, guint concurrency, gboolean fresh);
void test_result_cb (GObject *object, GAsyncResult *result, gpointer data);
GAsyncResult *test_wait_result (GAsyncResult **result);
LeydenExperimentBatch *test_read_experiment (LeydenStore *store, const char *id);
void test_add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer));

G_END_DECLS
