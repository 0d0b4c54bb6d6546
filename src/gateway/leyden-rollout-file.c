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
/* Of values of all kinds: a short one takes up to thirty times its text in memory. */
#define MAX_VALUES  64000000

/* Once through the records of a file. */
typedef struct
{
  LeydenJsonReader *reader;
  char             *rollout;    /* that they name; NULL before the first */
  guint64           n;          /* so many were read */
} Reading;

static void
reading_init (Reading    *self,
              const char *text,
              gsize       length)
{
  /* Payloads may hold what came by the wire. */
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_bytes = LEYDEN_ROLLOUT_FILE_MAX, .max_values = MAX_VALUES, .refuse_surrogates = TRUE };

  *self = (Reading) { .reader = leyden_json_reader_new (text, length, &limits) };
}

static void
reading_clear (Reading *self)
{
  g_clear_pointer (&self->reader, leyden_json_reader_free);
  g_clear_pointer (&self->rollout, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

void
leyden_rollout_file_free (LeydenRolloutFile *self)
{
  g_clear_pointer (&self->row, leyden_value_unref);
  g_clear_pointer (&self->run, leyden_value_unref);
  g_clear_pointer (&self->flow, leyden_value_unref);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_free (self->rollout);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError     **error,
        const char  *format,
        ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, message);
  return FALSE;
}

/* The reader stands behind a key. */
static gboolean
skip_member (LeydenJsonReader  *reader,
             GError           **error)
{
  return leyden_json_reader_next (reader, error) != LEYDEN_JSON_TOKEN_ERROR && leyden_json_reader_skip_value (reader, error);
}

/* ---- Records ---- */

static gboolean
check_record (Reading       *self,
              LeydenRecord  *record,
              GError       **error)
{
  guint index = (guint) self->n;

  if (record->sequence != self->n + 1 || (self->rollout != NULL && strcmp (self->rollout, record->rollout) != 0))
    return refuse (error, _("records[%u] is not the next of the rollout"), index);
  if (self->n >= MAX_RECORDS || strlen (record->node) > MAX_PATH || strlen (record->type) > MAX_TEXT || strlen (record->actor) > MAX_TEXT
      || strlen (record->attempt) > MAX_TEXT || strlen (record->rollout) > MAX_TEXT)
    return refuse (error, _("records[%u] is larger than any can be"), index);
  if (self->rollout == NULL)
    self->rollout = g_strdup (record->rollout);
  self->n++;
  return TRUE;
}

/* The reader stands behind the begin of the object. */
static LeydenValue *
read_envelope (Reading  *self,
               GError  **error)
{
  static const char * const names[] = { "rollout", "attempt", "sequence", "position", "time", "actor", "type", "node", "payload", NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint seen = 0;
  LeydenJsonToken token;

  leyden_value_builder_begin_object (&b);
  while ((token = leyden_json_reader_next (self->reader, error)) == LEYDEN_JSON_TOKEN_KEY)
    {
      const char *key = leyden_json_reader_get_text (self->reader, NULL);
      g_autoptr(LeydenValue) value = NULL;
      guint i = 0;

      while (names[i] != NULL && strcmp (names[i], key) != 0)
        i++;
      if (names[i] == NULL)
        {
          if (!skip_member (self->reader, error))
            return NULL;
          continue;
        }
      if (seen & (1u << i))
        {
          refuse (error, _("records[%u] has “%s” twice"), (guint) self->n, names[i]);
          return NULL;
        }
      seen |= 1u << i;
      value = leyden_json_reader_read_value (self->reader, error);
      if (value == NULL)
        return NULL;
      leyden_value_builder_set (&b, names[i], value);
    }
  if (token != LEYDEN_JSON_TOKEN_END_OBJECT)
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* NULL without an error: there is none any more. */
static LeydenRecord *
read_record (Reading  *self,
             GError  **error)
{
  LeydenJsonToken token = leyden_json_reader_next (self->reader, error);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenRecord) record = NULL;
  g_autoptr(GError) local = NULL;

  if (token == LEYDEN_JSON_TOKEN_END_LIST || token == LEYDEN_JSON_TOKEN_ERROR)
    return NULL;
  if (token != LEYDEN_JSON_TOKEN_BEGIN_OBJECT)
    {
      refuse (error, _("records[%u] is no object"), (guint) self->n);
      return NULL;
    }
  value = read_envelope (self, error);
  if (value == NULL)
    return NULL;
  record = leyden_record_from_value (value, &local);
  if (record == NULL)
    {
      refuse (error, "records[%u]: %s", (guint) self->n, local->message);
      return NULL;
    }
  return check_record (self, record, error) ? g_steal_pointer (&record) : NULL;
}

/* The reader stands before the value of "records". */
static gboolean
enter_records (Reading  *self,
               GError  **error)
{
  LeydenJsonToken token = leyden_json_reader_next (self->reader, error);

  if (token == LEYDEN_JSON_TOKEN_ERROR)
    return FALSE;
  return token == LEYDEN_JSON_TOKEN_BEGIN_LIST || refuse (error, _("“%s” must be a list"), "records");
}

static gboolean
read_records (Reading                *self,
              LeydenRolloutFileFunc   func,
              gpointer                data,
              GError                **error)
{
  g_autoptr(GError) local = NULL;
  LeydenRecord *record;

  if (!enter_records (self, error))
    return FALSE;
  while ((record = read_record (self, &local)) != NULL)
    {
      func (record, data);
      leyden_record_unref (record);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- The file ---- */

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

/* Of the file's members; those that are objects come first. */
static const char * const names[] = { "rollout", "run", "flow", "input", "records", "leyden-rollout" };
enum { RECORDS = 4, VERSION };

static gboolean
read_member (LeydenRolloutFile      *self,
             Reading                *reading,
             guint                   member,
             LeydenRolloutFileFunc   func,
             gpointer                data,
             GError                **error)
{
  LeydenValue ** const places[] = { &self->row, &self->run, &self->flow, &self->input };
  g_autoptr(LeydenValue) value = NULL;

  if (member == G_N_ELEMENTS (names))
    return skip_member (reading->reader, error);
  if (member == RECORDS)
    return read_records (reading, func, data, error);
  value = leyden_json_reader_read_value (reading->reader, error);
  if (value == NULL)
    return FALSE;
  if (member == VERSION)
    return check_version (value, error);
  if (leyden_value_is_null (value))
    return TRUE;
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return refuse (error, _("“%s” must be an object"), names[member]);
  *places[member] = g_steal_pointer (&value);
  return TRUE;
}

static gboolean
read_members (LeydenRolloutFile      *self,
              Reading                *reading,
              LeydenRolloutFileFunc   func,
              gpointer                data,
              GError                **error)
{
  guint seen = 0;
  LeydenJsonToken token;

  while ((token = leyden_json_reader_next (reading->reader, error)) == LEYDEN_JSON_TOKEN_KEY)
    {
      const char *key = leyden_json_reader_get_text (reading->reader, NULL);
      guint i = 0;

      while (i < G_N_ELEMENTS (names) && strcmp (names[i], key) != 0)
        i++;
      /* What it is comes first: another file is not read to its end. */
      if (seen == 0 && i != VERSION)
        return refuse (error, _("This is no exported rollout"));
      if (i < G_N_ELEMENTS (names) && (seen & (1u << i)))
        return refuse (error, _("“%s” stands there twice"), names[i]);
      seen |= 1u << i;
      if (!read_member (self, reading, i, func, data, error))
        return FALSE;
    }
  if (token != LEYDEN_JSON_TOKEN_END_OBJECT || leyden_json_reader_next (reading->reader, error) != LEYDEN_JSON_TOKEN_END)
    return FALSE;
  return reading->n > 0 || refuse (error, _("The rollout has no records"));
}

LeydenRolloutFile *
leyden_rollout_file_parse (const char             *text,
                           gsize                   length,
                           LeydenRolloutFileFunc   func,
                           gpointer                data,
                           GError                **error)
{
  g_auto(Reading) reading = { 0 };
  g_autoptr(LeydenRolloutFile) self = g_new0 (LeydenRolloutFile, 1);
  GError *local = NULL;
  LeydenJsonToken token;

  reading_init (&reading, text, length);
  token = leyden_json_reader_next (reading.reader, &local);
  if (token != LEYDEN_JSON_TOKEN_BEGIN_OBJECT && token != LEYDEN_JSON_TOKEN_ERROR)
    refuse (&local, _("This is no exported rollout"));
  if (local != NULL || !read_members (self, &reading, func, data, &local))
    {
      g_propagate_error (error, local);
      return NULL;
    }
  self->rollout = g_steal_pointer (&reading.rollout);
  self->n_records = reading.n;
  return g_steal_pointer (&self);
}

/* ---- Once more ---- */

struct _LeydenRolloutRecords
{
  Reading  reading;
  gboolean entered;
};

LeydenRolloutRecords *
leyden_rollout_records_new (const char *text,
                            gsize       length)
{
  LeydenRolloutRecords *self = g_new0 (LeydenRolloutRecords, 1);

  reading_init (&self->reading, text, length);
  return self;
}

void
leyden_rollout_records_free (LeydenRolloutRecords *self)
{
  reading_clear (&self->reading);
  g_free (self);
}

/* It was parsed: there is such a member. */
static gboolean
find_records (LeydenRolloutRecords  *self,
              GError               **error)
{
  LeydenJsonReader *reader = self->reading.reader;
  LeydenJsonToken token = leyden_json_reader_next (reader, error);

  while (token != LEYDEN_JSON_TOKEN_ERROR && (token = leyden_json_reader_next (reader, error)) == LEYDEN_JSON_TOKEN_KEY)
    {
      if (strcmp (leyden_json_reader_get_text (reader, NULL), "records") == 0)
        return self->entered = enter_records (&self->reading, error);
      if (!skip_member (reader, error))
        return FALSE;
    }
  return token != LEYDEN_JSON_TOKEN_ERROR && refuse (error, _("This is no exported rollout"));
}

GPtrArray *
leyden_rollout_records_read (LeydenRolloutRecords  *self,
                             guint                  max,
                             gsize                  max_bytes,
                             GError               **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  gsize begin;
  GError *local = NULL;

  if (!self->entered && !find_records (self, error))
    return NULL;
  begin = leyden_json_reader_get_offset (self->reading.reader);
  while (records->len < max && leyden_json_reader_get_offset (self->reading.reader) - begin < max_bytes)
    {
      LeydenRecord *record = read_record (&self->reading, &local);

      if (local != NULL)
        {
          g_propagate_error (error, local);
          return NULL;
        }
      if (record == NULL)
        break;
      g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}
