/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <glib/gstdio.h>

#include "leyden-bottom-panel.h"
#include "leyden-flow-pins.h"
#include "leyden-json.h"
#include "leyden-session.h"
#include "leyden-try-panel.h"
#include "leyden-try-state.h"
#include "leyden-values-dialog.h"

/* One node by itself in the window, with a backend of its own. */

#define SAMPLE "calculator-agent"
#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

static LeydenTryPanel *
get_try (LeydenWindow *window)
{
  return LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "try"));
}

static LeydenCanvasNode *
get_node (LeydenWindow *window,
          const char   *id)
{
  return leyden_canvas_model_get_node (leyden_canvas_get_model (leyden_window_get_canvas (window)), id);
}

/* What the panel told last. */
typedef struct
{
  LeydenWindow *window;
  LeydenValue  *state;
  char         *ended;          /* node of the part that ended last */
  GError       *refused;
} Told;

static void
state_cb (Told        *told,
          LeydenValue *state)
{
  g_clear_pointer (&told->state, leyden_value_unref);
  told->state = state != NULL ? leyden_value_ref (state) : NULL;
}

static void
part_ended_cb (Told        *told,
               const char  *node,
               LeydenValue *state)
{
  g_free (told->ended);
  told->ended = g_strdup (node);
}

static void
part_refused_cb (Told         *told,
                 const char   *mode,
                 const char   *node,
                 const GError *error)
{
  g_clear_error (&told->refused);
  told->refused = g_error_copy (error);
}

static gboolean
has_ended (gpointer data)
{
  return ((Told *) data)->ended != NULL;
}

static gboolean
is_refused (gpointer data)
{
  return ((Told *) data)->refused != NULL;
}

static gboolean
is_final (gpointer data)
{
  Told *told = data;

  return told->state != NULL && leyden_try_state_is_final (told->state);
}

static void
open_window (Told *told)
{
  *told = (Told) { .window = desktop_test_window (1280, 800) };
  leyden_window_open_sample (told->window, SAMPLE);
  leyden_window_show_panel (told->window, "try");
  g_signal_connect_swapped (get_try (told->window), "state", G_CALLBACK (state_cb), told);
  g_signal_connect_swapped (get_try (told->window), "part-ended", G_CALLBACK (part_ended_cb), told);
  g_signal_connect_swapped (get_try (told->window), "part-refused", G_CALLBACK (part_refused_cb), told);
}

static void
close_window (Told *told)
{
  g_signal_handlers_disconnect_by_data (get_try (told->window), told);
  leyden_document_close (leyden_window_get_document (told->window), TRUE);
  leyden_window_close_now (told->window);
  desktop_test_spin (200);
  g_clear_pointer (&told->state, leyden_value_unref);
  g_clear_pointer (&told->ended, g_free);
  g_clear_error (&told->refused);
}

static void
select_node (Told       *told,
             const char *id)
{
  leyden_canvas_show_element (leyden_window_get_canvas (told->window), LEYDEN_ELEMENT_NODE, id);
  desktop_test_spin (50);
}

static void
act (Told       *told,
     const char *action)
{
  gtk_widget_activate_action (GTK_WIDGET (leyden_window_get_canvas (told->window)), action, NULL);
}

static GtkWindow *
find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (window), type) && gtk_widget_get_mapped (GTK_WIDGET (window)))
        return window;
    }
  return NULL;
}

static gboolean
is_open (gpointer type)
{
  return find_window (GPOINTER_TO_SIZE (type)) != NULL;
}

static void
try_flow (Told *told)
{
  g_autoptr(LeydenValue) question = leyden_value_new_string (QUESTION, -1);

  leyden_try_panel_set_value (get_try (told->window), "question", question);
  leyden_try_panel_start (get_try (told->window));
  desktop_test_wait (is_final, told);
  g_assert_cmpstr (leyden_try_state_get_name (told->state), ==, "succeeded");
}

/* Nothing ran yet: it is said, and the inputs can be typed. */
static void
test_typed (void)
{
  Told told;
  LeydenValuesDialog *dialog;

  open_window (&told);
  select_node (&told, "prompter");
  act (&told, "canvas.run-node");
  desktop_test_wait (is_refused, &told);
  g_assert_error (told.refused, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT);
  desktop_test_wait (is_open, GSIZE_TO_POINTER (LEYDEN_TYPE_VALUES_DIALOG));
  dialog = LEYDEN_VALUES_DIALOG (find_window (LEYDEN_TYPE_VALUES_DIALOG));
  leyden_values_dialog_done (dialog);
  g_assert_cmpstr (leyden_values_dialog_get_problem (dialog), !=, "");
  leyden_values_dialog_type (dialog, "question", "typed here");
  leyden_values_dialog_done (dialog);
  desktop_test_wait (has_ended, &told);
  g_assert_cmpstr (told.ended, ==, "prompter");
  g_assert_nonnull (strstr (leyden_value_get_string (leyden_value_lookup_pointer (told.state, "/nodes/prompter/outputs/text"), NULL), "typed here"));
  close_window (&told);
}

/* The flow, then one node again: what nothing changed for is reused, what it was given is shown as such. */
static void
test_run (void)
{
  Told told;

  open_window (&told);
  try_flow (&told);
  select_node (&told, "solveagt");
  g_clear_pointer (&told.state, leyden_value_unref);
  act (&told, "canvas.run-node");
  desktop_test_wait (has_ended, &told);
  g_assert_cmpstr (told.ended, ==, "solveagt");
  g_assert_true (leyden_try_state_is_one_node (told.state));
  desktop_test_spin (100);
  g_assert_cmpint (get_node (told.window, "solveagt")->origin, ==, LEYDEN_NODE_ORIGIN_KEPT);
  g_assert_cmpint (get_node (told.window, "prompter")->origin, ==, LEYDEN_NODE_ORIGIN_EARLIER);
  g_assert_cmpint (get_node (told.window, "exanswer")->state, ==, LEYDEN_NODE_STATE_NONE);

  g_clear_pointer (&told.ended, g_free);
  select_node (&told, "exanswer");
  act (&told, "canvas.run-from");
  desktop_test_wait (has_ended, &told);
  g_assert_false (leyden_try_state_is_one_node (told.state));
  desktop_test_spin (100);
  g_assert_cmpint (get_node (told.window, "solveagt")->origin, ==, LEYDEN_NODE_ORIGIN_EARLIER);
  g_assert_cmpint (get_node (told.window, "resulted")->state, ==, LEYDEN_NODE_STATE_SUCCEEDED);

  act (&told, "canvas.why-ran");
  desktop_test_wait (is_open, GSIZE_TO_POINTER (ADW_TYPE_MESSAGE_DIALOG));
  gtk_window_close (find_window (ADW_TYPE_MESSAGE_DIALOG));
  desktop_test_spin (100);
  close_window (&told);
}

/* Pinned with what it gave last, undone like any edit; and typed. */
static void
test_pin (void)
{
  Told told;
  LeydenDocument *document;
  LeydenValuesDialog *dialog;
  LeydenNode *node;

  open_window (&told);
  document = leyden_window_get_document (told.window);
  try_flow (&told);
  select_node (&told, "solveagt");
  act (&told, "canvas.pin");
  node = leyden_flow_get_node (leyden_document_get_flow (document), "solveagt");
  g_assert_nonnull (leyden_pin_get_outputs (leyden_node_get_pin (node)));
  desktop_test_spin (100);
  g_assert_true (gtk_widget_has_css_class (get_node (told.window, "solveagt")->view, "pinned"));
  g_assert_true (leyden_document_can_undo (document));
  leyden_document_undo (document, NULL);
  node = leyden_flow_get_node (leyden_document_get_flow (document), "solveagt");
  g_assert_null (leyden_node_get_pin (node));

  act (&told, "canvas.edit-pin");
  desktop_test_wait (is_open, GSIZE_TO_POINTER (LEYDEN_TYPE_VALUES_DIALOG));
  dialog = LEYDEN_VALUES_DIALOG (find_window (LEYDEN_TYPE_VALUES_DIALOG));
  leyden_values_dialog_type (dialog, "messages", "no list");
  leyden_values_dialog_done (dialog);
  g_assert_cmpstr (leyden_values_dialog_get_problem (dialog), !=, "");
  leyden_values_dialog_type (dialog, "messages", "");
  leyden_values_dialog_type (dialog, "text", "ANSWER: 77");
  leyden_values_dialog_done (dialog);
  node = leyden_flow_get_node (leyden_document_get_flow (document), "solveagt");
  g_assert_true (leyden_value_get_member_boolean (leyden_node_get_pin (node), "edited", FALSE));
  g_clear_pointer (&told.state, leyden_value_unref);
  desktop_test_spin (100);
  try_flow (&told);
  g_assert_cmpstr (leyden_value_get_string (leyden_value_lookup_pointer (told.state, "/nodes/solveagt/outputs/text"), NULL), ==, "ANSWER: 77");
  g_assert_cmpint (get_node (told.window, "solveagt")->origin, ==, LEYDEN_NODE_ORIGIN_PINNED);
  select_node (&told, "solveagt");
  act (&told, "canvas.pin");
  node = leyden_flow_get_node (leyden_document_get_flow (document), "solveagt");
  g_assert_null (leyden_node_get_pin (node));
  close_window (&told);
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GError) error = NULL;

  leyden_backend_shutdown_finish (LEYDEN_BACKEND (object), result, &error);
  *(gpointer *) data = GINT_TO_POINTER (1);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static void
test_end (void)
{
  gpointer done = NULL;

  leyden_backend_shutdown_async (get_backend (), FALSE, NULL, ended_cb, &done);
  desktop_test_wait (is_set, &done);
}

int
main (int    argc,
      char **argv)
{
  const char *program = g_getenv ("LEYDENCTL");
  g_autofree char *folder = g_dir_make_tmp ("leyden-nodes-XXXXXX", NULL);
  int status;

  desktop_test_init (&argc, &argv);
  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP leydenctl was not built\n");
      return 0;
    }
  leyden_backend_set_program (get_backend (), program);
  leyden_backend_set_folder (get_backend (), folder);
  g_setenv ("LEYDEN_RENDEZVOUS_FOLDER", folder, TRUE);
  g_test_add_func ("/window-nodes/typed", test_typed);
  g_test_add_func ("/window-nodes/run", test_run);
  g_test_add_func ("/window-nodes/pin", test_pin);
  g_test_add_func ("/window-nodes/end", test_end);
  status = desktop_test_run ();
  g_rmdir (folder);
  return status;
}
