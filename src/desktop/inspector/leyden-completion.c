/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-completion.h"

#include <glib/gi18n-lib.h>

/* Rows that are seen without scrolling. */
#define ROWS 7
#define ROW_HEIGHT 26

struct _LeydenCompletion
{
  GObject               parent_instance;

  GtkTextView          *view;           /* borrowed: it owns us */
  GtkWidget            *parent;         /* borrowed, around it */
  LeydenCompletionFunc  find;
  gpointer              data;
  GtkWidget            *popover;        /* made when it is first needed; a child of the parent */
  GtkWidget            *list;
  GtkWidget            *scroller;
  GPtrArray            *proposals;      /* NULL while closed */
  guint                 start;          /* characters */
  gboolean              inserting;
};

G_DEFINE_FINAL_TYPE (LeydenCompletion, leyden_completion, G_TYPE_OBJECT)

enum
{
  SIGNAL_ACCEPTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
row_activated_cb (LeydenCompletion *self,
                  GtkListBoxRow    *row)
{
  leyden_completion_accept (self, (guint) gtk_list_box_row_get_index (row));
}

static void
parent_destroyed_cb (LeydenCompletion *self)
{
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->list = self->scroller = NULL;
}

static void
build_popover (LeydenCompletion *self)
{
  if (self->popover != NULL)
    return;
  self->list = gtk_list_box_new ();
  gtk_widget_set_can_focus (self->list, FALSE);
  gtk_widget_add_css_class (self->list, "completions");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Completions"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (self->scroller), ROWS * ROW_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  self->popover = gtk_popover_new ();
  gtk_widget_add_css_class (self->popover, "completion");
  gtk_popover_set_autohide (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_BOTTOM);
  gtk_popover_set_child (GTK_POPOVER (self->popover), self->scroller);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_can_focus (self->popover, FALSE);
  gtk_widget_set_parent (self->popover, self->parent);
  g_signal_connect_object (self->parent, "destroy", G_CALLBACK (parent_destroyed_cb), self, G_CONNECT_SWAPPED);
}

static GtkWidget *
new_row (const LeydenProposal *proposal)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (proposal->label);
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 32);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  if (proposal->detail != NULL)
    {
      GtkWidget *detail = gtk_label_new (proposal->detail);

      gtk_label_set_ellipsize (GTK_LABEL (detail), PANGO_ELLIPSIZE_END);
      gtk_label_set_max_width_chars (GTK_LABEL (detail), 24);
      gtk_widget_add_css_class (detail, "dim-label");
      gtk_widget_add_css_class (detail, "caption");
      gtk_box_append (GTK_BOX (box), detail);
    }
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_focusable (row, FALSE);
  return row;
}

/* The focus is in the text: what is chosen in the list is told there. */
static void
select_row (LeydenCompletion *self,
            int               index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), index);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  const LeydenProposal *proposal = g_ptr_array_index (self->proposals, (guint) index);
  g_autofree char *told = proposal->detail != NULL ? g_strdup_printf ("%s, %s", proposal->label, proposal->detail) : g_strdup (proposal->label);
  int height = gtk_widget_get_height (GTK_WIDGET (row));

  gtk_list_box_select_row (GTK_LIST_BOX (self->list), row);
  if (height > 0)
    gtk_adjustment_clamp_page (adjustment, index * height, (index + 1) * height);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, told, -1);
}

static void
point_at_cursor (LeydenCompletion *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter iter;
  GdkRectangle place;
  graphene_point_t from, to;

  gtk_text_buffer_get_iter_at_offset (buffer, &iter, (int) self->start);
  gtk_text_view_get_iter_location (self->view, &iter, &place);
  gtk_text_view_buffer_to_window_coords (self->view, GTK_TEXT_WINDOW_WIDGET, place.x, place.y, &place.x, &place.y);
  graphene_point_init (&from, (float) place.x, (float) place.y);
  if (!gtk_widget_compute_point (GTK_WIDGET (self->view), self->parent, &from, &to))
    return;
  place.x = (int) to.x;
  place.y = (int) to.y;
  place.width = MAX (place.width, 1);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &place);
}

static void
show (LeydenCompletion *self,
      GPtrArray        *proposals)
{
  GtkWidget *child;

  build_popover (self);
  g_clear_pointer (&self->proposals, g_ptr_array_unref);
  self->proposals = proposals;
  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < proposals->len; i++)
    gtk_list_box_append (GTK_LIST_BOX (self->list), new_row (g_ptr_array_index (proposals, i)));
  point_at_cursor (self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
  select_row (self, 0);
}

static void
update (LeydenCompletion *self,
        gboolean          asked)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter start, end, cursor;
  g_autofree char *text = NULL;
  GPtrArray *proposals;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_get_iter_at_mark (buffer, &cursor, gtk_text_buffer_get_insert (buffer));
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  proposals = gtk_text_view_get_editable (self->view)
                ? self->find (text, (guint) gtk_text_iter_get_offset (&cursor), asked, &self->start, self->data) : NULL;
  if (proposals != NULL)
    show (self, proposals);
  else
    leyden_completion_hide (self);
}

void
leyden_completion_ask (LeydenCompletion *self)
{
  g_return_if_fail (LEYDEN_IS_COMPLETION (self));
  update (self, TRUE);
}

void
leyden_completion_hide (LeydenCompletion *self)
{
  g_return_if_fail (LEYDEN_IS_COMPLETION (self));
  if (self->proposals == NULL)
    return;
  g_clear_pointer (&self->proposals, g_ptr_array_unref);
  if (self->popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (self->popover));
  gtk_accessible_reset_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

guint
leyden_completion_get_size (LeydenCompletion *self)
{
  g_return_val_if_fail (LEYDEN_IS_COMPLETION (self), 0);
  return self->proposals != NULL ? self->proposals->len : 0;
}

void
leyden_completion_accept (LeydenCompletion *self,
                          guint             index)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  g_autoptr(GPtrArray) proposals = NULL;
  const LeydenProposal *proposal;
  GtkTextIter start, end;

  g_return_if_fail (LEYDEN_IS_COMPLETION (self));
  if (self->proposals == NULL || index >= self->proposals->len)
    return;
  proposals = g_ptr_array_ref (self->proposals);
  proposal = g_ptr_array_index (proposals, index);
  leyden_completion_hide (self);
  self->inserting = TRUE;
  gtk_text_buffer_get_iter_at_offset (buffer, &start, (int) self->start);
  gtk_text_buffer_get_iter_at_mark (buffer, &end, gtk_text_buffer_get_insert (buffer));
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_buffer_insert (buffer, &start, proposal->insert, -1);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_buffer_end_user_action (buffer);
  self->inserting = FALSE;
  g_signal_emit (self, signals[SIGNAL_ACCEPTED], 0, proposal);
}

static gboolean
move (LeydenCompletion *self,
      int               by)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->list));
  int n = (int) self->proposals->len;
  int index = row != NULL ? gtk_list_box_row_get_index (row) : 0;

  select_row (self, (index + by + n) % n);
  return GDK_EVENT_STOP;
}

static gboolean
accept_selected (LeydenCompletion *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->list));

  leyden_completion_accept (self, row != NULL ? (guint) gtk_list_box_row_get_index (row) : 0);
  return GDK_EVENT_STOP;
}

static gboolean
key_pressed_cb (LeydenCompletion *self,
                guint             key,
                guint             code,
                GdkModifierType   modifiers)
{
  GdkModifierType held = modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK | GDK_SHIFT_MASK);

  if (key == GDK_KEY_space && held == GDK_CONTROL_MASK)
    {
      update (self, TRUE);
      return GDK_EVENT_STOP;
    }
  if (self->proposals == NULL || held != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return move (self, 1);
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return move (self, -1);
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_Tab:
      return accept_selected (self);
    case GDK_KEY_Escape:
      leyden_completion_hide (self);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* Only what a person types here brings the list up. */
static void
changed_cb (LeydenCompletion *self)
{
  if (!self->inserting && gtk_widget_is_focus (GTK_WIDGET (self->view)))
    update (self, FALSE);
}

static void
leyden_completion_dispose (GObject *object)
{
  LeydenCompletion *self = LEYDEN_COMPLETION (object);

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_pointer (&self->proposals, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_completion_parent_class)->dispose (object);
}

static void
leyden_completion_class_init (LeydenCompletionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_completion_dispose;
  signals[SIGNAL_ACCEPTED] =
    g_signal_new ("accepted", LEYDEN_TYPE_COMPLETION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
leyden_completion_init (LeydenCompletion *self)
{
}

LeydenCompletion *
leyden_completion_new (GtkTextView          *view,
                       GtkWidget            *parent,
                       LeydenCompletionFunc  find,
                       gpointer              data)
{
  LeydenCompletion *self = g_object_new (LEYDEN_TYPE_COMPLETION, NULL);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->view = view;
  self->parent = parent;
  self->find = find;
  self->data = data;
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
  g_signal_connect_object (focus, "leave", G_CALLBACK (leyden_completion_hide), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (view), focus);
  g_signal_connect_object (gtk_text_view_get_buffer (view), "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_AUTOCOMPLETE, GTK_ACCESSIBLE_AUTOCOMPLETE_LIST, -1);
  return self;
}
