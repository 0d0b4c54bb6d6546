/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-filter-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-button.h"
#include "leyden-dashboard.h"
#include "leyden-json.h"
#include "leyden-text.h"
#include "leyden-wrap-box.h"

static const struct
{
  const char *op;
  const char *title;
  gboolean    list;             /* its value is a list, typed with commas */
  gboolean    alone;            /* it has none */
} ops[] = {
  { "=", N_("is"), FALSE, FALSE },
  { "!=", N_("is not"), FALSE, FALSE },
  { "<", N_("is below"), FALSE, FALSE },
  { "<=", N_("is at most"), FALSE, FALSE },
  { ">", N_("is above"), FALSE, FALSE },
  { ">=", N_("is at least"), FALSE, FALSE },
  { "in", N_("is one of"), TRUE, FALSE },
  { "not in", N_("is none of"), TRUE, FALSE },
  { "between", N_("is between"), TRUE, FALSE },
  { "contains", N_("contains"), FALSE, FALSE },
  { "not contains", N_("does not contain"), FALSE, FALSE },
  { "begins", N_("begins with"), FALSE, FALSE },
  { "null", N_("has no value"), FALSE, TRUE },
  { "not null", N_("has a value"), FALSE, TRUE },
};

typedef struct
{
  GtkWidget *box;
  GtkWidget *dimension;
  GtkWidget *op;
  GtkWidget *value;
  char      *name;              /* of the dimension */
} Row;

struct _LeydenFilterRows
{
  GtkWidget    parent_instance;

  LeydenValue *dimensions;
  GtkWidget   *box;
  GtkWidget   *list;
  GtkWidget   *add;
  GPtrArray   *rows;            /* Row */
  gboolean     filling;
};

G_DEFINE_FINAL_TYPE (LeydenFilterRows, leyden_filter_rows, GTK_TYPE_WIDGET)

static guint changed_signal;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->name);
  g_free (row);
}

static const char *
get_dimension_type (LeydenFilterRows *self,
                    const char       *name)
{
  for (guint i = 0; i < leyden_value_get_size (self->dimensions); i++)
    {
      LeydenValue *dimension = leyden_value_get_item (self->dimensions, i);

      if (strcmp (leyden_value_get_member_string (dimension, "name", ""), name) == 0)
        return leyden_value_get_member_string (dimension, "type", "text");
    }
  return "text";
}

static void
changed (LeydenFilterRows *self)
{
  if (!self->filling)
    g_signal_emit (self, changed_signal, 0);
}

static guint
get_op (Row *row)
{
  return MIN (gtk_drop_down_get_selected (GTK_DROP_DOWN (row->op)), G_N_ELEMENTS (ops) - 1);
}

static Row *
find_row (LeydenFilterRows *self,
          GtkWidget        *part)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      Row *row = g_ptr_array_index (self->rows, i);

      if (gtk_widget_is_ancestor (part, row->box))
        return row;
    }
  return NULL;
}

static void
op_cb (LeydenFilterRows *self,
       GParamSpec       *pspec,
       GtkWidget        *op)
{
  Row *row = find_row (self, op);

  if (row == NULL)
    return;
  gtk_widget_set_visible (row->value, !ops[get_op (row)].alone);
  gtk_entry_set_placeholder_text (GTK_ENTRY (row->value), ops[get_op (row)].list ? _("values, with commas") : _("value"));
  changed (self);
}

static void
dimension_cb (LeydenFilterRows *self,
              GParamSpec       *pspec,
              GtkWidget        *dimension)
{
  Row *row = find_row (self, dimension);
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (dimension));
  LeydenValue *chosen = leyden_value_get_item (self->dimensions, selected);

  if (row == NULL || chosen == NULL || self->filling)
    return;
  g_free (row->name);
  row->name = g_strdup (leyden_value_get_member_string (chosen, "name", ""));
  changed (self);
}

static void
remove_cb (LeydenFilterRows *self,
           GtkWidget        *button)
{
  Row *row = find_row (self, button);

  if (row == NULL)
    return;
  gtk_widget_grab_focus (self->add);
  gtk_box_remove (GTK_BOX (self->list), row->box);
  g_ptr_array_remove (self->rows, row);
  changed (self);
}

static void
fill_dimensions (LeydenFilterRows *self,
                 Row              *row)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < leyden_value_get_size (self->dimensions); i++)
    {
      LeydenValue *dimension = leyden_value_get_item (self->dimensions, i);
      const char *name = leyden_value_get_member_string (dimension, "name", "");
      g_autofree char *title = leyden_text_display (leyden_value_get_member_string (dimension, "title", name), -1, 30, FALSE);

      gtk_string_list_append (titles, title);
      if (strcmp (name, row->name) == 0)
        selected = i;
    }
  self->filling = TRUE;
  if (selected == GTK_INVALID_LIST_POSITION)
    {
      selected = g_list_model_get_n_items (G_LIST_MODEL (titles));
      gtk_string_list_append (titles, row->name);
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (row->dimension), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (row->dimension), selected);
  self->filling = FALSE;
}

static GtkWidget *
create_op (void)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    gtk_string_list_append (titles, _(ops[i].title));
  return gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
}

static Row *
add_row (LeydenFilterRows *self,
         const char       *name)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");

  row->name = g_strdup (name);
  row->box = leyden_wrap_box_new ();
  row->dimension = gtk_drop_down_new (NULL, gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (row->dimension), TRUE);
  row->op = create_op ();
  row->value = gtk_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (row->value), 12);
  gtk_entry_set_placeholder_text (GTK_ENTRY (row->value), _("value"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->dimension), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Dimension"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->op), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Comparison"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->value), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Value"), -1);
  gtk_widget_set_tooltip_text (remove, _("Remove this filter"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Remove this filter"), -1);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_parent (row->dimension, row->box);
  gtk_widget_set_parent (row->op, row->box);
  gtk_widget_set_parent (row->value, row->box);
  gtk_widget_set_parent (remove, row->box);
  gtk_box_append (GTK_BOX (self->list), row->box);
  g_ptr_array_add (self->rows, row);
  fill_dimensions (self, row);
  g_signal_connect_object (row->dimension, "notify::selected", G_CALLBACK (dimension_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row->op, "notify::selected", G_CALLBACK (op_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row->value, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
  return row;
}

static void
add_cb (LeydenFilterRows *self)
{
  Row *row;

  if (self->rows->len >= LEYDEN_DASHBOARD_MAX_FILTERS)
    return;
  row = add_row (self, leyden_value_get_member_string (leyden_value_get_item (self->dimensions, 0), "name", "flow"));
  gtk_widget_grab_focus (row->dimension);
}

/* --- values --- */

/* A number where the dimension has numbers, and for what is one. */
static LeydenValue *
read_scalar (const char *text,
             gboolean    number)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autoptr(LeydenValue) value = number ? leyden_json_parse (trimmed, -1, NULL, NULL) : NULL;

  if (value != NULL && leyden_value_get_kind (value) != LEYDEN_VALUE_LIST && leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return g_steal_pointer (&value);
  return leyden_value_new_string (trimmed, -1);
}

static LeydenValue *
read_list (const char *text,
           gboolean    number)
{
  g_auto(GStrv) parts = g_strsplit (text, ",", -1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; parts[i] != NULL; i++)
    leyden_value_builder_take (&b, read_scalar (parts[i], number));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
write_scalar (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  return text != NULL ? g_strdup (text) : leyden_value_is_null (value) ? g_strdup ("") : leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

static char *
write_value (LeydenValue *value)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST)
    return write_scalar (value);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      g_autofree char *part = write_scalar (leyden_value_get_item (value, i));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", part);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- class --- */

static void
leyden_filter_rows_dispose (GObject *object)
{
  LeydenFilterRows *self = LEYDEN_FILTER_ROWS (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_filter_rows_parent_class)->dispose (object);
}

static void
leyden_filter_rows_finalize (GObject *object)
{
  LeydenFilterRows *self = LEYDEN_FILTER_ROWS (object);

  g_clear_pointer (&self->dimensions, leyden_value_unref);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (leyden_filter_rows_parent_class)->finalize (object);
}

static void
leyden_filter_rows_class_init (LeydenFilterRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_filter_rows_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_filter_rows_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_FILTER_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_filter_rows_init (LeydenFilterRows *self)
{
  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->add = leyden_button_new_with_mnemonic (_("Add a _Filter"));
  gtk_widget_set_halign (self->add, GTK_ALIGN_START);
  g_signal_connect_object (self->add, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_box_append (GTK_BOX (self->box), self->add);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_filter_rows_new (void)
{
  return g_object_new (LEYDEN_TYPE_FILTER_ROWS, NULL);
}

void
leyden_filter_rows_set_dimensions (LeydenFilterRows *self,
                                   LeydenValue      *dimensions)
{
  g_return_if_fail (LEYDEN_IS_FILTER_ROWS (self));

  if (dimensions != NULL)
    leyden_value_ref (dimensions);
  g_clear_pointer (&self->dimensions, leyden_value_unref);
  self->dimensions = dimensions;
  for (guint i = 0; i < self->rows->len; i++)
    fill_dimensions (self, g_ptr_array_index (self->rows, i));
}

void
leyden_filter_rows_set (LeydenFilterRows *self,
                        LeydenValue      *filter)
{
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_FILTER_ROWS (self));

  self->filling = TRUE;
  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_box_remove (GTK_BOX (self->list), child);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < leyden_value_get_size (filter); i++)
    {
      LeydenValue *rule = leyden_value_get_item (filter, i);
      const char *op = leyden_value_get_string (leyden_value_get_item (rule, 1), NULL);
      g_autofree char *value = write_value (leyden_value_get_item (rule, 2));
      Row *row = add_row (self, leyden_value_get_string (leyden_value_get_item (rule, 0), NULL));

      self->filling = TRUE;
      for (guint k = 0; k < G_N_ELEMENTS (ops); k++)
        if (g_strcmp0 (ops[k].op, op) == 0)
          gtk_drop_down_set_selected (GTK_DROP_DOWN (row->op), k);
      gtk_editable_set_text (GTK_EDITABLE (row->value), value);
    }
  self->filling = FALSE;
}

LeydenValue *
leyden_filter_rows_get (LeydenFilterRows *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_FILTER_ROWS (self), NULL);

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->rows->len; i++)
    {
      Row *row = g_ptr_array_index (self->rows, i);
      const char *text = gtk_editable_get_text (GTK_EDITABLE (row->value));
      const char *type = get_dimension_type (self, row->name);
      gboolean number = strcmp (type, "text") != 0;
      guint op = get_op (row);

      if (*text == '\0' && !ops[op].alone)
        continue;
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_string (&b, row->name);
      leyden_value_builder_add_string (&b, ops[op].op);
      leyden_value_builder_take (&b, ops[op].alone ? leyden_value_new_null () : ops[op].list ? read_list (text, number) : read_scalar (text, number));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

guint
leyden_filter_rows_get_n (LeydenFilterRows *self)
{
  g_return_val_if_fail (LEYDEN_IS_FILTER_ROWS (self), 0);
  return self->rows->len;
}
