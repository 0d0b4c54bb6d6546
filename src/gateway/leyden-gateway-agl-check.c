/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the original accepts, and how it says what it does not (shared reference: sections 2 and 6 of the wire). */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"

#include <math.h>

#include "leyden-json.h"

#define STATES "'queuing', 'running', 'succeeded' or 'failed'"

/* ---- Errors ---- */

void
leyden_agl_errors_init (LeydenAglErrors *self,
                        const char      *where)
{
  self->items = g_string_new (NULL);
  self->n = 0;
  self->loc = g_ptr_array_new_with_free_func (g_free);
  leyden_agl_errors_push_key (self, where, -1);
}

void
leyden_agl_errors_clear (LeydenAglErrors *self)
{
  if (self->items != NULL)
    g_string_free (self->items, TRUE);
  self->items = NULL;
  g_clear_pointer (&self->loc, g_ptr_array_unref);
}

void
leyden_agl_errors_push_key (LeydenAglErrors *self,
                            const char      *key,
                            gssize           length)
{
  GString *text = g_string_new (NULL);

  leyden_json_write_string (text, key, length);
  g_ptr_array_add (self->loc, g_string_free (text, FALSE));
}

void
leyden_agl_errors_push_index (LeydenAglErrors *self,
                              guint            index)
{
  g_ptr_array_add (self->loc, g_strdup_printf ("%u", index));
}

void
leyden_agl_errors_pop (LeydenAglErrors *self)
{
  g_ptr_array_remove_index (self->loc, self->loc->len - 1);
}

void
leyden_agl_errors_add (LeydenAglErrors *self,
                       const char      *type,
                       const char      *msg,
                       LeydenValue     *input,
                       const char      *ctx)
{
  GString *out = self->items;

  if (self->n++ > 0)
    g_string_append_c (out, ',');
  g_string_append_printf (out, "{\"type\":\"%s\",\"loc\":[", type);
  for (guint i = 0; i < self->loc->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      g_string_append (out, self->loc->pdata[i]);
    }
  g_string_append (out, "],\"msg\":");
  leyden_json_write_string (out, msg, -1);
  g_string_append (out, ",\"input\":");
  leyden_json_write_to (out, input, LEYDEN_JSON_PYTHON);
  if (ctx != NULL)
    g_string_append_printf (out, ",\"ctx\":%s", ctx);
  g_string_append_c (out, '}');
}

gboolean
leyden_agl_errors_respond (LeydenAglErrors    *self,
                           LeydenHttpExchange *exchange)
{
  GString *out;

  if (self->n == 0)
    return FALSE;
  out = g_string_new ("{\"detail\":[");
  g_string_append_len (out, self->items->str, (gssize)self->items->len);
  g_string_append (out, "]}");
  leyden_agl_respond_take (exchange, 422, out);
  return TRUE;
}

/* ---- Scalars ---- */

/* Digits with single "_" between; adds them to @out without leading zeros. */
static const char *
scan_digits (const char *p,
             GString    *out)
{
  gboolean after_digit = FALSE;

  for (; g_ascii_isdigit (*p) || (*p == '_' && after_digit && g_ascii_isdigit (p[1])); p++)
    {
      after_digit = *p != '_';
      if (!after_digit)
        continue;
      if (out->len == 1 && out->str[0] == '0')
        g_string_truncate (out, 0);
      g_string_append_c (out, *p);
    }
  return p;
}

/* blanks, sign, digits, ".000", blanks; NULL when it is not that. */
static LeydenValue *
parse_int (const char *text,
           gsize       length)
{
  g_autofree char *stripped = g_strstrip (g_strndup (text, length));
  g_autoptr(GString) digits = g_string_new (NULL);
  const char *p = stripped;
  gboolean negative = *p == '-';

  if (strlen (text) != length)
    return NULL;
  if (*p == '-' || *p == '+')
    p++;
  p = scan_digits (p, digits);
  if (digits->len == 0)
    return NULL;
  if (*p == '.' && p[1] == '0')
    p += 1 + strspn (p + 1, "0");
  if (*p != '\0')
    return NULL;
  if (negative && digits->str[0] != '0')
    g_string_prepend_c (digits, '-');
  return leyden_value_new_number (digits->str, (gssize)digits->len);
}

/* A number without "." and exponent is an integer of any size; another one when it has no fraction. */
static LeydenValue *
int_of_number (LeydenValue *value)
{
  const char *text = leyden_value_get_number_text (value);
  gint64 integer;
  double number;

  if (strpbrk (text, ".eE") == NULL)
    return g_str_equal (text, "-0") ? leyden_value_new_int (0) : leyden_value_ref (value);
  if (!leyden_value_get_double (value, &number) || number != floor (number) || fabs (number) >= 9223372036854775808.0)
    return NULL;
  integer = (gint64)number;
  return leyden_value_new_int (integer);
}

/* Beyond 64 bits. */
static gboolean
is_large (LeydenValue *value)
{
  double number;

  return leyden_value_get_double (value, &number) && fabs (number) >= 9223372036854775808.0;
}

LeydenValue *
leyden_agl_check_int (LeydenAglErrors *errors,
                      LeydenValue     *value)
{
  LeydenValue *out = NULL;
  const char *text;
  gsize length;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      return leyden_value_new_int (leyden_value_get_boolean (value));
    case LEYDEN_VALUE_NUMBER:
      out = int_of_number (value);
      if (out == NULL && is_large (value))
        leyden_agl_errors_add (errors, "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", value, NULL);
      else if (out == NULL)
        leyden_agl_errors_add (errors, "int_from_float", "Input should be a valid integer, got a number with a fractional part", value, NULL);
      return out;
    case LEYDEN_VALUE_STRING:
      text = leyden_value_get_string (value, &length);
      out = parse_int (text, length);
      if (out == NULL)
        leyden_agl_errors_add (errors, "int_parsing", "Input should be a valid integer, unable to parse string as an integer", value, NULL);
      return out;
    case LEYDEN_VALUE_NULL:
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
    default:
      leyden_agl_errors_add (errors, "int_type", "Input should be a valid integer", value, NULL);
      return NULL;
    }
}

static int
bool_of_text (const char *text,
              gsize       length)
{
  static const char * const yes[] = { "1", "t", "y", "yes", "on", "true", NULL };
  static const char * const no[] = { "0", "f", "n", "no", "off", "false", NULL };
  g_autofree char *lower = g_ascii_strdown (text, (gssize)length);

  if (strlen (text) != length)
    return -1;
  return g_strv_contains (yes, lower) ? 1 : g_strv_contains (no, lower) ? 0 : -1;
}

gboolean
leyden_agl_check_bool (LeydenAglErrors *errors,
                       LeydenValue     *value,
                       gboolean        *out)
{
  int found = -1;
  const char *text;
  gsize length;
  double number;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      *out = leyden_value_get_boolean (value);
      return TRUE;
    case LEYDEN_VALUE_NUMBER:
      if (!leyden_value_get_double (value, &number) || number != floor (number) || is_large (value))
        {
          leyden_agl_errors_add (errors, "bool_type", "Input should be a valid boolean", value, NULL);
          return FALSE;
        }
      if (number == 0 || number == 1)
        found = number == 1;
      break;
    case LEYDEN_VALUE_STRING:
      text = leyden_value_get_string (value, &length);
      found = bool_of_text (text, length);
      break;
    case LEYDEN_VALUE_NULL:
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
    default:
      leyden_agl_errors_add (errors, "bool_type", "Input should be a valid boolean", value, NULL);
      return FALSE;
    }
  if (found < 0)
    leyden_agl_errors_add (errors, "bool_parsing", "Input should be a valid boolean, unable to interpret input", value, NULL);
  else
    *out = found;
  return found >= 0;
}

LeydenValue *
leyden_agl_check_string (LeydenAglErrors *errors,
                         LeydenValue     *value)
{
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
    return leyden_value_ref (value);
  leyden_agl_errors_add (errors, "string_type", "Input should be a valid string", value, NULL);
  return NULL;
}

gboolean
leyden_agl_check_dict (LeydenAglErrors *errors,
                       LeydenValue     *value)
{
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  leyden_agl_errors_add (errors, "dict_type", "Input should be a valid dictionary", value, NULL);
  return FALSE;
}

gboolean
leyden_agl_check_model (LeydenAglErrors *errors,
                        LeydenValue     *value)
{
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    return TRUE;
  leyden_agl_errors_add (errors, "model_attributes_type", "Input should be a valid dictionary or object to extract fields from", value, NULL);
  return FALSE;
}

const char *
leyden_agl_check_state (LeydenAglErrors *errors,
                        LeydenValue     *value)
{
  static const char * const states[] = { "queuing", "running", "succeeded", "failed" };
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (states); i++)
    if (strlen (states[i]) == length && memcmp (states[i], text, length) == 0)
      return states[i];
  leyden_agl_errors_add (errors, "enum", "Input should be " STATES, value, "{\"expected\":\"" STATES "\"}");
  return NULL;
}

LeydenValue *
leyden_agl_check_required (LeydenAglErrors *errors,
                           LeydenValue     *object,
                           const char      *key)
{
  LeydenValue *value = leyden_value_get_member (object, key);

  leyden_agl_errors_push_key (errors, key, -1);
  if (value != NULL)
    return value;
  leyden_agl_errors_add (errors, "missing", "Field required", object, NULL);
  leyden_agl_errors_pop (errors);
  return NULL;
}

/* ---- Bodies ---- */

/* application/json or application/…+json in any case; none at all counts as JSON. */
static gboolean
is_json (const char *content_type)
{
  g_autofree char *type = NULL;

  if (content_type == NULL)
    return TRUE;
  type = g_ascii_strdown (content_type, (gssize)strcspn (content_type, ";"));
  g_strstrip (type);
  return *type == '\0' || g_str_equal (type, "application/json")
         || (g_str_has_prefix (type, "application/") && g_str_has_suffix (type, "+json"));
}

static void
refuse_json (LeydenHttpExchange *exchange,
             const GError       *error,
             gsize               offset)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(GString) ctx = g_string_new ("{\"error\":");
  g_autoptr(LeydenValue) nothing = leyden_json_parse ("{}", -1, NULL, NULL);

  if (g_error_matches (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_ENCODING))
    {
      leyden_agl_respond_detail (exchange, 400, "There was an error parsing the body");
      return;
    }
  leyden_json_write_string (ctx, error->message, -1);
  g_string_append_c (ctx, '}');
  leyden_agl_errors_init (&errors, "body");
  if (g_error_matches (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_LIMIT) || g_error_matches (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_RANGE))
    {
      /* Half a surrogate pair, or too deep: the original stores it and fails from then on. */
      g_autofree char *msg = g_strconcat ("Value error, ", error->message, NULL);

      leyden_agl_errors_add (&errors, "value_error", msg, NULL, ctx->str);
    }
  else
    {
      leyden_agl_errors_push_index (&errors, (guint)offset);
      leyden_agl_errors_add (&errors, "json_invalid", "JSON decode error", nothing, ctx->str);
    }
  leyden_agl_errors_respond (&errors, exchange);
}

/* @text without what must not stand in JSON that is stored. */
static LeydenValue *
parse (LeydenHttpExchange *exchange,
       const char         *text,
       gsize               length)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 256, .max_keys = 4000000, .refuse_surrogates = TRUE };
  g_autoptr(LeydenJsonReader) reader = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0)
    {
      text += 3;
      length -= 3;
    }
  reader = leyden_json_reader_new (text, length, &limits);
  if (leyden_json_reader_next (reader, &error) != LEYDEN_JSON_TOKEN_ERROR && (value = leyden_json_reader_read_value (reader, &error)) != NULL
      && leyden_json_reader_next (reader, &error) == LEYDEN_JSON_TOKEN_END)
    return g_steal_pointer (&value);
  refuse_json (exchange, error, leyden_json_reader_get_offset (reader));
  return NULL;
}

gboolean
leyden_agl_read_body (LeydenHttpExchange *exchange,
                      LeydenValue       **body)
{
  GBytes *bytes = leyden_http_exchange_get_body (exchange);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autofree char *valid = NULL;

  *body = NULL;
  if (length == 0)
    return TRUE;
  if (!is_json (leyden_http_exchange_get_header (exchange, "Content-Type")))
    {
      valid = g_utf8_make_valid (text, (gssize)length);
      *body = leyden_value_new_string (valid, -1);
      return TRUE;
    }
  *body = parse (exchange, text, length);
  if (*body == NULL)
    return FALSE;
  if (leyden_value_is_null (*body))
    g_clear_pointer (body, leyden_value_unref);
  return TRUE;
}

/* ---- Answers ---- */

void
leyden_agl_respond_take (LeydenHttpExchange *exchange,
                         guint               status,
                         GString            *json)
{
  g_autoptr(GBytes) bytes = g_string_free_to_bytes (json);

  leyden_http_exchange_respond (exchange, status, "application/json", bytes);
}

void
leyden_agl_respond_detail (LeydenHttpExchange *exchange,
                           guint               status,
                           const char         *format,
                           ...)
{
  GString *out = g_string_new ("{\"detail\":");
  g_autofree char *detail = NULL;
  va_list args;

  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  leyden_json_write_string (out, detail, -1);
  g_string_append_c (out, '}');
  leyden_agl_respond_take (exchange, status, out);
}

void
leyden_agl_respond_unknown (LeydenHttpExchange *exchange,
                            const char         *rollout)
{
  leyden_agl_respond_detail (exchange, 404, "Rollout not found: %s", rollout);
}

void
leyden_agl_respond_gerror (LeydenHttpExchange *exchange,
                           const char         *rollout,
                           const GError       *error)
{
  if (rollout != NULL && g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND))
    leyden_agl_respond_unknown (exchange, rollout);
  else
    leyden_gateway_respond_gerror (exchange, error);
}

const char *
leyden_agl_get_id (LeydenHttpExchange *exchange,
                   const char         *name)
{
  const char *id = leyden_http_exchange_get_param (exchange, name);

  if (strchr (id, '/') == NULL)
    return id;
  leyden_agl_respond_detail (exchange, 404, "Not Found");
  return NULL;
}
