/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LeydenProcessError:
 * @LEYDEN_PROCESS_ERROR_START: it could not be started
 * @LEYDEN_PROCESS_ERROR_TIMEOUT: it took too long and was killed
 * @LEYDEN_PROCESS_ERROR_OUTPUT: it wrote too much and was killed
 * @LEYDEN_PROCESS_ERROR_PROCESSES: it started too many processes and was killed
 * @LEYDEN_PROCESS_ERROR_STATUS: it ended with a status other than 0, or by a signal
 * @LEYDEN_PROCESS_ERROR_RESULT: what it wrote is not what was asked for
 */
typedef enum
{
  LEYDEN_PROCESS_ERROR_START,
  LEYDEN_PROCESS_ERROR_TIMEOUT,
  LEYDEN_PROCESS_ERROR_OUTPUT,
  LEYDEN_PROCESS_ERROR_PROCESSES,
  LEYDEN_PROCESS_ERROR_STATUS,
  LEYDEN_PROCESS_ERROR_RESULT,
} LeydenProcessError;
#define LEYDEN_PROCESS_ERROR (leyden_process_error_quark ())
GQuark leyden_process_error_quark (void);

/* A line that it wrote, without its end; valid UTF-8, at most 4 KiB. @stream: "stdout" or "stderr". */
typedef void (*LeydenProcessLine) (const char *stream, const char *text, gpointer data);

/* What to run and within which limits. Plain; copied. */
typedef struct
{
  const char * const *argv;             /* absolute program first */
  const char * const *environment;      /* all that it gets */
  GBytes             *input;            /* on standard input */
  GBytes             *third;            /* on descriptor 3; nullable */
  guint               timeout_ms;
  gsize               max_output;       /* bytes of standard output, and as many of standard error */
  guint64             max_memory;       /* bytes of address space of each process */
  guint               max_processes;    /* at once */
  gboolean            bare;             /* no sandbox around it: it gets no further rights by what it starts */
  LeydenProcessLine   line;             /* at most 2000 times, then one last line says so; nullable */
  gpointer            data;
} LeydenProcessSpec;

typedef struct
{
  int     status;               /* of exit; -1 when a signal ended it */
  int     signal;
  GBytes *output;
  char   *errors;               /* the last 16 KiB of standard error, valid UTF-8 */
} LeydenProcessResult;

void                 leyden_process_result_free (LeydenProcessResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenProcessResult, leyden_process_result_free)

/* Runs it to its end in a session of its own. A cancel, a limit or the end of this process kills it with everything that it started.
 * Errors: LEYDEN_PROCESS_ERROR, G_IO_ERROR_CANCELLED. */
void                 leyden_process_run_async   (const LeydenProcessSpec *spec, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                 gpointer data);
LeydenProcessResult *leyden_process_run_finish  (GAsyncResult *result, GError **error);
/* Processes that descend from @pid, itself included, at most @max. (element-type guint) */
GArray              *leyden_process_list_tree   (guint pid, guint max);

G_END_DECLS
