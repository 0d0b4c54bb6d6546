/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-number-editor.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-json.h"

/* Where a range is open the spin button still needs ends. */
#define OPEN_END 1e9
/* What gtk_spin_button_set_digits() takes. */
#define MAX_DIGITS 20

struct _LeydenNumberEditor
{
  GtkWidget    parent_instance;

  gboolean     integer;
  double       minimum;         /* the buttons stop there; what is typed beyond is told as wrong */
  double       maximum;
  guint        digits;          /* decimals that the spin button shows at least */
  GtkWidget   *spin;            /* NULL when the value may be null */
  GtkWidget   *entry;
  LeydenValue *shown;
  gboolean     updating;
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNumberEditor, leyden_number_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static void
take_shown (LeydenNumberEditor *self,
            LeydenValue        *value)
{
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = value;
}

/* But for what steps of 0.1 add up to. */
static gboolean
is_same (double a,
         double b)
{
  return fabs (a - b) <= 1e-9 * MAX (1, fabs (a));
}

static void
take_number (LeydenNumberEditor *self,
             double              number)
{
  g_autoptr(LeydenValue) value = self->integer ? leyden_value_new_int (llround (number)) : leyden_value_new_double (number);

  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), NULL);
  if (leyden_value_equal (value, self->shown))
    return;
  take_shown (self, g_steal_pointer (&value));
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), self->shown);
}

/* By the buttons and keys; or the focus leaves what was typed, which is taken already. */
static void
spin_changed_cb (LeydenNumberEditor *self)
{
  double number, shown;

  if (self->updating)
    return;
  number = gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->spin));
  if (leyden_value_get_double (self->shown, &shown) && is_same (shown, number))
    return;
  if (number < self->minimum || number > self->maximum)
    {
      number = CLAMP (number, self->minimum, self->maximum);
      self->updating = TRUE;
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->spin), number);
      self->updating = FALSE;
    }
  take_number (self, number);
}

/* While it is typed. A number beyond the range is one, and the row says what is wrong with it. */
static void
spin_typed_cb (LeydenNumberEditor *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->spin));
  char *end = NULL;
  double number;

  if (self->updating)
    return;
  /* As the spin button writes it, by the locale. */
  number = g_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (number) || fabs (number) > OPEN_END)
    leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), _("A number is needed here."));
  else if (self->integer && number != round (number))
    leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), _("A whole number is needed here."));
  /* A button went too far, and is about to be stopped. */
  else if (is_same (number, gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->spin))) && (number < self->minimum || number > self->maximum))
    return;
  else
    take_number (self, number);
}

static void
entry_changed_cb (LeydenNumberEditor *self)
{
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;
  double number;

  if (self->updating)
    return;
  text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  value = *text == '\0' ? leyden_value_new_null () : leyden_json_parse (text, -1, NULL, NULL);
  if (value == NULL || (!leyden_value_is_null (value) && !leyden_value_get_double (value, &number)))
    {
      leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), _("A number is needed here, or nothing."));
      return;
    }
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), NULL);
  if (leyden_value_equal (value, self->shown))
    return;
  take_shown (self, g_steal_pointer (&value));
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), self->shown);
}

/* A spin button writes back what it shows: it must show all decimals of a value, or looking at it would change it. */
static guint
decimals_of (LeydenValue *value)
{
  double number;
  char text[64];

  if (!leyden_value_get_double (value, &number))
    return 0;
  for (guint digits = 0; digits < MAX_DIGITS; digits++)
    {
      g_snprintf (text, sizeof text, "%.*f", (int) digits, number);
      if (g_ascii_strtod (text, NULL) == number)
        return digits;
    }
  return MAX_DIGITS;
}

static void
leyden_number_editor_set_value (LeydenValueEditor *editor,
                                LeydenValue       *value)
{
  LeydenNumberEditor *self = LEYDEN_NUMBER_EDITOR (editor);
  double number;

  if (self->shown != NULL && leyden_value_equal (self->shown, value))
    return;
  take_shown (self, value != NULL ? leyden_value_ref (value) : leyden_value_new_null ());
  self->updating = TRUE;
  if (self->spin != NULL)
    {
      if (!self->integer)
        gtk_spin_button_set_digits (GTK_SPIN_BUTTON (self->spin), MAX (self->digits, decimals_of (value)));
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->spin), leyden_value_get_double (value, &number) ? number : 0);
    }
  else
    gtk_editable_set_text (GTK_EDITABLE (self->entry), leyden_value_get_kind (value) == LEYDEN_VALUE_NUMBER
                                                         ? leyden_value_get_number_text (value) : "");
  self->updating = FALSE;
  leyden_value_editor_emit_invalid (editor, NULL);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_number_editor_set_value;
}

static void
leyden_number_editor_dispose (GObject *object)
{
  LeydenNumberEditor *self = LEYDEN_NUMBER_EDITOR (object);

  g_clear_pointer (&self->spin, gtk_widget_unparent);
  g_clear_pointer (&self->entry, gtk_widget_unparent);
  g_clear_pointer (&self->shown, leyden_value_unref);
  G_OBJECT_CLASS (leyden_number_editor_parent_class)->dispose (object);
}

static gboolean
leyden_number_editor_grab_focus (GtkWidget *widget)
{
  LeydenNumberEditor *self = LEYDEN_NUMBER_EDITOR (widget);

  return gtk_widget_grab_focus (self->spin != NULL ? self->spin : self->entry);
}

static void
leyden_number_editor_class_init (LeydenNumberEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_number_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_number_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_number_editor_init (LeydenNumberEditor *self)
{
}

static guint
digits_for (double step)
{
  guint digits = 0;

  while (digits < 6 && fabs (step - round (step)) > 1e-9)
    {
      step *= 10;
      digits++;
    }
  return digits;
}

GtkWidget *
leyden_number_editor_new (const LeydenParameter *parameter)
{
  LeydenNumberEditor *self = g_object_new (LEYDEN_TYPE_NUMBER_EDITOR, NULL);
  double step = parameter->step > 0 ? parameter->step : parameter->kind == LEYDEN_PARAMETER_INTEGER ? 1 : 0.01;

  self->integer = parameter->kind == LEYDEN_PARAMETER_INTEGER;
  if (leyden_value_is_null (parameter->fallback))
    {
      self->entry = gtk_entry_new ();
      gtk_editable_set_enable_undo (GTK_EDITABLE (self->entry), FALSE);
      gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_NUMBER);
      gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _("Not set"));
      g_signal_connect_object (self->entry, "changed", G_CALLBACK (entry_changed_cb), self, G_CONNECT_SWAPPED);
      gtk_widget_set_parent (self->entry, GTK_WIDGET (self));
      return GTK_WIDGET (self);
    }
  self->minimum = isfinite (parameter->minimum) ? parameter->minimum : -OPEN_END;
  self->maximum = isfinite (parameter->maximum) ? parameter->maximum : OPEN_END;
  /* Wider than that: a spin button corrects what is beyond its range without a word, and what was typed is gone. */
  self->spin = gtk_spin_button_new_with_range (-OPEN_END, OPEN_END, step);
  self->digits = self->integer ? 0 : MAX (digits_for (step), 2);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (self->spin), self->digits);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (self->spin), TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->spin), 8);
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->spin), FALSE);
  leyden_value_editor_ignore_scrolling (self->spin);
  g_signal_connect_object (self->spin, "changed", G_CALLBACK (spin_typed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->spin, "value-changed", G_CALLBACK (spin_changed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->spin, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
