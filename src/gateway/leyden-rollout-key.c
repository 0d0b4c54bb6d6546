/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rollout-key.h"

#include <string.h>

#include "leyden-id.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
/* Separates what this secret signs from all that it may sign later. */
#define PURPOSE "leyden rollout key 1\n"
enum { PART_VERSION, PART_SECONDS, PART_ROLLOUT, PART_ATTEMPT, PART_MAC, N_PARTS };

static char *
encode (const void *bytes,
        gsize       length)
{
  char *text = g_base64_encode (bytes, length);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* Text without NUL, or NULL. The HMAC stands over the encoded form, so that it need not be the only one of its bytes. */
static char *
decode (const char *part)
{
  g_autoptr(GString) text = g_string_new (part);
  g_autofree guchar *bytes = NULL;
  gsize length;

  if (strspn (part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != text->len || text->len % 4 == 1)
    return NULL;
  g_strdelimit (text->str, "-", '+');
  g_strdelimit (text->str, "_", '/');
  while (text->len % 4 != 0)
    g_string_append_c (text, '=');
  bytes = g_base64_decode (text->str, &length);
  return memchr (bytes, '\0', length) == NULL ? g_strndup ((const char *) bytes, length) : NULL;
}

static char *
sign (const guint8 *secret,
      const char   *text,
      gsize         length)
{
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, secret, LEYDEN_ROLLOUT_SECRET_SIZE);
  guint8 digest[32];
  gsize n = sizeof digest;

  g_hmac_update (hmac, (const guchar *) PURPOSE, -1);
  g_hmac_update (hmac, (const guchar *) text, (gssize) length);
  g_hmac_get_digest (hmac, digest, &n);
  return encode (digest, n);
}

char *
leyden_rollout_key_make (const guint8 *secret,
                         const char   *rollout,
                         const char   *attempt,
                         gint64        expires_ns)
{
  g_autofree char *rollout_part = encode (rollout, strlen (rollout));
  g_autofree char *attempt_part = encode (attempt, strlen (attempt));
  gint64 seconds = MAX (expires_ns, 0) / NS_PER_S + (MAX (expires_ns, 0) % NS_PER_S != 0);
  g_autofree char *text = g_strdup_printf (LEYDEN_ROLLOUT_KEY_PREFIX "%" G_GINT64_FORMAT ".%s.%s", seconds, rollout_part, attempt_part);
  g_autofree char *mac = sign (secret, text, strlen (text));

  return g_strconcat (text, ".", mac, NULL);
}

gboolean
leyden_rollout_key_read (const guint8  *secret,
                         const char    *key,
                         gint64         now_ns,
                         char         **rollout,
                         char         **attempt)
{
  g_auto(GStrv) parts = NULL;
  g_autofree char *mac = NULL;
  g_autofree char *rollout_name = NULL;
  g_autofree char *attempt_name = NULL;
  gint64 seconds;

  if (!g_str_has_prefix (key, LEYDEN_ROLLOUT_KEY_PREFIX))
    return FALSE;
  parts = g_strsplit (key, ".", N_PARTS + 1);
  if (g_strv_length (parts) != N_PARTS)
    return FALSE;
  mac = sign (secret, key, (gsize) (strrchr (key, '.') - key));
  if (!leyden_secure_equal (mac, parts[PART_MAC]) || !g_ascii_string_to_signed (parts[PART_SECONDS], 10, 0, G_MAXINT64 / NS_PER_S, &seconds, NULL))
    return FALSE;
  rollout_name = decode (parts[PART_ROLLOUT]);
  attempt_name = decode (parts[PART_ATTEMPT]);
  if (rollout_name == NULL || attempt_name == NULL || now_ns >= seconds * NS_PER_S)
    return FALSE;
  *rollout = g_steal_pointer (&rollout_name);
  *attempt = g_steal_pointer (&attempt_name);
  return TRUE;
}
