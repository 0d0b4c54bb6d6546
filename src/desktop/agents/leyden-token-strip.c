/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-token-strip.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-announce.h"
#include "leyden-experiment-parts.h"
#include "leyden-text.h"
#include "leyden-theme.h"
#include "leyden-wrap-box.h"

#define N_LEVELS 6
#define UNKNOWN 5
/* A token that is longer is cut: it is one of another kind (a picture, an audio piece). */
#define MAX_TOKEN_CHARS 200
#define MAX_OTHERS 5
#define NO_ID (-1)

typedef struct
{
  guint   start;                /* in the text, in bytes */
  guint   end;
  gint64  id;
  char   *text;                 /* as it is shown */
  char   *others;               /* what might have come instead, in words; nullable */
  double  log_prob;             /* NaN: not known */
} Token;

struct _LeydenTokenStrip
{
  GtkWidget      parent_instance;

  GtkWidget *box;
  GtkWidget *label;                     /* GtkTextView knows its height too late to be in a list */
  GtkWidget *legend;
  GtkWidget *caption;
  GArray    *tokens;
  guint      first;
  guint      total;
};

G_DEFINE_FINAL_TYPE (LeydenTokenStrip, leyden_token_strip, GTK_TYPE_WIDGET)

static void
token_clear (gpointer data)
{
  g_free (((Token *) data)->text);
  g_free (((Token *) data)->others);
}

/* From which probability on a token has a level. */
static const double limits[] = { 0.9, 0.6, 0.3, 0.1 };

static guint
find_level (double log_prob)
{
  double probability = exp (log_prob);
  guint level = 0;

  if (isnan (log_prob))
    return UNKNOWN;
  while (level < G_N_ELEMENTS (limits) && probability < limits[level])
    level++;
  return level;
}

/* --- colours --- */

static void
add_attribute (PangoAttrList  *list,
               const Token    *token,
               PangoAttribute *attribute)
{
  attribute->start_index = token->start;
  attribute->end_index = token->end;
  pango_attr_list_insert (list, attribute);
}

static guint16
to_pango (double value)
{
  return (guint16) CLAMP (value * 65535, 1, 65535);
}

/* Neighbours differ a little, so that their border shows. */
static void
paint (LeydenTokenStrip *self)
{
  PangoAttrList *list = pango_attr_list_new ();
  GdkRGBA colors[N_LEVELS];

  for (guint level = 0; level < N_LEVELS; level++)
    {
      g_autofree char *name = g_strdup_printf ("leyden_token_%u", level);

      /* Behind the text, where its own colour would hide it. */
      if (!leyden_theme_look_up_color (GTK_WIDGET (self), name, &colors[level]))
        colors[level].alpha = 0;
    }
  /* A hyphen at the end of a line would look like a token's. */
  pango_attr_list_insert (list, pango_attr_insert_hyphens_new (FALSE));
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const Token *token = &g_array_index (self->tokens, Token, i);
      guint level = find_level (token->log_prob);
      const GdkRGBA *color = &colors[level];

      add_attribute (list, token, pango_attr_background_new (to_pango (color->red), to_pango (color->green), to_pango (color->blue)));
      add_attribute (list, token, pango_attr_background_alpha_new (to_pango (color->alpha * (i % 2 == 0 ? 1 : 0.6))));
      /* Colour is never the only sign. */
      if (level == 4)
        add_attribute (list, token, pango_attr_underline_new (PANGO_UNDERLINE_SINGLE));
    }
  gtk_label_set_attributes (GTK_LABEL (self->label), list);
  pango_attr_list_unref (list);
}

/* --- which token --- */

static guint
find_token (LeydenTokenStrip *self,
            guint             offset)
{
  guint low = 0, high = self->tokens->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (self->tokens, Token, middle).end <= offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

char *
leyden_token_strip_describe (LeydenTokenStrip *self,
                             guint             index)
{
  const Token *token;

  g_return_val_if_fail (LEYDEN_IS_TOKEN_STRIP (self), NULL);

  if (index >= self->tokens->len)
    return NULL;
  token = &g_array_index (self->tokens, Token, index);
  index += self->first;
  if (isnan (token->log_prob) && token->id != NO_ID)
    /* Translators: which token of an answer, its text, its number in the model's vocabulary. */
    return g_strdup_printf (_("Token %u of %u: %s, id %" PRId64 ", no log-probability"), index + 1, self->total, token->text, token->id);
  if (isnan (token->log_prob))
    return g_strdup_printf (_("Token %u of %u: %s, no log-probability"), index + 1, self->total, token->text);
  if (token->id == NO_ID)
    return g_strdup_printf (_("Token %u of %u: %s, log-probability %.3f (%.1f %%)%s"), index + 1, self->total, token->text, token->log_prob,
                            100 * exp (token->log_prob), token->others != NULL ? token->others : "");
  return g_strdup_printf (_("Token %u of %u: %s, id %" PRId64 ", log-probability %.3f (%.1f %%)"), index + 1, self->total, token->text,
                          token->id, token->log_prob, 100 * exp (token->log_prob));
}

static void
show_token (LeydenTokenStrip *self,
            guint             index)
{
  g_autofree char *text = leyden_token_strip_describe (self, index);

  gtk_label_set_text (GTK_LABEL (self->caption),
                      text != NULL ? text : _("Point at a token, or go through them with the arrow keys, to see what it is."));
}

static void
motion_cb (LeydenTokenStrip *self,
           double            x,
           double            y)
{
  int left, top, index, trailing;

  gtk_label_get_layout_offsets (GTK_LABEL (self->label), &left, &top);
  if (pango_layout_xy_to_index (gtk_label_get_layout (GTK_LABEL (self->label)), (int) (x - left) * PANGO_SCALE, (int) (y - top) * PANGO_SCALE,
                                &index, &trailing))
    show_token (self, find_token (self, (guint) index));
}

static void
key_cb (LeydenTokenStrip *self)
{
  const char *text = gtk_label_get_text (GTK_LABEL (self->label));
  int start = 0, end = 0;

  gtk_label_get_selection_bounds (GTK_LABEL (self->label), &start, &end);
  show_token (self, find_token (self, (guint) (g_utf8_offset_to_pointer (text, start) - text)));
  leyden_announce (GTK_WIDGET (self), gtk_label_get_text (GTK_LABEL (self->caption)));
}

/* --- filling --- */

/* Blanks and ends of lines are seen; a token without text, or with text that is none, is its number. */
static char *
make_shown (const Token *token,
            const char  *text)
{
  g_autoptr(GString) out = g_string_new (NULL);
  g_autofree char *clean = NULL;
  guint n = 0;

  if ((text == NULL || *text == '\0') && token->id == NO_ID)
    return g_strdup ("‹›");
  if (text == NULL || *text == '\0')
    return g_strdup_printf ("‹%" G_GINT64_FORMAT "›", token->id);
  for (const char *p = text; *p != '\0' && n < MAX_TOKEN_CHARS; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      if (c == ' ')
        g_string_append (out, "·");
      else if (c == '\n')
        g_string_append (out, "⏎");
      else if (c == '\t')
        g_string_append (out, "⇥");
      else
        g_string_append_unichar (out, c);
    }
  clean = leyden_text_display (out->str, (gssize) out->len, MAX_TOKEN_CHARS, FALSE);
  return g_steal_pointer (&clean);
}

/* NULL without any. (transfer full) */
static char *
describe_others (LeydenValue *others,
                 const char  *text)
{
  g_autoptr(GString) words = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; leyden_value_get_kind (others) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (others) && n < MAX_OTHERS; i++)
    {
      Token other = { .id = NO_ID, .log_prob = leyden_value_get_member_double (leyden_value_get_item (others, i), "logprob", NAN) };
      const char *other_text = leyden_value_get_member_string (leyden_value_get_item (others, i), "token", NULL);
      g_autofree char *shown = NULL;

      if (other_text == NULL || isnan (other.log_prob) || g_strcmp0 (other_text, text) == 0)
        continue;
      shown = make_shown (&other, other_text);
      g_string_append_printf (words, "%s %s %.1f %%", n++ > 0 ? "," : "", shown, 100 * exp (other.log_prob));
    }
  /* Translators: after a token's probability: other tokens with theirs. */
  return n > 0 ? g_strdup_printf (_("; instead:%s"), words->str) : NULL;
}

static void
append_token (LeydenTokenStrip *self,
              LeydenValue      *value,
              GString          *all)
{
  Token token = { .id = leyden_value_get_member_int (value, "id", NO_ID), .log_prob = leyden_value_get_member_double (value, "log_prob", NAN) };
  const char *text = leyden_value_get_member_string (value, "text", NULL);

  token.text = make_shown (&token, text);
  token.others = describe_others (leyden_value_get_member (value, "others"), text);
  token.start = (guint) all->len;
  g_string_append (all, token.text);
  token.end = (guint) all->len;
  /* The answer's own lines are kept. */
  if (text != NULL && g_str_has_suffix (text, "\n"))
    g_string_append_c (all, '\n');
  g_array_append_val (self->tokens, token);
}

void
leyden_token_strip_set_tokens (LeydenTokenStrip *self,
                               LeydenValue      *tokens,
                               guint             first,
                               guint             total)
{
  g_autoptr(GString) all = g_string_new (NULL);
  gboolean known = FALSE;

  g_return_if_fail (LEYDEN_IS_TOKEN_STRIP (self));

  g_array_set_size (self->tokens, 0);
  self->first = first;
  self->total = total;
  for (guint i = 0; i < leyden_value_get_size (tokens); i++)
    append_token (self, leyden_value_get_item (tokens, i), all);
  for (guint i = 0; i < self->tokens->len; i++)
    known = known || !isnan (g_array_index (self->tokens, Token, i).log_prob);
  gtk_label_set_text (GTK_LABEL (self->label), all->str);
  gtk_widget_set_visible (self->label, TRUE);
  paint (self);
  gtk_widget_set_visible (self->legend, known);
  show_token (self, G_MAXUINT);
}

guint
leyden_token_strip_get_n (LeydenTokenStrip *self)
{
  g_return_val_if_fail (LEYDEN_IS_TOKEN_STRIP (self), 0);

  return self->tokens->len;
}

guint
leyden_token_strip_get_level (LeydenTokenStrip *self,
                              guint             index)
{
  g_return_val_if_fail (LEYDEN_IS_TOKEN_STRIP (self) && index < self->tokens->len, UNKNOWN);

  return find_level (g_array_index (self->tokens, Token, index).log_prob);
}

/* --- life --- */

static void
leyden_token_strip_dispose (GObject *object)
{
  LeydenTokenStrip *self = LEYDEN_TOKEN_STRIP (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_token_strip_parent_class)->dispose (object);
}

static void
leyden_token_strip_finalize (GObject *object)
{
  g_array_unref (LEYDEN_TOKEN_STRIP (object)->tokens);
  G_OBJECT_CLASS (leyden_token_strip_parent_class)->finalize (object);
}

static void
leyden_token_strip_class_init (LeydenTokenStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_token_strip_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_token_strip_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "tokenstrip");
}

static GtkWidget *
create_legend (void)
{
  static const char * const texts[] = { /* xgettext: no-c-format */ N_ ("90 % and more"), N_ ("60 %"), N_ ("30 %"), N_ ("10 %"), N_ ("less") };
  GtkWidget *box = leyden_wrap_box_new ();

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (box), FALSE);
  gtk_widget_set_parent (leyden_part_label (_("How probable the model found it:"), "caption"), box);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *style = g_strdup_printf ("token%u", i);
      GtkWidget *label = gtk_label_new (_(texts[i]));

      gtk_widget_add_css_class (label, "tokenlegend");
      gtk_widget_add_css_class (label, style);
      gtk_widget_set_parent (label, box);
    }
  return box;
}

static void
leyden_token_strip_init (LeydenTokenStrip *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new (), *key = gtk_event_controller_key_new ();

  self->tokens = g_array_new (FALSE, FALSE, sizeof (Token));
  g_array_set_clear_func (self->tokens, token_clear);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->label = leyden_part_label (NULL, "tokens");
  gtk_widget_add_css_class (self->label, "monospace");
  gtk_label_set_wrap_mode (GTK_LABEL (self->label), PANGO_WRAP_CHAR);
  gtk_label_set_selectable (GTK_LABEL (self->label), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _("Tokens of the answer"), -1);
  /* A label without text has no name. */
  gtk_widget_set_visible (self->label, FALSE);
  self->legend = create_legend ();
  self->caption = leyden_part_label (NULL, "caption");
  gtk_widget_add_css_class (self->caption, "numeric");
  gtk_box_append (GTK_BOX (self->box), self->label);
  gtk_box_append (GTK_BOX (self->box), self->caption);
  gtk_box_append (GTK_BOX (self->box), self->legend);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->label, motion);
  g_signal_connect_object (key, "key-released", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->label, key);
  g_signal_connect (self, "realize", G_CALLBACK (paint), NULL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (paint), self, G_CONNECT_SWAPPED);
  show_token (self, G_MAXUINT);
}

GtkWidget *
leyden_token_strip_new (void)
{
  return g_object_new (LEYDEN_TYPE_TOKEN_STRIP, NULL);
}
