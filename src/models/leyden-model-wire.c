/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-model-wire.h"

#include "leyden-anthropic-wire.h"

static gpointer
openai_assembler_new (void)
{
  return leyden_openai_assembler_new ();
}

static void
openai_assembler_free (gpointer self)
{
  leyden_openai_assembler_free (self);
}

static gboolean
openai_assembler_push (gpointer     self,
                       const char  *data,
                       gsize        length,
                       const char **delta,
                       GError     **error)
{
  return leyden_openai_assembler_push (self, data, length, delta, error);
}

static gboolean
openai_assembler_is_done (gpointer self)
{
  return leyden_openai_assembler_is_done (self);
}

static void
openai_assembler_mark_invalid_utf8 (gpointer self)
{
  leyden_openai_assembler_mark_invalid_utf8 (self);
}

static LeydenValue *
openai_assembler_finish (gpointer   self,
                         GError   **error)
{
  return leyden_openai_assembler_finish (self, error);
}

static LeydenValue *
anthropic_make_body (const LeydenModelCall *call,
                     const char            *model,
                     LeydenOpenaiQuirks     quirks,
                     gboolean               simulated)
{
  return leyden_anthropic_make_body (call, model);
}

static gpointer
anthropic_assembler_new (void)
{
  return leyden_anthropic_assembler_new ();
}

static void
anthropic_assembler_free (gpointer self)
{
  leyden_anthropic_assembler_free (self);
}

static gboolean
anthropic_assembler_push (gpointer     self,
                          const char  *data,
                          gsize        length,
                          const char **delta,
                          GError     **error)
{
  return leyden_anthropic_assembler_push (self, data, length, delta, error);
}

static gboolean
anthropic_assembler_is_done (gpointer self)
{
  return leyden_anthropic_assembler_is_done (self);
}

static void
anthropic_assembler_mark_invalid_utf8 (gpointer self)
{
  leyden_anthropic_assembler_mark_invalid_utf8 (self);
}

static LeydenValue *
anthropic_assembler_finish (gpointer   self,
                            GError   **error)
{
  return leyden_anthropic_assembler_finish (self, error);
}

static const LeydenModelWire wires[] = {
  { "openai", "/chat/completions", "Authorization", "Bearer ", "OPENAI_API_KEY", NULL, NULL,
    leyden_openai_make_body, leyden_openai_find_quirk, leyden_openai_parse_answer, leyden_openai_set_error,
    openai_assembler_new, openai_assembler_free, openai_assembler_push, openai_assembler_is_done,
    openai_assembler_mark_invalid_utf8, openai_assembler_finish },
  { "anthropic", "/messages", "x-api-key", "", "ANTHROPIC_API_KEY", "anthropic-version", LEYDEN_ANTHROPIC_VERSION,
    anthropic_make_body, NULL, leyden_anthropic_parse_answer, leyden_anthropic_set_error,
    anthropic_assembler_new, anthropic_assembler_free, anthropic_assembler_push, anthropic_assembler_is_done,
    anthropic_assembler_mark_invalid_utf8, anthropic_assembler_finish },
};

const LeydenModelWire *
leyden_model_wire_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++)
    if (g_strcmp0 (wires[i].name, name) == 0)
      return &wires[i];
  return NULL;
}

void
leyden_model_wire_add_headers (const LeydenModelWire *self,
                               LeydenHttpRequest     *request,
                               const char            *key)
{
  g_autofree char *value = NULL;

  if (self->version_header != NULL)
    leyden_http_request_set_header (request, self->version_header, self->version);
  if (key == NULL)
    return;
  value = g_strconcat (self->key_prefix, key, NULL);
  leyden_http_request_set_secret_header (request, self->key_header, value);
}
