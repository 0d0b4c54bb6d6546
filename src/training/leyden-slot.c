/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-slot.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-flow-slots.h"
#include "leyden-json.h"
#include "leyden-template.h"

/* A longer prompt costs more than it can give back; a proposal that long has usually run away. */
#define MAX_PROMPT_TOKENS 4096
#define BYTES_PER_TOKEN 4

G_DEFINE_QUARK (leyden-slot-error-quark, leyden_slot_error)

static const char * const kind_names[] = {
  [LEYDEN_SLOT_PROMPT] = "prompt",
  [LEYDEN_SLOT_EXAMPLES] = "examples",
  [LEYDEN_SLOT_MODEL] = "model",
  [LEYDEN_SLOT_TEMPERATURE] = "temperature",
  [LEYDEN_SLOT_NUMBER] = "number",
  [LEYDEN_SLOT_ENUM] = "enum",
  [LEYDEN_SLOT_BOOL] = "bool",
  [LEYDEN_SLOT_TOOL_SET] = "tool_set",
};

const char *
leyden_slot_kind_to_string (LeydenSlotKind kind)
{
  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (kind_names), NULL);
  return kind_names[kind];
}

void
leyden_slot_free (LeydenSlot *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->node);
  g_free (self->parameter);
  g_free (self->title);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->domain, leyden_value_unref);
  g_strfreev (self->placeholders);
  g_free (self);
}

/* ---- What a slot may be ---- */

static gboolean
find_kind (const LeydenParameter *parameter,
           LeydenSlotKind        *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++)
    if (g_strcmp0 (parameter->slot, kind_names[i]) == 0)
      {
        *kind = i;
        return TRUE;
      }
  return FALSE;
}

static LeydenValue *
list_choices (const LeydenParameter *parameter)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; parameter->choices != NULL && parameter->choices[i] != NULL; i++)
    leyden_value_builder_add_string (&b, parameter->choices[i]);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
list_booleans (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_boolean (&b, FALSE);
  leyden_value_builder_add_boolean (&b, TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
list_temperatures (void)
{
  static const double temperatures[] = { 0, 0.3, 0.7, 1 };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++)
    leyden_value_builder_add_double (&b, temperatures[i]);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The three of the simulation; of any other endpoint what is known of it. */
static LeydenValue *
list_models (LeydenValue *value,
             LeydenValue *models)
{
  static const char * const names[] = { "leyden-sim-small", "leyden-sim-medium", "leyden-sim-large" };
  const char *endpoint = leyden_value_get_member_string (value, "endpoint", "simulated");
  gboolean simulated = strcmp (endpoint, "simulated") == 0;
  LeydenValue *known = leyden_value_get_member (models, endpoint);
  guint n = simulated ? G_N_ELEMENTS (names) : leyden_value_get_kind (known) == LEYDEN_VALUE_LIST ? leyden_value_get_size (known) : 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    {
      const char *name = simulated ? names[i] : leyden_value_get_string (leyden_value_get_item (known, i), NULL);

      if (name == NULL)
        continue;
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "endpoint", endpoint);
      leyden_value_builder_set_string (&b, "model", name);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
default_domain (const LeydenSlot      *slot,
                const LeydenParameter *parameter,
                LeydenValue           *models)
{
  switch (slot->kind)
    {
    case LEYDEN_SLOT_MODEL:
      return list_models (slot->value, models);
    case LEYDEN_SLOT_TEMPERATURE:
      return list_temperatures ();
    case LEYDEN_SLOT_ENUM:
      return list_choices (parameter);
    case LEYDEN_SLOT_BOOL:
      return list_booleans ();
    case LEYDEN_SLOT_NUMBER:
    case LEYDEN_SLOT_TOOL_SET:
      return leyden_value_new_null ();
    case LEYDEN_SLOT_PROMPT:
    case LEYDEN_SLOT_EXAMPLES:
    default:
      return NULL;
    }
}

static gboolean
list_has (LeydenValue *list,
          LeydenValue *value)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (leyden_value_equal (leyden_value_get_item (list, i), value))
      return TRUE;
  return FALSE;
}

static void
add_once (LeydenValueBuilder *b,
          GHashTable         *seen,
          LeydenValue        *value)
{
  if (g_hash_table_add (seen, leyden_json_write (value, LEYDEN_JSON_CANONICAL)))
    leyden_value_builder_add (b, value);
}

/* The first value comes first when it is not among the given ones: the baseline is always a choice. Values given twice count once. */
static LeydenValue *
complete_domain (LeydenValue *given,
                 LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  leyden_value_builder_begin_list (&b);
  if (!list_has (given, value))
    add_once (&b, seen, value);
  for (guint i = 0; leyden_value_get_kind (given) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (given); i++)
    add_once (&b, seen, leyden_value_get_item (given, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* NULL when the text is no template. */
static char **
read_placeholders (const char *text)
{
  g_autoptr(LeydenTemplate) template = text != NULL ? leyden_template_new (text, NULL) : NULL;

  return template != NULL ? g_strdupv ((char **) leyden_template_get_names (template)) : NULL;
}

static LeydenSlot *
make_slot (const LeydenFlowSlot *marked,
           LeydenNodeTypes      *types,
           LeydenValue          *models)
{
  g_autoptr(LeydenSlot) slot = g_new0 (LeydenSlot, 1);
  g_autoptr(LeydenValue) domain = NULL;
  const LeydenParameter *parameter = marked->parameter;
  LeydenValue *given = leyden_value_get_member (leyden_node_get_trainable (marked->node, parameter->name), "domain");

  if (!find_kind (parameter, &slot->kind))
    return NULL;
  slot->id = g_strdup (marked->slot);
  slot->node = g_strdup (marked->path);
  slot->parameter = g_strdup (parameter->name);
  slot->title = g_strdup (marked->title);
  slot->value = leyden_value_ref (leyden_node_types_get_parameter (types, marked->node, parameter->name));
  slot->locked = marked->locked;
  slot->is_template = parameter->kind == LEYDEN_PARAMETER_TEMPLATE;
  domain = leyden_value_get_kind (given) == LEYDEN_VALUE_LIST ? leyden_value_ref (given) : default_domain (slot, parameter, models);
  if (domain != NULL)
    slot->domain = complete_domain (domain, slot->value);
  if (slot->kind == LEYDEN_SLOT_PROMPT)
    slot->placeholders = read_placeholders (leyden_value_get_string (slot->value, NULL));
  return g_steal_pointer (&slot);
}

/**
 * leyden_slots_from_flow:
 * @flow: the flow
 * @types: its node types
 * @models: (nullable): object endpoint → list of names: the models that may be tried there
 *
 * Everything that is marked as trainable, also in the bodies of containers, with what it may become. A mark on a parameter that cannot be
 * trained is left out (checking the flow tells of it). The domain is that of the mark, else by kind: an enum's choices, both booleans,
 * temperatures 0, 0.3, 0.7 and 1, the three models of the simulation or
 * those of @models; a number has only its own value.
 *
 * Returns: (transfer full) (element-type LeydenSlot): in (node id, order of the type's parameters)
 */
GPtrArray *
leyden_slots_from_flow (LeydenFlow      *flow,
                        LeydenNodeTypes *types,
                        LeydenValue     *models)
{
  GPtrArray *slots = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_slot_free);
  g_autoptr(GPtrArray) marked = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), slots);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), slots);

  marked = leyden_flow_list_slots (flow, types);
  for (guint i = 0; i < marked->len; i++)
    {
      LeydenSlot *slot = make_slot (g_ptr_array_index (marked, i), types, models);

      if (slot != NULL)
        g_ptr_array_add (slots, slot);
    }
  return slots;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

char **
leyden_slots_list_endpoints (LeydenFlow      *flow,
                             LeydenNodeTypes *types)
{
  g_autoptr(GPtrArray) marked = NULL;
  GPtrArray *out = g_ptr_array_new ();

  marked = leyden_flow_list_slots (flow, types);
  for (guint i = 0; i < marked->len; i++)
    {
      const LeydenFlowSlot *slot = g_ptr_array_index (marked, i);
      LeydenValue *entry = leyden_node_get_trainable (slot->node, slot->parameter->name);
      LeydenValue *value = leyden_node_types_get_parameter (types, slot->node, slot->parameter->name);
      const char *endpoint = leyden_value_get_member_string (value, "endpoint", "simulated");

      if (!slot->locked && strcmp (slot->parameter->slot, "model") == 0 && leyden_value_get_member (entry, "domain") == NULL
          && strcmp (endpoint, "simulated") != 0 && !g_ptr_array_find_with_equal_func (out, endpoint, g_str_equal, NULL))
        g_ptr_array_add (out, g_strdup (endpoint));
    }
  g_ptr_array_sort (out, compare_texts);
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}

LeydenSlot *
leyden_slots_find (GPtrArray  *slots,
                   const char *id)
{
  g_return_val_if_fail (slots != NULL, NULL);

  for (guint i = 0; i < slots->len; i++)
    {
      LeydenSlot *slot = g_ptr_array_index (slots, i);

      if (g_strcmp0 (slot->id, id) == 0)
        return slot;
    }
  return NULL;
}

/* ---- The guard ---- */

static gboolean
is_blank (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

static gboolean
check_prompt (const LeydenSlot  *self,
              LeydenValue       *value,
              guint              max_tokens,
              GError           **error)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);
  g_auto(GStrv) placeholders = NULL;
  g_autofree char *wanted = NULL;
  g_autofree char *found = NULL;

  if (text == NULL || strlen (text) != length)
    {
      g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_DOMAIN, _("“%s” must be text"), self->title);
      return FALSE;
    }
  if (is_blank (text))
    {
      g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_EMPTY, _("“%s” would be empty"), self->title);
      return FALSE;
    }
  if (length > (gsize) max_tokens * BYTES_PER_TOKEN)
    {
      g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_TOO_LONG, _("“%s” would be longer than %u tokens"), self->title, max_tokens);
      return FALSE;
    }
  /* Text that was no template before has nothing to keep. */
  if (self->placeholders == NULL)
    return TRUE;
  placeholders = read_placeholders (text);
  if (placeholders != NULL && g_strv_equal ((const char * const *) placeholders, (const char * const *) self->placeholders))
    return TRUE;
  wanted = g_strjoinv (", ", self->placeholders);
  found = placeholders != NULL ? g_strjoinv (", ", placeholders) : g_strdup (_("a broken one"));
  g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_PLACEHOLDERS, _("The placeholders of “%s” must stay: %s; the text has: %s"),
               self->title, *wanted != '\0' ? wanted : _("none"), *found != '\0' ? found : _("none"));
  return FALSE;
}

static gboolean
is_example_list (LeydenValue *value)
{
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      LeydenValue *example = leyden_value_get_item (value, i);

      if (leyden_value_get_member (example, "input") == NULL || leyden_value_get_member (example, "output") == NULL)
        return FALSE;
    }
  return TRUE;
}

/**
 * leyden_slot_check:
 * @self: a slot
 * @value: what it might become
 * @max_tokens: of a prompt, a token counted as 4 bytes of UTF-8; 0: 4096
 * @error: return location
 *
 * The guard through which every proposed value goes. The first value itself always passes.
 *
 * Errors: %LEYDEN_SLOT_ERROR; the message is for people and names the slot by its title
 *
 * Returns: whether the slot may have the value
 */
gboolean
leyden_slot_check (const LeydenSlot  *self,
                   LeydenValue       *value,
                   guint              max_tokens,
                   GError           **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (leyden_value_equal (value, self->value))
    return TRUE;
  if (self->locked)
    g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_LOCKED, _("“%s” is locked"), self->title);
  else if (self->kind == LEYDEN_SLOT_PROMPT)
    return check_prompt (self, value, max_tokens != 0 ? max_tokens : MAX_PROMPT_TOKENS, error);
  else if (self->kind == LEYDEN_SLOT_EXAMPLES)
    {
      if (is_example_list (value))
        return TRUE;
      g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_DOMAIN, _("“%s” must be a list of pairs of input and output"), self->title);
    }
  else if (list_has (self->domain, value))
    return TRUE;
  else
    g_set_error (error, LEYDEN_SLOT_ERROR, LEYDEN_SLOT_ERROR_DOMAIN, _("“%s” may not have this value"), self->title);
  return FALSE;
}
