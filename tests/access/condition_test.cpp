#include <doctest/doctest.h>

#include <random>
#include <string>

#include "access/condition.h"
#include "access/formula.h"
#include "access/sight.h"
#include "store/forwarding_reader.h"

using namespace metadata;
using namespace metadata::access;

namespace {

std::string message(const std::string& text) { return std::string(Condition::parse(text).error().message()); }

/// What the condition says when each call answers what its only argument ('t' or 'f') says.
bool value(const std::string& text) {
  const auto parsed = Condition::parse(text);
  REQUIRE_MESSAGE(parsed.ok(), text << ": " << parsed.error().text());
  std::vector<bool> stack;
  for (const auto& step : parsed->steps()) {
    using Kind = Condition::Step::Kind;
    if (step.kind == Kind::Call) {
      stack.push_back(parsed->calls()[step.call].arguments.at(0) == "t");
    } else if (step.kind == Kind::Not) {
      stack.back() = !stack.back();
    } else {
      const bool last = stack.back();
      stack.pop_back();
      stack.back() = step.kind == Kind::And ? (stack.back() && last) : (stack.back() || last);
    }
  }
  REQUIRE(stack.size() == 1);
  return stack.back();
}

/// Counts what is asked of the store, and knows of nothing.
class CountingReader final : public store::ForwardingReader<store::Reader> {
 public:
  CountingReader() : ForwardingReader(nullptr) {}
  Result<std::vector<store::Rid>> among(std::span<const store::Rid>, std::string_view,
                                        const store::RowCondition&) override {
    ++asked;
    return std::vector<store::Rid>();
  }
  Result<std::vector<store::Rid>> labels_on(store::Rid) override {
    ++asked;
    return std::vector<store::Rid>{4, 7};
  }
  Result<std::optional<std::string>> text_at(store::Rid, std::string_view) override {
    ++asked;
    return std::optional<std::string>("T.gold");
  }
  int asked = 0;
};

store::RefRow row(store::Rid rid) {
  store::RefRow ref;
  ref.rid = rid;
  ref.id.bytes[0] = static_cast<std::uint8_t>(rid);
  ref.id.bytes[1] = static_cast<std::uint8_t>(rid / 256);
  return ref;
}

const std::string kT = "inAnyTeam('t')", kF = "inAnyTeam('f')";

}  // namespace

TEST_CASE("Z6: operators bind as written: not before and before or, parentheses first") {
  CHECK(value(kT));
  CHECK_FALSE(value("!" + kT));
  CHECK(value("!!" + kT));
  CHECK(value("not not " + kT));
  CHECK(value(kT + " || " + kT + " && " + kF));
  CHECK_FALSE(value("(" + kT + " || " + kT + ") && " + kF));
  CHECK(value("!" + kF + " && " + kT));
  CHECK_FALSE(value("!(" + kF + " || " + kT + ")"));
  CHECK(value(kF + " or " + kT));
  CHECK(value(kT + " AND NOT " + kF));
  CHECK(value("!(" + kF + ") && !(" + kF + " && " + kT + ")"));
  CHECK(value(" ( ( " + kT + " ) ) "));
  CHECK(value(kT + "&&" + kT + "||" + kF));
}

TEST_CASE("Z6: texts are in single quotes, doubled inside") {
  const auto parsed = Condition::parse("matchAnyTag('PII.It''s', 'a.\"b.c\"' )");
  REQUIRE(parsed.ok());
  const std::vector<std::string> expected{"PII.It's", "a.\"b.c\""};
  CHECK(parsed->calls()[0].arguments == expected);
}

TEST_CASE("Z6: what is no condition is refused, and the message says at which position") {
  for (const char* text : {"",
                           " ",
                           "()",
                           "!",
                           "isOwner",
                           "isOwner(",
                           "isOwner()(",
                           "isOwner() isOwner()",
                           "&& isOwner()",
                           "isOwner() &&",
                           "isOwner() & noOwner()",
                           "(isOwner()",
                           "isOwner())",
                           "matchAnyTag('a'",
                           "matchAnyTag('a',)",
                           "matchAnyTag(a)",
                           "matchAnyTag(\"a\")",
                           "matchAnyTag('a)",
                           "true",
                           "isOwner() == true",
                           "isOwner() ? isOwner() : noOwner()",
                           "T(java.lang.Runtime)",
                           "#root.x",
                           "isOwner() != noOwner()",
                           "not",
                           "isOwner() and",
                           "\x01",
                           "'a'"}) {
    CAPTURE(text);
    CHECK(message(text).starts_with("Failed to parse - "));
    CHECK(message(text).find("at position") != std::string::npos);
  }
}

TEST_CASE("Z6: unknown functions and wrong arguments are refused") {
  for (const char* text : {"isAdmin()", "ISOWNER()", "new('x')", "isOwner('x')", "matchAnyTag()", "hasAnyRole()"}) {
    CAPTURE(text);
    CHECK(message(text).starts_with("Failed to evaluate - "));
  }
}

TEST_CASE("Z6: conditions are bounded in length, depth, calls and arguments") {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  CHECK(Condition::parse(repeated("(", 32) + "isOwner()" + repeated(")", 32)).ok());
  CHECK(message(repeated("(", 33) + "isOwner()" + repeated(")", 33)).find("deep") != std::string::npos);
  CHECK(message(repeated("!", 2000) + "isOwner()").find("deep") != std::string::npos);
  CHECK(Condition::parse(repeated("isOwner()||", 63) + "isOwner()").ok());
  CHECK(message(repeated("isOwner()||", 64) + "isOwner()").find("too many functions") != std::string::npos);
  CHECK(message("matchAnyTag('a'" + repeated(",'a'", 64) + ")").find("too many arguments") != std::string::npos);
  CHECK(message(repeated(" ", 5000)).find("bytes") != std::string::npos);
}

TEST_CASE("Z6: a hundred thousand damaged conditions end well") {
  std::mt19937 random(7);
  const std::string pieces[] = {"isOwner()",    "noOwner()", "(",    ")",     "!",    "&&",
                                "||",           " and ",     " or ", " not ", "'",    ",",
                                "matchAnyTag(", "'a'",       "x",    " ",     "\xff", "hasDomain()"};
  int good = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    const auto parsed = Condition::parse(text);
    if (!parsed.ok()) continue;
    ++good;
    // Whatever is accepted leaves one value.
    int depth = 0;
    for (const auto& step : parsed->steps()) {
      if (step.kind == Condition::Step::Kind::Call) ++depth;
      if (step.kind == Condition::Step::Kind::And || step.kind == Condition::Step::Kind::Or) --depth;
      REQUIRE(depth > 0);
    }
    REQUIRE(depth == 1);
  }
  CHECK(good > 100);
}

TEST_CASE("what is not known of an entity stays open only as long as it matters") {
  const Formula open = Formula::of({Atom::Kind::Owned, {}, {}});
  const auto truth = [](const Formula& formula) { return *formula.evaluate(nullptr); };
  CHECK(truth(open) == Truth::Unknown);
  CHECK(truth(open && Formula(false)) == Truth::No);
  CHECK(truth(open || Formula(true)) == Truth::Yes);
  CHECK(truth(!(open && Formula(false))) == Truth::Yes);
  CHECK(truth(!open) == Truth::Unknown);
}

TEST_CASE("Z6: however much a condition asks of an entity, the store is asked a few times") {
  model::Field tags, certification, owners;
  tags.name = "tags";
  certification.name = "certification";
  owners.name = "owners";
  owners.relation.kind = "owns";
  model::EntityType type;
  type.name = "table";
  model::AccessShape shape;
  shape.type = &type;
  shape.tags = &tags;
  shape.certification = &certification;
  shape.owners = &owners;
  const auto tagged = [](store::Rid rid) { return Formula::of({Atom::Kind::Tagged, {row(rid)}, {}}); };
  const auto certified = [](const std::string& text) { return Formula::of({Atom::Kind::Certified, {}, {text}}); };
  const Formula owned = Formula::of({Atom::Kind::OwnedBy, {row(1)}, {}}),
                any = Formula::of({Atom::Kind::Owned, {}, {}});
  CountingReader reader;
  const StoredResource resource(reader, shape, 9);
  Formula all = true;
  for (store::Rid rid = 1; rid < 1000; ++rid) all = std::move(all) && !tagged(rid + 10);
  for (int i = 0; i < 100; ++i) all = std::move(all) && !certified("T." + std::to_string(i)) && !(owned && any);
  CHECK(*all.evaluate(&resource) == Truth::Yes);
  CHECK(reader.asked == 4);  // labels, certification, owners of it, any owners
  CHECK(*(all && tagged(7) && certified("T.gold")).evaluate(&resource) == Truth::Yes);
  CHECK(*(all && tagged(5)).evaluate(&resource) == Truth::No);
  CHECK(reader.asked == 4);

  // One of these or one of those is one question.
  Formula either = tagged(5);
  for (store::Rid rid = 1; rid < 1000; ++rid) either = std::move(either) || tagged(rid);
  CHECK(either.steps().size() == 1);
  CHECK(either.atoms().front().others.size() == 999);
  CHECK((owned || tagged(1)).steps().size() == 3);
  CHECK((owned || any).steps().size() == 3);
}
