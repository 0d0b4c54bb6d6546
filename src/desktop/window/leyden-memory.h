/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Gives memory that is free but kept by the allocator back to the system, once, a second from now: after a flow was opened or closed. */
void leyden_memory_trim_later (void);
