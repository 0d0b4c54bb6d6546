/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-run-panel-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-text.h"

/* Whether a change helps: see LeydenRunProof for the order of things. What is told of it stands above the rows. */

/* Of those runs one is looked for that need not be made again. */
#define MAX_RUNS 500

static void
tell (LeydenRunPanel *self,
      const char     *text)
{
  gtk_label_set_text (GTK_LABEL (self->verdict), text);
  gtk_widget_set_visible (self->verdict, TRUE);
  leyden_announce (GTK_WIDGET (self), text);
}

void
leyden_run_panel_drop_proof (LeydenRunPanel *self)
{
  g_clear_pointer (&self->proof, leyden_run_proof_free);
}

/* --- the verdict --- */

static void
verdict_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenRunPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *sentence = leyden_value_get_member_string (answer, "sentence", NULL);
  g_autofree char *shown = leyden_text_display (sentence != NULL ? sentence : error != NULL ? error->message : "–", -1, 300, FALSE);
  g_autofree char *text = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Translators: the difference of two runs on the same rows, with figures. */
  text = sentence != NULL ? g_strdup_printf (_("Against the flow before the change: %s"), shown)
                          : g_strdup_printf (_("It cannot be compared with the flow before the change: %s"), shown);
  tell (self, text);
}

static void
ask_verdict (LeydenRunPanel *self,
             const char     *baseline)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/compare?with=%s", leyden_run_view_get_id (self->view), baseline);

  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, verdict_cb, g_object_ref (self));
}

/* --- the two runs --- */

static void
run_changed_flow (LeydenRunPanel *self,
                  const char     *baseline)
{
  self->proof->baseline = g_strdup (baseline);
  self->proof->phase = LEYDEN_PROOF_AFTER;
  leyden_run_panel_post (self);
}

void
leyden_run_panel_proof_shown (LeydenRunPanel *self)
{
  if (self->proof == NULL)
    return;
  tell (self, self->proof->phase == LEYDEN_PROOF_BEFORE ? _("First the flow as it was, over the same rows; then with the change.")
                                                         : _("Now with the change; how the two compare is told at the end."));
}

void
leyden_run_panel_proof_ended (LeydenRunPanel *self)
{
  g_autofree char *run = g_strdup (leyden_run_view_get_id (self->view));
  gboolean before = self->proof->phase == LEYDEN_PROOF_BEFORE;

  if (g_strcmp0 (leyden_run_view_get_state (self->view), "cancelled") == 0 || g_strcmp0 (leyden_run_view_get_state (self->view), "interrupted") == 0)
    tell (self, _("It did not run to its end: there is nothing to compare"));
  else if (before)
    {
      run_changed_flow (self, run);
      return;
    }
  else
    ask_verdict (self, self->proof->baseline);
  leyden_run_panel_drop_proof (self);
}

static void
runs_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenRunPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenValue) dataset = NULL;
  const char *run;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->starting = FALSE;
  /* Stopped, or chosen otherwise, meanwhile. */
  if (self->proof == NULL || !leyden_run_panel_can_start (self))
    {
      leyden_run_panel_drop_proof (self);
      return;
    }
  dataset = leyden_dataset_choice_to_request (self->choice, leyden_run_setup_get_split (self->setup));
  run = leyden_run_proof_find (self->proof, leyden_value_get_member (answer, "runs"), dataset, leyden_session_get_default_model (self->session));
  if (run != NULL)
    run_changed_flow (self, run);
  else
    {
      self->proof->phase = LEYDEN_PROOF_BEFORE;
      leyden_run_panel_post (self);
    }
}

void
leyden_run_panel_begin_proof (LeydenRunPanel *self)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs?purpose=run&limit=%d", MAX_RUNS);

  self->starting = TRUE;
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, runs_cb, g_object_ref (self));
}

gboolean
leyden_run_panel_prove (LeydenRunPanel *self,
                        LeydenFlow     *before)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (self), FALSE);
  g_return_val_if_fail (LEYDEN_IS_FLOW (before), FALSE);

  if (self->document == NULL || self->starting || (self->view != NULL && leyden_run_view_is_active (self->view)))
    return FALSE;
  leyden_run_panel_drop_proof (self);
  self->proof = leyden_run_proof_new (before, leyden_document_get_flow (self->document));
  leyden_run_panel_start_when_ready (self);
  if (!self->wanted && !self->starting)
    {
      leyden_run_panel_drop_proof (self);
      leyden_run_panel_set_message (self, _("Choose a data set: the change is tried on its rows."));
    }
  return TRUE;
}
