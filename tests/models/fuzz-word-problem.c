/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of word problems, and the whole simulation with the text as its prompt: same text, same answer; every value is finite. */
#include <math.h>
#include <stdint.h>

#include "leyden-simulation.h"
#include "../../src/models/leyden-word-problem.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static LeydenValue *
make_request (const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "user");
  leyden_value_builder_set_string (&b, "content", text);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, (gssize) size);
  gsize length = strlen (text);
  g_autoptr(GPtrArray) found = leyden_word_problem_find (text, length);
  g_autoptr(LeydenValue) request = make_request (text);
  g_autoptr(LeydenValue) first = leyden_simulation_complete (request, 42, 0, NULL);
  g_autoptr(LeydenValue) second = leyden_simulation_complete (request, 42, 0, NULL);
  gsize end = 0;
  double value;

  for (guint i = 0; i < found->len; i++)
    {
      LeydenWordProblem *problem = g_ptr_array_index (found, i);

      g_assert_true (isfinite (problem->value));
      g_assert_cmpuint (problem->start, >=, end);
      g_assert_cmpuint (problem->end, >, problem->start);
      g_assert_cmpuint (problem->end, <=, length);
      end = problem->end;
    }
  if (leyden_simulation_solve (text, &value))
    g_assert_cmpuint (found->len, ==, 1);
  g_assert_nonnull (first);
  g_assert_true (leyden_value_equal (first, second));
  return 0;
}
