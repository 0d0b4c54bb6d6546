/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

G_BEGIN_DECLS

/*
 * LeydenNodeCache: outputs of nodes by the hash of all that they depend on, in memory and, behind that, in a store. Whoever runs an engine gives
 * it one (leyden_engine_set_cache()); a rollout uses it when its spec says so. It knows of every node what it depended on when it ran last, and
 * so can tell why it ran again.
 *
 * "Parts" are what a key is made of: {"kind", "version", "parameters": {name: hash}, "inputs": {port: hash}, and where they count "model", "seed",
 * "sample", "tools", "row", "training"}. "Why" is a list of {"part", "name"?}: what of them changed ("parameter", "input", "kind", "model", "seed",
 * "tools", "training"), or "first" (it never ran), "evicted" (made room), "cleared", "not-kept" (name: why), "refresh" (asked to run).
 *
 * Signal "changed" (): the figures did; at most once in a turn of the main loop.
 */
#define LEYDEN_TYPE_NODE_CACHE (leyden_node_cache_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeCache, leyden_node_cache, LEYDEN, NODE_CACHE, GObject)

#define LEYDEN_NODE_CACHE_MEMORY (32 * 1024 * 1024)
#define LEYDEN_NODE_CACHE_STORED (256 * 1024 * 1024)

/* @store NULL: in memory alone. Limits in bytes of canonical JSON; 0: nothing there. */
LeydenNodeCache *leyden_node_cache_new            (LeydenStore *store, gsize memory_limit, gint64 stored_limit);
/* Looks for @key, unless @refresh, and why @node of @flow runs when it is not found. */
void             leyden_node_cache_look_up_async  (LeydenNodeCache *self, const char *key, const char *flow, const char *node, LeydenValue *parts,
                                                   gboolean refresh, GAsyncReadyCallback callback, gpointer data);
/* What is kept (transfer full), or NULL: then @why (out) (transfer full) says why. It never fails: what cannot be read is not there. */
LeydenValue     *leyden_node_cache_look_up_finish (LeydenNodeCache *self, GAsyncResult *result, LeydenValue **why);
/* Keeps @value, an object; NULL: it may not be kept, for @reason. In both cases it is known that the node ran with @parts. */
void             leyden_node_cache_put            (LeydenNodeCache *self, const char *key, const char *flow, const char *node, LeydenValue *parts,
                                                   LeydenValue *value, const char *reason);
/* Forgets what is kept of a flow (NULL: of all); what nodes depended on stays known. */
void             leyden_node_cache_clear_async    (LeydenNodeCache *self, const char *flow, GAsyncReadyCallback callback, gpointer data);
gboolean         leyden_node_cache_clear_finish   (LeydenNodeCache *self, GAsyncResult *result, GError **error);
/* {"hits", "misses", "invalidations", "since", "memory": {"entries", "bytes", "limit"}, "stored": {"entries", "bytes", "limit"}|null}: counts since
 * @self was made; invalidations are misses where something had changed. */
void             leyden_node_cache_count_async    (LeydenNodeCache *self, GAsyncReadyCallback callback, gpointer data);
LeydenValue     *leyden_node_cache_count_finish   (LeydenNodeCache *self, GAsyncResult *result, GError **error);

/* Why something with @parts was not found where @last (nullable) is what is known of it: {"key", "parts", "reason"?}. (transfer full) */
LeydenValue     *leyden_node_cache_explain        (const char *key, LeydenValue *parts, LeydenValue *last, gboolean cleared);

G_END_DECLS
