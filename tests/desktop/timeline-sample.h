/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Answer of GET …/timeline for a rollout with all kinds of spans: 4 s, 40 records. */
#define TIMELINE_SAMPLE \
  "{\"first\":1,\"last\":40,\"started\":1000000000,\"finished\":5000000000,\"truncated\":false,\"spans\":[" \
  "{\"path\":\"question\",\"kind\":\"node\",\"state\":\"succeeded\",\"start\":1000000000,\"end\":1010000000,\"first\":2,\"last\":3,\"parent\":null,\"cost\":0,\"tokens\":0,\"self_ms\":10,\"critical\":true}," \
  "{\"path\":\"solveagt\",\"kind\":\"node\",\"state\":\"succeeded\",\"start\":1010000000,\"end\":4200000000,\"first\":4,\"last\":30,\"parent\":null,\"cost\":0.0042,\"tokens\":1312,\"self_ms\":90,\"critical\":true}," \
  "{\"path\":\"solveagt\",\"kind\":\"wait\",\"wait\":\"queue\",\"state\":\"\",\"start\":1010000000,\"end\":1300000000,\"first\":4,\"last\":5,\"parent\":1}," \
  "{\"path\":\"solveagt#1\",\"kind\":\"turn\",\"state\":\"succeeded\",\"start\":1300000000,\"end\":2900000000,\"first\":6,\"last\":17,\"parent\":1,\"cost\":0.002,\"tokens\":700,\"self_ms\":20,\"critical\":true}," \
  "{\"path\":\"solveagt#1\",\"kind\":\"model\",\"state\":\"succeeded\",\"start\":1300000000,\"end\":2500000000,\"first\":7,\"last\":12,\"parent\":3,\"cost\":0.002,\"tokens\":700,\"self_ms\":700,\"critical\":true}," \
  "{\"path\":\"solveagt#1\",\"kind\":\"wait\",\"wait\":\"rate-limit\",\"state\":\"\",\"start\":1400000000,\"end\":1900000000,\"first\":8,\"last\":9,\"parent\":4}," \
  "{\"path\":\"solveagt#1/calculat\",\"kind\":\"tool\",\"state\":\"succeeded\",\"start\":2500000000,\"end\":2880000000,\"first\":13,\"last\":16,\"parent\":3,\"cost\":0,\"tokens\":0,\"self_ms\":380,\"critical\":true}," \
  "{\"path\":\"solveagt#2\",\"kind\":\"turn\",\"state\":\"succeeded\",\"start\":2900000000,\"end\":4200000000,\"first\":18,\"last\":29,\"parent\":1,\"cost\":0.0022,\"tokens\":612,\"self_ms\":10,\"critical\":true}," \
  "{\"path\":\"solveagt#2\",\"kind\":\"model\",\"state\":\"succeeded\",\"start\":2900000000,\"end\":4190000000,\"first\":19,\"last\":28,\"parent\":7,\"cost\":0.0022,\"tokens\":612,\"self_ms\":690,\"critical\":true}," \
  "{\"path\":\"solveagt#2\",\"kind\":\"wait\",\"wait\":\"retry\",\"state\":\"\",\"start\":3100000000,\"end\":3700000000,\"first\":20,\"last\":22,\"parent\":8}," \
  "{\"path\":\"askhuman\",\"kind\":\"node\",\"state\":\"failed\",\"start\":1500000000,\"end\":4800000000,\"first\":10,\"last\":36,\"parent\":null,\"cost\":0,\"tokens\":0,\"self_ms\":800,\"critical\":false}," \
  "{\"path\":\"askhuman\",\"kind\":\"wait\",\"wait\":\"human\",\"state\":\"\",\"start\":2000000000,\"end\":4500000000,\"first\":11,\"last\":34,\"parent\":10}," \
  "{\"path\":\"exanswer\",\"kind\":\"node\",\"state\":\"running\",\"start\":4200000000,\"end\":null,\"first\":31,\"last\":39,\"parent\":null,\"cost\":0,\"tokens\":0,\"critical\":true}]}"

/* Paused for 46 s in a call of a node that took 1.9 s, then while one queues, and now. */
#define TIMELINE_PAUSED \
  "{\"first\":1,\"last\":11,\"started\":1000000000,\"finished\":null,\"truncated\":false,\"spans\":[" \
  "{\"path\":\"ask\",\"kind\":\"node\",\"state\":\"succeeded\",\"start\":1000000000,\"end\":48900000000,\"first\":2,\"last\":7,\"parent\":null,\"self_ms\":100,\"paused_ms\":46000,\"critical\":true}," \
  "{\"path\":\"ask\",\"kind\":\"model\",\"state\":\"succeeded\",\"start\":1100000000,\"end\":48900000000,\"first\":3,\"last\":6,\"parent\":0,\"self_ms\":1800,\"paused_ms\":46000,\"critical\":true}," \
  "{\"path\":\"\",\"kind\":\"wait\",\"wait\":\"pause\",\"state\":\"succeeded\",\"start\":2000000000,\"end\":48000000000,\"first\":4,\"last\":5,\"parent\":null,\"self_ms\":46000,\"critical\":false}," \
  "{\"path\":\"write\",\"kind\":\"wait\",\"wait\":\"queue\",\"state\":\"succeeded\",\"start\":48900000000,\"end\":52000000000,\"first\":10,\"last\":10,\"parent\":null,\"self_ms\":1100,\"paused_ms\":2000,\"critical\":true}," \
  "{\"path\":\"\",\"kind\":\"wait\",\"wait\":\"pause\",\"state\":\"succeeded\",\"start\":50000000000,\"end\":52000000000,\"first\":8,\"last\":9,\"parent\":null,\"self_ms\":2000,\"critical\":false}," \
  "{\"path\":\"write\",\"kind\":\"node\",\"state\":\"running\",\"start\":52000000000,\"end\":null,\"first\":10,\"last\":10,\"parent\":null,\"self_ms\":200,\"critical\":true}," \
  "{\"path\":\"\",\"kind\":\"wait\",\"wait\":\"pause\",\"state\":\"waiting\",\"start\":52200000000,\"end\":null,\"first\":11,\"last\":11,\"parent\":null,\"self_ms\":0,\"critical\":false}]}"
