/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli.h"

G_BEGIN_DECLS

/* What doctor found: lines for people, members for programs, and whether all is well. */
typedef struct
{
  gboolean           json;
  gboolean           ill;
  LeydenValueBuilder b;
  GPtrArray         *settings;          /* LeydenConfigValue of the environment and of --config, in the order in which they count */
} LeydenDoctor;

/* @key: of the JSON. @title: translated. */
void        leyden_doctor_report      (LeydenDoctor *self, const char *key, const char *title, gboolean well, const char *text);
/* What serve would be told by environment and file. (transfer none) (nullable) */
const char *leyden_doctor_get_setting (LeydenDoctor *self, const char *option);

/* leyden-cli-doctor-machine.c */
/* Room and kind of the file system where the database is, or would be. */
void leyden_doctor_check_disk  (LeydenDoctor *self, const char *database);
/* Whether the address of the settings is free; a backend of @database that listens there is no trouble. */
void leyden_doctor_check_port  (LeydenDoctor *self, const char *database);
/* @last_ns: when the database was last written; 0: unknown. */
void leyden_doctor_check_clock (LeydenDoctor *self, gint64 last_ns);
void leyden_doctor_check_gpu   (LeydenDoctor *self);

/* leyden-cli-doctor-server.c */
/* Reads the environment and @config (nullable). */
void leyden_doctor_check_settings (LeydenDoctor *self, const char *config);
/* Who owns the database. */
void leyden_doctor_check_lock     (LeydenDoctor *self, const char *database);
/* Files that hold keys: readable by nobody else, and with keys in them. @owner (nullable): a live backend, asked for named keys. */
void leyden_doctor_check_keys     (LeydenDoctor *self, const char *database, LeydenOwner *owner);
/* @found: GET /leyden/v1/backups of the owner, or NULL; then @documents of the kind "backup" (nullable). */
void leyden_doctor_report_backups (LeydenDoctor *self, LeydenValue *found, LeydenValue *documents);
/* Asks every endpoint for its models. @endpoints: list of endpoints. */
void leyden_doctor_ask_models     (LeydenDoctor *self, LeydenValue *endpoints);

G_END_DECLS
