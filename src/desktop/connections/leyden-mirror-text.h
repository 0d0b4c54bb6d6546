/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What a mirror says, in words. All (transfer full), one line each unless said otherwise; not yet cleaned for the screen. */
char *leyden_mirror_describe_state   (LeydenValue *mirror);
char *leyden_mirror_describe_proxy   (LeydenValue *mirror);
/* What polling missed, one sentence a line; never empty. */
char *leyden_mirror_describe_missed  (LeydenValue *mirror);
char *leyden_mirror_describe_counts  (LeydenValue *mirror);
char *leyden_mirror_describe_model   (LeydenValue *model);
/* Title and subtitle of a record of a mirrored rollout. */
char *leyden_mirror_describe_record  (LeydenValue *record, char **subtitle);

G_END_DECLS
