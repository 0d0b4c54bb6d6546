/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-cli.h"

int
main (int    argc,
      char **argv)
{
  return leyden_cli_main (argc, argv);
}
