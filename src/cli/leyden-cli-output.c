/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "leyden-approvals.h"
#include "leyden-dataset.h"
#include "leyden-experiment.h"
#include "leyden-flow.h"
#include "leyden-http-client.h"
#include "leyden-json.h"
#include "leyden-log.h"
#include "leyden-model.h"
#include "leyden-node-executor.h"
#include "leyden-run-job.h"
#include "leyden-backend.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

#define FLUSH_AT (64 * 1024)
#define BAR_WIDTH 24
#define PROGRESS_US (G_USEC_PER_SEC / 10)

static GString *collected;
static int write_error;
static gboolean bar_shown;
static gint64 bar_us;
static char *bar_note;          /* what stands behind the bar; nullable */

/* ---- Standard output ---- */

gboolean
leyden_cli_flush (void)
{
  const char *at = collected == NULL ? "" : collected->str;
  gsize left = collected == NULL ? 0 : collected->len;

  while (left > 0 && write_error == 0)
    {
      gssize n = write (STDOUT_FILENO, at, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        write_error = errno;
      else
        {
          at += n;
          left -= (gsize)n;
        }
    }
  if (collected != NULL)
    g_string_truncate (collected, 0);
  return write_error == 0;
}

static void
collect (const char *text)
{
  if (collected == NULL)
    collected = g_string_new (NULL);
  g_string_append (collected, text);
  if (collected->len >= FLUSH_AT)
    leyden_cli_flush ();
}

void
leyden_cli_print (const char *format,
                  ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  collect (text);
}

void
leyden_cli_print_value (LeydenValue *value)
{
  g_autofree char *text = leyden_json_write (value, LEYDEN_JSON_COMPACT);

  collect (text);
  collect ("\n");
}

int
leyden_cli_finish (int status)
{
  leyden_cli_progress_end ();
  leyden_cli_flush ();
  if (collected != NULL)
    g_string_free (g_steal_pointer (&collected), TRUE);
  if (write_error == 0)
    return status;
  /* A reader that left needs no message. */
  if (write_error != EPIPE)
    leyden_cli_say (_("standard output cannot be written: %s"), g_strerror (write_error));
  return LEYDEN_EXIT_FILE;
}

/* ---- Standard error ---- */

/* One line: for people, or for machines where that was asked for. */
static void
say (GLogLevelFlags  level,
     const char     *text)
{
  g_autofree char *line = NULL;

  leyden_cli_progress_end ();
  if (leyden_log_get_format () == LEYDEN_LOG_JSON)
    {
      leyden_log_event (level, G_LOG_DOMAIN, text, NULL);
      return;
    }
  line = leyden_text_escape (text, -1, 4000);
  /* As it is: g_printerr would put question marks for quotes in a C locale. */
  fprintf (stderr, "leydenctl: %s\n", line);
}

void
leyden_cli_say (const char *format,
                ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  say (G_LOG_LEVEL_MESSAGE, text);
}


typedef struct
{
  GQuark (*domain) (void);
  int      code;                        /* −1: the rest of the domain */
  int      status;
} StatusRule;

static const StatusRule status_rules[] = {
  { leyden_flow_error_quark, LEYDEN_FLOW_ERROR_FILE, LEYDEN_EXIT_FILE },
  { leyden_flow_error_quark, LEYDEN_FLOW_ERROR_CHANGED, LEYDEN_EXIT_FILE },
  { leyden_flow_error_quark, -1, LEYDEN_EXIT_FAILED },
  { leyden_json_error_quark, -1, LEYDEN_EXIT_FAILED },
  { leyden_approval_error_quark, LEYDEN_APPROVAL_ERROR_FILE, LEYDEN_EXIT_FILE },
  { leyden_approval_error_quark, -1, LEYDEN_EXIT_POLICY },
  { leyden_engine_error_quark, LEYDEN_ENGINE_ERROR_STORE, LEYDEN_EXIT_FILE },
  { leyden_engine_error_quark, LEYDEN_ENGINE_ERROR_UNSAFE, LEYDEN_EXIT_POLICY },
  { leyden_engine_error_quark, -1, LEYDEN_EXIT_FAILED },
  { leyden_dataset_error_quark, LEYDEN_DATASET_ERROR_FILE, LEYDEN_EXIT_FILE },
  { leyden_dataset_error_quark, -1, LEYDEN_EXIT_FAILED },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_NOT_FOUND, LEYDEN_EXIT_FAILED },
  { leyden_store_error_quark, LEYDEN_STORE_ERROR_REFUSED, LEYDEN_EXIT_POLICY },
  { leyden_store_error_quark, -1, LEYDEN_EXIT_FILE },
  { leyden_gateway_error_quark, LEYDEN_GATEWAY_ERROR_DEFINITION, LEYDEN_EXIT_FAILED },
  { leyden_gateway_error_quark, LEYDEN_GATEWAY_ERROR_POLICY, LEYDEN_EXIT_POLICY },
  { leyden_gateway_error_quark, -1, LEYDEN_EXIT_FILE },
  { leyden_secrets_error_quark, LEYDEN_SECRETS_ERROR_ORIGIN, LEYDEN_EXIT_POLICY },
  { leyden_secrets_error_quark, LEYDEN_SECRETS_ERROR_FILE, LEYDEN_EXIT_FILE },
  { leyden_secrets_error_quark, -1, LEYDEN_EXIT_FAILED },
  { leyden_remote_error_quark, LEYDEN_REMOTE_ERROR_POLICY, LEYDEN_EXIT_POLICY },
  { leyden_remote_error_quark, LEYDEN_REMOTE_ERROR_NOT_FOUND, LEYDEN_EXIT_FAILED },
  { leyden_remote_error_quark, LEYDEN_REMOTE_ERROR_CONFLICT, LEYDEN_EXIT_FAILED },
  { leyden_remote_error_quark, LEYDEN_REMOTE_ERROR_INVALID, LEYDEN_EXIT_FAILED },
  { leyden_remote_error_quark, -1, LEYDEN_EXIT_NETWORK },
  { leyden_http_error_quark, -1, LEYDEN_EXIT_NETWORK },
  { leyden_model_error_quark, LEYDEN_MODEL_ERROR_ENDPOINT, LEYDEN_EXIT_FAILED },
  { leyden_model_error_quark, -1, LEYDEN_EXIT_NETWORK },
  { leyden_experiment_error_quark, LEYDEN_EXPERIMENT_ERROR_MODEL, LEYDEN_EXIT_NETWORK },
};

int
leyden_cli_status_of (const GError *error)
{
  for (guint i = 0; i < G_N_ELEMENTS (status_rules); i++)
    {
      const StatusRule *rule = &status_rules[i];

      if (error->domain == rule->domain () && (rule->code == -1 || rule->code == error->code))
        return rule->status;
    }
  return error->domain == G_IO_ERROR || error->domain == G_FILE_ERROR ? LEYDEN_EXIT_FILE : LEYDEN_EXIT_FAILED;
}

int
leyden_cli_fail (const GError *error)
{
  say (G_LOG_LEVEL_CRITICAL, error->message);
  return leyden_cli_status_of (error);
}

/* ---- Progress ---- */

static void
format_left (char   *buffer,
             gsize   size,
             double  seconds)
{
  if (!(seconds >= 0) || !isfinite (seconds))
    *buffer = '\0';
  else if (seconds < 120)
    g_snprintf (buffer, (gulong)size, _("%.0f s left"), seconds);
  else
    g_snprintf (buffer, (gulong)size, _("%.0f min left"), seconds / 60);
}

void
leyden_cli_progress (guint  done,
                     guint  total,
                     double seconds_left)
{
  gint64 now = g_get_monotonic_time ();
  char bar[BAR_WIDTH + 1];
  char left[64];
  const char *note = bar_note != NULL ? bar_note : "";
  guint filled = total == 0 ? 0 : (guint)((guint64)done * BAR_WIDTH / total);

  if (!isatty (STDERR_FILENO) || (bar_shown && now - bar_us < PROGRESS_US && done < total))
    return;
  bar_us = now;
  bar_shown = TRUE;
  memset (bar, '#', filled);
  memset (bar + filled, '.', BAR_WIDTH - filled);
  bar[BAR_WIDTH] = '\0';
  format_left (left, sizeof left, seconds_left);
  fprintf (stderr, "\r\033[K[%s] %u/%u %s %s", bar, done, total, left, note);
}

void
leyden_cli_progress_note (const char *note)
{
  g_free (bar_note);
  bar_note = note != NULL ? leyden_text_escape (note, -1, 200) : NULL;
}

void
leyden_cli_progress_end (void)
{
  g_clear_pointer (&bar_note, g_free);
  if (bar_shown)
    fputs ("\r\033[K", stderr);
  bar_shown = FALSE;
}

char *
leyden_cli_format_ms (double ms)
{
  if (!isfinite (ms))
    return g_strdup ("–");
  if (ms < 1000)
    return g_strdup_printf ("%.3g ms", ms);
  return g_strdup_printf ("%.3g s", ms / 1000);
}
