/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-agents-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-agent-text.h"
#include "leyden-button.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

/* The newest are asked for so often while the list is on the screen; others call into the backend, nobody tells the window. */
#define POLL_S 2
#define PAGE 50

struct _LeydenAgentsPage
{
  GtkWidget        parent_instance;

  LeydenSession   *session;
  GCancellable    *cancellable;
  gboolean         asking;
  guint            poll;
  gint64           next;                /* where older ones begin; 0: there are none */
  gboolean         older;               /* some were asked for */
  GtkWidget       *outer;               /* stack: "list", "page" */
  GtkWidget       *stack;               /* "empty", "rows", "connecting", "failed" */
  GtkWidget       *list;
  GtkWidget       *more;
  GHashTable      *rows;                /* rollout → row, borrowed */
  LeydenAgentPage *page;
};

G_DEFINE_FINAL_TYPE (LeydenAgentsPage, leyden_agents_page, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SHOWING_LIST,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_ATTACH_REQUESTED,
  SIGNAL_LINES_REQUESTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- rows --- */

static GtkWidget *
new_row (void)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *chip = leyden_part_chip (_("Removed by the trainer"), "accent"), *simulated = leyden_part_chip (_("Simulated"), NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), simulated);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), chip);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "chip", chip);
  g_object_set_data (G_OBJECT (row), "simulated", simulated);
  return row;
}

static void
set_row (GtkWidget   *row,
         LeydenValue *value)
{
  const char *state = leyden_value_get_member_string (value, "state", "");
  const char *item = leyden_value_get_member_string (value, "item", leyden_value_get_member_string (value, "name", ""));
  g_autofree char *title = leyden_text_display (item, -1, 80, FALSE);
  g_autofree char *description = leyden_agent_describe_row (value);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon");

  if (leyden_value_equal (g_object_get_data (G_OBJECT (row), "row"), value))
    return;
  g_object_set_data_full (G_OBJECT (row), "row", leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), description);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_state_title (state), -1);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (row), "simulated"), leyden_value_get_member_boolean (value, "simulated", FALSE));
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (row), "chip"), leyden_value_get_member_boolean (value, "removed", FALSE));
}

static void
put_row (LeydenAgentsPage *self,
         LeydenValue      *value,
         int               position)
{
  const char *id = leyden_value_get_member_string (value, "rollout", NULL);
  GtkWidget *row = id != NULL ? g_hash_table_lookup (self->rows, id) : NULL;

  if (id == NULL || *id == '\0')
    return;
  if (row == NULL)
    {
      row = new_row ();
      g_hash_table_insert (self->rows, g_strdup (id), row);
      gtk_list_box_insert (GTK_LIST_BOX (self->list), row, position);
    }
  set_row (row, value);
}

/* --- asking --- */

static void
show_state (LeydenAgentsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);
  const GError *error = leyden_backend_get_error (backend);

  if (g_hash_table_size (self->rows) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rows");
  else if (state == LEYDEN_BACKEND_FAILED)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Backend"),
                                   error != NULL ? error->message : NULL);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
    }
  else if (state == LEYDEN_BACKEND_CONNECTING || state == LEYDEN_BACKEND_RECONNECTING)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "connecting");
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
  gtk_widget_set_visible (self->more, self->next > 0);
}

static void ask (LeydenAgentsPage *self, gint64 before);

static gboolean
poll_cb (gpointer data)
{
  LeydenAgentsPage *self = data;

  self->poll = 0;
  ask (self, 0);
  return G_SOURCE_REMOVE;
}

typedef struct
{
  LeydenAgentsPage *self;
  gboolean          older;
} Asked;

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Asked *asked = data;
  g_autoptr(LeydenAgentsPage) self = asked->self;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *list = leyden_value_get_member (answer, "rollouts");
  guint n = leyden_value_get_size (list);

  self->asking = FALSE;
  if (self->rows == NULL)
    return;
  /* The newest stand at the top, older ones follow; what is known keeps its place. */
  for (guint i = 0; i < n; i++)
    put_row (self, leyden_value_get_item (list, i), asked->older ? -1 : (int) i);
  if (answer != NULL && (asked->older || !self->older))
    self->next = leyden_value_get_member_int (answer, "next_before", 0);
  self->older = self->older || asked->older;
  show_state (self);
  if (self->poll == 0 && gtk_widget_get_mapped (self->stack))
    self->poll = g_timeout_add_seconds (POLL_S, poll_cb, self);
}

/* @before 0: the newest. */
static void
ask (LeydenAgentsPage *self,
     gint64            before)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  g_autofree char *path = before > 0 ? g_strdup_printf ("/leyden/v1/rollouts?limit=%d&before=%" G_GINT64_FORMAT, PAGE, before)
                                     : g_strdup_printf ("/leyden/v1/rollouts?limit=%d", PAGE);
  Asked *asked;

  if (self->asking || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  self->asking = TRUE;
  asked = g_new (Asked, 1);
  *asked = (Asked) { g_object_ref (self), before > 0 };
  leyden_backend_request_async (backend, "GET", path, NULL, self->cancellable, received_cb, asked);
}

static void
connected_cb (LeydenAgentsPage *self)
{
  show_state (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    ask (self, 0);
}

static void
more_cb (LeydenAgentsPage *self)
{
  ask (self, self->next);
}

static void
retry_cb (LeydenAgentsPage *self)
{
  leyden_session_start (self->session);
}

static void
attach_cb (LeydenAgentsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_ATTACH_REQUESTED], 0);
}

static void
row_activated_cb (LeydenAgentsPage *self,
                  GtkListBoxRow    *row)
{
  leyden_agents_page_show (self, leyden_value_get_member_string (g_object_get_data (G_OBJECT (row), "row"), "rollout", NULL));
}

static void
member_activated_cb (LeydenAgentsPage *self,
                     const char       *rollout)
{
  leyden_agents_page_show (self, rollout);
}

static void
lines_cb (LeydenAgentsPage *self,
          const char       *rollout)
{
  g_signal_emit (self, signals[SIGNAL_LINES_REQUESTED], 0, rollout);
}

static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_agents_page_show_list (LEYDEN_AGENTS_PAGE (widget));
}

/* --- life --- */

static void
leyden_agents_page_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_SHOWING_LIST:
      g_value_set_boolean (value, leyden_agents_page_is_list (LEYDEN_AGENTS_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
leyden_agents_page_dispose (GObject *object)
{
  LeydenAgentsPage *self = LEYDEN_AGENTS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->poll, g_source_remove);
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_agents_page_parent_class)->dispose (object);
}

static void
leyden_agents_page_map (GtkWidget *widget)
{
  LeydenAgentsPage *self = LEYDEN_AGENTS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_agents_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  ask (self, 0);
}

static void
leyden_agents_page_class_init (LeydenAgentsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_agents_page_dispose;
  G_OBJECT_CLASS (klass)->get_property = leyden_agents_page_get_property;
  widget_class->map = leyden_agents_page_map;
  properties[PROP_SHOWING_LIST] = g_param_spec_boolean ("showing-list", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_ATTACH_REQUESTED] =
    g_signal_new ("attach-requested", LEYDEN_TYPE_AGENTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LINES_REQUESTED] =
    g_signal_new ("lines-requested", LEYDEN_TYPE_AGENTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "agents.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "agents.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "agents.back", NULL);
}

static GtkWidget *
create_rows (LeydenAgentsPage *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *clamp = adw_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->list = gtk_list_box_new ();
  self->more = gtk_button_new_with_label (_("Show Older Ones"));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Agents"), -1);
  gtk_widget_set_halign (self->more, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->more, "pill");
  gtk_widget_set_valign (box, GTK_ALIGN_START);
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), self->list);
  gtk_box_append (GTK_BOX (box), self->more);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->more, "clicked", G_CALLBACK (more_cb), self, G_CONNECT_SWAPPED);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GtkWidget *
create_status (LeydenAgentsPage *self,
               const char       *icon,
               const char       *label,
               GCallback         callback)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = leyden_button_new_with_mnemonic (label);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

static GtkWidget *
create_list_side (LeydenAgentsPage *self)
{
  GtkWidget *empty = create_status (self, "utilities-terminal-symbolic", _("_Attach an Agent…"), G_CALLBACK (attach_cb));

  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("No Agents Yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty),
                                   _("Any program that asks a model can be watched here, and trained: paste three lines into a terminal and start it there. It needs no package and no change."));
  gtk_widget_add_css_class (adw_status_page_get_child (ADW_STATUS_PAGE (empty)), "suggested-action");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), create_rows (self), "rows");
  gtk_stack_add_named (GTK_STACK (self->stack), leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (GTK_STACK (self->stack), create_status (self, "dialog-error-symbolic", _("_Try Again"), G_CALLBACK (retry_cb)), "failed");
  return self->stack;
}

static GtkWidget *
create_page_side (LeydenAgentsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *back = gtk_button_new ();
  GtkWidget *content = adw_button_content_new ();

  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "go-previous-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _("Agents"));
  gtk_button_set_child (GTK_BUTTON (back), content);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (back), "agents.back");
  gtk_widget_set_tooltip_text (back, _("Back to the list"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to the list"), -1);
  gtk_widget_add_css_class (back, "flat");
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), back);
  gtk_box_append (GTK_BOX (box), bar);
  return box;
}

static void
leyden_agents_page_init (LeydenAgentsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), create_list_side (self), "list");
  gtk_stack_add_named (GTK_STACK (self->outer), create_page_side (self), "page");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "agents.back", FALSE);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (connected_cb), self, G_CONNECT_SWAPPED);
  show_state (self);
}

GtkWidget *
leyden_agents_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_AGENTS_PAGE, NULL);
}

static void
show_side (LeydenAgentsPage *self,
           const char       *side)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), side);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "agents.back", g_str_equal (side, "page"));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWING_LIST]);
}

void
leyden_agents_page_show (LeydenAgentsPage *self,
                         const char       *rollout)
{
  g_return_if_fail (LEYDEN_IS_AGENTS_PAGE (self));
  g_return_if_fail (rollout != NULL);

  /* Made when the first one is looked at: most windows never show one. */
  if (self->page == NULL)
    {
      self->page = LEYDEN_AGENT_PAGE (leyden_agent_page_new ());
      gtk_widget_set_vexpand (GTK_WIDGET (self->page), TRUE);
      g_signal_connect_object (self->page, "rollout-activated", G_CALLBACK (member_activated_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->page, "lines-requested", G_CALLBACK (lines_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (gtk_stack_get_child_by_name (GTK_STACK (self->outer), "page")), GTK_WIDGET (self->page));
    }
  leyden_session_start (self->session);
  leyden_agent_page_set_rollout (self->page, rollout);
  show_side (self, "page");
}

void
leyden_agents_page_show_list (LeydenAgentsPage *self)
{
  g_return_if_fail (LEYDEN_IS_AGENTS_PAGE (self));

  if (self->page != NULL)
    leyden_agent_page_set_rollout (self->page, NULL);
  show_side (self, "list");
  ask (self, 0);
}

gboolean
leyden_agents_page_is_list (LeydenAgentsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGENTS_PAGE (self), TRUE);

  return self->outer == NULL || g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "list") == 0;
}

LeydenAgentPage *
leyden_agents_page_get_page (LeydenAgentsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_AGENTS_PAGE (self), NULL);

  return self->page;
}
