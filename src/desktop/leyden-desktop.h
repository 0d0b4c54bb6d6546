/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Where templates lie among the resources. */
#define LEYDEN_RESOURCES "/io/github/leyden/Leyden/ui/"
