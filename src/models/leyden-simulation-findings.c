/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-critic.h"

#include <math.h>
#include <string.h>

/* Counts in the cases of a request why answers are wrong. It looks at what stands there and nothing else: the problem, the answer, the
 * tools and the instructions. */

#define RIGHT 0.999
#define VISIBLE 0.01
#define MAX_CASES 64

/* One case: an item and what came of it. Nullable texts of the sections. */
typedef struct
{
  const char *input;
  const char *work;
  const char *output;
  const char *tools;            /* of all cases */
  const char *prompts;          /* of all cases, folded */
} Case;

static guint
find_feature (const LeydenSimulationFamily *family,
              const char                   *name)
{
  for (guint i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    if (g_str_equal (family->features[i].name, name))
      return i;
  g_assert_not_reached ();
}

static gboolean
is_near (double a,
         double b)
{
  return fabs (a - b) <= VISIBLE * MAX (fabs (a), fabs (b));
}

/* The value of the first step: "12 × 2 = 24". */
static gboolean
is_first_step (const LeydenWordProblem *problem,
               double                   given)
{
  const char *equals = problem->steps->len > 1 ? strrchr (g_ptr_array_index (problem->steps, 0), '=') : NULL;
  double first;

  return equals != NULL && leyden_word_number_parse (equals + 1 + (equals[1] == ' '), &first) && is_near (first, given);
}

static const char *
find_arithmetic_cause (const Case              *c,
                       const LeydenWordProblem *problem)
{
  const char *line = strrchr (c->output, '\n');
  gboolean called = (c->work != NULL && strstr (c->work, "calls ") != NULL) || strstr (c->output, "The calculator gives") != NULL;
  double given;

  if (!leyden_simulation_last_number (line != NULL && line[1] != '\0' ? line + 1 : c->output, &given) || is_near (given, problem->value))
    return "format";
  if (is_near (given, problem->value * 1000.0))
    return "units";
  if (is_first_step (problem, given))
    return "check";
  if (!called && c->tools != NULL && !leyden_simulation_mentions ("arith", "calc", c->prompts))
    return "calc";
  return !leyden_simulation_mentions ("arith", "steps", c->prompts) ? "steps" : NULL;
}

/* How answers about mail show their cause. */
static const char *
find_mail_cause (const Case *c)
{
  static const struct { const char *start; const char *cause; } signs[] = {
    { "Everything counts that I find", "define" },
    { "It says that it comes from", "phishing" },
    { "Somebody else may have", "phishing" },
    { "Going by the body alone", "headers" },
  };
  g_autofree char *folded = leyden_simulation_fold (c->output, strlen (c->output));
  gboolean ham = strstr (folded, "ham") != NULL, spam = strstr (folded, "spam") != NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strstr (c->output, signs[i].start) != NULL)
      return signs[i].cause;
  if (ham && spam)
    return "one";
  return ham || spam ? NULL : "labels";
}

static void
count_case (LeydenSimulationFindings *self,
            const Case               *c)
{
  g_autoptr(GPtrArray) problems = leyden_word_problem_find (c->input, strlen (c->input));
  g_autoptr(GArray) mails = NULL;
  const char *family = NULL, *cause = NULL;

  if (problems->len > 0)
    {
      family = "arith";
      cause = find_arithmetic_cause (c, g_ptr_array_index (problems, problems->len - 1));
    }
  else
    {
      mails = leyden_simulation_mails_find (leyden_simulation_mails_get (), c->input, strlen (c->input));
      family = mails->len > 0 ? "mail" : NULL;
      cause = mails->len > 0 ? find_mail_cause (c) : NULL;
    }
  if (family == NULL || (self->family != NULL && !g_str_equal (self->family->name, family)))
    return;
  self->family = leyden_simulation_find_family (family);
  self->n_failures++;
  if (cause != NULL)
    self->counts[find_feature (self->family, cause)]++;
}

static const char *
get_part (const LeydenSections *sections,
          guint                 index,
          const char           *part)
{
  g_autofree char *name = g_strdup_printf ("case-%u-%s", index, part);

  return leyden_sections_get (sections, name);
}

/* Most frequent first, ties by chance. */
static void
sort_features (LeydenSimulationFindings      *self,
               const LeydenSimulationRequest *request,
               const char                    *key)
{
  double places[LEYDEN_SIMULATION_N_FEATURES];

  for (guint i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    {
      self->order[i] = i;
      places[i] = self->counts[i] + leyden_simulation_uniform (request->seed, "critic", "tie", key, self->family->features[i].name, NULL);
    }
  for (guint i = 1; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    for (guint j = i; j > 0 && places[self->order[j]] > places[self->order[j - 1]]; j--)
      {
        guint other = self->order[j];

        self->order[j] = self->order[j - 1];
        self->order[j - 1] = other;
      }
}

void
leyden_simulation_findings_read (LeydenSimulationFindings      *self,
                                 const LeydenSections          *sections,
                                 const LeydenSimulationRequest *request,
                                 const char                    *key)
{
  const char *others = leyden_sections_get (sections, "others");
  g_autofree char *prompts = g_strconcat (leyden_sections_get (sections, "instructions"), "\n", others, NULL);
  g_autofree char *folded = leyden_simulation_fold (prompts, strlen (prompts));

  *self = (LeydenSimulationFindings) { 0 };
  for (guint i = 1; i <= MAX_CASES; i++)
    {
      const char *reward = get_part (sections, i, "reward");
      Case c = { get_part (sections, i, "input"), get_part (sections, i, "work"), get_part (sections, i, "output"),
                 leyden_sections_get (sections, "tools"), folded };

      if (reward == NULL)
        break;
      if (c.input != NULL && g_ascii_strtod (reward, NULL) < RIGHT)
        {
          c.output = c.output != NULL ? c.output : "";
          count_case (self, &c);
        }
      else if (c.input != NULL && self->family == NULL)
        {
          count_case (self, &(Case) { c.input, NULL, "", NULL, folded });
          memset (self->counts, 0, sizeof self->counts);
          self->n_failures = 0;
        }
    }
  if (self->family != NULL)
    sort_features (self, request, key);
}

static const char *
get_seen (const char *family,
          const char *feature)
{
  LeydenValue *critic = leyden_value_get_member (leyden_simulation_get_phrases (), "critic");
  LeydenValue *entry = leyden_value_get_member (leyden_value_get_member (critic, family), feature);

  return leyden_value_get_member_string (entry, "seen", "");
}

char *
leyden_simulation_findings_word (const LeydenSimulationFindings *self)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < LEYDEN_SIMULATION_N_FEATURES; i++)
    {
      guint feature = self->order[i];

      if (self->counts[feature] > 0)
        g_string_append_printf (out, "%s- In %u of %u failures: %s", out->len > 0 ? "\n" : "", self->counts[feature], self->n_failures,
                                get_seen (self->family->name, self->family->features[feature].name));
    }
  if (out->len == 0)
    g_string_append (out, self->n_failures > 0 ? "- The failures show no common cause." : "- Nothing failed.");
  return g_string_free (out, FALSE);
}

const char *
leyden_simulation_findings_top (const LeydenSimulationFindings *self)
{
  return self->family != NULL && self->counts[self->order[0]] > 0 ? self->family->features[self->order[0]].name : NULL;
}

/* The first sentence wins; a critique in other words is searched for the features' own phrases. */
void
leyden_simulation_findings_from_text (LeydenSimulationFindings *self,
                                      const char               *critique)
{
  static const char * const names[] = { "arith", "mail" };
  g_autofree char *folded = leyden_simulation_fold (critique, strlen (critique));
  const char *first = NULL;

  *self = (LeydenSimulationFindings) { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint j = 0; j < LEYDEN_SIMULATION_N_FEATURES; j++)
      {
        const LeydenSimulationFamily *family = leyden_simulation_find_family (names[i]);
        const char *feature = family->features[j].name, *place = strstr (critique, get_seen (names[i], feature));

        if (place != NULL ? first == NULL || place < first
                          : self->family == NULL && leyden_simulation_mentions (names[i], feature, folded))
          {
            first = place;
            *self = (LeydenSimulationFindings) { .family = family, .n_failures = 1 };
            self->counts[j] = 1;
            self->order[0] = j;
          }
      }
  if (self->family == NULL)
    self->family = leyden_simulation_find_family ("arith");
}
