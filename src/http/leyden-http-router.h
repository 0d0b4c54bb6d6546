/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-server.h"
#include "leyden-http-target.h"

G_BEGIN_DECLS

#define LEYDEN_HTTP_MAX_PARAMS 8

typedef struct
{
  char *method;
  char *names[LEYDEN_HTTP_MAX_PARAMS];  /* of the pattern's parameters, in order */
  guint n_names;
  LeydenHttpRouteFlags flags;
  guint64 max_body;
  LeydenHttpHandler handler;
  gpointer user_data;
} LeydenHttpRoute;

/* Where a target led. The values lie in the target. */
typedef struct
{
  LeydenHttpRoute *route;               /* NULL: none */
  const char *values[LEYDEN_HTTP_MAX_PARAMS];
  guint n_values;
  char *rest;                           /* of "{name...}", the last value */
} LeydenHttpMatch;

void        leyden_http_match_clear      (LeydenHttpMatch  *self);
/* Value of the parameter @name, or NULL. */
const char *leyden_http_match_get        (LeydenHttpMatch  *self,
                                          const char       *name);

/* A trie of path segments: literal before {parameter} before {rest...}, whatever the order of adding. */
typedef struct _LeydenHttpRouter LeydenHttpRouter;

LeydenHttpRouter *leyden_http_router_new   (void);
void              leyden_http_router_free  (LeydenHttpRouter     *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpRouter, leyden_http_router_free)
void              leyden_http_router_add   (LeydenHttpRouter     *self,
                                            const char           *method,
                                            const char           *pattern,
                                            LeydenHttpRouteFlags  flags,
                                            guint64               max_body,
                                            LeydenHttpHandler     handler,
                                            gpointer              user_data);
/* FALSE: nothing serves this path with this method; @allow is then the list for "Allow:" when another method does, else
 * NULL (transfer full). HEAD finds the route of GET. */
gboolean          leyden_http_router_match (LeydenHttpRouter     *self,
                                            const char           *method,
                                            LeydenHttpTarget     *target,
                                            LeydenHttpMatch      *match,
                                            char                **allow);

G_END_DECLS
