/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-compare-view.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-announce.h"
#include "leyden-compare-item.h"
#include "leyden-dialog-fit.h"
#include "leyden-experiment-parts.h"
#include "leyden-path-title.h"
#include "leyden-port-diff.h"
#include "leyden-split-box.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

#define LIST_WIDTH 300
#define THRESHOLD 680
#define MAX_PORTS 40

enum { REWARD, COST, LATENCY, N_NUMBERS };

struct _LeydenCompareView
{
  GtkWidget            parent_instance;

  GCancellable        *cancellable;
  LeydenValue         *comparison;      /* nullable */
  LeydenFlow          *flow;            /* nullable */
  LeydenRolloutView   *followed;        /* the second; nullable */
  char                *origin;          /* … and the first */
  guint64              compared;        /* sequence of the second when it was asked for */

  GtkWidget           *stack;           /* "waiting", "failed", "shown" */
  GtkWidget           *waiting, *failed;        /* labels */
  GtkWidget           *sides;           /* label: which two */
  GtkWidget           *tiles[N_NUMBERS], *numbers[N_NUMBERS];
  GtkWidget           *verdict;         /* label: where they begin to differ */
  GtkWidget           *truncated;       /* label: not all is listed */
  GtkWidget           *first, *previous, *next;
  GtkWidget           *only;            /* toggle: only what differs */
  GListStore          *items;
  GtkFilter           *filter;
  GtkSingleSelection  *selection;
  GtkWidget           *list;
  GtkWidget           *details;         /* box */
};

G_DEFINE_FINAL_TYPE (LeydenCompareView, leyden_compare_view, GTK_TYPE_WIDGET)

static LeydenCompareItem *
get_selected (LeydenCompareView *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

const char *
leyden_compare_view_get_path (LeydenCompareView *self)
{
  g_return_val_if_fail (LEYDEN_IS_COMPARE_VIEW (self), NULL);
  return get_selected (self) != NULL ? leyden_compare_item_get_path (get_selected (self)) : NULL;
}

guint
leyden_compare_view_get_n_differences (LeydenCompareView *self)
{
  guint n = 0;

  g_return_val_if_fail (LEYDEN_IS_COMPARE_VIEW (self), 0);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->items)); i++)
    {
      g_autoptr(LeydenCompareItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      n += !leyden_compare_item_is_same (item);
    }
  return n;
}

/* --- one node --- */

static void
append_numbers (LeydenCompareView *self,
                LeydenValue       *side,
                LeydenValue       *row,
                const char        *title)
{
  double ms = leyden_value_get_member_double (side, "ms", -1), cost = leyden_value_get_member_double (side, "cost", 0);
  gint64 tokens = leyden_value_get_member_int (side, "tokens", 0);
  g_autoptr(GString) text = g_string_new (title);

  if (leyden_value_is_null (side))
    g_string_append (text, _(": it was not there"));
  else
    g_string_append_printf (text, ": %s", leyden_state_title (leyden_value_get_member_string (side, "state", "")));
  if (ms >= 0)
    {
      g_autofree char *duration = leyden_format_duration (ms);

      g_string_append_printf (text, " · %s", duration);
    }
  if (tokens > 0 && tokens <= G_MAXINT32)
    {
      g_autofree char *count = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " token", "%" PRId64 " tokens", (gulong) tokens), tokens);

      g_string_append_printf (text, " · %s", count);
    }
  if (cost > 0)
    {
      g_autofree char *price = leyden_compare_format_cost (row, cost);

      g_string_append_printf (text, " · %s", price);
    }
  gtk_box_append (GTK_BOX (self->details), leyden_part_label (text->str, NULL));
}

static void
append_port (LeydenCompareView *self,
             LeydenValue       *port)
{
  g_autofree char *name = leyden_text_display (leyden_value_get_member_string (port, "port", ""), -1, 60, FALSE);
  gboolean same = leyden_value_get_member_boolean (port, "same", FALSE);
  /* Translators: name of an output, and that it is the same in both. */
  g_autofree char *title = same ? g_strdup_printf (_("%s: the same"), name) : g_strdup (name);

  gtk_box_append (GTK_BOX (self->details), leyden_part_label (title, same ? "dim-label" : "heading"));
  if (!same)
    gtk_box_append (GTK_BOX (self->details), leyden_port_diff_new (leyden_value_get_member (port, "a"), leyden_value_get_member (port, "b")));
}

static void
show_details (LeydenCompareView *self)
{
  LeydenCompareItem *item = get_selected (self);
  LeydenValue *node, *ports;
  g_autofree char *title = NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->details)) != NULL)
    gtk_box_remove (GTK_BOX (self->details), child);
  if (item == NULL)
    return;
  node = leyden_compare_item_get_node (item);
  ports = leyden_value_get_member (node, "ports");
  title = leyden_path_title (self->flow, leyden_compare_item_get_path (item));
  gtk_box_append (GTK_BOX (self->details), leyden_part_label (title, "title-4"));
  append_numbers (self, leyden_value_get_member (node, "a"), leyden_value_get_member (self->comparison, "a"), _("First"));
  append_numbers (self, leyden_value_get_member (node, "b"), leyden_value_get_member (self->comparison, "b"), _("Second"));
  for (guint i = 0; leyden_value_get_kind (ports) == LEYDEN_VALUE_LIST && i < MIN (leyden_value_get_size (ports), MAX_PORTS); i++)
    append_port (self, leyden_value_get_item (ports, i));
}

/* --- going over the differences --- */

static guint
get_n_shown (LeydenCompareView *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->selection));
}

static gboolean
is_different (LeydenCompareView *self,
              guint              position)
{
  g_autoptr(LeydenCompareItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  return item != NULL && !leyden_compare_item_is_same (item);
}

/* Number of the difference that is chosen, from 1. */
static guint
count_to (LeydenCompareView *self,
          guint              position)
{
  guint n = 0;

  for (guint i = 0; i <= position && i < get_n_shown (self); i++)
    n += is_different (self, i);
  return n;
}

static void
choose (LeydenCompareView *self,
        guint              position)
{
  LeydenCompareItem *item;
  g_autofree char *title = NULL;
  g_autofree char *described = NULL;
  g_autofree char *said = NULL;

  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
  item = get_selected (self);
  title = leyden_path_title (self->flow, leyden_compare_item_get_path (item));
  described = leyden_compare_item_describe (item);
  /* Translators: number of a difference, of how many, title of the node, what differs. */
  said = g_strdup_printf (_("Difference %u of %u: %s. %s"), count_to (self, position), leyden_compare_view_get_n_differences (self), title, described);
  leyden_announce (GTK_WIDGET (self), said);
}

gboolean
leyden_compare_view_step (LeydenCompareView *self,
                          int                direction)
{
  guint selected;

  g_return_val_if_fail (LEYDEN_IS_COMPARE_VIEW (self) && direction != 0, FALSE);

  selected = gtk_single_selection_get_selected (self->selection);
  for (gint64 i = (selected == GTK_INVALID_LIST_POSITION ? (direction > 0 ? -1 : (gint64) get_n_shown (self)) : (gint64) selected) + direction;
       i >= 0 && i < get_n_shown (self); i += direction)
    if (is_different (self, (guint) i))
      {
        choose (self, (guint) i);
        return TRUE;
      }
  leyden_announce (GTK_WIDGET (self), direction > 0 ? _("There is no further difference") : _("There is no earlier difference"));
  return FALSE;
}

static void
step_action (GtkWidget  *widget,
             const char *action,
             GVariant   *parameter)
{
  leyden_compare_view_step (LEYDEN_COMPARE_VIEW (widget), g_str_equal (action, "compare.next") ? 1 : -1);
}

/* What was looked at before, without a word. */
static gboolean
choose_path (LeydenCompareView *self,
             const char        *path)
{
  for (guint i = 0; path != NULL && i < get_n_shown (self); i++)
    {
      g_autoptr(LeydenCompareItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (!g_str_equal (leyden_compare_item_get_path (item), path))
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return TRUE;
    }
  return FALSE;
}

/* Where the two begin to differ, as the backend found it. */
static void
first_action (GtkWidget  *widget,
              const char *action,
              GVariant   *parameter)
{
  LeydenCompareView *self = LEYDEN_COMPARE_VIEW (widget);
  const char *path = leyden_value_get_member_string (leyden_value_get_member (self->comparison, "divergence"), "path", NULL);

  for (guint i = 0; i < get_n_shown (self); i++)
    {
      g_autoptr(LeydenCompareItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (path == NULL ? !leyden_compare_item_is_same (item) : g_str_equal (leyden_compare_item_get_path (item), path))
        {
          choose (self, i);
          return;
        }
    }
}

/* --- the list --- */

static void
bind_cb (LeydenCompareView *self,
         GtkListItem       *list_item)
{
  LeydenCompareItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  gboolean same = leyden_compare_item_is_same (item);
  g_autofree char *title = leyden_path_title (self->flow, leyden_compare_item_get_path (item));
  g_autofree char *described = leyden_compare_item_describe (item);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon");

  gtk_image_set_from_icon_name (GTK_IMAGE (icon), same ? "emblem-ok-symbolic" : "dialog-warning-symbolic");
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", same ? "succeeded" : "wrong", NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, same ? _("The same") : _("Differs"), -1);
  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "title"), title);
  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "described"), described);
  gtk_widget_set_margin_start (row, 16 * (int) MIN (leyden_path_depth (leyden_compare_item_get_path (item)), 4));
}

static void
setup_cb (LeydenCompareView *self,
          GtkListItem       *list_item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9), *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new (), *title = gtk_label_new (NULL), *described = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (described), 0);
  gtk_label_set_ellipsize (GTK_LABEL (described), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (described, "caption");
  gtk_widget_add_css_class (described, "dim-label");
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (lines), title);
  gtk_box_append (GTK_BOX (lines), described);
  gtk_box_append (GTK_BOX (row), icon);
  gtk_box_append (GTK_BOX (row), lines);
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "title", title);
  g_object_set_data (G_OBJECT (row), "described", described);
  gtk_list_item_set_child (list_item, row);
}

static gboolean
is_wanted (gpointer item,
           gpointer data)
{
  LeydenCompareView *self = data;

  return !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->only)) || !leyden_compare_item_is_same (item);
}

static void
only_cb (LeydenCompareView *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

void
leyden_compare_view_focus_list (LeydenCompareView *self)
{
  g_return_if_fail (LEYDEN_IS_COMPARE_VIEW (self));
  gtk_widget_grab_focus (self->list);
}

/* --- the answer --- */

static char *
describe_side (LeydenValue *row)
{
  const char *item = leyden_value_get_member_string (row, "item", "");
  g_autofree char *shown = leyden_text_display (*item != '\0' ? item : leyden_value_get_member_string (row, "rollout", ""), -1, 60, FALSE);
  gint64 started = leyden_value_get_member_int (row, "started_ns", 0);
  g_autoptr(GDateTime) time = started > 0 ? g_date_time_new_from_unix_local (started / 1000000000) : NULL;
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%x %X") : NULL;
  g_autofree char *text = NULL;

  if (when == NULL)
    /* Translators: a data-set item, the state that its rollout ended in. */
    text = g_strdup_printf (_("%s, %s"), shown, leyden_state_title (leyden_value_get_member_string (row, "state", "")));
  else
    /* Translators: a data-set item, the state that its rollout ended in, when it began. */
    text = g_strdup_printf (_("%s, %s, %s"), shown, leyden_state_title (leyden_value_get_member_string (row, "state", "")), when);
  if (!leyden_value_get_member_boolean (row, "simulated", FALSE))
    return g_steal_pointer (&text);
  /* Translators: what is said of a rollout; its models were simulated, and its cost is in credits. */
  return g_strdup_printf (_("%s, simulated"), text);
}

static void
show_head (LeydenCompareView *self)
{
  static const char * const names[N_NUMBERS] = { "reward", "cost", "latency_ms" };
  LeydenValue *divergence = leyden_value_get_member (self->comparison, "divergence");
  g_autofree char *a = describe_side (leyden_value_get_member (self->comparison, "a"));
  g_autofree char *b = describe_side (leyden_value_get_member (self->comparison, "b"));
  g_autofree char *sides = g_strdup_printf (_("First: %s\nSecond: %s"), a, b);
  g_autofree char *text = NULL;

  gtk_label_set_text (GTK_LABEL (self->sides), sides);
  for (guint i = 0; i < N_NUMBERS; i++)
    {
      g_autofree char *number = leyden_compare_format_number (self->comparison, names[i]);

      gtk_widget_set_visible (self->tiles[i], number != NULL);
      gtk_label_set_text (GTK_LABEL (self->numbers[i]), number != NULL ? number : "");
    }
  if (leyden_value_is_null (divergence))
    text = g_strdup (leyden_compare_view_get_n_differences (self) == 0 ? _("They do not differ.") : _("They went the same way."));
  else
    {
      g_autofree char *title = leyden_path_title (self->flow, leyden_value_get_member_string (divergence, "path", ""));

      /* Translators: title of a node, what happened there. */
      text = g_strdup_printf (_("They begin to differ at %s: %s."), title, leyden_compare_describe_divergence (divergence));
    }
  gtk_label_set_text (GTK_LABEL (self->verdict), text);
  gtk_widget_set_visible (self->truncated, leyden_value_get_member_boolean (self->comparison, "truncated", FALSE));
  leyden_announce (GTK_WIDGET (self), text);
}

void
leyden_compare_view_set (LeydenCompareView *self,
                         LeydenValue       *comparison,
                         LeydenFlow        *flow)
{
  g_autofree char *path = NULL;
  LeydenValue *nodes;
  gboolean differ;

  g_return_if_fail (LEYDEN_IS_COMPARE_VIEW (self) && comparison != NULL);

  leyden_value_ref (comparison);
  g_clear_pointer (&self->comparison, leyden_value_unref);
  self->comparison = comparison;
  g_set_object (&self->flow, flow);
  path = g_strdup (leyden_compare_view_get_path (self));
  nodes = leyden_value_get_member (comparison, "nodes");
  g_list_store_remove_all (self->items);
  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (nodes); i++)
    {
      g_autoptr(LeydenCompareItem) item = leyden_compare_item_new (leyden_value_get_item (nodes, i));

      g_list_store_append (self->items, item);
    }
  differ = leyden_compare_view_get_n_differences (self) > 0;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "compare.first", differ);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "compare.next", differ);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "compare.previous", differ);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "shown");
  show_head (self);
  if (differ && !choose_path (self, path))
    first_action (GTK_WIDGET (self), "compare.first", NULL);
  /* The keys of a comparison work at once; where somebody is elsewhere already, they stay. */
  if (gtk_widget_get_root (GTK_WIDGET (self)) != NULL && gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self))) == NULL)
    leyden_compare_view_focus_list (self);
  show_details (self);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenCompareView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) comparison = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenFlow) flow = NULL;

  if (self->stack == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (comparison == NULL)
    {
      leyden_part_set_text (self->failed, error->message, 400);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
      leyden_announce (GTK_WIDGET (self), gtk_label_get_text (GTK_LABEL (self->failed)));
      return;
    }
  flow = self->flow != NULL ? g_object_ref (self->flow) : NULL;
  leyden_compare_view_set (self, comparison, flow);
}

void
leyden_compare_view_ask (LeydenCompareView *self,
                         LeydenSession     *session,
                         const char        *a,
                         const char        *b,
                         LeydenFlow        *flow)
{
  g_autofree char *first = leyden_backend_escape (a);
  g_autofree char *second = leyden_backend_escape (b);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/compare?with=%s", first, second);

  g_return_if_fail (LEYDEN_IS_COMPARE_VIEW (self) && LEYDEN_IS_SESSION (session));

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_set_object (&self->flow, flow);
  if (self->comparison == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "waiting");
  leyden_backend_request_async (leyden_session_get_backend (session), "GET", path, NULL, self->cancellable, received_cb, g_object_ref (self));
}

/* --- one that is under way --- */

/* What runs is compared when it stands: until then it lacks what is still to come. */
static void
followed_cb (LeydenCompareView *self)
{
  LeydenRolloutView *view = self->followed;
  guint64 last = leyden_rollout_view_get_last (view);

  if (last == 0 || last == self->compared || leyden_rollout_view_get_state (view) == NULL || (!leyden_rollout_view_is_final (view) && !leyden_rollout_view_is_paused (view)))
    return;
  self->compared = last;
  gtk_label_set_text (GTK_LABEL (self->waiting), _("Comparing…"));
  leyden_compare_view_ask (self, leyden_rollout_view_get_session (view), self->origin, leyden_rollout_view_get_rollout (view), self->flow);
}

void
leyden_compare_view_follow (LeydenCompareView *self,
                            const char        *a,
                            LeydenRolloutView *b,
                            LeydenFlow        *flow)
{
  g_return_if_fail (LEYDEN_IS_COMPARE_VIEW (self) && LEYDEN_IS_ROLLOUT_VIEW (b));
  g_return_if_fail (a != NULL && self->followed == NULL);

  self->followed = g_object_ref (b);
  self->origin = g_strdup (a);
  g_set_object (&self->flow, flow);
  gtk_label_set_text (GTK_LABEL (self->waiting), _("The second one is under way: they are compared when it stands or has ended."));
  g_signal_connect_object (b, "notify::state", G_CALLBACK (followed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (b, "notify::debug", G_CALLBACK (followed_cb), self, G_CONNECT_SWAPPED);
  followed_cb (self);
}

/* --- life --- */

static void
leyden_compare_view_dispose (GObject *object)
{
  LeydenCompareView *self = LEYDEN_COMPARE_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->items);
  g_clear_object (&self->flow);
  if (self->followed != NULL)
    g_signal_handlers_disconnect_by_data (self->followed, self);
  g_clear_object (&self->followed);
  g_clear_pointer (&self->origin, g_free);
  g_clear_pointer (&self->comparison, leyden_value_unref);
  G_OBJECT_CLASS (leyden_compare_view_parent_class)->dispose (object);
}

static void
leyden_compare_view_class_init (LeydenCompareViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_compare_view_dispose;
  gtk_widget_class_install_action (widget_class, "compare.first", NULL, first_action);
  gtk_widget_class_install_action (widget_class, "compare.next", NULL, step_action);
  gtk_widget_class_install_action (widget_class, "compare.previous", NULL, step_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F8, 0, "compare.next", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F8, GDK_SHIFT_MASK, "compare.previous", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F8, GDK_CONTROL_MASK, "compare.first", NULL);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static GtkWidget *
create_button (const char *label,
               const char *action,
               const char *keys)
{
  GtkWidget *button = gtk_button_new_with_label (label);
  g_autofree char *tooltip = g_strdup_printf ("%s (%s)", label, keys);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_KEY_SHORTCUTS, keys, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static GtkWidget *
create_head (LeydenCompareView *self)
{
  static const char * const titles[N_NUMBERS] = { N_("Reward"), N_("Cost"), N_("Time") };
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9), *tiles = leyden_wrap_box_new ();

  self->sides = leyden_part_label (NULL, NULL);
  self->verdict = leyden_part_label (NULL, "heading");
  self->truncated = leyden_part_label (_("These rollouts are long: not all of their nodes are listed."), "dim-label");
  self->first = create_button (_("First Difference"), "compare.first", "Ctrl+F8");
  self->previous = create_button (_("Previous"), "compare.previous", "Shift+F8");
  self->next = create_button (_("Next"), "compare.next", "F8");
  self->only = gtk_toggle_button_new_with_label (_("Only What Differs"));
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (tiles), FALSE);
  for (guint i = 0; i < N_NUMBERS; i++)
    {
      self->tiles[i] = leyden_part_tile (_(titles[i]), &self->numbers[i]);
      gtk_label_set_wrap (GTK_LABEL (self->numbers[i]), TRUE);
      gtk_widget_set_parent (self->tiles[i], tiles);
    }
  g_signal_connect_object (self->only, "toggled", G_CALLBACK (only_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (head), self->sides);
  gtk_box_append (GTK_BOX (head), tiles);
  gtk_box_append (GTK_BOX (head), self->verdict);
  gtk_box_append (GTK_BOX (head), self->truncated);
  gtk_box_append (GTK_BOX (head), leyden_part_buttons (self->first, self->previous, self->next, self->only, NULL));
  return head;
}

static GtkWidget *
create_list (LeydenCompareView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GListModel *filtered;

  self->items = g_list_store_new (LEYDEN_TYPE_COMPARE_ITEM);
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL));
  filtered = G_LIST_MODEL (gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->items)), g_object_ref (self->filter)));
  self->selection = gtk_single_selection_new (filtered);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (show_details), self, G_CONNECT_SWAPPED);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "calls");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Nodes of the two rollouts"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 420);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  return scroller;
}

static GtkWidget *
create_shown (LeydenCompareView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *scroller = gtk_scrolled_window_new ();

  gtk_widget_add_css_class (box, "callpage");
  gtk_box_append (GTK_BOX (box), create_head (self));
  self->details = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_hexpand (self->details, TRUE);
  gtk_box_append (GTK_BOX (box), leyden_split_box_new (create_list (self), self->details, LIST_WIDTH, THRESHOLD));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  return scroller;
}

static void
leyden_compare_view_init (LeydenCompareView *self)
{
  self->stack = gtk_stack_new ();
  self->failed = leyden_part_label (NULL, "error");
  gtk_widget_set_valign (self->failed, GTK_ALIGN_CENTER);
  self->waiting = leyden_part_label (_("Comparing…"), "dim-label");
  gtk_widget_set_valign (self->waiting, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (self->waiting, GTK_ALIGN_CENTER);
  gtk_stack_add_named (GTK_STACK (self->stack), self->waiting, "waiting");
  gtk_stack_add_named (GTK_STACK (self->stack), self->failed, "failed");
  gtk_stack_add_named (GTK_STACK (self->stack), create_shown (self), "shown");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Comparison"), -1);
}

GtkWidget *
leyden_compare_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_COMPARE_VIEW, NULL);
}

/* --- a window of its own --- */

static GtkWidget *
create_window (GtkWindow  *parent,
               GtkWidget **shown)
{
  GtkWidget *window = g_object_new (ADW_TYPE_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE, "title", _("Compare Rollouts"), NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *view = leyden_compare_view_new ();
  GtkWidget *speaker = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
  GtkEventController *keys = gtk_shortcut_controller_new ();

  leyden_dialog_fit (GTK_WINDOW (window), parent, 960, 680);
  gtk_widget_add_css_class (speaker, "spoken");
  gtk_widget_set_vexpand (view, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), view);
  gtk_box_append (GTK_BOX (box), speaker);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                                                          gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, keys);
  leyden_announce_by (GTK_WINDOW (window), GTK_LABEL (speaker));
  *shown = view;
  return window;
}

GtkWidget *
leyden_compare_window_new (GtkWindow     *parent,
                           LeydenSession *session,
                           const char    *a,
                           const char    *b,
                           LeydenFlow    *flow)
{
  GtkWidget *view, *window = create_window (parent, &view);

  leyden_compare_view_ask (LEYDEN_COMPARE_VIEW (view), session, a, b, flow);
  return window;
}

GtkWidget *
leyden_compare_window_new_following (GtkWindow         *parent,
                                     const char        *a,
                                     LeydenRolloutView *b,
                                     LeydenFlow        *flow)
{
  GtkWidget *view, *window = create_window (parent, &view);

  leyden_compare_view_follow (LEYDEN_COMPARE_VIEW (view), a, b, flow);
  return window;
}
