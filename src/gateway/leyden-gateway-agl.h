/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-store-agl.h"

G_BEGIN_DECLS

/* Agent Lightning's v1 API. Its words on the wire are the original's, so they are not translated. */

/* Errors of one request as the original lists them: {"type", "loc", "msg", "input", "ctx"?}, `loc` being where the check stands. */
typedef struct
{
  GString   *items;             /* JSON, with commas between */
  guint      n;
  GPtrArray *loc;               /* JSON of each step */
} LeydenAglErrors;
void     leyden_agl_errors_init       (LeydenAglErrors *self, const char *where);        /* "body", "query" */
void     leyden_agl_errors_clear      (LeydenAglErrors *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenAglErrors, leyden_agl_errors_clear)
void     leyden_agl_errors_push_key   (LeydenAglErrors *self, const char *key, gssize length);
void     leyden_agl_errors_push_index (LeydenAglErrors *self, guint index);
void     leyden_agl_errors_pop        (LeydenAglErrors *self);
/* @input NULL: null. @ctx: JSON, nullable. */
void     leyden_agl_errors_add        (LeydenAglErrors *self, const char *type, const char *msg, LeydenValue *input, const char *ctx);
/* Answers 422 when there are any; TRUE then. */
gboolean leyden_agl_errors_respond    (LeydenAglErrors *self, LeydenHttpExchange *exchange);

/* The lax rules of the original. Each gives NULL (or FALSE) after it added an error. (transfer full) */
LeydenValue *leyden_agl_check_int      (LeydenAglErrors *errors, LeydenValue *value);    /* an integer number of any size */
gboolean     leyden_agl_check_bool     (LeydenAglErrors *errors, LeydenValue *value, gboolean *out);
LeydenValue *leyden_agl_check_string   (LeydenAglErrors *errors, LeydenValue *value);
gboolean     leyden_agl_check_dict     (LeydenAglErrors *errors, LeydenValue *value);    /* a plain map */
gboolean     leyden_agl_check_model    (LeydenAglErrors *errors, LeydenValue *value);    /* a typed object */
const char  *leyden_agl_check_state    (LeydenAglErrors *errors, LeydenValue *value);    /* (transfer none) */
/* Member @key of an object; an error when it is missing. Leaves @key on the place when it is there: pop it. */
LeydenValue *leyden_agl_check_required (LeydenAglErrors *errors, LeydenValue *object, const char *key);

/* The body as the original sees it: NULL in @body when there is none or null; text when its type is not JSON. FALSE: answered. */
gboolean leyden_agl_read_body       (LeydenHttpExchange *exchange, LeydenValue **body);
/* {"detail": …}, the text as it is. */
void     leyden_agl_respond_detail  (LeydenHttpExchange *exchange, guint status, const char *format, ...) G_GNUC_PRINTF (3, 4);
void     leyden_agl_respond_unknown (LeydenHttpExchange *exchange, const char *rollout);
/* Takes @json. */
void     leyden_agl_respond_take    (LeydenHttpExchange *exchange, guint status, GString *json);
/* Of the store: 404 as the original words it, else as everywhere, never 500. */
void     leyden_agl_respond_gerror  (LeydenHttpExchange *exchange, const char *rollout, const GError *error);
/* The id of the path, or NULL after 404: one with a slash is never addressed. */
const char *leyden_agl_get_id       (LeydenHttpExchange *exchange, const char *name);

/* leyden-gateway-agl-create.c: a checked element of POST /api/rollouts, or NULL with errors. */
LeydenAglNew *leyden_agl_check_rollout (LeydenAglErrors *errors, LeydenValue *value, LeydenSecrets *secrets);
/* What rollouts of one group have in common: a digest of their input, never 0. */
guint64       leyden_agl_make_sample   (const char *input, gsize length, gboolean is_train);
/* Names of env_map that would change what the agent's program is, or who it talks to as whom (hostile inputs: A37). */
gboolean leyden_agl_is_forbidden_variable (const char *name, gsize length);
/* leyden-gateway-agl-triplets.c: format of events, in any thread. @data: LeydenAglView */
typedef struct
{
  char     *event_type;         /* nullable: all */
  gboolean  triplets;
} LeydenAglView;
GBytes  *leyden_agl_format_events   (const LeydenAglEvents *events, gpointer data);
/* What a trainer gets of one event. (transfer full) */
LeydenValue *leyden_agl_make_triplet (const char *event_type, LeydenValue *data);
/* One event as it was posted, or as it stands in the log of a rollout of ours. */
typedef struct
{
  LeydenRecord *record;         /* borrowed */
  LeydenValue  *type;
  LeydenValue  *data;
} LeydenAglEvent;
/* (element-type LeydenAglEvent): those of @records, which stay. @ours: of a rollout of our engine. */
GArray  *leyden_agl_read_events     (GPtrArray *records, gboolean ours);
/* A text that is equal where Python's tuples are: 1, 1.0 and true are one. All that is no list is the empty list. */
char    *leyden_agl_make_dedupe_key (LeydenValue *ids);
/* Writes one Event. */
void     leyden_agl_write_event     (GString *out, LeydenValue *type, const char *rollout, const char *attempt, gint64 time_ns, LeydenValue *data);

/* Handlers. */
void leyden_gateway_agl_create   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_list     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_terminal (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_get      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_patch    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_delete   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_post_event (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_events   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_put_models (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_agl_clear_models (LeydenGateway *self, LeydenHttpExchange *exchange);
/* leyden-gateway-openapi.c: @routes as OpenAPI 3.1. (transfer full) */
LeydenValue *leyden_gateway_make_openapi (const LeydenRoute *routes, gsize n_routes);

G_END_DECLS
