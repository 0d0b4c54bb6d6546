/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "leyden-picture-private.h"

/* The colours of ui/style.css and ui/style-dark.css; a test holds them together. */

#define RGB(x) { ((x) >> 16 & 255) / 255.0, ((x) >> 8 & 255) / 255.0, ((x) & 255) / 255.0, 1 }

static const char * const categories[] = { "flow", "models", "tools", "data", "evaluation" };

static const LeydenPictureColors styles[2] = {
  {
    .canvas = RGB (0xf3f3f5), .card = RGB (0xffffff), .foreground = RGB (0x2e3436), .error = RGB (0xc01c28), .note_text = RGB (0x3d3846),
    .category = { RGB (0x5e5c64), RGB (0x7a3fc0), RGB (0xa05a00), RGB (0x1a6fc4), RGB (0x1b7a3d), RGB (0x63626a) },
    .port = {
      [LEYDEN_PORT_ANY] = RGB (0x77767b), [LEYDEN_PORT_TEXT] = RGB (0x1c71d8), [LEYDEN_PORT_NUMBER] = RGB (0x1b8553),
      [LEYDEN_PORT_BOOLEAN] = RGB (0xb5323c), [LEYDEN_PORT_OBJECT] = RGB (0x8b5a2b), [LEYDEN_PORT_LIST] = RGB (0x986a44),
      [LEYDEN_PORT_MESSAGES] = RGB (0x813d9c), [LEYDEN_PORT_IMAGE] = RGB (0xc64600), [LEYDEN_PORT_AUDIO] = RGB (0xc64600),
      [LEYDEN_PORT_VIDEO] = RGB (0xc64600), [LEYDEN_PORT_FILE] = RGB (0x63452c), [LEYDEN_PORT_TOOLS] = RGB (0x9a5f00),
      [LEYDEN_PORT_REWARD] = RGB (0x0f8a8a),
    },
  },
  {
    .canvas = RGB (0x1b1b1d), .card = RGB (0x343437), .foreground = RGB (0xffffff), .error = RGB (0xff7b63), .note_text = RGB (0xfbf5da),
    .category = { RGB (0xc0bfbc), RGB (0xc9a0f5), RGB (0xf5b556), RGB (0x78b7ff), RGB (0x71d68f), RGB (0x9a9996) },
    .port = {
      [LEYDEN_PORT_ANY] = RGB (0xa9a8a6), [LEYDEN_PORT_TEXT] = RGB (0x62a0ea), [LEYDEN_PORT_NUMBER] = RGB (0x57e389),
      [LEYDEN_PORT_BOOLEAN] = RGB (0xf66151), [LEYDEN_PORT_OBJECT] = RGB (0xcdab8f), [LEYDEN_PORT_LIST] = RGB (0xdcc0a6),
      [LEYDEN_PORT_MESSAGES] = RGB (0xc58fdb), [LEYDEN_PORT_IMAGE] = RGB (0xffa348), [LEYDEN_PORT_AUDIO] = RGB (0xffa348),
      [LEYDEN_PORT_VIDEO] = RGB (0xffa348), [LEYDEN_PORT_FILE] = RGB (0xb5835a), [LEYDEN_PORT_TOOLS] = RGB (0xf8b84a),
      [LEYDEN_PORT_REWARD] = RGB (0x4fd1d1),
    },
  },
};

typedef struct
{
  const char         *name;
  LeydenPictureColor  line;     /* of a frame; its fill is the same, fainter */
  LeydenPictureColor  paper[2]; /* of a note: light, dark */
} BoxColor;

/* The first one of each is for no name. */
static const BoxColor box_colors[] = {
  { "blue", RGB (0x3584e4), { RGB (0xd6e8fc), RGB (0x24435f) } },
  { "green", RGB (0x26a269), { RGB (0xd5f3df), RGB (0x23503a) } },
  { "yellow", RGB (0xe5a50a), { RGB (0xfdf3bf), RGB (0x5c5026) } },
  { "orange", RGB (0xe66100), { RGB (0xffe2c7), RGB (0x64411f) } },
  { "red", RGB (0xe01b24), { RGB (0xfbd5d7), RGB (0x64292d) } },
  { "purple", RGB (0x9141ac), { RGB (0xead9f2), RGB (0x4a2d57) } },
  { "gray", RGB (0x77767b), { RGB (0xe6e6e9), RGB (0x46464a) } },
};
#define FRAME_USUAL 0
#define NOTE_USUAL 2

const LeydenPictureColors *
leyden_picture_colors_get (gboolean dark)
{
  return &styles[dark ? 1 : 0];
}

LeydenPictureColor
leyden_picture_category_color (const LeydenPictureColors *self,
                               const char                *category)
{
  for (guint i = 0; category != NULL && i < G_N_ELEMENTS (categories); i++)
    if (g_str_equal (category, categories[i]))
      return self->category[i];
  return self->category[G_N_ELEMENTS (categories)];
}

static const BoxColor *
find_box_color (const char *name,
                guint       usual)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (box_colors); i++)
    if (g_str_equal (name, box_colors[i].name))
      return &box_colors[i];
  return &box_colors[usual];
}

void
leyden_picture_frame_colors (const char         *name,
                             LeydenPictureColor *fill,
                             LeydenPictureColor *line)
{
  *fill = *line = find_box_color (name, FRAME_USUAL)->line;
  fill->alpha = 0.08;
  line->alpha = 0.35;
}

LeydenPictureColor
leyden_picture_note_color (const char *name,
                           gboolean    dark)
{
  return find_box_color (name, NOTE_USUAL)->paper[dark ? 1 : 0];
}
