/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "debugger-fixture.h"

#include "leyden-fork-dialog.h"
#include "leyden-run-panel.h"
#include "leyden-run-progress.h"
#include "leyden-run-proof.h"

/* From what went wrong to the proof that a change helps, in one sitting: by keyboard, over a real backend. */

static LeydenRunPanel *
get_run_panel (Fixture *fixture)
{
  return LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (fixture->window), "run"));
}

static const char *
get_run (Fixture *fixture)
{
  LeydenRunView *view = leyden_run_panel_get_view (get_run_panel (fixture));

  return view != NULL ? leyden_run_view_get_id (view) : "";
}

static gboolean
has_ended (Fixture *fixture)
{
  LeydenRunView *view = leyden_run_panel_get_view (get_run_panel (fixture));

  return view != NULL && !leyden_run_view_is_active (view);
}

static LeydenRolloutView *
get_view (Fixture *fixture)
{
  return leyden_tab_get_debug_view (fixture->window->tab);
}

/* Changes the prompt at the point that is looked at; then the fork stands beside the original. */
static void
fork_with (Fixture    *fixture,
           const char *prompt)
{
  g_autofree char *origin = g_strdup (leyden_rollout_view_get_rollout (get_view (fixture)));
  GtkWidget *dialog, *compared;

  leyden_canvas_show_element (fixture->canvas, LEYDEN_ELEMENT_NODE, "prompter");
  desktop_events_settle ();
  desktop_events_key ("ctrl+shift+F10", NULL);
  test_wait_until ((dialog = find_dialog (LEYDEN_TYPE_FORK_DIALOG)) != NULL);
  desktop_events_settle ();
  gtk_widget_grab_focus (test_find (dialog, GTK_TYPE_TEXT_VIEW, 0));
  desktop_events_key ("ctrl+a", NULL);
  desktop_events_type (prompt);
  gtk_widget_grab_focus (test_find_button (dialog, "Fork"));
  desktop_events_key ("Return", NULL);
  test_wait_until (find_dialog (LEYDEN_TYPE_FORK_DIALOG) == NULL);
  test_wait_until (g_strcmp0 (leyden_rollout_view_get_rollout (get_view (fixture)), origin) != 0);
  test_wait_until ((compared = find_compare ()) != NULL);
  test_wait_until (leyden_rollout_view_is_final (get_view (fixture)));
  test_wait_until (test_shows (compared, "They begin to differ at Ask"));
  test_picture (compared, "fork-beside-original");
  desktop_events_settle ();
  desktop_events_key ("Escape", NULL);
  test_wait_until (find_compare () == NULL);
}

/* The prompt in the flow. An edit puts another node in the place of the one that was there, so it is looked up each time. */
static gboolean
has_prompt (Fixture    *fixture,
            const char *prompt)
{
  LeydenNode *node = leyden_flow_get_node (leyden_document_get_flow (fixture->document), "prompter");

  return g_strcmp0 (leyden_value_get_string (leyden_node_get_parameter (node, "template"), NULL), prompt) == 0;
}

/* The button of the notice, by keyboard. */
static void
press_try_all (Fixture *fixture)
{
  GtkWidget *button = test_find_button (GTK_WIDGET (fixture->window->tab->editor), "Try on All");

  g_assert_nonnull (button);
  desktop_events_focus (GTK_WINDOW (fixture->window));
  gtk_widget_grab_focus (button);
  desktop_events_key ("space", NULL);
  /* It led into the panel. */
  desktop_events_settle ();
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (fixture->window)), GTK_WIDGET (get_run_panel (fixture))));
}

static void
wait_verdict (Fixture *fixture)
{
  test_wait_until (has_said (fixture, "Against the flow before the change: "));
  test_picture (GTK_WIDGET (fixture->window), "debugger-verdict");
  g_assert_true (test_shows (GTK_WIDGET (get_run_panel (fixture)), "Against the flow before the change: "));
}

/* Run over all rows, open one that went wrong, rewind, change, fork, prove. */
static void
test_one_sitting (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *first = NULL;
  GtkWidget *list;

  if (!can_press (fixture))
    return;
  leyden_window_show_panel (fixture->window, "run");
  test_wait_until (leyden_run_panel_can_start (get_run_panel (fixture)));
  desktop_events_key ("F5", NULL);
  test_wait_until (has_ended (fixture));
  first = g_strdup (get_run (fixture));
  /* The first list is that of what is shown. */
  list = test_find (test_find (GTK_WIDGET (get_run_panel (fixture)), LEYDEN_TYPE_RUN_PROGRESS, 0), GTK_TYPE_LIST_VIEW, 1);
  test_wait_until (gtk_widget_get_mapped (list));
  gtk_widget_child_focus (list, GTK_DIR_TAB_FORWARD);
  desktop_events_settle ();
  desktop_events_key ("Return", NULL);
  test_wait_until (get_view (fixture) != NULL && leyden_rollout_view_is_final (get_view (fixture)));
  test_wait_until (leyden_value_get_member_double (leyden_rollout_view_get_state (get_view (fixture)), "reward", 1) < 1);
  leyden_window_show_panel (fixture->window, "debug");
  desktop_events_settle ();
  /* Rewind: to before the agent was asked. */
  for (guint i = 0; i < 60 && leyden_value_lookup_pointer (leyden_rollout_view_get_state (get_view (fixture)), "/nodes/solveagt") != NULL; i++)
    {
      desktop_events_key ("ctrl+F11", NULL);
      test_wait_until (leyden_rollout_view_is_current (get_view (fixture)));
    }
  g_assert_null (leyden_value_lookup_pointer (leyden_rollout_view_get_state (get_view (fixture)), "/nodes/solveagt"));
  test_wait_until (has_said (fixture, "Record "));
  fork_with (fixture, "Think step by step. {{ question }}");
  press_try_all (fixture);
  test_wait_until (has_prompt (fixture, "Think step by step. {{ question }}"));
  /* The run that the item was opened from is what it is compared with: nothing runs twice. */
  test_wait_until (!g_str_equal (get_run (fixture), first));
  test_wait_until (has_said (fixture, "Now with the change"));
  test_wait_until (has_ended (fixture));
  wait_verdict (fixture);
  desktop_events_key ("ctrl+z", NULL);
  test_wait_until (!has_prompt (fixture, "Think step by step. {{ question }}"));
}

/* From one try, without any run before: the flow as it was runs over the same rows first. */
static void
test_from_a_try (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *before = NULL;

  if (!can_press (fixture))
    return;
  start_debugging (fixture);
  desktop_events_key ("F5", NULL);
  test_wait_until (leyden_rollout_view_is_final (get_view (fixture)));
  fork_with (fixture, "Think. {{ question }}");
  press_try_all (fixture);
  test_wait_until (*get_run (fixture) != '\0');
  before = g_strdup (get_run (fixture));
  test_wait_until (has_said (fixture, "First the flow as it was"));
  test_wait_until (!g_str_equal (get_run (fixture), before));
  test_wait_until (has_said (fixture, "Now with the change"));
  test_wait_until (has_ended (fixture));
  wait_verdict (fixture);
}

/* --- which run will do --- */

#define HASHED(members) "{\"run\":\"a\",\"flow_hash\":\"%s\",\"n_items\":3,\"summary\":{\"done\":3,\"cancelled\":0}," members "}"
#define DATASET "\"dataset\":{\"sha256\":\"d\",\"split\":null,\"mapping\":{\"x\":\"y\"}}"
#define MODEL "\"model\":{\"endpoint\":\"e\",\"model\":\"m\"}"

static void
test_which_run (void)
{
  static const struct
  {
    const char *run;
    gboolean    fits;
  } cases[] = {
    { HASHED (DATASET "," MODEL), TRUE },
    { HASHED (DATASET "," MODEL ",\"state\":\"failed\""), TRUE },
    { HASHED (DATASET ",\"model\":{\"endpoint\":\"other\",\"model\":\"m\"}"), FALSE },
    { HASHED ("\"dataset\":{\"sha256\":\"other\",\"mapping\":{\"x\":\"y\"}}," MODEL), FALSE },
    { HASHED ("\"dataset\":{\"sha256\":\"d\",\"split\":\"test\",\"mapping\":{\"x\":\"y\"}}," MODEL), FALSE },
    { HASHED ("\"dataset\":{\"sha256\":\"d\",\"mapping\":{\"x\":\"z\"}}," MODEL), FALSE },
    { HASHED (DATASET "," MODEL ",\"fork\":{\"rollout\":\"r\"}"), FALSE },
    { HASHED (DATASET "," MODEL ",\"part\":{\"mode\":\"node\"}"), FALSE },
    { "{\"run\":\"a\",\"flow_hash\":\"%s\",\"n_items\":3,\"summary\":{\"done\":2,\"cancelled\":0}," DATASET "," MODEL "}", FALSE },
    { "{\"run\":\"a\",\"flow_hash\":\"%s\",\"n_items\":3,\"summary\":{\"done\":3,\"cancelled\":1}," DATASET "," MODEL "}", FALSE },
    { "{\"run\":\"a\",\"flow_hash\":\"%.3s\",\"n_items\":3,\"summary\":{\"done\":3,\"cancelled\":0}," DATASET "," MODEL "}", FALSE },
    { "{\"run\":7,\"flow_hash\":\"%s\"}", FALSE },
  };
  g_autoptr(LeydenFlow) flow = leyden_flow_new ();
  g_autoptr(LeydenRunProof) proof = leyden_run_proof_new (flow, flow);
  g_autoptr(LeydenValue) dataset = test_value ("{\"sha256\":\"d\",\"name\":\"n\",\"mapping\":{\"x\":\"y\"}}");
  g_autoptr(LeydenValue) model = test_value ("{\"endpoint\":\"e\",\"model\":null}");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) parts = g_strsplit (cases[i].run, "%s", 2);
      g_autofree char *run = parts[1] != NULL ? g_strconcat ("[", parts[0], proof->hash, parts[1], "]", NULL) : g_strconcat ("[", cases[i].run, "]", NULL);
      g_autoptr(LeydenValue) runs = test_value (run);

      g_test_message ("%s", run);
      g_assert_cmpint (leyden_run_proof_find (proof, runs, dataset, model) != NULL, ==, cases[i].fits);
    }
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/debugger-prove/which-run", test_which_run);
  /* The database is one for all: the other leaves a run of the flow as it was, which would be found. */
  g_test_add ("/debugger-prove/from-a-try", Fixture, NULL, set_up_real, test_from_a_try, tear_down_real);
  g_test_add ("/debugger-prove/one-sitting", Fixture, NULL, set_up_real, test_one_sitting, tear_down_real);
  return g_test_run ();
}
