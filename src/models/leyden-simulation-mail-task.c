/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <string.h>

/* Which built-in message a prompt asks to sort, and what is said about it. */

#define FAMILY "mail"

static const char * const label_names[] = { "ham", "spam" };

static GRegex *
get_label_regex (void)
{
  static gsize once;
  static GRegex *regex;

  if (g_once_init_enter (&once))
    {
      regex = g_regex_new ("(?:\\b(?:label|class|answer|output|result)\\b[\"'*]{0,3}\\s{0,3}[:=]|→|->)\\s{0,3}[\"'*]{0,3}(?P<l>ham|spam)\\b",
                           G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
      g_once_init_leave (&once, 1);
    }
  return regex;
}

/* The end of the right label of a message in text[from, to), or 0. */
static gsize
find_label (const char                 *text,
            gsize                       from,
            gsize                       to,
            const LeydenSimulationMail *mail)
{
  g_autoptr(GMatchInfo) match = NULL;
  g_autofree char *label = NULL;
  int start, end;

  g_regex_match_full (get_label_regex (), text, (gssize) to, (int) from, 0, &match, NULL);
  if (!g_match_info_matches (match))
    return 0;
  label = g_match_info_fetch_named (match, "l");
  g_match_info_fetch_pos (match, 0, &start, &end);
  return g_ascii_strcasecmp (label, label_names[mail->is_spam]) == 0 ? (gsize) end : 0;
}

/* A text with the messages in it. */
typedef struct
{
  char   *text;
  gsize   length;
  GArray *places;               /* (element-type LeydenSimulationPlace); NULL: a message of another role */
  int     asked;                /* index of the one that has no label, −1: none */
} Passage;

static LeydenSimulationPlace *
get_place (const Passage *self,
           guint          index)
{
  return &g_array_index (self->places, LeydenSimulationPlace, index);
}

/* Up to the next message, or the end. */
static gsize
find_label_after (const Passage *self,
                  guint          index)
{
  gsize to = index + 1 < self->places->len ? get_place (self, index + 1)->start : self->length;

  return find_label (self->text, get_place (self, index)->end, to, get_place (self, index)->mail);
}

static void
passage_read (Passage     *self,
              LeydenValue *message)
{
  self->text = leyden_simulation_message_text (message);
  self->length = strlen (self->text);
  self->places = leyden_simulation_mails_find (leyden_simulation_mails_get (), self->text, self->length);
  self->asked = (int) self->places->len - 1;
  for (int i = self->asked; i >= 0; i--)
    if (find_label_after (self, (guint) i) == 0)
      {
        self->asked = i;
        break;
      }
}

static void
passage_clear (Passage *self)
{
  g_free (self->text);
  g_clear_pointer (&self->places, g_array_unref);
}

/* Where the subject of a message stands before it, as a template puts it there; its length in *@length. */
static const char *
find_subject (const char                 *from,
              const char                 *to,
              const LeydenSimulationMail *mail,
              gsize                      *length)
{
  *length = strlen (mail->subject);
  return *length > 0 ? g_strrstr_len (from, to - from, mail->subject) : NULL;
}

/* Appends the text without its messages, their subjects and the labels of examples. */
static void
passage_append_rest (const Passage *self,
                     GString       *out)
{
  gsize at = 0;

  for (guint i = 0; i < self->places->len; i++)
    {
      LeydenSimulationPlace *place = get_place (self, i);
      gsize label_end = (int) i != self->asked ? find_label_after (self, i) : 0, length;
      const char *subject = find_subject (self->text + at, self->text + place->start, place->mail, &length);

      if (subject != NULL)
        {
          g_string_append_len (out, self->text + at, subject - (self->text + at));
          g_string_append_c (out, '\n');
          at = (gsize) (subject - self->text) + length;
        }
      g_string_append_len (out, self->text + at, (gssize) (place->start - at));
      g_string_append_c (out, '\n');
      at = MAX (place->end, label_end);
    }
  g_string_append_len (out, self->text + at, (gssize) (self->length - at));
  g_string_append_c (out, '\n');
}

static LeydenValue *
get_message (const LeydenSimulationRequest *request,
             guint                          index)
{
  return leyden_value_get_item (request->messages, index);
}

static gboolean
is_labelled_by (LeydenValue                *reply,
                const LeydenSimulationMail *mail)
{
  g_autofree char *text = leyden_simulation_message_text (reply);
  g_autofree char *folded = leyden_simulation_fold (text, strlen (text));
  const char *right = label_names[mail->is_spam], *wrong = label_names[!mail->is_spam];

  return strstr (folded, right) != NULL && strstr (folded, wrong) == NULL;
}

/* Examples are labelled messages other than the item, in any message up to the one that asks. */
static guint
count_examples (const LeydenSimulationRequest *request,
                Passage                       *passages,
                guint                          asking,
                const LeydenSimulationMail    *item)
{
  guint n = 0;

  for (guint i = 0; i <= asking; i++)
    for (guint j = 0; passages[i].places != NULL && j < passages[i].places->len; j++)
      {
        const LeydenSimulationMail *mail = get_place (&passages[i], j)->mail;
        LeydenValue *next = i < asking ? get_message (request, i + 1) : NULL;

        if (mail != item)
          n += find_label_after (&passages[i], j) != 0 ||
               (next != NULL && g_str_equal (leyden_simulation_role_of (next), "assistant") && is_labelled_by (next, mail));
      }
  return n;
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
      const char *role = leyden_simulation_role_of (get_message (request, i));
      gboolean opening = g_str_equal (role, "user") && first_user && passages[i].places->len == 0;

      if (g_str_equal (role, "system") || opening || i == asking)
        passage_append_rest (&passages[i], text);
      first_user = first_user && !g_str_equal (role, "user");
    }
  leyden_simulation_read_prompt (FAMILY, text->str, text->len, &self->reading);
  self->instructions = g_utf8_casefold (text->str, -1);
}

/* The last message of the user must ask; without a user, the last of the system. */
static int
find_asking (const LeydenSimulationRequest *request,
             Passage                       *passages)
{
  for (int i = (int) leyden_value_get_size (request->messages) - 1; i >= 0; i--)
    if (g_str_equal (leyden_simulation_role_of (get_message (request, (guint) i)), "user"))
      return passages[i].places->len > 0 ? i : -1;
  for (int i = (int) leyden_value_get_size (request->messages) - 1; i >= 0; i--)
    if (passages[i].places != NULL && passages[i].places->len > 0)
      return i;
  return -1;
}

gboolean
leyden_simulation_mail_read (LeydenSimulationTask          *self,
                             const LeydenSimulationRequest *request)
{
  guint n = leyden_value_get_size (request->messages);
  g_autofree Passage *passages = g_new0 (Passage, n);
  int asking;

  if (leyden_simulation_mails_get_n (leyden_simulation_mails_get ()) == 0)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      const char *role = leyden_simulation_role_of (get_message (request, i));

      if (g_str_equal (role, "user") || g_str_equal (role, "system"))
        passage_read (&passages[i], get_message (request, i));
    }
  asking = find_asking (request, passages);
  if (asking >= 0)
    {
      self->family = FAMILY;
      self->mail = get_place (&passages[asking], (guint) passages[asking].asked)->mail;
      self->item = g_strdup (self->mail->id);
      self->shots = count_examples (request, passages, (guint) asking, self->mail);
      read_instructions (self, request, passages, (guint) asking);
    }
  for (guint i = 0; i < n; i++)
    passage_clear (&passages[i]);
  return asking >= 0;
}

/* What is said, with the label in it (or not). */
static char *
word_label (const LeydenSimulationMail *mail,
            const char                 *cause)
{
  const char *right = label_names[mail->is_spam], *wrong = label_names[!mail->is_spam];

  if (cause == NULL)
    return g_strdup (right);
  if (g_str_equal (cause, "labels"))
    return g_strdup (mail->is_spam ? "unwanted advertising" : "an ordinary letter");
  if (g_str_equal (cause, "one"))
    return g_strdup_printf ("%s, or %s", right, wrong);
  if (g_str_equal (cause, "define"))
    return g_strdup_printf ("Everything counts that I find tiresome: %s", wrong);
  if (g_str_equal (cause, "phishing"))
    return g_strdup_printf (mail->is_spam ? "It says that it comes from somebody known: %s" : "Somebody else may have written it: %s", wrong);
  if (g_str_equal (cause, "headers"))
    return g_strdup_printf ("Going by the body alone: %s", wrong);
  return g_strdup (wrong);
}

void
leyden_simulation_mail_word (LeydenSimulationAnswer        *self,
                             const LeydenSimulationRequest *request,
                             const LeydenSimulationTask    *task,
                             const char                    *cause)
{
  g_autofree char *text = word_label (task->mail, cause);
  const char *place;

  if (request->format == LEYDEN_SIMULATION_TEXT)
    self->content = g_strdup (text);
  else
    {
      g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);

      self->content = leyden_simulation_make_json (request, "", value);
    }
  place = g_strrstr (self->content, label_names[task->mail->is_spam]);
  if (place == NULL)
    place = g_strrstr (self->content, "ham");
  self->decisive = place != NULL ? place - self->content : -1;
}
