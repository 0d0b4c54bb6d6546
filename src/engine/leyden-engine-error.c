/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-expression.h"
#include "leyden-node-executor.h"
#include "leyden-template.h"

G_DEFINE_QUARK (leyden-engine-error-quark, leyden_engine_error)
G_DEFINE_INTERFACE (LeydenNodeExecutor, leyden_node_executor, G_TYPE_OBJECT)

static void
leyden_node_executor_default_init (LeydenNodeExecutorInterface *iface)
{
}

typedef struct
{
  GQuark              domain;
  const char * const *names;
} ErrorNames;

static GMutex names_lock;
static GArray *names_registered;

static const char * const engine_names[] = { "flow", "node", "input", "deadline", "unsafe", "cancelled", "store",
                                             "skipped", "no-values", NULL };
static const char * const expression_names[] = { "syntax", "unknown-name", "evaluation", "limit", "type", NULL };
static const char * const template_names[] = { "syntax", "unknown-name", "limit", NULL };

static void
add_names (GQuark              domain,
           const char * const *names)
{
  ErrorNames entry = { domain, names };

  for (guint i = 0; i < names_registered->len; i++)
    if (g_array_index (names_registered, ErrorNames, i).domain == domain)
      return;
  g_array_append_val (names_registered, entry);
}

static void
ensure_names (void)
{
  if (names_registered != NULL)
    return;
  names_registered = g_array_new (FALSE, FALSE, sizeof (ErrorNames));
  add_names (LEYDEN_ENGINE_ERROR, engine_names);
  add_names (LEYDEN_EXPRESSION_ERROR, expression_names);
  add_names (LEYDEN_TEMPLATE_ERROR, template_names);
}

void
leyden_node_error_register (GQuark              domain,
                            const char * const *names)
{
  g_return_if_fail (domain != 0 && names != NULL);

  g_mutex_lock (&names_lock);
  ensure_names ();
  add_names (domain, names);
  g_mutex_unlock (&names_lock);
}

static LeydenErrorCapture capture_func;

void
leyden_node_error_register_capture (LeydenErrorCapture func)
{
  g_atomic_pointer_set (&capture_func, func);
}

LeydenValue *
leyden_node_error_get_capture (const GError *error)
{
  LeydenErrorCapture func = g_atomic_pointer_get (&capture_func);

  return func != NULL ? func (error) : NULL;
}

static const char *
io_error_name (int code)
{
  switch (code)
    {
    case G_IO_ERROR_TIMED_OUT:
      return "timeout";
    case G_IO_ERROR_CANCELLED:
      return "cancelled";
    default:
      return "failed";
    }
}

static const char *
name_at (const char * const *names,
         int                 code)
{
  for (int i = 0; names[i] != NULL; i++)
    if (i == code)
      return names[i];
  return "failed";
}

const char *
leyden_node_error_get_code (const GError *error)
{
  const char *name = "failed";

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == G_IO_ERROR)
    return io_error_name (error->code);
  g_mutex_lock (&names_lock);
  ensure_names ();
  for (guint i = 0; i < names_registered->len; i++)
    {
      ErrorNames *entry = &g_array_index (names_registered, ErrorNames, i);

      if (entry->domain == error->domain)
        name = name_at (entry->names, error->code);
    }
  g_mutex_unlock (&names_lock);
  return name;
}
