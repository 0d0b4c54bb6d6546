/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-problem-box.h"

#include <glib/gi18n-lib.h>

#include "leyden-safe-text.h"

#define TALL_WIDTH_CHARS 30

static GtkWidget *
make_icon (LeydenSeverity severity)
{
  static const struct
  {
    const char *icon;
    const char *css;
    const char *label;
  } looks[] = {
    { "dialog-error-symbolic", "error", N_("Error") },
    { "dialog-warning-symbolic", "warning", N_("Warning") },
    { "dialog-information-symbolic", "accent", N_("Notice") },
  };
  GtkWidget *image = gtk_image_new_from_icon_name (looks[severity].icon);

  gtk_widget_add_css_class (image, looks[severity].css);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  g_dgettext (GETTEXT_PACKAGE, looks[severity].label), -1);
  return image;
}

static GtkWidget *
make_label (const char *text,
            guint       max_chars,
            gboolean    tall)
{
  GtkWidget *label = gtk_label_new (NULL);

  leyden_label_set_safe_text (GTK_LABEL (label), text, max_chars);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (tall)
    {
      /* Of one width: the height of a popover is asked for before its width is known. */
      gtk_label_set_width_chars (GTK_LABEL (label), TALL_WIDTH_CHARS);
      gtk_label_set_max_width_chars (GTK_LABEL (label), TALL_WIDTH_CHARS);
    }
  return label;
}

static GtkWidget *
make_repair (const LeydenProblem *problem)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *text = gtk_label_new (NULL);

  leyden_label_set_safe_text (GTK_LABEL (text), problem->repair_label != NULL ? problem->repair_label : _("Repair"), 60);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_button_set_child (GTK_BUTTON (button), text);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  return button;
}

GtkWidget *
leyden_problem_box_new (const LeydenProblem  *problem,
                        const char           *place,
                        gboolean              tall,
                        GtkWidget           **repair)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *button = problem->repair != NULL ? make_repair (problem) : NULL;

  gtk_box_append (GTK_BOX (texts), make_label (problem->message, 400, tall));
  if (place != NULL)
    {
      GtkWidget *where = make_label (place, 80, tall);

      gtk_widget_add_css_class (where, "caption");
      gtk_widget_add_css_class (where, "dim-label");
      gtk_box_append (GTK_BOX (texts), where);
    }
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), make_icon (problem->severity));
  gtk_box_append (GTK_BOX (box), texts);
  if (button != NULL && tall)
    {
      gtk_widget_set_halign (button, GTK_ALIGN_START);
      gtk_widget_set_margin_top (button, 6);
    }
  if (button != NULL)
    gtk_box_append (GTK_BOX (tall ? texts : box), button);
  if (repair != NULL)
    *repair = button;
  return box;
}
