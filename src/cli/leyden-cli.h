/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-store.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* Exit statuses (design §7). */
enum
{
  LEYDEN_EXIT_OK = 0,
  LEYDEN_EXIT_FAILED = 1,               /* invalid input, failed work */
  LEYDEN_EXIT_USAGE = 2,
  LEYDEN_EXIT_FILE = 3,                 /* file or disk */
  LEYDEN_EXIT_NETWORK = 4,              /* network or backend */
  LEYDEN_EXIT_POLICY = 5,
};

/* ---- Options: a table a command; what is not in it is refused ---- */

typedef enum
{
  LEYDEN_OPTION_FLAG,
  LEYDEN_OPTION_TEXT,                   /* any text, UTF-8 */
  LEYDEN_OPTION_FILE,                   /* any bytes, not empty */
  LEYDEN_OPTION_INTEGER,                /* minimum … maximum */
} LeydenOptionKind;

typedef struct
{
  const char       *name;               /* without dashes */
  LeydenOptionKind  kind;
  gint64            minimum;
  gint64            maximum;
  gboolean          repeated;
  const char       *value;              /* "FILE", for the usage; NULL for flags */
  const char       *help;               /* translatable (N_) */
} LeydenOption;

typedef struct _LeydenArguments LeydenArguments;
typedef struct
{
  const char         *name;
  const char         *operands;         /* "FLOW", "FILE…", "" */
  guint               min_operands;
  guint               max_operands;     /* 0 with min_operands 0: none */
  const LeydenOption *options;          /* ended by a NULL name */
  const char         *help;             /* translatable, one sentence */
  const char         *more;             /* translatable paragraphs of --help, nullable */
  int               (*run) (LeydenArguments *arguments);
} LeydenCommand;

const char         *leyden_arguments_get_operand   (LeydenArguments *self, guint index);         /* NULL behind the last */
guint               leyden_arguments_get_n_operands (LeydenArguments *self);
gboolean            leyden_arguments_has           (LeydenArguments *self, const char *option);
const char         *leyden_arguments_get_text      (LeydenArguments *self, const char *option, const char *fallback);
const char * const *leyden_arguments_get_texts     (LeydenArguments *self, const char *option);  /* NULL-terminated */
gint64              leyden_arguments_get_integer   (LeydenArguments *self, const char *option, gint64 fallback);
const LeydenOption *leyden_arguments_get_options   (LeydenArguments *self);
/* What a configuration says of an option (@values: none for off, or for an empty list), unless the command line or an earlier call
 * did. @origin stands in messages. */
void                leyden_arguments_supply        (LeydenArguments *self, const LeydenOption *option, const char * const *values,
                                                    const char *origin);
/* What is wrong with a value of the option, which messages call @name; NULL: nothing. (transfer full) */
char               *leyden_option_check            (const LeydenOption *option, const char *name, const char *value);
/* Whether an option or setting of this name would hold a secret. */
gboolean            leyden_option_is_secret        (const char *name);
/* Message and short usage on standard error; gives LEYDEN_EXIT_USAGE. */
int                 leyden_arguments_refuse        (LeydenArguments *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* argv without the program's and the command's names. Runs it, or answers --help, or refuses. */
int                 leyden_command_run             (const LeydenCommand *command, int argc, char **argv);
void                leyden_command_write_help      (const LeydenCommand *command, GString *out);

/* ---- Output ---- */

/* Standard output, collected and written whole. A write that fails is remembered: leyden_cli_finish() turns it into a status. */
void      leyden_cli_print        (const char *format, ...) G_GNUC_PRINTF (1, 2);
void      leyden_cli_print_value  (LeydenValue *value);                 /* one line of JSON */
gboolean  leyden_cli_flush        (void);
/* One line on standard error, "leydenctl: …"; it never holds control characters. */
void      leyden_cli_say          (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Flushes; LEYDEN_EXIT_FILE when standard output took not everything, else @status. */
int       leyden_cli_finish       (int status);
/* Says the error and gives the status that its domain and code mean. */
int       leyden_cli_fail         (const GError *error);
int       leyden_cli_status_of    (const GError *error);
/* A bar on standard error when that is a terminal; @done of @total, -1 seconds left: unknown. */
void      leyden_cli_progress     (guint done, guint total, double seconds_left);
/* Stands behind the bar from its next move to its end. */
void      leyden_cli_progress_note (const char *note);
void      leyden_cli_progress_end (void);
/* "1,234" style figures stay out: programs read us. Three significant digits. */
char     *leyden_cli_format_ms    (double ms);

/* ---- Files and waiting ---- */

/* A regular file of at most @max bytes ("-": standard input, not from a terminal). Errors: LEYDEN_FLOW_ERROR_FILE, _LIMIT. */
GBytes   *leyden_cli_read_file    (const char *path, gsize max, GError **error);
/* Turns the main loop until @result is set by leyden_cli_result_cb; NULL when a signal came (see leyden_cli_get_signal). */
void      leyden_cli_result_cb    (GObject *object, GAsyncResult *result, gpointer data);
GAsyncResult *leyden_cli_wait     (GAsyncResult **result);
/* From here on SIGINT, SIGTERM and SIGHUP end waiting instead of the process; a second one ends at once. */
void      leyden_cli_catch_signals (void);
/* The signal that came, or 0. The exit status is 128 + it, except for serve. */
int       leyden_cli_get_signal   (void);
/* Calls when a signal comes. */
void      leyden_cli_on_signal    (void (*callback) (gpointer data), gpointer data);

/* ---- Shared by commands ---- */

/* Opens a database for a command: NULL after a message, with the status in @status. @path NULL: a temporary one. */
LeydenSqliteStore *leyden_cli_open_store (const char *path, LeydenStoreOpenFlags flags, int *status);
/* For reading: the live owner of a database is asked over HTTP. */
typedef struct _LeydenOwner LeydenOwner;
/* NULL without error when nobody owns it. */
LeydenOwner *leyden_owner_find    (const char *database);
void         leyden_owner_free    (LeydenOwner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenOwner, leyden_owner_free)
LeydenValue *leyden_owner_get     (LeydenOwner *self, const char *path, GError **error);
/* @body nullable; any status below 300 is an answer, null where there is none. */
LeydenValue *leyden_owner_send    (LeydenOwner *self, const char *method, const char *path, LeydenValue *body, GError **error);
/* What only somebody who can read this user's files knows; nullable. */
const char  *leyden_owner_get_approval_key (LeydenOwner *self);
gint64       leyden_owner_get_pid (LeydenOwner *self);
const char  *leyden_owner_get_uri (LeydenOwner *self);

/* ADDRESS:PORT, [ADDRESS]:PORT, :PORT or PORT; numeric addresses and localhost only. @address: (transfer full). */
gboolean     leyden_cli_parse_listen (const char *text, char **address, guint16 *port);

extern const LeydenCommand leyden_command_approve, leyden_command_audit, leyden_command_backup, leyden_command_bench, leyden_command_cache, leyden_command_doctor, leyden_command_evaluate, leyden_command_export, leyden_command_import, leyden_command_keys, leyden_command_layout, leyden_command_replay, leyden_command_report, leyden_command_restore, leyden_command_run_flow,
  leyden_command_runs, leyden_command_serve, leyden_command_train, leyden_command_validate, leyden_command_worker;

/* The whole program. */
int leyden_cli_main (int argc, char **argv);

G_END_DECLS
