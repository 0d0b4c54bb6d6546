/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-memo.h"
#include "leyden-node-private.h"
#include "leyden-text-index.h"

/* Kind `retrieve`: finds documents by their words. They come in, stand in the node, or are the train rows of the data set; the index is made
 * once for all rollouts. The row that runs is never among what is found: it would give its own answer away. */

#define MAX_INDEXES 8
/* A larger collection is searched in a thread. */
#define QUICK_DOCUMENTS 5000
#define MAX_K 100

#define LEYDEN_TYPE_NODE_RETRIEVE (leyden_node_retrieve_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeRetrieve, leyden_node_retrieve, LEYDEN, NODE_RETRIEVE, GObject)

struct _LeydenNodeRetrieve
{
  GObject     parent_instance;

  LeydenMemo *indexes;          /* by content: changes no answer */
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeRetrieve, leyden_node_retrieve, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

/* ---- The collection ---- */

typedef struct
{
  LeydenValue     *documents;   /* list */
  GPtrArray       *texts;       /* what is searched of each */
  LeydenTextIndex *index;
} Collection;

static void
collection_free (gpointer data)
{
  Collection *self = data;

  leyden_value_unref (self->documents);
  g_ptr_array_unref (self->texts);
  leyden_text_index_free (self->index);
  g_free (self);
}

typedef struct
{
  LeydenValue  *documents;
  char        **fields;         /* empty: every member but @hidden */
  char         *hidden;         /* the expected answer is not searched; nullable */
  gboolean      stem;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  leyden_value_unref (job->documents);
  g_strfreev (job->fields);
  g_free (job->hidden);
  g_free (job);
}

static void
append_text (GString     *text,
             LeydenValue *value)
{
  g_autofree char *part = leyden_node_text_of (value);

  if (*part == '\0')
    return;
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, part);
}

static char *
read_text (const Job   *job,
           LeydenValue *document)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (leyden_value_get_kind (document) != LEYDEN_VALUE_OBJECT)
    return leyden_node_text_of (document);
  if (job->fields[0] != NULL)
    for (guint i = 0; job->fields[i] != NULL; i++)
      append_text (text, leyden_value_get_member (document, job->fields[i]));
  else
    for (guint i = 0; i < leyden_value_get_size (document); i++)
      if (g_strcmp0 (leyden_value_get_key (document, i), job->hidden) != 0)
        append_text (text, leyden_value_get_item (document, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gpointer
make_collection (gpointer   data,
                 GError   **error)
{
  const Job *job = data;
  Collection *self = g_new0 (Collection, 1);

  self->documents = leyden_value_ref (job->documents);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < leyden_value_get_size (job->documents); i++)
    g_ptr_array_add (self->texts, read_text (job, leyden_value_get_item (job->documents, i)));
  self->index = leyden_text_index_new ((const char * const *) self->texts->pdata, self->texts->len, job->stem, error);
  if (self->index != NULL)
    return self;
  collection_free (self);
  return NULL;
}

/* ---- One search ---- */

typedef struct
{
  LeydenNodeRetrieve *self;
  LeydenNodeContext  *context;
  char               *query;
  LeydenTextMatch     match;
  guint               k;
  gboolean            as_tool;
  LeydenValue        *documents;
  const char         *documents_hash;   /* of the training rows; NULL: made when needed */
  char               *key;
  LeydenMemoItem     *collection;
  GArray             *hits;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_clear_pointer (&search->collection, leyden_memo_item_unref);
  g_clear_pointer (&search->hits, g_array_unref);
  g_clear_pointer (&search->documents, leyden_value_unref);
  g_free (search->query);
  g_free (search->key);
  g_free (search);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, search_free)

static char **
read_fields (LeydenNodeContext *context)
{
  g_auto(GStrv) parts = g_strsplit (leyden_node_context_get_parameter_string (context, "fields"), ",", -1);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (builder, parts[i]);
  return g_strv_builder_end (builder);
}

static gboolean
uses_rows (LeydenNodeContext *context)
{
  return g_str_equal (leyden_node_context_get_parameter_string (context, "source"), "dataset");
}

/* NULL when it is no list. */
static LeydenValue *
read_list (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_LIST ? leyden_value_ref (value) : NULL;
}

static gboolean
find_documents (Search  *search,
                GError **error)
{
  LeydenNodeContext *context = search->context;
  LeydenValue *given = leyden_node_context_get_input (context, "documents");

  if (!leyden_value_is_null (given))
    search->documents = read_list (given);
  else if (uses_rows (context))
    {
      LeydenValue *rows = leyden_node_context_get_training_rows (context);

      search->documents = rows != NULL ? leyden_value_ref (rows) : NULL;
      search->documents_hash = leyden_node_context_get_training_hash (context);
    }
  else
    search->documents = read_list (leyden_node_context_get_parameter (context, "documents"));
  if (search->documents != NULL)
    return TRUE;
  if (leyden_value_is_null (given) && uses_rows (context))
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                           _("There is nothing to search: run the flow over a data set with rows of the split “train”, or give documents"));
  else
    leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The documents must be a list of texts or objects"));
  return FALSE;
}

static char *
make_key (Search *search)
{
  g_autofree char *hash = search->documents_hash != NULL ? g_strdup (search->documents_hash) : leyden_json_hash (search->documents);
  const char *hidden = leyden_node_context_get_expected_field (search->context);

  return g_strdup_printf ("%s %d %s\x1f%s", hash, leyden_node_context_get_parameter_boolean (search->context, "stem"),
                          leyden_node_context_get_parameter_string (search->context, "fields"), hidden != NULL ? hidden : "");
}

static LeydenTextMatch
read_match (LeydenNodeContext *context)
{
  const char *match = leyden_node_context_get_parameter_string (context, "match");

  if (g_str_equal (match, "all"))
    return LEYDEN_TEXT_MATCH_ALL;
  return g_str_equal (match, "phrase") ? LEYDEN_TEXT_MATCH_PHRASE : LEYDEN_TEXT_MATCH_ANY;
}

static Search *
search_new (LeydenNodeRetrieve  *self,
            LeydenNodeContext   *context,
            LeydenValue         *query,
            gint64               k,
            GError             **error)
{
  g_autoptr(Search) search = g_new0 (Search, 1);

  search->self = self;
  search->context = context;
  search->query = leyden_node_text_of (query);
  search->match = read_match (context);
  search->k = (guint) CLAMP (k, 1, MAX_K);
  if (!find_documents (search, error))
    return NULL;
  search->key = make_key (search);
  return g_steal_pointer (&search);
}

static gint64
get_k (LeydenNodeContext *context)
{
  return (gint64) leyden_node_context_get_parameter_double (context, "k");
}

static gboolean
find_hits (Search  *search,
           GError **error)
{
  Collection *collection = search->collection->value;

  /* One more, in case the row that runs is among them, and its copies. */
  search->hits = leyden_text_index_search (collection->index, search->query, search->match, search->k + 10, error);
  return search->hits != NULL;
}

/* ---- The answer ---- */

static void
add_document (LeydenValueBuilder  *b,
              const LeydenTextHit *hit,
              LeydenValue         *document,
              const char          *text)
{
  LeydenValue *id = leyden_value_get_member (document, "data_id");

  if (leyden_value_is_null (id))
    id = leyden_value_get_member (document, "id");
  leyden_value_builder_begin_object (b);
  if (leyden_value_is_null (id))
    leyden_value_builder_set_int (b, "id", hit->document);
  else
    leyden_value_builder_set (b, "id", id);
  leyden_value_builder_set_double (b, "score", hit->score);
  leyden_value_builder_set_string (b, "text", text);
  if (leyden_value_get_kind (document) == LEYDEN_VALUE_OBJECT)
    leyden_value_builder_set (b, "document", document);
  leyden_value_builder_end (b);
}

/* The texts numbered, for a prompt. */
static void
append_numbered (GString    *all,
                 guint       number,
                 const char *text,
                 glong       longest)
{
  g_autofree char *part = g_utf8_strlen (text, -1) > longest ? g_utf8_substring (text, 0, longest) : g_strdup (text);

  g_string_append_printf (all, "%s[%u] %s", number > 1 ? "\n\n" : "", number, g_strstrip (part));
}

static LeydenValue *
make_answer (Search *search)
{
  Collection *collection = search->collection->value;
  LeydenValue *row = leyden_node_context_get_row (search->context);
  glong longest = (glong) CLAMP (leyden_node_context_get_parameter_double (search->context, "longest"), 1, 1e6);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GString) all = g_string_new (NULL);
  g_autoptr(LeydenValue) list = NULL;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < search->hits->len && n < search->k; i++)
    {
      const LeydenTextHit *hit = &g_array_index (search->hits, LeydenTextHit, i);
      LeydenValue *document = leyden_value_get_item (collection->documents, hit->document);
      const char *text = g_ptr_array_index (collection->texts, hit->document);

      if (leyden_value_equal (document, row))
        continue;
      add_document (&b, hit, document, text);
      append_numbered (all, ++n, text, longest);
    }
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  if (search->as_tool)
    return g_steal_pointer (&list);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "documents", list);
  leyden_value_builder_set_string (&b, "text", all->str);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- The ways in ---- */

/* Quick where the index is there and small. */
static LeydenValue *
run_now (Search  *search,
         GError **error)
{
  search->collection = leyden_memo_lookup (search->self->indexes, search->key);
  if (search->collection == NULL || ((Collection *) search->collection->value)->texts->len > QUICK_DOCUMENTS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The search takes longer");
      return NULL;
    }
  return find_hits (search, error) ? make_answer (search) : NULL;
}

static void
search_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  GError *error = NULL;

  if (find_hits (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
searched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_pointer (task, make_answer (g_task_get_task_data (task)), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
indexed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  GTask *task = data;
  Search *search = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GTask) thread = NULL;

  search->collection = leyden_memo_get_finish (LEYDEN_MEMO (object), result, &error);
  if (search->collection == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  /* The task keeps the search. */
  thread = g_task_new (search->self, NULL, searched_cb, task);
  g_task_set_source_tag (thread, search_thread);
  g_task_set_task_data (thread, search, NULL);
  g_task_run_in_thread (thread, search_thread);
}

/* Takes @search and @error. */
static void
run_async (LeydenNodeRetrieve  *self,
           Search              *search,
           GError              *error,
           GAsyncReadyCallback  callback,
           gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Job *job;

  if (search == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, search, search_free);
  job = g_new (Job, 1);
  *job = (Job) { leyden_value_ref (search->documents), read_fields (search->context),
                 g_strdup (leyden_node_context_get_expected_field (search->context)),
                 leyden_node_context_get_parameter_boolean (search->context, "stem") };
  leyden_memo_get_async (self->indexes, search->key, make_collection, job, job_free, indexed_cb, task);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  g_autoptr(Search) search = search_new (LEYDEN_NODE_RETRIEVE (executor), context, leyden_node_context_get_input (context, "query"),
                                         get_k (context), error);

  return search != NULL ? run_now (search, error) : NULL;
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  LeydenNodeRetrieve *self = LEYDEN_NODE_RETRIEVE (executor);
  GError *error = NULL;
  Search *search = search_new (self, context, leyden_node_context_get_input (context, "query"), get_k (context), &error);

  run_async (self, search, error, callback, data);
}

static LeydenValue *
finish (LeydenNodeExecutor  *executor,
        GAsyncResult        *result,
        GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const char schema[] =
  "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"description\":\"Words to look for\"},"
  "\"k\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"description\":\"How many documents to give\"}},\"required\":[\"query\"]}";

static LeydenValue *
describe_tools (LeydenNodeExecutor  *executor,
                LeydenNodeContext   *context,
                GError             **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *parameters = leyden_json_parse (schema, -1, NULL, error);

  if (parameters == NULL)
    return NULL;
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", leyden_node_context_get_parameter_string (context, "name"));
  leyden_value_builder_set_string (&b, "description", leyden_node_context_get_parameter_string (context, "description"));
  leyden_value_builder_set_take (&b, "parameters", parameters);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
call_tool_async (LeydenNodeExecutor  *executor,
                 LeydenNodeContext   *context,
                 const char          *name,
                 LeydenValue         *arguments,
                 GCancellable        *cancellable,
                 GAsyncReadyCallback  callback,
                 gpointer             data)
{
  LeydenNodeRetrieve *self = LEYDEN_NODE_RETRIEVE (executor);
  LeydenValue *query = leyden_value_get_member (arguments, "query");
  GError *error = NULL;
  Search *search = NULL;

  if (leyden_value_is_null (query))
    leyden_node_new_error (&error, LEYDEN_ENGINE_ERROR_INPUT, _("The argument “%s” is missing"), "query");
  else
    search = search_new (self, context, query, leyden_value_get_member_int (arguments, "k", get_k (context)), &error);
  if (search != NULL)
    search->as_tool = TRUE;
  run_async (self, search, error, callback, data);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = finish;
  iface->describe_tools = describe_tools;
  iface->call_tool_async = call_tool_async;
  iface->call_tool_finish = finish;
}

static void
leyden_node_retrieve_finalize (GObject *object)
{
  LeydenNodeRetrieve *self = LEYDEN_NODE_RETRIEVE (object);

  g_clear_object (&self->indexes);

  G_OBJECT_CLASS (leyden_node_retrieve_parent_class)->finalize (object);
}

static void
leyden_node_retrieve_class_init (LeydenNodeRetrieveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_retrieve_finalize;
}

static void
leyden_node_retrieve_init (LeydenNodeRetrieve *self)
{
  self->indexes = leyden_memo_new (MAX_INDEXES, collection_free);
}

LeydenNodeExecutor *
leyden_node_retrieve_new (void)
{
  return g_object_new (LEYDEN_TYPE_NODE_RETRIEVE, NULL);
}
