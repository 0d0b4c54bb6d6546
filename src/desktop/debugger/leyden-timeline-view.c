/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-timeline-view.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-safe-text.h"
#include "leyden-scrubber.h"
#include "leyden-span-fetch.h"
#include "leyden-span-text.h"
#include "leyden-timeline-parts.h"
#include "leyden-waterfall-axis.h"
#include "leyden-waterfall-row.h"

/* While records come the spans are asked for at most this often. */
#define ASK_MS 1000
/* Of the scrubber and its words, while records come. */
#define UPDATE_MS 100
#define ZOOM 1.5
#define PAN 0.2
/* Of the scroll bar: adjustments hold no large numbers well. */
#define SCROLL_RANGE 1e6

struct _LeydenTimelineView
{
  GtkWidget           parent_instance;

  LeydenRolloutView  *view;             /* nullable */
  LeydenSpanRows *rows;
  LeydenWaterfall     waterfall;
  GCancellable       *cancellable;      /* of the request under way; NULL: none */
  gboolean            stale;            /* records came since it was asked */
  guint               ask_source;
  guint               update_source;
  gboolean            updating;

  GtkWidget          *box;
  GtkWidget          *head;             /* scrubber, words and Live; it may stand elsewhere */
  GtkWidget          *scrubber;
  GtkWidget          *words;
  GtkWidget          *live;
  GtkWidget          *axis;
  GtkWidget          *stack;            /* waterfall or what is said instead */
  GtkWidget          *message;
  GtkWidget          *note;             /* below the waterfall */
  GtkWidget          *list;
  GtkSingleSelection *selection;
  GtkAdjustment      *range;
  GtkWidget          *range_bar;
  GPtrArray          *bound;            /* rows of the list, borrowed */
  double              pointer_x;        /* over the waterfall */
};

G_DEFINE_FINAL_TYPE (LeydenTimelineView, leyden_timeline_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SHOW_NODE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void ask_later (LeydenTimelineView *self, guint ms);

static LeydenFlow *
get_flow (LeydenTimelineView *self)
{
  return self->view != NULL ? leyden_rollout_view_get_flow (self->view) : NULL;
}

static guint64
get_last (LeydenTimelineView *self)
{
  LeydenSpanTree *tree = leyden_span_rows_get_tree (self->rows);
  guint64 last = tree != NULL ? leyden_span_tree_get_last (tree) : 0;

  return self->view != NULL ? MAX (last, leyden_rollout_view_get_last (self->view)) : last;
}

static gboolean
is_mirrored (LeydenTimelineView *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- what is shown of time --- */

static void
draw_again (LeydenTimelineView *self)
{
  gtk_widget_queue_draw (self->axis);
  for (guint i = 0; i < self->bound->len; i++)
    gtk_widget_queue_draw (g_ptr_array_index (self->bound, i));
}

static void
update_range (LeydenTimelineView *self)
{
  const LeydenTimeScale *scale = &self->waterfall.scale;
  double length = MAX ((double) (scale->end_ns - scale->start_ns), 1);

  self->updating = TRUE;
  gtk_adjustment_configure (self->range, scale->from / length * SCROLL_RANGE, 0, SCROLL_RANGE, SCROLL_RANGE / 100, (scale->to - scale->from) / length * SCROLL_RANGE / 2,
                            MIN ((scale->to - scale->from) / length, 1) * SCROLL_RANGE);
  self->updating = FALSE;
  gtk_widget_set_visible (self->range_bar, !scale->whole);
  draw_again (self);
}

static void
range_cb (LeydenTimelineView *self)
{
  LeydenTimeScale *scale = &self->waterfall.scale;
  double from = gtk_adjustment_get_value (self->range) / SCROLL_RANGE * (double) (scale->end_ns - scale->start_ns);

  if (self->updating || scale->to <= scale->from)
    return;
  leyden_time_scale_pan (scale, (from - scale->from) / (scale->to - scale->from));
  draw_again (self);
}

/* 0 to 1 over the bars. */
static double
get_anchor (LeydenTimelineView *self,
            double              x)
{
  int width = gtk_widget_get_width (self->axis);
  LeydenWaterfallPlaces places;

  if (self->waterfall.em == 0)
    return 0.5;
  leyden_waterfall_get_places (&self->waterfall, width, &places);
  if (is_mirrored (self))
    x = width - x;
  return places.bars_width > 0 ? CLAMP ((x - places.bars_x) / places.bars_width, 0, 1) : 0.5;
}

/* By key or button: what is looked at stays where it is, when it is in sight. */
static void
zoom_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenTimelineView *self = LEYDEN_TIMELINE_VIEW (widget);
  LeydenTimeScale *scale = &self->waterfall.scale;
  double place = self->waterfall.cursor_ns != 0 ? leyden_time_scale_place (scale, self->waterfall.cursor_ns) : -1;

  if (g_str_equal (name, "timeline.zoom-all"))
    leyden_time_scale_show_all (scale);
  else
    leyden_time_scale_zoom (scale, g_str_equal (name, "timeline.zoom-in") ? ZOOM : 1 / ZOOM, place >= 0 && place <= 1 ? place : 0.5);
  update_range (self);
}

static void
pan_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  LeydenTimelineView *self = LEYDEN_TIMELINE_VIEW (widget);

  leyden_time_scale_pan (&self->waterfall.scale, PAN * g_variant_get_int32 (parameter) * (is_mirrored (self) ? -1 : 1));
  update_range (self);
}

static gboolean
scroll_cb (LeydenTimelineView       *self,
           double                    dx,
           double                    dy,
           GtkEventControllerScroll *controller)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if ((state & GDK_CONTROL_MASK) != 0)
    leyden_time_scale_zoom (&self->waterfall.scale, dy < 0 ? ZOOM : 1 / ZOOM, get_anchor (self, self->pointer_x));
  else if ((state & GDK_SHIFT_MASK) != 0 || dx != 0)
    leyden_time_scale_pan (&self->waterfall.scale, PAN * (dx != 0 ? dx : dy) * (is_mirrored (self) ? -1 : 1));
  else
    return GDK_EVENT_PROPAGATE;
  update_range (self);
  return GDK_EVENT_STOP;
}

static void
motion_cb (LeydenTimelineView *self,
           double              x,
           double              y)
{
  self->pointer_x = x;
}

/* --- position --- */

static gboolean
update_cb (gpointer data)
{
  LeydenTimelineView *self = data;
  LeydenSpanTree *tree = leyden_span_rows_get_tree (self->rows);
  guint64 last = get_last (self), value;
  gboolean live = self->view == NULL || leyden_rollout_view_is_live (self->view);

  self->update_source = 0;
  value = self->view != NULL ? leyden_rollout_view_get_until (self->view) : leyden_scrubber_get_value (LEYDEN_SCRUBBER (self->scrubber));
  if (live && self->view != NULL)
    value = last;
  leyden_scrubber_set_place (LEYDEN_SCRUBBER (self->scrubber), value, last);
  gtk_label_set_text (GTK_LABEL (self->words), leyden_scrubber_get_text (LEYDEN_SCRUBBER (self->scrubber)));
  self->updating = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->live), live);
  self->updating = FALSE;
  gtk_widget_set_sensitive (self->live, self->view != NULL);
  self->waterfall.cursor_ns = tree != NULL && value > 0 ? leyden_span_tree_get_time (tree, value) : 0;
  draw_again (self);
  return G_SOURCE_REMOVE;
}

static void
update_now (LeydenTimelineView *self)
{
  g_clear_handle_id (&self->update_source, g_source_remove);
  update_cb (self);
}

static void
update_later (LeydenTimelineView *self)
{
  if (self->update_source == 0)
    self->update_source = g_timeout_add (UPDATE_MS, update_cb, self);
}

/* Goes with the scrubber: the row of what happens there is selected and in sight. */
static void
reveal_row (LeydenTimelineView *self,
            guint64             sequence)
{
  LeydenSpanTree *tree = leyden_span_rows_get_tree (self->rows);
  guint row, position;

  if (tree == NULL || leyden_span_tree_get_stop (tree, sequence, &row) == LEYDEN_STOP_NONE)
    return;
  position = leyden_span_rows_find (self->rows, row);
  if (position == G_MAXUINT)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
}

static void
go_to (LeydenTimelineView *self,
       guint64             sequence)
{
  if (self->view != NULL)
    leyden_rollout_view_set_position (self->view, sequence < get_last (self) ? sequence : 0);
  else
    leyden_scrubber_set_place (LEYDEN_SCRUBBER (self->scrubber), sequence, get_last (self));
  update_now (self);
  if (self->waterfall.cursor_ns != 0)
    {
      leyden_time_scale_reveal (&self->waterfall.scale, self->waterfall.cursor_ns);
      update_range (self);
    }
}

static void
moved_cb (LeydenTimelineView *self,
          guint64             sequence)
{
  go_to (self, sequence);
  reveal_row (self, sequence);
}

static void
live_cb (LeydenTimelineView *self)
{
  if (self->updating || self->view == NULL)
    return;
  leyden_rollout_view_set_position (self->view, gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->live)) ? 0 : MAX (get_last (self), 2) - 1);
  update_now (self);
}

/* --- rows --- */

static void
activate_cb (LeydenTimelineView *self,
             guint               position)
{
  g_autoptr(LeydenSpanItem) item = g_list_model_get_item (G_LIST_MODEL (self->rows), position);
  g_autofree char *path = NULL;

  if (item == NULL)
    return;
  path = g_strdup (leyden_span_item_get_row (item)->path);
  go_to (self, MAX (leyden_span_item_get_row (item)->first, 1));
  if (*path != '\0')
    g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, path);
}

/* With the focus, which is what Enter is about. */
static void
go_to_row (LeydenTimelineView *self,
           guint               position)
{
  g_autoptr(LeydenSpanItem) item = g_list_model_get_item (G_LIST_MODEL (self->rows), position);

  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (self->bound, i);

      if (leyden_waterfall_row_get_item (LEYDEN_WATERFALL_ROW (row)) == item && gtk_widget_get_parent (row) != NULL)
        gtk_widget_grab_focus (gtk_widget_get_parent (row));
    }
}

/* Left of a row that is folded, or has nothing below it, goes to the one above it in the tree. */
static void
fold_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenTimelineView *self = LEYDEN_TIMELINE_VIEW (widget);
  LeydenSpanItem *item = gtk_single_selection_get_selected_item (self->selection);
  gboolean fold = (g_variant_get_int32 (parameter) < 0) != is_mirrored (self);
  const LeydenSpanRow *row;

  if (item == NULL)
    return;
  row = leyden_span_item_get_row (item);
  if (fold && (row->n_below == 0 || leyden_span_item_is_folded (item)))
    {
      guint position = row->parent != LEYDEN_NO_ROW ? leyden_span_rows_find (self->rows, row->parent) : G_MAXUINT;

      if (position != G_MAXUINT)
        go_to_row (self, position);
    }
  else
    leyden_span_rows_set_folded (self->rows, item, fold);
}

static void
fold_all_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  leyden_span_rows_fold_all (LEYDEN_TIMELINE_VIEW (widget)->rows, g_str_equal (name, "timeline.fold-all"));
}

static void
row_gone_cb (LeydenTimelineView *self,
             GtkWidget          *row)
{
  g_ptr_array_remove_fast (self->bound, row);
}

static void
setup_row_cb (LeydenTimelineView *self,
              GtkListItem        *item)
{
  GtkWidget *row = leyden_waterfall_row_new (&self->waterfall, self->rows);

  gtk_list_item_set_child (item, row);
  g_ptr_array_add (self->bound, row);
  g_signal_connect_object (row, "destroy", G_CALLBACK (row_gone_cb), self, G_CONNECT_SWAPPED);
}

static void
bind_row_cb (LeydenTimelineView *self,
             GtkListItem        *item)
{
  leyden_waterfall_row_set_item (LEYDEN_WATERFALL_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_row_cb (LeydenTimelineView *self,
               GtkListItem        *item)
{
  leyden_waterfall_row_set_item (LEYDEN_WATERFALL_ROW (gtk_list_item_get_child (item)), NULL);
}

/* --- what the backend says --- */

static void
show_message (LeydenTimelineView *self,
              const char         *text)
{
  leyden_label_set_safe_text (GTK_LABEL (self->message), text, 400);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "message");
}

void
leyden_timeline_view_set_tree (LeydenTimelineView *self,
                                   LeydenSpanTree     *tree)
{
  g_return_if_fail (LEYDEN_IS_TIMELINE_VIEW (self));

  self->waterfall.flow = get_flow (self);
  self->waterfall.simulated = self->view != NULL && leyden_rollout_view_is_simulated (self->view);
  if (tree != NULL)
    {
      self->waterfall.now_ns = leyden_span_tree_is_over (tree) ? leyden_span_tree_get_end_ns (tree)
                                                                  : MAX (leyden_span_tree_get_end_ns (tree), leyden_span_tree_get_time (tree, leyden_span_tree_get_last (tree)));
      leyden_time_scale_set_range (&self->waterfall.scale, leyden_span_tree_get_start_ns (tree), self->waterfall.now_ns);
    }
  leyden_scrubber_set_tree (LEYDEN_SCRUBBER (self->scrubber), tree, self->waterfall.flow);
  /* The rows keep the tree, and with it the pauses; what is drawn before they have it needs none of them. */
  self->waterfall.pauses = NULL;
  self->waterfall.n_pauses = 0;
  leyden_span_rows_set_tree (self->rows, tree);
  if (tree != NULL)
    self->waterfall.pauses = leyden_span_tree_get_pauses (tree, &self->waterfall.n_pauses);
  if (tree != NULL && leyden_span_tree_get_n_rows (tree) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "waterfall");
  else
    show_message (self, self->view == NULL && tree == NULL ? _("No rollout is looked at.") : _("Nothing has happened in it yet."));
  gtk_widget_set_visible (self->note, tree != NULL && leyden_span_tree_is_truncated (tree));
  update_range (self);
  update_now (self);
}

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenTimelineView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenSpanTree) tree = leyden_span_fetch_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->box == NULL)
    return;
  g_clear_object (&self->cancellable);
  if (tree != NULL)
    leyden_timeline_view_set_tree (self, tree);
  else if (leyden_span_rows_get_tree (self->rows) == NULL)
    show_message (self, error->message);
  if (self->stale)
    ask_later (self, ASK_MS);
}

static gboolean
ask_cb (gpointer data)
{
  LeydenTimelineView *self = data;

  self->ask_source = 0;
  if (self->view == NULL || self->cancellable != NULL || !gtk_widget_get_mapped (self->head))
    {
      self->stale = TRUE;
      return G_SOURCE_REMOVE;
    }
  self->stale = FALSE;
  self->cancellable = g_cancellable_new ();
  leyden_span_fetch_async (self->view, self->cancellable, asked_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
ask_later (LeydenTimelineView *self,
           guint               ms)
{
  if (self->ask_source == 0)
    self->ask_source = g_timeout_add (ms, ask_cb, self);
}

/* Also many thousand times a second. */
static void
last_cb (LeydenTimelineView *self)
{
  update_later (self);
  if (self->cancellable != NULL)
    self->stale = TRUE;
  else
    ask_later (self, ASK_MS);
}

static void
state_cb (LeydenTimelineView *self)
{
  gboolean simulated = leyden_rollout_view_is_simulated (self->view);

  if (simulated == self->waterfall.simulated)
    return;
  self->waterfall.simulated = simulated;
  for (guint i = 0; i < self->bound->len; i++)
    leyden_waterfall_row_refresh (g_ptr_array_index (self->bound, i));
  draw_again (self);
}

void
leyden_timeline_view_set_view (LeydenTimelineView *self,
                               LeydenRolloutView  *view)
{
  g_return_if_fail (LEYDEN_IS_TIMELINE_VIEW (self));
  g_return_if_fail (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->ask_source, g_source_remove);
  self->waterfall.flow = NULL;
  g_set_object (&self->view, view);
  leyden_time_scale_show_all (&self->waterfall.scale);
  leyden_timeline_view_set_tree (self, NULL);
  if (view == NULL)
    return;
  g_signal_connect_object (view, "notify::last", G_CALLBACK (last_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::position", G_CALLBACK (update_now), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::row", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  ask_later (self, 0);
}

LeydenSpanRows *
leyden_timeline_view_get_rows (LeydenTimelineView *self)
{
  g_return_val_if_fail (LEYDEN_IS_TIMELINE_VIEW (self), NULL);
  return self->rows;
}

const LeydenWaterfall *
leyden_timeline_view_get_waterfall (LeydenTimelineView *self)
{
  g_return_val_if_fail (LEYDEN_IS_TIMELINE_VIEW (self), NULL);
  return &self->waterfall;
}

GtkWidget *
leyden_timeline_view_take_head (LeydenTimelineView *self)
{
  g_return_val_if_fail (LEYDEN_IS_TIMELINE_VIEW (self), NULL);
  g_return_val_if_fail (gtk_widget_get_parent (self->head) == self->box, NULL);

  gtk_box_remove (GTK_BOX (self->box), self->head);
  return self->head;
}

/* --- class --- */

/* The scrubber needs the spans too: it goes from one record of interest to the next. */
static void
head_mapped_cb (LeydenTimelineView *self)
{
  if (self->stale)
    ask_later (self, 0);
}

static void
load_style (LeydenTimelineView *self)
{
  leyden_waterfall_load (&self->waterfall, GTK_WIDGET (self));
  for (guint i = 0; i < self->bound->len; i++)
    gtk_widget_queue_resize (g_ptr_array_index (self->bound, i));
  gtk_widget_queue_resize (self->axis);
}

static void
leyden_timeline_view_css_changed (GtkWidget         *widget,
                                  GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_timeline_view_parent_class)->css_changed (widget, change);
  if (LEYDEN_TIMELINE_VIEW (widget)->box != NULL)
    load_style (LEYDEN_TIMELINE_VIEW (widget));
}

static void
leyden_timeline_view_dispose (GObject *object)
{
  LeydenTimelineView *self = LEYDEN_TIMELINE_VIEW (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->ask_source, g_source_remove);
  g_clear_handle_id (&self->update_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->head);
  g_clear_object (&self->view);
  g_clear_object (&self->selection);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (leyden_timeline_view_parent_class)->dispose (object);
}

static void
leyden_timeline_view_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_TIMELINE_VIEW (object)->bound);
  G_OBJECT_CLASS (leyden_timeline_view_parent_class)->finalize (object);
}

static void
leyden_timeline_view_class_init (LeydenTimelineViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_timeline_view_dispose;
  object_class->finalize = leyden_timeline_view_finalize;
  widget_class->css_changed = leyden_timeline_view_css_changed;
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_TIMELINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_css_name (widget_class, "timelineview");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  gtk_widget_class_install_action (widget_class, "timeline.zoom-in", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "timeline.zoom-out", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "timeline.zoom-all", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "timeline.pan", "i", pan_action);
  gtk_widget_class_install_action (widget_class, "timeline.fold", "i", fold_action);
  gtk_widget_class_install_action (widget_class, "timeline.fold-all", NULL, fold_all_action);
  gtk_widget_class_install_action (widget_class, "timeline.unfold-all", NULL, fold_all_action);
}

/* --- making --- */

static GtkWidget *
create_head (LeydenTimelineView *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->scrubber = leyden_scrubber_new ();
  gtk_widget_set_hexpand (self->scrubber, TRUE);
  g_signal_connect_object (self->scrubber, "moved", G_CALLBACK (moved_cb), self, G_CONNECT_SWAPPED);
  self->words = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->words), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->words), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (self->words), 8);
  gtk_label_set_max_width_chars (GTK_LABEL (self->words), 44);
  gtk_widget_add_css_class (self->words, "numeric");
  gtk_widget_add_css_class (self->words, "caption");
  self->live = gtk_toggle_button_new_with_label (_("Live"));
  gtk_widget_set_tooltip_text (self->live, _("Look at the newest record, whatever comes"));
  gtk_widget_set_valign (self->live, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->live, "flat");
  g_signal_connect_object (self->live, "toggled", G_CALLBACK (live_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (head, "scrubberrow");
  gtk_box_append (GTK_BOX (head), self->scrubber);
  gtk_box_append (GTK_BOX (head), self->words);
  gtk_box_append (GTK_BOX (head), self->live);
  g_signal_connect_object (head, "map", G_CALLBACK (head_mapped_cb), self, G_CONNECT_SWAPPED);
  return g_object_ref_sink (head);
}

static GtkWidget *
create_buttons (LeydenTimelineView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 3);

  gtk_widget_set_halign (bar, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (bar), leyden_timeline_part_button ("zoom-out-symbolic", _("Show more time"), "timeline.zoom-out"));
  gtk_box_append (GTK_BOX (bar), leyden_timeline_part_button ("zoom-in-symbolic", _("Show less time"), "timeline.zoom-in"));
  gtk_box_append (GTK_BOX (bar), leyden_timeline_part_button ("zoom-fit-best-symbolic", _("Show the whole time"), "timeline.zoom-all"));
  gtk_box_append (GTK_BOX (bar), leyden_timeline_part_legend (&self->waterfall));
  return bar;
}

static GtkWidget *
create_list (LeydenTimelineView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_row_cb), self, G_CONNECT_SWAPPED);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->rows)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "waterfall");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("What happened when"), -1);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->list, leyden_timeline_part_keys ());
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static GtkWidget *
create_waterfall (LeydenTimelineView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES), *motion = gtk_event_controller_motion_new ();

  self->axis = leyden_waterfall_axis_new (&self->waterfall);
  self->range = gtk_adjustment_new (0, 0, SCROLL_RANGE, 1, 1, SCROLL_RANGE);
  g_signal_connect_object (self->range, "value-changed", G_CALLBACK (range_cb), self, G_CONNECT_SWAPPED);
  self->range_bar = gtk_scrollbar_new (GTK_ORIENTATION_HORIZONTAL, self->range);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->range_bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Time that is shown"), -1);
  gtk_box_append (GTK_BOX (box), self->axis);
  gtk_box_append (GTK_BOX (box), create_list (self));
  gtk_box_append (GTK_BOX (box), self->range_bar);
  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (scroll_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (box, scroll);
  gtk_widget_add_controller (box, motion);
  return box;
}

static void
leyden_timeline_view_init (LeydenTimelineView *self)
{
  self->rows = leyden_span_rows_new ();
  self->bound = g_ptr_array_new ();
  leyden_time_scale_show_all (&self->waterfall.scale);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  gtk_widget_add_css_class (self->box, "timeline");
  self->head = create_head (self);
  self->stack = gtk_stack_new ();
  self->message = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_widget_add_css_class (self->message, "dim-label");
  gtk_stack_add_named (GTK_STACK (self->stack), self->message, "message");
  gtk_stack_add_named (GTK_STACK (self->stack), create_waterfall (self), "waterfall");
  self->note = gtk_label_new (_("The rollout has more than is shown here. The events have all of it."));
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_widget_add_css_class (self->note, "caption");
  gtk_box_append (GTK_BOX (self->box), self->head);
  gtk_box_append (GTK_BOX (self->box), create_buttons (self));
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Timeline"), -1);
  load_style (self);
  leyden_timeline_view_set_tree (self, NULL);
}

GtkWidget *
leyden_timeline_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_TIMELINE_VIEW, NULL);
}

void
leyden_timeline_view_step (LeydenTimelineView *self,
                           int                 direction)
{
  g_return_if_fail (LEYDEN_IS_TIMELINE_VIEW (self));
  leyden_scrubber_step (LEYDEN_SCRUBBER (self->scrubber), direction);
}
