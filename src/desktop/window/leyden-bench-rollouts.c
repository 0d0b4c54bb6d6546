/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-bench-rollouts.h"

#include "leyden-bench.h"
#include "leyden-json.h"
#include "leyden-rollout-table.h"

#define JUMPS      80
#define STEPS      240
/* Pixels: some rows a frame, as a wheel does. */
#define STEP       90
#define ANSWER_MS  8
#define PATIENCE_S 30

typedef struct
{
  LeydenRolloutModel *model;
  guint               request;
  guint               offset;
  guint               limit;
} Backend;

/* As the text comes from a backend, it is read in the main loop. */
static gboolean
answer_cb (gpointer data)
{
  Backend *backend = data;
  g_autoptr(GString) text = g_string_new ("[");
  g_autoptr(LeydenValue) rows = NULL;

  for (guint i = 0; i < backend->limit; i++)
    {
      guint row = backend->offset + i;

      g_string_append_printf (text, "%s{\"rollout\": \"01a2167320-%u\", \"run\": \"01a2167320\", \"executor\": \"leyden\", \"purpose\": \"run\", \"flow\": \"calculator\", "
                                    "\"flow_title\": \"Calculator agent\", \"version\": \"9f86d081884c7d65\", \"dataset_name\": \"arithmetic.jsonl\", \"split\": \"test\", "
                                    "\"item\": \"a-%u\", \"item_index\": %u, \"model\": \"leyden-sim-medium\", \"state\": \"%s\", \"reward\": 0.%u, \"created_ns\": 1790000000000000000, "
                                    "\"started_ns\": 17900%u0000000000, \"finished_ns\": 0, \"latency_ms\": %u.5, \"tokens_in\": %u, \"tokens_out\": 40, \"cost\": 0.00%u, "
                                    "\"simulated\": true, \"error\": %s}",
                              i > 0 ? ", " : "", row, row, row, row % 9 == 0 ? "failed" : "succeeded", row % 1000, row % 10000 + 10000, row % 5000, row % 3000, row % 90 + 10,
                              row % 9 == 0 ? "\"The model gave no answer in time\"" : "null");
    }
  g_string_append_c (text, ']');
  rows = leyden_json_parse (text->str, -1, NULL, NULL);
  leyden_rollout_model_answer (backend->model, backend->request, rows, NULL);
  g_object_unref (backend->model);
  g_free (backend);
  return G_SOURCE_REMOVE;
}

static void
ask_cb (LeydenRolloutModel *model,
        guint               request,
        guint               offset,
        guint               limit,
        gpointer            data)
{
  Backend *backend = g_new (Backend, 1);

  *backend = (Backend) { g_object_ref (model), request, offset, limit };
  g_timeout_add (ANSWER_MS, answer_cb, backend);
}

static void
painted_cb (GdkFrameClock *clock,
            guint         *n_painted)
{
  (*n_painted)++;
}

/* Moves, and waits for the frame that shows it. */
static gboolean
move (GtkWidget     *table,
      GtkAdjustment *adjustment,
      double         value,
      guint         *n_painted)
{
  guint before = *n_painted;
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;

  gtk_adjustment_set_value (adjustment, value);
  gtk_widget_queue_draw (table);
  while (*n_painted == before && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  return *n_painted > before;
}

static void
tell (LeydenBenchTurns *turns,
      const char       *name,
      guint             n,
      GString          *out)
{
  g_string_append_printf (out, "%s{\"case\": \"%s-%u\"", g_str_has_suffix (out->str, "}") ? ", " : "", name, n);
  leyden_bench_tell (out, "stall_ms", leyden_bench_turns_get_wall (turns));
  leyden_bench_tell (out, "stall_own_ms", leyden_bench_turns_get_own (turns));
  leyden_bench_tell (out, "stall_cpu_ms", leyden_bench_turns_get_cpu (turns));
  g_string_append (out, "}");
}

gboolean
leyden_bench_rollouts (AdwApplicationWindow *window,
                       LeydenBenchTurns     *turns,
                       guint                 n,
                       GString              *out)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_autoptr(LeydenRolloutModel) model = leyden_rollout_model_new (ask_cb, NULL);
  GtkWidget *table = leyden_rollout_table_new (model);
  GtkAdjustment *adjustment = leyden_rollout_table_get_adjustment (LEYDEN_ROLLOUT_TABLE (table));
  guint n_painted = 0;
  gboolean done = TRUE;

  adw_application_window_set_content (window, table);
  g_signal_connect (clock, "after-paint", G_CALLBACK (painted_cb), &n_painted);
  leyden_rollout_model_reset (model, n, NULL);
  done = move (table, adjustment, 0, &n_painted) && move (table, adjustment, 1, &n_painted);

  leyden_bench_turns_begin (turns);
  for (guint i = 0; i < JUMPS && done; i++)
    done = move (table, adjustment, gtk_adjustment_get_upper (adjustment) * ((i * 37) % JUMPS) / JUMPS, &n_painted);
  leyden_bench_turns_end (turns);
  tell (turns, "table-jump", n, out);

  leyden_bench_turns_begin (turns);
  for (guint i = 0; i < STEPS && done; i++)
    done = move (table, adjustment, gtk_adjustment_get_upper (adjustment) / 2 + i * STEP, &n_painted);
  leyden_bench_turns_end (turns);
  tell (turns, "table-scroll", n, out);

  g_signal_handlers_disconnect_by_data (clock, &n_painted);
  leyden_rollout_model_close (model);
  adw_application_window_set_content (window, gtk_label_new (NULL));
  return done;
}
