/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-bookmarks.h"
#include "leyden-catalog.h"

/* Bookmarks of the flow: what is selected, or what is seen, by a number; in the file, so they go with it. */

static LeydenNodeTypes *
get_types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static void
apply (LeydenWindow *self,
       LeydenEdit   *edit,
       const char   *said)
{
  g_autoptr(GError) error = NULL;

  if (leyden_document_edit (self->tab->document, edit, &error))
    leyden_canvas_announce (self->tab->canvas, said);
  else
    leyden_window_toast (self, error->message);
}

static guint
get_number (GVariant *parameter)
{
  return (guint) CLAMP (g_variant_get_int32 (parameter), 1, LEYDEN_N_BOOKMARKS);
}

/* --- actions --- */

static void
set_action (GSimpleAction *action,
            GVariant      *parameter,
            gpointer       data)
{
  LeydenWindow *self = data;
  LeydenFlow *flow;
  LeydenBookmark bookmark = { .number = get_number (parameter), .kind = LEYDEN_ELEMENT_FLOW, .id = (char *) "" };
  LeydenElementKind kind;
  const char *id;
  g_autofree char *title = NULL;
  g_autofree char *said = NULL;

  if (self->tab->document == NULL)
    return;
  if (leyden_document_get_read_only_reason (self->tab->document) != NULL)
    {
      leyden_window_toast (self, leyden_document_get_read_only_reason (self->tab->document));
      return;
    }
  flow = leyden_document_get_flow (self->tab->document);
  bookmark.scope = self->tab->scope;
  leyden_canvas_get_middle (self->tab->canvas, &bookmark.x, &bookmark.y);
  bookmark.zoom = leyden_canvas_get_zoom (self->tab->canvas);
  if (leyden_selection_get_single (self->tab->selection, &kind, &id) && kind != LEYDEN_ELEMENT_EDGE)
    {
      bookmark.kind = kind;
      bookmark.id = (char *) id;
    }
  title = leyden_bookmark_dup_title (&bookmark, flow, get_types ());
  /* Translators: number of a bookmark, what it is at. */
  said = g_strdup_printf (_("Bookmark %u: %s"), bookmark.number, title);
  apply (self, leyden_bookmarks_set (flow, &bookmark), said);
  leyden_window_toast (self, said);
}

static void
go (LeydenWindow         *self,
    const LeydenBookmark *bookmark)
{
  LeydenFlow *flow = leyden_document_get_flow (self->tab->document);
  g_auto(GStrv) scope = NULL;
  g_autofree char *title = NULL;
  g_autofree char *said = NULL;

  if (!leyden_bookmark_find (bookmark, flow, &scope))
    {
      said = g_strdup_printf (_("What bookmark %u was at is no longer there"), bookmark->number);
      leyden_window_toast (self, said);
      return;
    }
  leyden_tab_show_element (self->tab, (const char * const *) scope, bookmark->kind, bookmark->id);
  if (bookmark->kind == LEYDEN_ELEMENT_FLOW)
    {
      /* In this order: what takes the focus comes into view. */
      leyden_canvas_take_focus (self->tab->canvas);
      leyden_canvas_show_middle (self->tab->canvas, bookmark->x, bookmark->y, bookmark->zoom);
    }
  title = leyden_bookmark_dup_title (bookmark, flow, get_types ());
  said = g_strdup_printf (_("Bookmark %u: %s"), bookmark->number, title);
  leyden_canvas_announce (self->tab->canvas, said);
}

static void
go_action (GSimpleAction *action,
           GVariant      *parameter,
           gpointer       data)
{
  LeydenWindow *self = data;
  guint number = get_number (parameter);
  g_autoptr(LeydenBookmark) bookmark = NULL;
  g_autofree char *text = NULL;

  if (self->tab->document == NULL)
    return;
  bookmark = leyden_bookmarks_get (leyden_document_get_flow (self->tab->document), number);
  if (bookmark != NULL)
    {
      go (self, bookmark);
      return;
    }
  text = g_strdup_printf (_("Bookmark %u is not set; Ctrl+Shift+%u sets it"), number, number);
  leyden_window_toast (self, text);
}

static void
remove_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document != NULL)
    apply (self, leyden_bookmarks_remove (leyden_document_get_flow (self->tab->document), get_number (parameter)), _("Bookmark removed"));
}

void
leyden_window_add_bookmarks (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "set-bookmark", .activate = set_action, .parameter_type = "i" },
    { .name = "go-bookmark", .activate = go_action, .parameter_type = "i" },
    { .name = "remove-bookmark", .activate = remove_action, .parameter_type = "i" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

/* --- the menu --- */

static void
append (GMenu      *menu,
        const char *label,
        const char *action,
        guint       number)
{
  g_autoptr(GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "i", (int) number);
  g_menu_append_item (menu, item);
}

/* An underscore of a title is none of a mnemonic. */
static char *
make_label (const LeydenBookmark *bookmark,
            LeydenFlow           *flow)
{
  g_autofree char *title = leyden_bookmark_dup_title (bookmark, flow, get_types ());
  g_auto(GStrv) parts = g_strsplit (title, "_", -1);
  g_autofree char *safe = g_strjoinv ("__", parts);

  return g_strdup_printf ("_%u  %s", bookmark->number, safe);
}

/* The submenus are made once: a menu that shows itself does not bear that one is made anew. */
static void
make_menu (LeydenWindow *self)
{
  g_autoptr(GMenu) change = g_menu_new ();
  g_autoptr(GMenu) set = g_menu_new ();

  for (guint i = 1; i <= LEYDEN_N_BOOKMARKS; i++)
    {
      g_autofree char *label = g_strdup_printf (_("Bookmark _%u"), i);

      append (set, label, "win.set-bookmark", i);
    }
  self->bookmark_places = g_menu_new ();
  self->bookmark_removals = g_menu_new ();
  g_menu_append_submenu (change, _("_Set Here"), G_MENU_MODEL (set));
  g_menu_append_submenu (change, _("_Remove"), G_MENU_MODEL (self->bookmark_removals));
  g_menu_append_section (self->bookmarks_menu, NULL, G_MENU_MODEL (self->bookmark_places));
  g_menu_append_section (self->bookmarks_menu, NULL, G_MENU_MODEL (change));
  /* The menu keeps them. */
  g_object_unref (self->bookmark_places);
  g_object_unref (self->bookmark_removals);
}

void
leyden_window_update_bookmarks (LeydenWindow *self)
{
  LeydenFlow *flow = self->tab->document != NULL ? leyden_document_get_flow (self->tab->document) : NULL;
  g_autoptr(GPtrArray) list = flow != NULL ? leyden_bookmarks_list (flow) : g_ptr_array_new ();

  if (self->bookmark_places == NULL)
    make_menu (self);
  g_menu_remove_all (self->bookmark_places);
  g_menu_remove_all (self->bookmark_removals);
  for (guint i = 0; i < list->len; i++)
    {
      const LeydenBookmark *bookmark = g_ptr_array_index (list, i);
      g_autofree char *label = make_label (bookmark, flow);

      append (self->bookmark_places, label, "win.go-bookmark", bookmark->number);
      append (self->bookmark_removals, label, "win.remove-bookmark", bookmark->number);
    }
  /* An item that does nothing says why there is nothing. */
  if (list->len == 0)
    {
      g_menu_append (self->bookmark_places, _("No Bookmarks"), NULL);
      g_menu_append (self->bookmark_removals, _("No Bookmarks"), NULL);
    }
}
