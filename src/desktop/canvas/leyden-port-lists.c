/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-port-lists.h"

static guint
hash (gconstpointer key)
{
  const GPtrArray *ports = key;
  guint value = ports->len;

  for (guint i = 0; i < ports->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);

      value = value * 31 + g_str_hash (port->name) + (guint) port->type;
    }
  return value;
}

static gboolean
equal_values (LeydenValue *a,
              LeydenValue *b)
{
  return a == b || (a != NULL && b != NULL && leyden_value_equal (a, b));
}

static gboolean
equal_ports (const LeydenPort *a,
             const LeydenPort *b)
{
  return a->type == b->type && a->required == b->required && a->multiple == b->multiple && a->is_error == b->is_error
         && g_str_equal (a->name, b->name) && g_strcmp0 (a->title, b->title) == 0 && g_strcmp0 (a->description, b->description) == 0
         && g_strcmp0 (a->alive_parameter, b->alive_parameter) == 0 && equal_values (a->fallback, b->fallback)
         && equal_values (a->alive_values, b->alive_values);
}

static gboolean
equal (gconstpointer a,
       gconstpointer b)
{
  const GPtrArray *some = a, *others = b;

  if (some->len != others->len)
    return FALSE;
  for (guint i = 0; i < some->len; i++)
    if (!equal_ports (g_ptr_array_index (some, i), g_ptr_array_index (others, i)))
      return FALSE;
  return TRUE;
}

GHashTable *
leyden_ports_shared_new (void)
{
  return g_hash_table_new_full (hash, equal, (GDestroyNotify) g_ptr_array_unref, NULL);
}

GPtrArray *
leyden_ports_share (GHashTable *shared,
                    GPtrArray  *ports)
{
  GPtrArray *kept = g_hash_table_lookup (shared, ports);

  if (kept == NULL)
    {
      g_hash_table_add (shared, g_ptr_array_ref (ports));
      return ports;
    }
  g_ptr_array_unref (ports);
  return g_ptr_array_ref (kept);
}
