/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A flow that comes with the program. */
typedef struct
{
  char   *name;                 /* "calculator-agent" */
  char   *title;
  char   *description;
  GBytes *bytes;
} LeydenSample;

/* (transfer none) (element-type LeydenSample), in order of their titles; the same for the whole process. */
GPtrArray          *leyden_samples_list (void);
const LeydenSample *leyden_samples_find (const char *name);     /* nullable */

G_END_DECLS
