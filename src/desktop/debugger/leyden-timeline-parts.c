/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-timeline-parts.h"

#include <glib/gi18n-lib.h>

#include "leyden-span-text.h"
#include "leyden-waterfall-axis.h"

GtkWidget *
leyden_timeline_part_button (const char *icon,
                             const char *name,
                             const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

GtkWidget *
leyden_timeline_part_legend (const LeydenWaterfall *waterfall)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new (), *grid = gtk_grid_new ();
  GtkWidget *critical = gtk_label_new (_("A line below a bar: it is on the critical path, which decides how long the rollout takes."));

  gtk_grid_set_column_spacing (GTK_GRID (grid), 9);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  for (guint i = 0; i < LEYDEN_SPAN_WAIT; i++)
    {
      GtkWidget *label = gtk_label_new (leyden_span_kind_title ((LeydenSpanKind) i));

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_grid_attach (GTK_GRID (grid), leyden_waterfall_swatch_new (waterfall, (LeydenSpanKind) i), 0, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), label, 1, (int) i, 1, 1);
    }
  gtk_label_set_xalign (GTK_LABEL (critical), 0);
  gtk_label_set_wrap (GTK_LABEL (critical), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (critical), 30);
  gtk_grid_attach (GTK_GRID (grid), critical, 0, LEYDEN_SPAN_WAIT, 2, 1);
  gtk_popover_set_child (GTK_POPOVER (popover), grid);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "help-about-symbolic");
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("What the bars mean"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("What the bars mean"), -1);
  return button;
}

static void
add_shortcut (GtkEventController *controller,
              const char         *keys,
              const char         *action,
              GVariant           *argument)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (keys), gtk_named_action_new (action));

  if (argument != NULL)
    gtk_shortcut_set_arguments (shortcut, argument);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
}

/* Before the list sees them: it moves the focus out with Left and Right. */
GtkEventController *
leyden_timeline_part_keys (void)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  add_shortcut (keys, "plus|KP_Add|equal|<Control>plus", "timeline.zoom-in", NULL);
  add_shortcut (keys, "minus|KP_Subtract|<Control>minus", "timeline.zoom-out", NULL);
  add_shortcut (keys, "0|KP_0|<Control>0", "timeline.zoom-all", NULL);
  add_shortcut (keys, "Left|KP_Left", "timeline.fold", g_variant_new_int32 (-1));
  add_shortcut (keys, "Right|KP_Right", "timeline.fold", g_variant_new_int32 (1));
  add_shortcut (keys, "<Shift>Left|<Shift>KP_Left", "timeline.pan", g_variant_new_int32 (-1));
  add_shortcut (keys, "<Shift>Right|<Shift>KP_Right", "timeline.pan", g_variant_new_int32 (1));
  add_shortcut (keys, "<Control>Left", "timeline.fold-all", NULL);
  add_shortcut (keys, "<Control>Right", "timeline.unfold-all", NULL);
  return keys;
}
