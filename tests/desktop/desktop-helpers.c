/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"

#include <glib/gstdio.h>
#include <signal.h>

#include "leyden-json.h"
#include "leyden-screenshots.h"
#include "leyden-session.h"

static char *folder;

static void
set_folder (const char *variable)
{
  g_autofree char *path = g_build_filename (folder, variable, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_setenv (variable, path, TRUE);
}

static void
load_style (const char *name)
{
  g_autofree char *path = g_strconcat ("/io/github/leyden/Leyden/", name, NULL);
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, path);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* LEYDEN_TEST_VARIANT: "dark", "rtl", "large", for pictures. */
static void
apply_variant (void)
{
  const char *variant = g_getenv ("LEYDEN_TEST_VARIANT");
  gboolean dark = g_strcmp0 (variant, "dark") == 0 || g_strcmp0 (variant, "contrast-dark") == 0;

  if (g_strcmp0 (variant, "rtl") == 0)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-cursor-blink", FALSE, "gtk-font-name", "Cantarell 11",
                "gtk-xft-dpi", 96 * 1024 * (g_strcmp0 (variant, "large") == 0 ? 2 : 1), NULL);
  load_style ("style.css");
  if (dark)
    load_style ("style-dark.css");
  if (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()))
    load_style (dark ? "style-hc-dark.css" : "style-hc.css");
}

gboolean
test_desktop_init (int    *argc,
                   char ***argv)
{
  if (g_getenv ("DISPLAY") == NULL)
    {
      g_print ("1..0 # SKIP there is no display\n");
      return FALSE;
    }
  folder = g_dir_make_tmp ("leyden-test-XXXXXX", NULL);
  set_folder ("XDG_CONFIG_HOME");
  set_folder ("XDG_DATA_HOME");
  set_folder ("XDG_STATE_HOME");
  set_folder ("XDG_CACHE_HOME");
  set_folder ("LEYDEN_RENDEZVOUS_FOLDER");
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), "/io/github/leyden/Leyden/icons");
  apply_variant ();
  return TRUE;
}

const char *
test_desktop_folder (void)
{
  return folder;
}

static gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
test_iterate (void)
{
  guint source = g_timeout_add (20, tick_cb, NULL);

  g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

void
test_settle (void)
{
  gint64 end = g_get_monotonic_time () + 150 * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    test_iterate ();
}

void
test_wait_for (gboolean (*done) (gpointer),
               gpointer   data)
{
  test_wait_until (done (data));
}

LeydenValue *
test_value (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

char *
test_text (LeydenValue *value)
{
  return value != NULL ? leyden_json_write (value, LEYDEN_JSON_COMPACT) : g_strdup ("null");
}

static LeydenDocument *
document_of (GBytes *bytes)
{
  g_autofree char *state = g_build_filename (folder, "state", NULL);
  g_autoptr(GError) error = NULL;
  LeydenDocument *document = leyden_document_new_from_bytes (state, bytes, "test.leyden", TRUE, &error);

  g_assert_no_error (error);
  return document;
}

LeydenDocument *
test_sample (void)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data ("/io/github/leyden/Leyden/samples/calculator-agent.leyden",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  return document_of (bytes);
}

LeydenDocument *
test_document (const char *json)
{
  g_autoptr(GBytes) bytes = g_bytes_new (json, strlen (json));

  return document_of (bytes);
}

gboolean
test_backend_start (void)
{
  LeydenSession *session = leyden_session_get_default ();
  LeydenBackend *backend = leyden_session_get_backend (session);
  const char *program = g_getenv ("LEYDENCTL");
  g_autofree char *database = g_build_filename (folder, "leyden.db", NULL);

  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      return FALSE;
    }
  leyden_backend_set_program (backend, program);
  leyden_backend_set_database (backend, database);
  leyden_session_start (session);
  test_wait_until (leyden_backend_get_state (backend) == LEYDEN_BACKEND_CONNECTED);
  return TRUE;
}

GPid
test_backend_pid (void)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());

  return (GPid) leyden_value_get_member_int (leyden_backend_get_info (backend), "pid", 0);
}

static gboolean
is_gone (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;

  /* A zombie of ours has ended too. */
  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL;
}

static void
shut_down_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(GError) error = NULL;

  leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

void
test_backend_stop (void)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());
  GPid pid = test_backend_pid ();
  gboolean done = FALSE;

  leyden_backend_shutdown_async (backend, FALSE, NULL, shut_down_cb, &done);
  test_wait_until (done);
  test_wait_until (is_gone (pid));
}

void
test_backend_kill (void)
{
  GPid pid = test_backend_pid ();

  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  test_wait_until (is_gone (pid));
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(LeydenValue **) data = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_assert_no_error (error);
}

static LeydenValue *
ask_backend (const char  *method,
             const char  *path,
             LeydenValue *body)
{
  LeydenValue *answer = NULL;

  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), method, path, body, NULL, answered_cb, &answer);
  test_wait_until (answer != NULL);
  return answer;
}

LeydenValue *
test_backend_get (const char *path)
{
  return ask_backend ("GET", path, NULL);
}

LeydenValue *
test_backend_post (const char  *path,
                   LeydenValue *body)
{
  return ask_backend ("POST", path, body);
}

GtkWidget *
test_window (GtkWidget *child,
             int        width,
             int        height)
{
  GtkWidget *window = adw_window_new ();

  adw_window_set_content (ADW_WINDOW (window), child);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  test_settle ();
  return window;
}

static GtkWidget *
find (GtkWidget *root,
      GType      type,
      guint     *nth)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (*nth)-- == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type, nth);

      if (found != NULL)
        return found;
    }
  return NULL;
}

GtkWidget *
test_find (GtkWidget *root,
           GType      type,
           guint      nth)
{
  return find (root, type, &nth);
}

static GtkWidget *
find_form (GtkWidget *root)
{
  GtkWidget *scroller;

  for (guint i = 0; (scroller = test_find (root, GTK_TYPE_SCROLLED_WINDOW, i)) != NULL; i++)
    if (gtk_widget_has_css_class (scroller, "formscroll"))
      return scroller;
  g_assert_not_reached ();
}

void
test_assert_form_scrolls (GtkWidget *panel)
{
  GtkWidget *scroller = find_form (panel);
  GtkWidget *bar = gtk_scrolled_window_get_vscrollbar (GTK_SCROLLED_WINDOW (scroller));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  GtkWidget *focus;
  graphene_rect_t bounds;

  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >, gtk_adjustment_get_page_size (adjustment));
  g_assert_false (gtk_scrolled_window_get_overlay_scrolling (GTK_SCROLLED_WINDOW (scroller)));
  g_assert_true (gtk_widget_get_mapped (bar));
  g_assert_true (gtk_widget_compute_bounds (bar, scroller, &bounds));
  g_assert_cmpfloat (bounds.size.width, >, 0);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 0);
  gtk_window_set_focus (GTK_WINDOW (gtk_widget_get_root (scroller)), NULL);
  g_assert_true (gtk_widget_child_focus (scroller, GTK_DIR_TAB_BACKWARD));
  test_settle ();
  focus = gtk_root_get_focus (gtk_widget_get_root (scroller));
  g_assert_true (gtk_widget_is_ancestor (focus, scroller));
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), >, 0);
  g_assert_true (gtk_widget_compute_bounds (focus, scroller, &bounds));
  g_assert_cmpfloat (bounds.origin.y, >=, -1);
  g_assert_cmpfloat (bounds.origin.y + bounds.size.height, <=, gtk_widget_get_height (scroller) + 1);
}

GtkWidget *
test_find_label (GtkWidget  *root,
                 const char *text)
{
  if (!gtk_widget_get_visible (root) || !gtk_widget_get_child_visible (root))
    return NULL;
  if (GTK_IS_LABEL (root) && g_str_equal (gtk_label_get_text (GTK_LABEL (root)), text))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = test_find_label (child, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}

GtkWidget *
test_find_button (GtkWidget  *root,
                  const char *label)
{
  GtkWidget *found = test_find_label (root, label);

  return found != NULL ? gtk_widget_get_ancestor (found, GTK_TYPE_BUTTON) : NULL;
}

GtkWidget *
test_find_icon_button (GtkWidget  *root,
                       const char *icon)
{
  GtkWidget *button;

  for (guint i = 0; (button = test_find (root, GTK_TYPE_BUTTON, i)) != NULL; i++)
    if (g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (button)), icon) == 0)
      return button;
  return NULL;
}

gboolean
test_shows (GtkWidget  *root,
            const char *part)
{
  if (!gtk_widget_get_visible (root) || !gtk_widget_get_child_visible (root))
    return FALSE;
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (test_shows (child, part))
      return TRUE;
  return FALSE;
}

void
test_type (GtkWidget  *widget,
           const char *text)
{
  if (GTK_IS_TEXT_VIEW (widget))
    {
      GtkTextIter end;

      gtk_text_buffer_get_end_iter (gtk_text_view_get_buffer (GTK_TEXT_VIEW (widget)), &end);
      gtk_text_buffer_insert (gtk_text_view_get_buffer (GTK_TEXT_VIEW (widget)), &end, text, -1);
    }
  else
    {
      int position = -1;

      gtk_editable_insert_text (GTK_EDITABLE (widget), text, -1, &position);
    }
}

static void
collect_focusable (GtkWidget *widget,
                   GPtrArray *list)
{
  if (!gtk_widget_get_visible (widget) || !gtk_widget_get_sensitive (widget) || !gtk_widget_get_can_focus (widget))
    return;
  /* Of a group Tab reaches the chosen one, arrows the others. */
  if (GTK_IS_CHECK_BUTTON (widget) && !gtk_check_button_get_active (GTK_CHECK_BUTTON (widget)) &&
      g_strcmp0 (gtk_widget_get_css_name (gtk_widget_get_first_child (widget)), "radio") == 0)
    return;
  /* Labels whose text can be selected are text, not controls; what scrolls is reached through its content. */
  if (gtk_widget_get_focusable (widget) && !GTK_IS_LABEL (widget) && !GTK_IS_SCROLLED_WINDOW (widget) && gtk_widget_get_mapped (widget))
    g_ptr_array_add (list, widget);
  /* One control; the rows of a list are reached with the arrows. */
  if (GTK_IS_DROP_DOWN (widget) || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_LIST_VIEW (widget) || GTK_IS_COLUMN_VIEW (widget) || GTK_IS_POPOVER (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    collect_focusable (child, list);
}

/* Tabs through the window once around. */
void
test_assert_reachable (GtkWidget *root)
{
  GtkRoot *window = gtk_widget_get_root (root);
  g_autoptr(GPtrArray) wanted = g_ptr_array_new ();
  g_autoptr(GHashTable) reached = g_hash_table_new (NULL, NULL);
  g_autoptr(GHashTable) focused = g_hash_table_new (NULL, NULL);

  collect_focusable (root, wanted);
  g_assert_cmpuint (wanted->len, >, 0);
  gtk_root_set_focus (window, NULL);
  for (guint i = 0; i < 1000; i++)
    {
      GtkWidget *focus;

      if (!gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD))
        break;
      focus = gtk_root_get_focus (window);
      if (focus == NULL || !g_hash_table_add (focused, focus))
        break;
      for (GtkWidget *widget = focus; widget != NULL; widget = gtk_widget_get_parent (widget))
        g_hash_table_add (reached, widget);
    }
  for (guint i = 0; i < wanted->len; i++)
    if (!g_hash_table_contains (reached, g_ptr_array_index (wanted, i)))
      g_error ("%s in a %s is not reached with Tab", G_OBJECT_TYPE_NAME (g_ptr_array_index (wanted, i)),
               G_OBJECT_TYPE_NAME (gtk_widget_get_parent (gtk_widget_get_parent (g_ptr_array_index (wanted, i)))));
}

void
test_picture (GtkWidget  *window,
              const char *name)
{
  const char *pictures = g_getenv ("LEYDEN_TEST_PICTURES");
  const char *variant = g_getenv ("LEYDEN_TEST_VARIANT");
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;

  if (pictures == NULL)
    return;
  test_settle ();
  file = g_strdup_printf ("%s-%s.png", name, variant != NULL ? variant : "light");
  path = g_build_filename (pictures, file, NULL);
  leyden_screenshots_save (window, path, &error);
  g_assert_no_error (error);
}
