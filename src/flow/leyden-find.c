/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-find.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "leyden-find-private.h"
#include "leyden-flow-private.h"

G_DEFINE_QUARK (leyden-find-error-quark, leyden_find_error)

/* A search that runs away ends after some hundredths of a second and 16 MB. */
#define PREFIX "(*LIMIT_MATCH=200000)(*LIMIT_RECURSION=100000)(*LIMIT_HEAP=16384)(*UCP)"
#define MAX_PATTERN 10000

/* --- what is looked for --- */

static char *
make_pattern (const char      *text,
              LeydenFindFlags  flags)
{
  g_autofree char *inner = flags & LEYDEN_FIND_REGEX ? g_strdup (text) : g_regex_escape_string (text, -1);

  if (flags & LEYDEN_FIND_WORDS)
    return g_strconcat (PREFIX "(?<!\\w)(?:", inner, ")(?!\\w)", NULL);
  return g_strconcat (PREFIX, inner, NULL);
}

LeydenFind *
leyden_find_new (const char       *text,
                 LeydenFindFlags   flags,
                 GError          **error)
{
  g_autofree char *pattern = NULL;
  g_autoptr(GError) local = NULL;
  GRegex *regex = NULL;
  LeydenFind *self;

  g_return_val_if_fail (text != NULL && *text != '\0', NULL);

  if (strlen (text) > MAX_PATTERN)
    {
      g_set_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN, _("At most %d characters can be looked for"), MAX_PATTERN);
      return NULL;
    }
  /* By itself first: what closes a group that was not opened must not take our frame apart. */
  if (flags & LEYDEN_FIND_REGEX)
    {
      regex = g_regex_new (text, 0, 0, &local);
      g_clear_pointer (&regex, g_regex_unref);
    }
  if (local == NULL)
    {
      pattern = make_pattern (text, flags);
      regex = g_regex_new (pattern, G_REGEX_MULTILINE | (flags & LEYDEN_FIND_CASE ? 0 : G_REGEX_CASELESS), 0, &local);
    }
  if (regex == NULL)
    {
      g_set_error (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_PATTERN, _("This is no regular expression: %s"), local->message);
      return NULL;
    }
  self = g_new0 (LeydenFind, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->flags = flags;
  self->regex = regex;
  return self;
}

LeydenFind *
leyden_find_ref (LeydenFind *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
leyden_find_unref (LeydenFind *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_regex_unref (self->regex);
  g_free (self);
}

void
leyden_find_set_limit_error (GError **error)
{
  g_set_error_literal (error, LEYDEN_FIND_ERROR, LEYDEN_FIND_ERROR_LIMIT,
                       _("The regular expression takes too long; repetitions inside repetitions, as in (a+)+, do that"));
}

/* --- looking --- */

static void
place_free (LeydenFindPlace *self)
{
  g_strfreev (self->scope);
  g_free (self->id);
  g_strfreev (self->path);
  leyden_value_unref (self->text);
  g_free (self);
}

static LeydenFindResults *
results_new (void)
{
  LeydenFindResults *self = g_new0 (LeydenFindResults, 1);

  self->places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  self->matches = g_array_new (FALSE, FALSE, sizeof (LeydenFindMatch));
  return self;
}

void
leyden_find_results_free (LeydenFindResults *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->places);
  g_array_unref (self->matches);
  g_free (self);
}

typedef struct
{
  LeydenFind        *find;
  LeydenFindResults *results;
  GCancellable      *cancellable;
  GPtrArray         *scope;     /* borrowed ids */
  LeydenElementKind  kind;
  const char        *id;
  GPtrArray         *path;      /* borrowed */
  GError            *error;
} Search;

static char **
dup_list (GPtrArray *list)
{
  char **copy = g_new0 (char *, list->len + 1);

  for (guint i = 0; i < list->len; i++)
    copy[i] = g_strdup (g_ptr_array_index (list, i));
  return copy;
}

static LeydenFindPlace *
add_place (Search      *self,
           LeydenValue *text)
{
  LeydenFindPlace *place = g_new0 (LeydenFindPlace, 1);

  place->scope = dup_list (self->scope);
  place->kind = self->kind;
  place->id = g_strdup (self->id);
  place->path = dup_list (self->path);
  place->text = leyden_value_ref (text);
  g_ptr_array_add (self->results->places, place);
  return place;
}

static gboolean
is_done (Search *self)
{
  return self->error != NULL || self->results->more || g_cancellable_set_error_if_cancelled (self->cancellable, &self->error);
}

static void
search_text (Search      *self,
             LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  g_autoptr(GMatchInfo) info = NULL;
  g_autoptr(GError) error = NULL;
  LeydenFindPlace *place = NULL;
  gboolean found;

  if (text == NULL || is_done (self))
    return;
  found = g_regex_match_full (self->find->regex, text, (gssize) length, 0, G_REGEX_MATCH_NOTEMPTY, &info, &error);
  while (found && !self->results->more)
    {
      LeydenFindMatch match = { 0 };
      int start, end;

      if (!g_match_info_fetch_pos (info, 0, &start, &end))
        break;
      if (place == NULL)
        place = add_place (self, value);
      match = (LeydenFindMatch) { place, (gsize) start, (gsize) end };
      g_array_append_val (self->results->matches, match);
      self->results->more = self->results->matches->len >= LEYDEN_FIND_MAX_MATCHES;
      found = g_match_info_next (info, &error);
    }
  if (error != NULL)
    leyden_find_set_limit_error (&self->error);
}

static void
search_member (Search      *self,
               LeydenValue *element,
               const char  *key)
{
  g_ptr_array_add (self->path, (gpointer) key);
  search_text (self, leyden_value_get_member (element, key));
  g_ptr_array_set_size (self->path, (int) self->path->len - 1);
}

/* Recursion is bounded by the reader's depth limit. */
static void
search_value (Search      *self,
              LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);

  if (kind == LEYDEN_VALUE_STRING)
    search_text (self, value);
  if (kind != LEYDEN_VALUE_LIST && kind != LEYDEN_VALUE_OBJECT)
    return;
  for (guint i = 0; i < leyden_value_get_size (value) && self->error == NULL; i++)
    {
      char number[12];

      g_snprintf (number, sizeof number, "%u", i);
      g_ptr_array_add (self->path, kind == LEYDEN_VALUE_OBJECT ? (gpointer) leyden_value_get_key (value, i) : number);
      search_value (self, leyden_value_get_item (value, i));
      g_ptr_array_set_size (self->path, (int) self->path->len - 1);
    }
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  LeydenValue *first = leyden_value_get_member (*(LeydenValue * const *) a, "position");
  LeydenValue *second = leyden_value_get_member (*(LeydenValue * const *) b, "position");
  double dx = leyden_value_get_member_double (first, "x", 0) - leyden_value_get_member_double (second, "x", 0);
  double dy = leyden_value_get_member_double (first, "y", 0) - leyden_value_get_member_double (second, "y", 0);

  return dx < 0 ? -1 : dx > 0 ? 1 : dy < 0 ? -1 : dy > 0 ? 1 : 0;
}

/* As one reads. (element-type LeydenValue), borrowed */
static GPtrArray *
list_sorted (LeydenValue *flow,
             const char  *key)
{
  LeydenValue *list = leyden_value_get_member (flow, key);
  GPtrArray *sorted = g_ptr_array_new ();

  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list); i++)
    g_ptr_array_add (sorted, leyden_value_get_item (list, i));
  g_ptr_array_sort (sorted, compare_places);
  return sorted;
}

static void
search_node (Search      *self,
             LeydenValue *node)
{
  self->kind = LEYDEN_ELEMENT_NODE;
  self->id = leyden_value_get_member_string (node, "id", "");
  search_member (self, node, "title");
  search_member (self, node, "id");
  g_ptr_array_add (self->path, (gpointer) "parameters");
  search_value (self, leyden_value_get_member (node, "parameters"));
  g_ptr_array_set_size (self->path, 0);
}

static void
search_boxes (Search            *self,
              LeydenValue       *flow,
              const char        *list,
              LeydenElementKind  kind,
              const char        *key)
{
  g_autoptr(GPtrArray) boxes = list_sorted (flow, list);

  for (guint i = 0; i < boxes->len && !is_done (self); i++)
    {
      LeydenValue *box = g_ptr_array_index (boxes, i);

      self->kind = kind;
      self->id = leyden_value_get_member_string (box, "id", "");
      search_member (self, box, key);
    }
}

static void
search_flow (Search      *self,
             LeydenValue *flow)
{
  g_autoptr(GPtrArray) nodes = list_sorted (flow, "nodes");

  for (guint i = 0; i < nodes->len && !is_done (self); i++)
    search_node (self, g_ptr_array_index (nodes, i));
  search_boxes (self, flow, "frames", LEYDEN_ELEMENT_FRAME, "title");
  search_boxes (self, flow, "notes", LEYDEN_ELEMENT_NOTE, "text");
  for (guint i = 0; i < nodes->len && !is_done (self); i++)
    {
      LeydenValue *node = g_ptr_array_index (nodes, i);
      LeydenValue *body = leyden_value_get_member (node, "flow");

      if (body == NULL)
        continue;
      g_ptr_array_add (self->scope, (gpointer) leyden_value_get_member_string (node, "id", ""));
      search_flow (self, body);
      g_ptr_array_set_size (self->scope, (int) self->scope->len - 1);
    }
}

LeydenFindResults *
leyden_find_run (LeydenFind    *self,
                 LeydenValue   *flow,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_autoptr(LeydenFindResults) results = NULL;
  g_autoptr(GPtrArray) scope = NULL;
  g_autoptr(GPtrArray) path = NULL;
  Search search;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (flow != NULL, NULL);

  results = results_new ();
  scope = g_ptr_array_new ();
  path = g_ptr_array_new ();
  search = (Search) { .find = self, .results = results, .cancellable = cancellable, .scope = scope, .path = path,
                      .kind = LEYDEN_ELEMENT_FLOW, .id = "" };
  search_member (&search, flow, "title");
  search_member (&search, flow, "description");
  search_flow (&search, flow);
  if (search.error != NULL)
    {
      g_propagate_error (error, search.error);
      return NULL;
    }
  return g_steal_pointer (&results);
}

/* --- in a thread --- */

typedef struct
{
  LeydenFind  *find;
  LeydenValue *flow;
} Job;

static void
job_free (Job *self)
{
  leyden_find_unref (self->find);
  leyden_value_unref (self->flow);
  g_free (self);
}

static void
job_run (GTask        *task,
         gpointer      source,
         gpointer      data,
         GCancellable *cancellable)
{
  Job *self = data;
  GError *error = NULL;
  LeydenFindResults *results = leyden_find_run (self->find, self->flow, cancellable, &error);

  if (results != NULL)
    g_task_return_pointer (task, results, (GDestroyNotify) leyden_find_results_free);
  else
    g_task_return_error (task, error);
}

void
leyden_find_async (LeydenFind          *self,
                   LeydenFlow          *flow,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  Job *job;

  g_return_if_fail (self != NULL);
  g_return_if_fail (LEYDEN_IS_FLOW (flow));

  job = g_new0 (Job, 1);
  job->find = leyden_find_ref (self);
  /* References to what cannot change, so that the thread needs no flow. */
  job->flow = leyden_flow_to_value (flow);
  task = g_task_new (flow, cancellable, callback, user_data);
  g_task_set_source_tag (task, leyden_find_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, job_run);
}

LeydenFindResults *
leyden_find_finish (GAsyncResult  *result,
                    GError       **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
