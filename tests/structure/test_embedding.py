"""O7: the library as a guest in another program: it takes nothing of the process for itself and leaves nothing behind."""

import os
import re
import shutil
import subprocess

import pytest

from harness import ROOT
from test_library import build_against, package_path, prefix, run, sanitized, shared_library  # noqa: F401 (fixtures)

pytestmark = pytest.mark.build

# What belongs to the program and not to a library: its end, its signals, its terminal, its environment, the network.
# Not abort(): the standard library's own checks call it, inlined into us where nothing is optimised away.
NOT_OURS = {"exit", "_exit", "_Exit", "quick_exit", "atexit", "signal", "sigaction", "sigprocmask", "raise", "kill", "alarm",
            "printf", "puts", "putchar", "fprintf", "fputs", "perror", "stdout", "stderr", "stdin", "_ZSt4cout", "_ZSt4cerr", "_ZSt4clog", "syslog",
            "getenv", "secure_getenv", "setenv", "putenv", "environ", "setlocale", "umask", "chdir", "fork", "vfork", "execve", "system", "popen",
            "socket", "connect", "bind", "listen", "accept", "getaddrinfo", "srand", "rand"}

PLUGIN = r"""
#include <metadata/metadata.h>
#include <string>
using namespace metadata;
// The story of one guest: two catalogs side by side, a write and a read in each, a failure.
extern "C" int story(const char* directory) {
  const std::string base = directory;
  Options first, second;
  first.path = base + "/first";
  second.path = ":memory:";
  auto a = Catalog::open(first);
  auto b = Catalog::open(second);
  if (!a.ok() || !b.ok()) return 1;
  if (!(*a)->put("databaseService", R"({"name":"a","serviceType":"SQLite"})").ok()) return 2;
  if (!(*b)->put("databaseService", R"({"name":"b","serviceType":"SQLite"})").ok()) return 3;
  if (!(*a)->get(EntityRef::by_fqn("databaseService", "a")).ok()) return 4;
  if ((*a)->get(EntityRef::by_fqn("databaseService", "b")).ok()) return 5;  // the other's
  if ((*b)->put("databaseService", "{broken").ok()) return 6;
  if (Catalog::open(first).ok()) return 7;  // open already
  return 0;
}
"""

HOST = r"""
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <csignal>
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>
static int entries(const char* path) {
  int count = 0;
  DIR* directory = opendir(path);
  while (directory != nullptr && readdir(directory) != nullptr) ++count;
  if (directory != nullptr) closedir(directory);
  return count;
}
static long resident_kib() {
  malloc_trim(0);  // what is free and not yet given back comes and goes by megabytes
  long pages = 0, ignored = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == nullptr || fscanf(file, "%ld %ld", &ignored, &pages) != 2) pages = 0;
  if (file != nullptr) fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
struct Signals {
  struct sigaction actions[65];
  sigset_t mask;
  Signals() {
    std::memset(this, 0, sizeof *this);
    for (int number = 1; number < 65; ++number) sigaction(number, nullptr, &actions[number]);
    sigprocmask(SIG_SETMASK, nullptr, &mask);
  }
  bool same(const Signals& other) const {
    for (int number = 1; number < 65; ++number) {
      if (actions[number].sa_handler != other.actions[number].sa_handler) return false;
      if (sigismember(&mask, number) != sigismember(&other.mask, number)) return false;
    }
    return true;
  }
};
int main(int, char** argv) {
  const int rounds = std::atoi(argv[3]);
  const Signals before;
  const int threads = entries("/proc/self/task");
  long settled = 0;
  int files = 0;
  for (int round = 0; round < rounds; ++round) {
    void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) { std::printf("dlopen: %s\n", dlerror()); return 100; }
    int (*story)(const char*) = nullptr;
    *reinterpret_cast<void**>(&story) = dlsym(library, "story");
    const int result = story(argv[2]);
    if (result != 0) { std::printf("story ended with %d\n", result); return result; }
    if (entries("/proc/self/task") != threads) { std::printf("a thread was left\n"); return 101; }
    if (dlclose(library) != 0) { std::printf("dlclose: %s\n", dlerror()); return 102; }
    if (round == 2 || (rounds < 3 && round == 0)) { settled = resident_kib(); files = entries("/proc/self/fd"); }
  }
  if (entries("/proc/self/fd") != files) { std::printf("a file was left open\n"); return 103; }
  if (!Signals().same(before)) { std::printf("a signal was taken\n"); return 104; }
  std::printf("%d rounds, %ld KiB more\n", rounds, resident_kib() - settled);
  return 0;
}
"""

THREADS = r"""
#include <metadata/metadata.h>
#include <cstdio>
#include <dirent.h>
using namespace metadata;
static int threads() {
  int count = 0;
  DIR* directory = opendir("/proc/self/task");
  while (directory != nullptr && readdir(directory) != nullptr) ++count;
  if (directory != nullptr) closedir(directory);
  return count - 2;
}
int main(int, char** argv) {
  Options options;
  options.path = argv[1];
  options.background = false;
  auto catalog = Catalog::open(options);
  if (!catalog.ok()) return 1;
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::to_string(i);
    if (!(*catalog)->put("databaseService", R"({"name":"s)" + name + R"(","serviceType":"SQLite"})").ok()) return 2;
    if (!(*catalog)->list("databaseService").ok()) return 3;
  }
  RemoveOptions hard;
  hard.hard = hard.recursive = true;
  if (!(*catalog)->remove(EntityRef::by_fqn("databaseService", "s1"), hard).ok()) return 4;
  std::printf("%d\n", threads());
}
"""


def test_o7_the_library_calls_nothing_that_belongs_to_the_program(shared_library):
    if sanitized(shared_library):
        pytest.skip("a sanitizer brings its own")
    wanted = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--undefined-only", shared_library).splitlines()}
    assert wanted & NOT_OURS == set()


@pytest.fixture(scope="module")
def guest(prefix, package_path, tmp_path_factory):
    home = tmp_path_factory.mktemp("guest")
    (home / "plugin.cpp").write_text(PLUGIN)
    (home / "host.cpp").write_text(HOST)
    build_against(prefix, package_path, home / "plugin.cpp", home / "plugin.so", "-shared", "-fPIC")
    run(os.environ.get("CXX", "g++"), "-std=c++20", home / "host.cpp", "-o", home / "host", "-ldl")
    return home


def needs_no_sanitizer(shared_library):
    if sanitized(shared_library):
        pytest.skip("a sanitizer must be in the program from its start")


def test_o7_loaded_and_unloaded_again_and_again_it_leaves_nothing(guest, shared_library, tmp_path):
    needs_no_sanitizer(shared_library)
    rounds = int(os.environ.get("METADATA_TEST_LOADS", "20"))
    done = subprocess.run([guest / "host", guest / "plugin.so", tmp_path, str(rounds)], capture_output=True, text=True, timeout=300 + 5 * rounds)
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
    grown = int(re.search(r"(-?\d+) KiB", done.stdout).group(1))
    print(done.stdout.strip())
    assert grown < 2048 + 8 * rounds


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not here")
def test_o7_loaded_and_unloaded_it_leaks_no_byte(guest, shared_library, tmp_path):
    needs_no_sanitizer(shared_library)
    rounds = os.environ.get("METADATA_TEST_LOADS_VALGRIND", "3")
    done = subprocess.run(["valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99",
                           guest / "host", guest / "plugin.so", tmp_path, rounds], capture_output=True, text=True, timeout=600 + 60 * int(rounds))
    assert done.returncode == 0, done.stdout + done.stderr[-6000:]


def test_o7_a_catalog_starts_no_thread_that_nobody_asked_for(prefix, package_path, tmp_path):
    (tmp_path / "main.cpp").write_text(THREADS)
    build_against(prefix, package_path, tmp_path / "main.cpp", tmp_path / "main")
    assert run(tmp_path / "main", tmp_path / "catalog").strip() == "1"


def test_o7_what_a_fork_may_do_is_documented():
    text = (ROOT / "include" / "metadata" / "catalog.h").read_text()
    assert "fork()" in text
