/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream of events, of OpenAI's wire or of Anthropic's (-DANTHROPIC): what the deltas said is what the answer says. */
#include <stdint.h>
#include <string.h>

#include "leyden-http-client.h"
#ifdef ANTHROPIC
#include "leyden-anthropic-wire.h"
#define Assembler LeydenAnthropicAssembler
#define WIRE(name) leyden_anthropic_assembler_##name
#else
#include "leyden-openai-wire.h"
#define Assembler LeydenOpenaiAssembler
#define WIRE(name) leyden_openai_assembler_##name
#endif

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef struct
{
  Assembler       *assembler;
  GString         *deltas;
  gboolean         failed;
} Stream;

static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  Stream *self = user_data;
  g_autoptr(GError) error = NULL;
  const char *delta;

  if (!WIRE (push) (self->assembler, data, length, &delta, &error))
    {
      g_assert_nonnull (error);
      self->failed = TRUE;
      return FALSE;
    }
  g_string_append (self->deltas, delta != NULL ? delta : "");
  return !WIRE (is_done) (self->assembler);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(Assembler) assembler = WIRE (new) ();
  g_autoptr(GString) deltas = g_string_new (NULL);
  Stream stream = { assembler, deltas, FALSE };
  g_autoptr(LeydenSseParser) parser = leyden_sse_parser_new (0, event_cb, &stream);
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;

  leyden_sse_parser_push (parser, (const char *) data, size, NULL);
  if (stream.failed)
    return 0;
  answer = WIRE (finish) (assembler, &error);
  g_assert_true ((answer != NULL) != (error != NULL));
  if (answer != NULL)
    {
      gsize length = 0;
      const char *content = leyden_value_get_string (leyden_value_lookup_pointer (answer, "/message/content"), &length);

      /* A delta is a C text: what follows a NUL in one is not shown while it streams. */
      if (content == NULL)
        g_assert_cmpuint (deltas->len, ==, 0);
      else if (strlen (content) == length)
        g_assert_cmpstr (content, ==, deltas->str);
    }
  return 0;
}
