/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-remote-error-quark, leyden_remote_error)

static const struct
{
  guint             status;
  LeydenRemoteError code;
} status_codes[] = {
  { 400, LEYDEN_REMOTE_ERROR_INVALID },  { 401, LEYDEN_REMOTE_ERROR_AUTH },      { 403, LEYDEN_REMOTE_ERROR_POLICY },
  { 404, LEYDEN_REMOTE_ERROR_NOT_FOUND }, { 405, LEYDEN_REMOTE_ERROR_INVALID },  { 409, LEYDEN_REMOTE_ERROR_CONFLICT },
  { 411, LEYDEN_REMOTE_ERROR_INVALID },  { 413, LEYDEN_REMOTE_ERROR_INVALID },   { 414, LEYDEN_REMOTE_ERROR_INVALID },
  { 415, LEYDEN_REMOTE_ERROR_INVALID },  { 421, LEYDEN_REMOTE_ERROR_POLICY },    { 422, LEYDEN_REMOTE_ERROR_INVALID },
  { 431, LEYDEN_REMOTE_ERROR_INVALID },  { 507, LEYDEN_REMOTE_ERROR_FULL },
};

static LeydenRemoteError
code_of_status (guint status)
{
  for (guint i = 0; i < G_N_ELEMENTS (status_codes); i++)
    if (status_codes[i].status == status)
      return status_codes[i].code;
  return LEYDEN_REMOTE_ERROR_UNAVAILABLE;
}

/* The "detail" of an error answer, made safe; NULL when the body has none. */
static char *
dup_detail (GBytes *body)
{
  g_autoptr(LeydenValue) value = NULL;
  const char *detail;
  gsize length = 0;

  if (body == NULL || g_bytes_get_size (body) == 0)
    return NULL;

  value = leyden_json_parse_bytes (body, NULL, NULL);
  detail = value == NULL ? NULL : leyden_value_get_string (leyden_value_get_member (value, "detail"), &length);
  return detail == NULL ? NULL : leyden_text_escape (detail, length, 500);
}

/* TRUE for 2xx; else @error with the backend's own words where it gave some. */
gboolean
leyden_remote_check_status (guint    status,
                            GBytes  *body,
                            GError **error)
{
  g_autofree char *detail = NULL;

  if (status >= 200 && status < 300)
    return TRUE;

  detail = dup_detail (body);
  if (detail != NULL)
    g_set_error_literal (error, LEYDEN_REMOTE_ERROR, code_of_status (status), detail);
  else
    g_set_error (error, LEYDEN_REMOTE_ERROR, code_of_status (status), _("The backend answered with status %u"), status);
  return FALSE;
}

/* What a backend sends holds what models and tools answered, read by the rules of the wire, inside records of its own. Strict
 * rules would hide a record because of a big integer or a NUL in it. */
LeydenValue *
leyden_remote_parse_text (const char  *text,
                          gsize        length,
                          GError     **error)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 1000, .max_keys = 200000 };
  g_autoptr(GError) local_error = NULL;
  LeydenValue *value;

  if (length == 0)
    return leyden_value_new_null ();

  value = leyden_json_parse (text, (gssize)length, &limits, &local_error);
  if (value == NULL)
    g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The backend's answer is not what was expected: %s"),
                 local_error->message);
  return value;
}

/* JSON of an answer; nothing at all is null. */
LeydenValue *
leyden_remote_parse (GBytes  *body,
                     GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (body, &length);

  return leyden_remote_parse_text (text, length, error);
}
