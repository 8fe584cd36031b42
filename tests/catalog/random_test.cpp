#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "world.h"

// Random calls of the catalog's API beside a naive model of what they should do. The model knows nothing of the
// library: it keeps entities in a map and walks over all of them for everything.
//
//   METADATA_RANDOM_SEEDS=7,8   METADATA_RANDOM_STEPS=100000   METADATA_RANDOM_TRACE=1 (prints every step)
namespace metadata::test {
namespace {

using Names = std::vector<std::string>;

std::string text_of_environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

struct PastVersion {
  int tenths = 0;
  std::string description;
  bool deleted = false;
};

struct Thing {
  std::string type;
  Names path;  ///< names from the root of its tree down to its own
  std::string description, display_name;
  bool deleted = false;
  int tenths = 1;
  std::set<std::string> owners;   ///< ids
  std::set<std::string> tags;     ///< ids
  std::vector<PastVersion> past;  ///< oldest first

  void next_version() {
    past.push_back({tenths, description, deleted});
    ++tenths;
  }
};

/// What each type is contained in, and by which member a body names the container.
struct Kind {
  const char* type;
  const char* container;
  const char* member;
  std::size_t depth;
};
constexpr Kind kKinds[] = {
    {"databaseService", nullptr, nullptr, 1},
    {"database", "databaseService", "service", 2},
    {"databaseSchema", "database", "database", 3},
    {"table", "databaseSchema", "databaseSchema", 4},
    {"classification", nullptr, nullptr, 1},
    {"tag", "classification", "classification", 2},
    {"user", nullptr, nullptr, 1},
};

const Kind& kind_of(const std::string& type) {
  return *std::ranges::find_if(kKinds, [&](const Kind& kind) { return kind.type == type; });
}

bool same_tree(const std::string& a, const std::string& b) {
  const auto tree = [](const std::string& type) {
    if (type == "user") return 2;
    return type == "classification" || type == "tag" ? 1 : 0;
  };
  return tree(a) == tree(b);
}

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

class Run {
 public:
  Run(unsigned seed, int steps) : random_(seed), steps_(steps) {
    std::string name = (std::filesystem::temp_directory_path() / "random-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Run() {
    catalog_.reset();
    std::error_code ignored;  // what cannot be removed fails no test
    std::filesystem::remove_all(path_, ignored);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void all() {
    reopen();
    for (step_ = 0; step_ < steps_; ++step_) {
      clock_.now += pick(3);
      one();
      if (step_ % 100 == 99) compare_all();
    }
    compare_all();
    for (const CheckFinding& finding : World::must(catalog_->check()))
      FAIL_CHECK(finding.rule << ": " << finding.text << "\n" << where());
  }

 private:
  using Things = std::map<std::string, Thing>;  // by id
  enum class Expected { Done, Refused };

  // ---- the dice

  std::int64_t pick(std::int64_t below) { return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_); }
  std::string any_name() {
    static const Names names = {"a", "b", "c.d", "e f", "g"};
    return names[static_cast<std::size_t>(pick(static_cast<std::int64_t>(names.size())))];
  }
  /// The id of one of the type, of whatever state, or "".
  std::string any(const std::string& type) {
    Names ids;
    for (const auto& [id, thing] : things_) {
      if (thing.type == type) ids.push_back(id);
    }
    return ids.empty() ? "" : ids[static_cast<std::size_t>(pick(static_cast<std::int64_t>(ids.size())))];
  }
  std::string any_live(const std::string& type) {
    const std::string id = any(type);
    return id.empty() || things_[id].deleted ? "" : id;
  }
  const Kind& any_kind() {
    static const std::vector<int> weights = {1, 2, 2, 6, 1, 3, 2};
    return kKinds[std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random_)];
  }

  // ---- the model

  std::string find(const std::string& type, const Names& path) const {
    for (const auto& [id, thing] : things_) {
      if (thing.type == type && thing.path == path) return id;
    }
    return "";
  }
  bool below(const Thing& thing, const Thing& container) const {
    return same_tree(thing.type, container.type) && thing.path.size() > container.path.size() &&
           std::equal(container.path.begin(), container.path.end(), thing.path.begin());
  }
  std::vector<std::string> all_below(const std::string& id) const {
    std::vector<std::string> ids;
    for (const auto& [other, thing] : things_) {
      if (below(thing, things_.at(id))) ids.push_back(other);
    }
    return ids;
  }
  const Thing* container_of(const Thing& thing) const {
    if (kind_of(thing.type).container == nullptr) return nullptr;
    const std::string id = find(kind_of(thing.type).container, {thing.path.begin(), thing.path.end() - 1});
    return id.empty() ? nullptr : &things_.at(id);
  }
  void mark(const std::string& id, bool deleted) {
    for (const std::string& other : all_below(id)) mark_one(other, deleted);
    mark_one(id, deleted);
  }
  void mark_one(const std::string& id, bool deleted) {
    Thing& thing = things_[id];
    if (thing.deleted == deleted) return;
    thing.next_version();
    thing.deleted = deleted;
  }
  void forget(const std::string& id) {
    things_.erase(id);
    for (auto& [other, thing] : things_) {
      thing.owners.erase(id);
      thing.tags.erase(id);
    }
  }

  // ---- the steps

  void one() {
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return create();
      case 4:
      case 5:
      case 6:
      case 7:
        return put();
      case 8:
      case 9:
      case 10:
        return describe();
      case 11:
        return own();
      case 12:
        return label();
      case 13:
        return rename();
      case 14:
      case 15:
        return remove(false);
      case 16:
        return pick(3) == 0 ? remove(true) : restore();
      case 17:
      case 18:
        return restore();
      default:
        return pick(4) == 0 ? reopen() : describe();
    }
  }

  void say(const std::string& what) {
    last_ = what;
    static const bool trace = std::getenv("METADATA_RANDOM_TRACE") != nullptr;
    if (trace) MESSAGE(where());
  }
  std::string where() const { return "step " + std::to_string(step_) + ": " + last_; }

  static std::string fqn_of(const Names& path) { return World::must(fqn::join(path)); }
  EntityRef ref(const std::string& id) const { return EntityRef{things_.at(id).type, *EntityId::parse(id), {}}; }

  template <class T>
  bool agrees(const Result<T>& result, Expected expected) {
    const bool done = result.ok();
    CHECK_MESSAGE(done == (expected == Expected::Done), where(), " -> ", done ? "done" : result.error().text());
    if (!done) {
      const Code code = result.error().code();
      CHECK_MESSAGE((code == Code::NotFound || code == Code::AlreadyExists || code == Code::InvalidArgument), where(),
                    " -> ", result.error().text());
    }
    return done == (expected == Expected::Done);
  }

  /// A place for a new or existing entity of the type: its path, below a container of whatever state.
  std::optional<Names> any_place(const Kind& kind) {
    if (kind.container == nullptr) return Names{any_name()};
    const std::string id = any(kind.container);
    if (id.empty()) return std::nullopt;
    Names path = things_[id].path;
    path.push_back(any_name());
    return path;
  }
  std::string body(const Kind& kind, const Names& path, const std::string& description) const {
    std::string text = R"({"name":)" + in_quotes(path.back()) + R"(,"description":)" + in_quotes(description);
    if (kind.member != nullptr) {
      const std::string container = fqn_of({path.begin(), path.end() - 1});
      text += "," + in_quotes(kind.member) + ":" + in_quotes(escaped(container));
    }
    if (kind.type == std::string("databaseService")) text += R"(,"serviceType":"SQLite")";
    if (kind.type == std::string("table")) text += R"(,"columns":[{"name":"id","dataType":"INT"}])";
    if (kind.type == std::string("user")) {
      text += R"(,"email":)" + in_quotes("u" + std::to_string(path.back().size()) + "@x.org");
    }
    return text + "}";
  }
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '"' ? "\\\"" : std::string(1, c);
    return out;
  }
  static std::string user_name(const std::string& name) {
    std::string out;
    for (const char c : name) out += c == ' ' ? '_' : c;
    return out;
  }

  void add(const Kind& kind, const Names& path, const std::string& description, const Entity& entity) {
    Thing thing;
    thing.type = kind.type;
    thing.path = path;
    thing.description = description;
    things_[entity.id().text()] = thing;
  }

  void create() {
    const Kind& kind = any_kind();
    auto path = any_place(kind);
    if (!path) return;
    if (kind.type == std::string("user")) path->back() = user_name(path->back());
    const std::string description = "d" + std::to_string(step_);
    say("create " + std::string(kind.type) + " " + fqn_of(*path));
    Thing there;
    there.type = kind.type;
    there.path = *path;
    const Thing* container = container_of(there);
    const bool possible = find(kind.type, *path).empty() && (container == nullptr || !container->deleted);
    const auto written = catalog_->create(kind.type, body(kind, *path, description));
    if (!agrees(written, possible ? Expected::Done : Expected::Refused) || !possible) return;
    add(kind, *path, description, written->entity);
    look_at(written->entity.id().text());
    logged({{ChangeEvent::Kind::Created, written->entity.id().text()}});
  }

  void put() {
    const Kind& kind = any_kind();
    auto path = any_place(kind);
    if (!path) return;
    if (kind.type == std::string("user")) path->back() = user_name(path->back());
    const std::string description = pick(3) == 0 ? "same" : "p" + std::to_string(step_);
    say("put " + std::string(kind.type) + " " + fqn_of(*path) + " " + description);
    Thing probe;
    probe.type = kind.type;
    probe.path = *path;
    const Thing* container = container_of(probe);
    const bool possible = container == nullptr || !container->deleted;
    const auto written = catalog_->put(kind.type, body(kind, *path, description));
    if (!agrees(written, possible ? Expected::Done : Expected::Refused) || !possible) return;
    const std::string id = written->entity.id().text();
    const std::string known = find(kind.type, *path);
    if (known.empty()) {
      add(kind, *path, description, written->entity);
      look_at(id);
      return logged({{ChangeEvent::Kind::Created, id}});
    }
    CHECK_MESSAGE(known == id, where());
    std::vector<Event> events;
    if (things_[id].deleted) {
      mark(id, false);
      events.push_back({ChangeEvent::Kind::Restored, id});
    }
    Thing& thing = things_[id];
    // A PUT states the whole entity: a displayName that it does not give is taken away.
    if (thing.description != description || !thing.display_name.empty()) {
      thing.next_version();
      thing.description = description;
      thing.display_name.clear();
      events.push_back({ChangeEvent::Kind::Updated, id});
    }
    look_at(id);
    logged(events);
  }

  Result<Written> patched(const std::string& id, const std::string& patch) {
    return catalog_->patch(ref(id), World::must(Patch::parse(patch)));
  }

  void describe() {
    const std::string id = any_live(any_kind().type);
    if (id.empty()) return;
    const bool display = pick(2) == 0;
    const std::string text = pick(4) == 0 ? "same" : "t" + std::to_string(step_);
    say("patch " + things_[id].type + " " + fqn_of(things_[id].path) + (display ? " displayName " : " description ") +
        text);
    if (!agrees(patched(id, R"([{"op":"add","path":")" + std::string(display ? "/displayName" : "/description") +
                                R"(","value":)" + in_quotes(text) + "}]"),
                Expected::Done))
      return;
    Thing& thing = things_[id];
    std::string& value = display ? thing.display_name : thing.description;
    std::vector<Event> events;
    if (value != text) {
      thing.next_version();
      value = text;
      events.push_back({ChangeEvent::Kind::Updated, id});
    }
    look_at(id);
    logged(events);
  }

  void own() {
    const std::string id = any_live(pick(2) == 0 ? "table" : "databaseSchema");
    if (id.empty()) return;
    std::set<std::string> owners;
    for (std::int64_t i = pick(3); i > 0; --i) {
      if (const std::string user = any_live("user"); !user.empty()) owners.insert(user);
    }
    set_list(id, "owners", owners, things_[id].owners,
             [](const std::string& user) { return R"({"type":"user","id":)" + in_quotes(user) + "}"; });
  }

  void label() {
    const std::string id = any_live("table");
    if (id.empty()) return;
    std::set<std::string> tags;
    for (std::int64_t i = pick(3); i > 0; --i) {
      if (const std::string tag = any_live("tag"); !tag.empty()) tags.insert(tag);
    }
    set_list(id, "tags", tags, things_[id].tags, [this](const std::string& tag) {
      return R"({"source":"Classification","labelType":"Manual","state":"Confirmed","tagFQN":)" +
             in_quotes(escaped(fqn_of(things_[tag].path))) + "}";
    });
  }

  template <class Item>
  void set_list(const std::string& id, const std::string& member, const std::set<std::string>& now,
                std::set<std::string>& model, const Item& item) {
    std::string list;
    for (const std::string& one : now) list += (list.empty() ? "" : ",") + item(one);
    say("patch " + things_[id].type + " " + fqn_of(things_[id].path) + " " + member + " [" + list + "]");
    if (!agrees(patched(id, R"([{"op":"add","path":"/)" + member + R"(","value":[)" + list + "]}]"), Expected::Done))
      return;
    std::vector<Event> events;
    if (model != now) {
      things_[id].next_version();
      model = now;
      events.push_back({ChangeEvent::Kind::Updated, id});
    }
    look_at(id);
    logged(events);
  }

  void rename() {
    const std::string id = any_live(pick(2) == 0 ? "classification" : "tag");
    if (id.empty()) return;
    Names path = things_[id].path;
    path.back() = any_name();
    say("rename " + things_[id].type + " " + fqn_of(things_[id].path) + " to " + fqn_of(path));
    const std::string there = find(things_[id].type, path);
    const bool possible = there.empty() || there == id;
    if (!agrees(patched(id, R"([{"op":"replace","path":"/name","value":)" + in_quotes(path.back()) + "}]"),
                possible ? Expected::Done : Expected::Refused) ||
        !possible)
      return;
    if (there == id) return logged({});
    things_[id].next_version();
    const std::size_t depth = path.size() - 1;
    for (const std::string& other : all_below(id)) things_[other].path[depth] = path.back();
    things_[id].path = path;
    look_at(id);
    logged({{ChangeEvent::Kind::Renamed, id}});
  }

  void remove(bool hard) {
    const std::string id = any(any_kind().type);
    if (id.empty()) return;
    const bool recursive = pick(2) == 0;
    say(std::string(hard ? "hard" : "soft") + (recursive ? " recursive" : "") + " delete of " + things_[id].type + " " +
        fqn_of(things_[id].path));
    const auto under = all_below(id);
    // What is deleted is deleted: asking again changes nothing, and so needs no leave.
    const bool possible = recursive || under.empty() || (!hard && things_[id].deleted);
    const auto removed = catalog_->remove(ref(id), {.hard = hard, .recursive = recursive});
    if (!agrees(removed, possible ? Expected::Done : Expected::Refused) || !possible) return;
    if (hard) {
      for (const std::string& other : under) forget(other);
      forget(id);
      return logged({{ChangeEvent::Kind::Deleted, id}});
    }
    const bool was = things_[id].deleted;
    mark(id, true);
    look_at(id);
    logged(was ? std::vector<Event>{} : std::vector<Event>{{ChangeEvent::Kind::SoftDeleted, id}});
  }

  void restore() {
    const std::string id = any(any_kind().type);
    if (id.empty()) return;
    say("restore of " + things_[id].type + " " + fqn_of(things_[id].path));
    const Thing* container = container_of(things_[id]);
    const bool was = things_[id].deleted;
    const bool possible = !was || container == nullptr || !container->deleted;
    if (!agrees(catalog_->restore(ref(id)), possible ? Expected::Done : Expected::Refused) || !possible) return;
    if (was) mark(id, false);
    look_at(id);
    logged(was ? std::vector<Event>{{ChangeEvent::Kind::Restored, id}} : std::vector<Event>{});
  }

  void reopen() {
    say("reopen");
    catalog_.reset();
    Options options;
    options.path = path_;
    options.sync = Options::Sync::Normal;  // no power is cut here
    options.clock = &clock_;
    auto opened = Catalog::open(options);
    REQUIRE_MESSAGE(opened.ok(), opened.error().text());
    catalog_ = *std::move(opened);
  }

  // ---- comparing

  struct Event {
    ChangeEvent::Kind kind;
    std::string id;
  };

  void logged(const std::vector<Event>& expected) {
    const auto events = World::must(catalog_->changes(seq_, 100));
    bool same = events.size() == expected.size();
    for (std::size_t i = 0; same && i < events.size(); ++i)
      same = events[i].kind == expected[i].kind && events[i].entity_id.text() == expected[i].id;
    CHECK_MESSAGE(same, where(), ": ", events.size(), " events, expected ", expected.size());
    for (const ChangeEvent& event : events) CHECK(event.seq == ++seq_);
  }

  static std::set<std::string> ids_in(const Entity& entity, const char* pointer) {
    std::set<std::string> ids;
    const auto list = entity.get(pointer);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      if (list->at(i)["inherited"].text() == "true") continue;
      ids.insert(std::string(list->at(i)["id"].as_string().value_or("")));
    }
    return ids;
  }
  std::set<std::string> tags_in(const Entity& entity) const {
    std::set<std::string> ids;
    const auto list = entity.get("/tags");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const std::string fqn(list->at(i)["tagFQN"].as_string().value_or(""));
      ids.insert(find("tag", World::must(fqn::split(fqn))));
    }
    return ids;
  }

  void same(const Entity& entity, const Thing& thing) {
    CHECK_MESSAGE(at(entity, "/fullyQualifiedName") == in_quotes(escaped(fqn_of(thing.path))), where());
    CHECK_MESSAGE(at(entity, "/description") == in_quotes(thing.description), where());
    const std::string display_name = thing.display_name.empty() ? "-" : in_quotes(thing.display_name);
    CHECK_MESSAGE(at(entity, "/displayName") == display_name, where());
    CHECK_MESSAGE(at(entity, "/deleted") == (thing.deleted ? "true" : "false"), where());
    CHECK_MESSAGE(entity.version().tenths == thing.tenths, where(), " ", entity.text());
    if (thing.type == "table" || thing.type == "databaseSchema")
      CHECK_MESSAGE(ids_in(entity, "/owners") == thing.owners, where(), " ", entity.text());
    if (thing.type == "table") CHECK_MESSAGE(tags_in(entity) == thing.tags, where(), " ", entity.text());
  }

  static std::string fields_of(const Thing& thing) {
    if (thing.type == "table") return "owners,tags";
    return thing.type == "databaseSchema" ? "owners" : "";
  }

  void look_at(const std::string& id) {
    const Thing& thing = things_.at(id);
    const auto include = thing.deleted ? Include::Deleted : Include::Live;
    const auto read = catalog_->get(ref(id), {.fields = fields_of(thing), .include = include});
    CHECK_MESSAGE(read.ok(), where());
    if (!read.ok()) return;
    same(*read, thing);
    const auto by_name = catalog_->get(EntityRef::by_fqn(thing.type, fqn_of(thing.path)), {.include = Include::All});
    CHECK_MESSAGE((by_name.ok() && by_name->id() == read->id()), where());
    CHECK_MESSAGE(!catalog_->get(ref(id), {.include = thing.deleted ? Include::Live : Include::Deleted}).ok(), where());
    same_versions(id, thing);
  }

  void same_versions(const std::string& id, const Thing& thing) {
    const auto history = World::must(catalog_->versions(ref(id)));
    CHECK_MESSAGE(history.total == static_cast<std::int64_t>(thing.past.size()) + 1, where());
    const std::size_t shown = std::min<std::size_t>(history.versions.size(), 1 + thing.past.size());
    for (std::size_t i = 1; i < shown; ++i) {
      const PastVersion& past = thing.past[thing.past.size() - i];
      const Json version = World::must(Json::parse(history.versions[i]));
      CHECK_MESSAGE(version["description"].text() == in_quotes(past.description), where(), " ", history.versions[i]);
      CHECK_MESSAGE(version["version"].text() == Version{past.tenths}.text(), where(), " ", history.versions[i]);
      CHECK_MESSAGE(version["deleted"].text() == (past.deleted ? "true" : "false"), where(), " ", history.versions[i]);
    }
  }

  /// Every list, page by page, forwards; and every entity.
  void compare_all() {
    for (const Kind& kind : kKinds) {
      for (const Include include : {Include::Live, Include::Deleted, Include::All}) compare_list(kind.type, include);
    }
    for (const auto& [id, thing] : things_) look_at(id);
  }

  void compare_list(const std::string& type, Include include) {
    std::vector<std::pair<Names, std::string>> expected;
    for (const auto& [id, thing] : things_) {
      if (thing.type == type && (include == Include::All || thing.deleted == (include == Include::Deleted)))
        expected.emplace_back(thing.path, id);
    }
    std::ranges::sort(expected);
    std::vector<std::string> ids, found;
    for (const auto& [path, id] : expected) ids.push_back(id);
    std::string after;
    do {
      const auto page = World::must(catalog_->list(type, {.include = include, .limit = 1 + pick(7), .after = after}));
      CHECK_MESSAGE(page.total == static_cast<std::int64_t>(ids.size()), where(), " ", type);
      for (const Entity& entity : page.entities) found.push_back(entity.id().text());
      after = page.after;
    } while (!after.empty() && found.size() <= ids.size());
    CHECK_MESSAGE(found == ids, where(), " list of ", type);
  }

  std::mt19937 random_;
  const int steps_;
  int step_ = 0;
  std::string last_;
  std::string path_;
  HandClock clock_;
  std::unique_ptr<Catalog> catalog_;
  Things things_;
  Seq seq_ = 0;
};

}  // namespace

TEST_CASE("random calls do what a naive model says") {
  const int steps = std::atoi(text_of_environment("METADATA_RANDOM_STEPS", "2000").c_str());
  std::istringstream seeds(text_of_environment("METADATA_RANDOM_SEEDS", "1,2,3"));
  for (std::string seed; std::getline(seeds, seed, ',');) {
    MESSAGE("seed ", seed, ", ", steps, " steps");
    CAPTURE(seed);
    Run(static_cast<unsigned>(std::strtoul(seed.c_str(), nullptr, 10)), steps).all();
  }
}

}  // namespace metadata::test
