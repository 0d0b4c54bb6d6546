/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include "leyden-agent-page.h"
#include "leyden-attach-dialog.h"
#include "leyden-mirror-page.h"
#include "leyden-session.h"

/* Agents that run outside of Leyden: attached by pasted lines, or made by a trainer. */

void
leyden_window_show_agent (LeydenWindow *self,
                          const char   *rollout)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  if (self->dismantling)
    return;
  leyden_window_build (self);
  /* Agents are attached to the backend, not to the server that it follows. */
  if (self->runs_place == NULL)
    leyden_session_switch (leyden_session_get_default (), NULL);
  adw_view_stack_set_visible_child_name (self->views, "runs");
  leyden_runs_place_show_agents (self->runs_place, rollout);
}

static void
called_cb (LeydenWindow *self,
           const char   *rollout)
{
  leyden_window_show_agent (self, rollout);
}

static GtkWidget *
present (LeydenWindow *self,
         GtkWidget    *dialog)
{
  g_signal_connect_object (dialog, "called", G_CALLBACK (called_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}

GtkWidget *
leyden_window_attach_agent (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);

  return present (self, leyden_attach_dialog_new (GTK_WINDOW (self)));
}

static void
lines_cb (LeydenWindow *self,
          const char   *rollout)
{
  present (self, leyden_attach_dialog_new_for (GTK_WINDOW (self), rollout));
}

void
leyden_window_connect_agents (LeydenWindow *self)
{
  g_signal_connect_object (self->runs_place, "attach-requested", G_CALLBACK (leyden_window_attach_agent), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->runs_place, "lines-requested", G_CALLBACK (lines_cb), self, G_CONNECT_SWAPPED);
}

static void
rollout_shown_cb (LeydenAgentPage *page,
                  const char      *rollout)
{
  leyden_agent_page_set_rollout (page, rollout);
}

/* A rollout of an agl-server, as its trainer will see it. */
void
leyden_window_connect_mirror (GtkWidget *mirror_page)
{
  GtkWidget *page = leyden_agent_page_new ();

  leyden_mirror_page_set_training (LEYDEN_MIRROR_PAGE (mirror_page), page);
  g_signal_connect_object (mirror_page, "rollout-shown", G_CALLBACK (rollout_shown_cb), page, G_CONNECT_SWAPPED);
}
