/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-query-form.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-choice-row.h"
#include "leyden-completion.h"
#include "leyden-filter-rows.h"
#include "leyden-source-form.h"
#include "leyden-text-editor.h"
#include "leyden-text.h"
#include "leyden-view-complete.h"

/* As many as the query that one begins with has, and one to write. */
#define SQL_LINES 7

struct _LeydenQueryForm
{
  GtkWidget         parent_instance;

  LeydenValue      *query;              /* as it was set */
  LeydenValue      *catalog;
  gboolean          filling;

  GtkWidget        *box;
  GtkWidget        *source;             /* "metric", "sql", "live", "source" */
  GtkWidget        *metric_group;
  GtkWidget        *metric;
  GtkWidget        *about;              /* what the metric is */
  GtkWidget        *aggregation;
  GtkWidget        *shape;
  GtkWidget        *interval;
  GtkWidget        *split;
  GtkWidget        *second;
  GtkWidget        *band;
  GtkWidget        *name;
  GtkWidget        *filters;
  GtkWidget        *sql_group;
  GtkWidget        *sql;
  LeydenCompletion *completion;
  GtkWidget        *live_group;
  GtkWidget        *live;
  GtkWidget        *source_form;        /* of another server */
};

G_DEFINE_FINAL_TYPE (LeydenQueryForm, leyden_query_form, GTK_TYPE_WIDGET)

static guint changed_signal;

typedef struct
{
  const char *key;
  const char *title;
} Word;

static const Word sources[] = { { "metric", N_("A metric") }, { "sql", N_("SQL query") }, { "live", N_("A table of now") },
                                { "source", N_("Figures of another server") } };
static const Word aggregations[] = {
  { "mean", N_("Mean") }, { "sum", N_("Sum") }, { "count", N_("Number") }, { "min", N_("Lowest") }, { "max", N_("Highest") }, { "std", N_("Standard deviation") },
  { "p50", N_("Median (p50)") }, { "p90", N_("90th percentile") }, { "p95", N_("95th percentile") }, { "p99", N_("99th percentile") },
  { "rate", N_("An hour") }, { "share", N_("Share") }, { "last", N_("Last") },
};
static const Word shapes[] = {
  { "time", N_("Over time") }, { "step", N_("By training step") }, { "groups", N_("One bar for each group") }, { "histogram", N_("How it is spread") },
  { "heat", N_("How it is spread, over time") }, { "value", N_("One number") }, { "points", N_("Single points") }, { "table", N_("Table") },
};
static const Word intervals[] = {
  { "auto", N_("As fits") }, { "hour", N_("Hour") }, { "day", N_("Day") }, { "week", N_("Week") }, { "month", N_("Month") },
};
static const Word bands[] = { { "", N_("None") }, { "ci", N_("95 % confidence interval") }, { "quantiles", N_("10th to 90th percentile") } };
static const Word lives[] = {
  { "workers", N_("Workers") }, { "mirrors", N_("Gateways that are followed") }, { "endpoints", N_("Models and endpoints") }, { "queues", N_("Queues") },
  { "storage", N_("Storage") },
};

#define ADD_WORDS(row, words) add_words (row, words, G_N_ELEMENTS (words))

static void
add_words (GtkWidget  *row,
           const Word *words,
           guint       n)
{
  for (guint i = 0; i < n; i++)
    leyden_choice_row_add (row, words[i].key, _(words[i].title));
}

/* --- the catalogue --- */

static LeydenValue *
find_metric (LeydenQueryForm *self,
             const char      *name)
{
  LeydenValue *metrics = leyden_value_get_member (self->catalog, "metrics");

  for (guint i = 0; i < leyden_value_get_size (metrics); i++)
    if (strcmp (leyden_value_get_member_string (leyden_value_get_item (metrics, i), "name", ""), name) == 0)
      return leyden_value_get_item (metrics, i);
  return NULL;
}

static gboolean
list_has (LeydenValue *list,
          const char  *text)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (list, i), NULL), text) == 0)
      return TRUE;
  return FALSE;
}

/* Only what the metric can; what is chosen stays chosen where it can stay. */
static void
fill_aggregations (LeydenQueryForm *self,
                   LeydenValue     *metric,
                   const char      *chosen)
{
  LeydenValue *allowed = leyden_value_get_member (metric, "aggregations");

  leyden_choice_row_clear (self->aggregation);
  for (guint i = 0; i < G_N_ELEMENTS (aggregations); i++)
    if (allowed == NULL || list_has (allowed, aggregations[i].key))
      leyden_choice_row_add (self->aggregation, aggregations[i].key, _(aggregations[i].title));
  if (allowed == NULL || list_has (allowed, chosen))
    leyden_choice_row_select (self->aggregation, chosen);
}

static void
fill_split (LeydenQueryForm *self,
            GtkWidget       *row,
            LeydenValue     *metric,
            const char      *chosen)
{
  LeydenValue *dimensions = leyden_value_get_member (self->catalog, "dimensions");
  LeydenValue *allowed = leyden_value_get_member (metric, "dimensions");

  leyden_choice_row_clear (row);
  leyden_choice_row_add (row, "", _("None"));
  for (guint i = 0; i < leyden_value_get_size (dimensions); i++)
    {
      LeydenValue *dimension = leyden_value_get_item (dimensions, i);
      const char *name = leyden_value_get_member_string (dimension, "name", "");

      if (allowed == NULL || list_has (allowed, name))
        leyden_choice_row_add (row, name, leyden_value_get_member_string (dimension, "title", name));
    }
  if (*chosen == '\0' || allowed == NULL || list_has (allowed, chosen))
    leyden_choice_row_select (row, chosen);
}

static void
fill_for_metric (LeydenQueryForm *self)
{
  LeydenValue *metric = find_metric (self, leyden_choice_row_get_key (self->metric));
  g_autofree char *aggregation = g_strdup (leyden_choice_row_get_key (self->aggregation));
  g_autofree char *split = g_strdup (leyden_choice_row_get_key (self->split));
  g_autofree char *second = g_strdup (leyden_choice_row_get_key (self->second));
  g_autofree char *about = leyden_text_display (leyden_value_get_member_string (metric, "description", " "), -1, 400, FALSE);
  gboolean filling = self->filling;

  self->filling = TRUE;
  fill_aggregations (self, metric, aggregation);
  fill_split (self, self->split, metric, split);
  fill_split (self, self->second, metric, second);
  gtk_label_set_text (GTK_LABEL (self->about), about);
  gtk_widget_set_visible (self->about, *leyden_value_get_member_string (metric, "description", "") != '\0');
  self->filling = filling;
}

/* --- showing what goes together --- */

static void
update_visible (LeydenQueryForm *self)
{
  const char *source = leyden_choice_row_get_key (self->source);
  const char *shape = leyden_choice_row_get_key (self->shape);

  gtk_widget_set_visible (self->metric_group, strcmp (source, "metric") == 0);
  gtk_widget_set_visible (self->sql_group, strcmp (source, "sql") == 0);
  gtk_widget_set_visible (self->live_group, strcmp (source, "live") == 0);
  gtk_widget_set_visible (self->source_form, strcmp (source, "source") == 0);
  gtk_widget_set_visible (self->interval, strcmp (shape, "time") == 0 || strcmp (shape, "heat") == 0);
  gtk_widget_set_visible (self->band, g_strv_contains ((const char * const []) { "time", "step", "groups", NULL }, shape));
  gtk_widget_set_visible (self->second, *leyden_choice_row_get_key (self->split) != '\0');
}

static void
changed (LeydenQueryForm *self)
{
  if (self->filling)
    return;
  update_visible (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
metric_cb (LeydenQueryForm *self)
{
  if (self->filling)
    return;
  fill_for_metric (self);
  changed (self);
}

/* --- values --- */

static LeydenValue *
with_text (LeydenValue *owned,
           const char  *key,
           const char  *text)
{
  g_autoptr(LeydenValue) object = owned;
  g_autoptr(LeydenValue) value = *text != '\0' ? leyden_value_new_string (text, -1) : NULL;

  return leyden_value_with_member (object, key, value);
}

static LeydenValue *
with_list (LeydenValue *owned,
           const char  *key,
           LeydenValue *list)
{
  g_autoptr(LeydenValue) object = owned;

  return leyden_value_with_member (object, key, leyden_value_get_size (list) > 0 ? list : NULL);
}

static LeydenValue *
make_split (LeydenQueryForm *self)
{
  const char *first = leyden_choice_row_get_key (self->split);
  const char *second = leyden_choice_row_get_key (self->second);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  if (*first != '\0')
    leyden_value_builder_add_string (&b, first);
  if (*first != '\0' && *second != '\0' && strcmp (first, second) != 0)
    leyden_value_builder_add_string (&b, second);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Without what belongs to another source. */
static LeydenValue *
make_base (LeydenQueryForm *self,
           const char      *source)
{
  static const struct { const char *member; const char *source; } members[] = {
    { "metric", "metric" }, { "sql", "sql" }, { "live", "live" }, { "source", "source" }, { "promql", "source" }, { "mlflow", "source" },
  };
  g_autoptr(LeydenValue) query = leyden_value_ref (self->query);

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (strcmp (members[i].source, source) != 0)
      {
        LeydenValue *without = leyden_value_with_member (query, members[i].member, NULL);

        leyden_value_unref (query);
        query = without;
      }
  return g_steal_pointer (&query);
}

static LeydenValue *
make_metric (LeydenQueryForm *self,
             LeydenValue     *query)
{
  g_autoptr(LeydenValue) split = make_split (self);
  g_autoptr(LeydenValue) filter = leyden_filter_rows_get (LEYDEN_FILTER_ROWS (self->filters));
  const char *interval = leyden_choice_row_get_key (self->interval);

  query = with_text (query, "metric", leyden_choice_row_get_key (self->metric));
  query = with_text (query, "aggregation", leyden_choice_row_get_key (self->aggregation));
  query = with_text (query, "shape", leyden_choice_row_get_key (self->shape));
  query = with_text (query, "name", gtk_editable_get_text (GTK_EDITABLE (self->name)));
  query = with_text (query, "band", gtk_widget_get_visible (self->band) ? leyden_choice_row_get_key (self->band) : "");
  query = with_text (query, "interval", gtk_widget_get_visible (self->interval) && strcmp (interval, "auto") != 0 ? interval : "");
  query = with_list (query, "split", split);
  return with_list (query, "filter", filter);
}

LeydenValue *
leyden_query_form_get (LeydenQueryForm *self)
{
  const char *source;
  LeydenValue *query;

  g_return_val_if_fail (LEYDEN_IS_QUERY_FORM (self), NULL);

  source = leyden_choice_row_get_key (self->source);
  query = make_base (self, source);
  if (strcmp (source, "source") == 0)
    return leyden_source_form_get (LEYDEN_SOURCE_FORM (self->source_form), query);
  if (strcmp (source, "metric") == 0)
    return make_metric (self, query);
  if (strcmp (source, "sql") == 0)
    {
      g_autofree char *text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->sql));
      g_autoptr(LeydenValue) owned = query;
      g_autoptr(LeydenValue) sql = leyden_value_new_string (text, -1);

      return leyden_value_with_member (owned, "sql", sql);
    }
  return with_text (query, "live", leyden_choice_row_get_key (self->live));
}

static void
set_sql (LeydenQueryForm *self,
         const char      *text)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);

  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->sql), value);
}

static const char *
get_source (LeydenValue *query)
{
  return leyden_value_get_member (query, "sql") != NULL ? "sql" : leyden_value_get_member (query, "live") != NULL ? "live"
         : leyden_value_get_member (query, "source") != NULL ? "source" : "metric";
}

void
leyden_query_form_set (LeydenQueryForm *self,
                       LeydenValue     *query)
{
  LeydenValue *split = leyden_value_get_member (query, "split");
  const char *interval = leyden_value_get_member_string (query, "interval", "auto");

  g_return_if_fail (LEYDEN_IS_QUERY_FORM (self));

  self->filling = TRUE;
  leyden_value_ref (query);
  g_clear_pointer (&self->query, leyden_value_unref);
  self->query = query;
  leyden_choice_row_select (self->source, get_source (query));
  leyden_choice_row_select (self->metric, leyden_value_get_member_string (query, "metric", "reward"));
  leyden_choice_row_select (self->aggregation, leyden_value_get_member_string (query, "aggregation", "mean"));
  leyden_choice_row_select (self->shape, leyden_value_get_member_string (query, "shape", "time"));
  leyden_choice_row_select (self->interval, interval);
  leyden_choice_row_select (self->band, leyden_value_get_member_string (query, "band", ""));
  leyden_choice_row_select (self->live, leyden_value_get_member_string (query, "live", "endpoints"));
  leyden_source_form_set (LEYDEN_SOURCE_FORM (self->source_form), query);
  fill_split (self, self->split, NULL, leyden_value_get_string (leyden_value_get_item (split, 0), NULL) != NULL
                                         ? leyden_value_get_string (leyden_value_get_item (split, 0), NULL) : "");
  fill_split (self, self->second, NULL, leyden_value_get_string (leyden_value_get_item (split, 1), NULL) != NULL
                                          ? leyden_value_get_string (leyden_value_get_item (split, 1), NULL) : "");
  fill_for_metric (self);
  gtk_editable_set_text (GTK_EDITABLE (self->name), leyden_value_get_member_string (query, "name", ""));
  leyden_filter_rows_set (LEYDEN_FILTER_ROWS (self->filters), leyden_value_get_member (query, "filter"));
  set_sql (self, leyden_value_get_member_string (query, "sql", "SELECT item, avg(reward) AS reward\nFROM rollouts\nWHERE finished_ns BETWEEN :from AND :to\nGROUP BY item\nORDER BY reward\nLIMIT 20"));
  update_visible (self);
  self->filling = FALSE;
}

void
leyden_query_form_set_catalog (LeydenQueryForm *self,
                               LeydenValue     *catalog)
{
  LeydenValue *metrics = leyden_value_get_member (catalog, "metrics");
  g_autofree char *chosen = NULL;

  g_return_if_fail (LEYDEN_IS_QUERY_FORM (self));

  self->filling = TRUE;
  chosen = g_strdup (leyden_choice_row_get_key (self->metric));
  if (catalog != NULL)
    leyden_value_ref (catalog);
  g_clear_pointer (&self->catalog, leyden_value_unref);
  self->catalog = catalog;
  leyden_choice_row_clear (self->metric);
  for (guint i = 0; i < leyden_value_get_size (metrics); i++)
    {
      LeydenValue *metric = leyden_value_get_item (metrics, i);
      const char *name = leyden_value_get_member_string (metric, "name", "");

      leyden_choice_row_add (self->metric, name, leyden_value_get_member_string (metric, "title", name));
    }
  if (*chosen != '\0')
    leyden_choice_row_select (self->metric, chosen);
  leyden_filter_rows_set_dimensions (LEYDEN_FILTER_ROWS (self->filters), leyden_value_get_member (catalog, "dimensions"));
  fill_for_metric (self);
  update_visible (self);
  self->filling = FALSE;
}

/* --- class --- */

static GPtrArray *
find_proposals (const char *text,
                guint       cursor,
                gboolean    asked,
                guint      *start,
                gpointer    data)
{
  LeydenQueryForm *self = data;

  return leyden_view_complete (text, cursor, asked, leyden_value_get_member (self->catalog, "views"), start);
}

static void
leyden_query_form_dispose (GObject *object)
{
  LeydenQueryForm *self = LEYDEN_QUERY_FORM (object);

  g_clear_object (&self->completion);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_query_form_parent_class)->dispose (object);
}

static void
leyden_query_form_finalize (GObject *object)
{
  LeydenQueryForm *self = LEYDEN_QUERY_FORM (object);

  g_clear_pointer (&self->query, leyden_value_unref);
  g_clear_pointer (&self->catalog, leyden_value_unref);
  G_OBJECT_CLASS (leyden_query_form_parent_class)->finalize (object);
}

static void
leyden_query_form_class_init (LeydenQueryFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_query_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_query_form_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_QUERY_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
add_choice (LeydenQueryForm *self,
            GtkWidget       *group,
            const char      *title,
            GCallback        callback)
{
  GtkWidget *row = leyden_choice_row_new (title);

  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_object (row, "notify::selected", callback, self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
create_metric_group (LeydenQueryForm *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *group = adw_preferences_group_new ();

  self->metric = add_choice (self, group, _("Metric"), G_CALLBACK (metric_cb));
  self->aggregation = add_choice (self, group, _("Aggregation"), G_CALLBACK (changed));
  self->shape = add_choice (self, group, _("Shape"), G_CALLBACK (changed));
  self->interval = add_choice (self, group, _("Interval"), G_CALLBACK (changed));
  self->split = add_choice (self, group, _("Split By"), G_CALLBACK (changed));
  self->second = add_choice (self, group, _("And By"), G_CALLBACK (changed));
  self->band = add_choice (self, group, _("Band"), G_CALLBACK (changed));
  ADD_WORDS (self->aggregation, aggregations);
  ADD_WORDS (self->shape, shapes);
  ADD_WORDS (self->interval, intervals);
  ADD_WORDS (self->band, bands);
  self->name = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name), _("Name in the Legend"));
  g_signal_connect_object (self->name, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->name);
  self->about = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->about), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->about), 0);
  gtk_widget_add_css_class (self->about, "caption");
  self->filters = leyden_filter_rows_new ();
  g_signal_connect_object (self->filters, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), group);
  gtk_box_append (GTK_BOX (box), self->about);
  gtk_box_append (GTK_BOX (box), self->filters);
  return box;
}

static GtkWidget *
create_sql_group (LeydenQueryForm *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *hint = gtk_label_new (_("One SELECT over the views rollouts, calls, nodes, waits, rewards, points, runs, experiments and spans. :from and :to are the time of the "
                                     "dashboard, $name is the value of a variable. It may read and nothing else, for at most five seconds. Ctrl+Space offers what fits."));

  self->sql = leyden_text_editor_new (LEYDEN_PARAMETER_MULTILINE);
  leyden_text_editor_set_language (LEYDEN_TEXT_EDITOR (self->sql), "sql");
  leyden_text_editor_set_min_lines (LEYDEN_TEXT_EDITOR (self->sql), SQL_LINES);
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (self->sql), _("SQL query"));
  self->completion = leyden_completion_new (leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->sql)), self->sql, find_proposals, self);
  g_signal_connect_object (self->sql, "edited", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  gtk_label_set_wrap (GTK_LABEL (hint), TRUE);
  gtk_label_set_xalign (GTK_LABEL (hint), 0);
  gtk_widget_add_css_class (hint, "caption");
  gtk_box_append (GTK_BOX (box), self->sql);
  gtk_box_append (GTK_BOX (box), hint);
  return box;
}

static void
leyden_query_form_init (LeydenQueryForm *self)
{
  GtkWidget *source_group = adw_preferences_group_new ();

  self->query = leyden_value_new_null ();
  self->filling = TRUE;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->source = add_choice (self, source_group, _("What Is Shown"), G_CALLBACK (changed));
  ADD_WORDS (self->source, sources);
  self->metric_group = create_metric_group (self);
  self->sql_group = create_sql_group (self);
  self->live_group = adw_preferences_group_new ();
  self->live = add_choice (self, self->live_group, _("Table"), G_CALLBACK (changed));
  ADD_WORDS (self->live, lives);
  gtk_box_append (GTK_BOX (self->box), source_group);
  gtk_box_append (GTK_BOX (self->box), self->metric_group);
  gtk_box_append (GTK_BOX (self->box), self->sql_group);
  self->source_form = leyden_source_form_new ();
  g_signal_connect_object (self->source_form, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->live_group);
  gtk_box_append (GTK_BOX (self->box), self->source_form);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  update_visible (self);
  self->filling = FALSE;
}

GtkWidget *
leyden_query_form_new (void)
{
  return g_object_new (LEYDEN_TYPE_QUERY_FORM, NULL);
}
