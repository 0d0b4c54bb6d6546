/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-item.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-call.h"
#include "leyden-path-title.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

struct _LeydenCallItem
{
  GObject      parent_instance;

  char        *path;
  char        *key;             /* path, kind and number of the call: the same for all tries */
  GPtrArray   *tries;           /* LeydenValue */
};

G_DEFINE_FINAL_TYPE (LeydenCallItem, leyden_call_item, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
leyden_call_item_finalize (GObject *object)
{
  LeydenCallItem *self = LEYDEN_CALL_ITEM (object);

  g_free (self->path);
  g_free (self->key);
  g_ptr_array_unref (self->tries);
  G_OBJECT_CLASS (leyden_call_item_parent_class)->finalize (object);
}

static void
leyden_call_item_class_init (LeydenCallItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_call_item_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_CALL_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_call_item_init (LeydenCallItem *self)
{
  self->tries = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
}

static char *
make_key (const char  *path,
          LeydenValue *call)
{
  return g_strdup_printf ("%s\x1f%d\x1f%" G_GINT64_FORMAT, path, leyden_call_is_model (call), leyden_value_get_member_int (call, "ordinal", 0));
}

LeydenCallItem *
leyden_call_item_new (const char  *path,
                      LeydenValue *call)
{
  LeydenCallItem *self = g_object_new (LEYDEN_TYPE_CALL_ITEM, NULL);

  self->path = g_strdup (path);
  self->key = make_key (path, call);
  g_ptr_array_add (self->tries, leyden_value_ref (call));
  return self;
}

const char *
leyden_call_item_get_path (LeydenCallItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_ITEM (self), NULL);
  return self->path;
}

LeydenValue *
leyden_call_item_get_call (LeydenCallItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_ITEM (self), NULL);
  return g_ptr_array_index (self->tries, self->tries->len - 1);
}

GPtrArray *
leyden_call_item_get_tries (LeydenCallItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_ITEM (self), NULL);
  return self->tries;
}

/* --- words --- */

char *
leyden_call_item_dup_title (LeydenCallItem *self,
                            LeydenFlow     *flow)
{
  const char *scope, *hash;
  g_autofree char *node = NULL;
  g_autofree char *title = NULL;
  g_autofree char *part = NULL;

  g_return_val_if_fail (LEYDEN_IS_CALL_ITEM (self), NULL);

  scope = self->path + leyden_path_scope_length (self->path);
  hash = strchr (scope, '#');
  part = leyden_path_title (flow, self->path);
  if (hash == NULL)
    return g_steal_pointer (&part);
  node = g_strndup (self->path, (gsize) (hash - self->path));
  title = leyden_path_title (flow, node);
  if (strchr (hash, '/') != NULL)
    {
      g_autofree char *turn_path = g_strndup (self->path, (gsize) (strchr (hash, '/') - self->path));
      g_autofree char *turn = leyden_path_title (flow, turn_path);

      return g_strdup_printf ("%s · %s · %s", title, turn, part);
    }
  return g_strdup_printf ("%s · %s", title, part);
}

static void
add (GString    *text,
     const char *part)
{
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}

char *
leyden_call_item_dup_subtitle (LeydenCallItem *self)
{
  g_autoptr(GString) text = g_string_new (NULL);
  LeydenValue *call;
  gint64 in, out;
  double latency;

  g_return_val_if_fail (LEYDEN_IS_CALL_ITEM (self), NULL);

  call = leyden_call_item_get_call (self);
  latency = leyden_call_get_latency_ms (call);
  in = leyden_call_get_tokens (call, "prompt_tokens");
  out = leyden_call_get_tokens (call, "completion_tokens");
  if (g_str_equal (leyden_call_get_state (call), "running"))
    add (text, leyden_state_title ("running"));
  else if (!isnan (latency))
    {
      g_autofree char *duration = leyden_format_duration (latency);

      add (text, duration);
    }
  if (in >= 0 || out >= 0)
    {
      gint64 n = MIN (MAX (in, 0), G_MAXINT32) + MIN (MAX (out, 0), G_MAXINT32);
      g_autofree char *tokens = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " token", "%" PRId64 " tokens", (gulong) n), n);

      add (text, tokens);
    }
  if (self->tries->len > 1)
    {
      g_autofree char *tries = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u try", "%u tries", self->tries->len), self->tries->len);

      add (text, tries);
    }
  if (leyden_value_get_member_boolean (call, "cached", FALSE))
    add (text, _("from the cache"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- the list of a state --- */

static gint64
get_started (LeydenCallItem *self)
{
  return leyden_value_get_member_int (g_ptr_array_index (self->tries, 0), "started", 0);
}

static int
compare_items (gconstpointer a,
               gconstpointer b)
{
  LeydenCallItem *x = *(LeydenCallItem * const *) a, *y = *(LeydenCallItem * const *) b;
  gint64 left = get_started (x), right = get_started (y);

  if (left != right)
    return left < right ? -1 : 1;
  return strcmp (x->key, y->key);
}

static int
compare_tries (gconstpointer a,
               gconstpointer b)
{
  gint64 left = leyden_value_get_member_int (*(LeydenValue * const *) a, "try", 1);
  gint64 right = leyden_value_get_member_int (*(LeydenValue * const *) b, "try", 1);

  return left < right ? -1 : left > right;
}

static void
collect_node (GHashTable  *found,
              const char  *path,
              LeydenValue *calls)
{
  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      g_autofree char *key = make_key (path, call);
      LeydenCallItem *item = g_hash_table_lookup (found, key);

      if (leyden_value_get_kind (call) != LEYDEN_VALUE_OBJECT)
        continue;
      if (item != NULL)
        {
          g_ptr_array_add (item->tries, leyden_value_ref (call));
          g_ptr_array_sort (item->tries, compare_tries);
          continue;
        }
      item = leyden_call_item_new (path, call);
      g_hash_table_insert (found, item->key, item);
    }
}

static GPtrArray *
collect (LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  g_autoptr(GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer item;

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    collect_node (found, leyden_value_get_key (nodes, i), leyden_value_get_member (leyden_value_get_item (nodes, i), "calls"));
  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_ptr_array_add (items, item);
  g_ptr_array_sort (items, compare_items);
  return items;
}

static gboolean
same_tries (GPtrArray *a,
            GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!leyden_value_equal (g_ptr_array_index (a, i), g_ptr_array_index (b, i)))
      return FALSE;
  return TRUE;
}

/* @self becomes what @other is. */
static void
take_over (LeydenCallItem *self,
           LeydenCallItem *other)
{
  if (same_tries (self->tries, other->tries))
    return;
  g_ptr_array_unref (self->tries);
  self->tries = g_ptr_array_ref (other->tries);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
leyden_call_items_update (GListStore  *store,
                          LeydenValue *state)
{
  g_autoptr(GPtrArray) items = collect (state);
  guint n_before = g_list_model_get_n_items (G_LIST_MODEL (store)), same = 0;

  /* A rollout that goes on only gets more of them. */
  for (; same < n_before && same < items->len; same++)
    {
      g_autoptr(LeydenCallItem) before = g_list_model_get_item (G_LIST_MODEL (store), same);

      if (!g_str_equal (before->key, ((LeydenCallItem *) g_ptr_array_index (items, same))->key))
        break;
      take_over (before, g_ptr_array_index (items, same));
    }
  if (same < n_before || same < items->len)
    g_list_store_splice (store, same, n_before - same, items->pdata != NULL ? items->pdata + same : NULL, items->len - same);
}

int
leyden_call_items_find (GListModel *items,
                        const char *path)
{
  gsize length = strlen (path);

  for (guint i = g_list_model_get_n_items (items); i > 0; i--)
    {
      g_autoptr(LeydenCallItem) item = g_list_model_get_item (items, i - 1);

      if (g_str_has_prefix (item->path, path) && (item->path[length] == '\0' || strchr ("#/[", item->path[length]) != NULL))
        return (int) i - 1;
    }
  return -1;
}
