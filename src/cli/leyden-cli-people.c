/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-people.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define SHOWN 200

struct _LeydenCliPeople
{
  GHashTable *answers;          /* node → LeydenValue */
  GHashTable *used;             /* nodes of @answers that something asked for */
  gboolean    quiet;
  LeydenRun  *run;
  GHashTable *open;             /* rollouts with a question that waits for ever */
};

void
leyden_cli_people_free (LeydenCliPeople *self)
{
  if (self == NULL)
    return;
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->used);
  g_hash_table_unref (self->open);
  g_free (self);
}

static gboolean
read_answer (LeydenCliPeople *self,
             const char      *text)
{
  const char *equals = strchr (text, '=');
  LeydenValue *value = equals != NULL && equals > text ? leyden_json_parse (equals + 1, -1, NULL, NULL) : NULL;

  if (value == NULL)
    return FALSE;
  g_hash_table_replace (self->answers, g_strndup (text, (gsize) (equals - text)), value);
  return TRUE;
}

LeydenCliPeople *
leyden_cli_people_new (LeydenArguments *arguments,
                       gboolean         quiet,
                       int             *status)
{
  LeydenCliPeople *self = g_new0 (LeydenCliPeople, 1);
  const char * const *texts = leyden_arguments_get_texts (arguments, "answer");

  self->quiet = quiet;
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    if (!read_answer (self, texts[i]))
      {
        *status = leyden_arguments_refuse (arguments, _("--answer must be NODE=JSON, for example check='{\"ok\": true}'"));
        leyden_cli_people_free (self);
        return NULL;
      }
  return self;
}

/* By the whole path, else by the node's own id: all rounds of a body. */
static LeydenValue *
find_answer (LeydenCliPeople *self,
             const char      *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash == NULL || g_hash_table_contains (self->answers, path) ? path : slash + 1;
  LeydenValue *answer = g_hash_table_lookup (self->answers, name);

  if (answer != NULL)
    g_hash_table_add (self->used, g_strdup (name));
  return answer;
}

void
leyden_cli_people_warn_unused (LeydenCliPeople *self)
{
  GHashTableIter iter;
  gpointer node;

  g_hash_table_iter_init (&iter, self->answers);
  while (g_hash_table_iter_next (&iter, &node, NULL))
    {
      g_autofree char *shown = leyden_text_escape (node, -1, SHOWN);

      if (!g_hash_table_contains (self->used, node))
        leyden_cli_say (_("warning: --answer %s: no question of a node with this id came up"), shown);
    }
}

static gboolean
give (LeydenCliPeople *self,
      LeydenRollout   *rollout,
      const char      *path,
      LeydenValue     *answer)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *shown = NULL;

  if (leyden_rollout_answer (rollout, path, answer, "user", NULL, NULL, &error))
    return TRUE;
  shown = leyden_text_escape (path, -1, SHOWN);
  leyden_cli_say (_("the answer to “%s” does not fit: %s"), shown, error->message);
  return FALSE;
}

/* One line of standard input, NULL at its end. */
static char *
read_line (void)
{
  char buffer[4096];

  if (fgets (buffer, sizeof buffer, stdin) == NULL)
    return NULL;
  return g_strndup (buffer, strcspn (buffer, "\n"));
}

/* Field after field; an empty line leaves one out. NULL when the input ended. */
static LeydenValue *
ask_fields (LeydenValue *fields)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      g_autofree char *title = leyden_text_escape (leyden_value_get_member_string (field, "title", name), -1, SHOWN);
      g_autofree char *line = NULL;

      fprintf (stderr, "%s: ", title);
      fflush (stderr);
      line = read_line ();
      if (line == NULL)
        return NULL;
      if (*line != '\0')
        leyden_value_builder_set_string (&b, name, line);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
ask_terminal (LeydenCliPeople *self,
              LeydenRollout   *rollout,
              const char      *path,
              LeydenValue     *question)
{
  g_auto(GStrv) lines = g_strsplit (leyden_value_get_member_string (question, "text", ""), "\n", -1);

  if (self->quiet || !isatty (STDIN_FILENO) || !isatty (STDERR_FILENO))
    return FALSE;
  leyden_cli_progress_end ();
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *shown = leyden_text_escape (lines[i], -1, 2000);

      fprintf (stderr, "%s\n", shown);
    }
  while (TRUE)
    {
      g_autoptr(LeydenValue) answer = ask_fields (leyden_value_get_member (question, "fields"));

      if (answer == NULL)
        return FALSE;
      if (give (self, rollout, path, answer))
        return TRUE;
    }
}

static void
tell (LeydenRollout *rollout,
      const char    *path,
      LeydenValue   *question)
{
  const LeydenRolloutRow *row = leyden_rollout_get_row (rollout);
  g_autofree char *item = leyden_text_escape (row->item != NULL ? row->item : "0", -1, SHOWN);
  g_autofree char *node = leyden_text_escape (path, -1, SHOWN);
  g_autofree char *text = leyden_text_escape (leyden_value_get_member_string (question, "text", ""), -1, SHOWN);
  g_autoptr(GString) form = g_string_new (NULL);
  LeydenValue *fields = leyden_value_get_member (question, "fields");

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      g_autofree char *name = leyden_text_escape (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", ""), -1, SHOWN);

      g_string_append_printf (form, "%s\"%s\": …", i > 0 ? ", " : "", name);
    }
  leyden_cli_progress_end ();
  leyden_cli_say (_("item %s waits for a person: “%s”; answer with --answer %s='{%s}'"), item, text, node, form->str);
}

static void
waiting (LeydenCliPeople *self,
         LeydenRollout   *rollout,
         LeydenRecord    *record)
{
  LeydenValue *question = leyden_value_get_member (record->payload, "question");
  LeydenValue *answer = find_answer (self, record->node);

  if (answer != NULL && give (self, rollout, record->node, answer))
    return;
  if (answer == NULL && ask_terminal (self, rollout, record->node, question))
    return;
  tell (rollout, record->node, question);
  /* One with a limit will end by itself. */
  if (leyden_value_get_member_int (record->payload, "deadline_ns", 0) == 0)
    g_hash_table_add (self->open, g_strdup (leyden_rollout_get_id (rollout)));
}

static void
record_cb (LeydenRollout   *rollout,
           LeydenRecord    *record,
           LeydenCliPeople *self)
{
  if (g_str_equal (record->type, "node.waiting")
      && g_strcmp0 (leyden_value_get_member_string (record->payload, "reason", NULL), "human") == 0)
    waiting (self, rollout, record);
}

static void
rollout_started_cb (LeydenRun       *run,
                    LeydenRollout   *rollout,
                    LeydenCliPeople *self)
{
  g_signal_connect (rollout, "record", G_CALLBACK (record_cb), self);
}

void
leyden_cli_people_watch (LeydenCliPeople *self,
                         LeydenRun       *run)
{
  self->run = g_object_ref (run);
  g_signal_connect (run, "rollout-started", G_CALLBACK (rollout_started_cb), self);
}

gboolean
leyden_cli_people_is_stuck (LeydenCliPeople *self)
{
  guint n_open = g_hash_table_size (self->open);
  g_autoptr(LeydenValue) summary = NULL;

  if (n_open == 0 || self->run == NULL)
    return FALSE;
  summary = leyden_run_summarize (self->run);
  return leyden_value_get_member_int (summary, "running", 0) <= n_open;
}
