/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-trainer-view.h"

#include <math.h>
#include <string.h>

/* verl adds it to the standard deviation. */
#define EPSILON 1e-6
#define PREVIEW 160
/* Of a group that is larger the rest is only counted. */
#define MAX_MEMBERS 256

/* Why a call is not trained, in the order in which it is asked. */
#define WHY_ERROR "error"
#define WHY_NO_TOKEN_IDS "no-token-ids"
#define WHY_BAD_TOKEN_IDS "bad-token-ids"
#define WHY_DUPLICATE "duplicate"

typedef struct
{
  LeydenAglEvent *event;        /* borrowed */
  LeydenValue    *triplet;
  GArray         *prompt;       /* of gint64 */
  GArray         *response;
  int             n_log_probs;  /* −1: none */
  const char     *why;          /* NULL: it is trained */
  int             kept;         /* of a duplicate: the call that stays; else −1 */
  int             sequence;     /* that it is part of; −1: none */
  int             matched;      /* ids that continue the sequence before it, when it does not continue it whole; else −1 */
} Call;

typedef struct
{
  GArray      *events;          /* LeydenAglEvent */
  GArray      *calls;           /* Call */
  guint        n_sequences;
  LeydenValue *reward;          /* data of the last reward; borrowed */
  guint        n_rewards;
} View;

static void
call_clear (gpointer data)
{
  Call *self = data;

  leyden_value_unref (self->triplet);
  g_array_unref (self->prompt);
  g_array_unref (self->response);
}

static void
view_clear (View *self)
{
  g_clear_pointer (&self->calls, g_array_unref);
  g_clear_pointer (&self->events, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (View, view_clear)

static gboolean
is_text (LeydenValue *value,
         const char  *text)
{
  gsize length;
  const char *own = leyden_value_get_string (value, &length);

  return own != NULL && strlen (text) == length && memcmp (own, text, length) == 0;
}

/* ---- Reading the calls ---- */

/* FALSE: something that is no list of integers. */
static gboolean
read_ids (LeydenValue *ids,
          GArray      *out)
{
  if (leyden_value_is_null (ids))
    return TRUE;
  if (leyden_value_get_kind (ids) != LEYDEN_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (ids); i++)
    {
      gint64 id;

      if (!leyden_value_get_int (leyden_value_get_item (ids, i), &id))
        return FALSE;
      g_array_append_val (out, id);
    }
  return TRUE;
}

static gboolean
is_error (LeydenValue *triplet)
{
  double status;

  return is_text (leyden_value_get_member (triplet, "status"), "error")
         || (leyden_value_get_double (leyden_value_get_member (triplet, "http_status"), &status) && status >= 400);
}

static void
read_call (View           *self,
           LeydenAglEvent *event)
{
  Call call = { .event = event, .n_log_probs = -1, .kept = -1, .sequence = -1, .matched = -1 };
  LeydenValue *probs;
  gboolean ok;

  call.triplet = leyden_agl_make_triplet ("model_request", event->data);
  call.prompt = g_array_new (FALSE, FALSE, sizeof (gint64));
  call.response = g_array_new (FALSE, FALSE, sizeof (gint64));
  ok = read_ids (leyden_value_get_member (call.triplet, "prompt_token_ids"), call.prompt);
  ok = read_ids (leyden_value_get_member (call.triplet, "response_token_ids"), call.response) && ok;
  probs = leyden_value_get_member (call.triplet, "response_log_probs");
  if (leyden_value_get_kind (probs) == LEYDEN_VALUE_LIST)
    call.n_log_probs = (int)leyden_value_get_size (probs);
  if (is_error (call.triplet))
    call.why = WHY_ERROR;
  else if (!ok)
    call.why = WHY_BAD_TOKEN_IDS;
  else if (call.response->len == 0)
    call.why = WHY_NO_TOKEN_IDS;
  g_array_append_val (self->calls, call);
}

/* Of calls with the same prompt the last one stays, whatever else it is. */
static void
mark_duplicates (View *self)
{
  g_autoptr(GHashTable) last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = self->calls->len; i-- > 0;)
    {
      Call *call = &g_array_index (self->calls, Call, i);
      g_autofree char *key = leyden_agl_make_dedupe_key (leyden_value_get_member (call->triplet, "prompt_token_ids"));
      gpointer kept;

      if (!g_hash_table_lookup_extended (last, key, NULL, &kept))
        g_hash_table_insert (last, g_steal_pointer (&key), GUINT_TO_POINTER (i));
      else if (call->why == NULL)
        {
          call->why = WHY_DUPLICATE;
          call->kept = (int)GPOINTER_TO_UINT (kept);
        }
    }
}

/* How many ids of @sequence @prompt begins with. */
static guint
count_common (GArray *sequence,
              GArray *prompt)
{
  guint n = MIN (sequence->len, prompt->len);
  guint i = 0;

  while (i < n && g_array_index (sequence, gint64, i) == g_array_index (prompt, gint64, i))
    i++;
  return i;
}

/* A call whose prompt begins with all of the sequence so far, answers included, goes on with it; any other begins the next one. */
static void
merge_sequences (View *self)
{
  g_autoptr(GArray) sequence = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean first = TRUE;

  for (guint i = 0; i < self->calls->len; i++)
    {
      Call *call = &g_array_index (self->calls, Call, i);
      guint common;

      if (call->why != NULL)
        continue;
      common = count_common (sequence, call->prompt);
      if (first || common < sequence->len)
        {
          if (!first)
            call->matched = (int)common;
          self->n_sequences++;
        }
      first = FALSE;
      call->sequence = (int)self->n_sequences - 1;
      g_array_set_size (sequence, 0);
      g_array_append_vals (sequence, call->prompt->data, call->prompt->len);
      g_array_append_vals (sequence, call->response->data, call->response->len);
    }
}

static void
read_log (View               *self,
          const LeydenAglLog *log)
{
  self->events = leyden_agl_read_events (log->records, !g_str_equal (log->row->executor, "agl"));
  self->calls = g_array_new (FALSE, FALSE, sizeof (Call));
  g_array_set_clear_func (self->calls, call_clear);
  for (guint i = 0; i < self->events->len; i++)
    {
      LeydenAglEvent *event = &g_array_index (self->events, LeydenAglEvent, i);

      if (is_text (event->type, "model_request"))
        read_call (self, event);
      else if (is_text (event->type, "reward"))
        {
          self->reward = event->data;
          self->n_rewards++;
        }
    }
  mark_duplicates (self);
  merge_sequences (self);
}

/* ---- Texts ---- */

/* At most @max characters, on one line. */
static void
append_text (GString    *out,
             const char *text,
             glong       max)
{
  glong n = g_utf8_strlen (out->str, (gssize)out->len);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p), n++)
    {
      if (n >= max)
        {
          g_string_append (out, "…");
          return;
        }
      g_string_append_unichar (out, g_utf8_get_char (p));
    }
}

/* Of a message: its text, the texts of its parts, or what tools it asks for. */
static void
append_content (GString     *out,
                LeydenValue *message,
                glong        max)
{
  LeydenValue *content = leyden_value_get_member (message, "content");
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");
  const char *text = leyden_value_get_string (content, NULL);

  if (text != NULL)
    append_text (out, text, max);
  for (guint i = 0; leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (content); i++)
    append_text (out, leyden_value_get_member_string (leyden_value_get_item (content, i), "text", ""), max);
  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (calls, i), "function");

      append_text (out, out->len > 0 ? " → " : "→ ", max);
      append_text (out, leyden_value_get_member_string (function, "name", ""), max);
      append_text (out, "(", max);
      append_text (out, leyden_value_get_member_string (function, "arguments", ""), max);
      append_text (out, ")", max);
    }
}

static LeydenValue *
find_choice (LeydenValue *data)
{
  LeydenValue *choices = leyden_value_get_member (leyden_value_get_member (data, "response"), "choices");

  return leyden_value_get_kind (choices) == LEYDEN_VALUE_LIST ? leyden_value_get_item (choices, 0) : NULL;
}

static char *
make_answer (LeydenValue *data,
             glong        max)
{
  LeydenValue *choice = find_choice (data);
  GString *out = g_string_new (NULL);

  append_content (out, leyden_value_get_member (choice, "message"), max);
  if (out->len == 0)
    append_text (out, leyden_value_get_member_string (choice, "text", ""), max);
  return g_string_free (out, FALSE);
}

/* What was asked last. */
static char *
make_question (LeydenValue *data)
{
  LeydenValue *request = leyden_value_get_member (data, "request");
  LeydenValue *messages = leyden_value_get_member (request, "messages");
  guint n = leyden_value_get_kind (messages) == LEYDEN_VALUE_LIST ? leyden_value_get_size (messages) : 0;
  GString *out = g_string_new (NULL);

  if (n > 0)
    append_content (out, leyden_value_get_item (messages, n - 1), PREVIEW);
  else
    append_text (out, leyden_value_get_member_string (request, "prompt", ""), PREVIEW);
  return g_string_free (out, FALSE);
}

/* What the upstream said was wrong. NULL: nothing. */
static char *
make_problem (LeydenValue *data)
{
  LeydenValue *error = leyden_value_get_member (leyden_value_get_member (data, "response"), "error");
  const char *text = leyden_value_get_member_string (data, "problem", NULL);
  GString *out;

  if (text == NULL)
    text = leyden_value_get_string (error, NULL);
  if (text == NULL)
    text = leyden_value_get_member_string (error, "message", NULL);
  if (text == NULL)
    return NULL;
  out = g_string_new (NULL);
  append_text (out, text, PREVIEW);
  return g_string_free (out, FALSE);
}

/* ---- The calls ---- */

static const char *
describe_log_probs (const Call *call)
{
  if (call->n_log_probs < 0)
    return "missing";
  return (guint)call->n_log_probs == call->response->len ? "ok" : "length-mismatch";
}

static void
set_optional (LeydenValueBuilder *b,
              const char         *key,
              LeydenValue        *value)
{
  if (!leyden_value_is_null (value))
    leyden_value_builder_set (b, key, value);
}

static void
write_counts (LeydenValueBuilder *b,
              const Call         *call)
{
  leyden_value_builder_set_boolean (b, "trained", call->why == NULL);
  leyden_value_builder_set_string (b, "why", call->why);
  if (call->kept >= 0)
    leyden_value_builder_set_int (b, "kept", call->kept);
  leyden_value_builder_set_int (b, "prompt_tokens", call->prompt->len);
  leyden_value_builder_set_int (b, "response_tokens", call->response->len);
  leyden_value_builder_set_string (b, "log_probs", describe_log_probs (call));
  leyden_value_builder_set_int (b, "n_log_probs", MAX (call->n_log_probs, 0));
  if (call->sequence >= 0)
    leyden_value_builder_set_int (b, "sequence_index", call->sequence);
  if (call->matched >= 0)
    leyden_value_builder_set_int (b, "matched", call->matched);
}

static void
write_call (LeydenValueBuilder *b,
            const Call         *call,
            guint               index)
{
  LeydenValue *data = call->event->data;
  g_autofree char *question = make_question (data);
  g_autofree char *answer = make_answer (data, PREVIEW);
  g_autofree char *problem = make_problem (data);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "call", index);
  leyden_value_builder_set_int (b, "sequence", (gint64)call->event->record->sequence);
  leyden_value_builder_set_int (b, "time", call->event->record->time_ns);
  leyden_value_builder_set_string (b, "node", call->event->record->node);
  leyden_value_builder_set (b, "server", leyden_value_get_member (call->triplet, "server"));
  set_optional (b, "http_status", leyden_value_get_member (call->triplet, "http_status"));
  set_optional (b, "status", leyden_value_get_member (call->triplet, "status"));
  set_optional (b, "latency_ms", leyden_value_get_member (data, "latency_ms"));
  set_optional (b, "retry_count", leyden_value_get_member (data, "retry_count"));
  set_optional (b, "finish_reason", leyden_value_get_member (data, "finish_reason"));
  write_counts (b, call);
  leyden_value_builder_set_string (b, "question", question);
  leyden_value_builder_set_string (b, "answer", answer);
  if (problem != NULL)
    leyden_value_builder_set_string (b, "problem", problem);
  leyden_value_builder_end (b);
}

/* @at: the first call that may be of @sequence; those of one stand in order, those of the next all behind them. */
static void
write_sequence (LeydenValueBuilder *b,
                const View         *self,
                int                 sequence,
                guint              *at)
{
  const Call *last = NULL;
  gint64 n_trained = 0;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_key (b, "calls");
  leyden_value_builder_begin_list (b);
  for (; *at < self->calls->len; (*at)++)
    {
      const Call *call = &g_array_index (self->calls, Call, *at);

      if (call->sequence > sequence)
        break;
      if (call->sequence < 0)
        continue;
      leyden_value_builder_add_int (b, *at);
      n_trained += call->response->len;
      last = call;
    }
  leyden_value_builder_end (b);
  leyden_value_builder_set_int (b, "tokens", last != NULL ? (gint64)last->prompt->len + last->response->len : 0);
  leyden_value_builder_set_int (b, "trained_tokens", n_trained);
  leyden_value_builder_end (b);
}

static void
write_calls (LeydenValueBuilder *b,
             const View         *self)
{
  guint n_trained = 0;
  guint at = 0;

  leyden_value_builder_key (b, "calls");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->calls->len; i++)
    {
      const Call *call = &g_array_index (self->calls, Call, i);

      n_trained += call->why == NULL;
      write_call (b, call, i);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_set_int (b, "n_trained", n_trained);
  leyden_value_builder_key (b, "sequences");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->n_sequences; i++)
    write_sequence (b, self, (int)i, &at);
  leyden_value_builder_end (b);
}

/* ---- Reward and advantage ---- */

void
leyden_trainer_advantages (const double *rewards,
                           guint         n,
                           double       *advantages,
                           double       *mean,
                           double       *deviation)
{
  double sum = 0, squares = 0;

  g_return_if_fail (n > 0);

  for (guint i = 0; i < n; i++)
    sum += rewards[i];
  *mean = sum / n;
  for (guint i = 0; i < n; i++)
    squares += (rewards[i] - *mean) * (rewards[i] - *mean);
  *deviation = n > 1 ? sqrt (squares / (n - 1)) : 0;
  for (guint i = 0; i < n; i++)
    advantages[i] = n > 1 ? (rewards[i] - *mean) / (*deviation + EPSILON) : rewards[i];
}

/* Text and booleans are no rewards. */
static gboolean
find_reward (const View *self,
             double     *out)
{
  return leyden_value_get_double (leyden_value_get_member (self->reward, "value"), out);
}

static void
write_reward (LeydenValueBuilder *b,
              const View         *self)
{
  double value = LEYDEN_TRAINER_FILL;
  gboolean given = find_reward (self, &value);

  leyden_value_builder_key (b, "reward");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "value", value);
  leyden_value_builder_set_boolean (b, "given", given);
  leyden_value_builder_set_int (b, "n_events", self->n_rewards);
  set_optional (b, "source", leyden_value_get_member (self->reward, "source"));
  set_optional (b, "reason", leyden_value_get_member (self->reward, "reason"));
  leyden_value_builder_end (b);
}

static gboolean
has_ended (const LeydenRolloutRow *row)
{
  return g_str_equal (row->state, "succeeded") || g_str_equal (row->state, "failed") || g_str_equal (row->state, "cancelled");
}

static void
write_member (LeydenValueBuilder     *b,
              const LeydenRolloutRow *row,
              gboolean                counts,
              double                  advantage)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "rollout", row->rollout);
  leyden_value_builder_set_string (b, "state", row->state);
  leyden_value_builder_set_double (b, "reward", row->reward);
  leyden_value_builder_key (b, "advantage");
  if (counts)
    leyden_value_builder_add_double (b, advantage);
  else
    leyden_value_builder_add (b, NULL);
  leyden_value_builder_end (b);
}

/* Those that ended are compared; while others are under way it may still change. */
static void
write_group (LeydenValueBuilder *b,
             const View         *self,
             const LeydenAglLog *log)
{
  guint size = MAX (log->group->len, 1);
  g_autofree double *values = g_new0 (double, size);
  g_autofree const LeydenRolloutRow **rows = g_new0 (const LeydenRolloutRow *, size);
  g_autofree int *place = g_new0 (int, size);
  double mean = 0, deviation = 0, own = LEYDEN_TRAINER_FILL;
  gboolean ended = has_ended (log->row) || find_reward (self, &own);
  guint n = 0;
  int at = -1;

  for (guint i = 0; i < size; i++)
    {
      const LeydenRolloutRow *row = log->group->len > 0 ? log->group->pdata[i] : log->row;
      gboolean self_row = g_str_equal (row->rollout, log->row->rollout);

      rows[i] = row;
      place[i] = -1;
      if (self_row ? !ended : !has_ended (row))
        continue;
      if (self_row)
        {
          find_reward (self, &own);
          at = (int)n;
        }
      place[i] = (int)n;
      values[n++] = self_row ? own : isfinite (row->reward) ? row->reward : LEYDEN_TRAINER_FILL;
    }
  if (n > 0)
    leyden_trainer_advantages (values, n, values, &mean, &deviation);

  leyden_value_builder_key (b, "group");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "known", log->group->len > 0);
  leyden_value_builder_set_int (b, "size", size);
  leyden_value_builder_set_int (b, "ended", n);
  leyden_value_builder_key (b, "advantage");
  /* Nor its place in a group that is not known. */
  if (at >= 0 && !g_str_equal (log->row->executor, "mirror"))
    leyden_value_builder_add_double (b, values[at]);
  else
    leyden_value_builder_add (b, NULL);
  leyden_value_builder_set_double (b, "mean", n > 0 ? mean : NAN);
  leyden_value_builder_set_double (b, "deviation", n > 0 ? deviation : NAN);
  leyden_value_builder_set_boolean (b, "final", n == size);
  leyden_value_builder_key (b, "members");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < MIN (size, MAX_MEMBERS); i++)
    write_member (b, rows[i], place[i] >= 0, place[i] >= 0 ? values[place[i]] : 0);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_trainer_view_make (const LeydenAglLog *log)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(View) view = { NULL, };

  read_log (&view, log);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", log->row->rollout);
  leyden_value_builder_set_string (&b, "executor", log->row->executor);
  leyden_value_builder_set_string (&b, "run", log->row->run);
  leyden_value_builder_set_boolean (&b, "attached", log->attached);
  leyden_value_builder_set_boolean (&b, "removed", log->removed);
  leyden_value_builder_set_boolean (&b, "is_train", g_strcmp0 (log->row->split, "train") == 0);
  leyden_value_builder_set_string (&b, "item", log->row->item);
  leyden_value_builder_set_string (&b, "state", log->row->state);
  leyden_value_builder_set_string (&b, "error", log->row->error);
  leyden_value_builder_set_boolean (&b, "simulated", log->row->simulated);
  leyden_value_builder_set_string (&b, "attempt", log->attempt);
  leyden_value_builder_set_int (&b, "position", (gint64)log->row->last_position);
  if (log->cut)
    leyden_value_builder_set_boolean (&b, "cut", TRUE);
  write_calls (&b, &view);
  write_reward (&b, &view);
  write_group (&b, &view, log);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- One call with its tokens ---- */

/* Texts of the tokens, NULL when the answer does not say them. */
static LeydenValue *
find_token_texts (const Call *call)
{
  LeydenValue *content = leyden_value_get_member (leyden_value_get_member (find_choice (call->event->data), "logprobs"), "content");

  return leyden_value_get_kind (content) == LEYDEN_VALUE_LIST && leyden_value_get_size (content) == call->response->len ? content : NULL;
}

static void
write_tokens (LeydenValueBuilder *b,
              const Call         *call,
              guint               offset,
              guint               limit)
{
  LeydenValue *texts = find_token_texts (call);
  LeydenValue *probs = leyden_value_get_member (call->triplet, "response_log_probs");
  guint n = offset < call->response->len ? MIN (limit, call->response->len - offset) : 0;
  gboolean match = (guint)MAX (call->n_log_probs, 0) == call->response->len;

  leyden_value_builder_key (b, "tokens");
  leyden_value_builder_begin_list (b);
  for (guint i = offset; i < offset + n; i++)
    {
      LeydenValue *text = leyden_value_get_member (leyden_value_get_item (texts, i), "token");

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_int (b, "id", g_array_index (call->response, gint64, i));
      leyden_value_builder_set (b, "text", leyden_value_get_kind (text) == LEYDEN_VALUE_STRING ? text : NULL);
      leyden_value_builder_set (b, "log_prob", match ? leyden_value_get_item (probs, i) : NULL);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_set_int (b, "offset", offset);
}

static void
write_messages (LeydenValueBuilder *b,
                LeydenValue        *data)
{
  const guint most = 200;
  LeydenValue *request = leyden_value_get_member (data, "request");
  LeydenValue *messages = leyden_value_get_member (request, "messages");
  guint n = leyden_value_get_kind (messages) == LEYDEN_VALUE_LIST ? leyden_value_get_size (messages) : 0;

  leyden_value_builder_key (b, "messages");
  leyden_value_builder_begin_list (b);
  for (guint i = n > most ? n - most : 0; i < n; i++)
    {
      LeydenValue *message = leyden_value_get_item (messages, i);
      g_autoptr(GString) text = g_string_new (NULL);

      append_content (text, message, 4000);
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "role", leyden_value_get_member_string (message, "role", ""));
      leyden_value_builder_set_string (b, "text", text->str);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_trainer_view_make_call (const LeydenAglLog *log,
                               guint               index,
                               guint               offset,
                               guint               limit)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(View) view = { NULL, };
  g_autofree char *answer = NULL;
  const Call *call;

  read_log (&view, log);
  if (index >= view.calls->len)
    return NULL;
  call = &g_array_index (view.calls, Call, index);
  answer = make_answer (call->event->data, 20000);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "call", index);
  write_counts (&b, call);
  write_messages (&b, call->event->data);
  leyden_value_builder_set_string (&b, "answer", answer);
  write_tokens (&b, call, offset, limit);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
