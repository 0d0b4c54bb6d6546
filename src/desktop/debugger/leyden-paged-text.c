/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-paged-text.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#ifdef HAVE_SOURCEVIEW
#include <gtksourceview/gtksource.h>
#endif

#include "leyden-experiment-parts.h"
#include "leyden-json.h"
#include "leyden-pager.h"
#include "leyden-text.h"

/* Bytes of a part. A label lays out all its lines whenever it is measured. */
#define LABEL_BYTES (6 * 1024)
#define VIEW_BYTES (16 * 1024)
/* A run of so many bytes without a space is broken anywhere: looking for words in it, Pango takes seconds. There is less of it in a part. */
#define UNBROKEN_BYTES 200
#define UNBROKEN_PART 2048
/* How far one looks for such a run. */
#define MAX_LOOK (1024 * 1024)
/* What is longer in memory is not written on the main loop. */
#define SHORT_MEMBERS 2000

struct _LeydenPagedText
{
  GtkWidget     parent_instance;

  GtkWidget    *box;
  GtkWidget    *label;                  /* of prose, else NULL */
  GtkWidget    *view;                   /* of JSON, else NULL */
  GtkWidget    *pager;
  LeydenValue  *value;                  /* a string whose text is shown; else NULL */
  char         *text;                   /* own text, else NULL */
  GBytes       *bytes;                  /* the same, of somebody else */
  gsize         length;
  gboolean      unbroken;               /* there is a long run without a space in it */
  guint         wish;                   /* which set_value it was: what is written for an earlier one is too late */
};

G_DEFINE_FINAL_TYPE (LeydenPagedText, leyden_paged_text, GTK_TYPE_WIDGET)

const char *
leyden_paged_text_get_text (LeydenPagedText *self,
                            gsize           *length)
{
  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), NULL);

  if (length != NULL)
    *length = self->length;
  if (self->bytes != NULL)
    return g_bytes_get_data (self->bytes, NULL);
  return self->value != NULL ? leyden_value_get_string (self->value, NULL) : self->text;
}

static gsize
get_part_bytes (LeydenPagedText *self)
{
  return self->view != NULL ? VIEW_BYTES : self->unbroken ? UNBROKEN_PART : LABEL_BYTES;
}

static gboolean
has_unbroken_run (const char *text,
                  gsize       length)
{
  gsize run = 0;

  for (gsize i = 0; i < MIN (length, MAX_LOOK) && run <= UNBROKEN_BYTES; i++)
    run = g_ascii_isspace (text[i]) ? 0 : run + 1;
  return run > UNBROKEN_BYTES;
}

/* Only where it must be: words are easier to read. */
static void
set_wrap (LeydenPagedText *self,
          gboolean         anywhere)
{
  if (self->label != NULL)
    gtk_label_set_wrap_mode (GTK_LABEL (self->label), anywhere ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
  else
    gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->view), anywhere ? GTK_WRAP_CHAR : GTK_WRAP_WORD_CHAR);
}

/* The start of part @n: never within a character. */
static gsize
find_start (LeydenPagedText *self,
            const char      *text,
            guint            n)
{
  gsize at = MIN ((gsize) n * get_part_bytes (self), self->length);

  while (at < self->length && at > 0 && ((guchar) text[at] & 0xC0) == 0x80)
    at++;
  return at;
}

static void
put_shown (LeydenPagedText *self,
           const char      *shown)
{
  if (self->label != NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->label), shown);
      /* An empty label would be a place for the focus without a name. */
      gtk_widget_set_visible (self->label, *shown != '\0');
    }
  else
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), shown, -1);
}

static void
show_part (LeydenPagedText *self)
{
  const char *text = leyden_paged_text_get_text (self, NULL);
  guint part = leyden_pager_get (LEYDEN_PAGER (self->pager));
  g_autofree char *shown = NULL;
  gsize start, end;

  if (text == NULL || self->length == 0)
    {
      put_shown (self, self->value != NULL ? _("(empty text)") : "");
      return;
    }
  start = find_start (self, text, part);
  end = find_start (self, text, part + 1);
  shown = leyden_text_display (text + start, (gssize) (end - start), (guint) get_part_bytes (self), TRUE);
  set_wrap (self, has_unbroken_run (shown, strlen (shown)));
  put_shown (self, shown);
}

static void
text_changed (LeydenPagedText *self)
{
  gsize bytes;
  g_autofree char *size = g_format_size (self->length);

  self->unbroken = has_unbroken_run (leyden_paged_text_get_text (self, NULL), self->length);
  bytes = get_part_bytes (self);

  leyden_pager_set (LEYDEN_PAGER (self->pager), (guint) MIN ((self->length + bytes - 1) / bytes, G_MAXINT32), size);
  show_part (self);
}

static void
forget (LeydenPagedText *self)
{
  self->wish++;
  self->length = 0;
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

/* Takes @text. */
static void
take_text (LeydenPagedText *self,
           char            *text)
{
  self->text = text;
  self->length = strlen (text);
  text_changed (self);
}

void
leyden_paged_text_set_text (LeydenPagedText *self,
                            const char      *text)
{
  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));

  forget (self);
  take_text (self, g_strdup (text != NULL ? text : ""));
}

/* --- JSON --- */

static void
write_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  g_task_return_pointer (task, g_strchomp (leyden_json_write (data, LEYDEN_JSON_PRETTY)), g_free);
}

typedef struct
{
  LeydenPagedText *self;
  guint            wish;
} Writing;

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autofree Writing *writing = data;
  g_autoptr(LeydenPagedText) self = writing->self;
  char *text = g_task_propagate_pointer (G_TASK (result), NULL);

  if (self->box != NULL && writing->wish == self->wish)
    take_text (self, text);
  else
    g_free (text);
}

/* Whether it is written in no time: few members, and no long text among them. */
static gboolean
is_short (LeydenValue *value,
          guint       *left)
{
  gsize length = 0;

  if (leyden_value_get_string (value, &length) != NULL && length > VIEW_BYTES)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    if (*left == 0 || (*left)-- == 0 || !is_short (leyden_value_get_item (value, i), left))
      return FALSE;
  return TRUE;
}

void
leyden_paged_text_set_value (LeydenPagedText *self,
                             LeydenValue     *value)
{
  guint left = SHORT_MEMBERS;
  g_autoptr(GTask) task = NULL;
  Writing *writing;

  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));

  if (value != NULL)
    leyden_value_ref (value);
  forget (self);
  if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
    {
      self->value = value;
      leyden_value_get_string (value, &self->length);
      text_changed (self);
      return;
    }
  if (value == NULL || is_short (value, &left))
    take_text (self, value != NULL ? g_strchomp (leyden_json_write (value, LEYDEN_JSON_PRETTY)) : g_strdup (""));
  else
    {
      leyden_pager_set (LEYDEN_PAGER (self->pager), 1, NULL);
      put_shown (self, _("Writing the text…"));
      writing = g_new (Writing, 1);
      *writing = (Writing) { g_object_ref (self), self->wish };
      /* Not the source of the task: the thread may be the last to let go of that, and a widget ends on the main thread only. */
      task = g_task_new (NULL, NULL, written_cb, writing);
      g_task_set_task_data (task, leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
      g_task_run_in_thread (task, write_thread);
    }
  g_clear_pointer (&value, leyden_value_unref);
}

void
leyden_paged_text_set_bytes (LeydenPagedText *self,
                             GBytes          *bytes)
{
  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));

  forget (self);
  if (bytes != NULL)
    self->bytes = g_bytes_ref (bytes);
  self->length = bytes != NULL ? g_bytes_get_size (bytes) : 0;
  text_changed (self);
}

/* --- for tests and for what is built on it --- */

char *
leyden_paged_text_dup_shown (LeydenPagedText *self)
{
  GtkTextIter start, end;

  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), NULL);

  if (self->label != NULL)
    return g_strdup (gtk_label_get_text (GTK_LABEL (self->label)));
  gtk_text_buffer_get_bounds (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), &start, &end);
  return gtk_text_iter_get_text (&start, &end);
}

guint
leyden_paged_text_get_n_pages (LeydenPagedText *self)
{
  gsize bytes;

  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), 0);

  bytes = get_part_bytes (self);
  return (guint) MAX ((self->length + bytes - 1) / bytes, 1);
}

void
leyden_paged_text_set_page (LeydenPagedText *self,
                      guint            part)
{
  g_return_if_fail (LEYDEN_IS_PAGED_TEXT (self));
  leyden_pager_go (LEYDEN_PAGER (self->pager), part);
}

guint
leyden_paged_text_get_page (LeydenPagedText *self)
{
  g_return_val_if_fail (LEYDEN_IS_PAGED_TEXT (self), 0);
  return leyden_pager_get (LEYDEN_PAGER (self->pager));
}

/* --- life --- */

static void
turn_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenPagedText *self = LEYDEN_PAGED_TEXT (widget);
  guint page = leyden_paged_text_get_page (self);

  if (g_str_equal (name, "paged.next"))
    leyden_paged_text_set_page (self, page + 1);
  else if (page > 0)
    leyden_paged_text_set_page (self, page - 1);
}

static void
leyden_paged_text_dispose (GObject *object)
{
  LeydenPagedText *self = LEYDEN_PAGED_TEXT (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  G_OBJECT_CLASS (leyden_paged_text_parent_class)->dispose (object);
}

static void
leyden_paged_text_class_init (LeydenPagedTextClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_paged_text_dispose;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "paged.previous", NULL, turn_action);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "paged.next", NULL, turn_action);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_paged_text_init (LeydenPagedText *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  self->pager = leyden_pager_new ();
  gtk_box_append (GTK_BOX (self->box), self->pager);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->pager, "changed", G_CALLBACK (show_part), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_paged_text_new_prose (const char *name)
{
  LeydenPagedText *self = g_object_new (LEYDEN_TYPE_PAGED_TEXT, NULL);
  g_autoptr(PangoAttrList) attributes = pango_attr_list_new ();

  self->label = leyden_part_label (NULL, NULL);
  /* No sign is shown that the value does not have. */
  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (GTK_LABEL (self->label), attributes);
  gtk_label_set_selectable (GTK_LABEL (self->label), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, name, -1);
  gtk_widget_set_visible (self->label, FALSE);
  gtk_box_prepend (GTK_BOX (self->box), self->label);
  return GTK_WIDGET (self);
}

#ifdef HAVE_SOURCEVIEW
static void
style_scheme_cb (LeydenPagedText *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GtkSourceStyleScheme *scheme = gtk_source_style_scheme_manager_get_scheme (gtk_source_style_scheme_manager_get_default (),
                                                                             dark ? "Adwaita-dark" : "Adwaita");

  if (scheme != NULL && self->view != NULL)
    gtk_source_buffer_set_style_scheme (GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view))), scheme);
}

/* Reading the definition of a language takes tens of milliseconds: not before the text is seen. */
static void
mapped_cb (GtkWidget *view)
{
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));

  if (gtk_source_buffer_get_language (buffer) == NULL)
    gtk_source_buffer_set_language (buffer, gtk_source_language_manager_get_language (gtk_source_language_manager_get_default (), "json"));
}

static GtkWidget *
create_view (LeydenPagedText *self)
{
  GtkWidget *view = gtk_source_view_new ();

  self->view = view;
  g_signal_connect (view, "map", G_CALLBACK (mapped_cb), NULL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (style_scheme_cb), self, G_CONNECT_SWAPPED);
  style_scheme_cb (self);
  return view;
}
#else
static GtkWidget *
create_view (LeydenPagedText *self)
{
  return self->view = gtk_text_view_new ();
}
#endif

GtkWidget *
leyden_paged_text_new (const char *name)
{
  LeydenPagedText *self = g_object_new (LEYDEN_TYPE_PAGED_TEXT, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new (), *view = create_view (self);

  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  /* Tab leaves it. */
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 9);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 9);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  /* Not NEVER: a text view asks for the width that its lines have, and would never become narrower again. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 84);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 420);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_add_css_class (scroller, "texteditor");
  gtk_box_prepend (GTK_BOX (self->box), scroller);
  return GTK_WIDGET (self);
}
