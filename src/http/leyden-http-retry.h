/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* When to try again: pure functions. */
#define LEYDEN_HTTP_RETRY_BASE_MS 500
#define LEYDEN_HTTP_RETRY_CAP_MS 60000

/* Full jitter: a uniform part of min (cap, base * 2^(attempt - 1)). @attempt counts from 1, @uniform lies in [0, 1).
 *
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("Full Jitter"). */
guint    leyden_http_retry_backoff_ms  (guint       attempt,
                                        double      uniform);
/* Retry-After of RFC 9110, section 10.2.3: seconds or a date; capped at 60 s. FALSE for what is neither, negative or past. */
gboolean leyden_http_retry_parse_after (const char *value,
                                        gint64      now_s,
                                        guint      *delay_ms);
/* The same in seconds, with a cap of one's own. */
gboolean leyden_http_retry_parse_after_s (const char *value,
                                          gint64      now_s,
                                          guint       max_s,
                                          guint      *delay_s);
/* The pause: at least what the server asked for, at least the jitter. @after is nullable. */
guint    leyden_http_retry_delay_ms    (guint       attempt,
                                        double      uniform,
                                        const char *after,
                                        gint64      now_s);
gboolean leyden_http_retry_wants_status (guint      status);

/* The circuit breaker of one origin. Closed; open after @limit failures in a row for @open_ms; then one trial decides. */
typedef struct
{
  guint limit;                  /* 0: never opens */
  guint open_ms;
  guint n_failures;
  gint64 open_until_us;         /* 0: closed */
  gboolean on_trial;
} LeydenHttpBreaker;

/* FALSE with the time to wait when the breaker is open. TRUE may make the caller the trial: it must report or withdraw. */
gboolean leyden_http_breaker_enter     (LeydenHttpBreaker *self,
                                        gint64             now_us,
                                        guint             *wait_ms);
void     leyden_http_breaker_report    (LeydenHttpBreaker *self,
                                        gint64             now_us,
                                        gboolean           success);
/* The call ended without saying anything about the server (it was cancelled). */
void     leyden_http_breaker_withdraw  (LeydenHttpBreaker *self);

G_END_DECLS
