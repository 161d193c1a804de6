#!/bin/sh
# PostgreSQL's container runs it once, when it has created an empty server. The role owns its
# database and nothing else. Nobody can connect as the superuser but inside the container.
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres <<'SQL'
\set password `cat /var/lib/menkou-database/password`
CREATE ROLE menkou LOGIN PASSWORD :'password';
CREATE DATABASE menkou OWNER menkou ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE menkou FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
