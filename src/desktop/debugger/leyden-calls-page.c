/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-calls-page.h"

#include <string.h>

#include "leyden-split-box.h"

#define LIST_WIDTH 260
#define THRESHOLD 640
/* Of what a model says while it answers, the end is kept. */
#define MAX_STREAM (64 * 1024)

struct _LeydenCallsPage
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  LeydenFlow        *flow;              /* nullable */
  GtkWidget         *scroller;
  LeydenCallList    *list;
  LeydenCallView    *call;
  GHashTable        *streams;           /* node path → GString: of the call that is under way */
  char              *wanted;            /* path to be shown as soon as it has a call; nullable */
  gint64             seed;
  LeydenCallItem    *asked;             /* whose record was asked for; nullable */
};

G_DEFINE_FINAL_TYPE (LeydenCallsPage, leyden_calls_page, GTK_TYPE_WIDGET)

LeydenCallList *
leyden_calls_page_get_list (LeydenCallsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALLS_PAGE (self), NULL);
  return self->list;
}

LeydenCallView *
leyden_calls_page_get_call (LeydenCallsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALLS_PAGE (self), NULL);
  return self->call;
}

/* --- words on their way --- */

/* Deltas name the node; the turn that they belong to is the one that is under way. */
static GString *
find_stream (LeydenCallsPage *self,
             const char      *path)
{
  GString *stream = g_hash_table_lookup (self->streams, path);
  g_autofree char *node = NULL;
  const char *hash;

  if (stream != NULL || (hash = strrchr (path, '#')) == NULL || strchr (hash, '/') != NULL)
    return stream;
  node = g_strndup (path, (gsize) (hash - path));
  return g_hash_table_lookup (self->streams, node);
}

static void
show_stream (LeydenCallsPage *self)
{
  LeydenCallItem *item = leyden_call_list_get_selected (self->list);
  GString *stream = item != NULL ? find_stream (self, leyden_call_item_get_path (item)) : NULL;

  leyden_call_view_set_stream (self->call, stream != NULL ? stream->str : NULL);
}

static void
delta_cb (LeydenCallsPage *self,
          const char      *node,
          const char      *text)
{
  GString *stream = g_hash_table_lookup (self->streams, node);

  if (stream == NULL)
    {
      stream = g_string_new (NULL);
      g_hash_table_insert (self->streams, g_strdup (node), stream);
    }
  g_string_append (stream, text);
  if (stream->len > MAX_STREAM)
    {
      const char *kept = g_utf8_find_next_char (stream->str + stream->len - MAX_STREAM / 2, NULL);

      g_string_erase (stream, 0, kept - stream->str);
    }
  show_stream (self);
}

/* What was said before belongs to another call. */
static void
record_cb (LeydenCallsPage *self,
           LeydenValue     *record)
{
  const char *type = leyden_value_get_member_string (record, "type", "");
  const char *node = leyden_value_get_member_string (record, "node", NULL);
  g_autofree char *owner = node != NULL ? g_strndup (node, strcspn (node, "#")) : NULL;

  if (node == NULL || (!g_str_equal (type, "model.request") && !g_str_equal (type, "model.response")))
    return;
  g_hash_table_remove (self->streams, node);
  g_hash_table_remove (self->streams, owner);
}

/* --- probabilities that a trainer reads --- */

/* Calls “trained by the cluster” have them in the record only, with what else the trainer reads. */
static gboolean
is_captured (LeydenValue *call)
{
  LeydenValue *answer = leyden_value_get_member (call, "answer");

  return answer != NULL && leyden_value_get_member (answer, "logprobs") == NULL
         && leyden_value_get_member_boolean (leyden_value_get_member (call, "request"), "policy", FALSE);
}

/* One answer that is waited for: of the page as it was then, and of an item. */
typedef struct
{
  LeydenCallsPage *page;
  LeydenCallItem  *item;
} Asked;

static void
asked_free (Asked *asked)
{
  g_object_unref (asked->page);
  g_object_unref (asked->item);
  g_free (asked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static gboolean
is_record_of (LeydenValue    *record,
              LeydenCallItem *item)
{
  LeydenValue *call = leyden_call_item_get_call (item), *payload = leyden_value_get_member (record, "payload");

  return g_str_equal (leyden_value_get_member_string (record, "node", ""), leyden_call_item_get_path (item))
         && leyden_value_get_member_int (payload, "ordinal", 0) == leyden_value_get_member_int (call, "ordinal", 0)
         && leyden_value_get_member_int (payload, "try", 1) == leyden_value_get_member_int (call, "try", 1);
}

static void
take_record (Asked       *asked,
             LeydenValue *record)
{
  LeydenCallsPage *self = asked->page;
  LeydenValue *content = leyden_value_lookup_pointer (record, "/payload/capture/response/choices/0/logprobs/content");

  if (self->list != NULL && content != NULL && leyden_call_list_get_selected (self->list) == asked->item)
    leyden_call_view_set_log_probs (self->call, content);
}

static void
whole_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (answer != NULL)
    take_record (asked, answer);
}

static void
records_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *records = leyden_value_get_member (answer, "records");

  for (guint i = 0; i < leyden_value_get_size (records); i++)
    {
      LeydenValue *record = leyden_value_get_item (records, i);
      LeydenRolloutView *view = asked->page->view;
      g_autofree char *tail = NULL;

      if (!is_record_of (record, asked->item))
        continue;
      if (!leyden_value_get_member_boolean (record, "truncated", FALSE))
        take_record (asked, record);
      else if (view != NULL)
        {
          tail = g_strdup_printf ("/records/%" G_GINT64_FORMAT, leyden_value_get_member_int (record, "sequence", 0));
          leyden_rollout_view_request (view, "GET", tail, NULL, whole_cb, g_steal_pointer (&asked));
        }
      return;
    }
}

static void
ask_captured (LeydenCallsPage *self,
              LeydenCallItem  *item)
{
  g_autofree char *path = NULL;
  g_autofree char *tail = NULL;
  Asked *asked;

  if (self->view == NULL || item == NULL || item == self->asked || !is_captured (leyden_call_item_get_call (item)))
    return;
  g_set_object (&self->asked, item);
  asked = g_new0 (Asked, 1);
  asked->page = g_object_ref (self);
  asked->item = g_object_ref (item);
  path = leyden_backend_escape (leyden_call_item_get_path (item));
  tail = g_strdup_printf ("/records?type=model.response&limit=200&node=%s", path);
  leyden_rollout_view_request (self->view, "GET", tail, NULL, records_cb, asked);
}

/* --- what is shown --- */

static void
selected_cb (LeydenCallsPage *self,
             LeydenCallItem  *item)
{
  leyden_call_view_set_item (self->call, item, self->flow, self->seed);
  show_stream (self);
  if (item != self->asked)
    g_clear_object (&self->asked);
  ask_captured (self, item);
}

void
leyden_calls_page_set_state (LeydenCallsPage *self,
                             LeydenFlow      *flow,
                             LeydenValue     *state)
{
  g_return_if_fail (LEYDEN_IS_CALLS_PAGE (self));

  g_set_object (&self->flow, flow);
  self->seed = leyden_value_get_member_int (state, "seed", 0);
  leyden_call_list_set_state (self->list, flow, state);
  gtk_widget_set_visible (GTK_WIDGET (self->list), g_list_model_get_n_items (leyden_call_list_get_items (self->list)) > 0);
  if (self->wanted != NULL && leyden_call_list_select_path (self->list, self->wanted))
    g_clear_pointer (&self->wanted, g_free);
  selected_cb (self, leyden_call_list_get_selected (self->list));
}

void
leyden_calls_page_show_path (LeydenCallsPage *self,
                             const char      *path)
{
  g_return_if_fail (LEYDEN_IS_CALLS_PAGE (self) && path != NULL);

  g_clear_pointer (&self->wanted, g_free);
  if (!leyden_call_list_select_path (self->list, path))
    self->wanted = g_strdup (path);
}

/* A summary has no values: the calls follow when the position rests. */
static void
state_cb (LeydenCallsPage *self)
{
  if (!leyden_rollout_view_is_summary (self->view))
    leyden_calls_page_set_state (self, leyden_rollout_view_get_flow (self->view), leyden_rollout_view_get_state (self->view));
}

void
leyden_calls_page_set_view (GtkWidget         *page,
                            LeydenRolloutView *view)
{
  LeydenCallsPage *self = LEYDEN_CALLS_PAGE (page);

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  g_hash_table_remove_all (self->streams);
  if (view == NULL)
    {
      leyden_calls_page_set_state (self, NULL, NULL);
      return;
    }
  g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "delta", G_CALLBACK (delta_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "record", G_CALLBACK (record_cb), self, G_CONNECT_SWAPPED);
  leyden_calls_page_set_state (self, NULL, NULL);
  state_cb (self);
}

/* --- life --- */

static void
leyden_calls_page_dispose (GObject *object)
{
  LeydenCallsPage *self = LEYDEN_CALLS_PAGE (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  self->list = NULL;
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->streams, g_hash_table_unref);
  g_clear_object (&self->flow);
  g_clear_object (&self->asked);
  g_clear_pointer (&self->wanted, g_free);
  G_OBJECT_CLASS (leyden_calls_page_parent_class)->dispose (object);
}

static void
leyden_calls_page_class_init (LeydenCallsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_calls_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
free_stream (gpointer data)
{
  g_string_free (data, TRUE);
}

static void
leyden_calls_page_init (LeydenCallsPage *self)
{
  self->streams = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_stream);
}

GtkWidget *
leyden_calls_page_new (LeydenSession *session)
{
  LeydenCallsPage *self = g_object_new (LEYDEN_TYPE_CALLS_PAGE, NULL);
  GtkWidget *split;

  self->list = LEYDEN_CALL_LIST (leyden_call_list_new ());
  self->call = LEYDEN_CALL_VIEW (leyden_call_view_new (session));
  gtk_widget_set_hexpand (GTK_WIDGET (self->call), TRUE);
  split = leyden_split_box_new (GTK_WIDGET (self->list), GTK_WIDGET (self->call), LIST_WIDTH, THRESHOLD);
  gtk_widget_add_css_class (split, "callpage");
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), split);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->list, "selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_visible (GTK_WIDGET (self->list), FALSE);
  return GTK_WIDGET (self);
}
