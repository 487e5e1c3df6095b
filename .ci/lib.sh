# What the other scripts here share. They source it after changing into the project's folder.

# Tools of a pinned version live outside the repository, in one folder per version.
tools="${XDG_CACHE_HOME:-$HOME/.cache}/dynamic-client-registration"

# need <command> <Debian package>: on a CI machine installs what is missing; on anybody else's says what to install.
need() {
    command -v "$1" >/dev/null || install_package "$1" "$2"
}

# need_python: Python with its venv module, which Debian packages by itself; and $uv, which takes a tenth of pip's time.
need_python() {
    need python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_package "Python's venv module" python3-venv
    local home
    home="$tools/uv-$(pin uv)"
    uv="$home/bin/uv"
    export UV_CACHE_DIR="$tools/uv" UV_PYTHON_DOWNLOADS=never
    [[ -z "${PIP_INDEX_URL:-}" ]] || export UV_DEFAULT_INDEX="$PIP_INDEX_URL"
    [[ -e "$uv" ]] && return
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check "uv==$(pin uv)"
}

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

# venv <folder> <requirement>...: a virtual environment that is complete or absent.
venv() {
    local home="$1"
    shift
    [[ -e "$home/complete" ]] && return
    rm -rf "$home"
    "$uv" venv --quiet "$home"
    "$uv" pip install --quiet --python "$home/bin/python" "$@"
    touch "$home/complete"
}

# pin <package>: its version in requirements.txt.
pin() {
    sed -n "s/^$1\(\[.*\]\)\?==//p" .ci/requirements.txt | grep . && return
    echo "$(basename "$0"): .ci/requirements.txt has no $1" >&2
    return 1
}

# environment <package>...: packages of pinned versions in one virtual environment, the folder $environment.
environment() {
    local package version home="$tools/$1" requirements=()
    for package in "$@"; do
        version="$(pin "$package")"
        home+="-$version"
        requirements+=("$package==$version")
    done
    venv "$home" "${requirements[@]}"
    environment="$home"
}

# cargo_lambda: builds for Lambda, as `sam build` does; in the folder $cargo_lambda, with the zig that it links with.
cargo_lambda() {
    environment cargo-lambda ziglang
    cargo_lambda="$environment"
}

# tool <package> <program> <argument>...: runs a program of a pinned package, in an environment of its own.
tool() {
    environment "$1"
    "$environment/bin/$2" "${@:3}"
}
