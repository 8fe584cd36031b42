// What most files of every room include of the standard library. With -Db_pch=true it is read once a room instead of
// once a file: for builds that are made from nothing each time. It is off by default, because g++ writes it otherwise
// each time, so that a compiler cache finds nothing again; and a file that does not name what it uses is found by the
// builds without it.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>
