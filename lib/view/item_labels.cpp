#include "view/item_labels.h"

#include <algorithm>
#include <vector>

#include "json/skip.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::view {
namespace {

/// One pass over the text of a document, which is copied to the answer as it is passed.
class Pass {
 public:
  Pass(const TypeLayout& layout, std::string_view text, const LabelTexts& labels)
      : layout_(layout), text_(text), labels_(labels) {
    out_.reserve(text.size() + text.size() / 4 + 256);
  }

  std::optional<std::string> run() {
    const auto deeper = [](const TaggedList& list) { return list.segments.size() > 1; };
    if (!text_.starts_with('{') || std::ranges::any_of(layout_.nested_tagged, deeper)) return std::nullopt;
    ++at_;
    while (here() == '"') {
      const std::string_view name = take_name();
      if (const TaggedList* found = tagged(name); found != nullptr && here() == '[') {
        if (!list(found->path, nested_tags(*found->field))) return std::nullopt;
      } else {
        at_ = json::end_of_value(text_, at_);
      }
      if (here() == ',') ++at_;
    }
    if (here() != '}') return std::nullopt;
    out_ += text_.substr(copied_);
    return std::move(out_);
  }

 private:
  struct Item {
    std::string path;
    bool named = false;
  };

  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  /// The name of the member that begins here; goes on to its value.
  std::string_view take_name() {
    const std::size_t begin = at_ + 1;
    const std::size_t end = json::end_of_string(text_, at_);
    at_ = end + 1;
    return text_.substr(begin, end - begin - 1);
  }

  const TaggedList* tagged(std::string_view name) const {
    for (const TaggedList& list : layout_.nested_tagged) {
      if (list.path == name) return &list;
    }
    return nullptr;
  }

  /// Passes the list that begins here, with all lists of children in it. False: not to be done on the text.
  bool list(const std::string& name, const NestedTags& members) {
    std::vector<Item> open;  // the items that we are inside of, outermost first
    ++at_;
    bool between = true;  // between items of a list, or between members of the innermost open one
    for (;;) {
      if (here() == ',') ++at_;
      if (between) {
        if (here() == ']') {
          ++at_;
          if (open.empty()) return true;
          between = false;
        } else if (here() == '{') {
          ++at_;
          open.push_back({(open.empty() ? name : open.back().path) + model::kKeySeparator, false});
          between = false;
        } else {
          const std::size_t past = json::end_of_value(text_, at_);
          if (past == at_) return false;
          at_ = past;
        }
      } else if (here() == '}') {
        close(open.back(), members.tags);
        open.pop_back();
        between = true;
      } else if (here() == '"') {
        if (!member(open.back(), members, between)) return false;
      } else {
        return false;
      }
    }
  }

  /// Passes a member of an item; into a list of children only its bracket.
  bool member(Item& item, const NestedTags& members, bool& between) {
    const std::string_view name = take_name();
    if (name.find('\\') != std::string_view::npos || name == members.tags) return false;
    if (name == "name" && here() == '"') {
      const std::size_t end = json::end_of_string(text_, at_);
      const std::string_view value = text_.substr(at_ + 1, end - at_ - 2);
      if (item.named || value.find('\\') != std::string_view::npos) return false;
      item.path += folded(value);
      item.named = true;
    } else if (!members.children.empty() && name == members.children && here() == '[') {
      if (!item.named) return false;
      ++at_;
      between = true;
      return true;
    }
    at_ = json::end_of_value(text_, at_);
    return true;
  }

  /// Hangs the labels on the item whose closing brace stands here.
  void close(const Item& item, std::string_view tags) {
    out_ += text_.substr(copied_, at_ - copied_);
    copied_ = at_;
    if (out_.back() != '{') out_ += ',';
    json::append_quoted(out_, tags);
    out_ += ':';
    const auto found = labels_.find(item.path);
    out_ += found == labels_.end() ? std::string_view("[]") : std::string_view(found->second);
    ++at_;
  }

  const TypeLayout& layout_;
  const std::string_view text_;
  const LabelTexts& labels_;
  std::string out_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // how much of the text is in the answer
};

}  // namespace

std::optional<std::string> hang_labels_on_text(const TypeLayout& layout, std::string_view document,
                                               const LabelTexts& labels) {
  return Pass(layout, document, labels).run();
}

}  // namespace metadata::view
