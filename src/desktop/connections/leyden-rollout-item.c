/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-item.h"

struct _LeydenRolloutItem
{
  GObject      parent_instance;

  LeydenValue *row;
};

G_DEFINE_FINAL_TYPE (LeydenRolloutItem, leyden_rollout_item, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ROW,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
leyden_rollout_item_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  if (prop_id == PROP_ROW)
    g_value_set_boxed (value, LEYDEN_ROLLOUT_ITEM (object)->row);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_rollout_item_finalize (GObject *object)
{
  g_clear_pointer (&LEYDEN_ROLLOUT_ITEM (object)->row, leyden_value_unref);
  G_OBJECT_CLASS (leyden_rollout_item_parent_class)->finalize (object);
}

static void
leyden_rollout_item_class_init (LeydenRolloutItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_rollout_item_get_property;
  object_class->finalize = leyden_rollout_item_finalize;
  properties[PROP_ROW] = g_param_spec_boxed ("row", NULL, NULL, LEYDEN_TYPE_VALUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
leyden_rollout_item_init (LeydenRolloutItem *self)
{
}

LeydenRolloutItem *
leyden_rollout_item_new (LeydenValue *row)
{
  LeydenRolloutItem *self = g_object_new (LEYDEN_TYPE_ROLLOUT_ITEM, NULL);

  self->row = leyden_value_ref (row);
  return self;
}

LeydenValue *
leyden_rollout_item_get_row (LeydenRolloutItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ITEM (self), NULL);
  return self->row;
}

void
leyden_rollout_item_set_row (LeydenRolloutItem *self,
                             LeydenValue       *row)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_ITEM (self));
  g_return_if_fail (row != NULL);

  leyden_value_ref (row);
  leyden_value_unref (self->row);
  self->row = row;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ROW]);
}

const char *
leyden_rollout_item_get_id (LeydenRolloutItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ITEM (self), NULL);
  return leyden_value_get_member_string (self->row, "rollout", "");
}

gint64
leyden_rollout_item_get_index (LeydenRolloutItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ITEM (self), -1);
  return leyden_value_get_member_int (self->row, "index", -1);
}

const char *
leyden_rollout_item_get_state (LeydenRolloutItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_ITEM (self), NULL);
  return leyden_value_get_member_string (self->row, "state", "");
}
