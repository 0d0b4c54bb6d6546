/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-edge-points.h"
#include "leyden-flow-mode.h"
#include "leyden-json.h"
#include "leyden-window-private.h"

static void
add_box (LeydenEdit        *edit,
         LeydenElementKind  kind,
         const char        *id,
         const char        *json)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);

  leyden_edit_add (edit, kind, id, NULL, value);
}

/* What a canvas has beside nodes and wires: a node that is disabled, one that is bypassed, a wire through points, a note. */
void
leyden_scene_elements (LeydenWindow *window)
{
  LeydenCanvas *canvas;
  LeydenEdit *edit = leyden_edit_new ("Elements");
  g_autoptr(GPtrArray) wires = NULL;

  leyden_window_open_sample (window, "calculator-agent");
  canvas = leyden_window_get_canvas (window);
  leyden_edit_set_mode (edit, "prompter", LEYDEN_NODE_MODE_BYPASSED);
  leyden_edit_set_mode (edit, "calctool", LEYDEN_NODE_MODE_DISABLED);
  wires = leyden_flow_list_edges_in (leyden_canvas_model_get_flow (leyden_canvas_get_model (canvas)), "evalnumb", "expected");
  if (wires->len > 0)
    leyden_edit_set_points (edit, g_ptr_array_index (wires, 0), (graphene_point_t[]) { { 270, 500 }, { 760, 500 } }, 2);
  add_box (edit, LEYDEN_ELEMENT_NOTE, "elenot01",
           "{\"id\":\"elenot01\",\"text\":\"# Why bypass?\\nTo see what the agent makes of the **raw** question:\\n- no *prompt*\\n- no `calculator`\\n\\nMore: https://example.org/notes\","
           "\"position\":{\"x\":0,\"y\":290},\"size\":{\"width\":230,\"height\":190},\"color\":\"purple\"}");
  leyden_document_edit (leyden_window_get_document (window), edit, NULL);
  leyden_canvas_fit (canvas);
}
