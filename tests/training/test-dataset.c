/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leyden-dataset.h"
#include "leyden-id.h"
#include "leyden-json.h"

static LeydenDataset *
parse_bytes (const char          *text,
             gssize               length,
             LeydenDatasetFormat  format,
             const char          *encoding,
             gboolean             skip_bad,
             GError             **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, length >= 0 ? (gsize) length : strlen (text));

  return leyden_dataset_parse (bytes, format, encoding, skip_bad, error);
}

static char *
row_text (LeydenDataset *dataset,
          guint          index)
{
  return leyden_json_write (leyden_dataset_get_row (dataset, index), LEYDEN_JSON_COMPACT);
}

static void
check_rows (LeydenDataset *dataset,
            const char    *expected)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < leyden_dataset_get_n_rows (dataset); i++)
    {
      g_autofree char *row = row_text (dataset, i);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", row);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static const struct { LeydenDatasetFormat format; const char *text; const char *rows; } good[] = {
  /* D01 and D03: no newline at the end, empty lines, CR LF, BOM, lone CR. */
  { LEYDEN_DATASET_JSONL, "{\"a\":1}\n{\"a\":2}", "{\"a\":1} {\"a\":2}" },
  { LEYDEN_DATASET_JSONL, "\xef\xbb\xbf{\"a\":1}\r\n\r\n  \n{\"a\":2}\r\n\n", "{\"a\":1} {\"a\":2}" },
  { LEYDEN_DATASET_JSONL, "{\"a\":\r1}\n", "{\"a\":1}" },
  { LEYDEN_DATASET_JSONL, "{}", "{}" },
  { LEYDEN_DATASET_CSV, "\xef\xbb\xbf" "a,b\r\n1,2\r\n\r\n3,", "{\"a\":\"1\",\"b\":\"2\"} {\"a\":\"3\",\"b\":\"\"}" },
  { LEYDEN_DATASET_CSV, "a\r1\r2\r", "{\"a\":\"1\"} {\"a\":\"2\"}" },
  { LEYDEN_DATASET_CSV, "a,b\n\"x, \"\"y\"\"\r\nz\",2\n", "{\"a\":\"x, \\\"y\\\"\\r\\nz\",\"b\":\"2\"}" },
  { LEYDEN_DATASET_CSV, "a;b\n\"1,5\";2\n", "{\"a\":\"1,5\",\"b\":\"2\"}" },
  { LEYDEN_DATASET_CSV, "a\tb\n1\t2\n", "{\"a\":\"1\",\"b\":\"2\"}" },
  { LEYDEN_DATASET_CSV, "\"a,x\",b\n1,it's \"so\"\n", "{\"a,x\":\"1\",\"b\":\"it's \\\"so\\\"\"}" },
  { LEYDEN_DATASET_CSV, "a,b\n\"\",\"\"\n", "{\"a\":\"\",\"b\":\"\"}" },
  { LEYDEN_DATASET_CSV, "\n\na\nx", "{\"a\":\"x\"}" },
  /* D12: formulas are text. */
  { LEYDEN_DATASET_CSV, "a\n=HYPERLINK(0)\n+1\n-1\n@x\n\t=1\n", "{\"a\":\"=HYPERLINK(0)\"} {\"a\":\"+1\"} {\"a\":\"-1\"} {\"a\":\"@x\"} {\"a\":\"\\t=1\"}" },
  { LEYDEN_DATASET_CSV, "a,reward\nx,0.5\n", "{\"a\":\"x\",\"reward\":0.5}" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenDataset) dataset = parse_bytes (good[i].text, -1, good[i].format, NULL, FALSE, &error);

      g_test_message ("%s", good[i].text);
      g_assert_no_error (error);
      check_rows (dataset, good[i].rows);
    }
}

static const struct { const char *id; LeydenDatasetFormat format; const char *text; gsize length; LeydenDatasetError code; const char *part; guint n_left; } bad[] = {
  { "D02", LEYDEN_DATASET_JSONL, "{\"a\":1}\n{\"a\":", 0, LEYDEN_DATASET_ERROR_ROW, "row 2", 1 },
  { "D03", LEYDEN_DATASET_JSONL, "\n\n{\"a\":1}\n\nx\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 5", 1 },
  { "D05", LEYDEN_DATASET_JSONL, NULL, 0, LEYDEN_DATASET_ERROR_LIMIT, "row 2", 2 },
  { "D05", LEYDEN_DATASET_CSV, NULL, 0, LEYDEN_DATASET_ERROR_LIMIT, "row 2", 2 },
  { "D06", LEYDEN_DATASET_JSONL, "{}\n[1]\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 2: expected an object, found list", 1 },
  { "D06", LEYDEN_DATASET_JSONL, "7\n{}\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 1: expected an object, found number", 1 },
  { "D06", LEYDEN_DATASET_JSONL, "null\n{}\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 1: expected an object", 1 },
  { "D07", LEYDEN_DATASET_JSONL, "{\"data_id\":\"x\"}\n{}\n{\"data_id\":\"x\"}\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 3: the data_id “x” is already that of row 1", 2 },
  { "D07", LEYDEN_DATASET_CSV, "data_id,b\n7,1\n7,2\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 2 (line 3): the data_id “7” is already that of row 1", 1 },
  { "D08", LEYDEN_DATASET_JSONL, "{\"reward\":\"0.5\"}\n{}", 0, LEYDEN_DATASET_ERROR_ROW, "reward", 1 },
  { "D08", LEYDEN_DATASET_JSONL, "{\"reward\":NaN}\n{}", 0, LEYDEN_DATASET_ERROR_ROW, "row 1", 1 },
  { "D08", LEYDEN_DATASET_JSONL, "{\"reward\":1e999}\n{}", 0, LEYDEN_DATASET_ERROR_ROW, "row 1", 1 },
  { "D08", LEYDEN_DATASET_JSONL, "{\"reward\":true}\n{}", 0, LEYDEN_DATASET_ERROR_ROW, "reward", 1 },
  { "D08", LEYDEN_DATASET_JSONL, "{\"reward\":null}\n{}", 0, LEYDEN_DATASET_ERROR_ROW, "reward", 1 },
  { "D08", LEYDEN_DATASET_CSV, "reward\nNaN\n1\n", 0, LEYDEN_DATASET_ERROR_ROW, "reward", 1 },
  { "D10", LEYDEN_DATASET_CSV, "a,b\n1,2\n3,\"never\nclosed\n4,5\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 2 (line 3): a quote", 1 },
  { "D11", LEYDEN_DATASET_CSV, "a,b\n1,2\n1,2,3\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 2 (line 3): it has 3 cells, the header has 2", 1 },
  { "D11", LEYDEN_DATASET_CSV, "a,b\n\"1\n\",2\n1\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 2 (line 4): it has 1 cells", 1 },
  { "D11", LEYDEN_DATASET_CSV, "a,b\n\"x\"y,2\n1,2\n", 0, LEYDEN_DATASET_ERROR_ROW, "row 1 (line 2): there is text", 1 },
  { "D11", LEYDEN_DATASET_CSV, "a,a\n1,2\n", 0, LEYDEN_DATASET_ERROR_ROW, "header (line 1): two columns", G_MAXUINT },
  { "D11", LEYDEN_DATASET_CSV, "a,,b\n1,2,3\n", 0, LEYDEN_DATASET_ERROR_ROW, "header (line 1): column 2 has no name", G_MAXUINT },
  { "D13", LEYDEN_DATASET_CSV, "a\ncaf\xe9\nx\n", 0, LEYDEN_DATASET_ERROR_ENCODING, "windows-1252", 1 },
  { "D13", LEYDEN_DATASET_JSONL, "{\"a\":\"caf\xe9\"}\n{}", 0, LEYDEN_DATASET_ERROR_ENCODING, "row 1: not UTF-8 at byte 10", 1 },
  { "D13", LEYDEN_DATASET_CSV, "\xff\xfe" "a\0\n\0", 6, LEYDEN_DATASET_ERROR_ENCODING, "UTF-16", G_MAXUINT },
  { "D14", LEYDEN_DATASET_JSONL, "{}\n{\"a\":\"x\0y\"}\n{}", 17, LEYDEN_DATASET_ERROR_ROW, "row 2: there are NUL bytes", 2 },
  { "D14", LEYDEN_DATASET_CSV, "a\nx\0y\nz\n", 8, LEYDEN_DATASET_ERROR_ROW, "row 1 (line 2): there are NUL bytes", 1 },
};

/* A row of 17 MiB between two good ones. */
static char *
make_long (LeydenDatasetFormat format)
{
  g_autofree char *filler = g_strnfill (17 << 20, 'x');

  return format == LEYDEN_DATASET_CSV ? g_strdup_printf ("a\n1\n%s\n2\n", filler) : g_strdup_printf ("{}\n{\"a\":\"%s\"}\n{}\n", filler);
}

static void
check_bad (gsize i)
{
  g_autofree char *made = bad[i].text == NULL ? make_long (bad[i].format) : NULL;
  const char *text = made != NULL ? made : bad[i].text;
  gssize length = bad[i].length > 0 ? (gssize) bad[i].length : -1;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) skip_error = NULL;
  g_autoptr(LeydenDataset) dataset = parse_bytes (text, length, bad[i].format, NULL, FALSE, &error);
  g_autoptr(LeydenDataset) skipped = parse_bytes (text, length, bad[i].format, NULL, TRUE, &skip_error);

  g_test_message ("%s", error != NULL ? error->message : "no error");
  g_assert_null (dataset);
  g_assert_error (error, LEYDEN_DATASET_ERROR, (int) bad[i].code);
  g_assert_nonnull (strstr (error->message, bad[i].part));
  if (bad[i].n_left == G_MAXUINT)
    {
      g_assert_null (skipped);
      return;
    }
  g_assert_no_error (skip_error);
  g_assert_cmpuint (leyden_dataset_get_n_rows (skipped), ==, bad[i].n_left);
  g_assert_cmpuint (leyden_value_get_size (leyden_dataset_get_errors (skipped)), ==, 1);
}

static void
test_hostile (gconstpointer id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (g_str_equal (bad[i].id, id))
      check_bad (i);
}

static void
test_d04 (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDataset) dataset = NULL;
  g_autoptr(LeydenDataset) skipped = NULL;

  for (guint i = 1; i <= 10000; i++)
    g_string_append (text, i == 7 ? "{broken}\n" : "{\"a\":1}\n");
  dataset = parse_bytes (text->str, -1, LEYDEN_DATASET_JSONL, NULL, FALSE, &error);
  skipped = parse_bytes (text->str, -1, LEYDEN_DATASET_JSONL, NULL, TRUE, NULL);
  g_assert_null (dataset);
  g_assert_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_ROW);
  g_assert_true (g_str_has_prefix (error->message, "row 7: column 2"));
  g_assert_cmpuint (leyden_dataset_get_n_rows (skipped), ==, 9999);
  g_assert_cmpint (leyden_value_get_member_int (leyden_value_get_item (leyden_dataset_get_errors (skipped), 0), "row", 0), ==, 7);
}

static void
test_d05_limit (void)
{
  g_autofree char *filler = g_strnfill ((16 << 20) - 8, 'x');
  g_autofree char *text = g_strdup_printf ("{\"a\":\"%s\"}\n", filler);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDataset) dataset = parse_bytes (text, -1, LEYDEN_DATASET_JSONL, NULL, FALSE, &error);
  g_autofree char *longer = g_strdup_printf ("{\"a\":\"x%s\"}\n", filler);
  g_autoptr(LeydenDataset) refused = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (leyden_dataset_get_n_rows (dataset), ==, 1);
  refused = parse_bytes (longer, -1, LEYDEN_DATASET_JSONL, NULL, FALSE, &error);
  g_assert_null (refused);
  g_assert_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_LIMIT);
}

static void
test_d13_encoding (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenDataset) dataset = parse_bytes ("na\xefve,b\ncaf\xe9,\x80\n", -1, LEYDEN_DATASET_CSV, "windows-1252", FALSE, &error);
  g_autoptr(LeydenDataset) odd = NULL;

  g_assert_no_error (error);
  check_rows (dataset, "{\"naïve\":\"café\",\"b\":\"€\"}");
  odd = parse_bytes ("a\n1\n", -1, LEYDEN_DATASET_CSV, "UTF-16", FALSE, &error);
  g_assert_null (odd);
  g_assert_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_ENCODING);
}

static void
test_empty (void)
{
  static const char * const empty[] = { "", "\n\n", "\xef\xbb\xbf", " \r\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (empty); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenDataset) dataset = parse_bytes (empty[i], -1, LEYDEN_DATASET_JSONL, NULL, FALSE, &error);

      g_assert_null (dataset);
      g_assert_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_EMPTY);
    }
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(LeydenDataset) dataset = parse_bytes ("a,b\n", -1, LEYDEN_DATASET_CSV, NULL, FALSE, &error);

    g_assert_null (dataset);
    g_assert_error (error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_EMPTY);
  }
}

static void
test_columns (void)
{
  g_autoptr(LeydenDataset) dataset = parse_bytes ("{\"q\":\"a\",\"n\":1,\"x\":null}\n{\"q\":\"b\",\"n\":\"2\",\"more\":[1]}\n", -1, LEYDEN_DATASET_JSONL, NULL,
                                                  FALSE, NULL);
  g_autofree char *text = leyden_json_write (leyden_dataset_get_columns (dataset), LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, "[{\"name\":\"q\",\"type\":\"text\",\"n\":2,\"example\":\"a\"},{\"name\":\"n\",\"type\":\"any\",\"n\":2,\"example\":1},"
                             "{\"name\":\"x\",\"type\":\"any\",\"n\":1,\"example\":null},{\"name\":\"more\",\"type\":\"list\",\"n\":1,\"example\":[1]}]");
  g_assert_cmpstr (leyden_dataset_get_sha256 (dataset), !=, NULL);
}

static void
test_split (void)
{
  static const struct { const char *name; const char *split; } names[] = {
    { "train", "train" }, { "val", "validation" }, { "valid", "validation" }, { "dev", "validation" }, { "validation", "validation" },
    { "test", "test" }, { "TEST", "test" },
  };
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(LeydenDataset) dataset = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_append_printf (text, "{\"split\":\"%s\"}\n", names[i].name);
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "{\"data_id\":\"row-%u\",\"split\":\"%s\"}\n", i, i % 2 ? "other" : "");
  g_string_append (text, "{\"b\":1,\"a\":2}\n{\"data_id\":7}\n");
  dataset = parse_bytes (text->str, -1, LEYDEN_DATASET_JSONL, NULL, FALSE, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (leyden_dataset_get_split (dataset, i), ==, names[i].split);
  for (guint i = 0; i < 1002; i++)
    {
      g_autofree char *key = i < 1000 ? g_strdup_printf ("row-%u", i) : g_strdup (i == 1000 ? "{\"a\":2,\"b\":1}" : "7");
      guint64 part = leyden_fnv1a64 (key, strlen (key)) % 100;

      g_assert_cmpstr (leyden_dataset_get_split (dataset, (guint) G_N_ELEMENTS (names) + i), ==,
                       part < 60 ? "train" : part < 80 ? "validation" : "test");
    }
}

static void
test_item (void)
{
  g_autoptr(LeydenDataset) dataset = parse_bytes ("{\"data_id\":\"a\"}\n{\"data_id\":12}\n{\"data_id\":null}\n", -1, LEYDEN_DATASET_JSONL, NULL, FALSE, NULL);
  static const char * const ids[] = { "a", "12", "2" };

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *item = leyden_dataset_dup_item (dataset, i);

      g_assert_cmpstr (item, ==, ids[i]);
    }
}

static const struct { const char *rows; const char *fields; const char *mapping; } mappings[] = {
  { "{\"data_id\":\"1\",\"question\":\"q\",\"answer\":\"a\",\"split\":\"train\"}",
    "[{\"name\":\"question\",\"type\":\"text\"},{\"name\":\"answer\",\"type\":\"text\",\"role\":\"expected\"},{\"name\":\"data_id\",\"type\":\"text\",\"role\":\"id\"}]",
    "{\"question\":\"question\",\"answer\":\"answer\",\"data_id\":\"data_id\"}" },
  { "{\"ID\":\"1\",\"Prompt\":\"q\",\"Target\":\"a\"}",
    "[{\"name\":\"question\",\"type\":\"text\"},{\"name\":\"answer\",\"type\":\"text\",\"role\":\"expected\"},{\"name\":\"data_id\",\"type\":\"text\",\"role\":\"id\"}]",
    "{\"question\":\"Prompt\",\"answer\":\"Target\",\"data_id\":\"ID\"}" },
  { "{\"User Question\":\"q\",\"weight\":3}", "[{\"name\":\"user_question\",\"type\":\"text\"}]", "{\"user_question\":\"User Question\"}" },
  { "{\"frage\":\"q\",\"ok\":true}", "[{\"name\":\"question\",\"type\":\"text\"}]", "{\"question\":\"frage\"}" },
  { "{\"x\":\"q\",\"y\":\"r\"}", "[{\"name\":\"question\",\"type\":\"text\"}]", "{}" },
};

static void
test_mapping (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mappings); i++)
    {
      g_autoptr(LeydenDataset) dataset = parse_bytes (mappings[i].rows, -1, LEYDEN_DATASET_JSONL, NULL, FALSE, NULL);
      g_autoptr(LeydenValue) fields = leyden_json_parse (mappings[i].fields, -1, NULL, NULL);
      g_autoptr(LeydenValue) mapping = leyden_dataset_guess_mapping (dataset, fields);
      g_autofree char *text = leyden_json_write (mapping, LEYDEN_JSON_COMPACT);

      g_assert_cmpstr (text, ==, mappings[i].mapping);
    }
}

static void
test_map_row (void)
{
  g_autoptr(LeydenDataset) dataset = parse_bytes ("{\"q\":\"Q\",\"n\":null}", -1, LEYDEN_DATASET_JSONL, NULL, FALSE, NULL);
  g_autoptr(LeydenValue) mapping = leyden_json_parse ("{\"question\":\"q\",\"other\":\"n\",\"absent\":\"z\",\"none\":null}", -1, NULL, NULL);
  g_autoptr(LeydenValue) mapped = leyden_dataset_map_row (dataset, 0, mapping);
  g_autoptr(LeydenValue) same = leyden_dataset_map_row (dataset, 0, NULL);
  g_autofree char *text = leyden_json_write (mapped, LEYDEN_JSON_COMPACT);

  g_assert_cmpstr (text, ==, "{\"question\":\"Q\",\"other\":null}");
  g_assert_true (same == leyden_dataset_get_row (dataset, 0));
}

/* Files. */
typedef struct
{
  char          *folder;
  char          *path;
  gboolean       done;
  LeydenDataset *dataset;
  GError        *error;
  guint          n_progress;
  guint64        last;
  GCancellable  *cancellable;
  guint64        cancel_after;
} Fixture;

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->folder = g_dir_make_tmp ("leyden-dataset-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "rows.jsonl", NULL);
  f->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture       *f,
           gconstpointer  data)
{
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->path);
  g_clear_object (&f->dataset);
  g_clear_error (&f->error);
  g_object_unref (f->cancellable);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Fixture *f = data;

  f->dataset = leyden_dataset_load_finish (result, &f->error);
  f->done = TRUE;
}

static void
progress_cb (guint64  n_bytes,
             guint64  n_total,
             gpointer data)
{
  Fixture *f = data;

  g_assert_false (f->done);
  g_assert_cmpuint (n_bytes, <=, n_total);
  g_assert_cmpuint (n_bytes, >=, f->last);
  f->last = n_bytes;
  f->n_progress++;
  if (f->cancel_after > 0)
    g_cancellable_cancel (f->cancellable);
}

static void
load (Fixture *f,
      guint    max_rows)
{
  f->done = FALSE;
  leyden_dataset_load_with_progress_async (f->path, NULL, -1, NULL, FALSE, max_rows, progress_cb, f, f->cancellable, loaded_cb, f);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
write_rows (Fixture *f,
            guint    n)
{
  FILE *file = fopen (f->path, "w");

  for (guint i = 0; i < n; i++)
    fprintf (file, "{\"data_id\":\"r-%u\",\"question\":\"How many?\",\"answer\":%u}\n", i, i);
  fclose (file);
}

static void
test_load (Fixture       *f,
           gconstpointer  data)
{
  g_autofree char *contents = NULL;
  g_autofree char *sha256 = NULL;
  gsize length;

  write_rows (f, 5000);
  load (f, 0);
  g_assert_no_error (f->error);
  g_assert_cmpuint (leyden_dataset_get_n_rows (f->dataset), ==, 5000);
  g_file_get_contents (f->path, &contents, &length, NULL);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents, length);
  g_assert_cmpstr (leyden_dataset_get_sha256 (f->dataset), ==, sha256);
  g_assert_cmpuint (f->n_progress, >=, 1);
  g_assert_cmpuint (f->last, ==, length);
}

static void
test_preview (Fixture       *f,
              gconstpointer  data)
{
  write_rows (f, 5000);
  load (f, 20);
  g_assert_no_error (f->error);
  g_assert_cmpuint (leyden_dataset_get_n_rows (f->dataset), ==, 20);
  g_assert_null (leyden_dataset_get_sha256 (f->dataset));
}

static void
test_d09_cancel (Fixture       *f,
                 gconstpointer  data)
{
  write_rows (f, 200000);
  f->cancel_after = 1;
  load (f, 0);
  /* A machine that reads it all within the first tenth of a second ends before the first news. */
  if (f->error == NULL)
    {
      g_test_skip ("read before there was anything to cancel");
      return;
    }
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_d15_shorter (Fixture       *f,
                  gconstpointer  data)
{
  /* A sparse file that is cut after it was opened: reads see its new end. A pipe of sizes cannot be forced, so the cut is done from
   * the first news; what was read whole before is fine too. */
  g_autofree char *line = g_strdup ("{\"a\":1}\n");
  int fd = g_open (f->path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

  for (guint i = 0; i < 300000; i++)
    g_assert_cmpint (write (fd, line, 8), ==, 8);
  leyden_dataset_load_with_progress_async (f->path, NULL, -1, NULL, FALSE, 0, NULL, NULL, NULL, loaded_cb, f);
  g_assert_cmpint (ftruncate (fd, 80), ==, 0);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
  close (fd);
  if (f->error != NULL)
    g_assert_error (f->error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_FILE);
  else
    g_assert_cmpuint (leyden_dataset_get_n_rows (f->dataset), ==, 10);
}

static void
test_files (Fixture       *f,
            gconstpointer  data)
{
  g_autofree char *file = g_steal_pointer (&f->path);
  g_autofree char *fifo = g_build_filename (f->folder, "fifo.csv", NULL);
  const char *paths[] = { f->folder, "/dev/zero", fifo, "/nowhere/at/all.csv", NULL };

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      f->path = (char *) paths[i];
      g_clear_error (&f->error);
      load (f, 0);
      g_assert_error (f->error, LEYDEN_DATASET_ERROR, LEYDEN_DATASET_ERROR_FILE);
      g_assert_nonnull (strstr (f->error->message, i < 3 ? "not a regular file" : "No such file"));
    }
  f->path = g_steal_pointer (&file);
  g_unlink (fifo);
}

static void
test_sample (Fixture       *f,
             gconstpointer  data)
{
  g_free (f->path);
  f->path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "arithmetic.jsonl", NULL);
  load (f, 0);
  g_assert_no_error (f->error);
  g_assert_cmpuint (leyden_dataset_get_n_rows (f->dataset), >=, 240);
  g_free (f->path);
  f->path = g_build_filename (f->folder, "rows.jsonl", NULL);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  static const char * const ids[] = { "D02", "D03", "D05", "D06", "D07", "D08", "D10", "D11", "D13", "D14" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataset/good", test_good);
  g_test_add_func ("/dataset/empty", test_empty);
  g_test_add_func ("/dataset/columns", test_columns);
  g_test_add_func ("/dataset/split", test_split);
  g_test_add_func ("/dataset/item", test_item);
  g_test_add_func ("/dataset/mapping", test_mapping);
  g_test_add_func ("/dataset/map-row", test_map_row);
  ADD ("/dataset/load", test_load);
  ADD ("/dataset/preview", test_preview);
  ADD ("/dataset/files", test_files);
  ADD ("/dataset/sample", test_sample);
  g_test_add_func ("/hostile/D01-D03-D12", test_good);
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *path = g_strconcat ("/hostile/", ids[i], NULL);

      g_test_add_data_func (path, ids[i], test_hostile);
    }
  g_test_add_func ("/hostile/D04", test_d04);
  g_test_add_func ("/hostile/D05-limit", test_d05_limit);
  ADD ("/hostile/D09-cancel", test_d09_cancel);
  g_test_add_func ("/hostile/D13-encoding", test_d13_encoding);
  ADD ("/hostile/D15-shorter", test_d15_shorter);
  return g_test_run ();
}
