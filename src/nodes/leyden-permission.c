/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-permission.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-flow-mode.h"
#include "leyden-http-policy.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-text.h"

#define MAX_ARGUMENTS 256
#define MAX_ARGUMENT (128 * 1024)
#define MAX_VARIABLES 64

void
leyden_permission_free (LeydenPermission *self)
{
  if (self == NULL)
    return;
  g_free (self->kind);
  g_free (self->node);
  g_free (self->title);
  g_free (self->program);
  g_strfreev (self->arguments);
  g_strfreev (self->environment);
  g_free (self->script);
  g_clear_pointer (&self->what, leyden_value_unref);
  g_free (self->hash);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError     **error,
        const char  *format,
        ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE, message);
  return FALSE;
}

/* ---- Programs and their digests ---- */

typedef struct
{
  struct stat  file;
  char        *digest;
} Digest;

static void
digest_free (gpointer data)
{
  Digest *self = data;

  g_free (self->digest);
  g_free (self);
}

static GMutex digests_lock;
static GHashTable *digests;             /* path → Digest */

static char *
hash_file (int      fd,
           GError **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *buffer = g_malloc (65536);
  gssize got;

  while ((got = read (fd, buffer, 65536)) != 0)
    {
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          refuse (error, _("The program cannot be read: %s"), g_strerror (errno));
          return NULL;
        }
      g_checksum_update (checksum, buffer, got);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

static gboolean
is_unchanged (const struct stat *a,
              const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size
         && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
         && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static char *
find_digest (const char        *path,
             const struct stat *file)
{
  Digest *known;
  char *digest = NULL;

  g_mutex_lock (&digests_lock);
  known = digests != NULL ? g_hash_table_lookup (digests, path) : NULL;
  if (known != NULL && is_unchanged (&known->file, file))
    digest = g_strdup (known->digest);
  g_mutex_unlock (&digests_lock);
  return digest;
}

static void
remember_digest (const char        *path,
                 const struct stat *file,
                 const char        *digest)
{
  Digest *known = g_new0 (Digest, 1);

  known->file = *file;
  known->digest = g_strdup (digest);
  g_mutex_lock (&digests_lock);
  if (digests == NULL)
    digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, digest_free);
  g_hash_table_replace (digests, g_strdup (path), known);
  g_mutex_unlock (&digests_lock);
}

static char *
read_digest (const char  *path,
             GError     **error)
{
  g_autofree char *shown = leyden_text_path (path);
  struct stat file;
  char *digest = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      refuse (error, _("%s cannot be read, so it cannot be told from another program: %s"), shown, g_strerror (errno));
      return NULL;
    }
  if (fstat (fd, &file) != 0 || !S_ISREG (file.st_mode) || (file.st_mode & 0111) == 0)
    refuse (error, _("%s is not a program"), shown);
  else if ((file.st_mode & (S_ISUID | S_ISGID)) != 0)
    refuse (error, _("%s runs with the rights of another user, which no flow may use"), shown);
  else if ((digest = find_digest (path, &file)) == NULL && (digest = hash_file (fd, error)) != NULL)
    remember_digest (path, &file, digest);
  close (fd);
  return digest;
}

/* A name is looked for in fixed folders, never in the user's PATH. */
static char *
find_program (const char  *name,
              GError     **error)
{
  g_auto(GStrv) folders = NULL;
  g_autofree char *shown = leyden_text_escape (name, -1, 200);

  if (*name == '\0' || (strchr (name, '/') != NULL && *name != '/'))
    {
      refuse (error, _("“%s” must be the name of a program or its whole path"), shown);
      return NULL;
    }
  if (*name == '/')
    {
      char *path = realpath (name, NULL);

      if (path == NULL)
        refuse (error, _("The program %s is not on this machine"), shown);
      return path;
    }
  folders = g_strsplit (leyden_sandbox_get_path (), ":", -1);
  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folders[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR))
        return realpath (path, NULL);
    }
  refuse (error, _("The program “%s” is not on this machine"), shown);
  return NULL;
}

/* ---- Parameters ---- */

static gboolean
read_texts (LeydenValue  *list,
            const char   *what,
            guint         max_items,
            GStrv        *texts,
            GError      **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  guint n = leyden_value_get_size (list);

  if (!leyden_value_is_null (list) && leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return refuse (error, _("“%s” must be a list of texts"), what);
  if (n > max_items)
    return refuse (error, _("“%s” must not have more than %u entries"), what, max_items);
  for (guint i = 0; i < n; i++)
    {
      gsize length = 0;
      const char *text = leyden_value_get_string (leyden_value_get_item (list, i), &length);

      if (text == NULL || strlen (text) != length || length > MAX_ARGUMENT)
        return refuse (error, _("“%s” must be a list of texts without null characters"), what);
      g_strv_builder_add (builder, text);
    }
  *texts = g_strv_builder_end (builder);
  return TRUE;
}

/* Variables that change which code runs, or that hold keys of ours. */
static gboolean
is_refused_variable (const char *name)
{
  static const char * const names[] = { "PATH", "HOME", "TMPDIR", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "PS4", "NODE_OPTIONS", "NODE_PATH",
                                        "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "CLASSPATH", "GCONV_PATH", "AGL_KEY", NULL };
  static const char * const prefixes[] = { "LD_", "DYLD_", "PYTHON", "PERL", "LEYDEN_", "BASH_FUNC_", "GIO_", "GLIBC_", NULL };

  if (g_strv_contains (names, name))
    return TRUE;
  for (guint i = 0; prefixes[i] != NULL; i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
check_variables (GStrv    names,
                 GError **error)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *name = names[i];
      g_autofree char *shown = leyden_text_escape (name, -1, 80);

      if (*name == '\0' || g_ascii_isdigit (*name)
          || strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != strlen (name))
        return refuse (error, _("“%s” is not the name of an environment variable"), shown);
      if (is_refused_variable (name))
        return refuse (error, _("The environment variable “%s” decides what runs, or holds a key: no command gets it"), shown);
    }
  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
sort_names (GStrv names)
{
  qsort (names, g_strv_length (names), sizeof *names, compare_names);
}

static void
add_texts (LeydenValueBuilder *b,
           const char         *key,
           GStrv               texts)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; texts[i] != NULL; i++)
    leyden_value_builder_add_string (b, texts[i]);
  leyden_value_builder_end (b);
}

static void
describe (LeydenPermission *self,
          const char       *digest)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", self->kind);
  leyden_value_builder_set_string (&b, "program", self->program);
  leyden_value_builder_set_string (&b, "digest", digest);
  add_texts (&b, "arguments", self->arguments);
  add_texts (&b, "environment", self->environment);
  leyden_value_builder_set_string (&b, "script", self->script);
  leyden_value_builder_set_boolean (&b, "network", self->network);
  leyden_value_builder_end (&b);
  self->what = leyden_value_builder_end_value (&b);
  self->hash = leyden_json_hash (self->what);
}

LeydenPermission *
leyden_permission_new (const char   *kind,
                       LeydenValue  *parameters,
                       GError      **error)
{
  g_autoptr(LeydenPermission) self = g_new0 (LeydenPermission, 1);
  gboolean is_python = g_str_equal (kind, "python");
  g_autofree char *digest = NULL;
  gsize length = 0;
  const char *name = is_python ? LEYDEN_PYTHON
                               : leyden_value_get_string (leyden_value_get_member (parameters, "program"), &length);

  g_return_val_if_fail (kind != NULL, NULL);

  self->kind = g_strdup (kind);
  self->network = leyden_value_get_member_boolean (parameters, "network", FALSE);
  if (is_python)
    self->script = g_strdup (leyden_value_get_member_string (parameters, "script", ""));
  if (name == NULL || (!is_python && strlen (name) != length))
    {
      refuse (error, _("No program is named"));
      return NULL;
    }
  if (!read_texts (is_python ? NULL : leyden_value_get_member (parameters, "arguments"), _("Arguments"), MAX_ARGUMENTS,
                   &self->arguments, error)
      || !read_texts (leyden_value_get_member (parameters, "environment"), _("Environment"), MAX_VARIABLES, &self->environment, error)
      || !check_variables (self->environment, error))
    return NULL;
  sort_names (self->environment);
  self->program = find_program (name, error);
  if (self->program != NULL)
    digest = read_digest (self->program, error);
  if (digest == NULL)
    return NULL;
  describe (self, digest);
  return g_steal_pointer (&self);
}

LeydenPermission *
leyden_permission_new_address (const char *host,
                               guint16     port)
{
  LeydenPermission *self = g_new0 (LeydenPermission, 1);

  self->kind = g_strdup ("address");
  self->what = leyden_approvals_describe_address (host, port);
  self->hash = leyden_json_hash (self->what);
  return self;
}

/* ---- Of a flow ---- */

static LeydenValue *
collect_parameters (LeydenNode           *node,
                    const LeydenNodeType *type,
                    LeydenNodeTypes      *types)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);

      leyden_value_builder_set (&b, parameter->name, leyden_node_types_get_parameter (types, node, parameter->name));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* An address that the URL itself names; names of hosts are looked up only when the node runs. */
static LeydenPermission *
address_of_url (const char *url)
{
  g_autofree char *text = NULL;
  g_autoptr(GUri) uri = NULL;
  g_autoptr(GInetAddress) address = NULL;
  const char *host;
  int port;

  /* A placeholder is no part of an address that could be approved beforehand; behind it anything may stand. */
  if (!g_str_has_prefix (url, "http://") && !g_str_has_prefix (url, "https://"))
    return NULL;
  text = g_strndup (url, strcspn (url, "{"));
  uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || *host == '\0' || (text[strlen (text)] != url[strlen (text)] && strchr (text + 8, '/') == NULL))
    return NULL;
  port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : g_strcmp0 (g_uri_get_scheme (uri), "https") == 0 ? 443 : 80;
  address = g_inet_address_new_from_string (host);
  if (g_ascii_strcasecmp (host, "localhost") != 0
      && (address == NULL || leyden_address_get_reach (address) != LEYDEN_ADDRESS_PRIVATE))
    return NULL;
  return leyden_permission_new_address (host, (guint16) port);
}

static void
add_node (GPtrArray       *list,
          LeydenNode      *node,
          LeydenNodeTypes *types)
{
  const char *kind = leyden_node_get_type_name (node);
  const LeydenNodeType *type = leyden_node_types_lookup (types, kind);
  g_autoptr(LeydenPermission) permission = NULL;
  g_autoptr(LeydenValue) parameters = NULL;
  const char *title = leyden_node_get_title (node);

  if (type == NULL || !(g_str_equal (kind, "python") || g_str_equal (kind, "command") || g_str_equal (kind, "http")))
    return;
  parameters = collect_parameters (node, type, types);
  if (g_str_equal (kind, "http"))
    permission = address_of_url (leyden_value_get_member_string (parameters, "url", ""));
  else
    permission = leyden_permission_new (kind, parameters, NULL);
  if (permission == NULL)
    return;
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((LeydenPermission *) g_ptr_array_index (list, i))->hash, permission->hash))
      return;
  permission->node = g_strdup (leyden_node_get_id (node));
  permission->title = g_strdup (title != NULL && *title != '\0' ? title : type->title);
  g_ptr_array_add (list, g_steal_pointer (&permission));
}

static void
add_flow (GPtrArray       *list,
          LeydenFlow      *flow,
          LeydenNodeTypes *types,
          guint            depth)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (g_ptr_array_index (nodes, i)));

      /* What does not run asks for nothing. */
      if (leyden_node_get_mode (g_ptr_array_index (nodes, i)) != LEYDEN_NODE_MODE_ON)
        continue;
      add_node (list, g_ptr_array_index (nodes, i), types);
      if (body != NULL && depth < LEYDEN_FLOW_MAX_DEPTH)
        add_flow (list, body, types, depth + 1);
    }
}

GPtrArray *
leyden_permissions_of_flow (LeydenFlow      *flow,
                            LeydenNodeTypes *types)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_permission_free);

  add_flow (list, flow, types, 0);
  return list;
}

/* ---- Asking ---- */

static gboolean
needs_sandbox (LeydenPermission *self)
{
  return !g_str_equal (self->kind, "address");
}

static void
set_needed (LeydenPermission  *self,
            LeydenApprovals   *approvals,
            GError           **error)
{
  const GError *broken = leyden_approvals_get_error (approvals);
  g_autofree char *title = leyden_text_display (self->title != NULL ? self->title : "", -1, 80, FALSE);
  g_autofree char *program = leyden_text_escape (self->program != NULL ? self->program : "", -1, 200);
  g_autofree char *message = NULL;

  if (needs_sandbox (self))
    message = g_strdup_printf (_("“%s” wants to run %s, which is not approved on this machine. “leydenctl approve FLOW” shows and "
                                 "approves it; --approve %s does so for one run"), title, program, self->hash);
  else
    message = g_strdup_printf (_("“%s” wants to reach %s, a private address that is not approved on this machine. “leydenctl approve "
                                 "--address %s” approves it; --approve %s does so for one run"), title,
                               leyden_value_get_member_string (self->what, "address", ""),
                               leyden_value_get_member_string (self->what, "address", ""), self->hash);
  g_set_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_NEEDED, "%s%s%s", message, broken != NULL ? "; " : "",
               broken != NULL ? broken->message : "");
}

gboolean
leyden_permission_check (LeydenPermission  *self,
                         LeydenApprovals   *approvals,
                         GError           **error)
{
  const char *reason = NULL;

  if (!leyden_approvals_has (approvals, self->hash))
    {
      set_needed (self, approvals, error);
      return FALSE;
    }
  if (!needs_sandbox (self) || leyden_sandbox_find (&reason) != LEYDEN_SANDBOX_NONE
      || leyden_approvals_get_allow_unsandboxed (approvals) || leyden_approvals_has_unsandboxed (approvals, self->hash))
    return TRUE;
  g_set_error (error, LEYDEN_APPROVAL_ERROR, LEYDEN_APPROVAL_ERROR_UNSANDBOXED,
               _("%s would run without a sandbox: %s. It could read and change all that you can. Install bubblewrap, or add "
                 "--allow-unsandboxed if you trust it that far"), self->program, reason != NULL ? reason : "");
  return FALSE;
}

gboolean
leyden_permissions_check (GPtrArray        *permissions,
                          LeydenApprovals  *approvals,
                          GError          **error)
{
  for (guint i = 0; i < permissions->len; i++)
    if (!leyden_permission_check (g_ptr_array_index (permissions, i), approvals, error))
      return FALSE;
  return TRUE;
}

LeydenValue *
leyden_permission_to_value (LeydenPermission *self,
                            LeydenApprovals  *approvals)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *reason = NULL;
  LeydenSandbox sandbox = leyden_sandbox_find (&reason);
  gboolean unsandboxed = leyden_approvals_get_allow_unsandboxed (approvals) || leyden_approvals_has_unsandboxed (approvals, self->hash);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "hash", self->hash);
  leyden_value_builder_set_string (&b, "kind", self->kind);
  leyden_value_builder_set_string (&b, "node", self->node);
  leyden_value_builder_set_string (&b, "title", self->title);
  leyden_value_builder_set (&b, "what", self->what);
  leyden_value_builder_set_boolean (&b, "approved", leyden_permission_check (self, approvals, NULL));
  if (needs_sandbox (self))
    {
      leyden_value_builder_set_string (&b, "sandbox", leyden_sandbox_to_string (sandbox));
      leyden_value_builder_set_string (&b, "sandbox_reason", reason);
      leyden_value_builder_set_boolean (&b, "unsandboxed", unsandboxed);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
