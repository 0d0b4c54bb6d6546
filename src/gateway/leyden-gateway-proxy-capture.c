/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-proxy-private.h"

#include <string.h>

#include "leyden-json.h"

/* A stream's answer longer than this is passed on, but not kept. */
#define MAX_KEPT ((gsize)64 * 1024 * 1024)
#define MAX_INDEX 1024
/* Members of one object; no protocol has that many, and they are looked for one by one. */
#define MAX_MEMBERS 256

/* What has come of one member so far. Text and lists grow in place: a long answer arrives in ten thousand pieces. */
typedef enum
{
  PART_VALUE,                           /* the last one that is not null */
  PART_TEXT,                            /* pieces joined */
  PART_LIST,                            /* items joined */
  PART_OBJECT,                          /* member by member */
  PART_INDEXED,                         /* a list of objects that say their place */
} PartKind;

typedef struct
{
  PartKind     kind;
  LeydenValue *value;
  GString     *text;
  GPtrArray   *items;                   /* LIST: LeydenValue; INDEXED: Part, of objects */
  GPtrArray   *keys;                    /* OBJECT: char *, in order of appearance */
  GPtrArray   *members;                 /* OBJECT: Part */
} Part;

struct _LeydenProxyCapture
{
  Part    *root;
  gsize    n_bytes;
  gboolean damaged;
};

static void
part_free (gpointer data)
{
  Part *self = data;

  g_clear_pointer (&self->value, leyden_value_unref);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_free (self);
}

static Part *
part_new_object (void)
{
  Part *self = g_new0 (Part, 1);

  self->kind = PART_OBJECT;
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->members = g_ptr_array_new_with_free_func (part_free);
  return self;
}

/* Members whose text comes in pieces; every other text (role, id, finish_reason…) is whole each time. */
static gboolean
is_pieces (const char *key)
{
  static const char * const keys[] = { "content", "reasoning_content", "reasoning", "refusal", "arguments", "text", NULL };

  return g_strv_contains (keys, key);
}

/* Members that are whole each time although they are lists or objects. */
static gboolean
is_whole (const char *key)
{
  static const char * const keys[] = { "usage", "error", "prompt_token_ids", "prompt_logprobs", "kv_transfer_params", NULL };

  return g_strv_contains (keys, key);
}

static PartKind
kind_of (const char  *key,
         LeydenValue *value)
{
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_STRING:
      return is_pieces (key) ? PART_TEXT : PART_VALUE;
    case LEYDEN_VALUE_LIST:
      if (is_whole (key))
        return PART_VALUE;
      return strcmp (key, "choices") == 0 || strcmp (key, "tool_calls") == 0 ? PART_INDEXED : PART_LIST;
    case LEYDEN_VALUE_OBJECT:
      return is_whole (key) ? PART_VALUE : PART_OBJECT;
    default:
      return PART_VALUE;
    }
}

static void
part_become (Part    *self,
             PartKind kind)
{
  self->kind = kind;
  g_clear_pointer (&self->value, leyden_value_unref);
  if (kind == PART_TEXT)
    self->text = g_string_new (NULL);
  else if (kind == PART_LIST)
    self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  else if (kind == PART_INDEXED)
    self->items = g_ptr_array_new_with_free_func (part_free);
  else if (kind == PART_OBJECT)
    {
      self->keys = g_ptr_array_new_with_free_func (g_free);
      self->members = g_ptr_array_new_with_free_func (part_free);
    }
}

static Part *
find_member (Part       *object,
             const char *key)
{
  for (guint i = 0; i < object->keys->len; i++)
    if (strcmp (g_ptr_array_index (object->keys, i), key) == 0)
      return g_ptr_array_index (object->members, i);
  return NULL;
}

static void take_object (LeydenProxyCapture *self, Part *part, LeydenValue *value);

/* An item without a place belongs to the last one, the first at the beginning. */
static void
take_indexed (LeydenProxyCapture *self,
              Part               *part,
              LeydenValue        *list)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      gint64 index = leyden_value_get_member_int (item, "index", part->items->len == 0 ? 0 : (gint64)part->items->len - 1);

      if (leyden_value_get_kind (item) != LEYDEN_VALUE_OBJECT || index < 0 || index >= MAX_INDEX)
        {
          self->damaged = TRUE;
          continue;
        }
      while (part->items->len <= (guint)index)
        g_ptr_array_add (part->items, part_new_object ());
      take_object (self, g_ptr_array_index (part->items, (guint)index), item);
    }
}

static void
part_take (LeydenProxyCapture *self,
           Part               *part,
           const char         *key,
           LeydenValue        *value)
{
  PartKind kind = kind_of (key, value);
  gsize length;
  const char *text;

  if (leyden_value_is_null (value))
    return;
  /* Of prompt ids the first that say something count. */
  if (part->kind == PART_VALUE && part->value != NULL && g_str_has_prefix (key, "prompt_") && leyden_value_get_size (part->value) > 0)
    return;
  if (part->kind != kind)
    {
      if (part->kind != PART_VALUE)
        {
          self->damaged = TRUE;
          return;
        }
      part_become (part, kind);
    }
  switch (kind)
    {
    case PART_VALUE:
      g_clear_pointer (&part->value, leyden_value_unref);
      part->value = leyden_value_ref (value);
      break;
    case PART_TEXT:
      text = leyden_value_get_string (value, &length);
      g_string_append_len (part->text, text, (gssize)length);
      break;
    case PART_LIST:
      for (guint i = 0; i < leyden_value_get_size (value); i++)
        g_ptr_array_add (part->items, leyden_value_ref (leyden_value_get_item (value, i)));
      break;
    case PART_OBJECT:
      take_object (self, part, value);
      break;
    case PART_INDEXED:
      take_indexed (self, part, value);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* As deep as the JSON reader goes. */
static void
take_object (LeydenProxyCapture *self,
             Part               *part,
             LeydenValue        *value)
{
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *key = leyden_value_get_key (value, i);
      Part *member = find_member (part, key);

      if (member == NULL && part->keys->len == MAX_MEMBERS)
        {
          self->damaged = TRUE;
          return;
        }
      if (member == NULL)
        {
          member = g_new0 (Part, 1);
          g_ptr_array_add (part->keys, g_strdup (key));
          g_ptr_array_add (part->members, member);
        }
      part_take (self, member, key, leyden_value_get_item (value, i));
    }
}

LeydenProxyCapture *
leyden_proxy_capture_new (void)
{
  LeydenProxyCapture *self = g_new0 (LeydenProxyCapture, 1);

  self->root = part_new_object ();
  return self;
}

void
leyden_proxy_capture_free (LeydenProxyCapture *self)
{
  part_free (self->root);
  g_free (self);
}

void
leyden_proxy_capture_push (LeydenProxyCapture *self,
                           const char         *data,
                           gsize               length)
{
  LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .refuse_not_finite = TRUE, .refuse_surrogates = TRUE };
  g_autoptr(LeydenValue) chunk = NULL;

  self->n_bytes += length;
  if (self->n_bytes <= MAX_KEPT)
    chunk = leyden_json_parse (data, (gssize)length, &limits, NULL);
  if (chunk == NULL || leyden_value_get_kind (chunk) != LEYDEN_VALUE_OBJECT)
    {
      self->damaged = TRUE;
      return;
    }
  if (!leyden_value_is_null (leyden_value_get_member (chunk, "error")))
    self->damaged = TRUE;
  take_object (self, self->root, chunk);
}

gboolean
leyden_proxy_capture_is_whole (LeydenProxyCapture *self)
{
  Part *choices = find_member (self->root, "choices");

  if (self->damaged || choices == NULL || choices->kind != PART_INDEXED || choices->items->len == 0)
    return FALSE;
  for (guint i = 0; i < choices->items->len; i++)
    {
      Part *reason = find_member (g_ptr_array_index (choices->items, i), "finish_reason");

      if (reason == NULL || reason->value == NULL)
        return FALSE;
    }
  return TRUE;
}

/* ---- As one answer ---- */

static void write_part (LeydenValueBuilder *b, Part *part, gboolean is_call);

static void
write_object (LeydenValueBuilder *b,
              Part               *part,
              gboolean            is_call)
{
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < part->keys->len; i++)
    {
      const char *key = g_ptr_array_index (part->keys, i);

      /* Only a stream numbers the calls of tools. */
      if (is_call && strcmp (key, "index") == 0)
        continue;
      leyden_value_builder_key (b, strcmp (key, "delta") == 0 ? "message" : key);
      write_part (b, g_ptr_array_index (part->members, i), strcmp (key, "tool_calls") == 0);
    }
  leyden_value_builder_end (b);
}

/* @is_call: its items, if any, are calls of tools. */
static void
write_part (LeydenValueBuilder *b,
            Part               *part,
            gboolean            is_call)
{
  switch (part->kind)
    {
    case PART_VALUE:
      if (g_strcmp0 (leyden_value_get_string (part->value, NULL), "chat.completion.chunk") == 0)
        leyden_value_builder_add_string (b, "chat.completion");
      else
        leyden_value_builder_add (b, part->value);
      break;
    case PART_TEXT:
      leyden_value_builder_take (b, leyden_value_new_string (part->text->str, (gssize)part->text->len));
      break;
    case PART_LIST:
      leyden_value_builder_begin_list (b);
      for (guint i = 0; i < part->items->len; i++)
        leyden_value_builder_add (b, g_ptr_array_index (part->items, i));
      leyden_value_builder_end (b);
      break;
    case PART_OBJECT:
      write_object (b, part, FALSE);
      break;
    case PART_INDEXED:
      leyden_value_builder_begin_list (b);
      for (guint i = 0; i < part->items->len; i++)
        write_object (b, g_ptr_array_index (part->items, i), is_call);
      leyden_value_builder_end (b);
      break;
    default:
      g_assert_not_reached ();
    }
}

LeydenValue *
leyden_proxy_capture_to_value (LeydenProxyCapture *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  write_object (&b, self->root, FALSE);
  return leyden_value_builder_end_value (&b);
}
