/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-source-form.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-choice-row.h"
#include "leyden-session.h"
#include "leyden-text.h"

struct _LeydenSourceForm
{
  AdwPreferencesGroup  parent_instance;

  GCancellable        *cancellable;
  GHashTable          *kinds;           /* name of a source → "prometheus", "mlflow" (static) */
  gboolean             filling;
  gboolean             asked;

  GtkWidget           *source;
  GtkWidget           *promql;
  GtkWidget           *experiment;
  GtkWidget           *metric;
  GtkWidget           *filter;
  GtkWidget           *prometheus_shape;
  GtkWidget           *mlflow_shape;
};

G_DEFINE_FINAL_TYPE (LeydenSourceForm, leyden_source_form, ADW_TYPE_PREFERENCES_GROUP)

static guint changed_signal;

static gboolean
is_mlflow (LeydenSourceForm *self)
{
  return g_strcmp0 (g_hash_table_lookup (self->kinds, leyden_choice_row_get_key (self->source)), "mlflow") == 0;
}

static void
update_visible (LeydenSourceForm *self)
{
  gboolean mlflow = is_mlflow (self);

  gtk_widget_set_visible (self->promql, !mlflow);
  gtk_widget_set_visible (self->prometheus_shape, !mlflow);
  gtk_widget_set_visible (self->experiment, mlflow);
  gtk_widget_set_visible (self->metric, mlflow);
  gtk_widget_set_visible (self->filter, mlflow);
  gtk_widget_set_visible (self->mlflow_shape, mlflow);
}

static void
changed (LeydenSourceForm *self)
{
  if (self->filling)
    return;
  update_visible (self);
  g_signal_emit (self, changed_signal, 0);
}

/* ---- The sources there are ---- */

void
leyden_source_form_set_sources (LeydenSourceForm *self,
                                LeydenValue      *sources)
{
  LeydenValue *list = leyden_value_get_member (sources, "sources");
  gboolean filling = self->filling;
  g_autofree char *chosen = NULL;

  g_return_if_fail (LEYDEN_IS_SOURCE_FORM (self));

  chosen = g_strdup (leyden_choice_row_get_key (self->source));
  self->filling = TRUE;
  leyden_choice_row_clear (self->source);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      const char *name = leyden_value_get_member_string (item, "name", "");
      gboolean mlflow = g_strcmp0 (leyden_value_get_member_string (item, "kind", NULL), "mlflow") == 0;

      g_hash_table_insert (self->kinds, g_strdup (name), (gpointer) (mlflow ? "mlflow" : "prometheus"));
      leyden_choice_row_add (self->source, name, name);
    }
  if (*chosen != '\0')
    leyden_choice_row_select (self->source, chosen);
  update_visible (self);
  self->filling = filling;
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenSourceForm) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  /* Without an answer the source that is named stays the only one to choose. */
  if (answer != NULL && self->cancellable != NULL)
    leyden_source_form_set_sources (self, answer);
}

static void
mapped_cb (LeydenSourceForm *self)
{
  LeydenSession *session = leyden_session_get_default ();

  if (self->asked)
    return;
  self->asked = TRUE;
  leyden_backend_request_async (leyden_session_get_backend (session), "GET", "/leyden/v1/sources", NULL, self->cancellable, listed_cb, g_object_ref (self));
}

/* ---- The question ---- */

static void
set_entry (GtkWidget  *row,
           const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

static const char *
get_entry (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

void
leyden_source_form_set (LeydenSourceForm *self,
                        LeydenValue      *query)
{
  LeydenValue *mlflow = leyden_value_get_member (query, "mlflow");
  const char *name = leyden_value_get_member_string (query, "source", NULL);
  const char *shape = leyden_value_get_member_string (query, "shape", NULL);

  g_return_if_fail (LEYDEN_IS_SOURCE_FORM (self));

  self->filling = TRUE;
  if (name != NULL)
    {
      g_hash_table_insert (self->kinds, g_strdup (name), (gpointer) (mlflow != NULL ? "mlflow" : "prometheus"));
      leyden_choice_row_select (self->source, name);
    }
  set_entry (self->promql, leyden_value_get_member_string (query, "promql", ""));
  set_entry (self->experiment, leyden_value_get_member_string (mlflow, "experiment", ""));
  set_entry (self->metric, leyden_value_get_member_string (mlflow, "metric", ""));
  set_entry (self->filter, leyden_value_get_member_string (mlflow, "filter", ""));
  if (shape != NULL && mlflow == NULL)
    leyden_choice_row_select (self->prometheus_shape, shape);
  if (mlflow != NULL)
    leyden_choice_row_select (self->mlflow_shape, g_strcmp0 (leyden_value_get_member_string (mlflow, "x", NULL), "time") == 0 ? "time"
                                                  : shape != NULL ? shape : "step");
  update_visible (self);
  self->filling = FALSE;
}

/* Takes @object; NULL removes. */
static LeydenValue *
with_value (LeydenValue *object,
            const char  *key,
            LeydenValue *value)
{
  g_autoptr(LeydenValue) owned = object;

  return leyden_value_with_member (owned, key, value);
}

static LeydenValue *
with_text (LeydenValue *object,
           const char  *key,
           const char  *text)
{
  g_autoptr(LeydenValue) value = text != NULL ? leyden_value_new_string (text, -1) : NULL;

  return with_value (object, key, value);
}

/* What is meant without words is not written where it was not. */
static LeydenValue *
with_choice (LeydenValue *object,
             const char  *key,
             const char  *choice,
             const char  *usual)
{
  if (leyden_value_get_member (object, key) == NULL && strcmp (choice, usual) == 0)
    return object;
  return with_text (object, key, choice);
}

static const char *
get_entry_or_null (GtkWidget *row)
{
  return *get_entry (row) != '\0' ? get_entry (row) : NULL;
}

/* @before: (nullable): what the form does not know of it stays. */
static LeydenValue *
make_mlflow (LeydenSourceForm *self,
             LeydenValue      *before)
{
  LeydenValue *mlflow = before != NULL ? leyden_value_ref (before) : NULL;

  if (mlflow == NULL)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      mlflow = leyden_value_builder_end_value (&b);
    }
  mlflow = with_text (mlflow, "experiment", get_entry (self->experiment));
  mlflow = with_text (mlflow, "metric", get_entry_or_null (self->metric));
  mlflow = with_text (mlflow, "filter", get_entry_or_null (self->filter));
  return with_choice (mlflow, "x", strcmp (leyden_choice_row_get_key (self->mlflow_shape), "time") == 0 ? "time" : "step", "step");
}

LeydenValue *
leyden_source_form_get (LeydenSourceForm *self,
                        LeydenValue      *query)
{
  g_autoptr(LeydenValue) mlflow = NULL;

  g_return_val_if_fail (LEYDEN_IS_SOURCE_FORM (self), query);

  if (is_mlflow (self))
    mlflow = make_mlflow (self, leyden_value_get_member (query, "mlflow"));
  query = with_text (query, "source", leyden_choice_row_get_key (self->source));
  query = with_value (query, "mlflow", mlflow);
  query = with_text (query, "promql", mlflow == NULL ? get_entry (self->promql) : NULL);
  return with_choice (query, "shape", leyden_choice_row_get_key (mlflow != NULL ? self->mlflow_shape : self->prometheus_shape),
                      mlflow != NULL ? "step" : "time");
}

/* ---- Life ---- */

static void
leyden_source_form_dispose (GObject *object)
{
  LeydenSourceForm *self = LEYDEN_SOURCE_FORM (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (leyden_source_form_parent_class)->dispose (object);
}

static void
leyden_source_form_finalize (GObject *object)
{
  g_hash_table_unref (LEYDEN_SOURCE_FORM (object)->kinds);
  G_OBJECT_CLASS (leyden_source_form_parent_class)->finalize (object);
}

static void
leyden_source_form_class_init (LeydenSourceFormClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_source_form_dispose;
  object_class->finalize = leyden_source_form_finalize;
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_SOURCE_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
add_choice (LeydenSourceForm *self,
            const char       *title)
{
  GtkWidget *row = leyden_choice_row_new (title);

  g_signal_connect_object (row, "notify::selected", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  return row;
}

/* What is typed counts when it is applied: each letter would be a question to another server. */
static GtkWidget *
add_entry (LeydenSourceForm *self,
           const char       *title)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  g_signal_connect_object (row, "apply", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  return row;
}

static GtkWidget *
create_settings_button (void)
{
  GtkWidget *button = gtk_button_new_with_label (_("Sources…"));

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "app.sources");
  return button;
}

static void
leyden_source_form_init (LeydenSourceForm *self)
{
  self->cancellable = g_cancellable_new ();
  self->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->filling = TRUE;
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _("Other Server"));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self), create_settings_button ());
  self->source = add_choice (self, _("Source"));
  self->promql = add_entry (self, _("PromQL query"));
  self->prometheus_shape = add_choice (self, _("Show"));
  leyden_choice_row_add (self->prometheus_shape, "time", _("Over time"));
  leyden_choice_row_add (self->prometheus_shape, "value", _("One number"));
  leyden_choice_row_add (self->prometheus_shape, "groups", _("One bar for each group"));
  leyden_choice_row_add (self->prometheus_shape, "table", _("Table"));
  self->experiment = add_entry (self, _("Experiment of MLflow"));
  self->metric = add_entry (self, _("Metric of MLflow"));
  self->filter = add_entry (self, _("Filter of runs, such as params.lr = '0.1'"));
  self->mlflow_shape = add_choice (self, _("Show"));
  leyden_choice_row_add (self->mlflow_shape, "step", _("By training step"));
  leyden_choice_row_add (self->mlflow_shape, "time", _("Over time"));
  leyden_choice_row_add (self->mlflow_shape, "value", _("One number"));
  leyden_choice_row_add (self->mlflow_shape, "groups", _("One bar for each group"));
  leyden_choice_row_add (self->mlflow_shape, "table", _("Table"));
  g_signal_connect (self, "map", G_CALLBACK (mapped_cb), NULL);
  update_visible (self);
  self->filling = FALSE;
}

GtkWidget *
leyden_source_form_new (void)
{
  return g_object_new (LEYDEN_TYPE_SOURCE_FORM, NULL);
}
