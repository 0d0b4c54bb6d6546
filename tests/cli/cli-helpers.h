/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* A folder of its own with all XDG folders inside, so that no test meets another or the user. */
typedef struct
{
  char  *root;
  char **environ;
  char  *leydenctl;
  char  *said;          /* nullable: where standard error of servers goes */
} Sandbox;

void   sandbox_set_up    (Sandbox *self);
void   sandbox_tear_down (Sandbox *self);
/* A folder with all that is in it. */
void   sandbox_remove    (const char *path);
/* A path in it. (transfer full) */
char  *sandbox_path      (Sandbox *self, const char *name);
/* Writes a file in it; @length −1: text. Gives its path. */
char  *sandbox_write     (Sandbox *self, const char *name, const char *text, gssize length);
/* A file of data/samples. */
char  *sample_path       (const char *name);

/* What a program did. @status: exit status, or 128 + signal. */
typedef struct
{
  int   status;
  char *out;
  gsize out_length;
  char *err;
} Outcome;
void     outcome_free     (Outcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Outcome, outcome_free)
/* leydenctl with arguments, up to NULL. */
Outcome *sandbox_run      (Sandbox *self, ...) G_GNUC_NULL_TERMINATED;
Outcome *sandbox_run_argv (Sandbox *self, const char * const *argv);
/* The lines of JSON of @out. (transfer full) (element-type LeydenValue) */
GPtrArray *outcome_lines  (Outcome *self);

/* A running `leydenctl serve`. */
typedef struct
{
  Sandbox     *sandbox;
  GSubprocess *process;
  guint16      port;
  gint64       pid;
  char        *key;
} Server;
/* Further arguments up to NULL. */
Server  *sandbox_serve    (Sandbox *self, ...) G_GNUC_NULL_TERMINATED;
/* Sends @signal, waits; the exit status, or 128 + signal. Frees. */
int      server_end       (Server *self, int signal);
/* Waits for an end by itself; as above. */
int      server_wait      (Server *self);
char    *server_uri       (Server *self, const char *path);
/* (transfer full) (nullable): the answer as JSON. */
LeydenValue *server_ask   (Server *self, const char *method, const char *path, LeydenValue *body, guint *status);
/* The same with a body as text. */
LeydenValue *server_ask_text (Server *self, const char *method, const char *path, const char *body, guint *status);
/* Asks with @body (nullable), JSON as text; another status than @expected ends the test with what was said. */
LeydenValue *server_expect (Server *self, guint expected, const char *method, const char *path, const char *body);
/* What stands in an answer at a JSON pointer; NULL: nothing, or no text. (transfer none) */
LeydenValue *value_at      (LeydenValue *value, const char *pointer);
const char  *value_text_at (LeydenValue *value, const char *pointer);
/* Bytes as they are; reads what comes until the other side closes or 5 s are over. (transfer full) */
char    *server_raw       (Server *self, const char *bytes, gssize length);
/* Status of the first answer in such bytes, 0 for none. */
guint    raw_status       (const char *answer);
/* PUT of a file as blob; its digest. */
char    *server_upload    (Server *self, const char *path);
/* A body for POST /leyden/v1/runs over the sample. */
LeydenValue *sample_run   (const char *dataset_sha256, int limit, const char *pace, const char *client_id);
/* Asks until the run has ended; its JSON. */
LeydenValue *server_wait_run (Server *self, const char *run);

/* Turns the main loop until @done or 60 s. */
void     wait_until       (gboolean (*done) (gpointer data), gpointer data);
void     spin_result_cb   (GObject *object, GAsyncResult *result, gpointer data);
void     spin             (GAsyncResult **result);

G_END_DECLS
