/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rollout's events as anybody may post them, one JSON document a line: {"event_type", "data"}. Nothing of them spoils the view. */
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-trainer-view.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (const LeydenAglLog *log)
{
  g_autoptr(LeydenValue) view = leyden_trainer_view_make (log);
  LeydenValue *calls = leyden_value_get_member (view, "calls");
  guint n = leyden_value_get_size (calls);
  guint n_trained = 0;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      g_autoptr(LeydenValue) one = leyden_trainer_view_make_call (log, i, 0, 100);

      g_assert_nonnull (one);
      n_trained += leyden_value_get_member_boolean (call, "trained", FALSE);
      g_assert_cmpint (leyden_value_get_member_int (call, "sequence_index", -1), <,
                       leyden_value_get_size (leyden_value_get_member (view, "sequences")));
    }
  g_assert_cmpint (leyden_value_get_member_int (view, "n_trained", -1), ==, n_trained);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_rollout_row_free);
  g_autoptr(LeydenRolloutRow) row = leyden_rollout_row_new ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto(GStrv) lines = g_strsplit (text, "\n", 64);
  LeydenAglLog log = { .row = row, .attempt = (char *)"0", .records = records, .group = group };

  row->rollout = g_strdup ("r");
  g_free (row->executor);
  row->executor = g_strdup ("agl");
  row->reward = NAN;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr(LeydenValue) payload = leyden_json_parse (lines[i], -1, &limits, NULL);

      /* The API lets no others in. */
      if (leyden_value_get_kind (leyden_value_get_member (payload, "event_type")) == LEYDEN_VALUE_STRING
          && leyden_value_get_kind (leyden_value_get_member (payload, "data")) == LEYDEN_VALUE_OBJECT)
        g_ptr_array_add (records, leyden_record_new ("r", "0", i + 1, 1, "agl", "agl.event", "", payload));
    }
  check (&log);
  return 0;
}
