/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* What an `http` node sends, made of its parameters and inputs as functions of values; no I/O here. */

/* {"method", "url", "headers": {name: text}, "secrets": {header: {"secret", "prefix"?}}, "body"?: text, "content_type"?}: what is logged and what the
 * call's key is made of; it holds no secret. @parameters: object with defaults filled in.
 *
 * In the URL each placeholder is percent-encoded, but for one at its very beginning; in a JSON body each is JSON, in a form
 * percent-encoded, elsewhere text.
 *
 * Errors: LEYDEN_ENGINE_ERROR_NODE, LEYDEN_TEMPLATE_ERROR, LEYDEN_HTTP_ERROR_URI. */
LeydenValue *leyden_http_plan_new         (LeydenValue *parameters, LeydenValue *inputs, GError **error);
/* The request, without its secrets and its guard. */
LeydenHttpRequest *leyden_http_plan_make_request (LeydenValue *self);
/* The body of an answer as @how ("auto", "text", "json", "data") wants it. @type: whole Content-Type header, nullable. Errors: LEYDEN_ENGINE_ERROR_NODE. */
LeydenValue *leyden_http_read_answer      (GBytes *body, const char *type, const char *how, GError **error);
/* JSON Schema of a tool's arguments made of a list of fields. */
LeydenValue *leyden_http_schema_of_fields (LeydenValue *fields);

G_END_DECLS
