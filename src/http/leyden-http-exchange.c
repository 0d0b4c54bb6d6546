/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-server-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

LeydenHttpExchange *
leyden_http_exchange_new (LeydenHttpCore *core,
                          const char     *raw_target)
{
  LeydenHttpExchange *self = g_new0 (LeydenHttpExchange, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->core = leyden_http_core_ref (core);
  self->raw_target = g_strdup (raw_target);
  self->started_us = g_get_monotonic_time ();
  self->answer.fd = -1;
  return self;
}

static void
answer_clear (LeydenHttpAnswer *answer)
{
  g_clear_pointer (&answer->headers, g_ptr_array_unref);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_clear_pointer (&answer->stream, leyden_http_stream_release);
  if (answer->fd >= 0)
    close (answer->fd);
  answer->fd = -1;
}

static void
exchange_free (LeydenHttpExchange *self)
{
  answer_clear (&self->answer);
  leyden_http_match_clear (&self->match);
  g_clear_pointer (&self->target, leyden_http_target_free);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  g_clear_pointer (&self->arriving, g_byte_array_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->spool, leyden_http_spool_free);
  if (self->principal_destroy != NULL)
    self->principal_destroy (self->principal);
  g_free (self->refusal);
  g_free (self->method);
  g_free (self->raw_target);
  if (self->body_charge > 0)
    g_atomic_pointer_add (&self->core->body_bytes, -(gssize) self->body_charge);
  g_mutex_clear (&self->lock);
  leyden_http_core_unref (self->core);
  g_free (self);
}

void
leyden_http_exchange_hold (LeydenHttpExchange *self)
{
  g_atomic_ref_count_inc (&self->refs);
}

void
leyden_http_exchange_release (LeydenHttpExchange *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    exchange_free (self);
}

LeydenHttpExchange *
leyden_http_exchange_ref (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_mutex_lock (&self->lock);
  self->n_users++;
  g_mutex_unlock (&self->lock);
  leyden_http_exchange_hold (self);
  return self;
}

gboolean
leyden_http_exchange_is_answered (LeydenHttpExchange *self)
{
  gboolean answered;

  g_mutex_lock (&self->lock);
  answered = self->answer.status != 0;
  g_mutex_unlock (&self->lock);
  return answered;
}

void
leyden_http_exchange_unref (LeydenHttpExchange *self)
{
  gboolean forgotten;

  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->lock);
  forgotten = --self->n_users == 0 && self->answer.status == 0;
  g_mutex_unlock (&self->lock);
  if (forgotten)
    leyden_http_exchange_respond_error (self, 500, "The request was dropped without an answer");
  leyden_http_exchange_release (self);
}

static void
run_handler_cb (gpointer letter)
{
  LeydenHttpExchange *self = letter;

  if (g_atomic_int_get (&self->core->stopped) == 0)
    self->match.route->handler (self, self->match.route->user_data);
}

gboolean
leyden_http_exchange_dispatch (LeydenHttpExchange *self)
{
  leyden_http_exchange_ref (self);
  self->counted = TRUE;
  g_atomic_int_inc (&self->core->n_handling);
  return leyden_http_mailbox_post (self->core->to_handlers, run_handler_cb,
                                   (LeydenHttpLetterFunc) leyden_http_exchange_unref, self);
}

const char *
leyden_http_exchange_get_method (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

const char *
leyden_http_exchange_get_path (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->target != NULL ? self->target->path : NULL;
}

const char *
leyden_http_exchange_get_peer (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->peer;
}

gpointer
leyden_http_exchange_get_route_data (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->match.route != NULL ? self->match.route->user_data : NULL;
}

void
leyden_http_exchange_set_principal (LeydenHttpExchange *self,
                                    gpointer            principal,
                                    GDestroyNotify      destroy)
{
  g_return_if_fail (self != NULL);

  if (self->principal_destroy != NULL)
    self->principal_destroy (self->principal);
  self->principal = principal;
  self->principal_destroy = destroy;
}

gpointer
leyden_http_exchange_get_principal (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->principal;
}

void
leyden_http_exchange_set_delay (LeydenHttpExchange *self,
                                guint               delay_ms)
{
  g_return_if_fail (self != NULL);

  self->delay_ms = delay_ms;
}

void
leyden_http_exchange_set_refusal (LeydenHttpExchange *self,
                                  guint               retry_after_s,
                                  const char         *detail)
{
  g_return_if_fail (self != NULL);

  g_free (self->refusal);
  self->refusal = g_strdup (detail);
  self->retry_after_s = retry_after_s;
}

const char *
leyden_http_exchange_get_param (LeydenHttpExchange *self,
                                const char         *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  return leyden_http_match_get (&self->match, name);
}

const char *
leyden_http_exchange_get_query (LeydenHttpExchange *self,
                                const char         *name)
{
  return leyden_http_exchange_get_query_nth (self, name, 0);
}

guint
leyden_http_exchange_get_n_query (LeydenHttpExchange *self,
                                  const char         *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, 0);

  return leyden_http_target_count_query (self->target, name);
}

const char *
leyden_http_exchange_get_query_nth (LeydenHttpExchange *self,
                                    const char         *name,
                                    guint               n)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  return leyden_http_target_get_query (self->target, name, n);
}

const char *
leyden_http_exchange_get_header (LeydenHttpExchange *self,
                                 const char         *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  for (guint i = 0; self->fields != NULL && i + 1 < self->fields->len; i += 2)
    {
      if (g_ascii_strcasecmp (self->fields->pdata[i], name) == 0)
        return self->fields->pdata[i + 1];
    }
  return NULL;
}

GBytes *
leyden_http_exchange_get_body (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

gboolean
leyden_http_exchange_has_hung_up (LeydenHttpExchange *self)
{
  return g_atomic_int_get (&self->hung_up);
}

void
leyden_http_exchange_drop_body (LeydenHttpExchange *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->body, g_bytes_unref);
  self->body = g_bytes_new_static ("", 0);
  if (self->body_charge > 0)
    g_atomic_pointer_add (&self->core->body_bytes, -(gssize) self->body_charge);
  self->body_charge = 0;
}

const char *
leyden_http_exchange_get_spool_path (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->spool != NULL ? leyden_http_spool_get_path (self->spool) : NULL;
}

const char *
leyden_http_exchange_get_spool_sha256 (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->spool != NULL ? leyden_http_spool_get_sha256 (self->spool) : NULL;
}

char *
leyden_http_exchange_steal_spool (LeydenHttpExchange *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->spool != NULL ? leyden_http_spool_steal (self->spool) : NULL;
}

/* A line break from outside must not become a second header. */
static char *
clean_value (const char *value)
{
  char *clean = g_strdup (value);

  for (char *p = clean; *p != '\0'; p++)
    {
      if ((guchar) *p < 0x20 || *p == 0x7f)
        *p = ' ';
    }
  return clean;
}

static void
add_header_locked (LeydenHttpExchange *self,
                   const char         *name,
                   const char         *value)
{
  if (self->answer.headers == NULL)
    self->answer.headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->answer.headers, g_strdup (name));
  g_ptr_array_add (self->answer.headers, clean_value (value));
}

void
leyden_http_exchange_add_header (LeydenHttpExchange *self,
                                 const char         *name,
                                 const char         *value)
{
  g_return_if_fail (self != NULL && name != NULL && value != NULL);

  g_mutex_lock (&self->lock);
  if (self->answer.status == 0)
    add_header_locked (self, name, value);
  g_mutex_unlock (&self->lock);
}

static void
answered_cb (gpointer letter)
{
  LeydenHttpExchange *self = letter;

  if (self->connection == NULL)
    return;
  if (self->answer.stream != NULL)
    leyden_http_stream_attach (self->answer.stream, self->connection);
  leyden_http_connection_wake (self->connection);
}

/* Also for letters that nobody reads any more: a stream without a connection is at its end. */
static void
answer_read_cb (gpointer letter)
{
  LeydenHttpExchange *self = letter;

  if (self->answer.stream != NULL && !leyden_http_stream_is_attached (self->answer.stream))
    leyden_http_stream_cut (self->answer.stream);
  leyden_http_exchange_release (self);
}

static void
give_answer (LeydenHttpExchange *self,
             const char         *content_type,
             LeydenHttpAnswer    answer)
{
  gboolean twice;

  g_mutex_lock (&self->lock);
  twice = self->answer.status != 0;
  if (!twice)
    {
      if (content_type != NULL)
        add_header_locked (self, "Content-Type", content_type);
      answer.headers = self->answer.headers;
      self->answer = answer;
    }
  g_mutex_unlock (&self->lock);
  if (twice)
    {
      answer_clear (&answer);
      g_critical ("%s %s was answered twice", self->method, self->target->path);
      return;
    }
  if (self->counted)
    g_atomic_int_add (&self->core->n_handling, -1);
  leyden_http_exchange_hold (self);
  leyden_http_mailbox_post (self->core->to_server, answered_cb, answer_read_cb, self);
}

void
leyden_http_exchange_respond (LeydenHttpExchange *self,
                              guint               status,
                              const char         *content_type,
                              GBytes             *body)
{
  LeydenHttpAnswer answer = { .status = status, .fd = -1 };

  g_return_if_fail (self != NULL && status >= 200 && status <= 599);

  answer.body = body != NULL ? g_bytes_ref (body) : NULL;
  give_answer (self, content_type, answer);
}

void
leyden_http_exchange_respond_json (LeydenHttpExchange *self,
                                   guint               status,
                                   LeydenValue        *value)
{
  g_autoptr(GBytes) body = NULL;

  g_return_if_fail (self != NULL);

  body = leyden_json_write_bytes (value, LEYDEN_JSON_COMPACT);
  leyden_http_exchange_respond (self, status, "application/json", body);
}

GBytes *
leyden_http_error_body (const char *detail)
{
  g_autofree char *line = leyden_text_escape (detail, -1, 500);
  GString *text = g_string_new ("{\"detail\":");

  leyden_json_write_string (text, line, -1);
  g_string_append_c (text, '}');
  return g_string_free_to_bytes (text);
}

void
leyden_http_exchange_respond_error (LeydenHttpExchange *self,
                                    guint               status,
                                    const char         *format,
                                    ...)
{
  g_autoptr(GBytes) body = NULL;
  g_autofree char *detail = NULL;
  va_list arguments;

  g_return_if_fail (self != NULL && format != NULL);

  va_start (arguments, format);
  detail = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  body = leyden_http_error_body (detail);
  leyden_http_exchange_respond (self, status, "application/json", body);
}

void
leyden_http_exchange_respond_file (LeydenHttpExchange *self,
                                   guint               status,
                                   const char         *content_type,
                                   const char         *path)
{
  LeydenHttpAnswer answer = { .status = status, .fd = -1 };
  struct stat info;
  int code = 0;

  g_return_if_fail (self != NULL && path != NULL && status >= 200 && status <= 599);

  answer.fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (answer.fd < 0 || fstat (answer.fd, &info) < 0)
    code = errno;
  else if (!S_ISREG (info.st_mode))
    code = EISDIR;
  if (code != 0)
    {
      answer_clear (&answer);
      leyden_http_exchange_respond_error (self, code == ENOENT ? 404 : 500, "The file could not be read: %s",
                                          g_strerror (code));
      return;
    }
  answer.fd_length = (guint64) info.st_size;
  give_answer (self, content_type, answer);
}

LeydenHttpStream *
leyden_http_exchange_respond_stream (LeydenHttpExchange *self,
                                     guint               status,
                                     const char         *content_type)
{
  LeydenHttpAnswer answer = { .status = status, .fd = -1 };
  LeydenHttpStream *stream;

  g_return_val_if_fail (self != NULL && content_type != NULL && status >= 200 && status <= 599, NULL);

  stream = leyden_http_stream_new (self->core, g_str_has_prefix (content_type, "text/event-stream"));
  answer.stream = stream;
  leyden_http_stream_hold (stream);
  give_answer (self, content_type, answer);
  return stream;
}
