/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-find-bar.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-desktop.h"
#include "leyden-find-model.h"
#include "leyden-text.h"

/* After an edit, so that typing in the inspector is not followed letter by letter. */
#define FOLLOW_MS 250

struct _LeydenFindBar
{
  GtkWidget           parent_instance;

  LeydenDocument     *document;
  gulong              flow_handler;
  guint               follow_id;
  GCancellable       *cancellable;
  LeydenFind         *find;             /* of the model; NULL: nothing is looked for */
  GtkSingleSelection *selection;        /* over the model */
  gboolean            updating;         /* the selection changes, but nobody stepped */
  gboolean            stale;            /* the matches are those of other words: a search is on its way */
  gboolean            stepping;         /* what comes next is to be shown */
  char               *message;          /* of the last replacement, until the next step; nullable */

  GtkWidget          *revealer;
  GtkEditable        *entry;
  GtkWidget          *previous_button;
  GtkWidget          *next_button;
  GtkToggleButton    *replace_toggle;
  GtkWidget          *replace_row;
  GtkEditable        *replacement;
  GtkWidget          *replace_button;
  GtkWidget          *all_button;
  GtkToggleButton    *case_toggle;
  GtkToggleButton    *words_toggle;
  GtkToggleButton    *regex_toggle;
  GtkLabel           *status;
  GtkWidget          *scroller;
  GtkListView        *list;
};

G_DEFINE_FINAL_TYPE (LeydenFindBar, leyden_find_bar, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SHOW,
  CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenNodeTypes *
get_types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static LeydenFlow *
get_flow (LeydenFindBar *self)
{
  return leyden_document_get_flow (self->document);
}

static LeydenFindModel *
get_model (LeydenFindBar *self)
{
  GListModel *model = gtk_single_selection_get_model (self->selection);

  return model != NULL ? LEYDEN_FIND_MODEL (model) : NULL;
}

static guint
get_n_matches (LeydenFindBar *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->selection));
}

static const LeydenFindMatch *
get_match (LeydenFindBar *self)
{
  LeydenFindItem *item = gtk_single_selection_get_selected_item (self->selection);

  return item != NULL ? leyden_find_item_get_match (item) : NULL;
}

/* --- what is said --- */

static void
say (LeydenFindBar *self,
     const char    *text,
     gboolean       error)
{
  gtk_label_set_text (self->status, text);
  if (error)
    gtk_widget_add_css_class (GTK_WIDGET (self->status), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->status), "error");
}

static char *
describe_match (LeydenFindBar         *self,
                const LeydenFindMatch *match)
{
  g_autofree char *where = leyden_find_dup_where (match->place, get_flow (self), get_types ());
  g_autofree char *field = leyden_find_dup_field (match->place, get_flow (self), get_types ());

  return g_strdup_printf ("%s · %s", where, field);
}

static void
show_status (LeydenFindBar *self)
{
  guint n = get_n_matches (self);
  guint at = gtk_single_selection_get_selected (self->selection);
  LeydenFindModel *model = get_model (self);
  gboolean more = model != NULL && leyden_find_model_get_results (model)->more;
  const LeydenFindMatch *match = get_match (self);
  g_autofree char *text = NULL;

  if (self->message != NULL)
    text = g_strdup (self->message);
  else if (self->find == NULL)
    text = g_strdup ("");
  else if (n == 0)
    text = g_strdup (_("Nothing found"));
  else if (match == NULL)
    text = g_strdup_printf (more ? g_dngettext (GETTEXT_PACKAGE, "The first %u match", "The first %u matches", n)
                                 : g_dngettext (GETTEXT_PACKAGE, "%u match", "%u matches", n), n);
  else
    {
      g_autofree char *place = describe_match (self, match);

      /* Translators: number of a match, how many there are, where it is. */
      text = g_strdup_printf (_("%u of %u: %s"), at + 1, n, place);
    }
  say (self, text, FALSE);
}

static void
update_buttons (LeydenFindBar *self)
{
  gboolean any = get_n_matches (self) > 0;
  gboolean may = any && !self->stale && self->document != NULL && leyden_document_get_read_only_reason (self->document) == NULL;

  gtk_widget_set_sensitive (self->previous_button, any);
  gtk_widget_set_sensitive (self->next_button, any);
  gtk_widget_set_sensitive (self->replace_button, may);
  gtk_widget_set_sensitive (self->all_button, may);
  gtk_widget_set_visible (self->scroller, any);
}

/* --- looking --- */

/* Takes @results (nullable). The match that was looked at stays, by its number. */
static void
take_results (LeydenFindBar     *self,
              LeydenFind        *find,
              LeydenFindResults *results)
{
  guint at = gtk_single_selection_get_selected (self->selection);
  g_autoptr(LeydenFindModel) model = results != NULL ? leyden_find_model_new (results) : NULL;
  guint n = results != NULL ? results->matches->len : 0;

  if (find != NULL)
    leyden_find_ref (find);
  g_clear_pointer (&self->find, leyden_find_unref);
  self->find = find;
  self->stale = FALSE;
  self->updating = TRUE;
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (model));
  gtk_single_selection_set_selected (self->selection, at != GTK_INVALID_LIST_POSITION && n > 0 ? MIN (at, n - 1) : GTK_INVALID_LIST_POSITION);
  self->updating = FALSE;
  show_status (self);
  update_buttons (self);
  if (self->stepping && get_match (self) != NULL)
    g_signal_emit (self, signals[SHOW], 0, get_match (self)->place, FALSE);
  self->stepping = FALSE;
}

typedef struct
{
  LeydenFindBar *bar;
  LeydenFind    *find;
} Looking;

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Looking *looking = data;
  LeydenFindBar *self = looking->bar;
  g_autoptr(GError) error = NULL;
  LeydenFindResults *results = leyden_find_finish (result, &error);

  if (results != NULL)
    take_results (self, looking->find, results);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      take_results (self, NULL, NULL);
      say (self, error->message, TRUE);
    }
  leyden_find_unref (looking->find);
  g_object_unref (looking->bar);
  g_free (looking);
}

static LeydenFindFlags
get_flags (LeydenFindBar *self)
{
  return (gtk_toggle_button_get_active (self->case_toggle) ? LEYDEN_FIND_CASE : 0)
         | (gtk_toggle_button_get_active (self->words_toggle) ? LEYDEN_FIND_WORDS : 0)
         | (gtk_toggle_button_get_active (self->regex_toggle) ? LEYDEN_FIND_REGEX : 0);
}

static void
look (LeydenFindBar *self)
{
  const char *text = gtk_editable_get_text (self->entry);
  g_autoptr(LeydenFind) find = NULL;
  g_autoptr(GError) error = NULL;
  Looking *looking;

  g_clear_handle_id (&self->follow_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->document == NULL || *text == '\0' || !leyden_find_bar_is_open (self))
    {
      take_results (self, NULL, NULL);
      return;
    }
  find = leyden_find_new (text, get_flags (self), &error);
  if (find == NULL)
    {
      take_results (self, NULL, NULL);
      say (self, error->message, TRUE);
      return;
    }
  self->cancellable = g_cancellable_new ();
  looking = g_new0 (Looking, 1);
  looking->bar = g_object_ref (self);
  looking->find = leyden_find_ref (find);
  leyden_find_async (find, get_flow (self), self->cancellable, found_cb, looking);
}

static void
changed_cb (LeydenFindBar *self)
{
  g_clear_pointer (&self->message, g_free);
  self->updating = TRUE;
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  self->updating = FALSE;
  self->stale = TRUE;
  update_buttons (self);
  look (self);
}

/* The search waits for the next letter; what is shown is not meant any more. */
static void
typed_cb (LeydenFindBar *self)
{
  if (*gtk_editable_get_text (self->entry) == '\0')
    return;
  self->stale = TRUE;
  update_buttons (self);
}

static gboolean
follow_cb (gpointer data)
{
  LeydenFindBar *self = data;

  self->follow_id = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
flow_changed_cb (LeydenFindBar *self)
{
  if (!leyden_find_bar_is_open (self) || self->find == NULL)
    return;
  g_clear_handle_id (&self->follow_id, g_source_remove);
  self->follow_id = g_timeout_add (FOLLOW_MS, follow_cb, self);
}

/* --- stepping --- */

static void
selected_cb (LeydenFindBar *self)
{
  const LeydenFindMatch *match = get_match (self);

  if (self->updating)
    return;
  g_clear_pointer (&self->message, g_free);
  show_status (self);
  if (match != NULL)
    g_signal_emit (self, signals[SHOW], 0, match->place, FALSE);
}

static void
scroll_to_row (LeydenFindBar *self,
               guint          position)
{
  gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", position);
}

void
leyden_find_bar_step (LeydenFindBar *self,
                      int            step)
{
  guint n;
  guint at;

  g_return_if_fail (LEYDEN_IS_FIND_BAR (self));

  n = get_n_matches (self);
  at = gtk_single_selection_get_selected (self->selection);
  if (n == 0)
    {
      if (self->find != NULL)
        gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  if (at == GTK_INVALID_LIST_POSITION)
    at = step > 0 ? 0 : n - 1;
  else
    at = (guint) (((gint64) at + step + n) % n);
  /* With one match there is nothing to select, but it may be out of sight. */
  if (at == gtk_single_selection_get_selected (self->selection))
    selected_cb (self);
  else
    gtk_single_selection_set_selected (self->selection, at);
  scroll_to_row (self, at);
}

static void
next_cb (LeydenFindBar *self)
{
  leyden_find_bar_step (self, 1);
}

static void
previous_cb (LeydenFindBar *self)
{
  leyden_find_bar_step (self, -1);
}

static void
row_activated_cb (LeydenFindBar *self,
                  guint          position)
{
  const LeydenFindMatch *match;

  self->updating = TRUE;
  gtk_single_selection_set_selected (self->selection, position);
  self->updating = FALSE;
  g_clear_pointer (&self->message, g_free);
  show_status (self);
  match = get_match (self);
  if (match != NULL)
    g_signal_emit (self, signals[SHOW], 0, match->place, TRUE);
}

/* --- replacing --- */

static void
take_message (LeydenFindBar *self,
              char          *message)
{
  g_free (self->message);
  self->message = message;
  show_status (self);
}

static LeydenEdit *
make_edit (LeydenFindBar *self,
           guint          first,
           guint          n,
           guint         *n_replaced,
           guint         *n_kept)
{
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = leyden_find_replace (self->find, get_flow (self), get_types (), leyden_find_model_get_results (get_model (self)), first, n,
                                          gtk_editable_get_text (self->replacement), n_replaced, n_kept, &error);

  if (edit == NULL)
    say (self, error->message, TRUE);
  return edit;
}

/* FALSE: it was refused, and that is said. */
static gboolean
apply (LeydenFindBar *self,
       LeydenEdit    *edit)
{
  g_autoptr(GError) error = NULL;

  if (leyden_edit_get_n_changes (edit) == 0 || leyden_document_edit (self->document, leyden_edit_ref (edit), &error))
    return TRUE;
  say (self, error->message, TRUE);
  return FALSE;
}

/* The match that is shown; then on to the next, which moves up to its place. */
static void
replace_cb (LeydenFindBar *self)
{
  guint at = gtk_single_selection_get_selected (self->selection);
  const LeydenFindMatch *match = get_match (self);
  g_autoptr(LeydenEdit) edit = NULL;
  const char *keep;
  guint n_kept = 0;

  /* Enter in the field comes here too, whatever the button says. */
  if (self->stale)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  if (match == NULL)
    {
      leyden_find_bar_step (self, 1);
      return;
    }
  keep = leyden_find_keep_to_string (leyden_find_get_keep (match->place, get_flow (self), get_types ()));
  if (keep != NULL)
    {
      leyden_find_bar_step (self, 1);
      take_message (self, g_strdup (keep));
      return;
    }
  g_clear_pointer (&self->message, g_free);
  edit = make_edit (self, at, 1, NULL, &n_kept);
  if (edit == NULL || !apply (self, edit))
    return;
  if (n_kept > 0)
    take_message (self, g_strdup (_("The text was changed meanwhile")));
  self->stepping = TRUE;
  look (self);
}

static void
replace_all_cb (LeydenFindBar *self)
{
  guint n_replaced, n_kept;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autofree char *done = NULL;
  g_autofree char *left = NULL;

  if (get_n_matches (self) == 0 || self->stale)
    return;
  edit = make_edit (self, 0, get_n_matches (self), &n_replaced, &n_kept);
  if (edit == NULL || !apply (self, edit))
    return;
  done = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u replaced", "%u replaced", n_replaced), n_replaced);
  left = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u left: ids, keys, locked settings and names that wires hang on stay",
                                       "%u left: ids, keys, locked settings and names that wires hang on stay", n_kept), n_kept);
  take_message (self, n_kept > 0 ? g_strdup_printf ("%s · %s", done, left) : g_steal_pointer (&done));
  look (self);
}

static void
replace_toggled_cb (LeydenFindBar *self)
{
  gtk_widget_set_visible (self->replace_row, gtk_toggle_button_get_active (self->replace_toggle));
}

/* --- rows --- */

static void
setup_row_cb (LeydenFindBar *self,
              GtkListItem   *list_item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *text = gtk_label_new (NULL);
  GtkWidget *where = gtk_label_new (NULL);
  GtkWidget *lock = gtk_image_new_from_icon_name ("changes-prevent-symbolic");

  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (where), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (where), 1);
  gtk_label_set_max_width_chars (GTK_LABEL (where), 32);
  gtk_widget_add_css_class (where, "dim-label");
  gtk_widget_add_css_class (where, "caption");
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), lock);
  gtk_box_append (GTK_BOX (box), where);
  gtk_list_item_set_child (list_item, box);
}

static PangoAttrList *
make_bold (gsize start,
           gsize end)
{
  PangoAttrList *list = pango_attr_list_new ();
  PangoAttribute *bold = pango_attr_weight_new (PANGO_WEIGHT_BOLD);

  bold->start_index = (guint) start;
  bold->end_index = (guint) end;
  pango_attr_list_insert (list, bold);
  return list;
}

static void
bind_row_cb (LeydenFindBar *self,
             GtkListItem   *list_item)
{
  const LeydenFindMatch *match = leyden_find_item_get_match (gtk_list_item_get_item (list_item));
  GtkWidget *box = gtk_list_item_get_child (list_item);
  GtkWidget *text = gtk_widget_get_first_child (box);
  GtkWidget *lock = gtk_widget_get_next_sibling (text);
  GtkWidget *where = gtk_widget_get_next_sibling (lock);
  gsize start, end;
  g_autofree char *excerpt = leyden_find_dup_excerpt (match, &start, &end);
  g_autofree char *place = describe_match (self, match);
  g_autoptr(PangoAttrList) bold = make_bold (start, end);
  const char *keep = leyden_find_keep_to_string (leyden_find_get_keep (match->place, get_flow (self), get_types ()));
  g_autofree char *name = g_strdup_printf ("%s: %s%s%s", place, excerpt, keep != NULL ? ". " : "", keep != NULL ? keep : "");

  gtk_label_set_text (GTK_LABEL (text), excerpt);
  gtk_label_set_attributes (GTK_LABEL (text), bold);
  gtk_label_set_text (GTK_LABEL (where), place);
  gtk_widget_set_tooltip_text (box, keep != NULL ? keep : place);
  gtk_widget_set_visible (lock, keep != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* --- opening --- */

gboolean
leyden_find_bar_is_open (LeydenFindBar *self)
{
  g_return_val_if_fail (LEYDEN_IS_FIND_BAR (self), FALSE);
  return gtk_revealer_get_reveal_child (GTK_REVEALER (self->revealer));
}

void
leyden_find_bar_open (LeydenFindBar *self,
                      gboolean       replace)
{
  g_return_if_fail (LEYDEN_IS_FIND_BAR (self));

  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
  if (replace)
    gtk_toggle_button_set_active (self->replace_toggle, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  if (self->find == NULL)
    look (self);
}

void
leyden_find_bar_close (LeydenFindBar *self)
{
  g_return_if_fail (LEYDEN_IS_FIND_BAR (self));

  if (!leyden_find_bar_is_open (self))
    return;
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
  g_clear_pointer (&self->message, g_free);
  look (self);
  g_signal_emit (self, signals[CLOSED], 0);
}

/* Hidden it takes no focus. */
static void
revealed_cb (LeydenFindBar *self)
{
  if (!gtk_revealer_get_child_revealed (GTK_REVEALER (self->revealer)) && !gtk_revealer_get_reveal_child (GTK_REVEALER (self->revealer)))
    gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
close_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  leyden_find_bar_close (LEYDEN_FIND_BAR (widget));
}

static void
previous_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  leyden_find_bar_step (LEYDEN_FIND_BAR (widget), -1);
}

/* --- class --- */

static void
set_document (LeydenFindBar  *self,
              LeydenDocument *document)
{
  if (self->document == document)
    return;
  if (self->document != NULL)
    g_clear_signal_handler (&self->flow_handler, get_flow (self));
  g_set_object (&self->document, document);
  g_clear_pointer (&self->message, g_free);
  take_results (self, NULL, NULL);
  if (document != NULL)
    self->flow_handler = g_signal_connect_swapped (get_flow (self), "changed", G_CALLBACK (flow_changed_cb), self);
  look (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
leyden_find_bar_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, LEYDEN_FIND_BAR (object)->document);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_find_bar_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  switch (prop_id)
    {
    case PROP_DOCUMENT:
      set_document (LEYDEN_FIND_BAR (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_find_bar_dispose (GObject *object)
{
  LeydenFindBar *self = LEYDEN_FIND_BAR (object);

  if (self->revealer != NULL)
    {
      set_document (self, NULL);
      gtk_list_view_set_model (self->list, NULL);
      gtk_list_view_set_factory (self->list, NULL);
    }
  g_clear_handle_id (&self->follow_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->find, leyden_find_unref);
  g_clear_pointer (&self->message, g_free);
  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_find_bar_parent_class)->dispose (object);
}

static void
leyden_find_bar_class_init (LeydenFindBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->get_property = leyden_find_bar_get_property;
  object_class->set_property = leyden_find_bar_set_property;
  object_class->dispose = leyden_find_bar_dispose;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SHOW] = g_signal_new ("show-match", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[CLOSED] = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-find-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, entry);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, previous_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, next_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, replace_toggle);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, replace_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, replacement);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, replace_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, all_button);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, case_toggle);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, words_toggle);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, regex_toggle);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, status);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, scroller);
  gtk_widget_class_bind_template_child (widget_class, LeydenFindBar, list);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, typed_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
  gtk_widget_class_bind_template_callback (widget_class, previous_cb);
  gtk_widget_class_bind_template_callback (widget_class, replace_cb);
  gtk_widget_class_bind_template_callback (widget_class, replace_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, replace_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, leyden_find_bar_close);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "findbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SEARCH);

  gtk_widget_class_install_action (widget_class, "find.close", NULL, close_action);
  gtk_widget_class_install_action (widget_class, "find.previous", NULL, previous_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "find.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_SHIFT_MASK, "find.previous", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Enter, GDK_SHIFT_MASK, "find.previous", NULL);
}

static void
leyden_find_bar_init (LeydenFindBar *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (setup_row_cb), self);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (bind_row_cb), self);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->revealer, "notify::child-revealed", G_CALLBACK (revealed_cb), self);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  update_buttons (self);
}

GtkWidget *
leyden_find_bar_new (void)
{
  return g_object_new (LEYDEN_TYPE_FIND_BAR, NULL);
}
