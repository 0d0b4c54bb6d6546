/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-insert-choices.h"

#include "leyden-edit.h"

#define MAX_PORTS 3             /* of one type in the list; the rest is wired afterwards */

struct _LeydenInsertChoices
{
  LeydenCatalog *catalog;
  GPtrArray     *all;                   /* LeydenInsertChoice, in the order of the catalogue */
};

static void
choice_free (gpointer data)
{
  LeydenInsertChoice *self = data;

  g_free (self->port);
  g_free (self->port_title);
  g_free (self->far_port);
  g_free (self);
}

/* --- what fits --- */

static LeydenConversion
convert (const LeydenInsertWire *wire,
         const LeydenPort       *port,
         const char            **converter)
{
  return wire->from_output ? leyden_port_type_convert (wire->type, port->type, NULL, converter)
                           : leyden_port_type_convert (port->type, wire->type, NULL, converter);
}

/* The output that goes on to the far end; the one of the same type before one that the engine converts. */
static const LeydenPort *
find_far_port (GPtrArray      *outputs,
               LeydenPortType  far)
{
  const LeydenPort *silent = NULL;

  for (guint i = 0; i < outputs->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (outputs, i);
      LeydenConversion conversion = port->is_error ? LEYDEN_CONVERSION_REFUSED : leyden_port_type_convert (port->type, far, NULL, NULL);

      if (conversion == LEYDEN_CONVERSION_SAME)
        return port;
      if (conversion == LEYDEN_CONVERSION_SILENT && silent == NULL)
        silent = port;
    }
  return silent;
}

static void
add_choice (LeydenInsertChoices  *self,
            const LeydenNodeType *type,
            const LeydenPort     *port,
            guint                 port_index,
            const LeydenPort     *far,
            LeydenInsertFit       fit,
            const char           *converter)
{
  LeydenInsertChoice *choice = g_new0 (LeydenInsertChoice, 1);

  choice->type = type;
  choice->port = port != NULL ? g_strdup (port->name) : NULL;
  choice->port_title = port != NULL ? g_strdup (port->title) : NULL;
  choice->port_index = port_index;
  choice->port_type = port != NULL ? port->type : LEYDEN_PORT_ANY;
  choice->far_port = far != NULL ? g_strdup (far->name) : NULL;
  choice->fit = fit;
  choice->converter = converter;
  g_ptr_array_add (self->all, choice);
}

/* The ports of a type that take the wire as it is; when there is none, the first that takes it with a node between. */
static void
add_fitting (LeydenInsertChoices    *self,
             const LeydenNodeType   *type,
             GPtrArray              *inputs,
             GPtrArray              *outputs,
             const LeydenInsertWire *wire)
{
  GPtrArray *ports = wire->from_output ? inputs : outputs;
  const LeydenPort *far = wire->has_far ? find_far_port (outputs, wire->far) : NULL;
  guint converted = G_MAXUINT;
  const char *converter = NULL;
  guint n = 0;

  if (wire->has_far && far == NULL)
    return;
  for (guint i = 0; i < ports->len && n < MAX_PORTS; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);
      const char *between = NULL;
      LeydenConversion conversion = port->is_error ? LEYDEN_CONVERSION_REFUSED : convert (wire, port, &between);

      if (conversion <= LEYDEN_CONVERSION_SILENT)
        {
          add_choice (self, type, port, i, far, conversion == LEYDEN_CONVERSION_SAME ? LEYDEN_INSERT_EXACT : LEYDEN_INSERT_SILENT, NULL);
          n++;
        }
      else if (conversion == LEYDEN_CONVERSION_OFFERED && converted == G_MAXUINT)
        {
          converted = i;
          converter = between;
        }
    }
  if (n == 0 && converted != G_MAXUINT && !wire->has_far)
    add_choice (self, type, g_ptr_array_index (ports, converted), converted, NULL, LEYDEN_INSERT_CONVERTS, converter);
}

/* A flow with one new node of each type: what ports it would have. */
static LeydenFlow *
make_samples (LeydenCatalog *catalog,
              GPtrArray     *types)
{
  LeydenFlow *flow = leyden_flow_new ();
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("");
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = g_ptr_array_index (types, i);

      leyden_edit_add_node (edit, type->type, type->type, "", 0, 0, NULL);
      if (type->container != NULL)
        {
          g_autoptr(LeydenValue) body = leyden_flow_new_body (type->container->fields, type->container->results);

          leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, type->type, (const char * const[]) { "flow", NULL }, body);
        }
    }
  if (!leyden_flow_apply (flow, edit, &error))
    g_error ("A node of each type: %s", error->message);
  return flow;
}

LeydenInsertChoices *
leyden_insert_choices_new (LeydenCatalog          *catalog,
                           const LeydenInsertWire *wire)
{
  LeydenInsertChoices *self;
  g_autoptr(GPtrArray) types = NULL;
  g_autoptr(LeydenFlow) samples = NULL;

  g_return_val_if_fail (LEYDEN_IS_CATALOG (catalog), NULL);

  self = g_new0 (LeydenInsertChoices, 1);
  self->catalog = g_object_ref (catalog);
  self->all = g_ptr_array_new_with_free_func (choice_free);
  types = leyden_catalog_list (catalog);
  samples = wire != NULL ? make_samples (catalog, types) : NULL;
  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = g_ptr_array_index (types, i);

      if (wire == NULL)
        add_choice (self, type, NULL, 0, NULL, LEYDEN_INSERT_EXACT, NULL);
      else
        {
          LeydenNode *node = leyden_flow_get_node (samples, type->type);
          g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (LEYDEN_NODE_TYPES (catalog), node);
          g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (LEYDEN_NODE_TYPES (catalog), node);

          add_fitting (self, type, inputs, outputs, wire);
        }
    }
  return self;
}

void
leyden_insert_choices_free (LeydenInsertChoices *self)
{
  g_ptr_array_unref (self->all);
  g_object_unref (self->catalog);
  g_free (self);
}

void
leyden_insert_choices_leave_out (LeydenInsertChoices *self,
                                 const char          *type)
{
  g_return_if_fail (self != NULL && type != NULL);

  for (guint i = self->all->len; i > 0; i--)
    if (g_str_equal (((LeydenInsertChoice *) g_ptr_array_index (self->all, i - 1))->type->type, type))
      g_ptr_array_remove_index (self->all, i - 1);
}

/* --- searching --- */

typedef struct
{
  guint               rank;
  guint               place;
  LeydenInsertChoice *choice;
} Ranked;

/* Words decide before types, types before the order of the catalogue. */
static int
compare_ranked (gconstpointer a,
                gconstpointer b)
{
  const Ranked *one = a, *two = b;

  if (one->rank != two->rank)
    return one->rank < two->rank ? -1 : 1;
  if (one->choice->fit != two->choice->fit)
    return one->choice->fit < two->choice->fit ? -1 : 1;
  return one->place < two->place ? -1 : one->place > two->place;
}

GPtrArray *
leyden_insert_choices_search (LeydenInsertChoices *self,
                              const char          *text)
{
  g_autoptr(GHashTable) ranks = NULL;
  g_autoptr(GArray) ranked = g_array_new (FALSE, FALSE, sizeof (Ranked));
  GPtrArray *list;

  g_return_val_if_fail (self != NULL && text != NULL, NULL);

  if (*text != '\0')
    {
      g_autoptr(GPtrArray) found = leyden_catalog_search (self->catalog, text);

      ranks = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < found->len; i++)
        g_hash_table_insert (ranks, g_ptr_array_index (found, i), GUINT_TO_POINTER (i + 1));
    }
  for (guint i = 0; i < self->all->len; i++)
    {
      LeydenInsertChoice *choice = g_ptr_array_index (self->all, i);
      Ranked item = { ranks != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (ranks, choice->type)) : 1, i, choice };

      if (item.rank > 0)
        g_array_append_val (ranked, item);
    }
  g_array_sort (ranked, compare_ranked);
  list = g_ptr_array_sized_new (ranked->len);
  for (guint i = 0; i < ranked->len; i++)
    g_ptr_array_add (list, g_array_index (ranked, Ranked, i).choice);
  return list;
}

const LeydenInsertChoice *
leyden_insert_choices_find (LeydenInsertChoices *self,
                            const char          *type)
{
  const LeydenInsertChoice *best = NULL;

  g_return_val_if_fail (self != NULL && type != NULL, NULL);

  for (guint i = 0; i < self->all->len; i++)
    {
      const LeydenInsertChoice *choice = g_ptr_array_index (self->all, i);

      if (g_str_equal (choice->type->type, type) && (best == NULL || choice->fit < best->fit))
        best = choice;
    }
  return best;
}
