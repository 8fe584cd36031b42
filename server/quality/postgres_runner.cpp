#include "quality/postgres_runner.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <vector>

namespace metadata::server {
namespace {

constexpr int kLookEveryMs = 50;
constexpr char kConnectSeconds[] = "10";
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
    while (true) {
      const Error waited = wait(deadline, interrupt, cancelled);
      if (!waited.ok()) return waited;
      const Answer answer(PQgetResult(connection_.get()));
      if (!answer) break;
      take(answer.get(), max_rows, found, failed);
      if (!found.complete && !cancelled) cancelled = cancel();
    }
    if (cancelled && found.complete) return interrupted("the query took longer than it may");
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

  static Error failure_of(const PGresult* answer) {
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? "" : state;
    const std::string said = first_line(PQresultErrorMessage(answer));
    if (code == "57014") return interrupted("the query took longer than it may");
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

}  // namespace

Result<std::unique_ptr<Runner>> open_postgres(const PostgresTarget& target, std::chrono::milliseconds time,
                                              const Interrupt& interrupt) {
  if (target.host.empty() || target.user.empty())
    return invalid_argument("the connection of the service needs hostPort and username");
  const std::string options =
      "-c default_transaction_read_only=on -c standard_conforming_strings=on -c statement_timeout=" +
      std::to_string(time.count());
  std::vector<const char*> names, values;
  const auto give = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    names.push_back(name);
    values.push_back(value.c_str());
  };
  const std::string seconds = kConnectSeconds, program = "metadata-server", encoding = "UTF8";
  give("host", target.host);
  give("port", target.port);
  give("user", target.user);
  give("password", target.password);
  give("dbname", target.database);
  give("sslmode", target.ssl_mode);
  give("connect_timeout", seconds);
  give("application_name", program);
  give("client_encoding", encoding);
  give("options", options);
  names.push_back(nullptr);
  values.push_back(nullptr);
  Connection connection(PQconnectdbParams(names.data(), values.data(), 0));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return unavailable("the database cannot be reached: " + first_line(PQerrorMessage(connection.get())));
  auto runner = std::make_unique<PostgresRunner>(std::move(connection), time);
  MD_OK(runner->command("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", interrupt));
  return std::unique_ptr<Runner>(std::move(runner));
}

}  // namespace metadata::server
