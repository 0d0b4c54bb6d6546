/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-preview.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-alert-text.h"
#include "leyden-chart-view.h"
#include "leyden-experiment-parts.h"
#include "leyden-session.h"

/* Typing is over. */
#define SOON_MS 400
#define HEIGHT 170

static const guint choices[] = { 1, 7, 30 };

struct _LeydenAlertPreview
{
  GtkWidget        parent_instance;

  LeydenSession   *session;
  GCancellable    *cancellable;
  LeydenValue     *rule;                /* nullable */
  char            *problem;
  guint            soon;
  GtkWidget       *box;
  GtkWidget       *days;
  GtkWidget       *text;
  GtkWidget       *view;
  LeydenChart     *chart;
};

G_DEFINE_FINAL_TYPE (LeydenAlertPreview, leyden_alert_preview, GTK_TYPE_WIDGET)

static guint
get_days (LeydenAlertPreview *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->days));

  return choices[MIN (selected, G_N_ELEMENTS (choices) - 1)];
}

/* ---- The chart: values, and a straight line at each threshold ---- */

static void
add_series (LeydenValueBuilder *b,
            const char         *name,
            LeydenValue        *x,
            LeydenValue        *y)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set (b, "x", x);
  leyden_value_builder_set (b, "y", y);
  leyden_value_builder_end (b);
}

static void
add_threshold (LeydenValueBuilder *b,
               LeydenValue        *rule,
               const char         *key,
               const char         *name,
               LeydenValue        *x)
{
  double value = leyden_value_get_member_double (rule, key, NAN);
  g_auto(LeydenValueBuilder) y = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;

  if (isnan (value))
    return;
  leyden_value_builder_begin_list (&y);
  for (guint i = 0; i < leyden_value_get_size (x); i++)
    leyden_value_builder_add_double (&y, value);
  leyden_value_builder_end (&y);
  list = leyden_value_builder_end_value (&y);
  add_series (b, name, x, list);
}

static LeydenValue *
make_result (LeydenValue *rule,
             LeydenValue *preview)
{
  LeydenValue *x = leyden_value_get_member (preview, "x");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "shape", "time");
  leyden_value_builder_set_string (&b, "unit", leyden_value_get_member_string (preview, "unit", ""));
  leyden_value_builder_key (&b, "series");
  leyden_value_builder_begin_list (&b);
  if (leyden_value_get_size (x) > 0)
    {
      add_series (&b, _("Value"), x, leyden_value_get_member (preview, "y"));
      add_threshold (&b, rule, "above", _("Above"), x);
      add_threshold (&b, rule, "below", _("Below"), x);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
widen (double  value,
       double *low,
       double *high)
{
  if (!isfinite (value))
    return;
  *low = MIN (*low, value);
  *high = MAX (*high, value);
}

/* Room around values and thresholds: a line at the edge looks like the edge, and marks there are cut in two. */
static void
set_range (LeydenValueBuilder *b,
           LeydenValue        *rule,
           LeydenValue        *y)
{
  double low = INFINITY, high = -INFINITY, room;

  for (guint i = 0; i < leyden_value_get_size (y); i++)
    {
      double value;

      if (leyden_value_get_double (leyden_value_get_item (y, i), &value))
        widen (value, &low, &high);
    }
  widen (leyden_value_get_member_double (rule, "above", NAN), &low, &high);
  widen (leyden_value_get_member_double (rule, "below", NAN), &low, &high);
  if (!(low <= high))
    return;
  room = low < high ? (high - low) * 0.15 : low != 0 ? fabs (low) * 0.15 : 1;
  if (!isfinite (room) || !isfinite (low - room) || !isfinite (high + room))
    return;
  leyden_value_builder_set_double (b, "min", low - room);
  leyden_value_builder_set_double (b, "max", high + room);
}

/* Times are those of this computer. */
static LeydenValue *
make_options (LeydenValue *rule,
              LeydenValue *preview)
{
  g_autoptr(GTimeZone) zone = g_time_zone_new_local ();
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", _("The past days"));
  leyden_value_builder_set_string (&b, "zone", g_time_zone_get_identifier (zone));
  set_range (&b, rule, leyden_value_get_member (preview, "y"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Asking ---- */

static void
show_text (LeydenAlertPreview *self,
           const char         *text,
           gboolean            is_problem)
{
  leyden_part_set_text (self->text, text, 400);
  gtk_widget_set_css_classes (self->text, (const char *[]) { is_problem ? "error" : "body", NULL });
  g_free (self->problem);
  self->problem = is_problem ? g_strdup (text) : NULL;
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenAlertPreview) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) drawn = NULL;
  g_autoptr(LeydenValue) options = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->box == NULL)
    return;
  if (answer == NULL)
    {
      show_text (self, error->message, TRUE);
      gtk_widget_set_visible (self->view, FALSE);
      return;
    }
  text = leyden_alert_describe_preview (answer, get_days (self));
  show_text (self, text, FALSE);
  drawn = make_result (self->rule, answer);
  options = make_options (self->rule, answer);
  leyden_chart_set_result (self->chart, LEYDEN_CHART_KIND_LINE, drawn, options);
  gtk_widget_set_visible (self->view, leyden_value_get_size (leyden_value_get_member (answer, "x")) > 0);
}

static void
forget (LeydenAlertPreview *self)
{
  g_clear_handle_id (&self->soon, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static gboolean
soon_cb (gpointer data)
{
  LeydenAlertPreview *self = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  self->soon = 0;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "rule", self->rule);
  leyden_value_builder_set_int (&b, "days", get_days (self));
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/alerts/preview", body, self->cancellable, received_cb,
                                g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
leyden_alert_preview_set_rule (LeydenAlertPreview *self,
                               LeydenValue        *rule)
{
  g_return_if_fail (LEYDEN_IS_ALERT_PREVIEW (self));

  forget (self);
  if (rule != NULL)
    leyden_value_ref (rule);
  g_clear_pointer (&self->rule, leyden_value_unref);
  self->rule = rule;
  if (rule != NULL)
    self->soon = g_timeout_add (SOON_MS, soon_cb, self);
}

static void
days_cb (LeydenAlertPreview *self)
{
  if (self->rule != NULL)
    leyden_alert_preview_set_rule (self, self->rule);
}

/* ---- Life ---- */

static void
leyden_alert_preview_dispose (GObject *object)
{
  LeydenAlertPreview *self = LEYDEN_ALERT_PREVIEW (object);

  g_clear_handle_id (&self->soon, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->chart);
  g_clear_object (&self->session);
  g_clear_pointer (&self->rule, leyden_value_unref);
  g_clear_pointer (&self->problem, g_free);
  G_OBJECT_CLASS (leyden_alert_preview_parent_class)->dispose (object);
}

static void
leyden_alert_preview_class_init (LeydenAlertPreviewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alert_preview_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_alert_preview_init (LeydenAlertPreview *self)
{
  const char *names[] = { _("Past day"), _("Past 7 days"), _("Past 30 days"), NULL };
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->text = leyden_part_label ("", "body");
  gtk_widget_set_hexpand (self->text, TRUE);
  self->days = gtk_drop_down_new_from_strings (names);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->days), 1);
  gtk_widget_set_valign (self->days, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->days), GTK_ACCESSIBLE_PROPERTY_LABEL, _("How far back"), -1);
  self->chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  self->view = leyden_chart_view_new ();
  leyden_chart_view_set_chart (LEYDEN_CHART_VIEW (self->view), self->chart);
  gtk_widget_set_size_request (self->view, -1, HEIGHT);
  gtk_widget_set_visible (self->view, FALSE);
  gtk_box_append (GTK_BOX (bar), self->text);
  gtk_box_append (GTK_BOX (bar), self->days);
  gtk_box_append (GTK_BOX (self->box), bar);
  gtk_box_append (GTK_BOX (self->box), self->view);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->days, "notify::selected", G_CALLBACK (days_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_alert_preview_new (void)
{
  return g_object_new (LEYDEN_TYPE_ALERT_PREVIEW, NULL);
}

const char *
leyden_alert_preview_get_text (LeydenAlertPreview *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_PREVIEW (self), "");

  return gtk_label_get_text (GTK_LABEL (self->text));
}

const char *
leyden_alert_preview_get_problem (LeydenAlertPreview *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_PREVIEW (self), NULL);

  return self->problem;
}
