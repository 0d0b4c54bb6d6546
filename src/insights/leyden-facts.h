/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

G_BEGIN_DECLS

/**
 * LeydenFacts:
 *
 * Keeps the facts of a store (migration 009) up with its log: from where they were on, then with every commit. They are never wrong, only late: rows and the
 * place up to which the log was read are written in one transaction, so whatever ends the program, the facts are those of a part of the log.
 *
 *   clearing ──nothing left──► reading the log ──its end──► following commits
 *                                   ▲                            │
 *                                   └──more than it may hold─────┘
 *
 * Signals: "advanced" (guint64 position): facts up to there are on disk; "failed" (GError *): they could not be written, which is tried again.
 */
#define LEYDEN_TYPE_FACTS (leyden_facts_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFacts, leyden_facts, LEYDEN, FACTS, GObject)

/* Of the thread-default context of its making. It begins when started. */
LeydenFacts *leyden_facts_new          (LeydenSqliteStore *store);
void         leyden_facts_start        (LeydenFacts *self);
/* Nothing is read or written from here on, but for what is under way. */
void         leyden_facts_stop         (LeydenFacts *self);
/* Up to which position facts are on disk, and up to which there is a log, as far as it was heard of. */
guint64      leyden_facts_get_position (LeydenFacts *self);
guint64      leyden_facts_get_last     (LeydenFacts *self);
/* Whether it has read the log to its end once. */
gboolean     leyden_facts_is_following (LeydenFacts *self);
/* Looks for what changed without a commit of records: rollouts that wait, points that went. */
void         leyden_facts_look         (LeydenFacts *self);
/* Adds a number of the backend's own to its series; @labels is canonical JSON. It is written with the next facts, or when somebody asks. */
void         leyden_facts_add_sample   (LeydenFacts *self, const char *metric, const char *labels, const char *unit, gint64 time_ns, double value);
/* Writes what samples there are. */
void         leyden_facts_flush        (LeydenFacts *self);
/* Removes samples that are too old: points after two days, stretches of a minute after eight, of a quarter of an hour after two months, longer ones after a
 * year. */
void         leyden_facts_prune        (LeydenFacts *self, gint64 now_ns);
/* For tests: records a batch at most; gathering time. */
void         leyden_facts_set_limits   (LeydenFacts *self, guint n_records, guint gather_ms);

G_END_DECLS
