/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-paged-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Bytes of a part: what a text view lays out at once, should it be one line. */
#define PART 16384
/* A part ends at the end of a line that is not farther than this before it. */
#define LOOK_BACK 4096

struct _LeydenPagedText
{
  GtkWidget     parent_instance;

  GBytes       *bytes;                  /* nullable */
  GArray       *starts;                 /* gsize: where parts begin that were found so far */
  guint         n_pages;
  guint         page;
  GCancellable *cancellable;            /* of the writing under way; nullable */

  GtkWidget    *box;
  GtkWidget    *text;
  GtkWidget    *bar;
  GtkWidget    *where;
};

G_DEFINE_FINAL_TYPE (LeydenPagedText, leyden_paged_text, GTK_TYPE_WIDGET)

/* End of the part that begins at @start: behind a line, or at least a character. */
static gsize
find_end (LeydenPagedText *self,
          gsize            start)
{
  gsize size;
  const char *data = g_bytes_get_data (self->bytes, &size);
  gsize end = start + PART;

  if (end >= size)
    return size;
  for (gsize at = end; at > end - LOOK_BACK; at--)
    if (data[at - 1] == '\n')
      return at;
  while (end > start + 1 && ((guchar) data[end] & 0xC0) == 0x80)
    end--;
  return end;
}

static gsize
get_start (LeydenPagedText *self,
           guint            page)
{
  while (self->starts->len <= page)
    {
      gsize next = find_end (self, g_array_index (self->starts, gsize, self->starts->len - 1));

      g_array_append_val (self->starts, next);
    }
  return g_array_index (self->starts, gsize, page);
}

/* All starts: a look at each part's end. */
static void
find_pages (LeydenPagedText *self)
{
  gsize size = self->bytes != NULL ? g_bytes_get_size (self->bytes) : 0, at = 0;

  g_array_set_size (self->starts, 0);
  g_array_append_val (self->starts, at);
  self->n_pages = 1;
  while (size > 0 && (at = find_end (self, at)) < size)
    {
      g_array_append_val (self->starts, at);
      self->n_pages++;
    }
}

static void
show_page (LeydenPagedText *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  g_autofree char *where = g_strdup_printf (_("Part %'u of %'u"), self->page + 1, self->n_pages);
  g_autofree char *shown = NULL;
  GtkTextIter start;

  if (self->bytes != NULL && g_bytes_get_size (self->bytes) > 0)
    {
      const char *data = g_bytes_get_data (self->bytes, NULL);
      gsize from = get_start (self, self->page), to = find_end (self, from);

      shown = leyden_text_display (data + from, (gssize) (to - from), PART, TRUE);
    }
  gtk_text_buffer_set_text (buffer, shown != NULL ? shown : "", -1);
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_view_scroll_to_iter (GTK_TEXT_VIEW (self->text), &start, 0, FALSE, 0, 0);
  gtk_label_set_text (GTK_LABEL (self->where), where);
  gtk_widget_set_visible (self->bar, self->n_pages > 1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "paged.previous", self->page > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "paged.next", self->page + 1 < self->n_pages);
}

static void
take_bytes (LeydenPagedText *self,
            GBytes          *bytes)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  self->bytes = bytes;
  self->page = 0;
  find_pages (self);
  show_page (self);
}

/* --- JSON --- */

static void
write_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  char *json = leyden_json_write (data, LEYDEN_JSON_PRETTY);

  g_task_return_pointer (task, g_bytes_new_take (json, strlen (json)), (GDestroyNotify) g_bytes_unref);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  LeydenPagedText *self = LEYDEN_PAGED_TEXT (object);
  GBytes *bytes = g_task_propagate_pointer (G_TASK (result), NULL);

  if (bytes != NULL && self->box != NULL)
    take_bytes (self, bytes);
  else if (bytes != NULL)
    g_bytes_unref (bytes);
}

static void
stop (LeydenPagedText *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

void
leyden_paged_text_set_value (LeydenPagedText *self,
                             LeydenValue     *value)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));

  stop (self);
  if (value == NULL)
    {
      take_bytes (self, NULL);
      return;
    }
  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, written_cb, NULL);
  g_task_set_task_data (task, leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
  g_task_run_in_thread (task, write_thread);
}

void
leyden_paged_text_set_bytes (LeydenPagedText *self,
                             GBytes          *bytes)
{
  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));

  stop (self);
  take_bytes (self, bytes != NULL ? g_bytes_ref (bytes) : NULL);
}

guint
leyden_paged_text_get_n_pages (LeydenPagedText *self)
{
  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), 0);
  return self->n_pages;
}

guint
leyden_paged_text_get_page (LeydenPagedText *self)
{
  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), 0);
  return self->page;
}

void
leyden_paged_text_set_page (LeydenPagedText *self,
                            guint            page)
{
  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self) && page < self->n_pages);

  self->page = page;
  show_page (self);
}

char *
leyden_paged_text_dup_shown (LeydenPagedText *self)
{
  GtkTextBuffer *buffer;
  GtkTextIter start, end;

  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), NULL);

  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

/* --- class --- */

static void
turn_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenPagedText *self = LEYDEN_PAGED_TEXT (widget);

  if (g_str_equal (name, "paged.next") && self->page + 1 < self->n_pages)
    leyden_paged_text_set_page (self, self->page + 1);
  else if (g_str_equal (name, "paged.previous") && self->page > 0)
    leyden_paged_text_set_page (self, self->page - 1);
}

static void
leyden_paged_text_dispose (GObject *object)
{
  LeydenPagedText *self = LEYDEN_PAGED_TEXT (object);

  stop (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  G_OBJECT_CLASS (leyden_paged_text_parent_class)->dispose (object);
}

static void
leyden_paged_text_finalize (GObject *object)
{
  g_array_unref (LEYDEN_PAGED_TEXT (object)->starts);
  G_OBJECT_CLASS (leyden_paged_text_parent_class)->finalize (object);
}

static void
leyden_paged_text_class_init (LeydenPagedTextClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_paged_text_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_paged_text_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "paged.previous", NULL, turn_action);
  gtk_widget_class_install_action (widget_class, "paged.next", NULL, turn_action);
}

static GtkWidget *
create_button (const char *icon,
               const char *name,
               const char *action)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static void
leyden_paged_text_init (LeydenPagedText *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  self->text = gtk_text_view_new ();
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->text), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->text), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->text), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->text), FALSE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->text);
  gtk_widget_set_vexpand (scroller, TRUE);
  self->bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_halign (self->bar, GTK_ALIGN_CENTER);
  self->where = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->where, "numeric");
  gtk_box_append (GTK_BOX (self->bar), create_button ("go-previous-symbolic", _("Previous part"), "paged.previous"));
  gtk_box_append (GTK_BOX (self->bar), self->where);
  gtk_box_append (GTK_BOX (self->bar), create_button ("go-next-symbolic", _("Next part"), "paged.next"));
  gtk_box_append (GTK_BOX (self->box), scroller);
  gtk_box_append (GTK_BOX (self->box), self->bar);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  take_bytes (self, NULL);
}

GtkWidget *
leyden_paged_text_new (const char *name)
{
  LeydenPagedText *self = g_object_new (LEYDEN_TYPE_PAGED_TEXT, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return GTK_WIDGET (self);
}
