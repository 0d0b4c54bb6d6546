/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp.h"

#ifdef HAVE_PROTOBUF

#include <math.h>
#include <string.h>

#include "leyden-otlp.pb-c.h"

/* The reader of libprotobuf-c makes a note of some 40 bytes of every field before it reads any, and keeps a copy of what is bytes. What a
 * message of our size may take is bounded; see also the .proto. */
#define MAX_MEMORY ((gsize)160 * 1024 * 1024)

typedef struct
{
  ProtobufCAllocator allocator;
  gsize              left;
} Memory;

static void *
allocate_cb (void   *data,
             size_t  size)
{
  Memory *memory = data;

  if (size > memory->left)
    return NULL;
  memory->left -= size;
  return malloc (size);
}

static void
release_cb (void *data,
            void *pointer)
{
  free (pointer);
}

static Memory *
memory_init (Memory *self)
{
  self->allocator = (ProtobufCAllocator) { allocate_cb, release_cb, self };
  self->left = MAX_MEMORY;
  return self;
}

/* Reads one message; NULL with @error. What it allocates is freed by release(). */
static gpointer
unpack (const ProtobufCMessageDescriptor *form,
        ProtobufCBinaryData               data,
        GError                          **error)
{
  Memory memory;
  gpointer message = protobuf_c_message_unpack (form, &memory_init (&memory)->allocator, data.len, data.data);

  if (message == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The body holds a %s that is not protobuf, or one of far too many fields",
                 form->short_name);
  return message;
}

static void
release (gpointer message)
{
  Memory memory;

  if (message != NULL)
    protobuf_c_message_free_unpacked (message, &memory_init (&memory)->allocator);
}

/* What was read of a list is not needed any longer. */
static void
drop (ProtobufCBinaryData *data)
{
  free (data->data);
  *data = (ProtobufCBinaryData) { 0, NULL };
}

static char *
dup_text (ProtobufCBinaryData data)
{
  return data.len == 0 ? g_strdup ("") : g_utf8_make_valid ((const char *)data.data, (gssize)data.len);
}

/* U+0000 stays. */
static LeydenValue *
new_text (ProtobufCBinaryData data)
{
  g_autofree char *valid = NULL;

  if (data.len == 0 || g_utf8_validate_len ((const char *)data.data, data.len, NULL))
    return leyden_value_new_string (data.len == 0 ? "" : (const char *)data.data, (gssize)data.len);
  valid = g_utf8_make_valid ((const char *)data.data, (gssize)data.len);
  return leyden_value_new_string (valid, -1);
}

static LeydenValue *
new_number (double number)
{
  return isfinite (number) ? leyden_value_new_double (number) : leyden_value_new_null ();
}

static LeydenValue *read_attributes (size_t n, ProtobufCBinaryData *list, guint depth, GError **error);

static LeydenValue *
read_list (ProtobufCBinaryData   data,
           guint                 depth,
           GError              **error);

static LeydenValue *
read_object (ProtobufCBinaryData   data,
             guint                 depth,
             GError              **error)
{
  Leyden__Otlp__List *list = unpack (&leyden__otlp__list__descriptor, data, error);
  LeydenValue *value = list != NULL ? read_attributes (list->n_values, list->values, depth, error) : NULL;

  release (list);
  return value;
}

static LeydenValue *
new_base64 (ProtobufCBinaryData data)
{
  g_autofree char *text = g_base64_encode (data.data, data.len);

  return leyden_value_new_string (text, -1);
}

static LeydenValue *
read_any (ProtobufCBinaryData   data,
          guint                 depth,
          GError              **error)
{
  Leyden__Otlp__Any *any = unpack (&leyden__otlp__any__descriptor, data, error);
  LeydenValue *value;

  if (any == NULL)
    return NULL;
  switch (any->kind_case)
    {
    case LEYDEN__OTLP__ANY__KIND_TEXT:
      value = new_text (any->text);
      break;
    case LEYDEN__OTLP__ANY__KIND_BOOLEAN:
      value = leyden_value_new_boolean (any->boolean);
      break;
    case LEYDEN__OTLP__ANY__KIND_INTEGER:
      value = leyden_value_new_int (any->integer);
      break;
    case LEYDEN__OTLP__ANY__KIND_NUMBER:
      value = new_number (any->number);
      break;
    case LEYDEN__OTLP__ANY__KIND_DATA:
      value = new_base64 (any->data);
      break;
    case LEYDEN__OTLP__ANY__KIND_LIST:
      value = depth < LEYDEN_OTLP_MAX_DEPTH ? read_list (any->list, depth + 1, error) : leyden_value_new_null ();
      break;
    case LEYDEN__OTLP__ANY__KIND_OBJECT:
      value = depth < LEYDEN_OTLP_MAX_DEPTH ? read_object (any->object, depth + 1, error) : leyden_value_new_null ();
      break;
    case LEYDEN__OTLP__ANY__KIND__NOT_SET:
    default:
      value = leyden_value_new_null ();
      break;
    }
  release (any);
  return value;
}

static LeydenValue *
read_list (ProtobufCBinaryData   data,
           guint                 depth,
           GError              **error)
{
  Leyden__Otlp__List *list = unpack (&leyden__otlp__list__descriptor, data, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean ok = list != NULL;

  leyden_value_builder_begin_list (&b);
  for (size_t i = 0; ok && i < list->n_values; i++)
    {
      LeydenValue *value = read_any (list->values[i], depth, error);

      ok = value != NULL;
      if (ok)
        leyden_value_builder_take (&b, value);
    }
  leyden_value_builder_end (&b);
  release (list);
  return ok ? leyden_value_builder_end_value (&b) : NULL;
}

static gboolean
add_attribute (LeydenValueBuilder   *b,
               ProtobufCBinaryData   data,
               guint                 depth,
               GError              **error)
{
  Leyden__Otlp__Attribute *attribute = unpack (&leyden__otlp__attribute__descriptor, data, error);
  LeydenValue *value = attribute != NULL ? read_any (attribute->value, depth, error) : NULL;
  g_autoptr(LeydenValue) key = value != NULL ? new_text (attribute->key) : NULL;
  gsize length = 0;

  release (attribute);
  if (value == NULL)
    return FALSE;
  leyden_value_get_string (key, &length);
  leyden_value_builder_key_length (b, leyden_value_get_string (key, NULL), length);
  leyden_value_builder_take (b, value);
  return TRUE;
}

static LeydenValue *
read_attributes (size_t                n,
                 ProtobufCBinaryData  *list,
                 guint                 depth,
                 GError              **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean ok = TRUE;

  leyden_value_builder_begin_object (&b);
  for (size_t i = 0; ok && i < MIN (n, LEYDEN_OTLP_MAX_ATTRIBUTES); i++)
    ok = add_attribute (&b, list[i], depth, error);
  leyden_value_builder_end (&b);
  return ok ? leyden_value_builder_end_value (&b) : NULL;
}

static LeydenValue *
read_event (ProtobufCBinaryData   data,
            GError              **error)
{
  Leyden__Otlp__Event *event = unpack (&leyden__otlp__event__descriptor, data, error);
  g_autoptr(LeydenValue) attributes = event != NULL ? read_attributes (event->n_attributes, event->attributes, 0, error) : NULL;
  g_autofree char *name = event != NULL ? dup_text (event->name) : NULL;
  LeydenValue *value = attributes != NULL ? leyden_otlp_make_event (name, event->time, attributes) : NULL;

  release (event);
  return value;
}

static LeydenValue *
read_link (ProtobufCBinaryData   data,
           GError              **error)
{
  Leyden__Otlp__Link *link = unpack (&leyden__otlp__link__descriptor, data, error);
  char trace_id[33], span_id[17];
  LeydenValue *value = NULL;

  if (link == NULL)
    return NULL;
  value = leyden_otlp_write_id (trace_id, link->trace_id.data, link->trace_id.len, 16)
            && leyden_otlp_write_id (span_id, link->span_id.data, link->span_id.len, 8)
          ? leyden_otlp_make_link (trace_id, span_id) : leyden_value_new_null ();
  release (link);
  return value;
}

/* @value: NULL where there are none. */
static gboolean
read_each (size_t                n,
           ProtobufCBinaryData  *list,
           LeydenValue        *(*read) (ProtobufCBinaryData data, GError **error),
           LeydenValue         **value,
           GError              **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (n == 0)
    return TRUE;
  leyden_value_builder_begin_list (&b);
  for (size_t i = 0; i < MIN (n, LEYDEN_OTLP_MAX_EVENTS); i++)
    {
      LeydenValue *item = read (list[i], error);

      if (item == NULL)
        return FALSE;
      leyden_value_builder_take (&b, item);
    }
  leyden_value_builder_end (&b);
  *value = leyden_value_builder_end_value (&b);
  return TRUE;
}

static gboolean
read_status (LeydenOtlpSpan       *span,
             ProtobufCBinaryData   data,
             GError              **error)
{
  Leyden__Otlp__Status *status = unpack (&leyden__otlp__status__descriptor, data, error);

  if (status == NULL)
    return FALSE;
  span->failed = status->code == 2;
  if (status->message.len > 0)
    span->message = dup_text (status->message);
  release (status);
  return TRUE;
}

static gboolean
fill_span (LeydenOtlpSpan      *span,
           Leyden__Otlp__Span  *read,
           GError             **error)
{
  leyden_otlp_write_id (span->trace_id, read->trace_id.data, read->trace_id.len, 16);
  leyden_otlp_write_id (span->span_id, read->span_id.data, read->span_id.len, 8);
  leyden_otlp_write_id (span->parent_id, read->parent_span_id.data, read->parent_span_id.len, 8);
  span->name = dup_text (read->name);
  span->kind = CLAMP (read->kind, 0, 5);
  span->attributes = read_attributes (read->n_attributes, read->attributes, 0, error);
  return span->attributes != NULL && read_each (read->n_events, read->events, read_event, &span->events, error)
         && read_each (read->n_links, read->links, read_link, &span->links, error) && read_status (span, read->status, error);
}

static gboolean
read_span (LeydenOtlpBatch      *batch,
           ProtobufCBinaryData   data,
           LeydenValue          *scope,
           LeydenValue          *resource,
           GError              **error)
{
  Leyden__Otlp__Span *read = unpack (&leyden__otlp__span__descriptor, data, error);
  LeydenOtlpSpan *span;
  gboolean ok;

  if (read == NULL)
    return FALSE;
  span = leyden_otlp_span_new ();
  span->scope = scope != NULL ? leyden_value_ref (scope) : NULL;
  span->resource = leyden_value_ref (resource);
  ok = fill_span (span, read, error);
  if (ok)
    leyden_otlp_batch_add (batch, span, read->start, read->end);
  else
    leyden_otlp_span_free (span);
  release (read);
  return ok;
}

static LeydenValue *
read_scope (ProtobufCBinaryData   data,
            GError              **error)
{
  Leyden__Otlp__Scope *scope = unpack (&leyden__otlp__scope__descriptor, data, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (scope == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "name", new_text (scope->name));
  leyden_value_builder_set_take (&b, "version", new_text (scope->version));
  leyden_value_builder_end (&b);
  release (scope);
  return leyden_value_builder_end_value (&b);
}

static gboolean
read_scope_spans (LeydenOtlpBatch      *batch,
                  ProtobufCBinaryData   data,
                  LeydenValue          *resource,
                  GError              **error)
{
  Leyden__Otlp__ScopeSpans *spans = unpack (&leyden__otlp__scope_spans__descriptor, data, error);
  g_autoptr(LeydenValue) scope = spans != NULL ? read_scope (spans->scope, error) : NULL;
  gboolean ok = scope != NULL;

  for (size_t i = 0; ok && i < spans->n_spans; i++)
    {
      ok = read_span (batch, spans->spans[i], scope, resource, error);
      drop (&spans->spans[i]);
    }
  release (spans);
  return ok;
}

static LeydenValue *
read_resource (ProtobufCBinaryData   data,
               GError              **error)
{
  Leyden__Otlp__Resource *resource = unpack (&leyden__otlp__resource__descriptor, data, error);
  LeydenValue *attributes = resource != NULL ? read_attributes (resource->n_attributes, resource->attributes, 0, error) : NULL;

  release (resource);
  return attributes;
}

static gboolean
read_resource_spans (LeydenOtlpBatch      *batch,
                     ProtobufCBinaryData   data,
                     GError              **error)
{
  Leyden__Otlp__ResourceSpans *spans = unpack (&leyden__otlp__resource_spans__descriptor, data, error);
  g_autoptr(LeydenValue) resource = spans != NULL ? read_resource (spans->resource, error) : NULL;
  gboolean ok = resource != NULL;

  for (size_t i = 0; ok && i < spans->n_scope_spans; i++)
    {
      ok = read_scope_spans (batch, spans->scope_spans[i], resource, error);
      drop (&spans->scope_spans[i]);
    }
  release (spans);
  return ok;
}

gboolean
leyden_otlp_has_protobuf (void)
{
  return TRUE;
}

LeydenOtlpBatch *
leyden_otlp_parse_protobuf (GBytes  *body,
                            GError **error)
{
  gsize size = 0;
  gconstpointer data = g_bytes_get_data (body, &size);
  ProtobufCBinaryData whole = { size, (guint8 *)data };
  g_autoptr(LeydenOtlpBatch) batch = leyden_otlp_batch_new ();
  Leyden__Otlp__Request *request = unpack (&leyden__otlp__request__descriptor, whole, error);
  gboolean ok = request != NULL;

  for (size_t i = 0; ok && i < request->n_resource_spans; i++)
    {
      ok = read_resource_spans (batch, request->resource_spans[i], error);
      drop (&request->resource_spans[i]);
    }
  release (request);
  return ok ? g_steal_pointer (&batch) : NULL;
}

/* ---- Answers ---- */

static ProtobufCBinaryData
borrow_text (const char *text)
{
  return (ProtobufCBinaryData) { text != NULL ? strlen (text) : 0, (guint8 *)text };
}

static GBytes *
pack (const ProtobufCMessage *message)
{
  gsize size = protobuf_c_message_get_packed_size (message);
  g_autofree guint8 *data = g_malloc (MAX (size, 1));

  protobuf_c_message_pack (message, data);
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

GBytes *
leyden_otlp_pack_response (gint64      n_rejected,
                           const char *reason)
{
  Leyden__Otlp__Response response = LEYDEN__OTLP__RESPONSE__INIT;
  Leyden__Otlp__PartialSuccess partial = LEYDEN__OTLP__PARTIAL_SUCCESS__INIT;
  g_autoptr(GBytes) packed = NULL;

  if (n_rejected == 0)
    return pack (&response.base);
  partial.rejected_spans = n_rejected;
  partial.error_message = borrow_text (reason);
  packed = pack (&partial.base);
  response.partial_success = (ProtobufCBinaryData) { g_bytes_get_size (packed), (guint8 *)g_bytes_get_data (packed, NULL) };
  return pack (&response.base);
}

GBytes *
leyden_otlp_pack_problem (int         code,
                          const char *message)
{
  Leyden__Otlp__Problem problem = LEYDEN__OTLP__PROBLEM__INIT;

  problem.code = code;
  problem.message = borrow_text (message);
  return pack (&problem.base);
}

#else

gboolean
leyden_otlp_has_protobuf (void)
{
  return FALSE;
}

LeydenOtlpBatch *
leyden_otlp_parse_protobuf (GBytes  *body,
                            GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This build has no protobuf");
  return NULL;
}

GBytes *
leyden_otlp_pack_response (gint64      n_rejected,
                           const char *reason)
{
  return g_bytes_new (NULL, 0);
}

GBytes *
leyden_otlp_pack_problem (int         code,
                          const char *message)
{
  return g_bytes_new (NULL, 0);
}

#endif
