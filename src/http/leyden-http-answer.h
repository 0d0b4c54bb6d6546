/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads one HTTP/1 answer (RFC 9112) from bytes in any pieces.
 *
 *   head ──► body of a known length ──────────────┐
 *    │  ├──► chunk size ◄──► chunk ──► trailer ───┼──► done
 *    │  └──► body until the other side closes ────┘
 *    └◄─ 1xx: the next head
 */
typedef enum
{
  LEYDEN_HTTP_ANSWER_MORE,              /* more bytes are to come */
  LEYDEN_HTTP_ANSWER_DONE,
  LEYDEN_HTTP_ANSWER_BROKEN,            /* no HTTP, or not of a kind that is safe to read */
  LEYDEN_HTTP_ANSWER_TOO_LARGE,         /* its body */
} LeydenHttpAnswerState;

typedef struct _LeydenHttpAnswerReader LeydenHttpAnswerReader;

LeydenHttpAnswerReader *leyden_http_answer_reader_new   (gsize max_body);
void                    leyden_http_answer_reader_free  (LeydenHttpAnswerReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpAnswerReader, leyden_http_answer_reader_free)
/* For the next answer. */
void                    leyden_http_answer_reader_reset (LeydenHttpAnswerReader *self);
void                    leyden_http_answer_reader_set_max (LeydenHttpAnswerReader *self, gsize max_body);
/* @used: how many of the bytes belong to this answer. */
LeydenHttpAnswerState   leyden_http_answer_reader_push  (LeydenHttpAnswerReader *self, const char *bytes, gsize length, gsize *used);
/* The other side closed: DONE when that is where the body ends, else BROKEN. */
LeydenHttpAnswerState   leyden_http_answer_reader_end   (LeydenHttpAnswerReader *self);

/* Of an answer that is done. */
guint                   leyden_http_answer_reader_get_status  (LeydenHttpAnswerReader *self);
/* Name, value, … as they came, without blanks around. (element-type utf8) */
GPtrArray              *leyden_http_answer_reader_get_fields  (LeydenHttpAnswerReader *self);
const char             *leyden_http_answer_reader_get_field   (LeydenHttpAnswerReader *self, const char *name);
/* The body; the reader has none afterwards. (transfer full) */
GBytes                 *leyden_http_answer_reader_take_body   (LeydenHttpAnswerReader *self);
/* Whether the connection may be used again. */
gboolean                leyden_http_answer_reader_keeps_alive (LeydenHttpAnswerReader *self);

G_END_DECLS
