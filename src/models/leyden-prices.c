/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-prices.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define SHIPPED "/io/github/leyden/Leyden/prices.json"
#define FORMAT 1
#define MAX_SIZE (1024 * 1024)
#define MAX_MODELS 2000
#define PER_TOKENS 1e6

struct _LeydenPrices
{
  GObject      parent_instance;

  char        *path;
  LeydenValue *shipped;         /* list */
  LeydenValue *user;            /* list */
  GStatBuf     seen;
  gboolean     has_seen;
  GError      *error;
};

G_DEFINE_QUARK (leyden-prices-error-quark, leyden_prices_error)
G_DEFINE_FINAL_TYPE (LeydenPrices, leyden_prices, G_TYPE_OBJECT)

static void
leyden_prices_finalize (GObject *object)
{
  LeydenPrices *self = LEYDEN_PRICES (object);

  g_free (self->path);
  leyden_value_unref (self->shipped);
  g_clear_pointer (&self->user, leyden_value_unref);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (leyden_prices_parent_class)->finalize (object);
}

static void
leyden_prices_class_init (LeydenPricesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_prices_finalize;
}

static void
leyden_prices_init (LeydenPrices *self)
{
  g_autoptr(GBytes) bytes = g_resources_lookup_data (SHIPPED, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(LeydenValue) root = bytes != NULL ? leyden_json_parse_bytes (bytes, NULL, NULL) : NULL;

  self->shipped = leyden_value_get_member (root, "models") != NULL ? leyden_value_ref (leyden_value_get_member (root, "models"))
                                                                    : leyden_value_new_null ();
}

LeydenPrices *
leyden_prices_new (const char *path)
{
  LeydenPrices *self = g_object_new (LEYDEN_TYPE_PRICES, NULL);

  self->path = path != NULL ? g_strdup (path) : g_build_filename (g_get_user_config_dir (), "leyden", "prices.json", NULL);
  return self;
}

/* ---- Checking ---- */

static gboolean
check_text (LeydenValue *entry,
            const char  *key,
            gboolean     required)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (entry, key), &length);

  if (leyden_value_is_null (leyden_value_get_member (entry, key)))
    return !required;
  return text != NULL && strlen (text) == length && length <= 300 && (!required || length > 0);
}

static gboolean
check_amount (LeydenValue *entry,
              const char  *key)
{
  double amount;

  return leyden_value_get_double (leyden_value_get_member (entry, key), &amount) && amount >= 0 && amount <= 1e6;
}

static gboolean
check_models (LeydenValue  *models,
              GError      **error)
{
  if (leyden_value_get_kind (models) != LEYDEN_VALUE_LIST || leyden_value_get_size (models) > MAX_MODELS)
    {
      g_set_error (error, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_INVALID, _("“models” must be a list of at most %d entries"), MAX_MODELS);
      return FALSE;
    }
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    {
      LeydenValue *entry = leyden_value_get_item (models, i);

      if (check_text (entry, "model", TRUE) && check_text (entry, "host", TRUE) && check_text (entry, "currency", TRUE)
          && check_text (entry, "date", FALSE) && check_text (entry, "source", FALSE) && check_amount (entry, "input") && check_amount (entry, "output"))
        continue;
      g_set_error (error, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_INVALID,
                   _("Price %u needs the texts “host”, “model” and “currency”, and “input” and “output” from 0 to a million"), i + 1);
      return FALSE;
    }
  return TRUE;
}

/* ---- The user's file ---- */

static LeydenValue *
parse (const char  *text,
       gsize        length,
       GError     **error)
{
  g_autoptr(LeydenValue) root = leyden_json_parse (text, (gssize) length, NULL, error);
  LeydenValue *models = leyden_value_get_member (root, "models");

  if (root == NULL)
    return NULL;
  if (leyden_value_get_member_int (root, "leyden_prices", 0) != FORMAT)
    {
      g_set_error_literal (error, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_INVALID, _("not a table of prices, or one of a newer Leyden"));
      return NULL;
    }
  return check_models (models, error) ? leyden_value_ref (models) : NULL;
}

static void
load (LeydenPrices *self)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = leyden_text_path (self->path);
  g_autoptr(GError) reason = NULL;
  gsize length = 0;

  g_clear_pointer (&self->user, leyden_value_unref);
  g_clear_error (&self->error);
  if (!S_ISREG (self->seen.st_mode) || self->seen.st_size > MAX_SIZE)
    g_set_error_literal (&reason, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_FILE, _("not a regular file of at most 1 MiB"));
  else if (g_file_get_contents (self->path, &text, &length, &reason))
    self->user = parse (text, length, &reason);
  if (self->user != NULL)
    return;
  self->error = g_error_new (LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_FILE, _("prices in %s: %s"), shown, reason->message);
  g_message ("%s", self->error->message);
}

static void
refresh (LeydenPrices *self)
{
  GStatBuf now;

  if (g_stat (self->path, &now) != 0)
    {
      g_clear_pointer (&self->user, leyden_value_unref);
      g_clear_error (&self->error);
      self->has_seen = FALSE;
      return;
    }
  if (self->has_seen && now.st_ino == self->seen.st_ino && now.st_size == self->seen.st_size && now.st_mtim.tv_sec == self->seen.st_mtim.tv_sec
      && now.st_mtim.tv_nsec == self->seen.st_mtim.tv_nsec)
    return;
  self->seen = now;
  self->has_seen = TRUE;
  load (self);
}

/* ---- Asking ---- */

/* "-2024-08-06" or "-20240806". */
static gboolean
is_date_suffix (const char *text)
{
  static const char * const forms[] = { "-dddd-dd-dd", "-dddddddd" };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      gsize k = 0;

      while (forms[i][k] != '\0' && (forms[i][k] == 'd' ? g_ascii_isdigit (text[k]) : text[k] == '-'))
        k++;
      if (forms[i][k] == '\0' && text[k] == '\0')
        return TRUE;
    }
  return FALSE;
}

static gboolean
fits (LeydenValue *entry,
      const char  *host,
      const char  *model)
{
  const char *their_host = leyden_value_get_member_string (entry, "host", "");
  const char *their_model = leyden_value_get_member_string (entry, "model", "");
  gsize length = strlen (their_model);

  if (!g_str_equal (their_host, "*") && g_ascii_strcasecmp (their_host, host) != 0)
    return FALSE;
  return g_str_has_prefix (model, their_model) && (model[length] == '\0' || is_date_suffix (model + length));
}

static LeydenValue *
find (LeydenValue *list,
      const char  *host,
      const char  *model)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (fits (leyden_value_get_item (list, i), host, model))
      return leyden_value_get_item (list, i);
  return NULL;
}

gboolean
leyden_prices_find_cost (LeydenPrices  *self,
                         const char    *base_uri,
                         const char    *model,
                         gint64         prompt_tokens,
                         gint64         completion_tokens,
                         double        *cost,
                         const char   **currency)
{
  g_autoptr(GUri) uri = NULL;
  LeydenValue *entry;

  g_return_val_if_fail (LEYDEN_IS_PRICES (self) && cost != NULL && currency != NULL, FALSE);

  uri = base_uri != NULL ? g_uri_parse (base_uri, G_URI_FLAGS_ENCODED, NULL) : NULL;
  if (uri == NULL || g_uri_get_host (uri) == NULL || model == NULL || prompt_tokens < 0 || completion_tokens < 0)
    return FALSE;
  refresh (self);
  entry = find (self->user, g_uri_get_host (uri), model);
  if (entry == NULL)
    entry = find (self->shipped, g_uri_get_host (uri), model);
  if (entry == NULL)
    return FALSE;
  *cost = ((double) prompt_tokens * leyden_value_get_member_double (entry, "input", 0)
           + (double) completion_tokens * leyden_value_get_member_double (entry, "output", 0)) / PER_TOKENS;
  *currency = leyden_value_get_member_string (entry, "currency", "USD");
  return TRUE;
}

static void
add_entries (LeydenValueBuilder *b,
             LeydenValue        *list,
             LeydenValue        *hidden_by,
             const char         *from)
{
  g_autoptr(LeydenValue) word = leyden_value_new_string (from, -1);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);

      if (find (hidden_by, leyden_value_get_member_string (entry, "host", ""), leyden_value_get_member_string (entry, "model", "")) == NULL)
        leyden_value_builder_take (b, leyden_value_with_member (entry, "from", word));
    }
}

LeydenValue *
leyden_prices_list (LeydenPrices *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_PRICES (self), NULL);

  refresh (self);
  leyden_value_builder_begin_list (&b);
  add_entries (&b, self->user, NULL, "user");
  add_entries (&b, self->shipped, self->user, "shipped");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

const GError *
leyden_prices_get_error (LeydenPrices *self)
{
  g_return_val_if_fail (LEYDEN_IS_PRICES (self), NULL);

  return self->error;
}

gboolean
leyden_prices_set_user (LeydenPrices  *self,
                        LeydenValue   *models,
                        GError       **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) root = NULL;
  g_autoptr(GError) reason = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (LEYDEN_IS_PRICES (self), FALSE);

  if (!check_models (models, error))
    return FALSE;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "leyden_prices", FORMAT);
  leyden_value_builder_set (&b, "models", models);
  leyden_value_builder_end (&b);
  root = leyden_value_builder_end_value (&b);
  text = leyden_json_write (root, LEYDEN_JSON_PRETTY);
  folder = g_path_get_dirname (self->path);
  if (g_mkdir_with_parents (folder, 0700) != 0
      || !g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &reason))
    {
      g_autofree char *shown = leyden_text_path (self->path);

      g_set_error (error, LEYDEN_PRICES_ERROR, LEYDEN_PRICES_ERROR_FILE, _("prices in %s: %s"), shown,
                   reason != NULL ? reason->message : g_strerror (errno));
      return FALSE;
    }
  self->has_seen = FALSE;
  refresh (self);
  return TRUE;
}
