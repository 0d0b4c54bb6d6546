/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-condition-rows.h"

#include <glib/gi18n-lib.h>

#include "leyden-drop-down.h"
#include "leyden-wrap-box.h"

/* Groups in groups that can be made here; more is read, and shown. */
#define MAX_DEPTH 3

struct _LeydenConditionRows
{
  GtkWidget            parent_instance;

  GtkWidget           *box;
  LeydenCondition     *condition;       /* nullable */
  LeydenEditorContext *context;         /* nullable */
  GHashTable          *problems;        /* LeydenCondition (a rule) to its message: what is typed is no value */
};

G_DEFINE_FINAL_TYPE (LeydenConditionRows, leyden_condition_rows, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_INVALID,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* The widgets of one rule, and what they say. */
typedef struct
{
  LeydenConditionRows *rows;
  LeydenCondition     *rule;            /* in the tree */
  LeydenCondition     *parent;
  GtkWidget           *field;
  GtkWidget           *operator;
  GtkWidget           *with;            /* drop-down: a value, or a field */
  GtkWidget           *value;           /* entry */
  GtkWidget           *other;           /* drop-down of fields */
  GtkWidget           *second;          /* line of value and other */
  GPtrArray           *operands;        /* as in the drop-downs */
  GArray              *operators;       /* as in the drop-down */
  gboolean             updating;
} Row;

typedef struct
{
  LeydenConditionRows *rows;
  LeydenCondition     *group;
  LeydenCondition     *parent;          /* NULL for the whole */
} Group;

static void rebuild (LeydenConditionRows *self);
static GtkWidget *build_group (LeydenConditionRows *self, LeydenCondition *group, LeydenCondition *parent, guint depth);

static void
row_free (gpointer data)
{
  Row *row = data;

  g_ptr_array_unref (row->operands);
  g_array_unref (row->operators);
  g_free (row);
}

/* --- what the rows say --- */

static void
tell (LeydenConditionRows *self)
{
  g_autofree char *text = NULL;
  GHashTableIter iter;
  gpointer message;

  g_hash_table_iter_init (&iter, self->problems);
  if (g_hash_table_iter_next (&iter, NULL, &message))
    {
      g_signal_emit (self, signals[SIGNAL_INVALID], 0, message);
      return;
    }
  text = leyden_condition_write (self->condition);
  g_signal_emit (self, signals[SIGNAL_INVALID], 0, text == NULL ? _("At least one condition must stand here.") : NULL);
  if (text != NULL)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0, text);
}

static LeydenConditionOperand *
get_operand (Row       *row,
             GtkWidget *drop_down)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (drop_down));

  return selected < row->operands->len ? g_ptr_array_index (row->operands, selected) : NULL;
}

static gboolean
compares (LeydenConditionOperator op)
{
  return op <= LEYDEN_CONDITION_GREATER_EQUAL;
}

static LeydenFieldKind
get_kind (Row *row)
{
  return leyden_condition_guess_kind (row->rows->context, &row->rule->left);
}

/* Reads what is typed; what is no value leaves the rule as it was. */
static void
take_value (Row *row)
{
  LeydenCondition *rule = row->rule;
  g_autofree char *problem = NULL;
  LeydenValue *value;

  g_hash_table_remove (row->rows->problems, rule);
  gtk_widget_remove_css_class (row->value, "error");
  if (!leyden_condition_takes_value (rule->op) || rule->right != NULL)
    return;
  value = leyden_condition_read_value (gtk_editable_get_text (GTK_EDITABLE (row->value)), get_kind (row), rule->op, &problem);
  if (value == NULL)
    {
      gtk_widget_add_css_class (row->value, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (row->value), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE, -1);
      g_hash_table_insert (row->rows->problems, rule, g_steal_pointer (&problem));
      return;
    }
  gtk_accessible_update_state (GTK_ACCESSIBLE (row->value), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_FALSE, -1);
  g_clear_pointer (&rule->value, leyden_value_unref);
  rule->value = value;
}

static void
show_value_parts (Row *row)
{
  gboolean wanted = leyden_condition_takes_value (row->rule->op);

  gtk_widget_set_visible (row->second, wanted);
  gtk_widget_set_visible (row->with, compares (row->rule->op));
  gtk_widget_set_visible (row->value, row->rule->right == NULL);
  gtk_widget_set_visible (row->other, row->rule->right != NULL);
  gtk_entry_set_placeholder_text (GTK_ENTRY (row->value), leyden_condition_is_list (row->rule->op) ? _("a, b, c") : NULL);
}

static void
fill_operators (Row *row)
{
  LeydenFieldKind kind = get_kind (row);
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;

  g_clear_pointer (&row->operators, g_array_unref);
  row->operators = leyden_condition_list_operators (kind, row->rule->op);
  for (guint i = 0; i < row->operators->len; i++)
    {
      LeydenConditionOperator op = g_array_index (row->operators, LeydenConditionOperator, i);

      gtk_string_list_append (titles, leyden_condition_operator_title (op, kind));
      if (op == row->rule->op)
        selected = i;
    }
  row->updating = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (row->operator), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (row->operator), selected);
  row->updating = FALSE;
}

static void
set_right (LeydenCondition              *rule,
           const LeydenConditionOperand *operand)
{
  g_clear_pointer (&rule->right, leyden_condition_free_operand);
  rule->right = operand != NULL ? leyden_condition_copy_operand (operand) : NULL;
}

static void
field_selected_cb (Row *row)
{
  LeydenConditionOperand *operand = get_operand (row, row->field);

  if (row->updating || operand == NULL)
    return;
  g_free (row->rule->left.name);
  g_free (row->rule->left.path);
  row->rule->left.name = g_strdup (operand->name);
  row->rule->left.path = g_strdup (operand->path);
  row->rule->left.measure = operand->measure;
  fill_operators (row);
  take_value (row);
  tell (row->rows);
}

static void
operator_selected_cb (Row *row)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (row->operator));

  if (row->updating || selected >= row->operators->len)
    return;
  row->rule->op = g_array_index (row->operators, LeydenConditionOperator, selected);
  if (!compares (row->rule->op))
    set_right (row->rule, NULL);
  show_value_parts (row);
  take_value (row);
  tell (row->rows);
}

static void
with_selected_cb (Row *row)
{
  if (row->updating)
    return;
  set_right (row->rule, gtk_drop_down_get_selected (GTK_DROP_DOWN (row->with)) == 1 ? get_operand (row, row->other) : NULL);
  show_value_parts (row);
  take_value (row);
  tell (row->rows);
}

static void
other_selected_cb (Row *row)
{
  if (row->updating || row->rule->right == NULL)
    return;
  set_right (row->rule, get_operand (row, row->other));
  tell (row->rows);
}

static void
value_changed_cb (Row *row)
{
  if (row->updating)
    return;
  take_value (row);
  tell (row->rows);
}

/* --- widgets of a rule --- */

static void
name_widget (GtkWidget  *widget,
             const char *label)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* A text that is cut instead of making the inspector wider. */
static GtkWidget *
new_drop_down (const char *label)
{
  GtkWidget *drop_down = leyden_drop_down_new ();

  gtk_widget_set_hexpand (drop_down, TRUE);
  name_widget (drop_down, label);
  return drop_down;
}

/* The operand may be one that the node does not offer (any more): it stays in the list. */
static void
fill_fields (Row                          *row,
             GtkWidget                    *drop_down,
             const LeydenConditionOperand *operand)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = row->operands->len;

  for (guint i = 0; i < row->operands->len && operand != NULL; i++)
    if (leyden_condition_same_operand (g_ptr_array_index (row->operands, i), operand))
      selected = i;
  if (selected == row->operands->len && operand != NULL)
    g_ptr_array_add (row->operands, leyden_condition_copy_operand (operand));
  for (guint i = 0; i < row->operands->len; i++)
    {
      g_autofree char *title = leyden_condition_operand_title (g_ptr_array_index (row->operands, i));

      gtk_string_list_append (titles, title);
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (drop_down), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop_down), operand != NULL ? selected : 0);
}

static void
remove_child (LeydenConditionRows *self,
              LeydenCondition     *parent,
              LeydenCondition     *child)
{
  g_hash_table_remove (self->problems, child);
  g_ptr_array_remove (parent->children, child);
  rebuild (self);
  gtk_widget_child_focus (self->box, GTK_DIR_TAB_FORWARD);
  tell (self);
}

static void
remove_rule_cb (Row *row)
{
  remove_child (row->rows, row->parent, row->rule);
}

static GtkWidget *
new_remove (const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  name_widget (button, label);
  return button;
}

static void
create_second_line (Row *row)
{
  const char *withs[] = { _("value"), _("field"), NULL };
  g_autofree char *text = row->rule->value != NULL ? leyden_condition_show_value (row->rule->value, get_kind (row), row->rule->op) : g_strdup ("");
  g_autoptr(GtkStringList) list = gtk_string_list_new (withs);

  row->second = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  row->with = new_drop_down (_("Compare with"));
  gtk_drop_down_set_model (GTK_DROP_DOWN (row->with), G_LIST_MODEL (list));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (row->with), row->rule->right != NULL);
  gtk_widget_set_hexpand (row->with, FALSE);
  row->value = gtk_entry_new ();
  gtk_editable_set_enable_undo (GTK_EDITABLE (row->value), FALSE);
  gtk_editable_set_width_chars (GTK_EDITABLE (row->value), 6);
  gtk_editable_set_text (GTK_EDITABLE (row->value), text);
  gtk_widget_set_hexpand (row->value, TRUE);
  name_widget (row->value, _("Value"));
  row->other = new_drop_down (_("Other field"));
  fill_fields (row, row->other, row->rule->right);
  gtk_box_append (GTK_BOX (row->second), row->with);
  gtk_box_append (GTK_BOX (row->second), row->value);
  gtk_box_append (GTK_BOX (row->second), row->other);
}

static GtkWidget *
build_rule (LeydenConditionRows *self,
            LeydenCondition     *rule,
            LeydenCondition     *parent)
{
  GtkWidget *outer = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *first = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = new_remove (_("Remove this condition"));
  Row *row = g_new0 (Row, 1);

  row->rows = self;
  row->rule = rule;
  row->parent = parent;
  row->operands = leyden_condition_list_operands (self->context);
  row->updating = TRUE;
  row->field = new_drop_down (_("Field"));
  fill_fields (row, row->field, &rule->left);
  row->operator = new_drop_down (_("Operator"));
  create_second_line (row);
  fill_operators (row);
  show_value_parts (row);
  row->updating = FALSE;
  g_object_set_data_full (G_OBJECT (outer), "row", row, row_free);

  gtk_box_append (GTK_BOX (first), row->field);
  gtk_box_append (GTK_BOX (first), row->operator);
  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box), row->second);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_box_append (GTK_BOX (outer), box);
  gtk_box_append (GTK_BOX (outer), button);
  gtk_widget_add_css_class (outer, "fieldrow");
  g_signal_connect_swapped (row->field, "notify::selected", G_CALLBACK (field_selected_cb), row);
  g_signal_connect_swapped (row->operator, "notify::selected", G_CALLBACK (operator_selected_cb), row);
  g_signal_connect_swapped (row->with, "notify::selected", G_CALLBACK (with_selected_cb), row);
  g_signal_connect_swapped (row->other, "notify::selected", G_CALLBACK (other_selected_cb), row);
  g_signal_connect_swapped (row->value, "changed", G_CALLBACK (value_changed_cb), row);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (remove_rule_cb), row);
  return outer;
}

/* --- groups --- */

static void
mode_selected_cb (GtkDropDown *drop_down,
                  GParamSpec  *pspec,
                  gpointer     data)
{
  Group *group = data;
  guint selected = gtk_drop_down_get_selected (drop_down);

  /* All, any, none, not all. */
  group->group->any = selected == 1 || selected == 2;
  group->group->negated = selected >= 2;
  tell (group->rows);
}

static LeydenCondition *
new_rule (LeydenConditionRows *self)
{
  const char *name = self->context != NULL && self->context->names[0] != NULL ? self->context->names[0] : "value";

  return leyden_condition_new_rule (name, LEYDEN_CONDITION_NOT_NULL, NULL);
}

static void
add_to (Group           *group,
        LeydenCondition *child)
{
  LeydenConditionRows *self = group->rows;

  g_ptr_array_add (group->group->children, child);
  rebuild (self);
  tell (self);
}

static void
add_rule_cb (Group *group)
{
  add_to (group, new_rule (group->rows));
}

static void
add_group_cb (Group *group)
{
  LeydenCondition *inner = leyden_condition_new_group (!group->group->any);

  g_ptr_array_add (inner->children, new_rule (group->rows));
  add_to (group, inner);
}

static void
remove_group_cb (Group *group)
{
  remove_child (group->rows, group->parent, group->group);
}

static GtkWidget *
build_group_header (Group *data)
{
  const char *modes[] = { _("All of these hold"), _("One of these holds"), _("None of these holds"), _("Not all of these hold"), NULL };
  GtkWidget *header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *mode = new_drop_down (_("How the conditions count"));
  g_autoptr(GtkStringList) list = gtk_string_list_new (modes);
  guint selected = data->group->negated ? (data->group->any ? 2 : 3) : (data->group->any ? 1 : 0);

  gtk_drop_down_set_model (GTK_DROP_DOWN (mode), G_LIST_MODEL (list));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (mode), selected);
  g_signal_connect (mode, "notify::selected", G_CALLBACK (mode_selected_cb), data);
  gtk_box_append (GTK_BOX (header), mode);
  if (data->parent != NULL)
    {
      GtkWidget *button = new_remove (_("Remove this group"));

      g_signal_connect_swapped (button, "clicked", G_CALLBACK (remove_group_cb), data);
      gtk_box_append (GTK_BOX (header), button);
    }
  return header;
}

static GtkWidget *
new_add (const char *label,
         GCallback   callback,
         Group      *group)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_add_css_class (button, "addrow");
  g_signal_connect_swapped (button, "clicked", callback, group);
  return button;
}

static GtkWidget *
build_group (LeydenConditionRows *self,
             LeydenCondition     *group,
             LeydenCondition     *parent,
             guint                depth)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *buttons = leyden_wrap_box_new ();
  Group *data = g_new0 (Group, 1);

  data->rows = self;
  data->group = group;
  data->parent = parent;
  g_object_set_data_full (G_OBJECT (box), "group", data, g_free);
  /* How one alone counts needs no word, unless it is turned round. */
  if (parent != NULL || group->negated || group->children->len > 1)
    gtk_box_append (GTK_BOX (box), build_group_header (data));
  for (guint i = 0; i < group->children->len; i++)
    {
      LeydenCondition *child = g_ptr_array_index (group->children, i);

      gtk_box_append (GTK_BOX (box), child->children != NULL ? build_group (self, child, group, depth + 1)
                                                             : build_rule (self, child, group));
    }
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (buttons), FALSE);
  gtk_widget_set_parent (new_add (_("Add a Condition"), G_CALLBACK (add_rule_cb), data), buttons);
  if (depth < MAX_DEPTH)
    gtk_widget_set_parent (new_add (_("Add a Group"), G_CALLBACK (add_group_cb), data), buttons);
  gtk_box_append (GTK_BOX (box), buttons);
  if (parent != NULL)
    gtk_widget_add_css_class (box, "conditiongroup");
  return box;
}

static void
rebuild (LeydenConditionRows *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);
  g_hash_table_remove_all (self->problems);
  if (self->condition != NULL)
    gtk_box_append (GTK_BOX (self->box), build_group (self, self->condition, NULL, 0));
}

/* --- */

static void
leyden_condition_rows_dispose (GObject *object)
{
  LeydenConditionRows *self = LEYDEN_CONDITION_ROWS (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->problems, g_hash_table_unref);
  g_clear_pointer (&self->condition, leyden_condition_free);
  g_clear_pointer (&self->context, leyden_editor_context_unref);
  G_OBJECT_CLASS (leyden_condition_rows_parent_class)->dispose (object);
}

static void
leyden_condition_rows_class_init (LeydenConditionRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_condition_rows_dispose;
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", LEYDEN_TYPE_CONDITION_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_INVALID] =
    g_signal_new ("invalid", LEYDEN_TYPE_CONDITION_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_condition_rows_init (LeydenConditionRows *self)
{
  self->problems = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_condition_rows_new (void)
{
  return g_object_new (LEYDEN_TYPE_CONDITION_ROWS, NULL);
}

void
leyden_condition_rows_set (LeydenConditionRows   *self,
                           const LeydenCondition *condition)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_return_if_fail (LEYDEN_IS_CONDITION_ROWS (self));
  g_return_if_fail (condition != NULL && condition->children != NULL);

  /* Groups of one are there before a second is: SQL does not tell them. */
  before = self->condition != NULL ? leyden_condition_write (self->condition) : NULL;
  after = leyden_condition_write (condition);
  if (g_strcmp0 (before, after) == 0)
    return;
  g_clear_pointer (&self->condition, leyden_condition_free);
  self->condition = leyden_condition_copy (condition);
  rebuild (self);
}

static gboolean
same_fields (LeydenEditorContext *a,
             LeydenEditorContext *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return leyden_value_equal (a->values, b->values) && g_strv_equal ((const char * const *) a->names, (const char * const *) b->names)
         && a->types->len == b->types->len && memcmp (a->types->data, b->types->data, a->types->len * sizeof (LeydenPortType)) == 0;
}

void
leyden_condition_rows_set_context (LeydenConditionRows *self,
                                   LeydenEditorContext *context)
{
  gboolean same;

  g_return_if_fail (LEYDEN_IS_CONDITION_ROWS (self));

  same = same_fields (self->context, context);
  leyden_editor_context_set (&self->context, context);
  /* What is typed and is no value yet stays. */
  if (!same && self->condition != NULL && g_hash_table_size (self->problems) == 0)
    rebuild (self);
}
