/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-edit.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"

/* --- documents --- */

LeydenValue *
leyden_dashboard_with_string (LeydenValue *document,
                              const char  *key,
                              const char  *text)
{
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);

  return leyden_value_with_member (document, key, value);
}

static LeydenValue *
with_new_id (LeydenValue *document)
{
  g_autofree char *id = leyden_id_new_uuid7 ();

  return leyden_dashboard_with_string (document, "id", id);
}

LeydenValue *
leyden_dashboard_copy (LeydenValue *document,
                       const char  *title)
{
  g_autoptr(LeydenValue) copy = with_new_id (document);

  return leyden_dashboard_with_string (copy, "title", title);
}

LeydenValue *
leyden_dashboard_new (const char *title)
{
  g_autoptr(LeydenValue) empty =
    leyden_json_parse ("{\"leyden-dashboard\":1,\"id\":\"\",\"title\":\"\",\"description\":\"\",\"time\":{\"range\":\"7d\"},\"zone\":\"\",\"refresh_s\":0,"
                       "\"variables\":[],\"panels\":[]}", -1, NULL, NULL);

  return leyden_dashboard_copy (empty, title);
}

/* --- translating --- */

static LeydenValue *translate_list (LeydenValue *list);

/* Members that a person reads; "name" only of a query. */
static LeydenValue *
translate_object (LeydenValue *object)
{
  static const char * const shown[] = { "title", "description", "text", NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean query = leyden_value_get_member (object, "metric") != NULL;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (object); i++)
    {
      const char *key = leyden_value_get_key (object, i);
      LeydenValue *value = leyden_value_get_item (object, i);
      const char *text = leyden_value_get_string (value, NULL);

      leyden_value_builder_key (&b, key);
      if (text != NULL && *text != '\0' && (g_strv_contains (shown, key) || (query && strcmp (key, "name") == 0)))
        leyden_value_builder_add_string (&b, g_dgettext (GETTEXT_PACKAGE, text));
      else if (strcmp (key, "panels") == 0 || strcmp (key, "variables") == 0 || strcmp (key, "queries") == 0)
        leyden_value_builder_take (&b, translate_list (value));
      else if (strcmp (key, "options") == 0)
        leyden_value_builder_take (&b, translate_object (value));
      else
        leyden_value_builder_add (&b, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
translate_list (LeydenValue *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_take (&b, translate_object (leyden_value_get_item (list, i)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_dashboard_translate (LeydenValue *document)
{
  return translate_object (document);
}

/* --- panels --- */

LeydenValue *
leyden_dashboard_get_panel (LeydenValue *document,
                            const char  *id)
{
  int index = leyden_dashboard_find_panel (document, id);

  return index >= 0 ? leyden_value_get_item (leyden_value_get_member (document, "panels"), (guint) index) : NULL;
}

/* Up, and apart. */
static LeydenValue *
settle (LeydenValue *document)
{
  g_autoptr(LeydenValue) owned = document;
  g_autofree LeydenGridCell *cells = NULL;
  gsize n;

  cells = leyden_dashboard_get_cells (owned, &n);
  return leyden_dashboard_with_cells (owned, cells, n);
}

static LeydenValue *
with_int (LeydenValue *owned,
          const char  *key,
          int          number)
{
  g_autoptr(LeydenValue) object = owned;
  g_autoptr(LeydenValue) value = leyden_value_new_int (number);

  return leyden_value_with_member (object, key, value);
}

static LeydenValue *
find_place (LeydenValue *document,
            LeydenValue *panel)
{
  LeydenGridCell cell = { 0, 0, (int) leyden_value_get_member_int (panel, "w", 6), (int) leyden_value_get_member_int (panel, "h", 5) };
  g_autofree LeydenGridCell *cells = NULL;
  LeydenValue *placed;
  gsize n;

  cells = leyden_dashboard_get_cells (document, &n);
  leyden_grid_find_place (cells, n, &cell);
  placed = with_int (leyden_value_ref (panel), "x", cell.x);
  placed = with_int (placed, "y", cell.y);
  placed = with_int (placed, "w", cell.w);
  return with_int (placed, "h", cell.h);
}

LeydenValue *
leyden_dashboard_with_panel (LeydenValue *document,
                             LeydenValue *panel)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  int index = leyden_dashboard_find_panel (document, leyden_value_get_member_string (panel, "id", NULL));
  g_autoptr(LeydenValue) placed = index >= 0 ? leyden_value_ref (panel) : find_place (document, panel);
  g_autoptr(LeydenValue) list = leyden_value_with_item (panels, index >= 0 ? (guint) index : leyden_value_get_size (panels), placed);

  return settle (leyden_value_with_member (document, "panels", list));
}

LeydenValue *
leyden_dashboard_without_panel (LeydenValue *document,
                                const char  *id)
{
  int index = leyden_dashboard_find_panel (document, id);
  g_autoptr(LeydenValue) list = NULL;

  if (index < 0)
    return leyden_value_ref (document);
  list = leyden_value_with_item (leyden_value_get_member (document, "panels"), (guint) index, NULL);
  return settle (leyden_value_with_member (document, "panels", list));
}

LeydenValue *
leyden_dashboard_with_duplicate (LeydenValue *document,
                                 const char  *id,
                                 char       **new_id)
{
  LeydenValue *panel = leyden_dashboard_get_panel (document, id);
  g_autoptr(LeydenValue) copy = NULL;

  *new_id = leyden_id_new_node (NULL);
  if (panel == NULL)
    return leyden_value_ref (document);
  copy = leyden_dashboard_with_string (panel, "id", *new_id);
  return leyden_dashboard_with_panel (document, copy);
}

LeydenValue *
leyden_dashboard_new_panel (LeydenValue *document)
{
  g_autoptr(LeydenValue) panel =
    leyden_json_parse ("{\"id\":\"\",\"title\":\"\",\"description\":\"\",\"kind\":\"line\",\"x\":0,\"y\":0,\"w\":6,\"h\":5,"
                       "\"queries\":[{\"metric\":\"reward\",\"aggregation\":\"mean\",\"shape\":\"time\"}],\"options\":{}}", -1, NULL, NULL);
  g_autofree char *id = leyden_id_new_node (NULL);
  LeydenValue *variables = leyden_value_get_member (document, "variables");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) filter = NULL;
  g_autoptr(LeydenValue) query = NULL;
  g_autoptr(LeydenValue) queries = NULL;
  g_autoptr(LeydenValue) named = leyden_dashboard_with_string (panel, "id", id);

  /* Variables count for what is new, too. */
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (variables); i++)
    {
      LeydenValue *variable = leyden_value_get_item (variables, i);
      g_autofree char *value = g_strconcat ("$", leyden_value_get_member_string (variable, "name", ""), NULL);

      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_string (&b, leyden_value_get_member_string (variable, "dimension", ""));
      leyden_value_builder_add_string (&b, "=");
      leyden_value_builder_add_string (&b, value);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  filter = leyden_value_builder_end_value (&b);
  query = leyden_value_with_member (leyden_value_lookup_pointer (panel, "/queries/0"), "filter", filter);
  queries = leyden_value_with_item (leyden_value_get_member (panel, "queries"), 0, query);
  return leyden_value_with_member (named, "queries", queries);
}

/* --- history --- */

typedef struct
{
  char        *label;
  LeydenValue *before;
  LeydenValue *after;
} Step;

struct _LeydenDashboardHistory
{
  LeydenValue *document;
  GPtrArray   *steps;
  guint        at;                      /* as many are done */
};

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->label);
  leyden_value_unref (step->before);
  leyden_value_unref (step->after);
  g_free (step);
}

LeydenDashboardHistory *
leyden_dashboard_history_new (LeydenValue *document)
{
  LeydenDashboardHistory *self = g_new0 (LeydenDashboardHistory, 1);

  self->document = leyden_value_ref (document);
  self->steps = g_ptr_array_new_with_free_func (step_free);
  return self;
}

void
leyden_dashboard_history_free (LeydenDashboardHistory *self)
{
  leyden_value_unref (self->document);
  g_ptr_array_unref (self->steps);
  g_free (self);
}

LeydenValue *
leyden_dashboard_history_get (LeydenDashboardHistory *self)
{
  return self->document;
}

static void
go_to (LeydenDashboardHistory *self,
       LeydenValue            *document)
{
  leyden_value_ref (document);
  leyden_value_unref (self->document);
  self->document = document;
}

gboolean
leyden_dashboard_history_change (LeydenDashboardHistory *self,
                                 const char             *label,
                                 LeydenValue            *document)
{
  Step *step;

  if (leyden_value_equal (self->document, document))
    return FALSE;
  step = g_new (Step, 1);
  *step = (Step) { g_strdup (label), leyden_value_ref (self->document), leyden_value_ref (document) };
  g_ptr_array_set_size (self->steps, (int) self->at);
  g_ptr_array_add (self->steps, step);
  self->at++;
  go_to (self, document);
  return TRUE;
}

const char *
leyden_dashboard_history_undo (LeydenDashboardHistory *self)
{
  Step *step;

  if (self->at == 0)
    return NULL;
  step = g_ptr_array_index (self->steps, --self->at);
  go_to (self, step->before);
  return step->label;
}

const char *
leyden_dashboard_history_redo (LeydenDashboardHistory *self)
{
  Step *step;

  if (self->at == self->steps->len)
    return NULL;
  step = g_ptr_array_index (self->steps, self->at++);
  go_to (self, step->after);
  return step->label;
}

const char *
leyden_dashboard_history_get_undo_label (LeydenDashboardHistory *self)
{
  return self->at > 0 ? ((Step *) g_ptr_array_index (self->steps, self->at - 1))->label : NULL;
}

const char *
leyden_dashboard_history_get_redo_label (LeydenDashboardHistory *self)
{
  return self->at < self->steps->len ? ((Step *) g_ptr_array_index (self->steps, self->at))->label : NULL;
}
