/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-reports.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-report-maker.h"
#include "leyden-schedule.h"

#define REPORT "report"
#define SCHEDULE "report-schedule"
/* The clock is looked at so often; what was missed while the machine slept is made then, too. */
#define LOOK_S 20
#define NS G_GINT64_CONSTANT (1000000000)
#define MAX_SCHEDULES 100
/* Reports that were asked for are kept up to this number; those of a schedule as it says. */
#define KEPT_ON_DEMAND 200
#define USUAL_KEEP 30
#define MAX_KEEP 1000
#define NAME_CHARS 40

typedef struct
{
  LeydenValue *value;           /* as it was put */
  gint64       last_ns;         /* when it was made last, or put */
  char        *error;           /* nullable: what came of it */
  char        *report;          /* nullable: the last one */
  gboolean     making;
} Schedule;

struct _LeydenReports
{
  LeydenGateway *gateway;       /* borrowed */
  char          *folder;
  GHashTable    *reports;       /* id → LeydenValue, its row */
  GHashTable    *schedules;     /* id → Schedule */
  GCancellable  *cancellable;
  GSource       *clock;
  GArray        *waiting;       /* Waiting; NULL: what there is has been read */
  gboolean       stopped;
};

/* A request that came before what there is was read. */
typedef struct
{
  LeydenHttpExchange *exchange;
  LeydenRouteHandler  handler;
} Waiting;

static void
clear_waiting (gpointer data)
{
  leyden_http_exchange_unref (((Waiting *) data)->exchange);
}

static void
schedule_free (gpointer data)
{
  Schedule *schedule = data;

  leyden_value_unref (schedule->value);
  g_free (schedule->error);
  g_free (schedule->report);
  g_free (schedule);
}

LeydenReports *
leyden_reports_new (LeydenGateway *gateway)
{
  LeydenReports *self = g_new0 (LeydenReports, 1);

  self->gateway = gateway;
  self->folder = g_strconcat (gateway->database, "-reports", NULL);
  self->reports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  self->schedules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, schedule_free);
  self->cancellable = g_cancellable_new ();
  self->waiting = g_array_new (FALSE, FALSE, sizeof (Waiting));
  g_array_set_clear_func (self->waiting, clear_waiting);
  return self;
}

void
leyden_reports_stop (LeydenReports *self)
{
  self->stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->clock != NULL)
    g_source_destroy (self->clock);
  g_clear_pointer (&self->clock, g_source_unref);
}

void
leyden_reports_free (LeydenReports *self)
{
  leyden_reports_stop (self);
  g_clear_pointer (&self->waiting, g_array_unref);
  g_hash_table_unref (self->reports);
  g_hash_table_unref (self->schedules);
  g_object_unref (self->cancellable);
  g_free (self->folder);
  g_free (self);
}

gboolean
leyden_reports_defer (LeydenReports      *self,
                      LeydenHttpExchange *exchange,
                      LeydenRouteHandler  handler)
{
  Waiting waiting = { exchange, handler };

  if (self->waiting == NULL)
    return FALSE;
  leyden_http_exchange_ref (exchange);
  g_array_append_val (self->waiting, waiting);
  return TRUE;
}

static void
answer_waiting (LeydenReports *self)
{
  g_autoptr(GArray) waiting = g_steal_pointer (&self->waiting);

  for (guint i = 0; i < waiting->len; i++)
    {
      Waiting *one = &g_array_index (waiting, Waiting, i);

      one->handler (self->gateway, one->exchange);
    }
}

static gboolean
is_enabled (Schedule *schedule)
{
  return leyden_value_get_member_boolean (schedule->value, "enabled", TRUE);
}

gboolean
leyden_reports_is_busy (LeydenReports *self)
{
  GHashTableIter iter;
  gpointer schedule;

  g_hash_table_iter_init (&iter, self->schedules);
  while (g_hash_table_iter_next (&iter, NULL, &schedule))
    if (is_enabled (schedule))
      return TRUE;
  return FALSE;
}

/* --- checking --- */

gboolean
leyden_reports_check (LeydenValue  *request,
                      GError      **error)
{
  LeydenReportFormat format;

  if (!leyden_report_format_from_name (leyden_value_get_member_string (request, "format", "pdf"), &format))
    {
      g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("format: must be “pdf” or “html”"));
      return FALSE;
    }
  return leyden_report_maker_check (request, error);
}

gboolean
leyden_reports_check_schedule (LeydenValue  *schedule,
                               GError      **error)
{
  g_autoptr(GError) local = NULL;
  LeydenValue *keep = leyden_value_get_member (schedule, "keep");
  gint64 number;

  if (!leyden_reports_check (schedule, error))
    return FALSE;
  if (!leyden_schedule_check (schedule, &local))
    {
      g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, local->message);
      return FALSE;
    }
  if (keep != NULL && (!leyden_value_get_int (keep, &number) || number < 1 || number > MAX_KEEP))
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("keep: must be 1 to %d"), MAX_KEEP);
      return FALSE;
    }
  return TRUE;
}

/* --- what there is --- */

static int
compare_created (gconstpointer a,
                 gconstpointer b)
{
  gint64 x = leyden_value_get_member_int (*(LeydenValue * const *) a, "created", 0), y = leyden_value_get_member_int (*(LeydenValue * const *) b, "created", 0);

  return x > y ? -1 : x < y;
}

/* The newest first. (element-type LeydenValue) (transfer container) */
static GPtrArray *
list_rows (LeydenReports *self)
{
  GPtrArray *rows = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->reports);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_ptr_array_add (rows, row);
  g_ptr_array_sort (rows, compare_created);
  return rows;
}

LeydenValue *
leyden_reports_list (LeydenReports *self)
{
  g_autoptr(GPtrArray) rows = list_rows (self);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "folder", self->folder);
  leyden_value_builder_key (&b, "reports");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    leyden_value_builder_add (&b, rows->pdata[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
describe_schedule (const char *id,
                   Schedule   *schedule)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", id);
  leyden_value_builder_set (&b, "schedule", schedule->value);
  if (is_enabled (schedule))
    leyden_value_builder_set_int (&b, "next", leyden_schedule_next (schedule->value, schedule->last_ns));
  leyden_value_builder_set_string (&b, "report", schedule->report);
  leyden_value_builder_set_string (&b, "error", schedule->error);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_reports_list_schedules (LeydenReports *self)
{
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->schedules), (GCompareFunc) strcmp);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "schedules");
  leyden_value_builder_begin_list (&b);
  for (GList *l = ids; l != NULL; l = l->next)
    leyden_value_builder_take (&b, describe_schedule (l->data, g_hash_table_lookup (self->schedules, l->data)));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_reports_find (LeydenReports *self,
                     const char    *id)
{
  return g_hash_table_lookup (self->reports, id);
}

/* What a database names that came from elsewhere stays within the folder. */
char *
leyden_reports_get_path (LeydenReports *self,
                         LeydenValue   *row)
{
  g_autofree char *name = g_path_get_basename (leyden_value_get_member_string (row, "file", "none"));

  return g_build_filename (self->folder, name, NULL);
}

/* --- keeping --- */

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    g_warning ("The list of reports could not be written: %s", error->message);
}

static void
keep_schedule (LeydenReports *self,
               const char    *id,
               Schedule      *schedule)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  if (self->stopped)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "schedule", schedule->value);
  leyden_value_builder_set_int (&b, "last", schedule->last_ns);
  leyden_value_builder_set_string (&b, "error", schedule->error);
  leyden_value_builder_set_string (&b, "report", schedule->report);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), SCHEDULE, id, value, kept_cb, NULL);
}

static void
file_removed_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (!g_file_delete_finish (G_FILE (object), result, &error) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_warning ("A report could not be removed: %s", error->message);
}

gboolean
leyden_reports_remove (LeydenReports *self,
                       const char    *id)
{
  LeydenValue *row = g_hash_table_lookup (self->reports, id);
  g_autofree char *path = row != NULL ? leyden_reports_get_path (self, row) : NULL;
  g_autoptr(GFile) file = path != NULL ? g_file_new_for_path (path) : NULL;

  if (row == NULL)
    return FALSE;
  g_file_delete_async (file, G_PRIORITY_DEFAULT, NULL, file_removed_cb, NULL);
  leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), REPORT, id, NULL, kept_cb, NULL);
  g_hash_table_remove (self->reports, id);
  return TRUE;
}

/* The oldest ones beyond what is kept, of one schedule or of those that were asked for. */
static void
prune (LeydenReports *self,
       const char    *schedule_id)
{
  g_autoptr(GPtrArray) rows = list_rows (self);
  Schedule *schedule = schedule_id != NULL ? g_hash_table_lookup (self->schedules, schedule_id) : NULL;
  gint64 keep = schedule == NULL ? KEPT_ON_DEMAND : leyden_value_get_member_int (schedule->value, "keep", USUAL_KEEP);

  for (guint i = 0; i < rows->len; i++)
    if (g_strcmp0 (leyden_value_get_member_string (rows->pdata[i], "schedule", NULL), schedule_id) == 0 && --keep < 0)
      {
        g_autofree char *id = g_strdup (leyden_value_get_member_string (rows->pdata[i], "report", ""));

        leyden_reports_remove (self, id);
      }
}

/* --- making: questions → pages → file → document --- */

typedef struct
{
  LeydenReports      *reports;
  LeydenValue        *request;
  char               *schedule;         /* nullable */
  LeydenReportFormat  format;
  gint64              now_ns;
  char               *id;
  char               *title;
  char               *name;             /* of the file */
  gsize               size;
  LeydenValue        *row;
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;

  leyden_value_unref (making->request);
  g_clear_pointer (&making->row, leyden_value_unref);
  g_free (making->schedule);
  g_free (making->id);
  g_free (making->title);
  g_free (making->name);
  g_free (making);
}

/* "2026-11-27-training-0199aa00.pdf" */
static char *
make_name (const Making *making)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (making->now_ns / NS);
  g_autofree char *day = g_date_time_format (time, "%Y-%m-%d");
  GString *name = g_string_new (day);

  g_string_append_c (name, '-');
  for (const char *p = making->title; *p != '\0' && name->len < NAME_CHARS; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, g_ascii_tolower (*p));
    else if (name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  if (name->str[name->len - 1] != '-')
    g_string_append_c (name, '-');
  g_string_append_printf (name, "%s.%s", making->id + strlen (making->id) - 8, leyden_report_format_get_name (making->format));
  return g_string_free (name, FALSE);
}

static LeydenValue *
make_row (const Making *making)
{
  const char *dashboard = leyden_value_get_member_string (making->request, "dashboard", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "report", making->id);
  leyden_value_builder_set_string (&b, "title", making->title);
  leyden_value_builder_set_string (&b, dashboard != NULL ? "dashboard" : "experiment",
                                   dashboard != NULL ? dashboard : leyden_value_get_member_string (making->request, "experiment", ""));
  leyden_value_builder_set_string (&b, "format", leyden_report_format_get_name (making->format));
  leyden_value_builder_set_string (&b, "file", making->name);
  leyden_value_builder_set_int (&b, "size", (gint64) making->size);
  leyden_value_builder_set_int (&b, "created", making->now_ns);
  leyden_value_builder_set_string (&b, "schedule", making->schedule);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
may_go_on (GTask *task)
{
  Making *making = g_task_get_task_data (task);

  if (!making->reports->stopped)
    return TRUE;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The backend ends");
  return FALSE;
}

static void
row_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!making->reports->stopped)
    {
      g_hash_table_insert (making->reports->reports, g_strdup (making->id), leyden_value_ref (making->row));
      prune (making->reports, making->schedule);
    }
  g_task_return_pointer (task, leyden_value_ref (making->row), (GDestroyNotify) leyden_value_unref);
}

static void
file_written_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(GTask) task = data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!may_go_on (task))
    return;
  making->row = make_row (making);
  leyden_store_put_document_async (LEYDEN_STORE (making->reports->gateway->store), REPORT, making->id, making->row, row_kept_cb, g_steal_pointer (&task));
}

static void
pages_written_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(GTask) task = data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GBytes) bytes = leyden_report_write_finish (result, &error);
  g_autoptr(GFile) file = NULL;
  g_autofree char *path = NULL;

  if (bytes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (!may_go_on (task))
    return;
  making->size = g_bytes_get_size (bytes);
  making->name = make_name (making);
  /* What cannot be made is told by the writing. */
  g_mkdir_with_parents (making->reports->folder, 0700);
  path = g_build_filename (making->reports->folder, making->name, NULL);
  file = g_file_new_for_path (path);
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       making->reports->cancellable, file_written_cb, g_steal_pointer (&task));
}

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  Making *making = g_task_get_task_data (task);
  GError *error = NULL;
  LeydenReport *report = leyden_report_maker_run_finish (LEYDEN_GATEWAY (object), result, &error);

  if (report == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  making->title = g_strdup (leyden_report_get_title (report));
  leyden_report_write_async (report, making->format, making->reports->cancellable, pages_written_cb, g_steal_pointer (&task));
}

void
leyden_reports_make_async (LeydenReports       *self,
                           LeydenValue         *request,
                           const char          *schedule,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  GTask *task = g_task_new (self->gateway, self->cancellable, callback, data);
  Making *making = g_new0 (Making, 1);

  making->reports = self;
  making->request = leyden_value_ref (request);
  making->schedule = g_strdup (schedule);
  making->now_ns = g_get_real_time () * 1000;
  making->id = leyden_id_new_uuid7 ();
  leyden_report_format_from_name (leyden_value_get_member_string (request, "format", "pdf"), &making->format);
  g_task_set_source_tag (task, leyden_reports_make_async);
  g_task_set_task_data (task, making, making_free);
  leyden_report_maker_run_async (self->gateway, request, making->now_ns, self->cancellable, made_cb, task);
}

LeydenValue *
leyden_reports_make_finish (LeydenReports  *self,
                            GAsyncResult   *result,
                            GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- the clock --- */

typedef struct
{
  LeydenReports *reports;
  char          *id;
  gint64         now_ns;
} Due;

static void
due_made_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Due *due = data;
  LeydenGateway *gateway = LEYDEN_GATEWAY (object);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) row = g_task_propagate_pointer (G_TASK (result), &error);
  Schedule *schedule = gateway->reports != NULL && !due->reports->stopped ? g_hash_table_lookup (due->reports->schedules, due->id) : NULL;

  if (schedule != NULL)
    {
      /* What failed is told, and is not tried until the next time. */
      schedule->making = FALSE;
      schedule->last_ns = MAX (schedule->last_ns, due->now_ns);
      g_free (schedule->error);
      schedule->error = row == NULL ? g_strdup (error->message) : NULL;
      if (row != NULL)
        {
          g_free (schedule->report);
          schedule->report = g_strdup (leyden_value_get_member_string (row, "report", NULL));
        }
      else
        g_message ("The scheduled report “%s” was not made: %s", due->id, error->message);
      keep_schedule (due->reports, due->id, schedule);
    }
  g_free (due->id);
  g_free (due);
}

/* However often a schedule was missed, it is made once: with what holds now. */
static gboolean
look_cb (gpointer data)
{
  LeydenReports *self = data;
  gint64 now_ns = g_get_real_time () * 1000;
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->schedules);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      Schedule *schedule = value;
      gint64 next;
      Due *due;

      if (schedule->making || !is_enabled (schedule))
        continue;
      /* A clock that was set back does not hold it up for long. */
      schedule->last_ns = MIN (schedule->last_ns, now_ns);
      next = leyden_schedule_next (schedule->value, schedule->last_ns);
      if (next == 0 || next > now_ns)
        continue;
      schedule->making = TRUE;
      due = g_new0 (Due, 1);
      *due = (Due) { self, g_strdup (id), now_ns };
      leyden_reports_make_async (self, schedule->value, id, due_made_cb, due);
    }
  return G_SOURCE_CONTINUE;
}

static void
schedules_read_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  LeydenReports *self = gateway->reports;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);

  if (self == NULL || self->stopped)
    return;
  if (documents == NULL)
    g_warning ("Schedules of reports could not be read: %s", error->message);
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      LeydenValue *document = leyden_value_get_item (documents, i);
      LeydenValue *value = leyden_value_get_member (document, "schedule");
      const char *id = leyden_value_get_key (documents, i);
      Schedule *schedule;

      if (!leyden_reports_check_schedule (value, NULL) || g_hash_table_contains (self->schedules, id))
        continue;
      schedule = g_new0 (Schedule, 1);
      schedule->value = leyden_value_ref (value);
      schedule->last_ns = leyden_value_get_member_int (document, "last", 0);
      schedule->error = g_strdup (leyden_value_get_member_string (document, "error", NULL));
      schedule->report = g_strdup (leyden_value_get_member_string (document, "report", NULL));
      g_hash_table_insert (self->schedules, g_strdup (id), schedule);
    }
  self->clock = g_timeout_source_new_seconds (LOOK_S);
  g_source_set_callback (self->clock, look_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
  answer_waiting (self);
  look_cb (self);
}

static void
reports_read_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  LeydenReports *self = gateway->reports;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);

  if (self == NULL || self->stopped)
    return;
  if (documents == NULL)
    g_warning ("The list of reports could not be read: %s", error->message);
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    g_hash_table_insert (self->reports, g_strdup (leyden_value_get_key (documents, i)), leyden_value_ref (leyden_value_get_item (documents, i)));
  leyden_store_list_documents_async (LEYDEN_STORE (gateway->store), SCHEDULE, self->cancellable, schedules_read_cb, g_object_ref (gateway));
}

void
leyden_reports_start (LeydenReports *self)
{
  leyden_store_list_documents_async (LEYDEN_STORE (self->gateway->store), REPORT, self->cancellable, reports_read_cb, g_object_ref (self->gateway));
}

gboolean
leyden_reports_put_schedule (LeydenReports  *self,
                             const char     *id,
                             LeydenValue    *schedule,
                             LeydenValue   **row)
{
  Schedule *found = g_hash_table_lookup (self->schedules, id);

  if (schedule == NULL)
    {
      if (found == NULL)
        return FALSE;
      leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), SCHEDULE, id, NULL, kept_cb, NULL);
      return g_hash_table_remove (self->schedules, id);
    }
  if (found == NULL)
    {
      if (g_hash_table_size (self->schedules) >= MAX_SCHEDULES)
        return FALSE;
      found = g_new0 (Schedule, 1);
      g_hash_table_insert (self->schedules, g_strdup (id), found);
    }
  g_clear_pointer (&found->value, leyden_value_unref);
  found->value = leyden_value_ref (schedule);
  /* What was due before it was put is not missed. */
  found->last_ns = g_get_real_time () * 1000;
  keep_schedule (self, id, found);
  *row = describe_schedule (id, found);
  return TRUE;
}
