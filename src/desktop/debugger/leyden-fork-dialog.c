/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-fork-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-debug-path.h"
#include "leyden-dialog-fit.h"
#include "leyden-drop-down.h"
#include "leyden-json.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"
#include "leyden-values-dialog.h"

/* A value that is larger is not put into a text to be edited. */
#define MAX_EDITED (256 * 1024)
#define MAX_NODES 2000

/* One thing that could be other. */
typedef struct
{
  char           *name;
  char           *title;
  LeydenPortType  type;                 /* how it is typed */
  gboolean        is_port;
  LeydenValue    *value;                /* as it was; nullable */
} Choice;

static void
choice_free (gpointer data)
{
  Choice *choice = data;

  g_free (choice->name);
  g_free (choice->title);
  g_clear_pointer (&choice->value, leyden_value_unref);
  g_free (choice);
}

struct _LeydenForkDialog
{
  AdwWindow          parent_instance;

  LeydenRolloutView *view;
  LeydenFlow        *flow;
  LeydenValue       *state;             /* at the position that it was opened on, whatever comes */
  guint64            until;
  GPtrArray         *nodes;             /* paths */
  GPtrArray         *choices;           /* Choice, of the node that is chosen */
  GtkWidget         *node;
  GtkWidget         *what;
  GtkWidget         *text;
  GtkWidget         *paused;
  GtkWidget         *problem;
  GtkWidget         *button;
};

G_DEFINE_FINAL_TYPE (LeydenForkDialog, leyden_fork_dialog, ADW_TYPE_WINDOW)

static guint done_signal;

/* --- what there is to choose --- */

static void
add_choice (LeydenForkDialog *self,
            const char       *name,
            const char       *title,
            LeydenPortType    type,
            gboolean          is_port,
            LeydenValue      *value)
{
  Choice *choice = g_new0 (Choice, 1);

  choice->name = g_strdup (name);
  choice->title = leyden_text_display (title, -1, 60, FALSE);
  choice->type = type == LEYDEN_PORT_TEXT && value != NULL && !leyden_value_is_null (value) && leyden_value_get_string (value, NULL) == NULL ? LEYDEN_PORT_ANY : type;
  choice->is_port = is_port;
  choice->value = value != NULL ? leyden_value_ref (value) : NULL;
  g_ptr_array_add (self->choices, choice);
}

static LeydenPortType
type_of_parameter (const LeydenParameter *parameter)
{
  switch (parameter->kind)
    {
    case LEYDEN_PARAMETER_TEXT:
    case LEYDEN_PARAMETER_MULTILINE:
    case LEYDEN_PARAMETER_TEMPLATE:
    case LEYDEN_PARAMETER_ENUM:
    case LEYDEN_PARAMETER_EXPRESSION:
    case LEYDEN_PARAMETER_REGEX:
    case LEYDEN_PARAMETER_JSON_PATH:
      return LEYDEN_PORT_TEXT;
    case LEYDEN_PARAMETER_INTEGER:
    case LEYDEN_PARAMETER_NUMBER:
      return LEYDEN_PORT_NUMBER;
    case LEYDEN_PARAMETER_BOOLEAN:
      return LEYDEN_PORT_BOOLEAN;
    case LEYDEN_PARAMETER_MODEL:
    case LEYDEN_PARAMETER_JSON:
    case LEYDEN_PARAMETER_SCHEMA:
    case LEYDEN_PARAMETER_FIELDS:
    case LEYDEN_PARAMETER_EXAMPLES:
    case LEYDEN_PARAMETER_WEIGHTS:
    case LEYDEN_PARAMETER_SECRET:
    case LEYDEN_PARAMETER_CASES:
    default:
      return LEYDEN_PORT_ANY;
    }
}

/* Parameters first: a prompt is what is changed most; what it gave behind them. */
static void
list_choices (LeydenForkDialog *self,
              const char       *path)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *node = leyden_debug_path_find_node (self->flow, path);
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (types, leyden_node_get_type_name (node)) : NULL;
  LeydenValue *state = leyden_value_get_member (leyden_value_get_member (self->state, "nodes"), path);
  LeydenValue *changed = leyden_value_get_member (state, "parameters");
  LeydenValue *outputs = leyden_value_get_member (state, "outputs");
  g_autoptr(GPtrArray) ports = node != NULL ? leyden_node_types_dup_outputs (types, node) : NULL;

  g_ptr_array_set_size (self->choices, 0);
  for (guint i = 0; type != NULL && i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);
      LeydenValue *own = leyden_value_get_member (changed, parameter->name);

      if (parameter->kind != LEYDEN_PARAMETER_SECRET)
        add_choice (self, parameter->name, parameter->title, type_of_parameter (parameter), FALSE,
                    own != NULL ? own : leyden_node_types_get_parameter (types, node, parameter->name));
    }
  for (guint i = 0; i < leyden_value_get_size (outputs); i++)
    {
      const char *name = leyden_value_get_key (outputs, i);
      const LeydenPort *port = ports != NULL ? leyden_ports_find (ports, name) : NULL;
      g_autofree char *title = g_strdup_printf (_("Output: %s"), port != NULL ? port->title : name);

      add_choice (self, name, title, port != NULL ? port->type : LEYDEN_PORT_ANY, TRUE, leyden_value_get_item (outputs, i));
    }
}

static void
fill_text (LeydenForkDialog *self)
{
  guint index = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->what));
  const Choice *choice = index < self->choices->len ? g_ptr_array_index (self->choices, index) : NULL;
  const char *plain = choice != NULL && (choice->type == LEYDEN_PORT_TEXT) ? leyden_value_get_string (choice->value, NULL) : NULL;
  g_autofree char *json = choice != NULL && plain == NULL && choice->value != NULL ? leyden_json_write (choice->value, LEYDEN_JSON_PRETTY) : NULL;
  const char *text = plain != NULL ? plain : json != NULL ? json : "";
  gboolean large = strlen (text) > MAX_EDITED;

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text)), large ? "" : text, -1);
  gtk_label_set_text (GTK_LABEL (self->problem), large ? _("The value is too large to be edited here: what you type replaces it") : "");
  gtk_widget_set_visible (self->problem, large);
}

static void
node_cb (LeydenForkDialog *self)
{
  guint index = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->node));
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  if (index >= self->nodes->len)
    return;
  list_choices (self, g_ptr_array_index (self->nodes, index));
  for (guint i = 0; i < self->choices->len; i++)
    gtk_string_list_append (titles, ((Choice *) g_ptr_array_index (self->choices, i))->title);
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->what), G_LIST_MODEL (titles));
  for (guint i = 0; i < self->choices->len; i++)
    {
      const Choice *choice = g_ptr_array_index (self->choices, i);

      /* What is most worth changing. */
      if (!choice->is_port && (g_str_equal (choice->name, "prompt") || g_str_equal (choice->name, "template") || g_str_equal (choice->name, "system")))
        {
          gtk_drop_down_set_selected (GTK_DROP_DOWN (self->what), i);
          break;
        }
    }
  fill_text (self);
}

/* --- done --- */

static LeydenValue *
read_value (LeydenForkDialog *self,
            const Choice     *choice)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  GtkTextIter start, end;
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *value;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  if (choice->type == LEYDEN_PORT_TEXT)
    return leyden_value_new_string (text, -1);
  value = leyden_values_dialog_read (choice->type, text, &error);
  if (value != NULL)
    return value;
  if (error == NULL)
    return leyden_value_new_null ();
  leyden_label_set_safe_text (GTK_LABEL (self->problem), error->message, 300);
  gtk_widget_set_visible (self->problem, TRUE);
  return NULL;
}

static void
done_cb (LeydenForkDialog *self)
{
  guint node = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->node)), what = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->what));
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenValue) edit = NULL;
  const Choice *choice;

  if (node >= self->nodes->len || what >= self->choices->len)
    return;
  choice = g_ptr_array_index (self->choices, what);
  value = read_value (self, choice);
  if (value == NULL)
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "node", g_ptr_array_index (self->nodes, node));
  leyden_value_builder_set_string (&builder, choice->is_port ? "port" : "parameter", choice->name);
  leyden_value_builder_set (&builder, "value", value);
  leyden_value_builder_end (&builder);
  edit = leyden_value_builder_end_value (&builder);
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_widget_set_sensitive (self->button, FALSE);
  g_signal_emit (self, done_signal, 0, edit, gtk_check_button_get_active (GTK_CHECK_BUTTON (self->paused)));
}

void
leyden_fork_dialog_end (LeydenForkDialog *self,
                        const char       *problem)
{
  g_return_if_fail (LEYDEN_IS_FORK_DIALOG (self));

  if (problem == NULL)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_widget_set_sensitive (self->button, TRUE);
  leyden_label_set_safe_text (GTK_LABEL (self->problem), problem, 400);
  gtk_widget_set_visible (self->problem, TRUE);
  gtk_widget_grab_focus (self->text);
}

/* --- class --- */

static void
leyden_fork_dialog_finalize (GObject *object)
{
  LeydenForkDialog *self = LEYDEN_FORK_DIALOG (object);

  g_clear_object (&self->view);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->choices);
  G_OBJECT_CLASS (leyden_fork_dialog_parent_class)->finalize (object);
}

static void
leyden_fork_dialog_class_init (LeydenForkDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_fork_dialog_finalize;
  done_signal = g_signal_new ("done", LEYDEN_TYPE_FORK_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE, G_TYPE_BOOLEAN);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_fork_dialog_init (LeydenForkDialog *self)
{
  self->nodes = g_ptr_array_new_with_free_func (g_free);
  self->choices = g_ptr_array_new_with_free_func (choice_free);
}

static void
add_labelled (GtkWidget  *box,
              const char *title,
              GtkWidget  *widget,
              GtkWidget  *named)
{
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_accessible_update_property (GTK_ACCESSIBLE (named), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), widget);
}

/* Nodes of the flow, and those in the rounds that there were. */
static void
list_nodes (LeydenForkDialog *self)
{
  LeydenValue *states = leyden_value_get_member (self->state, "nodes");
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->flow);

  for (guint i = 0; i < nodes->len && self->nodes->len < MAX_NODES; i++)
    g_ptr_array_add (self->nodes, g_strdup (leyden_node_get_id (g_ptr_array_index (nodes, i))));
  for (guint i = 0; i < leyden_value_get_size (states) && self->nodes->len < MAX_NODES; i++)
    {
      const char *path = leyden_value_get_key (states, i);

      if (strchr (path, '/') != NULL && strchr (path, '#') == NULL)
        g_ptr_array_add (self->nodes, g_strdup (path));
    }
}

/* How far two paths are in the same rounds. */
static gsize
count_common (const char *a,
              const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  return n;
}

/* The path in the rollout of a node of the flow, with the rounds that @path names, else the latest; NULL: it has not been in any. (transfer full) */
static char *
dup_round (LeydenForkDialog *self,
           const char       *path,
           const char       *place)
{
  LeydenValue *states = leyden_value_get_member (self->state, "nodes");
  const char *best = NULL;
  gsize most = 0;
  gint64 newest = -1;

  for (guint i = 0; i < leyden_value_get_size (states); i++)
    {
      const char *each = leyden_value_get_key (states, i);
      g_autofree char *own = strchr (each, '#') == NULL ? leyden_debug_path_dup_place (each) : NULL;
      gint64 started = leyden_value_get_member_int (leyden_value_get_item (states, i), "started", 0);
      gsize common = count_common (each, path);

      if (own == NULL || !g_str_equal (own, place) || common < most || (common == most && started < newest))
        continue;
      best = each;
      most = common;
      newest = started;
    }
  return g_strdup (best);
}

/* Index of the node that @path (nullable) is about, which is added where it is not in the list. A turn is that of its agent, a call of a tool that of the
 * tool; a node that has not been in any round is named as the flow does, which counts for all of them. */
static guint
choose_node (LeydenForkDialog *self,
             const char       *path)
{
  g_autofree char *place = path != NULL ? leyden_debug_path_dup_place (path) : NULL;
  g_autofree char *found = NULL;
  guint index;

  if (path == NULL || leyden_debug_path_find_node (self->flow, path) == NULL)
    return 0;
  if (g_ptr_array_find_with_equal_func (self->nodes, path, g_str_equal, &index))
    return index;
  found = strchr (place, '/') != NULL || strchr (path, '#') != NULL ? dup_round (self, path, place) : NULL;
  if (found == NULL)
    found = g_strdup (place);
  if (!g_ptr_array_find_with_equal_func (self->nodes, found, g_str_equal, &index))
    {
      index = self->nodes->len;
      g_ptr_array_add (self->nodes, g_steal_pointer (&found));
    }
  return index;
}

static void
fill_nodes (LeydenForkDialog *self,
            const char       *node)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected;

  list_nodes (self);
  selected = choose_node (self, node);
  for (guint i = 0; i < self->nodes->len; i++)
    {
      g_autofree char *title = leyden_debug_path_dup_title (self->flow, g_ptr_array_index (self->nodes, i));

      gtk_string_list_append (titles, title);
    }
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->node), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->node), selected);
}

static GtkWidget *
create_text (LeydenForkDialog *self)
{
  GtkWidget *scroll = gtk_scrolled_window_new ();

  self->text = gtk_text_view_new ();
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->text), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->text), FALSE);
  gtk_widget_add_css_class (scroll, "texteditor");
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self->text), 8);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (self->text), 8);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->text), 6);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (self->text), 6);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), self->text);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroll), 120);
  gtk_widget_set_vexpand (scroll, TRUE);
  return scroll;
}

static GtkWidget *
create_content (LeydenForkDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *intro = gtk_label_new (_("Another rollout goes on from here with what you change. What does not depend on it is taken from the log; only the rest runs."));
  GtkWidget *text;

  gtk_widget_add_css_class (box, "calldetails");
  gtk_label_set_wrap (GTK_LABEL (intro), TRUE);
  gtk_label_set_xalign (GTK_LABEL (intro), 0);
  self->node = leyden_drop_down_new ();
  self->what = leyden_drop_down_new ();
  text = create_text (self);
  self->problem = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_widget_add_css_class (self->problem, "error");
  gtk_widget_set_visible (self->problem, FALSE);
  self->paused = gtk_check_button_new_with_label (_("Stay paused there"));
  gtk_box_append (GTK_BOX (box), intro);
  add_labelled (box, _("Node"), self->node, self->node);
  add_labelled (box, _("What to Change"), self->what, self->what);
  add_labelled (box, _("New Value"), text, self->text);
  gtk_box_append (GTK_BOX (box), self->problem);
  gtk_box_append (GTK_BOX (box), self->paused);
  return box;
}

GtkWidget *
leyden_fork_dialog_new (GtkWindow         *parent,
                        LeydenRolloutView *view,
                        const char        *node)
{
  LeydenForkDialog *self = g_object_new (LEYDEN_TYPE_FORK_DIALOG, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE, "title",
                                         _("Fork from Here"), NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_label (_("Cancel"));
  GtkWidget *scroll = gtk_scrolled_window_new ();

  leyden_dialog_fit (GTK_WINDOW (self), parent, 480, 480);
  self->view = g_object_ref (view);
  self->flow = g_object_ref (leyden_rollout_view_get_flow (view));
  self->state = leyden_value_ref (leyden_rollout_view_get_state (view));
  self->until = leyden_rollout_view_get_until (view);
  self->button = gtk_button_new_with_label (_("Fork"));
  gtk_widget_add_css_class (self->button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->button);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroll), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), create_content (self));
  gtk_widget_set_vexpand (scroll, TRUE);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), scroll);
  adw_window_set_content (ADW_WINDOW (self), box);
  fill_nodes (self, node);
  node_cb (self);
  g_signal_connect_object (self->node, "notify::selected", G_CALLBACK (node_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->what, "notify::selected", G_CALLBACK (fill_text), self, G_CONNECT_SWAPPED);
  gtk_widget_grab_focus (self->node);
  return GTK_WIDGET (self);
}

LeydenRolloutView *
leyden_fork_dialog_get_view (LeydenForkDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_FORK_DIALOG (self), NULL);
  return self->view;
}

guint64
leyden_fork_dialog_get_until (LeydenForkDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_FORK_DIALOG (self), 0);
  return self->until;
}
