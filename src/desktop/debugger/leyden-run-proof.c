/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "leyden-run-proof.h"

/* What the user edits goes on being edited. */
static LeydenFlow *
copy (LeydenFlow *flow)
{
  g_autoptr(LeydenValue) value = leyden_flow_to_value (flow);

  return leyden_flow_from_value (value, NULL);
}

LeydenRunProof *
leyden_run_proof_new (LeydenFlow *before,
                      LeydenFlow *after)
{
  LeydenRunProof *self;

  g_return_val_if_fail (LEYDEN_IS_FLOW (before) && LEYDEN_IS_FLOW (after), NULL);

  self = g_new0 (LeydenRunProof, 1);
  self->before = copy (before);
  self->after = copy (after);
  self->hash = leyden_flow_hash (self->before);
  return self;
}

void
leyden_run_proof_free (LeydenRunProof *self)
{
  g_object_unref (self->before);
  g_object_unref (self->after);
  g_free (self->hash);
  g_free (self->baseline);
  g_free (self);
}

LeydenFlow *
leyden_run_proof_get_flow (const LeydenRunProof *self)
{
  return self->phase == LEYDEN_PROOF_BEFORE ? self->before : self->after;
}

static gboolean
has_same (LeydenValue *a,
          LeydenValue *b,
          const char  *member)
{
  LeydenValue *x = leyden_value_get_member (a, member), *y = leyden_value_get_member (b, member);

  if (x == NULL || leyden_value_is_null (x))
    return y == NULL || leyden_value_is_null (y);
  return y != NULL && leyden_value_equal (x, y);
}

/* The backend says which model a run took where none was named. */
static gboolean
is_as_wished (LeydenValue *run,
              LeydenValue *model,
              const char  *member)
{
  LeydenValue *wish = leyden_value_get_member (model, member);

  return wish == NULL || leyden_value_is_null (wish) || has_same (leyden_value_get_member (run, "model"), model, member);
}

/* Every row reached an end, and nothing but the flow decides how it ended. */
static gboolean
is_baseline (const LeydenRunProof *self,
             LeydenValue          *run,
             LeydenValue          *dataset,
             LeydenValue          *model)
{
  LeydenValue *summary = leyden_value_get_member (run, "summary"), *of_run = leyden_value_get_member (run, "dataset");
  gint64 n = leyden_value_get_member_int (run, "n_items", 0);

  return g_strcmp0 (leyden_value_get_member_string (run, "flow_hash", NULL), self->hash) == 0
         && leyden_value_get_member (run, "part") == NULL && leyden_value_get_member (run, "fork") == NULL && leyden_value_get_member (run, "imported") == NULL
         && n > 0 && leyden_value_get_member_int (summary, "done", 0) == n && leyden_value_get_member_int (summary, "cancelled", 0) == 0
         && has_same (of_run, dataset, "sha256") && has_same (of_run, dataset, "split") && has_same (of_run, dataset, "mapping")
         && is_as_wished (run, model, "endpoint") && is_as_wished (run, model, "model");
}

const char *
leyden_run_proof_find (const LeydenRunProof *self,
                       LeydenValue          *runs,
                       LeydenValue          *dataset,
                       LeydenValue          *model)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; leyden_value_get_kind (runs) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (runs); i++)
    if (is_baseline (self, leyden_value_get_item (runs, i), dataset, model))
      return leyden_value_get_member_string (leyden_value_get_item (runs, i), "run", NULL);
  return NULL;
}
