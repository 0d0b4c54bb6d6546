/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-budgets.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-sql-text.h"

/* More than anybody spends; sums of such amounts stay exact to a cent. */
#define MAX_AMOUNT 1e12

static gboolean
is_amount (LeydenValue *value)
{
  double amount;

  return leyden_value_is_null (value) || (leyden_value_get_double (value, &amount) && amount >= 0 && amount <= MAX_AMOUNT);
}

static gboolean
check_amounts (LeydenValue  *budgets,
               const char   *key,
               GError      **error)
{
  LeydenValue *amounts = leyden_value_get_member (budgets, key);

  if (leyden_value_is_null (amounts))
    return TRUE;
  if (leyden_value_get_kind (amounts) != LEYDEN_VALUE_OBJECT || leyden_value_get_size (amounts) > LEYDEN_BUDGETS_MAX_FLOWS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s” is an object of at most %d amounts"), key, LEYDEN_BUDGETS_MAX_FLOWS);
      return FALSE;
    }
  for (guint i = 0; i < leyden_value_get_size (amounts); i++)
    if (!is_amount (leyden_value_get_item (amounts, i)))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s”: an amount is a number from 0 to 1e12"), key);
        return FALSE;
      }
  return TRUE;
}

gboolean
leyden_budgets_check (LeydenValue  *budgets,
                      GError      **error)
{
  const char *currency = leyden_value_get_member_string (budgets, "currency", "USD");

  if (leyden_value_get_kind (budgets) != LEYDEN_VALUE_OBJECT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("budgets are an object"));
      return FALSE;
    }
  if (strlen (currency) != 3 || strspn (currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“currency” is three capital letters"));
      return FALSE;
    }
  if (!is_amount (leyden_value_get_member (budgets, "month")))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s”: an amount is a number from 0 to 1e12"), "month");
      return FALSE;
    }
  return check_amounts (budgets, "flows", error) && check_amounts (budgets, "value_per_success", error);
}

LeydenValue *
leyden_budgets_read (sqlite3 *db)
{
  g_autoptr(LeydenStatement) statement = NULL;
  LeydenValue *budgets = NULL;

  if (sqlite3_prepare_v2 (db, "SELECT value FROM main.documents WHERE kind = '" LEYDEN_BUDGETS_KIND "' AND name = '" LEYDEN_BUDGETS_NAME "'", -1,
                          &statement, NULL) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW)
    budgets = leyden_json_parse ((const char *)sqlite3_column_text (statement, 0), -1, NULL, NULL);
  return budgets != NULL ? budgets : leyden_json_parse ("{\"currency\":\"USD\"}", -1, NULL, NULL);
}

double
leyden_budgets_get (LeydenValue *budgets,
                    const char  *flow)
{
  LeydenValue *amount = flow != NULL ? leyden_value_get_member (leyden_value_get_member (budgets, "flows"), flow)
                                     : leyden_value_get_member (budgets, "month");
  double out;

  return leyden_value_get_double (amount, &out) ? out : NAN;
}
