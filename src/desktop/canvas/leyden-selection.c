/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-selection.h"

#define N_KINDS (LEYDEN_ELEMENT_NOTE + 1)

struct _LeydenSelection
{
  GObject     parent_instance;

  GHashTable *ids[N_KINDS];     /* set of char* */
  guint       n_frozen;
  gboolean    pending;
};

G_DEFINE_FINAL_TYPE (LeydenSelection, leyden_selection, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
changed (LeydenSelection *self)
{
  if (self->n_frozen > 0)
    self->pending = TRUE;
  else
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
leyden_selection_finalize (GObject *object)
{
  LeydenSelection *self = LEYDEN_SELECTION (object);

  for (guint kind = 0; kind < N_KINDS; kind++)
    g_hash_table_unref (self->ids[kind]);
  G_OBJECT_CLASS (leyden_selection_parent_class)->finalize (object);
}

static void
leyden_selection_class_init (LeydenSelectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_selection_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_selection_init (LeydenSelection *self)
{
  for (guint kind = 0; kind < N_KINDS; kind++)
    self->ids[kind] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LeydenSelection *
leyden_selection_new (void)
{
  return g_object_new (LEYDEN_TYPE_SELECTION, NULL);
}

gboolean
leyden_selection_contains (LeydenSelection   *self,
                           LeydenElementKind  kind,
                           const char        *id)
{
  g_return_val_if_fail (LEYDEN_IS_SELECTION (self), FALSE);
  g_return_val_if_fail (kind < N_KINDS && id != NULL, FALSE);
  return g_hash_table_contains (self->ids[kind], id);
}

guint
leyden_selection_get_size (LeydenSelection *self)
{
  guint size = 0;

  g_return_val_if_fail (LEYDEN_IS_SELECTION (self), 0);
  for (guint kind = 0; kind < N_KINDS; kind++)
    size += g_hash_table_size (self->ids[kind]);
  return size;
}

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

char **
leyden_selection_list (LeydenSelection   *self,
                       LeydenElementKind  kind)
{
  GPtrArray *list;
  GHashTableIter iter;
  gpointer id;

  g_return_val_if_fail (LEYDEN_IS_SELECTION (self) && kind < N_KINDS, NULL);

  list = g_ptr_array_sized_new (g_hash_table_size (self->ids[kind]) + 1);
  g_hash_table_iter_init (&iter, self->ids[kind]);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (list, g_strdup (id));
  g_ptr_array_sort (list, compare_ids);
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

gboolean
leyden_selection_get_single (LeydenSelection    *self,
                             LeydenElementKind  *kind,
                             const char        **id)
{
  g_return_val_if_fail (LEYDEN_IS_SELECTION (self), FALSE);

  if (leyden_selection_get_size (self) != 1)
    return FALSE;
  for (guint i = 0; i < N_KINDS; i++)
    {
      GHashTableIter iter;
      gpointer key;

      g_hash_table_iter_init (&iter, self->ids[i]);
      if (g_hash_table_iter_next (&iter, &key, NULL))
        {
          if (kind != NULL)
            *kind = (LeydenElementKind) i;
          if (id != NULL)
            *id = key;
          return TRUE;
        }
    }
  return FALSE;
}

void
leyden_selection_clear (LeydenSelection *self)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));

  if (leyden_selection_get_size (self) == 0)
    return;
  for (guint kind = 0; kind < N_KINDS; kind++)
    g_hash_table_remove_all (self->ids[kind]);
  changed (self);
}

void
leyden_selection_set (LeydenSelection   *self,
                      LeydenElementKind  kind,
                      const char        *id)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));
  g_return_if_fail (kind < N_KINDS && id != NULL);

  if (leyden_selection_get_size (self) == 1 && g_hash_table_contains (self->ids[kind], id))
    return;
  leyden_selection_freeze (self);
  leyden_selection_clear (self);
  leyden_selection_add (self, kind, id);
  leyden_selection_thaw (self);
}

void
leyden_selection_add (LeydenSelection   *self,
                      LeydenElementKind  kind,
                      const char        *id)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));
  g_return_if_fail (kind < N_KINDS && id != NULL);

  if (g_hash_table_add (self->ids[kind], g_strdup (id)))
    changed (self);
}

void
leyden_selection_remove (LeydenSelection   *self,
                         LeydenElementKind  kind,
                         const char        *id)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));
  g_return_if_fail (kind < N_KINDS && id != NULL);

  if (g_hash_table_remove (self->ids[kind], id))
    changed (self);
}

void
leyden_selection_toggle (LeydenSelection   *self,
                         LeydenElementKind  kind,
                         const char        *id)
{
  if (leyden_selection_contains (self, kind, id))
    leyden_selection_remove (self, kind, id);
  else
    leyden_selection_add (self, kind, id);
}

void
leyden_selection_freeze (LeydenSelection *self)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));
  self->n_frozen++;
}

void
leyden_selection_thaw (LeydenSelection *self)
{
  g_return_if_fail (LEYDEN_IS_SELECTION (self));
  g_return_if_fail (self->n_frozen > 0);

  if (--self->n_frozen == 0 && self->pending)
    {
      self->pending = FALSE;
      changed (self);
    }
}
static gboolean
flow_has (LeydenFlow        *flow,
          LeydenElementKind  kind,
          const char        *id)
{
  switch (kind)
    {
    case LEYDEN_ELEMENT_NODE:
      return leyden_flow_get_node (flow, id) != NULL;
    case LEYDEN_ELEMENT_EDGE:
      return leyden_flow_get_edge (flow, id) != NULL;
    case LEYDEN_ELEMENT_FRAME:
      return leyden_flow_get_frame (flow, id) != NULL;
    case LEYDEN_ELEMENT_NOTE:
      return leyden_flow_get_note (flow, id) != NULL;
    case LEYDEN_ELEMENT_FLOW:
    default:
      return TRUE;
    }
}

void
leyden_selection_prune (LeydenSelection *self,
                        LeydenFlow      *flow)
{
  gboolean dropped = FALSE;

  g_return_if_fail (LEYDEN_IS_SELECTION (self));

  for (guint kind = 0; kind < N_KINDS; kind++)
    {
      GHashTableIter iter;
      gpointer id;

      g_hash_table_iter_init (&iter, self->ids[kind]);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        if (!flow_has (flow, (LeydenElementKind) kind, id))
          {
            g_hash_table_iter_remove (&iter);
            dropped = TRUE;
          }
    }
  if (dropped)
    changed (self);
}
