/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-breakpoints.h"
#include "leyden-session.h"

/* The breakpoints of a document and those of the runs that are looked at. Others may set them too: what they did is taken over, and not undone. */

#define KEY "leyden-breakpoint-links"

/* Of the breakpoints of a document to those of a run. */
typedef struct
{
  char       *run;
  gint64      revision;                 /* of what is known; 0: of nothing */
  gint64      told;                     /* the newest that was heard of */
  gint64      asked;                    /* … when the list was asked for */
  GHashTable *known;                    /* id → LeydenValue, as the run has them; nullable */
  gboolean    stale;                    /* it is to be read */
  gboolean    wanted;                   /* the document's are to be sent */
  gboolean    busy;                     /* a request is under way: one at a time, for each needs the revision that the one before gave */
  gboolean    merging;
  char       *refusal;                  /* what was sent was refused so, and the list is read to see why; nullable */
} Link;

typedef struct
{
  LeydenTab         *tab;
  LeydenBreakpoints *store;             /* has the link */
  Link              *link;
} Exchange;

static void
link_free (gpointer data)
{
  Link *self = data;

  g_clear_pointer (&self->known, g_hash_table_unref);
  g_free (self->run);
  g_free (self->refusal);
  g_free (self);
}

static Link *
get_link (LeydenBreakpoints *store,
          const char        *run)
{
  GHashTable *links = g_object_get_data (G_OBJECT (store), KEY);
  Link *link;

  if (links == NULL)
    {
      links = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, link_free);
      g_object_set_data_full (G_OBJECT (store), KEY, links, (GDestroyNotify) g_hash_table_unref);
    }
  link = g_hash_table_lookup (links, run);
  if (link != NULL)
    return link;
  link = g_new0 (Link, 1);
  link->run = g_strdup (run);
  link->stale = TRUE;
  g_hash_table_insert (links, link->run, link);
  return link;
}

static Exchange *
exchange_new (LeydenTab         *tab,
              LeydenBreakpoints *store,
              Link              *link)
{
  Exchange *self = g_new0 (Exchange, 1);

  self->tab = g_object_ref (tab);
  self->store = g_object_ref (store);
  self->link = link;
  return self;
}

static void
exchange_free (Exchange *self)
{
  g_object_unref (self->tab);
  g_object_unref (self->store);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Exchange, exchange_free)

static gboolean
is_current (Exchange *self)
{
  return !self->tab->leaving && self->tab->document != NULL && leyden_breakpoints_get_for (self->tab->document) == self->store;
}

/* --- two lists --- */

static void
drop (LeydenValue **value,
      const char   *name)
{
  g_autoptr(LeydenValue) before = *value;

  *value = leyden_value_get_member (before, name) != NULL ? leyden_value_with_member (before, name, NULL) : leyden_value_ref (before);
}

/* Without what only a run has, and without what goes without saying: two that are the same are equal. (transfer full) */
static LeydenValue *
make_plain (LeydenValue *breakpoint)
{
  LeydenValue *plain = leyden_value_ref (breakpoint);

  drop (&plain, "hits_so_far");
  drop (&plain, "bound");
  if (leyden_value_get_member_int (plain, "hits", 1) <= 1)
    drop (&plain, "hits");
  if (!leyden_value_get_member_boolean (plain, "once", FALSE))
    drop (&plain, "once");
  if (leyden_value_get_member_boolean (plain, "enabled", TRUE))
    drop (&plain, "enabled");
  return plain;
}

static gboolean
is_same (LeydenValue *own,
         LeydenValue *plain)
{
  g_autoptr(LeydenValue) value = make_plain (own);

  return leyden_value_equal (value, plain);
}

/* NULL when @list is none. (transfer full) */
static GHashTable *
read_list (LeydenValue *list)
{
  GHashTable *known;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (item, "id", NULL);

      if (id != NULL)
        g_hash_table_replace (known, g_strdup (id), make_plain (item));
    }
  return known;
}

/* (transfer full) (nullable) */
static LeydenBreakpoint *
find_id (LeydenBreakpoints *store,
         const char        *id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
    {
      g_autoptr(LeydenBreakpoint) breakpoint = g_list_model_get_item (G_LIST_MODEL (store), i);

      if (g_str_equal (leyden_breakpoint_get_id (breakpoint), id))
        return g_steal_pointer (&breakpoint);
    }
  return NULL;
}

/* What was changed here stays; one that is met once is switched off by its run, and not by somebody. */
static gboolean
is_to_be_taken (LeydenBreakpoint *own,
                LeydenValue      *was,
                LeydenValue      *now)
{
  if (own == NULL || was == NULL)
    return own == NULL && was == NULL;
  if (leyden_value_get_member_boolean (now, "once", FALSE) && !leyden_value_get_member_boolean (now, "enabled", TRUE))
    return FALSE;
  return is_same (leyden_breakpoint_get_value (own), was) && !leyden_value_equal (was, now);
}

static gboolean
take_new (Link              *link,
          LeydenBreakpoints *store,
          LeydenValue       *list,
          GHashTable        *now)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *id = leyden_value_get_member_string (leyden_value_get_item (list, i), "id", NULL);
      LeydenValue *value = id != NULL ? g_hash_table_lookup (now, id) : NULL;
      g_autoptr(LeydenBreakpoint) own = id != NULL ? find_id (store, id) : NULL;
      LeydenValue *was = id != NULL && link->known != NULL ? g_hash_table_lookup (link->known, id) : NULL;

      if (value == NULL || !is_to_be_taken (own, was, value))
        continue;
      leyden_breakpoints_set (store, value);
      changed = TRUE;
    }
  return changed;
}

/* Who detaches leaves a run without any; that is not said of the document. */
static gboolean
take_removed (Link              *link,
              LeydenBreakpoints *store,
              GHashTable        *now,
              gboolean           detached)
{
  gboolean changed = FALSE;

  if (link->known == NULL || (detached && g_hash_table_size (now) == 0))
    return FALSE;
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (store)); i > 0; i--)
    {
      g_autoptr(LeydenBreakpoint) own = g_list_model_get_item (G_LIST_MODEL (store), i - 1);
      const char *id = leyden_breakpoint_get_id (own);
      LeydenValue *was = g_hash_table_lookup (link->known, id);

      if (was == NULL || g_hash_table_contains (now, id) || !is_same (leyden_breakpoint_get_value (own), was))
        continue;
      leyden_breakpoints_remove (store, own);
      changed = TRUE;
    }
  return changed;
}

/* What others did to the run's list since it was last seen, to the document's. TRUE: that is another one now. */
static gboolean
merge (Link              *link,
       LeydenBreakpoints *store,
       LeydenValue       *answer)
{
  LeydenValue *list = leyden_value_get_member (answer, "breakpoints");
  GHashTable *now = read_list (list);
  gboolean changed;

  if (now == NULL)
    return FALSE;
  link->merging = TRUE;
  changed = take_new (link, store, list, now);
  changed = take_removed (link, store, now, leyden_value_get_member_boolean (answer, "detached", FALSE)) || changed;
  link->merging = FALSE;
  g_clear_pointer (&link->known, g_hash_table_unref);
  link->known = now;
  leyden_breakpoints_take_hits (store, list);
  return changed;
}

/* The run has them already: a watch was changed, or what came from there. */
static gboolean
is_known (Link              *link,
          LeydenBreakpoints *store)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store));

  if (link->revision == 0 || link->known == NULL || g_hash_table_size (link->known) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenBreakpoint) own = g_list_model_get_item (G_LIST_MODEL (store), i);
      LeydenValue *known = g_hash_table_lookup (link->known, leyden_breakpoint_get_id (own));

      if (known == NULL || !is_same (leyden_breakpoint_get_value (own), known))
        return FALSE;
    }
  return TRUE;
}

/* --- with the run --- */

static void go_on (LeydenTab *tab, LeydenBreakpoints *store, Link *link);

static void
take_read (Exchange    *self,
           LeydenValue *answer)
{
  Link *link = self->link;
  gint64 before = link->revision;
  gboolean first = link->known == NULL;
  g_autofree char *refusal = g_steal_pointer (&link->refusal);
  gboolean changed;

  link->revision = leyden_value_get_member_int (answer, "revision", 0);
  link->stale = link->told > link->revision && link->told > link->asked;
  changed = merge (link, self->store, answer);
  if (refusal != NULL && link->revision == before)
    {
      /* It was not that: the run has ended, say. */
      link->wanted = FALSE;
      leyden_window_toast (self->tab->window, refusal);
    }
  else if (refusal != NULL || (changed && !first))
    leyden_window_toast (self->tab->window, _("Breakpoints were changed elsewhere; the changes were taken over"));
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Exchange) self = data;
  Link *link = self->link;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  link->busy = FALSE;
  if (!is_current (self))
    return;
  if (answer != NULL)
    take_read (self, answer);
  else
    {
      g_debug ("Breakpoints of a run: %s", error->message);
      link->stale = FALSE;
      if (link->refusal != NULL)
        {
          link->wanted = FALSE;
          leyden_window_toast (self->tab->window, link->refusal);
          g_clear_pointer (&link->refusal, g_free);
        }
    }
  go_on (self->tab, self->store, link);
}

static void
take_sent (Exchange    *self,
           LeydenValue *answer)
{
  Link *link = self->link;
  LeydenValue *list = leyden_value_get_member (answer, "breakpoints");

  link->revision = leyden_value_get_member_int (answer, "revision", 0);
  link->stale = link->told > link->revision && link->revision != 0;
  g_clear_pointer (&link->known, g_hash_table_unref);
  link->known = read_list (list);
  leyden_breakpoints_take_hits (self->store, list);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Exchange) self = data;
  Link *link = self->link;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  link->busy = FALSE;
  if (!is_current (self))
    return;
  if (answer != NULL)
    take_sent (self, answer);
  else if (link->revision != 0 && g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT))
    {
      link->stale = TRUE;
      link->wanted = TRUE;
      g_free (link->refusal);
      link->refusal = g_strdup (error->message);
    }
  else
    leyden_window_toast (self->tab->window, error->message);
  go_on (self->tab, self->store, link);
}

static LeydenValue *
make_body (Link              *link,
           LeydenBreakpoints *store)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_take (&builder, "breakpoints", leyden_breakpoints_to_value (store));
  if (link->revision != 0)
    leyden_value_builder_set_int (&builder, "revision", link->revision);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* The next request, if one is needed. */
static void
go_on (LeydenTab         *tab,
       LeydenBreakpoints *store,
       Link              *link)
{
  LeydenBackend *backend = leyden_session_get_backend (leyden_session_get_default ());
  g_autofree char *id = leyden_backend_escape (link->run);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", id);
  g_autoptr(LeydenValue) body = NULL;

  if (link->busy)
    return;
  if (link->stale)
    {
      link->busy = TRUE;
      link->asked = link->told;
      leyden_backend_request_async (backend, "GET", path, NULL, NULL, read_cb, exchange_new (tab, store, link));
      return;
    }
  if (!link->wanted || is_known (link, store))
    {
      link->wanted = FALSE;
      return;
    }
  link->busy = TRUE;
  link->wanted = FALSE;
  body = make_body (link, store);
  leyden_backend_request_async (backend, "PUT", path, body, NULL, sent_cb, exchange_new (tab, store, link));
}

static void
send (LeydenTab  *tab,
      const char *run)
{
  LeydenBreakpoints *store = leyden_breakpoints_get_for (tab->document);
  Link *link = get_link (store, run);

  if (link->merging)
    return;
  link->wanted = TRUE;
  go_on (tab, store, link);
}

/* Of the rollout that is looked at, while it goes on; nullable. */
static const char *
get_debugged_run (LeydenTab *tab)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (tab);

  return view != NULL && !leyden_rollout_view_is_final (view) ? leyden_rollout_view_get_run (view) : NULL;
}

void
leyden_tab_send_breakpoints (LeydenTab *self)
{
  LeydenRunView *run = leyden_tab_get_active_run (self);
  const char *other = get_debugged_run (self);

  if (run != NULL)
    send (self, leyden_run_view_get_id (run));
  if (other != NULL && (run == NULL || !g_str_equal (other, leyden_run_view_get_id (run))))
    send (self, other);
}

static void
read_run (LeydenTab  *tab,
          const char *run)
{
  LeydenBreakpoints *store = leyden_breakpoints_get_for (tab->document);
  Link *link = get_link (store, run);

  link->stale = TRUE;
  go_on (tab, store, link);
}

void
leyden_tab_read_breakpoints (LeydenTab *self)
{
  const char *run = get_debugged_run (self);

  if (self->document != NULL && run != NULL)
    read_run (self, run);
}

static void
debug_event_cb (LeydenTab     *tab,
                LeydenValue   *event,
                LeydenRunView *run)
{
  LeydenBreakpoints *store;
  Link *link;

  if (tab->document == NULL || leyden_tab_get_active_run (tab) != run)
    return;
  store = leyden_breakpoints_get_for (tab->document);
  link = get_link (store, leyden_run_view_get_id (run));
  link->told = MAX (link->told, leyden_value_get_member_int (event, "revision", 0));
  /* What is told of while a request is under way may be what that one did. */
  if (link->busy || link->told <= link->revision)
    return;
  link->stale = TRUE;
  go_on (tab, store, link);
}

void
leyden_tab_follow_breakpoints (LeydenTab     *self,
                               LeydenRunView *run)
{
  g_signal_connect_object (run, "debug", G_CALLBACK (debug_event_cb), self, G_CONNECT_SWAPPED);
  read_run (self, leyden_run_view_get_id (run));
}
