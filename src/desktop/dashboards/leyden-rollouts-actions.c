/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollouts-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-rollout-collect.h"
#include "leyden-wrap-box.h"

/* Rows that something is done with one by one. */
#define MAX_ONE_BY_ONE 100

/* --- which --- */

/* Ids of the selected rows. NULL: too many, or one that is not known yet. (transfer full) */
static GPtrArray *
list_selected (LeydenRolloutsPage *self,
               guint               max)
{
  g_autoptr(GtkBitset) selection = leyden_rollout_table_get_selection (self->table);
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  guint64 n = gtk_bitset_get_size (selection);

  if (n == 0 || n > max)
    return NULL;
  for (guint64 i = 0; i < n; i++)
    {
      g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->model), gtk_bitset_get_nth (selection, (guint) i));
      const char *id = entry != NULL ? leyden_rollout_entry_get_rollout (entry) : NULL;

      if (id == NULL)
        return NULL;
      g_ptr_array_add (ids, g_strdup (id));
    }
  return g_steal_pointer (&ids);
}

/* Whether it ran here, so that it can once more. What is not known yet is asked for, and the backend says. */
static gboolean
is_ours (LeydenRolloutsPage *self,
         guint               position)
{
  g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->model), position);
  const char *executor = entry != NULL ? leyden_value_get_member_string (leyden_rollout_entry_get_row (entry), "executor", NULL) : NULL;

  return executor == NULL || g_str_equal (executor, "leyden");
}

/* Why none of the selected rollouts can run again; NULL: one can. */
static const char *
find_why_not_again (LeydenRolloutsPage *self,
                    GtkBitset          *selection)
{
  guint64 n = gtk_bitset_get_size (selection);

  if (n == 0 || n > MAX_ONE_BY_ONE)
    return NULL;
  for (guint64 i = 0; i < n; i++)
    if (is_ours (self, gtk_bitset_get_nth (selection, (guint) i)))
      return NULL;
  return _("Only what ran here can run again: the others were traced or run elsewhere.");
}

void
leyden_rollouts_page_update_selection (LeydenRolloutsPage *self)
{
  g_autoptr(GtkBitset) selection = leyden_rollout_table_get_selection (self->table);
  guint n = (guint) MIN (gtk_bitset_get_size (selection), G_MAXINT32);
  gboolean writable = !leyden_session_is_read_only (self->session);
  const char *why_not = find_why_not_again (self, selection);
  g_autofree char *note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'u selected", "%'u selected", n), n);

  gtk_label_set_text (GTK_LABEL (self->selection_note), note);
  gtk_widget_set_visible (self->selection_bar, n > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.open", n == 1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.compare", n == 2);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.retry", writable && n > 0 && n <= MAX_ONE_BY_ONE && why_not == NULL);
  gtk_widget_set_tooltip_text (self->retry_button, why_not);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.collect", n > 0 && n <= MAX_ONE_BY_ONE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.delete", writable && n > 0);
}

/* --- deleting --- */

static void
deleted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenRolloutsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->outer == NULL)
    return;
  if (answer == NULL)
    {
      leyden_rollouts_page_say (self, error->message);
      return;
    }
  leyden_rollouts_page_tell_deleted (self, leyden_value_get_member_int (answer, "deletion", 0), (guint) leyden_value_get_member_int (answer, "n", 0));
  leyden_rollouts_page_refresh (self);
}

/* Whatever is selected, as ranges of the list that is shown: a million rows are one request. */
static void
add_ranges (LeydenValueBuilder *b,
            GtkBitset          *selection)
{
  guint64 n = gtk_bitset_get_size (selection);
  GtkBitsetIter iter;
  guint at, begin = 0, next = 0;

  leyden_value_builder_key (b, "ranges");
  leyden_value_builder_begin_list (b);
  for (gboolean more = n > 0 && gtk_bitset_iter_init_first (&iter, selection, &at); more || next > begin; more = more && gtk_bitset_iter_next (&iter, &at))
    {
      if (more && at == next && next > begin)
        {
          next++;
          continue;
        }
      if (next > begin)
        {
          leyden_value_builder_begin_list (b);
          leyden_value_builder_add_int (b, begin);
          leyden_value_builder_add_int (b, next - begin);
          leyden_value_builder_end (b);
        }
      begin = more ? at : 0;
      next = more ? at + 1 : 0;
    }
  leyden_value_builder_end (b);
}

static void
send_deletion (LeydenRolloutsPage *self,
               LeydenValue        *body)
{
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", "/leyden/v1/rollouts/delete", body, self->cancellable, deleted_cb,
                                g_object_ref (self));
}

static void
delete_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  g_autoptr(GtkBitset) selection = leyden_rollout_table_get_selection (self->table);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  if (gtk_bitset_is_empty (selection) || self->snapshot == NULL || !leyden_rollouts_page_is_list (self))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "snapshot", self->snapshot);
  add_ranges (&b, selection);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_rollout_table_unselect (self->table);
  send_deletion (self, body);
}

static void
delete_one_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "rollouts");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, g_variant_get_string (parameter, NULL));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_rollouts_page_show (self, NULL);
  send_deletion (self, body);
}

/* --- once more --- */

typedef struct
{
  LeydenRolloutsPage *page;
  GPtrArray          *ids;              /* what is still to be asked for, the next last */
  guint               n_started;
  guint               n_skipped;        /* that did not run here */
  char               *started;          /* the last one; nullable */
  char               *problem;          /* the same */
} Retrying;

static void retry_next (Retrying *self);

static void
retrying_end (Retrying *self)
{
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout was started again", "%u rollouts were started again", self->n_started),
                                           self->n_started);

  if (self->n_skipped > 0)
    {
      g_autofree char *started = g_steal_pointer (&text);

      text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s; %u did not run here and was left out", "%s; %u did not run here and were left out",
                                           self->n_skipped), started, self->n_skipped);
    }
  if (self->page->outer != NULL && self->problem == NULL && self->n_skipped == 0 && self->n_started == 1 && self->started != NULL)
    leyden_rollouts_page_tell_retried (self->page, self->started);
  else if (self->page->outer != NULL)
    leyden_rollouts_page_say (self->page, self->problem != NULL ? self->problem : text);
  g_object_unref (self->page);
  g_ptr_array_unref (self->ids);
  g_free (self->started);
  g_free (self->problem);
  g_free (self);
}

static void
retried_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Retrying *self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer != NULL)
    {
      self->n_started++;
      g_free (self->started);
      self->started = g_strdup (leyden_value_get_member_string (answer, "rollout", NULL));
    }
  else
    {
      g_free (self->problem);
      self->problem = g_strdup (error->message);
    }
  retry_next (self);
}

/* One after the other: each is a run of its own. */
static void
retry_next (Retrying *self)
{
  g_autofree char *id = NULL, *escaped = NULL, *path = NULL;
  g_autoptr(LeydenValue) body = NULL;

  if (self->ids->len == 0 || self->page->outer == NULL)
    {
      retrying_end (self);
      return;
    }
  id = g_strdup (self->ids->pdata[self->ids->len - 1]);
  g_ptr_array_set_size (self->ids, (int) self->ids->len - 1);
  escaped = leyden_backend_escape (id);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/retry", escaped);
  leyden_backend_request_async (leyden_session_get_backend (self->page->session), "POST", path, NULL, self->page->cancellable, retried_cb, self);
}

static void
retry (LeydenRolloutsPage *page,
       GPtrArray          *ids,
       guint               n_skipped)
{
  Retrying *self = g_new0 (Retrying, 1);

  self->page = g_object_ref (page);
  self->ids = g_ptr_array_ref (ids);
  self->n_skipped = n_skipped;
  retry_next (self);
}

static void
retry_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  g_autoptr(GtkBitset) selection = leyden_rollout_table_get_selection (self->table);
  g_autoptr(GPtrArray) ids = list_selected (self, MAX_ONE_BY_ONE);
  guint n_skipped = 0;

  if (ids == NULL)
    return;
  for (guint i = ids->len; i-- > 0;)
    if (!is_ours (self, gtk_bitset_get_nth (selection, i)))
      {
        g_ptr_array_remove_index (ids, i);
        n_skipped++;
      }
  retry (self, ids, n_skipped);
}

static GPtrArray *
list_one (GVariant *parameter)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (ids, g_variant_dup_string (parameter, NULL));
  return ids;
}

static void
retry_one_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  g_autoptr(GPtrArray) ids = list_one (parameter);

  retry (LEYDEN_ROLLOUTS_PAGE (widget), ids, 0);
}

/* --- into a data set --- */

static void
collected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenRolloutsPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = leyden_rollout_collect_finish (result, &error);

  if (self->outer == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  leyden_rollouts_page_say (self, text != NULL ? text : error->message);
}

static void
collect (LeydenRolloutsPage *self,
         GPtrArray          *ids,
         gboolean            create)
{
  leyden_rollout_collect_async (GTK_WIDGET (self), self->session, ids, create, self->cancellable, collected_cb, g_object_ref (self));
}

static void
collect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  g_autoptr(GPtrArray) ids = list_selected (self, MAX_ONE_BY_ONE);

  if (ids != NULL)
    collect (self, ids, g_variant_get_boolean (parameter));
}

static void
collect_one_action (GtkWidget  *widget,
                    const char *name,
                    GVariant   *parameter)
{
  const char *id;
  gboolean create;
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  g_variant_get (parameter, "(&sb)", &id, &create);
  g_ptr_array_add (ids, g_strdup (id));
  collect (LEYDEN_ROLLOUTS_PAGE (widget), ids, create);
}

/* --- looking at them --- */

static void
open_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenRolloutsPage *self = LEYDEN_ROLLOUTS_PAGE (widget);
  g_autoptr(GPtrArray) ids = list_selected (self, 1);

  if (ids != NULL)
    leyden_rollouts_page_show (self, ids->pdata[0]);
}

/* The one that stands first is what the other is compared with. */
static void
compare_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  g_autoptr(GPtrArray) ids = list_selected (LEYDEN_ROLLOUTS_PAGE (widget), 2);

  if (ids != NULL && ids->len == 2)
    gtk_widget_activate_action (widget, "win.compare-rollouts", "(ss)", ids->pdata[0], ids->pdata[1]);
}

static void
unselect_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  leyden_rollout_table_unselect (LEYDEN_ROLLOUTS_PAGE (widget)->table);
}

/* --- the bar --- */

void
leyden_rollouts_page_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "rollouts.open", NULL, open_action);
  gtk_widget_class_install_action (widget_class, "rollouts.compare", NULL, compare_action);
  gtk_widget_class_install_action (widget_class, "rollouts.retry", NULL, retry_action);
  gtk_widget_class_install_action (widget_class, "rollouts.collect", "b", collect_action);
  gtk_widget_class_install_action (widget_class, "rollouts.delete", NULL, delete_action);
  gtk_widget_class_install_action (widget_class, "rollouts.unselect", NULL, unselect_action);
  gtk_widget_class_install_action (widget_class, "rollouts.retry-one", "s", retry_one_action);
  gtk_widget_class_install_action (widget_class, "rollouts.collect-one", "(sb)", collect_one_action);
  gtk_widget_class_install_action (widget_class, "rollouts.delete-one", "s", delete_one_action);
}

static GtkWidget *
add_button (GtkWidget  *box,
            const char *label,
            const char *action)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_parent (button, box);
  return button;
}

static void
add_collect_button (GtkWidget *box)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr(GMenu) menu = g_menu_new ();

  g_menu_append (menu, _("New File…"), "rollouts.collect(true)");
  g_menu_append (menu, _("Existing File…"), "rollouts.collect(false)");
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("Add to Data Set"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (button), GTK_ARROW_UP);
  gtk_widget_set_parent (button, box);
}

GtkWidget *
leyden_rollouts_page_create_selection_bar (LeydenRolloutsPage *self)
{
  GtkWidget *bar = leyden_wrap_box_new ();

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (bar), FALSE);
  gtk_widget_add_css_class (bar, "rolloutbar");
  self->selection_bar = bar;
  self->selection_note = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->selection_note, "heading");
  gtk_widget_set_parent (self->selection_note, bar);
  add_button (bar, _("Open"), "rollouts.open");
  add_button (bar, _("Compare"), "rollouts.compare");
  self->retry_button = add_button (bar, _("Run Again"), "rollouts.retry");
  add_collect_button (bar);
  add_button (bar, _("Delete"), "rollouts.delete");
  add_button (bar, _("Unselect"), "rollouts.unselect");
  g_signal_connect_object (self->table, "selection-changed", G_CALLBACK (leyden_rollouts_page_update_selection), self, G_CONNECT_SWAPPED);
  return bar;
}
