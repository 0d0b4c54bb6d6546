/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-record-list.h"

#define PAGE LEYDEN_RECORD_PAGE
/* A list widget holds some two hundred rows; the rest is for who goes to and fro. */
#define MAX_PAGES 32
/* Pages that are wanted at once; older wishes are of places that were passed. */
#define MAX_WISHES 4
/* List models count with 32 bits. */
#define MAX_ITEMS (G_MAXINT32 - 1)

struct _LeydenRecordItem
{
  GObject           parent_instance;

  LeydenRecordList *owner;              /* NULL: it is gone, or the list is another */
  guint             index;
  guint64           sequence;
  LeydenValue      *record;             /* nullable */
};

typedef struct
{
  LeydenValue *records[PAGE];           /* NULL: not known */
  guint64      used;                    /* when it was looked at last */
} Page;

struct _LeydenRecordList
{
  GObject          parent_instance;

  LeydenRecordAsk  ask;                 /* NULL: closed */
  gpointer         data;
  guint            n;
  guint64          last;
  gboolean         filtered;
  GArray          *matches;             /* guint64: sequences, filtered only */
  guint64          searched;            /* filtered: up to here */
  gboolean         complete;
  gboolean         want_more;

  GHashTable      *pages;               /* number → Page */
  GHashTable      *items;               /* index → LeydenRecordItem that somebody holds, borrowed */
  guint64          clock;
  guint            wishes[MAX_WISHES];  /* pages, the newest first */
  guint            n_wishes;
  guint            idle;
  guint            request;             /* of the one under way; 0: none */
  guint            last_request;
  gboolean         request_grows;
  guint            request_page;
  guint64          request_after;
  char            *error;               /* nullable */
};

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (LeydenRecordItem, leyden_record_item, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenRecordList, leyden_record_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

enum
{
  SIGNAL_CHANGED,
  SIGNAL_SEARCHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- one record --- */

static void
leyden_record_item_finalize (GObject *object)
{
  LeydenRecordItem *self = LEYDEN_RECORD_ITEM (object);

  if (self->owner != NULL)
    g_hash_table_remove (self->owner->items, GUINT_TO_POINTER (self->index));
  g_clear_pointer (&self->record, leyden_value_unref);
  G_OBJECT_CLASS (leyden_record_item_parent_class)->finalize (object);
}

static void
leyden_record_item_class_init (LeydenRecordItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_record_item_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_RECORD_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_record_item_init (LeydenRecordItem *self)
{
}

guint64
leyden_record_item_get_sequence (LeydenRecordItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_ITEM (self), 0);
  return self->sequence;
}

LeydenValue *
leyden_record_item_get_record (LeydenRecordItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_ITEM (self), NULL);
  return self->record;
}

/* --- pages --- */

static void
page_free (gpointer data)
{
  Page *page = data;

  for (guint i = 0; i < PAGE; i++)
    g_clear_pointer (&page->records[i], leyden_value_unref);
  g_free (page);
}

static Page *
get_page (LeydenRecordList *self,
          guint             number)
{
  Page *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

  if (page != NULL)
    page->used = ++self->clock;
  return page;
}

static void
drop_oldest_page (LeydenRecordList *self)
{
  GHashTableIter iter;
  gpointer key, value, oldest = NULL;
  guint64 used = G_MAXUINT64;

  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (((Page *) value)->used < used)
      {
        used = ((Page *) value)->used;
        oldest = key;
      }
  g_hash_table_remove (self->pages, oldest);
}

static Page *
make_page (LeydenRecordList *self,
           guint             number)
{
  Page *page = get_page (self, number);

  if (page != NULL)
    return page;
  if (g_hash_table_size (self->pages) >= MAX_PAGES)
    drop_oldest_page (self);
  page = g_new0 (Page, 1);
  page->used = ++self->clock;
  g_hash_table_insert (self->pages, GUINT_TO_POINTER (number), page);
  return page;
}

static guint64
get_sequence (LeydenRecordList *self,
              guint             index)
{
  return self->filtered ? g_array_index (self->matches, guint64, index) : (guint64) index + 1;
}

/* Index of the first item with that sequence or a later one. */
static guint
find_index (LeydenRecordList *self,
            guint64           sequence)
{
  guint low = 0, high = self->n;

  if (!self->filtered)
    return (guint) MIN (sequence > 0 ? sequence - 1 : 0, self->n);
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->matches, guint64, middle) < sequence)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
put_record (LeydenRecordList *self,
            Page             *page,
            guint             index,
            LeydenValue      *record)
{
  LeydenRecordItem *item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (index));
  LeydenValue **place = &page->records[index % PAGE];

  leyden_value_ref (record);
  g_clear_pointer (place, leyden_value_unref);
  *place = record;
  if (item == NULL || item->record != NULL)
    return;
  item->record = leyden_value_ref (record);
  g_object_ref (item);
  g_signal_emit (item, signals[SIGNAL_CHANGED], 0);
  g_object_unref (item);
}

static guint64
sequence_of (LeydenValue *record)
{
  return (guint64) MAX (leyden_value_get_member_int (record, "sequence", 0), 0);
}

/* --- asking --- */

static gboolean idle_cb (gpointer data);

static void
kick (LeydenRecordList *self)
{
  if (self->idle == 0 && self->request == 0 && self->ask != NULL && self->error == NULL)
    self->idle = g_idle_add (idle_cb, self);
}

static void
wish (LeydenRecordList *self,
      guint             page)
{
  guint at = 0;

  while (at < self->n_wishes && self->wishes[at] != page)
    at++;
  if (at == self->n_wishes)
    self->n_wishes = MIN (self->n_wishes + 1, MAX_WISHES);
  at = MIN (at, MAX_WISHES - 1);
  memmove (self->wishes + 1, self->wishes, at * sizeof *self->wishes);
  self->wishes[0] = page;
  kick (self);
}

static void
send (LeydenRecordList *self,
      guint64           after)
{
  self->request = ++self->last_request;
  self->request_after = after;
  self->ask (self, self->request, after, PAGE, self->data);
}

/* The first record of the page that is not known. FALSE: all are. */
static gboolean
find_missing (LeydenRecordList *self,
              guint             number,
              guint            *index)
{
  Page *page = get_page (self, number);
  guint from = number * PAGE, to = MIN (from + PAGE, self->n);

  for (*index = from; *index < to; (*index)++)
    if (page == NULL || page->records[*index % PAGE] == NULL)
      return TRUE;
  return FALSE;
}

static gboolean
idle_cb (gpointer data)
{
  LeydenRecordList *self = data;
  guint index;

  self->idle = 0;
  while (self->n_wishes > 0)
    {
      guint page = self->wishes[0];

      self->n_wishes--;
      memmove (self->wishes, self->wishes + 1, self->n_wishes * sizeof *self->wishes);
      if (!find_missing (self, page, &index))
        continue;
      self->request_grows = FALSE;
      self->request_page = page;
      send (self, get_sequence (self, index) - 1);
      return G_SOURCE_REMOVE;
    }
  if (self->filtered && self->want_more && !self->complete)
    {
      self->want_more = FALSE;
      self->request_grows = TRUE;
      send (self, self->searched);
    }
  return G_SOURCE_REMOVE;
}

/* --- answers --- */

/* A record that is not where it should be is not there: it is not asked for again and again. */
static void
fill_page (LeydenRecordList *self,
           LeydenValue      *list)
{
  guint from = find_index (self, self->request_after + 1), to = MIN ((self->request_page + 1) * PAGE, self->n);
  Page *page = make_page (self, self->request_page);
  guint64 newest = self->request_after;
  g_autoptr(LeydenValue) none = leyden_value_new_null ();

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *record = leyden_value_get_item (list, i);
      guint index = find_index (self, sequence_of (record));

      newest = MAX (newest, sequence_of (record));
      if (index >= from && index < to && get_sequence (self, index) == sequence_of (record))
        put_record (self, page, index, record);
    }
  for (guint index = from; index < to; index++)
    if (page->records[index % PAGE] == NULL && (get_sequence (self, index) <= newest || newest == self->request_after))
      put_record (self, page, index, none);
}

static void
grow (LeydenRecordList *self,
      LeydenValue      *answer)
{
  LeydenValue *list = leyden_value_get_member (answer, "records");
  gint64 next = leyden_value_get_member_int (answer, "next_after", -1);
  guint before = self->n;

  for (guint i = 0; i < leyden_value_get_size (list) && self->n < MAX_ITEMS; i++)
    {
      LeydenValue *record = leyden_value_get_item (list, i);
      guint64 sequence = sequence_of (record);

      if (sequence <= self->searched)
        continue;
      self->searched = sequence;
      g_array_append_val (self->matches, sequence);
      self->n++;
      put_record (self, make_page (self, (self->n - 1) / PAGE), self->n - 1, record);
    }
  /* Nothing is behind the last. */
  self->searched = MAX (self->searched, next >= 0 ? (guint64) next : self->last);
  self->complete = self->searched >= self->last || self->searched <= self->request_after;
  /* A page at least, so that something is seen. */
  if (!self->complete && self->n < PAGE)
    self->want_more = TRUE;
  if (self->n > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->n - before);
}

static gboolean
is_unknown (gpointer key,
            gpointer value,
            gpointer data)
{
  return LEYDEN_RECORD_ITEM (value)->record == NULL;
}

void
leyden_record_list_answer (LeydenRecordList *self,
                           guint             request,
                           LeydenValue      *answer,
                           const GError     *error)
{
  LeydenRecordItem *item;

  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  if (request != self->request)
    return;
  self->request = 0;
  if (answer == NULL)
    {
      g_free (self->error);
      self->error = g_strdup (error != NULL ? error->message : "");
      self->want_more |= self->request_grows;
    }
  else if (self->request_grows)
    grow (self, answer);
  else
    fill_page (self, leyden_value_get_member (answer, "records"));
  item = g_hash_table_find (self->items, is_unknown, NULL);
  if (item != NULL && self->n_wishes == 0 && item->index < self->n)
    wish (self, item->index / PAGE);
  kick (self);
  g_signal_emit (self, signals[SIGNAL_SEARCHED], 0);
}

/* --- the list --- */

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_RECORD_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return LEYDEN_RECORD_LIST (model)->n;
}

static gpointer
get_item (GListModel *model,
          guint       index)
{
  LeydenRecordList *self = LEYDEN_RECORD_LIST (model);
  LeydenRecordItem *item;
  Page *page;

  if (index >= self->n)
    return NULL;
  if (self->filtered && !self->complete && !self->want_more && index + PAGE / 2 >= self->n)
    {
      self->want_more = TRUE;
      kick (self);
    }
  page = get_page (self, index / PAGE);
  item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (index));
  if (item == NULL)
    {
      item = g_object_new (LEYDEN_TYPE_RECORD_ITEM, NULL);
      item->owner = self;
      item->index = index;
      item->sequence = get_sequence (self, index);
      g_hash_table_insert (self->items, GUINT_TO_POINTER (index), item);
    }
  else
    g_object_ref (item);
  if (item->record == NULL && page != NULL && page->records[index % PAGE] != NULL)
    item->record = leyden_value_ref (page->records[index % PAGE]);
  if (item->record == NULL)
    wish (self, index / PAGE);
  return item;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- life --- */

static void
let_items_go (LeydenRecordList *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    LEYDEN_RECORD_ITEM (item)->owner = NULL;
  g_hash_table_remove_all (self->items);
}

static void
leyden_record_list_finalize (GObject *object)
{
  LeydenRecordList *self = LEYDEN_RECORD_LIST (object);

  leyden_record_list_close (self);
  let_items_go (self);
  g_hash_table_unref (self->items);
  g_hash_table_unref (self->pages);
  g_array_unref (self->matches);
  g_free (self->error);
  G_OBJECT_CLASS (leyden_record_list_parent_class)->finalize (object);
}

static void
leyden_record_list_class_init (LeydenRecordListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_record_list_finalize;
  signals[SIGNAL_SEARCHED] = g_signal_new ("searched", LEYDEN_TYPE_RECORD_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_record_list_init (LeydenRecordList *self)
{
  self->matches = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, page_free);
  self->items = g_hash_table_new (NULL, NULL);
}

LeydenRecordList *
leyden_record_list_new (LeydenRecordAsk ask,
                        gpointer        data)
{
  LeydenRecordList *self = g_object_new (LEYDEN_TYPE_RECORD_LIST, NULL);

  self->ask = ask;
  self->data = data;
  return self;
}

void
leyden_record_list_close (LeydenRecordList *self)
{
  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  self->ask = NULL;
  self->request = 0;
  g_clear_handle_id (&self->idle, g_source_remove);
}

void
leyden_record_list_reset (LeydenRecordList *self,
                          guint64           last,
                          gboolean          filtered)
{
  guint before;

  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  before = self->n;
  let_items_go (self);
  g_hash_table_remove_all (self->pages);
  g_array_set_size (self->matches, 0);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->error, g_free);
  self->request = 0;
  self->n_wishes = 0;
  self->last = last;
  self->filtered = filtered;
  self->searched = 0;
  self->complete = !filtered || last == 0;
  self->want_more = filtered;
  self->n = filtered ? 0 : (guint) MIN (last, MAX_ITEMS);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, self->n);
  if (filtered)
    kick (self);
  g_signal_emit (self, signals[SIGNAL_SEARCHED], 0);
}

void
leyden_record_list_set_last (LeydenRecordList *self,
                             guint64           last)
{
  guint before;

  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  if (last <= self->last)
    return;
  before = self->n;
  self->last = last;
  if (self->filtered)
    {
      /* Who had seen all wants to see what is new. */
      self->want_more |= self->complete;
      self->complete = FALSE;
      kick (self);
      return;
    }
  self->n = (guint) MIN (last, MAX_ITEMS);
  if (self->n > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->n - before);
}

void
leyden_record_list_add (LeydenRecordList *self,
                        LeydenValue      *record)
{
  guint64 sequence;
  Page *page;

  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  sequence = sequence_of (record);
  if (self->filtered || sequence == 0 || sequence > self->n)
    return;
  page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER ((guint) ((sequence - 1) / PAGE)));
  if (page != NULL)
    put_record (self, page, (guint) (sequence - 1), record);
}

guint
leyden_record_list_find (LeydenRecordList *self,
                         guint64           sequence)
{
  guint index;

  g_return_val_if_fail (LEYDEN_IS_RECORD_LIST (self), G_MAXUINT);

  index = find_index (self, sequence + 1);
  return index > 0 && sequence > 0 ? index - 1 : G_MAXUINT;
}

gboolean
leyden_record_list_is_complete (LeydenRecordList *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_LIST (self), FALSE);
  return self->complete;
}

guint64
leyden_record_list_get_searched (LeydenRecordList *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_LIST (self), 0);
  return self->searched;
}

const char *
leyden_record_list_get_error (LeydenRecordList *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_LIST (self), NULL);
  return self->error;
}

void
leyden_record_list_retry (LeydenRecordList *self)
{
  LeydenRecordItem *item;

  g_return_if_fail (LEYDEN_IS_RECORD_LIST (self));

  g_clear_pointer (&self->error, g_free);
  item = g_hash_table_find (self->items, is_unknown, NULL);
  if (item != NULL)
    wish (self, item->index / PAGE);
  kick (self);
  g_signal_emit (self, signals[SIGNAL_SEARCHED], 0);
}

guint
leyden_record_list_get_n_kept (LeydenRecordList *self)
{
  g_return_val_if_fail (LEYDEN_IS_RECORD_LIST (self), 0);
  return g_hash_table_size (self->pages) * PAGE;
}
