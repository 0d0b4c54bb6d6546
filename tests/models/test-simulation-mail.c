/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-simulation.h"
#include "../../src/models/leyden-simulation-mail.h"

#define BODY1 "Would you like to earn more money from home?\n\nReply today and we send you the free starter pack at no risk at all."
#define BODY2 "Thanks for the patch. It applies cleanly, but one of the tests still fails here.\nCould you look at the second one again? — It is probably the encoding."
#define BODY3 "Would you like to earn more money from home?\n\nReply today and we send you the second pack, which has everything that the first one lacked."
#define FULL_PROMPT "Answer with ham or spam. Spam is bulk mail. Watch for phishing. Read the subject line too. Reply with one word."

static void
test_find (void)
{
  static const struct { const char *text; const char *ids; } cases[] = {
    { "", "" },
    { "Too short to be found.", "" },
    { BODY1, "x-0001" },
    { "Sort this:\n" BODY2 "\nThanks", "x-0002" },
    { BODY3, "x-0003" },
    /* White space does not count, anything else does. */
    { "> \t" "Would you   like to\nearn more money from home? Reply today and we send you the free starter\u00a0pack at no risk at all.", "x-0001" },
    { "Would you like to earn more money from home?\n\nReply today and we send you the free starter pack at no risk at all!", "" },
    { "would you like to earn more money from home?\n\nReply today and we send you the free starter pack at no risk at all.", "" },
    { BODY1 BODY1 "\n" BODY2 BODY3, "x-0001 x-0001 x-0002 x-0003" },
    { "Would you like to earn more money from home?\n\nReply today and we send " BODY3, "x-0003" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GArray) places = leyden_simulation_mails_find (leyden_simulation_mails_get (), cases[i].text, strlen (cases[i].text));
      g_autoptr(GString) ids = g_string_new (NULL);
      gsize at = 0;

      for (guint j = 0; j < places->len; j++)
        {
          LeydenSimulationPlace *place = &g_array_index (places, LeydenSimulationPlace, j);

          g_string_append_printf (ids, "%s%s", j > 0 ? " " : "", place->mail->id);
          g_assert_cmpuint (place->start, >=, at);
          g_assert_cmpuint (place->end, <=, strlen (cases[i].text));
          g_assert_true (g_utf8_validate (cases[i].text + place->start, (gssize) (place->end - place->start), NULL));
          at = place->end;
        }
      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (ids->str, ==, cases[i].ids);
    }
}

static void
test_broken_rows (void)
{
  static const char * const rows[] = { "{", "[]", "{\"data_id\":\"a\"}", "{\"data_id\":\"a\",\"label\":\"ham\",\"body\":1}" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_null (leyden_simulation_mails_new (rows[i], strlen (rows[i])));
}

typedef struct
{
  const char *role;
  const char *content;
} Message;

static LeydenValue *
complete (const Message *messages,
          guint          n_messages,
          const char    *model,
          gboolean       as_json)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) request = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *answer;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "model", model);
  leyden_value_builder_set_int (&b, "temperature", 0);
  if (as_json)
    {
      leyden_value_builder_key (&b, "response_format");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "type", "json_object");
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_messages; i++)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "role", messages[i].role);
      leyden_value_builder_set_string (&b, "content", messages[i].content);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  request = leyden_value_builder_end_value (&b);
  answer = leyden_simulation_complete (request, 42, 0, &error);
  g_assert_no_error (error);
  return answer;
}

static const char *
text_at (LeydenValue *value,
         const char  *pointer)
{
  return leyden_value_get_string (leyden_value_lookup_pointer (value, pointer), NULL);
}

/* The features are read outside the text and the subject of the message. */
static void
test_reading (void)
{
  static const Message messages[] = {
    { "system", FULL_PROMPT },
    { "user", "Subject: Re: patch for the parser\n\n" BODY2 },
  };
  g_autoptr(LeydenValue) answer = complete (messages, 2, "leyden-sim-large", FALSE);
  g_autoptr(LeydenValue) json = complete (messages, 2, "leyden-sim-large", TRUE);

  g_assert_cmpstr (text_at (answer, "/x_leyden/family"), ==, "mail");
  g_assert_cmpstr (text_at (answer, "/x_leyden/item"), ==, "x-0002");
  g_assert_cmpuint (leyden_value_get_size (leyden_value_lookup_pointer (answer, "/x_leyden/features")), ==, 5);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (answer, "x_leyden"), "junk", -1), ==, 0);
  g_assert_cmpstr (text_at (answer, "/choices/0/message/content"), ==, "ham");
  g_assert_cmpstr (text_at (json, "/choices/0/message/content"), ==, "{\"answer\":\"ham\"}");
}

static void
test_examples (void)
{
  static const struct { Message messages[4]; guint n; gint64 shots; const char *item; } cases[] = {
    { { { "user", BODY1 } }, 1, 0, "x-0001" },
    { { { "user", BODY1 }, { "assistant", "spam" }, { "user", BODY2 } }, 3, 1, "x-0002" },
    { { { "user", BODY1 }, { "assistant", "ham" }, { "user", BODY2 } }, 3, 0, "x-0002" },
    { { { "user", BODY2 }, { "assistant", "ham" }, { "user", BODY2 } }, 3, 0, "x-0002" },
    { { { "system", BODY1 "\nLabel: spam\n\n" BODY2 "\nLabel: ham" }, { "user", BODY3 } }, 2, 2, "x-0003" },
    { { { "user", BODY1 "\n→ spam\n" BODY3 } }, 1, 1, "x-0003" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) answer = complete (cases[i].messages, cases[i].n, "leyden-sim-medium", FALSE);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (text_at (answer, "/x_leyden/item"), ==, cases[i].item);
      g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_member (answer, "x_leyden"), "shots", -1), ==, cases[i].shots);
    }
}

/* What the set does not hold is not answered, nor a question that comes after a message. */
static void
test_not_simulated (void)
{
  static const Message other[] = { { "user", "Is this spam? Buy now, buy cheap, buy a lot, and buy it from us and nobody else today." } };
  static const Message later[] = { { "user", BODY1 }, { "assistant", "spam" }, { "user", "Why?" } };
  g_autoptr(LeydenValue) a = complete (other, 1, "leyden-sim-medium", FALSE);
  g_autoptr(LeydenValue) b = complete (later, 3, "leyden-sim-medium", FALSE);

  g_assert_cmpstr (text_at (a, "/x_leyden/error_kind"), ==, "not_simulated");
  g_assert_cmpstr (text_at (b, "/x_leyden/error_kind"), ==, "not_simulated");
}

/* A right answer is the label and nothing else; a wrong one never is the right label alone. */
static void
test_faithful (void)
{
  static const char * const prompts[] = { "Sort it.", "Ham or spam?", "Ham or spam? Exactly one label.", FULL_PROMPT };
  static const char * const bodies[] = { BODY1, BODY2, BODY3 };
  static const char * const labels[] = { "spam", "ham", "spam" };
  guint n_wrong = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (bodies); j++)
      {
        Message messages[] = { { "system", prompts[i] }, { "user", bodies[j] } };
        g_autoptr(LeydenValue) answer = complete (messages, 2, "leyden-sim-small", FALSE);
        gboolean correct = leyden_value_get_boolean (leyden_value_lookup_pointer (answer, "/x_leyden/correct"));

        g_assert_cmpint (g_str_equal (text_at (answer, "/choices/0/message/content"), labels[j]), ==, correct);
        g_assert_cmpint (text_at (answer, "/x_leyden/cause") == NULL, ==, correct);
        n_wrong += !correct;
      }
  g_assert_cmpuint (n_wrong, >, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulation/mail/find", test_find);
  g_test_add_func ("/simulation/mail/broken-rows", test_broken_rows);
  g_test_add_func ("/simulation/mail/reading", test_reading);
  g_test_add_func ("/simulation/mail/examples", test_examples);
  g_test_add_func ("/simulation/mail/not-simulated", test_not_simulated);
  g_test_add_func ("/simulation/mail/faithful", test_faithful);
  return g_test_run ();
}
