/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-reports.h"

#include <glib/gi18n-lib.h>

#include "leyden-dashboard.h"
#include "leyden-report.h"

/* Routes of reports and of their schedules. */

void
leyden_gateway_list_reports (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  if (!leyden_reports_defer (self->reports, exchange, leyden_gateway_list_reports))
    leyden_gateway_respond_take (exchange, 200, leyden_reports_list (self->reports));
}

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenHttpExchange) exchange = data;
  g_autoptr(GError) error = NULL;
  LeydenValue *row = leyden_reports_make_finish (NULL, result, &error);

  if (row != NULL)
    leyden_gateway_respond_take (exchange, 201, row);
  else
    leyden_gateway_respond_gerror (exchange, error);
}

/* {"dashboard": id or "experiment": id, "format"?: "pdf" or "html", "title"?, "zone"?, "time"?, "variables"?} */
void
leyden_gateway_make_report (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (leyden_reports_check (body, &error))
    leyden_reports_make_async (self->reports, body, NULL, made_cb, leyden_http_exchange_ref (exchange));
  else
    leyden_gateway_respond_gerror (exchange, error);
}

static void
respond_unknown (LeydenHttpExchange *exchange,
                 const char         *id)
{
  leyden_http_exchange_respond_error (exchange, 404, _("There is no report “%s”"), id);
}

/* The file itself. It runs nothing, and a browser is told so besides. */
void
leyden_gateway_get_report (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  LeydenValue *row = leyden_reports_find (self->reports, id);
  g_autofree char *path = row != NULL ? leyden_reports_get_path (self->reports, row) : NULL;
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *disposition = NULL;
  LeydenReportFormat format = LEYDEN_REPORT_PDF;

  if (leyden_reports_defer (self->reports, exchange, leyden_gateway_get_report))
    return;
  if (path == NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      respond_unknown (exchange, id);
      return;
    }
  leyden_report_format_from_name (leyden_value_get_member_string (row, "format", "pdf"), &format);
  disposition = g_strdup_printf ("attachment; filename=\"%s\"", g_strdelimit (name, "\"\\\r\n", '-'));
  leyden_http_exchange_add_header (exchange, "Content-Disposition", disposition);
  leyden_http_exchange_add_header (exchange, "Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  leyden_http_exchange_respond_file (exchange, 200, leyden_report_format_get_media_type (format), path);
}

void
leyden_gateway_delete_report (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");

  if (leyden_reports_defer (self->reports, exchange, leyden_gateway_delete_report))
    return;
  if (leyden_reports_remove (self->reports, id))
    leyden_http_exchange_respond (exchange, 204, NULL, NULL);
  else
    respond_unknown (exchange, id);
}

/* --- schedules --- */

void
leyden_gateway_list_schedules (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  if (!leyden_reports_defer (self->reports, exchange, leyden_gateway_list_schedules))
    leyden_gateway_respond_take (exchange, 200, leyden_reports_list_schedules (self->reports));
}

void
leyden_gateway_put_schedule (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  g_autoptr(GError) error = NULL;
  LeydenValue *row = NULL;

  if (body == NULL || leyden_reports_defer (self->reports, exchange, leyden_gateway_put_schedule))
    return;
  if (!leyden_dashboard_is_id (id))
    leyden_http_exchange_respond_error (exchange, 422, _("The id of a schedule has 1 to 64 letters, digits, '-' or '_'"));
  else if (!leyden_reports_check_schedule (body, &error))
    leyden_gateway_respond_gerror (exchange, error);
  else if (leyden_reports_put_schedule (self->reports, id, body, &row))
    leyden_gateway_respond_take (exchange, 200, row);
  else
    leyden_http_exchange_respond_error (exchange, 422, _("There are too many schedules; remove one first"));
}

void
leyden_gateway_delete_schedule (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");

  if (leyden_reports_defer (self->reports, exchange, leyden_gateway_delete_schedule))
    return;
  if (leyden_reports_put_schedule (self->reports, id, NULL, NULL))
    leyden_http_exchange_respond (exchange, 204, NULL, NULL);
  else
    leyden_http_exchange_respond_error (exchange, 404, _("There is no schedule “%s”"), id);
}
