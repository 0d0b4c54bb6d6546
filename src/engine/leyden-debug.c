/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-debug-private.h"
#include "leyden-id.h"
#include "leyden-text.h"

/* The breakpoints of a run as they are read, kept and told. */

#define MAX_BREAKPOINTS 1000
#define MAX_TEXT 4096

static const char * const when_names[] = { "before", "after", "wire", "failure", "reward", NULL };

typedef struct
{
  LeydenDebugChanged func;
  gpointer           data;
} Watcher;

void
leyden_breakpoint_free (LeydenBreakpoint *self)
{
  g_free (self->id);
  g_free (self->node);
  g_free (self->edge);
  g_free (self->condition);
  leyden_debug_place_clear (&self->place);
  g_clear_pointer (&self->expression, leyden_expression_free);
  g_free (self);
}

const char *
leyden_break_when_to_string (LeydenBreakWhen when)
{
  return when_names[when];
}

LeydenDebug *
leyden_debug_new (void)
{
  LeydenDebug *self = g_new0 (LeydenDebug, 1);

  self->ref_count = 1;
  self->breakpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_breakpoint_free);
  self->by_node = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  self->anywhere = g_ptr_array_new ();
  self->paused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->watchers = g_array_new (FALSE, FALSE, sizeof (Watcher));
  return self;
}

LeydenDebug *
leyden_debug_ref (LeydenDebug *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  self->ref_count++;
  return self;
}

void
leyden_debug_unref (LeydenDebug *self)
{
  g_return_if_fail (self != NULL);
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->by_node);
  g_ptr_array_unref (self->anywhere);
  g_ptr_array_unref (self->breakpoints);
  g_hash_table_unref (self->paused);
  g_array_unref (self->watchers);
  g_free (self);
}

/* Reading */

static gboolean
refuse (GError     **error,
        guint        index,
        const char  *member,
        const char  *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"breakpoints[%u].%s\" %s", index, member, what);
  return FALSE;
}

static gboolean
check_text (LeydenValue  *breakpoint,
            guint         index,
            const char   *name,
            GError      **error)
{
  LeydenValue *value = leyden_value_get_member (breakpoint, name);
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);

  if (leyden_value_is_null (value) || (text != NULL && strlen (text) == length && length <= MAX_TEXT))
    return TRUE;
  return refuse (error, index, name, text == NULL ? _("must be text") : _("is too long or holds U+0000"));
}

static gboolean
check_boolean (LeydenValue  *breakpoint,
               guint         index,
               const char   *name,
               GError      **error)
{
  LeydenValue *value = leyden_value_get_member (breakpoint, name);

  return leyden_value_is_null (value) || leyden_value_get_kind (value) == LEYDEN_VALUE_BOOLEAN
         || refuse (error, index, name, _("must be true or false"));
}

static const char *
get_text (LeydenValue *breakpoint,
          const char  *name)
{
  const char *text = leyden_value_get_member_string (breakpoint, name, NULL);

  return text != NULL && *text != '\0' ? text : NULL;
}

static gboolean
check_place (LeydenValue  *breakpoint,
             guint         index,
             GError      **error)
{
  const char *when = leyden_value_get_member_string (breakpoint, "when", NULL);

  if (when == NULL || !g_strv_contains (when_names, when))
    return refuse (error, index, "when", _("must be one of before, after, wire, failure, reward"));
  if ((g_str_equal (when, "before") || g_str_equal (when, "after")) && get_text (breakpoint, "node") == NULL)
    return refuse (error, index, "node", _("must name a node"));
  if (g_str_equal (when, "wire") && get_text (breakpoint, "edge") == NULL)
    return refuse (error, index, "edge", _("must name a wire"));
  return TRUE;
}

static gboolean
check_count (LeydenValue  *breakpoint,
             guint         index,
             const char   *name,
             GError      **error)
{
  LeydenValue *value = leyden_value_get_member (breakpoint, name);
  gint64 n = 0;

  return leyden_value_is_null (value) || (leyden_value_get_int (value, &n) && n >= 0 && n <= G_MAXINT32)
         || refuse (error, index, name, _("must be an integer from 0 to 2147483647"));
}

/* A mistyped "condition" would pause always. */
static gboolean
check_members (LeydenValue  *breakpoint,
               guint         index,
               GError      **error)
{
  static const char * const known[] = { "id", "when", "node", "edge", "condition", "hits", "once", "enabled", "hits_so_far", "bound", NULL };

  for (guint i = 0; i < leyden_value_get_size (breakpoint); i++)
    {
      g_autofree char *shown = NULL;

      if (g_strv_contains (known, leyden_value_get_key (breakpoint, i)))
        continue;
      shown = leyden_text_escape (leyden_value_get_key (breakpoint, i), -1, 60);
      return refuse (error, index, shown, _("is not known"));
    }
  return TRUE;
}

static gboolean
check_one (LeydenValue  *breakpoint,
           guint         index,
           GError      **error)
{
  static const char * const texts[] = { "id", "when", "node", "edge", "condition" };

  if (leyden_value_get_kind (breakpoint) != LEYDEN_VALUE_OBJECT)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("\"breakpoints[%u]\" must be an object"), index);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (!check_text (breakpoint, index, texts[i], error))
      return FALSE;
  return check_members (breakpoint, index, error) && check_count (breakpoint, index, "hits", error)
         && check_count (breakpoint, index, "hits_so_far", error) && check_place (breakpoint, index, error)
         && check_boolean (breakpoint, index, "once", error) && check_boolean (breakpoint, index, "enabled", error);
}

/**
 * leyden_debug_check:
 * @breakpoints: (nullable): what somebody sent
 * @error: return location, or %NULL
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT; the message names index and member. What a condition reads is known to
 * leyden_debug_set_breakpoints() only.
 */
gboolean
leyden_debug_check (LeydenValue  *breakpoints,
                    GError      **error)
{
  g_autoptr(GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  if (leyden_value_is_null (breakpoints))
    return TRUE;
  if (leyden_value_get_kind (breakpoints) != LEYDEN_VALUE_LIST || leyden_value_get_size (breakpoints) > MAX_BREAKPOINTS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("\"breakpoints\" must be a list of at most %u"), MAX_BREAKPOINTS);
      return FALSE;
    }
  for (guint i = 0; i < leyden_value_get_size (breakpoints); i++)
    {
      LeydenValue *breakpoint = leyden_value_get_item (breakpoints, i);
      const char *id;

      if (!check_one (breakpoint, i, error))
        return FALSE;
      id = get_text (breakpoint, "id");
      if (id != NULL && !g_hash_table_add (ids, (gpointer) id))
        return refuse (error, i, "id", _("is that of another breakpoint too"));
    }
  return TRUE;
}

static LeydenBreakpoint *
find_breakpoint (LeydenDebug *self,
                 const char  *id)
{
  for (guint i = 0; i < self->breakpoints->len; i++)
    if (g_str_equal (((LeydenBreakpoint *) g_ptr_array_index (self->breakpoints, i))->id, id))
      return g_ptr_array_index (self->breakpoints, i);
  return NULL;
}

/* How often the one of that id was met, so that a list that is changed elsewhere goes on counting. */
static guint64
find_hits (LeydenDebug *self,
           const char  *id)
{
  const LeydenBreakpoint *breakpoint = find_breakpoint (self, id);

  return breakpoint != NULL ? breakpoint->n_hits : 0;
}

void
leyden_debug_count_hit (LeydenDebug *self,
                        const char  *id,
                        gint64       n)
{
  LeydenBreakpoint *breakpoint = find_breakpoint (self, id);

  if (breakpoint == NULL || n <= 0 || (guint64) n <= breakpoint->n_hits)
    return;
  breakpoint->n_hits = (guint64) n;
  if (breakpoint->once && breakpoint->n_hits >= breakpoint->hits)
    breakpoint->enabled = FALSE;
  leyden_debug_count_armed (self);
  leyden_debug_changed (self);
}

static LeydenBreakpoint *
read_one (LeydenDebug *debug,
          LeydenValue *breakpoint)
{
  LeydenBreakpoint *self = g_new0 (LeydenBreakpoint, 1);
  const char *id = get_text (breakpoint, "id");

  self->id = id != NULL ? g_strdup (id) : leyden_id_new_uuid7 ();
  while (!g_str_equal (when_names[self->when], leyden_value_get_member_string (breakpoint, "when", "")))
    self->when++;
  self->node = g_strdup (get_text (breakpoint, "node"));
  self->edge = self->when == LEYDEN_BREAK_WIRE ? g_strdup (get_text (breakpoint, "edge")) : NULL;
  self->condition = g_strdup (get_text (breakpoint, "condition"));
  self->hits = (guint64) MAX (1, leyden_value_get_member_int (breakpoint, "hits", 1));
  self->once = leyden_value_get_member_boolean (breakpoint, "once", FALSE);
  self->enabled = leyden_value_get_member_boolean (breakpoint, "enabled", TRUE);
  self->n_hits = (guint64) MAX (0, leyden_value_get_member_int (breakpoint, "hits_so_far", (gint64) find_hits (debug, self->id)));
  return self;
}

void
leyden_debug_count_armed (LeydenDebug *self)
{
  self->n_armed = 0;
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      const LeydenBreakpoint *breakpoint = g_ptr_array_index (self->breakpoints, i);

      self->n_armed += breakpoint->enabled && breakpoint->bound;
    }
}

/* Each node has its own list, so that a start of one does not look at the breakpoints of all. */
static void
sort_by_node (LeydenDebug *self)
{
  GHashTableIter iter;
  gpointer list;

  g_hash_table_remove_all (self->by_node);
  g_ptr_array_set_size (self->anywhere, 0);
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      LeydenBreakpoint *breakpoint = g_ptr_array_index (self->breakpoints, i);
      gpointer number = GUINT_TO_POINTER (breakpoint->place.number);

      if (breakpoint->bound && breakpoint->place.number != LEYDEN_PLAN_NONE && !g_hash_table_contains (self->by_node, number))
        g_hash_table_insert (self->by_node, number, g_ptr_array_new ());
    }
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      LeydenBreakpoint *breakpoint = g_ptr_array_index (self->breakpoints, i);

      if (!breakpoint->bound)
        continue;
      if (breakpoint->place.number != LEYDEN_PLAN_NONE)
        {
          g_ptr_array_add (g_hash_table_lookup (self->by_node, GUINT_TO_POINTER (breakpoint->place.number)), breakpoint);
          continue;
        }
      g_ptr_array_add (self->anywhere, breakpoint);
      g_hash_table_iter_init (&iter, self->by_node);
      while (g_hash_table_iter_next (&iter, NULL, &list))
        g_ptr_array_add (list, breakpoint);
    }
}

/**
 * leyden_debug_set_breakpoints:
 * @self: of a run
 * @plan: what the run runs
 * @scope: (nullable): where that lies, when it is a part of a flow ("solve[3]/")
 * @breakpoints: (nullable): a list; "hits_so_far" in it, else that of the one with the same id, goes on being counted
 * @error: return location, or %NULL
 *
 * Replaces all breakpoints. One whose node the flow does not have is kept, and never met.
 *
 * Errors: those of leyden_debug_check(); %G_IO_ERROR_INVALID_ARGUMENT for a condition that cannot be compiled. Nothing has changed then.
 */
gboolean
leyden_debug_set_breakpoints (LeydenDebug  *self,
                              LeydenPlan   *plan,
                              const char   *scope,
                              LeydenValue  *breakpoints,
                              GError      **error)
{
  g_autoptr(GPtrArray) read = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_breakpoint_free);

  g_return_val_if_fail (self != NULL && plan != NULL, FALSE);

  if (!leyden_debug_check (breakpoints, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (breakpoints); i++)
    {
      LeydenBreakpoint *breakpoint = read_one (self, leyden_value_get_item (breakpoints, i));
      g_autoptr(GError) local_error = NULL;

      g_ptr_array_add (read, breakpoint);
      if (leyden_breakpoint_bind (breakpoint, plan, scope, &local_error))
        continue;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"breakpoints[%u].condition\": %s", i, local_error->message);
      return FALSE;
    }
  g_ptr_array_unref (self->breakpoints);
  self->breakpoints = g_steal_pointer (&read);
  sort_by_node (self);
  leyden_debug_count_armed (self);
  leyden_debug_changed (self);
  return TRUE;
}

/* Telling */

static void
write_one (LeydenValueBuilder *b,
           LeydenBreakpoint   *self)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", self->id);
  leyden_value_builder_set_string (b, "when", when_names[self->when]);
  if (self->node != NULL)
    leyden_value_builder_set_string (b, "node", self->node);
  if (self->edge != NULL)
    leyden_value_builder_set_string (b, "edge", self->edge);
  if (self->condition != NULL)
    leyden_value_builder_set_string (b, "condition", self->condition);
  leyden_value_builder_set_int (b, "hits", (gint64) self->hits);
  leyden_value_builder_set_boolean (b, "once", self->once);
  leyden_value_builder_set_boolean (b, "enabled", self->enabled);
  leyden_value_builder_set_int (b, "hits_so_far", (gint64) self->n_hits);
  leyden_value_builder_set_boolean (b, "bound", self->bound);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_debug_get_breakpoints (LeydenDebug *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->breakpoints->len; i++)
    write_one (&b, g_ptr_array_index (self->breakpoints, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_debug_set_start_paused (LeydenDebug *self,
                               gboolean     paused)
{
  g_return_if_fail (self != NULL);

  if (self->start_paused == (paused != FALSE))
    return;
  self->start_paused = paused != FALSE;
  leyden_debug_changed (self);
}

gboolean
leyden_debug_get_start_paused (LeydenDebug *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->start_paused;
}

/* Paused rollouts */

void
leyden_debug_set_paused (LeydenDebug *self,
                         const char  *rollout,
                         gboolean     paused)
{
  if (paused ? g_hash_table_add (self->paused, g_strdup (rollout)) : g_hash_table_remove (self->paused, rollout))
    leyden_debug_changed (self);
}

guint
leyden_debug_get_n_paused (LeydenDebug *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return g_hash_table_size (self->paused);
}

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

GPtrArray *
leyden_debug_list_paused (LeydenDebug *self,
                          guint        max)
{
  GPtrArray *ids;
  GHashTableIter iter;
  gpointer id;

  g_return_val_if_fail (self != NULL, NULL);

  ids = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, self->paused);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, g_strdup (id));
  g_ptr_array_sort (ids, compare_ids);
  if (ids->len > max)
    g_ptr_array_set_size (ids, (gint) max);
  return ids;
}

/* Watchers */

void
leyden_debug_changed (LeydenDebug *self)
{
  g_autoptr(LeydenDebug) keep = leyden_debug_ref (self);

  for (guint i = 0; i < self->watchers->len; i++)
    {
      Watcher watcher = g_array_index (self->watchers, Watcher, i);

      watcher.func (self, watcher.data);
    }
}

void
leyden_debug_watch (LeydenDebug        *self,
                    LeydenDebugChanged  func,
                    gpointer            data)
{
  Watcher watcher = { func, data };

  g_return_if_fail (self != NULL && func != NULL);
  g_array_append_val (self->watchers, watcher);
}

void
leyden_debug_unwatch (LeydenDebug *self,
                      gpointer     data)
{
  g_return_if_fail (self != NULL);

  for (guint i = self->watchers->len; i > 0; i--)
    if (g_array_index (self->watchers, Watcher, i - 1).data == data)
      g_array_remove_index (self->watchers, i - 1);
}
