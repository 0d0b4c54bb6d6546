/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog of reports, over a backend that says what the test needs. */
#include "config.h"
#include "desktop-helpers.h"

#include <string.h>

#include "leyden-report-dialog.h"
#include "mock-backend.h"

#define LIST "GET /leyden/v1/schedules"
#define MAKE "POST /leyden/v1/reports"

typedef struct
{
  GtkWidget *parent;
  GtkWindow *dialog;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(LeydenValue) time = test_value ("{\"range\":\"7d\"}");
  g_autoptr(LeydenValue) variables = test_value ("{\"flow\":\"f1\"}");

  mock_backend_start ();
  mock_backend_answer (LIST, 200, "{\"schedules\":[{\"id\":\"mine\",\"schedule\":{\"dashboard\":\"ready-cost\",\"every\":\"week\",\"at\":\"07:30\"},\"next\":1900000000000000000,"
                                  "\"error\":null},{\"id\":\"other\",\"schedule\":{\"dashboard\":\"ready-quality\",\"every\":\"day\",\"at\":\"08:00\"},\"next\":1900000000000000000},"
                                  "{\"id\":\"failed\",\"schedule\":{\"dashboard\":\"ready-cost\",\"every\":\"day\",\"at\":\"09:00\"},\"next\":1900000000000000000,\"error\":\"<b>gone\"}]}");
  fixture->parent = gtk_window_new ();
  gtk_window_present (GTK_WINDOW (fixture->parent));
  fixture->dialog = leyden_report_dialog_present (GTK_WINDOW (fixture->parent), "ready-cost", NULL, "Cost <i>of/all", time, "Europe/Berlin", variables);
  test_settle ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  gtk_window_close (fixture->dialog);
  gtk_window_destroy (GTK_WINDOW (fixture->parent));
  test_settle ();
  mock_backend_stop ();
}

static GtkWidget *
find (GtkWidget  *root,
      GType       type,
      const char *text)
{
  g_autofree char *has = NULL;

  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    {
      if (text == NULL)
        return root;
      g_object_get (root, GTK_IS_LABEL (root) ? "label" : ADW_IS_PREFERENCES_ROW (root) ? "title" : "tooltip-text", &has, NULL);
      if (has != NULL && strstr (has, text) != NULL)
        return root;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Those of this dashboard; what failed says so, as text. */
static void
test_schedules (Fixture       *fixture,
                gconstpointer  data)
{
  GtkWidget *root = GTK_WIDGET (fixture->dialog), *remove;
  int minimum;

  test_wait_until (find (root, ADW_TYPE_ACTION_ROW, "Every week at 07:30") != NULL);
  g_assert_nonnull (find (root, GTK_TYPE_LABEL, "The last time: <b>gone"));
  g_assert_null (find (root, ADW_TYPE_ACTION_ROW, "08:00"));
  gtk_widget_measure (root, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);

  mock_backend_answer ("DELETE /leyden/v1/schedules/mine", 204, "");
  remove = find (root, GTK_TYPE_BUTTON, "Remove “Every week at 07:30”");
  g_assert_nonnull (remove);
  g_signal_emit_by_name (remove, "clicked");
  test_wait_until (mock_backend_count ("DELETE /leyden/v1/schedules/mine") == 1);
  /* It is asked what there is now. */
  test_wait_until (mock_backend_count (LIST) == 2);
}

static void
test_add (Fixture       *fixture,
          gconstpointer  data)
{
  GtkWidget *root = GTK_WIDGET (fixture->dialog);
  const char *sent;

  mock_backend_answer ("PUT /leyden/v1/schedules", 422, "{\"detail\":\"at: must be a time\"}");
  gtk_widget_activate_action (root, "report.schedule", NULL);
  test_wait_until (mock_backend_count ("PUT /leyden/v1/schedules/") == 1);
  sent = mock_backend_last ("PUT /leyden/v1/schedules/");
  g_assert_nonnull (strstr (sent, "\"dashboard\":\"ready-cost\""));
  g_assert_nonnull (strstr (sent, "\"every\":\"day\",\"at\":\"07:30\""));
  /* Half past seven where the dashboard's clock is, which is said. */
  g_assert_nonnull (strstr (sent, "\"zone\":\"Europe/Berlin\""));
  g_assert_nonnull (find (root, GTK_TYPE_LABEL, "Europe/Berlin"));
  g_assert_nonnull (strstr (sent, "\"variables\":{\"flow\":\"f1\"}"));
  g_assert_nonnull (strstr (sent, "\"time\":{\"range\":\"7d\"}"));
}

static void
test_save (Fixture       *fixture,
           gconstpointer  data)
{
  GtkWidget *root = GTK_WIDGET (fixture->dialog);
  g_autofree char *path = g_build_filename (test_desktop_folder (), "cost.html", NULL);
  g_autofree char *contents = NULL;
  g_autoptr(GFile) file = g_file_new_for_path (path);

  mock_backend_answer (MAKE, 422, "{\"detail\":\"zone: there is none\"}");
  leyden_report_dialog_save (LEYDEN_REPORT_DIALOG (root), file);
  test_wait_until (find (root, GTK_TYPE_LABEL, "zone: there is none") != NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  mock_backend_answer (MAKE, 201, "{\"report\":\"r1\",\"title\":\"Cost\"}");
  mock_backend_answer ("GET /leyden/v1/reports/r1", 200, "\"the file\"");
  leyden_report_dialog_save (LEYDEN_REPORT_DIALOG (root), file);
  test_wait_until (find (root, GTK_TYPE_LABEL, "The report was written to cost.html") != NULL);
  /* The end of the name says the format. */
  g_assert_nonnull (strstr (mock_backend_last (MAKE), "\"format\":\"html\""));
  g_assert_nonnull (strstr (mock_backend_last (MAKE), "\"time\":{\"range\":\"7d\"}"));
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "\"the file\"");
}

/* Closed while everything is on its way: what comes then finds nobody, and the dialog goes when the last of it came. */
static void
test_closed (void)
{
  g_autofree char *path = g_build_filename (test_desktop_folder (), "late.html", NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  GtkWidget *dialog;
  gpointer watched;

  mock_backend_start ();
  mock_backend_answer (LIST, 200, "{\"schedules\":[{\"id\":\"mine\",\"schedule\":{\"dashboard\":\"d\",\"every\":\"week\",\"at\":\"07:30\"},\"next\":0}]}");
  mock_backend_answer (MAKE, 201, "{\"report\":\"r1\",\"title\":\"Cost\"}");
  dialog = GTK_WIDGET (leyden_report_dialog_present (NULL, "d", NULL, "Cost", NULL, NULL, NULL));
  test_wait_until (find (dialog, ADW_TYPE_ACTION_ROW, "Every week") != NULL);
  mock_backend_answer ("DELETE /leyden/v1/schedules/mine", 204, "");
  g_signal_emit_by_name (find (dialog, GTK_TYPE_BUTTON, "Remove “Every week at 07:30”"), "clicked");
  gtk_widget_activate_action (dialog, "report.schedule", NULL);
  leyden_report_dialog_save (LEYDEN_REPORT_DIALOG (dialog), file);
  watched = dialog;
  g_object_add_weak_pointer (watched, &watched);
  gtk_window_destroy (GTK_WINDOW (dialog));
  test_wait_until (watched == NULL);
  test_settle ();
  g_assert_cmpuint (mock_backend_count (LIST), ==, 1);
  g_assert_cmpuint (mock_backend_count ("GET /leyden/v1/reports"), ==, 0);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  mock_backend_stop ();
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add ("/reports/schedules", Fixture, NULL, set_up, test_schedules, tear_down);
  g_test_add ("/reports/add", Fixture, NULL, set_up, test_add, tear_down);
  g_test_add ("/reports/save", Fixture, NULL, set_up, test_save, tear_down);
  g_test_add_func ("/reports/closed", test_closed);
  return g_test_run ();
}
