/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agl-double.h"
#include "cli-helpers.h"
#include "misbehaving-server.h"

G_BEGIN_DECLS

/* A backend, the model that is trained and another one, for `leydenctl worker`. Data "plain": the double of agl-server instead of our
 * backend. */
#define MODEL "test-model"
#define KEY "key-of-the-backend-0123456789"

typedef struct
{
  Sandbox            sandbox;
  gboolean           plain;
  Server            *server;            /* NULL when plain */
  AglDouble         *agl;               /* NULL when not */
  guint16            port;
  char              *key_file;
  char              *url;
  AglDouble         *model;             /* that is trained */
  MisbehavingServer *other;
  GPtrArray         *workers;           /* GSubprocess */
  char              *out;               /* where the next worker's standard output goes; NULL: nowhere */
} Fixture;

void         worker_start_backend    (Fixture *fixture);
void         worker_kill_backend     (Fixture *fixture);
LeydenValue *worker_ask              (Fixture *fixture, const char *method, const char *path, const char *body, guint expected);
void         worker_expect           (Fixture *fixture, const char *method, const char *path, const char *body, guint expected);
void         worker_set_up           (Fixture *fixture, gconstpointer data);
int          worker_end_process      (GSubprocess *process, int signal_number);
void         worker_tear_down        (Fixture *fixture, gconstpointer data);
/* Its arguments behind --gateway and --key-file, up to NULL. */
GSubprocess *worker_start            (Fixture *fixture, ...) G_GNUC_NULL_TERMINATED;
GSubprocess *worker_start_commander  (Fixture *fixture);
/* The worker is not in the way of worker_tear_down() any more. */
void         worker_forget           (Fixture *fixture, GSubprocess *process);
/* A rollout of the agent: @action is what it does. */
void         worker_create           (Fixture *fixture, const char *rollout, const char *action, const char *agent_class, int timeout_s);
LeydenValue *worker_status_of        (Fixture *fixture, const char *rollout);
void         worker_wait_state       (Fixture *fixture, const char *rollout, const char *state);
void         worker_assert_status    (Fixture *fixture, const char *rollout, const char *key, const char *expected);
/* The types of its events, with commas between. */
char        *worker_types_of         (Fixture *fixture, const char *rollout, const char *query);
/* Waits for it, too. */
char        *worker_read_file        (Fixture *fixture, const char *name);
/* Of a zombie that nobody waits for there is nothing left that runs. */
gboolean     worker_is_dead          (gpointer data);
char        *worker_flow_path        (void);
void         worker_create_questions (Fixture *fixture, guint n);

G_END_DECLS
