/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-rewards.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-debug-path.h"
#include "leyden-experiment-parts.h"
#include "leyden-text.h"

#define MAX_REWARDS 100
#define MAX_PARTS 50
#define MAX_REASONS 50
#define REASON_CHARS 600
#define SHOWN "leyden-shown"

static char *
format_number (LeydenValue *value)
{
  double number;

  if (!leyden_value_get_double (value, &number))
    return g_strdup ("–");
  return fabs (number) < 1e6 ? g_strdup_printf ("\u200e%.3f", number) : g_strdup_printf ("\u200e%.3g", number);
}

/* Translated where the source is one of ours. */
static char *
describe_source (LeydenFlow  *flow,
                 LeydenValue *reward)
{
  const char *source = leyden_value_get_member_string (reward, "source", "");
  const char *node = leyden_value_get_member_string (reward, "node", NULL);

  if (g_str_equal (source, "human"))
    return g_strdup (_("A person"));
  if (node != NULL && *node != '\0')
    return leyden_debug_path_dup_title (flow, node);
  return *source != '\0' ? leyden_text_display (source, -1, 60, FALSE) : g_strdup (_("Reward"));
}

static GtkWidget *
create_row (const char  *title,
            LeydenValue *value,
            gboolean     part)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *label = leyden_part_label (NULL, part ? "dim-label" : NULL);
  GtkWidget *number = gtk_label_new (NULL);
  g_autofree char *text = format_number (value);
  double amount;

  gtk_label_set_text (GTK_LABEL (label), title);
  gtk_label_set_text (GTK_LABEL (number), text);
  gtk_widget_add_css_class (number, "numeric");
  gtk_widget_set_hexpand (label, TRUE);
  if (part)
    gtk_widget_set_margin_start (label, 18);
  gtk_box_append (GTK_BOX (row), label);
  if (part && leyden_value_get_double (value, &amount) && amount >= 0 && amount <= 1)
    {
      GtkWidget *bar = gtk_level_bar_new ();

      gtk_level_bar_set_value (GTK_LEVEL_BAR (bar), amount);
      gtk_widget_set_size_request (bar, 90, -1);
      gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
      gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
      gtk_box_append (GTK_BOX (row), bar);
    }
  gtk_box_append (GTK_BOX (row), number);
  return row;
}

static void
append_reward (GtkWidget   *rewards,
               LeydenFlow  *flow,
               LeydenValue *reward)
{
  LeydenValue *parts = leyden_value_get_member (reward, "parts");
  g_autofree char *source = describe_source (flow, reward);

  gtk_box_append (GTK_BOX (rewards), create_row (source, leyden_value_get_member (reward, "value"), FALSE));
  for (guint i = 0; i < leyden_value_get_size (parts) && i < MAX_PARTS && leyden_value_get_kind (parts) == LEYDEN_VALUE_OBJECT; i++)
    {
      g_autofree char *name = leyden_text_display (leyden_value_get_key (parts, i), -1, 60, FALSE);
      LeydenValue *part = leyden_value_get_item (parts, i);

      /* A part is a number, or an object that has one. */
      gtk_box_append (GTK_BOX (rewards), create_row (name, leyden_value_get_kind (part) == LEYDEN_VALUE_OBJECT ? leyden_value_get_member (part, "value") : part, TRUE));
    }
}

/* Why: what evaluators said beside their scores, as {path: text}. */
static LeydenValue *
collect_reasons (LeydenValue *nodes)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = 0;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes) && n < MAX_REASONS; i++)
    {
      LeydenValue *outputs = leyden_value_get_member (leyden_value_get_item (nodes, i), "outputs");
      const char *reason = leyden_value_get_member_string (outputs, "reason", "");

      if (*reason == '\0' || leyden_value_get_member (outputs, "score") == NULL)
        continue;
      leyden_value_builder_set_string (&b, leyden_value_get_key (nodes, i), reason);
      n++;
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
append_reason (GtkWidget  *rewards,
               LeydenFlow *flow,
               const char *path,
               const char *reason)
{
  g_autofree char *title = leyden_debug_path_dup_title (flow, path);
  g_autofree char *text = g_strdup_printf (_("%s: %s"), title, reason);
  GtkWidget *label = leyden_part_label (NULL, "dim-label");

  leyden_part_set_text (label, text, REASON_CHARS);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (rewards), label);
}

static LeydenValue *
pack (LeydenValue *list,
      LeydenValue *reasons,
      LeydenFlow  *flow)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add (&b, list);
  leyden_value_builder_add (&b, reasons);
  leyden_value_builder_add_boolean (&b, flow != NULL);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_rollout_rewards_set (GtkWidget   *rewards,
                            LeydenFlow  *flow,
                            LeydenValue *list,
                            LeydenValue *nodes)
{
  GtkWidget *child;
  guint n = leyden_value_get_size (list);
  g_autoptr(LeydenValue) reasons = NULL;
  g_autoptr(LeydenValue) shown = NULL;

  g_return_if_fail (GTK_IS_BOX (rewards));

  reasons = collect_reasons (nodes);
  shown = pack (list, reasons, flow);
  if (leyden_value_equal (g_object_get_data (G_OBJECT (rewards), SHOWN), shown))
    return;
  g_object_set_data_full (G_OBJECT (rewards), SHOWN, leyden_value_ref (shown), (GDestroyNotify) leyden_value_unref);
  while ((child = gtk_widget_get_first_child (rewards)) != NULL)
    gtk_box_remove (GTK_BOX (rewards), child);
  for (guint i = 0; i < MIN (n, MAX_REWARDS); i++)
    append_reward (rewards, flow, leyden_value_get_item (list, i));
  if (n == 0)
    gtk_box_append (GTK_BOX (rewards), leyden_part_label (_("No reward came."), "dim-label"));
  for (guint i = 0; i < leyden_value_get_size (reasons); i++)
    append_reason (rewards, flow, leyden_value_get_key (reasons, i), leyden_value_get_string (leyden_value_get_item (reasons, i), NULL));
}

GtkWidget *
leyden_rollout_rewards_new (void)
{
  return gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
}
