/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-json.h"
#include "leyden-key-set.h"
#include "leyden-value-private.h"

G_BEGIN_DECLS

#define LEYDEN_JSON_MAX_DEPTH  200
#define LEYDEN_JSON_MAX_KEYS   10000
#define LEYDEN_JSON_MAX_BYTES  ((gsize) 1 << 31)
/* Four million values take about 200 MB at worst; a document of 100 000 nodes has about three million. */
#define LEYDEN_JSON_MAX_VALUES 4000000

typedef enum
{
  LEYDEN_JSON_STATE_VALUE,
  LEYDEN_JSON_STATE_FIRST_ITEM,         /* after [ */
  LEYDEN_JSON_STATE_FIRST_KEY,          /* after { */
  LEYDEN_JSON_STATE_AFTER_VALUE,
  LEYDEN_JSON_STATE_FAILED,
} LeydenJsonState;

/* What a container that is open needs to know. */
typedef struct
{
  LeydenKeyFrame keys;
  guint32        n_keys;
  gboolean       is_object;
} LeydenJsonFrame;

struct _LeydenJsonReader
{
  const char       *text;
  const char       *p;
  const char       *end;
  const char       *token;              /* where the last token began */
  const char       *slice;              /* text of the last token, decoded; not terminated */
  gsize             slice_length;
  LeydenJsonLimits  limits;
  LeydenJsonState   state;
  LeydenJsonToken   last;
  guint             depth;
  gsize             n_values;
  LeydenJsonFrame  *frames;
  guint             n_frames_allocated;
  GString          *scratch;            /* decoded text of a string with escapes */
  GString          *copy;               /* what get_text lends */
  LeydenKeyStack    keys;               /* of the pull parser; a value being assembled has its own */
  GError           *error;
};

/* Next token without the check for duplicate keys. */
LeydenJsonToken leyden_json_scan             (LeydenJsonReader *self);
/* Reads a string; p stands behind the opening quote. FALSE when it failed. */
gboolean        leyden_json_scan_string      (LeydenJsonReader *self);
/* Reads NUMBER, or NULL where the policy says so. */
LeydenJsonToken leyden_json_scan_number      (LeydenJsonReader *self);
LeydenJsonToken leyden_json_fail             (LeydenJsonReader *self, LeydenJsonError code, const char *at,
                                              const char *format, ...) G_GNUC_PRINTF (4, 5);
/* What is not UTF-8 gets this instead of a syntax error. */
LeydenJsonToken leyden_json_fail_encoding    (LeydenJsonReader *self, const char *at);
/* Names both places. */
LeydenJsonToken leyden_json_fail_duplicate   (LeydenJsonReader *self, const char *key, gsize length, gsize first);
/* Whether a number's text is what Python writes for its double. FALSE also where only the double would tell. */
gboolean        leyden_json_is_python_double (const char *text, gsize length);
/* Length of the valid UTF-8 character at @p, or 0. */
guint           leyden_json_utf8_length      (const char *p, const char *end);

G_END_DECLS
