/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "leyden-secrets.h"

typedef struct
{
  LeydenSecrets *secrets;
  GMainLoop     *loop;
  char          *value;
  gboolean       stored;
  GError        *error;
} Fixture;

static const char * const openai[] = { "https://api.openai.com", NULL };
static const char * const local[] = { "http://127.0.0.1:8080/v1", NULL };

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->secrets = leyden_secrets_new ();
  fixture->loop = g_main_loop_new (NULL, FALSE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_main_loop_unref (fixture->loop);
  g_free (fixture->value);
  g_clear_error (&fixture->error);
  g_assert_finalize_object (fixture->secrets);
}

static void
lookup_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->value, g_free);
  g_clear_error (&fixture->error);
  fixture->value = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &fixture->error);
  g_main_loop_quit (fixture->loop);
}

static void
store_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Fixture *fixture = data;

  g_clear_error (&fixture->error);
  fixture->stored = leyden_secrets_store_finish (LEYDEN_SECRETS (object), result, &fixture->error);
  g_main_loop_quit (fixture->loop);
}

static void
lookup (Fixture    *fixture,
        const char *name,
        const char *origin)
{
  leyden_secrets_lookup_async (fixture->secrets, name, origin, NULL, lookup_cb, fixture);
  g_main_loop_run (fixture->loop);
}

static void
test_session (Fixture       *fixture,
              gconstpointer  data)
{
  leyden_secrets_set_session (fixture->secrets, "openai", "sk-session-value", openai);
  lookup (fixture, "openai", "https://API.openai.com:443/v1/chat");
  g_assert_cmpstr (fixture->value, ==, "sk-session-value");

  lookup (fixture, "openai", "https://evil.example");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  g_assert_null (strstr (fixture->error->message, "session-value"));
  lookup (fixture, "openai", "http://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  lookup (fixture, "openai", "https://api.openai.com@evil.example/");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  lookup (fixture, "openai", "file:///etc/passwd");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);

  leyden_secrets_set_session (fixture->secrets, "openai", NULL, NULL);
  lookup (fixture, "openai", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND);
}

static void
test_environment (Fixture       *fixture,
                  gconstpointer  data)
{
  g_setenv ("LEYDEN_KEY_MY_MODEL_2", "from-environment", TRUE);
  lookup (fixture, "my-model.2", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);

  leyden_secrets_declare_origins (fixture->secrets, "my-model.2", openai);
  lookup (fixture, "my-model.2", "https://api.openai.com");
  g_assert_cmpstr (fixture->value, ==, "from-environment");
  lookup (fixture, "my-model.2", "https://evil.example");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);

  /* A session value goes before the environment, and its refusal is final. */
  leyden_secrets_set_session (fixture->secrets, "my-model.2", "session", local);
  lookup (fixture, "my-model.2", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);

  leyden_secrets_declare_origins (fixture->secrets, "my-model.2", NULL);
  leyden_secrets_set_session (fixture->secrets, "my-model.2", NULL, NULL);
  lookup (fixture, "my-model.2", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  g_unsetenv ("LEYDEN_KEY_MY_MODEL_2");
}

static char *
write_file (const char *contents,
            int         mode)
{
  char *path = NULL;
  g_autoptr(GError) error = NULL;
  int fd = g_file_open_tmp ("leyden-secrets-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, contents, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *path = write_file ("{\"plain\":\"plain-value\",\"bound\":{\"value\":\"bound-value\","
                                      "\"origins\":[\"https://api.openai.com/v1\"]}}", 0600);
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_secrets_load_file (fixture->secrets, path, &error));
  g_assert_no_error (error);
  lookup (fixture, "bound", "https://api.openai.com");
  g_assert_cmpstr (fixture->value, ==, "bound-value");
  leyden_secrets_declare_origins (fixture->secrets, "bound", local);
  lookup (fixture, "bound", "http://127.0.0.1:8080");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  lookup (fixture, "plain", "http://127.0.0.1:8080");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  leyden_secrets_declare_origins (fixture->secrets, "plain", local);
  lookup (fixture, "plain", "http://127.0.0.1:8080");
  g_assert_cmpstr (fixture->value, ==, "plain-value");
  g_unlink (path);
}

static void
test_file_refused (Fixture       *fixture,
                   gconstpointer  data)
{
  static const struct { const char *contents; int mode; const char *part; } cases[] = {
    { "{\"a\":\"top-secret\"}", 0644, "chmod 600" }, { "{\"a\":\"top-secret\"}", 0640, "0640" },
    { "{\"a\":\"top-secret\"}", 0602, "chmod" }, { "[]", 0600, "expected an object" }, { "", 0600, "empty" },
    { "{\"a\":\"top-secret\"", 0600, "1:18:" }, { "{\"a\":5}", 0600, "“a”" },
    { "{\"a\":{\"value\":\"top-secret\",\"origins\":[\"nowhere\"]}}", 0600, "“a”" },
    { "{\"a\":{\"value\":\"top-secret\",\"origins\":\"https://x\"}}", 0600, "“a”" },
    { "{\"a\":\"top-secret\",\"a\":\"y\"}", 0600, "stands twice" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_file (cases[i].contents, cases[i].mode);
      g_autoptr(GError) error = NULL;

      g_assert_false (leyden_secrets_load_file (fixture->secrets, path, &error));
      g_assert_error (error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_FILE);
      if (strstr (error->message, cases[i].part) == NULL)
        g_error ("%u: %s", i, error->message);
      g_assert_null (strstr (error->message, "top-secret"));
      g_unlink (path);
    }
}

static void
test_file_kind (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("leyden-secrets-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *none = g_build_filename (folder, "none", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_false (leyden_secrets_load_file (fixture->secrets, fifo, &error));
  g_assert_nonnull (strstr (error->message, "not a regular file"));
  g_clear_error (&error);
  g_assert_false (leyden_secrets_load_file (fixture->secrets, folder, &error));
  g_assert_error (error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_FILE);
  g_clear_error (&error);
  g_assert_false (leyden_secrets_load_file (fixture->secrets, none, &error));
  g_assert_error (error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_FILE);
  g_unlink (fifo);
  g_rmdir (folder);
}

static void
test_redact (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *plain = NULL;
  g_autofree char *json = NULL;
  g_autofree char *none = NULL;

  leyden_secrets_set_session (fixture->secrets, "a", "abcd-1234", openai);
  leyden_secrets_set_session (fixture->secrets, "b", "abcd-1234-longer", openai);
  leyden_secrets_set_session (fixture->secrets, "c", "with\"quote", openai);
  leyden_secrets_set_session (fixture->secrets, "d", "ab", openai);
  /* Forgotten for use, not for redaction. */
  leyden_secrets_set_session (fixture->secrets, "a", NULL, NULL);
  plain = leyden_secrets_redact (fixture->secrets, "x abcd-1234 abcd-1234-longer ab", -1);
  g_assert_cmpstr (plain, ==, "x •••• •••• ab");
  json = leyden_secrets_redact (fixture->secrets, "{\"k\":\"with\\\"quote\"}", -1);
  g_assert_cmpstr (json, ==, "{\"k\":\"••••\"}");
  none = leyden_secrets_redact (fixture->secrets, "nothing here", 7);
  g_assert_cmpstr (none, ==, "nothing");
}

static void
test_no_keyring (Fixture       *fixture,
                 gconstpointer  data)
{
  leyden_secrets_store_async (fixture->secrets, "a", "value", openai, NULL, store_cb, fixture);
  g_main_loop_run (fixture->loop);
  g_assert_false (fixture->stored);
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE);
}

#ifdef HAVE_LIBSECRET
static void
store (Fixture            *fixture,
       const char         *value,
       const char * const *origins)
{
  leyden_secrets_store_async (fixture->secrets, "ring", value, origins, NULL, store_cb, fixture);
  g_main_loop_run (fixture->loop);
  g_assert_no_error (fixture->error);
  g_assert_true (fixture->stored);
}

/* libsecret's own file backend stands in for the desktop's key ring; it is chosen once a process. */
static void
test_keyring (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  g_autofree char *contents = NULL;
  gsize length;

  if (!g_test_subprocess ())
    {
      /* The file backend loses the entity tag of each file that it writes. */
      g_setenv ("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", TRUE);
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  folder = g_dir_make_tmp ("leyden-keyring-XXXXXX", NULL);
  path = g_build_filename (folder, "keyring", NULL);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
  leyden_secrets_set_use_keyring (fixture->secrets, TRUE);

  store (fixture, "ring-value", openai);
  lookup (fixture, "ring", "https://api.openai.com");
  g_assert_cmpstr (fixture->value, ==, "ring-value");
  lookup (fixture, "ring", "https://evil.example");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_null (memmem (contents, length, "ring-value", strlen ("ring-value")));

  store (fixture, NULL, NULL);
  lookup (fixture, "ring", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND);
  store (fixture, NULL, NULL);
  g_unlink (path);
  g_rmdir (folder);
}

/* The desktop's own service, started by keyring.sh: what one process keeps another finds, for its origins only. */
static void
test_keyring_service (Fixture       *fixture,
                      gconstpointer  data)
{
  const char *step = g_getenv ("LEYDEN_KEYRING_STEP");

  if (step == NULL)
    {
      g_test_skip ("run it by keyring.sh");
      return;
    }
  leyden_secrets_set_use_keyring (fixture->secrets, TRUE);
  if (g_str_equal (step, "store"))
    {
      store (fixture, "first-value", local);
      store (fixture, "ring-value", openai);
      return;
    }
  lookup (fixture, "ring", "https://evil.example");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_ORIGIN);
  lookup (fixture, "ring", "https://api.openai.com");
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->value, ==, "ring-value");
  store (fixture, NULL, NULL);
  lookup (fixture, "ring", "https://api.openai.com");
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND);
}
#endif

/* No bus, so no key ring; what the environment gives still works, and the rest says why. */
static void
test_keyring_away (Fixture       *fixture,
                   gconstpointer  data)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  leyden_secrets_set_use_keyring (fixture->secrets, TRUE);
  lookup (fixture, "none", "https://api.openai.com");
  g_assert_null (fixture->value);
  g_assert_nonnull (fixture->error);
  g_assert_true (g_error_matches (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE)
                 || g_error_matches (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND));
  g_setenv ("LEYDEN_KEY_THERE", "value", TRUE);
  leyden_secrets_declare_origins (fixture->secrets, "there", openai);
  lookup (fixture, "there", "https://api.openai.com");
  g_assert_cmpstr (fixture->value, ==, "value");
  g_unsetenv ("LEYDEN_KEY_THERE");
  leyden_secrets_store_async (fixture->secrets, "a", "value", openai, NULL, store_cb, fixture);
  g_main_loop_run (fixture->loop);
  g_assert_error (fixture->error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_UNAVAILABLE);
}

static void
test_origins (void)
{
  static const struct { const char *uri; const char *origin; } cases[] = {
    { "https://api.openai.com/v1?x=y", "https://api.openai.com:443" }, { "HTTP://Host", "http://host:80" },
    { "http://[::1]:11434/api", "http://[::1]:11434" }, { "https://bücher.example", "https://xn--bcher-kva.example:443" },
    { "http://user:pw@host:8/", "http://host:8" }, { "https://good.example@evil.example", "https://evil.example:443" },
    { "javascript:alert(1)", NULL }, { "file:///etc", NULL }, { "", NULL }, { "host", NULL }, { "http://", NULL },
    { "//host/x", NULL }, { "http://a b/", NULL }, { "http://host:99999/", NULL }, { "ftp://host", NULL }, { NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *origin = leyden_secrets_origin_of (cases[i].uri);

      g_assert_cmpstr (origin, ==, cases[i].origin);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/secrets/session", test_session);
  ADD ("/secrets/environment", test_environment);
  ADD ("/secrets/file", test_file);
  ADD ("/secrets/file-refused", test_file_refused);
  ADD ("/secrets/file-kind", test_file_kind);
  ADD ("/secrets/redact", test_redact);
  ADD ("/secrets/no-keyring", test_no_keyring);
#ifdef HAVE_LIBSECRET
  ADD ("/secrets/keyring", test_keyring);
  ADD ("/secrets/keyring-service", test_keyring_service);
#endif
  ADD ("/secrets/keyring-away", test_keyring_away);
  g_test_add_func ("/secrets/origins", test_origins);
  return g_test_run ();
}
