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

/* One try to get the placeholders right. FALSE: stop now. */
static gboolean
repair (LeydenReflection *self,
        LeydenRandom     *random,
        const char       *text,
        LeydenRevision   *out)
{
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
  g_autoptr(LeydenValue) messages = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *why = NULL;
  g_autofree char *repaired = NULL;

  leyden_sections_add (&sections, "instructions", text);
  leyden_sections_add_take (&sections, "placeholders", word_placeholders (self->slot));
  messages = make_messages ("repair", random, &sections);
  if (!leyden_trainer_ask (self->trainer, "repair", messages, 0.0, &answer, &why))
    return FALSE;
  repaired = answer != NULL ? leyden_reflection_read_text (answer) : NULL;
  if (repaired == NULL)
    return TRUE;
  g_clear_pointer (&out->value, leyden_value_unref);
  out->value = leyden_value_new_string (repaired, -1);
  if (leyden_slot_check (self->slot, out->value, 0, &error))
    g_clear_pointer (&out->why, g_free);
  else
    take_error (out, error);
  return TRUE;
}

/* Takes @answer's text when the slot may have it. FALSE: stop now. */
static gboolean
take_text (LeydenReflection *self,
           LeydenRandom     *random,
           const char       *answer,
           LeydenRevision   *out)
{
  g_autofree char *text = leyden_reflection_read_text (answer);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (text == NULL)
    {
      out->why = g_strdup (_("The answer has no text between the markers"));
      return TRUE;
    }
  value = leyden_value_new_string (text, -1);
  if (leyden_slot_check (self->slot, value, 0, &error))
    {
      out->value = g_steal_pointer (&value);
      return TRUE;
    }
  take_error (out, error);
  if (g_error_matches (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_PLACEHOLDERS))
    return repair (self, random, text, out);
  return TRUE;
}

gboolean
leyden_reflection_reflect (LeydenReflection *self,
                           LeydenRandom     *random,
                           LeydenRevision   *out)
{
  g_autoptr(LeydenValue) messages = make_case_messages (self, "reflect", random);
  g_autofree char *answer = NULL;

  *out = (LeydenRevision) { 0 };
  if (!leyden_trainer_ask (self->trainer, "reflect", messages, TEMPERATURE, &answer, &out->why))
    return FALSE;
  if (answer == NULL)
    return TRUE;
  g_clear_pointer (&out->why, g_free);
  out->critique = leyden_reflection_read_critique (answer);
  return take_text (self, random, answer, out);
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

gboolean
leyden_reflection_critique_and_edit (LeydenReflection *self,
                                     LeydenRandom     *random,
                                     LeydenRevision   *out)
{
  g_autoptr(LeydenValue) question = make_case_messages (self, "critique", random);
  g_autoptr(LeydenValue) order = NULL;
  g_autofree char *critique = NULL;
  g_autofree char *edited = NULL;

  *out = (LeydenRevision) { 0 };
  if (!leyden_trainer_ask (self->trainer, "critique", question, TEMPERATURE, &critique, &out->why))
    return FALSE;
  out->critique = critique != NULL ? leyden_reflection_read_critique (critique) : NULL;
  if (out->critique == NULL)
    {
      if (out->why == NULL)
        out->why = g_strdup (_("The critique is empty"));
      return TRUE;
    }
  g_clear_pointer (&out->why, g_free);
  order = make_edit_messages (self, out->critique, random);
  if (!leyden_trainer_ask (self->trainer, "edit", order, TEMPERATURE, &edited, &out->why))
    return FALSE;
  if (edited == NULL)
    return TRUE;
  g_clear_pointer (&out->why, g_free);
  return take_text (self, random, edited, out);
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
