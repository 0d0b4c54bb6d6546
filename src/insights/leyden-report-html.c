/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"
#include "leyden-report-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chart-cell.h"
#include "leyden-chart-write.h"

#define CHART_WIDTH 760
#define CHART_HEIGHT 300
/* Rows of a table that are shown; all are in the data. */
#define MOST_ROWS 500

/* Nothing is loaded and nothing runs, whatever a text in it may say. */
static const char head[] =
  "<meta charset=\"utf-8\">\n"
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
  "<meta name=\"generator\" content=\"Leyden\">\n";

static const char style[] =
  "<style>\n"
  ":root{color-scheme:light}body{font:16px/1.5 sans-serif;color:#2e3436;background:#fff;max-width:800px;margin:2em auto;padding:0 16px}\n"
  "h1{margin-bottom:.2em}h2{font-size:1.15em;margin:1.6em 0 .3em}figure{margin:0}figure svg{width:100%;height:auto}\n"
  "figcaption,.notes,dd,dt{font-size:.9em}.notes{color:#5e5c64}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}dd{margin:0}\n"
  "table{border-collapse:collapse;width:100%;font-size:.9em}th,td{text-align:start;padding:.25em .5em;border-bottom:1px solid #deddda}td.number{text-align:end}\n"
  ".failed{border-inline-start:4px solid #c01c28;padding-inline-start:.7em}.scroll{overflow-x:auto}pre{white-space:pre-wrap;font:inherit}\n"
  "a{color:#1a5fb4}@media print{a.data{display:none}h2{break-after:avoid}figure{break-inside:avoid}}\n"
  "</style>\n";

static void
append_text (GString    *out,
             const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append (out, escaped);
}

static void
append_element (GString    *out,
                const char *name,
                const char *text)
{
  g_string_append_printf (out, "<%s>", name);
  append_text (out, text);
  g_string_append_printf (out, "</%s>\n", name);
}

/* The picture without the line that XML begins with. Several stand in one page: each has names of its own. */
static void
append_svg (GString *out,
            GBytes  *svg,
            guint    number)
{
  gsize length;
  const char *data = g_bytes_get_data (svg, &length);
  g_autofree char *text = g_strndup (data, length);
  const char *root = strstr (text, "<svg");
  g_autoptr(GString) own = g_string_new (root != NULL ? root : "");
  g_autofree char *id = g_strdup_printf (" id=\"c%u-", number);
  g_autofree char *reference = g_strdup_printf ("href=\"#c%u-", number);
  g_autofree char *url = g_strdup_printf ("url(#c%u-", number);

  g_string_replace (own, " id=\"", id, 0);
  g_string_replace (own, "href=\"#", reference, 0);
  g_string_replace (own, "url(#", url, 0);
  g_string_replace (own, "<svg ", "<svg role=\"img\" ", 1);
  g_string_append (out, own->str);
}

static gboolean
is_number (LeydenValue *cell)
{
  return leyden_value_get_kind (cell) == LEYDEN_VALUE_NUMBER;
}

static void
append_table (GString     *out,
              LeydenChart *chart)
{
  LeydenValue *columns = leyden_chart_get_columns (chart), *rows = leyden_chart_get_rows (chart);
  guint n = leyden_value_get_size (columns), n_rows = leyden_value_get_size (rows);

  g_string_append (out, "<div class=\"scroll\"><table><thead><tr>");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = leyden_chart_column_title (leyden_value_get_item (columns, i));

      g_string_append (out, "<th scope=\"col\">");
      append_text (out, title);
      g_string_append (out, "</th>");
    }
  g_string_append (out, "</tr></thead>\n<tbody>\n");
  for (guint row = 0; row < MIN (n_rows, MOST_ROWS); row++)
    {
      g_string_append (out, "<tr>");
      for (guint i = 0; i < n; i++)
        {
          LeydenValue *cell = leyden_value_get_item (leyden_value_get_item (rows, row), i);
          g_autofree char *text = leyden_chart_cell_to_text (cell, leyden_value_get_item (columns, i), leyden_chart_get_zone (chart));

          g_string_append (out, is_number (cell) ? "<td class=\"number\">" : "<td>");
          append_text (out, text);
          g_string_append (out, "</td>");
        }
      g_string_append (out, "</tr>\n");
    }
  g_string_append (out, "</tbody></table></div>\n");
  if (n_rows > MOST_ROWS)
    {
      g_autofree char *rest = g_strdup_printf (ngettext ("%u more row is in the data.", "%u more rows are in the data.", n_rows - MOST_ROWS), n_rows - MOST_ROWS);

      append_element (out, "p", rest);
    }
}

static void
append_data (GString           *out,
             LeydenReportPanel *panel)
{
  g_autofree char *csv = leyden_chart_to_csv (panel->chart);
  g_autofree char *packed = g_base64_encode ((const guchar *) csv, strlen (csv));

  g_string_append_printf (out, "<p><a class=\"data\" download=\"%s\" href=\"data:text/csv;charset=utf-8;base64,%s\">", panel->file, packed);
  append_text (out, _("Data (CSV)"));
  g_string_append (out, "</a></p>\n");
}

/* Few rows of bars need little room. */
static double
get_height (LeydenChart *chart)
{
  LeydenChartKind kind = leyden_chart_get_kind (chart);
  guint n = MAX (leyden_chart_get_n_series (chart), 1);

  if (kind == LEYDEN_CHART_KIND_VALUE)
    return 70 * n + 20;
  if (kind == LEYDEN_CHART_KIND_BAR && leyden_chart_get_x (chart) == LEYDEN_CHART_X_CATEGORY)
    return CLAMP (80 + 20 * n * leyden_chart_get_n_categories (chart), 110, CHART_HEIGHT);
  return CHART_HEIGHT;
}

static gboolean
append_chart (GString            *out,
              LeydenReportPanel  *panel,
              guint               number,
              GError            **error)
{
  g_autofree char *words = leyden_chart_describe (panel->chart);
  LeydenChartStyle look;
  g_autoptr(GBytes) svg = NULL;

  if (leyden_chart_get_kind (panel->chart) == LEYDEN_CHART_KIND_TABLE)
    append_table (out, panel->chart);
  else
    {
      leyden_chart_style_init (&look, FALSE);
      look.title = FALSE;
      look.mirrored = leyden_report_is_mirrored ();
      svg = leyden_chart_write (panel->chart, LEYDEN_CHART_SVG, &look, CHART_WIDTH, get_height (panel->chart), error);
      if (svg == NULL)
        return FALSE;
      g_string_append (out, "<figure>");
      append_svg (out, svg, number);
      g_string_append (out, "\n");
      append_element (out, "figcaption", words);
      g_string_append (out, "</figure>\n");
    }
  append_data (out, panel);
  return TRUE;
}

static void
append_head (LeydenReport *self,
             GString      *out)
{
  g_autofree char *language = leyden_report_dup_language ();

  g_string_append_printf (out, "<!DOCTYPE html>\n<html lang=\"%s\"%s>\n<head>\n%s", language, leyden_report_is_mirrored () ? " dir=\"rtl\"" : "", head);
  append_element (out, "title", self->title);
  g_string_append (out, style);
  g_string_append (out, "</head>\n<body>\n");
  append_element (out, "h1", self->title);
  if (*self->subtitle != '\0')
    append_element (out, "p", self->subtitle);
  g_string_append (out, "<dl>\n");
  for (guint i = 0; i + 1 < self->facts->len; i += 2)
    {
      append_element (out, "dt", self->facts->pdata[i]);
      append_element (out, "dd", self->facts->pdata[i + 1]);
    }
  append_element (out, "dt", _("Made"));
  append_element (out, "dd", self->made);
  g_string_append (out, "</dl>\n");
}

GBytes *
leyden_report_write_html (LeydenReport  *self,
                          GError       **error)
{
  g_autoptr(GString) out = g_string_new (NULL);

  append_head (self, out);
  for (guint i = 0; i < self->panels->len; i++)
    {
      LeydenReportPanel *panel = self->panels->pdata[i];

      g_string_append (out, "<section>\n");
      if (*panel->title != '\0')
        append_element (out, "h2", panel->title);
      if (panel->text != NULL)
        {
          g_string_append (out, panel->failed ? "<div class=\"failed\">" : "<div>");
          append_element (out, "pre", panel->text);
          g_string_append (out, "</div>\n");
        }
      else if (!append_chart (out, panel, i, error))
        return NULL;
      g_string_append (out, "</section>\n");
    }
  g_string_append (out, "</body>\n</html>\n");
  return g_string_free_to_bytes (g_steal_pointer (&out));
}
