/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-format.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "leyden-text.h"

typedef enum
{
  PLAIN,
  DURATION,
  BYTES,
  SHARE,
  PERCENT,
  MONEY,
} Family;

typedef struct
{
  Family  family;
  double  base;                 /* of one: s of a duration */
  char    word[48];             /* what stands after the number, or the currency */
  gboolean rate;
} Unit;

/* A size in which numbers of a family are shown. */
typedef struct
{
  double      factor;
  const char *suffix;           /* to be translated */
} Size;

static const Size durations[] = {
  { 1e-9, N_("ns") }, { 1e-6, N_("µs") }, { 1e-3, N_("ms") }, { 1, N_("s") }, { 60, N_("min") }, { 3600, N_("h") }, { 86400, N_("d") },
};

static const Size bytes[] = {
  { 1, N_("B") }, { 1024, N_("KiB") }, { 1048576, N_("MiB") }, { 1073741824, N_("GiB") }, { 1099511627776, N_("TiB") },
  { 1125899906842624, N_("PiB") },
};

static const Size counts[] = {
  { 1, "" }, { 1e3, N_("k") }, { 1e6, N_("M") }, { 1e9, N_("G") }, { 1e12, N_("T") },
};

static const struct
{
  const char *name;
  Family      family;
  double      base;
} names[] = {
  { "ns", DURATION, 1e-9 }, { "us", DURATION, 1e-6 }, { "µs", DURATION, 1e-6 }, { "ms", DURATION, 1e-3 }, { "s", DURATION, 1 },
  { "seconds", DURATION, 1 }, { "min", DURATION, 60 }, { "h", DURATION, 3600 }, { "bytes", BYTES, 1 }, { "By", BYTES, 1 }, { "B", BYTES, 1 },
  { "percent", PERCENT, 1 }, { "%", PERCENT, 1 }, { "share", SHARE, 1 }, { "ratio", SHARE, 1 }, { "", PLAIN, 1 }, { "1", PLAIN, 1 },
};

static gboolean
is_currency (const char *text)
{
  return strlen (text) == 3 && g_ascii_isupper (text[0]) && g_ascii_isupper (text[1]) && g_ascii_isupper (text[2]);
}

static Unit
parse_unit (const char *text)
{
  Unit unit = { PLAIN, 1, "", FALSE };
  g_autofree char *name = g_strdup (text != NULL ? text : "");

  if (g_str_has_suffix (name, "/s"))
    {
      unit.rate = TRUE;
      name[strlen (name) - 2] = '\0';
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].name, name) == 0)
      {
        unit.family = names[i].family;
        unit.base = names[i].base;
        return unit;
      }
  if (is_currency (name))
    {
      unit.family = MONEY;
      g_strlcpy (unit.word, name, sizeof unit.word);
      return unit;
    }
  {
    g_autofree char *shown = leyden_text_display (name, -1, 10, FALSE);

    /* Cut between characters, if at all. */
    if (strlen (shown) < sizeof unit.word)
      g_strlcpy (unit.word, shown, sizeof unit.word);
  }
  return unit;
}

static const Size *
pick_size (const Unit *unit,
           double      largest)
{
  const Size *list = unit->family == DURATION ? durations : unit->family == BYTES ? bytes : counts;
  guint n = unit->family == DURATION ? G_N_ELEMENTS (durations) : unit->family == BYTES ? G_N_ELEMENTS (bytes) : G_N_ELEMENTS (counts);
  double in_base = fabs (largest) * unit->base;
  const Size *found = list;

  if (unit->family == SHARE || unit->family == PERCENT || unit->family == MONEY || !isfinite (in_base))
    return &counts[0];
  /* 1 500 s is not yet 25 min, 9 000 not yet 9 k: the larger size begins where it saves figures. */
  for (guint i = 1; i < n; i++)
    if (in_base >= list[i].factor * (list == counts && i == 1 ? 10 : list == durations && i > 3 ? 2 : 1))
      found = &list[i];
  /* Without a size that is near, 0 counts as one of its unit. */
  if (list == durations && in_base == 0)
    for (guint i = 0; i < n; i++)
      if (list[i].factor <= unit->base)
        found = &list[i];
  return found;
}

double
leyden_chart_unit_factor (const char *unit,
                          double      largest)
{
  Unit parsed = parse_unit (unit);

  if (parsed.family == SHARE)
    return 0.01;
  return pick_size (&parsed, largest)->factor / parsed.base;
}

double
leyden_chart_unit_step (const char *unit,
                        double      largest,
                        double      least)
{
  static const double sixty[] = { 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600 };
  Unit parsed = parse_unit (unit);
  double factor = leyden_chart_unit_factor (unit, largest), wanted = least / factor, step;

  if (!(wanted > 0) || !isfinite (wanted))
    return isfinite (least) && least > 0 ? least : 1;
  if (parsed.family == DURATION && wanted > 1 && (pick_size (&parsed, largest)->factor == 1 || pick_size (&parsed, largest)->factor == 60))
    for (guint i = 0; i < G_N_ELEMENTS (sixty); i++)
      if (sixty[i] >= wanted)
        return sixty[i] * factor;
  step = pow (10, floor (log10 (wanted)));
  if (step == 0)
    return least;
  for (guint i = 0; step < wanted * (1 - 1e-9) && i < 4; i++)
    step *= i % 3 == 1 ? 2.5 : 2;
  /* Half a byte is none. */
  if (parsed.family == BYTES && factor == 1)
    step = MAX (step, 1);
  return step * factor;
}

/* Decimals so that steps of that size differ. */
static int
count_decimals (double step)
{
  if (!(step > 0) || step >= 1)
    return 0;
  for (int decimals = 1; decimals < 12; decimals++)
    {
      double scaled = step * pow (10, decimals);

      if (fabs (scaled - round (scaled)) < 1e-6 * scaled && round (scaled) >= 1)
        return decimals;
    }
  return 12;
}

static char *
format_number (double value,
               int    decimals)
{
  double size = fabs (value);

  if (size != 0 && (size >= 1e15 || size < 1e-9))
    return g_strdup_printf ("%.4g", value);
  /* Without "-0". */
  if (size < 0.5 * pow (10, -decimals))
    value = 0;
  return g_strdup_printf ("%'.*f", decimals, value);
}

static char *
add_suffix (const Unit *unit,
            const char *number,
            const char *suffix)
{
  g_autofree char *text = NULL;

  switch (unit->family)
    {
    case SHARE:
    case PERCENT:
      text = g_strdup_printf (_("%s %%"), number);
      break;
    case MONEY:
      if (strcmp (unit->word, "USD") == 0)
        text = *number == '-' ? g_strdup_printf (_("-$%s"), number + 1) : g_strdup_printf (_("$%s"), number);
      else
        text = g_strdup_printf ("%s %s", number, unit->word);
      break;
    case PLAIN:
    case DURATION:
    case BYTES:
    default:
      text = *suffix == '\0' ? g_strdup (number) : g_strdup_printf ("%s %s", number, suffix);
      break;
    }
  return unit->rate ? g_strdup_printf (_("%s/s"), text) : g_steal_pointer (&text);
}

char *
leyden_chart_format_tick (double      value,
                          double      step,
                          double      largest,
                          const char *unit)
{
  Unit parsed = parse_unit (unit);
  const Size *size = pick_size (&parsed, largest);
  double factor = leyden_chart_unit_factor (unit, largest);
  g_autofree char *number = NULL;

  if (!isfinite (value))
    return g_strdup ("–");
  number = format_number (value / factor, count_decimals (step / factor));
  return add_suffix (&parsed, number, *size->suffix == '\0' ? "" : _(size->suffix));
}

/* Up to four figures, all that stand before the point. */
static int
reading_decimals (double value)
{
  double size = fabs (value);

  if (size == 0 || size == floor (size))
    return 0;
  return CLAMP (3 - (int) floor (log10 (size)), 0, 8);
}

/* "1.500" says no more than "1.5". */
static void
strip_zeros (char *number)
{
  const char *point = localeconv ()->decimal_point;
  char *found = strstr (number, point);
  gsize length = strlen (number);

  if (found == NULL || strchr (number, 'e') != NULL)
    return;
  while (length > 0 && number[length - 1] == '0')
    number[--length] = '\0';
  if (number + length == found + strlen (point))
    *found = '\0';
}

char *
leyden_chart_format_value (double      value,
                           const char *unit)
{
  Unit parsed = parse_unit (unit);
  const Size *size = pick_size (&parsed, value);
  double shown = value / leyden_chart_unit_factor (unit, value);
  g_autofree char *number = NULL;
  g_autofree char *words = NULL;

  if (!isfinite (value))
    return g_strdup ("–");
  /* Counts are read to the last figure. */
  if (parsed.family == PLAIN)
    {
      size = &counts[0];
      shown = value;
    }
  if (parsed.family == MONEY)
    number = format_number (shown, shown != 0 && fabs (shown) < 0.1 ? 4 : 2);
  else
    {
      number = format_number (shown, reading_decimals (shown));
      strip_zeros (number);
    }
  words = add_suffix (&parsed, number, *size->suffix == '\0' ? "" : _(size->suffix));
  return parsed.family != PLAIN || *parsed.word == '\0' ? g_steal_pointer (&words) : g_strdup_printf ("%s %s", words, parsed.word);
}

char *
leyden_chart_format_time (double     time_ns,
                          GTimeZone *zone,
                          double     resolution_ns)
{
  double seconds = floor (time_ns / 1e9);
  g_autoptr(GDateTime) utc = NULL;
  g_autoptr(GDateTime) local = NULL;
  const char *form = resolution_ns >= 86400e9 ? _("%-e %b %Y") : resolution_ns >= 60e9 ? _("%-e %b %Y %H:%M %Z")
                     : resolution_ns >= 1e9 ? _("%-e %b %Y %H:%M:%S %Z") : _("%-e %b %Y %H:%M:%S.%f %Z");
  g_autofree char *text = NULL;

  if (!isfinite (time_ns) || fabs (seconds) > 2.5e11)
    return g_strdup ("–");
  utc = g_date_time_new_from_unix_utc ((gint64) seconds);
  local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  if (local != NULL && resolution_ns < 1e9)
    {
      GDateTime *precise = g_date_time_add (local, (GTimeSpan) MIN (round ((time_ns - seconds * 1e9) / 1e3), 999999));

      g_date_time_unref (local);
      local = precise;
    }
  if (local == NULL)
    return g_strdup ("–");
  text = g_date_time_format (local, form);
  return text != NULL ? g_strdup (g_strchug (text)) : g_strdup ("–");
}
