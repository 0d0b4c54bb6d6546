/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The guard of framing: what a request's head must be before anybody else looks at it. Pure functions of bytes. */
typedef struct
{
  const char *name;
  gsize name_length;
  const char *value;
  gsize value_length;
} LeydenHttpField;

typedef struct
{
  const char *method;
  const char *version;          /* "HTTP/1.1" */
  const LeydenHttpField *fields;
  guint n_fields;
} LeydenHttpHead;

/* What the head says. The texts lie in the head's fields. */
typedef struct
{
  gboolean has_body;
  gboolean chunked;
  guint64 content_length;
  const char *host;
  const char *origin;
  const char *fetch_site;
  const char *content_type;
  const char *content_encoding;
  const char *authorization;    /* the first */
  const char *api_key;          /* the first */
  guint n_authorization;
  guint n_api_key;
} LeydenHttpFacts;

#define LEYDEN_HTTP_MAX_FIELDS 100

/* 0, or the status to refuse with and @detail (static). Everything refused here also ends the connection. */
guint    leyden_http_guard_check_head    (const LeydenHttpHead  *head,
                                          LeydenHttpFacts       *facts,
                                          const char           **detail);
/* Whether @host ("name", "name:port", "[address]:port") names one of @allowed (lower case, no port, IPv6 in brackets). */
gboolean leyden_http_guard_allows_host   (const char            *host,
                                          GHashTable            *allowed);
/* Whether a page that may not read this server sent the request: an Origin that is not our Host, or Sec-Fetch-Site other
 * than same-origin and none. */
gboolean leyden_http_guard_is_foreign    (const LeydenHttpFacts *facts);
/* Whether @content_type is application/json or ends in +json, in UTF-8. */
gboolean leyden_http_guard_is_json       (const char            *content_type);
/* Key after "Bearer " (case-sensitive, as Agent Lightning reads it), or NULL. */
const char *leyden_http_guard_bearer     (const char            *authorization);

G_END_DECLS
