/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-panel-editor.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-board-panel.h"
#include "leyden-button.h"
#include "leyden-choice-row.h"
#include "leyden-dashboard-edit.h"
#include "leyden-dashboard-feed.h"
#include "leyden-experiment-parts.h"
#include "leyden-query-form.h"
#include "leyden-safe-text.h"
#include "leyden-text-editor.h"

/* The preview follows what is typed with this much patience. */
#define PREVIEW_MS 400
#define PREVIEW_HEIGHT 226

struct _LeydenPanelEditor
{
  AdwWindow            parent_instance;

  LeydenSession       *session;
  LeydenDashboardFeed *feed;            /* of a dashboard of this panel alone */
  GCancellable        *cancellable;
  LeydenValue         *document;
  LeydenValue         *panel;           /* as it was */
  LeydenValue         *variables;
  LeydenValue         *time;
  char                *zone;
  GPtrArray           *queries;         /* LeydenValue, as edited */
  guint                query;           /* that the form shows */
  guint                clock;
  gboolean             filling;

  GtkWidget           *preview;
  GtkWidget           *title;
  GtkWidget           *description;
  GtkWidget           *kind;
  GtkWidget           *queries_box;
  GtkWidget           *query_choice;
  GtkWidget           *remove_query;
  GtkWidget           *form;
  GtkWidget           *look;            /* group of options */
  GtkWidget           *smoothing;
  GtkWidget           *log_y;
  GtkWidget           *stacked;
  GtkWidget           *text;
  GtkWidget           *text_box;
  GtkWidget           *verdict;
};

G_DEFINE_FINAL_TYPE (LeydenPanelEditor, leyden_panel_editor, ADW_TYPE_WINDOW)

static guint done_signal;

/* --- the panel that the form says --- */

static LeydenValue *
with_option (LeydenValue *owned,
             const char  *key,
             LeydenValue *value)
{
  g_autoptr(LeydenValue) options = owned;
  g_autoptr(LeydenValue) taken = value;

  return leyden_value_with_member (options, key, taken);
}

static LeydenValue *
make_options (LeydenPanelEditor *self)
{
  LeydenValue *given = leyden_value_get_member (self->panel, "options");
  LeydenValue *options = given != NULL ? leyden_value_ref (given) : NULL;
  double smoothing = gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->smoothing));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (options == NULL)
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      options = leyden_value_builder_end_value (&b);
    }
  if (strcmp (leyden_choice_row_get_key (self->kind), "text") == 0)
    {
      g_autofree char *text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->text));

      return with_option (options, "text", leyden_value_new_string (text, -1));
    }
  options = with_option (options, "smoothing", smoothing > 0 ? leyden_value_new_double (smoothing) : NULL);
  options = with_option (options, "log_y", gtk_switch_get_active (GTK_SWITCH (self->log_y)) ? leyden_value_new_boolean (TRUE) : NULL);
  return with_option (options, "stacked", gtk_switch_get_active (GTK_SWITCH (self->stacked)) ? leyden_value_new_boolean (TRUE) : NULL);
}

static LeydenValue *
make_queries (LeydenPanelEditor *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->queries->len && strcmp (leyden_choice_row_get_key (self->kind), "text") != 0; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (self->queries, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_panel_editor_get_panel (LeydenPanelEditor *self)
{
  g_autoptr(LeydenValue) titled = NULL;
  g_autoptr(LeydenValue) described = NULL;
  g_autoptr(LeydenValue) shown = NULL;
  g_autoptr(LeydenValue) asked = NULL;
  g_autoptr(LeydenValue) queries = NULL;
  g_autoptr(LeydenValue) options = NULL;

  g_return_val_if_fail (LEYDEN_IS_PANEL_EDITOR (self), NULL);

  queries = make_queries (self);
  options = make_options (self);
  titled = leyden_dashboard_with_string (self->panel, "title", gtk_editable_get_text (GTK_EDITABLE (self->title)));
  described = leyden_dashboard_with_string (titled, "description", gtk_editable_get_text (GTK_EDITABLE (self->description)));
  shown = leyden_dashboard_with_string (described, "kind", leyden_choice_row_get_key (self->kind));
  asked = leyden_value_with_member (shown, "queries", queries);
  return leyden_value_with_member (asked, "options", options);
}

/* --- preview --- */

static void
answered_cb (LeydenPanelEditor *self)
{
  gint64 from, to;

  leyden_dashboard_feed_get_time (self->feed, &from, &to);
  leyden_board_panel_set_result (LEYDEN_BOARD_PANEL (self->preview),
                                 leyden_dashboard_feed_get_result (self->feed, leyden_value_get_member_string (self->panel, "id", "")),
                                 leyden_dashboard_feed_get_zone (self->feed), leyden_dashboard_feed_get_currency (self->feed), from, to);
}

static void
show_preview (LeydenPanelEditor *self)
{
  g_autoptr(LeydenValue) panel = leyden_panel_editor_get_panel (self);
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) document = NULL;

  leyden_board_panel_set_panel (LEYDEN_BOARD_PANEL (self->preview), panel);
  if (!leyden_dashboard_check_panel (panel, "panel", &error))
    {
      leyden_label_set_safe_text (GTK_LABEL (self->verdict), error->message, 400);
      gtk_widget_set_visible (self->verdict, TRUE);
      return;
    }
  gtk_widget_set_visible (self->verdict, FALSE);
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add (&b, panel);
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  document = leyden_value_with_member (self->document, "panels", list);
  leyden_dashboard_feed_set (self->feed, document, self->variables, self->time, self->zone);
  answered_cb (self);
}

static gboolean
preview_cb (gpointer data)
{
  LeydenPanelEditor *self = data;

  self->clock = 0;
  show_preview (self);
  return G_SOURCE_REMOVE;
}

static void
changed (LeydenPanelEditor *self)
{
  if (self->filling)
    return;
  g_clear_handle_id (&self->clock, g_source_remove);
  self->clock = g_timeout_add (PREVIEW_MS, preview_cb, self);
}

/* --- queries --- */

static char *
describe_query (LeydenValue *query,
                guint        index)
{
  const char *name = leyden_value_get_member_string (query, "name", NULL);
  const char *metric = leyden_value_get_member_string (query, "metric", NULL);

  return g_strdup_printf ("%u: %s", index + 1, name != NULL ? name : metric != NULL ? metric : leyden_value_get_member (query, "sql") != NULL ? "SQL" : _("Table"));
}

static void
show_queries (LeydenPanelEditor *self)
{
  gboolean filling = self->filling;

  self->filling = TRUE;
  leyden_choice_row_clear (self->query_choice);
  for (guint i = 0; i < self->queries->len; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", i);
      g_autofree char *title = describe_query (g_ptr_array_index (self->queries, i), i);

      leyden_choice_row_add (self->query_choice, key, title);
    }
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->query_choice), self->query);
  gtk_widget_set_sensitive (self->remove_query, self->queries->len > 1);
  leyden_query_form_set (LEYDEN_QUERY_FORM (self->form), g_ptr_array_index (self->queries, self->query));
  self->filling = filling;
}

static void
form_cb (LeydenPanelEditor *self)
{
  if (self->filling)
    return;
  leyden_value_unref (g_ptr_array_index (self->queries, self->query));
  g_ptr_array_index (self->queries, self->query) = leyden_query_form_get (LEYDEN_QUERY_FORM (self->form));
  changed (self);
}

static void
query_cb (LeydenPanelEditor *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->query_choice));

  if (self->filling || selected >= self->queries->len || selected == self->query)
    return;
  self->query = selected;
  show_queries (self);
}

static void
add_query_cb (LeydenPanelEditor *self)
{
  g_autoptr(LeydenValue) nameless = NULL;

  if (self->queries->len >= LEYDEN_DASHBOARD_MAX_QUERIES)
    return;
  nameless = leyden_value_with_member (g_ptr_array_index (self->queries, self->query), "name", NULL);
  g_ptr_array_add (self->queries, g_steal_pointer (&nameless));
  self->query = self->queries->len - 1;
  show_queries (self);
  changed (self);
}

static void
remove_query_cb (LeydenPanelEditor *self)
{
  if (self->queries->len < 2)
    return;
  g_ptr_array_remove_index (self->queries, self->query);
  self->query = MIN (self->query, self->queries->len - 1);
  show_queries (self);
  changed (self);
}

/* --- what goes together --- */

static void
update_visible (LeydenPanelEditor *self)
{
  const char *kind = leyden_choice_row_get_key (self->kind);
  gboolean text = strcmp (kind, "text") == 0;
  gboolean axes = g_strv_contains ((const char * const []) { "line", "area", "bar", "scatter", "histogram", NULL }, kind);

  gtk_widget_set_visible (self->queries_box, !text);
  gtk_widget_set_visible (self->text_box, text);
  gtk_widget_set_visible (self->look, axes);
  gtk_widget_set_visible (gtk_widget_get_ancestor (self->smoothing, ADW_TYPE_ACTION_ROW), strcmp (kind, "line") == 0);
  gtk_widget_set_visible (gtk_widget_get_ancestor (self->stacked, ADW_TYPE_ACTION_ROW), strcmp (kind, "bar") == 0);
}

/* A kind has a shape that suits it. */
static const char *
find_shape (const char *kind)
{
  static const struct { const char *kind; const char *shape; } suits[] = {
    { "bar", "groups" }, { "histogram", "histogram" }, { "heat", "heat" }, { "value", "value" }, { "scatter", "points" }, { "line", "time" }, { "area", "time" },
    { "sparkline", "time" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (suits); i++)
    if (strcmp (suits[i].kind, kind) == 0)
      return suits[i].shape;
  return NULL;
}

static gboolean
suits (const char *kind,
       const char *shape)
{
  static const struct { const char *kind; const char * const shapes[5]; } allowed[] = {
    { "line", { "time", "step", "points", NULL } }, { "area", { "time", "step", NULL } }, { "sparkline", { "time", "step", NULL } },
    { "bar", { "groups", "time", "step", NULL } }, { "histogram", { "histogram", NULL } }, { "heat", { "heat", NULL } }, { "value", { "value", "time", "step", NULL } },
    { "scatter", { "points", NULL } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (strcmp (allowed[i].kind, kind) == 0)
      return g_strv_contains (allowed[i].shapes, shape);
  return TRUE;
}

static void
kind_cb (LeydenPanelEditor *self)
{
  const char *kind = leyden_choice_row_get_key (self->kind);
  const char *shape = find_shape (kind);

  if (self->filling)
    return;
  for (guint i = 0; shape != NULL && i < self->queries->len; i++)
    {
      LeydenValue *query = g_ptr_array_index (self->queries, i);

      if (leyden_value_get_member (query, "metric") == NULL || suits (kind, leyden_value_get_member_string (query, "shape", "time")))
        continue;
      g_ptr_array_index (self->queries, i) = leyden_dashboard_with_string (query, "shape", shape);
      leyden_value_unref (query);
    }
  show_queries (self);
  update_visible (self);
  changed (self);
}

/* --- the end --- */

gboolean
leyden_panel_editor_finish (LeydenPanelEditor *self)
{
  g_autoptr(LeydenValue) panel = NULL;
  g_autoptr(GError) error = NULL;

  g_return_val_if_fail (LEYDEN_IS_PANEL_EDITOR (self), FALSE);

  panel = leyden_panel_editor_get_panel (self);
  if (!leyden_dashboard_check_panel (panel, "panel", &error))
    {
      show_preview (self);
      return FALSE;
    }
  g_signal_emit (self, done_signal, 0, panel);
  gtk_window_close (GTK_WINDOW (self));
  return TRUE;
}

static void
done_cb (LeydenPanelEditor *self)
{
  leyden_panel_editor_finish (self);
}

static void
catalog_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenPanelEditor) self = data;
  g_autoptr(LeydenValue) catalog = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (catalog != NULL && !g_cancellable_is_cancelled (self->cancellable))
    leyden_query_form_set_catalog (LEYDEN_QUERY_FORM (self->form), catalog);
}

/* --- class --- */

static void
leyden_panel_editor_dispose (GObject *object)
{
  LeydenPanelEditor *self = LEYDEN_PANEL_EDITOR (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->clock, g_source_remove);
  if (self->feed != NULL)
    g_signal_handlers_disconnect_by_data (self->feed, self);
  g_clear_object (&self->feed);
  G_OBJECT_CLASS (leyden_panel_editor_parent_class)->dispose (object);
}

static void
leyden_panel_editor_finalize (GObject *object)
{
  LeydenPanelEditor *self = LEYDEN_PANEL_EDITOR (object);

  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->document, leyden_value_unref);
  g_clear_pointer (&self->panel, leyden_value_unref);
  g_clear_pointer (&self->variables, leyden_value_unref);
  g_clear_pointer (&self->time, leyden_value_unref);
  g_ptr_array_unref (self->queries);
  g_free (self->zone);
  G_OBJECT_CLASS (leyden_panel_editor_parent_class)->finalize (object);
}

static void
leyden_panel_editor_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_panel_editor_parent_class)->map (widget);
  leyden_dashboard_feed_set_seen (LEYDEN_PANEL_EDITOR (widget)->feed, TRUE);
}

static void
leyden_panel_editor_class_init (LeydenPanelEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_panel_editor_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_panel_editor_finalize;
  widget_class->map = leyden_panel_editor_map;
  done_signal = g_signal_new ("done", LEYDEN_TYPE_PANEL_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
add_switch (GtkWidget         *group,
            const char        *title,
            LeydenPanelEditor *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_switch_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_object (button, "notify::active", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_look (LeydenPanelEditor *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *row = adw_action_row_new ();

  self->smoothing = gtk_spin_button_new_with_range (0, 0.99, 0.05);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (self->smoothing), 2);
  gtk_widget_set_valign (self->smoothing, GTK_ALIGN_CENTER);
  leyden_value_editor_ignore_scrolling (self->smoothing);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("Smoothing"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), self->smoothing);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), self->smoothing);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_object (self->smoothing, "value-changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  self->log_y = add_switch (group, _("Logarithmic Scale"), self);
  self->stacked = add_switch (group, _("On One Another"), self);
  return group;
}

static GtkWidget *
create_head (LeydenPanelEditor *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->title = adw_entry_row_new ();
  self->description = adw_entry_row_new ();
  self->kind = leyden_choice_row_new (_("Kind"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->title), _("Title"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->description), _("What It Means"));
  for (guint i = 0; leyden_dashboard_get_kinds ()[i] != NULL; i++)
    {
      const char *name = leyden_dashboard_get_kinds ()[i];
      LeydenChartKind kind;

      leyden_choice_row_add (self->kind, name, leyden_chart_kind_from_name (name, &kind) ? leyden_chart_kind_get_title (kind) : _("Text"));
    }
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->kind);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->description);
  g_signal_connect_object (self->title, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->description, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->kind, "notify::selected", G_CALLBACK (kind_cb), self, G_CONNECT_SWAPPED);
  return group;
}

static GtkWidget *
new_query_button (const char        *icon,
                  const char        *label,
                  GCallback          callback,
                  LeydenPanelEditor *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_queries (LeydenPanelEditor *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->queries_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->query_choice = leyden_choice_row_new (_("Query"));
  self->remove_query = new_query_button ("list-remove-symbolic", _("Remove this query"), G_CALLBACK (remove_query_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->query_choice), new_query_button ("list-add-symbolic", _("Add a query to the same chart"), G_CALLBACK (add_query_cb), self));
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->query_choice), self->remove_query);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->query_choice);
  self->form = leyden_query_form_new ();
  g_signal_connect_object (self->query_choice, "notify::selected", G_CALLBACK (query_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->form, "changed", G_CALLBACK (form_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->queries_box), group);
  gtk_box_append (GTK_BOX (self->queries_box), self->form);
  return self->queries_box;
}

/* What a panel of text says. */
static GtkWidget *
create_text (LeydenPanelEditor *self)
{
  GtkWidget *title = gtk_label_new (_("Text")), *hint = gtk_label_new (_("Plain text, shown as it is written: lines stay lines, and nothing is markup."));

  self->text_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->text = leyden_text_editor_new (LEYDEN_PARAMETER_MULTILINE);
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (self->text), _("Text"));
  leyden_text_editor_set_min_lines (LEYDEN_TEXT_EDITOR (self->text), 7);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "heading");
  gtk_label_set_wrap (GTK_LABEL (hint), TRUE);
  gtk_label_set_xalign (GTK_LABEL (hint), 0);
  gtk_widget_add_css_class (hint, "caption");
  gtk_box_append (GTK_BOX (self->text_box), title);
  gtk_box_append (GTK_BOX (self->text_box), self->text);
  gtk_box_append (GTK_BOX (self->text_box), hint);
  g_signal_connect_object (self->text, "edited", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  return self->text_box;
}

static GtkWidget *
create_form (LeydenPanelEditor *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  gtk_widget_add_css_class (box, "paneleditor");
  gtk_box_append (GTK_BOX (box), create_head (self));
  gtk_box_append (GTK_BOX (box), create_text (self));
  gtk_box_append (GTK_BOX (box), create_queries (self));
  self->look = create_look (self);
  gtk_box_append (GTK_BOX (box), self->look);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

/* As high as it is, whatever is in it: what is below stays where it is, for who is about to click there. */
static GtkWidget *
create_preview (LeydenPanelEditor *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->preview = leyden_board_panel_new ();
  gtk_widget_add_css_class (self->preview, "panelpreview");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (scroller, -1, PREVIEW_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->preview);
  return scroller;
}

/* Below the form, which does not move when there is something to say. */
static GtkWidget *
create_verdict (LeydenPanelEditor *self)
{
  self->verdict = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->verdict), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->verdict), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->verdict), 0);
  gtk_widget_add_css_class (self->verdict, "error");
  gtk_widget_add_css_class (self->verdict, "panelverdict");
  gtk_widget_set_visible (self->verdict, FALSE);
  return self->verdict;
}

static GtkWidget *
create_header (LeydenPanelEditor *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = leyden_button_new_with_mnemonic (_("_Cancel"));
  GtkWidget *done = leyden_button_new_with_mnemonic (_("_Apply"));

  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  gtk_widget_add_css_class (done, "suggested-action");
  g_signal_connect_object (done, "clicked", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), done);
  return header;
}

static void
leyden_panel_editor_init (LeydenPanelEditor *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  leyden_part_outlive_parent (GTK_WINDOW (self));
  self->filling = TRUE;
  self->queries = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->cancellable = g_cancellable_new ();
  gtk_box_append (GTK_BOX (box), create_header (self));
  gtk_box_append (GTK_BOX (box), create_preview (self));
  gtk_box_append (GTK_BOX (box), create_form (self));
  gtk_box_append (GTK_BOX (box), create_verdict (self));
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_default_size (GTK_WINDOW (self), 620, 760);
  self->filling = FALSE;
}

static void
fill (LeydenPanelEditor *self)
{
  LeydenValue *queries = leyden_value_get_member (self->panel, "queries");
  LeydenValue *options = leyden_value_get_member (self->panel, "options");
  g_autoptr(LeydenValue) text = leyden_value_new_string (leyden_value_get_member_string (options, "text", ""), -1);

  self->filling = TRUE;
  for (guint i = 0; i < leyden_value_get_size (queries); i++)
    g_ptr_array_add (self->queries, leyden_value_ref (leyden_value_get_item (queries, i)));
  if (self->queries->len == 0)
    {
      g_autoptr(LeydenValue) fresh = leyden_dashboard_new_panel (self->document);

      g_ptr_array_add (self->queries, leyden_value_ref (leyden_value_lookup_pointer (fresh, "/queries/0")));
    }
  gtk_editable_set_text (GTK_EDITABLE (self->title), leyden_value_get_member_string (self->panel, "title", ""));
  gtk_editable_set_text (GTK_EDITABLE (self->description), leyden_value_get_member_string (self->panel, "description", ""));
  leyden_choice_row_select (self->kind, leyden_value_get_member_string (self->panel, "kind", "line"));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->smoothing), leyden_value_get_member_double (options, "smoothing", 0));
  gtk_switch_set_active (GTK_SWITCH (self->log_y), leyden_value_get_member_boolean (options, "log_y", FALSE));
  gtk_switch_set_active (GTK_SWITCH (self->stacked), leyden_value_get_member_boolean (options, "stacked", FALSE));
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->text), text);
  show_queries (self);
  update_visible (self);
  self->filling = FALSE;
}

GtkWidget *
leyden_panel_editor_new (GtkWindow     *parent,
                         LeydenSession *session,
                         LeydenValue   *document,
                         LeydenValue   *panel,
                         LeydenValue   *variables,
                         LeydenValue   *time,
                         const char    *zone)
{
  LeydenPanelEditor *self = g_object_new (LEYDEN_TYPE_PANEL_EDITOR, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE, NULL);
  gboolean known = leyden_dashboard_get_panel (document, leyden_value_get_member_string (panel, "id", "")) != NULL;

  self->session = g_object_ref (session);
  self->feed = leyden_dashboard_feed_new (session);
  leyden_dashboard_feed_set_refresh (self->feed, LEYDEN_DASHBOARD_NEVER);
  self->document = leyden_value_ref (document);
  self->panel = leyden_value_ref (panel);
  self->variables = leyden_value_ref (variables);
  self->time = leyden_value_ref (time);
  self->zone = g_strdup (zone);
  gtk_window_set_title (GTK_WINDOW (self), known ? _("Edit Panel") : _("Add a Panel"));
  g_signal_connect_object (self->feed, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  fill (self);
  show_preview (self);
  leyden_backend_request_async (leyden_session_get_backend (session), "GET", "/leyden/v1/insights/metrics", NULL, self->cancellable, catalog_cb,
                                g_object_ref (self));
  return GTK_WIDGET (self);
}
