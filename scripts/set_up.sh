#!/bin/sh
# Builds the virtual environment, or brings it up to date. Safe to repeat: does nothing when nothing changed.
#
#   sh scripts/set_up.sh VENV run|test|dev     the project itself (editable), with the extras of that name
#   sh scripts/set_up.sh VENV FILE.whl         a built wheel
#
# PYTHON chooses the interpreter; otherwise the first of python3.13 .. python3.11, python3 that will do.
# Exits 1 with one plain sentence when something that the machine must have is missing.
set -eu

venv=$1
what=$2
here=$(pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
case $venv in /*) ;; *) venv=$here/$venv ;; esac
case $what in
    run | test | dev | /*) ;;
    *) what=$here/$what ;;
esac
cd "$root"

say() { printf '%s\n' "$*" >&2; }
stop() {
    say "Cannot set up: $*"
    exit 1
}

# ---- what the machine must have --------------------------------------------------------------------------------

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

has_headers() {
    "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' >/dev/null 2>&1
}

compiles() { # $1 may carry options, so it stands unquoted
    trial=$(mktemp -d)
    printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' >"$trial/trial.c"
    if $1 "$trial/trial.c" -o "$trial/trial" >/dev/null 2>&1; then code=0; else code=1; fi
    rm -rf "$trial"
    return $code
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        supported "$PYTHON" || stop "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13 that starts."
        python=$PYTHON
        return
    fi
    python=
    for name in python3.13 python3.12 python3.11 python3 python; do
        supported "$name" || continue
        [ -n "$python" ] || python=$name
        if has_venv "$name" && has_headers "$name"; then
            python=$name
            return
        fi
    done
    [ -n "$python" ] || stop "no Python 3.11, 3.12 or 3.13 was found; install one" \
        "(Debian and Ubuntu: sudo apt-get install python3 python3-venv python3-dev; Fedora: sudo dnf install" \
        "python3.13 python3.13-devel; macOS: brew install python@3.13) or name one with PYTHON=/path/to/python3.13."
}

# Says what is missing by name, before pip would say it in two hundred lines.
check_machine() {
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    has_venv "$python" || stop "Python $version ($python) cannot make virtual environments; install its venv module" \
        "(Debian and Ubuntu: sudo apt-get install python$version-venv)."
    has_headers "$python" || stop "the C headers of Python $version ($python) are missing; install them" \
        "(Debian and Ubuntu: sudo apt-get install python$version-dev; Fedora: sudo dnf install python$version-devel)."
    compiler=${CC:-$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("CC") or "cc")')}
    compiles "$compiler" || stop "no working C compiler was found ('$compiler' cannot compile a small program);" \
        "install one (Debian and Ubuntu: sudo apt-get install build-essential; Fedora: sudo dnf install gcc;" \
        "macOS: xcode-select --install)."
}

# ---- is there anything to do? ----------------------------------------------------------------------------------

case $what in
    run) extras= covered_by='run test dev' ;;
    test) extras='[test]' covered_by='test dev' ;;
    dev) extras='[dev]' covered_by=dev ;;
    *.whl)
        [ -f "$what" ] || stop "there is no file $what."
        extras= covered_by=
        ;;
    *) stop "'$2' is none of run, test, dev or a .whl file." ;;
esac

# All that an installation depends on: the place (scripts in an environment hold its path), the dependencies, this.
place="$root $venv"
wanted=$({
    printf '%s\n' "$place"
    cat pyproject.toml scripts/set_up.sh
} | cksum)

usable() { # an environment that starts, of the version asked for, made for this place
    [ -x "$venv/bin/python" ] && supported "$venv/bin/python" && [ -x "$venv/bin/pip" ] || return 1
    [ ! -f "$venv/.set-up-place" ] || [ "$(cat "$venv/.set-up-place")" = "$place" ] || return 1
    [ -n "${PYTHON:-}" ] || return 0
    [ "$("$PYTHON" -c 'import sys; print(sys.version)')" = "$("$venv/bin/python" -c 'import sys; print(sys.version)')" ]
}

if usable; then
    for name in $covered_by; do
        if [ "$(cat "$venv/.set-up-$name" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
    done
    python=$venv/bin/python
else
    choose_python
    check_machine
    if [ -e "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
        stop "$venv exists and is not a virtual environment; move it away or choose another with VENV=FOLDER."
    fi
    say "Making $venv with $("$python" --version) ..."
    rm -rf "$venv"
    "$python" -m venv "$venv" || stop "'$python -m venv $venv' failed; its message stands above."
    printf '%s\n' "$place" >"$venv/.set-up-place"
fi

# ---- install ---------------------------------------------------------------------------------------------------

pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

# durable_rules comes as source only and calls a function that Python 3.13 dropped; the define gives it the present
# name. pip's cache may hold a build made without the define, so this one package is built without the cache.
engine=$(sed -n 's/^ *"\(durable-rules==[0-9.]*\)".*/\1/p' pyproject.toml)
engine_works() {
    "$venv/bin/python" -c 'import sys, importlib.metadata as m, durable.engine, durable_rules_engine
sys.exit(m.version("durable-rules") != sys.argv[1])' "${engine#*==}" >/dev/null 2>&1
}
install_engine() {
    CPPFLAGS="-DPyEval_CallObject=PyObject_CallObject ${CPPFLAGS:-}" \
        pip install --quiet --no-cache-dir --no-binary durable-rules "$@" "$engine"
}
if ! engine_works; then
    check_machine
    say "Building $engine ..."
    install_engine || stop "$engine could not be built; the compiler's or pip's message stands above."
    engine_works || install_engine --force-reinstall --no-deps || true
    engine_works || stop "$engine was built but does not import;" \
        "'$venv/bin/python -c \"import durable_rules_engine\"' tells why."
fi

say "Installing the project and what it needs; the first time this takes a minute or two ..."
case $what in
    *.whl) pip install --quiet "$what" ;;
    *) pip install --quiet --editable ".$extras" ;;
esac || stop "pip could not install the project; its message stands above (it needs a package index to reach)."

case $what in
    *.whl) ;;
    *) printf '%s\n' "$wanted" >"$venv/.set-up-$what" ;;
esac
