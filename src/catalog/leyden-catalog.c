/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-catalog"

#include "config.h"
#include "leyden-catalog.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-descriptor.h"

#define RESOURCE_FOLDER "/io/github/leyden/Leyden/catalog"

struct _LeydenCatalog
{
  GObject     parent_instance;

  GRWLock     lock;             /* types are added rarely and read by every thread */
  GHashTable *types;            /* type → LeydenDescriptor; what is in it is immutable and stays */
};

static const struct
{
  const char *category;
  const char *title;
} categories[] = {
  { "flow", N_("Flow") },
  { "models", N_("Models") },
  { "tools", N_("Tools") },
  { "data", N_("Data") },
  { "evaluation", N_("Evaluation") },
};

static void leyden_catalog_types_init (LeydenNodeTypesInterface *iface);

G_DEFINE_TYPE_WITH_CODE (LeydenCatalog, leyden_catalog, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_TYPES, leyden_catalog_types_init))

static LeydenDescriptor *
find (LeydenCatalog *self,
      const char    *type)
{
  LeydenDescriptor *descriptor;

  g_rw_lock_reader_lock (&self->lock);
  descriptor = g_hash_table_lookup (self->types, type);
  g_rw_lock_reader_unlock (&self->lock);
  return descriptor;
}

static const LeydenNodeType *
leyden_catalog_lookup (LeydenNodeTypes *types,
                       const char      *type)
{
  LeydenDescriptor *descriptor = find (LEYDEN_CATALOG (types), type);

  return descriptor != NULL ? &descriptor->type : NULL;
}

/* Inputs of a container are what its Inputs give, its outputs what its Outputs take. */
static GPtrArray *
dup_container_ports (LeydenNodeTypes  *types,
                     LeydenDescriptor *descriptor,
                     LeydenNode       *node,
                     gboolean          outputs)
{
  g_autoptr(GPtrArray) inside = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  GPtrArray *ends = leyden_node_get_body_ends (node);

  for (guint i = 0; ends != NULL && i < ends->len; i++)
    {
      LeydenNode *end = g_ptr_array_index (ends, i);
      LeydenDescriptor *of_end = find (LEYDEN_CATALOG (types), leyden_node_get_type_name (end));

      if (of_end != NULL && g_str_equal (of_end->type.type, outputs ? "output" : "input"))
        g_ptr_array_add (inside, leyden_descriptor_dup_ports (of_end, end, !outputs));
    }
  return leyden_descriptor_dup_container_ports (descriptor, node, outputs, inside);
}

static GPtrArray *
dup_ports (LeydenNodeTypes *types,
           LeydenNode      *node,
           gboolean         outputs)
{
  LeydenDescriptor *descriptor = find (LEYDEN_CATALOG (types), leyden_node_get_type_name (node));

  if (descriptor == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);
  if (descriptor->type.container != NULL)
    return dup_container_ports (types, descriptor, node, outputs);
  return leyden_descriptor_dup_ports (descriptor, node, outputs);
}

static GPtrArray *
leyden_catalog_dup_inputs (LeydenNodeTypes *types,
                           LeydenNode      *node)
{
  return dup_ports (types, node, FALSE);
}

static GPtrArray *
leyden_catalog_dup_outputs (LeydenNodeTypes *types,
                            LeydenNode      *node)
{
  return dup_ports (types, node, TRUE);
}

static void
leyden_catalog_types_init (LeydenNodeTypesInterface *iface)
{
  iface->lookup = leyden_catalog_lookup;
  iface->dup_inputs = leyden_catalog_dup_inputs;
  iface->dup_outputs = leyden_catalog_dup_outputs;
}

static void
leyden_catalog_finalize (GObject *object)
{
  LeydenCatalog *self = LEYDEN_CATALOG (object);

  g_clear_pointer (&self->types, g_hash_table_unref);
  g_rw_lock_clear (&self->lock);

  G_OBJECT_CLASS (leyden_catalog_parent_class)->finalize (object);
}

static void
leyden_catalog_class_init (LeydenCatalogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_catalog_finalize;
}

static void
leyden_catalog_init (LeydenCatalog *self)
{
  g_rw_lock_init (&self->lock);
  self->types = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) leyden_descriptor_free);
}

LeydenCatalog *
leyden_catalog_new (void)
{
  return g_object_new (LEYDEN_TYPE_CATALOG, NULL);
}

/* A built-in descriptor that does not read is a fault of the build and is seen by the first test. */
static LeydenCatalog *
load_built_in (void)
{
  LeydenCatalog *self = leyden_catalog_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = g_resources_enumerate_children (RESOURCE_FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

  if (names == NULL)
    g_error ("No built-in node types: %s", error->message);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_path ("/", RESOURCE_FOLDER, names[i], NULL);
      g_autoptr(GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

      if (bytes == NULL || !leyden_catalog_add (self, bytes, names[i], &error))
        g_error ("Built-in node type %s: %s", names[i], error->message);
    }
  return self;
}

LeydenCatalog *
leyden_catalog_get_default (void)
{
  static LeydenCatalog *catalog;

  if (g_once_init_enter (&catalog))
    g_once_init_leave (&catalog, load_built_in ());
  return catalog;
}

gboolean
leyden_catalog_add (LeydenCatalog  *self,
                    GBytes         *descriptor,
                    const char     *name,
                    GError        **error)
{
  LeydenDescriptor *parsed;
  gboolean added = FALSE;

  g_return_val_if_fail (LEYDEN_IS_CATALOG (self), FALSE);

  parsed = leyden_descriptor_parse (descriptor, name, error);
  if (parsed == NULL)
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  if (!g_hash_table_contains (self->types, parsed->type.type))
    added = g_hash_table_insert (self->types, parsed->type.type, parsed);
  g_rw_lock_writer_unlock (&self->lock);
  if (!added)
    {
      g_set_error (error, LEYDEN_CATALOG_ERROR, LEYDEN_CATALOG_ERROR_EXISTS, _("%s: there is a node type “%s” already"), name,
                   parsed->type.type);
      leyden_descriptor_free (parsed);
    }
  return added;
}

static guint
category_rank (const char *category)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (categories) && !g_str_equal (categories[i].category, category))
    i++;
  return i;
}

static gint
compare_types (gconstpointer a,
               gconstpointer b)
{
  const LeydenNodeType *first = *(LeydenNodeType * const *) a;
  const LeydenNodeType *second = *(LeydenNodeType * const *) b;
  guint x = category_rank (first->category);
  guint y = category_rank (second->category);
  int order;

  if (x != y)
    return x < y ? -1 : 1;
  order = g_utf8_collate (first->title, second->title);
  return order != 0 ? order : strcmp (first->type, second->type);
}

GPtrArray *
leyden_catalog_list (LeydenCatalog *self)
{
  GPtrArray *list;
  GHashTableIter iter;
  gpointer descriptor;

  g_return_val_if_fail (LEYDEN_IS_CATALOG (self), NULL);

  list = g_ptr_array_new ();
  g_rw_lock_reader_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->types);
  while (g_hash_table_iter_next (&iter, NULL, &descriptor))
    g_ptr_array_add (list, &((LeydenDescriptor *) descriptor)->type);
  g_rw_lock_reader_unlock (&self->lock);
  g_ptr_array_sort (list, compare_types);
  return list;
}

/* How well one word fits a text: whole 3, begins 2 (or a word in it does), inside 1, not 0. */
static guint
match_text (const char *text,
            const char *word)
{
  g_autofree char *folded = text != NULL ? g_utf8_casefold (text, -1) : NULL;
  const char *at = folded != NULL ? strstr (folded, word) : NULL;

  if (at == NULL)
    return 0;
  if (at == folded)
    return strlen (folded) == strlen (word) ? 3 : 2;
  return at[-1] == ' ' ? 2 : 1;
}

static guint
score_type (const LeydenNodeType *type,
            char                **words)
{
  guint total = 1;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint best;

      if (*words[i] == '\0')
        continue;
      best = MAX (match_text (type->title, words[i]) * 8, match_text (type->type, words[i]) * 7);
      for (guint k = 0; type->keywords[k] != NULL; k++)
        best = MAX (best, match_text (type->keywords[k], words[i]) * 4);
      best = MAX (best, match_text (type->description, words[i]));
      if (best == 0)
        return 0;
      total += best;
    }
  return total;
}

typedef struct
{
  guint                 score;
  const LeydenNodeType *type;
} LeydenHit;

static gint
compare_hits (gconstpointer a,
              gconstpointer b)
{
  const LeydenHit *first = a;
  const LeydenHit *second = b;

  if (first->score != second->score)
    return first->score > second->score ? -1 : 1;
  return compare_types (&first->type, &second->type);
}

GPtrArray *
leyden_catalog_search (LeydenCatalog *self,
                       const char    *text)
{
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GArray) hits = NULL;
  g_autofree char *bounded = NULL;
  g_autofree char *folded = NULL;
  g_auto(GStrv) words = NULL;
  GPtrArray *list;

  g_return_val_if_fail (LEYDEN_IS_CATALOG (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  all = leyden_catalog_list (self);
  hits = g_array_new (FALSE, FALSE, sizeof (LeydenHit));
  bounded = g_utf8_make_valid (text, (gssize) strnlen (text, 200));
  folded = g_utf8_casefold (bounded, -1);
  words = g_strsplit_set (folded, " \t\n", -1);
  for (guint i = 0; i < all->len; i++)
    {
      LeydenHit hit = { .type = g_ptr_array_index (all, i) };

      hit.score = score_type (hit.type, words);
      if (hit.score > 0)
        g_array_append_val (hits, hit);
    }
  g_array_sort (hits, compare_hits);
  list = g_ptr_array_new ();
  for (guint i = 0; i < hits->len; i++)
    g_ptr_array_add (list, (gpointer) g_array_index (hits, LeydenHit, i).type);
  return list;
}

const char *
leyden_catalog_get_category_title (const char *category)
{
  guint rank;

  g_return_val_if_fail (category != NULL, NULL);

  rank = category_rank (category);
  return rank < G_N_ELEMENTS (categories) ? g_dgettext (GETTEXT_PACKAGE, categories[rank].title) : category;
}

LeydenValue *
leyden_catalog_to_value (LeydenCatalog *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) list = NULL;

  g_return_val_if_fail (LEYDEN_IS_CATALOG (self), NULL);

  list = leyden_catalog_list (self);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_key (&builder, "components");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < list->len; i++)
    leyden_value_builder_add (&builder, ((LeydenDescriptor *) g_ptr_array_index (list, i))->value);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}
