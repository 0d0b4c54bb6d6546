/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-work.h"

#include <stdint.h>

#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A rollout of a foreign server: whatever it says, a variable that changes the program is never set, and what is ours never goes out. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  const char * const ours[] = { "HOME=/h", "PATH=/p", "LEYDEN_KEY_X=secret", NULL };
  g_autoptr(LeydenValue) rollout = leyden_json_parse ((const char *)data, (gssize)size, &limits, NULL);
  g_autoptr(LeydenWorkItem) item = rollout != NULL ? leyden_work_item_new (rollout, "0", "key") : NULL;
  g_auto(GStrv) made = NULL;

  if (item == NULL)
    return 0;
  g_assert_cmpint (item->timeout_s, >=, 0);
  made = leyden_work_item_make_environ (item, ours, "http://h", NULL, NULL);
  if (made == NULL)
    return 0;
  g_assert_cmpstr (g_environ_getenv (made, "PATH"), ==, "/p");
  g_assert_cmpstr (g_environ_getenv (made, "AGL_KEY"), ==, "key");
  g_assert_null (g_environ_getenv (made, "LEYDEN_KEY_X"));
  g_assert_null (g_environ_getenv (made, "LD_PRELOAD"));
  g_assert_true (g_str_has_prefix (g_environ_getenv (made, "AGL_EVENT_URL"), "http://h/api/rollouts/"));
  return 0;
}
