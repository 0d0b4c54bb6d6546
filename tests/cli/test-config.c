/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration of `leydenctl serve`: file, environment, command line. */
#include <signal.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-cli-config.h"

static GPtrArray *
parse (const char  *text,
       gssize       length,
       GError     **error)
{
  return leyden_config_parse (leyden_serve_settings, leyden_command_serve.options, text, length < 0 ? strlen (text) : (gsize)length,
                              "serve.conf", "/etc/leyden", error);
}

static const char *
value_of (GPtrArray  *values,
          const char *option,
          guint       index)
{
  for (guint i = 0; i < values->len; i++)
    {
      LeydenConfigValue *value = g_ptr_array_index (values, i);

      if (strcmp (value->option->name, option) == 0)
        return index < g_strv_length (value->values) ? value->values[index] : NULL;
    }
  return "absent";
}

static void
test_file (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) values = parse ("# ours\n"
                                       "[server]\r\n"
                                       "  listen = 127.0.0.1:8700  \r\n"
                                       "database=run/leyden.db\n"
                                       "key-file=/etc/keys/leyden\n"
                                       "host = leyden.example;leyden\n"
                                       "insecure = true\n"
                                       "idle-exit=0\n"
                                       "\n"
                                       "[proxy]\n"
                                       "model = Qwen/Qwen3-8B\n"
                                       "calls = 64", -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 8);
  g_assert_cmpstr (value_of (values, "listen", 0), ==, "127.0.0.1:8700");
  g_assert_cmpstr (value_of (values, "database", 0), ==, "/etc/leyden/run/leyden.db");
  g_assert_cmpstr (value_of (values, "key-file", 0), ==, "/etc/keys/leyden");
  g_assert_cmpstr (value_of (values, "host", 0), ==, "leyden.example");
  g_assert_cmpstr (value_of (values, "host", 1), ==, "leyden");
  g_assert_null (value_of (values, "host", 2));
  g_assert_cmpstr (value_of (values, "insecure", 0), ==, "");
  g_assert_cmpstr (value_of (values, "proxy-model", 0), ==, "Qwen/Qwen3-8B");
  g_assert_cmpstr (value_of (values, "proxy-calls", 0), ==, "64");
  g_assert_cmpstr (value_of (values, "durability", 0), ==, "absent");
}

static void
test_refused (void)
{
  static const struct { const char *text; gssize length; const char *says; } cases[] = {
    { "listen = x\n", -1, "serve.conf:1: a setting stands below a [section]" },
    { "[server]\nlisten 127.0.0.1:1\n", -1, "serve.conf:2: a line is" },
    { "[server\n", -1, "serve.conf:1: a section is written [name]" },
    { "\n\n[sever]\n", -1, "serve.conf:3: there is no section [sever]; the sections are server, " },
    { "[server]\nport = 1\n", -1, "serve.conf:2: [server] has no setting port; it has listen, " },
    { "[proxy]\nlisten = 1\n", -1, "serve.conf:2: [proxy] has no setting listen; it has model, " },
    { "[server]\nlisten[de] = 1\n", -1, "serve.conf:2: [server] has no setting listen[de]" },
    { "[server]\nidle-exit = 1\n\nidle-exit = 2\n", -1, "serve.conf:4: idle-exit is set twice" },
    { "[server]\nidle-exit = 1\n[server]\nidle-exit = 2\n", -1, "serve.conf:4: idle-exit is set twice" },
    { "[server]\nidle-exit = -1\n", -1, "serve.conf:2: idle-exit must be a whole number from 0 to " },
    { "[server]\nidle-exit = 5s\n", -1, "serve.conf:2: idle-exit must be a whole number" },
    { "[server]\nidle-exit =\n", -1, "serve.conf:2: idle-exit must be a whole number" },
    { "[server]\ninsecure = yes\n", -1, "serve.conf:2: insecure must be true or false" },
    { "[server]\ndatabase =\n", -1, "serve.conf:2: database must not be empty" },
    { "[server]\nkey = verysecret\n", -1, "serve.conf:2: key: secrets do not belong in this file" },
    { "[proxy]\nopenai-token = verysecret\n", -1, "serve.conf:2: openai-token: secrets do not belong in this file" },
    { "[server]\nlisten = \xff\n", -1, "serve.conf:2: this is not UTF-8 text" },
    { "[server]\nlis\0ten = 1\n", 20, "serve.conf:2: this is not UTF-8 text" },
    { "[server]\nlisten = a\\q\n", -1, "serve.conf:2: " },
    { "[]\n", -1, "serve.conf:1: there is no section []" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) values = parse (cases[i].text, cases[i].length, &error);

      if (values != NULL)
        g_error ("case %u is taken", i);
      g_assert_nonnull (error);
      if (!g_str_has_prefix (error->message, cases[i].says))
        g_error ("case %u says “%s”", i, error->message);
      g_assert_null (strstr (error->message, "verysecret"));
    }
}

static void
test_environment (void)
{
  static const char * const environ[] = { "HOME=/root", "LEYDEN_SERVE_SERVER_IDLE_EXIT=7", "LEYDEN_SERVE_SERVER_HOST=a;b;",
                                          "LEYDEN_SERVE_SERVER_INSECURE=false", "LEYDEN_SERVE_PROXY_TRAIN_TEMPERATURE=0.5", NULL };
  static const struct { const char *variable; const char *says; } wrong[] = {
    { "LEYDEN_SERVE_SERVER_PORT=1", "LEYDEN_SERVE_SERVER_PORT: there is no such setting" },
    { "LEYDEN_SERVE_=1", "LEYDEN_SERVE_: there is no such setting" },
    { "LEYDEN_SERVE_SERVER_IDLE_EXIT=x", "LEYDEN_SERVE_SERVER_IDLE_EXIT: idle-exit must be a whole number" },
    { "LEYDEN_SERVE_SERVER_INSECURE=1", "LEYDEN_SERVE_SERVER_INSECURE: insecure must be true or false" },
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) values = leyden_config_read_environ (leyden_serve_settings, leyden_command_serve.options, environ,
                                                            LEYDEN_SERVE_PREFIX, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 4);
  g_assert_cmpstr (value_of (values, "idle-exit", 0), ==, "7");
  g_assert_cmpstr (value_of (values, "host", 1), ==, "b");
  g_assert_null (value_of (values, "host", 2));
  g_assert_null (value_of (values, "insecure", 0));
  g_assert_cmpstr (value_of (values, "train-temperature", 0), ==, "0.5");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      const char * const one[] = { wrong[i].variable, NULL };
      g_autoptr(GError) refusal = NULL;

      g_assert_null (leyden_config_read_environ (leyden_serve_settings, leyden_command_serve.options, one, LEYDEN_SERVE_PREFIX, &refusal));
      g_assert_nonnull (refusal);
      g_assert_true (g_str_has_prefix (refusal->message, wrong[i].says));
    }
}

/* Whoever adds an option to serve gives it a setting, or says here that it is one of a single start; the help names them all. */
static void
test_table (void)
{
  static const char * const of_one_start[] = { "config", "ready-fd", NULL };
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "help", "serve.md", NULL);
  g_autofree char *help = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &help, NULL, NULL));
  for (const LeydenSetting *setting = leyden_serve_settings; setting->section != NULL; setting++)
    {
      g_autofree char *row = g_strdup_printf ("| `%s` | `%s` |", setting->section, setting->key);

      if (strstr (help, row) == NULL)
        g_error ("help/serve.md has no row “%s”", row);
    }
  for (const LeydenOption *option = leyden_command_serve.options; option->name != NULL; option++)
    {
      gboolean found = g_strv_contains (of_one_start, option->name);

      for (const LeydenSetting *setting = leyden_serve_settings; setting->section != NULL; setting++)
        found = found || strcmp (setting->option, option->name) == 0;
      if (!found)
        g_error ("--%s has no setting", option->name);
      n++;
    }
  g_assert_cmpuint (n, >, G_N_ELEMENTS (of_one_start));
}

/* ---- With the program ---- */

static void
test_program (Sandbox       *sandbox,
              gconstpointer  data)
{
  g_autofree char *file = sandbox_write (sandbox, "serve.conf", "[server]\ndatabase = of-file.db\nidle-exit = 11\n[proxy]\nmodel = of-file\n", -1);
  g_autofree char *database = sandbox_path (sandbox, "of-file.db");
  g_autofree char *other = sandbox_path (sandbox, "of-line.db");
  g_autoptr(LeydenValue) info = NULL;
  Server *server = sandbox_serve (sandbox, "--config", file, NULL);

  info = server_ask (server, "GET", "/leyden/v1/info", NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (info, "database", ""), ==, database);
  g_assert_cmpint (leyden_value_get_member_int (info, "idle_exit_s", 0), ==, 11);
  g_clear_pointer (&info, leyden_value_unref);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);

  /* The environment wins over the file, the command line over both. */
  sandbox->environ = g_environ_setenv (sandbox->environ, "LEYDEN_SERVE_SERVER_IDLE_EXIT", "12", TRUE);
  sandbox->environ = g_environ_setenv (sandbox->environ, "LEYDEN_SERVE_SERVER_DATABASE", "/nowhere/x.db", TRUE);
  server = sandbox_serve (sandbox, "--config", file, "--database", other, NULL);
  info = server_ask (server, "GET", "/leyden/v1/info", NULL, NULL);
  g_assert_cmpstr (leyden_value_get_member_string (info, "database", ""), ==, other);
  g_assert_cmpint (leyden_value_get_member_int (info, "idle_exit_s", 0), ==, 12);
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

static void
test_program_refuses (Sandbox       *sandbox,
                      gconstpointer  data)
{
  g_autofree char *unknown = sandbox_write (sandbox, "unknown.conf", "[server]\n\nlisen = 1\n", -1);
  g_autofree char *listen = sandbox_write (sandbox, "listen.conf", "[server]\nlisten = everywhere\n", -1);
  g_autofree char *open = sandbox_write (sandbox, "open.conf", "[server]\nlisten = 0.0.0.0:0\n", -1);
  g_autofree char *absent = sandbox_path (sandbox, "absent.conf");
  g_autofree char *place = g_strconcat (listen, ":2", NULL);
  g_autoptr(Outcome) first = sandbox_run (sandbox, "serve", "--config", unknown, NULL);
  g_autoptr(Outcome) second = sandbox_run (sandbox, "serve", "--config", listen, NULL);
  g_autoptr(Outcome) third = sandbox_run (sandbox, "serve", "--config", open, NULL);
  g_autoptr(Outcome) fourth = sandbox_run (sandbox, "serve", "--config", absent, NULL);

  g_assert_cmpint (first->status, ==, 2);
  g_assert_nonnull (strstr (first->err, "unknown.conf:3: "));
  g_assert_cmpint (second->status, ==, 2);
  g_assert_nonnull (strstr (second->err, place));
  /* What the command line may not do, a file may not either. */
  g_assert_cmpint (third->status, ==, 5);
  g_assert_cmpint (fourth->status, ==, 3);
}

static void
set_up (Sandbox       *sandbox,
        gconstpointer  data)
{
  sandbox_set_up (sandbox);
}

static void
tear_down (Sandbox       *sandbox,
           gconstpointer  data)
{
  sandbox_tear_down (sandbox);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/file", test_file);
  g_test_add_func ("/config/refused", test_refused);
  g_test_add_func ("/config/environment", test_environment);
  g_test_add_func ("/config/table", test_table);
  g_test_add ("/config/program", Sandbox, NULL, set_up, test_program, tear_down);
  g_test_add ("/config/program-refuses", Sandbox, NULL, set_up, test_program_refuses, tear_down);
  return g_test_run ();
}
