/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-router.h"

#include <string.h>

typedef struct _Node Node;

struct _Node
{
  GHashTable *literals;         /* (element-type utf8 Node) */
  Node *parameter;
  Node *rest;                   /* "{name...}": takes all that follows */
  GPtrArray *routes;            /* (element-type LeydenHttpRoute), one a method */
};

struct _LeydenHttpRouter
{
  Node *root;
};

/* One look-up on its way down. */
typedef struct
{
  const char *method;
  LeydenHttpTarget *target;
  LeydenHttpMatch *match;
  GPtrArray *allowed;           /* (element-type LeydenHttpRoute), borrowed */
} Search;

static void
route_free (LeydenHttpRoute *route)
{
  g_free (route->method);
  for (guint i = 0; i < route->n_names; i++)
    g_free (route->names[i]);
  g_free (route);
}

static void
node_free (Node *node)
{
  g_hash_table_unref (node->literals);
  g_clear_pointer (&node->parameter, node_free);
  g_clear_pointer (&node->rest, node_free);
  g_ptr_array_unref (node->routes);
  g_free (node);
}

static Node *
node_new (void)
{
  Node *node = g_new0 (Node, 1);

  node->literals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) node_free);
  node->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) route_free);
  return node;
}

void
leyden_http_match_clear (LeydenHttpMatch *self)
{
  g_free (self->rest);
  memset (self, 0, sizeof *self);
}

const char *
leyden_http_match_get (LeydenHttpMatch *self,
                       const char      *name)
{
  if (self->route == NULL)
    return NULL;
  for (guint i = 0; i < self->route->n_names; i++)
    {
      if (g_str_equal (self->route->names[i], name))
        return self->values[i];
    }
  return NULL;
}

LeydenHttpRouter *
leyden_http_router_new (void)
{
  LeydenHttpRouter *self = g_new0 (LeydenHttpRouter, 1);

  self->root = node_new ();
  return self;
}

void
leyden_http_router_free (LeydenHttpRouter *self)
{
  node_free (self->root);
  g_free (self);
}

/* The child for one segment of a pattern, made when it is new; notes the parameter's name in @route. */
static Node *
node_grow (Node            *node,
           const char      *segment,
           LeydenHttpRoute *route)
{
  gsize length = strlen (segment);
  Node *child;
  Node **slot;
  gboolean rest;

  if (segment[0] != '{')
    {
      child = g_hash_table_lookup (node->literals, segment);
      if (child == NULL)
        g_hash_table_insert (node->literals, g_strdup (segment), child = node_new ());
      return child;
    }

  g_assert (length > 2 && segment[length - 1] == '}' && route->n_names < LEYDEN_HTTP_MAX_PARAMS);
  rest = g_str_has_suffix (segment, "...}");
  route->names[route->n_names++] = g_strndup (segment + 1, length - (rest ? 5 : 2));
  slot = rest ? &node->rest : &node->parameter;
  if (*slot == NULL)
    *slot = node_new ();
  return *slot;
}

void
leyden_http_router_add (LeydenHttpRouter     *self,
                        const char           *method,
                        const char           *pattern,
                        LeydenHttpRouteFlags  flags,
                        guint64               max_body,
                        LeydenHttpHandler     handler,
                        gpointer              user_data)
{
  g_auto(GStrv) segments = NULL;
  LeydenHttpRoute *route;
  Node *node = self->root;

  g_assert (pattern[0] == '/');
  route = g_new0 (LeydenHttpRoute, 1);
  route->method = g_strdup (method);
  route->flags = flags;
  route->max_body = max_body;
  route->handler = handler;
  route->user_data = user_data;
  segments = g_strsplit (pattern + 1, "/", -1);
  if (segments[0] == NULL)
    node = node_grow (node, "", route);
  for (guint i = 0; segments[i] != NULL; i++)
    node = node_grow (node, segments[i], route);
  g_ptr_array_add (node->routes, route);
}

static LeydenHttpRoute *
node_find_method (Node       *node,
                  const char *method)
{
  for (guint i = 0; i < node->routes->len; i++)
    {
      LeydenHttpRoute *route = node->routes->pdata[i];
      if (g_str_equal (route->method, method))
        return route;
    }
  return NULL;
}

static gboolean
node_accept (Node   *node,
             Search *search)
{
  LeydenHttpRoute *route = node_find_method (node, search->method);

  if (route == NULL && g_str_equal (search->method, "HEAD"))
    {
      route = node_find_method (node, "GET");
      if (route != NULL && (route->flags & LEYDEN_HTTP_ROUTE_NO_HEAD) != 0)
        route = NULL;
    }
  search->match->route = route;
  for (guint i = 0; route == NULL && i < node->routes->len; i++)
    g_ptr_array_add (search->allowed, node->routes->pdata[i]);
  return route != NULL;
}

/* What "{name...}" takes: joined again, hence nothing that a join would blur or that walks up a tree. A slash at the end stays. */
static char *
join_rest (GPtrArray *segments,
           guint      from)
{
  g_autoptr(GString) rest = g_string_new (NULL);

  for (guint i = from; i < segments->len; i++)
    {
      const char *segment = segments->pdata[i];

      if (strchr (segment, '/') != NULL || g_str_equal (segment, ".") || g_str_equal (segment, "..")
          || (*segment == '\0' && (i == from || i + 1 < segments->len)))
        return NULL;
      if (i > from)
        g_string_append_c (rest, '/');
      g_string_append (rest, segment);
    }
  return g_string_free (g_steal_pointer (&rest), FALSE);
}

static gboolean
node_search_rest (Node   *node,
                  guint   depth,
                  Search *search)
{
  LeydenHttpMatch *match = search->match;

  match->rest = join_rest (search->target->segments, depth);
  if (match->rest == NULL)
    return FALSE;
  match->values[match->n_values++] = match->rest;
  if (node_accept (node->rest, search))
    return TRUE;
  match->n_values--;
  g_clear_pointer (&match->rest, g_free);
  return FALSE;
}

/* Goes at most as deep as the longest pattern. */
static gboolean
node_search (Node   *node,
             guint   depth,
             Search *search)
{
  LeydenHttpMatch *match = search->match;
  const char *segment;
  Node *child;

  if (depth == search->target->segments->len)
    return node_accept (node, search);

  segment = search->target->segments->pdata[depth];
  child = g_hash_table_lookup (node->literals, segment);
  if (child != NULL && node_search (child, depth + 1, search))
    return TRUE;
  if (node->parameter != NULL && *segment != '\0')
    {
      match->values[match->n_values++] = segment;
      if (node_search (node->parameter, depth + 1, search))
        return TRUE;
      match->n_values--;
    }
  return node->rest != NULL && node_search_rest (node, depth, search);
}

static char *
format_allow (GPtrArray *routes)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean has_head = FALSE, has_get = FALSE;

  for (guint i = 0; i < routes->len; i++)
    {
      LeydenHttpRoute *route = routes->pdata[i];
      const char *method = route->method;
      gboolean seen = FALSE;

      for (guint j = 0; j < i && !seen; j++)
        seen = g_str_equal (((LeydenHttpRoute *) routes->pdata[j])->method, method);
      if (seen)
        continue;
      has_head |= g_str_equal (method, "HEAD");
      has_get |= g_str_equal (method, "GET") && (route->flags & LEYDEN_HTTP_ROUTE_NO_HEAD) == 0;
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", method);
    }
  if (has_get && !has_head)
    g_string_append (text, ", HEAD");
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

gboolean
leyden_http_router_match (LeydenHttpRouter *self,
                          const char       *method,
                          LeydenHttpTarget *target,
                          LeydenHttpMatch  *match,
                          char            **allow)
{
  g_autoptr(GPtrArray) allowed = g_ptr_array_new ();
  Search search = { method, target, match, allowed };

  *allow = NULL;
  memset (match, 0, sizeof *match);
  if (node_search (self->root, 0, &search))
    return TRUE;
  leyden_http_match_clear (match);
  *allow = format_allow (allowed);
  return FALSE;
}
