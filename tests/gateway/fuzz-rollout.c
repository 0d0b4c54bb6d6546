/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes as an exported rollout: any bytes. What is taken is a log without a gap, of one rollout, and whatever stands in it can be looked at: folded,
 * summed up at any place with the same states, drawn as spans, compared with itself without a difference. */
#include <stdint.h>
#include <string.h>

#include "leyden-compare.h"
#include "leyden-engine.h"
#include "leyden-json.h"
#include "leyden-rollout-file.h"
#include "leyden-timeline.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MANY 10000

static void
check_position (LeydenTimeline *timeline,
                gpointer        state,
                guint64         sequence)
{
  g_autoptr(LeydenValue) fold = leyden_rollout_reducer ()->serialise (state);
  g_autoptr(LeydenValue) summary = leyden_timeline_summarise (timeline, sequence, "", MANY);
  g_autoptr(LeydenValue) spans = leyden_timeline_list_spans (timeline, sequence, "", MANY);
  LeydenValue *nodes = leyden_value_get_member (summary, "nodes");

  g_assert_true (leyden_value_equal (leyden_value_get_member (fold, "usage"), leyden_value_get_member (summary, "usage")));
  g_assert_cmpstr (leyden_value_get_member_string (fold, "state", ""), ==, leyden_value_get_member_string (summary, "state", ""));
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_member (leyden_value_get_member (fold, "nodes"), leyden_value_get_key (nodes, i));

      g_assert_cmpstr (leyden_value_get_member_string (node, "state", "?"), ==,
                       leyden_value_get_member_string (leyden_value_get_item (nodes, i), "state", ""));
    }
  g_assert_nonnull (spans);
}

static void
keep (LeydenRecord *record,
      gpointer      data)
{
  g_ptr_array_add (data, leyden_record_ref (record));
}

/* What is read some at a time is what was read at once. */
static void
check_again (const char *text,
             gsize       length,
             GPtrArray  *records)
{
  LeydenRolloutRecords *again = leyden_rollout_records_new (text, length);
  guint n = 0;

  while (n < records->len)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) some = leyden_rollout_records_read (again, 3, 1000, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (some->len, >, 0);
      for (guint i = 0; i < some->len; i++, n++)
        {
          LeydenRecord *x = g_ptr_array_index (some, i), *y = g_ptr_array_index (records, n);

          g_assert_cmpuint (x->sequence, ==, y->sequence);
          g_assert_cmpstr (x->type, ==, y->type);
          g_assert_true (leyden_value_equal (x->payload, y->payload));
        }
    }
  leyden_rollout_records_free (again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenRolloutFile) file = leyden_rollout_file_parse ((const char *) data, size, keep, records, &error);
  g_autoptr(LeydenTimeline) timeline = NULL;
  g_autoptr(LeydenValue) compared = NULL;
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer state;

  g_assert_true ((file == NULL) == (error != NULL));
  if (file == NULL)
    return 0;
  g_assert_cmpuint (file->n_records, ==, records->len);
  check_again ((const char *) data, size, records);
  timeline = leyden_timeline_new ("fuzz");
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      g_assert_cmpuint (record->sequence, ==, i + 1);
      leyden_timeline_add (timeline, record);
    }
  state = reducer->init ();
  for (guint i = 0; i < records->len; i++)
    {
      reducer->apply (state, g_ptr_array_index (records, i));
      if (i < 50)
        check_position (timeline, state, i + 1);
    }
  reducer->free (state);
  compared = leyden_compare_logs (records, records, MANY);
  g_assert_true (leyden_value_is_null (leyden_value_get_member (compared, "divergence")));
  return 0;
}
