/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-editor.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-alert-preview.h"
#include "leyden-alert-rows.h"
#include "leyden-alert-text.h"
#include "leyden-alert-watch.h"
#include "leyden-experiment-parts.h"
#include "leyden-id.h"
#include "leyden-text.h"

static const char * const kinds[] = { "threshold", "change", "absence", "error-rate", "budget" };
static const char * const severities[] = { "info", "warning", "critical" };
static const gint64 windows[] = { 60, 300, 900, 1800, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400 };
static const gint64 holds[] = { 0, 60, 300, 900, 3600 };

struct _LeydenAlertEditor
{
  AdwWindow         parent_instance;

  LeydenSession    *session;
  LeydenAlertWatch *watch;
  GCancellable     *cancellable;
  LeydenValue      *alert;              /* what is changed; nullable */
  char             *id;
  GPtrArray        *metrics;            /* names, in the order of the row */
  GPtrArray        *units;              /* of those that were known when the form was filled: numbers stay in what they were shown in */
  GPtrArray        *aggregations;       /* the same; the first is NULL: as the metric has it */
  GPtrArray        *dimensions;         /* the same; the first is NULL: none */
  GArray           *spans[2];           /* seconds, in the order of the rows */
  GHashTable       *hooks;              /* name → switch, borrowed */
  gboolean          filling;

  GtkWidget        *message;
  GtkWidget        *save_button;
  GtkWidget        *title;
  GtkWidget        *kind;
  GtkWidget        *metric;
  GtkWidget        *aggregation;
  GtkWidget        *split;
  GtkWidget        *where;
  GtkWidget        *above;
  GtkWidget        *below;
  GtkWidget        *clear;
  GtkWidget        *window;
  GtkWidget        *hold;
  GtkWidget        *min_n;
  GtkWidget        *forecast_row;
  GtkWidget        *forecast;
  GtkWidget        *severity;
  GtkWidget        *enabled;
  GtkWidget        *desktop;
  GtkWidget        *hooks_row;
  GtkWidget        *quiet;
  GtkWidget        *quiet_from;
  GtkWidget        *quiet_to;
  GtkWidget        *quiet_zone;
  GtkWidget        *preview;
};

G_DEFINE_FINAL_TYPE (LeydenAlertEditor, leyden_alert_editor, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_SAVED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static guint
find_text (const char * const *list,
           guint               n,
           const char         *text,
           guint               fallback)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (list[i], text) == 0)
      return i;
  return fallback;
}

static const char *
get_kind (LeydenAlertEditor *self)
{
  return kinds[MIN (adw_combo_row_get_selected (ADW_COMBO_ROW (self->kind)), G_N_ELEMENTS (kinds) - 1)];
}

/* NULL: as it is. */
static const char *
get_chosen (GtkWidget *row,
            GPtrArray *names)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (row));

  return selected < names->len ? g_ptr_array_index (names, selected) : NULL;
}

/* ---- The rule of the form ---- */

static const char *
get_unit (LeydenAlertEditor *self)
{
  const char *unit = get_chosen (self->metric, self->units);

  return leyden_alert_get_unit (get_kind (self), get_chosen (self->aggregation, self->aggregations), unit != NULL ? unit : "");
}

/* Parts of a whole are typed as per cent. */
static double
get_factor (LeydenAlertEditor *self)
{
  return g_str_equal (get_unit (self), "ratio") ? 100 : 1;
}

static void
set_from (LeydenAlertEditor  *self,
          LeydenValueBuilder *b,
          const char         *key,
          GtkWidget          *entry)
{
  double number;

  if (gtk_widget_get_visible (entry) && leyden_form_get_number (entry, &number))
    leyden_value_builder_set_double (b, key, number / get_factor (self));
}

static void
show_threshold (LeydenAlertEditor *self,
                GtkWidget         *entry,
                const char        *key,
                double             fallback)
{
  leyden_form_set_number (entry, leyden_value_get_member_double (self->alert, key, fallback) * get_factor (self));
}

/* What the form does not show of a question stays: its filter, its SQL. */
static void
write_query (LeydenAlertEditor  *self,
             LeydenValueBuilder *b)
{
  LeydenValue *before = leyden_value_get_member (self->alert, "query");
  const char *metric = get_chosen (self->metric, self->metrics), *aggregation = get_chosen (self->aggregation, self->aggregations);
  const char *dimension = get_chosen (self->split, self->dimensions), *where = gtk_editable_get_text (GTK_EDITABLE (self->where));

  leyden_value_builder_key (b, "query");
  if (metric == NULL)
    {
      leyden_value_builder_add (b, before);
      return;
    }
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "metric", metric);
  if (aggregation != NULL)
    leyden_value_builder_set_string (b, "aggregation", aggregation);
  if (dimension != NULL)
    {
      leyden_value_builder_key (b, "split");
      leyden_value_builder_begin_list (b);
      leyden_value_builder_add_string (b, dimension);
      leyden_value_builder_end (b);
    }
  if (leyden_value_get_member (before, "filter") != NULL)
    leyden_value_builder_set (b, "filter", leyden_value_get_member (before, "filter"));
  if (*where != '\0')
    leyden_value_builder_set_string (b, "where", where);
  leyden_value_builder_end (b);
}

static void
write_quiet (LeydenAlertEditor  *self,
             LeydenValueBuilder *b)
{
  LeydenValue *days = leyden_value_get_member (leyden_value_get_member (self->alert, "quiet"), "days");

  if (!adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self->quiet)))
    return;
  leyden_value_builder_key (b, "quiet");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "from", gtk_editable_get_text (GTK_EDITABLE (self->quiet_from)));
  leyden_value_builder_set_string (b, "to", gtk_editable_get_text (GTK_EDITABLE (self->quiet_to)));
  leyden_value_builder_set_string (b, "zone", gtk_editable_get_text (GTK_EDITABLE (self->quiet_zone)));
  if (days != NULL)
    leyden_value_builder_set (b, "days", days);
  leyden_value_builder_end (b);
}

static void
write_hooks (LeydenAlertEditor  *self,
             LeydenValueBuilder *b)
{
  g_autoptr(GList) names = g_list_sort (g_hash_table_get_keys (self->hooks), (GCompareFunc) strcmp);

  leyden_value_builder_key (b, "webhooks");
  leyden_value_builder_begin_list (b);
  for (GList *l = names; l != NULL; l = l->next)
    if (gtk_switch_get_active (g_hash_table_lookup (self->hooks, l->data)))
      leyden_value_builder_add_string (b, l->data);
  leyden_value_builder_end (b);
}

static gint64
get_span (GtkWidget *row,
          GArray    *spans)
{
  return g_array_index (spans, gint64, MIN (adw_combo_row_get_selected (ADW_COMBO_ROW (row)), spans->len - 1));
}

LeydenValue *
leyden_alert_editor_dup_rule (LeydenAlertEditor *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  double min_n;

  g_return_val_if_fail (LEYDEN_IS_ALERT_EDITOR (self), NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "id", self->id);
  leyden_value_builder_set_string (&b, "title", gtk_editable_get_text (GTK_EDITABLE (self->title)));
  leyden_value_builder_set_boolean (&b, "enabled", gtk_switch_get_active (GTK_SWITCH (self->enabled)));
  leyden_value_builder_set_string (&b, "kind", get_kind (self));
  write_query (self, &b);
  set_from (self, &b, "above", self->above);
  set_from (self, &b, "below", self->below);
  set_from (self, &b, "clear", self->clear);
  leyden_value_builder_set_int (&b, "over_s", get_span (self->window, self->spans[0]));
  leyden_value_builder_set_int (&b, "for_s", get_span (self->hold, self->spans[1]));
  if (gtk_widget_get_visible (self->min_n) && leyden_form_get_number (self->min_n, &min_n) && min_n >= 0 && min_n <= 1e9)
    leyden_value_builder_set_int (&b, "min_n", (gint64) min_n);
  if (gtk_widget_get_visible (self->forecast_row) && gtk_switch_get_active (GTK_SWITCH (self->forecast)))
    leyden_value_builder_set_boolean (&b, "forecast", TRUE);
  write_quiet (self, &b);
  leyden_value_builder_set_string (&b, "severity", severities[MIN (adw_combo_row_get_selected (ADW_COMBO_ROW (self->severity)), 2)]);
  leyden_value_builder_set_boolean (&b, "desktop", gtk_switch_get_active (GTK_SWITCH (self->desktop)));
  write_hooks (self, &b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- What fits together ---- */

/* Thresholds have a unit, which follows what is chosen. */
static void
show_units (LeydenAlertEditor *self)
{
  GtkWidget *entries[] = { self->above, self->below, self->clear };
  const char *unit = get_unit (self), *shown = g_str_equal (unit, "ratio") ? "%" : g_str_equal (unit, "ms") ? _("ms") : "";

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    leyden_form_set_suffix (entries[i], shown);
}

/* A form of which something was changed. */
static void
changed_cb (LeydenAlertEditor *self)
{
  g_autoptr(LeydenValue) rule = NULL;
  gboolean has_title;

  if (self->filling)
    return;
  rule = leyden_alert_editor_dup_rule (self);
  has_title = *gtk_editable_get_text (GTK_EDITABLE (self->title)) != '\0';
  leyden_form_set_missing (self->message, self->save_button, !has_title, _("A rule needs a name before it can be saved."));
  show_units (self);
  if (!has_title)
    {
      g_autoptr(LeydenValue) title = leyden_value_new_string ("-", -1);
      g_autoptr(LeydenValue) named = leyden_value_with_member (rule, "title", title);

      leyden_alert_preview_set_rule (LEYDEN_ALERT_PREVIEW (self->preview), named);
      return;
    }
  leyden_alert_preview_set_rule (LEYDEN_ALERT_PREVIEW (self->preview), rule);
}

static void
fill_choices (GtkWidget  *row,
              GPtrArray  *names,
              const char *none,
              LeydenValue *list,
              const char *chosen)
{
  g_autoptr(GStrvBuilder) titles = g_strv_builder_new ();
  g_auto(GStrv) shown = NULL;
  guint selected = 0;

  g_ptr_array_set_size (names, 0);
  g_ptr_array_add (names, NULL);
  g_strv_builder_add (titles, none);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      const char *name = leyden_value_get_string (item, NULL);
      g_autofree char *title = NULL;

      if (name == NULL)
        name = leyden_value_get_member_string (item, "name", "");
      title = leyden_text_display (leyden_value_get_member_string (item, "title", name), -1, 60, FALSE);
      if (g_strcmp0 (name, chosen) == 0)
        selected = names->len;
      g_ptr_array_add (names, g_strdup (name));
      g_strv_builder_add (titles, title);
    }
  shown = g_strv_builder_end (titles);
  leyden_form_set_choices (row, (const char * const *) shown, selected);
}

/* Aggregations and dimensions of the metric. */
static void
fill_parts (LeydenAlertEditor *self,
            const char        *aggregation,
            const char        *dimension)
{
  LeydenValue *metric = leyden_alert_watch_find_metric (self->watch, get_chosen (self->metric, self->metrics));

  fill_choices (self->aggregation, self->aggregations, _("As usual"), leyden_value_get_member (metric, "aggregations"), aggregation);
  fill_choices (self->split, self->dimensions, _("All together"), leyden_value_get_member (metric, "dimensions"), dimension);
}

static void
metric_cb (LeydenAlertEditor *self)
{
  if (self->filling)
    return;
  self->filling = TRUE;
  fill_parts (self, NULL, NULL);
  self->filling = FALSE;
  changed_cb (self);
}

static void
show_fields (LeydenAlertEditor *self)
{
  const char *kind = get_kind (self);
  gboolean absence = g_str_equal (kind, "absence"), budget = g_str_equal (kind, "budget"), rate = g_str_equal (kind, "error-rate");

  gtk_widget_set_visible (self->above, !absence);
  gtk_widget_set_visible (self->below, !absence && !rate && !budget);
  gtk_widget_set_visible (self->clear, !absence);
  gtk_widget_set_visible (self->window, !budget);
  gtk_widget_set_visible (self->metric, !budget);
  gtk_widget_set_visible (self->aggregation, !budget && !absence && !rate);
  gtk_widget_set_visible (self->split, !budget && !absence);
  gtk_widget_set_visible (self->min_n, rate);
  gtk_widget_set_visible (self->forecast_row, budget);
}

static void
choose_metric (LeydenAlertEditor *self,
               const char        *name)
{
  for (guint i = 0; i < self->metrics->len; i++)
    if (g_strcmp0 (g_ptr_array_index (self->metrics, i), name) == 0)
      adw_combo_row_set_selected (ADW_COMBO_ROW (self->metric), i);
}

/* Each kind has a metric that it is about as a rule. */
static void
kind_cb (LeydenAlertEditor *self)
{
  const char *kind = get_kind (self);

  show_fields (self);
  if (self->filling)
    return;
  self->filling = TRUE;
  if (g_str_equal (kind, "error-rate"))
    choose_metric (self, "failed");
  else if (g_str_equal (kind, "budget"))
    choose_metric (self, "budget-used");
  else if (g_str_equal (kind, "absence"))
    choose_metric (self, "ended");
  fill_parts (self, NULL, NULL);
  self->filling = FALSE;
  changed_cb (self);
}

/* ---- Saving ---- */

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenAlertEditor) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->session == NULL)
    return;
  if (answer == NULL)
    {
      leyden_form_set_problem (self->message, error->message);
      gtk_widget_set_sensitive (self->save_button, TRUE);
      return;
    }
  leyden_alert_watch_refresh (self->watch);
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, self->id);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
save_cb (LeydenAlertEditor *self)
{
  g_autofree char *escaped = leyden_backend_escape (self->id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/alerts/%s", escaped);
  g_autoptr(LeydenValue) rule = leyden_alert_editor_dup_rule (self);

  gtk_widget_set_sensitive (self->save_button, FALSE);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", path, rule, self->cancellable, saved_cb, g_object_ref (self));
}

/* ---- Filling ---- */

static void
add_hook (LeydenAlertEditor *self,
          const char        *name,
          gboolean           active)
{
  g_autofree char *shown = leyden_text_display (name, -1, 70, FALSE);
  GtkWidget *toggle;
  GtkWidget *row;

  if (g_hash_table_contains (self->hooks, name))
    return;
  row = leyden_form_switch (shown, NULL, active, &toggle);
  g_hash_table_insert (self->hooks, g_strdup (name), toggle);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->hooks_row), row);
  gtk_widget_set_visible (self->hooks_row, TRUE);
  g_signal_connect_object (toggle, "notify::active", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}

static void
hooks_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenAlertEditor) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *list = leyden_value_get_member (answer, "webhooks");

  if (answer == NULL || self->session == NULL)
    return;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    add_hook (self, leyden_value_get_member_string (leyden_value_get_item (list, i), "name", ""), FALSE);
}

static void
fill_spans (GtkWidget    *row,
            GArray       *spans,
            const gint64 *usual,
            guint         n,
            gint64        chosen,
            const char   *zero)
{
  g_autoptr(GStrvBuilder) titles = g_strv_builder_new ();
  g_auto(GStrv) shown = NULL;
  guint selected = 0;
  gboolean known = FALSE;

  g_array_append_vals (spans, usual, n);
  for (guint i = 0; i < n; i++)
    known = known || usual[i] == chosen;
  if (!known)
    g_array_append_val (spans, chosen);
  for (guint i = 0; i < spans->len; i++)
    {
      gint64 each = g_array_index (spans, gint64, i);
      g_autofree char *text = each == 0 ? g_strdup (zero) : leyden_alert_format_span (each);

      g_strv_builder_add (titles, text);
      if (each == chosen)
        selected = i;
    }
  shown = g_strv_builder_end (titles);
  leyden_form_set_choices (row, (const char * const *) shown, selected);
}

static void
fill_metrics (LeydenAlertEditor *self,
              const char        *chosen)
{
  LeydenValue *list = leyden_value_get_member (leyden_alert_watch_get_metrics (self->watch), "metrics");
  g_autoptr(GStrvBuilder) titles = g_strv_builder_new ();
  g_auto(GStrv) shown = NULL;
  guint selected = 0;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *metric = leyden_value_get_item (list, i);
      const char *name = leyden_value_get_member_string (metric, "name", "");
      g_autofree char *title = leyden_text_display (leyden_value_get_member_string (metric, "title", name), -1, 60, FALSE);

      if (g_str_equal (name, chosen))
        selected = i;
      g_ptr_array_add (self->metrics, g_strdup (name));
      g_ptr_array_add (self->units, g_strdup (leyden_value_get_member_string (metric, "unit", "")));
      g_strv_builder_add (titles, title);
    }
  if (leyden_value_get_member (leyden_value_get_member (self->alert, "query"), "sql") != NULL)
    {
      selected = self->metrics->len;
      g_ptr_array_add (self->metrics, NULL);
      g_strv_builder_add (titles, "SQL");
    }
  else if (!g_ptr_array_find_with_equal_func (self->metrics, chosen, g_str_equal, NULL))
    {
      selected = self->metrics->len;
      g_ptr_array_add (self->metrics, g_strdup (chosen));
      g_strv_builder_add (titles, chosen);
    }
  shown = g_strv_builder_end (titles);
  leyden_form_set_choices (self->metric, (const char * const *) shown, selected);
}

static void
fill_quiet (LeydenAlertEditor *self)
{
  LeydenValue *quiet = leyden_value_get_member (self->alert, "quiet");
  g_autoptr(GTimeZone) zone = g_time_zone_new_local ();

  gtk_editable_set_text (GTK_EDITABLE (self->quiet_from), leyden_value_get_member_string (quiet, "from", "22:00"));
  gtk_editable_set_text (GTK_EDITABLE (self->quiet_to), leyden_value_get_member_string (quiet, "to", "07:00"));
  gtk_editable_set_text (GTK_EDITABLE (self->quiet_zone), leyden_value_get_member_string (quiet, "zone", g_time_zone_get_identifier (zone)));
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self->quiet), quiet != NULL);
}

static void
fill (LeydenAlertEditor *self)
{
  LeydenValue *alert = self->alert, *query = leyden_value_get_member (alert, "query"), *hooks = leyden_value_get_member (alert, "webhooks");
  const char *split = leyden_value_get_string (leyden_value_get_item (leyden_value_get_member (query, "split"), 0), NULL);

  self->filling = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->title), leyden_value_get_member_string (alert, "title", ""));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->kind),
                              find_text (kinds, G_N_ELEMENTS (kinds), leyden_value_get_member_string (alert, "kind", "threshold"), 0));
  fill_metrics (self, leyden_value_get_member_string (query, "metric", "success"));
  fill_parts (self, leyden_value_get_member_string (query, "aggregation", NULL), split);
  gtk_editable_set_text (GTK_EDITABLE (self->where), leyden_value_get_member_string (query, "where", ""));
  show_threshold (self, self->above, "above", NAN);
  show_threshold (self, self->below, "below", alert == NULL ? 0.5 : NAN);
  show_threshold (self, self->clear, "clear", NAN);
  leyden_form_set_number (self->min_n, leyden_value_get_member_double (alert, "min_n", 5));
  fill_spans (self->window, self->spans[0], windows, G_N_ELEMENTS (windows), leyden_value_get_member_int (alert, "over_s", 3600), "");
  fill_spans (self->hold, self->spans[1], holds, G_N_ELEMENTS (holds), leyden_value_get_member_int (alert, "for_s", 0), _("At once"));
  gtk_switch_set_active (GTK_SWITCH (self->forecast), leyden_value_get_member_boolean (alert, "forecast", FALSE));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->severity), find_text (severities, 3, leyden_value_get_member_string (alert, "severity", "warning"), 1));
  gtk_switch_set_active (GTK_SWITCH (self->enabled), leyden_value_get_member_boolean (alert, "enabled", TRUE));
  gtk_switch_set_active (GTK_SWITCH (self->desktop), leyden_value_get_member_boolean (alert, "desktop", TRUE));
  for (guint i = 0; i < leyden_value_get_size (hooks); i++)
    add_hook (self, leyden_value_get_string (leyden_value_get_item (hooks, i), NULL), TRUE);
  fill_quiet (self);
  self->filling = FALSE;
  show_fields (self);
  changed_cb (self);
}

/* ---- Building ---- */

static GtkWidget *
new_group (GtkWidget  *box,
           const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  if (title != NULL)
    gtk_box_append (GTK_BOX (box), leyden_part_label (title, "heading"));
  gtk_box_append (GTK_BOX (box), group);
  return group;
}

static void
add (GtkWidget *group,
     GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
}

static void
create_what (LeydenAlertEditor *self,
             GtkWidget         *box)
{
  const char *kind_names[] = { _("A threshold is passed"), _("A value changes"), _("Nothing happens"), _("Too many failures"),
                               _("The budget is used up"), NULL };
  const char *none[] = { NULL };
  GtkWidget *group = new_group (box, NULL);

  self->title = leyden_form_entry (_("Name"), NULL);
  self->kind = leyden_form_choice (_("Fires when"), kind_names, 0);
  self->metric = leyden_form_choice (_("Metric"), none, 0);
  self->aggregation = leyden_form_choice (_("Aggregation"), none, 0);
  self->split = leyden_form_choice (_("The worst of each"), none, 0);
  self->where = leyden_form_entry (_("Only where (SQL condition)"), NULL);
  add (group, self->title);
  add (group, self->kind);
  add (group, self->metric);
  add (group, self->aggregation);
  add (group, self->split);
  add (group, self->where);
}

static void
create_when (LeydenAlertEditor *self,
             GtkWidget         *box)
{
  const char *none[] = { NULL };
  GtkWidget *group = new_group (box, _("Threshold"));

  self->above = leyden_form_entry (_("Above"), NULL);
  self->below = leyden_form_entry (_("Below"), NULL);
  self->clear = leyden_form_entry (_("Good again at"), NULL);
  self->window = leyden_form_choice (_("Over the past"), none, 0);
  self->hold = leyden_form_choice (_("Lasting"), none, 0);
  self->min_n = leyden_form_entry (_("At least so many"), NULL);
  self->forecast_row = leyden_form_switch (_("By the forecast for the end of the month"), NULL, FALSE, &self->forecast);
  add (group, self->above);
  add (group, self->below);
  add (group, self->clear);
  add (group, self->window);
  add (group, self->hold);
  add (group, self->min_n);
  add (group, self->forecast_row);
}

static void
create_quiet (LeydenAlertEditor *self,
              GtkWidget         *group)
{
  self->quiet = adw_expander_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->quiet), _("Quiet hours"));
  adw_expander_row_set_show_enable_switch (ADW_EXPANDER_ROW (self->quiet), TRUE);
  self->quiet_from = leyden_form_entry (_("From"), NULL);
  self->quiet_to = leyden_form_entry (_("To"), NULL);
  self->quiet_zone = leyden_form_entry (_("Time zone"), NULL);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->quiet), self->quiet_from);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->quiet), self->quiet_to);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->quiet), self->quiet_zone);
  add (group, self->quiet);
}

static void
create_whom (LeydenAlertEditor *self,
             GtkWidget         *box)
{
  const char *severity_names[] = { leyden_alert_severity_title ("info"), leyden_alert_severity_title ("warning"), leyden_alert_severity_title ("critical"),
                                   NULL };
  GtkWidget *group = new_group (box, _("Telling"));

  self->severity = leyden_form_choice (_("Severity"), severity_names, 1);
  add (group, self->severity);
  add (group, leyden_form_switch (_("Notification on the desktop"), NULL, TRUE, &self->desktop));
  self->hooks_row = adw_expander_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->hooks_row), _("Webhooks"));
  gtk_widget_set_visible (self->hooks_row, FALSE);
  add (group, self->hooks_row);
  create_quiet (self, group);
  add (group, leyden_form_switch (_("Switched on"), NULL, TRUE, &self->enabled));
}

static void
connect_rows (LeydenAlertEditor *self)
{
  GtkWidget *entries[] = { self->title, self->where, self->above, self->below, self->clear, self->min_n, self->quiet_from, self->quiet_to, self->quiet_zone };
  GtkWidget *choices[] = { self->aggregation, self->split, self->window, self->hold, self->severity };
  GtkWidget *switches[] = { self->forecast, self->enabled, self->desktop };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_signal_connect_object (entries[i], "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    g_signal_connect_object (choices[i], "notify::selected", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    g_signal_connect_object (switches[i], "notify::active", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->quiet, "notify::enable-expansion", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->metric, "notify::selected", G_CALLBACK (metric_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->kind, "notify::selected", G_CALLBACK (kind_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->save_button, "clicked", G_CALLBACK (save_cb), self, G_CONNECT_SWAPPED);
}

static void
leyden_alert_editor_dispose (GObject *object)
{
  LeydenAlertEditor *self = LEYDEN_ALERT_EDITOR (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->watch);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_alert_editor_parent_class)->dispose (object);
}

static void
leyden_alert_editor_finalize (GObject *object)
{
  LeydenAlertEditor *self = LEYDEN_ALERT_EDITOR (object);

  g_clear_pointer (&self->alert, leyden_value_unref);
  g_free (self->id);
  g_ptr_array_unref (self->metrics);
  g_ptr_array_unref (self->units);
  g_ptr_array_unref (self->aggregations);
  g_ptr_array_unref (self->dimensions);
  g_array_unref (self->spans[0]);
  g_array_unref (self->spans[1]);
  g_hash_table_unref (self->hooks);
  G_OBJECT_CLASS (leyden_alert_editor_parent_class)->finalize (object);
}

static void
leyden_alert_editor_class_init (LeydenAlertEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alert_editor_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_alert_editor_finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
  signals[SIGNAL_SAVED] = g_signal_new ("saved", LEYDEN_TYPE_ALERT_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
leyden_alert_editor_init (LeydenAlertEditor *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *cancel;

  self->session = g_object_ref (leyden_session_get_default ());
  self->watch = g_object_ref (leyden_alert_watch_get_default ());
  self->cancellable = g_cancellable_new ();
  self->metrics = g_ptr_array_new_with_free_func (g_free);
  self->units = g_ptr_array_new_with_free_func (g_free);
  self->aggregations = g_ptr_array_new_with_free_func (g_free);
  self->dimensions = g_ptr_array_new_with_free_func (g_free);
  self->spans[0] = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->spans[1] = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->hooks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->preview = leyden_alert_preview_new ();
  leyden_form_build (ADW_WINDOW (self), box, _("_Save"), &cancel, &self->save_button, &self->message);
  create_what (self, box);
  create_when (self, box);
  gtk_box_append (GTK_BOX (box), self->preview);
  create_whom (self, box);
  gtk_window_set_default_size (GTK_WINDOW (self), 600, 760);
  connect_rows (self);
}

GtkWidget *
leyden_alert_editor_new (GtkWindow   *parent,
                         LeydenValue *alert)
{
  LeydenAlertEditor *self = g_object_new (LEYDEN_TYPE_ALERT_EDITOR, "transient-for", parent, NULL);

  gtk_window_set_title (GTK_WINDOW (self), alert != NULL ? _("Alert Rule") : _("New Alert Rule"));
  self->alert = alert != NULL ? leyden_value_ref (alert) : NULL;
  self->id = alert != NULL ? g_strdup (leyden_value_get_member_string (alert, "id", "")) : leyden_id_new_uuid7 ();
  fill (self);
  gtk_widget_grab_focus (self->title);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", "/leyden/v1/webhooks", NULL, self->cancellable, hooks_cb,
                                g_object_ref (self));
  return GTK_WIDGET (self);
}
