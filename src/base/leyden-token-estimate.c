/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"
#include "leyden-token-estimate.h"

/* In quarters of a token. */
static guint
quarters_of (gunichar c)
{
  if (c < 0x80)
    return 1;
  switch (g_unichar_get_script (c))
    {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
      return 4;
    default:
      return 2;
    }
}

guint
leyden_token_estimate (const char *text)
{
  guint64 quarters = 0;

  g_return_val_if_fail (text != NULL, 0);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    quarters += quarters_of (g_utf8_get_char (p));
  return (guint) MIN ((quarters + 3) / 4, G_MAXUINT);
}
