/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run of each program that sends spans. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-receiver-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-text.h"

/* Programs beyond these share one run. */
#define MAX_PROGRAMS 1000
#define OTHERS "others"
#define MAX_TITLE 120

void
leyden_otlp_program_free (gpointer data)
{
  LeydenOtlpProgram *self = data;

  g_ptr_array_unref (self->waiting);
  g_free (self->run);
  g_free (self->service);
  g_free (self);
}

/* The same program, the same run, also after a restart. */
static char *
make_run_id (const char *service)
{
  g_autofree char *text = g_strconcat ("otlp ", service, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (digest, 32);
}

LeydenOtlpProgram *
leyden_otlp_find_program (LeydenOtlpReceiver *self,
                          const char         *service)
{
  g_autofree char *run = make_run_id (service);
  LeydenOtlpProgram *program = g_hash_table_lookup (self->programs, run);

  if (program != NULL)
    return program;
  if (g_hash_table_size (self->programs) >= MAX_PROGRAMS && strcmp (service, OTHERS) != 0)
    return leyden_otlp_find_program (self, OTHERS);
  program = g_new0 (LeydenOtlpProgram, 1);
  program->receiver = self;
  program->run = g_steal_pointer (&run);
  program->service = g_strdup (service);
  program->created_ns = leyden_time_now_ns ();
  program->waiting = g_ptr_array_new_with_free_func (leyden_otlp_rollout_unref);
  g_hash_table_insert (self->programs, program->run, program);
  return program;
}

static LeydenRunRow *
make_run (const LeydenOtlpProgram *program)
{
  g_autofree char *title = leyden_text_escape (program->service, -1, MAX_TITLE);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRunRow *row = leyden_run_row_new ();

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", title);
  leyden_value_builder_set_string (&b, "purpose", "otlp");
  leyden_value_builder_set_string (&b, "service", program->service);
  leyden_value_builder_end (&b);
  leyden_value_unref (row->definition);
  row->definition = leyden_value_builder_end_value (&b);
  row->run = g_strdup (program->run);
  row->created_ns = program->created_ns;
  row->n_items = program->n_items;
  g_free (row->state);
  row->state = g_strdup (program->n_open > 0 ? "running" : "succeeded");
  row->finished_ns = program->n_open > 0 ? 0 : leyden_time_now_ns ();
  return row;
}

static void
run_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GError) error = NULL;

  /* The rollout that needs it is refused for the same reason, and its request answered so. */
  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    g_info ("The run of a program cannot be written: %s", error->message);
}

void
leyden_otlp_keep_run (LeydenOtlpProgram *program)
{
  LeydenGateway *gateway = program->receiver->gateway;
  g_autoptr(LeydenRunRow) row = make_run (program);

  leyden_store_put_run_async (LEYDEN_STORE (gateway->store), row, NULL, run_kept_cb, NULL);
  if (gateway->hub != NULL && leyden_event_hub_get_n_clients (gateway->hub) > 0)
    {
      g_autoptr(LeydenValue) run = leyden_run_describe (row, NULL);

      leyden_event_hub_run_changed (gateway->hub, run);
    }
}

void
leyden_otlp_take_run (LeydenOtlpProgram  *program,
                      const LeydenRunRow *row)
{
  program->created_ns = row->created_ns;
  program->n_items = row->n_items;
  program->known = TRUE;
}

static void
run_found_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenOtlpRollout) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRunRow) row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  g_autoptr(GPtrArray) waiting = NULL;

  if (asked->receiver == NULL)
    return;
  if (row != NULL)
    leyden_otlp_take_run (asked->program, row);
  asked->program->known = TRUE;
  waiting = g_steal_pointer (&asked->program->waiting);
  asked->program->waiting = g_ptr_array_new_with_free_func (leyden_otlp_rollout_unref);
  for (guint i = 0; i < waiting->len; i++)
    {
      LeydenOtlpRollout *trace = waiting->pdata[i];

      trace->busy = FALSE;
      leyden_otlp_advance (trace);
    }
}

gboolean
leyden_otlp_know_program (LeydenOtlpRollout *trace)
{
  LeydenOtlpProgram *program = trace->program;

  if (program->known)
    return TRUE;
  trace->busy = TRUE;
  g_ptr_array_add (program->waiting, leyden_otlp_rollout_ref (trace));
  if (program->waiting->len == 1)
    leyden_store_get_run_async (LEYDEN_STORE (trace->receiver->gateway->store), program->run, NULL, run_found_cb, leyden_otlp_rollout_ref (trace));
  return FALSE;
}

gboolean
leyden_otlp_is_run (LeydenValue *definition)
{
  return strcmp (leyden_value_get_member_string (definition, "purpose", ""), "otlp") == 0;
}
