/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-catalog"

#include "config.h"
#include "leyden-descriptor.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include "leyden-json.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-catalog-error-quark, leyden_catalog_error)

#define DESCRIPTOR_FORMAT 1
#define MAX_TYPE_LENGTH 64

static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation", NULL };
static const char * const effects[] = { "none", "repeatable", "once", NULL };
static const char * const ports_kinds[] = { "", "template", "fields", "weights", "cases", NULL };

static gboolean
fault (GError     **error,
       const char  *pointer,
       const char  *message)
{
  g_set_error (error, LEYDEN_CATALOG_ERROR, LEYDEN_CATALOG_ERROR_DESCRIPTOR, "%s: %s", *pointer ? pointer : "/", message);
  return FALSE;
}

/* Texts of descriptors are message ids of our domain; a plug-in's own text is not found there and stays as it is. */
static char *
dup_translated (LeydenValue *object,
                const char  *key)
{
  const char *text = leyden_value_get_member_string (object, key, NULL);

  return text != NULL && *text != '\0' ? g_strdup (g_dgettext (GETTEXT_PACKAGE, text)) : NULL;
}

static gboolean
is_name (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  return length > 0 && length <= MAX_TYPE_LENGTH && g_ascii_isalpha (*text)
         && strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == length;
}

static gboolean
read_name (LeydenValue  *object,
           const char   *key,
           const char   *pointer,
           char        **out,
           GError      **error)
{
  const char *name = leyden_value_get_member_string (object, key, NULL);
  g_autofree char *where = g_strconcat (pointer, "/", key, NULL);

  if (!is_name (name))
    return fault (error, where, _("must be a name of letters, digits, “_”, “-” and “.”, at most 64, that begins with a letter"));
  *out = g_strdup (name);
  return TRUE;
}

static gboolean
read_title (LeydenValue  *object,
            const char   *key,
            const char   *pointer,
            char        **out,
            GError      **error)
{
  g_autofree char *where = g_strconcat (pointer, "/", key, NULL);

  *out = dup_translated (object, key);
  return *out != NULL || fault (error, where, _("a text is required"));
}

/* Index in @choices of the member @key, @fallback (may be −1: required) when it is absent. */
static gboolean
read_choice (LeydenValue         *object,
             const char          *key,
             const char          *pointer,
             const char * const  *choices,
             int                  fallback,
             int                 *out,
             GError             **error)
{
  LeydenValue *member = leyden_value_get_member (object, key);
  const char *text = leyden_value_get_string (member, NULL);
  g_autofree char *where = g_strconcat (pointer, "/", key, NULL);
  g_autofree char *list = NULL;
  g_autofree char *message = NULL;

  *out = fallback;
  if (member == NULL && fallback >= 0)
    return TRUE;
  for (int i = 0; text != NULL && choices[i] != NULL; i++)
    if (*choices[i] != '\0' && g_str_equal (choices[i], text))
      {
        *out = i;
        return TRUE;
      }
  list = g_strjoinv (", ", (char **) choices);
  message = g_strdup_printf (_("must be one of: %s"), list);
  return fault (error, where, message);
}

static gboolean
expect_list (LeydenValue  *object,
             const char   *key,
             const char   *pointer,
             GError      **error)
{
  LeydenValue *member = leyden_value_get_member (object, key);
  g_autofree char *where = g_strconcat (pointer, "/", key, NULL);

  return member == NULL || leyden_value_get_kind (member) == LEYDEN_VALUE_LIST || fault (error, where, _("must be a list"));
}

/* Whether the output is dead for now: {"parameter", "values"}. */
static gboolean
read_alive (LeydenPort   *port,
            LeydenValue  *value,
            const char   *pointer,
            GError      **error)
{
  LeydenValue *alive = leyden_value_get_member (value, "alive");
  LeydenValue *values = leyden_value_get_member (alive, "values");
  g_autofree char *where = g_strconcat (pointer, "/alive", NULL);

  if (alive == NULL)
    return TRUE;
  port->alive_parameter = g_strdup (leyden_value_get_member_string (alive, "parameter", NULL));
  if (port->alive_parameter == NULL || leyden_value_get_kind (values) != LEYDEN_VALUE_LIST || leyden_value_get_size (values) == 0)
    return fault (error, where, _("needs a parameter and a list of values"));
  port->alive_values = leyden_value_ref (values);
  return TRUE;
}

static LeydenPort *
read_port (LeydenValue  *value,
           const char   *pointer,
           GError      **error)
{
  LeydenPort *port = g_new0 (LeydenPort, 1);
  const char *type = leyden_value_get_member_string (value, "type", "");
  LeydenValue *fallback = leyden_value_get_member (value, "default");
  gboolean good;

  good = read_name (value, "name", pointer, &port->name, error) && read_title (value, "title", pointer, &port->title, error);
  if (good && !leyden_port_type_from_string (type, &port->type))
    {
      g_autofree char *where = g_strconcat (pointer, "/type", NULL);

      good = fault (error, where, _("is no type of a port"));
    }
  if (!good || !read_alive (port, value, pointer, error))
    {
      leyden_port_free (port);
      return NULL;
    }
  port->description = dup_translated (value, "description");
  port->required = leyden_value_get_member_boolean (value, "required", FALSE);
  port->multiple = leyden_value_get_member_boolean (value, "multiple", FALSE);
  port->is_error = leyden_value_get_member_boolean (value, "error", FALSE);
  port->fallback = fallback != NULL ? leyden_value_ref (fallback) : NULL;
  return port;
}

static gboolean
read_ports (LeydenValue  *object,
            const char   *key,
            GPtrArray    *ports,
            GError      **error)
{
  LeydenValue *list = leyden_value_get_member (object, key);

  if (!expect_list (object, key, "", error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/%s/%u", key, i);
      LeydenPort *port = i < LEYDEN_MAX_PORTS ? read_port (leyden_value_get_item (list, i), pointer, error) : NULL;

      if (i == LEYDEN_MAX_PORTS)
        return fault (error, pointer, _("too many ports"));
      if (port == NULL)
        return FALSE;
      if (leyden_ports_find (ports, port->name) != NULL)
        {
          leyden_port_free (port);
          return fault (error, pointer, _("a port of this name exists already"));
        }
      g_ptr_array_add (ports, port);
    }
  return TRUE;
}

static gboolean
read_choices (LeydenValue      *value,
              LeydenParameter  *parameter,
              const char       *pointer,
              GError          **error)
{
  LeydenValue *list = leyden_value_get_member (value, "choices");
  g_autoptr(GStrvBuilder) values = g_strv_builder_new ();
  g_autoptr(GStrvBuilder) titles = g_strv_builder_new ();
  g_autofree char *where = g_strconcat (pointer, "/choices", NULL);

  if (parameter->kind != LEYDEN_PARAMETER_ENUM)
    return TRUE;
  if (leyden_value_get_size (list) == 0)
    return fault (error, where, _("an enum needs a list of choices"));
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *choice = leyden_value_get_item (list, i);
      const char *name = leyden_value_get_member_string (choice, "value", NULL);
      g_autofree char *title = dup_translated (choice, "title");

      if (name == NULL || title == NULL)
        return fault (error, where, _("a choice has a value and a title"));
      g_strv_builder_add (values, name);
      g_strv_builder_add (titles, title);
    }
  parameter->choices = g_strv_builder_end (values);
  parameter->choice_titles = g_strv_builder_end (titles);
  if (!g_strv_contains ((const char * const *) parameter->choices,
                        leyden_value_get_string (parameter->fallback, NULL) ? leyden_value_get_string (parameter->fallback, NULL)
                                                                            : "\n"))
    return fault (error, where, _("the default must be one of the choices"));
  return TRUE;
}

static gboolean
read_limits (LeydenValue      *value,
             LeydenParameter  *parameter,
             const char       *pointer,
             GError          **error)
{
  LeydenValue *visible = leyden_value_get_member (value, "visible");

  parameter->minimum = leyden_value_get_member_double (value, "minimum", -INFINITY);
  parameter->maximum = leyden_value_get_member_double (value, "maximum", INFINITY);
  parameter->step = leyden_value_get_member_double (value, "step", 0);
  if (parameter->minimum > parameter->maximum)
    return fault (error, pointer, _("minimum is above maximum"));
  if (visible == NULL)
    return TRUE;
  parameter->visible_parameter = g_strdup (leyden_value_get_member_string (visible, "parameter", NULL));
  if (parameter->visible_parameter == NULL || leyden_value_get_size (leyden_value_get_member (visible, "values")) == 0)
    return fault (error, pointer, _("“visible” needs a parameter and a list of values"));
  parameter->visible_values = leyden_value_ref (leyden_value_get_member (visible, "values"));
  return TRUE;
}

static gboolean
fill_parameter (LeydenParameter  *parameter,
                LeydenValue      *value,
                const char       *pointer,
                GError          **error)
{
  LeydenValue *fallback = leyden_value_get_member (value, "default");
  g_autofree char *where = g_strconcat (pointer, "/kind", NULL);

  if (!read_name (value, "name", pointer, &parameter->name, error)
      || !read_title (value, "title", pointer, &parameter->title, error))
    return FALSE;
  if (!leyden_parameter_kind_from_string (leyden_value_get_member_string (value, "kind", ""), &parameter->kind))
    return fault (error, where, _("is no kind of a parameter"));
  parameter->help = dup_translated (value, "help");
  parameter->unit = dup_translated (value, "unit");
  parameter->language = g_strdup (leyden_value_get_member_string (value, "language", NULL));
  parameter->fallback = fallback != NULL ? leyden_value_ref (fallback) : leyden_value_new_null ();
  parameter->required = leyden_value_get_member_boolean (value, "required", FALSE);
  parameter->advanced = leyden_value_get_member_boolean (value, "advanced", FALSE);
  parameter->slot = g_strdup (leyden_value_get_member_string (value, "slot", NULL));
  return read_choices (value, parameter, pointer, error) && read_limits (value, parameter, pointer, error);
}

static gboolean
read_parameters (LeydenNodeType  *type,
                 LeydenValue     *value,
                 GError         **error)
{
  LeydenValue *list = leyden_value_get_member (value, "parameters");

  if (!expect_list (value, "parameters", "", error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/parameters/%u", i);
      LeydenParameter *parameter = g_new0 (LeydenParameter, 1);

      if (!fill_parameter (parameter, leyden_value_get_item (list, i), pointer, error))
        {
          leyden_parameter_free (parameter);
          return FALSE;
        }
      if (leyden_node_type_find_parameter (type, parameter->name) != NULL)
        {
          leyden_parameter_free (parameter);
          return fault (error, pointer, _("a parameter of this name exists already"));
        }
      g_ptr_array_add (type->parameters, parameter);
    }
  return TRUE;
}

static gboolean
read_ports_from (LeydenNodeType   *type,
                 LeydenValue      *value,
                 const char       *key,
                 LeydenPortsFrom  *from,
                 GError          **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);
  g_autofree char *pointer = g_strconcat ("/", key, NULL);
  int kind;

  if (member == NULL)
    return TRUE;
  if (!read_choice (member, "kind", pointer, ports_kinds, -1, &kind, error)
      || !read_name (member, "parameter", pointer, &from->parameter, error))
    return FALSE;
  if (leyden_node_type_find_parameter (type, from->parameter) == NULL)
    return fault (error, pointer, _("names a parameter that does not exist"));
  from->kind = (LeydenPortsKind) kind;
  return TRUE;
}

/* The name of a parameter that holds the name of a field; absent: none. */
static gboolean
read_field_parameter (LeydenNodeType  *type,
                      LeydenValue     *body,
                      const char      *key,
                      char           **out,
                      GError         **error)
{
  g_autofree char *pointer = g_strconcat ("/body/", key, NULL);
  const LeydenParameter *parameter;

  if (leyden_value_get_member (body, key) == NULL)
    return TRUE;
  if (!read_name (body, key, "/body", out, error))
    return FALSE;
  parameter = leyden_node_type_find_parameter (type, *out);
  if (parameter == NULL || parameter->kind != LEYDEN_PARAMETER_TEXT)
    return fault (error, pointer, _("names no parameter of the kind text"));
  return TRUE;
}

static gboolean
read_body (LeydenNodeType  *type,
           LeydenValue     *value,
           GError         **error)
{
  LeydenValue *body = leyden_value_get_member (value, "body");
  LeydenContainer *container;

  if (body == NULL)
    return TRUE;
  if (!expect_list (body, "fields", "/body", error) || !expect_list (body, "results", "/body", error))
    return FALSE;
  if (leyden_value_get_member (body, "fields") == NULL || leyden_value_get_member (body, "results") == NULL)
    return fault (error, "/body", _("needs the lists “fields” and “results” of a new body"));
  container = type->container = g_new0 (LeydenContainer, 1);
  container->fields = leyden_value_ref (leyden_value_get_member (body, "fields"));
  container->results = leyden_value_ref (leyden_value_get_member (body, "results"));
  container->gives_lists = leyden_value_get_member_boolean (body, "lists", FALSE);
  return read_field_parameter (type, body, "item", &container->item_parameter, error)
         && read_field_parameter (type, body, "index", &container->index_parameter, error);
}

static char **
read_words (LeydenValue *list,
            gboolean     translate)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *word = leyden_value_get_string (leyden_value_get_item (list, i), NULL);

      if (word != NULL && *word != '\0')
        g_strv_builder_add (builder, translate ? g_dgettext (GETTEXT_PACKAGE, word) : word);
    }
  return g_strv_builder_end (builder);
}

static gboolean
read_input_groups (LeydenNodeType  *type,
                   LeydenValue     *value,
                   GError         **error)
{
  LeydenValue *list = leyden_value_get_member (value, "input_groups");

  if (!expect_list (value, "input_groups", "", error))
    return FALSE;
  if (list == NULL)
    return TRUE;
  type->input_groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      char **names = read_words (leyden_value_get_item (list, i), FALSE);

      g_ptr_array_add (type->input_groups, names);
      for (guint k = 0; names[k] != NULL; k++)
        if (leyden_ports_find (type->inputs, names[k]) == NULL)
          return fault (error, "/input_groups", _("names an input that does not exist"));
    }
  return TRUE;
}

static gboolean
read_type (LeydenDescriptor  *self,
           LeydenValue       *value,
           GError           **error)
{
  LeydenNodeType *type = &self->type;
  LeydenValue *size = leyden_value_get_member (value, "size");
  int category;
  int effect;

  if (leyden_value_get_member_int (value, "leyden_descriptor", 0) != DESCRIPTOR_FORMAT)
    return fault (error, "/leyden_descriptor", _("must be 1: this is no descriptor, or one of another version"));
  if (!read_name (value, "type", "", &type->type, error) || !read_title (value, "title", "", &type->title, error)
      || !read_title (value, "description", "", &type->description, error)
      || !read_choice (value, "category", "", categories, -1, &category, error)
      || !read_choice (value, "effects", "", effects, LEYDEN_EFFECTS_ONCE, &effect, error))
    return FALSE;

  type->documentation = dup_translated (value, "documentation");
  type->category = g_strdup (categories[category]);
  type->effects = (LeydenEffects) effect;
  type->icon = g_strdup (leyden_value_get_member_string (value, "icon", "application-x-addon-symbolic"));
  type->keywords = read_words (leyden_value_get_member (value, "keywords"), TRUE);
  type->is_tool = leyden_value_get_member_boolean (value, "tool", FALSE);
  type->calls_model = leyden_value_get_member_boolean (value, "calls_model", FALSE);
  type->outside = leyden_value_get_member_boolean (value, "outside", FALSE);
  type->learns = leyden_value_get_member_boolean (value, "learns", FALSE);
  type->inputs_parameter = g_strdup (leyden_value_get_member_string (leyden_value_get_member (value, "inputs_from"), "parameter", NULL));
  type->width = CLAMP (leyden_value_get_member_double (size, "width", 180), 80, 1000);
  type->height = CLAMP (leyden_value_get_member_double (size, "height", 96), 40, 1000);
  return read_ports (value, "inputs", type->inputs, error) && read_ports (value, "outputs", type->outputs, error)
         && read_parameters (type, value, error)
         && read_ports_from (type, value, "inputs_from", &self->inputs_from, error)
         && read_ports_from (type, value, "outputs_from", &self->outputs_from, error)
         && read_body (type, value, error) && read_input_groups (type, value, error);
}

LeydenDescriptor *
leyden_descriptor_parse (GBytes      *bytes,
                         const char  *name,
                         GError     **error)
{
  g_autofree char *shown = leyden_text_escape (name, -1, 200);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) local = NULL;
  LeydenDescriptor *self;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  value = leyden_json_parse_bytes (bytes, NULL, &local);
  if (value == NULL)
    {
      g_set_error (error, LEYDEN_CATALOG_ERROR, LEYDEN_CATALOG_ERROR_SYNTAX, "%s: %s", shown, local->message);
      return NULL;
    }
  self = g_new0 (LeydenDescriptor, 1);
  self->value = leyden_value_ref (value);
  self->type.inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);
  self->type.outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);
  self->type.parameters = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_parameter_free);
  if (read_type (self, value, error))
    return self;
  g_prefix_error (error, "%s: ", shown);
  leyden_descriptor_free (self);
  return NULL;
}

void
leyden_descriptor_free (LeydenDescriptor *self)
{
  LeydenNodeType *type = &self->type;

  g_free (type->type);
  g_free (type->title);
  g_free (type->description);
  g_free (type->documentation);
  g_free (type->category);
  g_free (type->icon);
  g_strfreev (type->keywords);
  g_ptr_array_unref (type->inputs);
  g_ptr_array_unref (type->outputs);
  g_ptr_array_unref (type->parameters);
  g_clear_pointer (&type->input_groups, g_ptr_array_unref);
  g_clear_pointer (&type->container, leyden_container_free);
  g_free (type->inputs_parameter);
  g_free (self->inputs_from.parameter);
  g_free (self->outputs_from.parameter);
  leyden_value_unref (self->value);
  g_free (self);
}
