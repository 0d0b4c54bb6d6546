/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-port-diff.h"

#include <glib/gi18n-lib.h>

#include "leyden-experiment-parts.h"
#include "leyden-paged-text.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-value-diff.h"

/* Texts that are longer are not compared word by word on the main loop. */
#define MAX_TEXT (16 * 1024)
#define MAX_PLACES 50

static const char *
get_text (LeydenValue *value,
          gsize       *length)
{
  *length = 0;
  return leyden_value_get_string (value, length);
}

static void
append_side (GtkWidget   *box,
             const char  *title,
             LeydenValue *value)
{
  GtkWidget *text;

  gtk_box_append (GTK_BOX (box), leyden_part_label (title, "caption-heading"));
  if (value == NULL)
    {
      gtk_box_append (GTK_BOX (box), leyden_part_label (_("nothing"), "dim-label"));
      return;
    }
  text = leyden_paged_text_new_prose (title);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (text), value);
  gtk_box_append (GTK_BOX (box), text);
}

/* A number, true or false beside another one of its kind: both fit in a line. */
static gboolean
are_short (LeydenValue *a,
           LeydenValue *b)
{
  LeydenValueKind kind = leyden_value_get_kind (a);

  return a != NULL && b != NULL && kind == leyden_value_get_kind (b) && (kind == LEYDEN_VALUE_NUMBER || kind == LEYDEN_VALUE_BOOLEAN);
}

/* Words where both are texts of a sensible length, else one above the other. */
static void
append_pair (GtkWidget   *box,
             LeydenValue *a,
             LeydenValue *b)
{
  gsize n, m;
  const char *before = get_text (a, &n), *after = get_text (b, &m);

  if (before != NULL && after != NULL && n <= MAX_TEXT && m <= MAX_TEXT && strlen (before) == n && strlen (after) == m)
    gtk_box_append (GTK_BOX (box), leyden_part_diff (before, after));
  else if (are_short (a, b))
    {
      g_autofree char *first = leyden_format_value (a, 100);
      g_autofree char *second = leyden_format_value (b, 100);

      gtk_box_append (GTK_BOX (box), leyden_part_diff (first, second));
    }
  else
    {
      append_side (box, _("First"), a);
      append_side (box, _("Second"), b);
    }
}

static void
append_places (GtkWidget   *box,
               LeydenValue *a,
               LeydenValue *b)
{
  gboolean more = FALSE;
  g_autoptr(GPtrArray) changes = leyden_value_diff (a, b, MAX_PLACES, &more);

  for (guint i = 0; i < changes->len; i++)
    {
      LeydenValueChange *change = g_ptr_array_index (changes, i);
      g_autofree char *path = leyden_text_display (change->path, -1, 200, FALSE);
      GtkWidget *group = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
      GtkWidget *place = leyden_part_label (path, "monospace");

      gtk_widget_add_css_class (group, "callmessage");
      gtk_label_set_wrap_mode (GTK_LABEL (place), PANGO_WRAP_CHAR);
      gtk_box_append (GTK_BOX (group), place);
      append_pair (group, change->a, change->b);
      gtk_box_append (GTK_BOX (box), group);
    }
  if (more)
    gtk_box_append (GTK_BOX (box), leyden_part_label (_("There are more places in which they differ."), "dim-label"));
}

static gboolean
is_structure (LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);

  return kind == LEYDEN_VALUE_OBJECT || kind == LEYDEN_VALUE_LIST;
}

GtkWidget *
leyden_port_diff_new (LeydenValue *a,
                      LeydenValue *b)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  if (is_structure (a) && is_structure (b) && leyden_value_get_kind (a) == leyden_value_get_kind (b))
    append_places (box, a, b);
  else
    append_pair (box, a, b);
  return box;
}
