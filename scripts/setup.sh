# Sourced by ./run and ./test: what they both need before anything can be built.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

# A fresh Debian has no libicu; the SDK runs without it when the culture is invariant, as it is in StepCloud anyway.

say() { printf '%s\n' "$*" >&2; }

require_dotnet() {
    command -v dotnet >/dev/null || { say "The .NET 10 SDK is not installed (no 'dotnet' on the PATH)."; exit 2; }
}

# require_packages PACKAGE=FILE...   Installs the Debian packages whose file is not there: as root by itself,
# otherwise it prints the line to run. FILE may be a pattern.
require_packages() {
    local missing=() pair
    for pair in "$@"; do
        compgen -G "${pair#*=}" >/dev/null || missing+=("${pair%%=*}")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "Missing packages. Install them with:"
        say "    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
        exit 2
    fi
    say "Installing ${missing[*]} ..."
    install_quietly "${missing[@]}" || { say "apt-get could not install ${missing[*]}."; exit 2; }
}

# Packages of servers would start them as services at once; the programs here are started by those who need them.
install_quietly() {
    local policy=/usr/sbin/policy-rc.d made='' log status=0
    log=$(mktemp)
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=1
    fi
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
        >"$log" 2>&1 </dev/null || status=$?
    [ -z "$made" ] || rm -f "$policy"
    [ "$status" -eq 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$status"
}

# build SOLUTION_OR_PROJECT CONFIGURATION   Quiet when it works, the errors when it does not.
build() {
    local log
    log=$(mktemp)
    if ! dotnet build "$1" -c "$2" --nologo -v q -clp:NoSummary >"$log" 2>&1; then
        sort -u "$log" | head -n 60 >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# missing_package PROJECT   Succeeds and names a package when one that the project needs is not on the feed; other faults are left to the build.
missing_package() {
    local log
    log=$(dotnet restore "$1" --nologo -v q 2>&1) && return 1
    grep -oE "NU110[123]: Unable to find( a stable)? package [A-Za-z0-9.]+[A-Za-z0-9]" <<<"$log" | grep -oE "[A-Za-z0-9.]+[A-Za-z0-9]$" | sort -u | head -n 1 | grep .
}

POSTGRES_PACKAGES=("postgresql=/usr/lib/postgresql/*/bin/initdb" "libsodium23=/usr/lib/*/libsodium.so.23")

# What stands in front. Its package would start a service, which nobody here wants.
CADDY_PACKAGES=("caddy=/usr/bin/caddy")

# What batch records are printed with.
FONT_PACKAGES=("fonts-dejavu-core=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
