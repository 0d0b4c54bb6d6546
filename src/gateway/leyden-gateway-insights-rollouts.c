/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rollouts: pages of lists in any order, and such lists as files. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-rollout-snapshots.h"

#define MAX_PAGE 1000
#define PAGE 200
/* Rows of a file that are read at once; so much may wait for a slow client. */
#define CHUNK 500
#define MAX_WAITING (1024 * 1024)
/* Known snapshots are looked for by their number of 32 digits. */
#define CURSOR_PARTS 3

/* ---- Questions ---- */

/* "SNAPSHOT.OFFSET.ROLLOUT": where the next page begins, and behind which row, should the snapshot be gone by then. */
static char *
make_cursor (LeydenRolloutAnswer *answer)
{
  guint n = leyden_value_get_size (answer->rows), next = answer->offset + n;
  LeydenValue *last = n > 0 ? leyden_value_get_item (answer->rows, n - 1) : NULL;

  if (n == 0 || next >= answer->snapshot->ids->len)
    return NULL;
  return g_strdup_printf ("%s.%u.%s", answer->snapshot->id, next, leyden_value_get_member_string (last, "rollout", ""));
}

static LeydenValue *
make_answer (LeydenRolloutAnswer *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *after = make_cursor (answer);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "snapshot", answer->snapshot->id);
  leyden_value_builder_set_int (&b, "n", answer->snapshot->ids->len);
  leyden_value_builder_set_int (&b, "offset", answer->offset);
  leyden_value_builder_set (&b, "rows", answer->rows);
  leyden_value_builder_set_string (&b, "after", after);
  if (answer->changes != NULL)
    leyden_value_builder_set (&b, "changes", answer->changes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
} Ask;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Ask *ask = data;
  g_autoptr(LeydenGateway) self = ask->self;
  g_autoptr(LeydenHttpExchange) exchange = ask->exchange;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutAnswer) answer = NULL;

  answer = leyden_rollout_snapshots_read_finish (self->rollout_snapshots, LEYDEN_SQLITE_STORE (object), result, &error);
  if (answer == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_gateway_respond_take (exchange, 200, make_answer (answer));
}

/* NULL, and the request is answered: it is none. (transfer full) */
static LeydenRolloutQuestion *
parse_question (LeydenHttpExchange *exchange,
                LeydenValue        *value)
{
  g_autoptr(GError) error = NULL;
  LeydenRolloutQuestion *question = leyden_rollout_question_parse (value, &error);

  if (question == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  return question;
}

/* A number of the body in its range; FALSE: the request is answered. */
static gboolean
read_number (LeydenHttpExchange *exchange,
             LeydenValue        *body,
             const char         *name,
             gint64              maximum,
             gint64              fallback,
             guint              *number)
{
  LeydenValue *value = leyden_value_get_member (body, name);
  gint64 read = fallback;

  if (!leyden_value_is_null (value) && (!leyden_value_get_int (value, &read) || read < 0 || read > maximum))
    {
      leyden_http_exchange_respond_error (exchange, 422, _("“%s” is a number from 0 to %" PRId64), name, maximum);
      return FALSE;
    }
  *number = (guint) read;
  return TRUE;
}

void
leyden_gateway_query_rollouts (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  LeydenRolloutQuestion *question = body != NULL ? parse_question (exchange, body) : NULL;
  const char *known = leyden_value_get_member_string (body, "snapshot", NULL);
  g_auto(GStrv) cursor = g_strsplit (leyden_value_get_member_string (body, "after", ""), ".", CURSOR_PARTS);
  gboolean has_cursor = g_strv_length (cursor) == CURSOR_PARTS;
  guint offset, limit;
  Ask *ask;

  if (question == NULL)
    return;
  if (!read_number (exchange, body, "offset", G_MAXINT32, 0, &offset) || !read_number (exchange, body, "limit", MAX_PAGE, PAGE, &limit))
    {
      leyden_rollout_question_free (question);
      return;
    }
  ask = g_new (Ask, 1);
  *ask = (Ask) { g_object_ref (self), leyden_http_exchange_ref (exchange) };
  if (has_cursor)
    {
      known = cursor[0];
      offset = (guint) MIN (g_ascii_strtoull (cursor[1], NULL, 10), G_MAXINT32);
    }
  leyden_rollout_snapshots_read_async (self->rollout_snapshots, self->store, question, known,
                                       leyden_value_get_member_boolean (body, "count", FALSE), has_cursor ? cursor[2] : NULL, offset, limit, answered_cb, ask);
}

/* ---- Files ---- */

/*
 *  snapshot ──► CHUNK rows ──► written ──► little waits? ──yes──► the next CHUNK … the end
 *                                 └──no──► when the client has taken it
 */
typedef struct
{
  gatomicrefcount     refs;
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;         /* until the answer begins; NULL then */
  LeydenValue        *query;
  char               *snapshot;         /* once it is made */
  LeydenHttpStream   *stream;           /* NULL until then, and when the client left */
  gboolean            csv;
  gboolean            reading;
  guint               offset;
  guint               left;             /* rows that are still wanted */
} Export;

static void export_read (Export *export);

static void
export_unref (Export *export)
{
  if (!g_atomic_ref_count_dec (&export->refs))
    return;
  g_clear_pointer (&export->exchange, leyden_http_exchange_unref);
  g_clear_pointer (&export->stream, leyden_http_stream_unref);
  leyden_value_unref (export->query);
  g_free (export->snapshot);
  g_object_unref (export->self);
  g_free (export);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_unref)

static Export *
export_ref (Export *export)
{
  g_atomic_ref_count_inc (&export->refs);
  return export;
}

static void
export_closed_cb (LeydenHttpStream *stream,
                  gpointer          data)
{
  Export *export = data;

  g_clear_pointer (&export->stream, leyden_http_stream_unref);
  export_unref (export);
}

/* Nobody is called back after this. */
static void
export_close (Export *export)
{
  leyden_http_stream_close (export->stream);
  g_clear_pointer (&export->stream, leyden_http_stream_unref);
  export_unref (export);
}

static void
export_drained_cb (LeydenHttpStream *stream,
                   gpointer          data)
{
  Export *export = data;

  if (!export->reading && export->stream != NULL)
    export_read (export);
}

static void
export_begin (Export *export)
{
  leyden_http_exchange_add_header (export->exchange, "Content-Disposition", export->csv ? "attachment; filename=\"rollouts.csv\""
                                                                                        : "attachment; filename=\"rollouts.jsonl\"");
  export->stream = leyden_http_exchange_respond_stream (export->exchange, 200, export->csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl");
  g_clear_pointer (&export->exchange, leyden_http_exchange_unref);
  leyden_http_stream_set_drained_cb (export->stream, export_drained_cb, export);
  leyden_http_stream_set_closed_cb (export->stream, export_closed_cb, export_ref (export));
}

/* What must not leave is taken out of the file as a whole: of rows that a part of it names nothing more is known. */
static GBytes *
make_chunk (Export      *export,
            LeydenValue *rows,
            gboolean     first)
{
  g_autoptr(GString) text = g_string_new (NULL);
  char *clean;

  if (export->csv && first)
    leyden_rollout_rows_add_csv_head (text);
  if (export->csv)
    leyden_rollout_rows_add_csv (text, rows);
  else
    leyden_rollout_rows_add_jsonl (text, rows);
  clean = leyden_secrets_redact_changed (export->self->secrets, text->str, (gssize) text->len);
  return clean != NULL ? g_bytes_new_take (clean, strlen (clean)) : g_string_free_to_bytes (g_steal_pointer (&text));
}

static void
export_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(Export) export = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutAnswer) answer = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gboolean first = export->snapshot == NULL;
  guint n;

  export->reading = FALSE;
  answer = leyden_rollout_snapshots_read_finish (export->self->rollout_snapshots, LEYDEN_SQLITE_STORE (object), result, &error);
  if (first && answer == NULL)
    {
      leyden_gateway_respond_gerror (export->exchange, error);
      return;
    }
  if (first)
    {
      export->snapshot = g_strdup (answer->snapshot->id);
      export_begin (export);
    }
  if (export->stream == NULL)
    return;
  n = answer != NULL ? leyden_value_get_size (answer->rows) : 0;
  bytes = answer != NULL ? make_chunk (export, answer->rows, first && export->offset == 0) : NULL;
  /* Whoever gets half a file must not take it for the whole: it is cut off, not ended. */
  if (answer == NULL || g_strcmp0 (answer->snapshot->id, export->snapshot) != 0)
    {
      g_warning ("A file of rollouts cannot be written to its end: %s", error != NULL ? error->message : "the list is gone");
      export_close (export);
      return;
    }
  export->offset += n;
  export->left -= MIN (export->left, n);
  if (!leyden_http_stream_write (export->stream, bytes))
    return;
  if (n < CHUNK || export->left == 0)
    export_close (export);
  else if (leyden_http_stream_get_pending (export->stream) < MAX_WAITING)
    export_read (export);
}

static void
export_read (Export *export)
{
  LeydenGateway *self = export->self;
  LeydenRolloutQuestion *question = leyden_rollout_question_parse (export->query, NULL);
  const char *known = export->snapshot != NULL ? export->snapshot : leyden_value_get_member_string (export->query, "snapshot", NULL);

  export->reading = TRUE;
  leyden_rollout_snapshots_read_async (self->rollout_snapshots, self->store, question, known, FALSE, NULL, export->offset, MIN (CHUNK, export->left),
                                       export_read_cb, export_ref (export));
}

static LeydenValue *
read_query (LeydenHttpExchange *exchange)
{
  const char *text = leyden_http_exchange_get_query (exchange, "query");
  g_autoptr(GError) error = NULL;
  LeydenValue *query = leyden_json_parse (text != NULL ? text : "{}", -1, NULL, &error);
  LeydenRolloutQuestion *question;

  if (query == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "query: %s", error->message);
      return NULL;
    }
  question = parse_question (exchange, query);
  if (question == NULL)
    g_clear_pointer (&query, leyden_value_unref);
  g_clear_pointer (&question, leyden_rollout_question_free);
  return query;
}

void
leyden_gateway_export_rollouts (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  static const char * const formats[] = { "csv", "jsonl", NULL };
  const char *format;
  gint64 offset, limit;
  LeydenValue *query;
  g_autoptr(Export) export = NULL;

  if (!leyden_gateway_query_choice (exchange, "format", formats, &format) || !leyden_gateway_query_int (exchange, "offset", 0, G_MAXINT32, 0, &offset)
      || !leyden_gateway_query_int (exchange, "limit", 1, G_MAXINT32, G_MAXINT32, &limit))
    return;
  query = read_query (exchange);
  if (query == NULL)
    return;
  export = g_new0 (Export, 1);
  g_atomic_ref_count_init (&export->refs);
  export->self = g_object_ref (self);
  export->exchange = leyden_http_exchange_ref (exchange);
  export->query = query;
  export->csv = format == NULL || strcmp (format, "csv") == 0;
  export->offset = (guint) offset;
  export->left = (guint) limit;
  export_read (export);
}
