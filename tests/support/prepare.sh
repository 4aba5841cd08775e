#!/usr/bin/env bash
# Gets what the whole suite needs of the system (Chromium, PostgreSQL, podman), or says what is skipped.
set -u

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v podman >/dev/null || missing+=(podman runc)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "Skipped: the tests that need ${missing[*]}. To run them: sudo apt-get install ${missing[*]}"
    exit 0
fi

echo "Installing ${missing[*]} with apt …"
export DEBIAN_FRONTEND=noninteractive
# A cluster of the distribution's own would be started and never used.
if [[ " ${missing[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
log=$(mktemp)
if "${as_root[@]}" apt-get update >"$log" 2>&1 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    exit 0
fi
tail -n 3 "$log"
echo "Skipped: the tests that need ${missing[*]}, because apt could not install them."
