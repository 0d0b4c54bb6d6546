/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include "leyden-check-private.h"
#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-template.h"
#include "leyden-text.h"

/* A list of values to try that is wrong all through is shown by its beginning. */
#define MAX_DOMAIN_PROBLEMS 8

/* One parameter of one node, or one value that training may give it. */
typedef struct
{
  LeydenChecker         *checker;
  LeydenCheckNode       *node;
  const LeydenParameter *parameter;
  LeydenValue           *value;         /* own or default, or of the domain */
  gboolean               is_own;
  char                  *title;

  /* Of a domain. */
  gboolean               in_domain;
  guint                  mark;          /* index in "trainable" */
  guint                  index;         /* in "domain" */
  LeydenProblem         *problem;       /* a value gets one finding, with its repair */
} LeydenSubject;

/* A run does not ask what training may try, so that this stops none. */
static LeydenProblem *
report_domain (LeydenSubject *self,
               const char    *inner,
               const char    *message)
{
  const char *id = self->node->node->element.id;
  g_autofree char *mark = g_strdup_printf ("%u", self->mark);
  g_autofree char *index = g_strdup_printf ("%u", self->index);
  LeydenEdit *edit;

  if (self->problem != NULL)
    return self->problem;
  self->problem = leyden_checker_add (self->checker, LEYDEN_PROBLEM_WARNING, "trainable-domain", LEYDEN_ELEMENT_NODE, id, self->parameter->name,
                                      g_strdup_printf ("/nodes/%u/trainable/%s/domain/%s%s", self->node->index, mark, index, inner),
                                      /* Translators: name of a parameter, title of a node, number of the value, what is wrong. */
                                      _("“%s” of “%s”, value %u that training may try: %s"), self->title, self->node->name, self->index + 1,
                                      message);
  edit = leyden_edit_new (_("Remove the value"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "trainable", mark, "domain", index, NULL }, NULL);
  leyden_problem_set_repair (self->problem, edit);
  return self->problem;
}

static LeydenProblem *
report (LeydenSubject  *self,
        LeydenSeverity  severity,
        const char     *code,
        const char     *inner,
        const char     *message)
{
  const char *name = self->parameter->name;
  char *pointer;

  if (self->in_domain)
    return report_domain (self, inner, message);
  pointer = self->is_own ? g_strdup_printf ("/nodes/%u/parameters/%s%s", self->node->index, name, inner)
                         : g_strdup_printf ("/nodes/%u", self->node->index);
  return leyden_checker_add (self->checker, severity, code, LEYDEN_ELEMENT_NODE, self->node->node->element.id, name, pointer,
                             /* Translators: name of a parameter, title of a node, what is wrong. */
                             _("“%s” of “%s”: %s"), self->title, self->node->name, message);
}

static void
offer_value (LeydenSubject *self,
             LeydenProblem *problem,
             const char    *label,
             LeydenValue   *value)
{
  LeydenEdit *edit;

  if (self->in_domain)
    return;
  edit = leyden_edit_new (label);
  leyden_edit_set_parameter (edit, self->node->node->element.id, self->parameter->name, value);
  leyden_problem_set_repair (problem, edit);
}

static void
report_type (LeydenSubject *self,
             const char    *expected)
{
  g_autofree char *message = g_strdup_printf (_("must be %s, not a JSON %s."), expected,
                                              leyden_value_kind_to_string (leyden_value_get_kind (self->value)));
  LeydenProblem *problem = report (self, LEYDEN_PROBLEM_ERROR, "parameter-type", "", message);

  if (self->is_own)
    offer_value (self, problem, _("Use the default"), NULL);
}

static void
check_range (LeydenSubject *self,
             double         number)
{
  const LeydenParameter *parameter = self->parameter;
  double nearest = CLAMP (number, parameter->minimum, parameter->maximum);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *message = NULL;
  char low[32];
  char high[32];

  if (number >= parameter->minimum && number <= parameter->maximum)
    return;
  if (isinf (parameter->maximum))
    message = g_strdup_printf (_("must be at least %s."), leyden_json_format_double (low, parameter->minimum));
  else if (isinf (parameter->minimum))
    message = g_strdup_printf (_("must be at most %s."), leyden_json_format_double (high, parameter->maximum));
  else
    message = g_strdup_printf (_("must be from %s to %s."), leyden_json_format_double (low, parameter->minimum),
                               leyden_json_format_double (high, parameter->maximum));
  value = leyden_value_new_double (nearest);
  offer_value (self, report (self, LEYDEN_PROBLEM_ERROR, "parameter-range", "", message), _("Use the nearest possible value"), value);
}

static void
check_integer (LeydenSubject *self)
{
  gint64 number;

  if (leyden_value_get_int (self->value, &number))
    check_range (self, (double) number);
  else
    report_type (self, _("a whole number"));
}

static void
check_number (LeydenSubject *self)
{
  double number;

  if (leyden_value_get_double (self->value, &number))
    check_range (self, number);
  else
    report_type (self, _("a number"));
}

static void
check_choice (LeydenSubject *self)
{
  const char *text = leyden_value_get_string (self->value, NULL);
  g_autofree char *list = NULL;
  g_autofree char *message = NULL;

  if (text != NULL && g_strv_contains ((const char * const *) self->parameter->choices, text))
    return;
  list = g_strjoinv (", ", self->parameter->choices);
  message = g_strdup_printf (_("must be one of: %s."), list);
  offer_value (self, report (self, LEYDEN_PROBLEM_ERROR, "parameter-choice", "", message), _("Use the default"), NULL);
}

/* FALSE when it is no text, which was reported. */
static gboolean
check_text (LeydenSubject *self)
{
  const char *text = leyden_value_get_string (self->value, NULL);
  g_autofree char *message = NULL;

  if (text == NULL)
    {
      report_type (self, _("a text"));
      return FALSE;
    }
  if ((double) g_utf8_strlen (text, -1) > self->parameter->maximum)
    {
      message = g_strdup_printf (_("may have at most %.0f characters."), self->parameter->maximum);
      report (self, LEYDEN_PROBLEM_ERROR, "parameter-too-long", "", message);
    }
  return TRUE;
}

static void
report_error (LeydenSubject *self,
              const char    *code,
              GError        *error)
{
  report (self, LEYDEN_PROBLEM_ERROR, code, "", error->message);
}

static void
check_template (LeydenSubject *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenTemplate) template = NULL;

  if (!check_text (self))
    return;
  template = leyden_template_new (leyden_value_get_string (self->value, NULL), &error);
  if (template == NULL)
    report_error (self, "template-invalid", error);
  else if (g_strv_length ((char **) leyden_template_get_names (template)) > LEYDEN_MAX_PORTS)
    report (self, LEYDEN_PROBLEM_ERROR, "too-many-ports", "", _("has more variables than a node may have inputs (256)."));
}

/* What an expression of the node may name: its inputs; of a container, what the body gave as well, and the number of the round. */
static GPtrArray *
list_names (LeydenSubject *self)
{
  LeydenContainer *container = self->node->type->container;
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->node->inputs->len; i++)
    g_ptr_array_add (names, ((LeydenPort *) g_ptr_array_index (self->node->inputs, i))->name);
  for (guint i = 0; container != NULL && i < self->node->outputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (self->node->outputs, i);

      if (!port->is_error && leyden_ports_find (self->node->inputs, port->name) == NULL)
        g_ptr_array_add (names, port->name);
    }
  if (container != NULL && container->index_parameter != NULL)
    {
      const char *index = leyden_node_types_get_text (self->checker->types, self->node->node, container->index_parameter);

      if (*index != '\0' && leyden_ports_find (self->node->inputs, index) == NULL
          && leyden_ports_find (self->node->outputs, index) == NULL)
        g_ptr_array_add (names, (gpointer) index);
    }
  g_ptr_array_add (names, NULL);
  return names;
}

static void
check_expression_text (LeydenSubject *self,
                       const char    *text,
                       const char    *inner)
{
  g_autoptr(GPtrArray) names = list_names (self);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new (text, (const char * const *) names->pdata,
                                                                  LEYDEN_EXPRESSION_ANY, &error);

  if (expression == NULL)
    report (self, LEYDEN_PROBLEM_ERROR, "expression-invalid", inner, error->message);
}

static void
check_expression (LeydenSubject *self)
{
  if (check_text (self))
    check_expression_text (self, leyden_value_get_string (self->value, NULL), "");
}

static void
check_regex (LeydenSubject *self)
{
  g_autoptr(GError) error = NULL;

  if (check_text (self) && !leyden_regex_check (leyden_value_get_string (self->value, NULL), &error))
    report_error (self, "regex-invalid", error);
}

static void
check_json_path (LeydenSubject *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) nothing = leyden_value_new_null ();

  if (!check_text (self))
    return;
  found = leyden_json_path_extract (nothing, leyden_value_get_string (self->value, NULL), &error);
  if (error != NULL)
    report_error (self, "json-path-invalid", error);
}

static void
check_object (LeydenSubject *self,
              const char    *key,
              const char    *expected)
{
  LeydenValue *member = leyden_value_get_member (self->value, key);

  if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_OBJECT
      || (member != NULL && leyden_value_get_kind (member) != LEYDEN_VALUE_STRING))
    report_type (self, expected);
}

static void
check_field (LeydenSubject *self,
             LeydenValue   *field,
             guint          index,
             GHashTable    *names)
{
  static const char * const roles[] = { "input", "expected", "id", NULL };
  const char *name = leyden_value_get_member_string (field, "name", NULL);
  const char *type = leyden_value_get_member_string (field, "type", "any");
  const char *role = leyden_value_get_member_string (field, "role", "input");
  g_autofree char *inner = g_strdup_printf ("/%u", index);
  g_autofree char *shown = leyden_text_escape (name != NULL ? name : "", -1, 60);
  g_autofree char *message = NULL;

  if (name == NULL || *name == '\0')
    {
      message = g_strdup_printf (_("field %u has no name."), index + 1);
      report (self, LEYDEN_PROBLEM_ERROR, "field-name-missing", inner, message);
      return;
    }
  if (!g_hash_table_add (names, (gpointer) name))
    {
      message = g_strdup_printf (_("two fields have the name “%s”."), shown);
      report (self, LEYDEN_PROBLEM_ERROR, "field-name-duplicate", inner, message);
    }
  else if (!leyden_port_type_from_string (type, NULL))
    {
      g_autofree char *wrong = leyden_text_escape (type, -1, 60);

      message = g_strdup_printf (_("the field “%s” has the type “%s”, which does not exist."), shown, wrong);
      report (self, LEYDEN_PROBLEM_ERROR, "field-type-unknown", inner, message);
    }
  else if (!g_strv_contains (roles, role))
    {
      g_autofree char *wrong = leyden_text_escape (role, -1, 60);

      message = g_strdup_printf (_("the field “%s” has the role “%s”; there are input, expected and id."), shown, wrong);
      report (self, LEYDEN_PROBLEM_WARNING, "field-role-unknown", inner, message);
    }
}

static void
check_fields (LeydenSubject *self)
{
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = leyden_value_get_size (self->value);

  if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_LIST)
    {
      report_type (self, _("a list of fields"));
      return;
    }
  if (n > LEYDEN_MAX_PORTS)
    report (self, LEYDEN_PROBLEM_ERROR, "too-many-ports", "", _("has more fields than a node may have (256)."));
  for (guint i = 0; i < MIN (n, LEYDEN_MAX_PORTS); i++)
    check_field (self, leyden_value_get_item (self->value, i), i, names);
}

static void
check_case (LeydenSubject *self,
            LeydenValue   *one,
            guint          index,
            GHashTable    *names)
{
  const char *name = leyden_value_get_member_string (one, "name", NULL);
  LeydenValue *condition = leyden_value_get_member (one, "condition");
  g_autofree char *inner = g_strdup_printf ("/%u", index);
  g_autofree char *shown = leyden_text_escape (name != NULL ? name : "", -1, 60);
  g_autofree char *message = NULL;

  if (name == NULL || *name == '\0')
    {
      message = g_strdup_printf (_("case %u has no name."), index + 1);
      report (self, LEYDEN_PROBLEM_ERROR, "case-name-missing", inner, message);
    }
  else if (!g_hash_table_add (names, (gpointer) name))
    {
      message = g_strdup_printf (_("two cases have the name “%s”."), shown);
      report (self, LEYDEN_PROBLEM_ERROR, "case-name-duplicate", inner, message);
    }
  else if (g_str_equal (name, "else") || g_str_equal (name, "error"))
    {
      message = g_strdup_printf (_("a case cannot be called “%s”: there is such an output already."), shown);
      report (self, LEYDEN_PROBLEM_ERROR, "case-name-reserved", inner, message);
    }
  else if (condition != NULL && leyden_value_get_kind (condition) == LEYDEN_VALUE_STRING)
    check_expression_text (self, leyden_value_get_string (condition, NULL), inner);
  else if (condition != NULL || leyden_value_get_member (one, "value") == NULL)
    {
      message = g_strdup_printf (_("the case “%s” needs a condition or a value."), shown);
      report (self, LEYDEN_PROBLEM_ERROR, "case-without-condition", inner, message);
    }
}

static void
check_cases (LeydenSubject *self)
{
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = leyden_value_get_size (self->value);

  if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_LIST)
    {
      report_type (self, _("a list of cases"));
      return;
    }
  if (n > LEYDEN_MAX_PORTS - 2)
    report (self, LEYDEN_PROBLEM_ERROR, "too-many-ports", "", _("has more cases than a node may have outputs (254)."));
  for (guint i = 0; i < MIN (n, LEYDEN_MAX_PORTS); i++)
    check_case (self, leyden_value_get_item (self->value, i), i, names);
}

static void
check_examples (LeydenSubject *self)
{
  if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_LIST)
    {
      report_type (self, _("a list of examples"));
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (self->value); i++)
    {
      LeydenValue *example = leyden_value_get_item (self->value, i);
      g_autofree char *inner = g_strdup_printf ("/%u", i);
      g_autofree char *message = NULL;

      if (leyden_value_get_member (example, "input") != NULL && leyden_value_get_member (example, "output") != NULL)
        continue;
      message = g_strdup_printf (_("example %u needs an input and an output."), i + 1);
      report (self, LEYDEN_PROBLEM_ERROR, "example-invalid", inner, message);
    }
}

static void
check_weights (LeydenSubject *self)
{
  guint n = leyden_value_get_size (self->value);
  double sum = 0;

  if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_OBJECT)
    {
      report_type (self, _("an object of names and weights"));
      return;
    }
  if (n > LEYDEN_MAX_PORTS)
    report (self, LEYDEN_PROBLEM_ERROR, "too-many-ports", "", _("has more weights than a node may have inputs (256)."));
  for (guint i = 0; i < n; i++)
    {
      double weight;
      g_autofree char *name = leyden_text_escape (leyden_value_get_key (self->value, i), -1, 60);
      g_autofree char *message = NULL;

      if (leyden_value_get_double (leyden_value_get_item (self->value, i), &weight) && weight >= 0)
        {
          sum += weight;
          continue;
        }
      message = g_strdup_printf (_("the weight of “%s” must be a number from 0."), name);
      report (self, LEYDEN_PROBLEM_ERROR, "weight-invalid", "", message);
      return;
    }
  if (n > 0 && !(sum > 0))
    report (self, LEYDEN_PROBLEM_ERROR, "weights-zero", "", _("at least one weight must be above 0."));
}

static void
check_schema (LeydenSubject *self)
{
  LeydenValueKind kind = leyden_value_get_kind (self->value);

  if (kind != LEYDEN_VALUE_OBJECT && kind != LEYDEN_VALUE_BOOLEAN)
    report_type (self, _("a JSON Schema (an object)"));
}

static void
check_secret (LeydenSubject *self)
{
  if (leyden_value_get_member_string (self->value, "secret", NULL) == NULL)
    report_type (self, _("the name of a stored key, as {\"secret\": …}"));
}

static void
check_by_kind (LeydenSubject *self)
{
  switch (self->parameter->kind)
    {
    case LEYDEN_PARAMETER_TEXT:
    case LEYDEN_PARAMETER_MULTILINE:
      check_text (self);
      break;
    case LEYDEN_PARAMETER_TEMPLATE:
      check_template (self);
      break;
    case LEYDEN_PARAMETER_INTEGER:
      check_integer (self);
      break;
    case LEYDEN_PARAMETER_NUMBER:
      check_number (self);
      break;
    case LEYDEN_PARAMETER_BOOLEAN:
      if (leyden_value_get_kind (self->value) != LEYDEN_VALUE_BOOLEAN)
        report_type (self, _("yes or no (true or false)"));
      break;
    case LEYDEN_PARAMETER_ENUM:
      check_choice (self);
      break;
    case LEYDEN_PARAMETER_MODEL:
      check_object (self, "model", _("an endpoint and a model, or empty"));
      break;
    case LEYDEN_PARAMETER_EXPRESSION:
      check_expression (self);
      break;
    case LEYDEN_PARAMETER_REGEX:
      check_regex (self);
      break;
    case LEYDEN_PARAMETER_JSON_PATH:
      check_json_path (self);
      break;
    case LEYDEN_PARAMETER_SCHEMA:
      check_schema (self);
      break;
    case LEYDEN_PARAMETER_FIELDS:
      check_fields (self);
      break;
    case LEYDEN_PARAMETER_EXAMPLES:
      check_examples (self);
      break;
    case LEYDEN_PARAMETER_WEIGHTS:
      check_weights (self);
      break;
    case LEYDEN_PARAMETER_SECRET:
      check_secret (self);
      break;
    case LEYDEN_PARAMETER_CASES:
      check_cases (self);
      break;
    case LEYDEN_PARAMETER_JSON:
    default:
      break;
    }
}

static gboolean
is_empty (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_NULL:
      return TRUE;
    case LEYDEN_VALUE_STRING:
      return *text == '\0';
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      return leyden_value_get_size (value) == 0;
    case LEYDEN_VALUE_BOOLEAN:
    case LEYDEN_VALUE_NUMBER:
    default:
      return FALSE;
    }
}

static void
check_value (LeydenSubject *self)
{
  if (is_empty (self->value) && self->parameter->required)
    report (self, LEYDEN_PROBLEM_ERROR, "parameter-required", "", _("must not be empty."));
  else if (!leyden_value_is_null (self->value))
    check_by_kind (self);
  else if (!leyden_value_is_null (self->parameter->fallback))
    report_type (self, _("given, or left out for the default"));
}

static void
check_parameter (LeydenChecker         *checker,
                 LeydenCheckNode       *node,
                 const LeydenParameter *parameter)
{
  LeydenValue *own = leyden_node_get_parameter (node->node, parameter->name);
  LeydenSubject self = { .checker = checker, .node = node, .parameter = parameter };

  self.value = own != NULL ? own : parameter->fallback;
  self.is_own = own != NULL;
  if (!leyden_node_types_is_in_use (checker->types, node->node, parameter))
    return;
  self.title = leyden_text_escape (parameter->title, -1, 60);
  check_value (&self);
  g_free (self.title);
}

static void
check_unknown (LeydenChecker   *checker,
               LeydenCheckNode *node)
{
  LeydenValue *parameters = node->node->parameters;

  for (guint i = 0; i < leyden_value_get_size (parameters); i++)
    {
      const char *name = leyden_value_get_key (parameters, i);
      g_autofree char *part = NULL;
      g_autofree char *shown = NULL;
      LeydenProblem *problem;
      LeydenEdit *edit;

      if (leyden_node_type_find_parameter (node->type, name) != NULL)
        continue;
      part = leyden_checker_dup_pointer_part (name);
      shown = leyden_text_escape (name, -1, 60);
      problem = leyden_checker_add (checker, LEYDEN_PROBLEM_WARNING, "parameter-unknown", LEYDEN_ELEMENT_NODE, node->node->element.id,
                                    name, g_strdup_printf ("/nodes/%u/parameters/%s", node->index, part),
                                    _("“%s” has a setting “%s” that its type does not know. It is kept and does nothing."), node->name,
                                    shown);
      edit = leyden_edit_new (_("Remove the setting"));
      leyden_edit_set_parameter (edit, node->node->element.id, name, NULL);
      leyden_problem_set_repair (problem, edit);
    }
}

static void
check_domain (LeydenChecker         *checker,
              LeydenCheckNode       *node,
              const LeydenParameter *parameter,
              guint                  mark,
              LeydenValue           *domain)
{
  g_autofree char *title = leyden_text_escape (parameter->title, -1, 60);
  guint n_problems = 0;

  for (guint i = 0; i < leyden_value_get_size (domain) && n_problems < MAX_DOMAIN_PROBLEMS; i++)
    {
      LeydenSubject self = { .checker = checker, .node = node, .parameter = parameter, .title = title, .in_domain = TRUE,
                             .mark = mark, .index = i, .value = leyden_value_get_item (domain, i) };

      check_value (&self);
      n_problems += self.problem != NULL ? 1 : 0;
    }
}

static void
check_trainable (LeydenChecker   *checker,
                 LeydenCheckNode *node)
{
  LeydenValue *list = leyden_value_get_member (node->node->element.value, "trainable");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *entry = leyden_value_get_item (list, i);
      const char *name = leyden_trainable_get_name (entry);
      const LeydenParameter *parameter = leyden_node_type_find_parameter (node->type, name);
      g_autofree char *shown = leyden_text_escape (name, -1, 60);
      g_autofree char *index = g_strdup_printf ("%u", i);
      LeydenProblem *problem;
      LeydenEdit *edit;

      if (parameter != NULL && parameter->slot != NULL)
        {
          check_domain (checker, node, parameter, i, leyden_value_get_member (entry, "domain"));
          continue;
        }
      problem = leyden_checker_add (checker, LEYDEN_PROBLEM_WARNING, "trainable-unknown", LEYDEN_ELEMENT_NODE, node->node->element.id, name,
                                    g_strdup_printf ("/nodes/%u/trainable/%u", node->index, i),
                                    _("“%s” marks “%s” as trainable, which it is not."), node->name, shown);
      edit = leyden_edit_new (_("Remove the mark"));
      leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, node->node->element.id, (const char * const[]) { "trainable", index, NULL }, NULL);
      leyden_problem_set_repair (problem, edit);
    }
}

void
leyden_check_parameters (LeydenChecker   *self,
                         LeydenCheckNode *node)
{
  for (guint i = 0; i < node->type->parameters->len; i++)
    check_parameter (self, node, g_ptr_array_index (node->type->parameters, i));
  check_unknown (self, node);
  check_trainable (self, node);
}
