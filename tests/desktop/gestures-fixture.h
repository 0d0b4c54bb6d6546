/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "desktop-test.h"
#include "leyden-canvas-private.h"

G_BEGIN_DECLS

/* The sample "calculator-agent" in a window that has pointer and keys. */
typedef struct
{
  LeydenWindow    *window;
  LeydenCanvas    *canvas;
  GtkWidget       *widget;              /* the canvas */
  LeydenDocument  *document;
  LeydenFlow      *flow;
  LeydenSelection *selection;
} Gestures;

void              gestures_set_up      (Gestures *self, gconstpointer data);
void              gestures_tear_down   (Gestures *self, gconstpointer data);
#define GESTURE(path, func) g_test_add (path, Gestures, NULL, gestures_set_up, func, gestures_tear_down)

LeydenCanvasNode *gestures_get         (Gestures *self, const char *id);
gboolean          gestures_is_selected (Gestures *self, const char *id);
guint             gestures_count_edges (Gestures *self, const char *node, const char *input);
/* A node of a type whose middle is near a point of the world; NULL when there is none. */
LeydenCanvasNode *gestures_find_near   (Gestures *self, const char *type, graphene_point_t world);
/* What Ctrl+Z would take back. */
void              gestures_assert_undo (Gestures *self, const char *label);

/* Places in the canvas. */
graphene_point_t  gestures_in_view     (Gestures *self, double x, double y);
graphene_point_t  gestures_center      (Gestures *self, const char *id);
graphene_point_t  gestures_port        (Gestures *self, const char *id, gboolean output, const char *name);
/* The middle of the one wire into an input. */
graphene_point_t  gestures_wire        (Gestures *self, const char *id, const char *input);
/* In sight, with nothing around. */
graphene_point_t  gestures_free_place  (Gestures *self);
void              gestures_drag        (Gestures *self, graphene_point_t from, graphene_point_t to, const char *modifiers);
/* The row of the library for a type, searched for, so that it is in sight. */
GtkWidget        *gestures_library_row (Gestures *self, const char *type);

G_END_DECLS
