/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-table.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-experiment-parts.h"
#include "leyden-rollout-columns.h"
#include "leyden-steps-view.h"

/* Below this the columns are no table any more, in widths of a figure. */
#define NARROW_EM 70
/* Widths of columns are given for figures as wide as this, in pixels. */
#define FIGURE 8
#define KEEP_MS 500
/* How far from its middle a box of a card takes clicks, in pixels. */
#define CHECK_REACH 22

struct _LeydenRolloutTable
{
  GtkWidget           parent_instance;

  LeydenRolloutModel *model;
  GtkSelectionModel  *selection;
  GtkWidget          *stack;            /* "table", "cards" */
  GtkWidget          *view;
  GtkWidget          *cards;
  const char         *sort;             /* id of a column */
  gboolean            descending;
  const char         *asked;            /* the column whose sorter was asked last */
  gboolean            loading;          /* the columns are put in anew */
  gboolean            narrow;
  guint               turn;             /* to the other form */
  guint               scroll;           /* to the first row */
  guint               keep;             /* the widths */
  int                 em;
};

G_DEFINE_FINAL_TYPE (LeydenRolloutTable, leyden_rollout_table, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ACTIVATED,
  SIGNAL_SORT_CHANGED,
  SIGNAL_SELECTION_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- cells: GtkInscription, whose size does not depend on its text; labels took 50 ms for the rows of one jump --- */

static LeydenValue *
get_row (GtkListItem *item)
{
  LeydenRolloutEntry *entry = gtk_list_item_get_item (item);

  return entry != NULL ? leyden_rollout_entry_get_row (entry) : NULL;
}

static void
set_state_icon (GtkWidget   *icon,
                LeydenValue *row)
{
  const char *state = leyden_value_get_member_string (row, "state", NULL);

  gtk_widget_set_visible (icon, state != NULL);
  if (state == NULL)
    return;
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
}

/* The row of the list around a cell has no name by itself. */
static void
name_row (GtkWidget   *cell,
          LeydenValue *row)
{
  GtkWidget *parent = gtk_widget_get_parent (cell), *around = parent != NULL ? gtk_widget_get_parent (parent) : NULL;
  g_autofree char *name = leyden_rollout_describe (row);

  if (around != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
fill_cell (GtkListItem *item)
{
  const LeydenRolloutColumn *column = g_object_get_data (G_OBJECT (item), "column");
  GtkWidget *text = g_object_get_data (G_OBJECT (item), "text"), *icon = g_object_get_data (G_OBJECT (item), "icon");
  LeydenValue *row = get_row (item);
  g_autofree char *words = leyden_rollout_column_format (column, row);

  gtk_inscription_set_text (GTK_INSCRIPTION (text), words);
  if (icon != NULL)
    set_state_icon (icon, row);
  if (gtk_list_item_get_child (item) != NULL && g_object_get_data (G_OBJECT (item), "first") != NULL)
    name_row (gtk_list_item_get_child (item), row);
}

static void
setup_cell_cb (GtkSignalListItemFactory  *factory,
               GtkListItem               *item,
               const LeydenRolloutColumn *column)
{
  GtkWidget *text = gtk_inscription_new (NULL), *child = text;

  gtk_inscription_set_min_chars (GTK_INSCRIPTION (text), 2);
  gtk_inscription_set_nat_chars (GTK_INSCRIPTION (text), 10);
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (text), GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_xalign (GTK_INSCRIPTION (text), column->number ? 1 : 0);
  gtk_widget_set_hexpand (text, TRUE);
  if (column->number)
    gtk_widget_add_css_class (text, "numeric");
  if (g_str_equal (column->id, "state"))
    {
      GtkWidget *icon = gtk_image_new ();

      child = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      gtk_box_append (GTK_BOX (child), icon);
      gtk_box_append (GTK_BOX (child), text);
      g_object_set_data (G_OBJECT (item), "icon", icon);
    }
  g_object_set_data (G_OBJECT (item), "text", text);
  g_object_set_data (G_OBJECT (item), "column", (gpointer) column);
  g_object_set_data (G_OBJECT (item), "first", g_object_get_data (G_OBJECT (factory), "first"));
  gtk_list_item_set_child (item, child);
}

static void
bind_cell_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  g_signal_connect_swapped (gtk_list_item_get_item (item), "changed", G_CALLBACK (fill_cell), item);
  fill_cell (item);
}

static void
unbind_cell_cb (GtkSignalListItemFactory *factory,
                GtkListItem              *item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), fill_cell, item);
}

/* --- cards --- */

static void
fill_card (GtkListItem *item)
{
  LeydenValue *row = get_row (item);
  GtkWidget *around = gtk_widget_get_parent (gtk_list_item_get_child (item));
  g_autofree char *title = leyden_rollout_card_title (row), *details = leyden_rollout_card_details (row);
  g_autofree char *name = leyden_rollout_describe (row);

  gtk_inscription_set_text (g_object_get_data (G_OBJECT (item), "title"), title);
  gtk_inscription_set_text (g_object_get_data (G_OBJECT (item), "details"), details);
  set_state_icon (g_object_get_data (G_OBJECT (item), "icon"), row);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (item), "simulated"), leyden_value_get_member_boolean (row, "simulated", FALSE));
  if (around != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
create_line (guint       lines,
             const char *style)
{
  GtkWidget *line = gtk_inscription_new (NULL);

  gtk_inscription_set_min_chars (GTK_INSCRIPTION (line), 10);
  gtk_inscription_set_min_lines (GTK_INSCRIPTION (line), lines);
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (line), GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_yalign (GTK_INSCRIPTION (line), 0);
  if (style != NULL)
    gtk_widget_add_css_class (line, style);
  return line;
}

static void
card_pressed_cb (GtkGesture *gesture)
{
  GtkWidget *around = gtk_widget_get_parent (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)));

  /* The row would select itself, and nothing else. */
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  if (around != NULL)
    gtk_widget_grab_focus (around);
}

/* On its box, or beside it towards the edge: a finger is wide. */
static gboolean
is_at_check (GtkWidget *card,
             double     x)
{
  graphene_rect_t check;
  float edge;

  if (!gtk_widget_compute_bounds (gtk_widget_get_first_child (card), card, &check))
    return FALSE;
  edge = check.origin.x + check.size.width / 2;
  return gtk_widget_get_direction (card) == GTK_TEXT_DIR_RTL ? x > edge - CHECK_REACH : x < edge + CHECK_REACH;
}

static void
card_released_cb (GtkGesture  *gesture,
                  int          n_press,
                  double       x,
                  double       y,
                  GtkListItem *item)
{
  GtkWidget *card = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  GtkCheckButton *check = GTK_CHECK_BUTTON (gtk_widget_get_first_child (card));

  if (!gtk_widget_contains (card, x, y))
    return;
  if (is_at_check (card, x))
    gtk_check_button_set_active (check, !gtk_check_button_get_active (check));
  else
    gtk_widget_activate_action (card, "list.activate-item", "u", gtk_list_item_get_position (item));
}

static void
check_toggled_cb (GtkCheckButton *check,
                  GtkListItem    *item)
{
  LeydenRolloutTable *self = LEYDEN_ROLLOUT_TABLE (gtk_widget_get_ancestor (GTK_WIDGET (check), LEYDEN_TYPE_ROLLOUT_TABLE));
  gboolean active = gtk_check_button_get_active (check);

  /* It follows the selection, too. */
  if (self == NULL || active == gtk_list_item_get_selected (item))
    return;
  if (active)
    gtk_selection_model_select_item (self->selection, gtk_list_item_get_position (item), FALSE);
  else
    gtk_selection_model_unselect_item (self->selection, gtk_list_item_get_position (item));
}

/* The card has its clicks, and the row the focus: keys select it as they do in the table. */
static GtkWidget *
create_check (GtkListItem *item)
{
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_can_focus (check, FALSE);
  gtk_widget_set_can_target (check, FALSE);
  gtk_widget_set_valign (check, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Select"), -1);
  g_object_bind_property (item, "selected", check, "active", G_BINDING_SYNC_CREATE);
  g_signal_connect (check, "toggled", G_CALLBACK (check_toggled_cb), item);
  return check;
}

static void
setup_card_cb (GtkSignalListItemFactory *factory,
               GtkListItem              *item)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new (), *title = create_line (1, NULL), *details = create_line (2, "dim-label");
  GtkWidget *simulated = leyden_part_chip (_("Simulated"), NULL);

  gtk_widget_add_css_class (details, "caption");
  gtk_widget_add_css_class (box, "rolloutcard");
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_set_valign (simulated, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (lines), title);
  gtk_box_append (GTK_BOX (lines), details);
  gtk_box_append (GTK_BOX (box), create_check (item));
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), lines);
  gtk_box_append (GTK_BOX (box), simulated);
  g_signal_connect (click, "pressed", G_CALLBACK (card_pressed_cb), NULL);
  g_signal_connect (click, "released", G_CALLBACK (card_released_cb), item);
  gtk_widget_add_controller (box, GTK_EVENT_CONTROLLER (click));
  g_object_set_data (G_OBJECT (item), "icon", icon);
  g_object_set_data (G_OBJECT (item), "title", title);
  g_object_set_data (G_OBJECT (item), "details", details);
  g_object_set_data (G_OBJECT (item), "simulated", simulated);
  gtk_list_item_set_child (item, box);
}

static void
bind_card_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  g_signal_connect_swapped (gtk_list_item_get_item (item), "changed", G_CALLBACK (fill_card), item);
  fill_card (item);
}

static void
unbind_card_cb (GtkSignalListItemFactory *factory,
                GtkListItem              *item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), fill_card, item);
}

/* --- sorting: the backend does it, and the view's sorter only knows what the headers say --- */

typedef struct
{
  LeydenRolloutTable        *table;     /* borrowed: owns the column */
  const LeydenRolloutColumn *column;
} SortKey;

static int
note_asked (gconstpointer a,
            gconstpointer b,
            gpointer      data)
{
  SortKey *key = data;

  if (key->table->asked == NULL)
    key->table->asked = key->column->id;
  return -1;
}

/* GTK tells which column is sorted by only from 4.10 on; before, the first sorter that is asked is the one, and a turned answer says descending. */
static void
read_sort (LeydenRolloutTable *self)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view));
  GtkOrdering ordering;

  self->asked = NULL;
  ordering = gtk_sorter_compare (sorter, self, self->model);
  if (self->asked == NULL || (self->asked == self->sort && self->descending == (ordering == GTK_ORDERING_LARGER)))
    return;
  self->sort = self->asked;
  self->descending = ordering == GTK_ORDERING_LARGER;
  g_signal_emit (self, signals[SIGNAL_SORT_CHANGED], 0);
}

static void
sorter_changed_cb (LeydenRolloutTable *self)
{
  if (!self->loading)
    read_sort (self);
}

const char *
leyden_rollout_table_get_sort (LeydenRolloutTable *self,
                               gboolean           *descending)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self), NULL);

  *descending = self->descending;
  return self->sort;
}

/* A column that is not shown has no header to say so. */
static void
show_sort (LeydenRolloutTable *self)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));
  gboolean was_loading = self->loading;

  self->loading = TRUE;
  gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (self->view), NULL, GTK_SORT_ASCENDING);
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_object_get_data (G_OBJECT (column), "id") == self->sort)
        gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (self->view), column, self->descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
    }
  self->loading = was_loading;
}

void
leyden_rollout_table_set_sort (LeydenRolloutTable *self,
                               const char         *id,
                               gboolean            descending)
{
  const LeydenRolloutColumn *column = leyden_rollout_column_find (id);

  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self) && column != NULL);

  if (self->sort == column->id && self->descending == descending)
    return;
  self->sort = column->id;
  self->descending = descending;
  show_sort (self);
  g_signal_emit (self, signals[SIGNAL_SORT_CHANGED], 0);
}

/* --- columns --- */

static void
keep_widths (LeydenRolloutTable *self)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));

  g_clear_handle_id (&self->keep, g_source_remove);
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      const LeydenRolloutColumn *own = leyden_rollout_column_find (g_object_get_data (G_OBJECT (column), "id"));
      int width = gtk_column_view_column_get_fixed_width (column);

      /* What was not moved stays as it is, to the pixel. */
      if (width > 0 && width != leyden_rollout_column_load_width (own) * self->em / FIGURE)
        leyden_rollout_column_save_width (own, (width * FIGURE + self->em - 1) / self->em);
    }
}

static gboolean
keep_cb (gpointer data)
{
  LeydenRolloutTable *self = data;

  self->keep = 0;
  keep_widths (self);
  return G_SOURCE_REMOVE;
}

/* While a border is dragged it changes with each movement. */
static void
width_changed_cb (LeydenRolloutTable *self)
{
  if (self->keep == 0)
    self->keep = g_timeout_add (KEEP_MS, keep_cb, self);
}

static GtkColumnViewColumn *
create_column (LeydenRolloutTable        *self,
               const LeydenRolloutColumn *column,
               gboolean                   first)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  SortKey *key = g_new (SortKey, 1);
  GtkColumnViewColumn *made;
  g_autoptr(GtkSorter) sorter = NULL;

  g_object_set_data (G_OBJECT (factory), "first", GINT_TO_POINTER (first));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cell_cb), (gpointer) column);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cell_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cell_cb), NULL);
  made = gtk_column_view_column_new (leyden_rollout_column_title (column), factory);
  *key = (SortKey) { self, column };
  sorter = GTK_SORTER (gtk_custom_sorter_new (note_asked, key, g_free));
  gtk_column_view_column_set_sorter (made, sorter);
  gtk_column_view_column_set_resizable (made, TRUE);
  gtk_column_view_column_set_fixed_width (made, leyden_rollout_column_load_width (column) * self->em / FIGURE);
  gtk_column_view_column_set_expand (made, g_str_equal (column->id, "error"));
  g_object_set_data (G_OBJECT (made), "id", (gpointer) column->id);
  g_signal_connect_object (made, "notify::fixed-width", G_CALLBACK (width_changed_cb), self, G_CONNECT_SWAPPED);
  return made;
}

/* A number's title stands above it. GTK has no way to say so: the titles are the children of the view's first child, in order. */
static void
align_titles (LeydenRolloutTable *self)
{
  GtkWidget *header = gtk_widget_get_first_child (self->view);
  GtkWidget *title = header != NULL ? gtk_widget_get_first_child (header) : NULL;
  g_auto(GStrv) ids = leyden_rollout_columns_load ();

  for (guint i = 0; ids[i] != NULL && title != NULL; i++, title = gtk_widget_get_next_sibling (title))
    if (gtk_widget_get_first_child (title) != NULL)
      gtk_widget_set_halign (gtk_widget_get_first_child (title), leyden_rollout_column_find (ids[i])->number ? GTK_ALIGN_END : GTK_ALIGN_START);
}

void
leyden_rollout_table_load_columns (LeydenRolloutTable *self)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));
  g_auto(GStrv) ids = leyden_rollout_columns_load ();

  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self));

  if (self->keep != 0)
    keep_widths (self);
  self->loading = TRUE;
  while (g_list_model_get_n_items (columns) > 0)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);

      gtk_column_view_remove_column (GTK_COLUMN_VIEW (self->view), column);
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr(GtkColumnViewColumn) column = create_column (self, leyden_rollout_column_find (ids[i]), i == 0);

      gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), column);
    }
  show_sort (self);
  align_titles (self);
  self->loading = FALSE;
}

/* The person drags headers. */
static void
columns_moved_cb (LeydenRolloutTable *self)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view));
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();

  if (self->loading)
    return;
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr(GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      g_ptr_array_add (ids, g_object_get_data (G_OBJECT (column), "id"));
    }
  if (ids->len == 0)
    return;
  g_ptr_array_add (ids, NULL);
  leyden_rollout_columns_save ((const char * const *) ids->pdata);
  align_titles (self);
}

/* --- selection --- */

GtkBitset *
leyden_rollout_table_get_selection (LeydenRolloutTable *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self), NULL);
  return gtk_selection_model_get_selection (self->selection);
}

void
leyden_rollout_table_select (LeydenRolloutTable *self,
                             guint               from,
                             guint               n)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self));
  gtk_selection_model_select_range (self->selection, from, n, TRUE);
}

void
leyden_rollout_table_unselect (LeydenRolloutTable *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self));
  gtk_selection_model_unselect_all (self->selection);
}

static void
selection_changed_cb (LeydenRolloutTable *self)
{
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
activate_cb (LeydenRolloutTable *self,
             guint               position)
{
  g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->model), position);

  if (entry != NULL && leyden_rollout_entry_get_rollout (entry) != NULL)
    g_signal_emit (self, signals[SIGNAL_ACTIVATED], 0, entry);
}

/* --- form --- */

static void
measure_figure (LeydenRolloutTable *self)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "0000000000");
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  self->em = MAX (width / 10, 1);
}

/* Only the form that is seen holds rows. */
static void
show_form (LeydenRolloutTable *self)
{
  if (self->narrow)
    {
      gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), NULL);
      gtk_list_view_set_model (GTK_LIST_VIEW (self->cards), self->selection);
    }
  else
    {
      gtk_list_view_set_model (GTK_LIST_VIEW (self->cards), NULL);
      gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), self->selection);
    }
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), self->narrow ? "cards" : "table");
}

static gboolean
turn_cb (gpointer data)
{
  LeydenRolloutTable *self = data;

  self->turn = 0;
  show_form (self);
  return G_SOURCE_REMOVE;
}

static void
leyden_rollout_table_size_allocate (GtkWidget *widget,
                                    int        width,
                                    int        height,
                                    int        baseline)
{
  LeydenRolloutTable *self = LEYDEN_ROLLOUT_TABLE (widget);
  gboolean narrow = width < NARROW_EM * self->em;

  gtk_widget_allocate (self->stack, width, height, baseline, NULL);
  if (narrow == self->narrow)
    return;
  /* Models are not changed while sizes are given out. */
  self->narrow = narrow;
  if (self->turn == 0)
    self->turn = g_idle_add_full (GDK_PRIORITY_REDRAW - 5, turn_cb, self, NULL);
}

static void
leyden_rollout_table_measure (GtkWidget      *widget,
                              GtkOrientation  orientation,
                              int             for_size,
                              int            *minimum,
                              int            *natural,
                              int            *minimum_baseline,
                              int            *natural_baseline)
{
  gtk_widget_measure (LEYDEN_ROLLOUT_TABLE (widget)->stack, orientation, for_size, minimum, natural, minimum_baseline, natural_baseline);
}

gboolean
leyden_rollout_table_is_narrow (LeydenRolloutTable *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self), FALSE);
  return self->narrow;
}

void
leyden_rollout_table_focus (LeydenRolloutTable *self)
{
  GtkWidget *rows, *focus;
  GtkRoot *root;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self));

  rows = self->narrow ? self->cards : self->view;
  root = gtk_widget_get_root (rows);
  focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  /* From the row that has it, it would go on to the next. */
  if (focus == NULL || !gtk_widget_is_ancestor (focus, rows))
    gtk_widget_child_focus (rows, GTK_DIR_TAB_FORWARD);
}

gboolean
leyden_rollout_table_is_at_top (LeydenRolloutTable *self)
{
  GtkWidget *rows;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self), TRUE);

  rows = self->narrow ? self->cards : self->view;
  return gtk_adjustment_get_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (rows))) < 1;
}

GtkAdjustment *
leyden_rollout_table_get_adjustment (LeydenRolloutTable *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self), NULL);
  return gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view));
}

static gboolean
scroll_cb (gpointer data)
{
  LeydenRolloutTable *self = data;
  GtkWidget *rows = self->narrow ? self->cards : gtk_widget_get_last_child (self->view);

  self->scroll = 0;
  if (g_list_model_get_n_items (G_LIST_MODEL (self->model)) > 0 && rows != NULL)
    gtk_widget_activate_action (rows, "list.scroll-to-item", "u", 0);
  return G_SOURCE_REMOVE;
}

/* When the rows have their places: GTK warns of a value that is set before. */
void
leyden_rollout_table_scroll_to_top (LeydenRolloutTable *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_TABLE (self));

  if (self->scroll == 0)
    self->scroll = g_idle_add (scroll_cb, self);
}

/* --- life --- */

static void
leyden_rollout_table_dispose (GObject *object)
{
  LeydenRolloutTable *self = LEYDEN_ROLLOUT_TABLE (object);

  g_clear_handle_id (&self->turn, g_source_remove);
  g_clear_handle_id (&self->scroll, g_source_remove);
  if (self->keep != 0)
    keep_widths (self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  if (self->stack != NULL)
    {
      g_signal_handlers_disconnect_by_data (gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view)), self);
      g_signal_handlers_disconnect_by_data (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view)), self);
    }
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (leyden_rollout_table_parent_class)->dispose (object);
}

static void
leyden_rollout_table_class_init (LeydenRolloutTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_rollout_table_dispose;
  widget_class->size_allocate = leyden_rollout_table_size_allocate;
  widget_class->measure = leyden_rollout_table_measure;
  signals[SIGNAL_ACTIVATED] =
    g_signal_new ("activated", LEYDEN_TYPE_ROLLOUT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_ROLLOUT_ENTRY);
  signals[SIGNAL_SORT_CHANGED] = g_signal_new ("sort-changed", LEYDEN_TYPE_ROLLOUT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SELECTION_CHANGED] =
    g_signal_new ("selection-changed", LEYDEN_TYPE_ROLLOUT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
create_scroller (GtkWidget     *child,
                 GtkPolicyType  horizontal)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), horizontal, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), child);
  return scroller;
}

static void
create_view (LeydenRolloutTable *self)
{
  self->view = gtk_column_view_new (NULL);
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (self->view), TRUE);
  gtk_widget_add_css_class (self->view, "rollouts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Rollouts"), -1);
  leyden_rollout_table_load_columns (self);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->view)), "items-changed", G_CALLBACK (columns_moved_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view)), "changed", G_CALLBACK (sorter_changed_cb), self, G_CONNECT_SWAPPED);
}

static void
create_cards (LeydenRolloutTable *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_card_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_card_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_card_cb), NULL);
  self->cards = gtk_list_view_new (NULL, factory);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (self->cards), TRUE);
  /* No single-click-activate: it selects whatever the pointer passes over. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->cards), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Rollouts"), -1);
  g_signal_connect_object (self->cards, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
}

static void
leyden_rollout_table_init (LeydenRolloutTable *self)
{
  self->sort = leyden_rollout_column_find ("started")->id;
  self->descending = TRUE;
  measure_figure (self);
}

GtkWidget *
leyden_rollout_table_new (LeydenRolloutModel *model)
{
  LeydenRolloutTable *self = g_object_new (LEYDEN_TYPE_ROLLOUT_TABLE, NULL);

  self->model = g_object_ref (model);
  self->selection = GTK_SELECTION_MODEL (gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (model))));
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (selection_changed_cb), self, G_CONNECT_SWAPPED);
  create_view (self);
  create_cards (self);
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_scroller (self->view, GTK_POLICY_AUTOMATIC), "table");
  gtk_stack_add_named (GTK_STACK (self->stack), create_scroller (self->cards, GTK_POLICY_NEVER), "cards");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  show_form (self);
  return GTK_WIDGET (self);
}
