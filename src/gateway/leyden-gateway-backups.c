/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-backups.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "leyden-gateway-access.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-store-backup.h"
#include "leyden-text.h"

/* The clock is looked at so often; also what was missed while the machine slept is made then. */
#define LOOK_S 30
#define NS     G_GINT64_CONSTANT (1000000000)
/* Of jobs that failed, so many are remembered. */
#define MAX_FAILED 20
#define PREFIX "leyden-"
#define DRILL PREFIX "drill-"
/* An unfinished copy that nobody has written to for so long is nobody's: another backend may have the same folder. */
#define ABANDONED_S (24 * 3600)
#define DEFAULT_KEEP 7

typedef struct
{
  char        *id;
  char        *path;
  gboolean     own;             /* in the backend's folder: counted, drilled and in the end removed by the backend */
  const char  *state;           /* running, done, failed */
  gint64       started_ns;
  gint64       finished_ns;
  char        *error;           /* nullable */
  LeydenValue *manifest;        /* nullable */
  LeydenValue *drill;           /* nullable: going from the backup before to this one */
} Job;

struct _LeydenBackups
{
  LeydenGateway *gateway;       /* borrowed */
  char          *folder;
  char          *archive;       /* of a folder that was chosen: where changes are archived, unless they are already elsewhere; nullable */
  gint64         every_ns;      /* 0: only on request */
  guint          keep;
  GPtrArray     *jobs;          /* in order of time */
  Job           *running;       /* one of jobs, nullable */
  GCancellable  *cancellable;
  GSource       *clock;
  gboolean       stopped;
};

static void
job_free (gpointer data)
{
  Job *self = data;

  g_free (self->id);
  g_free (self->path);
  g_free (self->error);
  g_clear_pointer (&self->manifest, leyden_value_unref);
  g_clear_pointer (&self->drill, leyden_value_unref);
  g_free (self);
}

static Job *
find_job (LeydenBackups *self,
          const char    *id)
{
  for (guint i = 0; i < self->jobs->len; i++)
    if (g_str_equal (((Job *)self->jobs->pdata[i])->id, id))
      return self->jobs->pdata[i];
  return NULL;
}

static gboolean
is_present (const Job *job)
{
  return g_str_equal (job->state, "done") && g_file_test (job->path, G_FILE_TEST_IS_REGULAR);
}

static gboolean
is_sound (const Job *job)
{
  return leyden_value_get_member_boolean (leyden_value_get_member (job->manifest, "check"), "sound", FALSE);
}

/* ---- As JSON ---- */

static LeydenValue *
describe_job (const Job *job,
              gint64     finished_ns)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "backup", job->id);
  leyden_value_builder_set_string (&b, "path", job->path);
  leyden_value_builder_set_boolean (&b, "own", job->own);
  leyden_value_builder_set_string (&b, "state", job->state);
  leyden_value_builder_set_int (&b, "started", job->started_ns);
  leyden_value_builder_set_int (&b, "finished", finished_ns);
  leyden_value_builder_set_string (&b, "error", job->error);
  leyden_value_builder_set_boolean (&b, "present", is_present (job));
  leyden_value_builder_set (&b, "manifest", job->manifest);
  leyden_value_builder_set (&b, "drill", job->drill);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
job_to_value (const Job *job)
{
  return describe_job (job, job->finished_ns);
}

static LeydenValue *
dup_member (LeydenValue *value,
            const char  *key)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  return leyden_value_is_null (member) ? NULL : leyden_value_ref (member);
}

/* A database that came out of a backup, or from somebody else, names backups that belong to another backend: those are never removed here. */
static gboolean
is_in_folder (LeydenBackups *self,
              const char    *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return g_str_equal (folder, self->folder);
}

/* NULL: not one of ours. */
static Job *
job_from_value (LeydenBackups *self,
                LeydenValue   *value)
{
  const char *id = leyden_value_get_member_string (value, "backup", NULL);
  const char *path = leyden_value_get_member_string (value, "path", NULL);
  Job *job;

  if (id == NULL || path == NULL)
    return NULL;
  job = g_new0 (Job, 1);
  job->id = g_strdup (id);
  job->path = g_strdup (path);
  job->own = leyden_value_get_member_boolean (value, "own", FALSE) && is_in_folder (self, path);
  job->state = g_str_equal (leyden_value_get_member_string (value, "state", ""), "done") ? "done" : "failed";
  job->started_ns = leyden_value_get_member_int (value, "started", 0);
  job->finished_ns = leyden_value_get_member_int (value, "finished", 0);
  job->error = g_strdup (leyden_value_get_member_string (value, "error", NULL));
  job->manifest = dup_member (value, "manifest");
  job->drill = dup_member (value, "drill");
  return job;
}

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    g_warning ("The list of backups could not be written: %s", error->message);
}

static void
forget_job (LeydenBackups *self,
            Job           *job)
{
  leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), "backup", job->id, NULL, kept_cb, NULL);
  g_ptr_array_remove (self->jobs, job);
}

/* ---- What is no longer needed ---- */

/* Paths of own backups beyond the number that is kept, but never of the last sound one. (transfer full) */
static GPtrArray *
take_old (LeydenBackups *self)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  guint n_sound = 0, n_failed = 0;

  for (guint i = self->jobs->len; i > 0; i--)
    {
      Job *job = self->jobs->pdata[i - 1];

      if (job->own && is_present (job))
        {
          if (is_sound (job) ? ++n_sound <= self->keep : n_sound < self->keep)
            continue;
          leyden_gateway_audit (self->gateway, NULL, "backup.removed", job->path, NULL);
          g_ptr_array_add (paths, g_strdup (job->path));
        }
      else if (!is_present (job) && job != self->running && ++n_failed > MAX_FAILED)
        forget_job (self, job);
    }
  return paths;
}

static void
forget_path (LeydenBackups *self,
             const char    *path)
{
  for (guint i = self->jobs->len; i > 0; i--)
    if (g_str_equal (((Job *)self->jobs->pdata[i - 1])->path, path))
      forget_job (self, self->jobs->pdata[i - 1]);
}

/* The archive goes back to the oldest backup that is still there. */
static void
prune_archive (LeydenBackups *self)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      Job *job = self->jobs->pdata[i];

      if (!is_present (job))
        continue;
      leyden_sqlite_store_prune_archive (self->gateway->store, (guint64)leyden_value_get_member_int (job->manifest, "commit", 0), job->started_ns);
      return;
    }
}

/* ---- The drill: from the backup before, by what was archived, to this one ---- */

typedef struct
{
  LeydenBackups *backups;
  char          *from;
  char          *from_id;
  char          *out;
  LeydenValue   *manifest;      /* of the backup that must come out */
} Drill;

static void
drill_free (gpointer data)
{
  Drill *self = data;

  g_free (self->from);
  g_free (self->from_id);
  g_free (self->out);
  leyden_value_unref (self->manifest);
  g_free (self);
}

/* Text of what differs, NULL: nothing. */
static char *
find_difference (LeydenValue *report,
                 LeydenValue *manifest)
{
  static const char * const keys[] = { "runs", "rollouts", "records" };
  LeydenValue *counts = leyden_value_get_member (manifest, "counts");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (leyden_value_get_member_int (report, keys[i], -1) != leyden_value_get_member_int (counts, keys[i], -2))
      return g_strdup_printf (_("%s: %" PRId64 " came out of it, %" PRId64 " should"), keys[i],
                              leyden_value_get_member_int (report, keys[i], -1), leyden_value_get_member_int (counts, keys[i], -2));
  if (leyden_value_get_member_int (report, "position", -1) != leyden_value_get_member_int (manifest, "position", -2))
    return g_strdup (_("It ends at another position"));
  return leyden_value_get_member_boolean (report, "sound", FALSE) ? NULL : g_strdup (_("What came out of it is not sound"));
}

static LeydenValue *
describe_drill (Drill       *drill,
                LeydenValue *report,
                const char  *problem,
                gint64       took_us)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "from", drill->from_id);
  leyden_value_builder_set_int (&b, "commits", leyden_value_get_member_int (report, "commits", 0));
  leyden_value_builder_set_int (&b, "took_ms", took_us / 1000);
  leyden_value_builder_set_boolean (&b, "passed", problem == NULL);
  leyden_value_builder_set_string (&b, "problem", problem);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
has_room (Drill *drill)
{
  g_autofree char *folder = g_path_get_dirname (drill->out);
  struct statvfs info;

  return statvfs (folder, &info) != 0
         || (guint64)info.f_bavail * info.f_frsize / 2 > (guint64)(leyden_value_get_member_int (drill->manifest, "size", 0)
                                                                   + leyden_value_get_member_int (drill->manifest, "blobs_size", 0));
}

static void
drill_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Drill *drill = data;
  LeydenRestoreOptions options = { drill->from, drill->out, LEYDEN_RESTORE_COMMIT, leyden_value_get_member_int (drill->manifest, "commit", 0), NULL };
  gint64 start_us = g_get_monotonic_time ();
  g_autoptr(LeydenValue) report = NULL;
  g_autofree char *problem = NULL;
  g_autoptr(GError) error = NULL;

  if (has_room (drill))
    report = leyden_backup_restore (&options, cancellable, &error);
  else
    problem = g_strdup (_("There is no room for the drill"));
  if (error != NULL)
    problem = g_strdup (error->message);
  else if (report != NULL)
    problem = find_difference (report, drill->manifest);
  leyden_backup_remove (drill->out);
  g_task_return_pointer (task, describe_drill (drill, report, problem, g_get_monotonic_time () - start_us), (GDestroyNotify)leyden_value_unref);
}

static void
job_kept_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  LeydenBackups *self = gateway->backups;

  kept_cb (object, result, NULL);
  if (self == NULL || self->stopped || self->running == NULL)
    return;
  self->running->finished_ns = leyden_time_now_ns ();
  self->running = NULL;
  leyden_gateway_touch (gateway);
}

/* It is over when that is on disk: the next backup, which may begin at once, has to hold it. */
static void
job_ended (LeydenBackups *self,
           Job           *job)
{
  g_autoptr(LeydenValue) value = describe_job (job, leyden_time_now_ns ());

  /* Who ordered one stands in the log already. */
  leyden_gateway_audit (self->gateway, NULL, job->error != NULL ? "backup.failed" : "backup.made", job->path, NULL);
  leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), "backup", job->id, value, job_kept_cb, g_object_ref (self->gateway));
  if (job->error != NULL)
    g_warning ("A backup failed: %s", job->error);
  else if (!is_sound (job))
    g_warning ("The backup %s is not sound, since the database is not", job->path);
  prune_archive (self);
}

static void
old_removed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  LeydenBackups *self = LEYDEN_GATEWAY (object)->backups;
  GPtrArray *paths = g_task_get_task_data (G_TASK (result));

  if (self == NULL || self->stopped || self->running == NULL)
    return;
  for (guint i = 0; i < paths->len; i++)
    forget_path (self, paths->pdata[i]);
  job_ended (self, self->running);
}

/* A backup may have as many files as there are blobs. */
static void
remove_old_thread (GTask        *task,
                   gpointer      source,
                   gpointer      data,
                   GCancellable *cancellable)
{
  GPtrArray *paths = data;

  for (guint i = 0; i < paths->len; i++)
    leyden_backup_remove (paths->pdata[i]);
  g_task_return_boolean (task, TRUE);
}

/* The job under way is over when what it replaces is gone. */
static void
remove_old (LeydenBackups *self)
{
  g_autoptr(GTask) task = g_task_new (self->gateway, NULL, old_removed_cb, NULL);

  g_task_set_task_data (task, take_old (self), (GDestroyNotify)g_ptr_array_unref);
  g_task_run_in_thread (task, remove_old_thread);
}

static void
drilled_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Drill *drill = g_task_get_task_data (G_TASK (result));
  LeydenBackups *self = drill->backups;
  g_autoptr(LeydenValue) value = g_task_propagate_pointer (G_TASK (result), NULL);

  /* Cancelled at the end: the backups are gone with their gateway. */
  if (value == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  self->running->drill = g_steal_pointer (&value);
  if (!leyden_value_get_member_boolean (self->running->drill, "passed", FALSE))
    g_warning ("The drill of backup %s failed: %s", self->running->id, leyden_value_get_member_string (self->running->drill, "problem", "?"));
  remove_old (self);
}

/* The last own one before @job that is sound and of the same database. */
static Job *
find_before (LeydenBackups *self,
             Job           *job)
{
  const char *id = leyden_value_get_member_string (job->manifest, "id", "");

  for (guint i = self->jobs->len; i > 0; i--)
    {
      Job *other = self->jobs->pdata[i - 1];

      if (other != job && other->own && is_present (other) && is_sound (other)
          && g_str_equal (leyden_value_get_member_string (other->manifest, "id", ""), id))
        return other;
    }
  return NULL;
}

static void
begin_drill (LeydenBackups *self,
             Job           *job)
{
  Job *before = job->own ? find_before (self, job) : NULL;
  g_autoptr(GTask) task = NULL;
  Drill *drill;

  if (before == NULL)
    {
      remove_old (self);
      return;
    }
  drill = g_new0 (Drill, 1);
  drill->backups = self;
  drill->from = g_strdup (before->path);
  drill->from_id = g_strdup (before->id);
  drill->out = g_strconcat (self->folder, "/" DRILL, job->id, NULL);
  drill->manifest = leyden_value_ref (job->manifest);
  task = g_task_new (NULL, self->cancellable, drilled_cb, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, drill, drill_free);
  g_task_run_in_thread (task, drill_thread);
}

/* ---- Making one ---- */

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  LeydenBackups *self = gateway->backups;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) manifest = leyden_sqlite_store_back_up_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  Job *job;

  if (self == NULL || self->stopped || self->running == NULL)
    return;
  job = self->running;
  job->manifest = g_steal_pointer (&manifest);
  job->state = job->manifest != NULL ? "done" : "failed";
  job->error = error != NULL ? g_strdup (error->message) : NULL;
  if (job->manifest != NULL)
    begin_drill (self, job);
  else
    remove_old (self);
}

static char *
make_path (LeydenBackups *self,
           const char    *id)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *name = g_strdup_printf (PREFIX "%s-%.4s", time, id + strlen (id) - 4);

  return g_build_filename (self->folder, name, NULL);
}

static gboolean
is_archived (LeydenBackups *self)
{
  g_autoptr(LeydenValue) archive = leyden_sqlite_store_describe_archive (self->gateway->store);

  return leyden_value_get_member_string (archive, "folder", NULL) != NULL;
}

/* @path NULL: in the backend's folder. */
static Job *
begin_job (LeydenBackups *self,
           const char    *path,
           const char    *archive)
{
  Job *job = g_new0 (Job, 1);
  Job *before;
  LeydenBackupOptions options = { 0 };

  job->id = leyden_id_new_uuid7 ();
  job->own = path == NULL;
  job->path = path != NULL ? g_strdup (path) : make_path (self, job->id);
  job->state = "running";
  job->started_ns = leyden_time_now_ns ();
  before = job->own ? find_before (self, job) : NULL;
  for (guint i = self->jobs->len; before == NULL && job->own && i > 0; i--)
    if (((Job *)self->jobs->pdata[i - 1])->own && is_present (self->jobs->pdata[i - 1]))
      before = self->jobs->pdata[i - 1];
  g_ptr_array_add (self->jobs, job);
  self->running = job;
  options.path = job->path;
  options.archive = archive != NULL || !job->own || is_archived (self) ? archive : self->archive;
  options.like = before != NULL ? before->path : NULL;
  leyden_sqlite_store_back_up_async (self->gateway->store, &options, made_cb, g_object_ref (self->gateway));
  return job;
}

/* ---- The clock ---- */

/* When the next one is due; 0: never. */
static gint64
find_due (LeydenBackups *self)
{
  if (self->every_ns == 0)
    return 0;
  for (guint i = self->jobs->len; i > 0; i--)
    {
      Job *job = self->jobs->pdata[i - 1];

      if (job->own)
        return job->started_ns + self->every_ns;
    }
  return 1;
}

static gboolean
clock_cb (gpointer data)
{
  LeydenBackups *self = data;
  gint64 due = find_due (self);

  if (due != 0 && self->running == NULL && leyden_time_now_ns () >= due)
    begin_job (self, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

/* ---- What a process that was killed has left ---- */

static gboolean
is_abandoned (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) && leyden_time_now_ns () / NS - info.st_mtime > ABANDONED_S;
}

static void
sweep_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  const char *folder = data;
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, PREFIX) && g_str_has_suffix (name, ".new"))
      {
        g_autofree char *unfinished = g_build_filename (folder, name, NULL);
        g_autofree char *backup = g_strndup (unfinished, strlen (unfinished) - strlen (".new"));

        if (!g_file_test (backup, G_FILE_TEST_EXISTS) && is_abandoned (unfinished))
          leyden_backup_remove (backup);
      }
    else if (g_str_has_prefix (name, DRILL))
      {
        g_autofree char *drilled = g_build_filename (folder, name, NULL);

        if (is_abandoned (drilled))
          leyden_backup_remove (drilled);
      }
  g_task_return_boolean (task, TRUE);
}

static void
sweep_folder (LeydenBackups *self)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, g_strdup (self->folder), g_free);
  g_task_run_in_thread (task, sweep_thread);
}

static int
compare_jobs (gconstpointer a,
              gconstpointer b)
{
  const Job *one = *(Job * const *)a;
  const Job *other = *(Job * const *)b;

  return one->started_ns < other->started_ns ? -1 : one->started_ns > other->started_ns;
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  LeydenBackups *self = gateway->backups;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);

  if (documents == NULL)
    g_warning ("What backups there are cannot be read: %s", error->message);
  if (self == NULL || self->stopped)
    return;
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      Job *job = job_from_value (self, leyden_value_get_item (documents, i));

      if (job != NULL && find_job (self, job->id) == NULL)
        g_ptr_array_add (self->jobs, job);
      else if (job != NULL)
        job_free (job);
    }
  g_ptr_array_sort (self->jobs, compare_jobs);
  sweep_folder (self);
  self->clock = g_timeout_source_new_seconds (LOOK_S);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
  clock_cb (self);
}

void
leyden_backups_start (LeydenBackups *self)
{
  leyden_store_list_documents_async (LEYDEN_STORE (self->gateway->store), "backup", NULL, loaded_cb, g_object_ref (self->gateway));
}

LeydenBackups *
leyden_backups_new (LeydenGateway              *gateway,
                    const LeydenGatewayOptions *options)
{
  LeydenBackups *self = g_new0 (LeydenBackups, 1);

  self->gateway = gateway;
  self->folder = options->backup_folder != NULL ? g_canonicalize_filename (options->backup_folder, NULL)
                                                : g_strconcat (gateway->database, "-backups", NULL);
  if (options->backup_folder != NULL)
    self->archive = g_build_filename (self->folder, "archive", NULL);
  self->every_ns = (gint64)options->backup_every_s * NS;
  self->keep = options->backup_keep > 0 ? options->backup_keep : DEFAULT_KEEP;
  self->jobs = g_ptr_array_new_with_free_func (job_free);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
leyden_backups_stop (LeydenBackups *self)
{
  self->stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->clock != NULL)
    g_source_destroy (self->clock);
  g_clear_pointer (&self->clock, g_source_unref);
}

void
leyden_backups_free (LeydenBackups *self)
{
  leyden_backups_stop (self);
  g_ptr_array_unref (self->jobs);
  g_object_unref (self->cancellable);
  g_free (self->folder);
  g_free (self->archive);
  g_free (self);
}

gboolean
leyden_backups_is_busy (LeydenBackups *self)
{
  return self->running != NULL;
}

LeydenValue *
leyden_backups_describe_last (LeydenBackups *self)
{
  return self->jobs->len > 0 ? job_to_value (self->jobs->pdata[self->jobs->len - 1]) : leyden_value_new_null ();
}

LeydenValue *
leyden_backups_describe (LeydenBackups *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gint64 due = find_due (self);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "folder", self->folder);
  leyden_value_builder_set_int (&b, "every_s", self->every_ns / NS);
  leyden_value_builder_set_int (&b, "keep", self->keep);
  leyden_value_builder_key (&b, "next");
  if (due == 0)
    leyden_value_builder_add (&b, NULL);
  else
    leyden_value_builder_add_int (&b, due);
  leyden_value_builder_set_take (&b, "archive", leyden_sqlite_store_describe_archive (self->gateway->store));
  leyden_value_builder_set_take (&b, "retention", leyden_retention_clock_describe (self->gateway->retention));
  leyden_value_builder_set_take (&b, "last", leyden_backups_describe_last (self));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Routes ---- */

void
leyden_gateway_list_backups (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) state = leyden_backups_describe (self->backups);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;

  leyden_value_builder_begin_list (&b);
  for (guint i = self->backups->jobs->len; i > 0; i--)
    leyden_value_builder_take (&b, job_to_value (self->backups->jobs->pdata[i - 1]));
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_with_member (state, "backups", list));
}

void
leyden_gateway_get_backup (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  Job *job = find_job (self->backups, leyden_http_exchange_get_param (exchange, "backup"));

  if (job == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no such backup");
  else
    leyden_gateway_respond_take (exchange, 200, job_to_value (job));
}

/* Where a client asks for, only for somebody who can read this user's files anyway: the others take the backend's folder. */
static gboolean
may_choose_path (LeydenGateway *self,
                 LeydenValue   *body)
{
  const char *key = leyden_value_get_member_string (body, "approval_key", NULL);

  return key != NULL && leyden_secure_equal (self->approval_key, key);
}

void
leyden_gateway_make_backup (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  const char *path = leyden_value_get_member_string (body, "path", NULL);
  const char *archive = leyden_value_get_member_string (body, "archive", NULL);

  if (body == NULL)
    return;
  if ((path != NULL || archive != NULL) && !may_choose_path (self, body))
    {
      leyden_http_exchange_respond_error (exchange, 403, "Where a backup goes is chosen on this machine only: with leydenctl backup. Without \"path\" "
                                          "it goes to the backend's own folder");
      return;
    }
  if ((path != NULL && !g_path_is_absolute (path)) || (archive != NULL && !g_path_is_absolute (archive)))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"path\" and \"archive\" must be absolute");
      return;
    }
  if (self->backups->running != NULL)
    {
      leyden_http_exchange_add_header (exchange, "Retry-After", "5");
      leyden_http_exchange_respond_error (exchange, 409, "A backup is being made");
      return;
    }
  leyden_gateway_respond_take (exchange, 202, job_to_value (begin_job (self->backups, path, archive)));
}
