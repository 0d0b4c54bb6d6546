/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-trace.h"

#include <string.h>

#define LENGTH 55                       /* of version 00 */
#define TRACE_AT 3
#define SPAN_AT 36
#define FLAGS_AT 53
#define SAMPLED 1
/* What the standard asks everybody to hand on at least. */
#define MAX_STATE 512

/* Upper-case digits are not allowed. */
static gboolean
is_hex (const char *text,
        gsize       length)
{
  return strspn (text, "0123456789abcdef") >= length;
}

static gboolean
is_zero (const char *text,
         gsize       length)
{
  return strspn (text, "0") >= length;
}

gboolean
leyden_trace_parse (const char  *traceparent,
                    LeydenTrace *trace)
{
  gsize length = traceparent == NULL ? 0 : strlen (traceparent);
  gboolean known;

  if (length < LENGTH || !is_hex (traceparent, 2) || strncmp (traceparent, "ff", 2) == 0)
    return FALSE;
  known = strncmp (traceparent, "00", 2) == 0;
  if ((known && length != LENGTH) || (length > LENGTH && traceparent[LENGTH] != '-'))
    return FALSE;
  if (traceparent[2] != '-' || traceparent[SPAN_AT - 1] != '-' || traceparent[FLAGS_AT - 1] != '-')
    return FALSE;
  if (!is_hex (traceparent + TRACE_AT, 32) || !is_hex (traceparent + SPAN_AT, 16) || !is_hex (traceparent + FLAGS_AT, 2)
      || is_zero (traceparent + TRACE_AT, 32) || is_zero (traceparent + SPAN_AT, 16))
    return FALSE;
  memcpy (trace->trace_id, traceparent + TRACE_AT, 32);
  trace->trace_id[32] = '\0';
  memcpy (trace->span_id, traceparent + SPAN_AT, 16);
  trace->span_id[16] = '\0';
  /* The other bits mean nothing yet, and are not handed on. */
  trace->flags = (guint8)(g_ascii_xdigit_value (traceparent[FLAGS_AT + 1]) & SAMPLED);
  return TRUE;
}

gboolean
leyden_trace_is_state (const char *tracestate)
{
  gsize length = tracestate == NULL ? 0 : strlen (tracestate);

  for (gsize i = 0; i < length; i++)
    if (tracestate[i] < 0x20 || tracestate[i] > 0x7e)
      return FALSE;
  return length > 0 && length <= MAX_STATE;
}

char *
leyden_trace_to_string (const LeydenTrace *self)
{
  return g_strdup_printf ("00-%s-%s-%02x", self->trace_id, self->span_id, self->flags);
}

/* The first @length hex digits of the SHA-256 of the parts, each with its end. */
static void
digest (char       *out,
        gsize       length,
        const char *first,
        const char *second)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *)first, (gssize)strlen (first) + 1);
  g_checksum_update (checksum, (const guchar *)second, (gssize)strlen (second) + 1);
  memcpy (out, g_checksum_get_string (checksum), length);
  out[length] = '\0';
  /* All zeros is “none”. Nobody will see this happen. */
  if (is_zero (out, length))
    out[length - 1] = '1';
}

void
leyden_trace_of_rollout (const char  *rollout,
                         const char  *attempt,
                         LeydenTrace *trace)
{
  g_return_if_fail (rollout != NULL && attempt != NULL && trace != NULL);

  digest (trace->trace_id, 32, "leyden rollout", rollout);
  digest (trace->span_id, 16, trace->trace_id, attempt);
  trace->flags = SAMPLED;
}

void
leyden_trace_enter (LeydenTrace *self,
                    const char  *name)
{
  char parent[sizeof self->span_id];

  g_return_if_fail (self != NULL && name != NULL);

  memcpy (parent, self->span_id, sizeof parent);
  digest (self->span_id, 16, parent, name);
}

void
leyden_trace_branch (LeydenTrace *self)
{
  g_return_if_fail (self != NULL);

  do
    g_snprintf (self->span_id, sizeof self->span_id, "%08x%08x", g_random_int (), g_random_int ());
  while (is_zero (self->span_id, 16));
}
