/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-mask.h"
#include "leyden-secrets.h"
#include "leyden-text.h"

static LeydenMask *
parse (const char *json)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  LeydenMask *mask;

  g_assert_nonnull (value);
  mask = leyden_mask_from_value (value, &error);
  g_assert_no_error (error);
  return mask;
}

/* What goes in, and what comes out; NULL: it stays. */
typedef struct
{
  const char *text;
  const char *masked;
} Case;

static void
check_cases (LeydenMask     *mask,
             LeydenMaskWhen  when,
             const Case     *cases,
             gsize           n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *masked = leyden_mask_apply (mask, cases[i].text, -1, when);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (masked, ==, cases[i].masked);
    }
}

static void
test_keys (void)
{
  static const Case cases[] = {
    { "use sk-abcdefghijklmnopqrst now", "use ••••qrst now" },
    { "sk-abcdefghijklmnop", "••••mnop" },
    { "lk1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABCDE", "••••BCDE" },
    { "AGL_KEY=lr1.1795629828.b25l.MA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "AGL_KEY=••••BBBB" },
    { "Authorization: Bearer abcdefgh", "Authorization: Bearer ••••" },
    { "xoxb-1234567890", "••••7890" },
    { "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "••••" },
    { "risk-abcdefghijklmnopqrst", NULL },
    { "an e-mail to a@example.com", NULL },
    { "", NULL },
    { "sk-", NULL },
    { "bearer of bad news", NULL },
  };
  g_autoptr(LeydenMask) mask = leyden_mask_new_default ();
  g_autoptr(LeydenMask) off = parse ("{\"keys\": false}");
  g_autoptr(LeydenValue) count = NULL;
  g_autofree char *kept = leyden_mask_apply (off, cases[0].text, -1, LEYDEN_MASK_STORED);
  g_autofree char *entered = leyden_mask_apply (mask, cases[0].text, -1, LEYDEN_MASK_ENTERED);

  check_cases (mask, LEYDEN_MASK_STORED, cases, G_N_ELEMENTS (cases));
  g_assert_null (kept);
  g_assert_null (entered);
  count = leyden_mask_count (mask);
  g_assert_cmpint (leyden_value_get_member_int (count, "keys", 0), ==, 7);
}

static void
test_personal (void)
{
  static const Case cases[] = {
    { "write to jane.doe+x@mail.example.org, please", "write to [e-mail masked], please" },
    { "<a@b.co>", "<[e-mail masked]>" },
    { "pay DE89 3704 0044 0532 0130 00 today", "pay [account masked] today" },
    { "GB29NWBK60161331926819", "[account masked]" },
    { "DE89 3704 0044 0532 0130 02", NULL },
    { "card 4111 1111 1111 1111!", "card [card masked]!" },
    { "card 4111-1111-1111-1111", "card [card masked]" },
    { "number 4111 1111 1111 1112", NULL },
    { "ssn 078-05-1120.", "ssn [number masked]." },
    { "call +49 (30) 901820-0 or 415-555-0132", "call [telephone masked] or [telephone masked]" },
    { "(415) 555-0132", "[telephone masked]" },
    { "3 + 4 = 7, 1234567 apples, 2026-11-25 18:00:00", NULL },
    { "192.168.100.200", NULL },
    { "user@localhost", NULL },
    { "1.7956298280959688e18", NULL },
    { "00000000-0000-0000-0000-000000000000", NULL },
    { "f3a1b2c4d5e6f708192a3b4c5d6e7f80f3a1b2c4d5e6f708192a3b4c5d6e7f80", NULL },
  };
  g_autoptr(LeydenMask) mask = parse ("{\"keys\": true, \"personal\": true}");

  check_cases (mask, LEYDEN_MASK_STORED, cases, G_N_ELEMENTS (cases));
  check_cases (mask, LEYDEN_MASK_ENTERED, cases, G_N_ELEMENTS (cases));
}

static void
test_rules (void)
{
  static const Case cases[] = {
    { "patient P-12345 and P-9", "patient [patient masked] and P-9" },
    { "grün und Grün", "[colour masked] und Grün" },
    { "\xff P-12345", "\xef\xbf\xbd [patient masked]" },
    { "nothing", NULL },
  };
  g_autoptr(LeydenMask) mask = parse ("{\"rules\": [{\"name\": \"patient\", \"pattern\": \"P-[0-9]{5}\"}, {\"name\": \"colour\", \"pattern\": \"gr\\u00fcn\"}]}");
  g_autoptr(LeydenValue) value = leyden_mask_to_value (mask);
  g_autoptr(LeydenMask) again = leyden_mask_from_value (value, NULL);
  g_autoptr(LeydenValue) count = NULL;

  check_cases (mask, LEYDEN_MASK_STORED, cases, G_N_ELEMENTS (cases));
  check_cases (again, LEYDEN_MASK_ENTERED, cases, G_N_ELEMENTS (cases));
  count = leyden_mask_count (mask);
  g_assert_cmpint (leyden_value_get_member_int (count, "patient", 0), ==, 2);
}

/* A pattern that would take for ever on a text leaves nothing of it. */
static void
test_runaway (void)
{
  g_autoptr(LeydenMask) mask = parse ("{\"rules\": [{\"name\": \"slow\", \"pattern\": \"(a+)+$\"}]}");
  g_autofree char *text = g_strdup ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
  g_autofree char *masked = leyden_mask_apply (mask, text, -1, LEYDEN_MASK_STORED);

  g_assert_cmpstr (masked, ==, "[slow masked]");
}

static void
test_refused (void)
{
  static const char * const bad[] = {
    "[]", "{\"key\": true}", "{\"keys\": 1}", "{\"rules\": {}}", "{\"rules\": [1]}", "{\"rules\": [{\"name\": \"a\"}]}",
    "{\"rules\": [{\"name\": \"\", \"pattern\": \"a\"}]}", "{\"rules\": [{\"name\": \"A\", \"pattern\": \"a\"}]}",
    "{\"rules\": [{\"name\": \"keys\", \"pattern\": \"a\"}]}", "{\"rules\": [{\"name\": \"a\", \"pattern\": \"\"}]}",
    "{\"rules\": [{\"name\": \"a\", \"pattern\": \"a*\"}]}", "{\"rules\": [{\"name\": \"a\", \"pattern\": \"(\"}]}",
    "{\"rules\": [{\"name\": \"a\", \"pattern\": \"a\", \"flags\": \"i\"}]}",
    "{\"rules\": [{\"name\": \"a\", \"pattern\": \"a\"}, {\"name\": \"a\", \"pattern\": \"b\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (bad[i], -1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_mask_from_value (value, &error));
      g_assert_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX);
      g_test_message ("%s: %s", bad[i], error->message);
    }
}

/* What passes over most texts quickly never passes over what the expression would find. */
static void
test_quick_look (void)
{
  static const char * const secrets[] = {
    "sk-abcdefghijklmnop", "ghp_aaaaaaaaaaaaaaaaaaaa", "ghs_aaaaaaaaaaaaaaaaaaaa", "github_pat_aaaaaaaaaaaaaaaaaaaa", "AKIAAAAAAAAAAAAAAAAA",
    "ASIAAAAAAAAAAAAAAAAA", "xoxb-aaaaaaaaaa", "xoxe-aaaaaaaaaa", "AIzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "hf_aaaaaaaaaaaaaaaaaaaa",
    "glpat-aaaaaaaaaaaaaaaa", "gsk_aaaaaaaaaaaaaaaaaaaa", "npm_aaaaaaaaaaaaaaaaaaaa", "r8_aaaaaaaaaaaaaaaaaaaa",
    "eyJaaaaaaaa.aaaaaaaa.aaaaaaaa", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----", "Bearer aaaaaaaa", "bearer aaaaaaaa",
    "BEARER aaaaaaaa", "bEaReR aaaaaaaa",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    for (guint before = 0; before < 3; before++)
      for (guint after = 0; after < 3; after++)
        {
          g_autofree char *text = g_strdup_printf ("%.*s%s%.*s", (int) before, "  ", secrets[i], (int) after, "  ");
          g_autofree char *masked = leyden_text_mask_secrets (text, -1);

          g_test_message ("%s", text);
          g_assert_nonnull (masked);
        }
}

static void
test_secrets (void)
{
  static const char * const origins[] = { "https://example.com", NULL };
  g_autoptr(LeydenSecrets) secrets = leyden_secrets_new ();
  g_autoptr(LeydenMask) mask = parse ("{\"personal\": true}");
  g_autofree char *all = NULL;
  g_autofree char *known = NULL;

  leyden_secrets_set_session (secrets, "x", "hunter2hunter2", origins);
  leyden_secrets_remember (secrets, "0123456789012345678901234567890123456789abc");
  leyden_secrets_remember (secrets, "short");
  leyden_secrets_set_mask (secrets, mask);
  all = leyden_secrets_redact (secrets, "hunter2hunter2 a@b.org short 0123456789012345678901234567890123456789abc", -1);
  g_assert_cmpstr (all, ==, "•••• [e-mail masked] short ••••");
  known = leyden_secrets_redact_known (secrets, "hunter2hunter2 a@b.org", -1);
  g_assert_cmpstr (known, ==, "•••• a@b.org");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask/keys", test_keys);
  g_test_add_func ("/mask/personal", test_personal);
  g_test_add_func ("/mask/rules", test_rules);
  g_test_add_func ("/mask/runaway", test_runaway);
  g_test_add_func ("/mask/refused", test_refused);
  g_test_add_func ("/mask/quick-look", test_quick_look);
  g_test_add_func ("/mask/secrets", test_secrets);
  return g_test_run ();
}
