/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target without libFuzzer: every seed as it is, then seeded mutations of it.
 * Usage: fuzz-NAME [--runs N] [--seed N] FILE|FOLDER… */
#include <gio/gio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char * const tokens[] = {
  "{", "}", "[", "]", "\"", ":", ",", "\\u0000", "\\ud800", "1e999", "-", "null", "NaN", "\r\n", "\n\n", "data: ",
  "{{", "}}", "'", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "\xff", "\xc0\xaf", "\xef\xbb\xbf",
  "99999999999999999999", "id", "nodes", "edges", "(", ")", "SELECT", "$", "%00", "../",
};

/* At most to the end. One draw: MIN would draw twice. */
static guint
random_length (GByteArray *data,
               guint       at,
               guint       most,
               GRand      *random)
{
  guint length = (guint) g_rand_int_range (random, 1, (gint32) most);

  return MIN (length, data->len - at);
}

static void
mutate (GByteArray *data,
        GRand      *random)
{
  guint n_changes = 1 + g_rand_int_range (random, 0, 6);

  for (guint i = 0; i < n_changes; i++)
    {
      guint at = data->len ? (guint) g_rand_int_range (random, 0, (gint32) data->len) : 0;

      switch (g_rand_int_range (random, 0, 5))
        {
        case 0:
          if (data->len)
            data->data[at] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
          break;
        case 1:
          if (data->len)
            g_byte_array_remove_range (data, at, random_length (data, at, 64, random));
          break;
        case 2:
          if (data->len && data->len < 1 << 20)
            {
              guint length = random_length (data, at, 256, random);
              g_autofree guint8 *copy = g_memdup2 (data->data + at, length);
              g_byte_array_append (data, copy, length);
            }
          break;
        case 3:
          {
            const char *token = tokens[g_rand_int_range (random, 0, G_N_ELEMENTS (tokens))];
            guint length = (guint) strlen (token);
            guint tail = data->len - at;

            g_byte_array_set_size (data, data->len + length);
            memmove (data->data + at + length, data->data + at, tail);
            memcpy (data->data + at, token, length);
          }
          break;
        default:
          if (data->len)
            data->data[at] = (guint8) g_rand_int_range (random, 0, 256);
          break;
        }
    }
}

static void
collect (const char *path,
         GPtrArray  *seeds)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir != NULL)
    {
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);
          collect (child, seeds);
        }
    }
  else
    {
      char *contents;
      gsize length;

      if (g_file_get_contents (path, &contents, &length, NULL))
        g_ptr_array_add (seeds, g_bytes_new_take (contents, length));
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GRand) random = NULL;
  guint64 n_runs = 2000;
  guint32 seed = 42;

  for (int i = 1; i < argc; i++)
    {
      if (g_str_equal (argv[i], "--runs") && i + 1 < argc)
        n_runs = g_ascii_strtoull (argv[++i], NULL, 10);
      else if (g_str_equal (argv[i], "--seed") && i + 1 < argc)
        seed = (guint32) g_ascii_strtoull (argv[++i], NULL, 10);
      else
        collect (argv[i], seeds);
    }
  if (seeds->len == 0)
    g_ptr_array_add (seeds, g_bytes_new_static ("{}", 2));

  random = g_rand_new_with_seed (seed);
  for (guint i = 0; i < seeds->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (seeds, i), &size);
      LLVMFuzzerTestOneInput (data, size);
    }
  for (guint64 run = 0; run < n_runs; run++)
    {
      GBytes *base = g_ptr_array_index (seeds, (guint) (run % seeds->len));
      g_autoptr(GByteArray) data = g_byte_array_new ();

      g_byte_array_append (data, g_bytes_get_data (base, NULL), (guint) g_bytes_get_size (base));
      mutate (data, random);
      LLVMFuzzerTestOneInput (data->data, data->len);
    }
  g_print ("1..1\nok 1 %u seeds and %" G_GUINT64_FORMAT " mutations\n", seeds->len, n_runs);
  return 0;
}
