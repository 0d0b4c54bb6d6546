/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/* LeydenQuestions: the questions to a person that wait in one rollout, each a card with its form. What was typed stays while the
 * rollout goes on around it. Signal "answered" (): the backend took an answer. */
#define LEYDEN_TYPE_QUESTIONS (leyden_questions_get_type ())
G_DECLARE_FINAL_TYPE (LeydenQuestions, leyden_questions, LEYDEN, QUESTIONS, GtkWidget)

GtkWidget *leyden_questions_new       (void);
/* @state: the fold; @session and @rollout nullable: nothing waits. */
void       leyden_questions_set_state (LeydenQuestions *self, LeydenSession *session, const char *rollout, LeydenValue *state);

G_END_DECLS
