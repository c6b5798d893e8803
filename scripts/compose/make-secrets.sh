#!/bin/sh
# What docker-compose.yml needs and nobody else may have, made once: what is there stays as it is. The folder of the secrets is its owner's alone; the
# files in it can be read by the accounts inside the containers, each of which gets only the ones that it is given.
# As root, since the folder of the certificates becomes that of the account inside (1654).
# Usage: scripts/compose/make-secrets.sh [NAME], the name under which gateways reach MQTT over TLS.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
umask 022
mkdir -p secrets certificates
chmod 700 secrets certificates
make() { [ -s "secrets/$1" ] || { openssl rand "$2" 32 >"secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }
make STEPCLOUD_MASTER_KEY -base64
make STEPCLOUD_DATABASE_PASSWORD -hex
make POSTGRES_PASSWORD -hex
if [ ! -s certificates/mqtt.crt ]; then
    name=${1:-localhost}
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
        -keyout certificates/mqtt.key -out certificates/mqtt.crt 2>/dev/null
    echo "certificates/mqtt.crt is signed by itself, for trying out. Put one of your authority in its place before gateways come." >&2
fi
chown -R 1654:1654 certificates
chmod 600 certificates/mqtt.key
echo "Back up secrets/STEPCLOUD_MASTER_KEY, apart from the database: docs/KEYS.md says why." >&2
