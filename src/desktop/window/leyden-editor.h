/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-bottom-panel.h"
#include "leyden-breadcrumb.h"
#include "leyden-canvas.h"
#include "leyden-find-bar.h"
#include "leyden-library.h"
#include "leyden-minimap.h"
#include "leyden-outline.h"

G_BEGIN_DECLS

/**
 * LeydenEditor: the page of the window on which a flow is drawn: banner, library, canvas or outline, and the places of inspector and bottom
 * panel. It only arranges; the window that made it connects its parts with one another.
 * Signal "banner-closed" (): who looks at it has read the notice.
 */
#define LEYDEN_TYPE_EDITOR (leyden_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenEditor, leyden_editor, LEYDEN, EDITOR, GtkWidget)

struct _LeydenEditor
{
  GtkWidget          parent_instance;

  GtkWidget         *box;
  GtkRevealer       *banner;
  GtkLabel          *banner_label;
  GtkWidget         *banner_button;     /* hidden where the notice offers nothing */
  AdwFlap           *library_flap;
  LeydenLibrary     *library;
  AdwFlap           *inspector_flap;
  AdwBin            *inspector_bin;     /* empty until the window fills it */
  GtkPaned          *paned;
  GtkStack          *canvas_stack;
  LeydenBreadcrumb  *breadcrumb;
  LeydenFindBar     *find_bar;
  LeydenCanvas      *canvas;
  LeydenOutline     *outline;
  LeydenBottomPanel *panel;
  GtkWidget         *empty_hint;
  LeydenMinimap     *minimap;
  GtkWidget         *zoom_box;
  GtkButton         *zoom_label;
};

GtkWidget *leyden_editor_new (void);

G_END_DECLS
