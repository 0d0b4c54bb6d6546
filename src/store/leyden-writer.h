/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-archive.h"
#include "leyden-retention.h"
#include "leyden-sqlite-read.h"
#include "leyden-store-agl.h"
#include "leyden-store-change.h"

G_BEGIN_DECLS

/* The one thread that writes. It takes all requests that wait (at most LEYDEN_WRITER_MAX_BATCH), does them in one transaction,
 * and answers after the commit, in the context given: positions are set, "committed" is emitted, tasks return. There is no
 * artificial delay: while one commit syncs, the next group gathers.
 *
 *   queued ──take──► applied ──commit ok──► delivered
 *                       │  └──refused (CONFLICT…): this request only──► delivered with its error
 *                       └──commit failed──► rolled back; disk errors go to all, others are tried again one by one
 */
typedef struct _LeydenWriter LeydenWriter;

#define LEYDEN_WRITER_MAX_BATCH   512
#define LEYDEN_WRITER_MAX_RECORDS 16384

typedef enum
{
  LEYDEN_REQUEST_APPEND,
  LEYDEN_REQUEST_RUN,
  LEYDEN_REQUEST_DOCUMENT,
  LEYDEN_REQUEST_CHECKPOINT,
  LEYDEN_REQUEST_EXPERIMENT,
  LEYDEN_REQUEST_AGL,
  LEYDEN_REQUEST_AUDIT,
  LEYDEN_REQUEST_REMOVE,
  LEYDEN_REQUEST_CACHE,
  LEYDEN_REQUEST_CHANGE,
} LeydenRequestKind;

typedef struct
{
  LeydenRequestKind  kind;
  GTask             *task;              /* nullable */
  GError            *error;             /* of this request alone */
  /* append */
  GPtrArray         *records;           /* LeydenRecord, consecutive; may be empty */
  LeydenRolloutRow  *row;               /* nullable */
  GArray            *old_positions;     /* guint64 of the records at the front that were stored before */
  guint64            base_sequence;     /* the others: position = base_position + sequence − base_sequence */
  guint64            base_position;
  /* run */
  LeydenRunRow      *run;
  GPtrArray         *rows;              /* nullable */
  /* document; an audit line has a value alone */
  char              *document_kind;
  char              *name;
  LeydenValue       *value;             /* nullable */
  LeydenCheckpoint  *checkpoint;
  LeydenExperimentBatch *experiment;
  LeydenCacheChange *cache;
  LeydenSqliteChange change;            /* of tables of other rooms */
  gpointer           change_data;       /* the task's */
  gint64             later_us;          /* since when it lets others go first; 0: it does not */
  LeydenRemoval     *removal;           /* of the thread that waits for it */
  LeydenAglChange   *agl;               /* its outcome is set while it is applied; given to the task */
} LeydenRequest;

LeydenRequest *leyden_request_new  (LeydenRequestKind kind, GTask *task);        /* takes @task */
void           leyden_request_free (LeydenRequest *self);

typedef LeydenStoreRedact LeydenRedact;

/* @sql stays the caller's, but belongs to the thread until the end. */
LeydenWriter  *leyden_writer_new        (LeydenSql *sql, const char *blobs, GMainContext *context, GError **error);
/* Takes @request. FALSE after the end: @request is the caller's. */
gboolean       leyden_writer_push       (LeydenWriter *self, LeydenRequest *request);
void           leyden_writer_set_redact (LeydenWriter *self, LeydenRedact redact, LeydenRedact settings, gpointer data, GDestroyNotify destroy);
guint          leyden_writer_get_n_commits (LeydenWriter *self);
/* From here on no checkpoint is made before its commits are in the archive @folder (leyden-archive.h). Blocks until they are. */
gboolean       leyden_writer_set_archive (LeydenWriter *self, const char *folder, GError **error);
/* The last commit that is archived (number 0: none, or no archive), and what failed last. (transfer full) (nullable) */
LeydenStamp    leyden_writer_get_archived (LeydenWriter *self, char **problem);
/* Brings the archive up to the last commit before it returns; FALSE with @error. No archive: TRUE. */
gboolean       leyden_writer_archive_now (LeydenWriter *self, GError **error);
/* For tests: how long the log of writers made from here on may get; 0: as it should. */
void           leyden_writer_set_checkpoint_pages (int n_pages);
/* Does what waits, checkpoints, joins. Answers that are under way still come. */
void           leyden_writer_end        (LeydenWriter *self);

G_END_DECLS
