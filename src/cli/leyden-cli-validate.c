/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-check.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_FILE (64 * 1024 * 1024)
/* A file that is wrong everywhere says so once. */
#define MAX_SHOWN 1000

/* ---- Where a problem stands in the file ----
 * Problems point into the canonical form, where elements are sorted by id; the file may have another order. */

static const char *
list_of (LeydenElementKind kind)
{
  static const char * const lists[] = {
    [LEYDEN_ELEMENT_NODE] = "nodes", [LEYDEN_ELEMENT_EDGE] = "edges", [LEYDEN_ELEMENT_FRAME] = "frames", [LEYDEN_ELEMENT_NOTE] = "notes",
  };

  return kind < G_N_ELEMENTS (lists) ? lists[kind] : NULL;
}

/* id → index + 1 in the file's own list; the first of equal ones. */
static GHashTable *
index_ids (LeydenValue *list)
{
  GHashTable *ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *id = leyden_value_get_member_string (leyden_value_get_item (list, i), "id", NULL);

      if (id != NULL && !g_hash_table_contains (ids, id))
        g_hash_table_insert (ids, (char *)id, GUINT_TO_POINTER (i + 1));
    }
  return ids;
}

typedef struct
{
  GBytes      *bytes;
  LeydenValue *value;
  GHashTable  *ids[LEYDEN_ELEMENT_NOTE + 1];
} Places;

static void
places_clear (Places *places)
{
  for (guint i = 0; i < G_N_ELEMENTS (places->ids); i++)
    g_clear_pointer (&places->ids[i], g_hash_table_unref);
  g_clear_pointer (&places->value, leyden_value_unref);
  g_clear_pointer (&places->bytes, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Places, places_clear)

/* Index + 1 of an element in a list of the file. */
static guint
find_in_list (LeydenValue *list,
              const char  *id)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), "id", NULL), id) == 0)
      return i + 1;
  return 0;
}

/* Of the whole flow an index is kept: it may have very many. */
static guint
find_element (Places        *places,
              LeydenValue   *flow,
              LeydenProblem *problem)
{
  LeydenValue *list = leyden_value_get_member (flow, list_of (problem->kind));

  if (flow != places->value)
    return find_in_list (list, problem->id);
  if (places->ids[problem->kind] == NULL)
    places->ids[problem->kind] = index_ids (list);
  return GPOINTER_TO_UINT (g_hash_table_lookup (places->ids[problem->kind], problem->id));
}

/* What follows the first three parts of a pointer, "/nodes/2/flow". */
static const char *
skip_container (const char *pointer)
{
  for (guint i = 0; i < 3 && pointer != NULL; i++)
    pointer = strchr (pointer + 1, '/');
  return pointer;
}

static char *
pointer_in_file (Places        *places,
                 LeydenProblem *problem)
{
  const char *list = list_of (problem->kind);
  g_autofree char *prefix = list == NULL ? NULL : g_strdup_printf ("/%s/", list);
  g_autoptr(GString) way = g_string_new (NULL);
  LeydenValue *flow = places->value;
  const char *own = problem->pointer;
  const char *rest;
  guint index;

  for (guint i = 0; problem->scope[i] != NULL && own != NULL; i++)
    {
      LeydenValue *nodes = leyden_value_get_member (flow, "nodes");

      index = find_in_list (nodes, problem->scope[i]);
      if (index == 0)
        return g_strdup (problem->pointer);
      g_string_append_printf (way, "/nodes/%u/flow", index - 1);
      flow = leyden_value_get_member (leyden_value_get_item (nodes, index - 1), "flow");
      own = skip_container (own);
    }
  if (prefix == NULL || own == NULL || !g_str_has_prefix (own, prefix))
    return g_strconcat (way->str, own, NULL);
  index = find_element (places, flow, problem);
  if (index == 0)
    return g_strconcat (way->str, own, NULL);
  rest = strchr (own + strlen (prefix), '/');
  return g_strdup_printf ("%s%s%u%s", way->str, prefix, index - 1, rest == NULL ? "" : rest);
}

/* The nearest thing that is really in the file: a parameter may be absent, its node is not. */
static void
locate (Places        *places,
        LeydenProblem *problem,
        guint         *line,
        guint         *column)
{
  g_autofree char *pointer = pointer_in_file (places, problem);
  gsize length;
  const char *text = g_bytes_get_data (places->bytes, &length);
  char *slash;

  *line = *column = 1;
  while (!leyden_json_locate (text, length, pointer, line, column) && (slash = strrchr (pointer, '/')) != NULL)
    *slash = '\0';
}

/* ---- Output ---- */

static const char *
severity_title (LeydenSeverity severity)
{
  switch (severity)
    {
    case LEYDEN_PROBLEM_ERROR:
      return _("error");
    case LEYDEN_PROBLEM_WARNING:
      return _("warning");
    case LEYDEN_PROBLEM_NOTICE:
    default:
      return _("notice");
    }
}

static void
print_problem (const char    *name,
               LeydenProblem *problem,
               guint          line,
               guint          column)
{
  g_autofree char *message = leyden_text_escape (problem->message, -1, 1000);
  g_autofree char *remedy = problem->repair_label == NULL ? NULL : leyden_text_escape (problem->repair_label, -1, 300);

  leyden_cli_print ("%s:%u:%u: %s: %s", name, line, column, severity_title (problem->severity), message);
  if (remedy != NULL)
    leyden_cli_print (" [%s %s]", _("Remedy:"), remedy);
  leyden_cli_print ("\n");
}

static LeydenValue *
problem_with_place (LeydenProblem *problem,
                    guint          line,
                    guint          column)
{
  g_autoptr(LeydenValue) value = leyden_problem_to_value (problem);
  g_autoptr(LeydenValue) line_value = leyden_value_new_int (line);
  g_autoptr(LeydenValue) column_value = leyden_value_new_int (column);
  g_autoptr(LeydenValue) placed = leyden_value_with_member (value, "line", line_value);

  return leyden_value_with_member (placed, "column", column_value);
}

static void
count (GPtrArray *problems,
       guint     *counts)
{
  for (guint i = 0; i < problems->len; i++)
    counts[((LeydenProblem *)g_ptr_array_index (problems, i))->severity]++;
}

static void
print_text (const char *name,
            LeydenFlow *flow,
            GPtrArray  *problems,
            Places     *places)
{
  guint counts[LEYDEN_PROBLEM_NOTICE + 1] = { 0 };

  for (guint i = 0; i < problems->len && i < MAX_SHOWN; i++)
    {
      guint line, column;

      locate (places, g_ptr_array_index (problems, i), &line, &column);
      print_problem (name, g_ptr_array_index (problems, i), line, column);
    }
  count (problems, counts);
  if (counts[LEYDEN_PROBLEM_ERROR] > 0)
    leyden_cli_print (_("%s: not valid: %u errors, %u warnings\n"), name, counts[LEYDEN_PROBLEM_ERROR], counts[LEYDEN_PROBLEM_WARNING]);
  else
    leyden_cli_print (_("%s: valid: %u nodes, %u edges, %u warnings\n"), name, leyden_flow_get_n_nodes (flow),
                      leyden_flow_get_n_edges (flow), counts[LEYDEN_PROBLEM_WARNING]);
}

static void
print_json (const char *name,
            GPtrArray  *problems,
            Places     *places)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "file", name);
  leyden_value_builder_set_boolean (&b, "valid", !leyden_problems_have_errors (problems));
  leyden_value_builder_key (&b, "problems");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < problems->len && i < MAX_SHOWN; i++)
    {
      guint line, column;

      locate (places, g_ptr_array_index (problems, i), &line, &column);
      leyden_value_builder_take (&b, problem_with_place (g_ptr_array_index (problems, i), line, column));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

/* What is no flow at all has one problem, with the place in its message. */
static void
print_unreadable_json (const char   *name,
                       const GError *error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "file", name);
  leyden_value_builder_set_boolean (&b, "valid", FALSE);
  leyden_value_builder_key (&b, "problems");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "severity", "error");
  leyden_value_builder_set_string (&b, "code", "unreadable");
  leyden_value_builder_set_string (&b, "message", error->message);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

static int
validate_bytes (const char  *name,
                GBytes      *bytes,
                gboolean     json,
                GError     **error)
{
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, name, error);
  g_autoptr(GPtrArray) problems = NULL;
  g_auto(Places) places = { NULL, };

  if (flow == NULL)
    return LEYDEN_EXIT_FAILED;
  problems = leyden_flow_check (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  places.bytes = g_bytes_ref (bytes);
  if (problems->len > 0)
    places.value = leyden_json_parse_bytes (bytes, NULL, NULL);
  if (json)
    print_json (name, problems, &places);
  else
    print_text (name, flow, problems, &places);
  return leyden_problems_have_errors (problems) ? LEYDEN_EXIT_FAILED : LEYDEN_EXIT_OK;
}

static int
validate_file (const char *path,
               gboolean    json)
{
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  int status = LEYDEN_EXIT_FAILED;

  bytes = leyden_cli_read_file (path, MAX_FILE, &error);
  if (bytes != NULL)
    status = validate_bytes (name, bytes, json, &error);
  if (error == NULL)
    return status;
  if (json)
    print_unreadable_json (name, error);
  return leyden_cli_fail (error);
}

static int
run (LeydenArguments *arguments)
{
  gboolean json = leyden_arguments_has (arguments, "json");
  int status = LEYDEN_EXIT_OK;

  for (guint i = 0; i < leyden_arguments_get_n_operands (arguments); i++)
    {
      int one = validate_file (leyden_arguments_get_operand (arguments, i), json);

      /* A file that cannot be read weighs more than one that is wrong. */
      status = MAX (status, one);
      if (!leyden_cli_flush ())
        break;
    }
  return status;
}

static const LeydenOption options[] = {
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON a file: {file, valid, problems}") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_validate = {
  "validate", "FILE…", 1, G_MAXUINT, options, N_ ("Check flows; says FILE:LINE:COLUMN, what is wrong and the remedy"),
  N_ ("“-” reads standard input. Nothing is run, connected to or written. Status 1 when a flow has errors, 3 when a file "
      "cannot be read."),
  run,
};
