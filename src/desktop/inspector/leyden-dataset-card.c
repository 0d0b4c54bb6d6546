/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dataset-card.h"

#include <glib/gi18n-lib.h>

#include "leyden-dataset-choice.h"
#include "leyden-dataset-preview.h"
#include "leyden-session.h"
#include "leyden-text.h"

#define MAX_COLUMNS 30

struct _LeydenDatasetCard
{
  GtkWidget            parent_instance;

  LeydenDocument      *document;
  LeydenDatasetChoice *choice;          /* made when the card is opened */
  GtkWidget           *expander;
  GtkWidget           *message;         /* label */
  GtkWidget           *columns;         /* box of labels */
  GtkWidget           *preview;         /* LeydenDatasetPreview */
};

G_DEFINE_FINAL_TYPE (LeydenDatasetCard, leyden_dataset_card, GTK_TYPE_WIDGET)

static GtkWidget *
new_text (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static char *
describe_size (LeydenValue *info)
{
  LeydenValue *splits = leyden_value_get_member (info, "splits");
  guint n = (guint) CLAMP (leyden_value_get_member_int (info, "n_rows", 0), 0, G_MAXINT);
  g_autofree char *rows = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u row", "%u rows", n), n);

  /* Translators: rows in all, and how many train, validate and test. */
  return g_strdup_printf (_("%s: %d train, %d validation, %d test"), rows, (int) leyden_value_get_member_int (splits, "train", 0),
                          (int) leyden_value_get_member_int (splits, "validation", 0), (int) leyden_value_get_member_int (splits, "test", 0));
}

/* The field that a column feeds; the mapping says it from the field's side. */
static const char *
find_field (LeydenValue *mapping,
            const char  *column)
{
  for (guint i = 0; leyden_value_get_kind (mapping) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (mapping); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (mapping, i), NULL), column) == 0)
      return leyden_value_get_key (mapping, i);
  return NULL;
}

static void
append_column (LeydenDatasetCard *self,
               LeydenValue       *column,
               LeydenValue       *mapping)
{
  const char *name = leyden_value_get_member_string (column, "name", "");
  const char *field = find_field (mapping, name);
  g_autofree char *shown = leyden_text_display (name, -1, 60, FALSE);
  g_autofree char *type = leyden_text_display (leyden_value_get_member_string (column, "type", "any"), -1, 20, FALSE);
  g_autofree char *target = field != NULL ? leyden_text_display (field, -1, 60, FALSE) : NULL;
  /* Translators: a column of a data set, the type of its values, and the input that takes it. */
  g_autofree char *text = target != NULL ? g_strdup_printf (_("%s (%s) → %s"), shown, type, target)
                                         : g_strdup_printf (_("%s (%s), not used"), shown, type);

  gtk_box_append (GTK_BOX (self->columns), new_text (text));
}

void
leyden_dataset_card_set_info (LeydenDatasetCard *self,
                              LeydenValue       *info,
                              LeydenValue       *mapping)
{
  LeydenValue *columns = leyden_value_get_member (info, "columns");
  g_autofree char *size = describe_size (info);
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_DATASET_CARD (self));

  gtk_label_set_text (GTK_LABEL (self->message), size);
  while ((child = gtk_widget_get_first_child (self->columns)) != NULL)
    gtk_box_remove (GTK_BOX (self->columns), child);
  for (guint i = 0; i < leyden_value_get_size (columns) && i < MAX_COLUMNS; i++)
    append_column (self, leyden_value_get_item (columns, i), mapping);
  leyden_dataset_preview_set_info (LEYDEN_DATASET_PREVIEW (self->preview), info);
  gtk_widget_set_visible (self->columns, TRUE);
  gtk_widget_set_visible (self->preview, TRUE);
}

static void
choice_changed_cb (LeydenDatasetCard *self)
{
  const char *message = leyden_dataset_choice_get_message (self->choice);

  switch (leyden_dataset_choice_get_state (self->choice))
    {
    case LEYDEN_DATASET_READY:
      leyden_dataset_card_set_info (self, leyden_dataset_choice_get_info (self->choice), leyden_dataset_choice_get_mapping (self->choice));
      break;
    case LEYDEN_DATASET_LOADING:
      gtk_label_set_text (GTK_LABEL (self->message), _("Loading…"));
      break;
    case LEYDEN_DATASET_NONE:
    case LEYDEN_DATASET_FAILED:
    case LEYDEN_DATASET_MISSING:
    default:
      gtk_label_set_text (GTK_LABEL (self->message), message != NULL ? message : _("No data set"));
      break;
    }
}

static void
expanded_cb (LeydenDatasetCard *self)
{
  if (!gtk_expander_get_expanded (GTK_EXPANDER (self->expander)) || self->choice != NULL)
    return;
  self->choice = leyden_dataset_choice_new (leyden_session_get_default ());
  g_signal_connect_object (self->choice, "changed", G_CALLBACK (choice_changed_cb), self, G_CONNECT_SWAPPED);
  leyden_dataset_choice_set_document (self->choice, self->document);
  choice_changed_cb (self);
}

static void
leyden_dataset_card_dispose (GObject *object)
{
  LeydenDatasetCard *self = LEYDEN_DATASET_CARD (object);

  if (self->choice != NULL)
    leyden_dataset_choice_set_document (self->choice, NULL);
  g_clear_object (&self->choice);
  g_clear_object (&self->document);
  g_clear_pointer (&self->expander, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_dataset_card_parent_class)->dispose (object);
}

static void
leyden_dataset_card_class_init (LeydenDatasetCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_dataset_card_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_dataset_card_init (LeydenDatasetCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->message = new_text ("");
  self->columns = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  self->preview = leyden_dataset_preview_new ();
  gtk_widget_set_visible (self->columns, FALSE);
  gtk_widget_set_visible (self->preview, FALSE);
  gtk_widget_set_margin_top (box, 6);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), self->columns);
  gtk_box_append (GTK_BOX (box), self->preview);
  self->expander = gtk_expander_new (NULL);
  gtk_expander_set_child (GTK_EXPANDER (self->expander), box);
  g_signal_connect_object (self->expander, "notify::expanded", G_CALLBACK (expanded_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->expander, GTK_WIDGET (self));
}

GtkWidget *
leyden_dataset_card_new (LeydenDocument *document)
{
  LeydenDatasetCard *self;
  LeydenValue *datasets;
  g_autofree char *name = NULL;
  g_autofree char *label = NULL;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (document), NULL);

  datasets = leyden_flow_get_property_value (leyden_document_get_flow (document), "datasets");
  if (leyden_value_get_kind (datasets) != LEYDEN_VALUE_LIST || leyden_value_get_size (datasets) == 0)
    return NULL;
  self = g_object_new (LEYDEN_TYPE_DATASET_CARD, NULL);
  self->document = g_object_ref (document);
  name = leyden_text_display (leyden_value_get_member_string (leyden_value_get_item (datasets, 0), "name", _("Unnamed")), -1, 60, FALSE);
  label = g_strdup_printf (_("Data set: %s"), name);
  gtk_expander_set_label (GTK_EXPANDER (self->expander), label);
  return GTK_WIDGET (self);
}
