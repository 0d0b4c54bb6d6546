/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli.h"

G_BEGIN_DECLS

/* A setting is an option of a command, given by a file ([section], key = value) or by the environment (PREFIX_SECTION_KEY): checked by
 * the option's own row, so nothing can be set there that the command line would refuse. */
typedef struct
{
  const char *section;                  /* NULL ends the table */
  const char *key;
  const char *option;                   /* name of the option */
} LeydenSetting;

/* What one place says of one option. */
typedef struct
{
  const LeydenOption *option;
  char              **values;           /* none: a flag that is off, a list that is empty */
  char               *origin;           /* "FILE:LINE", or the name of the variable */
} LeydenConfigValue;

/**
 * leyden_config_parse:
 * @settings: table, ended by a NULL section
 * @options: the command's options
 * @text: the file, of @length bytes
 * @name: how messages call the file
 * @folder: where paths in the file start from
 *
 * A key file as GKeyFile reads it, taken strictly: UTF-8, every line a comment, a section or a key of the table, no key twice, every
 * value within its option's bounds. Lists are separated by “;”; a flag is true or false. A key that sounds like a secret is refused
 * with where it belongs; its value is never quoted.
 *
 * Errors: %G_KEY_FILE_ERROR; the message begins with FILE:LINE.
 *
 * Returns: (transfer full) (element-type LeydenConfigValue) (nullable): in the order of the file
 */
GPtrArray *leyden_config_parse        (const LeydenSetting *settings, const LeydenOption *options, const char *text, gsize length,
                                       const char *name, const char *folder, GError **error);
/* The same of @environ ("NAME=value", NULL-terminated): every variable that begins with @prefix must be one of the table. */
GPtrArray *leyden_config_read_environ (const LeydenSetting *settings, const LeydenOption *options, const char * const *environ,
                                       const char *prefix, GError **error);
/* LEYDEN_SERVE_PROXY_MODEL. (transfer full) */
char      *leyden_config_variable     (const LeydenSetting *setting, const char *prefix);
/* Completes the arguments of a command: what the command line gives stays, then the environment counts, then the file of the option
 * "config". 0, or the exit status after a message. */
int        leyden_config_complete     (LeydenArguments *arguments, const LeydenSetting *settings, const char *prefix);

#define LEYDEN_SERVE_PREFIX "LEYDEN_SERVE_"
extern const LeydenSetting leyden_serve_settings[];     /* of leyden-cli-serve.c */

G_END_DECLS
