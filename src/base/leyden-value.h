/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define LEYDEN_TYPE_VALUE (leyden_value_get_type ())

/**
 * LeydenValue:
 *
 * An immutable, reference-counted JSON value (atomic counts: any thread may hold one). Numbers keep their
 * text, objects keep the order of their keys. Strings may hold U+0000; their length is authoritative.
 */
typedef struct _LeydenValue LeydenValue;

typedef enum
{
  LEYDEN_VALUE_NULL,
  LEYDEN_VALUE_BOOLEAN,
  LEYDEN_VALUE_NUMBER,
  LEYDEN_VALUE_STRING,
  LEYDEN_VALUE_LIST,
  LEYDEN_VALUE_OBJECT,
} LeydenValueKind;

GType            leyden_value_get_type       (void) G_GNUC_CONST;
LeydenValue     *leyden_value_ref            (const LeydenValue *self);
void             leyden_value_unref          (LeydenValue       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenValue, leyden_value_unref)

/* Making. null, true, false and small integers are shared. All return (transfer full). */
LeydenValue     *leyden_value_new_null       (void);
LeydenValue     *leyden_value_new_boolean    (gboolean           value);
LeydenValue     *leyden_value_new_int        (gint64             value);
/* NaN and infinities are a programming error; shortest text that reads back the same. */
LeydenValue     *leyden_value_new_double     (double             value);
/* @text must be a JSON number (checked with g_return); kept as given. */
LeydenValue     *leyden_value_new_number     (const char        *text,
                                              gssize             length);
/* @length −1: up to the NUL. Must be UTF-8. */
LeydenValue     *leyden_value_new_string     (const char        *text,
                                              gssize             length);

/* Asking. Every getter accepts @self %NULL (as JSON null). */
LeydenValueKind  leyden_value_get_kind       (const LeydenValue *self);
const char      *leyden_value_kind_to_string (LeydenValueKind    kind);          /* "object", for messages */
gboolean         leyden_value_is_null        (const LeydenValue *self);
gboolean         leyden_value_get_boolean    (const LeydenValue *self);          /* FALSE unless true */
/* TRUE when the number is an integer that fits (1.0 and 1e2 are integers). */
gboolean         leyden_value_get_int        (const LeydenValue *self,
                                              gint64            *out);
/* TRUE when it is a number with a finite double. */
gboolean         leyden_value_get_double     (const LeydenValue *self,
                                              double            *out);
const char      *leyden_value_get_number_text (const LeydenValue *self);         /* NULL unless a number */
/* NULL unless a string. NUL-terminated; @length (nullable) is the true length in bytes. */
const char      *leyden_value_get_string     (const LeydenValue *self,
                                              gsize             *length);
/* Members of a list or object; 0 for the rest. */
guint            leyden_value_get_size       (const LeydenValue *self);
/* (transfer none) (nullable): item of a list, or value at an index of an object. */
LeydenValue     *leyden_value_get_item       (const LeydenValue *self,
                                              guint              index);
const char      *leyden_value_get_key        (const LeydenValue *self,
                                              guint              index);
/* As above with the true length in bytes, for keys that hold U+0000. */
const char      *leyden_value_get_key_length (const LeydenValue *self,
                                              guint              index,
                                              gsize             *length);
/* (transfer none) (nullable): member of an object by key; NULL when absent or not an object. */
LeydenValue     *leyden_value_get_member     (const LeydenValue *self,
                                              const char        *key);
/* Shorthands over get_member; the fallback when absent or of another kind. */
const char      *leyden_value_get_member_string  (const LeydenValue *self, const char *key, const char *fallback);
gint64           leyden_value_get_member_int     (const LeydenValue *self, const char *key, gint64 fallback);
double           leyden_value_get_member_double  (const LeydenValue *self, const char *key, double fallback);
gboolean         leyden_value_get_member_boolean (const LeydenValue *self, const char *key, gboolean fallback);
/* RFC 6901 pointer, "" is self. (transfer none) (nullable) */
LeydenValue     *leyden_value_lookup_pointer (const LeydenValue *self,
                                              const char        *pointer);

/* JSON equality: objects regardless of order, numbers by value (1 equals 1.0). */
gboolean         leyden_value_equal          (const LeydenValue *a,
                                              const LeydenValue *b);
guint            leyden_value_hash           (const LeydenValue *self);

/* A changed copy that shares what did not change. @value NULL removes the key or item; @index may be the size, to
 * append. (transfer full) */
LeydenValue     *leyden_value_with_member    (const LeydenValue *object,
                                              const char        *key,
                                              LeydenValue       *value);
LeydenValue     *leyden_value_with_item      (const LeydenValue *list,
                                              guint              index,
                                              LeydenValue       *value);

/**
 * LeydenValueBuilder: builds lists and objects on the stack, without copies of what is inside.
 * g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
 * begin_object, (key, value)*, end; then leyden_value_builder_end_value gives the finished value.
 */
typedef struct
{
  gpointer x[6];
} LeydenValueBuilder;
#define LEYDEN_VALUE_BUILDER_INIT { { NULL, } }

void             leyden_value_builder_begin_object (LeydenValueBuilder *self);
void             leyden_value_builder_begin_list   (LeydenValueBuilder *self);
void             leyden_value_builder_end          (LeydenValueBuilder *self);
/* The key of the next value inside an object; a repeated key replaces the earlier value. */
void             leyden_value_builder_key          (LeydenValueBuilder *self, const char *key);
void             leyden_value_builder_key_length   (LeydenValueBuilder *self, const char *key, gsize length);
/* Adds @value (transfer none, NULL is null). A value may be 1000 containers deep; more is a programming error. */
void             leyden_value_builder_add          (LeydenValueBuilder *self, LeydenValue *value);
void             leyden_value_builder_take         (LeydenValueBuilder *self, LeydenValue *value);
void             leyden_value_builder_add_string   (LeydenValueBuilder *self, const char *text);  /* NULL: null */
void             leyden_value_builder_add_int      (LeydenValueBuilder *self, gint64 value);
void             leyden_value_builder_add_double   (LeydenValueBuilder *self, double value);      /* not finite: null */
void             leyden_value_builder_add_boolean  (LeydenValueBuilder *self, gboolean value);
/* key + value in one; for objects. */
void             leyden_value_builder_set          (LeydenValueBuilder *self, const char *key, LeydenValue *value);
void             leyden_value_builder_set_take     (LeydenValueBuilder *self, const char *key, LeydenValue *value);
void             leyden_value_builder_set_string   (LeydenValueBuilder *self, const char *key, const char *text);
void             leyden_value_builder_set_int      (LeydenValueBuilder *self, const char *key, gint64 value);
void             leyden_value_builder_set_double   (LeydenValueBuilder *self, const char *key, double value);
void             leyden_value_builder_set_boolean  (LeydenValueBuilder *self, const char *key, gboolean value);
/* (transfer full): the one finished value; the builder is empty again. */
LeydenValue     *leyden_value_builder_end_value    (LeydenValueBuilder *self);
void             leyden_value_builder_clear        (LeydenValueBuilder *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenValueBuilder, leyden_value_builder_clear)

G_END_DECLS
