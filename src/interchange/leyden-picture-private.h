/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>

#include "leyden-curve.h"
#include "leyden-picture.h"

G_BEGIN_DECLS

typedef struct
{
  double red, green, blue, alpha;
} LeydenPictureColor;

typedef struct
{
  LeydenPictureColor canvas;
  LeydenPictureColor card;
  LeydenPictureColor foreground;
  LeydenPictureColor error;
  LeydenPictureColor note_text;
  LeydenPictureColor category[6];
  LeydenPictureColor port[LEYDEN_N_PORT_TYPES];
} LeydenPictureColors;

/* Those of ui/style.css and ui/style-dark.css. */
const LeydenPictureColors *leyden_picture_colors_get (gboolean dark);
LeydenPictureColor         leyden_picture_category_color (const LeydenPictureColors *self, const char *category);
/* Fill and line of a frame, paper of a note, by the name in the file; NULL and unknown names have the usual one. */
void                       leyden_picture_frame_colors (const char *name, LeydenPictureColor *fill, LeydenPictureColor *line);
LeydenPictureColor         leyden_picture_note_color (const char *name, gboolean dark);

/* What is drawn, taken from the flow: plain data for a thread. */
typedef struct
{
  char           *title;
  LeydenPortType  type;
  double          y;            /* from the top of the node */
  gboolean        connected;
} LeydenPicturePort;

typedef struct
{
  graphene_rect_t  bounds;
  char            *title;
  char            *subtitle;    /* NULL: the title says it */
  char            *category;    /* NULL: the type is not installed */
  GBytes          *icon;        /* SVG, nullable */
  gboolean         off;         /* disabled or bypassed; the subtitle says which */
  GArray          *ports[2];    /* LeydenPicturePort: inputs, outputs */
} LeydenPictureNode;

typedef struct
{
  LeydenCurve    *curves;       /* one more than the points it is led through */
  guint           n_curves;
  LeydenPortType  type;
  gboolean        off;          /* nothing comes out of a disabled node */
} LeydenPictureWire;

typedef struct
{
  graphene_rect_t  bounds;
  gboolean         is_frame;
  char            *text;
  char            *color;       /* nullable */
} LeydenPictureBox;

typedef struct
{
  char            *title;       /* of the flow */
  graphene_rect_t  extent;
  GArray          *nodes;       /* LeydenPictureNode */
  GArray          *wires;       /* LeydenPictureWire */
  GArray          *boxes;       /* LeydenPictureBox: frames first, the large ones below */
} LeydenPictureScene;

/* NULL: nothing is there. */
LeydenPictureScene *leyden_picture_scene_new  (LeydenFlow *flow, LeydenNodeTypes *types, GHashTable *only);
void                leyden_picture_scene_free (LeydenPictureScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPictureScene, leyden_picture_scene_free)

/* In units of the canvas; the corner of the extent is at (0, 0). Any thread. */
void                leyden_picture_draw       (const LeydenPictureScene *scene, cairo_t *cr, gboolean dark, gboolean transparent);

G_END_DECLS
