/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-compare-item.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-steps-view.h"
#include "leyden-text.h"

struct _LeydenCompareItem
{
  GObject      parent_instance;

  LeydenValue *node;
};

G_DEFINE_FINAL_TYPE (LeydenCompareItem, leyden_compare_item, G_TYPE_OBJECT)

static void
leyden_compare_item_finalize (GObject *object)
{
  leyden_value_unref (LEYDEN_COMPARE_ITEM (object)->node);
  G_OBJECT_CLASS (leyden_compare_item_parent_class)->finalize (object);
}

static void
leyden_compare_item_class_init (LeydenCompareItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_compare_item_finalize;
}

static void
leyden_compare_item_init (LeydenCompareItem *self)
{
}

LeydenCompareItem *
leyden_compare_item_new (LeydenValue *node)
{
  LeydenCompareItem *self = g_object_new (LEYDEN_TYPE_COMPARE_ITEM, NULL);

  self->node = leyden_value_ref (node);
  return self;
}

LeydenValue *
leyden_compare_item_get_node (LeydenCompareItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_COMPARE_ITEM (self), NULL);
  return self->node;
}

const char *
leyden_compare_item_get_path (LeydenCompareItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_COMPARE_ITEM (self), NULL);
  return leyden_value_get_member_string (self->node, "path", "");
}

gboolean
leyden_compare_item_is_same (LeydenCompareItem *self)
{
  g_return_val_if_fail (LEYDEN_IS_COMPARE_ITEM (self), FALSE);
  return leyden_value_get_member_boolean (self->node, "same", FALSE);
}

/* --- words --- */

static char *
list_other_ports (LeydenValue *ports)
{
  g_autoptr(GString) names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; leyden_value_get_kind (ports) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (ports) && n < 5; i++)
    {
      LeydenValue *port = leyden_value_get_item (ports, i);
      g_autofree char *shown = leyden_text_display (leyden_value_get_member_string (port, "port", ""), -1, 40, FALSE);

      if (!leyden_value_get_member_boolean (port, "same", FALSE))
        g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "", shown);
    }
  return n > 0 ? g_string_free (g_steal_pointer (&names), FALSE) : NULL;
}

char *
leyden_compare_item_describe (LeydenCompareItem *self)
{
  LeydenValue *a, *b;
  const char *state_a, *state_b;
  g_autofree char *ports = NULL;

  g_return_val_if_fail (LEYDEN_IS_COMPARE_ITEM (self), NULL);

  a = leyden_value_get_member (self->node, "a");
  b = leyden_value_get_member (self->node, "b");
  state_a = leyden_value_get_member_string (a, "state", "");
  state_b = leyden_value_get_member_string (b, "state", "");
  if (leyden_compare_item_is_same (self))
    return g_strdup (_("The same"));
  if (leyden_value_is_null (b) && !leyden_value_is_null (a))
    return g_strdup (_("Only in the first"));
  if (leyden_value_is_null (a) && !leyden_value_is_null (b))
    return g_strdup (_("Only in the second"));
  if (!g_str_equal (state_a, state_b))
    /* Translators: states of a node in two rollouts. */
    return g_strdup_printf (_("%s, then %s"), leyden_state_title (state_a), leyden_state_title (state_b));
  ports = list_other_ports (leyden_value_get_member (self->node, "ports"));
  return ports != NULL ? g_strdup_printf (_("Differs: %s"), ports) : g_strdup (_("Differs"));
}

char *
leyden_compare_format_cost (LeydenValue *row,
                            double       cost)
{
  return g_strdup_printf (leyden_value_get_member_boolean (row, "simulated", FALSE) ? "%.6f" : _("$%.6f"), cost);
}

static char *
format_one (const char  *name,
            LeydenValue *row,
            double       value)
{
  if (isnan (value))
    return g_strdup ("–");
  if (g_str_equal (name, "latency_ms"))
    return leyden_format_duration (value);
  return g_str_equal (name, "cost") ? leyden_compare_format_cost (row, value) : g_strdup_printf ("%.3f", value);
}

/* First and second stand in this order, whichever way the page is read. Takes @text. */
static char *
from_left (char *text)
{
  g_autofree char *owned = text;

  return g_strconcat ("\xE2\x81\xA6", owned, "\xE2\x81\xA9", NULL);
}

char *
leyden_compare_format_number (LeydenValue *comparison,
                              const char  *name)
{
  LeydenValue *pair = leyden_value_get_member (comparison, name);
  double a = leyden_value_get_member_double (pair, "a", NAN), b = leyden_value_get_member_double (pair, "b", NAN);
  LeydenValue *row_b = leyden_value_get_member (comparison, "b");
  g_autofree char *first = format_one (name, leyden_value_get_member (comparison, "a"), a);
  g_autofree char *second = format_one (name, row_b, b);
  g_autofree char *difference = NULL;

  if (isnan (a) && isnan (b))
    return NULL;
  if (isnan (a) || isnan (b))
    return from_left (g_strdup_printf ("%s ⟶ %s", first, second));
  difference = format_one (name, row_b, fabs (b - a));
  if (a == b)
    return g_strdup (first);
  /* Translators: a number in the first and in the second rollout, sign and amount of the difference. */
  return from_left (g_strdup_printf (_("%s ⟶ %s (%s%s)"), first, second, b > a ? "+" : "−", difference));
}

const char *
leyden_compare_describe_divergence (LeydenValue *divergence)
{
  static const struct { const char *what, *text; } texts[] = {
    { "input", N_("it got another input") }, { "state", N_("it ended in another state") }, { "outputs", N_("it gave something else") },
    { "call", N_("it called a model or tool otherwise, or got another answer") }, { "missing", N_("only one of the two came to it") },
    { "parameter", N_("a parameter was another one") },
  };
  const char *what = leyden_value_get_member_string (divergence, "what", "");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i].what, what))
      return _(texts[i].text);
  return _("it differs");
}
