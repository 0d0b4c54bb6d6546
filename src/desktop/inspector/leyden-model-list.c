/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-model-list.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "leyden-text.h"

struct _LeydenModelList
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkWidget *search;
  GtkWidget *list;
};

G_DEFINE_FINAL_TYPE (LeydenModelList, leyden_model_list, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHOSEN,
  SIGNAL_ADD_ENDPOINT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- what is known of a model --- */

static LeydenValue *
find_price (LeydenValue *prices,
            const char  *base_uri,
            const char  *model)
{
  g_autoptr(GUri) uri = base_uri != NULL ? g_uri_parse (base_uri, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  for (guint i = 0; host != NULL && model != NULL && i < leyden_value_get_size (prices); i++)
    {
      LeydenValue *price = leyden_value_get_item (prices, i);

      if (g_strcmp0 (leyden_value_get_member_string (price, "model", NULL), model) == 0
          && g_strcmp0 (leyden_value_get_member_string (price, "host", NULL), host) == 0)
        return price;
    }
  return NULL;
}

static void
append (GString    *out,
        const char *part)
{
  if (out->len > 0)
    g_string_append (out, " · ");
  g_string_append (out, part);
}

char *
leyden_model_describe (LeydenValue *endpoint,
                       LeydenValue *model,
                       LeydenValue *prices)
{
  g_autoptr(GString) out = g_string_new (NULL);
  LeydenValue *price = find_price (prices, leyden_value_get_member_string (endpoint, "base_uri", NULL),
                                   leyden_value_get_member_string (model, "id", NULL));
  gint64 context = leyden_value_get_member_int (model, "context_length", 0);

  if (leyden_value_get_member_boolean (endpoint, "simulated", FALSE))
    append (out, _("Simulated"));
  if (price != NULL)
    {
      g_autofree char *currency = leyden_text_display (leyden_value_get_member_string (price, "currency", ""), -1, 8, FALSE);
      /* Translators: prices of a million tokens that are read and written, and the currency. */
      g_autofree char *text = g_strdup_printf (_("%g in, %g out %s a million tokens"), leyden_value_get_member_double (price, "input", 0),
                                               leyden_value_get_member_double (price, "output", 0), currency);

      append (out, text);
    }
  if (context > 0)
    {
      g_autofree char *text = g_strdup_printf (_("reads %.0f tokens"), (double) context);

      append (out, text);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- the list --- */

static gboolean
filter_cb (GtkListBoxRow *row,
           gpointer       data)
{
  LeydenModelList *self = data;
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_autofree char *name = g_utf8_casefold (g_object_get_data (G_OBJECT (row), "model"), -1);

  return strstr (name, g_strstrip (wanted)) != NULL;
}

static void
search_changed_cb (LeydenModelList *self)
{
  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
}

static void
row_activated_cb (LeydenModelList *self,
                  GtkListBoxRow   *row)
{
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, g_object_get_data (G_OBJECT (row), "model"));
}

/* Return takes the first that fits. */
static void
search_activate_cb (LeydenModelList *self)
{
  for (GtkWidget *row = gtk_widget_get_first_child (self->list); row != NULL; row = gtk_widget_get_next_sibling (row))
    if (GTK_IS_LIST_BOX_ROW (row) && gtk_widget_get_child_visible (row))
      {
        row_activated_cb (self, GTK_LIST_BOX_ROW (row));
        return;
      }
}

static void
add_clicked_cb (LeydenModelList *self)
{
  g_signal_emit (self, signals[SIGNAL_ADD_ENDPOINT], 0);
}

static void
leyden_model_list_dispose (GObject *object)
{
  LeydenModelList *self = LEYDEN_MODEL_LIST (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_model_list_parent_class)->dispose (object);
}

static void
leyden_model_list_class_init (LeydenModelListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_model_list_dispose;
  signals[SIGNAL_CHOSEN] =
    g_signal_new ("chosen", LEYDEN_TYPE_MODEL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_ADD_ENDPOINT] =
    g_signal_new ("add-endpoint", LEYDEN_TYPE_MODEL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_model_list_init (LeydenModelList *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *empty = gtk_label_new (_("No models known. Type the name of one."));
  GtkWidget *add = gtk_button_new_with_label (_("Add an Endpoint…"));

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->search = gtk_search_entry_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search models"), -1);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (search_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "activate", G_CALLBACK (search_activate_cb), self, G_CONNECT_SWAPPED);
  gtk_label_set_wrap (GTK_LABEL (empty), TRUE);
  gtk_widget_add_css_class (empty, "dim-label");
  self->list = gtk_list_box_new ();
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), empty);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_list_box_set_filter_func (GTK_LIST_BOX (self->list), filter_cb, self, NULL);
  gtk_widget_add_css_class (self->list, "completions");
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 300);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->search);
  gtk_box_append (GTK_BOX (self->box), scroller);
  gtk_box_append (GTK_BOX (self->box), add);
  gtk_widget_set_size_request (self->box, 260, -1);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_model_list_new (void)
{
  return g_object_new (LEYDEN_TYPE_MODEL_LIST, NULL);
}

static GtkWidget *
new_row (LeydenValue *endpoint,
         LeydenValue *model,
         LeydenValue *prices)
{
  const char *id = leyden_value_get_member_string (model, "id", "");
  g_autofree char *title = leyden_text_display (id, -1, 80, FALSE);
  g_autofree char *facts = leyden_model_describe (endpoint, model, prices);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_box_append (GTK_BOX (box), label);
  if (*facts != '\0')
    {
      GtkWidget *caption = gtk_label_new (facts);

      gtk_label_set_xalign (GTK_LABEL (caption), 0);
      gtk_label_set_wrap (GTK_LABEL (caption), TRUE);
      gtk_widget_add_css_class (caption, "caption");
      gtk_widget_add_css_class (caption, "dim-label");
      gtk_box_append (GTK_BOX (box), caption);
    }
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "model", g_strdup (id), g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, facts, -1);
  return row;
}

void
leyden_model_list_set (LeydenModelList *self,
                       LeydenValue     *endpoint,
                       LeydenValue     *models,
                       LeydenValue     *prices)
{
  GtkWidget *row;

  g_return_if_fail (LEYDEN_IS_MODEL_LIST (self));

  while ((row = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0))) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), row);
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    if (leyden_value_get_member_string (leyden_value_get_item (models, i), "id", NULL) != NULL)
      gtk_list_box_append (GTK_LIST_BOX (self->list), new_row (endpoint, leyden_value_get_item (models, i), prices));
}
