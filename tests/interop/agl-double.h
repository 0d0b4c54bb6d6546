/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A running double of one of Agent Lightning's programs: a script of this folder that prints its port and listens on loopback if not said otherwise. It ends
 * with the test, however that ends. */
typedef struct
{
  GSubprocess *process;
  char        *host;
  guint16      port;
  char        *url;
} AglDouble;

/* @script: "agl-server.py", "upstream.py". Then its arguments, up to NULL: agl_double_new ("agl-server.py", "--key", "k", NULL).
 * (transfer full) */
AglDouble *agl_double_new  (const char *script, ...) G_GNUC_NULL_TERMINATED;
/* The same on @port, 0 for any: a server that comes back where it was. */
AglDouble *agl_double_new_on_port (const char *script, guint16 port, ...) G_GNUC_NULL_TERMINATED;
/* The same in the network namespace of the process @namespace, at its address @host; nsenter(1) is needed. Server only. */
AglDouble *agl_double_new_far (const char *namespace, const char *host, const char *script, ...) G_GNUC_NULL_TERMINATED;
/* SIGKILL, wait, free. */
void       agl_double_free (AglDouble *self);
/* A request through its side door or its API without a library of ours: @body NULL for none, @key nullable. The body of the answer.
 * (transfer full) */
char      *agl_double_ask  (AglDouble *self, const char *method, const char *path, const char *key, const char *body, guint *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AglDouble, agl_double_free)

G_END_DECLS
