/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-template.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json-path-private.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_RESULT ((gsize) 16 << 20)
/* Places that leyden_template_scan() finds: each error counts its characters from the start. */
#define MAX_SPANS 1000
/* Bytes of one that are looked at when it is not sure where it ends. */
#define MAX_PLACEHOLDER 4096

/* Text, or a placeholder: a name and the path behind it ("" for none). */
typedef struct
{
  char *text;
  gsize length;
  char *name;
  char *path;
} Part;

struct _LeydenTemplate
{
  GArray     *parts;
  GPtrArray  *names;
};

G_DEFINE_QUARK (leyden-template-error-quark, leyden_template_error)

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_free (part->text);
  g_free (part->name);
  g_free (part->path);
}

/* Letters, digits, “_” and “-” of any script; does not begin with a digit or “-”. Length in bytes, 0 when none. */
static gsize
name_length (const char *text,
             const char *end)
{
  const char *p = text;

  while (p < end)
    {
      gunichar c = g_utf8_get_char (p);

      if (!(c == '_' || g_unichar_isalpha (c) || (p > text && (g_unichar_isalnum (c) || g_unichar_ismark (c) || c == '-'))))
        break;
      p = g_utf8_next_char (p);
    }
  return (gsize) (p - text);
}

static gboolean
parse_placeholder (const char  *text,
                   const char  *start,
                   const char  *end,
                   Part        *part,
                   GError     **error)
{
  g_autofree char *inner = g_strstrip (g_strndup (start, (gsize) (end - start)));
  g_autofree char *shown = leyden_text_escape (inner, -1, 60);
  gsize length = name_length (inner, inner + strlen (inner));
  g_autoptr(GError) local_error = NULL;

  if (length == 0 || (inner[length] != '\0' && inner[length] != '.' && inner[length] != '['))
    {
      g_set_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_SYNTAX,
                   _("“{{ %s }}” is not the name of a variable (character %ld); write {{ name }} or {{ name.key[0] }}"),
                   shown, g_utf8_pointer_to_offset (text, start) - 1);
      return FALSE;
    }
  if (!leyden_json_path_check (inner + length, &local_error))
    {
      g_set_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_SYNTAX, _("“{{ %s }}” (character %ld): %s"),
                   shown, g_utf8_pointer_to_offset (text, start) - 1, local_error->message);
      return FALSE;
    }
  part->name = g_strndup (inner, length);
  part->path = g_strdup (inner + length);
  return TRUE;
}

static void
add_text (LeydenTemplate *self,
          const char     *start,
          const char     *end)
{
  Part part = { 0 };

  if (start == end)
    return;
  part.length = (gsize) (end - start);
  part.text = g_strndup (start, part.length);
  g_array_append_val (self->parts, part);
}

static gboolean
parse_parts (LeydenTemplate  *self,
             const char      *text,
             GError         **error)
{
  const char *p = text;

  for (;;)
    {
      const char *open = strstr (p, "{{");
      const char *close;
      Part part = { 0 };

      if (open == NULL)
        break;
      close = strstr (open + 2, "}}");
      if (close == NULL)
        {
          g_set_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_SYNTAX,
                       _("“{{” without “}}” (character %ld)"), g_utf8_pointer_to_offset (text, open) + 1);
          return FALSE;
        }
      add_text (self, p, open);
      if (!parse_placeholder (text, open + 2, close, &part, error))
        return FALSE;
      g_array_append_val (self->parts, part);
      p = close + 2;
    }
  add_text (self, p, p + strlen (p));
  return TRUE;
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
collect_names (LeydenTemplate *self)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);

      if (part->name != NULL && g_hash_table_add (seen, part->name))
        g_ptr_array_add (self->names, part->name);
    }
  g_ptr_array_sort (self->names, compare_strings);
  g_ptr_array_add (self->names, NULL);
}

LeydenTemplate *
leyden_template_new (const char  *text,
                     GError     **error)
{
  g_autoptr(LeydenTemplate) self = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  self = g_new0 (LeydenTemplate, 1);
  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (self->parts, part_clear);
  self->names = g_ptr_array_new ();
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_SYNTAX, _("the template is not UTF-8"));
      return NULL;
    }
  if (!parse_parts (self, text, error))
    return NULL;
  collect_names (self);
  return g_steal_pointer (&self);
}

void
leyden_template_free (LeydenTemplate *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->parts);
  g_ptr_array_unref (self->names);
  g_free (self);
}

const char * const *
leyden_template_get_names (LeydenTemplate *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char * const *) self->names->pdata;
}

/* A NUL would end the result early for whoever reads it as a C string. */
static void
append_with_nul (GString    *out,
                 const char *text,
                 gsize       length)
{
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      g_string_append (out, "\xEF\xBF\xBD");
    else
      g_string_append_c (out, text[i]);
}

static void
append_value (GString     *out,
              LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);

  if (text != NULL && memchr (text, '\0', length) == NULL)
    g_string_append_len (out, text, (gssize) length);
  else if (text != NULL)
    append_with_nul (out, text, length);
  else if (leyden_value_get_number_text (value) != NULL)
    g_string_append (out, leyden_value_get_number_text (value));
  else if (!leyden_value_is_null (value))
    leyden_json_write_to (out, value, LEYDEN_JSON_CANONICAL);
}

static gboolean
append_placeholder (GString               *out,
                    const Part            *part,
                    LeydenValue           *variables,
                    LeydenTemplateEncode   encode,
                    GError               **error)
{
  LeydenValue *value = leyden_value_get_member (variables, part->name);

  if (value == NULL)
    {
      g_autofree char *shown = leyden_text_escape (part->name, -1, 60);

      g_set_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_UNKNOWN,
                   _("the template uses “{{ %s }}”, but no variable of that name is given"), shown);
      return FALSE;
    }
  encode (out, leyden_json_path_walk (value, part->path));
  return TRUE;
}

char *
leyden_template_render (LeydenTemplate  *self,
                        LeydenValue     *variables,
                        GError         **error)
{
  return leyden_template_render_encoded (self, variables, append_value, error);
}

gboolean
leyden_template_begins_with_variable (LeydenTemplate *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->parts->len > 0 && g_array_index (self->parts, Part, 0).text == NULL;
}

char *
leyden_template_render_encoded (LeydenTemplate        *self,
                                LeydenValue           *variables,
                                LeydenTemplateEncode   encode,
                                GError               **error)
{
  g_autoptr(GString) out = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  out = g_string_new (NULL);
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);

      if (part->text != NULL)
        g_string_append_len (out, part->text, (gssize) part->length);
      else if (!append_placeholder (out, part, variables, encode, error))
        return NULL;
      if (out->len > MAX_RESULT)
        {
          g_set_error (error, LEYDEN_TEMPLATE_ERROR, LEYDEN_TEMPLATE_ERROR_BUDGET,
                       _("the text made from the template is longer than %zu bytes"), MAX_RESULT);
          return NULL;
        }
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

void
leyden_template_span_free (LeydenTemplateSpan *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->path);
  g_free (self->problem);
  g_free (self);
}

/* A key of the path may hold braces: what reads as one placeholder is one. */
static gboolean
scan_whole (const char         *text,
            const char         *open,
            LeydenTemplateSpan *span)
{
  const char *close = g_strstr_len (open + 2, (gssize) strnlen (open + 2, MAX_PLACEHOLDER), "}}");
  Part part = { 0 };

  if (close == NULL || !parse_placeholder (text, open + 2, close, &part, NULL))
    return FALSE;
  span->end = (gsize) (close + 2 - text);
  span->name = part.name;
  span->path = part.path;
  return TRUE;
}

/* The placeholder that begins at @open; @next is where the one after it begins, or the end of the text. */
static LeydenTemplateSpan *
scan_one (const char *text,
          const char *open,
          const char *next)
{
  LeydenTemplateSpan *span = g_new0 (LeydenTemplateSpan, 1);
  const char *close = g_strstr_len (open + 2, next - (open + 2), "}}");
  const char *line = memchr (open, '\n', (gsize) (next - open));
  g_autoptr(GError) error = NULL;
  Part part = { 0 };

  span->start = (gsize) (open - text);
  if (scan_whole (text, open, span))
    return span;
  if (close == NULL)
    {
      span->end = (gsize) ((line != NULL ? line : next) - text);
      span->problem = g_strdup (_("“{{” without “}}”"));
      return span;
    }
  span->end = (gsize) (close + 2 - text);
  if (parse_placeholder (text, open + 2, close, &part, &error))
    {
      span->name = part.name;
      span->path = part.path;
    }
  else
    span->problem = g_strdup (error->message);
  return span;
}

GPtrArray *
leyden_template_scan (const char *text)
{
  g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_template_span_free);
  const char *open;

  g_return_val_if_fail (text != NULL, NULL);

  open = strstr (text, "{{");
  while (open != NULL && spans->len < MAX_SPANS)
    {
      const char *next = strstr (open + 2, "{{");
      LeydenTemplateSpan *span = scan_one (text, open, next != NULL ? next : open + strlen (open));

      g_ptr_array_add (spans, span);
      /* What stands between is no placeholder’s. */
      open = strstr (text + MAX (span->end, span->start + 2), "{{");
    }
  return g_steal_pointer (&spans);
}
