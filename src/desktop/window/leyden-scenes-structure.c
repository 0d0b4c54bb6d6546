/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-window-private.h"

#define DEPTH 5

/* Find and replace, with matches of which some stay. */
void
leyden_scene_find (LeydenWindow *window)
{
  GtkEditable *entry;

  leyden_window_open_sample (window, "calculator-agent");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.replace", NULL);
  entry = GTK_EDITABLE (gtk_widget_get_ancestor (gtk_root_get_focus (GTK_ROOT (window)), GTK_TYPE_SEARCH_ENTRY));
  gtk_editable_set_text (entry, "answer");
}

static void
go_deeper (LeydenWindow *window,
           const char   *title)
{
  LeydenDocument *document = window->tab->shown;
  LeydenElementKind kind;
  const char *id;

  gtk_widget_activate_action (GTK_WIDGET (leyden_window_get_canvas (window)), "canvas.collapse", NULL);
  if (leyden_selection_get_single (leyden_window_get_selection (window), &kind, &id))
    {
      g_autofree char *group = g_strdup (id);
      LeydenEdit *edit = leyden_edit_new (title);

      leyden_edit_set_title (edit, group, title);
      leyden_document_edit (document, edit, NULL);
      leyden_tab_open_body (window->tab, group);
      leyden_canvas_select_all (leyden_window_get_canvas (window));
    }
}

/* Deep inside, with long titles on the way. */
void
leyden_scene_deep (LeydenWindow *window)
{
  static const char * const titles[DEPTH] = {
    "Everything that happens to a question", "Look it up", "Ask several models and compare", "One model", "Read the number from what it says",
  };

  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  leyden_canvas_insert (leyden_window_get_canvas (window), "transform", NULL);
  for (guint i = 0; i < DEPTH; i++)
    go_deeper (window, titles[i]);
}
