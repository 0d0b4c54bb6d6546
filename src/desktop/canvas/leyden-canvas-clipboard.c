/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Fragments travel as JSON text, so that they can be pasted anywhere. What comes back is read like a file: bounded and checked. */

#define MAX_BYTES (8 * 1024 * 1024)
#define TIMEOUT_S 5
#define FRAGMENT_TYPE "application/x-leyden-fragment+json"

static char **
list_ids (LeydenCanvas *self)
{
  static const LeydenElementKind kinds[] = { LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE };
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  LeydenCanvasNode *focus = leyden_canvas_get_focus_node (self, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto(GStrv) some = leyden_selection_list (self->selection, kinds[i]);

      for (guint j = 0; some[j] != NULL; j++)
        g_ptr_array_add (ids, g_strdup (some[j]));
    }
  if (ids->len == 0 && focus != NULL)
    g_ptr_array_add (ids, g_strdup (focus->id));
  g_ptr_array_add (ids, NULL);
  g_ptr_array_set_free_func (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

static LeydenValue *
copy_selection (LeydenCanvas *self)
{
  g_auto(GStrv) ids = list_ids (self);

  if (self->model == NULL || ids[0] == NULL)
    return NULL;
  return leyden_flow_copy_fragment (leyden_canvas_model_get_flow (self->model), (const char * const *) ids);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(LeydenValue) fragment = copy_selection (self);
  g_autofree char *text = NULL;
  g_autoptr(GBytes) bytes = NULL;
  GdkContentProvider *providers[2];
  g_autoptr(GdkContentProvider) both = NULL;

  if (fragment == NULL)
    return;
  text = leyden_json_write (fragment, LEYDEN_JSON_PRETTY);
  bytes = g_bytes_new (text, strlen (text));
  providers[0] = gdk_content_provider_new_for_bytes (FRAGMENT_TYPE, bytes);
  providers[1] = gdk_content_provider_new_typed (G_TYPE_STRING, text);
  both = gdk_content_provider_new_union (providers, 2);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (widget), both);
}

static void
cut_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  copy_action (widget, name, parameter);
  leyden_canvas_remove_selection (LEYDEN_CANVAS (widget));
}

static void
select_pasted (LeydenCanvas *self,
               char        **ids)
{
  leyden_selection_freeze (self->selection);
  leyden_selection_clear (self->selection);
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    {
      if (leyden_canvas_model_get_node (self->model, ids[i]) != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_NODE, ids[i]);
      else if (leyden_canvas_model_get_box (self->model, LEYDEN_ELEMENT_FRAME, ids[i]) != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_FRAME, ids[i]);
      else if (leyden_canvas_model_get_box (self->model, LEYDEN_ELEMENT_NOTE, ids[i]) != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_NOTE, ids[i]);
    }
  leyden_selection_thaw (self->selection);
}

/* --- where it goes --- */

/* Top left corner of all that has a place; FALSE when nothing has one. */
static gboolean
get_origin (LeydenValue      *fragment,
            graphene_point_t *origin)
{
  static const char * const lists[] = { "nodes", "frames", "notes" };
  double x = G_MAXDOUBLE, y = G_MAXDOUBLE;

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      LeydenValue *list = leyden_value_get_member (fragment, lists[i]);

      for (guint k = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && k < leyden_value_get_size (list); k++)
        {
          LeydenValue *position = leyden_value_get_member (leyden_value_get_item (list, k), "position");

          x = MIN (x, leyden_value_get_member_double (position, "x", G_MAXDOUBLE));
          y = MIN (y, leyden_value_get_member_double (position, "y", G_MAXDOUBLE));
        }
    }
  *origin = GRAPHENE_POINT_INIT ((float) CLAMP (x, -1e6, 1e6), (float) CLAMP (y, -1e6, 1e6));
  return x < G_MAXDOUBLE && y < G_MAXDOUBLE;
}

static gboolean
is_taken (LeydenCanvas     *self,
          graphene_point_t  at)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model);
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  for (guint i = 0; i < nodes->len; i++)
    if (graphene_point_near (&((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->item.bounds.origin, &at, 4))
      return TRUE;
  for (guint i = 0; i < boxes->len; i++)
    if (graphene_point_near (&((LeydenCanvasBox *) g_ptr_array_index (boxes, i))->bounds.origin, &at, 4))
      return TRUE;
  return FALSE;
}

/* How far to move a fragment so that its upper left is at a point, or beside where it was. One upon the other steps down and right. */
static graphene_point_t
find_offset (LeydenCanvas           *self,
             LeydenValue            *fragment,
             const graphene_point_t *at)
{
  graphene_point_t origin, to;

  if (!get_origin (fragment, &origin))
    return GRAPHENE_POINT_INIT ((float) LEYDEN_CANVAS_GRID, (float) LEYDEN_CANVAS_GRID);
  to = origin;
  if (at != NULL)
    to = GRAPHENE_POINT_INIT (origin.x + (float) leyden_canvas_snap (at->x - origin.x), origin.y + (float) leyden_canvas_snap (at->y - origin.y));
  for (guint i = 0; i < 1000 && is_taken (self, to); i++)
    {
      to.x += (float) LEYDEN_CANVAS_GRID;
      to.y += (float) LEYDEN_CANVAS_GRID;
    }
  return GRAPHENE_POINT_INIT (to.x - origin.x, to.y - origin.y);
}

void
leyden_canvas_paste_fragment (LeydenCanvas           *self,
                              LeydenValue            *fragment,
                              const graphene_point_t *at)
{
  graphene_point_t offset;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) ids = NULL;
  guint n_dropped = 0;
  LeydenEdit *edit;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (fragment != NULL);

  if (self->model == NULL)
    return;
  offset = find_offset (self, fragment, at);
  edit = leyden_flow_paste_fragment (leyden_canvas_model_get_flow (self->model), fragment, offset.x, offset.y, &n_dropped, &ids, &error);
  if (edit == NULL)
    {
      leyden_canvas_fail (self, error);
      return;
    }
  if (!leyden_canvas_apply (self, edit))
    return;
  select_pasted (self, ids);
  if (n_dropped > 0)
    {
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u wire to a node that was not copied was left out",
                                                            "%u wires to nodes that were not copied were left out", n_dropped),
                                               n_dropped);
      g_signal_emit_by_name (self, "message", text);
    }
}

static void
duplicate_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_autoptr(LeydenValue) fragment = copy_selection (self);

  if (fragment != NULL)
    leyden_canvas_paste_fragment (self, fragment, NULL);
}

/* --- paste --- */

typedef struct
{
  LeydenCanvas *canvas;
  GCancellable *cancellable;
  GByteArray   *data;
  guint         timeout_id;
} Paste;

static void
paste_free (Paste *paste)
{
  g_clear_handle_id (&paste->timeout_id, g_source_remove);
  g_object_unref (paste->canvas);
  g_object_unref (paste->cancellable);
  g_byte_array_unref (paste->data);
  g_free (paste);
}

static void
paste_failed (Paste      *paste,
              const char *text)
{
  g_signal_emit_by_name (paste->canvas, "message", text);
  paste_free (paste);
}

/* What begins like JSON was meant to be some: then it helps to know what is wrong with it. */
static char *
explain_refusal (GByteArray   *data,
                 LeydenValue  *value,
                 const GError *error)
{
  guint i = 0;

  while (i < data->len && g_ascii_isspace (data->data[i]))
    i++;
  if (error != NULL && i < data->len && data->data[i] == '{')
    {
      g_autofree char *shown = leyden_text_escape (error->message, -1, 300);

      return g_strdup_printf (_("What the clipboard holds cannot be pasted: %s"), shown);
    }
  if (leyden_value_get_member (value, "leyden") != NULL)
    return g_strdup (_("The clipboard holds a whole flow. Save it as a file and open it, or copy its nodes."));
  return g_strdup (_("The clipboard holds no part of a flow"));
}

static void
paste_received (Paste *paste)
{
  LeydenCanvas *self = paste->canvas;
  g_autoptr(LeydenValue) fragment = NULL;
  g_autoptr(GError) error = NULL;

  if (self->model != NULL && paste->data->len > 0)
    fragment = leyden_json_parse ((const char *) paste->data->data, paste->data->len, NULL, &error);
  if (self->model == NULL || leyden_value_get_member (fragment, "leyden_fragment") == NULL)
    {
      g_autofree char *text = explain_refusal (paste->data, fragment, error);

      paste_failed (paste, text);
      return;
    }
  /* Where the pointer is, when it is here. */
  if ((gtk_widget_get_state_flags (GTK_WIDGET (self)) & GTK_STATE_FLAG_PRELIGHT) != 0)
    {
      graphene_point_t at = leyden_canvas_view_to_world (&self->view, self->pointer.x, self->pointer.y);

      leyden_canvas_paste_fragment (self, fragment, &at);
    }
  else
    leyden_canvas_paste_fragment (self, fragment, NULL);
  paste_free (paste);
}

static void
chunk_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Paste *paste = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, &error);

  if (bytes == NULL)
    {
      paste_failed (paste, _("The clipboard did not answer"));
      return;
    }
  if (g_bytes_get_size (bytes) == 0)
    {
      paste_received (paste);
      return;
    }
  g_byte_array_append (paste->data, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  if (paste->data->len > MAX_BYTES)
    paste_failed (paste, _("The clipboard holds more than 8 MiB; that is not pasted"));
  else
    g_input_stream_read_bytes_async (G_INPUT_STREAM (object), 65536, G_PRIORITY_DEFAULT, paste->cancellable, chunk_cb, paste);
}

static void
stream_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Paste *paste = data;
  g_autoptr(GInputStream) stream = gdk_clipboard_read_finish (GDK_CLIPBOARD (object), result, NULL, NULL);

  if (stream == NULL)
    paste_failed (paste, _("The clipboard holds no part of a flow"));
  else
    g_input_stream_read_bytes_async (stream, 65536, G_PRIORITY_DEFAULT, paste->cancellable, chunk_cb, paste);
}

static gboolean
timeout_cb (gpointer data)
{
  Paste *paste = data;

  paste->timeout_id = 0;
  g_cancellable_cancel (paste->cancellable);
  return G_SOURCE_REMOVE;
}

static void
paste_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  static const char *types[] = { FRAGMENT_TYPE, "text/plain;charset=utf-8", "text/plain", NULL };
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  Paste *paste;

  if (self->model == NULL)
    return;
  paste = g_new0 (Paste, 1);
  paste->canvas = g_object_ref (self);
  paste->cancellable = g_cancellable_new ();
  paste->data = g_byte_array_new ();
  paste->timeout_id = g_timeout_add_seconds (TIMEOUT_S, timeout_cb, paste);
  gdk_clipboard_read_async (gtk_widget_get_clipboard (widget), types, G_PRIORITY_DEFAULT, paste->cancellable, stream_cb, paste);
}

void
leyden_canvas_class_add_clipboard (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.copy", NULL, copy_action);
  gtk_widget_class_install_action (klass, "canvas.cut", NULL, cut_action);
  gtk_widget_class_install_action (klass, "canvas.paste", NULL, paste_action);
  gtk_widget_class_install_action (klass, "canvas.duplicate", NULL, duplicate_action);
}
