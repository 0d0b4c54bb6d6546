/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-questions.h"

#include <glib/gi18n-lib.h>

#include "leyden-button.h"
#include "leyden-text.h"
#include "leyden-try-form.h"

#define LONGEST_QUESTION 20000

struct _LeydenQuestions
{
  GtkWidget      parent_instance;

  GtkWidget     *box;
  LeydenSession *session;
  char          *rollout;
  GHashTable    *cards;                 /* node path → Card */
  GCancellable  *cancellable;           /* of answers to this rollout */
};

G_DEFINE_FINAL_TYPE (LeydenQuestions, leyden_questions, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ANSWERED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

typedef struct
{
  LeydenQuestions *questions;           /* borrowed: it owns this */
  char            *path;
  LeydenValue     *question;
  GtkWidget       *widget;
  GtkWidget       *form;
  GtkWidget       *button;
  GtkWidget       *problem;
  gboolean         answered;            /* the state does not know yet */
} Card;

static void
card_free (gpointer data)
{
  Card *card = data;

  gtk_box_remove (GTK_BOX (gtk_widget_get_parent (card->widget)), card->widget);
  leyden_value_unref (card->question);
  g_free (card->path);
  g_free (card);
}

/* ---- Answering ---- */

static void
set_problem (Card       *card,
             const char *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 400, TRUE) : NULL;

  gtk_label_set_text (GTK_LABEL (card->problem), shown != NULL ? shown : "");
  gtk_widget_set_visible (card->problem, shown != NULL);
}

/* The card may be gone by the time of the answer: it is found again by its path. */
typedef struct
{
  LeydenQuestions *questions;
  char            *path;
} Sent;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autofree Sent *sent = data;
  g_autoptr(LeydenQuestions) self = sent->questions;
  g_autofree char *path = sent->path;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  Card *card;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer != NULL)
    {
      g_signal_emit (self, signals[SIGNAL_ANSWERED], 0);
      return;
    }
  card = g_hash_table_lookup (self->cards, path);
  if (card == NULL)
    return;
  card->answered = FALSE;
  gtk_widget_set_sensitive (card->form, TRUE);
  gtk_widget_set_sensitive (card->button, TRUE);
  set_problem (card, error->message);
}

static void
answer_clicked_cb (Card *card)
{
  LeydenQuestions *self = card->questions;
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *problem = NULL;
  g_autoptr(LeydenValue) input = leyden_try_form_get_input (LEYDEN_TRY_FORM (card->form), NULL, &problem);
  g_autofree char *escaped = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/answers", escaped);
  Sent *sent;

  if (card->answered)
    return;
  set_problem (card, problem);
  if (input == NULL)
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "node", card->path);
  leyden_value_builder_set (&builder, "answer", input);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  card->answered = TRUE;
  gtk_widget_set_sensitive (card->form, FALSE);
  gtk_widget_set_sensitive (card->button, FALSE);
  sent = g_new (Sent, 1);
  *sent = (Sent) { g_object_ref (self), g_strdup (card->path) };
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, self->cancellable, answered_cb, sent);
}

/* ---- Cards ---- */

static GtkWidget *
make_label (const char *text,
            guint       longest,
            const char *css_class)
{
  g_autofree char *shown = leyden_text_display (text, -1, longest, TRUE);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
make_inside (Card *card)
{
  GtkWidget *inside = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  const char *title = leyden_value_get_member_string (card->question, "title", "");

  gtk_widget_set_margin_top (inside, 12);
  gtk_widget_set_margin_bottom (inside, 12);
  gtk_widget_set_margin_start (inside, 12);
  gtk_widget_set_margin_end (inside, 12);
  gtk_box_append (GTK_BOX (inside), make_label (*title != '\0' ? title : _("A question to you"), 200, "heading"));
  gtk_box_append (GTK_BOX (inside), make_label (leyden_value_get_member_string (card->question, "text", ""), LONGEST_QUESTION, NULL));
  gtk_box_append (GTK_BOX (inside), card->form);
  gtk_box_append (GTK_BOX (inside), card->problem);
  gtk_box_append (GTK_BOX (inside), card->button);
  return inside;
}

static Card *
add_card (LeydenQuestions *self,
          const char      *path,
          LeydenValue     *question)
{
  Card *card = g_new0 (Card, 1);

  card->questions = self;
  card->path = g_strdup (path);
  card->question = leyden_value_ref (question);
  card->form = leyden_try_form_new ();
  card->problem = make_label ("", 400, "error");
  gtk_widget_set_visible (card->problem, FALSE);
  card->button = leyden_button_new_with_mnemonic (_("Send _Answer"));
  gtk_widget_add_css_class (card->button, "suggested-action");
  gtk_widget_set_halign (card->button, GTK_ALIGN_END);
  leyden_try_form_set_fields (LEYDEN_TRY_FORM (card->form), leyden_value_get_member (question, "fields"), FALSE);
  g_signal_connect_swapped (card->button, "clicked", G_CALLBACK (answer_clicked_cb), card);
  g_signal_connect_swapped (card->form, "submit", G_CALLBACK (answer_clicked_cb), card);
  card->widget = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (card->widget, "card");
  gtk_box_append (GTK_BOX (card->widget), make_inside (card));
  gtk_box_append (GTK_BOX (self->box), card->widget);
  g_hash_table_insert (self->cards, card->path, card);
  return card;
}

static LeydenValue *
find_question (LeydenValue *node)
{
  LeydenValue *waiting = leyden_value_get_member (node, "waiting");

  if (g_strcmp0 (leyden_value_get_member_string (waiting, "reason", NULL), "human") != 0)
    return NULL;
  return leyden_value_get_member (waiting, "question");
}

/* Cards of questions that wait no longer, or ask something else by now. */
static void
drop_cards (LeydenQuestions *self,
            LeydenValue     *nodes)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->cards);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      LeydenValue *question = find_question (leyden_value_get_member (nodes, key));

      if (question == NULL || !leyden_value_equal (question, ((Card *) value)->question))
        g_hash_table_iter_remove (&iter);
    }
}

void
leyden_questions_set_state (LeydenQuestions *self,
                            LeydenSession   *session,
                            const char      *rollout,
                            LeydenValue     *state)
{
  LeydenValue *nodes = session != NULL && rollout != NULL ? leyden_value_get_member (state, "nodes") : NULL;

  g_return_if_fail (LEYDEN_IS_QUESTIONS (self));

  g_set_object (&self->session, session);
  if (g_strcmp0 (self->rollout, rollout) != 0)
    {
      g_cancellable_cancel (self->cancellable);
      g_clear_object (&self->cancellable);
      self->cancellable = g_cancellable_new ();
      g_hash_table_remove_all (self->cards);
      g_free (self->rollout);
      self->rollout = g_strdup (rollout);
    }
  drop_cards (self, nodes);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *question = find_question (leyden_value_get_item (nodes, i));
      const char *path = leyden_value_get_key (nodes, i);

      if (question != NULL && !g_hash_table_contains (self->cards, path))
        add_card (self, path, question);
    }
  gtk_widget_set_visible (GTK_WIDGET (self), g_hash_table_size (self->cards) > 0);
}

static void
leyden_questions_dispose (GObject *object)
{
  LeydenQuestions *self = LEYDEN_QUESTIONS (object);

  g_cancellable_cancel (self->cancellable);
  g_hash_table_remove_all (self->cards);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (leyden_questions_parent_class)->dispose (object);
}

static void
leyden_questions_finalize (GObject *object)
{
  LeydenQuestions *self = LEYDEN_QUESTIONS (object);

  g_hash_table_unref (self->cards);
  g_clear_object (&self->cancellable);
  g_free (self->rollout);

  G_OBJECT_CLASS (leyden_questions_parent_class)->finalize (object);
}

static void
leyden_questions_class_init (LeydenQuestionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_questions_dispose;
  object_class->finalize = leyden_questions_finalize;
  signals[SIGNAL_ANSWERED] =
    g_signal_new ("answered", LEYDEN_TYPE_QUESTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_questions_init (LeydenQuestions *self)
{
  self->cards = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, card_free);
  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
leyden_questions_new (void)
{
  return g_object_new (LEYDEN_TYPE_QUESTIONS, NULL);
}
