/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-model.h"

#define PAGE LEYDEN_ROLLOUT_MODEL_PAGE
/* A list widget holds some two hundred rows; the rest is for who goes to and fro. */
#define MAX_PAGES 40
/* Pages that are wanted at once: those that the rows of a list widget lie in. Older wishes are of places that were passed. */
#define MAX_WISHES 4
/* Before the next frame is drawn (GTK draws at G_PRIORITY_HIGH_IDLE + 20): else who scrolls without a rest would wait for rows until the end. */
#define PRIORITY (G_PRIORITY_HIGH_IDLE + 10)
/* List models count with 32 bits. */
#define MAX_ITEMS (G_MAXINT32 - 1)

struct _LeydenRolloutEntry
{
  GObject             parent_instance;

  LeydenRolloutModel *owner;            /* NULL: it is gone, or the list is another */
  guint               index;
  LeydenValue        *row;              /* nullable */
};

typedef struct
{
  LeydenValue *rows[PAGE];              /* NULL: not known */
  guint64      used;                    /* when it was looked at last */
  gboolean     stale;                   /* to be asked for again */
} Page;

struct _LeydenRolloutModel
{
  GObject          parent_instance;

  LeydenRolloutAsk ask;                 /* NULL: closed */
  gpointer         data;
  guint            n;

  GHashTable      *pages;               /* number → Page */
  GHashTable      *items;               /* index → LeydenRolloutEntry that somebody holds, borrowed */
  guint64          clock;
  guint            wishes[MAX_WISHES];  /* pages, the newest first */
  guint            n_wishes;
  guint            idle;
  guint            request;             /* of the one under way; 0: none */
  guint            last_request;
  guint            request_page;
  char            *error;               /* nullable */
};

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (LeydenRolloutEntry, leyden_rollout_entry, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenRolloutModel, leyden_rollout_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

enum
{
  SIGNAL_CHANGED,
  SIGNAL_STATE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- one row --- */

static void
leyden_rollout_entry_finalize (GObject *object)
{
  LeydenRolloutEntry *self = LEYDEN_ROLLOUT_ENTRY (object);

  if (self->owner != NULL)
    g_hash_table_remove (self->owner->items, GUINT_TO_POINTER (self->index));
  g_clear_pointer (&self->row, leyden_value_unref);
  G_OBJECT_CLASS (leyden_rollout_entry_parent_class)->finalize (object);
}

static void
leyden_rollout_entry_class_init (LeydenRolloutEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_rollout_entry_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_ROLLOUT_ENTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_rollout_entry_init (LeydenRolloutEntry *self)
{
}

LeydenValue *
leyden_rollout_entry_get_row (LeydenRolloutEntry *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ENTRY (self), NULL);
  return self->row;
}

const char *
leyden_rollout_entry_get_rollout (LeydenRolloutEntry *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ENTRY (self), NULL);
  return leyden_value_get_member_string (self->row, "rollout", NULL);
}

static void
item_set_row (LeydenRolloutEntry *self,
              LeydenValue       *row)
{
  LeydenValue *old = self->row;

  if (old == row)
    return;
  self->row = row != NULL ? leyden_value_ref (row) : NULL;
  g_object_ref (self);
  if (!leyden_value_equal (old, row))
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  g_object_unref (self);
  g_clear_pointer (&old, leyden_value_unref);
}

/* --- pages --- */

static void
page_free (gpointer data)
{
  Page *page = data;

  for (guint i = 0; i < PAGE; i++)
    g_clear_pointer (&page->rows[i], leyden_value_unref);
  g_free (page);
}

static Page *
get_page (LeydenRolloutModel *self,
          guint               number)
{
  Page *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

  if (page != NULL)
    page->used = ++self->clock;
  return page;
}

static void
drop_oldest_page (LeydenRolloutModel *self)
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
make_page (LeydenRolloutModel *self,
           guint               number)
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

/* @row NULL: nothing is known of it. */
static void
put_row (LeydenRolloutModel *self,
         guint               index,
         LeydenValue        *row)
{
  LeydenRolloutEntry *item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (index));
  LeydenValue **place = &make_page (self, index / PAGE)->rows[index % PAGE];

  if (row != NULL)
    leyden_value_ref (row);
  g_clear_pointer (place, leyden_value_unref);
  *place = row;
  if (item != NULL && row != NULL)
    item_set_row (item, row);
}

/* --- asking --- */

static gboolean idle_cb (gpointer data);

static void
kick (LeydenRolloutModel *self)
{
  if (self->idle == 0 && self->request == 0 && self->ask != NULL && self->error == NULL)
    self->idle = g_idle_add_full (PRIORITY, idle_cb, self, NULL);
}

static void
wish (LeydenRolloutModel *self,
      guint               page)
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

static gboolean
is_wanting (LeydenRolloutModel *self,
            guint               number)
{
  Page *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));
  guint n = number * PAGE < self->n ? MIN (self->n - number * PAGE, PAGE) : 0;

  if (n == 0)
    return FALSE;
  for (guint i = 0; page != NULL && !page->stale && i < n; i++)
    if (page->rows[i] == NULL)
      return TRUE;
  return page == NULL || page->stale;
}

static gboolean
idle_cb (gpointer data)
{
  LeydenRolloutModel *self = data;

  self->idle = 0;
  while (self->n_wishes > 0)
    {
      guint page = self->wishes[0];

      self->n_wishes--;
      memmove (self->wishes, self->wishes + 1, self->n_wishes * sizeof *self->wishes);
      if (!is_wanting (self, page))
        continue;
      self->request = ++self->last_request;
      self->request_page = page;
      self->ask (self, self->request, page * PAGE, MIN (PAGE, self->n - page * PAGE), self->data);
      break;
    }
  return G_SOURCE_REMOVE;
}

/* Somebody looks at rows of a page that nobody asked for, because there were too many wishes. */
static void
wish_for_forgotten (LeydenRolloutModel *self)
{
  GHashTableIter iter;
  gpointer key;

  if (self->n_wishes > 0)
    return;
  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (GPOINTER_TO_UINT (key) < self->n && is_wanting (self, GPOINTER_TO_UINT (key) / PAGE))
      {
        wish (self, GPOINTER_TO_UINT (key) / PAGE);
        return;
      }
}

void
leyden_rollout_model_answer (LeydenRolloutModel *self,
                             guint               request,
                             LeydenValue        *rows,
                             const GError       *error)
{
  guint from, n;
  Page *page;
  g_autoptr(LeydenValue) nothing = leyden_value_new_null ();

  g_return_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self));

  if (request != self->request)
    return;
  self->request = 0;
  if (rows == NULL)
    {
      g_free (self->error);
      self->error = g_strdup (error != NULL ? error->message : "");
      g_signal_emit (self, signals[SIGNAL_STATE], 0);
      return;
    }
  from = self->request_page * PAGE;
  n = from < self->n ? MIN (self->n - from, PAGE) : 0;
  page = make_page (self, self->request_page);
  page->stale = FALSE;
  /* A row that is not where it should be is not there: it is not asked for again and again. */
  for (guint i = 0; i < n; i++)
    put_row (self, from + i, i < leyden_value_get_size (rows) ? leyden_value_get_item (rows, i) : nothing);
  wish_for_forgotten (self);
  kick (self);
}

/* --- the list --- */

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_ROLLOUT_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return LEYDEN_ROLLOUT_MODEL (model)->n;
}

static gpointer
get_item (GListModel *model,
          guint       index)
{
  LeydenRolloutModel *self = LEYDEN_ROLLOUT_MODEL (model);
  LeydenRolloutEntry *item;
  Page *page;

  if (index >= self->n)
    return NULL;
  page = get_page (self, index / PAGE);
  item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (index));
  if (item != NULL)
    return g_object_ref (item);
  item = g_object_new (LEYDEN_TYPE_ROLLOUT_ENTRY, NULL);
  item->owner = self;
  item->index = index;
  g_hash_table_insert (self->items, GUINT_TO_POINTER (index), item);
  if (page != NULL && page->rows[index % PAGE] != NULL)
    item->row = leyden_value_ref (page->rows[index % PAGE]);
  if (item->row == NULL || page->stale)
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

/* --- another list --- */

static void
let_items_go (LeydenRolloutModel *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    LEYDEN_ROLLOUT_ENTRY (item)->owner = NULL;
  g_hash_table_remove_all (self->items);
}

static void
forget_requests (LeydenRolloutModel *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  self->request = 0;
  self->n_wishes = 0;
  if (self->error == NULL)
    return;
  g_clear_pointer (&self->error, g_free);
  g_signal_emit (self, signals[SIGNAL_STATE], 0);
}

void
leyden_rollout_model_reset (LeydenRolloutModel *self,
                            guint               n,
                            LeydenValue        *rows)
{
  guint before;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self));

  before = self->n;
  let_items_go (self);
  g_hash_table_remove_all (self->pages);
  forget_requests (self);
  self->n = MIN (n, MAX_ITEMS);
  for (guint i = 0; i < leyden_value_get_size (rows) && i < MIN (self->n, PAGE); i++)
    put_row (self, i, leyden_value_get_item (rows, i));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, self->n);
}

/* --- the same list, changed --- */

typedef struct
{
  guint position;
  guint removed;
  guint added;
} Change;

static gboolean
read_changes (LeydenValue *changes,
              guint        n,
              GArray      *out)
{
  gint64 before = 0, total = n;

  if (leyden_value_get_kind (changes) != LEYDEN_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (changes); i++)
    {
      LeydenValue *value = leyden_value_get_item (changes, i);
      gint64 position, removed, added;

      if (!leyden_value_get_int (leyden_value_get_item (value, 0), &position) || !leyden_value_get_int (leyden_value_get_item (value, 1), &removed)
          || !leyden_value_get_int (leyden_value_get_item (value, 2), &added))
        return FALSE;
      if (position < before || removed < 0 || added < 0 || position > total || removed > total - position || added > MAX_ITEMS - (total - removed))
        return FALSE;
      before = position + added;
      total += added - removed;
      g_array_append_val (out, ((Change) { (guint) position, (guint) removed, (guint) added }));
    }
  return TRUE;
}

/* FALSE: it was removed. */
static gboolean
move_index (const Change *change,
            guint        *index)
{
  if (*index < change->position)
    return TRUE;
  if (*index - change->position < change->removed)
    return FALSE;
  *index = *index - change->removed + change->added;
  return TRUE;
}

static void
move_items (LeydenRolloutModel *self,
            const Change       *change)
{
  g_autoptr(GPtrArray) kept = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenRolloutEntry *item = value;

      if (move_index (change, &item->index))
        g_ptr_array_add (kept, item);
      else
        item->owner = NULL;
    }
  g_hash_table_remove_all (self->items);
  for (guint i = 0; i < kept->len; i++)
    g_hash_table_insert (self->items, GUINT_TO_POINTER (LEYDEN_ROLLOUT_ENTRY (kept->pdata[i])->index), kept->pdata[i]);
}

/* Rows of the pages keep their places in the list, and with them come into others. Nothing but rows that somebody holds is worth it. */
static void
keep_held_rows (LeydenRolloutModel *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_remove_all (self->pages);
  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenRolloutEntry *item = value;
      Page *page = make_page (self, item->index / PAGE);

      page->stale = TRUE;
      if (item->row != NULL)
        page->rows[item->index % PAGE] = leyden_value_ref (item->row);
      wish (self, item->index / PAGE);
    }
}

gboolean
leyden_rollout_model_change (LeydenRolloutModel *self,
                             LeydenValue        *changes)
{
  g_autoptr(GArray) list = g_array_new (FALSE, FALSE, sizeof (Change));

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self), FALSE);

  if (!read_changes (changes, self->n, list))
    return FALSE;
  forget_requests (self);
  g_hash_table_remove_all (self->pages);
  for (guint i = 0; i < list->len; i++)
    {
      const Change *change = &g_array_index (list, Change, i);

      move_items (self, change);
      self->n = self->n - change->removed + change->added;
      g_list_model_items_changed (G_LIST_MODEL (self), change->position, change->removed, change->added);
    }
  keep_held_rows (self);
  return TRUE;
}

/* --- life --- */

static void
leyden_rollout_model_finalize (GObject *object)
{
  LeydenRolloutModel *self = LEYDEN_ROLLOUT_MODEL (object);

  leyden_rollout_model_close (self);
  let_items_go (self);
  g_hash_table_unref (self->items);
  g_hash_table_unref (self->pages);
  g_free (self->error);
  G_OBJECT_CLASS (leyden_rollout_model_parent_class)->finalize (object);
}

static void
leyden_rollout_model_class_init (LeydenRolloutModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_rollout_model_finalize;
  signals[SIGNAL_STATE] = g_signal_new ("state", LEYDEN_TYPE_ROLLOUT_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_rollout_model_init (LeydenRolloutModel *self)
{
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, page_free);
  self->items = g_hash_table_new (NULL, NULL);
}

LeydenRolloutModel *
leyden_rollout_model_new (LeydenRolloutAsk ask,
                          gpointer         data)
{
  LeydenRolloutModel *self = g_object_new (LEYDEN_TYPE_ROLLOUT_MODEL, NULL);

  self->ask = ask;
  self->data = data;
  return self;
}

void
leyden_rollout_model_close (LeydenRolloutModel *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self));

  self->ask = NULL;
  self->request = 0;
  g_clear_handle_id (&self->idle, g_source_remove);
}

const char *
leyden_rollout_model_get_error (LeydenRolloutModel *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self), NULL);
  return self->error;
}

void
leyden_rollout_model_retry (LeydenRolloutModel *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self));

  g_clear_pointer (&self->error, g_free);
  wish_for_forgotten (self);
  kick (self);
  g_signal_emit (self, signals[SIGNAL_STATE], 0);
}

guint
leyden_rollout_model_get_n_kept (LeydenRolloutModel *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_MODEL (self), 0);
  return g_hash_table_size (self->pages) * PAGE;
}
