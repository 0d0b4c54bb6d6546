/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "../../src/models/leyden-models-private.h"
#include "leyden-json.h"
#include "misbehaving-server.h"

G_BEGIN_DECLS

#define JSON "Content-Type: application/json\r\n"

/* The models of a program, and a server that misbehaves as "local". */
typedef struct
{
  MisbehavingServer *server;
  LeydenSecrets     *secrets;
  LeydenModels      *models;
} Fixture;

/* One call and what was heard of it. */
typedef struct
{
  LeydenModelCall  call;
  LeydenValue     *body;
  GString         *deltas;
  guint            n_deltas;
  GPtrArray       *waits;
  guint            longest_ms;
  GCancellable    *cancellable;
  gboolean         done;
  LeydenValue     *answer;
  GError          *error;
} Probe;

/* Adds an endpoint at @base_uri; @concurrency 0: the default. */
void models_set_endpoint (Fixture *f, const char *name, const char *base_uri, const char *secret, guint concurrency);
void models_set_up (Fixture *f, gconstpointer data);
void models_tear_down (Fixture *f, gconstpointer data);
/* A call of @endpoint, not yet sent. */
void probe_init (Probe *probe, const char *endpoint, gboolean stream);
void probe_clear (Probe *probe);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)
void probe_start (Fixture *f, Probe *probe);
void probe_wait (Probe *probe);
void probe_run (Fixture *f, Probe *probe);
/* The text at a JSON pointer. */
const char *text_at (LeydenValue *value, const char *pointer);

#define ADD(path, function) g_test_add (path, Fixture, NULL, models_set_up, function, models_tear_down)

G_END_DECLS
