/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-palette.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-fuzzy.h"
#include "leyden-palette-row.h"
#include "leyden-settings.h"

#define MAX_RECENT 8
#define PAGE 8                  /* rows that Page Up and Page Down go */

struct _LeydenPalette
{
  AdwWindow       parent_instance;

  LeydenWindow   *window;               /* not owned: over it */
  GtkSearchEntry *entry;
  GtkListBox     *list;
  GtkLabel       *status;               /* speaks */
  char           *query;                /* folded */
  char          **recent;               /* names of actions, last used first */
};

G_DEFINE_FINAL_TYPE (LeydenPalette, leyden_palette, ADW_TYPE_WINDOW)

/* --- order --- */

/* 1 for the one used last, more for older ones; G_MAXUINT: not among them. */
static guint
get_age (LeydenPalette *self,
         GtkListBoxRow *row)
{
  const char *action = leyden_palette_row_get_action (LEYDEN_PALETTE_ROW (row))->action;

  for (guint i = 0; self->recent[i] != NULL; i++)
    if (g_str_equal (self->recent[i], action))
      return i + 1;
  return G_MAXUINT;
}

static int
compare_cb (GtkListBoxRow *a,
            GtkListBoxRow *b,
            gpointer       data)
{
  LeydenPalette *self = data;
  guint score_a = leyden_palette_row_score (LEYDEN_PALETTE_ROW (a), self->query);
  guint score_b = leyden_palette_row_score (LEYDEN_PALETTE_ROW (b), self->query);
  guint age_a = get_age (self, a), age_b = get_age (self, b);
  const LeydenAction *first = leyden_palette_row_get_action (LEYDEN_PALETTE_ROW (a));
  const LeydenAction *second = leyden_palette_row_get_action (LEYDEN_PALETTE_ROW (b));

  if (score_a != score_b)
    return score_a > score_b ? -1 : 1;
  if (age_a != age_b)
    return age_a < age_b ? -1 : 1;
  return first < second ? -1 : first > second;
}

static gboolean
filter_cb (GtkListBoxRow *row,
           gpointer       data)
{
  return leyden_palette_row_score (LEYDEN_PALETTE_ROW (row), LEYDEN_PALETTE (data)->query) > 0;
}

/* --- choice --- */

static void
choose (LeydenPalette *self,
        GtkListBoxRow *row)
{
  g_autofree char *spoken = row != NULL ? leyden_palette_row_dup_spoken (LEYDEN_PALETTE_ROW (row)) : g_strdup (_("No such command"));
  GtkAdjustment *adjustment = gtk_list_box_get_adjustment (self->list);
  graphene_rect_t bounds;

  gtk_list_box_select_row (self->list, row);
  gtk_label_set_text (self->status, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->status), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  if (row != NULL && adjustment != NULL && gtk_widget_compute_bounds (GTK_WIDGET (row), GTK_WIDGET (self->list), &bounds))
    gtk_adjustment_clamp_page (adjustment, bounds.origin.y, bounds.origin.y + bounds.size.height);
}

/* Rows that are filtered out are not mapped, and get_row_at_index() counts them too. */
static GtkListBoxRow *
step_from (LeydenPalette *self,
           GtkListBoxRow *from,
           int            step)
{
  GtkListBoxRow *found = from;
  int at = from != NULL ? gtk_list_box_row_get_index (from) : -1;

  for (int left = ABS (step); left > 0; )
    {
      GtkListBoxRow *row;

      at += step > 0 ? 1 : -1;
      row = at >= 0 ? gtk_list_box_get_row_at_index (self->list, at) : NULL;
      if (row == NULL)
        break;
      if (!gtk_widget_get_child_visible (GTK_WIDGET (row)))
        continue;
      found = row;
      left--;
    }
  return found;
}

/* Before the entry has them, to which they mean other things. */
static gboolean
key_pressed_cb (LeydenPalette   *self,
                guint            keyval,
                guint            keycode,
                GdkModifierType  state)
{
  static const struct
  {
    guint keyval;
    int   step;
  } keys[] = {
    { GDK_KEY_Down, 1 }, { GDK_KEY_KP_Down, 1 }, { GDK_KEY_Up, -1 }, { GDK_KEY_KP_Up, -1 },
    { GDK_KEY_Page_Down, PAGE }, { GDK_KEY_KP_Page_Down, PAGE }, { GDK_KEY_Page_Up, -PAGE }, { GDK_KEY_KP_Page_Up, -PAGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].keyval == keyval && (state & gtk_accelerator_get_default_mod_mask ()) == 0)
      {
        choose (self, step_from (self, gtk_list_box_get_selected_row (self->list), keys[i].step));
        return GDK_EVENT_STOP;
      }
  return GDK_EVENT_PROPAGATE;
}

static void
changed_cb (LeydenPalette *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  g_free (self->query);
  self->query = leyden_fuzzy_fold (text);
  gtk_list_box_invalidate_filter (self->list);
  gtk_list_box_invalidate_sort (self->list);
  choose (self, step_from (self, NULL, 1));
}

static void
remember (LeydenPalette *self,
          const char    *action)
{
  g_autoptr(GPtrArray) recent = g_ptr_array_new ();

  g_ptr_array_add (recent, (char *) action);
  for (guint i = 0; self->recent[i] != NULL && recent->len < MAX_RECENT; i++)
    if (!g_str_equal (self->recent[i], action))
      g_ptr_array_add (recent, self->recent[i]);
  g_ptr_array_add (recent, NULL);
  g_settings_set_strv (leyden_settings_get_default (), "recent-commands", (const char * const *) recent->pdata);
}

static void
run (LeydenPalette *self,
     GtkListBoxRow *row)
{
  const LeydenAction *action;
  LeydenWindow *window = self->window;

  if (row == NULL || !leyden_palette_row_is_possible (LEYDEN_PALETTE_ROW (row)))
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  action = leyden_palette_row_get_action (LEYDEN_PALETTE_ROW (row));
  remember (self, action->action);
  gtk_window_destroy (GTK_WINDOW (self));
  leyden_window_do_action (window, action);
}

static void
row_activated_cb (LeydenPalette *self,
                  GtkListBoxRow *row)
{
  run (self, row);
}

static void
entry_activated_cb (LeydenPalette *self)
{
  run (self, gtk_list_box_get_selected_row (self->list));
}

/* --- class --- */

static void
leyden_palette_finalize (GObject *object)
{
  LeydenPalette *self = LEYDEN_PALETTE (object);

  g_free (self->query);
  g_strfreev (self->recent);
  G_OBJECT_CLASS (leyden_palette_parent_class)->finalize (object);
}

static void
leyden_palette_class_init (LeydenPaletteClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_palette_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-palette.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenPalette, entry);
  gtk_widget_class_bind_template_child (widget_class, LeydenPalette, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenPalette, status);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_palette_init (LeydenPalette *self)
{
  self->query = g_strdup ("");
  self->recent = g_settings_get_strv (leyden_settings_get_default (), "recent-commands");
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_key_capture_widget (self->entry, GTK_WIDGET (self));
}

GtkWidget *
leyden_palette_new (LeydenWindow *window)
{
  LeydenPalette *self = g_object_new (LEYDEN_TYPE_PALETTE, "transient-for", window, NULL);
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  self->window = window;
  for (guint i = 0; i < n; i++)
    if (actions[i].action != NULL && (actions[i].flags & (LEYDEN_ACTION_KEY_ONLY | LEYDEN_ACTION_NO_PALETTE)) == 0
        && !g_str_equal (actions[i].action, "win.command-palette"))
      {
        g_autofree char *reason = leyden_window_dup_unavailable (window, &actions[i]);

        gtk_list_box_append (self->list, leyden_palette_row_new (&actions[i], reason));
      }
  gtk_list_box_set_filter_func (self->list, filter_cb, self, NULL);
  gtk_list_box_set_sort_func (self->list, compare_cb, self, NULL);
  choose (self, step_from (self, NULL, 1));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  return GTK_WIDGET (self);
}
