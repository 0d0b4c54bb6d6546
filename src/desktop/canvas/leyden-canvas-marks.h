/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a debugger draws on the canvas. */
typedef enum
{
  LEYDEN_MARK_BREAKPOINT = 1 << 0,
  LEYDEN_MARK_DISABLED   = 1 << 1,      /* the breakpoint is */
  LEYDEN_MARK_CONDITION  = 1 << 2,      /* the breakpoint has more to ask */
  LEYDEN_MARK_CURRENT    = 1 << 3,      /* the rollout stands here */
  LEYDEN_MARK_DEAD       = 1 << 4,      /* nothing comes here any more */
  LEYDEN_MARK_TOKEN      = 1 << 5,      /* a value waits on this wire */
} LeydenMark;

/* Of a node or of a wire. */
typedef struct
{
  guint   flags;                        /* LeydenMark */
  double  heat;                         /* of a node, 0 to 1; negative: not shown */
  char   *token;                        /* of a wire: what is shown of the value that came there; safe text; nullable */
} LeydenMarks;

LeydenMarks *leyden_marks_new   (void);
void         leyden_marks_free  (LeydenMarks *self);

G_END_DECLS
