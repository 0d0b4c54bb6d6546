/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-span-rows.h"

#include <string.h>

struct _LeydenSpanItem
{
  GObject             parent_instance;

  LeydenSpanRows *owner;            /* NULL: it is gone */
  LeydenSpanTree     *tree;
  guint               row;
};

struct _LeydenSpanRows
{
  GObject         parent_instance;

  LeydenSpanTree *tree;             /* nullable */
  GArray         *visible;              /* guint: rows, ascending */
  guint8         *folded;               /* by row */
  GHashTable     *items;                /* row → LeydenSpanItem that somebody holds, borrowed */
};

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (LeydenSpanItem, leyden_span_item, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenSpanRows, leyden_span_rows, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- one row --- */

static void
leyden_span_item_finalize (GObject *object)
{
  LeydenSpanItem *self = LEYDEN_SPAN_ITEM (object);

  if (self->owner != NULL && g_hash_table_lookup (self->owner->items, GUINT_TO_POINTER (self->row)) == self)
    g_hash_table_remove (self->owner->items, GUINT_TO_POINTER (self->row));
  leyden_span_tree_unref (self->tree);
  G_OBJECT_CLASS (leyden_span_item_parent_class)->finalize (object);
}

static void
leyden_span_item_class_init (LeydenSpanItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_span_item_finalize;
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", LEYDEN_TYPE_SPAN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_span_item_init (LeydenSpanItem *self)
{
}

const LeydenSpanRow *
leyden_span_item_get_row (LeydenSpanItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_SPAN_ITEM (self), NULL);
  return leyden_span_tree_get_row (self->tree, self->row);
}

gboolean
leyden_span_item_is_folded (LeydenSpanItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_SPAN_ITEM (self), FALSE);
  return self->owner != NULL && self->owner->folded[self->row];
}

/* --- the list --- */

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_SPAN_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return LEYDEN_SPAN_ROWS (model)->visible->len;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  LeydenSpanRows *self = LEYDEN_SPAN_ROWS (model);
  LeydenSpanItem *item;
  guint row;

  if (position >= self->visible->len)
    return NULL;
  row = g_array_index (self->visible, guint, position);
  item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (row));
  if (item != NULL)
    return g_object_ref (item);
  item = g_object_new (LEYDEN_TYPE_SPAN_ITEM, NULL);
  item->owner = self;
  item->tree = leyden_span_tree_ref (self->tree);
  item->row = row;
  g_hash_table_insert (self->items, GUINT_TO_POINTER (row), item);
  return item;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static GArray *
list_visible (LeydenSpanRows *self)
{
  guint n = self->tree != NULL ? leyden_span_tree_get_n_rows (self->tree) : 0;
  GArray *visible = g_array_sized_new (FALSE, FALSE, sizeof (guint), n);

  for (guint row = 0; row < n; row++)
    {
      g_array_append_val (visible, row);
      if (self->folded[row])
        row += leyden_span_tree_get_row (self->tree, row)->n_below;
    }
  return visible;
}

/* Takes @visible. What is the same at both ends of the list stays; @before: the tree that the list is of now. */
static void
replace_visible (LeydenSpanRows *self,
                 LeydenSpanTree     *before,
                 GArray             *visible)
{
  g_autoptr(GArray) old = self->visible;
  guint n = MIN (old->len, visible->len), start = 0, end = 0;

#define IS_SAME(i, j)                                                                                             \
  leyden_span_row_equal (leyden_span_tree_get_row (before, g_array_index (old, guint, i)),                     \
                             leyden_span_tree_get_row (self->tree, g_array_index (visible, guint, j)))
  while (start < n && IS_SAME (start, start))
    start++;
  while (end < n - start && IS_SAME (old->len - 1 - end, visible->len - 1 - end))
    end++;
#undef IS_SAME
  self->visible = visible;
  if (old->len - start - end > 0 || visible->len - start - end > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), start, old->len - start - end, visible->len - start - end);
}

/* --- another tree --- */

static guint8 *
carry_folded (LeydenSpanRows *self,
              LeydenSpanTree     *tree)
{
  guint n_old = self->tree != NULL ? leyden_span_tree_get_n_rows (self->tree) : 0;
  guint8 *folded = g_new0 (guint8, tree != NULL ? leyden_span_tree_get_n_rows (tree) + 1 : 1);

  for (guint row = 0; tree != NULL && row < n_old; row++)
    if (self->folded[row])
      {
        guint now = leyden_span_tree_find (tree, leyden_span_tree_get_row (self->tree, row));

        if (now != LEYDEN_NO_ROW && leyden_span_tree_get_row (tree, now)->n_below > 0)
          folded[now] = TRUE;
      }
  return folded;
}

/* Items keep what they stand for; those of what is gone keep what they had. (transfer full): what changed. */
static GPtrArray *
carry_items (LeydenSpanRows *self,
             LeydenSpanTree     *tree)
{
  GPtrArray *changed = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTable *items = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenSpanItem *item = value;
      guint row = tree != NULL ? leyden_span_tree_find (tree, leyden_span_item_get_row (item)) : LEYDEN_NO_ROW;

      if (row == LEYDEN_NO_ROW)
        {
          item->owner = NULL;
          continue;
        }
      leyden_span_tree_unref (item->tree);
      item->tree = leyden_span_tree_ref (tree);
      item->row = row;
      g_hash_table_insert (items, GUINT_TO_POINTER (row), item);
      g_ptr_array_add (changed, g_object_ref (item));
    }
  g_hash_table_unref (self->items);
  self->items = items;
  return changed;
}

void
leyden_span_rows_set_tree (LeydenSpanRows *self,
                                   LeydenSpanTree     *tree)
{
  g_autoptr(LeydenSpanTree) before = NULL;
  g_autoptr(GPtrArray) changed = NULL;
  guint8 *folded;

  g_return_if_fail (LEYDEN_IS_SPAN_ROWS (self));

  if (tree == self->tree)
    return;
  folded = carry_folded (self, tree);
  changed = carry_items (self, tree);
  g_free (self->folded);
  self->folded = folded;
  before = self->tree;
  self->tree = tree != NULL ? leyden_span_tree_ref (tree) : NULL;
  replace_visible (self, before, list_visible (self));
  for (guint i = 0; i < changed->len; i++)
    g_signal_emit (g_ptr_array_index (changed, i), signals[SIGNAL_CHANGED], 0);
}

LeydenSpanTree *
leyden_span_rows_get_tree (LeydenSpanRows *self)
{
  g_return_val_if_fail (LEYDEN_IS_SPAN_ROWS (self), NULL);
  return self->tree;
}

/* --- folding --- */

void
leyden_span_rows_set_folded (LeydenSpanRows *self,
                                 LeydenSpanItem *item,
                                 gboolean            folded)
{
  g_return_if_fail (LEYDEN_IS_SPAN_ROWS (self) && LEYDEN_IS_SPAN_ITEM (item));

  if (item->owner != self || !!self->folded[item->row] == !!folded || leyden_span_item_get_row (item)->n_below == 0)
    return;
  self->folded[item->row] = !!folded;
  replace_visible (self, self->tree, list_visible (self));
  g_signal_emit (item, signals[SIGNAL_CHANGED], 0);
}

static void
emit_changed (LeydenSpanRows *self)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_ptr_array_add (items, g_object_ref (item));
  for (guint i = 0; i < items->len; i++)
    g_signal_emit (g_ptr_array_index (items, i), signals[SIGNAL_CHANGED], 0);
}

void
leyden_span_rows_fold_all (LeydenSpanRows *self,
                               gboolean            folded)
{
  g_return_if_fail (LEYDEN_IS_SPAN_ROWS (self));

  if (self->tree == NULL)
    return;
  for (guint row = 0; row < leyden_span_tree_get_n_rows (self->tree); row++)
    self->folded[row] = folded && leyden_span_tree_get_row (self->tree, row)->n_below > 0;
  replace_visible (self, self->tree, list_visible (self));
  emit_changed (self);
}

/* The last that is not behind @row: it itself, or the folded one around it. */
guint
leyden_span_rows_find (LeydenSpanRows *self,
                           guint               row)
{
  guint low = 0, high;

  g_return_val_if_fail (LEYDEN_IS_SPAN_ROWS (self), G_MAXUINT);

  high = self->visible->len;
  if (self->tree == NULL || row >= leyden_span_tree_get_n_rows (self->tree))
    return G_MAXUINT;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->visible, guint, middle) <= row)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 ? low - 1 : G_MAXUINT;
}

/* --- life --- */

static void
leyden_span_rows_finalize (GObject *object)
{
  LeydenSpanRows *self = LEYDEN_SPAN_ROWS (object);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    LEYDEN_SPAN_ITEM (item)->owner = NULL;
  g_hash_table_unref (self->items);
  g_array_unref (self->visible);
  g_free (self->folded);
  g_clear_pointer (&self->tree, leyden_span_tree_unref);
  G_OBJECT_CLASS (leyden_span_rows_parent_class)->finalize (object);
}

static void
leyden_span_rows_class_init (LeydenSpanRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_span_rows_finalize;
}

static void
leyden_span_rows_init (LeydenSpanRows *self)
{
  self->visible = g_array_new (FALSE, FALSE, sizeof (guint));
  self->folded = g_new0 (guint8, 1);
  self->items = g_hash_table_new (NULL, NULL);
}

LeydenSpanRows *
leyden_span_rows_new (void)
{
  return g_object_new (LEYDEN_TYPE_SPAN_ROWS, NULL);
}
