/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"
#include "leyden-report-private.h"

#include <cairo-pdf.h>
#include <glib/gi18n-lib.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "leyden-chart-cell.h"
#include "leyden-chart-plot.h"
#include "leyden-pdf-attach.h"

/* A4, in points. */
#define PAGE_WIDTH 595
#define PAGE_HEIGHT 842
#define MARGIN 42
#define FOOT 24
#define CHART_HEIGHT 210
#define VALUE_HEIGHT 92
#define VALUES_A_ROW 4
#define TEXT_SIZE 10
#define SMALL_SIZE 8.5
/* Rows of a table on paper; all are in the data. */
#define MOST_ROWS 300

typedef struct
{
  LeydenReport    *report;
  cairo_surface_t *surface;
  cairo_t         *cr;
  double           y;           /* where the next thing stands */
  guint            page;
  gboolean         mirrored;
} Sheet;

/* --- text --- */

static PangoLayout *
make_layout (Sheet      *self,
             const char *text,
             double      size,
             gboolean    bold,
             double      width)
{
  PangoLayout *layout = pango_cairo_create_layout (self->cr);
  PangoFontDescription *font = pango_font_description_new ();

  pango_font_description_set_family (font, "sans");
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

static void
set_ink (Sheet  *self,
         double  strength)
{
  cairo_set_source_rgba (self->cr, 0.18, 0.2, 0.21, strength);
}

static void
write_foot (Sheet *self)
{
  g_autofree char *number = g_strdup_printf (_("Page %u"), self->page);
  g_autoptr(PangoLayout) left = make_layout (self, self->report->title, SMALL_SIZE, FALSE, PAGE_WIDTH - 2 * MARGIN - 80);
  g_autoptr(PangoLayout) right = make_layout (self, number, SMALL_SIZE, FALSE, 80);

  pango_layout_set_ellipsize (left, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (right, PANGO_ALIGN_RIGHT);
  set_ink (self, 0.75);
  cairo_move_to (self->cr, MARGIN, PAGE_HEIGHT - MARGIN + 6);
  pango_cairo_show_layout (self->cr, left);
  cairo_move_to (self->cr, PAGE_WIDTH - MARGIN - 80, PAGE_HEIGHT - MARGIN + 6);
  pango_cairo_show_layout (self->cr, right);
}

static void
end_page (Sheet *self)
{
  write_foot (self);
  cairo_show_page (self->cr);
  self->page++;
  self->y = MARGIN;
}

/* A new page when there is no room for @height, unless this one is new. */
static void
need (Sheet  *self,
      double  height)
{
  if (self->y + height > PAGE_HEIGHT - MARGIN - FOOT && self->y > MARGIN)
    end_page (self);
}

/* Line by line: a text may be longer than a page. */
static void
write_text (Sheet      *self,
            const char *text,
            double      size,
            gboolean    bold,
            double      strength)
{
  g_autoptr(PangoLayout) layout = make_layout (self, text, size, bold, PAGE_WIDTH - 2 * MARGIN);
  PangoLayoutIter *iter = pango_layout_get_iter (layout);

  do
    {
      PangoRectangle extents;
      double height;

      pango_layout_iter_get_line_extents (iter, NULL, &extents);
      height = extents.height / (double) PANGO_SCALE;
      need (self, height);
      set_ink (self, strength);
      cairo_move_to (self->cr, MARGIN + extents.x / (double) PANGO_SCALE,
                     self->y + (pango_layout_iter_get_baseline (iter) - extents.y) / (double) PANGO_SCALE);
      pango_cairo_show_layout_line (self->cr, pango_layout_iter_get_line_readonly (iter));
      self->y += height;
    }
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
}

static void
write_head (Sheet *self)
{
  LeydenReport *report = self->report;

  write_text (self, report->title, 20, TRUE, 1);
  if (*report->subtitle != '\0')
    write_text (self, report->subtitle, TEXT_SIZE, FALSE, 1);
  self->y += 6;
  for (guint i = 0; i + 1 < report->facts->len; i += 2)
    {
      g_autofree char *line = g_strdup_printf (_("%s: %s"), (char *) report->facts->pdata[i], (char *) report->facts->pdata[i + 1]);

      write_text (self, line, TEXT_SIZE, FALSE, 1);
    }
  {
    g_autofree char *made = g_strdup_printf (_("Made: %s"), report->made);

    write_text (self, made, TEXT_SIZE, FALSE, 1);
  }
  self->y += 10;
}

/* --- tables --- */

static void
write_cell (Sheet      *self,
            const char *text,
            guint       column,
            guint       n,
            gboolean    bold)
{
  double each = (PAGE_WIDTH - 2 * MARGIN) / (double) n;
  g_autoptr(PangoLayout) layout = make_layout (self, text, SMALL_SIZE, bold, each - 4);

  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  cairo_move_to (self->cr, MARGIN + each * (self->mirrored ? n - 1 - column : column), self->y);
  set_ink (self, 1);
  pango_cairo_show_layout (self->cr, layout);
}

static void
write_titles (Sheet       *self,
              LeydenValue *columns)
{
  guint n = leyden_value_get_size (columns);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = leyden_chart_column_title (leyden_value_get_item (columns, i));

      write_cell (self, title, i, n, TRUE);
    }
  self->y += SMALL_SIZE * 1.7;
}

/* The titles again on each page. */
static void
write_table (Sheet       *self,
             LeydenChart *chart)
{
  LeydenValue *columns = leyden_chart_get_columns (chart), *rows = leyden_chart_get_rows (chart);
  guint n = leyden_value_get_size (columns), n_rows = leyden_value_get_size (rows), page;

  if (n == 0)
    return;
  need (self, 4 * SMALL_SIZE * 1.7);
  write_titles (self, columns);
  page = self->page;
  for (guint row = 0; row < MIN (n_rows, MOST_ROWS); row++)
    {
      need (self, SMALL_SIZE * 1.7);
      if (page != self->page)
        {
          page = self->page;
          write_titles (self, columns);
        }
      set_ink (self, 0.15);
      cairo_rectangle (self->cr, MARGIN, self->y - 1.5, PAGE_WIDTH - 2 * MARGIN, 0.5);
      cairo_fill (self->cr);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *text = leyden_chart_cell_to_text (leyden_value_get_item (leyden_value_get_item (rows, row), i), leyden_value_get_item (columns, i),
                                                             leyden_chart_get_zone (chart));

          write_cell (self, text, i, n, FALSE);
        }
      self->y += SMALL_SIZE * 1.7;
    }
  if (n_rows > MOST_ROWS)
    {
      g_autofree char *rest = g_strdup_printf (ngettext ("%u more row is in the data.", "%u more rows are in the data.", n_rows - MOST_ROWS), n_rows - MOST_ROWS);

      write_text (self, rest, SMALL_SIZE, FALSE, 0.8);
    }
}

/* --- panels --- */

static gboolean
is_kind (const LeydenReportPanel *panel,
         LeydenChartKind          kind)
{
  return panel->chart != NULL && leyden_chart_get_kind (panel->chart) == kind;
}

/* Few rows of bars need little room. */
static double
get_chart_height (LeydenChart *chart)
{
  LeydenChartKind kind = leyden_chart_get_kind (chart);
  guint n = leyden_chart_get_n_series (chart);

  if (kind == LEYDEN_CHART_KIND_BAR && leyden_chart_get_x (chart) == LEYDEN_CHART_X_CATEGORY)
    return CLAMP (60 + 16 * MAX (n, 1) * MAX (leyden_chart_get_n_categories (chart), 1), 80, CHART_HEIGHT);
  return kind == LEYDEN_CHART_KIND_WATERFALL ? CLAMP (50 + 22 * n, 80, CHART_HEIGHT) : CHART_HEIGHT;
}

static void
write_chart (Sheet             *self,
             LeydenReportPanel *panel)
{
  g_autofree char *notes = leyden_chart_describe_notes (panel->chart);
  LeydenChartStyle style;

  if (leyden_chart_get_kind (panel->chart) == LEYDEN_CHART_KIND_TABLE)
    write_table (self, panel->chart);
  else
    {
      leyden_chart_style_init (&style, FALSE);
      style.title = FALSE;
      style.background.alpha = 0;
      style.font_size = SMALL_SIZE + 0.5;
      style.mirrored = self->mirrored;
      cairo_save (self->cr);
      cairo_translate (self->cr, MARGIN, self->y);
      leyden_chart_paint (panel->chart, self->cr, PAGE_WIDTH - 2 * MARGIN, get_chart_height (panel->chart), &style);
      cairo_restore (self->cr);
      self->y += get_chart_height (panel->chart);
    }
  if (*notes != '\0')
    write_text (self, notes, SMALL_SIZE, FALSE, 0.8);
}

static void
write_panel (Sheet             *self,
             LeydenReportPanel *panel)
{
  double height = 34 + (panel->chart == NULL || is_kind (panel, LEYDEN_CHART_KIND_TABLE) ? 24 : get_chart_height (panel->chart));

  need (self, height);
  if (*panel->title != '\0')
    {
      g_autofree char *place = g_strdup_printf ("page=%u pos=[%d %d]", self->page, MARGIN, (int) self->y);

      cairo_pdf_surface_add_outline (self->surface, CAIRO_PDF_OUTLINE_ROOT, panel->title, place, 0);
      write_text (self, panel->title, 12, TRUE, 1);
      self->y += 3;
    }
  if (panel->chart != NULL)
    write_chart (self, panel);
  else
    write_text (self, panel->text, TEXT_SIZE, FALSE, panel->failed ? 0.85 : 1);
  self->y += 12;
}

/* Numbers by themselves stand side by side; as many of the list from @first on as there are in a row. */
static guint
write_values (Sheet     *self,
              GPtrArray *panels,
              guint      first)
{
  double width = (PAGE_WIDTH - 2 * MARGIN) / (double) VALUES_A_ROW;
  LeydenChartStyle style;
  guint n = 0;

  need (self, VALUE_HEIGHT + 12);
  leyden_chart_style_init (&style, FALSE);
  style.background.alpha = 0;
  style.font_size = SMALL_SIZE + 0.5;
  style.mirrored = self->mirrored;
  for (; n < VALUES_A_ROW && first + n < panels->len && is_kind (panels->pdata[first + n], LEYDEN_CHART_KIND_VALUE); n++)
    {
      LeydenReportPanel *panel = panels->pdata[first + n];
      g_autofree char *notes = leyden_chart_describe_notes (panel->chart);
      g_autoptr(PangoLayout) layout = make_layout (self, notes, SMALL_SIZE - 1, FALSE, width - 8);
      double x = MARGIN + width * (self->mirrored ? VALUES_A_ROW - 1 - n : n);

      cairo_save (self->cr);
      cairo_translate (self->cr, x, self->y);
      leyden_chart_paint (panel->chart, self->cr, width - 4, VALUE_HEIGHT - 14, &style);
      cairo_restore (self->cr);
      pango_layout_set_height (layout, -1);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      set_ink (self, 0.8);
      cairo_move_to (self->cr, x + 6, self->y + VALUE_HEIGHT - 14);
      pango_cairo_show_layout (self->cr, layout);
    }
  self->y += VALUE_HEIGHT + 12;
  return n;
}

/* --- the file --- */

static cairo_status_t
write_cb (void                *closure,
          const unsigned char *data,
          unsigned int         length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static GPtrArray *
list_files (LeydenReport *report)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (leyden_attached_file_free);

  for (guint i = 0; i < report->panels->len; i++)
    {
      LeydenReportPanel *panel = report->panels->pdata[i];
      g_autofree char *csv = NULL;
      g_autoptr(GBytes) bytes = NULL;

      if (panel->chart == NULL)
        continue;
      csv = leyden_chart_to_csv (panel->chart);
      bytes = g_bytes_new (csv, strlen (csv));
      g_ptr_array_add (files, leyden_attached_file_new (panel->file, panel->title, "text/csv", bytes));
    }
  return files;
}

static cairo_status_t
write_pages (LeydenReport *report,
             GByteArray   *out)
{
  Sheet sheet = { .report = report, .y = MARGIN, .page = 1 };
  cairo_status_t status;

  sheet.surface = cairo_pdf_surface_create_for_stream (write_cb, out, PAGE_WIDTH, PAGE_HEIGHT);
  /* Later versions keep objects in streams, to which nothing can be attached as simply. */
  cairo_pdf_surface_restrict_to_version (sheet.surface, CAIRO_PDF_VERSION_1_4);
  cairo_pdf_surface_set_metadata (sheet.surface, CAIRO_PDF_METADATA_TITLE, report->title);
  cairo_pdf_surface_set_metadata (sheet.surface, CAIRO_PDF_METADATA_CREATOR, "Leyden");
  sheet.cr = cairo_create (sheet.surface);
  sheet.mirrored = leyden_report_is_mirrored ();
  write_head (&sheet);
  for (guint i = 0; i < report->panels->len;)
    if (is_kind (report->panels->pdata[i], LEYDEN_CHART_KIND_VALUE))
      i += write_values (&sheet, report->panels, i);
    else
      write_panel (&sheet, report->panels->pdata[i++]);
  write_foot (&sheet);
  cairo_show_page (sheet.cr);
  status = cairo_status (sheet.cr);
  cairo_destroy (sheet.cr);
  cairo_surface_finish (sheet.surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (sheet.surface);
  cairo_surface_destroy (sheet.surface);
  return status;
}

GBytes *
leyden_report_write_pdf (LeydenReport  *self,
                         GError       **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autoptr(GPtrArray) files = NULL;
  g_autoptr(GBytes) pages = NULL;
  cairo_status_t status = write_pages (self, out);

  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("the report could not be drawn: %s"), cairo_status_to_string (status));
      return NULL;
    }
  pages = g_byte_array_free_to_bytes (g_steal_pointer (&out));
  files = list_files (self);
  if (files->len == 0)
    return g_steal_pointer (&pages);
  return leyden_pdf_attach (pages, files, self->made_ns / G_GINT64_CONSTANT (1000000000), error);
}
