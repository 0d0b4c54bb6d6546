/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-board-panel.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-dashboard-result.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-text.h"

struct _LeydenBoardPanel
{
  GtkWidget        parent_instance;

  LeydenValue     *panel;
  LeydenValue     *result;              /* nullable */
  char            *title;
  gboolean         editing;
  gboolean         writable;
  gboolean         full;
  gboolean         menu_stale;          /* what is in it is another since it was opened last */

  GtkWidget       *overlay;
  GtkWidget       *header;
  GtkWidget       *title_label;
  GtkWidget       *menu;
  GtkWidget       *stack;               /* "waiting", and what is made when it is first shown: */
  GtkWidget       *text;
  GtkWidget       *message_icon;
  GtkWidget       *message;
  GtkWidget       *message_scroller;    /* takes the focus, so that it is read */
  GtkWidget       *retry;
  LeydenChartView *view;
  LeydenChart     *chart;
  GtkWidget       *handle;
  LeydenChartLink *link;                /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenBoardPanel, leyden_board_panel, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ACT,
  SIGNAL_ROLLOUT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *
get_kind (LeydenBoardPanel *self)
{
  return leyden_value_get_member_string (self->panel, "kind", "text");
}

/* --- menu --- */

static void
add_item (GMenu      *menu,
          const char *label,
          const char *what)
{
  g_autofree char *action = g_strconcat ("panel.act::", what, NULL);

  g_menu_append (menu, label, action);
}

/* For who has no pointer, or no keys. */
static GMenuModel *
make_place_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) moves = g_menu_new ();
  g_autoptr(GMenu) sizes = g_menu_new ();

  add_item (moves, _("Move _Left"), "left");
  add_item (moves, _("Move _Right"), "right");
  add_item (moves, _("Move _Up"), "up");
  add_item (moves, _("Move _Down"), "down");
  add_item (sizes, _("_Wider"), "wider");
  add_item (sizes, _("_Narrower"), "narrower");
  add_item (sizes, _("_Taller"), "taller");
  add_item (sizes, _("_Shorter"), "shorter");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (moves));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (sizes));
  return G_MENU_MODEL (menu);
}

/* Of the chart that is shown. */
static GMenuModel *
make_export_menu (void)
{
  static const struct { const char *label; const char *action; } items[] = {
    { N_("As PNG Picture…"), "panel.export::png" },
    { N_("As SVG Picture…"), "panel.export::svg" },
    { N_("As PDF…"), "panel.export::pdf" },
    { N_("As CSV Table…"), "panel.export::csv" },
    { N_("Copy"), "panel.copy" },
  };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_menu_append (menu, _(items[i].label), items[i].action);
  return G_MENU_MODEL (menu);
}

static GMenuModel *
make_edit_menu (LeydenBoardPanel *self)
{
  GMenu *menu = g_menu_new ();

  add_item (menu, _("_Edit…"), "edit");
  add_item (menu, _("_Duplicate"), "duplicate");
  if (self->editing)
    {
      g_autoptr(GMenuModel) place = make_place_menu ();

      g_menu_append_submenu (menu, _("_Place"), place);
    }
  add_item (menu, _("_Remove"), "remove");
  return G_MENU_MODEL (menu);
}

/* Of some hundred widgets: made when somebody opens it. */
static void
menu_cb (GtkMenuButton *button,
         gpointer       data)
{
  LeydenBoardPanel *self = data;
  g_autoptr(GMenu) menu = g_menu_new ();
  g_autoptr(GMenu) look = g_menu_new ();
  gboolean chart = strcmp (get_kind (self), "text") != 0;

  if (!self->menu_stale)
    return;
  self->menu_stale = FALSE;
  add_item (look, self->full ? _("_Back to the Dashboard") : _("_Full Screen"), self->full ? "back" : "full");
  if (chart)
    add_item (look, _("Open _Data"), "data");
  if (*leyden_value_get_member_string (self->panel, "description", "") != '\0')
    add_item (look, _("_What This Means"), "about");
  if (chart)
    {
      g_autoptr(GMenuModel) export = make_export_menu ();

      g_menu_append_submenu (look, _("E_xport"), export);
    }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (look));
  if (self->writable && !self->full)
    {
      g_autoptr(GMenuModel) edit = make_edit_menu (self);

      g_menu_append_section (menu, NULL, edit);
    }
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->menu), G_MENU_MODEL (menu));
}

static void need_chart (LeydenBoardPanel *self);

static void
act_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_ACT], 0, g_variant_get_string (parameter, NULL));
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  need_chart (LEYDEN_BOARD_PANEL (widget));
  gtk_widget_activate_action_variant (GTK_WIDGET (LEYDEN_BOARD_PANEL (widget)->view), "chart.export", parameter);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  need_chart (LEYDEN_BOARD_PANEL (widget));
  gtk_widget_activate_action (GTK_WIDGET (LEYDEN_BOARD_PANEL (widget)->view), "chart.copy", NULL);
}

static gboolean
key_cb (GtkWidget *widget,
        GVariant  *arguments,
        gpointer   data)
{
  LeydenBoardPanel *self = LEYDEN_BOARD_PANEL (widget);

  if (!self->editing || !gtk_widget_has_focus (widget))
    return FALSE;
  g_signal_emit (self, signals[SIGNAL_ACT], 0, g_variant_get_string (arguments, NULL));
  return TRUE;
}

/* --- what is in it ---
 *
 * A dashboard has many panels, and each shows one of these: made when it is first needed, so that opening one does not make all of all. */

static void
retry_cb (LeydenBoardPanel *self)
{
  g_signal_emit (self, signals[SIGNAL_ACT], 0, "retry");
}

static const char *
find_cell (LeydenValue *columns,
           LeydenValue *row,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    if (strcmp (leyden_value_get_member_string (leyden_value_get_item (columns, i), "name", ""), name) == 0)
      return leyden_value_get_string (leyden_value_get_item (row, i), NULL);
  return NULL;
}

static void
row_activated_cb (LeydenBoardPanel *self,
                  guint             index)
{
  LeydenValue *columns = leyden_value_get_member (self->result, "columns");
  LeydenValue *row = leyden_value_get_item (leyden_value_get_member (self->result, "rows"), index);
  const char *rollout = find_cell (columns, row, "rollout");
  const char *run = find_cell (columns, row, "run");

  if (rollout != NULL)
    g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, run != NULL ? run : "", rollout);
}

/* A point of a scatter that an SQL question made: its row names the rollout. */
static void
point_activated_cb (LeydenBoardPanel *self,
                    guint             series,
                    guint             index)
{
  const char *key = leyden_chart_get_key (self->chart, series, index);
  LeydenValue *columns = leyden_value_get_member (self->result, "columns"), *rows = leyden_value_get_member (self->result, "rows");

  for (guint i = 0; key != NULL && i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (find_cell (columns, leyden_value_get_item (rows, i), "rollout"), key) == 0)
      {
        row_activated_cb (self, i);
        return;
      }
}

/* Of the chart: what was exported or copied, or why not. */
static void
message_cb (LeydenBoardPanel *self,
            const char       *text)
{
  leyden_say (GTK_WIDGET (self), text);
}

static void
need_chart (LeydenBoardPanel *self)
{
  if (self->view != NULL)
    return;
  self->chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  self->view = LEYDEN_CHART_VIEW (leyden_chart_view_new ());
  leyden_chart_view_set_link (self->view, self->link);
  leyden_chart_view_set_chart (self->view, self->chart);
  g_signal_connect_object (self->view, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "point-activated", G_CALLBACK (point_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "message", G_CALLBACK (message_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "problem", G_CALLBACK (message_cb), self, G_CONNECT_SWAPPED);
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->view), "chart");
}

static void
need_text (LeydenBoardPanel *self)
{
  GtkWidget *scroller;

  if (self->text != NULL)
    return;
  scroller = gtk_scrolled_window_new ();
  self->text = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_yalign (GTK_LABEL (self->text), 0);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scroller), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Text"), -1);
  gtk_stack_add_named (GTK_STACK (self->stack), scroller, "text");
}

static void
need_message (LeydenBoardPanel *self)
{
  GtkWidget *scroller, *box;

  if (self->message != NULL)
    return;
  scroller = gtk_scrolled_window_new ();
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->message_icon = gtk_image_new ();
  self->message = gtk_label_new (NULL);
  self->retry = gtk_button_new_with_label (_("Try Again"));
  gtk_image_set_icon_size (GTK_IMAGE (self->message_icon), GTK_ICON_SIZE_LARGE);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (self->message), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (self->message, "panelmessage");
  gtk_widget_set_halign (self->retry, GTK_ALIGN_CENTER);
  g_signal_connect_object (self->retry, "clicked", G_CALLBACK (retry_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), self->message_icon);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), self->retry);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  self->message_scroller = scroller;
  gtk_stack_add_named (GTK_STACK (self->stack), scroller, "message");
}

/* --- what is shown --- */

static void
show_message (LeydenBoardPanel *self,
              const char       *icon,
              const char       *text,
              gboolean          retry)
{
  need_message (self);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->message_icon), icon);
  gtk_widget_set_visible (self->message_icon, leyden_value_get_member_int (self->panel, "h", 4) > 3);
  leyden_label_set_safe_text (GTK_LABEL (self->message), text, 600);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->message_scroller), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_text (GTK_LABEL (self->message)), -1);
  gtk_widget_set_visible (self->retry, retry);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "message");
}

/* Why there is nothing, and what would change that. */
static const char *
explain_empty (LeydenBoardPanel *self)
{
  LeydenValue *query = leyden_value_get_item (leyden_value_get_member (self->panel, "queries"), 0);
  const char *shape = leyden_value_get_member_string (query, "shape", "");
  const char *live = leyden_value_get_member_string (query, "live", "");

  if (strcmp (live, "workers") == 0)
    return _("No worker fetches rollouts from here. “leydenctl worker” on any machine becomes one.");
  if (strcmp (live, "mirrors") == 0)
    return _("No agl-server is followed. Add one under Connections.");
  if (strcmp (shape, "step") == 0)
    return _("No training step in this time. Train a flow, or choose a longer time.");
  return _("Nothing in this time. Run a flow, or choose a longer time.");
}

static LeydenValue *
make_options (LeydenBoardPanel *self,
              const char       *zone,
              const char       *currency,
              gint64            from_ns,
              gint64            to_ns)
{
  const char *shape = leyden_value_get_member_string (self->result, "shape", "");
  const char *unit = leyden_value_get_member_string (self->result, "unit", "");
  LeydenValue *options = leyden_value_get_member (self->panel, "options");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (options); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (options, i), leyden_value_get_item (options, i));
  leyden_value_builder_set_string (&b, "title", self->title);
  leyden_value_builder_set_string (&b, "zone", zone);
  /* Rewards are numbers on a scale of their own; what money is called is known here. */
  if (strcmp (unit, "reward") == 0)
    leyden_value_builder_set_string (&b, "unit", "");
  else if (strcmp (unit, "currency") == 0 && leyden_value_get_member (self->result, "currency") == NULL
           && strcmp (leyden_value_get_member_string (self->result, "simulated", ""), "all") != 0)
    leyden_value_builder_set_string (&b, "unit", currency);
  /* From the first fact on: there the axis begins where they do. */
  if (from_ns > 0 && to_ns > from_ns && g_strv_contains ((const char * const []) { "time", "heat", NULL }, shape))
    {
      leyden_value_builder_set_int (&b, "from", from_ns);
      leyden_value_builder_set_int (&b, "to", to_ns);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
show_chart (LeydenBoardPanel *self,
            LeydenValue      *options)
{
  LeydenChartKind kind = LEYDEN_CHART_KIND_LINE;
  g_autoptr(LeydenValue) table = NULL;

  need_chart (self);
  leyden_chart_kind_from_name (get_kind (self), &kind);
  /* Any answer can be read as rows. */
  if (kind == LEYDEN_CHART_KIND_TABLE)
    table = leyden_dashboard_result_tabulate (self->result);
  leyden_chart_set_result (self->chart, kind, table != NULL ? table : self->result, options);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "chart");
}

/* A number is a number when it is 0 or none; what would be an empty space says why it is one. */
static gboolean
shows_nothing (LeydenBoardPanel *self)
{
  return strcmp (get_kind (self), "value") != 0 && leyden_dashboard_result_is_empty (self->result);
}

void
leyden_board_panel_set_result (LeydenBoardPanel *self,
                               LeydenValue      *result,
                               const char       *zone,
                               const char       *currency,
                               gint64            from_ns,
                               gint64            to_ns)
{
  const char *error = leyden_value_get_member_string (result, "error", NULL);
  g_autoptr(LeydenValue) options = NULL;

  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));

  if (result != NULL)
    leyden_value_ref (result);
  g_clear_pointer (&self->result, leyden_value_unref);
  self->result = result;
  if (strcmp (get_kind (self), "text") == 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "text");
  else if (result == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "waiting");
  else if (error != NULL)
    show_message (self, "dialog-error-symbolic", error, TRUE);
  else if (shows_nothing (self))
    show_message (self, "leyden-dashboards-symbolic", explain_empty (self), FALSE);
  else
    {
      options = make_options (self, zone, currency, from_ns, to_ns);
      show_chart (self, options);
    }
}

/* --- class --- */

static void
leyden_board_panel_dispose (GObject *object)
{
  LeydenBoardPanel *self = LEYDEN_BOARD_PANEL (object);

  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->chart);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (leyden_board_panel_parent_class)->dispose (object);
}

static void
leyden_board_panel_finalize (GObject *object)
{
  LeydenBoardPanel *self = LEYDEN_BOARD_PANEL (object);

  g_clear_pointer (&self->panel, leyden_value_unref);
  g_clear_pointer (&self->result, leyden_value_unref);
  g_free (self->title);
  G_OBJECT_CLASS (leyden_board_panel_parent_class)->finalize (object);
}

static const struct
{
  guint           key;
  GdkModifierType modifiers;
  const char     *what;
} keys[] = {
  { GDK_KEY_Left, 0, "left" },
  { GDK_KEY_Right, 0, "right" },
  { GDK_KEY_Up, 0, "up" },
  { GDK_KEY_Down, 0, "down" },
  { GDK_KEY_Left, GDK_SHIFT_MASK, "narrower" },
  { GDK_KEY_Right, GDK_SHIFT_MASK, "wider" },
  { GDK_KEY_Up, GDK_SHIFT_MASK, "shorter" },
  { GDK_KEY_Down, GDK_SHIFT_MASK, "taller" },
  { GDK_KEY_Delete, 0, "remove" },
  { GDK_KEY_BackSpace, 0, "remove" },
  { GDK_KEY_Return, 0, "edit" },
  { GDK_KEY_KP_Enter, 0, "edit" },
  { GDK_KEY_F2, 0, "edit" },
  { GDK_KEY_d, GDK_CONTROL_MASK, "duplicate" },
};

static void
leyden_board_panel_class_init (LeydenBoardPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_board_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_board_panel_finalize;
  signals[SIGNAL_ACT] = g_signal_new ("act", LEYDEN_TYPE_BOARD_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_BOARD_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "boardpanel");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "panel.act", "s", act_action);
  gtk_widget_class_install_action (widget_class, "panel.export", "s", export_action);
  gtk_widget_class_install_action (widget_class, "panel.copy", NULL, copy_action);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i].key, keys[i].modifiers, key_cb, "s", keys[i].what);
}

static GtkWidget *
create_waiting (void)
{
  GtkWidget *spinner = gtk_spinner_new ();

  gtk_widget_set_halign (spinner, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (spinner, GTK_ALIGN_CENTER);
  leyden_spinner_set_active (GTK_SPINNER (spinner), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spinner), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Waiting for an answer"), -1);
  return spinner;
}

static GtkWidget *
create_stack (LeydenBoardPanel *self)
{
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_waiting (), "waiting");
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_widget_add_css_class (self->stack, "panelbody");
  return self->stack;
}

static GtkWidget *
create_header (LeydenBoardPanel *self)
{
  self->header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->title_label = gtk_label_new (NULL);
  self->menu = gtk_menu_button_new ();
  gtk_label_set_xalign (GTK_LABEL (self->title_label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->title_label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->title_label, TRUE);
  gtk_widget_add_css_class (self->title_label, "caption-heading");
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->menu), "view-more-symbolic");
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (self->menu), menu_cb, self, NULL);
  gtk_widget_add_css_class (self->menu, "flat");
  gtk_widget_set_valign (self->menu, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->header, "panelheader");
  gtk_box_append (GTK_BOX (self->header), self->title_label);
  gtk_box_append (GTK_BOX (self->header), self->menu);
  return self->header;
}

static void
leyden_board_panel_init (LeydenBoardPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_append (GTK_BOX (box), create_header (self));
  gtk_box_append (GTK_BOX (box), create_stack (self));
  self->handle = gtk_image_new_from_icon_name ("leyden-resize-symbolic");
  gtk_widget_set_halign (self->handle, GTK_ALIGN_END);
  gtk_widget_set_valign (self->handle, GTK_ALIGN_END);
  gtk_widget_add_css_class (self->handle, "resizehandle");
  gtk_widget_set_visible (self->handle, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->handle), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Drag to resize"), -1);
  self->overlay = gtk_overlay_new ();
  gtk_overlay_set_child (GTK_OVERLAY (self->overlay), box);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), self->handle);
  gtk_widget_set_parent (self->overlay, GTK_WIDGET (self));
  gtk_widget_add_css_class (GTK_WIDGET (self), "card");
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
leyden_board_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_BOARD_PANEL, NULL);
}

static char *
make_title (LeydenValue *panel)
{
  const char *title = leyden_value_get_member_string (panel, "title", "");
  LeydenChartKind kind;

  if (*title != '\0')
    return leyden_text_display (title, -1, 120, FALSE);
  if (leyden_chart_kind_from_name (leyden_value_get_member_string (panel, "kind", ""), &kind))
    return g_strdup (leyden_chart_kind_get_title (kind));
  return g_strdup (_("Text"));
}

void
leyden_board_panel_set_panel (LeydenBoardPanel *self,
                              LeydenValue      *panel)
{
  g_autofree char *description = NULL;
  gboolean text;

  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));

  leyden_value_ref (panel);
  g_clear_pointer (&self->panel, leyden_value_unref);
  self->panel = panel;
  g_free (self->title);
  self->title = make_title (panel);
  description = leyden_text_display (leyden_value_get_member_string (panel, "description", " "), -1, 600, FALSE);
  text = strcmp (get_kind (self), "text") == 0;
  gtk_label_set_text (GTK_LABEL (self->title_label), self->title);
  gtk_widget_set_visible (self->title_label, TRUE);
  gtk_label_set_text (GTK_LABEL (self->title_label), text && *leyden_value_get_member_string (panel, "title", "") == '\0' ? "" : self->title);
  if (*leyden_value_get_member_string (panel, "description", "") != '\0')
    {
      gtk_widget_set_tooltip_text (self->title_label, description);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
    }
  else
    gtk_widget_set_tooltip_text (self->title_label, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->title, -1);
  {
    g_autofree char *menu = g_strdup_printf (_("Menu of “%s”"), self->title);

    gtk_widget_set_tooltip_text (self->menu, menu);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, menu, -1);
  }
  if (text)
    {
      const char *words = leyden_value_get_member_string (leyden_value_get_member (panel, "options"), "text", "");

      need_text (self);
      leyden_part_set_text (self->text, *words != '\0' ? words : NULL, 4000);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "text");
    }
  self->menu_stale = TRUE;
}

LeydenValue *
leyden_board_panel_get_panel (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return self->panel;
}

const char *
leyden_board_panel_get_id (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return leyden_value_get_member_string (self->panel, "id", "");
}

const char *
leyden_board_panel_get_title (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return self->title;
}

LeydenValue *
leyden_board_panel_get_result (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return self->result;
}

void
leyden_board_panel_set_link (LeydenBoardPanel *self,
                             LeydenChartLink  *link)
{
  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));
  g_set_object (&self->link, link);
  if (self->view != NULL)
    leyden_chart_view_set_link (self->view, link);
}

/* While it can be moved it is one thing: what is in it takes neither focus nor clicks. */
void
leyden_board_panel_set_editing (LeydenBoardPanel *self,
                                gboolean          editing)
{
  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));

  self->editing = editing;
  gtk_widget_set_focusable (GTK_WIDGET (self), editing);
  gtk_widget_set_sensitive (self->stack, !editing);
  gtk_widget_set_visible (self->handle, editing);
  if (editing)
    gtk_widget_add_css_class (GTK_WIDGET (self), "editing");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "editing");
  gtk_widget_set_cursor_from_name (self->header, editing ? "grab" : NULL);
  gtk_widget_set_cursor_from_name (self->handle, editing ? "nwse-resize" : NULL);
  self->menu_stale = TRUE;
}

void
leyden_board_panel_set_writable (LeydenBoardPanel *self,
                                 gboolean          writable)
{
  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));

  self->writable = writable;
  self->menu_stale = TRUE;
}

void
leyden_board_panel_set_full (LeydenBoardPanel *self,
                             gboolean          full)
{
  g_return_if_fail (LEYDEN_IS_BOARD_PANEL (self));

  self->full = full;
  self->menu_stale = TRUE;
}

GtkWidget *
leyden_board_panel_get_header (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return self->header;
}

GtkWidget *
leyden_board_panel_get_handle (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  return self->handle;
}

const char *
leyden_board_panel_get_state (LeydenBoardPanel *self)
{
  const char *name;

  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);

  name = gtk_stack_get_visible_child_name (GTK_STACK (self->stack));
  if (strcmp (name, "message") != 0)
    return name;
  return gtk_widget_get_visible (self->retry) ? "failed" : "empty";
}

LeydenChartView *
leyden_board_panel_get_chart (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), NULL);
  need_chart (self);
  return self->view;
}

gboolean
leyden_board_panel_dismantle (LeydenBoardPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_PANEL (self), FALSE);
  return self->view != NULL && leyden_chart_view_dismantle (self->view);
}
