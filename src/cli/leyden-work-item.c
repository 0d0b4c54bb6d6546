/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"

#include <string.h>

#include "leyden-gateway-agl.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* Longer ones are no limit any more, and their milliseconds fit nowhere. */
#define MAX_TIMEOUT_S (366 * 24 * 3600)

static char *
dup_text (LeydenValue *object,
          const char  *key)
{
  const char *text = leyden_value_get_member_string (object, key, NULL);

  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

LeydenWorkItem *
leyden_work_item_new (LeydenValue *rollout,
                      const char  *attempt,
                      const char  *key)
{
  LeydenValue *config = leyden_value_get_member (rollout, "config");
  LeydenValue *local = leyden_value_get_member (config, "local");
  LeydenValue *env_map = leyden_value_get_member (local, "env_map");
  LeydenValue *input = leyden_value_get_member (rollout, "input");
  const char *id = leyden_value_get_member_string (rollout, "rollout_id", NULL);
  LeydenWorkItem *self;

  if (id == NULL || *id == '\0')
    return NULL;
  self = g_new0 (LeydenWorkItem, 1);
  self->rollout = g_strdup (id);
  self->attempt = g_strdup (attempt);
  self->key = g_strdup (key);
  self->train = leyden_value_get_member_boolean (rollout, "is_train", TRUE);
  self->timeout_s = CLAMP (leyden_value_get_member_int (config, "timeout_seconds", 0), 0, MAX_TIMEOUT_S);
  self->agent_class = dup_text (local, "agent_class");
  self->env_map = leyden_value_get_kind (env_map) == LEYDEN_VALUE_OBJECT ? leyden_value_ref (env_map) : NULL;
  self->input = input != NULL ? leyden_value_ref (input) : leyden_value_new_null ();
  return self;
}

void
leyden_work_item_free (LeydenWorkItem *self)
{
  g_free (self->rollout);
  g_free (self->attempt);
  g_free (self->key);
  g_free (self->agent_class);
  g_clear_pointer (&self->env_map, leyden_value_unref);
  leyden_value_unref (self->input);
  g_free (self);
}

LeydenWorkOutcome *
leyden_work_outcome_new (const char  *error,
                         LeydenValue *events)
{
  LeydenWorkOutcome *self = g_new0 (LeydenWorkOutcome, 1);

  self->error = g_strdup (error);
  self->events = events != NULL ? leyden_value_ref (events) : NULL;
  return self;
}

void
leyden_work_outcome_free (LeydenWorkOutcome *self)
{
  g_free (self->error);
  g_clear_pointer (&self->events, leyden_value_unref);
  g_free (self);
}

/* ---- Addresses ---- */

char *
leyden_work_item_dup_model_uri (const LeydenWorkItem *self,
                                const char           *base)
{
  g_autofree char *rollout = g_uri_escape_string (self->rollout, NULL, FALSE);
  g_autofree char *attempt = g_uri_escape_string (self->attempt, NULL, FALSE);

  return g_strdup_printf ("%s/proxy/rollout/%s/attempt/%s/mode/%s/openai/v1", base, rollout, attempt, self->train ? "train" : "val");
}

char *
leyden_work_item_dup_event_uri (const LeydenWorkItem *self,
                                const char           *base)
{
  g_autofree char *rollout = g_uri_escape_string (self->rollout, NULL, FALSE);
  g_autofree char *attempt = g_uri_escape_string (self->attempt, NULL, FALSE);

  return g_strdup_printf ("%s/api/rollouts/%s/attempt/%s/events", base, rollout, attempt);
}

/* ---- env_map ---- */

/* As Python's json.dumps (ensure_ascii=False) writes it: blanks behind commas and colons. */
static void
write_spaced (GString     *out,
              LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  gboolean object = kind == LEYDEN_VALUE_OBJECT;

  if (kind != LEYDEN_VALUE_LIST && !object)
    {
      leyden_json_write_to (out, value, LEYDEN_JSON_PYTHON);
      return;
    }
  g_string_append_c (out, object ? '{' : '[');
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      gsize length;

      if (i > 0)
        g_string_append (out, ", ");
      if (object)
        {
          const char *key = leyden_value_get_key_length (value, i, &length);

          leyden_json_write_string (out, key, (gssize)length);
          g_string_append (out, ": ");
        }
      write_spaced (out, leyden_value_get_item (value, i));
    }
  g_string_append_c (out, object ? '}' : ']');
}

static LeydenValue *
step_into (LeydenValue *value,
           const char  *step)
{
  guint64 index;

  if (leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT)
    return leyden_value_get_member (value, step);
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_LIST && g_ascii_string_to_unsigned (step, 10, 0, G_MAXUINT32, &index, NULL)
      && index < leyden_value_get_size (value))
    return leyden_value_get_item (value, (guint)index);
  return NULL;
}

char *
leyden_work_item_resolve (const LeydenWorkItem  *self,
                          const char            *value,
                          GError               **error)
{
  LeydenValue *found = self->input;
  g_auto(GStrv) steps = NULL;
  g_autoptr(GString) json = NULL;
  const char *text;
  gsize length;

  if (strcmp (value, "input") != 0 && !g_str_has_prefix (value, "input."))
    return g_strdup (value);
  steps = g_strsplit (value, ".", -1);
  for (guint i = 1; steps[i] != NULL && found != NULL; i++)
    found = step_into (found, steps[i]);
  if (found == NULL)
    {
      g_autofree char *shown = leyden_text_escape (value, -1, 100);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "env_map: the input has no %s", shown);
      return NULL;
    }
  text = leyden_value_get_string (found, &length);
  if (text != NULL && strlen (text) != length)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "env_map: a text with a zero character is no environment variable");
      return NULL;
    }
  if (text != NULL)
    return g_strdup (text);
  json = g_string_new (NULL);
  write_spaced (json, found);
  return g_string_free (g_steal_pointer (&json), FALSE);
}

/* ---- The environment ---- */

/* What is ours: keys of models, settings of the backend. */
static gboolean
is_kept_back (const char *assignment)
{
  return g_str_has_prefix (assignment, "LEYDEN_") || g_str_has_prefix (assignment, "AGL_");
}

static gboolean
is_allowed (const char         *name,
            const char * const *allowed)
{
  for (guint i = 0; allowed[i] != NULL; i++)
    {
      gsize length = strlen (allowed[i]);

      if (length > 0 && allowed[i][length - 1] == '*' ? strncmp (name, allowed[i], length - 1) == 0 : strcmp (name, allowed[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
add_variable (const LeydenWorkItem   *self,
              guint                   i,
              const char * const     *allowed,
              char                 ***environ,
              GError                **error)
{
  gsize length;
  const char *name = leyden_value_get_key_length (self->env_map, i, &length);
  const char *text = leyden_value_get_string (leyden_value_get_item (self->env_map, i), NULL);
  g_autofree char *value = NULL;

  if (text == NULL || leyden_agl_is_forbidden_variable (name, length) || (allowed != NULL && !is_allowed (name, allowed)))
    {
      g_autofree char *shown = leyden_text_escape (name, (gssize)length, 100);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "env_map: the variable %s may not be set here", shown);
      return FALSE;
    }
  value = leyden_work_item_resolve (self, text, error);
  if (value == NULL)
    return FALSE;
  *environ = g_environ_setenv (*environ, name, value, TRUE);
  return TRUE;
}

char **
leyden_work_item_make_environ (const LeydenWorkItem  *self,
                               const char * const    *environ,
                               const char            *base,
                               const char * const    *allowed,
                               GError               **error)
{
  g_autofree char *model = leyden_work_item_dup_model_uri (self, base);
  g_autofree char *events = leyden_work_item_dup_event_uri (self, base);
  const char *key = self->key != NULL ? self->key : "";
  /* A client without any key does not start. */
  const char *openai_key = *key != '\0' ? key : "none";
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_auto(GStrv) made = NULL;

  for (guint i = 0; environ[i] != NULL; i++)
    if (!is_kept_back (environ[i]))
      g_ptr_array_add (kept, g_strdup (environ[i]));
  g_ptr_array_add (kept, NULL);
  made = (char **)g_ptr_array_free (g_steal_pointer (&kept), FALSE);
  made = g_environ_setenv (made, "OPENAI_BASE_URL", model, TRUE);
  made = g_environ_setenv (made, "OPENAI_API_KEY", openai_key, TRUE);
  for (guint i = 0; i < leyden_value_get_size (self->env_map); i++)
    if (!add_variable (self, i, allowed, &made, error))
      return NULL;
  made = g_environ_setenv (made, "AGL_OPENAI_BASE_URL", model, TRUE);
  made = g_environ_setenv (made, "AGL_EVENT_URL", events, TRUE);
  made = g_environ_setenv (made, "AGL_KEY", key, TRUE);
  return g_steal_pointer (&made);
}
