/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-lineage-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-experiment-parts.h"
#include "leyden-theme.h"

#define STEP 16                 /* width of a level */
#define MAX_LEVELS 8            /* deeper ones stand no further in */

/* --- one candidate, as the list holds it --- */

#define LEYDEN_TYPE_LINEAGE_ITEM (leyden_lineage_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenLineageItem, leyden_lineage_item, LEYDEN, LINEAGE_ITEM, GObject)

struct _LeydenLineageItem
{
  GObject              parent_instance;

  LeydenValue         *value;
  LeydenCandidateNode  node;            /* its id and value belong to the value */
  guint                lines;           /* bit i: a line of level i goes on below this row */
  char                *parent_title;    /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenLineageItem, leyden_lineage_item, G_TYPE_OBJECT)

static void
leyden_lineage_item_finalize (GObject *object)
{
  LeydenLineageItem *self = LEYDEN_LINEAGE_ITEM (object);

  g_clear_pointer (&self->value, leyden_value_unref);
  g_free (self->parent_title);
  G_OBJECT_CLASS (leyden_lineage_item_parent_class)->finalize (object);
}

static void
leyden_lineage_item_class_init (LeydenLineageItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_lineage_item_finalize;
}

static void
leyden_lineage_item_init (LeydenLineageItem *self)
{
}

/* --- the lines of the tree ahead of a row --- */

#define LEYDEN_TYPE_LINEAGE_RAIL (leyden_lineage_rail_get_type ())
G_DECLARE_FINAL_TYPE (LeydenLineageRail, leyden_lineage_rail, LEYDEN, LINEAGE_RAIL, GtkWidget)

struct _LeydenLineageRail
{
  GtkWidget parent_instance;

  guint     depth;
  guint     lines;
  gboolean  filled;
};

G_DEFINE_FINAL_TYPE (LeydenLineageRail, leyden_lineage_rail, GTK_TYPE_WIDGET)

static void
leyden_lineage_rail_measure (GtkWidget      *widget,
                             GtkOrientation  orientation,
                             int             for_size,
                             int            *minimum,
                             int            *natural,
                             int            *minimum_baseline,
                             int            *natural_baseline)
{
  guint level = MIN (LEYDEN_LINEAGE_RAIL (widget)->depth, MAX_LEVELS);

  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? (int) (level + 1) * STEP : STEP;
}

static double
rail_x (GtkWidget *widget,
        guint      level)
{
  double x = STEP * ((double) level + 0.5);

  return gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? gtk_widget_get_width (widget) - x : x;
}

static void
leyden_lineage_rail_snapshot (GtkWidget   *widget,
                              GtkSnapshot *snapshot)
{
  LeydenLineageRail *self = LEYDEN_LINEAGE_RAIL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  guint level = MIN (self->depth, MAX_LEVELS);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  double x = rail_x (widget, level), middle = height / 2.0;
  GdkRGBA color, accent;

  leyden_theme_look_up_color (widget, NULL, &color);
  leyden_theme_look_up_color (widget, "accent_color", &accent);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 1.5);
  for (guint i = 0; i < level; i++)
    if ((self->lines & (1u << i)) != 0)
      {
        cairo_move_to (cr, rail_x (widget, i), 0);
        cairo_line_to (cr, rail_x (widget, i), height);
      }
  if (self->depth > 0 && level > 0)
    {
      cairo_move_to (cr, rail_x (widget, level - 1), 0);
      cairo_line_to (cr, rail_x (widget, level - 1), middle);
      cairo_line_to (cr, x, middle);
    }
  if ((self->lines & (1u << level)) != 0)
    {
      cairo_move_to (cr, x, middle);
      cairo_line_to (cr, x, height);
    }
  cairo_stroke (cr);
  gdk_cairo_set_source_rgba (cr, self->filled ? &accent : &color);
  cairo_arc (cr, x, middle, self->filled ? 5.5 : 4, 0, 2 * G_PI);
  cairo_fill (cr);
  cairo_destroy (cr);
}

static void
leyden_lineage_rail_class_init (LeydenLineageRailClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = leyden_lineage_rail_measure;
  widget_class->snapshot = leyden_lineage_rail_snapshot;
  gtk_widget_class_set_css_name (widget_class, "lineagerail");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_lineage_rail_init (LeydenLineageRail *self)
{
}

/* --- the view --- */

struct _LeydenLineageView
{
  GtkWidget           parent_instance;

  GtkWidget          *scroller;
  GtkWidget          *list;
  GListStore         *store;
  GtkSingleSelection *selection;
  gboolean            updating;
  gboolean            chosen;           /* by the person: the best does not take the selection over */
};

G_DEFINE_FINAL_TYPE (LeydenLineageView, leyden_lineage_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CANDIDATE_SELECTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
setup_row_cb (LeydenLineageView *self,
              GtkListItem       *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *rail = g_object_new (LEYDEN_TYPE_LINEAGE_RAIL, NULL);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new (NULL), *score = gtk_label_new (NULL);
  GtkWidget *chip = leyden_part_chip (_("Best"), "accent");

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (score), 0);
  gtk_label_set_ellipsize (GTK_LABEL (score), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (score, "caption");
  gtk_widget_add_css_class (score, "dim-label");
  gtk_widget_add_css_class (score, "numeric");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_margin_top (texts, 4);
  gtk_widget_set_margin_bottom (texts, 4);
  gtk_box_append (GTK_BOX (texts), title);
  gtk_box_append (GTK_BOX (texts), score);
  gtk_box_append (GTK_BOX (row), rail);
  gtk_box_append (GTK_BOX (row), texts);
  gtk_box_append (GTK_BOX (row), chip);
  gtk_list_item_set_child (item, row);
}

static void
bind_row_cb (LeydenLineageView *self,
             GtkListItem       *list_item)
{
  LeydenLineageItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  LeydenLineageRail *rail = LEYDEN_LINEAGE_RAIL (gtk_widget_get_first_child (row));
  GtkWidget *texts = gtk_widget_get_next_sibling (GTK_WIDGET (rail)), *chip = gtk_widget_get_next_sibling (texts);
  GtkWidget *title = gtk_widget_get_first_child (texts), *score = gtk_widget_get_next_sibling (title);
  g_autofree char *name = leyden_candidate_node_title (&item->node);
  g_autofree char *text = leyden_experiment_describe_score (item->node.value);
  gboolean dropped = g_strcmp0 (leyden_value_get_member_string (item->value, "state", NULL), "dropped") == 0;
  g_autofree char *from = item->parent_title != NULL ? g_strdup_printf (_("from: %s"), item->parent_title) : NULL;

  gtk_label_set_text (GTK_LABEL (title), name);
  gtk_label_set_text (GTK_LABEL (score), text);
  gtk_widget_set_visible (chip, item->node.is_best);
  gtk_widget_set_opacity (row, dropped && !item->node.is_best ? 0.75 : 1);
  rail->depth = item->node.depth;
  rail->lines = item->lines;
  rail->filled = item->node.is_best;
  gtk_widget_queue_resize (GTK_WIDGET (rail));
  gtk_widget_set_tooltip_text (row, from);
  gtk_accessible_update_property (GTK_ACCESSIBLE (title), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, from != NULL ? from : "", -1);
}

static void
selected_cb (LeydenLineageView *self)
{
  const char *id = leyden_lineage_view_get_selected (self);

  if (self->updating || id == NULL)
    return;
  self->chosen = TRUE;
  g_signal_emit (self, signals[SIGNAL_CANDIDATE_SELECTED], 0, id);
}

static void
leyden_lineage_view_dispose (GObject *object)
{
  LeydenLineageView *self = LEYDEN_LINEAGE_VIEW (object);

  self->updating = TRUE;
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (leyden_lineage_view_parent_class)->dispose (object);
}

static void
leyden_lineage_view_class_init (LeydenLineageViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_lineage_view_dispose;
  signals[SIGNAL_CANDIDATE_SELECTED] =
    g_signal_new ("candidate-selected", LEYDEN_TYPE_LINEAGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_lineage_view_init (LeydenLineageView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_row_cb), self, G_CONNECT_SWAPPED);
  self->store = g_list_store_new (LEYDEN_TYPE_LINEAGE_ITEM);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->store)));
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "lineage");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Candidates"), -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (self->scroller), 420);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_lineage_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_LINEAGE_VIEW, NULL);
}

const char *
leyden_lineage_view_get_selected (LeydenLineageView *self)
{
  LeydenLineageItem *item;

  g_return_val_if_fail (LEYDEN_IS_LINEAGE_VIEW (self), NULL);
  item = gtk_single_selection_get_selected_item (self->selection);
  return item != NULL ? item->node.id : NULL;
}

/* Bit i of a row: a line of level i runs below it, to a brother of an ancestor, or (its own level) to its first child. */
static guint
find_lines (GArray *nodes,
            guint   index)
{
  const LeydenCandidateNode *node = &g_array_index (nodes, LeydenCandidateNode, index);
  guint lines = 0;

  for (const LeydenCandidateNode *above = node; above->depth > 0 && above->parent >= 0;
       above = &g_array_index (nodes, LeydenCandidateNode, above->parent))
    if (!above->last && above->depth <= MAX_LEVELS)
      lines |= 1u << (above->depth - 1);
  if (index + 1 < nodes->len && g_array_index (nodes, LeydenCandidateNode, index + 1).depth > node->depth && node->depth < MAX_LEVELS)
    lines |= 1u << node->depth;
  return lines;
}

static LeydenLineageItem *
make_item (GArray *nodes,
           guint   index)
{
  LeydenLineageItem *item = g_object_new (LEYDEN_TYPE_LINEAGE_ITEM, NULL);

  item->node = g_array_index (nodes, LeydenCandidateNode, index);
  item->value = leyden_value_ref (item->node.value);
  item->lines = find_lines (nodes, index);
  if (item->node.parent >= 0)
    item->parent_title = leyden_candidate_node_title (&g_array_index (nodes, LeydenCandidateNode, item->node.parent));
  return item;
}

static gboolean
same_items (LeydenLineageView *self,
            GPtrArray         *items)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->store)) != items->len)
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    {
      g_autoptr(LeydenLineageItem) old = g_list_model_get_item (G_LIST_MODEL (self->store), i);
      LeydenLineageItem *item = g_ptr_array_index (items, i);

      if (old->lines != item->lines || old->node.is_best != item->node.is_best || old->node.depth != item->node.depth ||
          old->node.number != item->node.number || !leyden_value_equal (old->value, item->value))
        return FALSE;
    }
  return TRUE;
}

void
leyden_lineage_view_set_snapshot (LeydenLineageView *self,
                                  LeydenValue       *snapshot)
{
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (snapshot);
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *selected = NULL;
  guint found = GTK_INVALID_LIST_POSITION;

  g_return_if_fail (LEYDEN_IS_LINEAGE_VIEW (self));

  if (snapshot == NULL)
    self->chosen = FALSE;
  selected = self->chosen ? g_strdup (leyden_lineage_view_get_selected (self)) : NULL;
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenLineageItem *item = make_item (nodes, i);

      if (selected != NULL ? g_str_equal (item->node.id, selected) : item->node.is_best)
        found = i;
      g_ptr_array_add (items, item);
    }
  if (same_items (self, items))
    return;
  self->updating = TRUE;
  g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)), items->pdata, items->len);
  gtk_single_selection_set_selected (self->selection, found != GTK_INVALID_LIST_POSITION ? found : 0);
  self->updating = FALSE;
}
