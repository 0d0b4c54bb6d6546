/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-domain-editor.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-value-editor.h"
#include "leyden-wrap-box.h"

#define MAX_VALUES 100

struct _LeydenDomainEditor
{
  GtkWidget              parent_instance;

  const LeydenParameter *parameter;
  LeydenValue           *domain;        /* as shown; nullable */
  LeydenValue           *value;         /* of the parameter; nullable */
  GtkWidget             *box;
  GtkWidget             *entry;         /* numbers, models; else NULL */
  GPtrArray             *checks;        /* choices, in their order; else NULL */
  GtkWidget             *problem;
  gboolean               shown;         /* the widgets say what domain is */
  gboolean               updating;
};

G_DEFINE_FINAL_TYPE (LeydenDomainEditor, leyden_domain_editor, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDITED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_number (const LeydenParameter *parameter)
{
  return parameter->kind == LEYDEN_PARAMETER_NUMBER || parameter->kind == LEYDEN_PARAMETER_INTEGER;
}

gboolean
leyden_domain_editor_suits (const LeydenParameter *parameter)
{
  return parameter->slot != NULL && (is_number (parameter) || parameter->kind == LEYDEN_PARAMETER_ENUM || parameter->kind == LEYDEN_PARAMETER_MODEL);
}

/* --- text and values --- */

static char *
check_number (const LeydenParameter *parameter,
              LeydenValue           *value)
{
  return leyden_value_editor_check (parameter, value, NULL);
}

/* Decimal points are points, so a comma ends a number; so do semicolons and spaces. */
static char **
split_text (const char *text,
            const char *separators)
{
  g_auto(GStrv) parts = g_strsplit_set (text, separators, MAX_VALUES * 3);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (guint i = 0; parts[i] != NULL && n < MAX_VALUES; i++)
    if (*g_strstrip (parts[i]) != '\0')
      {
        g_strv_builder_add (builder, parts[i]);
        n++;
      }
  return g_strv_builder_end (builder);
}

LeydenValue *
leyden_domain_editor_parse (const LeydenParameter  *parameter,
                            const char             *text,
                            char                  **problem)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(GStrv) parts = split_text (text, ",; \t\n");

  *problem = NULL;
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *end;
      double number = g_ascii_strtod (parts[i], &end);
      g_autoptr(LeydenValue) value = NULL;

      if (*end != '\0' || !isfinite (number))
        {
          g_autofree char *shown = leyden_text_display (parts[i], -1, 40, FALSE);

          *problem = g_strdup_printf (_("“%s” is no number"), shown);
          return NULL;
        }
      value = leyden_value_new_double (number);
      *problem = check_number (parameter, value);
      if (*problem != NULL)
        return NULL;
      leyden_value_builder_add (&builder, value);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static const char *
get_model_name (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_STRING ? leyden_value_get_string (value, NULL) : leyden_value_get_member_string (value, "model", NULL);
}

/* Of the parameter; the simulation's where it names none. */
static const char *
get_endpoint (LeydenDomainEditor *self)
{
  const char *fallback = leyden_value_get_member_string (leyden_session_get_default_model (leyden_session_get_default ()), "endpoint", "simulated");

  return leyden_value_get_member_string (self->value, "endpoint", fallback);
}

/* A model that was in the list keeps its endpoint; a new one gets the parameter's. */
static LeydenValue *
parse_models (LeydenDomainEditor *self,
              const char         *text)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(GStrv) names = split_text (text, ",;\n");

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; names[i] != NULL; i++)
    {
      LeydenValue *known = NULL;

      for (guint j = 0; known == NULL && j < leyden_value_get_size (self->domain); j++)
        if (g_strcmp0 (get_model_name (leyden_value_get_item (self->domain, j)), names[i]) == 0)
          known = leyden_value_get_item (self->domain, j);
      if (known != NULL)
        leyden_value_builder_add (&builder, known);
      else
        {
          leyden_value_builder_begin_object (&builder);
          leyden_value_builder_set_string (&builder, "endpoint", get_endpoint (self));
          leyden_value_builder_set_string (&builder, "model", names[i]);
          leyden_value_builder_end (&builder);
        }
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static char *
format_domain (LeydenDomainEditor *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (self->domain) && i < MAX_VALUES; i++)
    {
      LeydenValue *item = leyden_value_get_item (self->domain, i);
      const char *part = is_number (self->parameter) ? leyden_value_get_number_text (item) : get_model_name (item);

      if (part != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
    }
  return g_string_free (text, FALSE);
}

/* --- what the person does --- */

static void
show_problem (LeydenDomainEditor *self,
              const char         *text)
{
  gtk_label_set_text (GTK_LABEL (self->problem), text != NULL ? text : "");
  gtk_widget_set_visible (self->problem, text != NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               text != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
emit (LeydenDomainEditor *self,
      LeydenValue        *domain)
{
  if (leyden_value_equal (domain, self->domain))
    return;
  g_clear_pointer (&self->domain, leyden_value_unref);
  self->domain = domain != NULL ? leyden_value_ref (domain) : NULL;
  g_signal_emit (self, signals[SIGNAL_EDITED], 0, domain);
}

static void
text_changed_cb (LeydenDomainEditor *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autofree char *problem = NULL;
  g_autoptr(LeydenValue) domain = NULL;

  if (self->updating)
    return;
  domain = is_number (self->parameter) ? leyden_domain_editor_parse (self->parameter, text, &problem) : parse_models (self, text);
  show_problem (self, problem);
  if (domain != NULL)
    emit (self, leyden_value_get_size (domain) > 0 ? domain : NULL);
}

/* All ticked is what the kind has anyway. */
static void
ticked_cb (LeydenDomainEditor *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) domain = NULL;

  if (self->updating)
    return;
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < self->checks->len; i++)
    if (gtk_check_button_get_active (g_ptr_array_index (self->checks, i)))
      leyden_value_builder_add_string (&builder, self->parameter->choices[i]);
  leyden_value_builder_end (&builder);
  domain = leyden_value_builder_end_value (&builder);
  emit (self, leyden_value_get_size (domain) < self->checks->len ? domain : NULL);
}

static gboolean
has_choice (LeydenValue *domain,
            const char  *choice)
{
  for (guint i = 0; i < leyden_value_get_size (domain); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (domain, i), NULL), choice) == 0)
      return TRUE;
  return FALSE;
}

void
leyden_domain_editor_set (LeydenDomainEditor *self,
                          LeydenValue        *domain,
                          LeydenValue        *value)
{
  g_return_if_fail (LEYDEN_IS_DOMAIN_EDITOR (self));

  g_clear_pointer (&self->value, leyden_value_unref);
  self->value = value != NULL ? leyden_value_ref (value) : NULL;
  /* What is shown already keeps its cursor, and a text that is no list yet. */
  if (self->shown && leyden_value_equal (domain, self->domain))
    return;
  self->shown = TRUE;
  g_clear_pointer (&self->domain, leyden_value_unref);
  self->domain = domain != NULL ? leyden_value_ref (domain) : NULL;
  self->updating = TRUE;
  for (guint i = 0; self->checks != NULL && i < self->checks->len; i++)
    gtk_check_button_set_active (g_ptr_array_index (self->checks, i), domain == NULL || has_choice (domain, self->parameter->choices[i]));
  if (self->entry != NULL)
    {
      g_autofree char *text = format_domain (self);

      gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
      show_problem (self, NULL);
    }
  self->updating = FALSE;
}

LeydenValue *
leyden_domain_editor_suggest (const LeydenParameter *parameter,
                              LeydenValue           *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  double number, last = NAN;

  /* Temperatures and choices have values of their kind. */
  if (g_strcmp0 (parameter->slot, "number") != 0)
    return NULL;
  if (!leyden_value_get_double (value, &number))
    number = isfinite (parameter->maximum) ? parameter->maximum : isfinite (parameter->minimum) ? MAX (parameter->minimum, 1) : 1;
  leyden_value_builder_begin_list (&builder);
  for (int power = -1; power <= 1; power++)
    {
      double next = CLAMP (number * pow (2, power), parameter->minimum, parameter->maximum);

      if (parameter->kind == LEYDEN_PARAMETER_INTEGER)
        next = round (next);
      if (isfinite (next) && next != last)
        leyden_value_builder_add_double (&builder, next);
      last = next;
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* --- class --- */

static void
leyden_domain_editor_dispose (GObject *object)
{
  LeydenDomainEditor *self = LEYDEN_DOMAIN_EDITOR (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->checks, g_ptr_array_unref);
  g_clear_pointer (&self->domain, leyden_value_unref);
  g_clear_pointer (&self->value, leyden_value_unref);
  G_OBJECT_CLASS (leyden_domain_editor_parent_class)->dispose (object);
}

static void
leyden_domain_editor_class_init (LeydenDomainEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_domain_editor_dispose;
  signals[SIGNAL_EDITED] =
    g_signal_new ("edited", LEYDEN_TYPE_DOMAIN_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_domain_editor_init (LeydenDomainEditor *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

static GtkWidget *
create_checks (LeydenDomainEditor *self)
{
  GtkWidget *line = leyden_wrap_box_new ();

  self->checks = g_ptr_array_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (line), FALSE);
  for (guint i = 0; self->parameter->choices[i] != NULL; i++)
    {
      GtkWidget *check = gtk_check_button_new_with_label (self->parameter->choice_titles[i]);

      gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
      g_signal_connect_object (check, "toggled", G_CALLBACK (ticked_cb), self, G_CONNECT_SWAPPED);
      g_ptr_array_add (self->checks, check);
      gtk_widget_set_parent (check, line);
    }
  return line;
}

static const char *
get_placeholder (const LeydenParameter *parameter)
{
  if (g_strcmp0 (parameter->slot, "temperature") == 0)
    return "0, 0.3, 0.7, 1";
  if (parameter->kind == LEYDEN_PARAMETER_MODEL)
    return _("The models of its endpoint, up to 8");
  return _("Values, separated by commas");
}

static GtkWidget *
create_entry (LeydenDomainEditor *self)
{
  g_autofree char *label = g_strdup_printf (_("Values to try: %s"), self->parameter->title);

  self->entry = gtk_entry_new ();
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->entry), FALSE);
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), get_placeholder (self->parameter));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (text_changed_cb), self, G_CONNECT_SWAPPED);
  return self->entry;
}

GtkWidget *
leyden_domain_editor_new (const LeydenParameter *parameter)
{
  LeydenDomainEditor *self;
  GtkWidget *caption = gtk_label_new (_("Values to try"));

  g_return_val_if_fail (parameter != NULL && leyden_domain_editor_suits (parameter), NULL);

  self = g_object_new (LEYDEN_TYPE_DOMAIN_EDITOR, NULL);
  self->parameter = parameter;
  gtk_label_set_xalign (GTK_LABEL (caption), 0);
  gtk_widget_add_css_class (caption, "caption");
  self->problem = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_widget_add_css_class (self->problem, "caption");
  gtk_widget_add_css_class (self->problem, "error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_box_append (GTK_BOX (self->box), caption);
  gtk_box_append (GTK_BOX (self->box), parameter->kind == LEYDEN_PARAMETER_ENUM ? create_checks (self) : create_entry (self));
  gtk_box_append (GTK_BOX (self->box), self->problem);
  return GTK_WIDGET (self);
}
