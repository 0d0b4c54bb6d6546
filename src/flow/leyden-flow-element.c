/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include "leyden-json.h"

/* Nodes, edges, frames and notes: what of them is structure is checked here, once; the rest is carried along untouched. */

static const char * const node_keys[] = {
  "id", "type", "title", "position", "parameters", "trainable", "retry", "mode", "pin", "flow", NULL
};
static const char * const edge_keys[] = { "id", "source", "source_port", "target", "target_port", "points", NULL };
static const char * const frame_keys[] = { "id", "title", "position", "size", "color", NULL };
static const char * const note_keys[] = { "id", "text", "position", "size", "color", NULL };
static const char * const position_keys[] = { "x", "y", NULL };
static const char * const size_keys[] = { "width", "height", NULL };

static const struct
{
  const char         *name;
  const char         *list;
  const char * const *keys;
  gsize               size;
} kinds[] = {
  [LEYDEN_ELEMENT_FLOW] = { "flow", NULL, NULL, 0 },
  [LEYDEN_ELEMENT_NODE] = { "node", "nodes", node_keys, sizeof (LeydenNode) },
  [LEYDEN_ELEMENT_EDGE] = { "edge", "edges", edge_keys, sizeof (LeydenEdge) },
  [LEYDEN_ELEMENT_FRAME] = { "frame", "frames", frame_keys, sizeof (LeydenFrame) },
  [LEYDEN_ELEMENT_NOTE] = { "note", "notes", note_keys, sizeof (LeydenNote) },
};

const char *
leyden_element_kind_to_string (LeydenElementKind kind)
{
  g_assert ((guint) kind < G_N_ELEMENTS (kinds));
  return kinds[kind].name;
}

const char *
leyden_element_kind_get_list (LeydenElementKind kind)
{
  g_assert ((guint) kind < G_N_ELEMENTS (kinds));
  return kinds[kind].list;
}

gboolean
leyden_element_kind_from_string (const char        *name,
                                 LeydenElementKind *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].name, name) == 0)
      {
        *out = (LeydenElementKind) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
keys_are_ordered (LeydenValue        *object,
                  const char * const *keys)
{
  guint n = leyden_value_get_size (object);
  guint at = 0;
  gboolean tail = FALSE;

  for (guint i = 0; i < n; i++)
    {
      const char *key = leyden_value_get_key (object, i);
      guint k = 0;

      while (keys[k] != NULL && !g_str_equal (keys[k], key))
        k++;
      if (keys[k] == NULL)
        tail = TRUE;
      else if (tail || k < at)
        return FALSE;
      else
        at = k;
    }
  return TRUE;
}

LeydenValue *
leyden_flow_order_keys (LeydenValue        *object,
                        const char * const *keys)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (object) != LEYDEN_VALUE_OBJECT || keys_are_ordered (object, keys))
    return leyden_value_ref (object);

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      LeydenValue *member = leyden_value_get_member (object, keys[i]);

      if (member != NULL)
        leyden_value_builder_set (&builder, keys[i], member);
    }
  for (guint i = 0; i < leyden_value_get_size (object); i++)
    if (!g_strv_contains (keys, leyden_value_get_key (object, i)))
      leyden_value_builder_set (&builder, leyden_value_get_key (object, i), leyden_value_get_item (object, i));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static gboolean
is_plain_integer (const char *text)
{
  const char *p = *text == '-' ? text + 1 : text;

  if (*p == '0')
    return p == text && p[1] == '\0';
  for (; *p != '\0'; p++)
    if (!g_ascii_isdigit (*p))
      return FALSE;
  return TRUE;
}

static LeydenValue *
canonical_number (LeydenValue *value)
{
  const char *text = leyden_value_get_number_text (value);
  char buffer[32];
  double number;

  if (is_plain_integer (text) || !leyden_value_get_double (value, &number))
    return leyden_value_ref (value);
  if (g_str_equal (leyden_json_format_double (buffer, number), text))
    return leyden_value_ref (value);
  return leyden_value_new_double (number);
}

static LeydenValue *
canonical_container (LeydenValue *value)
{
  gboolean is_object = leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT;
  guint n = leyden_value_get_size (value);
  g_autoptr(GPtrArray) items = g_ptr_array_new_full (n, (GDestroyNotify) leyden_value_unref);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean same = TRUE;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *item = leyden_flow_canonical_value (leyden_value_get_item (value, i));

      same = same && item == leyden_value_get_item (value, i);
      g_ptr_array_add (items, item);
    }
  if (same)
    return leyden_value_ref (value);

  if (is_object)
    leyden_value_builder_begin_object (&builder);
  else
    leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < n; i++)
    {
      if (is_object)
        leyden_value_builder_key (&builder, leyden_value_get_key (value, i));
      leyden_value_builder_add (&builder, g_ptr_array_index (items, i));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* Recursion is bounded by the reader's depth limit. */
LeydenValue *
leyden_flow_canonical_value (LeydenValue *value)
{
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_NUMBER:
      return canonical_number (value);
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      return canonical_container (value);
    case LEYDEN_VALUE_NULL:
    case LEYDEN_VALUE_BOOLEAN:
    case LEYDEN_VALUE_STRING:
    default:
      return leyden_value_ref (value);
    }
}

static LeydenValue *
order_member (LeydenValue        *object,
              const char         *key,
              const char * const *keys)
{
  LeydenValue *member = leyden_value_get_member (object, key);
  g_autoptr(LeydenValue) ordered = NULL;

  if (member == NULL)
    return leyden_value_ref (object);
  ordered = leyden_flow_order_keys (member, keys);
  return ordered == member ? leyden_value_ref (object) : leyden_value_with_member (object, key, ordered);
}

static LeydenValue *
canonical_member_body (LeydenValue *node)
{
  LeydenValue *body = leyden_value_get_member (node, "flow");
  g_autoptr(LeydenValue) canonical = NULL;

  if (body == NULL)
    return leyden_value_ref (node);
  canonical = leyden_body_canonical (body);
  return canonical == body ? leyden_value_ref (node) : leyden_value_with_member (node, "flow", canonical);
}

LeydenValue *
leyden_element_canonical (LeydenElementKind  kind,
                          LeydenValue       *value)
{
  g_autoptr(LeydenValue) numbers = leyden_flow_canonical_value (value);
  g_autoptr(LeydenValue) keys = leyden_flow_order_keys (numbers, kinds[kind].keys);
  g_autoptr(LeydenValue) position = order_member (keys, "position", position_keys);

  if (kind == LEYDEN_ELEMENT_NODE)
    return canonical_member_body (position);
  if (kind == LEYDEN_ELEMENT_EDGE)
    return leyden_edge_canonical_points (keys);
  return order_member (position, "size", size_keys);
}

static gboolean
fault (char       **pointer,
       GError     **error,
       const char  *where,
       const char  *format,
       ...) G_GNUC_PRINTF (4, 5);

static gboolean
fault (char       **pointer,
       GError     **error,
       const char  *where,
       const char  *format,
       ...)
{
  va_list args;

  if (pointer != NULL)
    *pointer = g_strdup (where);
  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FORMAT, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
check_kind (LeydenValue      *value,
            const char       *key,
            LeydenValueKind   kind,
            char            **pointer,
            GError          **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);
  g_autofree char *where = NULL;

  if (member == NULL || leyden_value_get_kind (member) == kind)
    return TRUE;
  where = g_strconcat ("/", key, NULL);
  return fault (pointer, error, where, _("“%s” must be a JSON %s, not a %s"), key, leyden_value_kind_to_string (kind),
                leyden_value_kind_to_string (leyden_value_get_kind (member)));
}

static gboolean
check_name (LeydenValue  *value,
            const char   *key,
            char        **pointer,
            GError      **error)
{
  if (!check_kind (value, key, LEYDEN_VALUE_STRING, pointer, error))
    return FALSE;
  if (*leyden_value_get_member_string (value, key, "") != '\0')
    return TRUE;
  return fault (pointer, error, "", _("“%s” is missing or empty; give it a text"), key);
}

static gboolean
check_numbers (LeydenValue         *value,
               const char          *key,
               const char * const  *names,
               char               **pointer,
               GError             **error)
{
  LeydenValue *object = leyden_value_get_member (value, key);
  double number;

  if (!check_kind (value, key, LEYDEN_VALUE_OBJECT, pointer, error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      LeydenValue *member = leyden_value_get_member (object, names[i]);
      g_autofree char *where = NULL;

      if (member == NULL || leyden_value_get_double (member, &number))
        continue;
      where = g_strconcat ("/", key, "/", names[i], NULL);
      return fault (pointer, error, where, _("“%s” must be a number"), names[i]);
    }
  return TRUE;
}

static gboolean
check_trainable (LeydenValue  *value,
                 char        **pointer,
                 GError      **error)
{
  LeydenValue *list = leyden_value_get_member (value, "trainable");

  if (!check_kind (value, "trainable", LEYDEN_VALUE_LIST, pointer, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);
      LeydenValue *domain = leyden_value_get_member (entry, "domain");

      if (leyden_trainable_get_name (entry) == NULL || (domain != NULL && leyden_value_get_kind (domain) != LEYDEN_VALUE_LIST))
        {
          g_autofree char *where = g_strdup_printf ("/trainable/%u", i);

          return fault (pointer, error, where,
                        _("“trainable” lists parameters: names, or objects with “name” and a list “domain”"));
        }
    }
  return TRUE;
}

static gboolean
check_body (LeydenValue  *value,
            char        **pointer,
            GError      **error)
{
  LeydenValue *body = leyden_value_get_member (value, "flow");
  g_autofree char *inner = NULL;

  if (!check_kind (value, "flow", LEYDEN_VALUE_OBJECT, pointer, error))
    return FALSE;
  if (body == NULL || leyden_body_check (body, &inner, error))
    return TRUE;
  if (pointer != NULL)
    *pointer = g_strconcat ("/flow", inner, NULL);
  return FALSE;
}

static gboolean
check_node (LeydenValue  *value,
            char        **pointer,
            GError      **error)
{
  return check_name (value, "type", pointer, error)
         && check_kind (value, "title", LEYDEN_VALUE_STRING, pointer, error)
         && check_numbers (value, "position", position_keys, pointer, error)
         && check_kind (value, "parameters", LEYDEN_VALUE_OBJECT, pointer, error)
         && check_trainable (value, pointer, error)
         && check_kind (value, "retry", LEYDEN_VALUE_OBJECT, pointer, error)
         && check_kind (value, "pin", LEYDEN_VALUE_OBJECT, pointer, error)
         && check_body (value, pointer, error);
}

static gboolean
check_edge (LeydenValue  *value,
            char        **pointer,
            GError      **error)
{
  return check_name (value, "source", pointer, error) && check_name (value, "source_port", pointer, error)
         && check_name (value, "target", pointer, error) && check_name (value, "target_port", pointer, error);
}

static gboolean
check_area (LeydenValue  *value,
            const char   *text_key,
            char        **pointer,
            GError      **error)
{
  return check_kind (value, text_key, LEYDEN_VALUE_STRING, pointer, error)
         && check_numbers (value, "position", position_keys, pointer, error)
         && check_numbers (value, "size", size_keys, pointer, error)
         && check_kind (value, "color", LEYDEN_VALUE_STRING, pointer, error);
}

gboolean
leyden_element_check (LeydenElementKind   kind,
                      LeydenValue        *value,
                      char              **pointer,
                      GError            **error)
{
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return fault (pointer, error, "", _("expected an object, found a JSON %s"),
                  leyden_value_kind_to_string (leyden_value_get_kind (value)));
  if (!check_name (value, "id", pointer, error))
    return FALSE;
  switch (kind)
    {
    case LEYDEN_ELEMENT_NODE:
      return check_node (value, pointer, error);
    case LEYDEN_ELEMENT_EDGE:
      return check_edge (value, pointer, error);
    case LEYDEN_ELEMENT_FRAME:
      return check_area (value, "title", pointer, error);
    case LEYDEN_ELEMENT_NOTE:
      return check_area (value, "text", pointer, error);
    case LEYDEN_ELEMENT_FLOW:
    default:
      g_assert_not_reached ();
    }
}

static float
read_coordinate (LeydenValue *object,
                 const char  *key,
                 double       fallback,
                 double       minimum)
{
  double number = leyden_value_get_member_double (object, key, fallback);

  return (float) CLAMP (number, minimum, LEYDEN_FLOW_MAX_COORDINATE);
}

static graphene_point_t
read_position (LeydenValue *value)
{
  LeydenValue *position = leyden_value_get_member (value, "position");

  return GRAPHENE_POINT_INIT (read_coordinate (position, "x", 0, -LEYDEN_FLOW_MAX_COORDINATE),
                              read_coordinate (position, "y", 0, -LEYDEN_FLOW_MAX_COORDINATE));
}

static graphene_rect_t
read_bounds (LeydenValue *value,
             double       width,
             double       height)
{
  LeydenValue *size = leyden_value_get_member (value, "size");
  graphene_point_t position = read_position (value);

  return GRAPHENE_RECT_INIT (position.x, position.y, read_coordinate (size, "width", width, 24),
                             read_coordinate (size, "height", height, 24));
}

static void
read_element (LeydenElement *element,
              LeydenValue   *value)
{
  switch (element->kind)
    {
    case LEYDEN_ELEMENT_NODE:
      {
        LeydenNode *node = (LeydenNode *) element;

        node->type = leyden_value_get_member_string (value, "type", "");
        node->title = leyden_value_get_member_string (value, "title", "");
        node->position = read_position (value);
        if (!leyden_node_mode_from_string (leyden_value_get_member_string (value, "mode", NULL), &node->mode))
          node->mode = LEYDEN_NODE_MODE_ON;
        break;
      }
    case LEYDEN_ELEMENT_EDGE:
      {
        LeydenEdge *edge = (LeydenEdge *) element;

        edge->source = leyden_value_get_member_string (value, "source", "");
        edge->source_port = leyden_value_get_member_string (value, "source_port", "");
        edge->target = leyden_value_get_member_string (value, "target", "");
        edge->target_port = leyden_value_get_member_string (value, "target_port", "");
        leyden_edge_read_points (value, &edge->points, &edge->n_points);
        break;
      }
    case LEYDEN_ELEMENT_FRAME:
      {
        LeydenFrame *frame = (LeydenFrame *) element;

        frame->title = leyden_value_get_member_string (value, "title", "");
        frame->color = leyden_value_get_member_string (value, "color", NULL);
        frame->bounds = read_bounds (value, 320, 200);
        break;
      }
    case LEYDEN_ELEMENT_NOTE:
      {
        LeydenNote *note = (LeydenNote *) element;

        note->text = leyden_value_get_member_string (value, "text", "");
        note->color = leyden_value_get_member_string (value, "color", NULL);
        note->bounds = read_bounds (value, 240, 120);
        break;
      }
    case LEYDEN_ELEMENT_FLOW:
    default:
      g_assert_not_reached ();
    }
}

LeydenElement *
leyden_element_new (LeydenElementKind   kind,
                    LeydenValue        *value,
                    const char         *key,
                    char              **pointer,
                    GError            **error)
{
  LeydenElement *self;
  const char *id;

  g_assert (kind != LEYDEN_ELEMENT_FLOW);

  if (!leyden_element_check (kind, value, pointer, error))
    return NULL;

  self = g_malloc0 (kinds[kind].size);
  g_atomic_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->value = leyden_element_canonical (kind, value);
  id = leyden_value_get_member_string (self->value, "id", "");
  if (key != NULL && !g_str_equal (key, id))
    self->alias = g_strdup (key);
  self->id = self->alias != NULL ? self->alias : id;
  read_element (self, self->value);
  if (kind == LEYDEN_ELEMENT_NODE)
    {
      LeydenValue *parameters = leyden_value_get_member (self->value, "parameters");
      g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

      if (parameters != NULL)
        ((LeydenNode *) self)->parameters = leyden_value_ref (parameters);
      else
        {
          leyden_value_builder_begin_object (&builder);
          leyden_value_builder_end (&builder);
          ((LeydenNode *) self)->parameters = leyden_value_builder_end_value (&builder);
        }
      if (leyden_value_get_member (self->value, "flow") != NULL)
        ((LeydenNode *) self)->ends = leyden_body_list_ends (leyden_value_get_member (self->value, "flow"));
    }
  return self;
}

LeydenElement *
leyden_element_ref (LeydenElement *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
leyden_element_unref (LeydenElement *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->kind == LEYDEN_ELEMENT_NODE)
    {
      leyden_value_unref (((LeydenNode *) self)->parameters);
      g_clear_pointer (&((LeydenNode *) self)->ends, g_ptr_array_unref);
    }
  if (self->kind == LEYDEN_ELEMENT_EDGE)
    g_free (((LeydenEdge *) self)->points);
  leyden_value_unref (self->value);
  g_free (self->alias);
  g_free (self);
}
