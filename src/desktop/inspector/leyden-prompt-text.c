/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prompt-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-template.h"
#include "leyden-text.h"

#define MAX_PROBLEMS 20

/* --- colours --- */

/* Bytes to characters, for places that only grow. */
typedef struct
{
  const char *text;
  gsize       byte;
  guint       character;
} Counter;

static guint
count_to (Counter *counter,
          gsize    byte)
{
  if (byte > counter->byte)
    {
      counter->character += (guint) g_utf8_strlen (counter->text + counter->byte, (gssize) (byte - counter->byte));
      counter->byte = byte;
    }
  return counter->character;
}

static void
add_span (GArray           *spans,
          Counter          *counter,
          gsize             start,
          gsize             end,
          LeydenPromptKind  kind)
{
  LeydenPromptSpan span = { .kind = kind };

  span.start = count_to (counter, start);
  span.end = count_to (counter, end);
  g_array_append_val (spans, span);
}

/* Bytes of the mark that makes a line a part of a list; 0 without one. */
static gsize
length_of_bullet (const char *line)
{
  gsize digits = strspn (line, "0123456789");

  if (strchr ("-*+", line[0]) != NULL && line[0] != '\0' && line[1] == ' ')
    return 1;
  return digits > 0 && digits < 10 && (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ' ? digits + 1 : 0;
}

static gboolean
is_heading (const char *line)
{
  gsize marks = strspn (line, "#");

  return marks >= 1 && marks <= 6 && line[marks] == ' ';
}

/* `code` and **strong** within a line. */
static void
scan_inline (GArray     *spans,
             Counter    *counter,
             const char *text,
             const char *line,
             const char *end)
{
  for (const char *p = line; p < end; p++)
    {
      const char *mark = *p == '`' ? "`" : p[0] == '*' && p[1] == '*' ? "**" : NULL;
      gsize length = mark != NULL ? strlen (mark) : 0;
      const char *close = mark != NULL && p + length < end ? g_strstr_len (p + length, end - p - (gssize) length, mark) : NULL;

      if (close == NULL || close == p + length || (length == 2 && (p[2] == ' ' || close[-1] == ' ')))
        continue;
      add_span (spans, counter, (gsize) (p - text), (gsize) (close - text) + length,
                *p == '`' ? LEYDEN_PROMPT_CODE : LEYDEN_PROMPT_STRONG);
      p = close + length - 1;
    }
}

static void
scan_line (GArray     *spans,
           Counter    *counter,
           const char *text,
           const char *line,
           const char *end,
           gboolean   *fenced)
{
  const char *content = line + strspn (line, " \t");
  gsize bullet = content < end ? length_of_bullet (content) : 0;
  gboolean fence = g_str_has_prefix (content, "```");

  if (fence || *fenced)
    add_span (spans, counter, (gsize) (line - text), (gsize) (end - text), LEYDEN_PROMPT_CODE);
  else if (content < end && *content == '>')
    add_span (spans, counter, (gsize) (line - text), (gsize) (end - text), LEYDEN_PROMPT_QUOTE);
  else if (is_heading (line))
    add_span (spans, counter, (gsize) (line - text), (gsize) (end - text), LEYDEN_PROMPT_HEADING);
  else
    {
      if (bullet > 0)
        add_span (spans, counter, (gsize) (content - text), (gsize) (content - text) + bullet, LEYDEN_PROMPT_LIST);
      scan_inline (spans, counter, text, content + bullet, end);
    }
  if (fence)
    *fenced = !*fenced;
}

GArray *
leyden_prompt_text_scan (const char *text,
                         gboolean    variables)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (LeydenPromptSpan));
  Counter counter = { .text = text };
  gboolean fenced = FALSE;
  g_autoptr(GPtrArray) places = NULL;

  g_return_val_if_fail (text != NULL, spans);

  for (const char *line = text; *line != '\0';)
    {
      const char *end = line + strcspn (line, "\n");

      scan_line (spans, &counter, text, line, end, &fenced);
      line = *end != '\0' ? end + 1 : end;
    }
  if (!variables)
    return spans;
  counter = (Counter) { .text = text };
  places = leyden_template_scan (text);
  for (guint i = 0; i < places->len; i++)
    {
      LeydenTemplateSpan *place = g_ptr_array_index (places, i);

      add_span (spans, &counter, place->start, place->end,
                place->name != NULL ? LEYDEN_PROMPT_VARIABLE : LEYDEN_PROMPT_BROKEN);
    }
  return spans;
}

/* --- problems --- */

static void
problem_free (gpointer data)
{
  LeydenPromptProblem *problem = data;

  g_free (problem->name);
  g_free (problem->message);
  g_free (problem->label);
  g_free (problem->replacement);
  g_free (problem);
}

static const LeydenEditorOffer *
find_offer (LeydenEditorContext *context,
            const char          *port)
{
  for (guint i = 0; i < context->offers->len; i++)
    {
      const LeydenEditorOffer *offer = g_ptr_array_index (context->offers, i);

      if (g_ascii_strcasecmp (offer->port, port) == 0)
        return offer;
    }
  return NULL;
}

static void
suggest_replacement (LeydenPromptProblem *problem,
                     const char          *shown,
                     const char          *replacement)
{
  g_autofree char *display = leyden_text_display (shown, -1, 40, FALSE);

  problem->repair = LEYDEN_PROMPT_REPAIR_REPLACE;
  problem->replacement = g_strdup (replacement);
  problem->label = g_strdup_printf (_("Use “%s”"), display);
}

static void
suggest_connection (LeydenPromptProblem     *problem,
                    const LeydenEditorOffer *offer)
{
  g_autofree char *title = leyden_text_display (offer->title, -1, 40, FALSE);
  g_autofree char *port = leyden_text_display (offer->port, -1, 40, FALSE);

  problem->repair = LEYDEN_PROMPT_REPAIR_CONNECT;
  problem->offer = offer;
  /* Translators: a button that draws a wire. Title of a node, name of its output. */
  problem->label = g_strdup_printf (_("Connect %s · %s"), title, port);
}

/* Names that a wire comes in by or could: also one that the text no longer uses, by a slip. */
static char **
list_good_names (LeydenEditorContext *context)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, context->wired);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_strv_builder_add (names, name);
  for (guint i = 0; i < context->offers->len; i++)
    g_strv_builder_add (names, ((LeydenEditorOffer *) g_ptr_array_index (context->offers, i))->port);
  return g_strv_builder_end (names);
}

/* The place with another name in it; the path stays. */
static void
suggest_name (LeydenPromptProblem      *problem,
              const LeydenTemplateSpan *place,
              const char               *name)
{
  g_autofree char *replacement = g_strdup_printf ("{{ %s%s }}", name, place->path);

  suggest_replacement (problem, name, replacement);
}

/* The template makes its inputs itself: all that a name can lack is a wire. */
static gboolean
check_wire (LeydenPromptProblem      *problem,
            const LeydenTemplateSpan *place,
            LeydenEditorContext      *context,
            const char               *shown)
{
  g_auto(GStrv) good = NULL;
  const LeydenEditorOffer *offer;
  const char *near;

  if (g_hash_table_contains (context->wired, place->name))
    return FALSE;
  problem->message = g_strdup_printf (_("Nothing is connected to “%s” yet."), shown);
  offer = find_offer (context, place->name);
  if (offer != NULL)
    {
      suggest_connection (problem, offer);
      return TRUE;
    }
  good = list_good_names (context);
  near = leyden_editor_context_nearest ((const char * const *) good, place->name);
  if (near != NULL)
    suggest_name (problem, place, near);
  return TRUE;
}

static gboolean
check_name (LeydenPromptProblem      *problem,
            const LeydenTemplateSpan *place,
            LeydenEditorContext      *context,
            const char               *shown)
{
  const char *near;

  if (leyden_editor_context_has_name (context, place->name))
    return FALSE;
  problem->error = TRUE;
  problem->message = g_strdup_printf (_("There is no input “%s”."), shown);
  near = leyden_editor_context_nearest ((const char * const *) context->names, place->name);
  if (near != NULL)
    suggest_name (problem, place, near);
  else
    {
      problem->repair = LEYDEN_PROMPT_REPAIR_INPUT;
      problem->label = g_strdup_printf (_("Add the Input “%s”"), shown);
    }
  return TRUE;
}

/* Behind the step of a path that begins at @start: .key ."a key" [0] */
static gsize
end_of_step (const char *path,
             gsize       start)
{
  gsize end = start + 1;

  if (path[end] == '"')
    end += 1 + strcspn (path + end + 1, "\"");
  return end + strcspn (path + end, ".[");
}

/* Length of the part of @path whose last step is missing in @value; 0 when all is there. @parent: what lacks it. */
static gsize
find_missing_step (LeydenValue  *value,
                   const char   *path,
                   LeydenValue **parent)
{
  *parent = value;
  for (gsize end = 0; path[end] != '\0';)
    {
      g_autofree char *step = NULL;
      g_autoptr(LeydenValue) found = NULL;

      end = end_of_step (path, end);
      step = g_strdup_printf ("$%.*s", (int) end, path);
      found = leyden_json_path_extract (value, step, NULL);
      if (found == NULL)
        return end;
      /* The value that was given holds it. */
      *parent = found;
    }
  return 0;
}

static void
suggest_key (LeydenPromptProblem      *problem,
             const LeydenTemplateSpan *place,
             LeydenValue              *parent,
             gsize                     end)
{
  const char *dot = g_strrstr_len (place->path, (gssize) end, ".");
  g_autofree char *key = dot != NULL ? g_strndup (dot + 1, end - (gsize) (dot + 1 - place->path)) : NULL;
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) keys = NULL;
  const char *near;

  for (guint i = 0; leyden_value_get_kind (parent) == LEYDEN_VALUE_OBJECT && i < MIN (leyden_value_get_size (parent), 100); i++)
    if (strpbrk (leyden_value_get_key (parent, i), ".[\"{}") == NULL && *leyden_value_get_key (parent, i) != '\0')
      g_strv_builder_add (builder, leyden_value_get_key (parent, i));
  keys = g_strv_builder_end (builder);
  near = key != NULL ? leyden_editor_context_nearest ((const char * const *) keys, key) : NULL;
  if (near != NULL)
    {
      g_autofree char *replacement = g_strdup_printf ("{{ %s%.*s.%s%s }}", place->name, (int) (dot - place->path), place->path, near,
                                                      place->path + end);

      suggest_replacement (problem, near, replacement);
    }
}

static gboolean
check_path (LeydenPromptProblem      *problem,
            const LeydenTemplateSpan *place,
            LeydenEditorContext      *context,
            const char               *shown)
{
  LeydenValue *value = leyden_editor_context_get_value (context, place->name);
  LeydenValue *parent;
  gsize end = value != NULL ? find_missing_step (value, place->path, &parent) : 0;

  if (end == 0)
    return FALSE;
  problem->message = g_strdup_printf (_("The last value of “%s” holds nothing at “%.*s”."), shown, (int) end, place->path);
  suggest_key (problem, place, parent, end);
  return TRUE;
}

static void
check_place (GPtrArray                *problems,
             const LeydenTemplateSpan *place,
             LeydenEditorContext      *context,
             gboolean                  makes_inputs,
             Counter                  *counter)
{
  LeydenPromptProblem *problem = g_new0 (LeydenPromptProblem, 1);
  g_autofree char *shown = place->name != NULL ? leyden_text_display (place->name, -1, 40, FALSE) : NULL;

  problem->start = count_to (counter, place->start);
  problem->end = count_to (counter, place->end);
  problem->name = g_strdup (place->name);
  if (place->name == NULL)
    {
      problem->error = TRUE;
      problem->message = g_strdup (place->problem);
    }
  else if (!(makes_inputs ? check_wire : check_name) (problem, place, context, shown) && !check_path (problem, place, context, shown))
    {
      problem_free (problem);
      return;
    }
  g_ptr_array_add (problems, problem);
}

GPtrArray *
leyden_prompt_text_check (const char          *text,
                          LeydenEditorContext *context,
                          gboolean             makes_inputs)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func (problem_free);
  g_autoptr(GPtrArray) places = NULL;
  Counter counter = { .text = text };

  g_return_val_if_fail (text != NULL, NULL);

  if (context == NULL)
    return g_steal_pointer (&problems);
  places = leyden_template_scan (text);
  for (guint i = 0; i < places->len && problems->len < MAX_PROBLEMS; i++)
    check_place (problems, g_ptr_array_index (places, i), context, makes_inputs, &counter);
  return g_steal_pointer (&problems);
}

/* --- the text with values --- */

static void
append_place (GString                  *out,
              const char               *text,
              const LeydenTemplateSpan *place,
              LeydenValue              *values)
{
  g_autofree char *source = g_strndup (text + place->start, place->end - place->start);
  g_autoptr(LeydenTemplate) template = place->name != NULL && leyden_value_get_member (values, place->name) != NULL
                                         ? leyden_template_new (source, NULL) : NULL;
  g_autofree char *filled = template != NULL ? leyden_template_render (template, values, NULL) : NULL;

  g_string_append (out, filled != NULL ? filled : source);
}

char *
leyden_prompt_text_render (const char  *text,
                           LeydenValue *values)
{
  g_autoptr(GPtrArray) places = leyden_template_scan (text);
  g_autoptr(GString) out = g_string_new (NULL);
  gsize done = 0;

  for (guint i = 0; i < places->len; i++)
    {
      LeydenTemplateSpan *place = g_ptr_array_index (places, i);

      g_string_append_len (out, text + done, (gssize) (place->start - done));
      append_place (out, text, place, values);
      done = place->end;
    }
  g_string_append (out, text + done);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
