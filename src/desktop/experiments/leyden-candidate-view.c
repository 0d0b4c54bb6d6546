/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-candidate-view.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-experiment-parts.h"
#include "leyden-text.h"

#define MAX_SHOWN_SLOTS 100

struct _LeydenCandidateView
{
  GtkWidget    parent_instance;

  LeydenValue *snapshot;        /* nullable */
  char        *candidate;       /* nullable */
  LeydenValue *shown;           /* what the widgets say: the candidate's object and its proposal */
  LeydenValue *shown_proposal;
  gboolean     with_baseline;   /* the difference is to the flow as it was, not to the parent */
  GtkWidget   *box;
  GtkWidget   *title;
  GtkWidget   *origin;
  GtkWidget   *score;
  GtkWidget   *critique_box;
  GtkWidget   *critique;
  GtkWidget   *why;
  GtkWidget   *against_line;
  GtkWidget   *against;
  GtkWidget   *changes;
  GtkWidget   *buttons;
};

G_DEFINE_FINAL_TYPE (LeydenCandidateView, leyden_candidate_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_USE_CANDIDATE,
  SIGNAL_COMPARE_CANDIDATE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
clear_box (GtkWidget *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (box)) != NULL)
    gtk_box_remove (GTK_BOX (box), child);
}

static const LeydenCandidateNode *
find_node (GArray     *nodes,
           const char *id)
{
  for (guint i = 0; i < nodes->len; i++)
    if (g_strcmp0 (g_array_index (nodes, LeydenCandidateNode, i).id, id) == 0)
      return &g_array_index (nodes, LeydenCandidateNode, i);
  return NULL;
}

static const char *
get_origin_title (const char *origin)
{
  static const struct
  {
    const char *origin;
    const char *title;
  } origins[] = {
    { "seed", N_("where training began") },
    { "edit", N_("a prompt was edited") },
    { "merge", N_("two candidates were merged") },
    { "demo", N_("examples were chosen") },
    { "sample", N_("a choice was tried") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (origins); i++)
    if (g_strcmp0 (origins[i].origin, origin) == 0)
      return _(origins[i].title);
  return NULL;
}

/* Of a merge; NULL otherwise. */
static char *
second_parent (GArray                    *nodes,
               const LeydenCandidateNode *node)
{
  LeydenValue *parents = leyden_value_get_member (node->value, "parents");
  const char *id = leyden_value_get_kind (parents) == LEYDEN_VALUE_LIST ? leyden_value_get_string (leyden_value_get_item (parents, 1), NULL) : NULL;
  const LeydenCandidateNode *other = id != NULL ? find_node (nodes, id) : NULL;

  return other != NULL ? leyden_candidate_node_title (other) : NULL;
}

static char *
describe_origin (GArray                    *nodes,
                 const LeydenCandidateNode *node)
{
  const char *title = get_origin_title (leyden_value_get_member_string (node->value, "origin", NULL));
  gint64 errors = leyden_value_get_member_int (node->value, "errors", 0);
  const char *state = leyden_value_get_member_string (node->value, "state", "");
  GString *text = g_string_new (title != NULL ? title : "");

  if (node->parent >= 0)
    {
      g_autofree char *parent = leyden_candidate_node_title (&g_array_index (nodes, LeydenCandidateNode, node->parent));
      g_autofree char *other = second_parent (nodes, node);
      /* Translators: the two candidates that were merged. */
      g_autofree char *both = other != NULL ? g_strdup_printf (_("%s and %s"), parent, other) : NULL;

      if (text->len > 0)
        g_string_append (text, " · ");
      g_string_append_printf (text, _("from: %s"), both != NULL ? both : parent);
    }
  if (g_str_equal (state, "dropped"))
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", _("dropped"));
  else if (g_str_equal (state, "racing"))
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", _("still being scored"));
  if (errors > 0)
    {
      g_string_append (text, text->len > 0 ? " · " : "");
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " error", "%" PRId64 " errors", (gulong) errors), errors);
    }
  return g_string_free (text, FALSE);
}

static void
append_slot (LeydenCandidateView *self,
             const char          *slot,
             LeydenValue         *before,
             LeydenValue         *after)
{
  LeydenValue *definition = leyden_experiment_find_slot (self->snapshot, slot);
  const char *kind = leyden_value_get_member_string (definition, "kind", NULL);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (definition, "title", slot), -1, 80, FALSE);
  g_autofree char *to = leyden_part_format_slot (kind, after);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *text;

  gtk_box_append (GTK_BOX (box), leyden_part_label (title, "caption-heading"));
  if (before != NULL)
    {
      g_autofree char *from = leyden_part_format_slot (kind, before);

      text = leyden_part_diff (from, to);
    }
  else
    {
      text = leyden_part_label (NULL, "promptdiff");
      leyden_part_set_text (text, to, 20000);
      gtk_label_set_selectable (GTK_LABEL (text), TRUE);
    }
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (self->changes), box);
}

/* The flow as it was: all its slots. Others: what they changed. */
static void
fill_changes (LeydenCandidateView       *self,
              const LeydenCandidateNode *node,
              const char                *parent)
{
  LeydenValue *slots = leyden_value_get_member (node->value, "slots");
  g_auto(GStrv) changed = leyden_experiment_list_changes (self->snapshot, node->id, self->with_baseline ? NULL : parent);
  guint n = leyden_value_get_kind (slots) == LEYDEN_VALUE_OBJECT ? MIN (leyden_value_get_size (slots), MAX_SHOWN_SLOTS) : 0;

  clear_box (self->changes);
  if (node->is_baseline)
    for (guint i = 0; i < n; i++)
      append_slot (self, leyden_value_get_key (slots, i), NULL, leyden_value_get_item (slots, i));
  else
    for (guint i = 0; changed[i] != NULL && i < MAX_SHOWN_SLOTS; i++)
      append_slot (self, changed[i], leyden_experiment_get_slot_value (self->snapshot, self->with_baseline ? NULL : parent, changed[i]),
                   leyden_experiment_get_slot_value (self->snapshot, node->id, changed[i]));
  if (!node->is_baseline && changed[0] == NULL)
    gtk_box_append (GTK_BOX (self->changes), leyden_part_label (_("Nothing differs."), "dim-label"));
}

static void
fill_critique (LeydenCandidateView       *self,
               const LeydenCandidateNode *node)
{
  LeydenValue *proposal = leyden_experiment_find_proposal (self->snapshot, node->id);
  const char *critique = leyden_value_get_member_string (proposal, "critique", NULL);
  const char *why = leyden_value_get_member_string (proposal, "why", NULL);

  leyden_part_set_text (self->critique, critique, 8000);
  leyden_part_set_text (self->why, why, 1000);
  gtk_widget_set_visible (self->critique_box, critique != NULL || why != NULL);
}

static gboolean
is_shown (LeydenCandidateView       *self,
          const LeydenCandidateNode *node)
{
  LeydenValue *proposal = leyden_experiment_find_proposal (self->snapshot, node->id);

  /* What did not change keeps its selection and its place. */
  if (self->shown != NULL && leyden_value_equal (self->shown, node->value) && leyden_value_equal (self->shown_proposal, proposal))
    return TRUE;
  g_clear_pointer (&self->shown, leyden_value_unref);
  g_clear_pointer (&self->shown_proposal, leyden_value_unref);
  self->shown = leyden_value_ref (node->value);
  self->shown_proposal = proposal != NULL ? leyden_value_ref (proposal) : leyden_value_new_null ();
  return FALSE;
}

static void
update (LeydenCandidateView *self)
{
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (self->snapshot);
  const LeydenCandidateNode *node = find_node (nodes, self->candidate);
  g_autofree char *title = NULL, *origin = NULL, *score = NULL;
  const char *parent;

  gtk_widget_set_visible (self->box, node != NULL);
  if (node == NULL || is_shown (self, node))
    return;
  parent = node->parent >= 0 ? g_array_index (nodes, LeydenCandidateNode, node->parent).id : NULL;
  title = leyden_candidate_node_title (node);
  origin = describe_origin (nodes, node);
  score = leyden_experiment_describe_score (node->value);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->origin), origin);
  gtk_widget_set_visible (self->origin, *origin != '\0');
  gtk_label_set_text (GTK_LABEL (self->score), score);
  gtk_widget_set_visible (self->against_line, !node->is_baseline && node->parent >= 0 &&
                                                !g_array_index (nodes, LeydenCandidateNode, node->parent).is_baseline);
  gtk_widget_set_visible (self->buttons, !node->is_baseline);
  fill_critique (self, node);
  fill_changes (self, node, parent);
}

static void
against_selected_cb (LeydenCandidateView *self)
{
  self->with_baseline = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->against)) == 1;
  g_clear_pointer (&self->shown, leyden_value_unref);
  update (self);
}

static void
use_cb (LeydenCandidateView *self)
{
  if (self->candidate != NULL)
    g_signal_emit (self, signals[SIGNAL_USE_CANDIDATE], 0, self->candidate);
}

static void
compare_cb (LeydenCandidateView *self)
{
  if (self->candidate != NULL)
    g_signal_emit (self, signals[SIGNAL_COMPARE_CANDIDATE], 0, self->candidate);
}

static void
leyden_candidate_view_dispose (GObject *object)
{
  LeydenCandidateView *self = LEYDEN_CANDIDATE_VIEW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  g_clear_pointer (&self->shown, leyden_value_unref);
  g_clear_pointer (&self->shown_proposal, leyden_value_unref);
  g_clear_pointer (&self->candidate, g_free);
  G_OBJECT_CLASS (leyden_candidate_view_parent_class)->dispose (object);
}

static void
leyden_candidate_view_class_init (LeydenCandidateViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_candidate_view_dispose;
  signals[SIGNAL_USE_CANDIDATE] =
    g_signal_new ("use-candidate", LEYDEN_TYPE_CANDIDATE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_COMPARE_CANDIDATE] =
    g_signal_new ("compare-candidate", LEYDEN_TYPE_CANDIDATE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_critique (LeydenCandidateView *self)
{
  self->critique_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->critique = leyden_part_label (NULL, "answer");
  gtk_label_set_selectable (GTK_LABEL (self->critique), TRUE);
  self->why = leyden_part_label (NULL, "dim-label");
  gtk_box_append (GTK_BOX (self->critique_box), leyden_part_label (_("The critique that caused it"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->critique_box), self->critique);
  gtk_box_append (GTK_BOX (self->critique_box), self->why);
  return self->critique_box;
}

static GtkWidget *
create_against (LeydenCandidateView *self)
{
  const char * const choices[] = { _("the candidate it came from"), _("the flow as it was"), NULL };
  GtkWidget *caption = leyden_part_label (_("Changes against"), "caption-heading");

  self->against_line = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->against = gtk_drop_down_new_from_strings (choices);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->against), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Changes against"), -1);
  g_signal_connect_object (self->against, "notify::selected", G_CALLBACK (against_selected_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->against_line), caption);
  gtk_box_append (GTK_BOX (self->against_line), self->against);
  return self->against_line;
}

static GtkWidget *
create_buttons (LeydenCandidateView *self)
{
  GtkWidget *use = gtk_button_new_with_label (_("Use This Candidate"));
  GtkWidget *compare = gtk_button_new_with_label (_("Compare Row by Row"));

  gtk_widget_set_tooltip_text (use, _("Write its values into the flow; it can be undone"));
  g_signal_connect_object (use, "clicked", G_CALLBACK (use_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (compare, "clicked", G_CALLBACK (compare_cb), self, G_CONNECT_SWAPPED);
  self->buttons = leyden_part_buttons (use, compare, NULL);
  return self->buttons;
}

static void
leyden_candidate_view_init (LeydenCandidateView *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->title = leyden_part_label (NULL, "heading");
  self->origin = leyden_part_label (NULL, "dim-label");
  self->score = leyden_part_label (NULL, "numeric");
  self->changes = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_box_append (GTK_BOX (self->box), self->title);
  gtk_box_append (GTK_BOX (self->box), self->origin);
  gtk_box_append (GTK_BOX (self->box), self->score);
  gtk_box_append (GTK_BOX (self->box), create_critique (self));
  gtk_box_append (GTK_BOX (self->box), create_against (self));
  gtk_box_append (GTK_BOX (self->box), self->changes);
  gtk_box_append (GTK_BOX (self->box), create_buttons (self));
  gtk_widget_set_visible (self->box, FALSE);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_candidate_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_CANDIDATE_VIEW, NULL);
}

void
leyden_candidate_view_set (LeydenCandidateView *self,
                           LeydenValue         *snapshot,
                           const char          *candidate)
{
  g_autofree char *id = g_strdup (candidate);

  g_return_if_fail (LEYDEN_IS_CANDIDATE_VIEW (self));

  if (snapshot != NULL)
    leyden_value_ref (snapshot);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  self->snapshot = snapshot;
  g_free (self->candidate);
  self->candidate = g_steal_pointer (&id);
  update (self);
}
