/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-agl-client.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_rollout (const LeydenAglRollout *rollout)
{
  g_assert_nonnull (rollout->id);
  g_assert_cmpint (rollout->id[0], !=, '\0');
  g_assert_nonnull (rollout->state);
  g_assert_nonnull (rollout->attempt);
  g_assert_cmpint (rollout->created_ns, >=, 0);
}

/* Any answer of a server is what was expected or an error. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GBytes) body = g_bytes_new (data, size);
  g_autoptr(LeydenAglList) list = leyden_agl_list_parse (body, NULL);
  g_autoptr(LeydenAglPage) page = leyden_agl_page_parse (body, 1, NULL);
  g_autoptr(LeydenAglRollout) detail = leyden_agl_detail_parse (body, NULL);
  g_autoptr(LeydenAglProxyState) proxy = leyden_agl_proxy_state_parse (body, NULL);
  g_autoptr(GPtrArray) events = leyden_agl_events_parse (body, NULL);

  for (guint i = 0; list != NULL && i < list->rollouts->len; i++)
    check_rollout (list->rollouts->pdata[i]);
  if (detail != NULL)
    check_rollout (detail);
  if (page != NULL)
    g_assert_cmpint (page->next_after, >=, 1);
  if (proxy != NULL)
    g_assert_cmpint (proxy->inflight, >=, 0);
  for (guint i = 0; events != NULL && i < events->len; i++)
    g_assert_cmpint (leyden_value_get_kind (((LeydenAglEvent *)events->pdata[i])->data), ==, LEYDEN_VALUE_OBJECT);
  return 0;
}
