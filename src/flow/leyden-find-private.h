/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-find.h"

G_BEGIN_DECLS

struct _LeydenFind
{
  gatomicrefcount  ref_count;
  LeydenFindFlags  flags;
  GRegex          *regex;
};

/* The limit that ends a pattern which runs away. */
void leyden_find_set_limit_error (GError **error);

G_END_DECLS
