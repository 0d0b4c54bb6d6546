/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where it stands in the window of shortcuts, and what the palette says behind its title. */
typedef enum
{
  LEYDEN_ACTION_SECTION_FLOW,
  LEYDEN_ACTION_SECTION_EDIT,
  LEYDEN_ACTION_SECTION_CANVAS,
  LEYDEN_ACTION_SECTION_VIEW,
  LEYDEN_ACTION_SECTION_RUN,
  LEYDEN_ACTION_SECTION_GENERAL,
  LEYDEN_N_ACTION_SECTIONS
} LeydenActionSection;

/* What must be there for it to do something. One that is not met is told by leyden_window_dup_unavailable(), which a new one is added to. */
typedef enum
{
  LEYDEN_ACTION_PLAIN     = 0,
  LEYDEN_ACTION_DOCUMENT  = 1 << 0,     /* a flow is open */
  LEYDEN_ACTION_WRITABLE  = 1 << 1,     /* and may be changed */
  LEYDEN_ACTION_SELECTION = 1 << 2,     /* something is selected, or a node has the focus */
  LEYDEN_ACTION_NODE      = 1 << 3,     /* one node is */
  LEYDEN_ACTION_CONTAINER = 1 << 4,     /* one node is, and holds a flow of its own */
  LEYDEN_ACTION_UNDO      = 1 << 5,     /* there is an edit to take back */
  LEYDEN_ACTION_REDO      = 1 << 6,
  LEYDEN_ACTION_INSIDE    = 1 << 7,     /* the flow of a container is shown */
  LEYDEN_ACTION_BACKEND   = 1 << 8,     /* the backend lets us start things */
  LEYDEN_ACTION_PAUSED    = 1 << 9,     /* a rollout stands still: only then its keys are its own, and nobody else's */

  LEYDEN_ACTION_KEY_ONLY  = 1 << 16,    /* only a key: neither in the palette nor among the shortcuts */
  LEYDEN_ACTION_NO_PALETTE = 1 << 17,   /* makes sense only where the focus is */
} LeydenActionFlags;

/**
 * LeydenAction: a line of the one table that shortcuts, palette, menus and the window of shortcuts are made of.
 *
 * @action: as g_action_parse_detailed_name() reads it, "win.zoom(1.25)"; "app.", "win." and "window." are actions of the program, what
 *   else stands in front of the dot names a class of widgets that gives it to leyden_actions_bind(). NULL: only a hint among the
 *   shortcuts ("hold and drag")
 * @title: as a menu would say it, N_()
 * @keywords: (nullable): other words that find it, N_()
 * @keys: (nullable): accelerators as gtk_accelerator_parse() reads them, separated by spaces. Keys of the keypad come by themselves
 */
typedef struct
{
  const char          *action;
  const char          *title;
  const char          *keywords;
  const char          *keys;
  LeydenActionSection  section;
  guint                flags;
} LeydenAction;

const LeydenAction *leyden_actions_list          (guint *n);
/* By its detailed name; NULL when it is not in the table. */
const LeydenAction *leyden_actions_find          (const char *action);
/* The plain name ("win.zoom") and its parameter (full, nullable) of a line. */
void                leyden_action_parse          (const LeydenAction *self, char **name, GVariant **target);
const char         *leyden_action_section_title  (LeydenActionSection section);
/* For people: "Ctrl+Shift+Z", the first of its keys; NULL when it has none. (transfer full) */
char               *leyden_action_dup_key_label  (const LeydenAction *self);

/* Gives a class the keys of all lines whose action begins with @prefix and a dot; in class_init, after the actions. */
void                leyden_actions_bind          (GtkWidgetClass *klass, const char *prefix);
/* The same for the actions of the program. */
void                leyden_actions_add_accels    (GtkApplication *application);
/* Whether a rollout stands still in the window that has the keys: then those of LEYDEN_ACTION_PAUSED go before others that have the same. */
void                leyden_actions_set_paused    (GtkApplication *application, gboolean paused);
/* An item with the title that the table has. */
void                leyden_actions_append        (GMenu *menu, const char *action);

G_END_DECLS
