/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"
#include "leyden-report-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-chart-format.h"
#include "leyden-text.h"

#define TITLE_CHARS 200
#define TEXT_CHARS 20000
#define FILE_CHARS 40

static const struct
{
  const char *name;
  const char *media_type;
} formats[] = {
  [LEYDEN_REPORT_PDF] = { "pdf", "application/pdf" },
  [LEYDEN_REPORT_HTML] = { "html", "text/html; charset=utf-8" },
};

gboolean
leyden_report_format_from_name (const char         *name,
                                LeydenReportFormat *format)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_strcmp0 (formats[i].name, name) == 0)
      {
        *format = (LeydenReportFormat) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_report_format_get_name (LeydenReportFormat format)
{
  return formats[format].name;
}

const char *
leyden_report_format_get_media_type (LeydenReportFormat format)
{
  return formats[format].media_type;
}

static void
panel_free (gpointer data)
{
  LeydenReportPanel *panel = data;

  g_free (panel->title);
  g_free (panel->text);
  g_clear_object (&panel->chart);
  g_free (panel->file);
  g_free (panel);
}

static char *
display (const char *text,
         guint       max_chars,
         gboolean    multiline)
{
  return text != NULL && *text != '\0' ? leyden_text_display (text, -1, max_chars, multiline) : g_strdup ("");
}

LeydenReport *
leyden_report_new (const char *title,
                   const char *subtitle,
                   const char *zone,
                   gint64      made_ns)
{
  LeydenReport *self = g_new0 (LeydenReport, 1);

  self->title = display (title, TITLE_CHARS, FALSE);
  self->subtitle = display (subtitle, 2000, TRUE);
  self->zone = zone != NULL && *zone != '\0' ? g_time_zone_new_identifier (zone) : NULL;
  if (self->zone == NULL)
    self->zone = g_time_zone_new_utc ();
  self->made_ns = made_ns;
  self->made = leyden_chart_format_time ((double) made_ns, self->zone, 60e9);
  self->facts = g_ptr_array_new_with_free_func (g_free);
  self->panels = g_ptr_array_new_with_free_func (panel_free);
  return self;
}

void
leyden_report_free (LeydenReport *self)
{
  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->made);
  g_time_zone_unref (self->zone);
  g_ptr_array_unref (self->facts);
  g_ptr_array_unref (self->panels);
  g_free (self);
}

const char *
leyden_report_get_title (LeydenReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->title;
}

void
leyden_report_add_fact (LeydenReport *self,
                        const char   *name,
                        const char   *value)
{
  g_return_if_fail (self != NULL && name != NULL && value != NULL);

  g_ptr_array_add (self->facts, display (name, 100, FALSE));
  g_ptr_array_add (self->facts, display (value, 500, FALSE));
}

static LeydenReportPanel *
add_panel (LeydenReport *self,
           const char   *title)
{
  LeydenReportPanel *panel = g_new0 (LeydenReportPanel, 1);

  panel->title = display (title, TITLE_CHARS, FALSE);
  g_ptr_array_add (self->panels, panel);
  return panel;
}

void
leyden_report_add_text (LeydenReport *self,
                        const char   *title,
                        const char   *text)
{
  g_return_if_fail (self != NULL && text != NULL);

  add_panel (self, title)->text = display (text, TEXT_CHARS, TRUE);
}

/* "03-cost-by-model.csv": letters and digits that every system takes. */
static char *
make_file_name (guint       number,
                const char *title)
{
  GString *name = g_string_new (NULL);

  g_string_append_printf (name, "%02u-", number);
  for (const char *p = title; *p != '\0' && name->len < FILE_CHARS; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, g_ascii_tolower (*p));
    else if (name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  while (name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  g_string_append (name, ".csv");
  return g_string_free (name, FALSE);
}

void
leyden_report_add_panel (LeydenReport *self,
                         const char   *title,
                         const char   *kind,
                         LeydenValue  *result,
                         LeydenValue  *options)
{
  LeydenChartKind chart_kind;
  const char *error;
  LeydenReportPanel *panel;

  g_return_if_fail (self != NULL);

  panel = add_panel (self, title);
  error = leyden_value_get_member_string (result, "error", NULL);
  if (error != NULL || !leyden_chart_kind_from_name (kind, &chart_kind))
    {
      panel->text = display (error != NULL ? error : _("This panel cannot be drawn."), 500, TRUE);
      panel->failed = TRUE;
      return;
    }
  panel->chart = leyden_chart_new (chart_kind);
  leyden_chart_set_result (panel->chart, chart_kind, result, options);
  leyden_chart_set_title (panel->chart, title);
  panel->file = make_file_name (self->panels->len, title != NULL ? title : "");
}

GBytes *
leyden_report_write (LeydenReport        *self,
                     LeydenReportFormat   format,
                     GError             **error)
{
  g_return_val_if_fail (self != NULL, NULL);

  return format == LEYDEN_REPORT_PDF ? leyden_report_write_pdf (self, error) : leyden_report_write_html (self, error);
}

char *
leyden_report_dup_language (void)
{
  const char *first = g_get_language_names ()[0];
  g_autofree char *language = g_strdelimit (g_strndup (first, strcspn (first, ".@")), "_", '-');

  for (const char *p = language; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      return g_strdup ("en");
  return strcmp (language, "C") == 0 || strcmp (language, "POSIX") == 0 ? g_strdup ("en") : g_steal_pointer (&language);
}

gboolean
leyden_report_is_mirrored (void)
{
  static const char * const languages[] = { "ar", "fa", "he", "ur", "yi" };
  g_autofree char *language = leyden_report_dup_language ();

  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    if (g_str_has_prefix (language, languages[i]) && !g_ascii_isalpha (language[2]))
      return TRUE;
  return FALSE;
}

/* --- in a thread --- */

typedef struct
{
  LeydenReport       *report;
  LeydenReportFormat  format;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  leyden_report_free (job->report);
  g_free (job);
}

static void
write_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Job *job = data;
  GError *error = NULL;
  GBytes *bytes = leyden_report_write (job->report, job->format, &error);

  if (bytes != NULL)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
leyden_report_write_async (LeydenReport        *report,
                           LeydenReportFormat   format,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new (Job, 1);

  *job = (Job) { report, format };
  g_task_set_source_tag (task, leyden_report_write_async);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, write_thread);
}

GBytes *
leyden_report_write_finish (GAsyncResult  *result,
                            GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
