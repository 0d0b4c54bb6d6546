/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LeydenTheme: the person's own colours, from theme.css in the configuration folder of Leyden, over ours. Read again whenever the file changes. The names that
 * may be set are in help/themes.md.
 *
 * What the file does wrong is told and left out; nothing in it keeps the program from starting.
 *
 * Signal: "problem" (char *text): one line, with file and line; may come at any time after leyden_theme_start().
 */
#define LEYDEN_TYPE_THEME (leyden_theme_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTheme, leyden_theme, LEYDEN, THEME, GObject)

/* @path NULL: $XDG_CONFIG_HOME/leyden/theme.css. */
LeydenTheme *leyden_theme_new   (const char *path);
void         leyden_theme_start (LeydenTheme *self);

/* The colour that the style sheets call @name, as @widget has it; where they call none so, and for NULL, the colour of its text. TRUE: they do. */
gboolean     leyden_theme_look_up_color (GtkWidget *widget, const char *name, GdkRGBA *color);

G_END_DECLS
