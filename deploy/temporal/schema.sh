#!/bin/sh
# Makes Temporal's two databases and brings their tables to the version of this image. Every step may be repeated.
# Server, user and password come from SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

prepare() {
  database=$1
  tables=$2
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "postgresql/v12/$tables"
}

prepare temporal temporal
prepare temporal_visibility visibility
