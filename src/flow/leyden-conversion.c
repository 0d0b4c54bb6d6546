/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-conversion.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"

/* The first way of each pair is the one that checking offers as a repair. */
static const LeydenConversionWay ways[] = {
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_NUMBER, N_("The last number in it"), TRUE,
    "{\"method\":\"regex\",\"pattern\":\"(-?\\\\d[\\\\d,]*(?:\\\\.\\\\d+)?)\",\"group\":1,\"occurrence\":\"last\",\"type\":\"number\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_NUMBER, N_("The first number in it"), TRUE,
    "{\"method\":\"regex\",\"pattern\":\"(-?\\\\d[\\\\d,]*(?:\\\\.\\\\d+)?)\",\"group\":1,\"occurrence\":\"first\",\"type\":\"number\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_NUMBER, N_("How many characters it has"), FALSE,
    "{\"expression\":\"length(value)\",\"type\":\"number\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_REWARD, N_("The last number in it"), TRUE,
    "{\"method\":\"regex\",\"pattern\":\"(-?\\\\d[\\\\d,]*(?:\\\\.\\\\d+)?)\",\"group\":1,\"occurrence\":\"last\",\"type\":\"number\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_REWARD, N_("1 if it says yes or true, else 0"), FALSE,
    "{\"expression\":\"lower(trim(value)) IN ('yes', 'true', '1')\",\"type\":\"number\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_OBJECT, N_("The JSON that it is"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$\",\"type\":\"json\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_OBJECT, N_("An object with the text in it"), FALSE,
    "{\"expression\":\"json_object('text', value)\",\"type\":\"json\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_LIST, N_("The JSON that it is"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$\",\"type\":\"json\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_LIST, N_("A list with the text in it"), FALSE,
    "{\"expression\":\"json_array(value)\",\"type\":\"json\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_BOOLEAN, N_("Whether it says yes or true"), FALSE,
    "{\"expression\":\"lower(trim(value)) IN ('yes', 'true', '1')\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_TEXT, LEYDEN_PORT_BOOLEAN, N_("Whether there is any text"), FALSE,
    "{\"expression\":\"length(trim(value)) > 0\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_NUMBER, LEYDEN_PORT_BOOLEAN, N_("Whether it is not 0"), FALSE,
    "{\"expression\":\"value <> 0\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_NUMBER, LEYDEN_PORT_BOOLEAN, N_("Whether it is above 0"), FALSE,
    "{\"expression\":\"value > 0\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_REWARD, LEYDEN_PORT_BOOLEAN, N_("Whether it is above one half"), FALSE,
    "{\"expression\":\"value > 0.5\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_REWARD, LEYDEN_PORT_BOOLEAN, N_("Whether it is 1 or more"), FALSE,
    "{\"expression\":\"value >= 1\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_OBJECT, LEYDEN_PORT_NUMBER, N_("Its “value”, a number"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$.value\",\"type\":\"number\"}" },
  { LEYDEN_PORT_OBJECT, LEYDEN_PORT_BOOLEAN, N_("Its “value”, yes or no"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$.value\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_OBJECT, LEYDEN_PORT_REWARD, N_("Its “value”, a number"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$.value\",\"type\":\"number\"}" },
  { LEYDEN_PORT_OBJECT, LEYDEN_PORT_LIST, N_("A list with the object in it"), FALSE,
    "{\"expression\":\"json_array(json(value))\",\"type\":\"json\"}" },
  { LEYDEN_PORT_OBJECT, LEYDEN_PORT_MESSAGES, N_("One message of the user with it"), FALSE,
    "{\"expression\":\"json_array(json_object('role', 'user', 'content', value))\",\"type\":\"json\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_NUMBER, N_("Its first item, a number"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$[0]\",\"type\":\"number\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_NUMBER, N_("How many items it has"), FALSE,
    "{\"expression\":\"json_array_length(value)\",\"type\":\"number\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_BOOLEAN, N_("Its first item, yes or no"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$[0]\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_BOOLEAN, N_("Whether it has any item"), FALSE,
    "{\"expression\":\"json_array_length(value) > 0\",\"type\":\"boolean\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_REWARD, N_("Its first item, a number"), TRUE,
    "{\"method\":\"json_path\",\"path\":\"$[0]\",\"type\":\"number\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_OBJECT, N_("An object with the list as “items”"), FALSE,
    "{\"expression\":\"json_object('items', json(value))\",\"type\":\"json\"}" },
  { LEYDEN_PORT_LIST, LEYDEN_PORT_MESSAGES, N_("One message of the user with it"), FALSE,
    "{\"expression\":\"json_array(json_object('role', 'user', 'content', value))\",\"type\":\"json\"}" },
  { LEYDEN_PORT_MESSAGES, LEYDEN_PORT_TEXT, N_("The text of the last message"), FALSE,
    "{\"expression\":\"value ->> '$[#-1].content'\",\"type\":\"text\"}" },
  { LEYDEN_PORT_MESSAGES, LEYDEN_PORT_TEXT, N_("The text of the first message"), FALSE,
    "{\"expression\":\"value ->> '$[0].content'\",\"type\":\"text\"}" },
  { LEYDEN_PORT_MESSAGES, LEYDEN_PORT_OBJECT, N_("The last message"), FALSE,
    "{\"expression\":\"value -> '$[#-1]'\",\"type\":\"json\"}" },
};

GPtrArray *
leyden_conversion_list_ways (LeydenPortType from,
                             LeydenPortType to)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].from == from && ways[i].to == to)
      g_ptr_array_add (list, (gpointer) &ways[i]);
  return list;
}

const char *
leyden_conversion_get_label (const LeydenConversionWay *way)
{
  g_return_val_if_fail (way != NULL, NULL);
  return g_dgettext (GETTEXT_PACKAGE, way->label);
}

const char *
leyden_conversion_get_type (const LeydenConversionWay *way)
{
  g_return_val_if_fail (way != NULL, NULL);
  return way->extracts ? "extract" : "transform";
}

const char *
leyden_conversion_get_input (const LeydenConversionWay *way)
{
  g_return_val_if_fail (way != NULL, NULL);
  return way->extracts ? "text" : "value";
}

const char *
leyden_conversion_get_output (const LeydenConversionWay *way)
{
  g_return_val_if_fail (way != NULL, NULL);
  return way->extracts ? "value" : "result";
}

void
leyden_conversion_add_node (const LeydenConversionWay *way,
                            LeydenEdit                *edit,
                            const char                *id,
                            float                      x,
                            float                      y)
{
  g_autoptr(LeydenValue) parameters = NULL;

  g_return_if_fail (way != NULL && edit != NULL && id != NULL);

  parameters = leyden_json_parse (way->parameters, -1, NULL, NULL);
  g_return_if_fail (parameters != NULL);
  leyden_edit_add_node (edit, id, leyden_conversion_get_type (way), "", x, y, parameters);
}
