/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-gateway"

#include "config.h"

#include "leyden-sampler.h"

#include "leyden-gateway-ops.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-store-agl.h"

#define SAMPLE_S 10
/* So often what stays the same is told, and what waits is written when nothing else is. */
#define REST_S   300
#define PRUNE_S  3600

typedef struct
{
  double value;                 /* of a counter: where it stood */
  gint64 told_ns;
  gboolean told_zero;           /* of a counter: that it did not grow */
} Last;

struct _LeydenSampler
{
  LeydenGateway *gateway;
  GSource       *clock;
  GHashTable    *last;          /* name and labels → Last */
  gint64         now_ns;        /* of the samples being taken */
  gint64         flushed_ns, pruned_ns;
  gboolean       counting;      /* asks the store something */
};

/* What says when it began, or who it is, is no course of anything. */
static gboolean
is_drawn (const char *name)
{
  static const char * const others[] = { "leyden_build_info", "process_start_time_seconds", "process_max_fds", "leyden_backup_last_timestamp_seconds", NULL };

  return !g_strv_contains (others, name);
}

static const char *
unit_of (const char *name)
{
  if (g_str_has_suffix (name, "_bytes"))
    return "bytes";
  if (g_str_has_suffix (name, "_seconds") || g_str_has_suffix (name, "_seconds_sum") || g_str_has_suffix (name, "_seconds_total"))
    return "s";
  return g_str_has_suffix (name, "_tokens_total") ? "tokens" : "";
}

static Last *
find_last (LeydenSampler *self,
           const char    *name,
           const char    *labels,
           gboolean      *is_new)
{
  g_autofree char *key = g_strconcat (name, " ", labels, NULL);
  Last *last = g_hash_table_lookup (self->last, key);

  *is_new = last == NULL;
  if (last == NULL)
    {
      last = g_new0 (Last, 1);
      g_hash_table_insert (self->last, g_steal_pointer (&key), last);
    }
  return last;
}

static void
add_gauge (LeydenSampler *self,
           const char    *name,
           const char    *labels,
           double         value)
{
  gboolean is_new;
  Last *last = find_last (self, name, labels, &is_new);

  if (!is_new && last->value == value && self->now_ns - last->told_ns < REST_S * G_GINT64_CONSTANT (1000000000))
    return;
  last->value = value;
  last->told_ns = self->now_ns;
  leyden_facts_add_sample (self->gateway->facts, name, labels, unit_of (name), self->now_ns, value);
}

/* After some growth it is told once that there was none, so that a line goes down to zero. */
static void
add_counter (LeydenSampler *self,
             const char    *name,
             const char    *labels,
             double         value)
{
  gboolean is_new;
  Last *last = find_last (self, name, labels, &is_new);
  double growth = value - last->value;

  last->value = value;
  if (growth <= 0 && (is_new || last->told_zero))
    {
      last->told_zero = TRUE;
      return;
    }
  last->told_zero = growth <= 0;
  leyden_facts_add_sample (self->gateway->facts, name, labels, unit_of (name), self->now_ns, growth);
}

static char *
write_labels (const char * const *names,
              const char * const *values)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) labels = NULL;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; names[i] != NULL; i++)
    leyden_value_builder_set_string (&b, names[i], values[i]);
  leyden_value_builder_end (&b);
  labels = leyden_value_builder_end_value (&b);
  return leyden_json_write (labels, LEYDEN_JSON_CANONICAL);
}

static void
figure_cb (const LeydenMetricRow *row,
           const char            *suffix,
           const char * const    *values,
           double                 value,
           gpointer               data)
{
  g_autofree char *name = g_strconcat (row->name, suffix, NULL);
  g_autofree char *labels = NULL;

  if (!is_drawn (row->name))
    return;
  labels = write_labels (row->labels, values);
  if (row->kind == LEYDEN_METRIC_GAUGE)
    add_gauge (data, name, labels, value);
  else
    add_counter (data, name, labels, value);
}

/* Servers that models were asked at. A breaker is 0 closed, 1 open, between them while a trial decides. */
static void
add_origins (LeydenSampler *self)
{
  static const char * const names[] = { "origin", NULL };
  g_autoptr(LeydenValue) origins = leyden_models_list_origins (self->gateway->models);

  for (guint i = 0; i < leyden_value_get_size (origins); i++)
    {
      LeydenValue *origin = leyden_value_get_item (origins, i);
      const char *values[] = { leyden_value_get_member_string (origin, "origin", "?") };
      const char *breaker = leyden_value_get_member_string (origin, "breaker", "closed");
      g_autofree char *labels = write_labels (names, values);

      add_gauge (self, "leyden_origin_breaker", labels, g_str_equal (breaker, "open") ? 1 : g_str_equal (breaker, "trial") ? 0.5 : 0);
      add_gauge (self, "leyden_origin_failures", labels, (double)leyden_value_get_member_int (origin, "failures", 0));
      add_gauge (self, "leyden_origin_active", labels, (double)leyden_value_get_member_int (origin, "active", 0));
      add_gauge (self, "leyden_origin_waiting", labels, (double)leyden_value_get_member_int (origin, "waiting", 0));
    }
}

static void
take (LeydenSampler *self)
{
  self->now_ns = leyden_time_now_ns ();
  leyden_ops_look (self->gateway->ops);
  leyden_metrics_each (self->gateway->ops->figures, figure_cb, self);
  add_origins (self);
  if (self->now_ns - self->flushed_ns >= REST_S * G_GINT64_CONSTANT (1000000000))
    {
      self->flushed_ns = self->now_ns;
      leyden_facts_flush (self->gateway->facts);
    }
  if (self->now_ns - self->pruned_ns >= PRUNE_S * G_GINT64_CONSTANT (1000000000))
    {
      self->pruned_ns = self->now_ns;
      leyden_facts_prune (self->gateway->facts, self->now_ns);
    }
}

/* How many rollouts wait is asked of the database; without an answer the last number stands. */
static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  g_autofree LeydenAglOpen *open = leyden_sqlite_store_agl_count_finish (LEYDEN_SQLITE_STORE (object), result, NULL);

  if (gateway->sampler == NULL)
    return;
  gateway->sampler->counting = FALSE;
  if (open != NULL)
    {
      leyden_metrics_set (gateway->ops->figures, LEYDEN_FIGURE_AGL_OPEN, (double)open->n_queuing, "queuing", NULL);
      leyden_metrics_set (gateway->ops->figures, LEYDEN_FIGURE_AGL_OPEN, (double)open->n_running, "running", NULL);
    }
  take (gateway->sampler);
}

static gboolean
sample_cb (gpointer data)
{
  LeydenSampler *self = data;

  if (self->counting)
    return G_SOURCE_CONTINUE;
  self->counting = TRUE;
  leyden_sqlite_store_agl_count_async (self->gateway->store, counted_cb, g_object_ref (self->gateway));
  return G_SOURCE_CONTINUE;
}

LeydenSampler *
leyden_sampler_new (LeydenGateway *gateway)
{
  LeydenSampler *self = g_new0 (LeydenSampler, 1);

  self->gateway = gateway;
  self->last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->flushed_ns = leyden_time_now_ns ();
  self->clock = g_timeout_source_new_seconds (SAMPLE_S);
  g_source_set_static_name (self->clock, "[leyden] samples");
  g_source_set_callback (self->clock, sample_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
  return self;
}

void
leyden_sampler_free (LeydenSampler *self)
{
  g_source_destroy (self->clock);
  g_source_unref (self->clock);
  g_hash_table_unref (self->last);
  g_free (self);
}
