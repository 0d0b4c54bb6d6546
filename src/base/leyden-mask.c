/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-mask.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-regex-private.h"
#include "leyden-text.h"

#define MAX_NAME 40
#define MAX_PATTERN 1000
/* Shorter texts hold nothing of what the personal rules look for. */
#define MIN_PERSONAL 6

typedef struct
{
  char *name;
  char *pattern;
  char *replacement;
  guint n_masked;               /* atomic */
} Rule;

struct _LeydenMask
{
  gatomicrefcount refs;
  gboolean        keys;
  gboolean        personal;
  GPtrArray      *rules;        /* Rule */
  guint           n_keys;       /* atomic, as the next */
  guint           n_personal;
};

static void
rule_free (gpointer data)
{
  Rule *rule = data;

  g_free (rule->name);
  g_free (rule->pattern);
  g_free (rule->replacement);
  g_free (rule);
}

LeydenMask *
leyden_mask_new_default (void)
{
  LeydenMask *self = g_new0 (LeydenMask, 1);

  g_atomic_ref_count_init (&self->refs);
  self->keys = TRUE;
  self->rules = g_ptr_array_new_with_free_func (rule_free);
  return self;
}

LeydenMask *
leyden_mask_ref (LeydenMask *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
leyden_mask_unref (LeydenMask *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->rules);
  g_free (self);
}

gboolean
leyden_mask_is_active (LeydenMask     *self,
                       LeydenMaskWhen  when)
{
  return (self->keys && when == LEYDEN_MASK_STORED) || self->personal || self->rules->len > 0;
}

/* ---- Personal data ---- */

typedef gboolean (*Check) (const char *match);

static gboolean
check_luhn (const char *match)
{
  guint sum = 0, n = 0;

  for (gsize i = strlen (match); i-- > 0; )
    {
      guint digit = (guint) (match[i] - '0');

      if (!g_ascii_isdigit (match[i]))
        continue;
      if (n++ % 2 == 1)
        digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
      sum += digit;
    }
  return n >= 13 && n <= 19 && sum % 10 == 0;
}

/* ISO 13616: the first four characters go to the end, letters count from 10, the remainder by 97 is 1. */
static gboolean
check_iban (const char *match)
{
  g_autoptr(GString) text = g_string_new (NULL);
  guint remainder = 0;

  for (const char *p = match; *p != '\0'; p++)
    if (*p != ' ')
      g_string_append_c (text, *p);
  if (text->len < 15 || text->len > 34)
    return FALSE;
  for (gsize i = 0; i < text->len; i++)
    {
      char c = text->str[(i + 4) % text->len];

      remainder = g_ascii_isdigit (c) ? (remainder * 10 + (guint) (c - '0')) % 97 : (remainder * 100 + (guint) (c - 'A') + 10) % 97;
    }
  return remainder == 1;
}

static gboolean
check_phone (const char *match)
{
  guint n = 0;

  for (const char *p = match; *p != '\0'; p++)
    n += g_ascii_isdigit (*p);
  return n >= 8 && n <= 15;
}

static const struct
{
  const char *pattern;
  Check       check;            /* nullable */
  const char *replacement;
} personal_rules[] = {
  { "(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])", NULL,
    "[e-mail masked]" },
  { "(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", check_iban, "[account masked]" },
  { "(?<![0-9A-Za-z.-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z]|[.-][0-9])", check_luhn, "[card masked]" },
  { "(?<![0-9A-Za-z.-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9A-Za-z-])", NULL, "[number masked]" },
  { "(?<![0-9A-Za-z+])\\+[1-9][0-9 ()./-]{6,20}[0-9](?![0-9A-Za-z])", check_phone, "[telephone masked]" },
  { "(?<![0-9A-Za-z.-])(?:\\([0-9]{3}\\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}(?![0-9A-Za-z-])", NULL, "[telephone masked]" },
};

static GRegex *
get_personal_regex (guint i)
{
  static GRegex *compiled[G_N_ELEMENTS (personal_rules)];

  if (g_once_init_enter (&compiled[i]))
    {
      GRegex *regex = g_regex_new (personal_rules[i].pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);

      g_assert (regex != NULL);
      g_once_init_leave (&compiled[i], regex);
    }
  return compiled[i];
}

typedef struct
{
  Check       check;
  const char *replacement;
  guint       n;
} Replacing;

static gboolean
replace_cb (const GMatchInfo *info,
            GString          *out,
            gpointer          data)
{
  Replacing *replacing = data;
  g_autofree char *match = g_match_info_fetch (info, 0);
  gboolean is_one = replacing->check == NULL || replacing->check (match);

  replacing->n += is_one;
  g_string_append (out, is_one ? replacing->replacement : match);
  return FALSE;
}

/* Every rule wants a digit or an "@". */
static gboolean
may_be_personal (const char *text,
                 gsize       length)
{
  for (gsize i = 0; i < length; i++)
    if (text[i] == '@' || g_ascii_isdigit (text[i]))
      return TRUE;
  return FALSE;
}

/* @text (transfer full) is replaced when something was masked. */
static void
mask_personal (LeydenMask *self,
               char      **text)
{
  gsize length = strlen (*text);

  if (length < MIN_PERSONAL || !may_be_personal (*text, length))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (personal_rules); i++)
    {
      Replacing replacing = { personal_rules[i].check, personal_rules[i].replacement, 0 };
      char *replaced = g_regex_replace_eval (get_personal_regex (i), *text, -1, 0, 0, replace_cb, &replacing, NULL);

      if (replaced == NULL)
        {
          /* What could not be looked at is not kept. */
          replaced = g_strdup (replacing.replacement);
          replacing.n = 1;
        }
      if (replacing.n == 0)
        {
          g_free (replaced);
          continue;
        }
      g_free (*text);
      *text = replaced;
      g_atomic_int_add (&self->n_personal, replacing.n);
    }
}

/* ---- Rules of one's own ---- */

static void
mask_rule (Rule  *rule,
           char **text)
{
  GRegex *regex = leyden_regex_compile (rule->pattern, NULL);
  Replacing replacing = { NULL, rule->replacement, 0 };
  g_autofree char *replaced = NULL;
  g_autoptr(GError) error = NULL;

  if (regex != NULL)
    replaced = g_regex_replace_eval (regex, *text, -1, 0, 0, replace_cb, &replacing, &error);
  if (replaced == NULL)
    {
      /* What could not be looked at is not kept. */
      replaced = g_strdup (rule->replacement);
      replacing.n = 1;
    }
  if (replacing.n == 0)
    return;
  g_free (*text);
  *text = g_steal_pointer (&replaced);
  g_atomic_int_add (&rule->n_masked, replacing.n);
}

static void
mask_rules (LeydenMask *self,
            char      **text)
{
  if (self->rules->len > 0 && !g_utf8_validate (*text, -1, NULL))
    {
      char *valid = g_utf8_make_valid (*text, -1);

      g_free (*text);
      *text = valid;
    }
  for (guint i = 0; i < self->rules->len; i++)
    mask_rule (self->rules->pdata[i], text);
}

/* ---- All of them ---- */

char *
leyden_mask_apply (LeydenMask     *self,
                   const char     *text,
                   gssize          length,
                   LeydenMaskWhen  when)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  char *out = NULL;

  if (self->keys && when == LEYDEN_MASK_STORED)
    {
      out = leyden_text_mask_secrets (text, (gssize) n);
      if (out != NULL)
        g_atomic_int_inc (&self->n_keys);
    }
  if (!self->personal && self->rules->len == 0)
    return out;
  if (out == NULL)
    out = g_strndup (text, n);
  if (self->personal)
    mask_personal (self, &out);
  mask_rules (self, &out);
  if (strlen (out) == n && memcmp (out, text, n) == 0)
    g_clear_pointer (&out, g_free);
  return out;
}

LeydenValue *
leyden_mask_count (LeydenMask *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "keys", (guint) g_atomic_int_get (&self->n_keys));
  leyden_value_builder_set_int (&b, "personal", (guint) g_atomic_int_get (&self->n_personal));
  for (guint i = 0; i < self->rules->len; i++)
    {
      Rule *rule = self->rules->pdata[i];

      leyden_value_builder_set_int (&b, rule->name, (guint) g_atomic_int_get (&rule->n_masked));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Values ---- */

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError     **error,
        const char  *format,
        ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, message);
  return FALSE;
}

static gboolean
check_members (LeydenValue         *value,
               const char          *where,
               const char * const  *known,
               GError             **error)
{
  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return refuse (error, _("%s must be an object"), where);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    if (!g_strv_contains (known, leyden_value_get_key (value, i)))
      {
        g_autofree char *shown = leyden_text_escape (leyden_value_get_key (value, i), -1, 60);

        return refuse (error, _("%s has no member “%s”"), where, shown);
      }
  return TRUE;
}

static gboolean
read_switch (LeydenValue  *value,
             const char   *name,
             gboolean     *out,
             GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, name);

  if (member == NULL)
    return TRUE;
  if (leyden_value_get_kind (member) != LEYDEN_VALUE_BOOLEAN)
    return refuse (error, _("“%s” must be true or false"), name);
  *out = leyden_value_get_boolean (member);
  return TRUE;
}

static gboolean
check_rule_name (LeydenMask  *self,
                 const char  *name,
                 guint        i,
                 GError     **error)
{
  gsize length = name != NULL ? strlen (name) : 0;

  if (length == 0 || length > MAX_NAME || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length || g_str_equal (name, "keys")
      || g_str_equal (name, "personal"))
    return refuse (error, _("rule %u: “name” must be 1 to %d of a-z, 0-9 and “-”, and not “keys” or “personal”"), i + 1, MAX_NAME);
  for (guint j = 0; j < self->rules->len; j++)
    if (g_str_equal (((Rule *) self->rules->pdata[j])->name, name))
      return refuse (error, _("rule %u: there are two rules “%s”"), i + 1, name);
  return TRUE;
}

static gboolean
add_rule (LeydenMask   *self,
          LeydenValue  *value,
          guint         i,
          GError      **error)
{
  static const char * const known[] = { "name", "pattern", NULL };
  const char *name = leyden_value_get_member_string (value, "name", NULL);
  const char *pattern = leyden_value_get_member_string (value, "pattern", NULL);
  g_autofree char *where = g_strdup_printf (_("rule %u"), i + 1);
  g_autoptr(LeydenValue) nothing = NULL;
  g_autoptr(GError) local_error = NULL;
  Rule *rule;

  if (!check_members (value, where, known, error) || !check_rule_name (self, name, i, error))
    return FALSE;
  if (pattern == NULL || *pattern == '\0' || strlen (pattern) > MAX_PATTERN)
    return refuse (error, _("rule %u: “pattern” must be a regular expression of at most %d bytes"), i + 1, MAX_PATTERN);
  if (!leyden_regex_check (pattern, &local_error))
    return refuse (error, _("rule %u: %s"), i + 1, local_error->message);
  nothing = leyden_regex_match (pattern, "", NULL);
  if (nothing != NULL)
    return refuse (error, _("rule %u: the pattern matches even no text at all"), i + 1);
  rule = g_new0 (Rule, 1);
  rule->name = g_strdup (name);
  rule->pattern = g_strdup (pattern);
  rule->replacement = g_strdup_printf ("[%s masked]", name);
  g_ptr_array_add (self->rules, rule);
  return TRUE;
}

LeydenMask *
leyden_mask_from_value (LeydenValue  *value,
                        GError      **error)
{
  static const char * const known[] = { "keys", "personal", "rules", NULL };
  g_autoptr(LeydenMask) self = leyden_mask_new_default ();
  LeydenValue *rules = leyden_value_get_member (value, "rules");

  if (!check_members (value, _("Masking"), known, error) || !read_switch (value, "keys", &self->keys, error)
      || !read_switch (value, "personal", &self->personal, error))
    return NULL;
  if (rules != NULL && (leyden_value_get_kind (rules) != LEYDEN_VALUE_LIST || leyden_value_get_size (rules) > LEYDEN_MASK_MAX_RULES))
    {
      refuse (error, _("“rules” must be a list of at most %d rules"), LEYDEN_MASK_MAX_RULES);
      return NULL;
    }
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    if (!add_rule (self, leyden_value_get_item (rules, i), i, error))
      return NULL;
  return g_steal_pointer (&self);
}

LeydenValue *
leyden_mask_to_value (LeydenMask *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "keys", self->keys);
  leyden_value_builder_set_boolean (&b, "personal", self->personal);
  leyden_value_builder_key (&b, "rules");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->rules->len; i++)
    {
      Rule *rule = self->rules->pdata[i];

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", rule->name);
      leyden_value_builder_set_string (&b, "pattern", rule->pattern);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
