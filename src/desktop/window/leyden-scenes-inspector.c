/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-json.h"
#include "leyden-prompt-editor.h"
#include "leyden-window-private.h"

#define SAMPLE "calculator-agent"
/* As a rollout of it would have left them. */
#define STATE "{\"nodes\": {\"question\": {\"outputs\": {\"question\": \"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"," \
              " \"answer\": 150, \"data_id\": \"ratio-17\"}}}}"
#define PROMPT "# Task\nAnswer {{ question }} in **one** number.\n- Row `{{ data_id }}`, {{ quesiton }}"

static GtkWidget *
find (GtkWidget *widget,
      GType      type)
{
  GtkWidget *found = NULL;

  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static void
set_parameter (LeydenWindow *window,
               const char   *node,
               const char   *name,
               const char   *json)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  LeydenEdit *edit = leyden_edit_new ("Scene");

  leyden_edit_set_parameter (edit, node, name, value);
  leyden_document_edit (leyden_window_get_document (window), edit, NULL);
}

static void
show_inspector (LeydenWindow *window)
{
  g_autoptr(LeydenValue) state = leyden_json_parse (STATE, -1, NULL, NULL);

  adw_flap_set_reveal_flap (window->tab->inspector_flap, TRUE);
  leyden_inspector_set_state (leyden_window_get_inspector (window), state);
}

static gboolean
show_prompt_cb (gpointer data)
{
  LeydenWindow *window = data;
  g_autoptr(LeydenValue) text = leyden_value_new_string (PROMPT, -1);
  g_autofree char *json = leyden_json_write (text, LEYDEN_JSON_COMPACT);
  GtkWidget *editor;

  set_parameter (window, "prompter", "template", json);
  leyden_selection_set (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, "prompter");
  show_inspector (window);
  editor = find (GTK_WIDGET (leyden_window_get_inspector (window)), LEYDEN_TYPE_PROMPT_EDITOR);
  if (editor != NULL)
    leyden_prompt_editor_set_preview (LEYDEN_PROMPT_EDITOR (editor), TRUE);
  return G_SOURCE_REMOVE;
}

/* A prompt with its colors, a variable that nothing feeds, and how it reads with the last values. A little later: a flap that folds for the
 * first time closes. */
void
leyden_scene_prompt (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 250, show_prompt_cb, g_object_ref (window), g_object_unref);
}

static gboolean
show_condition_cb (gpointer data)
{
  LeydenWindow *window = data;
  LeydenElementKind kind;
  const char *id;

  leyden_canvas_insert (leyden_window_get_canvas (window), "if", NULL);
  if (!leyden_selection_get_single (leyden_window_get_selection (window), &kind, &id))
    return G_SOURCE_REMOVE;
  set_parameter (window, id, "inputs", "[{\"name\": \"score\", \"type\": \"number\"}, {\"name\": \"answer\", \"type\": \"text\"}]");
  set_parameter (window, id, "condition", "\"score >= 0.8 AND (instr(answer, 'sure') > 0 OR length(answer) < 40)\"");
  show_inspector (window);
  return G_SOURCE_REMOVE;
}

/* A condition as rows of field, operator and value. */
void
leyden_scene_condition (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 250, show_condition_cb, g_object_ref (window), g_object_unref);
}
