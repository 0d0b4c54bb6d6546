/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scrubber.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-span-text.h"
#include "leyden-theme.h"

#define HANDLE 16
#define TRACK 4
#define MARK 10

struct _LeydenScrubber
{
  GtkWidget       parent_instance;

  LeydenSpanTree *tree;             /* nullable */
  LeydenFlow     *flow;                 /* nullable */
  guint64         value;
  guint64         last;
  char           *text;
  double          drag_x;
};

G_DEFINE_FINAL_TYPE (LeydenScrubber, leyden_scrubber, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_VALUE,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_MOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* Parameter of the action "scrubber.move". */
typedef enum
{
  MOVE_INTEREST,
  MOVE_NODE,
  MOVE_ONE,
  MOVE_PAGE,
  MOVE_END,
} Move;

static gboolean
is_mirrored (LeydenScrubber *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- words --- */

static void
update (LeydenScrubber *self)
{
  g_autofree char *text = self->last > 0 ? leyden_span_tree_describe_position (self->tree, self->value, self->last, self->flow) : g_strdup (_("No records yet"));

  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (g_strcmp0 (text, self->text) == 0)
    return;
  g_free (self->text);
  self->text = g_steal_pointer (&text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, self->last > 0 ? 1.0 : 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) self->last, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) self->value,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, self->text, -1);
}

/* --- moving --- */

static void
set_value (LeydenScrubber *self,
           guint64         value)
{
  value = self->last > 0 ? CLAMP (value, 1, self->last) : 0;
  if (value == self->value)
    return;
  self->value = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

static void
move_to (LeydenScrubber *self,
         guint64         value)
{
  guint64 before = self->value;

  set_value (self, value);
  update (self);
  if (self->value != before)
    g_signal_emit (self, signals[SIGNAL_MOVED], 0, self->value);
}

static guint64
step_by (LeydenScrubber *self,
         guint64         by,
         int             direction)
{
  if (direction > 0)
    return self->value + by;
  return self->value > by ? self->value - by : 1;
}

static void
move_by (LeydenScrubber *self,
         Move            move,
         int             direction)
{
  if (self->last == 0)
    return;
  if (move == MOVE_END)
    move_to (self, direction > 0 ? self->last : 1);
  else if (move == MOVE_PAGE)
    move_to (self, step_by (self, MAX (self->last / 10, 1), direction));
  else if (move == MOVE_ONE || self->tree == NULL || leyden_span_tree_get_n_rows (self->tree) == 0)
    move_to (self, step_by (self, 1, direction));
  else
    move_to (self, leyden_span_tree_step (self->tree, self->value, direction, move == MOVE_NODE));
}

static void
move_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenScrubber *self = LEYDEN_SCRUBBER (widget);
  Move move;
  int direction;

  g_variant_get (parameter, "(ii)", &move, &direction);
  if ((move == MOVE_INTEREST || move == MOVE_NODE || move == MOVE_ONE) && is_mirrored (self))
    direction = -direction;
  move_by (self, move, direction);
}

/* --- where is what --- */

static double
get_room (LeydenScrubber *self)
{
  return MAX (gtk_widget_get_width (GTK_WIDGET (self)) - HANDLE, 1);
}

static double
place_of (LeydenScrubber *self,
          guint64         sequence)
{
  double share = self->last > 1 ? (double) (sequence - 1) / (double) (self->last - 1) : 0;

  return HANDLE / 2.0 + get_room (self) * (is_mirrored (self) ? 1 - share : share);
}

static guint64
sequence_at (LeydenScrubber *self,
             double          x)
{
  double share = CLAMP ((x - HANDLE / 2.0) / get_room (self), 0, 1);

  if (is_mirrored (self))
    share = 1 - share;
  return 1 + (guint64) round (share * (double) (self->last > 0 ? self->last - 1 : 0));
}

/* --- drawing --- */

static void
append_round (GtkSnapshot     *snapshot,
              const GdkRGBA   *color,
              graphene_rect_t  bounds)
{
  GskRoundedRect shape;

  gsk_rounded_rect_init_from_rect (&shape, &bounds, MIN (bounds.size.width, bounds.size.height) / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, color, &bounds);
  gtk_snapshot_pop (snapshot);
}

/* Where nodes start and end, each pixel once. */
static void
draw_marks (LeydenScrubber *self,
            GtkSnapshot    *snapshot,
            const GdkRGBA  *color,
            float           middle)
{
  double drawn = -10;
  guint64 at = 0;

  while (self->tree != NULL && self->last > 0)
    {
      guint64 next = leyden_span_tree_step (self->tree, at, 1, TRUE);
      double x = place_of (self, CLAMP (next, 1, self->last));

      if (next <= at || next >= self->last)
        return;
      if (fabs (x - drawn) >= 2)
        gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT ((float) floor (x), middle - MARK / 2.0f, 1, MARK));
      else
        {
          /* Marks as dense as pixels: the next is looked for behind this one. */
          double step = (double) self->last / get_room (self) * 2;

          next = MAX (next, at + (guint64) step);
        }
      drawn = fabs (x - drawn) >= 2 ? x : drawn;
      at = next;
    }
}

static void
leyden_scrubber_snapshot (GtkWidget   *widget,
                          GtkSnapshot *snapshot)
{
  LeydenScrubber *self = LEYDEN_SCRUBBER (widget);
  float width = (float) gtk_widget_get_width (widget), middle = (float) gtk_widget_get_height (widget) / 2;
  float x = (float) place_of (self, MAX (self->value, 1)), edge = is_mirrored (self) ? width - HANDLE / 2.0f : HANDLE / 2.0f;
  GdkRGBA foreground, accent, ground, track;

  leyden_theme_look_up_color (widget, NULL, &foreground);
  leyden_theme_look_up_color (widget, "accent_color", &accent);
  leyden_theme_look_up_color (widget, "view_bg_color", &ground);
  track = foreground;
  track.alpha *= 0.3f;
  append_round (snapshot, &track, GRAPHENE_RECT_INIT (HANDLE / 2.0f, middle - TRACK / 2.0f, MAX (width - HANDLE, 1), TRACK));
  track.alpha *= 2;
  draw_marks (self, snapshot, &track, middle);
  if (self->last == 0)
    return;
  append_round (snapshot, &accent, GRAPHENE_RECT_INIT (MIN (edge, x), middle - TRACK / 2.0f, MAX (fabsf (x - edge), 1), TRACK));
  append_round (snapshot, &accent, GRAPHENE_RECT_INIT (x - HANDLE / 2.0f, middle - HANDLE / 2.0f, HANDLE, HANDLE));
  append_round (snapshot, &ground, GRAPHENE_RECT_INIT (x - HANDLE / 4.0f, middle - HANDLE / 4.0f, HANDLE / 2.0f, HANDLE / 2.0f));
}

static void
leyden_scrubber_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : 32;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : 32;
}

/* --- pointer --- */

static void
drag_begin_cb (LeydenScrubber *self,
               double          x,
               double          y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = x;
  if (self->last > 0)
    move_to (self, sequence_at (self, x));
}

static void
drag_update_cb (LeydenScrubber *self,
                double          x,
                double          y)
{
  if (self->last > 0)
    move_to (self, sequence_at (self, self->drag_x + x));
}

/* --- class --- */

static void
leyden_scrubber_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  if (prop_id == PROP_VALUE)
    g_value_set_uint64 (value, LEYDEN_SCRUBBER (object)->value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_scrubber_finalize (GObject *object)
{
  LeydenScrubber *self = LEYDEN_SCRUBBER (object);

  g_clear_pointer (&self->tree, leyden_span_tree_unref);
  g_clear_object (&self->flow);
  g_free (self->text);
  G_OBJECT_CLASS (leyden_scrubber_parent_class)->finalize (object);
}

static void
add_binding (GtkWidgetClass  *klass,
             guint            key,
             guint            keypad,
             GdkModifierType  modifiers,
             Move             move,
             int              direction)
{
  gtk_widget_class_add_binding_action (klass, key, modifiers, "scrubber.move", "(ii)", move, direction);
  gtk_widget_class_add_binding_action (klass, keypad, modifiers, "scrubber.move", "(ii)", move, direction);
}

static void
leyden_scrubber_class_init (LeydenScrubberClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_scrubber_get_property;
  object_class->finalize = leyden_scrubber_finalize;
  properties[PROP_VALUE] =
    g_param_spec_uint64 ("value", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_MOVED] =
    g_signal_new ("moved", LEYDEN_TYPE_SCRUBBER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  widget_class->measure = leyden_scrubber_measure;
  widget_class->snapshot = leyden_scrubber_snapshot;
  gtk_widget_class_set_css_name (widget_class, "scrubber");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_widget_class_install_action (widget_class, "scrubber.move", "(ii)", move_action);
  add_binding (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, 0, MOVE_INTEREST, 1);
  add_binding (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, 0, MOVE_INTEREST, -1);
  add_binding (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, GDK_CONTROL_MASK, MOVE_NODE, 1);
  add_binding (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, GDK_CONTROL_MASK, MOVE_NODE, -1);
  add_binding (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, GDK_SHIFT_MASK, MOVE_ONE, 1);
  add_binding (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, GDK_SHIFT_MASK, MOVE_ONE, -1);
  add_binding (widget_class, GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, 0, MOVE_PAGE, 1);
  add_binding (widget_class, GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, 0, MOVE_PAGE, -1);
  add_binding (widget_class, GDK_KEY_End, GDK_KEY_KP_End, 0, MOVE_END, 1);
  add_binding (widget_class, GDK_KEY_Home, GDK_KEY_KP_Home, 0, MOVE_END, -1);
}

static void
leyden_scrubber_init (LeydenScrubber *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Position in the rollout"), -1);
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  update (self);
}

GtkWidget *
leyden_scrubber_new (void)
{
  return g_object_new (LEYDEN_TYPE_SCRUBBER, NULL);
}

void
leyden_scrubber_set_tree (LeydenScrubber *self,
                              LeydenSpanTree *tree,
                              LeydenFlow     *flow)
{
  g_return_if_fail (LEYDEN_IS_SCRUBBER (self));

  if (tree != NULL)
    leyden_span_tree_ref (tree);
  g_clear_pointer (&self->tree, leyden_span_tree_unref);
  self->tree = tree;
  g_set_object (&self->flow, flow);
  update (self);
}

void
leyden_scrubber_set_place (LeydenScrubber *self,
                           guint64         value,
                           guint64         last)
{
  g_return_if_fail (LEYDEN_IS_SCRUBBER (self));

  self->last = last;
  set_value (self, value);
  update (self);
}

void
leyden_scrubber_step (LeydenScrubber *self,
                      int             direction)
{
  g_return_if_fail (LEYDEN_IS_SCRUBBER (self));

  move_by (self, MOVE_NODE, direction);
}

guint64
leyden_scrubber_get_value (LeydenScrubber *self)
{
  g_return_val_if_fail (LEYDEN_IS_SCRUBBER (self), 0);
  return self->value;
}

const char *
leyden_scrubber_get_text (LeydenScrubber *self)
{
  g_return_val_if_fail (LEYDEN_IS_SCRUBBER (self), NULL);
  return self->text;
}
