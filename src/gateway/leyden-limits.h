/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-access.h"

G_BEGIN_DECLS

/* How often one may ask, and what comes of asking wrongly. In the server's thread but for what is set. Reference-counted. */
typedef struct _LeydenLimits LeydenLimits;

/* Requests in a window; 0: as many as one likes. */
typedef struct
{
  guint requests;
  guint seconds;
} LeydenRateLimit;

/* @what: "key.wrong", "role.missing", "rate.exceeded". @who: name of the key, "" for a wrong one. @n: how many of this kind there were in this
 * minute from this address (or of this key): 1, 10, 100, … */
typedef void (*LeydenLimitsRefused) (const char *what, const char *who, const char *address, const char *method, const char *path, guint n,
                                     gpointer data);

LeydenLimits    *leyden_limits_new          (void);
void             leyden_limits_unref        (LeydenLimits *self);
/* Before the server starts. A key that has a limit of its own has that one. */
void             leyden_limits_set_rates    (LeydenLimits *self, LeydenRateLimit of_key, LeydenRateLimit of_address);
/* @refused (NULL: nobody any more) is called in the context that was thread-default at the first call. */
void             leyden_limits_set_refused  (LeydenLimits *self, LeydenLimitsRefused refused, gpointer data);
/* GRANTED, and the request is counted; or LIMITED with the words of the refusal. Its principal is set. */
LeydenHttpAccess leyden_limits_check        (LeydenLimits *self, LeydenHttpExchange *exchange);
/* Whether the address guessed so often that a key which a person chose is not even compared for it: not of this machine, and never before let in
 * with that key. */
gboolean         leyden_limits_is_suspect   (LeydenLimits *self, LeydenHttpExchange *exchange);
/* It was let in with such a key. */
void             leyden_limits_note_known   (LeydenLimits *self, LeydenHttpExchange *exchange);
void             leyden_limits_note_forbidden (LeydenLimits *self, LeydenHttpExchange *exchange);
/* A wrong key; after many of one address in a minute the answer is slowed down. */
void             leyden_limits_note_unknown (LeydenLimits *self, LeydenHttpExchange *exchange);

G_END_DECLS
