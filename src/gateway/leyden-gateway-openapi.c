/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /openapi.json, made of the table of routes: what is served is what it says. What the table does not know (bodies, answers of Agent
 * Lightning's routes) stands in data/schema/openapi.json by operation. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"

#include "leyden-json.h"

#define RESOURCE "/io/github/leyden/Leyden/schema/openapi.json"

static LeydenValue *
load_details (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (RESOURCE, 0, NULL);

  g_assert (bytes != NULL);
  return leyden_json_parse_bytes (bytes, NULL, NULL);
}

/* "{path...}" is "{path}" there. */
static char *
public_path (const char *pattern)
{
  g_auto(GStrv) parts = g_strsplit (pattern, "...}", -1);

  return g_strjoinv ("}", parts);
}

static void
add_path_parameters (LeydenValueBuilder *b,
                     const char         *path)
{
  for (const char *p = strchr (path, '{'); p != NULL; p = strchr (p + 1, '{'))
    {
      g_autofree char *name = g_strndup (p + 1, strcspn (p + 1, "}"));

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", name);
      leyden_value_builder_set_string (b, "in", "path");
      leyden_value_builder_set_boolean (b, "required", TRUE);
      leyden_value_builder_key (b, "schema");
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "type", "string");
      leyden_value_builder_end (b);
      leyden_value_builder_end (b);
    }
}

static void
add_responses (LeydenValueBuilder *b,
               LeydenValue        *details)
{
  LeydenValue *given = leyden_value_get_member (details, "responses");

  if (given != NULL)
    {
      leyden_value_builder_set (b, "responses", given);
      return;
    }
  leyden_value_builder_key (b, "responses");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_key (b, "default");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "description", "The answer, or {\"detail\": …} that says why not");
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

/* What a key needs: help “Protection”. */
static void
add_access (LeydenValueBuilder *b,
            const LeydenRoute  *route)
{
  if ((route->flags & LEYDEN_HTTP_ROUTE_OPEN) == 0)
    {
      leyden_value_builder_set_string (b, "x-role", leyden_gateway_role_to_string (leyden_route_get_role (route)));
      leyden_value_builder_set_boolean (b, "x-rollout-key", (route->access & LEYDEN_ACCESS_ROLLOUT_KEY) != 0);
      return;
    }
  leyden_value_builder_key (b, "security");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_end (b);
}

static void
add_scheme (LeydenValueBuilder *b,
            const char         *name)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_key (b, name);
  leyden_value_builder_begin_list (b);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static LeydenValue *
make_operation (const LeydenRoute *route,
                const char        *path,
                LeydenValue       *details)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *query = leyden_value_get_member (details, "query");
  LeydenValue *body = leyden_value_get_member (details, "requestBody");
  g_autofree char *name = g_strconcat (route->method, " ", path, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "summary", leyden_value_get_member_string (details, "summary", name));
  leyden_value_builder_set_string (&b, "operationId", name);
  leyden_value_builder_key (&b, "parameters");
  leyden_value_builder_begin_list (&b);
  add_path_parameters (&b, path);
  for (guint i = 0; i < leyden_value_get_size (query); i++)
    leyden_value_builder_add (&b, leyden_value_get_item (query, i));
  leyden_value_builder_end (&b);
  if (body != NULL)
    leyden_value_builder_set (&b, "requestBody", body);
  add_responses (&b, details);
  add_access (&b, route);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Whether an earlier route has the same path: it brought this one along. */
static gboolean
is_repeated (const LeydenRoute *routes,
             gsize              i)
{
  for (gsize j = 0; j < i; j++)
    if (g_str_equal (routes[j].pattern, routes[i].pattern))
      return TRUE;
  return FALSE;
}

static void
add_path (LeydenValueBuilder *b,
          const LeydenRoute  *routes,
          gsize               n_routes,
          gsize               first,
          LeydenValue        *operations)
{
  g_autofree char *path = public_path (routes[first].pattern);

  leyden_value_builder_key (b, path);
  leyden_value_builder_begin_object (b);
  for (gsize i = first; i < n_routes; i++)
    {
      g_autofree char *method = NULL;
      g_autofree char *key = NULL;

      if (!g_str_equal (routes[i].pattern, routes[first].pattern))
        continue;
      method = g_ascii_strdown (routes[i].method, -1);
      key = g_strconcat (routes[i].method, " ", path, NULL);
      leyden_value_builder_set_take (b, method, make_operation (&routes[i], path, leyden_value_get_member (operations, key)));
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_gateway_make_openapi (const LeydenRoute *routes,
                             gsize              n_routes)
{
  g_autoptr(LeydenValue) details = load_details ();
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "openapi", "3.1.0");
  leyden_value_builder_key (&b, "info");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", "Leyden");
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "paths");
  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < n_routes; i++)
    if (!is_repeated (routes, i))
      add_path (&b, routes, n_routes, i, leyden_value_get_member (details, "operations"));
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "security");
  leyden_value_builder_begin_list (&b);
  add_scheme (&b, "bearer");
  add_scheme (&b, "key");
  leyden_value_builder_end (&b);
  leyden_value_builder_set (&b, "components", leyden_value_get_member (details, "components"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
