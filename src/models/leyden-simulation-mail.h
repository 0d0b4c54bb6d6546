/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One message of data/samples/mail.jsonl, which the simulation recognises by its text. */
typedef struct
{
  char    *id;
  char    *body;                /* collapsed */
  char    *subject;             /* collapsed */
  gboolean is_spam;
} LeydenSimulationMail;

/* Where one stands in a text. */
typedef struct
{
  const LeydenSimulationMail *mail;
  gsize                       start;    /* bytes of the text that was searched */
  gsize                       end;
} LeydenSimulationPlace;

typedef struct _LeydenSimulationMails LeydenSimulationMails;

/* @rows: JSON lines with data_id, subject, body and label ("ham" or "spam"). NULL when they are not. */
LeydenSimulationMails       *leyden_simulation_mails_new     (const char                  *rows,
                                                              gsize                        length);
void                         leyden_simulation_mails_free    (LeydenSimulationMails       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSimulationMails, leyden_simulation_mails_free)
/* The built-in ones; empty when the program has none. */
const LeydenSimulationMails *leyden_simulation_mails_get     (void);
guint                        leyden_simulation_mails_get_n   (const LeydenSimulationMails *self);
/* Every one whose whole body stands in @text (UTF-8), white space aside; in order, none overlapping.
 * (element-type LeydenSimulationPlace) (transfer full) */
GArray                      *leyden_simulation_mails_find    (const LeydenSimulationMails *self,
                                                              const char                  *text,
                                                              gsize                        length);

G_END_DECLS
