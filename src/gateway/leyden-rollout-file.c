/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rollout-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-run-job.h"

#define MAX_RECORDS 5000000
/* Of texts that lists show; what makes sense is far below. */
#define MAX_TEXT    1000
#define MAX_PATH    10000

void
leyden_rollout_file_free (LeydenRolloutFile *self)
{
  g_clear_pointer (&self->row, leyden_value_unref);
  g_clear_pointer (&self->run, leyden_value_unref);
  g_clear_pointer (&self->flow, leyden_value_unref);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_free (self);
}

static gboolean
refuse (GError     **error,
        const char  *message)
{
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, message);
  return FALSE;
}

static gboolean
check_version (LeydenValue  *version,
               GError      **error)
{
  gint64 n;

  if (!leyden_value_get_int (version, &n) || n < 1)
    return refuse (error, _("This is no exported rollout"));
  if (n > LEYDEN_ROLLOUT_FILE_VERSION)
    return refuse (error, _("The rollout was exported by a newer Leyden"));
  return TRUE;
}

static gboolean
add_record (LeydenRolloutFile  *self,
            LeydenValue        *value,
            GError            **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(LeydenRecord) record = leyden_record_from_value (value, &local);
  LeydenRecord *first = self->records->len > 0 ? g_ptr_array_index (self->records, 0) : NULL;

  if (record == NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "records[%u]: %s", self->records->len, local->message);
      return FALSE;
    }
  if (record->sequence != self->records->len + 1 || (first != NULL && strcmp (first->rollout, record->rollout) != 0))
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("records[%u] is not the next of the rollout"),
                   self->records->len);
      return FALSE;
    }
  if (self->records->len >= MAX_RECORDS || strlen (record->node) > MAX_PATH || strlen (record->type) > MAX_TEXT
      || strlen (record->actor) > MAX_TEXT || strlen (record->attempt) > MAX_TEXT || strlen (record->rollout) > MAX_TEXT)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("records[%u] is larger than any can be"), self->records->len);
      return FALSE;
    }
  g_ptr_array_add (self->records, g_steal_pointer (&record));
  return TRUE;
}

static gboolean
read_records (LeydenRolloutFile  *self,
              LeydenJsonReader   *reader,
              GError            **error)
{
  LeydenJsonToken token = leyden_json_reader_next (reader, error);

  if (token == LEYDEN_JSON_TOKEN_ERROR)
    return FALSE;
  if (token != LEYDEN_JSON_TOKEN_BEGIN_LIST)
    return refuse (error, _("“records” must be a list"));
  while ((token = leyden_json_reader_next (reader, error)) != LEYDEN_JSON_TOKEN_END_LIST)
    {
      g_autoptr(LeydenValue) value = token != LEYDEN_JSON_TOKEN_ERROR ? leyden_json_reader_read_value (reader, error) : NULL;

      if (value == NULL || !add_record (self, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_member (LeydenRolloutFile  *self,
             const char         *key,
             LeydenValue        *value,
             GError            **error)
{
  static const char * const names[] = { "rollout", "run", "flow", "input" };
  LeydenValue ** const places[] = { &self->row, &self->run, &self->flow, &self->input };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (strcmp (key, names[i]) != 0)
        continue;
      g_clear_pointer (places[i], leyden_value_unref);
      if (leyden_value_is_null (value))
        return TRUE;
      if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
        {
          g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("“%s” must be an object"), key);
          return FALSE;
        }
      *places[i] = leyden_value_ref (value);
    }
  return TRUE;
}

static gboolean
read_members (LeydenRolloutFile  *self,
              LeydenJsonReader   *reader,
              GError            **error)
{
  gboolean known = FALSE;
  LeydenJsonToken token;

  while ((token = leyden_json_reader_next (reader, error)) == LEYDEN_JSON_TOKEN_KEY)
    {
      g_autofree char *key = g_strdup (leyden_json_reader_get_text (reader, NULL));
      g_autoptr(LeydenValue) value = NULL;

      /* What it is comes first: another file is not read to its end. */
      if (!known && strcmp (key, "leyden-rollout") != 0)
        return refuse (error, _("This is no exported rollout"));
      if (strcmp (key, "records") == 0)
        {
          if (self->records->len > 0)
            return refuse (error, _("“records” must be a list"));
          if (!read_records (self, reader, error))
            return FALSE;
          continue;
        }
      value = leyden_json_reader_read_value (reader, error);
      if (value == NULL || (!known && !check_version (value, error)) || !take_member (self, key, value, error))
        return FALSE;
      known = TRUE;
    }
  return token == LEYDEN_JSON_TOKEN_END_OBJECT && leyden_json_reader_next (reader, error) == LEYDEN_JSON_TOKEN_END;
}

LeydenRolloutFile *
leyden_rollout_file_parse (const char  *text,
                           gsize        length,
                           GError     **error)
{
  /* Payloads may hold what came by the wire. */
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_bytes = LEYDEN_ROLLOUT_FILE_MAX, .max_values = 400000000, .refuse_surrogates = TRUE };
  g_autoptr(LeydenJsonReader) reader = leyden_json_reader_new (text, length, &limits);
  g_autoptr(LeydenRolloutFile) self = g_new0 (LeydenRolloutFile, 1);
  LeydenJsonToken token;

  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  token = leyden_json_reader_next (reader, error);
  if (token == LEYDEN_JSON_TOKEN_ERROR)
    return NULL;
  if (token != LEYDEN_JSON_TOKEN_BEGIN_OBJECT)
    {
      refuse (error, _("This is no exported rollout"));
      return NULL;
    }
  if (!read_members (self, reader, error))
    return NULL;
  if (self->records->len == 0)
    {
      refuse (error, _("The rollout has no records"));
      return NULL;
    }
  return g_steal_pointer (&self);
}
