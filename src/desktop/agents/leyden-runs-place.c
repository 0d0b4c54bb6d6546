/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-runs-place.h"

#include <glib/gi18n-lib.h>

#include "leyden-button.h"

#define RETRY_S 3

struct _LeydenRunsPlace
{
  GtkWidget         parent_instance;

  GtkWidget        *box;
  GtkWidget        *bar;
  GtkWidget        *attach;
  GtkStack         *stack;              /* "runs", "rollouts", "agents"; of an agl-server "server", "rollouts" */
  char             *mirror;             /* the agl-server; nullable */
  guint             retry;              /* its run is asked for again */
  LeydenRunsPage   *runs;               /* NULL for an agl-server */
  LeydenAgentsPage *agents;             /* NULL until somebody looks */
  LeydenRolloutsPage *rollouts;         /* the same */
};

G_DEFINE_FINAL_TYPE (LeydenRunsPlace, leyden_runs_place, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ATTACH_REQUESTED,
  SIGNAL_LINES_REQUESTED,
  SIGNAL_ROLLOUTS_MADE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
attach_cb (LeydenRunsPlace *self)
{
  g_signal_emit (self, signals[SIGNAL_ATTACH_REQUESTED], 0);
}

static void
lines_cb (LeydenRunsPlace *self,
          const char      *rollout)
{
  g_signal_emit (self, signals[SIGNAL_LINES_REQUESTED], 0, rollout);
}

static gboolean
is_shown (LeydenRunsPlace *self,
          const char      *name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0;
}

/* A page has its own way back. */
static void
update (LeydenRunsPlace *self)
{
  gboolean agents = is_shown (self, "agents"), rollouts = is_shown (self, "rollouts");
  gboolean page = (agents && self->agents != NULL && !leyden_agents_page_is_list (self->agents))
                  || (rollouts && self->rollouts != NULL && !leyden_rollouts_page_is_list (self->rollouts));

  gtk_widget_set_visible (self->bar, !page);
  gtk_widget_set_visible (self->attach, agents && !leyden_session_is_read_only (leyden_session_get_default ()));
}

LeydenAgentsPage *
leyden_runs_place_get_agents (LeydenRunsPlace *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUNS_PLACE (self), NULL);

  if (self->agents == NULL)
    {
      self->agents = LEYDEN_AGENTS_PAGE (leyden_agents_page_new ());
      g_signal_connect_object (self->agents, "notify::showing-list", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->agents, "attach-requested", G_CALLBACK (attach_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->agents, "lines-requested", G_CALLBACK (lines_cb), self, G_CONNECT_SWAPPED);
      adw_bin_set_child (ADW_BIN (gtk_stack_get_child_by_name (self->stack, "agents")), GTK_WIDGET (self->agents));
    }
  return self->agents;
}

static void ask_mirror (LeydenRunsPlace *self);

static gboolean
retry_cb (gpointer data)
{
  LeydenRunsPlace *self = data;

  self->retry = 0;
  ask_mirror (self);
  return G_SOURCE_REMOVE;
}

/* Of an agl-server the backend keeps one run. */
static void
mirror_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenRunsPlace) self = data;
  g_autoptr(LeydenValue) mirror = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  const char *run = leyden_value_get_member_string (mirror, "run", NULL);

  if (self->rollouts == NULL)
    return;
  if (run != NULL)
    leyden_rollouts_page_set_run (self->rollouts, run);
  else
    self->retry = g_timeout_add_seconds (RETRY_S, retry_cb, self);
}

static void
ask_mirror (LeydenRunsPlace *self)
{
  g_autofree char *id = leyden_backend_escape (self->mirror), *path = g_strconcat ("/leyden/v1/mirrors/", id, NULL);

  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "GET", path, NULL, NULL, mirror_cb, g_object_ref (self));
}

LeydenRolloutsPage *
leyden_runs_place_get_rollouts (LeydenRunsPlace *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUNS_PLACE (self), NULL);

  if (self->rollouts == NULL)
    {
      self->rollouts = LEYDEN_ROLLOUTS_PAGE (leyden_rollouts_page_new ());
      g_signal_connect_object (self->rollouts, "notify::showing-list", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_emit (self, signals[SIGNAL_ROLLOUTS_MADE], 0, self->rollouts);
      if (self->mirror != NULL)
        {
          /* Until its run is known nothing is shown rather than what is not the server's. */
          leyden_rollouts_page_set_run (self->rollouts, "");
          ask_mirror (self);
        }
      adw_bin_set_child (ADW_BIN (gtk_stack_get_child_by_name (self->stack, "rollouts")), GTK_WIDGET (self->rollouts));
    }
  return self->rollouts;
}

static void
visible_cb (LeydenRunsPlace *self)
{
  if (is_shown (self, "agents"))
    leyden_runs_place_get_agents (self);
  if (is_shown (self, "rollouts"))
    leyden_runs_place_get_rollouts (self);
  update (self);
}

static void
leyden_runs_place_dispose (GObject *object)
{
  LeydenRunsPlace *self = LEYDEN_RUNS_PLACE (object);

  if (self->box != NULL)
    g_signal_handlers_disconnect_by_data (self->stack, self);
  self->rollouts = NULL;
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->mirror, g_free);
  G_OBJECT_CLASS (leyden_runs_place_parent_class)->dispose (object);
}

static void
leyden_runs_place_class_init (LeydenRunsPlaceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_runs_place_dispose;
  signals[SIGNAL_ATTACH_REQUESTED] =
    g_signal_new ("attach-requested", LEYDEN_TYPE_RUNS_PLACE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LINES_REQUESTED] =
    g_signal_new ("lines-requested", LEYDEN_TYPE_RUNS_PLACE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ROLLOUTS_MADE] =
    g_signal_new ("rollouts-made", LEYDEN_TYPE_RUNS_PLACE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_ROLLOUTS_PAGE);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

/* With its words where there is room. */
static GtkWidget *
create_attach (LeydenRunsPlace *self)
{
  GtkWidget *squeezer = adw_squeezer_new ();

  adw_squeezer_set_homogeneous (ADW_SQUEEZER (squeezer), FALSE);
  for (guint i = 0; i < 2; i++)
    {
      GtkWidget *button = i == 0 ? leyden_button_new_with_mnemonic (_("_Attach an Agent…")) : gtk_button_new_from_icon_name ("list-add-symbolic");

      gtk_widget_set_tooltip_text (button, _("Show the lines that attach an agent"));
      if (i == 1)
        gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Attach an agent"), -1);
      g_signal_connect_object (button, "clicked", G_CALLBACK (attach_cb), self, G_CONNECT_SWAPPED);
      adw_squeezer_add (ADW_SQUEEZER (squeezer), button);
    }
  return squeezer;
}

static void
leyden_runs_place_init (LeydenRunsPlace *self)
{
  GtkWidget *switcher = gtk_stack_switcher_new ();

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_set_hhomogeneous (self->stack, FALSE);
  gtk_stack_set_vhomogeneous (self->stack, FALSE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), self->stack);
  gtk_widget_add_css_class (switcher, "places");
  self->attach = create_attach (self);
  self->bar = gtk_center_box_new ();
  gtk_widget_add_css_class (self->bar, "toolbar");
  gtk_center_box_set_center_widget (GTK_CENTER_BOX (self->bar), switcher);
  gtk_center_box_set_end_widget (GTK_CENTER_BOX (self->bar), self->attach);
  gtk_box_append (GTK_BOX (self->box), self->bar);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->stack));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

static void
begin (LeydenRunsPlace *self)
{
  g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (visible_cb), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
leyden_runs_place_new (void)
{
  LeydenRunsPlace *self = g_object_new (LEYDEN_TYPE_RUNS_PLACE, NULL);

  self->runs = LEYDEN_RUNS_PAGE (leyden_runs_page_new ());
  gtk_stack_add_titled (self->stack, GTK_WIDGET (self->runs), "runs", _("Flows"));
  gtk_stack_add_titled (self->stack, adw_bin_new (), "rollouts", _("Rollouts"));
  gtk_stack_add_titled (self->stack, adw_bin_new (), "agents", _("Agents"));
  begin (self);
  return GTK_WIDGET (self);
}

GtkWidget *
leyden_runs_place_new_for_server (const char *mirror,
                                  GtkWidget  *page)
{
  LeydenRunsPlace *self = g_object_new (LEYDEN_TYPE_RUNS_PLACE, NULL);

  self->mirror = g_strdup (mirror);
  gtk_stack_add_titled (self->stack, page, "server", _("Server"));
  gtk_stack_add_titled (self->stack, adw_bin_new (), "rollouts", _("Rollouts"));
  begin (self);
  return GTK_WIDGET (self);
}

void
leyden_runs_place_show_rollouts (LeydenRunsPlace *self,
                                 const char      *rollout)
{
  g_return_if_fail (LEYDEN_IS_RUNS_PLACE (self));

  leyden_rollouts_page_show (leyden_runs_place_get_rollouts (self), rollout);
  gtk_stack_set_visible_child_name (self->stack, "rollouts");
}

static gboolean
shows_table (LeydenRunsPlace *self)
{
  return is_shown (self, "rollouts") && self->rollouts != NULL && leyden_rollouts_page_is_list (self->rollouts);
}

gboolean
leyden_runs_place_add_toast (LeydenRunsPlace *self,
                             AdwToast        *toast)
{
  g_return_val_if_fail (LEYDEN_IS_RUNS_PLACE (self), FALSE);

  if (!shows_table (self))
    return FALSE;
  leyden_rollouts_page_add_toast (self->rollouts, toast);
  return TRUE;
}

gboolean
leyden_runs_place_search (LeydenRunsPlace *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUNS_PLACE (self), FALSE);

  return shows_table (self) && gtk_widget_activate_action (GTK_WIDGET (self->rollouts), "rollouts.search", NULL);
}

LeydenRunsPage *
leyden_runs_place_get_runs (LeydenRunsPlace *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUNS_PLACE (self), NULL);

  return self->runs;
}

void
leyden_runs_place_show_agents (LeydenRunsPlace *self,
                               const char      *rollout)
{
  g_return_if_fail (LEYDEN_IS_RUNS_PLACE (self));

  if (rollout != NULL)
    leyden_agents_page_show (leyden_runs_place_get_agents (self), rollout);
  else
    leyden_agents_page_show_list (leyden_runs_place_get_agents (self));
  gtk_stack_set_visible_child_name (self->stack, "agents");
}
