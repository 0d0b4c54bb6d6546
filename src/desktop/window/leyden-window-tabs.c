/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include "leyden-text.h"

/* The tabs of a window: which one is shown, moved, torn off and closed. */

static LeydenTab *
tab_of (AdwTabPage *page)
{
  return LEYDEN_TAB (adw_tab_page_get_child (page));
}

/* NULL before the window is built, and for a tab that was closed. */
static AdwTabPage *
page_of (LeydenWindow *self,
         LeydenTab    *tab)
{
  if (self->tab_view == NULL || !gtk_widget_is_ancestor (GTK_WIDGET (tab), GTK_WIDGET (self->tab_view)))
    return NULL;
  return adw_tab_view_get_page (self->tab_view, GTK_WIDGET (tab));
}

guint
leyden_window_get_n_tabs (LeydenWindow *self)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), 0);
  return self->tab_view != NULL ? (guint) adw_tab_view_get_n_pages (self->tab_view) : 1;
}

LeydenTab *
leyden_window_get_tab (LeydenWindow *self,
                       guint         index)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), NULL);
  g_return_val_if_fail (index < leyden_window_get_n_tabs (self), NULL);
  return self->tab_view != NULL ? tab_of (adw_tab_view_get_nth_page (self->tab_view, (int) index)) : self->tab;
}

void
leyden_window_update_tab (LeydenWindow *self,
                          LeydenTab    *tab)
{
  AdwTabPage *page = page_of (self, tab);
  g_autofree char *title = NULL;
  g_autofree char *tooltip = NULL;
  GFile *file = tab->document != NULL ? leyden_document_get_file (tab->document) : NULL;

  if (page == NULL)
    return;
  title = leyden_tab_dup_title (tab);
  adw_tab_page_set_title (page, title);
  if (file != NULL)
    {
      g_autofree char *path = g_file_get_parse_name (file);
      g_autofree char *safe = leyden_text_display (path, -1, 300, FALSE);

      /* A tooltip of a tab is read as markup. */
      tooltip = leyden_text_to_markup (safe, -1, 300);
    }
  adw_tab_page_set_tooltip (page, tooltip != NULL ? tooltip : "");
}

/* --- which one is shown --- */

static GBinding *
bind_button (AdwFlap   *flap,
             GtkWidget *button)
{
  return g_object_bind_property (flap, "reveal-flap", button, "active", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
}

static void
drop_binding (GBinding **binding)
{
  if (*binding != NULL)
    g_binding_unbind (*binding);
  g_clear_object (binding);
}

void
leyden_window_bind_page (LeydenWindow *self)
{
  const char *view;

  drop_binding (&self->library_binding);
  drop_binding (&self->inspector_binding);
  if (self->tab->editor == NULL)
    return;
  self->library_binding = g_object_ref (bind_button (self->tab->library_flap, self->library_button));
  self->inspector_binding = g_object_ref (bind_button (self->tab->inspector_flap, self->inspector_button));
  view = gtk_stack_get_visible_child_name (self->tab->canvas_stack);
  g_action_group_change_action_state (G_ACTION_GROUP (self), "view", g_variant_new_string (view != NULL ? view : "canvas"));
}

static void
selected_cb (LeydenWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tab_view);

  if (page == NULL || tab_of (page) == self->tab || self->dismantling)
    return;
  leyden_tab_save_panel_height (self->tab);
  g_set_object (&self->tab, tab_of (page));
  leyden_tab_build (self->tab);
  leyden_window_bind_page (self);
  gtk_stack_set_visible_child_name (self->design, self->tab->document != NULL ? "editor" : "start");
  leyden_window_document_changed (self);
}

void
leyden_window_show_tab (LeydenWindow *self,
                        LeydenTab    *tab)
{
  AdwTabPage *page = page_of (self, tab);

  if (page != NULL)
    adw_tab_view_set_selected_page (self->tab_view, page);
}

void
leyden_window_step_tab (LeydenWindow *self,
                        int           step)
{
  int n = self->tab_view != NULL ? adw_tab_view_get_n_pages (self->tab_view) : 0;
  AdwTabPage *page = n > 1 ? page_of (self, self->tab) : NULL;
  int at;

  if (page == NULL)
    return;
  at = (adw_tab_view_get_page_position (self->tab_view, page) + step + n) % n;
  adw_view_stack_set_visible_child_name (self->views, "design");
  adw_tab_view_set_selected_page (self->tab_view, adw_tab_view_get_nth_page (self->tab_view, at));
}

/* --- what is in them --- */

void
leyden_window_add_document (LeydenWindow   *self,
                            LeydenDocument *document,
                            gboolean        show)
{
  g_autoptr(LeydenTab) tab = NULL;

  if (self->dismantling || leyden_tab_is_pristine (self->tab))
    {
      leyden_window_set_document (self, document);
      return;
    }
  leyden_window_build (self);
  tab = show && self->next_tab != NULL ? g_steal_pointer (&self->next_tab) : g_object_ref_sink (leyden_tab_new (self));
  leyden_tab_set_document (tab, document);
  adw_tab_view_append (self->tab_view, GTK_WIDGET (tab));
  leyden_window_update_tab (self, tab);
  leyden_window_update_actions (self);
  if (!show)
    return;
  adw_view_stack_set_visible_child_name (self->views, "design");
  leyden_window_show_tab (self, tab);
}

gboolean
leyden_window_show_flow_id (LeydenWindow *self,
                            const char   *id)
{
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);

      if (tab->document == NULL || !g_str_equal (leyden_flow_get_id (leyden_document_get_flow (tab->document)), id))
        continue;
      leyden_window_show_tab (self, tab);
      return TRUE;
    }
  return FALSE;
}

/* What was opened as it ran is a copy with an id of its own. */
#define ORIGIN "leyden-flow-of-run"

void
leyden_window_set_origin (LeydenDocument *document,
                          const char     *id)
{
  g_object_set_data_full (G_OBJECT (document), ORIGIN, g_strdup (id), g_free);
}

static gboolean
is_same_flow (LeydenTab  *tab,
              const char *hash)
{
  g_autofree char *own = leyden_flow_hash (leyden_document_get_flow (tab->document));

  return g_strcmp0 (own, hash) == 0;
}

gboolean
leyden_window_show_flow_of_run (LeydenWindow *self,
                                const char   *id,
                                const char   *hash,
                                gboolean     *same)
{
  if (leyden_window_show_flow_id (self, id))
    {
      *same = hash == NULL || is_same_flow (self->tab, hash);
      return TRUE;
    }
  *same = TRUE;
  for (guint i = 0; hash != NULL && i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);

      if (tab->document == NULL || g_strcmp0 (g_object_get_data (G_OBJECT (tab->document), ORIGIN), id) != 0 || !is_same_flow (tab, hash))
        continue;
      leyden_window_show_tab (self, tab);
      return TRUE;
    }
  return FALSE;
}

static LeydenTab *
find_tab_of_file (LeydenWindow *self,
                  GFile        *file)
{
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);
      GFile *there = tab->document != NULL ? leyden_document_get_file (tab->document) : NULL;

      if (there != NULL && g_file_equal (there, file))
        return tab;
    }
  return NULL;
}

/* Loaded, and shown in a moment. */
static gboolean
is_pending (LeydenWindow *self,
            GFile        *file)
{
  for (guint i = 0; self->pending != NULL && i < self->pending->len; i++)
    {
      GFile *there = leyden_document_get_file (g_ptr_array_index (self->pending, i));

      if (there != NULL && g_file_equal (there, file))
        return TRUE;
    }
  return FALSE;
}

gboolean
leyden_window_has_file (LeydenWindow *self,
                        GFile        *file)
{
  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);
  return find_tab_of_file (self, file) != NULL || is_pending (self, file);
}

gboolean
leyden_window_show_file (LeydenWindow *self,
                         GFile        *file)
{
  LeydenTab *tab;

  g_return_val_if_fail (LEYDEN_IS_WINDOW (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);

  tab = find_tab_of_file (self, file);
  if (tab != NULL)
    leyden_window_show_tab (self, tab);
  return tab != NULL || is_pending (self, file);
}

void
leyden_window_list_files (LeydenWindow *self,
                          GPtrArray    *uris)
{
  g_return_if_fail (LEYDEN_IS_WINDOW (self));

  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);
      GFile *file = tab->document != NULL ? leyden_document_get_file (tab->document) : NULL;

      if (file != NULL)
        g_ptr_array_add (uris, g_file_get_uri (file));
    }
}

/* --- to another window --- */

static AdwTabView *
create_window_cb (LeydenWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  LeydenWindow *window = leyden_window_new (LEYDEN_APPLICATION (application));

  leyden_window_build (window);
  gtk_window_present (GTK_WINDOW (window));
  return window->tab_view;
}

/* The empty tab that a window begins with gives way to the first that comes. */
static void
drop_empty (LeydenWindow *self,
            LeydenTab    *but)
{
  for (guint i = leyden_window_get_n_tabs (self); i > 0; i--)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i - 1);

      if (tab != but && tab->document == NULL)
        adw_tab_view_close_page (self->tab_view, page_of (self, tab));
    }
}

static void
attached_cb (LeydenWindow *self,
             AdwTabPage   *page)
{
  LeydenTab *tab = tab_of (page);

  if (tab->window == self)
    return;
  tab->window = self;
  if (tab->saver != NULL)
    g_set_object (&tab->saver, self);
  leyden_window_update_tab (self, tab);
  drop_empty (self, tab);
  leyden_window_update_actions (self);
}

/* --- closing --- */

typedef struct
{
  LeydenTab    *tab;
  LeydenWindow *window;                 /* its parts may still ask for it */
} Leaving;

static gboolean
leave_cb (gpointer data)
{
  return leyden_tab_dismantle_one (((Leaving *) data)->tab);
}

static void
leaving_free (gpointer data)
{
  Leaving *leaving = data;

  g_object_unref (leaving->tab);
  g_object_unref (leaving->window);
  g_free (leaving);
}

/* Gone from the window at once, taken apart in turns of the main loop. */
static void
detached_cb (LeydenWindow *self,
             AdwTabPage   *page)
{
  Leaving *leaving;

  if (self->dismantling)
    return;
  leyden_window_update_actions (self);
  if (!tab_of (page)->leaving)
    return;
  leaving = g_new0 (Leaving, 1);
  leaving->tab = g_object_ref (tab_of (page));
  leaving->window = g_object_ref (self);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, leave_cb, leaving, leaving_free);
}

static gboolean
close_page_cb (LeydenWindow *self,
               AdwTabPage   *page)
{
  LeydenTab *tab = tab_of (page);

  if (self->dismantling || tab->document == NULL)
    leyden_window_finish_close_tab (self, tab, TRUE);
  else if (leyden_window_get_n_tabs (self) == 1)
    {
      leyden_window_finish_close_tab (self, tab, FALSE);
      gtk_window_close (GTK_WINDOW (self));
    }
  else if (!leyden_window_ask_close_tab (self, tab, LEYDEN_CLOSE_TAB))
    leyden_window_show_tab (self, tab);
  else if (!leyden_window_ask_runs (self, tab))
    leyden_window_finish_close_tab (self, tab, TRUE);
  return GDK_EVENT_STOP;
}

void
leyden_window_close_tab (LeydenWindow *self,
                         LeydenTab    *tab)
{
  AdwTabPage *page = page_of (self, tab);

  if (page != NULL && leyden_window_get_n_tabs (self) > 1)
    adw_tab_view_close_page (self->tab_view, page);
  else
    gtk_window_close (GTK_WINDOW (self));
}

void
leyden_window_finish_close_tab (LeydenWindow *self,
                                LeydenTab    *tab,
                                gboolean      close)
{
  AdwTabPage *page = page_of (self, tab);

  if (page == NULL)
    return;
  tab->leaving = close;
  adw_tab_view_close_page_finish (self->tab_view, page, close);
}

gboolean
leyden_window_dismantle_tab (LeydenWindow *self)
{
  LeydenTab *tab = self->tab;

  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    if (leyden_window_get_tab (self, i) != self->tab)
      tab = leyden_window_get_tab (self, i);
  if (tab->leaving)
    return FALSE;
  if (leyden_tab_dismantle_one (tab))
    return TRUE;
  if (tab != self->tab)
    adw_tab_view_close_page (self->tab_view, page_of (self, tab));
  else
    tab->leaving = TRUE;
  return TRUE;
}

/* --- the view --- */

void
leyden_window_build_tabs (LeydenWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  AdwTabBar *bar = adw_tab_bar_new ();

  self->tab_view = adw_tab_view_new ();
  /* Alt and digits are other views of the flow, Control and Home belongs to text. */
  adw_tab_view_set_shortcuts (self->tab_view, ADW_TAB_VIEW_SHORTCUT_CONTROL_SHIFT_PAGE_UP | ADW_TAB_VIEW_SHORTCUT_CONTROL_SHIFT_PAGE_DOWN);
  adw_tab_bar_set_view (bar, self->tab_view);
  gtk_widget_set_vexpand (GTK_WIDGET (self->tab_view), TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (bar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->tab_view));
  g_signal_connect_object (self->tab_view, "notify::selected-page", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tab_view, "close-page", G_CALLBACK (close_page_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tab_view, "page-attached", G_CALLBACK (attached_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tab_view, "page-detached", G_CALLBACK (detached_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tab_view, "create-window", G_CALLBACK (create_window_cb), self, G_CONNECT_SWAPPED);
  adw_tab_view_append (self->tab_view, GTK_WIDGET (self->tab));
  gtk_stack_add_named (self->design, box, "editor");
}
