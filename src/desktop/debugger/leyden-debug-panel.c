/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-debug-panel.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-announce.h"
#include "leyden-breakpoint-list.h"
#include "leyden-call-stack.h"
#include "leyden-debug-text.h"
#include "leyden-held-call.h"
#include "leyden-split-box.h"
#include "leyden-tooltip.h"
#include "leyden-variables-view.h"
#include "leyden-watches.h"
#include "leyden-wrap-box.h"

#define MAX_SAID 100            /* of what a held call asks for */

typedef struct
{
  GtkWidget          *page;
  LeydenDebugSetView  set_view;         /* nullable */
} Page;

struct _LeydenDebugPanel
{
  GtkWidget          parent_instance;

  LeydenDocument    *document;
  LeydenRolloutView *view;              /* nullable */
  GArray            *pages;             /* Page */
  GtkWidget         *box;
  GtkWidget         *head;              /* nullable */
  GtkWidget          *head_slot;
  GtkWidget          *empty;            /* while nothing is looked at */
  GtkWidget          *waiting;          /* while a long log is read */
  GtkWidget          *progress;
  GtkStack          *stack;
  LeydenHeldCall    *held;
  GtkWidget         *status;            /* where it stands, in words */
  LeydenCallStack   *calls;
  LeydenWatches     *watches;
  LeydenVariablesView *variables;
  LeydenBreakpointList *breakpoints;
  char              *said;              /* the last that was announced; nullable */
};

G_DEFINE_FINAL_TYPE (LeydenDebugPanel, leyden_debug_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_VIEW,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_SHOW_NODE,
  SIGNAL_EDIT_VALUE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- commands --- */

static const struct
{
  const char *action;
  const char *icon;
} commands[] = {
  { "win.debug-continue", "media-playback-start-symbolic" },
  { "win.debug-pause", "media-playback-pause-symbolic" },
  { "win.debug-step", "leyden-step-symbolic" },
  { "win.debug-step-into", "leyden-step-into-symbolic" },
  { "win.debug-step-out", "leyden-step-out-symbolic" },
  { "win.debug-step-back", "leyden-step-back-symbolic" },
  { "win.debug-run-to", "leyden-run-to-symbolic" },
  { "win.debug-stop", "media-playback-stop-symbolic" },
};

static GtkWidget *
create_command (guint index)
{
  const LeydenAction *action = leyden_actions_find (commands[index].action);
  g_autofree char *key = leyden_action_dup_key_label (action);
  g_autofree char *tooltip = key != NULL ? g_strdup_printf ("%s (%s)", _(action->title), key) : g_strdup (_(action->title));
  GtkWidget *button = gtk_button_new_from_icon_name (commands[index].icon);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _(action->title), -1);
  if (key != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_KEY_SHORTCUTS, key, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), commands[index].action);
  return button;
}

static GMenuModel *
create_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) fork = g_menu_new ();
  g_autoptr(GMenu) heat = g_menu_new ();
  g_autoptr(GMenu) leave = g_menu_new ();

  leyden_actions_append (fork, "win.debug-fork");
  leyden_actions_append (fork, "win.debug-compare");
  leyden_actions_append (fork, "win.debug-try-all");
  leyden_actions_append (fork, "win.compare-forks");
  leyden_actions_append (heat, "win.debug-heat::none");
  leyden_actions_append (heat, "win.debug-heat::time");
  leyden_actions_append (heat, "win.debug-heat::cost");
  leyden_actions_append (leave, "win.export-rollout");
  leyden_actions_append (leave, "win.debug-leave");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (fork));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (heat));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (leave));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
create_more (void)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr(GMenuModel) menu = create_menu ();

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_widget_set_tooltip_text (button, _("Fork, heat and more"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Fork, heat and more"), -1);
  return button;
}

static GtkWidget *
create_toolbar (LeydenDebugPanel *self)
{
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *bar;

  gtk_widget_add_css_class (buttons, "linked");
  gtk_widget_set_halign (buttons, GTK_ALIGN_START);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    gtk_box_append (GTK_BOX (buttons), create_command (i));
  gtk_box_append (GTK_BOX (buttons), create_more ());
  self->status = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->status), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->status, "heading");
  bar = leyden_split_box_new (buttons, self->status, 0, 560);
  gtk_widget_add_css_class (bar, "debugbar");
  return bar;
}

/* The pages, and beside them the slider, which counts for all of them. */
static GtkWidget *
create_switcher (LeydenDebugPanel *self)
{
  GtkWidget *switcher = gtk_stack_switcher_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *bar;

  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), self->stack);
  gtk_widget_set_halign (switcher, GTK_ALIGN_START);
  /* In a narrow window the pages are reached by scrolling, and the focus scrolls. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), switcher);
  self->head_slot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  bar = leyden_split_box_new (scroller, self->head_slot, 0, 860);
  gtk_widget_add_css_class (bar, "debugbar");
  return bar;
}

/* A long log takes its time when it is first read; the way back is open. */
static GtkWidget *
create_waiting (LeydenDebugPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *button = gtk_button_new_with_label (_("Cancel"));

  gtk_widget_add_css_class (box, "debugbar");
  self->progress = gtk_progress_bar_new ();
  gtk_widget_set_hexpand (self->progress, TRUE);
  gtk_widget_set_valign (self->progress, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Reading the log"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.debug-leave");
  gtk_box_append (GTK_BOX (box), self->progress);
  gtk_box_append (GTK_BOX (box), button);
  gtk_widget_set_visible (box, FALSE);
  return box;
}

/* What can be done where nothing is looked at. */
static GtkWidget *
create_empty (void)
{
  static const char * const names[] = { "win.debug-start", "win.open-rollout" };
  GtkWidget *box = leyden_wrap_box_new ();

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (box), FALSE);
  gtk_widget_add_css_class (box, "debugbar");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkWidget *button = gtk_button_new_with_label (_(leyden_actions_find (names[i])->title));

      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), names[i]);
      gtk_widget_set_parent (button, box);
    }
  return box;
}

/* --- where it stands --- */

/* Each stop is said, and the end; what runs by is not. */
static void
say (LeydenDebugPanel *self,
     const char       *text)
{
  gboolean stands = self->view != NULL
                    && (leyden_rollout_view_is_paused (self->view) || leyden_rollout_view_is_final (self->view) || !leyden_rollout_view_is_live (self->view));

  if (!stands)
    {
      g_clear_pointer (&self->said, g_free);
      return;
    }
  if (g_strcmp0 (self->said, text) == 0)
    return;
  g_free (self->said);
  self->said = g_strdup (text);
  leyden_announce (GTK_WIDGET (self), text);
}

static void
update_status (LeydenDebugPanel *self)
{
  g_autofree char *text = leyden_debug_describe (self->view);
  LeydenValue *held = leyden_held_call_find (self->view);
  g_autofree char *call = held != NULL ? leyden_held_call_describe (held, MAX_SAID) : NULL;
  g_autofree char *said = call != NULL ? g_strdup_printf ("%s. %s", text, call) : NULL;

  if (self->view != NULL && leyden_rollout_view_get_progress (self->view) >= 0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), leyden_rollout_view_get_progress (self->view));
  gtk_widget_set_visible (self->waiting, self->view != NULL && leyden_rollout_view_get_progress (self->view) >= 0);
  gtk_label_set_text (GTK_LABEL (self->status), text);
  leyden_tooltip_set_text (self->status, text);
  say (self, said != NULL ? said : text);
}

/* --- what the pages ask for --- */

static void
show_node (LeydenDebugPanel *self,
           const char       *path)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, path);
}

static void
edit_cb (LeydenDebugPanel *self,
         LeydenVariable   *variable)
{
  g_signal_emit (self, signals[SIGNAL_EDIT_VALUE], 0, leyden_variable_get_node (variable), leyden_variable_get_member (variable),
                 leyden_variable_get_kind (variable) == LEYDEN_VARIABLE_PARAMETER, leyden_variable_get_value (variable));
}

/* --- pages --- */

void
leyden_debug_panel_add_page (LeydenDebugPanel   *self,
                             const char         *name,
                             const char         *title,
                             GtkWidget          *page,
                             LeydenDebugSetView  set_view)
{
  Page entry = { page, set_view };

  g_return_if_fail (LEYDEN_IS_DEBUG_PANEL (self));
  g_return_if_fail (name != NULL && title != NULL && GTK_IS_WIDGET (page));

  gtk_stack_add_titled (self->stack, page, name, title);
  g_array_append_val (self->pages, entry);
  if (set_view != NULL)
    set_view (page, self->view);
}

void
leyden_debug_panel_set_head (LeydenDebugPanel *self,
                             GtkWidget        *head)
{
  g_return_if_fail (LEYDEN_IS_DEBUG_PANEL (self));
  g_return_if_fail (GTK_IS_WIDGET (head) && self->head == NULL);

  self->head = head;
  gtk_widget_set_hexpand (head, TRUE);
  gtk_box_append (GTK_BOX (self->head_slot), head);
  gtk_widget_set_visible (self->head_slot, self->view != NULL);
}

void
leyden_debug_panel_show_page (LeydenDebugPanel *self,
                              const char       *name)
{
  g_return_if_fail (LEYDEN_IS_DEBUG_PANEL (self));

  if (gtk_stack_get_child_by_name (self->stack, name) != NULL)
    gtk_stack_set_visible_child_name (self->stack, name);
}

GtkWidget *
leyden_debug_panel_get_page (LeydenDebugPanel *self,
                             const char       *name)
{
  g_return_val_if_fail (LEYDEN_IS_DEBUG_PANEL (self), NULL);
  return gtk_stack_get_child_by_name (self->stack, name);
}

/* --- what is looked at --- */

static void
update_flow (LeydenDebugPanel *self)
{
  if (self->view != NULL)
    leyden_rollout_view_set_flow (self->view, self->document != NULL ? leyden_document_get_flow (self->document) : NULL);
}

LeydenRolloutView *
leyden_debug_panel_get_view (LeydenDebugPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_DEBUG_PANEL (self), NULL);
  return self->view;
}

void
leyden_debug_panel_set_view (LeydenDebugPanel  *self,
                             LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_DEBUG_PANEL (self));
  g_return_if_fail (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  update_flow (self);
  g_clear_pointer (&self->said, g_free);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::state", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::debug", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::position", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::progress", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
    }
  leyden_held_call_set_view (self->held, view);
  for (guint i = 0; i < self->pages->len; i++)
    {
      Page *page = &g_array_index (self->pages, Page, i);

      if (page->set_view != NULL)
        page->set_view (page->page, view);
    }
  gtk_widget_set_visible (self->head_slot, self->head != NULL && view != NULL);
  gtk_widget_set_visible (self->empty, view == NULL);
  update_status (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIEW]);
}

gboolean
leyden_debug_panel_set_flow (LeydenDebugPanel *self,
                             LeydenFlow       *flow)
{
  LeydenFlow *before;
  g_autoptr(LeydenValue) old = NULL;
  g_autoptr(LeydenValue) new = NULL;
  gboolean same;

  g_return_val_if_fail (LEYDEN_IS_DEBUG_PANEL (self), FALSE);
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), FALSE);

  if (self->view == NULL)
    return FALSE;
  before = leyden_rollout_view_get_flow (self->view);
  old = before != NULL ? leyden_flow_to_value (before) : NULL;
  new = leyden_flow_to_value (flow);
  same = old != NULL && leyden_value_equal (old, new);
  /* The document goes on being edited: this one stays as it ran. */
  for (guint i = 0; !same && i < self->pages->len; i++)
    if (g_array_index (self->pages, Page, i).set_view != NULL)
      g_array_index (self->pages, Page, i).set_view (g_array_index (self->pages, Page, i).page, NULL);
  leyden_rollout_view_set_flow (self->view, flow);
  for (guint i = 0; !same && i < self->pages->len; i++)
    if (g_array_index (self->pages, Page, i).set_view != NULL)
      g_array_index (self->pages, Page, i).set_view (g_array_index (self->pages, Page, i).page, self->view);
  return !same;
}

static void
set_document (LeydenDebugPanel *self,
              LeydenDocument   *document)
{
  LeydenBreakpoints *store;

  if (!g_set_object (&self->document, document))
    return;
  store = document != NULL ? leyden_breakpoints_get_for (document) : NULL;
  leyden_watches_set_store (self->watches, store);
  leyden_breakpoint_list_set (self->breakpoints, store, document != NULL ? leyden_document_get_flow (document) : NULL);
  leyden_debug_panel_set_view (self, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

/* --- class --- */

static void
leyden_debug_panel_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  LeydenDebugPanel *self = LEYDEN_DEBUG_PANEL (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, self->document);
      break;
    case PROP_VIEW:
      g_value_set_object (value, self->view);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_debug_panel_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  LeydenDebugPanel *self = LEYDEN_DEBUG_PANEL (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      set_document (self, g_value_get_object (value));
      break;
    case PROP_VIEW:
      leyden_debug_panel_set_view (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_debug_panel_dispose (GObject *object)
{
  LeydenDebugPanel *self = LEYDEN_DEBUG_PANEL (object);

  if (self->box != NULL)
    leyden_debug_panel_set_view (self, NULL);
  g_array_set_size (self->pages, 0);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->document);
  g_clear_pointer (&self->said, g_free);
  G_OBJECT_CLASS (leyden_debug_panel_parent_class)->dispose (object);
}

static void
leyden_debug_panel_finalize (GObject *object)
{
  g_array_unref (LEYDEN_DEBUG_PANEL (object)->pages);
  G_OBJECT_CLASS (leyden_debug_panel_parent_class)->finalize (object);
}

static void
leyden_debug_panel_class_init (LeydenDebugPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_debug_panel_get_property;
  object_class->set_property = leyden_debug_panel_set_property;
  object_class->dispose = leyden_debug_panel_dispose;
  object_class->finalize = leyden_debug_panel_finalize;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_VIEW] =
    g_param_spec_object ("view", NULL, NULL, LEYDEN_TYPE_ROLLOUT_VIEW, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_DEBUG_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_EDIT_VALUE] =
    g_signal_new ("edit-value", LEYDEN_TYPE_DEBUG_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_STRING,
                  G_TYPE_BOOLEAN, LEYDEN_TYPE_VALUE);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static void
set_state_view (GtkWidget         *page,
                LeydenRolloutView *view)
{
  LeydenDebugPanel *self = g_object_get_data (G_OBJECT (page), "panel");

  leyden_call_stack_set_view (self->calls, view);
  leyden_watches_set_view (self->watches, view);
  leyden_variables_view_set_view (self->variables, view);
}

static GtkWidget *
create_heading (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  return label;
}

static GtkWidget *
create_column (const char *title,
               GtkWidget  *content)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_box_append (GTK_BOX (box), create_heading (title));
  gtk_box_append (GTK_BOX (box), content);
  return leyden_split_box_scroll (box);
}

/* Three columns where there is room, call stack and watches one above the other in the first of two, or all below each other. */
static GtkWidget *
create_state_page (LeydenDebugPanel *self)
{
  GtkWidget *side, *columns, *page;

  self->calls = LEYDEN_CALL_STACK (leyden_call_stack_new ());
  self->watches = LEYDEN_WATCHES (leyden_watches_new ());
  self->variables = LEYDEN_VARIABLES_VIEW (leyden_variables_view_new ());
  g_signal_connect_object (self->calls, "activated", G_CALLBACK (show_node), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variables, "edit", G_CALLBACK (edit_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variables, "watch", G_CALLBACK (leyden_watches_add), self->watches, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variables, "searched", G_CALLBACK (leyden_watches_search), self->watches, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variables, "chosen", G_CALLBACK (leyden_watches_forget_shown), self->watches, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watches, "show-value", G_CALLBACK (leyden_variables_view_show_value), self->variables, G_CONNECT_SWAPPED);
  side = leyden_split_box_new (create_column (_("Call Stack"), GTK_WIDGET (self->calls)), create_column (_("Watches"), GTK_WIDGET (self->watches)), 150, 390);
  columns = leyden_split_box_new (leyden_split_box_scroll (side), GTK_WIDGET (self->variables), 260, 700);
  leyden_split_box_set_wide (LEYDEN_SPLIT_BOX (columns), 980, 400);
  page = leyden_split_box_scroll (columns);
  gtk_widget_add_css_class (page, "panelpage");
  g_object_set_data (G_OBJECT (page), "panel", self);
  return page;
}

static GtkWidget *
create_breakpoints_page (LeydenDebugPanel *self)
{
  self->breakpoints = LEYDEN_BREAKPOINT_LIST (leyden_breakpoint_list_new ());
  g_signal_connect_object (self->breakpoints, "show-node", G_CALLBACK (show_node), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self->breakpoints);
}

static void
leyden_debug_panel_init (LeydenDebugPanel *self)
{
  self->pages = g_array_new (FALSE, FALSE, sizeof (Page));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_set_vhomogeneous (self->stack, FALSE);
  gtk_stack_set_hhomogeneous (self->stack, FALSE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  self->held = LEYDEN_HELD_CALL (leyden_held_call_new ());
  gtk_box_append (GTK_BOX (self->box), create_toolbar (self));
  self->waiting = create_waiting (self);
  gtk_box_append (GTK_BOX (self->box), self->waiting);
  self->empty = create_empty ();
  gtk_box_append (GTK_BOX (self->box), self->empty);
  gtk_box_append (GTK_BOX (self->box), create_switcher (self));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->held));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->stack));
  leyden_debug_panel_add_page (self, "state", _("Variables"), create_state_page (self), set_state_view);
  leyden_debug_panel_add_page (self, "breakpoints", _("Breakpoints"), create_breakpoints_page (self), NULL);
  update_status (self);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Debug"), -1);
}

GtkWidget *
leyden_debug_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_DEBUG_PANEL, NULL);
}
