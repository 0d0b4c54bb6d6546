/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-helpers.h"
#include "leyden-approval-dialog.h"
#include "leyden-session.h"

/* The dialog by itself, and over `leydenctl serve`. */

static const char permissions_text[] =
  "[{\"hash\": \"h1\", \"kind\": \"python\", \"node\": \"p\", \"title\": \"Sum <b>up\", \"approved\": false, \"sandbox\": null, \"sandbox_reason\": \"no bwrap\","
  " \"what\": {\"kind\": \"python\", \"program\": \"/usr/bin/python3\", \"arguments\": [], \"environment\": [\"TERM\"], \"script\": \"result = 1\\n# two\", \"network\": false}},"
  " {\"hash\": \"h2\", \"kind\": \"command\", \"node\": \"c\", \"title\": \"List\", \"approved\": false, \"sandbox\": \"bubblewrap\","
  " \"what\": {\"kind\": \"command\", \"program\": \"/usr/bin/ls\", \"arguments\": [\"-l\", \"a b\"], \"environment\": [], \"script\": null, \"network\": true}},"
  " {\"hash\": \"h3\", \"kind\": \"address\", \"node\": \"h\", \"title\": \"Ask\", \"approved\": false, \"what\": {\"kind\": \"address\", \"address\": \"127.0.0.1:8080\"}},"
  " {\"hash\": \"h4\", \"kind\": \"command\", \"node\": \"d\", \"title\": \"Old\", \"approved\": true, \"sandbox\": \"bubblewrap\", \"what\": {}}]";

static char *answered;

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             gpointer          data)
{
  g_free (answered);
  answered = g_strdup (response);
}

static void
test_shown (void)
{
  g_autoptr(LeydenValue) permissions = test_value (permissions_text);
  GtkWidget *dialog = leyden_approval_dialog_new (NULL, permissions);
  static const char * const parts[] = { "Sum <b>up", "/usr/bin/python3", "TERM", "Not sandboxed", "no bwrap", "/usr/bin/ls", "“-l” “a b”",
                                        "reaches the network", "127.0.0.1:8080" };
  GtkTextBuffer *buffer;
  g_autofree char *script = NULL;
  GtkTextIter start, end;

  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  test_picture (dialog, "approval");
  g_assert_cmpuint (leyden_approval_dialog_get_n (LEYDEN_APPROVAL_DIALOG (dialog)), ==, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_test_message ("%s", parts[i]);
      g_assert_true (test_shows (dialog, parts[i]));
    }
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (test_find (dialog, GTK_TYPE_TEXT_VIEW, 0)));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  script = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_assert_cmpstr (script, ==, "result = 1\n# two");

  /* Nothing is approved by default, nor while one is missing. */
  g_assert_false (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "approve"));
  for (guint i = 0; i < 3; i++)
    {
      GtkCheckButton *check = GTK_CHECK_BUTTON (test_find (dialog, GTK_TYPE_CHECK_BUTTON, i));

      g_assert_false (gtk_check_button_get_active (check));
      gtk_check_button_set_active (check, TRUE);
      g_assert_cmpint (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "approve"), ==, i == 2);
    }
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (dialog, GTK_TYPE_CHECK_BUTTON, 1)), FALSE);
  g_assert_false (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "approve"));
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), NULL);
  gtk_window_close (GTK_WINDOW (dialog));
  test_settle ();
  g_assert_cmpstr (answered, ==, "cancel");
  g_clear_pointer (&answered, g_free);
}

/* Approved is what is seen: no end is cut off, no line end is hidden in a comment, and one argument never looks like two. */
static void
test_whole (void)
{
  g_autofree char *padding = g_strnfill (3000, 'x');
  g_autofree char *text = g_strdup_printf (
    "[{\"hash\": \"h1\", \"kind\": \"command\", \"title\": \"a\", \"approved\": false, \"sandbox\": \"bubblewrap\", \"what\": {\"kind\": \"command\","
    " \"program\": \"/bin/sh\", \"arguments\": [\"-c\", \": # %s\\nrm -r x\"], \"environment\": [], \"script\": null, \"network\": false}},"
    " {\"hash\": \"h2\", \"kind\": \"command\", \"title\": \"b\", \"approved\": false, \"sandbox\": \"bubblewrap\", \"what\": {\"kind\": \"command\","
    " \"program\": \"/bin/sh\", \"arguments\": [\"-c\", \"# a\\nb” “c\"], \"environment\": [], \"script\": null, \"network\": false}},"
    " {\"hash\": \"h3\", \"kind\": \"python\", \"title\": \"c\", \"approved\": false, \"sandbox\": \"bubblewrap\", \"what\": {\"kind\": \"python\","
    " \"program\": \"/usr/bin/python3\", \"arguments\": [], \"environment\": [], \"script\": \"# a\\rimport os\\r\\nb\", \"network\": false}}]", padding);
  g_autoptr(LeydenValue) permissions = test_value (text);
  GtkWidget *dialog = leyden_approval_dialog_new (NULL, permissions);
  g_autofree char *expected = g_strdup_printf ("“-c” “: # %s\\nrm -r x”", padding);
  const char *views[] = { expected, "# a\nimport os\nb" };

  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (test_find (dialog, GTK_TYPE_TEXT_VIEW, i)));
      g_autofree char *shown = NULL;
      GtkTextIter start, end;

      gtk_text_buffer_get_bounds (buffer, &start, &end);
      shown = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
      g_assert_cmpstr (shown, ==, views[i]);
    }
  g_assert_true (test_shows (dialog, "“-c” “# a\\nb\\u201d \\u201cc”"));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* ---- With a backend ---- */

typedef struct
{
  LeydenValue *run;
  GError      *error;
  gboolean     done;
} Posted;

static void
posted_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Posted *posted = data;

  posted->run = leyden_approval_post_finish (LEYDEN_BACKEND (object), result, &posted->error);
  posted->done = TRUE;
}

static AdwMessageDialog *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GObject) window = g_list_model_get_item (windows, i);

      if (LEYDEN_IS_APPROVAL_DIALOG (window))
        return ADW_MESSAGE_DIALOG (window);
    }
  return NULL;
}

static LeydenValue *
make_body (const char *script)
{
  g_autofree char *text = g_strdup_printf (
    "{\"input\": {}, \"flow\": {\"leyden\": 1, \"id\": \"f\", \"nodes\": [{\"id\": \"p\", \"type\": \"python\", \"parameters\": {\"inputs\": [], \"script\": \"%s\"}},"
    " {\"id\": \"o\", \"type\": \"output\"}], \"edges\": [{\"id\": \"e\", \"source\": \"p\", \"source_port\": \"result\", \"target\": \"o\","
    " \"target_port\": \"result\"}]}}", script);

  return test_value (text);
}

static void
post (GtkWidget   *window,
      LeydenValue *body,
      Posted      *posted)
{
  LeydenSession *session = leyden_session_get_default ();

  leyden_session_start (session);
  leyden_approval_post_async (window, leyden_session_get_backend (session), "/leyden/v1/runs", body, NULL, posted_cb, posted);
}

static void
test_declined (void)
{
  GtkWidget *window = test_window (gtk_label_new ("here"), 400, 300);
  g_autoptr(LeydenValue) body = make_body ("result = 'declined'");
  Posted posted = { 0 };

  post (window, body, &posted);
  test_wait_until (find_dialog () != NULL);
  gtk_window_close (GTK_WINDOW (find_dialog ()));
  test_wait_until (posted.done);
  g_assert_error (posted.error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY);
  g_clear_error (&posted.error);
  test_settle ();
  g_assert_null (find_dialog ());
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_approved (void)
{
  GtkWidget *window = test_window (gtk_label_new ("here"), 400, 300);
  g_autoptr(LeydenValue) body = make_body ("result = 'approved'");
  Posted posted = { 0 }, again = { 0 };

  post (window, body, &posted);
  test_wait_until (find_dialog () != NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (GTK_WIDGET (find_dialog ()), GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  g_signal_emit_by_name (test_find_button (GTK_WIDGET (find_dialog ()), "Approve and Run"), "clicked");
  test_wait_until (posted.done);
  g_assert_no_error (posted.error);
  g_assert_nonnull (leyden_value_get_member_string (posted.run, "run", NULL));
  /* The second time nobody is asked. */
  post (window, body, &again);
  test_wait_until (again.done);
  g_assert_no_error (again.error);
  leyden_value_unref (posted.run);
  leyden_value_unref (again.run);
  test_settle ();
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  if (!test_backend_start ())
    {
      g_print ("1..0 # SKIP there is no leydenctl\n");
      return 0;
    }
  g_test_add_func ("/approval/shown", test_shown);
  g_test_add_func ("/approval/whole", test_whole);
  g_test_add_func ("/approval/declined", test_declined);
  g_test_add_func ("/approval/approved", test_approved);
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
