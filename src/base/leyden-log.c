/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-base"

#include "leyden-log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* The version whose field reference has all the names that are used. */
#define ECS_VERSION "8.11.0"
#define MAX_MESSAGE 8000

static int current_format;              /* atomic: LeydenLogFormat */

typedef struct
{
  LeydenLogRedact function;
  gpointer        data;
  GDestroyNotify  destroy;
} Redactor;

static GMutex redact_lock;
static Redactor *redactor;              /* atomic box; under the lock */
/* Set while this thread is in the redactor. */
static GPrivate redacting;

static void
redactor_clear (gpointer data)
{
  Redactor *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
}

void
leyden_log_set_redact (LeydenLogRedact redact,
                       gpointer        data,
                       GDestroyNotify  destroy)
{
  Redactor *made = NULL;
  Redactor *before;

  if (redact != NULL)
    {
      made = g_atomic_rc_box_new (Redactor);
      *made = (Redactor) { redact, data, destroy };
    }
  g_mutex_lock (&redact_lock);
  before = redactor;
  redactor = made;
  g_mutex_unlock (&redact_lock);
  if (before != NULL)
    g_atomic_rc_box_release_full (before, redactor_clear);
}

/* (nullable): unchanged, or there is nobody to ask. Not under the lock, for the redactor may have something to say itself; what it says is not
 * put before it, which may hold locks of its own. */
static char *
redact (const char *text)
{
  Redactor *self;
  char *out;

  if (g_private_get (&redacting) != NULL)
    return NULL;
  g_mutex_lock (&redact_lock);
  self = redactor != NULL ? g_atomic_rc_box_acquire (redactor) : NULL;
  g_mutex_unlock (&redact_lock);
  if (self == NULL)
    return NULL;
  g_private_set (&redacting, self);
  out = self->function (text, -1, self->data);
  g_private_set (&redacting, NULL);
  g_atomic_rc_box_release_full (self, redactor_clear);
  return out;
}

/* (transfer full): without secrets, valid UTF-8. */
static char *
clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize)strnlen (text, MAX_MESSAGE));
  g_autofree char *known = redact (valid);
  char *masked = leyden_text_mask_secrets (known != NULL ? known : valid, -1);

  if (masked != NULL)
    return masked;
  return known != NULL ? g_steal_pointer (&known) : g_steal_pointer (&valid);
}

static const char *
level_name (GLogLevelFlags level)
{
  if ((level & G_LOG_LEVEL_ERROR) != 0)
    return "fatal";
  if ((level & G_LOG_LEVEL_CRITICAL) != 0)
    return "error";
  if ((level & G_LOG_LEVEL_WARNING) != 0)
    return "warn";
  return (level & G_LOG_LEVEL_DEBUG) != 0 ? "debug" : "info";
}

static char *
format_time (gint64 now_us)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autofree char *seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03dZ", seconds, (int)(now_us % G_USEC_PER_SEC / 1000));
}

static void
append_member (GString    *line,
               const char *name,
               const char *value)
{
  g_string_append_printf (line, "%s\"%s\":", line->len > 1 ? "," : "", name);
  leyden_json_write_string (line, value, -1);
}

static void
append_fields (GString     *line,
               LeydenValue *fields)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *value = leyden_value_get_item (fields, i);
      const char *text = leyden_value_get_string (value, NULL);
      g_autofree char *cleaned = text == NULL ? NULL : clean (text);
      g_autofree char *json = text == NULL ? leyden_json_write (value, LEYDEN_JSON_COMPACT) : NULL;

      if (cleaned != NULL)
        append_member (line, leyden_value_get_key (fields, i), cleaned);
      else
        g_string_append_printf (line, ",\"%s\":%s", leyden_value_get_key (fields, i), json);
    }
}

char *
leyden_log_make_line (GLogLevelFlags  level,
                      const char     *domain,
                      const char     *message,
                      LeydenValue    *fields,
                      gint64          now_us)
{
  GString *line = g_string_new ("{");
  g_autofree char *time = format_time (now_us);
  g_autofree char *text = clean (message);

  append_member (line, "@timestamp", time);
  append_member (line, "log.level", level_name (level));
  append_member (line, "message", text);
  append_member (line, "ecs.version", ECS_VERSION);
  append_member (line, "service.name", "leyden");
  append_member (line, "service.version", PACKAGE_VERSION);
  g_string_append_printf (line, ",\"process.pid\":%ld", (long)getpid ());
  if (domain != NULL)
    append_member (line, "log.logger", domain);
  if (leyden_value_get_member (fields, "event.dataset") == NULL)
    append_member (line, "event.dataset", "leyden.log");
  append_fields (line, fields);
  g_string_append (line, "}\n");
  return g_string_free (line, FALSE);
}

/* In one piece where the system allows, so that lines of several threads do not mix. */
static void
write_line (const char *line)
{
  gsize left = strlen (line);

  while (left > 0)
    {
      gssize n = write (STDERR_FILENO, line, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return;
      line += n;
      left -= (gsize)n;
    }
}

void
leyden_log_event (GLogLevelFlags  level,
                  const char     *domain,
                  const char     *message,
                  LeydenValue    *fields)
{
  g_autofree char *line = NULL;
  g_autofree char *shown = NULL;

  if (leyden_log_get_format () == LEYDEN_LOG_JSON)
    line = leyden_log_make_line (level, domain, message, fields, g_get_real_time ());
  else
    {
      g_autofree char *text = clean (message);

      shown = leyden_text_escape (text, -1, 4000);
      line = g_strconcat ("leydenctl: ", shown, "\n", NULL);
    }
  write_line (line);
}

static const char *
find_field (const GLogField *fields,
            gsize            n_fields,
            const char      *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return NULL;
}

static GLogWriterOutput
writer_cb (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         data)
{
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *message = find_field (fields, n_fields, "MESSAGE");

  if (!g_log_writer_default_would_drop (level, domain))
    leyden_log_event (level, domain, message == NULL ? "" : message, NULL);
  return G_LOG_WRITER_HANDLED;
}

void
leyden_log_set_format (LeydenLogFormat format)
{
  static gsize taken = 0;

  g_atomic_int_set (&current_format, format);
  if (format == LEYDEN_LOG_JSON && g_once_init_enter (&taken))
    {
      g_log_set_writer_func (writer_cb, NULL, NULL);
      g_once_init_leave (&taken, 1);
    }
}

LeydenLogFormat
leyden_log_get_format (void)
{
  return (LeydenLogFormat)g_atomic_int_get (&current_format);
}
