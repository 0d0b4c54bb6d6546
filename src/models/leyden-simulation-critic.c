/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-critic.h"

#include <string.h>

#include "leyden-id.h"

/* The simulated critic. It reads the requests of src/training/leyden-reflection.c, which a real model gets as they are: a first line
 * "Task: critique" (or edit, reflect, repair), and sections. */

typedef enum
{
  NO_TASK,
  CRITIQUE,
  EDIT,
  REFLECT,
  REPAIR,
} Task;

static Task
read_task (const char *text)
{
  static const char * const lines[] = { NULL, "Task: critique\n", "Task: edit\n", "Task: reflect\n", "Task: repair\n" };

  for (guint i = CRITIQUE; i < G_N_ELEMENTS (lines); i++)
    if (g_str_has_prefix (text, lines[i]))
      return (Task) i;
  return NO_TASK;
}

static char *
word_text (const char *before,
           const char *text)
{
  return g_strconcat (before != NULL ? before : "", before != NULL ? "\n\n" : "", "<new_text>\n", text, "\n</new_text>", NULL);
}

static LeydenValue *
make_note (const LeydenSimulationFindings *findings,
           const LeydenSimulationEdit     *edit)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "family", "critic");
  if (findings != NULL)
    {
      leyden_value_builder_key (&b, "causes");
      leyden_value_builder_begin_object (&b);
      for (guint i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
        if (findings->counts[i] > 0)
          leyden_value_builder_set_int (&b, findings->family->features[i].name, findings->counts[i]);
      leyden_value_builder_end (&b);
    }
  if (edit != NULL)
    {
      leyden_value_builder_set_string (&b, "move", edit->move);
      leyden_value_builder_set_boolean (&b, "lost_placeholder", edit->lost_placeholder);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
answer_with_cases (LeydenSimulationAnswer        *self,
                   const LeydenSimulationRequest *request,
                   const LeydenSections          *sections,
                   const char                    *key,
                   Task                           task,
                   guint64                        sample)
{
  g_auto(LeydenSimulationEdit) edit = { 0 };
  LeydenSimulationFindings findings;
  g_autofree char *critique = NULL;

  leyden_simulation_findings_read (&findings, sections, request, key);
  if (findings.family == NULL)
    return FALSE;
  critique = leyden_simulation_findings_word (&findings);
  if (task == CRITIQUE)
    self->content = g_steal_pointer (&critique);
  else
    {
      leyden_simulation_edit_make (&edit, &findings, leyden_sections_get (sections, "instructions"), request->seed, key, sample);
      self->content = word_text (critique, edit.text);
    }
  self->note = make_note (&findings, task == REFLECT ? &edit : NULL);
  return TRUE;
}

static gboolean
answer_edit (LeydenSimulationAnswer        *self,
             const LeydenSimulationRequest *request,
             const LeydenSections          *sections,
             const char                    *key,
             guint64                        sample)
{
  const char *critique = leyden_sections_get (sections, "critique");
  g_auto(LeydenSimulationEdit) edit = { 0 };
  LeydenSimulationFindings findings;

  if (critique == NULL)
    return FALSE;
  leyden_simulation_findings_from_text (&findings, critique);
  leyden_simulation_edit_make (&edit, &findings, leyden_sections_get (sections, "instructions"), request->seed, key, sample);
  self->content = word_text (NULL, edit.text);
  self->note = make_note (&findings, &edit);
  return TRUE;
}

static gboolean
answer_repair (LeydenSimulationAnswer *self,
               const LeydenSections   *sections)
{
  const char *placeholders = leyden_sections_get (sections, "placeholders");
  g_autofree char *text = NULL;

  if (placeholders == NULL)
    return FALSE;
  text = leyden_simulation_edit_repair (leyden_sections_get (sections, "instructions"), placeholders);
  self->content = word_text (NULL, text);
  self->note = make_note (NULL, NULL);
  return TRUE;
}

gboolean
leyden_simulation_critic_make (LeydenSimulationAnswer        *self,
                               const LeydenSimulationRequest *request,
                               guint64                        sample)
{
  LeydenValue *last = leyden_value_get_item (request->messages, leyden_value_get_size (request->messages) - 1);
  g_autofree char *text = leyden_simulation_message_text (last);
  g_autofree char *key = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", leyden_fnv1a64 (text, strlen (text)));
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;
  Task task = read_task (text);

  if (task == NO_TASK || !leyden_sections_read (&sections, text) || leyden_sections_get (&sections, "instructions") == NULL)
    return FALSE;
  if (task == EDIT)
    return answer_edit (self, request, &sections, key, sample);
  if (task == REPAIR)
    return answer_repair (self, &sections);
  return answer_with_cases (self, request, &sections, key, task, sample);
}
