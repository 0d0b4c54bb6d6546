/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prices-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-session.h"
#include "leyden-text.h"

/* Typing "12" must not send 1 and then 12. */
#define SAVE_MS 600

struct _LeydenPricesPage
{
  AdwPreferencesPage   parent_instance;

  LeydenSession       *session;
  GCancellable        *cancellable;
  LeydenValue         *models;          /* as the backend lists them; changed ones are "user" */
  AdwPreferencesGroup *group;
  GtkEditable         *model;
  GtkEditable         *host;
  GtkWidget           *message;
  GPtrArray           *rows;            /* borrowed */
  guint                save_id;
  gboolean             rebuild;         /* rows came or went; else the open ones stay as they are */
};

G_DEFINE_FINAL_TYPE (LeydenPricesPage, leyden_prices_page, ADW_TYPE_PREFERENCES_PAGE)

static void show_models (LeydenPricesPage *self);

static void
set_message (LeydenPricesPage *self,
             const char       *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

/* ---- Backend ---- */

static char *describe (LeydenValue *entry);

static void
take_answer (LeydenPricesPage *self,
             LeydenValue      *answer)
{
  set_message (self, leyden_value_get_member_string (answer, "error", NULL));
  if (self->rebuild)
    {
      self->rebuild = FALSE;
      g_clear_pointer (&self->models, leyden_value_unref);
      self->models = leyden_value_ref (leyden_value_get_member (answer, "models"));
      show_models (self);
      return;
    }
  for (guint i = 0; i < self->rows->len; i++)
    {
      g_autofree char *subtitle = describe (leyden_value_get_item (self->models, i));

      adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (g_ptr_array_index (self->rows, i)), subtitle);
    }
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenPricesPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->rows == NULL)
    return;                     /* the window is gone */
  if (answer != NULL)
    take_answer (self, answer);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    set_message (self, error->message);
}

static void
send (LeydenPricesPage *self,
      const char       *method,
      LeydenValue      *body)
{
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), method, "/leyden/v1/prices", body, self->cancellable, answered_cb,
                                g_object_ref (self));
}

/* The user's entries, without what only the list says. */
static gboolean
save_cb (gpointer data)
{
  LeydenPricesPage *self = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  self->save_id = 0;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "models");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (self->models); i++)
    {
      LeydenValue *entry = leyden_value_get_item (self->models, i);

      if (g_strcmp0 (leyden_value_get_member_string (entry, "from", ""), "user") == 0)
        leyden_value_builder_take (&b, leyden_value_with_member (entry, "from", NULL));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  send (self, "PUT", body);
  return G_SOURCE_REMOVE;
}

static void
save_soon (LeydenPricesPage *self,
           guint             ms)
{
  g_clear_handle_id (&self->save_id, g_source_remove);
  self->save_id = g_timeout_add (ms, save_cb, self);
}

/* ---- Changes ---- */

/* @entry NULL: gone. */
static void
replace (LeydenPricesPage *self,
         guint             index,
         LeydenValue      *entry)
{
  LeydenValue *changed = leyden_value_with_item (self->models, index, entry);

  leyden_value_unref (self->models);
  self->models = changed;
}

static LeydenValue *
make_entry (const char *host,
            const char *model,
            double      input,
            double      output,
            const char *currency)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%F");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "host", host);
  leyden_value_builder_set_string (&b, "model", model);
  leyden_value_builder_set_double (&b, "input", input);
  leyden_value_builder_set_double (&b, "output", output);
  leyden_value_builder_set_string (&b, "currency", currency);
  leyden_value_builder_set_string (&b, "date", date);
  leyden_value_builder_set_string (&b, "from", "user");
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
amount_changed_cb (GtkSpinButton *button,
                   gpointer       data)
{
  LeydenPricesPage *self = data;
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "index"));
  const char *name = g_object_get_data (G_OBJECT (button), "name");
  LeydenValue *entry = leyden_value_get_item (self->models, index);
  double amount = gtk_spin_button_get_value (button);
  gboolean is_input = g_str_equal (name, "input");
  g_autoptr(LeydenValue) changed = NULL;

  if (entry == NULL || leyden_value_get_member_double (entry, name, 0) == amount)
    return;
  changed = make_entry (leyden_value_get_member_string (entry, "host", ""), leyden_value_get_member_string (entry, "model", ""),
                        is_input ? amount : leyden_value_get_member_double (entry, "input", 0),
                        is_input ? leyden_value_get_member_double (entry, "output", 0) : amount,
                        leyden_value_get_member_string (entry, "currency", "USD"));
  replace (self, index, changed);
  save_soon (self, SAVE_MS);
}

static void
remove_clicked_cb (GtkButton *button,
                   gpointer   data)
{
  LeydenPricesPage *self = data;

  replace (self, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "index")), NULL);
  self->rebuild = TRUE;
  save_soon (self, 0);
}

static void
add_cb (LeydenPricesPage *self)
{
  const char *model = gtk_editable_get_text (self->model);
  const char *host = gtk_editable_get_text (self->host);
  g_autoptr(LeydenValue) entry = NULL;

  if (*model == '\0' || *host == '\0')
    {
      set_message (self, _("Give the model and the host"));
      return;
    }
  entry = make_entry (host, model, 0, 0, "USD");
  replace (self, leyden_value_get_size (self->models), entry);
  gtk_editable_set_text (self->model, "");
  gtk_editable_set_text (self->host, "");
  self->rebuild = TRUE;
  save_soon (self, 0);
}

/* ---- Rows ---- */

static GtkWidget *
make_amount (LeydenPricesPage *self,
             guint             index,
             const char       *name,
             const char       *title)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *spin = gtk_spin_button_new_with_range (0, 1000000, 0.01);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), 4);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), leyden_value_get_member_double (leyden_value_get_item (self->models, index), name, 0));
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_object_set_data (G_OBJECT (spin), "index", GUINT_TO_POINTER (index));
  g_object_set_data (G_OBJECT (spin), "name", (gpointer) name);
  g_signal_connect (spin, "value-changed", G_CALLBACK (amount_changed_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), spin);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), spin);
  return row;
}

static GtkWidget *
make_remove (LeydenPricesPage *self,
             guint             index)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_with_label (_("Remove"));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("Your own price"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "index", GUINT_TO_POINTER (index));
  g_signal_connect (button, "clicked", G_CALLBACK (remove_clicked_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static char *
describe (LeydenValue *entry)
{
  const char *source = leyden_value_get_member_string (entry, "source", NULL);
  g_autofree char *origin = g_strdup_printf ("%s%s%s", leyden_value_get_member_string (entry, "date", ""), source != NULL ? ", " : "",
                                             source != NULL ? source : "");
  /* Translators: prices of input and output, a currency, a host, a date and a source. */
  g_autofree char *text = g_strdup_printf (_("%g in, %g out %s · %s · %s"), leyden_value_get_member_double (entry, "input", 0),
                                           leyden_value_get_member_double (entry, "output", 0), leyden_value_get_member_string (entry, "currency", ""),
                                           leyden_value_get_member_string (entry, "host", ""), origin);

  return leyden_text_display (text, -1, 200, FALSE);
}

static void
add_row (LeydenPricesPage *self,
         guint             index)
{
  LeydenValue *entry = leyden_value_get_item (self->models, index);
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (entry, "model", ""), -1, 100, FALSE);
  g_autofree char *subtitle = describe (entry);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_amount (self, index, "input", _("Input")));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_amount (self, index, "output", _("Output")));
  if (g_strcmp0 (leyden_value_get_member_string (entry, "from", ""), "user") == 0)
    adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_remove (self, index));
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->rows, row);
}

static void
show_models (LeydenPricesPage *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->group, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < leyden_value_get_size (self->models); i++)
    add_row (self, i);
}

/* ---- The page ---- */

static void
mapped_cb (LeydenPricesPage *self)
{
  if (self->models != NULL)
    return;
  self->rebuild = TRUE;
  send (self, "GET", NULL);
}

static void
leyden_prices_page_dispose (GObject *object)
{
  LeydenPricesPage *self = LEYDEN_PRICES_PAGE (object);

  /* What was typed last is not lost with the window. */
  if (self->save_id != 0)
    {
      g_clear_handle_id (&self->save_id, g_source_remove);
      save_cb (self);
    }
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->models, leyden_value_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_prices_page_parent_class)->dispose (object);
}

static void
leyden_prices_page_class_init (LeydenPricesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_prices_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-prices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenPricesPage, group);
  gtk_widget_class_bind_template_child (widget_class, LeydenPricesPage, model);
  gtk_widget_class_bind_template_child (widget_class, LeydenPricesPage, host);
  gtk_widget_class_bind_template_child (widget_class, LeydenPricesPage, message);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
}

static void
leyden_prices_page_init (LeydenPricesPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (mapped_cb), NULL);
}
