#include "search/guarded.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include <xapian.h>

namespace metadata::search {
namespace {

/// Refusals of the system that say nothing about what the files hold.
bool may_pass(const Xapian::Error& error) {
  const char* said = error.get_error_string();
  if (said == nullptr) return false;
  constexpr std::array kReasons = {EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EFBIG, EACCES, EPERM, EROFS, EINTR};
  const std::string text(said);
  for (const int reason : kReasons) {
    if (text == std::strerror(reason)) return true;
  }
  return false;
}

std::string text_of(const Xapian::Error& error) { return "the search index: " + error.get_description(); }

}  // namespace

Error guarded(const std::function<Error()>& body) {
  try {
    return body();
  } catch (const Xapian::DatabaseModifiedError& error) {
    return {Code::Conflict, text_of(error)};
  } catch (const Xapian::DatabaseLockError& error) {
    return unavailable(text_of(error));
  } catch (const Xapian::DatabaseError& error) {  // a file that is gone, cut off, or of another version of Xapian, too
    return may_pass(error) ? unavailable(text_of(error)) : damage(text_of(error));
  } catch (const Xapian::DocNotFoundError& error) {  // the posting list names a document that is not there
    return damage(text_of(error));
  } catch (const Xapian::Error& error) {
    return internal_error(text_of(error));
  } catch (const std::bad_alloc&) {
    return unavailable("the search index: out of memory");
  } catch (const std::exception& error) {
    return internal_error(std::string("the search index: ") + error.what());
  }
}

}  // namespace metadata::search
