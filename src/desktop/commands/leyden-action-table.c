/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-action-table.h"

#include <glib/gi18n-lib.h>

/* What a line asks for, by short names: the table is to be read. */
#define D LEYDEN_ACTION_DOCUMENT
#define W LEYDEN_ACTION_WRITABLE
#define S LEYDEN_ACTION_SELECTION
#define N LEYDEN_ACTION_NODE
#define BACKEND LEYDEN_ACTION_BACKEND
#define PAUSED LEYDEN_ACTION_PAUSED
#define KEY LEYDEN_ACTION_KEY_ONLY
#define HERE LEYDEN_ACTION_NO_PALETTE

#define FLOW LEYDEN_ACTION_SECTION_FLOW
#define EDIT LEYDEN_ACTION_SECTION_EDIT
#define CANVAS LEYDEN_ACTION_SECTION_CANVAS
#define VIEW LEYDEN_ACTION_SECTION_VIEW
#define RUN LEYDEN_ACTION_SECTION_RUN
#define GENERAL LEYDEN_ACTION_SECTION_GENERAL

/* Every command. Whoever adds one adds its line here, and nothing else: key, palette, shortcuts and help/keyboard.md follow. */
static const LeydenAction table[] = {
  { "win.new", N_("New Flow"), N_("create empty document tab"), "<Control>n <Control>t", FLOW, 0 },
  { "win.open", N_("Open…"), N_("load file flow"), "<Control>o", FLOW, 0 },
  { "win.open-rollout", N_("Open Rollout File…"), N_("import attach exported events debug"), NULL, FLOW, BACKEND },
  { "win.save", N_("Save"), N_("write file keep"), "<Control>s", FLOW, D | W },
  { "win.save-as", N_("Save As…"), N_("write file copy name"), "<Control><Shift>s", FLOW, D },
  { "app.new-window", N_("New Window"), NULL, "<Control><Shift>n", FLOW, 0 },
  { "win.close-tab", N_("Close Tab"), N_("flow document end"), "<Control>w", FLOW, 0 },
  { "window.close", N_("Close Window"), NULL, "<Control><Shift>w", FLOW, 0 },
  { "app.quit", N_("Quit"), N_("exit end close"), "<Control>q", FLOW, 0 },

  { "win.undo", N_("Undo"), N_("back take revert"), "<Control>z", EDIT, D | LEYDEN_ACTION_UNDO },
  { "win.redo", N_("Redo"), N_("again forward"), "<Control><Shift>z <Control>y", EDIT, D | LEYDEN_ACTION_REDO },
  { "win.history", N_("History…"), N_("undo redo steps list go back"), "<Control><Alt>z", EDIT, D },
  { "win.add-node", N_("Add Node…"), N_("insert new library search"), "<Control>space", EDIT, D | W },
  { "canvas.insert", N_("Insert a Node Here…"), N_("add new search type"), "slash", EDIT, D | W },
  { "canvas.add-note", N_("Add Note"), N_("insert comment text remark"), "<Shift>n", EDIT, D | W },
  { "canvas.add-frame", N_("Add Frame"), N_("insert group box around selection"), "<Shift>f", EDIT, D | W },
  { "canvas.cut", N_("Cut"), N_("clipboard"), "<Control>x", EDIT, D | W | S },
  { "canvas.copy", N_("Copy"), N_("clipboard"), "<Control>c", EDIT, D | S },
  { "canvas.paste", N_("Paste"), N_("clipboard insert"), "<Control>v", EDIT, D | W },
  { "canvas.rename", N_("Rename"), N_("title name edit"), "F2", EDIT, D | W | S },
  { "canvas.replace-node", N_("Replace With…"), N_("change kind type other node"), "<Control><Shift>r", EDIT, D | W | N },
  { "canvas.duplicate", N_("Duplicate"), N_("copy again twice"), "<Control>d", EDIT, D | W | S },
  { "canvas.delete", N_("Delete"), N_("remove erase"), "Delete BackSpace", EDIT, D | W | S },
  { "canvas.delete-join", N_("Delete and Join Wires"), N_("remove dissolve reconnect through"), "<Control>Delete <Control>BackSpace", EDIT,
    D | W | S },
  { "canvas.disable", N_("Disable, or Enable Again"), N_("off mute switch"), "<Shift>d", EDIT, D | W | S },
  { "canvas.bypass", N_("Bypass, or No Longer"), N_("through skip mute"), "<Control>b", EDIT, D | W | S },
  { "canvas.add-point", N_("Lead a Wire through a Point"), N_("reroute bend waypoint knot"), "<Shift>r", EDIT, D | W },
  { "canvas.clear-points", N_("Remove Reroute Points"), N_("straight wire bend waypoint"), NULL, EDIT, D | W },
  { "canvas.next-point(1)", N_("Next Reroute Point"), N_("go bend waypoint"), "period", CANVAS, D },
  { "canvas.next-point(-1)", N_("Previous Reroute Point"), N_("go bend waypoint"), "comma", CANVAS, D },
  { "canvas.align::left", N_("Align Left"), N_("line up edge"), "<Control><Shift>Left", EDIT, D | W | S },
  { "canvas.align::center", N_("Align Centers"), N_("line up middle column"), NULL, EDIT, D | W | S },
  { "canvas.align::right", N_("Align Right"), N_("line up edge"), "<Control><Shift>Right", EDIT, D | W | S },
  { "canvas.align::top", N_("Align Top"), N_("line up edge"), "<Control><Shift>Up", EDIT, D | W | S },
  { "canvas.align::middle", N_("Align Middles"), N_("line up center row"), NULL, EDIT, D | W | S },
  { "canvas.align::bottom", N_("Align Bottom"), N_("line up edge"), "<Control><Shift>Down", EDIT, D | W | S },
  { "canvas.distribute::horizontal", N_("Distribute Horizontally"), N_("spread equal distance space"), "<Control><Shift>h", EDIT, D | W | S },
  { "canvas.distribute::vertical", N_("Distribute Vertically"), N_("spread equal distance space"), "<Control><Shift>v", EDIT, D | W | S },
  { "canvas.color::blue", N_("Color: Blue"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::green", N_("Color: Green"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::yellow", N_("Color: Yellow"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::orange", N_("Color: Orange"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::red", N_("Color: Red"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::purple", N_("Color: Purple"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.color::gray", N_("Color: Gray"), N_("colour frame note"), NULL, EDIT, D | W | S },
  { "canvas.select-all", N_("Select All"), N_("everything mark"), "<Control>a", EDIT, D },
  { "canvas.unselect", N_("Select Nothing, or Leave a Container"), N_("unselect clear deselect none"), "Escape <Control><Shift>a", EDIT, D },
  { "canvas.make-room", N_("Make Room"), N_("layout overlap push apart adjust tidy"), "<Shift>l", EDIT, D | W },
  { "canvas.arrange", N_("Arrange"), N_("layout order tidy align automatic"), "<Control><Shift>l", EDIT, D | W },
  { "canvas.copy-picture", N_("Copy as Picture"), N_("image screenshot svg png clipboard"), "<Control><Shift>c", EDIT, D },
  { "canvas.export-picture", N_("Export as Picture…"), N_("image save svg png pdf"), "<Control><Shift>e", EDIT, D },

  { "win.find", N_("Find in Flow…"), N_("search text title id parameter"), "<Control>f", EDIT, D },
  { "win.replace", N_("Replace in Flow…"), N_("find search text substitute"), "<Control>h", EDIT, D | W },
  { "win.find-step(1)", N_("Next Match"), N_("find search"), "F3", EDIT, D },
  { "win.find-step(-1)", N_("Previous Match"), N_("find search"), "<Shift>F3", EDIT, D },

  { "canvas.focus(0)", NULL, NULL, "Left", CANVAS, KEY },
  { "canvas.focus(1)", NULL, NULL, "Right", CANVAS, KEY },
  { "canvas.focus(2)", NULL, NULL, "Up", CANVAS, KEY },
  { "canvas.focus(3)", NULL, NULL, "Down", CANVAS, KEY },
  { NULL, N_("Go to a Neighbor in Space"), NULL, "Left Right Up Down", CANVAS, 0 },
  { NULL, N_("Go over the Ports of a Node"), NULL, "Tab <Shift>Tab", CANVAS, 0 },
  { "canvas.activate", N_("Configure, or Open a Container"), N_("edit settings inspector parameters inside"), "Return", CANVAS, D | N },
  { "canvas.configure", N_("Configure"), N_("edit settings inspector parameters"), NULL, CANVAS, D | N },
  { "canvas.open-body", N_("Open the Container"), N_("inside body enter subflow loop map"), NULL, CANVAS, D | LEYDEN_ACTION_CONTAINER },
  { "canvas.collapse", N_("Collapse into a Group"), N_("subflow nodes container function"), "<Control>g", EDIT, D | W | S },
  { "canvas.expand", N_("Expand the Group"), N_("subflow ungroup dissolve container"), "<Control><Shift>g", EDIT, D | W | LEYDEN_ACTION_CONTAINER },
  { "win.leave-body", N_("Back to What Is Around"), N_("leave container outside up parent"), NULL, CANVAS, D | LEYDEN_ACTION_INSIDE },
  { "canvas.connect", N_("Connect…"), N_("wire edge link port draw"), "c", CANVAS, D | W | N },
  { "canvas.disconnect", N_("Disconnect…"), N_("wire edge remove take away cut unlink"), "<Shift>c", CANVAS, D | W | N },
  { "canvas.next-wire(1)", N_("Next Wire of the Node"), N_("select edge go"), "w", CANVAS, D },
  { "canvas.next-wire(-1)", N_("Previous Wire of the Node"), N_("select edge go"), "<Shift>w", CANVAS, D },
  { "canvas.follow(1)", N_("Along a Wire to the Next Node"), N_("follow go output target"), "<Control>Right", CANVAS, D },
  { "canvas.follow(-1)", N_("Back along a Wire"), N_("follow go input source"), "<Control>Left", CANVAS, D },
  { "port.connect", N_("On a Port: Draw a Wire with the Arrows, Enter Connects"), NULL, "space", CANVAS, D | W | HERE },
  { "port.disconnect", N_("On a Port: Take Its Wires Away"), NULL, "Delete BackSpace", CANVAS, D | W | HERE },
  { "node.select", NULL, NULL, "<Control>Return", CANVAS, KEY },
  { "box.edit", N_("Edit a Frame or Note"), NULL, "Return", CANVAS, D | W | HERE },
  { "outline.show-parts", N_("In the Outline: Ports and Wires, or Only Nodes"), NULL, "<Control>p", CANVAS, D | HERE },
  { "canvas.next-box", N_("Next Frame or Note"), N_("go focus"), "n", CANVAS, D },
  { "canvas.go-bookmark(1)", NULL, NULL, "1", CANVAS, KEY },
  { "canvas.go-bookmark(2)", NULL, NULL, "2", CANVAS, KEY },
  { "canvas.go-bookmark(3)", NULL, NULL, "3", CANVAS, KEY },
  { "canvas.go-bookmark(4)", NULL, NULL, "4", CANVAS, KEY },
  { "canvas.go-bookmark(5)", NULL, NULL, "5", CANVAS, KEY },
  { "canvas.go-bookmark(6)", NULL, NULL, "6", CANVAS, KEY },
  { "canvas.go-bookmark(7)", NULL, NULL, "7", CANVAS, KEY },
  { "canvas.go-bookmark(8)", NULL, NULL, "8", CANVAS, KEY },
  { "canvas.go-bookmark(9)", NULL, NULL, "9", CANVAS, KEY },
  { "canvas.set-bookmark(1)", NULL, NULL, "<Control><Shift>1", CANVAS, KEY },
  { "canvas.set-bookmark(2)", NULL, NULL, "<Control><Shift>2", CANVAS, KEY },
  { "canvas.set-bookmark(3)", NULL, NULL, "<Control><Shift>3", CANVAS, KEY },
  { "canvas.set-bookmark(4)", NULL, NULL, "<Control><Shift>4", CANVAS, KEY },
  { "canvas.set-bookmark(5)", NULL, NULL, "<Control><Shift>5", CANVAS, KEY },
  { "canvas.set-bookmark(6)", NULL, NULL, "<Control><Shift>6", CANVAS, KEY },
  { "canvas.set-bookmark(7)", NULL, NULL, "<Control><Shift>7", CANVAS, KEY },
  { "canvas.set-bookmark(8)", NULL, NULL, "<Control><Shift>8", CANVAS, KEY },
  { "canvas.set-bookmark(9)", NULL, NULL, "<Control><Shift>9", CANVAS, KEY },
  { NULL, N_("Go to a Bookmark"), NULL, "1 2 3 4 5 6 7 8 9", CANVAS, 0 },
  { NULL, N_("Set a Bookmark to What Is Selected or Seen"), NULL, "<Control><Shift>1 <Control><Shift>2 <Control><Shift>3 <Control><Shift>4 <Control><Shift>5 <Control><Shift>6 <Control><Shift>7 <Control><Shift>8 <Control><Shift>9", CANVAS, 0 },
  { "canvas.move((-1,0))", NULL, NULL, "<Alt>Left", CANVAS, KEY },
  { "canvas.move((1,0))", NULL, NULL, "<Alt>Right", CANVAS, KEY },
  { "canvas.move((0,-1))", NULL, NULL, "<Alt>Up", CANVAS, KEY },
  { "canvas.move((0,1))", NULL, NULL, "<Alt>Down", CANVAS, KEY },
  { "canvas.move((-5,0))", NULL, NULL, "<Alt><Shift>Left", CANVAS, KEY },
  { "canvas.move((5,0))", NULL, NULL, "<Alt><Shift>Right", CANVAS, KEY },
  { "canvas.move((0,-5))", NULL, NULL, "<Alt><Shift>Up", CANVAS, KEY },
  { "canvas.move((0,5))", NULL, NULL, "<Alt><Shift>Down", CANVAS, KEY },
  { "canvas.resize((-1,0))", NULL, NULL, "<Shift>Left", CANVAS, KEY },
  { "canvas.resize((1,0))", NULL, NULL, "<Shift>Right", CANVAS, KEY },
  { "canvas.resize((0,-1))", NULL, NULL, "<Shift>Up", CANVAS, KEY },
  { "canvas.resize((0,1))", NULL, NULL, "<Shift>Down", CANVAS, KEY },
  { NULL, N_("Make a Frame or Note Larger or Smaller"), NULL, "<Shift>Left <Shift>Right <Shift>Up <Shift>Down", CANVAS, 0 },
  { NULL, N_("Move by One Step of the Grid"), NULL, "<Alt>Left <Alt>Right <Alt>Up <Alt>Down", CANVAS, 0 },
  { NULL, N_("Move by Five Steps"), NULL, "<Alt><Shift>Left <Alt><Shift>Right <Alt><Shift>Up <Alt><Shift>Down", CANVAS, 0 },
  { NULL, N_("Hold and Drag to Pan"), NULL, "space", CANVAS, 0 },
  { NULL, N_("Hold and Drag to Cut Wires"), NULL, "Alt_L", CANVAS, 0 },
  { NULL, N_("Hold and Drag with the Right Button to Cut Wires"), NULL, "Control_L", CANVAS, 0 },
  { "canvas.problems", N_("Problems of the Node"), N_("errors warnings repair fix"), "<Control>period", CANVAS, D | N },
  { "canvas.menu", N_("Context Menu"), NULL, "Menu <Shift>F10", CANVAS, D | HERE },
  { "canvas.add-node", NULL, NULL, NULL, CANVAS, KEY },

  { "win.view::canvas", N_("Canvas"), N_("show view draw"), "<Alt>1", VIEW, D },
  { "win.view::outline", N_("Outline"), N_("show view list nodes ports wires"), "<Alt>2", VIEW, D },
  { "win.place::design", N_("Go to Design"), N_("place page show"), "<Control>1", VIEW, 0 },
  { "win.place::runs", N_("Go to Runs"), N_("place page show agents rollouts"), "<Control>2", VIEW, 0 },
  { "win.place::experiments", N_("Go to Experiments"), N_("place page show training"), "<Control>3", VIEW, 0 },
  { "win.place::dashboards", N_("Go to Dashboards"), N_("place page show metrics charts cost quality"), "<Control>4", VIEW, 0 },
  { "win.show-alerts::", N_("Go to Alerts"), N_("place page show rules webhooks notification threshold"), NULL, VIEW, 0 },
  { "win.toggle-library", N_("Library"), N_("show hide side pane nodes"), "<Alt>3", VIEW, D },
  { "win.toggle-inspector", N_("Inspector"), N_("show hide side pane settings"), "<Alt>4", VIEW, D },
  { "win.toggle-panel", N_("Panel"), N_("show hide bottom pane"), "<Control>j", VIEW, 0 },
  { "win.enlarge-panel", N_("The Panel Alone, or the Flow Again"), N_("maximize enlarge full bottom pane larger"), "<Control><Shift>j", VIEW, D },
  { "win.step-tab(1)", N_("Next Tab"), N_("flow switch go"), "<Control>Tab <Control>Page_Down", VIEW, D },
  { "win.step-tab(-1)", N_("Previous Tab"), N_("flow switch go"), "<Control><Shift>Tab <Control>Page_Up", VIEW, D },
  { "win.next-pane(1)", N_("Next Pane"), N_("focus go"), "F6", VIEW, D },
  { "win.next-pane(-1)", N_("Previous Pane"), N_("focus go"), "<Shift>F6", VIEW, D },
  { "win.zoom(1.25)", N_("Zoom In"), N_("larger bigger"), "<Control>plus <Control>equal", VIEW, D },
  { "win.zoom(0.8)", N_("Zoom Out"), N_("smaller"), "<Control>minus", VIEW, D },
  { "win.zoom(0.0)", N_("Original Size"), N_("zoom 100 % reset"), "<Control>0", VIEW, D },
  { "canvas.fit", N_("Show the Whole Flow"), N_("fit zoom all everything"), "Home", VIEW, D },
  { "win.canvas::fit", NULL, NULL, "<Control>9", VIEW, KEY },
  { "canvas.fit-selection", N_("Show the Selection"), N_("fit zoom focus selected"), NULL, VIEW, D },
  { "win.canvas::fit-selection", NULL, NULL, "<Control>8", VIEW, KEY },
  { "win.show-map", N_("Map of the Flow"), N_("minimap overview navigator show hide"), "<Control>m", VIEW, D },
  { "win.show-grid", N_("Show Grid"), N_("hide dots"), NULL, VIEW, 0 },
  { "win.snap-to-grid", N_("Snap to Grid"), N_("align steps"), NULL, VIEW, 0 },
  { NULL, N_("Back from an Experiment or an Agent to the List"), NULL, "<Alt>Left Escape", VIEW, 0 },

  { "win.run", N_("Run over the Data Set Now"), N_("start execute evaluate"), "F5", RUN, D | BACKEND },
  { "canvas.run-node", N_("Run This Node"), N_("only alone single step execute"), "r", RUN, D | N | BACKEND },
  { "canvas.run-from", N_("Run from Here"), N_("again rest onward downstream execute"), "<Shift>F5", RUN, D | N | BACKEND },
  { "canvas.pin", N_("Pin the Output, or Unpin It"), N_("freeze keep fix value mock"), "p", RUN, D | W | N },
  { "canvas.edit-pin", N_("Type the Pinned Output…"), N_("value edit mock fixed"), "<Shift>p", RUN, D | W | N },
  { "canvas.why-ran", N_("Why Did It Run Again?"), N_("cache reused kept result explain"), "y", RUN, D | N },
  { "win.show-panel::try", N_("Try"), N_("show panel one input test"), "<Control><Shift>t", RUN, D },
  { "win.show-panel::run", N_("Run"), N_("show panel data set"), "<Control>r", RUN, D },
  { "win.show-panel::train", N_("Train"), N_("show panel optimise improve"), "<Control>e", RUN, D },
  { "win.show-panel::debug", N_("Debug"), N_("show panel debugger step variables"), "<Control><Shift>d", RUN, D },
  { "win.show-panel::problems", N_("Problems"), N_("show panel errors warnings check"), NULL, RUN, D },
  { "win.debug-start", N_("Debug with This Input"), N_("debugger try start breakpoints"), "<Alt>F5", RUN, D | BACKEND },
  { "canvas.breakpoint", N_("Breakpoint Here, or None"), N_("debugger stop pause toggle set remove"), "F9", RUN, D },
  { "canvas.edit-breakpoint", N_("Condition of the Breakpoint…"), N_("debugger edit hits when"), "<Control>F9", RUN, D },
  { "win.debug-continue", N_("Continue"), N_("debugger resume go on run"), "F5", RUN, D | PAUSED },
  { "win.debug-pause", N_("Pause"), N_("debugger stop hold break"), "<Control>F5", RUN, D },
  { "win.debug-step", N_("Step"), N_("debugger over next node"), "F10", RUN, D },
  { "win.debug-step-into", N_("Step Into"), N_("debugger container agent call inside"), "F11", RUN, D },
  { "win.debug-step-out", N_("Step Out"), N_("debugger container agent leave"), "<Shift>F11", RUN, D },
  { "win.debug-step-back", N_("Step Back"), N_("debugger past rewind reverse before timeline"), "<Control>F11", RUN, D },
  { "win.debug-run-to", N_("Run to Here"), N_("debugger until selected node"), "<Control>F10", RUN, D | N },
  { "win.debug-edit-call", N_("Edit the Call That Waits…"), N_("debugger held tool arguments model request change"), "<Control><Shift>F11", RUN, D },
  { "win.debug-stop", N_("Stop the Rollout"), N_("debugger cancel end"), "<Control><Shift>F5", RUN, D },
  { NULL, N_("On the Timeline: to Where Something Happened"), NULL, "Left Right", RUN, 0 },
  { NULL, N_("On the Timeline: to Where a Node Starts or Ends"), NULL, "<Control>Left <Control>Right", RUN, 0 },
  { NULL, N_("On the Timeline: by One Record"), NULL, "<Shift>Left <Shift>Right", RUN, 0 },
  { NULL, N_("In the Waterfall: Fold, Unfold"), NULL, "Left Right", RUN, 0 },
  { NULL, N_("In the Waterfall: Go to Where It Began"), NULL, "Return", RUN, 0 },
  { NULL, N_("In the Waterfall: Less, More, or the Whole Time"), NULL, "plus minus 0", RUN, 0 },

  { "win.show-rollouts", N_("Show All Rollouts"), N_("table list runs history search filter sort"), NULL, RUN, BACKEND },
  { "win.compare", N_("Compare the Rollout With…"), N_("difference two runs fork before after"), NULL, RUN, D | BACKEND },
  { NULL, N_("In a Comparison: Next, Previous, First Difference"), NULL, "F8 <Shift>F8 <Control>F8", RUN, 0 },
  { "win.debug-fork", N_("Fork from Here…"), N_("debugger change prompt parameter value again branch"), "<Control><Shift>F10", RUN, D },
  { "win.debug-heat::none", N_("Heat: None"), N_("debugger canvas colors off"), NULL, RUN, D },
  { "win.debug-heat::time", N_("Heat: Time"), N_("debugger canvas colors slow duration"), NULL, RUN, D },
  { "win.debug-heat::cost", N_("Heat: Cost"), N_("debugger canvas colors expensive price"), NULL, RUN, D },
  { "win.debug-paused", N_("Debug the Paused Rollout"), N_("breakpoint run data set"), NULL, RUN, D },
  { "win.debug-continue-all", N_("Continue All That Is Paused"), N_("debugger run data set without breakpoints resume"), NULL, RUN, D },
  { "win.debug-compare", N_("Compare the Fork"), N_("debugger original difference side"), NULL, RUN, D },
  { "win.compare-forks", N_("Compare a Fork at Once"), N_("debugger original beside side by side setting"), NULL, RUN, 0 },
  { "win.debug-try-all", N_("Try the Fork's Change on All"), N_("debugger data set verdict prove"), NULL, RUN, D | W | BACKEND },
  { "win.export-rollout", N_("Export Rollout…"), N_("file save bug report debugger share"), NULL, RUN, D },
  { "win.debug-leave", N_("Leave the Debugger"), N_("close end detach"), NULL, RUN, D },

  { "win.attach-agent", N_("Attach an Agent…"), N_("external program trace connect"), NULL, RUN, BACKEND },

  { "win.command-palette", N_("Command Palette"), N_("search actions find"), "<Control><Shift>p", GENERAL, 0 },
  { "app.preferences", N_("Preferences"), N_("settings options"), "<Control>comma", GENERAL, 0 },
  { "app.connections", N_("Connections"), N_("backends servers gateway"), NULL, GENERAL, 0 },
  { "app.find-models", N_("Find Models on This Computer"), N_("ollama local endpoints"), NULL, GENERAL, 0 },
  { "app.add-endpoint", N_("Add a Model Endpoint…"), N_("openai anthropic key server"), NULL, GENERAL, 0 },
  { "app.sources", N_("Figures of Other Servers"), N_("sources prometheus mlflow metrics"), NULL, GENERAL, 0 },
  { "win.show-help-overlay", N_("Keyboard Shortcuts"), N_("keys accelerators help"), "<Control>question <Control>F1", GENERAL, 0 },
  { "app.help", N_("Help"), N_("manual documentation"), "F1", GENERAL, 0 },
  { "app.about", N_("About Leyden"), N_("version licence"), NULL, GENERAL, 0 },
};

const LeydenAction *
leyden_actions_list (guint *n)
{
  *n = G_N_ELEMENTS (table);
  return table;
}

const LeydenAction *
leyden_actions_find (const char *action)
{
  g_return_val_if_fail (action != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_strcmp0 (table[i].action, action) == 0)
      return &table[i];
  return NULL;
}

void
leyden_action_parse (const LeydenAction  *self,
                     char               **name,
                     GVariant           **target)
{
  g_autoptr(GVariant) parameter = NULL;
  g_autoptr(GError) error = NULL;

  g_return_if_fail (self != NULL && self->action != NULL && name != NULL);

  if (!g_action_parse_detailed_name (self->action, name, &parameter, &error))
    g_error ("%s", error->message);
  if (target != NULL)
    *target = parameter != NULL ? g_variant_ref_sink (g_steal_pointer (&parameter)) : NULL;
}

const char *
leyden_action_section_title (LeydenActionSection section)
{
  static const char * const titles[LEYDEN_N_ACTION_SECTIONS] = {
    N_("Flow"), N_("Edit"), N_("Canvas"), N_("View"), N_("Run and Train"), N_("General"),
  };

  g_return_val_if_fail (section < LEYDEN_N_ACTION_SECTIONS, "");
  return _(titles[section]);
}

/* --- keys --- */

/* What the keypad has for the same. */
static guint
get_keypad (guint keyval)
{
  static const guint pairs[][2] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left }, { GDK_KEY_Right, GDK_KEY_KP_Right }, { GDK_KEY_Up, GDK_KEY_KP_Up },
    { GDK_KEY_Down, GDK_KEY_KP_Down }, { GDK_KEY_Return, GDK_KEY_KP_Enter }, { GDK_KEY_Delete, GDK_KEY_KP_Delete },
    { GDK_KEY_plus, GDK_KEY_KP_Add }, { GDK_KEY_minus, GDK_KEY_KP_Subtract }, { GDK_KEY_0, GDK_KEY_KP_0 },
    { GDK_KEY_slash, GDK_KEY_KP_Divide },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (pairs[i][0] == keyval)
      return pairs[i][1];
  return 0;
}

static GStrv
split_keys (const LeydenAction *self)
{
  return g_strsplit (self->keys != NULL ? self->keys : "", " ", -1);
}

static void
parse_key (const char      *text,
           guint           *keyval,
           GdkModifierType *modifiers)
{
  if (!gtk_accelerator_parse (text, keyval, modifiers))
    g_error ("%s is no key", text);
}

char *
leyden_action_dup_key_label (const LeydenAction *self)
{
  g_auto(GStrv) keys = split_keys (self);
  GdkModifierType modifiers;
  guint keyval;

  if (keys[0] == NULL)
    return NULL;
  parse_key (keys[0], &keyval, &modifiers);
  return gtk_accelerator_get_label (keyval, modifiers);
}

static void
bind_key (GtkWidgetClass  *klass,
          guint            keyval,
          GdkModifierType  modifiers,
          const char      *name,
          GVariant        *target)
{
  g_autoptr(GtkShortcut) shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (keyval, modifiers), gtk_named_action_new (name));

  gtk_shortcut_set_arguments (shortcut, target);
  gtk_widget_class_add_shortcut (klass, shortcut);
}

static void
bind_action (GtkWidgetClass     *klass,
             const LeydenAction *action)
{
  g_auto(GStrv) keys = split_keys (action);
  g_autofree char *name = NULL;
  g_autoptr(GVariant) target = NULL;

  leyden_action_parse (action, &name, &target);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      GdkModifierType modifiers;
      guint keyval;

      parse_key (keys[i], &keyval, &modifiers);
      bind_key (klass, keyval, modifiers, name, target);
      if (get_keypad (keyval) != 0)
        bind_key (klass, get_keypad (keyval), modifiers, name, target);
    }
}

static gboolean
is_of (const LeydenAction *action,
       const char         *prefix)
{
  return action->action != NULL && g_str_has_prefix (action->action, prefix) && action->action[strlen (prefix)] == '.';
}

void
leyden_actions_bind (GtkWidgetClass *klass,
                     const char     *prefix)
{
  g_return_if_fail (GTK_IS_WIDGET_CLASS (klass));
  g_return_if_fail (prefix != NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (is_of (&table[i], prefix))
      bind_action (klass, &table[i]);
}

static void
add_accels (GtkApplication     *application,
            const LeydenAction *action)
{
  g_auto(GStrv) keys = split_keys (action);
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  for (guint key = 0; keys[key] != NULL; key++)
    {
      GdkModifierType modifiers;
      guint keyval;

      g_ptr_array_add (all, g_strdup (keys[key]));
      parse_key (keys[key], &keyval, &modifiers);
      if (get_keypad (keyval) != 0)
        g_ptr_array_add (all, gtk_accelerator_name (get_keypad (keyval), modifiers));
    }
  g_ptr_array_add (all, NULL);
  gtk_application_set_accels_for_action (application, action->action, (const char * const *) all->pdata);
}

static void
remove_accels (GtkApplication     *application,
               const LeydenAction *action)
{
  gtk_application_set_accels_for_action (application, action->action, (const char * const[]) { NULL });
}

static gboolean
is_of_program (const LeydenAction *action)
{
  return action->keys != NULL && (is_of (action, "app") || is_of (action, "win") || is_of (action, "window"));
}

void
leyden_actions_add_accels (GtkApplication *application)
{
  g_return_if_fail (GTK_IS_APPLICATION (application));

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (is_of_program (&table[i]) && !(table[i].flags & LEYDEN_ACTION_PAUSED))
      add_accels (application, &table[i]);
}

/* The other line with the same keys; NULL when there is none. */
static const LeydenAction *
find_rival (const LeydenAction *action)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (&table[i] != action && is_of_program (&table[i]) && g_str_equal (table[i].keys, action->keys))
      return &table[i];
  return NULL;
}

void
leyden_actions_set_paused (GtkApplication *application,
                           gboolean        paused)
{
  g_return_if_fail (GTK_IS_APPLICATION (application));

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const LeydenAction *rival = is_of_program (&table[i]) && table[i].flags & LEYDEN_ACTION_PAUSED ? find_rival (&table[i]) : NULL;

      if (rival == NULL)
        continue;
      remove_accels (application, paused ? rival : &table[i]);
      add_accels (application, paused ? &table[i] : rival);
    }
}

void
leyden_actions_append (GMenu      *menu,
                       const char *action)
{
  const LeydenAction *line = leyden_actions_find (action);

  g_return_if_fail (G_IS_MENU (menu));
  g_return_if_fail (line != NULL && line->title != NULL);

  g_menu_append (menu, _(line->title), action);
}
