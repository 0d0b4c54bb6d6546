/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-find-model.h"

struct _LeydenFindItem
{
  GObject          parent_instance;

  LeydenFindModel *model;       /* keeps the match */
  guint            index;
};

G_DEFINE_FINAL_TYPE (LeydenFindItem, leyden_find_item, G_TYPE_OBJECT)

struct _LeydenFindModel
{
  GObject            parent_instance;

  LeydenFindResults *results;
};

static void leyden_find_model_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenFindModel, leyden_find_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, leyden_find_model_list_init))

/* --- item --- */

static void
leyden_find_item_finalize (GObject *object)
{
  g_clear_object (&LEYDEN_FIND_ITEM (object)->model);
  G_OBJECT_CLASS (leyden_find_item_parent_class)->finalize (object);
}

static void
leyden_find_item_class_init (LeydenFindItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_find_item_finalize;
}

static void
leyden_find_item_init (LeydenFindItem *self)
{
}

const LeydenFindMatch *
leyden_find_item_get_match (LeydenFindItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_FIND_ITEM (self), NULL);
  return &g_array_index (self->model->results->matches, LeydenFindMatch, self->index);
}

/* --- model --- */

static GType
get_item_type (GListModel *list)
{
  return LEYDEN_TYPE_FIND_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return LEYDEN_FIND_MODEL (list)->results->matches->len;
}

static gpointer
get_item (GListModel *list,
          guint       position)
{
  LeydenFindItem *item;

  if (position >= get_n_items (list))
    return NULL;
  item = g_object_new (LEYDEN_TYPE_FIND_ITEM, NULL);
  item->model = LEYDEN_FIND_MODEL (g_object_ref (list));
  item->index = position;
  return item;
}

static void
leyden_find_model_list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
leyden_find_model_finalize (GObject *object)
{
  g_clear_pointer (&LEYDEN_FIND_MODEL (object)->results, leyden_find_results_free);
  G_OBJECT_CLASS (leyden_find_model_parent_class)->finalize (object);
}

static void
leyden_find_model_class_init (LeydenFindModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_find_model_finalize;
}

static void
leyden_find_model_init (LeydenFindModel *self)
{
}

LeydenFindModel *
leyden_find_model_new (LeydenFindResults *results)
{
  LeydenFindModel *self;

  g_return_val_if_fail (results != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_FIND_MODEL, NULL);
  self->results = results;
  return self;
}

const LeydenFindResults *
leyden_find_model_get_results (LeydenFindModel *self)
{
  g_return_val_if_fail (LEYDEN_IS_FIND_MODEL (self), NULL);
  return self->results;
}
