/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-watches.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-announce.h"
#include "leyden-debug-text.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"

#define MAX_WATCHES 100
#define MAX_SHOWN 300
#define MAX_SEARCHED (64 * 1024)        /* of a value that is looked through */

struct _LeydenWatches
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  LeydenBreakpoints *store;             /* nullable */
  GtkWidget         *box;
  GtkWidget         *list;
  GtkWidget         *entry;
  gboolean           asking;
  gboolean           stale;             /* something changed while they were evaluated */
  gboolean           announce;          /* the next answer: of one that was just added */
  char              *sought;            /* only those with that text are shown; nullable */
  char              *chosen;            /* expression whose value is shown whole; nullable */
};

enum
{
  SIGNAL_SHOW,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LeydenWatches, leyden_watches, GTK_TYPE_WIDGET)

static void evaluate (LeydenWatches *self);

static guint
count (LeydenWatches *self)
{
  return self->store != NULL ? g_list_model_get_n_items (leyden_breakpoints_get_watches (self->store)) : 0;
}

static char *
dup_expression (LeydenWatches *self,
                guint          index)
{
  g_autoptr(GtkStringObject) item = g_list_model_get_item (leyden_breakpoints_get_watches (self->store), index);

  return g_strdup (gtk_string_object_get_string (item));
}

/* --- rows --- */

static GtkWidget *
get_row (LeydenWatches *self,
         guint          index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int) index);

  return row != NULL ? GTK_WIDGET (row) : NULL;
}

static LeydenValue *
get_value (LeydenWatches *self,
           guint          index)
{
  GtkWidget *row = get_row (self, index);

  return row != NULL ? g_object_get_data (G_OBJECT (row), "value") : NULL;
}

/* @value (nullable): it has none, and @text says why. */
static void
show_value (LeydenWatches *self,
            guint          index,
            LeydenValue   *value,
            const char    *text,
            gboolean       wrong)
{
  GtkWidget *row = get_row (self, index);
  GtkWidget *label = row != NULL ? g_object_get_data (G_OBJECT (row), "label") : NULL;
  g_autofree char *type = value != NULL ? leyden_debug_dup_type (value) : g_strdup ("");
  g_autofree char *expression = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *name = NULL;

  if (label == NULL)
    return;
  g_object_set_data_full (G_OBJECT (row), "value", value != NULL ? leyden_value_ref (value) : NULL, (GDestroyNotify) leyden_value_unref);
  gtk_label_set_text (GTK_LABEL (label), text);
  leyden_tooltip_set_text (label, text);
  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "type"), type);
  if (wrong)
    gtk_widget_add_css_class (label, "error");
  else
    gtk_widget_remove_css_class (label, "error");
  expression = dup_expression (self, index);
  shown = leyden_text_display (expression, -1, 120, FALSE);
  name = *type != '\0' ? g_strdup_printf ("%s, %s: %s", shown, type, text) : g_strdup_printf ("%s: %s", shown, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* --- one of them whole, and some of them --- */

static void
show_whole (LeydenWatches *self,
            guint          index)
{
  g_autofree char *expression = dup_expression (self, index);
  g_autofree char *title = leyden_text_display (expression, -1, 200, FALSE);

  g_signal_emit (self, signals[SIGNAL_SHOW], 0, title, get_value (self, index));
}

static void
row_activated_cb (LeydenWatches *self,
                  GtkListBoxRow *row)
{
  guint index = (guint) gtk_list_box_row_get_index (row);

  g_free (self->chosen);
  self->chosen = dup_expression (self, index);
  show_whole (self, index);
}

void
leyden_watches_forget_shown (LeydenWatches *self)
{
  g_return_if_fail (LEYDEN_IS_WATCHES (self));
  g_clear_pointer (&self->chosen, g_free);
}

static gboolean
holds (const char *text,
       const char *folded)
{
  g_autofree char *own = g_utf8_casefold (text, -1);

  return strstr (own, folded) != NULL;
}

static gboolean
is_sought (LeydenWatches *self,
           guint          index)
{
  LeydenValue *value = get_value (self, index);
  g_autofree char *expression = dup_expression (self, index);
  g_autofree char *text = value != NULL ? leyden_debug_dup_preview (value, MAX_SEARCHED) : NULL;

  return self->sought == NULL || holds (expression, self->sought) || (text != NULL && holds (text, self->sought));
}

static guint
filter (LeydenWatches *self)
{
  guint n = 0;

  for (guint i = 0; i < MIN (count (self), MAX_WATCHES); i++)
    {
      GtkWidget *row = get_row (self, i);
      gboolean sought = row != NULL && is_sought (self, i);

      if (row != NULL)
        gtk_widget_set_visible (row, sought);
      n += sought;
    }
  return n;
}

void
leyden_watches_search (LeydenWatches *self,
                       const char    *text)
{
  g_autofree char *said = NULL;
  guint n;

  g_return_if_fail (LEYDEN_IS_WATCHES (self));
  g_return_if_fail (text != NULL);

  g_free (self->sought);
  self->sought = *text != '\0' ? g_utf8_casefold (text, -1) : NULL;
  n = filter (self);
  if (self->sought == NULL || count (self) == 0)
    return;
  said = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u watch found", "%u watches found", n), n);
  leyden_announce (GTK_WIDGET (self), said);
}

static void
remove_cb (GtkWidget     *button,
           LeydenWatches *self)
{
  GtkListBoxRow *row = GTK_LIST_BOX_ROW (gtk_widget_get_ancestor (button, GTK_TYPE_LIST_BOX_ROW));

  gtk_widget_grab_focus (self->entry);
  leyden_breakpoints_set_watch (self->store, (guint) gtk_list_box_row_get_index (row), NULL);
}

static GtkWidget *
create_row (LeydenWatches *self,
            const char    *expression)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_label_new (NULL), *value = gtk_label_new (NULL), *type = gtk_label_new (NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-delete-symbolic");
  g_autofree char *shown = leyden_text_display (expression, -1, 120, FALSE);
  g_autofree char *label = g_strdup_printf (_("Remove the watch %s"), shown);

  leyden_label_set_safe_text (GTK_LABEL (name), expression, 120);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_max_width_chars (GTK_LABEL (name), 18);
  gtk_widget_set_tooltip_text (name, shown);
  gtk_widget_add_css_class (name, "dim-label");
  gtk_label_set_ellipsize (GTK_LABEL (value), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (value), 0);
  gtk_widget_set_hexpand (value, TRUE);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), self, 0);
  gtk_box_append (GTK_BOX (box), name);
  gtk_widget_add_css_class (type, "dim-label");
  gtk_widget_add_css_class (type, "caption");
  gtk_box_append (GTK_BOX (box), value);
  gtk_box_append (GTK_BOX (box), type);
  gtk_box_append (GTK_BOX (box), button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data (G_OBJECT (row), "label", value);
  g_object_set_data (G_OBJECT (row), "type", type);
  return row;
}

static void
rebuild (LeydenWatches *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = 0; i < MIN (count (self), MAX_WATCHES); i++)
    {
      g_autofree char *expression = dup_expression (self, i);

      gtk_list_box_append (GTK_LIST_BOX (self->list), create_row (self, expression));
      show_value (self, i, NULL, "–", FALSE);
    }
  filter (self);
  gtk_widget_set_visible (self->list, count (self) > 0);
  evaluate (self);
}

/* --- values --- */

static void
take_values (LeydenWatches *self,
             LeydenValue   *values)
{
  guint n = MIN (leyden_value_get_size (values), count (self));

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *answer = leyden_value_get_item (values, i);
      const char *error = leyden_value_get_member_string (answer, "error", NULL);
      LeydenValue *value = error == NULL ? leyden_value_get_member (answer, "value") : NULL;
      g_autofree char *text = error != NULL ? leyden_text_display (error, -1, MAX_SHOWN, FALSE) : leyden_debug_dup_preview (value, MAX_SHOWN);
      g_autofree char *expression = dup_expression (self, i);

      show_value (self, i, value, text, error != NULL);
      if (g_strcmp0 (expression, self->chosen) == 0)
        show_whole (self, i);
      if (self->announce && i + 1 == n)
        leyden_announce (GTK_WIDGET (self), text);
    }
  self->announce = FALSE;
  if (self->sought != NULL)
    filter (self);
}

static void
evaluated_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenWatches) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  self->asking = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->list == NULL)
    return;
  if (self->stale)
    {
      evaluate (self);
      return;
    }
  for (guint i = 0; answer == NULL && i < count (self); i++)
    {
      g_autofree char *text = leyden_text_display (error->message, -1, MAX_SHOWN, FALSE);

      show_value (self, i, NULL, text, TRUE);
    }
  if (answer != NULL)
    take_values (self, leyden_value_get_member (answer, "values"));
}

static LeydenValue *
make_request (LeydenWatches *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *current = leyden_debug_dup_current (self->view);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_key (&builder, "expressions");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < MIN (count (self), MAX_WATCHES); i++)
    {
      g_autofree char *expression = dup_expression (self, i);

      leyden_value_builder_add_string (&builder, expression);
    }
  leyden_value_builder_end (&builder);
  if (current != NULL)
    leyden_value_builder_set_string (&builder, "node", current);
  if (!leyden_rollout_view_is_live (self->view))
    leyden_value_builder_set_int (&builder, "until", (gint64) leyden_rollout_view_get_position (self->view));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
evaluate (LeydenWatches *self)
{
  g_autoptr(LeydenValue) body = NULL;

  if (self->view == NULL || count (self) == 0 || leyden_rollout_view_get_state (self->view) == NULL)
    return;
  self->stale = self->asking;
  if (self->asking)
    return;
  self->asking = TRUE;
  body = make_request (self);
  leyden_rollout_view_request (self->view, "POST", "/evaluate", body, evaluated_cb, g_object_ref (self));
}

/* --- adding --- */

void
leyden_watches_add (LeydenWatches *self,
                    const char    *expression)
{
  g_autofree char *text = NULL;

  g_return_if_fail (LEYDEN_IS_WATCHES (self));
  g_return_if_fail (expression != NULL);

  text = g_strstrip (g_strdup (expression));
  if (self->store == NULL || *text == '\0' || count (self) >= MAX_WATCHES)
    return;
  self->announce = TRUE;
  /* It is to be seen, whatever was looked for. */
  g_clear_pointer (&self->sought, g_free);
  leyden_breakpoints_set_watch (self->store, count (self), text);
}

static void
entry_activate_cb (LeydenWatches *self)
{
  leyden_watches_add (self, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
}

/* --- what is looked at --- */

static void
state_cb (LeydenWatches *self)
{
  evaluate (self);
}

void
leyden_watches_set_view (LeydenWatches     *self,
                         LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_WATCHES (self));

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  self->asking = FALSE;
  if (view != NULL)
    g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  rebuild (self);
}

void
leyden_watches_set_store (LeydenWatches     *self,
                          LeydenBreakpoints *store)
{
  g_return_if_fail (LEYDEN_IS_WATCHES (self));

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (leyden_breakpoints_get_watches (self->store), self);
  g_set_object (&self->store, store);
  if (store != NULL)
    g_signal_connect_object (leyden_breakpoints_get_watches (store), "items-changed", G_CALLBACK (rebuild), self, G_CONNECT_SWAPPED);
  gtk_widget_set_sensitive (self->entry, store != NULL);
  rebuild (self);
}

/* --- class --- */

static void
leyden_watches_dispose (GObject *object)
{
  LeydenWatches *self = LEYDEN_WATCHES (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (leyden_breakpoints_get_watches (self->store), self);
  g_clear_object (&self->store);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  self->list = NULL;
  g_clear_pointer (&self->sought, g_free);
  g_clear_pointer (&self->chosen, g_free);
  G_OBJECT_CLASS (leyden_watches_parent_class)->dispose (object);
}

static void
leyden_watches_class_init (LeydenWatchesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_watches_dispose;
  signals[SIGNAL_SHOW] =
    g_signal_new ("show-value", LEYDEN_TYPE_WATCHES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, LEYDEN_TYPE_VALUE);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_watches_init (LeydenWatches *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "rollouts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Watches"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  self->entry = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _("Watch an expression"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Watch an expression"), -1);
  gtk_widget_set_tooltip_text (self->entry, _("SQL over nodes by their titles, \"input\", \"result\" and \"reward\": \"Solver\" ->> '$.answer'"));
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (entry_activate_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_sensitive (self->entry, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_box_append (GTK_BOX (self->box), self->entry);
  gtk_widget_set_visible (self->list, FALSE);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_watches_new (void)
{
  return g_object_new (LEYDEN_TYPE_WATCHES, NULL);
}
