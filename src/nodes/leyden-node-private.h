/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-nodes.h"

G_BEGIN_DECLS

/* An executor without state: the file then defines TYPE_executor_init to fill in the interface. */
#define LEYDEN_DEFINE_NODE(Name, name)                                                                        \
  typedef struct { GObject parent_instance; } Name;                                                           \
  typedef struct { GObjectClass parent_class; } Name##Class;                                                  \
  static void name##_executor_init (LeydenNodeExecutorInterface *iface);                                      \
  G_DEFINE_FINAL_TYPE_WITH_CODE (Name, name, G_TYPE_OBJECT,                                                   \
                                 G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, name##_executor_init))     \
  static void name##_class_init (Name##Class *klass) { }                                                      \
  static void name##_init (Name *self) { }

GType leyden_node_calculator_get_type (void);
GType leyden_node_constant_get_type   (void);
GType leyden_node_extract_get_type    (void);
GType leyden_node_human_get_type      (void);
GType leyden_node_if_get_type         (void);
GType leyden_node_input_get_type      (void);
GType leyden_node_loop_get_type       (void);
GType leyden_node_map_get_type        (void);
GType leyden_node_memory_get_type     (void);
GType leyden_node_merge_get_type      (void);
GType leyden_node_output_get_type     (void);
GType leyden_node_prompt_get_type     (void);
GType leyden_node_reward_get_type     (void);
GType leyden_node_subflow_get_type    (void);
GType leyden_node_switch_get_type     (void);
GType leyden_node_transform_get_type  (void);

/* Those that keep something between executions, by its content. */
LeydenNodeExecutor *leyden_node_classifier_new (void);
LeydenNodeExecutor *leyden_node_retrieve_new   (void);
/* Those that call models. */
LeydenNodeExecutor *leyden_node_chat_new  (LeydenModels *models, LeydenModelTransport *transport);
LeydenNodeExecutor *leyden_node_agent_new (LeydenModels *models, LeydenModelTransport *transport);
LeydenNodeExecutor *leyden_node_evaluator_new (LeydenModels *models, LeydenModelTransport *transport);

/* Those that reach outside; @kind "python" or "command". */
LeydenNodeExecutor *leyden_node_command_new (const char *kind, LeydenApprovals *approvals);
LeydenNodeExecutor *leyden_node_http_new    (LeydenSecrets *secrets, LeydenApprovals *approvals);

/* {name: value}; takes @value. */
LeydenValue *leyden_node_output_one   (const char *name, LeydenValue *value);
/* @row read as @fields say (types, defaults, what is required), for those of @ports that are fields; missing ones without a default are left
 * out. INPUT names the field. (transfer full): object */
LeydenValue *leyden_node_read_fields  (GPtrArray *ports, LeydenValue *fields, LeydenValue *row, GError **error);
/* Text as it is, everything else as canonical compact JSON; null is "". (transfer full) */
char        *leyden_node_text_of      (LeydenValue *value);
/* Of what a round of a container gave, the members that are outputs of the container. (transfer full) */
LeydenValue *leyden_node_round_outputs (LeydenNodeContext *context, LeydenValue *result);
LeydenValue *leyden_node_new_error    (GError **error, LeydenEngineError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
