/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-port-type.h"

#include <glib/gi18n-lib.h>
#include "leyden-json.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-port-error-quark, leyden_port_error)

static const struct
{
  const char *name;
  const char *title;
} types[LEYDEN_N_PORT_TYPES] = {
  [LEYDEN_PORT_ANY] = { "any", N_("Anything") },
  [LEYDEN_PORT_TEXT] = { "text", N_("Text") },
  [LEYDEN_PORT_NUMBER] = { "number", N_("Number") },
  [LEYDEN_PORT_BOOLEAN] = { "boolean", N_("Yes or no") },
  [LEYDEN_PORT_OBJECT] = { "object", N_("Object") },
  [LEYDEN_PORT_LIST] = { "list", N_("List") },
  [LEYDEN_PORT_MESSAGES] = { "messages", N_("Messages") },
  [LEYDEN_PORT_IMAGE] = { "image", N_("Image") },
  [LEYDEN_PORT_AUDIO] = { "audio", N_("Audio") },
  [LEYDEN_PORT_VIDEO] = { "video", N_("Video") },
  [LEYDEN_PORT_FILE] = { "file", N_("File") },
  [LEYDEN_PORT_TOOLS] = { "tools", N_("Tools") },
  [LEYDEN_PORT_REWARD] = { "reward", N_("Reward") },
};

const char *
leyden_port_type_to_string (LeydenPortType type)
{
  g_return_val_if_fail ((int) type >= 0 && type < LEYDEN_N_PORT_TYPES, "any");
  return types[type].name;
}

gboolean
leyden_port_type_from_string (const char     *name,
                              LeydenPortType *out)
{
  g_return_val_if_fail (name != NULL, FALSE);

  for (int i = 0; i < LEYDEN_N_PORT_TYPES; i++)
    if (g_str_equal (types[i].name, name))
      {
        if (out != NULL)
          *out = (LeydenPortType) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_port_type_get_title (LeydenPortType type)
{
  g_return_val_if_fail ((int) type >= 0 && type < LEYDEN_N_PORT_TYPES, "");
  return g_dgettext (GETTEXT_PACKAGE, types[type].title);
}

/* The table of conversions: row = from, column = to.
 * '=' same, 's' silent, 'x' offered by an Extract node, 't' offered by a Transform node, '.' refused.
 * Silent is what loses nothing: the old value can be told from the new one. What comes from or goes to `any` is checked when it
 * runs, because only then its value is known. `tools` carries definitions and not values, so it fits nothing else. */
static const char conversions[LEYDEN_N_PORT_TYPES][LEYDEN_N_PORT_TYPES + 1] = {
  /*                           any
   *                           | text
   *                           | | number boolean object list messages image audio video file tools reward */
  [LEYDEN_PORT_ANY]      = "=ssssssssss.s",
  [LEYDEN_PORT_TEXT]     = "s=xtxxs.....x",
  [LEYDEN_PORT_NUMBER]   = "ss=t........s",
  [LEYDEN_PORT_BOOLEAN]  = "sss=........s",
  [LEYDEN_PORT_OBJECT]   = "ssxx=tt.....x",
  [LEYDEN_PORT_LIST]     = "ssxxt=t.....x",
  [LEYDEN_PORT_MESSAGES] = "st..ts=......",
  [LEYDEN_PORT_IMAGE]    = "s......=..s..",
  [LEYDEN_PORT_AUDIO]    = "s.......=.s..",
  [LEYDEN_PORT_VIDEO]    = "s........=s..",
  [LEYDEN_PORT_FILE]     = "s.........=..",
  [LEYDEN_PORT_TOOLS]    = "...........=.",
  [LEYDEN_PORT_REWARD]   = "ssst........=",
};

static char *
dup_refusal (LeydenPortType from,
             LeydenPortType to)
{
  const char *source = leyden_port_type_get_title (from);
  const char *target = leyden_port_type_get_title (to);

  if (from == LEYDEN_PORT_TOOLS)
    return g_strdup (_("A tool can only be connected to a “Tools” input: it is called there and has no value of its own."));
  if (to == LEYDEN_PORT_TOOLS)
    return g_strdup (_("A “Tools” input takes tools, for example a Calculator, and no values."));
  if (to == LEYDEN_PORT_IMAGE || to == LEYDEN_PORT_AUDIO || to == LEYDEN_PORT_VIDEO || to == LEYDEN_PORT_FILE)
    /* Translators: two port types, for example "Text" and "Image". */
    return g_strdup_printf (_("“%s” cannot become “%s”: that needs the content of a file of this kind."), source, target);
  if (from == LEYDEN_PORT_IMAGE || from == LEYDEN_PORT_AUDIO || from == LEYDEN_PORT_VIDEO || from == LEYDEN_PORT_FILE)
    return g_strdup_printf (_("“%s” has no meaning as “%s” by itself; give it to a Model call and use its answer."),
                            source, target);
  return g_strdup_printf (_("There is no sensible way from “%s” to “%s”."), source, target);
}

LeydenConversion
leyden_port_type_convert (LeydenPortType   from,
                          LeydenPortType   to,
                          char           **reason,
                          const char     **node_type)
{
  char kind;

  g_return_val_if_fail ((int) from >= 0 && from < LEYDEN_N_PORT_TYPES, LEYDEN_CONVERSION_REFUSED);
  g_return_val_if_fail ((int) to >= 0 && to < LEYDEN_N_PORT_TYPES, LEYDEN_CONVERSION_REFUSED);

  if (reason != NULL)
    *reason = NULL;
  if (node_type != NULL)
    *node_type = NULL;

  kind = conversions[from][to];
  if (kind == '=')
    return LEYDEN_CONVERSION_SAME;
  if (kind == 's')
    return LEYDEN_CONVERSION_SILENT;
  if (kind == '.')
    {
      if (reason != NULL)
        *reason = dup_refusal (from, to);
      return LEYDEN_CONVERSION_REFUSED;
    }

  if (node_type != NULL)
    *node_type = kind == 'x' ? "extract" : "transform";
  if (reason != NULL)
    *reason = g_strdup_printf (kind == 'x'
                                 ? _("“%s” does not become “%s” by itself; an Extract node between them picks it out.")
                                 : _("“%s” does not become “%s” by itself; a Transform node between them converts it."),
                               leyden_port_type_get_title (from), leyden_port_type_get_title (to));
  return LEYDEN_CONVERSION_OFFERED;
}

static LeydenValue *
coerce_text (LeydenValue *value)
{
  g_autofree char *text = NULL;

  if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
    return leyden_value_ref (value);
  text = leyden_json_write (value, LEYDEN_JSON_CANONICAL);
  return leyden_value_new_string (text, -1);
}

static LeydenValue *
coerce_number (LeydenValue *value)
{
  double number;

  if (leyden_value_get_kind (value) == LEYDEN_VALUE_BOOLEAN)
    return leyden_value_new_int (leyden_value_get_boolean (value) ? 1 : 0);
  if (leyden_value_get_double (value, &number))
    return leyden_value_ref (value);
  return NULL;
}

static gboolean
is_messages (LeydenValue *value)
{
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    if (leyden_value_get_member_string (leyden_value_get_item (value, i), "role", NULL) == NULL)
      return FALSE;
  return TRUE;
}

static LeydenValue *
coerce_messages (LeydenValue *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  if (is_messages (value))
    return leyden_value_ref (value);

  leyden_value_builder_begin_list (&builder);
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
    {
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "role", "user");
      leyden_value_builder_set (&builder, "content", value);
      leyden_value_builder_end (&builder);
    }
  else if (leyden_value_get_member_string (value, "role", NULL) != NULL)
    leyden_value_builder_add (&builder, value);
  else
    return NULL;
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenValue *
coerce_kinds (LeydenValue     *value,
              LeydenValueKind  first,
              LeydenValueKind  second)
{
  LeydenValueKind kind = leyden_value_get_kind (value);

  return kind == first || kind == second ? leyden_value_ref (value) : NULL;
}

static LeydenValue *
coerce (LeydenPortType  to,
        LeydenValue    *value)
{
  switch (to)
    {
    case LEYDEN_PORT_ANY:
      return leyden_value_ref (value);
    case LEYDEN_PORT_TEXT:
      return coerce_text (value);
    case LEYDEN_PORT_NUMBER:
    case LEYDEN_PORT_REWARD:
      return coerce_number (value);
    case LEYDEN_PORT_BOOLEAN:
      return coerce_kinds (value, LEYDEN_VALUE_BOOLEAN, LEYDEN_VALUE_BOOLEAN);
    case LEYDEN_PORT_OBJECT:
      return coerce_kinds (value, LEYDEN_VALUE_OBJECT, LEYDEN_VALUE_OBJECT);
    case LEYDEN_PORT_LIST:
      return coerce_kinds (value, LEYDEN_VALUE_LIST, LEYDEN_VALUE_LIST);
    case LEYDEN_PORT_MESSAGES:
      return coerce_messages (value);
    case LEYDEN_PORT_IMAGE:
    case LEYDEN_PORT_AUDIO:
    case LEYDEN_PORT_VIDEO:
    case LEYDEN_PORT_FILE:
      return coerce_kinds (value, LEYDEN_VALUE_STRING, LEYDEN_VALUE_OBJECT);
    case LEYDEN_PORT_TOOLS:
      return coerce_kinds (value, LEYDEN_VALUE_LIST, LEYDEN_VALUE_OBJECT);
    case LEYDEN_N_PORT_TYPES:
    default:
      return NULL;
    }
}

LeydenValue *
leyden_port_type_coerce (LeydenPortType   to,
                         LeydenValue     *value,
                         GError         **error)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  LeydenValue *result;

  g_return_val_if_fail ((int) to >= 0 && to < LEYDEN_N_PORT_TYPES, NULL);

  if (leyden_value_is_null (value))
    return leyden_value_new_null ();
  result = coerce (to, value);
  if (result != NULL)
    return result;

  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  shown = leyden_text_escape (text, -1, 80);
  /* Translators: a port type, then a kind of JSON value ("object") and the value itself. */
  g_set_error (error, LEYDEN_PORT_ERROR, LEYDEN_PORT_ERROR_TYPE, _("expected “%s”, but a value of kind %s came: %s"),
               leyden_port_type_get_title (to), leyden_value_kind_to_string (leyden_value_get_kind (value)), shown);
  return NULL;
}
