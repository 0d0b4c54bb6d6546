/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prompt-colors.h"

/* From the palette of GNOME’s guidelines, the light ones darkened until they can be read. */
static const struct
{
  const char *light, *dark, *light_contrast, *dark_contrast;
} colors[LEYDEN_PROMPT_N_KINDS] = {
  [LEYDEN_PROMPT_VARIABLE] = { "#1a5fb4", "#99c1f1", "#134a8e", "#b8d6f7" },
  [LEYDEN_PROMPT_BROKEN] = { "#a51d2d", "#ff938c", "#8a1523", "#ffb4af" },
  [LEYDEN_PROMPT_HEADING] = { "#813d9c", "#dc8add", "#613583", "#e8b3e9" },
  [LEYDEN_PROMPT_STRONG] = { "#241f31", "#ffffff", "#000000", "#ffffff" },
  [LEYDEN_PROMPT_CODE] = { "#15664a", "#8ff0a4", "#0f4f39", "#a9f4b9" },
  [LEYDEN_PROMPT_QUOTE] = { "#5e5c64", "#c0bfbc", "#3d3846", "#deddda" },
  [LEYDEN_PROMPT_LIST] = { "#9a4a00", "#ffbe6f", "#733700", "#ffd19a" },
};

const char *
leyden_prompt_color (LeydenPromptKind kind,
                     gboolean         dark,
                     gboolean         high_contrast)
{
  g_return_val_if_fail (kind < LEYDEN_PROMPT_N_KINDS, NULL);

  if (high_contrast)
    return dark ? colors[kind].dark_contrast : colors[kind].light_contrast;
  return dark ? colors[kind].dark : colors[kind].light;
}
