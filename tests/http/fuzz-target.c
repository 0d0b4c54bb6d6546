/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A target is refused, or splits in one way only; and no spelling of a path reaches another route than its segments say. */
#include <stdint.h>
#include <string.h>

#include "leyden-http-router.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
no_handler (LeydenHttpExchange *exchange,
            gpointer            data)
{
}

static LeydenHttpRouter *
router_new (void)
{
  static const char * const patterns[] = {
    "/", "/healthz", "/api/rollouts", "/api/rollouts/{id}", "/api/rollouts/{id}/events", "/api/rollouts/special/{other}",
    "/leyden/v1/blobs/{sha256}", "/files/{path...}", "/files/fixed/{id}", "/{any}/x",
  };
  LeydenHttpRouter *router = leyden_http_router_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    leyden_http_router_add (router, i % 2 == 0 ? "GET" : "POST", patterns[i], 0, 0, no_handler, (gpointer) patterns[i]);
  return router;
}

static guint
count_slashes (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '/';
  return n;
}

static void
check_target (LeydenHttpTarget *target,
              const char       *raw)
{
  g_assert_true (target->path[0] == '/' && g_utf8_validate (target->path, -1, NULL));
  g_assert_cmpuint (count_slashes (target->path), ==, target->segments->len);
  for (const char *p = target->path; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
  g_assert_cmpuint (target->query->len % 2, ==, 0);
  for (guint i = 0; i < target->query->len; i++)
    g_assert_true (g_utf8_validate (target->query->pdata[i], -1, NULL));
  if (target->query->len > 0)
    g_assert_nonnull (leyden_http_target_get_query (target, target->query->pdata[0], 0));
}

static void
check_match (LeydenHttpMatch  *match,
             LeydenHttpTarget *target)
{
  const char *pattern = match->route->user_data;

  g_assert_cmpuint (match->n_values, ==, match->route->n_names);
  for (guint i = 0; i < match->n_values; i++)
    g_assert_true (match->values[i] != NULL && *match->values[i] != '\0');
  if (strstr (pattern, "...}") == NULL)
    g_assert_cmpuint (count_slashes (pattern), ==, target->segments->len);
  else
    g_assert_true (strstr (match->rest, "//") == NULL && !g_str_has_prefix (match->rest, "../") && !g_str_has_suffix (match->rest, "/.."));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char * const methods[] = { "GET", "HEAD", "POST", "DELETE" };
  g_autoptr(LeydenHttpRouter) router = router_new ();
  g_autofree char *raw = g_strndup ((const char *) data, size);
  g_autoptr(LeydenHttpTarget) target = NULL;
  const char *detail;
  guint status;

  target = leyden_http_target_parse (raw, &status, &detail);
  g_assert_true (target != NULL ? status == 0 : (status == 400 || status == 414) && detail != NULL);
  if (target == NULL)
    return 0;
  check_target (target, raw);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      LeydenHttpMatch match;
      g_autofree char *allow = NULL;

      if (leyden_http_router_match (router, methods[i], target, &match, &allow))
        {
          g_assert_null (allow);
          check_match (&match, target);
        }
      leyden_http_match_clear (&match);
    }
  return 0;
}
