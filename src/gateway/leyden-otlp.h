/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* Spans as programs send them to POST /v1/traces (OTLP over HTTP, opentelemetry-proto 1.11), whichever encoding they came in. */

/* Bytes of a body, before and after it is unpacked. */
#define LEYDEN_OTLP_MAX_BODY       ((gsize)64 * 1024 * 1024)
/* Of one request; more are rejected. */
#define LEYDEN_OTLP_MAX_SPANS      100000
/* Of one span, event, scope, resource or object within them; further ones are left out. */
#define LEYDEN_OTLP_MAX_ATTRIBUTES 1000
#define LEYDEN_OTLP_MAX_EVENTS     1000
/* Lists and objects within an attribute; what lies deeper is null. */
#define LEYDEN_OTLP_MAX_DEPTH      32

/* One span that has ended. */
typedef struct
{
  char         trace_id[33];    /* 32 lower-case hex digits, not all zero */
  char         span_id[17];
  char         parent_id[17];   /* "" for none */
  char        *name;
  int          kind;            /* 0 unknown, 1 internal, 2 server, 3 client, 4 producer, 5 consumer */
  gint64       start_ns;        /* since the epoch, above 0 */
  gint64       end_ns;          /* not before the start */
  gboolean     failed;
  char        *message;         /* of its status, nullable */
  LeydenValue *attributes;      /* object: key → value */
  LeydenValue *events;          /* list of {"name", "time", "attributes"}; NULL: none */
  LeydenValue *links;           /* list of {"trace", "span"}; NULL: none */
  LeydenValue *scope;           /* {"name", "version"}; NULL: none */
  LeydenValue *resource;        /* object: key → value */
} LeydenOtlpSpan;
LeydenOtlpSpan *leyden_otlp_span_new  (void);
void            leyden_otlp_span_free (gpointer self);

/* Those of one request. */
typedef struct
{
  GPtrArray *spans;             /* LeydenOtlpSpan */
  gint64     n_rejected;
  char      *reason;            /* of the first that was rejected; nullable */
} LeydenOtlpBatch;
LeydenOtlpBatch *leyden_otlp_batch_new    (void);
void             leyden_otlp_batch_free   (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenOtlpBatch, leyden_otlp_batch_free)
/* One span is not taken. @reason: one line. */
void             leyden_otlp_batch_reject (LeydenOtlpBatch *self, const char *reason);
/* Takes @span, or rejects it: ids that are none, times that are none, one too many. @ids: as they came, 16, 8 and 8 bytes or else. */
void             leyden_otlp_batch_add    (LeydenOtlpBatch *self, LeydenOtlpSpan *span, guint64 start, guint64 end);

/* Writes 2 × @length hex digits and a NUL; FALSE: @size is another, or all are zero. */
gboolean         leyden_otlp_write_id     (char *out, const guint8 *bytes, gsize size, gsize length);
/* The same for digits as they came, any case. */
gboolean         leyden_otlp_copy_id      (char *out, const char *text, gsize length);

/* {"name", "time", "attributes"} and {"trace", "span"}. (transfer full) */
LeydenValue     *leyden_otlp_make_event   (const char *name, guint64 time, LeydenValue *attributes);
LeydenValue     *leyden_otlp_make_link    (const char *trace_id, const char *span_id);

/**
 * leyden_otlp_parse_json:
 * @body: JSON
 * @error: return location
 *
 * Reads a request in OTLP's JSON encoding: proto3's, but for ids in hex and enumerations as numbers; 64-bit numbers may be texts or numbers,
 * and members that are not known are passed over. In any thread.
 *
 * Errors: %LEYDEN_JSON_ERROR, %G_IO_ERROR_INVALID_DATA where a list or object stands for something else.
 *
 * Returns: (transfer full): what could be read; spans that could not are counted as rejected
 */
LeydenOtlpBatch *leyden_otlp_parse_json     (GBytes *body, GError **error);
/* Whether this build reads the other encoding. */
gboolean         leyden_otlp_has_protobuf   (void);
/* The same of a request in protobuf. Errors: %G_IO_ERROR_INVALID_DATA; %G_IO_ERROR_NOT_SUPPORTED where this build cannot. */
LeydenOtlpBatch *leyden_otlp_parse_protobuf (GBytes *body, GError **error);
/* Answers in protobuf: how many were rejected (0: none) and why, or what was wrong with the request. (transfer full) */
GBytes          *leyden_otlp_pack_response  (gint64 n_rejected, const char *reason);
GBytes          *leyden_otlp_pack_problem   (int code, const char *message);
/* Unpacks a gzip body. Errors: %G_IO_ERROR_INVALID_DATA; %G_IO_ERROR_MESSAGE_TOO_LARGE: above LEYDEN_OTLP_MAX_BODY. (transfer full) */
GBytes          *leyden_otlp_unzip          (GBytes *body, GError **error);

G_END_DECLS
