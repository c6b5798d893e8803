#!/bin/sh
# Run once by PostgreSQL's image, when its volume is empty: the application's database, whose role is no superuser, so that the chain of the audit holds against it.
set -eu
password=$(cat /run/secrets/STEPCLOUD_DATABASE_PASSWORD)
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE stepcloud LOGIN PASSWORD :'password';
CREATE DATABASE stepcloud OWNER stepcloud;
SQL
