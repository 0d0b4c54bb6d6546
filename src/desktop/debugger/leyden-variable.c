/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-variable-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

#define PAGE 200                /* members of a list or object that are shown at once */
#define MAX_SEARCHED 200000     /* values that one search looks at */
#define MAX_SEARCHED_TEXT 65536 /* of each */
#define MAX_SEARCHED_MEMBERS 10000

struct _LeydenVariable
{
  GObject             parent_instance;

  LeydenVariableKind  kind;
  char               *key;              /* among its siblings */
  char               *title;
  char               *node;             /* nullable */
  char               *node_title;       /* nullable */
  char               *member;           /* nullable */
  LeydenValue        *value;            /* nullable */
  LeydenValue        *parameters;       /* of a node: name → value; nullable */
  GListStore         *children;         /* NULL until somebody looks */
  LeydenVariable     *parent;           /* of MORE; not owned: it goes with it */
  guint               n_shown;
};

G_DEFINE_FINAL_TYPE (LeydenVariable, leyden_variable, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_VALUE,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
leyden_variable_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  if (prop_id == PROP_VALUE)
    g_value_set_boxed (value, LEYDEN_VARIABLE (object)->value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_variable_finalize (GObject *object)
{
  LeydenVariable *self = LEYDEN_VARIABLE (object);

  g_free (self->key);
  g_free (self->title);
  g_free (self->node);
  g_free (self->node_title);
  g_free (self->member);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->parameters, leyden_value_unref);
  g_clear_object (&self->children);
  G_OBJECT_CLASS (leyden_variable_parent_class)->finalize (object);
}

static void
leyden_variable_class_init (LeydenVariableClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = leyden_variable_get_property;
  G_OBJECT_CLASS (klass)->finalize = leyden_variable_finalize;
  properties[PROP_VALUE] = g_param_spec_boxed ("value", NULL, NULL, LEYDEN_TYPE_VALUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
leyden_variable_init (LeydenVariable *self)
{
  self->n_shown = PAGE;
}

/* --- lists of them --- */

/* @title is shown as it is. What is to stand in a list: a new variable, which gives way to one of the same key and kind that is there. */
static LeydenVariable *
variable_new (LeydenVariableKind  kind,
              const char         *key,
              const char         *title,
              LeydenValue        *value)
{
  LeydenVariable *self = g_object_new (LEYDEN_TYPE_VARIABLE, NULL);

  self->kind = kind;
  self->key = g_strdup (key);
  self->title = g_strdup (title);
  self->value = value != NULL ? leyden_value_ref (value) : NULL;
  return self;
}

static void update_children (LeydenVariable *self);

void
leyden_variable_take_over (LeydenVariable *self,
                           LeydenVariable *news)
{
  gboolean same = (self->value == news->value || (self->value != NULL && news->value != NULL && leyden_value_equal (self->value, news->value)))
                  && (self->parameters == news->parameters
                      || (self->parameters != NULL && news->parameters != NULL && leyden_value_equal (self->parameters, news->parameters)));

  if (!g_str_equal (self->title, news->title))
    {
      g_free (self->title);
      self->title = g_strdup (news->title);
      same = FALSE;
    }
  if (same)
    return;
  g_clear_pointer (&self->value, leyden_value_unref);
  self->value = g_steal_pointer (&news->value);
  g_clear_pointer (&self->parameters, leyden_value_unref);
  self->parameters = g_steal_pointer (&news->parameters);
  if (self->children != NULL)
    update_children (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

gboolean
leyden_variable_has_children (LeydenVariable *self)
{
  if (self->kind == LEYDEN_VARIABLE_NODE)
    return leyden_value_get_size (self->value) + leyden_value_get_size (self->parameters) > 0;
  return leyden_value_get_size (self->value) > 0;
}

/* Makes @list hold @news (LeydenVariable, owned by it): equal ones at the same place keep their object, and one that becomes or ceases to be a container
 * is another one, as the tree asks only once what is below. */
static void
merge (GListStore *list,
       GPtrArray  *news)
{
  guint n_old = g_list_model_get_n_items (G_LIST_MODEL (list));
  guint kept = 0;

  while (kept < MIN (n_old, news->len))
    {
      g_autoptr(LeydenVariable) old = g_list_model_get_item (G_LIST_MODEL (list), kept);
      LeydenVariable *new = g_ptr_array_index (news, kept);

      if (old->kind != new->kind || !g_str_equal (old->key, new->key) || leyden_variable_has_children (old) != leyden_variable_has_children (new))
        break;
      leyden_variable_take_over (old, new);
      kept++;
    }
  if (kept < n_old || kept < news->len)
    g_list_store_splice (list, kept, n_old - kept, news->pdata + kept, news->len - kept);
}

static void
add_member (LeydenVariable     *self,
            GPtrArray          *list,
            LeydenVariableKind  kind,
            const char         *key,
            const char         *title,
            LeydenValue        *value)
{
  LeydenVariable *child = variable_new (kind, key, title, value);

  child->node = g_strdup (self->node);
  child->node_title = g_strdup (self->node_title);
  child->member = g_strdup (kind == LEYDEN_VARIABLE_MEMBER && self->kind != LEYDEN_VARIABLE_INPUT ? self->member : key);
  g_ptr_array_add (list, child);
}

static GPtrArray *
make_children (LeydenVariable *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  LeydenVariableKind kind = self->kind == LEYDEN_VARIABLE_NODE ? LEYDEN_VARIABLE_OUTPUT : LEYDEN_VARIABLE_MEMBER;
  gboolean is_list = leyden_value_get_kind (self->value) == LEYDEN_VALUE_LIST;
  guint n = leyden_value_get_size (self->value);

  for (guint i = 0; i < MIN (n, self->n_shown); i++)
    {
      g_autofree char *number = is_list ? g_strdup_printf ("%u", i) : NULL;
      const char *key = is_list ? number : leyden_value_get_key (self->value, i);
      g_autofree char *title = leyden_text_display (key, -1, 80, FALSE);

      add_member (self, list, kind, key, title, leyden_value_get_item (self->value, i));
    }
  if (n > self->n_shown)
    {
      g_autofree char *title = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more…", "%u more…", n - self->n_shown), n - self->n_shown);
      LeydenVariable *more = variable_new (LEYDEN_VARIABLE_MORE, "more", title, NULL);

      more->parent = self;
      g_ptr_array_add (list, more);
    }
  for (guint i = 0; i < leyden_value_get_size (self->parameters); i++)
    {
      const char *name = leyden_value_get_key (self->parameters, i);
      g_autofree char *shown = leyden_text_display (name, -1, 80, FALSE);
      g_autofree char *title = g_strdup_printf (_("%s (parameter)"), shown);

      add_member (self, list, LEYDEN_VARIABLE_PARAMETER, name, title, leyden_value_get_item (self->parameters, i));
    }
  return list;
}

static void
update_children (LeydenVariable *self)
{
  g_autoptr(GPtrArray) news = make_children (self);

  merge (self->children, news);
}

GListModel *
leyden_variable_list_children (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), NULL);

  if (!leyden_variable_has_children (self))
    return NULL;
  if (self->children == NULL)
    {
      self->children = g_list_store_new (LEYDEN_TYPE_VARIABLE);
      update_children (self);
    }
  return G_LIST_MODEL (g_object_ref (self->children));
}

void
leyden_variable_show_more (LeydenVariable *self)
{
  g_return_if_fail (LEYDEN_IS_VARIABLE (self));

  if (self->kind != LEYDEN_VARIABLE_MORE)
    return;
  self->parent->n_shown += PAGE;
  update_children (self->parent);
}

LeydenVariable *
leyden_variable_new_input (LeydenValue *value)
{
  return variable_new (LEYDEN_VARIABLE_INPUT, "input", _("Input"), value);
}

LeydenVariable *
leyden_variable_new_node (const char  *path,
                          const char  *title,
                          const char  *node_title,
                          LeydenValue *outputs,
                          LeydenValue *parameters)
{
  LeydenVariable *self = variable_new (LEYDEN_VARIABLE_NODE, path, title, outputs);

  self->node = g_strdup (path);
  self->node_title = g_strdup (node_title);
  self->parameters = parameters != NULL ? leyden_value_ref (parameters) : NULL;
  return self;
}

/* --- asking --- */

LeydenVariableKind
leyden_variable_get_kind (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), LEYDEN_VARIABLE_MEMBER);
  return self->kind;
}

const char *
leyden_variable_get_title (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), "");
  return self->title;
}

const char *
leyden_variable_get_node (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), NULL);
  return self->node;
}

const char *
leyden_variable_get_member (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), NULL);
  return self->member;
}

LeydenValue *
leyden_variable_get_value (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), NULL);
  return self->value;
}

gboolean
leyden_variable_is_whole (LeydenVariable *self)
{
  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), FALSE);
  return self->kind == LEYDEN_VARIABLE_OUTPUT || self->kind == LEYDEN_VARIABLE_PARAMETER;
}

/* A name as SQL takes it. */
static char *
quote (const char *text,
       char        sign)
{
  g_autoptr(GString) quoted = g_string_new (text);
  const char once[] = { sign, '\0' }, twice[] = { sign, sign, '\0' };

  g_string_replace (quoted, once, twice, 0);
  g_string_prepend_c (quoted, sign);
  g_string_append_c (quoted, sign);
  return g_string_free (g_steal_pointer (&quoted), FALSE);
}

char *
leyden_variable_dup_watch (LeydenVariable *self)
{
  g_autofree char *column = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  gboolean plain;

  g_return_val_if_fail (LEYDEN_IS_VARIABLE (self), NULL);

  if (self->kind == LEYDEN_VARIABLE_INPUT || (self->kind == LEYDEN_VARIABLE_NODE && self->node != NULL))
    return quote (self->node != NULL ? self->node_title : "input", '"');
  if (self->kind != LEYDEN_VARIABLE_OUTPUT && !(self->kind == LEYDEN_VARIABLE_MEMBER && self->node == NULL))
    return NULL;
  column = quote (self->node != NULL ? self->node_title : "input", '"');
  plain = strspn (self->member, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen (self->member);
  path = plain ? g_strdup_printf ("$.%s", self->member) : g_strdup_printf ("$.\"%s\"", self->member);
  text = quote (path, '\'');
  return g_strdup_printf ("%s ->> %s", column, text);
}

/* --- searching --- */

typedef struct
{
  char       *text;             /* folded */
  GListStore *found;
  guint       max;
  guint       n_looked;
} Search;

static gboolean
has_text (const Search *search,
          const char   *text,
          gsize         length)
{
  g_autofree char *start = g_utf8_make_valid (text, (gssize) MIN (length, MAX_SEARCHED_TEXT));
  g_autofree char *folded = g_utf8_casefold (start, -1);

  return strstr (folded, search->text) != NULL;
}

static void
look (Search         *search,
      LeydenVariable *variable,
      const char     *around)
{
  g_autofree char *title = *around != '\0' ? g_strdup_printf ("%s › %s", around, variable->title) : g_strdup (variable->title);
  g_autoptr(GPtrArray) children = NULL;
  gsize length = 0;
  const char *text = leyden_value_get_string (variable->value, &length);

  if (g_list_model_get_n_items (G_LIST_MODEL (search->found)) >= search->max || search->n_looked++ >= MAX_SEARCHED)
    return;
  if (text == NULL)
    text = leyden_value_get_number_text (variable->value);
  if (length == 0 && text != NULL)
    length = strlen (text);
  if (has_text (search, variable->title, strlen (variable->title)) || (text != NULL && has_text (search, text, length)))
    {
      g_autoptr(LeydenVariable) copy = variable_new (variable->kind, variable->key, title, variable->value);

      copy->node = g_strdup (variable->node);
      copy->node_title = g_strdup (variable->node_title);
      copy->member = g_strdup (variable->member);
      g_list_store_append (search->found, copy);
    }
  variable->n_shown = MAX (variable->n_shown, MIN (leyden_value_get_size (variable->value), MAX_SEARCHED_MEMBERS));
  children = make_children (variable);
  for (guint i = 0; i < children->len; i++)
    look (search, g_ptr_array_index (children, i), title);
}

GListModel *
leyden_variables_search (GListModel *list,
                         const char *text,
                         guint       max)
{
  Search search = { g_utf8_casefold (text, -1), g_list_store_new (LEYDEN_TYPE_VARIABLE), max, 0 };

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr(LeydenVariable) variable = g_list_model_get_item (list, i);
      guint shown = variable->n_shown;

      look (&search, variable, "");
      variable->n_shown = shown;
    }
  g_free (search.text);
  return G_LIST_MODEL (search.found);
}
