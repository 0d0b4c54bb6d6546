/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-console-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-debug-path.h"
#include "leyden-path-title.h"
#include "leyden-rollout-fetch.h"
#include "leyden-wrap-box.h"

#define MAX_LINES 10000
/* Lines that are shown anew at most in a turn, and how often; a turn stays short when more come. */
#define LINES_A_TURN 250
#define TURN_MS 16
/* Of what was written before: records that are looked through at first, and how many times as many each time more is asked for. */
#define LOOK_BACK 5000
#define LOOK_FARTHER 4
#define PAGE 500
#define MAX_NODES 200
/* While one drags through time, the lines follow when it rests. */
#define MOVE_MS 120

G_DEFINE_FINAL_TYPE (LeydenConsole, leyden_console, GTK_TYPE_WIDGET)

static LeydenFlow *
get_flow (LeydenConsole *self)
{
  return self->view != NULL ? leyden_rollout_view_get_flow (self->view) : NULL;
}

/* --- nodes to choose from --- */

static void
note_node (LeydenConsole *self,
           const char    *path)
{
  gsize scope = leyden_path_scope_length (path);
  g_autofree char *root = g_strndup (path, scope + strcspn (path + scope, "#/"));
  g_autofree char *title = NULL;

  if (self->nodes->len > MAX_NODES)
    return;
  for (guint i = 0; i < self->nodes->len; i++)
    if (g_str_equal (g_ptr_array_index (self->nodes, i), root))
      return;
  title = leyden_debug_path_dup_title (get_flow (self), root);
  g_ptr_array_add (self->nodes, g_steal_pointer (&root));
  self->filling = TRUE;
  gtk_string_list_append (self->titles, title);
  self->filling = FALSE;
}

/* --- showing --- */

static void
update_status (LeydenConsole *self)
{
  guint64 dropped = leyden_console_log_get_n_dropped (self->log);
  guint n = leyden_console_log_get_n_lines (self->log);
  g_autofree char *text = NULL;

  if (n == 0)
    text = g_strdup (_("Models and commands have written nothing yet."));
  else if (self->past)
    text = g_strdup_printf (_("As it was at record %'u; what is older is among the events."), (guint) leyden_rollout_view_get_position (self->view));
  else if (dropped > 0)
    text = g_strdup_printf (_("The newest %'u lines; %'" PRIu64 " older ones were dropped here and are among the events."), n, dropped);
  else if (self->cut)
    text = g_strdup_printf (_("The newest %'u lines; what is older is among the events."), n);
  else if (leyden_console_text_get_n_lines (self->lines) < n)
    text = g_strdup_printf (_("%'u of %'u lines"), leyden_console_text_get_n_lines (self->lines), n);
  else
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u line", "%'u lines", n), n);
  if (!g_str_equal (gtk_label_get_text (GTK_LABEL (self->status)), text))
    gtk_label_set_text (GTK_LABEL (self->status), text);
}

/* Lines in the order in which they came, after the filter changed. FALSE: all are there again. */
static gboolean
rebuild_line (LeydenConsole *self)
{
  guint64 first = leyden_console_log_get_first_id (self->log);
  guint n = leyden_console_log_get_n_lines (self->log);

  if (self->rebuild == G_MAXUINT64)
    return FALSE;
  self->rebuild = MAX (self->rebuild, first);
  if (n == 0 || self->rebuild >= first + n)
    {
      self->rebuild = G_MAXUINT64;
      return FALSE;
    }
  leyden_console_text_show (self->lines, leyden_console_log_get_line (self->log, (guint) (self->rebuild - first)));
  self->rebuild++;
  return TRUE;
}

static gboolean
show_next (LeydenConsole *self)
{
  const LeydenConsoleLine *line;

  if (rebuild_line (self))
    return TRUE;
  line = leyden_console_log_take_changed (self->log);
  if (line == NULL)
    return FALSE;
  note_node (self, line->node);
  leyden_console_text_show (self->lines, line);
  return TRUE;
}

/* Not with the frame clock: the text view lays out lines between now and the frame, and what it finds then moves scroll bars that are laid out already. */
static gboolean
turn_cb (gpointer data)
{
  LeydenConsole *self = data;
  guint n = 0;

  self->updating = TRUE;
  leyden_console_text_drop (self->lines);
  while (n < LINES_A_TURN && show_next (self))
    n++;
  update_status (self);
  if (self->following && n > 0)
    leyden_console_scroll_to_end (self);
  /* The text view moves what is shown with the frame after this one. */
  if (n > 0)
    return G_SOURCE_CONTINUE;
  self->updating = FALSE;
  self->turn_source = 0;
  return G_SOURCE_REMOVE;
}

static void
show_later (LeydenConsole *self)
{
  if (self->turn_source == 0)
    self->turn_source = g_timeout_add (TURN_MS, turn_cb, self);
}

/* --- what comes --- */

void
leyden_console_add (LeydenConsole     *self,
                    const char        *node,
                    LeydenConsoleKind  kind,
                    const char        *text)
{
  g_return_if_fail (LEYDEN_IS_CONSOLE (self) && node != NULL && text != NULL);

  leyden_console_log_add (self->log, node, kind, text, -1);
  show_later (self);
}

static void
delta_cb (LeydenConsole *self,
          const char    *node,
          const char    *text)
{
  if (!self->loaded || self->past || self->waiting != NULL)
    return;
  leyden_console_log_set_sequence (self->log, leyden_rollout_view_get_last (self->view));
  g_hash_table_add (self->streamed, g_strdup (node));
  leyden_console_add (self, node, LEYDEN_CONSOLE_MODEL, text);
}

static void
add_answer (LeydenConsole *self,
            const char    *node,
            LeydenValue   *answer)
{
  LeydenValue *message = leyden_value_get_member (answer, "message");
  const char *content = leyden_value_get_member_string (message, "content", NULL);

  /* What streamed is there already. */
  if (!g_hash_table_remove (self->streamed, node) && content != NULL && *content != '\0')
    leyden_console_add (self, node, LEYDEN_CONSOLE_MODEL, content);
  leyden_console_log_end_line (self->log, node);
}

void
leyden_console_add_record (LeydenConsole *self,
                           LeydenValue   *record)
{
  const char *type, *node;
  LeydenValue *payload;

  g_return_if_fail (LEYDEN_IS_CONSOLE (self));

  type = leyden_value_get_member_string (record, "type", "");
  node = leyden_value_get_member_string (record, "node", "");
  payload = leyden_value_get_member (record, "payload");
  leyden_console_log_set_sequence (self->log, (guint64) MAX (leyden_value_get_member_int (record, "sequence", 0), 0));
  if (g_str_equal (type, "output.line"))
    {
      gboolean error = g_str_equal (leyden_value_get_member_string (payload, "stream", ""), "stderr");

      leyden_console_log_end_line (self->log, node);
      leyden_console_add (self, node, error ? LEYDEN_CONSOLE_ERROR : LEYDEN_CONSOLE_OUTPUT, leyden_value_get_member_string (payload, "text", ""));
      leyden_console_add (self, node, error ? LEYDEN_CONSOLE_ERROR : LEYDEN_CONSOLE_OUTPUT, "\n");
    }
  else if (g_str_equal (type, "model.response"))
    add_answer (self, node, leyden_value_get_member (payload, "answer"));
}

static void
record_cb (LeydenConsole *self,
           LeydenValue   *record)
{
  if (!self->loaded || self->past)
    return;
  if (self->waiting == NULL)
    leyden_console_add_record (self, record);
  else if (self->waiting->len < MAX_LINES)
    g_ptr_array_add (self->waiting, leyden_value_ref (record));
}

/* --- what was written before --- */

typedef struct
{
  LeydenConsole *console;
  guint64        until;                 /* behind it records come by themselves */
} Look;

static void look (LeydenConsole *self, guint64 after, guint64 until);

static void
end_look (LeydenConsole *self)
{
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&self->waiting);

  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    leyden_console_add_record (self, g_ptr_array_index (waiting, i));
  show_later (self);
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autofree Look *asked = data;
  g_autoptr(LeydenConsole) self = asked->console;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_rollout_fetch_finish (result, &error);
  LeydenValue *list = leyden_value_get_member (answer, "records");
  gint64 next = leyden_value_get_member_int (answer, "next_after", 0);

  if (self->box == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if ((guint64) leyden_value_get_member_int (leyden_value_get_item (list, i), "sequence", 0) <= asked->until)
      leyden_console_add_record (self, leyden_value_get_item (list, i));
  if (next > 0 && (guint64) next < asked->until)
    look (self, (guint64) next, asked->until);
  else
    end_look (self);
}

static void
look (LeydenConsole *self,
      guint64        after,
      guint64        until)
{
  g_autofree char *tail = g_strdup_printf ("/records?after=%" G_GUINT64_FORMAT "&limit=%d", after, PAGE);
  Look *asked = g_new (Look, 1);

  asked->console = g_object_ref (self);
  asked->until = until;
  leyden_rollout_fetch_async (self->view, tail, self->cancellable, looked_cb, asked);
}

/* When somebody looks, and the first answer told how far the log goes: the newest of it, of a long one what was before the position. */
static void
load (LeydenConsole *self)
{
  guint64 last = self->view != NULL ? leyden_rollout_view_get_last (self->view) : 0;

  if (self->loaded || last == 0 || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->loaded = TRUE;
  self->past = last > self->look_back && !leyden_rollout_view_is_live (self->view);
  self->to = self->past ? leyden_rollout_view_get_position (self->view) : last;
  self->from = self->to > self->look_back ? self->to - self->look_back : 0;
  self->cut = self->from > 0;
  gtk_widget_set_visible (self->earlier, self->cut);
  leyden_console_text_set_until (self->lines, leyden_rollout_view_get_position (self->view));
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  look (self, self->from, self->to);
}

static void
forget_lines (LeydenConsole *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  self->loaded = self->cut = self->past = FALSE;
  self->rebuild = G_MAXUINT64;
  leyden_console_log_clear (self->log);
  g_hash_table_remove_all (self->streamed);
  leyden_console_text_clear (self->lines);
}

/* The lines from farther back too; one stays where one has scrolled to, rather than at the newest. */
static void
earlier_cb (LeydenConsole *self)
{
  if (self->view == NULL || self->waiting != NULL)
    return;
  self->look_back *= LOOK_FARTHER;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), FALSE);
  forget_lines (self);
  load (self);
  show_later (self);
}

/* Whether the lines of that position are there. */
static gboolean
holds (LeydenConsole *self,
       guint64        position)
{
  guint64 floor = self->from;

  if (position == 0)
    return !self->past;
  if (leyden_console_log_get_n_dropped (self->log) > 0)
    floor = MAX (floor, leyden_console_log_get_line (self->log, 0)->sequence);
  return (floor == 0 || position > floor) && (!self->past || position <= self->to);
}

static gboolean
move_cb (gpointer data)
{
  LeydenConsole *self = data;
  guint64 position = leyden_rollout_view_get_position (self->view);

  self->move_source = 0;
  if (!self->loaded)
    return G_SOURCE_REMOVE;
  if (!holds (self, position))
    {
      forget_lines (self);
      load (self);
    }
  else if (leyden_console_text_set_until (self->lines, position))
    self->rebuild = 0;
  show_later (self);
  return G_SOURCE_REMOVE;
}

static void
position_cb (LeydenConsole *self)
{
  g_clear_handle_id (&self->move_source, g_source_remove);
  self->move_source = g_timeout_add (MOVE_MS, move_cb, self);
}

static void
forget (LeydenConsole *self)
{
  forget_lines (self);
  self->look_back = LOOK_BACK;
  gtk_widget_set_visible (self->earlier, FALSE);
  g_clear_handle_id (&self->move_source, g_source_remove);
  leyden_console_text_set_until (self->lines, 0);
  leyden_console_text_set_flow (self->lines, get_flow (self));
  g_ptr_array_set_size (self->nodes, 1);
  self->filling = TRUE;
  gtk_string_list_splice (self->titles, 1, g_list_model_get_n_items (G_LIST_MODEL (self->titles)) - 1, NULL);
  self->filling = FALSE;
}

void
leyden_console_set_view (LeydenConsole     *self,
                         LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_CONSOLE (self));
  g_return_if_fail (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  forget (self);
  leyden_console_set_filter (self, "", "");
  leyden_console_set_following (self, TRUE);
  if (view != NULL)
    {
      g_signal_connect_object (view, "delta", G_CALLBACK (delta_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "record", G_CALLBACK (record_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::last", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::position", G_CALLBACK (position_cb), self, G_CONNECT_SWAPPED);
    }
  load (self);
  update_status (self);
}

/* --- filters --- */

void
leyden_console_set_filter (LeydenConsole *self,
                           const char    *node,
                           const char    *text)
{
  g_return_if_fail (LEYDEN_IS_CONSOLE (self));
  g_return_if_fail (node != NULL && text != NULL);

  if (!leyden_console_text_set_filter (self->lines, node, text))
    return;
  self->filling = TRUE;
  if (*text == '\0' && *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  for (guint i = 0; i < self->nodes->len; i++)
    if (g_str_equal (g_ptr_array_index (self->nodes, i), node))
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->places), i);
  self->filling = FALSE;
  self->rebuild = 0;
  show_later (self);
}

static void
filter_cb (LeydenConsole *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->places));

  if (self->filling)
    return;
  leyden_console_set_filter (self, selected < self->nodes->len ? g_ptr_array_index (self->nodes, selected) : "",
                             gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

char *
leyden_console_dup_shown (LeydenConsole *self)
{
  GtkTextIter start, end;

  g_return_val_if_fail (LEYDEN_IS_CONSOLE (self), NULL);

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, TRUE);
}

/* --- class --- */

static void
leyden_console_css_changed (GtkWidget         *widget,
                            GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_console_parent_class)->css_changed (widget, change);
  if (LEYDEN_CONSOLE (widget)->lines != NULL)
    leyden_console_text_load_colors (LEYDEN_CONSOLE (widget)->lines, widget);
}

static void
leyden_console_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_console_parent_class)->map (widget);
  load (LEYDEN_CONSOLE (widget));
}

static void
leyden_console_dispose (GObject *object)
{
  LeydenConsole *self = LEYDEN_CONSOLE (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_clear_handle_id (&self->move_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (leyden_console_parent_class)->dispose (object);
}

static void
leyden_console_finalize (GObject *object)
{
  LeydenConsole *self = LEYDEN_CONSOLE (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  leyden_console_text_free (self->lines);
  leyden_console_log_free (self->log);
  g_hash_table_unref (self->streamed);
  g_ptr_array_unref (self->nodes);
  g_object_unref (self->titles);
  g_object_unref (self->buffer);
  G_OBJECT_CLASS (leyden_console_parent_class)->finalize (object);
}

static void
leyden_console_class_init (LeydenConsoleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_console_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_console_finalize;
  widget_class->css_changed = leyden_console_css_changed;
  widget_class->map = leyden_console_map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static void
set_name (GtkWidget  *widget,
          const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
create_bar (LeydenConsole *self)
{
  GtkWidget *bar = leyden_wrap_box_new ();

  self->places = gtk_drop_down_new (G_LIST_MODEL (g_object_ref (self->titles)), NULL);
  set_name (self->places, _("Node"));
  self->search = gtk_search_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (self->search), 14);
  g_object_set (self->search, "placeholder-text", _("Text in the line"), NULL);
  set_name (self->search, _("Text in the line"));
  g_signal_connect_object (self->places, "notify::selected", G_CALLBACK (filter_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (filter_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->places, bar);
  gtk_widget_set_parent (self->search, bar);
  return bar;
}

static GtkWidget *
create_status (LeydenConsole *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->status = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "xalign", 0.0, "wrap", TRUE, "hexpand", TRUE, NULL);
  gtk_widget_add_css_class (self->status, "caption");
  self->earlier = gtk_button_new_with_label (_("Earlier Lines"));
  gtk_widget_set_tooltip_text (self->earlier, _("Look farther back in the log"));
  gtk_widget_add_css_class (self->earlier, "flat");
  gtk_widget_set_valign (self->earlier, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (self->earlier, FALSE);
  g_signal_connect_object (self->earlier, "clicked", G_CALLBACK (earlier_cb), self, G_CONNECT_SWAPPED);
  self->follow = gtk_toggle_button_new_with_label (_("Follow"));
  gtk_widget_set_tooltip_text (self->follow, _("Stay at the newest line"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), TRUE);
  gtk_widget_add_css_class (self->follow, "flat");
  gtk_widget_set_valign (self->follow, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), self->status);
  gtk_box_append (GTK_BOX (box), self->earlier);
  gtk_box_append (GTK_BOX (box), self->follow);
  return box;
}

static void
create_text (LeydenConsole *self)
{
  GtkTextIter end;

  self->text = gtk_text_view_new ();
  self->buffer = g_object_ref (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text)));
  gtk_text_buffer_set_enable_undo (self->buffer, FALSE);
  gtk_text_buffer_get_end_iter (self->buffer, &end);
  gtk_text_buffer_create_mark (self->buffer, "end", &end, FALSE);
  self->lines = leyden_console_text_new (self->buffer, self->log);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->text), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->text), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->text), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->text), FALSE);
  set_name (self->text, _("Output of models and commands"));
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->text);
  gtk_widget_set_vexpand (self->scroller, TRUE);
}

static void
leyden_console_init (LeydenConsole *self)
{
  GtkWidget *bar;

  self->cancellable = g_cancellable_new ();
  self->log = leyden_console_log_new (MAX_LINES);
  self->streamed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->nodes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->nodes, g_strdup (""));
  self->titles = gtk_string_list_new ((const char *[]) { _("All nodes"), NULL });
  self->rebuild = G_MAXUINT64;
  self->following = TRUE;
  self->look_back = LOOK_BACK;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_add_css_class (self->box, "console");
  create_text (self);
  bar = create_bar (self);
  gtk_box_append (GTK_BOX (self->box), bar);
  gtk_box_append (GTK_BOX (self->box), self->scroller);
  gtk_box_append (GTK_BOX (self->box), create_status (self));
  leyden_console_watch_scrolling (self);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  set_name (GTK_WIDGET (self), _("Console"));
  leyden_console_text_load_colors (self->lines, GTK_WIDGET (self));
  update_status (self);
}

GtkWidget *
leyden_console_new (void)
{
  return g_object_new (LEYDEN_TYPE_CONSOLE, NULL);
}
