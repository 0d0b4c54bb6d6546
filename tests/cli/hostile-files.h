/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Files of section W of the hostile inputs that are short enough to stand here: what `leydenctl validate` says of them (status, and words
 * that one of its two outputs must hold), and what the window opens under a tracer. */
typedef struct
{
  const char *id;
  const char *text;
  gssize      length;
  int         status;
  const char *says;
} HostileFile;

#define FLOW(rest) "{\"leyden\": 1, \"id\": \"x\", " rest "}"
#define NODE(rest) FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"input\"" rest "}]")

static const HostileFile hostile_files[] = {
  { "W01", "", 0, 1, "empty" },
  { "W02", " \n\n  \n", -1, 1, "empty" },
  { "W03", "{\"leyden\": 1,\n \"id\": \"ab", -1, 1, "flow.leyden:2:" },
  { "W04", FLOW ("\"nodes\": []") " {}", -1, 1, "end" },
  { "W05", "[]", -1, 1, "expected an object" },
  { "W05", "42", -1, 1, "expected an object" },
  { "W05", "null", -1, 1, "expected an object" },
  { "W05", "\"x\"", -1, 1, "expected an object" },
  { "W09", FLOW ("\"nodes\": [], \"nodes\": []"), -1, 1, "nodes" },
  { "W10", NODE (", \"position\": {\"x\": 1e999, \"y\": 0}"), -1, 1, "" },
  { "W10", NODE (", \"position\": {\"x\": -1e999, \"y\": 0}"), -1, 1, "" },
  { "W11", NODE (", \"parameters\": {\"seed\": 18446744073709551616}"), -1, 1, "" },
  { "W12", FLOW ("\"nodes\": [NaN]"), -1, 1, "1:" },
  { "W12", FLOW ("\"nodes\": [Infinity]"), -1, 1, "1:" },
  { "W14", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"input\"}, {\"id\": \"a\", \"type\": \"output\"}]"), -1, 1, "a" },
  { "W15", FLOW ("\"nodes\": [], \"edges\": [{\"id\": \"e7\", \"source\": \"p\", \"source_port\": \"q\", \"target\": \"r\", "
                 "\"target_port\": \"s\"}]"), -1, 1, "e7" },
  { "W16", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"transform\"}], \"edges\": [{\"id\": \"e\", \"source\": \"a\", \"source_port\": "
                 "\"result\", \"target\": \"a\", \"target_port\": \"value\"}]"), -1, 1, "" },
  { "W19", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"evil.exec\"}]"), -1, 1, "evil.exec" },
  { "W20", "{\"leyden\": 999, \"id\": \"x\", \"nodes\": []}", -1, 1, "newer" },
  { "W21", "{\"leyden\": \"1\", \"id\": \"x\", \"nodes\": []}", -1, 1, "leyden" },
  { "W21", "{\"leyden\": 1.0, \"id\": \"x\", \"nodes\": []}", -1, 1, "leyden" },
  { "W21", "{\"leyden\": -1, \"id\": \"x\", \"nodes\": []}", -1, 1, "leyden" },
  { "W21", "{\"id\": \"x\", \"nodes\": []}", -1, 1, "leyden" },
  { "W23", NODE (", \"title\": \"\xff\""), -1, 1, "UTF-8" },
  { "W24", NODE (", \"title\": \"\xc0\xaf\""), -1, 1, "UTF-8" },
  { "W25", NODE (", \"title\": \"\\ud800\""), -1, 1, "1:" },
  { "W26", NODE (", \"title\": \"a\\u0000b\""), -1, 1, "1:" },
  { "W27", "\xef\xbb\xbf" NODE (""), -1, 0, "valid" },
  { "W28", "{\0\"\0l\0e\0y\0d\0e\0n\0\"\0:\0" "1\0}\0", 24, 1, "UTF-16" },
  { "W29", "{\r\n\t\"leyden\": 1,\r\n\t\"id\": \"x\",\r\n\t\"nodes\": []\r\n}\r\n", -1, 0, "" },
  { "W32", NODE (", \"parameters\": {\"nope\xe2\x80\xae.json\": 1}"), -1, -1, "" },
  { "W36", FLOW ("\"nodes\": [{\"id\": \"__proto__\", \"type\": \"input\"}, {\"id\": \"../x\", \"type\": \"prompt\"}, {\"id\": \"a/b\", "
                 "\"type\": \"merge\"}, {\"id\": \"CON\", \"type\": \"output\"}]"), -1, -1, "" },
  { "W37", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"\\u001b]0;x\\u0007\"}]"), -1, 1, "" },
  { "W38", FLOW ("\"nodes\": [{\"id\": \"a\", \"type\": \"prompt\", \"parameters\": {\"template\": \"{{ env.HOME }} ${HOME} {% include %}\"}}]"),
    -1, -1, "" },
};
