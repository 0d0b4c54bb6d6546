/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agl-double.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT_S 60

/* @namespace: pid of the process whose network it shall be in, NULL for this one. */
static AglDouble *
start (const char *namespace,
       const char *host,
       const char *script,
       guint16     port,
       va_list     args)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "tests", "interop", script, NULL);
  g_autofree char *port_text = g_strdup_printf ("%u", port);
  g_autoptr(GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;
  AglDouble *self = g_new0 (AglDouble, 1);
  const char *found;

  if (namespace != NULL)
    {
      static const char * const enter[] = { "nsenter", "-n", "-t" };

      for (guint i = 0; i < G_N_ELEMENTS (enter); i++)
        g_ptr_array_add (argv, (char *)enter[i]);
      g_ptr_array_add (argv, (char *)namespace);
    }
  g_ptr_array_add (argv, (char *)"python3");
  g_ptr_array_add (argv, (char *)"-B");
  g_ptr_array_add (argv, path);
  g_ptr_array_add (argv, (char *)"--lifeline");
  g_ptr_array_add (argv, (char *)"--port");
  g_ptr_array_add (argv, port_text);
  if (namespace != NULL)
    {
      g_ptr_array_add (argv, (char *)"--host");
      g_ptr_array_add (argv, (char *)host);
    }
  for (char *argument = va_arg (args, char *); argument != NULL; argument = va_arg (args, char *))
    g_ptr_array_add (argv, argument);
  g_ptr_array_add (argv, NULL);
  self->process = g_subprocess_newv ((const char * const *)argv->pdata, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  if (line == NULL || (found = strstr (line, "\"port\": ")) == NULL)
    g_error ("%s did not start: %s", script, line);
  self->port = (guint16)strtoul (found + strlen ("\"port\": "), NULL, 10);
  self->host = g_strdup (host);
  self->url = g_strdup_printf ("http://%s:%u", host, self->port);
  return self;
}

AglDouble *
agl_double_new (const char *script,
                ...)
{
  AglDouble *self;
  va_list args;

  va_start (args, script);
  self = start (NULL, "127.0.0.1", script, 0, args);
  va_end (args);
  return self;
}

AglDouble *
agl_double_new_on_port (const char *script,
                        guint16     port,
                        ...)
{
  AglDouble *self;
  va_list args;

  va_start (args, port);
  self = start (NULL, "127.0.0.1", script, port, args);
  va_end (args);
  return self;
}

AglDouble *
agl_double_new_far (const char *namespace,
                    const char *host,
                    const char *script,
                    ...)
{
  AglDouble *self;
  va_list args;

  va_start (args, script);
  self = start (namespace, host, script, 0, args);
  va_end (args);
  return self;
}

void
agl_double_free (AglDouble *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  g_free (self->host);
  g_free (self->url);
  g_free (self);
}

char *
agl_double_ask (AglDouble  *self,
                const char *method,
                const char *path,
                const char *key,
                const char *body,
                guint      *status)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(GString) request = g_string_new (NULL);
  g_autoptr(GString) answer = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  const char *end;
  char buffer[4096];
  gssize n;

  connection = g_socket_client_connect_to_host (client, self->host, self->port, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_timeout (g_socket_connection_get_socket (connection), ANSWER_TIMEOUT_S);
  g_string_append_printf (request, "%s %s HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n", method, path, self->host, self->port);
  if (key != NULL)
    g_string_append_printf (request, "Authorization: Bearer %s\r\n", key);
  if (body != NULL)
    g_string_append_printf (request, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen (body));
  g_string_append_printf (request, "\r\n%s", body != NULL ? body : "");
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request->str, request->len, NULL, NULL, &error);
  g_assert_no_error (error);
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer, sizeof buffer, NULL, &error)) > 0)
    g_string_append_len (answer, buffer, n);
  g_assert_no_error (error);
  if (status != NULL)
    *status = g_str_has_prefix (answer->str, "HTTP/1.1 ") ? (guint)strtoul (answer->str + strlen ("HTTP/1.1 "), NULL, 10) : 0;
  end = strstr (answer->str, "\r\n\r\n");
  return g_strdup (end != NULL ? end + 4 : "");
}
