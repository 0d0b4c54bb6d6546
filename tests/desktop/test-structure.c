/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups, names, bookmarks, finding and replacing by real keys and a real pointer. */
#include "config.h"
#include "desktop-events.h"
#include "gestures-fixture.h"

#include <math.h>

#include "leyden-breadcrumb.h"
#include "leyden-find-bar.h"
#include "leyden-parameter-row.h"

static void
select_two (Gestures *fixture)
{
  graphene_point_t at = gestures_center (fixture, "prompter");

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  at = gestures_center (fixture, "exanswer");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
}

/* What the agent uses is not selected: refused, and nothing changed. With it, it works, and comes apart again into the same bytes. */
static void
test_group (Gestures      *fixture,
            gconstpointer  data)
{
  g_autoptr(GBytes) before = leyden_flow_serialize (fixture->flow);
  guint n = leyden_flow_get_n_nodes (fixture->flow);
  LeydenElementKind kind;
  const char *id;
  graphene_point_t at;

  select_two (fixture);
  desktop_events_key ("ctrl+g", NULL);
  if (leyden_document_can_undo (fixture->document))
    {
      g_autofree char *label = NULL;

      g_object_get (fixture->document, "undo-label", &label, NULL);
      g_test_message ("%s", label);
    }
  g_assert_false (leyden_document_can_undo (fixture->document));
  at = gestures_center (fixture, "solveagt");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
  at = gestures_center (fixture, "calctool");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, "shift");
  desktop_events_key ("ctrl+g", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n - 3);
  gestures_assert_undo (fixture, "Collapse into Group");
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id));
  g_assert_cmpstr (leyden_node_get_type_name (leyden_flow_get_node (fixture->flow, id)), ==, "subflow");

  desktop_events_key ("ctrl+shift+g", NULL);
  desktop_events_wait_until (leyden_flow_get_n_nodes (fixture->flow) == n);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 4);
  {
    g_autoptr(GBytes) expanded = leyden_flow_serialize (fixture->flow);

    g_assert_true (g_bytes_equal (expanded, before));
  }
  desktop_events_key ("ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (!leyden_document_can_undo (fixture->document));
  {
    g_autoptr(GBytes) undone = leyden_flow_serialize (fixture->flow);

    g_assert_true (g_bytes_equal (undone, before));
  }
}

/* --- what is there --- */

static gboolean
is_shown (Gestures   *fixture,
          const char *id)
{
  LeydenElementKind kind;
  const char *selected;

  return leyden_selection_get_single (fixture->selection, &kind, &selected) && g_str_equal (selected, id);
}

static GtkWidget *
find_dialog (Gestures *fixture)
{
  g_autoptr(GListModel) windows = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (GTK_WIDGET (window)))
        return GTK_WIDGET (window);
    }
  return NULL;
}

/* --- rename --- */

static gboolean
is_renaming (Gestures *fixture)
{
  return fixture->canvas->rename != NULL && gtk_widget_get_mapped (fixture->canvas->rename);
}

static const char *
title_of (Gestures   *fixture,
          const char *id)
{
  return leyden_node_get_title (leyden_flow_get_node (fixture->flow, id));
}

/* F2 types over the title; Enter takes it, Escape and the same text do nothing, emptied it is the kind's again, a click elsewhere takes it. */
static void
test_rename (Gestures      *fixture,
             gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "exanswer");

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("F2", NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_type ("New name");
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (title_of (fixture, "exanswer"), ==, "New name");
  gestures_assert_undo (fixture, "Rename Node");
  /* Back where it was, so that the next key is one of the canvas. */
  desktop_events_key ("F2", NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_type ("nn dropped");
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (title_of (fixture, "exanswer"), ==, "New name");
  desktop_events_key ("F2", NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_key ("ctrl+a", "BackSpace", "Return", NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (title_of (fixture, "exanswer"), ==, "");
  desktop_events_key ("F2", NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_type ("Elsewhere");
  at = gestures_center (fixture, "prompter");
  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (title_of (fixture, "exanswer"), ==, "Elsewhere");
  g_assert_true (gestures_is_selected (fixture, "prompter"));
}

/* A frame by a double click on it; its title cannot be empty. */
static void
test_rename_frame (Gestures      *fixture,
                   gconstpointer  data)
{
  graphene_rect_t bounds = leyden_canvas_model_get_box (fixture->canvas->model, LEYDEN_ELEMENT_FRAME, "evalarea")->bounds;
  graphene_point_t at = gestures_in_view (fixture, bounds.origin.x + 60, bounds.origin.y + 14);

  desktop_events_click (fixture->widget, at.x, at.y, 1, 2, NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type ("Scores");
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (leyden_frame_get_title (leyden_flow_get_frame (fixture->flow, "evalarea")), ==, "Scores");
  gestures_assert_undo (fixture, "Rename Frame");
  desktop_events_key ("F2", NULL);
  desktop_events_wait_until (is_renaming (fixture));
  desktop_events_key ("ctrl+a", "Delete", "Return", NULL);
  desktop_events_wait_until (!is_renaming (fixture));
  g_assert_cmpstr (leyden_frame_get_title (leyden_flow_get_frame (fixture->flow, "evalarea")), ==, "Frame");
}

static guchar
get_alpha (GtkWidget *widget,
           int        x,
           int        y)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  g_autoptr(GdkTexture) texture = NULL;
  g_autofree guchar *pixels = g_malloc ((gsize) width * (gsize) height * 4);

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  gsk_render_node_unref (node);
  gdk_texture_download (texture, pixels, (gsize) width * 4);
  return pixels[(y * width + x) * 4 + 3];
}

/* What is typed over is not seen through it, at any zoom, dark or light. */
static void
test_rename_opaque (Gestures      *fixture,
                    gconstpointer  data)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };

  leyden_canvas_look (fixture->canvas, 0.4, -200, -200);
  desktop_events_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      GtkWidget *entry;

      adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[i]);
      leyden_canvas_rename (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
      desktop_events_wait_until (is_renaming (fixture));
      desktop_events_settle ();
      entry = fixture->canvas->rename;
      g_assert_cmpint (get_alpha (entry, gtk_widget_get_width (entry) - 14, gtk_widget_get_height (entry) / 2), ==, 255);
      desktop_events_key ("Escape", NULL);
      desktop_events_wait_until (!is_renaming (fixture));
    }
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* --- frames and notes --- */

static char *
list_boxes (LeydenCanvas *canvas)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (canvas->model);
  GtkWidget *view = gtk_widget_get_first_child (canvas->backdrop);
  GString *list = g_string_new (NULL);

  /* Each is drawn over those before it. */
  for (guint i = 0; i < boxes->len; i++, view = gtk_widget_get_next_sibling (view))
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      g_assert_true (GTK_WIDGET (box->view) == view);
      g_string_append_printf (list, "%s %s\n", box->kind == LEYDEN_ELEMENT_FRAME ? "frame" : "note", box->id);
    }
  g_assert_null (view);
  return g_string_free (list, FALSE);
}

/* A frame that is added lies below the notes and above a larger frame at once, and when the flow is opened again. */
static void
test_box_order (Gestures      *fixture,
                gconstpointer  data)
{
  g_autofree char *first = NULL;
  g_autofree char *added = NULL;
  g_autofree char *again = NULL;
  LeydenCanvasModel *reopened;
  GPtrArray *boxes;
  guint n_frames = 0;

  leyden_canvas_add_note (fixture->canvas);
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  first = list_boxes (fixture->canvas);
  leyden_canvas_select_all (fixture->canvas);
  gtk_widget_activate_action (fixture->widget, "canvas.add-frame", NULL);
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "prompter");
  gtk_widget_activate_action (fixture->widget, "canvas.add-frame", NULL);
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  added = list_boxes (fixture->canvas);
  boxes = leyden_canvas_model_get_boxes (fixture->canvas->model);
  for (guint i = 0; i < boxes->len; i++)
    n_frames += ((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->kind == LEYDEN_ELEMENT_FRAME;
  g_assert_cmpuint (n_frames, <, boxes->len);
  for (guint i = 1; i < n_frames; i++)
    {
      const LeydenCanvasBox *below = g_ptr_array_index (boxes, i - 1), *above = g_ptr_array_index (boxes, i);

      g_assert_cmpint (above->kind, ==, LEYDEN_ELEMENT_FRAME);
      g_assert_cmpfloat (below->bounds.size.width * below->bounds.size.height, >=, above->bounds.size.width * above->bounds.size.height);
    }

  reopened = leyden_canvas_model_new (fixture->flow, fixture->canvas->types);
  g_assert_cmpuint (leyden_canvas_model_get_boxes (reopened)->len, ==, boxes->len);
  for (guint i = 0; i < boxes->len; i++)
    g_assert_cmpstr (((LeydenCanvasBox *) g_ptr_array_index (leyden_canvas_model_get_boxes (reopened), i))->id, ==,
                     ((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->id);
  leyden_canvas_model_free (reopened);

  desktop_events_key ("ctrl+z", "ctrl+z", NULL);
  desktop_events_wait_until (leyden_canvas_model_get_boxes (fixture->canvas->model)->len == boxes->len);
  again = list_boxes (fixture->canvas);
  g_assert_cmpstr (again, ==, first);
}

/* --- a group --- */

/* A double click opens it, and selects nothing of what then lies under the pointer. */
static void
test_open_group (Gestures      *fixture,
                 gconstpointer  data)
{
  LeydenElementKind kind;
  const char *id = NULL;
  LeydenCanvasModel *outside = fixture->canvas->model;
  graphene_point_t at;
  LeydenCanvasHit hit;

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "exanswer");
  gtk_widget_activate_action (fixture->widget, "canvas.collapse", NULL);
  g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id));
  desktop_events_settle ();
  /* In the body a node lies where the group is: the click goes through the same point of the view. */
  leyden_canvas_fit (fixture->canvas);
  desktop_events_settle ();
  {
    g_autofree char *group = g_strdup (id);
    graphene_rect_t bounds = gestures_get (fixture, group)->item.bounds;
    int width = gtk_widget_get_width (fixture->widget), height = gtk_widget_get_height (fixture->widget);
    double scale = fixture->canvas->view.scale;

    leyden_canvas_look (fixture->canvas, scale, bounds.origin.x + bounds.size.width / 2 - width / 2 / scale,
                        bounds.origin.y + bounds.size.height / 2 - height / 2 / scale);
    desktop_events_settle ();
    at = gestures_center (fixture, group);
  }
  desktop_events_click (fixture->widget, at.x, at.y, 1, 2, NULL);
  desktop_events_wait_until (fixture->canvas->model != outside && fixture->canvas->fit_pending == LEYDEN_CANVAS_FIT_NONE);
  desktop_events_settle ();
  leyden_canvas_model_hit (fixture->canvas->model, leyden_canvas_view_to_world (&fixture->canvas->view, at.x, at.y), 7, &hit);
  g_assert_cmpint (hit.kind, ==, LEYDEN_CANVAS_HIT_NODE);
  g_assert_cmpuint (leyden_selection_get_size (fixture->selection), ==, 0);
  g_assert_null (desktop_events_find (fixture->widget, GTK_TYPE_POPOVER, NULL));
  g_assert_cmpint (fixture->canvas->tool, ==, LEYDEN_TOOL_NONE);
}

/* --- breadcrumb --- */

static void
click_middle (GtkWidget *widget)
{
  desktop_events_click (widget, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0, 1, 1, NULL);
}

/* Seven levels deep: those for which there is no room are in a menu, and it leads to them. */
static void
test_breadcrumb (Gestures      *fixture,
                 gconstpointer  data)
{
  GtkWidget *path, *menu, *level;

  leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, "exanswer");
  for (guint i = 0; i < 6; i++)
    {
      LeydenElementKind kind;
      const char *id = NULL;

      gtk_widget_activate_action (fixture->widget, "canvas.collapse", NULL);
      g_assert_true (leyden_selection_get_single (fixture->selection, &kind, &id));
      gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.open-body", "s", id);
      leyden_selection_set (fixture->selection, LEYDEN_ELEMENT_NODE, i == 5 ? "" : leyden_node_get_id (leyden_flow_find_node (leyden_canvas_model_get_flow (fixture->canvas->model), "extract")));
    }
  desktop_events_settle ();
  path = desktop_events_find (GTK_WIDGET (fixture->window), LEYDEN_TYPE_BREADCRUMB, NULL);
  menu = desktop_events_find (path, GTK_TYPE_MENU_BUTTON, NULL);
  click_middle (menu);
  desktop_events_wait_until (desktop_events_find (menu, GTK_TYPE_POPOVER, NULL) != NULL);
  level = desktop_events_find (gtk_popover_get_child (gtk_menu_button_get_popover (GTK_MENU_BUTTON (menu))), GTK_TYPE_BUTTON, NULL);
  click_middle (level);
  desktop_events_wait_until (leyden_flow_get_parent (leyden_canvas_model_get_flow (fixture->canvas->model)) == fixture->flow);
}

/* --- bookmarks --- */

/* Ctrl+Shift and a number on a node, the number goes back to it; with nothing selected it is what is seen. */
static void
test_bookmarks (Gestures      *fixture,
                gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "exanswer");
  double x, y, now_x, now_y, zoom;

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  desktop_events_key ("ctrl+shift+4", NULL);
  desktop_events_wait_until (leyden_document_can_undo (fixture->document));
  gestures_assert_undo (fixture, "Set Bookmark 4");
  desktop_events_key ("Escape", NULL);
  leyden_canvas_zoom_to (fixture->canvas, 1.5);
  desktop_events_settle ();
  leyden_canvas_get_middle (fixture->canvas, &x, &y);
  zoom = leyden_canvas_get_zoom (fixture->canvas);
  desktop_events_key ("ctrl+shift+2", NULL);
  gestures_assert_undo (fixture, "Set Bookmark 2");
  leyden_canvas_fit (fixture->canvas);
  desktop_events_settle ();
  desktop_events_key ("4", NULL);
  desktop_events_wait_until (is_shown (fixture, "exanswer"));
  desktop_events_key ("2", NULL);
  desktop_events_wait_until (fabs (leyden_canvas_get_zoom (fixture->canvas) - zoom) < 0.01);
  leyden_canvas_get_middle (fixture->canvas, &now_x, &now_y);
  g_assert_cmpfloat_with_epsilon (now_x, x, 2);
  g_assert_cmpfloat_with_epsilon (now_y, y, 2);
}

/* --- replace a node --- */

/* What is lost is told first; Escape leaves all as it is; what fits stays. */
static void
test_replace_node (Gestures      *fixture,
                   gconstpointer  data)
{
  graphene_point_t at = gestures_center (fixture, "solveagt");
  LeydenNode *node;

  desktop_events_click (fixture->widget, at.x, at.y, 1, 1, NULL);
  for (guint i = 0; i < 2; i++)
    {
      desktop_events_key ("ctrl+shift+r", NULL);
      desktop_events_wait_until (fixture->canvas->popover != NULL && gtk_widget_get_mapped (fixture->canvas->popover));
      g_assert_nonnull (desktop_events_find (fixture->canvas->popover, GTK_TYPE_LABEL, "Classifier"));
      g_assert_null (desktop_events_find (fixture->canvas->popover, GTK_TYPE_LABEL, "Agent"));
      desktop_events_type ("model call");
      desktop_events_key ("Return", NULL);
      desktop_events_wait_until (find_dialog (fixture) != NULL);
      g_assert_false (leyden_document_can_undo (fixture->document));
      desktop_events_key (i == 0 ? "Escape" : "Return", NULL);
      desktop_events_wait_until (find_dialog (fixture) == NULL);
    }
  desktop_events_wait_until (leyden_document_can_undo (fixture->document));
  gestures_assert_undo (fixture, "Replace Node");
  node = leyden_flow_get_node (fixture->flow, "solveagt");
  g_assert_cmpstr (leyden_node_get_type_name (node), ==, "chat");
  g_assert_cmpstr (leyden_node_get_title (node), ==, "Solver");
  g_assert_cmpuint (gestures_count_edges (fixture, "solveagt", "prompt"), ==, 1);
  g_assert_cmpuint (gestures_count_edges (fixture, "exanswer", "text"), ==, 1);
  g_assert_true (is_shown (fixture, "solveagt"));
}

/* --- find and replace --- */

static GtkWidget *
find_bar (Gestures *fixture)
{
  return desktop_events_find (GTK_WIDGET (fixture->window), LEYDEN_TYPE_FIND_BAR, NULL);
}

static gboolean
says (Gestures   *fixture,
      const char *text)
{
  GtkWidget *bar = find_bar (fixture);

  return bar != NULL && desktop_events_find (bar, GTK_TYPE_LABEL, text) != NULL;
}

/* Typed, stepped through with the keys staying in the bar, opened in the inspector by Enter in the list, closed by Escape. */
static void
test_find (Gestures      *fixture,
           gconstpointer  data)
{
  GtkWidget *focus;

  desktop_events_key ("ctrl+f", NULL);
  desktop_events_wait_until (find_bar (fixture) != NULL);
  desktop_events_type ("answer");
  desktop_events_wait_until (says (fixture, "8 matches"));
  desktop_events_key ("Return", NULL);
  desktop_events_wait_until (says (fixture, "1 of 8: Flow · Description"));
  desktop_events_key ("Return", "F3", "Return", NULL);
  desktop_events_wait_until (says (fixture, "4 of 8: Final answer · Title"));
  g_assert_true (is_shown (fixture, "exanswer"));
  focus = gtk_root_get_focus (GTK_ROOT (fixture->window));
  g_assert_true (gtk_widget_is_ancestor (focus, find_bar (fixture)));
  desktop_events_key ("shift+Return", NULL);
  desktop_events_wait_until (is_shown (fixture, "question"));
  desktop_events_key ("Escape", NULL);
  desktop_events_wait_until (find_bar (fixture) == NULL);
  focus = gtk_root_get_focus (GTK_ROOT (fixture->window));
  g_assert_true (focus == fixture->widget || gtk_widget_is_ancestor (focus, fixture->widget));
}

/* A match in the list is opened where it is edited. */
static void
test_find_open (Gestures      *fixture,
                gconstpointer  data)
{
  GtkWidget *list;

  desktop_events_key ("ctrl+f", NULL);
  desktop_events_type ("arithmetic");
  desktop_events_wait_until (find_bar (fixture) != NULL && desktop_events_find (find_bar (fixture), GTK_TYPE_LIST_VIEW, NULL) != NULL);
  list = desktop_events_find (find_bar (fixture), GTK_TYPE_LIST_VIEW, NULL);
  desktop_events_click (list, 60, 14, 1, 2, NULL);
  desktop_events_wait_until (leyden_selection_get_size (fixture->selection) == 1);
  desktop_events_wait_until (gtk_widget_get_ancestor (gtk_root_get_focus (GTK_ROOT (fixture->window)), LEYDEN_TYPE_PARAMETER_ROW) != NULL);
}

static void
press_button (Gestures   *fixture,
              const char *label)
{
  GtkWidget *button = desktop_events_find (find_bar (fixture), GTK_TYPE_BUTTON, label);

  g_assert_nonnull (button);
  desktop_events_click (button, gtk_widget_get_width (button) / 2.0, gtk_widget_get_height (button) / 2.0, 1, 1, NULL);
}

/* All at once is one step; what may not change stays and is counted; one alone goes on to the next. */
static void
test_replace (Gestures      *fixture,
              gconstpointer  data)
{
  g_autoptr(GBytes) before = leyden_flow_serialize (fixture->flow);

  desktop_events_key ("ctrl+h", NULL);
  desktop_events_wait_until (find_bar (fixture) != NULL);
  desktop_events_type ("answer");
  desktop_events_wait_until (says (fixture, "8 matches"));
  desktop_events_click (desktop_events_find (find_bar (fixture), GTK_TYPE_ENTRY, NULL), 20, 10, 1, 1, NULL);
  desktop_events_type ("result");
  press_button (fixture, "All");
  desktop_events_wait_until (says (fixture, "5 replaced · 3 left: ids, keys, locked settings and names that wires hang on stay"));
  g_assert_cmpstr (leyden_node_get_title (leyden_flow_get_node (fixture->flow, "exanswer")), ==, "Final result");
  gestures_assert_undo (fixture, "Replace All");
  g_assert_true (leyden_document_undo (fixture->document, NULL));
  {
    g_autoptr(GBytes) undone = leyden_flow_serialize (fixture->flow);

    g_assert_true (g_bytes_equal (undone, before));
  }
  desktop_events_wait_until (desktop_events_find (find_bar (fixture), GTK_TYPE_LIST_VIEW, NULL) != NULL);
  press_button (fixture, "Replace");
  desktop_events_wait_until (says (fixture, "1 of 8: Flow · Description"));
  press_button (fixture, "Replace");
  desktop_events_wait_until (says (fixture, "1 of 7: Word problem · Fields"));
  /* The name of a port stays, with the reason. */
  press_button (fixture, "Replace");
  desktop_events_wait_until (says (fixture, "Names that wires hang on stay as they are"));
  press_button (fixture, "Replace");
  desktop_events_wait_until (says (fixture, "2 of 6: Final answer · Title"));
}

int
main (int    argc,
      char **argv)
{
  desktop_test_init (&argc, &argv);
  GESTURE ("/structure/group", test_group);
  GESTURE ("/structure/rename", test_rename);
  GESTURE ("/structure/rename/frame", test_rename_frame);
  GESTURE ("/structure/rename/opaque", test_rename_opaque);
  GESTURE ("/structure/box-order", test_box_order);
  GESTURE ("/structure/open-group", test_open_group);
  GESTURE ("/structure/breadcrumb", test_breadcrumb);
  GESTURE ("/structure/bookmarks", test_bookmarks);
  GESTURE ("/structure/replace-node", test_replace_node);
  GESTURE ("/structure/find", test_find);
  GESTURE ("/structure/find/open", test_find_open);
  GESTURE ("/structure/replace", test_replace);
  return desktop_test_run ();
}
