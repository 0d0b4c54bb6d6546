/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-event-row.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-debug-path.h"
#include "leyden-record-text.h"
#include "leyden-row-text.h"
#include "leyden-steps-view.h"
#include "leyden-theme.h"

#define PADDING 3
#define GAP 9
#define MAX_SUMMARY 240
/* Of the mark of the record that is looked at, at the start side. */
#define MARK 3

typedef enum
{
  COLUMN_SEQUENCE,
  COLUMN_TIME,
  COLUMN_TYPE,
  COLUMN_NODE,
  COLUMN_SUMMARY,
  N_COLUMNS
} Column;

struct _LeydenEventRow
{
  GtkWidget               parent_instance;

  const LeydenEventTable *table;
  gboolean                titles;
  LeydenRecordItem       *item;         /* nullable */
  LeydenRowText           texts[N_COLUMNS];
  int                     em;           /* width of a figure; 0: not measured */
  int                     line;
};

G_DEFINE_FINAL_TYPE (LeydenEventRow, leyden_event_row, GTK_TYPE_WIDGET)

/* --- texts --- */

static const char *
get_column_title (Column column)
{
  switch (column)
    {
    case COLUMN_SEQUENCE:
      return _("Record");
    case COLUMN_TIME:
      return _("Time");
    case COLUMN_TYPE:
      return _("What");
    case COLUMN_NODE:
      return _("Node");
    case COLUMN_SUMMARY:
      return _("What it says");
    case N_COLUMNS:
    default:
      return "";
    }
}

static char *
format_time (LeydenEventRow *self,
             LeydenValue    *record)
{
  gint64 time = leyden_value_get_member_int (record, "time", 0);

  if (time == 0 || self->table->start_ns == 0)
    return g_strdup ("");
  return leyden_format_duration ((double) MAX (time - self->table->start_ns, 0) / 1e6);
}

static char *
format_column (LeydenEventRow *self,
               Column          column)
{
  LeydenValue *record = leyden_record_item_get_record (self->item);
  const char *node = leyden_value_get_member_string (record, "node", NULL);

  if (column == COLUMN_SEQUENCE)
    return g_strdup_printf ("%'" PRIu64, leyden_record_item_get_sequence (self->item));
  if (record == NULL || leyden_value_is_null (record))
    return g_strdup (column != COLUMN_TYPE ? "" : record == NULL ? "…" : "–");
  switch (column)
    {
    case COLUMN_TIME:
      return format_time (self, record);
    case COLUMN_TYPE:
      return leyden_record_type_title (leyden_value_get_member_string (record, "type", ""));
    case COLUMN_NODE:
      return node != NULL && *node != '\0' ? leyden_debug_path_dup_title (self->table->flow, node) : g_strdup ("");
    case COLUMN_SUMMARY:
      return leyden_record_summarize (record, MAX_SUMMARY);
    case COLUMN_SEQUENCE:
    case N_COLUMNS:
    default:
      g_assert_not_reached ();
    }
}

static char *
describe (LeydenEventRow *self)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *sequence = format_column (self, COLUMN_SEQUENCE);
  LeydenValue *record = leyden_record_item_get_record (self->item);

  g_string_append_printf (text, _("Record %s"), sequence);
  if (record == NULL)
    return g_string_free (g_steal_pointer (&text), FALSE);
  for (Column column = COLUMN_TYPE; column < N_COLUMNS; column++)
    {
      g_autofree char *part = format_column (self, column);

      if (*part != '\0')
        {
          g_string_append (text, _(", "));
          g_string_append (text, part);
        }
    }
  if (leyden_record_item_get_sequence (self->item) == self->table->position)
    {
      g_string_append (text, _(", "));
      g_string_append (text, _("looked at"));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- places --- */

static void
get_places (LeydenEventRow *self,
            int             width,
            int             x[N_COLUMNS],
            int             room[N_COLUMNS])
{
  const int wanted[N_COLUMNS] = { 9 * self->em, 9 * self->em, 20 * self->em, 22 * self->em, 0 };
  int at = GAP, end = width - GAP;

  for (Column column = 0; column < N_COLUMNS; column++)
    {
      /* Where it is narrow time and node go first: they are in the row's name and in the details. */
      gboolean shown = (column != COLUMN_NODE || width > 76 * self->em) && (column != COLUMN_TIME || width > 56 * self->em);

      x[column] = at;
      room[column] = !shown ? 0 : column == COLUMN_SUMMARY ? MAX (end - at, 0) : MIN (wanted[column], width * 2 / 5);
      at += shown ? room[column] + GAP : 0;
    }
}

/* --- drawing --- */

static void
measure_text (LeydenEventRow *self)
{
  g_autoptr(PangoLayout) layout = NULL;

  if (self->em > 0)
    return;
  layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "0000000000");
  pango_layout_get_pixel_size (layout, &self->em, &self->line);
  self->em = MAX (self->em / 10, 1);
}

static gboolean
is_bad (LeydenValue *record)
{
  const char *type = leyden_value_get_member_string (record, "type", "");
  LeydenValue *payload = leyden_value_get_member (record, "payload");

  return g_str_equal (type, "node.failed") || !leyden_value_is_null (leyden_value_get_member (payload, "error"));
}

static void
leyden_event_row_snapshot (GtkWidget   *widget,
                           GtkSnapshot *snapshot)
{
  LeydenEventRow *self = LEYDEN_EVENT_ROW (widget);
  int x[N_COLUMNS], room[N_COLUMNS];
  GdkRGBA foreground, error, accent;

  if (self->item == NULL && !self->titles)
    return;
  measure_text (self);
  leyden_theme_look_up_color (widget, NULL, &foreground);
  leyden_theme_look_up_color (widget, "error_color", &error);
  leyden_theme_look_up_color (widget, "accent_color", &accent);
  get_places (self, gtk_widget_get_width (widget), x, room);
  if (self->item != NULL && leyden_record_item_get_sequence (self->item) == self->table->position)
    gtk_snapshot_append_color (snapshot, &accent, &GRAPHENE_RECT_INIT ((float) leyden_row_turn (widget, 0, MARK), 0, MARK, (float) gtk_widget_get_height (widget)));
  for (Column column = 0; column < N_COLUMNS; column++)
    {
      gboolean bad = column == COLUMN_TYPE && self->item != NULL && is_bad (leyden_record_item_get_record (self->item));

      if (room[column] <= 0)
        continue;
      if (self->texts[column].layout == NULL)
        {
          g_autofree char *words = self->titles ? g_strdup (get_column_title (column)) : format_column (self, column);

          leyden_row_text_set (&self->texts[column], widget, words);
        }
      leyden_row_text_draw (&self->texts[column], widget, snapshot, bad ? &error : &foreground, x[column], room[column], column <= COLUMN_TIME);
    }
}

static void
leyden_event_row_measure (GtkWidget      *widget,
                          GtkOrientation  orientation,
                          int             for_size,
                          int            *minimum,
                          int            *natural,
                          int            *minimum_baseline,
                          int            *natural_baseline)
{
  LeydenEventRow *self = LEYDEN_EVENT_ROW (widget);

  measure_text (self);
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? self->line + 2 * PADDING : 80;
}

/* --- items --- */

static void
clear_texts (LeydenEventRow *self)
{
  for (Column column = 0; column < N_COLUMNS; column++)
    leyden_row_text_clear (&self->texts[column]);
}

/* The list's own widget around a row has the focus, and no name before GTK 4.12. */
static void
speak (LeydenEventRow *self)
{
  GtkWidget *around = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *name = NULL;

  if (self->item == NULL || around == NULL)
    return;
  name = describe (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
leyden_event_row_refresh (LeydenEventRow *self)
{
  g_return_if_fail (LEYDEN_IS_EVENT_ROW (self));

  clear_texts (self);
  speak (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

LeydenRecordItem *
leyden_event_row_get_item (LeydenEventRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_EVENT_ROW (self), NULL);
  return self->item;
}

void
leyden_event_row_set_item (LeydenEventRow   *self,
                           LeydenRecordItem *item)
{
  g_return_if_fail (LEYDEN_IS_EVENT_ROW (self));

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_object (item, "changed", G_CALLBACK (leyden_event_row_refresh), self, G_CONNECT_SWAPPED);
  leyden_event_row_refresh (self);
}

/* --- class --- */

static void
leyden_event_row_css_changed (GtkWidget         *widget,
                              GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_event_row_parent_class)->css_changed (widget, change);
  LEYDEN_EVENT_ROW (widget)->em = 0;
  clear_texts (LEYDEN_EVENT_ROW (widget));
  gtk_widget_queue_resize (widget);
}

static void
leyden_event_row_dispose (GObject *object)
{
  LeydenEventRow *self = LEYDEN_EVENT_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  clear_texts (self);
  G_OBJECT_CLASS (leyden_event_row_parent_class)->dispose (object);
}

static void
leyden_event_row_class_init (LeydenEventRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_event_row_dispose;
  widget_class->measure = leyden_event_row_measure;
  widget_class->snapshot = leyden_event_row_snapshot;
  widget_class->css_changed = leyden_event_row_css_changed;
  gtk_widget_class_set_css_name (widget_class, "eventrow");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
leyden_event_row_init (LeydenEventRow *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
leyden_event_row_new (const LeydenEventTable *table,
                      gboolean                titles)
{
  LeydenEventRow *self = g_object_new (LEYDEN_TYPE_EVENT_ROW, NULL);

  self->table = table;
  self->titles = titles;
  return GTK_WIDGET (self);
}
