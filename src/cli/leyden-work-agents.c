/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-permission.h"
#include "leyden-text.h"

#define RUNNER "/io/github/leyden/Leyden/agent-runner.py"

struct _LeydenWorkAgents
{
  LeydenWorkAgentsSpec  spec;
  GPtrArray            *flows;          /* LeydenWorkFlow */
  char                 *runner;         /* text of the program that runs a class */
};

LeydenWorkAgents *
leyden_work_agents_new (const LeydenWorkAgentsSpec *spec)
{
  LeydenWorkAgents *self = g_new0 (LeydenWorkAgents, 1);
  g_autoptr(GBytes) runner = g_resources_lookup_data (RUNNER, 0, NULL);

  g_assert (runner != NULL);
  self->spec = *spec;
  self->flows = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_work_flow_free);
  self->runner = g_strndup (g_bytes_get_data (runner, NULL), g_bytes_get_size (runner));
  return self;
}

void
leyden_work_agents_free (LeydenWorkAgents *self)
{
  g_ptr_array_unref (self->flows);
  g_free (self->runner);
  g_free (self);
}

static LeydenValue *
find_mapping (LeydenFlow *flow)
{
  LeydenValue *datasets = leyden_flow_get_property_value (flow, "datasets");
  LeydenValue *mapping = leyden_value_get_member (leyden_value_get_item (datasets, 0), "mapping");

  return leyden_value_get_kind (mapping) == LEYDEN_VALUE_OBJECT && leyden_value_get_size (mapping) > 0 ? leyden_value_ref (mapping) : NULL;
}

gboolean
leyden_work_agents_add_flow (LeydenWorkAgents  *self,
                             const char        *path,
                             LeydenFlow        *flow,
                             GError           **error)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  g_autoptr(GPtrArray) permissions = leyden_permissions_of_flow (flow, types);
  g_autoptr(LeydenPlan) plan = NULL;
  g_autofree char *base = g_path_get_basename (path);
  LeydenWorkFlow *own;

  if (!leyden_permissions_check (permissions, self->spec.session->approvals, error))
    return FALSE;
  plan = leyden_plan_new (flow, types, error);
  if (plan == NULL)
    return FALSE;
  if (leyden_plan_learns (plan))
    {
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_FLOW,
                           _("a node of the flow learns from training rows, which a worker does not have"));
      return FALSE;
    }
  if (g_str_has_suffix (base, ".leyden"))
    base[strlen (base) - strlen (".leyden")] = '\0';
  own = g_new0 (LeydenWorkFlow, 1);
  own->name = g_steal_pointer (&base);
  own->id = g_strdup (leyden_flow_get_id (flow));
  own->plan = g_steal_pointer (&plan);
  own->mapping = find_mapping (flow);
  g_ptr_array_add (self->flows, own);
  return TRUE;
}

/* ---- The choice ---- */

static const LeydenWorkFlow *
find_flow (LeydenWorkAgents *self,
           const char       *name)
{
  for (guint i = 0; i < self->flows->len; i++)
    {
      const LeydenWorkFlow *flow = g_ptr_array_index (self->flows, i);

      if (strcmp (flow->name, name) == 0 || strcmp (flow->id, name) == 0)
        return flow;
    }
  return NULL;
}

/* ---- Programs ---- */

typedef struct
{
  char   *what;                 /* for messages */
  gint64  timeout_s;
} Program;

static void
program_free (gpointer data)
{
  Program *self = data;

  g_free (self->what);
  g_free (self);
}

/* Takes @message. */
static void
return_failure (GTask *task,
                char  *message)
{
  g_autofree char *owned = message;

  g_task_return_pointer (task, leyden_work_outcome_new (owned, NULL), (GDestroyNotify)leyden_work_outcome_free);
}

static void
program_ended_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(GTask) task = data;
  Program *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  int status;

  if (leyden_work_process_run_finish (result, &status, &error))
    {
      if (status == 0)
        g_task_return_pointer (task, leyden_work_outcome_new (NULL, NULL), (GDestroyNotify)leyden_work_outcome_free);
      else if (status > 128)
        return_failure (task, g_strdup_printf ("%s was ended by signal %d", self->what, status - 128));
      else
        return_failure (task, g_strdup_printf ("%s exited with code %d", self->what, status));
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return_failure (task, g_strdup_printf ("%s timed out after %" G_GINT64_FORMAT " s", self->what, self->timeout_s));
  else
    return_failure (task, g_strdup_printf ("%s could not be started: %s", self->what, error->message));
}

/* @what: (transfer full) */
static void
run_program (LeydenWorkAgents     *self,
             GTask                *task,
             const LeydenWorkItem *item,
             const char * const   *argv,
             char                 *what)
{
  g_auto(GStrv) ours = g_get_environ ();
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) environ = leyden_work_item_make_environ (item, (const char * const *)ours, self->spec.base, self->spec.allowed, &error);
  Program *program = g_new0 (Program, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  program->what = what;
  program->timeout_s = item->timeout_s;
  g_task_set_task_data (task, program, program_free);
  if (environ == NULL)
    return_failure (task, g_strdup (error->message));
  else
    leyden_work_process_run_async (argv, (const char * const *)environ, item->timeout_s, cancellable, program_ended_cb, g_object_ref (task));
}

/* ---- A rollout ---- */

static void
flow_ended_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  LeydenWorkOutcome *outcome = leyden_work_flow_run_finish (result, &error);

  if (outcome != NULL)
    g_task_return_pointer (task, outcome, (GDestroyNotify)leyden_work_outcome_free);
  else
    g_task_return_error (task, error);
}

void
leyden_work_agents_run_async (LeydenWorkAgents     *self,
                              const LeydenWorkItem *item,
                              GCancellable         *cancellable,
                              GAsyncReadyCallback   callback,
                              gpointer              data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  const LeydenWorkFlow *flow = item->agent_class != NULL ? find_flow (self, item->agent_class) : NULL;
  gboolean lists = self->spec.classes != NULL && self->spec.classes[0] != NULL;

  g_task_set_source_tag (task, leyden_work_agents_run_async);
  if (flow == NULL && item->agent_class != NULL && lists)
    {
      const char *argv[] = { self->spec.python, "-c", self->runner, item->agent_class, NULL };
      g_autofree char *shown = leyden_text_escape (item->agent_class, -1, 200);

      /* What the wire names runs only when the operator of this worker named it too (hostile inputs: A36). */
      if (!g_strv_contains (self->spec.classes, item->agent_class))
        return_failure (task, g_strdup_printf ("the agent class %s is not on the list of this worker", shown));
      else
        run_program (self, task, item, argv, g_steal_pointer (&shown));
      return;
    }
  if (flow == NULL && self->flows->len > 0)
    flow = g_ptr_array_index (self->flows, 0);
  if (flow != NULL)
    leyden_work_flow_run_async (flow, &self->spec, item, cancellable, flow_ended_cb, g_steal_pointer (&task));
  else if (self->spec.command != NULL)
    run_program (self, task, item, (const char * const *)self->spec.command, g_strdup ("the agent"));
  else
    return_failure (task, g_strdup ("the rollout names no agent class, and this worker has nothing else to run"));
}

LeydenWorkOutcome *
leyden_work_agents_run_finish (GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_work_agents_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
