/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* What the tests of the window share. */

/* Own folders for settings, data, state and run time; then GTest, GTK, libadwaita and the style sheets. FALSE (with a plan that says
 * so printed): there is no display. */
gboolean        test_desktop_init     (int *argc, char ***argv);
/* The folder that test_desktop_init() made. */
const char     *test_desktop_folder   (void);

/* Runs the main loop until @done says so; fails the test after a minute. */
void            test_wait_for         (gboolean (*done) (gpointer), gpointer data);
#define test_wait_until(condition)                                                                                                    \
  G_STMT_START                                                                                                                        \
    {                                                                                                                                 \
      gint64 test_end = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;                                                            \
      while (!(condition) && g_get_monotonic_time () < test_end)                                                                      \
        test_iterate ();                                                                                                              \
      g_assert_true (condition);                                                                                                      \
    }                                                                                                                                 \
  G_STMT_END
/* One turn of the main loop, at most 20 ms long. */
void            test_iterate          (void);
/* Runs the main loop for a while, until nothing is due. */
void            test_settle           (void);

LeydenValue    *test_value            (const char *json);
char           *test_text             (LeydenValue *value);
#define test_assert_value(value, json)                                                                                                \
  G_STMT_START                                                                                                                        \
    {                                                                                                                                 \
      g_autofree char *test_have = test_text (value);                                                                                 \
      g_autoptr(LeydenValue) test_wanted = test_value (json);                                                                         \
      g_autofree char *test_want = test_text (test_wanted);                                                                           \
      g_assert_cmpstr (test_have, ==, test_want);                                                                                     \
    }                                                                                                                                 \
  G_STMT_END

/* The calculator sample as a new document without journal folder of the user. */
LeydenDocument *test_sample           (void);
LeydenDocument *test_document         (const char *json);

/* The session's own backend: `leydenctl serve` with a database in the test's folder. FALSE when there is no program (the test is skipped). */
gboolean        test_backend_start    (void);
/* Ends it and proves that the process is gone. */
void            test_backend_stop     (void);
/* As kill -9 does. */
void            test_backend_kill     (void);
GPid            test_backend_pid      (void);
/* An answer of the backend; fails the test on an error. (transfer full) */
LeydenValue    *test_backend_get      (const char *path);
LeydenValue    *test_backend_post     (const char *path, LeydenValue *body);

/* A window of that size around @child, shown. */
GtkWidget      *test_window           (GtkWidget *child, int width, int height);
/* The @nth descendant of a type, depth first; NULL when there are fewer. */
GtkWidget      *test_find             (GtkWidget *root, GType type, guint nth);
/* The form of a panel has less room than it wants: a bar says so, and what gets the focus, the last too, comes into sight whole. */
void            test_assert_form_scrolls (GtkWidget *panel);
/* The first visible label (or button by its label) with that text. */
GtkWidget      *test_find_label       (GtkWidget *root, const char *text);
GtkWidget      *test_find_button      (GtkWidget *root, const char *label);
GtkWidget      *test_find_icon_button (GtkWidget *root, const char *icon);
/* Whether a visible label shows that text somewhere. */
gboolean        test_shows            (GtkWidget *root, const char *part);
/* Types at the end of an entry or text view. */
void            test_type             (GtkWidget *widget, const char *text);
/* Everything that can take the focus, has a name, and is reached with Tab; fails otherwise. */
void            test_assert_reachable (GtkWidget *root);
/* Saves a picture when LEYDEN_TEST_PICTURES names a folder. */
void            test_picture          (GtkWidget *window, const char *name);

G_END_DECLS
