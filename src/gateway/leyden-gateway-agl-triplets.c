/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as /api shows them, and the trainer's view of them. What is malformed in an event counts as missing: one bad event spoils no
 * query. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"

#include <math.h>

#include "leyden-json.h"

static gboolean
is_list (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_LIST;
}

static gboolean
is_object (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT;
}

static LeydenValue *
new_list (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* @object[key], an empty list when it is absent. (transfer full) */
static LeydenValue *
ids_of (LeydenValue *object,
        const char  *key)
{
  LeydenValue *value = leyden_value_get_member (object, key);

  return value != NULL ? leyden_value_ref (value) : new_list ();
}

/* Null, nothing, 0, false: what Python takes for no. */
static gboolean
is_empty (LeydenValue *ids)
{
  gsize length = 1;
  double number;

  if (leyden_value_get_kind (ids) == LEYDEN_VALUE_BOOLEAN)
    return !leyden_value_get_boolean (ids);
  if (leyden_value_get_kind (ids) == LEYDEN_VALUE_NUMBER)
    return leyden_value_get_double (ids, &number) && number == 0;
  if (leyden_value_get_kind (ids) == LEYDEN_VALUE_STRING)
    {
      leyden_value_get_string (ids, &length);
      return length == 0;
    }
  return leyden_value_is_null (ids) || ((is_list (ids) || is_object (ids)) && leyden_value_get_size (ids) == 0);
}

/* ---- Log probabilities ---- */

/* Single ones between digits. */
static void
drop_underscores (char *text)
{
  char *out = text;

  for (char *p = text; *p != '\0'; p++)
    if (*p != '_' || p == text || !g_ascii_isdigit (p[-1]) || !g_ascii_isdigit (p[1]))
      *out++ = *p;
  *out = '\0';
}

/* As Python's float(): a number, a boolean, or a text of one. */
static gboolean
to_float (LeydenValue *value,
          double      *out)
{
  g_autofree char *text = NULL;
  char *end;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      *out = leyden_value_get_boolean (value);
      return TRUE;
    case LEYDEN_VALUE_NUMBER:
      return leyden_value_get_double (value, out);
    case LEYDEN_VALUE_STRING:
      text = g_strstrip (g_strdup (leyden_value_get_string (value, NULL)));
      drop_underscores (text);
      if (*text == '\0' || strspn (text, "+-.0123456789eE") != strlen (text))
        return FALSE;
      *out = g_ascii_strtod (text, &end);
      return *end == '\0' && isfinite (*out);
    case LEYDEN_VALUE_NULL:
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
    default:
      return FALSE;
    }
}

static LeydenValue *
log_probs_of (LeydenValue *choice)
{
  LeydenValue *logprobs = leyden_value_get_member (choice, "logprobs");
  LeydenValue *content = leyden_value_get_member (logprobs, "content");
  LeydenValue *values = is_list (content) ? content : leyden_value_get_member (logprobs, "token_logprobs");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!is_list (values))
    return NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    {
      LeydenValue *item = leyden_value_get_item (values, i);
      LeydenValue *value = values == content ? leyden_value_get_member (item, "logprob") : item;
      char buffer[32];
      double number;

      if (!to_float (value, &number))
        return NULL;
      /* Written as Python does anyway. */
      if (leyden_value_get_kind (value) == LEYDEN_VALUE_NUMBER && strchr (leyden_value_get_number_text (value), '.') != NULL)
        leyden_value_builder_add (&b, value);
      else
        leyden_value_builder_take (&b, leyden_value_new_number (leyden_json_format_double_python (buffer, number), -1));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- One call ---- */

typedef struct
{
  LeydenValue *prompt;
  LeydenValue *response;
  LeydenValue *log_probs;       /* nullable */
} Tokens;

static void
tokens_clear (Tokens *self)
{
  g_clear_pointer (&self->prompt, leyden_value_unref);
  g_clear_pointer (&self->response, leyden_value_unref);
  g_clear_pointer (&self->log_probs, leyden_value_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tokens, tokens_clear)

/* The first choice of a response or chunk; NULL when there is none. */
static LeydenValue *
first_choice (LeydenValue *response)
{
  LeydenValue *choices = leyden_value_get_member (response, "choices");
  LeydenValue *choice = is_list (choices) ? leyden_value_get_item (choices, 0) : NULL;

  return is_object (choice) ? choice : NULL;
}

static void
read_answer (LeydenValue *response,
             Tokens      *out)
{
  LeydenValue *choice = first_choice (response);

  out->prompt = ids_of (response, "prompt_token_ids");
  if (choice == NULL)
    {
      out->response = new_list ();
      return;
    }
  if (is_empty (out->prompt))
    {
      leyden_value_unref (out->prompt);
      out->prompt = ids_of (choice, "prompt_token_ids");
    }
  out->response = ids_of (choice, "token_ids");
  out->log_probs = log_probs_of (choice);
}

/* Stored chunks of a stream. */
static void
read_chunks (LeydenValue *chunks,
             Tokens      *out)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (chunks); i++)
    {
      LeydenValue *chunk = leyden_value_get_item (chunks, i);
      LeydenValue *prompt = leyden_value_get_member (chunk, "prompt_token_ids");
      LeydenValue *ids = leyden_value_get_member (first_choice (chunk), "token_ids");

      if (out->prompt == NULL && prompt != NULL && !is_empty (prompt))
        out->prompt = leyden_value_ref (prompt);
      for (guint j = 0; is_list (ids) && j < leyden_value_get_size (ids); j++)
        leyden_value_builder_add (&b, leyden_value_get_item (ids, j));
    }
  leyden_value_builder_end (&b);
  out->response = leyden_value_builder_end_value (&b);
  if (out->prompt == NULL)
    out->prompt = new_list ();
}

static void
copy_member (LeydenValueBuilder *b,
             LeydenValue        *from,
             const char         *key)
{
  LeydenValue *value = leyden_value_get_member (from, key);

  if (value != NULL)
    leyden_value_builder_set (b, key, value);
}

static LeydenValue *
make_call (LeydenValue *data)
{
  LeydenValue *response = leyden_value_get_member (data, "response");
  LeydenValue *server = leyden_value_get_member (data, "server");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(Tokens) tokens = { NULL, };

  if (is_list (response))
    read_chunks (response, &tokens);
  else
    read_answer (is_object (response) ? response : NULL, &tokens);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "prompt_token_ids", tokens.prompt);
  leyden_value_builder_set (&b, "response_token_ids", tokens.response);
  leyden_value_builder_set (&b, "response_log_probs", tokens.log_probs);
  leyden_value_builder_key (&b, "server");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (server, "model"));
  leyden_value_builder_set (&b, "version", leyden_value_get_member (server, "version"));
  leyden_value_builder_end (&b);
  copy_member (&b, data, "http_status");
  copy_member (&b, data, "status");
  copy_member (&b, response, "error");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_reward (LeydenValue *data)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "value", leyden_value_get_member (data, "value"));
  copy_member (&b, data, "source");
  copy_member (&b, data, "reason");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_agl_make_triplet (const char  *event_type,
                         LeydenValue *data)
{
  if (g_strcmp0 (event_type, "reward") == 0)
    return make_reward (data);
  if (g_strcmp0 (event_type, "model_request") == 0)
    return make_call (data);
  return leyden_value_ref (data);
}

/* ---- Dedupe ---- */

char *
leyden_agl_make_dedupe_key (LeydenValue *ids)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; is_list (ids) && i < leyden_value_get_size (ids); i++)
    {
      LeydenValue *id = leyden_value_get_item (ids, i);
      const char *text = leyden_value_get_number_text (id);
      gint64 integer;

      /* JSON has one way to write a whole number, but for -0. */
      if (text != NULL && *text != '-' && strspn (text, "0123456789") == strlen (text))
        g_string_append (key, text);
      else if (leyden_value_get_kind (id) == LEYDEN_VALUE_BOOLEAN)
        g_string_append_c (key, leyden_value_get_boolean (id) ? '1' : '0');
      else if (leyden_value_get_int (id, &integer))
        g_string_append_printf (key, "%" G_GINT64_FORMAT, integer);
      else
        leyden_json_write_to (key, id, LEYDEN_JSON_CANONICAL);
      g_string_append_c (key, ',');
    }
  return g_string_free (key, FALSE);
}

/* ---- Calls of policy nodes, which stand in the log of a flow's rollout ---- */

/* Asked and not answered yet: by node, try and ordinal. */
static char *
make_call_key (LeydenRecord *record)
{
  return g_strdup_printf ("%s\x1f%" G_GINT64_FORMAT "\x1f%" G_GINT64_FORMAT, record->node,
                          leyden_value_get_member_int (record->payload, "try", 1),
                          leyden_value_get_member_int (record->payload, "ordinal", 0));
}

static GHashTable *
new_asked (gboolean ours)
{
  return ours ? g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) : NULL;
}

static void
note_request (LeydenRecord *record,
              GHashTable   *asked)
{
  LeydenValue *request = leyden_value_get_member (record->payload, "request");

  if (leyden_value_get_member_boolean (request, "policy", FALSE))
    g_hash_table_replace (asked, make_call_key (record), request);
}

/* As the wire has it, from an answer of our transports. (transfer full) */
static LeydenValue *
make_completion (LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  copy_member (&b, answer, "model");
  leyden_value_builder_key (&b, "choices");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "index", 0);
  copy_member (&b, answer, "message");
  copy_member (&b, answer, "finish_reason");
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  copy_member (&b, answer, "usage");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Of a policy node's call while no model was trained: its own endpoint answered, without token ids. (transfer full) */
static LeydenValue *
make_direct_event (LeydenValue *request,
                   LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (answer, "model"));
  leyden_value_builder_set (&b, "model_version", NULL);
  leyden_value_builder_set (&b, "request", leyden_value_get_member (request, "body"));
  leyden_value_builder_set_take (&b, "response", make_completion (answer));
  leyden_value_builder_key (&b, "server");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "model", leyden_value_get_member (answer, "model"));
  leyden_value_builder_set (&b, "endpoint", leyden_value_get_member (answer, "endpoint"));
  leyden_value_builder_set (&b, "version", NULL);
  leyden_value_builder_end (&b);
  copy_member (&b, answer, "latency_ms");
  leyden_value_builder_set_int (&b, "http_status", 200);
  leyden_value_builder_set_string (&b, "status", "ok");
  leyden_value_builder_set_int (&b, "retry_count", 0);
  leyden_value_builder_set (&b, "usage", leyden_value_get_member (answer, "usage"));
  leyden_value_builder_set (&b, "finish_reason", leyden_value_get_member (answer, "finish_reason"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Data of the event that a response is, NULL when it is none: of another node, or nobody answered. (transfer full) */
static LeydenValue *
read_response (LeydenRecord *record,
               GHashTable   *asked)
{
  LeydenValue *capture = leyden_value_get_member (record->payload, "capture");
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  g_autofree char *key = NULL;
  LeydenValue *request;

  if (is_object (capture))
    return leyden_value_ref (capture);
  key = make_call_key (record);
  request = g_hash_table_lookup (asked, key);
  return request != NULL && is_object (answer) ? make_direct_event (request, answer) : NULL;
}

/* ---- The list ---- */

typedef struct
{
  LeydenRecord *record;         /* borrowed */
  LeydenValue  *type;
  LeydenValue  *data;
  char         *dedupe;         /* of a call in the trainer's view */
} Shown;

static void
shown_clear (gpointer data)
{
  Shown *self = data;

  g_clear_pointer (&self->type, leyden_value_unref);
  g_clear_pointer (&self->data, leyden_value_unref);
  g_free (self->dedupe);
}

/* FALSE: no event of the API. @asked: requests of policy nodes, NULL for a rollout that is not ours. */
static gboolean
read_record (LeydenRecord *record,
             GHashTable   *asked,
             Shown        *out)
{
  if (g_str_equal (record->type, "agl.event"))
    {
      out->type = leyden_value_ref (leyden_value_get_member (record->payload, "event_type"));
      out->data = leyden_value_ref (leyden_value_get_member (record->payload, "data"));
    }
  else if (asked != NULL && g_str_equal (record->type, "reward"))
    {
      out->type = leyden_value_new_string ("reward", -1);
      out->data = leyden_value_ref (record->payload);
    }
  else if (asked != NULL && g_str_equal (record->type, "model.response") && (out->data = read_response (record, asked)) != NULL)
    out->type = leyden_value_new_string ("model_request", -1);
  else
    {
      if (asked != NULL && g_str_equal (record->type, "model.request"))
        note_request (record, asked);
      return FALSE;
    }
  out->record = record;
  return TRUE;
}

static gboolean
is_type (LeydenValue *type,
         const char  *text)
{
  gsize length;
  const char *own = leyden_value_get_string (type, &length);

  return own != NULL && strlen (text) == length && memcmp (own, text, length) == 0;
}

static GArray *
collect (const LeydenAglEvents *events,
         const LeydenAglView   *view,
         GHashTable            *last)
{
  GArray *shown = g_array_new (FALSE, TRUE, sizeof (Shown));
  g_autoptr(GHashTable) asked = new_asked (!g_str_equal (events->executor, "agl"));

  g_array_set_clear_func (shown, shown_clear);
  for (guint i = 0; i < events->records->len; i++)
    {
      Shown each = { NULL, };
      LeydenValue *data;

      if (!read_record (events->records->pdata[i], asked, &each))
        continue;
      if (view->event_type != NULL && !is_type (each.type, view->event_type))
        {
          shown_clear (&each);
          continue;
        }
      if (view->triplets)
        {
          data = leyden_agl_make_triplet (leyden_value_get_string (each.type, NULL), each.data);
          leyden_value_unref (each.data);
          each.data = data;
        }
      if (view->triplets && is_type (each.type, "model_request"))
        {
          each.dedupe = leyden_agl_make_dedupe_key (leyden_value_get_member (each.data, "prompt_token_ids"));
          g_hash_table_insert (last, g_strdup (each.dedupe), GUINT_TO_POINTER (shown->len));
        }
      g_array_append_val (shown, each);
    }
  return shown;
}

void
leyden_agl_write_event (GString     *out,
                        LeydenValue *type,
                        const char  *rollout,
                        const char  *attempt,
                        gint64       time_ns,
                        LeydenValue *data)
{
  char buffer[32];

  g_string_append (out, "{\"event_type\":");
  leyden_json_write_to (out, type, LEYDEN_JSON_PYTHON);
  g_string_append (out, ",\"rollout_id\":");
  leyden_json_write_string (out, rollout, -1);
  g_string_append (out, ",\"attempt_id\":");
  leyden_json_write_string (out, attempt, -1);
  g_string_append_printf (out, ",\"timestamp\":%s,\"data\":", leyden_json_format_double_python (buffer, (double)(time_ns / 1000) / 1e6));
  leyden_json_write_to (out, data, LEYDEN_JSON_PYTHON);
  g_string_append_c (out, '}');
}

GBytes *
leyden_agl_format_events (const LeydenAglEvents *events,
                          gpointer               data)
{
  const LeydenAglView *view = data;
  g_autoptr(GHashTable) last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GArray) shown = collect (events, view, last);
  GString *out = g_string_new ("[");

  for (guint i = 0; i < shown->len; i++)
    {
      Shown *each = &g_array_index (shown, Shown, i);

      /* Of calls with the same prompt the last stays, at its own place. */
      if (each->dedupe != NULL && GPOINTER_TO_UINT (g_hash_table_lookup (last, each->dedupe)) != i)
        continue;
      if (out->len > 1)
        g_string_append_c (out, ',');
      leyden_agl_write_event (out, each->type, events->rollout, each->record->attempt, each->record->time_ns, each->data);
    }
  g_string_append_c (out, ']');
  return g_string_free_to_bytes (out);
}

static void
event_clear (gpointer data)
{
  LeydenAglEvent *event = data;

  leyden_value_unref (event->type);
  leyden_value_unref (event->data);
}

GArray *
leyden_agl_read_events (GPtrArray *records,
                        gboolean   ours)
{
  GArray *events = g_array_new (FALSE, FALSE, sizeof (LeydenAglEvent));
  g_autoptr(GHashTable) asked = new_asked (ours);

  g_array_set_clear_func (events, event_clear);
  for (guint i = 0; i < records->len; i++)
    {
      Shown each = { NULL, };
      LeydenAglEvent event;

      if (!read_record (records->pdata[i], asked, &each))
        continue;
      event = (LeydenAglEvent) { each.record, each.type, each.data };
      g_array_append_val (events, event);
    }
  return events;
}
