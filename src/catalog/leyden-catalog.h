/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * LeydenCatalog: the node types, read from descriptors (data/catalog/<type>.json, schema data/schema/descriptor.json).
 * Implements #LeydenNodeTypes. Any thread may read it.
 */
#define LEYDEN_TYPE_CATALOG (leyden_catalog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCatalog, leyden_catalog, LEYDEN, CATALOG, GObject)

/* The built-in types. (transfer none), the same for the whole process. */
LeydenCatalog *leyden_catalog_get_default (void);
/* An empty one, for tests. */
LeydenCatalog *leyden_catalog_new         (void);
gboolean       leyden_catalog_add         (LeydenCatalog *self, GBytes *descriptor, const char *name, GError **error);
/* All types, by category then title. (transfer container) (element-type LeydenNodeType) */
GPtrArray     *leyden_catalog_list        (LeydenCatalog *self);
/* Types whose title, type, description or keywords match the words of @text, best first. */
GPtrArray     *leyden_catalog_search      (LeydenCatalog *self, const char *text);
const char    *leyden_catalog_get_category_title (const char *category);      /* translated */
/* The whole catalogue as JSON, for GET /leyden/v1/components. */
LeydenValue   *leyden_catalog_to_value    (LeydenCatalog *self);

G_END_DECLS
