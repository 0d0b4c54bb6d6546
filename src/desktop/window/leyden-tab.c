/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-tab.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-memory.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"
#include "leyden-window-private.h"

G_DEFINE_FINAL_TYPE (LeydenTab, leyden_tab, GTK_TYPE_WIDGET)

/* --- what the document says --- */

static void
flow_changed_cb (LeydenTab  *self,
                 LeydenEdit *edit)
{
  if (leyden_tab_is_shown (self) && !self->window->stepping)
    leyden_announce (GTK_WIDGET (self->window), leyden_edit_get_label (edit));
  if (self->shown == NULL)
    return;
  leyden_tab_check_body (self);
  leyden_selection_prune (self->selection, leyden_document_get_flow (self->shown));
  leyden_window_update_empty_hint (self->window);
}

static void
document_notify_cb (LeydenTab *self)
{
  leyden_window_update_tab (self->window, self);
  if (leyden_tab_is_shown (self))
    leyden_window_update_actions (self->window);
}

static void
journal_failed_cb (LeydenTab *self,
                   GError    *error)
{
  g_autofree char *text = g_strdup_printf (_("Changes cannot be kept safe until they are saved: %s"), error->message);

  leyden_tab_set_notice (self, LEYDEN_NOTICE_DOCUMENT, text, NULL, NULL);
}

/* --- document --- */

static void
give (GtkWidget  *widget,
      const char *property,
      gpointer    object)
{
  if (widget != NULL && g_object_class_find_property (G_OBJECT_GET_CLASS (widget), property) != NULL)
    g_object_set (widget, property, object, NULL);
}

void
leyden_tab_give_panels (LeydenTab *self)
{
  static const char * const pages[] = { "try", "run", "train", "debug", "problems" };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    give (leyden_bottom_panel_get_child (self->panel, pages[i]), "document", self->document);
  give (GTK_WIDGET (self->editor->find_bar), "document", self->document);
}

static void
show_first_banner (LeydenTab *self)
{
  const char *reason = leyden_document_get_read_only_reason (self->document);
  const char *note = leyden_document_get_recovery_note (self->document);
  const char *text = NULL;
  gboolean recovered = FALSE;

  g_object_get (self->document, "recovered", &recovered, NULL);
  if (recovered)
    text = _("Unsaved changes of the last session are back, and they can still be undone.");
  if (note != NULL)
    text = note;
  if (reason != NULL)
    text = reason;
  leyden_tab_set_notice (self, LEYDEN_NOTICE_DOCUMENT, text, NULL, NULL);
}

/* The document to the parts of the page, which are all there. */
void
leyden_tab_give_document (LeydenTab *self)
{
  g_clear_pointer (&self->statuses, leyden_value_unref);
  g_clear_pointer (&self->rollout, leyden_value_unref);
  g_clear_pointer (&self->scope, g_strfreev);
  g_clear_object (&self->shown);
  if (self->inspector != NULL)
    leyden_inspector_set_state (self->inspector, NULL);
  if (self->document == NULL)
    {
      give (GTK_WIDGET (self->canvas), "document", NULL);
      give (GTK_WIDGET (self->inspector), "document", NULL);
    }
  if (self->panel != NULL)
    leyden_tab_give_panels (self);
  if (self->document != NULL)
    {
      leyden_tab_show_scope (self, NULL);
      show_first_banner (self);
    }
  else if (self->outline != NULL)
    leyden_outline_reload (self->outline);
}

static void
leave_document (LeydenTab *self)
{
  if (self->document == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->document, self);
  g_signal_handlers_disconnect_by_data (leyden_document_get_flow (self->document), self);
  if (self->canvas != NULL)
    leyden_canvas_finish_typing (self->canvas);
  leyden_selection_clear (self->selection);
  leyden_document_close (self->document, self->discard);
}

void
leyden_tab_set_document (LeydenTab      *self,
                         LeydenDocument *document)
{
  g_return_if_fail (LEYDEN_IS_TAB (self));

  if (self->document == document)
    return;
  leave_document (self);
  self->settled = self->discard = FALSE;
  g_set_object (&self->document, document);
  if (leyden_tab_is_built (self) || document == NULL)
    leyden_tab_give_document (self);
  leyden_memory_trim_later ();
  if (document != NULL)
    {
      g_signal_connect_swapped (document, "notify", G_CALLBACK (document_notify_cb), self);
      g_signal_connect_swapped (document, "journal-failed", G_CALLBACK (journal_failed_cb), self);
      g_signal_connect_swapped (leyden_document_get_flow (document), "changed", G_CALLBACK (flow_changed_cb), self);
    }
}

gboolean
leyden_tab_is_shown (LeydenTab *self)
{
  return self->window->tab == self;
}

char *
leyden_tab_dup_title (LeydenTab *self)
{
  g_autofree char *title = self->document != NULL ? leyden_document_dup_title (self->document) : g_strdup (_("Leyden"));
  g_autofree char *safe = leyden_text_display (title, -1, 120, FALSE);

  if (self->document != NULL && leyden_document_is_modified (self->document))
    return g_strdup_printf ("• %s", safe);
  return g_steal_pointer (&safe);
}

gboolean
leyden_tab_is_pristine (LeydenTab *self)
{
  if (self->saving)
    return FALSE;
  return self->document == NULL
         || (leyden_document_get_file (self->document) == NULL && !leyden_document_is_modified (self->document)
             && !leyden_document_can_undo (self->document)
             && leyden_flow_get_n_nodes (leyden_document_get_flow (self->document)) == 0);
}

static gboolean
banner_has_focus (LeydenTab *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self->banner));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->banner));
}

/* What the button led to, where a panel is open; else the flow. Left to GTK it would be whatever comes first in the window. */
static void
focus_behind_banner (LeydenTab *self)
{
  GtkWidget *page = self->panel != NULL ? leyden_bottom_panel_get_child (self->panel, leyden_bottom_panel_get_page (self->panel)) : NULL;

  if (page == NULL || !gtk_widget_get_mapped (page) || !gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD))
    gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
update_banner (LeydenTab *self)
{
  const LeydenNotice *notice = NULL;
  gboolean focused;

  if (self->banner == NULL)
    return;
  focused = banner_has_focus (self);
  for (guint i = 0; i < LEYDEN_N_NOTICES && notice == NULL; i++)
    if (self->notices[i].text != NULL)
      notice = &self->notices[i];
  if (notice != NULL)
    leyden_label_set_safe_text (self->banner_label, notice->text, 400);
  gtk_widget_set_visible (self->editor->banner_button, notice != NULL && notice->action != NULL);
  if (notice != NULL && notice->action != NULL)
    {
      gtk_button_set_label (GTK_BUTTON (self->editor->banner_button), notice->label);
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->editor->banner_button), notice->action);
    }
  gtk_revealer_set_reveal_child (self->banner, notice != NULL);
  if (focused && (notice == NULL || notice->action == NULL))
    focus_behind_banner (self);
}

void
leyden_tab_set_notice (LeydenTab        *self,
                       LeydenNoticeKind  kind,
                       const char       *text,
                       const char       *label,
                       const char       *action)
{
  LeydenNotice *notice = &self->notices[kind];

  if (text == NULL && notice->text == NULL)
    return;
  g_free (notice->text);
  *notice = (LeydenNotice) { g_strdup (text), label, action };
  update_banner (self);
}

/* Closed by who has read it: what was behind it shows. */
static void
banner_closed_cb (LeydenTab *self)
{
  for (guint i = 0; i < LEYDEN_N_NOTICES; i++)
    if (self->notices[i].text != NULL)
      {
        g_clear_pointer (&self->notices[i].text, g_free);
        break;
      }
  update_banner (self);
}

void
leyden_tab_connect_banner (LeydenTab *self)
{
  g_signal_connect_object (self->editor, "banner-closed", G_CALLBACK (banner_closed_cb), self, G_CONNECT_SWAPPED);
  update_banner (self);
}

/* --- class --- */

static void
leyden_tab_dispose (GObject *object)
{
  LeydenTab *self = LEYDEN_TAB (object);
  GtkWidget *child;

  leave_document (self);
  g_clear_object (&self->saver);
  g_clear_object (&self->document);
  g_clear_object (&self->shown);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->scope, g_strfreev);
  g_clear_pointer (&self->statuses, leyden_value_unref);
  g_clear_pointer (&self->rollout, leyden_value_unref);
  g_clear_pointer (&self->fork, leyden_value_unref);
  g_clear_object (&self->breakpoints);
  g_clear_pointer (&self->stopped_at, g_free);
  g_clear_pointer (&self->marked_state, leyden_value_unref);
  g_clear_pointer (&self->marked_debug, leyden_value_unref);
  g_clear_object (&self->debugged);
  for (guint i = 0; i < LEYDEN_N_NOTICES; i++)
    g_clear_pointer (&self->notices[i].text, g_free);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (leyden_tab_parent_class)->dispose (object);
}

static void
leyden_tab_class_init (LeydenTabClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_tab_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_tab_init (LeydenTab *self)
{
  self->selection = leyden_selection_new ();
}

LeydenTab *
leyden_tab_new (LeydenWindow *window)
{
  LeydenTab *self = g_object_new (LEYDEN_TYPE_TAB, NULL);

  self->window = window;
  return self;
}
