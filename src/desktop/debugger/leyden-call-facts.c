/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-facts.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-call.h"
#include "leyden-experiment-parts.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

enum { LATENCY, FIRST_TOKEN, TOKENS_IN, TOKENS_OUT, COST, N_FACTS };

struct _LeydenCallFacts
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkWidget *tiles[N_FACTS];
  GtkWidget *numbers[N_FACTS];
};

G_DEFINE_FINAL_TYPE (LeydenCallFacts, leyden_call_facts, GTK_TYPE_WIDGET)

/* Takes @text. */
static void
set_fact (LeydenCallFacts *self,
          guint            fact,
          char            *text)
{
  g_autofree char *owned = text;

  gtk_widget_set_visible (self->tiles[fact], owned != NULL);
  gtk_label_set_text (GTK_LABEL (self->numbers[fact]), owned != NULL ? owned : "");
}

static char *
format_ms (double ms)
{
  return isnan (ms) ? NULL : leyden_format_duration (ms);
}

static char *
format_count (gint64 n)
{
  return n < 0 ? NULL : g_strdup_printf ("%" G_GINT64_FORMAT, n);
}

static char *
format_cost (LeydenValue *answer)
{
  double cost = leyden_value_get_member_double (answer, "cost", NAN);
  g_autofree char *text = NULL;
  g_autofree char *currency = leyden_text_display (leyden_value_get_member_string (answer, "currency", "USD"), -1, 20, FALSE);

  if (!isfinite (cost) || cost < 0)
    return NULL;
  text = g_strdup_printf ("%.*f", cost < 0.01 ? 6 : 4, cost);
  /* Zeros at the end say nothing, but a price looks like one with two places. */
  for (gsize n = strlen (text); n > strcspn (text, ".,") + 3 && text[n - 1] == '0'; n--)
    text[n - 1] = '\0';
  /* Translators: an amount and its currency. */
  return g_strdup_printf (_("%s %s"), text, currency);
}

void
leyden_call_facts_set (LeydenCallFacts *self,
                       LeydenValue     *call)
{
  g_return_if_fail (LEYDEN_IS_CALL_FACTS (self));

  set_fact (self, LATENCY, format_ms (leyden_call_get_latency_ms (call)));
  set_fact (self, FIRST_TOKEN, format_ms (leyden_call_get_first_token_ms (call)));
  set_fact (self, TOKENS_IN, format_count (leyden_call_get_tokens (call, "prompt_tokens")));
  set_fact (self, TOKENS_OUT, format_count (leyden_call_get_tokens (call, "completion_tokens")));
  set_fact (self, COST, format_cost (leyden_value_get_member (call, "answer")));
}

static void
leyden_call_facts_dispose (GObject *object)
{
  g_clear_pointer (&LEYDEN_CALL_FACTS (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_call_facts_parent_class)->dispose (object);
}

static void
leyden_call_facts_class_init (LeydenCallFactsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_call_facts_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_call_facts_init (LeydenCallFacts *self)
{
  static const char * const titles[N_FACTS] = { N_("Latency"), N_("First token after"), N_("Tokens in"), N_("Tokens out"), N_("Cost") };

  self->box = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->box), FALSE);
  for (guint i = 0; i < N_FACTS; i++)
    {
      self->tiles[i] = leyden_part_tile (_(titles[i]), &self->numbers[i]);
      gtk_widget_set_parent (self->tiles[i], self->box);
    }
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_call_facts_new (void)
{
  return g_object_new (LEYDEN_TYPE_CALL_FACTS, NULL);
}
