/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-runs-place.h"

#include <glib/gi18n-lib.h>

struct _LeydenRunsPlace
{
  GtkWidget         parent_instance;

  GtkWidget        *box;
  GtkWidget        *bar;
  GtkWidget        *attach;
  GtkStack         *stack;              /* "runs", "agents" */
  LeydenRunsPage   *runs;
  LeydenAgentsPage *agents;             /* NULL until somebody looks */
};

G_DEFINE_FINAL_TYPE (LeydenRunsPlace, leyden_runs_place, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ATTACH_REQUESTED,
  SIGNAL_LINES_REQUESTED,
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

/* A page has its own way back. */
static void
update (LeydenRunsPlace *self)
{
  gboolean agents = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "agents") == 0;

  gtk_widget_set_visible (self->bar, !agents || self->agents == NULL || leyden_agents_page_is_list (self->agents));
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

static void
visible_cb (LeydenRunsPlace *self)
{
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "agents") == 0)
    leyden_runs_place_get_agents (self);
  update (self);
}

static void
leyden_runs_place_dispose (GObject *object)
{
  LeydenRunsPlace *self = LEYDEN_RUNS_PLACE (object);

  if (self->box != NULL)
    g_signal_handlers_disconnect_by_data (self->stack, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
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
      GtkWidget *button = i == 0 ? gtk_button_new_with_mnemonic (_("_Attach an Agent…")) : gtk_button_new_from_icon_name ("list-add-symbolic");

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
  self->runs = LEYDEN_RUNS_PAGE (leyden_runs_page_new ());
  gtk_stack_set_hhomogeneous (self->stack, FALSE);
  gtk_stack_set_vhomogeneous (self->stack, FALSE);
  gtk_stack_add_titled (self->stack, GTK_WIDGET (self->runs), "runs", _("Flows"));
  gtk_stack_add_titled (self->stack, adw_bin_new (), "agents", _("Agents"));
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), self->stack);
  self->attach = create_attach (self);
  self->bar = gtk_center_box_new ();
  gtk_widget_add_css_class (self->bar, "toolbar");
  gtk_center_box_set_center_widget (GTK_CENTER_BOX (self->bar), switcher);
  gtk_center_box_set_end_widget (GTK_CENTER_BOX (self->bar), self->attach);
  gtk_box_append (GTK_BOX (self->box), self->bar);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->stack));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (visible_cb), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
leyden_runs_place_new (void)
{
  return g_object_new (LEYDEN_TYPE_RUNS_PLACE, NULL);
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
