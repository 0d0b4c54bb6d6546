/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-console-text.h"
#include "leyden-console.h"

G_BEGIN_DECLS

struct _LeydenConsole
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  GCancellable      *cancellable;
  gboolean           loaded;            /* what was written before is there, or asked for; nothing is kept until then */
  gboolean           cut;               /* more than that was written before */
  gboolean           past;              /* what is there ends at @to: what comes live would not follow it */
  guint64            from, to;          /* records that were looked through, behind the one and up to the other */
  guint64            look_back;         /* so many of them; more when that is asked for */
  guint              move_source;
  GPtrArray         *waiting;           /* LeydenValue: records that came while it was asked for; NULL: it is not */
  LeydenConsoleLog  *log;
  GHashTable        *streamed;          /* nodes whose answer came as it was written */
  LeydenConsoleText *lines;
  guint64            rebuild;           /* the next id that is to be shown again after the filter changed; G_MAXUINT64: none */
  guint              turn_source;
  gboolean           following;
  gboolean           updating;          /* the text changes: who scrolls is not a person */
  gboolean           filling;           /* so do the filters */
  double             seen;              /* value of the adjustment */
  GPtrArray         *nodes;             /* of the drop-down: paths, the first "" */
  GtkStringList     *titles;

  GtkWidget         *box;
  GtkWidget         *places;
  GtkWidget         *search;
  GtkWidget         *follow;
  GtkWidget         *earlier;
  GtkWidget         *text;
  GtkWidget         *scroller;
  GtkWidget         *status;
  GtkTextBuffer     *buffer;
};

/* leyden-console-follow.c */
void leyden_console_scroll_to_end   (LeydenConsole *self);
/* When all that is clicked and scrolled is there. */
void leyden_console_watch_scrolling (LeydenConsole *self);

G_END_DECLS
