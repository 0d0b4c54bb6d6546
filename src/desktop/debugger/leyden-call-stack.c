/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-stack.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-debug-path.h"
#include "leyden-debug-text.h"
#include "leyden-steps-view.h"
#include "leyden-tooltip.h"

#define MAX_LISTED 50           /* of what comes next, and of what is under way */

struct _LeydenCallStack
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  GtkWidget         *list;
  GPtrArray         *shown;             /* paths, "" a heading; what is in the list */
};

G_DEFINE_FINAL_TYPE (LeydenCallStack, leyden_call_stack, GTK_TYPE_WIDGET)

static guint activated_signal;

static void
set_text (GtkWidget  *row,
          const char *text)
{
  GtkWidget *label = gtk_widget_get_last_child (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row)));

  gtk_label_set_text (GTK_LABEL (label), text);
  leyden_tooltip_set_text (label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
append_row (LeydenCallStack *self,
            const char      *path,
            const char      *text,
            const char      *icon,
            gboolean         here)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (icon != NULL)
    gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (icon));
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  if (here)
    gtk_widget_add_css_class (label, "heading");
  if (*path == '\0')
    {
      gtk_widget_add_css_class (label, "dim-label");
      gtk_widget_add_css_class (label, "caption-heading");
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
      gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
      gtk_widget_set_focusable (row, FALSE);
    }
  g_object_set_data_full (G_OBJECT (row), "path", g_strdup (path), g_free);
  set_text (row, text);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
}

/* In a line of a path; no state has a space in its name. */
static const char *
find_path (const char *line)
{
  const char *state = strchr (line, ' ') + 1;

  return state + strcspn (state, " ") + 1;
}

static LeydenValue *
find_state (LeydenCallStack *self,
            const char      *path)
{
  return leyden_value_get_member (leyden_value_get_member (leyden_rollout_view_get_state (self->view), "nodes"), path);
}

/* "frame", its state, "-" when that is unknown, and the path. */
static char *
dup_text (LeydenCallStack *self,
          const char      *line)
{
  LeydenFlow *flow = leyden_rollout_view_get_flow (self->view);
  const char *state = strchr (line, ' ') + 1;
  const char *path = find_path (line);
  g_autofree char *name = g_strndup (state, strcspn (state, " "));
  g_autofree char *title = g_str_has_prefix (line, "path ") ? leyden_debug_path_dup_title (flow, path) : leyden_debug_path_dup_name (flow, path);

  return g_str_equal (name, "-") ? g_steal_pointer (&title) : g_strdup_printf ("%s · %s", title, leyden_state_title (name));
}

/* "frame running solve/check": what it is, its state "-" when that is unknown, and the path. */
static char *
make_line (LeydenCallStack *self,
           const char      *kind,
           const char      *path)
{
  const char *state = leyden_value_get_member_string (find_state (self, path), "state", "");

  return g_strdup_printf ("%s %s %s", kind, *state != '\0' && strchr (state, ' ') == NULL ? state : "-", path);
}

/* What shall stand there: such lines, and "heading" with its name. */
static GPtrArray *
list_lines (LeydenCallStack *self)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *current = leyden_debug_dup_current (self->view);
  LeydenValue *debug = self->view != NULL && leyden_rollout_view_is_live (self->view) ? leyden_rollout_view_get_debug (self->view) : NULL;
  static const char * const lists[] = { "ready", "under_way" };

  if (current != NULL)
    {
      g_auto(GStrv) outer = leyden_debug_path_list_outer (current);

      for (guint i = 0; outer[i] != NULL; i++)
        g_ptr_array_add (lines, make_line (self, "frame", outer[i]));
    }
  for (guint which = 0; which < G_N_ELEMENTS (lists); which++)
    {
      LeydenValue *list = leyden_value_get_member (debug, lists[which]);

      if (leyden_value_get_size (list) > 0)
        g_ptr_array_add (lines, g_strconcat ("heading ", lists[which], NULL));
      for (guint i = 0; i < MIN (leyden_value_get_size (list), MAX_LISTED); i++)
        {
          const char *path = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

          if (path != NULL)
            g_ptr_array_add (lines, make_line (self, "path", path));
        }
    }
  return lines;
}

static gboolean
is_heading (const char *line)
{
  return g_str_has_prefix (line, "heading ");
}

/* The same places, whatever their states. */
static gboolean
is_shown (LeydenCallStack *self,
          GPtrArray       *lines)
{
  if (self->shown == NULL || self->shown->len != lines->len)
    return FALSE;
  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = g_ptr_array_index (lines, i), *shown = g_ptr_array_index (self->shown, i);

      if (*line != *shown || !g_str_equal (is_heading (line) ? line : find_path (line), is_heading (shown) ? shown : find_path (shown)))
        return FALSE;
    }
  return TRUE;
}

static void
append_line (LeydenCallStack *self,
             const char      *line,
             gboolean         first)
{
  g_autofree char *text = NULL;

  if (is_heading (line))
    {
      append_row (self, "", g_str_equal (line, "heading ready") ? _("Comes next") : _("Under way"), NULL, FALSE);
      return;
    }
  text = dup_text (self, line);
  append_row (self, find_path (line), text, first ? "media-playback-start-symbolic" : NULL, first);
}

/* Another state of what is there. */
static void
update_texts (LeydenCallStack *self,
              GPtrArray       *lines)
{
  GtkWidget *row = gtk_widget_get_first_child (self->list);

  for (guint i = 0; i < lines->len && row != NULL; i++, row = gtk_widget_get_next_sibling (row))
    {
      const char *line = g_ptr_array_index (lines, i);
      g_autofree char *text = NULL;

      if (is_heading (line) || g_str_equal (line, g_ptr_array_index (self->shown, i)))
        continue;
      text = dup_text (self, line);
      set_text (row, text);
    }
}

/* Rows stay as long as they are about the same: the focus is in one of them. */
static void
update (LeydenCallStack *self)
{
  g_autoptr(GPtrArray) lines = list_lines (self);
  GtkWidget *child;

  if (is_shown (self, lines))
    update_texts (self, lines);
  else
    {
      while ((child = gtk_widget_get_first_child (self->list)) != NULL)
        gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
      for (guint i = 0; i < lines->len; i++)
        append_line (self, g_ptr_array_index (lines, i), i == 0 && g_str_has_prefix (g_ptr_array_index (lines, i), "frame "));
      if (lines->len == 0)
        append_row (self, "", self->view != NULL ? _("Nothing is under way") : _("No rollout"), NULL, FALSE);
    }
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  self->shown = g_steal_pointer (&lines);
}

static void
row_activated_cb (LeydenCallStack *self,
                  GtkListBoxRow   *row)
{
  const char *path = g_object_get_data (G_OBJECT (row), "path");

  if (path != NULL && *path != '\0')
    g_signal_emit (self, activated_signal, 0, path);
}

void
leyden_call_stack_set_view (LeydenCallStack   *self,
                            LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_CALL_STACK (self));

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::debug", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

static void
leyden_call_stack_dispose (GObject *object)
{
  LeydenCallStack *self = LEYDEN_CALL_STACK (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_clear_pointer (&self->list, gtk_widget_unparent);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_call_stack_parent_class)->dispose (object);
}

static void
leyden_call_stack_class_init (LeydenCallStackClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_call_stack_dispose;
  activated_signal =
    g_signal_new ("activated", LEYDEN_TYPE_CALL_STACK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_call_stack_init (LeydenCallStack *self)
{
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "rollouts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Call stack"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->list, GTK_WIDGET (self));
  update (self);
}

GtkWidget *
leyden_call_stack_new (void)
{
  return g_object_new (LEYDEN_TYPE_CALL_STACK, NULL);
}
