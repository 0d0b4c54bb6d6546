/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <gio/gio.h>
#include <math.h>

/* Finds in the messages what is asked, which examples are given, and what the calculator answered. */

#define NUMBER_PATTERN "[-−+]?\\$?\\d[\\d,]*(?:\\.\\d+)?"

static GRegex *
get_answer_regex (void)
{
  static gsize once;
  static GRegex *regex;

  if (g_once_init_enter (&once))
    {
      regex = g_regex_new ("(?:\\b(?:answer|output|result|solution|a)\\b[\"'*]{0,3}\\s{0,3}[:=]|→|->|####)\\s{0,3}[\"'$*]{0,3}"
                           "(?P<n>" NUMBER_PATTERN ")", G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
      g_once_init_leave (&once, 1);
    }
  return regex;
}

static GRegex *
get_number_regex (void)
{
  static gsize once;
  static GRegex *regex;

  if (g_once_init_enter (&once))
    {
      regex = g_regex_new (NUMBER_PATTERN, G_REGEX_OPTIMIZE, 0, NULL);
      g_once_init_leave (&once, 1);
    }
  return regex;
}

static gboolean
is_near (double a,
         double b)
{
  return fabs (a - b) <= 1e-6 * MAX (1.0, fabs (b));
}

/* The end of an answer to @problem that stands in text[problem->end, end), or 0 when there is no right one. */
static gsize
find_answer_in_text (const char              *text,
                     gsize                    end,
                     const LeydenWordProblem *problem)
{
  g_autoptr(GMatchInfo) match = NULL;

  g_regex_match_full (get_answer_regex (), text, (gssize) end, (int) problem->end, 0, &match, NULL);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *number = g_match_info_fetch_named (match, "n");
      double value;
      int from, to;

      g_match_info_fetch_pos (match, 0, &from, &to);
      if (leyden_word_number_parse (number, &value) && is_near (value, problem->value))
        return (gsize) to;
    }
  return 0;
}

gboolean
leyden_simulation_last_number (const char *text,
                               double     *value)
{
  g_autoptr(GMatchInfo) match = NULL;
  gboolean found = FALSE;

  g_regex_match (get_number_regex (), text, 0, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *number = g_match_info_fetch (match, 0);

      found = leyden_word_number_parse (number, value) || found;
    }
  return found;
}

/* What one message says: its problems, with the examples among them answered. */
typedef struct
{
  char      *text;
  gsize      length;
  GPtrArray *problems;
  gsize     *answer_ends;       /* per problem; 0: not answered */
  int        asked;             /* index of the problem that is asked, −1: none */
} Passage;

static void
passage_read (Passage     *self,
              LeydenValue *message)
{
  self->text = leyden_simulation_message_text (message);
  self->length = strlen (self->text);
  self->problems = leyden_word_problem_find (self->text, self->length);
  self->answer_ends = g_new0 (gsize, self->problems->len + 1);
  self->asked = (int) self->problems->len - 1;

  for (guint i = 0; i < self->problems->len; i++)
    {
      LeydenWordProblem *next = i + 1 < self->problems->len ? g_ptr_array_index (self->problems, i + 1) : NULL;

      self->answer_ends[i] = find_answer_in_text (self->text, next != NULL ? next->start : self->length,
                                                  g_ptr_array_index (self->problems, i));
    }
  for (int i = self->asked; i >= 0; i--)
    if (self->answer_ends[i] == 0)
      {
        self->asked = i;
        break;
      }
}

static void
passage_clear (Passage *self)
{
  g_free (self->text);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_free (self->answer_ends);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Passage, passage_clear)

static char *
dup_problem_text (const Passage *self,
                  guint          index)
{
  LeydenWordProblem *problem = g_ptr_array_index (self->problems, index);

  return leyden_simulation_collapse (self->text + problem->start, problem->end - problem->start);
}

/* Appends the text without its problems and without answered examples. */
static void
passage_append_rest (const Passage *self,
                     GString       *out)
{
  gsize at = 0;

  for (guint i = 0; i < self->problems->len; i++)
    {
      LeydenWordProblem *problem = g_ptr_array_index (self->problems, i);
      gsize end = (int) i != self->asked && self->answer_ends[i] != 0 ? self->answer_ends[i] : problem->end;

      g_string_append_len (out, self->text + at, (gssize) (problem->start - at));
      g_string_append_c (out, '\n');
      at = end;
    }
  g_string_append_len (out, self->text + at, (gssize) (self->length - at));
  g_string_append_c (out, '\n');
}

const char *
leyden_simulation_role_of (LeydenValue *message)
{
  const char *role = leyden_value_get_member_string (message, "role", "");

  return g_str_equal (role, "developer") ? "system" : role;
}

/* Examples are answered problems other than the item, in any message up to the one that asks. */
static void
count_examples (LeydenSimulationTask          *self,
                const LeydenSimulationRequest *request,
                Passage                       *passages,
                guint                          asking,
                const char                    *item_text)
{
  for (guint i = 0; i <= asking; i++)
    {
      Passage *passage = &passages[i];
      LeydenValue *next = i < asking ? leyden_value_get_item (request->messages, i + 1) : NULL;

      for (guint j = 0; passage->problems != NULL && j < passage->problems->len; j++)
        {
          LeydenWordProblem *problem = g_ptr_array_index (passage->problems, j);
          g_autofree char *text = dup_problem_text (passage, j);
          gboolean answered = passage->answer_ends[j] != 0;
          double value;

          if (g_str_equal (text, item_text))
            continue;
          if (!answered && next != NULL && g_str_equal (leyden_simulation_role_of (next), "assistant"))
            {
              g_autofree char *reply = leyden_simulation_message_text (next);

              answered = leyden_simulation_last_number (reply, &value) && is_near (value, problem->value);
            }
          self->shots += answered;
        }
    }
}

/* The calls of the calculator after the message that asks, and what came back. */
static void
read_calculator (LeydenSimulationTask          *self,
                 const LeydenSimulationRequest *request,
                 guint                          asking,
                 gboolean                      *called)
{
  g_autoptr(GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  *called = FALSE;
  for (guint i = asking + 1; i < leyden_value_get_size (request->messages); i++)
    {
      LeydenValue *message = leyden_value_get_item (request->messages, i);
      LeydenValue *calls = leyden_value_get_member (message, "tool_calls");

      for (guint j = 0; j < leyden_value_get_size (calls); j++)
        {
          LeydenValue *call = leyden_value_get_item (calls, j);
          const char *name = leyden_value_get_member_string (leyden_value_get_member (call, "function"), "name", "");
          const char *id = leyden_value_get_member_string (call, "id", NULL);

          *called = TRUE;
          if (id != NULL && g_strcmp0 (name, request->calculator) == 0)
            g_hash_table_add (ids, (gpointer) id);
        }
      if (g_str_equal (leyden_simulation_role_of (message), "tool") &&
          g_hash_table_contains (ids, leyden_value_get_member_string (message, "tool_call_id", "")))
        {
          g_autofree char *text = leyden_simulation_message_text (message);
          g_autofree char *folded = g_utf8_strdown (text, -1);

          self->has_result = strstr (folded, "error") == NULL && leyden_simulation_last_number (text, &self->result);
        }
    }
}

static void
read_instructions (LeydenSimulationTask          *self,
                   const LeydenSimulationRequest *request,
                   Passage                       *passages,
                   guint                          asking)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean first_user = TRUE;

  for (guint i = 0; i <= asking; i++)
    {
      const char *role = leyden_simulation_role_of (leyden_value_get_item (request->messages, i));
      gboolean opening = g_str_equal (role, "user") && first_user && passages[i].problems != NULL && passages[i].problems->len == 0;

      if (g_str_equal (role, "system") || opening || i == asking)
        passage_append_rest (&passages[i], text);
      first_user = first_user && !g_str_equal (role, "user");
    }
  leyden_simulation_read_prompt ("arith", text->str, text->len, &self->reading);
  self->instructions = g_utf8_casefold (text->str, -1);
}

static void
drop_calc (LeydenSimulationReading *reading)
{
  for (guint i = 0; i < reading->features->len; i++)
    if (g_str_equal (g_ptr_array_index (reading->features, i), "calc"))
      {
        g_ptr_array_remove_index (reading->features, i);
        return;
      }
}

/* The last user message with a problem asks it; without one, the last system message with a problem. */
static int
find_asking (const LeydenSimulationRequest *request,
             Passage                       *passages)
{
  static const char * const order[] = { "user", "system" };

  for (gsize k = 0; k < G_N_ELEMENTS (order); k++)
    for (int i = (int) leyden_value_get_size (request->messages) - 1; i >= 0; i--)
      if (passages[i].problems != NULL && passages[i].problems->len > 0 &&
          g_str_equal (leyden_simulation_role_of (leyden_value_get_item (request->messages, (guint) i)), order[k]))
        return i;
  return -1;
}

/* Whether a later user message asks something else: then the problem before it is not the question. */
static gboolean
is_last_user (const LeydenSimulationRequest *request,
              int                            asking)
{
  for (guint i = (guint) asking + 1; i < leyden_value_get_size (request->messages); i++)
    if (g_str_equal (leyden_simulation_role_of (leyden_value_get_item (request->messages, i)), "user"))
      return FALSE;
  return TRUE;
}

static void
read_task (LeydenSimulationTask          *self,
           const LeydenSimulationRequest *request,
           Passage                       *passages)
{
  int asking = find_asking (request, passages);
  g_autofree char *item_text = NULL;
  gboolean called;
  Passage *passage;

  if (asking < 0)
    return;
  passage = &passages[asking];
  if (g_str_equal (leyden_simulation_role_of (leyden_value_get_item (request->messages, (guint) asking)), "user") && !is_last_user (request, asking))
    return;

  item_text = dup_problem_text (passage, (guint) passage->asked);
  self->item = leyden_simulation_item_id (item_text, strlen (item_text));
  count_examples (self, request, passages, (guint) asking, item_text);
  read_instructions (self, request, passages, (guint) asking);
  self->family = "arith";
  self->problem = g_ptr_array_steal_index (passage->problems, (guint) passage->asked);

  read_calculator (self, request, (guint) asking, &called);
  self->wants_call = request->calculator != NULL && !called &&
                     (request->tool_required || leyden_simulation_reading_has (&self->reading, "calc"));
  if (!self->has_result)
    drop_calc (&self->reading);
}

void
leyden_simulation_task_read (LeydenSimulationTask          *self,
                             const LeydenSimulationRequest *request)
{
  guint n = leyden_value_get_size (request->messages);
  g_autofree Passage *passages = g_new0 (Passage, n);

  *self = (LeydenSimulationTask) { 0 };
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *message = leyden_value_get_item (request->messages, i);

      if (g_str_equal (leyden_simulation_role_of (message), "user") || g_str_equal (leyden_simulation_role_of (message), "system"))
        passage_read (&passages[i], message);
    }
  read_task (self, request, passages);
  for (guint i = 0; i < n; i++)
    passage_clear (&passages[i]);
  if (self->family == NULL)
    leyden_simulation_mail_read (self, request);
}

void
leyden_simulation_task_clear (LeydenSimulationTask *self)
{
  g_clear_pointer (&self->problem, leyden_word_problem_free);
  g_clear_pointer (&self->item, g_free);
  g_clear_pointer (&self->instructions, g_free);
  leyden_simulation_reading_clear (&self->reading);
}
