#include "quality/postgres_runner.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace metadata::server {
namespace {

constexpr int kLookEveryMs = 50;
constexpr std::chrono::seconds kConnectTime{10};
constexpr std::size_t kMaxAnswerBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxHostBytes = 253;
// Of pg_type: what sums, counts and means come as.
constexpr Oid kIntegers[] = {20, 21, 23};
constexpr Oid kReals[] = {700, 701, 1700};

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using Answer = std::unique_ptr<PGresult, Closer>;

std::string first_line(const char* said) {
  const std::string_view text = said == nullptr ? "" : said;
  return std::string(text.substr(0, text.find('\n')));
}

DataCell::Kind kind_of(Oid type) {
  if (std::find(std::begin(kIntegers), std::end(kIntegers), type) != std::end(kIntegers))
    return DataCell::Kind::Integer;
  if (std::find(std::begin(kReals), std::end(kReals), type) != std::end(kReals)) return DataCell::Kind::Real;
  return DataCell::Kind::Text;
}

class PostgresRunner final : public Runner {
 public:
  PostgresRunner(Connection connection, std::chrono::milliseconds time)
      : connection_(std::move(connection)), time_(time) {}

  SqlDialect dialect() const override { return SqlDialect::Postgres; }

  Result<DataRows> query(const std::string& sql, std::size_t max_rows, const Interrupt& interrupt) override {
    MD_OK(command("SAVEPOINT one", interrupt));  // a refused query must not end the transaction for the next
    auto found = ask(sql, max_rows, interrupt);
    MD_OK(command(found.ok() ? "RELEASE one" : "ROLLBACK TO one", {}));
    return found;
  }

  Error command(const std::string& sql, const Interrupt& interrupt) {
    const auto done = ask(sql, 1, interrupt);
    return done.ok() ? Error() : done.error();
  }

 private:
  Result<DataRows> ask(const std::string& sql, std::size_t max_rows, const Interrupt& interrupt) {
    // With parameters (none) the server takes one command only.
    if (PQsendQueryParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0 ||
        PQsetSingleRowMode(connection_.get()) == 0)
      return unavailable("the database does not answer: " + first_line(PQerrorMessage(connection_.get())));
    const auto deadline = std::min(interrupt.deadline, std::chrono::steady_clock::now() + time_);
    DataRows found;
    Error failed;
    bool cancelled = false;
    std::size_t bytes = 0;
    while (true) {
      const Error waited = wait(deadline, interrupt, cancelled);
      if (!waited.ok()) return waited;
      const Answer answer(PQgetResult(connection_.get()));
      if (!answer) break;
      take(answer.get(), max_rows, found, failed);
      bytes += bytes_of(answer.get());
      if (bytes > kMaxAnswerBytes) failed = invalid_argument("the answer is larger than 16 MiB");
      if ((!found.complete || bytes > kMaxAnswerBytes) && !cancelled) cancelled = cancel();
      // One that goes on sending, whatever it is told, is not listened to.
      if (std::chrono::steady_clock::now() >= deadline + time_ || bytes > 2 * kMaxAnswerBytes)
        return unavailable("the database does not stop the query");
    }
    if (bytes > kMaxAnswerBytes) return failed;
    if (cancelled && found.complete) return interrupted("the statement took longer than --quality-timeout allows");
    if (!failed.ok() && found.complete) return failed;
    return found;
  }

  void take(const PGresult* answer, std::size_t max_rows, DataRows& found, Error& failed) {
    const ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_FATAL_ERROR) {
      failed = failure_of(answer);
      return;
    }
    const int columns = PQnfields(answer);
    if (found.columns.empty()) {
      for (int i = 0; i < columns; ++i) found.columns.emplace_back(PQfname(answer, i));
    }
    for (int i = 0; i < PQntuples(answer); ++i) {
      if (found.rows.size() == max_rows) {
        found.complete = false;
        return;
      }
      auto& row = found.rows.emplace_back();
      for (int j = 0; j < columns; ++j) {
        DataCell cell;
        if (PQgetisnull(answer, i, j) == 0) {
          cell.kind = kind_of(PQftype(answer, j));
          cell.text.assign(PQgetvalue(answer, i, j), static_cast<std::size_t>(PQgetlength(answer, i, j)));
        }
        row.push_back(std::move(cell));
      }
    }
  }

  static std::size_t bytes_of(const PGresult* answer) {
    std::size_t bytes = 0;
    for (int i = 0; i < PQntuples(answer); ++i) {
      for (int j = 0; j < PQnfields(answer); ++j) bytes += static_cast<std::size_t>(PQgetlength(answer, i, j));
    }
    return bytes;
  }

  static Error failure_of(const PGresult* answer) {
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? "" : state;
    const std::string said = first_line(PQresultErrorMessage(answer));
    if (code == "57014") return interrupted("the statement took longer than --quality-timeout allows");
    if (code.starts_with("08") || code.starts_with("53") || code.starts_with("57"))
      return unavailable("the database does not answer: " + said);
    return invalid_argument("the database refuses the query: " + said);
  }

  /// Until an answer can be taken. Past the deadline the server is told to stop, once.
  Error wait(std::chrono::steady_clock::time_point deadline, const Interrupt& interrupt, bool& cancelled) {
    while (PQisBusy(connection_.get()) != 0) {
      pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
      ::poll(&socket, 1, kLookEveryMs);
      if (PQconsumeInput(connection_.get()) == 0)
        return unavailable("the database does not answer: " + first_line(PQerrorMessage(connection_.get())));
      const bool gone = interrupt.gone != nullptr && interrupt.gone->load(std::memory_order_relaxed);
      const auto now = std::chrono::steady_clock::now();
      if (!cancelled && (gone || now >= deadline)) cancelled = cancel();
      if (cancelled && now >= deadline + time_) return unavailable("the database does not stop the query");
    }
    return {};
  }

  bool cancel() {
    const std::unique_ptr<PGcancel, Closer> cancel(PQgetCancel(connection_.get()));
    char said[256];
    if (cancel) PQcancel(cancel.get(), said, sizeof said);
    return true;
  }

  Connection connection_;
  const std::chrono::milliseconds time_;
};

/// Names and values of settings, as libpq takes them.
class Settings {
 public:
  void give(const char* name, std::string value) {
    if (!value.empty()) settings_.emplace_back(name, std::move(value));
  }
  Connection connect() const {
    std::vector<const char*> names, values;
    for (const auto& [name, value] : settings_) {
      names.push_back(name);
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    // Not expanded: a database's name is a name, whatever it looks like.
    return Connection(PQconnectStartParams(names.data(), values.data(), 0));
  }

 private:
  std::vector<std::pair<const char*, std::string>> settings_;
};

Settings settings_of(const PostgresTarget& target, std::chrono::milliseconds time) {
  Settings settings;
  settings.give("host", target.host);  // which its certificate must name
  settings.give("port", std::to_string(target.port));
  settings.give("user", target.user);
  settings.give("password", target.password);
  settings.give("dbname", target.database);
  settings.give("sslmode", target.ssl_mode);
  settings.give("application_name", "metadata-server");
  settings.give("client_encoding", "UTF8");
  settings.give("options",
                "-c default_transaction_read_only=on -c standard_conforming_strings=on -c statement_timeout=" +
                    std::to_string(time.count()));
  // Nothing of the account that the server runs under is shown to a host that somebody named.
  settings.give("passfile", "/dev/null/none");
  settings.give("sslcert", "/dev/null/none");
  settings.give("sslkey", "/dev/null/none");
  settings.give("gssencmode", "disable");
  return settings;
}

/// The handshake, to its end, the deadline, or that of whoever waits for it.
Error shake_hands(PGconn* connection, std::chrono::steady_clock::time_point deadline, const Interrupt& interrupt) {
  const auto failed = [connection] {
    return unavailable("the database cannot be reached: " + first_line(PQerrorMessage(connection)));
  };
  if (connection == nullptr) return unavailable("out of memory");
  if (PQstatus(connection) == CONNECTION_BAD) return failed();
  auto wants = PGRES_POLLING_WRITING;
  while (wants != PGRES_POLLING_OK) {
    const bool gone = interrupt.gone != nullptr && interrupt.gone->load(std::memory_order_relaxed);
    if (gone || std::chrono::steady_clock::now() >= interrupt.deadline) return interrupted("nobody waits any more");
    if (std::chrono::steady_clock::now() >= deadline)
      return unavailable("the database cannot be reached: no answer within 10 s");
    pollfd socket{PQsocket(connection), static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (::poll(&socket, 1, kLookEveryMs) <= 0) continue;
    wants = PQconnectPoll(connection);
    if (wants == PGRES_POLLING_FAILED) return failed();
  }
  return {};
}

}  // namespace

Error read_host_port(const std::string& host_port, PostgresTarget& target) {
  const Error wrong = invalid_argument(
      "hostPort must be one host name or address and one port, like db.example.com:5432 or "
      "[2001:db8::1]:5432",
      "hostPort");
  std::string_view host = host_port, port;
  const auto close = host.find(']');
  const bool bracketed = host.starts_with('[') && close != std::string_view::npos;
  const auto colon = bracketed ? close + 1 : host.find(':');
  if (colon < host.size()) {
    if (host[colon] != ':') return wrong;
    port = host.substr(colon + 1);
    if (port.empty()) return wrong;
  }
  host = bracketed ? host.substr(1, close - 1) : host.substr(0, colon);
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  };
  const auto in_address = [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
  };
  const bool spelled =
      bracketed ? std::all_of(host.begin(), host.end(), in_address) : std::all_of(host.begin(), host.end(), in_name);
  if (host.empty() || host.size() > kMaxHostBytes || !spelled || host.front() == '-') return wrong;
  int number = 5432;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  if (!port.empty() && (read.ec != std::errc() || read.ptr != port.data() + port.size())) return wrong;
  if (number < 1 || number > 65535) return wrong;
  target.host = host;
  target.port = static_cast<std::uint16_t>(number);
  return {};
}

Result<std::unique_ptr<Runner>> open_postgres(const PostgresTarget& target, const AddressRules& rules,
                                              std::chrono::milliseconds time, const Interrupt& interrupt) {
  if (target.host.empty() || target.user.empty())
    return invalid_argument("the connection of the service needs hostPort and username");
  MD_LET(addresses, allowed_addresses(target.host, target.port, rules));
  const auto deadline = std::chrono::steady_clock::now() + kConnectTime;
  Error failed;
  for (const std::string& address : addresses) {
    Settings settings = settings_of(target, time);
    settings.give("hostaddr", address);  // what is connected to; libpq looks up nothing
    Connection connection = settings.connect();
    failed = shake_hands(connection.get(), deadline, interrupt);
    if (!failed.ok()) continue;
    auto runner = std::make_unique<PostgresRunner>(std::move(connection), time);
    MD_OK(runner->command("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", interrupt));
    return std::unique_ptr<Runner>(std::move(runner));
  }
  return failed;
}

}  // namespace metadata::server
