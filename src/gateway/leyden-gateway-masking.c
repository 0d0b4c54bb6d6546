/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is masked before it is stored: rules by file, or by request and kept in the store. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "leyden-json.h"
#include "leyden-redact.h"
#include "leyden-text.h"

#define KIND "masking"
#define NAME "rules"
#define MAX_FILE (1024 * 1024)
#define MAX_TRIED (64 * 1024)

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

static char *
redact_settings_cb (const char *text,
                    gssize      length,
                    gpointer    data)
{
  return leyden_secrets_redact_known_changed (data, text, length);
}

void
leyden_gateway_start_masking (LeydenGateway *self)
{
  leyden_secrets_remember (self->secrets, self->key);
  leyden_secrets_remember (self->secrets, self->approval_key);
  leyden_sqlite_store_set_redact (self->store, redact_cb, redact_settings_cb, g_object_ref (self->secrets), g_object_unref);
}

/* ---- Rules of a file, or of the store ---- */

gboolean
leyden_gateway_read_mask_file (LeydenGateway  *self,
                               const char     *path,
                               GError        **error)
{
  g_autofree char *name = leyden_text_path (path);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenMask) mask = NULL;
  g_autoptr(GError) local_error = NULL;
  GStatBuf status;
  gsize length = 0;

  if (g_stat (path, &status) != 0)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, "%s: %s", name, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (status.st_mode) || status.st_size > MAX_FILE)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, _("%s is not a small regular file with rules of masking"), name);
      return FALSE;
    }
  if (g_file_get_contents (path, &text, &length, &local_error))
    value = leyden_json_parse (text, (gssize) length, NULL, &local_error);
  if (value != NULL)
    mask = leyden_mask_from_value (value, &local_error);
  if (mask == NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_FILE, "%s: %s", name, local_error->message);
      return FALSE;
    }
  leyden_secrets_set_mask (self->secrets, mask);
  self->mask_of_file = TRUE;
  return TRUE;
}

void
leyden_gateway_take_stored_mask (LeydenGateway *self,
                                 LeydenValue   *documents)
{
  LeydenValue *rules = leyden_value_get_member (documents, NAME);
  g_autoptr(LeydenMask) mask = NULL;
  g_autoptr(GError) error = NULL;

  if (self->mask_of_file || rules == NULL)
    return;
  mask = leyden_mask_from_value (rules, &error);
  if (mask != NULL)
    leyden_secrets_set_mask (self->secrets, mask);
  else
    g_warning ("The stored rules of masking are left out, keys are masked: %s", error->message);
}

/* ---- Rollouts ---- */

static char *
mask_entered_cb (const char *text,
                 gssize      length,
                 gpointer    data)
{
  return leyden_mask_apply (data, text, length, LEYDEN_MASK_ENTERED);
}

LeydenRunJob *
leyden_gateway_finish_job (LeydenGateway  *self,
                           GAsyncResult   *result,
                           GError        **error)
{
  LeydenRunJob *job = leyden_run_job_prepare_finish (result, error);
  g_autoptr(LeydenMask) mask = leyden_secrets_dup_mask (self->secrets);

  if (job != NULL && leyden_mask_is_active (mask, LEYDEN_MASK_ENTERED))
    leyden_run_job_redact (job, mask_entered_cb, mask);
  return job;
}

LeydenValue *
leyden_gateway_mask_entered (LeydenGateway *self,
                             LeydenValue   *value)
{
  g_autoptr(LeydenMask) mask = leyden_secrets_dup_mask (self->secrets);

  if (value == NULL)
    return NULL;
  return leyden_mask_is_active (mask, LEYDEN_MASK_ENTERED) ? leyden_redact_value (value, mask_entered_cb, mask) : leyden_value_ref (value);
}

/* ---- Routes ---- */

static LeydenValue *
describe (LeydenGateway *self)
{
  g_autoptr(LeydenMask) mask = leyden_secrets_dup_mask (self->secrets);
  g_autoptr(LeydenValue) rules = leyden_mask_to_value (mask);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (rules, i), leyden_value_get_item (rules, i));
  leyden_value_builder_set_take (&b, "masked", leyden_mask_count (mask));
  leyden_value_builder_set_boolean (&b, "by_file", self->mask_of_file);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_gateway_get_masking (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  leyden_gateway_respond_take (exchange, 200, describe (self));
}

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenMask         *before;
} Change;

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Change *change = user_data;
  g_autoptr(GError) error = NULL;

  if (leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_take (change->exchange, 200, describe (change->self));
    }
  else
    {
      leyden_secrets_set_mask (change->self->secrets, change->before);
      leyden_gateway_respond_gerror (change->exchange, error);
    }
  leyden_mask_unref (change->before);
  leyden_http_exchange_unref (change->exchange);
  g_object_unref (change->self);
  g_free (change);
}

void
leyden_gateway_put_masking (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenMask) mask = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;
  Change *change;

  if (body == NULL)
    return;
  if (self->mask_of_file)
    {
      leyden_http_exchange_respond_error (exchange, 409, "The rules of masking stand in a file; change them there and start the backend again");
      return;
    }
  mask = leyden_mask_from_value (body, &error);
  if (mask == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  value = leyden_mask_to_value (mask);
  leyden_gateway_audit (self, exchange, "masking.changed", NULL, value);
  change = g_new (Change, 1);
  change->self = g_object_ref (self);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->before = leyden_secrets_dup_mask (self->secrets);
  leyden_secrets_set_mask (self->secrets, mask);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, NAME, value, stored_cb, change);
}

/* What the rules make of a text, so that they can be tried; nothing is kept. In a thread: each rule may take some tenths of a second. */
typedef struct
{
  LeydenHttpExchange *exchange;
  LeydenValue        *body;
  LeydenMask         *mask;
} Trial;

static void
trial_free (gpointer data)
{
  Trial *trial = data;

  leyden_http_exchange_unref (trial->exchange);
  leyden_value_unref (trial->body);
  leyden_mask_unref (trial->mask);
  g_free (trial);
}

static void
try_thread (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  Trial *trial = data;
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (trial->body, "text"), &length);
  g_autofree char *masked = leyden_mask_apply (trial->mask, text, (gssize) length, LEYDEN_MASK_STORED);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "text", masked != NULL ? masked : text);
  leyden_value_builder_set_boolean (&b, "changed", masked != NULL);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (trial->exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_try_masking (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *rules = leyden_value_get_member (body, "rules");
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (body, "text"), &length);
  g_autoptr(LeydenMask) mask = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GTask) task = NULL;
  Trial *trial;

  if (body == NULL)
    return;
  if (text == NULL || length > MAX_TRIED)
    {
      leyden_http_exchange_respond_error (exchange, 422, "Expected {\"text\": at most %d bytes, \"rules\": as PUT takes them, or none}", MAX_TRIED);
      return;
    }
  mask = rules != NULL ? leyden_mask_from_value (rules, &error) : leyden_secrets_dup_mask (self->secrets);
  if (mask == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  trial = g_new (Trial, 1);
  *trial = (Trial) { leyden_http_exchange_ref (exchange), g_steal_pointer (&body), g_steal_pointer (&mask) };
  task = g_task_new (self, NULL, NULL, NULL);
  g_task_set_source_tag (task, leyden_gateway_try_masking);
  g_task_set_task_data (task, trial, trial_free);
  g_task_run_in_thread (task, try_thread);
}
