/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-events.h"
#include "desktop-test.h"

#include "leyden-action-table.h"
#include "leyden-box-view.h"
#include "leyden-chooser.h"
#include "leyden-library.h"
#include "leyden-outline.h"
#include "leyden-settings.h"
#include "leyden-shortcuts.h"

/* The table of actions, and all that is made of it. */

static gboolean
is_listed (const char *name)
{
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *plain = NULL;

      if (actions[i].action == NULL)
        continue;
      leyden_action_parse (&actions[i], &plain, NULL);
      if (g_str_equal (plain, name) && (actions[i].title != NULL || actions[i].flags & LEYDEN_ACTION_KEY_ONLY))
        return TRUE;
    }
  return FALSE;
}

static void
check_group (GActionGroup *group,
             const char   *prefix,
             GString      *missing)
{
  g_auto(GStrv) names = g_action_group_list_actions (group);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat (prefix, ".", names[i], NULL);

      if (g_action_group_get_action_parameter_type (group, names[i]) == NULL && !is_listed (name))
        g_string_append_printf (missing, "%s\n", name);
    }
}

static void
check_class (GType       type,
             const char *prefix,
             GString    *missing)
{
  g_autoptr(GTypeClass) klass = g_type_class_ref (type);
  const GVariantType *parameter;
  const char *name, *property;
  GType owner;

  for (guint i = 0; gtk_widget_class_query_action (GTK_WIDGET_CLASS (klass), i, &owner, &name, &parameter, &property); i++)
    if (parameter == NULL && g_str_has_prefix (name, prefix) && !is_listed (name))
      g_string_append_printf (missing, "%s\n", name);
}

/* Whoever adds an action adds a line to src/desktop/commands/leyden-action-table.c. */
static void
test_complete (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GString) missing = g_string_new (NULL);

  check_group (G_ACTION_GROUP (desktop_test_application ()), "app", missing);
  check_group (G_ACTION_GROUP (window), "win", missing);
  check_class (LEYDEN_TYPE_CANVAS, "canvas.", missing);
  g_assert_cmpstr (missing->str, ==, "");
  desktop_test_close (window);
}

/* A line names an action that is there and takes what the line gives. */
static void
test_lines (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr(GVariant) target = NULL;
      GActionGroup *group = NULL;
      const GVariantType *type;

      g_test_message ("%s %s", actions[i].action != NULL ? actions[i].action : "-", actions[i].title != NULL ? actions[i].title : "-");
      g_assert_true (actions[i].title != NULL || actions[i].flags & LEYDEN_ACTION_KEY_ONLY);
      g_assert_true (actions[i].action != NULL || actions[i].keys != NULL);
      if (actions[i].action == NULL)
        continue;
      g_assert_true (g_hash_table_add (seen, (char *) actions[i].action));
      leyden_action_parse (&actions[i], &name, &target);
      if (g_str_has_prefix (name, "win."))
        group = G_ACTION_GROUP (window);
      else if (g_str_has_prefix (name, "app."))
        group = G_ACTION_GROUP (desktop_test_application ());
      if (group == NULL)
        continue;
      g_assert_true (g_action_group_has_action (group, name + 4));
      type = g_action_group_get_action_parameter_type (group, name + 4);
      g_assert_cmpint (type != NULL, ==, target != NULL);
      if (type != NULL)
        g_assert_true (g_variant_is_of_type (target, type));
    }
  desktop_test_close (window);
}

/* Where a key is heard: actions of the program are heard everywhere, the others where the focus is. */
static char *
dup_scope (const LeydenAction *action)
{
  const char *dot = strchr (action->action, '.');
  g_autofree char *prefix = g_strndup (action->action, (gsize) (dot - action->action));

  /* The outline has the keys of the canvas too. */
  if (g_str_equal (prefix, "outline"))
    return g_strdup ("canvas");
  return g_strdup (g_str_equal (prefix, "app") || g_str_equal (prefix, "window") ? "win" : prefix);
}

static void
test_keys (void)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) doubles = g_string_new (NULL);
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  for (guint i = 0; i < n; i++)
    {
      g_auto(GStrv) keys = g_strsplit (actions[i].keys != NULL ? actions[i].keys : "", " ", -1);

      /* Its keys are taken from another action, and only while a rollout stands still. */
      if (actions[i].flags & LEYDEN_ACTION_PAUSED)
        continue;
      for (guint key = 0; actions[i].action != NULL && keys[key] != NULL; key++)
        {
          GdkModifierType modifiers;
          guint keyval;
          g_autofree char *scope = dup_scope (&actions[i]);
          g_autofree char *canonical = NULL;
          g_autofree char *everywhere = NULL;

          g_assert_true (gtk_accelerator_parse (keys[key], &keyval, &modifiers));
          canonical = gtk_accelerator_name (keyval, modifiers);
          /* A key of the program would not let one of a part through. */
          everywhere = g_strconcat ("win ", canonical, NULL);
          if (g_hash_table_contains (seen, everywhere)
              || !g_hash_table_insert (seen, g_strconcat (scope, " ", canonical, NULL), (gpointer) actions[i].action))
            g_string_append_printf (doubles, "%s: %s\n", canonical, actions[i].action);
        }
    }
  /* The other way round, whatever the order of the table is. */
  for (guint i = 0; i < n; i++)
    if (actions[i].action != NULL && actions[i].keys != NULL
        && (g_str_has_prefix (actions[i].action, "win.") || g_str_has_prefix (actions[i].action, "app.")))
      {
        g_auto(GStrv) keys = g_strsplit (actions[i].keys, " ", -1);
        static const char * const scopes[] = { "canvas", "node", "port", "box" };

        for (guint key = 0; keys[key] != NULL; key++)
          for (guint scope = 0; scope < G_N_ELEMENTS (scopes); scope++)
            {
              g_autofree char *inner = g_strconcat (scopes[scope], " ", keys[key], NULL);

              if (g_hash_table_contains (seen, inner))
                g_string_append_printf (doubles, "%s: %s in %s\n", keys[key], actions[i].action, scopes[scope]);
            }
      }
  g_assert_cmpstr (doubles->str, ==, "");
}

/* What the classes have bound in the end, the keypad included: of two lines with one key the second would never be heard. */
static void
check_shortcuts (GtkWidget *widget,
                 GString   *doubles)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      for (guint j = 0; GTK_IS_SHORTCUT_CONTROLLER (controller) && j < g_list_model_get_n_items (G_LIST_MODEL (controller)); j++)
        {
          g_autoptr(GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);
          g_autofree char *label = gtk_shortcut_trigger_to_string (trigger);

          if (GTK_IS_KEYVAL_TRIGGER (trigger)
              && !g_hash_table_add (seen, g_strdup_printf ("%x %x", gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)),
                                                           gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)))))
            g_string_append_printf (doubles, "%s: %s\n", G_OBJECT_TYPE_NAME (widget), label);
        }
    }
}

static void
check_widgets (GtkWidget *root,
               GString   *doubles,
               guint     *n)
{
  /* A window has the keys of the program too, from more than one place. */
  if (g_str_has_prefix (G_OBJECT_TYPE_NAME (root), "Leyden") && !GTK_IS_WINDOW (root))
    {
      check_shortcuts (root, doubles);
      ++*n;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    check_widgets (child, doubles, n);
}

static gboolean
has_nodes (gpointer data)
{
  LeydenCanvas *canvas = leyden_window_get_canvas (data);
  LeydenCanvasModel *model = canvas != NULL ? leyden_canvas_get_model (canvas) : NULL;

  return model != NULL && ((LeydenCanvasNode *) g_ptr_array_index (leyden_canvas_model_get_nodes (model), 0))->view != NULL;
}

static void
test_bound (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GString) doubles = g_string_new (NULL);
  guint n = 0;

  leyden_window_open_sample (window, "calculator-agent");
  desktop_test_wait (has_nodes, window);
  check_widgets (GTK_WIDGET (window), doubles, &n);
  g_assert_cmpuint (n, >, 10);
  g_assert_cmpstr (doubles->str, ==, "");
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
}

/* --- help/keyboard.md --- */

static char *
dup_key_labels (const LeydenAction *action)
{
  g_auto(GStrv) keys = g_strsplit (action->keys, " ", -1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      GdkModifierType modifiers;
      guint keyval;
      g_autofree char *label = NULL;

      gtk_accelerator_parse (keys[i], &keyval, &modifiers);
      label = gtk_accelerator_get_label (keyval, modifiers);
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", label);
    }
  return g_string_free (text, FALSE);
}

static char *
make_tables (void)
{
  GString *text = g_string_new (NULL);
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  for (guint section = 0; section < LEYDEN_N_ACTION_SECTIONS; section++)
    {
      g_string_append_printf (text, "\n### %s\n\n| | |\n| --- | --- |\n", leyden_action_section_title ((LeydenActionSection) section));
      for (guint i = 0; i < n; i++)
        if (actions[i].section == section && (actions[i].flags & LEYDEN_ACTION_KEY_ONLY) == 0)
          {
            g_autofree char *keys = actions[i].keys != NULL ? dup_key_labels (&actions[i]) : g_strdup ("");

            g_string_append_printf (text, "| %s | %s |\n", actions[i].title, keys);
          }
    }
  return g_string_free (text, FALSE);
}

#define MARK "<!-- commands -->\n"

/* LEYDEN_UPDATE_HELP=1 writes the page anew. */
static void
test_help (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "help", "keyboard.md", NULL);
  g_autofree char *text = NULL;
  g_autofree char *tables = make_tables ();
  g_autofree char *wanted = NULL;
  g_autoptr(GError) error = NULL;
  const char *mark;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  mark = strstr (text, MARK);
  g_assert_nonnull (mark);
  wanted = g_strdup_printf ("%.*s%s", (int) (mark + strlen (MARK) - text), text, tables);
  if (g_getenv ("LEYDEN_UPDATE_HELP") != NULL)
    g_file_set_contents (path, wanted, -1, &error);
  else
    g_assert_cmpstr (text, ==, wanted);
  g_assert_no_error (error);
}

/* --- palette --- */

static GtkWidget *
find (GtkWidget *root,
      GType      type)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWindow *
find_palette (LeydenWindow *window)
{
  g_autoptr(GList) toplevels = gtk_window_list_toplevels ();

  for (GList *l = toplevels; l != NULL; l = l->next)
    if (LEYDEN_IS_CHOOSER (l->data) && gtk_window_get_transient_for (l->data) == GTK_WINDOW (window))
      return l->data;
  return NULL;
}

static gboolean
has_palette (gpointer data)
{
  GtkWindow *palette = find_palette (data);

  return palette != NULL && gtk_widget_get_mapped (GTK_WIDGET (palette));
}

static GtkWidget *
open_palette (LeydenWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.command-palette", NULL);
  desktop_test_wait (has_palette, window);
  return GTK_WIDGET (find_palette (window));
}

static LeydenChooserRow *
search (GtkWidget  *palette,
        const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find (palette, GTK_TYPE_SEARCH_ENTRY)), text);
  desktop_test_spin (20);
  return LEYDEN_CHOOSER_ROW (gtk_list_box_get_selected_row (GTK_LIST_BOX (find (palette, GTK_TYPE_LIST_BOX))));
}

static const char *
search_action (GtkWidget  *palette,
               const char *text)
{
  LeydenChooserRow *row = search (palette, text);

  return row != NULL ? leyden_chooser_row_get_choice (row)->id : "";
}

static void
test_palette (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  GtkWidget *palette;
  g_autofree char *nameless = NULL;
  g_autofree char *spoken = NULL;
  g_auto(GStrv) recent = NULL;
  LeydenChooserRow *row;

  g_settings_reset (leyden_settings_get_default (), "recent-commands");
  leyden_window_open_sample (window, "calculator-agent");
  desktop_test_spin (300);
  palette = open_palette (window);
  nameless = desktop_test_find_nameless (palette);
  g_assert_cmpstr (nameless, ==, "");
  g_assert_cmpstr (search_action (palette, "tidy"), ==, "canvas.arrange");
  g_assert_cmpstr (search_action (palette, "svas"), ==, "win.save-as");
  g_assert_cmpstr (search_action (palette, "no such thing at all"), ==, "");

  /* What cannot be done says why, and does nothing. */
  row = search (palette, "redo");
  g_assert_nonnull (leyden_chooser_row_get_choice (row)->reason);
  spoken = leyden_chooser_row_dup_spoken (row);
  g_assert_cmpstr (spoken, ==, "Redo, Shift+Ctrl+Z, Nothing was taken back");
  g_signal_emit_by_name (find (palette, GTK_TYPE_SEARCH_ENTRY), "activate");
  g_assert_true (has_palette (window));

  g_assert_cmpstr (search_action (palette, "select all"), ==, "canvas.select-all");
  g_signal_emit_by_name (find (palette, GTK_TYPE_SEARCH_ENTRY), "activate");
  desktop_test_spin (50);
  g_assert_false (has_palette (window));
  g_assert_cmpuint (leyden_selection_get_size (leyden_window_get_selection (window)), >, 5);

  /* It stands first now. */
  recent = g_settings_get_strv (leyden_settings_get_default (), "recent-commands");
  g_assert_cmpstr (recent[0], ==, "canvas.select-all");
  palette = open_palette (window);
  g_assert_cmpstr (search_action (palette, ""), ==, "canvas.select-all");
  gtk_widget_activate_action (palette, "window.close", NULL);
  desktop_test_spin (50);
  g_assert_false (has_palette (window));
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
}

/* Real keys: nothing else is needed. */
static void
test_palette_keys (void)
{
  LeydenWindow *window;
  LeydenSelection *selection;

  if (!desktop_events_available ())
    return;
  window = desktop_test_window (1280, 800);
  selection = leyden_window_get_selection (window);
  leyden_window_open_sample (window, "calculator-agent");
  desktop_test_spin (300);
  desktop_events_focus (GTK_WINDOW (window));
  leyden_canvas_take_focus (leyden_window_get_canvas (window));
  desktop_events_key ("ctrl+shift+p", NULL);
  desktop_events_wait_until (has_palette (window));
  desktop_events_focus (find_palette (window));
  desktop_events_type ("select");
  desktop_events_key ("Down", "Up", "Return", NULL);
  desktop_events_wait_until (!has_palette (window));
  desktop_events_wait_until (leyden_selection_get_size (selection) > 5);

  desktop_events_focus (GTK_WINDOW (window));
  desktop_events_key ("ctrl+shift+p", NULL);
  desktop_events_wait_until (has_palette (window));
  desktop_events_focus (find_palette (window));
  desktop_events_type ("select");
  desktop_events_key ("Down", NULL);
  g_assert_cmpstr (leyden_chooser_row_get_choice (LEYDEN_CHOOSER_ROW (gtk_list_box_get_selected_row (GTK_LIST_BOX (
                     find (GTK_WIDGET (find_palette (window)), GTK_TYPE_LIST_BOX)))))->id, ==, "canvas.unselect");
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (!has_palette (window));
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
}

static guint
count_type (GtkWidget *root,
            GType      type)
{
  guint n = g_type_is_a (G_OBJECT_TYPE (root), type);

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    n += count_type (child, type);
  return n;
}

static guint
find_window_count (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      n += g_type_is_a (G_OBJECT_TYPE (window), type) && gtk_widget_get_mapped (GTK_WIDGET (window));
    }
  return n;
}

static GtkWidget *
find_shortcut (GtkWidget  *root,
               const char *title)
{
  if (ADW_IS_ACTION_ROW (root) && g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_shortcut (child, title);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Every key; on a small screen and on a narrow one; by words. */
static void
test_shortcuts (void)
{
  LeydenWindow *window = desktop_test_window (1270, 850);
  GtkWindow *shortcuts = leyden_shortcuts_new ();
  GtkRequisition minimum;
  int width, height;
  guint n, n_keys = 0;
  const LeydenAction *actions = leyden_actions_list (&n);
  GtkWidget *row;

  for (guint i = 0; i < n; i++)
    n_keys += actions[i].keys != NULL && (actions[i].flags & LEYDEN_ACTION_KEY_ONLY) == 0;
  g_assert_cmpuint (count_type (GTK_WIDGET (shortcuts), GTK_TYPE_SHORTCUT_LABEL), >=, n_keys);
  g_assert_cmpuint (count_type (GTK_WIDGET (shortcuts), ADW_TYPE_ACTION_ROW), ==, n_keys);
  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (window));
  gtk_window_present (shortcuts);
  desktop_events_focus (shortcuts);
  gtk_window_get_default_size (shortcuts, &width, &height);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (shortcuts)), <=, width);
  g_assert_cmpint (gtk_widget_get_height (GTK_WIDGET (shortcuts)), <=, height);
  g_assert_cmpint (width, <=, 1240);
  g_assert_cmpint (height, <=, 740);
  gtk_widget_get_preferred_size (find (GTK_WIDGET (shortcuts), ADW_TYPE_PREFERENCES_PAGE), &minimum, NULL);
  g_assert_cmpint (minimum.width, <=, 360);

  row = find_shortcut (GTK_WIDGET (shortcuts), "Redo");
  g_assert_true (row != NULL && gtk_widget_get_mapped (row));
  desktop_events_key ("ctrl+f", NULL);
  desktop_events_type ("bookmark");
  desktop_events_wait_until (!gtk_widget_get_mapped (row));
  desktop_events_key ("Escape", "Escape", NULL);
  desktop_events_wait_until (find_window_count (ADW_TYPE_PREFERENCES_WINDOW) == 0);
  desktop_test_close (window);
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/commands/complete", test_complete);
  g_test_add_func ("/commands/lines", test_lines);
  g_test_add_func ("/commands/keys", test_keys);
  g_test_add_func ("/commands/bound", test_bound);
  g_test_add_func ("/commands/help", test_help);
  g_test_add_func ("/commands/palette", test_palette);
  g_test_add_func ("/commands/palette-keys", test_palette_keys);
  g_test_add_func ("/commands/shortcuts", test_shortcuts);
  return desktop_test_run ();
}
