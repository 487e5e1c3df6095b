# What the other scripts here share. They source it after changing into the project's folder.

# Tools live outside the repository, in a folder for each set of versions.
tools="${XDG_CACHE_HOME:-$HOME/.cache}/dynamic-client-registration/$(cat .ci/*requirements.txt | sha256sum | head -c 12)"

unset PYTHONDONTWRITEBYTECODE # the AWS CLI alone starts two hundred times

# need <command> [<Debian package>]: on a CI machine installs what is missing; on anybody else's says what to install.
need() { command -v "$1" >/dev/null || install_package "$1" "${2:-$1}"; }

install_package() {
    if [[ -z "${CI:-}" ]]; then
        echo "$(basename "$0"): needs $1; install it first (Debian's package is $2)" >&2
        exit 1
    fi
    echo "$(basename "$0"): installing $2"
    local as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -qq -y "$2" >/dev/null
}

# need_python: Python, and uv, which installs packages in a tenth of pip's time.
need_python() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_package "Python with its module venv" python3-venv
    export UV_CACHE_DIR="$tools/cache" UV_CONSTRAINT=.ci/requirements.txt UV_PYTHON_DOWNLOADS=never
    [[ -z "${PIP_INDEX_URL:-}" ]] || export UV_DEFAULT_INDEX="$PIP_INDEX_URL"
    "$tools/uv/bin/pip" --version >/dev/null 2>&1 || python3 -m venv --clear "$tools/uv"
    "$tools/uv/bin/pip" install --quiet --disable-pip-version-check "$(grep ^uv== "$UV_CONSTRAINT")"
}

# environment <name> <requirement>...: a virtual environment in the folder $tools/NAME. What comes without a version has it
# in requirements.txt.
environment() {
    local requirement
    for requirement in "${@:2}"; do
        [[ ! "$requirement" =~ ^([a-z][a-z-]*)(\[.*\])?$ ]] || grep -q "^${BASH_REMATCH[1]}==" .ci/requirements.txt ||
            { echo "$(basename "$0"): .ci/requirements.txt has no $requirement" >&2; exit 1; }
    done
    [[ -x "$tools/$1/bin/python" ]] || "$tools/uv/bin/uv" venv --quiet "$tools/$1"
    "$tools/uv/bin/uv" pip install --quiet --python "$tools/$1/bin/python" "${@:2}"
}

# tool <package> <program> <argument>...: runs a program of a package, which has an environment of its own.
tool() {
    environment "$1" "$1"
    "$tools/$1/bin/$2" "${@:3}"
}
