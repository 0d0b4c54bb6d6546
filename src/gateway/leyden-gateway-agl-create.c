/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /api/rollouts: what a rollout may be. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-redact.h"

/* An id must fit into a request target when every byte of it is escaped. */
#define MAX_ID 2048

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

gboolean
leyden_agl_is_forbidden_variable (const char *name,
                                  gsize       length)
{
  static const char * const names[] = {
    "PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "GCONV_PATH", "LOCPATH", "NLSPATH", "NODE_OPTIONS", "PERL5OPT",
    "PERL5LIB", "PERLLIB", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "AGL_KEY", "AGL_EVENT_URL", "AGL_OPENAI_BASE_URL", NULL,
  };

  if (length == 0 || strlen (name) != length || strchr (name, '=') != NULL)
    return TRUE;
  return g_strv_contains (names, name) || g_str_has_prefix (name, "LD_") || g_str_has_prefix (name, "PYTHON")
         || g_str_has_prefix (name, "BASH_FUNC_") || g_str_has_prefix (name, "GLIBC_") || g_str_has_prefix (name, "DYLD_");
}

static void
check_env_map (LeydenAglErrors    *errors,
               LeydenValue        *value,
               LeydenValueBuilder *b)
{
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      gsize length;
      const char *name = leyden_value_get_key_length (value, i, &length);
      g_autoptr(LeydenValue) text = NULL;

      leyden_agl_errors_push_key (errors, name, (gssize)length);
      text = leyden_agl_check_string (errors, leyden_value_get_item (value, i));
      if (text != NULL && leyden_agl_is_forbidden_variable (name, length))
        leyden_agl_errors_add (errors, "value_error", "Value error, this environment variable may not be set", leyden_value_get_item (value, i), NULL);
      leyden_agl_errors_pop (errors);
      leyden_value_builder_key_length (b, name, length);
      leyden_value_builder_add (b, text);
    }
  leyden_value_builder_end (b);
}

/* A member that is a string or null. */
static void
check_optional_string (LeydenAglErrors    *errors,
                       LeydenValue        *object,
                       const char         *key,
                       LeydenValueBuilder *b)
{
  LeydenValue *value = leyden_value_get_member (object, key);
  LeydenValue *text = NULL;

  leyden_agl_errors_push_key (errors, key, -1);
  if (!leyden_value_is_null (value))
    text = leyden_agl_check_string (errors, value);
  leyden_agl_errors_pop (errors);
  leyden_value_builder_key (b, key);
  leyden_value_builder_add (b, text);
  g_clear_pointer (&text, leyden_value_unref);
}

static void
check_local (LeydenAglErrors    *errors,
             LeydenValue        *local,
             LeydenValueBuilder *b)
{
  LeydenValue *map = leyden_value_get_member (local, "env_map");

  leyden_value_builder_begin_object (b);
  check_optional_string (errors, local, "agent_class", b);
  leyden_value_builder_key (b, "env_map");
  leyden_agl_errors_push_key (errors, "env_map", -1);
  if (map != NULL && !leyden_agl_check_dict (errors, map))
    map = NULL;
  check_env_map (errors, map, b);
  leyden_agl_errors_pop (errors);
  leyden_value_builder_end (b);
}

static void
check_k8s (LeydenAglErrors    *errors,
           LeydenValue        *k8s,
           LeydenValueBuilder *b)
{
  leyden_value_builder_begin_object (b);
  check_optional_string (errors, k8s, "job_template", b);
  leyden_value_builder_end (b);
}

static void
check_runner (LeydenAglErrors    *errors,
              LeydenValue        *config,
              const char         *key,
              void              (*check) (LeydenAglErrors *errors, LeydenValue *value, LeydenValueBuilder *b),
              LeydenValueBuilder *b)
{
  LeydenValue *value = leyden_value_get_member (config, key);

  leyden_value_builder_key (b, key);
  leyden_agl_errors_push_key (errors, key, -1);
  if (leyden_value_is_null (value) || !leyden_agl_check_model (errors, value))
    leyden_value_builder_add (b, NULL);
  else
    check (errors, value, b);
  leyden_agl_errors_pop (errors);
}

static LeydenValue *
check_config (LeydenAglErrors *errors,
              LeydenValue     *config)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *timeout;

  leyden_agl_errors_push_key (errors, "config", -1);
  if (!leyden_value_is_null (config) && !leyden_agl_check_model (errors, config))
    config = NULL;
  timeout = leyden_value_get_member (config, "timeout_seconds");
  leyden_value_builder_begin_object (&b);
  leyden_agl_errors_push_key (errors, "timeout_seconds", -1);
  leyden_value_builder_set_take (&b, "timeout_seconds", timeout != NULL ? leyden_agl_check_int (errors, timeout) : leyden_value_new_int (3600));
  leyden_agl_errors_pop (errors);
  check_runner (errors, config, "local", check_local, &b);
  check_runner (errors, config, "k8s", check_k8s, &b);
  leyden_value_builder_end (&b);
  leyden_agl_errors_pop (errors);
  return leyden_value_builder_end_value (&b);
}

/* The original takes an object of its own or any map, and lists why neither fits. */
static void
refuse_metadata (LeydenAglErrors *errors,
                 LeydenValue     *metadata)
{
  leyden_agl_errors_push_key (errors, "RolloutMetadata", -1);
  leyden_agl_check_model (errors, metadata);
  leyden_agl_errors_pop (errors);
  leyden_agl_errors_push_key (errors, "dict[str,any]", -1);
  leyden_agl_check_dict (errors, metadata);
  leyden_agl_errors_pop (errors);
}

static LeydenValue *
check_metadata (LeydenAglErrors *errors,
                LeydenValue     *metadata)
{
  static const char * const typed[] = { "batch_idx", "sample_idx_in_batch" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_agl_errors_push_key (errors, "metadata", -1);
  if (!leyden_value_is_null (metadata) && leyden_value_get_kind (metadata) != LEYDEN_VALUE_OBJECT)
    {
      refuse_metadata (errors, metadata);
      metadata = NULL;
    }
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      LeydenValue *value = leyden_value_get_member (metadata, typed[i]);

      leyden_agl_errors_push_key (errors, typed[i], -1);
      leyden_value_builder_set_take (&b, typed[i], leyden_value_is_null (value) ? leyden_value_new_null () : leyden_agl_check_int (errors, value));
      leyden_agl_errors_pop (errors);
    }
  for (guint i = 0; i < leyden_value_get_size (metadata); i++)
    {
      gsize length;
      const char *key = leyden_value_get_key_length (metadata, i, &length);

      if (g_str_equal (key, typed[0]) || g_str_equal (key, typed[1]))
        continue;
      leyden_value_builder_key_length (&b, key, length);
      leyden_value_builder_add (&b, leyden_value_get_item (metadata, i));
    }
  leyden_value_builder_end (&b);
  leyden_agl_errors_pop (errors);
  return leyden_value_builder_end_value (&b);
}

static char *
make_id (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto(GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv ("", parts);
}

static gboolean
has_control (const char *text,
             gsize       length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < 0x20 || text[i] == 0x7f)
      return TRUE;
  return FALSE;
}

static char *
check_id (LeydenAglErrors *errors,
          LeydenValue     *value)
{
  g_autoptr(LeydenValue) text = NULL;
  const char *id = NULL;
  gsize length = 0;

  leyden_agl_errors_push_key (errors, "rollout_id", -1);
  if (!leyden_value_is_null (value) && (text = leyden_agl_check_string (errors, value)) != NULL)
    id = leyden_value_get_string (text, &length);
  if (has_control (id, length))
    leyden_agl_errors_add (errors, "value_error", "Value error, an id holds no control characters", value, NULL);
  else if (length > MAX_ID)
    leyden_agl_errors_add (errors, "value_error", "Value error, an id is at most 2048 bytes long", value, NULL);
  leyden_agl_errors_pop (errors);
  return length > 0 ? g_strdup (id) : make_id ();
}

/* ---- data_id ---- */

static gboolean
is_truthy (LeydenValue *value)
{
  double number;
  gsize length = 0;

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      return leyden_value_get_boolean (value);
    case LEYDEN_VALUE_NUMBER:
      return !leyden_value_get_double (value, &number) || number != 0;
    case LEYDEN_VALUE_STRING:
      leyden_value_get_string (value, &length);
      return length > 0;
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      return leyden_value_get_size (value) > 0;
    case LEYDEN_VALUE_NULL:
    default:
      return FALSE;
    }
}

char *
leyden_agl_find_data_id (LeydenValue *input)
{
  LeydenValue *found = leyden_value_get_member (input, "data_id");
  g_autofree char *text = NULL;
  GString *out = g_string_new (NULL);

  if (!is_truthy (found))
    found = leyden_value_get_member (input, "instance_id");
  if (!is_truthy (found))
    return g_string_free (g_string_append (out, "\"\""), FALSE);
  if (leyden_value_get_kind (found) == LEYDEN_VALUE_STRING)
    {
      leyden_json_write_to (out, found, LEYDEN_JSON_COMPACT);
      return g_string_free (out, FALSE);
    }
  if (leyden_value_get_kind (found) == LEYDEN_VALUE_BOOLEAN)
    text = g_strdup ("True");
  else
    text = leyden_json_write (found, LEYDEN_JSON_PYTHON);
  leyden_json_write_string (out, text, -1);
  return g_string_free (out, FALSE);
}

/* ---- One rollout ---- */

static void
write_member (GString       *out,
              const char    *key,
              LeydenValue   *value,
              LeydenSecrets *secrets)
{
  g_autoptr(LeydenValue) redacted = leyden_redact_value (value, redact_cb, secrets);

  g_string_append_printf (out, "\"%s\":", key);
  leyden_json_write_to (out, redacted, LEYDEN_JSON_PYTHON);
  g_string_append_c (out, ',');
}

guint64
leyden_agl_make_sample (const char *input,
                        gsize       length,
                        gboolean    is_train)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n = sizeof digest;
  guint64 sample;

  g_checksum_update (checksum, (const guchar *)(is_train ? "t" : "v"), 1);
  g_checksum_update (checksum, (const guchar *)input, (gssize)length);
  g_checksum_get_digest (checksum, digest, &n);
  memcpy (&sample, digest, sizeof sample);
  return sample | 1;
}

LeydenAglNew *
leyden_agl_check_rollout (LeydenAglErrors *errors,
                          LeydenValue     *value,
                          LeydenSecrets   *secrets)
{
  guint before = errors->n;
  g_autoptr(LeydenValue) config = NULL;
  g_autoptr(LeydenValue) metadata = NULL;
  g_autoptr(LeydenValue) redacted = NULL;
  g_autofree char *id = NULL;
  LeydenValue *input, *train;
  gboolean is_train = TRUE;
  LeydenAglNew *out;
  GString *body;
  guint64 sample;
  gsize start;

  if (!leyden_agl_check_model (errors, value))
    return NULL;
  input = leyden_agl_check_required (errors, value, "input");
  if (input != NULL)
    leyden_agl_errors_pop (errors);
  train = leyden_value_get_member (value, "is_train");
  leyden_agl_errors_push_key (errors, "is_train", -1);
  if (train != NULL)
    leyden_agl_check_bool (errors, train, &is_train);
  leyden_agl_errors_pop (errors);
  config = check_config (errors, leyden_value_get_member (value, "config"));
  metadata = check_metadata (errors, leyden_value_get_member (value, "metadata"));
  id = check_id (errors, leyden_value_get_member (value, "rollout_id"));
  if (errors->n > before)
    return NULL;

  body = g_string_new ("{\"rollout_id\":");
  leyden_json_write_string (body, id, -1);
  g_string_append_c (body, ',');
  redacted = leyden_redact_value (input, redact_cb, secrets);
  g_string_append (body, "\"input\":");
  start = body->len;
  leyden_json_write_to (body, redacted, LEYDEN_JSON_PYTHON);
  sample = leyden_agl_make_sample (body->str + start, body->len - start, is_train);
  g_string_append (body, is_train ? ",\"is_train\":true," : ",\"is_train\":false,");
  write_member (body, "config", config, secrets);
  write_member (body, "metadata", metadata, secrets);
  out = g_new0 (LeydenAglNew, 1);
  out->rollout = g_steal_pointer (&id);
  out->body = g_string_free (body, FALSE);
  out->data_id = leyden_agl_find_data_id (redacted);
  out->is_train = is_train;
  out->sample = sample;
  return out;
}
