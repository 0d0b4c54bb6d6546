/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a file that is dropped on the window is for, told by its name and how it begins; without GTK. */
typedef enum
{
  LEYDEN_FILE_FLOW,
  LEYDEN_FILE_FRAGMENT,         /* part of a flow, as copied */
  LEYDEN_FILE_ROLLOUT,          /* exported, with its events */
  LEYDEN_FILE_DATASET,          /* JSON Lines or CSV */
  LEYDEN_FILE_IMAGE,            /* of a kind that models take */
  LEYDEN_FILE_EMPTY,
  LEYDEN_FILE_OTHER_JSON,       /* JSON, but neither flow nor rows */
  LEYDEN_FILE_OTHER_IMAGE,      /* a picture, but of a kind that models do not take */
  LEYDEN_FILE_OTHER,
} LeydenFileKind;

#define LEYDEN_FILE_HEAD 4096   /* bytes that are enough */

/* @name: with its suffix, in any encoding. @mime (out, nullable): of an IMAGE, static. */
LeydenFileKind leyden_file_kind_find (const char *name, const guint8 *head, gsize length, const char **mime);

G_END_DECLS
