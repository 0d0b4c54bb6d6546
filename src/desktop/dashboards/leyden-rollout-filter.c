/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-filter.h"

#include <glib/gi18n-lib.h>

#include "leyden-experiment-parts.h"
#include "leyden-rollout-columns.h"
#include "leyden-safe-text.h"
#include "leyden-steps-view.h"
#include "leyden-wrap-box.h"

/* What is typed counts when the keys have rested for so long. */
#define REST_MS 400
#define MAX_LINES 12

typedef enum
{
  FIELD_STATE,
  FIELD_EXECUTOR,
  FIELD_TEXT,
  FIELD_NUMBER,
} FieldKind;

/* Names of dimensions of the backend's queries. */
static const struct
{
  const char *name;
  const char *title;
  FieldKind   kind;
} fields[] = {
  { "state", N_("State"), FIELD_STATE },
  { "reward", N_("Reward"), FIELD_NUMBER },
  { "latency_ms", N_("Duration (ms)"), FIELD_NUMBER },
  { "flow_title", N_("Flow"), FIELD_TEXT },
  { "version", N_("Version of the Flow"), FIELD_TEXT },
  { "model", N_("Model"), FIELD_TEXT },
  { "item", N_("Item"), FIELD_TEXT },
  { "dataset_name", N_("Data Set"), FIELD_TEXT },
  { "split", N_("Split"), FIELD_TEXT },
  { "error", N_("Error"), FIELD_TEXT },
  { "error_kind", N_("Kind of Error"), FIELD_TEXT },
  { "cost", N_("Cost"), FIELD_NUMBER },
  { "tokens", N_("Tokens"), FIELD_NUMBER },
  { "model_calls", N_("Model Calls"), FIELD_NUMBER },
  { "executor", N_("Executed By"), FIELD_EXECUTOR },
  { "step", N_("Training Step"), FIELD_NUMBER },
  { "run", N_("Run"), FIELD_TEXT },
};

static const struct
{
  const char *name;
  const char *title;
  gboolean    text, number, choice;     /* of which kinds of fields */
} operators[] = {
  { "=", N_("is"), TRUE, TRUE, TRUE },
  { "!=", N_("is not"), TRUE, TRUE, TRUE },
  { "contains", N_("contains"), TRUE, FALSE, FALSE },
  { "not contains", N_("does not contain"), TRUE, FALSE, FALSE },
  { "begins", N_("begins with"), TRUE, FALSE, FALSE },
  { "<", N_("is below"), FALSE, TRUE, FALSE },
  { "<=", N_("is at most"), FALSE, TRUE, FALSE },
  { ">", N_("is above"), FALSE, TRUE, FALSE },
  { ">=", N_("is at least"), FALSE, TRUE, FALSE },
};

static const char * const states[] = { "queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled" };
static const char * const executors[] = { "leyden", "agl", "otlp" };

typedef struct
{
  LeydenRolloutFilter *filter;
  GtkWidget           *box;
  GtkWidget           *field;
  GtkWidget           *operator;
  GtkWidget           *choice;          /* drop-down, of states */
  GtkWidget           *entry;
  GArray              *shown;           /* indices of the operators in the drop-down */
} Line;

struct _LeydenRolloutFilter
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkWidget *search;
  GtkWidget *tools;
  GtkWidget *lines_box;
  GtkWidget *sql_toggle;
  GtkWidget *sql;
  GtkWidget *sql_box;
  GtkWidget *error;
  GPtrArray *lines;                     /* Line */
  guint      rest;
  gboolean   setting;
};

G_DEFINE_FINAL_TYPE (LeydenRolloutFilter, leyden_rollout_filter, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- telling --- */

static void
tell (LeydenRolloutFilter *self)
{
  g_clear_handle_id (&self->rest, g_source_remove);
  if (!self->setting)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
rested_cb (gpointer data)
{
  LeydenRolloutFilter *self = data;

  self->rest = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

static void
typed_cb (LeydenRolloutFilter *self)
{
  if (self->setting)
    return;
  g_clear_handle_id (&self->rest, g_source_remove);
  self->rest = g_timeout_add (REST_MS, rested_cb, self);
}

/* --- lines --- */

static void
line_free (gpointer data)
{
  Line *line = data;

  g_array_unref (line->shown);
  g_free (line);
}

static FieldKind
get_kind (Line *line)
{
  return fields[gtk_drop_down_get_selected (GTK_DROP_DOWN (line->field))].kind;
}

static gboolean
fits (guint     operator,
      FieldKind kind)
{
  return kind == FIELD_TEXT ? operators[operator].text : kind == FIELD_NUMBER ? operators[operator].number : operators[operator].choice;
}

static void
fill_operators (Line *line)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  FieldKind kind = get_kind (line);

  g_array_set_size (line->shown, 0);
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (fits (i, kind))
      {
        gtk_string_list_append (titles, _(operators[i].title));
        g_array_append_val (line->shown, i);
      }
  gtk_drop_down_set_model (GTK_DROP_DOWN (line->operator), G_LIST_MODEL (titles));
}

static void
fill_choice (Line *line)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  gboolean state = get_kind (line) == FIELD_STATE;

  /* What is chosen first says nothing: a line that is added does not empty the table. */
  gtk_string_list_append (titles, _("Any"));
  for (guint i = 0; i < (state ? G_N_ELEMENTS (states) : G_N_ELEMENTS (executors)); i++)
    gtk_string_list_append (titles, state ? leyden_state_title (states[i]) : leyden_rollout_executor_title (executors[i]));
  gtk_drop_down_set_model (GTK_DROP_DOWN (line->choice), G_LIST_MODEL (titles));
}

static void
show_line (Line *line)
{
  FieldKind kind = get_kind (line);
  gboolean choice = kind == FIELD_STATE || kind == FIELD_EXECUTOR;

  fill_operators (line);
  if (choice)
    fill_choice (line);
  gtk_widget_set_visible (line->choice, choice);
  gtk_widget_set_visible (line->entry, !choice);
}

static void
field_cb (Line *line)
{
  gboolean was_setting = line->filter->setting;

  line->filter->setting = TRUE;
  show_line (line);
  line->filter->setting = was_setting;
  tell (line->filter);
}

static void
selected_cb (Line *line)
{
  tell (line->filter);
}

static void
remove_cb (Line *line)
{
  LeydenRolloutFilter *self = line->filter;

  gtk_box_remove (GTK_BOX (self->lines_box), line->box);
  g_ptr_array_remove (self->lines, line);
  gtk_widget_set_visible (self->lines_box, self->lines->len > 0);
  gtk_widget_grab_focus (self->search);
  tell (self);
}

static GtkWidget *
create_drop_down (const char *name)
{
  GtkWidget *drop_down = gtk_drop_down_new (NULL, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return drop_down;
}

static Line *
add_line (LeydenRolloutFilter *self,
          guint                field)
{
  Line *line = g_new0 (Line, 1);
  GtkWidget *remove = gtk_button_new_from_icon_name ("list-remove-symbolic");
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    gtk_string_list_append (titles, _(fields[i].title));
  line->filter = self;
  line->shown = g_array_new (FALSE, FALSE, sizeof (guint));
  line->box = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (line->box), FALSE);
  line->field = create_drop_down (_("Field"));
  line->operator = create_drop_down (_("Comparison"));
  line->choice = create_drop_down (_("Value"));
  line->entry = gtk_entry_new ();
  gtk_drop_down_set_model (GTK_DROP_DOWN (line->field), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (line->field), field);
  gtk_entry_set_placeholder_text (GTK_ENTRY (line->entry), _("Value"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (line->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Value"), -1);
  gtk_widget_set_tooltip_text (remove, _("Remove This Filter"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Remove This Filter"), -1);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_parent (line->field, line->box);
  gtk_widget_set_parent (line->operator, line->box);
  gtk_widget_set_parent (line->choice, line->box);
  gtk_widget_set_parent (line->entry, line->box);
  gtk_widget_set_parent (remove, line->box);
  show_line (line);
  g_signal_connect_swapped (line->field, "notify::selected", G_CALLBACK (field_cb), line);
  g_signal_connect_swapped (line->operator, "notify::selected", G_CALLBACK (selected_cb), line);
  g_signal_connect_swapped (line->choice, "notify::selected", G_CALLBACK (selected_cb), line);
  g_signal_connect_object (line->entry, "changed", G_CALLBACK (typed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (line->entry, "activate", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (remove, "clicked", G_CALLBACK (remove_cb), line);
  gtk_box_append (GTK_BOX (self->lines_box), line->box);
  gtk_widget_set_visible (self->lines_box, TRUE);
  g_ptr_array_add (self->lines, line);
  return line;
}

static void
add_cb (LeydenRolloutFilter *self)
{
  Line *line;

  if (self->lines->len >= MAX_LINES)
    return;
  self->setting = TRUE;
  line = add_line (self, 0);
  self->setting = FALSE;
  gtk_widget_grab_focus (line->field);
}

static void
sql_toggled_cb (LeydenRolloutFilter *self)
{
  gboolean shown = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->sql_toggle));

  gtk_widget_set_visible (self->sql_box, shown);
  if (shown)
    gtk_widget_grab_focus (self->sql);
  else if (*gtk_editable_get_text (GTK_EDITABLE (self->sql)) != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->sql), "");
}

/* --- as a query --- */

/* What is typed, as the backend takes it; NULL: it is no value (yet). Outlines the entry where it is none. (transfer full) */
static LeydenValue *
dup_value (Line *line)
{
  FieldKind kind = get_kind (line);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (line->entry));
  guint choice = gtk_drop_down_get_selected (GTK_DROP_DOWN (line->choice));
  double number;
  char *end;

  /* Before them stands "Any". */
  if (kind == FIELD_STATE)
    return choice > 0 && choice <= G_N_ELEMENTS (states) ? leyden_value_new_string (states[choice - 1], -1) : NULL;
  if (kind == FIELD_EXECUTOR)
    return choice > 0 && choice <= G_N_ELEMENTS (executors) ? leyden_value_new_string (executors[choice - 1], -1) : NULL;
  gtk_widget_remove_css_class (line->entry, "error");
  gtk_accessible_reset_state (GTK_ACCESSIBLE (line->entry), GTK_ACCESSIBLE_STATE_INVALID);
  if (*text == '\0')
    return NULL;
  if (kind == FIELD_TEXT)
    return leyden_value_new_string (text, -1);
  number = g_ascii_strtod (text, &end);
  while (g_ascii_isspace (*end))
    end++;
  if (*end == '\0' && number - number == 0)
    return leyden_value_new_double (number);
  gtk_widget_add_css_class (line->entry, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (line->entry), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE, -1);
  return NULL;
}

static LeydenValue *
dup_line (Line *line)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *value = dup_value (line);
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (line->operator));

  if (value == NULL || selected >= line->shown->len)
    {
      g_clear_pointer (&value, leyden_value_unref);
      return NULL;
    }
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, fields[gtk_drop_down_get_selected (GTK_DROP_DOWN (line->field))].name);
  leyden_value_builder_add_string (&b, operators[g_array_index (line->shown, guint, selected)].name);
  leyden_value_builder_take (&b, value);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_rollout_filter_dup_query (LeydenRolloutFilter *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *text, *where;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_FILTER (self), NULL);

  text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  where = gtk_editable_get_text (GTK_EDITABLE (self->sql));
  leyden_value_builder_begin_object (&b);
  if (*text != '\0')
    leyden_value_builder_set_string (&b, "text", text);
  if (self->lines->len > 0)
    {
      leyden_value_builder_key (&b, "filter");
      leyden_value_builder_begin_list (&b);
      for (guint i = 0; i < self->lines->len; i++)
        {
          LeydenValue *line = dup_line (self->lines->pdata[i]);

          if (line != NULL)
            leyden_value_builder_take (&b, line);
        }
      leyden_value_builder_end (&b);
    }
  if (*where != '\0')
    leyden_value_builder_set_string (&b, "where", where);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
set_line (Line        *line,
          const char  *operator,
          LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  FieldKind kind = get_kind (line);

  for (guint i = 0; i < line->shown->len; i++)
    if (g_strcmp0 (operators[g_array_index (line->shown, guint, i)].name, operator) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (line->operator), i);
  for (guint i = 0; kind == FIELD_STATE && i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (states[i], text) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (line->choice), i + 1);
  for (guint i = 0; kind == FIELD_EXECUTOR && i < G_N_ELEMENTS (executors); i++)
    if (g_strcmp0 (executors[i], text) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (line->choice), i + 1);
  if (text == NULL)
    text = leyden_value_get_number_text (value);
  gtk_editable_set_text (GTK_EDITABLE (line->entry), text != NULL ? text : "");
}

static void
add_lines (LeydenRolloutFilter *self,
           LeydenValue         *filter)
{
  for (guint i = 0; i < leyden_value_get_size (filter) && i < MAX_LINES; i++)
    {
      LeydenValue *entry = leyden_value_get_item (filter, i);
      const char *name = leyden_value_get_string (leyden_value_get_item (entry, 0), NULL);

      for (guint k = 0; k < G_N_ELEMENTS (fields); k++)
        if (g_strcmp0 (fields[k].name, name) == 0)
          set_line (add_line (self, k), leyden_value_get_string (leyden_value_get_item (entry, 1), NULL), leyden_value_get_item (entry, 2));
    }
}

void
leyden_rollout_filter_set_query (LeydenRolloutFilter *self,
                                 LeydenValue         *query)
{
  const char *where;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_FILTER (self));

  where = leyden_value_get_member_string (query, "where", "");
  self->setting = TRUE;
  for (guint i = 0; i < self->lines->len; i++)
    gtk_box_remove (GTK_BOX (self->lines_box), ((Line *) self->lines->pdata[i])->box);
  g_ptr_array_set_size (self->lines, 0);
  gtk_widget_set_visible (self->lines_box, FALSE);
  add_lines (self, leyden_value_get_member (query, "filter"));
  gtk_editable_set_text (GTK_EDITABLE (self->search), leyden_value_get_member_string (query, "text", ""));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->sql_toggle), *where != '\0');
  gtk_editable_set_text (GTK_EDITABLE (self->sql), where);
  self->setting = FALSE;
  tell (self);
}

void
leyden_rollout_filter_set_error (LeydenRolloutFilter *self,
                                 const char          *text)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_FILTER (self));

  if (text != NULL)
    leyden_part_set_text (self->error, text, 400);
  gtk_widget_set_visible (self->error, text != NULL);
}

void
leyden_rollout_filter_add_tool (LeydenRolloutFilter *self,
                                GtkWidget           *tool)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_FILTER (self));
  gtk_widget_set_parent (tool, self->tools);
}

void
leyden_rollout_filter_focus (LeydenRolloutFilter *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_FILTER (self));
  gtk_widget_grab_focus (self->search);
}

/* --- life --- */

static void
leyden_rollout_filter_dispose (GObject *object)
{
  LeydenRolloutFilter *self = LEYDEN_ROLLOUT_FILTER (object);

  g_clear_handle_id (&self->rest, g_source_remove);
  self->setting = TRUE;
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_ptr_array_set_size (self->lines, 0);
  G_OBJECT_CLASS (leyden_rollout_filter_parent_class)->dispose (object);
}

static void
leyden_rollout_filter_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_ROLLOUT_FILTER (object)->lines);
  G_OBJECT_CLASS (leyden_rollout_filter_parent_class)->finalize (object);
}

static void
leyden_rollout_filter_class_init (LeydenRolloutFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_rollout_filter_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_rollout_filter_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_ROLLOUT_FILTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
create_sql (LeydenRolloutFilter *self)
{
  GtkWidget *hint = leyden_part_label (_("A condition in SQL over the columns of the rollouts, as “reward < 0.5 AND tokens > 1000”."), "caption");

  self->sql_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  self->sql = gtk_entry_new ();
  gtk_widget_add_css_class (self->sql, "monospace");
  gtk_widget_add_css_class (hint, "dim-label");
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->sql), "reward < 0.5 AND tokens > 1000");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->sql), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Condition in SQL"), -1);
  gtk_box_append (GTK_BOX (self->sql_box), self->sql);
  gtk_box_append (GTK_BOX (self->sql_box), hint);
  gtk_widget_set_visible (self->sql_box, FALSE);
  g_signal_connect_object (self->sql, "changed", G_CALLBACK (typed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sql, "activate", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
}

static GtkWidget *
create_first_line (LeydenRolloutFilter *self)
{
  GtkWidget *add = gtk_button_new_with_label (_("Add Filter"));

  self->tools = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->tools), FALSE);
  self->search = gtk_search_entry_new ();
  self->sql_toggle = gtk_toggle_button_new_with_label (_("SQL"));
  gtk_search_entry_set_search_delay (GTK_SEARCH_ENTRY (self->search), REST_MS);
  g_object_set (self->search, "placeholder-text", _("Search items and errors"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search items and errors"), -1);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->search), 24);
  gtk_widget_set_tooltip_text (self->sql_toggle, _("A Condition in SQL"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->sql_toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, _("A Condition in SQL"), -1);
  gtk_widget_set_parent (self->search, self->tools);
  gtk_widget_set_parent (add, self->tools);
  gtk_widget_set_parent (self->sql_toggle, self->tools);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sql_toggle, "toggled", G_CALLBACK (sql_toggled_cb), self, G_CONNECT_SWAPPED);
  return self->tools;
}

static void
leyden_rollout_filter_init (LeydenRolloutFilter *self)
{
  self->lines = g_ptr_array_new_with_free_func (line_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->lines_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->error = leyden_part_label (NULL, "error");
  create_sql (self);
  gtk_widget_set_visible (self->lines_box, FALSE);
  gtk_widget_set_visible (self->error, FALSE);
  gtk_box_append (GTK_BOX (self->box), create_first_line (self));
  gtk_box_append (GTK_BOX (self->box), self->lines_box);
  gtk_box_append (GTK_BOX (self->box), self->sql_box);
  gtk_box_append (GTK_BOX (self->box), self->error);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_rollout_filter_new (void)
{
  return g_object_new (LEYDEN_TYPE_ROLLOUT_FILTER, NULL);
}
