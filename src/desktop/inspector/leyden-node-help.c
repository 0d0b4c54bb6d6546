/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-node-help.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

static void
append_text (GtkWidget  *box,
             const char *text,
             const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), style == NULL);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
}

static void
append_ports (GtkWidget  *box,
              const char *heading,
              GPtrArray  *ports)
{
  if (ports->len == 0)
    return;
  append_text (box, heading, "caption-heading");
  for (guint i = 0; i < ports->len; i++)
    {
      const LeydenPort *port = g_ptr_array_index (ports, i);
      /* Translators: a port: its title, its type, what it is for. */
      g_autofree char *text = g_strdup_printf (_("%s (%s): %s"), port->title, leyden_port_type_get_title (port->type),
                                               port->description != NULL ? port->description : "");

      append_text (box, text, "caption");
    }
}

static char *
show_default (const LeydenParameter *parameter)
{
  g_autofree char *text = leyden_value_is_null (parameter->fallback) ? NULL : leyden_json_write (parameter->fallback, LEYDEN_JSON_COMPACT);

  return text != NULL ? leyden_text_display (text, -1, 60, FALSE) : NULL;
}

static void
append_parameters (GtkWidget *box,
                   GPtrArray *parameters)
{
  if (parameters->len == 0)
    return;
  append_text (box, _("Settings"), "caption-heading");
  for (guint i = 0; i < parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (parameters, i);
      g_autofree char *fallback = show_default (parameter);
      g_autoptr(GString) text = g_string_new (parameter->title);

      if (parameter->help != NULL)
        g_string_append_printf (text, ": %s", parameter->help);
      if (fallback != NULL)
        {
          g_string_append_c (text, ' ');
          g_string_append_printf (text, _("Default: %s"), fallback);
        }
      append_text (box, text->str, "caption");
    }
}

static const char *
describe_effects (LeydenEffects effects)
{
  switch (effects)
    {
    case LEYDEN_EFFECTS_NONE:
      return _("It changes nothing outside: it may run again at any time.");
    case LEYDEN_EFFECTS_REPEATABLE:
      return _("Running it again costs something and harms nothing.");
    case LEYDEN_EFFECTS_ONCE:
    default:
      return _("It acts on something outside: whether it runs again is asked first.");
    }
}

static void
fill (GtkExpander *expander)
{
  const LeydenNodeType *type = g_object_get_data (G_OBJECT (expander), "type");
  GtkWidget *box;

  if (!gtk_expander_get_expanded (expander) || gtk_expander_get_child (expander) != NULL)
    return;
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_margin_top (box, 6);
  if (type->documentation != NULL)
    append_text (box, type->documentation, NULL);
  append_ports (box, _("Inputs"), type->inputs);
  append_ports (box, _("Outputs"), type->outputs);
  append_parameters (box, type->parameters);
  append_text (box, describe_effects (type->effects), "dim-label");
  {
    GtkWidget *link = gtk_button_new_with_label (_("Open Help"));

    gtk_widget_set_halign (link, GTK_ALIGN_START);
    gtk_actionable_set_action_name (GTK_ACTIONABLE (link), "app.help");
    gtk_box_append (GTK_BOX (box), link);
  }
  gtk_expander_set_child (expander, box);
}

GtkWidget *
leyden_node_help_new (const LeydenNodeType *type)
{
  GtkWidget *expander = gtk_expander_new (_("About This Kind of Node"));

  g_object_set_data (G_OBJECT (expander), "type", (gpointer) type);
  g_signal_connect (expander, "notify::expanded", G_CALLBACK (fill), NULL);
  return expander;
}
