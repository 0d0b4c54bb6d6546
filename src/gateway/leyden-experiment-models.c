/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models an experiment may try where the flow does not say. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-experiment-job.h"

#include <string.h>

#define MAX_NAME 256

typedef struct
{
  LeydenRunJob *job;
  char        **endpoints;
  guint         next;
  LeydenValue  *models;         /* object endpoint → list of names: what is known so far */
} Asking;

static void
asking_free (gpointer data)
{
  Asking *self = data;

  g_strfreev (self->endpoints);
  leyden_value_unref (self->models);
  g_free (self);
}

/* One that says itself that it is there for something else answers no questions. */
static const char *
read_name (LeydenValue *model)
{
  gsize length = 0;
  const char *name = leyden_value_get_string (leyden_value_get_member (model, "id"), &length);
  const char *purpose = leyden_value_get_member_string (model, "purpose", "answers");

  return name != NULL && length > 0 && length <= MAX_NAME && strlen (name) == length && strcmp (purpose, "answers") == 0 ? name : NULL;
}

/* @list nullable: there was no answer. */
static LeydenValue *
choose_names (LeydenValue *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < leyden_value_get_size (list) && names->len <= LEYDEN_EXPERIMENT_MAX_MODELS; i++)
    {
      const char *name = read_name (leyden_value_get_item (list, i));

      if (name != NULL && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, (gpointer) name);
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; names->len <= LEYDEN_EXPERIMENT_MAX_MODELS && i < names->len; i++)
    leyden_value_builder_add_string (&b, g_ptr_array_index (names, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void ask_next (LeydenModels *models, GTask *task);

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  Asking *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) before = g_steal_pointer (&self->models);
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) names = NULL;
  g_autoptr(GError) error = NULL;

  list = leyden_models_list_models_finish (LEYDEN_MODELS (object), result, &error);
  if (list == NULL)
    g_info ("Endpoint %s lists no models: %s", self->endpoints[self->next], error->message);
  names = choose_names (list);
  self->models = leyden_value_with_member (before, self->endpoints[self->next], names);
  self->next++;
  ask_next (LEYDEN_MODELS (object), g_steal_pointer (&task));
}

/* Takes @task. */
static void
ask_next (LeydenModels *models,
          GTask        *task)
{
  Asking *self = g_task_get_task_data (task);

  if (self->endpoints[self->next] != NULL)
    {
      leyden_models_list_models_async (models, self->endpoints[self->next], NULL, listed_cb, task);
      return;
    }
  if (self->next > 0)
    {
      g_autoptr(LeydenValue) definition = leyden_value_with_member (leyden_run_job_get_definition (self->job), "models", self->models);

      leyden_run_job_set_definition (self->job, definition);
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
leyden_run_job_ask_models_async (LeydenRunJob        *self,
                                 LeydenModels        *models,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  GTask *task = g_task_new (models, NULL, callback, data);
  Asking *asking = g_new0 (Asking, 1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  asking->job = self;
  asking->models = leyden_value_builder_end_value (&b);
  asking->endpoints = leyden_slots_list_endpoints (leyden_plan_get_flow (leyden_run_job_get_plan (self)), leyden_run_job_get_types (self));
  g_task_set_source_tag (task, leyden_run_job_ask_models_async);
  g_task_set_task_data (task, asking, asking_free);
  ask_next (models, task);
}

void
leyden_run_job_ask_models_finish (LeydenRunJob *self,
                                  GAsyncResult *result)
{
  g_return_if_fail (g_async_result_is_tagged (result, leyden_run_job_ask_models_async));
  g_task_propagate_boolean (G_TASK (result), NULL);
}
