/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-parameter-row.h"

#include <glib/gi18n-lib.h>

#include "leyden-domain-editor.h"
#include "leyden-large-window.h"
#include "leyden-text.h"

struct _LeydenParameterRow
{
  GtkWidget              parent_instance;

  const LeydenParameter *parameter;
  GtkWidget             *box;
  GtkWidget             *editor;
  GtkWidget             *trainable;     /* NULL when it can be no slot */
  GtkWidget             *lock;          /* beside it */
  GtkWidget             *domain;        /* LeydenDomainEditor; NULL where there is nothing to choose */
  GtkWidget             *message;
  char                  *invalid;       /* the text in the editor is no value */
  LeydenValue           *value;
  LeydenValue           *mark;          /* the node's entry of "trainable", nullable */
  LeydenEditorContext   *context;       /* nullable */
  GtkWidget             *window;        /* with the large editor; weak */
  GtkWidget             *large;         /* in it; weak */
  GtkWidget             *large_message; /* weak */
  gboolean               updating;
};

G_DEFINE_FINAL_TYPE (LeydenParameterRow, leyden_parameter_row, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDITED,
  SIGNAL_MARK_CHANGED,
  SIGNAL_CONNECT,
  SIGNAL_ADD_INPUT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
update_message (LeydenParameterRow *self)
{
  g_autofree char *problem =
    self->invalid != NULL
      ? g_strdup (self->invalid)
      : leyden_value_editor_check (self->parameter, self->value,
                                     self->context != NULL ? (const char * const *) self->context->names : NULL);
  g_autofree char *shown = problem != NULL ? leyden_text_display (problem, -1, 300, FALSE) : NULL;
  const char *text = shown != NULL ? shown : self->parameter->help;

  gtk_label_set_text (GTK_LABEL (self->message), text != NULL ? text : "");
  gtk_widget_set_visible (self->message, text != NULL && *text != '\0');
  if (shown != NULL)
    {
      gtk_widget_add_css_class (self->message, "error");
      gtk_widget_remove_css_class (self->message, "dim-label");
      gtk_widget_add_css_class (self->editor, "invalid");
    }
  else
    {
      gtk_widget_remove_css_class (self->message, "error");
      gtk_widget_add_css_class (self->message, "dim-label");
      gtk_widget_remove_css_class (self->editor, "invalid");
    }
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->editor), GTK_ACCESSIBLE_STATE_INVALID,
                               shown != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  if (self->large_message != NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->large_message), shown != NULL ? shown : "");
      gtk_widget_set_visible (self->large_message, shown != NULL);
    }
}

static void
edited_cb (LeydenParameterRow *self,
           LeydenValue        *value)
{
  g_clear_pointer (&self->value, leyden_value_unref);
  self->value = leyden_value_ref (value);
  update_message (self);
  g_signal_emit (self, signals[SIGNAL_EDITED], 0, value);
}

static void
invalid_cb (LeydenParameterRow *self,
            const char         *message)
{
  if (g_strcmp0 (message, self->invalid) == 0)
    return;
  g_free (self->invalid);
  self->invalid = g_strdup (message);
  update_message (self);
}

static void
connect_input_cb (LeydenParameterRow *self,
                  const char         *input,
                  const char         *node,
                  const char         *output)
{
  g_signal_emit (self, signals[SIGNAL_CONNECT], 0, input, node, output);
}

static void
add_input_cb (LeydenParameterRow *self,
              const char         *input)
{
  g_signal_emit (self, signals[SIGNAL_ADD_INPUT], 0, input);
}

/* What is typed there stands here, too. */
static void
large_edited_cb (LeydenParameterRow *self,
                 LeydenValue        *value)
{
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), value);
  edited_cb (self, value);
}

/* The name alone where nothing more is to be said, as flows had it always. */
static LeydenValue *
make_mark (LeydenParameterRow *self,
           LeydenValue        *domain)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean locked = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->lock));

  if (domain == NULL && !locked)
    return leyden_value_new_string (self->parameter->name, -1);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", self->parameter->name);
  if (domain != NULL)
    leyden_value_builder_set (&builder, "domain", domain);
  if (locked)
    leyden_value_builder_set_boolean (&builder, "locked", TRUE);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
emit_mark (LeydenParameterRow *self,
           LeydenValue        *domain)
{
  g_autoptr(LeydenValue) mark = make_mark (self, domain);

  g_signal_emit (self, signals[SIGNAL_MARK_CHANGED], 0, mark);
}

static void
trainable_toggled_cb (LeydenParameterRow *self)
{
  g_autoptr(LeydenValue) domain = NULL;

  if (self->updating)
    return;
  if (!gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->trainable)))
    {
      g_signal_emit (self, signals[SIGNAL_MARK_CHANGED], 0, NULL);
      return;
    }
  self->updating = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->lock), FALSE);
  self->updating = FALSE;
  domain = leyden_domain_editor_suggest (self->parameter, self->value);
  emit_mark (self, domain);
}

static void
lock_toggled_cb (LeydenParameterRow *self)
{
  if (!self->updating)
    emit_mark (self, leyden_value_get_member (self->mark, "domain"));
}

static void
domain_edited_cb (LeydenParameterRow *self,
                  LeydenValue        *domain)
{
  emit_mark (self, domain);
}

static void
leyden_parameter_row_dispose (GObject *object)
{
  LeydenParameterRow *self = LEYDEN_PARAMETER_ROW (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->mark, leyden_value_unref);
  g_clear_pointer (&self->invalid, g_free);
  g_clear_pointer (&self->context, leyden_editor_context_unref);
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->large);
  g_clear_weak_pointer (&self->large_message);
  G_OBJECT_CLASS (leyden_parameter_row_parent_class)->dispose (object);
}

static void
leyden_parameter_row_class_init (LeydenParameterRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_parameter_row_dispose;
  signals[SIGNAL_EDITED] =
    g_signal_new ("edited", LEYDEN_TYPE_PARAMETER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_MARK_CHANGED] =
    g_signal_new ("mark-changed", LEYDEN_TYPE_PARAMETER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  LEYDEN_TYPE_VALUE);
  signals[SIGNAL_CONNECT] =
    g_signal_new ("connect-input", LEYDEN_TYPE_PARAMETER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING,
                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_ADD_INPUT] =
    g_signal_new ("add-input", LEYDEN_TYPE_PARAMETER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_parameter_row_init (LeydenParameterRow *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

/* The widget inside an editor that takes the focus: the one that a screen reader reads. */
static void
name_focusable (GtkWidget  *widget,
                const char *label)
{
  if (GTK_IS_TEXT (widget))
    return;
  if ((gtk_widget_get_focusable (widget) && !GTK_IS_SCROLLED_WINDOW (widget)) || GTK_IS_ENTRY (widget) || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_DROP_DOWN (widget))
    {
      gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    name_focusable (child, label);
}

static void
connect_editor (LeydenParameterRow *self,
                GtkWidget          *editor)
{
  g_signal_connect_object (editor, "invalid", G_CALLBACK (invalid_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (editor, "connect-input", G_CALLBACK (connect_input_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (editor, "add-input", G_CALLBACK (add_input_cb), self, G_CONNECT_SWAPPED);
}

static gboolean
names_its_parts (LeydenParameterKind kind)
{
  return kind == LEYDEN_PARAMETER_FIELDS || kind == LEYDEN_PARAMETER_EXAMPLES || kind == LEYDEN_PARAMETER_WEIGHTS ||
         kind == LEYDEN_PARAMETER_CASES || kind == LEYDEN_PARAMETER_MODEL;
}

static GtkWidget *
create_trainable (LeydenParameterRow *self)
{
  g_autofree char *label = g_strdup_printf (_("Trainable: %s"), self->parameter->title);
  GtkWidget *button = gtk_toggle_button_new ();
  GtkWidget *content = gtk_label_new (_("Trainable"));

  gtk_button_set_child (GTK_BUTTON (button), content);
  gtk_widget_add_css_class (content, "caption");
  gtk_widget_add_css_class (button, "trainable");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _("Training may change this value"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (trainable_toggled_cb), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_lock (LeydenParameterRow *self)
{
  g_autofree char *label = g_strdup_printf (_("Lock for training: %s"), self->parameter->title);
  GtkWidget *button = gtk_toggle_button_new ();

  gtk_button_set_icon_name (GTK_BUTTON (button), "changes-allow-symbolic");
  gtk_widget_add_css_class (button, "trainable");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (button, FALSE);
  gtk_widget_set_tooltip_text (button, _("Locked: training leaves it as it is for now"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (lock_toggled_cb), self, G_CONNECT_SWAPPED);
  return button;
}

GtkWidget *
leyden_parameter_row_new (const LeydenParameter *parameter)
{
  LeydenParameterRow *self;
  GtkWidget *header, *title;
  g_autofree char *heading = NULL;

  g_return_val_if_fail (parameter != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_PARAMETER_ROW, NULL);
  self->parameter = parameter;
  heading = parameter->unit != NULL ? g_strdup_printf ("%s (%s)", parameter->title, parameter->unit)
                                    : g_strdup (parameter->title);

  header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  title = gtk_label_new (heading);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_wrap (GTK_LABEL (title), TRUE);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (title, "caption-heading");
  gtk_box_append (GTK_BOX (header), title);
  self->editor = leyden_value_editor_new_for (parameter);
  if (!names_its_parts (parameter->kind))
    name_focusable (self->editor, heading);
  if (parameter->slot != NULL)
    {
      self->trainable = create_trainable (self);
      self->lock = create_lock (self);
      gtk_box_append (GTK_BOX (header), self->trainable);
      gtk_box_append (GTK_BOX (header), self->lock);
    }

  self->message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->message, "caption");

  if (parameter->kind == LEYDEN_PARAMETER_BOOLEAN)
    gtk_box_append (GTK_BOX (header), self->editor);
  gtk_box_append (GTK_BOX (self->box), header);
  if (parameter->kind != LEYDEN_PARAMETER_BOOLEAN)
    gtk_box_append (GTK_BOX (self->box), self->editor);
  gtk_box_append (GTK_BOX (self->box), self->message);
  if (leyden_domain_editor_suits (parameter))
    {
      self->domain = leyden_domain_editor_new (parameter);
      gtk_widget_set_visible (self->domain, FALSE);
      gtk_widget_add_css_class (self->domain, "domain");
      g_signal_connect_object (self->domain, "edited", G_CALLBACK (domain_edited_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (self->box), self->domain);
    }
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "expand", G_CALLBACK (leyden_parameter_row_expand), self, G_CONNECT_SWAPPED);
  connect_editor (self, self->editor);
  update_message (self);
  return GTK_WIDGET (self);
}

const LeydenParameter *
leyden_parameter_row_get_parameter (LeydenParameterRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_PARAMETER_ROW (self), NULL);
  return self->parameter;
}

void
leyden_parameter_row_set_value (LeydenParameterRow *self,
                                LeydenValue        *value)
{
  g_return_if_fail (LEYDEN_IS_PARAMETER_ROW (self));

  if (self->value != NULL && leyden_value_equal (self->value, value))
    return;
  g_clear_pointer (&self->value, leyden_value_unref);
  self->value = value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), self->value);
  if (self->large != NULL)
    leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->large), self->value);
  update_message (self);
}

void
leyden_parameter_row_set_mark (LeydenParameterRow *self,
                               LeydenValue        *mark)
{
  gboolean locked = leyden_value_get_member_boolean (mark, "locked", FALSE);

  g_return_if_fail (LEYDEN_IS_PARAMETER_ROW (self));

  if (self->trainable == NULL)
    return;
  if (mark != NULL)
    leyden_value_ref (mark);
  g_clear_pointer (&self->mark, leyden_value_unref);
  self->mark = mark;
  self->updating = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->trainable), mark != NULL);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->lock), locked);
  gtk_button_set_icon_name (GTK_BUTTON (self->lock), locked ? "changes-prevent-symbolic" : "changes-allow-symbolic");
  gtk_widget_set_visible (self->lock, mark != NULL);
  self->updating = FALSE;
  if (self->domain != NULL)
    {
      gtk_widget_set_visible (self->domain, mark != NULL);
      gtk_widget_set_sensitive (self->domain, !locked);
      leyden_domain_editor_set (LEYDEN_DOMAIN_EDITOR (self->domain), leyden_value_get_member (mark, "domain"), self->value);
    }
}

void
leyden_parameter_row_set_context (LeydenParameterRow  *self,
                                  LeydenEditorContext *context)
{
  g_return_if_fail (LEYDEN_IS_PARAMETER_ROW (self));

  leyden_editor_context_set (&self->context, context);
  leyden_value_editor_set_context (LEYDEN_VALUE_EDITOR (self->editor), context);
  if (self->large != NULL)
    leyden_value_editor_set_context (LEYDEN_VALUE_EDITOR (self->large), context);
  update_message (self);
}

void
leyden_parameter_row_expand (LeydenParameterRow *self)
{
  GtkWidget *editor;

  g_return_if_fail (LEYDEN_IS_PARAMETER_ROW (self));

  if (self->window != NULL)
    {
      gtk_window_present (GTK_WINDOW (self->window));
      return;
    }
  editor = leyden_value_editor_new_large_for (self->parameter);
  if (editor == NULL)
    return;
  name_focusable (editor, self->parameter->title);
  g_set_weak_pointer (&self->large, editor);
  g_set_weak_pointer (&self->window, leyden_large_window_new (GTK_WIDGET (self), self->parameter->title, editor, &self->large_message));
  g_object_add_weak_pointer (G_OBJECT (self->large_message), (gpointer *) &self->large_message);
  leyden_value_editor_set_context (LEYDEN_VALUE_EDITOR (editor), self->context);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (editor), self->value);
  g_signal_connect_object (editor, "edited", G_CALLBACK (large_edited_cb), self, G_CONNECT_SWAPPED);
  connect_editor (self, editor);
  update_message (self);
  gtk_window_present (GTK_WINDOW (self->window));
  gtk_widget_grab_focus (editor);
}

GtkWidget *
leyden_parameter_row_get_editor (LeydenParameterRow *self)
{
  g_return_val_if_fail (LEYDEN_IS_PARAMETER_ROW (self), NULL);
  return self->editor;
}
