/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-round-picker.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-debug-path.h"
#include "leyden-drop-down.h"

struct _LeydenRoundPicker
{
  GtkWidget          parent_instance;

  LeydenRolloutView *view;              /* nullable */
  GPtrArray         *containers;        /* paths without numbers, "solve", "outer/inner" */
  GtkWidget         *box;
  GtkWidget         *container;         /* GtkDropDown */
  GtkWidget         *number;            /* GtkSpinButton, from 1; 0: none */
  GtkWidget         *note;
  gboolean           updating;
};

G_DEFINE_FINAL_TYPE (LeydenRoundPicker, leyden_round_picker, GTK_TYPE_WIDGET)

static LeydenValue *
get_rounds (LeydenRoundPicker *self)
{
  LeydenValue *rounds = self->view != NULL ? leyden_value_get_member (leyden_rollout_view_get_state (self->view), "rounds") : NULL;

  return leyden_value_get_kind (rounds) == LEYDEN_VALUE_OBJECT ? rounds : NULL;
}

static const char *
get_container (LeydenRoundPicker *self)
{
  guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->container));

  return chosen < self->containers->len ? g_ptr_array_index (self->containers, chosen) : NULL;
}

/* "outer[2]/inner[0]/" is of the container "outer/inner". (transfer full) */
static char *
strip_numbers (const char *scope)
{
  GString *out = g_string_new (NULL);

  for (const char *p = scope; *p != '\0'; p++)
    if (*p == '[')
      p += strcspn (p, "]") - (strchr (p, ']') == NULL);
    else
      g_string_append_c (out, *p);
  if (out->len > 0 && out->str[out->len - 1] == '/')
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

/* What @shown, "outer[2]/inner[0]/", says of the container @id at that depth: "outer[2]"; NULL: nothing. (transfer full) */
static char *
find_level (const char *shown,
            guint       depth,
            const char *id)
{
  g_auto(GStrv) parts = g_strsplit (shown != NULL ? shown : "", "/", -1);
  gsize length = strlen (id);

  if (depth >= g_strv_length (parts) || strncmp (parts[depth], id, length) != 0 || parts[depth][length] != '[')
    return NULL;
  return g_strdup (parts[depth]);
}

/* The round @number (0: none) of @container, within the rounds of @shown where they are of the containers around it, else within the first ones.
 * (transfer full) */
static char *
make_scope (const char *container,
            const char *shown,
            guint       number)
{
  g_auto(GStrv) ids = g_strsplit (container, "/", -1);
  GString *out = g_string_new (NULL);
  gboolean same = TRUE;
  guint i;

  for (i = 0; ids[i + 1] != NULL; i++)
    {
      g_autofree char *level = same ? find_level (shown, i, ids[i]) : NULL;

      same = level != NULL;
      g_string_append_printf (out, same ? "%s/" : "%s[0]/", same ? level : ids[i]);
    }
  if (number > 0)
    g_string_append_printf (out, "%s[%u]/", ids[i], number - 1);
  return g_string_free (out, FALSE);
}

/* Which round of @container @shown is in; 0: none. */
static guint
find_number (const char *container,
             const char *shown)
{
  g_auto(GStrv) ids = g_strsplit (container, "/", -1);
  g_autofree char *level = NULL;

  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_free (level);
      level = find_level (shown, i, ids[i]);
      if (level == NULL)
        return 0;
    }
  return level != NULL ? (guint) g_ascii_strtoull (strrchr (level, '[') + 1, NULL, 10) + 1 : 0;
}

/* As many rounds as the busiest node of @container was in; those of one in another are counted together. */
static guint
count_rounds (LeydenRoundPicker *self,
              const char        *container)
{
  LeydenValue *rounds = get_rounds (self);
  gsize length = strlen (container);
  gint64 most = 1;

  for (guint i = 0; i < leyden_value_get_size (rounds); i++)
    {
      const char *path = leyden_value_get_key (rounds, i);
      LeydenValue *states = leyden_value_get_item (rounds, i);
      gint64 n = 0, of_state;

      if (strncmp (path, container, length) != 0 || path[length] != '/' || strchr (path + length + 1, '/') != NULL)
        continue;
      for (guint j = 0; leyden_value_get_kind (states) == LEYDEN_VALUE_OBJECT && j < leyden_value_get_size (states); j++)
        n += leyden_value_get_int (leyden_value_get_item (states, j), &of_state) ? MAX (of_state, 0) : 0;
      most = MAX (most, n);
    }
  return (guint) MIN (most, G_MAXINT32);
}

static void
picked_cb (LeydenRoundPicker *self)
{
  const char *container = get_container (self);
  g_autofree char *scope = NULL;

  if (self->updating || self->view == NULL || container == NULL)
    return;
  scope = make_scope (container, leyden_rollout_view_get_round (self->view),
                      (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->number)));
  leyden_rollout_view_pick_round (self->view, scope);
}

/* What is being typed stays. */
static void
show_number (LeydenRoundPicker *self,
             const char        *container,
             guint              number)
{
  GtkSpinButton *spin = GTK_SPIN_BUTTON (self->number);
  g_autofree char *now = g_strdup_printf ("%d", gtk_spin_button_get_value_as_int (spin));

  gtk_spin_button_set_range (spin, 0, count_rounds (self, container));
  if ((guint) gtk_spin_button_get_value_as_int (spin) != number && g_str_equal (gtk_editable_get_text (GTK_EDITABLE (spin)), now))
    gtk_spin_button_set_value (spin, number);
}

/* The round of it that is shown, else its first. */
static void
chosen_cb (LeydenRoundPicker *self)
{
  const char *container = get_container (self);

  if (self->updating || self->view == NULL || container == NULL)
    return;
  self->updating = TRUE;
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (self->number), 0, count_rounds (self, container));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->number), MAX (1, find_number (container, leyden_rollout_view_get_round (self->view))));
  self->updating = FALSE;
  picked_cb (self);
}

/* --- what there is --- */

static GPtrArray *
list_containers (LeydenRoundPicker *self)
{
  LeydenValue *rounds = get_rounds (self);
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < leyden_value_get_size (rounds); i++)
    {
      const char *path = leyden_value_get_key (rounds, i), *end = strrchr (path, '/');
      g_autofree char *container = end != NULL ? g_strndup (path, (gsize) (end - path)) : NULL;

      /* Turns and tool calls of an agent are none. */
      if (container != NULL && strchr (container, '#') == NULL && !g_ptr_array_find_with_equal_func (found, container, g_str_equal, NULL))
        g_ptr_array_add (found, g_steal_pointer (&container));
    }
  return found;
}

static gboolean
are_equal (GPtrArray *a,
           GPtrArray *b)
{
  gboolean equal = a->len == b->len;

  for (guint i = 0; equal && i < a->len; i++)
    equal = g_str_equal (g_ptr_array_index (a, i), g_ptr_array_index (b, i));
  return equal;
}

static void
set_containers (LeydenRoundPicker *self,
                GPtrArray         *containers)
{
  g_autoptr(GtkStringList) titles = gtk_string_list_new (NULL);

  g_ptr_array_unref (self->containers);
  self->containers = containers;
  for (guint i = 0; i < containers->len; i++)
    gtk_string_list_take (titles, leyden_debug_path_dup_title (leyden_rollout_view_get_flow (self->view), g_ptr_array_index (containers, i)));
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->container), G_LIST_MODEL (titles));
}

/* The container and the number of the round that is shown. */
static void
show_round (LeydenRoundPicker *self)
{
  const char *scope = leyden_rollout_view_get_round (self->view);
  g_autofree char *container = strip_numbers (scope != NULL ? scope : "");
  guint at;

  if (g_ptr_array_find_with_equal_func (self->containers, container, g_str_equal, &at))
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->container), at);
  if (get_container (self) != NULL)
    show_number (self, get_container (self), find_number (get_container (self), scope));
}

void
leyden_round_picker_update (LeydenRoundPicker *self)
{
  GPtrArray *containers;

  g_return_if_fail (LEYDEN_IS_ROUND_PICKER (self));

  containers = list_containers (self);
  gtk_widget_set_visible (GTK_WIDGET (self), containers->len > 0);
  self->updating = TRUE;
  if (are_equal (containers, self->containers))
    g_ptr_array_unref (containers);
  else
    set_containers (self, containers);
  gtk_widget_set_visible (self->container, self->containers->len > 1);
  if (self->containers->len > 0)
    show_round (self);
  self->updating = FALSE;
}

void
leyden_round_picker_set_view (LeydenRoundPicker *self,
                              LeydenRolloutView *view)
{
  g_return_if_fail (LEYDEN_IS_ROUND_PICKER (self));

  if (g_set_object (&self->view, view))
    leyden_round_picker_update (self);
}

/* --- class --- */

static void
leyden_round_picker_dispose (GObject *object)
{
  LeydenRoundPicker *self = LEYDEN_ROUND_PICKER (object);

  g_clear_object (&self->view);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->containers, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_round_picker_parent_class)->dispose (object);
}

static void
leyden_round_picker_class_init (LeydenRoundPickerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_round_picker_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_round_picker_init (LeydenRoundPicker *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new_with_mnemonic (_("_Round"));

  self->containers = g_ptr_array_new_with_free_func (g_free);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->container = leyden_drop_down_new ();
  self->number = gtk_spin_button_new_with_range (0, 1, 1);
  self->note = gtk_label_new (_("A long rollout: of loops and maps, one round at a time (0: none). A record that is gone to shows its own."));
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (self->number), TRUE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), self->number);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->number), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Round that is shown"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->container), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Loop or map whose rounds are shown"), -1);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_widget_add_css_class (self->note, "caption");
  gtk_widget_set_hexpand (self->number, TRUE);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), self->number);
  gtk_box_append (GTK_BOX (self->box), self->container);
  gtk_box_append (GTK_BOX (self->box), row);
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect_object (self->number, "value-changed", G_CALLBACK (picked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->container, "notify::selected", G_CALLBACK (chosen_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_round_picker_new (void)
{
  return g_object_new (LEYDEN_TYPE_ROUND_PICKER, NULL);
}
