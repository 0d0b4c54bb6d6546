/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What is taken out of texts before they are stored. Three sorts of rules:
 *
 *   keys      what looks like a key or token (leyden_text_mask_secrets); on unless switched off
 *   personal  e-mail addresses, telephone numbers, bank accounts (IBAN), payment cards, US social security numbers; off unless switched on
 *   rules     patterns of one's own
 *
 * Reference-counted, unchanging, any thread. Each counts what it masked. */
typedef struct _LeydenMask LeydenMask;

#define LEYDEN_MASK_MAX_RULES 64

typedef enum
{
  LEYDEN_MASK_STORED  = 1 << 0,         /* what is masked when it is stored: all that is switched on */
  LEYDEN_MASK_ENTERED = 1 << 1,         /* and already when it enters a rollout: all but keys */
} LeydenMaskWhen;

/* Keys alone. */
LeydenMask  *leyden_mask_new_default (void);
/* {"keys": boolean, "personal": boolean, "rules": [{"name": text, "pattern": text}]}, all optional and nothing else. A pattern is of the
 * subset of leyden_regex_check() and matches no empty text. Errors: LEYDEN_EXPRESSION_ERROR, with where in the message. */
LeydenMask  *leyden_mask_from_value  (LeydenValue *value, GError **error);
LeydenValue *leyden_mask_to_value    (LeydenMask *self);
LeydenMask  *leyden_mask_ref         (LeydenMask *self);
void         leyden_mask_unref       (LeydenMask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMask, leyden_mask_unref)
/* Whether anything is masked then. */
gboolean     leyden_mask_is_active   (LeydenMask *self, LeydenMaskWhen when);
/* (transfer full), or NULL: nothing in @text was masked. A rule of one's own that takes too long on a text masks all of it. */
char        *leyden_mask_apply       (LeydenMask *self, const char *text, gssize length, LeydenMaskWhen when);
/* {"keys": n, "personal": n, name of a rule: n, …}: how much each masked since it was made. (transfer full) */
LeydenValue *leyden_mask_count       (LeydenMask *self);

G_END_DECLS
