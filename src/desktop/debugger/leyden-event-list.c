/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-event-list.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-debug-path.h"
#include "leyden-event-row.h"
#include "leyden-paged-text.h"
#include "leyden-record-text.h"
#include "leyden-rollout-fetch.h"
#include "leyden-safe-text.h"
#include "leyden-wrap-box.h"

/* While records come the list grows this often. */
#define GROW_MS 100
/* Side by side from here on, in pixels. */
#define WIDE 700
#define MAX_NODES 500

struct _LeydenEventList
{
  GtkWidget           parent_instance;

  LeydenRolloutView  *view;             /* nullable */
  LeydenRecordList   *records;
  LeydenEventTable    table;
  GCancellable       *cancellable;      /* of all that is asked of this rollout */
  guint64             wanted;           /* sequence whose whole record is asked for; 0: none */
  guint               group;
  char               *node;
  char               *needle;
  GStrv               nodes;            /* prefixes in the drop-down, the first "" */
  guint               grow_source;
  guint               turn_source;
  gboolean            updating;

  GtkWidget          *box;
  GtkWidget          *kinds;
  GtkWidget          *places;
  GtkWidget          *search;
  GtkWidget          *paned;
  GtkWidget          *stack;
  GtkWidget          *empty;
  GtkWidget          *list;
  GtkWidget          *scroller;
  GtkSingleSelection *selection;
  GtkWidget          *status;
  GtkWidget          *retry;
  GtkWidget          *details;
  GtkWidget          *title;
  GtkWidget          *whole;
  GPtrArray          *bound;            /* LeydenEventRow, borrowed */
};

G_DEFINE_FINAL_TYPE (LeydenEventList, leyden_event_list, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SHOW_NODE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_filtered (LeydenEventList *self)
{
  return self->group != 0 || *self->node != '\0' || *self->needle != '\0';
}

/* --- status --- */

static char *
describe_status (LeydenEventList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->records));
  guint64 last = self->view != NULL ? leyden_rollout_view_get_last (self->view) : 0;

  if (!is_filtered (self))
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u event", "%'u events", n), n);
  if (!leyden_record_list_is_complete (self->records))
    return g_strdup_printf (_("%'u found in the first %'" PRIu64 " of %'" PRIu64 " events"), n, leyden_record_list_get_searched (self->records), last);
  return g_strdup_printf (_("%'u of %'" PRIu64 " events"), n, last);
}

static void
update_status (LeydenEventList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->records));
  const char *error = leyden_record_list_get_error (self->records);
  g_autofree char *text = describe_status (self);

  leyden_label_set_safe_text (GTK_LABEL (self->status), error != NULL ? error : text, 300);
  gtk_widget_set_visible (self->retry, error != NULL);
  if (n > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  else
    {
      gtk_label_set_text (GTK_LABEL (self->empty), self->view == NULL ? _("No rollout is looked at.") : !is_filtered (self) ? _("Nothing has happened in it yet.")
                                                   : leyden_record_list_is_complete (self->records) ? _("No event is like that.") : _("Searching…"));
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
    }
}

/* --- asking --- */

typedef struct
{
  LeydenEventList *list;
  guint            request;
} Asked;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Asked *asked = data;
  g_autoptr(LeydenEventList) self = asked->list;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_rollout_fetch_finish (result, &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->box != NULL)
    leyden_record_list_answer (self->records, asked->request, answer, error);
}

static char *
make_tail (LeydenEventList *self,
           guint64          after,
           guint            limit)
{
  g_autofree char *node = leyden_backend_escape (self->node), *text = leyden_backend_escape (self->needle);
  GString *tail = g_string_new (NULL);

  g_string_append_printf (tail, "/records?after=%" G_GUINT64_FORMAT "&limit=%u", after, limit);
  if (self->group != 0)
    g_string_append_printf (tail, "&type=%s", leyden_record_group_prefix (self->group));
  if (*node != '\0')
    g_string_append_printf (tail, "&node=%s", node);
  if (*text != '\0')
    g_string_append_printf (tail, "&text=%s", text);
  return g_string_free (tail, FALSE);
}

static void
ask_cb (LeydenRecordList *records,
        guint             request,
        guint64           after,
        guint             limit,
        gpointer          data)
{
  LeydenEventList *self = data;
  g_autofree char *tail = NULL;
  Asked *asked;

  if (self->view == NULL)
    return;
  tail = make_tail (self, after, limit);
  asked = g_new (Asked, 1);
  asked->list = g_object_ref (self);
  asked->request = request;
  leyden_rollout_fetch_async (self->view, tail, self->cancellable, answered_cb, asked);
}

/* --- the one that is selected --- */

static void
whole_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autofree Asked *asked = data;
  g_autoptr(LeydenEventList) self = asked->list;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) record = leyden_rollout_fetch_finish (result, &error);

  if (record == NULL || self->box == NULL || (guint) self->wanted != asked->request)
    return;
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->whole), record);
}

static void
ask_whole (LeydenEventList *self,
           guint64          sequence)
{
  g_autofree char *tail = g_strdup_printf ("/records/%" G_GUINT64_FORMAT, sequence);
  Asked *asked = g_new (Asked, 1);

  asked->list = g_object_ref (self);
  asked->request = (guint) sequence;
  self->wanted = sequence;
  leyden_rollout_fetch_async (self->view, tail, self->cancellable, whole_cb, asked);
}

static void
update_details (LeydenEventList *self)
{
  LeydenRecordItem *item = gtk_single_selection_get_selected_item (self->selection);
  LeydenValue *record = item != NULL ? leyden_record_item_get_record (item) : NULL;
  const char *node = leyden_value_get_member_string (record, "node", "");
  g_autofree char *type = NULL, *place = NULL, *title = NULL;

  self->wanted = 0;
  gtk_widget_set_visible (self->details, record != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "events.show-node", *node != '\0');
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "events.go", record != NULL);
  if (record == NULL)
    {
      leyden_paged_text_set_bytes (LEYDEN_PAGED_TEXT (self->whole), NULL);
      return;
    }
  type = leyden_record_type_title (leyden_value_get_member_string (record, "type", ""));
  place = *node != '\0' ? leyden_debug_path_dup_title (self->table.flow, node) : NULL;
  /* Translators: what happened, title of the node. */
  title = place != NULL ? g_strdup_printf (_("%s: %s"), type, place) : g_strdup (type);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->whole), record);
  if (self->view != NULL && leyden_value_get_member_boolean (record, "truncated", FALSE))
    ask_whole (self, leyden_record_item_get_sequence (item));
}

static void
go_action (GtkWidget  *widget,
           const char *name,
           GVariant   *parameter)
{
  LeydenEventList *self = LEYDEN_EVENT_LIST (widget);
  LeydenRecordItem *item = gtk_single_selection_get_selected_item (self->selection);

  if (item != NULL && self->view != NULL)
    leyden_rollout_view_set_position (self->view, leyden_record_item_get_sequence (item));
}

static void
show_node_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenEventList *self = LEYDEN_EVENT_LIST (widget);
  LeydenRecordItem *item = gtk_single_selection_get_selected_item (self->selection);
  const char *node = item != NULL ? leyden_value_get_member_string (leyden_record_item_get_record (item), "node", "") : "";

  if (*node != '\0')
    g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, node);
}

/* --- the rollout --- */

static gboolean
is_at_end (LeydenEventList *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));

  return gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) >= gtk_adjustment_get_upper (adjustment) - 2;
}

/* Who looks at the end of what goes on goes on looking at it. */
static gboolean
grow_cb (gpointer data)
{
  LeydenEventList *self = data;
  gboolean follow = is_at_end (self) && leyden_rollout_view_is_live (self->view) && !leyden_rollout_view_is_final (self->view) && gtk_widget_get_mapped (self->list);
  guint n;

  self->grow_source = 0;
  leyden_record_list_set_last (self->records, leyden_rollout_view_get_last (self->view));
  n = g_list_model_get_n_items (G_LIST_MODEL (self->records));
  if (follow && n > 0)
    gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", n - 1);
  update_status (self);
  return G_SOURCE_REMOVE;
}

/* Also many thousand times a second. */
static void
last_cb (LeydenEventList *self)
{
  if (self->grow_source == 0)
    self->grow_source = g_timeout_add (GROW_MS, grow_cb, self);
}

static void
record_cb (LeydenEventList *self,
           LeydenValue     *record)
{
  leyden_record_list_add (self->records, record);
}

static void
update_start (LeydenEventList *self)
{
  LeydenValue *state = self->view != NULL ? leyden_rollout_view_get_state (self->view) : NULL;
  gint64 start = leyden_value_get_member_int (state, "started", 0);

  if (start == 0 || start == self->table.start_ns)
    return;
  self->table.start_ns = start;
  for (guint i = 0; i < self->bound->len; i++)
    leyden_event_row_refresh (g_ptr_array_index (self->bound, i));
}

/* The record that is looked at comes into sight. */
static void
update_position (LeydenEventList *self)
{
  guint64 before = self->table.position;
  guint position;

  self->table.position = self->view != NULL ? leyden_rollout_view_get_position (self->view) : 0;
  for (guint i = 0; i < self->bound->len; i++)
    {
      LeydenRecordItem *item = leyden_event_row_get_item (g_ptr_array_index (self->bound, i));
      guint64 sequence = item != NULL ? leyden_record_item_get_sequence (item) : 0;

      if (sequence != 0 && (sequence == before || sequence == self->table.position))
        leyden_event_row_refresh (g_ptr_array_index (self->bound, i));
    }
  position = leyden_record_list_find (self->records, self->table.position);
  if (self->table.position != 0 && position != G_MAXUINT && gtk_widget_get_mapped (self->list))
    gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", position);
}

static void
list_again (LeydenEventList *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  leyden_record_list_reset (self->records, self->view != NULL ? leyden_rollout_view_get_last (self->view) : 0, is_filtered (self));
  update_status (self);
}

/* --- filters --- */

static void
fill_places (LeydenEventList *self)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  g_autoptr(GStrvBuilder) ids = g_strv_builder_new ();
  g_autoptr(GPtrArray) nodes = self->table.flow != NULL ? leyden_flow_list_nodes (self->table.flow) : NULL;

  gtk_string_list_append (titles, _("All nodes"));
  g_strv_builder_add (ids, "");
  for (guint i = 0; nodes != NULL && i < MIN (nodes->len, MAX_NODES); i++)
    {
      const char *id = leyden_node_get_id (g_ptr_array_index (nodes, i));
      g_autofree char *title = leyden_debug_path_dup_name (self->table.flow, id);

      gtk_string_list_append (titles, title);
      g_strv_builder_add (ids, id);
    }
  g_strfreev (self->nodes);
  self->nodes = g_strv_builder_end (ids);
  self->updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->places), G_LIST_MODEL (titles));
  self->updating = FALSE;
}

static void
show_filter (LeydenEventList *self)
{
  self->updating = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->kinds), self->group);
  for (guint i = 0; self->nodes[i] != NULL; i++)
    if (g_str_equal (self->nodes[i], self->node))
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->places), i);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->search)), self->needle))
    gtk_editable_set_text (GTK_EDITABLE (self->search), self->needle);
  self->updating = FALSE;
}

void
leyden_event_list_set_filter (LeydenEventList *self,
                              guint            group,
                              const char      *node,
                              const char      *text)
{
  g_return_if_fail (LEYDEN_IS_EVENT_LIST (self));
  g_return_if_fail (group < leyden_record_get_n_groups () && node != NULL && text != NULL);

  if (group == self->group && g_str_equal (node, self->node) && g_str_equal (text, self->needle))
    return;
  self->group = group;
  g_free (self->node);
  self->node = g_strdup (node);
  g_free (self->needle);
  self->needle = g_strdup (text);
  show_filter (self);
  list_again (self);
}

static void
filter_cb (LeydenEventList *self)
{
  guint place = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->places));

  if (self->updating)
    return;
  leyden_event_list_set_filter (self, MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (self->kinds)), leyden_record_get_n_groups () - 1),
                                place < g_strv_length (self->nodes) ? self->nodes[place] : "", gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

void
leyden_event_list_set_view (LeydenEventList   *self,
                            LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_EVENT_LIST (self));
  g_return_if_fail (view == NULL || LEYDEN_IS_ROLLOUT_VIEW (view));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_handle_id (&self->grow_source, g_source_remove);
  g_set_object (&self->view, view);
  self->table = (LeydenEventTable) { .flow = view != NULL ? leyden_rollout_view_get_flow (view) : NULL };
  fill_places (self);
  g_free (self->node);
  self->node = g_strdup ("");
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::last", G_CALLBACK (last_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "record", G_CALLBACK (record_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::state", G_CALLBACK (update_start), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::position", G_CALLBACK (update_position), self, G_CONNECT_SWAPPED);
    }
  show_filter (self);
  update_start (self);
  list_again (self);
  update_position (self);
}

LeydenRecordList *
leyden_event_list_get_records (LeydenEventList *self)
{
  g_return_val_if_fail (LEYDEN_IS_EVENT_LIST (self), NULL);
  return self->records;
}

/* --- rows --- */

static void
row_gone_cb (LeydenEventList *self,
             GtkWidget       *row)
{
  g_ptr_array_remove_fast (self->bound, row);
}

static void
setup_row_cb (LeydenEventList *self,
              GtkListItem     *item)
{
  GtkWidget *row = leyden_event_row_new (&self->table, FALSE);

  gtk_list_item_set_child (item, row);
  g_ptr_array_add (self->bound, row);
  g_signal_connect_object (row, "destroy", G_CALLBACK (row_gone_cb), self, G_CONNECT_SWAPPED);
}

static void
bind_row_cb (LeydenEventList *self,
             GtkListItem     *item)
{
  leyden_event_row_set_item (LEYDEN_EVENT_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_row_cb (LeydenEventList *self,
               GtkListItem     *item)
{
  leyden_event_row_set_item (LEYDEN_EVENT_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
activate_cb (LeydenEventList *self,
             guint            position)
{
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (GTK_WIDGET (self), "events.go", NULL);
}

/* What is selected may become known later. */
static void
selected_cb (LeydenEventList *self)
{
  LeydenRecordItem *item = gtk_single_selection_get_selected_item (self->selection);

  if (item != NULL && leyden_record_item_get_record (item) == NULL)
    g_signal_connect_object (item, "changed", G_CALLBACK (update_details), self, G_CONNECT_SWAPPED);
  update_details (self);
}

/* --- class --- */

static gboolean
turn_cb (gpointer data)
{
  LeydenEventList *self = data;

  gboolean wide = gtk_widget_get_width (GTK_WIDGET (self)) >= WIDE;

  self->turn_source = 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->paned), wide ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_size_request (self->whole, wide ? 320 : -1, 80);
  return G_SOURCE_REMOVE;
}

static void
leyden_event_list_size_allocate (GtkWidget *widget,
                                 int        width,
                                 int        height,
                                 int        baseline)
{
  LeydenEventList *self = LEYDEN_EVENT_LIST (widget);
  gboolean wide = gtk_orientable_get_orientation (GTK_ORIENTABLE (self->paned)) == GTK_ORIENTATION_HORIZONTAL;

  gtk_widget_allocate (self->box, width, height, baseline, NULL);
  /* Not while the window is being laid out. */
  if (wide != (width >= WIDE) && self->turn_source == 0)
    self->turn_source = g_idle_add_full (GTK_PRIORITY_RESIZE - 1, turn_cb, self, NULL);
}

static void
leyden_event_list_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  gtk_widget_measure (LEYDEN_EVENT_LIST (widget)->box, orientation, for_size, minimum, natural, minimum_baseline, natural_baseline);
}

static GtkSizeRequestMode
leyden_event_list_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
leyden_event_list_dispose (GObject *object)
{
  LeydenEventList *self = LEYDEN_EVENT_LIST (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  if (self->records != NULL)
    leyden_record_list_close (self->records);
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->grow_source, g_source_remove);
  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->view);
  g_clear_object (&self->selection);
  g_clear_object (&self->records);
  G_OBJECT_CLASS (leyden_event_list_parent_class)->dispose (object);
}

static void
leyden_event_list_finalize (GObject *object)
{
  LeydenEventList *self = LEYDEN_EVENT_LIST (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->bound);
  g_strfreev (self->nodes);
  g_free (self->node);
  g_free (self->needle);
  G_OBJECT_CLASS (leyden_event_list_parent_class)->finalize (object);
}

static void
leyden_event_list_class_init (LeydenEventListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_event_list_dispose;
  object_class->finalize = leyden_event_list_finalize;
  widget_class->measure = leyden_event_list_measure;
  widget_class->size_allocate = leyden_event_list_size_allocate;
  widget_class->get_request_mode = leyden_event_list_get_request_mode;
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_EVENT_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  gtk_widget_class_install_action (widget_class, "events.go", NULL, go_action);
  gtk_widget_class_install_action (widget_class, "events.show-node", NULL, show_node_action);
}

/* --- making --- */

static void
set_name (GtkWidget  *widget,
          const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
create_filters (LeydenEventList *self)
{
  GtkWidget *bar = leyden_wrap_box_new ();
  GtkStringList *titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < leyden_record_get_n_groups (); i++)
    gtk_string_list_append (titles, leyden_record_group_title (i));
  self->kinds = gtk_drop_down_new (G_LIST_MODEL (titles), NULL);
  set_name (self->kinds, _("Kind of event"));
  self->places = gtk_drop_down_new (NULL, NULL);
  set_name (self->places, _("Node"));
  self->search = gtk_search_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (self->search), 14);
  g_object_set (self->search, "placeholder-text", _("Text in the event"), NULL);
  set_name (self->search, _("Text in the event"));
  g_signal_connect_object (self->kinds, "notify::selected", G_CALLBACK (filter_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->places, "notify::selected", G_CALLBACK (filter_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (filter_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->kinds, bar);
  gtk_widget_set_parent (self->places, bar);
  gtk_widget_set_parent (self->search, bar);
  return bar;
}

static GtkWidget *
create_list (LeydenEventList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *titles = leyden_event_row_new (&self->table, TRUE);

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_row_cb), self, G_CONNECT_SWAPPED);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->records)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "events");
  gtk_widget_add_css_class (titles, "titles");
  set_name (self->list, _("Events"));
  g_signal_connect_object (self->list, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  gtk_widget_set_vexpand (self->scroller, TRUE);
  gtk_box_append (GTK_BOX (box), titles);
  gtk_box_append (GTK_BOX (box), self->scroller);
  return box;
}

static GtkWidget *
create_icon_button (const char *icon,
                    const char *name,
                    const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  set_name (button, name);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static GtkWidget *
create_details (LeydenEventList *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->title = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->title, TRUE);
  gtk_widget_add_css_class (self->title, "heading");
  gtk_box_append (GTK_BOX (head), self->title);
  gtk_box_append (GTK_BOX (head), create_icon_button ("find-location-symbolic", _("Show on the canvas"), "events.show-node"));
  gtk_box_append (GTK_BOX (head), create_icon_button ("document-open-recent-symbolic", _("Go to this moment"), "events.go"));
  self->whole = leyden_paged_text_new (_("The whole event"));
  gtk_widget_set_vexpand (self->whole, TRUE);
  gtk_widget_set_size_request (self->whole, -1, 80);
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), self->whole);
  gtk_widget_add_css_class (box, "eventdetails");
  return box;
}

static GtkWidget *
create_status (LeydenEventList *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->status = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, "hexpand", TRUE, NULL);
  gtk_widget_add_css_class (self->status, "caption");
  gtk_widget_add_css_class (self->status, "numeric");
  self->retry = gtk_button_new_with_label (_("Try Again"));
  gtk_widget_add_css_class (self->retry, "flat");
  g_signal_connect_object (self->retry, "clicked", G_CALLBACK (leyden_record_list_retry), self->records, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->status);
  gtk_box_append (GTK_BOX (box), self->retry);
  return box;
}

static void
leyden_event_list_init (LeydenEventList *self)
{
  self->cancellable = g_cancellable_new ();
  self->bound = g_ptr_array_new ();
  self->node = g_strdup ("");
  self->needle = g_strdup ("");
  self->records = leyden_record_list_new (ask_cb, self);
  g_signal_connect_object (self->records, "searched", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_add_css_class (self->box, "eventlist");
  self->stack = gtk_stack_new ();
  self->empty = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->empty), TRUE);
  gtk_widget_add_css_class (self->empty, "dim-label");
  gtk_stack_add_named (GTK_STACK (self->stack), self->empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), create_list (self), "list");
  self->details = create_details (self);
  self->paned = gtk_paned_new (GTK_ORIENTATION_VERTICAL);
  gtk_paned_set_start_child (GTK_PANED (self->paned), self->stack);
  gtk_paned_set_end_child (GTK_PANED (self->paned), self->details);
  gtk_paned_set_shrink_start_child (GTK_PANED (self->paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (self->paned), FALSE);
  gtk_paned_set_resize_end_child (GTK_PANED (self->paned), FALSE);
  gtk_widget_set_vexpand (self->paned, TRUE);
  gtk_box_append (GTK_BOX (self->box), create_filters (self));
  gtk_box_append (GTK_BOX (self->box), self->paned);
  gtk_box_append (GTK_BOX (self->box), create_status (self));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  set_name (GTK_WIDGET (self), _("Events"));
  fill_places (self);
  update_details (self);
  update_status (self);
}

GtkWidget *
leyden_event_list_new (void)
{
  return g_object_new (LEYDEN_TYPE_EVENT_LIST, NULL);
}
