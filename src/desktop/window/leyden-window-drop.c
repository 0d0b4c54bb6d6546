/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-file-kind.h"
#include "leyden-json.h"
#include "leyden-run-panel.h"
#include "leyden-text.h"

/* Files from a file manager. Each is looked at off the main loop, and then:
 *
 *   its beginning ──► flow: opened as any other ── data set: taken for the runs of the flow
 *                └──► picture, part of a flow: read whole, and put where it was dropped
 *                └──► anything else: a message with its name
 */

#define MAX_DROPPED 10
#define MAX_IMAGE (4 * 1024 * 1024)     /* it goes into the flow's file, and with each call to a model */
#define MAX_FRAGMENT (8 * 1024 * 1024)  /* as from the clipboard */
#define STAGGER 48.0f                   /* between things of one drop, world units */

/* What several files of one drop share. */
typedef struct
{
  int               ref_count;
  LeydenWindow     *window;
  LeydenDocument   *document;           /* that was shown then; nullable */
  gboolean          has_place;
  graphene_point_t  place;              /* world: of the next thing */
  char             *dataset;            /* name of the one that was taken */
} Drop;

typedef struct
{
  Drop           *drop;
  GFile          *file;
  char           *name;                 /* to show */
  GByteArray     *head;                 /* the beginning; then all of it */
  gsize           n_head;
  LeydenFileKind  kind;
  const char     *mime;
} Item;

static void
drop_unref (Drop *drop)
{
  if (--drop->ref_count > 0)
    return;
  g_object_unref (drop->window);
  g_clear_object (&drop->document);
  g_free (drop->dataset);
  g_free (drop);
}

static void
item_free (Item *item)
{
  drop_unref (item->drop);
  g_object_unref (item->file);
  g_byte_array_unref (item->head);
  g_free (item->name);
  g_free (item);
}

/* @format: has the name of the file as its only argument. */
static void G_GNUC_PRINTF (2, 0)
refuse (Item       *item,
        const char *format,
        ...)
{
  g_autofree char *text = NULL;
  va_list list;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  leyden_window_toast (item->drop->window, text);
}

/* The flow that was there when the file was dropped; by now another may be open. */
static gboolean
has_flow (Item *item)
{
  LeydenWindow *window = item->drop->window;

  if (window->tab->document != NULL && window->tab->document == item->drop->document)
    return TRUE;
  refuse (item, _("Open a flow first, then drop “%s” on it"), item->name);
  return FALSE;
}

static graphene_point_t *
next_place (Drop *drop)
{
  graphene_point_t *place;

  if (!drop->has_place)
    return NULL;
  place = g_new (graphene_point_t, 1);
  *place = drop->place;
  drop->place.x += STAGGER;
  drop->place.y += STAGGER;
  return place;
}

static void
take_dataset (Item *item)
{
  LeydenWindow *window = item->drop->window;

  if (!has_flow (item))
    return;
  if (item->drop->dataset != NULL)
    {
      refuse (item, _("A flow runs over one data set: “%s” was taken, “%s” was not"), item->drop->dataset, item->name);
      return;
    }
  item->drop->dataset = g_strdup (item->name);
  leyden_window_show_panel (window, "run");
  leyden_run_panel_set_file (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (window->tab->panel, "run")), item->file);
}

static void
put_image (Item   *item,
           GBytes *bytes)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *data = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autofree graphene_point_t *place = next_place (item->drop);
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "mime", item->mime);
  leyden_value_builder_set_string (&builder, "data", data);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  leyden_canvas_insert_constant (item->drop->window->tab->canvas, item->name, value, place);
}

static void
put_fragment (Item   *item,
              GBytes *bytes)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) fragment = leyden_json_parse (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL, &error);
  g_autofree graphene_point_t *place = next_place (item->drop);

  if (fragment == NULL)
    refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  else
    leyden_canvas_paste_fragment (item->drop->window->tab->canvas, fragment, place);
}

static guint
get_limit (Item *item)
{
  return item->kind == LEYDEN_FILE_IMAGE ? MAX_IMAGE : MAX_FRAGMENT;
}

static void
whole_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Item *item = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gsize n = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (object), result, &n, &error))
    refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  else if (item->n_head + n > get_limit (item))
    /* It grew since it was looked at. */
    refuse (item, _("“%s” is too large"), item->name);
  else if (has_flow (item))
    {
      bytes = g_bytes_new (item->head->data, item->n_head + n);
      if (item->kind == LEYDEN_FILE_IMAGE)
        put_image (item, bytes);
      else
        put_fragment (item, bytes);
    }
  item_free (item);
}

/* Behind its beginning, on the same stream, and never more than may be taken: the size that a file tells is not what it gives. */
static void
read_rest (Item         *item,
           GInputStream *stream)
{
  guint most = get_limit (item) + 1;

  item->n_head = item->head->len;
  g_byte_array_set_size (item->head, most);
  g_input_stream_read_all_async (stream, item->head->data + item->n_head, most - item->n_head, G_PRIORITY_DEFAULT, NULL, whole_cb, item);
}

/* TRUE: @item is still in use. */
static gboolean
take (Item         *item,
      GInputStream *stream,
      gint64        size)
{
  switch (item->kind)
    {
    case LEYDEN_FILE_FLOW:
      leyden_application_open_file (LEYDEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (item->drop->window))), item->file);
      return FALSE;
    case LEYDEN_FILE_ROLLOUT:
      leyden_window_import_rollout (item->drop->window, item->file);
      return FALSE;
    case LEYDEN_FILE_DATASET:
      take_dataset (item);
      return FALSE;
    case LEYDEN_FILE_IMAGE:
    case LEYDEN_FILE_FRAGMENT:
      if (!has_flow (item))
        return FALSE;
      if (size > get_limit (item))
        {
          refuse (item, item->kind == LEYDEN_FILE_IMAGE ? _("“%s” is larger than 4 MiB; a flow does not hold such a picture")
                                                        : _("“%s” is larger than 8 MiB; that is not pasted"), item->name);
          return FALSE;
        }
      read_rest (item, stream);
      return TRUE;
    case LEYDEN_FILE_EMPTY:
      refuse (item, _("“%s” is empty"), item->name);
      return FALSE;
    case LEYDEN_FILE_OTHER_JSON:
      refuse (item, _("“%s” is JSON, but no flow; a data set is JSON Lines (one row a line) or CSV"), item->name);
      return FALSE;
    case LEYDEN_FILE_OTHER_IMAGE:
      refuse (item, _("“%s” is no picture that models take: PNG, JPEG, GIF or WebP"), item->name);
      return FALSE;
    case LEYDEN_FILE_OTHER:
    default:
      refuse (item, _("“%s” is neither a flow nor a data set (JSON Lines, CSV) nor a picture"), item->name);
      return FALSE;
    }
}

static void
info_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Item *item = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInfo) info = g_file_input_stream_query_info_finish (G_FILE_INPUT_STREAM (object), result, &error);

  if (info == NULL)
    refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  else
    {
      item->kind = leyden_file_kind_find (item->name, item->head->data, item->head->len, &item->mime);
      if (take (item, G_INPUT_STREAM (object), g_file_info_get_size (info)))
        return;
    }
  item_free (item);
}

static void
head_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Item *item = data;
  g_autoptr(GError) error = NULL;
  gsize n = 0;

  if (g_input_stream_read_all_finish (G_INPUT_STREAM (object), result, &n, &error))
    {
      g_byte_array_set_size (item->head, (guint) n);
      g_file_input_stream_query_info_async (G_FILE_INPUT_STREAM (object), G_FILE_ATTRIBUTE_STANDARD_SIZE, G_PRIORITY_DEFAULT, NULL,
                                            info_cb, item);
      return;
    }
  refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  item_free (item);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Item *item = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInputStream) stream = g_file_read_finish (G_FILE (object), result, &error);

  if (stream != NULL)
    {
      g_byte_array_set_size (item->head, LEYDEN_FILE_HEAD);
      g_input_stream_read_all_async (G_INPUT_STREAM (stream), item->head->data, LEYDEN_FILE_HEAD, G_PRIORITY_DEFAULT, NULL, head_cb, item);
      return;
    }
  refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  item_free (item);
}

/* A pipe or a device would be waited for without an end. */
static void
type_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Item *item = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInfo) info = g_file_query_info_finish (G_FILE (object), result, &error);

  if (info == NULL)
    refuse (item, _("“%s” could not be read: %s"), item->name, error->message);
  else if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    refuse (item, _("“%s” is a folder; drop the files in it"), item->name);
  else if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    refuse (item, _("“%s” is no file that can be read"), item->name);
  else
    {
      g_file_read_async (G_FILE (object), G_PRIORITY_DEFAULT, NULL, opened_cb, item);
      return;
    }
  item_free (item);
}

static void
look_at (Drop  *drop,
         GFile *file)
{
  Item *item = g_new0 (Item, 1);
  g_autofree char *basename = g_file_get_basename (file);

  item->drop = drop;
  drop->ref_count++;
  item->file = g_object_ref (file);
  item->name = basename != NULL ? leyden_text_display (basename, -1, 60, FALSE) : g_strdup ("?");
  item->head = g_byte_array_new ();
  if (!g_file_is_native (file))
    {
      refuse (item, _("“%s” is not on this computer; nothing was fetched"), item->name);
      item_free (item);
      return;
    }
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, type_cb, item);
}

/* Where on the canvas a point of the window is. */
static gboolean
find_place (LeydenWindow     *self,
            double            x,
            double            y,
            graphene_point_t *place)
{
  GtkWidget *under = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  graphene_point_t at;

  if (self->tab->canvas == NULL || under == NULL
      || !(under == GTK_WIDGET (self->tab->canvas) || gtk_widget_is_ancestor (under, GTK_WIDGET (self->tab->canvas)))
      || !gtk_widget_compute_point (GTK_WIDGET (self), GTK_WIDGET (self->tab->canvas), &GRAPHENE_POINT_INIT ((float) x, (float) y), &at))
    return FALSE;
  *place = leyden_canvas_to_world (self->tab->canvas, at.x, at.y);
  return TRUE;
}

gboolean
leyden_window_drop_files (LeydenWindow *self,
                          GSList       *files,
                          double        x,
                          double        y)
{
  Drop *drop = g_new0 (Drop, 1);
  guint n = 0;

  drop->ref_count = 1;
  drop->window = g_object_ref (self);
  drop->document = self->tab->document != NULL ? g_object_ref (self->tab->document) : NULL;
  drop->has_place = find_place (self, x, y, &drop->place);
  for (GSList *l = files; l != NULL; l = l->next, n++)
    if (n < MAX_DROPPED)
      look_at (drop, l->data);
  if (n > MAX_DROPPED)
    leyden_window_toast (self, _("Too many files at once; the first ten were taken"));
  drop_unref (drop);
  return n > 0;
}
