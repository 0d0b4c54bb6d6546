/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-mirror-page.h"
#include "leyden-run-panel.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-try-panel.h"

/* What the panels and the list of runs say to the canvas and to one another. */

LeydenNodeState
leyden_window_parse_state (const char *name)
{
  static const struct
  {
    const char      *name;
    LeydenNodeState  state;
  } states[] = {
    { "waiting", LEYDEN_NODE_STATE_WAITING },
    { "running", LEYDEN_NODE_STATE_RUNNING },
    { "succeeded", LEYDEN_NODE_STATE_SUCCEEDED },
    { "failed", LEYDEN_NODE_STATE_FAILED },
    { "skipped", LEYDEN_NODE_STATE_SKIPPED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (name, states[i].name))
      return states[i].state;
  return LEYDEN_NODE_STATE_NONE;
}

static void
show_node_cb (LeydenTab  *self,
              const char *id)
{
  adw_view_stack_set_visible_child_name (self->window->views, "design");
  leyden_tab_show_node_path (self, id);
}

static void
state_cb (LeydenTab   *self,
          LeydenValue *state)
{
  leyden_tab_take_rollout (self, state);
  leyden_inspector_set_state (self->inspector, state);
}

static void
show_rollout_cb (LeydenTab  *self,
                 const char *rollout)
{
  leyden_window_show_panel (self->window, "try");
  leyden_try_panel_show_rollout (LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->panel, "try")), rollout);
  leyden_tab_debug (self, rollout);
}

static void
show_run (LeydenWindow *self,
          LeydenValue  *run)
{
  leyden_window_show_panel (self, "run");
  leyden_run_panel_show_run (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (self->tab->panel, "run")), run);
}

/* --- a run of another flow: the flow as it ran --- */

typedef struct
{
  LeydenWindow    *window;
  LeydenDocument  *document;
  LeydenShownFunc  then;
  gpointer         data;
  GDestroyNotify   destroy;
} Showing;

static void
showing_free (gpointer data)
{
  Showing *self = data;

  self->destroy (self->data);
  g_object_unref (self->document);
  g_object_unref (self->window);
  g_free (self);
}

/* The page is built in turns, which come first; closed meanwhile, it is never shown. */
static gboolean
shown_cb (gpointer data)
{
  Showing *self = data;
  LeydenWindow *window = self->window;

  if (window->dismantling)
    return G_SOURCE_REMOVE;
  if (window->pending != NULL && g_ptr_array_find (window->pending, self->document, NULL))
    return G_SOURCE_CONTINUE;
  if (window->tab->document == self->document)
    self->then (window, self->data);
  return G_SOURCE_REMOVE;
}

static void
set_origin (LeydenDocument *document,
            GBytes         *bytes)
{
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "flow", NULL);

  if (flow != NULL)
    leyden_window_set_origin (document, leyden_flow_get_id (flow));
}

gboolean
leyden_window_show_flow (LeydenWindow     *self,
                         GBytes           *bytes,
                         const char       *title,
                         LeydenShownFunc   then,
                         gpointer          data,
                         GDestroyNotify    destroy,
                         GError          **error)
{
  g_autoptr(LeydenDocument) document = leyden_document_new_from_bytes (NULL, bytes, title, TRUE, error);
  Showing *showing;

  if (document == NULL)
    return FALSE;
  set_origin (document, bytes);
  leyden_window_give_document (self, document, TRUE);
  showing = g_new (Showing, 1);
  *showing = (Showing) { g_object_ref (self), g_steal_pointer (&document), then, data, destroy };
  g_idle_add_full (G_PRIORITY_LOW, shown_cb, showing, showing_free);
  return TRUE;
}

typedef struct
{
  LeydenWindow *window;
  LeydenValue  *run;
} Opening;

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  leyden_value_unref (opening->run);
  g_free (opening);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static void
shown_run_cb (LeydenWindow *self,
              gpointer      data)
{
  show_run (self, ((Opening *) data)->run);
}

static void
flow_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Opening) opening = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (opening->window->dismantling)
    return;
  if (bytes != NULL
      && leyden_window_show_flow (opening->window, bytes, leyden_value_get_member_string (opening->run, "title", ""), shown_run_cb, opening,
                                  (GDestroyNotify) opening_free, &error))
    opening = NULL;
  else
    leyden_window_show_error (opening->window, _("The Flow of This Run Cannot Be Shown"), error);
}

/* An agl-server: as a connection where it still is one, else what was kept of it. */
static void
show_mirror (LeydenWindow *self,
             LeydenValue  *run)
{
  const char *id = leyden_value_get_member_string (run, "mirror", "");
  LeydenConnection *connection = leyden_connections_find (leyden_connections_get_default (), id);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (run, "title", ""), -1, 100, FALSE);
  GtkWidget *window, *box, *page;

  if (connection != NULL)
    {
      leyden_session_switch (leyden_session_get_default (), connection);
      return;
    }
  window = g_object_new (ADW_TYPE_WINDOW, "transient-for", self, "destroy-with-parent", TRUE, "title", title, "default-width", 640, "default-height", 600, NULL);
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  page = leyden_mirror_page_new_for_run (run);
  leyden_window_connect_mirror (page);
  gtk_box_append (GTK_BOX (box), page);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
}

static void
run_activated_cb (LeydenWindow *self,
                  LeydenValue  *run)
{
  const char *flow_id = leyden_value_get_member_string (run, "flow_id", "");
  g_autofree char *id = leyden_backend_escape (leyden_value_get_member_string (run, "run", ""));
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/flow", id);
  Opening *opening;
  gboolean same;

  if (g_strcmp0 (leyden_value_get_member_string (run, "purpose", NULL), "mirror") == 0)
    {
      show_mirror (self, run);
      return;
    }
  if (leyden_window_show_flow_of_run (self, flow_id, leyden_value_get_member_string (run, "flow_hash", NULL), &same))
    {
      show_run (self, run);
      if (!same)
        leyden_window_toast (self, _("The flow has changed since this run: what is shown is the flow as it is now"));
      return;
    }
  opening = g_new0 (Opening, 1);
  opening->window = g_object_ref (self);
  opening->run = leyden_value_ref (run);
  leyden_backend_fetch_async (leyden_session_get_backend (leyden_session_get_default ()), path, NULL, flow_received_cb, opening);
}

void
leyden_tab_connect_panels (LeydenTab *self)
{
  GtkWidget *try = leyden_bottom_panel_get_child (self->panel, "try");
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");

  g_signal_connect_object (try, "node-statuses", G_CALLBACK (leyden_tab_take_statuses), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (try, "state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (try, "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "node-statuses", G_CALLBACK (leyden_tab_take_statuses), self, G_CONNECT_SWAPPED);
  leyden_tab_connect_nodes (self);
  g_signal_connect_object (run, "show-rollout", G_CALLBACK (show_rollout_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_window_connect_runs (LeydenWindow *self)
{
  g_signal_connect_object (self->runs_page, "run-activated", G_CALLBACK (run_activated_cb), self, G_CONNECT_SWAPPED);
}
