/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-breakpoints.h"

#include <gtk/gtk.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"

#define KEY "leyden-breakpoints"
#define MAX_KEPT 1000           /* of either; what else a file has is not read */

/* --- one --- */

struct _LeydenBreakpoint
{
  GObject      parent_instance;

  LeydenValue *value;
  guint        hits;
};

G_DEFINE_FINAL_TYPE (LeydenBreakpoint, leyden_breakpoint, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_VALUE,
  PROP_HITS,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
leyden_breakpoint_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  LeydenBreakpoint *self = LEYDEN_BREAKPOINT (object);

  switch (prop_id)
    {
    case PROP_VALUE:
      g_value_set_boxed (value, self->value);
      break;
    case PROP_HITS:
      g_value_set_uint (value, self->hits);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_breakpoint_finalize (GObject *object)
{
  leyden_value_unref (LEYDEN_BREAKPOINT (object)->value);
  G_OBJECT_CLASS (leyden_breakpoint_parent_class)->finalize (object);
}

static void
leyden_breakpoint_class_init (LeydenBreakpointClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_breakpoint_get_property;
  object_class->finalize = leyden_breakpoint_finalize;
  properties[PROP_VALUE] = g_param_spec_boxed ("value", NULL, NULL, LEYDEN_TYPE_VALUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_HITS] = g_param_spec_uint ("hits", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
leyden_breakpoint_init (LeydenBreakpoint *self)
{
}

LeydenValue *
leyden_breakpoint_get_value (LeydenBreakpoint *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINT (self), NULL);
  return self->value;
}

const char *
leyden_breakpoint_get_id (LeydenBreakpoint *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINT (self), NULL);
  return leyden_value_get_member_string (self->value, "id", "");
}

gboolean
leyden_breakpoint_is_enabled (LeydenBreakpoint *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINT (self), FALSE);
  return leyden_value_get_member_boolean (self->value, "enabled", TRUE);
}

guint
leyden_breakpoint_get_hits (LeydenBreakpoint *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINT (self), 0);
  return self->hits;
}

static gboolean
take_value (LeydenBreakpoint *self,
            LeydenValue      *value)
{
  if (self->value != NULL && leyden_value_equal (self->value, value))
    return FALSE;
  leyden_value_ref (value);
  g_clear_pointer (&self->value, leyden_value_unref);
  self->value = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
  return TRUE;
}

/* --- all of a document --- */

struct _LeydenBreakpoints
{
  GObject        parent_instance;

  GListStore    *list;                  /* LeydenBreakpoint */
  GtkStringList *watches;
  char          *path;
  gboolean       loaded;
  gboolean       writing;
  gboolean       stale;                 /* changed while it was written, or before it was read */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenBreakpoints, leyden_breakpoints, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static guint changed_signal;

static GType
get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_BREAKPOINT;
}

static guint
get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (LEYDEN_BREAKPOINTS (model)->list));
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  return g_list_model_get_item (G_LIST_MODEL (LEYDEN_BREAKPOINTS (model)->list), position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* Borrowed: the list holds it. */
static LeydenBreakpoint *
peek (LeydenBreakpoints *self,
      guint              index)
{
  g_autoptr(LeydenBreakpoint) item = g_list_model_get_item (G_LIST_MODEL (self->list), index);

  return item;
}

/* --- the file --- */

LeydenValue *
leyden_breakpoints_to_value (LeydenBreakpoints *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), NULL);

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    leyden_value_builder_add (&builder, peek (self, i)->value);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static char *
make_text (LeydenBreakpoints *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_int (&builder, "leyden-breakpoints", 1);
  leyden_value_builder_set_take (&builder, "breakpoints", leyden_breakpoints_to_value (self));
  leyden_value_builder_key (&builder, "watches");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->watches)); i++)
    leyden_value_builder_add_string (&builder, gtk_string_list_get_string (self->watches, i));
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  return leyden_json_write (value, LEYDEN_JSON_PRETTY);
}

static void save (LeydenBreakpoints *self);

static void
write_in_thread (GTask        *task,
                 gpointer      object,
                 gpointer      data,
                 GCancellable *cancellable)
{
  LeydenBreakpoints *self = object;
  g_autofree char *folder = g_path_get_dirname (self->path);
  GError *error = NULL;

  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents_full (self->path, data, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  LeydenBreakpoints *self = LEYDEN_BREAKPOINTS (object);
  g_autoptr(GError) error = NULL;

  self->writing = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_message ("Breakpoints are not kept: %s", error->message);
  if (self->stale)
    save (self);
}

static void
save (LeydenBreakpoints *self)
{
  g_autoptr(GTask) task = NULL;

  self->stale = self->writing || !self->loaded;
  if (self->stale)
    return;
  self->writing = TRUE;
  task = g_task_new (self, NULL, written_cb, NULL);
  g_task_set_source_tag (task, save);
  g_task_set_task_data (task, make_text (self), g_free);
  g_task_run_in_thread (task, write_in_thread);
}

static void
changed (LeydenBreakpoints *self)
{
  save (self);
  g_signal_emit (self, changed_signal, 0);
}

static LeydenBreakpoint *
find_id (LeydenBreakpoints *self,
         const char        *id)
{
  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    if (g_str_equal (leyden_breakpoint_get_id (peek (self, i)), id))
      return peek (self, i);
  return NULL;
}

static LeydenBreakpoint *
put (LeydenBreakpoints *self,
     LeydenValue       *value)
{
  LeydenBreakpoint *breakpoint = find_id (self, leyden_value_get_member_string (value, "id", ""));
  guint position;

  if (breakpoint != NULL)
    {
      if (take_value (breakpoint, value) && g_list_store_find (self->list, breakpoint, &position))
        g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
      return breakpoint;
    }
  breakpoint = g_object_new (LEYDEN_TYPE_BREAKPOINT, NULL);
  take_value (breakpoint, value);
  g_list_store_append (self->list, breakpoint);
  g_object_unref (breakpoint);
  return breakpoint;
}

static void
take_file (LeydenBreakpoints *self,
           LeydenValue       *file)
{
  LeydenValue *list = leyden_value_get_member (file, "breakpoints");
  LeydenValue *watches = leyden_value_get_member (file, "watches");

  if (leyden_value_get_member_int (file, "leyden-breakpoints", 0) != 1)
    return;
  for (guint i = 0; i < MIN (leyden_value_get_size (list), MAX_KEPT); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (value, "id", NULL);

      if (id != NULL && find_id (self, id) == NULL)
        put (self, value);
    }
  for (guint i = 0; i < MIN (leyden_value_get_size (watches), MAX_KEPT); i++)
    {
      const char *text = leyden_value_get_string (leyden_value_get_item (watches, i), NULL);

      if (text != NULL)
        gtk_string_list_append (self->watches, text);
    }
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenBreakpoints) self = data;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) file = NULL;
  gsize length;

  if (g_file_load_contents_finish (G_FILE (object), result, &text, &length, NULL, NULL))
    file = leyden_json_parse (text, (gssize) length, NULL, NULL);
  if (file != NULL)
    take_file (self, file);
  self->loaded = TRUE;
  if (self->stale)
    save (self);
  g_signal_emit (self, changed_signal, 0);
}

/* --- class --- */

static void
list_changed_cb (LeydenBreakpoints *self,
                 guint              position,
                 guint              removed,
                 guint              added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
leyden_breakpoints_finalize (GObject *object)
{
  LeydenBreakpoints *self = LEYDEN_BREAKPOINTS (object);

  g_object_unref (self->list);
  g_object_unref (self->watches);
  g_free (self->path);
  G_OBJECT_CLASS (leyden_breakpoints_parent_class)->finalize (object);
}

static void
leyden_breakpoints_class_init (LeydenBreakpointsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_breakpoints_finalize;
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_BREAKPOINTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_breakpoints_init (LeydenBreakpoints *self)
{
  self->list = g_list_store_new (LEYDEN_TYPE_BREAKPOINT);
  self->watches = gtk_string_list_new (NULL);
  g_signal_connect_object (self->list, "items-changed", G_CALLBACK (list_changed_cb), self, G_CONNECT_SWAPPED);
}

LeydenBreakpoints *
leyden_breakpoints_get_for (LeydenDocument *document)
{
  LeydenBreakpoints *self;
  g_autofree char *name = NULL;
  g_autofree char *file_name = NULL;
  g_autoptr(GFile) file = NULL;
  const char *id;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);

  self = g_object_get_data (G_OBJECT (document), KEY);
  if (self != NULL)
    return self;
  self = g_object_new (LEYDEN_TYPE_BREAKPOINTS, NULL);
  g_object_set_data_full (G_OBJECT (document), KEY, self, g_object_unref);
  /* An id is any text, and no name of a file. */
  id = leyden_flow_get_id (leyden_document_get_flow (document));
  name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id != NULL ? id : "", -1);
  file_name = g_strconcat (name, ".json", NULL);
  self->path = g_build_filename (g_get_user_state_dir (), "leyden", "breakpoints", file_name, NULL);
  file = g_file_new_for_path (self->path);
  g_file_load_contents_async (file, NULL, loaded_cb, g_object_ref (self));
  return self;
}

/* --- changes --- */

gboolean
leyden_breakpoints_is_loaded (LeydenBreakpoints *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), FALSE);
  return self->loaded;
}

LeydenBreakpoint *
leyden_breakpoints_set (LeydenBreakpoints *self,
                        LeydenValue       *value)
{
  g_autoptr(LeydenValue) named = NULL;
  LeydenBreakpoint *breakpoint;

  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), NULL);
  g_return_val_if_fail (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT, NULL);

  if (leyden_value_get_member_string (value, "id", NULL) == NULL)
    {
      g_autofree char *id = leyden_id_new_node (NULL);
      g_autoptr(LeydenValue) text = leyden_value_new_string (id, -1);

      named = leyden_value_with_member (value, "id", text);
    }
  breakpoint = put (self, named != NULL ? named : value);
  changed (self);
  return breakpoint;
}

void
leyden_breakpoints_set_enabled (LeydenBreakpoints *self,
                                LeydenBreakpoint  *breakpoint,
                                gboolean           enabled)
{
  g_autoptr(LeydenValue) flag = leyden_value_new_boolean (enabled);
  g_autoptr(LeydenValue) value = NULL;

  g_return_if_fail (LEYDEN_IS_BREAKPOINTS (self));
  g_return_if_fail (LEYDEN_IS_BREAKPOINT (breakpoint));

  if (leyden_breakpoint_is_enabled (breakpoint) == enabled)
    return;
  value = leyden_value_with_member (breakpoint->value, "enabled", flag);
  leyden_breakpoints_set (self, value);
}

void
leyden_breakpoints_remove (LeydenBreakpoints *self,
                           LeydenBreakpoint  *breakpoint)
{
  guint position;

  g_return_if_fail (LEYDEN_IS_BREAKPOINTS (self));
  g_return_if_fail (LEYDEN_IS_BREAKPOINT (breakpoint));

  if (!g_list_store_find (self->list, breakpoint, &position))
    return;
  g_list_store_remove (self->list, position);
  changed (self);
}

static gboolean
is_at (LeydenBreakpoint *breakpoint,
       const char       *node,
       const char       *edge)
{
  const char *own_node = leyden_value_get_member_string (breakpoint->value, "node", "");
  const char *own_edge = leyden_value_get_member_string (breakpoint->value, "edge", NULL);
  g_autofree char *place = leyden_node_path_collapse (own_node);

  return g_strcmp0 (own_edge, edge) == 0 && g_str_equal (place, node);
}

LeydenBreakpoint *
leyden_breakpoints_find (LeydenBreakpoints *self,
                         const char        *node,
                         const char        *edge)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);

  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    if (is_at (peek (self, i), node, edge))
      return peek (self, i);
  return NULL;
}

LeydenValue *
leyden_breakpoint_make (const char *node,
                        const char *edge)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "when", edge != NULL ? "wire" : "before");
  leyden_value_builder_set_string (&builder, "node", node);
  if (edge != NULL)
    leyden_value_builder_set_string (&builder, "edge", edge);
  leyden_value_builder_set_boolean (&builder, "enabled", TRUE);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

gboolean
leyden_breakpoints_toggle (LeydenBreakpoints *self,
                           const char        *node,
                           const char        *edge)
{
  g_autoptr(LeydenValue) value = NULL;
  LeydenBreakpoint *breakpoint;

  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), FALSE);
  g_return_val_if_fail (node != NULL, FALSE);

  if (leyden_breakpoints_find (self, node, edge) != NULL)
    {
      while ((breakpoint = leyden_breakpoints_find (self, node, edge)) != NULL)
        leyden_breakpoints_remove (self, breakpoint);
      return FALSE;
    }
  value = leyden_breakpoint_make (node, edge);
  leyden_breakpoints_set (self, value);
  return TRUE;
}

gboolean
leyden_breakpoints_any_enabled (LeydenBreakpoints *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), FALSE);

  for (guint i = 0; i < get_n_items (G_LIST_MODEL (self)); i++)
    if (leyden_breakpoint_is_enabled (peek (self, i)))
      return TRUE;
  return FALSE;
}

void
leyden_breakpoints_take_hits (LeydenBreakpoints *self,
                              LeydenValue       *list)
{
  g_return_if_fail (LEYDEN_IS_BREAKPOINTS (self));

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *told = leyden_value_get_item (list, i);
      LeydenBreakpoint *breakpoint = find_id (self, leyden_value_get_member_string (told, "id", ""));
      guint hits = (guint) CLAMP (leyden_value_get_member_int (told, "hits_so_far", 0), 0, G_MAXUINT);

      if (breakpoint == NULL || breakpoint->hits == hits)
        continue;
      breakpoint->hits = hits;
      g_object_notify_by_pspec (G_OBJECT (breakpoint), properties[PROP_HITS]);
    }
}

GListModel *
leyden_breakpoints_get_watches (LeydenBreakpoints *self)
{
  g_return_val_if_fail (LEYDEN_IS_BREAKPOINTS (self), NULL);
  return G_LIST_MODEL (self->watches);
}

void
leyden_breakpoints_set_watch (LeydenBreakpoints *self,
                              guint              index,
                              const char        *expression)
{
  const char * const added[] = { expression, NULL };
  guint n;

  g_return_if_fail (LEYDEN_IS_BREAKPOINTS (self));
  n = g_list_model_get_n_items (G_LIST_MODEL (self->watches));
  g_return_if_fail (index <= n);

  gtk_string_list_splice (self->watches, index, index < n ? 1 : 0, added);
  changed (self);
}
