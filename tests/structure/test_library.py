"""The library as a stranger gets it: installed into an empty prefix, found by pkg-config, alone with its headers."""

import json
import os
import re
import subprocess

import pytest

from harness import ROOT, server_binary

pytestmark = pytest.mark.build
HEADERS = sorted((ROOT / "include" / "metadata").glob("*.h"))
ALLOWED = {"libsqlite3", "libsodium", "libcrypto", "libxapian", "libstdc++", "libm", "libgcc_s", "libc", "ld-linux-x86-64", "ld-linux-aarch64"}
SANITIZERS = {"libasan", "libubsan", "libtsan"}
VENDOR = re.compile(r"sqlite3_|rapidjson|crypto_|sodium_|randombytes|\bEVP_|\bRSA_|\bBN_|httplib|Xapian::|doctest|OPENSSL_|CLI::")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """The build that is under test, installed into an empty directory."""
    build = server_binary().parent.parent
    if not (build / "build.ninja").exists():
        pytest.skip(f"{build} is not a build directory")
    home = tmp_path_factory.mktemp("prefix")
    stage = home / "stage"
    run("meson", "install", "-C", build, "--no-rebuild", "--destdir", stage)
    return stage


@pytest.fixture(scope="session")
def package_path(prefix):
    return next(prefix.rglob("libmetadata.pc")).parent


def package(prefix, package_path, *what):
    """pkg-config for the staged prefix: what it says of the prefix, moved to where that stands."""
    env = os.environ | {"PKG_CONFIG_PATH": str(package_path)}
    text = run("pkg-config", *what, "libmetadata", env=env).strip()
    installed = run("pkg-config", "--variable=prefix", "libmetadata", env=env).strip()
    return text.replace(installed, str(prefix) + installed)


@pytest.fixture(scope="session")
def shared_library(prefix):
    return next(path for path in prefix.rglob("libmetadata.so*") if not path.is_symlink())


def needed(binary):
    return {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.+?)\]", run("readelf", "-d", binary))}


def sanitized(binary):
    return bool(needed(binary) & SANITIZERS) or "__asan_init" in run("nm", "-D", binary)


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_every_header_compiles_alone(prefix, header, tmp_path):
    installed = next(prefix.rglob("include"))
    assert (installed / "metadata" / header.name).exists(), f"{header.name} is not installed"
    source = tmp_path / "one.cpp"
    source.write_text(f"#include <metadata/{header.name}>\n#include <metadata/{header.name}>\nint main() {{}}\n")
    run(os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
        "-Werror", f"-I{installed}", source)


def test_no_installed_header_names_a_vendor_or_the_inside(prefix):
    for header in next(prefix.rglob("include")).rglob("*.h"):
        for include in re.findall(r'#include\s+[<"]([^>"]+)[>"]', header.read_text()):
            assert "/" not in include or include.startswith("metadata/"), f"{header.name} includes {include}"
            assert not include.endswith(".h") or include.startswith("metadata/"), f"{header.name} includes {include}"


def test_the_package_file_asks_for_four_libraries_in_private(package_path):
    text = (package_path / "libmetadata.pc").read_text()
    private = re.search(r"^Requires\.private:(.*)$", text, re.M).group(1)
    assert set(re.findall(r"[\w+\-]+(?=\s*(?:[<>=,]|$|\s))", re.sub(r"[<>=]+\s*[\d.]+", "", private))) == {"sqlite3", "libsodium", "libcrypto", "xapian-core"}
    assert not re.search(r"^Requires:\s*\S", text, re.M)
    assert "rapidjson" not in text.lower() and "httplib" not in text.lower()


def test_the_library_needs_nothing_beyond_them(shared_library):
    assert needed(shared_library) - SANITIZERS <= ALLOWED
    assert {"libsqlite3", "libsodium", "libcrypto", "libxapian"} <= needed(shared_library)


def test_no_vendor_symbol_is_exported(shared_library):
    symbols = run("nm", "-D", "-C", "--defined-only", shared_library).splitlines()
    assert any("metadata::Catalog::open" in symbol for symbol in symbols)
    # The types of exceptions are one and the same in every library of a process.
    foreign = [symbol for symbol in symbols if VENDOR.search(symbol) and " V typeinfo " not in symbol]
    assert foreign == []
    if not sanitized(shared_library):
        # Inline functions of the standard library may stand there as weak symbols; ours are the only strong ones.
        strong = [line for line in symbols if " T " in line and "metadata::" not in line]
        assert strong == []


def test_only_public_names_are_exported(shared_library):
    rooms = ("base", "json", "model", "store", "view", "change", "access", "entity", "backup", "search")
    symbols = run("nm", "-D", "-C", "--defined-only", shared_library)
    inside = [line for line in symbols.splitlines() if re.search(r" [TDB] metadata::(%s)::" % "|".join(rooms), line)]
    assert inside == []


def build_against(prefix, package_path, source, output, *more):
    flags = package(prefix, package_path, "--cflags", "--libs").split()
    library = next(prefix.rglob("libmetadata.so")).parent
    extra = ["-fsanitize=address,undefined"] if sanitized(next(prefix.rglob("libmetadata.so.0"))) else []
    run(os.environ.get("CXX", "g++"), "-std=c++20", "-Wall", "-Wextra", "-Werror", source, "-o", output, *extra, *flags,
        f"-L{library}", f"-Wl,-rpath,{library}", *more)


def test_the_example_builds_and_runs_against_the_installed_library(prefix, package_path, tmp_path):
    source = ROOT / "examples" / "embed" / "main.cpp"
    assert len(source.read_text().splitlines()) < 80
    program = tmp_path / "embed"
    build_against(prefix, package_path, source, program)
    done = subprocess.run([program, tmp_path / "catalog"], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AddressSanitizer" not in done.stderr


TYPE = """{"type": "trivial", "collection": "trivials", "traits": ["named", "softDeleted"],
          "fields": {"colour": {"type": "string", "create": "required"}}}"""

PROGRAM = r"""
#include <cstdio>
#include <fstream>
#include <sstream>
#include <metadata/metadata.h>
int main(int, char** argv) {
  std::ifstream file(argv[2]);
  std::stringstream text;
  text << file.rdbuf();
  metadata::Options options;
  options.path = argv[1];
  options.extra_types.push_back(text.str());
  auto catalog = metadata::Catalog::open(options);
  if (!catalog.ok()) { std::printf("open: %s\n", std::string(catalog.error().message()).c_str()); return 1; }
  auto made = (*catalog)->create("trivial", R"({"name":"a","colour":"red"})");
  if (!made.ok()) { std::printf("create: %s\n", std::string(made.error().message()).c_str()); return 1; }
  auto wrong = (*catalog)->create("trivial", R"({"name":"b"})");
  if (wrong.ok() || wrong.error().field() != "colour") return 2;
  auto page = (*catalog)->list("trivial");
  if (!page.ok()) return 3;
  std::printf("%s\n", std::string(made->entity.text()).c_str());
}
"""


def test_a_trivial_entity_type_is_one_json_file(prefix, package_path, tmp_path):
    (tmp_path / "trivial.json").write_text(TYPE)
    (tmp_path / "main.cpp").write_text(PROGRAM)
    build_against(prefix, package_path, tmp_path / "main.cpp", tmp_path / "main")
    text = run(tmp_path / "main", tmp_path / "catalog", tmp_path / "trivial.json")
    assert '"colour":"red"' in text.replace(" ", "") and '"fullyQualifiedName":"a"' in text.replace(" ", "")


def test_layers_and_vendors_stay_in_their_rooms():
    run(ROOT / "tools" / "check_layers", cwd=ROOT)


def test_the_json_patch_program(tmp_path):
    program = server_binary().parent.parent / "examples" / "json-patch"
    (tmp_path / "doc.json").write_text('{"a":[1,2]}')
    (tmp_path / "good.json").write_text('[{"op":"add","path":"/a/-","value":3}]')
    (tmp_path / "bad.json").write_text('[{"op":"test","path":"/a/0","value":1},{"op":"remove","path":"/b"}]')
    assert json.loads(run(program, tmp_path / "doc.json", tmp_path / "good.json")) == {"a": [1, 2, 3]}
    done = subprocess.run([program, tmp_path / "doc.json", tmp_path / "bad.json"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "" and "/b" in done.stderr and "1" in done.stderr


def test_no_file_is_very_long_or_wide():
    for folder in ("include", "lib", "server", "examples"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".cpp", ".h") and path.is_file():
                lines = path.read_text(encoding="utf-8").splitlines()
                assert len(lines) <= 800, path
                assert max(map(len, lines), default=0) <= 120, path



def test_no_file_is_a_link():
    """A link among the sources would let an include be answered from outside of the tree."""
    for folder in ("include", "lib", "server", "examples", "tests", "tools", "bench", "docs"):
        links = [path for path in (ROOT / folder).rglob("*") if path.is_symlink()]
        assert links == []
