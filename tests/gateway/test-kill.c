/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server is killed at random moments while many rollouts are made, worked on and ended. What was acknowledged is there afterwards, and
 * nothing is there twice.
 *   test-gateway-kill --kills 100 --rollouts 1000    the long form; a few kills otherwise */
#include "cli-helpers.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "leyden-bench-load.h"
#include "leyden-json.h"

#define EVENTS 6
/* A kill comes within this time after some answer of a load; that one is drawn too, of so many a rollout. */
#define LONGEST_US (20 * 1000)
#define ANSWERS 4

static guint n_kills = 3;
static guint n_rollouts = 250;

/* What one client does with a rollout, step by step. */
enum
{
  STEP_CREATE,
  STEP_RUN,
  STEP_EVENT,                           /* EVENTS times */
  STEP_SUCCEED = STEP_EVENT + EVENTS,
  STEP_DONE,
};

typedef enum
{
  NEVER,                                /* sent never, or found absent after a kill */
  DOUBT,                                /* sent, and no answer came */
  SURE,                                 /* acknowledged, or found after a kill */
} Trust;

typedef struct
{
  guint number;
  guint step;
  Trust trust[STEP_DONE];
} Item;

typedef struct
{
  Sandbox    sandbox;
  Server    *server;
  char      *database;
  GPtrArray *items;                     /* Item: all that ever were */
  GPtrArray *at;                        /* Item of each connection, borrowed */
  guint      first_open;                /* index of the first that may still change */
  guint64    n_acknowledged;
  guint64    kill_at;                   /* n_acknowledged */
  GThread   *killer;
} Test;

static Item *
item_new (Test *self)
{
  Item *item = g_new0 (Item, 1);

  item->number = self->items->len;
  g_ptr_array_add (self->items, item);
  return item;
}

static void
make_step (GString *out,
           guint    connection,
           guint64  n,
           gpointer data)
{
  Test *self = data;
  Item *item = g_ptr_array_index (self->at, connection);
  g_autofree char *path = NULL;
  g_autofree char *body = NULL;
  const char *method = "POST";

  if (item->step == STEP_CREATE)
    {
      path = g_strdup ("/api/rollouts");
      body = g_strdup_printf ("[{\"rollout_id\":\"kill-%u\",\"input\":{\"data_id\":\"%u\"}}]", item->number, item->number);
    }
  else if (item->step == STEP_RUN || item->step == STEP_SUCCEED)
    {
      method = "PATCH";
      path = g_strdup_printf ("/api/rollouts/kill-%u", item->number);
      body = g_strdup_printf ("{\"status\":{\"state\":\"%s\"}}", item->step == STEP_RUN ? "running" : "succeeded");
    }
  else
    {
      path = g_strdup_printf ("/api/rollouts/kill-%u/attempt/0/events", item->number);
      body = g_strdup_printf ("{\"event_type\":\"step\",\"data\":{\"n\":%u}}", item->step - STEP_EVENT);
    }
  leyden_load_write (out, self->server->port, self->server->key, method, path, body, strlen (body));
}

static gpointer
kill_later (gpointer data)
{
  Test *self = data;

  g_usleep ((gulong)g_random_int_range (0, LONGEST_US));
  kill ((pid_t)self->server->pid, SIGKILL);
  return NULL;
}

static void
step_answered (guint          connection,
               guint64        n,
               guint          status,
               const GString *body,
               gpointer       data)
{
  Test *self = data;
  Item *item = g_ptr_array_index (self->at, connection);
  Trust *trust = &item->trust[item->step];
  gboolean is_event = item->step >= STEP_EVENT && item->step < STEP_SUCCEED;

  if (status == 0)
    {
      *trust = DOUBT;
      /* An event has no name that a second one could be told by: it is not sent again. */
      if (is_event)
        item->step++;
      return;
    }
  /* The first try of a change did arrive. */
  if (status == 409)
    g_assert_cmpint (*trust, !=, NEVER);
  else
    g_assert_cmpuint (status / 100, ==, 2);
  *trust = SURE;
  item->step++;
  if (++self->n_acknowledged == self->kill_at)
    self->killer = g_thread_new ("killer", kill_later, self);
  if (item->step == STEP_DONE)
    self->at->pdata[connection] = item_new (self);
}

/* ---- What is there afterwards ---- */

static void
settle (Trust   *trust,
        gboolean found)
{
  if (found)
    g_assert_cmpint (*trust, !=, NEVER);
  else
    g_assert_cmpint (*trust, !=, SURE);
  *trust = found ? SURE : NEVER;
}

static void
check_events (Item        *item,
              LeydenValue *events)
{
  gint64 last = -1;
  gboolean found[EVENTS] = { FALSE, };

  for (guint i = 0; i < leyden_value_get_size (events); i++)
    {
      LeydenValue *data_member = leyden_value_get_member (leyden_value_get_item (events, i), "data");
      gint64 number = leyden_value_get_member_int (data_member, "n", -1);

      /* In the order of sending, so none twice. */
      g_assert_cmpint (number, >, last);
      g_assert_cmpint (number, <, EVENTS);
      found[number] = TRUE;
      last = number;
    }
  for (guint i = 0; i < EVENTS; i++)
    settle (&item->trust[STEP_EVENT + i], found[i]);
}

static void
check_rollout (Item        *item,
               LeydenValue *rollout)
{
  LeydenValue *status = leyden_value_get_member (leyden_value_get_member (rollout, "rollout"), "status");
  const char *state = leyden_value_get_member_string (status, "state", "");
  gboolean succeeded = strcmp (state, "succeeded") == 0;

  settle (&item->trust[STEP_CREATE], rollout != NULL);
  settle (&item->trust[STEP_RUN], succeeded || strcmp (state, "running") == 0);
  settle (&item->trust[STEP_SUCCEED], succeeded);
}

/* Questions about the items from first_open on: the rollout, then its events. */
static void
make_question (GString *out,
               guint    connection,
               guint64  n,
               gpointer data)
{
  Test *self = data;
  guint64 index = self->first_open + n / 2;
  g_autofree char *path = NULL;

  if (index >= self->items->len)
    return;
  path = g_strdup_printf (n % 2 == 0 ? "/api/rollouts/kill-%" G_GUINT64_FORMAT : "/api/rollouts/kill-%" G_GUINT64_FORMAT "/events", index);
  leyden_load_write (out, self->server->port, self->server->key, "GET", path, NULL, 0);
}

static void
question_answered (guint          connection,
                   guint64        n,
                   guint          status,
                   const GString *body,
                   gpointer       data)
{
  Test *self = data;
  Item *item = g_ptr_array_index (self->items, self->first_open + n / 2);
  g_autoptr(LeydenValue) value = NULL;

  if (status == 200)
    value = leyden_json_parse (body->str, (gssize)body->len, NULL, NULL);
  else
    g_assert_cmpuint (status, ==, 404);
  if (n % 2 == 0)
    check_rollout (item, value);
  else
    check_events (item, value);
}

static void
check_items (Test *self)
{
  LeydenLoad load = { .port = self->server->port, .n_connections = 16, .make = make_question, .answered = question_answered,
                      .keep_bodies = TRUE, .data = self };
  LeydenLoadResult result;
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_load_run (&load, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.n_broken, ==, 0);
  g_assert_cmpuint (result.n_answers, ==, 2 * (self->items->len - self->first_open));
}

/* Every rollout that ended stands once in the completion log, and every line of it is one. */
static void
check_terminal (Test *self)
{
  g_autofree guint *seen = g_new0 (guint, self->items->len);
  gint64 after = 0, total;

  do
    {
      g_autofree char *path = g_strdup_printf ("/api/rollouts/terminal?after=%" G_GINT64_FORMAT, after);
      g_autoptr(LeydenValue) page = server_ask (self->server, "GET", path, NULL, NULL);
      LeydenValue *items = leyden_value_get_member (page, "items");

      g_assert_nonnull (items);
      for (guint i = 0; i < leyden_value_get_size (items); i++)
        {
          const char *id = leyden_value_get_member_string (leyden_value_get_item (items, i), "rollout_id", "");

          g_assert_true (g_str_has_prefix (id, "kill-"));
          seen[atoi (id + strlen ("kill-"))]++;
        }
      after = leyden_value_get_member_int (page, "next_after", 0);
      total = leyden_value_get_member_int (page, "total_terminal", 0);
    }
  while (after < total);
  for (guint i = 0; i < self->items->len; i++)
    g_assert_cmpuint (seen[i], ==, ((Item *)g_ptr_array_index (self->items, i))->trust[STEP_SUCCEED] == SURE ? 1 : 0);
}

/* ---- Kills ---- */

static void
load_and_kill (Test *self)
{
  LeydenLoad load = { .port = self->server->port, .n_connections = n_rollouts, .make = make_step, .answered = step_answered, .data = self };
  g_autoptr(GError) error = NULL;
  LeydenLoadResult result;

  self->kill_at = self->n_acknowledged + 1 + (guint64)g_random_int_range (0, (gint32)(ANSWERS * n_rollouts));
  /* It ends when every connection has ended. */
  g_assert_true (leyden_load_run (&load, &result, &error));
  g_assert_no_error (error);
  g_thread_join (g_steal_pointer (&self->killer));
  g_assert_cmpint (server_wait (self->server), ==, 128 + SIGKILL);
}

static void
forget_finished (Test *self)
{
  while (self->first_open < self->items->len && ((Item *)g_ptr_array_index (self->items, self->first_open))->step == STEP_DONE)
    self->first_open++;
}

static void
test_kills (void)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) at = g_ptr_array_new ();
  Test self = { .items = items, .at = at };

  sandbox_set_up (&self.sandbox);
  self.database = sandbox_path (&self.sandbox, "kill.db");
  for (guint i = 0; i < n_rollouts; i++)
    g_ptr_array_add (at, item_new (&self));
  self.server = sandbox_serve (&self.sandbox, "--database", self.database, NULL);
  for (guint i = 0; i < n_kills; i++)
    {
      load_and_kill (&self);
      self.server = sandbox_serve (&self.sandbox, "--database", self.database, NULL);
      check_items (&self);
      forget_finished (&self);
    }
  self.first_open = 0;
  check_items (&self);
  check_terminal (&self);
  g_test_message ("%u kills, %u rollouts, %" G_GUINT64_FORMAT " acknowledged changes", n_kills, items->len, self.n_acknowledged);
  g_assert_cmpuint (self.n_acknowledged, >, 0);
  g_assert_cmpint (server_end (self.server, SIGTERM), ==, 0);
  sandbox_tear_down (&self.sandbox);
  g_free (self.database);
}

static void
read_option (int          argc,
             char       **argv,
             const char  *name,
             guint       *out)
{
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp (argv[i], name) == 0)
      *out = (guint)g_ascii_strtoull (argv[i + 1], NULL, 10);
}

int
main (int   argc,
      char *argv[])
{
  read_option (argc, argv, "--kills", &n_kills);
  read_option (argc, argv, "--rollouts", &n_rollouts);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kill/nothing-lost-nothing-twice", test_kills);
  return g_test_run ();
}
