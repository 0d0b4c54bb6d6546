/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-word-problem.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-formula.h"
#include "leyden-json.h"
#include "leyden-simulation.h"

/* A template's text becomes a regular expression: a number slot takes a number in digits or words, any other slot a few words.
 * All parts are bounded, so a match takes time linear in the text (times a constant). */

#define TEMPLATES_PATH "/io/github/leyden/Leyden/simulation/arithmetic.json"
/* A prompt longer than this is not searched: the simulation's own problems have a few hundred bytes. */
#define MAX_TEXT (256 * 1024)

#define ONES "one|two|three|four|five|six|seven|eight|nine"
#define COUNTS "(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:" ONES "))?|(?:" ONES ")teen|ten|eleven|" \
               "twelve|thirteen|fifteen|eighteen|" ONES "|zero|a hundred|one hundred|a dozen)\\b"
#define DIGITS "\\d{1,3}(?:,\\d{3}){1,4}(?:\\.\\d{1,9})?|\\d{1,15}(?:\\.\\d{1,9})?"
#define NUMBER "(?:[-−]?(?:\\d{1,4} )?\\d{1,6}/\\d{1,6}|[-−]?(?:" DIGITS ")|" COUNTS "(?: and a half\\b)?)"
#define PARTS "(?:half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?)\\b"
#define FRACTION "(?:\\d{1,6}/\\d{1,6}|0?\\.\\d{1,9}|(?:(?:an?|\\d|" ONES ")[- ])?" PARTS ")"
#define TIMES "(?:twice|thrice|double|triple|" NUMBER " times)"
#define CLOCK "\\d{1,2}[:.]\\d{2}(?: ?[ap]\\.?m\\b\\.?)?"
#define WORD "[\\p{L}][\\p{L}’'-]{0,30}"
#define WORDS WORD "(?: " WORD "){0,3}?"
#define NAME "(?:(?:Mr|Mrs|Ms|Dr)\\.? )?" WORD
#define EXPRESSION "[-−(]*\\d[\\d.,]{0,20}(?:[ ()]{0,4}[-+*/×÷−][ ()]{0,4}[-−]?\\d[\\d.,]{0,20}\\d?){1,24}[ )]{0,8}"

typedef enum
{
  SLOT_NUMBER,
  SLOT_FRACTION,
  SLOT_TIMES,
  SLOT_TIME,
  SLOT_EXPRESSION,
} SlotKind;

typedef struct
{
  GRegex        *regex;
  LeydenFormula *formula;
  char           slots[27];     /* names of the number slots, one letter each */
  SlotKind       kinds[26];
  char           overnight[2];  /* the second of these times is on the next day when it is earlier */
} Template;

static SlotKind
parse_kind (const char *kind)
{
  static const struct { const char *name; SlotKind kind; } kinds[] = {
    { "fraction", SLOT_FRACTION }, { "times", SLOT_TIMES }, { "time", SLOT_TIME }, { "expression", SLOT_EXPRESSION },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, kinds[i].name))
      return kinds[i].kind;
  return SLOT_NUMBER;
}

static const char *
number_pattern (SlotKind kind)
{
  switch (kind)
    {
    case SLOT_FRACTION:
      return FRACTION;
    case SLOT_TIMES:
      return TIMES;
    case SLOT_TIME:
      return CLOCK;
    case SLOT_EXPRESSION:
      return EXPRESSION;
    case SLOT_NUMBER:
    default:
      return NUMBER;
    }
}

static const char *
words_pattern (const char *slot)
{
  if (g_ascii_strcasecmp (slot, "she") == 0)
    return "(?:she|he|they)";
  if (g_ascii_strcasecmp (slot, "her") == 0)
    return "(?:her|his|their)";
  if (g_str_equal (slot, "name") || g_str_equal (slot, "friend"))
    return NAME;
  return WORDS;
}

static void
append_slot (GString     *pattern,
             const char  *slot,
             LeydenValue *numbers,
             Template    *template)
{
  LeydenValue *number = leyden_value_get_member (numbers, slot);
  SlotKind kind;

  if (number == NULL)
    {
      g_string_append (pattern, words_pattern (slot));
      return;
    }
  g_assert (slot[0] >= 'a' && slot[0] <= 'z' && slot[1] == '\0');
  kind = parse_kind (leyden_value_get_member_string (number, "kind", "number"));
  template->kinds[slot[0] - 'a'] = kind;
  template->slots[strlen (template->slots)] = slot[0];
  g_string_append_printf (pattern, "(?P<%s>%s)", slot, number_pattern (kind));
}

/* "metres" is "meters" to others. */
static gboolean
is_spelled_two_ways (const char *p)
{
  return g_str_has_prefix (p, "tre") && (p[3] == ' ' || (p[3] == 's' && !g_ascii_isalpha (p[4])));
}

/* A problem begins where a sentence can begin. Its last question mark may be missing at the end of a line. */
static char *
build_pattern (const char  *text,
               LeydenValue *numbers,
               Template    *template)
{
  GString *pattern = g_string_new ("(?<![^\\s\"'“‘(>*#_`:])");

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '{')
        {
          const char *end = strchr (p, '}');
          g_autofree char *slot = g_strndup (p + 1, end - p - 1);

          append_slot (pattern, slot, numbers, template);
          p = end;
        }
      else if (*p == '[')
        g_string_append (pattern, "(?:");
      else if (*p == ']')
        g_string_append_c (pattern, ')');
      else if (*p == ' ')
        g_string_append (pattern, "\\s+");
      else if (*p == '?' && p[1] == '\0')
        g_string_append (pattern, "(?:\\?|(?=[ \\t]*(?:\\n|\\z)))");
      else if (is_spelled_two_ways (p))
        {
          g_string_append (pattern, "t(?:re|er)");
          p += 2;
        }
      else if (*p == '|' || g_ascii_isalnum (*p))
        g_string_append_c (pattern, *p);
      else
        g_string_append_printf (pattern, "\\%c", *p);
    }
  return g_string_free (pattern, FALSE);
}

static void
template_free (gpointer data)
{
  Template *self = data;

  g_regex_unref (self->regex);
  leyden_formula_free (self->formula);
  g_free (self);
}

static Template *
template_new (LeydenValue *value,
              const char  *text)
{
  Template *self = g_new0 (Template, 1);
  g_autofree char *pattern = build_pattern (text, leyden_value_get_member (value, "numbers"), self);
  LeydenValue *overnight = leyden_value_get_member (value, "overnight");
  g_autoptr(GError) error = NULL;

  self->regex = g_regex_new (pattern, G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, &error);
  self->formula = leyden_formula_new (leyden_value_get_member_string (value, "formula", ""));
  if (self->regex == NULL || self->formula == NULL)
    g_error ("%s is broken at %s: %s", TEMPLATES_PATH, text, error != NULL ? error->message : "formula");
  for (guint i = 0; i < 2 && i < leyden_value_get_size (overnight); i++)
    self->overnight[i] = leyden_value_get_string (leyden_value_get_item (overnight, i), NULL)[0];
  return self;
}

static GPtrArray *
load_templates (void)
{
  GPtrArray *templates = g_ptr_array_new_with_free_func (template_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) root = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data (TEMPLATES_PATH, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  LeydenValue *list;

  if (bytes != NULL)
    root = leyden_json_parse_bytes (bytes, NULL, &error);
  if (root == NULL)
    g_error ("%s: %s", TEMPLATES_PATH, error->message);
  list = leyden_value_get_member (root, "templates");
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      LeydenValue *texts = leyden_value_get_member (value, "texts");

      for (guint j = 0; j < leyden_value_get_size (texts); j++)
        g_ptr_array_add (templates, template_new (value, leyden_value_get_string (leyden_value_get_item (texts, j), NULL)));
    }
  return templates;
}

static GPtrArray *
get_templates (void)
{
  static gsize once;
  static GPtrArray *templates;

  if (g_once_init_enter (&once))
    {
      templates = load_templates ();
      g_once_init_leave (&once, 1);
    }
  return templates;
}

static gboolean
parse_clock (const char *text,
             double     *minutes)
{
  guint hour = 0, minute = 0;
  const char *p = text;

  for (; g_ascii_isdigit (*p); p++)
    hour = hour * 10 + (guint) (*p - '0');
  for (p++; g_ascii_isdigit (*p); p++)
    minute = minute * 10 + (guint) (*p - '0');
  while (*p == ' ')
    p++;
  if (g_ascii_tolower (*p) == 'p' && hour < 12)
    hour += 12;
  if (g_ascii_tolower (*p) == 'a' && hour == 12)
    hour = 0;
  *minutes = hour * 60.0 + minute;
  return hour < 25 && minute < 60;
}

/* "two thirds" is shown as 2/3. */
static char *
show_fraction (double value)
{
  for (int d = 2; d <= 100; d++)
    if (fabs (value * d - round (value * d)) < 1e-9)
      return g_strdup_printf ("%.0f/%d", value * d, d);
  return leyden_formula_format (value);
}

/* Sets @shown too; an expression is its own text. */
static gboolean
parse_slot (SlotKind             kind,
            const char          *text,
            LeydenFormulaNumber *number)
{
  if (kind == SLOT_TIME)
    {
      if (!parse_clock (text, &number->value))
        return FALSE;
      number->shown = leyden_formula_format (number->value);
      return TRUE;
    }
  if (!leyden_word_number_parse (text, &number->value))
    return FALSE;
  number->shown = kind == SLOT_FRACTION ? show_fraction (number->value) : leyden_formula_format (number->value);
  return TRUE;
}

static gboolean
read_numbers (Template            *template,
              GMatchInfo          *match,
              LeydenFormulaNumber *numbers)
{
  for (const char *slot = template->slots; *slot != '\0'; slot++)
    {
      char name[2] = { *slot, '\0' };
      g_autofree char *text = g_match_info_fetch_named (match, name);

      if (text == NULL || !parse_slot (template->kinds[*slot - 'a'], text, &numbers[*slot - 'a']))
        return FALSE;
    }
  if (template->overnight[0] != '\0')
    {
      LeydenFormulaNumber *from = &numbers[template->overnight[0] - 'a'], *to = &numbers[template->overnight[1] - 'a'];

      if (to->value < from->value)
        {
          to->value += 24 * 60;
          g_free (to->shown);
          to->shown = leyden_formula_format (to->value);
        }
    }
  return TRUE;
}

/* @formula with @numbers, or NULL when that has no value. */
static LeydenWordProblem *
problem_new (LeydenFormula             *formula,
             const LeydenFormulaNumber *numbers)
{
  g_autoptr(LeydenWordProblem) self = g_new0 (LeydenWordProblem, 1);

  self->steps = g_ptr_array_new_with_free_func (g_free);
  if (!leyden_formula_evaluate (formula, numbers, &self->value, self->steps))
    return NULL;
  self->expression = leyden_formula_fill (formula, numbers);
  return g_steal_pointer (&self);
}

static LeydenWordProblem *
problem_from_match (Template   *template,
                    GMatchInfo *match)
{
  LeydenFormulaNumber numbers[26] = { 0 };
  LeydenWordProblem *problem = NULL;
  int start, end;

  if (template->kinds[template->slots[0] - 'a'] == SLOT_EXPRESSION)
    {
      g_autofree char *text = g_match_info_fetch_named (match, template->slots[0] == 'e' ? "e" : "a");
      g_autoptr(LeydenFormula) formula = leyden_formula_new (text);

      if (formula != NULL)
        problem = problem_new (formula, numbers);
    }
  else if (read_numbers (template, match, numbers))
    problem = problem_new (template->formula, numbers);

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_free (numbers[i].shown);
  if (problem != NULL)
    {
      g_match_info_fetch_pos (match, 0, &start, &end);
      problem->start = (gsize) start;
      problem->end = (gsize) end;
    }
  return problem;
}

static int
compare_problems (gconstpointer a,
                  gconstpointer b)
{
  const LeydenWordProblem *x = *(LeydenWordProblem * const *) a, *y = *(LeydenWordProblem * const *) b;

  if (x->start != y->start)
    return x->start < y->start ? -1 : 1;
  return x->end > y->end ? -1 : x->end < y->end;
}

static void
drop_overlaps (GPtrArray *problems)
{
  g_ptr_array_sort (problems, compare_problems);
  for (guint i = 1; i < problems->len;)
    {
      LeydenWordProblem *before = g_ptr_array_index (problems, i - 1), *problem = g_ptr_array_index (problems, i);

      if (problem->start < before->end)
        g_ptr_array_remove_index (problems, i);
      else
        i++;
    }
}

GPtrArray *
leyden_word_problem_find (const char *text,
                          gsize       length)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_word_problem_free);
  GPtrArray *templates = get_templates ();

  g_return_val_if_fail (text != NULL, problems);

  if (length > MAX_TEXT)
    return problems;
  for (guint i = 0; i < templates->len; i++)
    {
      Template *template = g_ptr_array_index (templates, i);
      g_autoptr(GMatchInfo) match = NULL;

      g_regex_match_full (template->regex, text, (gssize) length, 0, 0, &match, NULL);
      for (; g_match_info_matches (match); g_match_info_next (match, NULL))
        {
          LeydenWordProblem *problem = problem_from_match (template, match);

          if (problem != NULL)
            g_ptr_array_add (problems, problem);
        }
    }
  drop_overlaps (problems);
  return problems;
}

void
leyden_word_problem_free (LeydenWordProblem *self)
{
  if (self == NULL)
    return;
  g_free (self->expression);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_free (self);
}

static gboolean
is_only_space (const char *text,
               gsize       start,
               gsize       end)
{
  for (gsize i = start; i < end; i++)
    if (!g_ascii_isspace (text[i]))
      return FALSE;
  return TRUE;
}

/**
 * leyden_simulation_solve:
 * @problem: the text of one arithmetic word problem, UTF-8
 * @value: (out): its value; untouched when %FALSE
 *
 * Reads the numbers in the text and calculates with them, so an edited question has its own answer. The texts that it can
 * read are those of data/simulation/arithmetic.json, with other numbers, names and things. Any thread.
 *
 * Returns: %FALSE when the whole text is not one such problem
 */
gboolean
leyden_simulation_solve (const char *problem,
                         double     *value)
{
  g_autoptr(GPtrArray) problems = NULL;
  gsize length;
  LeydenWordProblem *found;

  g_return_val_if_fail (problem != NULL && value != NULL, FALSE);

  length = strlen (problem);
  if (!g_utf8_validate (problem, (gssize) length, NULL))
    return FALSE;
  problems = leyden_word_problem_find (problem, length);
  if (problems->len != 1)
    return FALSE;
  found = g_ptr_array_index (problems, 0);
  if (!is_only_space (problem, 0, found->start) || !is_only_space (problem, found->end, length))
    return FALSE;
  *value = found->value;
  return TRUE;
}
