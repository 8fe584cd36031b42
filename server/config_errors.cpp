#include "config_errors.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>

#include "seed/files.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxTypos = 2;
constexpr std::size_t kMaxTyped = 64;

/// How many letters have to be added, dropped or changed, or neighbours swapped, to make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\"'");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"'") - first + 1);
}

/// Does the message name this option?
bool names_option(const std::string& message, const std::string& option) {
  const std::string flag = "--" + option;
  const auto at = message.find(flag);
  if (at == std::string::npos) return false;
  const char next = at + flag.size() < message.size() ? message[at + flag.size()] : ' ';
  return next != '-' && (next < 'a' || next > 'z');
}

std::string hint(std::string_view typed, const std::vector<std::string>& known, std::string_view dashes) {
  const std::string near = nearest(typed, known);
  return near.empty() ? " (see metadata-server --help)" : "; did you mean " + std::string(dashes) + near + "?";
}

/// The line of the file that is at fault, with what is wrong there; nothing when none is.
std::optional<std::string> fault_in_file(const ConfigFault& fault) {
  const auto text = read_file(fault.file);
  if (!text.ok()) return std::nullopt;
  std::istringstream lines(*text);
  std::string line;
  std::string section;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const std::string where = fault.file + ":" + std::to_string(number) + ": ";
    const std::string content = trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[') {
      section = content;
      continue;
    }
    const std::string key = trimmed(content.substr(0, content.find('=')));
    if (!section.empty() && section != "[default]") {
      return where + "'" + key.substr(0, kMaxTyped) + "' stands in " + section.substr(0, kMaxTyped) +
             "; options stand without a section";
    }
    if (!has(fault.known, key)) {
      return where + "unknown option '" + key.substr(0, kMaxTyped) + "'" + hint(key, fault.known, "");
    }
    if (!has(fault.given, key) && names_option(fault.message, key)) return where + fault.message;
  }
  return std::nullopt;
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = kMaxTypos + 1;
  if (typed.size() > kMaxTyped || typed.size() < 3) return best;
  for (const std::string& name : known) {
    const std::size_t apart = distance(typed, name);
    if (apart < least) {
      least = apart;
      best = name;
    }
  }
  return best;
}

std::string explain(const ConfigFault& fault) {
  std::string text;
  if (!fault.file.empty()) {
    if (auto found = fault_in_file(fault)) text = *std::move(found);
  }
  if (text.empty()) {
    // The first word in the message that looks like an option but is none.
    std::istringstream words(fault.message);
    std::string word;
    text = fault.message;
    while (words >> word) {
      const std::string typed = word.substr(0, word.find('='));
      if (!typed.starts_with("--") || typed.size() < 3) continue;
      const std::string name = typed.substr(2, typed.find_last_not_of(":,.'\"") - 1);
      if (has(fault.known, name)) continue;
      text += hint(name, fault.known, "--");
      break;
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace metadata::server
