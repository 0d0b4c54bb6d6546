/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-history-list.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

#define MAX_LABEL 120

/* --- an entry --- */

struct _LeydenHistoryEntry
{
  GObject parent_instance;

  guint   position;
};

G_DEFINE_FINAL_TYPE (LeydenHistoryEntry, leyden_history_entry, G_TYPE_OBJECT)

static void
leyden_history_entry_class_init (LeydenHistoryEntryClass *klass)
{
}

static void
leyden_history_entry_init (LeydenHistoryEntry *self)
{
}

guint
leyden_history_entry_get_position (LeydenHistoryEntry *self)
{
  g_return_val_if_fail (LEYDEN_IS_HISTORY_ENTRY (self), 0);
  return self->position;
}

/* --- the list --- */

struct _LeydenHistoryList
{
  GObject         parent_instance;

  LeydenDocument *document;
  guint           n_items;      /* as it was said last */
  guint           position;
};

enum
{
  MOVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_HISTORY_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return LEYDEN_HISTORY_LIST (model)->n_items;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  LeydenHistoryEntry *entry;

  if (position >= LEYDEN_HISTORY_LIST (model)->n_items)
    return NULL;
  entry = g_object_new (LEYDEN_TYPE_HISTORY_ENTRY, NULL);
  entry->position = position;
  return entry;
}

static void
model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenHistoryList, leyden_history_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, model_init))

/* An undo or redo moves in the list; an edit takes the place of what was undone. Where the oldest steps were dropped all is new. */
static void
changed_cb (LeydenHistoryList *self)
{
  guint n_before = self->n_items;
  guint n = leyden_document_get_n_steps (self->document) + 1;
  guint position = leyden_document_get_position (self->document);

  self->n_items = n;
  if (position + 1 == n && self->position + 1 <= n_before && position == self->position + 1)
    g_list_model_items_changed (G_LIST_MODEL (self), self->position + 1, n_before - self->position - 1, 1);
  else if (n != n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, n);
  self->position = position;
  g_signal_emit (self, signals[MOVED], 0);
}

static void
leyden_history_list_dispose (GObject *object)
{
  g_clear_object (&LEYDEN_HISTORY_LIST (object)->document);
  G_OBJECT_CLASS (leyden_history_list_parent_class)->dispose (object);
}

static void
leyden_history_list_class_init (LeydenHistoryListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_history_list_dispose;
  signals[MOVED] = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_history_list_init (LeydenHistoryList *self)
{
}

LeydenHistoryList *
leyden_history_list_new (LeydenDocument *document)
{
  LeydenHistoryList *self;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);

  document = leyden_document_get_root (document);
  self = g_object_new (LEYDEN_TYPE_HISTORY_LIST, NULL);
  self->document = g_object_ref (document);
  self->n_items = leyden_document_get_n_steps (document) + 1;
  self->position = leyden_document_get_position (document);
  g_signal_connect_object (leyden_document_get_flow (document), "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  /* What is saved moves, too. */
  g_signal_connect_object (document, "notify::modified", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  return self;
}

LeydenDocument *
leyden_history_list_get_document (LeydenHistoryList *self)
{
  g_return_val_if_fail (LEYDEN_IS_HISTORY_LIST (self), NULL);
  return self->document;
}

char *
leyden_history_list_dup_label (LeydenHistoryList *self,
                               guint              position)
{
  const char *label;

  g_return_val_if_fail (LEYDEN_IS_HISTORY_LIST (self), NULL);

  if (position == 0 || position > leyden_document_get_n_steps (self->document))
    return g_strdup (_("Beginning of the History"));
  label = leyden_document_get_step_label (self->document, position - 1);
  return *label != '\0' ? leyden_text_display (label, -1, MAX_LABEL, FALSE) : g_strdup (_("Change"));
}

char *
leyden_history_list_dup_time (LeydenHistoryList *self,
                              guint              position)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autoptr(GDateTime) time = NULL;

  g_return_val_if_fail (LEYDEN_IS_HISTORY_LIST (self), NULL);

  if (position == 0 || position > leyden_document_get_n_steps (self->document))
    return NULL;
  time = g_date_time_new_from_unix_local (leyden_document_get_step_time (self->document, position - 1) / 1000000000);
  if (time == NULL)
    return NULL;
  if (g_date_time_get_year (time) == g_date_time_get_year (now) && g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (now))
    return g_date_time_format (time, "%X");
  return g_date_time_format (time, "%x %X");
}
