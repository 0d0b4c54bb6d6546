/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* xoshiro256** seeded by four splitmix64 outputs. On the stack, no allocation. */
typedef struct
{
  guint64 s[4];
} LeydenRandom;

void    leyden_random_init      (LeydenRandom *self, guint64 seed);
/* Seeded by FNV-1a-64 of the decimal seed and the labels, joined by byte 0x1F; @labels ends with NULL. */
void    leyden_random_substream (LeydenRandom *self, guint64 seed, const char * const *labels);
guint64 leyden_random_u64       (LeydenRandom *self);
double  leyden_random_u01       (LeydenRandom *self);              /* (u64 >> 11) · 2^-53 */
guint64 leyden_random_below     (LeydenRandom *self, guint64 n);   /* floor(u01 · n) */
double  leyden_random_normal    (LeydenRandom *self);              /* z(max(u, 2^-53)) */

G_END_DECLS
