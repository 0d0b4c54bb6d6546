/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DEFAULT_CHARS 500
#define MAX_MARKS     8

/* The next character, U+FFFD for a byte that is not UTF-8. */
static gunichar
next_character (const char **p,
                const char  *end)
{
  gunichar c = g_utf8_get_char_validated (*p, end - *p);

  /* GLib takes a NUL for the end of the text. */
  if (**p == '\0')
    c = 0;
  if (c >= (gunichar) -2)
    {
      (*p)++;
      return 0xFFFD;
    }
  *p += g_unichar_to_utf8 (c, NULL);
  return c;
}

/* Embeddings, overrides and isolates; they reorder what stands around them. */
static gboolean
is_bidi_control (gunichar c)
{
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_bidi_mark (gunichar c)
{
  return c == 0x200E || c == 0x200F || c == 0x061C;
}

static gboolean
is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

/* Takes room on no line: spaces, format characters, fillers, variation selectors. */
static gboolean
is_invisible (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_iszerowidth (c) || g_unichar_type (c) == G_UNICODE_FORMAT
         || c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0 || c == 0x2800 || c == 0x034F
         || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE0FFF);
}

static void
append_escape (GString  *out,
               gunichar  c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\r')
    g_string_append (out, "\\r");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, "\\u%04x", c);
}

char *
leyden_text_escape (const char *text,
                    gssize      length,
                    guint       max_chars)
{
  GString *out = g_string_new (NULL);
  const char *p = text != NULL ? text : "";
  const char *end = p + (text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length);

  if (max_chars == 0)
    max_chars = DEFAULT_CHARS;
  for (guint n = 0; p < end; n++)
    {
      gunichar c;

      if (n == max_chars)
        {
          g_string_append (out, "…");
          break;
        }
      c = next_character (&p, end);
      if (is_control (c) || is_bidi_control (c) || is_bidi_mark (c) || (c >= 0xFFF9 && c <= 0xFFFB) || c == 0xFEFF
          || c == 0x200B)
        append_escape (out, c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

static void
append_displayed (GString  *out,
                  gunichar  c,
                  gboolean  multiline)
{
  if (c == '\n' && multiline)
    g_string_append_c (out, '\n');
  else if (c == '\n' || c == '\t' || c == '\r' || c == 0x2028 || c == 0x2029)
    g_string_append_c (out, ' ');
  else if (c < 0x20)
    g_string_append_unichar (out, 0x2400 + c);          /* the control pictures */
  else if (c == 0x7F)
    g_string_append_unichar (out, 0x2421);
  else if (is_control (c) || is_bidi_control (c))
    g_string_append_printf (out, "⟨U+%04X⟩", c);
  else
    g_string_append_unichar (out, c);
}

char *
leyden_text_display (const char *text,
                     gssize      length,
                     guint       max_chars,
                     gboolean    multiline)
{
  g_autoptr(GString) out = g_string_new (NULL);
  const char *p = text != NULL ? text : "";
  const char *end = p + (text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length);
  gboolean visible = FALSE;
  gboolean isolate = FALSE;
  guint n_marks = 0;

  if (max_chars == 0)
    max_chars = DEFAULT_CHARS;
  for (guint n = 0; p < end;)
    {
      const char *before = p;
      gunichar c = next_character (&p, end);

      if (c == '\r' && p < end && *p == '\n')
        continue;
      n_marks = g_unichar_ismark (c) ? n_marks + 1 : 0;
      if (n_marks > MAX_MARKS)
        continue;
      if (n++ == max_chars)
        {
          p = before;
          g_string_append (out, "…");
          break;
        }
      isolate = isolate || is_bidi_control (c) || is_bidi_mark (c);
      visible = visible || !is_invisible (c);
      append_displayed (out, c, multiline);
    }
  if (!visible)
    return g_strdup (_("(unnamed)"));
  if (isolate)
    {
      g_string_prepend (out, "\xE2\x81\xA8");           /* first strong isolate … */
      g_string_append (out, "\xE2\x81\xA9");            /* … and its end */
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
leyden_text_to_markup (const char *text,
                       gssize      length,
                       guint       max_chars)
{
  g_autofree char *shown = leyden_text_display (text, length, max_chars, TRUE);

  return g_markup_escape_text (shown, -1);
}

/* The shortest text that holds one: "xox" of Slack with what follows; a bearer token is shorter by itself, but not with the word. */
#define MIN_SECRET 15

/* Keys of well-known services by their documented prefixes, JSON web tokens, private key blocks, bearer headers. */
static GRegex *
secrets_regex (void)
{
  static GRegex *regex;

  if (g_once_init_enter (&regex))
    {
      GRegex *compiled = g_regex_new (
        "(?<![A-Za-z0-9])(?:lk1_[A-Za-z0-9_-]{43}|lr1\\.[0-9]{1,12}\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]{43}"
        "|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
        "|A[KS]IA[0-9A-Z]{16}|xox[abeoprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,}|hf_[A-Za-z0-9]{20,}"
        "|glpat-[A-Za-z0-9_-]{16,}|gsk_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}"
        "|eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,})"
        "|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
        "|(?i:(?<![A-Za-z])bearer\\s+)\\K[A-Za-z0-9._~+/=-]{8,}",
        G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);

      g_assert (compiled != NULL);
      g_once_init_leave (&regex, compiled);
    }
  return regex;
}

static gboolean
mask_match (const GMatchInfo *info,
            GString          *out,
            gpointer          user_data)
{
  g_autofree char *match = g_match_info_fetch (info, 0);
  gsize length = strlen (match);

  g_string_append (out, "••••");
  if (match[0] != '-' && length > 12)
    g_string_append (out, match + length - 4);
  return FALSE;
}

/* The first three characters of what the expression finds; a dot stands for any. */
static gboolean
begins_like_secret (const char *text)
{
  switch (*text)
    {
    case 'l':
      return text[2] == '1' && (text[1] == 'k' || text[1] == 'r');
    case 's':
      return text[1] == 'k' && text[2] == '-';
    case 'g':
      return text[1] == 'h' || (text[1] == 'i' && text[2] == 't') || (text[1] == 'l' && text[2] == 'p') || (text[1] == 's' && text[2] == 'k');
    case 'A':
      return text[2] == 'I' || (text[1] == 'I' && text[2] == 'z');
    case 'x':
      return text[1] == 'o' && text[2] == 'x';
    case 'h':
      return text[1] == 'f' && text[2] == '_';
    case 'n':
      return text[1] == 'p' && text[2] == 'm';
    case 'r':
      return text[1] == '8' && text[2] == '_';
    case 'e':
      return text[1] == 'y' && text[2] == 'J';
    case '-':
      return text[1] == '-' && text[2] == '-';
    case 'b':
    case 'B':
      return (text[1] == 'e' || text[1] == 'E') && (text[2] == 'a' || text[2] == 'A');
    default:
      return FALSE;
    }
}

/* Nearly every text that is stored passes here, and the expression costs more than this. */
static gboolean
may_hold_secret (const char *text,
                 gsize       length)
{
  for (gsize i = 0; length >= MIN_SECRET && i <= length - MIN_SECRET; i++)
    if (begins_like_secret (text + i))
      return TRUE;
  return FALSE;
}

char *
leyden_text_mask_secrets (const char *text,
                          gssize      length)
{
  if (text == NULL || !may_hold_secret (text, length < 0 ? strlen (text) : (gsize) length) || !g_regex_match_full (secrets_regex (), text, length, 0, 0, NULL, NULL))
    return NULL;
  return g_regex_replace_eval (secrets_regex (), text, length, 0, 0, mask_match, NULL, NULL);
}

gboolean
leyden_text_looks_secret (const char *text)
{
  return text != NULL && g_regex_match (secrets_regex (), text, 0, NULL);
}

char *
leyden_text_path (const char *path)
{
  g_autofree char *name = g_filename_display_name (path != NULL ? path : "");

  return leyden_text_escape (name, -1, 0);
}
