/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-judge.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Reads what a judge answered: any text. The judgement may stand alone, in a fence, or behind some words. */

/* Only the end of a long answer is read, and so many places where an object may begin. */
#define LONGEST_END 65536
#define MAX_TRIES 200
#define LONGEST_REASON 2000

/* Length of the object that begins at @at, 0 when it has no end. */
static gsize
measure_object (const char *at)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (const char *p = at; *p != '\0'; p++)
    {
      if (in_string)
        {
          if (*p == '\\' && p[1] != '\0')
            p++;
          else
            in_string = *p != '"';
        }
      else if (*p == '"')
        in_string = TRUE;
      else if (*p == '{' || *p == '[')
        depth++;
      else if ((*p == '}' || *p == ']') && --depth == 0)
        return (gsize) (p - at) + 1;
    }
  return 0;
}

static gboolean
read_score (LeydenValue *object,
            double      *score)
{
  return leyden_value_get_double (leyden_value_get_member (object, "score"), score) && *score >= 0 && *score <= 1;
}

static gboolean
read_better (LeydenValue *object,
             double      *score)
{
  const char *better = leyden_value_get_member_string (object, "better", "");

  if (g_str_equal (better, "first"))
    *score = 1;
  else if (g_str_equal (better, "second"))
    *score = 0;
  else if (g_str_equal (better, "tie"))
    *score = 0.5;
  else
    return FALSE;
  return TRUE;
}

gboolean
leyden_judgement_parse (const char      *text,
                        gboolean         compares,
                        LeydenJudgement *out)
{
  g_autofree char *valid = NULL;
  gsize length = strlen (text);
  guint n_tries = 0;

  valid = g_utf8_make_valid (text + (length > LONGEST_END ? length - LONGEST_END : 0), -1);
  for (char *at = valid + strlen (valid); at-- > valid && n_tries < MAX_TRIES;)
    {
      g_autoptr(LeydenValue) object = NULL;
      double score = 0;
      gsize size;

      if (*at != '{')
        continue;
      n_tries++;
      size = measure_object (at);
      object = size > 0 ? leyden_json_parse (at, (gssize) size, NULL, NULL) : NULL;
      if (object == NULL || !(compares ? read_better (object, &score) : read_score (object, &score)))
        continue;
      out->score = score;
      out->reason = leyden_text_escape (leyden_value_get_member_string (object, "reason", ""), -1, LONGEST_REASON);
      return TRUE;
    }
  return FALSE;
}

double
leyden_judgement_round (double      score,
                        const char *scale)
{
  if (g_str_equal (scale, "pass"))
    return score >= 0.5 ? 1 : 0;
  if (g_str_equal (scale, "five"))
    return round (score * 4) / 4;
  return score;
}
