/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-problems-panel.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-catalog.h"
#include "leyden-desktop.h"
#include "leyden-problem-box.h"

#define DELAY_MS 250
#define MAX_ROWS 200

struct _LeydenProblemsPanel
{
  GtkWidget       parent_instance;

  GtkWidget      *box;
  GtkStack       *stack;
  GtkListBox     *list;
  GtkLabel       *more;
  LeydenDocument *document;
  GPtrArray      *problems;
  GCancellable   *cancellable;
  guint           check_id;
};

G_DEFINE_FINAL_TYPE (LeydenProblemsPanel, leyden_problems_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  CHECKED,
  SHOW,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- rows --- */

static const LeydenProblem *
get_problem (GtkWidget *widget)
{
  GtkWidget *row = GTK_IS_LIST_BOX_ROW (widget) ? widget : gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_BOX_ROW);

  return g_object_get_data (G_OBJECT (row), "problem");
}

static void
repair_cb (LeydenProblemsPanel *self,
           GtkWidget           *button)
{
  leyden_problems_panel_repair (self, get_problem (button));
}

static void
row_activated_cb (LeydenProblemsPanel *self,
                  GtkListBoxRow       *row)
{
  leyden_problems_panel_show (self, get_problem (GTK_WIDGET (row)));
}

static GtkWidget *
make_row (LeydenProblemsPanel *self,
          LeydenProblem       *problem)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *repair = NULL;

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), leyden_problem_box_new (problem, NULL, FALSE, &repair));
  if (repair != NULL)
    g_signal_connect_object (repair, "clicked", G_CALLBACK (repair_cb), self, G_CONNECT_SWAPPED);
  g_object_set_data (G_OBJECT (row), "problem", problem);
  return row;
}

static void
show_list (LeydenProblemsPanel *self)
{
  GtkListBoxRow *row;
  guint n = self->problems != NULL ? self->problems->len : 0;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < MIN (n, MAX_ROWS); i++)
    gtk_list_box_append (self->list, make_row (self, g_ptr_array_index (self->problems, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->more), n > MAX_ROWS);
  if (n > MAX_ROWS)
    {
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more", "%u more", n - MAX_ROWS), n - MAX_ROWS);

      gtk_label_set_text (self->more, text);
    }
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "none");
}

/* --- checking --- */

/* Works on a copy: the flow itself belongs to the main thread. */
static void
check_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenFlow) flow = leyden_flow_from_value (data, &error);

  if (flow == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, leyden_flow_check (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ())),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
announce (LeydenProblemsPanel *self,
          guint                before,
          guint                now)
{
  g_autofree char *text = NULL;

  if (before == now)
    return;
  text = now == 0 ? g_strdup (_("No problems")) : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u problem", "%u problems", now), now);
  leyden_announce (GTK_WIDGET (self), text);
}

static void
checked_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenProblemsPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) problems = g_task_propagate_pointer (G_TASK (result), &error);

  if (problems == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning ("Checking failed: %s", error->message);
      return;
    }
  announce (self, self->problems != NULL ? self->problems->len : 0, problems->len);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  self->problems = g_steal_pointer (&problems);
  show_list (self);
  g_signal_emit (self, signals[CHECKED], 0);
}

static gboolean
check_cb (gpointer data)
{
  LeydenProblemsPanel *self = data;
  g_autoptr(GTask) task = NULL;

  self->check_id = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  /* Not the source of the task: the thread may be the last to let go of that, and a widget ends on the main thread only. */
  task = g_task_new (NULL, self->cancellable, checked_cb, g_object_ref (self));
  g_task_set_source_tag (task, check_cb);
  g_task_set_task_data (task, leyden_flow_to_value (leyden_document_get_flow (self->document)), (GDestroyNotify) leyden_value_unref);
  g_task_run_in_thread (task, check_thread);
  return G_SOURCE_REMOVE;
}

static void
queue_check (LeydenProblemsPanel *self)
{
  g_clear_handle_id (&self->check_id, g_source_remove);
  self->check_id = g_timeout_add (DELAY_MS, check_cb, self);
}

static void
set_document (LeydenProblemsPanel *self,
              LeydenDocument      *document)
{
  if (self->document == document)
    return;
  g_clear_handle_id (&self->check_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (leyden_document_get_flow (self->document), self);
  g_set_object (&self->document, document);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  show_list (self);
  if (document != NULL)
    {
      g_signal_connect_swapped (leyden_document_get_flow (document), "changed", G_CALLBACK (queue_check), self);
      queue_check (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

/* --- class --- */

static void
leyden_problems_panel_get_property (GObject    *object,
                                    guint       prop_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, LEYDEN_PROBLEMS_PANEL (object)->document);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_problems_panel_set_property (GObject      *object,
                                    guint         prop_id,
                                    const GValue *value,
                                    GParamSpec   *pspec)
{
  switch (prop_id)
    {
    case PROP_DOCUMENT:
      set_document (LEYDEN_PROBLEMS_PANEL (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_problems_panel_dispose (GObject *object)
{
  LeydenProblemsPanel *self = LEYDEN_PROBLEMS_PANEL (object);

  if (self->box != NULL)
    set_document (self, NULL);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_problems_panel_parent_class)->dispose (object);
}

static void
leyden_problems_panel_class_init (LeydenProblemsPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->get_property = leyden_problems_panel_get_property;
  object_class->set_property = leyden_problems_panel_set_property;
  object_class->dispose = leyden_problems_panel_dispose;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHECKED] = g_signal_new ("checked", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SHOW] = g_signal_new ("show-element", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_INT, G_TYPE_STRING,
                                G_TYPE_STRV);
  signals[FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);

  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-problems-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenProblemsPanel, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenProblemsPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, LeydenProblemsPanel, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenProblemsPanel, more);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_problems_panel_init (LeydenProblemsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_problems_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_PROBLEMS_PANEL, NULL);
}

GPtrArray *
leyden_problems_panel_get_list (LeydenProblemsPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_PROBLEMS_PANEL (self), NULL);
  return self->problems;
}

void
leyden_problems_panel_repair (LeydenProblemsPanel *self,
                              const LeydenProblem *problem)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (LEYDEN_IS_PROBLEMS_PANEL (self));
  g_return_if_fail (problem != NULL && problem->repair != NULL);

  if (self->document != NULL && !leyden_document_edit (self->document, leyden_edit_ref (problem->repair), &error))
    g_signal_emit (self, signals[FAILED], 0, error);
}

void
leyden_problems_panel_show (LeydenProblemsPanel *self,
                            const LeydenProblem *problem)
{
  g_return_if_fail (LEYDEN_IS_PROBLEMS_PANEL (self));
  g_return_if_fail (problem != NULL);

  g_signal_emit (self, signals[SHOW], 0, (int) problem->kind, problem->id, problem->scope);
}
