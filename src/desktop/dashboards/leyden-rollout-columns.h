/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* The columns of the table of rollouts; no widget. */
typedef struct
{
  const char *id;               /* name in the settings, and what the backend sorts by */
  const char *title;            /* untranslated */
  int         width;            /* in pixels, to begin with */
  gboolean    number;           /* stands at the end side */
  gboolean    shown;            /* without a choice of the person's */
} LeydenRolloutColumn;

const LeydenRolloutColumn *leyden_rollout_columns_get    (guint *n_columns);
const LeydenRolloutColumn *leyden_rollout_column_find    (const char *id);
const char                *leyden_rollout_column_title   (const LeydenRolloutColumn *column);
/* What a row says there: one line, safe to show; "" where it says nothing. @row NULL: not known yet, "…" in the first column. (transfer full) */
char                      *leyden_rollout_column_format  (const LeydenRolloutColumn *column, LeydenValue *row);
/* The row in one sentence, for who hears it. (transfer full) */
char                      *leyden_rollout_describe       (LeydenValue *row);
/* "Succeeded, reward 1.00": what a card says first; and the rest of it. (transfer full) */
char                      *leyden_rollout_card_title     (LeydenValue *row);
char                      *leyden_rollout_card_details   (LeydenValue *row);
/* A state as the word that people read; "" for none. */
const char                *leyden_rollout_executor_title (const char *executor);

/* The columns that the person chose (GSettings "rollout-columns"), in order; at least one. (transfer full) */
char                     **leyden_rollout_columns_load   (void);
void                       leyden_rollout_columns_save   (const char * const *ids);
/* How wide one is, as the person left it (GSettings "rollout-column-widths"), else as it is by itself; in pixels, for figures of 8 pixels. */
int                        leyden_rollout_column_load_width (const LeydenRolloutColumn *column);
void                       leyden_rollout_column_save_width (const LeydenRolloutColumn *column, int width);

G_END_DECLS
