/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-time-range-button.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-button.h"
#include "leyden-dashboard.h"
#include "leyden-safe-text.h"

#define NS G_GINT64_CONSTANT (1000000000)

static const struct
{
  const char *range;
  const char *title;
} presets[] = {
  { "15m", N_("Last 15 Minutes") },
  { "1h", N_("Last Hour") },
  { "6h", N_("Last 6 Hours") },
  { "24h", N_("Last 24 Hours") },
  { "7d", N_("Last 7 Days") },
  { "30d", N_("Last 30 Days") },
  { "90d", N_("Last 90 Days") },
  { "today", N_("Today") },
  { "yesterday", N_("Yesterday") },
  { "week", N_("This Week") },
  { "month", N_("This Month") },
  { "year", N_("This Year") },
  { "all", N_("All Times") },
};

struct _LeydenTimeRangeButton
{
  GtkWidget    parent_instance;

  LeydenValue *time;
  char        *zone;
  GtkWidget   *button;
  GtkWidget   *popover;
  GtkWidget   *list;
  GtkWidget   *from;
  GtkWidget   *to;
  GtkWidget   *zone_entry;
  GtkWidget   *verdict;
};

G_DEFINE_FINAL_TYPE (LeydenTimeRangeButton, leyden_time_range_button, GTK_TYPE_WIDGET)

static guint changed_signal;

/* --- words --- */

static char *
format_moment (gint64      ns,
               const char *zone)
{
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (ns / NS);
  g_autoptr(GDateTime) time = NULL;

  if (utc == NULL || found == NULL)
    return g_strdup ("—");
  time = g_date_time_to_timezone (utc, found);
  return g_date_time_format (time, "%Y-%m-%d %H:%M");
}

static char *
describe_span (const char *range)
{
  gint64 n = g_ascii_strtoll (range, NULL, 10);
  guint count = (guint) MIN (n, G_MAXUINT);

  switch (range[strlen (range) - 1])
    {
    case 'm':
      return g_strdup_printf (ngettext ("Last Minute", "Last %u Minutes", count), count);
    case 'h':
      return g_strdup_printf (ngettext ("Last Hour", "Last %u Hours", count), count);
    case 'd':
      return g_strdup_printf (ngettext ("Last Day", "Last %u Days", count), count);
    default:
      return g_strdup_printf (ngettext ("Last Week", "Last %u Weeks", count), count);
    }
}

char *
leyden_time_range_describe (LeydenValue *time,
                            const char  *zone)
{
  const char *range = leyden_value_get_member_string (time, "range", NULL);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (range != NULL && g_ascii_isdigit (*range))
    return describe_span (range);
  for (guint i = 0; range != NULL && i < G_N_ELEMENTS (presets); i++)
    if (strcmp (presets[i].range, range) == 0)
      return g_strdup (_(presets[i].title));
  from = format_moment (leyden_value_get_member_int (time, "from", 0), zone);
  to = format_moment (leyden_value_get_member_int (time, "to", 0), zone);
  /* Translators: from one moment to another. */
  return g_strdup_printf (_("%s – %s"), from, to);
}

gboolean
leyden_time_range_parse (const char *text,
                         const char *zone,
                         gboolean    end,
                         gint64     *ns)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);
  gboolean day = strlen (trimmed) == 10;
  g_autofree char *iso = day ? g_strconcat (trimmed, "T00:00:00", NULL)
                             : strlen (trimmed) == 16 ? g_strconcat (trimmed, ":00", NULL) : g_strdup (trimmed);
  g_autoptr(GDateTime) time = NULL;

  if (found == NULL)
    return FALSE;
  if (strlen (iso) > 10 && iso[10] == ' ')
    iso[10] = 'T';
  time = g_date_time_new_from_iso8601 (iso, found);
  if (time == NULL)
    return FALSE;
  if (day && end)
    {
      g_autoptr(GDateTime) next = g_date_time_add_days (time, 1);

      *ns = g_date_time_to_unix (next) * NS;
    }
  else
    *ns = g_date_time_to_unix (time) * NS;
  return *ns >= 0;
}

/* --- showing --- */

static void
update (LeydenTimeRangeButton *self)
{
  g_autofree char *text = leyden_time_range_describe (self->time, self->zone);
  g_autofree char *named = *self->zone != '\0' ? g_strdup_printf ("%s (%s)", text, self->zone) : g_strdup (text);
  g_autofree char *spoken = g_strdup_printf (_("Time: %s"), named);

  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->button), named);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
fill (LeydenTimeRangeButton *self)
{
  gint64 from, to;

  if (leyden_dashboard_resolve_time (self->time, self->zone, g_get_real_time () * 1000, &from, &to))
    {
      g_autofree char *from_text = format_moment (from, self->zone);
      g_autofree char *to_text = format_moment (to, self->zone);

      gtk_editable_set_text (GTK_EDITABLE (self->from), from_text);
      gtk_editable_set_text (GTK_EDITABLE (self->to), to_text);
    }
  gtk_editable_set_text (GTK_EDITABLE (self->zone_entry), self->zone);
  gtk_widget_set_visible (self->verdict, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int) i);

      if (g_strcmp0 (leyden_value_get_member_string (self->time, "range", NULL), presets[i].range) == 0)
        gtk_list_box_select_row (GTK_LIST_BOX (self->list), row);
      else
        gtk_list_box_unselect_row (GTK_LIST_BOX (self->list), row);
    }
}

/* --- choosing --- */

static void
take (LeydenTimeRangeButton *self,
      LeydenValue           *time)
{
  leyden_time_range_button_set (self, time, self->zone);
  leyden_value_unref (time);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_emit (self, changed_signal, 0);
}

/* The zone counts for presets, too. */
static gboolean
take_zone (LeydenTimeRangeButton *self)
{
  g_autofree char *zone = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->zone_entry))));
  g_autoptr(GTimeZone) found = leyden_dashboard_find_zone (zone);

  if (found == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->verdict), _("No time zone has this name. One is called like Europe/Berlin."));
      gtk_widget_set_visible (self->verdict, TRUE);
      gtk_widget_grab_focus (self->zone_entry);
      return FALSE;
    }
  g_free (self->zone);
  self->zone = g_steal_pointer (&zone);
  return TRUE;
}

static void
row_activated_cb (LeydenTimeRangeButton *self,
                  GtkListBoxRow         *row)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!take_zone (self))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "range", presets[gtk_list_box_row_get_index (row)].range);
  leyden_value_builder_end (&b);
  take (self, leyden_value_builder_end_value (&b));
}

static void
apply_cb (LeydenTimeRangeButton *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gint64 from, to;

  if (!take_zone (self))
    return;
  if (!leyden_time_range_parse (gtk_editable_get_text (GTK_EDITABLE (self->from)), self->zone, FALSE, &from)
      || !leyden_time_range_parse (gtk_editable_get_text (GTK_EDITABLE (self->to)), self->zone, TRUE, &to) || from >= to)
    {
      gtk_label_set_text (GTK_LABEL (self->verdict), _("From and to are days or moments like 2026-11-03 or 2026-11-03 14:30, the first before the second."));
      gtk_widget_set_visible (self->verdict, TRUE);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "from", from);
  leyden_value_builder_set_int (&b, "to", to);
  leyden_value_builder_end (&b);
  take (self, leyden_value_builder_end_value (&b));
}

/* --- class --- */

static void
leyden_time_range_button_dispose (GObject *object)
{
  LeydenTimeRangeButton *self = LEYDEN_TIME_RANGE_BUTTON (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_time_range_button_parent_class)->dispose (object);
}

static void
leyden_time_range_button_finalize (GObject *object)
{
  LeydenTimeRangeButton *self = LEYDEN_TIME_RANGE_BUTTON (object);

  leyden_value_unref (self->time);
  g_free (self->zone);
  G_OBJECT_CLASS (leyden_time_range_button_parent_class)->finalize (object);
}

static void
leyden_time_range_button_class_init (LeydenTimeRangeButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_time_range_button_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_time_range_button_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_TIME_RANGE_BUTTON, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
create_list (LeydenTimeRangeButton *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->list = gtk_list_box_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Time"), -1);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      GtkWidget *label = gtk_label_new (_(presets[i].title));

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_list_box_append (GTK_LIST_BOX (self->list), label);
    }
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_css_class (self->list, "navigation-sidebar");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 260);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  return scroller;
}

/* A label above its entry. */
static GtkWidget *
add_entry (GtkWidget             *box,
           const char            *title,
           const char            *placeholder,
           LeydenTimeRangeButton *self)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (title);
  GtkWidget *entry = gtk_entry_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), entry);
  gtk_widget_add_css_class (label, "caption");
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), placeholder);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
  g_signal_connect_object (entry, "activate", G_CALLBACK (apply_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), entry);
  return entry;
}

static void
leyden_time_range_button_init (LeydenTimeRangeButton *self)
{
  g_autoptr(GTimeZone) local = g_time_zone_new_local ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *apply = leyden_button_new_with_mnemonic (_("_Show This Time"));

  self->time = leyden_value_new_null ();
  self->zone = g_strdup ("");
  self->button = gtk_menu_button_new ();
  self->popover = gtk_popover_new ();
  self->verdict = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->verdict), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->verdict), 28);
  gtk_label_set_xalign (GTK_LABEL (self->verdict), 0);
  gtk_widget_add_css_class (self->verdict, "error");
  gtk_box_append (GTK_BOX (box), create_list (self));
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  self->from = add_entry (box, _("_From"), "2026-11-03 00:00", self);
  self->to = add_entry (box, _("_To"), "2026-11-03 23:59", self);
  self->zone_entry = add_entry (box, _("Time _zone"), g_time_zone_get_identifier (local), self);
  gtk_box_append (GTK_BOX (box), self->verdict);
  gtk_box_append (GTK_BOX (box), apply);
  g_signal_connect_object (apply, "clicked", G_CALLBACK (apply_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "show", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  gtk_popover_set_child (GTK_POPOVER (self->popover), box);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), self->popover);
  gtk_widget_set_tooltip_text (self->button, _("Choose the time that is shown"));
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
}

GtkWidget *
leyden_time_range_button_new (void)
{
  return g_object_new (LEYDEN_TYPE_TIME_RANGE_BUTTON, NULL);
}

void
leyden_time_range_button_set (LeydenTimeRangeButton *self,
                              LeydenValue           *time,
                              const char            *zone)
{
  g_autofree char *copy = g_strdup (zone != NULL ? zone : "");

  g_return_if_fail (LEYDEN_IS_TIME_RANGE_BUTTON (self));

  leyden_value_ref (time);
  leyden_value_unref (self->time);
  self->time = time;
  g_free (self->zone);
  self->zone = g_steal_pointer (&copy);
  update (self);
}

LeydenValue *
leyden_time_range_button_get_time (LeydenTimeRangeButton *self)
{
  g_return_val_if_fail (LEYDEN_IS_TIME_RANGE_BUTTON (self), NULL);
  return self->time;
}

const char *
leyden_time_range_button_get_zone (LeydenTimeRangeButton *self)
{
  g_return_val_if_fail (LEYDEN_IS_TIME_RANGE_BUTTON (self), NULL);
  return self->zone;
}
