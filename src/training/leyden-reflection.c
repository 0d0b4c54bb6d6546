/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-reflection.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-experiment.h"
#include "leyden-json.h"
#include "leyden-reflection-private.h"
#include "leyden-sections.h"

/* The models that reflect are asked for variety. */
#define TEMPERATURE 1.0
/* A small budget scores on a part of the validation items, so that it has this many candidates. */
#define LEAST_CANDIDATES 7
#define LEAST_ITEMS 8

struct _LeydenReflection
{
  LeydenTrainer    *trainer;
  LeydenCandidate  *candidate;
  const LeydenSlot *slot;
  LeydenSections    cases;
  guint             n_cases;
  char             *tools;              /* names, a line each; NULL: none seen */
};

LeydenReflection *
leyden_reflection_new (LeydenTrainer    *trainer,
                       LeydenCandidate  *candidate,
                       const LeydenSlot *slot)
{
  LeydenReflection *self = g_new0 (LeydenReflection, 1);

  self->trainer = trainer;
  self->candidate = candidate;
  self->slot = slot;
  return self;
}

void
leyden_reflection_free (LeydenReflection *self)
{
  leyden_sections_clear (&self->cases);
  g_free (self->tools);
  g_free (self);
}

static void
add_part (LeydenReflection *self,
          const char       *part,
          char             *text)
{
  g_autofree char *name = g_strdup_printf ("case-%u-%s", self->n_cases, part);

  leyden_sections_add_take (&self->cases, name, text);
}

gboolean
leyden_reflection_add_item (LeydenReflection      *self,
                            const LeydenTrainItem *item)
{
  const LeydenEvaluation *evaluation = leyden_trainer_get_evaluation (self->trainer, self->candidate, item);
  g_autoptr(LeydenValue) state = NULL;
  char reward[32];

  g_return_val_if_fail (evaluation != NULL, FALSE);

  if (!leyden_trainer_read_trace (self->trainer, evaluation, &state))
    return FALSE;
  self->n_cases++;
  add_part (self, "input", leyden_trace_word_input (item->input));
  if (!leyden_value_is_null (item->expected))
    add_part (self, "expected", leyden_trace_word_input (item->expected));
  add_part (self, "work", leyden_trace_word_work (state));
  add_part (self, "output", leyden_trace_word_output (state, self->slot->node, evaluation->answer));
  if (evaluation->error_kind != NULL)
    add_part (self, "error", g_strdup (evaluation->error_kind));
  add_part (self, "reward", g_strdup (leyden_json_format_double (reward, evaluation->reward)));
  add_part (self, "feedback", leyden_trace_cut (evaluation->feedback));
  if (self->tools == NULL)
    self->tools = leyden_trace_word_tools (state);
  return TRUE;
}

/* ---- Requests ---- */

static LeydenValue *
get_wordings (void)
{
  static gsize once;
  static LeydenValue *wordings;

  if (g_once_init_enter (&once))
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/optimizers/prompts.json", G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

      if (bytes != NULL)
        wordings = leyden_json_parse_bytes (bytes, NULL, &error);
      if (wordings == NULL)
        g_error ("optimizers/prompts.json is broken: %s", error->message);
      g_once_init_leave (&once, 1);
    }
  return wordings;
}

static void
add_message (LeydenValueBuilder *b,
             const char         *role,
             const char         *text)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "role", role);
  leyden_value_builder_set_string (b, "content", text);
  leyden_value_builder_end (b);
}

static LeydenValue *
make_messages (const char           *kind,
               LeydenRandom         *random,
               const LeydenSections *sections)
{
  LeydenValue *choices = leyden_value_get_member (get_wordings (), kind);
  guint n = leyden_value_get_size (choices);
  LeydenValue *wording = leyden_value_get_item (choices, n > 1 ? (guint) leyden_random_below (random, n) : 0);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_printf (text, "Task: %s\n\n%s\n\n", kind, leyden_value_get_member_string (wording, "head", ""));
  leyden_sections_write (sections, text);
  g_string_append_printf (text, "\n%s\n", leyden_value_get_member_string (wording, "tail", ""));

  leyden_value_builder_begin_list (&b);
  add_message (&b, "system", leyden_value_get_member_string (get_wordings (), "system", ""));
  add_message (&b, "user", text->str);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static const char *
get_text (LeydenReflection *self)
{
  return leyden_value_get_member_string (self->candidate->slots, self->slot->id, "");
}

/* The other prompts of the candidate, which stay as they are. */
static char *
word_others (LeydenReflection *self)
{
  GPtrArray *slots = leyden_trainer_get_slots (self->trainer);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < slots->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (slots, i);
      const char *text = leyden_value_get_member_string (self->candidate->slots, slot->id, "");

      if (slot->kind == LEYDEN_SLOT_PROMPT && slot != self->slot && *text != '\0')
        g_string_append_printf (out, "%s%s:\n%s", out->len > 0 ? "\n\n" : "", slot->title, text);
    }
  return g_string_free (out, out->len == 0);
}

static char *
word_placeholders (const LeydenSlot *slot)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; slot->placeholders != NULL && slot->placeholders[i] != NULL; i++)
    g_string_append_printf (out, "%s{{ %s }}", i > 0 ? "\n" : "", slot->placeholders[i]);
  return g_string_free (out, FALSE);
}

static LeydenValue *
make_case_messages (LeydenReflection *self,
                    const char       *kind,
                    LeydenRandom     *random)
{
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;

  leyden_sections_add (&sections, "instructions", get_text (self));
  leyden_sections_add_take (&sections, "others", word_others (self));
  leyden_sections_add (&sections, "tools", self->tools);
  for (guint i = 0; self->cases.names != NULL && i < self->cases.names->len; i++)
    leyden_sections_add (&sections, g_ptr_array_index (self->cases.names, i), g_ptr_array_index (self->cases.texts, i));
  return make_messages (kind, random, &sections);
}

/* ---- Guard ---- */

static void
take_error (LeydenRevision *out,
            GError         *error)
{
  g_free (out->why);
  out->why = g_strdup (error->message);
  g_clear_pointer (&out->value, leyden_value_unref);
}

/* ---- Asking ---- */

/* One of several revisions that are made side by side. */
typedef struct
{
  LeydenReflection *reflection;
  LeydenRandom     *random;
  LeydenRevision   *out;
  LeydenValue      *messages;           /* the next question; NULL: none */
  char             *answer;             /* to the last one; NULL: none, and why in @out */
  char             *lost;               /* a new text that has not the placeholders of the slot */
} Work;

static Work *
works_new (LeydenReflection * const *reflections,
           LeydenRandom             *randoms,
           LeydenRevision           *revisions,
           guint                     n)
{
  Work *self = g_new0 (Work, n + 1);

  for (guint i = 0; i < n; i++)
    {
      self[i] = (Work) { .reflection = reflections[i], .random = &randoms[i], .out = &revisions[i] };
      revisions[i] = (LeydenRevision) { 0 };
    }
  return self;
}

static void
works_free (Work  *self,
            guint  n)
{
  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&self[i].messages, leyden_value_unref);
      g_free (self[i].answer);
      g_free (self[i].lost);
    }
  g_free (self);
}

static void
take_answer (Work      *self,
             LeydenAsk *ask)
{
  g_clear_pointer (&self->messages, leyden_value_unref);
  self->answer = ask->answer;
  if (ask->answer == NULL && ask->why != NULL)
    {
      g_free (self->out->why);
      self->out->why = g_steal_pointer (&ask->why);
    }
  g_free (ask->why);
}

/* Those that have a question ask it, all at the same time. FALSE: stop now. */
static gboolean
ask_works (Work       *works,
           guint       n,
           const char *kind,
           double      temperature)
{
  g_autofree LeydenAsk *asks = g_new0 (LeydenAsk, n + 1);
  guint n_asks = 0;
  gboolean go_on;

  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&works[i].answer, g_free);
      if (works[i].messages != NULL)
        asks[n_asks++] = (LeydenAsk) { .kind = kind, .messages = works[i].messages, .temperature = temperature };
    }
  if (n_asks == 0)
    return TRUE;
  go_on = leyden_trainer_ask_all (works->reflection->trainer, asks, n_asks);
  n_asks = 0;
  for (guint i = 0; i < n; i++)
    if (works[i].messages != NULL)
      take_answer (&works[i], &asks[n_asks++]);
  return go_on;
}

/* Takes the answer's text when the slot may have it. */
static void
take_text (Work *self)
{
  g_autofree char *text = self->answer != NULL ? leyden_reflection_read_text (self->answer) : NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (self->answer == NULL)
    return;
  if (text == NULL)
    {
      self->out->why = g_strdup (_("The answer has no text between the markers"));
      return;
    }
  value = leyden_value_new_string (text, -1);
  if (leyden_slot_check (self->reflection->slot, value, 0, &error))
    {
      self->out->value = g_steal_pointer (&value);
      return;
    }
  take_error (self->out, error);
  if (g_error_matches (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_PLACEHOLDERS))
    self->lost = g_steal_pointer (&text);
}

static LeydenValue *
make_repair_messages (Work *self)
{
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;

  leyden_sections_add (&sections, "instructions", self->lost);
  leyden_sections_add_take (&sections, "placeholders", word_placeholders (self->reflection->slot));
  return make_messages ("repair", self->random, &sections);
}

static void
take_repaired (Work *self)
{
  g_autofree char *text = self->answer != NULL ? leyden_reflection_read_text (self->answer) : NULL;
  g_autoptr(GError) error = NULL;

  if (text == NULL)
    return;
  self->out->value = leyden_value_new_string (text, -1);
  if (leyden_slot_check (self->reflection->slot, self->out->value, 0, &error))
    g_clear_pointer (&self->out->why, g_free);
  else
    take_error (self->out, error);
}

/* Takes the texts; one try to get lost placeholders right. FALSE: stop now. */
static gboolean
take_texts (Work  *works,
            guint  n)
{
  for (guint i = 0; i < n; i++)
    {
      take_text (&works[i]);
      if (works[i].lost != NULL)
        works[i].messages = make_repair_messages (&works[i]);
    }
  if (!ask_works (works, n, "repair", 0.0))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (works[i].lost != NULL)
      take_repaired (&works[i]);
  return TRUE;
}

gboolean
leyden_reflection_reflect (LeydenReflection *self,
                           LeydenRandom     *random,
                           LeydenRevision   *out)
{
  Work *work = works_new (&self, random, out, 1);
  gboolean go_on;

  work->messages = make_case_messages (self, "reflect", random);
  go_on = ask_works (work, 1, "reflect", TEMPERATURE);
  if (go_on && work->answer != NULL)
    {
      out->critique = leyden_reflection_read_critique (work->answer);
      go_on = take_texts (work, 1);
    }
  works_free (work, 1);
  return go_on;
}

static LeydenValue *
make_edit_messages (LeydenReflection *self,
                    const char       *critique,
                    LeydenRandom     *random)
{
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;

  leyden_sections_add (&sections, "instructions", get_text (self));
  leyden_sections_add_take (&sections, "others", word_others (self));
  leyden_sections_add (&sections, "critique", critique);
  return make_messages ("edit", random, &sections);
}

/* The critique's answer makes the question for the edit. */
static void
take_critique (Work *self)
{
  self->out->critique = self->answer != NULL ? leyden_reflection_read_critique (self->answer) : NULL;
  if (self->out->critique != NULL)
    self->messages = make_edit_messages (self->reflection, self->out->critique, self->random);
  else if (self->out->why == NULL)
    self->out->why = g_strdup (_("The critique is empty"));
}

static gboolean
critique_and_edit (Work  *works,
                   guint  n)
{
  for (guint i = 0; i < n; i++)
    works[i].messages = make_case_messages (works[i].reflection, "critique", works[i].random);
  if (!ask_works (works, n, "critique", TEMPERATURE))
    return FALSE;
  for (guint i = 0; i < n; i++)
    take_critique (&works[i]);
  return ask_works (works, n, "edit", TEMPERATURE) && take_texts (works, n);
}

gboolean
leyden_reflection_critique_and_edit (LeydenReflection * const *reflections,
                                     LeydenRandom             *randoms,
                                     LeydenRevision           *revisions,
                                     guint                     n)
{
  Work *works = works_new (reflections, randoms, revisions, n);
  gboolean go_on = critique_and_edit (works, n);

  works_free (works, n);
  return go_on;
}

void
leyden_revision_clear (LeydenRevision *self)
{
  g_clear_pointer (&self->critique, g_free);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->why, g_free);
}

/* ---- Slots ---- */

GPtrArray *
leyden_reflection_list_slots (GPtrArray *slots)
{
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; i < slots->len; i++)
    {
      LeydenSlot *slot = g_ptr_array_index (slots, i);

      if (slot->kind == LEYDEN_SLOT_PROMPT && !slot->locked)
        g_ptr_array_add (out, slot);
    }
  return out;
}

/* A locked prompt is a wish to keep it: the training runs, changes nothing and says so. */
gboolean
leyden_reflection_check_slots (GPtrArray  *slots,
                               GError    **error)
{
  for (guint i = 0; i < slots->len; i++)
    if (((LeydenSlot *) g_ptr_array_index (slots, i))->kind == LEYDEN_SLOT_PROMPT)
      return TRUE;
  g_set_error_literal (error, LEYDEN_EXPERIMENT_ERROR, LEYDEN_EXPERIMENT_ERROR_SLOTS,
                       _("No prompt may be changed. Mark a prompt as trainable, or choose another way to train"));
  return FALSE;
}

GPtrArray *
leyden_reflection_choose_scored (LeydenTrainer *trainer)
{
  guint n;
  const LeydenTrainItem * const *items = leyden_trainer_get_items (trainer, "validation", &n);
  g_autoptr(GPtrArray) order = leyden_trainer_shuffle (trainer, items, n, "scored", 0);
  guint64 share = MAX (leyden_trainer_get_task_calls_left (trainer) / LEAST_CANDIDATES, LEAST_ITEMS);
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    if (n <= share)
      g_ptr_array_add (out, (gpointer) items[i]);
    else if (i < share)
      g_ptr_array_add (out, g_ptr_array_index (order, i));
  return out;
}
