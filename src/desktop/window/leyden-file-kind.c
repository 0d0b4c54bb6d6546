/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-file-kind.h"

#include <string.h>

/* How pictures that models take begin. RFC 2083 (PNG), ITU T.81 (JPEG), GIF89a, RFC 9649 (WebP). */
static const char *
find_image (const guint8 *head,
            gsize         length)
{
  if (length >= 8 && memcmp (head, "\x89PNG\r\n\x1a\n", 8) == 0)
    return "image/png";
  if (length >= 3 && memcmp (head, "\xff\xd8\xff", 3) == 0)
    return "image/jpeg";
  if (length >= 6 && (memcmp (head, "GIF87a", 6) == 0 || memcmp (head, "GIF89a", 6) == 0))
    return "image/gif";
  if (length >= 12 && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 8, "WEBP", 4) == 0)
    return "image/webp";
  return NULL;
}

static gboolean
has_suffix (const char         *name,
            const char * const *suffixes)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix (lower, suffixes[i]))
      return TRUE;
  return FALSE;
}

/* Whether the object that begins there has a member of that name early in it; what stands deeper may come first in no file of ours. */
static gboolean
has_key (const char *text,
         const char *key)
{
  const char *at = text;
  gsize length = strlen (key);

  while ((at = strstr (at, key)) != NULL)
    {
      const char *after = at + length;

      while (g_ascii_isspace (*after))
        after++;
      if (*after == ':')
        return TRUE;
      at += length;
    }
  return FALSE;
}

LeydenFileKind
leyden_file_kind_find (const char    *name,
                       const guint8  *head,
                       gsize          length,
                       const char   **mime)
{
  static const char * const rows[] = { ".csv", ".jsonl", ".ndjson", NULL };
  static const char * const flows[] = { ".leyden", NULL };
  static const char * const pictures[] = { ".svg", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".ico", ".xcf", ".psd", ".png",
                                           ".jpg", ".jpeg", ".gif", ".webp", NULL };
  g_autofree char *text = NULL;
  const char *image;

  g_return_val_if_fail (name != NULL, LEYDEN_FILE_OTHER);
  g_return_val_if_fail (head != NULL || length == 0, LEYDEN_FILE_OTHER);

  if (length == 0)
    return LEYDEN_FILE_EMPTY;
  image = find_image (head, length);
  if (image != NULL)
    {
      if (mime != NULL)
        *mime = image;
      return LEYDEN_FILE_IMAGE;
    }
  if (has_suffix (name, flows))
    return LEYDEN_FILE_FLOW;
  if (has_suffix (name, rows))
    return LEYDEN_FILE_DATASET;
  if (has_suffix (name, pictures))
    return LEYDEN_FILE_OTHER_IMAGE;
  text = g_strndup ((const char *) head, length);
  g_strchug (text);
  if (*text != '{' && *text != '[')
    return LEYDEN_FILE_OTHER;
  if (*text == '{' && has_key (text, "\"leyden_fragment\""))
    return LEYDEN_FILE_FRAGMENT;
  if (*text == '{' && has_key (text, "\"leyden-rollout\""))
    return LEYDEN_FILE_ROLLOUT;
  if (*text == '{' && has_key (text, "\"leyden\""))
    return LEYDEN_FILE_FLOW;
  return LEYDEN_FILE_OTHER_JSON;
}
