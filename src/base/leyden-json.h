/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenJsonError:
 * @LEYDEN_JSON_ERROR_SYNTAX: not JSON; the message says what, with line, column and byte offset
 * @LEYDEN_JSON_ERROR_ENCODING: not UTF-8 (says when it looks like UTF-16)
 * @LEYDEN_JSON_ERROR_LIMIT: deeper, longer or more members than allowed
 * @LEYDEN_JSON_ERROR_DUPLICATE: a key stands twice in one object; both positions are named
 * @LEYDEN_JSON_ERROR_RANGE: a number that no finite double or (integers in strict policy) int64 holds. Digits that
 *   are exactly how a double of that size is written (12000000000000000000 for 1.2e19) are that double
 * @LEYDEN_JSON_ERROR_EMPTY: nothing but white space
 */
typedef enum
{
  LEYDEN_JSON_ERROR_SYNTAX,
  LEYDEN_JSON_ERROR_ENCODING,
  LEYDEN_JSON_ERROR_LIMIT,
  LEYDEN_JSON_ERROR_DUPLICATE,
  LEYDEN_JSON_ERROR_RANGE,
  LEYDEN_JSON_ERROR_EMPTY,
} LeydenJsonError;
#define LEYDEN_JSON_ERROR (leyden_json_error_quark ())
GQuark leyden_json_error_quark (void);

/**
 * LeydenJsonPolicy:
 * @LEYDEN_JSON_STRICT: files and /leyden/v1. RFC 8259 to the letter; duplicates, trailing text, NaN, lone
 *   surrogates, \u0000, numbers outside double and integers outside int64 refused; one UTF-8 BOM is skipped
 * @LEYDEN_JSON_WIRE: /api and /proxy. NaN, Infinity and 1e400 read as null, the last of duplicate keys counts,
 *   integers of any size kept as text, lone surrogates read as U+FFFD (or refused, see LeydenJsonLimits), \u0000
 *   kept
 */
typedef enum
{
  LEYDEN_JSON_STRICT,
  LEYDEN_JSON_WIRE,
} LeydenJsonPolicy;

/* Depth 200 (at most 1000), 10 000 keys an object, 2^31 bytes, 4 000 000 values; 0 in a field takes the default. */
typedef struct
{
  LeydenJsonPolicy policy;
  guint            max_depth;
  guint            max_keys;
  gsize            max_bytes;
  gsize            max_values;
  gboolean         refuse_surrogates;   /* LIMIT instead of U+FFFD in wire policy: what is stored must be sent again */
  gboolean         refuse_not_finite;   /* an error instead of null in wire policy: what is sent on must be what was sent */
} LeydenJsonLimits;

/* Pull parser and guard in one. Iterative; works on memory that outlives it. */
typedef struct _LeydenJsonReader LeydenJsonReader;
typedef enum
{
  LEYDEN_JSON_TOKEN_END,                /* the whole text was read */
  LEYDEN_JSON_TOKEN_ERROR,
  LEYDEN_JSON_TOKEN_NULL,
  LEYDEN_JSON_TOKEN_TRUE,
  LEYDEN_JSON_TOKEN_FALSE,
  LEYDEN_JSON_TOKEN_NUMBER,
  LEYDEN_JSON_TOKEN_STRING,
  LEYDEN_JSON_TOKEN_KEY,
  LEYDEN_JSON_TOKEN_BEGIN_OBJECT,
  LEYDEN_JSON_TOKEN_END_OBJECT,
  LEYDEN_JSON_TOKEN_BEGIN_LIST,
  LEYDEN_JSON_TOKEN_END_LIST,
} LeydenJsonToken;

LeydenJsonReader *leyden_json_reader_new        (const char             *text,
                                                 gsize                   length,
                                                 const LeydenJsonLimits *limits);  /* NULL: strict */
void              leyden_json_reader_free       (LeydenJsonReader       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenJsonReader, leyden_json_reader_free)
LeydenJsonToken   leyden_json_reader_next       (LeydenJsonReader       *self,
                                                 GError                **error);
/* Decoded text of STRING and KEY, or the text of NUMBER; valid until the next call. */
const char       *leyden_json_reader_get_text   (LeydenJsonReader       *self,
                                                 gsize                  *length);
/* Reads the value that starts with the last token (which may be a BEGIN), or that follows a KEY, to its end. */
LeydenValue      *leyden_json_reader_read_value (LeydenJsonReader       *self,
                                                 GError                **error);
gboolean          leyden_json_reader_skip_value (LeydenJsonReader       *self,
                                                 GError                **error);
gsize             leyden_json_reader_get_offset (LeydenJsonReader       *self);   /* where the last token began */

/* A whole text. @length −1: up to the NUL. (transfer full) (nullable) */
LeydenValue      *leyden_json_parse             (const char             *text,
                                                 gssize                  length,
                                                 const LeydenJsonLimits *limits,
                                                 GError                **error);
LeydenValue      *leyden_json_parse_bytes       (GBytes                 *bytes,
                                                 const LeydenJsonLimits *limits,
                                                 GError                **error);
/* Line and column (from 1, columns in characters) of a byte offset. */
void              leyden_json_get_position      (const char             *text,
                                                 gsize                   length,
                                                 gsize                   offset,
                                                 guint                  *line,
                                                 guint                  *column);
/* Line and column of the value at a JSON pointer of a valid text; FALSE when there is none. */
gboolean          leyden_json_locate            (const char             *text,
                                                 gsize                   length,
                                                 const char             *pointer,
                                                 guint                  *line,
                                                 guint                  *column);

typedef enum
{
  LEYDEN_JSON_COMPACT,          /* as read, without spaces */
  LEYDEN_JSON_CANONICAL,        /* RFC 8785 (keys sorted by UTF-16, shortest numbers), integers of any size kept */
  LEYDEN_JSON_PRETTY,           /* two spaces, one property a line, final newline */
  LEYDEN_JSON_PYTHON,           /* compact, order as read, numbers with a fraction or exponent as Python's repr:
                                 * 1E5 as 100000.0; what /api sends */
} LeydenJsonStyle;

char             *leyden_json_write             (const LeydenValue *value,
                                                 LeydenJsonStyle    style);
/* @value NULL is null. */
void              leyden_json_write_to          (GString           *out,
                                                 const LeydenValue *value,
                                                 LeydenJsonStyle    style);
/* "…" with everything escaped that must be. */
void              leyden_json_write_string      (GString           *out,
                                                 const char        *text,
                                                 gssize             length);
/* Shortest text that reads back as @value (ECMAScript form). @buffer holds at least 32 bytes. */
const char       *leyden_json_format_double     (char              *buffer,
                                                 double             value);
/* As Python's repr: 100000.0, 1e+22, -0.0. @buffer holds at least 32 bytes. */
const char       *leyden_json_format_double_python (char           *buffer,
                                                 double             value);
GBytes           *leyden_json_write_bytes       (const LeydenValue *value,
                                                 LeydenJsonStyle    style);
/* SHA-256 of the canonical compact form, 64 hex digits. */
char             *leyden_json_hash              (const LeydenValue *value);

G_END_DECLS
