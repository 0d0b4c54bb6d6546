/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "desktop-test.h"

#include <glib/gi18n.h>
#include <string.h>

#include "leyden-catalog.h"
#include "leyden-locale.h"


/* Run by pseudo.py, in a language of which every text stands in brackets: what a person sees without them was never given to translators. */

#define OPEN "⟦"

typedef struct
{
  GHashTable *found;            /* text: where */
  char       *document;         /* what the flow itself says */
} Sweep;

/* Names, and what stands for itself in every language. */
static const char * const names[] = {
  "Leyden", "JSON", "SQL", "Python", "OpenAI", "Agent Lightning", "Markdown", "Ctrl", "Escape", "GEPA", "APO", "null", "ms", "http", "ollama", "gpt",
  /* GTK and libadwaita translate their own. */
  "(None)", "Clear entry", "Close Tab", NULL,
};

static gboolean
has_words (const char *text)
{
  guint run = 0;

  for (const char *p = text; *p != '\0'; p++)
    {
      run = g_ascii_isalpha (*p) ? run + 1 : 0;
      if (run == 3)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_translated (Sweep      *self,
               const char *text)
{
  g_autofree char *rest = g_strdup (text);

  if (strstr (text, OPEN) != NULL || !has_words (text) || strstr (self->document, text) != NULL)
    return TRUE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (rest, names[i], -1);

      g_free (rest);
      rest = g_strjoinv (" ", parts);
    }
  return !has_words (rest);
}

static void
look_at (Sweep      *self,
         GtkWidget  *widget,
         const char *text)
{
  g_autofree char *where = NULL;

  if (text == NULL || is_translated (self, text) || g_hash_table_contains (self->found, text))
    return;
  where = g_strdup_printf ("%s in %s", G_OBJECT_TYPE_NAME (widget),
                           gtk_widget_get_parent (widget) != NULL ? G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)) : "nothing");
  g_hash_table_insert (self->found, g_strdup (text), g_steal_pointer (&where));
}

/* What a person typed, or a model said, is theirs. */
static gboolean
is_content (GtkWidget *widget)
{
  return GTK_IS_TEXT_VIEW (widget) || GTK_IS_TEXT (widget);
}

static void
sweep (Sweep     *self,
       GtkWidget *widget)
{
  if (is_content (widget) || !gtk_widget_get_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    look_at (self, widget, gtk_label_get_text (GTK_LABEL (widget)));
  look_at (self, widget, gtk_widget_get_tooltip_text (widget));
  if (GTK_IS_ENTRY (widget))
    look_at (self, widget, gtk_entry_get_placeholder_text (GTK_ENTRY (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    sweep (self, child);
}

static Sweep *
sweep_new (LeydenDocument *document)
{
  Sweep *self = g_new0 (Sweep, 1);

  self->found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->document = g_strdup ("");
  if (document != NULL)
    {
      g_autoptr(GBytes) bytes = leyden_flow_serialize (leyden_document_get_flow (document));
      gsize length;
      const char *text = g_bytes_get_data (bytes, &length);

      g_free (self->document);
      self->document = g_strndup (text, length);
    }
  return self;
}

static void
sweep_end (Sweep *self)
{
  GHashTableIter iter;
  gpointer text, where;

  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, &text, &where))
    g_test_message ("not translated: “%s” (%s)", (char *) text, (char *) where);
  g_assert_cmpuint (g_hash_table_size (self->found), ==, 0);
  g_hash_table_unref (self->found);
  g_free (self->document);
  g_free (self);
}

static void
test_start (void)
{
  LeydenWindow *window = desktop_test_window (1280, 800);
  Sweep *self = sweep_new (NULL);

  desktop_test_spin (200);
  sweep (self, GTK_WIDGET (window));
  desktop_test_close (window);
  sweep_end (self);
}

/* The editor with each of its panels and each kind of node in the inspector. */
static void
test_editor (void)
{
  static const char * const panels[] = { "try", "run", "train", "problems" };
  LeydenWindow *window = desktop_test_window (1280, 800);
  g_autoptr(GPtrArray) nodes = NULL;
  LeydenDocument *document;
  Sweep *self;

  leyden_window_open_sample (window, "calculator-agent");
  desktop_test_spin (300);
  document = leyden_window_get_document (window);
  self = sweep_new (document);
  for (guint i = 0; i < G_N_ELEMENTS (panels); i++)
    {
      leyden_window_show_panel (window, panels[i]);
      desktop_test_spin (100);
      sweep (self, GTK_WIDGET (window));
    }
  nodes = leyden_flow_list_nodes (leyden_document_get_flow (document));
  for (guint i = 0; i < nodes->len; i++)
    {
      leyden_selection_set (leyden_window_get_selection (window), LEYDEN_ELEMENT_NODE, leyden_node_get_id (nodes->pdata[i]));
      desktop_test_spin (100);
      sweep (self, GTK_WIDGET (leyden_window_get_inspector (window)));
    }
  leyden_document_close (document, TRUE);
  desktop_test_close (window);
  sweep_end (self);
}

static void
test_places (void)
{
  static const char * const places[] = { "runs", "experiments" };
  LeydenWindow *window = desktop_test_window (1280, 800);
  Sweep *self;

  leyden_window_open_sample (window, "calculator-agent");
  self = sweep_new (leyden_window_get_document (window));
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      adw_view_stack_set_visible_child_name (leyden_window_get_views (window), places[i]);
      desktop_test_spin (200);
      sweep (self, GTK_WIDGET (window));
    }
  leyden_document_close (leyden_window_get_document (window), TRUE);
  desktop_test_close (window);
  sweep_end (self);
}

/* Kinds of nodes, with their ports and settings. */
static void
test_catalog (void)
{
  g_autoptr(GPtrArray) types = leyden_catalog_list (leyden_catalog_get_default ());
  Sweep *self = sweep_new (NULL);
  GtkWidget *where = g_object_ref_sink (gtk_label_new (NULL));

  for (guint i = 0; i < types->len; i++)
    {
      const LeydenNodeType *type = types->pdata[i];

      look_at (self, where, type->title);
      look_at (self, where, type->description);
      look_at (self, where, type->documentation);
      for (guint p = 0; p < type->parameters->len; p++)
        {
          const LeydenParameter *parameter = type->parameters->pdata[p];

          look_at (self, where, parameter->title);
          look_at (self, where, parameter->help);
          for (guint c = 0; parameter->choice_titles != NULL && parameter->choice_titles[c] != NULL; c++)
            look_at (self, where, parameter->choice_titles[c]);
        }
    }
  g_object_unref (where);
  sweep_end (self);
}

int
main (int    argc,
      char **argv)
{
  if (g_getenv ("LEYDEN_PSEUDO") == NULL)
    {
      g_print ("1..0 # SKIP run it by pseudo.py\n");
      return 0;
    }
  leyden_locale_init ();
  if (!g_str_has_prefix (_("Save"), OPEN))
    {
      g_print ("1..0 # SKIP this C library takes no language with the locale C.UTF-8\n");
      return 0;
    }
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/pseudo/catalog", test_catalog);
  g_test_add_func ("/pseudo/start", test_start);
  g_test_add_func ("/pseudo/editor", test_editor);
  g_test_add_func ("/pseudo/places", test_places);
  return desktop_test_run ();
}
