/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-steps-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-origin.h"
#include "leyden-path-title.h"
#include "leyden-text.h"

/* What is shown of one value; the rest is in the log. */
#define MAX_SHOWN 4000
/* A container may have run thousands of rounds. */
#define MAX_STEPS 400
/* Of a part of a step, in pixels. */
#define INDENT 24

struct _LeydenStepsView
{
  GtkWidget    parent_instance;

  GtkWidget   *list;
  GtkWidget   *more;            /* the last row, when not all are shown; borrowed */
  GHashTable  *rows;            /* node path → row, borrowed */
  LeydenValue *state;           /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenStepsView, leyden_steps_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ACTIVATED,
  SIGNAL_SHOW_CALL,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

typedef struct
{
  const char  *path;
  LeydenValue *node;
  gint64       started;         /* of the node itself, ns */
  gint64       root_started;    /* of the node that it is a part of */
  gsize        root_length;     /* of the path of that node */
} Step;

/* A turn or a tool call has no times of its own: those of its calls count. */
static gint64
get_started (LeydenValue *node)
{
  LeydenValue *first = leyden_value_get_item (leyden_value_get_member (node, "calls"), 0);
  gint64 started = leyden_value_get_member_int (node, "started", 0);

  if (started == 0)
    started = leyden_value_get_member_int (first, "started", 0);
  /* What was skipped never started. */
  return started != 0 ? started : leyden_value_get_member_int (node, "finished", G_MAXINT64);
}

static gint64
get_finished (LeydenValue *node)
{
  LeydenValue *calls = leyden_value_get_member (node, "calls");
  gint64 finished = leyden_value_get_member_int (node, "finished", 0);

  if (finished == 0 && leyden_value_get_size (calls) > 0)
    finished = leyden_value_get_member_int (leyden_value_get_item (calls, leyden_value_get_size (calls) - 1), "finished", 0);
  return finished;
}

/* By the start of the whole node; its parts follow it in their order. */
static int
compare_steps (gconstpointer a,
               gconstpointer b)
{
  const Step *left = a, *right = b;
  int roots;

  if (left->root_started != right->root_started)
    return left->root_started < right->root_started ? -1 : 1;
  roots = strncmp (left->path, right->path, MAX (left->root_length, right->root_length));
  if (roots != 0 || left->root_length != right->root_length)
    return roots != 0 ? roots : (left->root_length < right->root_length ? -1 : 1);
  /* The node itself begins before its parts, whatever the clock says. */
  if ((left->path[left->root_length] == '\0') != (right->path[right->root_length] == '\0'))
    return left->path[left->root_length] == '\0' ? -1 : 1;
  if (left->started != right->started)
    return left->started < right->started ? -1 : 1;
  return g_strcmp0 (left->path, right->path);
}

static GArray *
collect_steps (LeydenValue *state,
               guint       *n_more)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    {
      Step step = { .path = leyden_value_get_key (nodes, i), .node = leyden_value_get_item (nodes, i) };
      g_autofree char *root = g_strndup (step.path, strcspn (step.path, "#/["));

      step.started = get_started (step.node);
      step.root_length = strlen (root);
      step.root_started = get_started (leyden_value_get_member (nodes, root));
      if (g_strcmp0 (leyden_value_get_member_string (step.node, "state", ""), "pending") != 0)
        g_array_append_val (steps, step);
    }
  g_array_sort (steps, compare_steps);
  *n_more = steps->len > MAX_STEPS ? steps->len - MAX_STEPS : 0;
  if (steps->len > MAX_STEPS)
    g_array_set_size (steps, MAX_STEPS);
  return steps;
}

/* Of a step that did not run. */
static const char *
get_origin_title (LeydenValue *node)
{
  const char *origin = leyden_node_origin_get_name (node);

  if (origin == NULL)
    return NULL;
  return g_str_equal (origin, "kept") ? _("reused") : g_str_equal (origin, "pinned") ? _("pinned") : _("from an earlier run");
}

static char *
subtitle_of (LeydenValue *node)
{
  const char *state = leyden_value_get_member_string (node, "state", "");
  gint64 started = get_started (node);
  gint64 finished = get_finished (node);
  LeydenValue *error = leyden_value_get_member (node, "error");
  g_autofree char *duration = g_strcmp0 (state, "skipped") != 0 && started != G_MAXINT64 && finished >= started ? leyden_format_duration ((double) (finished - started) / 1e6) : NULL;
  const char *message = leyden_value_get_kind (error) == LEYDEN_VALUE_OBJECT
                          ? leyden_value_get_member_string (error, "message", NULL)
                          : leyden_value_get_string (error, NULL);

  if (message != NULL)
    {
      g_autofree char *shown = leyden_text_display (message, -1, 200, FALSE);

      return g_strdup_printf ("%s: %s", leyden_state_title (state), shown);
    }
  if (get_origin_title (node) != NULL)
    return g_strdup_printf ("%s · %s", leyden_state_title (state), get_origin_title (node));
  if (duration != NULL)
    return g_strdup_printf ("%s · %s", leyden_state_title (state), duration);
  return g_strdup (leyden_state_title (state));
}

static void
append_part (GtkWidget   *box,
             const char  *title,
             LeydenValue *value)
{
  g_autofree char *text = leyden_format_value (value, MAX_SHOWN);
  GtkWidget *heading = gtk_label_new (title);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_widget_add_css_class (heading, "caption-heading");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, title, -1);
  gtk_box_append (GTK_BOX (box), heading);
  gtk_box_append (GTK_BOX (box), label);
}

static void
append_outputs (GtkWidget   *box,
                LeydenValue *values)
{
  for (guint i = 0; leyden_value_get_kind (values) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (values); i++)
    {
      g_autofree char *port = leyden_text_display (leyden_value_get_key (values, i), -1, 40, FALSE);
      g_autofree char *title = g_strdup_printf (_("Out: %s"), port);

      append_part (box, title, leyden_value_get_item (values, i));
    }
}

/* A source is [node, output]; the value stands in that node's outputs. */
static void
append_source (LeydenStepsView *self,
               GtkWidget       *box,
               const char      *scope,
               const char      *title,
               LeydenValue     *source)
{
  const char *id = leyden_value_get_string (leyden_value_get_item (source, 0), NULL);
  g_autofree char *node = id != NULL ? g_strconcat (scope, id, NULL) : NULL;
  const char *output = leyden_value_get_string (leyden_value_get_item (source, 1), NULL);
  LeydenValue *nodes = leyden_value_get_member (self->state, "nodes");
  LeydenValue *value = node != NULL && output != NULL
                         ? leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (nodes, node), "outputs"), output)
                         : NULL;

  append_part (box, title, value != NULL ? value : source);
}

static void
append_inputs (LeydenStepsView *self,
               GtkWidget       *box,
               const char      *path,
               LeydenValue     *inputs)
{
  /* Sources are named within the round that the node is in. */
  g_autofree char *scope = g_strndup (path, leyden_path_scope_length (path));

  for (guint i = 0; leyden_value_get_kind (inputs) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (inputs); i++)
    {
      LeydenValue *source = leyden_value_get_item (inputs, i);
      g_autofree char *port = leyden_text_display (leyden_value_get_key (inputs, i), -1, 40, FALSE);
      g_autofree char *title = g_strdup_printf (_("In: %s"), port);

      if (leyden_value_get_kind (leyden_value_get_item (source, 0)) != LEYDEN_VALUE_LIST)
        append_source (self, box, scope, title, source);
      else
        for (guint j = 0; j < leyden_value_get_size (source); j++)
          append_source (self, box, scope, title, leyden_value_get_item (source, j));
    }
}

/* Text of an assistant's message, or the tools that it calls; any other answer as it is. */
static void
append_answer (GtkWidget   *box,
               LeydenValue *answer)
{
  LeydenValue *message = leyden_value_get_member (answer, "message");
  LeydenValue *content = leyden_value_get_member (message, "content");
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");

  if (leyden_value_get_kind (content) == LEYDEN_VALUE_STRING)
    append_part (box, _("Model answered"), content);
  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (calls, i), "function");
      g_autofree char *name = leyden_text_display (leyden_value_get_member_string (function, "name", ""), -1, 40, FALSE);
      g_autofree char *title = g_strdup_printf (_("Model calls %s"), name);

      append_part (box, title, leyden_value_get_member (function, "arguments"));
    }
  if (leyden_value_get_kind (content) != LEYDEN_VALUE_STRING && leyden_value_get_size (calls) == 0)
    append_part (box, _("Model answered"), message != NULL ? message : answer);
}

static void
append_tool_call (GtkWidget   *box,
                  LeydenValue *request,
                  LeydenValue *answer)
{
  LeydenValue *arguments = leyden_value_get_member (request, "arguments");
  LeydenValue *content = leyden_value_get_member (answer, "content");

  append_part (box, _("Called with"), arguments != NULL ? arguments : request);
  if (answer != NULL)
    append_part (box, _("Returned"), content != NULL ? content : answer);
}

static void
append_calls (GtkWidget   *box,
              LeydenValue *calls)
{
  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      LeydenValue *answer = leyden_value_get_member (call, "answer");
      LeydenValue *error = leyden_value_get_member (call, "error");

      if (g_strcmp0 (leyden_value_get_member_string (call, "kind", ""), "tool") == 0)
        append_tool_call (box, leyden_value_get_member (call, "request"), answer);
      else if (answer != NULL)
        append_answer (box, answer);
      if (error != NULL)
        append_part (box, _("Error"), leyden_value_get_member (error, "message") != NULL ? leyden_value_get_member (error, "message") : error);
    }
}

static void
show_call_cb (GtkButton *button,
              gpointer   data)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_EXPANDER_ROW);

  g_signal_emit (data, signals[SIGNAL_SHOW_CALL], 0, g_object_get_data (G_OBJECT (row), "path"));
}

/* The conversation, the tokens and the exact JSON are the debugger's. */
static void
append_show_call (LeydenStepsView *self,
                  GtkWidget       *box,
                  LeydenValue     *calls)
{
  GtkWidget *button;

  if (leyden_value_get_size (calls) == 0)
    return;
  button = gtk_button_new_with_label (_("Show Call"));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_signal_connect_object (button, "clicked", G_CALLBACK (show_call_cb), self, 0);
  gtk_box_append (GTK_BOX (box), button);
}

static void
fill_details (LeydenStepsView *self,
              AdwExpanderRow  *row)
{
  LeydenValue *node = g_object_get_data (G_OBJECT (row), "node");
  const char *path = g_object_get_data (G_OBJECT (row), "path");
  GtkWidget *box = g_object_get_data (G_OBJECT (row), "details");
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (box)) != NULL)
    gtk_box_remove (GTK_BOX (box), child);
  append_inputs (self, box, path != NULL ? path : "", leyden_value_get_member (node, "inputs"));
  append_calls (box, leyden_value_get_member (node, "calls"));
  append_show_call (self, box, leyden_value_get_member (node, "calls"));
  append_outputs (box, leyden_value_get_member (node, "outputs"));
  if (leyden_value_get_member (node, "error") != NULL)
    append_part (box, _("Error"), leyden_value_get_member (node, "error"));
  if (gtk_widget_get_first_child (box) == NULL)
    {
      GtkWidget *nothing = gtk_label_new (_("Nothing was recorded."));

      gtk_widget_add_css_class (nothing, "dim-label");
      gtk_box_append (GTK_BOX (box), nothing);
    }
}

static void
expanded_cb (LeydenStepsView *self,
             GParamSpec      *pspec,
             AdwExpanderRow  *row)
{
  if (adw_expander_row_get_expanded (row))
    fill_details (self, row);
}

static void
show_clicked_cb (GtkButton *button,
                 gpointer   data)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_EXPANDER_ROW);
  const char *path = g_object_get_data (G_OBJECT (row), "path");
  gsize scope = leyden_path_scope_length (path);
  g_autofree char *id = g_strndup (path, scope + strcspn (path + scope, "#/["));

  g_signal_emit (data, signals[SIGNAL_ACTIVATED], 0, id);
}

static GtkWidget *
new_row (LeydenStepsView *self,
         const char      *path)
{
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *details = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("find-location-symbolic");

  gtk_widget_set_margin_top (details, 9);
  gtk_widget_set_margin_bottom (details, 9);
  gtk_widget_set_margin_start (details, 12);
  gtk_widget_set_margin_end (details, 12);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _("Show on the canvas"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Show on the canvas"), -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (show_clicked_cb), self, 0);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_widget_set_margin_start (icon, INDENT * (int) MIN (leyden_path_depth (path), 4));
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (row), icon);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row), button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), details);
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "details", details);
  g_object_set_data_full (G_OBJECT (row), "path", g_strdup (path), g_free);
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (expanded_cb), self, G_CONNECT_SWAPPED);
  g_hash_table_insert (self->rows, g_strdup (path), row);
  return row;
}

static void
set_row (LeydenStepsView *self,
         GtkWidget       *row,
         LeydenFlow      *flow,
         const Step      *step)
{
  const char *state = leyden_value_get_member_string (step->node, "state", "");
  LeydenValue *before = g_object_get_data (G_OBJECT (row), "node");
  g_autofree char *title = leyden_path_title (flow, step->path);
  g_autofree char *subtitle = subtitle_of (step->node);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon");

  if (before != NULL && leyden_value_equal (before, step->node))
    return;
  g_object_set_data_full (G_OBJECT (row), "node", leyden_value_ref (step->node), (GDestroyNotify) leyden_value_unref);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  if (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row)))
    fill_details (self, ADW_EXPANDER_ROW (row));
}

/* What is not shown is told, in the last row. */
static void
show_more (LeydenStepsView *self,
           guint            n_more)
{
  g_autofree char *text = NULL;
  GtkWidget *label;

  if (self->more != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), self->more);
  self->more = NULL;
  if (n_more == 0)
    return;
  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more step is in the log", "%u more steps are in the log", n_more), n_more);
  label = gtk_label_new (text);
  gtk_widget_add_css_class (label, "dim-label");
  self->more = gtk_list_box_row_new ();
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self->more), label);
  gtk_list_box_append (GTK_LIST_BOX (self->list), self->more);
}

void
leyden_steps_view_set_state (LeydenStepsView *self,
                             LeydenFlow      *flow,
                             LeydenValue     *state)
{
  g_autoptr(GArray) steps = NULL;
  g_autoptr(GHashTable) present = NULL;
  GHashTableIter iter;
  gpointer path, row;
  guint n_more = 0;

  g_return_if_fail (LEYDEN_IS_STEPS_VIEW (self));

  g_clear_pointer (&self->state, leyden_value_unref);
  self->state = state != NULL ? leyden_value_ref (state) : NULL;
  steps = collect_steps (state, &n_more);
  show_more (self, n_more);
  present = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < steps->len; i++)
    g_hash_table_add (present, (char *) g_array_index (steps, Step, i).path);
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &path, &row))
    if (!g_hash_table_contains (present, path))
      {
        gtk_list_box_remove (GTK_LIST_BOX (self->list), row);
        g_hash_table_iter_remove (&iter);
      }

  for (guint i = 0; i < steps->len; i++)
    {
      const Step *step = &g_array_index (steps, Step, i);
      GtkWidget *widget = g_hash_table_lookup (self->rows, step->path);

      if (widget == NULL)
        {
          widget = new_row (self, step->path);
          gtk_list_box_insert (GTK_LIST_BOX (self->list), widget, (int) i);
        }
      else if (gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (widget)) != (int) i)
        {
          g_object_ref (widget);
          gtk_list_box_remove (GTK_LIST_BOX (self->list), widget);
          gtk_list_box_insert (GTK_LIST_BOX (self->list), widget, (int) i);
          g_object_unref (widget);
        }
      set_row (self, widget, flow, step);
    }
  gtk_widget_set_visible (self->list, steps->len > 0);
}

static void
leyden_steps_view_dispose (GObject *object)
{
  LeydenStepsView *self = LEYDEN_STEPS_VIEW (object);

  g_clear_pointer (&self->list, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_pointer (&self->state, leyden_value_unref);
  G_OBJECT_CLASS (leyden_steps_view_parent_class)->dispose (object);
}

static void
leyden_steps_view_class_init (LeydenStepsViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_steps_view_dispose;
  signals[SIGNAL_ACTIVATED] =
    g_signal_new ("activated", LEYDEN_TYPE_STEPS_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SHOW_CALL] =
    g_signal_new ("show-call", LEYDEN_TYPE_STEPS_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_steps_view_init (LeydenStepsView *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_visible (self->list, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Steps"), -1);
  gtk_widget_set_parent (self->list, GTK_WIDGET (self));
}

GtkWidget *
leyden_steps_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_STEPS_VIEW, NULL);
}
