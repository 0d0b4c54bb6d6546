/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_PRICES_ERROR_INVALID,          /* an entry does not fit; the message names it */
  LEYDEN_PRICES_ERROR_FILE,             /* the file of the user cannot be read or written */
} LeydenPricesError;
#define LEYDEN_PRICES_ERROR (leyden_prices_error_quark ())
GQuark leyden_prices_error_quark (void);

/**
 * LeydenPrices: what models cost, for one million tokens: the table that is shipped (data/prices.json, dated) and over it the user's own,
 * $XDG_CONFIG_HOME/leyden/prices.json, which is read again when it changed:
 *
 * {"leyden_prices": 1, "models": [{"host" (of the endpoint; "*" any), "model", "input", "output", "currency", "date", "source"}]}
 *
 * A model that is in neither has no known price, which is something else than none. Belongs to one thread.
 */
#define LEYDEN_TYPE_PRICES (leyden_prices_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPrices, leyden_prices, LEYDEN, PRICES, GObject)

/* @path NULL: the user's file. */
LeydenPrices *leyden_prices_new       (const char *path);
/* Cost of a call. @base_uri: the endpoint's. @currency: (out) (transfer none), until the next change. FALSE: not known. A model with a date behind
 * its name ("-2024-08-06", "-20240806") costs what the bare name does. */
gboolean      leyden_prices_find_cost (LeydenPrices *self, const char *base_uri, const char *model, gint64 prompt_tokens, gint64 completion_tokens,
                                       double *cost, const char **currency);
/* All entries, "from": "shipped" or "user" in each; a shipped one that the user replaced is left out. (transfer full) */
LeydenValue  *leyden_prices_list      (LeydenPrices *self);
/* What was wrong with the user's file at the last look. (nullable) */
const GError *leyden_prices_get_error (LeydenPrices *self);
/* Replaces the user's entries. */
gboolean      leyden_prices_set_user  (LeydenPrices *self, LeydenValue *models, GError **error);

G_END_DECLS
