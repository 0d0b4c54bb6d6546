/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document-helpers.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leyden-document-private.h"
#include "leyden-id.h"
#include "leyden-random.h"
#include "random-edits.h"

/* Thousands of random edits there and back, without and with a process that is killed in between.
 *
 * LEYDEN_TEST_KILLED_EDITS: how many actions the killed process does in all; 10 000 for the whole test (some minutes), a part of
 * that otherwise. LEYDEN_TEST_SEED: another stream. */
#define N_EDITS 10000
#define N_KILLED_EDITS 700
/* A file that is written now and then is one more way to lose something. */
#define SAVE_EVERY 97

/* Not canonical, with doubles of nothing and much that is unknown. */
static const char start_text[] =
  "{ \"leyden\": 1, \"id\": \"random-1\", \"x-top\": {\"b\": 1, \"a\": [1.50, 1e2]}, \"title\": \"Start\",\n"
  "  \"nodes\": [ {\"id\": \"outer\", \"type\": \"map\", \"flow\": {\"edges\": [], \"nodes\": [\n"
  "    {\"id\": \"loop\", \"type\": \"loop\", \"flow\": {\"nodes\": [{\"id\": \"leaf\", \"type\": \"t\"}], \"edges\": []}},\n"
  "    {\"id\": \"a\", \"type\": \"input\"}]}}, {\"type\": \"t\", \"id\": \"b\", \"parameters\": {\"p\": 1.0}} ],\n"
  "  \"notes\": [{\"id\": \"n\", \"text\": \"T\", \"x\": 1}], \"frames\": [{\"id\": \"f\", \"title\": \"F\"}], \"edges\": [] }";

static guint64 seed = 20261125;

/* --- without kills --- */

static void
undo_all (LeydenDocument *document)
{
  while (leyden_document_can_undo (document))
    undo (document);
}

static void
redo_all (LeydenDocument *document)
{
  while (leyden_document_can_redo (document))
    redo (document);
}

/* What a save would write, through the file. */
static char *
saved_text (Fixture        *fixture,
            LeydenDocument *document)
{
  save_good (document, NULL);
  return read_file (fixture->path);
}

static void
test_there_and_back (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(LeydenDocument) document = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *end = NULL;
  g_autofree char *content_start = NULL;
  g_autofree char *content_end = NULL;
  g_autofree char *back = NULL;
  g_autofree char *again = NULL;
  g_autofree char *content_again = NULL;

  put (fixture->path, start_text, -1);
  document = load_good (fixture);
  for (guint i = 0; i < N_EDITS; i++)
    {
      leyden_document_edit (document, random_edit (document, seed, i), &error);
      g_assert_no_error (error);
    }
  content_end = content (document);
  undo_all (document);
  g_assert_false (leyden_document_is_modified (document));
  content_start = content (document);
  back = saved_text (fixture, document);
  g_assert_cmpstr (back, ==, start_text);
  redo_all (document);
  content_again = content (document);
  g_assert_cmpstr (content_again, ==, content_end);
  again = saved_text (fixture, document);
  g_assert_cmpstr (again, ==, content_end);

  /* The same way in one go each; the file has been another one meanwhile, and is canonical now. */
  g_assert_true (leyden_document_go_to (document, 0, &error));
  g_assert_no_error (error);
  g_free (back);
  back = saved_text (fixture, document);
  g_assert_cmpstr (back, ==, content_start);
  g_assert_true (leyden_document_is_step_saved (document, 0));
  g_assert_true (leyden_document_go_to (document, leyden_document_get_n_steps (document), &error));
  g_free (again);
  again = saved_text (fixture, document);
  g_assert_cmpstr (again, ==, content_end);

  /* The file at the end is read as what it was. */
  g_clear_object (&document);
  document = load_good (fixture);
  end = content (document);
  g_assert_cmpstr (end, ==, content_end);
}

/* --- the process that is killed --- */

static void
act (LeydenDocument *document,
     guint           index)
{
  if (index % SAVE_EVERY == SAVE_EVERY - 1)
    save_good (document, NULL);
  else
    random_action (document, seed, index);
}

static guint
count_edits (GPtrArray *steps)
{
  guint n = 0;

  for (guint i = 0; i < steps->len; i++)
    n += ((LeydenStep *) g_ptr_array_index (steps, i))->edits->len;
  return n;
}

/* Of the flow and of how far one can go back and forth: some edits change nothing in the flow. */
static char *
sum_of (LeydenDocument *document)
{
  LeydenHistory *history = document->history;
  g_autofree char *flow = content (document);
  g_autofree char *text = g_strdup_printf ("%u %u %u %u\n%s", history->past->len, count_edits (history->past), history->future->len,
                                           count_edits (history->future), flow);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
tell (const void *data,
      gsize       length)
{
  g_assert_cmpint (write (STDOUT_FILENO, data, length), ==, (gssize) length);
}

/* In the child: says what it found, then goes on from the index that it is told and says after each action that it shows. Ends by being
 * killed. */
static G_NORETURN void
run_child (const char *folder,
           const char *where)
{
  Fixture fixture;
  g_autoptr(LeydenDocument) document = NULL;
  g_autofree char *sum = NULL;
  guint index;
  char answer[16] = "";

  fixture_open (&fixture, folder);
  document = g_str_equal (where, "new") ? leyden_document_new (fixture.state) : load_good (&fixture);
  if (document->journal != NULL)
    leyden_journal_set_limits (document->journal, 60000, 0);
  sum = sum_of (document);
  tell (sum, 64);
  g_assert_cmpint (read (STDIN_FILENO, answer, sizeof answer - 1), >, 0);
  for (index = (guint) atoi (answer);; index++)
    {
      act (document, index);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      tell (".", 1);
    }
}

typedef struct
{
  Fixture         own;          /* of the document that nobody kills */
  LeydenDocument *twin;
  guint           index;        /* actions that it has done */
  guint           n_kills;
  guint           n_ahead;      /* times that one more was on disk than was shown */
} Twin;

static void
follow_to (Twin  *self,
           guint  index)
{
  for (; self->index < index; self->index++)
    {
      act (self->twin, self->index);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
spawn (Fixture *fixture,
       GPid    *pid,
       int     *in,
       int     *out)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--child", fixture->folder, (char *) "file", NULL };
  g_autoptr(GError) error = NULL;

  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, pid, in, out, NULL, &error);
  g_assert_no_error (error);
}

static void
read_sum (int  fd,
          char sum[65])
{
  gsize got = 0;

  while (got < 64)
    {
      gssize n = read (fd, sum + got, 64 - got);

      g_assert_cmpint (n, >, 0);
      got += (gsize) n;
    }
  sum[64] = '\0';
}

/* What came back is all that was shown; what was on its way may be there too. */
static void
compare (Twin       *self,
         const char *found)
{
  g_autofree char *shown = sum_of (self->twin);
  g_autofree char *ahead = NULL;

  if (g_str_equal (found, shown))
    return;
  follow_to (self, self->index + 1);
  ahead = sum_of (self->twin);
  g_assert_cmpstr (found, ==, ahead);
  self->n_ahead++;
}

static void
reap (GPid pid,
      int  in,
      int  out)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
  close (in);
  close (out);
}

/* One life of the child: some actions, then the kill, anywhere. */
static void
live_and_die (Twin         *self,
              Fixture      *fixture,
              LeydenRandom *random)
{
  guint n = (guint) leyden_random_below (random, 4) == 0 ? 0 : (guint) leyden_random_below (random, 60);
  g_autofree char *start = NULL;
  char sum[65];
  char dot;
  GPid pid;
  int in;
  int out;

  spawn (fixture, &pid, &in, &out);
  read_sum (out, sum);
  compare (self, sum);
  start = g_strdup_printf ("%u\n", self->index);
  g_assert_cmpint (write (in, start, strlen (start)), ==, (gssize) strlen (start));
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (read (out, &dot, 1), ==, 1);
      follow_to (self, self->index + 1);
    }
  g_usleep (leyden_random_below (random, 1500));
  kill (pid, SIGKILL);
  while (read (out, &dot, 1) == 1)
    follow_to (self, self->index + 1);
  reap (pid, in, out);
  self->n_kills++;
}

static void
copy_start (Fixture *fixture)
{
  put (fixture->path, start_text, -1);
}

static void
test_killed (Fixture       *fixture,
             gconstpointer  data)
{
  const char *wanted = g_getenv ("LEYDEN_TEST_KILLED_EDITS");
  guint n_edits = wanted != NULL ? (guint) atoi (wanted) : N_KILLED_EDITS;
  g_autoptr(LeydenDocument) document = NULL;
  g_autofree char *end = NULL;
  g_autofree char *twin_end = NULL;
  g_autofree char *bottom = NULL;
  g_autofree char *twin_bottom = NULL;
  LeydenRandom random;
  Twin twin = { 0 };
  guint n_back = 0;
  guint n_twin_back = 0;

  leyden_random_init (&random, seed);
  copy_start (fixture);
  set_up (&twin.own, NULL);
  copy_start (&twin.own);
  twin.twin = load_good (&twin.own);
  while (twin.index < n_edits)
    live_and_die (&twin, fixture, &random);
  g_test_message ("%u actions, %u kills, %u times one more than shown", twin.index, twin.n_kills, twin.n_ahead);

  document = load_good (fixture);
  end = content (document);
  twin_end = content (twin.twin);
  if (!g_str_equal (end, twin_end))
    {
      follow_to (&twin, twin.index + 1);
      g_free (twin_end);
      twin_end = content (twin.twin);
    }
  g_assert_cmpstr (end, ==, twin_end);
  redo_all (document);
  redo_all (twin.twin);
  for (; leyden_document_can_undo (document); n_back++)
    undo (document);
  for (; leyden_document_can_undo (twin.twin); n_twin_back++)
    undo (twin.twin);
  g_assert_cmpuint (n_back, ==, n_twin_back);
  bottom = content (document);
  twin_bottom = content (twin.twin);
  g_assert_cmpstr (bottom, ==, twin_bottom);
  redo_all (document);
  redo_all (twin.twin);
  g_free (end);
  g_free (twin_end);
  end = saved_text (fixture, document);
  twin_end = saved_text (&twin.own, twin.twin);
  g_assert_cmpstr (end, ==, twin_end);
  g_object_unref (twin.twin);
  tear_down (&twin.own, NULL);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  if (g_getenv ("LEYDEN_TEST_SEED") != NULL)
    seed = g_ascii_strtoull (g_getenv ("LEYDEN_TEST_SEED"), NULL, 10);
  if (argc == 4 && g_str_equal (argv[1], "--child"))
    run_child (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  ADD ("/random/there-and-back", test_there_and_back);
  ADD ("/random/killed", test_killed);
  return g_test_run ();
}
